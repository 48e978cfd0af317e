// SPDX-License-Identifier: GPL-2.0-only
/*
 * utrace: what engines learn of a system call, and make of it
 *
 * A call is changed at its entry, where stock code looks at its number and
 * arguments only after the report, and again at its exit.  What was changed is put
 * back at exit as far as user space could tell, or the kernel when it makes a call
 * once more: that is always the one that user space has made.
 *
 * Engines say what they want (utrace->call_asked) while the entry is reported; the
 * thread takes note of it (utrace->call) when the report is over, and sees to the
 * rest at exit, whether or not the engine is still there.
 */

#include <linux/errno.h>
#include <linux/export.h>
#include <linux/ktime.h>
#include <linux/ptrace.h>
#include <linux/sched/signal.h>
#include <linux/sched/task_stack.h>

#include <asm/syscall.h>
#include <asm/utrace.h>

#include "walk.h"

/**
 * utrace_syscall - get the system call that the engine's thread executes
 * @engine: the engine that the callback is for
 *
 * The call is described as user space has entered it, even if ptrace, seccomp or an
 * engine has changed it since.  Filters (utrace_set_syscalls()) are compared with this
 * number, too.
 *
 * Context: report_syscall_entry or report_syscall_exit, or while the engine holds the
 *	thread there.
 *
 * Return: number and arguments as they were at entry, valid until the callback returns
 * or the thread is resumed.
 */
const struct utrace_syscall *utrace_syscall(const struct utrace_engine *engine)
{
	return &engine->utrace->syscall;
}
EXPORT_SYMBOL_NS_GPL(utrace_syscall, UTRACE);

/**
 * utrace_in_syscall - is the thread in a system call that the engine wants?
 * @engine: the engine that the callback is for
 *
 * In report_exit, the answer tells whether the thread ends in a system call whose exit
 * would have been reported: exit_group(), say, or a call in which it was killed.
 * utrace_syscall() then has that call.
 *
 * Context: a callback of the engine.
 *
 * Return: whether the exit of the call in progress will be, or would have been, reported.
 */
bool utrace_in_syscall(const struct utrace_engine *engine)
{
	return READ_ONCE(engine->utrace->pass.in_syscall) &&
	       (engine->in_syscall & UTRACE_WANTS_EXIT);
}
EXPORT_SYMBOL_NS_GPL(utrace_in_syscall, UTRACE);

/* May @engine touch the thread's registers, in a report of this phase? */
static int utrace_may_change(struct utrace_engine *engine, u8 phase)
{
	struct utrace *u = engine->utrace;

	lockdep_assert_held(&u->lock);

	if (!(engine->flags & ENGINE_ATTACHED))
		return -ESRCH;
	if (!READ_ONCE(u->pass.in_syscall) || READ_ONCE(u->phase) != phase)
		return -EINVAL;
	return engine->task == current || engine->pins ? 0 : -EBUSY;
}

/* The thread is at the place where it made the call: it may be made again. */
static bool utrace_same_place(struct utrace *u, struct pt_regs *regs)
{
	return instruction_pointer(regs) == u->syscall.ip;
}

/* May @engine say what becomes of the call that has returned? */
static int utrace_may_end(struct utrace_engine *engine, struct pt_regs *regs)
{
	int ret = utrace_may_change(engine, UTRACE_PHASE_EXIT);

	if (ret)
		return ret;
	return utrace_same_place(engine->utrace, regs) ? 0 : -EINVAL;
}

static bool utrace_is_restart(long result)
{
	return result == -ERESTARTSYS || result == -ERESTARTNOINTR ||
	       result == -ERESTARTNOHAND || result == -ERESTART_RESTARTBLOCK;
}

/* Number and arguments as user space had them, and the result as it is. */
static void utrace_restore_call(struct utrace *u, struct pt_regs *regs,
				bool args)
{
	long result = arch_utrace_get_exit_result(u->task, regs);

	arch_utrace_set_nr(regs, u->syscall.nr);
	if (args) {
		arch_utrace_set_args(u->task, regs, u->syscall.args);
		arch_utrace_set_exit_result(u->task, regs, result);
	}
}

/* The report of an entry is over, and somebody wanted something of it. */
static void utrace_begin_changed_call(struct utrace *u, struct pt_regs *regs)
{
	spin_lock_irq(&u->lock);
	u->call = u->call_asked;
	u->call_asked = 0;
	spin_unlock_irq(&u->lock);

	/* An engine may have moved the thread. */
	u->syscall.ip = instruction_pointer(regs);
}

/* Before the report of its exit. */
static void utrace_end_changed_call(struct utrace *u, struct pt_regs *regs)
{
	u8 call = u->call;

	spin_lock_irq(&u->lock);
	u->call = 0;
	utrace_update_flags(u);
	spin_unlock_irq(&u->lock);

	if (call & CALL_SKIP) {
		/* At entry it would not have lasted on every architecture. */
		arch_utrace_set_exit_result(u->task, regs, u->result);
	}
	/* An exec, and the return from a signal handler, leave nothing of it. */
	if ((call & CALL_REWRITTEN) && utrace_same_place(u, regs)) {
		long result = arch_utrace_get_exit_result(u->task, regs);

		utrace_restore_call(u, regs, utrace_is_restart(result) ||
				    (call & CALL_RESTORE));
	}
	/* It would be made again at the place that was written. */
	if ((call & CALL_MOVED) && utrace_same_place(u, regs) &&
	    utrace_is_restart(arch_utrace_get_exit_result(u->task, regs)))
		arch_utrace_set_exit_result(u->task, regs, -EINTR);
}

/*
 * @engine has written the pc of the thread, which it has pinned.  The kernel goes back
 * by a system call's length from the pc to make an interrupted call once more, and would
 * now come to an address that nobody meant.
 */
void utrace_moved(struct utrace_engine *engine)
{
	struct utrace *u = engine->utrace;
	struct pt_regs *regs = task_pt_regs(u->task);

	spin_lock_irq(&u->lock);
	if (READ_ONCE(u->pass.in_syscall) && READ_ONCE(u->phase) == UTRACE_PHASE_ENTRY) {
		/* The call is still to be made, and its result is not known yet. */
		WRITE_ONCE(u->call_asked, u->call_asked | CALL_MOVED);
		utrace_update_flags(u);
	} else {
		arch_utrace_forget_call(u->task, regs,
			utrace_is_restart(arch_utrace_get_exit_result(u->task, regs)));
	}
	spin_unlock_irq(&u->lock);
}

/*
 * The hooks.  The thread calls them without locks.
 */

/* What does an engine with @set want of a system call?  UTRACE_WANTS_* */
static u8 utrace_set_wants(const struct utrace_syscall_set *set,
			   const struct utrace_syscall *call)
{
	u8 wants = 0;

	if (!set)
		return UTRACE_WANTS_ENTRY | UTRACE_WANTS_EXIT;
	if (call->arch != set->filter.arch ||
	    (unsigned long)call->nr >= UTRACE_SYSCALL_MAX)
		return set->others;
	if (test_bit(call->nr, set->filter.entry))
		wants = UTRACE_WANTS_ENTRY;
	if (test_bit(call->nr, set->filter.exit))
		wants |= UTRACE_WANTS_EXIT;
	return wants ? wants | set->times : 0;
}

static u8 utrace_engine_wants_call(struct utrace_engine *engine,
				   const struct utrace_syscall *call)
{
	u8 wants;

	if (!(READ_ONCE(engine->events) & UTRACE_EVENTS_SYSCALL))
		return 0;
	if (!rcu_access_pointer(engine->calls))
		return UTRACE_WANTS_ENTRY | UTRACE_WANTS_EXIT;
	rcu_read_lock();
	wants = utrace_set_wants(rcu_dereference(engine->calls), call);
	rcu_read_unlock();
	return wants;
}

/* Note number and arguments of the call as user space has made it. */
static __always_inline void utrace_note_call(struct utrace *u, struct pt_regs *regs)
{
	u->syscall.nr = syscall_get_nr(current, regs);
	u->syscall.arch = utrace_syscall_arch(current);
	arch_utrace_get_args(current, regs, u->syscall.args);
}

/* Before the report to ptrace, which may change the call. */
void __utrace_syscall_begin(struct pt_regs *regs)
{
	utrace_note_call(utrace_current(), regs);
}

/*
 * Report the entry of a system call to engines.  @begun: ptrace has had its report, and
 * the call was noted before that.  True: the call must not be made.
 */
static __always_inline bool utrace_report_entry(struct utrace *u, struct pt_regs *regs,
						bool begun)
{
	struct utrace_walk walk = {
		.u = u,
		.event = UTRACE_EVENT(SYSCALL_ENTRY),
		.inwards = true,
		.stop_here = true,
	};
	struct utrace_engine *engine;
	u8 wants = 0;

	if (!begun)
		utrace_note_call(u, regs);
	else if (fatal_signal_pending(current))
		return true;	/* the call is not made, so engines do not hear of it */
	u->syscall.ip = instruction_pointer(regs);

	/* First, so that who takes events away meanwhile also takes this back. */
	WRITE_ONCE(u->pass.in_syscall, true);
	utrace_walk_begin(u);
	list_for_each_entry_lockless(engine, &u->engines, node) {
		engine->in_syscall = utrace_engine_wants_call(engine, &u->syscall);
		wants |= engine->in_syscall;
	}
	utrace_test_point(UTRACE_POINT_ENTRY, current);
	if (likely(wants))
		utrace_begin_exit_work();
	else
		WRITE_ONCE(u->pass.in_syscall, false);
	WRITE_ONCE(u->phase, wants & UTRACE_WANTS_ENTRY ? UTRACE_PHASE_ENTRY : 0);
	if (unlikely(wants & UTRACE_WANTS_TIME))
		u->syscall.time = ktime_get_ns();
	else
		u->syscall.time = 0;

	if (wants & UTRACE_WANTS_ENTRY) {
		for (engine = __utrace_advance(&walk, NULL); engine;
		     engine = __utrace_advance(&walk, engine))
			__utrace_answer(&walk, engine,
					engine->ops->report_syscall_entry(engine, regs));
	} else {
		/* The exit is enough for all of them. */
		utrace_walk_end(u);
	}

	/* Nobody may ask any more: the walk has ended with a barrier. */
	if (unlikely(READ_ONCE(u->call_asked)))
		utrace_begin_changed_call(u, regs);
	if (unlikely(fatal_signal_pending(current))) {
		/* A call that is not made has no result, and no exit to report. */
		WRITE_ONCE(u->pass.in_syscall, false);
		return true;
	}
	return u->call & CALL_SKIP;
}

bool __utrace_syscall_entry(struct pt_regs *regs, bool begun)
{
	return utrace_report_entry(utrace_current(), regs, begun);
}

/* ptrace is the outermost tracer: the first to see a call's entry. */
int __utrace_report_syscall_entry(struct pt_regs *regs, bool ptrace)
{
	struct utrace *u = utrace_current();

	if (unlikely(ptrace)) {
		utrace_note_call(u, regs);
		if (ptrace_report_syscall_entry(regs))
			return 1;
	}
	return utrace_report_entry(u, regs, ptrace);
}

static __always_inline void utrace_report_exit(struct utrace *u, struct pt_regs *regs)
{
	struct utrace_walk walk = {
		.u = u,
		.event = UTRACE_EVENT(SYSCALL_EXIT),
		.stop_here = true,
	};
	struct utrace_engine *engine;

	if (unlikely(u->call))
		utrace_end_changed_call(u, regs);

	/*
	 * The work may have been set in the middle of the call, and new tasks
	 * come through here on some architectures.
	 */
	if (!READ_ONCE(u->pass.in_syscall))
		return;
	WRITE_ONCE(u->phase, UTRACE_PHASE_EXIT);
	for (engine = __utrace_first(&walk); engine;
	     engine = __utrace_advance(&walk, engine))
		__utrace_answer(&walk, engine,
				engine->ops->report_syscall_exit(engine, regs));
}

/* Returns whether the call completes a step of ptrace's. */
bool __utrace_syscall_exit(struct pt_regs *regs, bool step)
{
	struct utrace *u = utrace_current();

	utrace_end_exit_work();
	utrace_report_exit(u, regs);
	if (likely(!step) || !u->step)
		return step;
	utrace_stepped(u);
	return current->ptrace & PT_UTRACE_STEP;
}

/*
 * What engines may do to a call
 */

/*
 * Have the call skipped if its entry is still being reported.  The thread ends that
 * phase without the lock, and then looks at @call_asked (utrace_publish()).  So the
 * request is written first, and is taken back if the phase is over by then: the thread
 * has not seen it, or waits for the lock.
 */
static int utrace_ask_to_skip(struct utrace *u, long result)
{
	u8 asked = u->call_asked;
	long before = u->result;

	lockdep_assert_held(&u->lock);

	if (READ_ONCE(u->phase) != UTRACE_PHASE_ENTRY)
		return -EINVAL;
	u->result = result;
	WRITE_ONCE(u->call_asked, asked | CALL_SKIP);
	smp_mb();	/* pairs with utrace_publish() */
	if (READ_ONCE(u->phase) == UTRACE_PHASE_ENTRY) {
		utrace_update_flags(u);		/* the exit must come by */
		return 0;
	}
	u->result = before;
	WRITE_ONCE(u->call_asked, asked);
	return -EINVAL;
}

/**
 * utrace_syscall_skip - skip the system call, and choose its result
 * @engine: in its report_syscall_entry, or while it holds the thread there
 * @result: the result of the call; -errno for an error
 *
 * User space gets @result, in the same way on every architecture, unless an engine
 * changes it at exit.  ptrace and all engines see the entry and the exit of the call.
 * If several engines skip the call, the result of the last one counts.  Neither seccomp
 * nor audit sees the call.
 *
 * Context: any; does not sleep.
 *
 * Return: 0, or
 *
 * * %-EINVAL - no entry is being reported
 * * %-ESRCH - the engine is detached
 */
int utrace_syscall_skip(struct utrace_engine *engine, long result)
{
	struct utrace *u = engine->utrace;
	unsigned long flags;
	int ret = -ESRCH;

	spin_lock_irqsave(&u->lock, flags);
	if (engine->flags & ENGINE_ATTACHED)
		ret = utrace_ask_to_skip(u, result);
	spin_unlock_irqrestore(&u->lock, flags);
	return ret;
}
EXPORT_SYMBOL_NS_GPL(utrace_syscall_skip, UTRACE);

/**
 * utrace_syscall_rewrite - execute another system call in place of this one
 * @engine: in its report_syscall_entry, or while it holds the thread there and
 *	has it pinned (utrace_prepare_examine())
 * @call: number and arguments of the new call.  @arch has to be that of the present
 *	call; other members are ignored
 * @flags: %UTRACE_SYSCALL_RESTORE, or 0
 *
 * If no call has the number, the call fails with -ENOSYS.  The number -1 is such a
 * number: it has the same effect as utrace_syscall_skip() with that result.
 *
 * After the call, user space finds the arguments of the new call in their registers,
 * except in the register that has the result.  With %UTRACE_SYSCALL_RESTORE, it finds
 * what they were before the call.  The register of the number is always restored.  If
 * the kernel restarts the call, for example after a signal, it executes the call that
 * user space has entered, and reports its entry again.
 *
 * Engines later in the chain see the new call in the thread's registers, and the old
 * one in utrace_syscall().  Seccomp, audit and the tracepoints of system calls see the
 * new call.
 *
 * Context: any; does not sleep.
 *
 * Return: 0, or
 *
 * * %-EINVAL - no entry is being reported, or @arch or @flags are wrong
 * * %-EBUSY - the thread is not pinned
 * * %-ESRCH - the engine is detached
 */
int utrace_syscall_rewrite(struct utrace_engine *engine,
			   const struct utrace_syscall *call, unsigned int flags)
{
	struct pt_regs *regs = task_pt_regs(engine->task);
	struct utrace *u = engine->utrace;
	unsigned long irqs;
	int ret;

	if (flags & ~UTRACE_SYSCALL_RESTORE)
		return -EINVAL;

	spin_lock_irqsave(&u->lock, irqs);
	ret = utrace_may_change(engine, UTRACE_PHASE_ENTRY);
	if (!ret && call->arch != u->syscall.arch)
		ret = -EINVAL;
	if (!ret) {
		u8 asked = u->call_asked | CALL_REWRITTEN;

		if (flags & UTRACE_SYSCALL_RESTORE)
			asked |= CALL_RESTORE;
		if ((int)call->nr == -1) {
			u->result = -ENOSYS;
			asked |= CALL_SKIP;
		} else {
			arch_utrace_set_nr(regs, call->nr);
		}
		arch_utrace_set_args(u->task, regs, call->args);
		WRITE_ONCE(u->call_asked, asked);
		utrace_update_flags(u);		/* the exit must come by */
	}
	spin_unlock_irqrestore(&u->lock, irqs);
	return ret;
}
EXPORT_SYMBOL_NS_GPL(utrace_syscall_rewrite, UTRACE);

/**
 * utrace_syscall_result - get the result of a system call
 * @engine: in its report_syscall_exit, or while it holds the thread there and
 *	has it pinned (utrace_prepare_examine())
 * @result: out: the result; -errno for an error, on every architecture
 *
 * An error may be one that user space never sees: -ERESTARTSYS and its kin, if the
 * call was interrupted and may be restarted.
 *
 * Context: any; does not sleep.
 *
 * Return: 0, or
 *
 * * %-EINVAL - no exit is being reported
 * * %-EBUSY - the thread is not pinned
 * * %-ESRCH - the engine is detached
 */
int utrace_syscall_result(struct utrace_engine *engine, long *result)
{
	struct utrace *u = engine->utrace;
	unsigned long flags;
	int ret;

	spin_lock_irqsave(&u->lock, flags);
	ret = utrace_may_change(engine, UTRACE_PHASE_EXIT);
	if (!ret)
		*result = arch_utrace_get_exit_result(u->task,
						      task_pt_regs(u->task));
	spin_unlock_irqrestore(&u->lock, flags);
	return ret;
}
EXPORT_SYMBOL_NS_GPL(utrace_syscall_result, UTRACE);

/**
 * utrace_syscall_set_result - change the result of a system call
 * @engine: in its report_syscall_exit, or while it holds the thread there and
 *	has it pinned (utrace_prepare_examine())
 * @result: the result for user space; -errno for an error
 *
 * The call also cancels utrace_syscall_restart().  An exec that succeeded, and the
 * return from a signal handler, have no result, because the program owns the value of
 * the register.
 *
 * Context: any; does not sleep.
 *
 * Return: 0, or
 *
 * * %-EINVAL - no exit is being reported, or the call has no result
 * * %-EBUSY - the thread is not pinned
 * * %-ESRCH - the engine is detached
 */
int utrace_syscall_set_result(struct utrace_engine *engine, long result)
{
	struct pt_regs *regs = task_pt_regs(engine->task);
	struct utrace *u = engine->utrace;
	unsigned long flags;
	int ret;

	spin_lock_irqsave(&u->lock, flags);
	ret = utrace_may_end(engine, regs);
	if (!ret)
		arch_utrace_set_exit_result(u->task, regs, result);
	spin_unlock_irqrestore(&u->lock, flags);
	return ret;
}
EXPORT_SYMBOL_NS_GPL(utrace_syscall_set_result, UTRACE);

/**
 * utrace_syscall_restart - execute a system call once more
 * @engine: in its report_syscall_exit, or while it holds the thread there and
 *	has it pinned (utrace_prepare_examine())
 *
 * The thread executes the call again that user space has entered, and its entry and
 * exit are reported again.  A pending signal is delivered first.
 *
 * Context: any; does not sleep.
 *
 * Return: 0, or
 *
 * * %-EINVAL - no exit is being reported, or the call cannot be executed again: an exec
 *   that succeeded, or the return from a signal handler
 * * %-EBUSY - the thread is not pinned
 * * %-ESRCH - the engine is detached
 */
int utrace_syscall_restart(struct utrace_engine *engine)
{
	struct pt_regs *regs = task_pt_regs(engine->task);
	struct utrace *u = engine->utrace;
	unsigned long flags;
	int ret;

	spin_lock_irqsave(&u->lock, flags);
	ret = utrace_may_end(engine, regs);
	if (!ret) {
		utrace_restore_call(u, regs, true);
		arch_utrace_set_exit_result(u->task, regs, -ERESTARTNOINTR);
		/*
		 * get_signal() has to be gone through, by whoever asks: another
		 * stop, ptrace's say, would find TIF_SIGPENDING alone to be for
		 * nothing.
		 */
		utrace_kick(u, true);
	}
	spin_unlock_irqrestore(&u->lock, flags);
	return ret;
}
EXPORT_SYMBOL_NS_GPL(utrace_syscall_restart, UTRACE);
