/* SPDX-License-Identifier: GPL-2.0-only */
/* utrace on arm64: see include/asm-generic/utrace.h for the contract */
#ifndef _ASM_ARM64_UTRACE_H
#define _ASM_ARM64_UTRACE_H

#include <uapi/linux/audit.h>
#include <linux/compat.h>
#include <asm/ptrace.h>

#define ARCH_UTRACE_AUDIT	AUDIT_ARCH_AARCH64

static inline void arch_utrace_set_nr(struct pt_regs *regs, long nr)
{
	regs->syscallno = nr;
}

static inline void arch_utrace_set_args(struct task_struct *task,
					struct pt_regs *regs,
					const unsigned long args[6])
{
	bool narrow = is_compat_thread(task_thread_info(task));
	int i;

	for (i = 0; i < 6; i++)
		regs->regs[i] = narrow ? (u32)args[i] : args[i];
	regs->orig_x0 = regs->regs[0];
}

#include <asm-generic/utrace.h>

#endif /* _ASM_ARM64_UTRACE_H */
