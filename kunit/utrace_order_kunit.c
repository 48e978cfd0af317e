// SPDX-License-Identifier: GPL-2.0-only
/*
 * The order of engines on the chain, and what each sees of what the others do to
 * a system call
 */

#include <linux/errno.h>
#include <linux/ktime.h>
#include <linux/sched/signal.h>
#include <linux/sched/task_stack.h>

#include <asm/syscall.h>
#include <asm/unistd.h>
#include <asm/utrace.h>

#include "utrace_task.h"

/*
 * After every call of interest, getuid is made with its result as the first
 * argument, as user space has it: see attach_view().
 */
LOCAL_PAYLOAD(payload_results,
	"1:\n"
	P_CALL(__NR_getppid)
	P_ARG_RESULT
	P_CALL(__NR_getuid)
	P_JUMP(1b));

/* The second umask() tells what the first one made of its argument. */
LOCAL_PAYLOAD(payload_umask,
	P_ARG(0, 7)
	P_CALL(__NR_umask)
	P_ARG_RESULT
	P_CALL(__NR_getuid)
	P_ARG(0, 0)
	P_CALL(__NR_umask)
	P_ARG_RESULT
	P_CALL(__NR_getuid)
	P_EXIT(7));

/* One call that has no bit in a set, between two that have. */
LOCAL_PAYLOAD(payload_beyond,
	P_CALL(__NR_getpid)
	P_CALL(600)
	P_CALL(__NR_getppid)
	P_EXIT(7));

#define FIRST_UMASK	7

#define VIEW_MAX	32

/**
 * struct view - what user space has got
 * @nr: results
 * @results: of the calls before getuid
 */
struct view {
	unsigned int nr;
	long results[VIEW_MAX];
};

static enum utrace_action note_result(struct test_engine *e, unsigned int event,
				      enum utrace_action answer)
{
	struct view *view = e->private;

	if (utrace_syscall(e->engine)->nr == __NR_getuid) {
		if (view->nr < VIEW_MAX)
			view->results[view->nr] = e->args[0];
		WRITE_ONCE(view->nr, view->nr + 1);
	}
	return answer;
}

static struct view *attach_view(struct kunit *test, struct test_task *t)
{
	struct view *view = test_alloc(test, struct view);
	struct test_engine *e = test_engine(test, test_log(test));

	e->private = view;
	e->on_event = note_result;
	KUNIT_ASSERT_EQ(test, 0, test_engine_attach_to(e, t->task, UTRACE_OBSERVER,
						       UTRACE_EVENT(SYSCALL_ENTRY)));
	return view;
}

static bool view_has(struct view *view, unsigned int nr)
{
	return test_poll(READ_ONCE(view->nr) >= nr);
}

/*
 * Order
 */

struct chain {
	struct test_log *log;
	/* As they are called by a report that goes outwards. */
	struct test_engine *e[4];
};

static void attach_chain(struct kunit *test, struct chain *chain,
			 struct test_task *t, unsigned long events)
{
	chain->log = test_log(test);
	/* Not in the order in which they will stand. */
	chain->e[2] = test_engine_attach(test, chain->log, t, events);
	chain->e[0] = test_engine_attach_as(test, chain->log, t,
					    UTRACE_TRANSFORMER, events);
	chain->e[3] = test_engine_attach(test, chain->log, t, events);
	chain->e[1] = test_engine_attach_as(test, chain->log, t,
					    UTRACE_TRANSFORMER, events);
}

/* The next four callbacks, from @i on, are for @event. */
static void expect_outwards(struct kunit *test, struct chain *chain, int i,
			    unsigned int event)
{
	struct test_log_entry *entry = &chain->log->entries[i];
	int j;

	KUNIT_ASSERT_LE(test, i + 4, chain->log->nr);
	for (j = 0; j < 4; j++) {
		KUNIT_EXPECT_EQ_MSG(test, event, entry[j].event, "callback %d", i + j);
		KUNIT_EXPECT_PTR_EQ_MSG(test, (const struct test_engine *)chain->e[j],
					entry[j].engine, "callback %d", i + j);
	}
}

static void entry_goes_inwards_the_rest_outwards(struct kunit *test)
{
	struct test_task *t = test_task(test, &payload_calls);
	struct chain chain;
	int j;

	attach_chain(test, &chain, t, UTRACE_EVENTS_ALL & ~UTRACE_EVENT(QUIESCE));
	test_task_go(t);
	KUNIT_ASSERT_TRUE(test, test_engine_sees(chain.e[3], EV(REAP), 1));
	expect_outwards(test, &chain, 0, EV(EXEC));
	for (j = 0; j < 4; j++) {
		KUNIT_EXPECT_EQ(test, EV(SYSCALL_ENTRY), chain.log->entries[4 + j].event);
		KUNIT_EXPECT_PTR_EQ(test, (const struct test_engine *)chain.e[3 - j],
				    chain.log->entries[4 + j].engine);
	}
	expect_outwards(test, &chain, 8, EV(SYSCALL_EXIT));
	/* Three calls and the entry of exit_group. */
	expect_outwards(test, &chain, 4 + 7 * 4, EV(EXIT));
	expect_outwards(test, &chain, 4 + 8 * 4, EV(DEATH));
	expect_outwards(test, &chain, 4 + 9 * 4, EV(REAP));
}

static void signals_and_stops_go_outwards(struct kunit *test)
{
	struct test_task *t = test_task(test, &payload_handlers);
	struct chain chain;

	test_task_go(t);
	KUNIT_ASSERT_TRUE(test, test_thread_counts(t->task, 0));
	attach_chain(test, &chain, t, UTRACE_EVENTS_SIGNAL | UTRACE_EVENT(HANDLER) |
		     UTRACE_EVENTS_GROUP | UTRACE_EVENT(QUIESCE));
	test_kill(t->task, SIGUSR1);
	KUNIT_ASSERT_TRUE(test, test_engine_sees(chain.e[3], EV(HANDLER), 1));
	expect_outwards(test, &chain, 0, EV(SIGNAL_HANDLER));
	expect_outwards(test, &chain, 4, EV(HANDLER));

	test_kill(t->task, SIGSTOP);
	KUNIT_ASSERT_TRUE(test, test_engine_sees(chain.e[3], EV(GROUP_STOP), 1));
	expect_outwards(test, &chain, 8, EV(SIGNAL_HANDLER));
	expect_outwards(test, &chain, 12, EV(GROUP_STOP));
}

static void stop_orders_are_reported_outwards(struct kunit *test)
{
	struct test_task *t = test_task(test, &payload_sleep);
	struct chain chain;
	int j;

	attach_chain(test, &chain, t, UTRACE_EVENT(QUIESCE));
	test_task_go(t);
	KUNIT_ASSERT_TRUE(test, test_task_in_state(t, TASK_INTERRUPTIBLE));
	for (j = 0; j < 3; j++)
		KUNIT_ASSERT_EQ(test, 0, utrace_control(chain.e[j]->engine,
							UTRACE_REPORT));
	KUNIT_ASSERT_EQ(test, 0, utrace_control(chain.e[3]->engine, UTRACE_INTERRUPT));
	KUNIT_ASSERT_TRUE(test, test_engine_sees(chain.e[3], EV(QUIESCE), 1));
	expect_outwards(test, &chain, 0, EV(QUIESCE));
}

/*
 * Stops in the chain, and what was changed in them
 */

/* Set @task's result, at the exit of its call, from another task. */
static void set_result_of_stopped(struct kunit *test, struct test_engine *e,
				  long result)
{
	struct task_struct *task = e->engine->task;

	KUNIT_ASSERT_EQ(test, 0, utrace_prepare_examine(e->engine));
	syscall_set_return_value(task, task_pt_regs(task), 0, result);
	utrace_finish_examine(e->engine);
}

static void next_engine_sees_registers_changed_in_a_stop(struct kunit *test)
{
	struct test_task *t = test_task(test, &payload_umask);
	struct test_log *log = test_log(test);
	struct test_engine *inner = test_engine_attach_as(test, log, t,
			UTRACE_TRANSFORMER, UTRACE_EVENTS_SYSCALL);
	struct test_engine *outer = test_engine_attach(test, log, t,
						       UTRACE_EVENTS_SYSCALL);
	struct view *view = attach_view(test, t);
	unsigned long args[6];

	outer->answer[EV(SYSCALL_ENTRY)] = UTRACE_STOP;
	inner->answer[EV(SYSCALL_EXIT)] = UTRACE_STOP;
	test_task_go(t);

	KUNIT_ASSERT_TRUE(test, test_engine_stops(outer, t, EV(SYSCALL_ENTRY), 1));
	KUNIT_EXPECT_EQ(test, FIRST_UMASK, outer->args[0]);
	KUNIT_EXPECT_EQ(test, 0, inner->seen[EV(SYSCALL_ENTRY)]);
	outer->answer[EV(SYSCALL_ENTRY)] = UTRACE_RESUME;
	inner->answer[EV(SYSCALL_ENTRY)] = UTRACE_STOP;
	KUNIT_ASSERT_EQ(test, 0, utrace_prepare_examine(outer->engine));
	test_set_arg0(task_pt_regs(t->task), 0123);
	utrace_finish_examine(outer->engine);
	KUNIT_ASSERT_EQ(test, 0, utrace_control(outer->engine, UTRACE_RESUME));

	KUNIT_ASSERT_TRUE(test, test_engine_stops(inner, t, EV(SYSCALL_ENTRY), 1));
	KUNIT_ASSERT_EQ(test, 0, utrace_prepare_examine(inner->engine));
	syscall_get_arguments(t->task, task_pt_regs(t->task), args);
	utrace_finish_examine(inner->engine);
	KUNIT_EXPECT_EQ(test, 0123, args[0]);
	/* This is what the call began with. */
	KUNIT_EXPECT_EQ(test, FIRST_UMASK, inner->args[0]);
	inner->answer[EV(SYSCALL_ENTRY)] = UTRACE_RESUME;
	KUNIT_ASSERT_EQ(test, 0, utrace_control(inner->engine, UTRACE_RESUME));

	KUNIT_ASSERT_TRUE(test, test_engine_stops(inner, t, EV(SYSCALL_EXIT), 1));
	KUNIT_EXPECT_EQ(test, 0, outer->seen[EV(SYSCALL_EXIT)]);
	inner->answer[EV(SYSCALL_EXIT)] = UTRACE_RESUME;
	set_result_of_stopped(test, inner, 4242);
	KUNIT_ASSERT_EQ(test, 0, utrace_control(inner->engine, UTRACE_RESUME));

	KUNIT_ASSERT_TRUE(test, test_task_dies(t));
	/* entry outer, entry inner, exit inner, exit outer */
	KUNIT_EXPECT_PTR_EQ(test, (const struct test_engine *)outer,
			    log->entries[3].engine);
	KUNIT_EXPECT_EQ(test, EV(SYSCALL_EXIT), log->entries[3].event);
	KUNIT_EXPECT_EQ(test, 4242, log->entries[3].value);
	KUNIT_ASSERT_EQ(test, 2, view->nr);
	KUNIT_EXPECT_EQ(test, 4242, view->results[0]);
	/* The kernel was called with what the outer one wrote. */
	KUNIT_EXPECT_EQ(test, 0123, view->results[1]);
}

/* Rewrites the argument on the way in, and the result on the way out. */
static enum utrace_action rewrite(struct test_engine *e, unsigned int event,
				  enum utrace_action answer)
{
	if (utrace_syscall(e->engine)->nr != __NR_umask ||
	    utrace_syscall(e->engine)->args[0] != FIRST_UMASK)
		return answer;
	if (event == EV(SYSCALL_ENTRY))
		test_set_arg0(e->regs, 0707);
	if (event == EV(SYSCALL_EXIT))
		syscall_set_return_value(current, e->regs, 0, 0111);
	return answer;
}

static void observer_sees_the_users_view_on_both_sides(struct kunit *test)
{
	struct test_task *t = test_task(test, &payload_umask);
	struct test_log *log = test_log(test);
	struct test_engine *observer = test_engine_attach(test, log, t,
							  UTRACE_EVENTS_SYSCALL);
	struct test_engine *rewriter = test_engine(test, test_log(test));
	struct view *view = attach_view(test, t);

	/* Attached last, and inside all the same. */
	rewriter->on_event = rewrite;
	KUNIT_ASSERT_EQ(test, 0, test_engine_attach_to(rewriter, t->task,
			UTRACE_TRANSFORMER, UTRACE_EVENTS_SYSCALL));
	observer->answer[EV(SYSCALL_ENTRY)] = UTRACE_STOP;
	test_task_go(t);
	KUNIT_ASSERT_TRUE(test, test_engine_stops(observer, t, EV(SYSCALL_ENTRY), 1));
	KUNIT_EXPECT_EQ(test, FIRST_UMASK, observer->args[0]);
	KUNIT_EXPECT_EQ(test, 0, rewriter->seen[EV(SYSCALL_ENTRY)]);
	observer->answer[EV(SYSCALL_ENTRY)] = UTRACE_RESUME;
	KUNIT_ASSERT_EQ(test, 0, utrace_control(observer->engine, UTRACE_RESUME));

	KUNIT_ASSERT_TRUE(test, test_task_dies(t));
	KUNIT_EXPECT_EQ(test, EV(SYSCALL_EXIT), log->entries[1].event);
	KUNIT_EXPECT_EQ(test, 0111, log->entries[1].value);
	KUNIT_ASSERT_EQ(test, 2, view->nr);
	KUNIT_EXPECT_EQ(test, 0111, view->results[0]);
	/* What the kernel was told. */
	KUNIT_EXPECT_EQ(test, 0707, view->results[1]);
}

/*
 * Calls that are not made
 */

/**
 * struct skips - what to make of some calls
 * @nr: how many are skipped
 * @next: the next one is this
 * @results: which they get
 * @ret: of the last utrace_syscall_skip()
 * @answer: of the callback
 */
struct skips {
	unsigned int nr;
	unsigned int next;
	const long *results;
	int ret;
	enum utrace_action answer;
};

static enum utrace_action skip_getppid(struct test_engine *e, unsigned int event,
				       enum utrace_action answer)
{
	struct skips *skips = e->private;

	if (event != EV(SYSCALL_ENTRY) || skips->next == skips->nr ||
	    utrace_syscall(e->engine)->nr != __NR_getppid)
		return answer;
	skips->ret = utrace_syscall_skip(e->engine, skips->results[skips->next++]);
	return skips->answer;
}

/* An engine that gives the first @nr calls of getppid() these results. */
static struct test_engine *attach_skipper(struct kunit *test, struct test_task *t,
					  enum utrace_class class,
					  const long *results, unsigned int nr,
					  enum utrace_action answer)
{
	struct skips *skips = test_alloc(test, struct skips);
	struct test_engine *e = test_engine(test, test_log(test));

	skips->results = results;
	skips->nr = nr;
	skips->answer = answer;
	skips->ret = 1;
	e->private = skips;
	e->on_event = skip_getppid;
	KUNIT_ASSERT_EQ(test, 0, test_engine_attach_to(e, t->task, class,
						       UTRACE_EVENT(SYSCALL_ENTRY)));
	return e;
}

static int skipped(struct test_engine *e)
{
	return ((struct skips *)e->private)->ret;
}

/* With nobody who sees the exit. */
static void skipped_call_has_the_given_result(struct kunit *test)
{
	static const long results[] = {
		0, 1, 4242, INT_MAX, LONG_MAX,
		-EPERM, -ENOENT, -4095,
		-38,	/* no such call: what some machines begin with */
		-4096, -5000, LONG_MIN,
	};
	struct test_task *t = test_task(test, &payload_results);
	struct view *view = attach_view(test, t);
	struct test_engine *e;
	int i;

	e = attach_skipper(test, t, UTRACE_TRANSFORMER, results,
			   ARRAY_SIZE(results), UTRACE_RESUME);
	test_task_go(t);
	KUNIT_ASSERT_TRUE(test, view_has(view, ARRAY_SIZE(results) + 1));
	KUNIT_EXPECT_EQ(test, 0, skipped(e));
	for (i = 0; i < ARRAY_SIZE(results); i++)
		KUNIT_EXPECT_EQ_MSG(test, results[i], view->results[i], "result %d", i);
	/* This one was made. */
	KUNIT_EXPECT_EQ(test, 2, view->results[i]);
}

static void skipped_call_is_reported_as_one(struct kunit *test)
{
	static const long results[] = { 4242, -EPERM };
	struct test_task *t = test_task(test, &payload_results);
	struct test_log *log = test_log(test);
	struct test_engine *e = test_engine_attach(test, log, t,
						   UTRACE_EVENTS_SYSCALL);
	int i;

	attach_skipper(test, t, UTRACE_TRANSFORMER, results, 2, UTRACE_RESUME);
	test_task_go(t);
	/* getppid, getuid, getppid, getuid */
	KUNIT_ASSERT_TRUE(test, test_engine_sees(e, EV(SYSCALL_EXIT), 4));
	for (i = 0; i < 2; i++) {
		KUNIT_EXPECT_EQ(test, EV(SYSCALL_ENTRY), log->entries[4 * i].event);
		KUNIT_EXPECT_EQ(test, __NR_getppid, log->entries[4 * i].value);
		KUNIT_EXPECT_EQ(test, EV(SYSCALL_EXIT), log->entries[4 * i + 1].event);
		KUNIT_EXPECT_EQ(test, results[i], log->entries[4 * i + 1].value);
	}
}

static enum utrace_action skip_umask(struct test_engine *e, unsigned int event,
				     enum utrace_action answer)
{
	if (utrace_syscall(e->engine)->nr == __NR_umask &&
	    e->args[0] == FIRST_UMASK)
		utrace_syscall_skip(e->engine, 33);
	return answer;
}

static void skipped_call_is_not_made(struct kunit *test)
{
	struct test_task *t = test_task(test, &payload_umask);
	struct test_engine *e = test_engine(test, test_log(test));
	struct view *view = attach_view(test, t);

	e->on_event = skip_umask;
	KUNIT_ASSERT_EQ(test, 0, test_engine_attach_to(e, t->task, UTRACE_OBSERVER,
						       UTRACE_EVENT(SYSCALL_ENTRY)));
	test_task_go(t);
	KUNIT_ASSERT_TRUE(test, test_task_dies(t));
	KUNIT_ASSERT_EQ(test, 2, view->nr);
	KUNIT_EXPECT_EQ(test, 33, view->results[0]);
	KUNIT_EXPECT_NE(test, FIRST_UMASK, view->results[1]);
	KUNIT_EXPECT_EQ(test, 7 << 8, t->task->exit_code);
}

static void skip_survives_what_others_answer(struct kunit *test)
{
	static const enum utrace_action answers[] = {
		UTRACE_RESUME, UTRACE_REPORT, UTRACE_INTERRUPT, UTRACE_DETACH,
	};
	static const long results[] = { -EACCES, 31 };
	struct test_engine *other;
	struct test_task *t;
	struct view *view;
	int i;

	for (i = 0; i < ARRAY_SIZE(answers); i++) {
		t = test_task(test, &payload_results);
		/* Called after the one that skips, and asked for a report. */
		other = test_engine_attach_as(test, test_log(test), t,
				UTRACE_TRANSFORMER, UTRACE_EVENTS_SYSCALL |
				UTRACE_EVENT(QUIESCE));
		other->answer[EV(SYSCALL_ENTRY)] = answers[i];
		attach_skipper(test, t, UTRACE_TRANSFORMER, results, 2,
			       UTRACE_RESUME);
		view = attach_view(test, t);
		KUNIT_ASSERT_EQ(test, 0, utrace_control(other->engine, UTRACE_REPORT));
		test_task_go(t);
		KUNIT_ASSERT_TRUE(test, view_has(view, 3));
		KUNIT_EXPECT_EQ_MSG(test, results[0], view->results[0],
				    "answer %d", answers[i]);
		KUNIT_EXPECT_EQ_MSG(test, results[1], view->results[1],
				    "answer %d", answers[i]);
		KUNIT_EXPECT_EQ(test, 2, view->results[2]);
	}
}

static void skip_survives_a_stop_of_another(struct kunit *test)
{
	static const long results[] = { -EACCES };
	struct test_task *t = test_task(test, &payload_results);
	struct test_engine *other = test_engine_attach_as(test, test_log(test), t,
			UTRACE_TRANSFORMER, UTRACE_EVENT(SYSCALL_ENTRY));
	struct view *view;

	other->answer[EV(SYSCALL_ENTRY)] = UTRACE_STOP;
	attach_skipper(test, t, UTRACE_TRANSFORMER, results, 1, UTRACE_RESUME);
	view = attach_view(test, t);
	test_task_go(t);
	KUNIT_ASSERT_TRUE(test, test_engine_stops(other, t, EV(SYSCALL_ENTRY), 1));
	KUNIT_EXPECT_EQ(test, 0, utrace_control(other->engine, UTRACE_DETACH));
	KUNIT_ASSERT_TRUE(test, view_has(view, 2));
	KUNIT_EXPECT_EQ(test, -EACCES, view->results[0]);
	KUNIT_EXPECT_EQ(test, 2, view->results[1]);
}

static void skip_survives_the_detach_of_who_asked_for_it(struct kunit *test)
{
	static const long results[] = { -EACCES };
	struct test_engine *e;
	struct test_point *p;
	struct test_task *t;
	struct view *view;

	/* By its own answer. */
	t = test_task(test, &payload_results);
	attach_skipper(test, t, UTRACE_TRANSFORMER, results, 1, UTRACE_DETACH);
	view = attach_view(test, t);
	test_task_go(t);
	KUNIT_ASSERT_TRUE(test, view_has(view, 2));
	KUNIT_EXPECT_EQ(test, -EACCES, view->results[0]);
	KUNIT_EXPECT_EQ(test, 2, view->results[1]);

	/* While it holds. */
	t = test_task(test, &payload_results);
	e = attach_skipper(test, t, UTRACE_TRANSFORMER, results, 1, UTRACE_STOP);
	view = attach_view(test, t);
	test_task_go(t);
	KUNIT_ASSERT_TRUE(test, test_engine_stops(e, t, EV(SYSCALL_ENTRY), 1));
	KUNIT_EXPECT_EQ(test, 0, utrace_control(e->engine, UTRACE_DETACH));
	KUNIT_ASSERT_TRUE(test, view_has(view, 2));
	KUNIT_EXPECT_EQ(test, -EACCES, view->results[0]);
	KUNIT_EXPECT_EQ(test, 2, view->results[1]);

	/* From outside, when its callback has returned. */
	t = test_task(test, &payload_results);
	e = attach_skipper(test, t, UTRACE_TRANSFORMER, results, 1, UTRACE_RESUME);
	p = test_point(test, t->task, UTRACE_POINT_CALLBACK_DONE);
	test_task_go(t);
	KUNIT_ASSERT_TRUE(test, test_point_reached(p));
	KUNIT_EXPECT_EQ(test, 1, e->seen[EV(SYSCALL_ENTRY)]);
	view = attach_view(test, t);
	utrace_control(e->engine, UTRACE_DETACH);
	test_point_leave(p);
	KUNIT_ASSERT_TRUE(test, view_has(view, 2));
	KUNIT_EXPECT_EQ(test, -EACCES, view->results[0]);
	KUNIT_EXPECT_EQ(test, 2, view->results[1]);
}

/* Both skip: the inner one comes last. */
static void innermost_skip_counts(struct kunit *test)
{
	static const long inside[] = { -EACCES }, outside[] = { 17 };
	struct test_task *t = test_task(test, &payload_results);
	struct test_engine *inner, *outer;
	struct view *view;

	inner = attach_skipper(test, t, UTRACE_TRANSFORMER, inside, 1,
			       UTRACE_RESUME);
	outer = attach_skipper(test, t, UTRACE_OBSERVER, outside, 1,
			       UTRACE_RESUME);
	view = attach_view(test, t);
	test_task_go(t);
	KUNIT_ASSERT_TRUE(test, view_has(view, 2));
	KUNIT_EXPECT_EQ(test, 0, skipped(inner));
	KUNIT_EXPECT_EQ(test, 0, skipped(outer));
	KUNIT_EXPECT_EQ(test, -EACCES, view->results[0]);
	KUNIT_EXPECT_EQ(test, 2, view->results[1]);
}

static void skip_is_for_entries_only(struct kunit *test)
{
	struct test_task *t = test_task(test, &payload_loop);
	struct test_engine *e = test_observer(test, t, UTRACE_EVENTS_SYSCALL);

	e->answer[EV(SYSCALL_EXIT)] = UTRACE_STOP;
	test_task_go(t);
	KUNIT_ASSERT_TRUE(test, test_engine_stops(e, t, EV(SYSCALL_EXIT), 1));
	KUNIT_EXPECT_EQ(test, -EINVAL, utrace_syscall_skip(e->engine, 0));
	KUNIT_EXPECT_EQ(test, 0, utrace_control(e->engine, UTRACE_DETACH));
	KUNIT_EXPECT_EQ(test, -ESRCH, utrace_syscall_skip(e->engine, 0));
}

/*
 * Sets of system calls
 */

static void only_calls_in_the_set_are_reported(struct kunit *test)
{
	struct utrace_syscall_filter *set = test_alloc(test, struct utrace_syscall_filter);
	struct test_task *t = test_task(test, &payload_calls);
	struct test_log *log = test_log(test);
	struct test_engine *e = test_engine_attach(test, log, t,
						   UTRACE_EVENTS_SYSCALL);
	struct test_engine *all = test_observer(test, t, UTRACE_EVENTS_SYSCALL);

	set->arch = ARCH_UTRACE_AUDIT;
	utrace_filter_call(set, __NR_getppid);
	KUNIT_ASSERT_EQ(test, 0, test_set_calls(e, set));
	test_task_go(t);
	KUNIT_ASSERT_TRUE(test, test_task_dies(t));
	KUNIT_ASSERT_EQ(test, 2, log->nr);
	KUNIT_EXPECT_EQ(test, EV(SYSCALL_ENTRY), log->entries[0].event);
	KUNIT_EXPECT_EQ(test, __NR_getppid, log->entries[0].value);
	KUNIT_EXPECT_EQ(test, EV(SYSCALL_EXIT), log->entries[1].event);
	KUNIT_EXPECT_EQ(test, 4, all->seen[EV(SYSCALL_ENTRY)]);
}

static void test_others(struct kunit *test, u32 arch, bool others,
			unsigned int calls)
{
	struct utrace_syscall_filter *set = test_alloc(test, struct utrace_syscall_filter);
	struct test_task *t = test_task(test, &payload_beyond);
	struct test_engine *e = test_observer(test, t, UTRACE_EVENTS_SYSCALL);

	set->arch = arch;
	set->other_entries = others;
	set->other_exits = others;
	utrace_filter_call(set, __NR_getpid);
	KUNIT_ASSERT_EQ(test, 0, test_set_calls(e, set));
	test_task_go(t);
	KUNIT_ASSERT_TRUE(test, test_task_dies(t));
	KUNIT_EXPECT_EQ_MSG(test, calls, e->seen[EV(SYSCALL_ENTRY)],
			    "arch %x, others %d", arch, others);
}

static void calls_without_a_place_in_the_set_are_others(struct kunit *test)
{
	/* AUDIT_ARCH_* of no target. */
	const u32 foreign = ARCH_UTRACE_AUDIT ^ 0xff;

	test_others(test, ARCH_UTRACE_AUDIT, false, 1);
	test_others(test, ARCH_UTRACE_AUDIT, true, 2);
	test_others(test, foreign, false, 0);
	test_others(test, foreign, true, 4);
}

static void set_can_change_while_the_thread_runs(struct kunit *test)
{
	struct utrace_syscall_filter *none = test_alloc(test, struct utrace_syscall_filter);
	struct utrace_syscall_filter *set = test_alloc(test, struct utrace_syscall_filter);
	struct test_task *t = test_task(test, &payload_results);
	struct test_log *log = test_log(test);
	struct test_engine *e = test_engine_attach(test, log, t,
						   UTRACE_EVENT(SYSCALL_ENTRY));
	struct view *view;
	unsigned int seen;

	none->arch = ARCH_UTRACE_AUDIT;
	KUNIT_ASSERT_EQ(test, 0, test_set_calls(e, none));
	view = attach_view(test, t);
	test_task_go(t);
	KUNIT_ASSERT_TRUE(test, view_has(view, 10));
	KUNIT_EXPECT_EQ(test, 0, log->nr);

	set->arch = ARCH_UTRACE_AUDIT;
	utrace_filter_call(set, __NR_getuid);
	KUNIT_ASSERT_EQ(test, 0, test_set_calls(e, set));
	KUNIT_ASSERT_TRUE(test, test_engine_sees(e, EV(SYSCALL_ENTRY), 2));
	KUNIT_EXPECT_EQ(test, __NR_getuid, log->entries[0].value);
	KUNIT_EXPECT_EQ(test, __NR_getuid, log->entries[1].value);

	/* All again; now the two calls take turns. */
	KUNIT_ASSERT_EQ(test, 0, utrace_set_syscalls(e->engine, NULL));
	seen = READ_ONCE(log->nr);
	KUNIT_ASSERT_TRUE(test, test_engine_sees(e, EV(SYSCALL_ENTRY), seen + 4));
	if (seen + 4 <= TEST_LOG_MAX)
		KUNIT_EXPECT_NE(test, log->entries[seen + 2].value,
				log->entries[seen + 3].value);
}

/**
 * struct told - what utrace_syscall() has said of getppid at its entry and exit
 * @nr: number
 * @arch: architecture
 * @arg: first argument
 * @entries: reports of entries
 * @exits: reports of exits
 * @times: reports, of any call, with a time
 * @at: utrace_syscall.time
 * @now: when it was said
 */
struct told {
	long nr;
	u32 arch;
	unsigned long arg;
	unsigned int entries, exits, times;
	u64 at, now;
};

static enum utrace_action note_call(struct test_engine *e, unsigned int event,
				    enum utrace_action answer)
{
	const struct utrace_syscall *call = utrace_syscall(e->engine);
	struct told *told = e->private;

	if (event != EV(SYSCALL_ENTRY) && event != EV(SYSCALL_EXIT))
		return answer;
	if (call->time)
		told->times++;
	if (call->nr != __NR_getppid)
		return answer;
	told->nr = call->nr;
	told->arch = call->arch;
	told->arg = call->args[0];
	told->at = call->time;
	told->now = ktime_get_ns();
	if (event == EV(SYSCALL_ENTRY))
		told->entries++;
	else
		told->exits++;
	return answer;
}

static struct test_engine *attach_noter(struct kunit *test, struct test_task *t,
					unsigned long events,
					const struct utrace_syscall_filter *filter)
{
	struct test_engine *e = test_engine(test, test_log(test));

	e->private = test_alloc(test, struct told);
	e->on_event = note_call;
	KUNIT_ASSERT_EQ(test, 0, test_engine_attach_to(e, t->task, UTRACE_OBSERVER, 0));
	if (filter)
		KUNIT_ASSERT_EQ(test, 0, test_set_calls(e, filter));
	KUNIT_ASSERT_EQ(test, 0, utrace_set_events(e->engine, events));
	return e;
}

static void exit_alone_tells_of_the_call(struct kunit *test)
{
	struct utrace_syscall_filter *set = test_alloc(test, struct utrace_syscall_filter);
	struct test_task *t = test_task(test, &payload_calls);
	struct test_engine *e[2];
	int i;

	/* Alone in its events, and alone in the set. */
	set->arch = ARCH_UTRACE_AUDIT;
	__set_bit(__NR_getppid, set->exit);
	e[0] = attach_noter(test, t, UTRACE_EVENT(SYSCALL_EXIT), NULL);
	e[1] = attach_noter(test, t, UTRACE_EVENTS_SYSCALL, set);
	test_task_go(t);
	KUNIT_ASSERT_TRUE(test, test_task_dies(t));
	for (i = 0; i < 2; i++) {
		struct told *told = e[i]->private;

		KUNIT_EXPECT_EQ(test, 0, e[i]->seen[EV(SYSCALL_ENTRY)]);
		KUNIT_EXPECT_EQ(test, 1, told->exits);
		KUNIT_EXPECT_EQ(test, __NR_getppid, told->nr);
		KUNIT_EXPECT_EQ(test, ARCH_UTRACE_AUDIT, told->arch);
	}
	/* Three calls return. */
	KUNIT_EXPECT_EQ(test, 3, e[0]->seen[EV(SYSCALL_EXIT)]);
	KUNIT_EXPECT_EQ(test, 1, e[1]->seen[EV(SYSCALL_EXIT)]);
}

static void entries_and_exits_have_sets_of_their_own(struct kunit *test)
{
	struct utrace_syscall_filter *set = test_alloc(test, struct utrace_syscall_filter);
	struct test_task *t = test_task(test, &payload_calls);
	struct test_engine *e = test_observer(test, t, UTRACE_EVENTS_SYSCALL);

	set->arch = ARCH_UTRACE_AUDIT;
	__set_bit(__NR_getppid, set->entry);
	__set_bit(__NR_exit_group, set->entry);
	__set_bit(__NR_getpid, set->exit);
	KUNIT_ASSERT_EQ(test, 0, test_set_calls(e, set));
	test_task_go(t);
	KUNIT_ASSERT_TRUE(test, test_task_dies(t));
	KUNIT_EXPECT_EQ(test, 2, e->seen[EV(SYSCALL_ENTRY)]);
	KUNIT_EXPECT_EQ(test, __NR_getppid, e->log->entries[1].value);
	KUNIT_EXPECT_EQ(test, __NR_exit_group, e->log->entries[2].value);
	KUNIT_EXPECT_EQ(test, 1, e->seen[EV(SYSCALL_EXIT)]);
	KUNIT_EXPECT_EQ(test, EV(SYSCALL_EXIT), e->log->entries[0].event);
}

/* The exit has something to do although no engine wants a report of it. */
static void call_can_be_skipped_without_a_report_of_its_exit(struct kunit *test)
{
	struct utrace_syscall_filter *set = test_alloc(test, struct utrace_syscall_filter);
	static const long results[] = { -EACCES, 77 };
	struct test_task *t = test_task(test, &payload_results);
	struct view *view = attach_view(test, t);
	struct test_engine *e;

	e = attach_skipper(test, t, UTRACE_TRANSFORMER, results,
			   ARRAY_SIZE(results), UTRACE_RESUME);
	set->arch = ARCH_UTRACE_AUDIT;
	__set_bit(__NR_getppid, set->entry);
	KUNIT_ASSERT_EQ(test, 0, test_set_calls(e, set));
	test_task_go(t);
	KUNIT_ASSERT_TRUE(test, view_has(view, 3));
	KUNIT_EXPECT_EQ(test, 0, skipped(e));
	KUNIT_EXPECT_EQ(test, 0, e->seen[EV(SYSCALL_EXIT)]);
	KUNIT_EXPECT_EQ(test, -EACCES, view->results[0]);
	KUNIT_EXPECT_EQ(test, 77, view->results[1]);
	KUNIT_EXPECT_EQ(test, 2, view->results[2]);
}

static void time_of_entry_is_noted_for_those_who_ask(struct kunit *test)
{
	struct utrace_syscall_filter *set = test_alloc(test, struct utrace_syscall_filter);
	struct test_task *t = test_task(test, &payload_calls);
	u64 before = ktime_get_ns();
	struct test_engine *e, *all;
	struct told *told;

	set->arch = ARCH_UTRACE_AUDIT;
	set->times = true;
	__set_bit(__NR_getppid, set->exit);
	e = attach_noter(test, t, UTRACE_EVENT(SYSCALL_EXIT), set);
	all = attach_noter(test, t, UTRACE_EVENT(SYSCALL_EXIT), NULL);
	test_task_go(t);
	KUNIT_ASSERT_TRUE(test, test_task_dies(t));
	told = e->private;
	KUNIT_ASSERT_EQ(test, 1, told->exits);
	KUNIT_EXPECT_GT(test, told->at, before);
	KUNIT_EXPECT_LE(test, told->at, told->now);
	/* That of the call for which it was asked, and none of the others'. */
	KUNIT_EXPECT_EQ(test, 3, all->seen[EV(SYSCALL_EXIT)]);
	told = all->private;
	KUNIT_EXPECT_EQ(test, 1, told->times);
}

static void set_is_shared_and_goes_with_its_last_engine(struct kunit *test)
{
	const struct utrace_syscall_filter none = { .arch = ARCH_UTRACE_AUDIT };
	struct utrace_syscall_set *set = utrace_syscall_set_make(&none);
	struct test_task *t = test_task(test, &payload_calls);
	struct test_engine *a = test_observer(test, t, UTRACE_EVENTS_SYSCALL);
	struct test_engine *b = test_observer(test, t, UTRACE_EVENTS_SYSCALL);
	struct test_engine *c = test_observer(test, t, UTRACE_EVENTS_SYSCALL);

	KUNIT_ASSERT_NOT_NULL(test, set);
	KUNIT_EXPECT_EQ(test, 0, utrace_set_syscalls(a->engine, set));
	KUNIT_EXPECT_EQ(test, 0, utrace_set_syscalls(b->engine, set));
	KUNIT_EXPECT_EQ(test, 0, utrace_set_syscalls(c->engine, set));
	KUNIT_EXPECT_EQ(test, 4, refcount_read(&set->ref));
	/* The same again changes nothing. */
	KUNIT_EXPECT_EQ(test, 0, utrace_set_syscalls(c->engine, set));
	KUNIT_EXPECT_EQ(test, 4, refcount_read(&set->ref));
	/* Another set, a detach and the thread's death each give a reference back. */
	KUNIT_EXPECT_EQ(test, 0, utrace_set_syscalls(a->engine, NULL));
	KUNIT_EXPECT_EQ(test, 3, refcount_read(&set->ref));
	utrace_control(b->engine, UTRACE_DETACH);
	KUNIT_EXPECT_EQ(test, 2, refcount_read(&set->ref));
	test_task_go(t);
	KUNIT_EXPECT_TRUE(test, test_task_dies(t));
	KUNIT_EXPECT_EQ(test, 0, c->seen[EV(SYSCALL_ENTRY)]);
	KUNIT_EXPECT_TRUE(test, test_poll(refcount_read(&set->ref) == 1));
	utrace_syscall_set_put(set);
}

static void set_of_a_dead_thread_is_refused(struct kunit *test)
{
	struct test_task *t = test_task(test, &payload_calls);
	struct test_engine *e = test_observer(test, t, 0);

	test_task_go(t);
	KUNIT_ASSERT_TRUE(test, test_task_dies(t));
	KUNIT_EXPECT_EQ(test, -ESRCH, utrace_set_syscalls(e->engine, NULL));
}

static struct kunit_case utrace_order_cases[] = {
	KUNIT_CASE(entry_goes_inwards_the_rest_outwards),
	KUNIT_CASE(signals_and_stops_go_outwards),
	KUNIT_CASE(stop_orders_are_reported_outwards),
	KUNIT_CASE(next_engine_sees_registers_changed_in_a_stop),
	KUNIT_CASE(observer_sees_the_users_view_on_both_sides),
	KUNIT_CASE(skipped_call_has_the_given_result),
	KUNIT_CASE(skipped_call_is_reported_as_one),
	KUNIT_CASE(skipped_call_is_not_made),
	KUNIT_CASE(skip_survives_what_others_answer),
	KUNIT_CASE(skip_survives_a_stop_of_another),
	KUNIT_CASE(skip_survives_the_detach_of_who_asked_for_it),
	KUNIT_CASE(innermost_skip_counts),
	KUNIT_CASE(skip_is_for_entries_only),
	KUNIT_CASE(only_calls_in_the_set_are_reported),
	KUNIT_CASE(calls_without_a_place_in_the_set_are_others),
	KUNIT_CASE(set_can_change_while_the_thread_runs),
	KUNIT_CASE(exit_alone_tells_of_the_call),
	KUNIT_CASE(entries_and_exits_have_sets_of_their_own),
	KUNIT_CASE(call_can_be_skipped_without_a_report_of_its_exit),
	KUNIT_CASE(time_of_entry_is_noted_for_those_who_ask),
	KUNIT_CASE(set_is_shared_and_goes_with_its_last_engine),
	KUNIT_CASE(set_of_a_dead_thread_is_refused),
	{}
};

static struct kunit_suite utrace_order_suite = {
	.name = "utrace_order",
	.test_cases = utrace_order_cases,
};
kunit_test_suite(utrace_order_suite);
