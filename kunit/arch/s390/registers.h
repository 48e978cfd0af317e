/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Registers of test programs on s390; regset_payload.h of kunit/ says what each
 * macro does
 */
#ifndef _KUNIT_ARCH_REGISTERS_H
#define _KUNIT_ARCH_REGISTERS_H

#include <asm/fpu.h>

#define P_BASE(reg, offset)	"llilf " reg "," P_AT(offset) "\n"

#define P_STORE_REST(offset)						\
	P_BASE("%r13", offset) "stg %r14,8*16(%r13)\n"
#define P_LOAD_REGS(offset)						\
	P_BASE("%r14", offset)						\
	P_FOR(P_0_15, ".if \\i-14\n lg %r\\i,8*\\i+16(%r14)\n .endif\n") \
	"lg %r14,8*16(%r14)\n"
#define P_REG_PLACES							\
	{ "r%u", 0, 16, 16, 8 }

#define P_STORE_FPS(offset)						\
	P_BASE("%r14", offset)						\
	P_FOR(P_0_15, "std %f\\i,8*\\i(%r14)\n")			\
	"stfpc 128(%r14)\n stam %a0,%a15,136(%r14)\n"
#define P_LOAD_FPS(offset)						\
	P_BASE("%r14", offset)						\
	P_FOR(P_0_15, "ld %f\\i,8*\\i(%r14)\n")				\
	"lfpc 128(%r14)\n lam %a0,%a15,136(%r14)\n"
/* Access registers, too: they are nothing to compute with. */
#define P_FP_PLACES							\
	{ "f%u", 0, 16, 0, 8 },						\
	{ "fpc", .offset = 128, .value = 0x00880001 },			\
	{ "acr%u", 0, 16, 136, 4 }

/* In the form of the kernel's macros, which are in the way of the others. */
#define P_VX(insns)							\
	".machine push\n .machine z13\n" insns ".machine pop\n"
#define P_STORE_VECTORS(offset)						\
	P_VX(P_BASE("%r14", offset)					\
	     "VSTM %v0,%v15,0,%r14\n VSTM %v16,%v31,256,%r14\n")
#define P_LOAD_VECTORS(offset)						\
	P_VX(P_BASE("%r14", offset)					\
	     "VLM %v0,%v15,0,%r14\n VLM %v16,%v31,256,%r14\n")
#define P_VECTOR_PLACES							\
	{ "f%u", 0, 16, 0, 16, 8 },					\
	{ "v%ul", 0, 16, 8, 16, 8 },					\
	{ "v%u", 16, 16, 256, 16, 16 }
#define P_USE_VECTORS		""

static inline bool test_has_vectors(void)
{
	return cpu_has_vx();
}

/* No register has it. */
#define P_STORE_TLS(offset)	""

static inline bool test_has_tls(void)
{
	return false;
}

#define P_FORBIDDEN							\
	{ "pswm", .flip = 0x0001000000000000 }, /* problem state */	\
	{ "pswm", .flip = 0x80000000 } /* 64-bit, but not 31-bit */

#endif /* _KUNIT_ARCH_REGISTERS_H */
