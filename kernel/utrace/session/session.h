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
struct mem_cgroup;
struct pid;
struct pid_namespace;
struct utrace_user;

#define SESSION_HASH_BITS	7

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
 * @memcg: memory cgroup of the opener, to which everything is charged that a traced
 *	thread allocates for the session; constant
 * @user: user of the opener, to whom the queue is charged; NULL if the opener had
 *	CAP_SYS_PTRACE, so that there is no limit; constant
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
 * @granted: bytes that threads may still add which were let go because of the room
 * @seq: number of the last record that a reader has taken
 * @lost: records lost in all
 * @lost_here: those of them that no record has told of yet
 * @nr_threads: in @by_cookie
 * @nr_held: session_threads with ->held
 * @threads: all session_threads, and cursors of those who walk along them, which
 *	are &struct session_link
 * @by_cookie: all session_threads, by cookie
 * @starving: held because the queue is full
 */
struct utrace_session {
	refcount_t ref;
	spinlock_t lock;
	struct pid_namespace *ns;
	struct pid *opener;
	struct mem_cgroup *memcg;
	struct utrace_user *user;
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
	size_t granted;
	u64 seq;
	u64 lost;
	u64 lost_here;

	unsigned int nr_threads;
	unsigned int nr_held;
	struct list_head threads;
	DECLARE_HASHTABLE(by_cookie, SESSION_HASH_BITS);
	struct list_head starving;
};

/**
 * struct session_record - a record in the queue
 * @node: in session->records
 * @st: the thread that owns the record and can queue it once more; NULL: the record
 *	is freed when it has been read
 * @lost: records lost right before this one; told in a record of its own
 * @head: what user space gets, head.size bytes
 */
struct session_record {
	struct list_head node;
	struct session_thread *st;
	u64 lost;
	struct utrace_record head;
};

/**
 * struct session_link - a place in a session's list of threads
 * @node: in session->threads
 * @st: the thread; NULL: the link is a cursor
 */
struct session_link {
	struct list_head node;
	struct session_thread *st;
};

/**
 * struct session_thread - a session's attachment to one thread
 * @session: referenced; constant
 * @task: the thread; valid while in session->by_cookie; constant
 * @cred: of whoever attached it, or its ancestor; constant
 * @follow: processes that it makes belong to the session, too; constant
 * @attach: number of the call that attached it, or its ancestor; constant
 * @engine: the session's reference while in by_cookie
 * @cookie: key of session->by_cookie
 * @pid: its process, in session->ns
 * @tid: its own id there
 * @held: until UTRACE_OP_RELEASE: stopped, or bound to stop
 * @starved: until the queue has room; in session->starving
 * @last_size: bytes of the last record that it queued
 * @granted: bytes of session->granted that are its
 * @hold_asked: UTRACE_OP_HOLD waits for the thread's report_quiesce
 * @report_asked: UTRACE_OP_INTERRUPT does
 * @quiesce: the report of an order.  There is only one, so that a tracer that never
 *	reads gets no more of them; and it needs no memory when it is due.  It is
 *	an allocation of its own, because an unread report may outlive the thread;
 *	NULL if it did
 * @quiesce_queued: it is in session->records, or being read
 * @quiesce_again: ... too late to be changed, and has to be queued once more
 * @quiesce_flags: utrace_record.flags of the next one
 * @quiesce_time: utrace_record.time of it
 * @link: in session->threads
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
	size_t last_size;
	size_t granted;
	struct session_record *quiesce;
	bool quiesce_queued;
	bool quiesce_again;
	u16 quiesce_flags;
	u64 quiesce_time;
	struct session_link link;
	struct hlist_node by_cookie;
	struct list_head starving;
};

#define session_record_of(rec, type) container_of(&(rec)->head, type, head)

/* Bytes that read() will give for @rec. */
static inline size_t session_record_size(const struct session_record *rec)
{
	return rec->head.size + (rec->lost ? sizeof(struct utrace_rec_lost) : 0);
}

/* Threads for which something is done before others get the lock, and this CPU. */
#define SESSION_BATCH	16

/*
 * Bytes that a session may have in its queue although its user has too many in others.
 * So its reader depends on no other session's.
 */
#define SESSION_QUEUE_LEAST	(8u << 10)

/* The session has no more to do with @st, although its engine may still run. */
static inline bool session_forgotten(struct session_thread *st)
{
	lockdep_assert_held(&st->session->lock);

	return hlist_unhashed(&st->by_cookie);
}

/* All threads have been, and are gone. */
static inline bool session_ended(struct utrace_session *s)
{
	lockdep_assert_held(&s->lock);

	return s->ever_attached && !s->nr_threads;
}

/* The room that @st was granted when it was let go is used, or not needed. */
static inline void session_ungrant(struct session_thread *st)
{
	lockdep_assert_held(&st->session->lock);

	st->session->granted -= st->granted;
	st->granted = 0;
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
struct session_thread *utrace_session_next_thread(struct utrace_session *s,
						  struct session_link *cursor);
struct session_thread *utrace_session_find_cookie(struct utrace_session *s, u64 cookie);
int utrace_session_may_join(struct utrace_session *s, struct task_struct *task,
			    struct session_thread *maker, u64 *cookie);
void utrace_session_hold(struct session_thread *st);
void utrace_session_unhold(struct session_thread *st);
int utrace_session_resume(struct session_thread *st);
struct utrace_engine *utrace_session_forget(struct session_thread *st);
enum utrace_action utrace_session_leave(struct session_thread *st);
void utrace_session_drop(struct utrace_session *s, u64 attach, int error);

/* queue.c */
struct session_record *utrace_session_make_record(struct session_thread *st, u16 type,
						  size_t size);
struct session_record *utrace_session_make_detached(struct session_thread *st,
						    int error);
void utrace_session_queue_quiesce(struct session_thread *st);
void utrace_session_disown_quiesce(struct session_thread *st);
void utrace_session_flush(struct utrace_session *s);
bool utrace_session_queue(struct session_thread *st, struct session_record *rec);
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
extern const struct utrace_engine_ops utrace_session_engine_ops;
int utrace_session_attach(struct utrace_session *s, struct task_struct *task,
			  struct session_thread *maker, bool follow, u64 attach,
			  u64 *cookie);

/* regs.c */
long utrace_session_view(struct utrace_session *s, void __user *arg);
long utrace_session_regs(struct utrace_session *s, void __user *arg);

#endif /* _KERNEL_UTRACE_SESSION_H */
