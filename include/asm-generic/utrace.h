/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What utrace needs of an architecture
 *
 * Each architecture that selects HAVE_ARCH_UTRACE has an asm/utrace.h of its own
 * that provides what is documented here.  It includes this file last, which defines
 * the defaults.  The engine includes no other architecture header for utrace's sake.
 *
 * An architecture selects HAVE_ARCH_UTRACE when it
 *
 *  - selects HAVE_ARCH_TRACEHOOK, and so has asm/syscall.h and user_regset;
 *  - has a work bit for utrace, SYSCALL_WORK_UTRACE with GENERIC_ENTRY and TIF_UTRACE
 *    without it, in the masks that are tested at the entry and exit of system calls;
 *  - reports entries by utrace_report_syscall_entry() in place of
 *    ptrace_report_syscall_entry(), and exits by utrace_syscall_exit() before
 *    ptrace_report_syscall_exit().  pt_regs hold user space's registers, except for
 *    the register that gets the result.  An architecture that shows ptrace something
 *    else uses utrace_syscall_begin() and utrace_syscall_entry(), and reports to ptrace
 *    itself;
 *  - does not execute the system call if the entry report returns nonzero;
 *  - calls resume_user_mode_work() and get_signal() before it returns to user
 *    mode, and reads the thread's flags again after either;
 *  - makes a signal of the trap of a step or breakpoint, no matter which tracer the
 *    thread has.  Otherwise each place that tests current->ptrace has to ask
 *    utrace_wants_step() or utrace_wants_breakpoint() instead;
 *  - is 64-bit.
 *
 * An architecture that steps threads by executing their instructions elsewhere
 * defines arch_utrace_user_pc(task, regs) in its asm/ptrace.h.  It returns the pc
 * that a thread which sleeps in the kernel would have if it were not stepped.
 *
 * An architecture whose syscall_get_arch() does not tell 32-bit tasks from others
 * defines arch_utrace_syscall_arch(task) there.
 */
#ifndef _ASM_GENERIC_UTRACE_H
#define _ASM_GENERIC_UTRACE_H

#include <linux/ptrace.h>
#include <linux/sched.h>
#include <linux/signal_types.h>
#include <asm/syscall.h>
#include <uapi/linux/utrace_regs.h>

/*
 * ARCH_UTRACE_AUDIT: the AUDIT_ARCH_* value of native 64-bit tasks
 *
 * This is what syscall_get_arch() returns for a task that is neither compat nor of
 * an alternative ABI.
 */
#ifndef ARCH_UTRACE_AUDIT
#error "asm/utrace.h must define ARCH_UTRACE_AUDIT"
#endif

/*
 * ARCH_UTRACE_AUDIT_COMPAT: the AUDIT_ARCH_* value of 32-bit tasks
 *
 * What struct utrace_syscall has for their calls; 0 if this kernel runs no such tasks.
 */
#ifndef ARCH_UTRACE_AUDIT_COMPAT
#define ARCH_UTRACE_AUDIT_COMPAT	0
#endif

/**
 * arch_utrace_set_exit_result() - set what a system call returns to user space
 * @task: current, or a thread in a stop
 * @regs: the registers of @task, as they are at the report of the call's exit
 * @result: the value; -errno for an error
 *
 * @result is what the kernel's own function would have returned; this function
 * encodes it as the ABI asks for.  The default is for architectures where
 * syscall_set_return_value() works at the exit of a call as well as at its entry.
 */
#ifndef arch_utrace_set_exit_result
static inline void arch_utrace_set_exit_result(struct task_struct *task,
					       struct pt_regs *regs, long result)
{
	syscall_set_return_value(task, regs, 0, result);
}
#endif

/**
 * arch_utrace_get_exit_result() - get what a system call will return
 * @task: current, or a thread in a stop
 * @regs: the registers of @task, as they are at the report of the call's exit
 *
 * Return: the value; -errno for an error, however the ABI encodes it.
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
 * Sets the number of the system call whose entry or exit is reported.  At entry, the
 * kernel then executes call @nr of the same ABI.  At exit, the engine puts back the
 * number that user space gave, which a restarted call uses.  @nr is never -1.
 *
 * void arch_utrace_set_args(struct task_struct *task, struct pt_regs *regs,
 *			     const unsigned long args[6])
 *
 * Sets the arguments of that call in every place that holds them: where the kernel
 * reads them for the call, where it reads them to restart the call, and where user
 * space finds them afterwards.  The register of the result may change if it also
 * holds an argument.
 *
 * For both functions, @regs are the registers of current or of a stopped thread,
 * which is at the report of a system call.
 *
 * void arch_utrace_forget_call(struct task_struct *task, struct pt_regs *regs,
 *				bool interrupted)
 *
 * Takes @task out of the system call that it is in.  A tracer has written the pc of
 * @task, which is in a stop, so the kernel must not restart the call.  @interrupted: the
 * result of the call asks for a restart, if @task is in a call.
 */

/**
 * arch_utrace_save_current() - save the registers of current for user_regset
 *
 * Called by the traced thread in a callback, before an engine reads its registers.
 * user_regset reads some registers from where the thread's last switch has saved
 * them.  An architecture defines this function for those that its get() functions
 * do not save themselves if the thread is current.
 */
#ifndef arch_utrace_save_current
static inline void arch_utrace_save_current(void) { }
#endif

/*
 * The next functions are for a system call that current executes in a stop, in place of
 * its program: see utrace_call().
 *
 * bool arch_utrace_is_compat(struct task_struct *task)
 *
 * Returns true if the program of @task, which is current or does not run, is a 32-bit one.
 *
 * unsigned long arch_utrace_begin_call(struct pt_regs *regs)
 *
 * Makes the registers of current such as the entry of a system call does, whatever the
 * thread has entered the kernel for.  arch_utrace_set_nr() and arch_utrace_set_args()
 * follow.  Returns a word that arch_utrace_end_call() gets.
 *
 * long arch_utrace_make_call(struct pt_regs *regs, unsigned int nr)
 *
 * Calls the function of the system call @nr, as the entry code does.  @regs have its
 * arguments.  Returns what the function returns, or -ENOSYS if there is no such call.
 *
 * void arch_utrace_end_call(struct pt_regs *regs, const struct pt_regs *saved,
 *			     unsigned long state)
 *
 * Makes @regs what they were before arch_utrace_begin_call(), which @saved is a copy of.
 * It leaves registers alone that the system call may have changed on purpose, and those
 * that say where the state of the FPU is: the kernel may have saved or used it since.
 *
 * ARCH_UTRACE_OWN_CALLS: numbers of calls that change more registers than that of the
 * result, besides those that all architectures have
 *
 * ARCH_UTRACE_COMPAT_OWN_CALLS: the numbers of all such calls in 32-bit programs, if
 * these do not have the numbers of 64-bit ones
 */

/**
 * arch_utrace_may_call() - can a thread execute a system call in a stop?
 * @task: the thread, which is current or does not run
 *
 * Return: false if the kernel cannot call the function of a system call for it.
 */
#ifndef arch_utrace_may_call
static inline bool arch_utrace_may_call(struct task_struct *task)
{
	return true;
}
#endif

/**
 * arch_utrace_call_state() - get the word that says which call is to be restarted
 * @task: a thread in a stop
 * @regs: the registers of @task
 *
 * Some architectures have a register that tracers write to cancel or request a restart.
 * If a write to registers changes it, utrace does not call arch_utrace_forget_call().
 *
 * Return: a number that changes with this register; 0 if there is none.
 */
#ifndef arch_utrace_call_state
static inline unsigned long arch_utrace_call_state(struct task_struct *task,
						   struct pt_regs *regs)
{
	return 0;
}
#endif

/**
 * arch_utrace_is_stepping() - tell whether a thread is armed to step
 * @task: current, or a thread in a stop
 *
 * Return: true if user_enable_single_step() or user_enable_block_step() was called
 *	for @task, and user_disable_single_step() was not called since.
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

/**
 * arch_utrace_role() - read a register of current without a register set
 * @regs: the registers of current
 * @role: UTRACE_ROLE_*
 * @value: the register that has the role, as the thread's view has it
 *
 * This is for the roles that tracers want at each stop: PC, SP and FP.  Without a function
 * of its own, an architecture may define arch_utrace_fp(regs).
 *
 * Context: a thread with engines, in a hook.
 *
 * Return: false if the register has to be read by its set.
 */
#ifndef arch_utrace_role
static inline bool arch_utrace_role(struct pt_regs *regs, unsigned int role, u64 *value)
{
	if (arch_utrace_is_compat(current))
		return false;
	switch (role) {
	case UTRACE_ROLE_PC:
		*value = instruction_pointer(regs);
		return true;
	case UTRACE_ROLE_SP:
		*value = user_stack_pointer(regs);
		return true;
#ifdef arch_utrace_fp
	case UTRACE_ROLE_FP:
		*value = arch_utrace_fp(regs);
		return true;
#endif
	}
	return false;
}
#endif

/*
 * ARCH_UTRACE_STEP_IS_WORK: 1 if the exit path of a system call ignores TIF_SINGLESTEP
 * by itself.  Without it, a step over a system call would be reported one instruction
 * late, and a step over an exec never.
 */
#ifndef ARCH_UTRACE_STEP_IS_WORK
#define ARCH_UTRACE_STEP_IS_WORK	0
#endif

/**
 * arch_utrace_sync_step() - make the arming of current take effect at once
 *
 * Called by current after user_enable_single_step() and its kin.  ptrace calls these
 * for threads in a stop only, so on some architectures they take effect when the
 * scheduler next switches to the thread.  Such an architecture loads here what that
 * switch would load.
 */
#ifndef arch_utrace_sync_step
static inline void arch_utrace_sync_step(void) { }
#endif

/**
 * arch_utrace_get_args() - get the arguments of a system call
 * @task: the thread
 * @regs: its registers, at the entry of the call
 * @args: the arguments
 *
 * The default is syscall_get_arguments(), which is a loop on some architectures.
 *
 * Context: any.
 */
#ifndef arch_utrace_get_args
static inline void arch_utrace_get_args(struct task_struct *task, struct pt_regs *regs,
					unsigned long args[6])
{
	syscall_get_arguments(task, regs, args);
}
#endif

/**
 * arch_utrace_call_nr() - get the number of the system call that a thread is in
 * @task: a thread that does not run
 * @regs: its registers of user mode
 *
 * The default is for architectures whose syscall_get_nr() tells a thread that has entered
 * the kernel in another way.
 *
 * Context: any.
 * Return: the number; -1 if the thread has entered the kernel in another way.
 */
#ifndef arch_utrace_call_nr
static inline long arch_utrace_call_nr(struct task_struct *task, struct pt_regs *regs)
{
	return syscall_get_nr(task, regs);
}
#endif

/**
 * arch_utrace_may_read_asleep() - can user_regset read a thread in atomic context?
 * @task: a thread that sleeps and cannot be woken
 *
 * The default is for architectures whose get() functions never sleep.
 *
 * Context: any; interrupts are off.
 * Return: true if none of them will sleep for @task.
 */
#ifndef arch_utrace_may_read_asleep
static inline bool arch_utrace_may_read_asleep(struct task_struct *task)
{
	return true;
}
#endif

/**
 * arch_utrace_is_step_trap() - tell the trap of a step from that of a breakpoint
 * @info: siginfo of a SIGTRAP
 *
 * Called only while the thread is armed to step.
 *
 * Return: true if @info can be that of a step.
 */
#ifndef arch_utrace_is_step_trap
static inline bool arch_utrace_is_step_trap(const kernel_siginfo_t *info)
{
	return info->si_code == TRAP_TRACE;
}
#endif

/**
 * arch_utrace_is_syscall_step() - is a trap the end of a step over a system call?
 * @info: siginfo of a SIGTRAP of a thread that ptrace steps
 *
 * user_single_step_report() makes it at the exit of the call, for ptrace only.  The
 * default is for architectures that do not have one of their own.
 *
 * Context: any.
 * Return: true if it is.
 */
#ifndef arch_utrace_is_syscall_step
static inline bool arch_utrace_is_syscall_step(const kernel_siginfo_t *info)
{
	return info->si_code == SI_USER && !info->si_pid;
}
#endif

/**
 * arch_utrace_other_trap() - is the trap of a step also that of something else?
 * @info: siginfo of a SIGTRAP for which arch_utrace_is_step_trap() is true
 *
 * For example, the stepped instruction may have hit a watchpoint of ptrace's.  Then the
 * step is reported, and the signal is sent as well.  The default is for architectures
 * on which steps and watchpoints have separate traps.
 *
 * Context: called by the thread in the trap, perhaps with interrupts off.
 * Return: true if the signal is to be sent.
 */
#ifndef arch_utrace_other_trap
static inline bool arch_utrace_other_trap(const kernel_siginfo_t *info)
{
	return false;
}
#endif

/**
 * arch_utrace_flush_trap() - handle the traps of current that are still pending
 *
 * Called at the beginning of each quiesce pass.  An architecture that handles traps at
 * the end of the return to user mode handles them here, before the pass arms the next
 * step.
 *
 * Context: process context.
 */
#ifndef arch_utrace_flush_trap
static inline void arch_utrace_flush_trap(void) { }
#endif

/**
 * arch_utrace_uprobe_length() - get the length of an instruction with a uprobe
 * @auprobe: the instruction, as uprobes know it
 * @regs: the registers of current
 * @in_parts: out: as for arch_utrace_insn_length()
 *
 * The program's text has the breakpoint of the uprobe in place of the instruction, so
 * arch_utrace_insn_length() cannot tell.  Used with CONFIG_UPROBES only.  The default
 * is for architectures whose instructions all have four bytes.
 *
 * Context: process context.
 * Return: the length in bytes; 0 if it is unknown.
 */
#ifndef arch_utrace_uprobe_length
static inline unsigned int
arch_utrace_uprobe_length(const struct arch_uprobe *auprobe, struct pt_regs *regs,
			  bool *in_parts)
{
	return 4;
}
#endif

/**
 * arch_utrace_insn_length() - get the length of current's next instruction
 * @regs: the registers with which current returns to user mode
 * @in_parts: out: true if the CPU may trap in the middle of the instruction, with the
 *	pc still at it (x86's string instructions).  The caller sets it to false
 *
 * The engine uses the length to tell a taken branch from everything else, where the
 * CPU can only step single instructions.  The default is for architectures whose
 * instructions all have four bytes.
 *
 * Context: may sleep, because it may read user memory.
 * Return: bytes from the pc of @regs to the instruction that follows in memory; 0 if
 *	the length is unknown.
 */
#ifndef arch_utrace_insn_length
static inline unsigned int arch_utrace_insn_length(struct pt_regs *regs,
						   bool *in_parts)
{
	return 4;
}
#endif

/**
 * arch_utrace_block_step() - arm current to trap at the next taken branch
 *
 * An architecture refuses if the CPU would trap at other places as well and
 * arch_utrace_block_ended() could not tell them apart.  The engine then steps single
 * instructions.
 *
 * Context: current holds no locks.
 * Return: true if the CPU is armed; false if the architecture refuses.
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
 * arch_utrace_block_ended() - tell whether a taken branch has trapped
 * @regs: the registers of current in a trap for which arch_utrace_block_step() armed it
 *
 * The default is for architectures that trap for nothing else.
 *
 * Return: true if the instruction before the trap was a taken branch.
 */
#ifndef arch_utrace_block_ended
static inline bool arch_utrace_block_ended(struct pt_regs *regs)
{
	return true;
}
#endif

/**
 * arch_utrace_breakpoint() - get the address of the breakpoint that a thread has hit
 * @info: siginfo of a signal that current has dequeued
 * @regs: the registers of current
 *
 * The default is for architectures where the trap of a breakpoint instruction has
 * the code TRAP_BRKPT and leaves the pc at that instruction.
 *
 * Context: may sleep, because it may read user memory.
 * Return: the address of the breakpoint instruction; 0 if @info is not the trap of a
 *	breakpoint, or if @regs have changed since that trap.
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
