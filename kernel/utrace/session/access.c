// SPDX-License-Identifier: GPL-2.0-only
/*
 * utrace sessions: who may trace whom
 *
 * The device is open to all.  What counts is the right to ptrace the target, asked
 * for at attach, and again whenever the target executes a program.
 */

#include <linux/cred.h>
#include <linux/mm.h>
#include <linux/ptrace.h>
#include <linux/sched/coredump.h>
#include <linux/sched/signal.h>
#include <linux/security.h>

#include "session.h"

int utrace_session_may_attach(struct task_struct *task)
{
	if ((READ_ONCE(task->flags) & PF_KTHREAD) || same_thread_group(task, current))
		return -EPERM;
	if (task->exit_state)
		return 0;	/* utrace_attach_task() says ESRCH */
	return ptrace_may_access(task, PTRACE_MODE_ATTACH_REALCREDS) ? 0 : -EPERM;
}

static bool session_is_capable(const struct session_thread *st,
			       struct user_namespace *ns)
{
	return !security_capable(st->cred, ns, CAP_SYS_PTRACE, CAP_OPT_NOAUDIT);
}

/*
 * ptrace sets LSM_UNSAFE_PTRACE, but with that alone the security modules look
 * for the ptracer's credentials, find no ptracer, and let the exec pass.  With
 * LSM_UNSAFE_SHARE they do not.
 */
unsigned int utrace_session_unsafe_exec(struct utrace_engine *engine)
{
	struct session_thread *st = engine->data;

	return session_is_capable(st, current_user_ns()) ?
		0 : LSM_UNSAFE_PTRACE | LSM_UNSAFE_SHARE;
}

/* May the session see @current's memory?  As ptrace_access_vm() has it. */
bool utrace_session_may_read(const struct session_thread *st)
{
	struct mm_struct *mm = current->mm;

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
	if (!utrace_session_may_read(st))
		return false;

	/* Security modules take the subject from here, the object from real_cred. */
	own = override_creds(cred);
	error = security_ptrace_access_check(current, PTRACE_MODE_ATTACH_REALCREDS);
	revert_creds(own);
	return !error;
}
