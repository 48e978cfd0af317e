/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Instructions of test programs on arm64; utrace_payload.h says what each does
 */
#ifndef _KUNIT_ARCH_PAYLOAD_H
#define _KUNIT_ARCH_PAYLOAD_H

#define P_ARG(n, value)							\
	"movz x" #n ",#((" __stringify(value) ") & 0xffff)\n"		\
	"movk x" #n ",#((" __stringify(value) ") >> 16),lsl #16\n"
#define P_CALL(nr)		"mov x8,#" __stringify(nr) "\n svc #0\n"
#define P_JUMP(label)		"b " #label "\n"
#define P_JUMP_IF_0(label)	"cbz x0," #label "\n"
#define P_ARG_ADDR(n, label)	"adr x" #n "," #label "\n"
#define P_ARG_RESULT		""
#define P_COUNT(offset)							\
	"movz x9,#(" __stringify(P_DATA) ">>16),lsl #16\n"		\
	"ldr x10,[x9,#" __stringify(offset) "]\n"			\
	"add x10,x10,#1\n"						\
	"str x10,[x9,#" __stringify(offset) "]\n"
#define P_STORE(reg, offset)						\
	"movz x9,#(" __stringify(P_DATA) ">>16),lsl #16\n"		\
	"str " reg ",[x9,#" __stringify(offset) "]\n"
#define P_STORE_RESULT(offset)	P_STORE("x0", offset)
#define P_STORE_ARG(n, offset)	P_STORE("x" #n, offset)
#define P_STORE_NR(offset)	P_STORE("x8", offset)
#define P_NR_IS_KEPT		1
/* x30 is in the way. */
#define P_STORE_REG(i)		"str x" #i ",[x30,#" P_REG_OFFSET(i) "]\n"
#define P_STORE_REGS							\
	"movz x30,#(" __stringify(P_DATA) ">>16),lsl #16\n"		\
	P_STORE_REG(0) P_STORE_REG(1) P_STORE_REG(2) P_STORE_REG(3)		\
	P_STORE_REG(4) P_STORE_REG(5) P_STORE_REG(6) P_STORE_REG(7)		\
	P_STORE_REG(8) P_STORE_REG(9) P_STORE_REG(10) P_STORE_REG(11)		\
	P_STORE_REG(12) P_STORE_REG(13) P_STORE_REG(14) P_STORE_REG(15)		\
	P_STORE_REG(16) P_STORE_REG(17) P_STORE_REG(18) P_STORE_REG(19)		\
	P_STORE_REG(20) P_STORE_REG(21) P_STORE_REG(22) P_STORE_REG(23)		\
	P_STORE_REG(24) P_STORE_REG(25) P_STORE_REG(26) P_STORE_REG(27)		\
	P_STORE_REG(28) P_STORE_REG(29)
#define P_REGS_STORED		0x3fffffff
#define P_REG_RESULT		0
#define P_REG_NR		(-1)
#define P_STORE_FP(n, offset)						\
	"movz x30,#(" __stringify(P_DATA) ">>16),lsl #16\n"		\
	"str d" #n ",[x30,#" __stringify(offset) "]\n"
#define P_LAST_FP		31
#define P_STORE_LAST_FP(offset)	P_STORE_FP(31, offset)
#define P_FP_OFFSET		0
#define P_FP_SIZE		16
#define P_NOP			"nop\n"
#define P_NOP_SIZE		4
#define P_SET_NR_SIZE		4
#define P_SYSCALL_SIZE		4
#define P_LOOP_SET(n)		"mov x11,#" __stringify(n) "\n"
#define P_LOOP(label)		"subs x11,x11,#1\n b.ne " #label "\n"
#define P_STACK			""
#define P_GOSUB(label)		"bl " #label "\n"
#define P_RETURN		"ret\n"
#define P_FAULT								\
	"mov x9,#" __stringify(P_BAD_ADDR) "\n str x9,[x9]\n"
#define P_TRAP			"brk #0\n"
#define P_TRAP_2		"brk #0x123\n"
#define P_UPROBES_TRAP		"brk #5\n"
#define P_TRAP_BEHIND		0
#define P_SIGRETURN		P_CALL(__NR_rt_sigreturn)
#define P_ACTION(handler, flags)					\
	".quad " handler ",(" __stringify(flags) "),0,0\n"

static inline void test_set_arg0(struct pt_regs *regs, unsigned long value)
{
	regs->regs[0] = value;
	regs->orig_x0 = value;
}

#define P_HANDLER_STUB	0
#define test_handler_entry	instruction_pointer

#ifdef CONFIG_COMPAT
/* A32, which this assembler does not know; r10 is the base of what is stored. */
#define P_A32(insn)		".long " insn "\n"
#define P_A32_MOV(rd, value)						\
	P_A32("0xe3000000|" #rd "<<12|((" __stringify(value) ")&0xf000)<<4|" \
	      "((" __stringify(value) ")&0xfff)")			\
	P_A32("0xe3400000|" #rd "<<12|((" __stringify(value) ")>>12&0xf0000)|" \
	      "((" __stringify(value) ")>>16&0xfff)")
#define P_A32_STR(rt, offset)						\
	P_A32("0xe58a0000|" #rt "<<12|(" __stringify(offset) ")")
#define P_COMPAT_MACHINE	EM_ARM
#define P_COMPAT_NR_GETPID	20
#define P_COMPAT_FLAGS		0x05000000	/* EABI 5 */
#define P_COMPAT_ARCH		AUDIT_ARCH_ARM
#define P_COMPAT_BEGIN		""
#define P_COMPAT_END		""
#define P_COMPAT_BASE		P_A32_MOV(10, P_DATA)
#define P_COMPAT_ARG(n, value)	P_A32_MOV(n, value)
#define P_COMPAT_CALL(nr)	P_A32_MOV(7, nr) P_A32("0xef000000")
#define P_COMPAT_STORE_RESULT(offset)					\
	P_A32_STR(0, offset)						\
	P_A32("0xe1a09fc0") /* asr r9, r0, #31 */			\
	P_A32_STR(9, offset+4)
#define P_COMPAT_STORE_ARG(n, offset)	P_A32_STR(n, offset)
#define P_COMPAT_COUNT(offset)						\
	P_A32("0xe59a9000|" __stringify(offset)) /* ldr r9, [r10, ...] */ \
	P_A32("0xe2899001") /* add r9, r9, #1 */			\
	P_A32_STR(9, offset)
#define P_COMPAT_JUMP(label)						\
	P_A32("0xea000000|((" #label "-.-8)>>2&0xffffff)")
#endif

#endif /* _KUNIT_ARCH_PAYLOAD_H */
