// SPDX-License-Identifier: GPL-2.0-only
/*
 * utrace sessions: the table of threads, and what a session holds of each
 *
 * session.c says how sessions and their threads live, and what the lock protects.
 */

#include <linux/cred.h>
#include <linux/pid.h>
#include <linux/pid_namespace.h>
#include <linux/sched.h>
#include <linux/slab.h>

#include "session.h"

void utrace_session_put(struct utrace_session *s)
{
	struct session_table *table, *next;

	if (!refcount_dec_and_test(&s->ref))
		return;
	list_for_each_entry_safe(table, next, &s->tables, node)
		kvfree_rcu(table, rcu);
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

struct session_thread *utrace_session_find_task(struct utrace_session *s,
						struct task_struct *task)
{
	struct session_thread *st;

	lockdep_assert_held(&s->lock);

	hash_for_each_possible(s->by_task, st, by_task, (unsigned long)task)
		if (st->task == task)
			return st;
	return NULL;
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
 * Remove @st from the session.  Returns the session's reference to the engine
 * for the caller to put, unless somebody else has been faster.
 */
struct utrace_engine *utrace_session_forget(struct session_thread *st)
{
	struct utrace_session *s = st->session;

	lockdep_assert_held(&s->lock);

	if (session_forgotten(st))
		return NULL;
	hash_del(&st->by_task);
	hash_del(&st->by_cookie);
	utrace_session_unhold(st);
	if (st->starved)
		list_del(&st->starving);
	st->starved = false;
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
 * is 0.
 */
void utrace_session_drop(struct utrace_session *s, u64 attach)
{
	struct session_thread *st;
	struct hlist_node *next;
	HLIST_HEAD(gone);
	int bucket;

	spin_lock(&s->lock);
	hash_for_each_safe(s->by_task, bucket, next, st, by_task) {
		if (attach && st->attach != attach)
			continue;
		utrace_session_forget(st);
		utrace_control(st->engine, UTRACE_DETACH);
		hlist_add_head(&st->by_cookie, &gone);
	}
	spin_unlock(&s->lock);

	/* A callback that runs now finds itself forgotten. */
	hlist_for_each_entry_safe(st, next, &gone, by_cookie)
		utrace_engine_put(st->engine);
}

void utrace_session_thread_release(void *data)
{
	struct session_thread *st = data;

	put_cred(st->cred);
	utrace_session_put(st->session);
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
	refcount_inc(&s->ref);
	st->session = s;
	st->task = task;
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
