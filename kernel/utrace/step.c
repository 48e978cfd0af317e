// SPDX-License-Identifier: GPL-2.0-only
/*
 * utrace: single and block step
 *
 * Stepping is shared with ptrace by asking who wanted it: engines by their flags,
 * which the thread looks at in the last pass before user mode (utrace_arm_step()),
 * ptrace by PT_UTRACE_STEP.  Whoever did not ask does not hear of the trap.
 *
 * A block step is up to the next taken branch.  The machine can do that only if
 * nobody wants single steps meanwhile, and many machines cannot at all.  Then each
 * instruction is stepped; the thread notes where it is before, and who wants blocks
 * hears of the trap only if the pc is not at the next instruction in memory.
 */

#include <linux/ptrace.h>
#include <linux/sched/signal.h>
#include <linux/sched/task_stack.h>
#include <linux/signal.h>

#include <asm/utrace.h>

#include "internal.h"

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

/* ... unless ptrace wants it, too: then as it was before engines did. */
static void utrace_disarm_step(void)
{
	if (!(current->ptrace & PT_UTRACE_STEP))
		user_disable_single_step(current);
	else if (current->ptrace & PT_UTRACE_BLOCK)
		user_enable_block_step(current);
	arch_utrace_sync_step();
}

/* What engines want; what they ask for from here on is not part of this step. */
static unsigned int utrace_steps_wanted(struct utrace *u)
{
	struct utrace_engine *engine;
	unsigned int wanted = 0;

	spin_lock_irq(&u->lock);
	list_for_each_entry(engine, &u->engines, node) {
		if (engine->flags & ENGINE_STEPS)
			engine->flags |= ENGINE_ARMED;
		wanted |= engine->flags & ENGINE_STEPS;
	}
	spin_unlock_irq(&u->lock);
	return wanted;
}

/* Arm it to step one instruction, and note what it takes to know where that led. */
static void utrace_arm_single_step(struct utrace *u, bool blocks)
{
	struct pt_regs *regs = current_pt_regs();

	if (blocks) {
		u->step_pc = instruction_pointer(regs);
		u->step_in_parts = false;
		u->step_length = arch_utrace_insn_length(regs, &u->step_in_parts);
	}
	user_enable_single_step(current);
}

/* The machine was armed for a block step, and has trapped: is the block over? */
static bool utrace_branched(struct utrace *u)
{
	struct pt_regs *regs = current_pt_regs();
	unsigned long pc = instruction_pointer(regs);

	if (u->step_block)
		return arch_utrace_block_ended(regs);
	/* An end too early is better than one that is passed by. */
	if (!u->step_length)
		return true;
	if (pc == u->step_pc)
		return !u->step_in_parts;
	return pc != u->step_pc + u->step_length;
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
		/* The shorter of two wishes. */
		wanted |= utrace_ptrace_steps();
		u->step_block = wanted == ENGINE_BLOCKSTEP &&
				arch_utrace_block_step();
		if (!u->step_block)
			utrace_arm_single_step(u, wanted & ENGINE_BLOCKSTEP);
		arch_utrace_sync_step();
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
 * The registers may have been written since the machine was armed, and what was
 * noted of them, or the arming itself, is void: have it done again.
 */
void utrace_rearm_step(struct utrace *u)
{
	if (!u->step)
		return;
	spin_lock_irq(&u->lock);
	utrace_kick(u, false);
	spin_unlock_irq(&u->lock);
}

/*
 * What was armed is over.  Engines with any of @flags whose wish is one of @done are
 * owed a report, which is made here by the caller, or in the quiesce pass that is
 * asked for.  The others step on.
 */
static void utrace_step_done(struct utrace *u, unsigned int flags, unsigned int done)
{
	struct utrace_engine *engine;
	bool on = false;

	spin_lock_irq(&u->lock);
	list_for_each_entry(engine, &u->engines, node) {
		if ((engine->flags & flags) && (engine->flags & done)) {
			utrace_forget_step(engine);
			engine->flags |= ENGINE_STEPPED;
		}
		on |= engine->flags & ENGINE_STEPS;
	}
	utrace_kick(u, false);
	spin_unlock_irq(&u->lock);

	if (!u->step)
		return;
	/* For those who step on it is armed anew, in the pass. */
	utrace_disarm_step();
	if (!on)
		utrace_set_step(u, false);
}

/* A system call was the step, and the end of a block. */
void utrace_stepped(struct utrace *u)
{
	utrace_step_done(u, ENGINE_ARMED, ENGINE_STEPS);
}

/*
 * The way into a handler was, also for those who asked for one when they were told of
 * the signal, and the machine is not armed yet.
 */
void utrace_handler_step(struct utrace *u)
{
	struct utrace_engine *engine;
	bool any = u->step;

	spin_lock_irq(&u->lock);
	list_for_each_entry(engine, &u->engines, node)
		any |= engine->flags & ENGINE_STEPS;
	spin_unlock_irq(&u->lock);
	if (any)
		utrace_step_done(u, ENGINE_STEPS, ENGINE_STEPS);
}

void utrace_report_stepped(struct utrace *u)
{
	struct utrace_walk walk = {
		.u = u,
		.event = UTRACE_EVENT(STEP),
		.stop_here = true,
	};
	struct utrace_engine *engine;

	utrace_for_each_report(&walk, engine)
		utrace_answer(&walk, engine, engine->ops->report_step(engine));
}

/*
 * Where a step is no signal yet: shall it become one?  The thread may have gone
 * into a handler since, which was the step.
 */
bool __utrace_wants_step(bool other)
{
	return current->utrace->step || (current->ptrace & PT_UTRACE_STEP) || other;
}

/* The trap of a step that was armed for an engine, for ptrace, or for both? */
bool utrace_is_step_trap(int signr, const kernel_siginfo_t *info)
{
	return signr == SIGTRAP && arch_utrace_is_step_trap(info) &&
	       (current->utrace->step || (current->ptrace & PT_UTRACE_STEP));
}

/* Make what engines are to know of that trap known; true: ptrace is to know, too. */
bool utrace_step_trap(struct utrace *u)
{
	unsigned int ptrace = utrace_ptrace_steps();

	if (u->step) {
		bool branched = utrace_branched(u);

		utrace_step_done(u, ENGINE_ARMED,
				 branched ? ENGINE_STEPS : ENGINE_STEP);
		utrace_report_stepped(u);
		if (!branched)
			ptrace &= ~ENGINE_BLOCKSTEP;
	}
	return ptrace;
}
