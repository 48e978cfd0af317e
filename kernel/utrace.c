// SPDX-License-Identifier: GPL-2.0-only
/*
 * utrace: any number of tracers on one thread
 *
 * include/linux/utrace.h says what this is for, and what clients may do.  This
 * is how it works.
 *
 * The engines of a thread hang on its struct utrace, which is made by the first
 * attach and stays until the thread is reaped.  task->utrace points to it; the
 * pointer goes from NULL to a struct once, and ends as UTRACE_DEAD, after which
 * nobody can attach.  Every engine references the struct, so calls that come
 * late find its lock.
 *
 * Only the thread itself makes reports (until it is dead: then its reaper makes
 * the last one), so there is one walk along the chain at a time.  The walk pins
 * its place with utrace->cursor, and no more: engines may come and go around
 * it.  The one at the cursor is unlinked by the walk when it moves on.
 *
 * Locks, from the outside inwards:
 *
 *	utrace->lock	the chain; all of struct utrace; engine->events and
 *			->flags; writes to task->utrace_flags.  Irqs off.
 *	siglock		task->jobctl, and going to sleep in a stop, which is
 *			decided under both.
 *
 * A stop is decided and slept in under both locks, so a RESUME is either seen
 * before the thread sleeps or finds it asleep.  The sleep is TASK_TRACED without
 * JOBCTL_TRACED: to ptrace and wait(2) such a thread is not stopped at all, while
 * SIGKILL and the freezer treat it as they treat a ptrace stop.
 */

#include <linux/binfmts.h>
#include <linux/cgroup.h>
#include <linux/err.h>
#include <linux/init.h>
#include <linux/module.h>
#include <linux/pid.h>
#include <linux/ptrace.h>
#include <linux/rcupdate.h>
#include <linux/resume_user_mode.h>
#include <linux/sched/jobctl.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/slab.h>
#include <linux/utrace.h>
#include <linux/utrace_hooks.h>
#include <linux/wait.h>

#include <asm/syscall.h>
#include <asm/utrace.h>

/* engine->flags */
#define ENGINE_ATTACHED		BIT(0)	/* in the chain, and gets reports */
#define ENGINE_STOP		BIT(1)	/* holds the thread; in nr_stop */
#define ENGINE_STOP_LATER	BIT(2)	/* ... will, from the quiesce pass on */
#define ENGINE_REQUEST		BIT(3)	/* is owed a report_quiesce */
#define ENGINE_RESUMED		BIT(4)	/* RESUME came during its callback */
#define ENGINE_IN_SYSCALL	BIT(5)	/* wanted calls when this one began */

static_assert(!(UTRACE_EVENTS_ALL & UTRACE_FLAG_SYSCALLS));
static_assert(!(PT_UTRACE_SYSCALL & (PT_PTRACED | PT_SEIZED |
				     (PTRACE_O_MASK << PT_OPT_FLAG_SHIFT))));

/* What task->utrace is when it can never be anything else. */
#define UTRACE_DEAD		((struct utrace *)ERR_PTR(-ESRCH))

/**
 * struct utrace - what the engines of one thread share
 * @lock: protects everything below, and what the file comment says
 * @ref: one for task->utrace, one for each engine
 * @task: the thread.  Not referenced: every engine references it, and hooks run
 *	in it or before it is freed
 * @cookie: a number that no other thread ever has; constant
 * @engines: the chain, outermost first
 * @cursor: the engine at which the walk in progress stands; on the chain even
 *	if it is detached
 * @reporting: @cursor while its callback runs, else NULL
 * @nr_stop: attached engines with ENGINE_STOP
 * @nr_barrier: sleepers on @wait
 * @stopped: the thread is in utrace_stop(), asleep or about to look again
 * @in_syscall: @syscall is valid: between the hooks of entry and exit
 * @dead: report_death has begun; no events but REAP can be asked for
 * @death_done: report_death is over, and report_reap may be made
 * @reap: release_task() was here
 * @syscall: the call in progress.  Written and read by the thread only, except
 *	while it is stopped.
 * @wait: utrace_barrier()
 * @rcu: task->utrace is read under RCU by utrace_attach_task()
 */
struct utrace {
	spinlock_t lock;
	refcount_t ref;
	struct task_struct *task;
	u64 cookie;
	struct list_head engines;
	struct utrace_engine *cursor;
	struct utrace_engine *reporting;
	unsigned int nr_stop;
	unsigned int nr_barrier;
	bool stopped;
	bool in_syscall;
	bool dead;
	bool death_done;
	bool reap;
	struct utrace_syscall syscall;
	wait_queue_head_t wait;
	struct rcu_head rcu;
};

static struct kmem_cache *utrace_cachep;
static struct kmem_cache *utrace_engine_cachep;
static atomic64_t utrace_last_cookie;

static void utrace_put(struct utrace *u)
{
	if (refcount_dec_and_test(&u->ref))
		kfree_rcu(u, rcu);
}

/**
 * utrace_engine_get - take a reference to an engine
 * @engine: to which the caller has a reference, or is in a callback
 *
 * Context: any.
 * Return: @engine.
 */
struct utrace_engine *utrace_engine_get(struct utrace_engine *engine)
{
	refcount_inc(&engine->ref);
	return engine;
}

/**
 * utrace_engine_put - give a reference to an engine back
 * @engine: the reference is the caller's
 *
 * With the last one, which an attached engine itself holds as well, the
 * engine's ops->release is called.
 *
 * Context: process context, no spinlocks held, unless the caller knows that
 *	there is another reference.
 */
void utrace_engine_put(struct utrace_engine *engine)
{
	if (!refcount_dec_and_test(&engine->ref))
		return;

	if (engine->ops->release)
		engine->ops->release(engine->data);
	module_put(engine->ops->owner);
	utrace_put(engine->utrace);
	put_task_struct(engine->task);
	kmem_cache_free(utrace_engine_cachep, engine);
}

/**
 * utrace_cookie - a number for the engine's thread
 * @engine: the caller has a reference
 *
 * Context: any.
 * Return: a number that is not 0, the same for all engines of the thread, and
 *	never another thread's while the system is up.
 */
u64 utrace_cookie(const struct utrace_engine *engine)
{
	return engine->utrace->cookie;
}

/**
 * utrace_syscall - the system call that the engine's thread is in
 * @engine: whose report_syscall_entry or report_syscall_exit this is
 *
 * Context: one of those callbacks.
 * Return: number and arguments as they were when the call began; valid until
 *	the callback returns.
 */
const struct utrace_syscall *utrace_syscall(const struct utrace_engine *engine)
{
	return &engine->utrace->syscall;
}

/*
 * Stopping and waking
 */

static void utrace_set_stop(struct utrace_engine *engine)
{
	struct utrace *u = engine->utrace;

	lockdep_assert_held(&u->lock);

	engine->flags &= ~ENGINE_STOP_LATER;
	if (!(engine->flags & ENGINE_STOP)) {
		engine->flags |= ENGINE_STOP;
		u->nr_stop++;
	}
}

static void utrace_clear_stop(struct utrace_engine *engine)
{
	struct utrace *u = engine->utrace;

	lockdep_assert_held(&u->lock);

	engine->flags &= ~(ENGINE_STOP_LATER | ENGINE_REQUEST);
	if (engine->flags & ENGINE_STOP) {
		engine->flags &= ~ENGINE_STOP;
		u->nr_stop--;
	}
}

/* A thread that is bound to die is held by nobody any more. */
static void utrace_clear_stops(struct utrace *u)
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
	       (task->flags & (PF_SIGNALED | PF_DUMPCORE | PF_POSTCOREDUMP |
			       PF_EXITING));
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
static void utrace_kick(struct utrace *u, bool interrupt)
{
	struct task_struct *task = u->task;
	unsigned long flags;

	lockdep_assert_held(&u->lock);

	/* Dead or dying, it will not see user mode again. */
	if (!lock_task_sighand(task, &flags))
		return;
	if (!utrace_task_dying(task)) {
		WRITE_ONCE(task->jobctl, task->jobctl | JOBCTL_UTRACE);
		set_notify_resume(task);
		if (task->jobctl & JOBCTL_STOPPED) {
			task->jobctl &= ~JOBCTL_STOPPED;
			task->jobctl |= JOBCTL_STOP_PENDING | JOBCTL_TRAP_UTRACE;
			if (!(task->jobctl & JOBCTL_STOP_SIGMASK))
				task->jobctl |= SIGSTOP;
			signal_wake_up_state(task, __TASK_STOPPED);
		} else if (interrupt) {
			task->jobctl |= JOBCTL_TRAP_UTRACE;
			signal_wake_up(task, false);
		}
	}
	unlock_task_sighand(task, &flags);
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

static void utrace_wake(struct utrace *u)
{
	lockdep_assert_held(&u->lock);

	/* It cannot be in a ptrace stop: @stopped is true in ours only. */
	if (u->stopped && !u->nr_stop)
		wake_up_state(u->task, __TASK_TRACED);
}

static bool utrace_may_sleep(void)
{
	struct task_struct *exec = current->signal->group_exec_task;

	lockdep_assert_held(&current->sighand->siglock);

	/*
	 * A thread that exits by itself gets no SIGKILL from de_thread(), which
	 * waits for it with cred_guard_mutex held.
	 */
	return !__fatal_signal_pending(current) && (!exec || exec == current);
}

/*
 * Sleep until no engine holds this thread, or it is killed.  @event: at whose
 * report.
 *
 * @info is there for arm64, whose regset set() wants to know from
 * current->last_siginfo that a tracer has stopped the thread at a system call.
 */
static void utrace_stop(struct utrace *u, unsigned long event)
{
	bool in_entry = event == UTRACE_EVENT(SYSCALL_ENTRY);
	struct sighand_struct *sighand = current->sighand;
	kernel_siginfo_t info;

	lockdep_assert_not_held(&u->lock);

	clear_siginfo(&info);
	info.si_signo = SIGTRAP;
	info.si_code = SIGTRAP | 0x80;

	for (;;) {
		spin_lock_irq(&u->lock);
		spin_lock(&sighand->siglock);
		if (!utrace_may_sleep())
			utrace_clear_stops(u);
		if (!u->nr_stop)
			break;

		u->stopped = true;
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
	}

	if (u->stopped) {
		u->stopped = false;
		current->last_siginfo = NULL;
		current->ptrace_message = 0;
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

/*
 * Events and system call work
 */

/* task->utrace_flags from the chain. */
static void utrace_update_flags(struct utrace *u)
{
	struct task_struct *task = u->task;
	struct utrace_engine *engine;
	unsigned long flags = 0;

	lockdep_assert_held(&u->lock);

	list_for_each_entry(engine, &u->engines, node)
		flags |= engine->events;
	if (flags & UTRACE_EVENTS_SYSCALL)
		flags |= UTRACE_FLAG_SYSCALLS;
	else
		u->in_syscall = false;	/* its exit may be passed unseen */
	WRITE_ONCE(task->utrace_flags, flags);

	/*
	 * Pairs with utrace_ptrace_clear_syscall(), which clears the work and
	 * then looks at the flags.  Cleared for us by the thread itself, in
	 * utrace_syscall_work_done().
	 */
	smp_mb__before_atomic();
	if (flags & UTRACE_FLAG_SYSCALLS)
		set_task_syscall_work(task, SYSCALL_TRACE);
}

/*
 * The work flag was set and no engine wants it any more.  ptrace cannot set it
 * meanwhile: it does so only to a thread in a ptrace stop.
 */
static void utrace_syscall_work_done(struct utrace *u)
{
	spin_lock_irq(&u->lock);
	if (!(current->utrace_flags & UTRACE_FLAG_SYSCALLS) &&
	    !(current->ptrace & PT_UTRACE_SYSCALL))
		clear_task_syscall_work(current, SYSCALL_TRACE);
	spin_unlock_irq(&u->lock);
}

static bool utrace_ops_cover(const struct utrace_engine_ops *ops,
			     unsigned long events)
{
#define COVERS(EV, callback) (!(events & UTRACE_EVENT(EV)) || ops->callback)
	return !(events & ~UTRACE_EVENTS_ALL) &&
	       COVERS(QUIESCE, report_quiesce) &&
	       COVERS(CLONE, report_clone) &&
	       COVERS(EXEC, report_exec) &&
	       COVERS(EXIT, report_exit) &&
	       COVERS(DEATH, report_death) &&
	       COVERS(REAP, report_reap) &&
	       COVERS(SYSCALL_ENTRY, report_syscall_entry) &&
	       COVERS(SYSCALL_EXIT, report_syscall_exit);
#undef COVERS
}

/**
 * utrace_set_events - choose the events that an engine is told of
 * @engine: the caller has a reference
 * @events: mask of UTRACE_EVENT() bits, in place of the present one
 *
 * An event that begins after the call has returned is reported by the new mask.
 * Asking for system calls in the middle of one gives the next one.
 *
 * Context: any; does not sleep.
 * Return: 0: the thread makes no callback that is not in @events any more.
 *	%-EINPROGRESS: so it is, but a callback to the engine is running; see
 *	utrace_barrier().  %-EINVAL: @events has unknown bits, or the engine has
 *	no callback for one.  %-ESRCH: the engine is detached, or the thread is
 *	dead.
 */
int utrace_set_events(struct utrace_engine *engine, unsigned long events)
{
	struct utrace *u = engine->utrace;
	unsigned long flags;
	int ret = 0;

	if (!utrace_ops_cover(engine->ops, events))
		return -EINVAL;

	spin_lock_irqsave(&u->lock, flags);
	if (!(engine->flags & ENGINE_ATTACHED) || u->dead) {
		ret = -ESRCH;
	} else {
		if (u->reporting == engine && engine->task != current &&
		    (engine->events & ~events))
			ret = -EINPROGRESS;
		engine->events = events;
		utrace_update_flags(u);
	}
	spin_unlock_irqrestore(&u->lock, flags);
	return ret;
}

/*
 * Engines and their chain
 */

/*
 * Take @engine's word back on everything.  The caller drops its reference if
 * the result says that it left the chain, too; else the walk will.
 */
static bool utrace_detach(struct utrace_engine *engine)
{
	struct utrace *u = engine->utrace;

	lockdep_assert_held(&u->lock);

	utrace_clear_stop(engine);
	engine->events = 0;
	engine->flags = 0;
	utrace_update_flags(u);
	if (u->cursor == engine)
		return false;
	list_del(&engine->node);
	return true;
}

static void utrace_insert(struct utrace *u, struct utrace_engine *engine)
{
	struct utrace_engine *pos;

	lockdep_assert_held(&u->lock);

	/* Outermost of its class; transformers are all inside of observers. */
	list_for_each_entry(pos, &u->engines, node)
		if (pos->ops->class >= engine->ops->class)
			break;
	list_add_tail(&engine->node, &pos->node);
	engine->flags = ENGINE_ATTACHED;
}

/* The thread's struct utrace with a reference, made if need be. */
static struct utrace *utrace_get(struct task_struct *task)
{
	struct utrace *u, *new = NULL;

	for (;;) {
		rcu_read_lock();
		u = READ_ONCE(task->utrace);
		if (!IS_ERR_OR_NULL(u) && !refcount_inc_not_zero(&u->ref))
			u = UTRACE_DEAD;
		rcu_read_unlock();
		if (u)
			break;

		if (!new) {
			new = kmem_cache_zalloc(utrace_cachep, GFP_KERNEL_ACCOUNT);
			if (!new)
				return ERR_PTR(-ENOMEM);
			spin_lock_init(&new->lock);
			refcount_set(&new->ref, 1);
			new->task = task;
			new->cookie = atomic64_inc_return(&utrace_last_cookie);
			INIT_LIST_HEAD(&new->engines);
			init_waitqueue_head(&new->wait);
		}
		/* Ends as UTRACE_DEAD if it comes after the thread's death. */
		if (!cmpxchg(&task->utrace, NULL, new))
			new = NULL;
	}

	/* Never published, so nobody else has seen it. */
	if (new)
		kmem_cache_free(utrace_cachep, new);
	return u;
}

/**
 * utrace_attach_task - attach an engine to a thread
 * @task: the thread; the caller knows that it is not freed
 * @ops: the client's callbacks, which outlive the engine
 * @data: for the client, in engine->data
 *
 * The engine gets no events until utrace_set_events() asks for them, and joins
 * no report that is under way.  Always possible on current, and on the @child
 * of a report_clone callback.
 *
 * The checks that a tracer needs (see __ptrace_may_access()) are the caller's.
 *
 * Context: process context; may sleep for memory.
 * Return: an engine with a reference that is the caller's.  ERR_PTR: %-EPERM:
 *	@task is a kernel thread, or works for the kernel only; %-ESRCH: it is
 *	dead; %-ENOENT: the module that holds @ops is being unloaded; %-ENOMEM.
 */
struct utrace_engine *utrace_attach_task(struct task_struct *task,
					 const struct utrace_engine_ops *ops,
					 void *data)
{
	struct utrace_engine *engine;
	struct utrace *u;
	int error = -ESRCH;

	might_sleep();

	/* None of these ever returns to user mode. */
	if (task->flags & (PF_KTHREAD | PF_USER_WORKER | PF_IO_WORKER))
		return ERR_PTR(-EPERM);

	if (!try_module_get(ops->owner))
		return ERR_PTR(-ENOENT);

	u = utrace_get(task);
	if (IS_ERR(u)) {
		error = PTR_ERR(u);
		goto out_put_module;
	}

	engine = kmem_cache_zalloc(utrace_engine_cachep, GFP_KERNEL_ACCOUNT);
	if (!engine) {
		error = -ENOMEM;
		goto out_put_utrace;
	}
	engine->ops = ops;
	engine->data = data;
	engine->task = task;
	engine->utrace = u;
	refcount_set(&engine->ref, 2);	/* attached, and the caller's */

	spin_lock_irq(&u->lock);
	if (u->dead) {
		spin_unlock_irq(&u->lock);
		goto out_free;
	}
	get_task_struct(task);
	utrace_insert(u, engine);
	spin_unlock_irq(&u->lock);
	return engine;

out_free:
	kmem_cache_free(utrace_engine_cachep, engine);
out_put_utrace:
	utrace_put(u);
out_put_module:
	module_put(ops->owner);
	return ERR_PTR(error);
}

/**
 * utrace_attach_pid - attach an engine to a thread
 * @pid: the thread's
 * @ops: the client's callbacks, which outlive the engine
 * @data: for the client, in engine->data
 *
 * Context: process context; may sleep for memory.
 * Return: as utrace_attach_task(); %-ESRCH if @pid is no thread's any more.
 */
struct utrace_engine *utrace_attach_pid(struct pid *pid,
					const struct utrace_engine_ops *ops,
					void *data)
{
	struct task_struct *task = get_pid_task(pid, PIDTYPE_PID);
	struct utrace_engine *engine;

	if (!task)
		return ERR_PTR(-ESRCH);
	engine = utrace_attach_task(task, ops, data);
	put_task_struct(task);
	return engine;
}

/**
 * utrace_control - order what becomes of an engine's thread
 * @engine: the caller has a reference
 * @action: what shall become of it
 *
 * %UTRACE_STOP: 0 means that the thread is stopped already, by this or another
 * engine, and now stays so until this engine resumes it or it is killed.  Else
 * %-EINPROGRESS: it will be, before it executes its next instruction in user
 * mode, and reports QUIESCE on the way.  A blocking system call is not
 * interrupted for it.
 *
 * %UTRACE_RESUME, %UTRACE_REPORT, %UTRACE_INTERRUPT, %UTRACE_DETACH end this
 * engine's hold, and take back what it asked for before and did not get yet.
 * That also overrides a STOP that a callback now running is
 * about to answer, so whoever acts on what a callback published cannot come too
 * early.  REPORT and INTERRUPT need QUIESCE among the engine's events.
 *
 * Context: any; does not sleep.
 * Return: 0, or %-EINPROGRESS as above, or for DETACH if a callback to the
 *	engine is running (see utrace_barrier()): else there will be none any
 *	more.  %-EINVAL: no such action, or REPORT or INTERRUPT without QUIESCE.
 *	%-ESRCH: the engine is detached already; or, but for DETACH, the thread
 *	is dead.
 */
int utrace_control(struct utrace_engine *engine, enum utrace_action action)
{
	struct utrace *u = engine->utrace;
	bool left = false;
	unsigned long flags;
	int ret = 0;

	spin_lock_irqsave(&u->lock, flags);
	if (!(engine->flags & ENGINE_ATTACHED) ||
	    (u->dead && action != UTRACE_DETACH)) {
		spin_unlock_irqrestore(&u->lock, flags);
		return -ESRCH;
	}

	switch (action) {
	case UTRACE_STOP:
		if (u->stopped) {
			utrace_set_stop(engine);
			break;
		}
		/*
		 * Not before this engine's own report_quiesce: another one may
		 * stop the thread elsewhere first, where this one's client
		 * would not hear of it.
		 */
		engine->flags |= ENGINE_STOP_LATER | ENGINE_REQUEST;
		utrace_kick(u, false);
		ret = -EINPROGRESS;
		break;

	case UTRACE_REPORT:
	case UTRACE_INTERRUPT:
		if (!(engine->events & UTRACE_EVENT(QUIESCE))) {
			ret = -EINVAL;
			break;
		}
		utrace_clear_stop(engine);
		engine->flags |= ENGINE_RESUMED | ENGINE_REQUEST;
		utrace_kick(u, action == UTRACE_INTERRUPT);
		utrace_wake(u);
		break;

	case UTRACE_RESUME:
		utrace_clear_stop(engine);
		engine->flags |= ENGINE_RESUMED;
		utrace_wake(u);
		break;

	case UTRACE_DETACH:
		if (u->reporting == engine && engine->task != current)
			ret = -EINPROGRESS;
		left = utrace_detach(engine);
		utrace_wake(u);
		break;

	default:
		ret = -EINVAL;
	}
	spin_unlock_irqrestore(&u->lock, flags);

	/* Not the last reference: the caller has one. */
	if (left)
		utrace_engine_put(engine);
	return ret;
}

/**
 * utrace_will_stop - what was resumed before does not count any more
 * @engine: whose callback this is
 *
 * A callback that tells its client that it is going to answer %UTRACE_STOP calls
 * this first, under whatever lock orders what it publishes with what the client
 * does.  A RESUME from before, which was about an earlier event, then does not
 * override the answer; one from after still does.  Without this call every
 * RESUME that comes while the callback runs does.
 *
 * Context: a callback to @engine; does not sleep.
 */
void utrace_will_stop(struct utrace_engine *engine)
{
	struct utrace *u = engine->utrace;

	WARN_ON_ONCE(engine->task != current);

	spin_lock_irq(&u->lock);
	engine->flags &= ~ENGINE_RESUMED;
	spin_unlock_irq(&u->lock);
}

/**
 * utrace_barrier - wait until no callback to an engine is running
 * @engine: the caller has a reference; may be detached
 *
 * After it, what the callback answered has been applied.  With the engine
 * detached, none will follow.
 *
 * Context: process context, not from a callback to @engine; sleeps.
 * Return: 0.  %-ERESTARTSYS: a signal came first.  %-EDEADLK: called from a
 *	callback to @engine.
 */
int utrace_barrier(struct utrace_engine *engine)
{
	struct utrace *u = engine->utrace;
	int ret = 0;

	might_sleep();

	spin_lock_irq(&u->lock);
	if (u->reporting == engine && engine->task == current) {
		ret = -EDEADLK;
	} else {
		u->nr_barrier++;
		ret = wait_event_interruptible_lock_irq(u->wait,
							u->reporting != engine,
							u->lock);
		u->nr_barrier--;
	}
	spin_unlock_irq(&u->lock);
	return ret;
}

/*
 * Reports
 */

/**
 * struct utrace_walk - a report on its way along the chain
 * @u: whose chain
 * @event: UTRACE_EVENT() bit of what is reported
 * @inwards: the direction
 * @stop_here: a STOP holds the thread where it was answered, not later
 */
struct utrace_walk {
	struct utrace *u;
	unsigned long event;
	bool inwards;
	bool stop_here;
};

static bool utrace_wanted(struct utrace_walk *walk, struct utrace_engine *engine)
{
	if (walk->event == UTRACE_EVENT(QUIESCE)) {
		if (!(engine->flags & ENGINE_REQUEST))
			return false;
		engine->flags &= ~ENGINE_REQUEST;
		if (engine->flags & ENGINE_STOP_LATER)
			utrace_set_stop(engine);
	} else if (walk->event == UTRACE_EVENT(SYSCALL_EXIT)) {
		if (!(engine->flags & ENGINE_IN_SYSCALL))
			return false;
	}
	return engine->events & walk->event;
}

/*
 * The cursor goes to the next engine that wants the event, from where it is,
 * or from the end of the chain if it is NULL.
 */
static struct utrace_engine *utrace_advance(struct utrace_walk *walk)
{
	struct utrace *u = walk->u;
	struct list_head *pos = u->cursor ? &u->cursor->node : &u->engines;
	struct utrace_engine *engine;

	lockdep_assert_held(&u->lock);

	for (;;) {
		pos = walk->inwards ? pos->next : pos->prev;
		if (pos == &u->engines) {
			u->cursor = NULL;
			u->reporting = NULL;
			return NULL;
		}
		engine = list_entry(pos, struct utrace_engine, node);
		if (utrace_wanted(walk, engine)) {
			engine->flags &= ~ENGINE_RESUMED;
			u->cursor = engine;
			u->reporting = engine;
			return engine;
		}
	}
}

/*
 * The hooks look at utrace_flags and then at the pointer.  Without a barrier
 * the second load may have been the first.
 */
static struct utrace *utrace_current(void)
{
	smp_rmb();	/* pairs with cmpxchg() in utrace_get() */
	return current->utrace;
}

static struct utrace_engine *utrace_first(struct utrace_walk *walk)
{
	struct utrace_engine *engine;

	spin_lock_irq(&walk->u->lock);
	WARN_ON_ONCE(walk->u->cursor);
	engine = utrace_advance(walk);
	spin_unlock_irq(&walk->u->lock);
	return engine;
}

/* What the callback answered. */
static void utrace_apply(struct utrace_walk *walk, struct utrace_engine *engine,
			 enum utrace_action action)
{
	struct utrace *u = walk->u;

	lockdep_assert_held(&u->lock);

	/* Detached, perhaps by its own callback: it has no say any more. */
	if (!(engine->flags & ENGINE_ATTACHED))
		return;
	if (action == UTRACE_DETACH) {
		utrace_detach(engine);
		return;
	}
	if (u->dead)
		return;

	switch (action) {
	case UTRACE_STOP:
		if (engine->flags & ENGINE_RESUMED)
			break;
		utrace_set_stop(engine);
		if (!walk->stop_here)
			utrace_kick(u, false);
		break;
	case UTRACE_REPORT:
	case UTRACE_INTERRUPT:
		/* Else it would never come to user mode. */
		if (walk->event == UTRACE_EVENT(QUIESCE))
			break;
		engine->flags |= ENGINE_REQUEST;
		utrace_kick(u, action == UTRACE_INTERRUPT);
		break;
	case UTRACE_RESUME:
		break;
	default:
		WARN_ONCE(1, "utrace: %s answered %d\n", engine->ops->name, action);
	}
}

/* Apply @engine's answer, stop for it, and go to the next one. */
static struct utrace_engine *utrace_next(struct utrace_walk *walk,
					 struct utrace_engine *engine,
					 enum utrace_action action)
{
	struct utrace *u = walk->u;
	struct utrace_engine *next;
	bool left;

	spin_lock_irq(&u->lock);
	utrace_apply(walk, engine, action);
	u->reporting = NULL;
	if (u->nr_barrier)
		wake_up_all(&u->wait);

	if (walk->stop_here && u->nr_stop) {
		spin_unlock_irq(&u->lock);
		utrace_stop(u, walk->event);
		spin_lock_irq(&u->lock);
	}

	next = utrace_advance(walk);
	left = !(engine->flags & ENGINE_ATTACHED);
	if (left)
		list_del(&engine->node);
	spin_unlock_irq(&u->lock);

	if (left)
		utrace_engine_put(engine);
	return next;
}

/*
 * Make one report: the last argument is the call of the callback, for @engine.
 * A macro because the arguments of the callbacks differ.
 */
#define utrace_report(walk, engine, callback)				\
	for ((engine) = utrace_first(walk); (engine);			\
	     (engine) = utrace_next(walk, engine, callback))

/*
 * The hooks.  All are called in the thread, without locks.
 */

/* Nonzero: make no system call. */
int __utrace_syscall_entry(struct pt_regs *regs)
{
	struct utrace *u = current->utrace;
	struct utrace_walk walk = {
		.u = u,
		.event = UTRACE_EVENT(SYSCALL_ENTRY),
		.inwards = true,
		.stop_here = true,
	};
	struct utrace_engine *engine;

	if (!(task_utrace_flags(current) & UTRACE_FLAG_SYSCALLS)) {
		utrace_syscall_work_done(u);
		return 0;
	}

	u->syscall.nr = syscall_get_nr(current, regs);
	syscall_get_arguments(current, regs, u->syscall.args);

	spin_lock_irq(&u->lock);
	u->in_syscall = true;
	list_for_each_entry(engine, &u->engines, node) {
		if (engine->events & UTRACE_EVENTS_SYSCALL)
			engine->flags |= ENGINE_IN_SYSCALL;
		else
			engine->flags &= ~ENGINE_IN_SYSCALL;
	}
	engine = utrace_advance(&walk);
	spin_unlock_irq(&u->lock);

	while (engine)
		engine = utrace_next(&walk, engine,
				     engine->ops->report_syscall_entry(engine, regs));

	return fatal_signal_pending(current);
}

void __utrace_syscall_exit(struct pt_regs *regs)
{
	struct utrace *u = current->utrace;
	struct utrace_walk walk = {
		.u = u,
		.event = UTRACE_EVENT(SYSCALL_EXIT),
		.stop_here = true,
	};
	struct utrace_engine *engine;

	/*
	 * The work may have been set in the middle of the call, and new tasks
	 * come through here on some architectures.
	 */
	if (u->in_syscall) {
		utrace_report(&walk, engine,
			      engine->ops->report_syscall_exit(engine, regs));

		/* ENGINE_IN_SYSCALL means nothing until the next entry sets it. */
		spin_lock_irq(&u->lock);
		u->in_syscall = false;
		spin_unlock_irq(&u->lock);
	}

	if (!(task_utrace_flags(current) & UTRACE_FLAG_SYSCALLS))
		utrace_syscall_work_done(u);
}

/*
 * get_signal(): report QUIESCE to the engines that asked for it, and stop as
 * long as any engine wants.  siglock is held at first, and not on return.
 * Always true, so that get_signal() starts over.
 */
bool __utrace_quiesce(void)
	__releases(&current->sighand->siglock)
{
	struct utrace *u = current->utrace;
	struct utrace_walk walk = {
		.u = u,
		.event = UTRACE_EVENT(QUIESCE),
		.stop_here = true,
	};
	struct utrace_engine *engine;

	spin_unlock_irq(&current->sighand->siglock);

	/* What is asked for from here on sets them again. */
	spin_lock_irq(&u->lock);
	spin_lock(&current->sighand->siglock);
	current->jobctl &= ~(JOBCTL_UTRACE | JOBCTL_TRAP_UTRACE);
	spin_unlock(&current->sighand->siglock);
	spin_unlock_irq(&u->lock);

	utrace_report(&walk, engine, engine->ops->report_quiesce(engine));
	/* An engine may hold the thread from an earlier event. */
	utrace_stop(u, walk.event);
	return true;
}

void __utrace_clone(u64 clone_flags, struct task_struct *child)
{
	struct utrace_walk walk = {
		.u = utrace_current(),
		.event = UTRACE_EVENT(CLONE),
	};
	struct utrace_engine *engine;

	utrace_report(&walk, engine,
		      engine->ops->report_clone(engine, clone_flags, child));
}

unsigned int __utrace_unsafe_exec(void)
{
	struct utrace *u = utrace_current();
	struct utrace_engine *engine;
	unsigned int unsafe = 0;

	spin_lock_irq(&u->lock);
	list_for_each_entry(engine, &u->engines, node)
		if (engine->ops->unsafe_exec)
			unsafe |= engine->ops->unsafe_exec(engine);
	spin_unlock_irq(&u->lock);
	return unsafe;
}

void __utrace_exec(struct linux_binprm *bprm, pid_t old_tid)
{
	struct utrace_walk walk = {
		.u = utrace_current(),
		.event = UTRACE_EVENT(EXEC),
	};
	struct utrace_engine *engine;

	utrace_report(&walk, engine,
		      engine->ops->report_exec(engine, bprm, old_tid));
}

void __utrace_exit(long code)
{
	struct utrace *u = utrace_current();
	struct utrace_walk walk = {
		.u = u,
		.event = UTRACE_EVENT(EXIT),
		.stop_here = true,
	};
	struct utrace_engine *engine;

	/*
	 * It will not be in user mode again, where stops from before were to
	 * hold it.
	 */
	spin_lock_irq(&u->lock);
	utrace_clear_stops(u);
	spin_unlock_irq(&u->lock);

	utrace_report(&walk, engine, engine->ops->report_exit(engine, code));
}

/*
 * The end.  exit_notify() and release_task() come in either order, and in
 * different tasks: a parent may reap the zombie before it has reported its
 * death.  Whoever finds the other's work done makes the last report.  If there
 * were never engines, both only bar the door.
 */
static struct utrace *utrace_close(struct task_struct *task)
{
	struct utrace *u = cmpxchg(&task->utrace, NULL, UTRACE_DEAD);

	return IS_ERR(u) ? NULL : u;
}

static void utrace_reap(struct utrace *u)
{
	struct utrace_walk walk = {
		.u = u,
		.event = UTRACE_EVENT(REAP),
	};
	struct utrace_engine *engine;

	utrace_report(&walk, engine,
		      (engine->ops->report_reap(engine), UTRACE_DETACH));

	spin_lock_irq(&u->lock);
	while (!list_empty(&u->engines)) {
		engine = list_first_entry(&u->engines, struct utrace_engine, node);
		utrace_detach(engine);
		spin_unlock_irq(&u->lock);
		utrace_engine_put(engine);
		spin_lock_irq(&u->lock);
	}
	spin_unlock_irq(&u->lock);

	/* The thread has no more hooks to come, and attach gives up on dead. */
	WRITE_ONCE(u->task->utrace, UTRACE_DEAD);
	utrace_put(u);
}

/* exit_notify(): @task is current, and a zombie or on its own way to be reaped. */
void utrace_death(struct task_struct *task, int group_dead)
{
	struct utrace *u = utrace_close(task);
	struct utrace_walk walk = {
		.u = u,
		.event = UTRACE_EVENT(DEATH),
	};
	struct utrace_engine *engine;
	bool reap;

	if (likely(!u))
		return;

	spin_lock_irq(&u->lock);
	u->dead = true;
	utrace_clear_stops(u);
	spin_unlock_irq(&u->lock);

	utrace_report(&walk, engine,
		      engine->ops->report_death(engine, group_dead));

	spin_lock_irq(&u->lock);
	u->death_done = true;
	reap = u->reap;
	spin_unlock_irq(&u->lock);

	if (reap)
		utrace_reap(u);
}

/* release_task(): by whatever task reaps @task. */
void utrace_release_task(struct task_struct *task)
{
	struct utrace *u = utrace_close(task);
	bool reap;

	if (likely(!u))
		return;

	spin_lock_irq(&u->lock);
	u->reap = true;
	reap = u->death_done;
	spin_unlock_irq(&u->lock);

	if (reap)
		utrace_reap(u);
}

static int __init utrace_init(void)
{
	utrace_cachep = KMEM_CACHE(utrace, SLAB_PANIC | SLAB_ACCOUNT);
	utrace_engine_cachep = KMEM_CACHE(utrace_engine, SLAB_PANIC | SLAB_ACCOUNT);
	return 0;
}
/* Before anything that could attach: user mode helpers run from fs_initcall. */
core_initcall(utrace_init);
