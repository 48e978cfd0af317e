/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The calls that stock code makes into utrace
 *
 * Every hunk of the patch series is a call to one of these inlines.  With
 * CONFIG_UTRACE=n they are what stood there before, or nothing.  Hot paths test
 * task->utrace_flags or task->utrace, never more.
 */
#ifndef _LINUX_UTRACE_HOOKS_H
#define _LINUX_UTRACE_HOOKS_H

#include <linux/bitmap.h>
#include <linux/compiler.h>
#include <linux/pid_types.h>
#include <linux/sched.h>
#include <linux/sched/jobctl.h>
#include <linux/signal_types.h>
#include <linux/thread_info.h>
#include <linux/utrace_types.h>

struct ksignal;
struct linux_binprm;
struct pid;
struct pid_namespace;
struct pt_regs;
struct seq_file;

#ifdef CONFIG_UTRACE

/*
 * Bits of task->jobctl that stock code leaves free; written under siglock.
 *
 * JOBCTL_UTRACE: a quiesce pass is due.  JOBCTL_TRAP_UTRACE: and the thread is
 * on its way to it, so recalc_sigpending() must not lose TIF_SIGPENDING.  Two
 * bits, because a stop that is due does not interrupt a blocking system call.
 *
 * JOBCTL_UTRACE is all bits from 31 up, set and cleared together: so the sign
 * alone tells, and no constant occupies a register in the loop of the return to
 * user mode, which would be saved in every system call.
 *
 * JOBCTL_UTRACE_KILLED: SIGKILL came when the process was on its way out already,
 * so that it was not queued.  It ends a stop all the same.
 */
#define JOBCTL_TRAP_UTRACE_BIT	25
#define JOBCTL_UTRACE_KILLED_BIT 28
#define JOBCTL_TRAP_UTRACE	(1UL << JOBCTL_TRAP_UTRACE_BIT)
#define JOBCTL_UTRACE_KILLED	(1UL << JOBCTL_UTRACE_KILLED_BIT)
#define JOBCTL_UTRACE		(~0UL << 31)

static_assert(!((JOBCTL_TRAP_UTRACE | JOBCTL_UTRACE_KILLED | JOBCTL_UTRACE) &
		(JOBCTL_STOP_SIGMASK | JOBCTL_STOP_DEQUEUED |
		 JOBCTL_STOP_CONSUME | JOBCTL_PENDING_MASK | JOBCTL_TRAPPING |
		 JOBCTL_LISTENING | JOBCTL_TRAP_FREEZE | JOBCTL_PTRACE_FROZEN |
		 JOBCTL_STOPPED | JOBCTL_TRACED)));

/*
 * ptrace's own wish for system call stops: a bit of task->ptrace between
 * PT_SEIZED and the PTRACE_O_* options.  SYSCALL_TRACE work is shared with
 * utrace, so that the flag alone no longer tells who wants to know.  Owned as
 * task->ptrace is: by the tracer while the thread is in a ptrace stop, else by
 * the thread.
 */
#define PT_UTRACE_SYSCALL	0x00020000

/*
 * The same for steps: TIF_SINGLESTEP is shared as well.  PT_UTRACE_BLOCK: and the
 * step is up to the next taken branch.
 */
#define PT_UTRACE_STEP		0x00040000
#define PT_UTRACE_BLOCK		0x00080000

#define PT_UTRACE_ALL		(PT_UTRACE_SYSCALL | PT_UTRACE_STEP | PT_UTRACE_BLOCK)

/* A bit of task->utrace_flags: some event in it is a system call. */
#define UTRACE_FLAG_SYSCALLS	BIT(31)

/* Another: and there are system calls that nobody wants, ptrace neither. */
#define UTRACE_FLAG_NARROW	BIT(30)

/* Another: some event in it has to do with signals.  The sign, as above. */
#define UTRACE_FLAG_SIGNALS	(~(~0UL >> 1))

/* Single events that are tested here; <linux/utrace.h> has them all. */
#define UTRACE_FLAG_SIGNAL_TERM	BIT(12)
#define UTRACE_FLAG_GROUP_STOP	BIT(15)
#define UTRACE_FLAG_GROUP_CONT	BIT(16)

/**
 * struct utrace_pass - which system calls to pass by: the head of struct utrace
 * @in_syscall: some engine wants the system call in progress: struct utrace's
 *	@syscall is valid, between the hooks of entry and exit.  The thread's own,
 *	but that it is also cleared when no engine wants system calls any more
 * @arch: AUDIT_ARCH_* of @calls; 0 if they say nothing, because an engine wants
 *	all calls, or no engine wants any.  Written under utrace->lock; from 0 to
 *	anything else by the thread only
 * @calls: no engine wants a system call of @arch that is missing here.  Written
 *	under utrace->lock, word by word, as the thread looks without
 */
struct utrace_pass {
	bool in_syscall;
	u32 arch;
	DECLARE_BITMAP(calls, UTRACE_SYSCALL_MAX);
};

int __utrace_syscall_entry(struct pt_regs *regs);
void __utrace_syscall_exit(struct pt_regs *regs);
void __utrace_ptrace_syscall_exit(struct pt_regs *regs, int step);
bool __utrace_syscall_skipped(void);
void __utrace_resume_user_mode(void);
bool __utrace_quiesce(void);
void __utrace_clone(u64 clone_flags, struct task_struct *child);
void __utrace_vfork(void);
void __utrace_vfork_done(pid_t child);
unsigned int __utrace_unsafe_exec(void);
void __utrace_exec(struct linux_binprm *bprm, pid_t old_tid);
void __utrace_exit(long code);
void utrace_death(struct task_struct *task, int group_dead);
void utrace_release_task(struct task_struct *task);
int __utrace_signal(int signr, struct ksignal *ksig, enum pid_type *type);
int __utrace_handler(int stepping);
bool __utrace_group_stop(void);
void __utrace_group_cont(void);
void __utrace_kill_dying(struct task_struct *task);
bool __utrace_wants_ignored(struct task_struct *task, int signr);
bool __utrace_wants_step(bool other);
void __utrace_ptrace_unlink(struct task_struct *child);
void utrace_ptrace_resume(struct task_struct *child, bool syscall, bool block);
int proc_pid_utrace(struct seq_file *m, struct pid_namespace *ns,
		    struct pid *pid, struct task_struct *task);

/* fs/proc/base.c: an entry of the tables of /proc/PID and of its tasks. */
#define UTRACE_PROC_ENTRY	ONE("utrace", 0400, proc_pid_utrace),

static inline unsigned long task_utrace_flags(struct task_struct *task)
{
	return READ_ONCE(task->utrace_flags);
}

/*
 * UTRACE_FLAG_SIGNALS: the cheapest test that there is.  Not READ_ONCE(), which
 * would take a register on x86, where a signal to a handler has no instruction
 * to spare.
 */
static inline bool task_utrace_signals(struct task_struct *task)
{
	/* It is one sign, of one load; who sets it does so before it matters. */
	return data_race((long)task->utrace_flags < 0);
}

/* A new task has no engines, whatever dup_task_struct() copied. */
static inline void utrace_init_task(struct task_struct *child)
{
	child->utrace_flags = 0;
	child->utrace = NULL;
	child->ptrace &= ~PT_UTRACE_ALL;
}

/* Does ptrace want this stop, or was the flag set for utrace alone? */
static inline bool utrace_ptrace_wants_syscall(int ptrace, bool entry)
{
	if (ptrace & PT_UTRACE_SYSCALL)
		return true;
#if defined(CONFIG_GENERIC_ENTRY) || defined(TIF_SYSCALL_EMU)
	if (entry && test_task_syscall_work(current, SYSCALL_EMU))
		return true;
#endif
	return false;
}

/*
 * ptrace lets go of @child, with all that it had asked for.  The work of system
 * calls stays if engines want it: the thread may be running.
 */
static inline void utrace_ptrace_unlink(struct task_struct *child)
{
	if (likely(!READ_ONCE(child->utrace))) {
		clear_task_syscall_work(child, SYSCALL_TRACE);
		/* Its first engine may have come meanwhile, and set it. */
		smp_mb__after_atomic();		/* pairs with cmpxchg() in utrace_get() */
		if (likely(!READ_ONCE(child->utrace)))
			return;
	}
	__utrace_ptrace_unlink(child);
}

/*
 * Where a system call is found to have work, before anything is done about it:
 * true if engines are all that the work is for, and none of them wants this call.
 * @only: SYSCALL_TRACE is all the work there is.
 *
 * All that a call costs that nobody wants, so there is no call of a function.
 * Whoever sets UTRACE_FLAG_NARROW, pass->arch was the thread's own doing, so that
 * pass->calls are there.  A system call that is skipped is never passed by at its
 * exit: some engine was told of it; and if that one and all others have gone
 * since, there is no such flag.
 *
 * Macros, so that nothing is looked at before it is needed.
 */
#define utrace_pass_entry(arch, nr, only)				\
	((only) && (task_utrace_flags(current) & UTRACE_FLAG_NARROW) &&	\
	 __utrace_pass_entry(arch, nr))
#define utrace_pass_exit(only)						\
	((only) && (task_utrace_flags(current) & UTRACE_FLAG_NARROW) &&	\
	 __utrace_pass_exit())

static inline bool __utrace_pass_entry(u32 arch, unsigned long nr)
{
	struct utrace_pass *pass = (struct utrace_pass *)current->utrace;

	if (nr >= UTRACE_SYSCALL_MAX || arch != READ_ONCE(pass->arch) ||
	    test_bit(nr, pass->calls))
		return false;
	WRITE_ONCE(pass->in_syscall, false);
	return true;
}

static inline bool __utrace_pass_exit(void)
{
	struct utrace_pass *pass = (struct utrace_pass *)current->utrace;

	return !READ_ONCE(pass->in_syscall);
}

/*
 * arm64 makes the two calls itself (HAVE_ARCH_UTRACE_SYSCALL), because it shows
 * ptrace, and ptrace only, a register that is not what user space has in it.
 */
static inline int utrace_arch_syscall_entry(struct pt_regs *regs)
{
	return unlikely(current->utrace) ? __utrace_syscall_entry(regs) : 0;
}

static inline void utrace_arch_syscall_exit(struct pt_regs *regs)
{
	if (unlikely(current->utrace))
		__utrace_syscall_exit(regs);
}

static inline int utrace_syscall_entry(struct pt_regs *regs)
{
	if (IS_ENABLED(CONFIG_HAVE_ARCH_UTRACE_SYSCALL))
		return 0;
	return utrace_arch_syscall_entry(regs);
}

/*
 * True: ptrace has its report, too.  Made out of line after the engines', since
 * a call that is followed by something keeps what that needs in registers, and
 * this is inlined where untraced system calls pass.
 */
static inline bool utrace_syscall_exit(struct pt_regs *regs, int step)
{
	if (likely(!current->utrace))
		return false;
	/* With it, the engines' report has been made already. */
	if (!IS_ENABLED(CONFIG_HAVE_ARCH_UTRACE_SYSCALL) || step || current->ptrace)
		__utrace_ptrace_syscall_exit(regs, step);
	return true;
}

/* Not to be made, and its number of -1 not to be shown to seccomp either. */
static inline bool utrace_syscall_skipped(int nr)
{
	return unlikely(nr == -1) && current->utrace && __utrace_syscall_skipped();
}

/* As do_signal_stop(): true if siglock was dropped. */
static inline bool utrace_quiesce(void)
{
	return unlikely(current->jobctl & JOBCTL_UTRACE) && __utrace_quiesce();
}

/* The same. */
static inline bool utrace_group_stop(void)
{
	return unlikely(task_utrace_flags(current) & UTRACE_FLAG_GROUP_STOP) &&
	       __utrace_group_stop();
}

static inline void utrace_group_cont(void)
{
	if (unlikely(task_utrace_flags(current) &
		     (UTRACE_FLAG_GROUP_STOP | UTRACE_FLAG_GROUP_CONT)))
		__utrace_group_cont();
}

/*
 * What get_signal() is to deliver instead of @signr; 0: nothing.  @type is a
 * pointer because get_signal() has it in memory: nothing is loaded for a thread
 * that nobody traces.
 */
static inline int utrace_signal(int signr, struct ksignal *ksig,
				enum pid_type *type)
{
	if (unlikely(task_utrace_signals(current)))
		return __utrace_signal(signr, ksig, type);
	return signr;
}

/*
 * signal_delivered(): nonzero if ptrace is to be told that it has stepped.  Which
 * signal it was is not asked for: signal_delivered() has no register for that.
 */
static inline int utrace_handler(int stepping)
{
	if (unlikely(task_utrace_signals(current)))
		return __utrace_handler(stepping);
	return stepping;
}

/* The sender of a signal may not take short cuts for it. */
static inline bool utrace_wants_ignored(struct task_struct *task, int signr)
{
	return unlikely(task_utrace_signals(task)) &&
	       __utrace_wants_ignored(task, signr);
}

/* prepare_signal(), for a process that is dying: the signal is dropped. */
static inline void utrace_kill_dying(struct task_struct *task, int signr)
{
	if (signr == SIGKILL)
		__utrace_kill_dying(task);
}

/*
 * An architecture that makes SIGTRAP of a breakpoint and of a step for ptrace alone
 * asks here, too.  @ptrace: current->ptrace; @other: ptrace may have asked for the
 * trap in another way than by a step, which is its own affair.
 */
static inline bool utrace_wants_breakpoint(int ptrace)
{
	return ptrace || unlikely(task_utrace_signals(current));
}

static inline bool utrace_wants_step(int ptrace, bool other)
{
	if (likely(!current->utrace))
		return ptrace;
	return __utrace_wants_step(ptrace && other);
}

static inline bool utrace_wants_fatal(struct task_struct *task)
{
	return unlikely(task_utrace_flags(task) & UTRACE_FLAG_SIGNAL_TERM);
}

/*
 * __ptrace_unlink(): does ptrace end the stop that @child is in?  A stop of utrace's
 * is TASK_TRACED, too, but without JOBCTL_TRACED.  It is utrace's alone to end,
 * because a pinned thread must not come to its CPU at all.
 */
static inline bool utrace_ptrace_resumes(struct task_struct *child)
{
	return child->jobctl & JOBCTL_TRACED;
}

static inline void utrace_resume_user_mode(void)
{
	if (unlikely((long)READ_ONCE(current->jobctl) < 0))
		__utrace_resume_user_mode();
}

static inline void utrace_clone(u64 clone_flags, struct task_struct *child)
{
	if (unlikely(task_utrace_flags(current)))
		__utrace_clone(clone_flags, child);
}

static inline void utrace_vfork(void)
{
	if (unlikely(task_utrace_flags(current)))
		__utrace_vfork();
}

static inline void utrace_vfork_done(pid_t child)
{
	if (unlikely(task_utrace_flags(current)))
		__utrace_vfork_done(child);
}

/* Also of engines without events: they may hold the thread and read its registers. */
static inline unsigned int utrace_unsafe_exec(void)
{
	return unlikely(READ_ONCE(current->utrace)) ? __utrace_unsafe_exec() : 0;
}

static inline void utrace_exec(struct linux_binprm *bprm, pid_t old_tid)
{
	if (unlikely(task_utrace_flags(current)))
		__utrace_exec(bprm, old_tid);
}

/* Also without events: an engine may hold the thread, or have asked for a pass. */
static inline void utrace_exit(long code)
{
	if (unlikely(READ_ONCE(current->utrace)))
		__utrace_exit(code);
}

/*
 * zap_threads(), with siglock held, when @task begins to dump core.  There will be
 * no quiesce pass, and recalc_sigpending() must not set TIF_SIGPENDING for it,
 * because a pending signal cuts the dump short.
 */
static inline void utrace_core_dump(struct task_struct *task)
{
	task->jobctl &= ~(JOBCTL_UTRACE | JOBCTL_TRAP_UTRACE);
}

#else /* !CONFIG_UTRACE */

#define JOBCTL_TRAP_UTRACE	0
#define JOBCTL_UTRACE		0

static inline void utrace_init_task(struct task_struct *child) { }

static inline bool utrace_ptrace_wants_syscall(int ptrace, bool entry)
{
	return true;
}

static inline void utrace_ptrace_unlink(struct task_struct *child)
{
	clear_task_syscall_work(child, SYSCALL_TRACE);
}

static inline void utrace_ptrace_resume(struct task_struct *child, bool syscall,
					bool block)
{
}

#define utrace_pass_entry(arch, nr, only)	false
#define utrace_pass_exit(only)			false
static inline int utrace_arch_syscall_entry(struct pt_regs *regs) { return 0; }
static inline void utrace_arch_syscall_exit(struct pt_regs *regs) { }
static inline int utrace_syscall_entry(struct pt_regs *regs) { return 0; }
static inline bool utrace_syscall_exit(struct pt_regs *regs, int step) { return false; }
static inline bool utrace_syscall_skipped(int nr) { return false; }
static inline bool utrace_quiesce(void) { return false; }
static inline bool utrace_group_stop(void) { return false; }
static inline void utrace_group_cont(void) { }
static inline int utrace_signal(int signr, struct ksignal *ksig,
				enum pid_type *type) { return signr; }
static inline int utrace_handler(int stepping) { return stepping; }
static inline bool utrace_wants_ignored(struct task_struct *task, int signr)
{
	return false;
}
static inline bool utrace_wants_breakpoint(int ptrace) { return ptrace; }
static inline bool utrace_wants_step(int ptrace, bool other) { return ptrace; }
static inline bool utrace_wants_fatal(struct task_struct *task) { return false; }
static inline void utrace_kill_dying(struct task_struct *task, int signr) { }
#define UTRACE_PROC_ENTRY
static inline bool utrace_ptrace_resumes(struct task_struct *child)
{
	return true;
}
static inline void utrace_resume_user_mode(void) { }
static inline void utrace_clone(u64 clone_flags, struct task_struct *child) { }
static inline void utrace_vfork(void) { }
static inline void utrace_vfork_done(pid_t child) { }
static inline unsigned int utrace_unsafe_exec(void) { return 0; }
static inline void utrace_exec(struct linux_binprm *bprm, pid_t old_tid) { }
static inline void utrace_exit(long code) { }
static inline void utrace_core_dump(struct task_struct *task) { }
static inline void utrace_death(struct task_struct *task, int group_dead) { }
static inline void utrace_release_task(struct task_struct *task) { }

#endif /* CONFIG_UTRACE */

/*
 * Where a thread that sleeps in the kernel has come from, for others.  That is not
 * what its registers say if the architecture steps it by executing its
 * instructions elsewhere.
 */
#ifndef arch_utrace_user_pc
#define arch_utrace_user_pc(task, regs)	((void)(task), instruction_pointer(regs))
#endif
#define utrace_user_pc(task, regs)	arch_utrace_user_pc(task, regs)

#endif /* _LINUX_UTRACE_HOOKS_H */
