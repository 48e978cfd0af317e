// SPDX-License-Identifier: GPL-2.0-only
/*
 * Whom a session may attach to, whom not, and what it is attached to then.
 */
#include "utrace_testlib.h"

#define THREADS 8

FIXTURE(attach)
{
	struct ut_session u, v;
	struct ut_child c;
};

FIXTURE_SETUP(attach)
{
	self->v.fd = -1;
	ASSERT_EQ(0, ut_open(&self->u));
}

FIXTURE_TEARDOWN(attach)
{
	ut_close(&self->u);
	ut_close(&self->v);
	ut_end(&self->c);
}

TEST_F(attach, to_a_child)
{
	struct utrace_attach a;
	struct utrace_record *r;

	ASSERT_EQ(0, ut_spawn(&self->c, ut_fn_marks));
	ASSERT_EQ(0, ut_attach(&self->u, self->c.pid, 0, &a));
	EXPECT_EQ(1, a.threads);
	EXPECT_NE(0, a.thread);
	r = ut_next(&self->u, UT_TIMEOUT);
	ASSERT_NE(NULL, r);
	EXPECT_EQ(UTRACE_REC_ATTACHED, r->type);
	EXPECT_EQ(0, r->flags);
	EXPECT_EQ(a.thread, r->thread);
	EXPECT_EQ(self->c.pid, r->pid);
	EXPECT_EQ(self->c.pid, r->tid);
	EXPECT_EQ('S', ut_state(self->c.pid, self->c.pid));
}

TEST_F(attach, unknown_flags)
{
	struct utrace_info info;
	int bit;

	ASSERT_EQ(0, ut_spawn(&self->c, ut_fn_marks));
	ASSERT_EQ(0, ut_info(&self->u, &info));
	EXPECT_EQ(0, info.attach_flags >> 32);
	for (bit = 0; bit < 32; bit++) {
		if (info.attach_flags & 1u << bit)
			continue;
		EXPECT_EQ(-EINVAL, ut_attach(&self->u, self->c.pid, 1u << bit, NULL));
	}
	ASSERT_EQ(0, ut_info(&self->u, &info));
	EXPECT_EQ(0, info.threads);
}

TEST_F(attach, results_are_not_arguments)
{
	struct utrace_attach a = { .threads = 77, .thread = ~0ull, .process = ~0ull };
	int pidfd;

	ASSERT_EQ(0, ut_spawn(&self->c, ut_fn_marks));
	pidfd = ut_pidfd(self->c.pid);
	ASSERT_LE(0, pidfd);
	a.fd = pidfd;
	EXPECT_EQ(0, ut_attach_full(&self->u, &a));
	EXPECT_EQ(1, a.threads);
	EXPECT_NE(0, a.thread);
	EXPECT_NE(~0ull, a.thread);
	EXPECT_NE(0, a.process);
	EXPECT_NE(~0ull, a.process);
	close(pidfd);
}

TEST_F(attach, to_a_kernel_thread)
{
	char name[16] = "";
	int fd = open("/proc/2/comm", O_RDONLY | O_CLOEXEC);

	if (fd < 0 || read(fd, name, sizeof(name) - 1) <= 0 ||
	    strcmp(name, "kthreadd\n"))
		SKIP(return, "no kernel threads in this pid namespace");
	close(fd);
	EXPECT_EQ(-EPERM, ut_attach(&self->u, 2, 0, NULL));
}

TEST_F(attach, to_oneself)
{
	EXPECT_EQ(-EPERM, ut_attach(&self->u, getpid(), 0, NULL));
}

static void *attach_to_own_process(void *u)
{
	return (void *)(long)ut_attach(u, getpid(), 0, NULL);
}

TEST_F(attach, to_the_own_process_from_another_thread)
{
	pthread_t thread;
	void *ret = NULL;

	ASSERT_EQ(0, pthread_create(&thread, NULL, attach_to_own_process,
				    &self->u));
	ASSERT_EQ(0, pthread_join(thread, &ret));
	EXPECT_EQ(-EPERM, (long)ret);
}

TEST_F(attach, to_the_dead)
{
	siginfo_t si;
	int pidfd;

	ASSERT_EQ(0, ut_spawn(&self->c, ut_fn_marks));
	pidfd = ut_pidfd(self->c.pid);
	ASSERT_LE(0, pidfd);
	ut_go(&self->c);
	/* a zombie */
	ASSERT_EQ(0, waitid(P_PID, self->c.pid, &si, WEXITED | WNOWAIT));
	EXPECT_EQ(-ESRCH, ut_attach_pidfd(&self->u, pidfd, 0, NULL));
	/* gone */
	ASSERT_EQ(0, ut_reap(&self->c));
	EXPECT_EQ(-ESRCH, ut_attach_pidfd(&self->u, pidfd, 0, NULL));
	close(pidfd);
}

TEST_F(attach, not_a_pidfd)
{
	int fd, closed;

	EXPECT_EQ(-EBADF, ut_attach_pidfd(&self->u, -2, 0, NULL));
	fd = open("/dev/null", O_RDWR | O_CLOEXEC);
	ASSERT_LE(0, fd);
	closed = dup(fd);
	ASSERT_LE(0, closed);
	close(closed);
	EXPECT_EQ(-EBADF, ut_attach_pidfd(&self->u, fd, 0, NULL));
	EXPECT_EQ(-EBADF, ut_attach_pidfd(&self->u, closed, 0, NULL));
	EXPECT_EQ(-EBADF, ut_attach_pidfd(&self->u, self->u.fd, 0, NULL));
	close(fd);
}

TEST_F(attach, twice)
{
	struct utrace_info info;

	ASSERT_EQ(0, ut_spawn(&self->c, ut_fn_marks));
	ASSERT_EQ(0, ut_attach(&self->u, self->c.pid, 0, NULL));
	EXPECT_EQ(-EEXIST, ut_attach(&self->u, self->c.pid, 0, NULL));
	ASSERT_EQ(0, ut_info(&self->u, &info));
	EXPECT_EQ(1, info.threads);
}

TEST_F(attach, two_sessions_to_one_process)
{
	struct utrace_attach a, b;
	struct utrace_rec_syscall *r;
	int i;

	ASSERT_EQ(0, ut_open(&self->v));
	ASSERT_EQ(0, ut_spawn(&self->c, ut_fn_marks));
	atomic_store(&self->c.sh->value[0], 5);
	ASSERT_EQ(0, ut_config(&self->u, UT_SYSCALLS, 0));
	ASSERT_EQ(0, ut_config(&self->v, UT_SYSCALLS, 0));
	ASSERT_EQ(0, ut_attach(&self->u, self->c.pid, 0, &a));
	ASSERT_EQ(0, ut_attach(&self->v, self->c.pid, 0, &b));
	/* A cookie names the thread, not the attachment. */
	EXPECT_EQ(a.thread, b.thread);
	EXPECT_EQ(a.process, b.process);
	ut_go(&self->c);
	for (i = 0; i < 5; i++) {
		r = ut_find_call(&self->u, 0, UTRACE_EV_SYSCALL,
				 UT_MARK_NR);
		ASSERT_NE(NULL, r);
		EXPECT_EQ(i, r->args[0]);
		r = ut_find_call(&self->v, 0, UTRACE_EV_SYSCALL,
				 UT_MARK_NR);
		ASSERT_NE(NULL, r);
		EXPECT_EQ(i, r->args[0]);
	}
	EXPECT_EQ(0, ut_reap(&self->c));
}

TEST_F(attach, again_after_detaching)
{
	struct utrace_attach a, b;

	ASSERT_EQ(0, ut_spawn(&self->c, ut_fn_marks));
	ASSERT_EQ(0, ut_attach(&self->u, self->c.pid, 0, &a));
	ASSERT_EQ(0, ut_op(&self->u, a.thread, UTRACE_OP_DETACH));
	EXPECT_EQ(0, ut_attach(&self->u, self->c.pid, 0, &b));
	EXPECT_EQ(a.thread, b.thread);
	EXPECT_EQ(1, b.threads);
}

/* ---- permission -------------------------------------------------------- */

static int become_nobody(struct ut_child *c)
{
	int ret = ut_drop_privileges();

	if (!ret && !atomic_load(&c->sh->value[0]))
		ret = prctl(PR_SET_DUMPABLE, 0) ? -errno : 0;
	atomic_store(&c->sh->value[1], ret);
	atomic_store(&c->sh->stage, 1);
	while (!atomic_load(&c->sh->stop))
		ut_sleep(5);
	return 0;
}

/* value[0] is the target; what the kernel says goes to value[1]. */
static int attach_as_nobody(struct ut_child *c)
{
	struct ut_session u;
	int ret = ut_drop_privileges();

	if (!ret)
		ret = ut_open(&u);
	atomic_store(&c->sh->value[2], ret);
	if (ret)
		return 1;
	ret = ut_attach(&u, atomic_load(&c->sh->value[0]), 0, NULL);
	atomic_store(&c->sh->value[1], ret);
	return 0;
}

/*
 * Without a privileged tracer only a target of the same user will do, and
 * only if it may be dumped.
 */
FIXTURE(permission)
{
	struct ut_child target, tracer;
	mode_t mode;
};

FIXTURE_VARIANT(permission)
{
	bool same_user;
	bool dumpable;
	int expected;
};

FIXTURE_VARIANT_ADD(permission, same_user)
{
	.same_user = true, .dumpable = true, .expected = 0,
};

FIXTURE_VARIANT_ADD(permission, other_user)
{
	.same_user = false, .dumpable = true, .expected = -EPERM,
};

FIXTURE_VARIANT_ADD(permission, not_dumpable)
{
	.same_user = true, .dumpable = false, .expected = -EPERM,
};

FIXTURE_SETUP(permission)
{
	if (geteuid())
		SKIP(return, "needs to be root to have privileges to drop");
	ASSERT_EQ(0, ut_open_device_to_all(&self->mode));
}

FIXTURE_TEARDOWN(permission)
{
	ut_end(&self->tracer);
	ut_end(&self->target);
	if (self->mode)
		chmod(UT_DEVICE, self->mode);
}

TEST_F(permission, of_an_unprivileged_tracer)
{
	ASSERT_EQ(0, ut_spawn(&self->target, variant->same_user ?
			      become_nobody : ut_fn_marks));
	if (variant->same_user) {
		atomic_store(&self->target.sh->value[0], variant->dumpable);
		ut_go(&self->target);
		ASSERT_TRUE(ut_until(atomic_load(&self->target.sh->stage),
				     UT_TIMEOUT));
		ASSERT_EQ(0, atomic_load(&self->target.sh->value[1]));
	}

	ASSERT_EQ(0, ut_spawn(&self->tracer, attach_as_nobody));
	atomic_store(&self->tracer.sh->value[0], self->target.pid);
	ut_go(&self->tracer);
	ASSERT_EQ(0, ut_reap(&self->tracer));
	ASSERT_EQ(0, atomic_load(&self->tracer.sh->value[2]));
	EXPECT_EQ(variant->expected, atomic_load(&self->tracer.sh->value[1]));
}

TEST_F(permission, of_a_privileged_tracer)
{
	struct ut_session u;

	ASSERT_EQ(0, ut_spawn(&self->target, variant->same_user ?
			      become_nobody : ut_fn_marks));
	if (variant->same_user) {
		atomic_store(&self->target.sh->value[0], variant->dumpable);
		ut_go(&self->target);
		ASSERT_TRUE(ut_until(atomic_load(&self->target.sh->stage),
				     UT_TIMEOUT));
	}
	ASSERT_EQ(0, ut_open(&u));
	EXPECT_EQ(0, ut_attach(&u, self->target.pid, 0, NULL));
	ut_close(&u);
}

/* ---- failure ------------------------------------------------------------ */

/* A thread that stays root in a process whose leader is nobody. */
static void *stay_root(void *arg)
{
	struct ut_child *c = arg;

	atomic_fetch_add(&c->sh->count, 1);
	while (!atomic_load(&c->sh->stop))
		ut_sleep(5);
	return NULL;
}

static int two_users(struct ut_child *c)
{
	pthread_t thread;
	int ret;

	if (pthread_create(&thread, NULL, stay_root, c))
		return 1;
	while (!atomic_load(&c->sh->count))
		ut_sleep(1);
	/* The C library would change all threads. */
	ret = syscall(SYS_setgroups, 0, NULL) ||
	      syscall(SYS_setresgid, UT_NOBODY, UT_NOBODY, UT_NOBODY) ||
	      syscall(SYS_setresuid, UT_NOBODY, UT_NOBODY, UT_NOBODY) ||
	      prctl(PR_SET_DUMPABLE, 1) ? -errno : 0;
	atomic_store(&c->sh->value[1], ret);
	atomic_store(&c->sh->stage, 1);
	pthread_join(thread, NULL);
	return 0;
}

/* What a session says that could attach to one of two threads only. */
static int fail_to_attach(struct ut_child *c)
{
	static struct ut_session u;
	struct utrace_rec_detached *d;
	struct utrace_record *r;
	struct utrace_info info;
	__u64 thread = 0;
	int ret = ut_drop_privileges();

	if (!ret)
		ret = ut_open(&u);
	atomic_store(&c->sh->value[2], ret);
	if (ret)
		return 1;
	ret = ut_attach(&u, atomic_load(&c->sh->value[0]), 0, NULL);
	atomic_store(&c->sh->value[1], ret);
	while ((r = ut_next(&u, 0))) {
		if (r->type == UTRACE_REC_ATTACHED) {
			atomic_fetch_add(&c->sh->value[3], 1);
			thread = r->thread;
		} else if (r->type == UTRACE_REC_DETACHED) {
			d = (void *)r;
			if (r->thread == thread)
				atomic_fetch_add(&c->sh->value[4], 1);
			atomic_store(&c->sh->value[5], d->error);
			atomic_store(&c->sh->value[8], d->reason);
		}
	}
	/* It has had no thread, so it has not come to its end. */
	atomic_store(&c->sh->value[6], u.eof);
	if (!ut_info(&u, &info))
		atomic_store(&c->sh->value[7], info.threads);
	return 0;
}

TEST_F(permission, of_some_threads_only)
{
	atomic_long *seen;

	if (!variant->same_user || !variant->dumpable)
		SKIP(return, "the same for every variant");
	ASSERT_EQ(0, ut_spawn(&self->target, two_users));
	ut_go(&self->target);
	ASSERT_TRUE(ut_until(atomic_load(&self->target.sh->stage), UT_TIMEOUT));
	ASSERT_EQ(0, atomic_load(&self->target.sh->value[1]));

	ASSERT_EQ(0, ut_spawn(&self->tracer, fail_to_attach));
	seen = self->tracer.sh->value;
	atomic_store(&seen[0], self->target.pid);
	ut_go(&self->tracer);
	ASSERT_EQ(0, ut_reap(&self->tracer));
	ASSERT_EQ(0, atomic_load(&seen[2]));
	EXPECT_EQ(-EPERM, atomic_load(&seen[1]));
	/* Who was told of an attachment is told of its end, and why. */
	EXPECT_EQ(atomic_load(&seen[3]), atomic_load(&seen[4]));
	if (atomic_load(&seen[3])) {
		EXPECT_EQ(EPERM, atomic_load(&seen[5]));
		EXPECT_EQ(UTRACE_DETACHED_ATTACH, atomic_load(&seen[8]));
	}
	EXPECT_EQ(0, atomic_load(&seen[6]));
	EXPECT_EQ(0, atomic_load(&seen[7]));
	atomic_store(&self->target.sh->stop, 1);
	EXPECT_EQ(0, ut_reap(&self->target));
}

#define DYING_MS	1000

/* A thread that creates the next one, and dies. */
static void *create_next(void *arg)
{
	struct ut_child *c = arg;
	pthread_attr_t attr;
	pthread_t thread;

	atomic_fetch_add(&c->sh->count, 1);
	if (atomic_load(&c->sh->stop))
		return NULL;
	pthread_attr_init(&attr);
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	while (pthread_create(&thread, &attr, create_next, c))
		sched_yield();
	return NULL;
}

/* The leader dies first, because it would be the first to be asked about. */
static int threads_that_die(struct ut_child *c)
{
	create_next(c);
	pthread_exit(NULL);
}

/* Attach again and again, for as long as nothing happens that should not. */
static int attach_to_dying_threads(struct ut_child *c)
{
	static struct ut_session u;
	long end = ut_now() + DYING_MS;
	int fd = -1, ret = ut_drop_privileges();

	if (!ret)
		ret = ut_open(&u);
	if (!ret)
		fd = ut_pidfd(atomic_load(&c->sh->value[0]));
	atomic_store(&c->sh->value[2], ret ?: fd < 0 ? fd : 0);
	if (ret || fd < 0)
		return 1;
	do {
		ret = ut_attach_pidfd(&u, fd, 0, NULL);
		if (ret == -EPERM)
			atomic_fetch_add(&c->sh->value[3], 1);
		else if (ret != -ESRCH)
			atomic_store(&c->sh->value[1], ret ?: 1);
		if (ut_next(&u, 0))
			atomic_fetch_add(&c->sh->value[4], 1);
	} while (!atomic_load(&c->sh->value[1]) && !atomic_load(&c->sh->value[4]) &&
		 ut_now() < end);
	return 0;
}

/* A thread that dies in the middle of an attach has been asked about nevertheless. */
TEST_F(permission, of_threads_that_die)
{
	atomic_long *seen;

	if (variant->same_user)
		SKIP(return, "the same for every variant");
	ASSERT_EQ(0, ut_spawn(&self->target, threads_that_die));
	ut_go(&self->target);
	ASSERT_TRUE(ut_wait_state(self->target.pid, self->target.pid, 'Z'));
	ASSERT_TRUE(ut_runs(&self->target));

	ASSERT_EQ(0, ut_spawn(&self->tracer, attach_to_dying_threads));
	seen = self->tracer.sh->value;
	atomic_store(&seen[0], self->target.pid);
	ut_go(&self->tracer);
	ASSERT_EQ(0, ut_reap(&self->tracer));
	ASSERT_EQ(0, atomic_load(&seen[2]));
	EXPECT_EQ(0, atomic_load(&seen[1]));
	EXPECT_LT(0, atomic_load(&seen[3]));
	EXPECT_EQ(0, atomic_load(&seen[4]));
	EXPECT_EQ(0, ut_stop(&self->target));
}

/* The result cannot be stored, so nothing has happened. */
TEST_F(attach, without_a_place_for_the_result)
{
	struct utrace_attach *a = mmap(NULL, sizeof(*a), PROT_READ | PROT_WRITE,
				       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct utrace_rec_detached *d;
	struct utrace_record *r;
	struct utrace_info info;
	int pidfd;

	ASSERT_NE(MAP_FAILED, a);
	ASSERT_EQ(0, ut_spawn(&self->c, ut_fn_marks));
	pidfd = ut_pidfd(self->c.pid);
	ASSERT_LE(0, pidfd);
	a->size = sizeof(*a);
	a->fd = pidfd;
	/* There is no ring before, so that the attach makes it. */
	self->u.maps = false;
	ASSERT_EQ(0, mprotect(a, sizeof(*a), PROT_READ));
	EXPECT_EQ(-EFAULT, ut_ioctl(self->u.fd, UTRACE_IOC_ATTACH, a));
	ASSERT_EQ(0, ut_info(&self->u, &info));
	EXPECT_EQ(0, info.threads);
	r = ut_next(&self->u, 0);
	if (r) {
		EXPECT_EQ(UTRACE_REC_ATTACHED, r->type);
		d = (void *)ut_next(&self->u, 0);
		ASSERT_NE(NULL, d);
		EXPECT_EQ(UTRACE_REC_DETACHED, d->head.type);
		EXPECT_EQ(EFAULT, d->error);
		EXPECT_EQ(UTRACE_DETACHED_ATTACH, d->reason);
	}
	EXPECT_EQ(NULL, ut_next(&self->u, 0));
	EXPECT_FALSE(self->u.eof);
	/* Nor does it keep anybody from trying again. */
	EXPECT_EQ(0, ut_attach_pidfd(&self->u, pidfd, 0, NULL));
	close(pidfd);
	munmap(a, sizeof(*a));
}

/* ---- many threads ------------------------------------------------------ */

/*
 * Threads wait until ->stage reaches their number, then make a mark with it,
 * and end.  Numbers go on across the batches.
 */
struct worker {
	struct ut_child *c;
	long number;
	pthread_t thread;
};

static void *work(void *arg)
{
	struct worker *w = arg;

	atomic_store(&w->c->sh->value[w->number + 8], ut_gettid());
	atomic_fetch_add(&w->c->sh->count, 1);
	while (atomic_load(&w->c->sh->stage) < 1)
		ut_sleep(2);
	ut_mark(w->number);
	return NULL;
}

static int two_batches(struct ut_child *c)
{
	struct worker w[2 * THREADS];
	int i;

	for (i = 0; i < 2 * THREADS; i++) {
		/* The second batch is made after the test has attached. */
		while (i >= THREADS && atomic_load(&c->sh->stop) < 1)
			ut_sleep(2);
		w[i].c = c;
		w[i].number = i;
		if (pthread_create(&w[i].thread, NULL, work, &w[i]))
			return 1;
	}
	for (i = 0; i < 2 * THREADS; i++)
		pthread_join(w[i].thread, NULL);
	return 0;
}

TEST_F(attach, to_a_process_of_many_threads)
{
	struct ut_call calls[] = { { UT_MARK_NR, UT_SC_REPORT } };
	__u64 cookie[1 + THREADS] = {};
	pid_t tid[1 + THREADS] = {};
	bool marked[2 * THREADS] = {};
	struct utrace_rec_syscall *s;
	struct utrace_record *r;
	struct utrace_attach a;
	struct utrace_info info;
	int i, j;

	ASSERT_EQ(0, ut_spawn(&self->c, two_batches));
	ut_go(&self->c);
	ASSERT_TRUE(ut_until(atomic_load(&self->c.sh->count) == THREADS,
			     UT_TIMEOUT));
	ASSERT_EQ(0, ut_config(&self->u, UT_ENTRY, 0));
	ASSERT_EQ(0, ut_only(&self->u, calls, 1));
	ASSERT_EQ(0, ut_attach(&self->u, self->c.pid, 0, &a));
	EXPECT_EQ(1 + THREADS, a.threads);

	for (i = 0; i < 1 + THREADS; i++) {
		r = ut_next(&self->u, UT_TIMEOUT);
		ASSERT_NE(NULL, r);
		ASSERT_EQ(UTRACE_REC_ATTACHED, r->type);
		EXPECT_EQ(self->c.pid, r->pid);
		cookie[i] = r->thread;
		tid[i] = r->tid;
		if (r->tid == self->c.pid) {
			EXPECT_EQ(a.thread, r->thread);
		}
		for (j = 0; j < i; j++) {
			EXPECT_NE(cookie[j], cookie[i]);
			EXPECT_NE(tid[j], tid[i]);
		}
	}
	EXPECT_EQ(-EEXIST, ut_attach(&self->u, self->c.pid, 0, NULL));

	/* Now the second batch, then let all make their mark. */
	atomic_store(&self->c.sh->stop, 1);
	ASSERT_TRUE(ut_until(atomic_load(&self->c.sh->count) == 2 * THREADS,
			     UT_TIMEOUT));
	ASSERT_EQ(0, ut_info(&self->u, &info));
	EXPECT_EQ(1 + 2 * THREADS, info.threads);
	atomic_store(&self->c.sh->stage, 1);
	for (i = 0; i < 2 * THREADS; i++) {
		s = ut_find(&self->u, 0, UTRACE_EV_SYSCALL_ENTRY);
		ASSERT_NE(NULL, s);
		ASSERT_GT(2 * THREADS, s->args[0]);
		EXPECT_FALSE(marked[s->args[0]]);
		marked[s->args[0]] = true;
		/* The thread that says so is the one that it is. */
		EXPECT_EQ(atomic_load(&self->c.sh->value[s->args[0] + 8]),
			  s->head.tid);
		EXPECT_EQ(self->c.pid, s->head.pid);
		for (j = 0; j < 1 + THREADS; j++) {
			EXPECT_EQ(tid[j] == s->head.tid,
				  cookie[j] == s->head.thread);
		}
	}
	EXPECT_EQ(0, ut_reap(&self->c));
	EXPECT_TRUE(ut_drain(&self->u));
}

/* ---- children ---------------------------------------------------------- */

static int fork_and_mark(struct ut_child *c ut_unused)
{
	int status;
	pid_t pid;

	ut_mark(1);
	pid = fork();
	if (pid < 0)
		return 1;
	if (!pid) {
		ut_mark(2);
		/* A grandchild is a child, too. */
		pid = fork();
		if (!pid) {
			ut_mark(3);
			_exit(0);
		}
		_exit(pid < 0 || waitpid(pid, &status, 0) != pid || status);
	}
	if (waitpid(pid, &status, 0) != pid || status)
		return 1;
	ut_mark(4);
	return 0;
}

TEST_F(attach, children_are_followed_if_asked)
{
	struct utrace_rec_syscall *s;
	struct utrace_attach a;
	__u64 cookie[5] = {};
	int i;

	ASSERT_EQ(0, ut_spawn(&self->c, fork_and_mark));
	ASSERT_EQ(0, ut_config(&self->u, UT_ENTRY, 0));
	ASSERT_EQ(0, ut_only_marks(&self->u));
	ASSERT_EQ(0, ut_attach(&self->u, self->c.pid, UTRACE_ATTACH_CHILDREN,
			       &a));
	ut_go(&self->c);
	for (i = 1; i <= 4; i++) {
		s = ut_find(&self->u, 0, UTRACE_EV_SYSCALL_ENTRY);
		ASSERT_NE(NULL, s);
		EXPECT_EQ(i, s->args[0]);
		EXPECT_EQ(s->head.pid, s->head.tid);
		cookie[i] = s->head.thread;
	}
	EXPECT_EQ(a.thread, cookie[1]);
	EXPECT_EQ(a.thread, cookie[4]);
	EXPECT_NE(a.thread, cookie[2]);
	EXPECT_NE(a.thread, cookie[3]);
	EXPECT_NE(cookie[2], cookie[3]);
	EXPECT_EQ(0, ut_reap(&self->c));
	EXPECT_TRUE(ut_drain(&self->u));
}

TEST_F(attach, children_are_not_followed_unasked)
{
	struct utrace_rec_syscall *s;

	ASSERT_EQ(0, ut_spawn(&self->c, fork_and_mark));
	ASSERT_EQ(0, ut_config(&self->u, UT_ENTRY, 0));
	ASSERT_EQ(0, ut_only_marks(&self->u));
	ASSERT_EQ(0, ut_attach(&self->u, self->c.pid, 0, NULL));
	ut_go(&self->c);
	s = ut_find(&self->u, 0, UTRACE_EV_SYSCALL_ENTRY);
	ASSERT_NE(NULL, s);
	EXPECT_EQ(1, s->args[0]);
	s = ut_find(&self->u, 0, UTRACE_EV_SYSCALL_ENTRY);
	ASSERT_NE(NULL, s);
	EXPECT_EQ(4, s->args[0]);
	EXPECT_EQ(0, ut_reap(&self->c));
	EXPECT_TRUE(ut_drain(&self->u));
}

/* ---- the cookie -------------------------------------------------------- */

static void *exec_self(void *arg ut_unused)
{
	ut_mark(7);
	execl(UT_SELF, "self", "role-mark", NULL);
	_exit(1);
}

static int exec_from_a_thread(struct ut_child *c ut_unused)
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, exec_self, NULL))
		return 1;
	/* Ended by the exec; nothing else is to happen. */
	for (;;)
		ut_sleep(1000);
}

TEST_F(attach, the_cookie_outlives_an_exec_that_changes_the_tid)
{
	struct utrace_rec_syscall *s;
	struct utrace_rec_exec *e;
	struct utrace_attach a;
	__u64 cookie;
	pid_t tid;

	ASSERT_EQ(0, ut_spawn(&self->c, exec_from_a_thread));
	ASSERT_EQ(0, ut_config(&self->u,
			       UT_ENTRY | UTRACE_EV_BIT(UTRACE_EV_EXEC), 0));
	ASSERT_EQ(0, ut_only_marks(&self->u));
	ASSERT_EQ(0, ut_attach(&self->u, self->c.pid, 0, &a));
	ut_go(&self->c);

	s = ut_find(&self->u, 0, UTRACE_EV_SYSCALL_ENTRY);
	ASSERT_NE(NULL, s);
	EXPECT_EQ(7, s->args[0]);
	cookie = s->head.thread;
	tid = s->head.tid;
	EXPECT_NE(a.thread, cookie);
	EXPECT_NE(self->c.pid, tid);

	e = ut_find(&self->u, 0, UTRACE_EV_EXEC);
	ASSERT_NE(NULL, e);
	EXPECT_EQ(cookie, e->head.thread);
	EXPECT_EQ(self->c.pid, e->head.tid);
	EXPECT_EQ(tid, e->old_tid);

	s = ut_find(&self->u, 0, UTRACE_EV_SYSCALL_ENTRY);
	ASSERT_NE(NULL, s);
	EXPECT_EQ(42, s->args[0]);
	EXPECT_EQ(cookie, s->head.thread);
	EXPECT_EQ(self->c.pid, s->head.tid);
	EXPECT_EQ(0, ut_reap(&self->c));
}

static int run_role(int argc ut_unused, char **argv)
{
	if (strcmp(argv[1], "role-mark"))
		return 1;
	ut_mark(42);
	return 0;
}

/* ---- a process whose leader is dead ------------------------------------ */

static void *orphan(void *arg)
{
	struct ut_child *c = arg;

	atomic_store(&c->sh->value[2], ut_gettid());
	atomic_store(&c->sh->stage, 1);
	while (!atomic_load(&c->sh->stop))
		ut_sleep(1);
	ut_mark(7);
	_exit(0);
}

static int leave_a_thread(struct ut_child *c)
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, orphan, c))
		return 1;
	syscall(SYS_exit, 0);
	return 2;
}

TEST_F(attach, again_without_a_leader_changes_nothing)
{
	struct utrace_attach a;

	ASSERT_EQ(0, ut_spawn(&self->c, leave_a_thread));
	ut_go(&self->c);
	ASSERT_TRUE(ut_until(atomic_load(&self->c.sh->stage) == 1 &&
			     ut_state(self->c.pid, self->c.pid) == 'Z',
			     UT_TIMEOUT));
	ASSERT_EQ(0, ut_config(&self->u, UT_ENTRY, 0));
	ASSERT_EQ(0, ut_only_marks(&self->u));
	ASSERT_EQ(0, ut_attach(&self->u, self->c.pid, 0, &a));
	EXPECT_EQ(1, a.threads);
	EXPECT_EQ(0, a.thread);
	EXPECT_EQ(-EEXIST, ut_attach(&self->u, self->c.pid, 0, NULL));
	/* The thread is attached still. */
	atomic_store(&self->c.sh->stop, 1);
	EXPECT_NE(NULL, ut_find(&self->u, 0, UTRACE_EV_SYSCALL_ENTRY));
	EXPECT_EQ(0, ut_reap(&self->c));
}

TEST_F(attach, to_one_thread_by_its_pidfd)
{
	struct utrace_record *r;
	struct utrace_attach a;
	int pidfd;

	ASSERT_EQ(0, ut_spawn(&self->c, leave_a_thread));
	ut_go(&self->c);
	ASSERT_TRUE(ut_until(atomic_load(&self->c.sh->stage) == 1, UT_TIMEOUT));
	/* PIDFD_THREAD is O_EXCL */
	pidfd = syscall(SYS_pidfd_open, atomic_load(&self->c.sh->value[2]),
			O_EXCL);
	ASSERT_LE(0, pidfd);
	ASSERT_EQ(0, ut_attach_pidfd(&self->u, pidfd, 0, &a));
	EXPECT_EQ(1, a.threads);
	r = ut_next(&self->u, UT_TIMEOUT);
	ASSERT_NE(NULL, r);
	EXPECT_EQ(UTRACE_REC_ATTACHED, r->type);
	EXPECT_EQ(a.thread, r->thread);
	EXPECT_EQ(self->c.pid, r->pid);
	EXPECT_EQ(atomic_load(&self->c.sh->value[2]), r->tid);
	EXPECT_EQ(-EEXIST, ut_attach_pidfd(&self->u, pidfd, 0, NULL));
	close(pidfd);
	atomic_store(&self->c.sh->stop, 1);
	EXPECT_EQ(0, ut_reap(&self->c));
}

UT_MAIN_WITH_ROLES(run_role)
