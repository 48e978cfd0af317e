// SPDX-License-Identifier: GPL-2.0-only
/*
 * Registers that are written to a thread which is held in a system call: they mean
 * what they say, whatever the kernel had meant to do next
 */

#include <linux/err.h>
#include <linux/regset.h>
#include <linux/slab.h>
#include <uapi/linux/utrace_regs.h>

#include <asm/ptrace.h>
#include <asm/utrace.h>

#include "../kernel/regset/internal.h"
#include "utrace_task.h"

/* What the programs count and store, as offsets from P_DATA. */
#define AT_LANDING	0
#define RESULT		8
#define AFTER_CALL	16

#define WORD		0x10100080	/* P_DATA + 128, for the assembler */

/*
 * A program that waits in @call for ever.  What comes before the landing kills, so
 * that a thread which begins too early is noticed.
 */
#define WAITING_PAYLOAD(name, call, data)				\
	LOCAL_PAYLOAD(payload_##name,					\
		call							\
		P_STORE_RESULT(8) P_COUNT(16)				\
		"1:\n"							\
		P_JUMP(1b)						\
		P_TRAP P_TRAP P_TRAP P_TRAP				\
		"landing_" #name ":\n"					\
		P_STORE_RESULT(8) P_COUNT(0)				\
		"2:\n"							\
		P_JUMP(2b)						\
		data);							\
	PAYLOAD_LABEL(landing_##name)

/* -ERESTARTNOHAND */
WAITING_PAYLOAD(waits_for_signals,
	P_ARG(0, 0) P_ARG(1, 0) P_ARG(2, 0) P_ARG(3, 0) P_ARG(4, 0)
	P_CALL(__NR_ppoll), "");

/* -ERESTARTSYS; FUTEX_WAIT | FUTEX_PRIVATE_FLAG */
WAITING_PAYLOAD(waits_for_word,
	P_ARG(0, WORD) P_ARG(1, 128) P_ARG(2, 0) P_ARG(3, 0)
	P_ARG(4, 0) P_ARG(5, 0) P_CALL(__NR_futex), "");

/* -ERESTART_RESTARTBLOCK */
WAITING_PAYLOAD(waits_asleep,
	P_ARG(0, 1) P_ARG(1, 0) P_ARG_ADDR(2, 9f) P_ARG(3, 0)
	P_CALL(__NR_clock_nanosleep),
	P_LABEL(9) ".quad 1000,0\n");

static_assert(P_DATA + 128 == WORD);

struct wait {
	const char *name;
	const struct utrace_payload *program;
	const char *landing;
};

static const struct wait waits[] = {
	{ "ppoll", &payload_waits_for_signals, landing_waits_for_signals },
	{ "futex", &payload_waits_for_word, landing_waits_for_word },
	{ "nanosleep", &payload_waits_asleep, landing_waits_asleep },
};

KUNIT_ARRAY_PARAM_DESC(waits, waits, name);

/* Where the landing is in the program's memory. */
static unsigned long landing(struct kunit *test)
{
	const struct wait *wait = test->param_value;

	return P_ENTRY + (wait->landing - wait->program->start);
}

static s64 word(struct test_task *t, unsigned int offset)
{
	s64 value = 0;

	test_task_read(t->task, P_DATA + offset, &value, sizeof(value));
	return value;
}

static struct test_engine *attach(struct kunit *test, struct test_task **t,
				  unsigned long events)
{
	const struct wait *wait = test->param_value;

	*t = test_task(test, wait->program);
	return test_observer(test, *t, events | UTRACE_EVENT(QUIESCE));
}

static void waits_in_its_call(struct kunit *test, struct test_task *t)
{
	KUNIT_ASSERT_TRUE(test, test_task_in_state(t, TASK_INTERRUPTIBLE));
	KUNIT_EXPECT_EQ(test, 0, word(t, AT_LANDING));
	KUNIT_EXPECT_EQ(test, 0, word(t, AFTER_CALL));
}

/* Held by @e, in a call that was interrupted and is to be made again. */
static struct test_engine *held(struct kunit *test, struct test_task **t)
{
	struct test_engine *e = attach(test, t, 0);

	test_task_go(*t);
	waits_in_its_call(test, *t);
	e->answer[EV(QUIESCE)] = UTRACE_STOP;
	KUNIT_ASSERT_EQ(test, 0, utrace_control(e->engine, UTRACE_INTERRUPT));
	KUNIT_ASSERT_TRUE(test, test_engine_stops(e, *t, EV(QUIESCE), 1));
	e->answer[EV(QUIESCE)] = UTRACE_RESUME;
	return e;
}

static void expect_landed(struct kunit *test, struct test_task *t,
			  struct test_engine *e)
{
	KUNIT_ASSERT_EQ(test, 0, utrace_control(e->engine, UTRACE_RESUME));
	KUNIT_EXPECT_TRUE(test, test_poll(word(t, AT_LANDING) ||
					  READ_ONCE(t->task->exit_state)));
	KUNIT_EXPECT_EQ(test, 1, word(t, AT_LANDING));
	KUNIT_EXPECT_EQ(test, 0, word(t, AFTER_CALL));
	KUNIT_EXPECT_TRUE(test, test_task_runs(t));
}

/*
 * The ways to write the pc
 */

static void write_role(struct kunit *test, struct test_engine *e, unsigned long pc)
{
	KUNIT_ASSERT_EQ(test, 0, utrace_role_set(e->engine, UTRACE_ROLE_PC, pc));
}

static int pc_reg(struct test_engine *e)
{
	return regset_reg_by_role(task_regset_desc(e->engine->task), UTRACE_ROLE_PC);
}

static void write_value(struct kunit *test, struct test_engine *e, unsigned long pc)
{
	struct regset_value v = {
		.reg = pc_reg(e), .size = sizeof(pc), .value = &pc,
	};
	unsigned int bad;

	KUNIT_ASSERT_EQ(test, 0, utrace_reg_set(e->engine, &v, 1, &bad));
}

static void write_back(struct kunit *test, struct test_engine *e,
		       const struct utrace_regfile *file)
{
	unsigned int bad;

	KUNIT_ASSERT_EQ(test, 0, utrace_regfile_set(e->engine, file, file->size, &bad));
}

static void write_file(struct kunit *test, struct test_engine *e, unsigned long pc)
{
	const struct regset_desc *desc = task_regset_desc(e->engine->task);
	struct utrace_regfile *file = test_regfile(test, e);
	u32 at = regset_value_offset(&desc->map, file->units, pc_reg(e));

	memcpy((void *)file + at, &pc, sizeof(pc));
	write_back(test, e, file);
}

/* As ptrace would. */
static void write_set(struct kunit *test, struct test_engine *e, unsigned long pc)
{
	unsigned long *regs = kunit_kzalloc(test, SZ_4K, GFP_KERNEL);
	unsigned long old;
	ssize_t size;
	u64 value;
	int i;

	KUNIT_ASSERT_NOT_NULL(test, regs);
	KUNIT_ASSERT_EQ(test, 0, utrace_role_get(e->engine, UTRACE_ROLE_PC, &value));
	old = value;
	size = utrace_regset_get(e->engine, NT_PRSTATUS, regs, SZ_4K);
	KUNIT_ASSERT_GT(test, size, 0);
	/* Of those with this value it is one; x86 has it in rcx, too. */
	for (i = 0; i < size / sizeof(*regs); i++)
		if (regs[i] == old)
			regs[i] = pc;
	KUNIT_ASSERT_EQ(test, 0, utrace_regset_set(e->engine, NT_PRSTATUS, regs, size));
}

static void (*const writes[])(struct kunit *test, struct test_engine *e,
			      unsigned long pc) = {
	write_role, write_value, write_file, write_set,
};

static void pc_is_where_the_thread_goes_on(struct kunit *test)
{
	struct test_engine *e;
	struct test_task *t;
	int i;

	for (i = 0; i < ARRAY_SIZE(writes); i++) {
		e = held(test, &t);
		writes[i](test, e, landing(test));
		expect_landed(test, t, e);
	}
}

/* Held at the exit, the call is not over: its result asks for a restart. */
static void pc_written_at_exit_is_where_it_goes_on(struct kunit *test)
{
	struct test_engine *e;
	struct test_task *t;
	long result = 0;
	int i;

	for (i = 0; i < ARRAY_SIZE(writes); i++) {
		e = attach(test, &t, UTRACE_EVENTS_SYSCALL);
		e->answer[EV(SYSCALL_EXIT)] = UTRACE_STOP;
		test_task_go(t);
		waits_in_its_call(test, t);
		KUNIT_ASSERT_EQ(test, 0, utrace_control(e->engine, UTRACE_INTERRUPT));
		KUNIT_ASSERT_TRUE(test, test_engine_stops(e, t, EV(SYSCALL_EXIT), 1));
		KUNIT_ASSERT_EQ(test, 0, utrace_prepare_examine(e->engine));
		KUNIT_ASSERT_EQ(test, 0, utrace_syscall_result(e->engine, &result));
		KUNIT_EXPECT_LE(test, result, -ERESTARTSYS);
		writes[i](test, e, landing(test));
		/* It has left the call, so there is nothing to make again. */
		KUNIT_EXPECT_EQ(test, -EINVAL, utrace_syscall_restart(e->engine));
		utrace_finish_examine(e->engine);
		expect_landed(test, t, e);
	}
}

/* The call is made, and comes to its end at another place. */
static void pc_written_at_entry_is_where_the_call_returns_to(struct kunit *test)
{
	struct test_engine *e;
	struct test_task *t;
	int i;

	for (i = 0; i < ARRAY_SIZE(writes); i++) {
		e = attach(test, &t, UTRACE_EVENTS_SYSCALL);
		e->answer[EV(SYSCALL_ENTRY)] = UTRACE_STOP;
		test_task_go(t);
		KUNIT_ASSERT_TRUE(test, test_engine_stops(e, t, EV(SYSCALL_ENTRY), 1));
		writes[i](test, e, landing(test));
		KUNIT_ASSERT_EQ(test, 0, utrace_control(e->engine, UTRACE_RESUME));
		waits_in_its_call(test, t);
		KUNIT_ASSERT_EQ(test, 0, utrace_control(e->engine, UTRACE_INTERRUPT));
		expect_landed(test, t, e);
		KUNIT_EXPECT_EQ(test, -EINTR, word(t, RESULT));
		KUNIT_EXPECT_EQ(test, 1, e->seen[EV(SYSCALL_EXIT)]);
	}
}

/* As a debugger does that calls a function of the program. */
static void registers_put_back_resume_the_call(struct kunit *test)
{
	struct utrace_regfile *file;
	struct test_engine *e;
	struct test_task *t;
	u64 landed;

	e = held(test, &t);
	file = test_regfile(test, e);
	/* It thinks better of it. */
	write_role(test, e, landing(test));
	write_back(test, e, file);
	KUNIT_ASSERT_EQ(test, 0, utrace_control(e->engine, UTRACE_RESUME));
	waits_in_its_call(test, t);

	/* And comes back from elsewhere. */
	e->answer[EV(QUIESCE)] = UTRACE_STOP;
	KUNIT_ASSERT_EQ(test, 0, utrace_control(e->engine, UTRACE_INTERRUPT));
	KUNIT_ASSERT_TRUE(test, test_engine_stops(e, t, EV(QUIESCE), 2));
	e->answer[EV(QUIESCE)] = UTRACE_RESUME;
	file = test_regfile(test, e);
	write_role(test, e, landing(test));
	expect_landed(test, t, e);
	test_engine_hold(test, t, e);
	write_back(test, e, file);
	KUNIT_ASSERT_EQ(test, 0, utrace_control(e->engine, UTRACE_RESUME));
	KUNIT_EXPECT_TRUE(test, test_task_in_state(t, TASK_INTERRUPTIBLE));
	landed = word(t, AT_LANDING);
	KUNIT_EXPECT_EQ(test, 1, landed);
	KUNIT_EXPECT_EQ(test, 0, word(t, AFTER_CALL));
}

/* Where the registers show a result, it is the program's. */
static void result_is_what_the_call_returns(struct kunit *test)
{
	struct test_engine *e;
	struct test_task *t;
	u64 result;

	e = held(test, &t);
	KUNIT_ASSERT_EQ(test, 0, utrace_role_get(e->engine, UTRACE_ROLE_SYSCALL_RESULT,
						 &result));
	/* powerpc has the error's number; arm64 and riscv64 the first argument. */
	if (abs((s64)result) < ERESTARTSYS || abs((s64)result) > ERESTART_RESTARTBLOCK)
		kunit_skip(test, "the registers are those of before the call");
	KUNIT_ASSERT_EQ(test, 0, utrace_role_set(e->engine, UTRACE_ROLE_SYSCALL_RESULT,
						 55));
	KUNIT_ASSERT_EQ(test, 0, utrace_control(e->engine, UTRACE_RESUME));
	KUNIT_EXPECT_TRUE(test, test_poll(word(t, AFTER_CALL)));
	KUNIT_EXPECT_EQ(test, 55, abs(word(t, RESULT)));
}

/* The call is made again with what was written. */
static void arguments_are_those_of_the_call_made_again(struct kunit *test)
{
	static const struct {
		int arg;
		u64 value;
		long result;
	} wrong[] = {
		{ 0, WORD + 1, -EINVAL },
		{ 1, 99, -ENOSYS },
		{ 2, 1, -EAGAIN },
		{ 3, 1, -EFAULT },
	};
	static const struct wait futex = { "futex", &payload_waits_for_word, landing_waits_for_word };
	struct test_engine *e;
	struct test_task *t;
	int i;

	test->param_value = &futex;
	for (i = 0; i < ARRAY_SIZE(wrong); i++) {
		e = held(test, &t);
		KUNIT_ASSERT_EQ(test, 0, utrace_role_set(e->engine,
				UTRACE_ROLE_SYSCALL_ARG(wrong[i].arg), wrong[i].value));
		KUNIT_ASSERT_EQ(test, 0, utrace_control(e->engine, UTRACE_RESUME));
		KUNIT_EXPECT_TRUE(test, test_poll(word(t, AFTER_CALL)));
		KUNIT_EXPECT_EQ_MSG(test, wrong[i].result, word(t, RESULT),
				    "argument %d", wrong[i].arg);
	}
}

static struct kunit_case utrace_restart_cases[] = {
	KUNIT_CASE_PARAM(pc_is_where_the_thread_goes_on, waits_gen_params),
	KUNIT_CASE_PARAM(pc_written_at_exit_is_where_it_goes_on, waits_gen_params),
	KUNIT_CASE_PARAM(pc_written_at_entry_is_where_the_call_returns_to,
			 waits_gen_params),
	KUNIT_CASE_PARAM(registers_put_back_resume_the_call, waits_gen_params),
	KUNIT_CASE_PARAM(result_is_what_the_call_returns, waits_gen_params),
	KUNIT_CASE(arguments_are_those_of_the_call_made_again),
	{}
};

static struct kunit_suite utrace_restart_suite = {
	.name = "utrace_restart",
	.test_cases = utrace_restart_cases,
};
kunit_test_suite(utrace_restart_suite);
