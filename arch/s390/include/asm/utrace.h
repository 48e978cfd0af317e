/* SPDX-License-Identifier: GPL-2.0-only */
/* utrace on s390: see include/asm-generic/utrace.h for the contract */
#ifndef _ASM_S390_UTRACE_H
#define _ASM_S390_UTRACE_H

#include <linux/errno.h>
#include <linux/minmax.h>
#include <linux/nospec.h>
#include <linux/preempt.h>
#include <linux/sched.h>
#include <linux/sched/task_stack.h>
#include <linux/signal.h>
#include <linux/string.h>
#include <linux/uaccess.h>
#include <linux/uprobes.h>
#include <uapi/linux/audit.h>
#include <asm/entry-common.h>
#include <asm/ptrace.h>
#include <asm/unistd.h>

#define ARCH_UTRACE_AUDIT	AUDIT_ARCH_S390X
#define ARCH_UTRACE_AUDIT_COMPAT (IS_ENABLED(CONFIG_COMPAT) ? AUDIT_ARCH_S390 : 0)

/* syscall_set_return_value() means that the call shall not be made, too. */
static inline void arch_utrace_set_exit_result(struct task_struct *task,
					       struct pt_regs *regs, long result)
{
	regs->gprs[2] = result;
}
#define arch_utrace_set_exit_result arch_utrace_set_exit_result

/*
 * Behind the length of the instruction, in which user space has its own, or in
 * r1; made once more, the call is that one.  No number has more bits.
 */
static inline void arch_utrace_set_nr(struct pt_regs *regs, long nr)
{
	regs->int_code = (regs->int_code & ~0xffffU) | min_t(unsigned long, nr, 0xffff);
}

/* r2 is not the argument any more: it has the number, and then the result. */
static inline void arch_utrace_set_args(struct task_struct *task,
					struct pt_regs *regs,
					const unsigned long args[6])
{
	bool narrow = test_tsk_thread_flag(task, TIF_31BIT);
	int i;

	regs->orig_gpr2 = narrow ? (u32)args[0] : args[0];
	for (i = 1; i < 6; i++)
		regs->gprs[2 + i] = narrow ? (u32)args[i] : args[i];
}

/*
 * Within get_signal() it is thread.system_call that says so, before that the flag.  And
 * a call that goes on by restart_syscall() in the vDSO has left there where it came from:
 * an odd address if there is none.
 */
static inline void arch_utrace_forget_call(struct task_struct *task,
					   struct pt_regs *regs, bool interrupted)
{
	if (interrupted) {
		task->thread.system_call = 0;
		clear_pt_regs_flag(regs, PIF_SYSCALL);
	}
	task->restart_block.arch_data = 1;
}

static inline unsigned long arch_utrace_call_state(struct task_struct *task,
						   struct pt_regs *regs)
{
	return task->thread.system_call;
}
#define arch_utrace_call_state arch_utrace_call_state

#define arch_utrace_fp(regs)	((regs)->gprs[11])

static inline bool arch_utrace_is_compat(struct task_struct *task)
{
	return IS_ENABLED(CONFIG_COMPAT) && test_tsk_thread_flag(task, TIF_31BIT);
}

static inline unsigned long arch_utrace_begin_call(struct pt_regs *regs)
{
	set_pt_regs_flag(regs, PIF_SYSCALL);
	clear_pt_regs_flag(regs, PIF_SYSCALL_RET_SET);
	regs->gprs[2] = -ENOSYS;
	return 0;
}

static inline long arch_utrace_make_call(struct pt_regs *regs, unsigned int nr)
{
	if (nr >= NR_syscalls)
		return -ENOSYS;
	return current->thread.sys_call_table[array_index_nospec(nr, NR_syscalls)](regs);
}

/* The mask of the psw is not only the program's: runtime instrumentation has a bit there. */
static inline void arch_utrace_end_call(struct pt_regs *regs, const struct pt_regs *saved,
					unsigned long state)
{
	memcpy(regs->gprs, saved->gprs, sizeof(regs->gprs));
	regs->psw.addr = saved->psw.addr;
	regs->orig_gpr2 = saved->orig_gpr2;
	regs->int_code = saved->int_code;
	regs->flags = saved->flags;
}

/* As syscall_get_arguments(), whose loop takes 60 instructions. */
static inline void arch_utrace_get_args(struct task_struct *task, struct pt_regs *regs,
					unsigned long args[6])
{
	unsigned long mask = test_tsk_thread_flag(task, TIF_31BIT) ? 0xffffffff : -1UL;

	args[0] = regs->orig_gpr2 & mask;
	args[1] = regs->gprs[3] & mask;
	args[2] = regs->gprs[4] & mask;
	args[3] = regs->gprs[5] & mask;
	args[4] = regs->gprs[6] & mask;
	args[5] = regs->gprs[7] & mask;
}
#define arch_utrace_get_args arch_utrace_get_args

static inline bool arch_utrace_is_stepping(struct task_struct *task)
{
	return test_tsk_thread_flag(task, TIF_SINGLE_STEP);
}
#define arch_utrace_is_stepping arch_utrace_is_stepping

/* Else it is the switch to a thread that loads the control registers. */
static inline void arch_utrace_sync_step(void)
{
	preempt_disable();
	update_cr_regs(current);
	preempt_enable();
}
#define arch_utrace_sync_step arch_utrace_sync_step

/* Watchpoints of ptrace's are traps like that, too. */
static inline bool arch_utrace_is_step_trap(const kernel_siginfo_t *info)
{
	return info->si_code == TRAP_HWBKPT;
}
#define arch_utrace_is_step_trap arch_utrace_is_step_trap

/* The first two bits of an instruction tell. */
static inline unsigned int arch_utrace_insn_length(struct pt_regs *regs,
						   bool *in_parts)
{
	u16 half;

	if (get_user(half, (u16 __user *)instruction_pointer(regs)))
		return 0;
	return half < 0x4000 ? 2 : half < 0xc000 ? 4 : 6;
}
#define arch_utrace_insn_length arch_utrace_insn_length

#ifdef CONFIG_UPROBES
static inline unsigned int
arch_utrace_uprobe_length(const struct arch_uprobe *auprobe, struct pt_regs *regs,
			  bool *in_parts)
{
	u16 half = auprobe->insn[0];

	return half < 0x4000 ? 2 : half < 0xc000 ? 4 : 6;
}
#define arch_utrace_uprobe_length arch_utrace_uprobe_length
#endif

/*
 * Is it an event that ptrace has asked for by PER registers of its own?  While a
 * thread is stepped, their range is that of all addresses, and a store does not tell
 * its address: then ptrace gets an event too many, as with its own steps.
 */
static inline bool arch_utrace_other_trap(const kernel_siginfo_t *info)
{
	const struct per_regs *user = &current->thread.per_user;
	const struct per_event *event = &current->thread.per_event;
	unsigned long address = event->address;

	if (!(event->cause & (user->control >> 16) & (PER_EVENT_MASK >> 16)))
		return false;
	if ((event->cause << 16) & user->control & PER_EVENT_IFETCH)
		return address >= user->start && address <= user->end;
	return true;
}
#define arch_utrace_other_trap arch_utrace_other_trap

/* The return to user mode would do that last. */
static inline void arch_utrace_flush_trap(void)
{
	if (test_and_clear_thread_flag(TIF_PER_TRAP))
		do_per_trap(current_pt_regs());
}
#define arch_utrace_flush_trap arch_utrace_flush_trap

/* The pc is left behind it. */
static inline unsigned long arch_utrace_breakpoint(const kernel_siginfo_t *info,
						   struct pt_regs *regs)
{
	unsigned long pc = instruction_pointer(regs) - 2;

	if (info->si_signo != SIGTRAP || info->si_code != TRAP_BRKPT ||
	    (unsigned long)info->si_addr != pc)
		return 0;
	return pc;
}
#define arch_utrace_breakpoint arch_utrace_breakpoint

#include <asm-generic/utrace.h>

#endif /* _ASM_S390_UTRACE_H */
