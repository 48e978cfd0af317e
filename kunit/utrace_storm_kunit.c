// SPDX-License-Identifier: GPL-2.0-only
/*
 * Many do everything at once to a few threads; and the same little life, many
 * times over.  Afterwards nothing is left: no stop, no engine, no memory.
 */

#include <linux/err.h>
#include <linux/kthread.h>
#include <linux/moduleparam.h>
#include <linux/pid.h>
#include <linux/random.h>
#include <linux/sched/cputime.h>
#include <linux/sched/signal.h>

#include "utrace_user.h"

/* On an emulated machine a round takes some milliseconds. */
static unsigned int rounds = CONFIG_UTRACE_KUNIT_ROUNDS;
module_param(rounds, uint, 0444);
MODULE_PARM_DESC(rounds, "rounds of attach, exec, fork, kill and detach");

static unsigned int seconds = 5;
module_param(seconds, uint, 0444);
MODULE_PARM_DESC(seconds, "length of a storm");

/* Every engine of this file counts when it is attached, and when it goes. */
static atomic_t attached, released;

static void count_release(void *data)
{
	atomic_inc(&released);
}

/* References are dropped where the thread is reaped, a moment after. */
static bool all_released(void)
{
	return test_poll(atomic_read(&attached) == atomic_read(&released));
}

/*
 * Engines that answer at random.  What they hold is let go by whoever attached
 * them, at the latest by a detach.
 */
static enum utrace_action any_answer(void)
{
	switch (get_random_u32_below(16)) {
	case 0:
		return UTRACE_STOP;
	case 1:
		return UTRACE_REPORT;
	case 2:
		return UTRACE_INTERRUPT;
	case 3:
		return UTRACE_DETACH;
	case 4:
		return utrace_can_step() ? UTRACE_SINGLESTEP : UTRACE_RESUME;
	case 5:
		return utrace_can_step() ? UTRACE_BLOCKSTEP : UTRACE_RESUME;
	default:
		return UTRACE_RESUME;
	}
}

static enum utrace_action storm_answer(struct utrace_engine *engine)
{
	enum utrace_action action = any_answer();

	/* Only who has that event may step. */
	if ((action == UTRACE_SINGLESTEP || action == UTRACE_BLOCKSTEP) &&
	    !(READ_ONCE(engine->events) & UTRACE_EVENT(STEP)))
		return UTRACE_RESUME;
	return action;
}

static enum utrace_action storm_clone(struct utrace_engine *engine,
				      u64 clone_flags, struct task_struct *child);

static enum utrace_action storm_vfork_done(struct utrace_engine *engine,
					   pid_t child)
{
	return storm_answer(engine);
}

static enum utrace_action storm_exec(struct utrace_engine *engine,
				     struct linux_binprm *bprm, pid_t old_tid)
{
	return storm_answer(engine);
}

static enum utrace_action storm_exit(struct utrace_engine *engine, long code)
{
	return storm_answer(engine);
}

static enum utrace_action storm_death(struct utrace_engine *engine,
				      bool group_dead)
{
	return get_random_u32_below(2) ? UTRACE_RESUME : UTRACE_DETACH;
}

static void storm_reap(struct utrace_engine *engine)
{
}

static enum utrace_action storm_syscall(struct utrace_engine *engine,
					struct pt_regs *regs)
{
	return storm_answer(engine);
}

static enum utrace_action storm_signal(struct utrace_engine *engine,
				       struct utrace_signal *sig)
{
	switch (get_random_u32_below(8)) {
	case 0:
		utrace_signal_drop(sig);
		break;
	case 1:
		/* Again at once, so not too often. */
		utrace_signal_requeue(sig);
		break;
	}
	return storm_answer(engine);
}

static enum utrace_action storm_number(struct utrace_engine *engine, int sig)
{
	return storm_answer(engine);
}

#define STORM_OPS(of_class) {						\
	.name			= "storm",				\
	.class			= of_class,				\
	.report_quiesce		= storm_answer,				\
	.report_clone		= storm_clone,				\
	.report_vfork_done	= storm_vfork_done,			\
	.report_exec		= storm_exec,				\
	.report_exit		= storm_exit,				\
	.report_death		= storm_death,				\
	.report_reap		= storm_reap,				\
	.report_syscall_entry	= storm_syscall,			\
	.report_syscall_exit	= storm_syscall,			\
	.report_signal		= storm_signal,				\
	.report_handler		= storm_number,				\
	.report_group_stop	= storm_number,				\
	.report_group_cont	= storm_answer,				\
	.report_step		= storm_answer,				\
	.release		= count_release,			\
}

static const struct utrace_engine_ops storm_ops[] = {
	[UTRACE_OBSERVER] = STORM_OPS(UTRACE_OBSERVER),
	[UTRACE_TRANSFORMER] = STORM_OPS(UTRACE_TRANSFORMER),
};

static struct utrace_engine *storm_attach(struct task_struct *task)
{
	struct utrace_engine *engine;

	engine = utrace_attach_task(task, &storm_ops[get_random_u32_below(2)], NULL);
	if (!IS_ERR(engine))
		atomic_inc(&attached);
	return engine;
}

static enum utrace_action child_death(struct utrace_engine *engine,
				      bool group_dead)
{
	return UTRACE_DETACH;
}

/*
 * For a child, whom nobody would resume: it never stops it.  An orphan is not
 * reaped before there is an init, so it goes with the child's death.
 */
static const struct utrace_engine_ops child_ops = {
	.name = "storm-child",
	.report_death = child_death,
	.release = count_release,
};

static enum utrace_action storm_clone(struct utrace_engine *engine,
				      u64 clone_flags, struct task_struct *child)
{
	struct utrace_engine *on_child;

	on_child = utrace_attach_task(child, &child_ops, NULL);
	if (!IS_ERR(on_child)) {
		atomic_inc(&attached);
		utrace_set_events(on_child, UTRACE_EVENT(DEATH));
		utrace_engine_put(on_child);
	}
	return storm_answer(engine);
}

#define VICTIMS		3
#define ATTACKERS	4

/**
 * struct storm - what its threads share
 * @lock: protects @victims
 * @victims: processes that are in it.  By pid: one of their threads may exec,
 *	and become the leader
 * @stop: it is over
 * @left: attackers that are not done
 * @done: the last one is
 * @wrong: results that no call may have
 * @what: the last of them
 * @calls: that were made
 */
struct storm {
	spinlock_t lock;
	struct pid *victims[VICTIMS];
	bool stop;
	atomic_t left;
	struct completion done;
	atomic_t wrong;
	int what;
	atomic_t calls;
};

/* One of the victims, or of its threads, with a reference. */
static struct task_struct *pick(struct storm *storm)
{
	unsigned int skip = get_random_u32_below(3);
	struct task_struct *leader, *task = NULL, *t;
	struct pid *pid;

	spin_lock(&storm->lock);
	pid = storm->victims[get_random_u32_below(VICTIMS)];
	rcu_read_lock();
	leader = pid_task(pid, PIDTYPE_TGID);
	if (leader) {
		task = leader;
		for_each_thread(leader, t) {
			task = t;
			if (!skip--)
				break;
		}
		get_task_struct(task);
	}
	rcu_read_unlock();
	spin_unlock(&storm->lock);
	return task;
}

static bool expected(struct storm *storm, int ret)
{
	atomic_inc(&storm->calls);
	/* EINVAL: the event that an action needs is not asked for. */
	if (ret && ret != -EINPROGRESS && ret != -ESRCH && ret != -EAGAIN &&
	    ret != -EINVAL && ret != -EOPNOTSUPP && ret != -EUSERS) {
		atomic_inc(&storm->wrong);
		storm->what = ret;
	}
	return ret != -ESRCH;
}

static void attack_with_engine(struct storm *storm, struct task_struct *task)
{
	struct utrace_engine *engine = storm_attach(task);
	int i;

	if (IS_ERR(engine)) {
		expected(storm, PTR_ERR(engine));
		return;
	}
	expected(storm, utrace_set_events(engine, get_random_u32() &
					  UTRACE_EVENTS_ALL));
	for (i = get_random_u32_below(6); i; i--) {
		if (!expected(storm, utrace_control(engine, get_random_u32_below(7))))
			break;
		if (!utrace_prepare_examine(engine)) {
			expected(storm, utrace_control(engine, get_random_u32_below(4)));
			utrace_finish_examine(engine);
		}
		if (get_random_u32_below(4) == 0)
			schedule_timeout_uninterruptible(1);
		cond_resched();
	}
	expected(storm, utrace_control(engine, UTRACE_DETACH));
	if (utrace_barrier(engine))
		atomic_inc(&storm->wrong);
	utrace_engine_put(engine);
}

static int attacker(void *data)
{
	struct storm *storm = data;
	struct task_struct *task;

	while (!READ_ONCE(storm->stop)) {
		task = pick(storm);
		if (!task) {
			schedule_timeout_uninterruptible(1);
			continue;
		}
		switch (get_random_u32_below(64)) {
		case 0:
			send_sig(SIGKILL, task, 1);
			break;
		case 1:
			send_sig(SIGSTOP, task, 1);
			break;
		case 2 ... 4:
			send_sig(SIGCONT, task, 1);
			break;
		case 5 ... 8:
			send_sig(SIGWINCH, task, 1);
			break;
		default:
			attack_with_engine(storm, task);
		}
		put_task_struct(task);
		cond_resched();
	}
	if (atomic_dec_and_test(&storm->left))
		complete(&storm->done);
	return 0;
}

static void swap_victim(struct storm *storm, int i, struct pid *new)
{
	struct pid *old;

	spin_lock(&storm->lock);
	old = storm->victims[i];
	storm->victims[i] = new;
	spin_unlock(&storm->lock);
	put_pid(old);
}

static bool alive(struct pid *pid)
{
	bool alive;

	rcu_read_lock();
	alive = pid && pid_task(pid, PIDTYPE_TGID);
	rcu_read_unlock();
	return alive;
}

static void stop_storm(void *data)
{
	struct storm *storm = data;

	WRITE_ONCE(storm->stop, true);
	wait_for_completion(&storm->done);
}

static void put_victims(void *data)
{
	struct storm *storm = data;
	int i;

	for (i = 0; i < VICTIMS; i++) {
		if (storm->victims[i])
			kill_pid(storm->victims[i], SIGKILL, 1);
		swap_victim(storm, i, NULL);
	}
}

/* A thread that was killed at last does not run for long: do not wait for it. */
static bool runs_or_dies(struct task_struct *task)
{
	u64 utime, stime, start;

	task_cputime(task, &utime, &stime);
	start = utime + stime;
	return test_poll(READ_ONCE(task->exit_state) ||
			 (task_cputime(task, &utime, &stime),
			  utime + stime > start));
}

/* Everybody is detached: whoever is still held is held by nobody. */
static void expect_running(struct kunit *test, struct pid *pid)
{
	struct task_struct *task = get_pid_task(pid, PIDTYPE_TGID);

	if (!task)
		return;
	send_sig(SIGCONT, task, 1);
	KUNIT_EXPECT_TRUE(test, runs_or_dies(task));
	put_task_struct(task);
}

static void everything_at_once(struct kunit *test)
{
	struct storm *storm;
	struct test_task *t;
	unsigned long end;
	int i, made = 0;

	atomic_set(&attached, 0);
	atomic_set(&released, 0);
	storm = kunit_kzalloc(test, sizeof(*storm), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, storm);
	spin_lock_init(&storm->lock);
	init_completion(&storm->done);
	KUNIT_ASSERT_EQ(test, 0, kunit_add_action_or_reset(test, put_victims, storm));
	atomic_set(&storm->left, ATTACKERS);
	for (i = 0; i < ATTACKERS; i++) {
		if (IS_ERR(kthread_run(attacker, storm, "storm/%d", i)) &&
		    atomic_dec_and_test(&storm->left))
			complete(&storm->done);
	}
	KUNIT_ASSERT_EQ(test, 0, kunit_add_action_or_reset(test, stop_storm, storm));

	end = jiffies + seconds * HZ;
	while (time_before(jiffies, end)) {
		for (i = 0; i < VICTIMS; i++) {
			if (alive(storm->victims[i]))
				continue;
			t = test_user(test, "storm");
			swap_victim(storm, i, get_task_pid(t->task, PIDTYPE_TGID));
			made++;
		}
		schedule_timeout_uninterruptible(HZ / 50);
	}
	kunit_release_action(test, stop_storm, storm);

	KUNIT_EXPECT_EQ_MSG(test, 0, atomic_read(&storm->wrong), "the last: %d",
			    storm->what);
	for (i = 0; i < VICTIMS; i++)
		expect_running(test, storm->victims[i]);
	for (i = 0; i < VICTIMS; i++) {
		kill_pid(storm->victims[i], SIGKILL, 1);
		KUNIT_EXPECT_TRUE(test, test_poll(!alive(storm->victims[i])));
	}
	kunit_info(test, "%d victims, %d engines, %d calls", made,
		   atomic_read(&attached), atomic_read(&storm->calls));
	KUNIT_EXPECT_TRUE_MSG(test, all_released(), "%d attached, %d released",
			      atomic_read(&attached), atomic_read(&released));
}

/*
 * Ten thousand rounds
 */

static enum utrace_action round_exec(struct utrace_engine *engine,
				     struct linux_binprm *bprm, pid_t old_tid)
{
	return utrace_cookie(engine) % 4 ? UTRACE_RESUME : UTRACE_DETACH;
}

static enum utrace_action round_exit(struct utrace_engine *engine, long code)
{
	return utrace_cookie(engine) % 8 == 1 ? UTRACE_DETACH : UTRACE_RESUME;
}

static const struct utrace_engine_ops round_ops = {
	.name = "rounds",
	.report_exec = round_exec,
	.report_exit = round_exit,
	.report_reap = storm_reap,
	.release = count_release,
};

static enum utrace_action round_clone(struct utrace_engine *engine,
				      u64 clone_flags, struct task_struct *child)
{
	struct utrace_engine *e[2];
	int i;

	for (i = 0; i < ARRAY_SIZE(e); i++) {
		e[i] = utrace_attach_task(child, &round_ops, NULL);
		if (IS_ERR(e[i]))
			continue;
		atomic_inc(&attached);
		utrace_set_events(e[i], UTRACE_EVENT(EXEC) | UTRACE_EVENT(EXIT) |
				  UTRACE_EVENT(REAP));
		utrace_engine_put(e[i]);
	}
	return UTRACE_RESUME;
}

static const struct utrace_engine_ops parent_ops = {
	.name = "rounds-parent",
	.report_clone = round_clone,
	.release = count_release,
};

/* Each test case has its time limit, so it makes a thousand rounds at most. */
#define ROUNDS_AT_ONCE	1000U

static const void *next_rounds(const void *prev, char *desc)
{
	static unsigned int done, now;

	done = prev ? done + now : 0;
	if (done >= rounds)
		return NULL;
	now = min(rounds - done, ROUNDS_AT_ONCE);
	snprintf(desc, KUNIT_PARAM_DESC_SIZE, "%u to %u", done + 1, done + now);
	return &now;
}

/* Processes that make rounds at the same time, because there are several CPUs. */
#define PARENTS		2

static bool all_dead(struct test_task *t[PARENTS])
{
	int i;

	for (i = 0; i < PARENTS; i++)
		if (!READ_ONCE(t[i]->task->exit_state))
			return false;
	return true;
}

static void attach_exec_fork_kill_detach(struct kunit *test)
{
	unsigned int rounds = *(const unsigned int *)test->param_value;
	struct utrace_engine *engine;
	struct test_task *t[PARENTS];
	unsigned long start, limit;
	char scenario[40];
	int i;

	atomic_set(&attached, PARENTS);
	atomic_set(&released, 0);
	for (i = 0; i < PARENTS; i++) {
		snprintf(scenario, sizeof(scenario), "rounds %u",
			 rounds / PARENTS + (i < rounds % PARENTS));
		t[i] = test_user(test, scenario);
		KUNIT_ASSERT_TRUE(test, test_user_at(t[i], "ready"));
		engine = utrace_attach_task(t[i]->task, &parent_ops, NULL);
		KUNIT_ASSERT_NOT_ERR_OR_NULL(test, engine);
		KUNIT_EXPECT_EQ(test, 0, utrace_set_events(engine, UTRACE_EVENT(CLONE)));
		utrace_engine_put(engine);
	}

	start = jiffies;
	for (i = 0; i < PARENTS; i++)
		test_user_pass(t[i], "ready");
	/* They take their time, and as long as there is progress it goes on. */
	limit = jiffies + TEST_TIMEOUT;
	while (!all_dead(t) && time_before(jiffies, limit)) {
		int before = atomic_read(&released);

		schedule_timeout_uninterruptible(HZ / 10);
		if (atomic_read(&released) != before)
			limit = jiffies + TEST_TIMEOUT;
	}
	for (i = 0; i < PARENTS; i++)
		KUNIT_EXPECT_TRUE(test, test_user_succeeds(test, t[i]));
	KUNIT_EXPECT_EQ(test, 2 * rounds + PARENTS, atomic_read(&attached));
	KUNIT_EXPECT_TRUE_MSG(test, all_released(), "%d attached, %d released",
			      atomic_read(&attached), atomic_read(&released));
	kunit_info(test, "%u rounds in %u ms", rounds,
		   jiffies_to_msecs(jiffies - start));
}

/* Last of all: what all suites before it have left behind. */
static void nothing_is_leaked(struct kunit *test)
{
	const char *report;
	struct test_task *t;

	if (!IS_ENABLED(CONFIG_DEBUG_KMEMLEAK))
		kunit_skip(test, "this kernel has no kmemleak");
	t = test_user(test, "kmemleak");
	KUNIT_ASSERT_TRUE(test, test_user_succeeds(test, t));
	report = test_user_text(test, t, "result");
	KUNIT_EXPECT_NULL_MSG(test, strstr(report, "utrace"), "%s", report);
}

static struct kunit_case utrace_storm_cases[] = {
	KUNIT_CASE_SLOW(everything_at_once),
	KUNIT_CASE_PARAM_ATTR(attach_exec_fork_kill_detach, next_rounds,
			      {.speed = KUNIT_SPEED_SLOW}),
	KUNIT_CASE_SLOW(nothing_is_leaked),
	{}
};

/* Storms are for several CPUs: on an emulated one they are slow, and no storms. */
static int utrace_storm_init(struct kunit *test)
{
	if (num_online_cpus() < 2)
		kunit_skip(test, "there is only one CPU");
	return 0;
}

static struct kunit_suite utrace_storm_suite = {
	.init = utrace_storm_init,
	.name = "utrace_storm",
	.test_cases = utrace_storm_cases,
};
kunit_test_suite(utrace_storm_suite);
