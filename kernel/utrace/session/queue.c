// SPDX-License-Identifier: GPL-2.0-only
/*
 * utrace sessions: the queue of records, from the callback to read()
 *
 * A traced thread puts records in, and never waits here: if the queue is full, the
 * thread is told to stop ("starves") until a reader has made room.  read() and
 * poll() take records out.
 */

#include <linux/fs.h>
#include <linux/poll.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/timekeeping.h>
#include <linux/uaccess.h>

#include "session.h"

/*
 * In
 */

/*
 * A zeroed record of @size bytes, of which the first is &struct utrace_record;
 * NULL without memory, for utrace_session_post() to count.
 */
struct session_record *utrace_session_make_record(struct session_thread *st, u16 type,
						  size_t size)
{
	struct session_record *rec;

	rec = kvzalloc(offsetof(struct session_record, head) + ALIGN(size, 8),
		       GFP_KERNEL_ACCOUNT);
	if (!rec)
		return NULL;
	rec->head.size = ALIGN(size, 8);
	rec->head.type = type;
	rec->head.time = ktime_get_ns();
	rec->head.thread = st->cookie;
	return rec;
}

/*
 * Put @rec, which may be NULL, into the queue.  @keep: even if the session would
 * rather lose it.  Returns whether it is there; if not it is the caller's, to be
 * freed without the lock.
 *
 * Threads that find the queue full wait, but dying ones do not, and each of many
 * may find it not quite full; hence the bound beyond the bound.
 */
bool utrace_session_queue(struct session_thread *st, struct session_record *rec, bool keep)
{
	struct utrace_session *s = st->session;

	lockdep_assert_held(&s->lock);

	if (!rec || (!keep && session_full(s) &&
		     ((s->config.flags & UTRACE_CONFIG_DROP) ||
		      s->queued >= s->config.queue_bytes + UTRACE_QUEUE_MAX))) {
		s->lost++;
		s->lost_here++;
		wake_up_interruptible(&s->wait);
		return false;
	}

	rec->lost = s->lost_here;
	if (rec->lost)
		s->seq++;	/* the record that tells of them */
	s->lost_here = 0;
	rec->head.seq = ++s->seq;
	rec->head.pid = st->pid;
	rec->head.tid = st->tid;
	s->queued += session_record_size(rec);
	list_add_tail(&rec->node, &s->records);
	wake_up_interruptible(&s->wait);
	return true;
}

/*
 * Must the thread wait?  If so, what was released before now was about an
 * earlier event.
 */
enum utrace_action utrace_session_throttle(struct session_thread *st)
{
	struct utrace_session *s = st->session;

	lockdep_assert_held(&s->lock);

	if (session_full(s) && !(s->config.flags & UTRACE_CONFIG_DROP) &&
	    !st->starved) {
		st->starved = true;
		list_add_tail(&st->starving, &s->starving);
	}
	if (!st->held && !st->starved)
		return UTRACE_RESUME;
	if (!utrace_will_stop(st->engine))
		return UTRACE_STOP;

	/* The user holds too many already: the queue grows, to its limit. */
	if (st->starved) {
		st->starved = false;
		list_del(&st->starving);
	}
	utrace_session_unhold(st);
	return UTRACE_RESUME;
}

/*
 * The end of a callback: queue @rec, decide whether the thread is to wait.
 * @hold: the event holds it, if anybody hears of it.
 */
enum utrace_action utrace_session_post(struct session_thread *st,
				       struct session_record *rec, bool hold)
{
	struct utrace_session *s = st->session;
	enum utrace_action action;

	spin_lock(&s->lock);
	if (session_forgotten(st)) {
		action = UTRACE_DETACH;
	} else {
		/* On its way into a hold already: that is to be released first. */
		hold &= !st->held;
		if (rec && hold) {
			if (!utrace_will_stop(st->engine)) {
				rec->head.flags |= UTRACE_REC_HELD;
			} else {
				rec->head.flags |= UTRACE_REC_LIMIT;
				hold = false;
			}
		}
		if (utrace_session_queue(st, rec, false)) {
			rec = NULL;
			if (hold)
				utrace_session_hold(st);
		}
		action = utrace_session_throttle(st);
	}
	spin_unlock(&s->lock);
	kvfree(rec);
	return action;
}

/* As utrace_session_post(), of a thread that cannot wait any more, or need not. */
void utrace_session_tell(struct session_thread *st, struct session_record *rec)
{
	spin_lock(&st->session->lock);
	if (!session_forgotten(st) && utrace_session_queue(st, rec, false))
		rec = NULL;
	spin_unlock(&st->session->lock);
	kvfree(rec);
}

/* Resume whoever waits for room in the queue, if there is enough of it. */
void utrace_session_feed(struct utrace_session *s)
{
	struct session_thread *st, *next;

	lockdep_assert_held(&s->lock);

	/* Half empty, so that producers and reader do not take turns. */
	if (s->queued > s->config.queue_bytes / 2 &&
	    !(s->config.flags & UTRACE_CONFIG_DROP))
		return;
	list_for_each_entry_safe(st, next, &s->starving, starving) {
		list_del(&st->starving);
		st->starved = false;
		if (!st->held)
			utrace_session_resume(st);
	}
}

/*
 * Out: read() and poll()
 */

static bool session_readable(struct utrace_session *s)
{
	lockdep_assert_held(&s->lock);

	return !list_empty(&s->records) || s->lost_here;
}

/* All threads have been, and are gone. */
static bool session_ended(struct utrace_session *s)
{
	lockdep_assert_held(&s->lock);

	return s->ever_attached && !s->nr_threads;
}

static bool session_wait_over(struct utrace_session *s)
{
	bool over;

	spin_lock(&s->lock);
	over = session_readable(s) || session_ended(s);
	spin_unlock(&s->lock);
	return over;
}

static void session_fill_lost(struct utrace_rec_lost *rec, u64 count, u64 seq,
			      u64 time)
{
	*rec = (struct utrace_rec_lost) {
		.head.size = sizeof(*rec),
		.head.type = UTRACE_REC_LOST,
		.head.seq = seq,
		.head.time = time,
		.count = count,
	};
}

/* Losses that no record has followed yet get one that is only about them. */
static int session_tell_lost(struct utrace_session *s)
{
	struct session_record *rec;

	rec = kvzalloc(offsetof(struct session_record, head) +
		       sizeof(struct utrace_rec_lost), GFP_KERNEL_ACCOUNT);
	if (!rec)
		return -ENOMEM;

	spin_lock(&s->lock);
	if (list_empty(&s->records) && s->lost_here) {
		session_fill_lost(session_record_of(rec, struct utrace_rec_lost),
				  s->lost_here, ++s->seq, ktime_get_ns());
		s->lost_here = 0;
		s->queued += session_record_size(rec);
		list_add_tail(&rec->node, &s->records);
		rec = NULL;
	}
	spin_unlock(&s->lock);
	kvfree(rec);
	return 0;
}

/* Records that read() takes from the queue at once. */
#define SESSION_READ_BATCH	256

static int session_copy_record(char __user *buf, const struct session_record *rec)
{
	struct utrace_rec_lost lost;

	if (rec->lost) {
		session_fill_lost(&lost, rec->lost, rec->head.seq - 1,
				  rec->head.time);
		if (copy_to_user(buf, &lost, sizeof(lost)))
			return -EFAULT;
		buf += sizeof(lost);
	}
	return copy_to_user(buf, &rec->head, rec->head.size) ? -EFAULT : 0;
}

/*
 * Copy the next records out.  Returns their size; 0: there are none; -EMSGSIZE:
 * the first does not fit in @room.  Whatever goes wrong, what was not copied
 * stays the next.
 *
 * Many under one lock: the producers want it, too.
 */
static ssize_t session_read_some(struct utrace_session *s, char __user *buf,
				 size_t room)
{
	struct session_record *rec, *next;
	size_t taken = 0, done = 0;
	unsigned int n = 0;
	LIST_HEAD(batch);
	LIST_HEAD(copied);
	int error = 0;

	lockdep_assert_held(&s->read_mutex);

	if (READ_ONCE(s->lost_here) && list_empty_careful(&s->records)) {
		error = session_tell_lost(s);
		if (error)
			return error;
	}

	spin_lock(&s->lock);
	list_for_each_entry_safe(rec, next, &s->records, node) {
		if (session_record_size(rec) > room - taken) {
			error = -EMSGSIZE;
			break;
		}
		taken += session_record_size(rec);
		list_move_tail(&rec->node, &batch);
		if (++n == SESSION_READ_BATCH)
			break;
	}
	spin_unlock(&s->lock);
	if (list_empty(&batch))
		return error;

	list_for_each_entry_safe(rec, next, &batch, node) {
		error = session_copy_record(buf + done, rec);
		if (error)
			break;
		done += session_record_size(rec);
		list_move_tail(&rec->node, &copied);
	}

	spin_lock(&s->lock);
	if (!list_empty(&batch)) {
		list_splice(&batch, &s->records);	/* the mutex keeps them the next */
		/* Who has looked meanwhile has found nothing. */
		wake_up_interruptible(&s->wait);
	}
	s->queued -= done;
	utrace_session_feed(s);
	spin_unlock(&s->lock);

	list_for_each_entry_safe(rec, next, &copied, node)
		kvfree(rec);
	return done ?: error;
}

ssize_t utrace_session_read(struct file *file, char __user *buf, size_t count,
			    loff_t *pos)
{
	struct utrace_session *s = file->private_data;
	ssize_t done = 0, ret;

	if (!count)
		return 0;
	for (;;) {
		if (!(file->f_flags & O_NONBLOCK) &&
		    wait_event_interruptible(s->wait, session_wait_over(s)))
			return -ERESTARTSYS;

		ret = mutex_lock_interruptible(&s->read_mutex);
		if (ret)
			return ret;
		while ((ret = session_read_some(s, buf + done, count - done)) > 0) {
			done += ret;
			/* Producers may be as fast as this. */
			if (signal_pending(current))
				break;
			cond_resched();
		}
		mutex_unlock(&s->read_mutex);

		if (done)
			return done;
		if (ret < 0)
			return ret;

		spin_lock(&s->lock);
		ret = session_readable(s) ? 1 : session_ended(s) ? 0 : -EAGAIN;
		spin_unlock(&s->lock);
		if (!ret || (ret < 0 && (file->f_flags & O_NONBLOCK)))
			return ret;
		/* Another reader was faster. */
	}
}

__poll_t utrace_session_poll(struct file *file, poll_table *wait)
{
	struct utrace_session *s = file->private_data;
	__poll_t mask = 0;

	poll_wait(file, &s->wait, wait);
	spin_lock(&s->lock);
	if (session_readable(s))
		mask |= EPOLLIN | EPOLLRDNORM;
	else if (session_ended(s))
		mask |= EPOLLHUP;
	spin_unlock(&s->lock);
	return mask;
}
