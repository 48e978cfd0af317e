// SPDX-License-Identifier: GPL-2.0-only
/*
 * utrace sessions: what goes with the record of a stop
 *
 * Registers by their purpose, the register file, memory of the stack, and return
 * addresses: what a tracer would ask for next, so that it need not.
 */

#include <linux/uaccess.h>
#include <uapi/linux/utrace_regs.h>

#include <asm/utrace.h>

#include "session.h"

/* Return addresses of a UTRACE_ITEM_BACKTRACE. */
#define HELD_FRAMES		64

/* Has the record of a stop more than its structure? */
static bool held_wants_items(const struct utrace_config *config)
{
	return config->roles || config->stack_max ||
	       (config->flags & UTRACE_CONFIG_REGFILE);
}

static void held_roles(struct session_thread *st, struct session_buffer *buf, u64 wanted)
{
	u32 len = sizeof(struct utrace_roles) + hweight64(wanted) * sizeof(u64), size = len;
	struct utrace_roles *roles;
	struct utrace_item *item;
	unsigned int role;
	u64 *value;

	roles = utrace_session_add_item(st, buf, UTRACE_ITEM_ROLES, &len, &item);
	if (!roles || len < size)
		return;
	*roles = (struct utrace_roles){ .size = sizeof(*roles) };
	value = (u64 *)(roles + 1);
	for (role = 0; role < UTRACE_ROLE_NR; role++) {
		if (!(wanted & BIT_ULL(role)) || utrace_role_get(st->engine, role, value))
			continue;
		roles->mask |= BIT_ULL(role);
		value++;
	}
	utrace_session_end_item(buf, item, (void *)value - (void *)roles);
}

static void held_regfile(struct session_thread *st, struct session_buffer *buf)
{
	ssize_t size = utrace_regfile_get(st->engine, NULL, 0);
	struct utrace_item *item;
	u32 len = size;
	void *to;

	if (size <= 0)
		return;
	to = utrace_session_add_item(st, buf, UTRACE_ITEM_REGFILE, &len, &item);
	if (!to || len < size)
		return;
	size = utrace_regfile_get(st->engine, to, size);
	if (size > 0)
		utrace_session_end_item(buf, item, size);
}

static void held_stack(struct session_thread *st, struct session_buffer *buf, u32 max)
{
	struct utrace_item *item;
	u32 room = max, len;
	void *to;
	u64 sp;

	if (utrace_role_get(st->engine, UTRACE_ROLE_SP, &sp))
		return;
	to = utrace_session_add_item(st, buf, UTRACE_ITEM_STACK, &room, &item);
	if (!to)
		return;
	item->addr = sp;
	len = room - copy_from_user(to, (void __user *)(unsigned long)sp, room);
	if (len < room)
		item->flags |= UTRACE_ITEM_FAULT;
	utrace_session_end_item(buf, item, len);
}

/**
 * utrace_session_add_held - add what the configuration wants to know of a stop
 * @st: the thread
 * @buf: where the record of the stop is made
 * @config: the configuration
 *
 * Context: in the thread, in a callback; may sleep.
 */
void utrace_session_add_held(struct session_thread *st, struct session_buffer *buf,
			     const struct utrace_config *config)
{
	bool may_see = current->mm && utrace_session_may_see(st, current->mm);

	if (config->roles)
		held_roles(st, buf, config->roles);
	if (config->flags & UTRACE_CONFIG_REGFILE)
		held_regfile(st, buf);
	if (config->stack_max && may_see)
		held_stack(st, buf, config->stack_max);
}

/*
 * Begin the record of @type, of @size bytes, for the end of an order that holds the thread,
 * with what the configuration wants to know of the stop.  NULL: that is nothing, so that
 * the record needs no memory of the thread's, or the last record there still waits.
 */
struct session_buffer *utrace_session_begin_held(struct session_thread *st, u16 type,
						 u32 size)
{
	struct utrace_config config;

	session_get_config(st->session, &config);
	if (!held_wants_items(&config) ||
	    !utrace_session_begin(st, &st->event_rec, type, size, &config))
		return NULL;
	utrace_session_add_held(st, &st->event_rec, &config);
	return &st->event_rec;
}

/* Post what utrace_session_begin_event() has begun, at the end of a callback. */
enum utrace_action utrace_session_post_event(struct session_thread *st,
					     const struct utrace_config *config, bool hold)
{
	if (hold)
		utrace_session_add_held(st, &st->event_rec, config);
	return utrace_session_post(st, &st->event_rec, config, hold);
}
