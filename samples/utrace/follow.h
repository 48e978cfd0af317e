/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the samples share: an engine on each thread of a process, and on each
 * thread and child that they make from then on, until "detach" is written:
 *
 *	echo 1 > /sys/module/NAME/parameters/detach
 */
#include <linux/module.h>
#include <linux/sched/signal.h>
#include <linux/utrace.h>
#include <linux/xarray.h>

struct follow {
	const struct utrace_engine_ops *ops;
	unsigned long events;
	struct utrace_syscall_set *calls;	/* NULL: all */
};

#define FOLLOW_EVENTS	(UTRACE_EVENT(CLONE) | UTRACE_EVENT(REAP))

/* By utrace_cookie(); who takes an engine out takes over a reference to it. */
static DEFINE_XARRAY(follow_engines);

static void follow_leave(struct utrace_engine *engine)
{
	utrace_control(engine, UTRACE_DETACH);
	if (xa_cmpxchg(&follow_engines, utrace_cookie(engine), engine, NULL,
		       0) == engine)
		utrace_engine_put(engine);
}

/* doc: attach */
static int follow_thread(struct task_struct *task, const struct follow *how)
{
	struct utrace_engine *engine;
	int error;

	engine = utrace_attach_task(task, how->ops, (void *)how);
	if (IS_ERR(engine))
		return PTR_ERR(engine);

	/* Ours, beside the one for follow_engines. */
	utrace_engine_get(engine);
	error = xa_insert(&follow_engines, utrace_cookie(engine), engine,
			  GFP_KERNEL);
	if (error) {
		/* -EBUSY: its maker told us of it before we came to it. */
		if (error != -EBUSY)
			pr_warn("thread %d is not followed\n", task->pid);
		utrace_control(engine, UTRACE_DETACH);
		utrace_engine_put(engine);
	} else {
		error = utrace_set_syscalls(engine, how->calls) ?:
			utrace_set_events(engine, how->events);
		/* Dead already, so nobody is going to report its end. */
		if (error)
			follow_leave(engine);
	}
	utrace_engine_put(engine);
	return 0;
}
/* doc: end */

/* The child has not run yet, and will not before we have returned. */
static enum utrace_action follow_clone(struct utrace_engine *engine,
				       u64 clone_flags,
				       struct task_struct *child)
{
	int error = follow_thread(child, engine->data);

	if (error)
		pr_warn_ratelimited("thread %d is not followed: %d\n",
				    child->pid, error);
	return UTRACE_RESUME;
}

static void follow_reap(struct utrace_engine *engine)
{
	follow_leave(engine);
}

/*
 * Also starts over at the leader if the thread at hand has gone: what has an
 * engine is not given another.  New threads come last in the list, or are
 * reported by their makers.
 *
 * Fails only if there is no engine yet.  A module must not fail to load later
 * than that: the references that engines have to it would be ignored.
 */
static int follow_process(pid_t nr, const struct follow *how)
{
	struct pid *pid = find_get_pid(nr);
	struct task_struct *leader = get_pid_task(pid, PIDTYPE_TGID);
	struct task_struct *t = leader, *next;
	int error = -ESRCH;

	put_pid(pid);
	if (!leader) {
		pr_err("there is no process %d\n", nr);
		return -ESRCH;
	}
	for (get_task_struct(t); t; t = next) {
		int ret = follow_thread(t, how);

		if (error)
			error = ret;
		rcu_read_lock();
		next = pid_alive(t) ? __next_thread(t) :
		       pid_alive(leader) ? leader : NULL;
		if (next)
			get_task_struct(next);
		rcu_read_unlock();
		put_task_struct(t);
	}
	put_task_struct(leader);
	return error;
}

/* doc: detach */
static int follow_detach(const char *value, const struct kernel_param *kp)
{
	struct utrace_engine *engine;
	unsigned long cookie;
	int error = 0;

	/* Children come later in the array, and all there are after the barrier. */
	xa_for_each(&follow_engines, cookie, engine) {
		engine = xa_erase(&follow_engines, cookie);
		if (engine && utrace_control(engine, UTRACE_DETACH) == -EINPROGRESS)
			error = utrace_barrier(engine) ?: error;
		if (engine)
			utrace_engine_put(engine);
	}
	return error;
}
/* doc: end */

static const struct kernel_param_ops follow_detach_ops = {
	.set = follow_detach,
};
module_param_cb(detach, &follow_detach_ops, NULL, 0200);
MODULE_PARM_DESC(detach, "write: let go of all threads, so that rmmod works");

static int pid;
module_param(pid, int, 0444);
MODULE_PARM_DESC(pid, "process to follow");
