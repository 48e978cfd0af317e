// SPDX-License-Identifier: GPL-2.0-only
/*
 * Looking at threads that nobody has stopped
 */

#include <linux/elf.h>
#include <linux/regset.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>

#include <asm/unistd.h>
#include <asm/utrace.h>

#include "utrace_task.h"

/* ppoll() of no files and without a time never returns, and ignores the other arguments. */
#define ARG0		0x10100080
#define ARG4		0x10100088
#define COMPAT_NR_PPOLL	414

static const unsigned long ppoll_args[6] = { ARG0, 0, 0, 0, ARG4, 17 };

#ifdef P_ALT_CALL
#if P_ALT_NR(ppoll) <= P_ALT_NR_MAX
#define HAS_ALT_PPOLL
#endif
#endif

LOCAL_PAYLOAD(payload_poll,
	P_COUNT(0)
	P_ARG(0, ARG0) P_ARG(1, 0) P_ARG(2, 0) P_ARG(3, 0)
	P_ARG(4, ARG4) P_ARG(5, 17) P_CALL(__NR_ppoll)
	"1:\n"
	P_JUMP(1b));

#ifdef HAS_ALT_PPOLL
LOCAL_PAYLOAD(payload_poll_alt,
	P_COUNT(0)
	P_ALT_ARG(0, ARG0) P_ALT_ARG(1, 0) P_ALT_ARG(2, 0) P_ALT_ARG(3, 0)
	P_ALT_ARG(4, ARG4) P_ALT_ARG(5, 17) P_ALT_CALL(P_ALT_NR(ppoll))
	"1:\n"
	P_JUMP(1b));
#endif

#ifdef P_COMPAT_MACHINE
LOCAL_COMPAT_PAYLOAD(payload_poll_compat,
	P_COMPAT_BASE
	P_COMPAT_COUNT(0)
	P_COMPAT_ARG(0, ARG0) P_COMPAT_ARG(1, 0) P_COMPAT_ARG(2, 0)
	P_COMPAT_ARG(3, 0) P_COMPAT_ARG(4, ARG4) P_COMPAT_ARG(5, 17)
	P_COMPAT_CALL(COMPAT_NR_PPOLL)
	"1:\n"
	P_COMPAT_JUMP(1b));
#endif

/**
 * struct way - a way to enter a system call
 * @name: for people
 * @program: which one sleeps in ppoll()
 * @arch: AUDIT_ARCH_* of its numbers
 * @ppoll: the number of the call
 */
struct way {
	const char *name;
	const struct utrace_payload *program;
	u32 arch;
	long ppoll;
};

static const struct way ways[] = {
	{ "native", &payload_poll, ARCH_UTRACE_AUDIT, __NR_ppoll },
#ifdef HAS_ALT_PPOLL
	{ P_ALT_NAME, &payload_poll_alt, P_ALT_ARCH, P_ALT_NR(ppoll) },
#endif
#ifdef P_COMPAT_MACHINE
	{ "compat", &payload_poll_compat, P_COMPAT_ARCH, COMPAT_NR_PPOLL },
#endif
};

KUNIT_ARRAY_PARAM_DESC(ways, ways, name);

/* A task that sleeps in its ppoll(). */
static struct test_task *way_task(struct kunit *test)
{
	const struct way *way = test->param_value;
	struct test_task *t;

#ifdef HAS_ALT_PPOLL
	if (way->program == &payload_poll_alt && !test_has_alt_call())
		kunit_skip(test, "this CPU does not have it");
#endif
	t = test_task_counting(test, way->program);
	KUNIT_ASSERT_TRUE(test, test_task_in_state(t, TASK_INTERRUPTIBLE));
	return t;
}

static unsigned int state_of(struct test_task *t)
{
	struct utrace_look look;

	utrace_look(t->task, &look);
	return look.state;
}

static void call_of_a_sleeping_thread_is_shown(struct kunit *test)
{
	const struct way *way = test->param_value;
	struct test_task *t = way_task(test);
	struct utrace_look look;
	int i;

	utrace_look(t->task, &look);
	KUNIT_EXPECT_EQ(test, UTRACE_STATE_SLEEPS, look.state);
	KUNIT_EXPECT_EQ(test, way->arch, look.arch);
	KUNIT_EXPECT_EQ(test, way->ppoll, look.nr);
	for (i = 0; i < 6; i++)
		KUNIT_EXPECT_EQ_MSG(test, ppoll_args[i], look.args[i], "argument %d", i);
	KUNIT_EXPECT_GT(test, look.ip, P_ENTRY);
	KUNIT_EXPECT_LT(test, look.ip, P_DATA);
	KUNIT_EXPECT_NE(test, 0, look.sp);
	/* It was not woken. */
	KUNIT_EXPECT_TRUE(test, READ_ONCE(t->task->__state) & TASK_INTERRUPTIBLE);
}

static void running_thread_shows_no_call(struct kunit *test)
{
	struct test_task *t = test_task_counting(test, &payload_count);
	struct utrace_look look;
	int i;

	for (i = 0; i < 20; i++) {
		utrace_look(t->task, &look);
		KUNIT_EXPECT_EQ(test, UTRACE_STATE_RUNS, look.state);
		KUNIT_EXPECT_EQ(test, 0, look.arch);
		KUNIT_EXPECT_EQ(test, -1, look.nr);
		schedule_timeout_uninterruptible(1);
	}
}

static void states_are_told_apart(struct kunit *test)
{
	struct test_task *t = test_task_counting(test, &payload_count);
	struct test_engine *e = test_observer(test, t, UTRACE_EVENT(QUIESCE));
	struct utrace_look look;

	test_engine_hold(test, t, e);
	utrace_look(t->task, &look);
	KUNIT_EXPECT_EQ(test, UTRACE_STATE_TRACED, look.state);
	KUNIT_EXPECT_EQ(test, 0, look.arch);
	KUNIT_EXPECT_EQ(test, -1, look.nr);
	KUNIT_ASSERT_EQ(test, 0, utrace_control(e->engine, UTRACE_RESUME));
	KUNIT_EXPECT_TRUE(test, test_poll(state_of(t) == UTRACE_STATE_RUNS));
	send_sig(SIGSTOP, t->task, 1);
	KUNIT_ASSERT_TRUE(test, test_poll(task_is_stopped(t->task)));
	KUNIT_EXPECT_TRUE(test, test_poll(state_of(t) == UTRACE_STATE_STOPPED));
	send_sig(SIGCONT, t->task, 1);
	KUNIT_EXPECT_TRUE(test, test_poll(state_of(t) == UTRACE_STATE_RUNS));
	test_task_kill(t);
	KUNIT_ASSERT_TRUE(test, test_task_dies(t));
	KUNIT_EXPECT_EQ(test, UTRACE_STATE_DYING, state_of(t));
}

static void expect_ppoll(struct kunit *test, const struct way *way,
			 const struct utrace_look *look)
{
	int i;

	KUNIT_EXPECT_EQ(test, UTRACE_STATE_TRACED, look->state);
	KUNIT_EXPECT_EQ(test, way->arch, look->arch);
	KUNIT_EXPECT_EQ(test, way->ppoll, look->nr);
	for (i = 0; i < 6; i++)
		KUNIT_EXPECT_EQ_MSG(test, ppoll_args[i], look->args[i], "argument %d", i);
	KUNIT_EXPECT_GT(test, look->ip, P_ENTRY);
	KUNIT_EXPECT_LT(test, look->ip, P_DATA);
	KUNIT_EXPECT_NE(test, 0, look->sp);
}

/* By an engine that wants entries only, and then by one that wants exits only. */
static void call_at_which_a_thread_is_held_is_shown(struct kunit *test)
{
	const struct way *way = test->param_value;
	struct test_task *t = way_task(test);
	struct test_engine *e = test_engine(test, test_log(test));
	struct test_engine *f = test_engine(test, test_log(test));
	struct utrace_look look;

	e->answer[EV(SYSCALL_ENTRY)] = UTRACE_STOP;
	f->answer[EV(SYSCALL_EXIT)] = UTRACE_STOP;
	KUNIT_ASSERT_EQ(test, 0, test_engine_attach_to(e, t->task, UTRACE_OBSERVER,
						       UTRACE_EVENT(SYSCALL_ENTRY)));
	KUNIT_ASSERT_EQ(test, 0, test_engine_attach_to(f, t->task, UTRACE_OBSERVER,
						       UTRACE_EVENT(SYSCALL_EXIT)));
	/* Job control ends the sleep, and the kernel then makes the call once more. */
	send_sig(SIGSTOP, t->task, 1);
	KUNIT_ASSERT_TRUE(test, test_poll(task_is_stopped(t->task)));
	send_sig(SIGCONT, t->task, 1);
	KUNIT_ASSERT_TRUE(test, test_engine_stops(e, t, EV(SYSCALL_ENTRY), 1));
	utrace_look(t->task, &look);
	expect_ppoll(test, way, &look);
	KUNIT_EXPECT_EQ(test, 0, utrace_syscall_skip(e->engine, 0));
	KUNIT_ASSERT_EQ(test, 0, utrace_control(e->engine, UTRACE_RESUME));

	KUNIT_ASSERT_TRUE(test, test_engine_stops(f, t, EV(SYSCALL_EXIT), 1));
	utrace_look(t->task, &look);
	expect_ppoll(test, way, &look);
}

/* The parent waits for a child that runs on, in a sleep that only SIGKILL ends. */
LOCAL_PAYLOAD(payload_vfork,
	P_CLONE(0x4111)		/* VM, VFORK, SIGCHLD */
	"1:\n"
	P_COUNT(0)
	P_JUMP(1b));

static void note_child(struct test_engine *e, struct task_struct *child)
{
	WRITE_ONCE(e->private, get_task_struct(child));
}

static void kill_child(void *data)
{
	struct test_engine *e = data;
	struct task_struct *child = READ_ONCE(e->private);

	if (!child)
		return;
	send_sig(SIGKILL, child, 1);
	put_task_struct(child);
}

static void wait_for_a_vfork_is_no_interruptible_sleep(struct kunit *test)
{
	struct test_task *t = test_task(test, &payload_vfork);
	struct test_engine *e = test_engine(test, test_log(test));
	struct utrace_look look;

	e->on_clone = note_child;
	KUNIT_ASSERT_EQ(test, 0, kunit_add_action_or_reset(test, kill_child, e));
	KUNIT_ASSERT_EQ(test, 0, test_engine_attach_to(e, t->task, UTRACE_OBSERVER,
						       UTRACE_EVENT(CLONE)));
	test_task_go(t);
	KUNIT_ASSERT_TRUE(test, test_engine_sees(e, EV(CLONE), 1));
	KUNIT_ASSERT_TRUE(test, test_poll(state_of(t) == UTRACE_STATE_WAITS));
	utrace_look(t->task, &look);
	KUNIT_EXPECT_EQ(test, UTRACE_STATE_WAITS, look.state);
	KUNIT_EXPECT_EQ(test, ARCH_UTRACE_AUDIT, look.arch);
	KUNIT_EXPECT_EQ(test, __NR_clone, look.nr);
	/* Its place on s390 is another one. */
	KUNIT_EXPECT_TRUE(test, look.args[0] == 0x4111 || look.args[1] == 0x4111);
}

/*
 * Registers of a thread that sleeps
 */

struct taken {
	struct utrace_regfile *regs;
	ssize_t size;
	u64 pc, sp;
	u8 set[2048];
	ssize_t set_size;
};

#define FILE_MAX	(256 << 10)

static struct taken *file_alloc(struct kunit *test)
{
	struct taken *f = test_alloc(test, struct taken);

	f->regs = kunit_kzalloc(test, FILE_MAX, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, f->regs);
	return f;
}

static enum utrace_action stop_once(struct test_engine *e, unsigned int event,
				    enum utrace_action answer)
{
	return event == EV(SYSCALL_ENTRY) && e->seen[event] == 1 ? UTRACE_STOP
								  : answer;
}

/*
 * What was taken at the entry is the same in the call.  s390 has the number of the call,
 * and later the result as it is before the call, in the register of the first argument.
 */
static void expect_same(struct kunit *test, const void *held, const void *asleep, size_t size,
			s64 nr)
{
	const u64 *a = held, *b = asleep;
	size_t i;

	for (i = 0; i < size / 8; i++) {
		if (IS_ENABLED(CONFIG_S390) && a[i] == nr && b[i] == (u64)-ENOSYS)
			continue;
		KUNIT_EXPECT_EQ_MSG(test, a[i], b[i], "at byte %zu", 8 * i);
	}
	KUNIT_EXPECT_MEMEQ(test, a + i, b + i, size % 8);
}

/* Every register that an engine sees at the entry of a call is the same in the call. */
static void registers_are_those_of_the_entry(struct kunit *test)
{
	const struct way *way = test->param_value;
	struct test_engine *e = test_engine(test, test_log(test));
	struct taken *held = file_alloc(test), *asleep = file_alloc(test);
	struct test_task *t;

#ifdef HAS_ALT_PPOLL
	if (way->program == &payload_poll_alt && !test_has_alt_call())
		kunit_skip(test, "this CPU does not have it");
#endif
	t = test_task(test, way->program);
	e->on_event = stop_once;
	KUNIT_ASSERT_EQ(test, 0, test_engine_attach_to(e, t->task, UTRACE_OBSERVER,
						       UTRACE_EVENT(SYSCALL_ENTRY)));
	test_task_go(t);
	KUNIT_ASSERT_TRUE(test, test_engine_stops(e, t, EV(SYSCALL_ENTRY), 1));
	KUNIT_EXPECT_FALSE(test, utrace_is_asleep(e->engine));
	KUNIT_EXPECT_EQ(test, -EAGAIN, utrace_regfile_get_asleep(e->engine, NULL, 0));
	held->size = utrace_regfile_get(e->engine, held->regs, FILE_MAX);
	KUNIT_ASSERT_GT(test, held->size, 0);
	KUNIT_ASSERT_EQ(test, 0, utrace_role_get(e->engine, UTRACE_ROLE_PC, &held->pc));
	KUNIT_ASSERT_EQ(test, 0, utrace_role_get(e->engine, UTRACE_ROLE_SP, &held->sp));
	held->set_size = utrace_regset_get(e->engine, NT_PRSTATUS, held->set,
					   sizeof(held->set));
	KUNIT_ASSERT_GT(test, held->set_size, 0);
	KUNIT_ASSERT_EQ(test, 0, utrace_control(e->engine, UTRACE_RESUME));

	KUNIT_ASSERT_TRUE(test, test_task_in_state(t, TASK_INTERRUPTIBLE));
	KUNIT_EXPECT_TRUE(test, utrace_is_asleep(e->engine));
	KUNIT_EXPECT_EQ(test, held->size, utrace_regfile_get_asleep(e->engine, NULL, 0));
	KUNIT_EXPECT_EQ(test, -ENOSPC,
			utrace_regfile_get_asleep(e->engine, asleep->regs, held->size - 1));
	asleep->size = utrace_regfile_get_asleep(e->engine, asleep->regs, FILE_MAX);
	KUNIT_ASSERT_EQ(test, held->size, asleep->size);
	expect_same(test, held->regs, asleep->regs, held->size, way->ppoll);
	KUNIT_EXPECT_EQ(test, 0, utrace_role_get_asleep(e->engine, UTRACE_ROLE_PC,
							&asleep->pc));
	KUNIT_EXPECT_EQ(test, held->pc, asleep->pc);
	KUNIT_EXPECT_EQ(test, 0, utrace_role_get_asleep(e->engine, UTRACE_ROLE_SP,
							&asleep->sp));
	KUNIT_EXPECT_EQ(test, held->sp, asleep->sp);
	asleep->set_size = utrace_regset_get_asleep(e->engine, NT_PRSTATUS, asleep->set,
						    sizeof(asleep->set));
	KUNIT_EXPECT_EQ(test, held->set_size, asleep->set_size);
	expect_same(test, held->set, asleep->set, held->set_size, way->ppoll);
	KUNIT_EXPECT_EQ(test, -ENOENT, utrace_regset_get_asleep(e->engine, 0x7654,
								asleep->set, 8));
	/* It still sleeps. */
	KUNIT_EXPECT_TRUE(test, READ_ONCE(t->task->__state) & TASK_INTERRUPTIBLE);
	KUNIT_EXPECT_EQ(test, 1, e->seen[EV(SYSCALL_ENTRY)]);
}

static void running_thread_has_no_registers_to_read(struct kunit *test)
{
	struct test_task *t = test_task_counting(test, &payload_count);
	struct test_engine *e = test_observer(test, t, 0);
	u64 pc;
	int i;

	for (i = 0; i < 20; i++) {
		KUNIT_EXPECT_FALSE(test, utrace_is_asleep(e->engine));
		KUNIT_EXPECT_EQ(test, -EAGAIN,
				utrace_role_get_asleep(e->engine, UTRACE_ROLE_PC, &pc));
		KUNIT_EXPECT_EQ(test, -EAGAIN,
				utrace_regfile_get_asleep(e->engine, NULL, 0));
		schedule_timeout_uninterruptible(1);
	}
	utrace_control(e->engine, UTRACE_DETACH);
	KUNIT_EXPECT_FALSE(test, utrace_is_asleep(e->engine));
	KUNIT_EXPECT_EQ(test, -ESRCH, utrace_regfile_get_asleep(e->engine, NULL, 0));
}

static void dead_thread_has_no_registers_to_read(struct kunit *test)
{
	struct test_task *t = test_task(test, &payload_calls);
	struct test_engine *e = test_observer(test, t, 0);
	u64 pc;

	test_task_go(t);
	KUNIT_ASSERT_TRUE(test, test_task_dies(t));
	KUNIT_EXPECT_FALSE(test, utrace_is_asleep(e->engine));
	KUNIT_EXPECT_EQ(test, -ESRCH, utrace_regfile_get_asleep(e->engine, NULL, 0));
	KUNIT_EXPECT_EQ(test, -ESRCH,
			utrace_role_get_asleep(e->engine, UTRACE_ROLE_PC, &pc));
}

LOCAL_PAYLOAD(payload_poll_handler,
	P_SIGACTION(SIGUSR1, 8f)
	P_COUNT(0)
	"1:\n"
	P_ARG(0, ARG0) P_ARG(1, 0) P_ARG(2, 0) P_ARG(3, 0)
	P_ARG(4, ARG4) P_ARG(5, 17) P_CALL(__NR_ppoll)
	P_JUMP(1b)
	"2:\n"
	P_COUNT(256)
	P_SIGRETURN
	P_HANDLER(8, 2b));

static u64 handled(struct kunit *test, struct test_task *t)
{
	u64 n = 0;

	KUNIT_EXPECT_EQ(test, 0, test_task_read(t->task, P_DATA + 256, &n, sizeof(n)));
	return n;
}

/* A stop is due from the beginning, and made when the thread wakes by itself. */
static void stop_waits_until_the_thread_wakes(struct kunit *test)
{
	struct test_task *t = test_task_counting(test, &payload_poll_handler);
	struct test_engine *e = test_observer(test, t, UTRACE_EVENT(QUIESCE) |
					      UTRACE_EVENT(SIGNAL_HANDLER));
	struct taken *f = file_alloc(test);
	int i;

	KUNIT_ASSERT_TRUE(test, test_task_in_state(t, TASK_INTERRUPTIBLE));
	KUNIT_EXPECT_EQ(test, -EINPROGRESS, utrace_control(e->engine, UTRACE_STOP));
	for (i = 0; i < 5; i++) {
		KUNIT_EXPECT_TRUE(test, utrace_is_asleep(e->engine));
		KUNIT_EXPECT_GT(test, utrace_regfile_get_asleep(e->engine, f->regs,
								FILE_MAX), 0);
		/* It cannot be written to. */
		KUNIT_EXPECT_EQ(test, -EAGAIN,
				utrace_role_set(e->engine, UTRACE_ROLE_PC, P_ENTRY));
		schedule_timeout_uninterruptible(1);
	}
	KUNIT_EXPECT_EQ(test, UTRACE_STATE_SLEEPS, state_of(t));
	KUNIT_EXPECT_EQ(test, 0, e->seen[EV(QUIESCE)]);

	send_sig(SIGUSR1, t->task, 1);
	KUNIT_ASSERT_TRUE(test, test_engine_stops(e, t, EV(QUIESCE), 1));
	KUNIT_EXPECT_EQ(test, 0, e->seen[EV(SIGNAL_HANDLER)]);
	KUNIT_EXPECT_TRUE(test, test_task_stays_held(t));
	KUNIT_EXPECT_EQ(test, 0, handled(test, t));
	KUNIT_EXPECT_FALSE(test, utrace_is_asleep(e->engine));
	KUNIT_EXPECT_EQ(test, 0, utrace_role_get(e->engine, UTRACE_ROLE_PC, &f->pc));
	KUNIT_ASSERT_EQ(test, 0, utrace_control(e->engine, UTRACE_RESUME));
	KUNIT_EXPECT_TRUE(test, test_engine_sees(e, EV(SIGNAL_HANDLER), 1));
	KUNIT_EXPECT_TRUE(test, test_poll(handled(test, t) == 1));
}

/* Whenever it is read, it is in its call: it sleeps nowhere else. */
static void thread_is_read_while_it_wakes_and_sleeps(struct kunit *test)
{
	struct test_task *t = test_task_counting(test, &payload_poll_handler);
	struct test_engine *e = test_observer(test, t, 0);
	struct taken *f = file_alloc(test);
	struct utrace_look look;
	u64 pc = 0;
	int i;

	KUNIT_ASSERT_TRUE(test, test_task_in_state(t, TASK_INTERRUPTIBLE));
	KUNIT_ASSERT_EQ(test, 0, utrace_role_get_asleep(e->engine, UTRACE_ROLE_PC, &pc));
	for (i = 0; i < 500; i++) {
		u64 now = pc;
		ssize_t ret;

		send_sig(SIGUSR1, t->task, 1);
		ret = utrace_regfile_get_asleep(e->engine, f->regs, FILE_MAX);
		KUNIT_EXPECT_TRUE(test, ret > 0 || ret == -EAGAIN);
		ret = utrace_role_get_asleep(e->engine, UTRACE_ROLE_PC, &now);
		KUNIT_EXPECT_TRUE(test, !ret || ret == -EAGAIN);
		KUNIT_EXPECT_EQ(test, pc, now);
		utrace_look(t->task, &look);
		if (look.state == UTRACE_STATE_SLEEPS)
			KUNIT_EXPECT_EQ(test, __NR_ppoll, look.nr);
		if (i % 8 == 0)
			schedule_timeout_uninterruptible(1);
	}
	KUNIT_EXPECT_TRUE(test, test_task_in_state(t, TASK_INTERRUPTIBLE));
	KUNIT_EXPECT_GT(test, handled(test, t), 0);
}

static struct kunit_case utrace_look_cases[] = {
	KUNIT_CASE_PARAM(call_of_a_sleeping_thread_is_shown, ways_gen_params),
	KUNIT_CASE(running_thread_shows_no_call),
	KUNIT_CASE(states_are_told_apart),
	KUNIT_CASE_PARAM(call_at_which_a_thread_is_held_is_shown, ways_gen_params),
	KUNIT_CASE(wait_for_a_vfork_is_no_interruptible_sleep),
	KUNIT_CASE_PARAM(registers_are_those_of_the_entry, ways_gen_params),
	KUNIT_CASE(running_thread_has_no_registers_to_read),
	KUNIT_CASE(dead_thread_has_no_registers_to_read),
	KUNIT_CASE(stop_waits_until_the_thread_wakes),
	KUNIT_CASE(thread_is_read_while_it_wakes_and_sleeps),
	{}
};

static struct kunit_suite utrace_look_suite = {
	.name = "utrace_look",
	.test_cases = utrace_look_cases,
};
kunit_test_suite(utrace_look_suite);
