// SPDX-License-Identifier: LGPL-2.1
/*
 * libutrace: the mapped ring
 *
 * The kernel writes records from head on, and this file reads them from tail on, by the
 * protocol of &struct utrace_ring in <linux/utrace.h>.  A record that the program has stays
 * where it is: the tail that the kernel knows moves later, when the program has given back
 * an eighth of the ring or has read everything.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "internal.h"

#define TELL_PART	8	/* of the ring */

/* Positions in the ring have 64 bits, which not every 32-bit machine loads at once. */
static inline __u64 load_pos(const __u64 *at)
{
#if __GCC_ATOMIC_LLONG_LOCK_FREE == 2
	return __atomic_load_n(at, __ATOMIC_ACQUIRE);
#else
	const int upper = __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__;
	const __u32 *half = (const __u32 *)at;
	__u32 hi, lo;

	do {
		hi = __atomic_load_n(half + upper, __ATOMIC_ACQUIRE);
		lo = __atomic_load_n(half + !upper, __ATOMIC_ACQUIRE);
	} while (hi != __atomic_load_n(half + upper, __ATOMIC_RELAXED));
	return (__u64)hi << 32 | lo;
#endif
}

static inline void store_pos(__u64 *at, __u64 pos)
{
#if __GCC_ATOMIC_LLONG_LOCK_FREE == 2
	__atomic_store_n(at, pos, __ATOMIC_RELEASE);
#else
	const int upper = __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__;
	__u32 *half = (__u32 *)at;

	__atomic_store_n(half + !upper, (__u32)pos, __ATOMIC_RELEASE);
	__atomic_store_n(half + upper, (__u32)(pos >> 32), __ATOMIC_RELEASE);
#endif
}

/* Tell the kernel what was read, and let the threads that wait for room write. */
static void tell(struct utrace_session *s)
{
	struct ring *r = &s->ring;

	if (r->told == r->tail)
		return;
	r->told = r->tail;
	store_pos(&r->user->tail, r->tail);
	/*
	 * The new tail before the flag: a thread that sets the flag looks at the tail
	 * after that, so either it sees this tail or the flag is seen here.
	 */
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	if (__atomic_load_n(&r->kernel->flags, __ATOMIC_RELAXED) & UTRACE_RING_STARVED)
		utrace_sys_ioctl(s->fd, UTRACE_IOC_FEED, NULL);
}

/* The program has given back all records before the tail. */
void utrace_ring_take_back(struct utrace_session *s)
{
	struct ring *r = &s->ring;

	if (r->tail - r->told >= r->bytes / TELL_PART)
		tell(s);
}

/* 1: a record; 0: there is none now; -EBADMSG: the ring is damaged. */
int utrace_ring_next(struct utrace_session *s, const struct utrace_record **rec)
{
	struct ring *r = &s->ring;
	const struct utrace_record *p;
	uint32_t word, size;
	uint64_t head;

	for (;;) {
		head = load_pos(&r->kernel->head);
		if (r->tail == head)
			break;
		p = (const void *)(r->data + (r->tail & (r->bytes - 1)));
		word = __atomic_load_n(&p->size, __ATOMIC_ACQUIRE);
		if (word & UTRACE_REC_BUSY)
			break;
		size = UTRACE_REC_SIZE(word);
		if (!size || size % 8 || size > head - r->tail || size > r->bytes)
			goto damaged;
		if (word & UTRACE_REC_SKIP) {
			r->tail += size;
			continue;
		}
		if (size < UTRACE_RECORD_SIZE_VER0)
			goto damaged;
		r->tail += size;
		*rec = p;
		return 1;
	}
	tell(s);
	return 0;

damaged:
	/* Nothing after this place can be trusted. */
	r->tail = head;
	tell(s);
	return -EBADMSG;
}

void utrace_ring_use(struct ring *r, void *user, const void *kernel, size_t page)
{
	r->user = user;
	r->kernel = kernel;
	r->data = (const unsigned char *)kernel + page;
	r->bytes = r->kernel->bytes;
	r->page = page;
	r->tail = load_pos(&r->user->tail);
	r->told = r->tail;
}

void utrace_ring_unmap(struct utrace_session *s)
{
	struct ring *r = &s->ring;

	if (!r->data)
		return;
	utrace_sys_munmap(r->user, r->page);
	utrace_sys_munmap((void *)r->kernel, r->page + 2 * r->bytes);
	memset(r, 0, sizeof(*r));
}

API int utrace_ring(struct utrace_session *s, uint64_t bytes)
{
	struct utrace_ring ring = {
		.size	= sizeof(ring),
		.flags	= UTRACE_RING_MMAP,
		.bytes	= bytes,
	};
	size_t page = sysconf(_SC_PAGESIZE);
	void *user, *kernel;
	const char *why;
	int err;

	if (s->ring.data)
		return utrace_fail(s, EBUSY, "cannot map the ring: it is mapped already");
	err = -utrace_sys_ioctl(s->fd, UTRACE_IOC_RING, &ring);
	if (err) {
		switch (err) {
		case EBUSY:
			why = "the session has a ring of another size, or one that cannot be mapped";
			break;
		case EINVAL:
			why = "no ring can have this size";
			break;
		default:
			why = utrace_words(err);
		}
		return utrace_fail(s, err, "cannot make a ring of %llu bytes: %s",
				   (unsigned long long)bytes, why);
	}
	if (ring.bytes > (SIZE_MAX - page) / 2)
		return utrace_fail(s, ENOMEM, "cannot map the ring: %llu bytes are too many",
				   (unsigned long long)ring.bytes);
	user = utrace_sys_mmap(page, true, s->fd, ring.user_offset, &err);
	if (!user)
		return utrace_fail(s, err, "cannot map the ring: %s", strerror(err));
	kernel = utrace_sys_mmap(page + 2 * ring.bytes, false, s->fd, ring.data_offset, &err);
	if (!kernel) {
		utrace_sys_munmap(user, page);
		return utrace_fail(s, err, "cannot map the ring: %s", strerror(err));
	}
	utrace_ring_use(&s->ring, user, kernel, page);
	return 0;
}
