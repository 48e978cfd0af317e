/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Instructions of test programs on x86_64; utrace_payload.h says what each does
 */
#ifndef _KUNIT_ARCH_PAYLOAD_H
#define _KUNIT_ARCH_PAYLOAD_H

#include <linux/sched/signal.h>

#include <asm/debugreg.h>

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

/* QEMU 7.2 does, and says that it is a hypervisor. */
#define P_WATCH_MAY_HANG	boot_cpu_has(X86_FEATURE_HYPERVISOR)

#define P_HAS_WATCH	1
static inline long test_watch(struct task_struct *task, unsigned long addr)
{
	long error = arch_ptrace(task, PTRACE_POKEUSR,
				 offsetof(struct user, u_debugreg[0]), addr);

	/* Enabled for the task; a write, of 8 bytes. */
	return error ?: arch_ptrace(task, PTRACE_POKEUSR,
				    offsetof(struct user, u_debugreg[7]), 0x90001);
}

/* As exc_debug_user() does after it has read the hardware's DR6. */
#define P_HAS_STEP_TRAP	1
static inline void test_step_trap(bool watch)
{
	current->thread.virtual_dr6 = DR_STEP | (watch ? DR_TRAP0 : 0);
	force_sig_fault(SIGTRAP, TRAP_TRACE,
			(void __user *)instruction_pointer(current_pt_regs()));
	current->thread.virtual_dr6 = 0;
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

#endif /* _KUNIT_ARCH_PAYLOAD_H */
