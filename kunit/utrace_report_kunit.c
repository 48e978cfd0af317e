// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which events are reported, with what, and in which order
 */

#include <linux/sched/signal.h>

#include <asm/unistd.h>

#include "utrace_task.h"

/* A vfork, whose child exits with 5; the parent exits with 3. */
LOCAL_PAYLOAD(payload_vfork,		/* VFORK, VM, and SIGCHLD */
	P_CLONE(0x4111)
	P_JUMP_IF_0(2f)
	P_EXIT(3)
	"2:\n"
	P_EXIT(5));

static void expect_entry(struct kunit *test, struct test_log *log, int i,
			 struct test_engine *e, unsigned int event, long value)
{
	KUNIT_ASSERT_LT(test, i, log->nr);
	KUNIT_EXPECT_PTR_EQ_MSG(test, (const struct test_engine *)e,
				log->entries[i].engine, "entry %d", i);
	KUNIT_EXPECT_EQ_MSG(test, event, log->entries[i].event, "entry %d", i);
	KUNIT_EXPECT_EQ_MSG(test, value, log->entries[i].value, "entry %d", i);
}

static void life_is_reported_in_order(struct kunit *test)
{
	struct test_task *t = test_task(test, &payload_calls);
	struct test_log *log = test_log(test);
	struct test_engine *e = test_engine_attach(test, log, t, UTRACE_EVENTS_ALL);
	pid_t pid = task_pid_nr(t->task);
	int i = 0;

	test_task_go(t);
	KUNIT_ASSERT_TRUE(test, test_engine_sees(e, EV(REAP), 1));
	/* The exec was made in the kernel: it has no system call to return from. */
	expect_entry(test, log, i++, e, EV(EXEC), pid);
	expect_entry(test, log, i++, e, EV(SYSCALL_ENTRY), __NR_getpid);
	expect_entry(test, log, i++, e, EV(SYSCALL_EXIT), pid);
	expect_entry(test, log, i++, e, EV(SYSCALL_ENTRY), __NR_getppid);
	expect_entry(test, log, i++, e, EV(SYSCALL_EXIT), 2);	/* kthreadd */
	expect_entry(test, log, i++, e, EV(SYSCALL_ENTRY), __NR_getuid);
	expect_entry(test, log, i++, e, EV(SYSCALL_EXIT), 0);
	expect_entry(test, log, i++, e, EV(SYSCALL_ENTRY), __NR_exit_group);
	expect_entry(test, log, i++, e, EV(EXIT), 7 << 8);
	expect_entry(test, log, i++, e, EV(DEATH), 1);
	expect_entry(test, log, i++, e, EV(REAP), 0);
	KUNIT_EXPECT_EQ(test, i, log->nr);
}

static enum utrace_action keep_getuid(struct test_engine *e, unsigned int event,
				      enum utrace_action answer)
{
	unsigned long *kept = e->private;

	if (event == EV(SYSCALL_ENTRY) &&
	    utrace_syscall(e->engine)->nr == __NR_getuid)
		memcpy(kept, e->args, sizeof(e->args));
	return answer;
}

static void syscall_arguments_are_those_of_the_call(struct kunit *test)
{
	struct test_task *t = test_task(test, &payload_calls);
	struct test_log *log = test_log(test);
	unsigned long *args = kunit_kcalloc(test, 6, sizeof(*args), GFP_KERNEL);
	struct test_engine *e = test_engine(test, log);
	int i;

	KUNIT_ASSERT_NOT_NULL(test, args);
	e->private = args;
	e->on_event = keep_getuid;
	KUNIT_ASSERT_EQ(test, 0, test_engine_attach_to(e, t->task, UTRACE_OBSERVER,
						       UTRACE_EVENT(SYSCALL_ENTRY)));
	test_task_go(t);
	KUNIT_ASSERT_TRUE(test, test_task_dies(t));
	for (i = 0; i < 6; i++)
		KUNIT_EXPECT_EQ(test, 11 + i, args[i]);
}

/* On some machines the argument registers hold the result by then. */
static enum utrace_action keep_call_at_exit(struct test_engine *e,
					    unsigned int event,
					    enum utrace_action answer)
{
	const struct utrace_syscall *call = utrace_syscall(e->engine);

	if (event == EV(SYSCALL_EXIT) && call->nr == __NR_getuid)
		memcpy(e->private, call, sizeof(*call));
	return answer;
}

static void exit_knows_what_the_call_was(struct kunit *test)
{
	struct test_task *t = test_task(test, &payload_calls);
	struct utrace_syscall *call = test_alloc(test, struct utrace_syscall);
	struct test_engine *e = test_engine(test, test_log(test));
	int i;

	e->private = call;
	e->on_event = keep_call_at_exit;
	KUNIT_ASSERT_EQ(test, 0, test_engine_attach_to(e, t->task, UTRACE_OBSERVER,
						       UTRACE_EVENT(SYSCALL_EXIT)));
	test_task_go(t);
	KUNIT_ASSERT_TRUE(test, test_task_dies(t));
	KUNIT_EXPECT_EQ(test, __NR_getuid, call->nr);
	for (i = 0; i < 6; i++)
		KUNIT_EXPECT_EQ(test, 11 + i, call->args[i]);
}

static void only_what_was_asked_for_is_reported(struct kunit *test)
{
	struct test_task *t = test_task(test, &payload_calls);
	struct test_log *log = test_log(test);
	struct test_engine *exit, *exec;

	exit = test_engine_attach(test, log, t, UTRACE_EVENT(EXIT));
	exec = test_engine_attach(test, log, t, UTRACE_EVENT(EXEC));
	test_task_go(t);
	KUNIT_ASSERT_TRUE(test, test_task_dies(t));
	expect_entry(test, log, 0, exec, EV(EXEC), log->entries[0].value);
	expect_entry(test, log, 1, exit, EV(EXIT), 7 << 8);
	KUNIT_EXPECT_EQ(test, 2, log->nr);
}

/* Observers outside of transformers, the last one attached outermost. */
static void entry_goes_inwards_and_exit_outwards(struct kunit *test)
{
	struct test_task *t = test_task(test, &payload_calls);
	struct test_log *log = test_log(test);
	struct test_engine *o1 = test_engine(test, log), *o2 = test_engine(test, log);
	struct test_engine *t1 = test_engine(test, log), *t2 = test_engine(test, log);
	pid_t pid = task_pid_nr(t->task);
	int i = 0;

	KUNIT_ASSERT_EQ(test, 0, test_engine_attach_to(t1, t->task,
			UTRACE_TRANSFORMER, UTRACE_EVENTS_SYSCALL));
	KUNIT_ASSERT_EQ(test, 0, test_engine_attach_to(o1, t->task,
			UTRACE_OBSERVER, UTRACE_EVENTS_SYSCALL));
	KUNIT_ASSERT_EQ(test, 0, test_engine_attach_to(t2, t->task,
			UTRACE_TRANSFORMER, UTRACE_EVENTS_SYSCALL));
	KUNIT_ASSERT_EQ(test, 0, test_engine_attach_to(o2, t->task,
			UTRACE_OBSERVER, UTRACE_EVENTS_SYSCALL));
	test_task_go(t);
	KUNIT_ASSERT_TRUE(test, test_task_dies(t));

	expect_entry(test, log, i++, o2, EV(SYSCALL_ENTRY), __NR_getpid);
	expect_entry(test, log, i++, o1, EV(SYSCALL_ENTRY), __NR_getpid);
	expect_entry(test, log, i++, t2, EV(SYSCALL_ENTRY), __NR_getpid);
	expect_entry(test, log, i++, t1, EV(SYSCALL_ENTRY), __NR_getpid);
	expect_entry(test, log, i++, t1, EV(SYSCALL_EXIT), pid);
	expect_entry(test, log, i++, t2, EV(SYSCALL_EXIT), pid);
	expect_entry(test, log, i++, o1, EV(SYSCALL_EXIT), pid);
	expect_entry(test, log, i++, o2, EV(SYSCALL_EXIT), pid);
}

static void exit_without_entry_is_not_reported(struct kunit *test)
{
	struct test_task *t = test_task(test, &payload_sleep);
	struct test_log *log = test_log(test);
	struct test_engine *e;

	test_task_go(t);
	KUNIT_ASSERT_TRUE(test, test_task_in_state(t, TASK_INTERRUPTIBLE));
	e = test_engine_attach(test, log, t, UTRACE_EVENTS_ALL);
	KUNIT_ASSERT_EQ(test, 0, utrace_control(e->engine, UTRACE_INTERRUPT));
	/* No handler, so the call is restarted: that one has an entry. */
	KUNIT_ASSERT_TRUE(test, test_engine_sees(e, EV(SYSCALL_ENTRY), 1));
	expect_entry(test, log, 0, e, EV(QUIESCE), 0);
	expect_entry(test, log, 1, e, EV(SYSCALL_ENTRY), __NR_ppoll);
	KUNIT_EXPECT_EQ(test, 0, e->seen[EV(SYSCALL_EXIT)]);
}

static void exit_is_not_reported_to_who_came_in_between(struct kunit *test)
{
	struct test_task *t = test_task(test, &payload_sleep);
	struct test_log *log = test_log(test);
	struct test_engine *e, *late;

	late = test_engine_attach(test, log, t, 0);
	e = test_engine_attach(test, log, t, UTRACE_EVENTS_ALL);
	test_task_go(t);
	KUNIT_ASSERT_TRUE(test, test_engine_sees(e, EV(SYSCALL_ENTRY), 1));
	KUNIT_ASSERT_EQ(test, 0, utrace_set_events(late->engine,
						   UTRACE_EVENTS_SYSCALL));
	KUNIT_ASSERT_EQ(test, 0, utrace_control(e->engine, UTRACE_INTERRUPT));
	KUNIT_ASSERT_TRUE(test, test_engine_sees(late, EV(SYSCALL_ENTRY), 1));
	KUNIT_EXPECT_EQ(test, 1, e->seen[EV(SYSCALL_EXIT)]);
	KUNIT_EXPECT_EQ(test, 0, late->seen[EV(SYSCALL_EXIT)]);
}

/* Nor to who did not want calls any more before this one was reported. */
static void exit_is_not_reported_to_who_left_at_the_entry(struct kunit *test)
{
	struct test_task *t = test_task(test, &payload_sleep);
	struct test_engine *e = test_observer(test, t, UTRACE_EVENTS_SYSCALL);
	struct test_point *p = test_point(test, t->task, UTRACE_POINT_ENTRY);

	test_task_go(t);
	KUNIT_ASSERT_TRUE(test, test_point_reached(p));
	KUNIT_ASSERT_EQ(test, 0, utrace_set_events(e->engine, 0));
	test_point_leave(p);
	KUNIT_ASSERT_TRUE(test, test_task_in_state(t, TASK_INTERRUPTIBLE));
	KUNIT_ASSERT_EQ(test, 0, utrace_set_events(e->engine,
			UTRACE_EVENT(SYSCALL_EXIT) | UTRACE_EVENT(QUIESCE)));
	KUNIT_ASSERT_EQ(test, 0, utrace_control(e->engine, UTRACE_INTERRUPT));
	KUNIT_ASSERT_TRUE(test, test_engine_sees(e, EV(QUIESCE), 1));
	KUNIT_EXPECT_EQ(test, 0, e->seen[EV(SYSCALL_ENTRY)]);
	KUNIT_EXPECT_EQ(test, 0, e->seen[EV(SYSCALL_EXIT)]);
}

/* The engine for the child waits in @private. */
static void attach_child(struct test_engine *e, struct task_struct *child)
{
	test_engine_attach_to(e->private, child, UTRACE_OBSERVER,
			      UTRACE_EVENTS_ALL);
}

static void clone_is_reported_before_the_child_runs(struct kunit *test)
{
	struct test_task *t = test_task(test, &payload_fork);
	struct test_log *log = test_log(test), *child_log = test_log(test);
	struct test_engine *e = test_engine(test, log);
	struct test_engine *child = test_engine(test, child_log);
	int i = 0;

	e->private = child;
	e->on_clone = attach_child;
	KUNIT_ASSERT_EQ(test, 0, test_engine_attach_to(e, t->task, UTRACE_OBSERVER,
				 UTRACE_EVENT(CLONE) | UTRACE_EVENT(EXIT)));
	test_task_go(t);
	KUNIT_ASSERT_TRUE(test, test_engine_sees(child, EV(DEATH), 1));
	KUNIT_ASSERT_TRUE(test, test_task_dies(t));

	expect_entry(test, log, 0, e, EV(CLONE), SIGCHLD);
	expect_entry(test, log, 1, e, EV(EXIT), 3 << 8);
	/* Nothing is missing, and its return from clone is not its own call's. */
	expect_entry(test, child_log, i++, child, EV(SYSCALL_ENTRY), __NR_exit_group);
	expect_entry(test, child_log, i++, child, EV(EXIT), 5 << 8);
	expect_entry(test, child_log, i++, child, EV(DEATH), 1);
}

struct vfork {
	struct test_engine *child;
	pid_t pid;
};

static void attach_vfork_child(struct test_engine *e, struct task_struct *child)
{
	struct vfork *vfork = e->private;

	vfork->pid = task_pid_nr(child);
	test_engine_attach_to(vfork->child, child, UTRACE_OBSERVER,
			      UTRACE_EVENTS_ALL);
}

static void vfork_is_done_when_the_child_is(struct kunit *test)
{
	struct test_task *t = test_task(test, &payload_vfork);
	struct test_log *log = test_log(test);
	struct vfork *vfork = test_alloc(test, struct vfork);
	struct test_engine *e = test_engine(test, log);
	int i = 0;

	vfork->child = test_engine(test, log);
	e->private = vfork;
	e->on_clone = attach_vfork_child;
	KUNIT_ASSERT_EQ(test, 0, test_engine_attach_to(e, t->task, UTRACE_OBSERVER,
			UTRACE_EVENT(CLONE) | UTRACE_EVENT(VFORK_DONE) |
			UTRACE_EVENT(EXIT)));
	vfork->child->answer[EV(EXIT)] = UTRACE_STOP;
	test_task_go(t);
	/* As long as the child is held, it is not done. */
	KUNIT_ASSERT_TRUE(test, test_engine_sees(vfork->child, EV(EXIT), 1));
	KUNIT_ASSERT_TRUE(test, test_thread_in_state(vfork->child->engine->task,
						     __TASK_TRACED));
	KUNIT_EXPECT_EQ(test, 0, e->seen[EV(VFORK_DONE)]);
	KUNIT_EXPECT_EQ(test, 0, utrace_control(vfork->child->engine, UTRACE_DETACH));
	KUNIT_ASSERT_TRUE(test, test_task_dies(t));

	expect_entry(test, log, i++, e, EV(CLONE), 0x4100 | SIGCHLD);
	expect_entry(test, log, i++, vfork->child, EV(SYSCALL_ENTRY), __NR_exit_group);
	expect_entry(test, log, i++, vfork->child, EV(EXIT), 5 << 8);
	expect_entry(test, log, i++, e, EV(VFORK_DONE), vfork->pid);
	expect_entry(test, log, i++, e, EV(EXIT), 3 << 8);
	KUNIT_EXPECT_EQ(test, i, log->nr);
}

/* Not after the wait: the engine shall have it while the child runs. */
static void stop_at_vfork_holds_before_the_wait(struct kunit *test)
{
	struct test_task *t = test_task(test, &payload_vfork);
	struct test_log *log = test_log(test);
	struct vfork *vfork = test_alloc(test, struct vfork);
	struct test_engine *e = test_engine(test, log);

	vfork->child = test_engine(test, log);
	e->private = vfork;
	e->on_clone = attach_vfork_child;
	e->answer[EV(CLONE)] = UTRACE_STOP;
	KUNIT_ASSERT_EQ(test, 0, test_engine_attach_to(e, t->task, UTRACE_OBSERVER,
			UTRACE_EVENT(CLONE) | UTRACE_EVENT(VFORK_DONE)));
	vfork->child->answer[EV(EXIT)] = UTRACE_STOP;
	test_task_go(t);
	KUNIT_ASSERT_TRUE(test, test_engine_sees(vfork->child, EV(EXIT), 1));
	KUNIT_EXPECT_TRUE(test, test_task_in_state(t, __TASK_TRACED));
	KUNIT_EXPECT_EQ(test, 0, utrace_control(vfork->child->engine, UTRACE_RESUME));
	KUNIT_ASSERT_TRUE(test, test_engine_sees(vfork->child, EV(DEATH), 1));
	KUNIT_EXPECT_EQ(test, 0, e->seen[EV(VFORK_DONE)]);
	KUNIT_EXPECT_EQ(test, 0, utrace_control(e->engine, UTRACE_RESUME));
	KUNIT_EXPECT_TRUE(test, test_engine_sees(e, EV(VFORK_DONE), 1));
	KUNIT_EXPECT_TRUE(test, test_task_dies(t));
	KUNIT_EXPECT_EQ(test, 3 << 8, t->task->exit_code);
}

static void look_at_work(struct test_engine *e, struct task_struct *child)
{
	bool *work = e->private;

	*work = test_task_syscall_work(child, UTRACE);
#ifdef CONFIG_GENERIC_ENTRY
	/* The parent has that now, because its call is wanted. */
	if (!test_syscall_work(UTRACE_EXIT) || test_task_syscall_work(child, UTRACE_EXIT))
		*work = true;
#endif
}

/* The copy of its parent that a child is has nothing of what engines want. */
static void child_has_no_work_at_system_calls(struct kunit *test)
{
	struct test_task *t = test_task(test, &payload_fork);
	struct test_engine *e = test_observer(test, t, UTRACE_EVENTS_SYSCALL |
					      UTRACE_EVENT(CLONE));
	bool work = true;

	e->private = &work;
	e->on_clone = look_at_work;
	test_task_go(t);
	KUNIT_ASSERT_TRUE(test, test_engine_sees(e, EV(CLONE), 1));
	KUNIT_EXPECT_TRUE(test, test_poll(!READ_ONCE(work)));
	test_task_kill(t);
	KUNIT_EXPECT_TRUE(test, test_task_dies(t));
}

static void killed_thread_reports_its_signal(struct kunit *test)
{
	struct test_task *t = test_task(test, &payload_spin);
	struct test_log *log = test_log(test);
	struct test_engine *e = test_engine_attach(test, log, t, UTRACE_EVENTS_ALL);
	int i = 1;

	test_task_go(t);
	KUNIT_ASSERT_TRUE(test, test_engine_sees(e, EV(EXEC), 1));
	KUNIT_ASSERT_TRUE(test, test_task_runs(t));
	test_task_kill(t);
	KUNIT_ASSERT_TRUE(test, test_engine_sees(e, EV(REAP), 1));
	expect_entry(test, log, i++, e, EV(EXIT), SIGKILL);
	expect_entry(test, log, i++, e, EV(DEATH), 1);
	expect_entry(test, log, i++, e, EV(REAP), 0);
	KUNIT_EXPECT_EQ(test, i, log->nr);
}

static void events_can_change_while_the_thread_runs(struct kunit *test)
{
	struct test_task *t = test_task(test, &payload_loop);
	struct test_log *log = test_log(test);
	struct test_engine *e = test_engine_attach(test, log, t, 0);
	unsigned int seen;
	int ret;

	test_task_go(t);
	KUNIT_ASSERT_TRUE(test, test_task_runs(t));
	KUNIT_EXPECT_EQ(test, 0, log->nr);
	KUNIT_EXPECT_EQ(test, 0, utrace_set_events(e->engine, UTRACE_EVENTS_SYSCALL));
	KUNIT_ASSERT_TRUE(test, test_engine_sees(e, EV(SYSCALL_EXIT), 100));

	ret = utrace_set_events(e->engine, 0);
	KUNIT_EXPECT_TRUE(test, ret == 0 || ret == -EINPROGRESS);
	KUNIT_EXPECT_EQ(test, 0, utrace_barrier(e->engine));
	seen = READ_ONCE(log->nr);
	KUNIT_ASSERT_TRUE(test, test_task_runs(t));
	KUNIT_EXPECT_EQ(test, seen, READ_ONCE(log->nr));
}

static struct kunit_case utrace_report_cases[] = {
	KUNIT_CASE(life_is_reported_in_order),
	KUNIT_CASE(syscall_arguments_are_those_of_the_call),
	KUNIT_CASE(exit_knows_what_the_call_was),
	KUNIT_CASE(only_what_was_asked_for_is_reported),
	KUNIT_CASE(entry_goes_inwards_and_exit_outwards),
	KUNIT_CASE(exit_without_entry_is_not_reported),
	KUNIT_CASE(exit_is_not_reported_to_who_came_in_between),
	KUNIT_CASE(exit_is_not_reported_to_who_left_at_the_entry),
	KUNIT_CASE(clone_is_reported_before_the_child_runs),
	KUNIT_CASE(vfork_is_done_when_the_child_is),
	KUNIT_CASE(stop_at_vfork_holds_before_the_wait),
	KUNIT_CASE(child_has_no_work_at_system_calls),
	KUNIT_CASE(killed_thread_reports_its_signal),
	KUNIT_CASE(events_can_change_while_the_thread_runs),
	{}
};

static struct kunit_suite utrace_report_suite = {
	.name = "utrace_report",
	.test_cases = utrace_report_cases,
};
kunit_test_suite(utrace_report_suite);
