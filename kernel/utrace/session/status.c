// SPDX-License-Identifier: GPL-2.0-only
/*
 * utrace sessions: what threads do now, and pidfds of them
 */

#include <linux/file.h>
#include <linux/pid.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <uapi/linux/pidfd.h>

#include "session.h"

/*
 * Say in @rec what @st does.
 *
 * Context: any.  The thread is alive, or the caller has a reference to its engine.
 */
void utrace_session_fill_status(struct session_thread *st, struct utrace_rec_attached *rec)
{
	struct utrace_look look;
	int i;

	utrace_look(st->task, &look);
	rec->process = st->process;
	rec->tag = st->tag;
	rec->state = look.state;
	__get_task_comm((char *)rec->comm, sizeof(rec->comm), st->task);
	if (!look.arch)
		return;
	rec->arch = look.arch;
	rec->nr = look.nr;
	for (i = 0; i < ARRAY_SIZE(rec->args); i++)
		rec->args[i] = look.args[i];
	rec->ip = look.ip;
	rec->sp = look.sp;
}

/* The answer about one thread. */
static void session_make_status(struct utrace_session *s, struct session_thread *st,
				const struct utrace_config *config,
				struct utrace_rec_attached *rec)
{
	memset(rec, 0, sizeof(*rec));
	utrace_session_head(st, &rec->head, UTRACE_REC_ATTACHED, sizeof(*rec), config);
	utrace_session_fill_status(st, rec);
	spin_lock(&s->lock);
	rec->head.pid = st->pid;
	rec->head.tid = st->tid;
	rec->stop = st->stop;
	if (st->held)
		rec->head.flags |= UTRACE_RECF_HELD;
	if (st->asleep)
		rec->head.flags |= UTRACE_RECF_ASLEEP;
	spin_unlock(&s->lock);
}

/* The next thread to tell of, with a reference to its engine; NULL: there is no more. */
static struct session_thread *session_status_next(struct utrace_session *s, u64 cookie,
						  struct session_link *cursor)
{
	struct session_thread *st;

	spin_lock(&s->lock);
	if (cookie)
		st = utrace_session_find_cookie(s, cookie);
	else
		st = utrace_session_next_thread(s, cursor);
	if (st)
		utrace_engine_get(st->engine);
	spin_unlock(&s->lock);
	return st;
}

long utrace_session_status(struct utrace_session *s, void *arg)
{
	struct utrace_status *status = arg;
	void __user *to = u64_to_user_ptr(status->buffer);
	u32 room = status->buffer_size, done = 0;
	struct utrace_rec_attached *rec;
	struct session_link cursor = {};
	struct session_thread *st;
	struct utrace_config config;
	int ret = 0;

	if (status->flags)
		return -EINVAL;
	status->nr = 0;
	rec = kmalloc(sizeof(*rec), GFP_KERNEL_ACCOUNT);
	if (!rec)
		return -ENOMEM;
	session_get_config(s, &config);
	spin_lock(&s->lock);
	list_add(&cursor.node, &s->threads);
	spin_unlock(&s->lock);
	while ((st = session_status_next(s, status->thread, &cursor))) {
		session_make_status(s, st, &config, rec);
		utrace_engine_put(st->engine);
		status->nr++;
		if (room - done >= sizeof(*rec)) {
			if (copy_to_user(to + done, rec, sizeof(*rec)))
				ret = -EFAULT;
			done += sizeof(*rec);
		}
		if (!ret && fatal_signal_pending(current))
			ret = -EINTR;
		if (ret || status->thread)
			break;
		cond_resched();
	}
	spin_lock(&s->lock);
	list_del(&cursor.node);
	spin_unlock(&s->lock);
	kfree(rec);
	status->buffer_size = done;
	if (!ret && status->thread && !status->nr)
		ret = -ESRCH;
	return ret;
}

long utrace_session_pidfd(struct utrace_session *s, void *arg)
{
	struct utrace_pidfd *in = arg;
	struct utrace_engine *engine;
	bool thread = in->flags & UTRACE_PIDFD_THREAD;
	struct file *file;
	struct pid *pid;
	int fd;

	if ((in->flags & ~UTRACE_PIDFD_THREAD) || in->reserved)
		return -EINVAL;
	engine = utrace_session_get_engine(s, in->thread);
	if (!engine)
		return -ESRCH;
	pid = get_task_pid(engine->task, thread ? PIDTYPE_PID : PIDTYPE_TGID);
	utrace_engine_put(engine);
	if (!pid)
		return -ESRCH;
	fd = pidfd_prepare(pid, thread ? PIDFD_THREAD : 0, &file);
	put_pid(pid);
	if (fd < 0)
		return fd == -EINVAL ? -ESRCH : fd;
	fd_install(fd, file);
	in->fd = fd;
	return 0;
}
