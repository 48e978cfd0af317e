/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The few instructions that test programs are made of, on each architecture
 *
 * A payload is a string of these.  Nothing in one may use the stack, so that
 * threads can share it.  Only the frames of signal handlers lie there, so at
 * most one of the threads may be in a handler.
 */
#ifndef _KUNIT_UTRACE_PAYLOAD_H
#define _KUNIT_UTRACE_PAYLOAD_H

#include <linux/signal.h>
#include <linux/stringify.h>
#include <asm/ptrace.h>
#include <asm/unistd.h>

/*
 * P_ARG(n, value): argument n of the next system call, 0 to 5; up to 31 bits
 * P_ARG_ADDR(n, label): the same, with the address of something in the payload
 * P_ARG_RESULT: argument 0 is the last call's result, errors as -errno; nothing
 *	may be between the call and this
 * P_CALL(nr): make it.  Two instructions, P_SET_NR_SIZE and P_SYSCALL_SIZE long
 * P_JUMP(label), P_JUMP_IF_0(label): the latter looks at the call's result
 * P_COUNT(offset): 1 more in the 64-bit word at P_DATA + offset
 * P_STORE_RESULT(offset): the last call's result, errors as -errno, to P_DATA +
 *	offset; P_STORE_ARG(n, offset): what is in the register of argument n, and
 *	P_STORE_NR(offset): in that of the number, if the ABI keeps it
 *	(P_NR_IS_KEPT)
 * P_ALT_...: another way to make system calls that the architecture has, if any:
 *	a 32-bit call (P_ALT_NARROW), or another instruction
 * P_COMPAT_...: the same in the 32-bit machine of compat tasks, if the kernel has
 *	them, to make a struct utrace_payload with P_COMPAT_MACHINE of; P_COMPAT_BASE
 *	comes before all that stores
 * P_STORE_REGS: the general registers at P_REGS, in the order of the first
 *	user_regset; those of P_REGS_STORED, a mask.  P_REG_RESULT and P_REG_NR are
 *	the places of those of a call's result and number (-1: none)
 * P_STORE_FP(n, offset): the low half of floating-point register n, which has
 *	its place in the regset of such registers at P_FP_OFFSET + n * P_FP_SIZE;
 *	P_STORE_LAST_FP(offset): number P_LAST_FP
 * P_NOP: P_NOP_SIZE long
 * P_LOOP_SET(n), P_LOOP(label): jump to label n - 1 times
 * P_STACK, P_GOSUB(label), P_RETURN: call label, which returns; P_STACK first
 * P_FAULT: store to P_BAD_ADDR, where nothing is; a page's first address if the
 *	machine does not tell more
 * P_TRAP: what a debugger uses as breakpoint
 * P_TRAP_2: another breakpoint instruction, if possible of another length
 * P_TRAP_BEHIND: the machine leaves the pc behind it
 * P_TRAP_ALONE: the signal of one if nobody traces the thread
 * P_SIGRETURN: the end of a signal handler, in which the stack pointer must be
 *	as it was at its beginning
 * P_CLONE(flags): the clone() of a child that has everything else of its parent's
 * P_STEPS_MAY_LOSE_JUMPS: there are emulators that step wrongly
 * P_ACTION(handler, flags): struct sigaction as the kernel wants it; aligned
 * P_HANDLER_STUB: instructions of the kernel's that lead to a handler
 *
 * test_set_arg0(): at the entry of a system call
 * test_handler_entry(): which handler is called, at the beginning of the stub
 */

/* Where the first instruction, and a page of zeros that can be written, are. */
#define P_ENTRY		0x100000b0
#define P_DATA		0x10100000

#define P_REGS		(P_DATA + 512)
#define P_REG_OFFSET(i)	"(512+8*" #i ")"

#define P_SA_SIGINFO	4

#if defined(CONFIG_X86_64)

#define P_REG0	"%rdi"
#define P_REG1	"%rsi"
#define P_REG2	"%rdx"
#define P_REG3	"%r10"
#define P_REG4	"%r8"
#define P_REG5	"%r9"
#define P_ARG(n, value)		"mov $" __stringify(value) "," P_REG##n "\n"
#define P_CALL(nr)		"mov $" __stringify(nr) ",%eax\n syscall\n"
#define P_JUMP(label)		"jmp " #label "\n"
#define P_JUMP_IF_0(label)	"test %rax,%rax\n jz " #label "\n"
#define P_ARG_ADDR(n, label)	"lea " #label "(%rip)," P_REG##n "\n"
#define P_ARG_RESULT		"mov %rax,%rdi\n"
#define P_COUNT(offset)							\
	"incq " __stringify(P_DATA) "+" __stringify(offset) "\n"
#define P_STORE(reg, offset)						\
	"mov " reg "," __stringify(P_DATA) "+" __stringify(offset) "\n"
#define P_STORE_RESULT(offset)	P_STORE("%rax", offset)
#define P_STORE_ARG(n, offset)	P_STORE(P_REG##n, offset)
#define P_STORE_NR(offset)
#define P_NR_IS_KEPT		0
#define P_STORE_REG(reg, i)						\
	"mov " reg "," __stringify(P_DATA) "+" P_REG_OFFSET(i) "\n"
#define P_STORE_REGS							\
	P_STORE_REG("%r15", 0) P_STORE_REG("%r14", 1) P_STORE_REG("%r13", 2)		\
	P_STORE_REG("%r12", 3) P_STORE_REG("%rbp", 4) P_STORE_REG("%rbx", 5)		\
	P_STORE_REG("%r11", 6) P_STORE_REG("%r10", 7) P_STORE_REG("%r9", 8)		\
	P_STORE_REG("%r8", 9) P_STORE_REG("%rax", 10) P_STORE_REG("%rcx", 11)		\
	P_STORE_REG("%rdx", 12) P_STORE_REG("%rsi", 13) P_STORE_REG("%rdi", 14)		\
	P_STORE_REG("%rsp", 19)
#define P_REGS_STORED		(0x7fff | BIT(19))
#define P_REG_RESULT		10
#define P_REG_NR		(-1)
#define P_STORE_FP(n, offset)						\
	"movq %xmm" #n "," __stringify(P_DATA) "+" __stringify(offset) "\n"
#define P_LAST_FP		15
#define P_STORE_LAST_FP(offset)	P_STORE_FP(15, offset)
#define P_FP_OFFSET		160
#define P_FP_SIZE		16
#define P_NOP			"nop\n"
#define P_NOP_SIZE		1
#define P_SET_NR_SIZE		5
#define P_SYSCALL_SIZE		2
#define P_LOOP_SET(n)		"mov $" __stringify(n) ",%ebx\n"
#define P_LOOP(label)		"dec %ebx\n jnz " #label "\n"
#define P_STACK			"mov $" __stringify(P_DATA) "+0xf000,%esp\n"
#define P_GOSUB(label)		"call " #label "\n"
#define P_RETURN		"ret\n"
#define P_FAULT			"mov %rax," __stringify(P_BAD_ADDR) "\n"
#define P_TRAP			"int3\n"
#define P_TRAP_2		".byte 0xcd,3\n"	/* int $3 */
#define P_TRAP_BEHIND		1
#define P_SIGRETURN							\
	"add $8,%rsp\n" P_CALL(__NR_rt_sigreturn)
/* SA_RESTORER is not optional; nothing returns there. */
#define P_ACTION(handler, flags)					\
	".quad " handler ",(" __stringify(flags) ")|0x04000000,0,0\n"

static inline void test_set_arg0(struct pt_regs *regs, unsigned long value)
{
	regs->di = value;
}

#define P_HANDLER_STUB	0
#define test_handler_entry	instruction_pointer

#ifdef CONFIG_IA32_EMULATION
#define P_ALT_REG0	"bx"
#define P_ALT_REG1	"cx"
#define P_ALT_REG2	"dx"
#define P_ALT_REG3	"si"
#define P_ALT_REG4	"di"
#define P_ALT_REG5	"bp"
#define P_ALT_ARG(n, value)						\
	"mov $" __stringify(value) ",%e" P_ALT_REG##n "\n"
#define P_ALT_CALL(nr)		"mov $" __stringify(nr) ",%eax\n int $0x80\n"
#define P_ALT_STORE_RESULT(offset)	"cltq\n" P_STORE("%rax", offset)
#define P_ALT_STORE_ARG(n, offset)	P_STORE("%r" P_ALT_REG##n, offset)
#define P_ALT_NAME		"int 0x80"
#define P_ALT_NARROW		1
#define P_ALT_ARCH		AUDIT_ARCH_I386
#define P_ALT_NR(name)		P_ALT_NR_##name
#define P_ALT_NR_getpid		20
/* Those with 64-bit times, which every kernel has. */
#define P_ALT_NR_futex		422
#define P_ALT_NR_ppoll		414

static inline bool test_has_alt_call(void)
{
	return true;
}

#define P_COMPAT_MACHINE	EM_386
#define P_COMPAT_NR_GETPID	20
#define P_COMPAT_FLAGS		0
#define P_COMPAT_ARCH		AUDIT_ARCH_I386
#define P_COMPAT_BEGIN		".code32\n"
#define P_COMPAT_END		".code64\n"
#define P_COMPAT_BASE		""
#define P_COMPAT_ARG		P_ALT_ARG
#define P_COMPAT_CALL		P_ALT_CALL
#define P_COMPAT_STORE(reg, offset)					\
	"movl " reg "," __stringify(P_DATA) "+" __stringify(offset) "\n"
#define P_COMPAT_STORE_RESULT(offset)					\
	P_COMPAT_STORE("%eax", offset)					\
	"sar $31,%eax\n" P_COMPAT_STORE("%eax", offset+4)
#define P_COMPAT_STORE_ARG(n, offset)	P_COMPAT_STORE("%e" P_ALT_REG##n, offset)
#define P_COMPAT_COUNT(offset)						\
	"incl " __stringify(P_DATA) "+" __stringify(offset) "\n"
#define P_COMPAT_JUMP		P_JUMP
#endif

#elif defined(CONFIG_ARM64)

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

#elif defined(CONFIG_RISCV)

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
#define P_COMPAT_ARCH		AUDIT_ARCH_RISCV64	/* so says syscall_get_arch() */
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

#elif defined(CONFIG_PPC64)

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

#elif defined(CONFIG_S390)

#define P_REG0	"%r2"
#define P_REG1	"%r3"
#define P_REG2	"%r4"
#define P_REG3	"%r5"
#define P_REG4	"%r6"
#define P_REG5	"%r7"
#define P_ARG(n, value)		"lgfi " P_REG##n "," __stringify(value) "\n"
#define P_CALL(nr)		"lghi %r1," __stringify(nr) "\n svc 0\n"
#define P_JUMP(label)		"j " #label "\n"
#define P_JUMP_IF_0(label)	"ltgr %r2,%r2\n jz " #label "\n"
#define P_ARG_ADDR(n, label)	"larl " P_REG##n "," #label "\n"
#define P_ARG_RESULT		""
#define P_COUNT(offset)							\
	"llilf %r14," __stringify(P_DATA) "+" __stringify(offset) "\n"	\
	"agsi 0(%r14),1\n"
#define P_STORE(reg, offset)						\
	"llilf %r14," __stringify(P_DATA) "+" __stringify(offset) "\n"	\
	"stg " reg ",0(%r14)\n"
#define P_STORE_RESULT(offset)	P_STORE("%r2", offset)
#define P_STORE_ARG(n, offset)	P_STORE(P_REG##n, offset)
#define P_STORE_NR(offset)	P_STORE("%r1", offset)
#define P_NR_IS_KEPT		1
/* r14 is in the way; the first two are the PSW. */
#define P_STORE_REG(n, i)	"stg %r" #n "," P_REG_OFFSET(i) "(%r14)\n"
#define P_STORE_REGS							\
	"llilf %r14," __stringify(P_DATA) "\n"				\
	P_STORE_REG(0, 2) P_STORE_REG(1, 3) P_STORE_REG(2, 4)			\
	P_STORE_REG(3, 5) P_STORE_REG(4, 6) P_STORE_REG(5, 7)			\
	P_STORE_REG(6, 8) P_STORE_REG(7, 9) P_STORE_REG(8, 10)			\
	P_STORE_REG(9, 11) P_STORE_REG(10, 12) P_STORE_REG(11, 13)		\
	P_STORE_REG(12, 14) P_STORE_REG(13, 15) P_STORE_REG(15, 17)
#define P_REGS_STORED		(0x3fffc & ~BIT(16))
/* At entry, the register of the result has the number for who looks. */
#define P_REG_RESULT		4
#define P_REG_NR		(-1)
#define P_STORE_FP(n, offset)						\
	"llilf %r14," __stringify(P_DATA) "\n"				\
	"std %f" #n "," __stringify(offset) "(%r14)\n"
#define P_LAST_FP		15
#define P_STORE_LAST_FP(offset)	P_STORE_FP(15, offset)
#define P_FP_OFFSET		8
#define P_FP_SIZE		8
#define P_NOP			"bcr 0,%r0\n"
#define P_NOP_SIZE		2
#define P_SET_NR_SIZE		4
#define P_SYSCALL_SIZE		2
#define P_BAD_ADDR		0x1000
#define P_FAULT			"stg %r0," __stringify(P_BAD_ADDR) "\n"
#define P_TRAP			".short 1\n"
#define P_TRAP_2		P_TRAP
#define P_TRAP_ALONE		SIGILL
#define P_TRAP_BEHIND		1
#define P_LOOP_SET(n)		"lghi %r11," __stringify(n) "\n"
#define P_LOOP(label)		"brctg %r11," #label "\n"
#define P_STACK			""
#define P_GOSUB(label)		"brasl %r13," #label "\n"
#define P_RETURN		"br %r13\n"
#define P_SIGRETURN		P_CALL(__NR_rt_sigreturn)
#define P_ACTION(handler, flags)					\
	".quad " handler ",(" __stringify(flags) "),0,0\n"
/* CLONE_BACKWARDS2 */
#define P_CLONE(flags)							\
	P_ARG(0, 0) P_ARG(1, flags) P_ARG(2, 0) P_ARG(3, 0)		\
	P_ARG(4, 0) P_CALL(__NR_clone)

static inline void test_set_arg0(struct pt_regs *regs, unsigned long value)
{
	regs->orig_gpr2 = value;
}

#define P_HANDLER_STUB	0
#define test_handler_entry	instruction_pointer

/* The number in the instruction, if it is less than 256. */
#define P_ALT_ARG		P_ARG
#define P_ALT_CALL(nr)		"svc " __stringify(nr) "\n"
#define P_ALT_STORE_RESULT	P_STORE_RESULT
#define P_ALT_STORE_ARG		P_STORE_ARG
#define P_ALT_NAME		"svc with a number"
#define P_ALT_NARROW		0
#define P_ALT_ARCH		ARCH_UTRACE_AUDIT
#define P_ALT_NR(name)		__NR_##name

static inline bool test_has_alt_call(void)
{
	return true;
}

/*
 * Under QEMU 7.2 a step over a jump that is taken leads behind the jump: the program
 * interruption of a PER event always adds the instruction's length.
 */
#define P_STEPS_MAY_LOSE_JUMPS	1

#else
#error "no payload instructions for this architecture"
#endif

#ifndef P_BAD_ADDR
#define P_BAD_ADDR		0x20
#endif

#ifndef P_TRAP_ALONE
#define P_TRAP_ALONE		SIGTRAP
#endif

#ifndef P_STEPS_MAY_LOSE_JUMPS
#define P_STEPS_MAY_LOSE_JUMPS	0
#endif

#ifndef P_CLONE
#define P_CLONE(flags)							\
	P_ARG(0, flags) P_ARG(1, 0) P_ARG(2, 0) P_ARG(3, 0)		\
	P_ARG(4, 0) P_CALL(__NR_clone)
#endif

#define P_EXIT(status)		P_ARG(0, status) P_CALL(__NR_exit_group)

/* A thread; it shares everything, the stack, too.  Its result is 0. */
#define P_CLONE_THREAD	/* VM, FS, FILES, SIGHAND, THREAD, SYSVSEM */	\
	P_CLONE(0x50f00)

/* A process. */
#define P_FORK			P_CLONE(17)

/* @action is the label of a P_ACTION() */
#define P_SIGACTION(sig, action)					\
	P_ARG_ADDR(1, action) P_ARG(0, sig) P_ARG(2, 0) P_ARG(3, 8)	\
	P_CALL(__NR_rt_sigaction)
/* The address of @label, once the program is loaded. */
#define P_ABS(label)	#label "-779b+" __stringify(P_ENTRY)
#define P_HANDLER(action, label)					\
	P_LABEL(action) P_ACTION(P_ABS(label), P_SA_SIGINFO)
#define P_IGNORE(action)	P_LABEL(action) P_ACTION("1", 0)
/* Of data. */
#define P_LABEL(label)		".balign 8\n" #label ":\n"

/*
 * PAYLOAD(name, instructions): define struct utrace_payload name, which the suites
 * share.  LOCAL_PAYLOAD(): of one suite.  LOCAL_COMPAT_PAYLOAD(): likewise, of a
 * compat task, in P_COMPAT_...
 */
#define PAYLOAD(name, code)		__PAYLOAD(, name, code, 0)
#define LOCAL_PAYLOAD(name, code)	__PAYLOAD(static, name, code, 0)
#define LOCAL_COMPAT_PAYLOAD(name, code)				\
	__PAYLOAD(static, name, P_COMPAT_BEGIN code P_COMPAT_END, P_COMPAT_MACHINE)
#define __PAYLOAD(storage, name, code, machine)				\
	asm(".pushsection .rodata\n"					\
	    ".balign 8\n"						\
	    "payload_" #name ":\n"					\
	    "779:\n"							\
	    code							\
	    "payload_" #name "_end:\n"					\
	    ".popsection\n");						\
	extern const char payload_##name[], payload_##name##_end[];	\
	storage const struct utrace_payload name = {			\
		payload_##name, payload_##name##_end, machine		\
	}

/**
 * struct utrace_payload - a program
 * @start: its first instruction, where it begins
 * @end: behind its last
 * @compat: 0, or EM_* of the 32-bit machine that it is for
 */
struct utrace_payload {
	const char *start;
	const char *end;
	unsigned int compat;
};

/* Those that several suites use; in utrace_task.c. */
extern const struct utrace_payload payload_calls;
extern const struct utrace_payload payload_spin;
extern const struct utrace_payload payload_sleep;
extern const struct utrace_payload payload_loop;
extern const struct utrace_payload payload_fork;
/* These count at P_DATA as they spin. */
extern const struct utrace_payload payload_count;
extern const struct utrace_payload payload_threads;	/* ... and at P_DATA + 8 */
extern const struct utrace_payload payload_handlers;
extern const struct utrace_payload payload_job;

#endif /* _KUNIT_UTRACE_PAYLOAD_H */
