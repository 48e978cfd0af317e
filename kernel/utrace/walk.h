/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The walk of a report along the chain of engines: the part that is inlined
 *
 * Only syscall.c includes this for the walk, because the two reports of a system call
 * are the ones whose cost matters.  Everybody else calls the functions of walk.c, which
 * also says how the walk works.  call.c makes a report that is none of a walk.
 */
#ifndef _KERNEL_UTRACE_WALK_H
#define _KERNEL_UTRACE_WALK_H

#include <linux/list.h>

#include <trace/events/utrace.h>

#include "internal.h"

void utrace_wait_for_lock(struct utrace *u);
void utrace_attend(struct utrace *u);
bool utrace_take_owed(struct utrace *u, unsigned long event,
		      struct utrace_engine *engine);
void utrace_apply(struct utrace_engine *engine, enum utrace_action action,
		  unsigned long event, bool stop_here);

static __always_inline void utrace_walk_begin(struct utrace *u)
{
	WRITE_ONCE(u->walking, true);
	smp_mb();	/* pairs with utrace_detach() */
	if (unlikely(spin_is_locked(&u->lock)))
		utrace_wait_for_lock(u);
	else
		smp_acquire__after_ctrl_dep();
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

static __always_inline void utrace_walk_end(struct utrace *u)
{
	WRITE_ONCE(u->cursor, NULL);
	/* The chain is not looked at any more. */
	smp_store_release(&u->walking, false);
	utrace_publish(u, NULL);
}

static __always_inline bool utrace_wants(const struct utrace_walk *walk,
					 struct utrace_engine *engine)
{
	if (walk->event == UTRACE_EVENT(SYSCALL_ENTRY) &&
	    !(engine->in_syscall & UTRACE_WANTS_ENTRY))
		return false;
	if (walk->event == UTRACE_EVENT(SYSCALL_EXIT) &&
	    !(engine->in_syscall & UTRACE_WANTS_EXIT))
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
 * Go from @engine to the next engine that wants the event.  NULL starts at the end
 * of the chain at which the walk begins.  Returns NULL when the report is over.
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
	utrace_walk_end(u);
	return NULL;
}

static __always_inline struct utrace_engine *
__utrace_first(const struct utrace_walk *walk)
{
	utrace_walk_begin(walk->u);
	return __utrace_advance(walk, NULL);
}

/* Apply the action that @engine's callback has returned, and stop for it. */
static __always_inline void __utrace_answer(const struct utrace_walk *walk,
					    struct utrace_engine *engine,
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
}

#endif /* _KERNEL_UTRACE_WALK_H */
