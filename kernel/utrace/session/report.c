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

/**
 * struct session_capture_plan - what is copied of the memory that a call refers to
 * @call: the call
 * @flags: UTRACE_SC_* of it
 * @exit: the call has returned
 * @result: what it has returned
 * @room: by argument, the bytes to set aside; 0: nothing is copied
 * @size: bytes of all captures with their headers, if each fills its room
 */
struct session_capture_plan {
	const struct utrace_syscall *call;
	u32 flags;
	bool exit;
	long result;
	size_t room[6];
	size_t size;
};

/* Bytes that a capture takes in a record. */
static size_t session_capture_size(size_t len)
{
	return ALIGN(sizeof(struct utrace_capture) + len, 8);
}

static bool session_captures_string(const struct session_capture_plan *plan, int arg)
{
	return !plan->exit && (plan->flags & UTRACE_SC_STRING(arg));
}

/* Bytes of the buffer that argument @arg points to, as the call has it; 0: none. */
static size_t session_buffer_size(const struct session_capture_plan *plan, int arg)
{
	if (!plan->exit && (plan->flags & UTRACE_SC_BUFFER(arg)))
		return plan->call->args[arg + 1];
	if (plan->exit && (plan->flags & UTRACE_SC_OUTBUF(arg)) && plan->result > 0)
		return plan->result;
	return 0;
}

static size_t session_capture_room(struct utrace_session *s,
				   const struct session_capture_plan *plan, int arg)
{
	u32 string_max = READ_ONCE(s->config.string_max);
	size_t len;

	if (!session_captures_string(plan, arg))
		return min_t(size_t, session_buffer_size(plan, arg),
			     READ_ONCE(s->config.buffer_max));
	if (!string_max || !plan->call->args[arg])
		return 0;
	len = strnlen_user((char __user *)plan->call->args[arg], string_max + 1);
	/* 0: it faults; what is before the fault is wanted still. */
	return len ? min_t(size_t, len, string_max) : string_max;
}

static void session_plan_captures(struct utrace_session *s,
				  struct session_capture_plan *plan)
{
	int arg;

	for (arg = 0; arg < ARRAY_SIZE(plan->room); arg++) {
		plan->room[arg] = session_capture_room(s, plan, arg);
		if (plan->room[arg])
			plan->size += session_capture_size(plan->room[arg]);
	}
}

static void session_capture_string(struct utrace_capture *cap, const char __user *from,
				   size_t room)
{
	char *to = (char *)(cap + 1), last;
	long len;

	len = strncpy_from_user(to, from, room);
	if (len < 0) {
		cap->flags = UTRACE_CAP_FAULT;
		len = strnlen(to, room - copy_from_user(to, from, room));
	} else if (len == room && (get_user(last, from + len) || last)) {
		cap->flags = UTRACE_CAP_TRUNCATED;
	}
	cap->len = len;
}

static void session_capture_buffer(struct utrace_capture *cap, const void __user *from,
				   size_t room, size_t wanted)
{
	cap->len = room - copy_from_user(cap + 1, from, room);
	if (cap->len < room)
		cap->flags = UTRACE_CAP_FAULT;
	else if (room < wanted)
		cap->flags = UTRACE_CAP_TRUNCATED;
}

/*
 * Copy what argument @arg points to behind @cap.  This faults where the call itself
 * would, with the same right to: in the thread, killable.  The memory may change at
 * any time; what counts is what is copied now.
 */
static void session_capture(struct utrace_capture *cap,
			    const struct session_capture_plan *plan, int arg)
{
	void __user *from = (void __user *)plan->call->args[arg];
	size_t room = plan->room[arg];

	*cap = (struct utrace_capture){ .arg = arg };
	if (session_captures_string(plan, arg))
		session_capture_string(cap, from, room);
	else
		session_capture_buffer(cap, from, room,
				       session_buffer_size(plan, arg));
	/* What was copied beyond what counts is not ours to tell. */
	memset((char *)(cap + 1) + cap->len, 0, room - cap->len);
}

/* The captures of the planned arguments, behind @sc.  Returns the record's size. */
static size_t session_capture_all(struct utrace_rec_syscall *sc,
				  const struct session_capture_plan *plan)
{
	size_t size = sizeof(*sc);
	int arg;

	for (arg = 0; arg < ARRAY_SIZE(plan->room); arg++) {
		struct utrace_capture *cap = (void *)sc + size;

		if (!plan->room[arg])
			continue;
		session_capture(cap, plan, arg);
		sc->captures++;
		/* A string may have become shorter meanwhile. */
		size += session_capture_size(cap->len);
	}
	return size;
}

static enum utrace_action session_report_syscall(struct utrace_engine *engine,
						 struct pt_regs *regs, bool exit)
{
	unsigned int event = exit ? UTRACE_EV_SYSCALL_EXIT : UTRACE_EV_SYSCALL_ENTRY;
	struct session_capture_plan plan = {
		.call = utrace_syscall(engine),
		.exit = exit,
	};
	struct session_thread *st = engine->data;
	struct utrace_session *s = st->session;
	struct utrace_rec_syscall *sc;
	struct session_record *rec;
	long error = 0;
	int arg;

	/* Not current's architecture, because the call may have been an exec. */
	plan.flags = session_syscall_flags(s, plan.call->arch, plan.call->nr);
	if (!(plan.flags & UTRACE_SC_REPORT))
		return UTRACE_RESUME;
	if (plan.flags != UTRACE_SC_REPORT && !utrace_session_may_read(st))
		plan.flags = UTRACE_SC_REPORT;

	if (exit) {
		error = syscall_get_error(current, regs);
		plan.result = error ?: syscall_get_return_value(current, regs);
	}
	session_plan_captures(s, &plan);

	rec = utrace_session_make_record(st, event, sizeof(*sc) + plan.size);
	if (rec) {
		sc = session_record_of(rec, struct utrace_rec_syscall);
		sc->nr = plan.call->nr;
		sc->arch = plan.call->arch;
		for (arg = 0; arg < ARRAY_SIZE(sc->args); arg++)
			sc->args[arg] = plan.call->args[arg];
		sc->ip = instruction_pointer(regs);
		sc->sp = user_stack_pointer(regs);
		sc->result = plan.result;
		if (error)
			rec->head.flags |= UTRACE_REC_ERROR;
		rec->head.size = session_capture_all(sc, &plan);
	}
	return utrace_session_post(st, rec, session_holds(s, BIT(event)));
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
