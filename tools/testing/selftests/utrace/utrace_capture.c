// SPDX-License-Identifier: GPL-2.0-only
/*
 * Capture rules: which memory of a system call becomes which items of its record.
 *
 * The same file is compiled as utrace_capture32 for 32-bit programs.
 */
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/un.h>

#include "utrace_testlib.h"
#include "utrace_layout.h"

FIXTURE(capture)
{
	struct ut_session u;
	struct ut_child c;
	struct utrace_info info;
};

FIXTURE_SETUP(capture)
{
	ASSERT_EQ(0, ut_open(&self->u));
	ASSERT_EQ(0, ut_info(&self->u, &self->info));
}

FIXTURE_TEARDOWN(capture)
{
	ut_close(&self->u);
	ut_end(&self->c);
}

/* Lets a child run whose calls are recorded by @rules, which are for one call. */
static int run_rules(struct ut_session *u, struct ut_child *c, ut_child_fn fn,
		     const struct utrace_capture_rule *rules, unsigned int nr_rules,
		     __u64 record)
{
	struct ut_call call = { rules[0].nr, UT_SC_REPORT };
	struct utrace_config conf = {
		.record = record, .string_max = 64, .buffer_max = 64,
	};
	int ret = ut_spawn(c, fn) ?: ut_config_full(u, &conf) ?:
		  ut_table(u, &call, 1, rules, nr_rules) ?:
		  ut_attach(u, c->pid, 0, NULL);

	if (!ret)
		ut_go(c);
	return ret;
}

#define RUN(fn, rules)							\
	run_rules(&self->u, &self->c, fn, rules, ARRAY_SIZE(rules), UT_CALL)

/* Is item @nr what is expected?  @total of ~0: whatever it says. */
static bool item_is(const void *record, unsigned int nr, unsigned int kind,
		    unsigned int arg, unsigned int flags, __u32 index, __u64 total,
		    const void *data, unsigned int len)
{
	const struct utrace_item *i = ut_item(record, nr);

	if (i && i->kind == kind && i->arg == arg && i->flags == flags &&
	    i->index == index && (total == ~0ull || i->total == total) && i->len == len &&
	    !memcmp(ut_item_data(i), data, len))
		return true;
	if (!i)
		ut_log("no item %u", nr);
	else
		ut_log("item %u: kind %u, arg %u, flags %#x, index %u, total %llu, %u bytes '%.*s'",
		       nr, i->kind, i->arg, i->flags, i->index, i->total, i->len,
		       (int)i->len, (const char *)ut_item_data(i));
	ut_log("expected: kind %u, arg %u, flags %#x, index %u, total %llu, %u bytes '%.*s'",
	       kind, arg, flags, index, total, len, (int)len, (const char *)data);
	return false;
}

#define MEMORY(record, nr, arg, flags, total, data, len)		\
	item_is(record, nr, UTRACE_ITEM_MEMORY, arg, flags, 0, total, data, len)

/* Each argument is a pointer or a number, as the test likes it.  @a4 is not 0. */
static long mark_with(const volatile void *a0, long a1, const volatile void *a2,
		      const volatile void *a3, long a4)
{
	return syscall(UT_MARK_NR, a0, a1, a2, a3, a4, UT_MARK_ARG(5));
}

/* ---- lengths ------------------------------------------------------------- */

static const char data[] = "0123456789abcdefghijklmnopqrstuvwxyz";
static const __u32 seven[2] = { 7, ~0u };
static const long nine[2] = { 9, -1 };

static int mark_with_lengths(struct ut_child *c ut_unused)
{
	mark_with(data, 5, seven, nine, 3);
	return 0;
}

TEST_F(capture, a_constant_length)
{
	struct utrace_capture_rule rules[] = {
		UT_RULE(UT_MARK_NR, .arg = 0, .kind = UTRACE_CAP_BYTES, .len_unit = 12),
	};
	const struct utrace_item *i;
	struct utrace_rec_syscall *s;

	ASSERT_EQ(0, RUN(mark_with_lengths, rules));
	s = ut_find(&self->u, 0, UTRACE_EV_SYSCALL);
	ASSERT_NE(NULL, s);
	EXPECT_EQ(1, s->head.nr_items);
	EXPECT_TRUE(MEMORY(s, 0, 0, 0, 12, data, 12));
	i = ut_item(s, 0);
	EXPECT_EQ(s->args[0], i->addr);
	EXPECT_EQ((uintptr_t)data, i->addr);
	EXPECT_EQ(0, ut_reap(&self->c));
}

TEST_F(capture, a_length_from_another_argument)
{
	struct utrace_capture_rule rules[] = {
		UT_RULE(UT_MARK_NR, .arg = 0, .kind = UTRACE_CAP_BYTES,
			.len_from = UTRACE_LEN_ARG, .len_arg = 1, .len_unit = 1),
		UT_RULE(UT_MARK_NR, .arg = 0, .kind = UTRACE_CAP_BYTES,
			.len_from = UTRACE_LEN_ARG, .len_arg = 4, .len_unit = 8),
		UT_RULE(UT_MARK_NR, .arg = 0, .kind = UTRACE_CAP_BYTES,
			.len_from = UTRACE_LEN_INT, .len_arg = 2, .len_unit = 1),
		UT_RULE(UT_MARK_NR, .arg = 0, .kind = UTRACE_CAP_BYTES,
			.len_from = UTRACE_LEN_LONG, .len_arg = 3, .len_unit = 2),
	};
	struct utrace_rec_syscall *s;

	ASSERT_EQ(0, RUN(mark_with_lengths, rules));
	s = ut_find(&self->u, 0, UTRACE_EV_SYSCALL);
	ASSERT_NE(NULL, s);
	EXPECT_EQ(4, s->head.nr_items);
	EXPECT_TRUE(MEMORY(s, 0, 0, 0, 5, data, 5));
	EXPECT_TRUE(MEMORY(s, 1, 0, 0, 24, data, 24));
	EXPECT_TRUE(MEMORY(s, 2, 0, 0, 7, data, 7));
	EXPECT_TRUE(MEMORY(s, 3, 0, 0, 18, data, 18));
	EXPECT_EQ(0, ut_reap(&self->c));
}

/* A 32-bit program uses the call that any kernel has. */
#ifdef SYS_ppoll_time64
#define UT_PPOLL	SYS_ppoll_time64
#else
#define UT_PPOLL	SYS_ppoll
#endif

static int poll_three(struct ut_child *c)
{
	static const long long none[2];
	struct pollfd fds[3] = {
		{ .fd = c->in[0], .events = POLLIN },
		{ .fd = -1 },
		{ .fd = c->out[1], .events = POLLOUT },
	};
	return syscall(UT_PPOLL, fds, 3L, &none, NULL, 0L) != 1;
}

TEST_F(capture, an_array_before_and_after_the_call)
{
	struct utrace_capture_rule rules[] = {
		UT_RULE(UT_PPOLL, .arg = 0, .kind = UTRACE_CAP_BYTES,
			.len_from = UTRACE_LEN_ARG, .len_arg = 1,
			.len_unit = sizeof(struct pollfd)),
		UT_RULE(UT_PPOLL, .when = UTRACE_WHEN_EXIT, .arg = 0,
			.kind = UTRACE_CAP_BYTES, .len_from = UTRACE_LEN_ARG, .len_arg = 1,
			.len_unit = sizeof(struct pollfd)),
	};
	struct pollfd before[3], after[3];
	struct utrace_rec_syscall *s;

	ASSERT_EQ(0, RUN(poll_three, rules));
	s = ut_find(&self->u, 0, UTRACE_EV_SYSCALL);
	ASSERT_NE(NULL, s);
	ASSERT_EQ(2, s->head.nr_items);
	EXPECT_EQ(0, ut_item(s, 0)->flags);
	EXPECT_EQ(UTRACE_ITEM_EXIT, ut_item(s, 1)->flags);
	ASSERT_EQ(sizeof(before), ut_item(s, 0)->len);
	ASSERT_EQ(sizeof(after), ut_item(s, 1)->len);
	memcpy(before, ut_item_data(ut_item(s, 0)), sizeof(before));
	memcpy(after, ut_item_data(ut_item(s, 1)), sizeof(after));
	EXPECT_EQ(POLLOUT, before[2].events);
	EXPECT_EQ(0, before[2].revents);
	EXPECT_EQ(POLLOUT, after[2].revents);
	EXPECT_EQ(0, ut_reap(&self->c));
}

static int wait_for_events(struct ut_child *c)
{
	struct epoll_event ev = { .events = EPOLLOUT, .data.u64 = 0x1122334455667788ull };
	struct epoll_event out[8] = {};
	int fd = epoll_create1(0);

	if (epoll_ctl(fd, EPOLL_CTL_ADD, c->out[1], &ev))
		return 1;
	return syscall(SYS_epoll_pwait, fd, out, 8L, 0L, NULL, 0L) != 1;
}

TEST_F(capture, as_many_elements_as_the_result_says)
{
	struct utrace_capture_rule rules[] = {
		UT_RULE(SYS_epoll_pwait, .when = UTRACE_WHEN_SUCCESS, .arg = 1,
			.kind = UTRACE_CAP_BYTES, .len_from = UTRACE_LEN_RESULT,
			.len_unit = sizeof(struct epoll_event)),
	};
	const struct epoll_event *ev;
	struct utrace_rec_syscall *s;

	ASSERT_EQ(0, RUN(wait_for_events, rules));
	s = ut_find(&self->u, 0, UTRACE_EV_SYSCALL);
	ASSERT_NE(NULL, s);
	EXPECT_EQ(1, s->result);
	ASSERT_EQ(1, s->head.nr_items);
	ASSERT_EQ(sizeof(*ev), ut_item(s, 0)->len);
	EXPECT_EQ(UTRACE_ITEM_EXIT, ut_item(s, 0)->flags);
	ev = ut_item_data(ut_item(s, 0));
	EXPECT_EQ(0x1122334455667788ull, ev->data.u64);
	EXPECT_EQ(0, ut_reap(&self->c));
}

static int name_a_socket(struct ut_child *c)
{
	struct sockaddr_un name = { .sun_family = AF_UNIX };
	socklen_t len;
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	len = snprintf(name.sun_path + 1, sizeof(name.sun_path) - 1, "utrace.%d", getpid());
	if (fd < 0 || bind(fd, (void *)&name,
			   offsetof(struct sockaddr_un, sun_path) + 1 + len))
		return 1;
	atomic_store(&c->sh->value[0], getpid());
	len = sizeof(name);
	return syscall(SYS_getsockname, fd, &name, &len) != 0;
}

/* The kernel writes the length, which is known after the call only. */
TEST_F(capture, an_address_with_the_length_behind_a_pointer)
{
	struct utrace_capture_rule rules[] = {
		UT_RULE(SYS_getsockname, .when = UTRACE_WHEN_SUCCESS, .arg = 1,
			.kind = UTRACE_CAP_BYTES, .len_from = UTRACE_LEN_INT, .len_arg = 2,
			.len_unit = 1, .max = 128),
	};
	const struct sockaddr_un *name;
	struct utrace_rec_syscall *s;
	char expected[32];
	unsigned int len;

	ASSERT_EQ(0, RUN(name_a_socket, rules));
	s = ut_find(&self->u, 0, UTRACE_EV_SYSCALL);
	ASSERT_NE(NULL, s);
	ASSERT_EQ(1, s->head.nr_items);
	len = sprintf(expected, "utrace.%ld", atomic_load(&self->c.sh->value[0]));
	ASSERT_EQ(offsetof(struct sockaddr_un, sun_path) + 1 + len, ut_item(s, 0)->len);
	name = ut_item_data(ut_item(s, 0));
	EXPECT_EQ(AF_UNIX, name->sun_family);
	EXPECT_EQ(0, memcmp(name->sun_path + 1, expected, len));
	EXPECT_EQ(0, ut_reap(&self->c));
}

/* ---- when ---------------------------------------------------------------- */

static int read_and_fail(struct ut_child *c)
{
	static char buf[16] = "old";

	syscall(SYS_read, -1, buf, 8L);
	return syscall(SYS_read, c->in[0], buf, sizeof(buf)) != 3;
}

TEST_F(capture, after_the_call_and_after_success)
{
	struct utrace_capture_rule rules[] = {
		UT_RULE(SYS_read, .when = UTRACE_WHEN_ENTRY, .arg = 1,
			.kind = UTRACE_CAP_BYTES, .len_unit = 3),
		UT_RULE(SYS_read, .when = UTRACE_WHEN_EXIT, .arg = 1,
			.kind = UTRACE_CAP_BYTES, .len_unit = 3),
		UT_RULE(SYS_read, .when = UTRACE_WHEN_SUCCESS, .arg = 1,
			.kind = UTRACE_CAP_BYTES, .len_unit = 2),
	};
	struct utrace_rec_syscall *s;

	ASSERT_EQ(0, RUN(read_and_fail, rules));
	ASSERT_EQ(3, write(self->c.in[1], "new", 3));
	s = ut_find(&self->u, 0, UTRACE_EV_SYSCALL);
	ASSERT_NE(NULL, s);
	EXPECT_EQ(-EBADF, s->result);
	EXPECT_EQ(2, s->head.nr_items);
	EXPECT_TRUE(MEMORY(s, 0, 1, 0, 3, "old", 3));
	EXPECT_TRUE(MEMORY(s, 1, 1, UTRACE_ITEM_EXIT, 3, "old", 3));
	s = ut_find(&self->u, 0, UTRACE_EV_SYSCALL);
	ASSERT_NE(NULL, s);
	EXPECT_EQ(3, s->result);
	EXPECT_EQ(3, s->head.nr_items);
	EXPECT_TRUE(MEMORY(s, 0, 1, 0, 3, "old", 3));
	EXPECT_TRUE(MEMORY(s, 1, 1, UTRACE_ITEM_EXIT, 3, "new", 3));
	EXPECT_TRUE(MEMORY(s, 2, 1, UTRACE_ITEM_EXIT, 2, "ne", 2));
	EXPECT_EQ(0, ut_reap(&self->c));
}

/* ---- strings ------------------------------------------------------------- */

static int exec_with_strings(struct ut_child *c ut_unused)
{
	char *argv[] = { "program", "", "two words", NULL };
	char *envp[] = { "A=1", "LONG=0123456789", NULL };

	syscall(SYS_execve, "/no/such/program", argv, envp);
	syscall(SYS_execve, "/no/such/program", NULL, argv + 3);
	syscall(SYS_execve, "/no/such/program", (void *)8, NULL);
	return 0;
}

#define ARGV	"program\0\0two words"
#define ENVP	"A=1\0LONG=0123456789"

TEST_F(capture, arrays_of_strings)
{
	struct utrace_capture_rule rules[] = {
		UT_RULE(SYS_execve, .arg = 0, .kind = UTRACE_CAP_STRING),
		UT_RULE(SYS_execve, .arg = 1, .kind = UTRACE_CAP_STRINGS),
		UT_RULE(SYS_execve, .arg = 2, .kind = UTRACE_CAP_STRINGS),
	};
	const struct utrace_item *i;
	struct utrace_rec_syscall *s;

	ASSERT_EQ(0, RUN(exec_with_strings, rules));
	s = ut_find(&self->u, 0, UTRACE_EV_SYSCALL);
	ASSERT_NE(NULL, s);
	EXPECT_EQ(3, s->head.nr_items);
	EXPECT_TRUE(MEMORY(s, 0, 0, 0, ~0ull, "/no/such/program", 16));
	/* Each string has its NUL here, also the last one and the empty one. */
	EXPECT_TRUE(item_is(s, 1, UTRACE_ITEM_STRINGS, 1, 0, 0, 3, ARGV, sizeof(ARGV)));
	EXPECT_TRUE(item_is(s, 2, UTRACE_ITEM_STRINGS, 2, 0, 0, 2, ENVP, sizeof(ENVP)));

	/* No array, and one without strings. */
	s = ut_find(&self->u, 0, UTRACE_EV_SYSCALL);
	ASSERT_NE(NULL, s);
	EXPECT_TRUE(MEMORY(s, 0, 0, 0, ~0ull, "/no/such/program", 16));
	i = ut_item(s, 1);
	if (i) {
		EXPECT_EQ(2, i->arg);
		EXPECT_EQ(0, i->len);
	}
	/* An array that does not exist. */
	s = ut_find(&self->u, 0, UTRACE_EV_SYSCALL);
	ASSERT_NE(NULL, s);
	EXPECT_EQ(2, s->head.nr_items);
	EXPECT_TRUE(item_is(s, 1, UTRACE_ITEM_STRINGS, 1, UTRACE_ITEM_FAULT, 0, ~0ull, "",
			    0));
	EXPECT_EQ(0, ut_reap(&self->c));
}

TEST_F(capture, arrays_of_too_many_strings)
{
	struct utrace_capture_rule rules[] = {
		UT_RULE(SYS_execve, .arg = 1, .kind = UTRACE_CAP_STRINGS, .max = 12),
	};
	const struct utrace_item *i;
	struct utrace_rec_syscall *s;

	ASSERT_EQ(0, RUN(exec_with_strings, rules));
	s = ut_find(&self->u, 0, UTRACE_EV_SYSCALL);
	ASSERT_NE(NULL, s);
	i = ut_item(s, 0);
	ASSERT_NE(NULL, i);
	EXPECT_EQ(UTRACE_ITEM_TRUNCATED, i->flags);
	EXPECT_GE(12, i->len);
	EXPECT_LE(9, i->len);
	EXPECT_EQ(0, memcmp(ut_item_data(i), ARGV, i->len - 1));
	/* How many there were. */
	EXPECT_EQ(3, i->total);
	EXPECT_EQ(0, ut_reap(&self->c));
}

/* ---- vectors ------------------------------------------------------------- */

static int write_vectors(struct ut_child *c)
{
	struct iovec v[4] = {
		{ "first", 5 }, { NULL, 0 }, { "second", 6 }, { (void *)data, 36 },
	};

	if (syscall(SYS_writev, c->out[1], v, 4L) != 47)
		return 1;
	syscall(SYS_writev, c->out[1], (void *)16, 2L);
	v[1].iov_base = (void *)16;
	v[1].iov_len = 4;
	syscall(SYS_writev, c->out[1], v, 2L);
	return 0;
}

TEST_F(capture, the_memory_of_vectors)
{
	struct utrace_capture_rule rules[] = {
		UT_RULE(SYS_writev, .arg = 1, .kind = UTRACE_CAP_IOVEC,
			.len_from = UTRACE_LEN_ARG, .len_arg = 2, .len_unit = 1, .max = 20),
	};
	struct utrace_rec_syscall *s;

	ASSERT_EQ(0, RUN(write_vectors, rules));
	s = ut_find(&self->u, 0, UTRACE_EV_SYSCALL);
	ASSERT_NE(NULL, s);
	EXPECT_EQ(47, s->result);
	/* An empty vector has an item, too.  The maximum is for all vectors. */
	EXPECT_EQ(4, s->head.nr_items);
	EXPECT_TRUE(item_is(s, 0, UTRACE_ITEM_MEMORY, 1, 0, 0, 5, "first", 5));
	EXPECT_TRUE(item_is(s, 1, UTRACE_ITEM_MEMORY, 1, 0, 1, 0, "", 0));
	EXPECT_TRUE(item_is(s, 2, UTRACE_ITEM_MEMORY, 1, 0, 2, 6, "second", 6));
	EXPECT_TRUE(item_is(s, 3, UTRACE_ITEM_MEMORY, 1, UTRACE_ITEM_TRUNCATED, 3, 36, data,
			    9));

	/* Vectors that do not exist, and memory of one that does not. */
	s = ut_find(&self->u, 0, UTRACE_EV_SYSCALL);
	ASSERT_NE(NULL, s);
	EXPECT_EQ(-EFAULT, s->result);
	if (s->head.nr_items) {
		EXPECT_TRUE(ut_item(s, 0)->flags & UTRACE_ITEM_FAULT);
	}
	s = ut_find(&self->u, 0, UTRACE_EV_SYSCALL);
	ASSERT_NE(NULL, s);
	EXPECT_EQ(2, s->head.nr_items);
	EXPECT_TRUE(item_is(s, 0, UTRACE_ITEM_MEMORY, 1, 0, 0, 5, "first", 5));
	EXPECT_TRUE(item_is(s, 1, UTRACE_ITEM_MEMORY, 1, UTRACE_ITEM_FAULT, 1, 4, "", 0));
	EXPECT_EQ(0, ut_reap(&self->c));
}

static int read_vectors(struct ut_child *c)
{
	static char a[4], b[8], d[8] = "xxxxxxx";
	struct iovec v[3] = {
		{ a, sizeof(a) }, { b, sizeof(b) }, { d, sizeof(d) },
	};

	return syscall(SYS_readv, c->in[0], v, 3L) != 7;
}

TEST_F(capture, vectors_as_far_as_they_were_filled)
{
	struct utrace_capture_rule rules[] = {
		UT_RULE(SYS_readv, .when = UTRACE_WHEN_SUCCESS, .arg = 1,
			.kind = UTRACE_CAP_IOVEC, .len_from = UTRACE_LEN_ARG, .len_arg = 2,
			.len_unit = 1, .filled_from = UTRACE_LEN_RESULT),
		UT_RULE(SYS_readv, .when = UTRACE_WHEN_EXIT, .arg = 1,
			.kind = UTRACE_CAP_IOVEC, .len_from = UTRACE_LEN_ARG, .len_arg = 2,
			.len_unit = 1, .filled_from = UTRACE_LEN_RESULT, .max = 5),
	};
	const unsigned int cut = UTRACE_ITEM_EXIT | UTRACE_ITEM_TRUNCATED;
	struct utrace_rec_syscall *s;

	ASSERT_EQ(0, RUN(read_vectors, rules));
	ASSERT_EQ(7, write(self->c.in[1], "letters", 7));
	s = ut_find(&self->u, 0, UTRACE_EV_SYSCALL);
	ASSERT_NE(NULL, s);
	EXPECT_EQ(7, s->result);
	EXPECT_EQ(6, s->head.nr_items);
	/* The total is how long they are, also of those that were not filled. */
	EXPECT_TRUE(item_is(s, 0, UTRACE_ITEM_MEMORY, 1, UTRACE_ITEM_EXIT, 0, 4, "lett", 4));
	EXPECT_TRUE(item_is(s, 1, UTRACE_ITEM_MEMORY, 1, UTRACE_ITEM_EXIT, 1, 8, "ers", 3));
	EXPECT_TRUE(item_is(s, 2, UTRACE_ITEM_MEMORY, 1, UTRACE_ITEM_EXIT, 2, 8, "", 0));
	/* What is missing of that which was filled is told. */
	EXPECT_TRUE(item_is(s, 3, UTRACE_ITEM_MEMORY, 1, UTRACE_ITEM_EXIT, 0, 4, "lett", 4));
	EXPECT_TRUE(item_is(s, 4, UTRACE_ITEM_MEMORY, 1, cut, 1, 8, "e", 1));
	EXPECT_TRUE(item_is(s, 5, UTRACE_ITEM_MEMORY, 1, UTRACE_ITEM_EXIT, 2, 8, "", 0));
	EXPECT_EQ(0, ut_reap(&self->c));
}

static int receive_message(struct ut_child *c)
{
	static char a[4], b[8];
	struct iovec v[2] = { { a, sizeof(a) }, { b, sizeof(b) } };
	struct msghdr msg = { .msg_iov = v, .msg_iovlen = 2 };
	int fds[2];

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, fds) || write(fds[1], "letters", 7) != 7)
		return 1;
	atomic_store(&c->sh->value[1], syscall(SYS_recvmsg, fds[0], &msg, 0L));
	return 0;
}

TEST_F(capture, a_message_as_far_as_it_was_filled)
{
	struct utrace_capture_rule rules[] = {
		UT_RULE(SYS_recvmsg, .when = UTRACE_WHEN_SUCCESS, .arg = 1,
			.kind = UTRACE_CAP_MSGHDR, .filled_from = UTRACE_LEN_RESULT),
	};
	struct utrace_rec_syscall *s;

	ASSERT_EQ(0, RUN(receive_message, rules));
	s = ut_find(&self->u, 0, UTRACE_EV_SYSCALL);
	ASSERT_NE(NULL, s);
	EXPECT_EQ(7, s->result);
	ASSERT_EQ(3, s->head.nr_items);
	EXPECT_EQ(UTRACE_ITEM_MSGHDR, ut_item(s, 0)->kind);
	EXPECT_TRUE(item_is(s, 1, UTRACE_ITEM_MEMORY, 1, UTRACE_ITEM_EXIT, 0, 4, "lett", 4));
	EXPECT_TRUE(item_is(s, 2, UTRACE_ITEM_MEMORY, 1, UTRACE_ITEM_EXIT, 1, 8, "ers", 3));
	EXPECT_EQ(0, ut_reap(&self->c));
}

static int send_message(struct ut_child *c ut_unused)
{
	struct iovec v[2] = { { "one", 3 }, { "three", 5 } };
	union {
		struct cmsghdr head;
		char space[CMSG_SPACE(sizeof(int))];
	} control = {};
	struct sockaddr_un name = { .sun_family = AF_UNIX, .sun_path = "/no/such/socket" };
	struct msghdr msg = {
		.msg_name = &name, .msg_namelen = sizeof(sa_family_t) + 16,
		.msg_iov = v, .msg_iovlen = 2,
		.msg_control = &control, .msg_controllen = sizeof(control),
	};
	int fd = socket(AF_UNIX, SOCK_DGRAM, 0);

	control.head.cmsg_len = CMSG_LEN(sizeof(int));
	control.head.cmsg_level = SOL_SOCKET;
	control.head.cmsg_type = SCM_RIGHTS;
	memset(CMSG_DATA(&control.head), 0, sizeof(int));
	syscall(SYS_sendmsg, fd, &msg, 0L);
	syscall(SYS_sendmsg, fd, (void *)16, 0L);
	return 0;
}

TEST_F(capture, a_message)
{
	struct utrace_capture_rule rules[] = {
		UT_RULE(SYS_sendmsg, .arg = 1, .kind = UTRACE_CAP_MSGHDR),
	};
	const struct utrace_item *i, *name = NULL, *control = NULL, *iov[2] = {};
	const struct utrace_msghdr *m;
	struct utrace_rec_syscall *s;
	unsigned int nr;

	ASSERT_EQ(0, RUN(send_message, rules));
	s = ut_find(&self->u, 0, UTRACE_EV_SYSCALL);
	ASSERT_NE(NULL, s);
	EXPECT_EQ(5, s->head.nr_items);
	i = ut_item(s, 0);
	ASSERT_NE(NULL, i);
	ASSERT_EQ(UTRACE_ITEM_MSGHDR, i->kind);
	EXPECT_EQ(1, i->arg);
	EXPECT_EQ(s->args[1], i->addr);
	ASSERT_LE(sizeof(*m), i->len);
	m = ut_item_data(i);
	EXPECT_EQ(sizeof(*m), m->size);
	EXPECT_EQ(2, m->iovlen);
	EXPECT_EQ(sizeof(sa_family_t) + 16, m->namelen);
	EXPECT_EQ(CMSG_SPACE(sizeof(int)), m->controllen);
	EXPECT_EQ(0, m->reserved);
	for (nr = 1; (i = ut_item(s, nr)); nr++) {
		EXPECT_EQ(UTRACE_ITEM_MEMORY, i->kind);
		if (i->index == UTRACE_INDEX_NAME)
			name = i;
		else if (i->index == UTRACE_INDEX_CONTROL)
			control = i;
		else if (i->index < 2)
			iov[i->index] = i;
	}
	ASSERT_NE(NULL, name);
	ASSERT_NE(NULL, control);
	ASSERT_NE(NULL, iov[0]);
	ASSERT_NE(NULL, iov[1]);
	EXPECT_EQ(m->name, name->addr);
	EXPECT_EQ(m->control, control->addr);
	EXPECT_STREQ("/no/such/socket", (char *)ut_item_data(name) + sizeof(sa_family_t));
	EXPECT_EQ(m->controllen, control->len);
	EXPECT_EQ(3, iov[0]->len);
	EXPECT_EQ(0, memcmp("one", ut_item_data(iov[0]), 3));
	EXPECT_EQ(5, iov[1]->len);
	EXPECT_EQ(0, memcmp("three", ut_item_data(iov[1]), 5));

	s = ut_find(&self->u, 0, UTRACE_EV_SYSCALL);
	ASSERT_NE(NULL, s);
	EXPECT_EQ(-EFAULT, s->result);
	EXPECT_EQ(1, s->head.nr_items);
	EXPECT_TRUE(item_is(s, 0, UTRACE_ITEM_MSGHDR, 1, UTRACE_ITEM_FAULT, 0, ~0ull, "", 0));
	EXPECT_EQ(0, ut_reap(&self->c));
}

/* ---- limits and faults --------------------------------------------------- */

static char *before_the_end;

static int mark_with_faults(struct ut_child *c ut_unused)
{
	mark_with(before_the_end, 0, NULL, NULL, 1);
	mark_with(before_the_end + 4, 0, NULL, NULL, 1);
	mark_with(NULL, 0, NULL, NULL, 1);
	mark_with(data, 0, NULL, NULL, 1);
	return 0;
}

TEST_F(capture, memory_that_ends)
{
	struct utrace_capture_rule rules[] = {
		UT_RULE(UT_MARK_NR, .arg = 0, .kind = UTRACE_CAP_BYTES, .len_unit = 10),
	};
	struct utrace_rec_syscall *s;
	const struct utrace_item *i;

	before_the_end = mmap(NULL, 2 * ut_page(), PROT_READ | PROT_WRITE,
			      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ASSERT_NE(MAP_FAILED, before_the_end);
	ASSERT_EQ(0, mprotect(before_the_end + ut_page(), ut_page(), PROT_NONE));
	before_the_end += ut_page() - 4;
	memcpy(before_the_end, "tail", 4);
	ASSERT_EQ(0, RUN(mark_with_faults, rules));
	s = ut_find(&self->u, 0, UTRACE_EV_SYSCALL);
	ASSERT_NE(NULL, s);
	ASSERT_EQ(1, s->head.nr_items);
	i = ut_item(s, 0);
	EXPECT_EQ(UTRACE_ITEM_FAULT, i->flags);
	EXPECT_EQ(10, i->total);
	EXPECT_GE(4, i->len);
	EXPECT_EQ(0, memcmp("tail", ut_item_data(i), i->len));
	s = ut_find(&self->u, 0, UTRACE_EV_SYSCALL);
	ASSERT_NE(NULL, s);
	EXPECT_EQ(1, s->head.nr_items);
	EXPECT_TRUE(MEMORY(s, 0, 0, UTRACE_ITEM_FAULT, 10, "", 0));
	s = ut_find(&self->u, 0, UTRACE_EV_SYSCALL);
	ASSERT_NE(NULL, s);
	EXPECT_EQ(0, s->head.nr_items);
	s = ut_find(&self->u, 0, UTRACE_EV_SYSCALL);
	ASSERT_NE(NULL, s);
	EXPECT_TRUE(MEMORY(s, 0, 0, 0, 10, data, 10));
	EXPECT_EQ(0, ut_reap(&self->c));
}

TEST_F(capture, up_to_the_maximum)
{
	struct utrace_capture_rule rules[] = {
		UT_RULE(UT_MARK_NR, .arg = 0, .kind = UTRACE_CAP_BYTES, .len_unit = 36),
		UT_RULE(UT_MARK_NR, .arg = 0, .kind = UTRACE_CAP_BYTES, .len_unit = 36,
			.max = 20),
		UT_RULE(UT_MARK_NR, .arg = 0, .kind = UTRACE_CAP_BYTES, .len_unit = 36,
			.max = 36),
		UT_RULE(UT_MARK_NR, .arg = 0, .kind = UTRACE_CAP_STRING, .max = 4),
	};
	struct utrace_config conf = { .record = UT_CALL, .buffer_max = 8 };
	struct utrace_rec_syscall *s;

	ASSERT_EQ(0, ut_spawn(&self->c, mark_with_lengths));
	ASSERT_EQ(0, ut_config_full(&self->u, &conf));
	ASSERT_EQ(0, ut_table(&self->u, (struct ut_call[]){ { UT_MARK_NR, UT_SC_REPORT } },
			      1, rules, ARRAY_SIZE(rules)));
	ASSERT_EQ(0, ut_attach(&self->u, self->c.pid, 0, NULL));
	ut_go(&self->c);
	s = ut_find(&self->u, 0, UTRACE_EV_SYSCALL);
	ASSERT_NE(NULL, s);
	EXPECT_EQ(4, s->head.nr_items);
	EXPECT_TRUE(MEMORY(s, 0, 0, UTRACE_ITEM_TRUNCATED, 36, data, 8));
	/* A rule's own maximum counts more than the configuration's. */
	EXPECT_TRUE(MEMORY(s, 1, 0, UTRACE_ITEM_TRUNCATED, 36, data, 20));
	EXPECT_TRUE(MEMORY(s, 2, 0, 0, 36, data, 36));
	EXPECT_TRUE(MEMORY(s, 3, 0, UTRACE_ITEM_TRUNCATED, ~0ull, data, 4));
	EXPECT_EQ(0, ut_reap(&self->c));
}

TEST_F(capture, is_in_the_entry_and_in_the_whole)
{
	struct utrace_capture_rule rules[] = {
		UT_RULE(UT_MARK_NR, .arg = 0, .kind = UTRACE_CAP_BYTES, .len_unit = 3),
		UT_RULE(UT_MARK_NR, .when = UTRACE_WHEN_EXIT, .arg = 0,
			.kind = UTRACE_CAP_BYTES, .len_unit = 4),
	};
	struct utrace_rec_syscall *s;

	ASSERT_EQ(0, run_rules(&self->u, &self->c, mark_with_lengths, rules,
			       ARRAY_SIZE(rules), UT_SYSCALLS));
	s = ut_find(&self->u, 0, UTRACE_EV_SYSCALL_ENTRY);
	ASSERT_NE(NULL, s);
	EXPECT_EQ(1, s->head.nr_items);
	EXPECT_TRUE(MEMORY(s, 0, 0, 0, 3, data, 3));
	s = ut_find(&self->u, 0, UTRACE_EV_SYSCALL);
	ASSERT_NE(NULL, s);
	EXPECT_EQ(2, s->head.nr_items);
	EXPECT_TRUE(MEMORY(s, 0, 0, 0, 3, data, 3));
	EXPECT_TRUE(MEMORY(s, 1, 0, UTRACE_ITEM_EXIT, 4, data, 4));
	EXPECT_EQ(0, ut_reap(&self->c));
}

/* ---- rules that make no sense -------------------------------------------- */

TEST_F(capture, refuses_rules_that_contradict_themselves)
{
	static const struct utrace_capture_rule good =
		UT_RULE(1, .kind = UTRACE_CAP_BYTES, .len_from = UTRACE_LEN_ARG,
			.len_arg = 1, .len_unit = 1);
#define BAD(...) UT_RULE(1, __VA_ARGS__)
	static const struct utrace_capture_rule bad[] = {
		BAD(.kind = 0),
		BAD(.kind = UTRACE_CAP_MSGHDR + 1),
		BAD(.kind = UTRACE_CAP_STRING, .arg = 6),
		BAD(.kind = UTRACE_CAP_STRING, .when = UTRACE_WHEN_SUCCESS + 1),
		BAD(.kind = UTRACE_CAP_STRING, .reserved = 1),
		BAD(.kind = UTRACE_CAP_STRING, .max = UTRACE_CAPTURE_MAX + 1),
		/* A string knows its length. */
		BAD(.kind = UTRACE_CAP_STRING, .len_unit = 1),
		BAD(.kind = UTRACE_CAP_STRING, .len_from = UTRACE_LEN_ARG),
		BAD(.kind = UTRACE_CAP_STRINGS, .len_arg = 1),
		/* Memory does not. */
		BAD(.kind = UTRACE_CAP_BYTES),
		BAD(.kind = UTRACE_CAP_BYTES, .len_from = UTRACE_LEN_ARG, .len_arg = 1),
		BAD(.kind = UTRACE_CAP_BYTES, .len_from = UTRACE_LEN_ARG, .len_arg = 6,
		    .len_unit = 1),
		BAD(.kind = UTRACE_CAP_BYTES, .len_from = UTRACE_LEN_RESULT + 1,
		    .len_unit = 1),
		BAD(.kind = UTRACE_CAP_BYTES, .len_arg = 1, .len_unit = 1),
		/* A call that is entered has no result. */
		BAD(.kind = UTRACE_CAP_BYTES, .len_from = UTRACE_LEN_RESULT, .len_unit = 1),
		BAD(.kind = UTRACE_CAP_IOVEC, .len_from = UTRACE_LEN_ARG, .len_arg = 1,
		    .len_unit = 1, .filled_from = UTRACE_LEN_RESULT),
		BAD(.kind = UTRACE_CAP_IOVEC, .len_from = UTRACE_LEN_ARG, .len_arg = 1,
		    .len_unit = 2),
		BAD(.kind = UTRACE_CAP_IOVEC, .when = UTRACE_WHEN_EXIT,
		    .len_from = UTRACE_LEN_ARG, .len_arg = 1, .len_unit = 1,
		    .filled_from = UTRACE_LEN_ARG),
		BAD(.kind = UTRACE_CAP_BYTES, .when = UTRACE_WHEN_EXIT, .len_unit = 1,
		    .filled_from = UTRACE_LEN_RESULT),
		BAD(.kind = UTRACE_CAP_MSGHDR, .filled_from = UTRACE_LEN_RESULT),
	};
	struct utrace_capture_rule rules[2];
	__u32 entries[4] = {};
	struct utrace_syscalls t = {
		.size = sizeof(t), .arch = ut_arch(&self->info), .nr = ARRAY_SIZE(entries),
		.entries = (uintptr_t)entries, .rules = (uintptr_t)rules, .nr_rules = 1,
	};
	unsigned int i;

	rules[0] = good;
	ASSERT_EQ(0, ut_ioctl(self->u.fd, UTRACE_IOC_SYSCALLS, &t));
	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		rules[0] = bad[i];
		EXPECT_EQ(-EINVAL, ut_ioctl(self->u.fd, UTRACE_IOC_SYSCALLS, &t)) {
			TH_LOG("rule %u", i);
		}
	}

	/* They are in the order of the calls, which are in the table. */
	rules[0] = good;
	rules[1] = good;
	t.nr_rules = 2;
	EXPECT_EQ(0, ut_ioctl(self->u.fd, UTRACE_IOC_SYSCALLS, &t));
	rules[1].nr = 0;
	EXPECT_EQ(-EINVAL, ut_ioctl(self->u.fd, UTRACE_IOC_SYSCALLS, &t));
	rules[1].nr = 3;
	EXPECT_EQ(0, ut_ioctl(self->u.fd, UTRACE_IOC_SYSCALLS, &t));
	rules[1].nr = 4;
	EXPECT_EQ(-EINVAL, ut_ioctl(self->u.fd, UTRACE_IOC_SYSCALLS, &t));
	rules[1].nr = 3;
	t.nr_rules = UTRACE_RULES_MAX + 1;
	EXPECT_EQ(-EINVAL, ut_ioctl(self->u.fd, UTRACE_IOC_SYSCALLS, &t));
	t.nr_rules = 2;
	t.rules = 16;
	EXPECT_EQ(-EFAULT, ut_ioctl(self->u.fd, UTRACE_IOC_SYSCALLS, &t));
	/* A table that is removed has none. */
	t.rules = (uintptr_t)rules;
	t.nr = 0;
	t.entries = 0;
	EXPECT_EQ(-EINVAL, ut_ioctl(self->u.fd, UTRACE_IOC_SYSCALLS, &t));
}

/* ---- tables -------------------------------------------------------------- */

TEST_F(capture, records_only_what_table_and_configuration_want)
{
	static const struct ut_call calls[] = {
		{ UT_MARK_NR, UTRACE_SC_RECORD }, { SYS_getppid, UTRACE_SC_ENTRY },
	};
	unsigned int n = 0;
	struct utrace_rec_syscall *s;

	ASSERT_EQ(0, ut_spawn(&self->c, mark_with_faults));
	before_the_end = (char *)data;
	ASSERT_EQ(0, ut_config(&self->u, UT_SYSCALLS, UT_SYSCALLS));
	ASSERT_EQ(0, ut_only(&self->u, calls, ARRAY_SIZE(calls)));
	ASSERT_EQ(0, ut_attach(&self->u, self->c.pid, 0, NULL));
	ASSERT_NE(NULL, ut_find(&self->u, 0, UTRACE_REC_ATTACHED));
	ut_go(&self->c);
	while ((s = (void *)ut_next_or_reap(&self->u, &self->c))) {
		EXPECT_EQ(UTRACE_EV_SYSCALL, s->head.type);
		EXPECT_EQ(UTRACE_RECF_ERROR, s->head.flags);
		n++;
	}
	EXPECT_EQ(4, n);
}

static int fail_and_succeed(struct ut_child *c ut_unused)
{
	syscall(SYS_close, -1);
	syscall(SYS_close, dup(0));
	syscall(SYS_close, -2);
	return 0;
}

TEST_F(capture, records_errors_only)
{
	struct ut_call call = { SYS_close, UTRACE_SC_RECORD | UTRACE_SC_ERRORS };
	struct utrace_rec_syscall *s;

	if (!ut_knows_syscall(&self->u, UTRACE_SC_ERRORS))
		SKIP(return, "the kernel does not select errors");
	ASSERT_EQ(0, ut_spawn(&self->c, fail_and_succeed));
	ASSERT_EQ(0, ut_config(&self->u, UT_SYSCALLS, 0));
	ASSERT_EQ(0, ut_only(&self->u, &call, 1));
	ASSERT_EQ(0, ut_attach(&self->u, self->c.pid, 0, NULL));
	ASSERT_NE(NULL, ut_find(&self->u, 0, UTRACE_REC_ATTACHED));
	ut_go(&self->c);
	s = (void *)ut_next_or_reap(&self->u, &self->c);
	ASSERT_NE(NULL, s);
	EXPECT_EQ(-1, (int)s->args[0]);
	EXPECT_EQ(-EBADF, s->result);
	s = (void *)ut_next_or_reap(&self->u, &self->c);
	ASSERT_NE(NULL, s);
	EXPECT_EQ(-2, (int)s->args[0]);
	EXPECT_EQ(NULL, ut_next_or_reap(&self->u, &self->c));
	EXPECT_TRUE(self->u.eof);
}

TEST_F(capture, records_the_entry_of_a_call_that_waits)
{
	struct ut_call call = { SYS_read, UTRACE_SC_RECORD | UTRACE_SC_WAITS };
	struct utrace_rec_syscall *s;
	__u64 seq;

	if (!ut_knows_syscall(&self->u, UTRACE_SC_WAITS))
		SKIP(return, "the kernel does not tell of calls that wait");
	ASSERT_EQ(0, ut_spawn(&self->c, ut_fn_read));
	ASSERT_EQ(0, ut_config(&self->u, UT_CALL, 0));
	ASSERT_EQ(0, ut_only(&self->u, &call, 1));
	ASSERT_EQ(0, ut_attach(&self->u, self->c.pid, 0, NULL));
	ut_go(&self->c);
	s = ut_find(&self->u, 0, UTRACE_EV_SYSCALL_ENTRY);
	ASSERT_NE(NULL, s);
	EXPECT_EQ(UTRACE_RECF_WAITS, s->head.flags);
	EXPECT_EQ(self->c.in[0], s->args[0]);
	seq = s->head.seq;
	ASSERT_EQ(1, write(self->c.in[1], "x", 1));
	s = ut_find(&self->u, 0, UTRACE_EV_SYSCALL);
	ASSERT_NE(NULL, s);
	EXPECT_EQ(seq, s->entry_seq);
	EXPECT_EQ(1, s->result);
	EXPECT_EQ(0, ut_reap(&self->c));
}

TEST_HARNESS_MAIN
