// SPDX-License-Identifier: GPL-2.0-only
/*
 * Steps and breakpoints change nothing: no signal is queued for them, and uprobes
 * at the instructions that are stepped are not noticed
 */

#include <linux/err.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/hw_breakpoint.h>
#include <linux/mm.h>
#include <linux/mount.h>
#include <linux/perf_event.h>
#include <linux/ratelimit.h>
#include <linux/sched/signal.h>
#include <linux/sched/task_stack.h>
#include <linux/string.h>
#include <linux/uprobes.h>

#include <asm/unistd.h>
#include <trace/events/printk.h>
#include <trace/events/signal.h>

#include "utrace_task.h"

#define NR_STEPS	8
#define NOPS		P_NOP P_NOP P_NOP P_NOP P_NOP P_NOP P_NOP P_NOP

/* A program whose SIGTRAP is not as programs usually have it. */
#define SIGTRAP_PAYLOAD(name, setup)					\
	LOCAL_PAYLOAD(name,						\
		setup							\
		P_CALL(__NR_getpid)					\
		NOPS							\
		"1:\n"							\
		P_TRAP							\
		"2:\n"							\
		P_COUNT(0)						\
		P_JUMP(2b)						\
		"3:\n"							\
		P_CALL(__NR_getuid)					\
		P_SIGRETURN						\
		P_HANDLER(8, 3b)					\
		P_IGNORE(9)						\
		P_LABEL(10)						\
		".quad 1 << (" __stringify(SIGTRAP) " - 1)\n"		\
		".quad " P_ABS(1b) "," P_ABS(2b) "\n")

SIGTRAP_PAYLOAD(payload_default, "");
SIGTRAP_PAYLOAD(payload_handled, P_SIGACTION(SIGTRAP, 8f));
SIGTRAP_PAYLOAD(payload_ignored, P_SIGACTION(SIGTRAP, 9f));
SIGTRAP_PAYLOAD(payload_blocked,
	P_ARG(0, SIG_BLOCK) P_ARG_ADDR(1, 10f) P_ARG(2, 0) P_ARG(3, 8)
	P_CALL(__NR_rt_sigprocmask));

static const struct utrace_payload *const programs[] = {
	&payload_default, &payload_handled, &payload_ignored, &payload_blocked
};

/**
 * struct watch - what happens to a thread's signals
 * @task: the thread
 * @signals: SIGTRAPs that were sent to it
 * @lines: lines of the kernel's log about programs of tests
 */
struct watch {
	struct task_struct *task;
	atomic_t signals;
	atomic_t lines;
};

static void count_signal(void *data, int sig, struct kernel_siginfo *info,
			 struct task_struct *task, int group, int result)
{
	struct watch *watch = data;

	if (task == READ_ONCE(watch->task) && sig == SIGTRAP)
		atomic_inc(&watch->signals);
}

static void count_line(void *data, const char *text, size_t len)
{
	struct watch *watch = data;

	if (strnstr(text, "program[", len))
		atomic_inc(&watch->lines);
}

static void watch_end(void *watch)
{
	unregister_trace_signal_generate(count_signal, watch);
	unregister_trace_console(count_line, watch);
	tracepoint_synchronize_unregister();
}

static struct watch *watch_begin(struct kunit *test)
{
	struct watch *watch = test_alloc(test, struct watch);

	KUNIT_ASSERT_EQ(test, 0, register_trace_signal_generate(count_signal, watch));
	KUNIT_ASSERT_EQ(test, 0, register_trace_console(count_line, watch));
	KUNIT_ASSERT_EQ(test, 0, kunit_add_action_or_reset(test, watch_end, watch));
	return watch;
}

/**
 * struct plan - what an engine is to do
 * @action: of its steps
 * @left: how many, from the return of getpid on
 * @to: where breakpoints lead to; 0: nowhere else
 * @drop: drop their signals, too
 * @breakpoint: where the last one was
 * @traps: how many there were
 */
struct plan {
	enum utrace_action action;
	unsigned int left;
	unsigned long to;
	bool drop;
	unsigned long breakpoint;
	unsigned int traps;
};

static enum utrace_action follow_plan(struct test_engine *e, unsigned int event,
				      enum utrace_action answer)
{
	struct plan *plan = e->private;

	if (BIT(event) & UTRACE_EVENTS_SIGNAL) {
		plan->traps++;
		plan->breakpoint = utrace_signal_breakpoint(e->sig);
		if (plan->to || plan->drop)
			utrace_signal_drop(e->sig);
		if (plan->to)
			instruction_pointer_set(current_pt_regs(), plan->to);
		return answer;
	}
	return test_step_due(e, event, &plan->left) ? plan->action : answer;
}

static struct test_engine *planner(struct kunit *test, struct test_task *t,
				   unsigned long events, struct plan plan)
{
	struct plan *copy = test_alloc(test, struct plan);
	struct test_engine *e = test_engine(test, test_log(test));

	*copy = plan;
	e->private = copy;
	e->on_event = follow_plan;
	KUNIT_ASSERT_EQ(test, 0, test_engine_attach_to(e, t->task, UTRACE_OBSERVER,
						       events));
	return e;
}

static struct plan *plan_of(struct test_engine *e)
{
	return e->private;
}

static void set_unkillable(struct test_task *t, bool on)
{
	unsigned long flags;

	if (!lock_task_sighand(t->task, &flags))
		return;
	if (on)
		t->task->signal->flags |= SIGNAL_UNKILLABLE;
	else
		t->task->signal->flags &= ~SIGNAL_UNKILLABLE;
	unlock_task_sighand(t->task, &flags);
}

/* Is SIGTRAP what the program has made it? */
static void expect_own_sigtrap(struct kunit *test, struct test_task *t,
			       const struct utrace_payload *program)
{
	struct sighand_struct *sighand = t->task->sighand;
	__sighandler_t handler = sighand->action[SIGTRAP - 1].sa.sa_handler;

	if (program == &payload_handled)
		KUNIT_EXPECT_TRUE(test, handler != SIG_IGN && handler != SIG_DFL);
	else
		KUNIT_EXPECT_TRUE(test, handler == (program == &payload_ignored ?
						    SIG_IGN : SIG_DFL));
	KUNIT_EXPECT_EQ(test, program == &payload_blocked,
			sigismember(&t->task->blocked, SIGTRAP));
}

/* Step through the nops, and pass the breakpoint by. */
static void steps_and_breakpoints(struct kunit *test, unsigned int steps,
				  bool unkillable)
{
	struct watch *watch = watch_begin(test);
	int i;

	for (i = 0; i < ARRAY_SIZE(programs); i++) {
		struct test_task *t = test_task(test, programs[i]);
		struct test_engine *e;

		WRITE_ONCE(watch->task, t->task);
		atomic_set(&watch->signals, 0);
		e = planner(test, t, UTRACE_EVENT(SYSCALL_EXIT) |
			    UTRACE_EVENT(STEP) | UTRACE_EVENTS_SIGNAL,
			    (struct plan) {
				.action = UTRACE_SINGLESTEP,
				.left = steps,
				.to = payload_word(programs[i], 2, 1),
			    });
		set_unkillable(t, unkillable);
		test_task_go(t);
		KUNIT_ASSERT_TRUE(test, test_thread_counts(t->task, 0));
		KUNIT_EXPECT_EQ_MSG(test, steps, e->seen[EV(STEP)], "program %d", i);
		KUNIT_EXPECT_EQ_MSG(test, 1, plan_of(e)->traps, "program %d", i);
		KUNIT_EXPECT_EQ_MSG(test, payload_word(programs[i], 2, 0),
				    plan_of(e)->breakpoint, "program %d", i);
		expect_own_sigtrap(test, t, programs[i]);
		KUNIT_EXPECT_EQ_MSG(test, 0, atomic_read(&watch->signals),
				    "program %d", i);
		KUNIT_EXPECT_EQ(test, unkillable,
				!!(t->task->signal->flags & SIGNAL_UNKILLABLE));
		if (unkillable) {
			/* So does init. */
			test_kill(t->task, SIGTERM);
			KUNIT_EXPECT_TRUE(test, test_thread_counts(t->task, 0));
			set_unkillable(t, false);
		}
		WRITE_ONCE(watch->task, NULL);
	}
}

static void steps_queue_no_signal(struct kunit *test)
{
	SKIP_WITHOUT_STEPS(test);
	steps_and_breakpoints(test, NR_STEPS, false);
}

static void breakpoints_queue_no_signal(struct kunit *test)
{
	steps_and_breakpoints(test, 0, false);
}

static void init_keeps_its_protection_when_stepped(struct kunit *test)
{
	SKIP_WITHOUT_STEPS(test);
	steps_and_breakpoints(test, NR_STEPS, true);
}

static void init_keeps_its_protection_at_breakpoints(struct kunit *test)
{
	steps_and_breakpoints(test, 0, true);
}

/**
 * struct logging - what the kernel logs of signals that nobody handles
 * @shown: show_unhandled_signals
 * @interval: of printk_ratelimit()
 */
struct logging {
	int shown;
	int interval;
};

static void restore_logging(void *data)
{
	struct logging *old = data;

	show_unhandled_signals = old->shown;
	printk_ratelimit_state.interval = old->interval;
}

/* Log each such signal, however many were logged before.  arm64 logs none by default. */
static void log_all_signals(struct kunit *test)
{
	struct logging *old = test_alloc(test, struct logging);

	old->shown = show_unhandled_signals;
	old->interval = printk_ratelimit_state.interval;
	KUNIT_ASSERT_EQ(test, 0, kunit_add_action(test, restore_logging, old));
	show_unhandled_signals = 1;
	printk_ratelimit_state.interval = 0;
}

static void steps_and_breakpoints_are_not_logged(struct kunit *test)
{
	struct watch *watch = watch_begin(test);
	struct test_task *t = test_task(test, &payload_default);
	struct test_engine *e;

	e = planner(test, t, UTRACE_EVENT(SYSCALL_EXIT) | UTRACE_EVENT(STEP) |
		    UTRACE_EVENTS_SIGNAL,
		    (struct plan) {
			.action = UTRACE_SINGLESTEP,
			.left = utrace_can_step() ? NR_STEPS : 0,
			.to = payload_word(&payload_default, 2, 1),
		    });
	log_all_signals(test);
	test_task_go(t);
	KUNIT_ASSERT_TRUE(test, test_thread_counts(t->task, 0));
	KUNIT_EXPECT_EQ(test, 1, plan_of(e)->traps);
	KUNIT_EXPECT_EQ(test, 0, atomic_read(&watch->lines));
}

/* What nobody consumes is what it is without engines. */
static void breakpoint_that_is_let_through_is_a_signal(struct kunit *test)
{
	struct watch *watch = watch_begin(test);
	int i;

	for (i = 0; i < ARRAY_SIZE(programs); i++) {
		bool handled = programs[i] == &payload_handled;
		struct test_task *t = test_task(test, programs[i]);
		struct test_handled *handlers = test_handled(test, t);
		struct test_engine *e;

		WRITE_ONCE(watch->task, t->task);
		atomic_set(&watch->signals, 0);
		e = planner(test, t, handled ? UTRACE_EVENT(SIGNAL_HANDLER) |
			    UTRACE_EVENT(HANDLER) : UTRACE_EVENT(SIGNAL_CORE),
			    (struct plan) { });
		test_task_go(t);
		if (handled) {
			KUNIT_ASSERT_TRUE(test, test_handlers_run(handlers, 1));
			KUNIT_EXPECT_EQ(test, SIGTRAP, handlers->sig[0]);
			KUNIT_EXPECT_TRUE(test, test_engine_sees(e, EV(HANDLER), 1));
			if (!P_TRAP_BEHIND)	/* and again, and again */
				continue;
		} else {
			KUNIT_ASSERT_TRUE(test, test_task_dies(t));
			KUNIT_EXPECT_EQ(test, SIGTRAP, t->task->exit_code & 0x7f);
		}
		KUNIT_EXPECT_EQ_MSG(test, 1, plan_of(e)->traps, "program %d", i);
		KUNIT_EXPECT_EQ_MSG(test, 1, atomic_read(&watch->signals),
				    "program %d", i);
		KUNIT_EXPECT_EQ(test, payload_word(programs[i], 2, 0),
				plan_of(e)->breakpoint);
	}
}

static enum utrace_action requeue_and_leave(struct test_engine *e, unsigned int event,
					    enum utrace_action answer)
{
	utrace_signal_requeue(e->sig);
	return UTRACE_DETACH;
}

/* An engine that puts a trap back may be the last one that wants signals. */
static void breakpoint_that_is_put_back_for_nobody_is_a_signal(struct kunit *test)
{
	struct test_task *t = test_task(test, &payload_handled);
	struct test_handled *handlers = test_handled(test, t);
	struct test_engine *e = test_engine(test, test_log(test));

	e->on_event = requeue_and_leave;
	KUNIT_ASSERT_EQ(test, 0,
			test_engine_attach_to(e, t->task, UTRACE_OBSERVER,
					      UTRACE_EVENTS_SIGNAL));
	test_task_go(t);
	KUNIT_ASSERT_TRUE(test, test_handlers_run(handlers, 1));
	KUNIT_EXPECT_EQ(test, SIGTRAP, handlers->sig[0]);
}

static enum utrace_action make_it_sigwinch(struct test_engine *e, unsigned int event,
					   enum utrace_action answer)
{
	kernel_siginfo_t info;

	if (e->sig->info->si_signo == SIGTRAP) {
		clear_siginfo(&info);
		info.si_signo = SIGWINCH;
		info.si_code = SI_KERNEL;
		utrace_signal_replace(e->sig, &info);
		instruction_pointer_set(current_pt_regs(),
					payload_word(&payload_handled, 2, 1));
	}
	return answer;
}

/* The engines after the one that replaces it are told, and nobody once more. */
static void trap_that_becomes_an_ignored_signal_is_told_once(struct kunit *test)
{
	struct test_task *t = test_task(test, &payload_handled);
	struct test_engine *inner = test_engine(test, test_log(test));
	struct test_engine *outer = test_observer(test, t, UTRACE_EVENT(SIGNAL_IGN));

	inner->on_event = make_it_sigwinch;
	KUNIT_ASSERT_EQ(test, 0,
			test_engine_attach_to(inner, t->task, UTRACE_TRANSFORMER,
					      UTRACE_EVENTS_SIGNAL));
	test_task_go(t);
	KUNIT_ASSERT_TRUE(test, test_thread_counts(t->task, 0));
	/* The log has one class for all signals. */
	KUNIT_EXPECT_EQ(test, 1, inner->log->nr);
	KUNIT_EXPECT_EQ(test, 1, outer->log->nr);
}

/* Another engine is not interested in signals: the step is no signal to it either. */
static void breakpoint_of_nobody_is_as_ever(struct kunit *test)
{
	struct test_task *t = test_task(test, &payload_default);
	struct test_engine *e = test_observer(test, t, UTRACE_EVENT(SYSCALL_EXIT) |
					      UTRACE_EVENT(REAP));

	test_task_go(t);
	KUNIT_ASSERT_TRUE(test, test_engine_sees(e, EV(REAP), 1));
	KUNIT_EXPECT_EQ(test, P_TRAP_ALONE, t->task->exit_code & 0x7f);
}

/*
 * Uprobes
 */

#ifdef CONFIG_UPROBES

/* One of everything that is executed in its own way if a uprobe is there. */
LOCAL_PAYLOAD(payload_probed,
	P_STACK
	P_CALL(__NR_getpid)
	P_NOP
	P_JUMP(11f)
	P_NOP
	"11:\n"
	P_LOOP_SET(2)
	"12:\n"
	P_COUNT(0)
	P_LOOP(12b)
	P_GOSUB(14f)
	"13:\n"
	P_NOP
	P_JUMP(16f)
	"14:\n"
	P_NOP
	P_RETURN
	"16:\n"
	P_COUNT(0)
	P_JUMP(16b)
	P_LABEL(18)
	".quad " P_ABS(13b) "," P_ABS(14b) "," P_ABS(16b) "\n");

/* The whole way, and once round the loop at its end. */
#define PROBED_STEPS	32

/**
 * struct probe - a uprobe
 * @consumer: what is called
 * @uprobe: of one that is registered
 * @hits: calls
 */
struct probe {
	struct uprobe_consumer consumer;
	struct uprobe *uprobe;
	atomic_t hits;
};

static int probe_hit(struct uprobe_consumer *consumer, struct pt_regs *regs)
{
	atomic_inc(&container_of(consumer, struct probe, consumer)->hits);
	return 0;
}

static int probe_returns(struct uprobe_consumer *consumer, unsigned long func,
			 struct pt_regs *regs)
{
	return probe_hit(consumer, regs);
}

static void probes_end(void *unused)
{
	uprobe_unregister_sync();
}

/* For @n probes.  One grace period for all, because it may take a tenth of a second. */
static struct probe *probes(struct kunit *test, unsigned int n)
{
	struct probe *first = kunit_kcalloc(test, n, sizeof(*first), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, first);
	KUNIT_ASSERT_EQ(test, 0, kunit_add_action(test, probes_end, NULL));
	return first;
}

static void probe_end(void *data)
{
	struct probe *probe = data;

	uprobe_unregister_nosync(probe->uprobe, &probe->consumer);
}

/* Makes a probe at @pc of the program that @t will execute.  False: there cannot be one. */
static bool probe_at(struct kunit *test, struct probe *probe, struct test_task *t,
		     unsigned long pc, bool returns)
{
	struct file *file = file_open_root_mnt(t->mnt, "program", O_RDONLY, 0);

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, file);
	probe->consumer.handler = returns ? NULL : probe_hit;
	probe->consumer.ret_handler = returns ? probe_returns : NULL;
	probe->uprobe = uprobe_register(file_inode(file), pc & 0xffff, 0,
					&probe->consumer);
	fput(file);
	flush_delayed_fput();
	if (IS_ERR(probe->uprobe))
		return false;
	KUNIT_ASSERT_EQ(test, 0, kunit_add_action_or_reset(test, probe_end, probe));
	return true;
}

/* The pcs to which steps from the return of getpid on lead. */
static struct test_engine *probed_steps(struct kunit *test, struct test_task *t,
					enum utrace_action action, unsigned int steps)
{
	struct test_engine *e;

	e = planner(test, t, UTRACE_EVENT(SYSCALL_EXIT) | UTRACE_EVENT(STEP),
		    (struct plan) { .action = action, .left = steps });
	test_task_go(t);
	return e;
}

static unsigned int get_steps(struct test_engine *e, unsigned long *pcs)
{
	unsigned int i, n = 0;

	for (i = 0; i < min(e->log->nr, TEST_LOG_MAX); i++)
		if (e->log->entries[i].event == EV(STEP))
			pcs[n++] = e->log->entries[i].value;
	return n;
}

static void expect_steps(struct kunit *test, struct test_task *t,
			 struct test_engine *e, const unsigned long *expected,
			 unsigned int nr, unsigned long probed)
{
	unsigned long pcs[TEST_LOG_MAX];
	unsigned int i;

	KUNIT_ASSERT_TRUE_MSG(test, test_engine_sees(e, EV(STEP), nr),
			      "%u of %u, exit code %#x, with a uprobe at %#lx",
			      e->seen[EV(STEP)], nr, t->task->exit_code, probed);
	KUNIT_EXPECT_TRUE(test, test_thread_counts(t->task, 0));
	KUNIT_ASSERT_EQ(test, nr, get_steps(e, pcs));
	for (i = 0; i < nr; i++)
		KUNIT_ASSERT_EQ_MSG(test, expected[i], pcs[i],
				    "step %u, with a uprobe at %#lx", i, probed);
}

static unsigned int reference(struct kunit *test, enum utrace_action action,
			      unsigned int steps, unsigned long *pcs)
{
	struct test_task *t = test_task(test, &payload_probed);
	struct test_engine *e = probed_steps(test, t, action, steps);

	KUNIT_ASSERT_TRUE(test, test_engine_sees(e, EV(STEP), steps));
	KUNIT_ASSERT_TRUE(test, test_thread_counts(t->task, 0));
	KUNIT_ASSERT_EQ(test, steps, get_steps(e, pcs));
	return steps;
}

/* A uprobe at each instruction in turn, and at last at all of them. */
static void with_probes(struct kunit *test, enum utrace_action action,
			unsigned int steps)
{
	unsigned long at[PROBED_STEPS], pcs[PROBED_STEPS];
	unsigned int i, j, nr = 0, hits = 0;
	struct test_engine *e;
	struct probe *probe;
	struct test_task *t;

	SKIP_WITHOUT_STEPS_OVER_JUMPS(test);
	reference(test, UTRACE_SINGLESTEP, PROBED_STEPS, at);
	reference(test, action, steps, pcs);
	probe = probes(test, 2 * PROBED_STEPS);

	for (i = 0; i < PROBED_STEPS; i++) {
		for (j = 0; j < nr && at[j] != at[i]; j++)
			;
		if (j < nr)
			continue;
		at[nr++] = at[i];
		t = test_task(test, &payload_probed);
		if (!probe_at(test, probe, t, at[i], false))
			continue;
		e = probed_steps(test, t, action, steps);
		expect_steps(test, t, e, pcs, steps, at[i]);
		KUNIT_EXPECT_LT(test, 0, atomic_read(&probe->hits));
		probe++;
		hits++;
	}
	KUNIT_EXPECT_LT(test, 8, hits);

	t = test_task(test, &payload_probed);
	for (i = 0; i < nr; i++)
		probe_at(test, probe++, t, at[i], false);
	e = probed_steps(test, t, action, steps);
	expect_steps(test, t, e, pcs, steps, 0);
}

static void uprobes_are_one_step_each(struct kunit *test)
{
	with_probes(test, UTRACE_SINGLESTEP, PROBED_STEPS);
}

static void uprobes_do_not_end_blocks(struct kunit *test)
{
	with_probes(test, UTRACE_BLOCKSTEP, 6);
}

/* The return leads through a trampoline of the kernel's: one instruction, or several. */
static void uprobe_of_a_return_adds_the_trampoline(struct kunit *test)
{
	unsigned long pcs[PROBED_STEPS], probed[TEST_LOG_MAX];
	unsigned int i, n = 0, nr;
	struct test_engine *e;
	struct test_task *t;

	SKIP_WITHOUT_STEPS_OVER_JUMPS(test);
	reference(test, UTRACE_SINGLESTEP, PROBED_STEPS, pcs);
	t = test_task(test, &payload_probed);
	KUNIT_ASSERT_TRUE(test, probe_at(test, probes(test, 1), t,
					 payload_word(&payload_probed, 3, 1), true));
	e = probed_steps(test, t, UTRACE_SINGLESTEP, PROBED_STEPS);
	KUNIT_ASSERT_TRUE(test, test_engine_sees(e, EV(STEP), PROBED_STEPS));
	KUNIT_EXPECT_TRUE(test, test_thread_counts(t->task, 0));
	nr = get_steps(e, probed);
	KUNIT_ASSERT_EQ(test, PROBED_STEPS, nr);
	for (i = 0; i < nr; i++) {
		/* Elsewhere than in the program? */
		if ((probed[i] & ~0xffffUL) != (P_ENTRY & ~0xffffUL)) {
			/* That is between the return and where it leads to. */
			KUNIT_EXPECT_EQ(test, payload_word(&payload_probed, 3, 0), pcs[n]);
			continue;
		}
		KUNIT_ASSERT_EQ_MSG(test, pcs[n++], probed[i], "step %u", i);
	}
	KUNIT_EXPECT_LT(test, 16, n);
}

/* The instruction of uprobes, in the program itself. */
LOCAL_PAYLOAD(payload_uprobes_trap,
	P_CALL(__NR_getpid)
	"1:\n"
	P_UPROBES_TRAP
	"2:\n"
	P_COUNT(0)
	P_JUMP(2b)
	P_LABEL(10)
	".quad " P_ABS(1b) "," P_ABS(2b) "\n");

/* The program's text has uprobes; that does not make one of a breakpoint. */
static void breakpoint_beside_uprobes_is_one(struct kunit *test)
{
	static const struct utrace_payload *const traps[] = {
		&payload_default, &payload_uprobes_trap
	};
	struct watch *watch = watch_begin(test);
	struct probe *probe = probes(test, ARRAY_SIZE(traps));
	int i;

	for (i = 0; i < ARRAY_SIZE(traps); i++) {
		struct test_task *t = test_task(test, traps[i]);
		unsigned long at = payload_word(traps[i], 2, 0);
		unsigned long behind = payload_word(traps[i], 2, 1);
		struct test_engine *e;

		WRITE_ONCE(watch->task, t->task);
		KUNIT_ASSERT_TRUE(test, probe_at(test, &probe[i], t, behind, false));
		e = planner(test, t, UTRACE_EVENTS_SIGNAL, (struct plan) { .to = behind });
		test_task_go(t);
		KUNIT_ASSERT_TRUE(test, test_thread_counts(t->task, 0));
		KUNIT_EXPECT_EQ(test, 1, plan_of(e)->traps);
		KUNIT_EXPECT_EQ(test, at, plan_of(e)->breakpoint);
		KUNIT_EXPECT_EQ(test, 0, atomic_read(&watch->signals));
	}
}

#endif /* CONFIG_UPROBES */

/*
 * Watchpoints
 */

LOCAL_PAYLOAD(payload_stores,
	P_CALL(__NR_getpid)
	P_NOP
	P_COUNT(0)
	NOPS
	"1:\n"
	P_COUNT(8)
	P_JUMP(1b));

/* A debugger has set it by ptrace; the store that hits it is stepped by an engine. */
static void watchpoint_is_hit_in_a_step(struct kunit *test)
{
	struct test_engine *e, *holder;
	struct test_task *t;

	if (P_WATCH_MAY_HANG)
		kunit_skip(test, "this machine hangs at watchpoints");
	if (!P_HAS_WATCH)
		kunit_skip(test, "watchpoints have a trap of their own");
	/* QEMU 7.2, on s390, loses the event of a store in a step as well. */
	SKIP_WITHOUT_STEPS_OVER_JUMPS(test);
	t = test_task(test, &payload_stores);
	e = planner(test, t, UTRACE_EVENT(SYSCALL_EXIT) | UTRACE_EVENT(STEP) |
		    UTRACE_EVENT(SIGNAL_CORE),
		    (struct plan) {
			.action = UTRACE_SINGLESTEP,
			.left = NR_STEPS,
			.drop = true,
		    });
	holder = test_observer(test, t, UTRACE_EVENT(SYSCALL_EXIT));
	holder->answer[EV(SYSCALL_EXIT)] = UTRACE_STOP;
	test_task_go(t);
	KUNIT_ASSERT_TRUE(test, test_engine_stops(holder, t, EV(SYSCALL_EXIT), 1));
	KUNIT_ASSERT_EQ(test, 0, utrace_prepare_examine(holder->engine));
	KUNIT_EXPECT_EQ(test, 0, test_watch(t->task, P_DATA));
	utrace_finish_examine(holder->engine);
	KUNIT_ASSERT_EQ(test, 0, utrace_control(holder->engine, UTRACE_RESUME));
	KUNIT_ASSERT_TRUE(test, test_engine_sees(e, EV(STEP), NR_STEPS));
	KUNIT_EXPECT_TRUE(test, test_thread_counts(t->task, 8));
	KUNIT_EXPECT_EQ(test, NR_STEPS, e->seen[EV(STEP)]);
	KUNIT_EXPECT_EQ(test, 1, plan_of(e)->traps);
}

LOCAL_PAYLOAD(payload_two_calls,
	P_CALL(__NR_getpid)
	P_CALL(__NR_getuid)
	"1:\n"
	P_COUNT(0)
	P_JUMP(1b));

/**
 * struct step_trap - the trap of a step that a callback makes
 * @stepper: the engine that steps the thread
 * @watch: a watchpoint was hit in the step
 * @before: steps that @stepper has seen before
 */
struct step_trap {
	struct test_engine *stepper;
	bool watch;
	unsigned int before;
};

/* The hardware is armed when the thread enters a call; the trap comes now. */
static enum utrace_action trap_at_getuid(struct test_engine *e, unsigned int event,
					 enum utrace_action answer)
{
	struct step_trap *trap = e->private;

	if (utrace_syscall(e->engine)->nr == __NR_getuid) {
		trap->before = trap->stepper->seen[EV(STEP)];
		plan_of(trap->stepper)->left = 1;
		test_step_trap(trap->watch);
	}
	return answer;
}

/* Where the hardware has one trap for both, the software tells them apart. */
static void trap_of_a_step_may_be_of_a_watchpoint_too(struct kunit *test)
{
	struct test_engine *e, *trapper;
	struct step_trap *trap;
	struct test_task *t;
	int watch;

	SKIP_WITHOUT_STEPS(test);
	if (!P_HAS_STEP_TRAP)
		kunit_skip(test, "the test cannot make this machine's traps");
	for (watch = 0; watch <= 1; watch++) {
		t = test_task(test, &payload_two_calls);
		trap = test_alloc(test, struct step_trap);
		e = planner(test, t, UTRACE_EVENT(SYSCALL_EXIT) |
			    UTRACE_EVENT(STEP) | UTRACE_EVENT(SIGNAL_CORE),
			    (struct plan) {
				.action = UTRACE_SINGLESTEP,
				.left = NR_STEPS,
				.drop = true,
			    });
		trap->stepper = e;
		trap->watch = watch;
		trapper = test_observer(test, t, UTRACE_EVENT(SYSCALL_ENTRY));
		trapper->private = trap;
		trapper->on_event = trap_at_getuid;
		test_task_go(t);
		KUNIT_ASSERT_TRUE(test, test_thread_counts(t->task, 0));
		KUNIT_EXPECT_LT_MSG(test, 0, trap->before, "watch %d", watch);
		KUNIT_EXPECT_EQ_MSG(test, trap->before + 1, e->seen[EV(STEP)],
				    "watch %d", watch);
		KUNIT_EXPECT_EQ_MSG(test, watch, plan_of(e)->traps, "watch %d", watch);
		test_task_kill(t);
	}
}

#ifdef CONFIG_HAVE_HW_BREAKPOINT

static void release_event(void *event)
{
	perf_event_release_kernel(event);
}

/* A watchpoint of perf's, which steps the thread over each store for itself. */
static struct perf_event *watched_by_perf(struct kunit *test, struct test_task *t)
{
	struct perf_event_attr attr;
	struct perf_event *event;

	hw_breakpoint_init(&attr);
	attr.bp_addr = P_DATA;
	attr.bp_len = HW_BREAKPOINT_LEN_8;
	attr.bp_type = HW_BREAKPOINT_W;
	event = perf_event_create_kernel_counter(&attr, -1, t->task, NULL, NULL);
	if (IS_ERR(event))
		kunit_skip(test, "this machine has no watchpoints: %pe", event);
	KUNIT_ASSERT_EQ(test, 0, kunit_add_action_or_reset(test, release_event, event));
	return event;
}

static u64 event_count(struct perf_event *event)
{
	u64 enabled, running;

	return perf_event_read_value(event, &enabled, &running);
}

/* Steps begin and end while perf steps the thread, too. */
static void steps_beside_a_watchpoint_of_perf(struct kunit *test)
{
	struct perf_event *event;
	struct test_engine *e;
	struct test_task *t;
	u64 count;
	int i;

	if (P_WATCH_MAY_HANG)
		kunit_skip(test, "this machine hangs at watchpoints");
	SKIP_WITHOUT_STEPS_OVER_JUMPS(test);
	t = test_task_counting(test, &payload_count);
	event = watched_by_perf(test, t);
	if (!test_poll(event_count(event) > 0))
		kunit_skip(test, "this machine's watchpoints do nothing");
	e = test_observer(test, t, UTRACE_EVENT(QUIESCE) | UTRACE_EVENT(STEP));
	e->answer[EV(QUIESCE)] = UTRACE_SINGLESTEP;
	for (i = 1; i <= 100; i++) {
		KUNIT_ASSERT_EQ(test, 0, utrace_control(e->engine, UTRACE_REPORT));
		KUNIT_ASSERT_TRUE_MSG(test, test_engine_sees(e, EV(STEP), i),
				      "step %d", i);
	}
	KUNIT_EXPECT_TRUE(test, test_thread_counts(t->task, 0));
	KUNIT_EXPECT_EQ(test, 100, e->seen[EV(STEP)]);
	count = event_count(event);
	KUNIT_EXPECT_TRUE(test, test_poll(event_count(event) > count));
}

#endif /* CONFIG_HAVE_HW_BREAKPOINT */

static struct kunit_case utrace_trap_cases[] = {
	KUNIT_CASE(steps_queue_no_signal),
	KUNIT_CASE(breakpoints_queue_no_signal),
	KUNIT_CASE(init_keeps_its_protection_when_stepped),
	KUNIT_CASE(init_keeps_its_protection_at_breakpoints),
	KUNIT_CASE(steps_and_breakpoints_are_not_logged),
	KUNIT_CASE(breakpoint_that_is_let_through_is_a_signal),
	KUNIT_CASE(breakpoint_that_is_put_back_for_nobody_is_a_signal),
	KUNIT_CASE(trap_that_becomes_an_ignored_signal_is_told_once),
	KUNIT_CASE(breakpoint_of_nobody_is_as_ever),
#ifdef CONFIG_UPROBES
	KUNIT_CASE(uprobes_are_one_step_each),
	KUNIT_CASE(uprobes_do_not_end_blocks),
	KUNIT_CASE(uprobe_of_a_return_adds_the_trampoline),
	KUNIT_CASE(breakpoint_beside_uprobes_is_one),
#endif
	KUNIT_CASE(watchpoint_is_hit_in_a_step),
	KUNIT_CASE(trap_of_a_step_may_be_of_a_watchpoint_too),
#ifdef CONFIG_HAVE_HW_BREAKPOINT
	KUNIT_CASE(steps_beside_a_watchpoint_of_perf),
#endif
	{}
};

static struct kunit_suite utrace_trap_suite = {
	.name = "utrace_trap",
	.test_cases = utrace_trap_cases,
};
kunit_test_suite(utrace_trap_suite);
