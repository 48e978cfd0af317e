// SPDX-License-Identifier: GPL-2.0-only
/*
 * utrace: reports on their way along the chain, and the hooks that make them
 */

#include <linux/binfmts.h>
#include <linux/export.h>
#include <linux/ptrace.h>
#include <linux/sched/jobctl.h>
#include <linux/sched/signal.h>

#include <asm/syscall.h>
#include <asm/utrace.h>

#include <trace/events/utrace.h>

#include "utrace_internal.h"

/* Is a system call in an engine's set? */
static bool utrace_set_has(const struct utrace_syscall_set *set,
			   const struct utrace_syscall *call)
{
	if (!set)
		return true;
	if (call->arch != set->arch ||
	    (unsigned long)call->nr >= UTRACE_SYSCALL_MAX)
		return set->others;
	return test_bit(call->nr, set->calls);
}

static bool utrace_wanted(struct utrace_walk *walk, struct utrace_engine *engine)
{
	if (walk->event & UTRACE_EVENTS_SYSCALL) {
		if (!(engine->flags & ENGINE_IN_SYSCALL))
			return false;
	} else if (walk->event == UTRACE_EVENT(QUIESCE)) {
		if (!(engine->flags & ENGINE_REQUEST))
			return false;
		engine->flags &= ~ENGINE_REQUEST;
		if (engine->flags & ENGINE_STOP_LATER)
			utrace_set_stop(engine);
	} else if (walk->event == UTRACE_EVENT(STEP)) {
		if (!(engine->flags & ENGINE_STEPPED))
			return false;
		engine->flags &= ~ENGINE_STEPPED;
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
			/* That was the report of the entry, or of the exit. */
			if (walk->event == UTRACE_EVENT(SYSCALL_ENTRY))
				u->in_entry = false;
			else if (walk->event == UTRACE_EVENT(SYSCALL_EXIT))
				WRITE_ONCE(u->in_syscall, false);
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
static noinline void utrace_apply(struct utrace_walk *walk,
				  struct utrace_engine *engine,
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
		if (utrace_charge_stop(engine)) {
			pr_notice_ratelimited("utrace: %s[%d] not held for %s: kernel.utrace.max_stopped\n",
					      current->comm, task_pid_nr(current),
					      engine->ops->name);
			break;
		}
		engine->flags &= ~ENGINE_STEPS;
		utrace_set_stop(engine);
		/* A job control stop comes first: __utrace_group_cont(). */
		if (!walk->stop_here && walk->event != UTRACE_EVENT(GROUP_STOP))
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
	case UTRACE_SINGLESTEP:
	case UTRACE_BLOCKSTEP:
		if (WARN_ONCE(!utrace_can_step() ||
			      !(engine->events & UTRACE_EVENT(STEP)),
			      "utrace: %s cannot step\n", engine->ops->name))
			break;
		engine->flags |= action == UTRACE_SINGLESTEP ? ENGINE_STEP
							     : ENGINE_BLOCKSTEP;
		/* The quiesce pass, which this may be, arms the machine. */
		if (walk->event != UTRACE_EVENT(QUIESCE))
			utrace_kick(u, false);
		break;
	case UTRACE_RESUME:
		break;
	default:
		WARN_ONCE(1, "utrace: %s answered %d\n", engine->ops->name, action);
	}

	/* It had said that it would stop, and thought better of it. */
	if ((engine->flags & (ENGINE_CHARGED | ENGINE_STOP | ENGINE_STOP_LATER)) ==
	    ENGINE_CHARGED) {
		engine->flags &= ~ENGINE_CHARGED;
		utrace_user_uncharge(engine->user);
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

	trace_utrace_report(engine, __ffs(walk->event), action);
	utrace_test_point(UTRACE_POINT_CALLBACK_DONE, current);

	spin_lock_irq(&u->lock);
	/* Most callbacks just look. */
	if (action != UTRACE_RESUME || (engine->flags & ENGINE_CHARGED))
		utrace_apply(walk, engine, action);
	u->reporting = NULL;
	if (u->nr_barrier)
		wake_up_all(&u->wait);

	if (walk->stop_here && u->nr_stop) {
		spin_unlock_irq(&u->lock);
		utrace_stop(u, walk->event);
		spin_lock_irq(&u->lock);
	}

	/* The engine may have made another signal of it, even in the stop. */
	if (walk->sig)
		walk->event = utrace_signal_event(walk->sig);
	next = utrace_advance(walk);
	left = !(engine->flags & ENGINE_ATTACHED);
	if (left)
		utrace_unlink(engine);
	spin_unlock_irq(&u->lock);

	if (left)
		utrace_engine_put(engine);
	return next;
}

/*
 * The hooks.  All are called in the thread, without locks.
 */

/*
 * No engine wants this call, as far as can be told without the lock: most calls
 * of a thread whose engines want few are over here.
 */
static bool utrace_call_unwanted(struct utrace *u, u32 arch, long nr)
{
	if ((unsigned long)nr >= UTRACE_SYSCALL_MAX ||
	    arch != READ_ONCE(u->calls_arch))
		return false;
	smp_rmb();	/* pairs with utrace_update_calls() */
	return !test_bit(nr, u->calls);
}

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
	u->syscall.arch = syscall_get_arch(current);
	if (!READ_ONCE(u->in_syscall) &&
	    utrace_call_unwanted(u, u->syscall.arch, u->syscall.nr))
		return 0;
	syscall_get_arguments(current, regs, u->syscall.args);

	spin_lock_irq(&u->lock);
	u->in_syscall = false;
	u->skip = false;
	list_for_each_entry(engine, &u->engines, node) {
		engine->flags &= ~ENGINE_IN_SYSCALL;
		if (!(engine->events & UTRACE_EVENTS_SYSCALL) ||
		    !utrace_set_has(engine->calls, &u->syscall))
			continue;
		engine->flags |= ENGINE_IN_SYSCALL;
		u->in_syscall = true;
	}
	u->in_entry = u->in_syscall;
	engine = u->in_syscall ? utrace_advance(&walk) : NULL;
	spin_unlock_irq(&u->lock);

	if (!u->in_entry)
		return 0;

	while (engine)
		engine = utrace_next(&walk, engine,
				     engine->ops->report_syscall_entry(engine, regs));

	/* Nobody may set it any more. */
	return u->skip || fatal_signal_pending(current);
}

/* Has an engine said that the call shall not be made?  For arm64. */
bool __utrace_syscall_skipped(void)
{
	return READ_ONCE(current->utrace->skip);
}

/**
 * utrace_syscall_skip - do not make the system call
 * @engine: in its report_syscall_entry, or while it holds the thread there
 * @result: what the call shall return; -errno for an error
 *
 * User space sees @result, on every architecture the same, unless an engine
 * changes it at exit.  ptrace and all engines see the call's entry and exit as
 * ever; if several say skip, the last one's result counts.  Neither seccomp nor
 * audit sees the call.
 *
 * Context: any; does not sleep.
 * Return: 0.  %-EINVAL: there is no report of an entry under way.  %-ESRCH: the
 *	engine is detached.
 */
int utrace_syscall_skip(struct utrace_engine *engine, long result)
{
	struct utrace *u = engine->utrace;
	unsigned long flags;
	int ret = 0;

	spin_lock_irqsave(&u->lock, flags);
	if (!(engine->flags & ENGINE_ATTACHED)) {
		ret = -ESRCH;
	} else if (!u->in_entry) {
		ret = -EINVAL;
	} else {
		u->skip = true;
		u->result = result;
		utrace_update_flags(u);		/* the exit must come by */
	}
	spin_unlock_irqrestore(&u->lock, flags);
	return ret;
}
EXPORT_SYMBOL_NS_GPL(utrace_syscall_skip, UTRACE);

void __utrace_syscall_exit(struct pt_regs *regs)
{
	struct utrace *u = current->utrace;
	struct utrace_walk walk = {
		.u = u,
		.event = UTRACE_EVENT(SYSCALL_EXIT),
		.stop_here = true,
	};
	struct utrace_engine *engine;

	if (unlikely(READ_ONCE(u->skip))) {
		/* At entry it would not have lasted on every architecture. */
		arch_utrace_set_exit_result(regs, u->result);
		spin_lock_irq(&u->lock);
		u->skip = false;
		utrace_update_flags(u);
		spin_unlock_irq(&u->lock);
	}

	/*
	 * The work may have been set in the middle of the call, and new tasks
	 * come through here on some architectures.
	 */
	if (READ_ONCE(u->in_syscall)) {
		utrace_report(&walk, engine,
			      engine->ops->report_syscall_exit(engine, regs));
	}

	if (!(task_utrace_flags(current) & UTRACE_FLAG_SYSCALLS))
		utrace_syscall_work_done(u);
}

/* What ptrace_report_syscall_exit() does, with engines. */
void __utrace_ptrace_syscall_exit(struct pt_regs *regs, int step)
{
	/* Else it has been made already. */
	if (!IS_ENABLED(CONFIG_HAVE_ARCH_UTRACE_SYSCALL))
		__utrace_syscall_exit(regs);
	if (step && current->utrace->step) {
		/* Ours.  ptrace's own wish, if any, is met as well. */
		utrace_stepped(current->utrace);
		step = current->ptrace & PT_UTRACE_STEP;
	}
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
	utrace_test_point(UTRACE_POINT_QUIESCE, current);

	/* What is asked for from here on sets them again. */
	spin_lock_irq(&u->lock);
	spin_lock(&current->sighand->siglock);
	current->jobctl &= ~(JOBCTL_UTRACE | JOBCTL_TRAP_UTRACE);
	spin_unlock(&current->sighand->siglock);
	spin_unlock_irq(&u->lock);

	/* A step whose end was noticed where it could not be reported. */
	utrace_report_stepped(u);
	utrace_report(&walk, engine, engine->ops->report_quiesce(engine));
	/* An engine may hold the thread from an earlier event. */
	utrace_stop(u, walk.event);
	utrace_arm_step(u);

	/* A job control stop that is over was told for nothing. */
	spin_lock_irq(&current->sighand->siglock);
	if (!(current->jobctl & JOBCTL_STOP_PENDING))
		u->group_stop_told = false;
	spin_unlock_irq(&current->sighand->siglock);
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

/*
 * kernel_clone(), after a vfork: where the parent is about to wait for its child,
 * which runs.  Engines that answered STOP to report_clone hold it here, or it
 * would be free to them only when the child is done.
 */
void __utrace_vfork(void)
{
	struct utrace *u = utrace_current();

	if (READ_ONCE(u->nr_stop))
		utrace_stop(u, UTRACE_EVENT(CLONE));
}

void __utrace_vfork_done(pid_t child)
{
	struct utrace_walk walk = {
		.u = utrace_current(),
		.event = UTRACE_EVENT(VFORK_DONE),
		.stop_here = true,
	};
	struct utrace_engine *engine;

	/* Killed in the wait, and the child is not done. */
	if (fatal_signal_pending(current))
		return;
	utrace_report(&walk, engine,
		      engine->ops->report_vfork_done(engine, child));
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

	utrace_test_point(UTRACE_POINT_DEAD, task);
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

	utrace_test_point(UTRACE_POINT_REAP, task);
	spin_lock_irq(&u->lock);
	u->reap = true;
	reap = u->death_done;
	spin_unlock_irq(&u->lock);

	if (reap)
		utrace_reap(u);
}
