// SPDX-License-Identifier: GPL-2.0-only
/*
 * utrace: signals and job control
 *
 * Engines see a signal after it was taken off its queue and before ptrace does,
 * so that a tracer outside sees what one inside made of it.
 */

#include <linux/cgroup.h>
#include <linux/export.h>
#include <linux/ptrace.h>
#include <linux/sched/jobctl.h>
#include <linux/sched/signal.h>
#include <linux/sched/task_stack.h>
#include <linux/signal.h>

#include <asm/utrace.h>

#include "internal.h"

/**
 * utrace_signal_event - tell what would become of a signal
 * @sig: the argument of report_signal
 *
 * Context: report_signal.
 *
 * Return: UTRACE_EVENT(SIGNAL_HANDLER) or another one of UTRACE_EVENTS_SIGNAL, as things
 * are now; 0: the signal is gone, or put back.
 */
unsigned long utrace_signal_event(struct utrace_signal *sig)
{
	int signr = sig->signr;
	struct sighand_struct *sighand = current->sighand;
	__sighandler_t handler;
	unsigned long event;
	bool forced;

	if (!signr || sig->requeue || signr == SIGKILL)
		return 0;
	/* What it is replaced with is sent, and reported, when this report is over. */
	if (sig->ignored)
		return sig->replaced ? 0 : UTRACE_EVENT(SIGNAL_IGN);

	/* Other threads may be changing it; siglock keeps it whole. */
	spin_lock_irq(&sighand->siglock);
	handler = sighand->action[signr - 1].sa.sa_handler;
	/* A trap cannot be ignored or blocked: see force_sig_info_to_task(). */
	forced = sig->trap &&
		 (handler == SIG_DFL || handler == SIG_IGN ||
		  sigismember(&current->blocked, signr));
	if (forced)
		event = UTRACE_EVENT(SIGNAL_CORE);
	else if (handler == SIG_IGN)
		event = UTRACE_EVENT(SIGNAL_IGN);
	else if (handler != SIG_DFL)
		event = UTRACE_EVENT(SIGNAL_HANDLER);
	else if (sig_kernel_ignore(signr) ||
		 ((current->signal->flags & SIGNAL_UNKILLABLE) &&
		  !sig_kernel_only(signr)))
		event = UTRACE_EVENT(SIGNAL_IGN);
	else if (sig_kernel_stop(signr))
		event = UTRACE_EVENT(SIGNAL_STOP);
	else if (sig_kernel_coredump(signr))
		event = UTRACE_EVENT(SIGNAL_CORE);
	else
		event = UTRACE_EVENT(SIGNAL_TERM);
	spin_unlock_irq(&sighand->siglock);
	return event;
}
EXPORT_SYMBOL_NS_GPL(utrace_signal_event, UTRACE);

/**
 * utrace_signal_drop - deliver nothing
 * @sig: the argument of report_signal
 *
 * Engines further out do not hear of the signal.
 *
 * Context: report_signal, or while the engine holds the thread there.
 */
void utrace_signal_drop(struct utrace_signal *sig)
{
	sig->signr = 0;
	sig->requeue = false;
}
EXPORT_SYMBOL_NS_GPL(utrace_signal_drop, UTRACE);

/**
 * utrace_signal_replace - deliver another signal
 * @sig: the argument of report_signal
 * @info: siginfo of the new signal; copied
 *
 * The call also cancels utrace_signal_drop() and utrace_signal_requeue().  Engines
 * further out get a report of the new signal, in its own class.  The new signal may be
 * %SIGKILL, which is reported to no engine.
 *
 * A signal that was ignored when it was sent is not on its way to delivery.  So the
 * thread sends itself the new signal when all of its reports are over, and the new
 * signal has a report of its own, made to the whole chain.  If the new signal is
 * ignored as well, it is dropped and no engine is told, because otherwise two
 * ignored signals could replace each other for ever.
 *
 * Context: report_signal, or while the engine holds the thread there.
 *
 * Return: 0, or
 *
 * * %-EINVAL - @info->si_signo is not the number of a signal
 */
int utrace_signal_replace(struct utrace_signal *sig,
			  const struct kernel_siginfo *info)
{
	if (!valid_signal(info->si_signo) || !info->si_signo)
		return -EINVAL;
	if (sig->info != info) {
		copy_siginfo(sig->info, info);
		sig->breakpoint = 0;
		sig->trap = false;
	}
	if (info->si_signo != SIGTRAP)
		sig->trap = false;
	sig->signr = info->si_signo;
	sig->requeue = false;
	sig->replaced = true;
	return 0;
}
EXPORT_SYMBOL_NS_GPL(utrace_signal_replace, UTRACE);

/**
 * utrace_signal_requeue - put the signal back where it came from
 * @sig: the argument of report_signal
 *
 * A process's signal may then be taken by another of its threads.  The thread
 * itself takes it again, and reports it again, as soon as nothing keeps it from
 * that: so answer %UTRACE_STOP, or block the signal, or expect it at once.  If it
 * cannot be put back as it was, for lack of memory, it is delivered.  A signal that
 * was ignored when it was sent is sent again: it is reported again if it is still
 * ignored, or queued if it is now blocked or has a handler.
 *
 * Context: report_signal, or while the engine holds the thread there.
 */
void utrace_signal_requeue(struct utrace_signal *sig)
{
	sig->requeue = true;
}
EXPORT_SYMBOL_NS_GPL(utrace_signal_requeue, UTRACE);

/**
 * utrace_signal_restore - deliver the signal after all
 * @sig: the argument of report_signal
 *
 * The call takes back utrace_signal_drop() and utrace_signal_requeue(), if no other signal
 * has taken the place of this one since.
 *
 * Context: report_signal, or while the engine holds the thread there.
 */
void utrace_signal_restore(struct utrace_signal *sig)
{
	sig->signr = sig->info->si_signo;
	sig->requeue = false;
}
EXPORT_SYMBOL_NS_GPL(utrace_signal_restore, UTRACE);

/**
 * utrace_signal_breakpoint - get the address of the breakpoint that has trapped
 * @sig: the argument of report_signal
 *
 * The siginfo of this trap differs between architectures, and some CPUs leave the pc
 * after the breakpoint instruction.  On all architectures, engines see the pc at the
 * instruction, in report_signal and while one of them holds the thread there.
 *
 * The engine that has inserted the breakpoint removes it, or changes the pc, and drops
 * the signal.  The thread then goes on at the pc that engines see.  If the signal, or
 * another one in its place, is delivered, and no engine has changed the pc, ptrace and
 * the program's handler find the pc where the CPU has left it.
 *
 * Context: report_signal, or while the engine holds the thread there.
 *
 * Return: the address of the breakpoint instruction; 0 if @sig is not the trap of a
 * breakpoint, or if an engine has replaced it.
 */
unsigned long utrace_signal_breakpoint(const struct utrace_signal *sig)
{
	return sig->breakpoint;
}
EXPORT_SYMBOL_NS_GPL(utrace_signal_breakpoint, UTRACE);

/*
 * Put a signal back at the head of its queue, whole, so that it is next of its
 * number.  False: only its number could be queued, or nothing; it is not.
 *
 * One of the old signals that was sent anew meanwhile is pending already, and
 * there is never more than one: then this one is it.
 */
static bool utrace_requeue(int signr, kernel_siginfo_t *info, enum pid_type type)
{
	struct sigpending *pending = type == PIDTYPE_PID ?
		&current->pending : &current->signal->shared_pending;
	bool was_pending = sigismember(&pending->signal, signr);
	struct list_head *last = pending->list.prev;
	struct sigqueue *q;

	lockdep_assert_held(&current->sighand->siglock);

	if (signr < SIGRTMIN && was_pending)
		return true;
	if (send_signal_locked(signr, info, current, type))
		return false;
	if (pending->list.prev == last) {
		/* Ignored after all, or without its siginfo. */
		if (!sigismember(&pending->signal, signr))
			return true;
		if (!was_pending)
			sigdelset(&pending->signal, signr);
		return false;
	}
	q = list_last_entry(&pending->list, struct sigqueue, list);
	list_move(&q->list, &pending->list);
	return true;
}

/*
 * Is it the signal that utrace_report_trap() has queued?  Without memory for the
 * siginfo, collect_signal() has made one up.
 */
static bool utrace_was_told(struct utrace *u, const kernel_siginfo_t *info)
{
	bool made_up = info->si_code == SI_USER && !info->si_pid && !info->si_uid;

	if (u->trap_state != UTRACE_TRAP_TOLD || info->si_signo != u->trap.si_signo)
		return false;
	/* Had it been queued, it would be the first of its number. */
	u->trap_state = 0;
	return made_up || !memcmp(info, &u->trap, sizeof(*info));
}

/* Show engines the pc at the breakpoint; returns that, or 0 if there is none. */
static unsigned long utrace_show_breakpoint(struct utrace *u,
					    struct utrace_signal *sig)
{
	struct pt_regs *regs = current_pt_regs();
	unsigned long before = u->trap_pc;

	if (sig->signr != SIGTRAP)
		return 0;
	u->trap_pc = 0;
	/* Put back, and blocked: the thread has been elsewhere since. */
	if (before && before != instruction_pointer(regs))
		return 0;
	sig->breakpoint = u->trap_at ?: arch_utrace_breakpoint(sig->info, regs);
	if (sig->breakpoint)
		instruction_pointer_set(regs, sig->breakpoint);
	return sig->breakpoint;
}

/*
 * Who is told of the signal after engines, is used to what the machine does, which
 * is @pc: unless that has been changed, or there is no signal any more.
 */
static void utrace_hide_breakpoint(struct utrace_signal *sig,
				   unsigned long breakpoint, unsigned long pc)
{
	struct pt_regs *regs = current_pt_regs();

	if (instruction_pointer(regs) == breakpoint &&
	    (sig->signr || fatal_signal_pending(current)))
		instruction_pointer_set(regs, pc);
}

/*
 * Report a signal.  Returns the address of the breakpoint that engines were shown the pc
 * at; 0: it is no breakpoint, and the pc is what it was.
 */
static unsigned long utrace_report_signal(struct utrace *u, struct utrace_signal *sig)
{
	unsigned long pc = instruction_pointer(current_pt_regs());
	struct utrace_walk walk = {
		.u = u,
		.event = utrace_signal_event(sig),
		.stop_here = true,
	};
	struct utrace_engine *engine;
	unsigned long breakpoint;

	breakpoint = utrace_show_breakpoint(u, sig);
	utrace_for_each_report(&walk, engine) {
		utrace_answer(&walk, engine,
			      engine->ops->report_signal(engine, sig));
		/* The engine may have made another signal of it, even in the stop. */
		walk.event = utrace_signal_event(sig);
	}
	if (breakpoint)
		utrace_hide_breakpoint(sig, breakpoint, pc);
	utrace_test_point(UTRACE_POINT_SIGNAL_DONE, current);
	return breakpoint;
}

/*
 * get_signal(), for a signal that is off its queue: returns what is to be
 * delivered instead, in @ksig->info as well; 0: nothing.  siglock is dropped meanwhile.
 */
int __utrace_signal(int signr, struct ksignal *ksig, enum pid_type *type)
{
	kernel_siginfo_t *info = &ksig->info;
	struct utrace *u = utrace_current();
	struct sighand_struct *sighand = current->sighand;
	struct utrace_signal sig = { .info = info, .signr = signr };
	unsigned long breakpoint, pc;

	lockdep_assert_held(&sighand->siglock);

	WRITE_ONCE(u->ksig, NULL);
	WRITE_ONCE(u->fatal_due, false);
	if (signr == SIGKILL ||
	    (sighand->action[signr - 1].sa.sa_flags & SA_IMMUTABLE))
		return signr;

	/* Engines do not hear of ptrace's steps. */
	if (signr == SIGTRAP && (current->ptrace & PT_UTRACE_STEP) &&
	    (arch_utrace_is_step_trap(info) || arch_utrace_is_syscall_step(info))) {
		/* The tracer may have another signal delivered, to a handler. */
		WRITE_ONCE(u->ksig, ksig);
		return signr;
	}
	if (utrace_was_told(u, info)) {
		WRITE_ONCE(u->ksig, ksig);
		return signr;
	}

	/*
	 * A stop signal counts only if SIGCONT does not come before the stop
	 * begins; engines may make one of this, so say that it was dequeued.
	 */
	current->jobctl |= JOBCTL_STOP_DEQUEUED;
	spin_unlock_irq(&sighand->siglock);

	pc = instruction_pointer(current_pt_regs());
	breakpoint = utrace_report_signal(u, &sig);
	utrace_rearm_step(u);

	spin_lock_irq(&sighand->siglock);
	signr = sig.signr;
	/* As ptrace_signal(): what cannot be taken now stays pending. */
	if (signr && signr != SIGKILL &&
	    (sig.requeue || sigismember(&current->blocked, signr) ||
	     fatal_signal_pending(current)) &&
	    utrace_requeue(signr, info, *type)) {
		signr = 0;
		if (breakpoint)
			u->trap_pc = pc;
	}
	if (signr)
		WRITE_ONCE(u->ksig, ksig);
	return signr;
}

/*
 * The quiesce pass: report a trap that no signal was made of.  If engines do not
 * consume it, it becomes the signal that it would have been without them, or the one
 * that they have put in its place.  get_signal(), which the thread is in, takes that
 * off the queue.
 */
void utrace_report_trap(struct utrace *u)
{
	unsigned long pc = instruction_pointer(current_pt_regs());
	unsigned long at = u->trap_at;
	kernel_siginfo_t info;
	struct utrace_signal sig = { .info = &info, .trap = true };

	copy_siginfo(&info, &u->trap);
	sig.signr = info.si_signo;
	u->trap_state = 0;
	utrace_report_signal(u, &sig);
	u->trap_at = 0;
	if (!sig.signr || fatal_signal_pending(current))
		return;

	info.si_signo = sig.signr;
	/* If no engine is left that it could be reported to again, it is delivered. */
	if (sig.requeue && sig.trap && utrace_record_trap(u, &info, at)) {
		u->trap_pc = pc;
		return;
	}
	copy_siginfo(&u->trap, &info);
	if (sig.trap) {
		u->trap_state = UTRACE_TRAP_FORCED;
		force_sig_info(&info);
		u->trap_state = UTRACE_TRAP_TOLD;
		return;
	}
	spin_lock_irq(&current->sighand->siglock);
	/* Blocked, it is reported when it is delivered. */
	if (!sig.requeue && !sigismember(&current->blocked, sig.signr))
		u->trap_state = UTRACE_TRAP_TOLD;
	/* Ignored, it has been reported as that, and there is to be no note of it. */
	u->replacing = !sig.requeue;
	if (!utrace_requeue(sig.signr, &info, PIDTYPE_PID))
		sigaddset(&current->pending.signal, sig.signr);
	u->replacing = false;
	spin_unlock_irq(&current->sighand->siglock);
}

/*
 * signal_delivered(): the handler's frame stands.  Nonzero: ptrace has asked for
 * a step, and is to be told.
 */
int __utrace_handler(int stepping)
{
	struct utrace *u = utrace_current();
	struct ksignal *ksig = READ_ONCE(u->ksig);
	struct utrace_walk walk = {
		.u = u,
		.event = UTRACE_EVENT(HANDLER),
		.stop_here = true,
	};
	struct utrace_engine *engine;

	if (u->step)
		stepping = current->ptrace & PT_UTRACE_STEP;
	utrace_handler_step(u);

	/*
	 * By now ptrace may have made another one of what engines saw.  NULL: the
	 * first engine came after get_signal() had looked.
	 */
	WRITE_ONCE(u->ksig, NULL);
	if (ksig)
		utrace_for_each_report(&walk, engine)
			utrace_answer(&walk, engine,
				      engine->ops->report_handler(engine, ksig->sig));
	return stepping;
}

/*
 * Job control
 *
 * A stop is reported when the thread is about to take part in it, so it may still be
 * called off.  From then on JOBCTL_UTRACE is set: when the thread leaves the stop, or
 * does not come to it, it goes through __utrace_quiesce(), which reports that it is
 * not stopped.
 */

/*
 * do_signal_stop(), before the thread takes part in a stop.  Like it, true if
 * siglock was dropped: then the thread starts over, as the stop may be off.
 */
bool __utrace_group_stop(void)
	__must_hold(&current->sighand->siglock)
{
	struct utrace *u = utrace_current();
	struct utrace_walk walk = {
		.u = u,
		.event = UTRACE_EVENT(GROUP_STOP),
	};
	struct utrace_engine *engine;
	int signr;

	lockdep_assert_held(&current->sighand->siglock);

	/*
	 * A ptrace tracer gets a stop of its own instead.  A thread that was only
	 * taken out of its stop by an engine goes back to it.
	 */
	if (u->group_stop_told || current->ptrace)
		return false;
	u->group_stop_told = true;
	WRITE_ONCE(current->jobctl, current->jobctl | JOBCTL_UTRACE);
	signr = current->jobctl & JOBCTL_STOP_SIGMASK;
	spin_unlock_irq(&current->sighand->siglock);

	utrace_for_each_report(&walk, engine)
		utrace_answer(&walk, engine,
			      engine->ops->report_group_stop(engine, signr));
	utrace_test_point(UTRACE_POINT_GROUP_STOP, current);

	/* The return value tells; sparse has no words for that. */
	__acquire(&current->sighand->siglock);
	return true;
}

/*
 * do_signal_stop(), when the thread has left the stop: no locks held.  Engines may
 * have come since it began, so that it was not told.
 */
void __utrace_group_cont(void)
{
	struct utrace *u = utrace_current();

	spin_lock_irq(&current->sighand->siglock);
	u->group_stop_told = true;
	WRITE_ONCE(current->jobctl, current->jobctl | JOBCTL_UTRACE);
	spin_unlock_irq(&current->sighand->siglock);
}

/*
 * __utrace_quiesce(): report the end of a job control stop.  By then get_signal() has
 * notified the parent.
 */
void utrace_report_group_cont(struct utrace *u)
{
	struct utrace_walk walk = {
		.u = u,
		.event = UTRACE_EVENT(GROUP_CONT),
		.stop_here = true,
	};
	struct utrace_engine *engine;

	/* As get_signal() does after the pass; a callback may sleep. */
	if (cgroup_task_frozen(current))
		cgroup_leave_frozen(true);
	utrace_for_each_report(&walk, engine)
		utrace_answer(&walk, engine,
			      engine->ops->report_group_cont(engine));
}
