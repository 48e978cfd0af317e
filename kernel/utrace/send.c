// SPDX-License-Identifier: GPL-2.0-only
/*
 * utrace: signals where they are sent
 *
 * The sender of a signal takes two short cuts: it drops a signal that is ignored,
 * and with a fatal one it kills the whole process.  This file has what becomes of
 * both if an engine wants to hear of the signal.
 */

#include <linux/cred.h>
#include <linux/export.h>
#include <linux/irq_work.h>
#include <linux/llist.h>
#include <linux/pid_namespace.h>
#include <linux/sched/jobctl.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
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

	/*
	 * No lock, which all threads of the process share: the pass began under it, and
	 * what is noted later makes another pass due.
	 */
	if (data_race(list_empty(&u->ignored)))
		return;

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

/*
 * Fatal signals
 *
 * A signal that kills a process, without a core dump, normally does so when it is
 * sent.  If an engine wants to hear of it, it is queued instead, and kills when the
 * thread has taken it and the engine has let it pass.  But a sleep that only SIGKILL
 * ends would then go on, as if there were no signal at all.  So for a thread that
 * sleeps like that, the process is killed as without engines.  The same happens if
 * the thread goes to such a sleep when the signal is in the queue already.
 */

/* Does the sleep end for fatal signals only?  Not a stop. */
static bool utrace_sleeps_killably(struct task_struct *task)
{
	return (READ_ONCE(task->__state) &
		(TASK_WAKEKILL | TASK_INTERRUPTIBLE | __TASK_STOPPED |
		 __TASK_TRACED)) == TASK_WAKEKILL;
}

/* complete_signal(): is the fatal signal, which @task is to take, to be reported? */
bool __utrace_wants_fatal(struct task_struct *task)
{
	struct utrace *u;

	lockdep_assert_held(&task->sighand->siglock);

	smp_rmb();	/* pairs with cmpxchg() in utrace_get() */
	u = READ_ONCE(task->utrace);
	if (IS_ERR_OR_NULL(u))
		return false;
	/*
	 * Either the thread's state is seen here, or the thread sees this when it
	 * goes to sleep, and asks __utrace_killable_sleep().
	 */
	WRITE_ONCE(u->fatal_due, true);
	set_tsk_thread_flag(task, TIF_SIGPENDING);
	smp_mb__after_atomic();		/* pairs with that of set_current_state() */
	return !utrace_sleeps_killably(task);
}

/* A signal in the queues of @task that would have killed at once; 0: none. */
static int utrace_pending_fatal(struct task_struct *task)
{
	struct sighand_struct *sighand = task->sighand;
	struct signal_struct *signal = task->signal;
	int sig;

	if ((signal->flags & (SIGNAL_GROUP_EXIT | SIGNAL_UNKILLABLE)) || task->ptrace)
		return 0;
	for (sig = 1; sig <= _NSIG; sig++)
		if ((sigismember(&task->pending.signal, sig) ||
		     sigismember(&signal->shared_pending.signal, sig)) &&
		    !sigismember(&task->blocked, sig) &&
		    !sigismember(&task->real_blocked, sig) &&
		    sighand->action[sig - 1].sa.sa_handler == SIG_DFL &&
		    !sig_kernel_ignore(sig) && !sig_kernel_stop(sig) &&
		    !sig_kernel_coredump(sig))
			return sig;
	return 0;
}

/* Kill the process as complete_signal() does. */
static void utrace_kill_process(struct task_struct *task, int sig)
{
	struct signal_struct *signal = task->signal;
	struct task_struct *t;

	signal->flags = SIGNAL_GROUP_EXIT;
	signal->group_exit_code = sig;
	signal->group_stop_count = 0;
	__for_each_thread(signal, t) {
		task_clear_jobctl_pending(t, JOBCTL_PENDING_MASK);
		sigaddset(&t->pending.signal, SIGKILL);
		signal_wake_up(t, true);
	}
}

static LLIST_HEAD(utrace_killable_sleepers);

static void utrace_end_killable_sleeps(struct irq_work *work)
{
	struct llist_node *sleepers = llist_del_all(&utrace_killable_sleepers);
	struct utrace *u, *next;

	llist_for_each_entry_safe(u, next, sleepers, fatal_node) {
		struct task_struct *task = u->task;
		unsigned long flags;
		int sig;

		/* It may go to sleep again from here on, and be put into the list. */
		clear_bit(0, &u->fatal_queued);
		smp_mb__after_atomic();	/* pairs with test_and_set_bit() */
		if (lock_task_sighand(task, &flags)) {
			sig = utrace_pending_fatal(task);
			if (!sig)
				WRITE_ONCE(u->fatal_due, false);
			else if (utrace_sleeps_killably(task))
				utrace_kill_process(task, sig);
			unlock_task_sighand(task, &flags);
		}
		put_task_struct(task);
		utrace_put(u);
	}
}

static DEFINE_IRQ_WORK(utrace_killable_work, utrace_end_killable_sleeps);

/*
 * signal_pending_state(): current is about to sleep until a fatal signal comes, and
 * some signal is pending.  Called by schedule() and others, with any lock held.
 */
void __utrace_killable_sleep(struct task_struct *task)
{
	struct utrace *u = READ_ONCE(task->utrace);

	if (task != current || IS_ERR_OR_NULL(u) || !READ_ONCE(u->fatal_due) ||
	    test_and_set_bit(0, &u->fatal_queued))
		return;
	/* Current has not been reaped, so it has a reference to both. */
	get_task_struct(task);
	refcount_inc(&u->ref);
	llist_add(&u->fatal_node, &utrace_killable_sleepers);
	irq_work_queue(&utrace_killable_work);
}
/* Called from an inline function that any module may use. */
EXPORT_SYMBOL(__utrace_killable_sleep);
