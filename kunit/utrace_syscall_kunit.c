// SPDX-License-Identifier: GPL-2.0-only
/*
 * System calls that engines change: what user space finds in its registers, and
 * what the kernel makes of it, on every architecture the same
 */

#include <linux/err.h>
#include <uapi/linux/futex.h>
#include <linux/pid.h>
#include <linux/sched/task_stack.h>

#include <asm/syscall.h>
#include <asm/utrace.h>

#include "utrace_user.h"

/*
 * The call: each of its arguments, if it is another, makes it fail in a way of
 * its own, or nearly so.  As it is, it returns 0.
 */
#define WORD		(P_DATA + 128)
#define ARG0		0x10100080	/* WORD; for the assembler, which takes no sum */
#define ARG1		132		/* FUTEX_CMP_REQUEUE | FUTEX_PRIVATE_FLAG */
#define ARG4		0x10100088

/* Those with 64-bit times, which every kernel has, on every 32-bit machine. */
#define COMPAT_NR_FUTEX		422
#define COMPAT_NR_PPOLL		414

static_assert(ARG0 == WORD);
static_assert(ARG1 == (FUTEX_CMP_REQUEUE | FUTEX_PRIVATE_FLAG));

/* What the program writes at P_DATA after each call, the last thing first. */
struct after {
	u64 rounds;
	s64 result;
	u64 args[6];
	u64 nr;
};

/* The first one's may have the result. */
#define P_STORE_AFTER_ARGS						\
	P_STORE_ARG(1, 24) P_STORE_ARG(2, 32) P_STORE_ARG(3, 40)	\
	P_STORE_ARG(4, 48) P_STORE_ARG(5, 56)

LOCAL_PAYLOAD(payload_futex,
	"1:\n"
	P_ARG(0, ARG0) P_ARG(1, ARG1) P_ARG(2, 0) P_ARG(3, 0)
	P_ARG(4, ARG4) P_ARG(5, 0) P_CALL(__NR_futex)
	P_STORE_RESULT(8) P_STORE_AFTER_ARGS P_STORE_NR(64) P_COUNT(0)
	P_JUMP(1b));

#ifdef P_ALT_CALL
LOCAL_PAYLOAD(payload_futex_alt,
	"1:\n"
	P_ALT_ARG(0, ARG0) P_ALT_ARG(1, ARG1) P_ALT_ARG(2, 0) P_ALT_ARG(3, 0)
	P_ALT_ARG(4, ARG4) P_ALT_ARG(5, 0) P_ALT_CALL(P_ALT_NR(futex))
	P_ALT_STORE_RESULT(8)
	P_ALT_STORE_ARG(1, 24) P_ALT_STORE_ARG(2, 32) P_ALT_STORE_ARG(3, 40)
	P_ALT_STORE_ARG(4, 48) P_ALT_STORE_ARG(5, 56) P_COUNT(0)
	P_JUMP(1b));
#endif

#ifdef P_COMPAT_MACHINE
LOCAL_COMPAT_PAYLOAD(payload_futex_compat,
	P_COMPAT_BASE
	"1:\n"
	P_COMPAT_ARG(0, ARG0) P_COMPAT_ARG(1, ARG1) P_COMPAT_ARG(2, 0)
	P_COMPAT_ARG(3, 0) P_COMPAT_ARG(4, ARG4) P_COMPAT_ARG(5, 0)
	P_COMPAT_CALL(COMPAT_NR_FUTEX)
	P_COMPAT_STORE_ARG(1, 24) P_COMPAT_STORE_ARG(2, 32)
	P_COMPAT_STORE_ARG(3, 40) P_COMPAT_STORE_ARG(4, 48)
	P_COMPAT_STORE_ARG(5, 56) P_COMPAT_STORE_RESULT(8) P_COMPAT_COUNT(0)
	P_COMPAT_JUMP(1b));
#endif

/**
 * struct way - a way to make a system call
 * @name: for people
 * @program: the one above that takes it
 * @arch: AUDIT_ARCH_* of its numbers
 * @futex: the number of that call
 * @getpid: likewise
 * @ppoll: likewise
 * @narrow: arguments and results have 32 bits
 */
struct way {
	const char *name;
	const struct utrace_payload *program;
	u32 arch;
	long futex, getpid, ppoll;
	bool narrow;
};

static const struct way ways[] = {
	{ "native", &payload_futex, ARCH_UTRACE_AUDIT,
	  __NR_futex, __NR_getpid, __NR_ppoll },
#ifdef P_ALT_CALL
	{ P_ALT_NAME, &payload_futex_alt, P_ALT_ARCH, P_ALT_NR(futex),
	  P_ALT_NR(getpid), P_ALT_NR(ppoll), P_ALT_NARROW },
#endif
#ifdef P_COMPAT_MACHINE
	{ "compat", &payload_futex_compat, P_COMPAT_ARCH, COMPAT_NR_FUTEX,
	  P_COMPAT_NR_GETPID, COMPAT_NR_PPOLL, true },
#endif
};

KUNIT_ARRAY_PARAM_DESC(ways, ways, name);

static struct test_task *way_task(struct kunit *test)
{
	const struct way *way = test->param_value;

#ifdef P_ALT_CALL
	if (way->program == &payload_futex_alt && !test_has_alt_call())
		kunit_skip(test, "this CPU does not have it");
#endif
	return test_task_counting(test, way->program);
}

/* What the program can see of @value. */
static long seen(struct kunit *test, long value)
{
	const struct way *way = test->param_value;

	return way->narrow ? (s32)value : value;
}

static const unsigned long futex_args[6] = { ARG0, ARG1, 0, 0, ARG4, 0 };

/* What is in a register of it. */
static u64 wide(struct kunit *test, u64 value)
{
	const struct way *way = test->param_value;

	return way->narrow ? (u32)value : value;
}

/* With a handler, whose return leaves the interrupted registers as they were. */
LOCAL_PAYLOAD(payload_interrupted,
	P_SIGACTION(SIGUSR1, 8f)
	P_ARG(0, 10) P_ARG(1, 11) P_ARG(2, 12) P_ARG(3, 13) P_ARG(4, 14)
	P_ARG(5, 15)
	"1:\n"
	P_STORE_AFTER_ARGS P_COUNT(0)
	P_JUMP(1b)
	"2:\n"
	P_COUNT(256)
	P_SIGRETURN
	P_HANDLER(8, 2b));

LOCAL_PAYLOAD(payload_first_call,
	P_CALL(__NR_getppid)
	"1:\n"
	P_JUMP(1b));

/**
 * struct change - what an engine does to calls of one number
 * @nr: which calls
 * @on: it does
 * @call: what is made instead of it
 * @flags: for utrace_syscall_rewrite()
 * @set: @call counts
 * @skip: no call is made, and its result is @result
 * @result: of the call
 * @set_result: @result counts
 * @restarts: how often each call is made again
 * @ret: of the last call that an engine made at entry
 * @exit_ret: ... at exit
 * @again: how often it was made again so far
 * @entries: of such calls, all of them
 * @other: their entries that had other arguments than futex_args
 * @returned: what utrace_syscall_result() said last
 */
struct change {
	long nr;
	bool on;
	struct utrace_syscall call;
	unsigned int flags;
	bool set;
	bool skip;
	long result;
	bool set_result;
	unsigned int restarts;
	int ret;
	int exit_ret;
	unsigned int again;
	unsigned int entries;
	unsigned int other;
	long returned;
};

/* From now on @c counts, with all that was written to it before. */
static void switch_on(struct change *c)
{
	smp_store_release(&c->on, true);	/* pairs with is_on() */
}

static bool is_on(struct change *c)
{
	return smp_load_acquire(&c->on);	/* pairs with switch_on() */
}

static enum utrace_action change_call(struct test_engine *e, unsigned int event,
				      enum utrace_action answer)
{
	const struct utrace_syscall *call = utrace_syscall(e->engine);
	struct change *c = e->private;

	if (event == EV(SYSCALL_ENTRY)) {
		if (call->nr != c->nr)
			return answer;
		c->entries++;
		c->other += !!memcmp(call->args, futex_args, sizeof(futex_args));
		if (is_on(c) && c->set)
			c->ret = utrace_syscall_rewrite(e->engine, &c->call, c->flags);
		if (c->skip)
			c->ret = utrace_syscall_skip(e->engine, c->result);
	} else if (event == EV(SYSCALL_EXIT) && call->nr == c->nr) {
		if (is_on(c)) {
			c->exit_ret = utrace_syscall_result(e->engine, &c->returned);
			if (c->set_result)
				c->exit_ret = utrace_syscall_set_result(e->engine,
									c->result);
		}
		if (c->again < c->restarts) {
			c->again++;
			c->exit_ret = utrace_syscall_restart(e->engine);
		} else {
			c->again = 0;
		}
	}
	return answer;
}

static struct test_engine *attach_changer(struct kunit *test, struct test_task *t,
					  long nr)
{
	struct change *c = test_alloc(test, struct change);
	struct test_engine *e = test_engine(test, test_log(test));
	const struct way *way = test->param_value;

	c->nr = nr;
	c->call.nr = nr;
	c->call.arch = way ? way->arch : ARCH_UTRACE_AUDIT;
	memcpy(c->call.args, futex_args, sizeof(futex_args));
	e->private = c;
	e->on_event = change_call;
	KUNIT_ASSERT_EQ(test, 0, test_engine_attach_to(e, t->task, UTRACE_TRANSFORMER,
				UTRACE_EVENTS_SYSCALL | UTRACE_EVENT(QUIESCE)));
	return e;
}

static u64 rounds(struct test_task *t)
{
	u64 n = 0;

	test_task_read(t->task, P_DATA, &n, sizeof(n));
	return n;
}

/* What the program found after a call that began after this one. */
static struct after after_next(struct kunit *test, struct test_task *t)
{
	u64 start = rounds(t);
	struct after after = {};

	KUNIT_EXPECT_TRUE(test, test_poll(rounds(t) >= start + 2));
	KUNIT_EXPECT_EQ(test, 0, test_task_read(t->task, P_DATA, &after,
						sizeof(after)));
	return after;
}

/* The same, with @c in force. */
static struct after after_change(struct kunit *test, struct test_task *t,
				 struct change *c)
{
	struct after after;

	c->ret = 1;
	c->exit_ret = 1;
	switch_on(c);
	after = after_next(test, t);
	WRITE_ONCE(c->on, false);
	if (c->set)
		KUNIT_EXPECT_EQ(test, 0, c->ret);
	KUNIT_EXPECT_EQ(test, 0, c->exit_ret);
	/* The next change must not find a call half done. */
	after_next(test, t);
	return after;
}

static void every_argument_is_the_one_used(struct kunit *test)
{
	const struct way *way = test->param_value;
	static const struct {
		unsigned long value;
		long result;
	} wrong[6] = {
		{ WORD + 1, -EINVAL },
		{ 99, -ENOSYS },
		{ -1UL, -EINVAL },
		{ -1UL, -EINVAL },
		{ WORD + 9, -EINVAL },
		{ 1, -EAGAIN },
	};
	struct test_task *t = way_task(test);
	struct change *c = attach_changer(test, t, way->futex)->private;
	struct after after = after_next(test, t);
	int i;

	KUNIT_EXPECT_EQ(test, 0, after.result);
	c->set = true;
	for (i = 0; i < 6; i++) {
		c->call.args[i] = wrong[i].value;
		after = after_change(test, t, c);
		KUNIT_EXPECT_EQ_MSG(test, wrong[i].result, after.result,
				    "argument %d", i);
		c->call.args[i] = futex_args[i];
	}
	after = after_change(test, t, c);
	KUNIT_EXPECT_EQ(test, 0, after.result);
}

/* All are other than before, and one of them makes the call fail. */
static void change_all(struct change *c)
{
	int i;

	c->set = true;
	for (i = 0; i < 6; i++)
		c->call.args[i] = 0x1111111111UL * (i + 1);
}

/* What the program finds in their registers, if @flags say what becomes of them. */
static void expect_args(struct kunit *test, unsigned int flags)
{
	const struct way *way = test->param_value;
	struct test_task *t = way_task(test);
	struct change *c = attach_changer(test, t, way->futex)->private;
	struct after after;
	int i;

	change_all(c);
	c->flags = flags;
	after = after_change(test, t, c);
	KUNIT_EXPECT_EQ(test, -ENOSYS, after.result);
	for (i = 1; i < 6; i++)
		KUNIT_EXPECT_EQ_MSG(test, flags & UTRACE_SYSCALL_RESTORE ?
					  futex_args[i] : wide(test, c->call.args[i]),
				    after.args[i], "argument %d", i);
}

static void arguments_stay_as_they_were_set(struct kunit *test)
{
	expect_args(test, 0);
}

static void arguments_are_restored_if_asked(struct kunit *test)
{
	expect_args(test, UTRACE_SYSCALL_RESTORE);
}

static void another_number_is_the_call_that_is_made(struct kunit *test)
{
	const struct way *way = test->param_value;
	struct test_task *t = way_task(test);
	struct change *c = attach_changer(test, t, way->futex)->private;
	struct after after;

	c->set = true;
	c->call.nr = way->getpid;
	after = after_change(test, t, c);
	KUNIT_EXPECT_EQ(test, task_tgid_vnr(t->task), after.result);
	KUNIT_EXPECT_EQ(test, task_tgid_vnr(t->task), c->returned);
	if (P_NR_IS_KEPT && way == ways)
		KUNIT_EXPECT_EQ(test, way->futex, after.nr);
	after = after_next(test, t);
	KUNIT_EXPECT_EQ(test, 0, after.result);
}

static void numbers_of_no_call_fail(struct kunit *test)
{
	const struct way *way = test->param_value;
	static const long numbers[] = { -1, -2, 9999, 0x7fffffff };
	struct test_task *t = way_task(test);
	struct change *c = attach_changer(test, t, way->futex)->private;
	struct after after;
	int i;

	c->set = true;
	for (i = 0; i < ARRAY_SIZE(numbers); i++) {
		c->call.nr = numbers[i];
		after = after_change(test, t, c);
		KUNIT_EXPECT_EQ_MSG(test, -ENOSYS, after.result, "number %ld",
				    numbers[i]);
		KUNIT_EXPECT_EQ(test, -ENOSYS, c->returned);
		if (P_NR_IS_KEPT && way == ways)
			KUNIT_EXPECT_EQ(test, way->futex, after.nr);
	}
}

static void result_can_be_changed_at_exit(struct kunit *test)
{
	const struct way *way = test->param_value;
	static const long results[] = {
		1, 4242, -EPERM, -4095, -4096, 0x123456789aL, LONG_MAX, 0,
	};
	struct test_task *t = way_task(test);
	struct change *c = attach_changer(test, t, way->futex)->private;
	struct after after;
	int i;

	c->set_result = true;
	for (i = 0; i < ARRAY_SIZE(results); i++) {
		c->result = results[i];
		after = after_change(test, t, c);
		KUNIT_EXPECT_EQ(test, seen(test, results[i]), after.result);
		KUNIT_EXPECT_EQ(test, 0, c->returned);
	}
	/* An error becomes a success, too. */
	c->set = true;
	c->call.args[5] = 1;
	c->result = 7;
	after = after_change(test, t, c);
	KUNIT_EXPECT_EQ(test, -EAGAIN, c->returned);
	KUNIT_EXPECT_EQ(test, 7, after.result);
}

static void call_can_be_made_once_more(struct kunit *test)
{
	const struct way *way = test->param_value;
	struct test_task *t = way_task(test);
	struct change *c = attach_changer(test, t, way->futex)->private;
	unsigned int entries;
	struct after after;
	u64 start;

	change_all(c);
	c->restarts = 2;
	after = after_change(test, t, c);
	KUNIT_EXPECT_EQ(test, -ENOSYS, after.result);

	start = rounds(t);
	entries = c->entries;
	KUNIT_EXPECT_TRUE(test, test_poll(rounds(t) >= start + 20));
	/* One may be under way at each end. */
	KUNIT_EXPECT_GE(test, c->entries - entries, 3 * 19);
	/* Whatever was made of it, it is always the program's own. */
	KUNIT_EXPECT_EQ(test, 0, c->other);
	KUNIT_EXPECT_EQ(test, 0, after_next(test, t).result);
}

static void interrupted_call_is_the_programs_own_again(struct kunit *test)
{
	const struct way *way = test->param_value;
	struct test_task *t = way_task(test);
	struct test_engine *e = attach_changer(test, t, way->futex);
	struct change *c = e->private;
	struct after after;
	unsigned int entries;
	int i;

	/* It waits without end. */
	c->set = true;
	c->call.nr = way->ppoll;
	memset(c->call.args, 0, sizeof(c->call.args));
	c->ret = 1;
	switch_on(c);
	KUNIT_ASSERT_TRUE(test, test_task_in_state(t, TASK_INTERRUPTIBLE));
	KUNIT_EXPECT_EQ(test, 0, c->ret);
	WRITE_ONCE(c->on, false);
	entries = c->entries;
	after = (struct after){};

	KUNIT_ASSERT_EQ(test, 0, utrace_control(e->engine, UTRACE_INTERRUPT));
	after = after_next(test, t);
	KUNIT_EXPECT_EQ(test, 0, after.result);
	for (i = 1; i < 6; i++)
		KUNIT_EXPECT_EQ(test, futex_args[i], after.args[i]);
	KUNIT_EXPECT_GT(test, c->entries, entries);
	KUNIT_EXPECT_EQ(test, 0, c->other);
}

static void change_outlives_who_made_it(struct kunit *test)
{
	const struct way *way = test->param_value;
	struct test_task *t = way_task(test);
	struct test_engine *e = attach_changer(test, t, way->futex);
	struct test_engine *o = test_observer(test, t, UTRACE_EVENTS_SYSCALL);
	struct change *c = e->private;
	struct after after = {};
	unsigned int entries;
	int i;

	o->answer[EV(SYSCALL_EXIT)] = UTRACE_STOP;
	KUNIT_ASSERT_TRUE(test, test_engine_stops(o, t, EV(SYSCALL_EXIT), 1));
	change_all(c);
	c->call.nr = way->getpid;
	c->flags = UTRACE_SYSCALL_RESTORE;
	e->answer[EV(SYSCALL_ENTRY)] = UTRACE_DETACH;
	switch_on(c);
	KUNIT_ASSERT_EQ(test, 0, utrace_control(o->engine, UTRACE_RESUME));
	KUNIT_ASSERT_TRUE(test, test_engine_stops(o, t, EV(SYSCALL_EXIT), 2));
	/* Gone; and the program has not seen anything of it yet. */
	KUNIT_EXPECT_EQ(test, -ESRCH, utrace_control(e->engine, UTRACE_RESUME));
	o->answer[EV(SYSCALL_EXIT)] = UTRACE_RESUME;
	o->answer[EV(SYSCALL_ENTRY)] = UTRACE_STOP;
	entries = o->seen[EV(SYSCALL_ENTRY)];
	KUNIT_ASSERT_EQ(test, 0, utrace_control(o->engine, UTRACE_RESUME));
	KUNIT_ASSERT_TRUE(test, test_engine_stops(o, t, EV(SYSCALL_ENTRY), entries + 1));
	KUNIT_ASSERT_EQ(test, 0, test_task_read(t->task, P_DATA, &after,
						sizeof(after)));
	KUNIT_EXPECT_EQ(test, task_tgid_vnr(t->task), after.result);
	for (i = 1; i < 6; i++)
		KUNIT_EXPECT_EQ(test, futex_args[i], after.args[i]);
	KUNIT_EXPECT_EQ(test, 0, utrace_control(o->engine, UTRACE_DETACH));
	KUNIT_EXPECT_EQ(test, 0, after_next(test, t).result);
}

static void call_can_be_changed_while_it_is_held(struct kunit *test)
{
	const struct way *way = test->param_value;
	struct test_task *t = way_task(test);
	struct test_engine *e = test_engine(test, test_log(test));
	struct utrace_syscall call = { .nr = way->getpid, .arch = way->arch };
	long result = 0;

	e->answer[EV(SYSCALL_ENTRY)] = UTRACE_STOP;
	e->answer[EV(SYSCALL_EXIT)] = UTRACE_STOP;
	KUNIT_ASSERT_EQ(test, 0, test_engine_attach_to(e, t->task, UTRACE_TRANSFORMER,
						       UTRACE_EVENTS_SYSCALL));
	KUNIT_ASSERT_TRUE(test, test_engine_stops(e, t, EV(SYSCALL_ENTRY), 1));
	KUNIT_EXPECT_EQ(test, -EBUSY, utrace_syscall_rewrite(e->engine, &call, 0));
	KUNIT_ASSERT_EQ(test, 0, utrace_prepare_examine(e->engine));
	KUNIT_EXPECT_EQ(test, 0, utrace_syscall_rewrite(e->engine, &call, 0));
	/* Not its phase. */
	KUNIT_EXPECT_EQ(test, -EINVAL, utrace_syscall_result(e->engine, &result));
	KUNIT_EXPECT_EQ(test, -EINVAL, utrace_syscall_set_result(e->engine, 1));
	KUNIT_EXPECT_EQ(test, -EINVAL, utrace_syscall_restart(e->engine));
	utrace_finish_examine(e->engine);
	KUNIT_ASSERT_EQ(test, 0, utrace_control(e->engine, UTRACE_RESUME));

	KUNIT_ASSERT_TRUE(test, test_engine_stops(e, t, EV(SYSCALL_EXIT), 1));
	KUNIT_EXPECT_EQ(test, -EBUSY, utrace_syscall_set_result(e->engine, 1));
	KUNIT_EXPECT_EQ(test, -EBUSY, utrace_syscall_restart(e->engine));
	KUNIT_ASSERT_EQ(test, 0, utrace_prepare_examine(e->engine));
	KUNIT_EXPECT_EQ(test, 0, utrace_syscall_result(e->engine, &result));
	KUNIT_EXPECT_EQ(test, task_tgid_vnr(t->task), result);
	KUNIT_EXPECT_EQ(test, -EINVAL, utrace_syscall_rewrite(e->engine, &call, 0));
	KUNIT_EXPECT_EQ(test, 0, utrace_syscall_restart(e->engine));
	/* It may think better of it, and of that again. */
	KUNIT_EXPECT_EQ(test, 0, utrace_syscall_set_result(e->engine, 1));
	KUNIT_EXPECT_EQ(test, 0, utrace_syscall_restart(e->engine));
	utrace_finish_examine(e->engine);
	KUNIT_ASSERT_EQ(test, 0, utrace_control(e->engine, UTRACE_RESUME));

	KUNIT_ASSERT_TRUE(test, test_engine_stops(e, t, EV(SYSCALL_ENTRY), 2));
	KUNIT_EXPECT_EQ(test, way->futex, utrace_syscall(e->engine)->nr);
	KUNIT_ASSERT_EQ(test, 0, utrace_control(e->engine, UTRACE_RESUME));
	KUNIT_ASSERT_TRUE(test, test_engine_stops(e, t, EV(SYSCALL_EXIT), 2));
	KUNIT_ASSERT_EQ(test, 0, utrace_prepare_examine(e->engine));
	KUNIT_EXPECT_EQ(test, 0, utrace_syscall_set_result(e->engine, -EXDEV));
	utrace_finish_examine(e->engine);
	KUNIT_ASSERT_EQ(test, 0, utrace_control(e->engine, UTRACE_RESUME));

	KUNIT_ASSERT_TRUE(test, test_engine_stops(e, t, EV(SYSCALL_ENTRY), 3));
	KUNIT_ASSERT_EQ(test, 0, test_task_read(t->task, P_DATA + 8, &result,
						sizeof(result)));
	KUNIT_EXPECT_EQ(test, -EXDEV, result);
}

/* A set of native numbers says nothing about calls of another architecture. */
static void native_set_does_not_match_other_calls(struct kunit *test)
{
	const struct way *way = test->param_value;
	struct test_engine *e = test_engine(test, test_log(test));
	struct utrace_syscall_filter *set = test_alloc(test, struct utrace_syscall_filter);
	struct test_task *t;

	if (way->arch == ARCH_UTRACE_AUDIT)
		kunit_skip(test, "these are native numbers");
	t = way_task(test);
	set->arch = ARCH_UTRACE_AUDIT;
	bitmap_fill(set->entry, UTRACE_SYSCALL_MAX);
	bitmap_fill(set->exit, UTRACE_SYSCALL_MAX);
	KUNIT_ASSERT_EQ(test, 0, test_engine_attach_to(e, t->task, UTRACE_OBSERVER, 0));
	KUNIT_ASSERT_EQ(test, 0, test_set_calls(e, set));
	KUNIT_ASSERT_EQ(test, 0, utrace_set_events(e->engine, UTRACE_EVENTS_SYSCALL));
	after_next(test, t);
	after_next(test, t);
	KUNIT_EXPECT_EQ(test, 0, e->seen[EV(SYSCALL_ENTRY)]);

	/* Beside an empty set, they are among the others. */
	bitmap_zero(set->entry, UTRACE_SYSCALL_MAX);
	bitmap_zero(set->exit, UTRACE_SYSCALL_MAX);
	set->other_entries = true;
	KUNIT_ASSERT_EQ(test, 0, test_set_calls(e, set));
	KUNIT_EXPECT_TRUE(test, test_engine_sees(e, EV(SYSCALL_ENTRY), 2));
	KUNIT_EXPECT_EQ(test, way->arch, utrace_syscall(e->engine)->arch);
}

static void wrong_changes_are_refused(struct kunit *test)
{
	struct test_task *t = test_task_counting(test, &payload_futex);
	struct test_engine *e = test_engine(test, test_log(test));
	struct utrace_syscall call = { .nr = __NR_getpid,
				       .arch = ARCH_UTRACE_AUDIT ^ 0xff };

	e->answer[EV(SYSCALL_ENTRY)] = UTRACE_STOP;
	KUNIT_ASSERT_EQ(test, 0, test_engine_attach_to(e, t->task, UTRACE_TRANSFORMER,
						       UTRACE_EVENT(SYSCALL_ENTRY)));
	KUNIT_ASSERT_TRUE(test, test_engine_stops(e, t, EV(SYSCALL_ENTRY), 1));
	KUNIT_ASSERT_EQ(test, 0, utrace_prepare_examine(e->engine));
	KUNIT_EXPECT_EQ(test, -EINVAL, utrace_syscall_rewrite(e->engine, &call, 0));
	call.arch = ARCH_UTRACE_AUDIT;
	KUNIT_EXPECT_EQ(test, -EINVAL, utrace_syscall_rewrite(e->engine, &call, 2));
	utrace_finish_examine(e->engine);
	KUNIT_EXPECT_EQ(test, 0, utrace_control(e->engine, UTRACE_DETACH));
	KUNIT_EXPECT_EQ(test, -ESRCH, utrace_syscall_rewrite(e->engine, &call, 0));
	KUNIT_EXPECT_EQ(test, -ESRCH, utrace_syscall_restart(e->engine));
	KUNIT_EXPECT_EQ(test, 0, after_next(test, t).result);

	/* Somewhere else than in a call. */
	e = test_observer(test, t, UTRACE_EVENT(QUIESCE));
	test_engine_hold(test, t, e);
	KUNIT_ASSERT_EQ(test, 0, utrace_prepare_examine(e->engine));
	KUNIT_EXPECT_EQ(test, -EINVAL, utrace_syscall_rewrite(e->engine, &call, 0));
	KUNIT_EXPECT_EQ(test, -EINVAL, utrace_syscall_set_result(e->engine, 0));
	utrace_finish_examine(e->engine);
}

static void return_from_a_handler_restores_everything(struct kunit *test)
{
	struct test_task *t = test_task_counting(test, &payload_interrupted);
	struct change *c = attach_changer(test, t, __NR_rt_sigreturn)->private;
	struct after after;
	int i, round;

	for (round = 0; round < 3; round++) {
		memset(c, 0, sizeof(*c));
		c->nr = __NR_rt_sigreturn;
		c->call.nr = c->nr;
		c->call.arch = ARCH_UTRACE_AUDIT;
		c->set = true;
		c->ret = 1;
		c->exit_ret = 1;
		c->flags = UTRACE_SYSCALL_RESTORE;
		c->set_result = round == 1;
		c->restarts = round == 2 ? UINT_MAX : 0;
		switch_on(c);
		KUNIT_ASSERT_EQ(test, 0, test_kill(t->task, SIGUSR1));
		KUNIT_ASSERT_TRUE(test, test_poll(READ_ONCE(c->exit_ret) != 1));
		/* There is no result to change, and nothing to make again. */
		KUNIT_EXPECT_EQ(test, round ? -EINVAL : 0, c->exit_ret);
		KUNIT_EXPECT_EQ(test, 0, c->ret);
		after = after_next(test, t);
		for (i = 1; i < 6; i++)
			KUNIT_EXPECT_EQ(test, 10 + i, after.args[i]);
	}
}

static void call_says_where_it_was_made(struct kunit *test)
{
	struct test_task *t = test_task(test, &payload_first_call);
	struct test_engine *e = test_observer(test, t, UTRACE_EVENT(SYSCALL_ENTRY));
	const struct utrace_syscall *call;

	e->answer[EV(SYSCALL_ENTRY)] = UTRACE_STOP;
	test_task_go(t);
	KUNIT_ASSERT_TRUE(test, test_engine_stops(e, t, EV(SYSCALL_ENTRY), 1));
	call = utrace_syscall(e->engine);
	KUNIT_EXPECT_EQ(test, __NR_getppid, call->nr);
	KUNIT_EXPECT_EQ(test, ARCH_UTRACE_AUDIT, call->arch);
	KUNIT_EXPECT_EQ(test, P_ENTRY + P_SET_NR_SIZE + P_SYSCALL_SIZE, call->ip);
	KUNIT_EXPECT_GT(test, user_stack_pointer(e->regs), P_DATA);
}

/*
 * Seccomp, which comes after engines
 */

/* A program whose thread, with an engine, is about to make @call. */
static struct test_engine *filtered(struct kunit *test, const char *call, long nr,
				    struct test_task **program,
				    struct test_task **thread)
{
	char scenario[32];
	struct test_engine *e;

	snprintf(scenario, sizeof(scenario), "seccomp %s", call);
	*program = test_user(test, scenario);
	KUNIT_ASSERT_TRUE(test, test_user_at(*program, "filtered"));
	*thread = test_user_find(test, *program, "thread");
	e = attach_changer(test, *thread, nr);
	switch_on(e->private);
	return e;
}

static void thread_killed_by_seccomp_tells_its_exit(struct kunit *test)
{
	struct test_task *program, *thread;
	struct test_engine *o;

	filtered(test, "getppid", 0, &program, &thread);
	o = test_observer(test, thread, UTRACE_EVENTS_SYSCALL |
			  UTRACE_EVENT(SIGNAL_CORE) | UTRACE_EVENT(EXIT) |
			  UTRACE_EVENT(DEATH));
	o->answer[EV(EXIT)] = UTRACE_STOP;
	test_user_pass(program, "filtered");
	KUNIT_ASSERT_TRUE(test, test_engine_stops(o, thread, EV(EXIT), 1));
	KUNIT_EXPECT_EQ(test, __NR_getppid, utrace_syscall(o->engine)->nr);
	KUNIT_EXPECT_EQ(test, SIGSYS, o->log->entries[o->log->nr - 1].value);
	/* Nothing is left of the call. */
	KUNIT_EXPECT_EQ(test, -EINVAL, utrace_syscall_skip(o->engine, 0));
	KUNIT_EXPECT_EQ(test, -EINVAL, utrace_syscall_restart(o->engine));
	KUNIT_ASSERT_EQ(test, 0, utrace_control(o->engine, UTRACE_RESUME));
	KUNIT_ASSERT_TRUE(test, test_engine_sees(o, EV(DEATH), 1));
	KUNIT_EXPECT_EQ(test, 0, o->seen[EV(SIGNAL_CORE)]);
	test_user_pass(program, "done");
	KUNIT_EXPECT_TRUE(test, test_user_succeeds(test, program));
}

static void expect_survives(struct kunit *test, struct test_task *program,
			    long result)
{
	char text[24];

	snprintf(text, sizeof(text), "%ld", result);
	test_user_pass(program, "filtered");
	KUNIT_ASSERT_TRUE(test, test_user_at(program, "survived"));
	KUNIT_EXPECT_STREQ(test, text, test_user_text(test, program, "result"));
	test_user_pass(program, "done");
	KUNIT_EXPECT_TRUE(test, test_user_succeeds(test, program));
}

static void seccomp_does_not_see_a_skipped_call(struct kunit *test)
{
	struct test_task *program, *thread;
	struct change *c;

	c = filtered(test, "getppid", __NR_getppid, &program, &thread)->private;
	c->skip = true;
	c->result = 77;
	expect_survives(test, program, 77);
}

static void seccomp_judges_the_call_that_is_made(struct kunit *test)
{
	struct test_task *program, *thread;
	struct test_engine *e;
	struct change *c;

	c = filtered(test, "getppid", __NR_getppid, &program, &thread)->private;
	c->call.nr = __NR_getpid;
	c->set = true;
	expect_survives(test, program, task_tgid_vnr(program->task));

	e = filtered(test, "getuid", __NR_getuid, &program, &thread);
	c = e->private;
	c->call.nr = __NR_getppid;
	c->set = true;
	test_user_pass(program, "filtered");
	KUNIT_EXPECT_TRUE(test, test_poll(READ_ONCE(thread->task->exit_state)));
	KUNIT_EXPECT_EQ(test, SIGSYS, thread->task->exit_code);
	test_user_pass(program, "done");
	KUNIT_EXPECT_TRUE(test, test_user_succeeds(test, program));
}

static struct kunit_case utrace_syscall_cases[] = {
	KUNIT_CASE_PARAM(every_argument_is_the_one_used, ways_gen_params),
	KUNIT_CASE_PARAM(arguments_stay_as_they_were_set, ways_gen_params),
	KUNIT_CASE_PARAM(arguments_are_restored_if_asked, ways_gen_params),
	KUNIT_CASE_PARAM(another_number_is_the_call_that_is_made, ways_gen_params),
	KUNIT_CASE_PARAM(numbers_of_no_call_fail, ways_gen_params),
	KUNIT_CASE_PARAM(result_can_be_changed_at_exit, ways_gen_params),
	KUNIT_CASE_PARAM(call_can_be_made_once_more, ways_gen_params),
	KUNIT_CASE_PARAM(interrupted_call_is_the_programs_own_again, ways_gen_params),
	KUNIT_CASE_PARAM(change_outlives_who_made_it, ways_gen_params),
	KUNIT_CASE_PARAM(call_can_be_changed_while_it_is_held, ways_gen_params),
	KUNIT_CASE_PARAM(native_set_does_not_match_other_calls, ways_gen_params),
	KUNIT_CASE(wrong_changes_are_refused),
	KUNIT_CASE(return_from_a_handler_restores_everything),
	KUNIT_CASE(call_says_where_it_was_made),
	KUNIT_CASE(thread_killed_by_seccomp_tells_its_exit),
	KUNIT_CASE(seccomp_does_not_see_a_skipped_call),
	KUNIT_CASE(seccomp_judges_the_call_that_is_made),
	{}
};

static struct kunit_suite utrace_syscall_suite = {
	.name = "utrace_syscall",
	.test_cases = utrace_syscall_cases,
};
kunit_test_suite(utrace_syscall_suite);
