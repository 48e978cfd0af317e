// SPDX-License-Identifier: GPL-2.0-only
/*
 * utrace sessions: from the callback into the ring, or into the list of what waits
 *
 * A traced thread never waits here.  If its record finds no room, the record stays in
 * memory of the thread's, in session->waiting, and the thread is told to stop
 * ("starves") until the record is in the ring.  Records enter in the order in which they
 * came, so while one waits, all that follow do.
 *
 * Three classes of records: *bulk*, whose thread can wait, or which are dropped if the
 * session has chosen that; those with HELD, whose thread is held anyway; and the last
 * words of threads and orders, which have room of their own and wait for nobody.
 */

#include <linux/err.h>
#include <linux/ptrace.h>
#include <linux/sched/signal.h>
#include <linux/sched/task_stack.h>
#include <linux/slab.h>
#include <linux/timekeeping.h>

#include "session.h"

/* Threads that make threads wait if so many records do, because exits do not wait. */
#define SESSION_MANY_WAIT	64

u64 utrace_session_other_clock(const struct utrace_config *config, u64 mono)
{
	return ktime_to_ns(ktime_mono_to_any(ns_to_ktime(mono),
					     config->clock == UTRACE_CLOCK_REALTIME ?
					     TK_OFFS_REAL : TK_OFFS_BOOT));
}

/* The time of a record that no thread makes, with the generation of its clock. */
static u64 session_now(struct utrace_session *s)
{
	struct utrace_config config;

	session_get_config(s, &config);
	return utrace_session_clock(&config, ktime_get_ns());
}

/* Fill in the head of a record of @size bytes, but for what depends on its place. */
void utrace_session_head(struct session_thread *st, struct utrace_record *rec, u16 type,
			 u32 size, const struct utrace_config *config)
{
	rec->size = size;
	rec->type = type;
	rec->flags = 0;
	rec->items = size;
	rec->nr_items = 0;
	rec->generation = config->generation;
	rec->time = utrace_session_clock(config, ktime_get_ns());
	rec->thread = st->cookie;
}

/*
 * Into the ring.  All under session->lock.
 */

/* The time of a record of @st's, which was made at @time of the clock of @generation. */
static u64 session_stamp_time(struct session_thread *st, u32 generation, u64 time)
{
	lockdep_assert_held(&st->session->lock);

	/* While the thread made the record, others may have told of the thread. */
	if (generation == st->generation)
		time = max(time, st->time);
	st->generation = generation;
	st->time = time;
	return time;
}

/* What is known of @rec only when its place among its thread's records is. */
static void session_stamp(struct session_thread *st, struct utrace_record *rec)
{
	lockdep_assert_held(&st->session->lock);

	rec->pid = st->pid;
	rec->tid = st->tid;
	rec->time = session_stamp_time(st, rec->generation, rec->time);
}

static void session_place_lost(struct utrace_session *s)
{
	struct utrace_rec_lost lost = {
		.head.size = sizeof(lost),
		.head.type = UTRACE_REC_LOST,
		.head.items = sizeof(lost),
		.head.generation = s->generation,
		.head.seq = ++s->seq,
		.head.time = session_now(s),
		.count = s->lost_here,
		.bytes = s->lost_bytes,
	};

	utrace_ring_commit(utrace_ring_reserve(s->ring, sizeof(lost)), &lost.head);
	s->lost_here = 0;
	s->lost_bytes = 0;
}

/* Give @rec its place, behind a word on what was lost.  NULL: there is no room. */
static struct utrace_record *session_place(struct utrace_session *s,
					   struct utrace_record *rec)
{
	struct utrace_record *to;

	lockdep_assert_held(&s->lock);

	if (unlikely(s->lost_here)) {
		if (!utrace_ring_has_room(s->ring, sizeof(struct utrace_rec_lost) +
						   rec->size))
			return NULL;
		session_place_lost(s);
	}
	to = utrace_ring_try_reserve(s->ring, rec->size);
	if (unlikely(!to))
		return NULL;
	rec->seq = ++s->seq;
	if (rec->flags & UTRACE_RECF_HELD)
		utrace_ring_note_held(s->ring);
	return to;
}

/*
 * A place of @size bytes for a record that is made where it will be read.  NULL: there is no
 * room, or others come first.
 */
static void *session_place_here(struct utrace_session *s, u32 size)
{
	lockdep_assert_held(&s->lock);

	if (unlikely(!list_empty(&s->waiting) || s->lost_here))
		return NULL;
	return utrace_ring_try_reserve(s->ring, size);
}

/* Fill in the head of such a record, but for its size: utrace_ring_commit_here(). */
static void session_head_here(struct session_thread *st, struct utrace_record *rec,
			      u16 type, u16 flags, u16 size, u32 generation, u64 time)
{
	rec->type = type;
	rec->flags = flags;
	rec->items = size;
	rec->nr_items = 0;
	rec->generation = generation;
	rec->seq = ++st->session->seq;
	rec->time = session_stamp_time(st, generation, time);
	rec->thread = st->cookie;
	rec->pid = st->pid;
	rec->tid = st->tid;
	if (flags & UTRACE_RECF_HELD) {
		st->stop = rec->seq;
		utrace_ring_note_held(st->session->ring);
	}
}

static void session_lost(struct utrace_session *s, u32 size)
{
	lockdep_assert_held(&s->lock);

	s->lost++;
	s->lost_here++;
	s->lost_bytes += size;
	utrace_ring_lost(s->ring, s->lost);
}

/* Whatever the reader waits for, it is to look. */
void utrace_session_wake(struct utrace_session *s)
{
	if (wq_has_sleeper(&s->wait))
		wake_up_interruptible_poll(&s->wait, EPOLLIN | EPOLLRDNORM | EPOLLPRI);
}

/*
 * Let a record wait.  Returns whether there is room meanwhile, so that the caller has to
 * call utrace_session_feed() without the lock.
 */
static bool session_wait(struct utrace_session *s, struct session_post *post)
{
	u32 size = post->rec ? post->rec->size : 0;

	lockdep_assert_held(&s->lock);

	if (post->st)
		utrace_engine_get(post->st->engine);
	list_add_tail(&post->node, &s->waiting);
	s->nr_waiting++;
	return !utrace_ring_starves(s->ring, size + sizeof(struct utrace_rec_lost));
}

/* @st is to stop until its record is in the ring. */
static void session_starve(struct session_thread *st)
{
	lockdep_assert_held(&st->session->lock);

	/* If it cannot, it dies: its next words wait behind this record. */
	if (!st->starved && !utrace_must_stop(st->engine)) {
		st->starved = true;
		st->session->nr_starved++;
	}
}

/*
 * What a callback answers.  A thread that was held asleep goes on to the end of its system
 * call: it stops before user mode, because it was asked to from outside.
 */
enum utrace_action utrace_session_action(const struct session_thread *st)
{
	return (st->held && !st->asleep) || st->starved ? UTRACE_STOP : UTRACE_RESUME;
}

/**
 * utrace_session_post - post a record, at the end of a callback
 * @st: the thread
 * @buf: where the record was made
 * @config: the configuration under which it was
 * @hold: the event holds the thread
 *
 * Context: in the thread, with no lock held.
 *
 * Return: the answer of the callback.
 */
enum utrace_action utrace_session_post(struct session_thread *st,
				       struct session_buffer *buf,
				       const struct utrace_config *config, bool hold)
{
	struct utrace_record *rec = buf->post.rec, *to = NULL;
	struct utrace_session *s = st->session;
	enum utrace_action action;
	bool held = false, feed = false;
	u32 size = rec->size;

	spin_lock(&s->lock);
	if (unlikely(session_forgotten(st))) {
		spin_unlock(&s->lock);
		return UTRACE_DETACH;
	}
	/*
	 * On its way into a hold already: that is to be released first.  Otherwise, the
	 * record that a step has come to nothing comes before this one.
	 */
	held = hold && utrace_session_hold_here(st);
	session_stamp(st, rec);
	if (held)
		rec->flags |= UTRACE_RECF_HELD;
	if (likely(list_empty(&s->waiting)))
		to = session_place(s, rec);
	if (likely(to)) {
		if (held)
			st->stop = rec->seq;
		/* Nobody waits long for a record that is BUSY. */
		preempt_disable();
	} else if (held || !(config->flags & UTRACE_CONFIG_DROP)) {
		feed = session_wait(s, &buf->post);
		if (!held)
			session_starve(st);
	} else {
		session_lost(s, size);
	}
	action = utrace_session_action(st);
	spin_unlock(&s->lock);

	if (likely(to)) {
		utrace_ring_commit(to, rec);
		preempt_enable();
		utrace_ring_wake(s, to, size, config->wakeup_bytes, held, held);
	} else {
		if (feed)
			utrace_session_feed(s);
		utrace_session_wake(s);
	}
	return action;
}

/**
 * utrace_session_post_call - record a system call that has returned
 * @st: the thread
 * @config: the configuration; RCU keeps it
 * @call: the call
 * @error: the error of the call, or 0
 * @result: the result of the call
 * @action: out: the answer of the callback
 *
 * This is utrace_session_post() for the record that a busy thread makes most.  Nothing in
 * it can fault, so it is written where it will be read.
 *
 * Context: in the thread, with no lock held.
 *
 * Return: false if the record has to be made in another way, because there is no room in
 * the ring, for example.  Then nothing has been done.
 */
bool utrace_session_post_call(struct session_thread *st,
			      const struct utrace_config *config,
			      const struct utrace_syscall *call, long error, long result,
			      enum utrace_action *action)
{
	struct utrace_session *s = st->session;
	u64 time = utrace_session_clock(config, ktime_get_ns());
	struct utrace_rec_syscall *sc = NULL;

	spin_lock(&s->lock);
	if (likely(!session_forgotten(st)))
		sc = session_place_here(s, sizeof(*sc));
	if (unlikely(!sc)) {
		spin_unlock(&s->lock);
		return false;
	}
	session_head_here(st, &sc->head, UTRACE_EV_SYSCALL, error ? UTRACE_RECF_ERROR : 0,
			  sizeof(*sc), config->generation, time);
	*action = utrace_session_action(st);
	/* Nobody waits long for a record that is BUSY. */
	preempt_disable();
	spin_unlock(&s->lock);

	sc->nr = call->nr;
	sc->arch = call->arch;
	sc->reserved = 0;
	BUILD_BUG_ON(sizeof(sc->args) != sizeof(call->args));
	memcpy(sc->args, call->args, sizeof(sc->args));
	sc->ip = call->ip;
	sc->sp = user_stack_pointer(task_pt_regs(current));
	sc->result = result;
	sc->entry_time = utrace_session_clock(config, call->time);
	sc->entry_seq = 0;
	utrace_ring_commit_here(&sc->head, sizeof(*sc));
	preempt_enable();
	utrace_ring_wake(s, &sc->head, sizeof(*sc), config->wakeup_bytes, false, false);
	return true;
}

/*
 * Post a record in place of the thread, which has to have left it alone.  False: there is
 * no room, or others wait; then it is as it was.  The caller wakes the reader.
 */
bool utrace_session_try(struct session_thread *st, struct session_post *post, u16 flags)
{
	struct utrace_session *s = st->session;
	struct utrace_record *to = NULL;

	lockdep_assert_held(&s->lock);

	session_stamp(st, post->rec);
	post->rec->flags |= flags;
	if (list_empty(&s->waiting))
		to = session_place(s, post->rec);
	if (to)
		utrace_ring_commit(to, post->rec);
	else
		post->rec->flags &= ~flags;
	return to;
}

/* A record of @size bytes cannot be made. */
void utrace_session_lose(struct session_thread *st, u32 size)
{
	struct utrace_session *s = st->session;

	spin_lock(&s->lock);
	if (!session_forgotten(st))
		session_lost(s, size);
	spin_unlock(&s->lock);
}

/*
 * The end of a callback that has no record, of a thread that has made another one.  Exits
 * do not wait for the reader, so who makes the exiting does: its turn comes when what
 * waits now has been posted.
 */
enum utrace_action utrace_session_pass(struct session_thread *st)
{
	struct session_post *post = &st->event_rec.post;
	struct utrace_session *s = st->session;
	enum utrace_action action = UTRACE_DETACH;
	bool feed = false;

	spin_lock(&s->lock);
	if (!session_forgotten(st)) {
		if (s->nr_waiting >= SESSION_MANY_WAIT && list_empty(&post->node)) {
			post->rec->size = 0;
			post->rec->flags = 0;
			feed = session_wait(s, post);
			session_starve(st);
		}
		action = utrace_session_action(st);
	}
	spin_unlock(&s->lock);
	if (feed)
		utrace_session_feed(s);
	return action;
}

/*
 * Post a record that needs no room, because it has its own while it waits.  Returns
 * whether utrace_session_feed() is due, without the lock.  The caller wakes the reader.
 */
bool utrace_session_post_last(struct utrace_session *s, struct session_post *post)
{
	struct utrace_record *to = NULL;

	lockdep_assert_held(&s->lock);

	if (post->st)
		session_stamp(post->st, post->rec);
	if (list_empty(&s->waiting))
		to = session_place(s, post->rec);
	if (!to)
		return session_wait(s, post);
	utrace_ring_commit(to, post->rec);
	return false;
}

/* Is there room in the ring for a record of @size bytes, and does nothing wait? */
bool utrace_session_has_room(struct utrace_session *s, u32 size)
{
	lockdep_assert_held(&s->lock);

	return list_empty(&s->waiting) &&
	       utrace_ring_has_room(s->ring, size + sizeof(struct utrace_rec_lost));
}

/*
 * Post the record @rec of an attach, for which there is room, unless @st has a copy that
 * can wait for it.  The caller wakes the reader, and calls utrace_session_feed().
 */
void utrace_session_post_attached(struct session_thread *st, struct utrace_record *rec)
{
	struct utrace_session *s = st->session;
	struct utrace_record *to;

	lockdep_assert_held(&s->lock);

	if (st->attached.rec) {
		utrace_session_post_last(s, &st->attached);
		return;
	}
	rec->pid = st->pid;
	rec->tid = st->tid;
	to = session_place(s, rec);
	if (to)
		utrace_ring_commit(to, rec);
	else
		session_lost(s, rec->size);	/* by a consumer that takes room back */
}

/* As utrace_session_post(), of a thread that does not wait. */
void utrace_session_tell(struct session_thread *st, struct session_post *post)
{
	struct utrace_session *s = st->session;
	bool feed = false;

	spin_lock(&s->lock);
	if (!session_forgotten(st))
		feed = utrace_session_post_last(s, post);
	spin_unlock(&s->lock);
	if (feed)
		utrace_session_feed(s);
	utrace_session_wake(s);
}

/*
 * The ends of orders
 */

/* Orders that are to end in a UTRACE_REC_DONE, and have not, or it has no room. */
#define SESSION_BATCHES_MAX	64

/* The caller has its own share in it, for utrace_session_batch_put(). */
struct session_batch *utrace_session_batch_make(struct utrace_session *s, u64 tag)
{
	struct session_batch *batch;
	bool room;
	int ret;

	/* The record needs a ring, also if no thread was ever attached. */
	ret = utrace_session_need_ring(s);
	if (ret)
		return ERR_PTR(ret);
	batch = kzalloc(sizeof(*batch), GFP_KERNEL_ACCOUNT);
	if (!batch)
		return ERR_PTR(-ENOMEM);
	spin_lock(&s->lock);
	room = s->nr_batches < SESSION_BATCHES_MAX;
	s->nr_batches += room;
	spin_unlock(&s->lock);
	if (!room) {
		kfree(batch);
		return ERR_PTR(-ENOBUFS);
	}
	batch->pending = 1;
	INIT_LIST_HEAD(&batch->post.node);
	batch->post.rec = &batch->rec.head;
	batch->rec.head.size = sizeof(batch->rec);
	batch->rec.head.type = UTRACE_REC_DONE;
	batch->rec.head.items = sizeof(batch->rec);
	batch->rec.tag = tag;
	return batch;
}

/* One less is to be waited for.  The last one posts the record. */
void utrace_session_batch_put(struct utrace_session *s, struct session_batch *batch)
{
	lockdep_assert_held(&s->lock);

	if (--batch->pending)
		return;
	batch->rec.head.generation = s->generation;
	batch->rec.head.time = session_now(s);
	/* If it waits, a reader that makes room will find it. */
	if (!s->closed)
		utrace_session_post_last(s, &batch->post);
	if (list_empty(&batch->post.node)) {
		s->nr_batches--;
		kfree(batch);
	}
}

/* The order of @batch was given to no thread, so that no record will tell of its end. */
void utrace_session_batch_cancel(struct utrace_session *s, struct session_batch *batch)
{
	lockdep_assert_held(&s->lock);

	s->nr_batches--;
	kfree(batch);
}

static void session_answer_head(struct session_thread *st, u16 type, u32 size)
{
	memset(&st->answer.rec, 0, size);
	rcu_read_lock();
	utrace_session_head(st, &st->answer.rec.head, type, size,
			    &rcu_dereference(st->session->policy)->config);
	rcu_read_unlock();
}

/* Post the record that @st is held, and remember the name of the stop. */
static void session_post_held(struct session_thread *st, struct session_post *post)
{
	utrace_session_post_last(st->session, post);
	if (list_empty(&post->node) && (post->rec->flags & UTRACE_RECF_HELD))
		st->stop = post->rec->seq;
}

/* In which report a thread that is held with @flags stands still. */
static u32 session_stop_place(struct session_thread *st, u16 flags)
{
	int event = -EAGAIN;

	/* Of one that sleeps, and of one that is about to stop, the engine cannot tell. */
	if (!(flags & UTRACE_RECF_ASLEEP))
		event = utrace_stop_event(st->engine);
	return event < 0 ? UTRACE_EV_QUIESCE : event;
}

/* Make the record of a hold in the ring.  False: it has to wait. */
static bool session_quiesce_here(struct session_thread *st, u64 tag, u16 reason, u16 flags)
{
	const struct utrace_config *config;
	struct utrace_rec_quiesce *quiesce;

	quiesce = session_place_here(st->session, sizeof(*quiesce));
	if (unlikely(!quiesce))
		return false;
	rcu_read_lock();
	config = &rcu_dereference(st->session->policy)->config;
	session_head_here(st, &quiesce->head, UTRACE_EV_QUIESCE, flags, sizeof(*quiesce),
			  config->generation,
			  utrace_session_clock(config, ktime_get_ns()));
	rcu_read_unlock();
	quiesce->tag = tag;
	quiesce->reason = reason;
	quiesce->place = session_stop_place(st, flags);
	utrace_ring_commit_here(&quiesce->head, sizeof(*quiesce));
	/* utrace_session_awake() has it from there. */
	st->answer.rec.quiesce.tag = tag;
	return true;
}

/* @buf: where the thread has begun the record, with items; NULL: it has not. */
static void session_quiesce(struct session_thread *st, u64 tag, u16 reason, u16 flags,
			    struct session_buffer *buf)
{
	struct session_post *post = buf ? &buf->post : &st->answer.post;
	struct utrace_rec_quiesce *quiesce;

	if (!buf) {
		if (likely(session_quiesce_here(st, tag, reason, flags)))
			return;
		session_answer_head(st, UTRACE_EV_QUIESCE, sizeof(*quiesce));
	}
	post->rec->flags |= flags;
	quiesce = (struct utrace_rec_quiesce *)post->rec;
	quiesce->tag = tag;
	quiesce->reason = reason;
	quiesce->place = session_stop_place(st, flags);
	session_post_held(st, post);
}

/* The steps of @order have ended.  @buf: as of session_quiesce(). */
static void session_stepped(struct session_thread *st, const struct session_order *order,
			    u16 flags, struct session_buffer *buf)
{
	struct session_post *post = buf ? &buf->post : &st->answer.post;
	struct utrace_rec_step *step;

	if (!buf)
		session_answer_head(st, UTRACE_EV_STEP, sizeof(*step));
	post->rec->flags |= flags;
	step = (struct utrace_rec_step *)post->rec;
	step->tag = order->tag;
	step->steps = order->step.steps;
	session_post_held(st, post);
}

/* The call of @order has ended. */
static void session_called(struct session_thread *st, const struct session_order *order)
{
	struct utrace_rec_called *called = &st->answer.rec.called;

	session_answer_head(st, UTRACE_EV_CALLED, sizeof(*called));
	if (IS_ERR_VALUE(order->result))
		called->head.flags |= UTRACE_RECF_ERROR;
	called->tag = order->tag;
	called->nr = st->asked.nr;
	called->result = order->result;
	/* Its release may have come meanwhile. */
	if (st->held)
		called->head.flags |= UTRACE_RECF_HELD;
	session_post_held(st, &st->answer.post);
}

/*
 * At the end of a callback: the thread is held with the record in @words.  As in every
 * callback, with no lock held.
 */
enum utrace_action utrace_session_hold_last(struct session_thread *st,
					    struct session_words *words)
{
	struct utrace_session *s = st->session;
	enum utrace_action action = UTRACE_DETACH;

	spin_lock(&s->lock);
	if (!session_forgotten(st)) {
		if (utrace_session_hold_here(st))
			words->rec.head.flags |= UTRACE_RECF_HELD;
		session_post_held(st, &words->post);
		action = utrace_session_action(st);
	}
	spin_unlock(&s->lock);
	utrace_session_feed(s);
	utrace_session_wake(s);
	return action;
}

/*
 * The order that is under way has come to its end: @error, a positive errno, or 0 if it
 * was carried out.  @flags: of the record.  There is none if no order is under way.  @buf:
 * where the thread has begun the record, or NULL.  The caller wakes the reader without the
 * lock, and calls utrace_session_feed().
 */
void utrace_session_end_order(struct session_thread *st, int error, u16 flags,
			      struct session_buffer *buf)
{
	struct session_order order = st->order;
	struct utrace_rec_gone *gone = &st->answer.rec.gone;

	lockdep_assert_held(&st->session->lock);

	if (!order.action)
		return;
	st->order = (struct session_order){};
	if (!list_empty(&st->holds))
		list_del_init(&st->holds);
	if (!error && order.action == UTRACE_OP_CALL) {
		session_called(st, &order);
	} else if (!error && order.action == UTRACE_OP_STEP) {
		session_stepped(st, &order, flags, buf);
	} else if (!error) {
		session_quiesce(st, order.tag, order.reason, flags, buf);
	} else {
		session_answer_head(st, UTRACE_REC_GONE, sizeof(*gone));
		gone->tag = order.tag;
		gone->error = error;
		gone->action = order.action;
		utrace_session_post_last(st->session, &st->answer.post);
	}
	if (order.batch) {
		if (error)
			order.batch->rec.gone++;
		else
			order.batch->rec.done++;
		utrace_session_batch_put(st->session, order.batch);
	}
}

/* The session is closed: nobody hears of the end of an order. */
void utrace_session_drop_order(struct session_thread *st)
{
	struct session_batch *batch = st->order.batch;

	lockdep_assert_held(&st->session->lock);

	st->order = (struct session_order){};
	list_del_init(&st->holds);
	if (batch)
		utrace_session_batch_put(st->session, batch);
}

/* It was held asleep, and stops now: tell so. */
void utrace_session_awake(struct session_thread *st, struct session_buffer *buf)
{
	lockdep_assert_held(&st->session->lock);

	/* If nobody has read that it sleeps, one record is enough. */
	if (!list_empty(&st->answer.post.node))
		st->answer.rec.head.flags &= ~UTRACE_RECF_ASLEEP;
	else
		session_quiesce(st, st->answer.rec.quiesce.tag, UTRACE_QUIESCE_AWAKE,
				UTRACE_RECF_HELD, buf);
}

/*
 * @st was released.  A record of the hold that has not entered the ring says so, and its
 * thread waits for it as for any other one.
 */
void utrace_session_unhold_posts(struct session_thread *st)
{
	struct session_post *posts[] = {
		&st->call_rec.post, &st->event_rec.post, &st->answer.post, &st->exit.post,
	};
	int i;

	lockdep_assert_held(&st->session->lock);

	for (i = 0; i < ARRAY_SIZE(posts); i++) {
		if (list_empty(&posts[i]->node) ||
		    !(posts[i]->rec->flags & UTRACE_RECF_HELD))
			continue;
		posts[i]->rec->flags &= ~(UTRACE_RECF_HELD | UTRACE_RECF_ASLEEP);
		/* It is stopped, or bound to stop, and stays so. */
		if (i < 2 && !st->starved) {
			st->starved = true;
			st->session->nr_starved++;
		}
	}
}

/*
 * When there is room
 */

/* @post is in the ring. */
static void session_posted(struct session_thread *st, struct session_post *post)
{
	lockdep_assert_held(&st->session->lock);

	if (session_forgotten(st))
		return;
	if ((post->rec->flags & UTRACE_RECF_HELD) && st->held)
		st->stop = post->rec->seq;
	if (post != &st->call_rec.post && post != &st->event_rec.post)
		return;
	if (st->starved) {
		st->starved = false;
		st->session->nr_starved--;
		if (!st->held)
			utrace_session_resume(st);
	}
}

/* @post waits no more. */
static void session_take(struct utrace_session *s, struct session_post *post)
{
	lockdep_assert_held(&s->lock);

	list_del_init(&post->node);
	s->nr_waiting--;
	if (!post->st)
		s->nr_batches--;
}

/*
 * Post what has waited longest.  Returns whether there may be more to do; *@done is what
 * the caller gives back without the lock.
 */
static bool session_feed_one(struct utrace_session *s, struct session_post **done)
{
	struct utrace_record *rec, *to;
	struct session_post *post;

	lockdep_assert_held(&s->lock);

	if (!s->ring)
		return false;
	post = list_first_entry_or_null(&s->waiting, struct session_post, node);
	if (!post) {
		if (s->lost_here &&
		    utrace_ring_has_room(s->ring, sizeof(struct utrace_rec_lost)))
			session_place_lost(s);
		utrace_ring_sated(s->ring);
		return false;
	}
	rec = post->rec;
	if (rec->size) {
		to = session_place(s, rec);
		if (!to)
			return !utrace_ring_starves(s->ring, rec->size +
						    sizeof(struct utrace_rec_lost));
		utrace_ring_commit(to, rec);
	}
	session_take(s, post);
	if (post->st)
		session_posted(post->st, post);
	*done = post;
	return true;
}

static void session_post_done(struct session_post *post)
{
	if (post->st)
		utrace_engine_put(post->st->engine);
	else
		kfree(container_of(post, struct session_batch, post));
}

/* There may be room.  Any context in which session->lock may be taken, without it. */
void utrace_session_feed(struct utrace_session *s)
{
	struct session_post *done;
	bool more;

	do {
		done = NULL;
		spin_lock(&s->lock);
		more = session_feed_one(s, &done);
		spin_unlock(&s->lock);
		if (done)
			session_post_done(done);
	} while (more);
}

/* The session is closed: nobody will read what waits. */
void utrace_session_flush(struct utrace_session *s)
{
	struct session_post *post;

	for (;;) {
		spin_lock(&s->lock);
		post = list_first_entry_or_null(&s->waiting, struct session_post, node);
		if (post)
			session_take(s, post);
		spin_unlock(&s->lock);
		if (!post)
			break;
		session_post_done(post);
		cond_resched();
	}
}
