// SPDX-License-Identifier: GPL-2.0-only
/*
 * utrace sessions: the reader's side: read(), poll() and UTRACE_IOC_FEED
 */

#include <linux/fs.h>
#include <linux/jiffies.h>
#include <linux/poll.h>
#include <linux/sched/signal.h>
#include <linux/uio.h>

#include "session.h"

/* The ring; NULL: there is none yet. */
static struct session_ring *session_ring(struct utrace_session *s)
{
	return smp_load_acquire(&s->ring);
}

/* Something may have found room since, or nobody has told yet of what was lost. */
static void session_feed_if_due(struct utrace_session *s)
{
	/* What the reader has consumed comes before what it sees here. */
	smp_mb();
	if (!list_empty_careful(&s->waiting) || data_race(READ_ONCE(s->lost_here)))
		utrace_session_feed(s);
}

static bool session_has_ended(struct utrace_session *s)
{
	bool ended;

	spin_lock(&s->lock);
	ended = session_ended(s) && !(s->ring && utrace_ring_queued(s->ring));
	spin_unlock(&s->lock);
	return ended;
}

static bool session_wait_over(struct utrace_session *s)
{
	struct session_ring *r = session_ring(s);

	return (r && utrace_ring_readable(r)) || session_has_ended(s);
}

/*
 * One reader at a time.  It keeps the others waiting for as long as user space likes, because
 * its memory may be slow to come.
 */
static int session_begin_read(struct utrace_session *s, bool nowait)
{
	if (nowait)
		return mutex_trylock(&s->read_mutex) ? 0 : -EAGAIN;
	return mutex_lock_interruptible(&s->read_mutex);
}

static ssize_t session_read_some(struct utrace_session *s, struct session_ring *r,
				 struct iov_iter *to, bool nowait)
{
	ssize_t done = 0, ret;

	ret = session_begin_read(s, nowait);
	if (ret)
		return ret;
	while ((ret = utrace_ring_copy(r, to)) > 0) {
		done += ret;
		session_feed_if_due(s);
		/* Producers may be as fast as this. */
		if (signal_pending(current))
			break;
		cond_resched();
	}
	mutex_unlock(&s->read_mutex);
	return done ?: ret;
}

/**
 * utrace_session_read - read records
 * @s: the session
 * @to: where to
 * @timeout: how long to wait for the first one, in jiffies; 0: not at all
 * @nowait: do not wait for another reader either
 *
 * Context: process context, may sleep.
 *
 * Return: bytes that were read, 0 at the end of the session, or
 *
 * * %-EAGAIN - there is no record, and the time is over; or, with @nowait, another reader
 *   is at work
 * * %-EMSGSIZE - the first record does not fit
 * * %-EBUSY - the ring is mapped
 * * %-EFAULT - user space has no such memory
 * * %-ERESTARTSYS - a signal has come
 */
ssize_t utrace_session_read(struct utrace_session *s, struct iov_iter *to, long timeout,
			    bool nowait)
{
	struct session_ring *r;
	ssize_t ret;

	if (!iov_iter_count(to))
		return 0;
	for (;;) {
		session_feed_if_due(s);
		if (timeout) {
			timeout = wait_event_interruptible_timeout(s->wait,
						session_wait_over(s), timeout);
			if (timeout < 0)
				return timeout;
		}
		r = session_ring(s);
		if (r) {
			if (utrace_ring_is_mapped(r))
				return -EBUSY;
			ret = session_read_some(s, r, to, nowait);
			if (ret)
				return ret;
		}
		/* There was nothing to read, or another reader was faster. */
		if (session_has_ended(s))
			return 0;
		if (!timeout)
			return -EAGAIN;
	}
}

ssize_t utrace_session_read_iter(struct kiocb *iocb, struct iov_iter *to)
{
	struct file *file = iocb->ki_filp;
	bool nowait = iocb->ki_flags & IOCB_NOWAIT;
	bool wait = !nowait && !(file->f_flags & O_NONBLOCK);

	return utrace_session_read(file->private_data, to,
				   wait ? MAX_SCHEDULE_TIMEOUT : 0, nowait);
}

__poll_t utrace_session_poll(struct file *file, poll_table *wait)
{
	struct utrace_session *s = file->private_data;
	struct session_ring *r;
	__poll_t mask = 0;

	/* With a full barrier: who posts a record after this look wakes us. */
	poll_wait(file, &s->wait, wait);
	smp_mb();
	session_feed_if_due(s);
	r = session_ring(s);
	if (r && utrace_ring_readable(r)) {
		mask |= EPOLLIN | EPOLLRDNORM;
		if (utrace_ring_has_held(r))
			mask |= EPOLLPRI;
	} else if (session_has_ended(s)) {
		mask |= EPOLLHUP;
	}
	return mask;
}

long utrace_session_feed_ioctl(struct utrace_session *s, void *arg)
{
	utrace_session_feed(s);
	return 0;
}
