// SPDX-License-Identifier: GPL-2.0-only
/*
 * utrace sessions: /dev/utrace, the user-space interface
 *
 * include/uapi/linux/utrace.h says what user space sees.  An open file is a
 * session; it has one engine on each of its threads, and the engine's callbacks
 * put records into the session's ring.  A callback never waits for the reader:
 * if the thread is to wait - because the event holds it, or because the ring
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

#include <linux/capability.h>
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
#include "table.h"

#define SESSION_QUEUE_DEFAULT	(1u << 20)

/*
 * ioctl()
 */

/*
 * Fetch a structure that begins with its size.  @min: size of its first
 * version.  *@usize: the caller's idea of it.  %-E2BIG: it has something that this
 * kernel does not know.
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

/*
 * Call @fn for each thread of the session, with session->lock held, but not from the
 * first to the last: a session may have any number of threads.  Those that join
 * meanwhile may be among them.  Returns -EINTR if a fatal signal came first, else 0.
 */
int utrace_session_for_each(struct utrace_session *s,
			    void (*fn)(struct session_thread *st, void *data),
			    void *data)
{
	struct session_link cursor = {}, *link, *next;
	unsigned int n;
	int ret = 0;

	spin_lock(&s->lock);
	list_add(&cursor.node, &s->threads);
	do {
		link = &cursor;
		n = 0;
		/* @fn may remove the thread that it is called for. */
		list_for_each_entry_safe_continue(link, next, &s->threads, node) {
			if (!link->st)
				continue;	/* somebody else's cursor */
			fn(link->st, data);
			if (++n == SESSION_BATCH)
				break;
		}
		if (n < SESSION_BATCH)
			break;
		list_move_tail(&cursor.node, &next->node);
		spin_unlock(&s->lock);
		cond_resched();
		if (fatal_signal_pending(current))
			ret = -EINTR;
		spin_lock(&s->lock);
	} while (!ret);
	list_del(&cursor.node);
	spin_unlock(&s->lock);
	return ret;
}

/*
 * The events that engines are to report.  Which entries and exits of calls are, says
 * session->calls.
 */
static unsigned long session_events(struct utrace_session *s)
{
	const struct utrace_config *config =
		&rcu_dereference_protected(s->policy,
					   lockdep_is_held(&s->config_mutex))->config;
	unsigned long events = SESSION_OWN_EVENTS | config->record | config->hold;

	if (s->counts_any || (events & UTRACE_EVENTS_SYSCALL))
		events |= UTRACE_EVENTS_SYSCALL;
	return utrace_session_signal_events(events);
}

/* What the session wants now, which may be later than what made the caller ask. */
void utrace_session_update_events(struct session_thread *st, void *data)
{
	struct utrace_session *s = st->session;
	unsigned long events = s->events;

	if (st->steps)
		events |= UTRACE_EVENT(STEP);
	utrace_set_events_and_syscalls(st->engine, events, s->calls);
}

/* The configuration or a table is to change: look at these for each call. */
void utrace_session_end_plain(struct utrace_session *s)
{
	struct session_plain *old;

	old = rcu_replace_pointer(s->plain, NULL, lockdep_is_held(&s->config_mutex));
	if (old)
		kfree_rcu(old, rcu);
}

/* The configuration or a table has changed: tell the engines. */
int utrace_session_update(struct utrace_session *s)
{
	struct utrace_syscall_set *calls, *old;
	struct session_plain *plain;

	lockdep_assert_held(&s->config_mutex);

	calls = utrace_session_make_set(s, &plain);
	if (IS_ERR(calls))
		return PTR_ERR(calls);
	rcu_assign_pointer(s->plain, plain);
	spin_lock(&s->lock);
	old = s->calls;
	s->calls = calls;
	s->events = session_events(s);
	spin_unlock(&s->lock);
	if (old)
		utrace_syscall_set_put(old);
	return utrace_session_for_each(s, utrace_session_update_events, NULL);
}

static long session_info(struct utrace_session *s, void *arg)
{
	struct utrace_info *info = arg;

	*info = (struct utrace_info) {
		.api_version	= UTRACE_API_VERSION,
		.record_events	= SESSION_RECORD_EVENTS,
		.hold_events	= SESSION_HOLD_EVENTS,
		.actions	= utrace_session_actions(),
		.attach_flags	= SESSION_ATTACH_FLAGS,
		.syscall_flags	= SESSION_SC_KNOWN,
		.arch		= ARCH_UTRACE_AUDIT,
		.compat_arch	= ARCH_UTRACE_AUDIT_COMPAT,
	};
	if (utrace_can_step())
		info->features |= UTRACE_FEATURE_STEP;
	if (ARCH_UTRACE_AUDIT_COMPAT)
		info->features |= UTRACE_FEATURE_COMPAT;
	spin_lock(&s->lock);
	info->rights = s->rights;
	info->threads = s->nr_threads;
	info->held = s->nr_held;
	info->starved = s->nr_starved;
	info->lost = s->lost;
	if (s->ring) {
		info->queued = utrace_ring_queued(s->ring);
		info->queue_bytes = utrace_ring_bytes(s->ring);
	}
	spin_unlock(&s->lock);
	return 0;
}

/*
 * UTRACE_IOC_CONFIG
 */

static int session_check_config(const struct utrace_config *config)
{
	const u32 flags = UTRACE_CONFIG_DROP | UTRACE_CONFIG_REGFILE;

	if ((config->flags & ~flags) || config->reserved ||
	    (config->record & ~(u64)SESSION_RECORD_EVENTS) ||
	    (config->hold & ~(u64)SESSION_HOLD_EVENTS) ||
	    (config->roles & ~(BIT_ULL(UTRACE_ROLE_NR) - 1)) ||
	    config->queue_bytes > UTRACE_RING_MAX ||
	    config->string_max > UTRACE_CAPTURE_MAX ||
	    config->buffer_max > UTRACE_CAPTURE_MAX ||
	    config->stack_max > UTRACE_CAPTURE_MAX ||
	    config->clock > UTRACE_CLOCK_REALTIME)
		return -EINVAL;
	return 0;
}

static long session_config(struct utrace_session *s, void *arg)
{
	struct session_policy *policy, *old;
	struct utrace_config *config = arg;
	int ret = session_check_config(config);
	u64 bytes;

	if (ret)
		return ret;
	policy = kmalloc(sizeof(*policy), GFP_KERNEL_ACCOUNT);
	if (!policy)
		return -ENOMEM;

	mutex_lock(&s->config_mutex);
	old = rcu_dereference_protected(s->policy, lockdep_is_held(&s->config_mutex));
	if (!config->queue_bytes)
		config->queue_bytes = old->config.queue_bytes;
	spin_lock(&s->lock);
	bytes = roundup_pow_of_two(max_t(u64, config->queue_bytes, PAGE_SIZE));
	if (s->ring && config->queue_bytes != old->config.queue_bytes &&
	    bytes != utrace_ring_bytes(s->ring))
		ret = -EBUSY;
	if (!ret) {
		utrace_session_end_plain(s);
		config->generation = ++s->generation;
		policy->config = *config;
		rcu_assign_pointer(s->policy, policy);
	}
	spin_unlock(&s->lock);
	if (ret) {
		kfree(policy);
	} else {
		kfree_rcu(old, rcu);
		ret = utrace_session_update(s);
	}
	mutex_unlock(&s->config_mutex);
	return ret;
}

static long session_restrict(struct utrace_session *s, void *arg)
{
	struct utrace_restrict *restrict_ = arg;

	if (restrict_->flags || (restrict_->rights & ~(u64)UTRACE_RIGHTS_ALL))
		return -EINVAL;
	spin_lock(&s->lock);
	s->rights &= restrict_->rights;
	restrict_->rights = s->rights;
	spin_unlock(&s->lock);
	return 0;
}

/*
 * How each ioctl() is called
 */

#define SESSION_IOCTL(name, type, ver0, func, ...) {	\
	.cmd = UTRACE_IOC_##name,			\
	.size = sizeof(struct type),			\
	.min = ver0,					\
	.fn = func,					\
	__VA_ARGS__					\
}

static const struct session_ioctl session_ioctls[] = {
	SESSION_IOCTL(INFO, utrace_info, UTRACE_INFO_SIZE_VER0, session_info),
	SESSION_IOCTL(CONFIG, utrace_config, UTRACE_CONFIG_SIZE_VER0, session_config,
		      .rights = UTRACE_RIGHT_CONFIG),
	SESSION_IOCTL(SYSCALLS, utrace_syscalls, UTRACE_SYSCALLS_SIZE_VER0,
		      utrace_session_syscalls, .rights = UTRACE_RIGHT_CONFIG),
	SESSION_IOCTL(ATTACH, utrace_attach, UTRACE_ATTACH_SIZE_VER0,
		      utrace_session_ioc_attach, .rights = UTRACE_RIGHT_ATTACH),
	SESSION_IOCTL(CONTROL, utrace_control, UTRACE_CONTROL_SIZE_VER0,
		      utrace_session_control, .always = true),
	SESSION_IOCTL(VIEW, utrace_view_get, UTRACE_VIEW_GET_SIZE_VER0,
		      utrace_session_view, .always = true),
	/* Whoever makes the ring needs UTRACE_RIGHT_CONFIG, but not whoever asks for it. */
	SESSION_IOCTL(RING, utrace_ring, UTRACE_RING_SIZE_VER0, utrace_session_ring),
	{ .cmd = UTRACE_IOC_FEED, .fn = utrace_session_feed_ioctl },
	SESSION_IOCTL(STATUS, utrace_status, UTRACE_STATUS_SIZE_VER0,
		      utrace_session_status),
	SESSION_IOCTL(PIDFD, utrace_pidfd, UTRACE_PIDFD_SIZE_VER0, utrace_session_pidfd),
	SESSION_IOCTL(RESTRICT, utrace_restrict, UTRACE_RESTRICT_SIZE_VER0,
		      session_restrict),
	SESSION_IOCTL(COUNTS, utrace_counts, UTRACE_COUNTS_SIZE_VER0,
		      utrace_session_counts),
};

/* All begin with their size. */
union session_arg {
	u32 size;
	struct utrace_info info;
	struct utrace_config config;
	struct utrace_syscalls syscalls;
	struct utrace_attach attach;
	struct utrace_control control;
	struct utrace_view_get view;
	struct utrace_ring ring;
	struct utrace_status status;
	struct utrace_pidfd pidfd;
	struct utrace_restrict restrict_;
	struct utrace_counts counts;
};

static long session_do_ioctl(struct utrace_session *s, const struct session_ioctl *ioc,
			     void __user *uarg)
{
	union session_arg arg;
	u32 usize, size;
	long ret;

	ret = utrace_session_copy_in(&arg, ioc->size, ioc->min, uarg, &usize);
	if (ret == -E2BIG) {
		/* So that the caller can do with what there is. */
		if (put_user(ioc->size, (u32 __user *)uarg))
			return -EFAULT;
		return ret;
	}
	if (ret)
		return ret;
	/* What cannot be answered is not begun. */
	size = min(ioc->size, usize);
	arg.size = size;
	if (copy_to_user(uarg, &arg, size))
		return -EFAULT;
	ret = ioc->fn(s, &arg);
	arg.size = size;
	if ((!ret || ioc->always) && copy_to_user(uarg, &arg, size))
		return -EFAULT;
	return ret;
}

static long session_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	struct utrace_session *s = file->private_data;
	const struct session_ioctl *ioc;

	for (ioc = session_ioctls; ioc < session_ioctls + ARRAY_SIZE(session_ioctls); ioc++) {
		if (ioc->cmd != cmd)
			continue;
		if (ioc->rights & ~READ_ONCE(s->rights))
			return -EACCES;
		if (!ioc->size)
			return ioc->fn(s, NULL);
		return session_do_ioctl(s, ioc, (void __user *)arg);
	}
	return -ENOTTY;
}

static int session_mmap(struct file *file, struct vm_area_struct *vma)
{
	struct utrace_session *s = file->private_data;
	struct session_ring *r = smp_load_acquire(&s->ring);

	return r ? utrace_ring_mmap(r, vma) : -EINVAL;
}

/*
 * open() and close()
 */

static struct utrace_session *session_make(void)
{
	struct utrace_session *s = kzalloc(sizeof(*s), GFP_KERNEL_ACCOUNT);
	struct session_policy *policy = kzalloc(sizeof(*policy), GFP_KERNEL_ACCOUNT);

	if (!s || !policy)
		goto out_free;
	if (!ns_capable_noaudit(&init_user_ns, CAP_SYS_PTRACE)) {
		s->user = utrace_user_get();
		if (!s->user)
			goto out_free;
	}
	policy->config.size = sizeof(policy->config);
	policy->config.queue_bytes = SESSION_QUEUE_DEFAULT;
	rcu_assign_pointer(s->policy, policy);
	return s;

out_free:
	kfree(policy);
	kfree(s);
	return NULL;
}

static int session_open(struct inode *inode, struct file *file)
{
	struct utrace_session *s = session_make();

	if (!s)
		return -ENOMEM;
	s->memcg = get_mem_cgroup_from_mm(current->mm);
	refcount_set(&s->ref, 1);
	spin_lock_init(&s->lock);
	s->ns = get_pid_ns(task_active_pid_ns(current));
	s->opener = get_pid(task_tgid(current));
	init_waitqueue_head(&s->wait);
	mutex_init(&s->read_mutex);
	mutex_init(&s->config_mutex);
	s->rights = UTRACE_RIGHTS_ALL;
	s->events = SESSION_OWN_EVENTS;
	INIT_LIST_HEAD(&s->tables);
	INIT_LIST_HEAD(&s->counts);
	utrace_session_init_waits(s);
	utrace_session_init_holds(s);
	utrace_session_init_owner(s);
	INIT_LIST_HEAD(&s->waiting);
	INIT_LIST_HEAD(&s->threads);
	hash_init(s->by_cookie);
	file->private_data = s;
	file->f_mode |= FMODE_NOWAIT;
	return stream_open(inode, file);
}

static void session_kill_one(struct session_thread *st, void *data)
{
	if (st->flags & UTRACE_ATTACH_KILL)
		send_sig(SIGKILL, st->task, 1);
}

/* Nothing is recorded any more, and nobody is held. */
void utrace_session_end(struct utrace_session *s)
{
	spin_lock(&s->lock);
	s->closed = true;
	spin_unlock(&s->lock);
	utrace_session_end_owner(s);
	utrace_session_for_each(s, session_kill_one, NULL);
	utrace_session_drop(s, 0, 0);
	utrace_session_flush(s);
	spin_lock(&s->lock);
	s->ever_attached = true;
	spin_unlock(&s->lock);
	utrace_session_wake(s);
}

static int session_release(struct inode *inode, struct file *file)
{
	struct utrace_session *s = file->private_data;

	utrace_session_end(s);
	/* Nothing is posted any more, or flags it as starved. */
	if (s->ring)
		utrace_ring_end(s->ring);
	utrace_session_put(s);
	return 0;
}

static const struct file_operations session_fops = {
	.owner		= THIS_MODULE,
	.open		= session_open,
	.release	= session_release,
	.read_iter	= utrace_session_read_iter,
	.poll		= utrace_session_poll,
	.mmap		= session_mmap,
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
