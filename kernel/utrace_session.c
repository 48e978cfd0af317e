// SPDX-License-Identifier: GPL-2.0-only
/*
 * utrace sessions: /dev/utrace, the user-space interface
 *
 * include/uapi/linux/utrace.h says what user space sees.  An open file is a
 * session; it has one engine on each of its threads, and the engine's callbacks
 * put records into the session's queue.  A callback never waits for the reader:
 * if the thread is to wait - because the event holds it, or because the queue
 * is full - the callback answers UTRACE_STOP, and read() or ioctl() resume it.
 *
 * Lifetime: a session is referenced by its file and by each of its
 * session_threads; a session_thread is its engine's data, and goes with the
 * engine's last reference.  Closing the file detaches the engines without
 * waiting for callbacks; those find the session closed.
 *
 * Lock: session->lock protects all of the session and of its session_threads.
 * Taken in process context only, outside of utrace->lock; callbacks are made
 * with neither.
 */

#include <linux/audit.h>
#include <linux/binfmts.h>
#include <linux/cred.h>
#include <linux/fs.h>
#include <linux/hashtable.h>
#include <linux/ioctl.h>
#include <linux/list.h>
#include <linux/miscdevice.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/pid.h>
#include <linux/pid_namespace.h>
#include <linux/poll.h>
#include <linux/ptrace.h>
#include <linux/sched/coredump.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/security.h>
#include <linux/slab.h>
#include <linux/timekeeping.h>
#include <linux/uaccess.h>
#include <linux/utrace.h>
#include <linux/wait.h>
#include <uapi/linux/pidfd.h>

#include <asm/syscall.h>
#include <asm/utrace.h>

#define SESSION_HASH_BITS	6
#define SESSION_QUEUE_DEFAULT	(1u << 20)
#define SESSION_TABLES_MAX	16
#define SESSION_ATTACH_BATCH	32

#define SESSION_RECORD_EVENTS	(UTRACE_EVENTS_ALL & ~UTRACE_EVENT(QUIESCE))
#define SESSION_HOLD_EVENTS	(UTRACE_EVENTS_SYSCALL | UTRACE_EVENT(CLONE) | \
				 UTRACE_EVENT(EXEC))

/*
 * What every engine asks for, recorded or not: CLONE to follow new threads,
 * EXEC to check credentials, DEATH to let go, QUIESCE for UTRACE_OP_HOLD.
 */
#define SESSION_OWN_EVENTS	(UTRACE_EVENT(QUIESCE) | UTRACE_EVENT(CLONE) | \
				 UTRACE_EVENT(EXEC) | UTRACE_EVENT(DEATH))

/**
 * struct session_table - which system calls of one arch report, and what
 * @node: in session->tables; read under RCU
 * @rcu: frees it
 * @arch: AUDIT_ARCH_*
 * @nr: entries
 * @entries: UTRACE_SC_*, by number
 */
struct session_table {
	struct list_head node;
	struct rcu_head rcu;
	u32 arch;
	u32 nr;
	u32 entries[] __counted_by(nr);
};

/**
 * struct utrace_session - an open file of /dev/utrace
 * @ref: one for the file, one for each session_thread
 * @lock: protects everything below
 * @ns: pids in records are seen from here; constant
 * @wait: readers
 * @read_mutex: one reader at a time, so that records leave in order; outside
 *	of @lock
 * @closed: the file is gone; no thread joins and no record is queued any more
 * @ever_attached: there was a thread, so having none is an end
 * @events: mask for the engines, made from @config
 * @config: the last UTRACE_IOC_CONFIG
 * @tables: of &struct session_table
 * @nr_tables: how many
 * @records: the queue, of &struct session_record
 * @queued: bytes in it
 * @seq: number of the last record
 * @lost: records lost in all
 * @lost_here: those of them that no record has told of yet
 * @nr_threads: in @by_task
 * @nr_held: session_threads with ->held
 * @by_task: all session_threads, by task pointer
 * @by_cookie: those that are attached, by cookie
 * @starving: held because the queue is full
 */
struct utrace_session {
	refcount_t ref;
	spinlock_t lock;
	struct pid_namespace *ns;
	wait_queue_head_t wait;
	struct mutex read_mutex;

	bool closed;
	bool ever_attached;
	unsigned long events;
	struct utrace_config config;
	struct list_head tables;
	unsigned int nr_tables;

	struct list_head records;
	size_t queued;
	u64 seq;
	u64 lost;
	u64 lost_here;

	unsigned int nr_threads;
	unsigned int nr_held;
	DECLARE_HASHTABLE(by_task, SESSION_HASH_BITS);
	DECLARE_HASHTABLE(by_cookie, SESSION_HASH_BITS);
	struct list_head starving;
};

/**
 * struct session_thread - a session's attachment to one thread
 * @session: referenced; constant
 * @task: key of session->by_task; valid while in it; constant
 * @cred: of whoever attached it, or its ancestor; constant
 * @follow: processes that it makes belong to the session, too; constant
 * @engine: NULL until attached; the session's reference while in by_task
 * @cookie: key of session->by_cookie
 * @pid: its process, in session->ns
 * @tid: its own id there
 * @held: until UTRACE_OP_RELEASE: stopped, or bound to stop
 * @starved: until the queue has room; in session->starving
 * @hold_asked: UTRACE_OP_HOLD waits for the thread's report_quiesce
 * @report_asked: UTRACE_OP_INTERRUPT does
 * @by_task: in session->by_task
 * @by_cookie: in session->by_cookie
 * @starving: in session->starving
 */
struct session_thread {
	struct utrace_session *session;
	struct task_struct *task;
	const struct cred *cred;
	bool follow;

	struct utrace_engine *engine;
	u64 cookie;
	pid_t pid;
	pid_t tid;
	bool held;
	bool starved;
	bool hold_asked;
	bool report_asked;
	struct hlist_node by_task;
	struct hlist_node by_cookie;
	struct list_head starving;
};

/**
 * struct session_record - a record in the queue
 * @node: in session->records
 * @lost: records lost right before this one; told in a record of its own
 * @head: what user space gets, head.size bytes
 */
struct session_record {
	struct list_head node;
	u64 lost;
	struct utrace_record head;
};

static const struct utrace_engine_ops session_engine_ops;

static void session_put(struct utrace_session *s)
{
	struct session_table *table, *next;

	if (!refcount_dec_and_test(&s->ref))
		return;
	list_for_each_entry_safe(table, next, &s->tables, node)
		kvfree_rcu(table, rcu);
	put_pid_ns(s->ns);
	kfree(s);
}

/*
 * Records
 */

/* A zeroed record of @size bytes, of which the first is &struct utrace_record;
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

#define session_record_of(rec, type) container_of(&(rec)->head, type, head)

/* Bytes that read() will give for @rec. */
static size_t session_record_size(const struct session_record *rec)
{
	return rec->head.size + (rec->lost ? sizeof(struct utrace_rec_lost) : 0);
}

static bool session_full(struct utrace_session *s)
{
	lockdep_assert_held(&s->lock);

	return s->queued >= s->config.queue_bytes;
}

/* Put @rec, which may be NULL, into the queue.  Returns whether it is there. */
static bool session_queue(struct session_thread *st, struct session_record *rec)
{
	struct utrace_session *s = st->session;

	lockdep_assert_held(&s->lock);

	if (rec && session_full(s) && (s->config.flags & UTRACE_CONFIG_DROP)) {
		kvfree(rec);
		rec = NULL;
	}
	if (!rec) {
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

static void session_hold(struct session_thread *st)
{
	lockdep_assert_held(&st->session->lock);

	if (!st->held) {
		st->held = true;
		st->session->nr_held++;
	}
}

/*
 * The end of every callback: queue @rec, decide whether the thread is to wait.
 * @hold: the event holds it, if anybody hears of it.
 */
static enum utrace_action session_post(struct session_thread *st,
				       struct session_record *rec, bool hold)
{
	struct utrace_session *s = st->session;
	enum utrace_action action = UTRACE_RESUME;

	spin_lock(&s->lock);
	if (session_forgotten(st)) {
		spin_unlock(&s->lock);
		kvfree(rec);
		return UTRACE_DETACH;
	}

	/* On its way into a hold already: that one has to be released first. */
	hold &= !st->held;
	if (rec && hold)
		rec->head.flags |= UTRACE_REC_HELD;
	if (session_queue(st, rec) && hold)
		session_hold(st);
	if (session_full(s) && !(s->config.flags & UTRACE_CONFIG_DROP) &&
	    !st->starved) {
		st->starved = true;
		list_add_tail(&st->starving, &s->starving);
	}
	if (st->held || st->starved)
		action = UTRACE_STOP;
	spin_unlock(&s->lock);
	return action;
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

static struct session_thread *session_find_task(struct utrace_session *s,
						struct task_struct *task)
{
	struct session_thread *st;

	lockdep_assert_held(&s->lock);

	hash_for_each_possible(s->by_task, st, by_task, (unsigned long)task)
		if (st->task == task)
			return st;
	return NULL;
}

static struct session_thread *session_find_cookie(struct utrace_session *s,
						  u64 cookie)
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
static struct utrace_engine *session_forget(struct session_thread *st)
{
	struct utrace_session *s = st->session;

	lockdep_assert_held(&s->lock);

	if (session_forgotten(st))
		return NULL;
	hash_del(&st->by_task);
	if (!hlist_unhashed(&st->by_cookie))
		hash_del(&st->by_cookie);
	if (st->held)
		s->nr_held--;
	st->held = false;
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

/* Detach from all threads of @leader's process; from all if it is NULL. */
static void session_drop(struct utrace_session *s, struct task_struct *leader)
{
	struct session_thread *st;
	struct hlist_node *next;
	HLIST_HEAD(gone);
	int bucket;

	spin_lock(&s->lock);
	hash_for_each_safe(s->by_task, bucket, next, st, by_task) {
		/* One that is being attached leaves by itself, if it must. */
		if (!st->engine ||
		    (leader && !same_thread_group(st->task, leader)))
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

/*
 * Attach the session to one thread.  @announce: with a record.
 *
 * The place in by_task is taken first: a new thread is attached both by its
 * maker's report_clone and by an attach to the process, whichever comes first.
 */
static int session_attach(struct utrace_session *s, struct task_struct *task,
			  const struct cred *cred, bool follow, bool announce,
			  u64 *cookie)
{
	struct session_record *rec = NULL;
	struct utrace_engine *engine;
	struct session_thread *st;
	int ret;

	st = kzalloc(sizeof(*st), GFP_KERNEL_ACCOUNT);
	if (!st)
		return -ENOMEM;
	st->session = s;
	st->task = task;
	st->cred = cred;
	st->follow = follow;
	session_update_pids(st);
	if (announce) {
		rec = session_record(st, UTRACE_REC_ATTACHED,
				     sizeof(struct utrace_record));
		if (!rec) {
			kfree(st);
			return -ENOMEM;
		}
	}

	spin_lock(&s->lock);
	ret = s->closed ? -ESHUTDOWN : session_find_task(s, task) ? -EEXIST : 0;
	if (!ret) {
		hash_add(s->by_task, &st->by_task, (unsigned long)task);
		s->nr_threads++;
	}
	spin_unlock(&s->lock);
	if (ret) {
		kvfree(rec);
		kfree(st);
		return ret;
	}

	/* From here on @st holds these; session_thread_release() gives them back. */
	refcount_inc(&s->ref);
	get_cred(cred);
	engine = utrace_attach_task(task, &session_engine_ops, st);
	if (IS_ERR(engine)) {
		spin_lock(&s->lock);
		session_forget(st);
		spin_unlock(&s->lock);
		kvfree(rec);
		session_thread_release(st);
		return PTR_ERR(engine);
	}

	/* A record of the first event waits for the lock, behind ATTACHED. */
	spin_lock(&s->lock);
	st->cookie = utrace_cookie(engine);
	ret = s->closed ? -ESHUTDOWN : utrace_set_events(engine, s->events);
	if (ret) {
		session_forget(st);
	} else {
		st->engine = engine;
		hash_add(s->by_cookie, &st->by_cookie, st->cookie);
		s->ever_attached = true;
		*cookie = st->cookie;
		if (rec) {
			rec->head.thread = st->cookie;
			session_queue(st, rec);
			rec = NULL;
		}
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
	struct session_record *rec;
	bool asked, hold;

	rec = session_record(st, UTRACE_EV_QUIESCE, sizeof(struct utrace_record));

	spin_lock(&s->lock);
	hold = st->hold_asked;
	asked = hold || st->report_asked;
	st->hold_asked = false;
	st->report_asked = false;
	spin_unlock(&s->lock);

	if (!asked) {	/* Released before it came here. */
		kvfree(rec);
		return UTRACE_RESUME;
	}
	return session_post(st, rec, hold);
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
	 * The child is a kernel's own thread, or there is no memory: it runs
	 * unfollowed, and the record says so.
	 */
	if ((clone_flags & CLONE_THREAD) || st->follow)
		session_attach(s, child, st->cred, st->follow, false, &cookie);

	if (!session_records(s, UTRACE_EVENT(CLONE)))
		return UTRACE_RESUME;

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

/*
 * May the session stay on the program that current has just begun?  As
 * __ptrace_may_access(), which cannot be asked: it takes the caller, and here
 * that is the thread itself.
 */
static bool session_may_stay(const struct session_thread *st)
{
	const struct cred *cred = st->cred, *tcred = current_cred();

	if (session_is_capable(st, tcred->user_ns))
		return true;
	return uid_eq(cred->uid, tcred->euid) &&
	       uid_eq(cred->uid, tcred->suid) &&
	       uid_eq(cred->uid, tcred->uid) &&
	       gid_eq(cred->gid, tcred->egid) &&
	       gid_eq(cred->gid, tcred->sgid) &&
	       gid_eq(cred->gid, tcred->gid) &&
	       get_dumpable(current->mm) == SUID_DUMP_USER;
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
		session_post(st, rec, false);
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
	struct session_record *rec;

	rec = session_exit_record(st, UTRACE_EV_EXIT, code, false);
	session_post(st, rec, false);
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
		session_post(st, session_exit_record(st, UTRACE_EV_DEATH, status,
						     group_dead), false);
	if (session_records(s, UTRACE_EVENT(REAP)))
		return UTRACE_RESUME;
	return session_leave(st);
}

static void session_report_reap(struct utrace_engine *engine)
{
	struct session_thread *st = engine->data;

	session_post(st, session_record(st, UTRACE_EV_REAP,
					sizeof(struct utrace_record)), false);
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

	cap->arg = arg;
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
	.unsafe_exec		= session_unsafe_exec,
	.release		= session_thread_release,
};

/*
 * ioctl()
 */

/*
 * Fetch a structure that begins with its size.  @min: size of its first
 * version.  *@usize: the caller's idea of it, for session_copy_out().
 */
static int session_copy_in(void *to, size_t ksize, size_t min,
			   void __user *from, u32 *usize)
{
	if (get_user(*usize, (u32 __user *)from))
		return -EFAULT;
	if (*usize < min || *usize > PAGE_SIZE)
		return *usize < min ? -EINVAL : -E2BIG;
	return copy_struct_from_user(to, ksize, from, *usize);
}

static int session_copy_out(void __user *to, const void *from, size_t ksize,
			    u32 usize)
{
	return copy_to_user(to, from, min_t(size_t, ksize, usize)) ? -EFAULT : 0;
}

static long session_info(struct utrace_session *s, void __user *arg)
{
	struct utrace_info info;
	u32 usize;
	int ret;

	ret = session_copy_in(&info, sizeof(info), sizeof(info), arg, &usize);
	if (ret)
		return ret;

	memset(&info, 0, sizeof(info));
	info.size = sizeof(info);
	info.api_version = UTRACE_API_VERSION;
	info.record_events = SESSION_RECORD_EVENTS;
	info.hold_events = SESSION_HOLD_EVENTS;
	info.arch = ARCH_UTRACE_AUDIT;
	spin_lock(&s->lock);
	info.threads = s->nr_threads;
	info.held = s->nr_held;
	info.queued = s->queued;
	info.lost = s->lost;
	spin_unlock(&s->lock);
	return session_copy_out(arg, &info, sizeof(info), usize);
}

/* Resume whoever waits for room in the queue, if there is enough of it. */
static void session_feed(struct utrace_session *s)
{
	struct session_thread *st, *next;

	lockdep_assert_held(&s->lock);

	/* Half empty, so that producers and reader do not take turns. */
	if (s->queued > s->config.queue_bytes / 2 &&
	    !(s->config.flags & UTRACE_CONFIG_DROP))
		return;
	list_for_each_entry_safe(st, next, &s->starving, starving) {
		list_del(&st->starving);
		st->starved = false;
		if (!st->held)
			utrace_control(st->engine, UTRACE_RESUME);
	}
}

static long session_config(struct utrace_session *s, void __user *arg)
{
	struct utrace_config config;
	struct session_thread *st;
	u32 usize;
	int ret, bucket;

	ret = session_copy_in(&config, sizeof(config), sizeof(config), arg, &usize);
	if (ret)
		return ret;
	if ((config.flags & ~UTRACE_CONFIG_DROP) || config.reserved ||
	    (config.record & ~SESSION_RECORD_EVENTS) ||
	    (config.hold & ~(config.record & SESSION_HOLD_EVENTS)) ||
	    config.queue_bytes > UTRACE_QUEUE_MAX ||
	    config.string_max > UTRACE_CAPTURE_MAX ||
	    config.buffer_max > UTRACE_CAPTURE_MAX)
		return -EINVAL;

	spin_lock(&s->lock);
	if (!config.queue_bytes)
		config.queue_bytes = s->config.queue_bytes;
	s->config = config;
	s->events = SESSION_OWN_EVENTS | config.record;
	hash_for_each(s->by_task, bucket, st, by_task)
		if (st->engine)
			utrace_set_events(st->engine, s->events);
	session_feed(s);
	spin_unlock(&s->lock);
	return 0;
}

static long session_syscalls(struct utrace_session *s, void __user *arg)
{
	struct session_table *table = NULL, *old, *next;
	struct utrace_syscalls in;
	u32 usize, i;
	int ret;

	ret = session_copy_in(&in, sizeof(in), sizeof(in), arg, &usize);
	if (ret)
		return ret;
	if (in.flags || in.nr > UTRACE_SYSCALLS_MAX)
		return -EINVAL;

	if (in.nr) {
		table = kvmalloc(struct_size(table, entries, in.nr),
				 GFP_KERNEL_ACCOUNT);
		if (!table)
			return -ENOMEM;
		table->arch = in.arch;
		table->nr = in.nr;
		ret = -EFAULT;
		if (copy_from_user(table->entries, u64_to_user_ptr(in.entries),
				   array_size(in.nr, sizeof(u32))))
			goto out_free;
		ret = -EINVAL;
		for (i = 0; i < in.nr; i++)
			if (table->entries[i] & ~UTRACE_SC_ALL)
				goto out_free;
	}

	spin_lock(&s->lock);
	list_for_each_entry_safe(old, next, &s->tables, node) {
		if (old->arch != in.arch)
			continue;
		list_del_rcu(&old->node);
		kvfree_rcu(old, rcu);
		s->nr_tables--;
	}
	ret = 0;
	if (table && s->nr_tables == SESSION_TABLES_MAX) {
		ret = -ENOSPC;
	} else if (table) {
		list_add_rcu(&table->node, &s->tables);
		s->nr_tables++;
		table = NULL;
	}
	spin_unlock(&s->lock);

out_free:
	kvfree(table);
	return ret;
}

/* Threads of @leader's process that are alive and not in the session yet. */
static unsigned int session_new_threads(struct utrace_session *s,
					struct task_struct *leader,
					struct task_struct **threads)
{
	struct task_struct *t;
	unsigned int n = 0;

	spin_lock(&s->lock);
	rcu_read_lock();
	for_each_thread(leader, t) {
		if (t->exit_state || session_find_task(s, t))
			continue;
		get_task_struct(t);
		threads[n++] = t;
		if (n == SESSION_ATTACH_BATCH)
			break;
	}
	rcu_read_unlock();
	spin_unlock(&s->lock);
	return n;
}

static int session_may_attach(struct task_struct *task)
{
	if ((task->flags & PF_KTHREAD) || same_thread_group(task, current))
		return -EPERM;
	if (task->exit_state)
		return 0;	/* utrace_attach_task() says ESRCH */
	return ptrace_may_access(task, PTRACE_MODE_ATTACH_REALCREDS) ? 0 : -EPERM;
}

/*
 * Attach to every thread of @leader's process.  A thread made meanwhile is
 * attached by its maker's report_clone if the maker was attached by then; if
 * not, it was on the list already when the maker was, and the next look finds
 * it.  So the process is complete when a look finds nobody new.
 */
static int session_attach_process(struct utrace_session *s,
				  struct task_struct *leader, bool follow,
				  struct utrace_attach *attach)
{
	struct task_struct *threads[SESSION_ATTACH_BATCH];
	const struct cred *cred = current_cred();
	unsigned int n, i;
	u64 cookie;
	int ret = 0;

	while (!ret && (n = session_new_threads(s, leader, threads))) {
		for (i = 0; i < n; i++) {
			if (!ret)
				ret = session_may_attach(threads[i]);
			if (!ret)
				ret = session_attach(s, threads[i], cred, follow,
						     true, &cookie);
			if (!ret)
				attach->threads++;
			/* Died, or came with its maker. */
			if (ret == -ESRCH || ret == -EEXIST)
				ret = 0;
			put_task_struct(threads[i]);
		}
		if (fatal_signal_pending(current))
			ret = -EINTR;
	}
	return ret;
}

static struct task_struct *session_pidfd_task(int pidfd)
{
	struct task_struct *task;
	unsigned int flags;
	struct pid *pid;

	pid = pidfd_get_pid(pidfd, &flags);
	if (IS_ERR(pid))
		return ERR_CAST(pid);
	task = get_pid_task(pid, PIDTYPE_TGID);
	put_pid(pid);
	if (!task)
		return ERR_PTR(-ESRCH);
	if (flags & PIDFD_THREAD) {
		put_task_struct(task);
		return ERR_PTR(-EOPNOTSUPP);
	}
	return task;
}

static long session_ioc_attach(struct utrace_session *s, void __user *arg)
{
	struct utrace_attach attach;
	struct session_thread *st;
	struct task_struct *task;
	bool known = false;
	u32 usize;
	int ret;

	ret = session_copy_in(&attach, sizeof(attach), sizeof(attach), arg, &usize);
	if (ret)
		return ret;
	if ((attach.flags & ~UTRACE_ATTACH_CHILDREN) || attach.threads ||
	    attach.thread)
		return -EINVAL;

	task = session_pidfd_task(attach.pidfd);
	if (IS_ERR(task))
		return PTR_ERR(task);
	audit_ptrace(task);

	ret = session_may_attach(task);
	if (ret)
		goto out;

	/* Not in the middle of an exec, whose program we might not see. */
	ret = -ERESTARTNOINTR;
	if (mutex_lock_interruptible(&task->signal->cred_guard_mutex))
		goto out;
	spin_lock(&s->lock);
	known = session_find_task(s, task);
	spin_unlock(&s->lock);
	ret = session_attach_process(s, task, attach.flags & UTRACE_ATTACH_CHILDREN,
				     &attach);
	mutex_unlock(&task->signal->cred_guard_mutex);

	if (!ret && !attach.threads)
		ret = known ? -EEXIST : -ESRCH;
	if (ret && !known)
		session_drop(s, task);
	if (ret)
		goto out;

	spin_lock(&s->lock);
	st = session_find_task(s, task);
	if (st)
		attach.thread = st->cookie;
	spin_unlock(&s->lock);
	attach.size = usize;
	ret = session_copy_out(arg, &attach, sizeof(attach), usize);
out:
	put_task_struct(task);
	return ret;
}

static int session_op(struct session_thread *st, u32 action)
{
	struct utrace_session *s = st->session;
	int ret;

	lockdep_assert_held(&s->lock);

	switch (action) {
	case UTRACE_OP_RELEASE:
		st->hold_asked = false;
		if (st->held) {
			st->held = false;
			s->nr_held--;
		}
		return st->starved ? 0 : utrace_control(st->engine, UTRACE_RESUME);

	case UTRACE_OP_HOLD:
		if (st->held)
			return 0;
		st->hold_asked = true;
		ret = utrace_control(st->engine, UTRACE_STOP);
		if (!ret) {
			/* Stopped for another reason, and now for this one. */
			st->hold_asked = false;
			session_hold(st);
		}
		return ret;

	case UTRACE_OP_INTERRUPT:
		if (st->held || st->starved || st->hold_asked)
			return -EBUSY;
		st->report_asked = true;
		return utrace_control(st->engine, UTRACE_INTERRUPT);
	}
	return -EINVAL;
}

static int session_detach_one(struct utrace_session *s, u64 cookie)
{
	struct utrace_engine *engine = NULL;
	struct session_thread *st;

	spin_lock(&s->lock);
	st = session_find_cookie(s, cookie);
	if (st) {
		engine = session_forget(st);
		utrace_control(engine, UTRACE_DETACH);
	}
	spin_unlock(&s->lock);

	if (!engine)
		return -ESRCH;
	utrace_engine_put(engine);
	return 0;
}

static int session_op_one(struct utrace_session *s, const struct utrace_op *op)
{
	struct session_thread *st;
	int ret;

	if (op->action == UTRACE_OP_DETACH)
		return session_detach_one(s, op->thread);

	spin_lock(&s->lock);
	st = session_find_cookie(s, op->thread);
	ret = st ? session_op(st, op->action) : -ESRCH;
	spin_unlock(&s->lock);
	return ret;
}

/* What is true of single threads (dead, held) is no error here. */
static int session_op_all(struct utrace_session *s, const struct utrace_op *op)
{
	struct session_thread *st;
	int ret = 0, bucket;

	if (op->action == UTRACE_OP_DETACH) {
		session_drop(s, NULL);
		return 0;
	}
	if (op->action < UTRACE_OP_RELEASE || op->action > UTRACE_OP_DETACH)
		return -EINVAL;

	spin_lock(&s->lock);
	hash_for_each(s->by_task, bucket, st, by_task)
		if (st->engine && session_op(st, op->action) == -EINPROGRESS)
			ret = -EINPROGRESS;
	spin_unlock(&s->lock);
	return ret;
}

static long session_control(struct utrace_session *s, void __user *arg)
{
	struct utrace_op __user *ops;
	struct utrace_control in;
	struct utrace_op op;
	u32 usize, i;
	int ret;

	ret = session_copy_in(&in, sizeof(in), sizeof(in), arg, &usize);
	if (ret)
		return ret;
	if (in.flags || in.nr > UTRACE_OPS_MAX || in.op_size != sizeof(op))
		return -EINVAL;

	ops = u64_to_user_ptr(in.ops);
	for (i = 0; i < in.nr; i++) {
		if (copy_from_user(&op, &ops[i], sizeof(op)))
			return -EFAULT;
		op.result = op.thread ? session_op_one(s, &op)
				      : session_op_all(s, &op);
		if (put_user(op.result, &ops[i].result))
			return -EFAULT;
	}
	return 0;
}

static long session_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	struct utrace_session *s = file->private_data;
	void __user *uarg = (void __user *)arg;

	switch (cmd) {
	case UTRACE_IOC_INFO:
		return session_info(s, uarg);
	case UTRACE_IOC_CONFIG:
		return session_config(s, uarg);
	case UTRACE_IOC_SYSCALLS:
		return session_syscalls(s, uarg);
	case UTRACE_IOC_ATTACH:
		return session_ioc_attach(s, uarg);
	case UTRACE_IOC_CONTROL:
		return session_control(s, uarg);
	}
	return -ENOTTY;
}

/*
 * read() and poll()
 */

static bool session_readable(struct utrace_session *s)
{
	lockdep_assert_held(&s->lock);

	return !list_empty(&s->records) || s->lost_here;
}

/* All threads have been, and are gone. */
static bool session_ended(struct utrace_session *s)
{
	lockdep_assert_held(&s->lock);

	return s->ever_attached && !s->nr_threads;
}

static bool session_wait_over(struct utrace_session *s)
{
	bool over;

	spin_lock(&s->lock);
	over = session_readable(s) || session_ended(s);
	spin_unlock(&s->lock);
	return over;
}

static void session_fill_lost(struct utrace_rec_lost *rec, u64 count, u64 seq,
			      u64 time)
{
	*rec = (struct utrace_rec_lost) {
		.head.size = sizeof(*rec),
		.head.type = UTRACE_REC_LOST,
		.head.seq = seq,
		.head.time = time,
		.count = count,
	};
}

/*
 * Copy the next record out.  Returns its size; 0: there is none; -EMSGSIZE: it
 * does not fit in @room.  Whatever goes wrong, it stays the next.
 */
static ssize_t session_read_one(struct utrace_session *s, char __user *buf,
				size_t room)
{
	struct utrace_rec_lost lost;
	struct session_record *rec;
	ssize_t size;

	lockdep_assert_held(&s->read_mutex);

	spin_lock(&s->lock);
	rec = list_first_entry_or_null(&s->records, struct session_record, node);
	if (!rec && !s->lost_here) {
		spin_unlock(&s->lock);
		return 0;
	}
	size = rec ? session_record_size(rec) : sizeof(lost);
	if (size > room) {
		spin_unlock(&s->lock);
		return -EMSGSIZE;
	}
	if (rec) {
		/* The mutex keeps it ours; the queue goes on without it. */
		list_del(&rec->node);
	} else {
		session_fill_lost(&lost, s->lost_here, ++s->seq, ktime_get_ns());
		s->lost_here = 0;
	}
	spin_unlock(&s->lock);

	if (!rec) {
		if (!copy_to_user(buf, &lost, sizeof(lost)))
			return sizeof(lost);
		spin_lock(&s->lock);
		/* Numbers taken since then stay; this one is told with the next. */
		s->lost_here += lost.count;
		s->seq -= s->seq == lost.head.seq;
		spin_unlock(&s->lock);
		return -EFAULT;
	}

	if (rec->lost) {
		session_fill_lost(&lost, rec->lost, rec->head.seq - 1,
				  rec->head.time);
		if (copy_to_user(buf, &lost, sizeof(lost)))
			goto fault;
		buf += sizeof(lost);
	}
	if (copy_to_user(buf, &rec->head, rec->head.size))
		goto fault;

	spin_lock(&s->lock);
	s->queued -= size;
	session_feed(s);
	spin_unlock(&s->lock);
	kvfree(rec);
	return size;

fault:
	spin_lock(&s->lock);
	list_add(&rec->node, &s->records);
	spin_unlock(&s->lock);
	return -EFAULT;
}

static ssize_t session_read(struct file *file, char __user *buf, size_t count,
			    loff_t *pos)
{
	struct utrace_session *s = file->private_data;
	ssize_t done = 0, ret;

	for (;;) {
		if (!(file->f_flags & O_NONBLOCK) &&
		    wait_event_interruptible(s->wait, session_wait_over(s)))
			return -ERESTARTSYS;

		ret = mutex_lock_interruptible(&s->read_mutex);
		if (ret)
			return ret;
		while ((ret = session_read_one(s, buf + done, count - done)) > 0)
			done += ret;
		mutex_unlock(&s->read_mutex);

		if (done)
			return done;
		if (ret < 0)
			return ret;

		spin_lock(&s->lock);
		ret = session_readable(s) ? 1 : session_ended(s) ? 0 : -EAGAIN;
		spin_unlock(&s->lock);
		if (!ret || (ret < 0 && (file->f_flags & O_NONBLOCK)))
			return ret;
		/* Another reader was faster. */
	}
}

static __poll_t session_poll(struct file *file, poll_table *wait)
{
	struct utrace_session *s = file->private_data;
	__poll_t mask = 0;

	poll_wait(file, &s->wait, wait);
	spin_lock(&s->lock);
	if (session_readable(s))
		mask |= EPOLLIN | EPOLLRDNORM;
	else if (session_ended(s))
		mask |= EPOLLHUP;
	spin_unlock(&s->lock);
	return mask;
}

static int session_open(struct inode *inode, struct file *file)
{
	struct utrace_session *s;

	s = kzalloc(sizeof(*s), GFP_KERNEL_ACCOUNT);
	if (!s)
		return -ENOMEM;
	refcount_set(&s->ref, 1);
	spin_lock_init(&s->lock);
	s->ns = get_pid_ns(task_active_pid_ns(current));
	init_waitqueue_head(&s->wait);
	mutex_init(&s->read_mutex);
	s->config.queue_bytes = SESSION_QUEUE_DEFAULT;
	s->events = SESSION_OWN_EVENTS;
	INIT_LIST_HEAD(&s->tables);
	INIT_LIST_HEAD(&s->records);
	hash_init(s->by_task);
	hash_init(s->by_cookie);
	INIT_LIST_HEAD(&s->starving);
	file->private_data = s;
	return stream_open(inode, file);
}

static int session_release(struct inode *inode, struct file *file)
{
	struct utrace_session *s = file->private_data;
	struct session_record *rec, *next;

	spin_lock(&s->lock);
	s->closed = true;
	spin_unlock(&s->lock);

	session_drop(s, NULL);
	list_for_each_entry_safe(rec, next, &s->records, node)
		kvfree(rec);
	INIT_LIST_HEAD(&s->records);
	session_put(s);
	return 0;
}

static const struct file_operations session_fops = {
	.owner		= THIS_MODULE,
	.open		= session_open,
	.release	= session_release,
	.read		= session_read,
	.poll		= session_poll,
	.unlocked_ioctl	= session_ioctl,
	.compat_ioctl	= compat_ptr_ioctl,
};

/* Open to all: what counts is the right to ptrace the target. */
static struct miscdevice session_device = {
	.minor	= MISC_DYNAMIC_MINOR,
	.name	= "utrace",
	.fops	= &session_fops,
	.mode	= 0666,
};
builtin_misc_device(session_device);
