// SPDX-License-Identifier: LGPL-2.1
/*
 * libutrace: records, by read() or from the ring, and what is in them
 *
 * A record that was handed out is in the buffer of read(), in the ring, or is one that was
 * kept while the library waited for another one.  It stays there until it is taken back,
 * when the program asks for the next one.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "internal.h"

/* No record is longer: 1,024 vectors at their longest, and room to spare. */
#define BUFFER_MAX	(16u << 20)

int64_t utrace_now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

int64_t utrace_deadline(int timeout_ms)
{
	return timeout_ms <= 0 ? timeout_ms : utrace_now_ms() + timeout_ms;
}

/* Milliseconds until @deadline. */
static int time_left(int64_t deadline)
{
	int64_t left;

	if (deadline <= 0)
		return deadline;
	left = deadline - utrace_now_ms();
	return left > 0 ? left : 0;
}

void utrace_take_back(struct utrace_session *s)
{
	free(s->current);
	s->current = NULL;
	if (s->ring.data)
		utrace_ring_take_back(s);
	if (s->nr_dead)
		utrace_threads_bury(s);
}

/* Fill the empty buffer: 1: there are records; 0: none will come; or -errno. */
static int fill(struct utrace_session *s)
{
	unsigned char *bigger;
	ssize_t n;

	for (;;) {
		n = utrace_sys_read(s->fd, s->buf, s->size);
		if (n != -EMSGSIZE || s->size >= BUFFER_MAX)
			break;
		bigger = realloc(s->buf, 2 * s->size);
		if (!bigger)
			return -ENOMEM;
		s->buf = bigger;
		s->size *= 2;
	}
	if (n < 0)
		return n;
	s->pos = 0;
	s->len = n;
	return n > 0;
}

/* The next record of the buffer; -EBADMSG if it is none. */
static int buffer_next(struct utrace_session *s, const struct utrace_record **rec)
{
	const struct utrace_record *r = (const void *)(s->buf + s->pos);

	if (s->len - s->pos < UTRACE_RECORD_SIZE_VER0 || r->size < UTRACE_RECORD_SIZE_VER0 ||
	    r->size % 8 || r->size > s->len - s->pos) {
		/* Drop the buffer, because nothing after the record can be trusted. */
		s->pos = s->len;
		return -EBADMSG;
	}
	s->pos += r->size;
	*rec = r;
	return 1;
}

/* Without waiting: 1: a record; 0: none will come; -EAGAIN: none is there yet. */
static int fetch_now(struct utrace_session *s, const struct utrace_record **rec)
{
	int ret;

	if (s->ring.data) {
		ret = utrace_ring_next(s, rec);
		return ret ? ret : -EAGAIN;
	}
	if (s->pos == s->len) {
		ret = fill(s);
		if (ret <= 0)
			return ret;
	}
	return buffer_next(s, rec);
}

/* Until @deadline; in words if it fails. */
static int fetch(struct utrace_session *s, const struct utrace_record **rec, int64_t deadline)
{
	bool polled = false;
	short revents = 0;
	int ret, left;

	for (;;) {
		ret = fetch_now(s, rec);
		if (ret == -EBADMSG)
			return utrace_fail(s, EBADMSG, "cannot read records: the kernel gave a malformed one");
		if (ret < 0 && ret != -EAGAIN)
			return utrace_fail(s, -ret, "cannot read records: %s",
					   ret == -EBUSY ? "they are read from a mapped ring"
							 : strerror(-ret));
		if (ret >= 0)
			return ret;
		/* Of the ring only poll() tells that no record will come. */
		if (revents & (POLLHUP | POLLERR | POLLNVAL))
			return 0;
		left = time_left(deadline);
		if (left || (s->ring.data && !polled)) {
			polled = true;
			ret = utrace_sys_poll(s->fd, &revents, left);
			if (ret < 0)
				return utrace_fail(s, -ret, "cannot wait for records: %s",
						   strerror(-ret));
			if (ret > 0)
				continue;
			if (deadline < 0)
				continue;
		}
		return utrace_fail(s, EAGAIN, "there is no record yet");
	}
}

int utrace_fetch(struct utrace_session *s, const struct utrace_record **rec, int timeout_ms)
{
	return fetch(s, rec, utrace_deadline(timeout_ms));
}

int utrace_keep(struct utrace_session *s, const struct utrace_record *rec)
{
	struct kept *k = malloc(sizeof(*k) + rec->size);

	if (!k)
		return utrace_fail(s, ENOMEM, "cannot keep a record: %s", strerror(ENOMEM));
	memcpy(k->data, rec, rec->size);
	k->next = NULL;
	*s->last = k;
	s->last = &k->next;
	return 0;
}

/* Take record *@p out of those that were kept, and give it to the program. */
static struct utrace_record *unkeep(struct utrace_session *s, struct kept **p)
{
	struct kept *k = *p;

	*p = k->next;
	if (s->last == &k->next)
		s->last = p;
	s->current = k;
	return (void *)k->data;
}

int utrace_wait_for(struct utrace_session *s, match_fn matches, const void *arg,
		    int64_t deadline, int *error)
{
	const struct utrace_record *rec;
	struct kept **p;
	int ret, end;

	*error = 0;
	utrace_take_back(s);
	for (p = &s->first; *p; p = &(*p)->next) {
		ret = matches((void *)(*p)->data, arg);
		if (ret > 0) {
			utrace_threads_note(s, unkeep(s, p));
			utrace_take_back(s);
		}
		if (ret)
			return ret;
	}
	for (;;) {
		ret = fetch(s, &rec, deadline);
		if (ret <= 0) {
			*error = ret ? ret : -ESRCH;
			return 0;
		}
		end = matches(rec, arg);
		if (end > 0) {
			utrace_threads_note(s, rec);
		} else {
			ret = utrace_keep(s, rec);
			if (ret < 0) {
				*error = ret;
				return 0;
			}
		}
		utrace_take_back(s);
		if (end)
			return end;
	}
}

API int utrace_next_timeout(struct utrace_session *s, const struct utrace_record **rec,
			    int timeout_ms)
{
	int ret;

	utrace_take_back(s);
	if (s->first) {
		*rec = unkeep(s, &s->first);
		ret = 1;
	} else {
		ret = utrace_fetch(s, rec, timeout_ms);
	}
	if (ret > 0)
		utrace_threads_note(s, *rec);
	return ret;
}

API int utrace_next(struct utrace_session *s, const struct utrace_record **rec)
{
	return utrace_next_timeout(s, rec, s->nonblock ? 0 : -1);
}

/* Some events have the same structure. */
static unsigned int structure_of(unsigned int type)
{
	switch (type) {
	case UTRACE_EV_SYSCALL_ENTRY:
		return UTRACE_EV_SYSCALL;
	case UTRACE_EV_DEATH:
		return UTRACE_EV_EXIT;
	case UTRACE_EV_SIGNAL_HANDLER:
	case UTRACE_EV_SIGNAL_IGN:
	case UTRACE_EV_SIGNAL_STOP:
	case UTRACE_EV_SIGNAL_TERM:
	case UTRACE_EV_SIGNAL_CORE:
		return UTRACE_EV_FAULT;
	}
	return type;
}

/* Bytes of the record's members.  Items follow, or nothing. */
static size_t members(const struct utrace_record *rec)
{
	return rec->items && rec->items < rec->size ? rec->items : rec->size;
}

API const void *utrace_record_as(const struct utrace_record *rec, unsigned int type,
				 size_t size)
{
	if (structure_of(rec->type) != structure_of(type) || members(rec) < size)
		return NULL;
	return rec;
}

API int utrace_record_copy(const struct utrace_record *rec, void *to, size_t size)
{
	size_t n = members(rec);

	if (n > size)
		n = size;
	memcpy(to, rec, n);
	memset((char *)to + n, 0, size - n);
	return n;
}

/*
 * Nothing that is outside of the record is read, nor is an item returned whose data are,
 * whatever the numbers in it say.
 */
API const struct utrace_item *utrace_next_item(const struct utrace_record *rec,
					       const struct utrace_item *prev)
{
	const unsigned char *start = (const unsigned char *)rec;
	const struct utrace_item *item;
	size_t at, left;

	if (!rec->nr_items)
		return NULL;
	if (prev)
		at = (const unsigned char *)prev - start + prev->size;
	else
		at = rec->items;
	if (at < UTRACE_RECORD_SIZE_VER0 || at % 8 || at >= rec->size)
		return NULL;
	left = rec->size - at;
	item = (const void *)(start + at);
	if (left < UTRACE_ITEM_SIZE_VER0 || item->size < UTRACE_ITEM_SIZE_VER0 ||
	    item->size % 8 || item->size > left || item->data < UTRACE_ITEM_SIZE_VER0 ||
	    item->data > item->size || item->len > item->size - item->data)
		return NULL;
	return item;
}

API const struct utrace_item *utrace_find_item(const struct utrace_record *rec,
					       unsigned int kind, unsigned int arg)
{
	const struct utrace_item *item = NULL;

	while ((item = utrace_next_item(rec, item)))
		if (item->kind == kind && item->arg == arg)
			break;
	return item;
}

API const void *utrace_item_data(const struct utrace_item *item)
{
	return (const unsigned char *)item + item->data;
}

API int utrace_record_role(const struct utrace_record *rec, unsigned int role,
			   uint64_t *value)
{
	const struct utrace_item *item = utrace_find_item(rec, UTRACE_ITEM_ROLES, 0);
	const unsigned char *data;
	struct utrace_roles roles;
	size_t at;

	if (!item || role >= 64)
		goto none;
	data = utrace_item_data(item);
	if (item->len < sizeof(roles))
		goto none;
	memcpy(&roles, data, sizeof(roles));
	if (!(roles.mask >> role & 1))
		goto none;
	at = roles.size + sizeof(*value) *
	     __builtin_popcountll(roles.mask & ((1ull << role) - 1));
	if (roles.size < sizeof(roles) || at > item->len ||
	    item->len - at < sizeof(*value))
		goto none;
	memcpy(value, data + at, sizeof(*value));
	return 0;
none:
	return utrace_fail(NULL, ENODATA, "the record has no value of role %u", role);
}
