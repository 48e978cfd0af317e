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

static void utrace_set_step(struct utrace *u, bool step)
{
	if (u->step == step)
		return;
	spin_lock_irq(&u->lock);
	u->step = step;
	utrace_update_flags(u);
	spin_unlock_irq(&u->lock);
}

/* Disarm the hardware; if ptrace steps, too, arm it as it was before engines did. */
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
 * The step that was armed is over.  Every engine that has one of @flags, and whose
 * wish is one of @done, is owed a report; the quiesce pass makes it.  The other
 * engines step on.  Called by the thread itself, also with interrupts off.
 */
static void utrace_step_done(struct utrace *u, unsigned int flags, unsigned int done)
{
	struct utrace_engine *engine;
	bool armed = u->step;
	bool on = false;
	unsigned long irq;

	spin_lock_irqsave(&u->lock, irq);
	list_for_each_entry(engine, &u->engines, node) {
		if ((engine->flags & flags) && (engine->flags & done)) {
			utrace_forget_step(engine);
			engine->flags |= ENGINE_STEPPED;
		}
		on |= engine->flags & ENGINE_STEPS;
	}
	if (armed && !on) {
		u->step = false;
		utrace_update_flags(u);
	}
	utrace_kick_current(u);
	spin_unlock_irqrestore(&u->lock, irq);

	/* The pass arms the hardware again for the engines that step on. */
	if (armed)
		utrace_disarm_step();
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

/*
 * A step has trapped.  Record that for the engines that step.  True: no signal is to
 * be made of the trap, because nobody else waits for it.
 */
static bool utrace_step_trap(struct utrace *u, const kernel_siginfo_t *info)
{
	unsigned int ptrace = utrace_ptrace_steps();
	bool branched;

	if (!u->step)
		return false;
	branched = utrace_branched(u);
	utrace_step_done(u, ENGINE_ARMED, branched ? ENGINE_STEPS : ENGINE_STEP);
	if (!branched)
		ptrace &= ~ENGINE_BLOCKSTEP;
	return !ptrace && !arch_utrace_other_trap(info);
}

/*
 * Record a trap of which a signal would be made, for engines that want signals.
 * The quiesce pass reports it, see utrace_report_trap().  False: no engine does.
 *
 * @at: address of the breakpoint instruction; 0: @info and the registers tell
 */
bool utrace_record_trap(struct utrace *u, const kernel_siginfo_t *info,
			unsigned long at)
{
	unsigned long irq;
	bool recorded;

	/* There is room for one.  Another one is reported as the signal that it becomes. */
	if (u->trap_state == UTRACE_TRAP_TAKEN ||
	    !(task_utrace_flags(current) & UTRACE_EVENTS_SIGNAL))
		return false;
	spin_lock_irqsave(&u->lock, irq);
	recorded = utrace_kick_current(u);
	if (recorded) {
		copy_siginfo(&u->trap, info);
		u->trap_state = UTRACE_TRAP_TAKEN;
		u->trap_at = at;
		u->trap_pc = instruction_pointer(current_pt_regs());
	}
	spin_unlock_irqrestore(&u->lock, irq);
	return recorded;
}

/*
 * force_sig_info_to_task(), before it changes anything: SIGTRAP of current.  True:
 * no signal is to be made, as engines get the trap.  Interrupts may be off.
 */
bool __utrace_trap(const kernel_siginfo_t *info)
{
	struct utrace *u = utrace_current();

	/* Engines have let it through. */
	if (u->trap_state == UTRACE_TRAP_FORCED)
		return false;
	if (arch_utrace_is_step_trap(info)) {
		if (utrace_step_trap(u, info))
			return true;
		/* Engines do not hear of ptrace's steps. */
		if (current->ptrace & PT_UTRACE_STEP)
			return false;
	}
	/* ... also if the step was a system call. */
	if ((current->ptrace & PT_UTRACE_STEP) && arch_utrace_is_syscall_step(info))
		return false;
	return utrace_record_trap(u, info, 0);
}

#ifdef CONFIG_UPROBES
/*
 * uprobes have found that the breakpoint at @addr is not theirs.  True: no signal is
 * to be made.
 */
bool __utrace_breakpoint(unsigned long addr)
{
	kernel_siginfo_t info;

	clear_siginfo(&info);
	info.si_signo = SIGTRAP;
	info.si_code = SI_KERNEL;
	return utrace_record_trap(utrace_current(), &info, addr);
}

/*
 * uprobes have executed the instruction at @vaddr, which did not trap: they have
 * emulated it, or have stepped a copy of it.  It was a step, and a branch if the pc
 * is elsewhere than after the instruction.
 *
 * @auprobe: the instruction; NULL: it was the return from a function that has a
 *	uretprobe, which is always a branch
 */
void __utrace_uprobe_step(const struct arch_uprobe *auprobe, unsigned long vaddr)
{
	struct utrace *u = utrace_current();
	struct pt_regs *regs = current_pt_regs();
	unsigned long pc = instruction_pointer(regs);
	bool branched = true, in_parts = false;

	if (!u->step)
		return;
	if (auprobe) {
		unsigned int length = arch_utrace_uprobe_length(auprobe, regs, &in_parts);

		if (pc == vaddr)
			branched = !in_parts;
		else if (length)
			branched = pc != vaddr + length;
	}
	utrace_step_done(u, ENGINE_ARMED, branched ? ENGINE_STEPS : ENGINE_STEP);
	/* A trap that uprobes have left for ptrace (s390) does not end the next step. */
	utrace_set_step(u, false);
}

/* uprobes have given up an instruction, and may have disarmed the step. */
void __utrace_uprobe_abort(void)
{
	utrace_rearm_step(utrace_current());
}

/* uprobes have stepped for themselves: is a signal to be made for others' steps? */
bool __utrace_owns_step(void)
{
	return utrace_current()->step && !(current->ptrace & PT_UTRACE_STEP);
}
#endif
