// SPDX-License-Identifier: GPL-2.0-only
/*
 * utrace: the walk of a report along the chain of engines
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
 * The reports of system calls inline the walk; see walk.h.
 */

#include <linux/pid.h>
#include <linux/printk.h>
#include <linux/sched.h>

#include "walk.h"

/* Somebody may be taking an engine out of the chain. */
noinline void utrace_wait_for_lock(struct utrace *u)
{
	spin_lock_irq(&u->lock);
	spin_unlock_irq(&u->lock);
}

/*
 * Between two callbacks: what came with the last one goes with it; and so do
 * engines that were detached, but for the one at which the walk stands.
 */
noinline void utrace_attend(struct utrace *u)
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

/* Is a report to be made that @engine is owed?  It will not be any more. */
noinline bool utrace_take_owed(struct utrace *u, unsigned long event,
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

/* What the callback answered. */
noinline void utrace_apply(struct utrace_engine *engine,
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
		if (utrace_charge_stop(engine, false)) {
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

/*
 * The walk that is under way, if any, will not go on: its callback, or a call that the
 * thread executes for an engine, has come to do_exit().  What waits for the callback goes on, and the next walk begins anew.
 */
void utrace_walk_abandon(struct utrace *u)
{
	if (likely(!u->walking))
		return;
	WRITE_ONCE(u->phase, 0);
	WRITE_ONCE(u->pass.in_syscall, false);
	WRITE_ONCE(u->parked, false);
	utrace_walk_end(u);
}

struct utrace_engine *utrace_first(const struct utrace_walk *walk)
{
	WARN_ON_ONCE(walk->u->walking);
	return __utrace_first(walk);
}

struct utrace_engine *utrace_advance(const struct utrace_walk *walk,
				     struct utrace_engine *engine)
{
	return __utrace_advance(walk, engine);
}

void utrace_answer(const struct utrace_walk *walk, struct utrace_engine *engine,
		   enum utrace_action action)
{
	__utrace_answer(walk, engine, action);
}
