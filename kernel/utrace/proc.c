// SPDX-License-Identifier: GPL-2.0-only
/*
 * utrace: /proc/PID/utrace, and the same of each task
 *
 * One line for each engine of the thread, outermost first:
 *
 *	NAME CLASS EVENT[,EVENT...] STATE [what the client says of itself]
 *
 * STATE is "holding", "stopping" (a stop is due), "stepping", or "-".
 */

#include <linux/ptrace.h>
#include <linux/sched/signal.h>
#include <linux/seq_file.h>

#include "internal.h"

const char * const utrace_event_names[UTRACE_EV_NR] = {
	[UTRACE_EV_QUIESCE]		= "quiesce",
	[UTRACE_EV_CLONE]		= "clone",
	[UTRACE_EV_VFORK_DONE]		= "vfork-done",
	[UTRACE_EV_EXEC]		= "exec",
	[UTRACE_EV_EXIT]		= "exit",
	[UTRACE_EV_DEATH]		= "death",
	[UTRACE_EV_REAP]		= "reap",
	[UTRACE_EV_SYSCALL_ENTRY]	= "syscall-entry",
	[UTRACE_EV_SYSCALL_EXIT]	= "syscall-exit",
	[UTRACE_EV_SIGNAL_HANDLER]	= "signal-handler",
	[UTRACE_EV_SIGNAL_IGN]		= "signal-ign",
	[UTRACE_EV_SIGNAL_STOP]		= "signal-stop",
	[UTRACE_EV_SIGNAL_TERM]		= "signal-term",
	[UTRACE_EV_SIGNAL_CORE]		= "signal-core",
	[UTRACE_EV_HANDLER]		= "handler",
	[UTRACE_EV_GROUP_STOP]		= "group-stop",
	[UTRACE_EV_GROUP_CONT]		= "group-cont",
	[UTRACE_EV_STEP]		= "step",
};

static const char *utrace_engine_state(const struct utrace_engine *engine)
{
	if (engine->flags & ENGINE_STOP)
		return "holding";
	if (engine->flags & ENGINE_STOP_LATER)
		return "stopping";
	if (engine->flags & ENGINE_STEPS)
		return "stepping";
	return "-";
}

static void utrace_show_engine(struct seq_file *m, struct utrace_engine *engine)
{
	const char *sep = "";
	unsigned int i;

	seq_printf(m, "%s %s ", engine->ops->name,
		   engine->ops->class == UTRACE_OBSERVER ? "observer"
							 : "transformer");
	for (i = 0; i < UTRACE_EV_NR; i++) {
		if (!(engine->events & BIT(i)))
			continue;
		seq_printf(m, "%s%s", sep, utrace_event_names[i]);
		sep = ",";
	}
	seq_printf(m, "%s %s", *sep ? "" : "-", utrace_engine_state(engine));
	if (engine->ops->describe) {
		seq_putc(m, ' ');
		engine->ops->describe(engine, m);
	}
	seq_putc(m, '\n');
}

int proc_pid_utrace(struct seq_file *m, struct pid_namespace *ns,
		    struct pid *pid, struct task_struct *task)
{
	struct utrace_engine *engine;
	struct utrace *u;
	int error;

	/* As for everything that only a tracer may know; not across an exec. */
	error = down_read_killable(&task->signal->exec_update_lock);
	if (error)
		return error;
	if (!ptrace_may_access(task, PTRACE_MODE_ATTACH_FSCREDS)) {
		up_read(&task->signal->exec_update_lock);
		return -EPERM;
	}

	u = utrace_get_existing(task);
	if (u) {
		spin_lock_irq(&u->lock);
		list_for_each_entry(engine, &u->engines, node)
			if (engine->flags & ENGINE_ATTACHED)
				utrace_show_engine(m, engine);
		spin_unlock_irq(&u->lock);
		utrace_put(u);
	}
	up_read(&task->signal->exec_update_lock);
	return 0;
}
