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
#include <linux/sched/mm.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/timekeeping.h>
#include <linux/uaccess.h>

#include "../limit.h"
#include "session.h"

/* Bytes at which the queue is full. */
static size_t session_limit(struct utrace_session *s)
{
	lockdep_assert_held(&s->lock);

	if (s->user && utrace_user_queues(s->user, 1))
		return min(s->config.queue_bytes, SESSION_QUEUE_LEAST);
	return s->config.queue_bytes;
}

static bool session_full(struct utrace_session *s)
{
	return s->queued >= session_limit(s);
}

/*
 * Is it so full that records are lost although threads wait for room?  Dying threads
 * do not wait, and each of many may find the queue not quite full.
 */
static bool session_overfull(struct utrace_session *s)
{
	return s->queued >= s->config.queue_bytes + UTRACE_QUEUE_MAX ||
	       (s->user && s->queued >= SESSION_QUEUE_LEAST &&
		utrace_user_queues(s->user, 2));
}

/* Is a record lost that is to be queued now, and whose thread does not wait? */
static bool session_refuses(struct utrace_session *s)
{
	return session_full(s) && ((s->config.flags & UTRACE_CONFIG_DROP) ||
				   session_overfull(s));
}

/* There are @bytes more, or less if negative, to be read. */
static void session_charge(struct utrace_session *s, long bytes)
{
	lockdep_assert_held(&s->lock);

	s->queued += bytes;
	if (s->user)
		utrace_user_queue(s->user, bytes);
}

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
	struct mem_cgroup *own;

	own = set_active_memcg(st->session->memcg);
	rec = kvzalloc(offsetof(struct session_record, head) + ALIGN(size, 8),
		       GFP_KERNEL_ACCOUNT);
	set_active_memcg(own);
	if (!rec)
		return NULL;
	rec->head.size = ALIGN(size, 8);
	rec->head.type = type;
	rec->head.time = ktime_get_ns();
	rec->head.thread = st->cookie;
	return rec;
}

/* A record that the session is detached from @st, because of @error, positive. */
struct session_record *utrace_session_make_detached(struct session_thread *st,
						    int error)
{
	struct utrace_rec_detached *detached;
	struct session_record *rec;

	rec = utrace_session_make_record(st, UTRACE_REC_DETACHED, sizeof(*detached));
	if (rec) {
		detached = session_record_of(rec, struct utrace_rec_detached);
		detached->error = error;
	}
	return rec;
}

/*
 * Put @rec at the end of the queue.  It gets its number when it is read, because it may
 * be moved until then.
 */
static void session_append(struct session_thread *st, struct session_record *rec)
{
	struct utrace_session *s = st->session;

	lockdep_assert_held(&s->lock);

	rec->lost = s->lost_here;
	s->lost_here = 0;
	rec->head.pid = st->pid;
	rec->head.tid = st->tid;
	session_charge(s, session_record_size(rec));
	st->last_size = session_record_size(rec);
	session_ungrant(st);
	list_add_tail(&rec->node, &s->records);
	wake_up_interruptible(&s->wait);
}

/*
 * Put @rec, which may be NULL, into the queue.  Returns whether it is there; if not it
 * is the caller's, to be freed without the lock.
 */
bool utrace_session_queue(struct session_thread *st, struct session_record *rec)
{
	struct utrace_session *s = st->session;

	lockdep_assert_held(&s->lock);

	if (!rec || session_refuses(s)) {
		s->lost++;
		s->lost_here++;
		wake_up_interruptible(&s->wait);
		return false;
	}
	session_append(st, rec);
	return true;
}

/*
 * Take out a record that has no number yet.  The next one tells of losses before it,
 * and of @lost more.
 */
static void session_take_out(struct utrace_session *s, struct session_record *rec,
			     u64 lost)
{
	struct session_record *next = list_next_entry(rec, node);

	lockdep_assert_held(&s->lock);

	session_charge(s, -(long)session_record_size(rec));
	lost += rec->lost;
	if (list_is_last(&rec->node, &s->records)) {
		s->lost_here += lost;
	} else if (lost) {
		session_charge(s, -(long)session_record_size(next));
		next->lost += lost;
		session_charge(s, session_record_size(next));
	}
	list_del(&rec->node);
}

static void session_append_quiesce(struct session_thread *st)
{
	struct session_record *rec = st->quiesce;

	rec->st = st;
	rec->head = (struct utrace_record) {
		.size = sizeof(rec->head),
		.type = UTRACE_EV_QUIESCE,
		.flags = st->quiesce_flags,
		.time = st->quiesce_time,
		.thread = st->cookie,
	};
	st->quiesce_queued = true;
	st->quiesce_again = false;
	session_append(st, rec);
}

/*
 * Queue the report of an order that @st has carried out, whether or not the queue is
 * full.  If the last one has not been read, it goes: what counts is how the thread is
 * now, and the report has to be after what the thread did before.
 */
void utrace_session_queue_quiesce(struct session_thread *st)
{
	lockdep_assert_held(&st->session->lock);

	st->quiesce_flags = st->held ? UTRACE_REC_HELD : 0;
	st->quiesce_time = ktime_get_ns();
	if (st->quiesce_queued && st->quiesce->head.seq) {
		/* It has a number, and is being read. */
		st->quiesce_again = true;
		return;
	}
	if (st->quiesce_queued)
		session_take_out(st->session, st->quiesce, 0);
	session_append_quiesce(st);
}

/*
 * The session forgets @st, whose report may not have been read.  Such a report stays in
 * the queue, which owns it from now on.  It refers to nothing, so that it takes no more
 * memory than the queue counts for it.
 *
 * As long as there was a thread, the report was queued in any case, because a thread has
 * only one.  But a session can have had any number of threads.  So the limit for other
 * records applies now.
 */
void utrace_session_disown_quiesce(struct session_thread *st)
{
	struct utrace_session *s = st->session;

	lockdep_assert_held(&s->lock);

	if (!st->quiesce_queued)
		return;
	st->quiesce_queued = false;
	/* A report that has a number is being read. */
	if (!st->quiesce->head.seq && session_refuses(s)) {
		session_take_out(s, st->quiesce, 1);
		s->lost++;
		return;		/* freed with @st */
	}
	st->quiesce->st = NULL;
	st->quiesce = NULL;
}

/* A record has been read.  One that a thread owns returns to it, or to the queue. */
static void session_record_done(struct session_record *rec)
{
	struct session_thread *st = rec->st;

	if (!st)
		return;
	lockdep_assert_held(&st->session->lock);

	list_del(&rec->node);
	st->quiesce_queued = false;
	if (st->quiesce_again)
		session_append_quiesce(st);
}

/*
 * The session is closed, so that nobody reads or queues records.  It has forgotten all
 * of its threads, so that the queue owns all records.
 */
void utrace_session_flush(struct utrace_session *s)
{
	struct session_record *rec, *next;

	spin_lock(&s->lock);
	session_charge(s, -(long)s->queued);
	spin_unlock(&s->lock);
	list_for_each_entry_safe(rec, next, &s->records, node) {
		kvfree(rec);
		cond_resched();
	}
	INIT_LIST_HEAD(&s->records);
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
		if (utrace_session_queue(st, rec)) {
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
	if (!session_forgotten(st) && utrace_session_queue(st, rec))
		rec = NULL;
	spin_unlock(&st->session->lock);
	kvfree(rec);
}

/*
 * Resume threads that wait for room in the queue, if half of it is free, so that
 * they and the reader do not take turns.  No more are resumed than there is room
 * for the next record of each, taken to be as big as its last: otherwise thousands
 * run, queue one record, and wait again.  What they were granted counts until they
 * have queued something.
 *
 * A thread may compute for hours before it queues anything.  So when all has been
 * read, everybody may go.
 *
 * Returns whether there may be more to resume.
 */
static bool session_feed_some(struct utrace_session *s)
{
	size_t limit = session_limit(s);
	struct session_thread *st;
	unsigned int n;
	bool all;

	lockdep_assert_held(&s->lock);

	all = !s->queued || (s->config.flags & UTRACE_CONFIG_DROP);
	if (!all && s->queued > limit / 2)
		return false;
	for (n = 0; n < SESSION_BATCH; n++) {
		st = list_first_entry_or_null(&s->starving, struct session_thread,
					      starving);
		if (!st || (!all && s->queued + s->granted + st->last_size > limit))
			return false;
		list_del(&st->starving);
		st->starved = false;
		if (st->held)
			continue;
		st->granted = st->last_size;
		s->granted += st->granted;
		utrace_session_resume(st);
	}
	return true;
}

void utrace_session_feed(struct utrace_session *s)
{
	bool more;

	do {
		spin_lock(&s->lock);
		more = session_feed_some(s);
		spin_unlock(&s->lock);
		cond_resched();
	} while (more);
}

/*
 * Out: read() and poll()
 */

static bool session_readable(struct utrace_session *s)
{
	lockdep_assert_held(&s->lock);

	return !list_empty(&s->records) || s->lost_here;
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
		session_charge(s, session_record_size(rec));
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
		if (!rec->head.seq) {
			if (rec->lost)
				s->seq++;	/* the record that tells of them */
			rec->head.seq = ++s->seq;
		}
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
	session_charge(s, -(long)done);
	list_for_each_entry_safe(rec, next, &copied, node)
		session_record_done(rec);
	spin_unlock(&s->lock);
	utrace_session_feed(s);

	list_for_each_entry_safe(rec, next, &copied, node)
		kvfree(rec);
	return done ?: error;
}

ssize_t utrace_session_read(struct file *file, char __user *buf, size_t count,
			    loff_t *pos)
{
	struct utrace_session *s = file->private_data;
	ssize_t done = 0, ret;
	bool readable, ended;

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

		/* There was nothing to read, or another reader was faster. */
		spin_lock(&s->lock);
		readable = session_readable(s);
		ended = session_ended(s);
		spin_unlock(&s->lock);
		if (readable)
			continue;
		if (ended)
			return 0;
		if (file->f_flags & O_NONBLOCK)
			return -EAGAIN;
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
