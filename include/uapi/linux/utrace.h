/* SPDX-License-Identifier: LGPL-2.1 WITH Linux-syscall-note */
/*
 * User-space interface of utrace: the session fd, /dev/utrace
 *
 * An open file of /dev/utrace is a *session*: one tracer, attached to any number of
 * threads.  ioctl() configures the session, attaches it to processes and gives orders to
 * their threads.  Records of what the threads do come through a ring buffer, which can be
 * mapped, or read with read(); poll() waits for them.  close(), or the death of the
 * tracer, detaches from all threads and releases those that are held.  Any number of
 * sessions, and a ptrace tracer, may be attached to one thread.
 *
 * It is the last close() that detaches.  After a fork() the child has a copy of the file
 * descriptor, which O_CLOEXEC closes only at an exec.  So a tracer that creates the
 * process that it traces closes the descriptor in the child first, or attaches with
 * UTRACE_ATTACH_OWNER.  Otherwise the death of the tracer does not release the child: a
 * held process keeps itself held.
 *
 * A session never changes a thread's parent, and sends a signal only on request.
 *
 * These rules hold for every structure that crosses the border, also for those inside
 * arrays and buffers:
 *
 *  - The first member is the size of the structure in bytes, as its writer knows it.  A
 *    structure of an array is as long as its own size says.  UTRACE_..._SIZE_VER0 is the
 *    size of the first version, and the least that is accepted.
 *  - A kernel that knows a longer structure takes the missing tail as zero.  A kernel
 *    that knows a shorter one accepts the structure if the excess is zero.  Otherwise it
 *    fails with E2BIG, and writes the size that it knows into the first member.
 *  - When a call has succeeded, the first member of its argument is the number of bytes
 *    that are valid: the smaller one of both sizes.
 *  - A flag that is not defined here, a reserved member that is not zero, or a
 *    combination that has no meaning, fails with EINVAL.  utrace_info says which flags,
 *    events and actions the running kernel knows.
 *  - What a member or flag marked "out:" contains before the call is ignored.  So a
 *    structure can be used for the next call as the last one has left it.
 *  - Pointers are stored in __u64, so that 32-bit callers need no translation.
 *  - New members are added at the end only.
 *
 * "Held" means that the thread executes no instruction in user mode until the session
 * releases it.
 */
#ifndef _UAPI_LINUX_UTRACE_H
#define _UAPI_LINUX_UTRACE_H

#include <linux/ioctl.h>
#include <linux/types.h>

#define UTRACE_API_VERSION	2

/**
 * enum utrace_event_nr - the events of a thread
 * @UTRACE_EV_QUIESCE: The thread reached a place where it can be held, because of
 *	UTRACE_OP_HOLD or a flag of the attach.
 * @UTRACE_EV_CLONE: The thread created a thread or process, which has not run yet.
 * @UTRACE_EV_VFORK_DONE: The child of a vfork() has released the thread's memory.
 * @UTRACE_EV_EXEC: The thread has replaced its program.
 * @UTRACE_EV_EXIT: The thread begins to exit.  It still has its memory and files.
 * @UTRACE_EV_DEATH: The thread is dead, and its parent has been told.
 * @UTRACE_EV_REAP: The thread has been waited for, and its ids are free.
 * @UTRACE_EV_SYSCALL_ENTRY: The thread enters a system call.
 * @UTRACE_EV_SYSCALL: The thread leaves a system call whose entry this session has seen.
 *	The record tells of the whole call.
 * @UTRACE_EV_SIGNAL_HANDLER: A signal will be delivered to a handler.
 * @UTRACE_EV_SIGNAL_IGN: A signal will be ignored.
 * @UTRACE_EV_SIGNAL_STOP: A signal will stop the process.
 * @UTRACE_EV_SIGNAL_TERM: A signal will kill the process.
 * @UTRACE_EV_SIGNAL_CORE: A signal will kill the process and dump its core.
 * @UTRACE_EV_HANDLER: The frame of a signal handler has been set up.
 * @UTRACE_EV_GROUP_STOP: The thread is about to take part in a job control stop.
 * @UTRACE_EV_GROUP_CONT: The thread is no longer stopped by job control.
 * @UTRACE_EV_STEP: The thread has executed what an order to step has asked for.
 * @UTRACE_EV_BREAKPOINT: The thread has come to a breakpoint.
 * @UTRACE_EV_WATCHPOINT: The thread has accessed watched memory.
 * @UTRACE_EV_FAULT: The thread has caused a fault of the machine, and will get SIGSEGV,
 *	SIGBUS, SIGILL or SIGFPE for it.  A session that asks for this event gets its
 *	record in place of that of the signal.
 * @UTRACE_EV_CALLED: The thread has made the system call of a UTRACE_OP_CALL.
 *
 * The number of an event is the type of its record.  It is also the number of the
 * event's bit in the masks of &struct utrace_config (see UTRACE_EV_BIT()).  QUIESCE, STEP
 * and CALLED cannot be asked for in these masks, because they only come as the answer to
 * an order.  utrace_info.record_events and utrace_info.hold_events say what can.
 */
enum utrace_event_nr {
	UTRACE_EV_QUIESCE		= 0,
	UTRACE_EV_CLONE			= 1,
	UTRACE_EV_VFORK_DONE		= 2,
	UTRACE_EV_EXEC			= 3,
	UTRACE_EV_EXIT			= 4,
	UTRACE_EV_DEATH			= 5,
	UTRACE_EV_REAP			= 6,
	UTRACE_EV_SYSCALL_ENTRY		= 7,
	UTRACE_EV_SYSCALL		= 8,
	UTRACE_EV_SIGNAL_HANDLER	= 9,
	UTRACE_EV_SIGNAL_IGN		= 10,
	UTRACE_EV_SIGNAL_STOP		= 11,
	UTRACE_EV_SIGNAL_TERM		= 12,
	UTRACE_EV_SIGNAL_CORE		= 13,
	UTRACE_EV_HANDLER		= 14,
	UTRACE_EV_GROUP_STOP		= 15,
	UTRACE_EV_GROUP_CONT		= 16,
	UTRACE_EV_STEP			= 17,
	UTRACE_EV_BREAKPOINT		= 18,
	UTRACE_EV_WATCHPOINT		= 19,
	UTRACE_EV_FAULT			= 20,
	UTRACE_EV_CALLED		= 21,
};

#define UTRACE_EV_BIT(ev)	(1ULL << (ev))

/* Types of records that are not events. */
#define UTRACE_REC_ATTACHED	0x100	/* struct utrace_rec_attached */
#define UTRACE_REC_DETACHED	0x101	/* struct utrace_rec_detached */
#define UTRACE_REC_LOST		0x102	/* struct utrace_rec_lost */
#define UTRACE_REC_DONE		0x103	/* struct utrace_rec_done */
#define UTRACE_REC_GONE		0x104	/* struct utrace_rec_gone */

/*
 * Records
 */

/* utrace_record.flags */
#define UTRACE_RECF_HELD	0x0001	/* held until UTRACE_OP_RELEASE */
#define UTRACE_RECF_ERROR	0x0002	/* utrace_rec_syscall.result is -errno */
#define UTRACE_RECF_ASLEEP	0x0004	/* with HELD: asleep in the kernel, see UTRACE_OP_HOLD */
#define UTRACE_RECF_SUPERSEDED	0x0008	/* an exec by another thread ended the leader */
#define UTRACE_RECF_UNFINISHED	0x0010	/* the call did not return: the thread ends in it */
#define UTRACE_RECF_WAITS	0x0020	/* an entry, told because the call sleeps */
#define UTRACE_RECF_CUT		0x0040	/* items are missing: no room, or no memory */

/* utrace_record.size in the ring */
#define UTRACE_REC_BUSY		0x80000000u	/* not complete yet */
#define UTRACE_REC_SKIP		0x40000000u	/* not a record, but unused space */
#define UTRACE_REC_SIZE(size)	((size) & 0x3fffffffu)

/**
 * struct utrace_record - the head of every record
 * @size: bytes of the whole record with its items, a multiple of 8
 * @type: enum utrace_event_nr or UTRACE_REC_*
 * @flags: UTRACE_RECF_*
 * @items: offset of the first &struct utrace_item; @size if there is none.  What is
 *	between the record's members as the reader knows them and @items belongs to a
 *	newer version of the structure, and can be skipped
 * @nr_items: number of items
 * @generation: utrace_config.generation under which the record was made
 * @seq: position in the session's stream of records, from 1, without gaps.  If the record
 *	is HELD, it is also the name of the stop, for utrace_order.stop
 * @time: of utrace_config.clock, in nanoseconds
 * @thread: cookie of the thread.  It is never 0, is the same in every session, and is
 *	not used for another thread while the system is up.
 * @pid: id of the thread's process (tgid), in the pid namespace of the task that
 *	opened the session; 0 if it is not visible there
 * @tid: id of the thread, in the same namespace
 *
 * Guarantees:
 *
 *  1. Records are in the order of @seq.  Losses are told in a record of their own
 *     (UTRACE_REC_LOST) at the place where they happened.
 *  2. The records of one thread are in the order in which the events happened, and
 *     @time does not go back in them as long as @generation stays.
 *  3. A UTRACE_EV_CLONE record comes before every record of the child.  Only if
 *     UTRACE_IOC_ATTACH meets the child while it is made, its UTRACE_REC_ATTACHED may
 *     come first, and UTRACE_REC_GONE of orders that were given to the child since.  The
 *     record of a stop comes before everything that its release lets happen.
 *  4. A record with HELD can be read before the thread can be released by its @seq.  If
 *     the thread is released before the record has entered the ring, the record comes
 *     without HELD.
 *  5. A BUSY record in the ring becomes complete without the help of user space.
 *  6. utrace_config.wakeup_bytes delays the wake-up of the reader for bulk records only,
 *     see &struct utrace_config.
 */
struct utrace_record {
	__u32 size;
	__u16 type;
	__u16 flags;
	__u16 items;
	__u16 nr_items;
	__u32 generation;
	__u64 seq;
	__u64 time;
	__u64 thread;
	__s32 pid;
	__s32 tid;
};

#define UTRACE_RECORD_SIZE_VER0		48

/* utrace_item.kind */
#define UTRACE_ITEM_MEMORY	1	/* bytes of memory; of a string without its NUL */
#define UTRACE_ITEM_STRINGS	2	/* strings of an array of pointers, each with its NUL */
#define UTRACE_ITEM_MSGHDR	3	/* struct utrace_msghdr */
#define UTRACE_ITEM_ROLES	4	/* struct utrace_roles */
#define UTRACE_ITEM_REGFILE	5	/* struct utrace_regfile of <linux/utrace_regs.h> */
#define UTRACE_ITEM_STACK	6	/* memory from the stack pointer on */
#define UTRACE_ITEM_PATH	7	/* name of the program of an exec, without a NUL */
#define UTRACE_ITEM_BACKTRACE	8	/* __u64[]: pc, then return addresses by frame pointers */

/* utrace_item.flags */
#define UTRACE_ITEM_TRUNCATED	0x01	/* there was more than the limit */
#define UTRACE_ITEM_FAULT	0x02	/* (the rest) could not be read */
#define UTRACE_ITEM_EXIT	0x04	/* captured at the exit of the call, not at its entry */

/* utrace_item.index of the memory that a struct msghdr refers to, besides its vectors */
#define UTRACE_INDEX_NAME	0xfffffffeu
#define UTRACE_INDEX_CONTROL	0xfffffffdu

/**
 * struct utrace_item - a part of a record: what was captured with it
 * @size: bytes from this item to the next one, a multiple of 8
 * @len: bytes of data, which begin at @data
 * @data: offset of the data from the start of this item
 * @kind: UTRACE_ITEM_*
 * @arg: number of the system call's argument, 0 to 5
 * @flags: UTRACE_ITEM_*
 * @reserved: 0
 * @index: of an iovec: number of the vector, from 0
 * @reserved2: 0
 * @addr: address of the memory
 * @total: bytes that there were to capture, as the call has it; of a vector: its iov_len,
 *	however far the call has filled it; of strings: their number.  0 if it is not known
 */
struct utrace_item {
	__u32 size;
	__u32 len;
	__u16 data;
	__u16 kind;
	__u8  arg;
	__u8  flags;
	__u16 reserved;
	__u32 index;
	__u32 reserved2;
	__u64 addr;
	__u64 total;
};

#define UTRACE_ITEM_SIZE_VER0		40

/**
 * struct utrace_msghdr - data of UTRACE_ITEM_MSGHDR: a struct msghdr
 * @size: bytes of the structure
 * @flags: msg_flags
 * @name: msg_name
 * @iov: msg_iov
 * @control: msg_control
 * @iovlen: msg_iovlen
 * @controllen: msg_controllen
 * @namelen: msg_namelen
 * @reserved: 0
 *
 * The structure is the same for 32-bit and 64-bit programs.  The memory that it refers to
 * follows in items of kind UTRACE_ITEM_MEMORY.
 */
struct utrace_msghdr {
	__u32 size;
	__u32 flags;
	__u64 name;
	__u64 iov;
	__u64 control;
	__u64 iovlen;
	__u64 controllen;
	__u32 namelen;
	__u32 reserved;
};

#define UTRACE_MSGHDR_SIZE_VER0		56

/**
 * struct utrace_roles - data of UTRACE_ITEM_ROLES: registers by their purpose
 * @size: bytes before the values
 * @reserved: 0
 * @mask: bit n is set if there is a value of UTRACE_ROLE n
 *
 * The values follow, a __u64 for each bit of @mask, lowest bit first.
 */
struct utrace_roles {
	__u32 size;
	__u32 reserved;
	__u64 mask;
};

#define UTRACE_ROLES_SIZE_VER0		16

/**
 * struct utrace_rec_attached - UTRACE_REC_ATTACHED, and the answer of UTRACE_IOC_STATUS
 * @head: &struct utrace_record
 * @process: a number of the thread's process that is never used for another one while
 *	the system is up
 * @tag: utrace_attach.tag
 * @stop: seq of the record by which the session holds the thread; 0: it does not
 * @state: UTRACE_STATE_*
 * @arch: AUDIT_ARCH_* value of the system call that the thread is in; 0: it is in none,
 *	or this is not known, because the thread runs or ptrace holds it
 * @nr: number of that call
 * @args: arguments of that call
 * @ip: instruction pointer, with @arch only
 * @sp: stack pointer, with @arch only
 * @comm: command name, padded with NUL
 *
 * The call is known of a thread that sleeps in it, and of one that this or another session
 * holds at its entry or exit.
 */
struct utrace_rec_attached {
	struct utrace_record head;
	__u64 process;
	__u64 tag;
	__u64 stop;
	__u32 state;
	__u32 arch;
	__s64 nr;
	__u64 args[6];
	__u64 ip;
	__u64 sp;
	__u8  comm[16];
};

#define UTRACE_REC_ATTACHED_SIZE_VER0	168

/* utrace_rec_attached.state */
#define UTRACE_STATE_RUNS	1	/* or is about to */
#define UTRACE_STATE_SLEEPS	2	/* in the kernel, until a signal comes */
#define UTRACE_STATE_WAITS	3	/* in the kernel, and no signal ends that */
#define UTRACE_STATE_STOPPED	4	/* by job control */
#define UTRACE_STATE_TRACED	5	/* held, by this session, another one, or ptrace */
#define UTRACE_STATE_DYING	6

/**
 * struct utrace_rec_syscall - UTRACE_EV_SYSCALL_ENTRY and UTRACE_EV_SYSCALL
 * @head: &struct utrace_record
 * @nr: number of the system call, as the thread gave it
 * @arch: AUDIT_ARCH_* value that @nr belongs to
 * @reserved: 0
 * @args: arguments of the call, as they were at entry
 * @ip: instruction pointer at entry
 * @sp: stack pointer
 * @result: of UTRACE_EV_SYSCALL: the result of the call; -errno if UTRACE_RECF_ERROR
 *	is set.  A call that was interrupted can have one of the kernel's own numbers, -512
 *	to -516, of which the program sees EINTR, or the same call once more, or nothing if
 *	it ends
 * @entry_time: time of the entry
 * @entry_seq: of UTRACE_EV_SYSCALL: seq of the record of the entry; 0 if none was made
 */
struct utrace_rec_syscall {
	struct utrace_record head;
	__s64 nr;
	__u32 arch;
	__u32 reserved;
	__u64 args[6];
	__u64 ip;
	__u64 sp;
	__s64 result;
	__u64 entry_time;
	__u64 entry_seq;
};

#define UTRACE_REC_SYSCALL_SIZE_VER0	152

/**
 * struct utrace_rec_clone - UTRACE_EV_CLONE
 * @head: &struct utrace_record
 * @child: cookie of the new thread; 0 if the session does not follow it
 * @process: utrace_rec_attached.process of the new thread
 * @clone_flags: flags as for clone(2), CSIGNAL bits included
 * @child_pid: process id (tgid) of the new thread
 * @child_tid: thread id of the new thread
 * @error: why the session does not follow the thread although it should, a positive
 *	errno; 0: it does, or should not
 * @reserved: 0
 */
struct utrace_rec_clone {
	struct utrace_record head;
	__u64 child;
	__u64 process;
	__u64 clone_flags;
	__s32 child_pid;
	__s32 child_tid;
	__s32 error;
	__u32 reserved;
};

#define UTRACE_REC_CLONE_SIZE_VER0	88

/**
 * struct utrace_rec_vfork_done - UTRACE_EV_VFORK_DONE
 * @head: &struct utrace_record
 * @child_pid: process id of the child
 * @reserved: 0
 */
struct utrace_rec_vfork_done {
	struct utrace_record head;
	__s32 child_pid;
	__u32 reserved;
};

#define UTRACE_REC_VFORK_DONE_SIZE_VER0	56

/**
 * struct utrace_siginfo - what comes with a signal
 * @signo: number of the signal
 * @err: errno
 * @code: why it was sent: SI_USER, SEGV_MAPERR and so on
 * @pid: of the sender or the child
 * @uid: likewise
 * @fd: of SIGIO
 * @tid: number of a POSIX timer
 * @band: of SIGIO
 * @overrun: of a POSIX timer
 * @trapno: number of the trap, on some architectures
 * @status: of the child
 * @value_int: value that was sent, as an int
 * @value: the same, as a pointer
 * @utime: of the child
 * @stime: likewise
 * @addr: of the fault
 * @addr_lsb: of the hardware's memory error
 * @reserved: 0
 * @syscall: number of the call, of SIGSYS
 * @call_addr: of its instruction
 * @arch: AUDIT_ARCH_* value of that call
 * @pkey: protection key, of SEGV_PKUERR
 * @lower: bounds, of SEGV_BNDERR
 * @upper: likewise
 * @perf_data: of TRAP_PERF
 *
 * What @code does not speak of is 0.  This is struct signalfd_siginfo of
 * <sys/signalfd.h>, with the same layout for all programs, and more members at its end.
 * Ids are those that the program itself sees.
 */
struct utrace_siginfo {
	__u32 signo;
	__s32 err;
	__s32 code;
	__u32 pid;
	__u32 uid;
	__s32 fd;
	__u32 tid;
	__u32 band;
	__u32 overrun;
	__u32 trapno;
	__s32 status;
	__s32 value_int;
	__u64 value;
	__u64 utime;
	__u64 stime;
	__u64 addr;
	__u16 addr_lsb;
	__u16 reserved;
	__s32 syscall;
	__u64 call_addr;
	__u32 arch;
	__u32 pkey;
	__u64 lower;
	__u64 upper;
	__u64 perf_data;
};

/**
 * struct utrace_rec_signal - UTRACE_EV_SIGNAL_*, UTRACE_EV_FAULT
 * @head: &struct utrace_record
 * @signal: number of the signal
 * @fate: UTRACE_EV_SIGNAL_*: what becomes of it, if nobody interferes
 * @breakpoint: SIGTRAP of a breakpoint instruction: its address; the pc is there, too,
 *	whatever the machine does.  Otherwise 0
 * @info: what comes with the signal
 *
 * The thread has taken the signal, and has not acted on it.  While it is held,
 * UTRACE_OP_SIGNAL says what becomes of the signal.
 */
struct utrace_rec_signal {
	struct utrace_record head;
	__u32 signal;
	__u32 fate;
	__u64 breakpoint;
	struct utrace_siginfo info;
};

#define UTRACE_REC_SIGNAL_SIZE_VER0	192

/**
 * struct utrace_rec_handler - UTRACE_EV_HANDLER
 * @head: &struct utrace_record
 * @signal: number of the signal whose handler is about to run
 * @reserved: 0
 */
struct utrace_rec_handler {
	struct utrace_record head;
	__u32 signal;
	__u32 reserved;
};

#define UTRACE_REC_HANDLER_SIZE_VER0	56

/**
 * struct utrace_rec_group_stop - UTRACE_EV_GROUP_STOP
 * @head: &struct utrace_record
 * @signal: number of the signal that stops the process
 * @reserved: 0
 *
 * With HELD, the thread takes part in the stop of its process, of which its parent
 * is told, and stays where it is when the stop ends.  UTRACE_EV_GROUP_CONT, whose record
 * has the head only, follows in any case, unless the thread is killed.
 */
struct utrace_rec_group_stop {
	struct utrace_record head;
	__u32 signal;
	__u32 reserved;
};

#define UTRACE_REC_GROUP_STOP_SIZE_VER0	56

/* utrace_rec_exec.flags */
#define UTRACE_EXEC_SECURE	0x0001	/* with more privileges than before (AT_SECURE) */
#define UTRACE_EXEC_ARCH	0x0002	/* the program is of another architecture */

/**
 * struct utrace_rec_exec - UTRACE_EV_EXEC
 * @head: &struct utrace_record.  It has an item UTRACE_ITEM_PATH
 * @old_tid: id of the thread before the exec.  It differs from head.tid if a thread
 *	other than the leader executed the call.
 * @flags: UTRACE_EXEC_*
 * @arch: AUDIT_ARCH_* value of the new program
 * @reserved: 0
 * @comm: new command name, padded with NUL
 */
struct utrace_rec_exec {
	struct utrace_record head;
	__s32 old_tid;
	__u32 flags;
	__u32 arch;
	__u32 reserved;
	__u8  comm[16];
};

#define UTRACE_REC_EXEC_SIZE_VER0	80

/**
 * struct utrace_rec_exit - UTRACE_EV_EXIT and UTRACE_EV_DEATH
 * @head: &struct utrace_record
 * @status: exit status in the form of wait(2)
 * @group_dead: at death: 1 if this was the last thread of its process
 * @successor: at death, with UTRACE_RECF_SUPERSEDED: cookie of the thread whose exec has
 *	ended this one; 0 if the session does not follow it
 *
 * UTRACE_RECF_SUPERSEDED is set at the death of a thread group leader if another thread
 * of the process executes a program.  The process lives on, and the other thread has
 * got the leader's id.  The UTRACE_EV_EXEC record of that thread, whose old_tid is its
 * id before, may come before or after this record.
 */
struct utrace_rec_exit {
	struct utrace_record head;
	__s32 status;
	__u32 group_dead;
	__u64 successor;
};

#define UTRACE_REC_EXIT_SIZE_VER0	64

/* utrace_rec_detached.reason */
#define UTRACE_DETACHED_ATTACH	1	/* the UTRACE_IOC_ATTACH that attached it has failed */
#define UTRACE_DETACHED_CREDS	2	/* an exec: the owner may not attach to it now */

/**
 * struct utrace_rec_detached - the kernel has detached a thread
 * @head: &struct utrace_record
 * @error: why, a positive errno
 * @reason: UTRACE_DETACHED_*
 */
struct utrace_rec_detached {
	struct utrace_record head;
	__s32 error;
	__u32 reason;
};

#define UTRACE_REC_DETACHED_SIZE_VER0	56

/**
 * struct utrace_rec_lost - records are missing before this one
 * @head: &struct utrace_record; its thread is 0
 * @count: number of missing records
 * @bytes: what they would have taken in the ring
 *
 * Only bulk records are lost, and only if the session has set UTRACE_CONFIG_DROP, or
 * if their thread was killed while it waited for room.
 */
struct utrace_rec_lost {
	struct utrace_record head;
	__u64 count;
	__u64 bytes;
};

#define UTRACE_REC_LOST_SIZE_VER0	64

/* utrace_rec_quiesce.reason */
#define UTRACE_QUIESCE_HOLD	1	/* UTRACE_OP_HOLD */
#define UTRACE_QUIESCE_ATTACH	2	/* UTRACE_ATTACH_HELD */
#define UTRACE_QUIESCE_BORN	3	/* UTRACE_ATTACH_BORN_HELD */
#define UTRACE_QUIESCE_AWAKE	4	/* held ASLEEP before, it has left the kernel now */

/**
 * struct utrace_rec_quiesce - UTRACE_EV_QUIESCE
 * @head: &struct utrace_record
 * @tag: utrace_order.tag of the order that has come about, or utrace_attach.tag
 * @reason: UTRACE_QUIESCE_*
 * @place: event in whose report the thread stands still (for another session, say);
 *	UTRACE_EV_QUIESCE: it is on its way to user mode
 */
struct utrace_rec_quiesce {
	struct utrace_record head;
	__u64 tag;
	__u32 reason;
	__u32 place;
};

#define UTRACE_REC_QUIESCE_SIZE_VER0	64

/**
 * struct utrace_rec_step - UTRACE_EV_STEP: an order to step has come to its end
 * @head: &struct utrace_record
 * @tag: utrace_order.tag
 * @steps: number of steps that were made
 */
struct utrace_rec_step {
	struct utrace_record head;
	__u64 tag;
	__u64 steps;
};

#define UTRACE_REC_STEP_SIZE_VER0	64

/**
 * struct utrace_rec_gone - UTRACE_REC_GONE: an order comes to nothing
 * @head: &struct utrace_record
 * @tag: utrace_order.tag
 * @error: ESRCH: the thread ends, or the session was detached from it; ECANCELED:
 *	UTRACE_OP_RELEASE came first
 * @action: utrace_order.action
 */
struct utrace_rec_gone {
	struct utrace_record head;
	__u64 tag;
	__s32 error;
	__u32 action;
};

#define UTRACE_REC_GONE_SIZE_VER0	64

/**
 * struct utrace_rec_done - UTRACE_REC_DONE: an order to all threads is through
 * @head: &struct utrace_record; its thread is 0
 * @tag: utrace_order.tag or utrace_attach.tag
 * @done: number of threads that are held
 * @gone: number of threads that are not, because they have ended, were released, or could
 *	not be held, and of those that an earlier order with UTRACE_ORDER_TELL is to hold
 */
struct utrace_rec_done {
	struct utrace_record head;
	__u64 tag;
	__u32 done;
	__u32 gone;
};

#define UTRACE_REC_DONE_SIZE_VER0	64

/**
 * struct utrace_rec_called - UTRACE_EV_CALLED
 * @head: &struct utrace_record
 * @tag: utrace_order.tag of the UTRACE_OP_CALL
 * @nr: number of the call
 * @result: result of the call; -errno if UTRACE_RECF_ERROR is set
 *
 * The thread is held again where it was held before the order, so the record has
 * UTRACE_RECF_HELD, and its seq is the name of the stop from now on.
 */
struct utrace_rec_called {
	struct utrace_record head;
	__u64 tag;
	__s64 nr;
	__s64 result;
};

#define UTRACE_REC_CALLED_SIZE_VER0	72

/*
 * The ring
 */

/* utrace_ring.flags */
#define UTRACE_RING_MMAP	0x0001	/* for mmap(); read() fails from now on */

/**
 * struct utrace_ring - UTRACE_IOC_RING: make the session's ring, or ask for it
 * @size: sizeof(struct utrace_ring)
 * @flags: UTRACE_RING_*
 * @bytes: room for records: a power of two, and a multiple of the page size, of
 *	UTRACE_RING_MIN to UTRACE_RING_MAX.  0: utrace_config.queue_bytes, rounded up.
 *	Out: the value that was taken
 * @user_offset: out: offset for mmap() of &struct utrace_ring_user: one page, which can
 *	be written
 * @data_offset: out: offset for mmap() of &struct utrace_ring_kernel: one page, followed
 *	by the data, twice.  This can only be read
 *
 * If the session has a ring that is as @flags and @bytes ask for (0: of any size), the
 * call succeeds and tells where the ring can be mapped.  So a process that gets the session
 * as a file descriptor can map the ring, too, also after UTRACE_RIGHT_CONFIG was given up.
 * There is one consumer at a time all the same, because there is one tail.
 *
 * Without this call, the first UTRACE_IOC_ATTACH makes a ring that read() reads.  A ring
 * keeps its size as long as the session lives.  Its memory is charged to the memory cgroup
 * of the task that opened the session, and counts against the sysctl
 * kernel.utrace.max_queue_kb of the user who did, unless the opener had CAP_SYS_PTRACE.
 *
 * A mapping does not keep the session alive.  When the session has been closed, the
 * mapping stays as it is, and has UTRACE_RING_ENDED set.  Records that have been consumed
 * stay readable until they are overwritten: who passes the session on passes them on.
 *
 * The consumer reads from utrace_ring_user.tail to utrace_ring_kernel.head, and writes the
 * new tail::
 *
 *	while (tail != load_acquire(&kernel->head)) {
 *		rec = data + (tail & (kernel->bytes - 1));
 *		size = load_acquire(&rec->size);
 *		if (size & UTRACE_REC_BUSY)
 *			break;
 *		if (!(size & UTRACE_REC_SKIP))
 *			use(rec);
 *		tail += UTRACE_REC_SIZE(size);
 *	}
 *	store_release(&user->tail, tail);
 *	fence_seq_cst();
 *	if (load(&kernel->flags) & UTRACE_RING_STARVED)
 *		ioctl(fd, UTRACE_IOC_FEED);
 *
 * A machine that cannot load or store 64 bits at once reads @head in halves: the upper one,
 * the lower one, and again if the upper one is another one by then.  It can write @tail in
 * halves, because the kernel takes the ring for full while @tail makes no sense.
 *
 * Because the data is mapped twice, no record wraps.  poll() reports POLLIN if the record
 * at the tail is complete.
 *
 * Errors:
 *
 * * EBUSY - the session has a ring of another size, or with other @flags
 * * EACCES - there is no ring, and UTRACE_IOC_RESTRICT has taken the right to make one
 * * EINVAL - @bytes is none of the sizes above
 * * EDQUOT - kernel.utrace.max_queue_kb does not allow it
 * * ENOMEM - the kernel had no memory
 */
struct utrace_ring {
	__u32 size;
	__u32 flags;
	__u64 bytes;
	__u64 user_offset;
	__u64 data_offset;
};

#define UTRACE_RING_SIZE_VER0		32

#define UTRACE_RING_MIN		4096ull
#define UTRACE_RING_MAX		(1ull << 30)

/**
 * struct utrace_ring_user - the page that the consumer writes
 * @tail: bytes consumed since the beginning
 *
 * It does not begin with its size, because the kernel reads nothing else of this page.  The
 * rest of the page stays 0.
 */
struct utrace_ring_user {
	__u64 tail;
};

#define UTRACE_RING_USER_SIZE_VER0	8

/* utrace_ring_kernel.flags */
#define UTRACE_RING_STARVED	0x0001	/* records wait for room: UTRACE_IOC_FEED */
#define UTRACE_RING_ENDED	0x0002	/* the session is closed */

/**
 * struct utrace_ring_kernel - the page in front of the data
 * @size: bytes of the structure that the kernel fills in
 * @flags: UTRACE_RING_STARVED, UTRACE_RING_ENDED
 * @head: bytes produced since the beginning
 * @bytes: size of the data
 * @lost: records lost since the beginning
 */
struct utrace_ring_kernel {
	__u32 size;
	__u32 flags;
	__u64 head;
	__u64 bytes;
	__u64 lost;
};

#define UTRACE_RING_KERNEL_SIZE_VER0	32

/*
 * Configuration
 */

/* utrace_config.flags */
#define UTRACE_CONFIG_DROP	0x0001	/* if the ring is full, lose bulk records */
#define UTRACE_CONFIG_REGFILE	0x0002	/* HELD records have UTRACE_ITEM_REGFILE */
#define UTRACE_CONFIG_BACKTRACE	0x0004	/* so have they UTRACE_ITEM_BACKTRACE */

/* utrace_config.clock */
#define UTRACE_CLOCK_MONOTONIC	0	/* of the initial time namespace */
#define UTRACE_CLOCK_BOOTTIME	1	/* likewise */
#define UTRACE_CLOCK_REALTIME	2

/**
 * struct utrace_config - UTRACE_IOC_CONFIG: choose events, and how they are recorded
 * @size: sizeof(struct utrace_config)
 * @flags: UTRACE_CONFIG_*
 * @record: UTRACE_EV_BIT() of each event to record; a subset of
 *	utrace_info.record_events
 * @hold: UTRACE_EV_BIT() of each event that holds the thread until UTRACE_OP_RELEASE, and
 *	is recorded; a subset of utrace_info.hold_events.  Of system calls with a table
 *	(UTRACE_IOC_SYSCALLS), only those that the table holds
 * @roles: bit n: HELD records have the value of UTRACE_ROLE n of <linux/utrace_regs.h> in
 *	their item UTRACE_ITEM_ROLES
 * @queue_bytes: size of the ring, if UTRACE_IOC_ATTACH is to make it; 0 keeps the present
 *	value, which is 1 MiB at first.  It cannot be changed when there is a ring
 * @wakeup_bytes: wake the reader for bulk records when there are so many bytes of them;
 *	0: when the first one is there.  At most half of the ring counts
 * @string_max: bytes to capture of a string at most; 0 captures no strings
 * @buffer_max: bytes to capture of other memory at most; 0 captures none
 * @stack_max: bytes of stack (UTRACE_ITEM_STACK) in HELD records; 0: none
 * @clock: UTRACE_CLOCK_*, for all times in records
 * @generation: out: number of this configuration, for utrace_record.generation
 * @reserved: 0
 * @quiet_signals: bit n - 1: UTRACE_EV_SIGNAL_*, _FAULT and _HANDLER of signal n are
 *	neither recorded nor held
 * @passed_signals: likewise, but they are only not held
 *
 * The configuration takes effect on each attached thread from its next event on, as a
 * whole.  A session records no events before the first call.
 *
 * If the ring is full, a record waits until it has been read:
 *
 *  - A *bulk* record, which is one without HELD of an event that the thread can wait in:
 *    its thread waits, too, as if it were held.  With UTRACE_CONFIG_DROP, the record is
 *    lost instead.
 *  - A record with HELD: its thread is held anyway, and is not taken for held before
 *    the record can be read.
 *  - The last words of a thread (EXIT, DEATH, REAP, DETACHED) and the end of an order
 *    (QUIESCE, GONE, DONE): they have room of their own, wait for nothing, and are never
 *    lost.
 *
 * @wakeup_bytes does not delay the wake-up for any but bulk records, nor when a record
 * waits for room.  poll() reports POLLPRI while there is a record with HELD to be read.
 *
 * A hold at a system call takes place at the event: before the call is executed, or
 * before the program sees its result.  A hold at UTRACE_EV_CLONE or _EXEC takes place
 * before the thread executes its next instruction in user mode.  A new child runs
 * meanwhile.  An event between the decision to hold the thread and the hold itself
 * does not hold the thread a second time.
 *
 * Errors:
 *
 * * EINVAL - an unknown flag or event, a role that does not exist, too high a maximum, or
 *   a queue_bytes that no ring can have
 * * EBUSY - @queue_bytes is not that of the ring
 */
struct utrace_config {
	__u32 size;
	__u32 flags;
	__u64 record;
	__u64 hold;
	__u64 roles;
	__u32 queue_bytes;
	__u32 wakeup_bytes;
	__u32 string_max;
	__u32 buffer_max;
	__u32 stack_max;
	__u32 clock;
	__u32 generation;
	__u32 reserved;
	__u64 quiet_signals;
	__u64 passed_signals;
};

#define UTRACE_CONFIG_SIZE_VER0		64
#define UTRACE_CONFIG_SIZE_VER1		80	/* @quiet_signals, @passed_signals */

#define UTRACE_CAPTURE_MAX	4096u

/* One system call's entry in utrace_syscalls.entries. */
#define UTRACE_SC_ENTRY		0x0001u	/* record UTRACE_EV_SYSCALL_ENTRY */
#define UTRACE_SC_RECORD	0x0002u	/* record UTRACE_EV_SYSCALL */
#define UTRACE_SC_ERRORS	0x0004u	/* ... only if the call fails */
#define UTRACE_SC_HOLD_ENTRY	0x0008u	/* hold before the call */
#define UTRACE_SC_HOLD_EXIT	0x0010u	/* hold after the call */
#define UTRACE_SC_COUNT		0x0020u	/* count, for UTRACE_IOC_COUNTS */
#define UTRACE_SC_WAITS		0x0040u	/* record the entry if the call sleeps */
#define UTRACE_SC_ALL		0x007fu

/* utrace_capture_rule.when */
#define UTRACE_WHEN_ENTRY	0	/* before the call */
#define UTRACE_WHEN_EXIT	1	/* after the call */
#define UTRACE_WHEN_SUCCESS	2	/* after the call, unless it has failed */

/* utrace_capture_rule.kind: what the argument points to */
#define UTRACE_CAP_STRING	1	/* a string, up to its NUL */
#define UTRACE_CAP_BYTES	2	/* memory of a length */
#define UTRACE_CAP_STRINGS	3	/* an array of pointers to strings, up to a NULL pointer */
#define UTRACE_CAP_IOVEC	4	/* an array of struct iovec: the memory of the vectors */
#define UTRACE_CAP_MSGHDR	5	/* a struct msghdr: its name, vectors and control data */

/* utrace_capture_rule.len_from: where the length comes from; it is in units */
#define UTRACE_LEN_CONST	0	/* 1 */
#define UTRACE_LEN_ARG		1	/* the argument @len_arg */
#define UTRACE_LEN_INT		2	/* the __u32 that the argument @len_arg points to */
#define UTRACE_LEN_LONG		3	/* the (program's) long that it points to */
#define UTRACE_LEN_RESULT	4	/* the result of the call */

/**
 * struct utrace_capture_rule - which memory of a system call to capture
 * @size: sizeof(struct utrace_capture_rule)
 * @nr: number of the system call
 * @when: UTRACE_WHEN_*
 * @arg: number of the argument that points to the memory
 * @kind: UTRACE_CAP_*
 * @len_from: UTRACE_LEN_*.  Of UTRACE_CAP_BYTES: the length.  Of UTRACE_CAP_IOVEC: the
 *	number of vectors.  Otherwise 0
 * @len_arg: number of the argument that @len_from speaks of; 0 if it speaks of none
 * @reserved: 0
 * @len_unit: bytes of one unit of the length; 1 for UTRACE_CAP_IOVEC, and 0 if there is no
 *	length
 * @max: bytes to capture at most, up to UTRACE_CAPTURE_MAX; 0: utrace_config.string_max
 *	of strings, and utrace_config.buffer_max of other memory
 * @filled_from: of UTRACE_CAP_IOVEC and UTRACE_CAP_MSGHDR, with UTRACE_WHEN_EXIT or
 *	UTRACE_WHEN_SUCCESS: UTRACE_LEN_RESULT if the vectors have been filled only as far
 *	as the result says; otherwise 0.  Then the rest of them is not captured
 *
 * What a rule captures becomes one or more &struct utrace_item of the record.  A NULL
 * pointer, and memory of no bytes, have none.  Each of the first UTRACE_VECTORS_MAX vectors
 * has one, also a vector that is empty or that the call has not filled.  The captures of an
 * entry are in the record of the entry, if there is one, and in the UTRACE_EV_SYSCALL
 * record.
 */
struct utrace_capture_rule {
	__u32 size;
	__u32 nr;
	__u8  when;
	__u8  arg;
	__u8  kind;
	__u8  len_from;
	__u8  len_arg;
	__u8  filled_from;
	__u16 reserved;
	__u32 len_unit;
	__u32 max;
};

#define UTRACE_CAPTURE_RULE_SIZE_VER0	24

#define UTRACE_VECTORS_MAX	32u

/* utrace_syscalls.flags */
#define UTRACE_SYSCALLS_OTHERS	0x0001	/* also numbers outside of the table, see @others */

/**
 * struct utrace_syscalls - UTRACE_IOC_SYSCALLS: choose system calls and captures
 * @size: sizeof(struct utrace_syscalls)
 * @flags: UTRACE_SYSCALLS_*; 0 if @nr is 0
 * @arch: AUDIT_ARCH_* value that the table is for
 * @nr: number of entries, at most UTRACE_SYSCALLS_MAX; 0 removes the table
 * @entries: pointer to __u32[@nr] of UTRACE_SC_*, indexed by system call number; 0 to
 *	remove the table
 * @rules: pointer to &struct utrace_capture_rule [@nr_rules], in ascending order of their
 *	nr
 * @nr_rules: number of rules, at most UTRACE_RULES_MAX
 * @others: UTRACE_SC_* of each number that has no entry (negative, or @nr or more), with
 *	UTRACE_SYSCALLS_OTHERS only.  Not UTRACE_SC_COUNT, because there is no counter
 *
 * The call replaces the table of @arch.  If an architecture has no table, every system
 * call of that architecture is recorded and held as &struct utrace_config says, without
 * captures.  With a table, a record or a hold is made if both the table and the
 * configuration ask for it.  While a table is replaced, each system call goes by the old
 * table or by the new one, from its entry to its exit.
 *
 * A table of the kernel's native architecture makes calls cheap that nobody asks for: a
 * thread passes by the session then.
 *
 * Errors:
 *
 * * EINVAL - this kernel executes no programs of @arch, an entry has a bit outside of
 *   UTRACE_SC_ALL, a number is too big, a rule contradicts itself or is out of order, or
 *   @nr is 0 and another member is not
 * * E2BIG - a rule is longer than this kernel knows
 * * ENOMEM - the kernel had no memory
 */
struct utrace_syscalls {
	__u32 size;
	__u32 flags;
	__u32 arch;
	__u32 nr;
	__u64 entries;
	__u64 rules;
	__u32 nr_rules;
	__u32 others;
};

#define UTRACE_SYSCALLS_SIZE_VER0	40

#define UTRACE_SYSCALLS_MAX	4096u
#define UTRACE_RULES_MAX	8192u

/* utrace_counts.flags */
#define UTRACE_COUNTS_RESET	0x0001	/* begin anew at 0 */

/**
 * struct utrace_counts - UTRACE_IOC_COUNTS: get what was counted
 * @size: sizeof(struct utrace_counts)
 * @flags: UTRACE_COUNTS_*
 * @arch: AUDIT_ARCH_* value of the table
 * @nr: in: number of &struct utrace_count at @counts; out: number of the table's entries
 * @counts: pointer to them, indexed by system call number
 * @count_size: sizeof(struct utrace_count)
 * @reserved: 0
 *
 * The counters live as long as the session, also if the table is replaced.  Calls that
 * have not returned are not in them.
 *
 * Errors:
 *
 * * ENOENT - no table of @arch has counted anything
 * * EINVAL - an unknown flag, or @count_size is less than UTRACE_COUNT_SIZE_VER0
 */
struct utrace_counts {
	__u32 size;
	__u32 flags;
	__u32 arch;
	__u32 nr;
	__u64 counts;
	__u32 count_size;
	__u32 reserved;
};

#define UTRACE_COUNTS_SIZE_VER0		32

/**
 * struct utrace_count - the calls of one number
 * @size: out: bytes that are valid
 * @reserved: 0
 * @calls: number of calls that have returned
 * @errors: number of those that have failed
 * @time: their duration in all, in nanoseconds
 * @time_max: the longest one's
 */
struct utrace_count {
	__u32 size;
	__u32 reserved;
	__u64 calls;
	__u64 errors;
	__u64 time;
	__u64 time_max;
};

#define UTRACE_COUNT_SIZE_VER0		40

/*
 * Attach
 */

/* utrace_attach.flags */
#define UTRACE_ATTACH_CHILDREN	0x0001	/* also attach to processes that it creates */
#define UTRACE_ATTACH_HELD	0x0002	/* hold all threads; UTRACE_REC_DONE with @tag */
#define UTRACE_ATTACH_BORN_HELD	0x0004	/* threads made later begin held */
#define UTRACE_ATTACH_KILL	0x0008	/* SIGKILL when the session ends without detach */
#define UTRACE_ATTACH_STRICT	0x0010	/* kill what cannot be followed */
#define UTRACE_ATTACH_ALONE	0x0020	/* one thread, and not what it makes */
#define UTRACE_ATTACH_OWNER	0x0040	/* the session ends with the calling process */
#define UTRACE_ATTACH_UPDATE	0x0080	/* attached already: these flags from now on */

/**
 * struct utrace_attach - UTRACE_IOC_ATTACH: attach to a process or a thread
 * @size: sizeof(struct utrace_attach)
 * @flags: UTRACE_ATTACH_*
 * @fd: file descriptor of the process, see pidfd_open(2); with PIDFD_THREAD, of the
 *	thread; -1: the calling process
 * @threads: out: number of threads that were attached
 * @tag: for the records that tell of this attach
 * @thread: out: cookie of the thread, or of the process's leader, 0 if the leader is
 *	dead
 * @process: out: utrace_rec_attached.process
 *
 * When the call returns, all threads of the process belong to the session, and so will
 * all threads that they create.  The session has a UTRACE_REC_ATTACHED record of each
 * thread that was attached by this call.  The call stops no thread, unless
 * UTRACE_ATTACH_HELD is set.  If it fails, it leaves nothing behind but, of threads whose
 * UTRACE_REC_ATTACHED record was made already, a UTRACE_REC_DETACHED record.
 *
 * A full ring does not delay the call: the UTRACE_REC_ATTACHED records wait for room and are
 * not lost.  The threads run on until they have a record of their own that must wait.
 *
 * A process that attaches to itself can only pass the session on to another process, for
 * example a crash handler: it cannot hold its own threads (EDEADLK).  So a program that
 * nobody else may ptrace can be looked at by whom it has asked to.
 *
 * Errors:
 *
 * * EPERM - the caller may not ptrace the process, or is one of its threads, or the
 *   process is a kernel thread; or the sysctl kernel.utrace.unprivileged forbids the
 *   attach, as it does by default for a caller under seccomp
 * * ESRCH - the process or thread is dead
 * * EBADF - @fd is not a pidfd
 * * EEXIST - the session is attached to all of it already
 * * EUSERS - a thread of the process has as many engines as the sysctl
 *   kernel.utrace.max_engines allows
 * * EDQUOT - the sysctl kernel.utrace.max_queue_kb does not allow the ring
 * * EACCES - UTRACE_IOC_RESTRICT has taken the right to attach
 * * ENOMEM - the kernel had no memory
 * * EINVAL - @flags has an unknown bit or a combination without meaning
 */
struct utrace_attach {
	__u32 size;
	__u32 flags;
	__s32 fd;
	__u32 threads;
	__u64 tag;
	__u64 thread;
	__u64 process;
};

#define UTRACE_ATTACH_SIZE_VER0		40

/* utrace_restrict.rights */
#define UTRACE_RIGHT_ATTACH	0x0001u
#define UTRACE_RIGHT_CONFIG	0x0002u	/* CONFIG, SYSCALLS, RING */
#define UTRACE_RIGHT_HOLD	0x0004u	/* HOLD */
#define UTRACE_RIGHT_ANSWER	0x0008u	/* SYSCALL, SIGNAL */
#define UTRACE_RIGHT_STEP	0x0010u	/* STEP */
#define UTRACE_RIGHT_REGS_READ	0x0020u
#define UTRACE_RIGHT_REGS_WRITE	0x0040u
#define UTRACE_RIGHT_MEM_READ	0x0080u
#define UTRACE_RIGHT_MEM_WRITE	0x0100u
#define UTRACE_RIGHT_CALL	0x0200u	/* CALL */
#define UTRACE_RIGHT_SEND	0x0400u	/* SEND */
#define UTRACE_RIGHT_KILL	0x0800u	/* KILL */

/**
 * struct utrace_restrict - UTRACE_IOC_RESTRICT: give up rights
 * @size: sizeof(struct utrace_restrict)
 * @flags: 0
 * @rights: UTRACE_RIGHT_* to keep; out: those that the session has now
 *
 * The rights that are not in @rights are lost, for everybody who has the session, and
 * for ever.  What needs a right that was lost fails with EACCES.
 */
struct utrace_restrict {
	__u32 size;
	__u32 flags;
	__u64 rights;
};

#define UTRACE_RESTRICT_SIZE_VER0	16

/**
 * struct utrace_status - UTRACE_IOC_STATUS: what threads do now
 * @size: sizeof(struct utrace_status)
 * @flags: 0
 * @thread: cookie of a thread; 0: all threads of the session
 * @buffer: pointer to the place for &struct utrace_rec_attached of each, whose head.size
 *	says where the next one begins
 * @buffer_size: in: bytes at @buffer; out: bytes that were written
 * @nr: out: number of threads that the answer would have if there were room
 *
 * Errors:
 *
 * * ESRCH - the session has no such thread
 */
struct utrace_status {
	__u32 size;
	__u32 flags;
	__u64 thread;
	__u64 buffer;
	__u32 buffer_size;
	__u32 nr;
};

#define UTRACE_STATUS_SIZE_VER0		32

/* utrace_pidfd.flags */
#define UTRACE_PIDFD_THREAD	0x0001	/* of the thread, not of its process */

/**
 * struct utrace_pidfd - UTRACE_IOC_PIDFD: get a pidfd of an attached thread
 * @size: sizeof(struct utrace_pidfd)
 * @flags: UTRACE_PIDFD_*
 * @thread: cookie of the thread
 * @fd: out: file descriptor, with O_CLOEXEC
 * @reserved: 0
 *
 * Errors:
 *
 * * ESRCH - the session has no such thread, or the thread has been reaped
 * * EMFILE, ENFILE, ENOMEM - there is no file descriptor
 */
struct utrace_pidfd {
	__u32 size;
	__u32 flags;
	__u64 thread;
	__s32 fd;
	__u32 reserved;
};

#define UTRACE_PIDFD_SIZE_VER0		24

/*
 * Orders
 */

/**
 * enum utrace_op_action - the orders that a session gives to a thread
 * @UTRACE_OP_RELEASE: Release the thread, if this session holds it.  An order to hold it
 *	or to step it that has not come about is cancelled, and ends in UTRACE_REC_GONE.  A
 *	call of UTRACE_OP_CALL is interrupted, and still ends in UTRACE_EV_CALLED.
 * @UTRACE_OP_HOLD: Hold the thread before it executes its next instruction in user mode;
 *	see &struct utrace_order.
 * @UTRACE_OP_DETACH: Detach the session from the thread.
 * @UTRACE_OP_KILL: Send SIGKILL to the thread's process.
 * @UTRACE_OP_STEP: &struct utrace_order_step: release the held thread for one or several
 *	steps.  The result is -EINPROGRESS, and UTRACE_EV_STEP tells of the end.
 * @UTRACE_OP_SYSCALL: &struct utrace_order_syscall: say what becomes of the system call at
 *	whose entry or exit the thread is held.
 * @UTRACE_OP_SIGNAL: &struct utrace_order_signal: say what becomes of the signal in whose
 *	record the thread is held.
 * @UTRACE_OP_REGS: &struct utrace_order_regs: read or write registers.
 * @UTRACE_OP_MEMORY: &struct utrace_order_memory: read or write memory.
 * @UTRACE_OP_CALL: &struct utrace_order_call: let the held thread execute a system call.
 *	The result is -EINPROGRESS, and UTRACE_EV_CALLED tells of the end.
 * @UTRACE_OP_SEND: &struct utrace_order_send: send a signal.
 *
 * utrace_info.actions says which of them the kernel knows.
 */
enum utrace_op_action {
	UTRACE_OP_RELEASE	= 1,
	UTRACE_OP_HOLD		= 2,
	UTRACE_OP_DETACH	= 3,
	UTRACE_OP_KILL		= 4,
	UTRACE_OP_STEP		= 5,
	UTRACE_OP_SYSCALL	= 6,
	UTRACE_OP_SIGNAL	= 7,
	UTRACE_OP_REGS		= 8,
	UTRACE_OP_MEMORY	= 9,
	UTRACE_OP_CALL		= 10,
	UTRACE_OP_SEND		= 11,
};

/* utrace_order.flags */
#define UTRACE_ORDER_LINK	0x0001	/* only if the order before was carried out */
#define UTRACE_ORDER_PROCESS	0x0002	/* @thread stands for all threads of its process */
#define UTRACE_ORDER_TELL	0x0004	/* UTRACE_REC_DONE when the last thread is through */
#define UTRACE_ORDER_INTERRUPT	0x0008	/* HOLD: end a sleep, also in a CALL, as a signal would */
#define UTRACE_ORDER_ASLEEP	0x0010	/* out, HOLD: the thread is asleep */

/**
 * struct utrace_order - the head of every order
 * @size: bytes of the whole order, a multiple of 8
 * @action: enum utrace_op_action
 * @flags: UTRACE_ORDER_*
 * @thread: cookie of the thread; 0: every thread of the session
 * @stop: seq of the record with HELD that is answered; 0: whatever holds the thread
 * @tag: comes back in the record that tells of the end of the order
 * @result: out: 0 or a negative errno
 * @done: out: number of threads to which the order was given
 *
 * RELEASE, HOLD, DETACH and KILL can be given to several threads at once, and have no
 * operands.  @stop is for one thread.
 *
 * What HOLD does depends on what the thread does:
 *
 *  - It runs: the result is -EINPROGRESS, and there is a QUIESCE record with HELD when the
 *    thread is held.
 *  - It sleeps in the kernel: it is as good as held.  It is not woken, and its system call
 *    goes on.  The result is 0, with UTRACE_ORDER_ASLEEP, and at once there is a QUIESCE
 *    record with HELD and ASLEEP.  The registers and the memory of the thread can be read.
 *    An order that needs it stopped fails with -EBUSY.  When the thread wakes up, it is held
 *    before user mode, and there is one more QUIESCE record.
 *  - It is still stopped for another session, for a record that waits for room in the ring,
 *    or because it was just released: the result is 0, and at once there is a QUIESCE record
 *    with HELD.  The thread stays where it is.  The record that waits enters the ring before
 *    that, and without HELD.
 *  - The session holds it: the result is 0, and nothing changes.  UTRACE_ORDER_ASLEEP tells
 *    that it still sleeps.  With UTRACE_ORDER_INTERRUPT, its sleep ends.
 *  - An earlier HOLD of it is under way: the result is -EALREADY.
 *
 * With UTRACE_ORDER_TELL there is one UTRACE_REC_DONE if the order was given to the threads,
 * as the results 0, -EINPROGRESS, -EUSERS, -EDEADLK and -EAGAIN tell.  It waits for each
 * thread that is still to be held, also for one whose earlier HOLD is under way, unless that
 * HOLD was given with UTRACE_ORDER_TELL, too.
 *
 * Results of every action:
 *
 * * -EINPROGRESS - the order will end in exactly one record with @tag: UTRACE_EV_QUIESCE,
 *   UTRACE_EV_CALLED or UTRACE_REC_GONE of each thread; with UTRACE_ORDER_TELL, one
 *   UTRACE_REC_DONE besides
 * * -ESRCH - the session has no such thread, or the thread is dead
 * * -ESTALE - the thread is not held by the record @stop (any more)
 * * -ECANCELED - UTRACE_ORDER_LINK: the order before was not carried out
 * * -EALREADY - UTRACE_OP_HOLD: such an order, or a UTRACE_OP_CALL, is under way
 * * -EAGAIN - the record of the end of an earlier order still waits for room in the ring
 * * -ENOBUFS - UTRACE_ORDER_TELL: too many orders wait for their UTRACE_REC_DONE, or for
 *   room for it; no thread was given the order
 * * -EFAULT - what the order points to cannot be read or written
 * * -ENOMEM - the kernel had no memory
 * * -EINTR - a signal came before the order was carried out
 * * -EBUSY - the thread is not held, or only ASLEEP, or executes the call of a
 *   UTRACE_OP_CALL
 * * -EUSERS - UTRACE_OP_HOLD: the sysctl kernel.utrace.max_stopped does not allow to hold
 *   the thread
 * * -EDQUOT, -ENOMEM - UTRACE_ORDER_TELL: the session has no ring for the record yet, and
 *   the sysctl kernel.utrace.max_queue_kb does not allow one, or the kernel had no memory
 * * -EACCES - UTRACE_IOC_RESTRICT has taken the right
 * * -EDEADLK - the caller belongs to the process that it orders to be held
 * * -E2BIG - the order is longer than this kernel knows, see the rules above; size is
 *   what the kernel knows
 * * -EINVAL - there is no such action, flag or combination
 *
 * The result of an order to several threads is -EUSERS, -EDEADLK or -EAGAIN if at least one
 * thread could not be held for that reason, otherwise -EINPROGRESS if at least one is still
 * to be held, otherwise 0.  An error does not undo the holds of the other threads.
 */
struct utrace_order {
	__u32 size;
	__u16 action;
	__u16 flags;
	__u64 thread;
	__u64 stop;
	__u64 tag;
	__s32 result;
	__u32 done;
};

#define UTRACE_ORDER_SIZE_VER0		40

/* utrace_order_syscall.what */
#define UTRACE_CALL_SKIP	1	/* at entry: do not make the call; @result is its result */
#define UTRACE_CALL_REWRITE	2	/* at entry: make the call @nr with @args instead */
#define UTRACE_CALL_RESTORE	3	/* likewise, and the program finds its old arguments */
#define UTRACE_CALL_RESULT	4	/* at exit: the result is @result */
#define UTRACE_CALL_RESTART	5	/* at exit: make the call again */

/**
 * struct utrace_order_syscall - UTRACE_OP_SYSCALL
 * @order: &struct utrace_order
 * @what: UTRACE_CALL_*
 * @arch: REWRITE, RESTORE: AUDIT_ARCH_* value of @nr, that of the present call;
 *	otherwise 0
 * @nr: number of the call
 * @args: its arguments
 * @result: SKIP, RESULT: the result; -errno for an error
 *
 * The thread stays held.
 */
struct utrace_order_syscall {
	struct utrace_order order;
	__u32 what;
	__u32 arch;
	__s64 nr;
	__u64 args[6];
	__s64 result;
};

#define UTRACE_ORDER_SYSCALL_SIZE_VER0	112

/* utrace_order_signal.what */
#define UTRACE_SIGNAL_DELIVER	1	/* deliver it after all */
#define UTRACE_SIGNAL_DROP	2	/* forget it */
#define UTRACE_SIGNAL_REPLACE	3	/* deliver @info in its place */
#define UTRACE_SIGNAL_REQUEUE	4	/* put it back where it came from */

/**
 * struct utrace_order_signal - UTRACE_OP_SIGNAL
 * @order: &struct utrace_order
 * @what: UTRACE_SIGNAL_*
 * @reserved: 0
 * @info: REPLACE: the other signal; otherwise 0
 *
 * For a thread that is held in the record of a signal (UTRACE_EV_SIGNAL_*, _FAULT).  It
 * stays held, and the last order counts.  Without one, the signal is delivered.
 *
 * Who is told after this session (ptrace, and other sessions) hears of what became of
 * the signal.  The program does not see that the siginfo of another signal was made up.
 *
 * A signal that was put back is taken again, and recorded again, as soon as nothing keeps
 * the thread from that: so block it first, by UTRACE_OP_CALL, say.  One to the process may
 * then be taken by another thread.
 *
 * A signal that is ignored (UTRACE_EV_SIGNAL_IGN) may have been dropped before its record
 * was made.  What replaces such a signal is sent as a new one.
 *
 * Results beside those of &struct utrace_order:
 *
 * * -EINVAL - the thread is not held in the record of a signal; there is no such @what or
 *   signal; or a member is not 0 that should be
 * * -EACCES - REPLACE by SIGKILL: UTRACE_RIGHT_KILL was given up
 */
struct utrace_order_signal {
	struct utrace_order order;
	__u32 what;
	__u32 reserved;
	struct utrace_siginfo info;
};

#define UTRACE_ORDER_SIGNAL_SIZE_VER0	176

/* utrace_order_send.flags */
#define UTRACE_SEND_PROCESS	0x0001	/* to the process, not to the thread */

/**
 * struct utrace_order_send - UTRACE_OP_SEND
 * @order: &struct utrace_order
 * @flags: UTRACE_SEND_*
 * @reserved: 0
 * @info: the signal; its code is SI_USER, SI_QUEUE, SI_TKILL or another one that the
 *	kernel itself does not use, which are those up to 0.  With SI_USER and SI_TKILL,
 *	the kernel fills in the ids of the caller
 *
 * The thread need not be held.  If it is, it takes the signal when it goes on.
 *
 * Results beside those of &struct utrace_order:
 *
 * * -EINVAL - there is no such signal, or it has a code of the kernel's; an unknown flag
 * * -EAGAIN - too many signals are queued
 * * -EACCES - SIGKILL: UTRACE_RIGHT_KILL was given up
 */
struct utrace_order_send {
	struct utrace_order order;
	__u32 flags;
	__u32 reserved;
	struct utrace_siginfo info;
};

#define UTRACE_ORDER_SEND_SIZE_VER0	176

/* utrace_order_step.what */
#define UTRACE_STEP_INSN	1	/* @count instructions */
#define UTRACE_STEP_BLOCK	2	/* @count blocks: up to the next taken branch */
#define UTRACE_STEP_RANGE	3	/* as long as the pc is from @start to before @end */

/* utrace_order_step.flags */
#define UTRACE_STEP_OVER_CALLS	0x0001	/* RANGE: functions that it calls are in the range */

/**
 * struct utrace_order_step - UTRACE_OP_STEP
 * @order: &struct utrace_order
 * @what: UTRACE_STEP_*
 * @flags: UTRACE_STEP_*
 * @start: RANGE: address of the first instruction of the range; otherwise 0
 * @end: RANGE: address behind its last one; otherwise 0
 * @count: of steps; 0: INSN, BLOCK: 1; RANGE: as many as it takes
 *
 * The thread, which the session holds and which is not asleep, goes on, and is held again
 * after the steps, with the record UTRACE_EV_STEP.  Other threads are not touched.
 *
 * A system call is one instruction, and so is the way into a signal handler, whose first
 * instruction has not been executed then.  For a thread that is held at a system call, the
 * rest of that call is no step.  A block ends with a branch, call or return that
 * is taken, a system call, or the way into a handler.  What the thread does meanwhile is
 * recorded, and held, as the configuration says.
 *
 * On arm64 and powerpc, a step ends the reservation of a load-exclusive (lwarx) instruction, so
 * that the store that belongs to it fails.  A program that tries again until the store
 * succeeds does so for ever, if each of its instructions is stepped.  riscv64 takes such a
 * sequence for one instruction.
 *
 * If it is held by another event, the steps are over: UTRACE_REC_GONE (ECANCELED) comes
 * before the record of that event.  So it does for UTRACE_OP_HOLD and UTRACE_OP_RELEASE.
 *
 * Results beside those of &struct utrace_order:
 *
 * * -EINPROGRESS - the order will end in UTRACE_EV_STEP, or in UTRACE_REC_GONE
 * * -EOPNOTSUPP - the machine cannot step, see UTRACE_FEATURE_STEP
 * * -EBUSY - the thread is not held, or asleep
 * * -EALREADY - another order is under way
 * * -EINVAL - an unknown @what or flag, a range that is empty, or one where it should be 0
 */
struct utrace_order_step {
	struct utrace_order order;
	__u32 what;
	__u32 flags;
	__u64 start;
	__u64 end;
	__u64 count;
};

#define UTRACE_ORDER_STEP_SIZE_VER0	72

/* utrace_order_regs.what */
#define UTRACE_REGS_READ	0
#define UTRACE_REGS_WRITE	1

/* utrace_order_regs.form */
#define UTRACE_REGS_FILE	0	/* struct utrace_regfile: all registers */
#define UTRACE_REGS_SET		1	/* the register set @note, as PTRACE_GETREGSET has it */
#define UTRACE_REGS_LIST	2	/* struct utrace_regval [@nr] */

/**
 * struct utrace_order_regs - UTRACE_OP_REGS: read or write registers of a held thread
 * @order: &struct utrace_order
 * @what: UTRACE_REGS_READ or UTRACE_REGS_WRITE
 * @form: UTRACE_REGS_FILE, _SET or _LIST
 * @buffer: pointer to the registers
 * @buffer_size: in: bytes at @buffer; out: bytes of the registers
 * @note: SET: NT_* of the register set; otherwise 0
 * @bad: out: id of the register that could not be read or written, or UTRACE_NONE
 * @reserved: 0
 *
 * A write of a register file changes each register whose value differs from that of the
 * thread.  If one of the registers of an order cannot be changed, none is.
 *
 * Results of both:
 *
 * * -ENOSPC - @buffer_size was too small; it now has the number of bytes needed
 * * -EINTR - a signal came before the thread had reached the stop in which it is held
 * * -EFAULT - @buffer cannot be read or written
 * * -EOPNOTSUPP - the kernel has no description of the registers of this thread
 * * -ENODEV - the CPU does not have the register set @note
 * * -EINVAL - an element of a list is not well formed, or the list has more than 4 MiB
 *
 * Results of a write:
 *
 * * -EINVAL - the buffer has no registers of this thread, if @bad is UTRACE_NONE
 * * -EINVAL, -EIO - a program may not have this value in register @bad
 * * -EPERM - register @bad cannot be written
 * * -ERANGE - the value is too big for register @bad
 * * -ENODEV, -ENODATA - the CPU, or the thread, does not have register @bad
 */
struct utrace_order_regs {
	struct utrace_order order;
	__u32 what;
	__u32 form;
	__u64 buffer;
	__u32 buffer_size;
	__u32 note;
	__u32 bad;
	__u32 reserved;
};

#define UTRACE_ORDER_REGS_SIZE_VER0	72

/* utrace_regval.flags */
#define UTRACE_REGVAL_ROLE	0x0001	/* @reg is an UTRACE_ROLE_* */

/**
 * struct utrace_regval - one register and its value
 * @size: sizeof(struct utrace_regval)
 * @flags: UTRACE_REGVAL_*
 * @reg: id of the register, or its role
 * @bytes: of the value: 8 at most
 * @value: the value
 */
struct utrace_regval {
	__u32 size;
	__u32 flags;
	__u32 reg;
	__u32 bytes;
	__u64 value;
};

#define UTRACE_REGVAL_SIZE_VER0		24

/* utrace_order_memory.what */
#define UTRACE_MEM_READ		0
#define UTRACE_MEM_WRITE	1

/* utrace_order_memory.mode */
#define UTRACE_MEM_FORCE	0x0001u	/* also what the program itself may not read or write */

/**
 * struct utrace_order_memory - UTRACE_OP_MEMORY: read or write memory
 * @order: &struct utrace_order
 * @what: UTRACE_MEM_READ or UTRACE_MEM_WRITE
 * @mode: UTRACE_MEM_FORCE, or 0
 * @segs: pointer to &struct utrace_seg [@nr]
 * @nr: number of segments, at most UTRACE_SEGS_MAX
 * @reserved: 0
 *
 * The thread need not be held.  The right to do it is looked at again, for the task that
 * attached it.  The result is 0 if each segment has a result of its own.
 *
 * Results:
 *
 * * -EPERM - the attacher may not look at the memory (any more)
 * * -ESRCH - the thread has no memory: it is dead
 * * -EFAULT - a segment, not the memory that it speaks of, cannot be read or written; those
 *   before it were carried out
 * * -E2BIG - a segment is longer than this kernel knows; those before it were carried out
 * * -EINTR - a signal has come
 */
struct utrace_order_memory {
	struct utrace_order order;
	__u32 what;
	__u32 mode;
	__u64 segs;
	__u32 nr;
	__u32 reserved;
};

#define UTRACE_ORDER_MEMORY_SIZE_VER0	64

#define UTRACE_SEGS_MAX		1024u

/**
 * struct utrace_seg - a piece of memory
 * @size: sizeof(struct utrace_seg)
 * @error: out: 0, or why @done is less than @len: EIO if memory of the thread's process is
 *	not there, or not to be accessed so; EFAULT if that of the caller is not
 * @addr: address in the thread's process
 * @buffer: address in the caller's
 * @len: bytes
 * @done: out: bytes that were copied
 */
struct utrace_seg {
	__u32 size;
	__u32 error;
	__u64 addr;
	__u64 buffer;
	__u64 len;
	__u64 done;
};

#define UTRACE_SEG_SIZE_VER0		40

/**
 * struct utrace_order_call - UTRACE_OP_CALL
 * @order: &struct utrace_order
 * @nr: number of the system call, of the architecture of the thread's program
 * @args: its arguments
 *
 * The held thread executes the call with its own memory, files and credentials.  The
 * program does not notice: its registers stay as they are, and a call at whose entry or
 * exit it is held, or that was interrupted, is not affected.  No session and no ptrace
 * tracer gets a record of the call, but seccomp judges it and audit records it.  If a filter
 * answers SECCOMP_RET_TRAP, the call fails with ENOSYS, and no signal is sent.  If a filter
 * kills the thread, the order ends in UTRACE_REC_GONE.
 *
 * The thread is held during the call and afterwards.  Meanwhile other orders that need it
 * stopped fail with EBUSY, those of other sessions as well.  The call may sleep.  A signal
 * interrupts it, as does UTRACE_OP_HOLD with UTRACE_ORDER_INTERRUPT, and whatever releases
 * the thread: UTRACE_OP_RELEASE, UTRACE_OP_DETACH, the end of the session.  A call that a
 * release has overtaken is executed all the same, but does not sleep.  The result of an
 * interrupted call is told as it is: an error that no program sees, such as -512
 * (ERESTARTSYS).  Once the thread is released, it goes on with its program.
 *
 * Results:
 *
 * * -EINPROGRESS - the order will end in UTRACE_EV_CALLED, or in UTRACE_REC_GONE if the
 *   thread ends or is detached first
 * * -EOPNOTSUPP - the call would replace the registers of the thread or copy them for
 *   another one (execve, clone, fork, sigreturn), or does not return (exit); or the thread
 *   is held where it cannot execute calls: at CLONE after a vfork, at VFORK_DONE or at EXIT
 */
struct utrace_order_call {
	struct utrace_order order;
	__s64 nr;
	__u64 args[6];
};

#define UTRACE_ORDER_CALL_SIZE_VER0	96

/**
 * struct utrace_control - UTRACE_IOC_CONTROL: give orders, and read records
 * @size: sizeof(struct utrace_control)
 * @flags: out: UTRACE_CONTROL_ENDED; otherwise 0
 * @orders: pointer to the orders, one after the other
 * @bytes: of all orders, at most UTRACE_CONTROL_MAX; 0: there are none
 * @done: out: bytes of the orders that were looked at.  Each of them has a result
 * @buffer: pointer to the place for records; 0: read none
 * @buffer_size: in: bytes at @buffer; out: bytes of the records that were read
 * @timeout: how long to wait for a record, in milliseconds; 0: not at all; -1: as long as
 *	it takes
 *
 * The orders are carried out one after the other.  The call then reads records as read()
 * does.  If it succeeds and @buffer_size is 0, no record came in time, or none can come, as
 * UTRACE_CONTROL_ENDED tells.
 *
 * Errors:
 *
 * * EINTR - a signal has come, before (@done tells) or after all orders were looked at
 * * EFAULT - orders cannot be read or written; what @done says has been carried out
 * * EINVAL - an order has an impossible size: the one at @done
 * * EMSGSIZE - all orders were looked at; the first record does not fit in @buffer
 * * EBUSY - all orders were looked at; records are read from the mapped ring
 */
struct utrace_control {
	__u32 size;
	__u32 flags;
	__u64 orders;
	__u32 bytes;
	__u32 done;
	__u64 buffer;
	__u32 buffer_size;
	__s32 timeout;
};

#define UTRACE_CONTROL_SIZE_VER0	40

#define UTRACE_CONTROL_MAX	(1u << 20)

/* utrace_control.flags */
#define UTRACE_CONTROL_ENDED	0x0001	/* out: all threads are gone, every record was read */

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

#define UTRACE_VIEW_GET_SIZE_VER0	32

/* utrace_info.features */
#define UTRACE_FEATURE_STEP	0x0001	/* the machine can step instructions */
#define UTRACE_FEATURE_COMPAT	0x0002	/* the kernel executes 32-bit programs, too */

/**
 * struct utrace_info - UTRACE_IOC_INFO: get the kernel's abilities and the session's state
 * @size: sizeof(struct utrace_info)
 * @api_version: UTRACE_API_VERSION of the running kernel; for people
 * @features: UTRACE_FEATURE_*
 * @record_events: events that utrace_config.record may ask for
 * @hold_events: events that utrace_config.hold may ask for
 * @actions: bit n is set if orders may have the action n
 * @attach_flags: flags that utrace_attach.flags may have
 * @syscall_flags: UTRACE_SC_* that a table may have
 * @rights: UTRACE_RIGHT_* that the session has
 * @arch: AUDIT_ARCH_* value of native programs
 * @compat_arch: AUDIT_ARCH_* value of 32-bit programs; 0: the kernel executes none
 * @threads: number of attached threads
 * @held: number of threads that the session holds
 * @starved: number of threads that wait for room in the ring
 * @reserved: 0
 * @queued: bytes in the ring that have not been read
 * @queue_bytes: size of the ring; 0: there is none yet
 * @lost: number of records that were lost since the session was opened
 */
struct utrace_info {
	__u32 size;
	__u32 api_version;
	__u64 features;
	__u64 record_events;
	__u64 hold_events;
	__u64 actions;
	__u64 attach_flags;
	__u64 syscall_flags;
	__u64 rights;
	__u32 arch;
	__u32 compat_arch;
	__u32 threads;
	__u32 held;
	__u32 starved;
	__u32 reserved;
	__u64 queued;
	__u64 queue_bytes;
	__u64 lost;
};

#define UTRACE_INFO_SIZE_VER0		112

/*
 * The number of an ioctl() does not contain the size of its argument, because the
 * structure does.
 *
 * read() returns as many whole records as fit.  It returns 0 if there is no record and
 * none can come, because all attached threads are gone; poll() then reports POLLHUP.
 * It fails with EMSGSIZE if the first record does not fit, which loses nothing, with
 * EAGAIN if there is no record and O_NONBLOCK (or RWF_NOWAIT) is set, and with EBUSY if the
 * ring was made with UTRACE_RING_MMAP.  With RWF_NOWAIT it also fails with EAGAIN while
 * another thread reads.
 *
 * io_uring (IORING_OP_READ) reads as read() does.  A request that waits keeps the file
 * open, so that the session lasts until the request has ended or was cancelled, also
 * after close().
 */
#define UTRACE_IOC_MAGIC	0xB9
#define UTRACE_IOC_INFO		_IO(UTRACE_IOC_MAGIC, 0)
#define UTRACE_IOC_CONFIG	_IO(UTRACE_IOC_MAGIC, 1)
#define UTRACE_IOC_SYSCALLS	_IO(UTRACE_IOC_MAGIC, 2)
#define UTRACE_IOC_ATTACH	_IO(UTRACE_IOC_MAGIC, 3)
#define UTRACE_IOC_CONTROL	_IO(UTRACE_IOC_MAGIC, 4)
#define UTRACE_IOC_VIEW		_IO(UTRACE_IOC_MAGIC, 5)
#define UTRACE_IOC_RING		_IO(UTRACE_IOC_MAGIC, 6)
#define UTRACE_IOC_FEED		_IO(UTRACE_IOC_MAGIC, 7)	/* no argument */
#define UTRACE_IOC_STATUS	_IO(UTRACE_IOC_MAGIC, 8)
#define UTRACE_IOC_PIDFD	_IO(UTRACE_IOC_MAGIC, 9)
#define UTRACE_IOC_RESTRICT	_IO(UTRACE_IOC_MAGIC, 10)
#define UTRACE_IOC_COUNTS	_IO(UTRACE_IOC_MAGIC, 11)

#endif /* _UAPI_LINUX_UTRACE_H */
