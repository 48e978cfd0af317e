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
 * the last one), so there is one walk along the chain at a time.  It needs no lock
 * as long as nobody answers anything but RESUME: utrace/walk.c says how.
 * Engines may come meanwhile; those that go stay on the chain until the walk goes
 * on from the engine at which it stands.
 *
 * Locks, from the outside inwards:
 *
 *	utrace->lock	the chain; struct utrace, but for what says otherwise;
 *			engine->events and ->flags; writes to
 *			task->utrace_flags.  Irqs off.
 *	siglock		task->jobctl, and going to sleep in a stop, which is
 *			decided under both.
 *
 * A stop is decided and slept in under both locks, so a RESUME is either seen
 * before the thread sleeps or finds it asleep.  The sleep is TASK_TRACED without
 * JOBCTL_TRACED: to ptrace and wait(2) such a thread is not stopped at all, while
 * SIGKILL and the freezer treat it as they treat a ptrace stop.
 */

#include <linux/export.h>
#include <linux/init.h>
#include <linux/module.h>
#include <linux/pid.h>
#include <linux/ptrace.h>
#include <linux/rcupdate.h>
#include <linux/sched/task.h>
#include <linux/slab.h>

#include <asm/utrace.h>

#include "utrace/internal.h"

#define CREATE_TRACE_POINTS
#include <trace/events/utrace.h>

static_assert(!(UTRACE_EVENTS_ALL &
		(UTRACE_FLAG_NARROW | UTRACE_FLAG_SIGNALS)));
/* The hooks know nothing else of it. */
static_assert(!offsetof(struct utrace, pass));
static_assert(!(PT_UTRACE_ALL &
		(PT_PTRACED | PT_SEIZED | (PTRACE_O_MASK << PT_OPT_FLAG_SHIFT))));
static_assert(UTRACE_EVENT(SIGNAL_TERM) == UTRACE_FLAG_SIGNAL_TERM);
static_assert(UTRACE_EVENT(GROUP_STOP) == UTRACE_FLAG_GROUP_STOP);
static_assert(UTRACE_EVENT(GROUP_CONT) == UTRACE_FLAG_GROUP_CONT);
/* Engines have the events of the user ABI up to STEP, with the same numbers. */
static_assert(UTRACE_EV_STEP == UTRACE_EV_NR - 1);
static_assert(UTRACE_EV_BREAKPOINT >= UTRACE_EV_NR);
/* What the first engine of a thread costs; see Documentation/trace/utrace.rst. */
#if !defined(CONFIG_DEBUG_SPINLOCK) && !defined(CONFIG_LOCKDEP) && !defined(CONFIG_PREEMPT_RT)
static_assert(sizeof(struct utrace) + sizeof(struct utrace_engine) <= 512);
#endif

#ifdef CONFIG_UTRACE_TEST_POINTS
void (*utrace_test_hook)(enum utrace_test_point point, struct task_struct *task);
DEFINE_STATIC_KEY_FALSE(utrace_test_points);
#endif

static struct kmem_cache *utrace_cachep;
static struct kmem_cache *utrace_engine_cachep;
static atomic64_t utrace_last_cookie;

void utrace_put(struct utrace *u)
{
	if (refcount_dec_and_test(&u->ref)) {
		utrace_free_ignored(u);
		kfree_rcu(u, rcu);
	}
}

/**
 * utrace_engine_get - take a reference to an engine
 * @engine: the caller has a reference, or is a callback to @engine
 *
 * Context: any.
 *
 * Return: @engine.
 */
struct utrace_engine *utrace_engine_get(struct utrace_engine *engine)
{
	refcount_inc(&engine->ref);
	return engine;
}
EXPORT_SYMBOL_NS_GPL(utrace_engine_get, UTRACE);

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

	WARN_ON_ONCE(engine->pins);
	if (engine->ops->release)
		engine->ops->release(engine->data);
	module_put(engine->ops->owner);
	utrace_user_put(engine->user);
	utrace_put(engine->utrace);
	put_task_struct(engine->task);
	kmem_cache_free(utrace_engine_cachep, engine);
}
EXPORT_SYMBOL_NS_GPL(utrace_engine_put, UTRACE);

/**
 * utrace_cookie - get the cookie of the engine's thread
 * @engine: the caller has a reference
 *
 * Context: any.
 *
 * Return: a number that is not 0, is the same for all engines of the thread, and is
 * never used for another thread while the system is up.
 */
u64 utrace_cookie(const struct utrace_engine *engine)
{
	return engine->utrace->cookie;
}
EXPORT_SYMBOL_NS_GPL(utrace_cookie, UTRACE);

/*
 * Events and system call work
 */

static struct utrace_syscall_set *utrace_calls(struct utrace_engine *engine)
{
	return rcu_dereference_protected(engine->calls,
					 lockdep_is_held(&engine->utrace->lock));
}

/*
 * u->pass from the chain: the sets of all engines that want system calls, if
 * they are of one architecture.
 *
 * The thread looks without the lock, and must not miss a call that an engine
 * wants all the time.  It sees the bit of one call as it was or as it will be;
 * but if the architecture changes, too, it might have seen the old one before the
 * new one's bit.  So that is left to the thread itself, in utrace_attend(); until
 * then no call is passed by.
 */
void utrace_update_calls(struct utrace *u, bool attending)
{
	struct utrace_engine *engine;
	bool all = false;
	u32 arch = 0;
	unsigned int i;

	lockdep_assert_held(&u->lock);

	list_for_each_entry(engine, &u->engines, node) {
		const struct utrace_syscall_set *set = utrace_calls(engine);

		if (!(engine->events & UTRACE_EVENTS_SYSCALL))
			continue;
		if (!set || (arch && arch != set->filter.arch))
			all = true;
		else
			arch = set->filter.arch;
	}
	if (all)
		arch = 0;

	u->calls_due = arch != u->pass.arch && !attending;
	if (u->calls_due) {
		WRITE_ONCE(u->pass.arch, 0);
		WRITE_ONCE(u->attention, true);
		return;
	}
	WRITE_ONCE(u->pass.arch, arch);
	if (!arch)
		return;

	for (i = 0; i < ARRAY_SIZE(u->pass.calls); i++) {
		unsigned long word = 0;

		list_for_each_entry(engine, &u->engines, node) {
			if (engine->events & UTRACE_EVENT(SYSCALL_ENTRY))
				word |= utrace_calls(engine)->filter.entry[i];
			if (engine->events & UTRACE_EVENT(SYSCALL_EXIT))
				word |= utrace_calls(engine)->filter.exit[i];
		}
		WRITE_ONCE(u->pass.calls[i], word);
	}
}

/* task->utrace_flags from the chain.  utrace_update_calls() goes before. */
void utrace_update_flags(struct utrace *u)
{
	struct task_struct *task = u->task;
	struct utrace_engine *engine;
	unsigned long flags = 0;
	bool calls, work;

	lockdep_assert_held(&u->lock);

	list_for_each_entry(engine, &u->engines, node)
		flags |= engine->events;
	calls = flags & UTRACE_EVENTS_SYSCALL;
	/* The exit of a call that was changed has something to set. */
	work = calls || READ_ONCE(u->call) || READ_ONCE(u->call_asked) ||
	       (ARCH_UTRACE_STEP_IS_WORK && u->step);
	if (calls && u->pass.arch)
		flags |= UTRACE_FLAG_NARROW;
	/* A trap that is armed already must not get through to the thread. */
	if (u->step || (flags & (UTRACE_EVENTS_SIGNAL | UTRACE_EVENT(HANDLER) |
				 UTRACE_EVENT(STEP))))
		flags |= UTRACE_FLAG_SIGNALS;
	/*
	 * Without the flag get_signal() does not call __utrace_signal(), so @ksig may
	 * be left from a call that has returned.
	 */
	if ((flags & UTRACE_FLAG_SIGNALS) && !(task->utrace_flags & UTRACE_FLAG_SIGNALS)) {
		WRITE_ONCE(u->ksig, NULL);
		smp_wmb();	/* pairs with utrace_current() */
	}
	WRITE_ONCE(task->utrace_flags, flags);

	/*
	 * Pairs with __utrace_syscall_entry(), which says that it is in a call
	 * and then looks at events.
	 */
	smp_mb();
	/* Written under the lock only, so this test is as good as an exchange. */
	if (work != test_task_syscall_work(task, UTRACE)) {
		if (work)
			set_task_syscall_work(task, UTRACE);
		else
			clear_task_syscall_work(task, UTRACE);
	}
	if (!calls)
		WRITE_ONCE(u->pass.in_syscall, false);	/* its exit may be unseen */
}

static bool utrace_ops_cover(const struct utrace_engine_ops *ops,
			     unsigned long events)
{
#define COVERS(EV, callback) (!(events & UTRACE_EVENT(EV)) || ops->callback)
	return !(events & ~UTRACE_EVENTS_ALL) &&
	       (!(events & UTRACE_EVENTS_SIGNAL) || ops->report_signal) &&
	       COVERS(VFORK_DONE, report_vfork_done) &&
	       COVERS(HANDLER, report_handler) &&
	       COVERS(GROUP_STOP, report_group_stop) &&
	       COVERS(GROUP_CONT, report_group_cont) &&
	       COVERS(STEP, report_step) &&
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

/* After a change that the thread's next callbacks are to heed: is one running? */
static bool utrace_in_callback(struct utrace_engine *engine)
{
	struct utrace *u = engine->utrace;

	lockdep_assert_held(&u->lock);

	smp_mb();	/* pairs with utrace_publish() */
	/* If it is over, so is all that it did. */
	return smp_load_acquire(&u->reporting) == engine;
}

/* Give @engine @set, with a reference that is the engine's from now on. */
static void utrace_replace_calls(struct utrace_engine *engine,
				 struct utrace_syscall_set *set)
{
	struct utrace_syscall_set *old = utrace_calls(engine);

	rcu_assign_pointer(engine->calls, set);
	utrace_syscall_set_put(old);
}

static int utrace_choose_events(struct utrace_engine *engine, unsigned long events)
{
	unsigned long gone = engine->events & ~events;

	WRITE_ONCE(engine->events, events);
	utrace_update_calls(engine->utrace, false);
	utrace_update_flags(engine->utrace);
	return gone && engine->task != current && utrace_in_callback(engine) ?
	       -EINPROGRESS : 0;
}

/**
 * utrace_set_events - choose the events that are reported to an engine
 * @engine: the caller has a reference
 * @events: new mask of UTRACE_EVENT() bits
 *
 * An event that begins after the call has returned is reported by the new mask.  An
 * engine that asks for system calls while the thread executes one gets the next one.
 *
 * Context: as utrace_control().
 *
 * Return:
 *
 * * 0 - the thread no longer calls the engine for events that are not in @events
 * * %-EINPROGRESS - the mask is set, but a callback to the engine is running; see
 *   utrace_barrier()
 * * %-EINVAL - @events has unknown bits, or the engine has no callback for one
 * * %-ESRCH - the engine is detached, or the thread is dead
 */
int utrace_set_events(struct utrace_engine *engine, unsigned long events)
{
	struct utrace *u = engine->utrace;
	unsigned long flags;
	int ret = -ESRCH;

	if (!utrace_ops_cover(engine->ops, events))
		return -EINVAL;

	spin_lock_irqsave(&u->lock, flags);
	if ((engine->flags & ENGINE_ATTACHED) && !u->dead)
		ret = utrace_choose_events(engine, events);
	spin_unlock_irqrestore(&u->lock, flags);
	return ret;
}
EXPORT_SYMBOL_NS_GPL(utrace_set_events, UTRACE);

/**
 * utrace_set_events_and_syscalls - choose events and system calls at once
 * @engine: the caller has a reference
 * @events: as for utrace_set_events()
 * @set: as for utrace_set_syscalls()
 *
 * The function has the effect of both others, without a moment in between, and costs half
 * of that.
 *
 * Context: as utrace_control().
 *
 * Return: as utrace_set_events().
 */
int utrace_set_events_and_syscalls(struct utrace_engine *engine, unsigned long events,
				   struct utrace_syscall_set *set)
{
	struct utrace *u = engine->utrace;
	unsigned long flags;
	int ret = -ESRCH;

	if (!utrace_ops_cover(engine->ops, events))
		return -EINVAL;

	spin_lock_irqsave(&u->lock, flags);
	if ((engine->flags & ENGINE_ATTACHED) && !u->dead) {
		utrace_replace_calls(engine, set ? utrace_syscall_set_get(set) : NULL);
		ret = utrace_choose_events(engine, events);
	}
	spin_unlock_irqrestore(&u->lock, flags);
	return ret;
}
EXPORT_SYMBOL_NS_GPL(utrace_set_events_and_syscalls, UTRACE);

/**
 * utrace_syscall_set_make - make a set of system calls that engines can share
 * @filter: the system calls; the function copies it
 *
 * A set does not change.  To replace it, make another one, and give that to the engines.
 * Any number of engines can share a set, so that its memory does not depend on the
 * number of threads.
 *
 * Context: process context; may sleep for memory.
 *
 * Return: a set, with a reference for the caller; or
 *
 * * %NULL - there is no memory
 */
struct utrace_syscall_set *
utrace_syscall_set_make(const struct utrace_syscall_filter *filter)
{
	struct utrace_syscall_set *set;

	set = kmalloc(sizeof(*set), GFP_KERNEL_ACCOUNT);
	if (!set)
		return NULL;
	set->filter = *filter;
	set->times = filter->times ? UTRACE_WANTS_TIME : 0;
	set->others = (filter->other_entries ? UTRACE_WANTS_ENTRY : 0) |
		      (filter->other_exits ? UTRACE_WANTS_EXIT : 0);
	if (set->others)
		set->others |= set->times;
	refcount_set(&set->ref, 1);
	return set;
}
EXPORT_SYMBOL_NS_GPL(utrace_syscall_set_make, UTRACE);

/**
 * utrace_syscall_set_get - take a reference to a set of system calls
 * @set: the caller has a reference
 *
 * Context: any.
 *
 * Return: @set.
 */
struct utrace_syscall_set *utrace_syscall_set_get(struct utrace_syscall_set *set)
{
	refcount_inc(&set->ref);
	return set;
}
EXPORT_SYMBOL_NS_GPL(utrace_syscall_set_get, UTRACE);

/**
 * utrace_syscall_set_put - give a reference to a set of system calls back
 * @set: the reference is the caller's; NULL does nothing
 *
 * Context: any but NMI; does not sleep.
 */
void utrace_syscall_set_put(struct utrace_syscall_set *set)
{
	if (set && refcount_dec_and_test(&set->ref))
		kfree_rcu(set, rcu);
}
EXPORT_SYMBOL_NS_GPL(utrace_syscall_set_put, UTRACE);

/**
 * utrace_set_syscalls - choose the system calls that are reported to an engine
 * @engine: the caller has a reference
 * @set: the system calls; NULL for all, as for a new engine.  The engine takes a
 *	reference of its own, and gives it back when it is detached or gets another set
 *
 * The function is for engines with %SYSCALL_ENTRY or %SYSCALL_EXIT among their events.
 * A report is made if both the events and the set of the engine have it.  A system call
 * of which no engine wants a report costs next to nothing.
 *
 * The thread may run meanwhile.  The set applies from the next entry on: the exit of a
 * call in progress is reported if the old set has it.  A call that both sets have is not
 * missed.
 *
 * Context: as utrace_control().
 *
 * Return: 0, or
 *
 * * %-ESRCH - the engine is detached, or the thread is dead
 */
int utrace_set_syscalls(struct utrace_engine *engine, struct utrace_syscall_set *set)
{
	struct utrace *u = engine->utrace;
	unsigned long flags;
	int ret = 0;

	spin_lock_irqsave(&u->lock, flags);
	if (!(engine->flags & ENGINE_ATTACHED) || u->dead) {
		ret = -ESRCH;
	} else {
		utrace_replace_calls(engine, set ? utrace_syscall_set_get(set) : NULL);
		utrace_update_calls(u, false);
		utrace_update_flags(u);
	}
	spin_unlock_irqrestore(&u->lock, flags);
	return ret;
}
EXPORT_SYMBOL_NS_GPL(utrace_set_syscalls, UTRACE);

/*
 * Engines and their chain
 */

/* Its place in the chain goes; the reference of the chain is the caller's. */
void utrace_unlink(struct utrace_engine *engine)
{
	lockdep_assert_held(&engine->utrace->lock);

	list_del(&engine->node);
	engine->utrace->nr_engines--;
}

/*
 * Take @engine's word back on everything.  The caller drops its reference if
 * the result says that it left the chain, too; else utrace_attend() will.
 */
bool utrace_detach(struct utrace_engine *engine)
{
	struct utrace *u = engine->utrace;

	lockdep_assert_held(&u->lock);

	utrace_clear_stop(engine);
	utrace_leave_call(engine);
	WRITE_ONCE(engine->events, 0);
	WRITE_ONCE(engine->flags, engine->flags & ENGINE_RESERVES);
	utrace_replace_calls(engine, NULL);
	trace_utrace_detach(engine);
	if (u->step)
		utrace_kick(u, false);		/* to be disarmed */
	utrace_update_calls(u, false);
	utrace_update_flags(u);

	/*
	 * Either the walk that ends now sees this, or its end is seen here; and
	 * one that begins waits for the lock.  A thread that is about to sleep in
	 * the middle of one, or does, needs nothing but the cursor.
	 */
	WRITE_ONCE(u->attention, true);
	smp_mb();	/* pairs with utrace_walk_begin(), utrace_publish() */
	/* Acquire: what the walk did with it before, is done. */
	if (smp_load_acquire(&u->walking) &&
	    /* Acquire: the same, up to the stop. */
	    !(smp_load_acquire(&u->parked) && READ_ONCE(u->cursor) != engine))
		return false;
	utrace_unlink(engine);
	return true;
}

static void utrace_insert(struct utrace *u, struct utrace_engine *engine)
{
	struct utrace_engine *pos;
	struct list_head *next;

	lockdep_assert_held(&u->lock);

	/* Outermost of its class; transformers are all inside of observers. */
	list_for_each_entry(pos, &u->engines, node)
		if (pos->ops->class >= engine->ops->class)
			break;
	next = &pos->node;
	engine->flags |= ENGINE_ATTACHED;
	/* list_add_tail(), for a thread that walks in either direction meanwhile. */
	engine->node.next = next;
	engine->node.prev = next->prev;
	/* It sees an engine that is complete, coming from outside ... */
	smp_store_release(&next->prev->next, &engine->node);
	/* ... and from inside. */
	smp_store_release(&next->prev, &engine->node);
	u->nr_engines++;
	trace_utrace_attach(engine);
}

/* The thread's struct utrace with a reference, or NULL. */
struct utrace *utrace_get_existing(struct task_struct *task)
{
	struct utrace *u;

	rcu_read_lock();
	u = READ_ONCE(task->utrace);
	if (IS_ERR_OR_NULL(u) || !refcount_inc_not_zero(&u->ref))
		u = NULL;
	rcu_read_unlock();
	return u;
}

/* The same, made if need be. */
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
			INIT_LIST_HEAD(&new->ignored);
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

/*
 * Attach an engine whose holds are charged to @user, the reference to which is the
 * engine's from now on, also after an error.  NULL: there was no memory for the user.
 */
static struct utrace_engine *utrace_attach(struct task_struct *task,
					   const struct utrace_engine_ops *ops,
					   void *data, struct utrace_user *user)
{
	struct utrace_engine *engine;
	unsigned int max;
	struct utrace *u;
	int error = -EPERM;

	might_sleep();

	if (!user)
		return ERR_PTR(-ENOMEM);

	/* None of these ever returns to user mode. */
	if (READ_ONCE(task->flags) & (PF_KTHREAD | PF_USER_WORKER | PF_IO_WORKER))
		goto out_put_user;

	if (!try_module_get(ops->owner)) {
		error = -ENOENT;
		goto out_put_user;
	}

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
	engine->user = user;
	refcount_set(&engine->ref, 2);	/* attached, and the caller's */

	engine->flags = utrace_reserve_flags(task);

	utrace_test_point(UTRACE_POINT_ATTACH, task);
	spin_lock_irq(&u->lock);
	max = READ_ONCE(utrace_max_engines) + utrace_reserved_engines(engine->flags);
	if (u->dead || u->nr_engines >= max) {
		error = u->dead ? -ESRCH : -EUSERS;
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
out_put_user:
	utrace_user_put(user);
	return ERR_PTR(error);
}

/**
 * utrace_attach_task - attach an engine to a thread
 * @task: the thread; the caller knows that it is not freed
 * @ops: the client's callbacks, which outlive the engine
 * @data: for the client, in engine->data
 *
 * The engine gets no events until utrace_set_events() asks for them, and does not
 * join a report that is under way.  An attach to current, and to the @child of a
 * report_clone callback, is always possible.
 *
 * The caller makes the checks that a tracer needs, see __ptrace_may_access().
 * What the engine holds is charged to the user of current.
 *
 * Context: process context; may sleep for memory.
 *
 * Return: an engine, with a reference for the caller, or an ERR_PTR():
 *
 * * %-EPERM - @task is a kernel thread, or never runs in user mode
 * * %-ESRCH - @task is dead
 * * %-ENOENT - the module that has @ops is being unloaded
 * * %-EUSERS - @task has as many engines as the sysctl kernel.utrace.max_engines
 *   allows.  An engine that was detached counts until the thread has unlinked it.
 *   A caller with CAP_SYS_PTRACE may attach 16 more, and one that has it only in the
 *   user namespace of @task 8 more.  In a callback, an engine has the right of the task
 *   that attached it
 * * %-ENOMEM - there is no memory
 */
struct utrace_engine *utrace_attach_task(struct task_struct *task,
					 const struct utrace_engine_ops *ops,
					 void *data)
{
	return utrace_attach(task, ops, data, utrace_user_get());
}
EXPORT_SYMBOL_NS_GPL(utrace_attach_task, UTRACE);

/**
 * utrace_attach_child - attach an engine in the name of another engine's user
 * @maker: an engine to which the caller has a reference, or in whose callback it is
 * @child: the thread
 * @ops: the client's callbacks, which outlive the engine
 * @data: for the client, in engine->data
 *
 * As utrace_attach_task(), but what the new engine holds is charged to the user
 * to whom @maker is charged.  A report_clone callback that follows @child calls
 * this, because current is the traced thread there, and not the tracer.
 *
 * Context: process context; may sleep for memory.
 *
 * Return: an engine, with a reference for the caller, or an ERR_PTR() as
 * utrace_attach_task() returns it.
 */
struct utrace_engine *utrace_attach_child(struct utrace_engine *maker,
					  struct task_struct *child,
					  const struct utrace_engine_ops *ops,
					  void *data)
{
	return utrace_attach(child, ops, data, utrace_user_hold(maker->user));
}
EXPORT_SYMBOL_NS_GPL(utrace_attach_child, UTRACE);

/**
 * utrace_attach_pid - attach an engine to a thread
 * @pid: the pid of the thread
 * @ops: the client's callbacks, which outlive the engine
 * @data: for the client, in engine->data
 *
 * Context: process context; may sleep for memory.
 *
 * Return: an engine, as utrace_attach_task(), or an ERR_PTR():
 *
 * * %-ESRCH - @pid has no thread
 * * an error of utrace_attach_task()
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
EXPORT_SYMBOL_NS_GPL(utrace_attach_pid, UTRACE);

/**
 * utrace_find_engine - find a client's engine on a thread
 * @task: the thread; the caller knows that it is not freed
 * @ops: the client's callbacks
 * @match: returns whether an attached engine with @ops is the one.  Called with a
 *	spinlock held; must not sleep
 * @data: for @match
 *
 * The time that this takes depends on how many engines the thread has, and not on
 * how many threads the client has.
 *
 * Context: any; does not sleep.
 *
 * Return:
 *
 * * the engine, with a reference for the caller
 * * %NULL - the thread has no such engine
 */
struct utrace_engine *utrace_find_engine(struct task_struct *task,
					 const struct utrace_engine_ops *ops,
					 bool (*match)(const struct utrace_engine *engine,
						       const void *data),
					 const void *data)
{
	struct utrace_engine *engine, *found = NULL;
	struct utrace *u = utrace_get_existing(task);
	unsigned long flags;

	if (!u)
		return NULL;
	spin_lock_irqsave(&u->lock, flags);
	list_for_each_entry(engine, &u->engines, node) {
		if (!(engine->flags & ENGINE_ATTACHED) || engine->ops != ops ||
		    !match(engine, data))
			continue;
		found = utrace_engine_get(engine);
		break;
	}
	spin_unlock_irqrestore(&u->lock, flags);
	utrace_put(u);
	return found;
}
EXPORT_SYMBOL_NS_GPL(utrace_find_engine, UTRACE);

/**
 * utrace_can_step - tell whether threads can be stepped
 *
 * Context: any.
 *
 * Return: true if an engine may ask for %UTRACE_SINGLESTEP and %UTRACE_BLOCKSTEP.
 */
bool utrace_can_step(void)
{
	return arch_has_single_step();
}
EXPORT_SYMBOL_NS_GPL(utrace_can_step, UTRACE);

/* End @engine's hold, and that which its callback now running may ask for. */
static void utrace_let_go(struct utrace_engine *engine)
{
	struct utrace *u = engine->utrace;

	utrace_clear_stop(engine);
	/* Its call may sleep for ever. */
	utrace_cut_call(engine);
	/* The callback has told of itself, so it is known here. */
	if (READ_ONCE(u->reporting) == engine) {
		engine->flags |= ENGINE_RESUMED;
		WRITE_ONCE(u->attention, true);
	}
}

/**
 * utrace_control - stop, resume, step, interrupt or leave an engine's thread
 * @engine: the caller has a reference
 * @action: the action
 *
 * If the thread is already stopped, by this or another engine, %UTRACE_STOP keeps it
 * stopped until this engine resumes it, or SIGKILL ends the stop.  Otherwise the
 * thread reports QUIESCE and stops before it executes its next instruction in user
 * mode.  %UTRACE_STOP does not interrupt a blocking system call.
 *
 * The other actions end this engine's hold, and cancel what the engine has asked for
 * before and has not got yet.  They also override the STOP that a callback now running
 * will answer, so that a client which acts on what a callback published cannot come too
 * early.  REPORT and INTERRUPT need QUIESCE among the engine's events;
 * %UTRACE_SINGLESTEP and %UTRACE_BLOCKSTEP need STEP.  A step begins when the thread
 * returns to user mode.
 *
 * Context: process, softirq or, but with PREEMPT_RT, hardirq context; does not
 *	sleep.  Takes utrace->lock and siglock, so it must not be called in NMI
 *	context, with a siglock held, or by a function that is called at one of the
 *	tracepoints utrace_attach, utrace_detach, utrace_stop and utrace_resume, which
 *	have utrace->lock held.  utrace_report is called without locks.
 *
 * Return:
 *
 * * 0 - the action is done.  For STOP: the thread is stopped already.  For DETACH: no
 *   callback to the engine is running, and none will follow
 * * %-EINPROGRESS - for STOP: the thread will stop.  For DETACH: a callback to the
 *   engine is running; see utrace_barrier()
 * * %-EINVAL - there is no such action, or the engine's events lack the one that it
 *   needs
 * * %-EOPNOTSUPP - for a step: see utrace_can_step()
 * * %-EUSERS - for STOP: the engines of the user who attached this one hold as many
 *   threads as the sysctl kernel.utrace.max_stopped allows
 * * %-ESRCH - the engine is detached already, or the thread is dead; DETACH works for a
 *   dead thread
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
		ret = utrace_charge_stop(engine, false);
		if (ret)
			break;
		utrace_forget_step(engine);
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
		utrace_let_go(engine);
		engine->flags |= ENGINE_REQUEST;
		utrace_kick(u, action == UTRACE_INTERRUPT);
		utrace_wake(u);
		break;

	case UTRACE_RESUME:
		utrace_let_go(engine);
		/* Have the machine disarmed: a step in software may fail. */
		if (u->step)
			utrace_kick(u, false);
		utrace_wake(u);
		break;

	case UTRACE_SINGLESTEP:
	case UTRACE_BLOCKSTEP:
		if (!(engine->events & UTRACE_EVENT(STEP))) {
			ret = -EINVAL;
			break;
		}
		if (!utrace_can_step()) {
			ret = -EOPNOTSUPP;
			break;
		}
		utrace_let_go(engine);
		utrace_want_step(engine, action);
		utrace_kick(u, false);
		utrace_wake(u);
		break;

	case UTRACE_DETACH:
		left = utrace_detach(engine);
		if (engine->task != current && utrace_in_callback(engine))
			ret = -EINPROGRESS;
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
EXPORT_SYMBOL_NS_GPL(utrace_control, UTRACE);

/* current's callback to @engine will answer STOP. */
static int utrace_announce_stop(struct utrace_engine *engine, bool must)
{
	struct utrace *u = engine->utrace;
	int ret;

	WARN_ON_ONCE(engine->task != current);

	spin_lock_irq(&u->lock);
	if (engine->flags & ENGINE_ATTACHED) {
		engine->flags &= ~ENGINE_RESUMED;
		ret = utrace_charge_stop(engine, must);
		WRITE_ONCE(u->attention, true);
	} else {
		ret = -ESRCH;
	}
	spin_unlock_irq(&u->lock);
	return ret;
}

/**
 * utrace_will_stop - announce that this callback will answer UTRACE_STOP
 * @engine: the engine that the callback is for
 *
 * A callback calls this before it tells its client of the stop, under the lock that
 * orders what it publishes with what the client does.  A RESUME from before this call,
 * which was about an earlier event, then does not override the answer, and a RESUME
 * from after it still does.  Without this call, every RESUME that comes while the
 * callback runs overrides the answer.
 *
 * Context: a callback to @engine; does not sleep.
 *
 * Return:
 *
 * * 0 - only a RESUME from now on can keep the thread from stopping
 * * %-EUSERS - the engines of the user who attached this one hold too many threads
 *   already, so the thread would not stop
 * * %-ESRCH - the engine is detached
 */
int utrace_will_stop(struct utrace_engine *engine)
{
	return utrace_announce_stop(engine, false);
}
EXPORT_SYMBOL_NS_GPL(utrace_will_stop, UTRACE);

/**
 * utrace_must_stop - announce a stop that no limit prevents
 * @engine: the engine that the callback is for
 *
 * As utrace_will_stop(), for a stop on which the client relies: for example, it must see
 * the thread before the thread enters a system call.  The stop is charged to the user who
 * attached the engine, even if this exceeds the sysctl kernel.utrace.max_stopped.  The
 * user's other engines then get %-EUSERS until enough threads are resumed.  A client
 * bounds such stops in another way, for example by the number of its engines.
 *
 * Context: a callback to @engine; does not sleep.
 *
 * Return:
 *
 * * 0 - only a RESUME from now on can keep the thread from stopping
 * * %-ESRCH - the engine is detached
 */
int utrace_must_stop(struct utrace_engine *engine)
{
	return utrace_announce_stop(engine, true);
}
EXPORT_SYMBOL_NS_GPL(utrace_must_stop, UTRACE);

/* Either the callback is over, or the thread will wake who waits for that. */
static bool utrace_wait_callback(struct utrace_engine *engine)
{
	WRITE_ONCE(engine->utrace->attention, true);
	return utrace_in_callback(engine);
}

/**
 * utrace_barrier - wait until no callback to an engine is running
 * @engine: the caller has a reference; may be detached
 *
 * When the call returns, the answer of that callback has taken effect.  If the engine
 * is detached, no callback will follow.
 *
 * Context: process context, not from a callback to @engine; sleeps.
 *
 * Return: 0, or
 *
 * * %-ERESTARTSYS - a signal came first
 * * %-EDEADLK - the caller is a callback to @engine
 */
int utrace_barrier(struct utrace_engine *engine)
{
	struct utrace *u = engine->utrace;
	int ret = 0;

	might_sleep();

	spin_lock_irq(&u->lock);
	if (engine->task == current && utrace_in_callback(engine)) {
		ret = -EDEADLK;
	} else {
		ret = wait_event_interruptible_lock_irq(u->wait,
				!utrace_wait_callback(engine), u->lock);
	}
	spin_unlock_irq(&u->lock);
	return ret;
}
EXPORT_SYMBOL_NS_GPL(utrace_barrier, UTRACE);

static int __init utrace_init(void)
{
	utrace_cachep = KMEM_CACHE(utrace, SLAB_PANIC | SLAB_ACCOUNT);
	utrace_engine_cachep = KMEM_CACHE(utrace_engine, SLAB_PANIC | SLAB_ACCOUNT);
	return 0;
}
/* Before anything that could attach: user mode helpers run from fs_initcall. */
core_initcall(utrace_init);
