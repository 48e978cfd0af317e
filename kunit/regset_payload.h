/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Instructions for programs that tell what is in their registers, and that fill
 * them, on each architecture
 *
 * @offset is from P_DATA, a multiple of 64.  A P_STORE_ leaves the registers that
 * it is about as they are, until it has stored them; a P_LOAD_ begins with those
 * that it needs itself, as far as that is possible.  Where which register is, in
 * what is stored and what is loaded, is in the P_..._PLACES.
 *
 * P_STORE_REST(offset): the general registers that P_STORE_REGS does not store,
 *	because it needs them, at P_DATA + offset as if they were at P_REGS
 * P_LOAD_REGS(offset): all general registers, but for the pc.  What follows may
 *	use none
 * P_REG_PLACES: their places, at P_REGS
 * P_STORE_FPS(offset), P_LOAD_FPS(offset): what every program has beyond general
 *	registers: floating point, and control registers of that.  They change
 *	general registers
 * P_FP_PLACES: their places
 * P_STORE_VECTORS(offset), P_LOAD_VECTORS(offset), P_VECTOR_PLACES: the same of
 *	the vector registers, if test_has_vectors(); they do not fit P_DATA + 4096
 * P_STORE_OTHERS(offset), P_LOAD_OTHERS(offset), P_OTHER_PLACES: the same of what
 *	else a program can see itself, if test_has_others()
 * P_USE_VECTORS, P_USE_OTHERS: must be executed first, and may make system calls
 * P_STORE_TLS(offset): the thread pointer, 64 bits, if test_has_tls()
 */
#ifndef _KUNIT_REGSET_PAYLOAD_H
#define _KUNIT_REGSET_PAYLOAD_H

#include "utrace_payload.h"

/* For .irp, which calls the number \i then. */
#define P_0_7		"0,1,2,3,4,5,6,7"
#define P_0_15		P_0_7 ",8,9,10,11,12,13,14,15"
#define P_16_28		"16,17,18,19,20,21,22,23,24,25,26,27,28"
#define P_0_29		P_0_15 "," P_16_28 ",29"
#define P_0_30		P_0_29 ",30"
#define P_0_31		P_0_30 ",31"
#define P_FOR(list, insns)	".irp i," list "\n" insns ".endr\n"

#define P_AT(offset)	"(" __stringify(P_DATA) "+" __stringify(offset) ")"

/**
 * struct regset_place - where a program stores registers, and loads them from
 * @name: of the register; with %u for @nr of them, from @first on.  NULL: bytes
 *	that are no register
 * @twin: the register that the machine may have in its place, and that begins with
 *	it
 * @first: see @name
 * @nr: see @name; 0 is 1
 * @offset: of the first one; REGSET_PLACE_NEXT: after the place before it
 * @stride: from one to the next; 0: the size of the register
 * @bytes: of each; 0: the size of the register.  If that is another: a number
 * @value: which one to try, 0: any
 * @mask: bits that count, 0: all
 */
struct regset_place {
	const char *name;
	unsigned int first;
	unsigned int nr;
	unsigned int offset;
	unsigned int stride;
	unsigned int bytes;
	u64 value;
	u64 mask;
	const char *twin;
};

#define REGSET_PLACE_NEXT	0xffff

#if defined(CONFIG_X86_64)

#include <asm/cpufeature.h>

/* The stack is needed for the flags only. */
#define P_STORE_REST(offset)						\
	P_STACK "pushfq\n pop %rax\n"					\
	"mov %rax," P_AT(offset) "+8*18\n"
#define P_LOAD_REG(reg, i, offset)					\
	"mov " P_AT(offset) "+8*" #i "," reg "\n"
#define P_LOAD_REGS(offset)						\
	P_STACK "pushq " P_AT(offset) "+8*18\n popfq\n"			\
	P_LOAD_REG("%r15", 0, offset) P_LOAD_REG("%r14", 1, offset)	\
	P_LOAD_REG("%r13", 2, offset) P_LOAD_REG("%r12", 3, offset)	\
	P_LOAD_REG("%rbp", 4, offset) P_LOAD_REG("%rbx", 5, offset)	\
	P_LOAD_REG("%r11", 6, offset) P_LOAD_REG("%r10", 7, offset)	\
	P_LOAD_REG("%r9", 8, offset) P_LOAD_REG("%r8", 9, offset)	\
	P_LOAD_REG("%rax", 10, offset) P_LOAD_REG("%rcx", 11, offset)	\
	P_LOAD_REG("%rdx", 12, offset) P_LOAD_REG("%rsi", 13, offset)	\
	P_LOAD_REG("%rdi", 14, offset) P_LOAD_REG("%rsp", 19, offset)
#define P_REG_PLACES							\
	{ "r15", .offset = 0 }, { "r14", .offset = 8 },			\
	{ "r13", .offset = 16 }, { "r12", .offset = 24 },		\
	{ "rbp", .offset = 32 }, { "rbx", .offset = 40 },		\
	{ "r11", .offset = 48 }, { "r10", .offset = 56 },		\
	{ "r9", .offset = 64 }, { "r8", .offset = 72 },			\
	{ "rax", .offset = 80 }, { "rcx", .offset = 88 },		\
	{ "rdx", .offset = 96 }, { "rsi", .offset = 104 },		\
	{ "rdi", .offset = 112 }, { "rsp", .offset = 152 },		\
	/* CF, PF, AF, ZF, SF, OF; what is always set, and interrupts */ \
	{ "eflags", .offset = 144, .bytes = 8, .value = 0xad7, .mask = 0x8d5 }

#define P_STORE_FPS(offset)	"fxsave64 " P_AT(offset) "\n"
#define P_LOAD_FPS(offset)	"fxrstor64 " P_AT(offset) "\n"
#define P_FP_PLACES							\
	{ "fctrl", .offset = 0, .bytes = 2, .value = 0xc7f },		\
	{ "fstat", .offset = 2, .bytes = 2, .value = 0x2800 },		\
	{ NULL, .offset = 4, .bytes = 1, .value = 0xff }, /* none empty */ \
	{ "mxcsr", .offset = 24, .bytes = 4, .value = 0x1fa1 },		\
	{ "st%u", 0, 8, 32, 16, 10 },					\
	{ "xmm%u", 0, 16, 160, 16, 16 }

#define P_USE_VECTORS		""
#define P_STORE_VECTORS(offset)						\
	P_FOR(P_0_15, "vmovdqu %ymm\\i," P_AT(offset) "+32*\\i\n")
#define P_LOAD_VECTORS(offset)						\
	P_FOR(P_0_15, "vmovdqu " P_AT(offset) "+32*\\i,%ymm\\i\n")
#define P_VECTOR_PLACES							\
	{ "xmm%u", 0, 16, 0, 32, 16 },					\
	{ "ymm%uh", 0, 16, 16, 32, 16 }

static inline bool test_has_vectors(void)
{
	return boot_cpu_has(X86_FEATURE_AVX);
}

/* Segments that can be read, and the keys of memory protection; key 0, that of all memory, stays open. */
#define P_USE_OTHERS		""
#define P_STORE_OTHERS(offset)						\
	"rdfsbase %rax\n mov %rax," P_AT(offset) "\n"			\
	"rdgsbase %rax\n mov %rax," P_AT(offset) "+8\n"			\
	"xor %ecx,%ecx\n rdpkru\n mov %eax," P_AT(offset) "+16\n"	\
	"mov %ds,%eax\n mov %eax," P_AT(offset) "+20\n"			\
	"mov %es,%eax\n mov %eax," P_AT(offset) "+24\n"
#define P_LOAD_OTHERS(offset)						\
	"mov " P_AT(offset) ",%rax\n wrfsbase %rax\n"			\
	"mov " P_AT(offset) "+8,%rax\n wrgsbase %rax\n"			\
	"mov " P_AT(offset) "+16,%eax\n"				\
	"xor %ecx,%ecx\n xor %edx,%edx\n wrpkru\n"			\
	"mov " P_AT(offset) "+20,%eax\n mov %eax,%ds\n"			\
	"mov " P_AT(offset) "+24,%eax\n mov %eax,%es\n"
#define P_OTHER_PLACES							\
	{ "fs_base", .offset = 0, .value = 0x7f1234561000 },		\
	{ "gs_base", .offset = 8, .value = 0x7f1234562000 },		\
	{ "pkru", .offset = 16, .value = 0x12345670 },			\
	{ "ds", .offset = 20, .bytes = 4, .value = __USER_DS },		\
	{ "es", .offset = 24, .bytes = 4, .value = __USER32_CS }

static inline bool test_has_others(void)
{
	return boot_cpu_has(X86_FEATURE_FSGSBASE) && boot_cpu_has(X86_FEATURE_OSPKE);
}

#define P_STORE_TLS(offset)	"rdfsbase %rax\n mov %rax," P_AT(offset) "\n"

static inline bool test_has_tls(void)
{
	return boot_cpu_has(X86_FEATURE_FSGSBASE);
}

#elif defined(CONFIG_ARM64)

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

#elif defined(CONFIG_RISCV)

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

#elif defined(CONFIG_PPC64)

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

#elif defined(CONFIG_S390)

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

#endif

#endif /* _KUNIT_REGSET_PAYLOAD_H */
