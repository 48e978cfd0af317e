/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Single-step in software: the calls that stock code makes
 *
 * A thread that is stepped has TIF_SINGLESTEP.  It also has TIF_STEP_DUE until
 * its next instruction is prepared, which is the last thing that it does before
 * user mode.  kernel/utrace_step.c says how.
 */
#ifndef _ASM_RISCV_UTRACE_STEP_H
#define _ASM_RISCV_UTRACE_STEP_H

#include <linux/irqflags.h>
#include <linux/mm_types.h>
#include <linux/sched.h>
#include <linux/thread_info.h>

#ifdef CONFIG_UTRACE

void __utrace_step_work(unsigned long ti_work);
bool __utrace_step_break(struct pt_regs *regs);
bool __utrace_step_fault(struct pt_regs *regs, unsigned long *addr);
void __utrace_step_release(struct task_struct *task);
bool utrace_step_zcmp_jump(u32 insn);

#define ARCH_EXIT_TO_USER_MODE_WORK	_TIF_STEP_DUE

/*
 * The work of a thread that is stepped, first thing in each round of the loop: a
 * thread that was on its way through an instruction is shown as it would be
 * without the step to whoever looks at it in this round; and if there is nothing
 * else to do, the next instruction is prepared.  One test for both, of a bit that
 * fits an immediate.
 */
static inline void local_irq_enable_exit_to_user(unsigned long ti_work)
{
	local_irq_enable();
	if (unlikely(ti_work & _TIF_SINGLESTEP))
		__utrace_step_work(ti_work);
}
#define local_irq_enable_exit_to_user local_irq_enable_exit_to_user

/* handle_break(): true if it is not the program's breakpoint. */
static inline bool utrace_step_break(struct pt_regs *regs)
{
	return test_thread_flag(TIF_SINGLESTEP) && user_mode(regs) &&
	       __utrace_step_break(regs);
}

/* do_trap(): true if the program has not done anything wrong. */
static inline bool utrace_step_fault(struct pt_regs *regs, unsigned long *addr)
{
	return test_thread_flag(TIF_SINGLESTEP) && __utrace_step_fault(regs, addr);
}

/* What signal_setup_done() wants to know, not as a bool: that would cost more. */
static inline int utrace_step_armed(void)
{
	return READ_ONCE(current_thread_info()->flags) & _TIF_SINGLESTEP;
}

/* A new task, a copy of another one. */
static inline void utrace_step_init_task(struct task_struct *task)
{
	task->thread.utrace_step = NULL;
}

/* @task will not use this mm any more. */
#define deactivate_mm deactivate_mm
static inline void deactivate_mm(struct task_struct *task, struct mm_struct *mm)
{
	if (unlikely(task->thread.utrace_step))
		__utrace_step_release(task);
}

#else /* !CONFIG_UTRACE */

static inline bool utrace_step_break(struct pt_regs *regs) { return false; }
static inline bool utrace_step_fault(struct pt_regs *regs, unsigned long *addr)
{
	return false;
}
static inline int utrace_step_armed(void) { return 0; }
static inline void utrace_step_init_task(struct task_struct *task) { }

#endif /* CONFIG_UTRACE */

#endif /* _ASM_RISCV_UTRACE_STEP_H */
