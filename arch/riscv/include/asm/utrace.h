/* SPDX-License-Identifier: GPL-2.0-only */
/* utrace on riscv: see include/asm-generic/utrace.h for the contract */
#ifndef _ASM_RISCV_UTRACE_H
#define _ASM_RISCV_UTRACE_H

#include <uapi/linux/audit.h>

#define ARCH_UTRACE_AUDIT	AUDIT_ARCH_RISCV64

#include <asm-generic/utrace.h>

#endif /* _ASM_RISCV_UTRACE_H */
