// SPDX-License-Identifier: GPL-2.0-only
/*
 * utrace: signals where they are sent
 *
 * The sender of a signal drops it if it is ignored.  This file has what becomes of it
 * if an engine wants to hear of it.
 */

#include <linux/cred.h>
#include <linux/pid_namespace.h>
#include <linux/sched/jobctl.h>
#include <linux/sched/signal.h>
#include <linux/signal.h>
#include <linux/slab.h>

#include "internal.h"

/*
 * Ignored signals
 *
 * A signal that is ignored when it is sent never gets into a queue, and so wakes
 * nobody.  It stays so for a thread with an engine that wants to hear of it: the
 * sender leaves a note for the engines, which the thread reports the next time it
 * returns to user mode.  The program's own queues, TIF_SIGPENDING and
 * RLIMIT_SIGPENDING know nothing of such notes.
 */

/* How many notes of realtime signals a thread has at most. */
#define UTRACE_IGNORED_MAX	32

/**
 * struct utrace_ignored - a note of a signal that was ignored
 * @node: in utrace->ignored
 * @type: whether it was sent to the thread or to the process
 * @info: what it was
 */
struct utrace_ignored {
	struct list_head node;
	enum pid_type type;
	kernel_siginfo_t info;
};

/* The struct utrace of @task if it is to report ignored signals, else NULL. */
static struct utrace *utrace_takes_ignored(struct task_struct *task)
{
	struct utrace *u;

	/* It does not go away before siglock is dropped: a lock is an RCU reader. */
	lockdep_assert_held(&task->sighand->siglock);

	if (!(task_utrace_flags(task) & UTRACE_EVENT(SIGNAL_IGN)) ||
	    (READ_ONCE(task->flags) & PF_EXITING))
		return NULL;
	smp_rmb();	/* pairs with cmpxchg() in utrace_get() */
	u = READ_ONCE(task->utrace);
	return IS_ERR_OR_NULL(u) || u->ignored_closed ? NULL : u;
}

/* An old signal is reported once, however often it was sent meanwhile. */
static bool utrace_is_noted(const struct utrace *u, int sig)
{
	const struct utrace_ignored *note;

	if (sig >= SIGRTMIN)
		return u->nr_ignored >= UTRACE_IGNORED_MAX;
	list_for_each_entry(note, &u->ignored, node)
		if (note->info.si_signo == sig)
			return true;
	return false;
}

/* What the receiver of a signal is told of its sender, which is current. */
static void utrace_fill_info(kernel_siginfo_t *to, int sig,
			     const struct kernel_siginfo *info,
			     struct task_struct *task)
{
	if (info != SEND_SIG_NOINFO && info != SEND_SIG_PRIV) {
		copy_siginfo(to, info);
		/* Only for the timer that has sent it. */
		if (to->si_code == SI_TIMER)
			to->si_sys_private = 0;
		return;
	}
	clear_siginfo(to);
	to->si_signo = sig;
	to->si_code = SI_KERNEL;
	if (info == SEND_SIG_PRIV)
		return;
	to->si_code = SI_USER;
	to->si_pid = task_tgid_nr_ns(current, task_active_pid_ns(task));
	rcu_read_lock();
	to->si_uid = from_kuid_munged(task_cred_xxx(task, user_ns), current_uid());
	rcu_read_unlock();
}

/*
 * __send_signal_locked() and send_sigqueue(): prepare_signal() has dropped a
 * signal to @task, or to its process if @type is not PIDTYPE_PID.
 *
 * A process's signal is reported by the thread that it was sent to, the leader in
 * nearly all cases, or by another one if that has no engine for it.
 */
void __utrace_ignored(int sig, const struct kernel_siginfo *info,
		      struct task_struct *task, enum pid_type type)
{
	struct utrace_ignored *note;
	struct task_struct *other;
	struct utrace *u;

	lockdep_assert_held(&task->sighand->siglock);

	/* Signals are also dropped because the process dies. */
	if (sig == SIGKILL || (task->signal->flags & SIGNAL_GROUP_EXIT))
		return;
	u = utrace_takes_ignored(task);
	if (!u && type != PIDTYPE_PID)
		for_other_threads(task, other) {
			u = utrace_takes_ignored(other);
			if (u)
				break;
		}
	if (!u || u->replacing || utrace_is_noted(u, sig))
		return;

	note = kmalloc(sizeof(*note), GFP_ATOMIC | __GFP_NOWARN);
	if (!note)
		return;
	utrace_fill_info(&note->info, sig, info, task);
	note->type = type;
	list_add_tail(&note->node, &u->ignored);
	u->nr_ignored += sig >= SIGRTMIN;
	utrace_pass_due(u);
}

/* What engines have made of a signal that had been ignored. */
static void utrace_settle_ignored(struct utrace *u, struct utrace_signal *sig,
				  enum pid_type type)
{
	if (!sig->signr || !(sig->requeue || sig->replaced))
		return;

	spin_lock_irq(&current->sighand->siglock);
	/* Another signal that is ignored as well is not worth another report. */
	u->replacing = sig->replaced;
	send_signal_locked(sig->signr, sig->info, current,
			   sig->replaced ? PIDTYPE_PID : type);
	u->replacing = false;
	spin_unlock_irq(&current->sighand->siglock);
}

/* On the way to user mode: report what was ignored since the last time. */
void utrace_report_ignored(struct utrace *u)
{
	struct utrace_ignored *note, *next;
	struct utrace_engine *engine;
	LIST_HEAD(notes);

	spin_lock_irq(&current->sighand->siglock);
	list_splice_init(&u->ignored, &notes);
	u->nr_ignored = 0;
	spin_unlock_irq(&current->sighand->siglock);

	list_for_each_entry_safe(note, next, &notes, node) {
		struct utrace_signal sig = {
			.info = &note->info,
			.signr = note->info.si_signo,
			.ignored = true,
		};
		struct utrace_walk walk = {
			.u = u,
			.event = UTRACE_EVENT(SIGNAL_IGN),
			.stop_here = true,
		};

		if (!fatal_signal_pending(current)) {
			utrace_for_each_report(&walk, engine) {
				utrace_answer(&walk, engine,
					      engine->ops->report_signal(engine, &sig));
				/* Dropped or replaced, perhaps in the stop. */
				walk.event = utrace_signal_event(&sig);
			}
			utrace_settle_ignored(u, &sig, note->type);
		}
		kfree(note);
	}
}

/* Free what nobody will report; only with siglock, or if nobody else has @u. */
void utrace_free_ignored(struct utrace *u)
{
	struct utrace_ignored *note, *next;

	list_for_each_entry_safe(note, next, &u->ignored, node) {
		list_del(&note->node);
		kfree(note);
	}
	u->nr_ignored = 0;
}

/*
 * The thread is dead.  Without siglock, nobody can send it a signal, and what there
 * is goes with the last reference.
 */
void utrace_close_ignored(struct utrace *u)
{
	unsigned long flags;

	if (!lock_task_sighand(u->task, &flags))
		return;
	u->ignored_closed = true;
	utrace_free_ignored(u);
	unlock_task_sighand(u->task, &flags);
}
