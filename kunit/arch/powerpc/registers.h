/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Registers of test programs on powerpc; regset_payload.h of kunit/ says what each
 * macro does
 */
#ifndef _KUNIT_ARCH_REGISTERS_H
#define _KUNIT_ARCH_REGISTERS_H

#include <asm/cpu_has_feature.h>

#define P_BASE(reg, offset)						\
	"lis " reg "," P_AT(offset) ">>16\n"				\
	"ori " reg "," reg "," P_AT(offset) "&0xffff\n"

#define P_STORE_REST(offset)						\
	P_BASE("30", offset)						\
	"std 31,8*31(30)\n"						\
	"mfxer 0\n std 0,8*37(30)\n mfcr 0\n std 0,8*38(30)\n"
#define P_LOAD_REGS(offset)						\
	P_BASE("31", offset)						\
	"ld 0,8*35(31)\n mtctr 0\n ld 0,8*36(31)\n mtlr 0\n"		\
	"ld 0,8*37(31)\n mtxer 0\n ld 0,8*38(31)\n mtcr 0\n"		\
	P_FOR(P_0_31, "ld \\i,8*\\i(31)\n")
#define P_REG_PLACES							\
	{ "r%u", 0, 32, 0, 8 },						\
	{ "ctr", .offset = 8 * 35 }, { "lr", .offset = 8 * 36 },	\
	{ "xer", .offset = 8 * 37, .bytes = 8, .value = 0xa0000025 },	\
	{ "cr", .offset = 8 * 38, .bytes = 8, .value = 0x12345678 }

#define P_STORE_FPS(offset)						\
	P_BASE("31", offset)						\
	P_FOR(P_0_31, "stfd \\i,8*\\i(31)\n")				\
	"mffs 0\n stfd 0,256(31)\n"
#define P_LOAD_FPS(offset)						\
	P_BASE("31", offset)						\
	"lfd 0,256(31)\n mtfsf 255,0\n"					\
	P_FOR(P_0_31, "lfd \\i,8*\\i(31)\n")
#define P_FP_PLACES							\
	{ "f%u", 0, 32, 0, 8 },						\
	{ "fpscr", .offset = 256, .value = 0x3 }

/*
 * DSCR is a thread's own only after the thread has written to it, and the facility
 * that makes it so wants it to be done once; TAR is always there.
 */
#define P_USE_OTHERS		"li 3,0\n mtspr 3,3\n"
#define P_STORE_OTHERS(offset)						\
	P_BASE("31", offset)						\
	"mfspr 3,3\n std 3,0(31)\n mfspr 3,815\n std 3,8(31)\n"
#define P_LOAD_OTHERS(offset)						\
	P_BASE("31", offset)						\
	"ld 3,0(31)\n mtspr 3,3\n ld 3,8(31)\n mtspr 815,3\n"
#define P_OTHER_PLACES							\
	{ "dscr", .offset = 0, .value = 0x12 },				\
	{ "tar", .offset = 8, .value = 0x7f1234563000 }

static inline bool test_has_others(void)
{
	return cpu_has_feature(CPU_FTR_DSCR) && cpu_has_feature(CPU_FTR_ARCH_207S);
}

/* vr in 512 bytes; vs0 to 31, f first, in 512; vscr, vrsave */
#define P_VSX(insns)							\
	".machine push\n .machine power8\n" insns ".machine pop\n"
#define P_STORE_VECTORS(offset)						\
	P_VSX(P_BASE("31", offset)					\
	      P_FOR(P_0_31, "li 30,16*\\i\n stvx \\i,31,30\n")		\
	      P_FOR(P_0_31, "li 30,512+16*\\i\n stxvd2x \\i,31,30\n")	\
	      "mfvscr 0\n li 30,1024\n stvx 0,31,30\n"			\
	      "mfspr 30,256\n stw 30,1040(31)\n")
#define P_LOAD_VECTORS(offset)						\
	P_VSX(P_BASE("31", offset)					\
	      "li 30,1024\n lvx 0,31,30\n mtvscr 0\n"			\
	      "lwz 30,1040(31)\n mtspr 256,30\n"			\
	      P_FOR(P_0_31, "li 30,16*\\i\n lvx \\i,31,30\n")		\
	      P_FOR(P_0_31, "li 30,512+16*\\i\n lxvd2x \\i,31,30\n"))
#define P_VECTOR_PLACES							\
	{ "vr%u", 0, 32, 0, 16, 16 },					\
	{ "f%u", 0, 32, 512, 16, 8 },					\
	{ "vs%uh", 0, 32, 520, 16, 8 },					\
	{ "vscr", .value = 0x10001, .bytes = 4, .offset =		\
	  IS_ENABLED(CONFIG_CPU_BIG_ENDIAN) ? 1036 : 1024 },		\
	{ "vrsave", .offset = 1040, .bytes = 4 }
#define P_USE_VECTORS		""

static inline bool test_has_vectors(void)
{
	return cpu_has_feature(CPU_FTR_VSX);
}

#define P_STORE_TLS(offset)						\
	P_BASE("31", offset) "std 13,0(31)\n"

static inline bool test_has_tls(void)
{
	return true;
}

#define P_FORBIDDEN							\
	{ "msr", .flip = 0x4000 }, /* PR; ignored */			\
	{ "trap", .flip = 1 } /* not a place of interrupts; ignored */

#endif /* _KUNIT_ARCH_REGISTERS_H */
