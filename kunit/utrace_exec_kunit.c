// SPDX-License-Identifier: GPL-2.0-only
/*
 * exec in a process of several threads, and vfork
 */

#include <linux/sched/signal.h>

#include "utrace_user.h"

/**
 * struct group - a process in which an exec is about to be made
 * @l: its leader
 * @b: the thread that makes it, if not the leader
 * @c: a third one
 * @log: what the engines have been told
 * @on_l: an engine on @l
 * @on_b: one on @b
 * @on_c: one on @c
 */
struct group {
	struct test_task *l, *b, *c;
	struct test_log *log;
	struct test_engine *on_l, *on_b, *on_c;
};

#define LIFE	(UTRACE_EVENT(QUIESCE) | UTRACE_EVENT(EXEC) | \
		 UTRACE_EVENT(EXIT) | UTRACE_EVENT(DEATH) | UTRACE_EVENT(REAP))

static struct group group(struct kunit *test, const char *scenario)
{
	struct group g;

	g.l = test_user(test, scenario);
	g.log = test_log(test);
	KUNIT_ASSERT_TRUE(test, test_user_at(g.l, "ready"));
	g.b = test_user_find(test, g.l, "thread-b");
	g.c = test_user_find(test, g.l, "thread-c");
	g.on_l = test_engine_attach(test, g.log, g.l, LIFE);
	g.on_b = test_engine_attach(test, g.log, g.b, LIFE);
	g.on_c = test_engine_attach(test, g.log, g.c, LIFE);
	return g;
}

/* Where in the log @e has been told of @event, or -1. */
static int place_of(struct test_log *log, struct test_engine *e, unsigned int event)
{
	int i;

	for (i = 0; i < log->nr && i < TEST_LOG_MAX; i++)
		if (log->entries[i].engine == e && log->entries[i].event == event)
			return i;
	return -1;
}

/* A thread that the exec has ended: all of it before @before. */
static void expect_gone(struct kunit *test, struct group *g,
			struct test_engine *e, int before)
{
	int exit = place_of(g->log, e, EV(EXIT));
	int death = place_of(g->log, e, EV(DEATH));
	int reap = place_of(g->log, e, EV(REAP));

	KUNIT_EXPECT_GE(test, exit, 0);
	KUNIT_EXPECT_LT(test, exit, death);
	KUNIT_EXPECT_LT(test, death, reap);
	KUNIT_EXPECT_LT(test, reap, before);
	KUNIT_EXPECT_EQ(test, 0, e->seen[EV(EXEC)]);
	KUNIT_EXPECT_EQ(test, -ESRCH, utrace_control(e->engine, UTRACE_DETACH));
}

/*
 * The old leader: whoever takes its id waits until it is a zombie, but not until
 * it has told so.
 */
static void expect_leader_gone(struct kunit *test, struct group *g, int before)
{
	int exit = place_of(g->log, g->on_l, EV(EXIT));

	KUNIT_EXPECT_TRUE(test, test_engine_sees(g->on_l, EV(REAP), 1));
	KUNIT_EXPECT_GE(test, exit, 0);
	KUNIT_EXPECT_LT(test, exit, before);
	expect_gone(test, g, g->on_l, TEST_LOG_MAX);
}

/* The thread that made it: it goes on, and comes to its end afterwards. */
static void expect_alive(struct kunit *test, struct group *g,
			 struct test_engine *e, int exec)
{
	KUNIT_EXPECT_TRUE(test, test_engine_sees(e, EV(REAP), 1));
	KUNIT_EXPECT_LT(test, exec, place_of(g->log, e, EV(EXIT)));
	KUNIT_EXPECT_EQ(test, 1, e->seen[EV(EXIT)]);
	KUNIT_EXPECT_EQ(test, 1, e->seen[EV(DEATH)]);
}

static void leader_execs(struct kunit *test)
{
	struct group g = group(test, "exec leader");
	pid_t pid = task_pid_nr(g.l->task);
	int exec;

	test_user_pass(g.l, "ready");
	KUNIT_ASSERT_TRUE(test, test_engine_sees(g.on_l, EV(REAP), 1));
	exec = place_of(g.log, g.on_l, EV(EXEC));
	KUNIT_ASSERT_GE(test, exec, 0);
	KUNIT_EXPECT_EQ(test, pid, g.log->entries[exec].value);
	expect_gone(test, &g, g.on_b, exec);
	expect_gone(test, &g, g.on_c, exec);
	expect_alive(test, &g, g.on_l, exec);
	KUNIT_EXPECT_EQ(test, 6 << 8, g.l->task->exit_code);
}

/* T13: the thread changes its id, and its engines must not lose it. */
static void thread_execs(struct kunit *test)
{
	struct group g = group(test, "exec thread");
	pid_t pid = task_pid_nr(g.l->task);
	pid_t tid = task_pid_nr(g.b->task);
	u64 cookie = utrace_cookie(g.on_b->engine);
	int exec;

	KUNIT_ASSERT_NE(test, pid, tid);
	g.on_b->answer[EV(EXEC)] = UTRACE_STOP;
	test_user_pass(g.l, "ready");
	KUNIT_ASSERT_TRUE(test, test_engine_sees(g.on_b, EV(EXEC), 1));
	KUNIT_ASSERT_TRUE(test, test_task_in_state(g.b, __TASK_TRACED));
	/* It has become the leader; the old one is gone. */
	KUNIT_EXPECT_EQ(test, pid, task_pid_nr(g.b->task));
	KUNIT_EXPECT_TRUE(test, thread_group_leader(g.b->task));
	KUNIT_EXPECT_TRUE(test, test_task_dies(g.l));
	KUNIT_EXPECT_EQ(test, cookie, utrace_cookie(g.on_b->engine));
	KUNIT_EXPECT_EQ(test, 0, utrace_control(g.on_b->engine, UTRACE_RESUME));

	KUNIT_ASSERT_TRUE(test, test_engine_sees(g.on_b, EV(REAP), 1));
	exec = place_of(g.log, g.on_b, EV(EXEC));
	KUNIT_EXPECT_EQ(test, tid, g.log->entries[exec].value);
	expect_leader_gone(test, &g, exec);
	expect_gone(test, &g, g.on_c, exec);
	expect_alive(test, &g, g.on_b, exec);
	KUNIT_EXPECT_EQ(test, 6 << 8, g.b->task->exit_code);
}

static void exec_releases_a_held_thread(struct kunit *test)
{
	struct group g = group(test, "exec leader");
	int exec;

	test_engine_hold(test, g.c, g.on_c);
	test_user_pass(g.l, "ready");
	KUNIT_ASSERT_TRUE(test, test_engine_sees(g.on_l, EV(REAP), 1));
	exec = place_of(g.log, g.on_l, EV(EXEC));
	expect_gone(test, &g, g.on_c, exec);
	KUNIT_EXPECT_EQ(test, 6 << 8, g.l->task->exit_code);
}

/* The old leader, too, and by a thread that will get its id. */
static void exec_releases_a_held_leader(struct kunit *test)
{
	struct group g = group(test, "exec thread held");
	int exec;

	g.on_l->answer[EV(EXIT)] = UTRACE_STOP;
	test_user_pass(g.l, "ready");
	KUNIT_ASSERT_TRUE(test, test_user_at(g.l, "spin"));
	test_engine_hold(test, g.l, g.on_l);
	test_user_pass(g.l, "exec");
	KUNIT_ASSERT_TRUE(test, test_engine_sees(g.on_b, EV(REAP), 1));
	exec = place_of(g.log, g.on_b, EV(EXEC));
	KUNIT_ASSERT_GE(test, exec, 0);
	expect_leader_gone(test, &g, exec);
	KUNIT_EXPECT_EQ(test, 6 << 8, g.b->task->exit_code);
}

/*
 * Whoever execs waits for the others to be gone, with a lock that an attach
 * through ptrace needs: nobody may hold them at their exit then.
 */
static void exec_is_not_held_up_by_a_stop_at_exit(struct kunit *test)
{
	struct group g = group(test, "exec leader");
	int exec;

	g.on_b->answer[EV(EXIT)] = UTRACE_STOP;
	g.on_c->answer[EV(EXIT)] = UTRACE_STOP;
	test_user_pass(g.l, "ready");
	KUNIT_ASSERT_TRUE(test, test_engine_sees(g.on_l, EV(REAP), 1));
	exec = place_of(g.log, g.on_l, EV(EXEC));
	expect_gone(test, &g, g.on_b, exec);
	expect_gone(test, &g, g.on_c, exec);
	KUNIT_EXPECT_EQ(test, 6 << 8, g.l->task->exit_code);
}

static void exec_releases_a_thread_held_at_its_exit(struct kunit *test)
{
	struct group g = group(test, "exec leader exit");
	int exec;

	g.on_c->answer[EV(EXIT)] = UTRACE_STOP;
	test_user_pass(g.l, "ready");
	KUNIT_ASSERT_TRUE(test, test_user_at(g.l, "exits"));
	KUNIT_ASSERT_TRUE(test, test_engine_sees(g.on_c, EV(EXIT), 1));
	KUNIT_ASSERT_TRUE(test, test_task_in_state(g.c, __TASK_TRACED));
	KUNIT_EXPECT_TRUE(test, test_task_stays_held(g.c));
	test_user_pass(g.l, "exits");
	KUNIT_ASSERT_TRUE(test, test_engine_sees(g.on_l, EV(REAP), 1));
	exec = place_of(g.log, g.on_l, EV(EXEC));
	expect_gone(test, &g, g.on_c, exec);
	KUNIT_EXPECT_EQ(test, 6 << 8, g.l->task->exit_code);
}

/* The exec waits for C, which is in a callback; the process is killed. */
static void kill_during_exec(struct kunit *test)
{
	struct group g = group(test, "exec thread");

	test_gate(g.on_c, EV(EXIT));
	test_user_pass(g.l, "ready");
	KUNIT_ASSERT_TRUE(test, test_gate_entered(g.on_c));
	KUNIT_ASSERT_TRUE(test, test_poll(READ_ONCE(g.l->task->signal->group_exec_task)));
	KUNIT_ASSERT_TRUE(test, test_task_in_state(g.b, TASK_KILLABLE));
	test_task_kill(g.b);
	test_gate_open(g.on_c);
	KUNIT_EXPECT_TRUE(test, test_engine_sees(g.on_b, EV(REAP), 1));
	KUNIT_EXPECT_TRUE(test, test_engine_sees(g.on_l, EV(REAP), 1));
	KUNIT_EXPECT_TRUE(test, test_engine_sees(g.on_c, EV(REAP), 1));
	KUNIT_EXPECT_EQ(test, 0, g.on_b->seen[EV(EXEC)]);
	KUNIT_EXPECT_EQ(test, 0, g.on_l->seen[EV(EXEC)]);
	KUNIT_EXPECT_EQ(test, 1, g.on_b->seen[EV(EXIT)]);
}

static void kill_at_a_stop_of_exec(struct kunit *test)
{
	struct group g = group(test, "exec thread");

	g.on_b->answer[EV(EXEC)] = UTRACE_STOP;
	test_user_pass(g.l, "ready");
	KUNIT_ASSERT_TRUE(test, test_engine_sees(g.on_b, EV(EXEC), 1));
	KUNIT_ASSERT_TRUE(test, test_task_in_state(g.b, __TASK_TRACED));
	test_task_kill(g.b);
	KUNIT_EXPECT_TRUE(test, test_engine_sees(g.on_b, EV(REAP), 1));
	KUNIT_EXPECT_EQ(test, SIGKILL, g.b->task->exit_code);
}

/*
 * vfork
 */

#define VFORK	(UTRACE_EVENT(QUIESCE) | UTRACE_EVENT(CLONE) | \
		 UTRACE_EVENT(VFORK_DONE) | UTRACE_EVENT(EXIT))

/* The parent is held before it waits: by then the child may run, and end. */
static void vfork_parent_is_held_before_it_waits(struct kunit *test)
{
	struct test_task *t = test_user(test, "vfork");
	struct test_log *log = test_log(test);
	struct test_engine *e = test_engine(test, log);

	e->answer[EV(CLONE)] = UTRACE_STOP;
	KUNIT_ASSERT_TRUE(test, test_user_at(t, "ready"));
	KUNIT_ASSERT_EQ(test, 0, test_engine_attach_to(e, t->task, UTRACE_OBSERVER,
						       VFORK));
	test_user_pass(t, "ready");
	KUNIT_ASSERT_TRUE(test, test_engine_sees(e, EV(CLONE), 1));
	KUNIT_ASSERT_TRUE(test, test_task_in_state(t, __TASK_TRACED));
	KUNIT_EXPECT_TRUE(test, test_user_at(t, "child"));
	KUNIT_EXPECT_TRUE(test, test_task_stays_held(t));
	KUNIT_EXPECT_EQ(test, 0, utrace_control(e->engine, UTRACE_RESUME));

	/* Now it waits for the child; a stop must not end that. */
	KUNIT_ASSERT_TRUE(test, test_task_in_state(t, TASK_KILLABLE));
	KUNIT_EXPECT_EQ(test, -EINPROGRESS, utrace_control(e->engine, UTRACE_STOP));
	KUNIT_EXPECT_EQ(test, 0, e->seen[EV(VFORK_DONE)]);
	KUNIT_EXPECT_EQ(test, 0, utrace_control(e->engine, UTRACE_RESUME));
	test_user_pass(t, "child");
	KUNIT_EXPECT_TRUE(test, test_engine_sees(e, EV(VFORK_DONE), 1));
	KUNIT_EXPECT_TRUE(test, test_user_succeeds(test, t));
}

static void vfork_done_names_the_child(struct kunit *test)
{
	struct test_task *t = test_user(test, "vfork");
	struct test_log *log = test_log(test);
	struct test_engine *e;
	int child, i;

	KUNIT_ASSERT_TRUE(test, test_user_at(t, "ready"));
	e = test_engine_attach(test, log, t, VFORK);
	test_user_pass(t, "child");
	test_user_pass(t, "ready");
	KUNIT_ASSERT_TRUE(test, test_user_succeeds(test, t));
	KUNIT_ASSERT_EQ(test, 0, kstrtoint(test_user_text(test, t, "child"), 10,
					   &child));
	i = place_of(log, e, EV(VFORK_DONE));
	KUNIT_ASSERT_GE(test, i, 0);
	KUNIT_EXPECT_EQ(test, child, log->entries[i].value);
	KUNIT_EXPECT_LT(test, place_of(log, e, EV(CLONE)), i);
	KUNIT_EXPECT_EQ(test, 1, e->seen[EV(VFORK_DONE)]);
}

/* After a stop in report_vfork_done the parent has not been in user mode. */
static void stop_at_vfork_done_holds_the_parent(struct kunit *test)
{
	struct test_task *t = test_user(test, "vfork");
	struct test_log *log = test_log(test);
	struct test_engine *e = test_engine(test, log);

	e->answer[EV(VFORK_DONE)] = UTRACE_STOP;
	KUNIT_ASSERT_TRUE(test, test_user_at(t, "ready"));
	KUNIT_ASSERT_EQ(test, 0, test_engine_attach_to(e, t->task, UTRACE_OBSERVER,
						       VFORK));
	test_user_pass(t, "child");
	test_user_pass(t, "ready");
	KUNIT_ASSERT_TRUE(test, test_engine_sees(e, EV(VFORK_DONE), 1));
	KUNIT_ASSERT_TRUE(test, test_task_in_state(t, __TASK_TRACED));
	KUNIT_EXPECT_TRUE(test, test_task_stays_held(t));
	KUNIT_EXPECT_STREQ(test, "", test_user_text(test, t, "child"));
	KUNIT_EXPECT_EQ(test, 0, utrace_control(e->engine, UTRACE_RESUME));
	KUNIT_EXPECT_TRUE(test, test_user_succeeds(test, t));
}

/* The engine for the child waits in @private. */
static void hold_child(struct test_engine *e, struct task_struct *child)
{
	struct test_engine *on_child = e->private;

	if (!test_engine_attach_to(on_child, child, UTRACE_OBSERVER,
				   UTRACE_EVENTS_ALL))
		utrace_control(on_child->engine, UTRACE_STOP);
}

static void vfork_child_is_held_while_its_parent_waits(struct kunit *test)
{
	struct test_task *t = test_user(test, "vfork"), *child;
	struct test_log *log = test_log(test);
	struct test_engine *on_child = test_engine(test, log);
	struct test_engine *e = test_engine(test, log);

	e->private = on_child;
	e->on_clone = hold_child;
	KUNIT_ASSERT_TRUE(test, test_user_at(t, "ready"));
	KUNIT_ASSERT_EQ(test, 0, test_engine_attach_to(e, t->task, UTRACE_OBSERVER,
						       VFORK));
	test_user_pass(t, "child");
	test_user_pass(t, "ready");
	KUNIT_ASSERT_TRUE(test, test_engine_sees(on_child, EV(QUIESCE), 1));
	child = test_task_of(test, on_child->engine->task);
	KUNIT_ASSERT_TRUE(test, test_task_in_state(child, __TASK_TRACED));
	KUNIT_ASSERT_TRUE(test, test_task_in_state(t, TASK_KILLABLE));
	KUNIT_EXPECT_TRUE(test, test_task_stays_held(child));
	/* Not one instruction: no system call of its own yet. */
	KUNIT_EXPECT_EQ(test, 0, on_child->seen[EV(SYSCALL_ENTRY)]);
	KUNIT_EXPECT_EQ(test, 0, e->seen[EV(VFORK_DONE)]);
	KUNIT_EXPECT_EQ(test, 0, utrace_control(on_child->engine, UTRACE_RESUME));
	KUNIT_EXPECT_TRUE(test, test_engine_sees(e, EV(VFORK_DONE), 1));
	KUNIT_EXPECT_TRUE(test, test_user_succeeds(test, t));
}

/* A parent that waits for its child can be killed, held child or not. */
static void vfork_parent_is_killed_while_its_child_is_held(struct kunit *test)
{
	struct test_task *t = test_user(test, "vfork"), *child;
	struct test_log *log = test_log(test);
	struct test_engine *on_child = test_engine(test, log);
	struct test_engine *e = test_engine(test, log);

	e->private = on_child;
	e->on_clone = hold_child;
	KUNIT_ASSERT_TRUE(test, test_user_at(t, "ready"));
	KUNIT_ASSERT_EQ(test, 0, test_engine_attach_to(e, t->task, UTRACE_OBSERVER,
						       VFORK));
	test_user_pass(t, "ready");
	KUNIT_ASSERT_TRUE(test, test_engine_sees(on_child, EV(QUIESCE), 1));
	child = test_task_of(test, on_child->engine->task);
	KUNIT_ASSERT_TRUE(test, test_task_in_state(child, __TASK_TRACED));
	KUNIT_ASSERT_TRUE(test, test_task_in_state(t, TASK_KILLABLE));
	test_task_kill(t);
	KUNIT_EXPECT_TRUE(test, test_task_dies(t));
	KUNIT_EXPECT_EQ(test, 0, e->seen[EV(VFORK_DONE)]);
	KUNIT_EXPECT_TRUE(test, test_task_stays_held(child));
	test_task_kill(child);
	KUNIT_EXPECT_TRUE(test, test_engine_sees(on_child, EV(DEATH), 1));
}

static struct kunit_case utrace_exec_cases[] = {
	KUNIT_CASE(leader_execs),
	KUNIT_CASE(thread_execs),
	KUNIT_CASE(exec_releases_a_held_thread),
	KUNIT_CASE(exec_releases_a_held_leader),
	KUNIT_CASE(exec_is_not_held_up_by_a_stop_at_exit),
	KUNIT_CASE(exec_releases_a_thread_held_at_its_exit),
	KUNIT_CASE(kill_during_exec),
	KUNIT_CASE(kill_at_a_stop_of_exec),
	KUNIT_CASE(vfork_parent_is_held_before_it_waits),
	KUNIT_CASE(vfork_done_names_the_child),
	KUNIT_CASE(stop_at_vfork_done_holds_the_parent),
	KUNIT_CASE(vfork_child_is_held_while_its_parent_waits),
	KUNIT_CASE(vfork_parent_is_killed_while_its_child_is_held),
	{}
};

static struct kunit_suite utrace_exec_suite = {
	.name = "utrace_exec",
	.test_cases = utrace_exec_cases,
};
kunit_test_suite(utrace_exec_suite);
