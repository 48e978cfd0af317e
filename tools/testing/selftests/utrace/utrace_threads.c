// SPDX-License-Identifier: GPL-2.0-only
/*
 * A process of 2,000 threads: all of them are attached to, held, released and
 * detached, and each of these takes as long as there are threads.
 */
#include <dirent.h>

#include "utrace_testlib.h"

#define FEW	500
#define MANY	2000
/* Runs of which the fastest counts, because other guests share the host. */
#define TRIES	3
/*
 * How much longer an operation may take for one thread of many than for one of
 * few.  It would take MANY / FEW times as long if it looked at all threads.
 */
#define GROWTH	2

FIXTURE(threads)
{
	struct ut_session u, v;
	struct ut_child c, few;
};

FIXTURE_SETUP(threads)
{
	self->v.fd = -1;
	ASSERT_EQ(0, ut_run_on_cpus(2));
	ASSERT_EQ(0, ut_open(&self->u));
}

FIXTURE_TEARDOWN(threads)
{
	ut_close(&self->u);
	ut_close(&self->v);
	ut_end(&self->c);
	ut_end(&self->few);
}

/* Counts each change of ->stage. */
static void *count_stages(void *arg)
{
	struct ut_child *c = arg;
	int seen = 1, now;

	while (!atomic_load(&c->sh->stop)) {
		now = atomic_load(&c->sh->stage);
		if (now == seen) {
			ut_wait(&c->sh->stage, now);
			continue;
		}
		seen = now;
		atomic_fetch_add(&c->sh->count, 1);
	}
	return NULL;
}

/* A process of value[0] threads, including its first one. */
static int crowd(struct ut_child *c)
{
	atomic_store(&c->sh->stage, 1);
	if (!ut_start_threads(atomic_load(&c->sh->value[0]) - 1, count_stages, c))
		return 1;
	atomic_store(&c->sh->value[1], 1);
	count_stages(c);
	return 0;
}

/* Waits until all threads sleep. */
static bool all_sleep(struct ut_child *c)
{
	char path[64], name[sizeof(((struct dirent *)0)->d_name)];
	struct dirent *d;
	DIR *dir;
	bool good;

	snprintf(path, sizeof(path), "/proc/%d/task", c->pid);
	dir = opendir(path);
	good = dir;
	while (good && (d = readdir(dir))) {
		strcpy(name, d->d_name);
		if (name[0] != '.')
			good = ut_wait_state(c->pid, atoi(name), 'S');
	}
	if (dir)
		closedir(dir);
	return good;
}

static int start_crowd(struct ut_child *c, long n)
{
	int ret = ut_spawn(c, crowd);

	if (ret)
		return ret;
	atomic_store(&c->sh->value[0], n);
	ut_go(c);
	if (!ut_until(atomic_load(&c->sh->value[1]), UT_TIMEOUT)) {
		ut_log("no %ld threads: child's status %#x", n, ut_reap(c));
		return -ETIMEDOUT;
	}
	return all_sleep(c) ? 0 : -ETIMEDOUT;
}

/* Wakes all threads of the process. */
static void next_stage(struct ut_child *c)
{
	atomic_fetch_add(&c->sh->stage, 1);
	ut_wake(&c->sh->stage);
}

static bool counted(struct ut_child *c, unsigned long n)
{
	if (ut_until(atomic_load(&c->sh->count) == n, UT_TIMEOUT))
		return true;
	ut_log("%lu threads have run, not %lu", atomic_load(&c->sh->count), n);
	return false;
}

static int by_number(const void *a, const void *b)
{
	__u64 x = *(const __u64 *)a, y = *(const __u64 *)b;

	return x < y ? -1 : x > y;
}

/* Reads @n records of @type, each from another thread and with @flags, in any order. */
static bool each_says(struct ut_session *s, long n, unsigned int type,
		      unsigned int flags)
{
	static __u64 threads[MANY];
	struct utrace_record *r;
	long i;

	for (i = 0; i < n; i++) {
		r = ut_find(s, 0, type);
		if (!r || r->flags != flags) {
			ut_log("record %ld of %ld of type %#x: flags %#x", i, n,
			       type, r ? r->flags : 0);
			return false;
		}
		threads[i] = r->thread;
	}
	qsort(threads, n, sizeof(threads[0]), by_number);
	for (i = 1; i < n; i++) {
		if (threads[i] == threads[i - 1]) {
			ut_log("thread %llu has two records of type %#x",
			       threads[i], type);
			return false;
		}
	}
	return true;
}

static int attach_all(struct ut_session *s, struct ut_child *c, long n)
{
	struct utrace_attach a;
	int ret = ut_config(s, 0, 0) ?: ut_attach(s, c->pid, 0, &a);

	if (!ret && a.threads != n) {
		ut_log("attached to %u threads, not %ld", a.threads, n);
		ret = -EPROTO;
	}
	return ret;
}

/*
 * Holds all threads, which sleep: each is as good as held at once.  Then they are woken,
 * and each is held before it sees that.
 */
static int hold_all(struct ut_session *s, struct ut_child *c, long n)
{
	const unsigned int asleep = UTRACE_RECF_HELD | UTRACE_RECF_ASLEEP;
	int ret = ut_op(s, 0, UTRACE_OP_HOLD);

	if (ret)
		return ret;
	if (!each_says(s, n, UTRACE_EV_QUIESCE, asleep))
		return -EPROTO;
	next_stage(c);
	return each_says(s, n, UTRACE_EV_QUIESCE, UTRACE_RECF_HELD) ? 0 : -EPROTO;
}

static unsigned int held(struct ut_session *s)
{
	struct utrace_info info;

	return ut_info(s, &info) ? ~0u : info.held;
}

TEST_F(threads, are_all_held_and_released)
{
	ASSERT_EQ(0, start_crowd(&self->c, MANY));
	ASSERT_EQ(0, attach_all(&self->u, &self->c, MANY));
	EXPECT_TRUE(each_says(&self->u, MANY, UTRACE_REC_ATTACHED, 0));
	ASSERT_EQ(0, hold_all(&self->u, &self->c, MANY));
	EXPECT_EQ(MANY, held(&self->u));
	EXPECT_TRUE(ut_stands_still(&self->c));
	EXPECT_EQ(0, atomic_load(&self->c.sh->count));

	EXPECT_EQ(0, ut_op(&self->u, 0, UTRACE_OP_RELEASE));
	EXPECT_TRUE(counted(&self->c, MANY));
	EXPECT_EQ(0, held(&self->u));
	/* The release holds nobody at the next occasion. */
	next_stage(&self->c);
	EXPECT_TRUE(counted(&self->c, 2 * MANY));
	atomic_store(&self->c.sh->stop, 1);
	next_stage(&self->c);
	EXPECT_EQ(0, ut_reap(&self->c));
	EXPECT_TRUE(ut_drain(&self->u));
}

TEST_F(threads, all_run_on_when_the_session_is_closed)
{
	ASSERT_EQ(0, start_crowd(&self->c, MANY));
	ASSERT_EQ(0, attach_all(&self->u, &self->c, MANY));
	ASSERT_EQ(0, hold_all(&self->u, &self->c, MANY));
	ut_close(&self->u);
	EXPECT_TRUE(counted(&self->c, MANY));
	next_stage(&self->c);
	EXPECT_TRUE(counted(&self->c, 2 * MANY));
}

TEST_F(threads, all_wait_for_two_sessions)
{
	int ret;

	ASSERT_EQ(0, ut_open(&self->v));
	ASSERT_EQ(0, start_crowd(&self->c, MANY));
	ASSERT_EQ(0, attach_all(&self->u, &self->c, MANY));
	ASSERT_EQ(0, attach_all(&self->v, &self->c, MANY));
	ASSERT_EQ(0, hold_all(&self->u, &self->c, MANY));
	/*
	 * A thread that one session holds is held by the other one at once.  But some
	 * have only just said so, and are on their way to the stop.
	 */
	ret = ut_op(&self->v, 0, UTRACE_OP_HOLD);
	EXPECT_TRUE(!ret || ret == -EINPROGRESS);
	EXPECT_TRUE(ut_until(held(&self->v) == MANY, UT_TIMEOUT));
	EXPECT_EQ(0, ut_op(&self->u, 0, UTRACE_OP_DETACH));
	EXPECT_TRUE(ut_stands_still(&self->c));
	EXPECT_EQ(0, atomic_load(&self->c.sh->count));
	EXPECT_EQ(0, ut_op(&self->v, 0, UTRACE_OP_DETACH));
	EXPECT_TRUE(counted(&self->c, MANY));
	EXPECT_TRUE(ut_drain(&self->u));
	EXPECT_TRUE(ut_drain(&self->v));
}

TEST_F(threads, die_at_once_while_they_are_held)
{
	ASSERT_EQ(0, start_crowd(&self->c, MANY));
	ASSERT_EQ(0, attach_all(&self->u, &self->c, MANY));
	ASSERT_EQ(0, hold_all(&self->u, &self->c, MANY));
	ASSERT_EQ(0, ut_config(&self->u, UTRACE_EV_BIT(UTRACE_EV_DEATH), 0));
	ASSERT_EQ(0, kill(self->c.pid, SIGKILL));
	EXPECT_EQ(SIGKILL, ut_reap(&self->c));
	EXPECT_TRUE(each_says(&self->u, MANY, UTRACE_EV_DEATH, 0));
	EXPECT_TRUE(ut_drain(&self->u));
	EXPECT_EQ(0, atomic_load(&self->c.sh->count));
}

static long microseconds(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000L + ts.tv_nsec / 1000;
}

enum { ATTACH, HOLD, RELEASE, CLOSE, PARTS };
static const char *const part_names[PARTS] = {
	"attach", "hold", "release", "close",
};

/* Measures each part of a session in microseconds.  Returns false if one fails. */
static bool time_session(struct ut_child *c, long n, long best[PARTS])
{
	static struct ut_session s;
	unsigned long runs = atomic_load(&c->sh->count) + n;
	long t[PARTS + 1];
	int i, ret;

	if (ut_open(&s))
		return false;
	t[ATTACH] = microseconds();
	ret = attach_all(&s, c, n);
	t[HOLD] = microseconds();
	ret = ret ?: hold_all(&s, c, n);
	t[RELEASE] = microseconds();
	ret = ret ?: ut_op(&s, 0, UTRACE_OP_RELEASE);
	if (!ret && !counted(c, runs))
		ret = -ETIMEDOUT;
	if (!ret && !all_sleep(c))
		ret = -ETIMEDOUT;
	t[CLOSE] = microseconds();
	ut_close(&s);
	t[PARTS] = microseconds();
	for (i = 0; i < PARTS; i++) {
		if (!best[i] || best[i] > t[i + 1] - t[i])
			best[i] = t[i + 1] - t[i];
	}
	return !ret;
}

TEST_F(threads, take_time_by_their_number)
{
	long few[PARTS] = {}, many[PARTS] = {};
	int i;

	ASSERT_EQ(0, ut_run_on_cpus(1));
	ASSERT_EQ(0, start_crowd(&self->few, FEW));
	ASSERT_EQ(0, start_crowd(&self->c, MANY));
	for (i = 0; i < TRIES; i++) {
		ASSERT_TRUE(time_session(&self->few, FEW, few));
		ASSERT_TRUE(time_session(&self->c, MANY, many));
	}
	for (i = 0; i < PARTS; i++) {
		ut_log("%s: %ld us for %d threads, %ld us for %d",
		       part_names[i], few[i], FEW, many[i], MANY);
		EXPECT_GT(GROWTH * (MANY / FEW) * few[i], many[i]);
	}
}

TEST_HARNESS_MAIN
