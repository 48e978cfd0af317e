/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Registers of test programs on riscv; regset_payload.h of kunit/ says what each
 * macro does
 */
#ifndef _KUNIT_ARCH_REGISTERS_H
#define _KUNIT_ARCH_REGISTERS_H

#include <asm/vector.h>
#include <linux/prctl.h>

#define P_BASE(reg, offset)	"li " reg "," P_AT(offset) "\n"
#define P_WITH(ext, insns)						\
	".option push\n .option arch,+" ext "\n" insns ".option pop\n"

#define P_STORE_REST(offset)						\
	P_BASE("t5", offset) "sd t6,8*31(t5)\n"
#define P_LOAD_REGS(offset)						\
	P_BASE("t6", offset)						\
	P_FOR("1," P_2_30 ",31", "ld x\\i,8*\\i(t6)\n")
#define P_2_30		"2,3,4,5,6,7,8,9,10,11,12,13,14,15," P_16_28 ",29,30"
#define P_REG_PLACES							\
	{ "ra", .offset = 8 * 1 }, { "sp", .offset = 8 * 2 },		\
	{ "gp", .offset = 8 * 3 }, { "tp", .offset = 8 * 4 },		\
	{ "t%u", 0, 3, 8 * 5, 8 },					\
	{ "fp", .offset = 8 * 8 }, { "s1", .offset = 8 * 9 },		\
	{ "a%u", 0, 8, 8 * 10, 8 },					\
	{ "s%u", 2, 10, 8 * 18, 8 },					\
	{ "t%u", 3, 4, 8 * 28, 8 }

#define P_STORE_FPS(offset)						\
	P_WITH("d", P_BASE("t6", offset)				\
	       P_FOR(P_0_31, "fsd f\\i,8*\\i(t6)\n")			\
	       "frcsr t5\n sw t5,256(t6)\n")
#define P_LOAD_FPS(offset)						\
	P_WITH("d", P_BASE("t6", offset)				\
	       P_FOR(P_0_31, "fld f\\i,8*\\i(t6)\n")			\
	       "lw t5,256(t6)\n fscsr t5\n")
#define P_FP_PLACES							\
	{ "ft%u", 0, 8, 8 * 0, 8 }, { "fs%u", 0, 2, 8 * 8, 8 },		\
	{ "fa%u", 0, 8, 8 * 10, 8 }, { "fs%u", 2, 10, 8 * 18, 8 },	\
	{ "ft%u", 8, 4, 8 * 28, 8 },					\
	{ "fcsr", .offset = 256, .value = 0x63 }

/* Whole registers do not depend on vl and vtype; those are in front of them. */
#define P_VECTOR_NEXT		"add t6,t6,t5\n"
#define P_VECTOR_CSR(csr, i)						\
	"csrr t5," csr "\n sd t5,8*" #i "(t6)\n"
#define P_STORE_VECTORS(offset)						\
	P_WITH("v", P_BASE("t6", offset)				\
	       P_VECTOR_CSR("vstart", 0) P_VECTOR_CSR("vl", 1)		\
	       P_VECTOR_CSR("vtype", 2) P_VECTOR_CSR("vcsr", 3)		\
	       P_VECTOR_CSR("vlenb", 4)					\
	       "addi t6,t6,64\n csrr t5,vlenb\n slli t5,t5,3\n"		\
	       "vs8r.v v0,(t6)\n" P_VECTOR_NEXT				\
	       "vs8r.v v8,(t6)\n" P_VECTOR_NEXT				\
	       "vs8r.v v16,(t6)\n" P_VECTOR_NEXT "vs8r.v v24,(t6)\n")
#define P_LOAD_VECTORS(offset)						\
	P_WITH("v", P_BASE("t6", offset)				\
	       "ld t4,8(t6)\n ld t5,16(t6)\n vsetvl zero,t4,t5\n"	\
	       "ld t5,24(t6)\n csrw vcsr,t5\n"				\
	       "addi t6,t6,64\n csrr t5,vlenb\n slli t5,t5,3\n"		\
	       "vl8r.v v0,(t6)\n" P_VECTOR_NEXT				\
	       "vl8r.v v8,(t6)\n" P_VECTOR_NEXT				\
	       "vl8r.v v16,(t6)\n" P_VECTOR_NEXT "vl8r.v v24,(t6)\n")
/* 5 elements of 32 bits; other than at the beginning. */
#define P_VECTOR_PLACES							\
	{ "vl", .offset = 8, .value = 5 },				\
	{ "vtype", .offset = 16, .value = 0xd0 },			\
	{ "vcsr", .offset = 24, .value = 0x5 },				\
	{ "v%u", 0, 32, 64 }
/* PR_RISCV_V_SET_CONTROL, PR_RISCV_V_VSTATE_CTRL_ON */
#define P_USE_VECTORS							\
	P_ARG(0, 69) P_ARG(1, 2) P_CALL(__NR_prctl)			\
	P_WITH("v", "vsetvli t0,zero,e8,m8,ta,ma\n")

static_assert(PR_RISCV_V_SET_CONTROL == 69 && PR_RISCV_V_VSTATE_CTRL_ON == 2);

static inline bool test_has_vectors(void)
{
	return has_vector();
}

#define P_STORE_TLS(offset)						\
	P_BASE("t6", offset) "sd tp,0(t6)\n"

static inline bool test_has_tls(void)
{
	return true;
}

#define P_FORBIDDEN							\
	{ "zero", .value = 1 }

#endif /* _KUNIT_ARCH_REGISTERS_H */
