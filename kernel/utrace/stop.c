// SPDX-License-Identifier: GPL-2.0-only
/*
 * utrace: how a thread is stopped and woken
 *
 * The sleep is TASK_TRACED without JOBCTL_TRACED: to ptrace and wait(2) such a
 * thread is not stopped at all, while SIGKILL and the freezer treat it as they
 * treat a ptrace stop.  It is decided and slept in under both utrace->lock and
 * siglock, so a RESUME is either seen before the thread sleeps or finds it
 * asleep.
 */

#include <linux/cgroup.h>
#include <linux/export.h>
#include <linux/ktime.h>
#include <linux/ptrace.h>
#include <linux/resume_user_mode.h>
#include <linux/sched/jobctl.h>
#include <linux/sched/signal.h>

#include <asm/utrace.h>

#include <trace/events/utrace.h>

#include "internal.h"

/*
 * Charge the engine's user for a stop, if that was not done for one that is due.
 * Everything else that ends in a stop can then no longer fail.  @must: regardless of the
 * limit.
 */
int utrace_charge_stop(struct utrace_engine *engine, bool must)
{
	int ret;

	lockdep_assert_held(&engine->utrace->lock);

	if (engine->flags & ENGINE_CHARGED)
		return 0;
	ret = utrace_user_charge(engine->user, must);
	if (!ret)
		engine->flags |= ENGINE_CHARGED;
	return ret;
}

void utrace_uncharge_stop(struct utrace_engine *engine)
{
	lockdep_assert_held(&engine->utrace->lock);

	if (engine->flags & ENGINE_CHARGED) {
		engine->flags &= ~ENGINE_CHARGED;
		utrace_user_uncharge(engine->user);
	}
}

/* Charged already. */
void utrace_set_stop(struct utrace_engine *engine)
{
	struct utrace *u = engine->utrace;

	lockdep_assert_held(&u->lock);
	WARN_ON_ONCE(!(engine->flags & ENGINE_CHARGED));

	engine->flags &= ~ENGINE_STOP_LATER;
	if (!(engine->flags & ENGINE_STOP)) {
		engine->flags |= ENGINE_STOP;
		u->nr_stop++;
		if (trace_utrace_resume_enabled())
			engine->stopped_at = ktime_get_ns();
		trace_utrace_stop(engine);
	}
}

/* Take back what the engine asked for: a stop, a step, a report. */
void utrace_clear_stop(struct utrace_engine *engine)
{
	struct utrace *u = engine->utrace;

	lockdep_assert_held(&u->lock);

	utrace_uncharge_stop(engine);
	if (engine->flags & ENGINE_STOP) {
		u->nr_stop--;
		if (trace_utrace_resume_enabled())
			trace_utrace_resume(engine, engine->stopped_at ?
				ktime_get_ns() - engine->stopped_at : 0);
		engine->stopped_at = 0;
	}
	engine->flags &= ~(ENGINE_STOP | ENGINE_STOP_LATER | ENGINE_REQUEST);
	utrace_forget_step(engine);
}

/* A thread that is bound to die is held by nobody any more. */
void utrace_clear_stops(struct utrace *u)
{
	struct utrace_engine *engine;

	lockdep_assert_held(&u->lock);

	list_for_each_entry(engine, &u->engines, node)
		utrace_clear_stop(engine);
	WARN_ON_ONCE(u->nr_stop);
}

/*
 * A thread that is bound to die must not be sent through get_signal() again:
 * TIF_SIGPENDING would cut its core dump short.
 */
static bool utrace_task_dying(struct task_struct *task)
{
	lockdep_assert_held(&task->sighand->siglock);

	return (task->signal->flags & SIGNAL_GROUP_EXIT) ||
	       task->signal->core_state ||
	       (READ_ONCE(task->flags) & (PF_SIGNALED | PF_DUMPCORE |
					   PF_POSTCOREDUMP | PF_EXITING));
}

/*
 * Make the thread pass through utrace_quiesce() before it is in user mode, without
 * waking it.
 */
void utrace_pass_due(struct utrace *u)
{
	struct task_struct *task = u->task;

	lockdep_assert_held(&task->sighand->siglock);

	WRITE_ONCE(task->jobctl, task->jobctl | JOBCTL_UTRACE);
	u->pass_due = true;
	set_notify_resume(task);
}

/*
 * Make the thread pass through utrace_quiesce() before it is in user mode.
 *
 * It looks at JOBCTL_UTRACE in resume_user_mode_work() and, under siglock, in
 * get_signal(), right before it would begin a job control stop.  If it is in
 * one already, siglock tells, and it is sent round: it comes back to
 * TASK_STOPPED after the pass, without a second notification of its parent,
 * since JOBCTL_STOP_CONSUME is clear.
 */
void utrace_kick(struct utrace *u, bool interrupt)
{
	struct task_struct *task = u->task;
	unsigned long flags;

	lockdep_assert_held(&u->lock);

	/* Dead or dying, it will not see user mode again. */
	if (u->exiting || !lock_task_sighand(task, &flags))
		return;
	if (!utrace_task_dying(task)) {
		utrace_pass_due(u);
		if (task->jobctl & JOBCTL_STOPPED) {
			task->jobctl &= ~JOBCTL_STOPPED;
			task->jobctl |= JOBCTL_STOP_PENDING | JOBCTL_TRAP_UTRACE;
			if (!(task->jobctl & JOBCTL_STOP_SIGMASK))
				task->jobctl |= SIGSTOP;
			signal_wake_up_state(task, __TASK_STOPPED);
		} else if (interrupt || (READ_ONCE(task->flags) & PF_VCPU)) {
			/*
			 * Not every hypervisor looks at TIF_NOTIFY_RESUME before it
			 * enters the guest again, but all of them look for signals.
			 */
			task->jobctl |= JOBCTL_TRAP_UTRACE;
			/* It outlasts the call that the thread may be executing. */
			if (u->calling)
				u->call_cut = false;
			signal_wake_up(task, false);
		}
	}
	unlock_task_sighand(task, &flags);
}

/*
 * The same for current, which is in the kernel, with less to do.  False: it is dying,
 * and will not see user mode again.  Interrupts are off.
 */
bool utrace_kick_current(struct utrace *u)
{
	struct sighand_struct *sighand = current->sighand;
	bool kick;

	lockdep_assert_held(&u->lock);

	spin_lock(&sighand->siglock);
	kick = !utrace_task_dying(current);
	if (kick) {
		WRITE_ONCE(current->jobctl,
			   current->jobctl | JOBCTL_UTRACE | JOBCTL_TRAP_UTRACE);
		u->pass_due = true;
		set_thread_flag(TIF_SIGPENDING);
	}
	spin_unlock(&sighand->siglock);
	return kick;
}

/* resume_user_mode_work(): the way to the stop leads through get_signal(). */
void __utrace_resume_user_mode(void)
{
	spin_lock_irq(&current->sighand->siglock);
	if (!utrace_task_dying(current)) {
		current->jobctl |= JOBCTL_TRAP_UTRACE;
		set_thread_flag(TIF_SIGPENDING);
	}
	spin_unlock_irq(&current->sighand->siglock);
}

void utrace_wake(struct utrace *u)
{
	lockdep_assert_held(&u->lock);

	/* It cannot be in a ptrace stop: @stopped is true in ours only. */
	if (u->stopped && !u->nr_stop && !u->pins)
		wake_up_state(u->task, __TASK_TRACED);
}

static bool utrace_killed(struct task_struct *task)
{
	lockdep_assert_held(&task->sighand->siglock);

	return __fatal_signal_pending(task) ||
	       (task->jobctl & JOBCTL_UTRACE_KILLED);
}

static bool utrace_may_sleep(struct utrace *u)
{
	struct task_struct *exec = current->signal->group_exec_task;

	/*
	 * A thread that exits by itself gets no SIGKILL from de_thread(), which
	 * waits for it with cred_guard_mutex held; and one that exits because
	 * another thread dumps core has taken it.
	 */
	return !utrace_killed(current) && u->judged != UTRACE_JUDGED_KILLED &&
	       (!exec || exec == current) && !current->signal->core_state;
}

/*
 * prepare_signal(): SIGKILL for a process that is dying.  It is not queued, so it
 * is noted for every thread: one that is held in its exit leaves that stop, and
 * one that is still in the report of its exit does not begin one.  siglock says
 * whose stop it is that a thread is in.
 */
void __utrace_kill_dying(struct task_struct *task)
{
	struct task_struct *t;

	lockdep_assert_held(&task->sighand->siglock);

	__for_each_thread(task->signal, t) {
		struct utrace *u = READ_ONCE(t->utrace);

		t->jobctl |= JOBCTL_UTRACE_KILLED;
		if (!IS_ERR_OR_NULL(u) && u->stopped && !u->pins)
			wake_up_state(t, __TASK_TRACED);
	}
}

/* The thread is awake, with utrace->lock and siglock held. */
static void utrace_leave_stop(struct utrace *u)
{
	lockdep_assert_held(&u->lock);
	lockdep_assert_held(&current->sighand->siglock);

	u->stopped = false;
	/* Its TIF_SIGPENDING has kept complete_signal() from asking. */
	WRITE_ONCE(u->fatal_due, true);
	current->last_siginfo = NULL;
	current->ptrace_message = 0;
}

/*
 * Sleep until no engine holds this thread, or it is killed, and execute the system calls
 * that engines ask for meanwhile.  @event: at whose report.
 *
 * @info is there for arm64, whose regset set() wants to know from
 * current->last_siginfo that a tracer has stopped the thread at a system call.
 */
void utrace_stop(struct utrace *u, unsigned long event)
{
	bool in_entry = event == UTRACE_EVENT(SYSCALL_ENTRY);
	struct sighand_struct *sighand = current->sighand;
	bool was_stopped = false;
	kernel_siginfo_t info;

	lockdep_assert_not_held(&u->lock);

	clear_siginfo(&info);
	info.si_signo = SIGTRAP;
	info.si_code = SIGTRAP | 0x80;

	for (;;) {
		utrace_test_point(UTRACE_POINT_STOP_DECIDED, current);
		spin_lock_irq(&u->lock);
		spin_lock(&sighand->siglock);
		if (!utrace_may_sleep(u)) {
			utrace_clear_stops(u);
			utrace_drop_call(u);
		}
		if (unlikely(u->asked) && !u->pins) {
			utrace_leave_stop(u);
			utrace_do_call(u, event);
			continue;
		}
		/* Killed, but looked at: the last one to unpin it wakes it. */
		if (!u->nr_stop && !u->pins)
			break;

		/*
		 * ptrace_attach() waits until the thread has gone from a job
		 * control stop to one of ptrace's.  That comes only when engines
		 * have let the thread go, and ptrace(2) must not wait for them.
		 */
		task_clear_jobctl_trapping(current);
		u->stopped = true;
		u->stop_event = __ffs(event);
		was_stopped = true;
		current->last_siginfo = &info;
		current->ptrace_message = in_entry ? PTRACE_EVENTMSG_SYSCALL_ENTRY
						   : PTRACE_EVENTMSG_SYSCALL_EXIT;
		/*
		 * wants_signal() does not know this stop, but it does not give
		 * a process's signal to a thread that has one pending.
		 */
		set_thread_flag(TIF_SIGPENDING);
		set_special_state(TASK_TRACED);
		spin_unlock(&sighand->siglock);
		spin_unlock_irq(&u->lock);

		cgroup_enter_frozen();
		schedule();
		cgroup_leave_frozen(true);
		utrace_test_point(UTRACE_POINT_STOP_WOKEN, current);
	}

	WRITE_ONCE(u->parked, false);
	if (was_stopped) {
		utrace_leave_stop(u);
		/*
		 * Elsewhere get_signal() follows and tidies up.  A system call
		 * about to be made, and the waits of an exit, would be
		 * interrupted by the flag.
		 */
		if (in_entry || event == UTRACE_EVENT(EXIT))
			recalc_sigpending();
	}
	spin_unlock(&sighand->siglock);
	spin_unlock_irq(&u->lock);
}

/**
 * utrace_stop_event - tell in which report a stopped thread stands still
 * @engine: the caller has a reference; holds the thread
 *
 * An engine that stops a thread does not know where, if the thread has stopped for another
 * one already.
 *
 * Context: any, with no lock of utrace's held.  If the thread is not pinned, the answer
 *	holds as long as the caller lets no engine release it.
 *
 * Return: UTRACE_EV_* of that event.  %UTRACE_EV_QUIESCE: the thread is on its way to
 * user mode.  -errno on failure:
 *
 * * %-EAGAIN - the thread stands in no such stop
 */
int utrace_stop_event(struct utrace_engine *engine)
{
	struct utrace *u = engine->utrace;
	unsigned long flags;
	int ret = -EAGAIN;

	spin_lock_irqsave(&u->lock, flags);
	if (u->stopped)
		ret = u->stop_event;
	spin_unlock_irqrestore(&u->lock, flags);
	return ret;
}
EXPORT_SYMBOL_NS_GPL(utrace_stop_event, UTRACE);

/**
 * utrace_prepare_examine - pin a stopped thread
 * @engine: the caller has a reference; holds the thread
 *
 * Until utrace_finish_examine(), the thread stays in its stop and off its CPU, no
 * matter what any engine asks for, and even after SIGKILL.  Its registers may be read
 * and written through user_regset.  Pins are counted.
 *
 * SIGKILL waits for the pins that exist, and lets no new ones come.  So a client that
 * has a pin must not return to user mode, and must not wait for anything that user
 * space decides on.
 *
 * The call does nothing on current, which needs no pin.
 *
 * Context: process context; sleeps until the thread is off its CPU.
 *
 * Return: 0, or
 *
 * * %-EINVAL - this engine has not stopped the thread
 * * %-EAGAIN - the thread has not reached its stop yet
 * * %-EBUSY - the thread executes a system call, see utrace_call()
 * * %-ESRCH - the engine is detached, or the thread is dead or has been killed
 */
int utrace_prepare_examine(struct utrace_engine *engine)
{
	struct utrace *u = engine->utrace;
	struct task_struct *task = engine->task;
	unsigned long flags;
	int ret = 0;

	might_sleep();

	if (task == current) {
		arch_utrace_save_current();
		return 0;
	}

	spin_lock_irq(&u->lock);
	if (!(engine->flags & ENGINE_ATTACHED) || u->dead) {
		ret = -ESRCH;
	} else if (!(engine->flags & (ENGINE_STOP | ENGINE_STOP_LATER))) {
		ret = -EINVAL;
	} else if ((engine->flags & ENGINE_STOP) && u->calling) {
		ret = -EBUSY;
	} else if (!(engine->flags & ENGINE_STOP) || !u->stopped) {
		/*
		 * A thread that is held by an answer to report_group_stop sleeps in
		 * the job control stop, where it is not off its CPU for good.  Have
		 * it sleep in the engine's stop instead.
		 */
		if ((engine->flags & ENGINE_STOP) && task_is_stopped(task))
			utrace_kick(u, false);
		ret = -EAGAIN;
	} else if (!lock_task_sighand(task, &flags)) {
		ret = -ESRCH;
	} else {
		/*
		 * It may be on its way; and if other pins still keep it, a kill
		 * is not to wait for more of them than there were.
		 */
		if (utrace_killed(task)) {
			ret = -ESRCH;
		} else {
			engine->pins++;
			u->pins++;
			task->jobctl |= JOBCTL_PTRACE_FROZEN;
		}
		unlock_task_sighand(task, &flags);
	}
	spin_unlock_irq(&u->lock);
	if (ret)
		return ret;

	utrace_test_point(UTRACE_POINT_PINNED, task);
	/*
	 * It sleeps, or is about to look whether it still has to, and will find
	 * that it has.  TASK_FROZEN: by the freezer, from this sleep.
	 */
	while (!wait_task_inactive(task, __TASK_TRACED | TASK_FROZEN))
		schedule_timeout_uninterruptible(1);
	return 0;
}
EXPORT_SYMBOL_NS_GPL(utrace_prepare_examine, UTRACE);

/**
 * utrace_finish_examine - end what utrace_prepare_examine() began
 * @engine: as there; may have been resumed or detached meanwhile
 *
 * What had to wait for the pin, be it a RESUME, a call of utrace_call() or a kill, happens
 * now.
 *
 * Context: process context; does not sleep.
 */
void utrace_finish_examine(struct utrace_engine *engine)
{
	struct utrace *u = engine->utrace;
	struct task_struct *task = engine->task;
	unsigned long flags;

	if (task == current)
		return;

	spin_lock_irq(&u->lock);
	if (WARN_ON_ONCE(!engine->pins)) {
		spin_unlock_irq(&u->lock);
		return;
	}
	engine->pins--;
	/* The thread keeps its sighand because it cannot exit while it is pinned. */
	if (!WARN_ON_ONCE(!lock_task_sighand(task, &flags))) {
		if (!--u->pins) {
			task->jobctl &= ~JOBCTL_PTRACE_FROZEN;
			if (utrace_killed(task) || !u->nr_stop || u->asked)
				wake_up_state(task, __TASK_TRACED);
		}
		unlock_task_sighand(task, &flags);
	}
	spin_unlock_irq(&u->lock);
}
EXPORT_SYMBOL_NS_GPL(utrace_finish_examine, UTRACE);
