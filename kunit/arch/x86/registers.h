/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Registers of test programs on x86_64; regset_payload.h of kunit/ says what each
 * macro does
 */
#ifndef _KUNIT_ARCH_REGISTERS_H
#define _KUNIT_ARCH_REGISTERS_H

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

#define P_FORBIDDEN							\
	{ "cs", .value = 0 },						\
	{ "ss", .value = 8 }, /* of the kernel */			\
	{ "mxcsr", .value = 0xffff0000 },				\
	{ "eflags", .flip = 0x3000 }, /* IOPL; ignored */		\
	{ "fs_base", .value = -1UL }

#define P_X87			1

#endif /* _KUNIT_ARCH_REGISTERS_H */
