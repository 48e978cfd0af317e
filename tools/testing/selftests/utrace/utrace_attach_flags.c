// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the flags of an attach do: HELD, BORN_HELD, KILL, STRICT, ALONE, OWNER and UPDATE,
 * and the attach to a single thread.
 */
#include "utrace_testlib.h"

#define THREADS	4

FIXTURE(flags)
{
	struct ut_session u;
	struct ut_child c, d;
	struct utrace_attach a;
};

FIXTURE_SETUP(flags)
{
	ASSERT_EQ(0, ut_open(&self->u));
}

FIXTURE_TEARDOWN(flags)
{
	ut_close(&self->u);
	ut_end(&self->c);
	ut_end(&self->d);
}

#define NEEDS(flags_)							\
	do {								\
		if (!ut_knows_attach(&self->u, flags_))			\
			SKIP(return, "the kernel has no " #flags_);	\
	} while (0)

static int attach_tagged(struct ut_session *u, pid_t pid, __u32 flags, __u64 tag,
			 struct utrace_attach *out)
{
	struct utrace_attach a = { .flags = flags, .tag = tag };
	int ret, fd = ut_pidfd(pid);

	if (fd < 0)
		return fd;
	a.fd = fd;
	ret = ut_attach_full(u, &a);
	close(fd);
	*out = a;
	return ret;
}

static void *sleep_until_told(void *arg)
{
	struct ut_child *c = arg;

	atomic_fetch_add(&c->sh->value[1], 1);
	ut_wait(&c->sh->stop, 0);
	return NULL;
}

/* Half of the threads run, half of them sleep. */
static int run_and_sleep(struct ut_child *c)
{
	pthread_t thread[THREADS];
	int i;

	for (i = 0; i < THREADS; i++) {
		if (pthread_create(&thread[i], NULL, i % 2 ? ut_spin_thread : sleep_until_told,
				   c))
			return 1;
	}
	atomic_store(&c->sh->stage, 1);
	ut_spin_thread(c);
	for (i = 0; i < THREADS; i++)
		pthread_join(thread[i], NULL);
	return 0;
}

/* ---- HELD ---------------------------------------------------------------- */

TEST_F(flags, held_threads_are_told_of_one_by_one_and_together)
{
	unsigned int held = 0, asleep = 0;
	struct utrace_rec_quiesce *q;
	struct utrace_rec_done *d;
	struct utrace_record *r;

	NEEDS(UTRACE_ATTACH_HELD);
	ASSERT_EQ(0, ut_spawn(&self->c, run_and_sleep));
	ut_go(&self->c);
	ASSERT_TRUE(ut_until(atomic_load(&self->c.sh->stage) &&
			     atomic_load(&self->c.sh->value[1]) == THREADS / 2, UT_TIMEOUT));
	ut_sleep(UT_QUIET);
	ASSERT_EQ(0, attach_tagged(&self->u, self->c.pid, UTRACE_ATTACH_HELD, 4711,
				   &self->a));
	EXPECT_EQ(1 + THREADS, self->a.threads);
	r = ut_next(&self->u, UT_TIMEOUT);
	ASSERT_NE(NULL, r);
	ASSERT_EQ(UTRACE_REC_ATTACHED, r->type);
	EXPECT_EQ(4711, ((struct utrace_rec_attached *)r)->tag);
	for (;;) {
		r = ut_next(&self->u, UT_TIMEOUT);
		ASSERT_NE(NULL, r);
		if (r->type == UTRACE_REC_DONE)
			break;
		if (r->type != UTRACE_EV_QUIESCE)
			continue;
		q = (void *)r;
		EXPECT_EQ(4711, q->tag);
		EXPECT_EQ(UTRACE_QUIESCE_ATTACH, q->reason);
		EXPECT_TRUE(r->flags & UTRACE_RECF_HELD);
		held++;
		asleep += !!(r->flags & UTRACE_RECF_ASLEEP);
	}
	d = (void *)r;
	EXPECT_EQ(4711, d->tag);
	EXPECT_EQ(1 + THREADS, d->done);
	EXPECT_EQ(0, d->gone);
	EXPECT_EQ(1 + THREADS, held);
	EXPECT_LE(THREADS / 2, asleep);
	EXPECT_TRUE(ut_stands_still(&self->c));
	EXPECT_EQ(0, ut_op(&self->u, 0, UTRACE_OP_RELEASE));
	EXPECT_TRUE(ut_runs(&self->c));
	atomic_store(&self->c.sh->stop, 1);
	ut_wake(&self->c.sh->stop);
	EXPECT_EQ(0, ut_reap(&self->c));
}

TEST_F(flags, held_threads_run_on_when_the_session_is_closed)
{
	NEEDS(UTRACE_ATTACH_HELD);
	ASSERT_EQ(0, ut_spawn(&self->c, run_and_sleep));
	ut_go(&self->c);
	ASSERT_TRUE(ut_until(atomic_load(&self->c.sh->stage), UT_TIMEOUT));
	ASSERT_EQ(0, attach_tagged(&self->u, self->c.pid, UTRACE_ATTACH_HELD, 1, &self->a));
	ASSERT_NE(NULL, ut_find(&self->u, 0, UTRACE_REC_DONE));
	ut_close(&self->u);
	EXPECT_TRUE(ut_runs(&self->c));
}

/* ---- BORN_HELD ----------------------------------------------------------- */

static void *note_birth(void *arg)
{
	struct ut_child *c = arg;

	atomic_fetch_add(&c->sh->count, 1);
	return NULL;
}

/* A thread and a process, when told to. */
static int give_birth(struct ut_child *c)
{
	pthread_t thread;
	int status;
	pid_t pid;
	char b;

	if (read(c->in[0], &b, 1) != 1 || pthread_create(&thread, NULL, note_birth, c))
		return 1;
	atomic_store(&c->sh->stage, 1);
	pthread_join(thread, NULL);
	pid = fork();
	if (!pid) {
		atomic_fetch_add(&c->sh->count, 1);
		_exit(0);
	}
	atomic_store(&c->sh->stage, 2);
	return pid < 0 || waitpid(pid, &status, 0) != pid || status;
}

TEST_F(flags, born_held_means_before_the_first_instruction)
{
	struct utrace_rec_quiesce *q;
	struct utrace_rec_clone *n;
	__u64 child;
	int i;

	NEEDS(UTRACE_ATTACH_BORN_HELD);
	ASSERT_EQ(0, ut_spawn(&self->c, give_birth));
	ASSERT_EQ(0, ut_config(&self->u, UTRACE_EV_BIT(UTRACE_EV_CLONE), 0));
	ASSERT_EQ(0, attach_tagged(&self->u, self->c.pid,
				   UTRACE_ATTACH_CHILDREN | UTRACE_ATTACH_BORN_HELD, 12,
				   &self->a));
	ut_go(&self->c);
	ASSERT_EQ(1, write(self->c.in[1], "x", 1));
	for (i = 1; i <= 2; i++) {
		n = ut_find(&self->u, self->a.thread, UTRACE_EV_CLONE);
		ASSERT_NE(NULL, n);
		child = n->child;
		ASSERT_NE(0, child);
		EXPECT_EQ(0, n->error);
		q = ut_find(&self->u, child, UTRACE_EV_QUIESCE);
		ASSERT_NE(NULL, q);
		EXPECT_EQ(UTRACE_RECF_HELD, q->head.flags);
		EXPECT_EQ(UTRACE_QUIESCE_BORN, q->reason);
		EXPECT_EQ(12, q->tag);
		/* Its maker runs, and it does not. */
		EXPECT_TRUE(ut_until(atomic_load(&self->c.sh->stage) == i, UT_TIMEOUT));
		ut_sleep(UT_QUIET);
		EXPECT_EQ(i - 1, atomic_load(&self->c.sh->count));
		EXPECT_EQ(0, ut_op(&self->u, child, UTRACE_OP_RELEASE));
		EXPECT_TRUE(ut_until(atomic_load(&self->c.sh->count) == (unsigned long)i,
				     UT_TIMEOUT));
	}
	EXPECT_EQ(0, ut_reap(&self->c));
}

/* ---- KILL ---------------------------------------------------------------- */

TEST_F(flags, kill_when_the_session_is_closed)
{
	struct utrace_attach b;

	NEEDS(UTRACE_ATTACH_KILL);
	ASSERT_EQ(0, ut_spawn(&self->c, ut_fn_spin));
	ASSERT_EQ(0, ut_spawn(&self->d, ut_fn_spin));
	ASSERT_EQ(0, ut_attach(&self->u, self->c.pid, UTRACE_ATTACH_KILL, &self->a));
	ASSERT_EQ(0, ut_attach(&self->u, self->d.pid, UTRACE_ATTACH_KILL, &b));
	ut_go(&self->c);
	ut_go(&self->d);
	ASSERT_TRUE(ut_runs(&self->c));
	ASSERT_TRUE(ut_runs(&self->d));
	/* To detach is another end. */
	EXPECT_EQ(0, ut_op(&self->u, b.thread, UTRACE_OP_DETACH));
	ut_close(&self->u);
	EXPECT_EQ(SIGKILL, ut_reap(&self->c));
	EXPECT_TRUE(ut_runs(&self->d));
	EXPECT_EQ(0, ut_stop(&self->d));
}

static struct ut_child *victim;

/* Attaches with the flags value[0] and holds the thread. */
static int trace_the_victim(struct ut_child *c)
{
	static struct ut_session u;
	struct utrace_attach a;
	int ret = ut_open(&u);

	if (!ret)
		ret = ut_attach(&u, victim->pid, atomic_load(&c->sh->value[0]), &a);
	if (!ret)
		ret = ut_op(&u, a.thread, UTRACE_OP_HOLD);
	if (ret == -EINPROGRESS)
		ret = ut_find_held(&u, a.thread) ? 0 : -EPROTO;
	atomic_store(&c->sh->value[1], ret);
	atomic_store(&c->sh->stage, 1);
	for (;;)
		pause();
	return 0;
}

TEST_F(flags, kill_when_the_tracer_is_killed)
{
	NEEDS(UTRACE_ATTACH_KILL);
	victim = &self->c;
	ASSERT_EQ(0, ut_spawn(&self->c, ut_fn_spin));
	ut_go(&self->c);
	ASSERT_TRUE(ut_runs(&self->c));
	ASSERT_EQ(0, ut_spawn(&self->d, trace_the_victim));
	atomic_store(&self->d.sh->value[0], UTRACE_ATTACH_KILL);
	ut_go(&self->d);
	ASSERT_TRUE(ut_until(atomic_load(&self->d.sh->stage), UT_TIMEOUT));
	ASSERT_EQ(0, atomic_load(&self->d.sh->value[1]));
	ASSERT_EQ(0, kill(self->d.pid, SIGKILL));
	EXPECT_EQ(SIGKILL, ut_reap(&self->d));
	EXPECT_EQ(SIGKILL, ut_reap(&self->c));
}

/* ---- OWNER --------------------------------------------------------------- */

/* Has the session.  The child that it creates has it, too, and outlives it. */
static int own_and_fork(struct ut_child *c)
{
	static struct ut_session u;
	struct utrace_attach a;
	int ret = ut_open(&u);

	if (!ret)
		ret = ut_attach(&u, victim->pid, UTRACE_ATTACH_OWNER, &a);
	if (!ret)
		ret = ut_op(&u, a.thread, UTRACE_OP_HOLD);
	if (ret == -EINPROGRESS)
		ret = ut_find_held(&u, a.thread) ? 0 : -EPROTO;
	atomic_store(&c->sh->value[1], ret);
	if (!fork()) {
		struct utrace_info info;

		prctl(PR_SET_PDEATHSIG, 0);
		atomic_store(&c->sh->value[2], 1);
		while (!atomic_load(&c->sh->stop))
			ut_sleep(1);
		atomic_store(&c->sh->value[3], ut_info(&u, &info) ?: (int)info.threads);
		atomic_store(&c->sh->stage, 2);
		_exit(0);
	}
	/* It need not have the session itself any more. */
	if (atomic_load(&c->sh->value[4]))
		ut_close(&u);
	atomic_store(&c->sh->stage, 1);
	for (;;)
		pause();
	return 0;
}

static void ends_with_its_owner(struct __test_metadata *_metadata, FIXTURE_DATA(flags) *self,
				bool closes)
{
	victim = &self->c;
	ASSERT_EQ(0, ut_spawn(&self->c, ut_fn_spin));
	ut_go(&self->c);
	ASSERT_TRUE(ut_runs(&self->c));
	ASSERT_EQ(0, ut_spawn(&self->d, own_and_fork));
	atomic_store(&self->d.sh->value[4], closes);
	ut_go(&self->d);
	ASSERT_TRUE(ut_until(atomic_load(&self->d.sh->stage) &&
			     atomic_load(&self->d.sh->value[2]), UT_TIMEOUT));
	ASSERT_EQ(0, atomic_load(&self->d.sh->value[1]));
	EXPECT_TRUE(ut_stands_still(&self->c));
	ASSERT_EQ(0, kill(self->d.pid, SIGKILL));
	EXPECT_EQ(SIGKILL, ut_reap(&self->d));
	/* Somebody has the file descriptor still. */
	EXPECT_TRUE(ut_runs(&self->c));
	atomic_store(&self->d.sh->stop, 1);
	EXPECT_TRUE(ut_until(atomic_load(&self->d.sh->stage) == 2, UT_TIMEOUT));
	EXPECT_EQ(0, atomic_load(&self->d.sh->value[3]));
	EXPECT_EQ(0, ut_stop(&self->c));
}

TEST_F(flags, owner_means_the_session_ends_with_the_process)
{
	NEEDS(UTRACE_ATTACH_OWNER);
	ends_with_its_owner(_metadata, self, false);
}

TEST_F(flags, owner_without_the_session_ends_it_all_the_same)
{
	NEEDS(UTRACE_ATTACH_OWNER);
	ends_with_its_owner(_metadata, self, true);
}

/* ---- STRICT -------------------------------------------------------------- */

/* With everything in order, it changes nothing. */
TEST_F(flags, strict_follows_what_can_be_followed)
{
	struct utrace_rec_clone *n;
	unsigned int clones = 0;
	struct utrace_record *r;

	NEEDS(UTRACE_ATTACH_STRICT);
	ASSERT_EQ(0, ut_spawn(&self->c, give_birth));
	ASSERT_EQ(0, ut_config(&self->u, UTRACE_EV_BIT(UTRACE_EV_CLONE), 0));
	ASSERT_EQ(0, ut_attach(&self->u, self->c.pid,
			       UTRACE_ATTACH_CHILDREN | UTRACE_ATTACH_STRICT, &self->a));
	ut_go(&self->c);
	ASSERT_EQ(1, write(self->c.in[1], "x", 1));
	while ((r = ut_next_or_reap(&self->u, &self->c))) {
		if (r->type != UTRACE_EV_CLONE)
			continue;
		n = (void *)r;
		EXPECT_NE(0, n->child);
		EXPECT_EQ(0, n->error);
		clones++;
	}
	EXPECT_TRUE(self->u.eof);
	EXPECT_EQ(0, self->c.status);
	EXPECT_EQ(2, clones);
	EXPECT_EQ(2, atomic_load(&self->c.sh->count));
}

/* ---- UPDATE -------------------------------------------------------------- */

TEST_F(flags, update_changes_what_is_attached)
{
	struct utrace_rec_clone *n;
	struct utrace_attach b;

	NEEDS(UTRACE_ATTACH_UPDATE);
	ASSERT_EQ(0, ut_spawn(&self->c, give_birth));
	ASSERT_EQ(0, ut_config(&self->u, UTRACE_EV_BIT(UTRACE_EV_CLONE), 0));
	ASSERT_EQ(0, ut_attach(&self->u, self->c.pid, 0, &self->a));
	EXPECT_EQ(-EEXIST, ut_attach(&self->u, self->c.pid, UTRACE_ATTACH_CHILDREN, NULL));
	ASSERT_EQ(0, ut_attach(&self->u, self->c.pid,
			       UTRACE_ATTACH_CHILDREN | UTRACE_ATTACH_UPDATE, &b));
	EXPECT_EQ(self->a.thread, b.thread);
	ut_go(&self->c);
	ASSERT_EQ(1, write(self->c.in[1], "x", 1));
	n = ut_find(&self->u, self->a.thread, UTRACE_EV_CLONE);
	ASSERT_NE(NULL, n);
	n = ut_find(&self->u, self->a.thread, UTRACE_EV_CLONE);
	ASSERT_NE(NULL, n);
	EXPECT_EQ(n->child_pid, n->child_tid);
	/* The child of a process that was attached without its children. */
	EXPECT_NE(0, n->child);
	EXPECT_EQ(0, ut_reap(&self->c));
}

/* ---- one thread ---------------------------------------------------------- */

static void *make_another(void *arg)
{
	struct ut_child *c = arg;
	pthread_t thread;
	char b;

	atomic_store(&c->sh->value[1], ut_gettid());
	if (read(c->in[0], &b, 1) != 1 || pthread_create(&thread, NULL, note_birth, c))
		return NULL;
	pthread_join(thread, NULL);
	ut_mark(1);
	return NULL;
}

static int thread_makes_another(struct ut_child *c)
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, make_another, c))
		return 1;
	pthread_join(thread, NULL);
	return 0;
}

static int thread_pidfd(struct ut_child *c)
{
	int fd;

	if (!ut_until(atomic_load(&c->sh->value[1]), UT_TIMEOUT))
		return -ETIMEDOUT;
	/* PIDFD_THREAD is O_EXCL. */
	fd = syscall(SYS_pidfd_open, atomic_load(&c->sh->value[1]), O_EXCL);
	return fd < 0 ? -errno : fd;
}

TEST_F(flags, alone_means_not_what_the_thread_makes)
{
	struct utrace_rec_clone *n = NULL;
	struct utrace_record *r;
	unsigned int marks = 0;
	int fd;

	NEEDS(UTRACE_ATTACH_ALONE);
	ASSERT_EQ(0, ut_spawn(&self->c, thread_makes_another));
	ut_go(&self->c);
	fd = thread_pidfd(&self->c);
	ASSERT_LE(0, fd);
	ASSERT_EQ(0, ut_config(&self->u, UT_CALL | UTRACE_EV_BIT(UTRACE_EV_CLONE), 0));
	ASSERT_EQ(0, ut_only_marks(&self->u));
	ASSERT_EQ(0, ut_attach_pidfd(&self->u, fd, UTRACE_ATTACH_ALONE, &self->a));
	EXPECT_EQ(1, self->a.threads);
	ASSERT_EQ(1, write(self->c.in[1], "x", 1));
	while ((r = ut_next_or_reap(&self->u, &self->c))) {
		EXPECT_EQ(self->a.thread, r->thread);
		EXPECT_EQ(atomic_load(&self->c.sh->value[1]), r->tid);
		if (r->type == UTRACE_EV_CLONE) {
			n = (void *)r;
			EXPECT_EQ(0, n->child);
			EXPECT_EQ(0, n->error);
		}
		marks += r->type == UTRACE_EV_SYSCALL;
	}
	EXPECT_TRUE(self->u.eof);
	EXPECT_NE(NULL, n);
	EXPECT_EQ(1, marks);
	close(fd);
}

TEST_F(flags, one_thread_brings_what_it_makes)
{
	struct utrace_rec_clone *n;
	int fd;

	ASSERT_EQ(0, ut_spawn(&self->c, thread_makes_another));
	ut_go(&self->c);
	fd = thread_pidfd(&self->c);
	ASSERT_LE(0, fd);
	ASSERT_EQ(0, ut_config(&self->u, UTRACE_EV_BIT(UTRACE_EV_CLONE), 0));
	ASSERT_EQ(0, ut_attach_pidfd(&self->u, fd, 0, &self->a));
	EXPECT_EQ(1, self->a.threads);
	ASSERT_EQ(1, write(self->c.in[1], "x", 1));
	n = ut_find(&self->u, self->a.thread, UTRACE_EV_CLONE);
	ASSERT_NE(NULL, n);
	EXPECT_NE(0, n->child);
	EXPECT_EQ(0, ut_reap(&self->c));
	close(fd);
}

/* ---- what makes no sense ------------------------------------------------- */

TEST_F(flags, refuses_combinations_without_meaning)
{
	int fd;

	ASSERT_EQ(0, ut_spawn(&self->c, thread_makes_another));
	ut_go(&self->c);
	fd = thread_pidfd(&self->c);
	ASSERT_LE(0, fd);
	if (ut_knows_attach(&self->u, UTRACE_ATTACH_ALONE)) {
		EXPECT_EQ(-EINVAL, ut_attach_pidfd(&self->u, fd, UTRACE_ATTACH_ALONE |
						   UTRACE_ATTACH_CHILDREN, NULL));
		EXPECT_EQ(-EINVAL, ut_attach_pidfd(&self->u, fd, UTRACE_ATTACH_ALONE |
						   UTRACE_ATTACH_BORN_HELD, NULL));
		/* A process is not one thread. */
		EXPECT_EQ(-EINVAL, ut_attach(&self->u, self->c.pid, UTRACE_ATTACH_ALONE,
					     NULL));
	}
	EXPECT_EQ(0, ut_attach_pidfd(&self->u, fd, 0, NULL));
	close(fd);
}

TEST_HARNESS_MAIN
