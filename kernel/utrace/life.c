// SPDX-License-Identifier: GPL-2.0-only
/*
 * utrace: the hooks of a thread's life, from clone to reap, and of its return to
 * user mode
 *
 * The thread itself calls them without locks, except where a hook says otherwise.
 */

#include <linux/binfmts.h>
#include <linux/sched/jobctl.h>
#include <linux/sched/signal.h>

#include <asm/utrace.h>

#include "internal.h"

/* Nothing is left of the pass that was due. */
static void utrace_clear_pass(struct utrace *u)
{
	lockdep_assert_held(&current->sighand->siglock);

	current->jobctl &= ~(JOBCTL_UTRACE | JOBCTL_TRAP_UTRACE);
	u->pass_due = false;
}

/*
 * The pass is over.  True: whatever was asked for meanwhile, which is that the thread
 * go on or step, as a rule, is nothing that another pass would be needed for.
 */
static bool utrace_pass_done(struct utrace *u)
{
	struct utrace_engine *engine;
	bool done;

	/* Written by others with siglock; they also send the thread round again. */
	if (likely(!(READ_ONCE(current->jobctl) & JOBCTL_UTRACE)))
		return true;

	spin_lock_irq(&u->lock);
	done = !u->nr_stop && u->trap_state != UTRACE_TRAP_TAKEN;
	list_for_each_entry(engine, &u->engines, node)
		if (engine->flags & (ENGINE_REQUEST | ENGINE_STEPPED))
			done = false;
	spin_lock(&current->sighand->siglock);
	if (!list_empty(&u->ignored))
		done = false;
	if (done)
		utrace_clear_pass(u);
	spin_unlock(&current->sighand->siglock);
	spin_unlock_irq(&u->lock);
	return done;
}

/*
 * get_signal(): report QUIESCE to the engines that asked for it, and stop as
 * long as any engine wants.  Called with siglock held.  Returns true if that was
 * dropped, so that get_signal() starts over.
 */
bool __utrace_quiesce(void)
{
	struct utrace *u = current->utrace;
	struct utrace_walk walk = {
		.u = u,
		.event = UTRACE_EVENT(QUIESCE),
		.stop_here = true,
	};
	struct utrace_engine *engine;
	bool cont;

	lockdep_assert_held(&current->sighand->siglock);

	/*
	 * Only the end of a job control stop is to be reported, and the thread has
	 * yet to stop for it, or goes back to it.
	 */
	if (!u->pass_due && !current->ptrace &&
	    (current->jobctl & JOBCTL_STOP_PENDING))
		return false;

	spin_unlock_irq(&current->sighand->siglock);
	utrace_test_point(UTRACE_POINT_QUIESCE, current);

	/* What is asked for from here on sets them again. */
	spin_lock_irq(&u->lock);
	spin_lock(&current->sighand->siglock);
	utrace_clear_pass(u);
	/*
	 * Over, called off before it began, or now an affair of ptrace's; but get_signal()
	 * has to notify the parent first.
	 */
	cont = u->group_stop_told &&
	       !(current->signal->flags & SIGNAL_CLD_MASK) &&
	       (current->ptrace || !(current->jobctl & JOBCTL_STOP_PENDING));
	if (cont)
		u->group_stop_told = false;
	spin_unlock(&current->sighand->siglock);
	spin_unlock_irq(&u->lock);

	if (cont)
		utrace_report_group_cont(u);

	arch_utrace_flush_trap();
	/* A step whose end was noticed where it could not be reported. */
	utrace_report_stepped(u);
	utrace_report_ignored(u);
	utrace_for_each_report(&walk, engine)
		utrace_answer(&walk, engine,
			      engine->ops->report_quiesce(engine));
	/* An engine may hold the thread from an earlier event. */
	if (data_race(READ_ONCE(u->nr_stop)))
		utrace_stop(u, walk.event);
	if (u->trap_state == UTRACE_TRAP_TAKEN)
		utrace_report_trap(u);
	if (utrace_pass_done(u))
		utrace_arm_step(u);

	/* The end of the stop to which the thread goes back is still to be told. */
	spin_lock_irq(&current->sighand->siglock);
	if (u->group_stop_told)
		WRITE_ONCE(current->jobctl, current->jobctl | JOBCTL_UTRACE);
	spin_unlock_irq(&current->sighand->siglock);
	/* The return value tells that siglock is not held; sparse has no words for it. */
	__acquire(&current->sighand->siglock);
	return true;
}

void __utrace_clone(u64 clone_flags, struct task_struct *child)
{
	struct utrace_walk walk = {
		.u = utrace_current(),
		.event = UTRACE_EVENT(CLONE),
	};
	struct utrace_engine *engine;

	utrace_for_each_report(&walk, engine)
		utrace_answer(&walk, engine,
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
	utrace_for_each_report(&walk, engine)
		utrace_answer(&walk, engine,
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

	utrace_for_each_report(&walk, engine)
		utrace_answer(&walk, engine,
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
	struct utrace_engine *engine, *caller;
	bool again;

	/*
	 * The thread will not be in user mode again.  So the stops from before do
	 * not hold it, and no quiesce pass follows, for which TIF_SIGPENDING would
	 * interrupt everything that the exit waits for.
	 */
	spin_lock_irq(&u->lock);
	again = u->exiting;
	u->exiting = true;
	utrace_clear_stops(u);
	caller = utrace_abandon_call(u);
	spin_lock(&current->sighand->siglock);
	if (current->jobctl & (JOBCTL_UTRACE | JOBCTL_TRAP_UTRACE)) {
		utrace_clear_pass(u);
		recalc_sigpending();
	}
	spin_unlock(&current->sighand->siglock);
	spin_unlock_irq(&u->lock);

	/* An oops in a callback has ended the walk that made it, here for instance. */
	utrace_walk_abandon(u);
	if (caller)
		utrace_engine_put(caller);
	if (again)
		return;
	utrace_for_each_report(&walk, engine)
		utrace_answer(&walk, engine,
			      engine->ops->report_exit(engine, code));
}

/*
 * The end.  exit_notify() and release_task() come in either order, and in
 * different tasks: a parent may reap the zombie before it has reported its
 * death.  Whoever finds the other's work done makes the last report.  If there
 * were never engines, both only bar the door.
 */
static struct utrace *utrace_close(struct task_struct *task)
{
	struct utrace *u = READ_ONCE(task->utrace);

	/* The second call for a task without engines does no atomic operation. */
	if (u != UTRACE_DEAD)
		u = cmpxchg(&task->utrace, NULL, UTRACE_DEAD);
	return IS_ERR(u) ? NULL : u;
}

static void utrace_reap(struct utrace *u)
{
	struct utrace_walk walk = {
		.u = u,
		.event = UTRACE_EVENT(REAP),
	};
	struct utrace_engine *engine;

	utrace_for_each_report(&walk, engine) {
		engine->ops->report_reap(engine);
		utrace_answer(&walk, engine, UTRACE_DETACH);
	}

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

/* Apart, so that the death of a thread without engines saves no registers. */
static noinline void utrace_report_death(struct utrace *u, int group_dead)
{
	struct utrace_walk walk = {
		.u = u,
		.event = UTRACE_EVENT(DEATH),
	};
	struct utrace_engine *engine;
	bool reap;

	utrace_test_point(UTRACE_POINT_DEAD, u->task);
	spin_lock_irq(&u->lock);
	u->dead = true;
	utrace_clear_stops(u);
	spin_unlock_irq(&u->lock);
	utrace_close_ignored(u);

	utrace_for_each_report(&walk, engine)
		utrace_answer(&walk, engine,
			      engine->ops->report_death(engine, group_dead));

	spin_lock_irq(&u->lock);
	u->death_done = true;
	reap = u->reap;
	spin_unlock_irq(&u->lock);

	if (reap)
		utrace_reap(u);
}

/* exit_notify(): @task is current, and a zombie or on its own way to be reaped. */
void utrace_death(struct task_struct *task, int group_dead)
{
	struct utrace *u = utrace_close(task);

	if (unlikely(u))
		utrace_report_death(u, group_dead);
}

static noinline void utrace_report_reap(struct utrace *u)
{
	bool reap;

	utrace_test_point(UTRACE_POINT_REAP, u->task);
	spin_lock_irq(&u->lock);
	u->reap = true;
	reap = u->death_done;
	spin_unlock_irq(&u->lock);

	if (reap)
		utrace_reap(u);
}

/* release_task(): by whatever task reaps @task. */
void utrace_release_task(struct task_struct *task)
{
	struct utrace *u = utrace_close(task);

	if (unlikely(u))
		utrace_report_reap(u);
}
