/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Registers of test programs on arm64; regset_payload.h of kunit/ says what each
 * macro does
 */
#ifndef _KUNIT_ARCH_REGISTERS_H
#define _KUNIT_ARCH_REGISTERS_H

#include <asm/cpufeature.h>

#define P_BASE(reg, offset)						\
	"movz " reg ",#(" P_AT(offset) ">>16),lsl #16\n"		\
	"movk " reg ",#(" P_AT(offset) "&0xffff)\n"

#define P_STORE_REST(offset)						\
	P_BASE("x0", offset)						\
	"str x30,[x0,#8*30]\n"						\
	"mov x1,sp\n str x1,[x0,#8*31]\n"				\
	"mrs x1,nzcv\n str x1,[x0,#8*33]\n"
#define P_LOAD_REGS(offset)						\
	P_BASE("x30", offset)						\
	"ldr x0,[x30,#8*31]\n mov sp,x0\n"				\
	"ldr x0,[x30,#8*33]\n msr nzcv,x0\n"				\
	P_FOR(P_0_30, "ldr x\\i,[x30,#8*\\i]\n")
#define P_REG_PLACES							\
	{ "x%u", 0, 31, 0, 8 },						\
	{ "sp", .offset = 8 * 31 },					\
	{ "cpsr", .offset = 8 * 33, .bytes = 8, .value = 0x60000000,	\
	  .mask = 0xf0000000 }

#define P_STORE_FPS(offset)						\
	P_BASE("x30", offset)						\
	P_FOR(P_0_31, "str q\\i,[x30,#16*\\i]\n")			\
	"mrs x29,fpsr\n str w29,[x30,#512]\n"				\
	"mrs x29,fpcr\n str w29,[x30,#516]\n"
#define P_LOAD_FPS(offset)						\
	P_BASE("x30", offset)						\
	P_FOR(P_0_31, "ldr q\\i,[x30,#16*\\i]\n")			\
	"ldr w29,[x30,#512]\n msr fpsr,x29\n"				\
	"ldr w29,[x30,#516]\n msr fpcr,x29\n"
/* With SVE, v is the beginning of z. */
#define P_FP_PLACES							\
	{ "v%u", 0, 32, 0, 16, 16, .twin = "z%u" },			\
	{ "fpsr", .offset = 512, .value = 0x0800009f },			\
	{ "fpcr", .offset = 516, .value = 0x03000000 }

/* p begins where z ends. */
#define P_SVE(insns)							\
	".arch_extension sve\n" insns ".arch_extension nosve\n"
#define P_SVE_BASE(offset)						\
	P_BASE("x30", offset)						\
	"addvl x29,x30,#16\n addvl x29,x29,#16\n"
#define P_USE_VECTORS		""
#define P_STORE_VECTORS(offset)						\
	P_SVE(P_SVE_BASE(offset)					\
	      P_FOR(P_0_31, "str z\\i,[x30,#\\i,mul vl]\n")		\
	      P_FOR(P_0_15, "str p\\i,[x29,#\\i,mul vl]\n")		\
	      "rdffr p0.b\n str p0,[x29,#16,mul vl]\n")
#define P_LOAD_VECTORS(offset)						\
	P_SVE(P_SVE_BASE(offset)					\
	      "ldr p0,[x29,#16,mul vl]\n wrffr p0.b\n"			\
	      P_FOR(P_0_31, "ldr z\\i,[x30,#\\i,mul vl]\n")		\
	      P_FOR(P_0_15, "ldr p\\i,[x29,#\\i,mul vl]\n"))
/* The bits of ffr are set up to some place. */
#define P_VECTOR_PLACES							\
	{ "z%u", 0, 32 },						\
	{ "p%u", 0, 16, REGSET_PLACE_NEXT },				\
	{ "ffr", 0, 1, REGSET_PLACE_NEXT, .value = 0x7ff }

static inline bool test_has_vectors(void)
{
	return system_supports_sve();
}

#define P_STORE_TLS(offset)						\
	P_BASE("x0", offset) "mrs x1,tpidr_el0\n str x1,[x0]\n"

static inline bool test_has_tls(void)
{
	return true;
}

#define P_FORBIDDEN							\
	{ "cpsr", .flip = 0x4 }, /* EL1 */				\
	{ "cpsr", .flip = 0x100000 } /* IL; ignored */

#endif /* _KUNIT_ARCH_REGISTERS_H */
