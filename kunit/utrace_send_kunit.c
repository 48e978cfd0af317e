// SPDX-License-Identifier: GPL-2.0-only
/*
 * Signals where they are sent: an ignored one is reported and changes nothing, and a
 * fatal one ends a sleep that only fatal signals end
 */

#include <linux/sched/signal.h>
#include <linux/signal.h>
#include <linux/user_namespace.h>

#include <asm/unistd.h>

#include "utrace_task.h"

/*
 * Waits for nothing in particular, by a call that does not begin anew after a
 * signal; its files are its own, so that the number of the first is known.
 */
LOCAL_PAYLOAD(payload_epoll,
	P_SIGACTION(SIGUSR1, 8f)
	P_SIGACTION(SIGHUP, 9f)
	P_SIGACTION(SIGRTMIN, 9f)
	P_ARG(0, 0)
	P_CALL(__NR_epoll_create1)
	P_STORE_RESULT(16)
	"1:\n"
	P_COUNT(0)
	P_ARG(0, 0) P_ARG(1, P_DATA) P_ARG(2, 1) P_ARG(3, 500) P_ARG(4, 0)
	P_ARG(5, 8)
	P_CALL(__NR_epoll_pwait)
	P_JUMP(1b)
	"2:\n"
	P_CALL(__NR_getuid)
	P_SIGRETURN
	P_HANDLER(8, 2b)
	P_IGNORE(9));

/* It ignores SIGWINCH until it has a handler for it. */
LOCAL_PAYLOAD(payload_late_handler,
	P_CALL(__NR_getppid)
	P_SIGACTION(SIGWINCH, 8f)
	"1:\n"
	P_COUNT(0)
	P_JUMP(1b)
	"2:\n"
	P_CALL(__NR_getuid)
	P_SIGRETURN
	P_HANDLER(8, 2b));

/* The leader dies, the other thread counts. */
LOCAL_PAYLOAD(payload_dead_leader,
	P_CLONE_THREAD
	P_JUMP_IF_0(2f)
	P_ARG(0, 0)
	P_CALL(__NR_exit)
	"2:\n"
	P_COUNT(8)
	P_JUMP(2b));

/* As by vfork(): CLONE_VM, CLONE_VFORK and SIGCHLD.  The child is in no hurry. */
LOCAL_PAYLOAD(payload_vfork,
	P_CALL(__NR_getppid)
	P_CLONE(0x4111)
	P_JUMP_IF_0(2f)
	P_EXIT(1)
	"2:\n"
	P_COUNT(8)
	P_JUMP(2b));

static bool is_pending(struct task_struct *task, int sig)
{
	bool pending;

	spin_lock_irq(&task->sighand->siglock);
	pending = sigismember(&task->pending.signal, sig) ||
		  sigismember(&task->signal->shared_pending.signal, sig);
	spin_unlock_irq(&task->sighand->siglock);
	return pending;
}

/* Of the process's user, by all that he or she has. */
static long pending_count(struct task_struct *task)
{
	long count;

	rcu_read_lock();
	count = get_rlimit_value(task_ucounts(task), UCOUNT_RLIMIT_SIGPENDING);
	rcu_read_unlock();
	return count;
}

/* The place of the first callback for @event in the log, or -1. */
static int place_of(const struct test_log *log, unsigned int event)
{
	int i;

	for (i = 0; i < log->nr && i < TEST_LOG_MAX; i++)
		if (log->entries[i].event == event)
			return i;
	return -1;
}

/*
 * Ignored signals
 */

static void ignored_signal_is_neither_pending_nor_lost(struct kunit *test)
{
	static const int signals[] = { SIGWINCH, SIGCHLD, SIGHUP, SIGRTMIN };
	struct test_task *t = test_task_counting(test, &payload_epoll);
	struct test_engine *e = test_observer(test, t, UTRACE_EVENT(QUIESCE));
	struct test_engine *ignored = test_observer(test, t, UTRACE_EVENT(SIGNAL_IGN));
	long before;
	int i;

	test_engine_hold(test, t, e);
	before = pending_count(t->task);
	for (i = 0; i < ARRAY_SIZE(signals); i++) {
		KUNIT_EXPECT_EQ(test, 0, test_sigqueue(t->task, signals[i], i,
						       PIDTYPE_TGID));
		KUNIT_EXPECT_FALSE(test, is_pending(t->task, signals[i]));
	}
	KUNIT_EXPECT_EQ(test, before, pending_count(t->task));
	KUNIT_EXPECT_EQ(test, 0, utrace_control(e->engine, UTRACE_RESUME));
	KUNIT_ASSERT_TRUE(test, test_engine_sees(ignored, EV(SIGNAL_IGN),
						 ARRAY_SIZE(signals)));
	/* In the order in which they were sent. */
	for (i = 0; i < ARRAY_SIZE(signals); i++)
		KUNIT_EXPECT_EQ(test, signals[i], ignored->log->entries[i].value);
	KUNIT_EXPECT_TRUE(test, test_thread_counts(t->task, 0));
	KUNIT_EXPECT_EQ(test, ARRAY_SIZE(signals), ignored->log->nr);
}

/* Every call that returns must return 0, for its timeout. */
static void expect_timeouts(struct kunit *test, const struct test_engine *e)
{
	int i;

	for (i = 0; i < e->log->nr && i < TEST_LOG_MAX; i++)
		if (e->log->entries[i].event == EV(SYSCALL_EXIT))
			KUNIT_EXPECT_EQ_MSG(test, 0, e->log->entries[i].value,
					    "entry %d", i);
}

static void ignored_signal_does_not_end_a_call(struct kunit *test)
{
	struct test_task *t = test_task_counting(test, &payload_epoll);
	struct test_engine *e = test_observer(test, t, UTRACE_EVENT(SIGNAL_IGN) |
					      UTRACE_EVENT(SYSCALL_EXIT));
	int i;

	/* Whatever call this is, it has begun without the engine. */
	KUNIT_ASSERT_TRUE(test, test_engine_sees(e, EV(SYSCALL_EXIT), 1));
	for (i = 0; i < 3; i++) {
		KUNIT_ASSERT_TRUE(test, test_task_in_state(t, TASK_INTERRUPTIBLE));
		test_kill(t->task, SIGWINCH);
		test_kill(t->task, SIGHUP);
		KUNIT_EXPECT_FALSE(test, test_tsk_thread_flag(t->task, TIF_SIGPENDING) &&
				   READ_ONCE(t->task->__state) & TASK_INTERRUPTIBLE);
		KUNIT_ASSERT_TRUE(test, test_engine_sees(e, EV(SIGNAL_IGN), 2 * i + 2));
	}
	expect_timeouts(test, e);
	/* On the way out of the call, not in it. */
	KUNIT_EXPECT_LT(test, place_of(e->log, EV(SYSCALL_EXIT)),
			place_of(e->log, EV(SIGNAL_IGN)));
}

/* The call has not begun to sleep: it must not find anything pending. */
static void signal_before_the_sleep_does_not_end_it(struct kunit *test)
{
	struct test_task *t = test_task_counting(test, &payload_epoll);
	struct test_engine *e = test_observer(test, t, UTRACE_EVENT(SIGNAL_IGN) |
					      UTRACE_EVENTS_SYSCALL);

	e->answer[EV(SYSCALL_ENTRY)] = UTRACE_STOP;
	KUNIT_ASSERT_TRUE(test, test_engine_stops(e, t, EV(SYSCALL_ENTRY), 1));
	e->answer[EV(SYSCALL_ENTRY)] = UTRACE_RESUME;
	KUNIT_EXPECT_EQ(test, __NR_epoll_pwait, e->log->entries[e->log->nr - 1].value);
	test_kill(t->task, SIGWINCH);
	test_kill(t->task, SIGHUP);
	KUNIT_EXPECT_EQ(test, 0, utrace_control(e->engine, UTRACE_RESUME));
	KUNIT_ASSERT_TRUE(test, test_engine_sees(e, EV(SIGNAL_IGN), 2));
	expect_timeouts(test, e);
}

static void real_signal_ends_the_call(struct kunit *test)
{
	struct test_task *t = test_task_counting(test, &payload_epoll);
	struct test_handled *handled = test_handled(test, t);
	struct test_engine *e = test_observer(test, t, UTRACE_EVENT(SIGNAL_IGN) |
					      UTRACE_EVENTS_SYSCALL);
	struct test_engine *handler = test_observer(test, t,
						    UTRACE_EVENT(SIGNAL_HANDLER));

	KUNIT_ASSERT_TRUE(test, test_engine_sees(e, EV(SYSCALL_ENTRY), 1));
	KUNIT_ASSERT_TRUE(test, test_task_in_state(t, TASK_INTERRUPTIBLE));
	test_kill(t->task, SIGWINCH);
	test_kill(t->task, SIGUSR1);
	KUNIT_ASSERT_TRUE(test, test_handlers_run(handled, 1));
	KUNIT_EXPECT_EQ(test, SIGUSR1, handled->sig[0]);
	KUNIT_EXPECT_EQ(test, 1, e->seen[EV(SIGNAL_IGN)]);
	KUNIT_EXPECT_EQ(test, 1, handler->log->nr);
}

static void reports_that_wait_are_bounded(struct kunit *test)
{
	struct test_task *t = test_task_counting(test, &payload_epoll);
	struct test_engine *e = test_observer(test, t, UTRACE_EVENT(QUIESCE));
	struct test_engine *ignored = test_observer(test, t, UTRACE_EVENT(SIGNAL_IGN));
	int i;

	test_engine_hold(test, t, e);
	for (i = 0; i < 100; i++) {
		test_sigqueue(t->task, SIGRTMIN, i, PIDTYPE_TGID);
		test_sigqueue(t->task, SIGWINCH, i, PIDTYPE_TGID);
	}
	KUNIT_EXPECT_EQ(test, 0, utrace_control(e->engine, UTRACE_RESUME));
	KUNIT_ASSERT_TRUE(test, test_engine_sees(ignored, EV(SIGNAL_IGN), 33));
	KUNIT_EXPECT_TRUE(test, test_thread_counts(t->task, 0));
	KUNIT_EXPECT_EQ(test, 33, ignored->log->nr);
	/* And there is room again. */
	test_kill(t->task, SIGRTMIN);
	KUNIT_EXPECT_TRUE(test, test_engine_sees(ignored, EV(SIGNAL_IGN), 34));
}

static enum utrace_action hold_sigaction(struct test_engine *e, unsigned int event,
				       enum utrace_action answer)
{
	return event == EV(SYSCALL_ENTRY) &&
	       utrace_syscall(e->engine)->nr == __NR_rt_sigaction ? UTRACE_STOP : answer;
}

/* It was ignored when it was sent; without an engine it would be gone. */
static void handler_that_comes_later_does_not_run(struct kunit *test)
{
	struct test_task *t = test_task(test, &payload_late_handler);
	struct test_handled *handled = test_handled(test, t);
	struct test_engine *e = test_engine(test, test_log(test));

	e->on_event = hold_sigaction;
	KUNIT_ASSERT_EQ(test, 0, test_engine_attach_to(e, t->task, UTRACE_OBSERVER,
			UTRACE_EVENT(SIGNAL_IGN) | UTRACE_EVENT(SYSCALL_ENTRY)));
	test_task_go(t);
	KUNIT_ASSERT_TRUE(test, test_engine_stops(e, t, EV(SYSCALL_ENTRY), 2));
	test_kill(t->task, SIGWINCH);
	KUNIT_EXPECT_EQ(test, 0, utrace_control(e->engine, UTRACE_RESUME));
	KUNIT_ASSERT_TRUE(test, test_engine_sees(e, EV(SIGNAL_IGN), 1));
	KUNIT_EXPECT_TRUE(test, test_thread_counts(t->task, 0));
	KUNIT_EXPECT_EQ(test, 0, handled->nr);
}

static void replacement_of_an_ignored_signal_is_sent(struct kunit *test)
{
	struct test_task *t = test_task_counting(test, &payload_handlers);
	struct test_handled *handled = test_handled(test, t);
	struct test_engine *e, *ignored, *outer;

	e = test_replacer(test, t, EV(SIGNAL_IGN), SIGUSR1);
	ignored = test_observer(test, t, UTRACE_EVENT(SIGNAL_IGN));
	outer = test_observer(test, t, UTRACE_EVENT(SIGNAL_HANDLER));
	test_kill(t->task, SIGWINCH);
	KUNIT_ASSERT_TRUE(test, test_handlers_run(handled, 1));
	KUNIT_EXPECT_EQ(test, SIGUSR1, handled->sig[0]);
	KUNIT_EXPECT_EQ(test, 56, handled->info[0].si_int);
	KUNIT_EXPECT_TRUE(test, test_thread_counts(t->task, 0));
	KUNIT_EXPECT_EQ(test, 1, e->log->nr);
	/* Of the new signal only, which has a report of its own. */
	KUNIT_EXPECT_EQ(test, 1, outer->log->nr);
	KUNIT_EXPECT_EQ(test, SIGUSR1, outer->log->entries[0].value);
	KUNIT_EXPECT_EQ(test, 0, ignored->log->nr);
}

static void ignored_signals_do_not_replace_each_other_for_ever(struct kunit *test)
{
	struct test_task *t = test_task_counting(test, &payload_handlers);
	struct test_engine *e = test_replacer(test, t, EV(SIGNAL_IGN), SIGURG);

	test_kill(t->task, SIGWINCH);
	KUNIT_ASSERT_TRUE(test, test_engine_sees(e, EV(SIGNAL_IGN), 1));
	KUNIT_EXPECT_TRUE(test, test_thread_counts(t->task, 0));
	KUNIT_EXPECT_TRUE(test, test_thread_counts(t->task, 0));
	KUNIT_EXPECT_EQ(test, 1, e->log->nr);
}

static enum utrace_action requeue_three(struct test_engine *e, unsigned int event,
					enum utrace_action answer)
{
	if (event == EV(SIGNAL_IGN) && e->seen[event] <= 3)
		utrace_signal_requeue(e->sig);
	return answer;
}

static void requeued_ignored_signal_is_reported_again(struct kunit *test)
{
	struct test_task *t = test_task_counting(test, &payload_handlers);
	struct test_engine *e = test_engine(test, test_log(test));

	e->on_event = requeue_three;
	KUNIT_ASSERT_EQ(test, 0, test_engine_attach_to(e, t->task, UTRACE_OBSERVER,
						       UTRACE_EVENT(SIGNAL_IGN)));
	test_kill(t->task, SIGWINCH);
	KUNIT_ASSERT_TRUE(test, test_engine_sees(e, EV(SIGNAL_IGN), 4));
	KUNIT_EXPECT_TRUE(test, test_thread_counts(t->task, 0));
	KUNIT_EXPECT_EQ(test, 4, e->log->nr);
	KUNIT_EXPECT_FALSE(test, is_pending(t->task, SIGWINCH));
}

static void other_thread_reports_for_a_dead_leader(struct kunit *test)
{
	struct test_task *t = test_task(test, &payload_dead_leader);
	struct test_engine *leader = test_observer(test, t, UTRACE_EVENT(SIGNAL_IGN) |
						   UTRACE_EVENT(DEATH));
	struct test_engine *e = test_engine(test, test_log(test));
	struct task_struct *thread;

	test_task_go(t);
	thread = test_task_thread(test, t);
	KUNIT_ASSERT_EQ(test, 0, test_engine_attach_to(e, thread, UTRACE_OBSERVER,
						       UTRACE_EVENT(SIGNAL_IGN)));
	KUNIT_ASSERT_TRUE(test, test_engine_sees(leader, EV(DEATH), 1));
	test_kill(t->task, SIGWINCH);
	KUNIT_EXPECT_TRUE(test, test_engine_sees(e, EV(SIGNAL_IGN), 1));
	KUNIT_EXPECT_EQ(test, 0, leader->seen[EV(SIGNAL_IGN)]);
}

/* Nobody reports what came to a thread that dies; nor is its memory lost. */
static void death_with_reports_waiting(struct kunit *test)
{
	struct test_task *t = test_task_counting(test, &payload_epoll);
	struct test_engine *e = test_observer(test, t, UTRACE_EVENT(QUIESCE) |
					      UTRACE_EVENT(SIGNAL_IGN) |
					      UTRACE_EVENT(REAP));

	test_engine_hold(test, t, e);
	test_kill(t->task, SIGWINCH);
	test_kill(t->task, SIGRTMIN);
	test_task_kill(t);
	KUNIT_EXPECT_TRUE(test, test_engine_sees(e, EV(REAP), 1));
	KUNIT_EXPECT_EQ(test, 0, e->seen[EV(SIGNAL_IGN)]);
	KUNIT_EXPECT_TRUE(test, list_empty(&e->engine->utrace->ignored));
}

/*
 * Fatal signals
 */

static void kill_child(void *child)
{
	send_sig(SIGKILL, child, 1);
	put_task_struct(child);
}

static void keep_child(struct test_engine *e, struct task_struct *child)
{
	WRITE_ONCE(e->private, get_task_struct(child));
}

/* The parent of a vfork, about to wait or waiting; of signals, fatal ones only. */
static struct test_engine *vfork_parent(struct kunit *test, struct test_task *t)
{
	struct test_engine *e = test_engine(test, test_log(test));

	e->on_clone = keep_child;
	KUNIT_ASSERT_EQ(test, 0, test_engine_attach_to(e, t->task, UTRACE_OBSERVER,
			(UTRACE_EVENTS_ALL & ~UTRACE_EVENTS_SIGNAL) |
			UTRACE_EVENT(SIGNAL_TERM)));
	return e;
}

static void await_child(struct kunit *test, struct test_engine *e)
{
	KUNIT_ASSERT_TRUE(test, test_engine_sees(e, EV(CLONE), 1));
	KUNIT_ASSERT_TRUE(test, test_poll(READ_ONCE(e->private)));
	KUNIT_ASSERT_EQ(test, 0, kunit_add_action_or_reset(test, kill_child, e->private));
}

/* The signal ends the sleep, though it is not reported. */
static void expect_killed(struct kunit *test, struct test_task *t,
			  struct test_engine *e)
{
	KUNIT_ASSERT_TRUE(test, test_engine_sees(e, EV(DEATH), 1));
	KUNIT_EXPECT_EQ(test, SIGTERM, t->task->exit_code);
	KUNIT_EXPECT_EQ(test, 0, e->seen[EV(SIGNAL_TERM)]);
	KUNIT_EXPECT_EQ(test, 1, e->seen[EV(EXIT)]);
	KUNIT_EXPECT_EQ(test, 0, e->seen[EV(VFORK_DONE)]);
}

static void fatal_signal_ends_a_killable_sleep(struct kunit *test)
{
	struct test_task *t = test_task(test, &payload_vfork);
	struct test_engine *e = vfork_parent(test, t);

	test_task_go(t);
	await_child(test, e);
	KUNIT_ASSERT_TRUE(test, test_task_in_state(t, TASK_WAKEKILL));
	test_kill(t->task, SIGTERM);
	expect_killed(test, t, e);
}

/* As seccomp's notifications: the signal is in the queue when the sleep begins. */
static void pending_fatal_signal_ends_a_killable_sleep(struct kunit *test)
{
	struct test_task *t = test_task(test, &payload_vfork);
	struct test_engine *e = vfork_parent(test, t);

	test_gate(e, EV(CLONE));
	test_task_go(t);
	KUNIT_ASSERT_TRUE(test, test_gate_entered(e));
	test_kill(t->task, SIGTERM);
	KUNIT_EXPECT_TRUE(test, is_pending(t->task, SIGTERM));
	test_gate_open(e);
	await_child(test, e);
	expect_killed(test, t, e);
}

static void fatal_signal_that_came_in_a_stop_ends_a_killable_sleep(struct kunit *test)
{
	struct test_task *t = test_task(test, &payload_vfork);
	struct test_engine *e = vfork_parent(test, t);

	e->answer[EV(CLONE)] = UTRACE_STOP;
	test_task_go(t);
	await_child(test, e);
	KUNIT_ASSERT_TRUE(test, test_task_in_state(t, __TASK_TRACED));
	test_kill(t->task, SIGTERM);
	KUNIT_EXPECT_TRUE(test, is_pending(t->task, SIGTERM));
	KUNIT_EXPECT_EQ(test, 0, utrace_control(e->engine, UTRACE_RESUME));
	expect_killed(test, t, e);
}

/* A signal that is not fatal waits until the sleep is over, as ever. */
static void other_signals_do_not_end_a_killable_sleep(struct kunit *test)
{
	struct test_task *t = test_task(test, &payload_vfork);
	struct test_engine *e = vfork_parent(test, t);
	struct test_engine *core = test_observer(test, t, UTRACE_EVENT(SIGNAL_CORE));

	test_task_go(t);
	await_child(test, e);
	KUNIT_ASSERT_TRUE(test, test_task_in_state(t, TASK_WAKEKILL));
	test_kill(t->task, SIGTSTP);
	test_kill(t->task, SIGQUIT);
	test_kill(t->task, SIGWINCH);
	KUNIT_EXPECT_TRUE(test, test_thread_counts(t->task, 8));
	KUNIT_EXPECT_TRUE(test, READ_ONCE(t->task->__state) & TASK_WAKEKILL);
	KUNIT_EXPECT_EQ(test, 0, e->seen[EV(EXIT)]);
	send_sig(SIGKILL, e->private, 1);
	KUNIT_ASSERT_TRUE(test, test_engine_sees(e, EV(DEATH), 1));
	KUNIT_EXPECT_EQ(test, 1, core->log->nr);
}

static void fatal_signal_is_reported_in_any_other_sleep(struct kunit *test)
{
	struct test_task *t = test_task_counting(test, &payload_epoll);
	struct test_engine *e = test_observer(test, t, UTRACE_EVENT(SIGNAL_TERM) |
					      UTRACE_EVENT(DEATH));

	KUNIT_ASSERT_TRUE(test, test_task_in_state(t, TASK_INTERRUPTIBLE));
	test_kill(t->task, SIGTERM);
	KUNIT_ASSERT_TRUE(test, test_engine_sees(e, EV(DEATH), 1));
	KUNIT_EXPECT_EQ(test, 1, e->seen[EV(SIGNAL_TERM)]);
	KUNIT_EXPECT_EQ(test, SIGTERM, t->task->exit_code);
}

static struct kunit_case utrace_send_cases[] = {
	KUNIT_CASE(ignored_signal_is_neither_pending_nor_lost),
	KUNIT_CASE(ignored_signal_does_not_end_a_call),
	KUNIT_CASE(signal_before_the_sleep_does_not_end_it),
	KUNIT_CASE(real_signal_ends_the_call),
	KUNIT_CASE(reports_that_wait_are_bounded),
	KUNIT_CASE(handler_that_comes_later_does_not_run),
	KUNIT_CASE(replacement_of_an_ignored_signal_is_sent),
	KUNIT_CASE(ignored_signals_do_not_replace_each_other_for_ever),
	KUNIT_CASE(requeued_ignored_signal_is_reported_again),
	KUNIT_CASE(other_thread_reports_for_a_dead_leader),
	KUNIT_CASE(death_with_reports_waiting),
	KUNIT_CASE(fatal_signal_ends_a_killable_sleep),
	KUNIT_CASE(pending_fatal_signal_ends_a_killable_sleep),
	KUNIT_CASE(fatal_signal_that_came_in_a_stop_ends_a_killable_sleep),
	KUNIT_CASE(other_signals_do_not_end_a_killable_sleep),
	KUNIT_CASE(fatal_signal_is_reported_in_any_other_sleep),
	{}
};

static struct kunit_suite utrace_send_suite = {
	.name = "utrace_send",
	.test_cases = utrace_send_cases,
};
kunit_test_suite(utrace_send_suite);
