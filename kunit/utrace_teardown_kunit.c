// SPDX-License-Identifier: GPL-2.0-only
/*
 * Detaching and dying while things are under way, and storms of both
 */

#include <linux/completion.h>
#include <linux/cpumask.h>
#include <linux/delay.h>
#include <linux/err.h>
#include <linux/kthread.h>
#include <linux/elf.h>
#include <linux/prandom.h>
#include <linux/regset.h>
#include <linux/sched/jobctl.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>

#include <asm/unistd.h>

#include "utrace_user.h"

struct barrier_call {
	struct utrace_engine *engine;
	struct completion done;
	int ret;
};

static int call_barrier(void *data)
{
	struct barrier_call *call = data;

	call->ret = utrace_barrier(call->engine);
	complete(&call->done);
	return 0;
}

static void barrier_waits_for_the_callback(struct kunit *test)
{
	struct test_task *t = test_task(test, &payload_loop);
	struct test_log *log = test_log(test);
	struct barrier_call call;
	struct test_engine *e;

	e = test_engine_attach(test, log, t, UTRACE_EVENTS_ALL);
	test_gate(e, EV(SYSCALL_ENTRY));
	test_task_go(t);
	KUNIT_ASSERT_TRUE(test, test_gate_entered(e));
	KUNIT_EXPECT_EQ(test, -EINPROGRESS, utrace_control(e->engine, UTRACE_DETACH));

	init_completion(&call.done);
	call.engine = e->engine;
	KUNIT_EXPECT_FALSE(test, IS_ERR(kthread_run(call_barrier, &call, "barrier")));
	KUNIT_EXPECT_EQ(test, 0, wait_for_completion_timeout(&call.done, HZ / 20));

	test_gate_open(e);
	KUNIT_EXPECT_NE(test, 0, wait_for_completion_timeout(&call.done,
							     TEST_TIMEOUT));
	KUNIT_EXPECT_EQ(test, 0, call.ret);
	KUNIT_EXPECT_TRUE(test, test_task_runs(t));
	KUNIT_EXPECT_EQ(test, 1, e->seen[EV(SYSCALL_ENTRY)]);
}

static enum utrace_action barrier_from_callback(struct test_engine *e,
						unsigned int event,
						enum utrace_action answer)
{
	*(int *)e->private = utrace_barrier(e->engine);
	return answer;
}

static void barrier_in_its_own_callback_is_refused(struct kunit *test)
{
	struct test_task *t = test_task(test, &payload_calls);
	struct test_log *log = test_log(test);
	struct test_engine *e = test_engine(test, log);
	int ret = 0;

	e->private = &ret;
	e->on_event = barrier_from_callback;
	KUNIT_ASSERT_EQ(test, 0, test_engine_attach_to(e, t->task, UTRACE_OBSERVER,
						       UTRACE_EVENT(EXEC)));
	test_task_go(t);
	KUNIT_ASSERT_TRUE(test, test_task_dies(t));
	KUNIT_EXPECT_EQ(test, -EDEADLK, ret);
}

/* The neighbours of the engine at the cursor go while its callback runs. */
static void neighbours_detach_during_a_report(struct kunit *test)
{
	struct test_task *t = test_task(test, &payload_loop);
	struct test_log *log = test_log(test);
	struct test_engine *inner, *outer, *e, *late;

	inner = test_engine_attach(test, log, t, UTRACE_EVENTS_SYSCALL);
	e = test_engine_attach(test, log, t, UTRACE_EVENTS_ALL);
	test_gate(e, EV(SYSCALL_ENTRY));
	outer = test_engine_attach(test, log, t, UTRACE_EVENTS_SYSCALL);
	test_task_go(t);
	KUNIT_ASSERT_TRUE(test, test_gate_entered(e));
	KUNIT_EXPECT_EQ(test, 1, outer->seen[EV(SYSCALL_ENTRY)]);
	KUNIT_EXPECT_EQ(test, 0, utrace_control(outer->engine, UTRACE_DETACH));
	KUNIT_EXPECT_EQ(test, 0, utrace_control(inner->engine, UTRACE_DETACH));
	late = test_engine_attach(test, log, t, UTRACE_EVENTS_SYSCALL);
	KUNIT_EXPECT_EQ(test, -EINPROGRESS, utrace_control(e->engine, UTRACE_DETACH));
	test_gate_open(e);

	KUNIT_EXPECT_TRUE(test, test_engine_sees(late, EV(SYSCALL_EXIT), 3));
	KUNIT_EXPECT_EQ(test, 0, inner->seen[EV(SYSCALL_ENTRY)]);
	KUNIT_EXPECT_EQ(test, 0, outer->seen[EV(SYSCALL_EXIT)]);
	KUNIT_EXPECT_EQ(test, 0, e->seen[EV(SYSCALL_EXIT)]);
}

/* Who leaves when the thread is on its way to another's stop is gone during it. */
static void engine_leaves_as_another_stops_the_thread(struct kunit *test)
{
	struct test_task *t = test_task(test, &payload_loop);
	struct test_log *log = test_log(test);
	struct test_engine *leaves, *stops;
	struct test_point *p;

	leaves = test_engine_attach(test, log, t, UTRACE_EVENT(SYSCALL_ENTRY));
	stops = test_engine(test, log);
	stops->answer[EV(SYSCALL_ENTRY)] = UTRACE_STOP;
	KUNIT_ASSERT_EQ(test, 0, test_engine_attach_to(stops, t->task, UTRACE_OBSERVER,
						       UTRACE_EVENT(SYSCALL_ENTRY)));
	p = test_point(test, t->task, UTRACE_POINT_STOP_DECIDED);
	test_task_go(t);
	KUNIT_ASSERT_TRUE(test, test_point_reached(p));
	KUNIT_EXPECT_EQ(test, 0, utrace_control(leaves->engine, UTRACE_DETACH));
	test_point_leave(p);

	KUNIT_ASSERT_TRUE(test, test_task_in_state(t, __TASK_TRACED));
	/* The chain's reference is gone, and with it what keeps a module. */
	KUNIT_EXPECT_EQ(test, 1, refcount_read(&leaves->engine->ref));
	KUNIT_EXPECT_EQ(test, 0, leaves->seen[EV(SYSCALL_ENTRY)]);
}

/* It reaps itself only after the report of its death. */
static void reap_waits_for_death(struct kunit *test)
{
	struct test_task *t = test_task(test, &payload_calls);
	struct test_log *log = test_log(test);
	struct test_engine *e;

	e = test_engine_attach(test, log, t, UTRACE_EVENTS_ALL);
	test_gate(e, EV(DEATH));
	test_task_go(t);
	KUNIT_ASSERT_TRUE(test, test_gate_entered(e));
	schedule_timeout_uninterruptible(HZ / 20);
	KUNIT_EXPECT_EQ(test, 0, e->seen[EV(REAP)]);
	/* Nothing can be asked of the dead. */
	KUNIT_EXPECT_EQ(test, -ESRCH, utrace_control(e->engine, UTRACE_STOP));
	KUNIT_EXPECT_EQ(test, -ESRCH, utrace_set_events(e->engine, 0));
	test_gate_open(e);
	KUNIT_EXPECT_TRUE(test, test_engine_sees(e, EV(REAP), 1));
}

static void kill_comes_during_a_callback(struct kunit *test)
{
	struct test_task *t = test_task(test, &payload_loop);
	struct test_log *log = test_log(test);
	struct test_engine *e;

	e = test_engine_attach(test, log, t, UTRACE_EVENTS_ALL);
	test_gate(e, EV(SYSCALL_ENTRY));
	e->answer[EV(SYSCALL_ENTRY)] = UTRACE_STOP;
	test_task_go(t);
	KUNIT_ASSERT_TRUE(test, test_gate_entered(e));
	test_task_kill(t);
	test_gate_open(e);
	/* It does not stop any more. */
	KUNIT_EXPECT_TRUE(test, test_engine_sees(e, EV(REAP), 1));
	KUNIT_EXPECT_EQ(test, 1, e->seen[EV(SYSCALL_ENTRY)]);
}

/*
 * Whatever ends a process releases every stop of its threads at once.
 *
 * One thread, the victim, is held in the middle of something; then another one
 * ends the process, or all of it is killed.
 */
struct act {
	const char *name;
	unsigned int event;	/* at which it is held; QUIESCE: from outside */
};

static const struct act acts[] = {
	{ "call", EV(SYSCALL_ENTRY) },
	{ "call", EV(SYSCALL_EXIT) },
	{ "signal", EV(SIGNAL_IGN) },
	{ "fork", EV(CLONE) },
	{ "vfork", EV(CLONE) },
	{ "vfork", EV(VFORK_DONE) },
	{ "stop", EV(GROUP_STOP) },
	{ "exit", EV(EXIT) },
	{ "spin", EV(QUIESCE) },
};

/* Its other calls do not count. */
static enum utrace_action stop_at_getppid(struct test_engine *e,
					  unsigned int event,
					  enum utrace_action answer)
{
	if ((event == EV(SYSCALL_ENTRY) || event == EV(SYSCALL_EXIT)) &&
	    utrace_syscall(e->engine)->nr != __NR_getppid)
		return UTRACE_RESUME;
	/* Held once: what follows is not what this is about. */
	if (answer == UTRACE_STOP)
		e->answer[event] = UTRACE_RESUME;
	return answer;
}

static void hold_victim(struct kunit *test, struct test_task *t,
			struct test_task *victim, struct test_engine *e,
			const struct act *act)
{
	test_user_pass(t, "ready");
	KUNIT_ASSERT_TRUE_MSG(test, test_user_at(t, "held"), "%s", act->name);
	if (act->event == EV(QUIESCE))
		test_engine_hold(test, victim, e);
	else
		KUNIT_ASSERT_TRUE_MSG(test, test_engine_sees(e, act->event, 1),
				      "%s", act->name);
	if (act->event == EV(GROUP_STOP)) {
		/* The other thread is needed; our hold goes on. */
		KUNIT_ASSERT_TRUE(test, test_task_in_state(victim, __TASK_TRACED |
							   __TASK_STOPPED));
		send_sig(SIGCONT, t->task, 1);
	}
	KUNIT_ASSERT_TRUE_MSG(test, test_task_in_state(victim, __TASK_TRACED),
			      "%s", act->name);
	KUNIT_EXPECT_TRUE_MSG(test, test_task_stays_held(victim), "%s", act->name);
}

static void end_releases(struct kunit *test, const struct act *act,
			 const char *end, int status)
{
	struct test_task *t, *victim;
	struct test_engine *e;
	char scenario[40];

	snprintf(scenario, sizeof(scenario), "doom %s %s", act->name, end);
	t = test_user(test, scenario);
	KUNIT_ASSERT_TRUE(test, test_user_at(t, "ready"));
	victim = test_user_find(test, t, "victim");
	/* After the task, so that a failed test detaches before it waits for it. */
	e = test_engine(test, test_log(test));
	e->answer[act->event] = UTRACE_STOP;
	e->on_event = stop_at_getppid;
	KUNIT_ASSERT_EQ(test, 0, test_engine_attach_to(e, victim->task,
			UTRACE_OBSERVER, UTRACE_EVENT(QUIESCE) |
			UTRACE_EVENT(DEATH) | UTRACE_EVENT(REAP) |
			BIT(act->event)));
	hold_victim(test, t, victim, e, act);

	if (!strcmp(end, "kill"))
		test_task_kill(t);
	else
		test_user_pass(t, "held");
	/* Nobody lets it go. */
	KUNIT_ASSERT_TRUE_MSG(test, test_engine_sees(e, EV(REAP), 1), "%s", act->name);
	KUNIT_EXPECT_EQ_MSG(test, 1, e->seen[EV(DEATH)], "%s", act->name);
	KUNIT_EXPECT_TRUE_MSG(test, test_task_dies(t), "%s", act->name);
	KUNIT_EXPECT_EQ_MSG(test, status, t->task->exit_code, "%s", act->name);
	KUNIT_EXPECT_STREQ(test, "", test_user_text(test, t, "failure"));
	if (!strcmp(end, "core"))
		KUNIT_EXPECT_MEMEQ(test, ELFMAG, test_user_text(test, t, "core"),
				   SELFMAG);
}

static void process_kill_releases_every_stop(struct kunit *test)
{
	int i;

	for (i = 0; i < ARRAY_SIZE(acts); i++)
		end_releases(test, &acts[i], "kill", SIGKILL);
}

static void group_exit_releases_every_stop(struct kunit *test)
{
	int i;

	for (i = 0; i < ARRAY_SIZE(acts); i++)
		end_releases(test, &acts[i], "exit", 0);
}

static void exec_releases_every_stop(struct kunit *test)
{
	int i;

	for (i = 0; i < ARRAY_SIZE(acts); i++)
		end_releases(test, &acts[i], "exec", 0);
}

static void core_dump_releases_every_stop(struct kunit *test)
{
	int i;

	if (!IS_ENABLED(CONFIG_COREDUMP))
		kunit_skip(test, "this kernel dumps no core");
	for (i = 0; i < ARRAY_SIZE(acts); i++)
		end_releases(test, &acts[i], "core", SIGSEGV | 0x80);
}

/* After exit_group() SIGKILL is not even queued any more. */
static void kill_releases_a_stop_at_the_end_of_the_process(struct kunit *test)
{
	struct test_task *t = test_task(test, &payload_calls);
	struct test_engine *e = test_engine_hold_at(test, t, EV(EXIT));

	KUNIT_EXPECT_TRUE(test, test_task_stays_held(t));
	test_task_kill(t);
	KUNIT_EXPECT_TRUE(test, test_engine_sees(e, EV(REAP), 1));
}

/* SIGKILL between the end of the process and the stop at EXIT is not lost either. */
static void kill_during_the_report_of_an_exit(struct kunit *test)
{
	struct test_task *t = test_task(test, &payload_calls);
	struct test_engine *e = test_observer(test, t, UTRACE_EVENT(EXIT));
	struct test_point *p = test_point(test, t->task, UTRACE_POINT_CALLBACK_DONE);

	e->answer[EV(EXIT)] = UTRACE_STOP;
	test_task_go(t);
	KUNIT_ASSERT_TRUE(test, test_point_reached(p));
	KUNIT_ASSERT_TRUE(test, t->task->signal->flags & SIGNAL_GROUP_EXIT);
	test_task_kill(t);
	test_point_leave(p);
	KUNIT_EXPECT_TRUE(test, test_task_dies(t));
	KUNIT_EXPECT_EQ(test, 1, e->seen[EV(EXIT)]);
}

static enum utrace_action note_sigpending(struct test_engine *e, unsigned int event,
					  enum utrace_action answer)
{
	*(bool *)e->private = signal_pending(current);
	return answer;
}

/* A quiesce pass that will not come must not interrupt the waits of an exit. */
static void interrupt_does_not_outlast_a_kill(struct kunit *test)
{
	bool *pending = kunit_kcalloc(test, 2, sizeof(*pending), GFP_KERNEL);
	struct test_engine *e, *exit;
	struct test_task *t;
	int interrupt;

	KUNIT_ASSERT_NOT_NULL(test, pending);
	for (interrupt = 0; interrupt < 2; interrupt++) {
		t = test_task(test, &payload_loop);
		exit = test_engine(test, test_log(test));
		exit->private = &pending[interrupt];
		exit->on_event = note_sigpending;
		KUNIT_ASSERT_EQ(test, 0, test_engine_attach_to(exit, t->task,
				UTRACE_OBSERVER, UTRACE_EVENT(EXIT)));
		e = test_observer(test, t, UTRACE_EVENT(SYSCALL_ENTRY) |
				  UTRACE_EVENT(QUIESCE));
		test_gate(e, EV(SYSCALL_ENTRY));
		test_task_go(t);
		KUNIT_ASSERT_TRUE(test, test_gate_entered(e));
		if (interrupt)
			KUNIT_EXPECT_EQ(test, 0, utrace_control(e->engine,
								UTRACE_INTERRUPT));
		test_task_kill(t);
		test_gate_open(e);
		KUNIT_ASSERT_TRUE(test, test_task_dies(t));
		KUNIT_EXPECT_EQ(test, 1, exit->seen[EV(EXIT)]);
		KUNIT_EXPECT_EQ(test, 0, e->seen[EV(QUIESCE)]);
		KUNIT_EXPECT_FALSE_MSG(test, pending[interrupt], "interrupt %d",
				       interrupt);
	}
}

static enum utrace_action interrupt_itself(struct test_engine *e, unsigned int event,
					   enum utrace_action answer)
{
	utrace_control(e->engine, UTRACE_INTERRUPT);
	return answer;
}

/* Nor the core dump, which a pending signal cuts short. */
static void interrupt_does_not_outlast_a_core_dump(struct kunit *test)
{
	struct test_task *t, *victim;
	struct test_engine *e, *exit;

	if (!IS_ENABLED(CONFIG_COREDUMP))
		kunit_skip(test, "this kernel dumps no core");
	t = test_user(test, "doom spin core");
	KUNIT_ASSERT_TRUE(test, test_user_at(t, "ready"));
	victim = test_user_find(test, t, "victim");
	e = test_engine(test, test_log(test));
	e->on_event = interrupt_itself;
	KUNIT_ASSERT_EQ(test, 0, test_engine_attach_to(e, t->task, UTRACE_OBSERVER,
			UTRACE_EVENT(SIGNAL_CORE) | UTRACE_EVENT(QUIESCE)));
	exit = test_observer(test, victim, UTRACE_EVENT(EXIT));
	test_gate(exit, EV(EXIT));
	test_user_pass(t, "ready");
	KUNIT_ASSERT_TRUE(test, test_user_at(t, "held"));
	test_user_pass(t, "held");
	/* The other thread exits, and the dump waits until it has. */
	KUNIT_ASSERT_TRUE(test, test_gate_entered(exit));
	KUNIT_ASSERT_EQ(test, 1, e->seen[EV(SIGNAL_CORE)]);
	KUNIT_EXPECT_FALSE(test, t->task->jobctl & (JOBCTL_UTRACE | JOBCTL_TRAP_UTRACE));
	test_gate_open(exit);
	KUNIT_EXPECT_TRUE(test, test_task_dies(t));
	KUNIT_EXPECT_EQ(test, SIGSEGV | 0x80, t->task->exit_code);
}

static enum utrace_action exit_again(struct test_engine *e, unsigned int event,
				     enum utrace_action answer)
{
	if (event == EV(EXIT) && e->seen[event] == 1)
		do_exit(SIGSEGV);
	return answer;
}

/* As after an oops in a callback, which ends in do_exit() once more. */
static void exit_within_the_report_of_an_exit(struct kunit *test)
{
	struct test_task *t = test_task(test, &payload_calls);
	struct test_engine *e = test_engine(test, test_log(test));
	struct test_engine *other;

	e->on_event = exit_again;
	KUNIT_ASSERT_EQ(test, 0, test_engine_attach_to(e, t->task, UTRACE_OBSERVER,
			UTRACE_EVENT(EXIT) | UTRACE_EVENT(DEATH) | UTRACE_EVENT(REAP)));
	other = test_observer(test, t, UTRACE_EVENT(DEATH));
	test_task_go(t);
	KUNIT_ASSERT_TRUE(test, test_task_dies(t));
	KUNIT_EXPECT_EQ(test, SIGSEGV, t->task->exit_code);
	KUNIT_EXPECT_EQ(test, 1, e->seen[EV(EXIT)]);
	/* What follows is reported as ever. */
	KUNIT_EXPECT_TRUE(test, test_engine_sees(e, EV(REAP), 1));
	KUNIT_EXPECT_EQ(test, 1, e->seen[EV(DEATH)]);
	KUNIT_EXPECT_EQ(test, 1, other->seen[EV(DEATH)]);
	KUNIT_EXPECT_EQ(test, 0, utrace_barrier(e->engine));
}

/*
 * Pins
 */

/* A thread that is held by @n engines. */
static struct test_task *held(struct kunit *test, struct test_engine **e, int n)
{
	struct test_task *t = test_task(test, &payload_spin);
	struct test_log *log = test_log(test);
	int i;

	for (i = 0; i < n; i++)
		e[i] = test_engine_attach(test, log, t, UTRACE_EVENT(QUIESCE) |
					  UTRACE_EVENT(DEATH) | UTRACE_EVENT(REAP));
	test_task_go(t);
	KUNIT_ASSERT_TRUE(test, test_task_runs(t));
	test_engine_hold(test, t, e[0]);
	for (i = 1; i < n; i++)
		KUNIT_ASSERT_EQ(test, 0, utrace_control(e[i]->engine, UTRACE_STOP));
	return t;
}

/* A failed test must not leave a thread behind that nothing can kill. */
static void unpin(void *engine)
{
	utrace_finish_examine(engine);
}

static void pin(struct kunit *test, struct test_engine *e)
{
	KUNIT_ASSERT_EQ(test, 0, utrace_prepare_examine(e->engine));
	KUNIT_ASSERT_EQ(test, 0, kunit_add_action_or_reset(test, unpin, e->engine));
}

static void finish(struct kunit *test, struct test_engine *e)
{
	kunit_release_action(test, unpin, e->engine);
}

static void pinned_thread_outlives_its_kill(struct kunit *test)
{
	struct test_engine *e;
	struct test_task *t = held(test, &e, 1);

	pin(test, e);
	test_task_kill(t);
	KUNIT_EXPECT_TRUE(test, test_task_stays_held(t));
	KUNIT_EXPECT_EQ(test, 0, t->task->exit_state);
	KUNIT_EXPECT_EQ(test, 0, e->seen[EV(DEATH)]);
	finish(test, e);
	KUNIT_EXPECT_TRUE(test, test_engine_sees(e, EV(REAP), 1));
	KUNIT_EXPECT_EQ(test, SIGKILL, t->task->exit_code);
}

/* T3: the ancestor's successor had one flag for all. */
static void each_pin_counts(struct kunit *test)
{
	struct test_engine *e[2];
	struct test_task *t = held(test, e, 2);

	pin(test, e[0]);
	pin(test, e[0]);
	pin(test, e[1]);
	test_task_kill(t);
	/* A kill waits for these, and for no more. */
	KUNIT_EXPECT_EQ(test, -ESRCH, utrace_prepare_examine(e[1]->engine));
	finish(test, e[0]);
	KUNIT_EXPECT_TRUE(test, test_task_stays_held(t));
	finish(test, e[1]);
	KUNIT_EXPECT_TRUE(test, test_task_stays_held(t));
	finish(test, e[0]);
	KUNIT_EXPECT_TRUE(test, test_engine_sees(e[0], EV(REAP), 1));
}

static int keep_killing(void *task)
{
	while (!kthread_should_stop()) {
		test_task_kill(task);
		cond_resched();
	}
	return 0;
}

#define MANY_PINS	20000

/*
 * Of a process that is dying, SIGKILL looks at the pins with siglock only.  KCSAN
 * (VARIANT=kcsan) reports if they are taken back without it.
 */
static void each_pin_counts_while_kills_come(struct kunit *test)
{
	struct test_engine *e;
	struct test_task *t = held(test, &e, 1);
	struct task_struct *killer;
	int i;

	pin(test, e);
	for (i = 0; i < MANY_PINS; i++)
		KUNIT_ASSERT_EQ(test, 0, utrace_prepare_examine(e->engine));
	test_task_kill(t);
	killer = kthread_run(keep_killing, t, "keep_killing");
	KUNIT_EXPECT_NOT_ERR_OR_NULL(test, killer);
	for (i = 0; i < MANY_PINS; i++) {
		utrace_finish_examine(e->engine);
		cond_resched();
	}
	if (!IS_ERR(killer))
		kthread_stop(killer);
	KUNIT_EXPECT_TRUE(test, test_task_stays_held(t));
	finish(test, e);
	KUNIT_EXPECT_TRUE(test, test_engine_sees(e, EV(REAP), 1));
}

static void resume_waits_for_the_pin(struct kunit *test)
{
	struct test_engine *e[2];
	struct test_task *t = held(test, e, 2);

	pin(test, e[0]);
	KUNIT_EXPECT_EQ(test, 0, utrace_control(e[0]->engine, UTRACE_RESUME));
	KUNIT_EXPECT_EQ(test, 0, utrace_control(e[1]->engine, UTRACE_RESUME));
	KUNIT_EXPECT_TRUE(test, test_task_stays_held(t));
	/* Neither holds it now, so no new pins. */
	KUNIT_EXPECT_EQ(test, -EINVAL, utrace_prepare_examine(e[0]->engine));
	finish(test, e[0]);
	KUNIT_EXPECT_TRUE(test, test_task_runs(t));
}

static void detach_waits_for_the_pin(struct kunit *test)
{
	struct test_engine *e[2];
	struct test_task *t = held(test, e, 2);

	KUNIT_EXPECT_EQ(test, 0, utrace_control(e[1]->engine, UTRACE_DETACH));
	pin(test, e[0]);
	KUNIT_EXPECT_EQ(test, 0, utrace_control(e[0]->engine, UTRACE_DETACH));
	KUNIT_EXPECT_TRUE(test, test_task_stays_held(t));
	KUNIT_EXPECT_EQ(test, -ESRCH, utrace_prepare_examine(e[0]->engine));
	finish(test, e[0]);
	KUNIT_EXPECT_TRUE(test, test_task_runs(t));
	KUNIT_EXPECT_EQ(test, 0, utrace_barrier(e[0]->engine));
}

static void detached_and_killed_while_pinned(struct kunit *test)
{
	struct test_engine *e;
	struct test_task *t = held(test, &e, 1);

	pin(test, e);
	KUNIT_EXPECT_EQ(test, 0, utrace_control(e->engine, UTRACE_DETACH));
	test_task_kill(t);
	KUNIT_EXPECT_TRUE(test, test_task_stays_held(t));
	finish(test, e);
	KUNIT_EXPECT_TRUE(test, test_task_dies(t));
	KUNIT_EXPECT_EQ(test, 0, e->seen[EV(DEATH)]);
}

static void only_its_holder_can_pin_a_thread(struct kunit *test)
{
	struct test_task *t = test_task(test, &payload_loop);
	struct test_log *log = test_log(test);
	struct test_engine *e, *other;

	other = test_engine_attach(test, log, t, UTRACE_EVENT(QUIESCE));
	e = test_engine_attach(test, log, t, UTRACE_EVENTS_ALL);
	test_gate(e, EV(SYSCALL_ENTRY));
	test_task_go(t);
	KUNIT_ASSERT_TRUE(test, test_gate_entered(e));
	/* It runs, and nobody wants it otherwise; then one does. */
	KUNIT_EXPECT_EQ(test, -EINVAL, utrace_prepare_examine(e->engine));
	KUNIT_EXPECT_EQ(test, -EINPROGRESS, utrace_control(e->engine, UTRACE_STOP));
	KUNIT_EXPECT_EQ(test, -EAGAIN, utrace_prepare_examine(e->engine));
	test_gate_open(e);
	KUNIT_ASSERT_TRUE(test, test_engine_sees(e, EV(QUIESCE), 1));
	KUNIT_ASSERT_TRUE(test, test_task_in_state(t, __TASK_TRACED));
	/* Held it is, but not by this one. */
	KUNIT_EXPECT_EQ(test, -EINVAL, utrace_prepare_examine(other->engine));
	pin(test, e);
	finish(test, e);
	/* And not with a kill on its way. */
	test_task_kill(t);
	KUNIT_EXPECT_TRUE(test, test_engine_sees(e, EV(REAP), 1));
	KUNIT_EXPECT_EQ(test, -ESRCH, utrace_prepare_examine(e->engine));
}

/* An exec kills the other threads, and waits until they are gone. */
static void exec_waits_for_the_pin(struct kunit *test)
{
	struct test_task *t = test_user(test, "doom spin exec"), *victim;
	struct test_log *log = test_log(test);
	struct test_engine *e;

	KUNIT_ASSERT_TRUE(test, test_user_at(t, "ready"));
	victim = test_user_find(test, t, "victim");
	e = test_engine_attach(test, log, victim, UTRACE_EVENT(QUIESCE) |
			       UTRACE_EVENT(REAP));
	test_user_pass(t, "ready");
	KUNIT_ASSERT_TRUE(test, test_user_at(t, "held"));
	test_engine_hold(test, victim, e);
	pin(test, e);
	test_user_pass(t, "held");
	KUNIT_ASSERT_TRUE(test, test_poll(READ_ONCE(t->task->signal->group_exec_task)));
	KUNIT_EXPECT_TRUE(test, test_task_stays_held(victim));
	KUNIT_EXPECT_EQ(test, 0, e->seen[EV(REAP)]);
	finish(test, e);
	KUNIT_EXPECT_TRUE(test, test_user_succeeds(test, t));
	KUNIT_EXPECT_EQ(test, 1, e->seen[EV(REAP)]);
}

/*
 * T3: SIGKILL while a tracer writes registers let the thread run with them half
 * written, and use freed memory.
 */
struct killer {
	struct task_struct *task;
	struct completion go, done;
	unsigned int delay;
};

static int kill_after_a_while(void *data)
{
	struct killer *killer = data;

	wait_for_completion(&killer->go);
	udelay(killer->delay);
	send_sig(SIGKILL, killer->task, 1);
	complete(&killer->done);
	return 0;
}

#define REGISTER_KILLS	40
#define REGISTER_WRITES	10

/*
 * The general registers, all of them, one of which changes every time; until
 * the kill has come, and some more.
 */
static int write_registers(struct kunit *test, struct task_struct *task,
			   struct killer *killer)
{
	const struct user_regset *set = regset_task_view(task)->regsets;
	unsigned int size = set->n * set->size;
	unsigned long *wrote, *read;
	int i, n, ret, left = REGISTER_WRITES;

	wrote = kunit_kzalloc(test, size, GFP_KERNEL);
	read = kunit_kzalloc(test, size, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, wrote);
	KUNIT_ASSERT_NOT_NULL(test, read);
	n = regset_get(task, set, size, wrote);
	KUNIT_EXPECT_GT(test, n, 0);
	for (i = 0; left; i++) {
		if (completion_done(&killer->done))
			left--;
		wrote[1] = 0x5a5a0000 + i;
		ret = set->set(task, set, 0, n, wrote, NULL);
		KUNIT_EXPECT_EQ(test, 0, ret);
		KUNIT_EXPECT_EQ(test, n, regset_get(task, set, size, read));
		/* Some words are the kernel's, and read as it likes. */
		KUNIT_EXPECT_MEMEQ(test, wrote, read, 4 * sizeof(*wrote));
		cond_resched();
	}
	kunit_kfree(test, wrote);
	kunit_kfree(test, read);
	return i;
}

static void kill_during_a_register_write(struct kunit *test)
{
	struct test_engine *e;
	struct killer *killer;
	struct test_task *t;
	int i, writes = 0;

	for (i = 0; i < REGISTER_KILLS; i++) {
		t = held(test, &e, 1);
		killer = kunit_kzalloc(test, sizeof(*killer), GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, killer);
		init_completion(&killer->go);
		init_completion(&killer->done);
		killer->task = t->task;
		killer->delay = i * 5;
		KUNIT_ASSERT_FALSE(test, IS_ERR(kthread_run(kill_after_a_while,
							    killer, "killer")));
		pin(test, e);
		complete(&killer->go);
		writes += write_registers(test, t->task, killer);
		wait_for_completion(&killer->done);
		KUNIT_EXPECT_EQ(test, 0, t->task->exit_state);
		finish(test, e);
		KUNIT_EXPECT_TRUE(test, test_engine_sees(e, EV(REAP), 1));
	}
	kunit_info(test, "%d kills during %d writes", REGISTER_KILLS, writes);
}

static void calls_after_reap_say_so(struct kunit *test)
{
	static const enum utrace_action actions[] = {
		UTRACE_RESUME, UTRACE_STOP, UTRACE_REPORT, UTRACE_INTERRUPT,
		UTRACE_DETACH, UTRACE_SINGLESTEP, UTRACE_BLOCKSTEP,
	};
	struct test_task *t = test_task(test, &payload_calls);
	struct test_log *log = test_log(test);
	struct test_engine *e = test_engine_attach(test, log, t, UTRACE_EVENTS_ALL);
	struct utrace_engine *engine = e->engine;
	struct task_struct *task = t->task;
	u64 cookie = utrace_cookie(engine);
	int i;

	test_task_go(t);
	KUNIT_ASSERT_TRUE(test, test_engine_sees(e, EV(REAP), 1));
	KUNIT_ASSERT_TRUE(test, test_task_dies(t));
	for (i = 0; i < ARRAY_SIZE(actions); i++)
		KUNIT_EXPECT_EQ(test, -ESRCH, utrace_control(engine, actions[i]));
	KUNIT_EXPECT_EQ(test, -ESRCH, utrace_set_events(engine, UTRACE_EVENTS_ALL));
	KUNIT_EXPECT_EQ(test, -ESRCH, utrace_set_events(engine, 0));
	KUNIT_EXPECT_EQ(test, -ESRCH, utrace_set_syscalls(engine, NULL));
	KUNIT_EXPECT_EQ(test, -ESRCH, utrace_prepare_examine(engine));
	KUNIT_EXPECT_EQ(test, -ESRCH, utrace_syscall_skip(engine, 0));
	KUNIT_EXPECT_EQ(test, 0, utrace_barrier(engine));
	KUNIT_EXPECT_EQ(test, cookie, utrace_cookie(engine));
	/* The engine keeps what it points to. */
	KUNIT_EXPECT_PTR_EQ(test, task, engine->task);
	KUNIT_EXPECT_EQ(test, -ESRCH,
			PTR_ERR_OR_ZERO(utrace_attach_task(task, engine->ops, NULL)));
	utrace_engine_put(utrace_engine_get(engine));
	KUNIT_EXPECT_EQ(test, 1, e->seen[EV(REAP)]);
}

/*
 * Storms: threads that attach, stop, resume and detach as fast as they can, to
 * a task that makes system calls.
 */
#define STORM_THREADS	4
#define STORM_ROUNDS	300
/* A kernel with checkers makes fewer rounds. */
#define STORM_TIME	(10 * HZ)
/* Five threads that spin for one lock can take minutes, if few of their CPUs are real. */
#define STORM_TIMEOUT	(4 * TEST_TIMEOUT)

struct storm {
	struct task_struct *task;
	struct completion done;
	atomic_t left;
	atomic_t dead;		/* calls that said so */
	atomic_t wrong;		/* results that no call may have */
	u32 seed;
};

static enum utrace_action storm_callback(struct utrace_engine *engine)
{
	return (utrace_cookie(engine) + jiffies) & 1 ? UTRACE_STOP : UTRACE_RESUME;
}

static enum utrace_action storm_syscall(struct utrace_engine *engine,
					struct pt_regs *regs)
{
	return UTRACE_RESUME;
}

static const struct utrace_engine_ops storm_ops = {
	.name = "storm",
	.report_quiesce = storm_callback,
	.report_syscall_entry = storm_syscall,
	.report_syscall_exit = storm_syscall,
};

static bool storm_result(struct storm *storm, int ret)
{
	if (ret == -ESRCH) {
		atomic_inc(&storm->dead);
		return false;
	}
	if (ret && ret != -EINPROGRESS)
		atomic_inc(&storm->wrong);
	return true;
}

static void storm_round(struct storm *storm, struct rnd_state *rnd)
{
	static const enum utrace_action actions[] = {
		UTRACE_STOP, UTRACE_RESUME, UTRACE_REPORT, UTRACE_INTERRUPT,
	};
	struct utrace_engine *engine;
	int i;

	engine = utrace_attach_task(storm->task, &storm_ops, NULL);
	if (IS_ERR(engine)) {
		/* Many came and went while the thread was in one callback. */
		if (PTR_ERR(engine) == -EUSERS)
			schedule_timeout_uninterruptible(1);
		else
			storm_result(storm, PTR_ERR(engine));
		return;
	}
	storm_result(storm, utrace_set_events(engine, UTRACE_EVENT(QUIESCE) |
			(prandom_u32_state(rnd) & UTRACE_EVENTS_SYSCALL)));
	for (i = prandom_u32_state(rnd) % 4; i; i--) {
		if (!storm_result(storm, utrace_control(engine,
				actions[prandom_u32_state(rnd) % ARRAY_SIZE(actions)])))
			break;
		cond_resched();
	}
	storm_result(storm, utrace_control(engine, UTRACE_DETACH));
	if (utrace_barrier(engine))
		atomic_inc(&storm->wrong);
	utrace_engine_put(engine);
}

static int storm_thread(void *data)
{
	struct storm *storm = data;
	unsigned long end = jiffies + STORM_TIME;
	struct rnd_state rnd;
	int i;

	prandom_seed_state(&rnd, atomic_read(&storm->left) + storm->seed);
	for (i = 0; i < STORM_ROUNDS && time_before(jiffies, end); i++) {
		storm_round(storm, &rnd);
		cond_resched();
	}
	if (atomic_dec_and_test(&storm->left))
		complete(&storm->done);
	return 0;
}

static void storm_begin(struct kunit *test, struct storm *storm,
			struct test_task *t, u32 seed)
{
	int i;

	storm->task = t->task;
	init_completion(&storm->done);
	atomic_set(&storm->left, STORM_THREADS);
	atomic_set(&storm->dead, 0);
	atomic_set(&storm->wrong, 0);
	storm->seed = seed;
	for (i = 0; i < STORM_THREADS; i++)
		KUNIT_ASSERT_FALSE(test, IS_ERR(kthread_run(storm_thread, storm,
							    "storm/%d", i)));
}

static void storm_leaves_the_thread_running(struct kunit *test)
{
	struct test_task *t = test_task(test, &payload_loop);
	struct storm storm;

	test_task_go(t);
	KUNIT_ASSERT_TRUE(test, test_task_runs(t));
	storm_begin(test, &storm, t, 1);
	KUNIT_ASSERT_NE(test, 0, wait_for_completion_timeout(&storm.done,
							     STORM_TIMEOUT));
	KUNIT_EXPECT_EQ(test, 0, atomic_read(&storm.wrong));
	KUNIT_EXPECT_EQ(test, 0, atomic_read(&storm.dead));
	KUNIT_EXPECT_TRUE(test, test_task_runs(t));
	/* Nobody wants its system calls any more, and it has noticed. */
	KUNIT_EXPECT_TRUE(test, test_poll(!test_task_syscall_work(t->task,
								  UTRACE)));
}

static void kill_in_a_storm(struct kunit *test)
{
	struct test_task *t;
	struct storm storm;
	int round;

	for (round = 0; round < 8; round++) {
		t = test_task(test, &payload_loop);
		test_task_go(t);
		storm_begin(test, &storm, t, 100 + round);
		usleep_range(1000, 3000 * (round + 1));
		test_task_kill(t);
		KUNIT_EXPECT_TRUE(test, test_task_dies(t));
		KUNIT_ASSERT_NE(test, 0, wait_for_completion_timeout(&storm.done,
							     STORM_TIMEOUT));
		KUNIT_EXPECT_EQ(test, 0, atomic_read(&storm.wrong));
	}
}

static struct kunit_case utrace_teardown_cases[] = {
	KUNIT_CASE(barrier_waits_for_the_callback),
	KUNIT_CASE(barrier_in_its_own_callback_is_refused),
	KUNIT_CASE(neighbours_detach_during_a_report),
	KUNIT_CASE(engine_leaves_as_another_stops_the_thread),
	KUNIT_CASE(reap_waits_for_death),
	KUNIT_CASE(kill_comes_during_a_callback),
	KUNIT_CASE(process_kill_releases_every_stop),
	KUNIT_CASE(group_exit_releases_every_stop),
	KUNIT_CASE(exec_releases_every_stop),
	KUNIT_CASE(core_dump_releases_every_stop),
	KUNIT_CASE(kill_releases_a_stop_at_the_end_of_the_process),
	KUNIT_CASE(kill_during_the_report_of_an_exit),
	KUNIT_CASE(interrupt_does_not_outlast_a_kill),
	KUNIT_CASE(interrupt_does_not_outlast_a_core_dump),
	KUNIT_CASE(exit_within_the_report_of_an_exit),
	KUNIT_CASE(pinned_thread_outlives_its_kill),
	KUNIT_CASE(each_pin_counts),
	KUNIT_CASE(each_pin_counts_while_kills_come),
	KUNIT_CASE(resume_waits_for_the_pin),
	KUNIT_CASE(detach_waits_for_the_pin),
	KUNIT_CASE(detached_and_killed_while_pinned),
	KUNIT_CASE(only_its_holder_can_pin_a_thread),
	KUNIT_CASE(exec_waits_for_the_pin),
	KUNIT_CASE_SLOW(kill_during_a_register_write),
	KUNIT_CASE(calls_after_reap_say_so),
	KUNIT_CASE_SLOW(storm_leaves_the_thread_running),
	KUNIT_CASE_SLOW(kill_in_a_storm),
	{}
};

static struct kunit_suite utrace_teardown_suite = {
	.name = "utrace_teardown",
	.test_cases = utrace_teardown_cases,
};
kunit_test_suite(utrace_teardown_suite);
