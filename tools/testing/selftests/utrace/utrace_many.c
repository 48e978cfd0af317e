// SPDX-License-Identifier: GPL-2.0-only
/*
 * Processes of many threads: an order to all, or an attach, takes as long as there
 * are threads, and keeps nobody else from anything meanwhile.
 */
#include "utrace_testlib.h"

#define FEW	150
#define MANY	2400
/* Calls of which the fastest counts: others have this machine, too. */
#define TRIES	12

FIXTURE(many)
{
	struct ut_session u;
	struct ut_child few, many, tracer;
};

FIXTURE_SETUP(many)
{
	ASSERT_EQ(0, ut_run_on_cpus(2));
	ASSERT_EQ(0, ut_open(&self->u));
}

FIXTURE_TEARDOWN(many)
{
	ut_end(&self->tracer);
	ut_close(&self->u);
	ut_end(&self->few);
	ut_end(&self->many);
}

static void *sleep_on(void *arg ut_unused)
{
	for (;;)
		pause();
	return NULL;
}

/* value[0] threads, which sleep. */
static int sleepers(struct ut_child *c)
{
	if (!ut_start_threads(atomic_load(&c->sh->value[0]) - 1, sleep_on, NULL))
		return 1;
	atomic_store(&c->sh->stage, 1);
	sleep_on(NULL);
	return 0;
}

static int start_sleepers(struct ut_child *c, long n)
{
	int ret = ut_spawn(c, sleepers);

	if (ret)
		return ret;
	atomic_store(&c->sh->value[0], n);
	ut_go(c);
	return ut_until(atomic_load(&c->sh->stage), UT_TIMEOUT) ? 0 : -ETIMEDOUT;
}

static long microseconds(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000L + ts.tv_nsec / 1000;
}

/* How long it takes to see that the session is attached to all threads already. */
static long time_attach(struct ut_session *u, pid_t pid)
{
	long best = -1, t;
	int i, fd = ut_pidfd(pid);

	for (i = 0; i < TRIES && fd >= 0; i++) {
		t = microseconds();
		if (ut_attach_pidfd(u, fd, 0, NULL) != -EEXIST)
			return -1;
		t = microseconds() - t;
		if (best < 0 || t < best)
			best = t;
	}
	close(fd);
	return best;
}

/*
 * Each thread is looked at for itself.  If it was looked up among all threads of
 * the session, sixteen times as many threads would take much more than sixteen
 * times as long.  The limit is between the two.
 */
TEST_F(many, attaching_again_takes_time_by_the_thread)
{
	struct utrace_attach a;
	long few, many;

	ASSERT_EQ(0, start_sleepers(&self->few, FEW));
	ASSERT_EQ(0, ut_attach(&self->u, self->few.pid, 0, &a));
	ASSERT_EQ(FEW, a.threads);
	few = time_attach(&self->u, self->few.pid);
	ASSERT_LT(0, few);

	ASSERT_EQ(0, start_sleepers(&self->many, MANY));
	ASSERT_EQ(0, ut_attach(&self->u, self->many.pid, 0, &a));
	ASSERT_EQ(MANY, a.threads);
	many = time_attach(&self->u, self->many.pid);
	ut_log("%d threads: %ld us, %d threads: %ld us", FEW, few, MANY, many);
	EXPECT_GT(few * (MANY / FEW) * 3, many);
}

enum {
	TARGET,
	PREPARED,
	WHOLE,		/* microseconds of a call that nobody ends */
	BEGIN,		/* of the call that is ended */
};

#define ORDERS	1024

/* A call of this many microseconds is long enough to be ended in the middle. */
#define LONG_CALL	1000000
/* The tracer's death takes as long as some orders, however slow the kernel is. */
#define ORDERS_MIN	256

/* Orders to all threads, enough for a long call; the last time with an end. */
static int order_all(struct ut_child *c)
{
	static struct utrace_order ops[ORDERS];
	static struct ut_session u;
	struct itimerspec after = {};
	struct sigevent kill = {
		.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGKILL,
	};
	unsigned int i, nr = ORDERS_MIN / 2;
	timer_t timer;
	long whole = 0;
	int ret = ut_open(&u);

	if (!ret)
		ret = ut_config(&u, 0, 0);
	if (!ret)
		ret = ut_attach(&u, atomic_load(&c->sh->value[TARGET]), 0, NULL);
	if (!ret && timer_create(CLOCK_MONOTONIC, &kill, &timer))
		ret = -errno;
	for (i = 0; i < ORDERS; i++)
		ops[i] = (struct utrace_order)UT_ORDER(utrace_order, UTRACE_OP_RELEASE, 0);

	while (!ret && whole < LONG_CALL && nr < ORDERS) {
		nr *= 2;
		whole = microseconds();
		ret = ut_control(&u, ops, nr);
		whole = microseconds() - whole;
	}
	atomic_store(&c->sh->value[WHOLE], whole);
	after.it_value.tv_sec = whole / 8 / 1000000;
	after.it_value.tv_nsec = whole / 8 % 1000000 * 1000;
	atomic_store(&c->sh->value[PREPARED], ret);
	atomic_store(&c->sh->value[BEGIN], microseconds());
	if (ret || timer_settime(timer, 0, &after, NULL))
		return 1;
	ut_control(&u, ops, nr);
	pause();
	return 2;
}

TEST_F(many, sigkill_ends_a_tracer_in_its_orders)
{
	atomic_long *value;
	long whole, took;

	ASSERT_EQ(0, start_sleepers(&self->many, MANY));
	ASSERT_EQ(0, ut_spawn(&self->tracer, order_all));
	value = self->tracer.sh->value;
	atomic_store(&value[TARGET], self->many.pid);
	ut_go(&self->tracer);
	EXPECT_EQ(SIGKILL, ut_reap(&self->tracer));
	took = microseconds() - atomic_load(&value[BEGIN]);
	whole = atomic_load(&value[WHOLE]);
	ASSERT_EQ(0, atomic_load(&value[PREPARED]));
	ut_log("one call: %ld us; with SIGKILL after %ld us: %ld us", whole, whole / 8,
	       took);
	EXPECT_GT(whole * 3 / 4 + 20000, took);
}

TEST_HARNESS_MAIN
