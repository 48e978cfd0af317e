// SPDX-License-Identifier: GPL-2.0-only
/*
 * The mapped ring: how it is made and protected, the order of its records, what a
 * consumer may do to it, what happens when it is full, and when the reader wakes up.
 */
#include <linux/userfaultfd.h>
#include <sys/resource.h>

#include "utrace_testlib.h"

#define THREADS		4

FIXTURE(ring)
{
	struct ut_session u;
	struct ut_child c;
	struct utrace_attach a;
	struct utrace_info info;
};

FIXTURE_SETUP(ring)
{
	ASSERT_EQ(0, ut_open(&self->u));
	self->u.maps = true;
	ASSERT_EQ(0, ut_info(&self->u, &self->info));
}

FIXTURE_TEARDOWN(ring)
{
	ut_close(&self->u);
	ut_end(&self->c);
}

/* ---- making it ----------------------------------------------------------- */

static int make(struct ut_session *u, __u64 bytes, __u32 flags, struct utrace_ring *out)
{
	struct utrace_ring ring = {
		.size = sizeof(ring), .flags = flags, .bytes = bytes,
	};
	int ret = ut_ioctl(u->fd, UTRACE_IOC_RING, &ring);

	if (out)
		*out = ring;
	return ret;
}

TEST_F(ring, has_a_size_that_is_a_power_of_two)
{
	const __u64 page = ut_page();
	const __u64 bad[] = {
		1, page - 8, page + 8, page * 3, UTRACE_RING_MIN / 2, UTRACE_RING_MAX * 2,
		1ull << 32, ~0ull, 1ull << 63,
	};
	struct utrace_ring ring;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		EXPECT_EQ(-EINVAL, make(&self->u, bad[i], UTRACE_RING_MMAP, &ring)) {
			TH_LOG("%llu bytes", bad[i]);
		}
	}
	EXPECT_EQ(-EINVAL, make(&self->u, page, 0x80000000u, NULL));
	ASSERT_EQ(0, make(&self->u, 2 * page, UTRACE_RING_MMAP, &ring));
	EXPECT_EQ(2 * page, ring.bytes);
	EXPECT_EQ(0, ring.user_offset % page);
	EXPECT_EQ(0, ring.data_offset % page);
	ASSERT_EQ(0, ut_info(&self->u, &self->info));
	EXPECT_EQ(2 * page, self->info.queue_bytes);
	/* There is one.  Who asks for one like it is told where it is. */
	EXPECT_EQ(-EBUSY, make(&self->u, page, UTRACE_RING_MMAP, NULL));
	EXPECT_EQ(-EBUSY, make(&self->u, 4 * page, UTRACE_RING_MMAP, NULL));
	EXPECT_EQ(-EBUSY, make(&self->u, 2 * page, 0, NULL));
	for (i = 0; i < 2; i++) {
		struct utrace_ring again;

		ASSERT_EQ(0, make(&self->u, i * 2 * page, UTRACE_RING_MMAP, &again));
		EXPECT_EQ(0, memcmp(&again, &ring, sizeof(ring)));
	}
}

/* The other process knows nothing but the file descriptor, and has no right at all. */
TEST_F(ring, is_mapped_by_a_process_that_is_given_the_session)
{
	struct utrace_restrict none = { .size = sizeof(none) };
	int status = -1;
	pid_t pid;

	self->u.maps = false;
	ASSERT_EQ(0, make(&self->u, 2 * ut_page(), UTRACE_RING_MMAP, NULL));
	ASSERT_EQ(0, ut_spawn(&self->c, ut_fn_marks));
	ASSERT_EQ(0, ut_attach(&self->u, self->c.pid, 0, &self->a));
	ASSERT_EQ(0, ut_ioctl(self->u.fd, UTRACE_IOC_RESTRICT, &none));
	EXPECT_LT(0, ut_queued(&self->u));
	fflush(stdout);
	pid = fork();
	if (!pid) {
		if (ut_make_ring(&self->u, 0))
			_exit(1);
		if (self->u.ring_bytes != 2 * ut_page())
			_exit(2);
		_exit(ut_find(&self->u, self->a.thread, UTRACE_REC_ATTACHED) ? 0 : 3);
	}
	ASSERT_EQ(pid, ut_waitpid(pid, &status, 0, UT_TIMEOUT));
	EXPECT_EQ(0, status);
	/* It has consumed what there was. */
	EXPECT_EQ(0, ut_queued(&self->u));
}

TEST_F(ring, has_the_configured_size_if_none_is_given)
{
	struct utrace_config c = { .queue_bytes = 3 * ut_page() };
	struct utrace_ring ring;

	ASSERT_EQ(0, ut_config_full(&self->u, &c));
	ASSERT_EQ(0, make(&self->u, 0, UTRACE_RING_MMAP, &ring));
	EXPECT_EQ(4 * ut_page(), ring.bytes);
	c.queue_bytes = 8 * ut_page();
	EXPECT_EQ(-EBUSY, ut_config_full(&self->u, &c));
}

TEST_F(ring, cannot_be_made_after_the_attach)
{
	self->u.maps = false;
	ASSERT_EQ(0, ut_spawn(&self->c, ut_fn_marks));
	ASSERT_EQ(0, ut_attach(&self->u, self->c.pid, 0, NULL));
	EXPECT_EQ(-EBUSY, make(&self->u, 0, UTRACE_RING_MMAP, NULL));
}

TEST_F(ring, is_read_with_read_unless_it_is_mapped)
{
	struct utrace_ring ring;
	char buf[1024];

	/* Made beforehand, but not to be mapped. */
	self->u.maps = false;
	ASSERT_EQ(0, make(&self->u, ut_page(), 0, &ring));
	EXPECT_EQ(MAP_FAILED, mmap(NULL, ut_page(), PROT_READ, MAP_SHARED, self->u.fd,
				   ring.data_offset));
	ASSERT_EQ(0, ut_spawn(&self->c, ut_fn_marks));
	ASSERT_EQ(0, ut_attach(&self->u, self->c.pid, 0, NULL));
	EXPECT_NE(NULL, ut_find(&self->u, 0, UTRACE_REC_ATTACHED));
	ut_close(&self->u);

	ASSERT_EQ(0, ut_open(&self->u));
	self->u.maps = true;
	ASSERT_EQ(0, ut_attach(&self->u, self->c.pid, 0, NULL));
	EXPECT_EQ(-1, read(self->u.fd, buf, sizeof(buf)));
	EXPECT_EQ(EBUSY, errno);
	EXPECT_NE(NULL, ut_find(&self->u, 0, UTRACE_REC_ATTACHED));
}

TEST_F(ring, has_its_data_twice)
{
	const struct utrace_ring_kernel *k;
	__u64 head;

	ASSERT_EQ(0, ut_make_ring(&self->u, ut_page()));
	k = self->u.kernel;
	EXPECT_EQ(0, k->head);
	EXPECT_EQ(ut_page(), k->bytes);
	EXPECT_EQ(0, k->lost);
	EXPECT_EQ(0, k->flags);
	EXPECT_EQ(sizeof(*k), k->size);
	EXPECT_EQ(0, self->u.user->tail);
	ASSERT_EQ(0, ut_spawn(&self->c, ut_fn_marks));
	/* More than fits, so that a record lies across the end. */
	atomic_store(&self->c.sh->value[0], ut_page() / 100);
	ASSERT_EQ(0, ut_config(&self->u, UT_ENTRY, 0));
	ASSERT_EQ(0, ut_only_marks(&self->u));
	ASSERT_EQ(0, ut_attach(&self->u, self->c.pid, 0, NULL));
	ut_go(&self->c);
	while (ut_next_or_reap(&self->u, &self->c))
		;
	EXPECT_TRUE(self->u.eof);
	head = __atomic_load_n(&k->head, __ATOMIC_ACQUIRE);
	EXPECT_LT(ut_page(), head);
	EXPECT_EQ(head, self->u.user->tail);
	EXPECT_EQ(0, memcmp(self->u.data, self->u.data + ut_page(), ut_page()));
}

/* ---- protection ---------------------------------------------------------- */

TEST_F(ring, cannot_be_written_by_the_consumer)
{
	const size_t page = ut_page(), all = page + 2 * page;
	struct utrace_ring ring;
	char *data, *user;

	ASSERT_EQ(0, make(&self->u, page, UTRACE_RING_MMAP, &ring));
	EXPECT_EQ(MAP_FAILED, mmap(NULL, all, PROT_READ | PROT_WRITE, MAP_SHARED,
				   self->u.fd, ring.data_offset));
	data = mmap(NULL, all, PROT_READ, MAP_SHARED, self->u.fd, ring.data_offset);
	ASSERT_NE(MAP_FAILED, data);
	EXPECT_EQ(-1, mprotect(data, all, PROT_READ | PROT_WRITE));
	EXPECT_EQ(-1, mprotect(data + page, page, PROT_READ | PROT_WRITE));
	EXPECT_EQ(-1, mprotect(data, all, PROT_READ | PROT_EXEC));
	/* Not a page beyond, neither at once nor later. */
	EXPECT_EQ(MAP_FAILED, mmap(NULL, all + page, PROT_READ, MAP_SHARED, self->u.fd,
				   ring.data_offset));
	EXPECT_EQ(MAP_FAILED, mremap(data, all, all + page, MREMAP_MAYMOVE));

	user = mmap(NULL, page, PROT_READ | PROT_WRITE, MAP_SHARED, self->u.fd,
		    ring.user_offset);
	ASSERT_NE(MAP_FAILED, user);
	EXPECT_EQ(MAP_FAILED, mmap(NULL, 2 * page, PROT_READ | PROT_WRITE, MAP_SHARED,
				   self->u.fd, ring.user_offset));
	/* Elsewhere there is nothing. */
	EXPECT_EQ(MAP_FAILED, mmap(NULL, page, PROT_READ, MAP_SHARED, self->u.fd,
				   1ul << 30));
	munmap(user, page);
	munmap(data, all);
}

TEST_F(ring, has_no_mapping_before_it_is_made)
{
	EXPECT_EQ(MAP_FAILED, mmap(NULL, ut_page(), PROT_READ, MAP_SHARED, self->u.fd, 0));
}

/* ---- order --------------------------------------------------------------- */

#define MARK(thread, n)	(((thread) << 20) | (n))

struct producer {
	struct ut_child *c;
	long number, marks;
	bool migrates;
	pthread_t thread;
};

static void *produce(void *arg)
{
	struct producer *p = arg;
	cpu_set_t all, one;
	int cpu = p->number;
	long i;

	sched_getaffinity(0, sizeof(all), &all);
	for (i = 0; i < p->marks; i++) {
		if (p->migrates && i % 16 == 0) {
			do {
				cpu = (cpu + 1) % CPU_SETSIZE;
			} while (!CPU_ISSET(cpu, &all));
			CPU_ZERO(&one);
			CPU_SET(cpu, &one);
			sched_setaffinity(0, sizeof(one), &one);
		}
		ut_mark(MARK(p->number, i));
		atomic_fetch_add(&p->c->sh->count, 1);
	}
	return NULL;
}

/* value[0]: marks of each thread; value[1]: whether threads migrate */
static int producers(struct ut_child *c)
{
	struct producer p[THREADS];
	int i;

	for (i = 0; i < THREADS; i++) {
		p[i].c = c;
		p[i].number = i;
		p[i].marks = atomic_load(&c->sh->value[0]);
		p[i].migrates = atomic_load(&c->sh->value[1]);
		if (pthread_create(&p[i].thread, NULL, produce, &p[i]))
			return 1;
	}
	for (i = 0; i < THREADS; i++)
		pthread_join(p[i].thread, NULL);
	atomic_store(&c->sh->stage, 1);
	return 0;
}

static int start_producers(struct ut_session *u, struct ut_child *c, __u64 bytes,
			   __u32 flags, long marks, bool migrate)
{
	struct utrace_config conf = {
		.record = UT_CALL | UTRACE_EV_BIT(UTRACE_EV_CLONE),
		.flags = flags, .queue_bytes = bytes,
	};
	int ret = ut_spawn(c, producers) ?: ut_config_full(u, &conf) ?:
		  ut_only_marks(u) ?: ut_attach(u, c->pid, 0, NULL);

	if (ret)
		return ret;
	atomic_store(&c->sh->value[0], marks);
	atomic_store(&c->sh->value[1], migrate);
	ut_go(c);
	return 0;
}

/* Reads to the end, and counts the marks of each thread, which have to be in order. */
static bool in_order(struct ut_session *u, struct ut_child *c, long next[THREADS])
{
	struct utrace_rec_syscall *s;
	struct utrace_record *r;
	long i;

	while ((r = ut_next_or_reap(u, c))) {
		if (r->type != UTRACE_EV_SYSCALL)
			continue;
		s = (void *)r;
		i = s->args[0] >> 20;
		if (i >= THREADS || (long)s->args[0] != MARK(i, next[i])) {
			ut_log("mark %#llx of thread %ld, which is at %ld", s->args[0], i,
			       i < THREADS ? next[i] : -1);
			return false;
		}
		next[i]++;
	}
	return u->eof && !c->status;
}

/* Records of a clone come before those of the child: ut_next() sees to that. */
TEST_F(ring, keeps_the_order_of_threads_that_migrate)
{
	const long marks = 2000;
	long next[THREADS] = {};
	int i;

	ASSERT_EQ(0, start_producers(&self->u, &self->c, 4 * ut_page(), 0, marks, true));
	EXPECT_TRUE(in_order(&self->u, &self->c, next));
	for (i = 0; i < THREADS; i++) {
		EXPECT_EQ(marks, next[i]);
	}
	ASSERT_EQ(0, ut_info(&self->u, &self->info));
	EXPECT_EQ(0, self->info.lost);
	EXPECT_EQ(0, self->u.kernel->lost);
}

static void *mark_first(void *arg)
{
	ut_mark((long)arg);
	return NULL;
}

/* Threads and processes, each of which enters its first call at once. */
static int clone_much(struct ut_child *c)
{
	pthread_t t[THREADS];
	int i, j, status;
	pid_t pid;

	for (i = 0; i < 40; i++) {
		for (j = 0; j < THREADS; j++) {
			if (pthread_create(&t[j], NULL, mark_first, (void *)(long)j))
				return 1;
		}
		pid = fork();
		if (!pid) {
			ut_mark(9);
			_exit(0);
		}
		for (j = 0; j < THREADS; j++)
			pthread_join(t[j], NULL);
		if (pid < 0 || waitpid(pid, &status, 0) != pid || status)
			return 1;
	}
	atomic_store(&c->sh->stage, 1);
	return 0;
}

TEST_F(ring, has_a_clone_before_everything_of_the_child)
{
	static __u64 known[256];
	unsigned int nr = 0, clones = 0, firsts = 0, i;
	struct utrace_config c = {
		.record = UT_SYSCALLS | UTRACE_EV_BIT(UTRACE_EV_CLONE),
		.queue_bytes = ut_page(),
	};
	struct utrace_record *r;

	ASSERT_EQ(0, ut_spawn(&self->c, clone_much));
	ASSERT_EQ(0, ut_config_full(&self->u, &c));
	ASSERT_EQ(0, ut_only_marks(&self->u));
	ASSERT_EQ(0, ut_attach(&self->u, self->c.pid, UTRACE_ATTACH_CHILDREN, &self->a));
	ut_go(&self->c);
	known[nr++] = self->a.thread;
	while ((r = ut_next_or_reap(&self->u, &self->c))) {
		if (r->type == UTRACE_EV_CLONE) {
			clones++;
			ASSERT_GT(ARRAY_SIZE(known), nr);
			known[nr++] = ((struct utrace_rec_clone *)r)->child;
		}
		for (i = 0; i < nr && known[i] != r->thread; i++)
			;
		ASSERT_GT(nr, i);
		firsts += r->type == UTRACE_EV_SYSCALL_ENTRY;
	}
	EXPECT_TRUE(self->u.eof);
	EXPECT_EQ(0, self->c.status);
	EXPECT_EQ(40 * (THREADS + 1), clones);
	EXPECT_EQ(40 * (THREADS + 1), firsts);
}

/* ---- consumers ----------------------------------------------------------- */

struct vandal {
	struct ut_session *u;
	atomic_int stop;
	atomic_ulong writes;
};

static void *write_tails(void *arg)
{
	struct vandal *v = arg;
	__u64 x = 0x1234567, tail;

	while (!atomic_load(&v->stop)) {
		x ^= x << 13;
		x ^= x >> 7;
		x ^= x << 17;
		switch (x >> 61) {
		case 0:
			tail = x;
			break;
		case 1:
			tail = x % (4 * v->u->ring_bytes);
			break;
		case 2:
			tail = -(x % 64);
			break;
		case 3:
			tail = v->u->kernel->head + x % 64;
			break;
		case 4:
			tail = v->u->kernel->head - x % (2 * v->u->ring_bytes);
			break;
		default:
			tail = v->u->kernel->head;
		}
		__atomic_store_n(&v->u->user->tail, tail, __ATOMIC_RELEASE);
		if (x % 5 == 0)
			ioctl(v->u->fd, UTRACE_IOC_FEED);
		atomic_fetch_add(&v->writes, 1);
		if (x % 64 == 0)
			sched_yield();
	}
	return NULL;
}

FIXTURE(vandal)
{
	struct ut_session u;
	struct ut_child c;
};

FIXTURE_VARIANT(vandal)
{
	__u32 flags;
};

FIXTURE_VARIANT_ADD(vandal, drop)
{
	.flags = UTRACE_CONFIG_DROP,
};

FIXTURE_VARIANT_ADD(vandal, wait)
{
	.flags = 0,
};

FIXTURE_SETUP(vandal)
{
	ASSERT_EQ(0, ut_open(&self->u));
	self->u.maps = true;
}

FIXTURE_TEARDOWN(vandal)
{
	ut_close(&self->u);
	ut_end(&self->c);
}

/* A tail that makes no sense makes the ring full, and nothing else. */
TEST_F(vandal, writes_random_tails)
{
	struct vandal v = { .u = &self->u };
	struct utrace_info info;
	struct utrace_record *r;
	pthread_t thread;
	unsigned long marks = 0;
	long end;

	ASSERT_EQ(0, start_producers(&self->u, &self->c, ut_page(), variant->flags, 3000,
				     false));
	ASSERT_EQ(0, pthread_create(&thread, NULL, write_tails, &v));
	end = ut_now() + 3000;
	while (ut_now() < end && !atomic_load(&self->c.sh->stage)) {
		struct pollfd pfd = { .fd = self->u.fd, .events = POLLIN | POLLPRI };

		poll(&pfd, 1, 1);
		EXPECT_EQ(0, ut_info(&self->u, &info));
	}
	atomic_store(&v.stop, 1);
	pthread_join(thread, NULL);
	ut_log("%lu tails", atomic_load(&v.writes));
	EXPECT_LT(0, atomic_load(&v.writes));

	/* With a tail that is one, it is a ring again. */
	do {
		self->u.tail = __atomic_load_n(&self->u.kernel->head, __ATOMIC_ACQUIRE);
		ut_consume(&self->u);
	} while (self->u.tail != __atomic_load_n(&self->u.kernel->head, __ATOMIC_ACQUIRE));
	/* The next record follows one that was thrown away. */
	free(self->u.seen);
	self->u.seen = NULL;
	end = ut_now() + UT_TIMEOUT;
	for (;;) {
		struct pollfd pfd = { .fd = self->u.fd, .events = POLLIN };
		ssize_t n = ut_read(&self->u, self->u.buf, sizeof(self->u.buf));
		ssize_t at;

		if (n < 0) {
			ASSERT_EQ(EAGAIN, errno);
			ASSERT_GT(end, ut_now());
			poll(&pfd, 1, 10);
			if (self->c.pid &&
			    waitpid(self->c.pid, &self->c.status, WNOHANG) == self->c.pid)
				self->c.pid = 0;
			continue;
		}
		if (!n)
			break;
		for (at = 0; at < n; at += r->size) {
			r = (void *)(self->u.buf + at);
			self->u.seq = r->seq - 1;
			ASSERT_TRUE(ut_is_good(&self->u, r, n - at));
			marks += r->type == UTRACE_EV_SYSCALL;
		}
		end = ut_now() + UT_TIMEOUT;
	}
	ut_log("%lu marks afterwards", marks);
	EXPECT_EQ(0, self->c.status);
	EXPECT_EQ(THREADS * 3000, atomic_load(&self->c.sh->count));
}

/*
 * The consumer pauses between its new tail and its look at STARVED, or before the new
 * tail.  Either the kernel sees the tail, or the consumer sees the flag.
 */
TEST_F(ring, feeds_every_producer_that_starves)
{
	const long marks = 1500;
	unsigned long total = 0, feeds = 0, rounds = 0;
	struct ut_session *u = &self->u;
	long end = ut_now() + UT_TIMEOUT;

	ASSERT_EQ(0, start_producers(u, &self->c, ut_page(), 0, marks, true));
	/* Where pages are big, and the producers get little time, it may be full only once. */
	ASSERT_TRUE(ut_until(__atomic_load_n(&u->kernel->flags, __ATOMIC_RELAXED) &
			     UTRACE_RING_STARVED, UT_TIMEOUT));
	while (!atomic_load(&self->c.sh->stage) && ut_now() < end) {
		__u64 head = __atomic_load_n(&u->kernel->head, __ATOMIC_ACQUIRE);

		while (u->tail != head) {
			const char *at = u->data + (u->tail & (u->ring_bytes - 1));
			__u32 size = __atomic_load_n((const __u32 *)at, __ATOMIC_ACQUIRE);

			if (size & UTRACE_REC_BUSY)
				break;
			total += !(size & UTRACE_REC_SKIP) &&
				 ((struct utrace_record *)at)->type == UTRACE_EV_SYSCALL;
			u->tail += UTRACE_REC_SIZE(size);
			end = ut_now() + UT_TIMEOUT;
		}
		if (rounds % 3 == 0)
			sched_yield();
		__atomic_store_n(&u->user->tail, u->tail, __ATOMIC_RELEASE);
		if (rounds % 3 == 1)
			sched_yield();
		__atomic_thread_fence(__ATOMIC_SEQ_CST);
		if (rounds % 3 == 2)
			sched_yield();
		if (__atomic_load_n(&u->kernel->flags, __ATOMIC_RELAXED) &
		    UTRACE_RING_STARVED) {
			ASSERT_EQ(0, ioctl(u->fd, UTRACE_IOC_FEED));
			feeds++;
		}
		rounds++;
	}
	ut_log("%lu records, %lu times fed", total, feeds);
	ASSERT_TRUE(atomic_load(&self->c.sh->stage));
	EXPECT_EQ(0, ut_reap(&self->c));
	EXPECT_LT(0, feeds);
	/* The last ones may be in the ring still. */
	EXPECT_GE(THREADS * marks, total);
	EXPECT_LT(THREADS * marks - (long)(ut_page() / sizeof(struct utrace_rec_syscall)) - 1,
		  (long)total);
}

/* ---- memory that keeps a producer waiting -------------------------------- */

struct slow_write {
	struct ut_child *c;
	void *page;
};

static void *write_slowly(void *arg)
{
	struct slow_write *w = arg;

	/* The capture at the entry is the first that looks at the page. */
	syscall(SYS_write, w->c->out[1], w->page, 8L);
	return NULL;
}

/* One thread waits for memory, the other one goes on: stage 1, and 2 at the end. */
static int write_and_mark(struct ut_child *c)
{
	struct uffdio_api api = { .api = UFFD_API };
	struct uffdio_register reg = { .mode = UFFDIO_REGISTER_MODE_MISSING };
	struct uffdio_zeropage zero = {};
	struct slow_write w = { .c = c };
	struct pollfd pfd = { .events = POLLIN };
	pthread_t thread;
	int i;

	w.page = mmap(NULL, ut_page(), PROT_READ | PROT_WRITE,
		      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	pfd.fd = syscall(__NR_userfaultfd, O_CLOEXEC | O_NONBLOCK);
	reg.range.start = (uintptr_t)w.page;
	reg.range.len = ut_page();
	if (pfd.fd < 0 || ioctl(pfd.fd, UFFDIO_API, &api) ||
	    ioctl(pfd.fd, UFFDIO_REGISTER, &reg)) {
		atomic_store(&c->sh->stage, -1);
		return 0;
	}
	if (pthread_create(&thread, NULL, write_slowly, &w))
		return 1;
	if (poll(&pfd, 1, UT_TIMEOUT) != 1)
		return 2;
	for (i = 0; i < 100; i++)
		ut_mark(i);
	atomic_store(&c->sh->stage, 1);
	while (!atomic_load(&c->sh->stop))
		ut_sleep(1);
	zero.range = reg.range;
	if (ioctl(pfd.fd, UFFDIO_ZEROPAGE, &zero))
		return 3;
	pthread_join(thread, NULL);
	return 0;
}

TEST_F(ring, does_not_wait_for_the_memory_of_a_thread)
{
	struct ut_call calls[] = {
		{ UT_MARK_NR, UT_SC_REPORT }, { SYS_write, UT_SC_REPORT },
	};
	struct utrace_capture_rule rule =
		UT_RULE(SYS_write, .arg = 1, .kind = UTRACE_CAP_BYTES,
			.len_from = UTRACE_LEN_ARG, .len_arg = 2, .len_unit = 1);
	struct utrace_config c = { .record = UT_SYSCALLS, .buffer_max = 64 };
	struct utrace_rec_syscall *s;
	const struct utrace_item *item;
	int i;

	ASSERT_EQ(0, ut_spawn(&self->c, write_and_mark));
	ASSERT_EQ(0, ut_config_full(&self->u, &c));
	ASSERT_EQ(0, ut_table(&self->u, calls, 2, &rule, 1));
	ASSERT_EQ(0, ut_attach(&self->u, self->c.pid, 0, NULL));
	ut_go(&self->c);
	ASSERT_TRUE(ut_until(atomic_load(&self->c.sh->stage), UT_TIMEOUT));
	if (atomic_load(&self->c.sh->stage) < 0)
		SKIP(return, "no userfaultfd");
	/* All records of the other thread can be read, and that call's cannot. */
	for (i = 0; i < 100; i++) {
		s = ut_find_call(&self->u, 0, UTRACE_EV_SYSCALL, UT_MARK_NR);
		ASSERT_NE(NULL, s);
		EXPECT_EQ(i, s->args[0]);
	}
	EXPECT_EQ(0, ut_queued(&self->u));
	EXPECT_TRUE(ut_none(&self->u, UTRACE_EV_SYSCALL_ENTRY, UT_QUIET));
	atomic_store(&self->c.sh->stop, 1);
	s = ut_find_call(&self->u, 0, UTRACE_EV_SYSCALL, SYS_write);
	ASSERT_NE(NULL, s);
	EXPECT_EQ(8, s->result);
	item = ut_item_of(s, UTRACE_ITEM_MEMORY);
	ASSERT_NE(NULL, item);
	EXPECT_EQ(8, item->len);
	EXPECT_EQ(0, item->flags);
	EXPECT_EQ(0, ut_reap(&self->c));
}

/* ---- full ---------------------------------------------------------------- */

TEST_F(ring, counts_what_it_drops)
{
	const long marks = ut_page() / 32;
	unsigned long read = 0, lost = 0;
	struct utrace_record *r;

	ASSERT_EQ(0, start_producers(&self->u, &self->c, ut_page(), UTRACE_CONFIG_DROP,
				     marks, false));
	ASSERT_EQ(0, ut_reap(&self->c));
	while ((r = ut_next(&self->u, UT_TIMEOUT))) {
		read += r->type == UTRACE_EV_SYSCALL || r->type == UTRACE_EV_CLONE;
		if (r->type == UTRACE_REC_LOST)
			lost += ((struct utrace_rec_lost *)r)->count;
	}
	EXPECT_TRUE(self->u.eof);
	EXPECT_LT(0, lost);
	EXPECT_EQ(THREADS * (marks + 1), read + lost);
	EXPECT_EQ(lost, self->u.kernel->lost);
	ASSERT_EQ(0, ut_info(&self->u, &self->info));
	EXPECT_EQ(lost, self->info.lost);
}

TEST_F(ring, keeps_held_threads_when_it_is_full)
{
	const long marks = ut_page() / 32;
	struct utrace_config c = {
		.record = UT_CALL, .hold = UT_ENTRY, .flags = UTRACE_CONFIG_DROP,
		.queue_bytes = ut_page(),
	};
	unsigned long held = 0;
	struct utrace_record *r;

	ASSERT_EQ(0, ut_spawn(&self->c, producers));
	atomic_store(&self->c.sh->value[0], marks);
	ASSERT_EQ(0, ut_config_full(&self->u, &c));
	ASSERT_EQ(0, ut_only_marks(&self->u));
	ASSERT_EQ(0, ut_attach(&self->u, self->c.pid, 0, NULL));
	ut_go(&self->c);
	/* All of them come to a stop, and each stop can be read. */
	while (held < 200) {
		r = ut_next(&self->u, UT_TIMEOUT);
		ASSERT_NE(NULL, r);
		if (!(r->flags & UTRACE_RECF_HELD))
			continue;
		EXPECT_EQ(UTRACE_EV_SYSCALL_ENTRY, r->type);
		held++;
		ASSERT_EQ(0, ut_op(&self->u, r->thread, UTRACE_OP_RELEASE));
	}
	c.hold = 0;
	ASSERT_EQ(0, ut_config_full(&self->u, &c));
	while (!atomic_load(&self->c.sh->stage)) {
		r = ut_next(&self->u, 10);
		if (r && r->flags & UTRACE_RECF_HELD)
			ASSERT_EQ(0, ut_op(&self->u, r->thread, UTRACE_OP_RELEASE));
		ASSERT_FALSE(self->u.bad);
	}
	EXPECT_EQ(0, ut_reap(&self->c));
}

#define ENDS	2000

static void *just_end(void *arg ut_unused)
{
	return NULL;
}

static int end_many_threads(struct ut_child *c)
{
	pthread_attr_t attr;
	pthread_t thread;
	int i, ret;

	if (pthread_attr_init(&attr) || pthread_attr_setstacksize(&attr, UT_STACK) ||
	    pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED))
		return 1;
	for (i = 0; i < ENDS; i++) {
		while ((ret = pthread_create(&thread, &attr, just_end, NULL))) {
			if (ret != EAGAIN)
				return 2;
			sched_yield();
		}
		atomic_fetch_add(&c->sh->count, 1);
	}
	atomic_store(&c->sh->stage, 1);
	return 0;
}

/* The words of the dead have room of their own, and their number has a bound. */
TEST_F_TIMEOUT(ring, tells_of_the_end_of_every_thread, 400)
{
	struct utrace_config c = {
		.record = UTRACE_EV_BIT(UTRACE_EV_EXIT) | UTRACE_EV_BIT(UTRACE_EV_DEATH) |
			  UTRACE_EV_BIT(UTRACE_EV_REAP),
		.flags = UTRACE_CONFIG_DROP, .queue_bytes = ut_page(),
	};
	unsigned int exits = 0, deaths = 0, reaps = 0;
	struct utrace_record *r;
	unsigned long count;

	ASSERT_EQ(0, ut_spawn(&self->c, end_many_threads));
	ASSERT_EQ(0, ut_config_full(&self->u, &c));
	ASSERT_EQ(0, ut_attach(&self->u, self->c.pid, 0, &self->a));
	/* Threads are still being followed, but their number is not looked at. */
	free(self->u.seen);
	self->u.seen = NULL;
	ut_go(&self->c);
	/* Nobody reads for a while. */
	do {
		count = atomic_load(&self->c.sh->count);
		ut_sleep(4 * UT_QUIET);
		ASSERT_EQ(0, ut_info(&self->u, &self->info));
		EXPECT_GE(self->info.queue_bytes, self->info.queued);
	} while (atomic_load(&self->c.sh->count) != count);
	ut_log("%lu threads have been made without a reader", count);
	while ((r = ut_next_or_reap(&self->u, &self->c))) {
		exits += r->type == UTRACE_EV_EXIT;
		deaths += r->type == UTRACE_EV_DEATH;
		reaps += r->type == UTRACE_EV_REAP;
	}
	EXPECT_TRUE(self->u.eof);
	EXPECT_EQ(0, self->c.status);
	EXPECT_EQ(ENDS + 1, exits);
	EXPECT_EQ(ENDS + 1, deaths);
	EXPECT_EQ(ENDS + 1, reaps);
	ASSERT_EQ(0, ut_info(&self->u, &self->info));
	EXPECT_EQ(0, self->info.lost);
}

/* Bigger than a quarter of the ring: a part of it is left out, and it says so. */
static int write_all_over(struct ut_child *c)
{
	static char big[1 << 16];
	int fd = open("/dev/null", O_WRONLY | O_CLOEXEC);

	memset(big, 'b', sizeof(big));
	syscall(SYS_write, fd, big, sizeof(big));
	atomic_store(&c->sh->stage, 1);
	return 0;
}

TEST_F(ring, has_no_record_of_more_than_a_quarter)
{
	struct ut_call call = { SYS_write, UT_SC_REPORT };
	struct utrace_capture_rule rules[8];
	struct utrace_config c = {
		.record = UT_CALL, .buffer_max = UTRACE_CAPTURE_MAX,
		.queue_bytes = ut_page(),
	};
	struct utrace_rec_syscall *s;
	unsigned int i;
	bool cut;

	/* The same memory several times, so that it is more than a page of 64 KiB has. */
	for (i = 0; i < ARRAY_SIZE(rules); i++)
		rules[i] = (struct utrace_capture_rule)
			   UT_RULE(SYS_write, .arg = 1, .kind = UTRACE_CAP_BYTES,
				   .len_from = UTRACE_LEN_ARG, .len_arg = 2, .len_unit = 1);
	ASSERT_EQ(0, ut_spawn(&self->c, write_all_over));
	ASSERT_EQ(0, ut_config_full(&self->u, &c));
	ASSERT_EQ(0, ut_table(&self->u, &call, 1, rules, ARRAY_SIZE(rules)));
	ASSERT_EQ(0, ut_attach(&self->u, self->c.pid, 0, NULL));
	ut_go(&self->c);
	s = ut_find_call(&self->u, 0, UTRACE_EV_SYSCALL, SYS_write);
	ASSERT_NE(NULL, s);
	EXPECT_EQ(1 << 16, s->result);
	EXPECT_GE(ut_page() / 4, s->head.size);
	cut = s->head.flags & UTRACE_RECF_CUT;
	EXPECT_TRUE(cut);
	EXPECT_GT(ARRAY_SIZE(rules), s->head.nr_items);
	EXPECT_EQ(0, ut_reap(&self->c));
}

/* ---- the end of the session ---------------------------------------------- */

TEST_F(ring, stays_mapped_after_the_session_is_closed)
{
	struct utrace_rec_attached *a;
	struct utrace_rec_quiesce *q;

	ASSERT_EQ(0, ut_spawn(&self->c, ut_fn_spin));
	ASSERT_EQ(0, ut_attach(&self->u, self->c.pid, 0, &self->a));
	ut_go(&self->c);
	ASSERT_TRUE(ut_runs(&self->c));
	ASSERT_EQ(-EINPROGRESS, ut_op(&self->u, self->a.thread, UTRACE_OP_HOLD));
	ASSERT_TRUE(ut_wait_state(self->c.pid, self->c.pid, 't'));
	EXPECT_FALSE(self->u.kernel->flags & UTRACE_RING_ENDED);
	/* A mapping is not a user of the session: this is the last close(). */
	close(self->u.fd);
	EXPECT_TRUE(ut_runs(&self->c));
	EXPECT_TRUE(ut_until(__atomic_load_n(&self->u.kernel->flags, __ATOMIC_ACQUIRE) &
			     UTRACE_RING_ENDED, UT_TIMEOUT));
	a = (void *)self->u.data;
	EXPECT_EQ(UTRACE_REC_ATTACHED, a->head.type);
	q = (void *)(self->u.data + a->head.size);
	EXPECT_EQ(UTRACE_EV_QUIESCE, q->head.type);
	self->u.user->tail = self->u.kernel->head;
	EXPECT_EQ(0, ut_stop(&self->c));
	/* ut_close() is to close nothing that was opened meanwhile. */
	self->u.fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
}

TEST_F(ring, is_not_mapped_in_a_child)
{
	struct utrace_info info;
	int status, null;
	pid_t pid;

	ASSERT_EQ(0, ut_spawn(&self->c, ut_fn_spin));
	ASSERT_EQ(0, ut_attach(&self->u, self->c.pid, 0, &self->a));
	ut_go(&self->c);
	ASSERT_TRUE(ut_runs(&self->c));
	null = open("/dev/null", O_RDWR | O_CLOEXEC);
	ASSERT_LE(0, null);
	pid = fork();
	if (!pid) {
		char path[2];
		int pipes[2], bad = 0;

		/* A pipe copies what it is given, and complains if there is nothing. */
		if (pipe(pipes))
			_exit(1);
		if (write(pipes[1], self->u.kernel, sizeof(path)) >= 0 || errno != EFAULT)
			bad |= 2;
		if (write(pipes[1], self->u.user, sizeof(path)) >= 0 || errno != EFAULT)
			bad |= 4;
		/* The session itself is the child's, too. */
		if (ut_info(&self->u, &info) || info.threads != 1)
			bad |= 8;
		_exit(bad);
	}
	ASSERT_EQ(pid, ut_waitpid(pid, &status, 0, UT_TIMEOUT));
	EXPECT_EQ(0, status);
	/* Nor did the child's end take anything from its parent. */
	EXPECT_NE(NULL, ut_find(&self->u, self->a.thread, UTRACE_REC_ATTACHED));
	EXPECT_EQ(0, ut_stop(&self->c));
}

/* ---- waking up ----------------------------------------------------------- */

struct waiter {
	int fd;
	short events, revents;
	atomic_int done;
	pid_t tid;
	pthread_t thread;
};

static void *wait_for_events(void *arg)
{
	struct waiter *w = arg;
	struct pollfd pfd = { .fd = w->fd, .events = w->events };

	w->tid = ut_gettid();
	poll(&pfd, 1, UT_TIMEOUT);
	w->revents = pfd.revents;
	atomic_store(&w->done, 1);
	return NULL;
}

/* Starts a thread that sleeps in poll(). */
static bool start_waiter(struct waiter *w, int fd, short events)
{
	memset(w, 0, sizeof(*w));
	w->fd = fd;
	w->events = events;
	return !pthread_create(&w->thread, NULL, wait_for_events, w) &&
	       ut_until(w->tid, UT_TIMEOUT) && ut_wait_state(getpid(), w->tid, 'S');
}

/* A mark for each byte of the pipe. */
static int mark_on_demand(struct ut_child *c)
{
	char b;
	int i;

	for (i = 0; read(c->in[0], &b, 1) == 1 && b != 'q'; i++) {
		ut_mark(i);
		atomic_store(&c->sh->stage, i + 1);
	}
	return 0;
}

static bool make_marks(struct ut_child *c, int n)
{
	int from = atomic_load(&c->sh->stage), i;

	for (i = 0; i < n; i++) {
		if (write(c->in[1], "x", 1) != 1)
			return false;
	}
	return ut_until(atomic_load(&c->sh->stage) == from + n, UT_TIMEOUT);
}

TEST_F(ring, wakes_its_reader_when_enough_has_come)
{
	const unsigned int few = 3, many = 40;
	struct utrace_config c = {
		.record = UT_ENTRY,
		.wakeup_bytes = (few + many / 2) * sizeof(struct utrace_rec_syscall),
	};
	struct waiter w;

	ASSERT_EQ(0, ut_spawn(&self->c, mark_on_demand));
	ASSERT_EQ(0, ut_config_full(&self->u, &c));
	ASSERT_EQ(0, ut_only_marks(&self->u));
	ASSERT_EQ(0, ut_attach(&self->u, self->c.pid, 0, NULL));
	ut_go(&self->c);
	ASSERT_NE(NULL, ut_find(&self->u, 0, UTRACE_REC_ATTACHED));
	ASSERT_TRUE(start_waiter(&w, self->u.fd, POLLIN));
	ASSERT_TRUE(make_marks(&self->c, few));
	ut_sleep(2 * UT_QUIET);
	EXPECT_FALSE(atomic_load(&w.done));
	ASSERT_TRUE(make_marks(&self->c, many));
	EXPECT_TRUE(ut_until(atomic_load(&w.done), UT_TIMEOUT / 2));
	pthread_join(w.thread, NULL);
	EXPECT_EQ(POLLIN, w.revents);
	while (ut_next(&self->u, 0))
		;

	/* The reader that asks gets what there is. */
	ASSERT_TRUE(make_marks(&self->c, 1));
	EXPECT_NE(NULL, ut_next(&self->u, 0));

	/* Other records wake it at once. */
	ASSERT_TRUE(start_waiter(&w, self->u.fd, POLLIN));
	ASSERT_TRUE(make_marks(&self->c, 1));
	c.record = UT_ENTRY | UTRACE_EV_BIT(UTRACE_EV_EXIT);
	ASSERT_EQ(0, ut_config_full(&self->u, &c));
	ASSERT_EQ(1, write(self->c.in[1], "q", 1));
	EXPECT_TRUE(ut_until(atomic_load(&w.done), UT_TIMEOUT / 2));
	pthread_join(w.thread, NULL);
	EXPECT_TRUE(w.revents & POLLIN);
	EXPECT_EQ(0, ut_reap(&self->c));
	EXPECT_TRUE(ut_drain(&self->u));
}

TEST_F(ring, wakes_its_reader_before_it_is_full)
{
	/* Half of the ring counts at most. */
	struct utrace_config c = {
		.record = UT_ENTRY, .queue_bytes = ut_page(), .wakeup_bytes = ~0u,
	};
	const unsigned int half = ut_page() / sizeof(struct utrace_rec_syscall) / 2;
	struct waiter w;

	ASSERT_EQ(0, ut_spawn(&self->c, mark_on_demand));
	ASSERT_EQ(0, ut_config_full(&self->u, &c));
	ASSERT_EQ(0, ut_only_marks(&self->u));
	ASSERT_EQ(0, ut_attach(&self->u, self->c.pid, 0, NULL));
	ut_go(&self->c);
	ASSERT_NE(NULL, ut_find(&self->u, 0, UTRACE_REC_ATTACHED));
	ASSERT_TRUE(start_waiter(&w, self->u.fd, POLLIN));
	ASSERT_TRUE(make_marks(&self->c, half + 1));
	EXPECT_TRUE(ut_until(atomic_load(&w.done), UT_TIMEOUT / 2));
	pthread_join(w.thread, NULL);
	ASSERT_EQ(1, write(self->c.in[1], "q", 1));
	EXPECT_EQ(0, ut_reap(&self->c));
}

TEST_F(ring, has_an_event_of_its_own_for_stops)
{
	struct pollfd pri = { .fd = self->u.fd, .events = POLLPRI };
	struct pollfd both = { .fd = self->u.fd, .events = POLLIN | POLLPRI };
	struct utrace_record *r;
	struct waiter w;

	ASSERT_EQ(0, ut_spawn(&self->c, mark_on_demand));
	ASSERT_EQ(0, ut_config(&self->u, UT_ENTRY, 0));
	ASSERT_EQ(0, ut_only_marks(&self->u));
	ASSERT_EQ(0, ut_attach(&self->u, self->c.pid, 0, &self->a));
	ut_go(&self->c);
	ASSERT_TRUE(ut_wait_state(self->c.pid, self->c.pid, 'S'));
	/* Bulk records are none of its business. */
	ASSERT_TRUE(make_marks(&self->c, 5));
	EXPECT_EQ(1, poll(&both, 1, 0));
	EXPECT_EQ(POLLIN, both.revents);
	EXPECT_EQ(0, poll(&pri, 1, 0));
	ASSERT_TRUE(start_waiter(&w, self->u.fd, POLLPRI));
	ASSERT_TRUE(make_marks(&self->c, 5));
	ut_sleep(UT_QUIET);
	EXPECT_FALSE(atomic_load(&w.done));

	ASSERT_EQ(0, ut_config(&self->u, UT_ENTRY, UT_ENTRY));
	ASSERT_EQ(1, write(self->c.in[1], "x", 1));
	EXPECT_TRUE(ut_until(atomic_load(&w.done), UT_TIMEOUT / 2));
	pthread_join(w.thread, NULL);
	EXPECT_EQ(POLLPRI, w.revents);
	EXPECT_EQ(1, poll(&both, 1, 0));
	EXPECT_EQ(POLLIN | POLLPRI, both.revents);

	/* Until it was read. */
	do {
		r = ut_next(&self->u, UT_TIMEOUT);
		ASSERT_NE(NULL, r);
	} while (!(r->flags & UTRACE_RECF_HELD));
	EXPECT_EQ(0, poll(&pri, 1, 0));
	ASSERT_EQ(0, ut_config(&self->u, 0, 0));
	EXPECT_EQ(0, ut_op(&self->u, self->a.thread, UTRACE_OP_RELEASE));
	ASSERT_EQ(1, write(self->c.in[1], "q", 1));
	EXPECT_EQ(0, ut_reap(&self->c));
}

TEST_HARNESS_MAIN
