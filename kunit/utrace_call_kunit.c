// SPDX-License-Identifier: GPL-2.0-only
/*
 * System calls that a stopped thread executes for an engine: they do what the program's
 * own calls would do, and the program does not notice them
 */

#include <linux/err.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <linux/slab.h>
#include <uapi/linux/mman.h>
#include <uapi/linux/prctl.h>
#include <uapi/linux/utrace_regs.h>

#include <asm/utrace.h>

#include "utrace_task.h"

/* Where nothing is mapped. */
#define MAP_AT		0x20000000

/* ppoll() of no files and without a time never returns. */
#define ARG0		0x10100080
#define ARG4		0x10100088
#define COMPAT_NR_PPOLL	414

/* What the programs count and store, as offsets from P_DATA. */
#define STARTED		0
#define RESULT		8
#define AFTER_CALL	16

#ifdef P_ALT_CALL
#if P_ALT_NR(ppoll) <= P_ALT_NR_MAX
#define HAS_ALT_PPOLL
#endif
#endif

LOCAL_PAYLOAD(payload_poll,
	P_COUNT(0)
	P_ARG(0, ARG0) P_ARG(1, 0) P_ARG(2, 0) P_ARG(3, 0)
	P_ARG(4, ARG4) P_ARG(5, 17) P_CALL(__NR_ppoll)
	P_STORE_RESULT(8) P_COUNT(16)
	"1:\n"
	P_JUMP(1b));

#ifdef HAS_ALT_PPOLL
LOCAL_PAYLOAD(payload_poll_alt,
	P_COUNT(0)
	P_ALT_ARG(0, ARG0) P_ALT_ARG(1, 0) P_ALT_ARG(2, 0) P_ALT_ARG(3, 0)
	P_ALT_ARG(4, ARG4) P_ALT_ARG(5, 17) P_ALT_CALL(P_ALT_NR(ppoll))
	P_ALT_STORE_RESULT(8) P_COUNT(16)
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
	P_COMPAT_STORE_RESULT(8) P_COMPAT_COUNT(16)
	"1:\n"
	P_COMPAT_JUMP(1b));
#endif

/* 0.05 seconds, for which the thread sleeps if nobody holds it. */
LOCAL_PAYLOAD(payload_nap,
	P_COUNT(0)
	P_ARG(0, 1) P_ARG(1, 0) P_ARG_ADDR(2, 9f) P_ARG(3, 0)
	P_CALL(__NR_clock_nanosleep)
	P_STORE_RESULT(8) P_COUNT(16)
	"1:\n"
	P_JUMP(1b)
	P_LABEL(9) ".quad 0,50000000\n");

/**
 * struct way - a way to enter a system call
 * @name: for people
 * @program: which one sleeps in ppoll()
 * @getpid: number of getpid(), as utrace_call() takes it for the program
 * @ppoll: likewise
 */
struct way {
	const char *name;
	const struct utrace_payload *program;
	long getpid;
	long ppoll;
};

static const struct way ways[] = {
	{ "native", &payload_poll, __NR_getpid, __NR_ppoll },
#ifdef HAS_ALT_PPOLL
	/* A 64-bit program, whatever it has entered the kernel with. */
	{ P_ALT_NAME, &payload_poll_alt, __NR_getpid, __NR_ppoll },
#endif
#ifdef P_COMPAT_MACHINE
	{ "compat", &payload_poll_compat, P_COMPAT_NR_GETPID, COMPAT_NR_PPOLL },
#endif
};

KUNIT_ARRAY_PARAM_DESC(ways, ways, name);

static s64 word(struct test_task *t, unsigned int offset)
{
	s64 value = 0;

	test_task_read(t->task, P_DATA + offset, &value, sizeof(value));
	return value;
}

static int ask(struct kunit *test, struct test_engine *e, long nr,
	       const unsigned long args[6])
{
	struct utrace_call_request *request = test_alloc(test, struct utrace_call_request);
	int i;

	request->nr = nr;
	for (i = 0; args && i < 6; i++)
		request->args[i] = args[i];
	return utrace_call(e->engine, request);
}

/* Have @e's thread make a call that does not sleep. */
static long call(struct kunit *test, struct test_task *t, struct test_engine *e, long nr,
		 unsigned long a0, unsigned long a1, unsigned long a2, unsigned long a3,
		 unsigned long a4, unsigned long a5)
{
	unsigned long args[6] = { a0, a1, a2, a3, a4, a5 };
	unsigned int before = e->called;

	KUNIT_ASSERT_EQ(test, 0, ask(test, e, nr, args));
	KUNIT_ASSERT_TRUE(test, test_engine_called(e, before + 1));
	KUNIT_ASSERT_TRUE(test, test_task_in_state(t, __TASK_TRACED));
	return e->result;
}

/*
 * Have it map a page of anonymous memory at @addr, where nothing is.  s390's mmap() finds
 * its arguments in memory.
 */
static long map_page(struct kunit *test, struct test_task *t, struct test_engine *e,
		     unsigned long addr)
{
	unsigned long args[6] = {
		addr, PAGE_SIZE, PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0
	};

	if (IS_ENABLED(CONFIG_S390)) {
		KUNIT_ASSERT_EQ(test, sizeof(args),
				access_process_vm(t->task, P_DATA + 256, args, sizeof(args),
						  FOLL_WRITE | FOLL_FORCE));
		return call(test, t, e, __NR_mmap, P_DATA + 256, 0, 0, 0, 0, 0);
	}
	return call(test, t, e, __NR_mmap, args[0], args[1], args[2], args[3], args[4],
		    args[5]);
}

static long call0(struct kunit *test, struct test_task *t, struct test_engine *e, long nr)
{
	return call(test, t, e, nr, 0, 0, 0, 0, 0, 0);
}

/* Have it make one that never returns by itself. */
static void call_asleep(struct kunit *test, struct test_task *t, struct test_engine *e,
			long ppoll)
{
	KUNIT_ASSERT_EQ(test, 0, ask(test, e, ppoll, NULL));
	KUNIT_ASSERT_TRUE(test, test_task_in_state(t, TASK_INTERRUPTIBLE));
}

static void expect_same_registers(struct kunit *test, struct test_engine *e,
				  const struct utrace_regfile *before)
{
	const struct utrace_regfile *after = test_regfile(test, e);

	KUNIT_ASSERT_EQ(test, before->size, after->size);
	KUNIT_EXPECT_MEMEQ(test, before, after, before->size);
}

/* A task that counts, held on its way to user mode. */
static struct test_engine *held_counting(struct kunit *test, struct test_task **t,
					 unsigned long events)
{
	struct test_engine *e;

	*t = test_task_counting(test, &payload_count);
	e = test_observer(test, *t, events | UTRACE_EVENT(QUIESCE));
	e->answer[EV(QUIESCE)] = UTRACE_STOP;
	KUNIT_ASSERT_EQ(test, 0, utrace_control(e->engine, UTRACE_REPORT));
	KUNIT_ASSERT_TRUE(test, test_engine_stops(e, *t, EV(QUIESCE), 1));
	e->answer[EV(QUIESCE)] = UTRACE_RESUME;
	return e;
}

/* A task that was asleep in a call, and is held since that was interrupted. */
static struct test_engine *held_in_call(struct kunit *test, struct test_task **t,
					const struct utrace_payload *program,
					unsigned long events)
{
	struct test_engine *e;

	*t = test_task_counting(test, program);
	KUNIT_ASSERT_TRUE(test, test_task_in_state(*t, TASK_INTERRUPTIBLE));
	e = test_observer(test, *t, events | UTRACE_EVENT(QUIESCE));
	e->answer[EV(QUIESCE)] = UTRACE_STOP;
	KUNIT_ASSERT_EQ(test, 0, utrace_control(e->engine, UTRACE_INTERRUPT));
	KUNIT_ASSERT_TRUE(test, test_engine_stops(e, *t, EV(QUIESCE), 1));
	e->answer[EV(QUIESCE)] = UTRACE_RESUME;
	return e;
}

static const struct way *this_way(struct kunit *test)
{
	const struct way *way = test->param_value;

#ifdef HAS_ALT_PPOLL
	if (way->program == &payload_poll_alt && !test_has_alt_call())
		kunit_skip(test, "this CPU does not have it");
#endif
	return way;
}

static void expect_still_in_ppoll(struct kunit *test, struct test_task *t,
				  const struct utrace_look *before)
{
	struct utrace_look after;
	int i;

	KUNIT_ASSERT_TRUE(test, test_task_in_state(t, TASK_INTERRUPTIBLE));
	utrace_look(t->task, &after);
	KUNIT_EXPECT_EQ(test, before->arch, after.arch);
	KUNIT_EXPECT_EQ(test, before->nr, after.nr);
	for (i = 0; i < 6; i++)
		KUNIT_EXPECT_EQ(test, before->args[i], after.args[i]);
	KUNIT_EXPECT_EQ(test, before->ip, after.ip);
	KUNIT_EXPECT_EQ(test, before->sp, after.sp);
	KUNIT_EXPECT_EQ(test, 0, word(t, AFTER_CALL));
}

/*
 * What the call does
 */

static void thread_executes_the_call_and_stays_held(struct kunit *test)
{
	struct utrace_regfile *before;
	struct test_engine *e;
	struct test_task *t;

	e = held_counting(test, &t, 0);
	before = test_regfile(test, e);
	KUNIT_EXPECT_EQ(test, task_tgid_nr(t->task), call0(test, t, e, __NR_getpid));
	KUNIT_EXPECT_EQ(test, task_pid_nr(t->task), call0(test, t, e, __NR_gettid));
	KUNIT_EXPECT_EQ(test, -EBADF, call(test, t, e, __NR_close, -1, 0, 0, 0, 0, 0));
	KUNIT_EXPECT_EQ(test, -EFAULT,
			call(test, t, e, __NR_getcwd, P_BAD_ADDR, 4096, 0, 0, 0, 0));
	expect_same_registers(test, e, before);
	KUNIT_EXPECT_TRUE(test, test_task_stays_held(t));
	KUNIT_EXPECT_EQ(test, 4, e->called);
	/* The engine was told of nothing else. */
	KUNIT_EXPECT_EQ(test, 1, e->seen[EV(QUIESCE)]);
	KUNIT_ASSERT_EQ(test, 0, utrace_control(e->engine, UTRACE_RESUME));
	KUNIT_EXPECT_TRUE(test, test_thread_counts(t->task, 0));
}

/* Each of the six is needed. */
static void all_arguments_arrive(struct kunit *test)
{
	struct test_engine *e;
	struct test_task *t;
	u64 value = 1;
	u32 uids[3];

	e = held_counting(test, &t, 0);
	KUNIT_EXPECT_EQ(test, MAP_AT, map_page(test, t, e, MAP_AT));
	KUNIT_EXPECT_EQ(test, 0,
			test_task_read(t->task, MAP_AT, &value, sizeof(value)));
	KUNIT_EXPECT_EQ(test, 0, value);
	KUNIT_EXPECT_EQ(test, -EEXIST, map_page(test, t, e, MAP_AT));
	/* FUTEX_WAIT_BITSET: the word is not 1; nor may the bitset be empty. */
	KUNIT_EXPECT_EQ(test, -EAGAIN,
			call(test, t, e, __NR_futex, MAP_AT, 9, 1, 0, 0, 1));
	KUNIT_EXPECT_EQ(test, -EINVAL,
			call(test, t, e, __NR_futex, MAP_AT, 9, 1, 0, 0, 0));
	KUNIT_EXPECT_EQ(test, 0,
			call(test, t, e, __NR_getresuid, MAP_AT, MAP_AT + 4, MAP_AT + 8,
			     0, 0, 0));
	KUNIT_EXPECT_EQ(test, 0,
			test_task_read(t->task, MAP_AT, uids, sizeof(uids)));
	KUNIT_EXPECT_EQ(test, 0, uids[0] | uids[1] | uids[2]);
	KUNIT_EXPECT_EQ(test, 0, call(test, t, e, __NR_munmap, MAP_AT, PAGE_SIZE, 0, 0, 0, 0));
	KUNIT_EXPECT_NE(test, 0,
			test_task_read(t->task, MAP_AT, &value, sizeof(value)));
}

static void number_that_no_call_has_fails(struct kunit *test)
{
	struct test_engine *e;
	struct test_task *t;

	e = held_counting(test, &t, 0);
	KUNIT_EXPECT_EQ(test, -ENOSYS, call0(test, t, e, 3333));
	KUNIT_EXPECT_EQ(test, -ENOSYS, call0(test, t, e, INT_MAX));
	KUNIT_EXPECT_EQ(test, -EOPNOTSUPP, ask(test, e, -1, NULL));
	KUNIT_EXPECT_EQ(test, -EOPNOTSUPP, ask(test, e, 1L << 32, NULL));
}

static void calls_of_the_thread_alone_are_refused(struct kunit *test)
{
	static const long refused[] = {
		__NR_rt_sigreturn, __NR_execve, __NR_execveat, __NR_clone, __NR_clone3,
		__NR_restart_syscall, __NR_exit, __NR_exit_group,
#ifdef __NR_fork
		__NR_fork, __NR_vfork,
#endif
#ifdef __NR_sigreturn
		__NR_sigreturn,
#endif
#ifdef __NR_swapcontext
		__NR_swapcontext,
#endif
#ifdef __NR_uretprobe
		__NR_uretprobe,
#endif
	};
	struct test_engine *e;
	struct test_task *t;
	int i;

	e = held_counting(test, &t, 0);
	for (i = 0; i < ARRAY_SIZE(refused); i++)
		KUNIT_EXPECT_EQ_MSG(test, -EOPNOTSUPP, ask(test, e, refused[i], NULL),
				    "call %ld", refused[i]);
	KUNIT_EXPECT_EQ(test, 0, e->called);
}

/*
 * Where it can be made
 */

static void thread_that_is_not_held_executes_none(struct kunit *test)
{
	struct test_task *t = test_task_counting(test, &payload_count);
	struct test_engine *e = test_observer(test, t, UTRACE_EVENT(QUIESCE));
	struct test_engine *other;

	KUNIT_EXPECT_EQ(test, -EINVAL, ask(test, e, __NR_getpid, NULL));
	/* Nor does one that another engine holds. */
	other = test_observer(test, t, UTRACE_EVENT(QUIESCE));
	other->answer[EV(QUIESCE)] = UTRACE_STOP;
	KUNIT_ASSERT_EQ(test, 0, utrace_control(other->engine, UTRACE_REPORT));
	KUNIT_ASSERT_TRUE(test, test_engine_stops(other, t, EV(QUIESCE), 1));
	KUNIT_EXPECT_EQ(test, -EINVAL, ask(test, e, __NR_getpid, NULL));
	KUNIT_EXPECT_EQ(test, 0, utrace_control(e->engine, UTRACE_STOP));
	KUNIT_EXPECT_EQ(test, task_tgid_nr(t->task), call0(test, t, e, __NR_getpid));
	KUNIT_EXPECT_EQ(test, 0, utrace_control(e->engine, UTRACE_DETACH));
	KUNIT_EXPECT_EQ(test, -ESRCH, ask(test, e, __NR_getpid, NULL));
}

static const unsigned int call_events[] = {
	EV(SYSCALL_ENTRY), EV(SYSCALL_EXIT),
};

static void call_at_a_system_call_leaves_that_as_it_is(struct kunit *test)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(call_events); i++) {
		unsigned int event = call_events[i];
		struct test_task *t = test_task(test, &payload_calls);
		struct utrace_regfile *before;
		struct test_engine *e;
		int n;

		e = test_observer(test, t, UTRACE_EVENTS_SYSCALL | UTRACE_EVENT(EXIT));
		e->answer[event] = UTRACE_STOP;
		test_task_go(t);
		/* getpid(), getppid(), getuid(), and exit_group(7), which has no exit. */
		for (n = 1; n <= (event == EV(SYSCALL_ENTRY) ? 4 : 3); n++) {
			KUNIT_ASSERT_TRUE(test, test_engine_stops(e, t, event, n));
			before = test_regfile(test, e);
			KUNIT_EXPECT_EQ(test, MAP_AT + n * PAGE_SIZE,
					map_page(test, t, e, MAP_AT + n * PAGE_SIZE));
			KUNIT_EXPECT_EQ(test, -EBADF,
					call(test, t, e, __NR_close, -1, 0, 0, 0, 0, 0));
			expect_same_registers(test, e, before);
			/* Neither is a report of the call. */
			KUNIT_EXPECT_EQ(test, n, e->seen[EV(SYSCALL_ENTRY)]);
			KUNIT_ASSERT_EQ(test, 0, utrace_control(e->engine, UTRACE_RESUME));
		}
		KUNIT_EXPECT_TRUE(test, test_task_dies(t));
		KUNIT_EXPECT_EQ(test, 3, e->seen[EV(SYSCALL_EXIT)]);
		KUNIT_EXPECT_EQ(test, 7 << 8, t->task->exit_code);
	}
}

/* Its result is what it would have been, in the order of the calls. */
static void results_of_the_programs_calls_are_right(struct kunit *test)
{
	struct test_task *t = test_task(test, &payload_calls);
	struct test_engine *e;
	struct test_log *log;

	e = test_observer(test, t, UTRACE_EVENTS_SYSCALL);
	log = e->log;
	e->answer[EV(SYSCALL_ENTRY)] = UTRACE_STOP;
	test_task_go(t);
	KUNIT_ASSERT_TRUE(test, test_engine_stops(e, t, EV(SYSCALL_ENTRY), 1));
	KUNIT_EXPECT_EQ(test, -EBADF, call(test, t, e, __NR_close, -1, 0, 0, 0, 0, 0));
	KUNIT_ASSERT_EQ(test, 0, utrace_control(e->engine, UTRACE_RESUME));
	KUNIT_ASSERT_TRUE(test, test_engine_stops(e, t, EV(SYSCALL_ENTRY), 2));
	KUNIT_ASSERT_EQ(test, 3, log->nr);
	KUNIT_EXPECT_EQ(test, __NR_getpid, log->entries[0].value);
	KUNIT_EXPECT_EQ(test, task_tgid_nr(t->task), log->entries[1].value);
	KUNIT_EXPECT_EQ(test, __NR_getppid, log->entries[2].value);
}

static void signal_stop_takes_calls(struct kunit *test)
{
	struct test_task *t = test_task_counting(test, &payload_handlers);
	struct test_engine *e = test_observer(test, t, UTRACE_EVENT(SIGNAL_HANDLER) |
					      UTRACE_EVENT(HANDLER));
	struct utrace_regfile *before;
	unsigned int event;
	unsigned int i;

	e->answer[EV(SIGNAL_HANDLER)] = UTRACE_STOP;
	e->answer[EV(HANDLER)] = UTRACE_STOP;
	KUNIT_ASSERT_EQ(test, 0, test_kill(t->task, SIGUSR1));
	for (i = 0; i < 2; i++) {
		event = i ? EV(HANDLER) : EV(SIGNAL_HANDLER);
		KUNIT_ASSERT_TRUE(test, test_engine_stops(e, t, event, 1));
		before = test_regfile(test, e);
		KUNIT_EXPECT_EQ(test, task_tgid_nr(t->task), call0(test, t, e, __NR_getpid));
		expect_same_registers(test, e, before);
		KUNIT_ASSERT_EQ(test, 0, utrace_control(e->engine, UTRACE_RESUME));
	}
	KUNIT_EXPECT_TRUE(test, test_thread_counts(t->task, 0));
}

static void exit_stop_takes_none(struct kunit *test)
{
	struct test_task *t = test_task(test, &payload_calls);
	struct test_engine *e = test_engine_hold_at(test, t, EV(EXIT));

	KUNIT_EXPECT_EQ(test, -EOPNOTSUPP, ask(test, e, __NR_getpid, NULL));
	KUNIT_EXPECT_EQ(test, 0, e->called);
}

/* Calls of an engine that is not the one at which the walk stands. */
static void every_engine_that_holds_may_call(struct kunit *test)
{
	struct test_engine *a, *b;
	struct test_task *t;

	a = held_counting(test, &t, 0);
	b = test_observer(test, t, UTRACE_EVENT(QUIESCE));
	KUNIT_ASSERT_EQ(test, 0, utrace_control(b->engine, UTRACE_STOP));
	KUNIT_EXPECT_EQ(test, task_tgid_nr(t->task), call0(test, t, b, __NR_getpid));
	KUNIT_EXPECT_EQ(test, task_tgid_nr(t->task), call0(test, t, a, __NR_getpid));
	/* The first one's release does not end the other one's hold. */
	KUNIT_ASSERT_EQ(test, 0, utrace_control(a->engine, UTRACE_RESUME));
	KUNIT_EXPECT_TRUE(test, test_task_stays_held(t));
	KUNIT_EXPECT_EQ(test, -EBADF, call(test, t, b, __NR_close, -1, 0, 0, 0, 0, 0));
	KUNIT_ASSERT_EQ(test, 0, utrace_control(b->engine, UTRACE_RESUME));
	KUNIT_EXPECT_TRUE(test, test_thread_counts(t->task, 0));
}

/*
 * In a call that was interrupted
 */

static void interrupted_call_goes_on(struct kunit *test)
{
	const struct way *way = this_way(test);
	struct utrace_look look;
	struct utrace_regfile *before;
	struct test_engine *e;
	struct test_task *t;

	e = held_in_call(test, &t, way->program, UTRACE_EVENTS_SYSCALL);
	KUNIT_ASSERT_EQ(test, 0, utrace_control(e->engine, UTRACE_RESUME));
	KUNIT_ASSERT_TRUE(test, test_task_in_state(t, TASK_INTERRUPTIBLE));
	utrace_look(t->task, &look);

	e->answer[EV(QUIESCE)] = UTRACE_STOP;
	KUNIT_ASSERT_EQ(test, 0, utrace_control(e->engine, UTRACE_INTERRUPT));
	KUNIT_ASSERT_TRUE(test, test_engine_stops(e, t, EV(QUIESCE), 2));
	e->answer[EV(QUIESCE)] = UTRACE_RESUME;
	before = test_regfile(test, e);
	KUNIT_EXPECT_EQ(test, task_tgid_nr(t->task), call0(test, t, e, way->getpid));
	/* One that would be restarted in another way, and one that fails. */
	call_asleep(test, t, e, way->ppoll);
	KUNIT_ASSERT_EQ(test, 0, utrace_call_interrupt(e->engine));
	KUNIT_ASSERT_TRUE(test, test_engine_called(e, 2));
	KUNIT_EXPECT_EQ(test, -ERESTARTNOHAND, e->result);
	KUNIT_ASSERT_TRUE(test, test_task_in_state(t, __TASK_TRACED));
	KUNIT_EXPECT_EQ(test, -ENOSYS, call0(test, t, e, 3333));
	expect_same_registers(test, e, before);
	KUNIT_ASSERT_EQ(test, 0, utrace_control(e->engine, UTRACE_RESUME));
	expect_still_in_ppoll(test, t, &look);
}

/* Also if the call has a restart block of its own. */
static void interrupted_nap_ends_in_time(struct kunit *test)
{
	struct test_engine *e;
	struct test_task *t;
	u64 ts[2] = { 100000, 0 };

	t = test_task(test, &payload_nap);
	e = test_observer(test, t, UTRACE_EVENTS_SYSCALL | UTRACE_EVENT(QUIESCE));
	e->answer[EV(SYSCALL_ENTRY)] = UTRACE_STOP;
	test_task_go(t);
	KUNIT_ASSERT_TRUE(test, test_engine_stops(e, t, EV(SYSCALL_ENTRY), 1));
	/* It is interrupted before it sleeps. */
	e->answer[EV(SYSCALL_ENTRY)] = UTRACE_RESUME;
	e->answer[EV(QUIESCE)] = UTRACE_STOP;
	KUNIT_ASSERT_EQ(test, 0, utrace_control(e->engine, UTRACE_INTERRUPT));
	KUNIT_ASSERT_TRUE(test, test_engine_stops(e, t, EV(QUIESCE), 1));
	e->answer[EV(QUIESCE)] = UTRACE_RESUME;
	KUNIT_ASSERT_EQ(test, 0, word(t, AFTER_CALL));

	KUNIT_ASSERT_EQ(test, sizeof(ts),
			access_process_vm(t->task, P_DATA + 64, ts, sizeof(ts),
					  FOLL_WRITE | FOLL_FORCE));
	KUNIT_ASSERT_EQ(test, 0, ask(test, e, __NR_clock_nanosleep,
				     (unsigned long[6]){ 1, 0, P_DATA + 64 }));
	KUNIT_ASSERT_TRUE(test, test_task_in_state(t, TASK_INTERRUPTIBLE));
	KUNIT_ASSERT_EQ(test, 0, utrace_call_interrupt(e->engine));
	KUNIT_ASSERT_TRUE(test, test_engine_called(e, 1));
	KUNIT_EXPECT_EQ(test, -ERESTART_RESTARTBLOCK, e->result);
	KUNIT_ASSERT_TRUE(test, test_task_in_state(t, __TASK_TRACED));
	KUNIT_ASSERT_EQ(test, 0, utrace_control(e->engine, UTRACE_RESUME));
	/* Not after 100000 seconds. */
	KUNIT_EXPECT_TRUE(test, test_poll(word(t, AFTER_CALL)));
	KUNIT_EXPECT_EQ(test, 0, word(t, RESULT));
}

/*
 * Calls that sleep
 */

static void thread_sleeps_in_the_call(struct kunit *test)
{
	const struct way *way = this_way(test);
	struct test_engine *e, *other;
	struct test_task *t;
	u64 pc;

	e = held_in_call(test, &t, way->program, 0);
	other = test_observer(test, t, UTRACE_EVENT(QUIESCE));
	KUNIT_ASSERT_EQ(test, 0, utrace_control(other->engine, UTRACE_STOP));
	call_asleep(test, t, e, way->ppoll);
	/* It cannot be examined, by nobody, */
	KUNIT_EXPECT_EQ(test, -EBUSY, utrace_prepare_examine(e->engine));
	KUNIT_EXPECT_EQ(test, -EBUSY, utrace_prepare_examine(other->engine));
	KUNIT_EXPECT_FALSE(test, utrace_is_asleep(e->engine));
	KUNIT_EXPECT_EQ(test, -EAGAIN,
			utrace_role_get_asleep(e->engine, UTRACE_ROLE_PC, &pc));
	/* nor makes it another call. */
	KUNIT_EXPECT_EQ(test, -EBUSY, ask(test, e, way->getpid, NULL));
	KUNIT_EXPECT_EQ(test, -EBUSY, ask(test, other, way->getpid, NULL));
	KUNIT_EXPECT_EQ(test, -EINVAL, utrace_call_interrupt(other->engine));
	/* Others do not interrupt it. */
	KUNIT_ASSERT_EQ(test, 0, utrace_control(other->engine, UTRACE_RESUME));
	KUNIT_EXPECT_EQ(test, 0, e->called);

	KUNIT_ASSERT_EQ(test, 0, utrace_call_interrupt(e->engine));
	KUNIT_ASSERT_TRUE(test, test_engine_called(e, 1));
	KUNIT_EXPECT_EQ(test, -ERESTARTNOHAND, e->result);
	KUNIT_EXPECT_TRUE(test, test_task_in_state(t, __TASK_TRACED));
	KUNIT_EXPECT_TRUE(test, test_task_stays_held(t));
	KUNIT_EXPECT_EQ(test, -EINVAL, utrace_call_interrupt(e->engine));
	/* The interrupt was for one call. */
	call_asleep(test, t, e, way->ppoll);
	KUNIT_ASSERT_EQ(test, 0, utrace_call_interrupt(e->engine));
	KUNIT_ASSERT_TRUE(test, test_engine_called(e, 2));
	KUNIT_ASSERT_EQ(test, 0, utrace_control(e->engine, UTRACE_RESUME));
}

static void release_interrupts_the_call(struct kunit *test)
{
	struct test_engine *e;
	struct test_task *t;

	e = held_counting(test, &t, 0);
	call_asleep(test, t, e, __NR_ppoll);
	KUNIT_ASSERT_EQ(test, 0, utrace_control(e->engine, UTRACE_RESUME));
	KUNIT_ASSERT_TRUE(test, test_engine_called(e, 1));
	KUNIT_EXPECT_EQ(test, -ERESTARTNOHAND, e->result);
	KUNIT_EXPECT_TRUE(test, test_thread_counts(t->task, 0));
}

/* Released before it begins, the call is made, but does not sleep. */
static void release_comes_before_the_call(struct kunit *test)
{
	static const long nrs[] = { __NR_ppoll, __NR_getpid };
	struct test_engine *e;
	struct test_task *t;
	int i;

	for (i = 0; i < ARRAY_SIZE(nrs); i++) {
		e = held_counting(test, &t, 0);
		KUNIT_ASSERT_EQ(test, 0, utrace_prepare_examine(e->engine));
		KUNIT_ASSERT_EQ(test, 0, ask(test, e, nrs[i], NULL));
		KUNIT_ASSERT_EQ(test, 0, utrace_control(e->engine, UTRACE_RESUME));
		/* Who has pinned the thread is not disturbed. */
		KUNIT_EXPECT_TRUE(test, test_task_stays_held(t));
		KUNIT_EXPECT_EQ(test, 0, e->called);
		utrace_finish_examine(e->engine);
		KUNIT_ASSERT_TRUE(test, test_engine_called(e, 1));
		KUNIT_EXPECT_EQ(test, i ? task_tgid_nr(t->task) : -ERESTARTNOHAND,
				e->result);
		KUNIT_EXPECT_TRUE(test, test_thread_counts(t->task, 0));
	}
}

/* Who has the thread pinned delays the call, and does not cancel it. */
static void pinned_thread_begins_when_it_is_unpinned(struct kunit *test)
{
	struct test_engine *e;
	struct test_task *t;

	e = held_counting(test, &t, 0);
	KUNIT_ASSERT_EQ(test, 0, utrace_prepare_examine(e->engine));
	KUNIT_ASSERT_EQ(test, 0, ask(test, e, __NR_getpid, NULL));
	KUNIT_EXPECT_TRUE(test, test_task_stays_held(t));
	KUNIT_EXPECT_EQ(test, 0, e->called);
	utrace_finish_examine(e->engine);
	KUNIT_ASSERT_TRUE(test, test_engine_called(e, 1));
	KUNIT_EXPECT_EQ(test, task_tgid_nr(t->task), e->result);
	KUNIT_EXPECT_TRUE(test, test_task_in_state(t, __TASK_TRACED));
}

static void detach_interrupts_the_call(struct kunit *test)
{
	struct test_engine *e;
	struct test_task *t;

	e = held_counting(test, &t, 0);
	call_asleep(test, t, e, __NR_ppoll);
	KUNIT_ASSERT_EQ(test, 0, utrace_control(e->engine, UTRACE_DETACH));
	KUNIT_EXPECT_TRUE(test, test_thread_counts(t->task, 0));
	KUNIT_EXPECT_EQ(test, 0, e->called);
}

static void detach_comes_before_the_call(struct kunit *test)
{
	struct test_engine *e;
	struct test_task *t;

	e = held_counting(test, &t, 0);
	KUNIT_ASSERT_EQ(test, 0, utrace_prepare_examine(e->engine));
	KUNIT_ASSERT_EQ(test, 0, ask(test, e, __NR_ppoll, NULL));
	KUNIT_ASSERT_EQ(test, 0, utrace_control(e->engine, UTRACE_DETACH));
	utrace_finish_examine(e->engine);
	KUNIT_EXPECT_TRUE(test, test_thread_counts(t->task, 0));
	KUNIT_EXPECT_EQ(test, 0, e->called);
}

/* Between the decision to make the call, and the call. */
static void release_at_the_beginning_interrupts(struct kunit *test)
{
	struct test_engine *e;
	struct test_point *p;
	struct test_task *t;

	e = held_counting(test, &t, 0);
	p = test_point(test, t->task, UTRACE_POINT_CALL);
	KUNIT_ASSERT_EQ(test, 0, ask(test, e, __NR_ppoll, NULL));
	KUNIT_ASSERT_TRUE(test, test_point_reached(p));
	KUNIT_ASSERT_EQ(test, 0, utrace_control(e->engine, UTRACE_RESUME));
	test_point_leave(p);
	KUNIT_ASSERT_TRUE(test, test_engine_called(e, 1));
	KUNIT_EXPECT_EQ(test, -ERESTARTNOHAND, e->result);
	KUNIT_EXPECT_TRUE(test, test_thread_counts(t->task, 0));
}

/* What interrupts the call does not interrupt the program's own. */
static void interrupt_is_for_the_call_alone(struct kunit *test)
{
	struct test_engine *e, *other;
	struct test_task *t;

	t = test_task(test, &payload_poll);
	e = test_observer(test, t, UTRACE_EVENTS_SYSCALL | UTRACE_EVENT(QUIESCE));
	other = test_observer(test, t, UTRACE_EVENT(QUIESCE));
	e->answer[EV(SYSCALL_ENTRY)] = UTRACE_STOP;
	test_task_go(t);
	KUNIT_ASSERT_TRUE(test, test_engine_stops(e, t, EV(SYSCALL_ENTRY), 1));
	call_asleep(test, t, e, __NR_ppoll);
	/* A pass is due, which interrupts nothing. */
	KUNIT_ASSERT_EQ(test, 0, utrace_control(other->engine, UTRACE_REPORT));
	KUNIT_ASSERT_EQ(test, 0, utrace_control(e->engine, UTRACE_RESUME));
	KUNIT_ASSERT_TRUE(test, test_engine_called(e, 1));
	KUNIT_EXPECT_EQ(test, -ERESTARTNOHAND, e->result);
	KUNIT_ASSERT_TRUE(test, test_task_in_state(t, TASK_INTERRUPTIBLE));
	KUNIT_EXPECT_EQ(test, 0, e->seen[EV(SYSCALL_EXIT)]);
	KUNIT_EXPECT_EQ(test, 0, other->seen[EV(QUIESCE)]);
}

/* And what was asked for the program's own call is not lost. */
static void interrupt_of_another_outlasts_the_call(struct kunit *test)
{
	struct test_engine *e, *other;
	struct test_task *t;
	bool during;

	for (during = false;; during = true) {
		t = test_task(test, &payload_poll);
		e = test_observer(test, t, UTRACE_EVENTS_SYSCALL | UTRACE_EVENT(QUIESCE));
		other = test_observer(test, t, UTRACE_EVENT(QUIESCE));
		e->answer[EV(SYSCALL_ENTRY)] = UTRACE_STOP;
		test_task_go(t);
		KUNIT_ASSERT_TRUE(test, test_engine_stops(e, t, EV(SYSCALL_ENTRY), 1));
		e->answer[EV(SYSCALL_ENTRY)] = UTRACE_RESUME;
		if (!during)
			KUNIT_ASSERT_EQ(test, 0, utrace_control(other->engine,
								UTRACE_INTERRUPT));
		call_asleep(test, t, e, __NR_ppoll);
		if (during)
			KUNIT_ASSERT_EQ(test, 0, utrace_control(other->engine,
								UTRACE_INTERRUPT));
		KUNIT_ASSERT_EQ(test, 0, utrace_control(e->engine, UTRACE_RESUME));
		KUNIT_ASSERT_TRUE(test, test_engine_called(e, 1));
		KUNIT_EXPECT_EQ(test, -ERESTARTNOHAND, e->result);
		KUNIT_EXPECT_TRUE(test, test_engine_sees(e, EV(SYSCALL_EXIT), 1));
		KUNIT_EXPECT_TRUE(test, test_engine_sees(other, EV(QUIESCE), 1));
		if (during)
			break;
	}
}

/*
 * Signals
 */

static void signal_interrupts_the_call(struct kunit *test)
{
	struct test_task *t = test_task_counting(test, &payload_handlers);
	struct test_handled *handled = test_handled(test, t);
	struct test_engine *e = test_observer(test, t, UTRACE_EVENT(QUIESCE));

	test_engine_hold(test, t, e);
	call_asleep(test, t, e, __NR_ppoll);
	KUNIT_ASSERT_EQ(test, 0, test_kill(t->task, SIGUSR1));
	KUNIT_ASSERT_TRUE(test, test_engine_called(e, 1));
	KUNIT_EXPECT_EQ(test, -ERESTARTNOHAND, e->result);
	/* Its handler has to wait. */
	KUNIT_EXPECT_TRUE(test, test_task_in_state(t, __TASK_TRACED));
	KUNIT_EXPECT_TRUE(test, test_task_stays_held(t));
	KUNIT_EXPECT_EQ(test, 0, handled->nr);
	/* So no other call sleeps, but those work that do not. */
	KUNIT_EXPECT_EQ(test, -ERESTARTNOHAND, call0(test, t, e, __NR_ppoll));
	KUNIT_EXPECT_EQ(test, task_tgid_nr(t->task), call0(test, t, e, __NR_getpid));
	KUNIT_ASSERT_EQ(test, 0, utrace_control(e->engine, UTRACE_RESUME));
	KUNIT_EXPECT_TRUE(test, test_handlers_run(handled, 1));
	KUNIT_EXPECT_EQ(test, SIGUSR1, handled->sig[0]);
}

static void kill_ends_the_call(struct kunit *test)
{
	struct test_engine *e;
	struct test_task *t;

	e = held_counting(test, &t, UTRACE_EVENT(EXIT) | UTRACE_EVENT(REAP));
	call_asleep(test, t, e, __NR_ppoll);
	KUNIT_ASSERT_EQ(test, 0, test_kill(t->task, SIGKILL));
	KUNIT_EXPECT_TRUE(test, test_task_dies(t));
	KUNIT_EXPECT_EQ(test, 1, e->seen[EV(EXIT)]);
	KUNIT_EXPECT_EQ(test, 1, e->seen[EV(REAP)]);
	KUNIT_EXPECT_EQ(test, 0, e->called);
	KUNIT_EXPECT_EQ(test, -ESRCH, ask(test, e, __NR_getpid, NULL));
}

static void kill_comes_before_the_call(struct kunit *test)
{
	struct test_engine *e;
	struct test_task *t;

	e = held_counting(test, &t, 0);
	KUNIT_ASSERT_EQ(test, 0, utrace_prepare_examine(e->engine));
	KUNIT_ASSERT_EQ(test, 0, ask(test, e, __NR_ppoll, NULL));
	KUNIT_ASSERT_EQ(test, 0, test_kill(t->task, SIGKILL));
	utrace_finish_examine(e->engine);
	KUNIT_EXPECT_TRUE(test, test_task_dies(t));
	KUNIT_EXPECT_EQ(test, 0, e->called);
}

/* A signal that the call sends to its own thread is a signal like others. */
static void call_sends_a_signal(struct kunit *test)
{
	struct test_task *t = test_task_counting(test, &payload_handlers);
	struct test_handled *handled = test_handled(test, t);
	struct test_engine *e = test_observer(test, t, UTRACE_EVENT(QUIESCE));

	test_engine_hold(test, t, e);
	KUNIT_EXPECT_EQ(test, 0, call(test, t, e, __NR_kill, task_tgid_nr(t->task), SIGUSR2,
				      0, 0, 0, 0));
	KUNIT_EXPECT_EQ(test, 0, handled->nr);
	KUNIT_ASSERT_EQ(test, 0, utrace_control(e->engine, UTRACE_RESUME));
	KUNIT_EXPECT_TRUE(test, test_handlers_run(handled, 1));
	KUNIT_EXPECT_EQ(test, SIGUSR2, handled->sig[0]);
}

/*
 * Seccomp.  In its strict mode, all calls but four kill the thread on the spot.
 */

static const unsigned int strict_events[] = { EV(QUIESCE), EV(SYSCALL_ENTRY) };

static void seccomp_ends_the_thread_in_the_call(struct kunit *test)
{
	struct test_engine *e, *other;
	struct test_task *t;
	int i;

	for (i = 0; i < ARRAY_SIZE(strict_events); i++) {
		unsigned int event = strict_events[i];

		t = test_task(test, event == EV(QUIESCE) ? &payload_count : &payload_loop);
		e = test_observer(test, t, UTRACE_EVENTS_SYSCALL | UTRACE_EVENT(QUIESCE) |
				  UTRACE_EVENT(EXIT) | UTRACE_EVENT(REAP));
		other = test_observer(test, t, UTRACE_EVENT(QUIESCE));
		e->answer[event] = UTRACE_STOP;
		if (event == EV(QUIESCE))
			KUNIT_ASSERT_EQ(test, 0, utrace_control(e->engine, UTRACE_REPORT));
		test_task_go(t);
		KUNIT_ASSERT_TRUE(test, test_engine_stops(e, t, event, 1));
		KUNIT_ASSERT_EQ(test, 0, utrace_control(other->engine, UTRACE_STOP));
		KUNIT_ASSERT_EQ(test, 0, call(test, t, e, __NR_prctl, PR_SET_SECCOMP,
					      SECCOMP_MODE_STRICT, 0, 0, 0, 0));
		KUNIT_EXPECT_EQ(test, -EBADF,
				call(test, t, e, __NR_write, -1, 0, 0, 0, 0, 0));
		KUNIT_ASSERT_EQ(test, 0, ask(test, e, __NR_getpid, NULL));
		/* Although two engines held it. */
		KUNIT_EXPECT_TRUE(test, test_task_dies(t));
		KUNIT_EXPECT_EQ(test, 2, e->called);
		KUNIT_EXPECT_EQ(test, 1, e->seen[EV(EXIT)]);
		KUNIT_EXPECT_EQ(test, 1, e->seen[EV(REAP)]);
	}
}

static struct kunit_case utrace_call_cases[] = {
	KUNIT_CASE(thread_executes_the_call_and_stays_held),
	KUNIT_CASE(all_arguments_arrive),
	KUNIT_CASE(number_that_no_call_has_fails),
	KUNIT_CASE(calls_of_the_thread_alone_are_refused),
	KUNIT_CASE(thread_that_is_not_held_executes_none),
	KUNIT_CASE(call_at_a_system_call_leaves_that_as_it_is),
	KUNIT_CASE(results_of_the_programs_calls_are_right),
	KUNIT_CASE(signal_stop_takes_calls),
	KUNIT_CASE(exit_stop_takes_none),
	KUNIT_CASE(every_engine_that_holds_may_call),
	KUNIT_CASE_PARAM(interrupted_call_goes_on, ways_gen_params),
	KUNIT_CASE(interrupted_nap_ends_in_time),
	KUNIT_CASE_PARAM(thread_sleeps_in_the_call, ways_gen_params),
	KUNIT_CASE(release_interrupts_the_call),
	KUNIT_CASE(release_comes_before_the_call),
	KUNIT_CASE(pinned_thread_begins_when_it_is_unpinned),
	KUNIT_CASE(detach_interrupts_the_call),
	KUNIT_CASE(detach_comes_before_the_call),
	KUNIT_CASE(release_at_the_beginning_interrupts),
	KUNIT_CASE(interrupt_is_for_the_call_alone),
	KUNIT_CASE(interrupt_of_another_outlasts_the_call),
	KUNIT_CASE(signal_interrupts_the_call),
	KUNIT_CASE(kill_ends_the_call),
	KUNIT_CASE(kill_comes_before_the_call),
	KUNIT_CASE(call_sends_a_signal),
	KUNIT_CASE(seccomp_ends_the_thread_in_the_call),
	{}
};

static struct kunit_suite utrace_call_suite = {
	.name = "utrace_call",
	.test_cases = utrace_call_cases,
};
kunit_test_suite(utrace_call_suite);
