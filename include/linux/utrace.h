/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * utrace: any number of tracers on one thread
 */
#ifndef _LINUX_UTRACE_H
#define _LINUX_UTRACE_H

#include <linux/bitmap.h>
#include <linux/bits.h>
#include <linux/list.h>
#include <linux/refcount.h>
#include <linux/types.h>
#include <linux/utrace_types.h>
#include <uapi/linux/utrace.h>

struct kernel_siginfo;
struct linux_binprm;
struct module;
struct pid;
struct pt_regs;
struct regset_arena;
struct regset_value;
struct seq_file;
struct task_struct;
struct utrace;
struct utrace_engine;
struct utrace_regfile;
struct utrace_signal;
struct utrace_syscall_set;
struct utrace_user;

/**
 * DOC: utrace in one page
 *
 * An *engine* is one attachment of one client to one thread.  The client gives
 * the engine a table of callbacks, &struct utrace_engine_ops, and a mask of events.
 * The traced thread itself runs the callbacks, at places where it holds no lock and
 * may sleep.  A callback must not wait for user space, for another thread, or
 * for I/O that the thread would not do anyway.
 *
 * The engines of a thread form one chain from user mode inwards to the kernel, with
 * *observers* outside and *transformers* inside.  Within a class the engine that was
 * attached last is outermost.  The report of a system call entry walks inwards, and
 * every other report outwards.  A ptrace tracer is the outermost observer of all.
 *
 * Every callback answers with an &enum utrace_action.  %UTRACE_STOP holds the
 * thread at that place in the chain.  After the engine has released it, the next
 * engine sees whatever was changed meanwhile.  Reports that cannot stop in place
 * (clone, exec, a job control stop) hold the thread before its next instruction
 * in user mode, or, after a vfork, before it waits for its child.  A thread runs
 * only after every engine that holds it has released it, and ptrace and job control
 * have, too.  SIGKILL ends every hold.
 *
 * utrace sends no signal to the thread, and wait(2) shows nothing of a stop, because
 * the stop is a trap of utrace's own.
 *
 * Attaching alone changes nothing, because a new engine has no events and holds
 * nothing.
 */

/*
 * Events: engines have those of enum utrace_event_nr whose number is less than
 * UTRACE_EV_NR.
 *
 * A signal has one of five events, by what it would do: run a handler, be ignored,
 * stop the process, kill it, or kill it and dump core.  An observer that asks for
 * all five changes nothing that the program can see, for which there are two rules:
 *
 * SIGNAL_IGN: A signal that is ignored when it is sent is not queued and wakes no
 * thread.  The thread to which it was sent reports it when it next returns to user
 * mode, and never if it dies first.  A signal to a process is sent to one of its
 * threads, nearly always the leader.  If that thread has no engine for SIGNAL_IGN,
 * or is dying, another thread that has one makes the report, but only if the first
 * has an engine for some signals.  A signal below SIGRTMIN that is sent several
 * times before the report is reported once.  At most 32 realtime signals wait for
 * their report.  More, or those for which there is no memory, are not reported.
 *
 * SIGNAL_TERM: The signal does not kill the process before the thread has reported
 * it, with one exception.  A sleep that only fatal signals end (TASK_WAKEKILL without
 * TASK_INTERRUPTIBLE, as in vfork) must end.  So if the thread that is to take the
 * signal sleeps like that, or goes to such a sleep before it has reported the signal,
 * the process is killed without the report.  EXIT and DEATH are reported as usual.
 */
/* The exit of a system call: the record of the user ABI tells of the whole call. */
#define UTRACE_EV_SYSCALL_EXIT		UTRACE_EV_SYSCALL
/* The events that engines have; the numbers from here on are only the user ABI's. */
#define UTRACE_EV_NR			18

/* An event as a bit of a mask. */
#define UTRACE_EVENT(ev)	BIT(UTRACE_EV_##ev)

#define UTRACE_EVENTS_SYSCALL	(UTRACE_EVENT(SYSCALL_ENTRY) | \
				 UTRACE_EVENT(SYSCALL_EXIT))
#define UTRACE_EVENTS_SIGNAL	(UTRACE_EVENT(SIGNAL_HANDLER) | \
				 UTRACE_EVENT(SIGNAL_IGN) | \
				 UTRACE_EVENT(SIGNAL_STOP) | \
				 UTRACE_EVENT(SIGNAL_TERM) | \
				 UTRACE_EVENT(SIGNAL_CORE))
#define UTRACE_EVENTS_GROUP	(UTRACE_EVENT(GROUP_STOP) | \
				 UTRACE_EVENT(GROUP_CONT))
#define UTRACE_EVENTS_ALL	(BIT(UTRACE_EV_NR) - 1)

/**
 * enum utrace_action - what an engine wants of the thread
 * @UTRACE_RESUME: As the answer of a callback: nothing.  In utrace_control(): end
 *	this engine's hold.
 * @UTRACE_STOP: Hold the thread until utrace_control() ends the hold.  Only this
 *	action lasts: the answer of a later callback does not end it.
 * @UTRACE_REPORT: Call report_quiesce before the thread is in user mode again.
 * @UTRACE_INTERRUPT: Like REPORT, and also interrupt a blocking system call, as a
 *	signal without a handler would.
 * @UTRACE_DETACH: Remove the engine.
 * @UTRACE_SINGLESTEP: Execute one instruction in user mode, then call report_step.
 *	A system call counts as one instruction, and so does setting up the frame of
 *	a signal handler.  The action is for one step, and needs utrace_can_step().
 * @UTRACE_BLOCKSTEP: Execute instructions in user mode up to and including the next
 *	taken branch, then call report_step.  A taken branch is an instruction after
 *	which the pc is not at the next instruction in memory: a branch, call or
 *	return, also a branch to itself.  A system call ends the block as well, and
 *	so does setting up the frame of a signal handler.  A branch that is not taken
 *	does not end it.  A branch to the very next instruction does so only on x86
 *	CPUs that step by blocks themselves.  All else is the same on every
 *	architecture, no matter what other engines and ptrace step meanwhile.
 *
 * In utrace_control(), all actions but STOP end the engine's hold.
 */
enum utrace_action {
	UTRACE_RESUME,
	UTRACE_STOP,
	UTRACE_REPORT,
	UTRACE_INTERRUPT,
	UTRACE_DETACH,
	UTRACE_SINGLESTEP,
	UTRACE_BLOCKSTEP,
};

/**
 * enum utrace_class - the part of the chain that an engine belongs to
 * @UTRACE_OBSERVER: outside, next to user mode: sees what the program sees
 * @UTRACE_TRANSFORMER: inside, next to the kernel: changes events
 */
enum utrace_class {
	UTRACE_OBSERVER,
	UTRACE_TRANSFORMER,
};

/**
 * struct utrace_engine_ops - a client's callbacks
 * @name: name of the client
 * @owner: module that has the callbacks; pinned while an engine exists
 * @class: place in the chain
 * @report_quiesce: Called before the thread returns to user mode, once for each STOP,
 *	REPORT or INTERRUPT that this engine has asked for.  The answers REPORT and
 *	INTERRUPT mean RESUME here.
 * @report_clone: Called when the thread has created @child.  The child is complete,
 *	but does not run before every callback has returned.  The engine may attach
 *	to it.  @clone_flags are those of clone(2), exit signal included.
 * @report_vfork_done: Called when the child of a vfork has released the thread's
 *	memory.  @child is its id in the thread's pid namespace.
 * @report_exec: Called when the thread has a new program and its credentials are
 *	committed.  @old_tid is the thread's id before the exec, in the pid namespace
 *	of its parent, as ptrace reports it.  It differs from the present id if the
 *	thread was not the leader.
 * @report_exit: Called when the thread begins to exit with @code, in the form of
 *	wait(2).  The thread still has its memory and files.  STOP holds it at once,
 *	unless another thread of its process waits for its death, in exec or to dump
 *	core.
 * @report_death: Called when the thread is dead and its parent knows.  Its memory and
 *	files are gone, and its sighand and pids may be.  @group_dead is true if it was
 *	the last thread of its process.  The callback must not wait.  Only the answer
 *	%UTRACE_DETACH has a meaning.
 * @report_reap: Called last, when the thread has been waited for or has reaped itself,
 *	by the task that did so.  The engine is detached when the callback returns.
 * @report_syscall_entry: Called before the thread executes a system call.
 *	utrace_syscall() has the number and the arguments that user space gave.  @regs,
 *	to which the accessors of asm/syscall.h apply, have what a ptrace tracer and
 *	outer engines have made of them.
 * @report_syscall_exit: Called after the call, if the engine was attached when the
 *	call began.  Every reported entry is followed by this report, unless the
 *	engine's set (utrace_set_syscalls()) or events exclude it, the call does not
 *	return (exit, or another thread's exec), or the thread is killed before it
 *	executes the call: such a call has no result.  An engine without
 *	%SYSCALL_ENTRY gets this report, too.
 * @report_signal: Called when the thread has dequeued a signal, before it delivers or
 *	ignores the signal or takes the default action.  utrace_signal_drop(),
 *	_replace() and _requeue() change the signal.  The next engine gets the changed
 *	signal, if any, in the class that it then has.  A signal that was ignored when
 *	it was sent has been dropped already; the functions say what they do then.
 *	The registers are those of user mode; asm/syscall.h says how they tell an
 *	interrupted system call.  If the signal is the trap of a breakpoint, the pc is
 *	the address of the breakpoint, see utrace_signal_breakpoint().  The callback is
 *	not called for %SIGKILL, for a signal with which the kernel forces the thread to
 *	die (SA_IMMUTABLE), and for the trap of a single step.
 * @report_handler: Called when the frame of the handler of @sig has been set up.  The
 *	registers are those with which the thread returns to user mode.  The pc is at
 *	the handler's first instruction; on powerpc it is in the vDSO, which calls the
 *	handler.
 * @report_group_stop: Called before the thread takes part in a job control stop, which
 *	began with @sig.  %UTRACE_STOP holds the thread after that stop.  If the engine
 *	examines the thread earlier, utrace_prepare_examine() takes the thread out of
 *	the job control stop.  The thread returns there when no engine holds it.
 * @report_group_cont: Called when the thread is no longer stopped by job control, and
 *	its parent has been notified.  Follows every report_group_stop, even if SIGCONT
 *	has cancelled the stop before it began, or if ptrace has attached and the thread
 *	is in a stop of ptrace instead.  If
 *	SIGKILL ends the stop, only report_exit follows.  A stop that begins anew before
 *	the thread has left the old one is the same stop.  An engine that was attached
 *	while the thread was stopped gets this report only.
 * @report_step: Called when the thread has executed what %UTRACE_SINGLESTEP or
 *	%UTRACE_BLOCKSTEP asked for.  The pc is at the next instruction, which after a
 *	block step is the destination of the branch.
 * @report_called: Called when the thread has executed the call of utrace_call(), with its
 *	result: -errno for an error.  The thread goes back to the stop in which the call
 *	was asked for.  NULL: the engine cannot use utrace_call().
 * @unsafe_exec: Called before the thread executes a program with more privileges.
 *	Returns LSM_UNSAFE_* flags if the program may not get these privileges while
 *	this engine is attached, and else 0.  Called with spinlocks held; must not
 *	sleep.  NULL: 0.
 * @describe: Adds a word or two on the client, without a newline, to its line in
 *	/proc/PID/utrace.  Called with spinlocks held; must not sleep.  NULL: adds
 *	nothing.
 * @release: Called when the last reference to the engine is gone, in any context in
 *	which utrace_engine_put() may be called.
 *
 * The traced thread runs the callbacks, with no lock held (but see @report_reap).  The
 * callback of an event in the engine's mask must not be NULL.
 */
struct utrace_engine_ops {
	const char *name;
	struct module *owner;
	enum utrace_class class;

	enum utrace_action (*report_quiesce)(struct utrace_engine *engine);
	enum utrace_action (*report_clone)(struct utrace_engine *engine,
					   u64 clone_flags,
					   struct task_struct *child);
	enum utrace_action (*report_vfork_done)(struct utrace_engine *engine,
						pid_t child);
	enum utrace_action (*report_exec)(struct utrace_engine *engine,
					  struct linux_binprm *bprm,
					  pid_t old_tid);
	enum utrace_action (*report_exit)(struct utrace_engine *engine,
					  long code);
	enum utrace_action (*report_death)(struct utrace_engine *engine,
					   bool group_dead);
	void (*report_reap)(struct utrace_engine *engine);
	enum utrace_action (*report_syscall_entry)(struct utrace_engine *engine,
						   struct pt_regs *regs);
	enum utrace_action (*report_syscall_exit)(struct utrace_engine *engine,
						  struct pt_regs *regs);
	enum utrace_action (*report_signal)(struct utrace_engine *engine,
					    struct utrace_signal *sig);
	enum utrace_action (*report_handler)(struct utrace_engine *engine,
					     int sig);
	enum utrace_action (*report_group_stop)(struct utrace_engine *engine,
						int sig);
	enum utrace_action (*report_group_cont)(struct utrace_engine *engine);
	enum utrace_action (*report_step)(struct utrace_engine *engine);
	void (*report_called)(struct utrace_engine *engine, long result);
	unsigned int (*unsafe_exec)(struct utrace_engine *engine);
	void (*describe)(struct utrace_engine *engine, struct seq_file *m);
	void (*release)(void *data);
};

/**
 * struct utrace_engine - one attachment of one client to one thread
 * @ops: callbacks of the client; constant
 * @data: for the client's use; constant
 * @task: the thread.  The engine holds a reference, so @task is valid as long as the
 *	engine, also after the thread has been reaped
 * @utrace: state of @task that all its engines share; referenced
 * @ref: number of references: one while the engine is attached, and those of clients
 * @node: place in the chain of @utrace, until the thread has unlinked the engine after
 *	it was detached; written under utrace->lock, and read by the thread without
 * @in_syscall: what the engine wanted of the present system call when it began:
 *	UTRACE_WANTS_*; accessed only by the thread
 * @events: UTRACE_EVENT() mask; written under utrace->lock, and read by the
 *	thread without
 * @flags: ENGINE_*, private to kernel/utrace/; likewise
 * @pins: number of utrace_prepare_examine() without utrace_finish_examine(); under
 *	utrace->lock
 * @calls: system calls that are reported to the engine, NULL for all; referenced;
 *	written under utrace->lock, and read by the thread under RCU
 * @user: the user who attached the engine, and who is charged for threads that it
 *	holds; referenced; constant
 * @stopped_at: time at which ENGINE_STOP was set, in ktime_get_ns(); under
 *	utrace->lock
 *
 * Clients read @ops, @data and @task, and nothing else.
 */
struct utrace_engine {
	const struct utrace_engine_ops *ops;
	void *data;
	struct task_struct *task;
	struct utrace *utrace;
	refcount_t ref;
	unsigned int flags;
	unsigned long events;
	unsigned int pins;
	u8 in_syscall;
	struct utrace_syscall_set __rcu *calls;
	struct utrace_user *user;
	u64 stopped_at;
	struct list_head node;
};

/**
 * struct utrace_syscall - a system call, as it was at entry
 * @nr: number of the call
 * @arch: AUDIT_ARCH_* value that the number belongs to
 * @args: arguments of the call
 * @ip: address after the instruction that entered the call
 * @time: ktime_get_ns() at the entry of the call; 0 if no engine whose set has the call
 *	asks for times (&struct utrace_syscall_filter)
 *
 * The structure is a copy, because not every architecture still has these values at
 * the exit of the call.  The stack pointer is not part of it, because it is the same
 * at entry and exit: user_stack_pointer() of the thread's registers.
 */
struct utrace_syscall {
	long nr;
	u32 arch;
	unsigned long args[6];
	unsigned long ip;
	u64 time;
};

/**
 * struct utrace_look - what a thread does at the moment
 * @state: UTRACE_STATE_*
 * @arch: AUDIT_ARCH_* value of the system call in which the thread sleeps, or at which an
 *	engine holds it; 0: there is none, as in a page fault, or it is not known, because
 *	the thread runs or ptrace holds it.  Then the other members say nothing
 * @nr: number of that call; -1 without one
 * @args: arguments of that call; of a 32-bit task, those have 32 bits
 * @ip: address after the instruction that entered the call
 * @sp: stack pointer
 */
struct utrace_look {
	unsigned int state;
	u32 arch;
	long nr;
	unsigned long args[6];
	unsigned long ip;
	unsigned long sp;
};

/**
 * struct utrace_call_request - a system call for utrace_call()
 * @nr: number of the call, of the architecture of the thread's program
 * @args: arguments of the call
 */
struct utrace_call_request {
	long nr;
	unsigned long args[6];
	/* private: */
	struct utrace_engine *engine;
};

/* utrace_syscall_rewrite(): user space keeps its registers. */
#define UTRACE_SYSCALL_RESTORE	BIT(0)

/**
 * struct utrace_syscall_filter - which system calls are reported to an engine
 * @arch: AUDIT_ARCH_* value of the numbers in @entry and @exit
 * @other_entries: also report the entries of calls that have no bit here: those of
 *	another architecture (compat, for example), and those whose number is
 *	UTRACE_SYSCALL_MAX or more
 * @other_exits: the same for exits
 * @times: note the time of entry of each call that this filter has, for
 *	utrace_syscall.time
 * @entry: one bit for each number: the entry of the call is reported
 * @exit: one bit for each number: the exit of the call is reported.  At the exit,
 *	utrace_syscall() describes the call also if its entry was not reported
 *
 * utrace_syscall_set_make() makes of it what engines use.
 */
struct utrace_syscall_filter {
	u32 arch;
	bool other_entries;
	bool other_exits;
	bool times;
	DECLARE_BITMAP(entry, UTRACE_SYSCALL_MAX);
	DECLARE_BITMAP(exit, UTRACE_SYSCALL_MAX);
};

/* Have both the entry and the exit of a call reported. */
static inline void utrace_filter_call(struct utrace_syscall_filter *filter,
				      unsigned int nr)
{
	__set_bit(nr, filter->entry);
	__set_bit(nr, filter->exit);
}

/**
 * struct utrace_signal - a signal that a thread has dequeued and not yet delivered
 * @info: siginfo that the handler or the core dump gets.  An engine may write to it in
 *	its callback, or while it holds the thread there.  It may not write si_signo,
 *	which utrace_signal_replace() changes.
 *
 * The other members are private to kernel/utrace/signal.c.
 */
struct utrace_signal {
	struct kernel_siginfo *info;
	/* private: */
	int signr;
	bool requeue;
	bool replaced;
	bool ignored;
	bool trap;
	unsigned long breakpoint;
};

struct utrace_engine *utrace_attach_task(struct task_struct *task,
					 const struct utrace_engine_ops *ops,
					 void *data);
struct utrace_engine *utrace_attach_child(struct utrace_engine *maker,
					  struct task_struct *child,
					  const struct utrace_engine_ops *ops,
					  void *data);
struct utrace_engine *utrace_attach_pid(struct pid *pid,
					const struct utrace_engine_ops *ops,
					void *data);
struct utrace_engine *utrace_find_engine(struct task_struct *task,
					 const struct utrace_engine_ops *ops,
					 bool (*match)(const struct utrace_engine *engine,
						       const void *data),
					 const void *data);
int utrace_set_events(struct utrace_engine *engine, unsigned long events);
int utrace_control(struct utrace_engine *engine, enum utrace_action action);
int utrace_will_stop(struct utrace_engine *engine);
int utrace_must_stop(struct utrace_engine *engine);
bool utrace_can_step(void);
struct utrace_syscall_set *
utrace_syscall_set_make(const struct utrace_syscall_filter *filter);
struct utrace_syscall_set *utrace_syscall_set_get(struct utrace_syscall_set *set);
void utrace_syscall_set_put(struct utrace_syscall_set *set);
int utrace_set_syscalls(struct utrace_engine *engine, struct utrace_syscall_set *set);
int utrace_set_events_and_syscalls(struct utrace_engine *engine, unsigned long events,
				   struct utrace_syscall_set *set);
int utrace_stop_event(struct utrace_engine *engine);
int utrace_prepare_examine(struct utrace_engine *engine);
void utrace_finish_examine(struct utrace_engine *engine);
int utrace_syscall_skip(struct utrace_engine *engine, long result);
int utrace_syscall_rewrite(struct utrace_engine *engine,
			   const struct utrace_syscall *call, unsigned int flags);
int utrace_syscall_result(struct utrace_engine *engine, long *result);
int utrace_syscall_set_result(struct utrace_engine *engine, long result);
int utrace_syscall_restart(struct utrace_engine *engine);
int utrace_call(struct utrace_engine *engine, struct utrace_call_request *call);
int utrace_call_interrupt(struct utrace_engine *engine);
ssize_t utrace_regset_get(struct utrace_engine *engine, unsigned int note,
			  void *data, size_t size);
int utrace_regset_set(struct utrace_engine *engine, unsigned int note,
		      const void *data, size_t size);
int utrace_reg_get(struct utrace_engine *engine, unsigned int reg, void *value,
		   unsigned int size);
int utrace_reg_set(struct utrace_engine *engine, const struct regset_value *values,
		   unsigned int nr, unsigned int *bad);
int utrace_role_get(struct utrace_engine *engine, unsigned int role, u64 *value);
int utrace_role_set(struct utrace_engine *engine, unsigned int role, u64 value);
ssize_t utrace_regfile_get_pinned(struct utrace_engine *engine,
				  struct utrace_regfile *file, size_t size,
				  struct regset_arena *arena);
int utrace_regfile_set_prepare(struct utrace_engine *engine, size_t size,
			       struct regset_arena *arena);
int utrace_regfile_set_pinned(struct utrace_engine *engine,
			      const struct utrace_regfile *file, size_t size,
			      unsigned int *bad, struct regset_arena *arena);
ssize_t utrace_regfile_get(struct utrace_engine *engine, struct utrace_regfile *file,
			   size_t size);
int utrace_regfile_set(struct utrace_engine *engine, const struct utrace_regfile *file,
		       size_t size, unsigned int *bad);
bool utrace_is_asleep(struct utrace_engine *engine);
ssize_t utrace_regfile_get_asleep(struct utrace_engine *engine,
				  struct utrace_regfile *file, size_t size);
ssize_t utrace_regset_get_asleep(struct utrace_engine *engine, unsigned int note,
				 void *data, size_t size);
int utrace_reg_get_asleep(struct utrace_engine *engine, unsigned int reg, void *value,
			  unsigned int size);
int utrace_role_get_asleep(struct utrace_engine *engine, unsigned int role, u64 *value);
unsigned long utrace_signal_event(struct utrace_signal *sig);
void utrace_signal_drop(struct utrace_signal *sig);
int utrace_signal_replace(struct utrace_signal *sig,
			  const struct kernel_siginfo *info);
void utrace_signal_requeue(struct utrace_signal *sig);
void utrace_signal_restore(struct utrace_signal *sig);
unsigned long utrace_signal_breakpoint(const struct utrace_signal *sig);
void utrace_look(struct task_struct *task, struct utrace_look *look);
int utrace_barrier(struct utrace_engine *engine);
struct utrace_engine *utrace_engine_get(struct utrace_engine *engine);
void utrace_engine_put(struct utrace_engine *engine);
u64 utrace_cookie(const struct utrace_engine *engine);
const struct utrace_syscall *utrace_syscall(const struct utrace_engine *engine);
bool utrace_in_syscall(const struct utrace_engine *engine);

#endif /* _LINUX_UTRACE_H */
