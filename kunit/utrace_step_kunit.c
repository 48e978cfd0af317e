// SPDX-License-Identifier: GPL-2.0-only
/*
 * Block steps: up to the next taken branch, on every machine the same
 *
 * Where steps lead to is told by the payloads themselves, which end with a table
 * of addresses.
 */

#include <linux/ptrace.h>
#include <linux/sched/task_stack.h>
#include <linux/signal.h>

#include <asm/unistd.h>

#include "utrace_task.h"

#define SKIP_WITHOUT_STEPS(test) do {					\
	if (!utrace_can_step())						\
		kunit_skip(test, "this machine has no single-step");	\
} while (0)

/* One of everything that may end a block; it begins where getpid returns to. */
LOCAL_PAYLOAD(payload_blocks,
	P_STACK
	P_CALL(__NR_getpid)
	P_NOP
	P_NOP
	P_JUMP(11f)
	P_NOP
	"11:\n"
	P_JUMP_IF_0(17f)		/* it is not */
	P_NOP
	P_LOOP_SET(3)
	"12:\n"
	P_NOP
	P_LOOP(12b)
	P_GOSUB(14f)
	"13:\n"
	P_NOP
	P_CALL(__NR_getuid)
	"15:\n"
	P_NOP
	P_JUMP(16f)
	"14:\n"
	P_NOP
	P_RETURN
	"17:\n"
	P_EXIT(1)
	"16:\n"
	P_COUNT(0)
	P_JUMP(16b)
	P_LABEL(18)
	".quad " P_ABS(11b) "," P_ABS(12b) "," P_ABS(12b) "," P_ABS(14b) ","
		 P_ABS(13b) "," P_ABS(15b) "," P_ABS(16b) "," P_ABS(16b) "\n");

#define NR_BLOCKS	8

/* To itself, once the way there is left. */
LOCAL_PAYLOAD(payload_itself,
	P_COUNT(0)
	P_CALL(__NR_getpid)
	P_NOP
	"1:\n"
	P_JUMP(1b)
	P_LABEL(2)
	".quad " P_ABS(1b) "," P_ABS(1b) "," P_ABS(1b) "\n");

/* The program that it executes is itself. */
LOCAL_PAYLOAD(payload_exec,
	P_COUNT(0)
	P_CALL(__NR_getpid)
	P_ARG_ADDR(0, 8f) P_ARG_ADDR(1, 9f) P_ARG(2, 0) P_CALL(__NR_execve)
	P_EXIT(1)
	P_LABEL(8)
	".asciz \"program\"\n"
	P_LABEL(9)
	".quad " P_ABS(8b) ",0\n");

static unsigned long block_end(const struct utrace_payload *program,
			       unsigned int nr, unsigned int i)
{
	return ((const u64 *)program->end)[(int)i - (int)nr];
}

/**
 * struct stepper - what an engine is to do
 * @action: its steps, from the return of getpid on
 * @left: how many of them
 * @at: which of its steps calls @fn, counted down; 0: none
 * @fn: at the step after which @at is 0
 * @other: for @fn
 */
struct stepper {
	enum utrace_action action;
	unsigned int left;
	unsigned int at;
	void (*fn)(struct stepper *stepper);
	struct test_engine *other;
};

static enum utrace_action step_on(struct test_engine *e, unsigned int event,
				  enum utrace_action answer)
{
	struct stepper *stepper = e->private;

	if (event == EV(SYSCALL_EXIT) && stepper->left &&
	    utrace_syscall(e->engine)->nr == __NR_getpid)
		return stepper->action;
	if (event != EV(STEP))
		return answer;
	if (stepper->at && !--stepper->at)
		stepper->fn(stepper);
	if (stepper->left && --stepper->left)
		return stepper->action;
	return answer;
}

static struct test_engine *stepper(struct kunit *test, struct test_task *t,
				   enum utrace_action action, unsigned int steps)
{
	struct stepper *stepper = test_alloc(test, struct stepper);
	struct test_engine *e = test_engine(test, test_log(test));

	stepper->action = action;
	stepper->left = steps;
	e->private = stepper;
	e->on_event = step_on;
	KUNIT_ASSERT_EQ(test, 0, test_engine_attach_to(e, t->task, UTRACE_OBSERVER,
			UTRACE_EVENT(SYSCALL_EXIT) | UTRACE_EVENT(STEP)));
	return e;
}

/* Where its steps have led to: the @i-th; 0: there is none. */
static unsigned long step_of(struct test_engine *e, unsigned int i)
{
	unsigned int n;

	for (n = 0; n < min(e->log->nr, TEST_LOG_MAX); n++)
		if (e->log->entries[n].event == EV(STEP) && !i--)
			return e->log->entries[n].value;
	return 0;
}

static void expect_blocks(struct kunit *test, struct test_engine *e)
{
	unsigned int i;

	KUNIT_EXPECT_EQ(test, NR_BLOCKS, e->seen[EV(STEP)]);
	for (i = 0; i < NR_BLOCKS; i++)
		KUNIT_EXPECT_EQ_MSG(test, block_end(&payload_blocks, NR_BLOCKS, i),
				    step_of(e, i), "block %u", i);
}

static void blocks_end_at_taken_branches(struct kunit *test)
{
	struct test_engine *e, *other;
	struct test_task *t;

	SKIP_WITHOUT_STEPS(test);
	t = test_task(test, &payload_blocks);
	e = stepper(test, t, UTRACE_BLOCKSTEP, NR_BLOCKS);
	/* Nobody else notices. */
	other = test_observer(test, t, UTRACE_EVENTS_SIGNAL | UTRACE_EVENT(STEP) |
			      UTRACE_EVENT(QUIESCE));
	test_task_go(t);
	KUNIT_ASSERT_TRUE(test, test_engine_sees(e, EV(STEP), NR_BLOCKS));
	KUNIT_EXPECT_TRUE(test, test_thread_counts(t->task, 0));
	KUNIT_EXPECT_TRUE(test, test_thread_counts(t->task, 0));
	expect_blocks(test, e);
	KUNIT_EXPECT_EQ(test, 0, other->log->nr);
}

static void blocks_are_ordered_from_outside(struct kunit *test)
{
	struct test_engine *e;
	struct test_task *t;
	int i;

	SKIP_WITHOUT_STEPS(test);
	t = test_task(test, &payload_blocks);
	e = test_observer(test, t, UTRACE_EVENT(SYSCALL_EXIT) | UTRACE_EVENT(STEP));
	e->answer[EV(SYSCALL_EXIT)] = UTRACE_STOP;
	e->answer[EV(STEP)] = UTRACE_STOP;
	test_task_go(t);
	KUNIT_ASSERT_TRUE(test, test_engine_stops(e, t, EV(SYSCALL_EXIT), 1));
	e->answer[EV(SYSCALL_EXIT)] = UTRACE_RESUME;
	for (i = 0; i < NR_BLOCKS; i++) {
		KUNIT_ASSERT_EQ(test, 0, utrace_control(e->engine, UTRACE_BLOCKSTEP));
		KUNIT_ASSERT_TRUE(test, test_engine_stops(e, t, EV(STEP), i + 1));
		KUNIT_EXPECT_EQ_MSG(test, block_end(&payload_blocks, NR_BLOCKS, i),
				    instruction_pointer(task_pt_regs(t->task)),
				    "block %d", i);
	}
	KUNIT_ASSERT_EQ(test, 0, utrace_control(e->engine, UTRACE_RESUME));
	KUNIT_EXPECT_TRUE(test, test_thread_counts(t->task, 0));
	KUNIT_EXPECT_EQ(test, NR_BLOCKS, e->seen[EV(STEP)]);
}

/* Held in the middle of it, and sent elsewhere: the block is what comes then. */
static void block_goes_on_where_the_thread_is_sent(struct kunit *test)
{
	struct test_engine *single, *block;
	struct pt_regs *regs;
	struct test_task *t;

	SKIP_WITHOUT_STEPS(test);
	t = test_task(test, &payload_blocks);
	block = stepper(test, t, UTRACE_BLOCKSTEP, 1);
	single = stepper(test, t, UTRACE_SINGLESTEP, 1);
	single->answer[EV(STEP)] = UTRACE_STOP;
	test_task_go(t);
	KUNIT_ASSERT_TRUE(test, test_engine_stops(single, t, EV(STEP), 1));
	KUNIT_EXPECT_EQ(test, 0, block->seen[EV(STEP)]);
	KUNIT_ASSERT_EQ(test, 0, utrace_prepare_examine(single->engine));
	regs = task_pt_regs(t->task);
	/* From the first nop to the subroutine, which returns to nowhere else. */
	instruction_pointer_set(regs, block_end(&payload_blocks, NR_BLOCKS, 5));
	utrace_finish_examine(single->engine);
	KUNIT_ASSERT_EQ(test, 0, utrace_control(single->engine, UTRACE_RESUME));
	KUNIT_ASSERT_TRUE(test, test_engine_sees(block, EV(STEP), 1));
	KUNIT_EXPECT_EQ(test, block_end(&payload_blocks, NR_BLOCKS, 6),
			step_of(block, 0));
	KUNIT_EXPECT_TRUE(test, test_thread_counts(t->task, 0));
}

static void branch_to_itself_ends_a_block(struct kunit *test)
{
	struct test_engine *e;
	struct test_task *t;
	int i;

	SKIP_WITHOUT_STEPS(test);
	t = test_task(test, &payload_itself);
	e = stepper(test, t, UTRACE_BLOCKSTEP, 3);
	test_task_go(t);
	KUNIT_ASSERT_TRUE(test, test_engine_sees(e, EV(STEP), 3));
	KUNIT_EXPECT_TRUE(test, test_task_runs(t));
	for (i = 0; i < 3; i++)
		KUNIT_EXPECT_EQ(test, block_end(&payload_itself, 3, i), step_of(e, i));
	KUNIT_EXPECT_EQ(test, 3, e->seen[EV(STEP)]);
}

static void exec_ends_a_block(struct kunit *test)
{
	struct test_engine *e;
	struct test_task *t;

	SKIP_WITHOUT_STEPS(test);
	t = test_task(test, &payload_exec);
	e = stepper(test, t, UTRACE_BLOCKSTEP, 1);
	e->answer[EV(STEP)] = UTRACE_STOP;
	test_task_go(t);
	KUNIT_ASSERT_TRUE(test, test_engine_stops(e, t, EV(STEP), 1));
	KUNIT_EXPECT_EQ(test, P_ENTRY, instruction_pointer(task_pt_regs(t->task)));
}

/*
 * With others
 */

static void each_gets_the_steps_it_asked_for(struct kunit *test, bool block_first)
{
	struct test_engine *single, *block;
	unsigned int i, n = 0;
	struct test_task *t;

	SKIP_WITHOUT_STEPS(test);
	t = test_task(test, &payload_blocks);
	if (block_first)
		block = stepper(test, t, UTRACE_BLOCKSTEP, NR_BLOCKS);
	single = stepper(test, t, UTRACE_SINGLESTEP, TEST_LOG_MAX - 2);
	if (!block_first)
		block = stepper(test, t, UTRACE_BLOCKSTEP, NR_BLOCKS);
	test_task_go(t);
	KUNIT_ASSERT_TRUE(test, test_engine_sees(single, EV(STEP), TEST_LOG_MAX - 2));
	KUNIT_EXPECT_TRUE(test, test_thread_counts(t->task, 0));
	expect_blocks(test, block);
	KUNIT_EXPECT_EQ(test, TEST_LOG_MAX - 2, single->seen[EV(STEP)]);
	/* All of them are steps of the other one's, too, which has more. */
	for (i = 0; i < TEST_LOG_MAX - 2 && n < NR_BLOCKS; i++)
		n += step_of(single, i) == step_of(block, n);
	KUNIT_EXPECT_EQ(test, NR_BLOCKS, n);
	/* Two nops and the jump. */
	KUNIT_EXPECT_EQ(test, step_of(block, 0), step_of(single, 2));
}

static void one_steps_while_the_other_steps_blocks(struct kunit *test)
{
	each_gets_the_steps_it_asked_for(test, false);
}

static void one_steps_blocks_while_the_other_steps(struct kunit *test)
{
	each_gets_the_steps_it_asked_for(test, true);
}

static void two_step_blocks(struct kunit *test)
{
	struct test_engine *a, *b;
	struct test_task *t;

	SKIP_WITHOUT_STEPS(test);
	t = test_task(test, &payload_blocks);
	a = stepper(test, t, UTRACE_BLOCKSTEP, NR_BLOCKS);
	b = stepper(test, t, UTRACE_BLOCKSTEP, NR_BLOCKS);
	test_task_go(t);
	KUNIT_ASSERT_TRUE(test, test_engine_sees(a, EV(STEP), NR_BLOCKS));
	KUNIT_ASSERT_TRUE(test, test_engine_sees(b, EV(STEP), NR_BLOCKS));
	KUNIT_EXPECT_TRUE(test, test_thread_counts(t->task, 0));
	expect_blocks(test, a);
	expect_blocks(test, b);
}

static void detach_other(struct stepper *stepper)
{
	utrace_control(stepper->other->engine, UTRACE_DETACH);
}

/* In the second of its three instructions. */
static void detach_in_the_middle_of_a_block(struct kunit *test)
{
	struct test_engine *single, *block;
	struct stepper *s;
	struct test_task *t;

	SKIP_WITHOUT_STEPS(test);
	t = test_task(test, &payload_blocks);
	block = stepper(test, t, UTRACE_BLOCKSTEP, NR_BLOCKS);
	single = stepper(test, t, UTRACE_SINGLESTEP, 2);
	s = single->private;
	s->at = 2;
	s->fn = detach_other;
	s->other = block;
	test_task_go(t);
	KUNIT_ASSERT_TRUE(test, test_engine_sees(single, EV(STEP), 2));
	KUNIT_EXPECT_TRUE(test, test_thread_counts(t->task, 0));
	KUNIT_EXPECT_TRUE(test, test_thread_counts(t->task, 0));
	KUNIT_EXPECT_EQ(test, 2, single->seen[EV(STEP)]);
	KUNIT_EXPECT_EQ(test, 0, block->seen[EV(STEP)]);
	KUNIT_EXPECT_EQ(test, 0, t->task->exit_state);
}

/* The trap flag must not stay behind, or SIGTRAP would kill it. */
static void detach_ends_block_steps(struct kunit *test)
{
	struct test_engine *e;
	struct test_task *t;
	int i;

	SKIP_WITHOUT_STEPS(test);
	t = test_task_counting(test, &payload_count);
	for (i = 0; i < 10; i++) {
		e = test_observer(test, t, UTRACE_EVENT(QUIESCE) | UTRACE_EVENT(STEP));
		e->answer[EV(QUIESCE)] = UTRACE_BLOCKSTEP;
		e->answer[EV(STEP)] = UTRACE_BLOCKSTEP;
		KUNIT_ASSERT_EQ(test, 0, utrace_control(e->engine, UTRACE_REPORT));
		KUNIT_ASSERT_TRUE(test, test_engine_sees(e, EV(STEP), 5));
		utrace_control(e->engine, UTRACE_DETACH);
		KUNIT_EXPECT_EQ(test, 0, utrace_barrier(e->engine));
		KUNIT_EXPECT_TRUE(test, test_thread_counts(t->task, 0));
	}
	KUNIT_EXPECT_EQ(test, 0, t->task->exit_state);
}

/* What is not over yet is taken back by what is asked for next. */
static void resume_takes_a_block_back(struct kunit *test)
{
	struct test_engine *single, *block;
	struct test_task *t;

	SKIP_WITHOUT_STEPS(test);
	t = test_task(test, &payload_blocks);
	block = stepper(test, t, UTRACE_BLOCKSTEP, NR_BLOCKS);
	single = stepper(test, t, UTRACE_SINGLESTEP, 1);
	single->answer[EV(STEP)] = UTRACE_STOP;
	test_task_go(t);
	KUNIT_ASSERT_TRUE(test, test_engine_stops(single, t, EV(STEP), 1));
	KUNIT_EXPECT_EQ(test, 0, utrace_control(block->engine, UTRACE_RESUME));
	KUNIT_EXPECT_EQ(test, 0, utrace_control(single->engine, UTRACE_RESUME));
	KUNIT_EXPECT_TRUE(test, test_thread_counts(t->task, 0));
	KUNIT_EXPECT_EQ(test, 0, block->seen[EV(STEP)]);
}

static void kill_in_the_middle_of_a_block(struct kunit *test)
{
	struct test_engine *single, *block, *end;
	struct test_task *t;

	SKIP_WITHOUT_STEPS(test);
	t = test_task(test, &payload_blocks);
	end = test_observer(test, t, UTRACE_EVENT(REAP));
	block = stepper(test, t, UTRACE_BLOCKSTEP, NR_BLOCKS);
	single = stepper(test, t, UTRACE_SINGLESTEP, 1);
	single->answer[EV(STEP)] = UTRACE_STOP;
	test_task_go(t);
	KUNIT_ASSERT_TRUE(test, test_engine_stops(single, t, EV(STEP), 1));
	test_task_kill(t);
	KUNIT_ASSERT_TRUE(test, test_engine_sees(end, EV(REAP), 1));
	KUNIT_EXPECT_EQ(test, SIGKILL, t->task->exit_code);
	KUNIT_EXPECT_EQ(test, 0, block->seen[EV(STEP)]);
}

static void kill_while_it_steps_blocks(struct kunit *test)
{
	struct test_engine *e, *end;
	struct test_task *t;

	SKIP_WITHOUT_STEPS(test);
	t = test_task_counting(test, &payload_count);
	end = test_observer(test, t, UTRACE_EVENT(REAP));
	e = test_observer(test, t, UTRACE_EVENT(QUIESCE) | UTRACE_EVENT(STEP));
	e->answer[EV(QUIESCE)] = UTRACE_BLOCKSTEP;
	e->answer[EV(STEP)] = UTRACE_BLOCKSTEP;
	KUNIT_ASSERT_EQ(test, 0, utrace_control(e->engine, UTRACE_REPORT));
	KUNIT_ASSERT_TRUE(test, test_engine_sees(e, EV(STEP), 5));
	test_task_kill(t);
	KUNIT_ASSERT_TRUE(test, test_engine_sees(end, EV(REAP), 1));
	KUNIT_EXPECT_EQ(test, SIGKILL, t->task->exit_code);
}

/*
 * Handlers
 */

static unsigned long handler_of(struct test_task *t, int sig)
{
	struct sighand_struct *sighand = t->task->sighand;

	return (unsigned long)sighand->action[sig - 1].sa.sa_handler;
}

static void blocks_lead_through_a_handler(struct kunit *test)
{
	unsigned long before, handler;
	struct test_engine *e;
	struct test_task *t;
	int n = 1;

	SKIP_WITHOUT_STEPS(test);
	t = test_task_counting(test, &payload_handlers);
	handler = handler_of(t, SIGUSR1);
	e = test_observer(test, t, UTRACE_EVENT(QUIESCE) | UTRACE_EVENT(STEP));
	e->answer[EV(STEP)] = UTRACE_STOP;
	test_engine_hold(test, t, e);
	before = instruction_pointer(task_pt_regs(t->task));
	test_kill(t->task, SIGUSR1);

	/* Into the handler, and on powerpc from the stub. */
	KUNIT_ASSERT_EQ(test, 0, utrace_control(e->engine, UTRACE_BLOCKSTEP));
	KUNIT_ASSERT_TRUE(test, test_engine_stops(e, t, EV(STEP), n));
	KUNIT_EXPECT_EQ(test, handler, test_handler_entry(task_pt_regs(t->task)));
	if (P_HANDLER_STUB) {
		KUNIT_ASSERT_EQ(test, 0, utrace_control(e->engine, UTRACE_BLOCKSTEP));
		KUNIT_ASSERT_TRUE(test, test_engine_stops(e, t, EV(STEP), ++n));
	}
	KUNIT_EXPECT_EQ(test, handler, instruction_pointer(task_pt_regs(t->task)));
	/* It begins with a call; and the next one is its return. */
	KUNIT_ASSERT_EQ(test, 0, utrace_control(e->engine, UTRACE_BLOCKSTEP));
	KUNIT_ASSERT_TRUE(test, test_engine_stops(e, t, EV(STEP), ++n));
	KUNIT_EXPECT_EQ(test, handler + P_SET_NR_SIZE + P_SYSCALL_SIZE,
			instruction_pointer(task_pt_regs(t->task)));
	KUNIT_ASSERT_EQ(test, 0, utrace_control(e->engine, UTRACE_BLOCKSTEP));
	KUNIT_ASSERT_TRUE(test, test_engine_stops(e, t, EV(STEP), ++n));
	KUNIT_EXPECT_EQ(test, before, instruction_pointer(task_pt_regs(t->task)));

	KUNIT_ASSERT_EQ(test, 0, utrace_control(e->engine, UTRACE_RESUME));
	KUNIT_EXPECT_TRUE(test, test_thread_counts(t->task, 0));
	KUNIT_EXPECT_EQ(test, n, e->seen[EV(STEP)]);
}

/* One that comes in the middle ends it, too. */
static void handler_in_the_middle_of_a_block(struct kunit *test)
{
	struct test_engine *single, *block;
	struct test_task *t;

	SKIP_WITHOUT_STEPS(test);
	t = test_task_counting(test, &payload_handlers);
	block = test_observer(test, t, UTRACE_EVENT(QUIESCE) | UTRACE_EVENT(STEP));
	block->answer[EV(QUIESCE)] = UTRACE_STOP;
	single = test_observer(test, t, UTRACE_EVENT(QUIESCE) | UTRACE_EVENT(STEP));
	single->answer[EV(STEP)] = UTRACE_STOP;
	test_engine_hold(test, t, single);
	/* To the beginning of the loop, and one instruction. */
	KUNIT_ASSERT_EQ(test, 0, utrace_control(single->engine, UTRACE_BLOCKSTEP));
	KUNIT_ASSERT_TRUE(test, test_engine_stops(single, t, EV(STEP), 1));
	KUNIT_ASSERT_EQ(test, 0, utrace_control(block->engine, UTRACE_BLOCKSTEP));
	KUNIT_ASSERT_EQ(test, 0, utrace_control(single->engine, UTRACE_SINGLESTEP));
	KUNIT_ASSERT_TRUE(test, test_engine_stops(single, t, EV(STEP), 2));
	KUNIT_EXPECT_EQ(test, 0, block->seen[EV(STEP)]);

	test_kill(t->task, SIGUSR1);
	block->answer[EV(STEP)] = UTRACE_STOP;
	KUNIT_ASSERT_EQ(test, 0, utrace_control(single->engine, UTRACE_RESUME));
	KUNIT_ASSERT_TRUE(test, test_engine_stops(block, t, EV(STEP), 1));
	KUNIT_EXPECT_EQ(test, handler_of(t, SIGUSR1),
			test_handler_entry(task_pt_regs(t->task)));
	KUNIT_ASSERT_EQ(test, 0, utrace_control(block->engine, UTRACE_RESUME));
	KUNIT_EXPECT_TRUE(test, test_thread_counts(t->task, 0));
	KUNIT_EXPECT_EQ(test, 1, block->seen[EV(STEP)]);
	KUNIT_EXPECT_EQ(test, 2, single->seen[EV(STEP)]);
}

static struct kunit_case utrace_step_cases[] = {
	KUNIT_CASE(blocks_end_at_taken_branches),
	KUNIT_CASE(blocks_are_ordered_from_outside),
	KUNIT_CASE(block_goes_on_where_the_thread_is_sent),
	KUNIT_CASE(branch_to_itself_ends_a_block),
	KUNIT_CASE(exec_ends_a_block),
	KUNIT_CASE(one_steps_while_the_other_steps_blocks),
	KUNIT_CASE(one_steps_blocks_while_the_other_steps),
	KUNIT_CASE(two_step_blocks),
	KUNIT_CASE(detach_in_the_middle_of_a_block),
	KUNIT_CASE(detach_ends_block_steps),
	KUNIT_CASE(resume_takes_a_block_back),
	KUNIT_CASE(kill_in_the_middle_of_a_block),
	KUNIT_CASE(kill_while_it_steps_blocks),
	KUNIT_CASE(blocks_lead_through_a_handler),
	KUNIT_CASE(handler_in_the_middle_of_a_block),
	{}
};

static struct kunit_suite utrace_step_suite = {
	.name = "utrace_step",
	.test_cases = utrace_step_cases,
};
kunit_test_suite(utrace_step_suite);
