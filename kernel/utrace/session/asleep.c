// SPDX-License-Identifier: GPL-2.0-only
/*
 * utrace sessions: threads that come to no user mode on their way to a hold
 *
 * A thread that sleeps in the kernel when it is to be held is as good as held.  One that
 * runs is held before its next instruction in user mode; but if it was on its way to a
 * sleep, or to a stop for another session, it may never come there.  Nothing tells of the
 * beginning of either, so such threads are looked at again, soon at first and then more
 * seldom.
 */

#include <linux/jiffies.h>
#include <linux/minmax.h>
#include <linux/workqueue.h>

#include "session.h"

/* From look to look, in jiffies. */
#define SESSION_LOOK_FIRST	1
#define SESSION_LOOK_LAST	max(HZ / 4, 1)

/* Threads that are looked at before others get the lock. */
#define SESSION_LOOK_BATCH	64

/**
 * utrace_session_hold_asleep - hold a thread that sleeps in the kernel
 * @st: the thread, with an order to hold it under way
 *
 * Context: session->lock is held.  If it was, the caller calls utrace_session_feed() and
 *	wakes the reader.
 *
 * Return: whether it sleeps, so that the order has come to its end.
 */
bool utrace_session_hold_asleep(struct session_thread *st)
{
	lockdep_assert_held(&st->session->lock);

	if (!utrace_is_asleep(st->engine))
		return false;
	utrace_session_hold(st);
	st->asleep = true;
	utrace_session_end_order(st, 0, UTRACE_RECF_HELD | UTRACE_RECF_ASLEEP, NULL);
	return true;
}

/*
 * @st has stopped for another session, perhaps, before it came to a place where it could
 * be held for this one.  Then it is held where it is.
 */
static bool session_hold_stopped(struct session_thread *st)
{
	lockdep_assert_held(&st->session->lock);

	if (utrace_control(st->engine, UTRACE_STOP))
		return false;
	utrace_session_hold(st);
	utrace_session_end_order(st, 0, UTRACE_RECF_HELD, NULL);
	return true;
}

/*
 * @st was held asleep.  It may have woken up since and have stopped for another session, so
 * that it comes to no place of its own until that releases it.  Then it is held where it
 * is, unless that is its exit: SIGKILL ends a hold.  If the answer is true, the caller
 * calls utrace_session_feed() and wakes the reader.
 */
bool utrace_session_see_stopped(struct session_thread *st)
{
	int event;

	lockdep_assert_held(&st->session->lock);

	if (!st->asleep)
		return false;
	event = utrace_stop_event(st->engine);
	if (event < 0 || event == UTRACE_EV_EXIT || utrace_control(st->engine, UTRACE_STOP))
		return false;
	st->asleep = false;
	utrace_session_awake(st, NULL);
	return true;
}

/*
 * The order to hold @st is under way: see whether it falls asleep before that, or stops for
 * others.
 */
void utrace_session_watch_hold(struct session_thread *st)
{
	struct utrace_session *s = st->session;

	lockdep_assert_held(&s->lock);

	list_add_tail(&st->holds, &s->holds);
	s->holds_delay = SESSION_LOOK_FIRST;
	if (!s->holds_armed) {
		s->holds_armed = true;
		refcount_inc(&s->ref);
		schedule_delayed_work(&s->holds_work, s->holds_delay);
	}
}

/* Returns in how many jiffies to look again; 0: there is nothing left to look at. */
static unsigned int session_look_at_holds(struct utrace_session *s, bool *held)
{
	struct session_thread *st, *next;
	unsigned int n = 0;

	lockdep_assert_held(&s->lock);

	list_for_each_entry_safe(st, next, &s->holds, holds) {
		if (++n > SESSION_LOOK_BATCH) {
			/* The others come first the next time. */
			list_rotate_to_front(&st->holds, &s->holds);
			return SESSION_LOOK_FIRST;
		}
		/* A sleep that the order has interrupted goes on only to its end. */
		if (session_hold_stopped(st) ||
		    (!st->order.interrupts && utrace_session_hold_asleep(st)))
			*held = true;
	}
	s->holds_delay = min(2 * s->holds_delay, SESSION_LOOK_LAST);
	return list_empty(&s->holds) ? 0 : s->holds_delay;
}

static void session_holds_work(struct work_struct *work)
{
	struct utrace_session *s = container_of(to_delayed_work(work),
						struct utrace_session, holds_work);
	unsigned int again = 0;
	bool held = false;

	spin_lock(&s->lock);
	if (!s->closed)
		again = session_look_at_holds(s, &held);
	s->holds_armed = again;
	spin_unlock(&s->lock);
	if (held) {
		utrace_session_feed(s);
		utrace_session_wake(s);
	}
	if (again)
		schedule_delayed_work(&s->holds_work, again);
	else
		utrace_session_put(s);
}

void utrace_session_init_holds(struct utrace_session *s)
{
	INIT_LIST_HEAD(&s->holds);
	INIT_DELAYED_WORK(&s->holds_work, session_holds_work);
}
