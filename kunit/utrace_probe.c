// SPDX-License-Identifier: GPL-2.0-only
/*
 * /dev/utrace_probe: null engines on the calling thread
 *
 * Only for measuring (ci/bench/loops.c): what a callback costs shows best when
 * it does nothing but count that it was made, so that nobody measures engines
 * that are not called.
 */

#include <linux/fs.h>
#include <linux/init.h>
#include <linux/miscdevice.h>
#include <linux/mutex.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <linux/utrace.h>

#include <asm/syscall.h>

#include "utrace_probe.h"

/**
 * struct probe - an open file
 * @lock: everything but the counts
 * @engines: with a reference each; the first @nr
 * @nr: how many
 * @entries: callbacks made; by the one thread that is attached to
 * @exits: likewise
 * @none: the set for %UTRACE_PROBE_NO_MATCH; outlives the engines
 * @rcu: ... and whoever may be looking at it
 */
struct probe {
	struct mutex lock;
	struct utrace_engine *engines[UTRACE_PROBE_MAX];
	unsigned int nr;
	u64 entries, exits;
	struct utrace_syscall_set none;
	struct rcu_head rcu;
};

static enum utrace_action probe_entry(struct utrace_engine *engine,
				      struct pt_regs *regs)
{
	struct probe *probe = engine->data;

	probe->entries++;
	return UTRACE_RESUME;
}

static enum utrace_action probe_exit_call(struct utrace_engine *engine,
					  struct pt_regs *regs)
{
	struct probe *probe = engine->data;

	probe->exits++;
	return UTRACE_RESUME;
}

static enum utrace_action probe_exec(struct utrace_engine *engine,
				     struct linux_binprm *bprm, pid_t old_tid)
{
	return UTRACE_RESUME;
}

static enum utrace_action probe_exit(struct utrace_engine *engine, long code)
{
	return UTRACE_RESUME;
}

static const struct utrace_engine_ops probe_ops = {
	.name			= "probe",
	.owner			= THIS_MODULE,
	.class			= UTRACE_OBSERVER,
	.report_syscall_entry	= probe_entry,
	.report_syscall_exit	= probe_exit_call,
	.report_exec		= probe_exec,
	.report_exit		= probe_exit,
};

/* Their data is the file's, which is going to be freed: wait for callbacks. */
static void probe_detach(struct probe *probe)
{
	lockdep_assert_held(&probe->lock);

	while (probe->nr) {
		struct utrace_engine *engine = probe->engines[--probe->nr];

		if (utrace_control(engine, UTRACE_DETACH) == -EINPROGRESS)
			while (utrace_barrier(engine) == -ERESTARTSYS)
				schedule_timeout_uninterruptible(1);
		utrace_engine_put(engine);
	}
}

static int probe_attach_one(struct probe *probe, u32 what)
{
	unsigned long events = UTRACE_EVENTS_SYSCALL;
	struct utrace_engine *engine;
	int error = 0;

	if (what == UTRACE_PROBE_IDLE)
		events = UTRACE_EVENT(EXEC) | UTRACE_EVENT(EXIT);
	engine = utrace_attach_task(current, &probe_ops, probe);
	if (IS_ERR(engine))
		return PTR_ERR(engine);
	probe->engines[probe->nr++] = engine;
	if (what == UTRACE_PROBE_NO_MATCH)
		error = utrace_set_syscalls(engine, &probe->none);
	return error ?: utrace_set_events(engine, events);
}

static int probe_attach(struct probe *probe, const struct utrace_probe_attach *a)
{
	int error = 0;
	u32 i;

	lockdep_assert_held(&probe->lock);

	if (a->what > UTRACE_PROBE_NO_MATCH ||
	    a->engines > UTRACE_PROBE_MAX - probe->nr)
		return -EINVAL;
	for (i = 0; i < a->engines && !error; i++)
		error = probe_attach_one(probe, a->what);
	if (error)
		probe_detach(probe);
	return error;
}

/* What the allocator takes, with its own overhead and alignment. */
static int probe_info(struct probe *probe, struct utrace_probe_info *info)
{
	lockdep_assert_held(&probe->lock);

	info->entries = probe->entries;
	info->exits = probe->exits;
	if (probe->nr) {
		info->thread_bytes = ksize(probe->engines[0]->utrace);
		info->engine_bytes = ksize(probe->engines[0]);
	}
	return 0;
}

static long probe_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	struct probe *probe = file->private_data;
	struct utrace_probe_attach attach;
	struct utrace_probe_info info = {};
	int error = -ENOTTY;

	if (cmd == UTRACE_PROBE_ATTACH &&
	    copy_from_user(&attach, (void __user *)arg, sizeof(attach)))
		return -EFAULT;

	mutex_lock(&probe->lock);
	switch (cmd) {
	case UTRACE_PROBE_ATTACH:
		error = probe_attach(probe, &attach);
		break;
	case UTRACE_PROBE_DETACH:
		probe_detach(probe);
		error = 0;
		break;
	case UTRACE_PROBE_INFO:
		error = probe_info(probe, &info);
		break;
	}
	mutex_unlock(&probe->lock);

	if (cmd == UTRACE_PROBE_INFO && !error &&
	    copy_to_user((void __user *)arg, &info, sizeof(info)))
		return -EFAULT;
	return error;
}

static int probe_open(struct inode *inode, struct file *file)
{
	struct probe *probe = kzalloc(sizeof(*probe), GFP_KERNEL);

	if (!probe)
		return -ENOMEM;
	mutex_init(&probe->lock);
	probe->none.arch = syscall_get_arch(current);
	file->private_data = probe;
	return 0;
}

static int probe_release(struct inode *inode, struct file *file)
{
	struct probe *probe = file->private_data;

	mutex_lock(&probe->lock);
	probe_detach(probe);
	mutex_unlock(&probe->lock);
	/* A thread may be looking at the set, from an engine that has gone. */
	kfree_rcu(probe, rcu);
	return 0;
}

static const struct file_operations probe_fops = {
	.owner		= THIS_MODULE,
	.open		= probe_open,
	.release	= probe_release,
	.unlocked_ioctl	= probe_ioctl,
};

static struct miscdevice probe_device = {
	.minor	= MISC_DYNAMIC_MINOR,
	.name	= "utrace_probe",
	.fops	= &probe_fops,
	.mode	= 0600,
};
builtin_misc_device(probe_device);
