// SPDX-License-Identifier: GPL-2.0-only
/*
 * utrace: all that engines and ptrace share on one thread
 *
 * The work of system calls and the step of the CPU have two users.  What ptrace
 * has asked for is recorded in task->ptrace, so that either user can be served
 * without the other.
 */

#include <linux/ptrace.h>
#include <linux/sched/signal.h>

#include <asm/utrace.h>

#include "internal.h"

/* The steps that ptrace wants, as ENGINE_STEP and ENGINE_BLOCKSTEP. */
unsigned int utrace_ptrace_steps(void)
{
	if (!(current->ptrace & PT_UTRACE_STEP))
		return 0;
	return current->ptrace & PT_UTRACE_BLOCK ? ENGINE_BLOCKSTEP : ENGINE_STEP;
}

/*
 * The work flag was set and no engine wants it any more.  ptrace cannot set it
 * meanwhile: it does so only to a thread in a ptrace stop.
 */
void utrace_syscall_work_done(struct utrace *u)
{
	spin_lock_irq(&u->lock);
	if (!(current->utrace_flags & UTRACE_FLAG_SYSCALLS) &&
	    !(current->ptrace & PT_UTRACE_SYSCALL))
		clear_task_syscall_work(current, SYSCALL_TRACE);
	spin_unlock_irq(&u->lock);
}

/*
 * ptrace wants system calls or does not any more, or has armed or disarmed the step,
 * whatever engines want.
 */
static void utrace_ptrace_changed(struct utrace *u)
{
	lockdep_assert_held(&u->lock);

	utrace_update_flags(u);
	/* Let the thread look again what the machine is to do. */
	if (task_utrace_signals(u->task))
		utrace_kick(u, false);
}

/*
 * ptrace_resume(): record what ptrace asked for, when it has set or cleared the
 * flags of @child, which is in a ptrace stop.  What engines want is set again.
 */
void utrace_ptrace_resume(struct task_struct *child, bool syscall, bool block)
{
	unsigned int ptrace = child->ptrace & ~PT_UTRACE_ALL;
	struct utrace *u;

	if (syscall)
		ptrace |= PT_UTRACE_SYSCALL;
	if (arch_utrace_is_stepping(child))
		ptrace |= PT_UTRACE_STEP;
	if (block)
		ptrace |= PT_UTRACE_BLOCK;
	child->ptrace = ptrace;

	/* Either it has engines, or who attaches the first sees the above. */
	smp_mb();	/* pairs with cmpxchg() in utrace_get() */
	if (likely(!child->utrace))
		return;
	u = utrace_get_existing(child);
	if (u) {
		spin_lock_irq(&u->lock);
		utrace_ptrace_changed(u);
		spin_unlock_irq(&u->lock);
		utrace_put(u);
	}
}

/* __ptrace_unlink(), of a thread that has or had engines, and may be running. */
void __utrace_ptrace_unlink(struct task_struct *child)
{
	struct utrace *u = utrace_get_existing(child);
	unsigned long flags;

	if (!u) {
		clear_task_syscall_work(child, SYSCALL_TRACE);
		return;
	}
	spin_lock_irqsave(&u->lock, flags);
	child->ptrace &= ~PT_UTRACE_SYSCALL;
	utrace_ptrace_changed(u);
	if (!(task_utrace_flags(child) & UTRACE_FLAG_SYSCALLS))
		clear_task_syscall_work(child, SYSCALL_TRACE);
	spin_unlock_irqrestore(&u->lock, flags);
	utrace_put(u);
}
