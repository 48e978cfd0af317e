// SPDX-License-Identifier: GPL-2.0-only
/*
 * Orders: their sizes and results, how they depend on each other, which stop they
 * answer, and the one record in which each of them ends.
 */
#include "utrace_testlib.h"

#define THREADS	4

FIXTURE(orders)
{
	struct ut_session u;
	struct ut_child c, d;
	struct utrace_attach a, b;
	struct utrace_info info;
};

FIXTURE_SETUP(orders)
{
	ASSERT_EQ(0, ut_open(&self->u));
	ASSERT_EQ(0, ut_info(&self->u, &self->info));
}

FIXTURE_TEARDOWN(orders)
{
	ut_close(&self->u);
	ut_end(&self->c);
	ut_end(&self->d);
}

static int attach_spinning(struct ut_session *u, struct ut_child *c,
			   struct utrace_attach *a)
{
	int ret = ut_spawn(c, ut_fn_spin) ?: ut_attach(u, c->pid, 0, a);

	if (ret)
		return ret;
	ut_go(c);
	return ut_runs(c) ? 0 : -ETIMEDOUT;
}

/* Holds the thread.  Returns the name of the stop, or 0. */
static __u64 hold(struct ut_session *u, __u64 thread)
{
	struct utrace_rec_quiesce *q;

	if (ut_op(u, thread, UTRACE_OP_HOLD) != -EINPROGRESS)
		return 0;
	q = ut_find_held(u, thread);
	return q ? q->head.seq : 0;
}

/* ---- sizes --------------------------------------------------------------- */

TEST_F(orders, with_an_impossible_size)
{
	const __u32 bad[] = { 0, 8, 32, 44, 48 + 4, 1 << 16, ~7u, ~0u };
	struct utrace_order o[2];
	struct utrace_control c;
	unsigned int i;

	ASSERT_EQ(0, attach_spinning(&self->u, &self->c, &self->a));
	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		o[0] = (struct utrace_order)UT_ORDER(utrace_order, UTRACE_OP_RELEASE,
						     self->a.thread);
		o[1] = o[0];
		o[1].size = bad[i];
		c = (struct utrace_control){
			.size = sizeof(c), .orders = (uintptr_t)o, .bytes = sizeof(o),
		};
		EXPECT_EQ(-EINVAL, ut_ioctl(self->u.fd, UTRACE_IOC_CONTROL, &c)) {
			TH_LOG("order of %u bytes", bad[i]);
		}
		/* The one before was carried out. */
		EXPECT_EQ(sizeof(o[0]), c.done);
		EXPECT_EQ(0, o[0].result);
		EXPECT_EQ(12345, o[1].result);
	}
}

/* An action that has operands needs them. */
TEST_F(orders, without_their_operands)
{
	static const unsigned int actions[] = {
		UTRACE_OP_SYSCALL, UTRACE_OP_REGS, UTRACE_OP_MEMORY, UTRACE_OP_CALL,
	};
	unsigned int i;

	ASSERT_EQ(0, attach_spinning(&self->u, &self->c, &self->a));
	ASSERT_NE(0, hold(&self->u, self->a.thread));
	for (i = 0; i < ARRAY_SIZE(actions); i++)
		EXPECT_EQ(-EINVAL, ut_op(&self->u, self->a.thread, actions[i]));
}

TEST_F(orders, that_the_kernel_does_not_know)
{
	unsigned int action;

	ASSERT_EQ(0, attach_spinning(&self->u, &self->c, &self->a));
	for (action = 0; action < 64; action++) {
		if (!(self->info.actions & 1ull << action)) {
			EXPECT_EQ(-EINVAL, ut_op(&self->u, self->a.thread, action)) {
				TH_LOG("action %u", action);
			}
		}
	}
	EXPECT_TRUE(ut_runs(&self->c));
}

TEST_F(orders, say_how_far_they_have_come_when_memory_ends)
{
	const size_t page = ut_page();
	char *p = mmap(NULL, 2 * page, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct utrace_order *o = (void *)(p + page - sizeof(*o));
	struct utrace_control c = {
		.size = sizeof(c), .orders = (uintptr_t)o, .bytes = 2 * sizeof(*o),
	};

	ASSERT_NE(MAP_FAILED, p);
	ASSERT_EQ(0, mprotect(p + page, page, PROT_NONE));
	ASSERT_EQ(0, attach_spinning(&self->u, &self->c, &self->a));
	*o = (struct utrace_order)UT_ORDER(utrace_order, UTRACE_OP_HOLD, self->a.thread);
	EXPECT_EQ(-EFAULT, ut_ioctl(self->u.fd, UTRACE_IOC_CONTROL, &c));
	EXPECT_EQ(sizeof(*o), c.done);
	EXPECT_EQ(-EINPROGRESS, o->result);
	EXPECT_NE(NULL, ut_find_held(&self->u, self->a.thread));

	/* With results that cannot be written, nothing is said to be done. */
	ASSERT_EQ(0, mprotect(p, page, PROT_READ));
	c.bytes = sizeof(*o);
	EXPECT_EQ(-EFAULT, ut_ioctl(self->u.fd, UTRACE_IOC_CONTROL, &c));
	munmap(p, 2 * page);
}

/* ---- one after the other ------------------------------------------------- */

TEST_F(orders, that_depend_on_the_one_before)
{
	struct utrace_order o[] = {
		UT_ORDER(utrace_order, UTRACE_OP_RELEASE, 12345678901ull),
		UT_ORDER(utrace_order, UTRACE_OP_HOLD, 0, .flags = UTRACE_ORDER_LINK),
		UT_ORDER(utrace_order, UTRACE_OP_HOLD, 0, .flags = UTRACE_ORDER_LINK),
		UT_ORDER(utrace_order, UTRACE_OP_RELEASE, 0),
		UT_ORDER(utrace_order, UTRACE_OP_HOLD, 0, .flags = UTRACE_ORDER_LINK),
	};
	unsigned int i;

	ASSERT_EQ(0, attach_spinning(&self->u, &self->c, &self->a));
	for (i = 1; i < ARRAY_SIZE(o); i++)
		o[i].thread = self->a.thread;
	ASSERT_EQ(0, ut_control(&self->u, o, ARRAY_SIZE(o)));
	EXPECT_EQ(-ESRCH, o[0].result);
	EXPECT_EQ(-ECANCELED, o[1].result);
	EXPECT_EQ(0, o[1].done);
	EXPECT_EQ(-ECANCELED, o[2].result);
	EXPECT_EQ(0, o[3].result);
	EXPECT_EQ(-EINPROGRESS, o[4].result);
	EXPECT_NE(NULL, ut_find_held(&self->u, self->a.thread));
}

/* ---- the stop that is answered ------------------------------------------- */

TEST_F(orders, that_answer_another_stop_are_stale)
{
	struct utrace_order o = UT_ORDER(utrace_order, UTRACE_OP_RELEASE, 0);
	__u64 first, second;

	ASSERT_EQ(0, attach_spinning(&self->u, &self->c, &self->a));
	o.thread = self->a.thread;
	/* Not held at all. */
	o.stop = 1;
	ASSERT_EQ(0, ut_control(&self->u, &o, 1));
	EXPECT_EQ(-ESTALE, o.result);

	first = hold(&self->u, self->a.thread);
	ASSERT_NE(0, first);
	o.stop = first + 1;
	ASSERT_EQ(0, ut_control(&self->u, &o, 1));
	EXPECT_EQ(-ESTALE, o.result);
	o.stop = first - 1;
	ASSERT_EQ(0, ut_control(&self->u, &o, 1));
	EXPECT_EQ(-ESTALE, o.result);
	EXPECT_EQ(0, o.done);
	EXPECT_TRUE(ut_stands_still(&self->c));
	o.stop = first;
	ASSERT_EQ(0, ut_control(&self->u, &o, 1));
	EXPECT_EQ(0, o.result);
	EXPECT_EQ(1, o.done);
	EXPECT_TRUE(ut_runs(&self->c));

	/* A late answer to the first stop does not end the second one. */
	second = hold(&self->u, self->a.thread);
	ASSERT_LT(first, second);
	o.stop = first;
	ASSERT_EQ(0, ut_control(&self->u, &o, 1));
	EXPECT_EQ(-ESTALE, o.result);
	EXPECT_TRUE(ut_stands_still(&self->c));
	/* A stop is one thread's. */
	o.thread = 0;
	o.stop = second;
	ASSERT_EQ(0, ut_control(&self->u, &o, 1));
	EXPECT_EQ(-EINVAL, o.result);
	o.thread = self->a.thread;
	ASSERT_EQ(0, ut_control(&self->u, &o, 1));
	EXPECT_EQ(0, o.result);
	EXPECT_EQ(0, ut_stop(&self->c));
}

TEST_F(orders, answer_stops_at_events)
{
	struct utrace_order o = UT_ORDER(utrace_order, UTRACE_OP_RELEASE, 0);
	struct utrace_rec_syscall *s;
	__u64 last = 0;
	int i;

	ASSERT_EQ(0, ut_spawn(&self->c, ut_fn_marks));
	atomic_store(&self->c.sh->value[0], 20);
	ASSERT_EQ(0, ut_config(&self->u, 0, UT_ENTRY));
	ASSERT_EQ(0, ut_only_marks(&self->u));
	ASSERT_EQ(0, ut_attach(&self->u, self->c.pid, 0, &self->a));
	ut_go(&self->c);
	o.thread = self->a.thread;
	for (i = 0; i < 20; i++) {
		s = ut_find(&self->u, 0, UTRACE_EV_SYSCALL_ENTRY);
		ASSERT_NE(NULL, s);
		EXPECT_EQ(UTRACE_RECF_HELD, s->head.flags);
		EXPECT_EQ(i, s->args[0]);
		if (last) {
			o.stop = last;
			ASSERT_EQ(0, ut_control(&self->u, &o, 1));
			EXPECT_EQ(-ESTALE, o.result);
		}
		last = s->head.seq;
		o.stop = last;
		ASSERT_EQ(0, ut_control(&self->u, &o, 1));
		EXPECT_EQ(0, o.result);
	}
	EXPECT_EQ(0, ut_reap(&self->c));
}

/* ---- the end of an order ------------------------------------------------- */

TEST_F(orders, come_back_with_their_tags)
{
	struct utrace_order o = UT_ORDER(utrace_order, UTRACE_OP_HOLD, 0);
	struct utrace_rec_quiesce *q;
	__u64 tag;

	ASSERT_EQ(0, attach_spinning(&self->u, &self->c, &self->a));
	o.thread = self->a.thread;
	for (tag = 0x8000000000000001ull; tag < 0x8000000000000006ull; tag++) {
		o.tag = tag;
		ASSERT_EQ(0, ut_control(&self->u, &o, 1));
		EXPECT_EQ(-EINPROGRESS, o.result);
		EXPECT_EQ(1, o.done);
		EXPECT_EQ(0, o.flags);
		EXPECT_EQ(tag, o.tag);
		q = ut_find(&self->u, self->a.thread, UTRACE_EV_QUIESCE);
		ASSERT_NE(NULL, q);
		EXPECT_EQ(UTRACE_RECF_HELD, q->head.flags);
		EXPECT_EQ(tag, q->tag);
		EXPECT_EQ(UTRACE_QUIESCE_HOLD, q->reason);
		EXPECT_EQ(UTRACE_EV_QUIESCE, q->place);
		ASSERT_EQ(0, ut_op(&self->u, self->a.thread, UTRACE_OP_RELEASE));
		ASSERT_TRUE(ut_runs(&self->c));
	}
	EXPECT_EQ(0, ut_stop(&self->c));
}

/* A second order, while the first one is under way or has come about. */
TEST_F(orders, to_hold_are_under_way_once)
{
	struct utrace_order o[] = {
		UT_ORDER(utrace_order, UTRACE_OP_HOLD, 0, .tag = 1),
		UT_ORDER(utrace_order, UTRACE_OP_HOLD, 0, .tag = 2),
	};
	struct utrace_rec_quiesce *q;
	int i;

	ASSERT_EQ(0, attach_spinning(&self->u, &self->c, &self->a));
	o[0].thread = self->a.thread;
	o[1].thread = self->a.thread;
	for (i = 0; i < 20; i++) {
		ASSERT_EQ(0, ut_control(&self->u, o, 2));
		EXPECT_EQ(-EINPROGRESS, o[0].result);
		EXPECT_TRUE(o[1].result == -EALREADY || o[1].result == 0);
		q = ut_find(&self->u, self->a.thread, UTRACE_EV_QUIESCE);
		ASSERT_NE(NULL, q);
		EXPECT_EQ(1, q->tag);
		ASSERT_EQ(0, ut_op(&self->u, self->a.thread, UTRACE_OP_RELEASE));
		ASSERT_TRUE(ut_runs(&self->c));
	}
	EXPECT_TRUE(ut_none(&self->u, UTRACE_EV_QUIESCE, UT_QUIET));
	EXPECT_EQ(0, ut_stop(&self->c));
}

/* The records with which the order @tag has ended: there is to be one. */
static unsigned int ends_of(struct ut_session *u, __u64 tag, unsigned int *type, int *error)
{
	struct utrace_rec_quiesce *q;
	struct utrace_rec_gone *g;
	struct utrace_record *r;
	unsigned int n = 0;
	int ms = UT_TIMEOUT;

	while ((r = ut_next(u, ms))) {
		q = (void *)r;
		g = (void *)r;
		if ((r->type == UTRACE_EV_QUIESCE && q->tag == tag) ||
		    (r->type == UTRACE_REC_GONE && g->tag == tag)) {
			n++;
			*type = r->type;
			*error = r->type == UTRACE_REC_GONE ? g->error : 0;
			if (r->type == UTRACE_REC_GONE && g->action != UTRACE_OP_HOLD)
				return 77;
			/* And then for a while no other. */
			ms = 5;
		}
	}
	return n;
}

FIXTURE(ends)
{
	struct ut_session u;
	struct ut_child c;
	struct utrace_attach a;
};

FIXTURE_VARIANT(ends)
{
	unsigned int action;	/* that overtakes the order to hold; 0: SIGKILL */
	int error;
};

FIXTURE_VARIANT_ADD(ends, released)
{
	.action = UTRACE_OP_RELEASE, .error = ECANCELED,
};

FIXTURE_VARIANT_ADD(ends, detached)
{
	.action = UTRACE_OP_DETACH, .error = ESRCH,
};

FIXTURE_VARIANT_ADD(ends, killed)
{
	.action = 0, .error = ESRCH,
};

FIXTURE_SETUP(ends)
{
	ASSERT_EQ(0, ut_open(&self->u));
}

FIXTURE_TEARDOWN(ends)
{
	ut_close(&self->u);
	ut_end(&self->c);
}

/* Whichever comes first, the hold or the other order, there is one record. */
TEST_F(ends, in_one_record)
{
	unsigned int gone = 0, held = 0, type = 0, i;
	int error = 0;

	for (i = 1; i <= 25; i++) {
		struct utrace_order o[2] = {
			UT_ORDER(utrace_order, UTRACE_OP_HOLD, 0, .tag = i),
			UT_ORDER(utrace_order, variant->action, 0),
		};

		if (!self->c.pid) {
			ASSERT_EQ(0, ut_spawn(&self->c, ut_fn_spin));
			ut_go(&self->c);
			ASSERT_TRUE(ut_runs(&self->c));
		}
		if (i == 1 || variant->action != UTRACE_OP_RELEASE) {
			ASSERT_EQ(0, ut_attach(&self->u, self->c.pid, 0, &self->a));
		}
		o[0].thread = self->a.thread;
		o[1].thread = self->a.thread;
		ASSERT_EQ(0, ut_control(&self->u, o, variant->action ? 2 : 1));
		ASSERT_EQ(-EINPROGRESS, o[0].result);
		if (variant->action) {
			EXPECT_EQ(0, o[1].result);
		} else {
			ASSERT_EQ(0, kill(self->c.pid, SIGKILL));
			ASSERT_EQ(SIGKILL, ut_reap(&self->c));
			ut_end(&self->c);
		}
		ASSERT_EQ(1, ends_of(&self->u, i, &type, &error));
		if (type == UTRACE_REC_GONE) {
			EXPECT_EQ(variant->error, error);
			gone++;
		} else {
			held++;
		}
		if (self->c.pid) {
			ASSERT_TRUE(ut_runs(&self->c));
		}
		self->u.eof = false;
	}
	ut_log("%u came about, %u did not", held, gone);
}

/* ---- orders to several threads ------------------------------------------- */

static int many_spinning(struct ut_child *c)
{
	return ut_spin_threads(c, THREADS);
}

static int attach_many(struct ut_session *u, struct ut_child *c, struct utrace_attach *a)
{
	int ret = ut_spawn(c, many_spinning);

	if (ret)
		return ret;
	ut_go(c);
	if (!ut_until(atomic_load(&c->sh->stage), UT_TIMEOUT))
		return -ETIMEDOUT;
	return ut_attach(u, c->pid, 0, a);
}

TEST_F(orders, to_all_threads_are_through_in_one_record)
{
	struct utrace_order o = UT_ORDER(utrace_order, UTRACE_OP_HOLD, 0,
					 .flags = UTRACE_ORDER_TELL, .tag = 99);
	unsigned int held = 0;
	struct utrace_rec_done *d = NULL;
	struct utrace_record *r;

	ASSERT_EQ(0, attach_many(&self->u, &self->c, &self->a));
	ASSERT_EQ(0, ut_control(&self->u, &o, 1));
	EXPECT_EQ(-EINPROGRESS, o.result);
	EXPECT_EQ(1 + THREADS, o.done);
	while (!d) {
		r = ut_next(&self->u, UT_TIMEOUT);
		ASSERT_NE(NULL, r);
		if (r->type == UTRACE_EV_QUIESCE) {
			EXPECT_EQ(99, ((struct utrace_rec_quiesce *)r)->tag);
			EXPECT_TRUE(r->flags & UTRACE_RECF_HELD);
			held++;
		} else if (r->type == UTRACE_REC_DONE) {
			d = (void *)r;
		}
	}
	/* It is the last one, and says what the others have said. */
	EXPECT_EQ(1 + THREADS, held);
	EXPECT_EQ(99, d->tag);
	EXPECT_EQ(1 + THREADS, d->done);
	EXPECT_EQ(0, d->gone);
	EXPECT_TRUE(ut_stands_still(&self->c));
	EXPECT_TRUE(ut_none(&self->u, UTRACE_REC_DONE, 0));
	EXPECT_EQ(0, ut_op(&self->u, 0, UTRACE_OP_RELEASE));
	EXPECT_EQ(0, ut_stop(&self->c));
}

/* The record waits also for a thread that an earlier order is to hold. */
TEST_F(orders, to_all_threads_wait_for_earlier_orders)
{
	struct utrace_order o[] = {
		UT_ORDER(utrace_order, UTRACE_OP_HOLD, 0, .tag = 1),
		UT_ORDER(utrace_order, UTRACE_OP_HOLD, 0, .flags = UTRACE_ORDER_TELL,
			 .tag = 2),
	};
	struct utrace_record *r;
	unsigned int held = 0;

	ASSERT_EQ(0, attach_many(&self->u, &self->c, &self->a));
	o[0].thread = self->a.thread;
	ASSERT_EQ(0, ut_control(&self->u, o, 2));
	EXPECT_EQ(-EINPROGRESS, o[0].result);
	EXPECT_EQ(-EINPROGRESS, o[1].result);
	EXPECT_EQ(1 + THREADS, o[1].done);
	do {
		r = ut_next(&self->u, UT_TIMEOUT);
		ASSERT_NE(NULL, r);
		if (r->type != UTRACE_EV_QUIESCE)
			continue;
		/* Each order ends under its own tag. */
		EXPECT_EQ(r->thread == self->a.thread ? 1 : 2,
			  ((struct utrace_rec_quiesce *)r)->tag);
		held++;
	} while (r->type != UTRACE_REC_DONE);
	EXPECT_EQ(1 + THREADS, held);
	EXPECT_EQ(2, ((struct utrace_rec_done *)r)->tag);
	EXPECT_EQ(1 + THREADS, ((struct utrace_rec_done *)r)->done);
	EXPECT_EQ(0, ((struct utrace_rec_done *)r)->gone);

	/* All are held, so an order to hold them is through at once. */
	o[1].tag = 3;
	ASSERT_EQ(0, ut_control(&self->u, &o[1], 1));
	EXPECT_EQ(0, o[1].result);
	r = ut_next(&self->u, UT_TIMEOUT);
	ASSERT_NE(NULL, r);
	ASSERT_EQ(UTRACE_REC_DONE, r->type);
	EXPECT_EQ(3, ((struct utrace_rec_done *)r)->tag);
	EXPECT_EQ(1 + THREADS, ((struct utrace_rec_done *)r)->done);
	EXPECT_EQ(0, ut_op(&self->u, 0, UTRACE_OP_RELEASE));
	EXPECT_EQ(0, ut_stop(&self->c));
}

/* Orders whose DONE has no room pile up until there are too many of them. */
TEST_F(orders, with_done_have_a_limit)
{
	struct utrace_order o = UT_ORDER(utrace_order, UTRACE_OP_HOLD, 0,
					 .flags = UTRACE_ORDER_TELL);
	struct utrace_config c = { .queue_bytes = ut_page() };
	unsigned int given = 0, told = 0;
	struct utrace_record *r;

	ASSERT_EQ(0, ut_config_full(&self->u, &c));
	ASSERT_EQ(0, attach_spinning(&self->u, &self->c, &self->a));
	for (;;) {
		ASSERT_EQ(0, ut_control(&self->u, &o, 1));
		if (o.result && o.result != -EINPROGRESS && o.result != -EAGAIN)
			break;
		ASSERT_GT(ut_page(), ++given);
	}
	EXPECT_EQ(-ENOBUFS, o.result);
	EXPECT_EQ(0, o.done);
	while ((r = ut_next(&self->u, UT_QUIET)))
		told += r->type == UTRACE_REC_DONE;
	EXPECT_EQ(given, told);
	ASSERT_EQ(0, ut_control(&self->u, &o, 1));
	EXPECT_EQ(0, o.result);
	EXPECT_EQ(0, ut_op(&self->u, 0, UTRACE_OP_RELEASE));
	EXPECT_EQ(0, ut_stop(&self->c));
}

/* No thread was ever attached, and so no ring was made. */
TEST_F(orders, to_no_thread_are_through_in_one_record)
{
	struct utrace_order o = UT_ORDER(utrace_order, UTRACE_OP_HOLD, 0,
					 .flags = UTRACE_ORDER_TELL, .tag = 3);
	struct utrace_rec_done *d;

	ASSERT_EQ(0, ut_control(&self->u, &o, 1));
	EXPECT_EQ(0, o.result);
	EXPECT_EQ(0, o.done);
	d = ut_find(&self->u, 0, UTRACE_REC_DONE);
	ASSERT_NE(NULL, d);
	EXPECT_EQ(3, d->tag);
	EXPECT_EQ(0, d->done);
	EXPECT_EQ(0, d->gone);
}

TEST_F(orders, to_dying_threads_are_through_in_one_record)
{
	struct utrace_order o = UT_ORDER(utrace_order, UTRACE_OP_HOLD, 0,
					 .flags = UTRACE_ORDER_TELL, .tag = 5);
	struct utrace_rec_done *d;

	ASSERT_EQ(0, attach_many(&self->u, &self->c, &self->a));
	ASSERT_EQ(0, ut_control(&self->u, &o, 1));
	EXPECT_EQ(-EINPROGRESS, o.result);
	ASSERT_EQ(0, kill(self->c.pid, SIGKILL));
	ASSERT_EQ(SIGKILL, ut_reap(&self->c));
	d = ut_find(&self->u, 0, UTRACE_REC_DONE);
	ASSERT_NE(NULL, d);
	EXPECT_EQ(5, d->tag);
	EXPECT_EQ(1 + THREADS, d->done + d->gone);
	EXPECT_TRUE(ut_none(&self->u, UTRACE_REC_DONE, UT_TIMEOUT));
	EXPECT_TRUE(self->u.eof);
}

TEST_F(orders, to_a_process_spare_the_others)
{
	ASSERT_EQ(0, attach_many(&self->u, &self->c, &self->a));
	ASSERT_EQ(0, attach_spinning(&self->u, &self->d, &self->b));
	EXPECT_EQ(-EINPROGRESS, ut_op_flags(&self->u, self->a.thread, UTRACE_OP_HOLD,
					    UTRACE_ORDER_PROCESS));
	ASSERT_TRUE(ut_until(({ ut_info(&self->u, &self->info); self->info.held; }) ==
			     1 + THREADS, UT_TIMEOUT));
	EXPECT_TRUE(ut_stands_still(&self->c));
	EXPECT_TRUE(ut_runs(&self->d));
	EXPECT_EQ(-EINPROGRESS, ut_op(&self->u, self->b.thread, UTRACE_OP_HOLD));
	ASSERT_NE(NULL, ut_find(&self->u, self->b.thread, UTRACE_EV_QUIESCE));
	EXPECT_EQ(0, ut_op_flags(&self->u, self->a.thread, UTRACE_OP_RELEASE,
				 UTRACE_ORDER_PROCESS));
	EXPECT_TRUE(ut_runs(&self->c));
	EXPECT_TRUE(ut_stands_still(&self->d));
	EXPECT_EQ(0, ut_op(&self->u, 0, UTRACE_OP_RELEASE));
	EXPECT_EQ(0, ut_stop(&self->c));
	EXPECT_EQ(0, ut_stop(&self->d));
}

TEST_F(orders, to_kill)
{
	ASSERT_EQ(0, attach_many(&self->u, &self->c, &self->a));
	ASSERT_EQ(0, attach_spinning(&self->u, &self->d, &self->b));
	ASSERT_NE(0, hold(&self->u, self->b.thread));
	EXPECT_EQ(0, ut_op(&self->u, self->b.thread, UTRACE_OP_KILL));
	EXPECT_EQ(SIGKILL, ut_reap(&self->d));
	EXPECT_TRUE(ut_runs(&self->c));
	EXPECT_EQ(0, ut_op(&self->u, 0, UTRACE_OP_KILL));
	EXPECT_EQ(SIGKILL, ut_reap(&self->c));
	EXPECT_TRUE(ut_drain(&self->u));
	EXPECT_EQ(-ESRCH, ut_op(&self->u, self->a.thread, UTRACE_OP_KILL));
}

/* ---- orders and records in one call -------------------------------------- */

TEST_F(orders, one_call_for_each_stop)
{
	const int n = 30;
	struct utrace_rec_syscall *s;
	struct utrace_order o = UT_ORDER(utrace_order, UTRACE_OP_RELEASE, 0);
	char buf[4096] __attribute__((aligned(8)));
	struct utrace_control c = {
		.size = sizeof(c), .orders = (uintptr_t)&o,
		.buffer = (uintptr_t)buf, .timeout = UT_TIMEOUT,
	};
	int i;

	self->u.maps = false;
	ASSERT_EQ(0, ut_spawn(&self->c, ut_fn_marks));
	atomic_store(&self->c.sh->value[0], n);
	ASSERT_EQ(0, ut_config(&self->u, 0, UT_ENTRY));
	ASSERT_EQ(0, ut_only_marks(&self->u));
	ASSERT_EQ(0, ut_attach(&self->u, self->c.pid, 0, &self->a));
	ASSERT_NE(NULL, ut_find(&self->u, 0, UTRACE_REC_ATTACHED));
	ut_go(&self->c);
	s = (void *)buf;
	for (i = 0; i < n; i++) {
		c.buffer_size = sizeof(buf);
		ASSERT_EQ(0, ut_ioctl(self->u.fd, UTRACE_IOC_CONTROL, &c));
		if (c.bytes) {
			EXPECT_EQ(sizeof(o), c.done);
			EXPECT_EQ(0, o.result);
		}
		ASSERT_LE(sizeof(*s), c.buffer_size);
		EXPECT_EQ(s->head.size, c.buffer_size);
		ASSERT_EQ(UTRACE_EV_SYSCALL_ENTRY, s->head.type);
		EXPECT_EQ(UTRACE_RECF_HELD, s->head.flags);
		EXPECT_EQ(i, s->args[0]);
		o = (struct utrace_order)UT_ORDER(utrace_order, UTRACE_OP_RELEASE,
						  self->a.thread, .stop = s->head.seq);
		c.bytes = sizeof(o);
	}
	EXPECT_EQ(0, ut_control(&self->u, &o, 1));
	EXPECT_EQ(0, ut_reap(&self->c));
	/* At the end of the session there is nothing to wait for. */
	c.bytes = 0;
	c.buffer_size = sizeof(buf);
	EXPECT_EQ(0, ut_ioctl(self->u.fd, UTRACE_IOC_CONTROL, &c));
	EXPECT_EQ(0, c.buffer_size);
}

static void on_alarm(int sig ut_unused)
{
}

TEST_F(orders, wait_for_records_as_long_as_they_are_told)
{
	struct sigaction sa = { .sa_handler = on_alarm };
	struct itimerval it = { { 0, 50000 }, { 0, 50000 } };
	struct itimerval off = { { 0, 0 }, { 0, 0 } };
	char buf[4096] __attribute__((aligned(8)));
	struct utrace_order o = UT_ORDER(utrace_order, UTRACE_OP_RELEASE, 0);
	struct utrace_control c = {
		.size = sizeof(c), .buffer = (uintptr_t)buf, .buffer_size = sizeof(buf),
	};
	long begin;

	self->u.maps = false;
	ASSERT_EQ(0, ut_spawn(&self->c, ut_fn_marks));
	ASSERT_EQ(0, ut_attach(&self->u, self->c.pid, 0, &self->a));
	/* A record that is too long for the buffer keeps no order from its result. */
	o.thread = self->a.thread;
	c.orders = (uintptr_t)&o;
	c.bytes = sizeof(o);
	c.buffer_size = sizeof(struct utrace_record);
	EXPECT_EQ(-EMSGSIZE, ut_ioctl(self->u.fd, UTRACE_IOC_CONTROL, &c));
	EXPECT_EQ(0, o.result);
	EXPECT_EQ(sizeof(o), c.done);
	c.buffer_size = sizeof(buf);
	EXPECT_EQ(0, ut_ioctl(self->u.fd, UTRACE_IOC_CONTROL, &c));
	EXPECT_EQ(sizeof(struct utrace_rec_attached), c.buffer_size);

	/* None now, and none in a while. */
	c.bytes = 0;
	c.orders = 0;
	c.timeout = 0;
	c.buffer_size = sizeof(buf);
	EXPECT_EQ(0, ut_ioctl(self->u.fd, UTRACE_IOC_CONTROL, &c));
	EXPECT_EQ(0, c.buffer_size);
	begin = ut_now();
	c.timeout = 2 * UT_QUIET;
	c.buffer_size = sizeof(buf);
	EXPECT_EQ(0, ut_ioctl(self->u.fd, UTRACE_IOC_CONTROL, &c));
	EXPECT_EQ(0, c.buffer_size);
	EXPECT_EQ(0, c.flags);
	EXPECT_LE(2 * UT_QUIET - 1, ut_now() - begin);
	c.timeout = -2;
	EXPECT_EQ(-EINVAL, ut_ioctl(self->u.fd, UTRACE_IOC_CONTROL, &c));

	/* A signal ends the wait. */
	ASSERT_EQ(0, sigaction(SIGALRM, &sa, NULL));
	ASSERT_EQ(0, setitimer(ITIMER_REAL, &it, NULL));
	c.timeout = -1;
	c.buffer_size = sizeof(buf);
	EXPECT_EQ(-EINTR, ut_ioctl(self->u.fd, UTRACE_IOC_CONTROL, &c));
	ASSERT_EQ(0, setitimer(ITIMER_REAL, &off, NULL));

	/* None will ever come, which is another thing than that the time is over. */
	ASSERT_EQ(0, ut_op(&self->u, self->a.thread, UTRACE_OP_DETACH));
	c.buffer_size = sizeof(buf);
	EXPECT_EQ(0, ut_ioctl(self->u.fd, UTRACE_IOC_CONTROL, &c));
	EXPECT_EQ(0, c.buffer_size);
	EXPECT_EQ(UTRACE_CONTROL_ENDED, c.flags);
	c.timeout = 0;
	c.buffer_size = sizeof(buf);
	EXPECT_EQ(0, ut_ioctl(self->u.fd, UTRACE_IOC_CONTROL, &c));
	EXPECT_EQ(UTRACE_CONTROL_ENDED, c.flags);
	/* Whoever reads nothing is told nothing. */
	c.buffer = 0;
	c.buffer_size = 0;
	EXPECT_EQ(0, ut_ioctl(self->u.fd, UTRACE_IOC_CONTROL, &c));
	EXPECT_EQ(0, c.flags);
}

TEST_F(orders, do_not_read_a_mapped_ring)
{
	char buf[4096];
	struct utrace_order o = UT_ORDER(utrace_order, UTRACE_OP_RELEASE, 0);
	struct utrace_control c = {
		.size = sizeof(c), .buffer = (uintptr_t)buf, .buffer_size = sizeof(buf),
		.orders = (uintptr_t)&o, .bytes = sizeof(o),
	};

	self->u.maps = true;
	ASSERT_EQ(0, ut_spawn(&self->c, ut_fn_marks));
	ASSERT_EQ(0, ut_attach(&self->u, self->c.pid, 0, &self->a));
	o.thread = self->a.thread;
	EXPECT_EQ(-EBUSY, ut_ioctl(self->u.fd, UTRACE_IOC_CONTROL, &c));
	EXPECT_EQ(0, o.result);
	EXPECT_NE(NULL, ut_find(&self->u, 0, UTRACE_REC_ATTACHED));
}

TEST_HARNESS_MAIN
