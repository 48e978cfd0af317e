// SPDX-License-Identifier: GPL-2.0-only
/*
 * Records of a session are read by io_uring: at once if there is one, otherwise when
 * poll() would say so, and in neither case by a worker thread.
 *
 * The ring of io_uring is used by raw system calls.
 */
#include <linux/io_uring.h>
#include <linux/userfaultfd.h>
#include <sys/uio.h>

#include "utrace_testlib.h"

/* io_uring's ring, with room for a few requests. */
struct uring {
	int fd;
	struct io_uring_params p;
	char *sq, *cq;
	struct io_uring_sqe *sqes;
	size_t sq_size, cq_size, sqes_size;
};

#define ENTRIES		4

static __u32 *uring_word(char *ring, __u32 offset)
{
	return (__u32 *)(ring + offset);
}

static int uring_open(struct uring *u)
{
	memset(u, 0, sizeof(*u));
	u->fd = syscall(SYS_io_uring_setup, ENTRIES, &u->p);
	if (u->fd < 0)
		return -errno;
	fcntl(u->fd, F_SETFD, FD_CLOEXEC);
	u->sq_size = u->p.sq_off.array + u->p.sq_entries * sizeof(__u32);
	u->cq_size = u->p.cq_off.cqes + u->p.cq_entries * sizeof(struct io_uring_cqe);
	u->sqes_size = u->p.sq_entries * sizeof(*u->sqes);
	u->sq = mmap(NULL, u->sq_size, PROT_READ | PROT_WRITE, MAP_SHARED, u->fd,
		     IORING_OFF_SQ_RING);
	u->cq = mmap(NULL, u->cq_size, PROT_READ | PROT_WRITE, MAP_SHARED, u->fd,
		     IORING_OFF_CQ_RING);
	u->sqes = mmap(NULL, u->sqes_size, PROT_READ | PROT_WRITE, MAP_SHARED, u->fd,
		       IORING_OFF_SQES);
	return u->sq == MAP_FAILED || u->cq == MAP_FAILED || u->sqes == MAP_FAILED ?
	       -ENOMEM : 0;
}

/* The mappings keep the ring as the descriptor does. */
static void uring_close(struct uring *u)
{
	if (u->fd < 0)
		return;
	munmap(u->sq, u->sq_size);
	munmap(u->cq, u->cq_size);
	munmap(u->sqes, u->sqes_size);
	close(u->fd);
	u->fd = -1;
}

static int uring_enter(struct uring *u, unsigned int submit, unsigned int wait)
{
	int ret = syscall(SYS_io_uring_enter, u->fd, submit, wait,
			  wait ? IORING_ENTER_GETEVENTS : 0, NULL, 0);

	return ret < 0 ? -errno : ret;
}

/* Submits a request.  Returns how many were taken, or a negative errno. */
static int uring_submit(struct uring *u, const struct io_uring_sqe *sqe)
{
	__u32 *tail = uring_word(u->sq, u->p.sq_off.tail);
	__u32 i = *tail & *uring_word(u->sq, u->p.sq_off.ring_mask);

	u->sqes[i] = *sqe;
	uring_word(u->sq, u->p.sq_off.array)[i] = i;
	__atomic_store_n(tail, *tail + 1, __ATOMIC_RELEASE);
	return uring_enter(u, 1, 0);
}

static int uring_read(struct uring *u, int fd, void *buf, size_t room)
{
	struct io_uring_sqe sqe = {
		.opcode = IORING_OP_READ, .fd = fd, .addr = (uintptr_t)buf, .len = room,
		.off = -1, .user_data = (uintptr_t)buf,
	};

	return uring_submit(u, &sqe);
}

/* Takes the result of the next request that is done.  Returns whether there is one. */
static bool uring_next(struct uring *u, struct io_uring_cqe *cqe)
{
	__u32 *head = uring_word(u->cq, u->p.cq_off.head);

	if (*head == __atomic_load_n(uring_word(u->cq, u->p.cq_off.tail), __ATOMIC_ACQUIRE))
		return false;
	*cqe = ((struct io_uring_cqe *)(u->cq + u->p.cq_off.cqes))
		[*head & *uring_word(u->cq, u->p.cq_off.ring_mask)];
	__atomic_store_n(head, *head + 1, __ATOMIC_RELEASE);
	return true;
}

/* io_uring's workers are threads of the process. */
static int nr_threads(void)
{
	char line[128];
	FILE *f = fopen("/proc/self/status", "re");
	int n = -1;

	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, "Threads: %d", &n) == 1)
			break;
	if (f)
		fclose(f);
	return n;
}

FIXTURE(uring)
{
	struct ut_session s;
	struct ut_child c;
	struct uring u;
	struct io_uring_cqe cqe;
	char buf[4096] __attribute__((aligned(8)));
};

FIXTURE_VARIANT(uring)
{
	int flags;
};

FIXTURE_VARIANT_ADD(uring, blocking)
{
	.flags = 0,
};

FIXTURE_VARIANT_ADD(uring, nonblocking)
{
	.flags = O_NONBLOCK,
};

FIXTURE_SETUP(uring)
{
	struct utrace_config config = {
		.record = UT_CALL, .buffer_max = 64, .string_max = 64,
	};
	int ret = uring_open(&self->u);

	if (ret == -ENOSYS)
		SKIP(return, "the kernel has no io_uring");
	ASSERT_EQ(0, ret);
	/* The child would keep the ring open. */
	uring_close(&self->u);
	ASSERT_EQ(0, ut_spawn(&self->c, ut_fn_marks));
	ASSERT_EQ(0, uring_open(&self->u));
	ASSERT_EQ(0, ut_open_flags(&self->s, variant->flags));
	self->s.maps = false;
	ASSERT_EQ(0, ut_config_full(&self->s, &config));
	ASSERT_EQ(0, ut_only_marks(&self->s));
	atomic_store(&self->c.sh->value[0], 3);
	ASSERT_EQ(0, ut_attach(&self->s, self->c.pid, 0, NULL));
}

FIXTURE_TEARDOWN(uring)
{
	ut_end(&self->c);
	ut_close(&self->s);
	uring_close(&self->u);
}

/* The records at @buf, of @n bytes, are of these types. */
static bool are(const void *buf, int n, const unsigned int *types)
{
	for (; *types; types++) {
		const struct utrace_record *r = buf;

		if (n < (int)sizeof(*r) || (int)r->size > n || r->type != *types)
			return false;
		buf = (const char *)buf + r->size;
		n -= r->size;
	}
	return !n;
}

/* The record of the attach is there: the submission itself reads it. */
TEST_F(uring, reads_at_once)
{
	const unsigned int types[] = { UTRACE_REC_ATTACHED, 0 };

	ASSERT_EQ(1, uring_read(&self->u, self->s.fd, self->buf, sizeof(self->buf)));
	ASSERT_TRUE(uring_next(&self->u, &self->cqe));
	EXPECT_TRUE(are(self->buf, self->cqe.res, types));
	EXPECT_EQ(1, nr_threads());
}

/* Several records by one request, and a later one for those that come later. */
TEST_F(uring, waits_by_poll)
{
	const unsigned int types[] = { UTRACE_REC_ATTACHED, 0 };
	struct utrace_record *r = (void *)self->buf;

	ASSERT_EQ(1, uring_read(&self->u, self->s.fd, self->buf, sizeof(self->buf)));
	ASSERT_TRUE(uring_next(&self->u, &self->cqe));
	ASSERT_TRUE(are(self->buf, self->cqe.res, types));

	/* Nothing is there, so that the request waits, and nobody with it. */
	ASSERT_EQ(1, uring_read(&self->u, self->s.fd, self->buf, sizeof(self->buf)));
	EXPECT_FALSE(uring_next(&self->u, &self->cqe));
	EXPECT_EQ(1, nr_threads());

	ut_go(&self->c);
	ASSERT_EQ(0, uring_enter(&self->u, 0, 1));
	ASSERT_TRUE(uring_next(&self->u, &self->cqe));
	ASSERT_LE((int)sizeof(struct utrace_rec_syscall), self->cqe.res);
	EXPECT_EQ(UTRACE_EV_SYSCALL, r->type);
	EXPECT_EQ(2, r->seq);
	EXPECT_EQ(1, nr_threads());
}

/* The end of the session ends a request that waits, with 0 as read() has it. */
TEST_F(uring, sees_the_end)
{
	int tries, n = 0;

	ut_go(&self->c);
	EXPECT_EQ(0, ut_reap(&self->c));
	for (tries = 0; tries < 10; tries++) {
		ASSERT_EQ(1, uring_read(&self->u, self->s.fd, self->buf, sizeof(self->buf)));
		ASSERT_LE(0, uring_enter(&self->u, 0, 1));
		ASSERT_TRUE(uring_next(&self->u, &self->cqe));
		ASSERT_LE(0, self->cqe.res);
		n += self->cqe.res;
		if (!self->cqe.res)
			break;
	}
	EXPECT_EQ(0, self->cqe.res);
	EXPECT_LT(0, n);
	EXPECT_EQ(1, nr_threads());
}

/* As of read(): a buffer that is too small loses nothing. */
TEST_F(uring, too_small_a_buffer)
{
	ASSERT_EQ(1, uring_read(&self->u, self->s.fd, self->buf, 40));
	ASSERT_TRUE(uring_next(&self->u, &self->cqe));
	EXPECT_EQ(-EMSGSIZE, self->cqe.res);
	ASSERT_EQ(1, uring_read(&self->u, self->s.fd, self->buf, sizeof(self->buf)));
	ASSERT_TRUE(uring_next(&self->u, &self->cqe));
	EXPECT_LT(0, self->cqe.res);
	EXPECT_EQ(1, nr_threads());
}

/*
 * A request that waits keeps the file open.  It is cancelled when the process gives up
 * io_uring's ring, and that detaches.
 */
TEST_F(uring, a_request_keeps_the_session)
{
	struct utrace_record *r = (void *)self->buf;
	char path[64], text[64];
	ssize_t n;
	int fd;

	ASSERT_EQ(1, uring_read(&self->u, self->s.fd, self->buf, sizeof(self->buf)));
	ASSERT_TRUE(uring_next(&self->u, &self->cqe));
	ASSERT_EQ(UTRACE_REC_ATTACHED, r->type);
	ASSERT_EQ(1, uring_read(&self->u, self->s.fd, self->buf, sizeof(self->buf)));
	ut_close(&self->s);

	snprintf(path, sizeof(path), "/proc/%d/utrace", self->c.pid);
	fd = open(path, O_RDONLY);
	ASSERT_LE(0, fd);
	EXPECT_LT(0, read(fd, text, sizeof(text)));
	uring_close(&self->u);
	EXPECT_TRUE(ut_until((n = pread(fd, text, sizeof(text), 0)) == 0, UT_TIMEOUT));
	EXPECT_EQ(0, n);
	close(fd);
}

/* RWF_NOWAIT, which io_uring sets, does not wait even if the file may. */
TEST_F(uring, nowait)
{
	struct iovec iov = { self->buf, sizeof(self->buf) };

	ASSERT_LT(0, preadv2(self->s.fd, &iov, 1, -1, RWF_NOWAIT));
	EXPECT_EQ(-1, preadv2(self->s.fd, &iov, 1, -1, RWF_NOWAIT));
	EXPECT_EQ(EAGAIN, errno);
}

/* A read whose memory does not come before the test says so. */
struct slow_read {
	int fd;			/* of the session */
	int fault;		/* of userfaultfd, -1: there is none */
	struct uffdio_register reg;
	char *page;
	ssize_t n;
	pthread_t thread;
};

static void *read_slowly(void *arg)
{
	struct slow_read *r = arg;

	r->n = read(r->fd, r->page, ut_page());
	return NULL;
}

static bool start_slow_read(struct slow_read *r)
{
	struct uffdio_api api = { .api = UFFD_API };
	struct pollfd pfd = { .events = POLLIN };

	r->page = mmap(NULL, ut_page(), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
		       -1, 0);
	r->reg.mode = UFFDIO_REGISTER_MODE_MISSING;
	r->reg.range.start = (uintptr_t)r->page;
	r->reg.range.len = ut_page();
	r->fault = syscall(__NR_userfaultfd, O_CLOEXEC | O_NONBLOCK);
	if (r->fault < 0)
		return false;
	if (ioctl(r->fault, UFFDIO_API, &api) || ioctl(r->fault, UFFDIO_REGISTER, &r->reg) ||
	    pthread_create(&r->thread, NULL, read_slowly, r))
		return false;
	/* The other thread is in the middle of its read then. */
	pfd.fd = r->fault;
	return poll(&pfd, 1, UT_TIMEOUT) == 1;
}

static void end_slow_read(struct slow_read *r)
{
	struct uffdio_zeropage zero = { .range = r->reg.range };

	ioctl(r->fault, UFFDIO_ZEROPAGE, &zero);
	pthread_join(r->thread, NULL);
	close(r->fault);
}

static void on_alarm(int sig)
{
	(void)sig;
}

/* A read that may not wait does not wait for another reader of the session either. */
TEST_F(uring, nowait_for_another_reader)
{
	struct sigaction sa = { .sa_handler = on_alarm };
	struct iovec iov = { self->buf, sizeof(self->buf) };
	struct slow_read r = { .fd = self->s.fd };
	ssize_t n;
	int error;

	if (!start_slow_read(&r) && r.fault < 0)
		SKIP(return, "no userfaultfd");
	/* So that the failure of this test is no hang. */
	sigaction(SIGALRM, &sa, NULL);
	alarm(UT_TIMEOUT / 1000);
	n = preadv2(self->s.fd, &iov, 1, -1, RWF_NOWAIT);
	error = errno;
	alarm(0);
	end_slow_read(&r);
	EXPECT_EQ(-1, n);
	EXPECT_EQ(EAGAIN, error);
	EXPECT_LT(0, r.n);
}

TEST_HARNESS_MAIN
