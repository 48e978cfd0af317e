/* SPDX-License-Identifier: GPL-2.0-only */
/* utrace on arm64: see include/asm-generic/utrace.h for the contract */
#ifndef _ASM_ARM64_UTRACE_H
#define _ASM_ARM64_UTRACE_H

#include <linux/compat.h>
#include <linux/errno.h>
#include <linux/nospec.h>
#include <linux/ptrace.h>
#include <linux/string.h>
#include <linux/uaccess.h>
#include <uapi/linux/audit.h>
#include <asm/ptrace.h>
#include <asm/syscall.h>
#include <asm/unistd.h>
#include <asm/unistd_compat_32.h>

struct user_regset_view;

/* ptrace.c: the views of task_user_regset_view() */
extern const struct user_regset_view user_aarch64_view;
extern const struct user_regset_view user_aarch32_ptrace_view;

#define ARCH_UTRACE_AUDIT	AUDIT_ARCH_AARCH64
#define ARCH_UTRACE_AUDIT_COMPAT (IS_ENABLED(CONFIG_COMPAT) ? AUDIT_ARCH_ARM : 0)

static inline void arch_utrace_set_nr(struct pt_regs *regs, long nr)
{
	/*
	 * A 32-bit ARM task gets SIGILL for those behind its private calls, and
	 * -ENOSYS for others that do not exist, as everybody gets for all.
	 */
	if (compat_user_mode(regs) && nr >= __ARM_NR_COMPAT_END)
		nr = -2;
	regs->syscallno = nr;
}

static inline void arch_utrace_set_args(struct task_struct *task,
					struct pt_regs *regs,
					const unsigned long args[6])
{
	bool narrow = is_compat_thread(task_thread_info(task));
	int i;

	for (i = 0; i < 6; i++)
		regs->regs[i] = narrow ? (u32)args[i] : args[i];
	regs->orig_x0 = regs->regs[0];
}

/* do_signal() has gone back already, and makes sure that the pc is still there. */
static inline void arch_utrace_forget_call(struct task_struct *task,
					   struct pt_regs *regs, bool interrupted)
{
	if (interrupted)
		forget_syscall(regs);
}

static inline unsigned long arch_utrace_call_state(struct task_struct *task,
						   struct pt_regs *regs)
{
	return regs->syscallno;
}
#define arch_utrace_call_state arch_utrace_call_state

#define arch_utrace_fp(regs)	((regs)->regs[29])

static inline bool arch_utrace_is_compat(struct task_struct *task)
{
	return is_compat_thread(task_thread_info(task));
}

#ifdef CONFIG_COMPAT
#define ARCH_UTRACE_COMPAT_OWN_CALLS						\
	__NR_compat32_restart_syscall, __NR_compat32_exit, __NR_compat32_fork,	\
	__NR_compat32_execve, __NR_compat32_sigreturn, __NR_compat32_clone,	\
	__NR_compat32_rt_sigreturn, __NR_compat32_vfork,			\
	__NR_compat32_exit_group, __NR_compat32_execveat, __NR_compat32_clone3

long compat_arm_syscall(struct pt_regs *regs, int scno);

static inline long arch_utrace_make_compat_call(struct pt_regs *regs, unsigned int nr)
{
	if (nr >= __NR_compat32_syscalls)
		return compat_arm_syscall(regs, nr);
	nr = array_index_nospec(nr, __NR_compat32_syscalls);
	return compat_sys_call_table[nr](regs);
}
#endif

static inline unsigned long arch_utrace_begin_call(struct pt_regs *regs)
{
	return 0;
}

static inline long arch_utrace_make_call(struct pt_regs *regs, unsigned int nr)
{
#ifdef CONFIG_COMPAT
	if (is_compat_task())
		return arch_utrace_make_compat_call(regs, nr);
#endif
	if (nr >= NR_syscalls)
		return -ENOSYS;
	return sys_call_table[array_index_nospec(nr, NR_syscalls)](regs);
}

/* prctl() may have changed SSBS, which is in pstate. */
static inline void arch_utrace_end_call(struct pt_regs *regs, const struct pt_regs *saved,
					unsigned long state)
{
	memcpy(regs->regs, saved->regs, sizeof(regs->regs));
	regs->sp = saved->sp;
	regs->pc = saved->pc;
	regs->orig_x0 = saved->orig_x0;
	regs->syscallno = saved->syscallno;
}

static inline unsigned int arch_utrace_insn_length(struct pt_regs *regs,
						   bool *in_parts)
{
	__le16 half;

	if (!compat_thumb_mode(regs))
		return 4;
	if (get_user(half, (__le16 __user *)instruction_pointer(regs)))
		return 0;
	/* T32: 0b11101, 0b11110 and 0b11111 begin one of two halfwords. */
	return le16_to_cpu(half) >> 11 >= 0x1d ? 4 : 2;
}
#define arch_utrace_insn_length arch_utrace_insn_length

#ifdef CONFIG_HAVE_HW_BREAKPOINT
/*
 * perf steps the thread over an instruction at which it has a breakpoint or a
 * watchpoint, with the same flag, and disarms it afterwards.  suspended_step tells
 * that somebody else steps the thread, too.
 */
static inline void arch_utrace_sync_step(void)
{
	struct debug_info *debug = &current->thread.debug;

	if (likely(!debug->bps_disabled && !debug->wps_disabled))
		return;
	debug->suspended_step = test_thread_flag(TIF_SINGLESTEP);
	user_enable_single_step(current);
}
#define arch_utrace_sync_step arch_utrace_sync_step
#endif

#include <asm-generic/utrace.h>

#endif /* _ASM_ARM64_UTRACE_H */
