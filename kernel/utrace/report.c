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

#include "internal.h"

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

/*
 * The walk
 *
 * It takes no lock as long as callbacks just look, as nearly all do.  It is the
 * thread itself that walks, so it only has to agree with others on when an engine
 * leaves the chain, and on what an engine is told of.
 *
 * Both sides write first and look second, with a full barrier in between.  The
 * walk sets @walking and looks whether somebody has the lock; who has it and
 * takes an engine out looks at @walking.  So either it is waited for, or the engine
 * is left on the chain for utrace_attend().  The walk sets @reporting and looks at the
 * engine's events; others change events and look at @reporting.  So either the walk
 * sees the new events, or the others see that a callback may be running by the old.
 * Everything else that others have to say, they say by @attention, which the walk
 * looks at in the same place.
 *
 * What is inlined is so for the sake of system calls.
 */

/* Somebody may be taking an engine out of the chain. */
static noinline void utrace_wait_for_lock(struct utrace *u)
{
	spin_lock_irq(&u->lock);
	spin_unlock_irq(&u->lock);
}

static __always_inline void utrace_walk_begin(struct utrace *u)
{
	WRITE_ONCE(u->walking, true);
	smp_mb();	/* pairs with utrace_detach() */
	if (unlikely(spin_is_locked(&u->lock)))
		utrace_wait_for_lock(u);
	else
		smp_acquire__after_ctrl_dep();
}

/*
 * Between two callbacks: what came with the last one goes with it; and so do
 * engines that were detached, but for the one at which the walk stands.
 */
static noinline void utrace_attend(struct utrace *u)
{
	struct utrace_engine *engine, *next;
	LIST_HEAD(left);

	spin_lock_irq(&u->lock);
	WRITE_ONCE(u->attention, false);
	list_for_each_entry_safe(engine, next, &u->engines, node) {
		if (!(engine->flags & ENGINE_ATTACHED)) {
			if (engine == u->cursor) {
				WRITE_ONCE(u->attention, true);
			} else {
				utrace_unlink(engine);
				list_add(&engine->node, &left);
			}
			continue;
		}
		engine->flags &= ~ENGINE_RESUMED;
		/* It had said that it would stop, and thought better of it. */
		if (!(engine->flags & (ENGINE_STOP | ENGINE_STOP_LATER)))
			utrace_uncharge_stop(engine);
	}
	if (u->calls_due) {
		utrace_update_calls(u, true);
		utrace_update_flags(u);
	}
	wake_up_all(&u->wait);
	spin_unlock_irq(&u->lock);

	list_for_each_entry_safe(engine, next, &left, node)
		utrace_engine_put(engine);
}

/* A callback of @engine's is about to begin; NULL: the last one is over. */
static __always_inline void utrace_publish(struct utrace *u,
					   struct utrace_engine *engine)
{
	/* What the last callback did, happened before: utrace_in_callback(). */
	smp_store_release(&u->reporting, engine);
	/* Pairs with utrace_in_callback(), utrace_detach(), utrace_syscall_skip(). */
	smp_mb();
	if (unlikely(READ_ONCE(u->attention)))
		utrace_attend(u);
}

/* Is a report to be made that @engine is owed?  It will not be any more. */
static noinline bool utrace_take_owed(struct utrace *u, unsigned long event,
				      struct utrace_engine *engine)
{
	unsigned int owed = event == UTRACE_EVENT(QUIESCE) ? ENGINE_REQUEST
							   : ENGINE_STEPPED;

	utrace_test_point(UTRACE_POINT_OWED, current);
	spin_lock_irq(&u->lock);
	owed &= engine->flags;
	/* A RESUME or REPORT from before now was no answer to this report. */
	engine->flags &= ~(owed | ENGINE_RESUMED);
	if ((owed & ENGINE_REQUEST) && (engine->flags & ENGINE_STOP_LATER))
		utrace_set_stop(engine);
	spin_unlock_irq(&u->lock);
	return owed;
}

static __always_inline bool utrace_wants(const struct utrace_walk *walk,
					 struct utrace_engine *engine)
{
	if ((walk->event & UTRACE_EVENTS_SYSCALL) && !engine->in_syscall)
		return false;
	/* STOP_LATER is owed a stop, whether or not it hears of that. */
	if (unlikely(walk->event == UTRACE_EVENT(QUIESCE)))
		/* Looked at again under the lock, under which the flags change. */
		return data_race(READ_ONCE(engine->flags)) & ENGINE_REQUEST;
	if (unlikely(walk->event == UTRACE_EVENT(STEP)))
		/* So are these. */
		return data_race(READ_ONCE(engine->flags)) & ENGINE_STEPPED;
	return READ_ONCE(engine->events) & walk->event;
}

/*
 * Go to the next engine that wants the event, from @engine, or from the end of
 * the chain if that is NULL.
 */
static __always_inline struct utrace_engine *
__utrace_advance(const struct utrace_walk *walk, struct utrace_engine *engine)
{
	struct utrace *u = walk->u;
	struct list_head *pos = engine ? &engine->node : &u->engines;

	for (;;) {
		pos = READ_ONCE(*(walk->inwards ? &pos->next : &pos->prev));
		if (pos == &u->engines)
			break;
		engine = list_entry(pos, struct utrace_engine, node);
		if (!utrace_wants(walk, engine))
			continue;

		WRITE_ONCE(u->cursor, engine);
		utrace_publish(u, engine);
		if (unlikely(walk->event &
			     (UTRACE_EVENT(QUIESCE) | UTRACE_EVENT(STEP))) &&
		    !utrace_take_owed(u, walk->event, engine))
			continue;
		if (likely(READ_ONCE(engine->events) & walk->event))
			return engine;
	}

	/* That was the report of the entry, or of the exit. */
	if (walk->event == UTRACE_EVENT(SYSCALL_ENTRY))
		WRITE_ONCE(u->phase, 0);
	else if (walk->event == UTRACE_EVENT(SYSCALL_EXIT))
		WRITE_ONCE(u->pass.in_syscall, false);
	WRITE_ONCE(u->cursor, NULL);
	/* The chain is not looked at any more. */
	smp_store_release(&u->walking, false);
	utrace_publish(u, NULL);
	return NULL;
}

/* What the callback answered. */
static noinline void utrace_apply(struct utrace_engine *engine,
				  enum utrace_action action,
				  unsigned long event, bool stop_here)
{
	struct utrace *u = engine->utrace;

	spin_lock_irq(&u->lock);
	/* Detached, perhaps by its own callback: it has no say any more. */
	if (!(engine->flags & ENGINE_ATTACHED))
		goto out;
	if (action == UTRACE_DETACH) {
		utrace_detach(engine);
		goto out;
	}
	if (u->dead)
		goto out;

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
		utrace_forget_step(engine);
		utrace_set_stop(engine);
		/* A job control stop comes first: __utrace_group_cont(). */
		if (!stop_here && event != UTRACE_EVENT(GROUP_STOP))
			utrace_kick(u, false);
		break;
	case UTRACE_REPORT:
	case UTRACE_INTERRUPT:
		/* Else it would never come to user mode. */
		if (event == UTRACE_EVENT(QUIESCE))
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
		utrace_want_step(engine, action);
		/* The quiesce pass, which this may be, arms the machine. */
		if (event != UTRACE_EVENT(QUIESCE))
			utrace_kick(u, false);
		break;
	case UTRACE_RESUME:
		break;
	default:
		WARN_ONCE(1, "utrace: %s answered %d\n", engine->ops->name, action);
	}

out:
	spin_unlock_irq(&u->lock);
}

static __always_inline struct utrace_engine *
__utrace_first(const struct utrace_walk *walk)
{
	utrace_walk_begin(walk->u);
	return __utrace_advance(walk, NULL);
}

/* Apply @engine's answer, stop for it, and go to the next one. */
static __always_inline struct utrace_engine *
__utrace_next(struct utrace_walk *walk, struct utrace_engine *engine,
	      enum utrace_action action)
{
	struct utrace *u = walk->u;

	trace_utrace_report(engine, __ffs(walk->event), action);
	utrace_test_point(UTRACE_POINT_CALLBACK_DONE, current);

	if (unlikely(action != UTRACE_RESUME))
		utrace_apply(engine, action, walk->event, walk->stop_here);

	/* Others only let go; utrace_stop() looks again under the lock. */
	if (walk->stop_here && unlikely(data_race(READ_ONCE(u->nr_stop)))) {
		WRITE_ONCE(u->parked, true);
		utrace_publish(u, NULL);
		utrace_stop(u, walk->event);
	}

	/* The engine may have made another signal of it, even in the stop. */
	if (walk->sig)
		walk->event = utrace_signal_event(walk->sig);
	return __utrace_advance(walk, engine);
}

struct utrace_engine *utrace_first(const struct utrace_walk *walk)
{
	WARN_ON_ONCE(walk->u->walking);
	return __utrace_first(walk);
}

struct utrace_engine *utrace_next(struct utrace_walk *walk,
				  struct utrace_engine *engine,
				  enum utrace_action action)
{
	return __utrace_next(walk, engine, action);
}

/*
 * The hooks.  All are called in the thread, without locks.
 */

static bool utrace_engine_wants_call(struct utrace_engine *engine,
				     const struct utrace_syscall *call)
{
	bool wants;

	if (!(READ_ONCE(engine->events) & UTRACE_EVENTS_SYSCALL))
		return false;
	if (!rcu_access_pointer(engine->calls))
		return true;
	rcu_read_lock();
	wants = utrace_set_has(rcu_dereference(engine->calls), call);
	rcu_read_unlock();
	return wants;
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
	bool any = false;

	u->syscall.nr = syscall_get_nr(current, regs);
	u->syscall.arch = syscall_get_arch(current);
	u->syscall.ip = instruction_pointer(regs);
	syscall_get_arguments(current, regs, u->syscall.args);

	/* First, so that who takes events away meanwhile also takes this back. */
	WRITE_ONCE(u->pass.in_syscall, true);
	utrace_walk_begin(u);
	list_for_each_entry_lockless(engine, &u->engines, node) {
		engine->in_syscall = utrace_engine_wants_call(engine, &u->syscall);
		any |= engine->in_syscall;
	}
	utrace_test_point(UTRACE_POINT_ENTRY, current);
	if (!any)
		WRITE_ONCE(u->pass.in_syscall, false);
	WRITE_ONCE(u->phase, any ? UTRACE_PHASE_ENTRY : 0);

	for (engine = __utrace_advance(&walk, NULL); engine;
	     engine = __utrace_next(&walk, engine,
			engine->ops->report_syscall_entry(engine, regs)))
		;

	/* Nobody may ask any more: the walk has ended with a barrier. */
	if (unlikely(READ_ONCE(u->call_asked)))
		utrace_begin_changed_call(u, regs);
	return (u->call & CALL_SKIP) || fatal_signal_pending(current);
}

/* Has an engine said that the call shall not be made?  For arm64. */
bool __utrace_syscall_skipped(void)
{
	return current->utrace->call & CALL_SKIP;
}

static __always_inline void utrace_report_exit(struct pt_regs *regs)
{
	struct utrace *u = current->utrace;
	struct utrace_walk walk = {
		.u = u,
		.event = UTRACE_EVENT(SYSCALL_EXIT),
		.stop_here = true,
	};
	struct utrace_engine *engine;

	if (unlikely(u->call))
		utrace_end_changed_call(u, regs);

	/*
	 * The work may have been set in the middle of the call, and new tasks
	 * come through here on some architectures.
	 */
	if (READ_ONCE(u->pass.in_syscall)) {
		WRITE_ONCE(u->phase, UTRACE_PHASE_EXIT);
		for (engine = __utrace_first(&walk); engine;
		     engine = __utrace_next(&walk, engine,
				engine->ops->report_syscall_exit(engine, regs)))
			;
	}

	if (!(task_utrace_flags(current) & UTRACE_FLAG_SYSCALLS))
		utrace_syscall_work_done(u);
}

void __utrace_syscall_exit(struct pt_regs *regs)
{
	utrace_report_exit(regs);
}

/* What ptrace_report_syscall_exit() does, with engines. */
void __utrace_ptrace_syscall_exit(struct pt_regs *regs, int step)
{
	/* Else it has been made already. */
	if (!IS_ENABLED(CONFIG_HAVE_ARCH_UTRACE_SYSCALL))
		utrace_report_exit(regs);
	if (likely(!step && !current->ptrace))
		return;
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

	/* utrace_stop() looks again under the lock. */
	if (data_race(READ_ONCE(u->nr_stop)))
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
		if ((engine->flags & ENGINE_ATTACHED) && engine->ops->unsafe_exec)
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
		WARN_ON_ONCE(!utrace_detach(engine));
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
