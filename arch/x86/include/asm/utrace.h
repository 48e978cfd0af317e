/* SPDX-License-Identifier: GPL-2.0-only */
/* utrace on x86: see include/asm-generic/utrace.h for the contract */
#ifndef _ASM_X86_UTRACE_H
#define _ASM_X86_UTRACE_H

#include <linux/nospec.h>
#include <linux/ptrace.h>
#include <linux/sched.h>
#include <linux/sched/task_stack.h>
#include <linux/signal_types.h>
#include <linux/thread_info.h>
#include <linux/uaccess.h>
#include <linux/uprobes.h>
#include <uapi/linux/audit.h>
#include <uapi/linux/utrace_regs.h>
#include <asm/cpufeature.h>
#include <asm/debugreg.h>
#include <asm/insn-eval.h>
#include <asm/insn.h>
#include <asm/ptrace.h>
#include <asm/syscall.h>
#include <asm/trapnr.h>
#include <asm/unistd.h>

#define ARCH_UTRACE_AUDIT	AUDIT_ARCH_X86_64
#define ARCH_UTRACE_AUDIT_COMPAT \
	(IS_ENABLED(CONFIG_IA32_EMULATION) ? AUDIT_ARCH_I386 : 0)

static inline void arch_utrace_set_nr(struct pt_regs *regs, long nr)
{
	regs->orig_ax = nr;
}

static inline void arch_utrace_set_args(struct task_struct *task,
					struct pt_regs *regs,
					const unsigned long args[6])
{
	if (syscall_get_arch(task) == AUDIT_ARCH_I386) {
		regs->bx = (u32)args[0];
		regs->cx = (u32)args[1];
		regs->dx = (u32)args[2];
		regs->si = (u32)args[3];
		regs->di = (u32)args[4];
		regs->bp = (u32)args[5];
		return;
	}
	regs->di = args[0];
	regs->si = args[1];
	regs->dx = args[2];
	regs->r10 = args[3];
	regs->r8 = args[4];
	regs->r9 = args[5];
}

static inline void arch_utrace_forget_call(struct task_struct *task,
					   struct pt_regs *regs, bool interrupted)
{
	if (interrupted)
		regs->orig_ax = -1;
}

static inline unsigned long arch_utrace_call_state(struct task_struct *task,
						   struct pt_regs *regs)
{
	return regs->orig_ax;
}
#define arch_utrace_call_state arch_utrace_call_state

static inline bool arch_utrace_is_compat(struct task_struct *task)
{
	return !user_64bit_mode(task_pt_regs(task));
}

/* The functions of the system calls do not know a caller of x32 by its registers only. */
static inline bool arch_utrace_may_call(struct task_struct *task)
{
	return arch_utrace_is_compat(task) || !test_tsk_thread_flag(task, TIF_ADDR32);
}
#define arch_utrace_may_call arch_utrace_may_call

/* uretprobe() belongs to the trampoline that it returns from. */
#define ARCH_UTRACE_OWN_CALLS	__NR_uretprobe
#define ARCH_UTRACE_COMPAT_OWN_CALLS					\
	__NR_ia32_restart_syscall, __NR_ia32_exit, __NR_ia32_fork,	\
	__NR_ia32_execve, __NR_ia32_sigreturn, __NR_ia32_clone,		\
	__NR_ia32_rt_sigreturn, __NR_ia32_vfork, __NR_ia32_exit_group,	\
	__NR_ia32_execveat, __NR_ia32_clone3

#define ARCH_UTRACE_STATUS	(TS_COMPAT | TS_I386_REGS_POKED)

/* The program may have used int 0x80, and still has its native calls executed. */
static inline unsigned long arch_utrace_begin_call(struct pt_regs *regs)
{
	struct thread_info *ti = current_thread_info();
	unsigned long state = ti->status & ARCH_UTRACE_STATUS;

	ti->status &= ~ARCH_UTRACE_STATUS;
	if (arch_utrace_is_compat(current))
		ti->status |= TS_COMPAT;
	regs->ax = -ENOSYS;
	return state;
}

static inline long arch_utrace_make_call(struct pt_regs *regs, unsigned int nr)
{
#ifdef CONFIG_IA32_EMULATION
	if (current_thread_info()->status & TS_COMPAT) {
		if (nr >= IA32_NR_syscalls)
			return -ENOSYS;
		return ia32_sys_call(regs, array_index_nospec(nr, IA32_NR_syscalls));
	}
#endif
	if (nr >= NR_syscalls)
		return -ENOSYS;
	return x64_sys_call(regs, array_index_nospec(nr, NR_syscalls));
}

static inline void arch_utrace_end_call(struct pt_regs *regs, const struct pt_regs *saved,
					unsigned long state)
{
	struct thread_info *ti = current_thread_info();
	unsigned long flags = regs->flags;

	*regs = *saved;
	/* A ptrace tracer may step the thread since. */
	regs->flags = flags;
	ti->status = (ti->status & ~ARCH_UTRACE_STATUS) | state;
}

static inline bool arch_utrace_role(struct pt_regs *regs, unsigned int role, u64 *value)
{
	switch (role) {
	case UTRACE_ROLE_PC:
		*value = regs->ip;
		break;
	case UTRACE_ROLE_SP:
		*value = regs->sp;
		break;
	case UTRACE_ROLE_FP:
		*value = regs->bp;
		break;
	default:
		return false;
	}
	/* As task_user_regset_view() tells 32-bit threads from others. */
	if (!user_64bit_mode(regs))
		*value = (u32)*value;
	return true;
}
#define arch_utrace_role arch_utrace_role

/*
 * Without FSGSBASE, the base of a segment is looked up.  x86_fsgsbase_read_task() takes a
 * mutex for one of the LDT.
 */
static inline bool arch_utrace_may_read_asleep(struct task_struct *task)
{
	return boot_cpu_has(X86_FEATURE_FSGSBASE) ||
	       !((task->thread.fsindex | task->thread.gsindex) & SEGMENT_TI_MASK);
}
#define arch_utrace_may_read_asleep arch_utrace_may_read_asleep

static inline unsigned int arch_utrace_decoded_length(const struct insn *insn,
						      bool *in_parts)
{
	if (insn->opcode.nbytes == 1) {
		switch (insn->opcode.bytes[0]) {
		case 0x6c ... 0x6f:		/* ins, outs */
		case 0xa4 ... 0xa7:		/* movs, cmps */
		case 0xaa ... 0xaf:		/* stos, lods, scas */
			*in_parts = insn_has_rep_prefix((struct insn *)insn);
		}
	}
	return insn->length;
}

/* The decoder comes with PERF_EVENTS, which x86 always has. */
static inline unsigned int arch_utrace_insn_length(struct pt_regs *regs,
						   bool *in_parts)
{
	unsigned char buf[MAX_INSN_SIZE];
	struct insn insn;
	int n = insn_fetch_from_user(regs, buf);

	if (n <= 0 || !insn_decode_from_regs(&insn, regs, buf, n))
		return 0;
	return arch_utrace_decoded_length(&insn, in_parts);
}
#define arch_utrace_insn_length arch_utrace_insn_length

#ifdef CONFIG_UPROBES
static inline unsigned int
arch_utrace_uprobe_length(const struct arch_uprobe *auprobe, struct pt_regs *regs,
			  bool *in_parts)
{
	struct insn insn;

	if (insn_decode(&insn, auprobe->insn, sizeof(auprobe->insn),
			user_64bit_mode(regs) ? INSN_MODE_64 : INSN_MODE_32))
		return 0;
	return arch_utrace_decoded_length(&insn, in_parts);
}
#define arch_utrace_uprobe_length arch_utrace_uprobe_length
#endif

static inline bool arch_utrace_is_syscall_step(const kernel_siginfo_t *info)
{
	return info->si_code == TRAP_BRKPT;
}
#define arch_utrace_is_syscall_step arch_utrace_is_syscall_step

/* One trap for all: exc_debug_user() says by TRAP_TRACE that it was a step, too. */
static inline bool arch_utrace_other_trap(const kernel_siginfo_t *info)
{
	return current->thread.virtual_dr6 & DR_TRAP_BITS;
}
#define arch_utrace_other_trap arch_utrace_other_trap

/*
 * Hypervisors and emulators may ignore DEBUGCTL.BTF and trap after each
 * instruction: QEMU's TCG does, and KVM on AMD did for long.  Such a trap cannot
 * be told from that of a branch.
 */
static inline bool arch_utrace_block_step(void)
{
	if (!arch_has_block_step() || cpu_feature_enabled(X86_FEATURE_HYPERVISOR))
		return false;
	user_enable_block_step(current);
	/* It is not if the instruction changes the trap flag. */
	return test_thread_flag(TIF_BLOCKSTEP);
}
#define arch_utrace_block_step arch_utrace_block_step

/*
 * The trap is no fault: the pc is behind the instruction, of one byte or of two.  If
 * neither is there, somebody has taken out a breakpoint that other threads still
 * were to report: those that come and go have one byte.
 */
static inline unsigned long arch_utrace_breakpoint(const kernel_siginfo_t *info,
						   struct pt_regs *regs)
{
	unsigned char insn[2];

	if (info->si_signo != SIGTRAP || info->si_code != SI_KERNEL ||
	    current->thread.trap_nr != X86_TRAP_BP)
		return 0;
	if (!copy_from_user(insn, (void __user *)(regs->ip - 2), 2) &&
	    insn[0] == 0xcd && insn[1] == 3)	/* int $3 */
		return regs->ip - 2;
	return regs->ip - 1;
}
#define arch_utrace_breakpoint arch_utrace_breakpoint

/* PKRU is saved when the thread leaves its CPU, and is not part of the FPU's state. */
static inline void arch_utrace_save_current(void)
{
	if (cpu_feature_enabled(X86_FEATURE_OSPKE))
		current->thread.pkru = rdpkru();
}
#define arch_utrace_save_current arch_utrace_save_current

#include <asm-generic/utrace.h>

#endif /* _ASM_X86_UTRACE_H */
