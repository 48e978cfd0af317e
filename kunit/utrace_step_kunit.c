// SPDX-License-Identifier: GPL-2.0-only
/*
 * Block steps, up to the next taken branch, and breakpoints: on every machine the
 * same
 *
 * Where steps lead to is told by the payloads themselves, which end with a table
 * of addresses.
 */

#include <linux/mm.h>
#include <linux/ptrace.h>
#include <linux/sched/task_stack.h>
#include <linux/signal.h>

#include <asm/unistd.h>

#include "utrace_task.h"

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

	if (event == EV(STEP) && stepper->at && !--stepper->at)
		stepper->fn(stepper);
	return test_step_due(e, event, &stepper->left) ? stepper->action : answer;
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
		KUNIT_EXPECT_EQ_MSG(test, payload_word(&payload_blocks, NR_BLOCKS, i),
				    step_of(e, i), "block %u", i);
}

static void blocks_end_at_taken_branches(struct kunit *test)
{
	struct test_engine *e, *other;
	struct test_task *t;

	SKIP_WITHOUT_STEPS_OVER_JUMPS(test);
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

	SKIP_WITHOUT_STEPS_OVER_JUMPS(test);
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
		KUNIT_EXPECT_EQ_MSG(test, payload_word(&payload_blocks, NR_BLOCKS, i),
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

	SKIP_WITHOUT_STEPS_OVER_JUMPS(test);
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
	instruction_pointer_set(regs, payload_word(&payload_blocks, NR_BLOCKS, 5));
	utrace_finish_examine(single->engine);
	KUNIT_ASSERT_EQ(test, 0, utrace_control(single->engine, UTRACE_RESUME));
	KUNIT_ASSERT_TRUE(test, test_engine_sees(block, EV(STEP), 1));
	KUNIT_EXPECT_EQ(test, payload_word(&payload_blocks, NR_BLOCKS, 6),
			step_of(block, 0));
	KUNIT_EXPECT_TRUE(test, test_thread_counts(t->task, 0));
}

static void branch_to_itself_ends_a_block(struct kunit *test)
{
	struct test_engine *e;
	struct test_task *t;
	int i;

	SKIP_WITHOUT_STEPS_OVER_JUMPS(test);
	t = test_task(test, &payload_itself);
	e = stepper(test, t, UTRACE_BLOCKSTEP, 3);
	test_task_go(t);
	KUNIT_ASSERT_TRUE(test, test_engine_sees(e, EV(STEP), 3));
	KUNIT_EXPECT_TRUE(test, test_task_runs(t));
	for (i = 0; i < 3; i++)
		KUNIT_EXPECT_EQ(test, payload_word(&payload_itself, 3, i), step_of(e, i));
	KUNIT_EXPECT_EQ(test, 3, e->seen[EV(STEP)]);
}

static void exec_ends_a_block(struct kunit *test)
{
	struct test_engine *e;
	struct test_task *t;

	SKIP_WITHOUT_STEPS_OVER_JUMPS(test);
	t = test_task(test, &payload_exec);
	e = stepper(test, t, UTRACE_BLOCKSTEP, 1);
	e->answer[EV(STEP)] = UTRACE_STOP;
	test_task_go(t);
	KUNIT_ASSERT_TRUE(test, test_engine_stops(e, t, EV(STEP), 1));
	KUNIT_EXPECT_EQ(test, P_ENTRY, instruction_pointer(task_pt_regs(t->task)));
}

LOCAL_PAYLOAD(payload_call,
	"1:\n"
	P_NOP
	P_CALL(__NR_getuid)
	"2:\n"
	P_NOP
	P_JUMP(1b)
	P_LABEL(3)
	".quad " P_ABS(2b) "\n");

/**
 * struct passage - an engine steps, and wants nothing else
 * @pc: how often does it come here?
 * @seen: so often
 * @left: steps to go
 */
struct passage {
	unsigned long pc;
	unsigned int seen;
	unsigned int left;
};

static enum utrace_action look_out(struct test_engine *e, unsigned int event,
				   enum utrace_action answer)
{
	struct passage *passage = e->private;

	if (event == EV(STEP) &&
	    instruction_pointer(current_pt_regs()) == passage->pc)
		passage->seen++;
	return passage->left && passage->left-- ? UTRACE_SINGLESTEP : answer;
}

/* Without events of system calls there is no work that their end has for others. */
static unsigned int passages(struct kunit *test, const struct utrace_payload *program,
			     unsigned long pc, unsigned int steps)
{
	struct passage *passage = test_alloc(test, struct passage);
	struct test_task *t = test_task(test, program);
	struct test_engine *e = test_observer(test, t, UTRACE_EVENT(QUIESCE) |
					      UTRACE_EVENT(STEP));

	passage->pc = pc;
	passage->left = steps;
	e->private = passage;
	e->on_event = look_out;
	KUNIT_ASSERT_EQ(test, 0, utrace_control(e->engine, UTRACE_REPORT));
	test_task_go(t);
	KUNIT_EXPECT_TRUE(test, test_engine_sees(e, EV(STEP), steps));
	KUNIT_EXPECT_EQ(test, 0, t->task->exit_state);
	return passage->seen;
}

static void call_is_a_step_of_its_own(struct kunit *test)
{
	SKIP_WITHOUT_STEPS_OVER_JUMPS(test);
	/* A round has five instructions, or a few more. */
	KUNIT_EXPECT_LE(test, 3, passages(test, &payload_call,
					  payload_word(&payload_call, 1, 0), 40));
}

static void steps_go_on_in_the_next_program(struct kunit *test)
{
	SKIP_WITHOUT_STEPS_OVER_JUMPS(test);
	KUNIT_EXPECT_LE(test, 2, passages(test, &payload_exec, P_ENTRY, 100));
}

/*
 * With others
 */

static void each_gets_the_steps_it_asked_for(struct kunit *test, bool block_first)
{
	struct test_engine *single, *block;
	unsigned int i, n = 0;
	struct test_task *t;

	SKIP_WITHOUT_STEPS_OVER_JUMPS(test);
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

	SKIP_WITHOUT_STEPS_OVER_JUMPS(test);
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

	SKIP_WITHOUT_STEPS_OVER_JUMPS(test);
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

	SKIP_WITHOUT_STEPS_OVER_JUMPS(test);
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

	SKIP_WITHOUT_STEPS_OVER_JUMPS(test);
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

	SKIP_WITHOUT_STEPS_OVER_JUMPS(test);
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

	SKIP_WITHOUT_STEPS_OVER_JUMPS(test);
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

	SKIP_WITHOUT_STEPS_OVER_JUMPS(test);
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

	SKIP_WITHOUT_STEPS_OVER_JUMPS(test);
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

/*
 * Breakpoints
 */

#define TRAP_PAYLOAD(name, trap)					\
	LOCAL_PAYLOAD(name,						\
		P_SIGACTION(SIGUSR1, 8f)				\
		P_NOP							\
		"1:\n"							\
		trap							\
		"2:\n"							\
		P_COUNT(0)						\
		P_JUMP(2b)						\
		"3:\n"							\
		P_CALL(__NR_getuid)					\
		P_SIGRETURN						\
		P_HANDLER(8, 3b)					\
		P_LABEL(9)						\
		".quad " P_ABS(1b) "," P_ABS(2b) "\n")

TRAP_PAYLOAD(payload_trap, P_TRAP);
TRAP_PAYLOAD(payload_trap_2, P_TRAP_2);

/* The program's own handler is for it. */
LOCAL_PAYLOAD(payload_trap_handled,
	P_SIGACTION(SIGTRAP, 8f)
	P_NOP
	"1:\n"
	P_TRAP
	"2:\n"
	P_COUNT(0)
	P_JUMP(2b)
	"3:\n"
	P_CALL(__NR_getuid)
	P_SIGRETURN
	P_HANDLER(8, 3b)
	P_LABEL(9)
	".quad " P_ABS(1b) "," P_ABS(2b) "\n");

static const struct utrace_payload *const traps[] = {
	&payload_trap, &payload_trap_2
};

/**
 * struct trap_seen - what an engine was told
 * @nr: how often
 * @pc: the last time
 * @breakpoint: likewise
 * @exit_pc: at the exit
 * @fn: what to do about it; may be NULL
 * @to: for fn
 */
struct trap_seen {
	unsigned int nr;
	unsigned long pc;
	unsigned long breakpoint;
	unsigned long exit_pc;
	void (*fn)(struct test_engine *e, struct trap_seen *seen);
	unsigned long to;
};

static enum utrace_action look_at_trap(struct test_engine *e, unsigned int event,
				       enum utrace_action answer)
{
	struct trap_seen *seen = e->private;

	if (BIT(event) & UTRACE_EVENTS_SIGNAL) {
		seen->nr++;
		seen->pc = instruction_pointer(current_pt_regs());
		seen->breakpoint = utrace_signal_breakpoint(e->sig);
		if (seen->fn)
			seen->fn(e, seen);
	}
	if (event == EV(EXIT))
		seen->exit_pc = instruction_pointer(current_pt_regs());
	return answer;
}

static struct test_engine *trap_watcher(struct kunit *test, struct test_task *t,
					enum utrace_class class, unsigned long events)
{
	struct trap_seen *seen = test_alloc(test, struct trap_seen);
	struct test_engine *e = test_engine(test, test_log(test));

	e->private = seen;
	e->on_event = look_at_trap;
	KUNIT_ASSERT_EQ(test, 0, test_engine_attach_to(e, t->task, class, events));
	return e;
}

static struct trap_seen *trap_seen(struct test_engine *e)
{
	return e->private;
}

/* What stock code makes of it, which nothing may change. */
static unsigned long stock_pc(struct kunit *test, const struct utrace_payload *program)
{
	struct test_task *t = test_task(test, program);
	struct test_engine *e = trap_watcher(test, t, UTRACE_OBSERVER,
					     UTRACE_EVENT(EXIT));

	test_task_go(t);
	KUNIT_ASSERT_TRUE(test, test_task_dies(t));
	KUNIT_EXPECT_EQ(test, P_TRAP_ALONE, t->task->exit_code & 0x7f);
	return trap_seen(e)->exit_pc;
}

static void breakpoint_is_where_the_pc_is(struct kunit *test)
{
	int i;

	for (i = 0; i < ARRAY_SIZE(traps); i++) {
		unsigned long at = payload_word(traps[i], 2, 0);
		unsigned long stock = stock_pc(test, traps[i]);
		struct test_task *t = test_task(test, traps[i]);
		struct test_engine *inner, *outer;

		KUNIT_EXPECT_EQ(test, P_TRAP_BEHIND ? payload_word(traps[i], 2, 1) : at,
				stock);
		inner = trap_watcher(test, t, UTRACE_TRANSFORMER,
				     UTRACE_EVENT(SIGNAL_CORE) | UTRACE_EVENT(EXIT));
		outer = trap_watcher(test, t, UTRACE_OBSERVER,
				     UTRACE_EVENT(SIGNAL_CORE) | UTRACE_EVENT(EXIT));
		inner->answer[EV(SIGNAL_CORE)] = UTRACE_STOP;
		test_task_go(t);
		KUNIT_ASSERT_TRUE(test, test_engine_stops(inner, t, EV(SIGNAL_CORE), 1));
		KUNIT_EXPECT_EQ(test, at, trap_seen(inner)->pc);
		KUNIT_EXPECT_EQ(test, at, trap_seen(inner)->breakpoint);
		KUNIT_EXPECT_EQ(test, at, instruction_pointer(task_pt_regs(t->task)));
		KUNIT_EXPECT_EQ(test, 0, utrace_control(inner->engine, UTRACE_RESUME));
		KUNIT_ASSERT_TRUE(test, test_task_dies(t));
		KUNIT_EXPECT_EQ(test, at, trap_seen(outer)->pc);
		KUNIT_EXPECT_EQ(test, at, trap_seen(outer)->breakpoint);
		/* Nobody has changed anything, and so nothing has changed. */
		KUNIT_EXPECT_EQ(test, SIGTRAP, t->task->exit_code & 0x7f);
		KUNIT_EXPECT_EQ(test, stock, trap_seen(outer)->exit_pc);
	}
}

/* As ever: with or without an engine, its handler returns where it always did. */
static void handler_of_a_breakpoint_does_not_notice(struct kunit *test)
{
	struct test_task *t = test_task(test, &payload_trap_handled);
	struct test_handled *handled = test_handled(test, t);
	struct test_engine *e = trap_watcher(test, t, UTRACE_OBSERVER,
					     UTRACE_EVENT(SIGNAL_HANDLER));

	test_task_go(t);
	KUNIT_ASSERT_TRUE(test, test_handlers_run(handled, P_TRAP_BEHIND ? 1 : 3));
	KUNIT_EXPECT_EQ(test, SIGTRAP, handled->sig[0]);
	KUNIT_EXPECT_EQ(test, payload_word(&payload_trap_handled, 2, 0), trap_seen(e)->pc);
	if (P_TRAP_BEHIND) {
		KUNIT_EXPECT_TRUE(test, test_thread_counts(t->task, 0));
		KUNIT_EXPECT_EQ(test, 1, handled->nr);
	} else {
		KUNIT_EXPECT_TRUE(test, test_thread_rests(t->task, 0));
	}
}

static void pass_it_by(struct test_engine *e, struct trap_seen *seen)
{
	utrace_signal_drop(e->sig);
	instruction_pointer_set(current_pt_regs(), seen->to);
}

static void breakpoint_can_be_passed_by(struct kunit *test)
{
	int i;

	for (i = 0; i < ARRAY_SIZE(traps); i++) {
		struct test_task *t = test_task(test, traps[i]);
		struct test_engine *e = trap_watcher(test, t, UTRACE_OBSERVER,
						     UTRACE_EVENT(SIGNAL_CORE));

		trap_seen(e)->fn = pass_it_by;
		trap_seen(e)->to = payload_word(traps[i], 2, 1);
		test_task_go(t);
		KUNIT_ASSERT_TRUE(test, test_thread_counts(t->task, 0));
		KUNIT_EXPECT_EQ(test, 1, trap_seen(e)->nr);
	}
}

/* Dropped, and nothing else: there it is again, wherever the machine was. */
static void drop_three(struct test_engine *e, struct trap_seen *seen)
{
	utrace_signal_drop(e->sig);
	if (seen->nr == 3)
		instruction_pointer_set(current_pt_regs(), seen->to);
}

static void dropped_breakpoint_is_hit_again(struct kunit *test)
{
	int i;

	for (i = 0; i < ARRAY_SIZE(traps); i++) {
		struct test_task *t = test_task(test, traps[i]);
		struct test_engine *e = trap_watcher(test, t, UTRACE_OBSERVER,
						     UTRACE_EVENT(SIGNAL_CORE));

		trap_seen(e)->fn = drop_three;
		trap_seen(e)->to = payload_word(traps[i], 2, 1);
		test_task_go(t);
		KUNIT_ASSERT_TRUE(test, test_thread_counts(t->task, 0));
		KUNIT_EXPECT_EQ(test, 3, trap_seen(e)->nr);
		KUNIT_EXPECT_EQ(test, payload_word(traps[i], 2, 0), trap_seen(e)->pc);
		KUNIT_EXPECT_EQ(test, trap_seen(e)->pc, trap_seen(e)->breakpoint);
	}
}

LOCAL_PAYLOAD(payload_nop, P_NOP);

/* What debuggers do: the original instruction is put back, and executed. */
static void breakpoint_can_be_taken_out(struct kunit *test)
{
	struct test_task *t = test_task(test, &payload_trap_2);
	struct test_engine *e = trap_watcher(test, t, UTRACE_OBSERVER,
					     UTRACE_EVENT(SIGNAL_CORE));
	unsigned long at = payload_word(&payload_trap_2, 2, 0);

	e->answer[EV(SIGNAL_CORE)] = UTRACE_STOP;
	test_task_go(t);
	KUNIT_ASSERT_TRUE(test, test_engine_stops(e, t, EV(SIGNAL_CORE), 1));
	for (; at < payload_word(&payload_trap_2, 2, 1); at += P_NOP_SIZE)
		KUNIT_ASSERT_EQ(test, P_NOP_SIZE, access_process_vm(t->task, at,
				(void *)payload_nop.start, P_NOP_SIZE,
				FOLL_FORCE | FOLL_WRITE));
	utrace_signal_drop(e->sig);
	KUNIT_EXPECT_EQ(test, 0, utrace_control(e->engine, UTRACE_RESUME));
	KUNIT_ASSERT_TRUE(test, test_thread_counts(t->task, 0));
	KUNIT_EXPECT_EQ(test, 1, trap_seen(e)->nr);
}

static void requeue_once(struct test_engine *e, struct trap_seen *seen)
{
	if (seen->nr == 1)
		utrace_signal_requeue(e->sig);
}

static void requeued_breakpoint_is_where_it_was(struct kunit *test)
{
	unsigned long at = payload_word(&payload_trap, 2, 0);
	struct test_task *t = test_task(test, &payload_trap);
	struct test_engine *e = trap_watcher(test, t, UTRACE_OBSERVER,
					     UTRACE_EVENT(SIGNAL_CORE) |
					     UTRACE_EVENT(EXIT));

	trap_seen(e)->fn = requeue_once;
	test_task_go(t);
	KUNIT_ASSERT_TRUE(test, test_task_dies(t));
	KUNIT_EXPECT_EQ(test, 2, trap_seen(e)->nr);
	KUNIT_EXPECT_EQ(test, at, trap_seen(e)->pc);
	KUNIT_EXPECT_EQ(test, at, trap_seen(e)->breakpoint);
	KUNIT_EXPECT_EQ(test, stock_pc(test, &payload_trap), trap_seen(e)->exit_pc);
}

static void replace_by_usr1(struct test_engine *e, struct trap_seen *seen)
{
	kernel_siginfo_t info;

	clear_siginfo(&info);
	info.si_signo = SIGUSR1;
	info.si_code = SI_USER;
	utrace_signal_replace(e->sig, &info);
}

static void replaced_breakpoint_is_none(struct kunit *test)
{
	unsigned long at = payload_word(&payload_trap, 2, 0);
	struct test_task *t = test_task(test, &payload_trap);
	struct test_handled *handled = test_handled(test, t);
	struct test_engine *inner, *outer;

	inner = trap_watcher(test, t, UTRACE_TRANSFORMER, UTRACE_EVENT(SIGNAL_CORE));
	outer = trap_watcher(test, t, UTRACE_OBSERVER, UTRACE_EVENT(SIGNAL_HANDLER));
	trap_seen(inner)->fn = replace_by_usr1;
	test_task_go(t);
	KUNIT_ASSERT_TRUE(test, test_handlers_run(handled, 1));
	KUNIT_EXPECT_EQ(test, SIGUSR1, handled->sig[0]);
	KUNIT_EXPECT_EQ(test, at, trap_seen(inner)->breakpoint);
	KUNIT_EXPECT_EQ(test, 0, trap_seen(outer)->breakpoint);
	KUNIT_EXPECT_EQ(test, at, trap_seen(outer)->pc);
}

/* A SIGTRAP that anybody may send. */
static void other_sigtrap_is_no_breakpoint(struct kunit *test)
{
	struct test_task *t = test_task_counting(test, &payload_count);
	struct test_engine *e = trap_watcher(test, t, UTRACE_OBSERVER,
					     UTRACE_EVENT(SIGNAL_CORE) |
					     UTRACE_EVENT(EXIT));

	test_kill(t->task, SIGTRAP);
	KUNIT_ASSERT_TRUE(test, test_task_dies(t));
	KUNIT_EXPECT_EQ(test, 1, trap_seen(e)->nr);
	KUNIT_EXPECT_EQ(test, 0, trap_seen(e)->breakpoint);
	KUNIT_EXPECT_EQ(test, trap_seen(e)->pc, trap_seen(e)->exit_pc);
}

static struct kunit_case utrace_step_cases[] = {
	KUNIT_CASE(blocks_end_at_taken_branches),
	KUNIT_CASE(blocks_are_ordered_from_outside),
	KUNIT_CASE(block_goes_on_where_the_thread_is_sent),
	KUNIT_CASE(branch_to_itself_ends_a_block),
	KUNIT_CASE(exec_ends_a_block),
	KUNIT_CASE(call_is_a_step_of_its_own),
	KUNIT_CASE(steps_go_on_in_the_next_program),
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
	KUNIT_CASE(breakpoint_is_where_the_pc_is),
	KUNIT_CASE(handler_of_a_breakpoint_does_not_notice),
	KUNIT_CASE(breakpoint_can_be_passed_by),
	KUNIT_CASE(dropped_breakpoint_is_hit_again),
	KUNIT_CASE(breakpoint_can_be_taken_out),
	KUNIT_CASE(requeued_breakpoint_is_where_it_was),
	KUNIT_CASE(replaced_breakpoint_is_none),
	KUNIT_CASE(other_sigtrap_is_no_breakpoint),
	{}
};

static struct kunit_suite utrace_step_suite = {
	.name = "utrace_step",
	.test_cases = utrace_step_cases,
};
kunit_test_suite(utrace_step_suite);
