// SPDX-License-Identifier: GPL-2.0-only
/*
 * utrace-count: count the system calls of a process, by number
 *
 *	insmod utrace-count.ko pid=PID
 *	cat /sys/module/utrace_count/parameters/counts
 *	echo 1 > /sys/module/utrace_count/parameters/detach
 *	rmmod utrace_count
 *
 * An observer that never stops anybody.  Loading it prints nothing; unloading
 * it prints what was counted.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include "follow.h"

/* Native numbers and those of a compat view are counted as the same. */
static atomic_long_t counts[UTRACE_SYSCALL_MAX];

/* doc: callback */
static enum utrace_action count_entry(struct utrace_engine *engine,
				      struct pt_regs *regs)
{
	long nr = utrace_syscall(engine)->nr;

	if (nr >= 0 && nr < UTRACE_SYSCALL_MAX)
		atomic_long_inc(&counts[nr]);
	return UTRACE_RESUME;
}
/* doc: end */

/* doc: ops */
static const struct utrace_engine_ops count_ops = {
	.name			= "count",
	.owner			= THIS_MODULE,
	.class			= UTRACE_OBSERVER,
	.report_syscall_entry	= count_entry,
	.report_clone		= follow_clone,
	.report_reap		= follow_reap,
};

static const struct follow count_follow = {
	.ops	= &count_ops,
	.events	= UTRACE_EVENT(SYSCALL_ENTRY) | FOLLOW_EVENTS,
};
/* doc: end */

/* A line "NUMBER COUNT" for each call that was made, as far as a page goes. */
static int counts_get(char *buffer, const struct kernel_param *kp)
{
	int nr, len = 0;

	for (nr = 0; nr < UTRACE_SYSCALL_MAX; nr++) {
		long count = atomic_long_read(&counts[nr]);

		if (count)
			len += scnprintf(buffer + len, PAGE_SIZE - len,
					 "%d %ld\n", nr, count);
	}
	return len;
}

static const struct kernel_param_ops counts_ops = {
	.get = counts_get,
};
module_param_cb(counts, &counts_ops, NULL, 0444);
MODULE_PARM_DESC(counts, "read: number and count of each call that was made");

static int __init count_init(void)
{
	return follow_process(pid, &count_follow);
}
module_init(count_init);

/* No engine is left, or this would not be called. */
static void __exit count_exit(void)
{
	int nr;

	for (nr = 0; nr < UTRACE_SYSCALL_MAX; nr++)
		if (atomic_long_read(&counts[nr]))
			pr_info("call %d: %ld\n", nr,
				atomic_long_read(&counts[nr]));
}
module_exit(count_exit);

MODULE_DESCRIPTION("utrace sample: count the system calls of a process");
MODULE_LICENSE("GPL");
MODULE_IMPORT_NS(UTRACE);
