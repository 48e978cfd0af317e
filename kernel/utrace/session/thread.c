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
	struct session_table *table, *next;

	if (!refcount_dec_and_test(&s->ref))
		return;
	list_for_each_entry_safe(table, next, &s->tables, node)
		kvfree_rcu(table, rcu);
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

void utrace_session_unhold(struct session_thread *st)
{
	lockdep_assert_held(&st->session->lock);

	if (st->held) {
		st->held = false;
		st->session->nr_held--;
	}
}

/*
 * Let a thread run.  What it was ordered to report, but has not yet, it does on
 * the way; a HOLD that was ordered then takes effect there.
 */
int utrace_session_resume(struct session_thread *st)
{
	return utrace_control(st->engine, st->hold_asked || st->report_asked ?
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
 * Remove @st from the session.  Returns the session's reference to the engine
 * for the caller to put, unless somebody else has been faster.
 */
struct utrace_engine *utrace_session_forget(struct session_thread *st)
{
	struct utrace_session *s = st->session;

	lockdep_assert_held(&s->lock);

	if (session_forgotten(st))
		return NULL;
	utrace_session_disown_quiesce(st);
	list_del(&st->link.node);
	hash_del(&st->by_cookie);
	utrace_session_unhold(st);
	if (st->starved)
		list_del(&st->starving);
	st->starved = false;
	session_ungrant(st);
	s->nr_threads--;
	wake_up_interruptible(&s->wait);	/* perhaps it was the last */
	return st->engine;
}

/* From a callback: the session has no more to do with this thread. */
enum utrace_action utrace_session_leave(struct session_thread *st)
{
	struct utrace_engine *engine;

	spin_lock(&st->session->lock);
	engine = utrace_session_forget(st);
	spin_unlock(&st->session->lock);
	if (engine)
		utrace_engine_put(engine);
	return UTRACE_DETACH;
}

/*
 * Detach from the threads that call number @attach has brought; from all if it
 * is 0.  With an @error, a positive errno, each gives a record of that.
 */
void utrace_session_drop(struct utrace_session *s, u64 attach, int error)
{
	struct session_link cursor = {};
	struct session_record *rec = NULL;
	unsigned int others = 0;
	struct utrace_engine *engine;
	struct session_thread *st;

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
		/* Memory for the record, and the last reference, are for without lock. */
		engine = utrace_engine_get(st->engine);
		if (error) {
			spin_unlock(&s->lock);
			rec = utrace_session_make_detached(st, error);
			spin_lock(&s->lock);
		}
		if (!session_forgotten(st)) {
			if (error && utrace_session_queue(st, rec))
				rec = NULL;
			/* A callback that runs now finds itself forgotten. */
			utrace_session_forget(st);
			utrace_control(engine, UTRACE_DETACH);
			spin_unlock(&s->lock);
			utrace_engine_put(engine);	/* the session's */
		} else {
			spin_unlock(&s->lock);
		}
		utrace_engine_put(engine);
		kvfree(rec);
		rec = NULL;
		cond_resched();
		spin_lock(&s->lock);
	}
	list_del(&cursor.node);
	spin_unlock(&s->lock);
}

void utrace_session_thread_release(void *data)
{
	struct session_thread *st = data;

	put_cred(st->cred);
	utrace_session_put(st->session);
	kvfree(st->quiesce);
	kfree(st);
}

void utrace_session_update_pids(struct session_thread *st)
{
	st->pid = task_tgid_nr_ns(st->task, st->session->ns);
	st->tid = task_pid_nr_ns(st->task, st->session->ns);
}

struct session_thread *utrace_session_make_thread(struct utrace_session *s,
						  struct task_struct *task,
						  const struct cred *cred)
{
	struct session_thread *st = kzalloc(sizeof(*st), GFP_KERNEL_ACCOUNT);

	if (!st)
		return NULL;
	st->quiesce = kzalloc(sizeof(*st->quiesce), GFP_KERNEL_ACCOUNT);
	if (!st->quiesce) {
		kfree(st);
		return NULL;
	}
	refcount_inc(&s->ref);
	st->session = s;
	st->task = task;
	st->link.st = st;
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
