/* SPDX-License-Identifier: GPL-2.0-only */
/* utrace on riscv: see include/asm-generic/utrace.h for the contract */
#ifndef _ASM_RISCV_UTRACE_H
#define _ASM_RISCV_UTRACE_H

#include <linux/sched.h>
#include <uapi/linux/audit.h>
#include <asm/ptrace.h>
#include <asm/syscall.h>

#define ARCH_UTRACE_AUDIT	AUDIT_ARCH_RISCV64

/* The result is in its place already: change what the call returns. */
static inline void arch_utrace_set_exit_result(struct pt_regs *regs, long result)
{
	syscall_set_return_value(current, regs, 0, result);
}

#include <asm-generic/utrace.h>

#endif /* _ASM_RISCV_UTRACE_H */
