// SPDX-License-Identifier: GPL-2.0-only
/*
 * utrace sessions: attaching to processes and threads
 */

#include <linux/audit.h>
#include <linux/cred.h>
#include <linux/pid.h>
#include <linux/ptrace.h>
#include <linux/sched/mm.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/slab.h>
#include <uapi/linux/pidfd.h>

#include <asm/syscall.h>
#include <asm/utrace.h>

#include "session.h"

/**
 * struct session_attaching - a UTRACE_IOC_ATTACH under way
 * @attach: its number
 * @tag: utrace_attach.tag
 * @flags: utrace_attach.flags
 * @self: the caller attaches to its own process
 * @known: a thread was in the session already
 * @threads: have been attached by it
 * @may: credentials of threads of the process to which the caller may attach; referenced;
 *	NULL: of none so far
 */
struct session_attaching {
	u64 attach;
	u64 tag;
	u32 flags;
	bool self;
	bool known;
	u32 threads;
	const struct cred *may;
};

/* The flags that threads keep. */
#define SESSION_KEPT_FLAGS	(UTRACE_ATTACH_CHILDREN | UTRACE_ATTACH_BORN_HELD | \
				 UTRACE_ATTACH_KILL | UTRACE_ATTACH_STRICT | \
				 UTRACE_ATTACH_ALONE)

static struct utrace_engine *session_make_engine(struct session_thread *st,
						 struct task_struct *task,
						 struct session_thread *maker)
{
	if (maker)
		return utrace_attach_child(maker->engine, task,
					   &utrace_session_engine_ops, st);
	return utrace_attach_task(task, &utrace_session_engine_ops, st);
}

static int session_keep_attached(struct utrace_session *s, struct session_thread *st,
				 const struct utrace_rec_attached *attached)
{
	struct mem_cgroup *own = set_active_memcg(s->memcg);

	st->attached.rec = kmemdup(attached, sizeof(*attached), GFP_KERNEL_ACCOUNT);
	set_active_memcg(own);
	return st->attached.rec ? 0 : -ENOMEM;
}

/**
 * utrace_session_attach - attach the session to one thread
 * @s: the session
 * @task: the thread
 * @maker: the thread that has made it, on whose behalf current attaches; NULL: current
 *	does so for itself
 * @a: the attach, or NULL if there is a @maker
 * @cookie: out: the thread's, also with -EEXIST
 *
 * A new thread is attached both by its maker's report_clone and by an attach to
 * its process, if both are under way.  An engine without events does no harm,
 * so each makes one, and under the lock the first one joins.
 *
 * Context: process context, may sleep.
 *
 * Return: 0, or
 *
 * * %-EEXIST - the thread is in the session
 * * %-ESHUTDOWN - the session is closed, or detached from @maker
 * * %-ESRCH - the thread is dead
 * * %-EUSERS - it has too many engines
 * * %-ENOMEM - there was no memory
 */
int utrace_session_attach(struct utrace_session *s, struct task_struct *task,
			  struct session_thread *maker, const struct session_attaching *a,
			  u64 *cookie)
{
	struct utrace_rec_attached attached;
	struct utrace_engine *engine;
	struct utrace_config config;
	struct session_thread *st;
	struct mem_cgroup *own;
	u16 out = 0;
	int ret;

	/* A traced thread does not pay for what its tracer needs to follow it. */
	own = set_active_memcg(s->memcg);
	st = utrace_session_make_thread(s, task, maker ? maker->cred : current_cred());
	engine = st ? session_make_engine(st, task, maker) : ERR_PTR(-ENOMEM);
	set_active_memcg(own);
	if (IS_ERR(engine)) {
		if (st)
			utrace_session_thread_release(st);
		return PTR_ERR(engine);
	}
	st->flags = maker ? maker->flags : a->flags & SESSION_KEPT_FLAGS;
	st->attach = maker ? maker->attach : a->attach;
	st->tag = maker ? maker->tag : a->tag;
	st->self = maker ? maker->self : a->self;
	st->exec_id = maker ? maker->exec_id : READ_ONCE(task->self_exec_id);
	st->arch = utrace_syscall_arch(task);
	st->engine = engine;
	st->cookie = utrace_cookie(engine);
	if (!maker) {
		session_get_config(s, &config);
		memset(&attached, 0, sizeof(attached));
		utrace_session_head(st, &attached.head, UTRACE_REC_ATTACHED,
				    sizeof(attached), &config);
		utrace_session_fill_status(st, &attached);
	}

	spin_lock(&s->lock);
	if (!maker && !utrace_session_has_room(s, sizeof(attached))) {
		/* It has to wait in memory of its own. */
		spin_unlock(&s->lock);
		ret = session_keep_attached(s, st, &attached);
		if (ret)
			goto out_detach;
		spin_lock(&s->lock);
	}
	ret = utrace_session_may_join(s, task, maker, cookie);
	if (!ret)
		ret = utrace_set_events_and_syscalls(engine, s->events, s->calls);
	if (!ret) {
		/* The first event's record waits for the lock, behind ours. */
		list_add_tail(&st->link.node, &s->threads);
		hash_add(s->by_cookie, &st->by_cookie, st->cookie);
		s->nr_threads++;
		*cookie = st->cookie;
		if (!maker)
			utrace_session_post_attached(st, &attached.head);
		else if (st->flags & UTRACE_ATTACH_BORN_HELD)
			utrace_session_order_hold(st, st->tag, UTRACE_QUIESCE_BORN, NULL,
						  false, &out);
	}
	spin_unlock(&s->lock);
	if (!ret)
		return 0;

out_detach:
	utrace_control(engine, UTRACE_DETACH);
	utrace_engine_put(engine);
	return ret;
}

/*
 * The threads of a process
 */

/*
 * The thread of @leader's process after @task, with a reference.  NULL as @task: the first
 * one; as the result: there is no more.  If @task has left its process, and with it the
 * list, it is the first one again.
 */
static struct task_struct *session_next_task(struct task_struct *leader,
					     struct task_struct *task)
{
	struct task_struct *next;

	rcu_read_lock();
	if (task && pid_alive(task))
		next = __next_thread(task);
	else
		next = list_first_or_null_rcu(&leader->signal->thread_head,
					      struct task_struct, thread_node);
	if (next)
		get_task_struct(next);
	rcu_read_unlock();
	return next;
}

/* Is @task in the session?  If the attach is an update, it has its flags now. */
static bool session_has_task(struct utrace_session *s, struct task_struct *task,
			     const struct session_attaching *a)
{
	struct session_thread *st;

	spin_lock(&s->lock);
	st = utrace_session_find_task(s, task);
	if (st && (a->flags & UTRACE_ATTACH_UPDATE))
		st->flags = a->flags & SESSION_KEPT_FLAGS;
	spin_unlock(&s->lock);
	return st;
}

/*
 * May the caller attach to @task?  The answer depends on the process and on the credentials
 * of the thread, which nearly all threads of a process share.
 */
static int session_may_attach(struct task_struct *task, struct session_attaching *a)
{
	const struct cred *cred;
	bool same;
	int ret;

	if (a->self)
		return utrace_session_may_attach_self();
	rcu_read_lock();
	same = __task_cred(task) == a->may;
	rcu_read_unlock();
	if (same)
		return 0;

	cred = get_task_cred(task);
	ret = utrace_session_may_attach(task);
	rcu_read_lock();
	same = __task_cred(task) == cred;
	rcu_read_unlock();
	/* Otherwise they have changed meanwhile, perhaps before the answer. */
	if (!ret && same)
		swap(cred, a->may);
	if (cred)
		put_cred(cred);
	return ret;
}

/* Attach to one thread, unless it is dead or in the session already. */
static int session_attach_one(struct utrace_session *s, struct task_struct *task,
			      struct session_attaching *a)
{
	u64 cookie;
	int ret;

	if (READ_ONCE(task->exit_state) ||
	    (READ_ONCE(task->flags) & (PF_USER_WORKER | PF_IO_WORKER)))
		return 0;
	if (session_has_task(s, task, a)) {
		a->known = true;
		return 0;
	}
	ret = session_may_attach(task, a);
	if (!ret)
		ret = utrace_session_attach(s, task, NULL, a, &cookie);
	if (!ret)
		a->threads++;
	/* It has died, or has come with its maker. */
	return ret == -ESRCH || ret == -EEXIST ? 0 : ret;
}

/*
 * Attach to every thread of @leader's process.  If that fails, the caller detaches from
 * those that were attached.
 *
 * A thread that is made meanwhile is attached by its maker's report_clone if the
 * maker was attached by then.  If it was not, the thread was in the process's list
 * when the maker was attached.  New threads are added at the end of the list, so it
 * comes after its maker, and the pass along the list is still to find it.  So the process
 * is complete when the pass is at the end of the list.
 *
 * The maker adds the thread to the list and then looks at its own events; here the
 * events are set, and then the list is looked at.  Both need a full barrier between
 * the two.  The maker writes to the list with tasklist_lock held.  Taking that lock
 * once at the end of the list, and then looking again, is enough: if the maker had it
 * before, its thread is seen; if the maker gets it later, it sees the events.  The pass
 * itself needs RCU only, and keeps no fork or exit on the machine waiting, however many
 * threads there are.
 *
 * Called with cred_guard_mutex held: not in the middle of an exec, whose program
 * we might not see, nor in that of another attach to the process.
 */
static int session_attach_process(struct utrace_session *s,
				  struct task_struct *leader,
				  struct session_attaching *a)
{
	struct task_struct *task = NULL, *next;
	bool at_end = false;
	int ret = 0;

	while (!ret) {
		next = session_next_task(leader, task);
		if (!next) {
			if (at_end)
				break;
			at_end = true;
			read_lock(&tasklist_lock);
			read_unlock(&tasklist_lock);
			continue;
		}
		at_end = false;
		if (task)
			put_task_struct(task);
		task = next;
		ret = session_attach_one(s, task, a);
		if (!ret && fatal_signal_pending(current))
			ret = -EINTR;
		cond_resched();
	}
	if (task)
		put_task_struct(task);
	return ret;
}

/*
 * UTRACE_IOC_ATTACH
 */

/*
 * All or none: on an @error, each thread that was attached gives a record of its
 * detach, because the record of its attach may have been read.
 */
static void session_attach_done(struct utrace_session *s,
				const struct session_attaching *a, int error)
{
	if (error) {
		if (a->threads)
			utrace_session_drop(s, a->attach, -error);
		return;
	}
	/* Only now: a session that has never had threads does not end without. */
	spin_lock(&s->lock);
	s->ever_attached = true;
	if (a->flags & UTRACE_ATTACH_OWNER)
		utrace_session_own(s);
	spin_unlock(&s->lock);
	utrace_session_feed(s);
	utrace_session_wake(s);
}

/**
 * struct session_holding - UTRACE_ATTACH_HELD
 * @attach: threads of this attach
 * @batch: ends in a UTRACE_REC_DONE
 * @error: of a thread that cannot be held
 */
struct session_holding {
	u64 attach;
	struct session_batch *batch;
	int error;
};

static void session_hold_next(struct session_thread *st, void *data)
{
	struct session_holding *holding = data;
	u16 out = 0;
	int ret;

	if (st->attach != holding->attach)
		return;
	ret = utrace_session_order_hold(st, st->tag, UTRACE_QUIESCE_ATTACH,
					holding->batch, false, &out);
	if (ret && ret != -EINPROGRESS && ret != -ESRCH && ret != -EALREADY)
		holding->error = ret;
}

static int session_hold_attached(struct utrace_session *s, const struct session_attaching *a)
{
	struct session_holding holding = { .attach = a->attach };
	int ret;

	holding.batch = utrace_session_batch_make(s, a->tag);
	if (IS_ERR(holding.batch))
		return PTR_ERR(holding.batch);
	ret = utrace_session_for_each(s, session_hold_next, &holding);
	spin_lock(&s->lock);
	utrace_session_batch_put(s, holding.batch);
	spin_unlock(&s->lock);
	return ret ?: holding.error;
}

static int session_attach_flags(const struct utrace_attach *attach, bool thread)
{
	u32 flags = attach->flags;

	if (flags & ~SESSION_ATTACH_FLAGS)
		return -EINVAL;
	if ((flags & UTRACE_ATTACH_ALONE) &&
	    (!thread || (flags & (UTRACE_ATTACH_CHILDREN | UTRACE_ATTACH_BORN_HELD |
				  UTRACE_ATTACH_STRICT))))
		return -EINVAL;
	/* Nobody would release the thread that calls. */
	return attach->fd == -1 && (flags & UTRACE_ATTACH_HELD) ? -EDEADLK : 0;
}

static struct pid *session_attach_pid(const struct utrace_attach *attach, bool *thread)
{
	unsigned int flags;
	struct pid *pid;

	*thread = false;
	if (attach->fd == -1)
		return get_pid(task_tgid(current));
	pid = pidfd_get_pid(attach->fd, &flags);
	if (!IS_ERR(pid))
		*thread = flags & PIDFD_THREAD;
	return pid;
}

/* Tell the caller what it is attached to now. */
static int session_attached_what(struct utrace_session *s, struct task_struct *task,
				 const struct session_attaching *a,
				 struct utrace_attach *attach)
{
	struct session_thread *st;

	if (!a->threads && !(a->known && (a->flags & UTRACE_ATTACH_UPDATE)))
		return a->known ? -EEXIST : -ESRCH;
	attach->threads = a->threads;
	spin_lock(&s->lock);
	st = utrace_session_find_task(s, task);
	attach->thread = st ? st->cookie : 0;
	spin_unlock(&s->lock);
	rcu_read_lock();
	attach->process = task_tgid(task) ? task_tgid(task)->ino : 0;
	rcu_read_unlock();
	return 0;
}

/* With cred_guard_mutex of the process held. */
static int session_attach_locked(struct utrace_session *s, struct pid *pid, bool thread,
				 struct session_attaching *a, struct utrace_attach *attach)
{
	struct task_struct *task;
	int ret;

	/* An exec that we have waited for may have made another one the leader. */
	task = get_pid_task(pid, thread ? PIDTYPE_PID : PIDTYPE_TGID);
	if (!task)
		return -ESRCH;
	if (thread)
		ret = session_attach_one(s, task, a);
	else
		ret = session_attach_process(s, task, a);
	if (!ret)
		ret = session_attached_what(s, task, a, attach);
	if (!ret && (a->flags & UTRACE_ATTACH_HELD))
		ret = session_hold_attached(s, a);
	put_task_struct(task);
	return ret;
}

long utrace_session_ioc_attach(struct utrace_session *s, void *arg)
{
	struct utrace_attach *attach = arg;
	struct session_attaching a = {
		.tag = attach->tag,
		.flags = attach->flags,
		.self = attach->fd == -1,
	};
	struct task_struct *task;
	struct pid *pid;
	bool thread;
	int ret;

	pid = session_attach_pid(attach, &thread);
	if (IS_ERR(pid))
		return PTR_ERR(pid);
	ret = session_attach_flags(attach, thread);
	if (ret)
		goto out_put_pid;
	ret = -ESRCH;
	task = get_pid_task(pid, thread ? PIDTYPE_PID : PIDTYPE_TGID);
	if (!task)
		goto out_put_pid;
	audit_ptrace(task);

	/* A leader that is dead may leave threads, which are asked about one by one. */
	ret = a.self ? utrace_session_may_attach_self() : utrace_session_may_attach(task);
	if (ret && (ret != -ESRCH || thread))
		goto out_put_task;
	ret = utrace_session_need_ring(s);
	if (ret)
		goto out_put_task;
	ret = -ERESTARTNOINTR;
	if (mutex_lock_interruptible(&task->signal->cred_guard_mutex))
		goto out_put_task;
	spin_lock(&s->lock);
	a.attach = ++s->attaches;
	spin_unlock(&s->lock);
	ret = session_attach_locked(s, pid, thread, &a, attach);
	mutex_unlock(&task->signal->cred_guard_mutex);
	session_attach_done(s, &a, ret);
	if (a.may)
		put_cred(a.may);
out_put_task:
	put_task_struct(task);
out_put_pid:
	put_pid(pid);
	return ret;
}
