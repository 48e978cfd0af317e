// SPDX-License-Identifier: GPL-2.0-only
/*
 * UTRACE_OP_MEMORY: memory of a traced process, in pieces, held or not.
 */
#include "utrace_testlib.h"

#define SEGS	40

FIXTURE(memory)
{
	struct ut_session u;
	struct ut_child c;
	struct utrace_attach a;
	char *area;
};

static char *shared_area;

/* Changes nothing but what it is told to; the area is its own copy. */
static int spin_with_area(struct ut_child *c)
{
	memset(shared_area, 'c', 2 * ut_page());
	while (!atomic_load(&c->sh->stop)) {
		atomic_fetch_add(&c->sh->count, 1);
		if (!atomic_load(&c->sh->value[0])) {
			atomic_store(&c->sh->value[1], shared_area[5]);
			atomic_store(&c->sh->value[0], 1);
		}
	}
	return 0;
}

FIXTURE_SETUP(memory)
{
	ASSERT_EQ(0, ut_open(&self->u));
	if (!ut_knows_action(&self->u, UTRACE_OP_MEMORY))
		SKIP(return, "the kernel has no UTRACE_OP_MEMORY");
	shared_area = mmap(NULL, 4 * ut_page(), PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ASSERT_NE(MAP_FAILED, shared_area);
	ASSERT_EQ(0, mprotect(shared_area + 2 * ut_page(), ut_page(), PROT_NONE));
	ASSERT_EQ(0, mprotect(shared_area + 3 * ut_page(), ut_page(), PROT_READ));
	self->area = shared_area;
	ASSERT_EQ(0, ut_spawn(&self->c, spin_with_area));
	atomic_store(&self->c.sh->value[0], 1);
	ASSERT_EQ(0, ut_attach(&self->u, self->c.pid, 0, &self->a));
	ut_go(&self->c);
	ASSERT_TRUE(ut_runs(&self->c));
}

FIXTURE_TEARDOWN(memory)
{
	ut_close(&self->u);
	ut_end(&self->c);
}

#define READ(addr, buf, len)						\
	ut_memory(&self->u, self->a.thread, UTRACE_MEM_READ, 0, (uintptr_t)(addr), buf, len)
#define WRITE(addr, buf, len)						\
	ut_memory(&self->u, self->a.thread, UTRACE_MEM_WRITE, 0, (uintptr_t)(addr), buf, len)

TEST_F(memory, of_a_thread_that_runs)
{
	char buf[16] = "";

	ASSERT_EQ(8, READ(self->area + 3, buf, 8));
	EXPECT_STREQ("cccccccc", buf);
	EXPECT_EQ(4, WRITE(self->area + 4, "wxyz", 4));
	ASSERT_EQ(8, READ(self->area + 3, buf, 8));
	EXPECT_STREQ("cwxyzccc", buf);
	/* The program sees it, and the tracer's own copy is another one. */
	atomic_store(&self->c.sh->value[0], 0);
	ASSERT_TRUE(ut_until(atomic_load(&self->c.sh->value[0]), UT_TIMEOUT));
	EXPECT_EQ('x', atomic_load(&self->c.sh->value[1]));
	EXPECT_EQ(0, self->area[5]);
	EXPECT_TRUE(ut_runs(&self->c));
	/* Nothing is nothing. */
	EXPECT_EQ(0, READ(self->area, buf, 0));
}

TEST_F(memory, of_a_thread_that_is_held)
{
	char buf[16] = "";

	ASSERT_EQ(-EINPROGRESS, ut_op(&self->u, self->a.thread, UTRACE_OP_HOLD));
	ASSERT_NE(NULL, ut_find_held(&self->u, self->a.thread));
	ASSERT_EQ(8, READ(self->area, buf, 8));
	EXPECT_STREQ("cccccccc", buf);
	EXPECT_EQ(1, WRITE(self->area + 5, "h", 1));
	atomic_store(&self->c.sh->value[0], 0);
	EXPECT_EQ(0, ut_op(&self->u, self->a.thread, UTRACE_OP_RELEASE));
	ASSERT_TRUE(ut_until(atomic_load(&self->c.sh->value[0]), UT_TIMEOUT));
	EXPECT_EQ('h', atomic_load(&self->c.sh->value[1]));
}

TEST_F(memory, in_many_pieces)
{
	static char buf[SEGS][64];
	struct utrace_seg segs[SEGS] = {};
	struct utrace_order_memory o = {
		.order = UT_ORDER(utrace_order_memory, UTRACE_OP_MEMORY, self->a.thread),
		.what = UTRACE_MEM_WRITE, .segs = (uintptr_t)segs, .nr = SEGS,
	};
	int i;

	for (i = 0; i < SEGS; i++) {
		segs[i].size = sizeof(segs[i]);
		segs[i].addr = (uintptr_t)self->area + i * 64;
		segs[i].buffer = (uintptr_t)buf[i];
		segs[i].len = 64;
		memset(buf[i], 'A' + i, 64);
	}
	ASSERT_EQ(0, ut_orders(&self->u, &o, sizeof(o)));
	EXPECT_EQ(0, o.order.result);
	for (i = 0; i < SEGS; i++) {
		EXPECT_EQ(64, segs[i].done);
		EXPECT_EQ(0, segs[i].error);
	}
	memset(buf, 0, sizeof(buf));
	o.what = UTRACE_MEM_READ;
	ASSERT_EQ(0, ut_orders(&self->u, &o, sizeof(o)));
	EXPECT_EQ(0, o.order.result);
	for (i = 0; i < SEGS; i++) {
		EXPECT_EQ('A' + i, buf[i][0]);
		EXPECT_EQ('A' + i, buf[i][63]);
	}

	/* Each piece has a result of its own. */
	segs[1].addr = 16;
	segs[2].addr = (uintptr_t)self->area + 2 * ut_page() - 10;
	segs[3].buffer = 16;
	ASSERT_EQ(0, ut_orders(&self->u, &o, sizeof(o)));
	EXPECT_EQ(0, o.order.result);
	EXPECT_EQ(64, segs[0].done);
	EXPECT_EQ(0, segs[1].done);
	EXPECT_NE(0, segs[1].error);
	EXPECT_LT((int)segs[1].error, 4096);
	EXPECT_EQ(10, segs[2].done);
	EXPECT_NE(0, segs[2].error);
	EXPECT_EQ(0, segs[3].done);
	EXPECT_EQ(EFAULT, segs[3].error);
	EXPECT_EQ(64, segs[4].done);
	EXPECT_EQ(0, segs[4].error);
}

TEST_F(memory, across_pages)
{
	const size_t size = ut_page() + 100;
	char *buf = malloc(2 * ut_page());
	size_t i;

	memset(buf, 'p', size);
	ASSERT_EQ((long)size, WRITE(self->area + 50, buf, size));
	ASSERT_EQ(2 * (long)ut_page(), READ(self->area, buf, 2 * ut_page()));
	for (i = 0; i < 2 * ut_page(); i++) {
		if (buf[i] != (i < 50 || i >= 50 + size ? 'c' : 'p'))
			break;
	}
	EXPECT_EQ(2 * ut_page(), i);
	free(buf);
}

/* A page is kept from one piece to the next only if the next one is in it. */
TEST_F(memory, in_pieces_of_several_pages)
{
	static const struct { size_t at; char has; } pieces[] = {
		{ 0, 'x' }, { 8, 'y' }, { 0, 'x' }, { 1, 'c' }, { 8, 'y' }, { 9, 'c' },
	};
	struct utrace_seg segs[ARRAY_SIZE(pieces)] = {};
	struct utrace_order_memory o = {
		.order = UT_ORDER(utrace_order_memory, UTRACE_OP_MEMORY, self->a.thread),
		.segs = (uintptr_t)segs, .nr = ARRAY_SIZE(pieces),
	};
	char buf[ARRAY_SIZE(pieces)] = "";
	size_t i;

	/* The second page has its 'y' at the eighth byte, and the first one a 'c'. */
	ASSERT_EQ(1, WRITE(self->area, "x", 1));
	ASSERT_EQ(1, WRITE(self->area + ut_page() + 8, "y", 1));
	for (i = 0; i < ARRAY_SIZE(pieces); i++) {
		segs[i].size = sizeof(segs[i]);
		segs[i].addr = (uintptr_t)self->area + pieces[i].at +
			       (pieces[i].at >= 8 ? ut_page() : 0);
		segs[i].buffer = (uintptr_t)&buf[i];
		segs[i].len = 1;
	}
	ASSERT_EQ(0, ut_orders(&self->u, &o, sizeof(o)));
	EXPECT_EQ(0, o.order.result);
	for (i = 0; i < ARRAY_SIZE(pieces); i++)
		EXPECT_EQ(pieces[i].has, buf[i]);

	/* What is read after a write is what was written. */
	ASSERT_EQ(1, WRITE(self->area, "z", 1));
	ASSERT_EQ(0, ut_orders(&self->u, &o, sizeof(o)));
	EXPECT_EQ('z', buf[0]);
	EXPECT_EQ('z', buf[2]);
}

static const char text[] = "text that no program may write";

TEST_F(memory, that_the_program_may_not_write)
{
	char buf[sizeof(text)];

	EXPECT_GT(0, WRITE(text, "T", 1));
	EXPECT_GT(0, WRITE(self->area + 3 * ut_page(), "x", 1));
	EXPECT_EQ(1, ut_memory(&self->u, self->a.thread, UTRACE_MEM_WRITE, UTRACE_MEM_FORCE,
			       (uintptr_t)text, "T", 1));
	EXPECT_EQ((long)sizeof(text), READ(text, buf, sizeof(text)));
	EXPECT_EQ('T', buf[0]);
	/* A page of its own now. */
	EXPECT_EQ('t', text[0]);
}

TEST_F(memory, refusals)
{
	struct utrace_seg seg = { .size = sizeof(seg) };
	struct utrace_order_memory o = {
		.order = UT_ORDER(utrace_order_memory, UTRACE_OP_MEMORY, self->a.thread),
		.segs = (uintptr_t)&seg, .nr = 1,
	};
	char buf[8];

	o.what = UTRACE_MEM_WRITE + 1;
	ASSERT_EQ(0, ut_orders(&self->u, &o, sizeof(o)));
	EXPECT_EQ(-EINVAL, o.order.result);
	o.what = 0;
	o.mode = UTRACE_MEM_FORCE << 1;
	ASSERT_EQ(0, ut_orders(&self->u, &o, sizeof(o)));
	EXPECT_EQ(-EINVAL, o.order.result);
	o.mode = 0;
	o.reserved = 1;
	ASSERT_EQ(0, ut_orders(&self->u, &o, sizeof(o)));
	EXPECT_EQ(-EINVAL, o.order.result);
	o.reserved = 0;
	o.nr = UTRACE_SEGS_MAX + 1;
	ASSERT_EQ(0, ut_orders(&self->u, &o, sizeof(o)));
	EXPECT_EQ(-EINVAL, o.order.result);
	o.nr = 1;
	o.segs = 16;
	ASSERT_EQ(0, ut_orders(&self->u, &o, sizeof(o)));
	EXPECT_EQ(-EFAULT, o.order.result);
	o.segs = (uintptr_t)&seg;
	/* Not of all threads at once. */
	o.order.thread = 0;
	ASSERT_EQ(0, ut_orders(&self->u, &o, sizeof(o)));
	EXPECT_GT(0, o.order.result);

	ASSERT_EQ(0, kill(self->c.pid, SIGKILL));
	ASSERT_EQ(SIGKILL, ut_reap(&self->c));
	EXPECT_EQ(-ESRCH, READ(self->area, buf, 1));
}

TEST_HARNESS_MAIN
