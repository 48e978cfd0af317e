// SPDX-License-Identifier: GPL-2.0-only
/*
 * utrace: single and block step, and what else is shared with ptrace
 *
 * Stepping is shared with ptrace by asking who wanted it: engines by their flags,
 * which the thread looks at in the last pass before user mode (utrace_arm_step()),
 * ptrace by PT_UTRACE_STEP.  Whoever did not ask does not hear of the trap.
 */

#include <linux/ptrace.h>
#include <linux/sched/signal.h>
#include <linux/signal.h>

#include <asm/utrace.h>

#include "utrace_internal.h"

/* Traps come to utrace_signal() as long as u->step says that they may. */
static void utrace_set_step(struct utrace *u, bool step)
{
	if (u->step == step)
		return;
	spin_lock_irq(&u->lock);
	u->step = step;
	utrace_update_flags(u);
	spin_unlock_irq(&u->lock);
}

/* ... unless ptrace wants it, too. */
static void utrace_disarm_step(void)
{
	if (!(current->ptrace & PT_UTRACE_STEP))
		user_disable_single_step(current);
}

unsigned int utrace_steps_wanted(struct utrace *u)
{
	struct utrace_engine *engine;
	unsigned int wanted = 0;

	spin_lock_irq(&u->lock);
	list_for_each_entry(engine, &u->engines, node)
		wanted |= engine->flags & ENGINE_STEPS;
	spin_unlock_irq(&u->lock);
	return wanted;
}

/*
 * Arm the machine if an engine wants a step, and disarm it if none does and
 * ptrace does not.  TIF_SINGLESTEP has other users (hardware breakpoints,
 * uprobes), so only what was armed here is disarmed here.
 */
void utrace_arm_step(struct utrace *u)
{
	unsigned int wanted;
	bool trapped;

	if (!arch_has_single_step())
		return;

	wanted = utrace_steps_wanted(u);

	if (wanted) {
		utrace_set_step(u, true);
		/* The shorter of two wishes; ptrace's counts as the shortest. */
		if (wanted == ENGINE_BLOCKSTEP && arch_has_block_step() &&
		    !(current->ptrace & PT_UTRACE_STEP))
			user_enable_block_step(current);
		else
			user_enable_single_step(current);
	} else if (u->step) {
		utrace_disarm_step();
		/*
		 * The trap may have come before the pass, and would kill: then
		 * utrace_signal() is next to see it, and is still to know it.
		 */
		spin_lock_irq(&current->sighand->siglock);
		trapped = sigismember(&current->pending.signal, SIGTRAP);
		spin_unlock_irq(&current->sighand->siglock);
		if (!trapped)
			utrace_set_step(u, false);
	}
}

/*
 * The step that was armed is done: those who wanted one are owed a report, which
 * is made here by the caller, or in the quiesce pass that is asked for.
 */
void utrace_stepped(struct utrace *u)
{
	struct utrace_engine *engine;

	if (u->step) {
		utrace_disarm_step();
		utrace_set_step(u, false);
	}

	spin_lock_irq(&u->lock);
	list_for_each_entry(engine, &u->engines, node) {
		if (engine->flags & ENGINE_STEPS) {
			engine->flags &= ~ENGINE_STEPS;
			engine->flags |= ENGINE_STEPPED;
		}
	}
	utrace_kick(u, false);
	spin_unlock_irq(&u->lock);
}

void utrace_report_stepped(struct utrace *u)
{
	struct utrace_walk walk = {
		.u = u,
		.event = UTRACE_EVENT(STEP),
		.stop_here = true,
	};
	struct utrace_engine *engine;

	utrace_report(&walk, engine, engine->ops->report_step(engine));
}

/* The trap of a step that was armed for an engine, for ptrace, or for both? */
bool utrace_step_trap(int signr, const kernel_siginfo_t *info)
{
	return signr == SIGTRAP && info->si_code == TRAP_TRACE &&
	       (current->utrace->step || (current->ptrace & PT_UTRACE_STEP));
}

/*
 * ptrace_resume(): record what ptrace asked for, when it has set or cleared the
 * flags of @child, which is in a ptrace stop.
 */
void utrace_ptrace_resume(struct task_struct *child, bool syscall)
{
	unsigned int ptrace = child->ptrace & ~(PT_UTRACE_SYSCALL | PT_UTRACE_STEP);

	if (syscall)
		ptrace |= PT_UTRACE_SYSCALL;
	if (arch_utrace_is_stepping(child))
		ptrace |= PT_UTRACE_STEP;
	child->ptrace = ptrace;

	/* Either it has engines, or who attaches the first sees the above. */
	smp_mb();	/* pairs with cmpxchg() in utrace_get() */
	if (unlikely(child->utrace))
		__utrace_ptrace_changed(child);
}

/*
 * ptrace_resume() and __ptrace_unlink(): ptrace wants system calls or does not any
 * more, or has armed or disarmed the step, whatever engines want.
 */
void __utrace_ptrace_changed(struct task_struct *child)
{
	struct utrace *u = utrace_get_existing(child);
	unsigned long flags;

	if (!u)
		return;
	spin_lock_irqsave(&u->lock, flags);
	utrace_update_flags(u);
	/* Let the thread look again what the machine is to do. */
	if (task_utrace_signals(child))
		utrace_kick(u, false);
	spin_unlock_irqrestore(&u->lock, flags);
	utrace_put(u);
}
