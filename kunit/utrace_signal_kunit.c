// SPDX-License-Identifier: GPL-2.0-only
/*
 * Signals: which are reported, what engines can make of them, and the way into
 * a handler; single-stepping, which looks like a signal to everybody else
 */

#include <linux/ptrace.h>
#include <linux/sched/signal.h>
#include <linux/sched/task_stack.h>
#include <linux/signal.h>

#include <asm/unistd.h>

#include "utrace_task.h"

/* Two threads, each of which counts. */
LOCAL_PAYLOAD(payload_two_handlers,
	P_SIGACTION(SIGUSR1, 8f)
	P_CLONE_THREAD
	P_JUMP_IF_0(3f)
	"1:\n"
	P_COUNT(0)
	P_JUMP(1b)
	"2:\n"
	P_CALL(__NR_getuid)
	P_SIGRETURN
	"3:\n"
	P_COUNT(8)
	P_JUMP(3b)
	P_HANDLER(8, 2b));

/* The leader does not take SIGTERM, which is in the mask at 8. */
LOCAL_PAYLOAD(payload_blocked_leader,
	P_CLONE_THREAD
	P_JUMP_IF_0(2f)
	P_ARG_ADDR(1, 8f) P_ARG(0, 0) P_ARG(2, 0) P_ARG(3, 8)
	P_CALL(__NR_rt_sigprocmask)
	"1:\n"
	P_COUNT(0)
	P_JUMP(1b)
	"2:\n"
	P_COUNT(8)
	P_JUMP(2b)
	P_LABEL(8)
	".quad 1<<14\n");

LOCAL_PAYLOAD(payload_fault,
	P_FAULT
	P_EXIT(1));

LOCAL_PAYLOAD(payload_trap,
	P_TRAP
	P_EXIT(1));

/* What is stepped over begins where getppid returns to. */
LOCAL_PAYLOAD(payload_steps,
	P_CALL(__NR_getppid)
	P_NOP
	P_NOP
	P_CALL(__NR_getpid)
	P_NOP
	P_NOP
	P_NOP
	P_NOP
	"1:\n"
	P_COUNT(0)
	P_JUMP(1b));

/* It is stepped from getppid on, so through a call that sends it a signal. */
LOCAL_PAYLOAD(payload_raise,
	P_SIGACTION(SIGUSR1, 8f)
	P_CALL(__NR_getppid)
	P_CALL(__NR_getpid)
	P_ARG_RESULT
	P_ARG(1, SIGUSR1)
	P_CALL(__NR_kill)
	"1:\n"
	P_COUNT(0)
	P_JUMP(1b)
	"2:\n"
	P_CALL(__NR_getuid)
	P_SIGRETURN
	P_HANDLER(8, 2b));

static bool is_signal(unsigned int event)
{
	return BIT(event) & UTRACE_EVENTS_SIGNAL;
}

static enum utrace_action drop(struct test_engine *e, unsigned int event,
			       enum utrace_action answer)
{
	if (is_signal(event))
		utrace_signal_drop(e->sig);
	return answer;
}

static bool is_pending(struct task_struct *task, int sig)
{
	bool pending;

	spin_lock_irq(&task->sighand->siglock);
	pending = sigismember(&task->pending.signal, sig) ||
		  sigismember(&task->signal->shared_pending.signal, sig);
	spin_unlock_irq(&task->sighand->siglock);
	return pending;
}

/*
 * What is reported
 */

static enum utrace_action copy_and_drop(struct test_engine *e, unsigned int event,
					enum utrace_action answer)
{
	copy_siginfo(e->private, e->sig->info);
	utrace_signal_drop(e->sig);
	return answer;
}

static void every_class_is_told_as_such(struct kunit *test)
{
	static const struct {
		unsigned int event;
		int sig;
	} cases[] = {
		{ EV(SIGNAL_HANDLER), SIGUSR1 },
		{ EV(SIGNAL_HANDLER), SIGRTMIN },
		{ EV(SIGNAL_IGN), SIGWINCH },	/* by default */
		{ EV(SIGNAL_IGN), SIGCONT },
		{ EV(SIGNAL_IGN), SIGHUP },	/* by SIG_IGN */
		{ EV(SIGNAL_STOP), SIGSTOP },
		{ EV(SIGNAL_STOP), SIGTSTP },
		{ EV(SIGNAL_TERM), SIGTERM },
		{ EV(SIGNAL_TERM), SIGRTMIN + 1 },
		{ EV(SIGNAL_CORE), SIGQUIT },
		{ EV(SIGNAL_CORE), SIGSEGV },
	};
	kernel_siginfo_t *info = test_alloc(test, kernel_siginfo_t);
	struct test_task *t = test_task_counting(test, &payload_handlers);
	struct test_log *log = test_log(test);
	struct test_engine *e[UTRACE_EV_NR] = {};
	unsigned int ev, seen;
	int i;

	for (ev = EV(SIGNAL_HANDLER); ev <= EV(SIGNAL_CORE); ev++) {
		e[ev] = test_engine(test, log);
		e[ev]->private = info;
		e[ev]->on_event = copy_and_drop;
		KUNIT_ASSERT_EQ(test, 0, test_engine_attach_to(e[ev], t->task,
				UTRACE_OBSERVER, BIT(ev)));
	}
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		ev = cases[i].event;
		seen = e[ev]->seen[ev];
		clear_siginfo(info);
		KUNIT_ASSERT_EQ(test, 0, test_sigqueue(t->task, cases[i].sig, 100 + i,
						       PIDTYPE_TGID));
		KUNIT_ASSERT_TRUE_MSG(test, test_engine_sees(e[ev], ev, seen + 1),
				      "case %d", i);
		/* It was dropped, and goes on. */
		KUNIT_ASSERT_TRUE_MSG(test, test_thread_counts(t->task, 0),
				      "case %d", i);
		KUNIT_EXPECT_EQ_MSG(test, i + 1, log->nr, "case %d", i);
		KUNIT_EXPECT_PTR_EQ_MSG(test, (const struct test_engine *)e[ev],
					log->entries[i].engine, "case %d", i);
		KUNIT_EXPECT_EQ(test, cases[i].sig, log->entries[i].value);
		KUNIT_EXPECT_EQ(test, cases[i].sig, info->si_signo);
		KUNIT_EXPECT_EQ(test, SI_QUEUE, info->si_code);
		KUNIT_EXPECT_EQ(test, 4711, info->si_pid);
		KUNIT_EXPECT_EQ(test, 42, info->si_uid);
		KUNIT_EXPECT_EQ(test, 100 + i, info->si_int);
	}
}

static void signals_that_nobody_asked_for_are_not_reported(struct kunit *test)
{
	struct test_task *t = test_task_counting(test, &payload_handlers);
	struct test_handled *handled = test_handled(test, t);
	struct test_engine *e = test_observer(test, t, UTRACE_EVENTS_ALL &
					      ~UTRACE_EVENTS_SIGNAL &
					      ~UTRACE_EVENT(HANDLER));
	int i;

	test_kill(t->task, SIGUSR1);
	KUNIT_ASSERT_TRUE(test, test_handlers_run(handled, 1));
	KUNIT_EXPECT_EQ(test, SIGUSR1, handled->sig[0]);
	for (i = EV(SIGNAL_HANDLER); i <= EV(HANDLER); i++)
		KUNIT_EXPECT_EQ(test, 0, e->seen[i]);
}

static enum utrace_action keep_info(struct test_engine *e, unsigned int event,
				    enum utrace_action answer)
{
	if (is_signal(event))
		copy_siginfo(e->private, e->sig->info);
	return answer;
}

static void fault_is_reported_and_kills(struct kunit *test)
{
	kernel_siginfo_t *info = test_alloc(test, kernel_siginfo_t);
	struct test_task *t = test_task(test, &payload_fault);
	struct test_engine *e = test_engine(test, test_log(test));

	e->private = info;
	e->on_event = keep_info;
	KUNIT_ASSERT_EQ(test, 0, test_engine_attach_to(e, t->task, UTRACE_OBSERVER,
						       UTRACE_EVENT(SIGNAL_CORE)));
	test_task_go(t);
	KUNIT_ASSERT_TRUE(test, test_task_dies(t));
	KUNIT_EXPECT_EQ(test, SIGSEGV, t->task->exit_code & 0x7f);
	KUNIT_EXPECT_EQ(test, 1, e->seen[EV(SIGNAL_CORE)]);
	KUNIT_EXPECT_EQ(test, SIGSEGV, info->si_signo);
	KUNIT_EXPECT_EQ(test, SEGV_MAPERR, info->si_code);
	KUNIT_EXPECT_EQ(test, P_BAD_ADDR, (unsigned long)info->si_addr);
}

/* The store is made again and again, as after a handler that does nothing. */
static enum utrace_action drop_three(struct test_engine *e, unsigned int event,
				     enum utrace_action answer)
{
	if (is_signal(event) && e->seen[event] <= 3)
		utrace_signal_drop(e->sig);
	return answer;
}

static void dropped_fault_faults_again(struct kunit *test)
{
	struct test_task *t = test_task(test, &payload_fault);
	struct test_engine *e = test_engine(test, test_log(test));

	e->on_event = drop_three;
	KUNIT_ASSERT_EQ(test, 0, test_engine_attach_to(e, t->task, UTRACE_OBSERVER,
						       UTRACE_EVENT(SIGNAL_CORE)));
	test_task_go(t);
	KUNIT_ASSERT_TRUE(test, test_task_dies(t));
	KUNIT_EXPECT_EQ(test, SIGSEGV, t->task->exit_code & 0x7f);
	KUNIT_EXPECT_EQ(test, 4, e->seen[EV(SIGNAL_CORE)]);
}

static void breakpoint_is_reported_as_sigtrap(struct kunit *test)
{
	struct test_task *t = test_task(test, &payload_trap);
	struct test_engine *e = test_observer(test, t, UTRACE_EVENT(SIGNAL_CORE));

	test_task_go(t);
	KUNIT_ASSERT_TRUE(test, test_task_dies(t));
	KUNIT_EXPECT_EQ(test, SIGTRAP, t->task->exit_code & 0x7f);
	KUNIT_EXPECT_EQ(test, 1, e->seen[EV(SIGNAL_CORE)]);
	KUNIT_EXPECT_EQ(test, SIGTRAP, e->log->entries[0].value);
}

/*
 * SIGKILL, and what the kernel forces
 */

static void sigkill_is_neither_reported_nor_stopped(struct kunit *test)
{
	struct test_task *t = test_task_counting(test, &payload_handlers);
	struct test_engine *e = test_observer(test, t, UTRACE_EVENTS_SIGNAL |
					      UTRACE_EVENT(REAP));

	e->on_event = drop;
	test_kill(t->task, SIGUSR1);
	KUNIT_ASSERT_TRUE(test, test_engine_sees(e, EV(SIGNAL_HANDLER), 1));
	test_task_kill(t);
	KUNIT_ASSERT_TRUE(test, test_engine_sees(e, EV(REAP), 1));
	KUNIT_EXPECT_EQ(test, 1, e->seen[EV(SIGNAL_HANDLER)]);
	KUNIT_EXPECT_EQ(test, SIGKILL, t->task->exit_code);
}

static enum utrace_action force_and_drop(struct test_engine *e, unsigned int event,
					 enum utrace_action answer)
{
	if (event == EV(SYSCALL_ENTRY) && e->seen[event] == 3)
		force_exit_sig(SIGSEGV);
	return drop(e, event, answer);
}

static void forced_death_is_neither_reported_nor_stopped(struct kunit *test)
{
	struct test_task *t = test_task(test, &payload_loop);
	struct test_engine *e = test_engine(test, test_log(test));

	e->on_event = force_and_drop;
	KUNIT_ASSERT_EQ(test, 0, test_engine_attach_to(e, t->task, UTRACE_OBSERVER,
			UTRACE_EVENTS_SIGNAL | UTRACE_EVENTS_SYSCALL));
	test_task_go(t);
	KUNIT_ASSERT_TRUE(test, test_task_dies(t));
	KUNIT_EXPECT_EQ(test, SIGSEGV, t->task->exit_code & 0x7f);
	KUNIT_EXPECT_EQ(test, 0, e->seen[EV(SIGNAL_HANDLER)]);
	KUNIT_EXPECT_EQ(test, 3, e->seen[EV(SYSCALL_ENTRY)]);
}

static void kill_while_a_signal_is_held(struct kunit *test)
{
	struct test_task *t = test_task_counting(test, &payload_handlers);
	struct test_handled *handled = test_handled(test, t);
	struct test_engine *e = test_observer(test, t,
					      UTRACE_EVENT(SIGNAL_HANDLER) |
					      UTRACE_EVENT(REAP));

	e->answer[EV(SIGNAL_HANDLER)] = UTRACE_STOP;
	test_kill(t->task, SIGUSR1);
	KUNIT_ASSERT_TRUE(test, test_engine_stops(e, t, EV(SIGNAL_HANDLER), 1));
	test_task_kill(t);
	KUNIT_ASSERT_TRUE(test, test_engine_sees(e, EV(REAP), 1));
	KUNIT_EXPECT_EQ(test, SIGKILL, t->task->exit_code);
	KUNIT_EXPECT_EQ(test, 0, handled->nr);
}

/* Between the last report and what is then done with the signal. */
static void kill_after_the_report(struct kunit *test)
{
	struct test_task *t = test_task_counting(test, &payload_handlers);
	struct test_handled *handled = test_handled(test, t);
	struct test_engine *e = test_observer(test, t,
					      UTRACE_EVENT(SIGNAL_HANDLER) |
					      UTRACE_EVENT(REAP));
	struct test_point *p = test_point(test, t->task, UTRACE_POINT_SIGNAL_DONE);

	test_kill(t->task, SIGUSR1);
	KUNIT_ASSERT_TRUE(test, test_point_reached(p));
	test_task_kill(t);
	test_point_leave(p);
	KUNIT_ASSERT_TRUE(test, test_engine_sees(e, EV(REAP), 1));
	KUNIT_EXPECT_EQ(test, SIGKILL, t->task->exit_code);
	KUNIT_EXPECT_EQ(test, 0, handled->nr);
}

/*
 * Dropped, replaced, put back
 */

static enum utrace_action drop_usr1(struct test_engine *e, unsigned int event,
				    enum utrace_action answer)
{
	if (is_signal(event) && e->sig->info->si_signo == SIGUSR1)
		utrace_signal_drop(e->sig);
	return answer;
}

static void dropped_signal_does_not_arrive(struct kunit *test)
{
	struct test_task *t = test_task_counting(test, &payload_handlers);
	struct test_handled *handled = test_handled(test, t);
	struct test_engine *e = test_engine(test, test_log(test));

	e->on_event = drop_usr1;
	KUNIT_ASSERT_EQ(test, 0, test_engine_attach_to(e, t->task, UTRACE_TRANSFORMER,
						       UTRACE_EVENT(SIGNAL_HANDLER)));
	test_kill(t->task, SIGUSR1);
	KUNIT_ASSERT_TRUE(test, test_engine_sees(e, EV(SIGNAL_HANDLER), 1));
	test_kill(t->task, SIGUSR2);
	KUNIT_ASSERT_TRUE(test, test_handlers_run(handled, 1));
	KUNIT_EXPECT_EQ(test, SIGUSR2, handled->sig[0]);
	KUNIT_EXPECT_TRUE(test, test_thread_counts(t->task, 0));
	KUNIT_EXPECT_EQ(test, 1, handled->nr);
}

static void handler_is_told_of_the_replacement(struct kunit *test)
{
	struct test_task *t = test_task_counting(test, &payload_handlers);
	struct test_handled *handled = test_handled(test, t);
	struct test_engine *e;

	e = test_replacer(test, t, EV(SIGNAL_HANDLER), SIGRTMIN);
	test_sigqueue(t->task, SIGUSR1, 1, PIDTYPE_TGID);
	KUNIT_ASSERT_TRUE(test, test_handlers_run(handled, 1));
	KUNIT_EXPECT_EQ(test, 0, test_replaced(e));
	KUNIT_EXPECT_EQ(test, SIGRTMIN, handled->sig[0]);
	KUNIT_EXPECT_EQ(test, SIGRTMIN, handled->info[0].si_signo);
	KUNIT_EXPECT_EQ(test, SI_QUEUE, handled->info[0].si_code);
	KUNIT_EXPECT_EQ(test, 12, handled->info[0].si_pid);
	KUNIT_EXPECT_EQ(test, 34, handled->info[0].si_uid);
	KUNIT_EXPECT_EQ(test, 56, handled->info[0].si_int);
	KUNIT_EXPECT_TRUE(test, test_thread_counts(t->task, 0));
	KUNIT_EXPECT_EQ(test, 1, e->seen[EV(SIGNAL_HANDLER)]);
}

static void harmless_signal_becomes_fatal(struct kunit *test)
{
	struct test_task *t = test_task_counting(test, &payload_handlers);
	struct test_handled *handled = test_handled(test, t);
	struct test_engine *e;

	e = test_replacer(test, t, EV(SIGNAL_HANDLER), SIGTERM);
	test_kill(t->task, SIGUSR1);
	KUNIT_ASSERT_TRUE(test, test_task_dies(t));
	KUNIT_EXPECT_EQ(test, 0, test_replaced(e));
	KUNIT_EXPECT_EQ(test, SIGTERM, t->task->exit_code);
	KUNIT_EXPECT_EQ(test, 0, handled->nr);
}

static void fatal_signal_becomes_harmless(struct kunit *test)
{
	struct test_task *t = test_task_counting(test, &payload_handlers);
	struct test_handled *handled = test_handled(test, t);
	struct test_engine *e;

	e = test_replacer(test, t, EV(SIGNAL_TERM), SIGUSR2);
	test_kill(t->task, SIGTERM);
	KUNIT_ASSERT_TRUE(test, test_handlers_run(handled, 1));
	KUNIT_EXPECT_EQ(test, 0, test_replaced(e));
	KUNIT_EXPECT_EQ(test, SIGUSR2, handled->sig[0]);
	KUNIT_EXPECT_EQ(test, 56, handled->info[0].si_int);
	KUNIT_EXPECT_TRUE(test, test_thread_counts(t->task, 0));
}

static void info_can_be_written(struct kunit *test)
{
	kernel_siginfo_t *info = test_alloc(test, kernel_siginfo_t);
	struct test_task *t = test_task_counting(test, &payload_handlers);
	struct test_handled *handled = test_handled(test, t);
	struct test_engine *inner = test_engine_attach_as(test, test_log(test), t,
			UTRACE_TRANSFORMER, UTRACE_EVENT(SIGNAL_HANDLER));
	struct test_engine *outer = test_observer(test, t,
						  UTRACE_EVENT(SIGNAL_HANDLER));

	inner->answer[EV(SIGNAL_HANDLER)] = UTRACE_STOP;
	outer->private = info;
	outer->on_event = keep_info;
	test_sigqueue(t->task, SIGUSR1, 1, PIDTYPE_TGID);
	KUNIT_ASSERT_TRUE(test, test_engine_stops(inner, t, EV(SIGNAL_HANDLER), 1));
	KUNIT_EXPECT_EQ(test, 1, inner->sig->info->si_int);
	inner->sig->info->si_int = 2;
	/* It holds at its place. */
	KUNIT_EXPECT_TRUE(test, test_thread_rests(t->task, 0));
	KUNIT_EXPECT_EQ(test, 0, outer->seen[EV(SIGNAL_HANDLER)]);
	KUNIT_EXPECT_EQ(test, 0, utrace_control(inner->engine, UTRACE_RESUME));
	KUNIT_ASSERT_TRUE(test, test_handlers_run(handled, 1));
	KUNIT_EXPECT_EQ(test, 1, outer->seen[EV(SIGNAL_HANDLER)]);
	KUNIT_EXPECT_EQ(test, 2, info->si_int);
	KUNIT_EXPECT_EQ(test, 2, handled->info[0].si_int);
}

static void replaced_and_dropped_while_held(struct kunit *test)
{
	struct test_task *t = test_task_counting(test, &payload_handlers);
	struct test_handled *handled = test_handled(test, t);
	struct test_engine *inner = test_engine_attach_as(test, test_log(test), t,
			UTRACE_TRANSFORMER, UTRACE_EVENT(SIGNAL_HANDLER));
	struct test_engine *outer = test_observer(test, t, UTRACE_EVENTS_SIGNAL);
	kernel_siginfo_t info;

	inner->answer[EV(SIGNAL_HANDLER)] = UTRACE_STOP;
	test_kill(t->task, SIGUSR1);
	KUNIT_ASSERT_TRUE(test, test_engine_stops(inner, t, EV(SIGNAL_HANDLER), 1));
	clear_siginfo(&info);
	info.si_signo = SIGUSR2;
	info.si_code = SI_QUEUE;
	info.si_int = 3;
	KUNIT_EXPECT_EQ(test, 0, utrace_signal_replace(inner->sig, &info));
	KUNIT_EXPECT_EQ(test, 0, utrace_control(inner->engine, UTRACE_RESUME));
	KUNIT_ASSERT_TRUE(test, test_handlers_run(handled, 1));
	KUNIT_EXPECT_EQ(test, SIGUSR2, handled->sig[0]);
	KUNIT_EXPECT_EQ(test, 3, handled->info[0].si_int);
	KUNIT_EXPECT_EQ(test, 1, outer->log->nr);
	KUNIT_EXPECT_EQ(test, SIGUSR2, outer->log->entries[0].value);

	test_kill(t->task, SIGUSR1);
	KUNIT_ASSERT_TRUE(test, test_engine_stops(inner, t, EV(SIGNAL_HANDLER), 2));
	utrace_signal_drop(inner->sig);
	KUNIT_EXPECT_EQ(test, 0, utrace_control(inner->engine, UTRACE_RESUME));
	KUNIT_ASSERT_TRUE(test, test_thread_counts(t->task, 0));
	KUNIT_EXPECT_EQ(test, 1, outer->log->nr);
	KUNIT_EXPECT_EQ(test, 1, handled->nr);
}

/* The last word counts. */
static void replacement_takes_a_drop_back(struct kunit *test)
{
	struct test_task *t = test_task_counting(test, &payload_handlers);
	struct test_handled *handled = test_handled(test, t);
	struct test_engine *e = test_engine_attach_as(test, test_log(test), t,
			UTRACE_TRANSFORMER, UTRACE_EVENT(SIGNAL_HANDLER));

	e->answer[EV(SIGNAL_HANDLER)] = UTRACE_STOP;
	test_sigqueue(t->task, SIGUSR1, 1, PIDTYPE_TGID);
	KUNIT_ASSERT_TRUE(test, test_engine_stops(e, t, EV(SIGNAL_HANDLER), 1));
	utrace_signal_requeue(e->sig);
	utrace_signal_drop(e->sig);
	KUNIT_EXPECT_EQ(test, 0, utrace_signal_replace(e->sig, e->sig->info));
	KUNIT_EXPECT_EQ(test, 0, utrace_control(e->engine, UTRACE_RESUME));
	KUNIT_ASSERT_TRUE(test, test_handlers_run(handled, 1));
	KUNIT_EXPECT_EQ(test, SIGUSR1, handled->sig[0]);
	KUNIT_EXPECT_EQ(test, 1, handled->info[0].si_int);
	KUNIT_EXPECT_TRUE(test, test_thread_counts(t->task, 0));
	KUNIT_EXPECT_EQ(test, 1, handled->nr);
	KUNIT_EXPECT_EQ(test, 1, e->seen[EV(SIGNAL_HANDLER)]);
}

static void signal_becomes_sigkill(struct kunit *test)
{
	struct test_task *t = test_task_counting(test, &payload_handlers);
	struct test_engine *outer = test_observer(test, t, UTRACE_EVENTS_SIGNAL);
	struct test_engine *e;

	e = test_replacer(test, t, EV(SIGNAL_HANDLER), SIGKILL);
	test_kill(t->task, SIGUSR1);
	KUNIT_ASSERT_TRUE(test, test_task_dies(t));
	KUNIT_EXPECT_EQ(test, 0, test_replaced(e));
	KUNIT_EXPECT_EQ(test, SIGKILL, t->task->exit_code);
	KUNIT_EXPECT_EQ(test, 0, outer->log->nr);
}

/* Without si_signo there would be nothing to classify. */
static void impossible_replacements_are_refused(struct kunit *test)
{
	static const int numbers[] = { 0, -1, _NSIG + 1 };
	struct test_task *t = test_task_counting(test, &payload_handlers);
	struct test_handled *handled = test_handled(test, t);
	struct test_engine *e = test_engine_attach_as(test, test_log(test), t,
			UTRACE_TRANSFORMER, UTRACE_EVENT(SIGNAL_HANDLER));
	kernel_siginfo_t info;
	int i;

	e->answer[EV(SIGNAL_HANDLER)] = UTRACE_STOP;
	test_sigqueue(t->task, SIGUSR1, 1, PIDTYPE_TGID);
	KUNIT_ASSERT_TRUE(test, test_engine_stops(e, t, EV(SIGNAL_HANDLER), 1));
	for (i = 0; i < ARRAY_SIZE(numbers); i++) {
		clear_siginfo(&info);
		info.si_signo = numbers[i];
		KUNIT_EXPECT_EQ(test, -EINVAL, utrace_signal_replace(e->sig, &info));
	}
	KUNIT_EXPECT_EQ(test, 0, utrace_control(e->engine, UTRACE_RESUME));
	KUNIT_ASSERT_TRUE(test, test_handlers_run(handled, 1));
	KUNIT_EXPECT_EQ(test, SIGUSR1, handled->sig[0]);
	KUNIT_EXPECT_EQ(test, 1, handled->info[0].si_int);
}

static void next_engine_sees_the_new_class(struct kunit *test)
{
	struct test_task *t = test_task_counting(test, &payload_handlers);
	struct test_engine *handler, *ignored;

	test_replacer(test, t, EV(SIGNAL_HANDLER), SIGWINCH);
	handler = test_observer(test, t, UTRACE_EVENT(SIGNAL_HANDLER));
	ignored = test_observer(test, t, UTRACE_EVENT(SIGNAL_IGN));
	test_kill(t->task, SIGUSR1);
	KUNIT_ASSERT_TRUE(test, test_engine_sees(ignored, EV(SIGNAL_IGN), 1));
	KUNIT_ASSERT_TRUE(test, test_thread_counts(t->task, 0));
	KUNIT_EXPECT_EQ(test, SIGWINCH, ignored->log->entries[0].value);
	KUNIT_EXPECT_EQ(test, 0, handler->log->nr);
}

static void next_engine_does_not_see_what_was_dropped(struct kunit *test)
{
	struct test_task *t = test_task_counting(test, &payload_handlers);
	struct test_engine *inner = test_engine(test, test_log(test));
	struct test_engine *outer;

	inner->on_event = drop_usr1;
	KUNIT_ASSERT_EQ(test, 0, test_engine_attach_to(inner, t->task,
			UTRACE_TRANSFORMER, UTRACE_EVENT(SIGNAL_HANDLER)));
	outer = test_observer(test, t, UTRACE_EVENTS_SIGNAL);
	test_kill(t->task, SIGUSR1);
	KUNIT_ASSERT_TRUE(test, test_engine_sees(inner, EV(SIGNAL_HANDLER), 1));
	test_kill(t->task, SIGUSR2);
	KUNIT_ASSERT_TRUE(test, test_engine_sees(outer, EV(SIGNAL_HANDLER), 1));
	KUNIT_EXPECT_EQ(test, SIGUSR2, outer->log->entries[0].value);
	KUNIT_EXPECT_EQ(test, 1, outer->log->nr);
}

static enum utrace_action requeue_three(struct test_engine *e, unsigned int event,
					enum utrace_action answer)
{
	if (is_signal(event) && e->seen[event] <= 3)
		utrace_signal_requeue(e->sig);
	return answer;
}

static void requeued_signal_keeps_its_info_and_place(struct kunit *test)
{
	static const int signals[] = { SIGRTMIN, SIGUSR1 };
	struct test_handled *handled;
	struct test_engine *e;
	struct test_task *t;
	int i;

	for (i = 0; i < ARRAY_SIZE(signals); i++) {
		t = test_task_counting(test, &payload_handlers);
		handled = test_handled(test, t);
		e = test_engine(test, test_log(test));
		e->on_event = requeue_three;
		KUNIT_ASSERT_EQ(test, 0, test_engine_attach_to(e, t->task,
				UTRACE_OBSERVER, UTRACE_EVENT(SIGNAL_HANDLER) |
				UTRACE_EVENT(QUIESCE)));
		test_engine_hold(test, t, e);
		test_sigqueue(t->task, signals[i], 1, PIDTYPE_TGID);
		test_sigqueue(t->task, signals[i], 2, PIDTYPE_TGID);
		KUNIT_EXPECT_EQ(test, 0, utrace_control(e->engine, UTRACE_RESUME));

		/* Of the old signals, only one is ever pending. */
		KUNIT_ASSERT_TRUE(test, test_handlers_run(handled,
				  signals[i] < SIGRTMIN ? 1 : 2));
		KUNIT_ASSERT_TRUE(test, test_thread_counts(t->task, 0));
		KUNIT_EXPECT_EQ(test, signals[i], handled->sig[0]);
		KUNIT_EXPECT_EQ(test, SI_QUEUE, handled->info[0].si_code);
		KUNIT_EXPECT_EQ(test, 4711, handled->info[0].si_pid);
		KUNIT_EXPECT_EQ(test, 42, handled->info[0].si_uid);
		KUNIT_EXPECT_EQ(test, 1, handled->info[0].si_int);
		if (signals[i] < SIGRTMIN) {
			KUNIT_EXPECT_EQ(test, 1, handled->nr);
			continue;
		}
		KUNIT_EXPECT_EQ(test, 2, handled->nr);
		KUNIT_EXPECT_EQ(test, 2, handled->info[1].si_int);
		KUNIT_EXPECT_EQ(test, 5, e->seen[EV(SIGNAL_HANDLER)]);
	}
}

/* The first thread that sees it blocks it, and puts it back. */
static enum utrace_action block_and_requeue(struct test_engine *e,
					    unsigned int event,
					    enum utrace_action answer)
{
	struct task_struct **first = e->private;
	sigset_t set;

	if (!is_signal(event) || cmpxchg(first, NULL, current))
		return answer;
	siginitset(&set, sigmask(SIGUSR1));
	set_current_blocked(&set);
	utrace_signal_requeue(e->sig);
	return answer;
}

static void test_requeue_to(struct kunit *test, enum pid_type type)
{
	struct task_struct **first = test_alloc(test, struct task_struct *);
	struct test_task *t = test_task_counting(test, &payload_two_handlers);
	struct task_struct *thread = test_task_thread(test, t);
	struct test_engine *a = test_engine(test, test_log(test));
	struct test_engine *b = test_engine(test, test_log(test));
	struct test_engine *other;

	KUNIT_ASSERT_TRUE(test, test_thread_counts(t->task, 8));
	a->private = first;
	a->on_event = block_and_requeue;
	b->private = first;
	b->on_event = block_and_requeue;
	KUNIT_ASSERT_EQ(test, 0, test_engine_attach_to(a, t->task, UTRACE_OBSERVER,
						       UTRACE_EVENT(SIGNAL_HANDLER)));
	KUNIT_ASSERT_EQ(test, 0, test_engine_attach_to(b, thread, UTRACE_OBSERVER,
						       UTRACE_EVENT(SIGNAL_HANDLER)));
	test_sigqueue(t->task, SIGUSR1, 1, type);
	KUNIT_ASSERT_TRUE(test, test_poll(READ_ONCE(*first)));

	if (type == PIDTYPE_TGID) {
		other = *first == t->task ? b : a;
		KUNIT_EXPECT_TRUE(test, test_engine_sees(other, EV(SIGNAL_HANDLER), 1));
	} else {
		KUNIT_EXPECT_PTR_EQ(test, t->task, *first);
		KUNIT_EXPECT_TRUE(test, test_poll(is_pending(t->task, SIGUSR1)));
		/* The other thread would have seen it by now, if it could. */
		KUNIT_EXPECT_TRUE(test, test_thread_counts(t->task, 0));
		KUNIT_EXPECT_TRUE(test, test_thread_counts(t->task, 8));
		KUNIT_EXPECT_EQ(test, 0, b->seen[EV(SIGNAL_HANDLER)]);
		KUNIT_EXPECT_TRUE(test, sigismember(&t->task->pending.signal,
						    SIGUSR1));
	}
}

static void requeued_group_signal_is_for_any_thread(struct kunit *test)
{
	test_requeue_to(test, PIDTYPE_TGID);
}

static void requeued_thread_signal_is_for_its_thread(struct kunit *test)
{
	test_requeue_to(test, PIDTYPE_PID);
}

/*
 * The short cuts of senders
 */

static void ignored_signal_is_reported_only_if_asked_for(struct kunit *test)
{
	static const int signals[] = { SIGWINCH, SIGHUP };
	struct test_task *t = test_task_counting(test, &payload_handlers);
	struct test_engine *e = test_observer(test, t, UTRACE_EVENT(QUIESCE));
	struct test_engine *ignored;
	int i;

	test_engine_hold(test, t, e);
	for (i = 0; i < ARRAY_SIZE(signals); i++) {
		test_kill(t->task, signals[i]);
		KUNIT_EXPECT_FALSE(test, is_pending(t->task, signals[i]));
	}
	ignored = test_observer(test, t, UTRACE_EVENT(SIGNAL_IGN));
	for (i = 0; i < ARRAY_SIZE(signals); i++) {
		test_kill(t->task, signals[i]);
		KUNIT_EXPECT_FALSE(test, is_pending(t->task, signals[i]));
	}
	KUNIT_EXPECT_EQ(test, 0, utrace_control(e->engine, UTRACE_RESUME));
	KUNIT_EXPECT_TRUE(test, test_engine_sees(ignored, EV(SIGNAL_IGN),
						 ARRAY_SIZE(signals)));
	/* It is ignored all the same. */
	KUNIT_EXPECT_TRUE(test, test_thread_counts(t->task, 0));
	KUNIT_EXPECT_EQ(test, ARRAY_SIZE(signals), ignored->log->nr);
}

static void set_unkillable(struct task_struct *task, bool unkillable)
{
	spin_lock_irq(&task->sighand->siglock);
	if (unkillable)
		task->signal->flags |= SIGNAL_UNKILLABLE;
	else
		task->signal->flags &= ~SIGNAL_UNKILLABLE;
	spin_unlock_irq(&task->sighand->siglock);
}

/* SIGSTOP from within its pid namespace is ignored by init, observed or not. */
static void observer_does_not_let_init_be_stopped(struct kunit *test)
{
	struct test_task *t = test_task_counting(test, &payload_job);
	struct test_engine *e = test_observer(test, t, UTRACE_EVENT(SIGNAL_IGN));

	set_unkillable(t->task, true);
	KUNIT_EXPECT_EQ(test, 0, test_sigqueue(t->task, SIGSTOP, 0, PIDTYPE_TGID));
	KUNIT_EXPECT_FALSE(test, is_pending(t->task, SIGSTOP));
	KUNIT_EXPECT_TRUE(test, test_thread_counts(t->task, 0));
	/* Other signals that it ignores are reported. */
	KUNIT_EXPECT_EQ(test, 0, test_sigqueue(t->task, SIGTERM, 0, PIDTYPE_TGID));
	KUNIT_EXPECT_TRUE(test, test_engine_sees(e, EV(SIGNAL_IGN), 1));
	KUNIT_EXPECT_TRUE(test, test_thread_counts(t->task, 0));
	KUNIT_EXPECT_FALSE(test, task_is_stopped(t->task));
	KUNIT_EXPECT_FALSE(test, t->task->signal->flags & SIGNAL_STOP_STOPPED);
	set_unkillable(t->task, false);
}

static void fatal_signal_can_be_dropped(struct kunit *test)
{
	struct test_task *t = test_task_counting(test, &payload_threads);
	struct task_struct *thread = test_task_thread(test, t);
	struct test_log *log = test_log(test);
	struct test_engine *a = test_engine(test, log), *b = test_engine(test, log);

	KUNIT_ASSERT_TRUE(test, test_thread_counts(t->task, 8));
	a->on_event = drop;
	b->on_event = drop;
	KUNIT_ASSERT_EQ(test, 0, test_engine_attach_to(a, t->task, UTRACE_OBSERVER,
						       UTRACE_EVENT(SIGNAL_TERM)));
	KUNIT_ASSERT_EQ(test, 0, test_engine_attach_to(b, thread, UTRACE_OBSERVER,
						       UTRACE_EVENT(SIGNAL_TERM)));
	test_kill(t->task, SIGTERM);
	KUNIT_ASSERT_TRUE(test, test_poll(READ_ONCE(log->nr)));
	KUNIT_EXPECT_EQ(test, SIGTERM, log->entries[0].value);
	KUNIT_EXPECT_FALSE(test, t->task->signal->flags & SIGNAL_GROUP_EXIT);
	KUNIT_EXPECT_TRUE(test, test_thread_counts(t->task, 0));
	KUNIT_EXPECT_TRUE(test, test_thread_counts(t->task, 8));
	KUNIT_EXPECT_EQ(test, 1, log->nr);

	/* Nobody wants to know any more. */
	KUNIT_EXPECT_EQ(test, 0, utrace_control(a->engine, UTRACE_DETACH));
	KUNIT_EXPECT_EQ(test, 0, utrace_control(b->engine, UTRACE_DETACH));
	test_kill(t->task, SIGTERM);
	KUNIT_EXPECT_TRUE(test, test_task_dies(t));
	KUNIT_EXPECT_EQ(test, SIGTERM, t->task->exit_code);
	KUNIT_EXPECT_EQ(test, 1, log->nr);
}

static void fatal_signal_that_is_not_dropped_kills(struct kunit *test)
{
	struct test_task *t = test_task_counting(test, &payload_threads);
	struct test_engine *e = test_observer(test, t, UTRACE_EVENT(SIGNAL_TERM) |
					      UTRACE_EVENT(EXIT));

	KUNIT_ASSERT_TRUE(test, test_thread_counts(t->task, 8));
	KUNIT_ASSERT_EQ(test, 0, do_send_sig_info(SIGTERM, SEND_SIG_PRIV, t->task,
						  PIDTYPE_PID));
	KUNIT_ASSERT_TRUE(test, test_task_dies(t));
	KUNIT_EXPECT_EQ(test, 1, e->seen[EV(SIGNAL_TERM)]);
	KUNIT_EXPECT_EQ(test, 1, e->seen[EV(EXIT)]);
	KUNIT_EXPECT_EQ(test, SIGTERM, t->task->exit_code);
}

/* Not to the one to which it was sent, which blocks it. */
static void fatal_signal_is_reported_to_who_takes_it(struct kunit *test)
{
	struct test_task *t = test_task_counting(test, &payload_blocked_leader);
	struct task_struct *thread = test_task_thread(test, t);
	struct test_engine *e = test_engine(test, test_log(test));

	KUNIT_ASSERT_TRUE(test, test_thread_counts(t->task, 8));
	e->on_event = drop;
	KUNIT_ASSERT_EQ(test, 0, test_engine_attach_to(e, thread, UTRACE_OBSERVER,
						       UTRACE_EVENT(SIGNAL_TERM)));
	test_kill(t->task, SIGTERM);
	KUNIT_ASSERT_TRUE(test, test_engine_sees(e, EV(SIGNAL_TERM), 1));
	KUNIT_EXPECT_TRUE(test, test_thread_counts(t->task, 0));
	KUNIT_EXPECT_TRUE(test, test_thread_counts(t->task, 8));
}

static void signal_goes_to_a_thread_that_is_not_held(struct kunit *test)
{
	struct test_task *t = test_task_counting(test, &payload_two_handlers);
	struct task_struct *thread = test_task_thread(test, t);
	struct test_engine *held = test_observer(test, t, UTRACE_EVENT(QUIESCE) |
						 UTRACE_EVENT(SIGNAL_HANDLER));
	struct test_engine *e = test_engine(test, test_log(test));

	KUNIT_ASSERT_EQ(test, 0, test_engine_attach_to(e, thread, UTRACE_OBSERVER,
						       UTRACE_EVENT(SIGNAL_HANDLER)));
	KUNIT_ASSERT_TRUE(test, test_thread_counts(t->task, 8));
	test_engine_hold(test, t, held);
	test_kill(t->task, SIGUSR1);
	KUNIT_EXPECT_TRUE(test, test_engine_sees(e, EV(SIGNAL_HANDLER), 1));
	KUNIT_EXPECT_EQ(test, 0, held->seen[EV(SIGNAL_HANDLER)]);
}

/*
 * Stop signals
 */

static void stop_signal_stops(struct kunit *test)
{
	struct test_task *t = test_task_counting(test, &payload_job);
	struct test_engine *e = test_observer(test, t, UTRACE_EVENT(SIGNAL_STOP));

	e->answer[EV(SIGNAL_STOP)] = UTRACE_STOP;
	test_kill(t->task, SIGTSTP);
	KUNIT_ASSERT_TRUE(test, test_engine_stops(e, t, EV(SIGNAL_STOP), 1));
	KUNIT_EXPECT_EQ(test, 0, utrace_control(e->engine, UTRACE_RESUME));
	KUNIT_EXPECT_TRUE(test, test_poll(task_is_stopped(t->task)));
	test_kill(t->task, SIGCONT);
	KUNIT_EXPECT_TRUE(test, test_thread_counts(t->task, 0));
}

static void cont_during_the_report_cancels_the_stop(struct kunit *test)
{
	static const int signals[] = { SIGTSTP, SIGSTOP };
	struct test_engine *e;
	struct test_point *p;
	struct test_task *t;
	int i;

	for (i = 0; i < ARRAY_SIZE(signals); i++) {
		t = test_task_counting(test, &payload_job);
		e = test_observer(test, t, UTRACE_EVENT(SIGNAL_STOP));
		e->answer[EV(SIGNAL_STOP)] = UTRACE_STOP;
		test_kill(t->task, signals[i]);
		KUNIT_ASSERT_TRUE(test, test_engine_stops(e, t, EV(SIGNAL_STOP), 1));
		test_kill(t->task, SIGCONT);
		/* Which does not release the thread. */
		KUNIT_EXPECT_TRUE(test, test_thread_rests(t->task, 0));
		KUNIT_EXPECT_EQ(test, 0, utrace_control(e->engine, UTRACE_RESUME));
		KUNIT_EXPECT_TRUE(test, test_thread_counts(t->task, 0));
		KUNIT_EXPECT_FALSE(test, task_is_stopped(t->task));

		/* And after the last engine has answered. */
		e->answer[EV(SIGNAL_STOP)] = UTRACE_RESUME;
		p = test_point(test, t->task, UTRACE_POINT_SIGNAL_DONE);
		test_kill(t->task, signals[i]);
		KUNIT_ASSERT_TRUE(test, test_point_reached(p));
		test_kill(t->task, SIGCONT);
		test_point_leave(p);
		KUNIT_EXPECT_TRUE(test, test_thread_counts(t->task, 0));
		KUNIT_EXPECT_FALSE(test, task_is_stopped(t->task));
	}
}

static void dropped_stop_signal_does_not_stop(struct kunit *test)
{
	struct test_task *t = test_task_counting(test, &payload_job);
	struct test_engine *e = test_engine(test, test_log(test));

	e->on_event = drop;
	KUNIT_ASSERT_EQ(test, 0, test_engine_attach_to(e, t->task, UTRACE_OBSERVER,
						       UTRACE_EVENT(SIGNAL_STOP)));
	test_kill(t->task, SIGSTOP);
	KUNIT_ASSERT_TRUE(test, test_engine_sees(e, EV(SIGNAL_STOP), 1));
	KUNIT_EXPECT_TRUE(test, test_thread_counts(t->task, 0));
	KUNIT_EXPECT_FALSE(test, task_is_stopped(t->task));
}

/*
 * Handlers
 */

struct frame {
	unsigned long before;	/* stack pointer at the signal */
	unsigned long sp;	/* at the handler */
	unsigned long handler;
};

static enum utrace_action look_at_frame(struct test_engine *e, unsigned int event,
					enum utrace_action answer)
{
	struct frame *frame = e->private;

	if (event == EV(SIGNAL_HANDLER))
		frame->before = user_stack_pointer(current_pt_regs());
	if (event == EV(HANDLER)) {
		frame->sp = user_stack_pointer(current_pt_regs());
		frame->handler = test_handler_entry(current_pt_regs());
	}
	return answer;
}

static unsigned long handler_of(struct test_task *t, int sig)
{
	struct sighand_struct *sighand = t->task->sighand;

	return (unsigned long)sighand->action[sig - 1].sa.sa_handler;
}

static void handler_is_reported_at_its_first_instruction(struct kunit *test)
{
	struct frame *frame = test_alloc(test, struct frame);
	struct test_task *t = test_task_counting(test, &payload_handlers);
	struct test_handled *handled = test_handled(test, t);
	struct test_engine *e = test_engine(test, test_log(test));

	e->private = frame;
	e->on_event = look_at_frame;
	e->answer[EV(HANDLER)] = UTRACE_STOP;
	KUNIT_ASSERT_EQ(test, 0, test_engine_attach_to(e, t->task, UTRACE_OBSERVER,
			UTRACE_EVENT(SIGNAL_HANDLER) | UTRACE_EVENT(HANDLER)));
	test_kill(t->task, SIGUSR2);
	KUNIT_ASSERT_TRUE(test, test_engine_stops(e, t, EV(HANDLER), 1));
	KUNIT_EXPECT_EQ(test, 2, e->log->nr);
	KUNIT_EXPECT_EQ(test, EV(SIGNAL_HANDLER), e->log->entries[0].event);
	KUNIT_EXPECT_EQ(test, SIGUSR2, e->log->entries[1].value);
	KUNIT_EXPECT_EQ(test, handler_of(t, SIGUSR2), frame->handler);
	KUNIT_EXPECT_LT(test, frame->sp, frame->before);
	KUNIT_EXPECT_EQ(test, 0, handled->nr);
	KUNIT_EXPECT_EQ(test, 0, utrace_control(e->engine, UTRACE_RESUME));
	KUNIT_EXPECT_TRUE(test, test_handlers_run(handled, 1));
	KUNIT_EXPECT_TRUE(test, test_thread_counts(t->task, 0));
}

/*
 * What get_signal() returned without a handler lies on a stack frame that is gone.
 * An engine that asks for handlers later must not find a pointer to it.
 */
static void signal_without_a_handler_is_forgotten(struct kunit *test)
{
	struct test_task *t = test_task_counting(test, &payload_handlers);
	struct test_engine *e = test_observer(test, t, UTRACE_EVENT(SIGNAL_IGN));

	test_kill(t->task, SIGWINCH);
	KUNIT_ASSERT_TRUE(test, test_engine_sees(e, EV(SIGNAL_IGN), 1));
	KUNIT_ASSERT_TRUE(test, test_thread_counts(t->task, 0));
	KUNIT_ASSERT_EQ(test, 0, utrace_set_events(e->engine, 0));
	KUNIT_ASSERT_EQ(test, 0, utrace_set_events(e->engine, UTRACE_EVENT(HANDLER)));
	KUNIT_EXPECT_NULL(test, e->engine->utrace->ksig);
	test_kill(t->task, SIGUSR1);
	KUNIT_EXPECT_TRUE(test, test_engine_sees(e, EV(HANDLER), 1));
	KUNIT_EXPECT_EQ(test, SIGUSR1, e->log->entries[1].value);
}

/*
 * Single steps
 */

struct steps {
	unsigned int left;
	unsigned long start;	/* where getppid returns to */
};

static enum utrace_action step_on(struct test_engine *e, unsigned int event,
				  enum utrace_action answer)
{
	struct steps *steps = e->private;

	if (event == EV(SYSCALL_EXIT) &&
	    utrace_syscall(e->engine)->nr == __NR_getppid) {
		steps->start = instruction_pointer(e->regs);
		return UTRACE_SINGLESTEP;
	}
	if (event == EV(STEP) && --steps->left)
		return UTRACE_SINGLESTEP;
	return answer;
}

/* Where the steps from steps.start on lead to. */
static const unsigned long step_offsets[] = {
	P_NOP_SIZE,
	2 * P_NOP_SIZE,
	2 * P_NOP_SIZE + P_SET_NR_SIZE,
	2 * P_NOP_SIZE + P_SET_NR_SIZE + P_SYSCALL_SIZE,
	3 * P_NOP_SIZE + P_SET_NR_SIZE + P_SYSCALL_SIZE,
};

static void steps_lead_from_instruction_to_instruction(struct kunit *test)
{
	struct steps *steps = test_alloc(test, struct steps);
	struct test_engine *e, *other;
	struct test_task *t;
	int i;

	SKIP_WITHOUT_STEPS(test);
	t = test_task(test, &payload_steps);
	e = test_engine(test, test_log(test));
	e->private = steps;
	steps->left = ARRAY_SIZE(step_offsets);
	e->on_event = step_on;
	KUNIT_ASSERT_EQ(test, 0, test_engine_attach_to(e, t->task, UTRACE_OBSERVER,
			UTRACE_EVENT(SYSCALL_EXIT) | UTRACE_EVENT(STEP)));
	/* Nobody else notices. */
	other = test_observer(test, t, UTRACE_EVENTS_SIGNAL | UTRACE_EVENT(STEP) |
			      UTRACE_EVENT(QUIESCE));
	test_task_go(t);
	KUNIT_ASSERT_TRUE(test, test_thread_counts(t->task, 0));

	KUNIT_EXPECT_EQ(test, ARRAY_SIZE(step_offsets), e->seen[EV(STEP)]);
	KUNIT_EXPECT_EQ(test, 0, other->log->nr);
	/* getppid, three steps, getpid, two steps */
	KUNIT_ASSERT_EQ(test, 7, e->log->nr);
	for (i = 1; i < 7; i++) {
		if (i == 4) {
			KUNIT_EXPECT_EQ(test, EV(SYSCALL_EXIT),
					e->log->entries[i].event);
			continue;
		}
		KUNIT_EXPECT_EQ(test, EV(STEP), e->log->entries[i].event);
		KUNIT_EXPECT_EQ_MSG(test, step_offsets[i < 4 ? i - 1 : i - 2],
				    e->log->entries[i].value - steps->start,
				    "entry %d", i);
	}
}

static void steps_are_ordered_from_outside(struct kunit *test)
{
	struct test_engine *e;
	struct test_task *t;
	unsigned long start;
	int i;

	SKIP_WITHOUT_STEPS(test);
	t = test_task(test, &payload_steps);
	e = test_observer(test, t, UTRACE_EVENT(SYSCALL_EXIT) | UTRACE_EVENT(STEP));
	e->answer[EV(SYSCALL_EXIT)] = UTRACE_STOP;
	e->answer[EV(STEP)] = UTRACE_STOP;
	test_task_go(t);
	KUNIT_ASSERT_TRUE(test, test_engine_stops(e, t, EV(SYSCALL_EXIT), 1));
	start = instruction_pointer(task_pt_regs(t->task));
	e->answer[EV(SYSCALL_EXIT)] = UTRACE_RESUME;
	for (i = 0; i < ARRAY_SIZE(step_offsets); i++) {
		KUNIT_ASSERT_EQ(test, 0, utrace_control(e->engine, UTRACE_SINGLESTEP));
		KUNIT_ASSERT_TRUE(test, test_engine_stops(e, t, EV(STEP), i + 1));
		KUNIT_EXPECT_EQ_MSG(test, step_offsets[i],
				    instruction_pointer(task_pt_regs(t->task)) - start,
				    "step %d", i);
	}
	/* For once. */
	KUNIT_ASSERT_EQ(test, 0, utrace_control(e->engine, UTRACE_RESUME));
	KUNIT_EXPECT_TRUE(test, test_thread_counts(t->task, 0));
	KUNIT_EXPECT_EQ(test, ARRAY_SIZE(step_offsets), e->seen[EV(STEP)]);
	KUNIT_EXPECT_EQ(test, 2, e->seen[EV(SYSCALL_EXIT)]);
}

static void step_waits_for_who_holds(struct kunit *test)
{
	struct steps *steps = test_alloc(test, struct steps);
	struct test_engine *e, *holder;
	struct test_task *t;

	SKIP_WITHOUT_STEPS(test);
	t = test_task(test, &payload_steps);
	e = test_engine(test, test_log(test));
	e->private = steps;
	steps->left = 1;
	e->on_event = step_on;
	KUNIT_ASSERT_EQ(test, 0, test_engine_attach_to(e, t->task, UTRACE_OBSERVER,
			UTRACE_EVENT(SYSCALL_EXIT) | UTRACE_EVENT(STEP)));
	holder = test_observer(test, t, UTRACE_EVENT(SYSCALL_EXIT));
	holder->answer[EV(SYSCALL_EXIT)] = UTRACE_STOP;
	test_task_go(t);
	KUNIT_ASSERT_TRUE(test, test_engine_stops(holder, t, EV(SYSCALL_EXIT), 1));
	holder->answer[EV(SYSCALL_EXIT)] = UTRACE_RESUME;
	KUNIT_EXPECT_TRUE(test, test_thread_rests(t->task, 0));
	KUNIT_EXPECT_EQ(test, 1, e->seen[EV(SYSCALL_EXIT)]);
	KUNIT_EXPECT_EQ(test, 0, e->seen[EV(STEP)]);
	KUNIT_EXPECT_EQ(test, 0, utrace_control(holder->engine, UTRACE_RESUME));
	KUNIT_ASSERT_TRUE(test, test_engine_sees(e, EV(STEP), 1));
	KUNIT_EXPECT_EQ(test, steps->start + P_NOP_SIZE, e->log->entries[1].value);
	KUNIT_EXPECT_TRUE(test, test_thread_counts(t->task, 0));
}

static void step_leads_into_the_handler(struct kunit *test)
{
	struct test_handled *handled;
	struct test_engine *e;
	struct test_task *t;
	int i;

	SKIP_WITHOUT_STEPS(test);
	t = test_task_counting(test, &payload_handlers);
	handled = test_handled(test, t);
	e = test_observer(test, t, UTRACE_EVENT(SIGNAL_HANDLER) |
			  UTRACE_EVENT(STEP));
	e->answer[EV(SIGNAL_HANDLER)] = UTRACE_SINGLESTEP;
	e->answer[EV(STEP)] = UTRACE_STOP;
	test_kill(t->task, SIGUSR1);
	KUNIT_ASSERT_TRUE(test, test_engine_stops(e, t, EV(STEP), 1));
	KUNIT_EXPECT_EQ(test, handler_of(t, SIGUSR1),
			test_handler_entry(task_pt_regs(t->task)));
	KUNIT_EXPECT_EQ(test, 0, handled->nr);

	/* The handler begins with what sets the number of a call. */
	for (i = 0; i < P_HANDLER_STUB + 1; i++) {
		KUNIT_ASSERT_EQ(test, 0, utrace_control(e->engine, UTRACE_SINGLESTEP));
		KUNIT_ASSERT_TRUE(test, test_engine_stops(e, t, EV(STEP), 2 + i));
	}
	KUNIT_EXPECT_EQ(test, handler_of(t, SIGUSR1) + P_SET_NR_SIZE,
			e->log->entries[1 + i].value);
	KUNIT_ASSERT_EQ(test, 0, utrace_control(e->engine, UTRACE_RESUME));
	KUNIT_EXPECT_TRUE(test, test_handlers_run(handled, 1));
	KUNIT_EXPECT_EQ(test, SIGUSR1, handled->sig[0]);
	KUNIT_EXPECT_TRUE(test, test_thread_counts(t->task, 0));
	KUNIT_EXPECT_EQ(test, 2 + P_HANDLER_STUB, e->seen[EV(STEP)]);
}

/* What it was to step is not executed before the handler. */
static void signal_comes_before_the_step(struct kunit *test)
{
	struct test_handled *handled;
	struct test_engine *e;
	struct test_task *t;

	SKIP_WITHOUT_STEPS(test);
	t = test_task_counting(test, &payload_handlers);
	handled = test_handled(test, t);
	e = test_observer(test, t, UTRACE_EVENT(QUIESCE) | UTRACE_EVENT(STEP));
	e->answer[EV(STEP)] = UTRACE_STOP;
	test_engine_hold(test, t, e);
	test_kill(t->task, SIGUSR1);
	KUNIT_ASSERT_EQ(test, 0, utrace_control(e->engine, UTRACE_SINGLESTEP));
	KUNIT_ASSERT_TRUE(test, test_engine_stops(e, t, EV(STEP), 1));
	KUNIT_EXPECT_EQ(test, handler_of(t, SIGUSR1),
			test_handler_entry(task_pt_regs(t->task)));
	KUNIT_ASSERT_EQ(test, 0, utrace_control(e->engine, UTRACE_RESUME));
	KUNIT_EXPECT_TRUE(test, test_handlers_run(handled, 1));
	KUNIT_EXPECT_TRUE(test, test_thread_counts(t->task, 0));
	KUNIT_EXPECT_EQ(test, 1, e->seen[EV(STEP)]);
}

/*
 * The trap and the signal come together then, and whether the step leads into the
 * handler or ends before it depends on the machine.  But there is no trap too many.
 */
static void steps_pass_a_call_that_signals(struct kunit *test)
{
	struct steps *steps = test_alloc(test, struct steps);
	struct test_engine *e, *signals;
	struct test_handled *handled;
	struct test_task *t;

	SKIP_WITHOUT_STEPS(test);
	t = test_task(test, &payload_raise);
	handled = test_handled(test, t);
	e = test_engine(test, test_log(test));
	e->private = steps;
	steps->left = 9;	/* into the handler, in any case */
	e->on_event = step_on;
	KUNIT_ASSERT_EQ(test, 0, test_engine_attach_to(e, t->task, UTRACE_OBSERVER,
			UTRACE_EVENT(SYSCALL_EXIT) | UTRACE_EVENT(STEP)));
	signals = test_observer(test, t, UTRACE_EVENTS_SIGNAL);
	test_task_go(t);
	KUNIT_ASSERT_TRUE(test, test_engine_sees(e, EV(STEP), 9));
	KUNIT_EXPECT_TRUE(test, test_thread_counts(t->task, 0));
	KUNIT_EXPECT_EQ(test, 9, e->seen[EV(STEP)]);
	KUNIT_EXPECT_EQ(test, 1, handled->nr);
	KUNIT_ASSERT_EQ(test, 1, signals->log->nr);
	KUNIT_EXPECT_EQ(test, SIGUSR1, signals->log->entries[0].value);
}

/* The trap flag must not stay behind, or SIGTRAP would kill it. */
static void detach_ends_stepping(struct kunit *test)
{
	struct test_engine *e;
	struct test_task *t;

	SKIP_WITHOUT_STEPS_OVER_JUMPS(test);
	t = test_task_counting(test, &payload_count);
	e = test_observer(test, t, UTRACE_EVENT(QUIESCE) | UTRACE_EVENT(STEP));
	e->answer[EV(QUIESCE)] = UTRACE_SINGLESTEP;
	e->answer[EV(STEP)] = UTRACE_SINGLESTEP;
	KUNIT_ASSERT_EQ(test, 0, utrace_control(e->engine, UTRACE_REPORT));
	KUNIT_ASSERT_TRUE(test, test_engine_sees(e, EV(STEP), 10));
	utrace_control(e->engine, UTRACE_DETACH);
	KUNIT_EXPECT_EQ(test, 0, utrace_barrier(e->engine));
	KUNIT_EXPECT_TRUE(test, test_thread_counts(t->task, 0));
	KUNIT_EXPECT_TRUE(test, test_thread_counts(t->task, 0));
	KUNIT_EXPECT_EQ(test, 0, t->task->exit_state);
}

static void steps_that_cannot_be_are_refused(struct kunit *test)
{
	struct test_task *t = test_task_counting(test, &payload_count);
	struct test_engine *e = test_observer(test, t, UTRACE_EVENT(STEP));

	if (!utrace_can_step()) {
		KUNIT_EXPECT_EQ(test, -EOPNOTSUPP,
				utrace_control(e->engine, UTRACE_SINGLESTEP));
		KUNIT_EXPECT_EQ(test, -EOPNOTSUPP,
				utrace_control(e->engine, UTRACE_BLOCKSTEP));
	}
	/* Of which nobody could be told. */
	KUNIT_ASSERT_EQ(test, 0, utrace_set_events(e->engine, 0));
	KUNIT_EXPECT_EQ(test, -EINVAL, utrace_control(e->engine, UTRACE_SINGLESTEP));
	KUNIT_EXPECT_EQ(test, -EINVAL, utrace_control(e->engine, UTRACE_BLOCKSTEP));
	KUNIT_EXPECT_TRUE(test, test_thread_counts(t->task, 0));
}

static struct kunit_case utrace_signal_cases[] = {
	KUNIT_CASE(every_class_is_told_as_such),
	KUNIT_CASE(signals_that_nobody_asked_for_are_not_reported),
	KUNIT_CASE(fault_is_reported_and_kills),
	KUNIT_CASE(dropped_fault_faults_again),
	KUNIT_CASE(breakpoint_is_reported_as_sigtrap),
	KUNIT_CASE(sigkill_is_neither_reported_nor_stopped),
	KUNIT_CASE(forced_death_is_neither_reported_nor_stopped),
	KUNIT_CASE(kill_while_a_signal_is_held),
	KUNIT_CASE(kill_after_the_report),
	KUNIT_CASE(dropped_signal_does_not_arrive),
	KUNIT_CASE(handler_is_told_of_the_replacement),
	KUNIT_CASE(harmless_signal_becomes_fatal),
	KUNIT_CASE(fatal_signal_becomes_harmless),
	KUNIT_CASE(info_can_be_written),
	KUNIT_CASE(replaced_and_dropped_while_held),
	KUNIT_CASE(replacement_takes_a_drop_back),
	KUNIT_CASE(signal_becomes_sigkill),
	KUNIT_CASE(impossible_replacements_are_refused),
	KUNIT_CASE(next_engine_sees_the_new_class),
	KUNIT_CASE(next_engine_does_not_see_what_was_dropped),
	KUNIT_CASE(requeued_signal_keeps_its_info_and_place),
	KUNIT_CASE(requeued_group_signal_is_for_any_thread),
	KUNIT_CASE(requeued_thread_signal_is_for_its_thread),
	KUNIT_CASE(observer_does_not_let_init_be_stopped),
	KUNIT_CASE(ignored_signal_is_reported_only_if_asked_for),
	KUNIT_CASE(fatal_signal_can_be_dropped),
	KUNIT_CASE(fatal_signal_that_is_not_dropped_kills),
	KUNIT_CASE(fatal_signal_is_reported_to_who_takes_it),
	KUNIT_CASE(signal_goes_to_a_thread_that_is_not_held),
	KUNIT_CASE(stop_signal_stops),
	KUNIT_CASE(cont_during_the_report_cancels_the_stop),
	KUNIT_CASE(dropped_stop_signal_does_not_stop),
	KUNIT_CASE(handler_is_reported_at_its_first_instruction),
	KUNIT_CASE(signal_without_a_handler_is_forgotten),
	KUNIT_CASE(steps_lead_from_instruction_to_instruction),
	KUNIT_CASE(steps_are_ordered_from_outside),
	KUNIT_CASE(step_waits_for_who_holds),
	KUNIT_CASE(step_leads_into_the_handler),
	KUNIT_CASE(signal_comes_before_the_step),
	KUNIT_CASE(steps_pass_a_call_that_signals),
	KUNIT_CASE(detach_ends_stepping),
	KUNIT_CASE(steps_that_cannot_be_are_refused),
	{}
};

static struct kunit_suite utrace_signal_suite = {
	.name = "utrace_signal",
	.test_cases = utrace_signal_cases,
};
kunit_test_suite(utrace_signal_suite);
