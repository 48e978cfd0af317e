/* SPDX-License-Identifier: LGPL-2.1 WITH Linux-syscall-note */
/*
 * User-space interface of utrace: the session fd, /dev/utrace
 *
 * An open file of /dev/utrace is a *session*: one tracer, attached to any
 * number of threads.  The file is the connection: ioctl() configures it,
 * attaches and controls, read() returns event records, poll() waits for them,
 * and close() (or the tracer's death) detaches from everything and lets every
 * held thread run on.  Any number of sessions may be attached to one thread,
 * beside a ptrace tracer.  A session never signals or reparents anything.
 *
 * Rules that hold for every structure here:
 *
 *  - its first member is its size in bytes as the caller knows it.  A kernel
 *    that knows a longer one takes the missing tail as zero; a kernel that
 *    knows a shorter one accepts the structure if the excess is zero, else
 *    fails with E2BIG;
 *  - flags that are not defined here, and reserved members that are not zero,
 *    fail with EINVAL;
 *  - pointers are stored in __u64, so that 32-bit callers need no translation.
 */
#ifndef _UAPI_LINUX_UTRACE_H
#define _UAPI_LINUX_UTRACE_H

#include <linux/types.h>

#define UTRACE_API_VERSION	1

/**
 * enum utrace_event_nr - what a thread may report
 * @UTRACE_EV_QUIESCE: reached a place where it can be held, because of
 *	UTRACE_OP_HOLD or UTRACE_OP_INTERRUPT
 * @UTRACE_EV_CLONE: made a thread or process, which has not run yet
 * @UTRACE_EV_EXEC: has replaced its program
 * @UTRACE_EV_EXIT: is about to exit; its memory and files are still there
 * @UTRACE_EV_DEATH: is dead; its parent has been told
 * @UTRACE_EV_REAP: has been waited for; nothing of it is left
 * @UTRACE_EV_SYSCALL_ENTRY: is about to execute a system call
 * @UTRACE_EV_SYSCALL_EXIT: is about to return from a system call whose entry
 *	this session has seen
 *
 * The numbers are the type of the event's record, and, but for QUIESCE, which
 * comes only as the answer to an order, the bits of the masks in &struct
 * utrace_config (see UTRACE_EV_BIT()).
 *
 * The records of one thread are in the order in which things happened to it.
 * Between threads only what depends on each other is in order: a clone is
 * before everything that the child does.
 */
enum utrace_event_nr {
	UTRACE_EV_QUIESCE	= 0,
	UTRACE_EV_CLONE		= 1,
	UTRACE_EV_EXEC		= 3,
	UTRACE_EV_EXIT		= 4,
	UTRACE_EV_DEATH		= 5,
	UTRACE_EV_REAP		= 6,
	UTRACE_EV_SYSCALL_ENTRY	= 7,
	UTRACE_EV_SYSCALL_EXIT	= 8,
};

#define UTRACE_EV_BIT(ev)	(1ULL << (ev))

/* Record types that are no events. */
#define UTRACE_REC_ATTACHED	0x100	/* a thread was attached by ioctl */
#define UTRACE_REC_DETACHED	0x101	/* struct utrace_rec_detached */
#define UTRACE_REC_LOST		0x102	/* struct utrace_rec_lost */

/* utrace_record.flags */
#define UTRACE_REC_HELD		0x0001	/* held until UTRACE_OP_RELEASE */
#define UTRACE_REC_ERROR	0x0002	/* utrace_rec_syscall.result is -errno */
#define UTRACE_REC_LIMIT	0x0004	/* not held: kernel.utrace.max_stopped */

/**
 * struct utrace_record - the head of every record that read() returns
 * @size: of the whole record, a multiple of 8
 * @type: enum utrace_event_nr or UTRACE_REC_*
 * @flags: UTRACE_REC_HELD, UTRACE_REC_ERROR, UTRACE_REC_LIMIT
 * @seq: position in the session's stream of records, from 1, without gaps
 * @time: CLOCK_MONOTONIC of the initial time namespace, in nanoseconds
 * @thread: the thread's cookie: never 0, the same in every session, and never
 *	used for another thread while the system is up
 * @pid: its process (tgid), as seen in the pid namespace of the session's
 *	opener; 0 if not visible there
 * @tid: the thread's own id, in the same namespace
 */
struct utrace_record {
	__u32 size;
	__u16 type;
	__u16 flags;
	__u64 seq;
	__u64 time;
	__u64 thread;
	__s32 pid;
	__s32 tid;
};

/**
 * struct utrace_rec_syscall - UTRACE_EV_SYSCALL_ENTRY and _EXIT
 * @head: &struct utrace_record
 * @nr: the system call number, as the thread gave it
 * @arch: AUDIT_ARCH_* value that @nr belongs to
 * @captures: how many &struct utrace_capture follow
 * @reserved: 0
 * @args: the arguments as they were at entry
 * @ip: the instruction pointer
 * @sp: the stack pointer
 * @result: at exit, the result; -errno if UTRACE_REC_ERROR is set
 */
struct utrace_rec_syscall {
	struct utrace_record head;
	__s64 nr;
	__u32 arch;
	__u16 captures;
	__u16 reserved;
	__u64 args[6];
	__u64 ip;
	__u64 sp;
	__s64 result;
};

/* utrace_capture.flags */
#define UTRACE_CAP_TRUNCATED	0x01	/* there was more than the limit */
#define UTRACE_CAP_FAULT	0x02	/* (the rest) could not be read */

/**
 * struct utrace_capture - memory that an argument pointed to
 * @arg: which argument, 0 to 5
 * @flags: UTRACE_CAP_*
 * @reserved: 0
 * @len: bytes that follow; a string comes without its NUL.  The next capture
 *	starts after these bytes, at the next multiple of 8.
 */
struct utrace_capture {
	__u8  arg;
	__u8  flags;
	__u16 reserved;
	__u32 len;
};

/**
 * struct utrace_rec_clone - UTRACE_EV_CLONE
 * @head: &struct utrace_record
 * @child: the new thread's cookie, 0 if the session does not follow it
 * @clone_flags: as for clone(2), CSIGNAL bits included
 * @child_pid: its process id (tgid)
 * @child_tid: its thread id
 */
struct utrace_rec_clone {
	struct utrace_record head;
	__u64 child;
	__u64 clone_flags;
	__s32 child_pid;
	__s32 child_tid;
};

/**
 * struct utrace_rec_exec - UTRACE_EV_EXEC
 * @head: &struct utrace_record
 * @old_tid: the thread's id before; differs from head.tid if a thread other
 *	than the leader made the call
 * @reserved: 0
 * @comm: the new command name, NUL-padded
 */
struct utrace_rec_exec {
	struct utrace_record head;
	__s32 old_tid;
	__u32 reserved;
	__u8  comm[16];
};

/**
 * struct utrace_rec_exit - UTRACE_EV_EXIT and UTRACE_EV_DEATH
 * @head: &struct utrace_record
 * @status: as wait(2) would return it for this thread
 * @group_dead: at death: it was the last thread of its process
 */
struct utrace_rec_exit {
	struct utrace_record head;
	__s32 status;
	__u32 group_dead;
};

/**
 * struct utrace_rec_detached - the kernel has detached a thread
 * @head: &struct utrace_record
 * @error: EPERM: an exec changed credentials, and the session's owner might
 *	not attach to the result
 * @reserved: 0
 */
struct utrace_rec_detached {
	struct utrace_record head;
	__s32 error;
	__u32 reserved;
};

/**
 * struct utrace_rec_lost - records are missing before this one
 * @head: &struct utrace_record; its thread is 0
 * @count: how many
 *
 * Only with UTRACE_CONFIG_DROP, or when the kernel had no memory, or when
 * UTRACE_QUEUE_MAX more than utrace_config.queue_bytes wait to be read, which
 * takes exits: they do not wait for the reader.
 */
struct utrace_rec_lost {
	struct utrace_record head;
	__u64 count;
};

/* utrace_config.flags */
#define UTRACE_CONFIG_DROP	0x0001	/* full queue: count losses, hold nobody */

/**
 * struct utrace_config - UTRACE_IOC_CONFIG: what the session wants to know
 * @size: sizeof(struct utrace_config)
 * @flags: UTRACE_CONFIG_*
 * @record: UTRACE_EV_BIT() of each event that gives a record
 * @hold: those of them that also hold the thread until UTRACE_OP_RELEASE;
 *	a subset of @record and of utrace_info.hold_events
 * @queue_bytes: size at which the queue is full, and the threads that fill it
 *	are held until it is read (but see UTRACE_CONFIG_DROP).  UTRACE_EV_QUIESCE
 *	is queued in any case.  0 keeps the present value, at first 1 MiB
 * @string_max: longest string to capture; 0 captures none
 * @buffer_max: longest buffer to capture; 0 captures none
 * @reserved: 0
 *
 * Takes effect on threads attached already, too, from their next event on.
 * Before the first call a session records no events.
 *
 * A hold at a system call is right there: before the call is made, or before
 * its result is seen.  One at UTRACE_EV_CLONE or _EXEC is before the thread that
 * made the call executes its next instruction in user mode; a new child runs
 * meanwhile.  An event that comes while the thread is on its way into a hold
 * does not hold it a second time.
 */
struct utrace_config {
	__u32 size;
	__u32 flags;
	__u64 record;
	__u64 hold;
	__u32 queue_bytes;
	__u32 string_max;
	__u32 buffer_max;
	__u32 reserved;
};

#define UTRACE_QUEUE_MAX	(64u << 20)
#define UTRACE_CAPTURE_MAX	4096u

/* One system call's entry in utrace_syscalls.entries. */
#define UTRACE_SC_REPORT	0x00000001u		/* reports at all */
#define UTRACE_SC_STRING(arg)	(0x00000002u << (arg))	/* NUL-terminated, at entry */
#define UTRACE_SC_BUFFER(arg)	(0x00000080u << (arg))	/* at entry; args[arg + 1] bytes */
#define UTRACE_SC_OUTBUF(arg)	(0x00002000u << (arg))	/* at exit; result bytes */
#define UTRACE_SC_ALL		0x0007ffffu

/* Nothing is captured of a NULL string, and of a buffer of no bytes. */

/**
 * struct utrace_syscalls - UTRACE_IOC_SYSCALLS: which calls report, and what
 * @size: sizeof(struct utrace_syscalls)
 * @flags: 0
 * @arch: AUDIT_ARCH_* value of the table
 * @nr: entries, at most UTRACE_SYSCALLS_MAX; 0 removes the table
 * @entries: points to __u32[@nr] of UTRACE_SC_*, indexed by system call number
 *
 * Replaces the table of @arch.  Without a table for its arch every system call
 * reports, and captures nothing; with one, a number at or beyond @nr does not
 * report.
 */
struct utrace_syscalls {
	__u32 size;
	__u32 flags;
	__u32 arch;
	__u32 nr;
	__u64 entries;
};

#define UTRACE_SYSCALLS_MAX	4096u

/* utrace_attach.flags */
#define UTRACE_ATTACH_CHILDREN	0x0001	/* follow the processes it makes, too */

/**
 * struct utrace_attach - UTRACE_IOC_ATTACH: attach to a process
 * @size: sizeof(struct utrace_attach)
 * @flags: UTRACE_ATTACH_*
 * @pidfd: the process, see pidfd_open(2)
 * @threads: out: how many threads were attached; 0 in the call
 * @thread: out: the cookie of the thread group's leader, 0 if it is dead; 0 in
 *	the call
 *
 * All threads of the process, and all that they make later, belong to the
 * session when the call returns; each one attached by the call has put a
 * UTRACE_REC_ATTACHED record in the queue.  No thread is stopped by it.
 *
 * EPERM: the caller may not ptrace the process, is a thread of it, or it is a
 * kernel thread; ESRCH: it is dead; EBADF: not a pidfd; EEXIST: the session is
 * attached to all of its threads already; EOPNOTSUPP: a pidfd of one thread
 * (PIDFD_THREAD).
 */
struct utrace_attach {
	__u32 size;
	__u32 flags;
	__s32 pidfd;
	__u32 threads;
	__u64 thread;
};

/**
 * enum utrace_op_action - what to do to a thread
 * @UTRACE_OP_RELEASE: let it run on, if this session holds it
 * @UTRACE_OP_HOLD: hold it before it executes its next instruction in user
 *	mode; a blocking system call is not interrupted.  When it is there, it
 *	reports UTRACE_EV_QUIESCE, and the result is -EINPROGRESS.  If it is
 *	stopped already, by this session or another, the result is 0 and there
 *	is no record.
 * @UTRACE_OP_INTERRUPT: end a blocking system call as a signal that the
 *	thread handles nothing for would, and report UTRACE_EV_QUIESCE.  The
 *	result is -EBUSY if this session holds it.
 * @UTRACE_OP_DETACH: let go of it for good
 */
enum utrace_op_action {
	UTRACE_OP_RELEASE	= 1,
	UTRACE_OP_HOLD		= 2,
	UTRACE_OP_INTERRUPT	= 3,
	UTRACE_OP_DETACH	= 4,
};

/**
 * struct utrace_op - one order to one thread
 * @thread: its cookie, or 0 for every thread of the session
 * @action: enum utrace_op_action
 * @result: out: 0 or a negative errno.  -ESRCH: no such thread in this
 *	session, or it is dead; -EINVAL: no such action
 */
struct utrace_op {
	__u64 thread;
	__u32 action;
	__s32 result;
};

/**
 * struct utrace_control - UTRACE_IOC_CONTROL: orders to many threads at once
 * @size: sizeof(struct utrace_control)
 * @flags: 0
 * @ops: points to &struct utrace_op [@nr]
 * @nr: how many, at most UTRACE_OPS_MAX
 * @op_size: sizeof(struct utrace_op)
 *
 * The call returns 0 when every order was carried out or has its own error in
 * utrace_op.result.
 */
struct utrace_control {
	__u32 size;
	__u32 flags;
	__u64 ops;
	__u32 nr;
	__u32 op_size;
};

#define UTRACE_OPS_MAX		1024u

/**
 * struct utrace_view_get - UTRACE_IOC_VIEW: how registers are described
 * @size: sizeof(struct utrace_view_get)
 * @flags: 0
 * @thread: cookie of a thread of the session, whose view it is to be; 0: @id says
 * @id: UTRACE_VIEW_ID_*, 0 for the machine's native view; 0 if @thread is not
 * @buffer_size: bytes at @buffer; out: bytes of the description
 * @buffer: where to put it, a struct utrace_view of <linux/utrace_regs.h>
 *
 * ENOSPC: @buffer_size, which now says how many are needed, was too small; ENOENT:
 * this machine has no such view; ESRCH: no such thread in this session.
 */
struct utrace_view_get {
	__u32 size;
	__u32 flags;
	__u64 thread;
	__u32 id;
	__u32 buffer_size;
	__u64 buffer;
};

/* utrace_regs.flags */
#define UTRACE_REGS_WRITE	0x0001	/* write the file to the thread */

/**
 * struct utrace_regs - UTRACE_IOC_REGS: all registers of a thread
 * @size: sizeof(struct utrace_regs)
 * @flags: UTRACE_REGS_*; 0: read
 * @thread: its cookie; the session holds it
 * @buffer: of a register file, a struct utrace_regfile of <linux/utrace_regs.h>
 * @buffer_size: bytes at @buffer; out: bytes of the file
 * @bad: out: id of the register that was not to be written, or UTRACE_NONE; 0 in
 *	the call
 *
 * A write changes all registers whose values differ from what the thread has, or
 * none.  ENOSPC: @buffer_size, which now says how many are needed, was too small;
 * ESRCH: no such thread in this session, or it is dead; EBUSY: the session does
 * not hold it.  Of a write: EINVAL: no register file of this thread; EINVAL or EIO:
 * the machine does not let a program have the value of @bad; EPERM: @bad cannot be
 * written; ERANGE: the value is too big for @bad.
 */
struct utrace_regs {
	__u32 size;
	__u32 flags;
	__u64 thread;
	__u64 buffer;
	__u32 buffer_size;
	__u32 bad;
};

/**
 * struct utrace_info - UTRACE_IOC_INFO: what the kernel can, how things stand
 * @size: sizeof(struct utrace_info)
 * @api_version: UTRACE_API_VERSION of the running kernel
 * @record_events: every event that utrace_config.record may ask for
 * @hold_events: every event that utrace_config.hold may ask for
 * @arch: AUDIT_ARCH_* of native programs
 * @threads: attached threads
 * @held: those of them that the session holds
 * @queued: bytes that wait to be read
 * @lost: records that were lost in all
 */
struct utrace_info {
	__u32 size;
	__u32 api_version;
	__u64 record_events;
	__u64 hold_events;
	__u32 arch;
	__u32 threads;
	__u32 held;
	__u32 queued;
	__u64 lost;
};

/*
 * The size of the argument is in the structure, not in the number.
 *
 * read() returns whole records, as many as fit.  EMSGSIZE: not even the first
 * one fits; nothing is lost.  EAGAIN: none there, and O_NONBLOCK is set.  0:
 * none there, and none can come: all attached threads are gone (poll() says
 * POLLHUP then).
 */
#define UTRACE_IOC_MAGIC	0xB9
#define UTRACE_IOC_INFO		_IO(UTRACE_IOC_MAGIC, 0)
#define UTRACE_IOC_CONFIG	_IO(UTRACE_IOC_MAGIC, 1)
#define UTRACE_IOC_SYSCALLS	_IO(UTRACE_IOC_MAGIC, 2)
#define UTRACE_IOC_ATTACH	_IO(UTRACE_IOC_MAGIC, 3)
#define UTRACE_IOC_CONTROL	_IO(UTRACE_IOC_MAGIC, 4)
#define UTRACE_IOC_VIEW		_IO(UTRACE_IOC_MAGIC, 5)
#define UTRACE_IOC_REGS		_IO(UTRACE_IOC_MAGIC, 6)

#endif /* _UAPI_LINUX_UTRACE_H */
