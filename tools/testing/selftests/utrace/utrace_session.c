// SPDX-License-Identifier: GPL-2.0-only
/*
 * The session fd as a file: what its ioctls accept and refuse, and how
 * records are read from it.
 */
#include <linux/userfaultfd.h>

#include "utrace_testlib.h"

/* A structure that is longer than the kernel's, by one word. */
#define LONGER(type)				\
	struct {				\
		struct type s;			\
		__u64 tail;			\
	}

FIXTURE(session)
{
	struct ut_session u;
	struct ut_child c;
};

FIXTURE_SETUP(session)
{
	ASSERT_EQ(0, ut_open_read(&self->u));
}

FIXTURE_TEARDOWN(session)
{
	ut_close(&self->u);
	ut_end(&self->c);
}

TEST_F(session, info_of_a_new_session)
{
	const __u64 known = UT_SYSCALLS | UT_LIFE;
	const __u64 basic = 1 << UTRACE_OP_RELEASE | 1 << UTRACE_OP_HOLD |
			    1 << UTRACE_OP_DETACH | 1 << UTRACE_OP_KILL;
	struct utrace_info info;

	ASSERT_EQ(0, ut_info(&self->u, &info));
	EXPECT_EQ(sizeof(info), info.size);
	EXPECT_EQ(UTRACE_API_VERSION, info.api_version);
	EXPECT_EQ(known, info.record_events & known);
	/* An order asks for these, a configuration cannot. */
	EXPECT_FALSE(info.record_events & (UTRACE_EV_BIT(UTRACE_EV_QUIESCE) |
					   UTRACE_EV_BIT(UTRACE_EV_STEP) |
					   UTRACE_EV_BIT(UTRACE_EV_CALLED)));
	EXPECT_EQ(0, info.hold_events & ~info.record_events);
	EXPECT_TRUE(info.hold_events & UT_ENTRY);
	EXPECT_TRUE(info.hold_events & UT_CALL);
	EXPECT_EQ(basic, info.actions & basic);
	EXPECT_FALSE(info.actions & 1);
	EXPECT_TRUE(info.attach_flags & UTRACE_ATTACH_CHILDREN);
	EXPECT_EQ(UT_SC_REPORT, info.syscall_flags & UT_SC_REPORT);
	EXPECT_EQ(0, info.syscall_flags & ~(__u64)UTRACE_SC_ALL);
	/* Nobody has taken any. */
	EXPECT_EQ(0xfff, info.rights & 0xfff);
	/* The dead cannot be held. */
	EXPECT_FALSE(info.hold_events & (UTRACE_EV_BIT(UTRACE_EV_DEATH) |
					 UTRACE_EV_BIT(UTRACE_EV_REAP)));
	EXPECT_NE(0, info.arch);
	EXPECT_EQ(0, info.threads);
	EXPECT_EQ(0, info.held);
	EXPECT_EQ(0, info.starved);
	EXPECT_EQ(0, info.reserved);
	EXPECT_EQ(0, info.queued);
	EXPECT_EQ(0, info.lost);
	/* There is no ring before the first attach. */
	EXPECT_EQ(0, info.queue_bytes);
}

TEST_F(session, info_counts_threads_and_bytes)
{
	struct utrace_info info;

	ASSERT_EQ(0, ut_spawn(&self->c, ut_fn_marks));
	ASSERT_EQ(0, ut_attach(&self->u, self->c.pid, 0, NULL));
	ASSERT_EQ(0, ut_info(&self->u, &info));
	EXPECT_EQ(1, info.threads);
	EXPECT_EQ(0, info.held);
	/* the record of the attach */
	EXPECT_EQ(sizeof(struct utrace_rec_attached), info.queued);
	EXPECT_EQ(1 << 20, info.queue_bytes);
	ASSERT_NE(NULL, ut_find(&self->u, 0, UTRACE_REC_ATTACHED));
	ASSERT_EQ(0, ut_info(&self->u, &info));
	EXPECT_EQ(0, info.queued);
	ut_go(&self->c);
	ASSERT_EQ(0, ut_reap(&self->c));
	EXPECT_TRUE(ut_drain(&self->u));
	ASSERT_EQ(0, ut_info(&self->u, &info));
	EXPECT_EQ(0, info.threads);
}

TEST_F(session, structure_sizes)
{
	LONGER(utrace_info) i = { .s.size = sizeof(i) };
	LONGER(utrace_config) c = { .s.size = sizeof(c) };
	LONGER(utrace_syscalls) t = { .s.size = sizeof(t) };
	LONGER(utrace_control) o = { .s.size = sizeof(o) };
	struct utrace_order op = UT_ORDER(utrace_order, UTRACE_OP_RELEASE, 1);
	struct utrace_info info;
	int fd = self->u.fd;

	ASSERT_EQ(0, ut_info(&self->u, &info));
	t.s.arch = info.arch;
	o.s.orders = (uintptr_t)&op;
	o.s.bytes = sizeof(op);

	/* Longer than the kernel knows it, but with nothing in the excess. */
	EXPECT_EQ(0, ut_ioctl(fd, UTRACE_IOC_INFO, &i));
	EXPECT_EQ(sizeof(i.s), i.s.size);
	EXPECT_EQ(UTRACE_API_VERSION, i.s.api_version);
	EXPECT_EQ(0, i.tail);
	EXPECT_EQ(0, ut_ioctl(fd, UTRACE_IOC_CONFIG, &c));
	EXPECT_EQ(0, ut_ioctl(fd, UTRACE_IOC_SYSCALLS, &t));
	EXPECT_EQ(0, ut_ioctl(fd, UTRACE_IOC_CONTROL, &o));
	EXPECT_EQ(-ESRCH, op.result);

	i.s.size = sizeof(i);
	c.s.size = sizeof(c);
	t.s.size = sizeof(t);
	o.s.size = sizeof(o);
	i.tail = 1;
	c.tail = 1;
	t.tail = 1ULL << 63;
	o.tail = 1;
	EXPECT_EQ(-E2BIG, ut_ioctl(fd, UTRACE_IOC_INFO, &i));
	EXPECT_EQ(-E2BIG, ut_ioctl(fd, UTRACE_IOC_CONFIG, &c));
	EXPECT_EQ(-E2BIG, ut_ioctl(fd, UTRACE_IOC_SYSCALLS, &t));
	EXPECT_EQ(-E2BIG, ut_ioctl(fd, UTRACE_IOC_CONTROL, &o));
	EXPECT_EQ(sizeof(i.s), i.s.size);
	EXPECT_EQ(sizeof(c.s), c.s.size);
	EXPECT_EQ(sizeof(t.s), t.s.size);
	EXPECT_EQ(sizeof(o.s), o.s.size);

	/* Shorter than any version of it. */
	i.s.size = 4;
	c.s.size = UTRACE_CONFIG_SIZE_VER0 - 8;
	t.s.size = 0;
	o.s.size = 4;
	EXPECT_EQ(-EINVAL, ut_ioctl(fd, UTRACE_IOC_INFO, &i));
	EXPECT_EQ(-EINVAL, ut_ioctl(fd, UTRACE_IOC_CONFIG, &c));
	EXPECT_EQ(-EINVAL, ut_ioctl(fd, UTRACE_IOC_SYSCALLS, &t));
	EXPECT_EQ(-EINVAL, ut_ioctl(fd, UTRACE_IOC_CONTROL, &o));
}

TEST_F(session, attach_structure_sizes)
{
	LONGER(utrace_attach) a = { .s.size = sizeof(a), .tail = 1 };
	int pidfd;

	ASSERT_EQ(0, ut_spawn(&self->c, ut_fn_marks));
	pidfd = ut_pidfd(self->c.pid);
	ASSERT_LE(0, pidfd);
	a.s.fd = pidfd;
	EXPECT_EQ(-E2BIG, ut_ioctl(self->u.fd, UTRACE_IOC_ATTACH, &a));
	a.s.size = sizeof(a.s) - 8;
	EXPECT_EQ(-EINVAL, ut_ioctl(self->u.fd, UTRACE_IOC_ATTACH, &a));
	a.s.size = sizeof(a);
	a.tail = 0;
	EXPECT_EQ(0, ut_ioctl(self->u.fd, UTRACE_IOC_ATTACH, &a));
	EXPECT_EQ(1, a.s.threads);
	EXPECT_NE(0, a.s.thread);
	close(pidfd);
}

TEST_F(session, config_refuses_what_it_does_not_know)
{
	struct utrace_config c = { .flags = 0x80000000u };
	struct utrace_info info;
	__u64 unknown;

	ASSERT_EQ(0, ut_info(&self->u, &info));
	unknown = UTRACE_EV_BIT(63);
	ASSERT_EQ(0, info.record_events & unknown);

	EXPECT_EQ(-EINVAL, ut_config_full(&self->u, &c));
	c.flags = 0;
	c.reserved = 1;
	EXPECT_EQ(-EINVAL, ut_config_full(&self->u, &c));
	c.reserved = 0;
	c.record = unknown;
	EXPECT_EQ(-EINVAL, ut_config_full(&self->u, &c));
	c.record = info.record_events;
	c.hold = unknown;
	EXPECT_EQ(-EINVAL, ut_config_full(&self->u, &c));
	c.hold = 0;
	c.roles = 1ULL << 63;
	EXPECT_EQ(-EINVAL, ut_config_full(&self->u, &c));
	c.roles = 0;
	c.clock = UTRACE_CLOCK_REALTIME + 1;
	EXPECT_EQ(-EINVAL, ut_config_full(&self->u, &c));
	c.clock = 0;
	c.stack_max = UTRACE_CAPTURE_MAX + 1;
	EXPECT_EQ(-EINVAL, ut_config_full(&self->u, &c));
	c.stack_max = 0;
	c.queue_bytes = UTRACE_RING_MAX + 1;
	EXPECT_EQ(-EINVAL, ut_config_full(&self->u, &c));
	c.queue_bytes = 0;
	c.string_max = UTRACE_CAPTURE_MAX + 1;
	EXPECT_EQ(-EINVAL, ut_config_full(&self->u, &c));
	c.string_max = 0;
	c.buffer_max = UTRACE_CAPTURE_MAX + 1;
	EXPECT_EQ(-EINVAL, ut_config_full(&self->u, &c));
	c.buffer_max = UTRACE_CAPTURE_MAX;
	c.string_max = UTRACE_CAPTURE_MAX;
	c.stack_max = UTRACE_CAPTURE_MAX;
	c.queue_bytes = UTRACE_RING_MAX;
	EXPECT_EQ(0, ut_config_full(&self->u, &c));
}

TEST_F(session, each_configuration_has_a_number)
{
	struct utrace_config c = { .record = UT_ENTRY };
	__u32 first;

	ASSERT_EQ(0, ut_config_full(&self->u, &c));
	first = c.generation;
	ASSERT_EQ(0, ut_config_full(&self->u, &c));
	EXPECT_NE(first, c.generation);
}

TEST_F(session, hold_is_limited_to_what_can_be_held)
{
	struct utrace_info info;
	int ev;

	ASSERT_EQ(0, ut_info(&self->u, &info));
	/* An event that holds need not be asked for once more. */
	EXPECT_EQ(0, ut_config(&self->u, UT_CALL, UT_ENTRY));
	EXPECT_EQ(0, ut_config(&self->u, 0, UT_ENTRY));
	for (ev = 0; ev < 64; ev++) {
		const __u64 bit = UTRACE_EV_BIT(ev);

		EXPECT_EQ(info.record_events & bit ? 0 : -EINVAL,
			  ut_config(&self->u, bit, 0));
		EXPECT_EQ(info.hold_events & bit ? 0 : -EINVAL,
			  ut_config(&self->u, 0, bit));
	}
	EXPECT_EQ(0, ut_config(&self->u, info.record_events,
			       info.hold_events));
}

TEST_F(session, unknown_commands)
{
	struct utrace_info info = { .size = sizeof(info) };

	EXPECT_EQ(-ENOTTY, ut_ioctl(self->u.fd, _IO(UTRACE_IOC_MAGIC, 0x7f),
				    &info));
	EXPECT_EQ(-ENOTTY, ut_ioctl(self->u.fd, _IO(0x5a, 0), &info));
}

TEST_F(session, null_pointers)
{
	struct utrace_control o = {
		.size = sizeof(o), .bytes = sizeof(struct utrace_order),
	};

	EXPECT_EQ(-EFAULT, ut_ioctl(self->u.fd, UTRACE_IOC_INFO, NULL));
	EXPECT_EQ(-EFAULT, ut_ioctl(self->u.fd, UTRACE_IOC_CONFIG, NULL));
	EXPECT_EQ(-EFAULT, ut_ioctl(self->u.fd, UTRACE_IOC_SYSCALLS, NULL));
	EXPECT_EQ(-EFAULT, ut_ioctl(self->u.fd, UTRACE_IOC_ATTACH, NULL));
	EXPECT_EQ(-EFAULT, ut_ioctl(self->u.fd, UTRACE_IOC_CONTROL, NULL));
	EXPECT_EQ(-EFAULT, ut_ioctl(self->u.fd, UTRACE_IOC_VIEW, NULL));
	EXPECT_EQ(-EFAULT, ut_ioctl(self->u.fd, UTRACE_IOC_RING, NULL));
	EXPECT_EQ(-EFAULT, ut_ioctl(self->u.fd, UTRACE_IOC_STATUS, NULL));
	EXPECT_EQ(-EFAULT, ut_ioctl(self->u.fd, UTRACE_IOC_PIDFD, NULL));
	EXPECT_EQ(-EFAULT, ut_ioctl(self->u.fd, UTRACE_IOC_RESTRICT, NULL));
	EXPECT_EQ(-EFAULT, ut_ioctl(self->u.fd, UTRACE_IOC_COUNTS, NULL));
	EXPECT_EQ(-EFAULT, ut_ioctl(self->u.fd, UTRACE_IOC_CONTROL, &o));
}

TEST_F(session, syscall_table_limits)
{
	__u32 entry;
	struct utrace_syscalls t = {
		.size = sizeof(t), .nr = 1, .entries = (uintptr_t)&entry,
	};
	struct utrace_info info;
	int fd = self->u.fd;

	ASSERT_EQ(0, ut_info(&self->u, &info));
	t.arch = info.arch;
	entry = info.syscall_flags;
	EXPECT_EQ(0, ut_ioctl(fd, UTRACE_IOC_SYSCALLS, &t));
	entry = UTRACE_SC_ALL + 1;
	EXPECT_EQ(-EINVAL, ut_ioctl(fd, UTRACE_IOC_SYSCALLS, &t));
	entry = UT_SC_REPORT;
	/* No thread of this kernel has system calls of that kind. */
	t.arch = 0x12345678;
	EXPECT_EQ(-EINVAL, ut_ioctl(fd, UTRACE_IOC_SYSCALLS, &t));
	t.arch = 0;
	EXPECT_EQ(-EINVAL, ut_ioctl(fd, UTRACE_IOC_SYSCALLS, &t));
	t.arch = info.arch;
	t.flags = UTRACE_SYSCALLS_OTHERS << 1;
	EXPECT_EQ(-EINVAL, ut_ioctl(fd, UTRACE_IOC_SYSCALLS, &t));
	/* Other numbers have flags only if the table says so. */
	t.flags = 0;
	t.others = UT_SC_REPORT;
	EXPECT_EQ(-EINVAL, ut_ioctl(fd, UTRACE_IOC_SYSCALLS, &t));
	t.flags = UTRACE_SYSCALLS_OTHERS;
	EXPECT_EQ(0, ut_ioctl(fd, UTRACE_IOC_SYSCALLS, &t));
	t.others = UTRACE_SC_ALL + 1;
	EXPECT_EQ(-EINVAL, ut_ioctl(fd, UTRACE_IOC_SYSCALLS, &t));
	t.flags = 0;
	t.others = 0;
	t.nr = UTRACE_SYSCALLS_MAX + 1;
	EXPECT_EQ(-EINVAL, ut_ioctl(fd, UTRACE_IOC_SYSCALLS, &t));
	t.nr = UTRACE_SYSCALLS_MAX;
	t.entries = 0;
	EXPECT_EQ(-EFAULT, ut_ioctl(fd, UTRACE_IOC_SYSCALLS, &t));
	t.nr = 0;
	EXPECT_EQ(0, ut_ioctl(fd, UTRACE_IOC_SYSCALLS, &t));
	/* Entries that nobody would look at are a mistake. */
	t.entries = (uintptr_t)&entry;
	EXPECT_EQ(-EINVAL, ut_ioctl(fd, UTRACE_IOC_SYSCALLS, &t));
}

TEST_F(session, nothing_to_read_yet)
{
	struct pollfd pfd = { .fd = self->u.fd, .events = POLLIN };
	char buf[256];

	EXPECT_EQ(0, poll(&pfd, 1, 0));
	EXPECT_EQ(-1, read(self->u.fd, buf, sizeof(buf)));
	EXPECT_EQ(EAGAIN, errno);
	/* An idle thread makes no difference. */
	ASSERT_EQ(0, ut_spawn(&self->c, ut_fn_marks));
	ASSERT_EQ(0, ut_config(&self->u, UT_SYSCALLS, 0));
	ASSERT_EQ(0, ut_attach(&self->u, self->c.pid, 0, NULL));
	ASSERT_NE(NULL, ut_find(&self->u, 0, UTRACE_REC_ATTACHED));
	EXPECT_EQ(0, poll(&pfd, 1, 0));
	EXPECT_EQ(-1, read(self->u.fd, buf, sizeof(buf)));
	EXPECT_EQ(EAGAIN, errno);
}

TEST_F(session, nothing_is_recorded_before_it_is_configured)
{
	struct utrace_record *r;

	ASSERT_EQ(0, ut_spawn(&self->c, ut_fn_marks));
	atomic_store(&self->c.sh->value[0], 5);
	ASSERT_EQ(0, ut_attach(&self->u, self->c.pid, 0, NULL));
	ut_go(&self->c);
	ASSERT_EQ(0, ut_reap(&self->c));
	while ((r = ut_next(&self->u, UT_TIMEOUT))) {
		EXPECT_EQ(UTRACE_REC_ATTACHED, r->type);
	}
	EXPECT_TRUE(self->u.eof);
}

TEST_F(session, short_buffer_loses_nothing)
{
	char buf[sizeof(struct utrace_rec_syscall)];
	struct utrace_rec_syscall *r;
	int i;

	ASSERT_EQ(0, ut_spawn(&self->c, ut_fn_marks));
	atomic_store(&self->c.sh->value[0], 3);
	ASSERT_EQ(0, ut_config(&self->u, UT_SYSCALLS, 0));
	ASSERT_EQ(0, ut_only_marks(&self->u));
	ASSERT_EQ(0, ut_attach(&self->u, self->c.pid, 0, NULL));
	ASSERT_NE(NULL, ut_find(&self->u, 0, UTRACE_REC_ATTACHED));
	ut_go(&self->c);
	ASSERT_EQ(0, ut_reap(&self->c));

	for (i = 0; i < 2; i++) {
		EXPECT_EQ(-1, read(self->u.fd, buf, sizeof(buf) - 1));
		EXPECT_EQ(EMSGSIZE, errno);
		EXPECT_EQ(-1, read(self->u.fd, buf,
				   sizeof(struct utrace_record)));
		EXPECT_EQ(EMSGSIZE, errno);
		EXPECT_EQ(-1, read(self->u.fd, buf, 1));
		EXPECT_EQ(EMSGSIZE, errno);
	}
	for (i = 0; i < 3; i++) {
		r = ut_find(&self->u, 0, UTRACE_EV_SYSCALL_ENTRY);
		ASSERT_NE(NULL, r);
		EXPECT_EQ(i, r->args[0]);
		r = ut_find(&self->u, 0, UTRACE_EV_SYSCALL);
		ASSERT_NE(NULL, r);
		EXPECT_EQ(i, r->args[0]);
	}
	EXPECT_TRUE(ut_drain(&self->u));
}

TEST_F(session, bad_buffer_loses_nothing)
{
	struct utrace_record *r;

	ASSERT_EQ(0, ut_spawn(&self->c, ut_fn_marks));
	ASSERT_EQ(0, ut_attach(&self->u, self->c.pid, 0, NULL));
	EXPECT_EQ(-1, syscall(SYS_read, self->u.fd, NULL, 4096));
	EXPECT_EQ(EFAULT, errno);
	r = ut_next(&self->u, 0);
	ASSERT_NE(NULL, r);
	EXPECT_EQ(UTRACE_REC_ATTACHED, r->type);
}

TEST_F(session, an_empty_buffer_gets_nothing)
{
	struct utrace_record *r;
	struct ut_session b;
	char buf[1];

	/* Nothing to read: neither an error, nor something to wait for. */
	ASSERT_EQ(0, read(self->u.fd, buf, 0));
	ASSERT_EQ(0, ut_open_flags(&b, 0));
	EXPECT_EQ(0, read(b.fd, buf, 0));
	ut_close(&b);

	ASSERT_EQ(0, ut_spawn(&self->c, ut_fn_marks));
	ASSERT_EQ(0, ut_attach(&self->u, self->c.pid, 0, NULL));
	EXPECT_EQ(0, read(self->u.fd, buf, 0));
	r = ut_next(&self->u, 0);
	ASSERT_NE(NULL, r);
	EXPECT_EQ(UTRACE_REC_ATTACHED, r->type);
}

/* A reader whose memory is not there when it copies records to it. */
static int read_slowly(struct ut_child *c)
{
	struct uffdio_api api = { .api = UFFD_API };
	struct uffdio_register reg = { .mode = UFFDIO_REGISTER_MODE_MISSING };
	size_t size = sysconf(_SC_PAGESIZE);
	void *at = mmap(NULL, size, PROT_READ | PROT_WRITE,
			MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int fd = syscall(__NR_userfaultfd, O_CLOEXEC);

	reg.range.start = (uintptr_t)at;
	reg.range.len = size;
	if (fd < 0 || ioctl(fd, UFFDIO_API, &api) || ioctl(fd, UFFDIO_REGISTER, &reg)) {
		atomic_store(&c->sh->stage, -1);
		return 1;
	}
	atomic_store(&c->sh->stage, 1);
	return read(atomic_load(&c->sh->value[0]), at, size) < 0;
}

/* Starts a child that reads from the session, and sleeps before it can copy a record. */
static int start_slow_reader(struct ut_session *u, struct ut_child *reader)
{
	int stage;

	atomic_store(&reader->sh->value[0], u->fd);
	ut_go(reader);
	if (!ut_until(stage = atomic_load(&reader->sh->stage), UT_TIMEOUT))
		return -ETIMEDOUT;
	if (stage < 0)
		return -ENOSYS;
	ut_sleep(4 * UT_QUIET);
	return 0;
}

/* A record stays in the ring until it was copied. */
TEST_F(session, a_reader_that_fails_loses_nothing)
{
	struct pollfd pfd = { .fd = self->u.fd, .events = POLLIN };
	struct ut_child reader = {};
	struct utrace_record *r;
	int ret;

	ASSERT_EQ(0, ut_spawn(&self->c, ut_fn_marks));
	/* The reader has a copy of the session, which is not closed at fork. */
	ut_nr_fds = 0;
	ASSERT_EQ(0, ut_spawn(&reader, read_slowly));
	ASSERT_EQ(0, ut_attach(&self->u, self->c.pid, 0, NULL));
	EXPECT_EQ(1, poll(&pfd, 1, 0));
	ret = start_slow_reader(&self->u, &reader);
	if (ret == -ENOSYS) {
		ut_end(&reader);
		SKIP(return, "no userfaultfd");
	}
	ASSERT_EQ(0, ret);
	ut_end(&reader);
	EXPECT_EQ(1, poll(&pfd, 1, UT_TIMEOUT));
	r = ut_next(&self->u, UT_TIMEOUT);
	ASSERT_NE(NULL, r);
	EXPECT_EQ(UTRACE_REC_ATTACHED, r->type);
}

/* A slow reader neither delays the traced thread, nor orders to it. */
TEST_F(session, a_reader_that_sleeps_does_not_delay_orders)
{
	struct ut_child reader = {};
	struct utrace_attach a;
	struct utrace_record *r;
	int ret;

	ASSERT_EQ(0, ut_spawn(&self->c, ut_fn_spin));
	/* The reader has a copy of the session, which is not closed at fork. */
	ut_nr_fds = 0;
	ASSERT_EQ(0, ut_spawn(&reader, read_slowly));
	ASSERT_EQ(0, ut_attach(&self->u, self->c.pid, 0, &a));
	ut_go(&self->c);
	ASSERT_TRUE(ut_runs(&self->c));
	ret = start_slow_reader(&self->u, &reader);
	if (ret == -ENOSYS) {
		ut_end(&reader);
		SKIP(return, "no userfaultfd");
	}
	ASSERT_EQ(0, ret);
	ASSERT_EQ(-EINPROGRESS, ut_op(&self->u, a.thread, UTRACE_OP_HOLD));
	ASSERT_TRUE(ut_wait_state(self->c.pid, self->c.pid, 't'));
	ASSERT_EQ(0, ut_op(&self->u, a.thread, UTRACE_OP_DETACH));
	ASSERT_TRUE(ut_runs(&self->c));

	/* The reader fails, and the report of the hold outlives the attachment. */
	ut_end(&reader);
	r = ut_next(&self->u, UT_TIMEOUT);
	ASSERT_NE(NULL, r);
	EXPECT_EQ(UTRACE_REC_ATTACHED, r->type);
	r = ut_next(&self->u, UT_TIMEOUT);
	ASSERT_NE(NULL, r);
	EXPECT_EQ(UTRACE_EV_QUIESCE, r->type);
	EXPECT_EQ(a.thread, r->thread);
	EXPECT_EQ(NULL, ut_next(&self->u, UT_TIMEOUT));
	EXPECT_TRUE(self->u.eof);
	EXPECT_EQ(0, ut_stop(&self->c));
}

TEST_F(session, several_records_in_one_read)
{
	const size_t one = sizeof(struct utrace_rec_syscall);
	char buf[3 * sizeof(struct utrace_rec_syscall) + 16]
		__attribute__((aligned(8)));
	struct utrace_record *r = (void *)buf;
	struct pollfd pfd = { .fd = self->u.fd, .events = POLLIN };
	unsigned int seq, seen = 0;
	ssize_t n;

	ASSERT_EQ(0, ut_spawn(&self->c, ut_fn_marks));
	atomic_store(&self->c.sh->value[0], 4);
	ASSERT_EQ(0, ut_config(&self->u, UT_SYSCALLS, 0));
	ASSERT_EQ(0, ut_only_marks(&self->u));
	ASSERT_EQ(0, ut_attach(&self->u, self->c.pid, 0, NULL));
	r = ut_next(&self->u, UT_TIMEOUT);
	ASSERT_NE(NULL, r);
	ASSERT_EQ(UTRACE_REC_ATTACHED, r->type);
	ASSERT_EQ(1, r->seq);
	ut_go(&self->c);
	ASSERT_EQ(0, ut_reap(&self->c));

	/* 8 records; 3 fit, whole, and the place left over stays unused. */
	EXPECT_EQ(1, poll(&pfd, 1, UT_TIMEOUT));
	EXPECT_TRUE(pfd.revents & POLLIN);
	seq = 2;
	while (seen < 8) {
		size_t pos = 0;

		n = read(self->u.fd, buf, sizeof(buf));
		ASSERT_EQ(seen < 6 ? 3 * one : 2 * one, n);
		while (pos < (size_t)n) {
			r = (void *)(buf + pos);
			ASSERT_EQ(one, r->size);
			EXPECT_EQ(seq++, r->seq);
			pos += r->size;
			seen++;
		}
	}
	EXPECT_EQ(8, seen);
	/* A parent may reap a child before that has told us of its death. */
	pfd.events = 0;
	EXPECT_EQ(1, poll(&pfd, 1, UT_TIMEOUT));
	EXPECT_EQ(POLLHUP, pfd.revents);
	EXPECT_EQ(0, read(self->u.fd, buf, sizeof(buf)));
}

TEST_F(session, poll_says_when_there_is_something)
{
	struct pollfd pfd = { .fd = self->u.fd, .events = POLLIN };

	ASSERT_EQ(0, ut_spawn(&self->c, ut_fn_marks));
	atomic_store(&self->c.sh->value[0], 1);
	ASSERT_EQ(0, ut_config(&self->u, UT_SYSCALLS, 0));
	ASSERT_EQ(0, ut_attach(&self->u, self->c.pid, 0, NULL));
	ASSERT_NE(NULL, ut_find(&self->u, 0, UTRACE_REC_ATTACHED));
	EXPECT_EQ(0, poll(&pfd, 1, 0));
	ut_go(&self->c);
	EXPECT_EQ(1, poll(&pfd, 1, UT_TIMEOUT));
	EXPECT_TRUE(pfd.revents & POLLIN);
	EXPECT_FALSE(pfd.revents & POLLHUP);
	ASSERT_EQ(0, ut_reap(&self->c));
	EXPECT_TRUE(ut_drain(&self->u));
	EXPECT_EQ(1, poll(&pfd, 1, UT_TIMEOUT));
	EXPECT_TRUE(pfd.revents & POLLHUP);
}

static void on_alarm(int sig ut_unused)
{
}

TEST_F(session, blocking_read)
{
	struct sigaction sa = { .sa_handler = on_alarm };
	/* Again and again, so that one before the read() does no harm. */
	struct itimerval it = { { 0, 50000 }, { 0, 50000 } };
	struct itimerval off = { { 0, 0 }, { 0, 0 } };
	struct ut_session b;
	char buf[1024];
	ssize_t n;

	ASSERT_EQ(0, ut_spawn(&self->c, ut_fn_marks));
	atomic_store(&self->c.sh->value[0], 1);
	ASSERT_EQ(0, ut_open_flags(&b, 0));
	ASSERT_EQ(0, ut_config(&b, UT_SYSCALLS, 0));
	ASSERT_EQ(0, ut_only_marks(&b));
	ASSERT_EQ(0, ut_attach(&b, self->c.pid, 0, NULL));
	ASSERT_LT(0, read(b.fd, buf, sizeof(buf)));

	/* A signal ends the wait. */
	ASSERT_EQ(0, sigaction(SIGALRM, &sa, NULL));
	ASSERT_EQ(0, setitimer(ITIMER_REAL, &it, NULL));
	n = read(b.fd, buf, sizeof(buf));
	EXPECT_EQ(-1, n);
	EXPECT_EQ(EINTR, errno);
	ASSERT_EQ(0, setitimer(ITIMER_REAL, &off, NULL));

	/* So does a record. */
	ut_go(&self->c);
	n = read(b.fd, buf, sizeof(buf));
	EXPECT_LE((ssize_t)sizeof(struct utrace_rec_syscall), n);

	/* And the end of all threads, at the latest after what is left. */
	ASSERT_EQ(0, ut_reap(&self->c));
	while ((n = read(b.fd, buf, sizeof(buf))) > 0)
		;
	EXPECT_EQ(0, n);
	ut_close(&b);
}

TEST_HARNESS_MAIN
