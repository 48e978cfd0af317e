// SPDX-License-Identifier: LGPL-2.1
/*
 * libutrace: the threads of a session, as the records tell
 *
 * A record is noted when it is handed out, so that the table is never ahead of the
 * program.  If the library has waited for a record and kept others, records are noted out
 * of order: the one with the highest seq counts.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "internal.h"

static struct utrace_thread **find_slot(struct utrace_session *s, uint64_t cookie)
{
	struct utrace_thread **p = &s->buckets[cookie % THREAD_BUCKETS];

	while (*p && (*p)->cookie != cookie)
		p = &(*p)->bucket;
	return p;
}

/* NULL if there is no memory: the table is an aid, and a record is more important. */
static struct utrace_thread *get(struct utrace_session *s, uint64_t cookie)
{
	struct utrace_thread **slot = find_slot(s, cookie), *t = *slot;

	if (t)
		return t;
	t = calloc(1, sizeof(*t));
	if (!t)
		return NULL;
	t->cookie = cookie;
	t->state = UTRACE_STATE_RUNS;
	*slot = t;
	t->prev = s->last_thread;
	if (t->prev)
		t->prev->next = t;
	else
		s->threads = t;
	s->last_thread = t;
	return t;
}

static void drop(struct utrace_session *s, struct utrace_thread *t)
{
	*find_slot(s, t->cookie) = t->bucket;
	if (t->prev)
		t->prev->next = t->next;
	else
		s->threads = t->next;
	if (t->next)
		t->next->prev = t->prev;
	else
		s->last_thread = t->prev;
	free(t);
}

static void set_comm(struct utrace_thread *t, const __u8 comm[16])
{
	memcpy(t->comm, comm, 16);
	t->comm[16] = '\0';
}

static void set_dead(struct utrace_session *s, struct utrace_thread *t)
{
	s->nr_dead += !t->dead;
	t->dead = true;
	t->state = UTRACE_STATE_DYING;
	t->stop = 0;
	t->asleep = false;
}

/* The program has had the last record of these. */
void utrace_threads_bury(struct utrace_session *s)
{
	struct utrace_thread *t, *next;

	for (t = s->threads; t && s->nr_dead; t = next) {
		next = t->next;
		if (!t->dead)
			continue;
		s->nr_dead--;
		drop(s, t);
	}
	s->nr_dead = 0;
}

void utrace_threads_free(struct utrace_session *s)
{
	while (s->threads)
		drop(s, s->threads);
}

static void note_attached(struct utrace_thread *t, const struct utrace_rec_attached *r)
{
	t->process = r->process;
	t->state = r->state;
	set_comm(t, r->comm);
}

static void note_clone(struct utrace_session *s, const struct utrace_thread *parent,
		       const struct utrace_rec_clone *r)
{
	struct utrace_thread *child;

	if (!r->child)
		return;
	child = get(s, r->child);
	if (!child || child->seq)
		return;
	child->pid = r->child_pid;
	child->tid = r->child_tid;
	child->process = r->process;
	memcpy(child->comm, parent->comm, sizeof(child->comm));
}

/* Types after which the session has no such thread, so that none is added for them. */
static bool is_last_word(const struct utrace_record *rec)
{
	return rec->type == UTRACE_EV_DEATH || rec->type == UTRACE_EV_REAP ||
	       rec->type == UTRACE_REC_DETACHED || rec->type == UTRACE_REC_GONE;
}

void utrace_threads_note(struct utrace_session *s, const struct utrace_record *rec)
{
	const struct utrace_rec_attached *attached = utrace_rec_attached(rec);
	const struct utrace_rec_clone *clone = utrace_rec_clone(rec);
	const struct utrace_rec_exec *exec = utrace_rec_exec(rec);
	struct utrace_thread *t;

	if (!rec->thread)
		return;
	t = is_last_word(rec) ? *find_slot(s, rec->thread) : get(s, rec->thread);
	if (!t)
		return;
	if (clone)
		note_clone(s, t, clone);
	if (attached && !t->process)
		note_attached(t, attached);
	if (exec)
		set_comm(t, exec->comm);
	if (rec->seq && rec->seq < t->seq)
		return;
	t->seq = rec->seq;
	t->pid = rec->pid;
	t->tid = rec->tid;
	if (rec->type == UTRACE_EV_DEATH || rec->type == UTRACE_REC_DETACHED) {
		set_dead(s, t);
	} else if (rec->flags & UTRACE_RECF_HELD) {
		t->stop = rec->seq;
		t->asleep = rec->flags & UTRACE_RECF_ASLEEP;
		t->state = UTRACE_STATE_TRACED;
	} else if (!attached && rec->type != UTRACE_REC_GONE &&
		   rec->type != UTRACE_EV_CALLED) {
		/* What a thread does while it is held asleep does not end that. */
		if (!t->asleep)
			t->stop = 0;
		t->state = rec->type == UTRACE_EV_EXIT ? UTRACE_STATE_DYING
						       : UTRACE_STATE_RUNS;
	}
}

static bool same_process(const struct utrace_thread *a, const struct utrace_thread *b)
{
	return a->process && b->process ? a->process == b->process : a->pid == b->pid;
}

/* Has the thread been released, or detached, without a record of that? */
static bool lets_go(const struct utrace_order *o)
{
	if (o->action == UTRACE_OP_STEP)
		return o->result == -EINPROGRESS;
	return !o->result && (o->action == UTRACE_OP_RELEASE ||
			      o->action == UTRACE_OP_DETACH);
}

/* An order was carried out, or is under way. */
void utrace_threads_note_order(struct utrace_session *s, const struct utrace_order *o)
{
	struct utrace_thread *t, *of = NULL;

	if (!lets_go(o))
		return;
	if (o->thread) {
		of = *find_slot(s, o->thread);
		if (!of)
			return;
	}
	for (t = of && !(o->flags & UTRACE_ORDER_PROCESS) ? of : s->threads; t; t = t->next) {
		if (of && t != of && !(o->flags & UTRACE_ORDER_PROCESS &&
				       same_process(t, of)))
			continue;
		if (o->action == UTRACE_OP_DETACH) {
			set_dead(s, t);
		} else {
			t->stop = 0;
			t->asleep = false;
			if (t->state == UTRACE_STATE_TRACED)
				t->state = UTRACE_STATE_RUNS;
		}
		if (of && !(o->flags & UTRACE_ORDER_PROCESS))
			break;
	}
}

API struct utrace_thread *utrace_thread(struct utrace_session *s, uint64_t cookie)
{
	struct utrace_thread *t = *find_slot(s, cookie);

	if (!t)
		utrace_fail(s, ESRCH, "the session has no thread %#llx, or has not told of it yet",
			    (unsigned long long)cookie);
	return t;
}

API struct utrace_thread *utrace_thread_by_tid(struct utrace_session *s, pid_t tid)
{
	struct utrace_thread *t;

	/* A dead leader and the thread that has taken its id can both be there. */
	for (t = s->threads; t; t = t->next)
		if (t->tid == tid && !t->dead)
			return t;
	utrace_fail(s, ESRCH, "the session has no thread %d, or has not told of it yet",
		    (int)tid);
	return NULL;
}

API struct utrace_thread *utrace_next_thread(struct utrace_session *s,
					     const struct utrace_thread *prev)
{
	return prev ? prev->next : s->threads;
}

API uint64_t utrace_thread_cookie(const struct utrace_thread *t)
{
	return t->cookie;
}

API uint64_t utrace_thread_process(const struct utrace_thread *t)
{
	return t->process;
}

API pid_t utrace_thread_pid(const struct utrace_thread *t)
{
	return t->pid;
}

API pid_t utrace_thread_tid(const struct utrace_thread *t)
{
	return t->tid;
}

API unsigned int utrace_thread_state(const struct utrace_thread *t)
{
	return t->state;
}

API const char *utrace_thread_comm(const struct utrace_thread *t)
{
	return t->comm;
}

API uint64_t utrace_thread_stop(const struct utrace_thread *t)
{
	return t->stop;
}

API int utrace_thread_asleep(const struct utrace_thread *t)
{
	return t->asleep;
}

API void utrace_thread_set_data(struct utrace_thread *t, void *data)
{
	t->data = data;
}

API void *utrace_thread_data(const struct utrace_thread *t)
{
	return t->data;
}

/* The answer of UTRACE_IOC_STATUS about one thread or all, to be freed. */
static void *ask_status(struct utrace_session *s, uint64_t thread, uint32_t *bytes,
			int *error)
{
	struct utrace_status st;
	uint32_t room = sizeof(struct utrace_rec_attached) + 64;
	void *buf = NULL, *bigger;
	int err;

	for (;;) {
		bigger = realloc(buf, room);
		if (!bigger) {
			err = ENOMEM;
			break;
		}
		buf = bigger;
		memset(&st, 0, sizeof(st));
		st.size = sizeof(st);
		st.thread = thread;
		st.buffer = (uintptr_t)buf;
		st.buffer_size = room;
		err = -utrace_sys_ioctl(s->fd, UTRACE_IOC_STATUS, &st);
		if (err)
			break;
		/* Is that all? */
		if (st.buffer_size / (sizeof(struct utrace_rec_attached)) >= st.nr ||
		    room > 1u << 28)
			break;
		if (room >= (st.nr + 16) * sizeof(struct utrace_rec_attached))
			room *= 2;
		else
			room = (st.nr + 16) * sizeof(struct utrace_rec_attached);
	}
	if (!err) {
		*bytes = st.buffer_size;
		return buf;
	}
	free(buf);
	if (thread)
		*error = utrace_fail(s, err, "cannot get the status of thread %#llx: %s",
				     (unsigned long long)thread,
				     err == ESRCH ? "the session has no such thread"
						  : utrace_words(err));
	else
		*error = utrace_fail(s, err, "cannot get the status of all threads: %s",
				     utrace_words(err));
	return NULL;
}

static void note_status(struct utrace_session *s, const struct utrace_rec_attached *r)
{
	struct utrace_thread *t;

	if (!r->head.thread)
		return;
	t = get(s, r->head.thread);
	if (!t)
		return;
	note_attached(t, r);
	t->pid = r->head.pid;
	t->tid = r->head.tid;
	t->stop = r->stop;
	t->asleep = r->head.flags & UTRACE_RECF_ASLEEP;
}

API int utrace_refresh_threads(struct utrace_session *s)
{
	const struct utrace_rec_attached *r;
	uint32_t bytes, at;
	void *buf;
	int ret;

	buf = ask_status(s, 0, &bytes, &ret);
	if (!buf)
		return ret;
	for (at = 0; bytes - at >= sizeof(*r); at += r->head.size) {
		r = (const void *)((char *)buf + at);
		if (r->head.size < sizeof(*r) || r->head.size > bytes - at)
			break;
		note_status(s, r);
	}
	free(buf);
	return 0;
}

API int utrace_status_sized(struct utrace_session *s, uint64_t thread,
			    struct utrace_rec_attached *status, size_t size)
{
	const struct utrace_record *rec;
	uint32_t bytes;
	int ret;

	if (!thread)
		return utrace_fail(s, EINVAL, "cannot get the status of thread 0: there is none");
	rec = ask_status(s, thread, &bytes, &ret);
	if (!rec)
		return ret;
	if (bytes < UTRACE_RECORD_SIZE_VER0 || rec->size > bytes) {
		free((void *)rec);
		return utrace_fail(s, EBADMSG, "cannot get the status of thread %#llx: the kernel gave a malformed answer",
				   (unsigned long long)thread);
	}
	utrace_record_copy(rec, status, size);
	free((void *)rec);
	return 0;
}

API int utrace_pidfd(struct utrace_session *s, uint64_t thread, unsigned int flags)
{
	struct utrace_pidfd p = { .size = sizeof(p), .flags = flags, .thread = thread };
	int err = -utrace_sys_ioctl(s->fd, UTRACE_IOC_PIDFD, &p);

	if (err)
		return utrace_fail(s, err, "cannot get a pidfd of thread %#llx: %s",
				   (unsigned long long)thread,
				   err == ESRCH ? "the session has no such thread, or it was waited for"
						: utrace_words(err));
	return p.fd;
}
