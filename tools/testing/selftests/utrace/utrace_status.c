// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a session can ask about its threads at any time: UTRACE_IOC_STATUS, whose answer
 * is also in the record of an attach, and UTRACE_IOC_PIDFD.
 */
#include "utrace_testlib.h"

#define THREADS	5

FIXTURE(status)
{
	struct ut_session u;
	struct ut_child c, d;
	struct utrace_attach a, b;
	struct utrace_info info;
};

FIXTURE_SETUP(status)
{
	ASSERT_EQ(0, ut_open(&self->u));
	ASSERT_EQ(0, ut_info(&self->u, &self->info));
}

FIXTURE_TEARDOWN(status)
{
	ut_close(&self->u);
	ut_end(&self->c);
	ut_end(&self->d);
}

static int get_status(struct ut_session *u, __u64 thread, void *buffer, __u32 *size,
		      __u32 *nr)
{
	struct utrace_status s = {
		.size = sizeof(s), .thread = thread, .buffer = (uintptr_t)buffer,
		.buffer_size = *size,
	};
	int ret = ut_ioctl(u->fd, UTRACE_IOC_STATUS, &s);

	*size = s.buffer_size;
	*nr = s.nr;
	return ret;
}

static int one_status(struct ut_session *u, __u64 thread, struct utrace_rec_attached *a)
{
	__u32 size = sizeof(*a), nr;
	int ret;

	memset(a, 0x55, sizeof(*a));
	ret = get_status(u, thread, a, &size, &nr);
	if (!ret && (nr != 1 || size != sizeof(*a) || a->head.size != sizeof(*a))) {
		ut_log("%u threads, %u bytes, %u of them in one", nr, size, a->head.size);
		ret = -EPROTO;
	}
	return ret;
}

static int read_named(struct ut_child *c)
{
	prctl(PR_SET_NAME, "sleepy");
	return ut_fn_read(c);
}

static int start_reading(struct ut_child *c)
{
	int ret = ut_spawn(c, read_named);

	if (ret)
		return ret;
	ut_go(c);
	return ut_until(atomic_load(&c->sh->stage) == 1 && ut_state(c->pid, c->pid) == 'S',
			UT_TIMEOUT) ? 0 : -ETIMEDOUT;
}

/* ---- the record of the attach -------------------------------------------- */

TEST_F(status, an_attach_tells_the_call_in_which_a_thread_sleeps)
{
	struct utrace_rec_attached *r;
	struct utrace_attach a = { .tag = 0x1234567890ull };
	int pidfd;

	ASSERT_EQ(0, start_reading(&self->c));
	pidfd = ut_pidfd(self->c.pid);
	ASSERT_LE(0, pidfd);
	a.fd = pidfd;
	ASSERT_EQ(0, ut_attach_full(&self->u, &a));
	close(pidfd);
	r = ut_find(&self->u, a.thread, UTRACE_REC_ATTACHED);
	ASSERT_NE(NULL, r);
	EXPECT_EQ(0, r->head.flags);
	EXPECT_EQ(0x1234567890ull, r->tag);
	EXPECT_EQ(a.process, r->process);
	EXPECT_NE(0, r->process);
	EXPECT_EQ(0, r->stop);
	EXPECT_EQ(UTRACE_STATE_SLEEPS, r->state);
	EXPECT_EQ(ut_arch(&self->info), r->arch);
	EXPECT_EQ(SYS_read, r->nr);
	EXPECT_EQ(self->c.in[0], r->args[0]);
	EXPECT_EQ(1, r->args[2]);
	EXPECT_NE(0, r->ip);
	EXPECT_NE(0, r->sp);
	EXPECT_STREQ("sleepy", (const char *)r->comm);
	/* It has not noticed. */
	EXPECT_EQ('S', ut_state(self->c.pid, self->c.pid));
	ASSERT_EQ(1, write(self->c.in[1], "x", 1));
	EXPECT_EQ(0, ut_reap(&self->c));
	EXPECT_EQ(1, atomic_load(&self->c.sh->value[1]));
}

TEST_F(status, a_process_is_told_from_the_next_one_with_its_id)
{
	ASSERT_EQ(0, ut_spawn(&self->c, ut_fn_marks));
	ASSERT_EQ(0, ut_spawn(&self->d, ut_fn_marks));
	ASSERT_EQ(0, ut_attach(&self->u, self->c.pid, 0, &self->a));
	ASSERT_EQ(0, ut_attach(&self->u, self->d.pid, 0, &self->b));
	EXPECT_NE(0, self->a.process);
	EXPECT_NE(0, self->b.process);
	EXPECT_NE(self->a.process, self->b.process);
}

/* ---- what threads do now ------------------------------------------------- */

TEST_F(status, of_a_thread_that_runs)
{
	struct utrace_rec_attached a;

	ASSERT_EQ(0, ut_spawn(&self->c, ut_fn_spin));
	ASSERT_EQ(0, ut_attach(&self->u, self->c.pid, 0, &self->a));
	ut_go(&self->c);
	ASSERT_TRUE(ut_runs(&self->c));
	ASSERT_EQ(0, one_status(&self->u, self->a.thread, &a));
	EXPECT_EQ(UTRACE_REC_ATTACHED, a.head.type);
	EXPECT_EQ(0, a.head.flags);
	EXPECT_EQ(self->a.thread, a.head.thread);
	EXPECT_EQ(self->c.pid, a.head.pid);
	EXPECT_EQ(self->c.pid, a.head.tid);
	EXPECT_EQ(self->a.process, a.process);
	EXPECT_EQ(UTRACE_STATE_RUNS, a.state);
	EXPECT_EQ(0, a.stop);
	EXPECT_EQ(0, a.arch);
	/* It makes no record. */
	ASSERT_NE(NULL, ut_find(&self->u, 0, UTRACE_REC_ATTACHED));
	EXPECT_EQ(NULL, ut_next(&self->u, 0));
}

TEST_F(status, of_a_thread_that_is_held)
{
	struct utrace_rec_attached a;
	struct utrace_rec_quiesce *q;
	int status;

	ASSERT_EQ(0, ut_spawn(&self->c, ut_fn_spin));
	ASSERT_EQ(0, ut_attach(&self->u, self->c.pid, 0, &self->a));
	ut_go(&self->c);
	ASSERT_TRUE(ut_runs(&self->c));
	ASSERT_EQ(-EINPROGRESS, ut_op(&self->u, self->a.thread, UTRACE_OP_HOLD));
	q = ut_find(&self->u, self->a.thread, UTRACE_EV_QUIESCE);
	ASSERT_NE(NULL, q);
	ASSERT_TRUE(ut_wait_state(self->c.pid, self->c.pid, 't'));
	ASSERT_EQ(0, one_status(&self->u, self->a.thread, &a));
	EXPECT_EQ(UTRACE_STATE_TRACED, a.state);
	EXPECT_EQ(q->head.seq, a.stop);
	ASSERT_EQ(0, ut_op(&self->u, self->a.thread, UTRACE_OP_RELEASE));

	ASSERT_EQ(0, kill(self->c.pid, SIGSTOP));
	ASSERT_EQ(self->c.pid, ut_waitpid(self->c.pid, &status, WUNTRACED, UT_TIMEOUT));
	ASSERT_TRUE(ut_wait_state(self->c.pid, self->c.pid, 'T'));
	ASSERT_EQ(0, one_status(&self->u, self->a.thread, &a));
	EXPECT_EQ(UTRACE_STATE_STOPPED, a.state);
	EXPECT_EQ(0, a.stop);
}

TEST_F(status, of_a_thread_that_is_held_at_its_call)
{
	struct utrace_rec_attached a;
	struct utrace_rec_syscall *s;

	ASSERT_EQ(0, ut_spawn(&self->c, ut_fn_write));
	ASSERT_EQ(0, ut_config(&self->u, 0, UT_ENTRY));
	ASSERT_EQ(0, ut_only_call(&self->u, SYS_write));
	ASSERT_EQ(0, ut_attach(&self->u, self->c.pid, 0, &self->a));
	ut_go(&self->c);
	s = ut_find(&self->u, self->a.thread, UTRACE_EV_SYSCALL_ENTRY);
	ASSERT_NE(NULL, s);
	ASSERT_TRUE(ut_wait_state(self->c.pid, self->c.pid, 't'));
	ASSERT_EQ(0, one_status(&self->u, self->a.thread, &a));
	EXPECT_EQ(s->head.seq, a.stop);
	EXPECT_EQ(UTRACE_STATE_TRACED, a.state);
	EXPECT_EQ(SYS_write, a.nr);
	EXPECT_EQ(s->arch, a.arch);
	EXPECT_EQ(0, memcmp(s->args, a.args, sizeof(a.args)));
	EXPECT_EQ(s->ip, a.ip);
	EXPECT_EQ(s->sp, a.sp);
	EXPECT_EQ(0, ut_op(&self->u, self->a.thread, UTRACE_OP_RELEASE));
	EXPECT_EQ(0, ut_reap(&self->c));
}

TEST_F(status, of_a_thread_that_sleeps_and_is_held_so)
{
	struct utrace_rec_attached a;
	struct utrace_rec_quiesce *q;

	ASSERT_EQ(0, start_reading(&self->c));
	ASSERT_EQ(0, ut_attach(&self->u, self->c.pid, 0, &self->a));
	ASSERT_EQ(0, ut_op(&self->u, self->a.thread, UTRACE_OP_HOLD));
	q = ut_find(&self->u, self->a.thread, UTRACE_EV_QUIESCE);
	ASSERT_NE(NULL, q);
	ASSERT_EQ(0, one_status(&self->u, self->a.thread, &a));
	EXPECT_EQ(q->head.seq, a.stop);
	EXPECT_EQ(SYS_read, a.nr);
	EXPECT_EQ(UTRACE_STATE_SLEEPS, a.state);
}

static void *sleep_on(void *arg ut_unused)
{
	for (;;)
		pause();
	return NULL;
}

static int sleepers(struct ut_child *c)
{
	if (!ut_start_threads(THREADS - 1, sleep_on, NULL))
		return 1;
	atomic_store(&c->sh->stage, 1);
	sleep_on(NULL);
	return 0;
}

TEST_F(status, of_all_threads)
{
	struct utrace_rec_attached a[THREADS + 1];
	__u32 size = sizeof(a), nr;
	int i, j, leaders = 0;

	ASSERT_EQ(0, ut_spawn(&self->c, sleepers));
	ut_go(&self->c);
	ASSERT_TRUE(ut_until(atomic_load(&self->c.sh->stage), UT_TIMEOUT));
	ASSERT_EQ(0, ut_attach(&self->u, self->c.pid, 0, &self->a));
	ASSERT_EQ(0, get_status(&self->u, 0, a, &size, &nr));
	EXPECT_EQ(THREADS, nr);
	ASSERT_EQ(THREADS * sizeof(a[0]), size);
	for (i = 0; i < THREADS; i++) {
		ASSERT_EQ(sizeof(a[0]), a[i].head.size);
		EXPECT_EQ(self->c.pid, a[i].head.pid);
		EXPECT_EQ(self->a.process, a[i].process);
		leaders += a[i].head.thread == self->a.thread;
		for (j = 0; j < i; j++) {
			EXPECT_NE(a[j].head.thread, a[i].head.thread);
		}
	}
	EXPECT_EQ(1, leaders);

	/* Whole answers only, and how many there are. */
	size = 2 * sizeof(a[0]) + 8;
	ASSERT_EQ(0, get_status(&self->u, 0, a, &size, &nr));
	EXPECT_EQ(2 * sizeof(a[0]), size);
	EXPECT_EQ(THREADS, nr);
	size = 0;
	ASSERT_EQ(0, get_status(&self->u, 0, NULL, &size, &nr));
	EXPECT_EQ(0, size);
	EXPECT_EQ(THREADS, nr);
}

TEST_F(status, refusals)
{
	struct utrace_rec_attached a;
	__u32 size, nr;

	EXPECT_EQ(-ESRCH, one_status(&self->u, 12345678901ull, &a));
	size = sizeof(a);
	EXPECT_EQ(0, get_status(&self->u, 0, &a, &size, &nr));
	EXPECT_EQ(0, nr);
	EXPECT_EQ(0, size);
	ASSERT_EQ(0, ut_spawn(&self->c, ut_fn_marks));
	ASSERT_EQ(0, ut_attach(&self->u, self->c.pid, 0, &self->a));
	size = sizeof(a);
	EXPECT_EQ(-EFAULT, get_status(&self->u, 0, (void *)16, &size, &nr));
	ut_go(&self->c);
	ASSERT_EQ(0, ut_reap(&self->c));
	EXPECT_TRUE(ut_drain(&self->u));
	EXPECT_EQ(-ESRCH, one_status(&self->u, self->a.thread, &a));
}

/* ---- pidfds -------------------------------------------------------------- */

static int get_pidfd(struct ut_session *u, __u64 thread, __u32 flags)
{
	struct utrace_pidfd p = { .size = sizeof(p), .flags = flags, .thread = thread };
	int ret = ut_ioctl(u->fd, UTRACE_IOC_PIDFD, &p);

	return ret ? ret : p.fd;
}

TEST_F(status, pidfd_of_a_process)
{
	siginfo_t si;
	int fd;

	ASSERT_EQ(0, ut_spawn(&self->c, ut_fn_spin));
	ASSERT_EQ(0, ut_attach(&self->u, self->c.pid, 0, &self->a));
	ut_go(&self->c);
	ASSERT_TRUE(ut_runs(&self->c));
	fd = get_pidfd(&self->u, self->a.thread, 0);
	ASSERT_LE(0, fd);
	EXPECT_EQ(FD_CLOEXEC, fcntl(fd, F_GETFD));
	EXPECT_EQ(-ESRCH, get_pidfd(&self->u, 12345678901ull, 0));
	ASSERT_EQ(0, syscall(SYS_pidfd_send_signal, fd, SIGTERM, NULL, 0));
	ASSERT_EQ(0, waitid(3 /* P_PIDFD */, fd, &si, WEXITED));
	EXPECT_EQ(self->c.pid, si.si_pid);
	EXPECT_EQ(SIGTERM, si.si_status);
	self->c.pid = 0;
	close(fd);
	EXPECT_TRUE(ut_drain(&self->u));
	EXPECT_EQ(-ESRCH, get_pidfd(&self->u, self->a.thread, 0));
}

TEST_F(status, pidfd_of_a_thread)
{
	struct utrace_record *r;
	char path[64], text[512] = "", expected[32];
	int fd, info;

	ASSERT_EQ(0, ut_spawn(&self->c, sleepers));
	ut_go(&self->c);
	ASSERT_TRUE(ut_until(atomic_load(&self->c.sh->stage), UT_TIMEOUT));
	ASSERT_EQ(0, ut_attach(&self->u, self->c.pid, 0, &self->a));
	do {
		r = ut_find(&self->u, 0, UTRACE_REC_ATTACHED);
		ASSERT_NE(NULL, r);
	} while (r->tid == self->c.pid);
	fd = get_pidfd(&self->u, r->thread, UTRACE_PIDFD_THREAD);
	ASSERT_LE(0, fd);
	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
	info = open(path, O_RDONLY | O_CLOEXEC);
	ASSERT_LE(0, info);
	ASSERT_LT(0, read(info, text, sizeof(text) - 1));
	snprintf(expected, sizeof(expected), "\nPid:\t%d\n", r->tid);
	EXPECT_NE(NULL, strstr(text, expected)) {
		TH_LOG("%s", text);
	}
	close(info);
	close(fd);
}

TEST_HARNESS_MAIN
