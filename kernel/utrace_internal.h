/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the files of the engine share: utrace.c says how it works
 */
#ifndef _KERNEL_UTRACE_INTERNAL_H
#define _KERNEL_UTRACE_INTERNAL_H

#include <linux/err.h>
#include <linux/list.h>
#include <linux/lockdep.h>
#include <linux/refcount.h>
#include <linux/sched.h>
#include <linux/spinlock.h>
#include <linux/utrace.h>
#include <linux/utrace_hooks.h>
#include <linux/wait.h>

/* engine->flags */
#define ENGINE_ATTACHED		BIT(0)	/* in the chain, and gets reports */
#define ENGINE_STOP		BIT(1)	/* holds the thread; in nr_stop */
#define ENGINE_STOP_LATER	BIT(2)	/* ... will, from the quiesce pass on */
#define ENGINE_REQUEST		BIT(3)	/* is owed a report_quiesce */
#define ENGINE_RESUMED		BIT(4)	/* RESUME came during its callback */
#define ENGINE_IN_SYSCALL	BIT(5)	/* wanted calls when this one began */

/* What task->utrace is when it can never be anything else. */
#define UTRACE_DEAD		((struct utrace *)ERR_PTR(-ESRCH))

/**
 * struct utrace - what the engines of one thread share
 * @lock: protects everything below, and what the file comment says
 * @ref: one for task->utrace, one for each engine
 * @task: the thread.  Not referenced: every engine references it, and hooks run
 *	in it or before it is freed
 * @cookie: a number that no other thread ever has; constant
 * @engines: the chain, outermost first
 * @cursor: the engine at which the walk in progress stands; on the chain even
 *	if it is detached
 * @reporting: @cursor while its callback runs, else NULL
 * @nr_stop: attached engines with ENGINE_STOP
 * @nr_barrier: sleepers on @wait
 * @stopped: the thread is in utrace_stop(), asleep or about to look again
 * @in_syscall: @syscall is valid: between the hooks of entry and exit
 * @dead: report_death has begun; no events but REAP can be asked for
 * @death_done: report_death is over, and report_reap may be made
 * @reap: release_task() was here
 * @syscall: the call in progress.  Written and read by the thread only, except
 *	while it is stopped.
 * @wait: utrace_barrier()
 * @rcu: task->utrace is read under RCU by utrace_attach_task()
 */
struct utrace {
	spinlock_t lock;
	refcount_t ref;
	struct task_struct *task;
	u64 cookie;
	struct list_head engines;
	struct utrace_engine *cursor;
	struct utrace_engine *reporting;
	unsigned int nr_stop;
	unsigned int nr_barrier;
	bool stopped;
	bool in_syscall;
	bool dead;
	bool death_done;
	bool reap;
	struct utrace_syscall syscall;
	wait_queue_head_t wait;
	struct rcu_head rcu;
};

/**
 * struct utrace_walk - a report on its way along the chain
 * @u: whose chain
 * @event: UTRACE_EVENT() bit of what is reported
 * @inwards: the direction
 * @stop_here: a STOP holds the thread where it was answered, not later
 */
struct utrace_walk {
	struct utrace *u;
	unsigned long event;
	bool inwards;
	bool stop_here;
};

/*
 * The hooks look at utrace_flags and then at the pointer.  Without a barrier
 * the second load may have been the first.
 */
static inline struct utrace *utrace_current(void)
{
	smp_rmb();	/* pairs with cmpxchg() in utrace_get() */
	return current->utrace;
}

/* utrace.c */
void utrace_put(struct utrace *u);
void utrace_update_flags(struct utrace *u);
void utrace_syscall_work_done(struct utrace *u);
bool utrace_detach(struct utrace_engine *engine);

/* utrace_stop.c */
void utrace_set_stop(struct utrace_engine *engine);
void utrace_clear_stop(struct utrace_engine *engine);
void utrace_clear_stops(struct utrace *u);
void utrace_kick(struct utrace *u, bool interrupt);
void utrace_wake(struct utrace *u);
void utrace_stop(struct utrace *u, unsigned long event);

/* utrace_report.c */
struct utrace_engine *utrace_first(struct utrace_walk *walk);
struct utrace_engine *utrace_next(struct utrace_walk *walk,
				  struct utrace_engine *engine,
				  enum utrace_action action);
struct utrace_engine *utrace_advance(struct utrace_walk *walk);

/*
 * Make one report: the last argument is the call of the callback, for @engine.
 * A macro because the arguments of the callbacks differ.
 */
#define utrace_report(walk, engine, callback)				\
	for ((engine) = utrace_first(walk); (engine);			\
	     (engine) = utrace_next(walk, engine, callback))

#endif /* _KERNEL_UTRACE_INTERNAL_H */
