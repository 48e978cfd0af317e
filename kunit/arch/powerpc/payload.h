/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Instructions of test programs on powerpc; utrace_payload.h says what each does
 */
#ifndef _KUNIT_ARCH_PAYLOAD_H
#define _KUNIT_ARCH_PAYLOAD_H

#define P_REG0	"3"
#define P_REG1	"4"
#define P_REG2	"5"
#define P_REG3	"6"
#define P_REG4	"7"
#define P_REG5	"8"
#define P_ARG(n, value)							\
	"lis " P_REG##n ",(" __stringify(value) ")>>16\n"		\
	"ori " P_REG##n "," P_REG##n ",(" __stringify(value) ")&0xffff\n"
#define P_CALL(nr)		"li 0," __stringify(nr) "\n sc\n"
#define P_JUMP(label)		"b " #label "\n"
#define P_JUMP_IF_0(label)	"cmpdi 3,0\n beq " #label "\n"
#define P_ARG_ADDR(n, label)						\
	"bcl 20,31,770f\n"						\
	"770: mflr " P_REG##n "\n"					\
	"addi " P_REG##n "," P_REG##n "," #label "-770b\n"
/* An error is positive, and the flag tells that it is one. */
#define P_ALT_ARG		P_ARG
#define P_ALT_CALL(nr)							\
	"li 0," __stringify(nr) "\n"					\
	".machine push\n .machine power9\n scv 0\n .machine pop\n"
#define P_ALT_STORE_RESULT(offset)	P_STORE("3", offset)
#define P_ALT_STORE_ARG		P_STORE_ARG
#define P_ALT_NAME		"scv"
#define P_ALT_NARROW		0
#define P_ALT_ARCH		ARCH_UTRACE_AUDIT
#define P_ALT_NR(name)		__NR_##name

static inline bool test_has_alt_call(void)
{
	return cpu_has_feature(CPU_FTR_ARCH_300);
}

#define P_ARG_RESULT		"bns 771f\n neg 3,3\n 771:\n"
#define P_COUNT(offset)							\
	"lis 9," __stringify(P_DATA) ">>16\n"				\
	"ld 10," __stringify(offset) "(9)\n"				\
	"addi 10,10,1\n"						\
	"std 10," __stringify(offset) "(9)\n"
#define P_STORE(reg, offset)						\
	"lis 9," __stringify(P_DATA) ">>16\n"				\
	"std " reg "," __stringify(offset) "(9)\n"
#define P_STORE_RESULT(offset)	P_ARG_RESULT P_STORE("3", offset)
#define P_STORE_ARG(n, offset)	P_STORE(P_REG##n, offset)
#define P_STORE_NR(offset)
#define P_NR_IS_KEPT		0
/* r31 is in the way; the last ones are ctr, the link register and xer. */
#define P_STORE_REG(i)		"std " #i "," P_REG_OFFSET(i) "(31)\n"
#define P_STORE_REGS							\
	"lis 31," __stringify(P_DATA) ">>16\n"				\
	P_STORE_REG(0) P_STORE_REG(1) P_STORE_REG(2) P_STORE_REG(3)		\
	P_STORE_REG(4) P_STORE_REG(5) P_STORE_REG(6) P_STORE_REG(7)		\
	P_STORE_REG(8) P_STORE_REG(9) P_STORE_REG(10) P_STORE_REG(11)		\
	P_STORE_REG(12) P_STORE_REG(13) P_STORE_REG(14) P_STORE_REG(15)		\
	P_STORE_REG(16) P_STORE_REG(17) P_STORE_REG(18) P_STORE_REG(19)		\
	P_STORE_REG(20) P_STORE_REG(21) P_STORE_REG(22) P_STORE_REG(23)		\
	P_STORE_REG(24) P_STORE_REG(25) P_STORE_REG(26) P_STORE_REG(27)		\
	P_STORE_REG(28) P_STORE_REG(29) P_STORE_REG(30)		\
	"mfctr 0\n std 0," P_REG_OFFSET(35) "(31)\n"			\
	"mflr 0\n std 0," P_REG_OFFSET(36) "(31)\n"
#define P_REGS_STORED		(0x7fffffff | BIT(35) | BIT(36))
#define P_REG_RESULT		3
#define P_REG_NR		0
#define P_STORE_FP(n, offset)						\
	"lis 31," __stringify(P_DATA) ">>16\n"				\
	"stfd " #n "," __stringify(offset) "(31)\n"
#define P_LAST_FP		31
#define P_STORE_LAST_FP(offset)	P_STORE_FP(31, offset)
#define P_FP_OFFSET		0
#define P_FP_SIZE		8
#define P_NOP			"nop\n"
#define P_NOP_SIZE		4
#define P_SET_NR_SIZE		4
#define P_SYSCALL_SIZE		4
#define P_LOOP_SET(n)		"li 11," __stringify(n) "\n mtctr 11\n"
#define P_LOOP(label)		"bdnz " #label "\n"
#define P_STACK			""
#define P_GOSUB(label)		"bl " #label "\n"
#define P_RETURN		"blr\n"
#define P_FAULT								\
	"li 9," __stringify(P_BAD_ADDR) "\n std 9,0(9)\n"
#define P_TRAP			"trap\n"
#define P_TRAP_2		"tdeq 1,1\n"
#define P_TRAP_BEHIND		0
/* The frame has a caller's frame before it, which the handler may use. */
#define P_SIGRETURN		"addi 1,1,128\n" P_CALL(__NR_rt_sigreturn)
/* ELFv2: e_entry is code, not a descriptor. */
#define P_ELF_FLAGS		2
#define P_ACTION(handler, flags)					\
	".quad " handler ",(" __stringify(flags) "),0,0\n"

static inline void test_set_arg0(struct pt_regs *regs, unsigned long value)
{
	regs->gpr[3] = value;
	regs->orig_gpr3 = value;
}

/* The vDSO calls it, so that its return is predicted right. */
#define P_HANDLER_STUB	1

static inline unsigned long test_handler_entry(struct pt_regs *regs)
{
	return regs->ctr;
}

#if defined(CONFIG_COMPAT) && defined(CONFIG_CPU_BIG_ENDIAN)
#define P_COMPAT_MACHINE	EM_PPC
#define P_COMPAT_NR_GETPID	20
#define P_COMPAT_FLAGS		0
#define P_COMPAT_ARCH		AUDIT_ARCH_PPC
#define P_COMPAT_BEGIN		""
#define P_COMPAT_END		""
#define P_COMPAT_BASE		"lis 31," __stringify(P_DATA) ">>16\n"
#define P_COMPAT_ARG		P_ARG
#define P_COMPAT_CALL		P_CALL
#define P_COMPAT_STORE(reg, offset)					\
	"stw " reg "," __stringify(offset) "(31)\n"
#define P_COMPAT_STORE_RESULT(offset)					\
	P_ARG_RESULT P_COMPAT_STORE("3", offset+4)			\
	"srawi 9,3,31\n" P_COMPAT_STORE("9", offset)
#define P_COMPAT_STORE_ARG(n, offset)	P_COMPAT_STORE(P_REG##n, offset+4)
#define P_COMPAT_COUNT(offset)						\
	"lwz 9," __stringify(offset) "+4(31)\n addi 9,9,1\n"		\
	P_COMPAT_STORE("9", offset+4)
#define P_COMPAT_JUMP		P_JUMP
#endif

#endif /* _KUNIT_ARCH_PAYLOAD_H */
