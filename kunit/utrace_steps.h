/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * RISC-V payloads of which it is known where each step begins
 */
#ifndef _KUNIT_UTRACE_STEPS_H
#define _KUNIT_UTRACE_STEPS_H

#include "utrace_payload.h"

/* One step, which begins here. */
#define I(insn)								\
	"775: " insn "\n"						\
	".pushsection .rodata.steps,\"a\"\n"				\
	".2byte 775b-779b\n"						\
	".popsection\n"
/* Nothing ever comes here. */
#define NEVER	".4byte 0\n"
/* steps_of_@name: where the steps of a payload begin */
#define STEPS_BEGIN(name)						\
	".pushsection .rodata.steps,\"a\"\n"				\
	".balign 8\n"							\
	"steps_of_" #name ":\n"						\
	".popsection\n"							\
	".option push\n"						\
	".option norelax\n"						\
	".option arch, +d\n"						\
	".option norvc\n"
#define STEPS_END(name)							\
	I("li a0,0")							\
	I("li a7," __stringify(__NR_exit_group))			\
	I("ecall")							\
	"99: " NEVER							\
	".option pop\n"							\
	".pushsection .rodata.steps,\"a\"\n"				\
	"steps_of_" #name "_end:\n"					\
	".popsection\n"
#define STEPS(name, code)						\
	LOCAL_PAYLOAD(name, STEPS_BEGIN(name) code STEPS_END(name));	\
	extern const u16 steps_of_##name[], steps_of_##name##_end[]
#define RVC	".option rvc\n"
#define NORVC	".option norvc\n"
/* Of 64-bit registers, at P_DATA + 8 * n. */
#define RESULT(reg, n)	I("sd " reg ",8*" #n "(s0)")
#define DATA		I("lui s0," __stringify(P_DATA) ">>12")

#endif /* _KUNIT_UTRACE_STEPS_H */
