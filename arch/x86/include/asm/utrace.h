/* SPDX-License-Identifier: GPL-2.0-only */
/* utrace on x86: see include/asm-generic/utrace.h for the contract */
#ifndef _ASM_X86_UTRACE_H
#define _ASM_X86_UTRACE_H

#include <uapi/linux/audit.h>
#include <asm/ptrace.h>
#include <asm/syscall.h>

#define ARCH_UTRACE_AUDIT	AUDIT_ARCH_X86_64

static inline void arch_utrace_set_nr(struct pt_regs *regs, long nr)
{
	regs->orig_ax = nr;
}

static inline void arch_utrace_set_args(struct task_struct *task,
					struct pt_regs *regs,
					const unsigned long args[6])
{
	if (syscall_get_arch(task) == AUDIT_ARCH_I386) {
		regs->bx = (u32)args[0];
		regs->cx = (u32)args[1];
		regs->dx = (u32)args[2];
		regs->si = (u32)args[3];
		regs->di = (u32)args[4];
		regs->bp = (u32)args[5];
		return;
	}
	regs->di = args[0];
	regs->si = args[1];
	regs->dx = args[2];
	regs->r10 = args[3];
	regs->r8 = args[4];
	regs->r9 = args[5];
}

#include <asm-generic/utrace.h>

#endif /* _ASM_X86_UTRACE_H */
