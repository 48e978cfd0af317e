/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The few instructions that test programs are made of
 *
 * Each architecture defines them in arch/<arch>/payload.h, where <arch> is the
 * name of its directory in the kernel's arch/.  The include path chooses the
 * file, so that an architecture without one does not compile.
 *
 * A payload is a string of these.  Nothing in one may use the stack, so that
 * threads can share it.  Only the frames of signal handlers lie there, so at
 * most one of the threads may be in a handler.
 */
#ifndef _KUNIT_UTRACE_PAYLOAD_H
#define _KUNIT_UTRACE_PAYLOAD_H

#include <linux/errno.h>
#include <linux/ptrace.h>
#include <linux/sched.h>
#include <linux/signal.h>
#include <linux/stringify.h>
#include <linux/user.h>
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
 * P_UPROBES_TRAP: the breakpoint instruction of uprobes
 * P_TRAP_BEHIND: the machine leaves the pc behind it
 * P_TRAP_ALONE: the signal of one if nobody traces the thread
 * P_SIGRETURN: the end of a signal handler, in which the stack pointer must be
 *	as it was at its beginning
 * P_CLONE(flags): the clone() of a child that has everything else of its parent's
 * P_STEPS_MAY_LOSE_JUMPS: there are emulators that step wrongly
 * P_WATCH_MAY_HANG: there are emulators that hang when a watchpoint is hit
 * P_ACTION(handler, flags): struct sigaction as the kernel wants it; aligned
 * P_ELF_FLAGS: e_flags of a program that is not for a compat task
 * P_HANDLER_STUB: instructions of the kernel's that lead to a handler
 *
 * test_set_arg0(): at the entry of a system call
 * test_handler_entry(): which handler is called, at the beginning of the stub
 * test_watch(): what ptrace's tracer does for a trap at each store to a 64-bit word of
 *	a stopped task, where that can be one trap with that of a step (P_HAS_WATCH)
 * test_step_trap(): what the trap of a step does in the stepped thread, for tests that
 *	cannot have it from the hardware (P_HAS_STEP_TRAP); @watch: a watchpoint was
 *	hit as well
 */

/* Where the first instruction, and a page of zeros that can be written, are. */
#define P_ENTRY		0x100000b0
#define P_DATA		0x10100000

#define P_REGS		(P_DATA + 512)
#define P_REG_OFFSET(i)	"(512+8*" #i ")"

#define P_SA_SIGINFO	4

#include <payload.h>

#ifndef P_ELF_FLAGS
#define P_ELF_FLAGS		0
#endif

/* The highest number that P_ALT_CALL() can have. */
#ifndef P_ALT_NR_MAX
#define P_ALT_NR_MAX		UINT_MAX
#endif

#ifndef P_BAD_ADDR
#define P_BAD_ADDR		0x20
#endif

#ifndef P_UPROBES_TRAP
#define P_UPROBES_TRAP		P_TRAP
#endif

#ifndef P_TRAP_ALONE
#define P_TRAP_ALONE		SIGTRAP
#endif

/* Emulators that hang when a watchpoint is hit. */
#ifndef P_WATCH_MAY_HANG
#define P_WATCH_MAY_HANG	0
#endif

#ifndef P_HAS_WATCH
#define P_HAS_WATCH		0
static inline long test_watch(struct task_struct *task, unsigned long addr)
{
	return -EOPNOTSUPP;
}
#endif

#ifndef P_HAS_STEP_TRAP
#define P_HAS_STEP_TRAP		0
static inline void test_step_trap(bool watch)
{
}
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
/* A label of the instructions that the test wants to know. */
#define PAYLOAD_LABEL(name)	extern const char name[]
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

/* The @i-th of the @nr words at the end of a program, which are addresses mostly. */
static inline unsigned long payload_word(const struct utrace_payload *program,
					 unsigned int nr, unsigned int i)
{
	return ((const u64 *)program->end)[(int)i - (int)nr];
}

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
