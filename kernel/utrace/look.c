// SPDX-License-Identifier: GPL-2.0-only
/*
 * utrace: look at a thread that nobody has stopped
 *
 * A thread that sleeps in the kernel has left its registers behind: those of user mode
 * are at the base of its kernel stack, and the scheduler has saved the others.  They can
 * be read while the thread does not run, without a stop and without waking the thread.
 *
 * task_call_func() holds pi_lock, against which nobody can wake the thread, and the lock
 * of the runqueue if the thread is on it.  So what is read there is exact.  To read first
 * and to test afterwards whether the thread has run meanwhile (as lib/syscall.c does)
 * would not do for registers.  The functions of user_regset follow pointers to saved
 * state, which a running thread frees, and powerpc's have a BUG_ON() for a thread whose
 * state is in the CPU.
 *
 * The thread must have gone to sleep by itself.  One that was preempted may be in
 * the middle of changing that state.
 */

#include <linux/err.h>
#include <linux/export.h>
#include <linux/sched.h>
#include <linux/sched/task_stack.h>
#include <linux/wait.h>

#include <asm/syscall.h>
#include <asm/utrace.h>

#include "internal.h"

/* The state of a frozen thread is where the freezer has saved it. */
static unsigned int utrace_task_state(struct task_struct *task)
{
	unsigned int state = READ_ONCE(task->__state);

	if (!(state & TASK_FROZEN))
		return state;
	/* The thread that freezes itself would run. */
	return READ_ONCE(task->saved_state) ?: TASK_UNINTERRUPTIBLE;
}

/* It will not be in user mode again, and its registers mean nothing. */
static bool utrace_is_dying(struct task_struct *task)
{
	return READ_ONCE(task->exit_state) ||
	       (READ_ONCE(task->flags) & (PF_EXITING | PF_SIGNALED | PF_DUMPCORE |
					   PF_POSTCOREDUMP));
}

/*
 * UTRACE_STATE_* of @task, with pi_lock held, and the lock of its runqueue if it is on
 * one.
 */
static unsigned int utrace_state(struct task_struct *task)
{
	unsigned int state = utrace_task_state(task);

	lockdep_assert_held(&task->pi_lock);

	if (utrace_is_dying(task))
		return UTRACE_STATE_DYING;
	/* It has not gone to sleep yet, or was woken.  A delayed dequeue is a sleep. */
	if (task_is_runnable(task))
		return UTRACE_STATE_RUNS;
	if (state & __TASK_TRACED)
		return UTRACE_STATE_TRACED;
	if (state & __TASK_STOPPED)
		return UTRACE_STATE_STOPPED;
	if (state & TASK_INTERRUPTIBLE)
		return UTRACE_STATE_SLEEPS;
	/* Not TASK_RTLOCK_WAIT, a spinlock of PREEMPT_RT, which may be anywhere. */
	if (state & TASK_UNINTERRUPTIBLE)
		return UTRACE_STATE_WAITS;
	return UTRACE_STATE_RUNS;
}

static bool utrace_state_is_asleep(unsigned int state)
{
	return state == UTRACE_STATE_SLEEPS || state == UTRACE_STATE_WAITS;
}

/* The system call in which @task sleeps. */
static void utrace_look_at_call(struct task_struct *task, struct utrace_look *look)
{
	struct pt_regs *regs = task_pt_regs(task);
	int i;

	look->nr = arch_utrace_call_nr(task, regs);
	if (look->nr == -1)
		return;
	look->arch = utrace_syscall_arch(task);
	arch_utrace_get_args(task, regs, look->args);
	/* Not every architecture cuts off what a 32-bit task cannot see. */
	if (ARCH_UTRACE_AUDIT_COMPAT && look->arch == ARCH_UTRACE_AUDIT_COMPAT)
		for (i = 0; i < ARRAY_SIZE(look->args); i++)
			look->args[i] = (u32)look->args[i];
	look->ip = utrace_user_pc(task, regs);
	look->sp = user_stack_pointer(regs);
}

/**
 * struct utrace_asleep_call - what utrace_call_asleep() calls
 * @func: the function
 * @arg: its argument
 */
struct utrace_asleep_call {
	int (*func)(struct task_struct *task, void *arg);
	void *arg;
};

static int utrace_asleep_func(struct task_struct *task, void *arg)
{
	struct utrace_asleep_call *c = arg;
	struct utrace *u = READ_ONCE(task->utrace);

	/* In a call of utrace_call(), its registers are those of the call. */
	if (!IS_ERR_OR_NULL(u) && READ_ONCE(u->calling))
		return -EAGAIN;
	if (!utrace_state_is_asleep(utrace_state(task)))
		return -EAGAIN;
	return c->func(task, c->arg);
}

/*
 * Call @func while @task sleeps in the kernel and cannot be woken, with interrupts off.
 * The caller has pinned the stack of @task.  %-EAGAIN: it does not sleep.
 */
int utrace_call_asleep(struct task_struct *task,
		       int (*func)(struct task_struct *task, void *arg), void *arg)
{
	struct utrace_asleep_call c = { func, arg };

	return task_call_func(task, utrace_asleep_func, &c);
}

static int utrace_look_func(struct task_struct *task, void *arg)
{
	struct utrace_look *look = arg;

	look->state = utrace_state(task);
	if (utrace_state_is_asleep(look->state))
		utrace_look_at_call(task, look);
	return 0;
}

/*
 * The system call at whose entry or exit an engine holds @task, or in which it holds
 * @task on the way to exit.  While the thread is stopped and utrace->lock is held, the
 * thread does not leave the stop, so that its stack and utrace->syscall stay as they are.
 */
static void utrace_look_at_stop(struct task_struct *task, struct utrace_look *look)
{
	struct utrace *u = utrace_get_existing(task);
	unsigned long flags;
	int i;

	if (!u)
		return;
	spin_lock_irqsave(&u->lock, flags);
	if (u->stopped && READ_ONCE(u->pass.in_syscall)) {
		look->arch = u->syscall.arch;
		look->nr = u->syscall.nr;
		for (i = 0; i < ARRAY_SIZE(look->args); i++)
			look->args[i] = u->syscall.args[i];
		look->ip = u->syscall.ip;
		look->sp = user_stack_pointer(task_pt_regs(task));
	}
	spin_unlock_irqrestore(&u->lock, flags);
	utrace_put(u);
}

/**
 * utrace_look - find out what a thread does at the moment
 * @task: a thread of user space, to which the caller has a reference
 * @look: out: its state, and the system call that it is in, if that is known
 *
 * The thread need not be stopped or have engines.  It is neither woken nor delayed, and
 * may already do something else when the function returns.  What @look says was true of
 * one moment.
 *
 * The system call of a thread that sleeps is described as the kernel executes it, so as
 * ptrace or an engine may have changed it.  A call that was interrupted may still be shown
 * if the thread sleeps again before it is back in user mode.
 *
 * The system call at whose entry or exit an engine holds the thread is described as user
 * space has entered it, as in utrace_syscall().  Nothing is known of the call at which
 * ptrace holds a thread.
 *
 * Context: any but NMI, and not with a lock of the scheduler held; does not sleep.
 */
void utrace_look(struct task_struct *task, struct utrace_look *look)
{
	*look = (struct utrace_look){ .state = UTRACE_STATE_DYING, .nr = -1 };
	/* Without a stack it is dead. */
	if (!try_get_task_stack(task))
		return;
	task_call_func(task, utrace_look_func, look);
	if (look->state == UTRACE_STATE_TRACED)
		utrace_look_at_stop(task, look);
	put_task_stack(task);
}
EXPORT_SYMBOL_NS_GPL(utrace_look, UTRACE);
