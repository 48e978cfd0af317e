/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The calls that stock code makes into utrace
 *
 * Every hunk of the patch series calls one of these inlines.  With CONFIG_UTRACE=n an
 * inline is the code that the hunk replaced, or nothing.  On a hot path an inline tests
 * task->utrace_flags or task->utrace, and calls nothing for a thread without engines.
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

struct arch_uprobe;
struct ksignal;
struct linux_binprm;
struct pid;
struct pid_namespace;
struct pt_regs;
struct seq_file;

#ifdef CONFIG_UTRACE

/*
 * Bits of task->jobctl that stock code does not use; written under siglock.
 *
 * JOBCTL_UTRACE: the thread has to make a quiesce pass (__utrace_quiesce()), after the
 * job control stop that it has reported, if there is one.  JOBCTL_TRAP_UTRACE: it is on
 * its way to the pass, so recalc_sigpending() has to keep TIF_SIGPENDING.  These are two
 * bits because a pass does not, as a rule, interrupt a blocking system call.
 *
 * JOBCTL_UTRACE is all bits from 31 up, set and cleared together.  So the code that
 * returns to user mode tests the sign only.  A constant would need a register there,
 * which every system call would have to save.
 *
 * JOBCTL_UTRACE_KILLED: SIGKILL was sent when the process was already dying, so it was
 * not queued.  It nevertheless ends a stop.
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
 * Which step ptrace has asked for: bits of task->ptrace between PT_SEIZED and the
 * PTRACE_O_* options.  The flag for single-stepping is shared with utrace, so the flag
 * alone does not tell who has asked for the step.  The bits have the owner of
 * task->ptrace: the tracer while the thread is in a ptrace stop, otherwise the thread.
 * PT_UTRACE_BLOCK: the step ends with the next branch that is taken.
 */
#define PT_UTRACE_STEP		0x00040000
#define PT_UTRACE_BLOCK		0x00080000

#define PT_UTRACE_ALL		(PT_UTRACE_STEP | PT_UTRACE_BLOCK)

/* A bit of task->utrace_flags: some system calls are wanted by no engine. */
#define UTRACE_FLAG_NARROW	BIT(30)

/* The sign of task->utrace_flags: some event in it has to do with signals. */
#define UTRACE_FLAG_SIGNALS	(~(~0UL >> 1))

/* Single events that are tested here; <linux/utrace.h> has them all. */
#define UTRACE_FLAG_SIGNAL_TERM	BIT(12)
#define UTRACE_FLAG_GROUP_STOP	BIT(15)
#define UTRACE_FLAG_GROUP_CONT	BIT(16)

/**
 * struct utrace_pass - which system calls to pass by: the head of struct utrace
 * @in_syscall: some engine wants the system call in progress.  Then utrace->syscall is
 *	valid from the hook of its entry to that of its exit.  Written by the thread.
 *	Others clear it, when no engine wants system calls any more
 * @arch: AUDIT_ARCH_* of @calls; 0 if @calls is not valid, because an engine wants all
 *	calls, or no engine wants any.  Written under utrace->lock; changed from 0 to
 *	another value only by the thread
 * @calls: the system calls of @arch that some engine wants.  Written under
 *	utrace->lock, a word at a time, because the thread reads it without the lock
 */
struct utrace_pass {
	bool in_syscall;
	u32 arch;
	DECLARE_BITMAP(calls, UTRACE_SYSCALL_MAX);
};

int __utrace_report_syscall_entry(struct pt_regs *regs, bool ptrace);
void __utrace_syscall_begin(struct pt_regs *regs);
bool __utrace_syscall_entry(struct pt_regs *regs, bool begun);
bool __utrace_syscall_exit(struct pt_regs *regs, bool step);
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
void __utrace_ignored(int sig, const struct kernel_siginfo *info,
		      struct task_struct *task, enum pid_type type);
bool __utrace_wants_fatal(struct task_struct *task);
void __utrace_killable_sleep(struct task_struct *task);
bool __utrace_wants_step(bool other);
void utrace_ptrace_step(struct task_struct *child, bool block);
bool __utrace_trap(const struct kernel_siginfo *info);
bool __utrace_seccomp_trap(void);
bool __utrace_breakpoint(unsigned long addr);
void __utrace_uprobe_step(const struct arch_uprobe *auprobe, unsigned long vaddr);
void __utrace_uprobe_abort(void);
bool __utrace_owns_step(void);
int proc_pid_utrace(struct seq_file *m, struct pid_namespace *ns,
		    struct pid *pid, struct task_struct *task);

/* fs/proc/base.c: an entry of the tables of /proc/PID and of its tasks. */
#define UTRACE_PROC_ENTRY	ONE("utrace", 0400, proc_pid_utrace),

static inline unsigned long task_utrace_flags(struct task_struct *task)
{
	return READ_ONCE(task->utrace_flags);
}

/*
 * UTRACE_FLAG_SIGNALS.  READ_ONCE() would need a register on x86, and the delivery of a
 * signal to a handler would then cost more than one instruction.
 */
static inline bool task_utrace_signals(struct task_struct *task)
{
	/* A single load, of which only the sign is used. */
	return data_race((long)task->utrace_flags < 0);
}

/* A new task has no engines, but dup_task_struct() has copied those of its parent. */
static inline void utrace_init_task(struct task_struct *child)
{
	child->utrace_flags = 0;
	child->utrace = NULL;
	child->ptrace &= ~PT_UTRACE_ALL;
	/* No atomic operation in each fork. */
#ifdef CONFIG_GENERIC_ENTRY
	if (unlikely(task_thread_info(child)->syscall_work &
		     (SYSCALL_WORK_UTRACE | SYSCALL_WORK_UTRACE_EXIT))) {
		clear_task_syscall_work(child, UTRACE);
		clear_task_syscall_work(child, UTRACE_EXIT);
	}
#else
	if (unlikely(test_task_syscall_work(child, UTRACE)))
		clear_task_syscall_work(child, UTRACE);
#endif
}

/* A function that other code has been split from, to be done before it saves registers. */
#define utrace_noinline	noinline

/*
 * Pass by a system call that no engine wants, where the call is found to have work and
 * before anything is done about it.  @only: SYSCALL_WORK_UTRACE (TIF_UTRACE) is all the
 * work there is.
 *
 * This is all that such a call costs, so no function is called.  Any task may set
 * UTRACE_FLAG_NARROW, but only the thread itself sets pass->arch, after it has filled
 * pass->calls.  So the bitmap is valid if pass->arch matches.  The exit of a call that
 * an engine skips is never passed by: pass->in_syscall is set while an engine wants the
 * call, and the flag is clear when no engine wants system calls.
 *
 * With the generic entry code the exit has a work bit of its own, SYSCALL_WORK_UTRACE_EXIT.
 * The thread sets it at the entry of a call that some engine wants, and clears it at the
 * exit, so that no other exit has anything to pass by.
 *
 * These are macros so that nothing is evaluated before it is needed.
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
 * Report the entry of a system call to ptrace and to engines, in this order.  @utrace:
 * the thread has the work bit of utrace; @ptrace: it has one of ptrace's.  Nonzero: the
 * call must not be made.  A macro, because <linux/ptrace.h> includes this file.
 */
#define utrace_report_syscall_entry(regs, utrace, ptrace)		\
	(unlikely(utrace) ? __utrace_report_syscall_entry(regs, ptrace)	\
			  : ptrace_report_syscall_entry(regs))

/*
 * The same in two parts, for an architecture that shows ptrace a register which differs
 * from what user space has in it (arm64).  utrace_syscall_begin() comes before the
 * report to ptrace, and only if there is one; utrace_syscall_entry() comes after it.
 * @begun: utrace_syscall_begin() was called.
 */
static inline void utrace_syscall_begin(struct pt_regs *regs, bool utrace)
{
	if (unlikely(utrace))
		__utrace_syscall_begin(regs);
}

static inline bool utrace_syscall_entry(struct pt_regs *regs, bool utrace, bool begun)
{
	return unlikely(utrace) && __utrace_syscall_entry(regs, begun);
}

/*
 * Report the exit of a system call to engines; ptrace is told after this.  @step: the
 * thread is being stepped, so that the call completes a step.  Returns whether it
 * completes a step of ptrace's.
 */
static inline bool utrace_syscall_exit(struct pt_regs *regs, bool utrace, bool step)
{
	if (likely(!utrace) && (!step || !current->utrace))
		return step;
	return __utrace_syscall_exit(regs, step);
}

/* get_signal(): true if siglock was dropped, so that get_signal() starts over. */
static inline bool utrace_quiesce(void)
{
	return unlikely(current->jobctl & JOBCTL_UTRACE) && __utrace_quiesce();
}

/* do_signal_stop(): true if siglock was dropped, so that it returns. */
static inline bool utrace_group_stop(void)
{
	return unlikely(task_utrace_flags(current) &
			(UTRACE_FLAG_GROUP_STOP | UTRACE_FLAG_GROUP_CONT)) &&
	       __utrace_group_stop();
}

static inline void utrace_group_cont(void)
{
	if (unlikely(task_utrace_flags(current) &
		     (UTRACE_FLAG_GROUP_STOP | UTRACE_FLAG_GROUP_CONT)))
		__utrace_group_cont();
}

/*
 * get_signal(): returns the signal to deliver instead of @signr; 0: none.  @type is a
 * pointer, so that nothing is loaded for a thread without engines.
 */
static inline int utrace_signal(int signr, struct ksignal *ksig,
				enum pid_type *type)
{
	if (unlikely(task_utrace_signals(current)))
		return __utrace_signal(signr, ksig, type);
	return signr;
}

/*
 * signal_delivered(): nonzero if the thread has to report a step to ptrace.  The signal
 * is not an argument, because that would cost signal_delivered() a register.
 */
static inline int utrace_handler(int stepping)
{
	if (unlikely(task_utrace_signals(current)))
		return __utrace_handler(stepping);
	return stepping;
}

/*
 * prepare_signal() has dropped a signal to @task.  Engines may nevertheless want a
 * report of it.  Called with siglock held.
 */
static inline void utrace_ignored(int signr, const struct kernel_siginfo *info,
				  struct task_struct *task, enum pid_type type)
{
	if (unlikely(task_utrace_signals(task)))
		__utrace_ignored(signr, info, task, type);
}

/* prepare_signal(): the process is dying, so the signal is dropped. */
static inline void utrace_kill_dying(struct task_struct *task, int signr)
{
	if (signr == SIGKILL)
		__utrace_kill_dying(task);
}

/*
 * For an architecture that makes a SIGTRAP of a breakpoint or a step only if ptrace
 * traces the thread (s390): true if the SIGTRAP is to be made.  @ptrace:
 * current->ptrace; @other: ptrace may have asked for the trap by other means than a step.
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

/*
 * force_sig_info_to_task(): true if no signal is to be made of a trap, because engines
 * get a report of it, or because the thread executes the call of an engine
 * (utrace_call()).  @plain: the signal may have a handler.
 */
static inline bool utrace_trap(const struct kernel_siginfo *info,
			       struct task_struct *task, bool plain)
{
	if (unlikely(info->si_signo == SIGSYS) && plain && task == current)
		return unlikely(READ_ONCE(task->utrace)) && __utrace_seccomp_trap();
	return unlikely(task_utrace_signals(task)) && info->si_signo == SIGTRAP &&
	       plain && task == current && __utrace_trap(info);
}

/* unhandled_signal(): true if engines get a report of the trap, so it is not logged. */
static inline bool utrace_wants_trap(struct task_struct *task, int signr)
{
	return signr == SIGTRAP && unlikely(task_utrace_signals(task));
}

/*
 * handle_swbp(), at a breakpoint that is not of a uprobe: true if no signal is to be made
 * of it, because engines get a report of it.
 */
static inline bool utrace_breakpoint(unsigned long addr)
{
	return unlikely(task_utrace_signals(current)) && __utrace_breakpoint(addr);
}

/*
 * handle_swbp(): returns @done, whether uprobes have executed the instruction at
 * @vaddr without a trap.
 */
static inline bool utrace_uprobe_step(bool done, const struct arch_uprobe *auprobe,
				      unsigned long vaddr)
{
	if (done && unlikely(task_utrace_signals(current)))
		__utrace_uprobe_step(auprobe, vaddr);
	return done;
}

/* handle_singlestep(): the same for a copy of the instruction. */
static inline void utrace_uprobe_stepped(bool done, const struct arch_uprobe *auprobe,
					 unsigned long vaddr)
{
	if (likely(!task_utrace_signals(current)))
		return;
	if (done)
		__utrace_uprobe_step(auprobe, vaddr);
	else
		__utrace_uprobe_abort();
}

/*
 * arch_uprobe_post_xol() and arch_uprobe_skip_sstep() of x86: true if the step that was
 * armed when uprobes armed theirs is only for engines.
 */
static inline bool utrace_owns_step(void)
{
	return unlikely(task_utrace_signals(current)) && __utrace_owns_step();
}

/*
 * complete_signal(): @task is going to take a fatal signal.  True if the signal is to be
 * reported first, so that the process is not killed at once.
 */
static inline bool utrace_wants_fatal(struct task_struct *task)
{
	return unlikely(task_utrace_flags(task) & UTRACE_FLAG_SIGNAL_TERM) &&
	       __utrace_wants_fatal(task);
}

/*
 * signal_pending_state(): a sleep that only fatal signals end is about to begin,
 * while other signals are pending.  Always false: such a signal does not end it.
 */
static inline bool utrace_killable_sleep(struct task_struct *task)
{
	if (unlikely(READ_ONCE(task->utrace)))
		__utrace_killable_sleep(task);
	return false;
}

/*
 * __ptrace_unlink(), ptrace_unfreeze_traced(): true if @child is in a stop of ptrace.
 * A stop of utrace is TASK_TRACED as well, but without JOBCTL_TRACED.  Only utrace ends
 * it, because a pinned thread must not run at all.
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

static inline void utrace_ptrace_step(struct task_struct *child, bool block) { }

#define utrace_noinline
#define utrace_pass_entry(arch, nr, only)	false
#define utrace_pass_exit(only)			false
#define utrace_report_syscall_entry(regs, utrace, ptrace)		\
	ptrace_report_syscall_entry(regs)
static inline void utrace_syscall_begin(struct pt_regs *regs, bool utrace) { }
static inline bool utrace_syscall_entry(struct pt_regs *regs, bool utrace, bool begun)
{
	return false;
}
static inline bool utrace_syscall_exit(struct pt_regs *regs, bool utrace, bool step)
{
	return step;
}
static inline bool utrace_quiesce(void) { return false; }
static inline bool utrace_group_stop(void) { return false; }
static inline void utrace_group_cont(void) { }
static inline int utrace_signal(int signr, struct ksignal *ksig,
				enum pid_type *type) { return signr; }
static inline int utrace_handler(int stepping) { return stepping; }
static inline void utrace_ignored(int signr, const struct kernel_siginfo *info,
				  struct task_struct *task, enum pid_type type) { }
static inline bool utrace_wants_breakpoint(int ptrace) { return ptrace; }
static inline bool utrace_wants_step(int ptrace, bool other) { return ptrace; }
static inline bool utrace_trap(const struct kernel_siginfo *info,
			       struct task_struct *task, bool plain)
{
	return false;
}
static inline bool utrace_wants_trap(struct task_struct *task, int signr) { return false; }
static inline bool utrace_breakpoint(unsigned long addr) { return false; }
static inline bool utrace_uprobe_step(bool done, const struct arch_uprobe *auprobe,
				      unsigned long vaddr)
{
	return done;
}
static inline void utrace_uprobe_stepped(bool done, const struct arch_uprobe *auprobe,
					 unsigned long vaddr)
{
}
static inline bool utrace_owns_step(void) { return false; }
static inline bool utrace_wants_fatal(struct task_struct *task) { return false; }
static inline bool utrace_killable_sleep(struct task_struct *task) { return false; }
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

/*
 * AUDIT_ARCH_* of the number of the system call that a task is in.  The default is for
 * architectures whose syscall_get_arch() tells 32-bit tasks from others.
 */
#ifndef arch_utrace_syscall_arch
#define arch_utrace_syscall_arch(task)	syscall_get_arch(task)
#endif
#define utrace_syscall_arch(task)	arch_utrace_syscall_arch(task)

#endif /* _LINUX_UTRACE_HOOKS_H */
