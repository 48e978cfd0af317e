/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the parts of a utrace session share: the file and its ioctls (session.c),
 * the table of threads (thread.c), the queue of records (queue.c), who may trace
 * whom (access.c), the callbacks (report.c), and registers (regs.c)
 */
#ifndef _KERNEL_UTRACE_SESSION_H
#define _KERNEL_UTRACE_SESSION_H

#include <linux/hashtable.h>
#include <linux/list.h>
#include <linux/lockdep.h>
#include <linux/mutex.h>
#include <linux/poll.h>
#include <linux/rcupdate.h>
#include <linux/refcount.h>
#include <linux/spinlock.h>
#include <linux/types.h>
#include <linux/utrace.h>
#include <linux/wait.h>

struct cred;
struct pid;
struct pid_namespace;

#define SESSION_HASH_BITS	6

#define SESSION_RECORD_EVENTS	(UTRACE_EVENTS_SYSCALL | UTRACE_EVENT(CLONE) | \
				 UTRACE_EVENT(EXEC) | UTRACE_EVENT(EXIT) | \
				 UTRACE_EVENT(DEATH) | UTRACE_EVENT(REAP))
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
 * @others: UTRACE_SC_* of every number that has no entry
 * @entries: UTRACE_SC_*, by number
 */
struct session_table {
	struct list_head node;
	struct rcu_head rcu;
	u32 arch;
	u32 nr;
	u32 others;
	u32 entries[] __counted_by(nr);
};

/**
 * struct utrace_session - an open file of /dev/utrace
 * @ref: one for the file, one for each session_thread
 * @lock: protects everything below
 * @ns: pids in records are seen from here; constant
 * @opener: the process that opened the file; constant
 * @wait: readers
 * @read_mutex: one reader at a time, so that records leave in order; outside
 *	of @lock
 * @closed: the file is gone; no thread joins and no record is queued any more
 * @attaches: UTRACE_IOC_ATTACH calls so far
 * @ever_attached: there was a thread, so having none is an end
 * @events: mask for the engines, made from @config
 * @config: the last UTRACE_IOC_CONFIG
 * @tables: of &struct session_table
 * @records: the queue, of &struct session_record
 * @queued: bytes in it
 * @seq: number of the last record
 * @lost: records lost in all
 * @lost_here: those of them that no record has told of yet
 * @nr_threads: in @by_task
 * @nr_held: session_threads with ->held
 * @by_task: all session_threads, by task pointer
 * @by_cookie: the same, by cookie
 * @starving: held because the queue is full
 */
struct utrace_session {
	refcount_t ref;
	spinlock_t lock;
	struct pid_namespace *ns;
	struct pid *opener;
	wait_queue_head_t wait;
	struct mutex read_mutex;

	bool closed;
	bool ever_attached;
	u64 attaches;
	unsigned long events;
	struct utrace_config config;
	struct list_head tables;

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
 * @attach: number of the call that attached it, or its ancestor; constant
 * @engine: the session's reference while in by_task
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
	u64 attach;

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

#define session_record_of(rec, type) container_of(&(rec)->head, type, head)

/* Bytes that read() will give for @rec. */
static inline size_t session_record_size(const struct session_record *rec)
{
	return rec->head.size + (rec->lost ? sizeof(struct utrace_rec_lost) : 0);
}

static inline bool session_full(struct utrace_session *s)
{
	lockdep_assert_held(&s->lock);

	return s->queued >= s->config.queue_bytes;
}

/* The session has no more to do with @st, although its engine may still run. */
static inline bool session_forgotten(struct session_thread *st)
{
	lockdep_assert_held(&st->session->lock);

	return hlist_unhashed(&st->by_task);
}

/* session.c */
int utrace_session_copy_in(void *to, size_t ksize, size_t min, void __user *from,
			   u32 *usize);
int utrace_session_copy_out(void __user *to, const void *from, size_t ksize, u32 usize);

/* thread.c */
void utrace_session_put(struct utrace_session *s);
struct session_thread *utrace_session_make_thread(struct utrace_session *s,
						  struct task_struct *task,
						  const struct cred *cred);
void utrace_session_thread_release(void *data);
void utrace_session_update_pids(struct session_thread *st);
struct session_thread *utrace_session_find_task(struct utrace_session *s,
						struct task_struct *task);
struct session_thread *utrace_session_find_cookie(struct utrace_session *s, u64 cookie);
int utrace_session_may_join(struct utrace_session *s, struct task_struct *task,
			    struct session_thread *maker, u64 *cookie);
void utrace_session_hold(struct session_thread *st);
void utrace_session_unhold(struct session_thread *st);
int utrace_session_resume(struct session_thread *st);
struct utrace_engine *utrace_session_forget(struct session_thread *st);
enum utrace_action utrace_session_leave(struct session_thread *st);
void utrace_session_drop(struct utrace_session *s, u64 attach);

/* queue.c */
struct session_record *utrace_session_make_record(struct session_thread *st, u16 type,
						  size_t size);
bool utrace_session_queue(struct session_thread *st, struct session_record *rec, bool keep);
enum utrace_action utrace_session_throttle(struct session_thread *st);
enum utrace_action utrace_session_post(struct session_thread *st,
				       struct session_record *rec, bool hold);
void utrace_session_tell(struct session_thread *st, struct session_record *rec);
void utrace_session_feed(struct utrace_session *s);
ssize_t utrace_session_read(struct file *file, char __user *buf, size_t count,
			    loff_t *pos);
__poll_t utrace_session_poll(struct file *file, poll_table *wait);

/* access.c */
int utrace_session_may_attach(struct task_struct *task);
unsigned int utrace_session_unsafe_exec(struct utrace_engine *engine);
bool utrace_session_may_read(const struct session_thread *st);
bool utrace_session_may_stay(const struct session_thread *st);

/* report.c */
int utrace_session_attach(struct utrace_session *s, struct task_struct *task,
			  struct session_thread *maker, bool follow, u64 attach,
			  u64 *cookie);

/* regs.c */
long utrace_session_view(struct utrace_session *s, void __user *arg);
long utrace_session_regs(struct utrace_session *s, void __user *arg);

#endif /* _KERNEL_UTRACE_SESSION_H */
