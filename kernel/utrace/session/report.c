// SPDX-License-Identifier: GPL-2.0-only
/*
 * utrace sessions: what a session's engines are told, and the records made of it
 *
 * Everything here runs in traced threads, but for utrace_session_attach().  See
 * session.c for locks and lifetimes.
 */

#include <linux/binfmts.h>
#include <linux/pid.h>
#include <linux/proc_fs.h>
#include <linux/sched/mm.h>
#include <linux/sched/signal.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include <asm/syscall.h>

#include "session.h"

static bool session_records(struct utrace_session *s, unsigned long event)
{
	return READ_ONCE(s->config.record) & event;
}

static bool session_holds(struct utrace_session *s, unsigned long event)
{
	return READ_ONCE(s->config.hold) & event;
}

/*
 * Attach the session to one thread, on behalf of current, or of the thread
 * @maker that has made it.  *@cookie is its on success, and with -EEXIST.
 *
 * A new thread is attached both by its maker's report_clone and by an attach to
 * its process, if both are under way.  An engine without events does no harm,
 * so each makes one, and under the lock the first one joins.
 */
int utrace_session_attach(struct utrace_session *s, struct task_struct *task,
		   struct session_thread *maker, bool follow, u64 attach,
		   u64 *cookie)
{
	struct session_record *rec = NULL;
	struct utrace_engine *engine;
	struct session_thread *st;
	struct mem_cgroup *own;
	int ret;

	/* A traced thread does not pay for what its tracer needs to follow it. */
	own = set_active_memcg(s->memcg);
	st = utrace_session_make_thread(s, task, maker ? maker->cred : current_cred());
	if (!st)
		engine = ERR_PTR(-ENOMEM);
	else if (maker)
		engine = utrace_attach_child(maker->engine, task,
					     &utrace_session_engine_ops, st);
	else
		engine = utrace_attach_task(task, &utrace_session_engine_ops, st);
	set_active_memcg(own);
	if (IS_ERR(engine)) {
		if (st)
			utrace_session_thread_release(st);
		return PTR_ERR(engine);
	}
	st->follow = follow;
	st->attach = attach;
	st->engine = engine;
	st->cookie = utrace_cookie(engine);
	if (!maker)
		rec = utrace_session_make_record(st, UTRACE_REC_ATTACHED,
						 sizeof(struct utrace_record));

	spin_lock(&s->lock);
	ret = utrace_session_may_join(s, task, maker, cookie);
	if (!ret)
		ret = utrace_set_events(engine, s->events);
	if (!ret) {
		/* The first event's record waits for the lock, behind ours. */
		list_add_tail(&st->link.node, &s->threads);
		hash_add(s->by_cookie, &st->by_cookie, st->cookie);
		s->nr_threads++;
		*cookie = st->cookie;
		if (!maker && utrace_session_queue(st, rec))
			rec = NULL;
	}
	spin_unlock(&s->lock);

	kvfree(rec);
	if (ret) {
		utrace_control(engine, UTRACE_DETACH);
		utrace_engine_put(engine);
	}
	return ret;
}

/*
 * Callbacks: in the traced thread, with no lock held
 */

static enum utrace_action session_report_quiesce(struct utrace_engine *engine)
{
	struct session_thread *st = engine->data;
	struct utrace_session *s = st->session;
	enum utrace_action action = UTRACE_RESUME;

	spin_lock(&s->lock);
	if (session_forgotten(st)) {
		action = UTRACE_DETACH;
	} else if (st->hold_asked || st->report_asked) {
		/* Ordered, so it is held and told of in any case. */
		if (st->hold_asked)
			utrace_session_hold(st);
		st->hold_asked = false;
		st->report_asked = false;
		utrace_session_queue_quiesce(st);
		action = utrace_session_throttle(st);
	}
	/* Else it was released before it came here. */
	spin_unlock(&s->lock);
	return action;
}

static enum utrace_action session_report_clone(struct utrace_engine *engine,
					       u64 clone_flags,
					       struct task_struct *child)
{
	struct session_thread *st = engine->data;
	struct utrace_session *s = st->session;
	struct utrace_rec_clone *clone;
	struct session_record *rec;
	u64 cookie = 0;

	/*
	 * Without memory, or if it works for the kernel only, the child runs
	 * unfollowed, and the record says so.
	 */
	if ((clone_flags & CLONE_THREAD) || st->follow)
		utrace_session_attach(s, child, st, st->follow, st->attach, &cookie);

	if (!session_records(s, UTRACE_EVENT(CLONE))) {
		enum utrace_action action = UTRACE_DETACH;

		/* Exits do not wait for the reader; so who makes the exiting does. */
		spin_lock(&s->lock);
		if (!session_forgotten(st))
			action = utrace_session_throttle(st);
		spin_unlock(&s->lock);
		return action;
	}

	rec = utrace_session_make_record(st, UTRACE_EV_CLONE, sizeof(*clone));
	if (rec) {
		clone = session_record_of(rec, struct utrace_rec_clone);
		clone->child = cookie;
		clone->clone_flags = clone_flags;
		clone->child_pid = task_tgid_nr_ns(child, s->ns);
		clone->child_tid = task_pid_nr_ns(child, s->ns);
	}
	return utrace_session_post(st, rec, session_holds(s, UTRACE_EVENT(CLONE)));
}

static enum utrace_action session_report_exec(struct utrace_engine *engine,
					      struct linux_binprm *bprm,
					      pid_t old_tid)
{
	struct session_thread *st = engine->data;
	struct utrace_session *s = st->session;
	struct utrace_rec_exec *exec;
	struct session_record *rec;
	pid_t tid;

	spin_lock(&s->lock);
	tid = st->tid;
	utrace_session_update_pids(st);
	spin_unlock(&s->lock);

	if (!utrace_session_may_stay(st)) {
		utrace_session_tell(st, utrace_session_make_detached(st, EPERM));
		return utrace_session_leave(st);
	}

	if (!session_records(s, UTRACE_EVENT(EXEC)))
		return UTRACE_RESUME;

	rec = utrace_session_make_record(st, UTRACE_EV_EXEC, sizeof(*exec));
	if (rec) {
		exec = session_record_of(rec, struct utrace_rec_exec);
		exec->old_tid = tid;
		strscpy_pad((char *)exec->comm, current->comm, sizeof(exec->comm));
	}
	return utrace_session_post(st, rec, session_holds(s, UTRACE_EVENT(EXEC)));
}

static struct session_record *session_exit_record(struct session_thread *st,
						  u16 type, int status,
						  bool group_dead)
{
	struct utrace_rec_exit *exit;
	struct session_record *rec;

	rec = utrace_session_make_record(st, type, sizeof(*exit));
	if (rec) {
		exit = session_record_of(rec, struct utrace_rec_exit);
		exit->status = status;
		exit->group_dead = group_dead;
	}
	return rec;
}

/* A full queue does not delay an exit: nothing could kill such a thread. */
static enum utrace_action session_report_exit(struct utrace_engine *engine,
					      long code)
{
	struct session_thread *st = engine->data;

	utrace_session_tell(st, session_exit_record(st, UTRACE_EV_EXIT, code, false));
	return UTRACE_RESUME;
}

/*
 * Is current the old leader of a process in which another thread makes an exec, and
 * takes over its id?  de_thread() waits for the leader's exit_state, but not for the
 * report of its death: it may have made the thread the leader already, and then
 * forgotten that it was it who made the exec.  So look in the other order.
 */
static bool session_superseded(const struct session_thread *st)
{
	struct task_struct *exec = READ_ONCE(current->signal->group_exec_task);

	/* Ids that the session does not see are 0. */
	if (!st->tid || st->pid != st->tid)
		return false;
	smp_rmb();	/* pairs with the locks between the two in de_thread() */
	return (exec && exec != current) ||
	       READ_ONCE(current->group_leader) != current;
}

static enum utrace_action session_report_death(struct utrace_engine *engine,
					       bool group_dead)
{
	struct session_thread *st = engine->data;
	struct signal_struct *signal = current->signal;
	struct utrace_session *s = st->session;
	int status = current->exit_code;
	struct session_record *rec;

	/* As wait_task_zombie() has it. */
	if (signal->flags & SIGNAL_GROUP_EXIT)
		status = signal->group_exit_code;

	if (session_records(s, UTRACE_EVENT(DEATH))) {
		rec = session_exit_record(st, UTRACE_EV_DEATH, status, group_dead);
		if (rec && session_superseded(st))
			rec->head.flags |= UTRACE_REC_SUPERSEDED;
		utrace_session_tell(st, rec);
	}
	if (session_records(s, UTRACE_EVENT(REAP)))
		return UTRACE_RESUME;
	return utrace_session_leave(st);
}

static void session_report_reap(struct utrace_engine *engine)
{
	struct session_thread *st = engine->data;

	utrace_session_tell(st, utrace_session_make_record(st, UTRACE_EV_REAP,
							   sizeof(struct utrace_record)));
	utrace_session_leave(st);
}

/*
 * System calls
 */

/* UTRACE_SC_* of a system call. */
static u32 session_syscall_flags(struct utrace_session *s, u32 arch, long nr)
{
	struct session_table *table;
	u32 flags = UTRACE_SC_REPORT;

	rcu_read_lock();
	list_for_each_entry_rcu(table, &s->tables, node) {
		if (table->arch != arch)
			continue;
		flags = (unsigned long)nr < table->nr ? table->entries[nr]
						      : table->others;
		break;
	}
	rcu_read_unlock();
	return flags;
}

/* Bytes to set aside for argument @arg; 0: nothing to capture. */
static size_t session_capture_room(struct utrace_session *s, u32 flags, int arg,
				   const struct utrace_syscall *call,
				   bool exit, long result)
{
	u32 max = READ_ONCE(s->config.buffer_max);
	size_t len;

	if (!exit && (flags & UTRACE_SC_STRING(arg))) {
		u32 string_max = READ_ONCE(s->config.string_max);

		if (!string_max || !call->args[arg])
			return 0;
		len = strnlen_user((char __user *)call->args[arg], string_max + 1);
		/* 0: it faults; what is before the fault is wanted still. */
		return len ? min_t(size_t, len, string_max) : string_max;
	}
	if (!exit && (flags & UTRACE_SC_BUFFER(arg)))
		return min_t(unsigned long, call->args[arg + 1], max);
	if (exit && (flags & UTRACE_SC_OUTBUF(arg)) && result > 0)
		return min_t(unsigned long, result, max);
	return 0;
}

/*
 * Copy what argument @arg points to behind @cap, in @room bytes.  This faults
 * where the call itself would, with the same right to: in the thread, killable.
 * The memory may change at any time; what counts is what is copied now.
 */
static void session_capture(struct utrace_capture *cap, size_t room, u32 flags,
			    int arg, const struct utrace_syscall *call,
			    bool exit, long result)
{
	void __user *from = (void __user *)call->args[arg];
	char *to = (char *)(cap + 1);
	size_t wanted;
	long len;

	*cap = (struct utrace_capture){ .arg = arg };
	if (!exit && (flags & UTRACE_SC_STRING(arg))) {
		char last;

		len = strncpy_from_user(to, from, room);
		if (len < 0) {
			cap->flags = UTRACE_CAP_FAULT;
			len = strnlen(to, room - copy_from_user(to, from, room));
		} else if (len == room &&
			   (get_user(last, (char __user *)from + len) || last)) {
			cap->flags = UTRACE_CAP_TRUNCATED;
		}
		cap->len = len;
		return;
	}

	wanted = exit ? result : call->args[arg + 1];
	len = room - copy_from_user(to, from, room);
	cap->len = len;
	if (len < room)
		cap->flags = UTRACE_CAP_FAULT;
	else if (room < wanted)
		cap->flags = UTRACE_CAP_TRUNCATED;
}

static enum utrace_action session_report_syscall(struct utrace_engine *engine,
						 struct pt_regs *regs, bool exit)
{
	unsigned long event = exit ? UTRACE_EVENT(SYSCALL_EXIT)
				   : UTRACE_EVENT(SYSCALL_ENTRY);
	const struct utrace_syscall *call = utrace_syscall(engine);
	struct session_thread *st = engine->data;
	struct utrace_session *s = st->session;
	struct utrace_rec_syscall *sc;
	struct session_record *rec;
	long result = 0, error = 0;
	size_t room[6], size;
	u32 flags;
	int arg;

	/* Not current's architecture, because the call may have been an exec. */
	flags = session_syscall_flags(s, call->arch, call->nr);
	if (!(flags & UTRACE_SC_REPORT))
		return UTRACE_RESUME;
	if (flags != UTRACE_SC_REPORT && !utrace_session_may_read(st))
		flags = UTRACE_SC_REPORT;

	if (exit) {
		error = syscall_get_error(current, regs);
		result = error ?: syscall_get_return_value(current, regs);
	}

	size = sizeof(*sc);
	for (arg = 0; arg < 6; arg++) {
		room[arg] = session_capture_room(s, flags, arg, call, exit, result);
		if (room[arg])
			size += ALIGN(sizeof(struct utrace_capture) + room[arg], 8);
	}

	rec = utrace_session_make_record(st, exit ? UTRACE_EV_SYSCALL_EXIT
				      : UTRACE_EV_SYSCALL_ENTRY, size);
	if (rec) {
		sc = session_record_of(rec, struct utrace_rec_syscall);
		sc->nr = call->nr;
		sc->arch = call->arch;
		for (arg = 0; arg < 6; arg++)
			sc->args[arg] = call->args[arg];
		sc->ip = instruction_pointer(regs);
		sc->sp = user_stack_pointer(regs);
		sc->result = result;
		if (error)
			rec->head.flags |= UTRACE_REC_ERROR;

		size = sizeof(*sc);
		for (arg = 0; arg < 6; arg++) {
			struct utrace_capture *cap = (void *)sc + size;

			if (!room[arg])
				continue;
			session_capture(cap, room[arg], flags, arg, call, exit,
					result);
			/* What was copied beyond what counts is not ours to tell. */
			memset((char *)(cap + 1) + cap->len, 0,
			       room[arg] - cap->len);
			sc->captures++;
			/* A string may have become shorter meanwhile. */
			size += ALIGN(sizeof(*cap) + cap->len, 8);
		}
		rec->head.size = size;
	}
	return utrace_session_post(st, rec, session_holds(s, event));
}

static enum utrace_action session_report_entry(struct utrace_engine *engine,
					       struct pt_regs *regs)
{
	return session_report_syscall(engine, regs, false);
}

static enum utrace_action session_report_return(struct utrace_engine *engine,
						struct pt_regs *regs)
{
	return session_report_syscall(engine, regs, true);
}

/* /proc/PID/utrace: whose session it is, as far as the reader can see that. */
static void session_describe(struct utrace_engine *engine, struct seq_file *m)
{
	struct session_thread *st = engine->data;

	seq_printf(m, "tracer=%d",
		   pid_nr_ns(st->session->opener,
			     proc_pid_ns(file_inode(m->file)->i_sb)));
}

const struct utrace_engine_ops utrace_session_engine_ops = {
	.name			= "session",
	.class			= UTRACE_OBSERVER,
	.report_quiesce		= session_report_quiesce,
	.report_clone		= session_report_clone,
	.report_exec		= session_report_exec,
	.report_exit		= session_report_exit,
	.report_death		= session_report_death,
	.report_reap		= session_report_reap,
	.report_syscall_entry	= session_report_entry,
	.report_syscall_exit	= session_report_return,
	.describe		= session_describe,
	.unsafe_exec		= utrace_session_unsafe_exec,
	.release		= utrace_session_thread_release,
};
