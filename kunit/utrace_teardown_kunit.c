// SPDX-License-Identifier: GPL-2.0-only
/*
 * Detaching and dying while things are under way, and storms of both
 */

#include <linux/completion.h>
#include <linux/cpumask.h>
#include <linux/delay.h>
#include <linux/err.h>
#include <linux/kthread.h>
#include <linux/prandom.h>
#include <linux/sched/signal.h>

#include "utrace_task.h"

/* A callback that waits until the test lets it go on. */
struct gate {
	unsigned int event;
	struct completion entered;
	struct completion leave;
};

static enum utrace_action wait_at_gate(struct test_engine *e, unsigned int event,
				       enum utrace_action answer)
{
	struct gate *gate = e->private;

	if (event == gate->event) {
		complete(&gate->entered);
		wait_for_completion(&gate->leave);
	}
	return answer;
}

static struct test_engine *attach_gate(struct kunit *test, struct test_log *log,
				       struct test_task *t, struct gate *gate,
				       unsigned int event)
{
	struct test_engine *e = test_engine(test, log);

	gate->event = event;
	init_completion(&gate->entered);
	init_completion(&gate->leave);
	e->private = gate;
	e->on_event = wait_at_gate;
	KUNIT_ASSERT_EQ(test, 0, test_engine_attach_to(e, t->task, UTRACE_OBSERVER,
						       UTRACE_EVENTS_ALL));
	return e;
}

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
	struct gate gate;

	e = attach_gate(test, log, t, &gate, EV(SYSCALL_ENTRY));
	test_task_go(t);
	KUNIT_ASSERT_NE(test, 0, wait_for_completion_timeout(&gate.entered,
							     TEST_TIMEOUT));
	KUNIT_EXPECT_EQ(test, -EINPROGRESS, utrace_control(e->engine, UTRACE_DETACH));

	init_completion(&call.done);
	call.engine = e->engine;
	KUNIT_EXPECT_FALSE(test, IS_ERR(kthread_run(call_barrier, &call, "barrier")));
	KUNIT_EXPECT_EQ(test, 0, wait_for_completion_timeout(&call.done, HZ / 20));

	complete_all(&gate.leave);
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
	struct gate gate;

	inner = test_engine_attach(test, log, t, UTRACE_EVENTS_SYSCALL);
	e = attach_gate(test, log, t, &gate, EV(SYSCALL_ENTRY));
	outer = test_engine_attach(test, log, t, UTRACE_EVENTS_SYSCALL);
	test_task_go(t);
	KUNIT_ASSERT_NE(test, 0, wait_for_completion_timeout(&gate.entered,
							     TEST_TIMEOUT));
	KUNIT_EXPECT_EQ(test, 1, outer->seen[EV(SYSCALL_ENTRY)]);
	KUNIT_EXPECT_EQ(test, 0, utrace_control(outer->engine, UTRACE_DETACH));
	KUNIT_EXPECT_EQ(test, 0, utrace_control(inner->engine, UTRACE_DETACH));
	late = test_engine_attach(test, log, t, UTRACE_EVENTS_SYSCALL);
	KUNIT_EXPECT_EQ(test, -EINPROGRESS, utrace_control(e->engine, UTRACE_DETACH));
	complete_all(&gate.leave);

	KUNIT_EXPECT_TRUE(test, test_engine_sees(late, EV(SYSCALL_EXIT), 3));
	KUNIT_EXPECT_EQ(test, 0, inner->seen[EV(SYSCALL_ENTRY)]);
	KUNIT_EXPECT_EQ(test, 0, outer->seen[EV(SYSCALL_EXIT)]);
	KUNIT_EXPECT_EQ(test, 0, e->seen[EV(SYSCALL_EXIT)]);
}

/* It reaps itself only after the report of its death. */
static void reap_waits_for_death(struct kunit *test)
{
	struct test_task *t = test_task(test, &payload_calls);
	struct test_log *log = test_log(test);
	struct test_engine *e;
	struct gate gate;

	e = attach_gate(test, log, t, &gate, EV(DEATH));
	test_task_go(t);
	KUNIT_ASSERT_NE(test, 0, wait_for_completion_timeout(&gate.entered,
							     TEST_TIMEOUT));
	schedule_timeout_uninterruptible(HZ / 20);
	KUNIT_EXPECT_EQ(test, 0, e->seen[EV(REAP)]);
	/* Nothing can be asked of the dead. */
	KUNIT_EXPECT_EQ(test, -ESRCH, utrace_control(e->engine, UTRACE_STOP));
	KUNIT_EXPECT_EQ(test, -ESRCH, utrace_set_events(e->engine, 0));
	complete_all(&gate.leave);
	KUNIT_EXPECT_TRUE(test, test_engine_sees(e, EV(REAP), 1));
}

static void kill_comes_during_a_callback(struct kunit *test)
{
	struct test_task *t = test_task(test, &payload_loop);
	struct test_log *log = test_log(test);
	struct test_engine *e;
	struct gate gate;

	e = attach_gate(test, log, t, &gate, EV(SYSCALL_ENTRY));
	e->answer[EV(SYSCALL_ENTRY)] = UTRACE_STOP;
	test_task_go(t);
	KUNIT_ASSERT_NE(test, 0, wait_for_completion_timeout(&gate.entered,
							     TEST_TIMEOUT));
	test_task_kill(t);
	complete_all(&gate.leave);
	/* It does not stop any more. */
	KUNIT_EXPECT_TRUE(test, test_engine_sees(e, EV(REAP), 1));
	KUNIT_EXPECT_EQ(test, 1, e->seen[EV(SYSCALL_ENTRY)]);
}

/*
 * Storms: threads that attach, stop, resume and detach as fast as they can, to
 * a task that makes system calls.
 */
#define STORM_THREADS	4
#define STORM_ROUNDS	300

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
	struct rnd_state rnd;
	int i;

	prandom_seed_state(&rnd, atomic_read(&storm->left) + storm->seed);
	for (i = 0; i < STORM_ROUNDS; i++) {
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
							     TEST_TIMEOUT));
	KUNIT_EXPECT_EQ(test, 0, atomic_read(&storm.wrong));
	KUNIT_EXPECT_EQ(test, 0, atomic_read(&storm.dead));
	KUNIT_EXPECT_TRUE(test, test_task_runs(t));
	/* Nobody wants its system calls any more, and it has noticed. */
	KUNIT_EXPECT_TRUE(test, test_poll(!test_task_syscall_work(t->task,
								  SYSCALL_TRACE)));
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
								TEST_TIMEOUT));
		KUNIT_EXPECT_EQ(test, 0, atomic_read(&storm.wrong));
	}
}

static struct kunit_case utrace_teardown_cases[] = {
	KUNIT_CASE(barrier_waits_for_the_callback),
	KUNIT_CASE(barrier_in_its_own_callback_is_refused),
	KUNIT_CASE(neighbours_detach_during_a_report),
	KUNIT_CASE(reap_waits_for_death),
	KUNIT_CASE(kill_comes_during_a_callback),
	KUNIT_CASE_SLOW(storm_leaves_the_thread_running),
	KUNIT_CASE_SLOW(kill_in_a_storm),
	{}
};

static struct kunit_suite utrace_teardown_suite = {
	.name = "utrace_teardown",
	.test_cases = utrace_teardown_cases,
};
kunit_test_suite(utrace_teardown_suite);
