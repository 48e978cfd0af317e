/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the parts of a utrace session share
 *
 * From the traced thread to the reader: report.c (the callbacks) makes a record, with
 * capture.c (memory of system calls) and held.c (what goes with a stop), by the tables
 * of table.c; post.c puts it into the ring of ring.c, or lets it wait for room.  From
 * the tracer to the thread: session.c (the file, its ioctls), attach.c, control.c (the
 * orders) with regs.c and memory.c, status.c.  thread.c has the table of threads, and
 * access.c says who may trace whom.
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
#include <linux/workqueue.h>

struct cred;
struct files_struct;
struct kiocb;
struct iov_iter;
struct mem_cgroup;
struct pid;
struct pid_namespace;
struct session_attaching;
struct session_ring;
struct session_table;
struct session_thread;
struct utrace_user;

#define SESSION_HASH_BITS	7

/* FAULT is made of those that a fault can be. */
#define SESSION_SIGNAL_EVENTS	(UTRACE_EVENTS_SIGNAL | UTRACE_EVENT(HANDLER) | \
				 UTRACE_EVENT(GROUP_STOP) | UTRACE_EVENT(GROUP_CONT) | \
				 UTRACE_EVENT(FAULT))
#define SESSION_RECORD_EVENTS	(UTRACE_EVENTS_SYSCALL | UTRACE_EVENT(CLONE) | \
				 UTRACE_EVENT(VFORK_DONE) | UTRACE_EVENT(EXEC) | \
				 UTRACE_EVENT(EXIT) | UTRACE_EVENT(DEATH) | \
				 UTRACE_EVENT(REAP) | SESSION_SIGNAL_EVENTS)
#define SESSION_HOLD_EVENTS	(UTRACE_EVENTS_SYSCALL | UTRACE_EVENT(CLONE) | \
				 UTRACE_EVENT(VFORK_DONE) | UTRACE_EVENT(EXEC) | \
				 UTRACE_EVENT(EXIT) | SESSION_SIGNAL_EVENTS)

/*
 * What every engine asks for, recorded or not: CLONE to follow new threads,
 * EXEC to check credentials, EXIT to tell of a call that does not return, DEATH to let
 * go, QUIESCE for UTRACE_OP_HOLD.  A thread that has been stepped adds STEP.
 */
#define SESSION_OWN_EVENTS	(UTRACE_EVENT(QUIESCE) | UTRACE_EVENT(CLONE) | \
				 UTRACE_EVENT(EXEC) | UTRACE_EVENT(EXIT) | \
				 UTRACE_EVENT(DEATH))

/* A session begins with all rights, also those that this kernel has no use for. */
#define UTRACE_RIGHTS_ALL	(UTRACE_RIGHT_ATTACH | UTRACE_RIGHT_CONFIG | \
				 UTRACE_RIGHT_HOLD | UTRACE_RIGHT_ANSWER | \
				 UTRACE_RIGHT_STEP | UTRACE_RIGHT_REGS_READ | \
				 UTRACE_RIGHT_REGS_WRITE | UTRACE_RIGHT_MEM_READ | \
				 UTRACE_RIGHT_MEM_WRITE | UTRACE_RIGHT_CALL | \
				 UTRACE_RIGHT_SEND | UTRACE_RIGHT_KILL)

#define SESSION_ATTACH_FLAGS	(UTRACE_ATTACH_CHILDREN | UTRACE_ATTACH_HELD | \
				 UTRACE_ATTACH_BORN_HELD | UTRACE_ATTACH_KILL | \
				 UTRACE_ATTACH_STRICT | UTRACE_ATTACH_ALONE | \
				 UTRACE_ATTACH_OWNER | UTRACE_ATTACH_UPDATE)

/**
 * struct session_policy - a UTRACE_IOC_CONFIG
 * @rcu: frees it
 * @config: what was asked for, with defaults filled in
 */
struct session_policy {
	struct rcu_head rcu;
	struct utrace_config config;
};

/**
 * struct session_plain - the system calls of which a session wants the record only
 * @rcu: frees it
 * @config: the configuration under which the records are made
 * @calls: native calls whose record is made at their exit, without captures or a hold
 *
 * This is all that the exit of such a call looks at.  Whoever changes the configuration
 * or a table takes it away first, and makes another one afterwards.
 */
struct session_plain {
	struct rcu_head rcu;
	struct utrace_config config;
	DECLARE_BITMAP(calls, UTRACE_SYSCALL_MAX);
};

/**
 * struct utrace_session - an open file of /dev/utrace
 * @ref: one for the file, one for each session_thread
 * @lock: protects everything below that does not say otherwise, and the ring's producers
 * @ns: pids in records are seen from here; constant
 * @opener: the process that opened the file; constant
 * @memcg: memory cgroup of the opener, to which everything is charged that is allocated
 *	for the session; constant
 * @user: user of the opener, to whom the ring is charged; NULL if the opener had
 *	CAP_SYS_PTRACE, so that there is no limit; constant
 * @wait: readers
 * @read_mutex: one reader at a time, so that records leave in order; outside
 *	of @lock
 * @config_mutex: one UTRACE_IOC_CONFIG or UTRACE_IOC_SYSCALLS at a time; outside of @lock
 * @closed: the file is gone; no thread joins and no record is posted any more
 * @ever_attached: there was a thread, so having none is an end
 * @owner: of the process whose end ends the session, or NULL; referenced
 * @owner_wait: in the queue of @owner's wait_pidfd
 * @owner_work: looks whether @owner has ended, and has a reference to the session
 *	(UTRACE_ATTACH_OWNER), or NULL.  Only compared
 * @attaches: UTRACE_IOC_ATTACH calls so far
 * @rights: UTRACE_RIGHT_*; only ever loses some
 * @generation: of @policy
 * @policy: the configuration; written under @config_mutex, and read under RCU
 * @plain: made from @policy and the native table; likewise.  NULL: look at these
 * @events: mask for the engines, made from @policy
 * @calls: system calls that engines report, made from @policy and the native table
 * @tables: of &struct session_table; written under @lock, and read under RCU
 * @counts: of &struct session_counts; likewise, but under @config_mutex
 * @counts_any: there was a table that counts
 * @waits_armed: @waits_work is to run, and has a reference to the session
 * @waits: session_threads that have noted the entry of a call, oldest first
 * @waits_work: posts the notes of those that sleep
 * @holds_armed: @holds_work is to run, and has a reference to the session
 * @holds_delay: from its last run to the next one, in jiffies
 * @holds: session_threads that are not asleep, and not held yet as they are to be
 * @holds_work: looks whether they have fallen asleep
 * @ring: NULL at first; then constant.  Its head is under @lock
 * @waiting: of &struct session_post, in the order in which they are to be posted
 * @nr_waiting: number of them
 * @nr_starved: session_threads with ->starved
 * @nr_batches: of &struct session_batch
 * @seq: number of the last record
 * @lost: records lost in all
 * @lost_here: those of them that no record has told of yet
 * @lost_bytes: what these would have taken
 * @nr_threads: in @by_cookie
 * @nr_held: session_threads with ->held
 * @threads: all session_threads, and cursors of those who walk along them, which
 *	are &struct session_link
 * @by_cookie: all session_threads, by cookie
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
	struct mutex config_mutex;

	bool closed;
	bool ever_attached;
	struct pid *owner;
	struct wait_queue_entry owner_wait;
	struct work_struct owner_work;
	u64 attaches;
	u64 rights;

	u32 generation;
	struct session_policy __rcu *policy;
	struct session_plain __rcu *plain;
	unsigned long events;
	struct utrace_syscall_set *calls;
	struct list_head tables;
	struct list_head counts;
	bool counts_any;

	bool waits_armed;
	struct list_head waits;
	struct delayed_work waits_work;
	bool holds_armed;
	unsigned int holds_delay;
	struct list_head holds;
	struct delayed_work holds_work;
	struct session_ring *ring;
	struct list_head waiting;
	unsigned int nr_waiting;
	unsigned int nr_starved;
	unsigned int nr_batches;
	u64 seq;
	u64 lost;
	u64 lost_here;
	u64 lost_bytes;

	unsigned int nr_threads;
	unsigned int nr_held;
	struct list_head threads;
	DECLARE_HASHTABLE(by_cookie, SESSION_HASH_BITS);
};

/**
 * struct session_post - a record on its way into the ring
 * @node: in session->waiting; empty: it does not wait.  Under session->lock
 * @st: its thread, whose engine is referenced while the record waits; NULL: the record is
 *	of all threads, and the post is freed with kfree() when it is done
 * @rec: the record.  NULL while the post waits: its thread only waits for its turn
 */
struct session_post {
	struct list_head node;
	struct session_thread *st;
	struct utrace_record *rec;
};

/**
 * struct session_buffer - memory in which a record is made
 * @post: to post it; .rec is the memory
 * @room: bytes of it; a multiple of 8
 * @fixed: the first part of it, without allocation
 *
 * Only the thread writes to it, and not while it waits to be posted.
 */
struct session_buffer {
	struct session_post post;
	u32 room;
	u64 fixed[26];
};

/**
 * struct session_words - one of the records that need room of their own
 * @post: to post it
 * @rec: the record
 */
struct session_words {
	struct session_post post;
	union {
		struct utrace_record head;
		struct utrace_rec_quiesce quiesce;
		struct utrace_rec_gone gone;
		struct utrace_rec_called called;
		struct utrace_rec_step step;
		struct utrace_rec_exit exit;
		struct utrace_rec_detached detached;
	} rec;
};

/**
 * struct session_batch - an order to several threads that ends in one UTRACE_REC_DONE
 * @pending: threads that have not ended it, and one for who gives the order
 * @post: to post @rec
 * @rec: the record
 *
 * Under session->lock.
 */
struct session_batch {
	unsigned int pending;
	struct session_post post;
	struct utrace_rec_done rec;
};

/**
 * struct session_step - what a thread steps
 * @what: UTRACE_STEP_*
 * @flags: UTRACE_STEP_*
 * @start: of the range
 * @end: likewise
 * @left: steps that are left; 0: as many as it takes
 * @steps: that were made
 * @pc: at the last instruction in the range
 * @sp: the stack pointer there
 * @return_to: in a function that was called from the range, where it returns to; 0: it is
 *	in none
 */
struct session_step {
	u32 what;
	u32 flags;
	unsigned long start;
	unsigned long end;
	u64 left;
	u64 steps;
	unsigned long pc;
	unsigned long sp;
	unsigned long return_to;
};

/**
 * struct session_order - an order to one thread that has not come to its end
 * @tag: utrace_order.tag
 * @action: enum utrace_op_action; 0: there is none
 * @reason: of a HOLD, UTRACE_QUIESCE_*
 * @interrupts: of a HOLD, whether it has interrupted what the thread slept in
 * @result: of a CALL that was carried out, the result
 * @step: of a STEP, what is to be stepped
 * @batch: that it belongs to, or NULL
 *
 * Under session->lock.
 */
struct session_order {
	u64 tag;
	u16 action;
	u16 reason;
	bool interrupts;
	long result;
	struct session_step step;
	struct session_batch *batch;
};

/**
 * struct session_call - the system call that a thread is in
 * @flags: UTRACE_SC_* of it, as far as the configuration asks for it
 * @items: bytes of the record with the items of the entry
 * @nr_items: number of those items
 * @cut: some of them are missing
 * @told: a record of the entry was made
 * @entry_seq: seq of that record; 0: there is none, or it was lost
 * @time: utrace_syscall.time of it
 * @table: by which it was seen at entry; referenced.  NULL: by none
 *
 * The thread's own.
 */
struct session_call {
	u32 flags;
	u32 items;
	u16 nr_items;
	bool cut;
	bool told;
	u64 entry_seq;
	u64 time;
	struct session_table *table;
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
 * @flags: UTRACE_ATTACH_*
 * @attach: number of the call that attached it, or its ancestor; constant
 * @tag: utrace_attach.tag of that call; constant
 * @process: utrace_rec_attached.process; constant
 * @self: the process, or its maker, has attached itself; constant
 * @exec_id: task->self_exec_id of the program that did; constant
 * @engine: the session's reference while in by_cookie
 * @cookie: key of session->by_cookie
 * @pid: its process, in session->ns
 * @tid: its own id there
 * @generation: of its last record
 * @time: of its last record
 * @held: until UTRACE_OP_RELEASE: stopped, or bound to stop, or @asleep
 * @asleep: held, but still asleep in the kernel: it has not stopped for that yet
 * @starved: until its record is in the ring
 * @stop: seq of the record that tells of the hold; 0: none does, or it is not there yet
 * @order: the order that is under way
 * @steps: its engine has asked for STEP, which makes signals dearer
 * @sig: the signal in whose report it is held; NULL: it is held elsewhere.  Valid while
 *	the thread is pinned
 * @asked: the system call of a CALL that is under way
 * @attached: tells of the attach, if that has to wait for room.  The record is allocated
 * @arch: AUDIT_ARCH_* of its program.  The thread's own
 * @call: the system call that it is in, or was; likewise
 * @holds: in session->holds
 * @waits: in session->waits.  While it is, @call and @call_rec are under session->lock
 * @link: in session->threads
 * @by_cookie: in session->by_cookie
 * @answer: tells of the end of an order.  From here on nothing is zero at first
 * @exit: tells of the EXIT
 * @death: tells of the DEATH
 * @last: the last record: REAP or DETACHED
 * @call_rec: where the record of a system call is made; the thread's own
 * @event_rec: where the records of other events are made; likewise
 *
 * Members that do not say otherwise are protected by session->lock.
 */
struct session_thread {
	struct utrace_session *session;
	struct task_struct *task;
	const struct cred *cred;
	u32 flags;
	u64 attach;
	u64 tag;
	u64 process;
	bool self;
	u64 exec_id;

	struct utrace_engine *engine;
	u64 cookie;
	pid_t pid;
	pid_t tid;
	u32 generation;
	u64 time;
	bool held;
	bool asleep;
	bool starved;
	bool steps;
	u64 stop;
	struct session_order order;
	struct utrace_signal *sig;
	struct utrace_call_request asked;
	struct session_post attached;

	u32 arch;
	struct session_call call;

	struct list_head holds;
	struct list_head waits;
	struct session_link link;
	struct hlist_node by_cookie;

	struct session_words answer;
	struct session_words exit;
	struct session_words death;
	struct session_words last;
	struct session_buffer call_rec;
	struct session_buffer event_rec;
};

/* Threads for which something is done before others get the lock, and this CPU. */
#define SESSION_BATCH	16

/* The session has no more to do with @st, although its engine may still run. */
static inline bool session_forgotten(struct session_thread *st)
{
	lockdep_assert_held(&st->session->lock);

	return hlist_unhashed(&st->by_cookie);
}

/* utrace_order.stop: is @st held by the record of that name, if there is one? */
static inline int session_check_stop(const struct session_thread *st, u64 stop)
{
	lockdep_assert_held(&st->session->lock);

	return stop && (!st->held || st->stop != stop) ? -ESTALE : 0;
}

/* All threads have been, and are gone. */
static inline bool session_ended(struct utrace_session *s)
{
	lockdep_assert_held(&s->lock);

	return s->ever_attached && !s->nr_threads && list_empty(&s->waiting);
}

u64 utrace_session_other_clock(const struct utrace_config *config, u64 mono);

/* A time in ktime_get_ns(), by the session's clock. */
static inline u64 utrace_session_clock(const struct utrace_config *config, u64 mono)
{
	if (likely(config->clock == UTRACE_CLOCK_MONOTONIC))
		return mono;
	return utrace_session_other_clock(config, mono);
}

/* The present configuration.  It stays what it was, although another may follow. */
static inline void session_get_config(struct utrace_session *s,
				      struct utrace_config *config)
{
	rcu_read_lock();
	*config = rcu_dereference(s->policy)->config;
	rcu_read_unlock();
}

/**
 * struct session_ioctl - how one ioctl() is called
 * @cmd: UTRACE_IOC_*
 * @size: of its structure, as this kernel knows it; 0: there is none
 * @min: of the structure's first version
 * @rights: UTRACE_RIGHT_* that it needs
 * @fn: does it, and returns 0 or a negative errno
 * @always: the structure is copied back also if @fn has failed
 */
struct session_ioctl {
	unsigned int cmd;
	u32 size;
	u32 min;
	u64 rights;
	long (*fn)(struct utrace_session *s, void *arg);
	bool always;
};

#define SESSION_ARG_MAX	128

/* session.c */
int utrace_session_copy_in(void *to, size_t ksize, size_t min, void __user *from,
			   u32 *usize);
int utrace_session_for_each(struct utrace_session *s,
			    void (*fn)(struct session_thread *st, void *data),
			    void *data);
void utrace_session_update_events(struct session_thread *st, void *data);
void utrace_session_end_plain(struct utrace_session *s);
int utrace_session_update(struct utrace_session *s);

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
struct utrace_engine *utrace_session_get_engine(struct utrace_session *s, u64 cookie);
int utrace_session_may_join(struct utrace_session *s, struct task_struct *task,
			    struct session_thread *maker, u64 *cookie);
void utrace_session_hold(struct session_thread *st);
bool utrace_session_hold_here(struct session_thread *st);
void utrace_session_unhold(struct session_thread *st);
int utrace_session_resume(struct session_thread *st);
struct utrace_engine *utrace_session_forget(struct session_thread *st, int error);
enum utrace_action utrace_session_leave(struct session_thread *st, int error);
void utrace_session_tell_detached(struct session_thread *st, int error, u32 reason);
void utrace_session_drop(struct utrace_session *s, u64 attach, int error);

/* ring.c */
struct session_ring *utrace_ring_make(struct utrace_session *s, u64 bytes, u32 flags);
void utrace_ring_put(struct session_ring *r);
void utrace_ring_end(struct session_ring *r);
u64 utrace_ring_bytes(const struct session_ring *r);
u64 utrace_ring_queued(struct session_ring *r);
bool utrace_ring_is_mapped(const struct session_ring *r);
struct utrace_record *utrace_ring_reserve(struct session_ring *r, u32 size);
struct utrace_record *utrace_ring_try_reserve(struct session_ring *r, u32 size);
void utrace_ring_commit(struct utrace_record *to, const struct utrace_record *rec);

/* The record at @to, whose other members were filled in there, is complete. */
static inline void utrace_ring_commit_here(struct utrace_record *to, u32 size)
{
	/* The reader looks at the size first. */
	smp_store_release(&to->size, size);
}

bool utrace_ring_has_room(struct session_ring *r, u32 size);
bool utrace_ring_starves(struct session_ring *r, u32 size);
void utrace_ring_sated(struct session_ring *r);
void utrace_ring_lost(struct session_ring *r, u64 lost);
void utrace_ring_note_held(struct session_ring *r);
void utrace_ring_wake(struct utrace_session *s, const struct utrace_record *rec,
		      u32 size, u32 wakeup_bytes, bool urgent, bool held);
ssize_t utrace_ring_copy(struct session_ring *r, struct iov_iter *to);
bool utrace_ring_readable(struct session_ring *r);
bool utrace_ring_has_held(struct session_ring *r);
int utrace_ring_mmap(struct session_ring *r, struct vm_area_struct *vma);
long utrace_session_ring(struct utrace_session *s, void *arg);
int utrace_session_need_ring(struct utrace_session *s);

/* read.c */
ssize_t utrace_session_read_iter(struct kiocb *iocb, struct iov_iter *to);
ssize_t utrace_session_read(struct utrace_session *s, struct iov_iter *to, long timeout,
			    bool nowait);
__poll_t utrace_session_poll(struct file *file, poll_table *wait);
long utrace_session_feed_ioctl(struct utrace_session *s, void *arg);

/* post.c */
void utrace_session_head(struct session_thread *st, struct utrace_record *rec, u16 type,
			 u32 size, const struct utrace_config *config);
enum utrace_action utrace_session_action(const struct session_thread *st);
enum utrace_action utrace_session_post(struct session_thread *st,
				       struct session_buffer *buf,
				       const struct utrace_config *config, bool hold);
bool utrace_session_post_call(struct session_thread *st,
			      const struct utrace_config *config,
			      const struct utrace_syscall *call, long error, long result,
			      enum utrace_action *action);
enum utrace_action utrace_session_pass(struct session_thread *st);
bool utrace_session_post_last(struct utrace_session *s, struct session_post *post);
void utrace_session_tell(struct session_thread *st, struct session_post *post);
void utrace_session_lose(struct session_thread *st, u32 size);
void utrace_session_awake(struct session_thread *st, struct session_buffer *buf);
void utrace_session_end_order(struct session_thread *st, int error, u16 flags,
			      struct session_buffer *buf);
enum utrace_action utrace_session_hold_last(struct session_thread *st,
					    struct session_words *words);
void utrace_session_drop_order(struct session_thread *st);
void utrace_session_unhold_posts(struct session_thread *st);
void utrace_session_wake(struct utrace_session *s);
void utrace_session_batch_put(struct utrace_session *s, struct session_batch *batch);
void utrace_session_batch_cancel(struct utrace_session *s, struct session_batch *batch);
struct session_batch *utrace_session_batch_make(struct utrace_session *s, u64 tag);
void utrace_session_feed(struct utrace_session *s);
void utrace_session_flush(struct utrace_session *s);

bool utrace_session_has_room(struct utrace_session *s, u32 size);
void utrace_session_post_attached(struct session_thread *st, struct utrace_record *rec);
bool utrace_session_try(struct session_thread *st, struct session_post *post, u16 flags);

/* session.c */
void utrace_session_end(struct utrace_session *s);

/* owner.c */
void utrace_session_init_owner(struct utrace_session *s);
void utrace_session_own(struct utrace_session *s);
void utrace_session_end_owner(struct utrace_session *s);

/* asleep.c */
void utrace_session_init_holds(struct utrace_session *s);
bool utrace_session_hold_asleep(struct session_thread *st);
bool utrace_session_see_stopped(struct session_thread *st);
void utrace_session_watch_hold(struct session_thread *st);

/* waits.c */
void utrace_session_init_waits(struct utrace_session *s);
void utrace_session_note_wait(struct session_thread *st);
void utrace_session_end_wait(struct session_thread *st);

/* buffer.c */
void utrace_session_buffer_init(struct session_thread *st, struct session_buffer *buf);
void utrace_session_buffer_free(struct session_buffer *buf);
struct utrace_record *utrace_session_begin(struct session_thread *st,
					   struct session_buffer *buf, u16 type, u32 size,
					   const struct utrace_config *config);
void *utrace_session_begin_event(struct session_thread *st, u16 type, u32 size,
				 const struct utrace_config *config);
void *utrace_session_add_item(struct session_thread *st, struct session_buffer *buf,
			      u16 kind, u32 *len, struct utrace_item **item);
void utrace_session_end_item(struct session_buffer *buf, struct utrace_item *item,
			     u32 len);

/* table.c */
long utrace_session_syscalls(struct utrace_session *s, void *arg);
long utrace_session_counts(struct utrace_session *s, void *arg);
struct utrace_syscall_set *utrace_session_make_set(struct utrace_session *s,
						   struct session_plain **plain);
void utrace_session_free_tables(struct utrace_session *s);
u32 utrace_session_table_flags(struct utrace_session *s, u32 arch, long nr,
			       const struct utrace_config *config,
			       struct session_table **table);
void utrace_session_table_put(struct session_table *table);
const struct utrace_capture_rule *
utrace_session_table_rules(const struct session_table *table, long nr, unsigned int *n);
void utrace_session_count(struct utrace_session *s, u32 arch, long nr, bool error,
			  u64 time);

/* capture.c */
void utrace_session_capture(struct session_thread *st, struct session_buffer *buf,
			    const struct utrace_capture_rule *rules, unsigned int n,
			    const struct utrace_config *config, bool exit, bool error,
			    long result);

/* held.c */
void utrace_session_add_held(struct session_thread *st, struct session_buffer *buf,
			     const struct utrace_config *config);
struct session_buffer *utrace_session_begin_held(struct session_thread *st, u16 type,
						 u32 size);
enum utrace_action utrace_session_post_event(struct session_thread *st,
					     const struct utrace_config *config, bool hold);

/* access.c */
int utrace_session_may_attach(struct task_struct *task);
int utrace_session_may_attach_self(void);
unsigned int utrace_session_unsafe_exec(struct utrace_engine *engine);
bool utrace_session_may_see(const struct session_thread *st, struct mm_struct *mm);
bool utrace_session_may_stay(const struct session_thread *st);

/* report.c */
extern const struct utrace_engine_ops utrace_session_engine_ops;

/* attach.c */
int utrace_session_attach(struct utrace_session *s, struct task_struct *task,
			  struct session_thread *maker, const struct session_attaching *a,
			  u64 *cookie);
long utrace_session_ioc_attach(struct utrace_session *s, void *arg);

/* Any order, as this kernel knows it. */
union session_any_order {
	struct utrace_order head;
	struct utrace_order_syscall syscall;
	struct utrace_order_regs regs;
	struct utrace_order_memory memory;
	struct utrace_order_call call;
	struct utrace_order_signal signal;
	struct utrace_order_send send;
	struct utrace_order_step step;
};

/* control.c */
u64 utrace_session_actions(void);
long utrace_session_control(struct utrace_session *s, void *arg);
int utrace_session_order_hold(struct session_thread *st, u64 tag, u16 reason,
			      struct session_batch *batch, bool interrupt, u16 *out);

/* signal.c */
unsigned long utrace_session_signal_events(unsigned long events);
enum utrace_action utrace_session_report_signal(struct utrace_engine *engine,
						struct utrace_signal *sig);
enum utrace_action utrace_session_report_handler(struct utrace_engine *engine, int signo);
enum utrace_action utrace_session_report_group_stop(struct utrace_engine *engine, int signo);
enum utrace_action utrace_session_report_group_cont(struct utrace_engine *engine);
int utrace_session_answer_signal(struct utrace_session *s,
				 const struct utrace_order_signal *order);
int utrace_session_send(struct utrace_session *s, const struct utrace_order_send *order);

/* step.c */
enum utrace_action utrace_session_report_step(struct utrace_engine *engine);
int utrace_session_step(struct utrace_session *s, const struct utrace_order_step *order);

/* status.c */
void utrace_session_fill_status(struct session_thread *st, struct utrace_rec_attached *rec);
long utrace_session_status(struct utrace_session *s, void *arg);
long utrace_session_pidfd(struct utrace_session *s, void *arg);

/* regs.c */
long utrace_session_view(struct utrace_session *s, void *arg);
int utrace_session_regs(struct utrace_session *s, struct utrace_order_regs *order);
int utrace_session_pin(struct utrace_session *s, struct utrace_engine *engine,
		       u64 cookie, u64 stop);
struct utrace_engine *utrace_session_pin_thread(struct utrace_session *s,
						const struct utrace_order *order);
void utrace_session_unpin_thread(struct utrace_engine *engine);

/* memory.c */
int utrace_session_memory(struct utrace_session *s, struct utrace_order_memory *order);

#endif /* _KERNEL_UTRACE_SESSION_H */
