/* SPDX-License-Identifier: GPL-2.0-only */
/* utrace on powerpc: see include/asm-generic/utrace.h for the contract */
#ifndef _ASM_POWERPC_UTRACE_H
#define _ASM_POWERPC_UTRACE_H

#include <linux/kconfig.h>
#include <uapi/linux/audit.h>

#define ARCH_UTRACE_AUDIT	(IS_ENABLED(CONFIG_CPU_LITTLE_ENDIAN) ? \
				 AUDIT_ARCH_PPC64LE : AUDIT_ARCH_PPC64)

#include <asm-generic/utrace.h>

#endif /* _ASM_POWERPC_UTRACE_H */
