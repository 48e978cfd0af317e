/* SPDX-License-Identifier: LGPL-2.1 WITH Linux-syscall-note */
/*
 * User-space interface of utrace: the session fd, /dev/utrace
 *
 * An open file of /dev/utrace is a *session*: one tracer, attached to any number of
 * threads.  ioctl() configures the session, attaches it to processes and controls
 * their threads.  read() returns event records, and poll() waits for them.  close(),
 * or the death of the tracer, detaches from all threads and releases those that are
 * held.  Any number of sessions, and a ptrace tracer, may be attached to one thread.
 *
 * It is the last close() that detaches.  After a fork() the child has a copy of the file
 * descriptor, which O_CLOEXEC closes only at an exec.  So a tracer that creates the
 * process that it traces closes the descriptor in the child first.  Otherwise the death
 * of the tracer does not release the child: a held process keeps itself held.
 *
 * A session never sends a signal to a thread, and never changes its parent.
 *
 * These rules hold for every structure that is passed to an ioctl():
 *
 *  - The first member is the size of the structure in bytes, as the caller knows it.
 *    A kernel that knows a longer structure takes the missing tail as zero.  A kernel
 *    that knows a shorter one accepts the structure if the excess is zero, and
 *    otherwise fails with E2BIG.
 *  - A flag that is not defined here, or a reserved member that is not zero, fails
 *    with EINVAL.
 *  - Pointers are stored in __u64, so that 32-bit callers need no translation.
 *
 * "Held" means that the thread executes no instruction in user mode until the session
 * releases it.
 */
#ifndef _UAPI_LINUX_UTRACE_H
#define _UAPI_LINUX_UTRACE_H

#include <linux/types.h>

#define UTRACE_API_VERSION	1

/**
 * enum utrace_event_nr - the events of a thread
 * @UTRACE_EV_QUIESCE: The thread reached a place where it can be held, because of
 *	UTRACE_OP_HOLD or UTRACE_OP_INTERRUPT.
 * @UTRACE_EV_CLONE: The thread created a thread or process, which has not run yet.
 * @UTRACE_EV_EXEC: The thread has replaced its program.
 * @UTRACE_EV_EXIT: The thread begins to exit.  It still has its memory and files.
 * @UTRACE_EV_DEATH: The thread is dead, and its parent has been told.
 * @UTRACE_EV_REAP: The thread has been waited for, and its ids are free.
 * @UTRACE_EV_SYSCALL_ENTRY: The thread enters a system call.
 * @UTRACE_EV_SYSCALL_EXIT: The thread leaves a system call whose entry this session
 *	has seen.
 *
 * The number of an event is the type of its record.  It is also the number of the
 * event's bit in the masks of &struct utrace_config (see UTRACE_EV_BIT()).  QUIESCE
 * cannot be asked for in these masks, because it only comes as the answer to an order.
 *
 * The records of one thread are in the order in which the events happened.  Records of
 * different threads are in order if one event depends on the other: a clone comes
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

/* Types of records that are not events. */
#define UTRACE_REC_ATTACHED	0x100	/* a thread was attached by ioctl */
#define UTRACE_REC_DETACHED	0x101	/* struct utrace_rec_detached */
#define UTRACE_REC_LOST		0x102	/* struct utrace_rec_lost */

/* utrace_record.flags */
#define UTRACE_REC_HELD		0x0001	/* held until UTRACE_OP_RELEASE */
#define UTRACE_REC_ERROR	0x0002	/* utrace_rec_syscall.result is -errno */
#define UTRACE_REC_LIMIT	0x0004	/* not held: kernel.utrace.max_stopped */
#define UTRACE_REC_SUPERSEDED	0x0008	/* an exec by another thread ended the leader */

/**
 * struct utrace_record - the head of every record that read() returns
 * @size: bytes of the whole record, a multiple of 8
 * @type: enum utrace_event_nr or UTRACE_REC_*
 * @flags: UTRACE_REC_HELD, UTRACE_REC_ERROR, UTRACE_REC_LIMIT, UTRACE_REC_SUPERSEDED
 * @seq: position in the session's stream of records, from 1, without gaps
 * @time: CLOCK_MONOTONIC of the initial time namespace, in nanoseconds
 * @thread: cookie of the thread.  It is never 0, is the same in every session, and is
 *	not used for another thread while the system is up.
 * @pid: id of the thread's process (tgid), in the pid namespace of the task that
 *	opened the session; 0 if it is not visible there
 * @tid: id of the thread, in the same namespace
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
 * @nr: number of the system call, as the thread gave it
 * @arch: AUDIT_ARCH_* value that @nr belongs to
 * @captures: number of &struct utrace_capture that follow
 * @reserved: 0
 * @args: arguments of the call, as they were at entry
 * @ip: instruction pointer
 * @sp: stack pointer
 * @result: at exit, the result of the call; -errno if UTRACE_REC_ERROR is set
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
 * struct utrace_capture - the memory that an argument points to
 * @arg: number of the argument, 0 to 5
 * @flags: UTRACE_CAP_*
 * @reserved: 0
 * @len: number of bytes that follow.  The NUL of a string is left out.  The next
 *	capture starts after these bytes, at the next multiple of 8.
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
 * @child: cookie of the new thread; 0 if the session does not follow it
 * @clone_flags: flags as for clone(2), CSIGNAL bits included
 * @child_pid: process id (tgid) of the new thread
 * @child_tid: thread id of the new thread
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
 * @old_tid: id of the thread before the exec.  It differs from head.tid if a thread
 *	other than the leader executed the call.
 * @reserved: 0
 * @comm: new command name, padded with NUL
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
 * @status: exit status in the form of wait(2)
 * @group_dead: at death: 1 if this was the last thread of its process
 *
 * UTRACE_REC_SUPERSEDED is set at the death of a thread group leader if another thread
 * of the process executes a program.  The process lives on, and the other thread has
 * got the leader's id.  The UTRACE_EV_EXEC record of that thread, whose old_tid is its
 * id before, may come before or after this record.
 */
struct utrace_rec_exit {
	struct utrace_record head;
	__s32 status;
	__u32 group_dead;
};

/**
 * struct utrace_rec_detached - the kernel has detached a thread
 * @head: &struct utrace_record
 * @error: why.  EPERM after an exec: it changed credentials, so that the session's
 *	owner may no longer attach to the process.  Any error after
 *	UTRACE_REC_ATTACHED: the UTRACE_IOC_ATTACH that attached the thread failed with
 *	that error, because of another thread or of the caller's memory
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
 * @count: number of missing records
 *
 * Records are lost for one of three reasons: the session has set UTRACE_CONFIG_DROP;
 * the kernel had no memory; or too much waits to be read.  That is UTRACE_QUEUE_MAX
 * more than utrace_config.queue_bytes in one session, or twice what the sysctl
 * kernel.utrace.max_queue_kb allows in all sessions of a user.  Only records of threads
 * that exit, or that the session detaches from, can come to that, because such threads
 * cannot be held until the queue is read.
 */
struct utrace_rec_lost {
	struct utrace_record head;
	__u64 count;
};

/* utrace_config.flags */
#define UTRACE_CONFIG_DROP	0x0001	/* if the queue is full, lose records */

/**
 * struct utrace_config - UTRACE_IOC_CONFIG: choose events, and how they are recorded
 * @size: sizeof(struct utrace_config)
 * @flags: UTRACE_CONFIG_*
 * @record: UTRACE_EV_BIT() of each event to record
 * @hold: UTRACE_EV_BIT() of each event that also holds the thread until
 *	UTRACE_OP_RELEASE; a subset of @record and of utrace_info.hold_events
 * @queue_bytes: size at which the queue is full; 0 keeps the present value, which
 *	is 1 MiB at first
 * @string_max: bytes to capture of a string at most; 0 captures no strings
 * @buffer_max: bytes to capture of a buffer at most; 0 captures no buffers
 * @reserved: 0
 *
 * The configuration takes effect on each attached thread from its next event on.
 * A session records no events before the first call.
 *
 * A thread whose record finds the queue full is held until the queue has been read,
 * unless UTRACE_CONFIG_DROP is set.  A queue with 8 KiB or more is also full while the
 * sessions of the user who opened it have more than the sysctl
 * kernel.utrace.max_queue_kb allows, unless the opener had CAP_SYS_PTRACE.
 * UTRACE_EV_QUIESCE is queued in any case, but only the last one of a thread: it
 * replaces one that has not been read.  If it has still not been read when the thread
 * is gone, or the session detaches from it, it can be lost like other records.
 *
 * A hold at a system call takes place at the event: before the call is executed, or
 * before the program sees its result.  A hold at UTRACE_EV_CLONE or _EXEC takes place
 * before the thread executes its next instruction in user mode.  A new child runs
 * meanwhile.  An event between the decision to hold the thread and the hold itself
 * does not hold the thread a second time.
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
#define UTRACE_SC_REPORT	0x00000001u		/* record the call */
#define UTRACE_SC_STRING(arg)	(0x00000002u << (arg))	/* NUL-terminated, at entry */
#define UTRACE_SC_BUFFER(arg)	(0x00000080u << (arg))	/* at entry; args[arg + 1] bytes */
#define UTRACE_SC_OUTBUF(arg)	(0x00002000u << (arg))	/* at exit; result bytes */
#define UTRACE_SC_ALL		0x0007efffu		/* UTRACE_SC_BUFFER(5) has no length */

/* A NULL string and a buffer of no bytes have no capture. */

/* utrace_syscalls.flags */
#define UTRACE_SYSCALLS_OTHERS	0x0001	/* record numbers outside of the table, too */

/**
 * struct utrace_syscalls - UTRACE_IOC_SYSCALLS: choose system calls and captures
 * @size: sizeof(struct utrace_syscalls)
 * @flags: UTRACE_SYSCALLS_*; 0 if @nr is 0
 * @arch: AUDIT_ARCH_* value that the table is for
 * @nr: number of entries, at most UTRACE_SYSCALLS_MAX; 0 removes the table
 * @entries: pointer to __u32[@nr] of UTRACE_SC_*, indexed by system call number; 0 to
 *	remove the table
 *
 * The call replaces the table of @arch.  If an architecture has no table, every
 * system call of that architecture is recorded, without captures.  If it has one, a
 * call whose number is outside of the table (negative, or @nr or more) is recorded,
 * without captures, if and only if UTRACE_SYSCALLS_OTHERS is set.  While a table is
 * replaced, each system call goes by the old table or by the new one.
 *
 * Errors:
 *
 * * EINVAL - this kernel executes no programs of @arch, an entry has a bit outside of
 *   UTRACE_SC_ALL, @nr is too big, or @nr is 0 and @entries or @flags is not
 * * ENOMEM - the kernel had no memory
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
#define UTRACE_ATTACH_CHILDREN	0x0001	/* also attach to processes that it creates */

/**
 * struct utrace_attach - UTRACE_IOC_ATTACH: attach to a process
 * @size: sizeof(struct utrace_attach)
 * @flags: UTRACE_ATTACH_*
 * @pidfd: file descriptor of the process, see pidfd_open(2)
 * @threads: out: number of threads that were attached; in: 0
 * @thread: out: cookie of the thread group's leader, 0 if the leader is dead; in: 0
 *
 * When the call returns, all threads of the process belong to the session, and so will
 * all threads that they create.  The queue has a UTRACE_REC_ATTACHED record of each
 * thread that was attached by this call.  The call stops no thread.
 *
 * If the call fails, it has attached no thread.  The queue may have UTRACE_REC_ATTACHED
 * records nevertheless, each followed by a UTRACE_REC_DETACHED record of the thread.
 *
 * Errors:
 *
 * * EPERM - the caller may not ptrace the process, or is one of its threads, or the
 *   process is a kernel thread; or the sysctl kernel.utrace.unprivileged forbids the
 *   attach, as it does by default for a caller under seccomp
 * * ESRCH - the process is dead
 * * EBADF - @pidfd is not a pidfd
 * * EEXIST - the session is attached to all threads of the process already
 * * EUSERS - a thread of the process has as many engines as the sysctl
 *   kernel.utrace.max_engines allows
 * * ENOMEM - the kernel had no memory
 * * EINVAL - @flags has an unknown bit, or @threads or @thread is not 0
 * * EOPNOTSUPP - @pidfd is that of one thread (PIDFD_THREAD)
 */
struct utrace_attach {
	__u32 size;
	__u32 flags;
	__s32 pidfd;
	__u32 threads;
	__u64 thread;
};

/**
 * enum utrace_op_action - the orders that a session gives to a thread
 * @UTRACE_OP_RELEASE: Release the thread, if this session holds it.
 * @UTRACE_OP_HOLD: Hold the thread before it executes its next instruction in user
 *	mode.  A blocking system call is not interrupted.  If the thread is stopped
 *	already, by this session or another, the result is 0.  Otherwise the result is
 *	-EINPROGRESS, and the thread reports UTRACE_EV_QUIESCE when it is held.
 * @UTRACE_OP_INTERRUPT: Interrupt a blocking system call, as a signal without a
 *	handler would, and report UTRACE_EV_QUIESCE.  If UTRACE_OP_HOLD has been
 *	ordered before, that report says that the thread is held.  The result is -EBUSY
 *	if this session already holds the thread.
 * @UTRACE_OP_DETACH: Detach the session from the thread.
 */
enum utrace_op_action {
	UTRACE_OP_RELEASE	= 1,
	UTRACE_OP_HOLD		= 2,
	UTRACE_OP_INTERRUPT	= 3,
	UTRACE_OP_DETACH	= 4,
};

/**
 * struct utrace_op - one order to one thread
 * @thread: cookie of the thread; 0 for every thread of the session
 * @action: enum utrace_op_action
 * @result: out: 0 or a negative errno, see also &enum utrace_op_action
 *
 * Results of every action:
 *
 * * -ESRCH - the session has no such thread, or the thread is dead
 * * -EINVAL - there is no such action
 * * -EUSERS - UTRACE_OP_HOLD: the sysctl kernel.utrace.max_stopped does not allow to
 *   hold the thread
 *
 * The result of an order to every thread is -EUSERS if at least one thread could not be
 * held for that reason, otherwise -EINPROGRESS if at least one is still to be held,
 * otherwise 0.  -EUSERS does not undo the holds of the other threads.
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
 * @ops: pointer to &struct utrace_op [@nr]
 * @nr: number of orders, at most UTRACE_OPS_MAX
 * @op_size: sizeof(struct utrace_op)
 *
 * The call returns 0 when each order was carried out or has an error of its own in
 * utrace_op.result.  It returns EINTR only to a caller that is being killed.
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
 * struct utrace_view_get - UTRACE_IOC_VIEW: get the description of registers
 * @size: sizeof(struct utrace_view_get)
 * @flags: 0
 * @thread: cookie of a thread of the session, to get the view of that thread; 0 to get
 *	the view @id
 * @id: UTRACE_VIEW_ID_*, or 0 for the native view; 0 if @thread is given
 * @buffer_size: in: bytes at @buffer; out: bytes of the description
 * @buffer: pointer to the place for a struct utrace_view of <linux/utrace_regs.h>
 *
 * Errors:
 *
 * * ENOSPC - @buffer_size was too small; it now has the number of bytes needed
 * * ENOENT - this kernel has no such view
 * * ESRCH - the session has no such thread
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
#define UTRACE_REGS_WRITE	0x0001	/* write the registers, instead of reading */

/**
 * struct utrace_regs - UTRACE_IOC_REGS: read or write all registers of a thread
 * @size: sizeof(struct utrace_regs)
 * @flags: UTRACE_REGS_*; 0 to read
 * @thread: cookie of the thread, which the session must hold
 * @buffer: pointer to a register file, a struct utrace_regfile of <linux/utrace_regs.h>
 * @buffer_size: in: bytes at @buffer; out: bytes of the register file
 * @bad: out: id of the register that could not be written, or UTRACE_NONE; in: 0
 *
 * A write changes each register whose value in the register file differs from that of
 * the thread.  If one of them cannot be changed, none is.
 *
 * Errors of both:
 *
 * * ENOSPC - @buffer_size was too small; it now has the number of bytes needed
 * * ESRCH - the session has no such thread, or the thread is dead
 * * EBUSY - the session does not hold the thread
 * * EINTR - a signal came before the thread had reached the stop in which it is held
 * * EOPNOTSUPP - the kernel has no description of the registers of this thread
 * * ENOMEM - the kernel had no memory
 *
 * Errors of a write:
 *
 * * EINVAL - the buffer has no register file of this thread, if @bad is UTRACE_NONE
 * * EINVAL, EIO - a program may not have this value in register @bad
 * * EPERM - register @bad cannot be written
 * * ERANGE - the value is too big for register @bad
 * * ENODEV, ENODATA - the CPU, or the thread, does not have register @bad
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
 * struct utrace_info - UTRACE_IOC_INFO: get the kernel's abilities and the session's state
 * @size: sizeof(struct utrace_info)
 * @api_version: UTRACE_API_VERSION of the running kernel
 * @record_events: events that utrace_config.record may ask for
 * @hold_events: events that utrace_config.hold may ask for
 * @arch: AUDIT_ARCH_* value of native programs
 * @threads: number of attached threads
 * @held: number of threads that the session holds
 * @queued: number of bytes in the queue
 * @lost: number of records that were lost since the session was opened
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
 * The number of an ioctl() does not contain the size of its argument, because the
 * structure does.
 *
 * read() returns as many whole records as fit.  It returns 0 if there is no record and
 * none can come, because all attached threads are gone; poll() then reports POLLHUP.
 * It fails with EMSGSIZE if the first record does not fit, which loses nothing, and with
 * EAGAIN if there is no record and O_NONBLOCK is set.
 */
#define UTRACE_IOC_MAGIC	0xB9
#define UTRACE_IOC_INFO		_IO(UTRACE_IOC_MAGIC, 0)
#define UTRACE_IOC_CONFIG	_IO(UTRACE_IOC_MAGIC, 1)
#define UTRACE_IOC_SYSCALLS	_IO(UTRACE_IOC_MAGIC, 2)
#define UTRACE_IOC_ATTACH	_IO(UTRACE_IOC_MAGIC, 3)
#define UTRACE_IOC_CONTROL	_IO(UTRACE_IOC_MAGIC, 4)
#define UTRACE_IOC_VIEW		_IO(UTRACE_IOC_MAGIC, 5)
#define UTRACE_IOC_REGS		_IO(UTRACE_IOC_MAGIC, 6)

/* What a thread does, see utrace_look(). */
#define UTRACE_STATE_RUNS	1	/* or is about to */
#define UTRACE_STATE_SLEEPS	2	/* in the kernel, until a signal comes */
#define UTRACE_STATE_WAITS	3	/* in the kernel, and no signal ends that */
#define UTRACE_STATE_STOPPED	4	/* by job control */
#define UTRACE_STATE_TRACED	5	/* held, by an engine or ptrace */
#define UTRACE_STATE_DYING	6

#endif /* _UAPI_LINUX_UTRACE_H */
