// SPDX-License-Identifier: GPL-2.0-only
/*
 * utrace sessions: the process with which a session ends (UTRACE_ATTACH_OWNER)
 *
 * The owner may have passed the session on and closed its own file descriptor, so its
 * death is not seen by the file's operations.  The kernel tells the readers of pidfds of
 * the end of a process, and in the same way this tells the session.
 */

#include <linux/pid.h>
#include <linux/sched/signal.h>
#include <linux/wait.h>
#include <linux/workqueue.h>

#include "session.h"

/* Has the last thread of the process ended? */
static bool owner_is_dead(struct pid *pid)
{
	struct task_struct *leader;
	bool dead;

	rcu_read_lock();
	leader = pid_task(pid, PIDTYPE_TGID);
	dead = !leader || (READ_ONCE(leader->exit_state) && thread_group_empty(leader));
	rcu_read_unlock();
	return dead;
}

static void session_owner_work(struct work_struct *work)
{
	struct utrace_session *s = container_of(work, struct utrace_session, owner_work);
	struct pid *pid;
	bool ends;

	spin_lock(&s->lock);
	pid = s->owner;
	ends = pid && owner_is_dead(pid);
	spin_unlock(&s->lock);
	if (ends)
		utrace_session_end(s);
	utrace_session_put(s);
}

/*
 * Something has happened to the owner.  Called with the queue's lock held, by who ends it;
 * the session still has its file, or @entry would not be in the queue.
 */
static int session_owner_wakes(wait_queue_entry_t *entry, unsigned int mode, int sync,
			       void *key)
{
	struct utrace_session *s = container_of(entry, struct utrace_session, owner_wait);

	refcount_inc(&s->ref);
	/* It has not run yet: that it comes is known, and it has its reference. */
	if (!schedule_work(&s->owner_work))
		refcount_dec(&s->ref);
	return 0;
}

/* The session no longer ends with a process.  Under session->lock. */
static void session_disown(struct utrace_session *s)
{
	lockdep_assert_held(&s->lock);

	if (!s->owner)
		return;
	remove_wait_queue(&s->owner->wait_pidfd, &s->owner_wait);
	put_pid(s->owner);
	s->owner = NULL;
}

/**
 * utrace_session_own - let the session end with the calling process
 * @s: the session
 *
 * In place of the process with which it was to end before.
 *
 * Context: a process that has the session's file; session->lock is held.
 */
void utrace_session_own(struct utrace_session *s)
{
	lockdep_assert_held(&s->lock);

	session_disown(s);
	s->owner = get_pid(task_tgid(current));
	add_wait_queue(&s->owner->wait_pidfd, &s->owner_wait);
}

/* The session ends: nobody owns it.  Without session->lock. */
void utrace_session_end_owner(struct utrace_session *s)
{
	spin_lock(&s->lock);
	session_disown(s);
	spin_unlock(&s->lock);
}

void utrace_session_init_owner(struct utrace_session *s)
{
	init_waitqueue_func_entry(&s->owner_wait, session_owner_wakes);
	INIT_WORK(&s->owner_work, session_owner_work);
}
