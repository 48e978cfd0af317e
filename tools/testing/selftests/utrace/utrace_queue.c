// SPDX-License-Identifier: GPL-2.0-only
/*
 * The queue of records: what happens when nobody reads it, and who may.
 */
#include <sys/socket.h>

#include "utrace_testlib.h"

#define QUEUE		4096
#define THREADS		4
#define MARKS		150	/* of each thread */

FIXTURE(queue)
{
	struct ut_session u;
	struct ut_child c, reader;
};

FIXTURE_SETUP(queue)
{
	ASSERT_EQ(0, ut_open(&self->u));
}

FIXTURE_TEARDOWN(queue)
{
	ut_close(&self->u);
	ut_end(&self->reader);
	ut_end(&self->c);
}

static int configure(struct ut_session *u, __u64 record, __u32 flags)
{
	struct utrace_config c = {
		.record = record, .flags = flags, .queue_bytes = QUEUE,
	};
	int ret = ut_config_full(u, &c);

	return ret ? ret : ut_only_marks(u);
}

/* Every mark says which thread made it, and how many it had made. */
#define MARK(thread, n)	(((thread) << 16) | (n))

struct producer {
	struct ut_child *c;
	long number;
	pthread_t thread;
};

static void *produce(void *arg)
{
	struct producer *p = arg;
	long i;

	for (i = 0; i < MARKS; i++) {
		ut_mark(MARK(p->number, i));
		atomic_fetch_add(&p->c->sh->count, 1);
	}
	return NULL;
}

static int producers(struct ut_child *c)
{
	struct producer p[THREADS];
	int i;

	for (i = 0; i < THREADS; i++) {
		p[i].c = c;
		p[i].number = i;
		if (pthread_create(&p[i].thread, NULL, produce, &p[i]))
			return 1;
	}
	for (i = 0; i < THREADS; i++)
		pthread_join(p[i].thread, NULL);
	return 0;
}

static int one_producer(struct ut_child *c)
{
	struct producer p = { .c = c };

	produce(&p);
	return 0;
}

/* The queue is full when no producer gets anywhere any more. */
static bool is_full(struct ut_session *u, struct ut_child *c)
{
	struct utrace_info info;
	unsigned long count;
	long end = ut_now() + UT_TIMEOUT;

	do {
		count = atomic_load(&c->sh->count);
		ut_sleep(UT_QUIET);
		if (ut_info(u, &info))
			return false;
		if (count == atomic_load(&c->sh->count) &&
		    info.queued + 2 * sizeof(struct utrace_rec_syscall) >=
		    QUEUE)
			return true;
	} while (ut_now() < end);
	ut_log("%u bytes are queued, %lu marks made", info.queued, count);
	return false;
}

TEST_F(queue, full_holds_the_producers_and_loses_nothing)
{
	int next[THREADS] = {}, exits[THREADS] = {};
	struct utrace_rec_syscall *s;
	struct utrace_record *r;
	struct utrace_info info;
	int i;

	ASSERT_EQ(0, ut_spawn(&self->c, producers));
	ASSERT_EQ(0, configure(&self->u, UT_SYSCALLS, 0));
	ASSERT_EQ(0, ut_attach(&self->u, self->c.pid, 0, NULL));
	ut_go(&self->c);
	ASSERT_TRUE(is_full(&self->u, &self->c));
	EXPECT_GT(THREADS * MARKS, atomic_load(&self->c.sh->count));
	/* Each thread may add what it was about to say, and no more. */
	ASSERT_EQ(0, ut_info(&self->u, &info));
	EXPECT_GE(QUEUE + (THREADS + 1) * 2 * sizeof(*s), info.queued);

	while ((r = ut_next(&self->u, UT_TIMEOUT))) {
		s = (void *)r;
		ASSERT_NE(UTRACE_REC_LOST, r->type);
		if (r->type == UTRACE_REC_ATTACHED)
			continue;
		i = s->args[0] >> 16;
		ASSERT_GT(THREADS, i);
		if (r->type == UTRACE_EV_SYSCALL_ENTRY) {
			/* in the order in which the thread made them */
			EXPECT_EQ(next[i], exits[i]);
			EXPECT_EQ(MARK(i, next[i]), s->args[0]);
			next[i]++;
		} else {
			exits[i]++;
			EXPECT_EQ(MARK(i, exits[i] - 1), s->args[0]);
		}
		if (next[0] + next[1] + next[2] + next[3] == THREADS * MARKS &&
		    self->c.pid) {
			ASSERT_EQ(0, ut_reap(&self->c));
		}
	}
	EXPECT_TRUE(self->u.eof);
	for (i = 0; i < THREADS; i++) {
		EXPECT_EQ(MARKS, next[i]);
		EXPECT_EQ(MARKS, exits[i]);
	}
	ASSERT_EQ(0, ut_info(&self->u, &info));
	EXPECT_EQ(0, info.lost);
}

TEST_F(queue, sigkill_ends_a_producer_that_is_held)
{
	ASSERT_EQ(0, ut_spawn(&self->c, producers));
	ASSERT_EQ(0, configure(&self->u, UT_SYSCALLS, 0));
	ASSERT_EQ(0, ut_attach(&self->u, self->c.pid, 0, NULL));
	ut_go(&self->c);
	ASSERT_TRUE(is_full(&self->u, &self->c));
	ASSERT_EQ(0, kill(self->c.pid, SIGKILL));
	EXPECT_EQ(SIGKILL, ut_reap(&self->c));
	EXPECT_TRUE(ut_drain(&self->u));
}

TEST_F(queue, close_lets_the_producers_go)
{
	ASSERT_EQ(0, ut_spawn(&self->c, producers));
	ASSERT_EQ(0, configure(&self->u, UT_SYSCALLS, 0));
	ASSERT_EQ(0, ut_attach(&self->u, self->c.pid, 0, NULL));
	ut_go(&self->c);
	ASSERT_TRUE(is_full(&self->u, &self->c));
	ut_close(&self->u);
	EXPECT_EQ(0, ut_reap(&self->c));
	EXPECT_EQ(THREADS * MARKS, atomic_load(&self->c.sh->count));
}

TEST_F(queue, release_does_not_override_a_full_queue)
{
	struct utrace_attach a;
	struct utrace_info info;

	ASSERT_EQ(0, ut_spawn(&self->c, one_producer));
	ASSERT_EQ(0, configure(&self->u, UT_SYSCALLS, 0));
	ASSERT_EQ(0, ut_attach(&self->u, self->c.pid, 0, &a));
	ut_go(&self->c);
	ASSERT_TRUE(is_full(&self->u, &self->c));
	EXPECT_EQ(0, ut_op(&self->u, a.thread, UTRACE_OP_RELEASE));
	ut_sleep(UT_QUIET);
	EXPECT_GT(MARKS, atomic_load(&self->c.sh->count));
	ASSERT_EQ(0, ut_info(&self->u, &info));
	EXPECT_GE(QUEUE + 8 * sizeof(struct utrace_rec_syscall), info.queued);
	EXPECT_EQ(0, info.lost);
}

TEST_F(queue, drop_counts_each_loss)
{
	unsigned long records = 0, lost = 0;
	struct utrace_record *r;
	struct utrace_info info;

	ASSERT_EQ(0, ut_spawn(&self->c, one_producer));
	ASSERT_EQ(0, configure(&self->u, UT_ENTRY, UTRACE_CONFIG_DROP));
	ASSERT_EQ(0, ut_attach(&self->u, self->c.pid, 0, NULL));
	ut_go(&self->c);
	/* Nobody reads, nobody waits. */
	ASSERT_EQ(0, ut_reap(&self->c));
	ASSERT_EQ(MARKS, atomic_load(&self->c.sh->count));
	ASSERT_EQ(0, ut_info(&self->u, &info));
	EXPECT_GE(QUEUE + sizeof(struct utrace_rec_syscall), info.queued);

	while ((r = ut_next(&self->u, UT_TIMEOUT))) {
		if (r->type == UTRACE_EV_SYSCALL_ENTRY) {
			records++;
		} else if (r->type == UTRACE_REC_LOST) {
			EXPECT_EQ(0, r->thread);
			EXPECT_LT(0, ((struct utrace_rec_lost *)r)->count);
			lost += ((struct utrace_rec_lost *)r)->count;
		}
	}
	EXPECT_TRUE(self->u.eof);
	EXPECT_LT(0, records);
	EXPECT_LT(0, lost);
	EXPECT_EQ(MARKS, records + lost);
	ASSERT_EQ(0, ut_info(&self->u, &info));
	EXPECT_EQ(lost, info.lost);
}

static int two_bursts(struct ut_child *c)
{
	struct producer p = { .c = c };
	char b;

	produce(&p);
	atomic_store(&c->sh->stage, 1);
	if (read(c->in[0], &b, 1) != 1)
		return 1;
	ut_mark(MARK(1, 0));
	return 0;
}

TEST_F(queue, a_loss_is_told_where_it_happened)
{
	struct utrace_rec_syscall *s;
	struct utrace_record *r;
	long last = -1, lost = 0;

	ASSERT_EQ(0, ut_spawn(&self->c, two_bursts));
	ASSERT_EQ(0, configure(&self->u, UT_ENTRY, UTRACE_CONFIG_DROP));
	ASSERT_EQ(0, ut_attach(&self->u, self->c.pid, 0, NULL));
	ut_go(&self->c);
	ASSERT_TRUE(ut_until(atomic_load(&self->c.sh->stage), UT_TIMEOUT));
	ASSERT_NE(NULL, ut_find(&self->u, 0, UTRACE_REC_ATTACHED));
	/* What is there has no gap, then comes the loss, then the rest. */
	while (!lost) {
		r = ut_next(&self->u, UT_TIMEOUT);
		ASSERT_NE(NULL, r);
		s = (void *)r;
		if (r->type == UTRACE_REC_LOST) {
			lost = ((struct utrace_rec_lost *)r)->count;
		} else {
			EXPECT_EQ(last + 1, s->args[0]);
			last = s->args[0];
		}
	}
	EXPECT_EQ(MARKS, last + 1 + lost);
	ASSERT_EQ(1, write(self->c.in[1], "x", 1));
	s = ut_find(&self->u, 0, UTRACE_EV_SYSCALL_ENTRY);
	ASSERT_NE(NULL, s);
	EXPECT_EQ(MARK(1, 0), s->args[0]);
	EXPECT_EQ(0, ut_reap(&self->c));
	EXPECT_TRUE(ut_drain(&self->u));
}

/* ---- other readers ----------------------------------------------------- */

static long count_entries(struct ut_session *u)
{
	struct utrace_record *r;
	long n = 0;

	while ((r = ut_next(u, UT_TIMEOUT)))
		n += r->type == UTRACE_EV_SYSCALL_ENTRY;
	return u->eof ? n : -1;
}

/* Opens, attaches, leaves the reading to a child of its own, and ends. */
static struct ut_child *producer;

static int open_for_another(struct ut_child *c)
{
	static struct ut_session u;
	int ret;

	ret = ut_open(&u);
	if (!ret)
		ret = configure(&u, UT_SYSCALLS, 0);
	if (!ret)
		ret = ut_attach(&u, producer->pid, 0, NULL);
	atomic_store(&c->sh->value[1], ret);
	if (ret)
		return 1;
	switch (fork()) {
	case -1:
		return 1;
	case 0:
		/* Not before the opener is gone. */
		while (!atomic_load(&c->sh->stop))
			ut_sleep(1);
		atomic_store(&c->sh->value[2], count_entries(&u));
		atomic_store(&c->sh->stage, 1);
		_exit(0);
	}
	return 0;
}

TEST_F(queue, read_by_a_process_that_inherits_the_fd)
{
	producer = &self->c;
	ASSERT_EQ(0, ut_spawn(&self->c, producers));
	ASSERT_EQ(0, ut_spawn(&self->reader, open_for_another));
	ut_go(&self->reader);
	ASSERT_EQ(0, ut_reap(&self->reader));
	ASSERT_EQ(0, atomic_load(&self->reader.sh->value[1]));
	ut_go(&self->c);
	atomic_store(&self->reader.sh->stop, 1);
	/* It ends, so somebody has read; it is reaped, so that ends, too. */
	EXPECT_EQ(0, ut_reap(&self->c));
	ASSERT_TRUE(ut_until(atomic_load(&self->reader.sh->stage),
			     UT_TIMEOUT));
	EXPECT_EQ(THREADS * MARKS,
		  atomic_load(&self->reader.sh->value[2]));
}

union fd_message {
	struct cmsghdr head;
	char space[CMSG_SPACE(sizeof(int))];
};

static int socket_to_reader[2];

static int send_fd(int socket, int fd)
{
	union fd_message m = {};
	char b = 0;
	struct iovec iov = { &b, 1 };
	struct msghdr msg = {
		.msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = &m, .msg_controllen = sizeof(m),
	};

	m.head.cmsg_len = CMSG_LEN(sizeof(int));
	m.head.cmsg_level = SOL_SOCKET;
	m.head.cmsg_type = SCM_RIGHTS;
	memcpy(CMSG_DATA(&m.head), &fd, sizeof(fd));
	return sendmsg(socket, &msg, 0) == 1 ? 0 : -errno;
}

static int receive_fd(int socket)
{
	union fd_message m = {};
	char b;
	struct iovec iov = { &b, 1 };
	struct msghdr msg = {
		.msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = &m, .msg_controllen = sizeof(m),
	};
	int fd;

	if (recvmsg(socket, &msg, 0) != 1 ||
	    m.head.cmsg_type != SCM_RIGHTS)
		return -1;
	memcpy(&fd, CMSG_DATA(&m.head), sizeof(fd));
	return fd;
}

static int read_for_another(struct ut_child *c)
{
	static struct ut_session u;

	u.fd = receive_fd(socket_to_reader[1]);
	if (u.fd < 0)
		return 1;
	atomic_store(&c->sh->value[2], count_entries(&u));
	return 0;
}

TEST_F(queue, read_by_a_process_that_is_given_the_fd)
{
	if (socketpair(AF_UNIX, SOCK_STREAM, 0, socket_to_reader))
		SKIP(return, "no UNIX sockets: %s", strerror(errno));
	ASSERT_EQ(0, ut_spawn(&self->c, producers));
	ASSERT_EQ(0, ut_spawn(&self->reader, read_for_another));
	ASSERT_EQ(0, configure(&self->u, UT_SYSCALLS, 0));
	ASSERT_EQ(0, ut_attach(&self->u, self->c.pid, 0, NULL));
	ut_go(&self->reader);
	ASSERT_EQ(0, send_fd(socket_to_reader[0], self->u.fd));
	/* The reader's is the last one then. */
	ut_close(&self->u);
	ut_go(&self->c);
	EXPECT_EQ(0, ut_reap(&self->c));
	EXPECT_EQ(0, ut_reap(&self->reader));
	EXPECT_EQ(THREADS * MARKS,
		  atomic_load(&self->reader.sh->value[2]));
}

/* ---- orders meanwhile -------------------------------------------------- */

TEST_F(queue, full_does_not_lose_an_order_to_hold)
{
	struct utrace_config c = { .record = UT_SYSCALLS, .queue_bytes = 1 };
	struct ut_call call = { SYS_read, UTRACE_SC_REPORT };
	struct utrace_attach a;
	struct utrace_record *r;

	/* Every record fills the queue, so the thread waits at each. */
	ASSERT_EQ(0, ut_spawn(&self->c, ut_fn_read));
	ASSERT_EQ(0, ut_config_full(&self->u, &c));
	ASSERT_EQ(0, ut_only(&self->u, &call, 1));
	ASSERT_EQ(0, ut_attach(&self->u, self->c.pid, 0, &a));
	ut_go(&self->c);
	ASSERT_NE(NULL, ut_find(&self->u, a.thread, UTRACE_EV_SYSCALL_ENTRY));
	ASSERT_TRUE(ut_wait_state(self->c.pid, self->c.pid, 'S'));

	ASSERT_EQ(-EINPROGRESS, ut_op(&self->u, a.thread, UTRACE_OP_HOLD));
	ASSERT_EQ(1, write(self->c.in[1], "x", 1));
	ASSERT_TRUE(ut_wait_state(self->c.pid, self->c.pid, 't'));
	/* Reading the exit makes room, but what was ordered still comes. */
	ASSERT_NE(NULL, ut_find(&self->u, a.thread, UTRACE_EV_SYSCALL_EXIT));
	r = ut_find(&self->u, a.thread, UTRACE_EV_QUIESCE);
	ASSERT_NE(NULL, r);
	EXPECT_EQ(UTRACE_REC_HELD, r->flags);
	EXPECT_EQ(1, atomic_load(&self->c.sh->stage));
	EXPECT_EQ(0, ut_op(&self->u, a.thread, UTRACE_OP_RELEASE));
	EXPECT_EQ(0, ut_reap(&self->c));
}

TEST_F(queue, full_and_lossy_tells_of_a_hold_that_was_ordered)
{
	struct utrace_config c = {
		.flags = UTRACE_CONFIG_DROP, .queue_bytes = 1,
	};
	struct utrace_attach a;
	struct utrace_info info;
	struct utrace_record *r;

	ASSERT_EQ(0, ut_spawn(&self->c, ut_fn_spin));
	ASSERT_EQ(0, ut_config_full(&self->u, &c));
	ASSERT_EQ(0, ut_attach(&self->u, self->c.pid, 0, &a));
	ut_go(&self->c);
	ASSERT_TRUE(ut_runs(&self->c));
	/* ATTACHED has not been read, so the queue is full. */
	ASSERT_EQ(-EINPROGRESS, ut_op(&self->u, a.thread, UTRACE_OP_HOLD));
	ASSERT_TRUE(ut_wait_state(self->c.pid, self->c.pid, 't'));
	ASSERT_EQ(0, ut_info(&self->u, &info));
	EXPECT_EQ(1, info.held);
	EXPECT_EQ(0, info.lost);
	r = ut_find(&self->u, a.thread, UTRACE_EV_QUIESCE);
	ASSERT_NE(NULL, r);
	EXPECT_EQ(UTRACE_REC_HELD, r->flags);
	EXPECT_EQ(0, ut_op(&self->u, a.thread, UTRACE_OP_RELEASE));
	atomic_store(&self->c.sh->stop, 1);
	EXPECT_EQ(0, ut_reap(&self->c));
}

TEST_HARNESS_MAIN
