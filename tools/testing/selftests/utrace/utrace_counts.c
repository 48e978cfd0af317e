// SPDX-License-Identifier: GPL-2.0-only
/*
 * Counting system calls in the kernel: how many there were, how many have failed, and
 * how long they took.
 */
#include "utrace_testlib.h"

#define CALLS	100

FIXTURE(counts)
{
	struct ut_session u;
	struct ut_child c;
	struct utrace_info info;
	struct utrace_count counts[UTRACE_SYSCALLS_MAX];
};

FIXTURE_SETUP(counts)
{
	ASSERT_EQ(0, ut_open(&self->u));
	ASSERT_EQ(0, ut_info(&self->u, &self->info));
	if (!ut_knows_syscall(&self->u, UTRACE_SC_COUNT))
		SKIP(return, "the kernel does not count");
}

FIXTURE_TEARDOWN(counts)
{
	ut_close(&self->u);
	ut_end(&self->c);
}

/* Fetches the counters.  @nr: in and out. */
static int get_counts(struct ut_session *u, struct utrace_count *counts, __u32 *nr,
		      __u32 flags)
{
	struct utrace_info info;
	struct utrace_counts c = {
		.size = sizeof(c), .flags = flags, .nr = *nr,
		.counts = (uintptr_t)counts, .count_size = sizeof(*counts),
	};
	int ret = ut_info(u, &info);

	c.arch = ut_arch(&info);
	if (!ret)
		ret = ut_ioctl(u->fd, UTRACE_IOC_COUNTS, &c);
	*nr = c.nr;
	return ret;
}

static const struct ut_call counted[] = {
	{ UT_MARK_NR, UTRACE_SC_COUNT }, { SYS_getppid, UTRACE_SC_COUNT },
};

static void *call_often(void *arg ut_unused)
{
	int i;

	for (i = 0; i < CALLS; i++) {
		ut_mark(i);
		syscall(SYS_getppid);
		syscall(SYS_getppid);
	}
	return NULL;
}

/* By value[0] threads; stage 1 when they are done. */
static int call_in_threads(struct ut_child *c)
{
	pthread_t thread[8];
	long i, n = atomic_load(&c->sh->value[0]);

	for (i = 0; i < n; i++) {
		if (pthread_create(&thread[i], NULL, call_often, NULL))
			return 1;
	}
	for (i = 0; i < n; i++)
		pthread_join(thread[i], NULL);
	atomic_store(&c->sh->stage, 1);
	while (!atomic_load(&c->sh->stop))
		ut_sleep(1);
	call_often(NULL);
	atomic_store(&c->sh->stage, 2);
	while (atomic_load(&c->sh->stop) < 2)
		ut_sleep(1);
	return 0;
}

static int count_in_threads(struct ut_session *u, struct ut_child *c, long n)
{
	int ret = ut_spawn(c, call_in_threads) ?: ut_config(u, 0, 0) ?:
		  ut_only(u, counted, ARRAY_SIZE(counted)) ?:
		  ut_attach(u, c->pid, 0, NULL);

	if (ret)
		return ret;
	atomic_store(&c->sh->value[0], n);
	ut_go(c);
	return ut_until(atomic_load(&c->sh->stage), UT_TIMEOUT) ? 0 : -ETIMEDOUT;
}

TEST_F(counts, calls_and_errors)
{
	struct utrace_count *mark = &self->counts[UT_MARK_NR];
	struct utrace_count *getppid = &self->counts[SYS_getppid];
	__u32 nr = UTRACE_SYSCALLS_MAX;

	ASSERT_EQ(0, count_in_threads(&self->u, &self->c, 4));
	ASSERT_EQ(0, get_counts(&self->u, self->counts, &nr, 0));
	/* Tables of other sizes may have counted, too. */
	EXPECT_LT(UT_MARK_NR, nr);
	EXPECT_LT(SYS_getppid, nr);
	EXPECT_GE(UTRACE_SYSCALLS_MAX, nr);
	EXPECT_EQ(sizeof(*mark), mark->size);
	EXPECT_EQ(0, mark->reserved);
	EXPECT_EQ(4 * CALLS, mark->calls);
	EXPECT_EQ(4 * CALLS, mark->errors);
	EXPECT_EQ(8 * CALLS, getppid->calls);
	EXPECT_EQ(0, getppid->errors);
	EXPECT_LT(0, getppid->time);
	EXPECT_GE(getppid->time, getppid->time_max);
	EXPECT_LE(getppid->time / getppid->calls, getppid->time_max);
	EXPECT_EQ(0, self->counts[0].calls);
	EXPECT_EQ(0, self->counts[SYS_read].calls);

	/* To count makes no records. */
	ASSERT_NE(NULL, ut_find(&self->u, 0, UTRACE_REC_ATTACHED));
	EXPECT_EQ(0, ut_queued(&self->u));
	atomic_store(&self->c.sh->stop, 2);
	EXPECT_EQ(0, ut_reap(&self->c));
}

TEST_F(counts, begin_anew)
{
	struct utrace_count *getppid = &self->counts[SYS_getppid];
	__u32 nr = UTRACE_SYSCALLS_MAX;

	ASSERT_EQ(0, count_in_threads(&self->u, &self->c, 1));
	ASSERT_EQ(0, get_counts(&self->u, self->counts, &nr, UTRACE_COUNTS_RESET));
	EXPECT_EQ(2 * CALLS, getppid->calls);
	nr = UTRACE_SYSCALLS_MAX;
	ASSERT_EQ(0, get_counts(&self->u, self->counts, &nr, 0));
	EXPECT_EQ(0, getppid->calls);
	EXPECT_EQ(0, getppid->time);
	EXPECT_EQ(0, getppid->time_max);
	atomic_store(&self->c.sh->stop, 1);
	ASSERT_TRUE(ut_until(atomic_load(&self->c.sh->stage) == 2, UT_TIMEOUT));
	nr = UTRACE_SYSCALLS_MAX;
	ASSERT_EQ(0, get_counts(&self->u, self->counts, &nr, 0));
	EXPECT_EQ(2 * CALLS, getppid->calls);
	EXPECT_EQ(CALLS, self->counts[UT_MARK_NR].errors);
	atomic_store(&self->c.sh->stop, 2);
	EXPECT_EQ(0, ut_reap(&self->c));
}

TEST_F(counts, outlive_their_table)
{
	struct ut_call other = { SYS_getppid, UTRACE_SC_ENTRY };
	__u32 nr = UTRACE_SYSCALLS_MAX;

	ASSERT_EQ(0, count_in_threads(&self->u, &self->c, 1));
	/* Another table, which counts nothing. */
	ASSERT_EQ(0, ut_only(&self->u, &other, 1));
	atomic_store(&self->c.sh->stop, 1);
	ASSERT_TRUE(ut_until(atomic_load(&self->c.sh->stage) == 2, UT_TIMEOUT));
	ASSERT_EQ(0, get_counts(&self->u, self->counts, &nr, 0));
	EXPECT_EQ(2 * CALLS, self->counts[SYS_getppid].calls);
	EXPECT_EQ(CALLS, self->counts[UT_MARK_NR].calls);
	atomic_store(&self->c.sh->stop, 2);
	EXPECT_EQ(0, ut_reap(&self->c));
	/* They live as long as the session, not as its threads. */
	EXPECT_TRUE(ut_drain(&self->u));
	nr = UTRACE_SYSCALLS_MAX;
	ASSERT_EQ(0, get_counts(&self->u, self->counts, &nr, 0));
	EXPECT_EQ(2 * CALLS, self->counts[SYS_getppid].calls);
}

static int sleep_once(struct ut_child *c)
{
	struct timespec ts = { 0, 30000000 };

	syscall(SYS_nanosleep, &ts, NULL);
	ts.tv_nsec = 1000;
	syscall(SYS_nanosleep, &ts, NULL);
	atomic_store(&c->sh->stage, 1);
	ts.tv_sec = 1000;
	syscall(SYS_nanosleep, &ts, NULL);
	return 0;
}

TEST_F(counts, time)
{
	struct ut_call call = { SYS_nanosleep, UTRACE_SC_COUNT };
	struct utrace_count *sleeps = &self->counts[SYS_nanosleep];
	__u32 nr = UTRACE_SYSCALLS_MAX;

	ASSERT_EQ(0, ut_spawn(&self->c, sleep_once));
	ASSERT_EQ(0, ut_config(&self->u, 0, 0));
	ASSERT_EQ(0, ut_only(&self->u, &call, 1));
	ASSERT_EQ(0, ut_attach(&self->u, self->c.pid, 0, NULL));
	ut_go(&self->c);
	ASSERT_TRUE(ut_until(atomic_load(&self->c.sh->stage), UT_TIMEOUT));
	ASSERT_TRUE(ut_wait_state(self->c.pid, self->c.pid, 'S'));
	ASSERT_EQ(0, get_counts(&self->u, self->counts, &nr, 0));
	/* The call that has not returned does not count. */
	EXPECT_EQ(2, sleeps->calls);
	EXPECT_LE(30000000, sleeps->time_max);
	EXPECT_LT(sleeps->time_max, sleeps->time);
}

TEST_F(counts, refusals)
{
	struct utrace_counts c = {
		.size = sizeof(c), .arch = self->info.arch, .nr = 1,
		.counts = (uintptr_t)self->counts, .count_size = sizeof(self->counts[0]),
	};
	__u32 nr = 1;

	EXPECT_EQ(-ENOENT, get_counts(&self->u, self->counts, &nr, 0));
	ASSERT_EQ(0, ut_only(&self->u, counted, ARRAY_SIZE(counted)));
	nr = 1;
	EXPECT_EQ(-EINVAL, get_counts(&self->u, self->counts, &nr, 0x80000000u));
	c.arch = 0x12345678;
	EXPECT_TRUE(ut_ioctl(self->u.fd, UTRACE_IOC_COUNTS, &c) < 0);
	c.arch = self->info.arch;
	c.counts = 16;
	EXPECT_EQ(-EFAULT, ut_ioctl(self->u.fd, UTRACE_IOC_COUNTS, &c));
	/* Room for fewer than there are, and then for none. */
	memset(self->counts, 0x55, sizeof(self->counts));
	nr = 1;
	EXPECT_EQ(0, get_counts(&self->u, self->counts, &nr, 0));
	EXPECT_LT(1, nr);
	EXPECT_EQ(0, self->counts[0].calls);
	EXPECT_EQ(0x55555555, self->counts[1].size);
	nr = 0;
	EXPECT_EQ(0, get_counts(&self->u, NULL, &nr, 0));
	EXPECT_LT(1, nr);
}

TEST_HARNESS_MAIN
