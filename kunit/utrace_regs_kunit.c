// SPDX-License-Identifier: GPL-2.0-only
/*
 * Registers that are written while an engine holds the thread are what the program
 * goes on with, wherever it is held
 */

#include <linux/elf.h>
#include <linux/regset.h>
#include <linux/sched/task_stack.h>
#include <linux/user_regset.h>

#include "utrace_task.h"

#define P_TELL								\
	P_STORE_REGS							\
	P_STORE_FP(0, 1024) P_STORE_FP(1, 1032) P_STORE_LAST_FP(1040)	\
	P_COUNT(0)

/* The program begins by telling what it finds in its registers. */
LOCAL_PAYLOAD(payload_tell,
	P_TELL
	P_SIGACTION(SIGUSR1, 8f)
	P_COUNT(8)
	"1:\n"
	P_JUMP(1b)
	"2:\n"
	P_JUMP(2b)
	P_HANDLER(8, 2b));

/* And this one when it has made a system call. */
LOCAL_PAYLOAD(payload_tell_after_call,
	"1:\n"
	P_CALL(__NR_getppid)
	P_TELL
	P_JUMP(1b));

#define REGS_MAX	48
#define FPS		3

static const int fp_numbers[FPS] = { 0, 1, P_LAST_FP };

static u64 reg_value(int i)
{
	/* Any of them may be used as an address, if only by mistake. */
	return 0x7f0000000000UL + 0x101010UL * (i + 1);
}

static u64 fp_value(int i)
{
	return 0x4009000000000000UL + 0x123456789UL * (i + 1);
}

static const struct user_regset *find_regset(struct task_struct *task,
					     unsigned int type)
{
	const struct user_regset_view *view = regset_task_view(task);
	unsigned int i;

	for (i = 0; i < view->n; i++)
		if (view->regsets[i].core_note_type == type)
			return &view->regsets[i];
	return NULL;
}

/*
 * Give all registers values of their own, but for those in @keep.  @pc: where to
 * go on, or 0.
 */
static void write_all(struct kunit *test, struct test_engine *e, u64 keep,
		      unsigned long pc)
{
	struct task_struct *task = e->engine->task;
	const struct user_regset *set;
	unsigned long *regs;
	unsigned int size;
	u64 *fps;
	int i, n;

	KUNIT_ASSERT_EQ(test, 0, utrace_prepare_examine(e->engine));

	set = find_regset(task, NT_PRSTATUS);
	size = set->n * set->size;
	regs = kunit_kzalloc(test, size, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, regs);
	n = regset_get(task, set, size, regs);
	KUNIT_EXPECT_GT(test, n, 0);
	for (i = 0; i < REGS_MAX; i++)
		if ((P_REGS_STORED & ~keep) & BIT_ULL(i))
			regs[i] = reg_value(i);
	KUNIT_EXPECT_EQ(test, 0, set->set(task, set, 0, n, regs, NULL));
	if (pc)
		instruction_pointer_set(task_pt_regs(task), pc);

	set = find_regset(task, NT_PRFPREG);
	size = set->n * set->size;
	fps = kunit_kzalloc(test, size, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, fps);
	n = regset_get(task, set, size, fps);
	KUNIT_EXPECT_GT(test, n, 0);
	for (i = 0; i < FPS; i++)
		fps[(P_FP_OFFSET + fp_numbers[i] * P_FP_SIZE) / 8] = fp_value(i);
	KUNIT_EXPECT_EQ(test, 0, set->set(task, set, 0, n, fps, NULL));

	utrace_finish_examine(e->engine);
}

/* How often the program was at P_COUNT(@offset). */
static u64 told(struct test_task *t, unsigned int offset)
{
	u64 n = 0;

	test_task_read(t->task, P_DATA + offset, &n, sizeof(n));
	return n;
}

/* Let it go on; then it has told of what @keep does not name. */
static void expect_all(struct kunit *test, struct test_task *t,
		       struct test_engine *e, u64 keep)
{
	u64 start = told(t, 0), regs[REGS_MAX], fps[FPS];
	int i;

	KUNIT_ASSERT_EQ(test, 0, utrace_control(e->engine, UTRACE_RESUME));
	KUNIT_ASSERT_TRUE(test, test_poll(told(t, 0) > start));
	KUNIT_ASSERT_EQ(test, 0, test_task_read(t->task, P_REGS, regs, sizeof(regs)));
	for (i = 0; i < REGS_MAX; i++)
		if ((P_REGS_STORED & ~keep) & BIT_ULL(i))
			KUNIT_EXPECT_EQ_MSG(test, reg_value(i), regs[i],
					    "register %d", i);
	KUNIT_ASSERT_EQ(test, 0, test_task_read(t->task, P_DATA + 1024, fps,
						sizeof(fps)));
	for (i = 0; i < FPS; i++)
		KUNIT_EXPECT_EQ_MSG(test, fp_value(i), fps[i], "fp register %d",
				    fp_numbers[i]);
}

/* A program that has nothing more to do; @e will stop it. */
static struct test_task *spinning(struct kunit *test)
{
	struct test_task *t = test_task(test, &payload_tell);

	test_task_go(t);
	/* It is there once, perhaps before anybody looks. */
	KUNIT_ASSERT_TRUE(test, test_poll(told(t, 8) > 0));
	return t;
}

static void stop_from_outside(struct kunit *test)
{
	struct test_task *t = spinning(test);
	struct test_engine *e = test_observer(test, t, UTRACE_EVENT(QUIESCE));

	test_engine_hold(test, t, e);
	write_all(test, e, 0, P_ENTRY);
	expect_all(test, t, e, 0);
}

static void stop_in_a_job_control_stop(struct kunit *test)
{
	struct test_task *t = spinning(test);
	struct test_engine *e = test_observer(test, t, UTRACE_EVENT(QUIESCE));

	KUNIT_ASSERT_EQ(test, 0, test_kill(t->task, SIGSTOP));
	KUNIT_ASSERT_TRUE(test, test_task_in_state(t, TASK_STOPPED));
	test_engine_hold(test, t, e);
	write_all(test, e, 0, P_ENTRY);
	KUNIT_ASSERT_EQ(test, 0, test_kill(t->task, SIGCONT));
	expect_all(test, t, e, 0);
}

static void stop_at(struct kunit *test, unsigned int event, int signr)
{
	struct test_task *t = spinning(test);
	struct test_engine *e = test_observer(test, t, BIT(event));

	e->answer[event] = UTRACE_STOP;
	KUNIT_ASSERT_EQ(test, 0, test_kill(t->task, signr));
	KUNIT_ASSERT_TRUE(test, test_engine_stops(e, t, event, 1));
	write_all(test, e, 0, P_ENTRY);
	expect_all(test, t, e, 0);
}

static void stop_at_a_signal(struct kunit *test)
{
	stop_at(test, EV(SIGNAL_IGN), SIGWINCH);
}

static void stop_at_a_handler(struct kunit *test)
{
	stop_at(test, EV(HANDLER), SIGUSR1);
}

static void stop_after_a_step(struct kunit *test)
{
	struct test_task *t = spinning(test);
	struct test_engine *e;

	SKIP_WITHOUT_STEPS(test);
	e = test_observer(test, t, UTRACE_EVENT(STEP) | UTRACE_EVENT(QUIESCE));
	e->answer[EV(STEP)] = UTRACE_STOP;
	test_engine_hold(test, t, e);
	KUNIT_ASSERT_EQ(test, 0, utrace_control(e->engine, UTRACE_SINGLESTEP));
	KUNIT_ASSERT_TRUE(test, test_engine_stops(e, t, EV(STEP), 1));
	write_all(test, e, 0, P_ENTRY);
	expect_all(test, t, e, 0);
}

/* The call needs its number, and has a result. */
#define CALL_REGS							\
	(BIT_ULL(P_REG_RESULT) | (P_REG_NR < 0 ? 0 : BIT_ULL(P_REG_NR & 63)))

static void stop_at_a_system_call(struct kunit *test)
{
	struct test_task *t = test_task_counting(test, &payload_tell_after_call);
	struct test_engine *e = test_observer(test, t, UTRACE_EVENT(SYSCALL_ENTRY));

	e->answer[EV(SYSCALL_ENTRY)] = UTRACE_STOP;
	KUNIT_ASSERT_TRUE(test, test_engine_stops(e, t, EV(SYSCALL_ENTRY), 1));
	write_all(test, e, CALL_REGS, 0);
	expect_all(test, t, e, CALL_REGS);
}

static void stop_after_a_system_call(struct kunit *test)
{
	struct test_task *t = test_task_counting(test, &payload_tell_after_call);
	struct test_engine *e = test_observer(test, t, UTRACE_EVENT(SYSCALL_EXIT));

	e->answer[EV(SYSCALL_EXIT)] = UTRACE_STOP;
	KUNIT_ASSERT_TRUE(test, test_engine_stops(e, t, EV(SYSCALL_EXIT), 1));
	write_all(test, e, 0, 0);
	expect_all(test, t, e, 0);
}

static struct kunit_case utrace_regs_cases[] = {
	KUNIT_CASE(stop_from_outside),
	KUNIT_CASE(stop_in_a_job_control_stop),
	KUNIT_CASE(stop_at_a_signal),
	KUNIT_CASE(stop_at_a_handler),
	KUNIT_CASE(stop_after_a_step),
	KUNIT_CASE(stop_at_a_system_call),
	KUNIT_CASE(stop_after_a_system_call),
	{}
};

static struct kunit_suite utrace_regs_suite = {
	.name = "utrace_regs",
	.test_cases = utrace_regs_cases,
};
kunit_test_suite(utrace_regs_suite);
