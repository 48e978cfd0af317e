// SPDX-License-Identifier: LGPL-2.1
/*
 * libutrace: orders to threads, one at a time or several in one system call, and memory
 */
#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "internal.h"

/*
 * The orders are one after the other in @bytes, as the kernel takes them.  @at has the
 * place of each.
 */
struct utrace_orders {
	unsigned char *bytes;
	uint32_t used, room;
	uint32_t *at;
	unsigned int nr, max;
};

API struct utrace_orders *utrace_orders_new(void)
{
	struct utrace_orders *o = calloc(1, sizeof(*o));

	if (!o)
		utrace_fail(NULL, ENOMEM, "cannot make a list of orders: %s",
			    strerror(ENOMEM));
	return o;
}

API void utrace_orders_free(struct utrace_orders *o)
{
	if (!o)
		return;
	free(o->bytes);
	free(o->at);
	free(o);
}

API void utrace_orders_clear(struct utrace_orders *o)
{
	o->used = 0;
	o->nr = 0;
}

static bool make_room(struct utrace_orders *o, uint32_t more)
{
	uint32_t room = o->room ? o->room : 1024;
	void *p;

	while (room - o->used < more)
		room *= 2;
	if (room > o->room) {
		p = realloc(o->bytes, room);
		if (!p)
			return false;
		o->bytes = p;
		o->room = room;
	}
	if (o->nr == o->max) {
		p = realloc(o->at, 2 * (o->max + 8) * sizeof(*o->at));
		if (!p)
			return false;
		o->at = p;
		o->max = 2 * (o->max + 8);
	}
	return true;
}

API int utrace_orders_add_sized(struct utrace_orders *o, const struct utrace_order *order)
{
	struct utrace_order *copy;

	if (order->size < UTRACE_ORDER_SIZE_VER0 || order->size % 8)
		return utrace_fail(NULL, EINVAL, "cannot add an order: none has %u bytes",
				   order->size);
	if (order->size > UTRACE_CONTROL_MAX - o->used)
		return utrace_fail(NULL, E2BIG, "cannot add an order: they would have more than %u bytes",
				   UTRACE_CONTROL_MAX);
	if (!make_room(o, order->size))
		return utrace_fail(NULL, ENOMEM, "cannot add an order: %s", strerror(ENOMEM));
	copy = (void *)(o->bytes + o->used);
	memcpy(copy, order, order->size);
	/* What an earlier submission has answered is no question. */
	copy->result = 0;
	copy->done = 0;
	copy->flags &= ~UTRACE_ORDER_ASLEEP;
	o->at[o->nr] = o->used;
	o->used += order->size;
	return o->nr++;
}

API int utrace_orders_add_simple(struct utrace_orders *o, unsigned int action,
				 unsigned int flags, uint64_t thread, uint64_t stop,
				 uint64_t tag)
{
	struct utrace_order order = {
		.size	= sizeof(order),
		.action	= action,
		.flags	= flags,
		.thread	= thread,
		.stop	= stop,
		.tag	= tag,
	};

	return utrace_orders_add_sized(o, &order);
}

API unsigned int utrace_orders_count(const struct utrace_orders *o)
{
	return o->nr;
}

API const struct utrace_order *utrace_orders_get(const struct utrace_orders *o,
						 unsigned int index)
{
	return index < o->nr ? (const void *)(o->bytes + o->at[index]) : NULL;
}

API int utrace_orders_result(const struct utrace_orders *o, unsigned int index)
{
	const struct utrace_order *order = utrace_orders_get(o, index);

	return order ? order->result : -EINVAL;
}

/* The kernel has looked at the orders in the first @done bytes. */
static void note_results(struct utrace_session *s, struct utrace_orders *o, uint32_t done,
			 int err)
{
	struct utrace_order *order;
	unsigned int i;

	for (i = 0; i < o->nr; i++) {
		order = (void *)(o->bytes + o->at[i]);
		if (o->at[i] < done)
			utrace_threads_note_order(s, order);
		else
			order->result = -err;
	}
}

static int control_fail(struct utrace_session *s, int err)
{
	const char *why;

	switch (err) {
	case EINTR:
		why = "a signal has come";
		break;
	case EINVAL:
		why = "one of them has a size or a flag that cannot be";
		break;
	case EFAULT:
		why = "their memory cannot be read and written";
		break;
	default:
		why = utrace_words(err);
	}
	return utrace_fail(s, err, "cannot give orders: %s", why);
}

/* An ioctl() that gives orders, and reads if @buffer is not NULL. */
static int control(struct utrace_session *s, struct utrace_orders *o, void *buffer,
		   uint32_t *buffer_size, int timeout_ms)
{
	struct utrace_control c = {
		.size		= sizeof(c),
		.orders		= (uintptr_t)o->bytes,
		.bytes		= o->used,
		.buffer		= (uintptr_t)buffer,
		.buffer_size	= buffer ? *buffer_size : 0,
		.timeout	= timeout_ms,
	};
	unsigned int i;
	int err;

	if (!o->used)
		c.orders = 0;
	/* Orders can be submitted again. */
	for (i = 0; i < o->nr; i++) {
		struct utrace_order *order = (void *)(o->bytes + o->at[i]);

		order->result = 0;
		order->done = 0;
		order->flags &= ~UTRACE_ORDER_ASLEEP;
	}
	err = -utrace_sys_ioctl(s->fd, UTRACE_IOC_CONTROL, &c);
	note_results(s, o, err ? c.done : o->used, err);
	if (buffer)
		*buffer_size = err ? 0 : c.buffer_size;
	/* What comes after all orders were looked at is about the records. */
	if (err && c.done == o->used && o->used &&
	    (err == EINTR || err == EMSGSIZE || err == EBUSY || err == EAGAIN))
		return 0;
	return err ? control_fail(s, err) : 0;
}

API int utrace_orders_submit(struct utrace_session *s, struct utrace_orders *o)
{
	utrace_take_back(s);
	return control(s, o, NULL, NULL, 0);
}

API int utrace_orders_submit_next(struct utrace_session *s, struct utrace_orders *o,
				  const struct utrace_record **rec, int timeout_ms)
{
	uint32_t size = s->size;
	bool in_one;
	int ret;

	utrace_take_back(s);
	/* Records that were read already come first, and the ring needs no call. */
	in_one = !s->first && s->pos == s->len && !s->ring.data;
	ret = control(s, o, in_one ? s->buf : NULL, &size, timeout_ms);
	if (ret < 0)
		return ret;
	if (in_one) {
		s->pos = 0;
		s->len = size;
		/* The time is over, or a record is longer than the buffer, or none will come. */
		if (!size && timeout_ms > 0)
			timeout_ms = 0;
	}
	return utrace_next_timeout(s, rec, timeout_ms);
}

API int utrace_control_sized(struct utrace_session *s, struct utrace_control *c)
{
	int err;

	utrace_take_back(s);
	err = -utrace_sys_ioctl(s->fd, UTRACE_IOC_CONTROL, c);
	return err ? control_fail(s, err) : 0;
}

/*
 * One order
 */

static const char *words_of_order(unsigned int action, int err)
{
	switch (err) {
	case ESRCH:
		return "the session has no such thread, or it is dead";
	case ESTALE:
		return "it is no longer held by this record";
	case EBUSY:
		return "the session does not hold it, or it is asleep in the kernel, or executes a system call for a tracer";
	case EALREADY:
		return "such an order is under way";
	case EAGAIN:
		return "the end of an earlier order has no room in the ring yet";
	case ENOBUFS:
		return "too many orders wait until their end can be told";
	case EDEADLK:
		return "the caller belongs to the process itself";
	case E2BIG:
		return "the kernel is older than the program, and does not know a member that is set";
	case EINVAL:
		return "there is no such action, flag or combination";
	case EOPNOTSUPP:
		if (action == UTRACE_OP_CALL)
			return "this call, or this place, does not allow that";
		if (action == UTRACE_OP_STEP)
			return "the machine cannot";
		break;
	case EPERM:
		if (action == UTRACE_OP_MEMORY)
			return "the process that has attached to it may not do that";
		break;
	}
	return utrace_words(err);
}

static const char *name_of_action(unsigned int action)
{
	switch (action) {
	case UTRACE_OP_RELEASE:
		return "release";
	case UTRACE_OP_HOLD:
		return "hold";
	case UTRACE_OP_DETACH:
		return "detach from";
	case UTRACE_OP_KILL:
		return "kill";
	case UTRACE_OP_SYSCALL:
		return "change the system call of";
	case UTRACE_OP_REGS:
		return "access the registers of";
	case UTRACE_OP_MEMORY:
		return "access the memory of";
	case UTRACE_OP_CALL:
		return "execute a system call in";
	case UTRACE_OP_STEP:
		return "step";
	case UTRACE_OP_SIGNAL:
		return "change the signal of";
	case UTRACE_OP_SEND:
		return "send a signal to";
	}
	return "give an order to";
}

static int order_fail(struct utrace_session *s, const struct utrace_order *o, int err)
{
	const char *what = name_of_action(o->action), *why = words_of_order(o->action, err);

	if (!o->thread)
		return utrace_fail(s, err, "cannot %s every thread of the session: %s", what,
				   why);
	return utrace_fail(s, err, "cannot %s %s %#llx: %s", what,
			   o->flags & UTRACE_ORDER_PROCESS ? "the process of thread" : "thread",
			   (unsigned long long)o->thread, why);
}

API int utrace_order_sized(struct utrace_session *s, struct utrace_order *order)
{
	struct utrace_orders one = { .bytes = (void *)order, .used = order->size };
	uint32_t at = 0;
	int ret;

	if (order->size < UTRACE_ORDER_SIZE_VER0 || order->size % 8)
		return utrace_fail(s, EINVAL, "cannot give an order: none has %u bytes",
				   order->size);
	utrace_take_back(s);
	one.at = &at;
	one.nr = 1;
	ret = control(s, &one, NULL, NULL, 0);
	if (ret < 0)
		return ret;
	if (!order->result || order->result == -EINPROGRESS)
		return order->result ? 1 : 0;
	return order_fail(s, order, -order->result);
}

API int utrace_release(struct utrace_session *s, uint64_t thread, uint64_t stop)
{
	struct utrace_order o = {
		.size	= sizeof(o),
		.action	= UTRACE_OP_RELEASE,
		.thread	= thread,
		.stop	= stop,
	};

	return utrace_order_sized(s, &o);
}

API int utrace_detach(struct utrace_session *s, uint64_t thread)
{
	struct utrace_order o = {
		.size	= sizeof(o),
		.action	= UTRACE_OP_DETACH,
		.thread	= thread,
	};

	return utrace_order_sized(s, &o);
}

API int utrace_kill(struct utrace_session *s, uint64_t thread)
{
	struct utrace_order o = {
		.size	= sizeof(o),
		.action	= UTRACE_OP_KILL,
		.thread	= thread,
	};

	return utrace_order_sized(s, &o);
}

/*
 * Orders whose end is waited for
 */

struct awaited {
	uint64_t tag;
	uint64_t thread;
	bool all;		/* ... until DONE; otherwise one record is the end */
	bool *asleep;
	int64_t *result;	/* of a system call */
};

enum { END_HELD = 1, END_GONE, END_CANCELLED, END_MORE };

/* The records with the tag of an order. */
static int match_end(const struct utrace_record *rec, const void *arg)
{
	const struct awaited *w = arg;
	const struct utrace_rec_quiesce *q = utrace_rec_quiesce(rec);
	const struct utrace_rec_called *c = utrace_rec_called(rec);
	const struct utrace_rec_gone *g = utrace_rec_gone(rec);
	const struct utrace_rec_done *d = utrace_rec_done(rec);

	if (q && q->tag == w->tag) {
		if (rec->flags & UTRACE_RECF_ASLEEP)
			*w->asleep = true;
		if (w->all)
			return END_MORE;
		/* Without HELD, another order has released it already. */
		return rec->flags & UTRACE_RECF_HELD ? END_HELD : END_CANCELLED;
	}
	if (g && g->tag == w->tag) {
		if (w->all)
			return END_MORE;
		return g->error == ECANCELED ? END_CANCELLED : END_GONE;
	}
	if (c && c->tag == w->tag) {
		if (w->result)
			*w->result = c->result;
		return END_HELD;
	}
	if (d && d->tag == w->tag)
		return END_HELD;
	return 0;
}

/* Wait for the end; 0, or -errno in words. */
static int wait_end(struct utrace_session *s, const struct utrace_order *o,
		    const struct awaited *w, int64_t deadline)
{
	int end, error;

	do
		end = utrace_wait_for(s, match_end, w, deadline, &error);
	while (end == END_MORE);
	switch (end) {
	case END_HELD:
		return 0;
	case END_GONE:
		return order_fail(s, o, ESRCH);
	case END_CANCELLED:
		return utrace_fail(s, ECANCELED, "cannot %s thread %#llx: UTRACE_OP_RELEASE came first",
				   name_of_action(o->action), (unsigned long long)o->thread);
	}
	if (error == -EAGAIN)
		return utrace_fail(s, ETIMEDOUT, "cannot %s thread %#llx: it has not come about in time",
				   name_of_action(o->action), (unsigned long long)o->thread);
	return error == -ESRCH ? order_fail(s, o, ESRCH) : error;
}

API int utrace_hold(struct utrace_session *s, uint64_t thread, unsigned int flags,
		    int timeout_ms)
{
	int64_t deadline = utrace_deadline(timeout_ms);
	bool all = !thread || flags & UTRACE_ORDER_PROCESS;
	struct utrace_order o = {
		.size	= sizeof(o),
		.action	= UTRACE_OP_HOLD,
		.flags	= flags | (all ? UTRACE_ORDER_TELL : 0),
		.thread	= thread,
		.tag	= OWN_TAG | ++s->tag,
	};
	bool asleep = false;
	struct awaited w = { .tag = o.tag, .thread = thread, .all = all, .asleep = &asleep };
	int ret, error;

	ret = utrace_order_sized(s, &o);
	if (ret < 0) {
		/* Some threads could not be held.  The end is told, but not to the program. */
		if (all && (ret == -EUSERS || ret == -EDEADLK || ret == -EAGAIN)) {
			while (utrace_wait_for(s, match_end, &w, deadline, &error) == END_MORE)
				;
			order_fail(s, &o, -ret);
		}
		return ret;
	}
	if (o.flags & UTRACE_ORDER_ASLEEP)
		asleep = true;
	if (ret) {
		ret = wait_end(s, &o, &w, deadline);
		return ret < 0 ? ret : asleep;
	}
	/* Those of threads that sleep or are stopped were made at once.  None: it was held. */
	while (utrace_wait_for(s, match_end, &w, 0, &error) > 0)
		;
	if (error < 0 && error != -EAGAIN && error != -ESRCH)
		return error;
	return asleep;
}

/* The thread is held for good, or it is gone, which the program is told, too. */
static int match_awake(const struct utrace_record *rec, const void *arg)
{
	const uint64_t *thread = arg;

	if (rec->thread != *thread)
		return 0;
	if (rec->type == UTRACE_EV_DEATH || rec->type == UTRACE_REC_DETACHED)
		return -1;
	return rec->flags & UTRACE_RECF_HELD && !(rec->flags & UTRACE_RECF_ASLEEP);
}

API int utrace_wait_awake(struct utrace_session *s, uint64_t thread, int timeout_ms)
{
	struct utrace_thread *t = utrace_thread(s, thread);
	int end, error;

	if (!t)
		return -ESRCH;
	if (t->stop && !t->asleep)
		return 0;
	end = utrace_wait_for(s, match_awake, &thread, utrace_deadline(timeout_ms), &error);
	if (end > 0)
		return 0;
	if (end < 0 || error == -ESRCH)
		return utrace_fail(s, ESRCH, "cannot wait until thread %#llx is awake: it has come to its end",
				   (unsigned long long)thread);
	if (error == -EAGAIN)
		return utrace_fail(s, ETIMEDOUT, "thread %#llx has not woken up in time",
				   (unsigned long long)thread);
	return error;
}

API int utrace_call(struct utrace_session *s, uint64_t thread, int64_t nr,
		    const uint64_t args[6], int64_t *result, int timeout_ms)
{
	int64_t deadline = utrace_deadline(timeout_ms);
	struct utrace_order_call o = {
		.order.tag	= OWN_TAG | ++s->tag,
		.order.thread	= thread,
		.nr		= nr,
	};
	struct awaited w = { .tag = o.order.tag, .thread = thread, .result = result };
	int ret;

	memcpy(o.args, args, sizeof(o.args));
	ret = utrace_order_call(s, &o);
	if (ret > 0)
		ret = wait_end(s, &o.order, &w, deadline);
	return ret;
}

/*
 * Memory
 */

API int utrace_mem_segs(struct utrace_session *s, uint64_t thread, unsigned int what,
			unsigned int mode, struct utrace_seg *segs, unsigned int nr)
{
	struct utrace_order_memory o = {
		.order.thread	= thread,
		.what		= what,
		.mode		= mode,
	};
	struct utrace_seg *first, *seg = segs;
	unsigned int n;
	int ret;

	while (nr) {
		first = seg;
		for (n = 0; n < nr && n < UTRACE_SEGS_MAX; n++) {
			if (seg->size < UTRACE_SEG_SIZE_VER0 || seg->size % 8)
				return utrace_fail(s, EINVAL, "cannot access memory: no struct utrace_seg has %u bytes",
						   seg->size);
			seg->done = 0;
			seg->error = 0;
			seg = (void *)((char *)seg + seg->size);
		}
		o.segs = (uintptr_t)first;
		o.nr = n;
		ret = utrace_order_memory(s, &o);
		if (ret < 0)
			return ret;
		nr -= n;
	}
	return 0;
}

static ssize_t one_seg(struct utrace_session *s, uint64_t thread, unsigned int what,
		       uint64_t addr, void *buffer, size_t len)
{
	struct utrace_seg seg = {
		.size	= sizeof(seg),
		.addr	= addr,
		.buffer	= (uintptr_t)buffer,
		.len	= len,
	};
	int ret = utrace_mem_segs(s, thread, what, 0, &seg, 1);

	if (ret < 0)
		return ret;
	if (!seg.done && seg.error)
		return utrace_fail(s, seg.error, "cannot %s memory of thread %#llx at %#llx: %s",
				   what == UTRACE_MEM_READ ? "read" : "write",
				   (unsigned long long)thread, (unsigned long long)addr,
				   strerror(seg.error));
	return seg.done;
}

API ssize_t utrace_mem_read(struct utrace_session *s, uint64_t thread, uint64_t addr,
			    void *buffer, size_t len)
{
	return one_seg(s, thread, UTRACE_MEM_READ, addr, buffer, len);
}

API ssize_t utrace_mem_write(struct utrace_session *s, uint64_t thread, uint64_t addr,
			     const void *buffer, size_t len)
{
	return one_seg(s, thread, UTRACE_MEM_WRITE, addr, (void *)buffer, len);
}

API ssize_t utrace_mem_string(struct utrace_session *s, uint64_t thread, uint64_t addr,
			      char *buffer, size_t size)
{
	size_t len = 0, want;
	const char *nul;
	ssize_t n;

	/* Not across the end of a page, unless the string goes on there. */
	while (len < size) {
		want = 4096 - (addr + len) % 4096;
		if (want > size - len)
			want = size - len;
		if (want > 256)
			want = 256;
		n = utrace_mem_read(s, thread, addr + len, buffer + len, want);
		if (n < 0)
			return n;
		nul = memchr(buffer + len, '\0', n);
		if (nul)
			return nul - buffer;
		len += n;
		if ((size_t)n < want)
			return utrace_fail(s, EFAULT, "cannot read a string of thread %#llx at %#llx: it does not end before unreadable memory",
					   (unsigned long long)thread,
					   (unsigned long long)addr);
	}
	return utrace_fail(s, ENAMETOOLONG, "cannot read a string of thread %#llx at %#llx: it has %zu bytes or more",
			   (unsigned long long)thread, (unsigned long long)addr, size);
}
