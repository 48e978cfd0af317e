// SPDX-License-Identifier: GPL-2.0-only
/*
 * Sizes of the structures of the user ABI.  A program that was compiled with another
 * version of the header passes shorter or longer structures.  Here such a program is
 * simulated by the size that each structure begins with.
 *
 * Each structure ends at a page that does not exist, so that a kernel that reads or
 * writes beyond the size that it was given fails.
 */
#include <linux/utrace_regs.h>

#include "utrace_testlib.h"
#include "utrace_layout.h"

#define MEMBERS	4

/* A reserved member, or one for flags, of @bytes at @at. */
struct member {
	unsigned int at, bytes;
};

FIXTURE(structure)
{
	struct ut_child c;
	int pidfd;
	char *pages;
	struct utrace_order order;
};

FIXTURE_VARIANT(structure)
{
	const char *name;
	unsigned int command;
	size_t size, least;
	/* Members of which no value but 0 (or 1, of flags) has a meaning. */
	struct member zero[MEMBERS];
};

#define STRUCTURE(which, cmd, version, ...)				\
FIXTURE_VARIANT_ADD(structure, which)					\
{									\
	.name = #which, .command = UTRACE_IOC_##cmd,			\
	.size = sizeof(struct utrace_##which), .least = version,	\
	.zero = { __VA_ARGS__ },					\
}

#define MEMBER(which, name)						\
	{ offsetof(struct utrace_##which, name), sizeof(((struct utrace_##which *)0)->name) }

STRUCTURE(info, INFO, UTRACE_INFO_SIZE_VER0, {});
STRUCTURE(config, CONFIG, UTRACE_CONFIG_SIZE_VER0,
	  MEMBER(config, flags), MEMBER(config, reserved));
STRUCTURE(syscalls, SYSCALLS, UTRACE_SYSCALLS_SIZE_VER0, MEMBER(syscalls, flags));
STRUCTURE(attach, ATTACH, UTRACE_ATTACH_SIZE_VER0,
	  MEMBER(attach, flags));
STRUCTURE(control, CONTROL, UTRACE_CONTROL_SIZE_VER0, MEMBER(control, flags));
STRUCTURE(view_get, VIEW, UTRACE_VIEW_GET_SIZE_VER0, MEMBER(view_get, flags));
STRUCTURE(ring, RING, UTRACE_RING_SIZE_VER0, MEMBER(ring, flags));
STRUCTURE(status, STATUS, UTRACE_STATUS_SIZE_VER0, MEMBER(status, flags));
STRUCTURE(pidfd, PIDFD, UTRACE_PIDFD_SIZE_VER0,
	  MEMBER(pidfd, flags), MEMBER(pidfd, reserved));
STRUCTURE(restrict, RESTRICT, UTRACE_RESTRICT_SIZE_VER0, MEMBER(restrict, flags));
STRUCTURE(counts, COUNTS, UTRACE_COUNTS_SIZE_VER0,
	  MEMBER(counts, flags), MEMBER(counts, reserved));

FIXTURE_SETUP(structure)
{
	const size_t page = ut_page();

	ASSERT_EQ(0, ut_spawn(&self->c, ut_fn_marks));
	self->pidfd = ut_pidfd(self->c.pid);
	ASSERT_LE(0, self->pidfd);
	self->pages = mmap(NULL, 3 * page, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ASSERT_NE(MAP_FAILED, self->pages);
	ASSERT_EQ(0, mprotect(self->pages + 2 * page, page, PROT_NONE));
	self->order = (struct utrace_order)
		      UT_ORDER(utrace_order, UTRACE_OP_RELEASE, 12345678901ull);
}

FIXTURE_TEARDOWN(structure)
{
	close(self->pidfd);
	ut_end(&self->c);
}

/* The place for @size bytes that end where memory ends. */
static void *place(char *pages, size_t size)
{
	memset(pages, 0, 2 * ut_page());
	return pages + 2 * ut_page() - size;
}

/* Arguments for @command that are valid, apart from the size. */
static void fill(void *p, unsigned int command, int pidfd, struct utrace_order *order)
{
	struct utrace_info info = { .size = sizeof(info) };
	static struct ut_session u;

	switch (command) {
	case UTRACE_IOC_SYSCALLS:
	case UTRACE_IOC_COUNTS:
		if (!ut_open_read(&u)) {
			ut_info(&u, &info);
			ut_close(&u);
		}
		if (command == UTRACE_IOC_SYSCALLS) {
			((struct utrace_syscalls *)p)->arch = ut_arch(&info);
		} else {
			((struct utrace_counts *)p)->arch = ut_arch(&info);
			((struct utrace_counts *)p)->count_size = sizeof(struct utrace_count);
		}
		break;
	case UTRACE_IOC_ATTACH:
		((struct utrace_attach *)p)->fd = pidfd;
		break;
	case UTRACE_IOC_CONTROL:
		((struct utrace_control *)p)->orders = (uintptr_t)order;
		((struct utrace_control *)p)->bytes = sizeof(*order);
		break;
	case UTRACE_IOC_PIDFD:
		((struct utrace_pidfd *)p)->thread = 12345678901ull;
		break;
	case UTRACE_IOC_RESTRICT:
		((struct utrace_restrict *)p)->rights = UTRACE_RIGHT_HOLD;
		break;
	}
}

/* Calls with a session of its own. */
static int call(unsigned int command, void *p)
{
	static struct ut_session u;
	int ret = ut_open_read(&u);

	if (!ret)
		ret = ut_ioctl(u.fd, command, p);
	ut_close(&u);
	return ret;
}

#define FILL(size_)							\
({									\
	void *__p = place(self->pages, (size_));			\
	fill(__p, variant->command, self->pidfd, &self->order);		\
	*(__u32 *)__p = (size_);					\
	__p;								\
})

/* What the call returns for a structure as the header has it. */
#define EXPECTED()							\
	(variant->command == UTRACE_IOC_PIDFD ? -ESRCH :		\
	 variant->command == UTRACE_IOC_VIEW ? -ENOSPC :		\
	 variant->command == UTRACE_IOC_COUNTS ? -ENOENT : 0)

TEST_F(structure, as_long_as_the_header_has_it)
{
	__u32 *p = FILL(variant->size);

	EXPECT_EQ(EXPECTED(), call(variant->command, p));
	EXPECT_EQ(variant->size, *p);
}

TEST_F(structure, as_long_as_the_first_version_was)
{
	__u32 *p = FILL(variant->least);

	EXPECT_EQ(EXPECTED(), call(variant->command, p));
	EXPECT_EQ(variant->least, *p);
}

TEST_F(structure, shorter_than_the_first_version)
{
	const size_t sizes[] = { 4, 8, variant->least - 8, variant->least - 1 };
	unsigned int i;
	__u32 *p;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		/* The arguments do not fit, but the part that exists is valid. */
		p = FILL(variant->size);
		*p = sizes[i];
		EXPECT_EQ(-EINVAL, call(variant->command, p)) {
			TH_LOG("%s of %zu bytes", variant->name, sizes[i]);
		}
	}
	p = FILL(variant->size);
	*p = 0;
	EXPECT_EQ(-EINVAL, call(variant->command, p));
}

/* A newer program, which uses nothing that this kernel does not know. */
TEST_F(structure, longer_with_nothing_in_the_excess)
{
	const size_t sizes[] = { variant->size + 8, variant->size + 256, ut_page() };
	unsigned int i;
	__u32 *p;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		p = FILL(sizes[i]);
		EXPECT_EQ(EXPECTED(), call(variant->command, p)) {
			TH_LOG("%s of %zu bytes", variant->name, sizes[i]);
		}
		/* Of a call that succeeds: how much of it is valid. */
		if (!EXPECTED()) {
			EXPECT_LE(variant->size, *p);
			EXPECT_GE(sizes[i], *p);
			EXPECT_GT(variant->size + 256, *p);
		}
	}
}

/* A newer program, which uses something that this kernel does not know. */
TEST_F(structure, longer_with_something_in_the_excess)
{
	const size_t sizes[] = { variant->size + 8, variant->size + 256, ut_page() };
	unsigned int i;
	__u32 *p;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		p = FILL(sizes[i]);
		((char *)p)[sizes[i] - 1] = 1;
		EXPECT_EQ(-E2BIG, call(variant->command, p)) {
			TH_LOG("%s of %zu bytes", variant->name, sizes[i]);
		}
		/* The kernel says what it knows, so that the program can try again. */
		EXPECT_EQ(variant->size, *p);
		((char *)p)[sizes[i] - 1] = 0;
	}
}

TEST_F(structure, longer_than_there_is_memory)
{
	__u32 *p = FILL(variant->size);
	int ret;

	*p = ut_page() * 4;
	ret = call(variant->command, p);
	EXPECT_TRUE(ret == -EFAULT || ret == -E2BIG);
	p = FILL(variant->size);
	*p = ~0u;
	ret = call(variant->command, p);
	EXPECT_TRUE(ret == -EFAULT || ret == -E2BIG || ret == -EINVAL);
}

TEST_F(structure, reserved_members_and_unknown_flags)
{
	const struct member *m;
	unsigned int i;
	char *p;

	for (i = 0; i < MEMBERS; i++) {
		m = &variant->zero[i];
		if (!m->bytes)
			continue;
		p = FILL(variant->size);
		/* The highest bit is in the last byte, or in the first one. */
		p[m->at] |= 0x80;
		p[m->at + m->bytes - 1] |= 0x80;
		EXPECT_EQ(-EINVAL, call(variant->command, p)) {
			TH_LOG("%s, member at %u", variant->name, m->at);
		}
	}
}


/* A structure can be used again as the last call has left it. */
TEST_F(structure, results_are_ignored)
{
	static const struct {
		unsigned int command;
		struct member out[MEMBERS];
	} all[] = {
		{ UTRACE_IOC_CONFIG, { MEMBER(config, generation) } },
		{ UTRACE_IOC_ATTACH, { MEMBER(attach, threads), MEMBER(attach, thread),
		    MEMBER(attach, process) } },
		{ UTRACE_IOC_CONTROL, { MEMBER(control, done) } },
		{ UTRACE_IOC_RING, { MEMBER(ring, user_offset), MEMBER(ring, data_offset) } },
		{ UTRACE_IOC_STATUS, { MEMBER(status, nr) } },
		{ UTRACE_IOC_PIDFD, { MEMBER(pidfd, fd) } },
	};
	unsigned int i, j;
	char *p = FILL(variant->size);

	for (i = 0; i < ARRAY_SIZE(all); i++) {
		if (all[i].command != variant->command)
			continue;
		for (j = 0; j < MEMBERS; j++)
			memset(p + all[i].out[j].at, 0xa5, all[i].out[j].bytes);
		EXPECT_EQ(EXPECTED(), call(variant->command, p));
		for (j = 0; j < MEMBERS && all[i].out[j].bytes && !EXPECTED(); j++) {
			static const char old[8] = {
				0xa5, 0xa5, 0xa5, 0xa5, 0xa5, 0xa5, 0xa5, 0xa5,
			};

			EXPECT_NE(0, memcmp(p + all[i].out[j].at, old, all[i].out[j].bytes)) {
				TH_LOG("%s, member at %u", variant->name, all[i].out[j].at);
			}
		}
	}
	if (variant->command == UTRACE_IOC_CONTROL) {
		p = FILL(variant->size);
		((struct utrace_control *)p)->flags = UTRACE_CONTROL_ENDED;
		EXPECT_EQ(0, call(variant->command, p));
		EXPECT_EQ(0, ((struct utrace_control *)p)->flags);
	}
}

/* ---- structures in arrays and buffers ------------------------------------ */

FIXTURE(elements)
{
	struct ut_session u;
	struct ut_child c;
	struct utrace_attach a;
	struct utrace_info info;
};

FIXTURE_SETUP(elements)
{
	ASSERT_EQ(0, ut_open(&self->u));
	ASSERT_EQ(0, ut_info(&self->u, &self->info));
}

FIXTURE_TEARDOWN(elements)
{
	ut_close(&self->u);
	ut_end(&self->c);
}

struct long_order {
	struct utrace_order o;
	__u64 tail[2];
};

TEST_F(elements, orders)
{
	struct long_order o[3] = {
		{ .o = UT_ORDER(long_order, UTRACE_OP_RELEASE, 12345678901ull) },
		{ .o = UT_ORDER(long_order, UTRACE_OP_RELEASE, 12345678901ull) },
		{ .o = UT_ORDER(long_order, UTRACE_OP_RELEASE, 12345678901ull) },
	};

	/* The next order begins where the size of the one before says. */
	EXPECT_EQ(0, ut_orders(&self->u, o, sizeof(o)));
	EXPECT_EQ(-ESRCH, o[0].o.result);
	EXPECT_EQ(-ESRCH, o[1].o.result);
	EXPECT_EQ(-ESRCH, o[2].o.result);

	o[0].o = (struct utrace_order)UT_ORDER(long_order, UTRACE_OP_RELEASE, 1);
	o[1].o = (struct utrace_order)UT_ORDER(long_order, UTRACE_OP_RELEASE, 1);
	o[2].o = (struct utrace_order)UT_ORDER(long_order, UTRACE_OP_RELEASE, 1);
	o[1].tail[1] = 1;
	EXPECT_EQ(0, ut_orders(&self->u, o, sizeof(o)));
	EXPECT_EQ(-ESRCH, o[0].o.result);
	EXPECT_EQ(-E2BIG, o[1].o.result);
	EXPECT_EQ(sizeof(struct utrace_order), o[1].o.size);
	EXPECT_EQ(-ESRCH, o[2].o.result);
}

TEST_F(elements, rules)
{
	struct {
		struct utrace_capture_rule r;
		__u64 tail;
	} rules[2] = {
		{ .r = UT_RULE(1, .kind = UTRACE_CAP_STRING) },
		{ .r = UT_RULE(1, .kind = UTRACE_CAP_STRING, .arg = 1) },
	};
	__u32 entries[2] = {};
	struct utrace_syscalls t = {
		.size = sizeof(t), .arch = ut_arch(&self->info), .nr = 2,
		.entries = (uintptr_t)entries, .rules = (uintptr_t)rules, .nr_rules = 2,
	};

	rules[0].r.size = sizeof(rules[0]);
	rules[1].r.size = sizeof(rules[1]);
	EXPECT_EQ(0, ut_ioctl(self->u.fd, UTRACE_IOC_SYSCALLS, &t));
	rules[1].tail = 1;
	EXPECT_EQ(-E2BIG, ut_ioctl(self->u.fd, UTRACE_IOC_SYSCALLS, &t));
	t.size = sizeof(t);
	rules[1].tail = 0;
	rules[1].r.size = UTRACE_CAPTURE_RULE_SIZE_VER0 - 8;
	EXPECT_EQ(-EINVAL, ut_ioctl(self->u.fd, UTRACE_IOC_SYSCALLS, &t));
	rules[1].r.size = 0;
	EXPECT_EQ(-EINVAL, ut_ioctl(self->u.fd, UTRACE_IOC_SYSCALLS, &t));
}

static int attach_idle(struct ut_session *u, struct ut_child *c, struct utrace_attach *a)
{
	return ut_spawn(c, ut_fn_spin) ?: ut_attach(u, c->pid, 0, a);
}

TEST_F(elements, segments)
{
	char buffer[2] = {};
	struct {
		struct utrace_seg s;
		__u64 tail;
	} segs[2] = {
		{ .s = { .addr = (uintptr_t)"x", .buffer = (uintptr_t)&buffer[0], .len = 1 } },
		{ .s = { .addr = (uintptr_t)"y", .buffer = (uintptr_t)&buffer[1], .len = 1 } },
	};
	struct utrace_order_memory o = {
		.order = UT_ORDER(utrace_order_memory, UTRACE_OP_MEMORY, 0),
		.what = UTRACE_MEM_READ, .segs = (uintptr_t)segs, .nr = 2,
	};

	if (!ut_knows_action(&self->u, UTRACE_OP_MEMORY))
		SKIP(return, "the kernel has no UTRACE_OP_MEMORY");
	ASSERT_EQ(0, attach_idle(&self->u, &self->c, &self->a));
	o.order.thread = self->a.thread;
	segs[0].s.size = sizeof(segs[0]);
	segs[1].s.size = sizeof(segs[1]);
	ASSERT_EQ(0, ut_orders(&self->u, &o, sizeof(o)));
	EXPECT_EQ(0, o.order.result);
	EXPECT_EQ('x', buffer[0]);
	EXPECT_EQ('y', buffer[1]);
	segs[0].s.size = sizeof(segs[0]);
	segs[1].s.size = sizeof(segs[1]);
	segs[1].tail = 1;
	ASSERT_EQ(0, ut_orders(&self->u, &o, sizeof(o)));
	EXPECT_EQ(-E2BIG, o.order.result);
	segs[0].s.size = UTRACE_SEG_SIZE_VER0 - 8;
	ASSERT_EQ(0, ut_orders(&self->u, &o, sizeof(o)));
	EXPECT_EQ(-EINVAL, o.order.result);
}

TEST_F(elements, counts)
{
	struct {
		struct utrace_count c;
		__u64 tail;
	} counts[2];
	__u32 entries[2] = { UTRACE_SC_COUNT, UTRACE_SC_COUNT };
	struct utrace_syscalls t = {
		.size = sizeof(t), .arch = ut_arch(&self->info), .nr = 2,
		.entries = (uintptr_t)entries,
	};
	struct utrace_counts c = {
		.size = sizeof(c), .arch = ut_arch(&self->info), .nr = 2,
		.counts = (uintptr_t)counts, .count_size = sizeof(counts[0]),
	};

	if (!ut_knows_syscall(&self->u, UTRACE_SC_COUNT))
		SKIP(return, "the kernel does not count");
	ASSERT_EQ(0, ut_ioctl(self->u.fd, UTRACE_IOC_SYSCALLS, &t));
	memset(counts, 0x55, sizeof(counts));
	ASSERT_EQ(0, ut_ioctl(self->u.fd, UTRACE_IOC_COUNTS, &c));
	EXPECT_LE(2, c.nr);
	c.nr = 2;
	/* How much of each element is valid. */
	EXPECT_EQ(sizeof(struct utrace_count), counts[0].c.size);
	EXPECT_EQ(sizeof(struct utrace_count), counts[1].c.size);
	EXPECT_EQ(0, counts[1].c.calls);
	c.count_size = UTRACE_COUNT_SIZE_VER0 - 8;
	EXPECT_EQ(-EINVAL, ut_ioctl(self->u.fd, UTRACE_IOC_COUNTS, &c));
}

/* A record says where its items begin, so that its own part can grow. */
TEST_F(elements, records)
{
	struct utrace_record *r;

	ASSERT_EQ(0, attach_idle(&self->u, &self->c, &self->a));
	r = ut_next(&self->u, UT_TIMEOUT);
	ASSERT_NE(NULL, r);
	EXPECT_EQ(UTRACE_REC_ATTACHED, r->type);
	EXPECT_LE(sizeof(struct utrace_rec_attached), r->items);
	EXPECT_EQ(r->size, r->items);
	EXPECT_EQ(0, r->nr_items);
}

TEST_HARNESS_MAIN
