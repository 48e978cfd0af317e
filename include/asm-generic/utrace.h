/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What utrace needs of an architecture
 *
 * Each architecture that selects HAVE_ARCH_UTRACE has an asm/utrace.h of its own
 * that provides what is documented here, and includes this file last for what it
 * leaves to the default.  The engine includes no other architecture header for
 * utrace's sake.
 *
 * An architecture selects HAVE_ARCH_UTRACE when it
 *
 *  - selects HAVE_ARCH_TRACEHOOK, and so has asm/syscall.h and user_regset;
 *  - reports system calls through ptrace_report_syscall_entry() and
 *    ptrace_report_syscall_exit() with pt_regs that hold what user space has in
 *    its registers, but for the one that gets the result (else it selects
 *    HAVE_ARCH_UTRACE_SYSCALL, too, and calls utrace_arch_syscall_entry() after
 *    ptrace and utrace_arch_syscall_exit() before it);
 *  - makes no system call if the entry report returns nonzero;
 *  - calls resume_user_mode_work() and get_signal() before it returns to user
 *    mode, and looks again at its flags after either;
 *  - makes a signal of a step's trap and of a breakpoint whoever traces the thread
 *    (else its places that look at current->ptrace ask utrace_wants_step() and
 *    utrace_wants_breakpoint() instead);
 *  - is 64-bit.
 *
 * If it steps threads by executing their instructions elsewhere, it defines
 * arch_utrace_user_pc(task, regs) in its asm/ptrace.h: the pc that a thread which
 * sleeps in the kernel would have without that.
 */
#ifndef _ASM_GENERIC_UTRACE_H
#define _ASM_GENERIC_UTRACE_H

#include <linux/ptrace.h>
#include <linux/sched.h>
#include <linux/signal_types.h>
#include <asm/syscall.h>

/*
 * ARCH_UTRACE_AUDIT: the AUDIT_ARCH_* value of native 64-bit tasks
 *
 * What syscall_get_arch() returns for a task that is neither compat nor of an
 * alternative ABI.
 */
#ifndef ARCH_UTRACE_AUDIT
#error "asm/utrace.h must define ARCH_UTRACE_AUDIT"
#endif

/**
 * arch_utrace_set_exit_result() - what a system call returns to user space
 * @task: current, or a thread in a stop
 * @regs: its registers, as they are at the report of the call's exit
 * @result: the value; -errno for an error
 *
 * Unlike syscall_set_return_value(), which some architectures mean for the
 * entry only.  @result is what the kernel's own function would have returned,
 * whatever the convention of the ABI makes of that.  The default is for those
 * where syscall_set_return_value() does both.
 */
#ifndef arch_utrace_set_exit_result
static inline void arch_utrace_set_exit_result(struct task_struct *task,
					       struct pt_regs *regs, long result)
{
	syscall_set_return_value(task, regs, 0, result);
}
#endif

/**
 * arch_utrace_get_exit_result() - what a system call is about to return
 * @task: current, or a thread in a stop
 * @regs: its registers, at the report of the call's exit
 *
 * Return: the value; -errno for an error, whatever the ABI makes of it.
 */
#ifndef arch_utrace_get_exit_result
static inline long arch_utrace_get_exit_result(struct task_struct *task,
					       struct pt_regs *regs)
{
	return syscall_get_error(task, regs) ?: syscall_get_return_value(task, regs);
}
#endif

/*
 * void arch_utrace_set_nr(struct pt_regs *regs, long nr)
 *
 * The number of the system call whose entry or exit is reported, so that the
 * kernel makes that one, of the same ABI.  Not -1.  At exit, it is the number
 * that the call is made with once more, and user space's own again.
 *
 * void arch_utrace_set_args(struct task_struct *task, struct pt_regs *regs,
 *			     const unsigned long args[6])
 *
 * Its arguments: those that the kernel uses for the call, that it puts back into
 * registers when it makes a call once more, and that user space finds in its
 * registers afterwards.  The register of the result may change, if that is an
 * argument's as well.
 *
 * For both, @regs are those of current, or of a stopped thread, which is at the
 * report of a system call.
 */

/**
 * arch_utrace_is_stepping() - is the machine armed to step a thread?
 * @task: current, or a thread in a stop
 *
 * As user_enable_single_step() and its kin have left it.
 */
#ifndef arch_utrace_is_stepping
#ifdef TIF_SINGLESTEP
static inline bool arch_utrace_is_stepping(struct task_struct *task)
{
	return test_tsk_thread_flag(task, TIF_SINGLESTEP);
}
#else
static inline bool arch_utrace_is_stepping(struct task_struct *task)
{
	return false;
}
#endif
#endif

/*
 * ARCH_UTRACE_STEP_IS_WORK: 1 where the exit of a system call is not looked at for
 * TIF_SINGLESTEP alone, so that a step over one would end behind the instruction
 * that follows, and one over an exec nowhere
 */
#ifndef ARCH_UTRACE_STEP_IS_WORK
#define ARCH_UTRACE_STEP_IS_WORK	0
#endif

/**
 * arch_utrace_sync_step() - arm or disarm the machine for current
 *
 * Called behind user_enable_single_step() and its kin of current.  ptrace calls
 * these for threads in a stop only, so an architecture may have them take effect
 * at the next switch to the thread: then here, at once.
 */
#ifndef arch_utrace_sync_step
static inline void arch_utrace_sync_step(void) { }
#endif

/**
 * arch_utrace_is_step_trap() - can it be the trap of a step?
 * @info: of a SIGTRAP
 *
 * It is asked only when a step was armed, and has to tell it from a breakpoint's.
 */
#ifndef arch_utrace_is_step_trap
static inline bool arch_utrace_is_step_trap(const kernel_siginfo_t *info)
{
	return info->si_code == TRAP_TRACE;
}
#endif

/**
 * arch_utrace_insn_length() - of the instruction that current is about to execute
 * @regs: current's, with which it goes to user mode
 * @in_parts: out: the machine may trap in the middle of it, with the pc still at
 *	it (x86's string instructions); false at first
 *
 * With it the engine tells a taken branch from everything else, where the machine
 * steps instructions only.  May sleep: where instructions are not of one length,
 * it is read from user memory.  The default is for those where they are.
 *
 * Return: bytes from @regs' pc to the instruction that follows in memory; 0 if
 *	that cannot be found out.
 */
#ifndef arch_utrace_insn_length
static inline unsigned int arch_utrace_insn_length(struct pt_regs *regs,
						   bool *in_parts)
{
	return 4;
}
#endif

/**
 * arch_utrace_block_step() - arm the machine to go to the next taken branch
 *
 * For current, which holds no locks.  May refuse where a machine would trap
 * at other places as well and arch_utrace_block_ended() could not tell them
 * apart; the engine steps by instructions then.
 *
 * Return: whether it is armed so.
 */
#ifndef arch_utrace_block_step
static inline bool arch_utrace_block_step(void)
{
	if (!arch_has_block_step())
		return false;
	user_enable_block_step(current);
	return true;
}
#endif

/**
 * arch_utrace_block_ended() - was it a taken branch that has trapped?
 * @regs: current's, as they are in the trap of arch_utrace_block_step()
 *
 * The default is for machines that trap for nothing else.
 */
#ifndef arch_utrace_block_ended
static inline bool arch_utrace_block_ended(struct pt_regs *regs)
{
	return true;
}
#endif

/**
 * arch_utrace_breakpoint() - where the breakpoint is that a thread has hit
 * @info: of a signal that is about to be delivered to current
 * @regs: current's
 *
 * May sleep: it may read user memory.  The default is for those where the trap of
 * a breakpoint instruction has TRAP_BRKPT and leaves the pc at it.
 *
 * Return: the address of the breakpoint instruction; 0 if @info is not the trap of
 *	one, or @regs are not those of that trap any more.
 */
#ifndef arch_utrace_breakpoint
static inline unsigned long arch_utrace_breakpoint(const kernel_siginfo_t *info,
						   struct pt_regs *regs)
{
	unsigned long pc = instruction_pointer(regs);

	if (info->si_signo != SIGTRAP || info->si_code != TRAP_BRKPT ||
	    (unsigned long)info->si_addr != pc)
		return 0;
	return pc;
}
#endif

#endif /* _ASM_GENERIC_UTRACE_H */
