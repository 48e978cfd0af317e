// SPDX-License-Identifier: GPL-2.0-only
/*
 * utrace: a system call that a stopped thread executes in place of its program
 *
 * The thread wakes up within utrace_stop(), calls the function of the system call, and
 * goes back to sleep.  It is not @stopped meanwhile, so nobody reads or writes its
 * registers, but every engine that holds it still does.
 *
 * A system call needs more than its arguments.  While it runs, the registers in memory
 * have to describe it, because seccomp, audit, restartable sleeps and others look there.
 * Afterwards the thread puts back what says which call its program is in: the general
 * registers, the restart block, and the signal mask that an interrupted call has left to
 * be restored.
 */

#include <linux/audit.h>
#include <linux/errno.h>
#include <linux/export.h>
#include <linux/limits.h>
#include <linux/nospec.h>
#include <linux/ptrace.h>
#include <linux/sched/jobctl.h>
#include <linux/sched/signal.h>
#include <linux/sched/task_stack.h>
#include <linux/seccomp.h>
#include <linux/task_work.h>

#include <asm/syscall.h>
#include <asm/unistd.h>
#include <asm/utrace.h>

#include "walk.h"

/*
 * The reports in which a stopped thread can execute a system call: it holds no locks,
 * will return to user mode, and audit does not follow a system call of its own.
 */
#define UTRACE_CALL_EVENTS	(UTRACE_EVENTS_SYSCALL | UTRACE_EVENTS_SIGNAL | \
				 UTRACE_EVENT(QUIESCE) | UTRACE_EVENT(HANDLER) | \
				 UTRACE_EVENT(GROUP_CONT) | UTRACE_EVENT(STEP))

/*
 * Calls that replace the registers, that copy them for another thread, or that do not
 * return.  None of them can be executed as a function.
 */
static const unsigned int utrace_own_calls[] = {
	__NR_rt_sigreturn, __NR_execve, __NR_execveat, __NR_clone, __NR_clone3,
	__NR_restart_syscall, __NR_exit, __NR_exit_group,
#ifdef __NR_sigreturn
	__NR_sigreturn,
#endif
#ifdef __NR_fork
	__NR_fork, __NR_vfork,
#endif
#ifdef ARCH_UTRACE_OWN_CALLS
	ARCH_UTRACE_OWN_CALLS,
#endif
};

/* The same in 32-bit tasks, where these have numbers of their own. */
#ifdef ARCH_UTRACE_COMPAT_OWN_CALLS
static const unsigned int utrace_compat_own_calls[] = { ARCH_UTRACE_COMPAT_OWN_CALLS };
#endif

static bool utrace_is_among(long nr, const unsigned int *calls, unsigned int n)
{
	while (n--)
		if (calls[n] == nr)
			return true;
	return false;
}

/* Can @task, which does not run, execute call @nr as a function? */
static bool utrace_may_call(struct task_struct *task, long nr)
{
	if (nr < 0 || nr > INT_MAX || !arch_utrace_may_call(task))
		return false;
#ifdef ARCH_UTRACE_COMPAT_OWN_CALLS
	if (arch_utrace_is_compat(task))
		return !utrace_is_among(nr, utrace_compat_own_calls,
					ARRAY_SIZE(utrace_compat_own_calls));
#endif
	return !utrace_is_among(nr, utrace_own_calls, ARRAY_SIZE(utrace_own_calls));
}

/* Has a seccomp filter killed @task?  It must not come to seccomp again. */
static bool utrace_is_doomed(struct task_struct *task)
{
	return seccomp_mode(&task->seccomp) > SECCOMP_MODE_FILTER;
}

/* May utrace_call() be used while the thread stops in the report of @event, UTRACE_EV_*? */
static bool utrace_can_call_in(unsigned int event)
{
	return BIT(event) & UTRACE_CALL_EVENTS;
}

/* Is a call of @engine's due, or under way? */
static bool utrace_has_asked(struct utrace_engine *engine)
{
	struct utrace *u = engine->utrace;

	lockdep_assert_held(&u->lock);

	return unlikely(u->asked) && u->asked->engine == engine;
}

/*
 * The call of @engine's, if there is one, is interrupted as by a signal without a handler.
 * A call that is due begins, but does not sleep.
 */
void utrace_cut_call(struct utrace_engine *engine)
{
	struct utrace *u = engine->utrace;
	unsigned long flags;

	lockdep_assert_held(&u->lock);

	if (!utrace_has_asked(engine) || u->call_cut)
		return;
	u->call_cut = true;
	if (!u->calling || !lock_task_sighand(u->task, &flags))
		return;
	/* If somebody has asked for an interrupt already, that one outlasts the call. */
	if (u->task->jobctl & JOBCTL_TRAP_UTRACE)
		u->call_cut = false;
	u->task->jobctl |= JOBCTL_TRAP_UTRACE;
	signal_wake_up(u->task, false);
	unlock_task_sighand(u->task, &flags);
}

/* @engine is detached, so it hears of no call. */
void utrace_leave_call(struct utrace_engine *engine)
{
	struct utrace *u = engine->utrace;

	lockdep_assert_held(&u->lock);

	if (u->calling)
		utrace_cut_call(engine);
	else if (utrace_has_asked(engine))
		u->asked = NULL;
}

/* The thread dies, so it makes no call. */
void utrace_drop_call(struct utrace *u)
{
	lockdep_assert_held(&u->lock);

	if (!u->calling)
		u->asked = NULL;
}

/**
 * struct utrace_called - a call in a thread's name, and what it must leave as it was
 * @call: number and arguments
 * @regs: the registers
 * @state: what arch_utrace_begin_call() has returned
 * @restart: how the program's call is restarted
 * @blocked: the mask that restore_saved_sigmask() will restore
 * @restore_mask: it will
 * @interrupt: JOBCTL_TRAP_UTRACE was set
 */
struct utrace_called {
	struct utrace_call_request call;
	struct pt_regs regs;
	unsigned long state;
	struct restart_block restart;
	sigset_t blocked;
	bool restore_mask;
	bool interrupt;
};

/* The thread leaves its stop for the call.  Called with utrace->lock and siglock held. */
static bool utrace_begin_call(struct utrace *u, struct utrace_called *c)
{
	lockdep_assert_held(&u->lock);
	lockdep_assert_held(&current->sighand->siglock);

	c->call = *u->asked;
	u->asked = &c->call;
	WRITE_ONCE(u->calling, true);
	utrace_engine_get(c->call.engine);
	/*
	 * The stop has set TIF_SIGPENDING, with which no call could sleep.  An interrupt
	 * that was asked for during the stop is not for this call.
	 */
	c->interrupt = current->jobctl & JOBCTL_TRAP_UTRACE;
	current->jobctl &= ~JOBCTL_TRAP_UTRACE;
	if (u->call_cut)
		current->jobctl |= JOBCTL_TRAP_UTRACE;
	recalc_sigpending();
	/* A thread of a frozen cgroup does nothing but wait. */
	return !(current->jobctl & JOBCTL_TRAP_FREEZE);
}

/* The thread is about to go back to its stop. */
static void utrace_end_call(struct utrace *u, const struct utrace_called *c)
{
	spin_lock_irq(&u->lock);
	spin_lock(&current->sighand->siglock);
	u->asked = NULL;
	WRITE_ONCE(u->calling, false);
	if (u->call_cut)
		current->jobctl &= ~JOBCTL_TRAP_UTRACE;
	u->call_cut = false;
	if (c->interrupt)
		current->jobctl |= JOBCTL_TRAP_UTRACE;
	/* As in the stop, which may be at the exit of an interrupted call. */
	set_thread_flag(TIF_SIGPENDING);
	spin_unlock(&current->sighand->siglock);
	spin_unlock_irq(&u->lock);
}

/* Ask seccomp.  0: the call may be executed; otherwise *@result is its result. */
static int utrace_judge_call(struct utrace *u, struct pt_regs *regs, long *result)
{
	bool refused, trapped;

	u->judged = UTRACE_JUDGED_ASKED;
	refused = secure_computing();
	trapped = u->judged == UTRACE_JUDGED_TRAPPED;
	u->judged = 0;
	if (refused) {
		/* No architecture has encoded it yet. */
		*result = trapped ? -ENOSYS : syscall_get_return_value(current, regs);
		return -1;
	}
	/* A ptrace tracer may have made another call of it (SECCOMP_RET_TRACE). */
	if (utrace_may_call(current, syscall_get_nr(current, regs)))
		return 0;
	*result = -ENOSYS;
	return -1;
}

/*
 * SECCOMP_RET_TRAP would run a handler of the program, which would take the registers of
 * the program for those of the call.  True: no signal is to be made of it.
 */
bool __utrace_seccomp_trap(void)
{
	struct utrace *u = utrace_current();

	if (IS_ERR_OR_NULL(u) || u->judged != UTRACE_JUDGED_ASKED)
		return false;
	u->judged = UTRACE_JUDGED_TRAPPED;
	return true;
}

static long utrace_invoke(struct utrace *u, struct pt_regs *regs)
{
	unsigned long args[6];
	long result = -ENOSYS;

	if (utrace_judge_call(u, regs, &result))
		return result;
	syscall_get_arguments(current, regs, args);
	audit_syscall_entry(syscall_get_nr(current, regs), args[0], args[1], args[2],
			    args[3]);
	result = arch_utrace_make_call(regs, syscall_get_nr(current, regs));
	arch_utrace_set_exit_result(current, regs, result);
	audit_syscall_exit(regs);
	return result;
}

/* Execute the call, and leave everything else as it was. */
static long utrace_execute(struct utrace *u, struct utrace_called *c)
{
	struct pt_regs *regs = current_pt_regs();
	long result;
	int i;

	/* What is due already does not interrupt the call. */
	clear_notify_signal();
	if (task_work_pending(current))
		task_work_run();

	c->regs = *regs;
	c->restart = current->restart_block;
	c->restore_mask = test_and_clear_restore_sigmask();
	if (c->restore_mask)
		c->blocked = current->saved_sigmask;

	c->state = arch_utrace_begin_call(regs);
	if (arch_utrace_is_compat(current))
		for (i = 0; i < ARRAY_SIZE(c->call.args); i++)
			c->call.args[i] = (u32)c->call.args[i];
	arch_utrace_set_nr(regs, c->call.nr);
	arch_utrace_set_args(current, regs, c->call.args);

	result = utrace_invoke(u, regs);

	arch_utrace_end_call(regs, &c->regs, c->state);
	/* Of a call that was interrupted; what has interrupted it stays pending. */
	restore_saved_sigmask();
	if (c->restore_mask) {
		current->saved_sigmask = c->blocked;
		set_restore_sigmask();
	}
	current->restart_block = c->restart;

	/* Files that the call has closed, for example. */
	clear_notify_signal();
	if (task_work_pending(current))
		task_work_run();
	return result;
}

/* Tell @engine, unless it is detached. */
static void utrace_report_called(struct utrace *u, struct utrace_engine *engine, long result)
{
	/* As in a walk, whoever detaches the engine sees that this callback runs. */
	utrace_publish(u, engine);
	/* Either this sees that it is detached, or who detaches it waits for the callback. */
	if (data_race(READ_ONCE(engine->flags)) & ENGINE_ATTACHED)
		engine->ops->report_called(engine, result);
	utrace_publish(u, NULL);
}

/*
 * utrace_stop(), in the report of @event: execute the call that an engine has asked for.
 * Called with utrace->lock and siglock held, and drops both.  The thread is not @stopped.
 */
void utrace_do_call(struct utrace *u, unsigned long event)
	__releases(&current->sighand->siglock)
	__releases(&u->lock)
{
	struct utrace_called c;
	bool frozen;
	long result;

	frozen = !utrace_begin_call(u, &c);
	spin_unlock(&current->sighand->siglock);
	spin_unlock_irq(&u->lock);

	utrace_test_point(UTRACE_POINT_CALL, current);
	result = frozen ? -ERESTARTNOINTR : utrace_execute(u, &c);
	utrace_end_call(u, &c);

	if (utrace_is_doomed(current)) {
		/* It dies when it comes to its signal, and nobody keeps it from that. */
		u->judged = UTRACE_JUDGED_KILLED;
		if (event == UTRACE_EVENT(SYSCALL_ENTRY)) {
			spin_lock_irq(&u->lock);
			u->result = -ENOSYS;
			WRITE_ONCE(u->call_asked, u->call_asked | CALL_SKIP);
			utrace_update_flags(u);
			spin_unlock_irq(&u->lock);
		}
	} else if (!fatal_signal_pending(current)) {
		utrace_report_called(u, c.call.engine, result);
	}
	utrace_engine_put(c.call.engine);
}

/* do_exit() was called during the call, as by seccomp: it does not return. */
struct utrace_engine *utrace_abandon_call(struct utrace *u)
{
	struct utrace_engine *engine = u->calling ? u->asked->engine : NULL;

	lockdep_assert_held(&u->lock);

	u->asked = NULL;
	WRITE_ONCE(u->calling, false);
	u->judged = 0;
	return engine;
}

/**
 * utrace_call - let a stopped thread execute a system call
 * @engine: the caller has a reference; holds the thread
 * @call: number and arguments.  The memory is used until report_called, or until the
 *	engine is detached
 *
 * The thread executes the call in its stop, with its own memory, files and credentials,
 * and reports the result in report_called.  Its program does not notice: neither text nor
 * registers are changed, and a system call that the program is in goes on afterwards as
 * before.  The engine, and every other one that holds the thread, holds it during the call
 * and afterwards, but cannot examine it during the call.
 *
 * The call is like one that the program makes: it may sleep, a pending signal interrupts
 * it, seccomp judges it, and audit records it.  ptrace and engines get no report of it.
 * If a filter of seccomp answers SECCOMP_RET_TRAP, the call fails with -ENOSYS, and no
 * signal is sent.
 *
 * All calls of utrace_control() that end the engine's hold interrupt the call as well, as
 * a signal without a handler would.  The result is then reported as it is, for example
 * -ERESTARTSYS.  report_called is not called if the thread dies, or if the engine is
 * detached.
 *
 * A thread can execute calls where it is stopped at a system call, a signal, the beginning
 * of a handler, a step, or on its way to user mode.
 *
 * Context: as utrace_control().
 *
 * Return: 0, or
 *
 * * %-EINVAL - this engine has not stopped the thread, or has no report_called
 * * %-EAGAIN - the thread has not reached its stop yet
 * * %-EBUSY - a call is under way
 * * %-EOPNOTSUPP - this call cannot be executed in another's name, or not in this stop.
 *   It would replace the registers (sigreturn, execve) or copy them for a new thread
 *   (clone, fork), or it does not return (exit)
 * * %-ESRCH - the engine is detached, or the thread is dead or bound to die
 */
int utrace_call(struct utrace_engine *engine, struct utrace_call_request *call)
{
	struct utrace *u = engine->utrace;
	unsigned long flags;
	int ret = 0;

	if (!engine->ops->report_called)
		return -EINVAL;

	spin_lock_irqsave(&u->lock, flags);
	if (!(engine->flags & ENGINE_ATTACHED) || u->dead || utrace_is_doomed(u->task)) {
		ret = -ESRCH;
	} else if (!(engine->flags & (ENGINE_STOP | ENGINE_STOP_LATER))) {
		ret = -EINVAL;
	} else if (u->asked) {
		ret = -EBUSY;
	} else if (!(engine->flags & ENGINE_STOP) || !u->stopped) {
		ret = -EAGAIN;
	} else if (!utrace_can_call_in(u->stop_event) ||
		   !utrace_may_call(u->task, call->nr)) {
		ret = -EOPNOTSUPP;
	} else {
		call->engine = engine;
		u->asked = call;
		u->call_cut = false;
		/* utrace_finish_examine() wakes a thread that is pinned. */
		if (!u->pins)
			wake_up_state(u->task, __TASK_TRACED);
	}
	spin_unlock_irqrestore(&u->lock, flags);
	return ret;
}
EXPORT_SYMBOL_NS_GPL(utrace_call, UTRACE);

/**
 * utrace_call_interrupt - interrupt the system call that a thread executes for an engine
 * @engine: the caller has a reference; has used utrace_call()
 *
 * The effect is that of a signal without a handler.  The engine goes on to hold the
 * thread.
 *
 * Context: as utrace_control().
 *
 * Return: 0, or
 *
 * * %-EINVAL - no call of this engine is under way
 */
int utrace_call_interrupt(struct utrace_engine *engine)
{
	struct utrace *u = engine->utrace;
	unsigned long flags;
	int ret = -EINVAL;

	spin_lock_irqsave(&u->lock, flags);
	if (utrace_has_asked(engine)) {
		utrace_cut_call(engine);
		ret = 0;
	}
	spin_unlock_irqrestore(&u->lock, flags);
	return ret;
}
EXPORT_SYMBOL_NS_GPL(utrace_call_interrupt, UTRACE);
