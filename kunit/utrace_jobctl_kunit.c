// SPDX-License-Identifier: GPL-2.0-only
/*
 * Job control: reported, never disturbed
 */

#include <linux/cgroup.h>
#include <linux/sched/jobctl.h>
#include <linux/sched/signal.h>
#include <linux/uaccess.h>
#include <linux/wait.h>

#include <asm/unistd.h>

#include "utrace_task.h"

/*
 * A parent that waits, with WUNTRACED | WCONTINUED, for whatever happens to its
 * child.  The child counts.
 */
LOCAL_PAYLOAD(payload_parent,
	P_FORK
	P_JUMP_IF_0(2f)
	"1:\n"
	P_ARG(0, 0) P_ARG(1, P_DATA) P_ARG(2, 10) P_ARG(3, 0)
	P_CALL(__NR_wait4)
	P_JUMP(1b)
	"2:\n"
	P_COUNT(0)
	P_JUMP(2b));

static void release(struct kunit *test, struct test_engine *e)
{
	KUNIT_ASSERT_EQ(test, 0, utrace_control(e->engine, UTRACE_RESUME));
}

static bool is_held(struct test_task *t)
{
	return test_task_in_state(t, __TASK_TRACED) && !task_is_stopped(t->task) &&
	       test_thread_rests(t->task, 0);
}

/* To wait(2) it is. */
static bool becomes_stopped(struct test_task *t)
{
	return test_poll(task_is_stopped(t->task) &&
			 (READ_ONCE(t->task->signal->flags) & SIGNAL_STOP_STOPPED)) &&
	       test_task_in_state(t, __TASK_STOPPED);
}

/*
 * Reports
 */

static void stops_and_continues_are_reported(struct kunit *test)
{
	static const int signals[] = { SIGSTOP, SIGTSTP, SIGTTIN, SIGTTOU };
	struct test_task *t = test_task_counting(test, &payload_job);
	struct test_engine *e = test_observer(test, t, UTRACE_EVENTS_GROUP);
	int i;

	for (i = 0; i < ARRAY_SIZE(signals); i++) {
		test_kill(t->task, signals[i]);
		KUNIT_ASSERT_TRUE(test, test_engine_sees(e, EV(GROUP_STOP), i + 1));
		KUNIT_ASSERT_TRUE(test, becomes_stopped(t));
		KUNIT_EXPECT_EQ(test, i, e->seen[EV(GROUP_CONT)]);
		test_kill(t->task, SIGCONT);
		KUNIT_ASSERT_TRUE(test, test_engine_sees(e, EV(GROUP_CONT), i + 1));
		KUNIT_ASSERT_TRUE(test, test_thread_counts(t->task, 0));
		KUNIT_ASSERT_EQ(test, 2 * i + 2, e->log->nr);
		KUNIT_EXPECT_EQ(test, EV(GROUP_STOP), e->log->entries[2 * i].event);
		KUNIT_EXPECT_EQ(test, signals[i], e->log->entries[2 * i].value);
		KUNIT_EXPECT_EQ(test, EV(GROUP_CONT), e->log->entries[2 * i + 1].event);
	}
	/* There is nothing to continue. */
	test_kill(t->task, SIGCONT);
	KUNIT_ASSERT_TRUE(test, test_thread_counts(t->task, 0));
	KUNIT_EXPECT_EQ(test, 2 * i, e->log->nr);
}

static void every_thread_of_the_group_reports(struct kunit *test)
{
	struct test_task *t = test_task_counting(test, &payload_threads);
	struct task_struct *thread = test_task_thread(test, t);
	struct test_engine *a = test_observer(test, t, UTRACE_EVENTS_GROUP);
	struct test_engine *b = test_engine(test, test_log(test));

	KUNIT_ASSERT_TRUE(test, test_thread_counts(t->task, 8));
	KUNIT_ASSERT_EQ(test, 0, test_engine_attach_to(b, thread, UTRACE_OBSERVER,
						       UTRACE_EVENTS_GROUP));
	test_kill(t->task, SIGSTOP);
	KUNIT_ASSERT_TRUE(test, becomes_stopped(t));
	KUNIT_EXPECT_TRUE(test, test_poll(task_is_stopped(thread)));
	KUNIT_EXPECT_EQ(test, 1, a->seen[EV(GROUP_STOP)]);
	KUNIT_EXPECT_EQ(test, 1, b->seen[EV(GROUP_STOP)]);
	KUNIT_EXPECT_EQ(test, SIGSTOP, a->log->entries[0].value);
	KUNIT_EXPECT_EQ(test, SIGSTOP, b->log->entries[0].value);
	test_kill(t->task, SIGCONT);
	KUNIT_EXPECT_TRUE(test, test_engine_sees(a, EV(GROUP_CONT), 1));
	KUNIT_EXPECT_TRUE(test, test_engine_sees(b, EV(GROUP_CONT), 1));
	KUNIT_EXPECT_TRUE(test, test_thread_counts(t->task, 0));
	KUNIT_EXPECT_TRUE(test, test_thread_counts(t->task, 8));
}

/* An engine that attaches to a stopped thread gets no report of the stop, only of its end. */
static void cont_is_reported_to_an_engine_that_came_in_the_stop(struct kunit *test)
{
	struct test_task *t = test_task_counting(test, &payload_job);
	struct test_engine *e;

	test_kill(t->task, SIGSTOP);
	KUNIT_ASSERT_TRUE(test, becomes_stopped(t));
	e = test_observer(test, t, UTRACE_EVENTS_GROUP);
	KUNIT_EXPECT_TRUE(test, test_thread_rests(t->task, 0));
	test_kill(t->task, SIGCONT);
	KUNIT_EXPECT_TRUE(test, test_thread_counts(t->task, 0));
	KUNIT_EXPECT_EQ(test, 0, e->seen[EV(GROUP_STOP)]);
	KUNIT_EXPECT_EQ(test, 1, e->seen[EV(GROUP_CONT)]);
}

static void stop_as_answer_holds_after_the_group_stop(struct kunit *test)
{
	struct test_task *t = test_task_counting(test, &payload_job);
	struct test_engine *e = test_observer(test, t, UTRACE_EVENTS_GROUP);

	e->answer[EV(GROUP_STOP)] = UTRACE_STOP;
	test_kill(t->task, SIGSTOP);
	KUNIT_ASSERT_TRUE(test, test_engine_sees(e, EV(GROUP_STOP), 1));
	/* The parent's view does not wait for the engine. */
	KUNIT_EXPECT_TRUE(test, test_poll(READ_ONCE(t->task->signal->flags) &
					  SIGNAL_STOP_STOPPED));
	test_kill(t->task, SIGCONT);
	KUNIT_EXPECT_TRUE(test, is_held(t));
	release(test, e);
	KUNIT_EXPECT_TRUE(test, test_thread_counts(t->task, 0));

	/* The other order. */
	test_kill(t->task, SIGSTOP);
	KUNIT_ASSERT_TRUE(test, test_engine_sees(e, EV(GROUP_STOP), 2));
	KUNIT_EXPECT_TRUE(test, test_poll(READ_ONCE(t->task->signal->flags) &
					  SIGNAL_STOP_STOPPED));
	release(test, e);
	KUNIT_EXPECT_TRUE(test, becomes_stopped(t));
	KUNIT_EXPECT_TRUE(test, test_thread_rests(t->task, 0));
	test_kill(t->task, SIGCONT);
	KUNIT_EXPECT_TRUE(test, test_thread_counts(t->task, 0));
	/* Coming back to the stop is not another one. */
	KUNIT_EXPECT_EQ(test, 2, e->seen[EV(GROUP_STOP)]);
}

/* A thread that is held and stopped can be pinned like any other. */
static void thread_held_in_its_group_stop_can_be_pinned(struct kunit *test)
{
	struct test_task *t = test_task_counting(test, &payload_job);
	struct test_engine *e = test_observer(test, t, UTRACE_EVENTS_GROUP);

	e->answer[EV(GROUP_STOP)] = UTRACE_STOP;
	test_kill(t->task, SIGSTOP);
	KUNIT_ASSERT_TRUE(test, becomes_stopped(t));
	KUNIT_ASSERT_TRUE(test, test_poll(utrace_prepare_examine(e->engine) != -EAGAIN));
	KUNIT_EXPECT_TRUE(test, is_held(t));
	KUNIT_EXPECT_TRUE(test, t->task->signal->flags & SIGNAL_STOP_STOPPED);
	utrace_finish_examine(e->engine);
	release(test, e);
	KUNIT_EXPECT_TRUE(test, becomes_stopped(t));
	test_kill(t->task, SIGCONT);
	KUNIT_EXPECT_TRUE(test, test_thread_counts(t->task, 0));
	KUNIT_EXPECT_EQ(test, 1, e->seen[EV(GROUP_STOP)]);
	KUNIT_EXPECT_EQ(test, 1, e->seen[EV(GROUP_CONT)]);
}

static enum utrace_action note_continued(struct test_engine *e, unsigned int event,
					 enum utrace_action answer)
{
	if (event == EV(GROUP_CONT))
		*(bool *)e->private = !cgroup_task_frozen(current) &&
			!(current->signal->flags & SIGNAL_CLD_MASK);
	return answer;
}

/* The parent and the cgroup do not wait for callbacks to know that it goes on. */
static void cont_is_reported_when_everybody_knows(struct kunit *test)
{
	struct test_task *t = test_task_counting(test, &payload_job);
	struct test_engine *e = test_engine(test, test_log(test));

	e->private = test_alloc(test, bool);
	e->on_event = note_continued;
	KUNIT_ASSERT_EQ(test, 0, test_engine_attach_to(e, t->task, UTRACE_OBSERVER,
						       UTRACE_EVENTS_GROUP));
	test_kill(t->task, SIGSTOP);
	KUNIT_ASSERT_TRUE(test, becomes_stopped(t));
	test_kill(t->task, SIGCONT);
	KUNIT_ASSERT_TRUE(test, test_engine_sees(e, EV(GROUP_CONT), 1));
	KUNIT_EXPECT_TRUE(test, *(bool *)e->private);
	KUNIT_EXPECT_TRUE(test, test_thread_counts(t->task, 0));
}

static void stop_as_answer_to_cont_holds(struct kunit *test)
{
	struct test_task *t = test_task_counting(test, &payload_job);
	struct test_engine *e = test_observer(test, t, UTRACE_EVENTS_GROUP);

	e->answer[EV(GROUP_CONT)] = UTRACE_STOP;
	test_kill(t->task, SIGSTOP);
	KUNIT_ASSERT_TRUE(test, becomes_stopped(t));
	test_kill(t->task, SIGCONT);
	KUNIT_ASSERT_TRUE(test, test_engine_stops(e, t, EV(GROUP_CONT), 1));
	KUNIT_EXPECT_TRUE(test, is_held(t));
	release(test, e);
	KUNIT_EXPECT_TRUE(test, test_thread_counts(t->task, 0));
}

/*
 * Two who stop it: it runs only when both have let go
 */

static void held_then_stopped(struct kunit *test)
{
	struct test_task *t = test_task_counting(test, &payload_job);
	struct test_engine *e = test_observer(test, t, UTRACE_EVENT(QUIESCE));

	/* The engine lets go first. */
	test_engine_hold(test, t, e);
	test_kill(t->task, SIGSTOP);
	KUNIT_EXPECT_TRUE(test, is_held(t));
	KUNIT_EXPECT_FALSE(test, t->task->signal->flags & SIGNAL_STOP_STOPPED);
	release(test, e);
	KUNIT_ASSERT_TRUE(test, becomes_stopped(t));
	KUNIT_EXPECT_TRUE(test, test_thread_rests(t->task, 0));
	test_kill(t->task, SIGCONT);
	KUNIT_ASSERT_TRUE(test, test_thread_counts(t->task, 0));

	/* SIGCONT comes first. */
	test_engine_hold(test, t, e);
	test_kill(t->task, SIGSTOP);
	KUNIT_EXPECT_TRUE(test, is_held(t));
	test_kill(t->task, SIGCONT);
	KUNIT_EXPECT_TRUE(test, is_held(t));
	release(test, e);
	KUNIT_ASSERT_TRUE(test, test_thread_counts(t->task, 0));
	KUNIT_EXPECT_FALSE(test, t->task->signal->flags & SIGNAL_STOP_STOPPED);
	KUNIT_EXPECT_EQ(test, 2, e->seen[EV(QUIESCE)]);
}

static void stopped_then_held(struct kunit *test)
{
	struct test_task *t = test_task_counting(test, &payload_job);
	struct test_engine *e = test_observer(test, t, UTRACE_EVENT(QUIESCE));

	test_kill(t->task, SIGSTOP);
	KUNIT_ASSERT_TRUE(test, becomes_stopped(t));
	test_engine_hold(test, t, e);
	KUNIT_EXPECT_TRUE(test, is_held(t));
	KUNIT_EXPECT_TRUE(test, t->task->signal->flags & SIGNAL_STOP_STOPPED);
	release(test, e);
	KUNIT_ASSERT_TRUE(test, becomes_stopped(t));
	KUNIT_EXPECT_TRUE(test, test_thread_rests(t->task, 0));
	test_kill(t->task, SIGCONT);
	KUNIT_ASSERT_TRUE(test, test_thread_counts(t->task, 0));

	test_kill(t->task, SIGSTOP);
	KUNIT_ASSERT_TRUE(test, becomes_stopped(t));
	test_engine_hold(test, t, e);
	test_kill(t->task, SIGCONT);
	KUNIT_EXPECT_TRUE(test, is_held(t));
	KUNIT_EXPECT_FALSE(test, t->task->signal->flags & SIGNAL_STOP_STOPPED);
	/* And a stop that comes while it is held after all that. */
	test_kill(t->task, SIGSTOP);
	KUNIT_EXPECT_TRUE(test, is_held(t));
	release(test, e);
	KUNIT_ASSERT_TRUE(test, becomes_stopped(t));
	test_kill(t->task, SIGCONT);
	KUNIT_ASSERT_TRUE(test, test_thread_counts(t->task, 0));
}

static void report_leaves_it_stopped(struct kunit *test)
{
	struct test_task *t = test_task_counting(test, &payload_job);
	struct test_engine *e = test_observer(test, t, UTRACE_EVENT(QUIESCE) |
					      UTRACE_EVENTS_GROUP);

	test_kill(t->task, SIGSTOP);
	KUNIT_ASSERT_TRUE(test, becomes_stopped(t));
	KUNIT_ASSERT_EQ(test, 0, utrace_control(e->engine, UTRACE_REPORT));
	KUNIT_ASSERT_TRUE(test, test_engine_sees(e, EV(QUIESCE), 1));
	KUNIT_ASSERT_TRUE(test, becomes_stopped(t));
	KUNIT_EXPECT_TRUE(test, test_thread_rests(t->task, 0));
	KUNIT_EXPECT_EQ(test, 1, e->seen[EV(GROUP_STOP)]);
	KUNIT_EXPECT_EQ(test, 0, e->seen[EV(GROUP_CONT)]);
	KUNIT_ASSERT_EQ(test, 0, utrace_control(e->engine, UTRACE_DETACH));
	KUNIT_EXPECT_TRUE(test, test_thread_rests(t->task, 0));
	KUNIT_EXPECT_TRUE(test, becomes_stopped(t));
}

static enum utrace_action stop_the_other(struct test_engine *e, unsigned int event,
					 enum utrace_action answer)
{
	struct test_engine *other = e->private;

	utrace_control(other->engine, UTRACE_STOP);
	return answer;
}

/* get_signal() has looked for that already, and goes on to stop the group. */
static void stop_that_is_asked_for_late_comes_before_the_group_stop(struct kunit *test)
{
	struct test_task *t = test_task_counting(test, &payload_job);
	struct test_engine *e = test_observer(test, t, UTRACE_EVENT(SIGNAL_STOP));
	struct test_engine *held = test_observer(test, t, UTRACE_EVENT(QUIESCE));

	held->answer[EV(QUIESCE)] = UTRACE_STOP;
	e->private = held;
	e->on_event = stop_the_other;
	KUNIT_ASSERT_EQ(test, 0, test_kill(t->task, SIGTSTP));
	KUNIT_ASSERT_TRUE(test, test_engine_stops(held, t, EV(QUIESCE), 1));
	KUNIT_ASSERT_EQ(test, 0, utrace_control(held->engine, UTRACE_DETACH));
	KUNIT_EXPECT_TRUE(test, becomes_stopped(t));
}

static void group_stop_waits_for_the_held_thread(struct kunit *test)
{
	struct test_task *t = test_task_counting(test, &payload_threads);
	struct task_struct *thread = test_task_thread(test, t);
	struct test_engine *e = test_observer(test, t, UTRACE_EVENT(QUIESCE));

	KUNIT_ASSERT_TRUE(test, test_thread_counts(t->task, 8));
	test_engine_hold(test, t, e);
	test_kill(t->task, SIGSTOP);
	KUNIT_ASSERT_TRUE(test, test_poll(task_is_stopped(thread)));
	KUNIT_EXPECT_TRUE(test, is_held(t));
	KUNIT_EXPECT_FALSE(test, t->task->signal->flags & SIGNAL_STOP_STOPPED);
	release(test, e);
	KUNIT_ASSERT_TRUE(test, becomes_stopped(t));
	test_kill(t->task, SIGCONT);
	KUNIT_EXPECT_TRUE(test, test_thread_counts(t->task, 0));
	KUNIT_EXPECT_TRUE(test, test_thread_counts(t->task, 8));
}

/*
 * Orders that come in the middle of a job control stop
 */

static void test_order_at(struct kunit *test, enum utrace_test_point point)
{
	static const int signals[] = { SIGTSTP, SIGSTOP };
	struct test_engine *e;
	struct test_point *p;
	struct test_task *t;
	int i;

	for (i = 0; i < ARRAY_SIZE(signals); i++) {
		t = test_task_counting(test, &payload_job);
		e = test_observer(test, t, UTRACE_EVENT(QUIESCE) |
				  UTRACE_EVENTS_GROUP | UTRACE_EVENT(SIGNAL_STOP));
		p = test_point(test, t->task, point);
		test_kill(t->task, signals[i]);
		KUNIT_ASSERT_TRUE(test, test_point_reached(p));
		KUNIT_EXPECT_EQ(test, -EINPROGRESS,
				utrace_control(e->engine, UTRACE_STOP));
		test_point_leave(p);
		/* Before it is in the stop, or taken out of it again. */
		KUNIT_ASSERT_TRUE(test, test_engine_stops(e, t, EV(QUIESCE), 1));
		KUNIT_EXPECT_TRUE(test, is_held(t));
		release(test, e);
		KUNIT_ASSERT_TRUE(test, becomes_stopped(t));
		KUNIT_EXPECT_EQ(test, 1, e->seen[EV(GROUP_STOP)]);
		KUNIT_EXPECT_EQ(test, 1, e->seen[EV(SIGNAL_STOP)]);
		test_kill(t->task, SIGCONT);
		KUNIT_EXPECT_TRUE(test, test_thread_counts(t->task, 0));
	}
}

static void order_after_the_stop_signal_was_reported(struct kunit *test)
{
	test_order_at(test, UTRACE_POINT_SIGNAL_DONE);
}

static void order_after_the_group_stop_was_reported(struct kunit *test)
{
	test_order_at(test, UTRACE_POINT_GROUP_STOP);
}

static void cont_after_the_group_stop_was_reported(struct kunit *test)
{
	struct test_task *t = test_task_counting(test, &payload_job);
	struct test_engine *e = test_observer(test, t, UTRACE_EVENTS_GROUP);
	struct test_point *p = test_point(test, t->task, UTRACE_POINT_GROUP_STOP);

	test_kill(t->task, SIGSTOP);
	KUNIT_ASSERT_TRUE(test, test_point_reached(p));
	test_kill(t->task, SIGCONT);
	test_point_leave(p);
	KUNIT_EXPECT_TRUE(test, test_thread_counts(t->task, 0));
	KUNIT_EXPECT_FALSE(test, task_is_stopped(t->task));
	KUNIT_EXPECT_FALSE(test, t->task->signal->flags & SIGNAL_STOP_STOPPED);
	KUNIT_EXPECT_EQ(test, 1, e->seen[EV(GROUP_CONT)]);

	/* The next one works as ever. */
	test_kill(t->task, SIGSTOP);
	KUNIT_EXPECT_TRUE(test, becomes_stopped(t));
	KUNIT_EXPECT_EQ(test, 2, e->seen[EV(GROUP_STOP)]);
	KUNIT_EXPECT_EQ(test, 1, e->seen[EV(GROUP_CONT)]);
}

static void cont_and_stop_after_the_group_stop_was_reported(struct kunit *test)
{
	struct test_task *t = test_task_counting(test, &payload_job);
	struct test_point *p;

	test_observer(test, t, UTRACE_EVENTS_GROUP);
	p = test_point(test, t->task, UTRACE_POINT_GROUP_STOP);
	test_kill(t->task, SIGSTOP);
	KUNIT_ASSERT_TRUE(test, test_point_reached(p));
	test_kill(t->task, SIGCONT);
	test_kill(t->task, SIGSTOP);
	test_point_leave(p);
	KUNIT_EXPECT_TRUE(test, becomes_stopped(t));
	test_kill(t->task, SIGCONT);
	KUNIT_EXPECT_TRUE(test, test_thread_counts(t->task, 0));
}

/* Nobody waits for anything, so that most stops are called off somewhere. */
static void every_stop_is_followed_by_a_cont(struct kunit *test)
{
	struct test_task *t = test_task_counting(test, &payload_threads);
	struct task_struct *thread = test_task_thread(test, t);
	struct test_engine *a = test_observer(test, t, UTRACE_EVENTS_GROUP);
	struct test_engine *b = test_engine(test, test_log(test));
	int i;

	KUNIT_ASSERT_TRUE(test, test_thread_counts(t->task, 8));
	KUNIT_ASSERT_EQ(test, 0, test_engine_attach_to(b, thread, UTRACE_OBSERVER,
						       UTRACE_EVENTS_GROUP));
	for (i = 0; i < 300; i++) {
		test_kill(t->task, SIGSTOP);
		if (i % 3 == 1)
			cond_resched();
		else if (i % 3 == 2)
			schedule_timeout_uninterruptible(1);
		test_kill(t->task, SIGCONT);
		if (i % 7 == 0)
			schedule_timeout_uninterruptible(1);
	}
	/* Who counts is not stopped, and has told so. */
	KUNIT_ASSERT_TRUE(test, test_thread_counts(t->task, 0));
	KUNIT_ASSERT_TRUE(test, test_thread_counts(t->task, 8));
	KUNIT_EXPECT_GT(test, a->seen[EV(GROUP_STOP)], 0);
	KUNIT_EXPECT_EQ(test, a->seen[EV(GROUP_STOP)], a->seen[EV(GROUP_CONT)]);
	KUNIT_EXPECT_EQ(test, b->seen[EV(GROUP_STOP)], b->seen[EV(GROUP_CONT)]);
	for (i = 0; i < a->log->nr && i < TEST_LOG_MAX; i++)
		KUNIT_EXPECT_EQ(test, i % 2 ? EV(GROUP_CONT) : EV(GROUP_STOP),
				a->log->entries[i].event);
}

/*
 * SIGKILL
 */

static void kill_ends_every_combination(struct kunit *test)
{
	enum { STOPPED, HELD, HELD_STOPPED, STOPPED_HELD, STOPPED_HELD_CONT,
	       ANSWERED, NR };
	struct test_engine *e;
	struct test_task *t;
	int i;

	for (i = 0; i < NR; i++) {
		t = test_task_counting(test, &payload_job);
		e = test_observer(test, t, UTRACE_EVENT(QUIESCE) |
				  UTRACE_EVENTS_GROUP | UTRACE_EVENT(EXIT));
		if (i == ANSWERED)
			e->answer[EV(GROUP_STOP)] = UTRACE_STOP;
		if (i == HELD || i == HELD_STOPPED)
			test_engine_hold(test, t, e);
		if (i != HELD)
			test_kill(t->task, SIGSTOP);
		if (i == STOPPED || i == STOPPED_HELD || i == STOPPED_HELD_CONT)
			KUNIT_ASSERT_TRUE(test, becomes_stopped(t));
		if (i == STOPPED_HELD || i == STOPPED_HELD_CONT)
			test_engine_hold(test, t, e);
		if (i == STOPPED_HELD_CONT)
			test_kill(t->task, SIGCONT);
		if (i == ANSWERED)
			KUNIT_ASSERT_TRUE(test, test_engine_sees(e, EV(GROUP_STOP), 1));
		test_task_kill(t);
		KUNIT_EXPECT_TRUE_MSG(test, test_task_dies(t), "combination %d", i);
		KUNIT_EXPECT_EQ_MSG(test, SIGKILL, t->task->exit_code,
				    "combination %d", i);
		KUNIT_EXPECT_EQ(test, 1, e->seen[EV(EXIT)]);
	}
}

static void kill_in_the_middle_of_a_group_stop(struct kunit *test)
{
	static const enum utrace_test_point points[] = {
		UTRACE_POINT_SIGNAL_DONE, UTRACE_POINT_GROUP_STOP,
	};
	struct test_point *p;
	struct test_task *t;
	int i;

	for (i = 0; i < ARRAY_SIZE(points); i++) {
		t = test_task_counting(test, &payload_job);
		test_observer(test, t, UTRACE_EVENTS_GROUP |
			      UTRACE_EVENT(SIGNAL_STOP));
		p = test_point(test, t->task, points[i]);
		test_kill(t->task, SIGTSTP);
		KUNIT_ASSERT_TRUE(test, test_point_reached(p));
		test_task_kill(t);
		test_point_leave(p);
		KUNIT_EXPECT_TRUE_MSG(test, test_task_dies(t), "point %d", i);
		KUNIT_EXPECT_EQ(test, SIGKILL, t->task->exit_code);
	}
}

/*
 * What a parent sees
 */

#define NOTES_MAX	16

/**
 * struct family - a parent that waits, and its child
 * @test: whose
 * @parent: runs payload_parent
 * @e: observes the parent
 * @child: is traced by @idle
 * @idle: engine on the child; NULL for none
 * @idle_events: what it is told
 * @nr_status: results of the parent's wait4()
 * @status: their second argument
 * @nr_sigchld: SIGCHLD that the parent got
 * @code: si_code of each
 * @value: si_status of each
 */
struct family {
	struct kunit *test;
	struct test_task *parent;
	struct test_engine *e;
	struct task_struct *child;
	struct test_engine *idle;
	unsigned long idle_events;
	unsigned int nr_status;
	int status[NOTES_MAX];
	unsigned int nr_sigchld;
	int code[NOTES_MAX];
	int value[NOTES_MAX];
};

/* What was noted is there when its number says so. */
static void note(unsigned int *nr)
{
	smp_store_release(nr, *nr + 1);	/* pairs with noted() */
}

static unsigned int noted(unsigned int *nr)
{
	return smp_load_acquire(nr);	/* pairs with note() */
}

static void meet_child(struct test_engine *e, struct task_struct *child)
{
	struct family *family = e->private;

	if (family->idle &&
	    test_engine_attach_to(family->idle, child, UTRACE_OBSERVER,
				  family->idle_events))
		pr_err("no engine for the child\n");
	WRITE_ONCE(family->child, get_task_struct(child));
}

static enum utrace_action note_child(struct test_engine *e, unsigned int event,
				     enum utrace_action answer)
{
	struct family *family = e->private;
	unsigned int i;

	/* The child's id is positive, -ERESTARTSYS is not. */
	if (event == EV(SYSCALL_EXIT) &&
	    utrace_syscall(e->engine)->nr == __NR_wait4 &&
	    (long)regs_return_value(e->regs) == task_pid_nr(family->child)) {
		i = family->nr_status;
		if (i < NOTES_MAX &&
		    get_user(family->status[i], (int __user *)P_DATA))
			pr_err("no status\n");
		note(&family->nr_status);
	}
	if (event == EV(SIGNAL_IGN) && e->sig->info->si_signo == SIGCHLD) {
		i = family->nr_sigchld;
		if (i < NOTES_MAX) {
			family->code[i] = e->sig->info->si_code;
			family->value[i] = e->sig->info->si_status;
		}
		note(&family->nr_sigchld);
	}
	return answer;
}

static void forget_child(void *data)
{
	struct family *family = data;

	if (!family->child)
		return;
	/* Its parent may be gone before it. */
	send_sig(SIGKILL, family->child, 1);
	put_task_struct(family->child);
}

static struct family *family(struct kunit *test, bool idle, unsigned long events)
{
	struct family *f = test_alloc(test, struct family);

	f->test = test;
	/* First, so that it comes last: callbacks look at the child. */
	KUNIT_ASSERT_EQ(test, 0, kunit_add_action_or_reset(test, forget_child, f));
	f->parent = test_task(test, &payload_parent);
	f->e = test_engine(test, test_log(test));
	f->e->private = f;
	f->e->on_clone = meet_child;
	f->e->on_event = note_child;
	if (idle)
		f->idle = test_engine(test, test_log(test));
	f->idle_events = events;
	KUNIT_ASSERT_EQ(test, 0, test_engine_attach_to(f->e, f->parent->task,
			UTRACE_OBSERVER, UTRACE_EVENT(QUIESCE) | UTRACE_EVENT(CLONE) |
			UTRACE_EVENT(SYSCALL_EXIT) | UTRACE_EVENT(SIGNAL_IGN)));
	test_task_go(f->parent);
	KUNIT_ASSERT_TRUE(test, test_poll(READ_ONCE(f->child)));
	KUNIT_ASSERT_TRUE(test, test_thread_counts(f->child, 0));
	return f;
}

/*
 * The parent may see its child's new state before SIGCHLD is sent.  It then waits for
 * the child again, and an ignored signal does not end that wait.  So the test ends it,
 * because the parent reports the signal on its way to user mode.
 */
static bool notes_sigchld(struct family *f, unsigned int nr)
{
	return test_poll(noted(&f->nr_sigchld) >= nr ||
			 (utrace_control(f->e->engine, UTRACE_INTERRUPT), false));
}

/* The parent knows @nr things about its child. */
static void expect_notes(struct family *f, unsigned int nr)
{
	KUNIT_ASSERT_TRUE_MSG(f->test, test_poll(noted(&f->nr_status) >= nr),
			      "%u of %u results of wait4()", f->nr_status, nr);
	KUNIT_ASSERT_TRUE_MSG(f->test, notes_sigchld(f, nr),
			      "%u of %u SIGCHLD", f->nr_sigchld, nr);
}

static void send(struct family *f, int sig)
{
	KUNIT_EXPECT_EQ(f->test, 0, test_kill(f->child, sig));
}

/* With nothing that an engine does in between, if @hold is false. */
static void drive(struct family *f, bool hold)
{
	int round;

	for (round = 0; round < 2; round++) {
		send(f, SIGSTOP);
		expect_notes(f, 2 * round + 1);
		KUNIT_ASSERT_TRUE(f->test, test_poll(task_is_stopped(f->child)));
		if (hold) {
			utrace_control(f->idle->engine, UTRACE_STOP);
			KUNIT_ASSERT_TRUE(f->test, test_engine_sees(f->idle,
					  EV(QUIESCE), round + 1));
			KUNIT_ASSERT_TRUE(f->test, test_thread_in_state(f->child,
					  __TASK_TRACED));
			utrace_control(f->idle->engine, UTRACE_RESUME);
			KUNIT_ASSERT_TRUE(f->test, test_poll(task_is_stopped(f->child)));
		}
		send(f, SIGCONT);
		expect_notes(f, 2 * round + 2);
		KUNIT_ASSERT_TRUE(f->test, test_thread_counts(f->child, 0));
	}
	send(f, SIGKILL);
	expect_notes(f, 5);
	/* Whatever came too much has come by now. */
	KUNIT_ASSERT_TRUE(f->test, test_task_runs(f->parent));
}

/*
 * A parent that is on its way through wait4() for another reason can take the code of a
 * stop before SIGCHLD is filled from it, whose si_status is 0 then.  Stock kernels do that.
 */
static bool took_the_code_before_sigchld(struct family *f)
{
	int i;

	for (i = 0; i < ARRAY_SIZE(f->code); i++)
		if (f->code[i] == CLD_STOPPED && f->value[i] == 0)
			return true;
	return false;
}

static void expect_the_usual(struct kunit *test, bool idle, unsigned long events, bool hold)
{
	static const int code[] = {
		CLD_STOPPED, CLD_CONTINUED, CLD_STOPPED, CLD_CONTINUED, CLD_KILLED,
	};
	static const int value[] = { SIGSTOP, SIGCONT, SIGSTOP, SIGCONT, SIGKILL };
	static const int status[] = {
		SIGSTOP << 8 | 0x7f, 0xffff, SIGSTOP << 8 | 0x7f, 0xffff, SIGKILL,
	};
	struct family *f;
	int i, tries = 0;

	/* It is rare, so that it does not come time after time. */
	do {
		f = family(test, idle, events);
		drive(f, hold);
	} while (took_the_code_before_sigchld(f) && ++tries < 5);

	KUNIT_EXPECT_EQ(test, ARRAY_SIZE(status), f->nr_status);
	KUNIT_EXPECT_EQ(test, ARRAY_SIZE(code), f->nr_sigchld);
	for (i = 0; i < ARRAY_SIZE(code); i++) {
		KUNIT_EXPECT_EQ_MSG(test, status[i], f->status[i], "wait4() %d", i);
		KUNIT_EXPECT_EQ_MSG(test, code[i], f->code[i], "SIGCHLD %d", i);
		KUNIT_EXPECT_EQ_MSG(test, value[i], f->value[i], "SIGCHLD %d", i);
	}
}

/* What the others are compared with. */
static void parent_of_an_untraced_child(struct kunit *test)
{
	expect_the_usual(test, false, 0, false);
}

static void parent_sees_the_same_with_an_idle_engine(struct kunit *test)
{
	static const unsigned long events[] = {
		0, UTRACE_EVENT(QUIESCE), UTRACE_EVENTS_GROUP, UTRACE_EVENTS_SIGNAL,
		UTRACE_EVENTS_ALL,
	};
	int i;

	for (i = 0; i < ARRAY_SIZE(events); i++)
		expect_the_usual(test, true, events[i], false);
}

static void parent_does_not_see_what_an_engine_does(struct kunit *test)
{
	expect_the_usual(test, true, UTRACE_EVENTS_ALL, true);
}

static void parent_does_not_see_a_held_child(struct kunit *test)
{
	struct family *f = family(test, true, UTRACE_EVENT(QUIESCE));

	KUNIT_ASSERT_EQ(test, -EINPROGRESS, utrace_control(f->idle->engine,
							   UTRACE_STOP));
	KUNIT_ASSERT_TRUE(test, test_engine_sees(f->idle, EV(QUIESCE), 1));
	KUNIT_ASSERT_TRUE(test, test_thread_in_state(f->child, __TASK_TRACED));
	/* Told by the child itself when it joins the stop, so not yet. */
	send(f, SIGSTOP);
	KUNIT_EXPECT_TRUE(test, test_thread_rests(f->child, 0));
	KUNIT_EXPECT_EQ(test, 0, f->nr_status);
	KUNIT_EXPECT_EQ(test, 0, f->nr_sigchld);
	utrace_control(f->idle->engine, UTRACE_RESUME);
	expect_notes(f, 1);
	send(f, SIGCONT);
	expect_notes(f, 2);
	send(f, SIGKILL);
	expect_notes(f, 3);
	KUNIT_EXPECT_EQ(test, CLD_STOPPED, f->code[0]);
	KUNIT_EXPECT_EQ(test, CLD_CONTINUED, f->code[1]);
	KUNIT_EXPECT_EQ(test, CLD_KILLED, f->code[2]);
}

static struct kunit_case utrace_jobctl_cases[] = {
	KUNIT_CASE(stops_and_continues_are_reported),
	KUNIT_CASE(every_thread_of_the_group_reports),
	KUNIT_CASE(cont_is_reported_to_an_engine_that_came_in_the_stop),
	KUNIT_CASE(stop_as_answer_holds_after_the_group_stop),
	KUNIT_CASE(thread_held_in_its_group_stop_can_be_pinned),
	KUNIT_CASE(cont_is_reported_when_everybody_knows),
	KUNIT_CASE(stop_as_answer_to_cont_holds),
	KUNIT_CASE(held_then_stopped),
	KUNIT_CASE(stopped_then_held),
	KUNIT_CASE(report_leaves_it_stopped),
	KUNIT_CASE(stop_that_is_asked_for_late_comes_before_the_group_stop),
	KUNIT_CASE(group_stop_waits_for_the_held_thread),
	KUNIT_CASE(order_after_the_stop_signal_was_reported),
	KUNIT_CASE(order_after_the_group_stop_was_reported),
	KUNIT_CASE(cont_after_the_group_stop_was_reported),
	KUNIT_CASE(cont_and_stop_after_the_group_stop_was_reported),
	KUNIT_CASE(every_stop_is_followed_by_a_cont),
	KUNIT_CASE(kill_ends_every_combination),
	KUNIT_CASE(kill_in_the_middle_of_a_group_stop),
	KUNIT_CASE(parent_of_an_untraced_child),
	KUNIT_CASE_SLOW(parent_sees_the_same_with_an_idle_engine),
	KUNIT_CASE(parent_does_not_see_what_an_engine_does),
	KUNIT_CASE(parent_does_not_see_a_held_child),
	{}
};

static struct kunit_suite utrace_jobctl_suite = {
	.name = "utrace_jobctl",
	.test_cases = utrace_jobctl_cases,
};
kunit_test_suite(utrace_jobctl_suite);
