/* SPDX-License-Identifier: GPL-2.0-only */
/* utrace on riscv: see include/asm-generic/utrace.h for the contract */
#ifndef _ASM_RISCV_UTRACE_H
#define _ASM_RISCV_UTRACE_H

#include <linux/errno.h>
#include <linux/nospec.h>
#include <linux/sched.h>
#include <linux/uaccess.h>
#include <linux/uprobes.h>
#include <uapi/linux/audit.h>
#include <asm/csr.h>
#include <asm/ptrace.h>
#include <asm/syscall.h>
#include <asm/unistd.h>

#define ARCH_UTRACE_AUDIT	AUDIT_ARCH_RISCV64
#define ARCH_UTRACE_AUDIT_COMPAT (IS_ENABLED(CONFIG_COMPAT) ? AUDIT_ARCH_RISCV32 : 0)

/* User space's own, of which the kernel otherwise leaves everything as it is. */
static inline void arch_utrace_set_nr(struct pt_regs *regs, long nr)
{
	regs->a7 = nr;
}

/* a0 has the result already. */
static inline void arch_utrace_set_args(struct task_struct *task,
					struct pt_regs *regs,
					const unsigned long args[6])
{
	regs->orig_a0 = args[0];
	regs->a1 = args[1];
	regs->a2 = args[2];
	regs->a3 = args[3];
	regs->a4 = args[4];
	regs->a5 = args[5];
}

/*
 * arch_do_signal_or_restart() has gone back already, and makes sure that the pc is still
 * there.
 */
static inline void arch_utrace_forget_call(struct task_struct *task,
					   struct pt_regs *regs, bool interrupted)
{
	if (interrupted)
		regs->cause = -1UL;
}

/* syscall_get_nr() is a7, whatever the thread has entered the kernel for. */
static inline long arch_utrace_call_nr(struct task_struct *task, struct pt_regs *regs)
{
	return regs->cause == EXC_SYSCALL ? (long)regs->a7 : -1;
}
#define arch_utrace_call_nr arch_utrace_call_nr

#define arch_utrace_fp(regs)	((regs)->s0)

static inline bool arch_utrace_is_compat(struct task_struct *task)
{
	return test_tsk_thread_flag(task, TIF_32BIT);
}

static inline unsigned long arch_utrace_begin_call(struct pt_regs *regs)
{
	regs->cause = EXC_SYSCALL;
	regs->a0 = -ENOSYS;
	return 0;
}

static inline long arch_utrace_make_call(struct pt_regs *regs, unsigned int nr)
{
	if (nr >= NR_syscalls)
		return -ENOSYS;
	syscall_handler(regs, array_index_nospec(nr, NR_syscalls));
	return regs->a0;
}

/*
 * The status says whether the registers of floating point and vectors are newer than
 * what is saved of them.  The kernel saves them, and may use vectors itself, in a call.
 */
static inline void arch_utrace_end_call(struct pt_regs *regs, const struct pt_regs *saved,
					unsigned long state)
{
	unsigned long status = regs->status;

	*regs = *saved;
	regs->status = status;
}

static inline unsigned int arch_utrace_insn_length(struct pt_regs *regs,
						   bool *in_parts)
{
	__le16 half;

	if (get_user(half, (__le16 __user *)instruction_pointer(regs)))
		return 0;
	/* Longer ones are reserved. */
	return (le16_to_cpu(half) & 3) == 3 ? 4 : 2;
}
#define arch_utrace_insn_length arch_utrace_insn_length

#ifdef CONFIG_UPROBES
static inline unsigned int
arch_utrace_uprobe_length(const struct arch_uprobe *auprobe, struct pt_regs *regs,
			  bool *in_parts)
{
	return auprobe->insn_size;
}
#define arch_utrace_uprobe_length arch_utrace_uprobe_length
#endif

#include <asm-generic/utrace.h>

#endif /* _ASM_RISCV_UTRACE_H */
