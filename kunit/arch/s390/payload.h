/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Instructions of test programs on s390; utrace_payload.h says what each does
 */
#ifndef _KUNIT_ARCH_PAYLOAD_H
#define _KUNIT_ARCH_PAYLOAD_H

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
#define P_UPROBES_TRAP		".short 2\n"
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

#define P_HAS_WATCH	1
static inline long test_watch(struct task_struct *task, unsigned long addr)
{
	unsigned long per = offsetof(struct user, regs.per_info);
	long error;

	error = arch_ptrace(task, PTRACE_POKEUSR,
			    per + offsetof(struct per_struct_kernel, starting_addr), addr);
	if (!error)
		error = arch_ptrace(task, PTRACE_POKEUSR, per +
				    offsetof(struct per_struct_kernel, ending_addr),
				    addr + 7);
	if (!error)
		error = arch_ptrace(task, PTRACE_POKEUSR, per +
				    offsetof(struct per_struct_kernel, cr9),
				    PER_EVENT_STORE);
	return error;
}

/* As __do_pgm_check() and do_per_trap() do, for a store within ptrace's range. */
#define P_HAS_STEP_TRAP	1
static inline void test_step_trap(bool watch)
{
	struct thread_struct *thread = &current->thread;
	struct per_event event = thread->per_event;
	struct per_regs user = thread->per_user;

	thread->per_user.control = PER_EVENT_STORE;
	thread->per_event.cause = (PER_EVENT_IFETCH | (watch ? PER_EVENT_STORE : 0)) >> 16;
	thread->per_event.address = instruction_pointer(current_pt_regs());
	force_sig_fault(SIGTRAP, TRAP_HWBKPT, (void __user *)thread->per_event.address);
	thread->per_event = event;
	thread->per_user = user;
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
#define P_ALT_NR_MAX		255

static inline bool test_has_alt_call(void)
{
	return true;
}

/*
 * Under QEMU 7.2 a step over a jump that is taken leads behind the jump: the program
 * interruption of a PER event always adds the instruction's length.
 */
#define P_STEPS_MAY_LOSE_JUMPS	1

#endif /* _KUNIT_ARCH_PAYLOAD_H */
