/* SPDX-License-Identifier: GPL-2.0-only */
/* utrace on powerpc: see include/asm-generic/utrace.h for the contract */
#ifndef _ASM_POWERPC_UTRACE_H
#define _ASM_POWERPC_UTRACE_H

#include <linux/err.h>
#include <linux/kconfig.h>
#include <linux/nospec.h>
#include <linux/preempt.h>
#include <linux/ptrace.h>
#include <linux/sched.h>
#include <linux/string.h>
#include <linux/uaccess.h>
#include <linux/uprobes.h>
#include <uapi/linux/audit.h>
#include <asm/cpu_has_feature.h>
#include <asm/inst.h>
#include <asm/interrupt.h>
#include <asm/ppc-opcode.h>
#include <asm/ptrace.h>
#include <asm/reg.h>
#include <asm/switch_to.h>
#include <asm/syscall.h>
#include <asm/unistd.h>

#define ARCH_UTRACE_AUDIT	(IS_ENABLED(CONFIG_CPU_LITTLE_ENDIAN) ? \
				 AUDIT_ARCH_PPC64LE : AUDIT_ARCH_PPC64)
#define ARCH_UTRACE_AUDIT_COMPAT (IS_ENABLED(CONFIG_COMPAT) ? AUDIT_ARCH_PPC : 0)

/*
 * The exit path has already made a positive errno and CR0.SO of an error, which
 * sc returns; scv returns -errno.
 */
static inline void arch_utrace_set_exit_result(struct task_struct *task,
					       struct pt_regs *regs, long result)
{
	bool error = IS_ERR_VALUE(result);

	if (trap_is_scv(regs)) {
		regs->gpr[3] = result;
	} else if (error) {
		regs->gpr[3] = -result;
		regs->ccr |= 0x10000000;
	} else {
		regs->gpr[3] = result;
		regs->ccr &= ~0x10000000UL;
	}
}
#define arch_utrace_set_exit_result arch_utrace_set_exit_result

static inline void arch_utrace_set_nr(struct pt_regs *regs, long nr)
{
	regs->gpr[0] = nr;
}

static inline void arch_utrace_set_args(struct task_struct *task,
					struct pt_regs *regs,
					const unsigned long args[6])
{
	bool narrow = test_tsk_thread_flag(task, TIF_32BIT);
	int i;

	for (i = 0; i < 6; i++)
		regs->gpr[3 + i] = narrow ? (u32)args[i] : args[i];
	regs->orig_gpr3 = regs->gpr[3];
}

/*
 * What the switch to another thread saves.  Reading the registers of floating point and
 * vectors changes the msr, so that is done first.
 */
static inline void arch_utrace_save_current(void)
{
	struct thread_struct *thread = &current->thread;

	preempt_disable();
	giveup_all(current);
#ifdef CONFIG_ALTIVEC
	if (cpu_has_feature(CPU_FTR_ALTIVEC))
		thread->vrsave = mfspr(SPRN_VRSAVE);
#endif
#ifdef CONFIG_PPC_BOOK3S_64
	if (cpu_has_feature(CPU_FTR_DSCR))
		thread->dscr = mfspr(SPRN_DSCR);
	if (cpu_has_feature(CPU_FTR_ARCH_207S)) {
		thread->bescr = mfspr(SPRN_BESCR);
		thread->ebbhr = mfspr(SPRN_EBBHR);
		thread->ebbrr = mfspr(SPRN_EBBRR);
		thread->tar = mfspr(SPRN_TAR);
	}
#endif
	preempt_enable();
}
#define arch_utrace_save_current arch_utrace_save_current

/* Not set_trap_norestart(), which a tracer that puts registers back could not undo. */
static inline void arch_utrace_forget_call(struct task_struct *task,
					   struct pt_regs *regs, bool interrupted)
{
	if (interrupted && trap_is_syscall(regs))
		set_trap(regs, 0);
}

static inline unsigned long arch_utrace_call_state(struct task_struct *task,
						   struct pt_regs *regs)
{
	return regs->trap;
}
#define arch_utrace_call_state arch_utrace_call_state

#define arch_utrace_fp(regs)	((regs)->gpr[31])

static inline bool arch_utrace_is_compat(struct task_struct *task)
{
	return test_tsk_thread_flag(task, TIF_32BIT);
}

/* A system call in a transaction is not made, but ends the transaction. */
static inline bool arch_utrace_may_call(struct task_struct *task)
{
	return !MSR_TM_ACTIVE(task_pt_regs(task)->msr);
}
#define arch_utrace_may_call arch_utrace_may_call

#define ARCH_UTRACE_OWN_CALLS	__NR_swapcontext, __NR_switch_endian

/*
 * As by sc, which has the error in CR0.SO.  TIF_NOERROR is for the next exit of a system
 * call, which is not that of this one.
 */
static inline unsigned long arch_utrace_begin_call(struct pt_regs *regs)
{
	set_trap(regs, INTERRUPT_SYSCALL);
	return test_thread_flag(TIF_NOERROR);
}

static inline long arch_utrace_make_call(struct pt_regs *regs, unsigned int nr)
{
	syscall_fn fn;

	if (nr >= NR_syscalls)
		return -ENOSYS;
	nr = array_index_nospec(nr, NR_syscalls);
#ifdef CONFIG_COMPAT
	fn = is_32bit_task() ? compat_sys_call_table[nr] : sys_call_table[nr];
#else
	fn = sys_call_table[nr];
#endif
#ifdef CONFIG_ARCH_HAS_SYSCALL_WRAPPER
	return fn(regs);
#else
	return fn(regs->gpr[3], regs->gpr[4], regs->gpr[5], regs->gpr[6], regs->gpr[7],
		  regs->gpr[8]);
#endif
}

/*
 * The msr says whose the registers of floating point and vectors are, and pkey_alloc()
 * changes the amr.
 */
static inline void arch_utrace_end_call(struct pt_regs *regs, const struct pt_regs *saved,
					unsigned long state)
{
	memcpy(regs->gpr, saved->gpr, sizeof(regs->gpr));
	regs_set_return_ip(regs, saved->nip);
	regs->orig_gpr3 = saved->orig_gpr3;
	regs->ctr = saved->ctr;
	regs->link = saved->link;
	regs->xer = saved->xer;
	regs->ccr = saved->ccr;
	regs->trap = saved->trap;
	regs->result = saved->result;
	if (!state)
		clear_thread_flag(TIF_NOERROR);
}

static inline unsigned int arch_utrace_insn_length(struct pt_regs *regs,
						   bool *in_parts)
{
	u32 insn;

	if (get_user(insn, (u32 __user *)regs->nip))
		return 0;
	return insn >> 26 == OP_PREFIX ? 8 : 4;
}
#define arch_utrace_insn_length arch_utrace_insn_length

#ifdef CONFIG_UPROBES
static inline unsigned int
arch_utrace_uprobe_length(const struct arch_uprobe *auprobe, struct pt_regs *regs,
			  bool *in_parts)
{
	return ppc_inst_len(ppc_inst_read(auprobe->insn));
}
#define arch_utrace_uprobe_length arch_utrace_uprobe_length
#endif

/* syscall_exit_prepare() has forgotten it; and exec resets the MSR. */
#define ARCH_UTRACE_STEP_IS_WORK	1

/*
 * It traps after every branch, be it taken or not.  Which it was is told by the
 * Come-From Address Register, which the interrupt has left in orig_gpr3: the address
 * of the taken branch, or else that of the instruction with which the kernel has
 * returned to user mode.  One to the next instruction is as good as none.
 */
static inline bool arch_utrace_block_step(void)
{
	if (!cpu_has_feature(CPU_FTR_CFAR))
		return false;
	user_enable_block_step(current);
	return true;
}
#define arch_utrace_block_step arch_utrace_block_step

static inline bool arch_utrace_block_ended(struct pt_regs *regs)
{
	unsigned long from = regs->orig_gpr3;

	return !is_kernel_addr(from) && regs->nip != from + 4;
}
#define arch_utrace_block_ended arch_utrace_block_ended

#include <asm-generic/utrace.h>

#endif /* _ASM_POWERPC_UTRACE_H */
