/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the files of the engine share: utrace.c says how it works
 */
#ifndef _KERNEL_UTRACE_INTERNAL_H
#define _KERNEL_UTRACE_INTERNAL_H

#include <linux/err.h>
#include <linux/jump_label.h>
#include <linux/list.h>
#include <linux/llist.h>
#include <linux/lockdep.h>
#include <linux/refcount.h>
#include <linux/sched.h>
#include <linux/spinlock.h>
#include <linux/utrace.h>
#include <linux/utrace_hooks.h>
#include <linux/wait.h>

#include "limit.h"

/* engine->flags */
#define ENGINE_ATTACHED		BIT(0)	/* in the chain, and gets reports */
#define ENGINE_STOP		BIT(1)	/* holds the thread; in nr_stop */
#define ENGINE_STOP_LATER	BIT(2)	/* ... will, from the quiesce pass on */
#define ENGINE_REQUEST		BIT(3)	/* is owed a report_quiesce */
#define ENGINE_CHARGED		BIT(4)	/* its user is, for a stop that is or is due */
#define ENGINE_STEP		BIT(5)	/* wants one more instruction, then a report */
#define ENGINE_BLOCKSTEP	BIT(6)	/* ... up to the next taken branch */
#define ENGINE_STEPPED		BIT(7)	/* is owed a report_step */
#define ENGINE_RESUMED		BIT(8)	/* RESUME came during its callback */
#define ENGINE_ARMED		BIT(9)	/* the machine was, for its step */
#define ENGINE_RESERVE		BIT(10)	/* may use the reserve of max_engines */
#define ENGINE_NS_RESERVE	BIT(11)	/* may use a part of it */

#define ENGINE_STEPS		(ENGINE_STEP | ENGINE_BLOCKSTEP)
/* Rights, which outlast the engine's detach for as long as its callback runs. */
#define ENGINE_RESERVES		(ENGINE_RESERVE | ENGINE_NS_RESERVE)

/* utrace->phase */
#define UTRACE_PHASE_ENTRY	1
#define UTRACE_PHASE_EXIT	2

/* engine->in_syscall, and what a set says of a call */
#define UTRACE_WANTS_ENTRY	BIT(0)	/* the report of its entry */
#define UTRACE_WANTS_EXIT	BIT(1)	/* the report of its exit */
#define UTRACE_WANTS_TIME	BIT(2)	/* the time of its entry */

/* utrace->call and ->call_asked: what is done to the system call in progress */
#define CALL_SKIP		BIT(0)	/* it is not made */
#define CALL_REWRITTEN		BIT(1)	/* another is made */
#define CALL_RESTORE		BIT(2)	/* ... of which user space sees nothing */
#define CALL_MOVED		BIT(3)	/* the pc was written: it cannot be made again */

/* utrace->trap_state: what utrace->trap is */
#define UTRACE_TRAP_TAKEN	1	/* a trap, not reported yet; there is no signal */
#define UTRACE_TRAP_FORCED	2	/* a trap that is being made a signal */
#define UTRACE_TRAP_TOLD	3	/* a signal that engines know already */

/* utrace->judged: what seccomp says of the call of utrace_call() */
#define UTRACE_JUDGED_ASKED	1	/* nothing yet */
#define UTRACE_JUDGED_TRAPPED	2	/* SECCOMP_RET_TRAP */
#define UTRACE_JUDGED_KILLED	3	/* the thread dies, and nobody holds it before its exit */

/* What task->utrace is when it can never be anything else. */
#define UTRACE_DEAD		((struct utrace *)ERR_PTR(-ESRCH))

/**
 * struct utrace_syscall_set - a filter that engines share
 * @filter: which calls; constant
 * @others: UTRACE_WANTS_* of the calls that have no bit in @filter; constant
 * @times: %UTRACE_WANTS_TIME, or 0; constant
 * @ref: one for each engine that has the set, and those of clients
 * @rcu: the thread reads the set under RCU
 */
struct utrace_syscall_set {
	struct utrace_syscall_filter filter;
	u8 others;
	u8 times;
	refcount_t ref;
	struct rcu_head rcu;
};

/**
 * struct utrace - what the engines of one thread share
 * @pass: what the hooks look at themselves; first
 * @lock: protects everything below that does not say otherwise, and what
 *	utrace.c says
 * @ref: one for task->utrace, one for each engine
 * @task: the thread.  Not referenced: every engine references it, and hooks run
 *	in it or before it is freed
 * @cookie: a number that no other thread ever has; constant
 * @engines: the chain, outermost first.  The thread reads it without the lock
 * @walking: a walk is under way: no engine leaves the chain behind its back.
 *	Written by the thread
 * @parked: ... but stands still at @cursor, to stop there.  Set by the thread;
 *	cleared under @lock
 * @cursor: the last engine at which the walk had something to do; exact while
 *	its callback runs and while the thread is stopped.  Written by the thread
 * @reporting: @cursor while its callback runs, else NULL, or for a moment an
 *	engine that is looked at.  Written by the thread
 * @attention: the walk is to take @lock when it goes on, see utrace_attend()
 * @nr_engines: in @engines
 * @nr_stop: attached engines with ENGINE_STOP
 * @pins: sum of engine->pins.  While there are any, the thread does not leave
 *	utrace_stop(), not even killed, and has JOBCTL_PTRACE_FROZEN.  Also under
 *	siglock.
 * @stopped: the thread is in utrace_stop(), asleep or about to look again.  Also
 *	under siglock
 * @stop_event: ... in the report of this event, UTRACE_EV_*
 * @asked: the system call that an engine has asked for; NULL: none.  In the memory of the
 *	engine's client, and while @calling on the thread's stack
 * @calling: the thread has left its stop to execute the call, and has a reference to the
 *	engine.  Written by the thread
 * @call_cut: the call is to be interrupted: JOBCTL_TRAP_UTRACE will be set for it, or
 *	is, and for nothing else
 * @judged: what seccomp says of the call: UTRACE_JUDGED_*; 0: it is not asked.  The
 *	thread's own
 * @phase: the report of a system call's entry, in which @call_asked may be set,
 *	or of its exit, is under way: UTRACE_PHASE_*; what it says of an exit holds
 *	while @pass.in_syscall.  Written by the thread
 * @call_asked: what engines want to become of the call whose entry is reported:
 *	CALL_*
 * @call: @call_asked when the report was over; cleared at exit.  Written under
 *	@lock, and read by the thread without
 * @step: the machine is armed to step this thread for engines.  Written by the
 *	thread only
 * @step_block: ... up to the next taken branch, by itself.  The thread's own, as
 *	all about steps that follows
 * @step_in_parts: it may trap in the middle of the instruction at @step_pc
 * @step_length: bytes of that instruction; 0: not known
 * @step_pc: where it was when it was armed to step an instruction
 * @trap: siginfo of a trap that no signal was made of, or of the signal that was
 *	queued for it when engines had let it through.  The thread's own, as what
 *	follows
 * @trap_at: address of the breakpoint instruction of @trap, if uprobes have found it
 * @trap_pc: where the thread was when @trap was recorded, or when the trap of a
 *	breakpoint was put back into the queue; 0: neither was
 * @ksig: the signal that get_signal() is about to return, on the thread's stack;
 *	NULL if there was none since UTRACE_FLAG_SIGNALS was last set.  Written by
 *	the thread while it has that flag, and cleared under @lock before it has
 * @group_stop_told: report_group_stop was made, and report_group_cont is to
 *	follow.  JOBCTL_UTRACE is set as long as this is.  Under siglock
 * @pass_due: JOBCTL_UTRACE is set for more than @group_stop_told.  Under siglock
 * @exiting: the thread has begun to exit: it makes no more quiesce passes
 * @ignored_closed: the thread is dead, so that @ignored gets no more entries.
 *	Under siglock
 * @replacing: the thread sends itself what an engine has made of an ignored
 *	signal.  Under siglock
 * @fatal_due: a signal that will kill the process waits for its report.  Written
 *	under siglock
 * @dead: report_death has begun; no events but REAP can be asked for
 * @death_done: report_death is over, and report_reap may be made
 * @reap: release_task() was here
 * @trap_state: UTRACE_TRAP_*; 0: @trap is nothing.  The thread's own
 * @calls_due: the thread is to make @pass, before it is looked at
 * @nr_ignored: number of realtime signals in @ignored
 * @ignored: the ignored signals that are to be reported, oldest first.  Under
 *	siglock
 * @fatal_queued: @fatal_node is in a list
 * @fatal_node: of the threads that utrace_end_killable_sleeps() will look at
 * @syscall: the call in progress, as user space made it: noted before ptrace and
 *	engines may change it.  Written and read by the thread only, except while it is
 *	stopped.
 * @result: of a call that is skipped; -errno for an error
 * @wait: utrace_barrier()
 * @rcu: task->utrace is read under RCU by utrace_attach_task()
 */
struct utrace {
	struct utrace_pass pass;
	spinlock_t lock;
	refcount_t ref;
	struct task_struct *task;
	u64 cookie;
	struct list_head engines;
	struct utrace_engine *cursor;
	struct utrace_engine *reporting;
	struct utrace_call_request *asked;
	unsigned int nr_engines;
	unsigned int nr_stop;
	unsigned int pins;
	bool walking;
	bool parked;
	bool attention;
	bool stopped;
	u8 stop_event;
	bool calling;
	bool call_cut;
	u8 phase;
	u8 call_asked;
	u8 call;
	bool step;
	bool step_block;
	bool step_in_parts;
	u8 judged;
	u8 step_length;
	bool group_stop_told;
	bool pass_due;
	bool exiting;
	bool ignored_closed;
	bool replacing;
	bool fatal_due;
	bool dead;
	bool death_done;
	bool reap;
	u8 trap_state;
	bool calls_due;
	u8 nr_ignored;
	struct list_head ignored;
	unsigned long fatal_queued;
	struct llist_node fatal_node;
	struct ksignal *ksig;
	unsigned long step_pc;
	kernel_siginfo_t trap;
	unsigned long trap_at;
	unsigned long trap_pc;
	struct utrace_syscall syscall;
	long result;
	wait_queue_head_t wait;
	struct rcu_head rcu;
};

/**
 * struct utrace_walk - a report on its way along the chain
 * @u: whose chain
 * @event: UTRACE_EVENT() bit of what is reported
 * @inwards: the direction
 * @stop_here: a STOP holds the thread where it was answered, not later
 */
struct utrace_walk {
	struct utrace *u;
	unsigned long event;
	bool inwards;
	bool stop_here;
};

/*
 * A hook tests current->utrace_flags before it loads current->utrace.  A
 * conditional branch does not order two loads, so without the barrier the CPU may
 * load the pointer first, and get NULL together with flags that are set.
 */
static inline struct utrace *utrace_current(void)
{
	smp_rmb();	/* pairs with cmpxchg() in utrace_get() */
	return current->utrace;
}

/*
 * Have the hook of the exit called, for the call whose entry current is in.  Without the
 * generic entry code, a call has one work bit for both.
 */
static inline void utrace_begin_exit_work(void)
{
#ifdef CONFIG_GENERIC_ENTRY
	set_syscall_work(UTRACE_EXIT);
#endif
}

static inline void utrace_end_exit_work(void)
{
#ifdef CONFIG_GENERIC_ENTRY
	clear_syscall_work(UTRACE_EXIT);
#endif
}

/* ../utrace.c */
void utrace_put(struct utrace *u);
struct utrace *utrace_get_existing(struct task_struct *task);
void utrace_update_calls(struct utrace *u, bool attending);
void utrace_update_flags(struct utrace *u);
bool utrace_detach(struct utrace_engine *engine);
void utrace_unlink(struct utrace_engine *engine);

/* stop.c */
int utrace_charge_stop(struct utrace_engine *engine, bool must);
void utrace_uncharge_stop(struct utrace_engine *engine);
void utrace_set_stop(struct utrace_engine *engine);
void utrace_clear_stop(struct utrace_engine *engine);
void utrace_clear_stops(struct utrace *u);
void utrace_pass_due(struct utrace *u);
void utrace_kick(struct utrace *u, bool interrupt);
bool utrace_kick_current(struct utrace *u);
void utrace_wake(struct utrace *u);
void utrace_stop(struct utrace *u, unsigned long event);

/* walk.c */
void utrace_walk_abandon(struct utrace *u);
struct utrace_engine *utrace_first(const struct utrace_walk *walk);
struct utrace_engine *utrace_advance(const struct utrace_walk *walk,
				     struct utrace_engine *engine);
void utrace_answer(const struct utrace_walk *walk, struct utrace_engine *engine,
		   enum utrace_action action);

/* look.c */
int utrace_call_asleep(struct task_struct *task,
		       int (*func)(struct task_struct *task, void *arg), void *arg);

/* ptrace.c */
unsigned int utrace_ptrace_steps(void);

/* syscall.c */
void utrace_moved(struct utrace_engine *engine);

/* call.c */
void utrace_cut_call(struct utrace_engine *engine);
void utrace_leave_call(struct utrace_engine *engine);
void utrace_drop_call(struct utrace *u);
struct utrace_engine *utrace_abandon_call(struct utrace *u);
void utrace_do_call(struct utrace *u, unsigned long event);

/* signal.c */
void utrace_report_trap(struct utrace *u);
void utrace_report_group_cont(struct utrace *u);

/* send.c */
void utrace_report_ignored(struct utrace *u);
void utrace_close_ignored(struct utrace *u);
void utrace_free_ignored(struct utrace *u);

/* step.c */
void utrace_arm_step(struct utrace *u);
void utrace_rearm_step(struct utrace *u);
void utrace_stepped(struct utrace *u);
void utrace_handler_step(struct utrace *u);
void utrace_report_stepped(struct utrace *u);
bool utrace_record_trap(struct utrace *u, const kernel_siginfo_t *info,
			unsigned long at);

/* proc.c */
extern const char * const utrace_event_names[UTRACE_EV_NR];

/* limit.c */
/*
 * Engines beyond max_engines, for those with CAP_SYS_PTRACE, and how many of them for
 * those who have it only in the thread's user namespace.
 */
#define UTRACE_RESERVED_ENGINES	16
#define UTRACE_NS_RESERVED_ENGINES 8
extern unsigned int utrace_max_engines;
unsigned int utrace_reserve_flags(struct task_struct *task);
unsigned int utrace_reserved_engines(unsigned int flags);
extern unsigned int utrace_max_stopped;
int utrace_user_charge(struct utrace_user *user, bool must);
void utrace_user_uncharge(struct utrace_user *user);

/*
 * Named places at which a test can let something else happen: between a
 * decision and what follows from it.  All of them may sleep.
 */
enum utrace_test_point {
	UTRACE_POINT_ATTACH,		/* struct utrace found, lock not taken */
	UTRACE_POINT_ENTRY,		/* decided who is told of a call */
	UTRACE_POINT_OWED,		/* at an engine that is owed a report */
	UTRACE_POINT_STOP_DECIDED,	/* before a stop takes its locks */
	UTRACE_POINT_STOP_WOKEN,	/* woken, before it looks again */
	UTRACE_POINT_CALL,		/* about to execute a call for an engine */
	UTRACE_POINT_CALLBACK_DONE,	/* returned; answer not applied yet */
	UTRACE_POINT_QUIESCE,		/* a quiesce pass begins */
	UTRACE_POINT_SIGNAL_DONE,	/* engines know; siglock not retaken yet */
	UTRACE_POINT_GROUP_STOP,	/* likewise, of a job control stop */
	UTRACE_POINT_PINNED,		/* pinned, perhaps still on its CPU */
	UTRACE_POINT_DEAD,		/* the report of a death is to begin */
	UTRACE_POINT_REAP,		/* release_task(), before anything */
};

#ifdef CONFIG_UTRACE_TEST_POINTS
extern void (*utrace_test_hook)(enum utrace_test_point point,
				struct task_struct *task);
DECLARE_STATIC_KEY_FALSE(utrace_test_points);

static inline void utrace_test_point(enum utrace_test_point point,
				     struct task_struct *task)
{
	void (*hook)(enum utrace_test_point point, struct task_struct *task);

	if (!static_branch_unlikely(&utrace_test_points))
		return;
	hook = READ_ONCE(utrace_test_hook);
	if (!hook)
		return;
	might_sleep();
	hook(point, task);
}
#else
static inline void utrace_test_point(enum utrace_test_point point,
				     struct task_struct *task) { }
#endif

/* Nothing is left of a step that @engine asked for. */
static inline void utrace_forget_step(struct utrace_engine *engine)
{
	lockdep_assert_held(&engine->utrace->lock);

	engine->flags &= ~(ENGINE_STEPS | ENGINE_ARMED);
}

/* The machine is armed for it in the pass before user mode. */
static inline void utrace_want_step(struct utrace_engine *engine,
				    enum utrace_action action)
{
	utrace_forget_step(engine);
	engine->flags |= action == UTRACE_SINGLESTEP ? ENGINE_STEP : ENGINE_BLOCKSTEP;
}

/* Make one report: the body calls @engine's callback and gives utrace_answer() its result. */
#define utrace_for_each_report(walk, engine)				\
	for ((engine) = utrace_first(walk); (engine);			\
	     (engine) = utrace_advance(walk, engine))

#endif /* _KERNEL_UTRACE_INTERNAL_H */
