/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What all parts of utrace_fuzz.c need: random numbers, memory for arguments, sessions with
 * the records that were read from them, and the orders whose ends are awaited.
 */
#ifndef UTRACE_FUZZ_LIB_H
#define UTRACE_FUZZ_LIB_H

#include <linux/utrace_regs.h>

#include "utrace_testlib.h"
#include "utrace_fuzz_victims.h"

#define MUTATE		14
#define SESSIONS	5
#define COOKIES		32
#define ORDERS_MAX	65536	/* of which something is remembered */
#define ORDERS_IN_CALL	12
#define CHILDREN	3
#define TAG_BASE	0x7a67000000000000ull
#define NO_RESULT	0x5a5a5a5a
#define GUARD		(4 * 65536ul)

/* Rights that do no harm to a victim which takes any result of a call. */
#define GENTLE_RIGHTS	(UTRACE_RIGHT_ATTACH | UTRACE_RIGHT_CONFIG | UTRACE_RIGHT_HOLD | \
			 UTRACE_RIGHT_STEP | UTRACE_RIGHT_REGS_READ | UTRACE_RIGHT_MEM_READ)

/* One order that was given, found by its tag. */
struct order {
	__u64 tag;
	atomic_int wanted;	/* records that end it: -1: any number, -2: not known yet */
	atomic_int wanted_done;	/* UTRACE_REC_DONE: likewise */
	atomic_int got;
	atomic_int got_done;
	int session;		/* session.number */
	int action;
};

struct shared {
	atomic_ulong calls;
	atomic_ulong good;	/* calls that have succeeded */
	atomic_ulong records;
	atomic_ulong ended;	/* orders that had to end in a record, and have */
	atomic_ulong nr_orders;
	atomic_int nr_sessions;
	atomic_int faulty;
	atomic_uint at;		/* what the tracer does, for who finds it hanging */
	char fault[400];
	struct order orders[ORDERS_MAX];
};

static struct shared *sh;

/* Words for shared->at: an ioctl number, or one of these. */
enum { AT_READ = 0x100, AT_OPEN, AT_CLOSE, AT_POLL, AT_MMAP, AT_DRAIN, AT_FORK };

struct session {
	int fd;			/* -1: none */
	int number;
	bool gentle;		/* has given up the rights to do harm */
	bool exact;		/* nobody else reads, so that all records are seen */
	bool maps;
	bool spoilt;		/* what the ring has is not known any more */
	bool foreign;		/* came from another process */
	bool attached;		/* to something, by the tracer itself */
	struct utrace_ring_user *user;
	const struct utrace_ring_kernel *kernel;
	const char *data;
	__u64 bytes;
	__u64 tail;
	__u64 seq;
	__u64 lost;
	__u64 rights;
	unsigned int next;
	__u64 cookies[COOKIES];
	__u64 stops[COOKIES];
};

struct victim {
	pid_t pid;
	bool guarded;
	unsigned int kind;
	const char *program;
	unsigned int count;
};

static struct victim victims[FV_MAX];
static unsigned int nr_victims, nr_guarded;
static struct session sessions[SESSIONS];
/* Held by the second thread while it uses a session: that is not replaced meanwhile. */
static pthread_mutex_t busy[SESSIONS];
static unsigned long first_order;	/* of this round */
static pid_t children[CHILDREN];
static bool is_child;		/* of a tracer */
static pid_t tracer_pid;
static struct utrace_info first_info;

/* ---- random numbers ------------------------------------------------------ */

/* Of this thread. */
static __thread __u64 rng;

static __u64 rnd(void)
{
	__u64 z = rng += 0x9e3779b97f4a7c15ull;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
	return z ^ (z >> 31);
}

/* Below @n. */
static unsigned int below(unsigned int n)
{
	return rnd() % n;
}

static bool one_in(unsigned int n)
{
	return below(n) == 0;
}

/* A number that is more interesting than most. */
static __u64 odd_number(void)
{
	static const __u64 numbers[] = {
		0, 1, 2, 7, 8, 0x1000, 0x7fffffff, 0x80000000, 0xffffffff,
		0x100000000ull, 0x7fffffffffffffffull, 0x8000000000000000ull, ~0ull,
	};

	switch (below(4)) {
	case 0:
		return rnd();
	case 1:
		return 1ull << below(64);
	default:
		return numbers[below(ARRAY_SIZE(numbers))];
	}
}

/* Each bit of @mask, or not. */
static __u64 some_of(__u64 mask)
{
	switch (below(4)) {
	case 0:
		return 0;
	case 1:
		return mask;
	default:
		return mask & rnd();
	}
}

/* ---- faults -------------------------------------------------------------- */

/* Only the first one is kept: others may follow from it. */
static __attribute__((format(printf, 1, 2))) void fault(const char *fmt, ...)
{
	va_list ap;

	if (atomic_exchange(&sh->faulty, 1))
		return;
	va_start(ap, fmt);
	vsnprintf(sh->fault, sizeof(sh->fault), fmt, ap);
	va_end(ap);
}

static void begin(unsigned int what)
{
	atomic_store(&sh->at, what);
	atomic_fetch_add(&sh->calls, 1);
}

/* Returns @ret of a system call as 0 or more, or a negative errno. */
static long check_errno(unsigned int what, long ret)
{
	if (ret >= 0) {
		atomic_fetch_add(&sh->good, 1);
		return ret;
	}
	if (errno > 511)
		fault("call %#x fails with the kernel's own error %d", what, errno);
	return -errno;
}

/* ---- memory for arguments ------------------------------------------------ */

/* Of this thread: @GUARD bytes, followed by memory that does not exist. */
static __thread char *area;

static void make_area(void)
{
	long page = sysconf(_SC_PAGESIZE);

	area = mmap(NULL, GUARD + page, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (area == MAP_FAILED || mprotect(area + GUARD, page, PROT_NONE)) {
		fault("no memory for arguments");
		_exit(1);
	}
}

/* Memory of which the first @good bytes exist. */
static char *edge(size_t good)
{
	return area + GUARD - (good < GUARD ? good : GUARD);
}

/* ---- calls --------------------------------------------------------------- */

/*
 * Calls ioctl() with a structure of @size bytes, which begins with its size.  Now and then
 * the caller is of another version, or does not know what it does.
 */
static long call(int fd, unsigned int cmd, void *arg, __u32 size)
{
	char *copy = edge(512);
	__u32 words = size / 4, said = size;
	long ret;

	begin(cmd & 0xff);
	memset(copy, 0, 512);
	memcpy(copy, arg, size);
	if (one_in(MUTATE)) {
		switch (below(6)) {
		case 0:		/* newer, which is no fault */
			said = size + 8 * below(8);
			break;
		case 1:		/* newer, with something that is not known */
			said = size + 8;
			copy[size + below(8)] = 1;
			break;
		case 2:
			said = below(size + 1);
			break;
		case 3:
			said = odd_number();
			break;
		case 4:
			/* What kills is an attach's only, and is not made up. */
			if (cmd == UTRACE_IOC_ATTACH)
				break;
			((__u32 *)copy)[below(words)] = odd_number();
			break;
		case 5:
			/* The end of the structure is not there. */
			memmove(edge(size - 4), copy, size - 4);
			copy = edge(size - 4);
			break;
		}
	}
	*(__u32 *)copy = said;
	ret = check_errno(cmd & 0xff, ioctl(fd, cmd, copy));
	if (copy == edge(512))
		memcpy(arg, copy, size);
	return ret;
}

static struct session *any_session(void)
{
	return &sessions[below(SESSIONS)];
}

/* An index into session.cookies of one that is known, if there is any. */
static unsigned int known_cookie(const struct session *s)
{
	unsigned int n = s->next;

	return below(n > COOKIES ? COOKIES : n ? n : 1);
}

static __u64 a_cookie(struct session *s)
{
	if (one_in(16))
		return odd_number();
	if (one_in(10))
		return 0;
	return s->cookies[known_cookie(s)];
}

static unsigned int cookie_index(struct session *s, __u64 thread)
{
	unsigned int i;

	for (i = 0; i < COOKIES; i++)
		if (s->cookies[i] == thread)
			return i;
	i = s->next++ % COOKIES;
	s->cookies[i] = thread;
	s->stops[i] = 0;
	return i;
}

/* ---- records ------------------------------------------------------------- */

static struct order *order_of(__u64 tag)
{
	return &sh->orders[(tag - TAG_BASE) % ORDERS_MAX];
}

/* A tag that no other order has.  @wanted: records that end it, if that is known. */
static __u64 new_order(const struct session *s, int action, int wanted)
{
	__u64 tag = TAG_BASE + atomic_fetch_add(&sh->nr_orders, 1);
	struct order *o = order_of(tag);

	o->session = s->number;
	o->action = action;
	atomic_store(&o->got, 0);
	atomic_store(&o->got_done, 0);
	atomic_store(&o->wanted, wanted);
	atomic_store(&o->wanted_done, wanted);
	o->tag = tag;
	return tag;
}

static void order_ended(const struct session *s, __u64 tag, bool done)
{
	struct order *o = order_of(tag);

	/* Also what the kernel gives back of a word that the fuzzer has spoilt. */
	if (o->tag != tag || o->session != s->number)
		return;
	atomic_fetch_add(done ? &o->got_done : &o->got, 1);
}

static void see_record(struct session *s, const struct utrace_record *r)
{
	unsigned int i;

	atomic_fetch_add(&sh->records, 1);
	if (r->thread) {
		i = cookie_index(s, r->thread);
		if (r->flags & UTRACE_RECF_HELD)
			s->stops[i] = r->seq;
	}
	switch (r->type) {
	case UTRACE_EV_QUIESCE: {
		const struct utrace_rec_quiesce *q = (const void *)r;

		if (q->reason == UTRACE_QUIESCE_HOLD)
			order_ended(s, q->tag, false);
		break;
	}
	case UTRACE_EV_STEP:
		order_ended(s, ((const struct utrace_rec_step *)r)->tag, false);
		break;
	case UTRACE_EV_CALLED:
		order_ended(s, ((const struct utrace_rec_called *)r)->tag, false);
		break;
	case UTRACE_REC_GONE:
		order_ended(s, ((const struct utrace_rec_gone *)r)->tag, false);
		break;
	case UTRACE_REC_DONE:
		order_ended(s, ((const struct utrace_rec_done *)r)->tag, true);
		break;
	}
}

/* Looks at @n bytes of records.  Returns whether they are what they should be. */
static bool see_records(struct session *s, const char *p, size_t n)
{
	static char copy[1 << 20] __attribute__((aligned(8)));
	const struct utrace_record *r = (const void *)copy;

	while (n) {
		if (n < sizeof(*r))
			goto cut;
		memcpy(copy, p, sizeof(*r));
		if (r->size > n || r->size > sizeof(copy) || r->size % 8 ||
		    r->size < ut_min_size(r->type))
			goto cut;
		memcpy(copy, p, r->size);
		if (s->exact && r->seq != s->seq + 1) {
			fault("record %llu follows record %llu", r->seq, s->seq);
			return false;
		}
		s->seq = r->seq;
		if (r->flags & ~UT_RECF_ALL || !ut_items_are_good(r)) {
			fault("record %llu of type %#x is not well formed", r->seq, r->type);
			return false;
		}
		see_record(s, r);
		p += r->size;
		n -= r->size;
	}
	return true;
cut:
	fault("record after %llu is cut: size %u, type %#x, %zu bytes are left", s->seq,
	      n < sizeof(*r) ? 0 : r->size, n < sizeof(*r) ? 0 : r->type, n);
	return false;
}

/*
 * The positions of the ring.  A 32-bit program may have no atomic access to 64 bits.  There
 * the upper half is 0, because no ring of the fuzzer gets that far.
 */
static __u64 load_word(const __u64 *word)
{
	__u64 value = *(const volatile __u64 *)word;

	__atomic_thread_fence(__ATOMIC_ACQUIRE);
	return value;
}

static void store_word(__u64 *word, __u64 value)
{
	__atomic_thread_fence(__ATOMIC_RELEASE);
	*(volatile __u64 *)word = value;
}

/* Takes what the mapped ring has. */
static void see_ring(struct session *s)
{
	while (s->tail != load_word(&s->kernel->head)) {
		const char *at = s->data + (s->tail & (s->bytes - 1));
		__u32 size = __atomic_load_n((const __u32 *)at, __ATOMIC_ACQUIRE);
		__u32 bytes = UTRACE_REC_SIZE(size);

		if (size & UTRACE_REC_BUSY)
			break;
		if (!bytes || bytes % 8 || bytes > s->bytes) {
			fault("the ring has a record of %u bytes", bytes);
			return;
		}
		if (!(size & UTRACE_REC_SKIP) && !see_records(s, at, bytes))
			return;
		s->tail += bytes;
	}
	store_word(&s->user->tail, s->tail);
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	if (__atomic_load_n(&s->kernel->flags, __ATOMIC_RELAXED) & UTRACE_RING_STARVED)
		ioctl(s->fd, UTRACE_IOC_FEED);
}

#endif /* UTRACE_FUZZ_LIB_H */
