// SPDX-License-Identifier: GPL-2.0-only
/*
 * Holding threads: where they stand then, what lets them go, and that nobody
 * but the session notices.
 */
#include <sys/epoll.h>

#include "utrace_testlib.h"

#include <linux/utrace_regs.h>

#define THREADS	8
#define ROUNDS	3

FIXTURE(hold)
{
	struct ut_session u, v;
	struct ut_child c;
	struct utrace_info info;
	struct utrace_attach a;
};

FIXTURE_SETUP(hold)
{
	self->v.fd = -1;
	ASSERT_EQ(0, ut_open(&self->u));
	ASSERT_EQ(0, ut_info(&self->u, &self->info));
}

FIXTURE_TEARDOWN(hold)
{
	ut_close(&self->u);
	ut_close(&self->v);
	ut_end(&self->c);
}

static bool is_held(struct ut_session *u, struct ut_child *c)
{
	struct utrace_info info;

	if (ut_info(u, &info) || info.held != 1) {
		ut_log("the session holds %u threads", info.held);
		return false;
	}
	return ut_wait_state(c->pid, c->pid, 't');
}

/* Attaches, starts the child, and holds it in its loop. */
static int hold_spinning(struct ut_session *u, struct ut_child *c,
			 struct utrace_attach *a)
{
	struct utrace_record *r;
	int ret;

	ret = ut_config(u, 0, 0);
	if (!ret)
		ret = ut_attach(u, c->pid, 0, a);
	if (ret)
		return ret;
	if (!atomic_load(&c->sh->count))
		ut_go(c);
	if (!ut_runs(c))
		return -ETIMEDOUT;
	ret = ut_op(u, a->thread, UTRACE_OP_HOLD);
	if (ret != -EINPROGRESS) {
		ut_log("holding a running thread: %d", ret);
		return ret ? ret : -EPROTO;
	}
	r = ut_find(u, a->thread, UTRACE_EV_QUIESCE);
	if (!r || r->flags != UTRACE_RECF_HELD) {
		ut_log("no, or wrong, record of the hold");
		return -EPROTO;
	}
	return 0;
}

/* A child that the session holds in its loop. */
FIXTURE(held)
{
	struct ut_session u, v;
	struct ut_child c;
	struct utrace_attach a;
};

FIXTURE_SETUP(held)
{
	self->v.fd = -1;
	ASSERT_EQ(0, ut_open(&self->u));
	ASSERT_EQ(0, ut_spawn(&self->c, ut_fn_spin));
	ASSERT_EQ(0, hold_spinning(&self->u, &self->c, &self->a));
}

FIXTURE_TEARDOWN(held)
{
	ut_close(&self->u);
	ut_close(&self->v);
	ut_end(&self->c);
}

/* ---- at events --------------------------------------------------------- */

TEST_F(hold, at_syscall_entry_the_call_has_not_happened)
{
	struct utrace_rec_syscall *s;

	ASSERT_EQ(0, ut_spawn(&self->c, ut_fn_write));
	ASSERT_EQ(0, ut_config(&self->u, UT_SYSCALLS, UT_ENTRY));
	ASSERT_EQ(0, ut_only_call(&self->u, SYS_write));
	ASSERT_EQ(0, ut_attach(&self->u, self->c.pid, 0, &self->a));
	ut_go(&self->c);
	s = ut_find(&self->u, self->a.thread, UTRACE_EV_SYSCALL_ENTRY);
	ASSERT_NE(NULL, s);
	EXPECT_EQ(UTRACE_RECF_HELD, s->head.flags);
	EXPECT_TRUE(is_held(&self->u, &self->c));
	EXPECT_FALSE(ut_has_written(&self->c, UT_QUIET));

	EXPECT_EQ(0, ut_op(&self->u, self->a.thread, UTRACE_OP_RELEASE));
	EXPECT_TRUE(ut_has_written(&self->c, UT_TIMEOUT));
	s = ut_find(&self->u, self->a.thread, UTRACE_EV_SYSCALL);
	ASSERT_NE(NULL, s);
	EXPECT_EQ(0, s->head.flags);
	EXPECT_EQ(1, s->result);
	EXPECT_EQ(0, ut_reap(&self->c));
}

TEST_F(hold, at_syscall_exit_the_call_has_happened)
{
	struct utrace_rec_syscall *s;

	ASSERT_EQ(0, ut_spawn(&self->c, ut_fn_write));
	ASSERT_EQ(0, ut_config(&self->u, UT_SYSCALLS, UT_CALL));
	ASSERT_EQ(0, ut_only_call(&self->u, SYS_write));
	ASSERT_EQ(0, ut_attach(&self->u, self->c.pid, 0, &self->a));
	ut_go(&self->c);
	s = ut_find(&self->u, self->a.thread, UTRACE_EV_SYSCALL);
	ASSERT_NE(NULL, s);
	EXPECT_EQ(UTRACE_RECF_HELD, s->head.flags);
	EXPECT_EQ(1, s->result);
	EXPECT_TRUE(is_held(&self->u, &self->c));
	EXPECT_TRUE(ut_has_written(&self->c, 0));
	ut_sleep(UT_QUIET);
	EXPECT_EQ(0, atomic_load(&self->c.sh->stage));

	EXPECT_EQ(0, ut_op(&self->u, self->a.thread, UTRACE_OP_RELEASE));
	EXPECT_EQ(0, ut_reap(&self->c));
	EXPECT_EQ(2, atomic_load(&self->c.sh->stage));
	/* Nothing of it shows in what the program gets. */
	EXPECT_EQ(1, atomic_load(&self->c.sh->value[1]));
}

TEST_F(hold, at_entry_and_exit_of_every_call)
{
	const int n = 10;
	struct utrace_record *r;
	int held = 0, ended = 0;

	ASSERT_EQ(0, ut_spawn(&self->c, ut_fn_marks));
	atomic_store(&self->c.sh->value[0], n);
	ASSERT_EQ(0, ut_config(&self->u, UT_SYSCALLS, UT_SYSCALLS));
	ASSERT_EQ(0, ut_attach(&self->u, self->c.pid, 0, &self->a));
	ut_go(&self->c);
	ASSERT_NE(NULL, ut_find(&self->u, 0, UTRACE_REC_ATTACHED));
	while (!ended) {
		r = ut_next(&self->u, UT_TIMEOUT);
		ASSERT_NE(NULL, r);
		EXPECT_TRUE(r->flags & UTRACE_RECF_HELD);
		held += ((struct utrace_rec_syscall *)r)->nr == UT_MARK_NR;
		ended = ((struct utrace_rec_syscall *)r)->nr == SYS_exit_group;
		ASSERT_EQ(0, ut_op(&self->u, r->thread, UTRACE_OP_RELEASE));
	}
	EXPECT_EQ(2 * n, held);
	EXPECT_EQ(0, ut_reap(&self->c));
}

static int exec_and_write(struct ut_child *c)
{
	char fd[16];

	snprintf(fd, sizeof(fd), "%d", c->out[1]);
	execl(UT_SELF, "self", "role-write", fd, NULL);
	return 1;
}

TEST_F(hold, at_exec_the_new_program_has_not_begun)
{
	const __u64 exec = UTRACE_EV_BIT(UTRACE_EV_EXEC);
	struct utrace_rec_exec *e;

	if (!(self->info.hold_events & exec))
		SKIP(return, "this kernel does not hold at exec");
	ASSERT_EQ(0, ut_spawn(&self->c, exec_and_write));
	ASSERT_EQ(0, ut_config(&self->u, exec, exec));
	ASSERT_EQ(0, ut_attach(&self->u, self->c.pid, 0, &self->a));
	ut_go(&self->c);
	e = ut_find(&self->u, self->a.thread, UTRACE_EV_EXEC);
	ASSERT_NE(NULL, e);
	EXPECT_EQ(UTRACE_RECF_HELD, e->head.flags);
	EXPECT_TRUE(is_held(&self->u, &self->c));
	EXPECT_FALSE(ut_has_written(&self->c, UT_QUIET));
	EXPECT_EQ(0, ut_op(&self->u, self->a.thread, UTRACE_OP_RELEASE));
	EXPECT_TRUE(ut_has_written(&self->c, UT_TIMEOUT));
	EXPECT_EQ(0, ut_reap(&self->c));
}

static int fork_and_write(struct ut_child *c)
{
	int status;
	pid_t pid = fork();

	if (!pid)
		_exit(write(c->out[1], "x", 1) != 1);
	atomic_store(&c->sh->stage, 1);
	return pid < 0 || waitpid(pid, &status, 0) != pid || status;
}

TEST_F(hold, at_clone_the_parent_has_not_returned)
{
	const __u64 clone = UTRACE_EV_BIT(UTRACE_EV_CLONE);
	struct utrace_rec_clone *r;

	if (!(self->info.hold_events & clone))
		SKIP(return, "this kernel does not hold at clone");
	ASSERT_EQ(0, ut_spawn(&self->c, fork_and_write));
	ASSERT_EQ(0, ut_config(&self->u, clone, clone));
	ASSERT_EQ(0, ut_attach(&self->u, self->c.pid, 0, &self->a));
	ut_go(&self->c);
	r = ut_find(&self->u, self->a.thread, UTRACE_EV_CLONE);
	ASSERT_NE(NULL, r);
	EXPECT_EQ(UTRACE_RECF_HELD, r->head.flags);
	EXPECT_TRUE(is_held(&self->u, &self->c));
	/* The child is nobody's: it is not held by what holds its maker. */
	EXPECT_TRUE(ut_has_written(&self->c, UT_TIMEOUT));
	ut_sleep(UT_QUIET);
	EXPECT_EQ(0, atomic_load(&self->c.sh->stage));
	EXPECT_EQ(0, ut_op(&self->u, self->a.thread, UTRACE_OP_RELEASE));
	EXPECT_EQ(0, ut_reap(&self->c));
	EXPECT_EQ(1, atomic_load(&self->c.sh->stage));
}

TEST_F(hold, at_clone_and_killed_there)
{
	const __u64 clone = UTRACE_EV_BIT(UTRACE_EV_CLONE);
	struct utrace_rec_clone *r;

	if (!(self->info.hold_events & clone))
		SKIP(return, "this kernel does not hold at clone");
	ASSERT_EQ(0, ut_spawn(&self->c, fork_and_write));
	ASSERT_EQ(0, ut_config(&self->u, clone, clone));
	ASSERT_EQ(0, ut_attach(&self->u, self->c.pid, 0, &self->a));
	ut_go(&self->c);
	r = ut_find(&self->u, self->a.thread, UTRACE_EV_CLONE);
	ASSERT_NE(NULL, r);
	ASSERT_EQ(0, kill(self->c.pid, SIGKILL));
	EXPECT_EQ(SIGKILL, ut_reap(&self->c));
	/* The child is not the one that was killed. */
	EXPECT_TRUE(ut_has_written(&self->c, UT_TIMEOUT));
}

/* ---- many threads ------------------------------------------------------ */

static void *marks(void *arg)
{
	struct ut_child *c = arg;
	int i;

	for (i = 0; i < ROUNDS; i++) {
		ut_mark(i);
		atomic_fetch_add(&c->sh->count, 1);
	}
	return NULL;
}

static int many_threads(struct ut_child *c)
{
	pthread_t thread[THREADS];
	int i;

	for (i = 0; i < THREADS; i++) {
		if (pthread_create(&thread[i], NULL, marks, c))
			return 1;
	}
	for (i = 0; i < THREADS; i++)
		pthread_join(thread[i], NULL);
	return 0;
}

TEST_F(hold, many_threads_at_once)
{
	struct utrace_order ops[THREADS];
	struct utrace_rec_syscall *s;
	struct utrace_info info;
	int round, i, j;

	ASSERT_EQ(0, ut_spawn(&self->c, many_threads));
	ASSERT_EQ(0, ut_config(&self->u, UT_ENTRY, UT_ENTRY));
	ASSERT_EQ(0, ut_only_marks(&self->u));
	ASSERT_EQ(0, ut_attach(&self->u, self->c.pid, 0, &self->a));
	ut_go(&self->c);
	for (round = 0; round < ROUNDS; round++) {
		for (i = 0; i < THREADS; i++) {
			s = ut_find(&self->u, 0, UTRACE_EV_SYSCALL_ENTRY);
			ASSERT_NE(NULL, s);
			EXPECT_EQ(UTRACE_RECF_HELD, s->head.flags);
			EXPECT_EQ(round, s->args[0]);
			for (j = 0; j < i; j++) {
				EXPECT_NE(ops[j].thread, s->head.thread);
			}
			/* Each is released from the stop that its record names. */
			ops[i] = (struct utrace_order)
				 UT_ORDER(utrace_order, UTRACE_OP_RELEASE, s->head.thread,
					  .stop = s->head.seq);
		}
		ASSERT_EQ(0, ut_info(&self->u, &info));
		EXPECT_EQ(THREADS, info.held);
		EXPECT_EQ(round * THREADS, atomic_load(&self->c.sh->count));
		/* One order each, or one for all. */
		if (round % 2) {
			EXPECT_EQ(0, ut_op(&self->u, 0, UTRACE_OP_RELEASE));
			continue;
		}
		ASSERT_EQ(0, ut_control(&self->u, ops, THREADS));
		for (i = 0; i < THREADS; i++) {
			EXPECT_EQ(0, ops[i].result);
			EXPECT_EQ(1, ops[i].done);
		}
	}
	EXPECT_EQ(0, ut_reap(&self->c));
}

static int many_spinning(struct ut_child *c)
{
	return ut_spin_threads(c, THREADS);
}

TEST_F(hold, a_whole_process_by_one_order)
{
	struct utrace_info info;
	struct utrace_record *r;
	int i, ret;

	ASSERT_EQ(0, ut_spawn(&self->c, many_spinning));
	ASSERT_EQ(0, ut_config(&self->u, 0, 0));
	ut_go(&self->c);
	ASSERT_TRUE(ut_until(atomic_load(&self->c.sh->stage), UT_TIMEOUT));
	ASSERT_EQ(0, ut_attach(&self->u, self->c.pid, 0, &self->a));
	ASSERT_EQ(1 + THREADS, self->a.threads);

	ret = ut_op(&self->u, 0, UTRACE_OP_HOLD);
	EXPECT_TRUE(ret == 0 || ret == -EINPROGRESS) {
		TH_LOG("result %d", ret);
	}
	for (i = 0; i < 1 + THREADS; i++) {
		r = ut_find(&self->u, 0, UTRACE_EV_QUIESCE);
		ASSERT_NE(NULL, r);
		EXPECT_EQ(UTRACE_RECF_HELD, r->flags);
	}
	ASSERT_EQ(0, ut_info(&self->u, &info));
	EXPECT_EQ(1 + THREADS, info.held);
	EXPECT_TRUE(ut_stands_still(&self->c));
	/* All of them are held already. */
	EXPECT_EQ(0, ut_op(&self->u, 0, UTRACE_OP_HOLD));

	EXPECT_EQ(0, ut_op(&self->u, 0, UTRACE_OP_RELEASE));
	EXPECT_TRUE(ut_runs(&self->c));
	EXPECT_EQ(0, ut_stop(&self->c));
}

/* ---- at any time ------------------------------------------------------- */

TEST_F(held, a_running_thread)
{
	EXPECT_TRUE(is_held(&self->u, &self->c));
	EXPECT_TRUE(ut_stands_still(&self->c));
	EXPECT_EQ(0, ut_op(&self->u, self->a.thread, UTRACE_OP_HOLD));
	EXPECT_EQ(0, ut_op(&self->u, self->a.thread, UTRACE_OP_RELEASE));
	EXPECT_TRUE(ut_runs(&self->c));
	/* Once is enough, and once more does no harm. */
	EXPECT_EQ(0, ut_op(&self->u, self->a.thread, UTRACE_OP_RELEASE));
	EXPECT_TRUE(ut_runs(&self->c));
	EXPECT_EQ(0, ut_stop(&self->c));
}

TEST_F(held, again_and_again)
{
	struct utrace_record *r;
	int i;

	for (i = 0; i < 20; i++) {
		ASSERT_EQ(0, ut_op(&self->u, self->a.thread,
				   UTRACE_OP_RELEASE));
		ASSERT_TRUE(ut_runs(&self->c));
		ASSERT_EQ(-EINPROGRESS, ut_op(&self->u, self->a.thread,
					      UTRACE_OP_HOLD));
		r = ut_find(&self->u, self->a.thread, UTRACE_EV_QUIESCE);
		ASSERT_NE(NULL, r);
		ASSERT_EQ(UTRACE_RECF_HELD, r->flags);
	}
	EXPECT_EQ(0, ut_op(&self->u, self->a.thread, UTRACE_OP_RELEASE));
	EXPECT_EQ(0, ut_stop(&self->c));
}

/* The child sleeps in the read() of ut_fn_read(). */
static int attach_to_reader(struct ut_session *u, struct ut_child *c,
			    struct utrace_attach *a)
{
	int ret;

	ret = ut_spawn(c, ut_fn_read) ?: ut_config(u, 0, 0) ?:
	      ut_attach(u, c->pid, 0, a);
	if (ret)
		return ret;
	ut_go(c);
	if (!ut_until(atomic_load(&c->sh->stage) == 1 &&
		      ut_state(c->pid, c->pid) == 'S', UT_TIMEOUT))
		return -ETIMEDOUT;
	return 0;
}

TEST_F(hold, a_sleeping_thread_is_as_good_as_held)
{
	struct utrace_order o = UT_ORDER(utrace_order, UTRACE_OP_HOLD, 0, .tag = 7);
	struct utrace_rec_quiesce *q;

	ASSERT_EQ(0, attach_to_reader(&self->u, &self->c, &self->a));
	o.thread = self->a.thread;
	ASSERT_EQ(0, ut_control(&self->u, &o, 1));
	EXPECT_EQ(0, o.result);
	EXPECT_EQ(UTRACE_ORDER_ASLEEP, o.flags);
	EXPECT_EQ(1, o.done);
	/* The record is there at once, and the sleep goes on undisturbed ... */
	ASSERT_NE(NULL, ut_find(&self->u, 0, UTRACE_REC_ATTACHED));
	q = (void *)ut_next(&self->u, 0);
	ASSERT_NE(NULL, q);
	ASSERT_EQ(UTRACE_EV_QUIESCE, q->head.type);
	EXPECT_EQ(UTRACE_RECF_HELD | UTRACE_RECF_ASLEEP, q->head.flags);
	EXPECT_EQ(UTRACE_QUIESCE_HOLD, q->reason);
	EXPECT_EQ(7, q->tag);
	EXPECT_TRUE(ut_none(&self->u, UTRACE_EV_QUIESCE, UT_QUIET));
	EXPECT_EQ('S', ut_state(self->c.pid, self->c.pid));
	/* ... and ends as it would have. */
	ASSERT_EQ(1, write(self->c.in[1], "x", 1));
	q = ut_find(&self->u, self->a.thread, UTRACE_EV_QUIESCE);
	ASSERT_NE(NULL, q);
	EXPECT_EQ(UTRACE_RECF_HELD, q->head.flags);
	EXPECT_EQ(UTRACE_QUIESCE_AWAKE, q->reason);
	EXPECT_TRUE(is_held(&self->u, &self->c));
	EXPECT_EQ(1, atomic_load(&self->c.sh->stage));
	EXPECT_EQ(0, ut_op(&self->u, self->a.thread, UTRACE_OP_RELEASE));
	EXPECT_EQ(0, ut_reap(&self->c));
	EXPECT_EQ(1, atomic_load(&self->c.sh->value[1]));
}

TEST_F(hold, a_sleeping_thread_is_released_in_its_sleep)
{
	ASSERT_EQ(0, attach_to_reader(&self->u, &self->c, &self->a));
	EXPECT_EQ(0, ut_op(&self->u, self->a.thread, UTRACE_OP_HOLD));
	ASSERT_NE(NULL, ut_find(&self->u, self->a.thread, UTRACE_EV_QUIESCE));
	EXPECT_EQ(0, ut_op(&self->u, self->a.thread, UTRACE_OP_RELEASE));
	ASSERT_EQ(1, write(self->c.in[1], "x", 1));
	EXPECT_EQ(0, ut_reap(&self->c));
	EXPECT_EQ(1, atomic_load(&self->c.sh->value[1]));
	/* It was not held when it woke up. */
	EXPECT_TRUE(ut_none(&self->u, UTRACE_EV_QUIESCE, UT_TIMEOUT));
	EXPECT_TRUE(self->u.eof);
}

/* ---- interrupt --------------------------------------------------------- */

static int interrupt_epoll(struct ut_child *c)
{
	struct epoll_event ev;
	int fd = epoll_create1(0), ret;

	atomic_store(&c->sh->stage, 1);
	ret = epoll_wait(fd, &ev, 1, -1);
	atomic_store(&c->sh->value[1], ret < 0 ? -errno : ret);
	atomic_store(&c->sh->stage, 2);
	return 0;
}

/* value[0]: for how many milliseconds */
static int interrupt_sleep(struct ut_child *c)
{
	long ms = atomic_load(&c->sh->value[0]), start = ut_now();
	struct timespec ts = { ms / 1000, ms % 1000 * 1000000 };

	atomic_store(&c->sh->stage, 1);
	atomic_store(&c->sh->value[1], syscall(SYS_nanosleep, &ts, NULL));
	atomic_store(&c->sh->value[2], ut_now() - start);
	atomic_store(&c->sh->stage, 2);
	return 0;
}

static bool is_in_call(struct ut_child *c)
{
	return atomic_load(&c->sh->stage) == 1 &&
	       ut_state(c->pid, c->pid) == 'S';
}

/*
 * Holds the child, interrupts its call for that, and releases it.
 * -EAGAIN if the call was over before that, which only a sleep can be.
 */
static int interrupt(struct ut_session *u, struct ut_child *c,
		     struct utrace_attach *a)
{
	struct utrace_record *r;
	int ret;

	ret = ut_config(u, 0, 0);
	if (!ret)
		ret = ut_attach(u, c->pid, 0, a);
	if (ret)
		return ret;
	ut_go(c);
	if (!ut_until(is_in_call(c) || atomic_load(&c->sh->stage) == 2,
		      UT_TIMEOUT))
		return -ETIMEDOUT;
	if (!is_in_call(c))
		return -EAGAIN;
	ret = ut_interrupt(u, a->thread);
	if (ret && ret != -EINPROGRESS)
		return ret == -ESRCH ? -EAGAIN : ret;
	r = ut_find(u, a->thread, UTRACE_EV_QUIESCE);
	if (!r)
		return u->eof ? -EAGAIN : -ETIMEDOUT;
	if (r->flags != UTRACE_RECF_HELD)
		return -EPROTO;
	if (atomic_load(&c->sh->stage) == 2)
		return -EAGAIN;
	return ut_op(u, a->thread, UTRACE_OP_RELEASE);
}

TEST_F(hold, interrupt_ends_a_call_that_a_signal_ends)
{
	ASSERT_EQ(0, ut_spawn(&self->c, interrupt_epoll));
	ASSERT_EQ(0, interrupt(&self->u, &self->c, &self->a));
	EXPECT_EQ(0, ut_reap(&self->c));
	EXPECT_EQ(-EINTR, atomic_load(&self->c.sh->value[1]));
}

TEST_F(hold, interrupt_does_not_shorten_a_sleep)
{
	long ms;
	int ret;

	/* A busy machine may not let us see the sleep before it is over. */
	for (ms = 500; ; ms *= 2) {
		ASSERT_EQ(0, ut_spawn(&self->c, interrupt_sleep));
		atomic_store(&self->c.sh->value[0], ms);
		ret = interrupt(&self->u, &self->c, &self->a);
		if (ret != -EAGAIN || ms > UT_TIMEOUT / 4)
			break;
		ut_log("too late to interrupt a sleep of %ld ms", ms);
		ut_end(&self->c);
		ut_close(&self->u);
		ASSERT_EQ(0, ut_open(&self->u));
	}
	ASSERT_EQ(0, ret);
	EXPECT_EQ(0, ut_reap(&self->c));
	EXPECT_EQ(0, atomic_load(&self->c.sh->value[1]));
	EXPECT_LE(ms - 1, atomic_load(&self->c.sh->value[2]));
}

TEST_F(hold, interrupt_restarts_a_read)
{
	ASSERT_EQ(0, ut_spawn(&self->c, ut_fn_read));
	ASSERT_EQ(0, interrupt(&self->u, &self->c, &self->a));
	ASSERT_TRUE(ut_wait_state(self->c.pid, self->c.pid, 'S'));
	EXPECT_EQ(1, atomic_load(&self->c.sh->stage));
	ASSERT_EQ(1, write(self->c.in[1], "x", 1));
	EXPECT_EQ(0, ut_reap(&self->c));
	EXPECT_EQ(1, atomic_load(&self->c.sh->value[1]));
}

TEST_F(hold, interrupt_ends_the_sleep_of_a_held_thread)
{
	struct utrace_record *r;
	int ret;

	ASSERT_EQ(0, attach_to_reader(&self->u, &self->c, &self->a));
	ASSERT_EQ(0, ut_op(&self->u, self->a.thread, UTRACE_OP_HOLD));
	r = ut_find(&self->u, self->a.thread, UTRACE_EV_QUIESCE);
	ASSERT_NE(NULL, r);
	EXPECT_EQ(UTRACE_RECF_HELD | UTRACE_RECF_ASLEEP, r->flags);
	ret = ut_interrupt(&self->u, self->a.thread);
	EXPECT_TRUE(ret == 0 || ret == -EINPROGRESS);
	r = ut_find(&self->u, self->a.thread, UTRACE_EV_QUIESCE);
	ASSERT_NE(NULL, r);
	EXPECT_EQ(UTRACE_RECF_HELD, r->flags);
	EXPECT_TRUE(is_held(&self->u, &self->c));
	/* It is stopped already. */
	EXPECT_EQ(0, ut_interrupt(&self->u, self->a.thread));
	EXPECT_TRUE(ut_none(&self->u, UTRACE_EV_QUIESCE, UT_QUIET));
	EXPECT_EQ(0, ut_op(&self->u, self->a.thread, UTRACE_OP_RELEASE));
	ASSERT_EQ(1, write(self->c.in[1], "x", 1));
	EXPECT_EQ(0, ut_reap(&self->c));
	EXPECT_EQ(1, atomic_load(&self->c.sh->value[1]));
}

TEST_F(hold, interrupt_holds_a_running_thread)
{
	struct utrace_record *r;

	ASSERT_EQ(0, ut_spawn(&self->c, ut_fn_spin));
	ASSERT_EQ(0, ut_config(&self->u, 0, 0));
	ASSERT_EQ(0, ut_attach(&self->u, self->c.pid, 0, &self->a));
	ut_go(&self->c);
	ASSERT_TRUE(ut_runs(&self->c));
	ASSERT_EQ(-EINPROGRESS, ut_interrupt(&self->u, self->a.thread));
	r = ut_find(&self->u, self->a.thread, UTRACE_EV_QUIESCE);
	ASSERT_NE(NULL, r);
	EXPECT_EQ(UTRACE_RECF_HELD, r->flags);
	EXPECT_TRUE(ut_stands_still(&self->c));
	EXPECT_EQ(0, ut_op(&self->u, self->a.thread, UTRACE_OP_RELEASE));
	EXPECT_TRUE(ut_runs(&self->c));
	EXPECT_EQ(0, ut_stop(&self->c));
}

/* Only an order to hold can interrupt. */
TEST_F(hold, interrupt_is_a_flag_of_hold)
{
	ASSERT_EQ(0, ut_spawn(&self->c, ut_fn_marks));
	ASSERT_EQ(0, ut_attach(&self->u, self->c.pid, 0, &self->a));
	EXPECT_EQ(-EINVAL, ut_op_flags(&self->u, self->a.thread, UTRACE_OP_RELEASE,
				       UTRACE_ORDER_INTERRUPT));
	EXPECT_EQ(-EINVAL, ut_op_flags(&self->u, self->a.thread, UTRACE_OP_DETACH,
				       UTRACE_ORDER_INTERRUPT));
}

/* ---- nobody else notices ----------------------------------------------- */

TEST_F(hold, the_parent_sees_nothing)
{
	struct timespec quiet = { 0, UT_QUIET * 1000000L };
	sigset_t chld;
	int status;

	sigemptyset(&chld);
	sigaddset(&chld, SIGCHLD);
	ASSERT_EQ(0, sigprocmask(SIG_BLOCK, &chld, NULL));
	ASSERT_EQ(0, ut_spawn(&self->c, ut_fn_spin));
	ASSERT_EQ(0, hold_spinning(&self->u, &self->c, &self->a));
	EXPECT_EQ(-1, sigtimedwait(&chld, NULL, &quiet));
	EXPECT_EQ(EAGAIN, errno);
	EXPECT_EQ(0, waitpid(self->c.pid, &status,
			     WUNTRACED | WCONTINUED | WNOHANG));
	EXPECT_EQ(0, ut_op(&self->u, self->a.thread, UTRACE_OP_RELEASE));
	ASSERT_TRUE(ut_runs(&self->c));
	EXPECT_EQ(-1, sigtimedwait(&chld, NULL, &quiet));
	EXPECT_EQ(0, waitpid(self->c.pid, &status,
			     WUNTRACED | WCONTINUED | WNOHANG));
	EXPECT_EQ(0, ut_stop(&self->c));
}

TEST_F(held, no_tracer_shows_in_proc)
{
	char path[64], buf[4096] = "";
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/status", self->c.pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	ASSERT_LE(0, fd);
	ASSERT_LT(0, read(fd, buf, sizeof(buf) - 1));
	close(fd);
	/* TracerPid is ptrace's. */
	EXPECT_NE(NULL, strstr(buf, "TracerPid:\t0\n"));
}

/* ---- signals ----------------------------------------------------------- */

TEST_F(held, sigkill_ends_a_held_thread_at_once)
{
	ASSERT_EQ(0, kill(self->c.pid, SIGKILL));
	EXPECT_EQ(SIGKILL, ut_reap(&self->c));
	EXPECT_TRUE(ut_drain(&self->u));
}

TEST_F(hold, sigkill_at_syscall_entry_prevents_the_call)
{
	ASSERT_EQ(0, ut_spawn(&self->c, ut_fn_write));
	ASSERT_EQ(0, ut_config(&self->u, UT_SYSCALLS, UT_ENTRY));
	ASSERT_EQ(0, ut_only_call(&self->u, SYS_write));
	ASSERT_EQ(0, ut_attach(&self->u, self->c.pid, 0, &self->a));
	ut_go(&self->c);
	ASSERT_NE(NULL, ut_find(&self->u, 0, UTRACE_EV_SYSCALL_ENTRY));
	ASSERT_EQ(0, kill(self->c.pid, SIGKILL));
	EXPECT_EQ(SIGKILL, ut_reap(&self->c));
	EXPECT_FALSE(ut_has_written(&self->c, 0));
}

TEST_F(hold, sigkill_ends_a_process_of_which_one_thread_is_held)
{
	struct utrace_record *r;

	ASSERT_EQ(0, ut_spawn(&self->c, many_spinning));
	ASSERT_EQ(0, ut_config(&self->u, 0, 0));
	ut_go(&self->c);
	ASSERT_TRUE(ut_until(atomic_load(&self->c.sh->stage), UT_TIMEOUT));
	ASSERT_EQ(0, ut_attach(&self->u, self->c.pid, 0, &self->a));
	do {
		r = ut_find(&self->u, 0, UTRACE_REC_ATTACHED);
		ASSERT_NE(NULL, r);
	} while (r->tid == self->c.pid);
	ASSERT_EQ(-EINPROGRESS, ut_op(&self->u, r->thread, UTRACE_OP_HOLD));
	ASSERT_NE(NULL, ut_find(&self->u, 0, UTRACE_EV_QUIESCE));
	ASSERT_EQ(0, kill(self->c.pid, SIGKILL));
	EXPECT_EQ(SIGKILL, ut_reap(&self->c));
	EXPECT_TRUE(ut_drain(&self->u));
}

TEST_F(held, sigstop_waits_for_the_release)
{
	int status;

	ASSERT_EQ(0, kill(self->c.pid, SIGSTOP));
	EXPECT_EQ(0, ut_waitpid(self->c.pid, &status, WUNTRACED, UT_QUIET));
	EXPECT_TRUE(is_held(&self->u, &self->c));

	/* The stop comes late, and as the parent knows it. */
	EXPECT_EQ(0, ut_op(&self->u, self->a.thread, UTRACE_OP_RELEASE));
	ASSERT_EQ(self->c.pid, ut_waitpid(self->c.pid, &status, WUNTRACED,
					  UT_TIMEOUT));
	EXPECT_TRUE(WIFSTOPPED(status));
	EXPECT_EQ(SIGSTOP, WSTOPSIG(status));
	EXPECT_EQ('T', ut_state(self->c.pid, self->c.pid));
	EXPECT_TRUE(ut_stands_still(&self->c));

	ASSERT_EQ(0, kill(self->c.pid, SIGCONT));
	ASSERT_EQ(self->c.pid, ut_waitpid(self->c.pid, &status, WCONTINUED,
					  UT_TIMEOUT));
	EXPECT_TRUE(WIFCONTINUED(status));
	EXPECT_TRUE(ut_runs(&self->c));
	EXPECT_EQ(0, ut_stop(&self->c));
}

TEST_F(held, sigcont_does_not_let_a_held_thread_go)
{
	ASSERT_EQ(0, kill(self->c.pid, SIGSTOP));
	ASSERT_EQ(0, kill(self->c.pid, SIGCONT));
	EXPECT_TRUE(ut_stands_still(&self->c));
	EXPECT_TRUE(is_held(&self->u, &self->c));
	/* The SIGCONT has ended the stop before it began. */
	EXPECT_EQ(0, ut_op(&self->u, self->a.thread, UTRACE_OP_RELEASE));
	EXPECT_TRUE(ut_runs(&self->c));
	EXPECT_EQ(0, ut_stop(&self->c));
}

/* Stops a child by job control, and then orders the session to hold it, too. */
static int stop_and_hold(struct ut_session *u, struct ut_child *c,
			 struct utrace_attach *a)
{
	int status, ret;

	ret = ut_spawn(c, ut_fn_spin) ?: ut_config(u, 0, 0) ?:
	      ut_attach(u, c->pid, 0, a);
	if (ret)
		return ret;
	ut_go(c);
	if (!ut_runs(c))
		return -ETIMEDOUT;
	if (kill(c->pid, SIGSTOP))
		return -errno;
	ret = ut_waitpid(c->pid, &status, WUNTRACED, UT_TIMEOUT);
	if (ret != c->pid || !WIFSTOPPED(status)) {
		ut_log("waiting for the stop: %d, status %#x", ret, status);
		return -EPROTO;
	}
	/* The thread is on its way into the stop, or in it. */
	ret = ut_op(u, a->thread, UTRACE_OP_HOLD);
	return ret == -EINPROGRESS ? 0 : ret;
}

TEST_F(hold, a_process_that_job_control_has_stopped)
{
	int status;

	ASSERT_EQ(0, stop_and_hold(&self->u, &self->c, &self->a));

	/* Job control lets go, the session does not. */
	ASSERT_EQ(0, kill(self->c.pid, SIGCONT));
	ASSERT_EQ(self->c.pid, ut_waitpid(self->c.pid, &status, WCONTINUED,
					  UT_TIMEOUT));
	EXPECT_TRUE(WIFCONTINUED(status));
	ASSERT_NE(NULL, ut_find(&self->u, self->a.thread, UTRACE_EV_QUIESCE));
	EXPECT_TRUE(ut_stands_still(&self->c));
	EXPECT_EQ(0, ut_op(&self->u, self->a.thread, UTRACE_OP_RELEASE));
	EXPECT_TRUE(ut_runs(&self->c));
	EXPECT_EQ(0, ut_stop(&self->c));
}

TEST_F(hold, the_release_of_a_stopped_process_keeps_it_stopped)
{
	int status;

	ASSERT_EQ(0, stop_and_hold(&self->u, &self->c, &self->a));
	EXPECT_EQ(0, ut_op(&self->u, self->a.thread, UTRACE_OP_RELEASE));
	EXPECT_TRUE(ut_stands_still(&self->c));
	EXPECT_TRUE(ut_wait_state(self->c.pid, self->c.pid, 'T'));
	/* The parent has been told once, that is enough. */
	EXPECT_EQ(0, waitpid(self->c.pid, &status, WUNTRACED | WNOHANG));
	ASSERT_EQ(0, kill(self->c.pid, SIGCONT));
	EXPECT_TRUE(ut_runs(&self->c));
	EXPECT_EQ(0, ut_stop(&self->c));
}

/* ---- the end of the session -------------------------------------------- */

TEST_F(held, ends_when_the_session_is_closed)
{
	ut_close(&self->u);
	EXPECT_TRUE(ut_runs(&self->c));
	EXPECT_EQ(0, ut_stop(&self->c));
}

TEST_F(hold, of_many_threads_ends_when_the_session_is_closed)
{
	int i;

	ASSERT_EQ(0, ut_spawn(&self->c, many_threads));
	ASSERT_EQ(0, ut_config(&self->u, UT_ENTRY, UT_ENTRY));
	ASSERT_EQ(0, ut_only_marks(&self->u));
	ASSERT_EQ(0, ut_attach(&self->u, self->c.pid, 0, &self->a));
	ut_go(&self->c);
	for (i = 0; i < THREADS; i++) {
		ASSERT_NE(NULL, ut_find(&self->u, 0, UTRACE_EV_SYSCALL_ENTRY));
	}
	ut_close(&self->u);
	EXPECT_EQ(0, ut_reap(&self->c));
	EXPECT_EQ(THREADS * ROUNDS, atomic_load(&self->c.sh->count));
}

static struct ut_child *victim;

static int hold_the_victim(struct ut_child *c)
{
	static struct ut_session u;
	struct utrace_attach a;
	int ret;

	ret = ut_open(&u);
	if (!ret)
		ret = hold_spinning(&u, victim, &a);
	atomic_store(&c->sh->value[1], ret);
	atomic_store(&c->sh->stage, 1);
	for (;;)
		pause();
	return 0;
}

TEST_F(hold, ends_when_the_tracer_is_killed)
{
	struct ut_child tracer = {};

	victim = &self->c;
	ASSERT_EQ(0, ut_spawn(&self->c, ut_fn_spin));
	ASSERT_EQ(0, ut_spawn(&tracer, hold_the_victim));
	ut_go(&tracer);
	ASSERT_TRUE(ut_until(atomic_load(&tracer.sh->stage), UT_TIMEOUT));
	EXPECT_EQ(0, atomic_load(&tracer.sh->value[1]));
	EXPECT_TRUE(ut_stands_still(&self->c));
	ASSERT_EQ(0, kill(tracer.pid, SIGKILL));
	EXPECT_EQ(SIGKILL, ut_reap(&tracer));
	EXPECT_TRUE(ut_runs(&self->c));
	EXPECT_EQ(0, ut_stop(&self->c));
	ut_end(&tracer);
}

TEST_F(held, ends_when_the_session_detaches)
{
	struct utrace_info info;

	EXPECT_EQ(0, ut_op(&self->u, self->a.thread, UTRACE_OP_DETACH));
	EXPECT_TRUE(ut_runs(&self->c));
	ASSERT_EQ(0, ut_info(&self->u, &info));
	EXPECT_EQ(0, info.threads);
	EXPECT_EQ(0, info.held);
	EXPECT_EQ(-ESRCH, ut_op(&self->u, self->a.thread, UTRACE_OP_HOLD));
	EXPECT_EQ(-ESRCH, ut_op(&self->u, self->a.thread, UTRACE_OP_DETACH));
	EXPECT_EQ(0, ut_stop(&self->c));
}

/* ---- two sessions ------------------------------------------------------ */

TEST_F(hold, two_sessions_must_both_release)
{
	struct utrace_attach b;
	int ret;

	ASSERT_EQ(0, ut_spawn(&self->c, ut_fn_spin));
	ASSERT_EQ(0, ut_open(&self->v));
	ASSERT_EQ(0, ut_config(&self->v, 0, 0));
	ASSERT_EQ(0, ut_attach(&self->v, self->c.pid, 0, &b));
	ASSERT_EQ(0, hold_spinning(&self->u, &self->c, &self->a));

	/* It may count as held there and then, or only on its way out. */
	ret = ut_op(&self->v, b.thread, UTRACE_OP_HOLD);
	EXPECT_TRUE(ret == 0 || ret == -EINPROGRESS);
	EXPECT_EQ(0, ut_op(&self->u, self->a.thread, UTRACE_OP_RELEASE));
	EXPECT_NE(NULL, ut_find(&self->v, 0, UTRACE_EV_QUIESCE));
	EXPECT_TRUE(ut_stands_still(&self->c));
	EXPECT_TRUE(is_held(&self->v, &self->c));
	EXPECT_EQ(0, ut_op(&self->v, b.thread, UTRACE_OP_RELEASE));
	EXPECT_TRUE(ut_runs(&self->c));
	EXPECT_EQ(0, ut_stop(&self->c));
}

TEST_F(hold, two_sessions_at_one_event)
{
	struct ut_session *s[] = { &self->u, &self->v };
	bool done[2] = {};
	struct utrace_record *r;
	long end = ut_now() + UT_TIMEOUT;
	int i, n = 0;

	ASSERT_EQ(0, ut_spawn(&self->c, ut_fn_write));
	ASSERT_EQ(0, ut_open(&self->v));
	for (i = 0; i < 2; i++) {
		ASSERT_EQ(0, ut_config(s[i], UT_ENTRY, UT_ENTRY));
		ASSERT_EQ(0, ut_only_call(s[i], SYS_write));
		ASSERT_EQ(0, ut_attach(s[i], self->c.pid, 0, &self->a));
	}
	ut_go(&self->c);
	/* One after the other: who is asked second sees the call later. */
	while (n < 2 && ut_now() < end) {
		for (i = 0; i < 2; i++) {
			r = done[i] ? NULL : ut_next(s[i], 20);
			if (!r || r->type != UTRACE_EV_SYSCALL_ENTRY)
				continue;
			EXPECT_EQ(UTRACE_RECF_HELD, r->flags);
			EXPECT_FALSE(ut_has_written(&self->c, UT_QUIET));
			done[i] = true;
			n++;
			EXPECT_EQ(0, ut_op(s[i], r->thread,
					   UTRACE_OP_RELEASE));
		}
	}
	EXPECT_EQ(2, n);
	EXPECT_TRUE(ut_has_written(&self->c, UT_TIMEOUT));
	EXPECT_EQ(0, ut_reap(&self->c));
}

TEST_F(hold, tells_in_which_event_the_thread_stands)
{
	struct utrace_rec_quiesce *q;
	struct utrace_attach b;
	struct utrace_record *r;

	ASSERT_EQ(0, ut_spawn(&self->c, ut_fn_write));
	ASSERT_EQ(0, ut_open(&self->v));
	ASSERT_EQ(0, ut_config(&self->u, UT_ENTRY, UT_ENTRY));
	ASSERT_EQ(0, ut_only_call(&self->u, SYS_write));
	ASSERT_EQ(0, ut_attach(&self->u, self->c.pid, 0, &self->a));
	ASSERT_EQ(0, ut_config(&self->v, 0, 0));
	ASSERT_EQ(0, ut_attach(&self->v, self->c.pid, 0, &b));
	ut_go(&self->c);
	r = ut_find(&self->u, 0, UTRACE_EV_SYSCALL_ENTRY);
	ASSERT_NE(NULL, r);

	ASSERT_GE(0, ut_op(&self->v, b.thread, UTRACE_OP_HOLD));
	q = (void *)ut_find(&self->v, 0, UTRACE_EV_QUIESCE);
	ASSERT_NE(NULL, q);
	EXPECT_EQ(UTRACE_RECF_HELD, q->head.flags);
	EXPECT_EQ(UTRACE_EV_SYSCALL_ENTRY, q->place);
	EXPECT_FALSE(ut_has_written(&self->c, UT_QUIET));

	EXPECT_EQ(0, ut_op(&self->u, self->a.thread, UTRACE_OP_RELEASE));
	EXPECT_EQ(0, ut_op(&self->v, b.thread, UTRACE_OP_RELEASE));
	EXPECT_TRUE(ut_has_written(&self->c, UT_TIMEOUT));
	EXPECT_EQ(0, ut_reap(&self->c));
}

TEST_F(hold, closing_one_of_two_sessions)
{
	struct utrace_attach b;

	ASSERT_EQ(0, ut_spawn(&self->c, ut_fn_spin));
	ASSERT_EQ(0, ut_open(&self->v));
	ASSERT_EQ(0, ut_attach(&self->v, self->c.pid, 0, &b));
	ASSERT_EQ(0, hold_spinning(&self->u, &self->c, &self->a));
	ut_close(&self->v);
	EXPECT_TRUE(ut_stands_still(&self->c));
	EXPECT_EQ(0, ut_op(&self->u, self->a.thread, UTRACE_OP_RELEASE));
	EXPECT_TRUE(ut_runs(&self->c));
	EXPECT_EQ(0, ut_stop(&self->c));
}

/* ---- SIGKILL ends a hold, and another one may follow at the exit ---------- */

static int read_sp(struct ut_session *u, __u64 thread)
{
	struct utrace_regval v = {
		.size = sizeof(v), .flags = UTRACE_REGVAL_ROLE, .reg = UTRACE_ROLE_SP,
	};
	__u32 size = sizeof(v);

	return ut_regs(u, thread, UTRACE_REGS_READ, UTRACE_REGS_LIST, &v, &size, NULL);
}

/* Two sessions, of which the one on the outside or the one on the inside holds the exit. */
static void killed_while_held(struct __test_metadata *_metadata,
			      FIXTURE_DATA(hold) *self, bool first, bool asleep)
{
	struct utrace_attach a, b;
	int i, ret = 0;

	ASSERT_EQ(0, ut_spawn(&self->c, asleep ? ut_fn_read : ut_fn_spin));
	ASSERT_EQ(0, ut_config(&self->u, 0, 0));
	ASSERT_EQ(0, ut_open(&self->v));
	ASSERT_EQ(0, ut_config(&self->v, 0, UTRACE_EV_BIT(UTRACE_EV_EXIT)));
	for (i = 0; i < 2 && !ret; i++)
		ret = first == !i ? ut_attach(&self->u, self->c.pid, 0, &a) :
				    ut_attach(&self->v, self->c.pid, 0, &b);
	ASSERT_EQ(0, ret);
	ut_go(&self->c);
	ASSERT_TRUE(!asleep || ut_until(atomic_load(&self->c.sh->stage) == 1 &&
					ut_state(self->c.pid, self->c.pid) == 'S',
					UT_TIMEOUT));
	ASSERT_GE(0, ut_op(&self->u, a.thread, UTRACE_OP_HOLD));
	ASSERT_NE(NULL, ut_find(&self->u, 0, UTRACE_EV_QUIESCE));
	ASSERT_EQ(0, kill(self->c.pid, SIGKILL));
	ASSERT_NE(NULL, ut_find(&self->v, 0, UTRACE_EV_EXIT));
	ASSERT_EQ(0, read_sp(&self->v, b.thread));

	/* This session does not hold it any more, and does not wait for the other one. */
	ret = read_sp(&self->u, a.thread);
	EXPECT_TRUE(ret == -ESRCH || ret == -EBUSY);
	EXPECT_EQ(0, ut_op(&self->v, b.thread, UTRACE_OP_RELEASE));
	EXPECT_EQ(SIGKILL, ut_reap(&self->c));
}

TEST_F(hold, killed_with_the_exit_held_inside)
{
	killed_while_held(_metadata, self, true, false);
}

TEST_F(hold, killed_with_the_exit_held_outside)
{
	killed_while_held(_metadata, self, false, false);
}

TEST_F(hold, killed_asleep_with_the_exit_held_inside)
{
	killed_while_held(_metadata, self, true, true);
}

TEST_F(hold, killed_asleep_with_the_exit_held_outside)
{
	killed_while_held(_metadata, self, false, true);
}

/* The exit is a stop of its own, with a name, for the same session, too. */
TEST_F(hold, killed_while_held_and_held_at_its_exit)
{
	struct utrace_rec_exit *e;

	ASSERT_EQ(0, ut_spawn(&self->c, ut_fn_spin));
	ASSERT_EQ(0, hold_spinning(&self->u, &self->c, &self->a));
	ASSERT_EQ(0, ut_config(&self->u, 0, UTRACE_EV_BIT(UTRACE_EV_EXIT)));
	ASSERT_EQ(0, kill(self->c.pid, SIGKILL));
	e = ut_find(&self->u, 0, UTRACE_EV_EXIT);
	ASSERT_NE(NULL, e);
	EXPECT_EQ(UTRACE_RECF_HELD, e->head.flags);
	EXPECT_EQ(0, read_sp(&self->u, self->a.thread));
	EXPECT_EQ(0, ut_op(&self->u, self->a.thread, UTRACE_OP_RELEASE));
	EXPECT_EQ(SIGKILL, ut_reap(&self->c));
}

/* ---- orders that make no sense ----------------------------------------- */

TEST_F(hold, bad_orders)
{
	struct utrace_order ops[3] = {
		UT_ORDER(utrace_order, UTRACE_OP_RELEASE, ~0ULL),
		UT_ORDER(utrace_order, 77, 0),
		UT_ORDER(utrace_order, UTRACE_OP_RELEASE, 0),
	};
	struct utrace_control c = { .size = sizeof(c) };
	struct utrace_order *many;
	const unsigned int max = UTRACE_CONTROL_MAX / sizeof(*many);
	unsigned int i;

	ASSERT_EQ(0, ut_spawn(&self->c, ut_fn_spin));
	ASSERT_EQ(0, ut_attach(&self->u, self->c.pid, 0, &self->a));
	ut_go(&self->c);

	EXPECT_EQ(-ESRCH, ut_op(&self->u, ~0ULL, UTRACE_OP_RELEASE));
	EXPECT_EQ(-ESRCH, ut_op(&self->u, self->a.thread + (1ULL << 40),
				UTRACE_OP_HOLD));
	EXPECT_EQ(-EINVAL, ut_op(&self->u, self->a.thread, 0));
	EXPECT_EQ(-EINVAL, ut_op(&self->u, self->a.thread, 77));
	EXPECT_EQ(-EINVAL, ut_op_flags(&self->u, self->a.thread, UTRACE_OP_RELEASE,
				       0x8000));

	/* An error is one order's, not the others'. */
	ops[1].thread = self->a.thread;
	ops[2].thread = self->a.thread;
	EXPECT_EQ(0, ut_control(&self->u, ops, 3));
	EXPECT_EQ(-ESRCH, ops[0].result);
	EXPECT_EQ(0, ops[0].done);
	EXPECT_EQ(-EINVAL, ops[1].result);
	EXPECT_EQ(0, ops[1].done);
	EXPECT_EQ(0, ops[2].result);

	many = calloc(max + 1, sizeof(*many));
	ASSERT_NE(NULL, many);
	for (i = 0; i <= max; i++)
		many[i] = ops[1];
	EXPECT_EQ(-EINVAL, ut_control(&self->u, many, max + 1));
	many[max - 1].result = 12345;
	EXPECT_EQ(0, ut_control(&self->u, many, max));
	EXPECT_EQ(-EINVAL, many[max - 1].result);
	free(many);

	c.orders = (uintptr_t)ops;
	c.bytes = sizeof(ops[0]) - 8;
	EXPECT_EQ(-EINVAL, ut_ioctl(self->u.fd, UTRACE_IOC_CONTROL, &c));
	c.bytes = sizeof(ops[0]);
	c.flags = 2 * UTRACE_CONTROL_ENDED;
	EXPECT_EQ(-EINVAL, ut_ioctl(self->u.fd, UTRACE_IOC_CONTROL, &c));
	c.flags = 0;
	c.orders = 8;
	EXPECT_EQ(-EFAULT, ut_ioctl(self->u.fd, UTRACE_IOC_CONTROL, &c));
	/* No orders, and no records: nothing to do. */
	c.orders = 0;
	c.bytes = 0;
	EXPECT_EQ(0, ut_ioctl(self->u.fd, UTRACE_IOC_CONTROL, &c));
	EXPECT_TRUE(ut_runs(&self->c));
}

static int run_role(int argc, char **argv)
{
	if (argc == 3 && !strcmp(argv[1], "role-write"))
		return write(atoi(argv[2]), "x", 1) != 1;
	return 1;
}

UT_MAIN_WITH_ROLES(run_role)
