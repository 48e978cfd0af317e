/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Instructions of test programs on riscv; utrace_payload.h says what each does
 */
#ifndef _KUNIT_ARCH_PAYLOAD_H
#define _KUNIT_ARCH_PAYLOAD_H

#define P_ARG(n, value)		"li a" #n "," __stringify(value) "\n"
#define P_CALL(nr)		"li a7," __stringify(nr) "\n ecall\n"
#define P_JUMP(label)		"j " #label "\n"
#define P_JUMP_IF_0(label)	"beqz a0," #label "\n"
/* Relaxed, it would be relative to a global pointer that nobody has set. */
#define P_ARG_ADDR(n, label)						\
	".option push\n .option norelax\n lla a" #n "," #label "\n"	\
	".option pop\n"
#define P_ARG_RESULT		""
#define P_COUNT(offset)							\
	"lui t0," __stringify(P_DATA) ">>12\n"				\
	"ld t1," __stringify(offset) "(t0)\n"				\
	"addi t1,t1,1\n"						\
	"sd t1," __stringify(offset) "(t0)\n"
#define P_STORE(reg, offset)						\
	"lui t0," __stringify(P_DATA) ">>12\n"				\
	"sd " reg "," __stringify(offset) "(t0)\n"
#define P_STORE_RESULT(offset)	P_STORE("a0", offset)
#define P_STORE_ARG(n, offset)	P_STORE("a" #n, offset)
#define P_STORE_NR(offset)	P_STORE("a7", offset)
#define P_NR_IS_KEPT		1
/* t6 is in the way. */
#define P_STORE_REG(reg, i)	"sd " reg "," P_REG_OFFSET(i) "(t6)\n"
#define P_STORE_REGS							\
	"lui t6," __stringify(P_DATA) ">>12\n"				\
	P_STORE_REG("ra", 1) P_STORE_REG("sp", 2) P_STORE_REG("gp", 3)		\
	P_STORE_REG("tp", 4) P_STORE_REG("t0", 5) P_STORE_REG("t1", 6)		\
	P_STORE_REG("t2", 7) P_STORE_REG("s0", 8) P_STORE_REG("s1", 9)		\
	P_STORE_REG("a0", 10) P_STORE_REG("a1", 11) P_STORE_REG("a2", 12)		\
	P_STORE_REG("a3", 13) P_STORE_REG("a4", 14) P_STORE_REG("a5", 15)		\
	P_STORE_REG("a6", 16) P_STORE_REG("a7", 17) P_STORE_REG("s2", 18)		\
	P_STORE_REG("s3", 19) P_STORE_REG("s4", 20) P_STORE_REG("s5", 21)		\
	P_STORE_REG("s6", 22) P_STORE_REG("s7", 23) P_STORE_REG("s8", 24)		\
	P_STORE_REG("s9", 25) P_STORE_REG("s10", 26) P_STORE_REG("s11", 27)		\
	P_STORE_REG("t3", 28) P_STORE_REG("t4", 29) P_STORE_REG("t5", 30)
#define P_REGS_STORED		0x7ffffffe
#define P_REG_RESULT		10
#define P_REG_NR		17
#define P_STORE_FP(n, offset)						\
	"lui t6," __stringify(P_DATA) ">>12\n"				\
	".option push\n .option arch,+d\n"				\
	"fsd f" #n "," __stringify(offset) "(t6)\n .option pop\n"
#define P_LAST_FP		31
#define P_STORE_LAST_FP(offset)	P_STORE_FP(31, offset)
#define P_FP_OFFSET		0
#define P_FP_SIZE		8
#define P_NOP								\
	".option push\n .option norvc\n nop\n .option pop\n"
#define P_NOP_SIZE		4
#define P_SET_NR_SIZE		4
#define P_SYSCALL_SIZE		4
#define P_LOOP_SET(n)		"li t2," __stringify(n) "\n"
#define P_LOOP(label)		"addi t2,t2,-1\n bnez t2," #label "\n"
#define P_STACK			""
/* Not to a symbol, so nothing is relaxed. */
#define P_GOSUB(label)		"jal ra," #label "\n"
#define P_RETURN		"ret\n"
#define P_FAULT			"sd zero," __stringify(P_BAD_ADDR) "(zero)\n"
#define P_TRAP								\
	".option push\n .option rvc\n c.ebreak\n .option pop\n"
#define P_TRAP_2							\
	".option push\n .option norvc\n ebreak\n .option pop\n"
#define P_TRAP_BEHIND		0
#define P_SIGRETURN		P_CALL(__NR_rt_sigreturn)
/* Without sa_restorer. */
#define P_ACTION(handler, flags)					\
	".quad " handler ",(" __stringify(flags) "),0\n"

#ifdef CONFIG_COMPAT
/* Assembled for 64 bits: no instruction that 32 do not have. */
#define P_COMPAT_MACHINE	EM_RISCV
#define P_COMPAT_FLAGS		0
#define P_COMPAT_ARCH		AUDIT_ARCH_RISCV32
#define P_COMPAT_NR_GETPID	172
#define P_COMPAT_BEGIN		".option push\n .option norvc\n"
#define P_COMPAT_END		".option pop\n"
#define P_COMPAT_BASE		"lui t0," __stringify(P_DATA) ">>12\n"
/* Of small numbers, and of those whose bit 11 is 0. */
#define P_COMPAT_ARG(n, value)						\
	"lui a" #n ",(" __stringify(value) ")>>12\n"			\
	"addi a" #n ",a" #n ",(" __stringify(value) ")&0x7ff\n"
#define P_COMPAT_CALL		P_CALL
#define P_COMPAT_STORE(reg, offset)					\
	"sw " reg "," __stringify(offset) "(t0)\n"
#define P_COMPAT_STORE_RESULT(offset)					\
	P_COMPAT_STORE("a0", offset)					\
	"srai t1,a0,31\n"						\
	P_COMPAT_STORE("t1", offset+4)
#define P_COMPAT_STORE_ARG(n, offset)	P_COMPAT_STORE("a" #n, offset)
#define P_COMPAT_COUNT(offset)						\
	"lw t1," __stringify(offset) "(t0)\n addi t1,t1,1\n"		\
	P_COMPAT_STORE("t1", offset)
#define P_COMPAT_JUMP		P_JUMP
#endif

static inline void test_set_arg0(struct pt_regs *regs, unsigned long value)
{
	regs->orig_a0 = value;
}

#define P_HANDLER_STUB	0
#define test_handler_entry	instruction_pointer

#endif /* _KUNIT_ARCH_PAYLOAD_H */
