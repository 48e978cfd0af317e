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
/* The engines use it themselves: it must last as long as they do. */
static struct utrace_syscall_filter block_calls;

static const struct follow block_follow = {
	.ops	= &block_ops,
	.events	= UTRACE_EVENT(SYSCALL_ENTRY) | FOLLOW_EVENTS,
	.calls	= &block_calls,
};

static int __init block_init(void)
{
	if (call >= UTRACE_SYSCALL_MAX) {
		pr_err("call=%u is not a system call\n", call);
		return -EINVAL;
	}
	if (!error || error > MAX_ERRNO) {
		pr_err("error=%u is not an errno\n", error);
		return -EINVAL;
	}
	/* Whoever loads the module has the machine's native calls. */
	block_calls.arch = syscall_get_arch(current);
	__set_bit(call, block_calls.calls);
	return follow_process(pid, &block_follow);
}
module_init(block_init);
/* doc: end */

/* Without a module_exit() it could not be unloaded.  No engine is left then. */
static void __exit block_exit(void)
{
}
module_exit(block_exit);

MODULE_DESCRIPTION("utrace sample: let a system call of a process fail");
MODULE_LICENSE("GPL");
MODULE_IMPORT_NS(UTRACE);
