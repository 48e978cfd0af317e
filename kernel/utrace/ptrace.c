// SPDX-License-Identifier: GPL-2.0-only
/*
 * utrace: all that engines and ptrace share on one thread
 *
 * The step of the CPU has two users.  What ptrace has asked for is recorded in
 * task->ptrace, so that either user can be served without the other.  System calls are
 * not shared: utrace has a work bit of its own for them.
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
 * ptrace_resume() and ptrace_detach() of @child, which is in a ptrace stop: record which
 * step ptrace has asked for, after ptrace has armed or disarmed it.  The thread arms
 * the steps of its engines again before it returns to user mode.
 */
void utrace_ptrace_step(struct task_struct *child, bool block)
{
	unsigned int ptrace = child->ptrace & ~PT_UTRACE_ALL;
	struct utrace *u;

	if (arch_utrace_is_stepping(child))
		ptrace |= PT_UTRACE_STEP;
	if (block)
		ptrace |= PT_UTRACE_BLOCK;
	child->ptrace = ptrace;

	/* An engine that attaches from now on sends the thread through the pass itself. */
	u = utrace_get_existing(child);
	if (likely(!u))
		return;
	spin_lock_irq(&u->lock);
	if (task_utrace_signals(child))
		utrace_kick(u, false);
	spin_unlock_irq(&u->lock);
	utrace_put(u);
}
