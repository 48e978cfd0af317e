// SPDX-License-Identifier: GPL-2.0-only
/*
 * utrace sessions: who may trace whom
 *
 * The device is open to all.  What counts is the right to ptrace the target, asked
 * for at attach, and again whenever the target executes a program.
 */

#include <linux/cred.h>
#include <linux/lsm_hooks.h>
#include <linux/mm.h>
#include <linux/ptrace.h>
#include <linux/seccomp.h>
#include <linux/sched/coredump.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/security.h>

#include "../limit.h"
#include "session.h"

/*
 * May current attach sessions at all, to threads with @task's credentials?
 *
 * A seccomp filter that forbids ptrace(2) and process_vm_writev(2) means that its
 * process controls no other one.  Such filters know nothing of ioctl numbers of
 * this device, and allow open(2) and ioctl(2).  So the filter itself is taken as
 * the wish, as ptrace takes it for PTRACE_O_SUSPEND_SECCOMP.
 */
static bool session_unprivileged_may(struct task_struct *task)
{
	bool capable;

	switch (READ_ONCE(utrace_unprivileged)) {
	case UTRACE_UNPRIV_ALL:
		return true;
	case UTRACE_UNPRIV_NO_SECCOMP:
		if (seccomp_mode(&current->seccomp) == SECCOMP_MODE_DISABLED)
			return true;
	}
	rcu_read_lock();
	capable = ns_capable(__task_cred(task)->user_ns, CAP_SYS_PTRACE);
	rcu_read_unlock();
	return capable;
}

int utrace_session_may_attach(struct task_struct *task)
{
	if ((READ_ONCE(task->flags) & PF_KTHREAD) || same_thread_group(task, current))
		return -EPERM;
	if (!session_unprivileged_may(task))
		return -EPERM;
	/* It can be attached to still, but its credentials may not be asked about. */
	if (READ_ONCE(task->exit_state))
		return -ESRCH;
	return ptrace_may_access(task, PTRACE_MODE_ATTACH_REALCREDS) ? 0 : -EPERM;
}

/*
 * May current attach to its own process, to hand the session to another one?  What a
 * seccomp filter keeps from it, it does not get by that.
 */
int utrace_session_may_attach_self(void)
{
	if (READ_ONCE(utrace_unprivileged) != UTRACE_UNPRIV_NOBODY ||
	    ns_capable(current_user_ns(), CAP_SYS_PTRACE))
		return 0;
	return -EPERM;
}

static bool session_is_capable(const struct session_thread *st,
			       struct user_namespace *ns)
{
	return !security_capable(st->cred, ns, CAP_SYS_PTRACE, CAP_OPT_NOAUDIT);
}

/*
 * May the session's owner ignore labels?  Smack looks at the credentials of tasks
 * only, and in an exec the only task is the one that is traced.  So the check in
 * utrace_session_may_stay() compares that with itself, and cannot refuse.
 */
static bool session_ignores_labels(const struct session_thread *st)
{
	if (!IS_ENABLED(CONFIG_SECURITY_SMACK) || !strstr(lsm_names, "smack"))
		return true;
	return !security_capable(st->cred, &init_user_ns, CAP_MAC_OVERRIDE,
				 CAP_OPT_NOAUDIT);
}

/*
 * ptrace sets LSM_UNSAFE_PTRACE, but with that alone the security modules look
 * for the ptracer's credentials, find no ptracer, and let the exec pass.  With
 * LSM_UNSAFE_SHARE they do not.
 */
unsigned int utrace_session_unsafe_exec(struct utrace_engine *engine)
{
	struct session_thread *st = engine->data;

	return session_is_capable(st, current_user_ns()) &&
	       session_ignores_labels(st) ? 0 : LSM_UNSAFE_PTRACE | LSM_UNSAFE_SHARE;
}

/*
 * May the session see @mm, of its thread?  As ptrace_access_vm() has it, unless the program
 * has attached the session to itself: it wants to be seen.  The next program in the thread
 * has not said so.
 */
bool utrace_session_may_see(const struct session_thread *st, struct mm_struct *mm)
{
	if (st->self && st->exec_id == READ_ONCE(st->task->self_exec_id))
		return true;
	return get_dumpable(mm) == SUID_DUMP_USER ||
	       session_is_capable(st, mm->user_ns);
}

/*
 * May the session stay on the program that current has just begun?  As
 * __ptrace_may_access(), which cannot be asked: it takes the caller, and here
 * that is the thread itself.
 */
bool utrace_session_may_stay(const struct session_thread *st)
{
	const struct cred *cred = st->cred, *tcred = current_cred(), *own;
	int error;

	if (!session_is_capable(st, tcred->user_ns) &&
	    !(uid_eq(cred->uid, tcred->euid) &&
	      uid_eq(cred->uid, tcred->suid) &&
	      uid_eq(cred->uid, tcred->uid) &&
	      gid_eq(cred->gid, tcred->egid) &&
	      gid_eq(cred->gid, tcred->sgid) &&
	      gid_eq(cred->gid, tcred->gid)))
		return false;
	if (!utrace_session_may_see(st, current->mm))
		return false;

	/*
	 * Security modules take the subject from here, the object from real_cred.
	 * They rely on the lock, as __ptrace_may_access() has it: Yama has a BUG_ON()
	 * for that where it refuses.
	 */
	own = override_creds(cred);
	task_lock(current);
	error = security_ptrace_access_check(current, PTRACE_MODE_ATTACH_REALCREDS);
	task_unlock(current);
	revert_creds(own);
	return !error;
}
