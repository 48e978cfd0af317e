/* SPDX-License-Identifier: GPL-2.0-only */
/* utrace on riscv: see include/asm-generic/utrace.h for the contract */
#ifndef _ASM_RISCV_UTRACE_H
#define _ASM_RISCV_UTRACE_H

#include <uapi/linux/audit.h>

#define ARCH_UTRACE_AUDIT	AUDIT_ARCH_RISCV64

#include <asm/ptrace.h>

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

#include <asm-generic/utrace.h>

#endif /* _ASM_RISCV_UTRACE_H */
