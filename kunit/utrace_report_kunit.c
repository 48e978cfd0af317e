// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which events are reported, with what, and in which order
 */

#include <linux/sched/signal.h>

#include <asm/unistd.h>

#include "utrace_task.h"

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
	struct test_engine *e = test_engine(test, log);
	unsigned long args[6] = {};
	int i;

	e->private = args;
	e->on_event = keep_getuid;
	KUNIT_ASSERT_EQ(test, 0, test_engine_attach_to(e, t->task, UTRACE_OBSERVER,
						       UTRACE_EVENT(SYSCALL_ENTRY)));
	test_task_go(t);
	KUNIT_ASSERT_TRUE(test, test_task_dies(t));
	for (i = 0; i < 6; i++)
		KUNIT_EXPECT_EQ(test, 11 + i, args[i]);
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
	KUNIT_CASE(only_what_was_asked_for_is_reported),
	KUNIT_CASE(entry_goes_inwards_and_exit_outwards),
	KUNIT_CASE(exit_without_entry_is_not_reported),
	KUNIT_CASE(exit_is_not_reported_to_who_came_in_between),
	KUNIT_CASE(clone_is_reported_before_the_child_runs),
	KUNIT_CASE(killed_thread_reports_its_signal),
	KUNIT_CASE(events_can_change_while_the_thread_runs),
	{}
};

static struct kunit_suite utrace_report_suite = {
	.name = "utrace_report",
	.test_cases = utrace_report_cases,
};
kunit_test_suite(utrace_report_suite);
