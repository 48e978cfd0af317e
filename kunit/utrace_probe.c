// SPDX-License-Identifier: GPL-2.0-only
/*
 * /dev/utrace_probe: null engines on the calling thread, and engines that step it
 *
 * Only for measuring (ci/bench/loops.c): what a callback costs shows best when
 * it does nothing but count that it was made, so that nobody measures engines
 * that are not called.  Those that step also note where they are, for a test that
 * compares that with what it should be.
 */

#include <linux/fs.h>
#include <linux/init.h>
#include <linux/miscdevice.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/ptrace.h>
#include <linux/sched.h>
#include <linux/sched/task_stack.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <linux/utrace.h>
#include <linux/wait.h>

#include <asm/syscall.h>

#include "../kernel/regset/internal.h"
#include "utrace_probe.h"

/**
 * struct probe - an open file
 * @lock: everything but the counts
 * @engines: with a reference each; the first @nr
 * @nr: how many
 * @entries: callbacks made; by the one thread that is attached to
 * @exits: likewise
 * @steps: likewise
 * @step: what is answered to a step
 * @wait: for a step, of a thread that is held after it
 * @pcs: the first %UTRACE_PROBE_PCS_MAX after an exec, of one engine that steps
 * @nr_pcs: how many there were
 * @none: the set for %UTRACE_PROBE_NO_MATCH
 */
struct probe {
	struct mutex lock;
	struct utrace_engine *engines[UTRACE_PROBE_MAX];
	unsigned int nr;
	u64 entries, exits, steps;
	enum utrace_action step;
	wait_queue_head_t wait;
	u64 *pcs;
	unsigned int nr_pcs;
	struct utrace_syscall_set *none;
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
	struct probe *probe = engine->data;

	WRITE_ONCE(probe->nr_pcs, 0);
	return UTRACE_RESUME;
}

static enum utrace_action probe_step(struct utrace_engine *engine)
{
	struct probe *probe = engine->data;
	unsigned int nr = probe->nr_pcs;

	WRITE_ONCE(probe->steps, probe->steps + 1);
	if (nr < UTRACE_PROBE_PCS_MAX)
		probe->pcs[nr] = instruction_pointer(current_pt_regs());
	WRITE_ONCE(probe->nr_pcs, nr + 1);
	if (probe->step == UTRACE_STOP)
		wake_up(&probe->wait);
	return probe->step;
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
	.report_step		= probe_step,
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

	if (what == UTRACE_PROBE_IDLE || what == UTRACE_PROBE_STOPPED)
		events = UTRACE_EVENT(EXEC) | UTRACE_EVENT(EXIT);
	else if (what >= UTRACE_PROBE_STEPS)
		events = UTRACE_EVENT(EXEC) | UTRACE_EVENT(STEP);
	engine = utrace_attach_task(current, &probe_ops, probe);
	if (IS_ERR(engine))
		return PTR_ERR(engine);
	probe->engines[probe->nr++] = engine;
	if (what == UTRACE_PROBE_NO_MATCH)
		error = utrace_set_syscalls(engine, probe->none);
	if (!error)
		error = utrace_set_events(engine, events);
	if (!error && what == UTRACE_PROBE_STOPPED)
		error = utrace_control(engine, UTRACE_STOP);
	else if (!error && what >= UTRACE_PROBE_STEPS)
		error = utrace_control(engine, what == UTRACE_PROBE_BLOCKS ?
				       UTRACE_BLOCKSTEP : UTRACE_SINGLESTEP);
	/* It is the caller that is going to stop. */
	return error == -EINPROGRESS ? 0 : error;
}

static int probe_attach(struct probe *probe, const struct utrace_probe_attach *a)
{
	int error = 0;
	u32 i;

	lockdep_assert_held(&probe->lock);

	if (a->what > UTRACE_PROBE_STOPPED ||
	    a->engines > UTRACE_PROBE_MAX - probe->nr)
		return -EINVAL;
	if (a->what >= UTRACE_PROBE_STEPS) {
		if (probe->nr || a->engines != 1)
			return -EINVAL;
		if (!probe->pcs)
			probe->pcs = kvcalloc(UTRACE_PROBE_PCS_MAX, sizeof(u64),
					      GFP_KERNEL);
		if (!probe->pcs)
			return -ENOMEM;
		probe->step = a->what >= UTRACE_PROBE_HELD ? UTRACE_STOP :
			      a->what == UTRACE_PROBE_STEPS ? UTRACE_SINGLESTEP
							    : UTRACE_BLOCKSTEP;
	}
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
	info->steps = probe->steps;
	if (probe->nr) {
		info->thread_bytes = ksize(probe->engines[0]->utrace);
		info->engine_bytes = ksize(probe->engines[0]);
	}
	return 0;
}

/* As PTRACE_SINGLESTEP and waitpid(): to a thread whose registers may be read. */
static int probe_step_held(struct probe *probe)
{
	struct utrace_engine *engine;
	u64 steps;
	int error;

	lockdep_assert_held(&probe->lock);

	if (!probe->nr || probe->step != UTRACE_STOP)
		return -EINVAL;
	engine = probe->engines[0];
	steps = READ_ONCE(probe->steps);
	error = utrace_control(engine, UTRACE_SINGLESTEP);
	if (!error)
		error = wait_event_interruptible(probe->wait,
						 READ_ONCE(probe->steps) != steps);
	if (error)
		return error;
	while ((error = utrace_prepare_examine(engine)) == -EAGAIN)
		schedule_timeout_uninterruptible(1);	/* not asleep yet */
	if (!error)
		utrace_finish_examine(engine);
	return error;
}

static int probe_read_sets(struct task_struct *task, const struct regset_desc *desc,
			   void *room)
{
	const struct regset_binding *sets = regset_bind(desc, regset_task_view(task));
	unsigned int i;

	for (i = 0; i < sets->nr_fronts; i++)
		regset_get(task, sets->fronts[i].set, sets->fronts[i].size, room);
	return 0;
}

static int probe_read_regs(struct task_struct *task, u32 what, void *room, size_t size)
{
	const struct regset_desc *desc = task_regset_desc(task);
	const struct user_regset *set = regset_task_view(task)->regsets;
	u64 pc;
	int ret;

	switch (what) {
	case UTRACE_PROBE_REGS_SETS:
		return probe_read_sets(task, desc, room);
	case UTRACE_PROBE_REGS_FILE:
		ret = regset_file_read(task, desc, room, size);
		return min(ret, 0);
	case UTRACE_PROBE_REGS_SET:
		ret = regset_get(task, set, set->n * set->size, room);
		return min(ret, 0);
	case UTRACE_PROBE_REGS_ROLE:
		return regset_read(task, desc, regset_reg_by_role(desc, UTRACE_ROLE_PC),
				   &pc, sizeof(pc));
	}
	return -EINVAL;
}

static int probe_regs(struct probe *probe, const struct utrace_probe_regs *r)
{
	const size_t size = SZ_1M;
	struct utrace_engine *engine;
	void *room;
	int error;
	u32 i;

	lockdep_assert_held(&probe->lock);

	if (!probe->nr || probe->step != UTRACE_STOP)
		return -EINVAL;
	engine = probe->engines[0];
	room = kvmalloc(size, GFP_KERNEL);
	error = room ? utrace_prepare_examine(engine) : -ENOMEM;
	if (!error) {
		for (i = 0; i < r->rounds && !error; i++)
			error = probe_read_regs(engine->task, r->what, room, size);
		utrace_finish_examine(engine);
	}
	kvfree(room);
	return error;
}

static long probe_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	struct probe *probe = file->private_data;
	struct utrace_probe_attach attach;
	struct utrace_probe_info info = {};
	struct utrace_probe_regs regs;
	int error = -ENOTTY;

	if (cmd == UTRACE_PROBE_ATTACH &&
	    copy_from_user(&attach, (void __user *)arg, sizeof(attach)))
		return -EFAULT;
	if (cmd == UTRACE_PROBE_REGS &&
	    copy_from_user(&regs, (void __user *)arg, sizeof(regs)))
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
	case UTRACE_PROBE_STEP:
		error = probe_step_held(probe);
		break;
	case UTRACE_PROBE_REGS:
		error = probe_regs(probe, &regs);
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

static ssize_t probe_read(struct file *file, char __user *buf, size_t size,
			  loff_t *pos)
{
	struct probe *probe = file->private_data;
	ssize_t n;

	mutex_lock(&probe->lock);
	n = simple_read_from_buffer(buf, size, pos, probe->pcs, sizeof(u64) *
			min(READ_ONCE(probe->nr_pcs), UTRACE_PROBE_PCS_MAX));
	mutex_unlock(&probe->lock);
	return n;
}

static int probe_open(struct inode *inode, struct file *file)
{
	const struct utrace_syscall_filter none = { .arch = syscall_get_arch(current) };
	struct probe *probe = kzalloc(sizeof(*probe), GFP_KERNEL);

	if (!probe)
		return -ENOMEM;
	probe->none = utrace_syscall_set_make(&none);
	if (!probe->none) {
		kfree(probe);
		return -ENOMEM;
	}
	mutex_init(&probe->lock);
	init_waitqueue_head(&probe->wait);
	file->private_data = probe;
	return 0;
}

static int probe_release(struct inode *inode, struct file *file)
{
	struct probe *probe = file->private_data;

	mutex_lock(&probe->lock);
	probe_detach(probe);
	mutex_unlock(&probe->lock);
	kvfree(probe->pcs);
	utrace_syscall_set_put(probe->none);
	kfree(probe);
	return 0;
}

static const struct file_operations probe_fops = {
	.owner		= THIS_MODULE,
	.open		= probe_open,
	.release	= probe_release,
	.read		= probe_read,
	.unlocked_ioctl	= probe_ioctl,
};

static struct miscdevice probe_device = {
	.minor	= MISC_DYNAMIC_MINOR,
	.name	= "utrace_probe",
	.fops	= &probe_fops,
	.mode	= 0600,
};
builtin_misc_device(probe_device);
