// SPDX-License-Identifier: GPL-2.0-only
/*
 * utrace sessions: system calls that wait (UTRACE_SC_WAITS)
 *
 * The record of a call is made at its exit.  Who watches wants to see a call in which a
 * thread hangs before that, but no second record of each of the many that do not wait.  So
 * a thread notes the record of the entry, and goes on.  If it is found asleep in the call a
 * while later, by a timer, the note is posted in its place.
 */

#include <linux/jiffies.h>
#include <linux/timekeeping.h>
#include <linux/workqueue.h>

#include "session.h"

/* A call that takes longer waits, if its thread sleeps. */
#define SESSION_WAIT_MS		10

/* Notes that are looked at before others get the lock. */
#define SESSION_WAITS_BATCH	64

static void session_arm_waits(struct utrace_session *s, unsigned int ms)
{
	schedule_delayed_work(&s->waits_work, msecs_to_jiffies(ms));
}

/* In the thread: the record of the entry is in st->call_rec, and not posted. */
void utrace_session_note_wait(struct session_thread *st)
{
	struct utrace_session *s = st->session;

	spin_lock(&s->lock);
	if (!session_forgotten(st)) {
		list_add_tail(&st->waits, &s->waits);
		if (!s->waits_armed) {
			s->waits_armed = true;
			refcount_inc(&s->ref);
			session_arm_waits(s, SESSION_WAIT_MS);
		}
	}
	spin_unlock(&s->lock);
}

/*
 * In the thread: the call is over, or there will be another record of it.  From now on
 * st->call_rec is the thread's own again.
 */
void utrace_session_end_wait(struct session_thread *st)
{
	spin_lock(&st->session->lock);
	list_del_init(&st->waits);
	spin_unlock(&st->session->lock);
}

/*
 * Post the notes of threads that sleep.  Returns in how many milliseconds to look again; 0:
 * there is no note left.
 */
static unsigned int session_post_waits(struct utrace_session *s, bool *posted)
{
	u64 before = ktime_get_ns() - SESSION_WAIT_MS * NSEC_PER_MSEC;
	struct session_thread *st, *next;
	unsigned int n = 0;

	lockdep_assert_held(&s->lock);

	list_for_each_entry_safe(st, next, &s->waits, waits) {
		/* In the order of their entries; so are all that follow. */
		if ((s64)(st->call.time - before) > 0)
			break;
		if (++n > SESSION_WAITS_BATCH) {
			/* Those that do not sleep are not to hide the others. */
			list_rotate_to_front(&st->waits, &s->waits);
			return 1;
		}
		if (!utrace_is_asleep(st->engine))
			continue;
		if (!utrace_session_try(st, &st->call_rec.post, UTRACE_RECF_WAITS))
			break;
		st->call.told = true;
		list_del_init(&st->waits);
		*posted = true;
	}
	return list_empty(&s->waits) ? 0 : SESSION_WAIT_MS;
}

static void session_waits_work(struct work_struct *work)
{
	struct utrace_session *s = container_of(to_delayed_work(work),
						struct utrace_session, waits_work);
	unsigned int again = 0;
	bool posted = false;

	spin_lock(&s->lock);
	if (!s->closed)
		again = session_post_waits(s, &posted);
	s->waits_armed = again;
	spin_unlock(&s->lock);
	if (posted)
		utrace_session_wake(s);
	if (again)
		session_arm_waits(s, again);
	else
		utrace_session_put(s);
}

void utrace_session_init_waits(struct utrace_session *s)
{
	INIT_LIST_HEAD(&s->waits);
	INIT_DELAYED_WORK(&s->waits_work, session_waits_work);
}
