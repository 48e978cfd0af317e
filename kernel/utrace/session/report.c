// SPDX-License-Identifier: GPL-2.0-only
/*
 * utrace sessions: what a session's engines are told, and the records made of it
 *
 * Everything here runs in traced threads, but for session_attach(),
 * session_drop() and what they call.  See session.c for locks and
 * lifetimes.
 */

#include <linux/binfmts.h>
#include <linux/cred.h>
#include <linux/mm.h>
#include <linux/pid.h>
#include <linux/pid_namespace.h>
#include <linux/proc_fs.h>
#include <linux/ptrace.h>
#include <linux/sched/coredump.h>
#include <linux/sched/signal.h>
#include <linux/security.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/timekeeping.h>
#include <linux/uaccess.h>

#include <asm/syscall.h>

#include "session.h"

static const struct utrace_engine_ops session_engine_ops;

/*
 * Records
 */

/*
 * A zeroed record of @size bytes, of which the first is &struct utrace_record;
 * NULL without memory, for session_post() to count.
 */
static struct session_record *session_record(struct session_thread *st, u16 type,
					     size_t size)
{
	struct session_record *rec;

	rec = kvzalloc(offsetof(struct session_record, head) + ALIGN(size, 8),
		       GFP_KERNEL_ACCOUNT);
	if (!rec)
		return NULL;
	rec->head.size = ALIGN(size, 8);
	rec->head.type = type;
	rec->head.time = ktime_get_ns();
	rec->head.thread = st->cookie;
	return rec;
}

/*
 * Put @rec, which may be NULL, into the queue.  @keep: even if the session would
 * rather lose it.  Returns whether it is there; if not it is the caller's, to be
 * freed without the lock.
 *
 * Threads that find the queue full wait, but dying ones do not, and each of many
 * may find it not quite full; hence the bound beyond the bound.
 */
static bool session_queue(struct session_thread *st, struct session_record *rec,
			  bool keep)
{
	struct utrace_session *s = st->session;

	lockdep_assert_held(&s->lock);

	if (!rec || (!keep && session_full(s) &&
		     ((s->config.flags & UTRACE_CONFIG_DROP) ||
		      s->queued >= s->config.queue_bytes + UTRACE_QUEUE_MAX))) {
		s->lost++;
		s->lost_here++;
		wake_up_interruptible(&s->wait);
		return false;
	}

	rec->lost = s->lost_here;
	if (rec->lost)
		s->seq++;	/* the record that tells of them */
	s->lost_here = 0;
	rec->head.seq = ++s->seq;
	rec->head.pid = st->pid;
	rec->head.tid = st->tid;
	s->queued += session_record_size(rec);
	list_add_tail(&rec->node, &s->records);
	wake_up_interruptible(&s->wait);
	return true;
}

static bool session_forgotten(struct session_thread *st)
{
	lockdep_assert_held(&st->session->lock);

	return hlist_unhashed(&st->by_task);
}

void session_hold(struct session_thread *st)
{
	lockdep_assert_held(&st->session->lock);

	if (!st->held) {
		st->held = true;
		st->session->nr_held++;
	}
}

void session_unhold(struct session_thread *st)
{
	lockdep_assert_held(&st->session->lock);

	if (st->held) {
		st->held = false;
		st->session->nr_held--;
	}
}

/*
 * Must the thread wait?  If so, what was released before now was about an
 * earlier event.
 */
static enum utrace_action session_throttle(struct session_thread *st)
{
	struct utrace_session *s = st->session;

	lockdep_assert_held(&s->lock);

	if (session_full(s) && !(s->config.flags & UTRACE_CONFIG_DROP) &&
	    !st->starved) {
		st->starved = true;
		list_add_tail(&st->starving, &s->starving);
	}
	if (!st->held && !st->starved)
		return UTRACE_RESUME;
	if (!utrace_will_stop(st->engine))
		return UTRACE_STOP;

	/* The user holds too many already: the queue grows, to its limit. */
	if (st->starved) {
		st->starved = false;
		list_del(&st->starving);
	}
	session_unhold(st);
	return UTRACE_RESUME;
}

/*
 * The end of a callback: queue @rec, decide whether the thread is to wait.
 * @hold: the event holds it, if anybody hears of it.
 */
static enum utrace_action session_post(struct session_thread *st,
				       struct session_record *rec, bool hold)
{
	struct utrace_session *s = st->session;
	enum utrace_action action;

	spin_lock(&s->lock);
	if (session_forgotten(st)) {
		action = UTRACE_DETACH;
	} else {
		/* On its way into a hold already: that is to be released first. */
		hold &= !st->held;
		if (rec && hold) {
			if (!utrace_will_stop(st->engine)) {
				rec->head.flags |= UTRACE_REC_HELD;
			} else {
				rec->head.flags |= UTRACE_REC_LIMIT;
				hold = false;
			}
		}
		if (session_queue(st, rec, false)) {
			rec = NULL;
			if (hold)
				session_hold(st);
		}
		action = session_throttle(st);
	}
	spin_unlock(&s->lock);
	kvfree(rec);
	return action;
}

/* As session_post(), of a thread that cannot wait any more, or need not. */
static void session_tell(struct session_thread *st, struct session_record *rec)
{
	spin_lock(&st->session->lock);
	if (!session_forgotten(st) && session_queue(st, rec, false))
		rec = NULL;
	spin_unlock(&st->session->lock);
	kvfree(rec);
}

static bool session_records(struct utrace_session *s, unsigned long event)
{
	return READ_ONCE(s->config.record) & event;
}

static bool session_holds(struct utrace_session *s, unsigned long event)
{
	return READ_ONCE(s->config.hold) & event;
}

/*
 * Threads
 */

struct session_thread *session_find_task(struct utrace_session *s,
					 struct task_struct *task)
{
	struct session_thread *st;

	lockdep_assert_held(&s->lock);

	hash_for_each_possible(s->by_task, st, by_task, (unsigned long)task)
		if (st->task == task)
			return st;
	return NULL;
}

struct session_thread *session_find_cookie(struct utrace_session *s, u64 cookie)
{
	struct session_thread *st;

	lockdep_assert_held(&s->lock);

	hash_for_each_possible(s->by_cookie, st, by_cookie, cookie)
		if (st->cookie == cookie)
			return st;
	return NULL;
}

/*
 * Remove @st from the session.  Returns the session's reference to the engine
 * for the caller to put, unless somebody else has been faster.
 */
struct utrace_engine *session_forget(struct session_thread *st)
{
	struct utrace_session *s = st->session;

	lockdep_assert_held(&s->lock);

	if (session_forgotten(st))
		return NULL;
	hash_del(&st->by_task);
	hash_del(&st->by_cookie);
	session_unhold(st);
	if (st->starved)
		list_del(&st->starving);
	st->starved = false;
	s->nr_threads--;
	wake_up_interruptible(&s->wait);	/* perhaps it was the last */
	return st->engine;
}

/* From a callback: the session has no more to do with this thread. */
static enum utrace_action session_leave(struct session_thread *st)
{
	struct utrace_engine *engine;

	spin_lock(&st->session->lock);
	engine = session_forget(st);
	spin_unlock(&st->session->lock);
	if (engine)
		utrace_engine_put(engine);
	return UTRACE_DETACH;
}

/*
 * Detach from the threads that call number @attach has brought; from all if it
 * is 0.
 */
void session_drop(struct utrace_session *s, u64 attach)
{
	struct session_thread *st;
	struct hlist_node *next;
	HLIST_HEAD(gone);
	int bucket;

	spin_lock(&s->lock);
	hash_for_each_safe(s->by_task, bucket, next, st, by_task) {
		if (attach && st->attach != attach)
			continue;
		session_forget(st);
		utrace_control(st->engine, UTRACE_DETACH);
		hlist_add_head(&st->by_cookie, &gone);
	}
	spin_unlock(&s->lock);

	/* A callback that runs now finds itself forgotten. */
	hlist_for_each_entry_safe(st, next, &gone, by_cookie)
		utrace_engine_put(st->engine);
}

static void session_thread_release(void *data)
{
	struct session_thread *st = data;

	put_cred(st->cred);
	session_put(st->session);
	kfree(st);
}

static void session_update_pids(struct session_thread *st)
{
	st->pid = task_tgid_nr_ns(st->task, st->session->ns);
	st->tid = task_pid_nr_ns(st->task, st->session->ns);
}

static struct session_thread *session_thread(struct utrace_session *s,
					     struct task_struct *task,
					     const struct cred *cred)
{
	struct session_thread *st = kzalloc(sizeof(*st), GFP_KERNEL_ACCOUNT);

	if (!st)
		return NULL;
	refcount_inc(&s->ref);
	st->session = s;
	st->task = task;
	st->cred = get_cred(cred);
	session_update_pids(st);
	return st;
}

/* May a thread join?  -EEXIST: it has, and *@cookie is its. */
static int session_may_join(struct utrace_session *s, struct task_struct *task,
			    struct session_thread *maker, u64 *cookie)
{
	struct session_thread *st;

	lockdep_assert_held(&s->lock);

	if (s->closed || (maker && session_forgotten(maker)))
		return -ESHUTDOWN;
	st = session_find_task(s, task);
	if (!st)
		return 0;
	*cookie = st->cookie;
	return -EEXIST;
}

/*
 * Attach the session to one thread, on behalf of current, or of the thread
 * @maker that has made it.  *@cookie is its on success, and with -EEXIST.
 *
 * A new thread is attached both by its maker's report_clone and by an attach to
 * its process, if both are under way.  An engine without events does no harm,
 * so each makes one, and under the lock the first one joins.
 */
int session_attach(struct utrace_session *s, struct task_struct *task,
		   struct session_thread *maker, bool follow, u64 attach,
		   u64 *cookie)
{
	struct session_record *rec = NULL;
	struct utrace_engine *engine;
	struct session_thread *st;
	int ret;

	st = session_thread(s, task, maker ? maker->cred : current_cred());
	if (!st)
		return -ENOMEM;
	st->follow = follow;
	st->attach = attach;

	engine = utrace_attach_task(task, &session_engine_ops, st);
	if (IS_ERR(engine)) {
		session_thread_release(st);
		return PTR_ERR(engine);
	}
	st->engine = engine;
	st->cookie = utrace_cookie(engine);
	if (!maker)
		rec = session_record(st, UTRACE_REC_ATTACHED,
				     sizeof(struct utrace_record));

	spin_lock(&s->lock);
	ret = session_may_join(s, task, maker, cookie);
	if (!ret)
		ret = utrace_set_events(engine, s->events);
	if (!ret) {
		/* The first event's record waits for the lock, behind ours. */
		hash_add(s->by_task, &st->by_task, (unsigned long)task);
		hash_add(s->by_cookie, &st->by_cookie, st->cookie);
		s->nr_threads++;
		s->ever_attached = true;
		*cookie = st->cookie;
		if (!maker && session_queue(st, rec, false))
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
	struct session_record *rec;

	rec = session_record(st, UTRACE_EV_QUIESCE, sizeof(struct utrace_record));

	spin_lock(&s->lock);
	if (session_forgotten(st)) {
		action = UTRACE_DETACH;
	} else if (st->hold_asked || st->report_asked) {
		/* Ordered, so it is held and told of in any case. */
		if (st->hold_asked)
			session_hold(st);
		if (rec && st->held)
			rec->head.flags |= UTRACE_REC_HELD;
		st->hold_asked = false;
		st->report_asked = false;
		if (session_queue(st, rec, true))
			rec = NULL;
		action = session_throttle(st);
	}
	/* Else it was released before it came here. */
	spin_unlock(&s->lock);
	kvfree(rec);
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
		session_attach(s, child, st, st->follow, st->attach, &cookie);

	if (!session_records(s, UTRACE_EVENT(CLONE))) {
		enum utrace_action action = UTRACE_DETACH;

		/* Exits do not wait for the reader; so who makes the exiting does. */
		spin_lock(&s->lock);
		if (!session_forgotten(st))
			action = session_throttle(st);
		spin_unlock(&s->lock);
		return action;
	}

	rec = session_record(st, UTRACE_EV_CLONE, sizeof(*clone));
	if (rec) {
		clone = session_record_of(rec, struct utrace_rec_clone);
		clone->child = cookie;
		clone->clone_flags = clone_flags;
		clone->child_pid = task_tgid_nr_ns(child, s->ns);
		clone->child_tid = task_pid_nr_ns(child, s->ns);
	}
	return session_post(st, rec, session_holds(s, UTRACE_EVENT(CLONE)));
}

static bool session_is_capable(const struct session_thread *st,
			       struct user_namespace *ns)
{
	return !security_capable(st->cred, ns, CAP_SYS_PTRACE, CAP_OPT_NOAUDIT);
}

/*
 * ptrace sets LSM_UNSAFE_PTRACE, but with that alone the security modules look
 * for the ptracer's credentials, find no ptracer, and let the exec pass.  With
 * LSM_UNSAFE_SHARE they do not.
 */
static unsigned int session_unsafe_exec(struct utrace_engine *engine)
{
	struct session_thread *st = engine->data;

	return session_is_capable(st, current_user_ns()) ?
		0 : LSM_UNSAFE_PTRACE | LSM_UNSAFE_SHARE;
}

/* May the session see @current's memory?  As ptrace_access_vm() has it. */
static bool session_may_read(const struct session_thread *st)
{
	struct mm_struct *mm = current->mm;

	return get_dumpable(mm) == SUID_DUMP_USER ||
	       session_is_capable(st, mm->user_ns);
}

/*
 * May the session stay on the program that current has just begun?  As
 * __ptrace_may_access(), which cannot be asked: it takes the caller, and here
 * that is the thread itself.
 */
static bool session_may_stay(const struct session_thread *st)
{
	const struct cred *cred = st->cred, *tcred = current_cred(), *own;
	int error;

	if (!session_is_capable(st, tcred->user_ns) &&
	    !(uid_eq(cred->uid, tcred->euid) &&
	      uid_eq(cred->uid, tcred->suid) &&
	      uid_eq(cred->uid, tcred->uid) &&
	      gid_eq(cred->gid, tcred->egid) &&
	      gid_eq(cred->gid, tcred->sgid) &&
	      gid_eq(cred->gid, tcred->gid)))
		return false;
	if (!session_may_read(st))
		return false;

	/* Security modules take the subject from here, the object from real_cred. */
	own = override_creds(cred);
	error = security_ptrace_access_check(current, PTRACE_MODE_ATTACH_REALCREDS);
	revert_creds(own);
	return !error;
}

static enum utrace_action session_report_exec(struct utrace_engine *engine,
					      struct linux_binprm *bprm,
					      pid_t old_tid)
{
	struct session_thread *st = engine->data;
	struct utrace_session *s = st->session;
	struct utrace_rec_detached *detached;
	struct utrace_rec_exec *exec;
	struct session_record *rec;
	pid_t tid;

	spin_lock(&s->lock);
	tid = st->tid;
	session_update_pids(st);
	spin_unlock(&s->lock);

	if (!session_may_stay(st)) {
		rec = session_record(st, UTRACE_REC_DETACHED, sizeof(*detached));
		if (rec) {
			detached = session_record_of(rec, struct utrace_rec_detached);
			detached->error = EPERM;
		}
		session_tell(st, rec);
		return session_leave(st);
	}

	if (!session_records(s, UTRACE_EVENT(EXEC)))
		return UTRACE_RESUME;

	rec = session_record(st, UTRACE_EV_EXEC, sizeof(*exec));
	if (rec) {
		exec = session_record_of(rec, struct utrace_rec_exec);
		exec->old_tid = tid;
		strscpy_pad((char *)exec->comm, current->comm, sizeof(exec->comm));
	}
	return session_post(st, rec, session_holds(s, UTRACE_EVENT(EXEC)));
}

static struct session_record *session_exit_record(struct session_thread *st,
						  u16 type, int status,
						  bool group_dead)
{
	struct utrace_rec_exit *exit;
	struct session_record *rec;

	rec = session_record(st, type, sizeof(*exit));
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

	session_tell(st, session_exit_record(st, UTRACE_EV_EXIT, code, false));
	return UTRACE_RESUME;
}

static enum utrace_action session_report_death(struct utrace_engine *engine,
					       bool group_dead)
{
	struct session_thread *st = engine->data;
	struct signal_struct *signal = current->signal;
	struct utrace_session *s = st->session;
	int status = current->exit_code;

	/* As wait_task_zombie() has it. */
	if (signal->flags & SIGNAL_GROUP_EXIT)
		status = signal->group_exit_code;

	if (session_records(s, UTRACE_EVENT(DEATH)))
		session_tell(st, session_exit_record(st, UTRACE_EV_DEATH, status,
						     group_dead));
	if (session_records(s, UTRACE_EVENT(REAP)))
		return UTRACE_RESUME;
	return session_leave(st);
}

static void session_report_reap(struct utrace_engine *engine)
{
	struct session_thread *st = engine->data;

	session_tell(st, session_record(st, UTRACE_EV_REAP,
					sizeof(struct utrace_record)));
	session_leave(st);
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
		flags = (unsigned long)nr < table->nr ? table->entries[nr] : 0;
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
	if (!exit && arg < 5 && (flags & UTRACE_SC_BUFFER(arg)))
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
	u32 arch = syscall_get_arch(current);
	struct utrace_rec_syscall *sc;
	struct session_record *rec;
	long result = 0, error = 0;
	size_t room[6], size;
	u32 flags;
	int arg;

	flags = session_syscall_flags(s, arch, call->nr);
	if (!(flags & UTRACE_SC_REPORT))
		return UTRACE_RESUME;
	if (flags != UTRACE_SC_REPORT && !session_may_read(st))
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

	rec = session_record(st, exit ? UTRACE_EV_SYSCALL_EXIT
				      : UTRACE_EV_SYSCALL_ENTRY, size);
	if (rec) {
		sc = session_record_of(rec, struct utrace_rec_syscall);
		sc->nr = call->nr;
		sc->arch = arch;
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
	return session_post(st, rec, session_holds(s, event));
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

static const struct utrace_engine_ops session_engine_ops = {
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
	.unsafe_exec		= session_unsafe_exec,
	.release		= session_thread_release,
};
