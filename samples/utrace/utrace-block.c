// SPDX-License-Identifier: GPL-2.0-only
/*
 * utrace-block: let one system call of a process fail, without making it
 *
 *	insmod utrace-block.ko pid=PID call=NUMBER error=13
 *	cat /sys/module/utrace_block/parameters/blocked
 *	echo 1 > /sys/module/utrace_block/parameters/detach
 *	rmmod utrace_block
 *
 * A transformer: it stands between the kernel and the observers, so that these
 * see the error as the process does.  The process's other calls are not even
 * reported, thanks to the set.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/err.h>

#include <asm/syscall.h>

#include "follow.h"

static unsigned int call = UTRACE_SYSCALL_MAX;
module_param(call, uint, 0444);
MODULE_PARM_DESC(call, "number of the system call");

static unsigned int error = EPERM;
module_param(error, uint, 0444);
MODULE_PARM_DESC(error, "errno that it returns");

static atomic_t blocked;
module_param_named(blocked, blocked.counter, int, 0444);
MODULE_PARM_DESC(blocked, "read: calls that were not made");

/* doc: skip */
static enum utrace_action block_entry(struct utrace_engine *engine,
				      struct pt_regs *regs)
{
	if (!utrace_syscall_skip(engine, -(long)error))
		atomic_inc(&blocked);
	return UTRACE_RESUME;
}
/* doc: end */

static const struct utrace_engine_ops block_ops = {
	.name			= "block",
	.owner			= THIS_MODULE,
	.class			= UTRACE_TRANSFORMER,
	.report_syscall_entry	= block_entry,
	.report_clone		= follow_clone,
	.report_reap		= follow_reap,
};

/* doc: set */
static struct follow block_follow = {
	.ops	= &block_ops,
	.events	= UTRACE_EVENT(SYSCALL_ENTRY) | FOLLOW_EVENTS,
};

static int __init block_init(void)
{
	static struct utrace_syscall_filter filter __initdata;
	int ret;

	if (call >= UTRACE_SYSCALL_MAX) {
		pr_err("call=%u is not a system call\n", call);
		return -EINVAL;
	}
	if (!error || error > MAX_ERRNO) {
		pr_err("error=%u is not an errno\n", error);
		return -EINVAL;
	}
	/* Whoever loads the module has the machine's native calls. */
	filter.arch = syscall_get_arch(current);
	__set_bit(call, filter.entry);
	block_follow.calls = utrace_syscall_set_make(&filter);
	if (!block_follow.calls)
		return -ENOMEM;
	ret = follow_process(pid, &block_follow);
	if (ret)
		utrace_syscall_set_put(block_follow.calls);
	return ret;
}
module_init(block_init);

/* No engine is left then. */
static void __exit block_exit(void)
{
	utrace_syscall_set_put(block_follow.calls);
}
module_exit(block_exit);
/* doc: end */

MODULE_DESCRIPTION("utrace sample: let a system call of a process fail");
MODULE_LICENSE("GPL");
MODULE_IMPORT_NS(UTRACE);
