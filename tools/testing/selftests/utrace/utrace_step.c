// SPDX-License-Identifier: GPL-2.0-only
/*
 * Steps: UTRACE_OP_STEP.  What instructions are stepped is tested against QEMU's log by
 * utrace_steps; here it is what a session makes of that.
 */
#include "utrace_testlib.h"

#include <linux/utrace_regs.h>

#define EV(name)	UTRACE_EV_BIT(UTRACE_EV_##name)

FIXTURE(step)
{
	struct ut_session u;
	struct ut_session v;
	struct ut_child c;
	struct utrace_attach a;
	struct utrace_info info;
};

FIXTURE_SETUP(step)
{
	self->v.fd = -1;
	ASSERT_EQ(0, ut_open(&self->u));
	ASSERT_EQ(0, ut_info(&self->u, &self->info));
	if (!ut_knows_action(&self->u, UTRACE_OP_STEP))
		SKIP(return, "the kernel has no UTRACE_OP_STEP");
	if (!(self->info.features & UTRACE_FEATURE_STEP))
		SKIP(return, "the machine cannot step");
}

FIXTURE_TEARDOWN(step)
{
	ut_close(&self->u);
	ut_close(&self->v);
	ut_end(&self->c);
}

/* ---- what the child does ------------------------------------------------- */

/* The code of this section is the range that is stepped. */
#define IN_RANGE	__attribute__((noinline, section("ut_range")))

extern const char __start_ut_range[], __stop_ut_range[];

/*
 * Nobody else writes to these.  An atomic addition could be a loop with a reservation, which
 * a step would end each time.
 */
static __attribute__((noinline)) void outside(struct ut_child *c)
{
	atomic_store(&c->sh->value[1], atomic_load(&c->sh->value[1]) + 1);
}

static IN_RANGE void inside(struct ut_child *c)
{
	unsigned int n = 0;

	while (!atomic_load(&c->sh->stop)) {
		atomic_store(&c->sh->count, atomic_load(&c->sh->count) + 1);
		if (++n % 64 == 0)
			outside(c);
	}
}

static struct ut_shared *child_sh;

static void on_signal(int signo)
{
	atomic_fetch_add(&child_sh->value[2], 1);
	(void)signo;
}

static int fn_range(struct ut_child *c)
{
	child_sh = c->sh;
	signal(SIGUSR1, on_signal);
	inside(c);
	atomic_fetch_add(&c->sh->value[3], 1);
	return 7;
}

/* ---- orders -------------------------------------------------------------- */

static __u64 role_of(const struct utrace_record *r, unsigned int role)
{
	const struct utrace_item *item = ut_item_of(r, UTRACE_ITEM_ROLES);
	const struct utrace_roles *roles = item ? ut_item_data(item) : NULL;
	const __u64 *value = (const void *)(roles + 1);

	if (!roles || !(roles->mask & UTRACE_ROLE_BIT(role)))
		return 0;
	return value[__builtin_popcountll(roles->mask & (UTRACE_ROLE_BIT(role) - 1))];
}

static __u64 pc_of(const void *r)
{
	return role_of(r, UTRACE_ROLE_PC);
}

static bool in_range(const void *r)
{
	return pc_of(r) >= (uintptr_t)__start_ut_range &&
	       pc_of(r) < (uintptr_t)__stop_ut_range;
}

static int order_step(struct ut_session *u, __u64 thread, __u64 stop, unsigned int what,
		      unsigned int flags, __u64 count)
{
	struct utrace_order_step o = {
		.order = UT_ORDER(utrace_order_step, UTRACE_OP_STEP, thread, .stop = stop,
				  .tag = 42),
		.what = what,
		.flags = flags,
		.count = count,
	};
	int ret;

	if (what == UTRACE_STEP_RANGE) {
		o.start = (uintptr_t)__start_ut_range;
		o.end = (uintptr_t)__stop_ut_range;
	}
	ret = ut_orders(u, &o, sizeof(o));
	return ret ?: o.order.result;
}

static struct utrace_rec_step *step(struct ut_session *u, __u64 thread, unsigned int what,
				    unsigned int flags, __u64 count)
{
	int ret = order_step(u, thread, 0, what, flags, count);

	if (ret != -EINPROGRESS) {
		ut_log("step: %d", ret);
		return NULL;
	}
	return ut_find(u, thread, UTRACE_EV_STEP);
}

static const struct utrace_config step_config = {
	.roles = UTRACE_ROLE_BIT(UTRACE_ROLE_PC) | UTRACE_ROLE_BIT(UTRACE_ROLE_SP),
};

/* Holds a child that runs in the range. */
static struct utrace_rec_quiesce *hold_in_range(struct ut_session *u, struct ut_child *c,
						struct utrace_attach *a,
						struct utrace_config conf)
{
	long end = ut_now() + UT_TIMEOUT;
	struct utrace_rec_quiesce *q;

	if (ut_spawn(c, fn_range) || ut_config_full(u, &conf) ||
	    ut_attach(u, c->pid, 0, a))
		return NULL;
	ut_go(c);
	if (!ut_until(atomic_load(&c->sh->count), UT_TIMEOUT))
		return NULL;
	do {
		if (ut_op(u, a->thread, UTRACE_OP_HOLD) > 0)
			return NULL;
		q = ut_find_held(u, a->thread);
		if (!q || in_range(q))
			return q;
		ut_op(u, a->thread, UTRACE_OP_RELEASE);
	} while (ut_now() < end);
	return NULL;
}

/* ---- steps --------------------------------------------------------------- */

TEST_F(step, instructions)
{
	struct utrace_rec_quiesce *q;
	struct utrace_rec_step *s;
	unsigned long count;
	__u64 pc;
	int i;

	q = hold_in_range(&self->u, &self->c, &self->a, step_config);
	ASSERT_NE(NULL, q);
	pc = pc_of(q);
	/* One after the other: the pc moves, by no more than an instruction or a branch. */
	for (i = 0; i < 20; i++) {
		s = step(&self->u, self->a.thread, UTRACE_STEP_INSN, 0, i % 2);
		ASSERT_NE(NULL, s);
		EXPECT_EQ(UTRACE_RECF_HELD, s->head.flags);
		EXPECT_EQ(42, s->tag);
		EXPECT_EQ(1, s->steps);
		EXPECT_NE(0, role_of(&s->head, UTRACE_ROLE_SP));
		EXPECT_NE(pc, pc_of(s));
		pc = pc_of(s);
	}
	EXPECT_TRUE(ut_stands_still(&self->c));
	/* Many at once get on. */
	count = atomic_load(&self->c.sh->count);
	s = step(&self->u, self->a.thread, UTRACE_STEP_INSN, 0, 2000);
	ASSERT_NE(NULL, s);
	EXPECT_EQ(2000, s->steps);
	EXPECT_LT(count, atomic_load(&self->c.sh->count));
	EXPECT_TRUE(ut_stands_still(&self->c));
	EXPECT_EQ(0, ut_op(&self->u, self->a.thread, UTRACE_OP_RELEASE));
	EXPECT_TRUE(ut_runs(&self->c));
	EXPECT_EQ(7 << 8, ut_stop(&self->c));
}

TEST_F(step, blocks)
{
	struct utrace_rec_step *s;
	unsigned long count;
	int i;

	ASSERT_NE(NULL, hold_in_range(&self->u, &self->c, &self->a, step_config));
	count = atomic_load(&self->c.sh->count);
	/* The loop has a taken branch in each turn, and few more. */
	for (i = 0; i < 8; i++) {
		s = step(&self->u, self->a.thread, UTRACE_STEP_BLOCK, 0, 0);
		ASSERT_NE(NULL, s);
		EXPECT_EQ(1, s->steps);
	}
	s = step(&self->u, self->a.thread, UTRACE_STEP_BLOCK, 0, 100);
	ASSERT_NE(NULL, s);
	EXPECT_EQ(100, s->steps);
	EXPECT_LT(count + 15, atomic_load(&self->c.sh->count));
	EXPECT_GE(count + 108, atomic_load(&self->c.sh->count));
	EXPECT_EQ(0, ut_op(&self->u, self->a.thread, UTRACE_OP_RELEASE));
	EXPECT_EQ(7 << 8, ut_stop(&self->c));
}

TEST_F(step, out_of_the_range)
{
	struct utrace_rec_step *s;

	ASSERT_NE(NULL, hold_in_range(&self->u, &self->c, &self->a, step_config));
	s = step(&self->u, self->a.thread, UTRACE_STEP_RANGE, 0, 0);
	ASSERT_NE(NULL, s);
	EXPECT_EQ(UTRACE_RECF_HELD, s->head.flags);
	EXPECT_FALSE(in_range(s));
	/* It has come into the function that the range calls. */
	EXPECT_EQ(0, atomic_load(&self->c.sh->count) % 64);
	EXPECT_EQ(0, ut_op(&self->u, self->a.thread, UTRACE_OP_RELEASE));
	EXPECT_EQ(7 << 8, ut_stop(&self->c));
}

TEST_F(step, over_calls)
{
	struct utrace_rec_step *s;
	long called;

	ASSERT_NE(NULL, hold_in_range(&self->u, &self->c, &self->a, step_config));
	called = atomic_load(&self->c.sh->value[1]);
	s = step(&self->u, self->a.thread, UTRACE_STEP_RANGE, UTRACE_STEP_OVER_CALLS, 5000);
	ASSERT_NE(NULL, s);
	EXPECT_EQ(5000, s->steps);
	EXPECT_LT(called, atomic_load(&self->c.sh->value[1]));
	/* To its end, in the function that has called it. */
	atomic_store(&self->c.sh->stop, 1);
	s = step(&self->u, self->a.thread, UTRACE_STEP_RANGE, UTRACE_STEP_OVER_CALLS, 0);
	ASSERT_NE(NULL, s);
	EXPECT_FALSE(in_range(s));
	EXPECT_EQ(0, atomic_load(&self->c.sh->value[3]));
	EXPECT_EQ(0, ut_op(&self->u, self->a.thread, UTRACE_OP_RELEASE));
	EXPECT_EQ(7 << 8, ut_reap(&self->c));
}

/* The pc is behind the call already, so what is left of the call is no step. */
TEST_F(step, from_the_entry_of_a_call)
{
	struct utrace_config conf = step_config;
	struct utrace_rec_syscall *sc;
	struct utrace_rec_step *s;
	__u64 ip;

	conf.record = UT_CALL;
	conf.hold = UT_ENTRY;
	ASSERT_EQ(0, ut_spawn(&self->c, ut_fn_marks));
	atomic_store(&self->c.sh->value[0], 1);
	ASSERT_EQ(0, ut_config_full(&self->u, &conf));
	ASSERT_EQ(0, ut_only_marks(&self->u));
	ASSERT_EQ(0, ut_attach(&self->u, self->c.pid, 0, &self->a));
	ut_go(&self->c);
	sc = ut_find(&self->u, 0, UTRACE_EV_SYSCALL_ENTRY);
	ASSERT_NE(NULL, sc);
	ip = sc->ip;
	ASSERT_EQ(-EINPROGRESS, order_step(&self->u, self->a.thread, sc->head.seq,
					   UTRACE_STEP_INSN, 0, 1));
	ASSERT_NE(NULL, ut_find(&self->u, 0, UTRACE_EV_SYSCALL));
	s = ut_find(&self->u, 0, UTRACE_EV_STEP);
	ASSERT_NE(NULL, s);
	EXPECT_EQ(1, s->steps);
	EXPECT_LT(ip, pc_of(s));
	EXPECT_GE(ip + 15, pc_of(s));
	EXPECT_EQ(0, ut_op(&self->u, self->a.thread, UTRACE_OP_RELEASE));
}

TEST_F(step, into_a_handler)
{
	struct utrace_config conf = step_config;
	struct utrace_rec_signal *sig;
	struct utrace_rec_step *s;

	conf.hold = EV(SIGNAL_HANDLER);
	conf.record = EV(HANDLER);
	ASSERT_NE(NULL, hold_in_range(&self->u, &self->c, &self->a, conf));
	ASSERT_EQ(0, kill(self->c.pid, SIGUSR1));
	EXPECT_EQ(0, ut_op(&self->u, self->a.thread, UTRACE_OP_RELEASE));
	sig = ut_find(&self->u, 0, UTRACE_EV_SIGNAL_HANDLER);
	ASSERT_NE(NULL, sig);
	ASSERT_EQ(-EINPROGRESS, order_step(&self->u, self->a.thread, sig->head.seq,
					   UTRACE_STEP_INSN, 0, 1));
	ASSERT_NE(NULL, ut_find(&self->u, 0, UTRACE_EV_HANDLER));
	s = ut_find(&self->u, 0, UTRACE_EV_STEP);
	ASSERT_NE(NULL, s);
	EXPECT_FALSE(in_range(s));
	EXPECT_EQ(0, atomic_load(&self->c.sh->value[2]));
	/* And out of it again: with all that the handler does, but not for long. */
	EXPECT_EQ(0, ut_op(&self->u, self->a.thread, UTRACE_OP_RELEASE));
	EXPECT_TRUE(ut_until(atomic_load(&self->c.sh->value[2]) == 1, UT_TIMEOUT));
	EXPECT_EQ(7 << 8, ut_stop(&self->c));
}

/* ---- ends ---------------------------------------------------------------- */

static void expect_gone(struct __test_metadata *_metadata, struct ut_session *u, int error)
{
	struct utrace_rec_gone *g = ut_find(u, 0, UTRACE_REC_GONE);

	ASSERT_NE(NULL, g);
	EXPECT_EQ(42, g->tag);
	EXPECT_EQ(error, g->error);
	EXPECT_EQ(UTRACE_OP_STEP, g->action);
}

static int step_for_ever(struct ut_session *u, __u64 thread)
{
	return order_step(u, thread, 0, UTRACE_STEP_RANGE, UTRACE_STEP_OVER_CALLS, 0);
}

TEST_F(step, an_event_comes_first)
{
	struct utrace_config conf = step_config;
	struct utrace_rec_signal *s;

	conf.hold = EV(SIGNAL_HANDLER);
	ASSERT_NE(NULL, hold_in_range(&self->u, &self->c, &self->a, conf));
	ASSERT_EQ(-EINPROGRESS, step_for_ever(&self->u, self->a.thread));
	ut_sleep(5);
	ASSERT_EQ(0, kill(self->c.pid, SIGUSR1));
	expect_gone(_metadata, &self->u, ECANCELED);
	s = (void *)ut_next(&self->u, UT_TIMEOUT);
	ASSERT_NE(NULL, s);
	EXPECT_EQ(UTRACE_EV_SIGNAL_HANDLER, s->head.type);
	EXPECT_EQ(UTRACE_RECF_HELD, s->head.flags);
	EXPECT_EQ(0, ut_op(&self->u, self->a.thread, UTRACE_OP_RELEASE));
	EXPECT_TRUE(ut_runs(&self->c));
	EXPECT_TRUE(ut_none(&self->u, UTRACE_EV_STEP, UT_QUIET));
	EXPECT_EQ(7 << 8, ut_stop(&self->c));
}

TEST_F(step, held_or_released_before_the_end)
{
	ASSERT_NE(NULL, hold_in_range(&self->u, &self->c, &self->a, step_config));
	ASSERT_EQ(-EINPROGRESS, step_for_ever(&self->u, self->a.thread));
	EXPECT_EQ(-EBUSY, step_for_ever(&self->u, self->a.thread));
	ut_sleep(5);
	EXPECT_EQ(-EINPROGRESS, ut_op(&self->u, self->a.thread, UTRACE_OP_HOLD));
	expect_gone(_metadata, &self->u, ECANCELED);
	ASSERT_NE(NULL, ut_find_held(&self->u, 0));
	EXPECT_TRUE(ut_stands_still(&self->c));

	ASSERT_EQ(-EINPROGRESS, step_for_ever(&self->u, self->a.thread));
	EXPECT_EQ(0, ut_op(&self->u, self->a.thread, UTRACE_OP_RELEASE));
	expect_gone(_metadata, &self->u, ECANCELED);
	EXPECT_TRUE(ut_runs(&self->c));
	EXPECT_EQ(7 << 8, ut_stop(&self->c));
}

TEST_F(step, killed)
{
	ASSERT_NE(NULL, hold_in_range(&self->u, &self->c, &self->a, step_config));
	ASSERT_EQ(-EINPROGRESS, step_for_ever(&self->u, self->a.thread));
	ut_sleep(5);
	ASSERT_EQ(0, kill(self->c.pid, SIGKILL));
	expect_gone(_metadata, &self->u, ESRCH);
	EXPECT_EQ(SIGKILL, ut_reap(&self->c));
}

/* No trap is left behind that could kill the program. */
TEST_F(step, closed_in_the_middle)
{
	int i;

	for (i = 0; i < 20; i++) {
		ASSERT_NE(NULL, hold_in_range(&self->u, &self->c, &self->a, step_config));
		ASSERT_EQ(-EINPROGRESS, i % 2 ? step_for_ever(&self->u, self->a.thread) :
			  order_step(&self->u, self->a.thread, 0, UTRACE_STEP_INSN, 0, 1));
		if (i % 4 > 1)
			ut_sleep(1);
		ut_close(&self->u);
		EXPECT_TRUE(ut_runs(&self->c));
		EXPECT_EQ(7 << 8, ut_stop(&self->c));
		atomic_store(&self->c.sh->stop, 0);
		atomic_store(&self->c.sh->count, 0);
		ASSERT_EQ(0, ut_open(&self->u));
	}
}

TEST_F(step, two_sessions)
{
	struct utrace_config conf = step_config;
	struct utrace_rec_step *s, *t;
	struct utrace_attach b;

	ASSERT_NE(NULL, hold_in_range(&self->u, &self->c, &self->a, step_config));
	ASSERT_EQ(0, ut_open(&self->v));
	ASSERT_EQ(0, ut_config_full(&self->v, &conf));
	ASSERT_EQ(0, ut_attach(&self->v, self->c.pid, 0, &b));
	ASSERT_GE(0, ut_op(&self->v, b.thread, UTRACE_OP_HOLD));
	ASSERT_NE(NULL, ut_find_held(&self->v, 0));
	/* It goes on when both let it, and each hears of its own steps. */
	ASSERT_EQ(-EINPROGRESS, order_step(&self->u, self->a.thread, 0, UTRACE_STEP_INSN, 0,
					   3));
	EXPECT_TRUE(ut_stands_still(&self->c));
	ASSERT_EQ(-EINPROGRESS, order_step(&self->v, b.thread, 0, UTRACE_STEP_INSN, 0, 5));
	s = ut_find(&self->u, 0, UTRACE_EV_STEP);
	ASSERT_NE(NULL, s);
	EXPECT_EQ(3, s->steps);
	EXPECT_EQ(0, ut_op(&self->u, self->a.thread, UTRACE_OP_RELEASE));
	t = ut_find(&self->v, 0, UTRACE_EV_STEP);
	ASSERT_NE(NULL, t);
	EXPECT_EQ(5, t->steps);
	EXPECT_EQ(0, ut_op(&self->v, b.thread, UTRACE_OP_RELEASE));
	EXPECT_TRUE(ut_runs(&self->c));
	EXPECT_EQ(7 << 8, ut_stop(&self->c));
}

/* ---- orders that make no sense ------------------------------------------- */

TEST_F(step, bad_orders)
{
	struct utrace_order_step o = {
		.order = UT_ORDER(utrace_order_step, UTRACE_OP_STEP, 0),
	};
	struct utrace_rec_quiesce *q;

	q = hold_in_range(&self->u, &self->c, &self->a, step_config);
	ASSERT_NE(NULL, q);
	EXPECT_EQ(-EINVAL, order_step(&self->u, self->a.thread, 0, 0, 0, 0));
	EXPECT_EQ(-EINVAL, order_step(&self->u, self->a.thread, 0, 4, 0, 0));
	EXPECT_EQ(-EINVAL, order_step(&self->u, self->a.thread, 0, UTRACE_STEP_INSN,
				      UTRACE_STEP_OVER_CALLS, 0));
	EXPECT_EQ(-EINVAL, order_step(&self->u, self->a.thread, 0, UTRACE_STEP_RANGE, 2, 0));
	EXPECT_EQ(-EINVAL, order_step(&self->u, 0, 0, UTRACE_STEP_INSN, 0, 0));
	EXPECT_EQ(-ESTALE, order_step(&self->u, self->a.thread, q->head.seq + 1,
				      UTRACE_STEP_INSN, 0, 0));
	o.order.thread = self->a.thread;
	o.what = UTRACE_STEP_RANGE;
	ASSERT_EQ(0, ut_orders(&self->u, &o, sizeof(o)));
	EXPECT_EQ(-EINVAL, o.order.result);
	o.what = UTRACE_STEP_INSN;
	o.end = 1;
	ASSERT_EQ(0, ut_orders(&self->u, &o, sizeof(o)));
	EXPECT_EQ(-EINVAL, o.order.result);
	/* It was not released by any of these. */
	EXPECT_TRUE(ut_stands_still(&self->c));
	EXPECT_EQ(0, ut_op(&self->u, self->a.thread, UTRACE_OP_RELEASE));
	EXPECT_EQ(-EBUSY, order_step(&self->u, self->a.thread, 0, UTRACE_STEP_INSN, 0, 0));
	EXPECT_EQ(7 << 8, ut_stop(&self->c));
}

TEST_F(step, a_thread_that_sleeps)
{
	ASSERT_EQ(0, ut_spawn(&self->c, ut_fn_read));
	ASSERT_EQ(0, ut_attach(&self->u, self->c.pid, 0, &self->a));
	ut_go(&self->c);
	ASSERT_TRUE(ut_until(atomic_load(&self->c.sh->stage) == 1 &&
			     ut_state(self->c.pid, self->c.pid) == 'S', UT_TIMEOUT));
	ASSERT_GE(0, ut_op(&self->u, self->a.thread, UTRACE_OP_HOLD));
	EXPECT_EQ(-EBUSY, order_step(&self->u, self->a.thread, 0, UTRACE_STEP_INSN, 0, 0));
}

TEST_HARNESS_MAIN
