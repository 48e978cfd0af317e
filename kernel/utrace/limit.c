// SPDX-License-Identifier: GPL-2.0-only
/*
 * utrace: how much one user may have
 *
 * A held thread keeps what it holds itself: memory, locks of user space, a
 * place in its parent's wait.  So what a user's engines hold at a time is
 * bounded, and so is the number of engines on a thread, which it pays for in
 * every report.  Memory is charged to cgroups where it is allocated.
 */

#include <linux/capability.h>
#include <linux/cred.h>
#include <linux/hashtable.h>
#include <linux/init.h>
#include <linux/slab.h>
#include <linux/sysctl.h>
#include <linux/uidgid.h>

#include "internal.h"
#include "limit.h"

/* Engines on one thread. */
unsigned int utrace_max_engines __read_mostly = 64;
/* Threads that the engines of one user hold, each engine's counted. */
unsigned int utrace_max_stopped __read_mostly = 32768;
/* KiB of the rings of all sessions of one user. */
static unsigned int utrace_max_queue_kb __read_mostly = 64 * 1024;
/* Which processes without CAP_SYS_PTRACE may attach a session: UTRACE_UNPRIV_*. */
unsigned int utrace_unprivileged __read_mostly = UTRACE_UNPRIV_NO_SECCOMP;

/**
 * struct utrace_user - a user who has engines
 * @node: in utrace_users; under utrace_users_lock
 * @uid: key; constant
 * @ref: one for each engine, and for each session with a limit.  A count of 0 is final;
 *	it is reached, and the user removed from the table, under utrace_users_lock
 * @stopped: engines with ENGINE_CHARGED
 * @queued: bytes of the rings of all sessions of the user
 */
struct utrace_user {
	struct hlist_node node;
	kuid_t uid;
	refcount_t ref;
	atomic_t stopped;
	atomic_long_t queued;
};

static DEFINE_SPINLOCK(utrace_users_lock);
static DEFINE_HASHTABLE(utrace_users, 6);

static struct utrace_user *utrace_user_find(kuid_t uid)
{
	struct utrace_user *user;

	lockdep_assert_held(&utrace_users_lock);

	hash_for_each_possible(utrace_users, user, node, __kuid_val(uid))
		if (uid_eq(user->uid, uid))
			return user;
	return NULL;
}

/*
 * Which part of the reserve may the caller's engine use?  Returns ENGINE_RESERVE,
 * ENGINE_NS_RESERVE, or 0.  Without a reserve, a user could fill the chain of a program
 * and so keep root from tracing it.  Anybody can be root in a user namespace of their
 * own, so root there does not get all of it.
 *
 * In a callback, current is the traced thread.  Its rights say nothing about those
 * of the client, so the engine that follows a child passes its own right on.
 */
unsigned int utrace_reserve_flags(struct task_struct *task)
{
	struct utrace *u = READ_ONCE(current->utrace);
	struct utrace_engine *engine = NULL;
	bool may;

	if (!IS_ERR_OR_NULL(u))
		engine = READ_ONCE(u->reporting);
	if (engine)
		return READ_ONCE(engine->flags) & ENGINE_RESERVES;

	if (ns_capable_noaudit(&init_user_ns, CAP_SYS_PTRACE))
		return ENGINE_RESERVE;
	rcu_read_lock();
	may = ns_capable_noaudit(__task_cred(task)->user_ns, CAP_SYS_PTRACE);
	rcu_read_unlock();
	return may ? ENGINE_NS_RESERVE : 0;
}

/* How many engines beyond max_engines a thread may have for one with @flags. */
unsigned int utrace_reserved_engines(unsigned int flags)
{
	if (flags & ENGINE_RESERVE)
		return UTRACE_RESERVED_ENGINES;
	return flags & ENGINE_NS_RESERVE ? UTRACE_NS_RESERVED_ENGINES : 0;
}

/* Take one more reference to the account of @user. */
struct utrace_user *utrace_user_hold(struct utrace_user *user)
{
	refcount_inc(&user->ref);
	return user;
}

/* The account of the caller's user, with a reference.  NULL: no memory. */
struct utrace_user *utrace_user_get(void)
{
	struct utrace_user *new, *user;
	kuid_t uid = current_uid();

	/* Whoever attaches to many threads asks for each. */
	spin_lock_irq(&utrace_users_lock);
	user = utrace_user_find(uid);
	if (user)
		refcount_inc(&user->ref);
	spin_unlock_irq(&utrace_users_lock);
	if (user)
		return user;

	new = kzalloc(sizeof(*new), GFP_KERNEL_ACCOUNT);
	if (!new)
		return NULL;

	spin_lock_irq(&utrace_users_lock);
	user = utrace_user_find(uid);
	if (user) {
		refcount_inc(&user->ref);
	} else {
		user = new;
		new = NULL;
		user->uid = uid;
		refcount_set(&user->ref, 1);
		hash_add(utrace_users, &user->node, __kuid_val(uid));
	}
	spin_unlock_irq(&utrace_users_lock);

	kfree(new);
	return user;
}

static void utrace_user_free(struct utrace_user *user, unsigned long flags)
	__releases(&utrace_users_lock)
{
	hash_del(&user->node);
	spin_unlock_irqrestore(&utrace_users_lock, flags);
	WARN_ON_ONCE(atomic_read(&user->stopped) || atomic_long_read(&user->queued));
	kfree(user);
}

void utrace_user_put(struct utrace_user *user)
{
	unsigned long flags;

	if (refcount_dec_and_lock_irqsave(&user->ref, &utrace_users_lock, &flags)) {
		/* The return value tells; sparse has no words for that. */
		__acquire(&utrace_users_lock);
		utrace_user_free(user, flags);
	}
}

/*
 * One more held thread.  %-EUSERS: that would be too many.  With @must, there are no too
 * many: the user's other engines then find the account full.
 */
int utrace_user_charge(struct utrace_user *user, bool must)
{
	unsigned int max = READ_ONCE(utrace_max_stopped);

	if ((unsigned int)atomic_inc_return(&user->stopped) <= max || must)
		return 0;
	atomic_dec(&user->stopped);
	return -EUSERS;
}

void utrace_user_uncharge(struct utrace_user *user)
{
	atomic_dec(&user->stopped);
}

/* A ring of @bytes for @user.  %-EDQUOT: that would be more than the limit allows. */
int utrace_user_charge_queue(struct utrace_user *user, u64 bytes)
{
	long max = 1024L * READ_ONCE(utrace_max_queue_kb);

	if (atomic_long_add_return(bytes, &user->queued) <= max)
		return 0;
	atomic_long_sub(bytes, &user->queued);
	return -EDQUOT;
}

void utrace_user_uncharge_queue(struct utrace_user *user, u64 bytes)
{
	atomic_long_sub(bytes, &user->queued);
}

static struct ctl_table utrace_sysctls[] = {
	{
		.procname	= "max_engines",
		.data		= &utrace_max_engines,
		.maxlen		= sizeof(utrace_max_engines),
		.mode		= 0644,
		.proc_handler	= proc_douintvec_minmax,
		.extra1		= SYSCTL_ONE,
		.extra2		= SYSCTL_INT_MAX,
	},
	{
		.procname	= "max_stopped",
		.data		= &utrace_max_stopped,
		.maxlen		= sizeof(utrace_max_stopped),
		.mode		= 0644,
		.proc_handler	= proc_douintvec_minmax,
		.extra1		= SYSCTL_ZERO,
		.extra2		= SYSCTL_INT_MAX,
	},
	{
		.procname	= "max_queue_kb",
		.data		= &utrace_max_queue_kb,
		.maxlen		= sizeof(utrace_max_queue_kb),
		.mode		= 0644,
		.proc_handler	= proc_douintvec_minmax,
		.extra1		= SYSCTL_ZERO,
		.extra2		= SYSCTL_INT_MAX,
	},
	{
		.procname	= "unprivileged",
		.data		= &utrace_unprivileged,
		.maxlen		= sizeof(utrace_unprivileged),
		.mode		= 0644,
		.proc_handler	= proc_douintvec_minmax,
		.extra1		= SYSCTL_ZERO,
		.extra2		= SYSCTL_TWO,
	},
};

static int __init utrace_limit_init(void)
{
	register_sysctl_init("kernel/utrace", utrace_sysctls);
	return 0;
}
fs_initcall(utrace_limit_init);
