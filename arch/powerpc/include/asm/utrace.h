/* SPDX-License-Identifier: GPL-2.0-only */
/* utrace on powerpc: see include/asm-generic/utrace.h for the contract */
#ifndef _ASM_POWERPC_UTRACE_H
#define _ASM_POWERPC_UTRACE_H

#include <linux/kconfig.h>
#include <linux/err.h>
#include <uapi/linux/audit.h>
#include <linux/sched.h>
#include <asm/ptrace.h>

#define ARCH_UTRACE_AUDIT	(IS_ENABLED(CONFIG_CPU_LITTLE_ENDIAN) ? \
				 AUDIT_ARCH_PPC64LE : AUDIT_ARCH_PPC64)

/*
 * The exit path has already made a positive errno and CR0.SO of an error, which
 * sc returns; scv returns -errno.
 */
static inline void arch_utrace_set_exit_result(struct task_struct *task,
					       struct pt_regs *regs, long result)
{
	bool error = IS_ERR_VALUE(result);

	if (trap_is_scv(regs)) {
		regs->gpr[3] = result;
	} else if (error) {
		regs->gpr[3] = -result;
		regs->ccr |= 0x10000000;
	} else {
		regs->gpr[3] = result;
		regs->ccr &= ~0x10000000UL;
	}
}
#define arch_utrace_set_exit_result arch_utrace_set_exit_result

static inline void arch_utrace_set_nr(struct pt_regs *regs, long nr)
{
	regs->gpr[0] = nr;
}

static inline void arch_utrace_set_args(struct task_struct *task,
					struct pt_regs *regs,
					const unsigned long args[6])
{
	bool narrow = test_tsk_thread_flag(task, TIF_32BIT);
	int i;

	for (i = 0; i < 6; i++)
		regs->gpr[3 + i] = narrow ? (u32)args[i] : args[i];
	regs->orig_gpr3 = regs->gpr[3];
}

#include <asm-generic/utrace.h>

#endif /* _ASM_POWERPC_UTRACE_H */
