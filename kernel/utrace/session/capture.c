// SPDX-License-Identifier: GPL-2.0-only
/*
 * utrace sessions: the memory that a system call refers to
 *
 * What a rule says is copied into items of the call's record, in the traced thread, at the
 * entry of the call or at its exit.  It faults where the call itself would, with the same
 * right to, and killable.  The memory may change at any time; what counts is what is
 * copied now.
 */

#include <linux/compat.h>
#include <linux/socket.h>
#include <linux/uaccess.h>
#include <linux/uio.h>

#include <net/compat.h>

#include <asm/utrace.h>

#include "session.h"

/* Strings of one array that are copied. */
#define CAPTURE_STRINGS		1024

/**
 * struct capture - the captures of a call, at its entry or exit
 * @st: the thread
 * @buf: where its record is made
 * @config: for the maxima
 * @call: the call
 * @rule: the present one
 * @exit: the call has returned
 * @result: what it has returned
 * @compat: it is a 32-bit call
 */
struct capture {
	struct session_thread *st;
	struct session_buffer *buf;
	const struct utrace_config *config;
	const struct utrace_syscall *call;
	const struct utrace_capture_rule *rule;
	bool exit;
	long result;
	bool compat;
};

static void __user *capture_pointer(const struct capture *c, unsigned long value)
{
	return c->compat ? compat_ptr(value) : (void __user *)value;
}

/* Begin an item about memory at @addr. */
static void *capture_item(struct capture *c, u16 kind, u32 *len, void __user *addr,
			  u64 total, struct utrace_item **item)
{
	void *to = utrace_session_add_item(c->st, c->buf, kind, len, item);

	if (to) {
		(*item)->arg = c->rule->arg;
		(*item)->flags = c->exit ? UTRACE_ITEM_EXIT : 0;
		(*item)->addr = (unsigned long)addr;
		(*item)->total = total;
	}
	return to;
}

/*
 * Up to @max of the @count bytes at @from that are worth it, of @total bytes in all.
 * Returns how many were captured.
 */
static u32 capture_part(struct capture *c, void __user *from, u64 count, u64 total, u32 max,
			u32 index)
{
	u32 len = min_t(u64, count, max), room = len;
	struct utrace_item *item;
	void *to;

	to = capture_item(c, UTRACE_ITEM_MEMORY, &room, from, total, &item);
	if (!to)
		return 0;
	item->index = index;
	len = room - copy_from_user(to, from, room);
	if (len < room)
		item->flags |= UTRACE_ITEM_FAULT;
	else if (len < count)
		item->flags |= UTRACE_ITEM_TRUNCATED;
	utrace_session_end_item(c->buf, item, len);
	return len;
}

static u32 capture_memory(struct capture *c, void __user *from, u64 total, u32 max, u32 index)
{
	return capture_part(c, from, total, total, max, index);
}

static u32 capture_max(const struct capture *c)
{
	bool string = c->rule->kind == UTRACE_CAP_STRING ||
		      c->rule->kind == UTRACE_CAP_STRINGS;

	if (c->rule->max)
		return c->rule->max;
	return string ? c->config->string_max : c->config->buffer_max;
}

static void capture_string(struct capture *c, char __user *from)
{
	u32 max = capture_max(c), room;
	struct utrace_item *item;
	char *to, last;
	long len;

	if (!max)
		return;
	len = strnlen_user(from, max + 1);
	/* 0: it faults; what is before the fault is wanted still. */
	room = len ? min_t(u32, len, max) : max;
	to = capture_item(c, UTRACE_ITEM_MEMORY, &room, from, 0, &item);
	if (!to)
		return;
	len = strncpy_from_user(to, from, room);
	if (len < 0) {
		item->flags |= UTRACE_ITEM_FAULT;
		len = strnlen(to, room - copy_from_user(to, from, room));
	} else if (len == room && (get_user(last, from + len) || last)) {
		item->flags |= UTRACE_ITEM_TRUNCATED;
	}
	utrace_session_end_item(c->buf, item, len);
}

static int capture_get_long(const struct capture *c, unsigned long __user *from,
			    unsigned long *value)
{
	u32 value32;

	if (!c->compat)
		return get_user(*value, from);
	if (get_user(value32, (u32 __user *)from))
		return -EFAULT;
	*value = value32;
	return 0;
}

static size_t capture_long_size(const struct capture *c)
{
	return c->compat ? sizeof(u32) : sizeof(unsigned long);
}

/*
 * The strings of an array of pointers, one behind the other, each with a NUL.  All have
 * a share in the maximum; a string that has no room left is not begun.  The total is the
 * number of all strings, as far as they are counted.
 */
static void capture_strings(struct capture *c, void __user *from)
{
	u32 room = capture_max(c), done = 0, n;
	struct utrace_item *item;
	unsigned long pointer;
	bool full = false;
	char *to;
	long len;

	if (!room)
		return;
	to = capture_item(c, UTRACE_ITEM_STRINGS, &room, from, 0, &item);
	if (!to)
		return;
	for (n = 0; n < CAPTURE_STRINGS; n++, from += capture_long_size(c)) {
		if (capture_get_long(c, from, &pointer)) {
			item->flags |= UTRACE_ITEM_FAULT;
			break;
		}
		if (!pointer)
			break;
		if (full || done + 1 >= room) {
			full = true;
			continue;
		}
		len = strncpy_from_user(to + done, capture_pointer(c, pointer),
					room - done - 1);
		if (len < 0) {
			item->flags |= UTRACE_ITEM_FAULT;
			full = true;
			continue;
		}
		if (len == room - done - 1)
			full = true;
		to[done + len] = '\0';
		done += len + 1;
	}
	if (full || n == CAPTURE_STRINGS)
		item->flags |= UTRACE_ITEM_TRUNCATED;
	item->total = n;
	utrace_session_end_item(c->buf, item, done);
}

/* The length that the rule speaks of; 0: there is none. */
static u64 capture_length(const struct capture *c)
{
	const struct utrace_capture_rule *rule = c->rule;
	void __user *at = capture_pointer(c, c->call->args[rule->len_arg]);
	unsigned long value = 0;
	u32 value32;

	switch (rule->len_from) {
	case UTRACE_LEN_CONST:
		return rule->len_unit;
	case UTRACE_LEN_ARG:
		value = c->call->args[rule->len_arg];
		break;
	case UTRACE_LEN_INT:
		if (get_user(value32, (u32 __user *)at))
			return 0;
		value = value32;
		break;
	case UTRACE_LEN_LONG:
		if (capture_get_long(c, at, &value))
			return 0;
		break;
	case UTRACE_LEN_RESULT:
		value = max(c->result, 0L);
		break;
	}
	if (c->compat)
		value = (u32)value;
	/* More than an address space has is not worth an overflow. */
	return min_t(u64, value, U32_MAX) * rule->len_unit;
}

/* The memory of @n vectors, of which the first @filled bytes count.  Each has an item. */
static void capture_vectors(struct capture *c, void __user *from, u64 n, u64 filled)
{
	u32 max = capture_max(c), i;
	unsigned long base, len;
	u64 count;

	for (i = 0; i < min_t(u64, n, UTRACE_VECTORS_MAX); i++) {
		if (capture_get_long(c, from, &base))
			return;
		from += capture_long_size(c);
		if (capture_get_long(c, from, &len))
			return;
		from += capture_long_size(c);
		count = min_t(u64, len, filled);
		filled -= count;
		max -= capture_part(c, capture_pointer(c, base), count, len, max, i);
	}
}

static u64 capture_filled(const struct capture *c)
{
	return c->rule->filled_from == UTRACE_LEN_RESULT ? max(c->result, 0L) : U64_MAX;
}

static bool capture_get_msghdr(const struct capture *c, void __user *from,
			       struct utrace_msghdr *to)
{
	struct user_msghdr msg;

	*to = (struct utrace_msghdr){ .size = sizeof(*to) };
#ifdef CONFIG_COMPAT
	if (c->compat) {
		struct compat_msghdr msg32;

		if (copy_from_user(&msg32, from, sizeof(msg32)))
			return false;
		to->name = msg32.msg_name;
		to->namelen = msg32.msg_namelen;
		to->iov = msg32.msg_iov;
		to->iovlen = msg32.msg_iovlen;
		to->control = msg32.msg_control;
		to->controllen = msg32.msg_controllen;
		to->flags = msg32.msg_flags;
		return true;
	}
#endif
	if (copy_from_user(&msg, from, sizeof(msg)))
		return false;
	to->name = (unsigned long)msg.msg_name;
	to->namelen = msg.msg_namelen;
	to->iov = (unsigned long)msg.msg_iov;
	to->iovlen = msg.msg_iovlen;
	to->control = (unsigned long)msg.msg_control;
	to->controllen = msg.msg_controllen;
	to->flags = msg.msg_flags;
	return true;
}

static void capture_msghdr(struct capture *c, void __user *from)
{
	struct utrace_msghdr msg;
	struct utrace_item *item;
	u32 len = sizeof(msg);
	void *to;

	to = capture_item(c, UTRACE_ITEM_MSGHDR, &len, from, sizeof(msg), &item);
	if (!to || len < sizeof(msg))
		return;
	if (!capture_get_msghdr(c, from, &msg)) {
		item->flags |= UTRACE_ITEM_FAULT;
		utrace_session_end_item(c->buf, item, 0);
		return;
	}
	memcpy(to, &msg, sizeof(msg));
	utrace_session_end_item(c->buf, item, sizeof(msg));

	if (msg.name && msg.namelen)
		capture_memory(c, u64_to_user_ptr(msg.name), msg.namelen,
			       sizeof(struct __kernel_sockaddr_storage),
			       UTRACE_INDEX_NAME);
	if (msg.iov)
		capture_vectors(c, u64_to_user_ptr(msg.iov), msg.iovlen,
				capture_filled(c));
	if (msg.control && msg.controllen)
		capture_memory(c, u64_to_user_ptr(msg.control), msg.controllen,
			       capture_max(c), UTRACE_INDEX_CONTROL);
}

static void capture_one(struct capture *c)
{
	void __user *from = capture_pointer(c, c->call->args[c->rule->arg]);
	u64 len;

	if (!from)
		return;
	switch (c->rule->kind) {
	case UTRACE_CAP_STRING:
		capture_string(c, from);
		break;
	case UTRACE_CAP_BYTES:
		len = capture_length(c);
		if (len && capture_max(c))
			capture_memory(c, from, len, capture_max(c), 0);
		break;
	case UTRACE_CAP_STRINGS:
		capture_strings(c, from);
		break;
	case UTRACE_CAP_IOVEC:
		capture_vectors(c, from, capture_length(c), capture_filled(c));
		break;
	case UTRACE_CAP_MSGHDR:
		capture_msghdr(c, from);
		break;
	}
}

/**
 * utrace_session_capture - add what the rules of a call say to its record
 * @st: the thread
 * @buf: where the record is made
 * @rules: the rules of the call
 * @n: number of them
 * @config: for the maxima
 * @exit: the call has returned
 * @error: it has failed
 * @result: what it has returned
 *
 * Context: in the thread, in the report of the call; may sleep.
 */
void utrace_session_capture(struct session_thread *st, struct session_buffer *buf,
			    const struct utrace_capture_rule *rules, unsigned int n,
			    const struct utrace_config *config, bool exit, bool error,
			    long result)
{
	struct capture c = {
		.st = st,
		.buf = buf,
		.config = config,
		.call = utrace_syscall(st->engine),
		.exit = exit,
		.result = result,
	};

	c.compat = c.call->arch == ARCH_UTRACE_AUDIT_COMPAT;
	for (; n--; rules++) {
		if (exit != (rules->when != UTRACE_WHEN_ENTRY) ||
		    (error && rules->when == UTRACE_WHEN_SUCCESS))
			continue;
		c.rule = rules;
		capture_one(&c);
	}
}
