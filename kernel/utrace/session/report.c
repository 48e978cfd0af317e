// SPDX-License-Identifier: GPL-2.0-only
/*
 * utrace sessions: what a session's engines are told, and the records made of it
 *
 * Everything here runs in traced threads, with no lock held.  See session.c for locks and
 * lifetimes.
 */

#include <linux/binfmts.h>
#include <linux/pid.h>
#include <linux/proc_fs.h>
#include <linux/sched/mm.h>
#include <linux/sched/signal.h>
#include <linux/sched/task_stack.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include <asm/syscall.h>
#include <asm/utrace.h>

#include "session.h"
#include "table.h"

/*
 * Orders
 */

/* Has the thread come here for an order?  Looked at again under the lock. */
static bool session_is_due(const struct session_thread *st)
{
	return data_race(st->asleep || st->order.action == UTRACE_OP_HOLD);
}

static enum utrace_action session_report_quiesce(struct utrace_engine *engine)
{
	struct session_thread *st = engine->data;
	struct utrace_session *s = st->session;
	struct session_buffer *buf = NULL;
	enum utrace_action action;

	if (session_is_due(st))
		buf = utrace_session_begin_held(st, UTRACE_EV_QUIESCE,
						sizeof(struct utrace_rec_quiesce));

	spin_lock(&s->lock);
	if (session_forgotten(st)) {
		action = UTRACE_DETACH;
	} else {
		if (st->asleep && utrace_session_hold_here(st)) {
			utrace_session_awake(st, buf);
		} else if (st->order.action == UTRACE_OP_HOLD) {
			/* Ordered, so it is held and told of in any case. */
			utrace_session_hold_here(st);
			utrace_session_end_order(st, 0, UTRACE_RECF_HELD, buf);
		}
		/* Else it was released before it came here. */
		action = utrace_session_action(st);
	}
	spin_unlock(&s->lock);
	utrace_session_feed(s);
	utrace_session_wake(s);
	return action;
}

/* The thread has executed the call of UTRACE_OP_CALL, and goes back to its stop. */
static void session_report_called(struct utrace_engine *engine, long result)
{
	struct session_thread *st = engine->data;
	struct utrace_session *s = st->session;

	spin_lock(&s->lock);
	if (!session_forgotten(st) && st->order.action == UTRACE_OP_CALL) {
		st->order.result = result;
		utrace_session_end_order(st, 0, 0, NULL);
	}
	spin_unlock(&s->lock);
	utrace_session_feed(s);
	utrace_session_wake(s);
}

/*
 * New threads, and new programs
 */

/* Follow @child, as the flags of its maker say.  Returns a positive errno, or 0. */
static int session_follow(struct session_thread *st, u64 clone_flags,
			  struct task_struct *child, u64 *cookie)
{
	int ret;

	*cookie = 0;
	if (!(clone_flags & CLONE_THREAD) && !(st->flags & UTRACE_ATTACH_CHILDREN))
		return 0;
	if (st->flags & UTRACE_ATTACH_ALONE)
		return 0;
	ret = utrace_session_attach(st->session, child, st, NULL, cookie);
	/* An attach to the process was faster, or the session is being left. */
	if (!ret || ret == -EEXIST || ret == -ESHUTDOWN)
		return 0;
	/* Without memory, say, or for what works for the kernel only. */
	if ((st->flags & UTRACE_ATTACH_STRICT) && !(child->flags & PF_USER_WORKER))
		send_sig(SIGKILL, child, 1);
	return -ret;
}

static enum utrace_action session_report_clone(struct utrace_engine *engine,
					       u64 clone_flags,
					       struct task_struct *child)
{
	struct session_thread *st = engine->data;
	struct utrace_session *s = st->session;
	struct utrace_rec_clone *clone;
	struct utrace_config config;
	struct pid *pid;
	bool hold;
	u64 cookie;
	int error;

	error = session_follow(st, clone_flags, child, &cookie);
	session_get_config(s, &config);
	hold = config.hold & UTRACE_EVENT(CLONE);
	if (!hold && !(config.record & UTRACE_EVENT(CLONE)))
		return utrace_session_pass(st);

	clone = utrace_session_begin_event(st, UTRACE_EV_CLONE, sizeof(*clone), &config);
	if (!clone)
		return UTRACE_RESUME;
	clone->child = cookie;
	clone->clone_flags = clone_flags;
	clone->error = error;
	rcu_read_lock();
	pid = task_tgid(child);
	clone->process = pid ? pid->ino : 0;
	rcu_read_unlock();
	clone->child_pid = task_tgid_nr_ns(child, s->ns);
	clone->child_tid = task_pid_nr_ns(child, s->ns);
	return utrace_session_post_event(st, &config, hold);
}

static enum utrace_action session_report_vfork_done(struct utrace_engine *engine,
						    pid_t child)
{
	struct session_thread *st = engine->data;
	struct utrace_rec_vfork_done *done;
	struct utrace_config config;
	bool hold;

	session_get_config(st->session, &config);
	hold = config.hold & UTRACE_EVENT(VFORK_DONE);
	if (!hold && !(config.record & UTRACE_EVENT(VFORK_DONE)))
		return UTRACE_RESUME;
	done = utrace_session_begin_event(st, UTRACE_EV_VFORK_DONE, sizeof(*done), &config);
	if (!done)
		return UTRACE_RESUME;
	done->child_pid = child;
	return utrace_session_post_event(st, &config, hold);
}

static void session_add_path(struct session_thread *st, struct session_buffer *buf,
			     const char *path)
{
	u32 len = strlen(path), all = len;
	struct utrace_item *item;
	void *to;

	to = utrace_session_add_item(st, buf, UTRACE_ITEM_PATH, &len, &item);
	if (!to)
		return;
	memcpy(to, path, len);
	item->total = all;
	if (len < all)
		item->flags |= UTRACE_ITEM_TRUNCATED;
	utrace_session_end_item(buf, item, len);
}

static enum utrace_action session_report_exec(struct utrace_engine *engine,
					      struct linux_binprm *bprm,
					      pid_t old_tid)
{
	struct session_thread *st = engine->data;
	struct utrace_session *s = st->session;
	u32 arch = utrace_syscall_arch(current), old_arch = st->arch;
	struct utrace_rec_exec *exec;
	struct utrace_config config;
	pid_t tid;
	bool hold;

	spin_lock(&s->lock);
	tid = st->tid;
	utrace_session_update_pids(st);
	spin_unlock(&s->lock);
	st->arch = arch;

	if (!utrace_session_may_stay(st)) {
		spin_lock(&s->lock);
		if (!session_forgotten(st))
			utrace_session_tell_detached(st, EPERM, UTRACE_DETACHED_CREDS);
		spin_unlock(&s->lock);
		return utrace_session_leave(st, EPERM);
	}

	session_get_config(s, &config);
	hold = config.hold & UTRACE_EVENT(EXEC);
	if (!hold && !(config.record & UTRACE_EVENT(EXEC)))
		return UTRACE_RESUME;

	exec = utrace_session_begin_event(st, UTRACE_EV_EXEC, sizeof(*exec), &config);
	if (!exec)
		return UTRACE_RESUME;
	exec->old_tid = tid;
	exec->arch = arch;
	if (bprm->secureexec)
		exec->flags |= UTRACE_EXEC_SECURE;
	if (arch != old_arch)
		exec->flags |= UTRACE_EXEC_ARCH;
	strscpy_pad((char *)exec->comm, current->comm, sizeof(exec->comm));
	session_add_path(st, &st->event_rec, bprm->filename);
	return utrace_session_post_event(st, &config, hold);
}

/*
 * System calls
 */

/*
 * Begin the record of the call that the thread is in, or go on with it: what was captured
 * at the entry stays.  False: the thread dies, and its last record still waits.
 */
static bool session_call_record(struct session_thread *st, u16 type,
				const struct utrace_config *config)
{
	const struct utrace_syscall *call = utrace_syscall(st->engine);
	struct session_buffer *buf = &st->call_rec;
	struct utrace_rec_syscall *sc;
	struct utrace_record *rec;
	int i;

	if (!list_empty_careful(&buf->post.node)) {
		utrace_session_lose(st, sizeof(*sc));
		return false;
	}
	rec = buf->post.rec;
	sc = (void *)rec;
	memset(sc, 0, sizeof(*sc));
	utrace_session_head(st, rec, type, sizeof(*sc), config);
	if (st->call.items) {
		rec->size = st->call.items;
		rec->nr_items = st->call.nr_items;
		if (st->call.cut)
			rec->flags |= UTRACE_RECF_CUT;
	}
	sc->nr = call->nr;
	sc->arch = call->arch;
	for (i = 0; i < ARRAY_SIZE(sc->args); i++)
		sc->args[i] = call->args[i];
	sc->ip = call->ip;
	sc->sp = user_stack_pointer(task_pt_regs(current));
	sc->entry_time = utrace_session_clock(config, st->call.time);
	sc->entry_seq = st->call.entry_seq;
	return true;
}

/* What the rules of the call say, unless the session may not see the memory. */
static void session_capture(struct session_thread *st, const struct utrace_config *config,
			    bool exit, bool error, long result)
{
	const struct utrace_capture_rule *rules;
	unsigned int n;

	if (!st->call.table || !current->mm ||
	    !utrace_session_may_see(st, current->mm))
		return;
	rules = utrace_session_table_rules(st->call.table, utrace_syscall(st->engine)->nr,
					   &n);
	utrace_session_capture(st, &st->call_rec, rules, n, config, exit, error, result);
}

/*
 * Look up what is wanted of the call that the thread is in, unless that was done at its
 * entry.  The time of the entry tells calls apart: the sets of sessions ask for it.
 */
static void session_this_call(struct session_thread *st, const struct utrace_config *config)
{
	const struct utrace_syscall *syscall = utrace_syscall(st->engine);
	struct session_call *call = &st->call;

	if (call->time == syscall->time)
		return;
	if (call->flags & UTRACE_SC_WAITS)
		utrace_session_end_wait(st);
	utrace_session_table_put(call->table);
	*call = (struct session_call){ .time = syscall->time };
	call->flags = utrace_session_table_flags(st->session, syscall->arch, syscall->nr,
						 config, &call->table);
}

static enum utrace_action session_report_entry(struct utrace_engine *engine,
					       struct pt_regs *regs)
{
	struct session_thread *st = engine->data;
	struct session_call *call = &st->call;
	struct utrace_config config;
	bool hold;

	session_get_config(st->session, &config);
	session_this_call(st, &config);
	if (!call->flags)
		return UTRACE_RESUME;

	hold = call->flags & UTRACE_SC_HOLD_ENTRY;
	if (!(call->flags & SESSION_SC_AT_ENTRY))
		return UTRACE_RESUME;
	if (!session_call_record(st, UTRACE_EV_SYSCALL_ENTRY, &config))
		return UTRACE_RESUME;
	if (call->flags & SESSION_SC_RULES_ENTRY) {
		session_capture(st, &config, false, false, 0);
		call->items = st->call_rec.post.rec->size;
		call->nr_items = st->call_rec.post.rec->nr_items;
		call->cut = st->call_rec.post.rec->flags & UTRACE_RECF_CUT;
	}
	if (!hold && !(call->flags & UTRACE_SC_ENTRY)) {
		if (call->flags & UTRACE_SC_WAITS)
			utrace_session_note_wait(st);
		return UTRACE_RESUME;
	}
	if (hold)
		utrace_session_add_held(st, &st->call_rec, &config);
	call->told = true;
	return utrace_session_post(st, &st->call_rec, &config, hold);
}

/*
 * A call has returned of which only the record is wanted.  False: look closer, because
 * something was done at its entry, for example.
 */
static bool session_return_plain(struct session_thread *st, struct pt_regs *regs,
				 enum utrace_action *action)
{
	const struct utrace_syscall *syscall = utrace_syscall(st->engine);
	const struct session_plain *plain;
	long error, result;
	bool done = false;

	if (st->call.time == syscall->time || (st->call.flags & UTRACE_SC_WAITS) ||
	    syscall->arch != ARCH_UTRACE_AUDIT ||
	    (unsigned long)syscall->nr >= UTRACE_SYSCALL_MAX)
		return false;
	rcu_read_lock();
	plain = rcu_dereference(st->session->plain);
	if (plain && test_bit(syscall->nr, plain->calls)) {
		error = syscall_get_error(current, regs);
		result = error ?: syscall_get_return_value(current, regs);
		done = utrace_session_post_call(st, &plain->config, syscall, error, result,
						action);
	}
	rcu_read_unlock();
	return done;
}

/*
 * The same of any call.  If nothing was to be done at its entry, this is the first look.  A
 * function of its own, because its stack is cleared first.
 */
static noinline enum utrace_action session_return(struct utrace_engine *engine,
						  struct pt_regs *regs)
{
	struct session_thread *st = engine->data;
	struct session_call *call = &st->call;
	struct utrace_config config;
	struct utrace_rec_syscall *sc;
	long error, result;
	bool hold;

	session_get_config(st->session, &config);
	session_this_call(st, &config);
	if (!call->flags)
		return UTRACE_RESUME;
	if (call->flags & UTRACE_SC_WAITS)
		utrace_session_end_wait(st);
	error = syscall_get_error(current, regs);
	result = error ?: syscall_get_return_value(current, regs);
	if (call->flags & UTRACE_SC_COUNT)
		utrace_session_count(st->session, utrace_syscall(engine)->arch,
				     utrace_syscall(engine)->nr, error,
				     ktime_get_ns() - call->time);

	hold = call->flags & UTRACE_SC_HOLD_EXIT;
	if (!hold && (!(call->flags & UTRACE_SC_RECORD) ||
		      ((call->flags & UTRACE_SC_ERRORS) && !error)))
		return UTRACE_RESUME;
	/* The record of the entry is in the ring since, and this is its number. */
	if (call->told && list_empty_careful(&st->call_rec.post.node))
		call->entry_seq = st->call_rec.post.rec->seq;
	if (!session_call_record(st, UTRACE_EV_SYSCALL, &config))
		return UTRACE_RESUME;
	sc = (void *)st->call_rec.post.rec;
	sc->result = result;
	if (error)
		sc->head.flags |= UTRACE_RECF_ERROR;
	if (call->flags & SESSION_SC_RULES_EXIT)
		session_capture(st, &config, true, error, result);
	if (hold)
		utrace_session_add_held(st, &st->call_rec, &config);
	return utrace_session_post(st, &st->call_rec, &config, hold);
}

static enum utrace_action session_report_return(struct utrace_engine *engine,
						struct pt_regs *regs)
{
	enum utrace_action action;

	if (likely(session_return_plain(engine->data, regs, &action)))
		return action;
	return session_return(engine, regs);
}

/*
 * The end
 */

/* The thread ends in a system call: if nobody has told of that call, this does. */
static void session_end_call(struct session_thread *st, const struct utrace_config *config)
{
	struct session_call *call = &st->call;

	if (!utrace_in_syscall(st->engine))
		return;
	session_this_call(st, config);
	if (call->flags & UTRACE_SC_WAITS)
		utrace_session_end_wait(st);
	if (!(call->flags & UTRACE_SC_RECORD) || call->told ||
	    (call->flags & UTRACE_SC_ERRORS))
		return;
	if (!session_call_record(st, UTRACE_EV_SYSCALL_ENTRY, config))
		return;
	st->call_rec.post.rec->flags |= UTRACE_RECF_UNFINISHED;
	utrace_session_tell(st, &st->call_rec.post);
}

static void session_exit_record(struct session_thread *st, struct session_words *words,
				u16 type, int status, const struct utrace_config *config)
{
	memset(&words->rec.exit, 0, sizeof(words->rec.exit));
	utrace_session_head(st, &words->rec.head, type, sizeof(words->rec.exit), config);
	words->rec.exit.status = status;
}

/* A held thread comes to its exit only if it was killed, which has ended the hold. */
static void session_end_hold(struct session_thread *st)
{
	struct utrace_session *s = st->session;

	spin_lock(&s->lock);
	if (!session_forgotten(st))
		utrace_session_unhold(st);
	spin_unlock(&s->lock);
}

/* A full ring does not delay an exit: nothing could kill such a thread. */
static enum utrace_action session_report_exit(struct utrace_engine *engine,
					      long code)
{
	struct session_thread *st = engine->data;
	struct utrace_config config;
	bool hold;

	session_end_hold(st);
	session_get_config(st->session, &config);
	session_end_call(st, &config);
	hold = config.hold & UTRACE_EVENT(EXIT);
	if (!hold && !(config.record & UTRACE_EVENT(EXIT)))
		return UTRACE_RESUME;
	session_exit_record(st, &st->exit, UTRACE_EV_EXIT, code, &config);
	if (hold)
		return utrace_session_hold_last(st, &st->exit);
	utrace_session_tell(st, &st->exit.post);
	return UTRACE_RESUME;
}

/*
 * Is current the old leader of a process in which another thread makes an exec, and
 * takes over its id?  de_thread() waits for the leader's exit_state, but not for the
 * report of its death: it may have made the thread the leader already, and then
 * forgotten that it was it who made the exec.  So look in the other order.
 * *@successor: cookie of the other thread.
 */
static bool session_superseded(struct session_thread *st, u64 *successor)
{
	struct task_struct *exec, *leader;
	struct utrace_session *s = st->session;
	struct session_thread *next;
	bool superseded;

	/* Ids that the session does not see are 0. */
	if (!st->tid || st->pid != st->tid)
		return false;
	rcu_read_lock();
	exec = READ_ONCE(current->signal->group_exec_task);
	smp_rmb();	/* pairs with the locks between the two in de_thread() */
	leader = READ_ONCE(current->group_leader);
	if (!exec || exec == current)
		exec = leader;
	superseded = exec != current;
	if (superseded) {
		spin_lock(&s->lock);
		next = utrace_session_find_task(s, exec);
		if (next)
			*successor = next->cookie;
		spin_unlock(&s->lock);
	}
	rcu_read_unlock();
	return superseded;
}

static enum utrace_action session_report_death(struct utrace_engine *engine,
					       bool group_dead)
{
	struct session_thread *st = engine->data;
	struct signal_struct *signal = current->signal;
	struct utrace_session *s = st->session;
	int status = current->exit_code;
	struct utrace_config config;
	u64 successor = 0;

	/* As wait_task_zombie() has it. */
	if (signal->flags & SIGNAL_GROUP_EXIT)
		status = signal->group_exit_code;

	session_get_config(s, &config);
	if (config.record & UTRACE_EVENT(DEATH)) {
		session_exit_record(st, &st->death, UTRACE_EV_DEATH, status, &config);
		st->death.rec.exit.group_dead = group_dead;
		if (session_superseded(st, &successor)) {
			st->death.rec.head.flags |= UTRACE_RECF_SUPERSEDED;
			st->death.rec.exit.successor = successor;
		}
		utrace_session_tell(st, &st->death.post);
	}
	if (!(config.record & UTRACE_EVENT(REAP)))
		return utrace_session_leave(st, ESRCH);

	/* An order will not be carried out any more. */
	spin_lock(&s->lock);
	if (!session_forgotten(st))
		utrace_session_end_order(st, ESRCH, 0, NULL);
	spin_unlock(&s->lock);
	utrace_session_wake(s);
	return UTRACE_RESUME;
}

static void session_report_reap(struct utrace_engine *engine)
{
	struct session_thread *st = engine->data;
	struct utrace_config config;

	session_get_config(st->session, &config);
	if (config.record & UTRACE_EVENT(REAP)) {
		utrace_session_head(st, &st->last.rec.head, UTRACE_EV_REAP,
				    sizeof(struct utrace_record), &config);
		utrace_session_tell(st, &st->last.post);
	}
	utrace_session_leave(st, ESRCH);
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
	.report_called		= session_report_called,
	.report_clone		= session_report_clone,
	.report_vfork_done	= session_report_vfork_done,
	.report_exec		= session_report_exec,
	.report_exit		= session_report_exit,
	.report_death		= session_report_death,
	.report_reap		= session_report_reap,
	.report_syscall_entry	= session_report_entry,
	.report_syscall_exit	= session_report_return,
	.report_step		= utrace_session_report_step,
	.report_signal		= utrace_session_report_signal,
	.report_handler		= utrace_session_report_handler,
	.report_group_stop	= utrace_session_report_group_stop,
	.report_group_cont	= utrace_session_report_group_cont,
	.describe		= session_describe,
	.unsafe_exec		= utrace_session_unsafe_exec,
	.release		= utrace_session_thread_release,
};
