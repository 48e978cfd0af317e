// SPDX-License-Identifier: GPL-2.0-only
/*
 * Answers to the stop of a system call: the call is skipped, replaced or made again, or
 * has another result.  And UTRACE_OP_CALL, a call that a held thread makes on request.
 */
#include "utrace_testlib.h"

FIXTURE(answer)
{
	struct ut_session u;
	struct ut_child c;
	struct utrace_attach a;
	struct utrace_info info;
};

FIXTURE_SETUP(answer)
{
	ASSERT_EQ(0, ut_open(&self->u));
	ASSERT_EQ(0, ut_info(&self->u, &self->info));
	if (!ut_knows_action(&self->u, UTRACE_OP_SYSCALL))
		SKIP(return, "the kernel has no UTRACE_OP_SYSCALL");
}

FIXTURE_TEARDOWN(answer)
{
	ut_close(&self->u);
	ut_end(&self->c);
}

/* An answer, and the release if the answer was taken, in one call. */
struct answer {
	struct utrace_order_syscall s;
	struct utrace_order release;
};

static struct answer answer(__u64 thread, __u64 stop, unsigned int what)
{
	struct answer a = {
		.s = {
			.order = UT_ORDER(utrace_order_syscall, UTRACE_OP_SYSCALL, thread,
					  .stop = stop),
			.what = what,
		},
		.release = UT_ORDER(utrace_order, UTRACE_OP_RELEASE, thread, .stop = stop,
				    .flags = UTRACE_ORDER_LINK),
	};

	return a;
}

/* Starts @fn, and waits for the stop of its call @nr. */
static struct utrace_rec_syscall *stop_at(struct ut_session *u, struct ut_child *c,
					  struct utrace_attach *a, ut_child_fn fn, long nr,
					  unsigned int event)
{
	struct utrace_config conf = { .record = UT_CALL, .hold = UTRACE_EV_BIT(event) };

	if (ut_spawn(c, fn) || ut_config_full(u, &conf) || ut_only_call(u, nr) ||
	    ut_attach(u, c->pid, 0, a))
		return NULL;
	ut_go(c);
	return ut_find(u, a->thread, event);
}

TEST_F(answer, skip_the_call)
{
	struct utrace_rec_syscall *s;
	struct answer a;

	s = stop_at(&self->u, &self->c, &self->a, ut_fn_write, SYS_write,
		    UTRACE_EV_SYSCALL_ENTRY);
	ASSERT_NE(NULL, s);
	a = answer(self->a.thread, s->head.seq, UTRACE_CALL_SKIP);
	a.s.result = -EPERM;
	ASSERT_EQ(0, ut_orders(&self->u, &a, sizeof(a)));
	EXPECT_EQ(0, a.s.order.result);
	EXPECT_EQ(0, a.release.result);
	/* For the record it is a call like others. */
	s = ut_find(&self->u, self->a.thread, UTRACE_EV_SYSCALL);
	ASSERT_NE(NULL, s);
	EXPECT_EQ(SYS_write, s->nr);
	EXPECT_EQ(UTRACE_RECF_ERROR, s->head.flags);
	EXPECT_EQ(-EPERM, s->result);
	EXPECT_EQ(1 << 8, ut_reap(&self->c));
	EXPECT_EQ(-1, atomic_load(&self->c.sh->value[1]));
	EXPECT_FALSE(ut_has_written(&self->c, 0));
}

TEST_F(answer, skip_the_call_with_success)
{
	struct utrace_rec_syscall *s;
	struct answer a;

	s = stop_at(&self->u, &self->c, &self->a, ut_fn_write, SYS_write,
		    UTRACE_EV_SYSCALL_ENTRY);
	ASSERT_NE(NULL, s);
	a = answer(self->a.thread, s->head.seq, UTRACE_CALL_SKIP);
	a.s.result = 1;
	ASSERT_EQ(0, ut_orders(&self->u, &a, sizeof(a)));
	EXPECT_EQ(0, a.s.order.result);
	EXPECT_EQ(0, ut_reap(&self->c));
	EXPECT_EQ(1, atomic_load(&self->c.sh->value[1]));
	EXPECT_FALSE(ut_has_written(&self->c, 0));
}

static int get_parent(struct ut_child *c)
{
	atomic_store(&c->sh->value[1], syscall(SYS_getppid, 1, 2, 3, 4, 5, 6));
	return 0;
}

static void rewrite(struct __test_metadata *_metadata, struct ut_session *u,
		    struct ut_child *c, struct utrace_attach *at, unsigned int what)
{
	struct utrace_rec_syscall *s;
	struct answer a;
	pid_t pid;

	s = stop_at(u, c, at, get_parent, SYS_getppid, UTRACE_EV_SYSCALL_ENTRY);
	ASSERT_NE(NULL, s);
	a = answer(at->thread, s->head.seq, what);
	/* Not of another architecture. */
	a.s.nr = SYS_getpgid;
	ASSERT_EQ(0, ut_orders(u, &a, sizeof(a)));
	EXPECT_EQ(-EINVAL, a.s.order.result);
	EXPECT_EQ(-ECANCELED, a.release.result);
	a.s.arch = s->arch;
	a.s.args[0] = c->pid;
	pid = getpgid(c->pid);
	ASSERT_EQ(0, ut_orders(u, &a, sizeof(a)));
	EXPECT_EQ(0, a.s.order.result);
	EXPECT_EQ(0, a.release.result);
	EXPECT_EQ(0, ut_reap(c));
	EXPECT_EQ(pid, atomic_load(&c->sh->value[1]));
}

TEST_F(answer, rewrite_the_call)
{
	rewrite(_metadata, &self->u, &self->c, &self->a, UTRACE_CALL_REWRITE);
}

TEST_F(answer, rewrite_the_call_and_restore)
{
	rewrite(_metadata, &self->u, &self->c, &self->a, UTRACE_CALL_RESTORE);
}

TEST_F(answer, set_the_result)
{
	struct utrace_rec_syscall *s;
	struct answer a;

	s = stop_at(&self->u, &self->c, &self->a, get_parent, SYS_getppid,
		    UTRACE_EV_SYSCALL);
	ASSERT_NE(NULL, s);
	EXPECT_EQ(getpid(), s->result);
	a = answer(self->a.thread, s->head.seq, UTRACE_CALL_RESULT);
	a.s.result = 4711;
	ASSERT_EQ(0, ut_orders(&self->u, &a, sizeof(a)));
	EXPECT_EQ(0, a.s.order.result);
	EXPECT_EQ(0, ut_reap(&self->c));
	EXPECT_EQ(4711, atomic_load(&self->c.sh->value[1]));
}

TEST_F(answer, make_the_call_again)
{
	struct utrace_rec_syscall *s;
	struct answer a;
	char buf[4];

	s = stop_at(&self->u, &self->c, &self->a, ut_fn_write, SYS_write,
		    UTRACE_EV_SYSCALL);
	ASSERT_NE(NULL, s);
	EXPECT_EQ(1, s->result);
	a = answer(self->a.thread, s->head.seq, UTRACE_CALL_RESTART);
	ASSERT_EQ(0, ut_orders(&self->u, &a, sizeof(a)));
	EXPECT_EQ(0, a.s.order.result);
	s = ut_find(&self->u, self->a.thread, UTRACE_EV_SYSCALL);
	ASSERT_NE(NULL, s);
	EXPECT_EQ(SYS_write, s->nr);
	EXPECT_EQ(1, s->result);
	EXPECT_EQ(0, ut_op(&self->u, self->a.thread, UTRACE_OP_RELEASE));
	EXPECT_EQ(0, ut_reap(&self->c));
	EXPECT_EQ(1, atomic_load(&self->c.sh->value[1]));
	ASSERT_TRUE(ut_has_written(&self->c, UT_TIMEOUT));
	EXPECT_EQ(2, read(self->c.out[0], buf, sizeof(buf)));
}

TEST_F(answer, what_the_stop_cannot_take)
{
	static const unsigned int at_exit[] = { UTRACE_CALL_RESULT, UTRACE_CALL_RESTART };
	struct utrace_rec_syscall *s;
	struct answer a;
	unsigned int i;
	__u64 stop;

	s = stop_at(&self->u, &self->c, &self->a, ut_fn_write, SYS_write,
		    UTRACE_EV_SYSCALL_ENTRY);
	ASSERT_NE(NULL, s);
	stop = s->head.seq;
	for (i = 0; i < ARRAY_SIZE(at_exit); i++) {
		a = answer(self->a.thread, stop, at_exit[i]);
		ASSERT_EQ(0, ut_orders(&self->u, &a, sizeof(a.s)));
		EXPECT_NE(0, a.s.order.result);
	}
	a = answer(self->a.thread, stop, 0);
	ASSERT_EQ(0, ut_orders(&self->u, &a, sizeof(a.s)));
	EXPECT_EQ(-EINVAL, a.s.order.result);
	a = answer(self->a.thread, stop, UTRACE_CALL_RESTART + 1);
	ASSERT_EQ(0, ut_orders(&self->u, &a, sizeof(a.s)));
	EXPECT_EQ(-EINVAL, a.s.order.result);
	a = answer(self->a.thread, stop + 1, UTRACE_CALL_SKIP);
	ASSERT_EQ(0, ut_orders(&self->u, &a, sizeof(a.s)));
	EXPECT_EQ(-ESTALE, a.s.order.result);
	a = answer(0, 0, UTRACE_CALL_SKIP);
	ASSERT_EQ(0, ut_orders(&self->u, &a, sizeof(a.s)));
	EXPECT_GT(0, a.s.order.result);
	/* Nothing of it has happened. */
	EXPECT_EQ(0, ut_op(&self->u, self->a.thread, UTRACE_OP_RELEASE));
	EXPECT_EQ(0, ut_reap(&self->c));
	EXPECT_TRUE(ut_has_written(&self->c, 0));
}

TEST_F(answer, to_nobody_who_waits_for_one)
{
	struct answer a;

	ASSERT_EQ(0, ut_spawn(&self->c, ut_fn_spin));
	ASSERT_EQ(0, ut_attach(&self->u, self->c.pid, 0, &self->a));
	ut_go(&self->c);
	ASSERT_TRUE(ut_runs(&self->c));
	a = answer(self->a.thread, 0, UTRACE_CALL_SKIP);
	ASSERT_EQ(0, ut_orders(&self->u, &a, sizeof(a.s)));
	EXPECT_EQ(-EBUSY, a.s.order.result);
	/* Held, but not at a system call. */
	ASSERT_EQ(-EINPROGRESS, ut_op(&self->u, self->a.thread, UTRACE_OP_HOLD));
	ASSERT_NE(NULL, ut_find_held(&self->u, self->a.thread));
	a = answer(self->a.thread, 0, UTRACE_CALL_SKIP);
	ASSERT_EQ(0, ut_orders(&self->u, &a, sizeof(a.s)));
	EXPECT_NE(0, a.s.order.result);
	EXPECT_EQ(0, ut_op(&self->u, self->a.thread, UTRACE_OP_RELEASE));
	EXPECT_EQ(0, ut_stop(&self->c));
}

/* ---- calls on request ---------------------------------------------------- */

FIXTURE(call)
{
	struct ut_session u;
	struct ut_child c;
	struct utrace_attach a;
};

FIXTURE_SETUP(call)
{
	ASSERT_EQ(0, ut_open(&self->u));
	if (!ut_knows_action(&self->u, UTRACE_OP_CALL))
		SKIP(return, "the kernel has no UTRACE_OP_CALL");
	ASSERT_EQ(0, ut_spawn(&self->c, ut_fn_spin));
	ASSERT_EQ(0, ut_attach(&self->u, self->c.pid, 0, &self->a));
	ut_go(&self->c);
	ASSERT_TRUE(ut_runs(&self->c));
}

FIXTURE_TEARDOWN(call)
{
	ut_close(&self->u);
	ut_end(&self->c);
}

static struct utrace_order_call call_order(__u64 thread, long nr, __u64 tag)
{
	struct utrace_order_call o = {
		.order = UT_ORDER(utrace_order_call, UTRACE_OP_CALL, thread, .tag = tag),
		.nr = nr,
	};

	return o;
}

TEST_F(call, is_made_by_the_held_thread)
{
	struct utrace_order_call o = call_order(self->a.thread, SYS_getpid, 77);
	struct utrace_rec_called *called;

	ASSERT_EQ(0, ut_orders(&self->u, &o, sizeof(o)));
	EXPECT_EQ(-EBUSY, o.order.result);
	ASSERT_EQ(-EINPROGRESS, ut_op(&self->u, self->a.thread, UTRACE_OP_HOLD));
	ASSERT_NE(NULL, ut_find_held(&self->u, self->a.thread));
	ASSERT_EQ(0, ut_orders(&self->u, &o, sizeof(o)));
	EXPECT_EQ(-EINPROGRESS, o.order.result);
	called = ut_find(&self->u, self->a.thread, UTRACE_EV_CALLED);
	ASSERT_NE(NULL, called);
	EXPECT_EQ(77, called->tag);
	EXPECT_EQ(SYS_getpid, called->nr);
	EXPECT_EQ(self->c.pid, called->result);
	EXPECT_EQ(0, called->head.flags & UTRACE_RECF_ERROR);
	EXPECT_TRUE(ut_stands_still(&self->c));

	o = call_order(self->a.thread, SYS_close, 78);
	o.args[0] = ~0ull;
	ASSERT_EQ(0, ut_orders(&self->u, &o, sizeof(o)));
	called = ut_find(&self->u, self->a.thread, UTRACE_EV_CALLED);
	ASSERT_NE(NULL, called);
	EXPECT_EQ(78, called->tag);
	EXPECT_EQ(-EBADF, called->result);
	EXPECT_EQ(UTRACE_RECF_ERROR, called->head.flags & UTRACE_RECF_ERROR);
	/* The program goes on where it was. */
	EXPECT_EQ(0, ut_op(&self->u, self->a.thread, UTRACE_OP_RELEASE));
	EXPECT_TRUE(ut_runs(&self->c));
	EXPECT_EQ(0, ut_stop(&self->c));
}

TEST_HARNESS_MAIN
