// SPDX-License-Identifier: GPL-2.0-only
/*
 * utrace-suspend: hold a process that is about to die of a signal
 *
 *	insmod utrace-suspend.ko pid=PID
 *	cat /sys/module/utrace_suspend/parameters/held
 *	less /proc/TID/maps	(or attach gdb, which waits for the release)
 *	echo TID > /sys/module/utrace_suspend/parameters/release
 *	echo 1 > /sys/module/utrace_suspend/parameters/detach
 *	rmmod utrace_suspend
 *
 * Only signals that would dump core count.  The thread stays before its signal
 * has done anything, with all its memory, files and registers.  Released, by
 * "release" or "detach", it dies of it; or a debugger gets the signal first.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include "follow.h"

/* Marks the engines that hold their thread. */
#define HELD	XA_MARK_0

/* doc: signal */
static enum utrace_action suspend_signal(struct utrace_engine *engine,
					 struct utrace_signal *sig)
{
	if (utrace_will_stop(engine))
		return UTRACE_RESUME;	/* Its user holds too many already. */
	pr_notice("holding %s[%d] before signal %d\n", engine->task->comm,
		  engine->task->pid, sig->info->si_signo);
	xa_set_mark(&follow_engines, utrace_cookie(engine), HELD);
	return UTRACE_STOP;
}
/* doc: end */

/* Killed, perhaps, while we held it. */
static enum utrace_action suspend_death(struct utrace_engine *engine,
					bool group_dead)
{
	xa_clear_mark(&follow_engines, utrace_cookie(engine), HELD);
	return UTRACE_RESUME;
}

static const struct utrace_engine_ops suspend_ops = {
	.name		= "suspend",
	.owner		= THIS_MODULE,
	.class		= UTRACE_OBSERVER,
	.report_signal	= suspend_signal,
	.report_clone	= follow_clone,
	.report_death	= suspend_death,
	.report_reap	= follow_reap,
};

static const struct follow suspend_follow = {
	.ops	= &suspend_ops,
	.events	= UTRACE_EVENT(SIGNAL_CORE) | UTRACE_EVENT(DEATH) |
		  FOLLOW_EVENTS,
};

/* The lock keeps the engines in the array, and so alive. */
static int held_get(char *buffer, const struct kernel_param *kp)
{
	struct utrace_engine *engine;
	unsigned long cookie;
	int len = 0;

	xa_lock(&follow_engines);
	xa_for_each_marked(&follow_engines, cookie, engine, HELD)
		len += scnprintf(buffer + len, PAGE_SIZE - len, "%d\n",
				 engine->task->pid);
	xa_unlock(&follow_engines);
	return len;
}

static const struct kernel_param_ops held_ops = {
	.get = held_get,
};
module_param_cb(held, &held_ops, NULL, 0444);
MODULE_PARM_DESC(held, "read: threads that are held");

/* doc: release */
static int release_set(const char *value, const struct kernel_param *kp)
{
	struct utrace_engine *engine;
	unsigned long cookie;
	int tid, error = kstrtoint(value, 0, &tid);

	if (error)
		return error;
	error = -ESRCH;
	xa_lock(&follow_engines);
	xa_for_each_marked(&follow_engines, cookie, engine, HELD)
		if (engine->task->pid == tid) {
			__xa_clear_mark(&follow_engines, cookie, HELD);
			error = utrace_control(engine, UTRACE_RESUME);
		}
	xa_unlock(&follow_engines);
	return error;
}
/* doc: end */

static const struct kernel_param_ops release_ops = {
	.set = release_set,
};
module_param_cb(release, &release_ops, NULL, 0200);
MODULE_PARM_DESC(release, "write: let this thread die of its signal");

static int __init suspend_init(void)
{
	return follow_process(pid, &suspend_follow);
}
module_init(suspend_init);

static void __exit suspend_exit(void) {}
module_exit(suspend_exit);

MODULE_DESCRIPTION("utrace sample: hold a process before it dies of a signal");
MODULE_LICENSE("GPL");
MODULE_IMPORT_NS(UTRACE);
