// SPDX-License-Identifier: GPL-2.0-only
/*
 * /dev/utrace_observer: an engine that looks at everything and changes nothing
 *
 * Opening the device attaches an observer of all events to the calling thread, and
 * to every thread and process that descends from it.  The engines stay as long as
 * their threads do; closing the file changes nothing.  read() gives a line "EVENT
 * COUNT" for each event, counted over all these threads.
 *
 * Tests run a program under it and without it: nothing else may differ.
 */

#include <linux/atomic.h>
#include <linux/fs.h>
#include <linux/init.h>
#include <linux/miscdevice.h>
#include <linux/sched.h>
#include <linux/uaccess.h>
#include <linux/utrace.h>

#include "../kernel/utrace/internal.h"

static atomic_long_t seen[UTRACE_EV_NR];

static enum utrace_action saw(unsigned int event)
{
	atomic_long_inc(&seen[event]);
	return UTRACE_RESUME;
}

static int observe(struct task_struct *task);

static enum utrace_action observe_quiesce(struct utrace_engine *engine)
{
	return saw(UTRACE_EV_QUIESCE);
}

static enum utrace_action observe_clone(struct utrace_engine *engine,
					u64 clone_flags, struct task_struct *child)
{
	int error = observe(child);

	/* The kernel's own helpers cannot be traced. */
	if (error && error != -EPERM)
		pr_err("utrace_observer: no engine for %s[%d]: %d\n", child->comm,
		       child->pid, error);
	return saw(UTRACE_EV_CLONE);
}

static enum utrace_action observe_vfork_done(struct utrace_engine *engine, pid_t child)
{
	return saw(UTRACE_EV_VFORK_DONE);
}

static enum utrace_action observe_exec(struct utrace_engine *engine,
				       struct linux_binprm *bprm, pid_t old_tid)
{
	return saw(UTRACE_EV_EXEC);
}

static enum utrace_action observe_exit(struct utrace_engine *engine, long code)
{
	return saw(UTRACE_EV_EXIT);
}

static enum utrace_action observe_death(struct utrace_engine *engine, bool group_dead)
{
	return saw(UTRACE_EV_DEATH);
}

static void observe_reap(struct utrace_engine *engine)
{
	saw(UTRACE_EV_REAP);
}

static enum utrace_action observe_entry(struct utrace_engine *engine,
					struct pt_regs *regs)
{
	return saw(UTRACE_EV_SYSCALL_ENTRY);
}

static enum utrace_action observe_exit_call(struct utrace_engine *engine,
					    struct pt_regs *regs)
{
	return saw(UTRACE_EV_SYSCALL_EXIT);
}

static enum utrace_action observe_signal(struct utrace_engine *engine,
					 struct utrace_signal *sig)
{
	return saw(__ffs(utrace_signal_event(sig)));
}

static enum utrace_action observe_handler(struct utrace_engine *engine, int sig)
{
	return saw(UTRACE_EV_HANDLER);
}

static enum utrace_action observe_group_stop(struct utrace_engine *engine, int sig)
{
	return saw(UTRACE_EV_GROUP_STOP);
}

static enum utrace_action observe_group_cont(struct utrace_engine *engine)
{
	return saw(UTRACE_EV_GROUP_CONT);
}

static enum utrace_action observe_step(struct utrace_engine *engine)
{
	return saw(UTRACE_EV_STEP);
}

static const struct utrace_engine_ops observer_ops = {
	.name			= "observer",
	.owner			= THIS_MODULE,
	.class			= UTRACE_OBSERVER,
	.report_quiesce		= observe_quiesce,
	.report_clone		= observe_clone,
	.report_vfork_done	= observe_vfork_done,
	.report_exec		= observe_exec,
	.report_exit		= observe_exit,
	.report_death		= observe_death,
	.report_reap		= observe_reap,
	.report_syscall_entry	= observe_entry,
	.report_syscall_exit	= observe_exit_call,
	.report_signal		= observe_signal,
	.report_handler		= observe_handler,
	.report_group_stop	= observe_group_stop,
	.report_group_cont	= observe_group_cont,
	.report_step		= observe_step,
};

static int observe(struct task_struct *task)
{
	struct utrace_engine *engine = utrace_attach_task(task, &observer_ops, NULL);
	int error;

	if (IS_ERR(engine))
		return PTR_ERR(engine);
	error = utrace_set_events(engine, UTRACE_EVENTS_ALL);
	utrace_engine_put(engine);
	return error;
}

static int observer_open(struct inode *inode, struct file *file)
{
	return observe(current);
}

static ssize_t observer_read(struct file *file, char __user *buf, size_t size,
			     loff_t *pos)
{
	char text[UTRACE_EV_NR * 40];
	int ev, len = 0;

	for (ev = 0; ev < UTRACE_EV_NR; ev++)
		len += scnprintf(text + len, sizeof(text) - len, "%s %ld\n",
				 utrace_event_names[ev], atomic_long_read(&seen[ev]));
	return simple_read_from_buffer(buf, size, pos, text, len);
}

static const struct file_operations observer_fops = {
	.owner	= THIS_MODULE,
	.open	= observer_open,
	.read	= observer_read,
	.llseek	= default_llseek,
};

static struct miscdevice observer_device = {
	.minor	= MISC_DYNAMIC_MINOR,
	.name	= "utrace_observer",
	.fops	= &observer_fops,
	.mode	= 0600,
};
builtin_misc_device(observer_device);
