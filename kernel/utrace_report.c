// SPDX-License-Identifier: GPL-2.0-only
/*
 * utrace: reports on their way along the chain, and the hooks that make them
 */

#include <linux/binfmts.h>
#include <linux/ptrace.h>
#include <linux/sched/jobctl.h>
#include <linux/sched/signal.h>

#include <asm/syscall.h>

#include "utrace_internal.h"

static bool utrace_wanted(struct utrace_walk *walk, struct utrace_engine *engine)
{
	if (walk->event == UTRACE_EVENT(QUIESCE)) {
		if (!(engine->flags & ENGINE_REQUEST))
			return false;
		engine->flags &= ~ENGINE_REQUEST;
		if (engine->flags & ENGINE_STOP_LATER)
			utrace_set_stop(engine);
	} else if (walk->event == UTRACE_EVENT(SYSCALL_EXIT)) {
		if (!(engine->flags & ENGINE_IN_SYSCALL))
			return false;
	}
	return engine->events & walk->event;
}

/*
 * The cursor goes to the next engine that wants the event, from where it is,
 * or from the end of the chain if it is NULL.
 */
struct utrace_engine *utrace_advance(struct utrace_walk *walk)
{
	struct utrace *u = walk->u;
	struct list_head *pos = u->cursor ? &u->cursor->node : &u->engines;
	struct utrace_engine *engine;

	lockdep_assert_held(&u->lock);

	for (;;) {
		pos = walk->inwards ? pos->next : pos->prev;
		if (pos == &u->engines) {
			u->cursor = NULL;
			u->reporting = NULL;
			return NULL;
		}
		engine = list_entry(pos, struct utrace_engine, node);
		if (utrace_wanted(walk, engine)) {
			engine->flags &= ~ENGINE_RESUMED;
			u->cursor = engine;
			u->reporting = engine;
			return engine;
		}
	}
}

struct utrace_engine *utrace_first(struct utrace_walk *walk)
{
	struct utrace_engine *engine;

	spin_lock_irq(&walk->u->lock);
	WARN_ON_ONCE(walk->u->cursor);
	engine = utrace_advance(walk);
	spin_unlock_irq(&walk->u->lock);
	return engine;
}

/* What the callback answered. */
static void utrace_apply(struct utrace_walk *walk, struct utrace_engine *engine,
			 enum utrace_action action)
{
	struct utrace *u = walk->u;

	lockdep_assert_held(&u->lock);

	/* Detached, perhaps by its own callback: it has no say any more. */
	if (!(engine->flags & ENGINE_ATTACHED))
		return;
	if (action == UTRACE_DETACH) {
		utrace_detach(engine);
		return;
	}
	if (u->dead)
		return;

	switch (action) {
	case UTRACE_STOP:
		if (engine->flags & ENGINE_RESUMED)
			break;
		utrace_set_stop(engine);
		if (!walk->stop_here)
			utrace_kick(u, false);
		break;
	case UTRACE_REPORT:
	case UTRACE_INTERRUPT:
		/* Else it would never come to user mode. */
		if (walk->event == UTRACE_EVENT(QUIESCE))
			break;
		engine->flags |= ENGINE_REQUEST;
		utrace_kick(u, action == UTRACE_INTERRUPT);
		break;
	case UTRACE_RESUME:
		break;
	default:
		WARN_ONCE(1, "utrace: %s answered %d\n", engine->ops->name, action);
	}
}

/* Apply @engine's answer, stop for it, and go to the next one. */
struct utrace_engine *utrace_next(struct utrace_walk *walk,
					 struct utrace_engine *engine,
					 enum utrace_action action)
{
	struct utrace *u = walk->u;
	struct utrace_engine *next;
	bool left;

	spin_lock_irq(&u->lock);
	utrace_apply(walk, engine, action);
	u->reporting = NULL;
	if (u->nr_barrier)
		wake_up_all(&u->wait);

	if (walk->stop_here && u->nr_stop) {
		spin_unlock_irq(&u->lock);
		utrace_stop(u, walk->event);
		spin_lock_irq(&u->lock);
	}

	next = utrace_advance(walk);
	left = !(engine->flags & ENGINE_ATTACHED);
	if (left)
		list_del(&engine->node);
	spin_unlock_irq(&u->lock);

	if (left)
		utrace_engine_put(engine);
	return next;
}

/*
 * The hooks.  All are called in the thread, without locks.
 */

/* Nonzero: make no system call. */
int __utrace_syscall_entry(struct pt_regs *regs)
{
	struct utrace *u = current->utrace;
	struct utrace_walk walk = {
		.u = u,
		.event = UTRACE_EVENT(SYSCALL_ENTRY),
		.inwards = true,
		.stop_here = true,
	};
	struct utrace_engine *engine;

	if (!(task_utrace_flags(current) & UTRACE_FLAG_SYSCALLS)) {
		utrace_syscall_work_done(u);
		return 0;
	}

	u->syscall.nr = syscall_get_nr(current, regs);
	syscall_get_arguments(current, regs, u->syscall.args);

	spin_lock_irq(&u->lock);
	u->in_syscall = true;
	list_for_each_entry(engine, &u->engines, node) {
		if (engine->events & UTRACE_EVENTS_SYSCALL)
			engine->flags |= ENGINE_IN_SYSCALL;
		else
			engine->flags &= ~ENGINE_IN_SYSCALL;
	}
	engine = utrace_advance(&walk);
	spin_unlock_irq(&u->lock);

	while (engine)
		engine = utrace_next(&walk, engine,
				     engine->ops->report_syscall_entry(engine, regs));

	return fatal_signal_pending(current);
}

void __utrace_syscall_exit(struct pt_regs *regs)
{
	struct utrace *u = current->utrace;
	struct utrace_walk walk = {
		.u = u,
		.event = UTRACE_EVENT(SYSCALL_EXIT),
		.stop_here = true,
	};
	struct utrace_engine *engine;

	/*
	 * The work may have been set in the middle of the call, and new tasks
	 * come through here on some architectures.
	 */
	if (u->in_syscall) {
		utrace_report(&walk, engine,
			      engine->ops->report_syscall_exit(engine, regs));

		/* ENGINE_IN_SYSCALL means nothing until the next entry sets it. */
		spin_lock_irq(&u->lock);
		u->in_syscall = false;
		spin_unlock_irq(&u->lock);
	}

	if (!(task_utrace_flags(current) & UTRACE_FLAG_SYSCALLS))
		utrace_syscall_work_done(u);
}

/* What ptrace_report_syscall_exit() does, with engines. */
void __utrace_ptrace_syscall_exit(struct pt_regs *regs, int step)
{
	__utrace_syscall_exit(regs);
	if (step)
		user_single_step_report(regs);
	else
		ptrace_report_syscall(PTRACE_EVENTMSG_SYSCALL_EXIT);
}

/*
 * get_signal(): report QUIESCE to the engines that asked for it, and stop as
 * long as any engine wants.  siglock is held at first, and not on return.
 * Always true, so that get_signal() starts over.
 */
bool __utrace_quiesce(void)
	__releases(&current->sighand->siglock)
{
	struct utrace *u = current->utrace;
	struct utrace_walk walk = {
		.u = u,
		.event = UTRACE_EVENT(QUIESCE),
		.stop_here = true,
	};
	struct utrace_engine *engine;

	spin_unlock_irq(&current->sighand->siglock);

	/* What is asked for from here on sets them again. */
	spin_lock_irq(&u->lock);
	spin_lock(&current->sighand->siglock);
	current->jobctl &= ~(JOBCTL_UTRACE | JOBCTL_TRAP_UTRACE);
	spin_unlock(&current->sighand->siglock);
	spin_unlock_irq(&u->lock);

	utrace_report(&walk, engine, engine->ops->report_quiesce(engine));
	/* An engine may hold the thread from an earlier event. */
	utrace_stop(u, walk.event);
	return true;
}

void __utrace_clone(u64 clone_flags, struct task_struct *child)
{
	struct utrace_walk walk = {
		.u = utrace_current(),
		.event = UTRACE_EVENT(CLONE),
	};
	struct utrace_engine *engine;

	utrace_report(&walk, engine,
		      engine->ops->report_clone(engine, clone_flags, child));
}

unsigned int __utrace_unsafe_exec(void)
{
	struct utrace *u = utrace_current();
	struct utrace_engine *engine;
	unsigned int unsafe = 0;

	spin_lock_irq(&u->lock);
	list_for_each_entry(engine, &u->engines, node)
		if (engine->ops->unsafe_exec)
			unsafe |= engine->ops->unsafe_exec(engine);
	spin_unlock_irq(&u->lock);
	return unsafe;
}

void __utrace_exec(struct linux_binprm *bprm, pid_t old_tid)
{
	struct utrace_walk walk = {
		.u = utrace_current(),
		.event = UTRACE_EVENT(EXEC),
	};
	struct utrace_engine *engine;

	utrace_report(&walk, engine,
		      engine->ops->report_exec(engine, bprm, old_tid));
}

void __utrace_exit(long code)
{
	struct utrace *u = utrace_current();
	struct utrace_walk walk = {
		.u = u,
		.event = UTRACE_EVENT(EXIT),
		.stop_here = true,
	};
	struct utrace_engine *engine;

	/*
	 * It will not be in user mode again, where stops from before were to
	 * hold it.
	 */
	spin_lock_irq(&u->lock);
	utrace_clear_stops(u);
	spin_unlock_irq(&u->lock);

	utrace_report(&walk, engine, engine->ops->report_exit(engine, code));
}

/*
 * The end.  exit_notify() and release_task() come in either order, and in
 * different tasks: a parent may reap the zombie before it has reported its
 * death.  Whoever finds the other's work done makes the last report.  If there
 * were never engines, both only bar the door.
 */
static struct utrace *utrace_close(struct task_struct *task)
{
	struct utrace *u = cmpxchg(&task->utrace, NULL, UTRACE_DEAD);

	return IS_ERR(u) ? NULL : u;
}

static void utrace_reap(struct utrace *u)
{
	struct utrace_walk walk = {
		.u = u,
		.event = UTRACE_EVENT(REAP),
	};
	struct utrace_engine *engine;

	utrace_report(&walk, engine,
		      (engine->ops->report_reap(engine), UTRACE_DETACH));

	spin_lock_irq(&u->lock);
	while (!list_empty(&u->engines)) {
		engine = list_first_entry(&u->engines, struct utrace_engine, node);
		utrace_detach(engine);
		spin_unlock_irq(&u->lock);
		utrace_engine_put(engine);
		spin_lock_irq(&u->lock);
	}
	spin_unlock_irq(&u->lock);

	/* The thread has no more hooks to come, and attach gives up on dead. */
	WRITE_ONCE(u->task->utrace, UTRACE_DEAD);
	utrace_put(u);
}

/* exit_notify(): @task is current, and a zombie or on its own way to be reaped. */
void utrace_death(struct task_struct *task, int group_dead)
{
	struct utrace *u = utrace_close(task);
	struct utrace_walk walk = {
		.u = u,
		.event = UTRACE_EVENT(DEATH),
	};
	struct utrace_engine *engine;
	bool reap;

	if (likely(!u))
		return;

	spin_lock_irq(&u->lock);
	u->dead = true;
	utrace_clear_stops(u);
	spin_unlock_irq(&u->lock);

	utrace_report(&walk, engine,
		      engine->ops->report_death(engine, group_dead));

	spin_lock_irq(&u->lock);
	u->death_done = true;
	reap = u->reap;
	spin_unlock_irq(&u->lock);

	if (reap)
		utrace_reap(u);
}

/* release_task(): by whatever task reaps @task. */
void utrace_release_task(struct task_struct *task)
{
	struct utrace *u = utrace_close(task);
	bool reap;

	if (likely(!u))
		return;

	spin_lock_irq(&u->lock);
	u->reap = true;
	reap = u->death_done;
	spin_unlock_irq(&u->lock);

	if (reap)
		utrace_reap(u);
}
