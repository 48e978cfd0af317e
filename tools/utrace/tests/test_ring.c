// SPDX-License-Identifier: GPL-2.0-only
/*
 * libutrace's ring reader against a producer in another thread
 *
 * The producer does what the kernel does: it reserves space in order, writes the records
 * out of order, leaves some as unused space, drops no record, and when the ring is full it
 * waits for UTRACE_IOC_FEED, as the protocol in <linux/utrace.h> allows.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <time.h>

#include "fake_kernel.h"
#include "tap.h"

#define OUTSTANDING	8		/* records that are not complete */
#define PATIENCE	60		/* seconds */

static size_t page;
static uint64_t ring_bytes;
static struct utrace_ring_user *user;
static struct utrace_ring_kernel *kernel;
static unsigned char *data;		/* twice */
static uint32_t feeds;
static bool producer_ended;

/* The user's page, the kernel's page, and the data twice, of one file. */
static void make_ring(uint64_t bytes)
{
	int fd = memfd_create("ring", MFD_CLOEXEC);
	unsigned char *p;

	page = sysconf(_SC_PAGESIZE);
	ring_bytes = bytes;
	if (ftruncate(fd, 2 * page + bytes))
		abort();
	user = mmap(NULL, page, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	p = mmap(NULL, page + 2 * bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (user == MAP_FAILED || p == MAP_FAILED ||
	    mmap(p, page + bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, fd,
		 page) == MAP_FAILED ||
	    mmap(p + page + bytes, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, fd,
		 2 * page) == MAP_FAILED)
		abort();
	close(fd);
	kernel = (void *)p;
	kernel->bytes = bytes;
	data = p + page;
	feeds = 0;
	producer_ended = false;
}

static void free_ring(void)
{
	munmap(user, page);
	munmap(kernel, page + 2 * ring_bytes);
}

static int ring_ioctl(unsigned long request, void *arg)
{
	struct utrace_ring *r = arg;

	if (request == UTRACE_IOC_FEED) {
		__atomic_fetch_and(&kernel->flags, ~UTRACE_RING_STARVED, __ATOMIC_SEQ_CST);
		__atomic_add_fetch(&feeds, 1, __ATOMIC_SEQ_CST);
		return 0;
	}
	if (request != UTRACE_IOC_RING)
		return 1;
	if (r->bytes == 1)
		return -EINVAL;
	r->bytes = ring_bytes;
	r->user_offset = 0;
	r->data_offset = 1 << 20;
	return 0;
}

static void *ring_mmap(size_t size, uint64_t offset)
{
	if (offset)
		return size == page + 2 * ring_bytes ? kernel : NULL;
	return size == page ? user : NULL;
}

static bool complete_at(uint64_t at)
{
	uint32_t word;

	if (at == __atomic_load_n(&kernel->head, __ATOMIC_ACQUIRE))
		return false;
	word = __atomic_load_n((uint32_t *)(data + (at & (ring_bytes - 1))), __ATOMIC_ACQUIRE);
	return !(word & UTRACE_REC_BUSY);
}

/* Of what the reader has told, and not of what it has read, as the kernel's. */
static int ring_poll(short *revents, int timeout_ms)
{
	int i;

	for (i = 0;; i++) {
		uint64_t tail = __atomic_load_n(&user->tail, __ATOMIC_RELAXED);
		bool ended = __atomic_load_n(&producer_ended, __ATOMIC_ACQUIRE);

		*revents = complete_at(tail) ? POLLIN : 0;
		if (ended)
			*revents |= POLLHUP;
		if (*revents || (timeout_ms >= 0 && i >= timeout_ms))
			return !!*revents;
		usleep(100);
	}
}

/*
 * The producer
 */

static unsigned int nr_records, rounds_starved;
static bool gave_up;

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec + ts.tv_nsec / 1e9;
}

/* Room for @size bytes, which may need the reader's help. */
static bool wait_for_room(uint64_t head, uint32_t size)
{
	double end = now() + PATIENCE;
	uint32_t seen;

	for (;;) {
		if (head + size - __atomic_load_n(&user->tail, __ATOMIC_ACQUIRE) <= ring_bytes)
			return true;
		seen = __atomic_load_n(&feeds, __ATOMIC_SEQ_CST);
		__atomic_fetch_or(&kernel->flags, UTRACE_RING_STARVED, __ATOMIC_SEQ_CST);
		__atomic_thread_fence(__ATOMIC_SEQ_CST);
		if (head + size - __atomic_load_n(&user->tail, __ATOMIC_ACQUIRE) <= ring_bytes)
			return true;
		rounds_starved++;
		/* Only FEED wakes: a reader that forgets it is found out here. */
		while (__atomic_load_n(&feeds, __ATOMIC_SEQ_CST) == seen) {
			if (now() > end)
				return false;
			sched_yield();
		}
	}
}

struct pending {
	struct utrace_record *r;
	uint32_t size;
	bool skip;
	uint64_t seq;
};

static void finish(struct pending *p, unsigned int seed)
{
	uint32_t i, *payload = (void *)(p->r + 1);

	if (!p->skip) {
		p->r->type = UTRACE_EV_SYSCALL;
		p->r->flags = 0;
		p->r->items = p->size;
		p->r->nr_items = 0;
		p->r->seq = p->seq;
		p->r->thread = 1 + seed % 5;
		p->r->pid = p->r->tid = 10;
		for (i = 0; i < (p->size - sizeof(*p->r)) / 4; i++)
			payload[i] = p->seq + i;
	}
	__atomic_store_n(&p->r->size, p->size | (p->skip ? UTRACE_REC_SKIP : 0),
			 __ATOMIC_RELEASE);
}

static void *produce(void *arg)
{
	struct pending pending[OUTSTANDING];
	unsigned int n = 0, seed = (uintptr_t)arg, i, made = 0;
	uint64_t seq = 0, head = 0;

	while (made < nr_records || n) {
		/* An old record that is not complete holds the reader back, not the others. */
		if (n == OUTSTANDING || made == nr_records || (n && rand_r(&seed) % 2)) {
			i = rand_r(&seed) % n;
			finish(&pending[i], seed);
			pending[i] = pending[--n];
			continue;
		}
		pending[n].skip = rand_r(&seed) % 8 == 0;
		pending[n].size = pending[n].skip ? 8 + 8u * (rand_r(&seed) % 40)
						  : sizeof(struct utrace_record) +
						    8u * (rand_r(&seed) % 60);
		/* All that was reserved must be complete, or the reader cannot make room. */
		if (head + pending[n].size - __atomic_load_n(&user->tail, __ATOMIC_ACQUIRE) >
		    ring_bytes)
			while (n) {
				struct pending next = pending[n];

				finish(&pending[--n], seed);
				pending[n] = next;
			}
		if (!wait_for_room(head, pending[n].size)) {
			gave_up = true;
			break;
		}
		pending[n].r = (void *)(data + (head & (ring_bytes - 1)));
		pending[n].seq = pending[n].skip ? 0 : ++seq;
		__atomic_store_n(&pending[n].r->size, pending[n].size | UTRACE_REC_BUSY,
				 __ATOMIC_RELAXED);
		head += pending[n].size;
		__atomic_store_n(&kernel->head, head, __ATOMIC_RELEASE);
		n++;
		made++;
	}
	__atomic_store_n(&producer_ended, true, __ATOMIC_RELEASE);
	return NULL;
}

static struct utrace_session *open_ring(uint64_t bytes)
{
	struct utrace_session *s;

	fake_reset();
	fake.ioctl = ring_ioctl;
	fake.mmap = ring_mmap;
	fake.poll = ring_poll;
	make_ring(bytes);
	s = utrace_open(0);
	if (!s || utrace_ring(s, bytes))
		abort();
	return s;
}

/* Read what a producer writes: all of it, in order, and nothing else. */
static void test_random(uint64_t bytes, unsigned int seed, unsigned int pause)
{
	struct utrace_session *s = open_ring(bytes);
	const struct utrace_record *r;
	uint64_t expected = 1;
	unsigned int bad = 0;
	pthread_t producer;
	char what[80];
	int ret;

	nr_records = 100000;
	rounds_starved = 0;
	gave_up = false;
	pthread_create(&producer, NULL, produce, (void *)(uintptr_t)seed);
	while ((ret = utrace_next(s, &r)) > 0) {
		const uint32_t *payload = (const void *)(r + 1);
		uint32_t i;

		bad += r->seq != expected++ || r->type != UTRACE_EV_SYSCALL;
		for (i = 0; i < (r->size - sizeof(*r)) / 4; i++)
			bad += payload[i] != (uint32_t)(r->seq + i);
		if (pause && r->seq % 1024 == 0)
			usleep(pause);
	}
	pthread_join(producer, NULL);
	snprintf(what, sizeof(what), "%u records through %llu bytes, %u times full", nr_records,
		 (unsigned long long)bytes, rounds_starved);
	ok(!ret && !bad && !gave_up && expected > nr_records / 2, what);
	if (ret || bad || gave_up)
		printf("# %d, %u bad, %s, seq %llu: %s\n", ret, bad,
		       gave_up ? "never fed" : "fed", (unsigned long long)expected,
		       utrace_error(s));
	utrace_close(s);
	free_ring();
}

static struct utrace_record *put(uint64_t *head, uint32_t size, uint32_t bits)
{
	struct utrace_record *r = (void *)(data + (*head & (ring_bytes - 1)));

	memset(r, 0, size < 48 || size > 4096 ? 48 : size);
	r->size = size | bits;
	r->items = size;
	r->type = UTRACE_EV_REAP;
	*head += size;
	kernel->head = *head;
	return r;
}

static void test_protocol(void)
{
	struct utrace_session *s = open_ring(4096);
	const struct utrace_record *r;
	struct utrace_record *busy;
	uint64_t head = 0;
	int i, n;

	ok(utrace_next_timeout(s, &r, 5) == -EAGAIN, "an empty ring");
	put(&head, 48, 0);
	busy = put(&head, 56, UTRACE_REC_BUSY);
	put(&head, 64, 0);
	ok(utrace_next(s, &r) == 1 && r->size == 48, "a record");
	ok(utrace_next_timeout(s, &r, 5) == -EAGAIN, "one that is not complete");
	ok(user->tail == 48, "what was read is told when there is no more");
	busy->size = 56;
	ok(utrace_next(s, &r) == 1 && r->size == 56 && utrace_next(s, &r) == 1 &&
	   r->size == 64, "now it is complete, and so is the next one");
	ok(user->tail == 48, "the tail does not move for each record");
	put(&head, 16, UTRACE_REC_SKIP);
	put(&head, 8, UTRACE_REC_SKIP);
	put(&head, 48, 0);
	ok(utrace_next(s, &r) == 1 && r->size == 48, "unused space is passed over");
	for (i = 0; i < 30; i++) {
		put(&head, 48, 0);
		n = utrace_next(s, &r);
	}
	ok(n == 1 && user->tail >= head - 4096 / 8 - 48 && user->tail <= head - 48,
	   "the tail is told after an eighth of the ring");
	utrace_next_timeout(s, &r, 0);
	feeds = 0;
	put(&head, 48, 0);
	kernel->flags = UTRACE_RING_STARVED;
	utrace_next(s, &r);
	ok(!feeds, "no FEED before the tail moves");
	utrace_next_timeout(s, &r, 0);
	ok(feeds == 1 && !kernel->flags, "FEED if threads wait for room");

	/* over the end */
	while (head % 4096 != 4096 - 48)
		put(&head, head % 4096 < 4096 - 48 - 48 ? 48 : (4096 - 48 - head % 4096), UTRACE_REC_SKIP);
	put(&head, 480, 0)->seq = 77;
	ok(utrace_next(s, &r) == 1 && r->size == 480 && r->seq == 77 &&
	   (const unsigned char *)r + 480 > data + 4096, "a record over the end is whole");

	/* damage */
	put(&head, 0, 0);
	kernel->head += 48;
	ok(utrace_next(s, &r) == -EBADMSG, "a record of no size");
	head = kernel->head;
	put(&head, 0x3ffffff8, 0);
	kernel->head = head = head - 0x3ffffff8 + 64;
	ok(utrace_next(s, &r) == -EBADMSG, "a record that is too long");
	put(&head, 40, 0);
	ok(utrace_next(s, &r) == -EBADMSG, "a record that is shorter than its head");
	put(&head, 48, 0);
	ok(utrace_next(s, &r) == 1, "and it goes on after the damage");
	__atomic_store_n(&producer_ended, true, __ATOMIC_RELEASE);
	ok(utrace_next(s, &r) == 0, "the end");

	ok(utrace_ring(s, 0) == -EBUSY && strstr(utrace_error(s), "mapped already"),
	   "it is mapped once");
	utrace_close(s);
	s = utrace_open(0);
	ok(utrace_ring(s, 1) == -EINVAL && strstr(utrace_error(s), "no ring can have this size"),
	   "a size that no ring has");
	utrace_close(s);
	free_ring();
}

int main(void)
{
	test_protocol();
	test_random(4096, 1, 0);
	test_random(4096, 2, 0);
	test_random(65536, 3, 0);
	test_random(65536, 4, 50);
	test_random(1 << 20, 5, 1000);
	return tap_done();
}
