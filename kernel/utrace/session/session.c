// SPDX-License-Identifier: GPL-2.0-only
/*
 * utrace sessions: /dev/utrace, the user-space interface
 *
 * include/uapi/linux/utrace.h says what user space sees.  An open file is a
 * session; it has one engine on each of its threads, and the engine's callbacks
 * put records into the session's queue.  A callback never waits for the reader:
 * if the thread is to wait - because the event holds it, or because the queue
 * is full - the callback answers UTRACE_STOP, and read() or ioctl() resume it.
 *
 * Lifetime: a session is referenced by its file and by each of its
 * session_threads; a session_thread is its engine's data, and goes with the
 * engine's last reference.  Closing the file detaches the engines without
 * waiting for callbacks; those find the session closed.
 *
 * Lock: session->lock protects all of the session and of its session_threads.
 * Taken in process context only, outside of utrace->lock; callbacks are made
 * with neither.
 */

#include <linux/audit.h>
#include <linux/cred.h>
#include <linux/fs.h>
#include <linux/ioctl.h>
#include <linux/memcontrol.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/pid.h>
#include <linux/pid_namespace.h>
#include <linux/ptrace.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <uapi/linux/pidfd.h>
#include <uapi/linux/utrace.h>
#include <uapi/linux/utrace_regs.h>

#include <asm/utrace.h>

#include "../limit.h"
#include "abi.h"
#include "session.h"

#define SESSION_QUEUE_DEFAULT	(1u << 20)

/*
 * ioctl()
 */

/*
 * Fetch a structure that begins with its size.  @min: size of its first
 * version.  *@usize: the caller's idea of it, for utrace_session_copy_out().
 */
int utrace_session_copy_in(void *to, size_t ksize, size_t min,
			   void __user *from, u32 *usize)
{
	if (get_user(*usize, (u32 __user *)from))
		return -EFAULT;
	if (*usize < min || *usize > PAGE_SIZE)
		return *usize < min ? -EINVAL : -E2BIG;
	return copy_struct_from_user(to, ksize, from, *usize);
}

int utrace_session_copy_out(void __user *to, const void *from, size_t ksize, u32 usize)
{
	return copy_to_user(to, from, min_t(size_t, ksize, usize)) ? -EFAULT : 0;
}

static long session_info(struct utrace_session *s, void __user *arg)
{
	struct utrace_info info;
	u32 usize;
	int ret;

	ret = utrace_session_copy_in(&info, sizeof(info), sizeof(info), arg, &usize);
	if (ret)
		return ret;

	memset(&info, 0, sizeof(info));
	info.size = sizeof(info);
	info.api_version = UTRACE_API_VERSION;
	info.record_events = SESSION_RECORD_EVENTS;
	info.hold_events = SESSION_HOLD_EVENTS;
	info.arch = ARCH_UTRACE_AUDIT;
	spin_lock(&s->lock);
	info.threads = s->nr_threads;
	info.held = s->nr_held;
	info.queued = s->queued;
	info.lost = s->lost;
	spin_unlock(&s->lock);
	return utrace_session_copy_out(arg, &info, sizeof(info), usize);
}

/*
 * Call @fn for each thread of the session, with session->lock held, but not from the
 * first to the last: a session may have any number of threads.  Those that join
 * meanwhile may be among them.  Returns -EINTR if a fatal signal came first, else 0.
 */
static int session_for_each(struct utrace_session *s,
			    void (*fn)(struct session_thread *st, void *data),
			    void *data)
{
	struct session_link cursor = {};
	struct session_thread *st;
	unsigned int n = 0;
	int ret = 0;

	spin_lock(&s->lock);
	list_add(&cursor.node, &s->threads);
	while (!ret && (st = utrace_session_next_thread(s, &cursor))) {
		fn(st, data);
		if (++n % SESSION_BATCH)
			continue;
		spin_unlock(&s->lock);
		cond_resched();
		if (fatal_signal_pending(current))
			ret = -EINTR;
		spin_lock(&s->lock);
	}
	list_del(&cursor.node);
	spin_unlock(&s->lock);
	return ret;
}

/* What the session wants now, which may be later than what made the caller ask. */
static void session_update_events(struct session_thread *st, void *data)
{
	utrace_set_events(st->engine, st->session->events);
}

static long session_config(struct utrace_session *s, void __user *arg)
{
	struct utrace_config config;
	u32 usize;
	int ret;

	ret = utrace_session_copy_in(&config, sizeof(config), sizeof(config), arg, &usize);
	if (ret)
		return ret;
	if ((config.flags & ~UTRACE_CONFIG_DROP) || config.reserved ||
	    (config.record & ~SESSION_RECORD_EVENTS) ||
	    (config.hold & ~(config.record & SESSION_HOLD_EVENTS)) ||
	    config.queue_bytes > UTRACE_QUEUE_MAX ||
	    config.string_max > UTRACE_CAPTURE_MAX ||
	    config.buffer_max > UTRACE_CAPTURE_MAX)
		return -EINVAL;

	spin_lock(&s->lock);
	s->config.flags = config.flags;
	if (config.queue_bytes)
		s->config.queue_bytes = config.queue_bytes;
	/* Callbacks read these without the lock. */
	WRITE_ONCE(s->config.record, config.record);
	WRITE_ONCE(s->config.hold, config.hold);
	WRITE_ONCE(s->config.string_max, config.string_max);
	WRITE_ONCE(s->config.buffer_max, config.buffer_max);
	s->events = SESSION_OWN_EVENTS | config.record;
	spin_unlock(&s->lock);

	ret = session_for_each(s, session_update_events, NULL);
	utrace_session_feed(s);
	return ret;
}

static struct session_table *session_find_table(struct utrace_session *s, u32 arch)
{
	struct session_table *table;

	lockdep_assert_held(&s->lock);

	list_for_each_entry(table, &s->tables, node)
		if (table->arch == arch)
			return table;
	return NULL;
}

static long session_syscalls(struct utrace_session *s, void __user *arg)
{
	struct session_table *table = NULL, *old;
	struct utrace_syscalls in;
	u32 usize, i;
	int ret;

	ret = utrace_session_copy_in(&in, sizeof(in), sizeof(in), arg, &usize);
	if (ret)
		return ret;
	if (in.flags & ~UTRACE_SYSCALLS_OTHERS || in.nr > UTRACE_SYSCALLS_MAX ||
	    (!in.nr && (in.flags || in.entries)))
		return -EINVAL;
	/* Also bounds the number of tables. */
	if (!in.arch || (in.arch != ARCH_UTRACE_AUDIT &&
			 in.arch != ARCH_UTRACE_AUDIT_COMPAT))
		return -EINVAL;

	if (in.nr) {
		table = kvmalloc(struct_size(table, entries, in.nr),
				 GFP_KERNEL_ACCOUNT);
		if (!table)
			return -ENOMEM;
		table->arch = in.arch;
		table->nr = in.nr;
		table->others = in.flags & UTRACE_SYSCALLS_OTHERS ?
				UTRACE_SC_REPORT : 0;
		ret = -EFAULT;
		if (copy_from_user(table->entries, u64_to_user_ptr(in.entries),
				   array_size(in.nr, sizeof(u32))))
			goto out_free;
		ret = -EINVAL;
		for (i = 0; i < in.nr; i++)
			if (table->entries[i] & ~UTRACE_SC_ALL)
				goto out_free;
	}

	/* A thread that looks meanwhile finds the one or the other, never none. */
	spin_lock(&s->lock);
	old = session_find_table(s, in.arch);
	if (old && table)
		list_replace_rcu(&old->node, &table->node);
	else if (old)
		list_del_rcu(&old->node);
	else if (table)
		list_add_rcu(&table->node, &s->tables);
	spin_unlock(&s->lock);
	if (old)
		kvfree_rcu(old, rcu);
	return 0;

out_free:
	kvfree(table);
	return ret;
}

/*
 * The thread of @leader's process after @task, with a reference, in place of that to
 * @task.  NULL as @task: the first one; as the result: there is no more.  If @task has
 * left its process, and with it the list, it is the first one again.
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
	if (task)
		put_task_struct(task);
	return next;
}

static bool session_has_task(struct utrace_session *s, struct task_struct *task)
{
	bool has;

	spin_lock(&s->lock);
	has = utrace_session_find_task(s, task);
	spin_unlock(&s->lock);
	return has;
}

/**
 * struct session_attaching - a UTRACE_IOC_ATTACH under way
 * @attach: its number
 * @follow: UTRACE_ATTACH_CHILDREN
 * @known: a thread was in the session already
 * @threads: have been attached by it
 */
struct session_attaching {
	u64 attach;
	bool follow;
	bool known;
	u32 threads;
};

/* Attach to one thread, unless it is dead or in the session already. */
static int session_attach_one(struct utrace_session *s, struct task_struct *task,
			      struct session_attaching *a)
{
	u64 cookie;
	int ret;

	if (READ_ONCE(task->exit_state) ||
	    (READ_ONCE(task->flags) & (PF_USER_WORKER | PF_IO_WORKER)))
		return 0;
	if (session_has_task(s, task)) {
		a->known = true;
		return 0;
	}
	ret = utrace_session_may_attach(task);
	if (!ret)
		ret = utrace_session_attach(s, task, NULL, a->follow, a->attach, &cookie);
	if (!ret)
		a->threads++;
	/* It has died, or has come with its maker. */
	return ret == -ESRCH || ret == -EEXIST ? 0 : ret;
}

/* Attach to the threads of @leader's process that are not in the session yet. */
static int session_attach_new(struct utrace_session *s, struct task_struct *leader,
			      struct session_attaching *a)
{
	struct task_struct *task = NULL;
	int ret = 0;

	while ((task = session_next_task(leader, task))) {
		ret = session_attach_one(s, task, a);
		if (!ret && fatal_signal_pending(current))
			ret = -EINTR;
		if (ret) {
			put_task_struct(task);
			break;
		}
		cond_resched();
	}
	return ret;
}

/*
 * Attach to every thread of @leader's process.  If that fails, the caller detaches from
 * those that were attached.
 *
 * A thread that is made meanwhile is attached by its maker's report_clone if the
 * maker was attached by then.  If it was not, the thread was in the process's list
 * when the maker was attached, and the next pass along the list finds it.  So the
 * process is complete when a pass finds no new thread.
 *
 * The maker adds the thread to the list and then looks at its own events; here the
 * events are set, and then the list is looked at.  Both need a full barrier between
 * the two.  The maker writes to the list with tasklist_lock held.  Taking that lock
 * once before the pass is enough: if the maker had it before, its thread is seen; if
 * the maker gets it later, it sees the events.  The pass itself needs RCU only, and
 * keeps no fork or exit on the machine waiting, however many threads there are.
 *
 * Called with cred_guard_mutex held: not in the middle of an exec, whose program
 * we might not see, nor in that of another attach to the process.
 */
static int session_attach_process(struct utrace_session *s,
				  struct task_struct *leader,
				  struct session_attaching *a,
				  struct utrace_attach *out)
{
	struct session_thread *st;
	u32 before;
	int ret;

	do {
		before = a->threads;
		read_lock(&tasklist_lock);
		read_unlock(&tasklist_lock);
		ret = session_attach_new(s, leader, a);
	} while (!ret && a->threads != before);
	if (ret)
		return ret;
	if (!a->threads)
		return a->known ? -EEXIST : -ESRCH;

	out->threads = a->threads;
	spin_lock(&s->lock);
	st = utrace_session_find_task(s, leader);
	if (st)
		out->thread = st->cookie;
	spin_unlock(&s->lock);
	return 0;
}

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
	if (session_ended(s))
		wake_up_interruptible(&s->wait);
	spin_unlock(&s->lock);
}

static struct pid *session_pidfd_pid(int pidfd)
{
	unsigned int flags;
	struct pid *pid;

	pid = pidfd_get_pid(pidfd, &flags);
	if (!IS_ERR(pid) && (flags & PIDFD_THREAD)) {
		put_pid(pid);
		return ERR_PTR(-EOPNOTSUPP);
	}
	return pid;
}

static long session_ioc_attach(struct utrace_session *s, void __user *arg)
{
	struct session_attaching a = {};
	struct task_struct *task, *leader;
	struct utrace_attach attach;
	struct pid *pid;
	u32 usize;
	int ret;

	ret = utrace_session_copy_in(&attach, sizeof(attach), sizeof(attach), arg, &usize);
	if (ret)
		return ret;
	if ((attach.flags & ~UTRACE_ATTACH_CHILDREN) || attach.threads ||
	    attach.thread)
		return -EINVAL;

	pid = session_pidfd_pid(attach.pidfd);
	if (IS_ERR(pid))
		return PTR_ERR(pid);
	attach.size = usize;
	ret = -ESRCH;
	task = get_pid_task(pid, PIDTYPE_TGID);
	if (!task)
		goto out_put_pid;
	audit_ptrace(task);

	/* A leader that is dead may leave threads, which are asked about one by one. */
	ret = utrace_session_may_attach(task);
	if (ret && ret != -ESRCH)
		goto out_put_task;
	ret = -ERESTARTNOINTR;
	if (mutex_lock_interruptible(&task->signal->cred_guard_mutex))
		goto out_put_task;

	/* An exec that we have waited for may have made another one the leader. */
	ret = -ESRCH;
	leader = get_pid_task(pid, PIDTYPE_TGID);
	a.follow = attach.flags & UTRACE_ATTACH_CHILDREN;
	spin_lock(&s->lock);
	a.attach = ++s->attaches;
	spin_unlock(&s->lock);
	if (leader) {
		ret = session_attach_process(s, leader, &a, &attach);
		put_task_struct(leader);
	}
	mutex_unlock(&task->signal->cred_guard_mutex);

	/* Memory of user space may be slow; the process may make an exec meanwhile. */
	if (!ret)
		ret = utrace_session_copy_out(arg, &attach, sizeof(attach), usize);
	session_attach_done(s, &a, ret);
out_put_task:
	put_task_struct(task);
out_put_pid:
	put_pid(pid);
	return ret;
}

static int session_op(struct session_thread *st, u32 action)
{
	struct utrace_session *s = st->session;
	int ret;

	lockdep_assert_held(&s->lock);

	switch (action) {
	case UTRACE_OP_RELEASE:
		st->hold_asked = false;
		utrace_session_unhold(st);
		return st->starved ? 0 : utrace_session_resume(st);

	case UTRACE_OP_HOLD:
		if (st->held)
			return 0;
		st->hold_asked = true;
		ret = utrace_control(st->engine, UTRACE_STOP);
		if (!ret) {
			/* Stopped for another reason, and now for this one. */
			st->hold_asked = false;
			utrace_session_hold(st);
		} else if (ret != -EINPROGRESS) {
			st->hold_asked = false;
		}
		return ret;

	case UTRACE_OP_INTERRUPT:
		if (st->held || st->starved)
			return -EBUSY;
		/*
		 * This takes back what the engine has asked for, but a hold that is
		 * due comes about all the same: report_quiesce answers for it.
		 */
		st->report_asked = true;
		return utrace_control(st->engine, UTRACE_INTERRUPT);
	}
	return -EINVAL;
}

static int session_detach_one(struct utrace_session *s, u64 cookie)
{
	struct utrace_engine *engine = NULL;
	struct session_thread *st;

	spin_lock(&s->lock);
	st = utrace_session_find_cookie(s, cookie);
	if (st) {
		engine = utrace_session_forget(st);
		utrace_control(engine, UTRACE_DETACH);
	}
	spin_unlock(&s->lock);

	if (!engine)
		return -ESRCH;
	utrace_engine_put(engine);
	return 0;
}

static int session_op_one(struct utrace_session *s, const struct utrace_op *op)
{
	struct session_thread *st;
	int ret;

	if (op->action == UTRACE_OP_DETACH)
		return session_detach_one(s, op->thread);

	spin_lock(&s->lock);
	st = utrace_session_find_cookie(s, op->thread);
	ret = st ? session_op(st, op->action) : -ESRCH;
	spin_unlock(&s->lock);
	return ret;
}

/**
 * struct session_order - an order to all threads
 * @action: UTRACE_OP_*
 * @result: of the order as a whole
 */
struct session_order {
	u32 action;
	int result;
};

/*
 * What is true of single threads (dead, held) is no error here.  That one could not
 * be held is: the caller would take them all for held.
 */
static void session_op_next(struct session_thread *st, void *data)
{
	struct session_order *order = data;
	int ret = session_op(st, order->action);

	if (ret == -EUSERS || (ret == -EINPROGRESS && !order->result))
		order->result = ret;
}

static int session_op_all(struct utrace_session *s, const struct utrace_op *op)
{
	struct session_order order = { .action = op->action };

	if (op->action == UTRACE_OP_DETACH) {
		utrace_session_drop(s, 0, 0);
		return 0;
	}
	if (op->action < UTRACE_OP_RELEASE || op->action > UTRACE_OP_DETACH)
		return -EINVAL;

	return session_for_each(s, session_op_next, &order) ?: order.result;
}

static long session_control(struct utrace_session *s, void __user *arg)
{
	struct utrace_op __user *ops;
	struct utrace_control in;
	struct utrace_op op;
	u32 usize, i;
	int ret;

	ret = utrace_session_copy_in(&in, sizeof(in), sizeof(in), arg, &usize);
	if (ret)
		return ret;
	if (in.flags || in.nr > UTRACE_OPS_MAX || in.op_size != sizeof(op))
		return -EINVAL;

	ops = u64_to_user_ptr(in.ops);
	for (i = 0; i < in.nr; i++) {
		if (copy_from_user(&op, &ops[i], sizeof(op)))
			return -EFAULT;
		op.result = op.thread ? session_op_one(s, &op)
				      : session_op_all(s, &op);
		if (put_user(op.result, &ops[i].result))
			return -EFAULT;
		if (fatal_signal_pending(current))
			return -EINTR;
		cond_resched();
	}
	return 0;
}

static long session_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	struct utrace_session *s = file->private_data;
	void __user *uarg = (void __user *)arg;

	switch (cmd) {
	case UTRACE_IOC_INFO:
		return session_info(s, uarg);
	case UTRACE_IOC_CONFIG:
		return session_config(s, uarg);
	case UTRACE_IOC_SYSCALLS:
		return session_syscalls(s, uarg);
	case UTRACE_IOC_ATTACH:
		return session_ioc_attach(s, uarg);
	case UTRACE_IOC_CONTROL:
		return session_control(s, uarg);
	case UTRACE_IOC_VIEW:
		return utrace_session_view(s, uarg);
	case UTRACE_IOC_REGS:
		return utrace_session_regs(s, uarg);
	}
	return -ENOTTY;
}

static int session_open(struct inode *inode, struct file *file)
{
	struct utrace_session *s;

	s = kzalloc(sizeof(*s), GFP_KERNEL_ACCOUNT);
	if (!s)
		return -ENOMEM;
	if (!ns_capable_noaudit(&init_user_ns, CAP_SYS_PTRACE)) {
		s->user = utrace_user_get();
		if (!s->user) {
			kfree(s);
			return -ENOMEM;
		}
	}
	s->memcg = get_mem_cgroup_from_mm(current->mm);
	refcount_set(&s->ref, 1);
	spin_lock_init(&s->lock);
	s->ns = get_pid_ns(task_active_pid_ns(current));
	s->opener = get_pid(task_tgid(current));
	init_waitqueue_head(&s->wait);
	mutex_init(&s->read_mutex);
	s->config.queue_bytes = SESSION_QUEUE_DEFAULT;
	s->events = SESSION_OWN_EVENTS;
	INIT_LIST_HEAD(&s->tables);
	INIT_LIST_HEAD(&s->records);
	INIT_LIST_HEAD(&s->threads);
	hash_init(s->by_cookie);
	INIT_LIST_HEAD(&s->starving);
	file->private_data = s;
	return stream_open(inode, file);
}

static int session_release(struct inode *inode, struct file *file)
{
	struct utrace_session *s = file->private_data;

	spin_lock(&s->lock);
	s->closed = true;
	spin_unlock(&s->lock);

	utrace_session_drop(s, 0, 0);
	utrace_session_flush(s);
	utrace_session_put(s);
	return 0;
}

static const struct file_operations session_fops = {
	.owner		= THIS_MODULE,
	.open		= session_open,
	.release	= session_release,
	.read		= utrace_session_read,
	.poll		= utrace_session_poll,
	.unlocked_ioctl	= session_ioctl,
	.compat_ioctl	= compat_ptr_ioctl,
};

/* Open to all: what counts is the right to ptrace the target. */
static struct miscdevice session_device = {
	.minor	= MISC_DYNAMIC_MINOR,
	.name	= "utrace",
	.fops	= &session_fops,
	.mode	= 0666,
};
builtin_misc_device(session_device);
