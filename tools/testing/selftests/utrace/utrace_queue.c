// SPDX-License-Identifier: GPL-2.0-only
/*
 * The ring of records: what happens when nobody reads it, and who may.
 */
#include <sys/socket.h>

#include "utrace_testlib.h"

#define THREADS		4
/* Marks of each thread, whose records do not fit into the smallest ring. */
#define MARKS		((long)ut_page() / 32)

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
		.record = record, .flags = flags, .queue_bytes = ut_page(),
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

/* The ring is full when its producers wait for room, and none of them gets anywhere. */
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
		if (count == atomic_load(&c->sh->count) && info.starved)
			return true;
	} while (ut_now() < end);
	ut_log("%llu of %llu bytes are queued, %u threads starve, %lu marks made",
	       info.queued, info.queue_bytes, info.starved, count);
	return false;
}

TEST_F(queue, full_makes_the_producers_wait_and_loses_nothing)
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
	/* Not one byte beyond the ring is used. */
	ASSERT_EQ(0, ut_info(&self->u, &info));
	EXPECT_EQ(ut_page(), info.queue_bytes);
	EXPECT_GE(info.queue_bytes, info.queued);
	EXPECT_LT(info.queue_bytes - sizeof(*s), info.queued);
	EXPECT_EQ(THREADS, info.starved);

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

TEST_F(queue, sigkill_ends_a_producer_that_waits)
{
	unsigned long lost = 0;
	struct utrace_record *r;
	struct utrace_info info;

	ASSERT_EQ(0, ut_spawn(&self->c, producers));
	ASSERT_EQ(0, configure(&self->u, UT_SYSCALLS, 0));
	ASSERT_EQ(0, ut_attach(&self->u, self->c.pid, 0, NULL));
	ut_go(&self->c);
	ASSERT_TRUE(is_full(&self->u, &self->c));
	ASSERT_EQ(0, kill(self->c.pid, SIGKILL));
	EXPECT_EQ(SIGKILL, ut_reap(&self->c));
	/* At most the record for which each of them has waited is lost, and told. */
	while ((r = ut_next(&self->u, UT_TIMEOUT))) {
		if (r->type == UTRACE_REC_LOST)
			lost += ((struct utrace_rec_lost *)r)->count;
	}
	EXPECT_TRUE(self->u.eof);
	EXPECT_GE(2 * THREADS, lost);
	ASSERT_EQ(0, ut_info(&self->u, &info));
	EXPECT_EQ(lost, info.lost);
}

/* The last words of threads are not lost, however full the ring is. */
TEST_F(queue, the_ends_of_killed_producers_are_told)
{
	unsigned int exits = 0, deaths = 0, reaps = 0;
	struct utrace_record *r;

	ASSERT_EQ(0, ut_spawn(&self->c, producers));
	ASSERT_EQ(0, configure(&self->u, UT_SYSCALLS | UTRACE_EV_BIT(UTRACE_EV_EXIT) |
			       UTRACE_EV_BIT(UTRACE_EV_DEATH) |
			       UTRACE_EV_BIT(UTRACE_EV_REAP), 0));
	ASSERT_EQ(0, ut_attach(&self->u, self->c.pid, 0, NULL));
	ut_go(&self->c);
	ASSERT_TRUE(is_full(&self->u, &self->c));
	ASSERT_EQ(0, kill(self->c.pid, SIGKILL));
	/* The dead wait for nobody who reads. */
	EXPECT_EQ(SIGKILL, ut_reap(&self->c));
	while ((r = ut_next(&self->u, UT_TIMEOUT))) {
		exits += r->type == UTRACE_EV_EXIT;
		deaths += r->type == UTRACE_EV_DEATH;
		reaps += r->type == UTRACE_EV_REAP;
	}
	EXPECT_TRUE(self->u.eof);
	EXPECT_EQ(1 + THREADS, exits);
	EXPECT_EQ(1 + THREADS, deaths);
	EXPECT_EQ(1 + THREADS, reaps);
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
	EXPECT_EQ(1, info.starved);
	EXPECT_GE(info.queue_bytes, info.queued);
	EXPECT_EQ(0, info.lost);
}

TEST_F(queue, drop_counts_each_loss)
{
	unsigned long records = 0, lost = 0;
	struct utrace_rec_lost *l;
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
	EXPECT_GE(info.queue_bytes, info.queued);
	EXPECT_EQ(0, info.starved);

	while ((r = ut_next(&self->u, UT_TIMEOUT))) {
		if (r->type == UTRACE_EV_SYSCALL_ENTRY) {
			records++;
		} else if (r->type == UTRACE_REC_LOST) {
			EXPECT_EQ(0, r->thread);
			l = (void *)r;
			EXPECT_LT(0, l->count);
			EXPECT_EQ(l->count * sizeof(struct utrace_rec_syscall), l->bytes);
			lost += l->count;
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

	ret = ut_open_read(&u);
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

static int socket_to_reader[2];

static int read_for_another(struct ut_child *c)
{
	static struct ut_session u;

	u.fd = ut_receive_fd(socket_to_reader[1]);
	if (u.fd < 0)
		return 1;
	atomic_store(&c->sh->value[2], count_entries(&u));
	return 0;
}

TEST_F(queue, read_by_a_process_that_is_given_the_fd)
{
	if (socketpair(AF_UNIX, SOCK_STREAM, 0, socket_to_reader))
		SKIP(return, "no UNIX sockets: %s", strerror(errno));
	self->u.maps = false;
	ASSERT_EQ(0, ut_spawn(&self->c, producers));
	ASSERT_EQ(0, ut_spawn(&self->reader, read_for_another));
	ASSERT_EQ(0, configure(&self->u, UT_SYSCALLS, 0));
	ASSERT_EQ(0, ut_attach(&self->u, self->c.pid, 0, NULL));
	ut_go(&self->reader);
	ASSERT_EQ(0, ut_send_fd(socket_to_reader[0], self->u.fd));
	/* The reader's is the last one then. */
	ut_close(&self->u);
	ut_go(&self->c);
	EXPECT_EQ(0, ut_reap(&self->c));
	EXPECT_EQ(0, ut_reap(&self->reader));
	EXPECT_EQ(THREADS * MARKS,
		  atomic_load(&self->reader.sh->value[2]));
}

/* ---- orders meanwhile -------------------------------------------------- */

/* Marks until the ring is full, then reads: stage 1 is before, 2 is after that. */
static int fill_then_read(struct ut_child *c)
{
	struct producer p = { .c = c };

	produce(&p);
	return ut_fn_read(c);
}

TEST_F(queue, full_does_not_lose_an_order_to_hold)
{
	struct ut_call calls[] = {
		{ UT_MARK_NR, UT_SC_REPORT }, { SYS_read, UT_SC_REPORT },
	};
	struct utrace_attach a;
	struct utrace_info info;
	int ret;

	/* The thread waits for room when it is to be held. */
	ASSERT_EQ(0, ut_spawn(&self->c, fill_then_read));
	ASSERT_EQ(0, configure(&self->u, UT_SYSCALLS, 0));
	ASSERT_EQ(0, ut_only(&self->u, calls, 2));
	ASSERT_EQ(0, ut_attach(&self->u, self->c.pid, 0, &a));
	ut_go(&self->c);
	ASSERT_TRUE(is_full(&self->u, &self->c));
	/* It may count as stopped. */
	ret = ut_op(&self->u, a.thread, UTRACE_OP_HOLD);
	ASSERT_TRUE(ret == 0 || ret == -EINPROGRESS);
	if (!ret) {
		EXPECT_EQ(0, ut_op(&self->u, a.thread, UTRACE_OP_HOLD));
		ASSERT_EQ(0, ut_info(&self->u, &info));
		EXPECT_EQ(1, info.held);
		EXPECT_EQ(1, info.starved);
	}
	/* Reading makes room for the record that waits, and for that of the hold. */
	ASSERT_NE(NULL, ut_find_held(&self->u, a.thread));
	EXPECT_TRUE(ut_wait_state(self->c.pid, self->c.pid, 't'));
	EXPECT_TRUE(ut_stands_still(&self->c));
	EXPECT_EQ(0, ut_op(&self->u, a.thread, UTRACE_OP_RELEASE));
	ASSERT_EQ(1, write(self->c.in[1], "x", 1));
	while (ut_next_or_reap(&self->u, &self->c))
		;
	EXPECT_TRUE(self->u.eof);
	EXPECT_EQ(0, self->c.status);
	ASSERT_EQ(0, ut_info(&self->u, &info));
	EXPECT_EQ(0, info.lost);
}

/* Fills the ring with DROP, and computes then. */
static int fill_then_spin(struct ut_child *c)
{
	struct producer p = { .c = c };

	produce(&p);
	atomic_store(&c->sh->stage, 1);
	return ut_fn_spin(c);
}

TEST_F(queue, full_and_lossy_tells_of_a_hold_that_was_ordered)
{
	struct utrace_attach a;
	struct utrace_info info;
	struct utrace_record *r;

	ASSERT_EQ(0, ut_spawn(&self->c, fill_then_spin));
	ASSERT_EQ(0, configure(&self->u, UT_SYSCALLS, UTRACE_CONFIG_DROP));
	ASSERT_EQ(0, ut_attach(&self->u, self->c.pid, 0, &a));
	ut_go(&self->c);
	ASSERT_TRUE(ut_until(atomic_load(&self->c.sh->stage), UT_TIMEOUT));
	ASSERT_TRUE(ut_runs(&self->c));
	ASSERT_EQ(0, ut_info(&self->u, &info));
	EXPECT_LT(0, info.lost);
	ASSERT_EQ(-EINPROGRESS, ut_op(&self->u, a.thread, UTRACE_OP_HOLD));
	ASSERT_TRUE(ut_wait_state(self->c.pid, self->c.pid, 't'));
	ASSERT_EQ(0, ut_info(&self->u, &info));
	EXPECT_GE(info.queue_bytes, info.queued);
	r = ut_find(&self->u, a.thread, UTRACE_EV_QUIESCE);
	ASSERT_NE(NULL, r);
	EXPECT_EQ(UTRACE_RECF_HELD, r->flags);
	ASSERT_EQ(0, ut_info(&self->u, &info));
	EXPECT_EQ(1, info.held);
	EXPECT_EQ(0, ut_op(&self->u, a.thread, UTRACE_OP_RELEASE));
	atomic_store(&self->c.sh->stop, 1);
	EXPECT_EQ(0, ut_reap(&self->c));
}

/* A hold at an event waits for room with DROP, too: nobody is held unknown. */
TEST_F(queue, full_and_lossy_keeps_a_record_with_held)
{
	struct utrace_config c = { .flags = UTRACE_CONFIG_DROP, .hold = UT_ENTRY };
	unsigned long count;
	struct utrace_attach a;
	struct utrace_record *r;

	ASSERT_EQ(0, ut_spawn(&self->c, fill_then_read));
	ASSERT_EQ(0, configure(&self->u, UT_SYSCALLS, UTRACE_CONFIG_DROP));
	ASSERT_EQ(0, ut_attach(&self->u, self->c.pid, 0, &a));
	ut_go(&self->c);
	ASSERT_TRUE(ut_until(atomic_load(&self->c.sh->stage), UT_TIMEOUT));
	ASSERT_TRUE(ut_wait_state(self->c.pid, self->c.pid, 'S'));
	ASSERT_EQ(0, ut_config_full(&self->u, &c));
	ASSERT_EQ(0, ut_only_call(&self->u, SYS_exit_group));
	ASSERT_EQ(1, write(self->c.in[1], "x", 1));
	ASSERT_TRUE(ut_wait_state(self->c.pid, self->c.pid, 't'));
	count = 0;
	while ((r = ut_next(&self->u, UT_TIMEOUT)) && !(r->flags & UTRACE_RECF_HELD))
		count++;
	ASSERT_NE(NULL, r);
	EXPECT_LT(0, count);
	EXPECT_EQ(a.thread, r->thread);
	EXPECT_EQ(0, ut_op(&self->u, a.thread, UTRACE_OP_RELEASE));
	EXPECT_EQ(0, ut_reap(&self->c));
}

/* ---- an attach while the ring is full ------------------------------------ */

TEST_F(queue, full_does_not_delay_an_attach)
{
	struct utrace_attach a, b;
	struct utrace_record *r;
	struct utrace_info info;
	bool attached = false;

	ASSERT_EQ(0, ut_spawn(&self->c, one_producer));
	ASSERT_EQ(0, ut_spawn(&self->reader, ut_fn_spin));
	ut_go(&self->reader);
	ASSERT_EQ(0, configure(&self->u, UT_SYSCALLS, 0));
	ASSERT_EQ(0, ut_attach(&self->u, self->c.pid, 0, &a));
	ut_go(&self->c);
	ASSERT_TRUE(is_full(&self->u, &self->c));
	ASSERT_EQ(0, ut_attach(&self->u, self->reader.pid, 0, &b));
	EXPECT_EQ(1, b.threads);
	ASSERT_EQ(0, ut_info(&self->u, &info));
	EXPECT_EQ(2, info.threads);
	EXPECT_EQ(1, info.starved);
	/* The new thread runs on, because it has nothing to wait for. */
	EXPECT_TRUE(ut_runs(&self->reader));
	/* And it can be held, before anything was read. */
	ASSERT_EQ(-EINPROGRESS, ut_op(&self->u, b.thread, UTRACE_OP_HOLD));
	ASSERT_TRUE(ut_wait_state(self->reader.pid, self->reader.pid, 't'));
	/* Its first record is that of the attach, and comes after those before it. */
	while ((r = ut_next(&self->u, UT_TIMEOUT))) {
		if (r->thread != b.thread)
			continue;
		if (r->type == UTRACE_EV_QUIESCE)
			break;
		EXPECT_EQ(UTRACE_REC_ATTACHED, r->type);
		attached = true;
	}
	ASSERT_NE(NULL, r);
	EXPECT_TRUE(attached);
	ASSERT_EQ(0, ut_info(&self->u, &info));
	EXPECT_EQ(0, info.lost);
	EXPECT_EQ(0, ut_op(&self->u, b.thread, UTRACE_OP_RELEASE));
	EXPECT_EQ(0, ut_stop(&self->reader));
}

/* ---- the size of the ring ------------------------------------------------ */

TEST_F(queue, has_its_size_from_the_first_attach_on)
{
	struct utrace_config c = { .queue_bytes = ut_page() + 1 };
	struct utrace_info info;

	ASSERT_EQ(0, ut_spawn(&self->c, ut_fn_marks));
	ASSERT_EQ(0, ut_config_full(&self->u, &c));
	c.queue_bytes = ut_page() * 2 - 1;
	ASSERT_EQ(0, ut_config_full(&self->u, &c));
	ASSERT_EQ(0, ut_attach(&self->u, self->c.pid, 0, NULL));
	ASSERT_EQ(0, ut_info(&self->u, &info));
	/* It is rounded up to a power of two. */
	EXPECT_EQ(2 * ut_page(), info.queue_bytes);
	c.queue_bytes = 4 * ut_page();
	EXPECT_EQ(-EBUSY, ut_config_full(&self->u, &c));
	/* 0 keeps it. */
	c.queue_bytes = 0;
	EXPECT_EQ(0, ut_config_full(&self->u, &c));
	ASSERT_EQ(0, ut_info(&self->u, &info));
	EXPECT_EQ(2 * ut_page(), info.queue_bytes);
}

TEST_HARNESS_MAIN
