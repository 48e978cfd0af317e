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
#include <linux/utrace_hooks.h>	/* UTRACE_SYSCALL_MAX */
#include <uapi/linux/utrace.h>

struct kernel_siginfo;
struct linux_binprm;
struct module;
struct pid;
struct pt_regs;
struct regset_value;
struct seq_file;
struct task_struct;
struct utrace;
struct utrace_engine;
struct utrace_regfile;
struct utrace_signal;
struct utrace_user;

/**
 * DOC: utrace in one page
 *
 * An *engine* is one attachment of one client to one thread.  The client gives
 * it a table of callbacks, &struct utrace_engine_ops, and a mask of events.
 * The thread itself makes the callbacks, at places where it holds no lock and
 * may sleep.  A callback must not wait for user space, for another thread, or
 * for I/O that the thread would not do anyway.
 *
 * The engines of a thread form one chain from user mode inwards to the kernel:
 * *observers* outside, *transformers* inside; within a class the last attached
 * is outermost.  The report of a system call entry walks inwards, every other
 * report outwards.  A ptrace tracer is the outermost observer of all.
 *
 * Every callback answers with an &enum utrace_action.  %UTRACE_STOP holds the
 * thread at that place in the chain; when the engine lets go, the next engine
 * sees whatever was changed meanwhile.  Reports that cannot stop in place
 * (clone, exec, a job control stop) hold the thread before its next instruction
 * in user mode, or, after a vfork, before it waits for its child.  A
 * thread runs only when every engine that holds it has let go, and ptrace and
 * job control have, too.  A kill releases every stop.
 *
 * Nothing is sent to the thread and nothing is visible to wait(2): the stop is
 * a trap of utrace's own.
 *
 * Attaching alone does nothing; a new engine has no events and holds nothing.
 */

/*
 * Events that engines in the kernel can have, beside those of enum
 * utrace_event_nr, which leaves their numbers free.
 *
 * The five of a signal tell what would become of it: its handler would run; it
 * would be ignored; it would stop, kill, or kill and dump the process.
 */
#define UTRACE_EV_VFORK_DONE		2
#define UTRACE_EV_SIGNAL_HANDLER	9
#define UTRACE_EV_SIGNAL_IGN		10
#define UTRACE_EV_SIGNAL_STOP		11
#define UTRACE_EV_SIGNAL_TERM		12
#define UTRACE_EV_SIGNAL_CORE		13
#define UTRACE_EV_HANDLER		14
#define UTRACE_EV_GROUP_STOP		15
#define UTRACE_EV_GROUP_CONT		16
#define UTRACE_EV_STEP			17
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
 * enum utrace_action - what shall become of the thread
 * @UTRACE_RESUME: as the answer of a callback: nothing special.  In
 *	utrace_control(): this engine holds the thread no longer
 * @UTRACE_STOP: hold the thread until utrace_control() says otherwise.  The
 *	only lasting wish: an answer of another callback does not end it
 * @UTRACE_REPORT: call report_quiesce before the thread is in user mode again
 * @UTRACE_INTERRUPT: as REPORT, and end a blocking system call as a signal for
 *	which there is no handler would
 * @UTRACE_DETACH: remove the engine
 * @UTRACE_SINGLESTEP: execute one instruction in user mode, then call
 *	report_step.  A system call counts as one instruction, and so does the
 *	way into a signal handler.  For once; only if utrace_can_step()
 * @UTRACE_BLOCKSTEP: the same, up to and with the next instruction after which
 *	the thread is not at the one behind it in memory: a branch, call or return
 *	that is taken, to itself as well.  A system call ends it, too, and so does
 *	the way into a signal handler.  A branch that is not taken does not, nor does
 *	one to the very next instruction (but x86 processors that step by blocks
 *	themselves end it there).  The same on every machine, whatever other
 *	engines and ptrace step meanwhile
 *
 * All but STOP end the engine's hold in utrace_control().
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
 * enum utrace_class - where in the chain an engine stands
 * @UTRACE_OBSERVER: outside, on the user's side: sees what the user sees
 * @UTRACE_TRANSFORMER: inside, on the kernel's side: changes what passes
 */
enum utrace_class {
	UTRACE_OBSERVER,
	UTRACE_TRANSFORMER,
};

/**
 * struct utrace_engine_ops - a client's callbacks
 * @name: what the client is called
 * @owner: module that holds the callbacks; pinned while an engine exists
 * @class: place in the chain
 * @report_quiesce: the thread is about to return to user mode, and this engine
 *	had asked for STOP, REPORT or INTERRUPT.  Made once per request.  REPORT
 *	and INTERRUPT as the answer mean RESUME.
 * @report_clone: the thread made @child, which is complete but has not run, and
 *	will not before every callback has returned.  The engine may attach to
 *	it.  @clone_flags are those of clone(2), exit signal included.
 * @report_vfork_done: the child of a vfork, whose id @child is in the thread's
 *	pid namespace, has let go of the thread's memory
 * @report_exec: the thread has a new program; its credentials are committed.
 *	@old_tid is its id before, in its parent's pid namespace, as ptrace
 *	reports it: another one if it was not the leader.
 * @report_exit: the thread starts to exit with @code, in the form of wait(2);
 *	all it has is still there.  STOP holds it at once, unless another thread
 *	of its process waits for it to be gone: in exec, or to dump core.
 * @report_death: the thread is dead and its parent knows.  Only %UTRACE_DETACH
 *	has a meaning.  @group_dead: it was the last of its process.  Its memory
 *	and files are gone; must not wait.
 * @report_reap: the thread has been waited for, or has reaped itself; called
 *	last, by whatever task did that.  The engine is detached when it returns.
 * @report_syscall_entry: the thread is about to make a system call.  What
 *	asm/syscall.h says of @regs holds.
 * @report_syscall_exit: the call has returned.  Reported if the engine was
 *	attached when the call began, for which utrace_syscall() has the number
 *	and the arguments.
 * @report_signal: a signal was taken off the queue and is about to be delivered,
 *	or ignored, or to do what is its default.  utrace_signal_drop(),
 *	_replace() and _requeue() change what becomes of it, and then whether the
 *	next engine hears of it, and in which class.  The registers are those
 *	of user mode; whether a system call was interrupted is told by them as
 *	asm/syscall.h says.  If it is the trap of a breakpoint, the pc is the
 *	breakpoint's address, see utrace_signal_breakpoint().  Never reported:
 *	%SIGKILL; what the kernel forces on a thread so that it dies
 *	(SA_IMMUTABLE); traps of single-stepping.
 * @report_handler: the frame of the handler of @sig stands, and the registers
 *	are those with which user mode goes on: of the handler's first
 *	instruction, but on powerpc of the vDSO's, which calls the handler
 * @report_group_stop: the thread is about to take part in a job control stop,
 *	which began with @sig.  %UTRACE_STOP holds it after that.
 * @report_group_cont: it was stopped by job control and is not any more
 * @report_step: it has executed what %UTRACE_SINGLESTEP or %UTRACE_BLOCKSTEP
 *	asked for.  The registers are those of the next instruction: after a block
 *	step, of where the branch has led to.
 * @unsafe_exec: may the thread's program be replaced by a more privileged one
 *	under the eyes of this engine?  Returns LSM_UNSAFE_* flags.  Called with
 *	spinlocks held; must not sleep.  NULL: no objection.
 * @describe: tells /proc/PID/utrace more of the client, in a word or two without
 *	a newline.  Called with spinlocks held; must not sleep.  NULL: nothing.
 * @release: the last reference to the engine is gone.  May be called wherever
 *	utrace_engine_put() is.
 *
 * Callbacks run in the traced thread (but see @report_reap), which holds no
 * lock.  One that an event mask asks for must not be NULL.
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
	unsigned int (*unsafe_exec)(struct utrace_engine *engine);
	void (*describe)(struct utrace_engine *engine, struct seq_file *m);
	void (*release)(void *data);
};

/**
 * struct utrace_engine - one attachment of one client to one thread
 * @ops: the client's callbacks; constant
 * @data: the client's own; constant
 * @task: the thread; referenced, so valid as long as the engine, reaped or not
 * @utrace: the state of @task that all its engines share; referenced
 * @ref: one for being attached, one for each user's reference
 * @node: in @utrace's chain from being attached until the thread does not need
 *	it there any more; written under utrace->lock, read by the thread without
 * @in_syscall: wanted the system call in progress when it began; the thread's own
 * @events: UTRACE_EVENT() mask; written under utrace->lock, and read by the
 *	thread without
 * @flags: ENGINE_*, private to kernel/utrace/; likewise
 * @pins: utrace_prepare_examine() without utrace_finish_examine(); under
 *	utrace->lock
 * @calls: which system calls it is told of, NULL for all; written under
 *	utrace->lock, and read by the thread under RCU
 * @user: who attached it, charged for what it holds; referenced; constant
 * @stopped_at: when ENGINE_STOP was set, in ktime_get_ns(); under utrace->lock
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
	bool in_syscall;
	const struct utrace_syscall_filter __rcu *calls;
	struct utrace_user *user;
	u64 stopped_at;
	struct list_head node;
};

/**
 * struct utrace_syscall - a system call
 * @nr: its number
 * @arch: AUDIT_ARCH_* that the number belongs to
 * @args: its arguments
 * @ip: the address behind the instruction that made it
 *
 * As it was at entry: not every architecture still has it at exit.  The stack
 * pointer is the same at both, user_stack_pointer() of the thread's registers.
 */
struct utrace_syscall {
	long nr;
	u32 arch;
	unsigned long args[6];
	unsigned long ip;
};

/* utrace_syscall_rewrite(): user space keeps its registers. */
#define UTRACE_SYSCALL_RESTORE	BIT(0)

/**
 * struct utrace_syscall_filter - which system calls an engine is told of
 * @arch: AUDIT_ARCH_* of the numbers in @calls
 * @others: also those that @calls cannot name: of another architecture (compat,
 *	say), or with a number from UTRACE_SYSCALL_MAX on
 * @calls: by number
 */
struct utrace_syscall_filter {
	u32 arch;
	bool others;
	DECLARE_BITMAP(calls, UTRACE_SYSCALL_MAX);
};

/**
 * struct utrace_signal - a signal on its way to delivery
 * @info: what the handler, or the core dump, will be told.  An engine may write
 *	to it, in its callback or while it holds the thread in it, but for
 *	si_signo, which utrace_signal_replace() changes.
 *
 * The rest is private to kernel/utrace/signal.c; see utrace_signal_breakpoint().
 */
struct utrace_signal {
	struct kernel_siginfo *info;
	/* private: */
	int signr;
	bool requeue;
	unsigned long breakpoint;
};

struct utrace_engine *utrace_attach_task(struct task_struct *task,
					 const struct utrace_engine_ops *ops,
					 void *data);
struct utrace_engine *utrace_attach_pid(struct pid *pid,
					const struct utrace_engine_ops *ops,
					void *data);
int utrace_set_events(struct utrace_engine *engine, unsigned long events);
int utrace_control(struct utrace_engine *engine, enum utrace_action action);
int utrace_will_stop(struct utrace_engine *engine);
bool utrace_can_step(void);
int utrace_set_syscalls(struct utrace_engine *engine,
			const struct utrace_syscall_filter *set);
int utrace_prepare_examine(struct utrace_engine *engine);
void utrace_finish_examine(struct utrace_engine *engine);
int utrace_syscall_skip(struct utrace_engine *engine, long result);
int utrace_syscall_rewrite(struct utrace_engine *engine,
			   const struct utrace_syscall *call, unsigned int flags);
int utrace_syscall_result(struct utrace_engine *engine, long *result);
int utrace_syscall_set_result(struct utrace_engine *engine, long result);
int utrace_syscall_restart(struct utrace_engine *engine);
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
ssize_t utrace_regfile_get(struct utrace_engine *engine, struct utrace_regfile *file,
			   size_t size);
int utrace_regfile_set(struct utrace_engine *engine, const struct utrace_regfile *file,
		       size_t size, unsigned int *bad);
void utrace_signal_drop(struct utrace_signal *sig);
int utrace_signal_replace(struct utrace_signal *sig,
			  const struct kernel_siginfo *info);
void utrace_signal_requeue(struct utrace_signal *sig);
unsigned long utrace_signal_breakpoint(const struct utrace_signal *sig);
int utrace_barrier(struct utrace_engine *engine);
struct utrace_engine *utrace_engine_get(struct utrace_engine *engine);
void utrace_engine_put(struct utrace_engine *engine);
u64 utrace_cookie(const struct utrace_engine *engine);
const struct utrace_syscall *utrace_syscall(const struct utrace_engine *engine);

#endif /* _LINUX_UTRACE_H */
