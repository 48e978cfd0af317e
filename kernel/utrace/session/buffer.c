// SPDX-License-Identifier: GPL-2.0-only
/*
 * utrace sessions: the memory in which a thread makes a record
 *
 * A record is made before it has a place in the ring, because what is captured for it may
 * fault, or have to wait for memory.  If there is no room in the ring, the record stays
 * here until there is.
 */

#include <linux/sched/mm.h>
#include <linux/slab.h>

#include "session.h"

void utrace_session_buffer_init(struct session_thread *st, struct session_buffer *buf)
{
	INIT_LIST_HEAD(&buf->post.node);
	buf->post.st = st;
	buf->post.rec = (struct utrace_record *)buf->fixed;
	buf->room = sizeof(buf->fixed);
}

void utrace_session_buffer_free(struct session_buffer *buf)
{
	if ((void *)buf->post.rec != buf->fixed)
		kvfree(buf->post.rec);
}

/*
 * Begin a record of @type, of which the first @size bytes are its structure, zeroed.
 * NULL: the last one still waits for room, because its thread, which dies, has not.
 */
struct utrace_record *utrace_session_begin(struct session_thread *st,
					   struct session_buffer *buf, u16 type, u32 size,
					   const struct utrace_config *config)
{
	struct utrace_record *rec = buf->post.rec;

	BUILD_BUG_ON(sizeof(struct utrace_rec_syscall) > sizeof(buf->fixed));
	BUILD_BUG_ON(sizeof(struct utrace_rec_exec) > sizeof(buf->fixed));
	BUILD_BUG_ON(sizeof(struct utrace_rec_clone) > sizeof(buf->fixed));

	if (!list_empty_careful(&buf->post.node))
		return NULL;
	memset(rec, 0, size);
	utrace_session_head(st, rec, type, size, config);
	return rec;
}

/* The same for the record of an event of the thread's.  NULL: it has been counted as lost. */
void *utrace_session_begin_event(struct session_thread *st, u16 type, u32 size,
				 const struct utrace_config *config)
{
	void *rec = utrace_session_begin(st, &st->event_rec, type, size, config);

	if (!rec)
		utrace_session_lose(st, size);
	return rec;
}

/* Is there room for @size bytes of the record?  May allocate it. */
static bool session_buffer_grow(struct session_thread *st, struct session_buffer *buf,
				u32 size)
{
	struct utrace_record *rec = buf->post.rec;
	struct mem_cgroup *own;
	void *new;

	if (size <= buf->room)
		return true;
	size = roundup_pow_of_two(size);
	own = set_active_memcg(st->session->memcg);
	new = kvmalloc(size, GFP_KERNEL_ACCOUNT);
	set_active_memcg(own);
	if (!new)
		return false;
	memcpy(new, rec, rec->size);
	utrace_session_buffer_free(buf);
	buf->post.rec = new;
	buf->room = size;
	return true;
}

/**
 * utrace_session_add_item - begin a further item of a record
 * @st: the thread
 * @buf: where its record is made
 * @kind: UTRACE_ITEM_*
 * @len: bytes of data that are wanted; out: bytes that there is room for
 * @item: out: the item, zeroed but for @kind
 *
 * A record takes at most a quarter of the ring.
 *
 * Context: in the thread.  May sleep.
 *
 * Return: where the data goes; NULL: there is no room, and the record says so.
 */
void *utrace_session_add_item(struct session_thread *st, struct session_buffer *buf,
			      u16 kind, u32 *len, struct utrace_item **item)
{
	u32 max = min_t(u64, utrace_ring_bytes(st->session->ring) / 4, UTRACE_REC_SKIP - 8);
	u32 head = buf->post.rec->size + sizeof(**item);

	if (head >= max)
		goto out_cut;
	if (*len > max - head) {
		*len = max - head;
		buf->post.rec->flags |= UTRACE_RECF_CUT;
	}
	if (!session_buffer_grow(st, buf, head + ALIGN(*len, 8)))
		goto out_cut;

	*item = (void *)buf->post.rec + buf->post.rec->size;
	memset(*item, 0, sizeof(**item));
	(*item)->kind = kind;
	(*item)->data = sizeof(**item);
	return *item + 1;

out_cut:
	buf->post.rec->flags |= UTRACE_RECF_CUT;
	return NULL;
}

/* The item has @len bytes of data. */
void utrace_session_end_item(struct session_buffer *buf, struct utrace_item *item, u32 len)
{
	u32 size = ALIGN(sizeof(*item) + len, 8);

	memset((void *)(item + 1) + len, 0, size - sizeof(*item) - len);
	item->len = len;
	item->size = size;
	buf->post.rec->size += size;
	buf->post.rec->nr_items++;
}
