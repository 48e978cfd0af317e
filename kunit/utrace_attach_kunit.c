// SPDX-License-Identifier: GPL-2.0-only
/*
 * Attaching, choosing events, detaching, and what is left when the thread is
 * gone
 */

#include <linux/capability.h>
#include <linux/cred.h>
#include <linux/err.h>
#include <linux/pid.h>
#include <linux/sched/task.h>
#include <linux/user_namespace.h>

#include "../kernel/utrace/internal.h"
#include "../kernel/utrace/session/session.h"
#include "utrace_task.h"

static const struct utrace_engine_ops no_callbacks = { .name = "none" };

static void attach_to_kernel_thread_is_refused(struct kunit *test)
{
	struct utrace_engine *engine;

	engine = utrace_attach_task(current, &no_callbacks, NULL);
	KUNIT_EXPECT_EQ(test, -EPERM, PTR_ERR_OR_ZERO(engine));
}

static void attach_alone_does_nothing(struct kunit *test)
{
	struct test_task *t = test_task(test, &payload_calls);
	struct test_log *log = test_log(test);
	struct test_engine *e = test_engine_attach(test, log, t, 0);

	test_task_go(t);
	KUNIT_ASSERT_TRUE(test, test_task_dies(t));
	KUNIT_EXPECT_EQ(test, 0, t->error);
	KUNIT_EXPECT_EQ(test, 0, log->nr);
	KUNIT_EXPECT_EQ(test, 7 << 8, t->task->exit_code);
	KUNIT_EXPECT_EQ(test, -ESRCH, utrace_control(e->engine, UTRACE_RESUME));
}

static void attach_to_dead_thread_is_refused(struct kunit *test)
{
	struct test_task *t = test_task(test, &payload_calls);
	struct utrace_engine *engine;

	test_task_go(t);
	KUNIT_ASSERT_TRUE(test, test_task_dies(t));
	engine = utrace_attach_task(t->task, &no_callbacks, NULL);
	KUNIT_EXPECT_EQ(test, -ESRCH, PTR_ERR_OR_ZERO(engine));
}

/*
 * A session attaches to all threads of a process.  One of them may die between the
 * moment when it is found in the list and the check of its credentials.
 */
static void session_may_not_attach_to_dead_thread(struct kunit *test)
{
	struct test_task *t = test_task(test, &payload_calls);

	KUNIT_EXPECT_EQ(test, 0, utrace_session_may_attach(t->task));
	test_task_go(t);
	KUNIT_ASSERT_TRUE(test, test_task_dies(t));
	KUNIT_EXPECT_EQ(test, -ESRCH, utrace_session_may_attach(t->task));
}

static void attach_by_pid(struct kunit *test)
{
	struct test_task *t = test_task(test, &payload_spin);
	struct pid *pid = get_task_pid(t->task, PIDTYPE_PID);
	struct utrace_engine *engine;

	engine = utrace_attach_pid(pid, &no_callbacks, NULL);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, engine);
	KUNIT_EXPECT_PTR_EQ(test, t->task, engine->task);
	KUNIT_EXPECT_EQ(test, 0, utrace_control(engine, UTRACE_DETACH));
	utrace_engine_put(engine);

	test_task_kill(t);
	test_task_go(t);
	KUNIT_ASSERT_TRUE(test, test_task_dies(t));
	engine = utrace_attach_pid(pid, &no_callbacks, NULL);
	KUNIT_EXPECT_EQ(test, -ESRCH, PTR_ERR_OR_ZERO(engine));
	put_pid(pid);
}

static void events_without_callback_are_refused(struct kunit *test)
{
	struct test_task *t = test_task(test, &payload_spin);
	struct utrace_engine *engine;

	engine = utrace_attach_task(t->task, &no_callbacks, NULL);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, engine);
	KUNIT_EXPECT_EQ(test, 0, utrace_set_events(engine, 0));
	KUNIT_EXPECT_EQ(test, -EINVAL,
			utrace_set_events(engine, UTRACE_EVENT(EXEC)));
	/* A number that no event has. */
	KUNIT_EXPECT_EQ(test, -EINVAL, utrace_set_events(engine, BIT(UTRACE_EV_NR)));
	KUNIT_EXPECT_EQ(test, -EINVAL, utrace_set_events(engine, BIT(31)));
	KUNIT_EXPECT_EQ(test, -EINVAL, utrace_control(engine, UTRACE_REPORT));
	KUNIT_EXPECT_EQ(test, -EINVAL, utrace_control(engine, 99));
	KUNIT_EXPECT_EQ(test, 0, utrace_control(engine, UTRACE_DETACH));
	utrace_engine_put(engine);
}

static void detached_engine_is_told_nothing(struct kunit *test)
{
	struct test_task *t = test_task(test, &payload_calls);
	struct test_log *log = test_log(test);
	struct test_engine *e = test_engine_attach(test, log, t, UTRACE_EVENTS_ALL);

	KUNIT_EXPECT_EQ(test, 0, utrace_control(e->engine, UTRACE_DETACH));
	KUNIT_EXPECT_EQ(test, -ESRCH, utrace_control(e->engine, UTRACE_DETACH));
	KUNIT_EXPECT_EQ(test, -ESRCH, utrace_control(e->engine, UTRACE_STOP));
	KUNIT_EXPECT_EQ(test, -ESRCH, utrace_set_events(e->engine, 0));
	KUNIT_EXPECT_EQ(test, 0, utrace_barrier(e->engine));
	test_task_go(t);
	KUNIT_ASSERT_TRUE(test, test_task_dies(t));
	KUNIT_EXPECT_EQ(test, 0, log->nr);
}

static void callback_can_detach(struct kunit *test)
{
	struct test_task *t = test_task(test, &payload_calls);
	struct test_log *log = test_log(test);
	struct test_engine *a = test_engine_attach(test, log, t, UTRACE_EVENTS_ALL);
	struct test_engine *b = test_engine_attach(test, log, t, UTRACE_EVENTS_ALL);

	a->answer[EV(EXEC)] = UTRACE_DETACH;
	test_task_go(t);
	KUNIT_ASSERT_TRUE(test, test_engine_sees(b, EV(REAP), 1));
	KUNIT_EXPECT_EQ(test, 1, a->seen[EV(EXEC)]);
	KUNIT_EXPECT_EQ(test, 0, a->seen[EV(SYSCALL_ENTRY)]);
	KUNIT_EXPECT_EQ(test, 0, a->seen[EV(REAP)]);
	/* getpid, getppid, getuid, exit_group */
	KUNIT_EXPECT_EQ(test, 4, b->seen[EV(SYSCALL_ENTRY)]);
	KUNIT_EXPECT_EQ(test, -ESRCH, utrace_control(a->engine, UTRACE_DETACH));
}

static void engine_outlives_thread(struct kunit *test)
{
	struct test_task *t = test_task(test, &payload_calls);
	struct test_log *log = test_log(test);
	struct test_engine *e = test_engine_attach(test, log, t, UTRACE_EVENTS_ALL);
	u64 cookie = utrace_cookie(e->engine);

	test_task_go(t);
	KUNIT_ASSERT_TRUE(test, test_engine_sees(e, EV(REAP), 1));
	KUNIT_ASSERT_TRUE(test, test_task_dies(t));
	KUNIT_EXPECT_EQ(test, cookie, utrace_cookie(e->engine));
	KUNIT_EXPECT_EQ(test, 0, utrace_barrier(e->engine));
	KUNIT_EXPECT_EQ(test, -ESRCH, utrace_set_events(e->engine, 0));
	KUNIT_EXPECT_EQ(test, -ESRCH, utrace_control(e->engine, UTRACE_STOP));
	KUNIT_EXPECT_EQ(test, -ESRCH, utrace_control(e->engine, UTRACE_DETACH));
}

static void cookie_is_the_threads(struct kunit *test)
{
	struct test_task *t = test_task(test, &payload_spin);
	struct test_task *other = test_task(test, &payload_spin);
	struct test_log *log = test_log(test);
	struct test_engine *a = test_engine_attach(test, log, t, 0);
	struct test_engine *b = test_engine_attach(test, log, t, 0);
	struct test_engine *c = test_engine_attach(test, log, other, 0);

	KUNIT_EXPECT_NE(test, 0, utrace_cookie(a->engine));
	KUNIT_EXPECT_EQ(test, utrace_cookie(a->engine), utrace_cookie(b->engine));
	KUNIT_EXPECT_NE(test, utrace_cookie(a->engine), utrace_cookie(c->engine));

	/* Also when nobody has been attached for a while. */
	utrace_control(a->engine, UTRACE_DETACH);
	utrace_control(b->engine, UTRACE_DETACH);
	b = test_engine_attach(test, log, t, 0);
	KUNIT_EXPECT_EQ(test, utrace_cookie(a->engine), utrace_cookie(b->engine));
}

static int released;

static void count_release(void *data)
{
	released++;
}

static void release_is_called_once(struct kunit *test)
{
	static const struct utrace_engine_ops ops = {
		.name = "release", .release = count_release,
	};
	struct test_task *t = test_task(test, &payload_calls);
	struct utrace_engine *engine;

	released = 0;
	engine = utrace_attach_task(t->task, &ops, NULL);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, engine);
	utrace_engine_put(utrace_engine_get(engine));
	KUNIT_EXPECT_EQ(test, 0, released);
	utrace_control(engine, UTRACE_DETACH);
	KUNIT_EXPECT_EQ(test, 0, released);
	utrace_engine_put(engine);
	KUNIT_EXPECT_EQ(test, 1, released);

	/* Attached to the end, the thread's own reference is the last. */
	engine = utrace_attach_task(t->task, &ops, NULL);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, engine);
	utrace_engine_put(engine);
	test_task_go(t);
	KUNIT_ASSERT_TRUE(test, test_task_dies(t));
	KUNIT_EXPECT_TRUE(test, test_poll(READ_ONCE(released) == 2));
}

static void restore_max_engines(void *data)
{
	WRITE_ONCE(utrace_max_engines, (unsigned int)(unsigned long)data);
}

/* From here to its end the test has the rights of an unprivileged user. */
static void without_ptrace_capability(struct kunit *test)
{
	struct cred *cred = prepare_creds();

	KUNIT_ASSERT_NOT_NULL(test, cred);
	cap_lower(cred->cap_effective, CAP_SYS_PTRACE);
	commit_creds(cred);
}

/* T24: each engine costs the thread, so it has only so many. */
static void engines_of_a_thread_are_bounded(struct kunit *test)
{
	struct test_task *t = test_task(test, &payload_spin);
	struct test_task *other = test_task(test, &payload_spin);
	struct utrace_engine *e[3], *over;
	int i;

	KUNIT_ASSERT_EQ(test, 0, kunit_add_action_or_reset(test, restore_max_engines,
			(void *)(unsigned long)utrace_max_engines));
	WRITE_ONCE(utrace_max_engines, ARRAY_SIZE(e));
	without_ptrace_capability(test);
	for (i = 0; i < ARRAY_SIZE(e); i++) {
		e[i] = utrace_attach_task(t->task, &no_callbacks, NULL);
		KUNIT_ASSERT_NOT_ERR_OR_NULL(test, e[i]);
	}
	over = utrace_attach_task(t->task, &no_callbacks, NULL);
	KUNIT_EXPECT_EQ(test, -EUSERS, PTR_ERR_OR_ZERO(over));
	/* Another thread has a count of its own. */
	over = utrace_attach_task(other->task, &no_callbacks, NULL);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, over);
	utrace_control(over, UTRACE_DETACH);
	utrace_engine_put(over);

	/* A reference does not count, being attached does. */
	KUNIT_EXPECT_EQ(test, 0, utrace_control(e[1], UTRACE_DETACH));
	over = utrace_attach_task(t->task, &no_callbacks, NULL);
	KUNIT_EXPECT_FALSE(test, IS_ERR(over));
	if (!IS_ERR(over)) {
		utrace_control(over, UTRACE_DETACH);
		utrace_engine_put(over);
	}
	for (i = 0; i < ARRAY_SIZE(e); i++) {
		utrace_control(e[i], UTRACE_DETACH);
		utrace_engine_put(e[i]);
	}
}

/**
 * struct follower - an engine that attaches others to the thread's child
 * @test: whose it is
 * @engine: the engine
 * @more: what follow() has attached
 * @child: what follow_last() has attached
 */
struct follower {
	struct kunit *test;
	struct utrace_engine *engine;
	struct utrace_engine *more[4];
	struct utrace_engine *child;
};

static enum utrace_action follow(struct utrace_engine *engine, u64 clone_flags,
				 struct task_struct *child)
{
	struct follower *f = engine->data;
	int i;

	for (i = 0; i < ARRAY_SIZE(f->more); i++)
		f->more[i] = utrace_attach_task(child, &no_callbacks, NULL);
	return UTRACE_RESUME;
}

static enum utrace_action follow_last(struct utrace_engine *engine, u64 clone_flags,
				      struct task_struct *child)
{
	struct follower *f = engine->data;

	f->child = utrace_attach_task(child, &no_callbacks, NULL);
	return UTRACE_RESUME;
}

static const struct utrace_engine_ops follow_ops = {
	.name = "follow",
	.class = UTRACE_TRANSFORMER,
	.report_clone = follow,
};

static const struct utrace_engine_ops follow_last_ops = {
	.name = "follow last",
	.report_clone = follow_last,
};

static void drop_engine(struct utrace_engine *engine)
{
	if (IS_ERR_OR_NULL(engine))
		return;
	utrace_control(engine, UTRACE_DETACH);
	utrace_engine_put(engine);
}

/* Nobody can keep root's tracers out by filling the chain first. */
static void engines_of_root_have_a_reserve(struct kunit *test)
{
	struct test_task *t = test_task(test, &payload_fork);
	struct follower *f = test_alloc(test, struct follower);
	struct follower *root = test_alloc(test, struct follower);
	struct utrace_engine *e[2], *over[UTRACE_RESERVED_ENGINES + 1];
	int i;

	KUNIT_ASSERT_EQ(test, 0, kunit_add_action_or_reset(test, restore_max_engines,
			(void *)(unsigned long)utrace_max_engines));
	WRITE_ONCE(utrace_max_engines, ARRAY_SIZE(e));
	for (i = 0; i < ARRAY_SIZE(e); i++) {
		e[i] = utrace_attach_task(t->task, &no_callbacks, NULL);
		KUNIT_ASSERT_NOT_ERR_OR_NULL(test, e[i]);
	}
	for (i = 0; i < ARRAY_SIZE(over); i++)
		over[i] = utrace_attach_task(t->task, &no_callbacks, NULL);
	KUNIT_EXPECT_FALSE(test, IS_ERR(over[UTRACE_RESERVED_ENGINES - 1]));
	KUNIT_EXPECT_EQ(test, -EUSERS,
			PTR_ERR_OR_ZERO(over[UTRACE_RESERVED_ENGINES]));
	for (i = 0; i < ARRAY_SIZE(over); i++)
		drop_engine(over[i]);
	for (i = 0; i < ARRAY_SIZE(e); i++)
		drop_engine(e[i]);

	/* The right is the engine's, not that of the thread that makes a child. */
	root->engine = utrace_attach_task(t->task, &follow_last_ops, root);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, root->engine);
	without_ptrace_capability(test);
	f->engine = utrace_attach_task(t->task, &follow_ops, f);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, f->engine);
	KUNIT_ASSERT_EQ(test, 0, utrace_set_events(root->engine, UTRACE_EVENT(CLONE)));
	KUNIT_ASSERT_EQ(test, 0, utrace_set_events(f->engine, UTRACE_EVENT(CLONE)));
	test_task_go(t);
	KUNIT_EXPECT_TRUE(test, test_task_dies(t));
	KUNIT_EXPECT_FALSE(test, IS_ERR_OR_NULL(f->more[1]));
	KUNIT_EXPECT_EQ(test, -EUSERS, PTR_ERR_OR_ZERO(f->more[2]));
	KUNIT_EXPECT_FALSE(test, IS_ERR_OR_NULL(root->child));
	for (i = 0; i < ARRAY_SIZE(f->more); i++)
		drop_engine(f->more[i]);
	drop_engine(f->engine);
	drop_engine(root->child);
	drop_engine(root->engine);
}

static enum utrace_action follow_and_leave(struct utrace_engine *engine, u64 clone_flags,
					   struct task_struct *child)
{
	struct follower *f = engine->data;

	KUNIT_EXPECT_EQ(f->test, 0, utrace_control(engine, UTRACE_DETACH));
	f->child = utrace_attach_task(child, &no_callbacks, NULL);
	return UTRACE_RESUME;
}

static const struct utrace_engine_ops follow_and_leave_ops = {
	.name = "follow and leave",
	.report_clone = follow_and_leave,
};

/*
 * A task in a user namespace that the test has created.  Without CAP_SYS_PTRACE, the
 * test has the rights of root in that namespace only.
 */
static struct test_task *task_in_user_ns(struct kunit *test)
{
	struct cred *cred = prepare_creds();
	const struct cred *own;
	struct test_task *t;

	KUNIT_ASSERT_NOT_NULL(test, cred);
	KUNIT_ASSERT_EQ(test, 0, create_user_ns(cred));
	/* Otherwise root could not create the task's program. */
	cred->user_ns->uid_map = init_user_ns.uid_map;
	cred->user_ns->gid_map = init_user_ns.gid_map;
	/* Where the task counts as a process.  Its exec would change that without counting. */
	KUNIT_ASSERT_EQ(test, 0, set_cred_ucounts(cred));
	own = override_creds(cred);
	t = test_task(test, &payload_fork);
	revert_creds(own);
	put_cred(cred);
	return t;
}

/*
 * An engine in its callback may attach others as long as the callback runs.  @t: a
 * task to which the engine has attached with a right to @reserve engines.
 */
static void expect_right_after_detach(struct kunit *test, struct test_task *t,
				      unsigned int reserve)
{
	struct follower *fill = test_alloc(test, struct follower);
	struct follower *leave = test_alloc(test, struct follower);

	KUNIT_ASSERT_LT(test, ARRAY_SIZE(fill->more), reserve);
	leave->test = test;
	/* The child gets more engines than the limit before this engine adds its own. */
	leave->engine = utrace_attach_task(t->task, &follow_and_leave_ops, leave);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, leave->engine);
	fill->engine = utrace_attach_task(t->task, &follow_ops, fill);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, fill->engine);
	KUNIT_ASSERT_EQ(test, 0, utrace_set_events(leave->engine, UTRACE_EVENT(CLONE)));
	KUNIT_ASSERT_EQ(test, 0, utrace_set_events(fill->engine, UTRACE_EVENT(CLONE)));
	test_task_go(t);
	KUNIT_EXPECT_TRUE(test, test_task_dies(t));
	KUNIT_EXPECT_FALSE(test, IS_ERR_OR_NULL(fill->more[ARRAY_SIZE(fill->more) - 1]));
	KUNIT_EXPECT_NOT_ERR_OR_NULL(test, leave->child);
	for (int i = 0; i < ARRAY_SIZE(fill->more); i++)
		drop_engine(fill->more[i]);
	drop_engine(fill->engine);
	drop_engine(leave->child);
	drop_engine(leave->engine);
}

static void right_to_the_reserve_outlasts_a_detach(struct kunit *test)
{
	struct test_task *t = test_task(test, &payload_fork);
	struct test_task *other = task_in_user_ns(test);

	KUNIT_ASSERT_EQ(test, 0, kunit_add_action_or_reset(test, restore_max_engines,
			(void *)(unsigned long)utrace_max_engines));
	WRITE_ONCE(utrace_max_engines, 2);
	expect_right_after_detach(test, t, UTRACE_RESERVED_ENGINES);
	without_ptrace_capability(test);
	KUNIT_EXPECT_EQ(test, ENGINE_NS_RESERVE, utrace_reserve_flags(other->task));
	expect_right_after_detach(test, other, UTRACE_NS_RESERVED_ENGINES);
}

static unsigned int note_exec(struct utrace_engine *engine)
{
	WRITE_ONCE(*(bool *)engine->data, true);
	return 0;
}

static const struct utrace_engine_ops exec_ops = {
	.name = "exec",
	.unsafe_exec = note_exec,
};

/* It may hold the thread, and read its registers, so it has a say at an exec. */
static void engine_without_events_is_asked_at_exec(struct kunit *test)
{
	struct test_task *t = test_task(test, &payload_calls);
	bool *asked = test_alloc(test, bool);
	struct utrace_engine *e;

	e = utrace_attach_task(t->task, &exec_ops, asked);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, e);
	test_task_go(t);
	KUNIT_EXPECT_TRUE(test, test_task_dies(t));
	KUNIT_EXPECT_TRUE(test, READ_ONCE(*asked));
	drop_engine(e);
}

/* Nor can a chain be made longer by leaving it while the thread walks along. */
static void detached_engines_count_until_they_are_gone(struct kunit *test)
{
	struct test_task *t = test_task(test, &payload_loop);
	struct test_engine *e = test_observer(test, t, UTRACE_EVENT(SYSCALL_ENTRY));
	struct utrace_engine *more;
	int i, max = 4;

	KUNIT_ASSERT_EQ(test, 0, kunit_add_action_or_reset(test, restore_max_engines,
			(void *)(unsigned long)utrace_max_engines));
	WRITE_ONCE(utrace_max_engines, max);
	test_gate(e, EV(SYSCALL_ENTRY));
	test_task_go(t);
	KUNIT_ASSERT_TRUE(test, test_gate_entered(e));

	without_ptrace_capability(test);
	for (i = 0; i < 2 * max; i++) {
		more = utrace_attach_task(t->task, &no_callbacks, NULL);
		if (IS_ERR(more))
			break;
		KUNIT_EXPECT_EQ(test, 0, utrace_control(more, UTRACE_DETACH));
		utrace_engine_put(more);
	}
	KUNIT_EXPECT_EQ(test, -EUSERS, PTR_ERR_OR_ZERO(more));
	KUNIT_EXPECT_EQ(test, max - 1, i);

	test_gate_open(e);
	KUNIT_EXPECT_TRUE(test, test_engine_sees(e, EV(SYSCALL_ENTRY), 2));
	more = utrace_attach_task(t->task, &no_callbacks, NULL);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, more);
	utrace_control(more, UTRACE_DETACH);
	utrace_engine_put(more);
}

/**
 * struct accounts - of the engines that a child has got
 * @followed: by utrace_attach_child()
 * @own: by utrace_attach_task()
 */
struct accounts {
	struct utrace_engine *followed;
	struct utrace_engine *own;
};

/* By the traced thread, whose user here is not that of its tracer. */
static void attach_as_another_user(struct test_engine *e, struct task_struct *child)
{
	struct accounts *accounts = e->private;
	struct cred *cred = prepare_creds();
	const struct cred *old;

	if (!cred)
		return;
	cred->uid = KUIDT_INIT(4711);
	old = override_creds(cred);
	accounts->followed = utrace_attach_child(e->engine, child, &no_callbacks, NULL);
	accounts->own = utrace_attach_task(child, &no_callbacks, NULL);
	revert_creds(old);
	put_cred(cred);
}

static void put_engine(void *engine)
{
	utrace_engine_put(engine);
}

static void engine_of_a_child_has_its_makers_account(struct kunit *test)
{
	struct accounts *accounts = test_alloc(test, struct accounts);
	struct test_task *t = test_task(test, &payload_fork);
	struct test_engine *e = test_engine(test, test_log(test));

	e->private = accounts;
	e->on_clone = attach_as_another_user;
	KUNIT_ASSERT_EQ(test, 0, test_engine_attach_to(e, t->task, UTRACE_OBSERVER,
						       UTRACE_EVENT(CLONE)));
	test_task_go(t);
	KUNIT_ASSERT_TRUE(test, test_task_dies(t));
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, accounts->followed);
	KUNIT_ASSERT_EQ(test, 0, kunit_add_action_or_reset(test, put_engine,
							   accounts->followed));
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, accounts->own);
	KUNIT_ASSERT_EQ(test, 0, kunit_add_action_or_reset(test, put_engine,
							   accounts->own));
	KUNIT_EXPECT_PTR_EQ(test, e->engine->user, accounts->followed->user);
	KUNIT_EXPECT_PTR_NE(test, e->engine->user, accounts->own->user);
}

static struct kunit_case utrace_attach_cases[] = {
	KUNIT_CASE(attach_to_kernel_thread_is_refused),
	KUNIT_CASE(attach_alone_does_nothing),
	KUNIT_CASE(attach_to_dead_thread_is_refused),
	KUNIT_CASE(session_may_not_attach_to_dead_thread),
	KUNIT_CASE(attach_by_pid),
	KUNIT_CASE(events_without_callback_are_refused),
	KUNIT_CASE(detached_engine_is_told_nothing),
	KUNIT_CASE(callback_can_detach),
	KUNIT_CASE(engine_outlives_thread),
	KUNIT_CASE(cookie_is_the_threads),
	KUNIT_CASE(release_is_called_once),
	KUNIT_CASE(engine_without_events_is_asked_at_exec),
	KUNIT_CASE(engines_of_a_thread_are_bounded),
	KUNIT_CASE(engines_of_root_have_a_reserve),
	KUNIT_CASE(right_to_the_reserve_outlasts_a_detach),
	KUNIT_CASE(detached_engines_count_until_they_are_gone),
	KUNIT_CASE(engine_of_a_child_has_its_makers_account),
	{}
};

static struct kunit_suite utrace_attach_suite = {
	.name = "utrace_attach",
	.test_cases = utrace_attach_cases,
};
kunit_test_suite(utrace_attach_suite);
