// SPDX-License-Identifier: GPL-2.0-only
/*
 * Stopping, resuming, interrupting
 */

#include <linux/completion.h>
#include <linux/irq_work.h>
#include <linux/sched/signal.h>
#include <linux/timer.h>

#include <asm/unistd.h>

#include "../kernel/utrace/internal.h"
#include "utrace_task.h"

static void stop(struct kunit *test, struct test_task *t, struct test_engine *e)
{
	test_engine_hold(test, t, e);
	/* Now it is stopped already. */
	KUNIT_ASSERT_EQ(test, 0, utrace_control(e->engine, UTRACE_STOP));
}

static void running_thread_stops_and_resumes(struct kunit *test)
{
	struct test_task *t = test_task(test, &payload_spin);
	struct test_log *log = test_log(test);
	struct test_engine *e = test_engine_attach(test, log, t, UTRACE_EVENT(QUIESCE));
	int i;

	test_task_go(t);
	for (i = 0; i < 3; i++) {
		KUNIT_ASSERT_TRUE(test, test_task_runs(t));
		stop(test, t, e);
		KUNIT_EXPECT_TRUE(test, test_task_stays_held(t));
		KUNIT_EXPECT_EQ(test, 0, utrace_control(e->engine, UTRACE_RESUME));
	}
	KUNIT_EXPECT_TRUE(test, test_task_runs(t));
	KUNIT_EXPECT_EQ(test, 3, e->seen[EV(QUIESCE)]);
}

static void stop_is_not_a_ptrace_stop(struct kunit *test)
{
	struct test_task *t = test_task(test, &payload_spin);
	struct test_log *log = test_log(test);
	struct test_engine *e = test_engine_attach(test, log, t, UTRACE_EVENT(QUIESCE));

	test_task_go(t);
	stop(test, t, e);
	/* What wait() and ptrace requests go by. */
	KUNIT_EXPECT_FALSE(test, task_is_traced(t->task));
	KUNIT_EXPECT_FALSE(test, task_is_stopped(t->task));
	KUNIT_EXPECT_EQ(test, 0, t->task->ptrace);
	/* SIGCONT does not end it. */
	send_sig(SIGCONT, t->task, 1);
	KUNIT_EXPECT_TRUE(test, test_task_stays_held(t));
}

static void every_holder_has_to_let_go(struct kunit *test)
{
	struct test_task *t = test_task(test, &payload_spin);
	struct test_log *log = test_log(test);
	struct test_engine *a = test_engine_attach(test, log, t, UTRACE_EVENT(QUIESCE));
	struct test_engine *b = test_engine_attach(test, log, t, UTRACE_EVENT(QUIESCE));

	test_task_go(t);
	KUNIT_EXPECT_EQ(test, -EAGAIN, utrace_stop_event(a->engine));
	stop(test, t, a);
	KUNIT_EXPECT_EQ(test, EV(QUIESCE), utrace_stop_event(a->engine));
	KUNIT_EXPECT_EQ(test, 0, utrace_control(b->engine, UTRACE_STOP));
	KUNIT_EXPECT_EQ(test, 0, utrace_control(a->engine, UTRACE_RESUME));
	KUNIT_EXPECT_TRUE(test, test_task_stays_held(t));
	KUNIT_EXPECT_EQ(test, 0, utrace_control(a->engine, UTRACE_STOP));
	KUNIT_EXPECT_EQ(test, 0, utrace_control(b->engine, UTRACE_RESUME));
	KUNIT_EXPECT_TRUE(test, test_task_stays_held(t));
	KUNIT_EXPECT_EQ(test, 0, utrace_control(a->engine, UTRACE_RESUME));
	KUNIT_EXPECT_TRUE(test, test_task_runs(t));
}

static void detach_lets_go(struct kunit *test)
{
	struct test_task *t = test_task(test, &payload_spin);
	struct test_log *log = test_log(test);
	struct test_engine *e = test_engine_attach(test, log, t, UTRACE_EVENT(QUIESCE));

	test_task_go(t);
	stop(test, t, e);
	KUNIT_EXPECT_EQ(test, 0, utrace_control(e->engine, UTRACE_DETACH));
	KUNIT_EXPECT_TRUE(test, test_task_runs(t));
}

static void stop_at_entry_comes_before_the_call(struct kunit *test)
{
	struct test_task *t = test_task(test, &payload_calls);
	struct test_engine *e = test_engine_hold_at(test, t, EV(SYSCALL_ENTRY));
	int i;

	for (i = 1; i <= 4; i++) {
		KUNIT_ASSERT_TRUE(test, test_engine_sees(e, EV(SYSCALL_ENTRY), i));
		KUNIT_ASSERT_TRUE(test, test_task_in_state(t, __TASK_TRACED));
		KUNIT_EXPECT_EQ(test, EV(SYSCALL_ENTRY), utrace_stop_event(e->engine));
		KUNIT_EXPECT_TRUE(test, test_task_stays_held(t));
		KUNIT_EXPECT_EQ(test, i - 1, e->seen[EV(SYSCALL_EXIT)]);
		/* The last one is exit_group. */
		KUNIT_EXPECT_EQ(test, 0, e->seen[EV(EXIT)]);
		KUNIT_EXPECT_EQ(test, 0, utrace_control(e->engine, UTRACE_RESUME));
	}
	KUNIT_ASSERT_TRUE(test, test_engine_sees(e, EV(REAP), 1));
	KUNIT_EXPECT_EQ(test, 7 << 8, t->task->exit_code);
}

static void stop_holds_at_its_place_in_the_chain(struct kunit *test)
{
	struct test_task *t = test_task(test, &payload_calls);
	struct test_log *log = test_log(test);
	struct test_engine *inner = test_engine(test, log);
	struct test_engine *outer = test_engine(test, log);

	inner->answer[EV(SYSCALL_EXIT)] = UTRACE_STOP;
	outer->answer[EV(SYSCALL_ENTRY)] = UTRACE_STOP;
	KUNIT_ASSERT_EQ(test, 0, test_engine_attach_to(inner, t->task,
			UTRACE_TRANSFORMER, UTRACE_EVENTS_SYSCALL));
	KUNIT_ASSERT_EQ(test, 0, test_engine_attach_to(outer, t->task,
			UTRACE_OBSERVER, UTRACE_EVENTS_SYSCALL));
	test_task_go(t);

	KUNIT_ASSERT_TRUE(test, test_engine_sees(outer, EV(SYSCALL_ENTRY), 1));
	KUNIT_ASSERT_TRUE(test, test_task_in_state(t, __TASK_TRACED));
	KUNIT_EXPECT_EQ(test, 0, inner->seen[EV(SYSCALL_ENTRY)]);
	KUNIT_EXPECT_EQ(test, 0, utrace_control(outer->engine, UTRACE_RESUME));

	KUNIT_ASSERT_TRUE(test, test_engine_sees(inner, EV(SYSCALL_EXIT), 1));
	KUNIT_ASSERT_TRUE(test, test_task_in_state(t, __TASK_TRACED));
	KUNIT_EXPECT_EQ(test, 1, inner->seen[EV(SYSCALL_ENTRY)]);
	KUNIT_EXPECT_EQ(test, 0, outer->seen[EV(SYSCALL_EXIT)]);
	KUNIT_EXPECT_EQ(test, 0, utrace_control(inner->engine, UTRACE_RESUME));
	KUNIT_EXPECT_TRUE(test, test_engine_sees(outer, EV(SYSCALL_EXIT), 1));
}

/* The one who acts on what a callback published must not come too early. */
static enum utrace_action resume_myself(struct test_engine *e, unsigned int event,
					enum utrace_action answer)
{
	if (event == EV(SYSCALL_ENTRY))
		utrace_control(e->engine, UTRACE_RESUME);
	return answer;
}

static void resume_during_the_callback_wins(struct kunit *test)
{
	struct test_task *t = test_task(test, &payload_calls);
	struct test_log *log = test_log(test);
	struct test_engine *e = test_engine(test, log);

	e->answer[EV(SYSCALL_ENTRY)] = UTRACE_STOP;
	e->on_event = resume_myself;
	KUNIT_ASSERT_EQ(test, 0, test_engine_attach_to(e, t->task, UTRACE_OBSERVER,
						       UTRACE_EVENTS_ALL));
	test_task_go(t);
	KUNIT_EXPECT_TRUE(test, test_task_dies(t));
	KUNIT_EXPECT_EQ(test, 4, e->seen[EV(SYSCALL_ENTRY)]);
}

/* One that was about an earlier event must not count for this one. */
static enum utrace_action resume_and_decide(struct test_engine *e,
					    unsigned int event,
					    enum utrace_action answer)
{
	if (event == EV(SYSCALL_ENTRY)) {
		utrace_control(e->engine, UTRACE_RESUME);
		utrace_will_stop(e->engine);
	}
	return answer;
}

static void resume_before_the_decision_does_not_count(struct kunit *test)
{
	struct test_task *t = test_task(test, &payload_calls);
	struct test_log *log = test_log(test);
	struct test_engine *e = test_engine(test, log);

	e->answer[EV(SYSCALL_ENTRY)] = UTRACE_STOP;
	e->on_event = resume_and_decide;
	KUNIT_ASSERT_EQ(test, 0, test_engine_attach_to(e, t->task, UTRACE_OBSERVER,
						       UTRACE_EVENTS_ALL));
	test_task_go(t);
	KUNIT_ASSERT_TRUE(test, test_engine_sees(e, EV(SYSCALL_ENTRY), 1));
	KUNIT_ASSERT_TRUE(test, test_task_in_state(t, __TASK_TRACED));
	KUNIT_EXPECT_TRUE(test, test_task_stays_held(t));
}

/* An order that comes before the report it leads to does not undo the answer. */
static void stop_answers_a_report_that_was_asked_for_twice(struct kunit *test)
{
	struct test_task *t = test_task(test, &payload_spin);
	struct test_engine *e = test_observer(test, t, UTRACE_EVENT(QUIESCE));
	struct test_point *p = test_point(test, t->task, UTRACE_POINT_OWED);

	e->answer[EV(QUIESCE)] = UTRACE_STOP;
	test_task_go(t);
	KUNIT_ASSERT_TRUE(test, test_task_runs(t));
	KUNIT_ASSERT_EQ(test, 0, utrace_control(e->engine, UTRACE_REPORT));
	KUNIT_ASSERT_TRUE(test, test_point_reached(p));
	KUNIT_ASSERT_EQ(test, 0, utrace_control(e->engine, UTRACE_REPORT));
	test_point_leave(p);
	KUNIT_ASSERT_TRUE(test, test_engine_sees(e, EV(QUIESCE), 1));
	KUNIT_EXPECT_TRUE(test, test_task_in_state(t, __TASK_TRACED));
	KUNIT_EXPECT_TRUE(test, test_task_stays_held(t));
	KUNIT_EXPECT_EQ(test, 1, e->seen[EV(QUIESCE)]);
}

static void stop_at_exec_holds_before_user_mode(struct kunit *test)
{
	struct test_task *t = test_task(test, &payload_calls);
	struct test_engine *e = test_engine_hold_at(test, t, EV(EXEC));

	KUNIT_EXPECT_TRUE(test, test_task_stays_held(t));
	KUNIT_EXPECT_EQ(test, 1, e->log->nr);
	KUNIT_EXPECT_EQ(test, 0, utrace_control(e->engine, UTRACE_RESUME));
	KUNIT_EXPECT_TRUE(test, test_engine_sees(e, EV(REAP), 1));
}

static void stop_at_exit_holds_the_exiting_thread(struct kunit *test)
{
	struct test_task *t = test_task(test, &payload_calls);
	struct test_engine *e = test_engine_hold_at(test, t, EV(EXIT));

	KUNIT_EXPECT_TRUE(test, test_task_stays_held(t));
	KUNIT_EXPECT_NOT_NULL(test, t->task->mm);
	KUNIT_EXPECT_EQ(test, 0, utrace_control(e->engine, UTRACE_RESUME));
	KUNIT_EXPECT_TRUE(test, test_engine_sees(e, EV(REAP), 1));
}

static void stop_does_not_interrupt_but_interrupt_does(struct kunit *test)
{
	struct test_task *t = test_task(test, &payload_sleep);
	struct test_log *log = test_log(test);
	struct test_engine *e = test_engine_attach(test, log, t, UTRACE_EVENTS_ALL);

	test_task_go(t);
	KUNIT_ASSERT_TRUE(test, test_engine_sees(e, EV(SYSCALL_ENTRY), 1));
	KUNIT_ASSERT_TRUE(test, test_task_in_state(t, TASK_INTERRUPTIBLE));
	KUNIT_EXPECT_EQ(test, -EINPROGRESS, utrace_control(e->engine, UTRACE_STOP));
	schedule_timeout_uninterruptible(HZ / 20);
	KUNIT_EXPECT_EQ(test, 0, e->seen[EV(QUIESCE)]);
	KUNIT_EXPECT_EQ(test, -EINPROGRESS, utrace_control(e->engine, UTRACE_STOP));

	/* Which takes the stop back. */
	KUNIT_EXPECT_EQ(test, 0, utrace_control(e->engine, UTRACE_INTERRUPT));
	KUNIT_ASSERT_TRUE(test, test_engine_sees(e, EV(QUIESCE), 1));
	KUNIT_EXPECT_EQ(test, 1, e->seen[EV(SYSCALL_EXIT)]);
	/* Restarted, as without a handler. */
	KUNIT_ASSERT_TRUE(test, test_engine_sees(e, EV(SYSCALL_ENTRY), 2));
	KUNIT_ASSERT_TRUE(test, test_task_in_state(t, TASK_INTERRUPTIBLE));
	KUNIT_EXPECT_EQ(test, 1, e->seen[EV(QUIESCE)]);
}

static enum utrace_action wait_as_a_guest(struct test_engine *e, unsigned int event,
					  enum utrace_action answer)
{
	struct test_gate *gate = &e->gate;

	if (event == EV(SYSCALL_ENTRY)) {
		current->flags |= PF_VCPU;
		complete(&gate->entered);
		wait_for_completion(&gate->leave);
		current->flags &= ~PF_VCPU;
	}
	return answer;
}

/* Some hypervisors leave a guest for a signal only. */
static void stop_interrupts_a_thread_that_executes_a_guest(struct kunit *test)
{
	struct test_task *t = test_task(test, &payload_loop);
	struct test_engine *e = test_engine(test, test_log(test));

	e->on_event = wait_as_a_guest;
	KUNIT_ASSERT_EQ(test, 0, test_engine_attach_to(e, t->task, UTRACE_OBSERVER,
			UTRACE_EVENT(SYSCALL_ENTRY) | UTRACE_EVENT(QUIESCE)));
	test_task_go(t);
	KUNIT_ASSERT_TRUE(test, test_gate_entered(e));
	KUNIT_EXPECT_FALSE(test, task_sigpending(t->task));
	KUNIT_EXPECT_EQ(test, -EINPROGRESS, utrace_control(e->engine, UTRACE_STOP));
	KUNIT_EXPECT_TRUE(test, task_sigpending(t->task));
	test_gate_open(e);
	KUNIT_EXPECT_TRUE(test, test_engine_stops(e, t, EV(QUIESCE), 1));
}

/* Its mask is the count, which is not 0. */
LOCAL_PAYLOAD(payload_suspend,
	P_COUNT(0)
	"1:\n"
	P_ARG(0, P_DATA) P_ARG(1, 8) P_CALL(__NR_rt_sigsuspend)
	P_JUMP(1b));

/* To change it is to look which signals are pending: none is. */
static void interrupt_outlasts_a_change_of_the_signal_mask(struct kunit *test)
{
	struct test_task *t = test_task(test, &payload_suspend);
	struct test_engine *e = test_observer(test, t, UTRACE_EVENT(SYSCALL_ENTRY) |
					      UTRACE_EVENT(QUIESCE));

	e->answer[EV(SYSCALL_ENTRY)] = UTRACE_INTERRUPT;
	test_task_go(t);
	/* Each of these calls is interrupted, and made again. */
	KUNIT_EXPECT_TRUE(test, test_engine_sees(e, EV(SYSCALL_ENTRY), 5));
	e->answer[EV(SYSCALL_ENTRY)] = UTRACE_RESUME;
	KUNIT_EXPECT_TRUE(test, test_task_in_state(t, TASK_INTERRUPTIBLE));
}

static void resume_takes_a_pending_stop_back(struct kunit *test)
{
	struct test_task *t = test_task(test, &payload_sleep);
	struct test_log *log = test_log(test);
	struct test_engine *e = test_engine_attach(test, log, t, UTRACE_EVENTS_ALL);
	struct test_engine *other = test_engine_attach(test, log, t, UTRACE_EVENTS_ALL);

	test_task_go(t);
	KUNIT_ASSERT_TRUE(test, test_engine_sees(e, EV(SYSCALL_ENTRY), 1));
	KUNIT_EXPECT_EQ(test, -EINPROGRESS, utrace_control(e->engine, UTRACE_STOP));
	KUNIT_EXPECT_EQ(test, 0, utrace_control(e->engine, UTRACE_RESUME));
	KUNIT_EXPECT_EQ(test, 0, utrace_control(other->engine, UTRACE_INTERRUPT));
	KUNIT_EXPECT_TRUE(test, test_engine_sees(e, EV(SYSCALL_ENTRY), 2));
	KUNIT_EXPECT_EQ(test, 0, e->seen[EV(QUIESCE)]);
	KUNIT_EXPECT_EQ(test, 1, other->seen[EV(QUIESCE)]);
}

static void report_makes_one_callback(struct kunit *test)
{
	struct test_task *t = test_task(test, &payload_spin);
	struct test_log *log = test_log(test);
	struct test_engine *e = test_engine_attach(test, log, t, UTRACE_EVENT(QUIESCE));

	test_task_go(t);
	KUNIT_ASSERT_EQ(test, 0, utrace_control(e->engine, UTRACE_REPORT));
	KUNIT_ASSERT_TRUE(test, test_engine_sees(e, EV(QUIESCE), 1));
	KUNIT_EXPECT_TRUE(test, test_task_runs(t));
	KUNIT_EXPECT_EQ(test, 1, e->seen[EV(QUIESCE)]);
}

static void kill_releases_every_stop(struct kunit *test)
{
	static const unsigned int events[] = {
		EV(EXEC), EV(SYSCALL_ENTRY), EV(SYSCALL_EXIT)
	};
	struct test_log *log = test_log(test);
	struct test_engine *a, *b;
	struct test_task *t;
	int i;

	/* From outside, by two. */
	t = test_task(test, &payload_spin);
	a = test_engine_attach(test, log, t, UTRACE_EVENTS_ALL);
	b = test_engine_attach(test, log, t, UTRACE_EVENT(QUIESCE));
	test_task_go(t);
	stop(test, t, a);
	KUNIT_EXPECT_EQ(test, 0, utrace_control(b->engine, UTRACE_STOP));
	test_task_kill(t);
	KUNIT_EXPECT_TRUE(test, test_engine_sees(a, EV(REAP), 1));
	KUNIT_EXPECT_EQ(test, SIGKILL, t->task->exit_code);

	/* At each event, by its own answer. */
	for (i = 0; i < ARRAY_SIZE(events); i++) {
		t = test_task(test, &payload_calls);
		a = test_engine_hold_at(test, t, events[i]);
		test_task_kill(t);
		KUNIT_EXPECT_TRUE(test, test_engine_sees(a, EV(REAP), 1));
		KUNIT_EXPECT_EQ(test, SIGKILL, t->task->exit_code);
	}
}

static void kill_at_entry_prevents_the_call(struct kunit *test)
{
	struct test_task *t = test_task(test, &payload_fork);
	struct test_engine *e = test_engine_hold_at(test, t, EV(SYSCALL_ENTRY));

	test_task_kill(t);
	KUNIT_ASSERT_TRUE(test, test_engine_sees(e, EV(REAP), 1));
	KUNIT_EXPECT_EQ(test, 0, e->seen[EV(CLONE)]);
}

/* A call that was never made has no result, whoever asked for one. */
static void kill_at_entry_leaves_no_exit_to_report(struct kunit *test)
{
	struct test_engine *e, *o;
	struct test_task *t;
	int skip;

	for (skip = 0; skip < 2; skip++) {
		t = test_task(test, &payload_calls);
		o = test_observer(test, t, UTRACE_EVENTS_SYSCALL | UTRACE_EVENT(EXIT) |
				  UTRACE_EVENT(DEATH));
		e = test_engine_hold_at(test, t, EV(SYSCALL_ENTRY));
		if (skip)
			KUNIT_EXPECT_EQ(test, 0, utrace_syscall_skip(e->engine, 1));
		test_task_kill(t);
		KUNIT_ASSERT_TRUE(test, test_engine_sees(o, EV(DEATH), 1));
		KUNIT_EXPECT_EQ(test, 1, o->seen[EV(SYSCALL_ENTRY)]);
		KUNIT_EXPECT_EQ(test, 0, o->seen[EV(SYSCALL_EXIT)]);
		KUNIT_EXPECT_EQ(test, 1, o->seen[EV(EXIT)]);
		KUNIT_EXPECT_EQ(test, 0, e->seen[EV(SYSCALL_EXIT)]);
	}
}

static void job_control_stop_is_left_and_entered_again(struct kunit *test)
{
	struct test_task *t = test_task(test, &payload_spin);
	struct test_log *log = test_log(test);
	struct test_engine *e = test_engine_attach(test, log, t, UTRACE_EVENT(QUIESCE));

	test_task_go(t);
	KUNIT_ASSERT_TRUE(test, test_task_runs(t));
	send_sig(SIGSTOP, t->task, 1);
	KUNIT_ASSERT_TRUE(test, test_poll(task_is_stopped(t->task)));
	stop(test, t, e);
	/* It is a member of the stopped group all the time. */
	KUNIT_EXPECT_TRUE(test, t->task->signal->flags & SIGNAL_STOP_STOPPED);
	KUNIT_EXPECT_EQ(test, 0, utrace_control(e->engine, UTRACE_RESUME));
	KUNIT_EXPECT_TRUE(test, test_poll(task_is_stopped(t->task)));

	/* With SIGCONT meanwhile there is nothing to go back to. */
	stop(test, t, e);
	send_sig(SIGCONT, t->task, 1);
	KUNIT_EXPECT_TRUE(test, test_task_stays_held(t));
	KUNIT_EXPECT_EQ(test, 0, utrace_control(e->engine, UTRACE_RESUME));
	KUNIT_EXPECT_TRUE(test, test_task_runs(t));
}

static void restore_max_stopped(void *data)
{
	WRITE_ONCE(utrace_max_stopped, (unsigned int)(unsigned long)data);
}

/* T24: what one user may hold at a time. */
static void held_threads_of_a_user_are_bounded(struct kunit *test)
{
	struct test_log *log = test_log(test);
	struct test_task *t[3];
	struct test_engine *e[3];
	int i;

	for (i = 0; i < 3; i++) {
		t[i] = test_task(test, &payload_spin);
		e[i] = test_engine_attach(test, log, t[i], UTRACE_EVENT(QUIESCE));
		test_task_go(t[i]);
		KUNIT_ASSERT_TRUE(test, test_task_runs(t[i]));
	}
	KUNIT_ASSERT_EQ(test, 0, kunit_add_action_or_reset(test, restore_max_stopped,
			(void *)(unsigned long)utrace_max_stopped));
	WRITE_ONCE(utrace_max_stopped, 2);
	stop(test, t[0], e[0]);
	stop(test, t[1], e[1]);
	KUNIT_EXPECT_EQ(test, -EUSERS, utrace_control(e[2]->engine, UTRACE_STOP));
	KUNIT_EXPECT_TRUE(test, test_task_runs(t[2]));
	/* What is held already may be held on. */
	KUNIT_EXPECT_EQ(test, 0, utrace_control(e[1]->engine, UTRACE_STOP));

	/* To let go of one makes room for one, */
	KUNIT_EXPECT_EQ(test, 0, utrace_control(e[0]->engine, UTRACE_RESUME));
	stop(test, t[2], e[2]);
	KUNIT_EXPECT_EQ(test, -EUSERS, utrace_control(e[0]->engine, UTRACE_STOP));
	/* as do a detach, */
	KUNIT_EXPECT_EQ(test, 0, utrace_control(e[2]->engine, UTRACE_DETACH));
	stop(test, t[0], e[0]);
	/* and a thread's death. */
	test_task_kill(t[0]);
	KUNIT_EXPECT_TRUE(test, test_task_dies(t[0]));
	e[2] = test_engine_attach(test, log, t[2], UTRACE_EVENT(QUIESCE));
	stop(test, t[2], e[2]);
}

/* The answer of a callback is not followed then; the thread runs on. */
static void stop_beyond_the_bound_is_not_made(struct kunit *test)
{
	struct test_task *t = test_task(test, &payload_calls);
	struct test_log *log = test_log(test);
	struct test_engine *e = test_engine(test, log);

	e->answer[EV(SYSCALL_ENTRY)] = UTRACE_STOP;
	KUNIT_ASSERT_EQ(test, 0, test_engine_attach_to(e, t->task, UTRACE_OBSERVER,
						       UTRACE_EVENTS_ALL));
	KUNIT_ASSERT_EQ(test, 0, kunit_add_action_or_reset(test, restore_max_stopped,
			(void *)(unsigned long)utrace_max_stopped));
	WRITE_ONCE(utrace_max_stopped, 0);
	test_task_go(t);
	KUNIT_EXPECT_TRUE(test, test_task_dies(t));
	KUNIT_EXPECT_EQ(test, 4, e->seen[EV(SYSCALL_ENTRY)]);
	KUNIT_EXPECT_EQ(test, 7 << 8, t->task->exit_code);
}

static enum utrace_action insist(struct test_engine *e, unsigned int event,
				 enum utrace_action answer)
{
	if (event == EV(SYSCALL_ENTRY))
		WRITE_ONCE(e->private, (void *)(long)utrace_must_stop(e->engine));
	return answer;
}

/* A stop on which the client relies is made beyond the bound, and counts as any other. */
static void stop_that_must_be_is_made_beyond_the_bound(struct kunit *test)
{
	struct test_task *t = test_task(test, &payload_calls);
	struct test_log *log = test_log(test);
	struct test_engine *e = test_engine(test, log);
	struct test_engine *other = test_observer(test, t, UTRACE_EVENT(QUIESCE));

	e->answer[EV(SYSCALL_ENTRY)] = UTRACE_STOP;
	e->on_event = insist;
	e->private = (void *)1L;
	KUNIT_ASSERT_EQ(test, 0, test_engine_attach_to(e, t->task, UTRACE_OBSERVER,
						       UTRACE_EVENT(SYSCALL_ENTRY)));
	KUNIT_ASSERT_EQ(test, 0, kunit_add_action_or_reset(test, restore_max_stopped,
			(void *)(unsigned long)utrace_max_stopped));
	WRITE_ONCE(utrace_max_stopped, 0);
	test_task_go(t);
	KUNIT_ASSERT_TRUE(test, test_engine_stops(e, t, EV(SYSCALL_ENTRY), 1));
	KUNIT_EXPECT_EQ(test, 0, (long)READ_ONCE(e->private));

	/* It takes the place of one of the others. */
	WRITE_ONCE(utrace_max_stopped, 1);
	KUNIT_EXPECT_EQ(test, -EUSERS, utrace_control(other->engine, UTRACE_STOP));
	WRITE_ONCE(utrace_max_stopped, 2);
	KUNIT_EXPECT_EQ(test, 0, utrace_control(other->engine, UTRACE_STOP));
	KUNIT_EXPECT_EQ(test, 0, utrace_control(other->engine, UTRACE_RESUME));

	/* The charge ends with the stop. */
	WRITE_ONCE(utrace_max_stopped, 1);
	KUNIT_EXPECT_EQ(test, 0, utrace_control(e->engine, UTRACE_DETACH));
	KUNIT_EXPECT_TRUE(test, test_task_dies(t));
}

/* The announcement alone holds nothing, and its charge does not last. */
static void stop_that_must_be_and_is_not_answered_is_not_charged(struct kunit *test)
{
	struct test_task *t = test_task(test, &payload_loop);
	struct test_log *log = test_log(test);
	struct test_engine *e = test_engine(test, log);
	struct test_engine *other = test_observer(test, t, UTRACE_EVENT(QUIESCE));

	e->on_event = insist;
	KUNIT_ASSERT_EQ(test, 0, test_engine_attach_to(e, t->task, UTRACE_OBSERVER,
						       UTRACE_EVENT(SYSCALL_ENTRY)));
	KUNIT_ASSERT_EQ(test, 0, kunit_add_action_or_reset(test, restore_max_stopped,
			(void *)(unsigned long)utrace_max_stopped));
	WRITE_ONCE(utrace_max_stopped, 1);
	test_task_go(t);
	KUNIT_ASSERT_TRUE(test, test_engine_sees(e, EV(SYSCALL_ENTRY), 3));
	utrace_set_events(e->engine, 0);
	KUNIT_EXPECT_TRUE(test, test_poll(utrace_control(other->engine, UTRACE_STOP) ==
					  -EINPROGRESS));
	KUNIT_EXPECT_TRUE(test, test_engine_stops(other, t, EV(QUIESCE), 1));
}

/**
 * struct order - a call of utrace_control() by an interrupt
 * @work: for a hard interrupt; with PREEMPT_RT, a thread does it
 * @timer: for a soft interrupt
 * @engine: whose thread
 * @action: the order
 * @result: what came of it
 * @events_result: what came of utrace_set_events() after that
 * @in_interrupt: it was called by one
 * @done: all of this is known
 */
struct order {
	struct irq_work work;
	struct timer_list timer;
	struct utrace_engine *engine;
	enum utrace_action action;
	int result;
	int events_result;
	bool in_interrupt;
	struct completion done;
};

static void give_order(struct order *o)
{
	o->in_interrupt = in_hardirq() || in_serving_softirq();
	o->result = utrace_control(o->engine, o->action);
	o->events_result = utrace_set_events(o->engine, UTRACE_EVENT(QUIESCE));
	complete(&o->done);
}

static void order_from_hardirq(struct irq_work *work)
{
	give_order(container_of(work, struct order, work));
}

static void order_from_softirq(struct timer_list *timer)
{
	give_order(container_of(timer, struct order, timer));
}

static int order(struct kunit *test, struct order *o, bool hard, enum utrace_action action)
{
	o->action = action;
	init_completion(&o->done);
	if (hard)
		irq_work_queue(&o->work);
	else
		mod_timer(&o->timer, jiffies + 1);
	KUNIT_EXPECT_TRUE(test, wait_for_completion_timeout(&o->done, TEST_TIMEOUT));
	irq_work_sync(&o->work);
	timer_delete_sync(&o->timer);
	KUNIT_EXPECT_TRUE(test, o->in_interrupt || IS_ENABLED(CONFIG_PREEMPT_RT));
	KUNIT_EXPECT_EQ(test, 0, o->events_result);
	return o->result;
}

/* As its kernel-doc says.  Lockdep (VARIANT=debug) sees what the locks are for. */
static void orders_may_come_from_interrupts(struct kunit *test)
{
	struct test_task *t = test_task(test, &payload_spin);
	struct test_engine *e = test_observer(test, t, UTRACE_EVENT(QUIESCE));
	struct order *o = test_alloc(test, struct order);
	int hard;

	o->engine = e->engine;
	init_irq_work(&o->work, order_from_hardirq);
	timer_setup(&o->timer, order_from_softirq, 0);
	test_task_go(t);
	KUNIT_ASSERT_TRUE(test, test_task_runs(t));
	for (hard = 0; hard < 2; hard++) {
		KUNIT_EXPECT_EQ(test, -EINPROGRESS, order(test, o, hard, UTRACE_STOP));
		KUNIT_EXPECT_TRUE(test, test_engine_sees(e, EV(QUIESCE), hard + 1));
		KUNIT_EXPECT_TRUE(test, test_task_in_state(t, __TASK_TRACED));
		KUNIT_EXPECT_EQ(test, 0, order(test, o, hard, UTRACE_RESUME));
		KUNIT_EXPECT_TRUE(test, test_task_runs(t));
	}
}

static struct kunit_case utrace_control_cases[] = {
	KUNIT_CASE(running_thread_stops_and_resumes),
	KUNIT_CASE(stop_is_not_a_ptrace_stop),
	KUNIT_CASE(every_holder_has_to_let_go),
	KUNIT_CASE(detach_lets_go),
	KUNIT_CASE(stop_at_entry_comes_before_the_call),
	KUNIT_CASE(stop_holds_at_its_place_in_the_chain),
	KUNIT_CASE(resume_during_the_callback_wins),
	KUNIT_CASE(resume_before_the_decision_does_not_count),
	KUNIT_CASE(stop_answers_a_report_that_was_asked_for_twice),
	KUNIT_CASE(stop_at_exec_holds_before_user_mode),
	KUNIT_CASE(stop_at_exit_holds_the_exiting_thread),
	KUNIT_CASE(stop_does_not_interrupt_but_interrupt_does),
	KUNIT_CASE(stop_interrupts_a_thread_that_executes_a_guest),
	KUNIT_CASE(interrupt_outlasts_a_change_of_the_signal_mask),
	KUNIT_CASE(resume_takes_a_pending_stop_back),
	KUNIT_CASE(report_makes_one_callback),
	KUNIT_CASE(kill_releases_every_stop),
	KUNIT_CASE(kill_at_entry_prevents_the_call),
	KUNIT_CASE(kill_at_entry_leaves_no_exit_to_report),
	KUNIT_CASE(job_control_stop_is_left_and_entered_again),
	KUNIT_CASE(held_threads_of_a_user_are_bounded),
	KUNIT_CASE(stop_beyond_the_bound_is_not_made),
	KUNIT_CASE(stop_that_must_be_is_made_beyond_the_bound),
	KUNIT_CASE(stop_that_must_be_and_is_not_answered_is_not_charged),
	KUNIT_CASE(orders_may_come_from_interrupts),
	{}
};

static struct kunit_suite utrace_control_suite = {
	.name = "utrace_control",
	.test_cases = utrace_control_cases,
};
kunit_test_suite(utrace_control_suite);
