// SPDX-License-Identifier: GPL-2.0-only
/*
 * utrace sessions: the table of threads, and what a session holds of each
 *
 * session.c says how sessions and their threads live, and what the lock protects.
 */

#include <linux/cred.h>
#include <linux/memcontrol.h>
#include <linux/pid.h>
#include <linux/pid_namespace.h>
#include <linux/sched.h>
#include <linux/slab.h>

#include "../limit.h"
#include "session.h"

void utrace_session_put(struct utrace_session *s)
{
	if (!refcount_dec_and_test(&s->ref))
		return;
	utrace_session_free_tables(s);
	kfree_rcu(rcu_dereference_protected(s->policy, true), rcu);
	kfree(rcu_dereference_protected(s->plain, true));
	if (s->calls)
		utrace_syscall_set_put(s->calls);
	if (s->ring)
		utrace_ring_put(s->ring);
	if (s->user)
		utrace_user_put(s->user);
	mem_cgroup_put(s->memcg);
	put_pid(s->opener);
	put_pid_ns(s->ns);
	kfree(s);
}

void utrace_session_hold(struct session_thread *st)
{
	lockdep_assert_held(&st->session->lock);

	if (!st->held) {
		st->held = true;
		st->session->nr_held++;
	}
}

/*
 * In a callback of @st: hold it there, unless it is held, or dies.  One that was held
 * asleep has woken up.
 */
bool utrace_session_hold_here(struct session_thread *st)
{
	lockdep_assert_held(&st->session->lock);

	if ((st->held && !st->asleep) || utrace_must_stop(st->engine))
		return false;
	/* It is held by something else before the last step. */
	if (st->order.action == UTRACE_OP_STEP)
		utrace_session_end_order(st, ECANCELED, 0, NULL);
	utrace_session_hold(st);
	st->asleep = false;
	return true;
}

void utrace_session_unhold(struct session_thread *st)
{
	lockdep_assert_held(&st->session->lock);

	if (st->held) {
		st->held = false;
		st->asleep = false;
		st->stop = 0;
		st->sig = NULL;
		st->session->nr_held--;
	}
}

/*
 * Let a thread run.  If it was ordered to be held, but is not yet, that takes effect on
 * its way.
 */
int utrace_session_resume(struct session_thread *st)
{
	lockdep_assert_held(&st->session->lock);

	return utrace_control(st->engine, st->order.action == UTRACE_OP_HOLD ?
					  UTRACE_REPORT : UTRACE_RESUME);
}

static bool session_has_engine(const struct utrace_engine *engine, const void *data)
{
	struct session_thread *st = engine->data;

	return st->session == data && !session_forgotten(st);
}

/* By the engines of the task: few, however many threads the session has. */
struct session_thread *utrace_session_find_task(struct utrace_session *s,
						struct task_struct *task)
{
	struct session_thread *st = NULL;
	struct utrace_engine *engine;

	lockdep_assert_held(&s->lock);

	engine = utrace_find_engine(task, &utrace_session_engine_ops, session_has_engine, s);
	if (engine) {
		st = engine->data;
		utrace_engine_put(engine);	/* the session has one, too */
	}
	return st;
}

struct session_thread *utrace_session_find_cookie(struct utrace_session *s, u64 cookie)
{
	struct session_thread *st;

	lockdep_assert_held(&s->lock);

	hash_for_each_possible(s->by_cookie, st, by_cookie, cookie)
		if (st->cookie == cookie)
			return st;
	return NULL;
}

/* The engine of a thread of the session, with a reference; NULL: no such thread. */
struct utrace_engine *utrace_session_get_engine(struct utrace_session *s, u64 cookie)
{
	struct utrace_engine *engine = NULL;
	struct session_thread *st;

	spin_lock(&s->lock);
	st = utrace_session_find_cookie(s, cookie);
	if (st)
		engine = utrace_engine_get(st->engine);
	spin_unlock(&s->lock);
	return engine;
}

/*
 * The first thread after @cursor, which moves behind it; NULL: there is no more.
 * @cursor is in session->threads, so the lock may be released between two calls:
 * threads come at the end of the list, and go from anywhere.
 */
struct session_thread *utrace_session_next_thread(struct utrace_session *s,
						  struct session_link *cursor)
{
	struct session_link *link = cursor;

	lockdep_assert_held(&s->lock);

	list_for_each_entry_continue(link, &s->threads, node) {
		if (!link->st)
			continue;	/* somebody else's cursor */
		list_move(&cursor->node, &link->node);
		return link->st;
	}
	return NULL;
}

/*
 * Remove @st from the session.  An order that is under way ends with @error, a positive
 * errno, and without a record if that is 0.  Returns the session's reference to the engine
 * for the caller to put, unless somebody else has been faster.
 */
struct utrace_engine *utrace_session_forget(struct session_thread *st, int error)
{
	struct utrace_session *s = st->session;

	lockdep_assert_held(&s->lock);

	if (session_forgotten(st))
		return NULL;
	if (s->closed)
		utrace_session_drop_order(st);
	else
		utrace_session_end_order(st, error, 0, NULL);
	list_del_init(&st->holds);
	list_del_init(&st->waits);
	list_del(&st->link.node);
	hash_del(&st->by_cookie);
	utrace_session_unhold(st);
	if (st->starved) {
		st->starved = false;
		s->nr_starved--;
	}
	s->nr_threads--;
	utrace_session_wake(s);		/* perhaps it was the last */
	return st->engine;
}

/* From a callback: the session has no more to do with this thread. */
enum utrace_action utrace_session_leave(struct session_thread *st, int error)
{
	struct utrace_engine *engine;

	spin_lock(&st->session->lock);
	engine = utrace_session_forget(st, error);
	spin_unlock(&st->session->lock);
	if (engine)
		utrace_engine_put(engine);
	utrace_session_feed(st->session);
	return UTRACE_DETACH;
}

/* The last record of @st: the kernel detaches from it, because of @error, positive. */
void utrace_session_tell_detached(struct session_thread *st, int error, u32 reason)
{
	struct utrace_rec_detached *detached = &st->last.rec.detached;
	struct utrace_config config;

	lockdep_assert_held(&st->session->lock);

	session_get_config(st->session, &config);
	memset(detached, 0, sizeof(*detached));
	utrace_session_head(st, &detached->head, UTRACE_REC_DETACHED, sizeof(*detached),
			    &config);
	detached->error = error;
	detached->reason = reason;
	utrace_session_post_last(st->session, &st->last.post);
}

/*
 * Detach from the threads that call number @attach has brought; from all if it
 * is 0.  With an @error, a positive errno, each gives a record of that.
 */
void utrace_session_drop(struct utrace_session *s, u64 attach, int error)
{
	struct session_link cursor = {};
	struct utrace_engine *engine;
	struct session_thread *st;
	unsigned int others = 0;

	spin_lock(&s->lock);
	list_add(&cursor.node, &s->threads);
	while ((st = utrace_session_next_thread(s, &cursor))) {
		if (attach && st->attach != attach) {
			if (++others % SESSION_BATCH)
				continue;
			spin_unlock(&s->lock);
			cond_resched();
			spin_lock(&s->lock);
			continue;
		}
		/* A callback that runs now finds itself forgotten. */
		engine = utrace_session_forget(st, ESRCH);
		if (error)
			utrace_session_tell_detached(st, error, UTRACE_DETACHED_ATTACH);
		utrace_control(engine, UTRACE_DETACH);
		spin_unlock(&s->lock);
		utrace_engine_put(engine);
		cond_resched();
		spin_lock(&s->lock);
	}
	list_del(&cursor.node);
	spin_unlock(&s->lock);
	utrace_session_feed(s);
}

void utrace_session_thread_release(void *data)
{
	struct session_thread *st = data;

	utrace_session_table_put(st->call.table);
	utrace_session_buffer_free(&st->call_rec);
	utrace_session_buffer_free(&st->event_rec);
	kfree(st->attached.rec);
	put_cred(st->cred);
	utrace_session_put(st->session);
	kfree(st);
}

void utrace_session_update_pids(struct session_thread *st)
{
	st->pid = task_tgid_nr_ns(st->task, st->session->ns);
	st->tid = task_pid_nr_ns(st->task, st->session->ns);
}

static void session_init_words(struct session_thread *st, struct session_words *words)
{
	INIT_LIST_HEAD(&words->post.node);
	words->post.st = st;
	words->post.rec = &words->rec.head;
}

/* A number of a process, the same as that of a pidfd's inode. */
static u64 session_process(struct task_struct *task)
{
	u64 process = 0;
	struct pid *pid;

	rcu_read_lock();
	pid = task_tgid(task);
	if (pid)
		process = pid->ino;
	rcu_read_unlock();
	return process;
}

struct session_thread *utrace_session_make_thread(struct utrace_session *s,
						  struct task_struct *task,
						  const struct cred *cred)
{
	struct session_thread *st = kmalloc(sizeof(*st), GFP_KERNEL_ACCOUNT);

	if (!st)
		return NULL;
	/* What follows is filled in before it is looked at. */
	memset(st, 0, offsetof(struct session_thread, answer));
	refcount_inc(&s->ref);
	st->session = s;
	st->task = task;
	st->process = session_process(task);
	st->link.st = st;
	INIT_LIST_HEAD(&st->holds);
	INIT_LIST_HEAD(&st->waits);
	INIT_LIST_HEAD(&st->attached.node);
	st->attached.st = st;
	session_init_words(st, &st->answer);
	session_init_words(st, &st->exit);
	session_init_words(st, &st->death);
	session_init_words(st, &st->last);
	utrace_session_buffer_init(st, &st->call_rec);
	utrace_session_buffer_init(st, &st->event_rec);
	st->cred = get_cred(cred);
	utrace_session_update_pids(st);
	return st;
}

/* May a thread join?  -EEXIST: it has, and *@cookie is its. */
int utrace_session_may_join(struct utrace_session *s, struct task_struct *task,
			    struct session_thread *maker, u64 *cookie)
{
	struct session_thread *st;

	lockdep_assert_held(&s->lock);

	if (s->closed || (maker && session_forgotten(maker)))
		return -ESHUTDOWN;
	st = utrace_session_find_task(s, task);
	if (!st)
		return 0;
	*cookie = st->cookie;
	return -EEXIST;
}
