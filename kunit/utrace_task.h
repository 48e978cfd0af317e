/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the suites share: real user tasks, and an engine that writes down what
 * it is told
 */
#ifndef _KUNIT_UTRACE_TASK_H
#define _KUNIT_UTRACE_TASK_H

#include <kunit/test.h>
#include <linux/completion.h>
#include <linux/list.h>
#include <linux/sched.h>
#include <linux/signal_types.h>
#include <linux/spinlock.h>
#include <linux/utrace.h>
#include <linux/wait.h>

#include "../kernel/utrace/internal.h"
#include "utrace_payload.h"

struct test_engine;

/* Longer than anything takes on an emulated machine that others share. */
#define TEST_TIMEOUT	(60 * HZ)

/**
 * struct test_task - a user task that runs a payload
 * @task: the task; referenced until the test is over
 * @ready: it takes signals now
 * @go: completed by test_task_go()
 * @mnt: where its program lies
 * @error: of its exec
 */
struct test_task {
	struct task_struct *task;
	struct completion ready;
	struct completion go;
	struct vfsmount *mnt;
	int error;
};

/*
 * Zeroed memory of the test's.  What a task's engines use must not be on the
 * stack: the task lives until the test function has returned.  And it has to be
 * older than the engine.
 */
#define test_alloc(test, type) ({					\
	type *__p = kunit_kzalloc(test, sizeof(*__p), GFP_KERNEL);	\
	KUNIT_ASSERT_NOT_NULL(test, __p);				\
	__p;								\
})

/* Make a task.  It waits, in the kernel, for test_task_go(), and then execs. */
struct test_task *test_task(struct kunit *test, const struct utrace_payload *program);
void test_task_go(struct test_task *t);
/* A task that counts at P_DATA already: what its payload does first is done. */
struct test_task *test_task_counting(struct kunit *test,
				     const struct utrace_payload *program);
void test_task_kill(struct test_task *t);
/* Is it dead, within the time limit?  And reaped, and both were reported? */
bool test_task_dies(struct test_task *t);
/* Is it in a state of @mask, off its CPU, within the time limit? */
bool test_task_in_state(struct test_task *t, unsigned int mask);
bool test_thread_in_state(struct task_struct *task, unsigned int mask);
/* Is it held, and does not move while it is watched? */
bool test_task_stays_held(struct test_task *t);
/* Has the engine's thread left the stop that it was resumed from? */
bool test_engine_has_resumed(struct test_engine *e);
/* Has it used more CPU time in user mode, within the time limit? */
bool test_task_runs(struct test_task *t);
/* Its thread that is not the leader, within the time limit; asserts that. */
struct task_struct *test_task_thread(struct kunit *test, struct test_task *t);

/* What is at @addr of its memory? */
int test_task_read(struct task_struct *task, unsigned long addr, void *buf,
		   size_t size);
/* Does the word at P_DATA + @offset grow, within the time limit? */
bool test_thread_counts(struct task_struct *task, unsigned int offset);
/* Does it not, for a while? */
bool test_thread_rests(struct task_struct *task, unsigned int offset);

/**
 * struct test_log_entry - one callback
 * @engine: which test_engine
 * @event: UTRACE_EV_*.  For a signal, the first class that the engine asked for:
 *	to learn the class, ask for one only.
 * @value: what it was about: system call number or result, exit code, signal
 *	number, address of the next instruction for a step, ...
 */
struct test_log_entry {
	const struct test_engine *engine;
	unsigned int event;
	long value;
};

#define TEST_LOG_MAX	64

/**
 * struct test_log - callbacks in the order in which they were made
 * @lock: protects @nr and @entries
 * @wait: woken with every entry
 * @nr: entries; those beyond the last place are counted only
 * @entries: the callbacks
 */
struct test_log {
	spinlock_t lock;
	wait_queue_head_t wait;
	unsigned int nr;
	struct test_log_entry entries[TEST_LOG_MAX];
};

/**
 * struct test_gate - a callback that waits until the test lets it go on
 * @event: for this event
 * @entered: it waits
 * @leave: completed by test_gate_open()
 */
struct test_gate {
	unsigned int event;
	struct completion entered;
	struct completion leave;
};

/**
 * struct test_engine - an engine that logs every callback
 * @log: where
 * @engine: the engine, with a reference until the test is over
 * @answer: for each event
 * @seen: callbacks of each event; under log->lock
 * @called: number of calls of report_called; likewise
 * @result: what the last one was told
 * @on_clone: what to do with a new child; may be NULL
 * @on_event: called in every callback, after it was logged; may be NULL.  What
 *	it returns is the answer.
 * @events: which it asked for when it was attached
 * @args: of the last system call entry
 * @regs: of the last system call callback
 * @sig: of the last report_signal; valid in it, and while the engine holds the
 *	thread in it
 * @gate: for test_gate()
 * @private: for the test that sets @on_clone or @on_event
 */
struct test_engine {
	struct test_log *log;
	struct utrace_engine *engine;
	enum utrace_action answer[UTRACE_EV_NR];
	unsigned int seen[UTRACE_EV_NR];
	unsigned int called;
	long result;
	void (*on_clone)(struct test_engine *e, struct task_struct *child);
	enum utrace_action (*on_event)(struct test_engine *e, unsigned int event,
				       enum utrace_action answer);
	unsigned long events;
	unsigned long args[6];
	struct pt_regs *regs;
	struct utrace_signal *sig;
	struct test_gate gate;
	void *private;
};

struct test_log *test_log(struct kunit *test);

struct test_engine *test_engine(struct kunit *test, struct test_log *log);
int test_engine_attach_to(struct test_engine *e, struct task_struct *task,
			  enum utrace_class class, unsigned long events);
/* Both of the above; asserts success. */
struct test_engine *test_engine_attach_as(struct kunit *test, struct test_log *log,
					  struct test_task *t,
					  enum utrace_class class,
					  unsigned long events);
/* The same for an observer, */
struct test_engine *test_engine_attach(struct kunit *test, struct test_log *log,
				       struct test_task *t, unsigned long events);
/* and for one with a log of its own. */
struct test_engine *test_observer(struct kunit *test, struct test_task *t,
				  unsigned long events);

/* Give @e a set of system calls, made of @filter. */
int test_set_calls(struct test_engine *e, const struct utrace_syscall_filter *filter);

/* Has report_called been called @count times for @e, within the time limit? */
bool test_engine_called(struct test_engine *e, unsigned int count);

/* Has @e seen @count of @event, within the time limit? */
bool test_engine_sees(struct test_engine *e, unsigned int event,
		      unsigned int count);

/* And does @t stand still in it then? */
bool test_engine_stops(struct test_engine *e, struct test_task *t,
		       unsigned int event, unsigned int count);

/* Stop @t from outside, and be sure that it is; asserts success. */
void test_engine_hold(struct kunit *test, struct test_task *t,
		      struct test_engine *e);
/*
 * Let @t go, with an observer of everything that stops it at the first @event;
 * asserts that it is stopped there.
 */
struct test_engine *test_engine_hold_at(struct kunit *test, struct test_task *t,
					unsigned int event);

/*
 * For on_event: is the answer to @event the next step of *@left steps, which begin with
 * the return of getpid()?  Counts them down.
 */
bool test_step_due(struct test_engine *e, unsigned int event, unsigned int *left);

/*
 * The registers of @e's thread, which @e holds.  They live as long as the test; asserts
 * success.
 */
struct utrace_regfile *test_regfile(struct kunit *test, struct test_engine *e);

/* Make @e wait in its callback for @event, in place of another on_event. */
void test_gate(struct test_engine *e, unsigned int event);
/* Does it wait, within the time limit? */
bool test_gate_entered(struct test_engine *e);
/* Let it go on, and not wait again. */
void test_gate_open(struct test_engine *e);

/*
 * Signals
 */

/* Send a signal with @value, as sigqueue() would; to the process if @type is
 * PIDTYPE_TGID.
 */
int test_sigqueue(struct task_struct *task, int sig, int value, enum pid_type type);
/* As kill() would. */
int test_kill(struct task_struct *task, int sig);

#define TEST_HANDLED_MAX	16

/**
 * struct test_handled - what the handlers of payload_handlers were told
 * @engine: an observer that looks on
 * @nr: calls of handlers
 * @sig: their first argument
 * @info: their second
 */
struct test_handled {
	struct test_engine *engine;
	unsigned int nr;
	int sig[TEST_HANDLED_MAX];
	struct siginfo info[TEST_HANDLED_MAX];
};

struct test_handled *test_handled(struct kunit *test, struct test_task *t);
/* Have handlers been called @count times, within the time limit? */
bool test_handlers_run(struct test_handled *handled, unsigned int count);

/* A transformer that makes @sig, of si_int 56, of every signal of class @event. */
struct test_engine *test_replacer(struct kunit *test, struct test_task *t,
				  unsigned int event, int sig);
/* What utrace_signal_replace() has returned to it; 1: it was not called. */
int test_replaced(const struct test_engine *e);

/**
 * struct test_point - a place in the engine where a thread waits for the test
 * @point: which
 * @task: the thread
 * @reached: it is there
 * @leave: completed by test_point_leave()
 * @passed: it came there once; the next time it is not held
 * @users: it is there, or on its way
 * @node: in the list of those that are armed
 */
struct test_point {
	enum utrace_test_point point;
	struct task_struct *task;
	struct completion reached;
	struct completion leave;
	bool passed;
	unsigned int users;
	struct list_head node;
};

/* Make @t wait when it is at @point for the first time from now on. */
struct test_point *test_point(struct kunit *test, struct task_struct *task,
			      enum utrace_test_point point);
/* Is it there, within the time limit? */
bool test_point_reached(struct test_point *p);
void test_point_leave(struct test_point *p);

/*
 * Does a step over a jump lead to where the jump does?  Else the task that is
 * stepped goes astray, and the test cannot be.
 */
bool test_steps_follow_jumps(struct kunit *test);

#define EV(ev)	UTRACE_EV_##ev

/* The call is made again until it is true, or the time is over. */
#define test_poll(condition) ({						\
	unsigned long __end = jiffies + TEST_TIMEOUT;			\
	bool __true;							\
	while (!(__true = (condition)) && time_before(jiffies, __end))	\
		schedule_timeout_uninterruptible(1);			\
	__true;								\
})

/* For tests that step; and for those whose steps lead through jumps. */
#define SKIP_WITHOUT_STEPS(test) do {					\
	if (!utrace_can_step())						\
		kunit_skip(test, "this machine has no single-step");	\
} while (0)

#define SKIP_WITHOUT_STEPS_OVER_JUMPS(test) do {				\
	SKIP_WITHOUT_STEPS(test);					\
	if (!test_steps_follow_jumps(test))				\
		kunit_skip(test, "this machine's steps lose jumps");	\
} while (0)

#endif /* _KUNIT_UTRACE_TASK_H */
