// SPDX-License-Identifier: GPL-2.0-only
/*
 * utrace sessions: descriptions of registers, and the registers of held threads
 */

#include <linux/mm.h>
#include <linux/regset.h>
#include <linux/sched/signal.h>
#include <linux/sched/task_stack.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "../../regset/internal.h"
#include "session.h"

/*
 * 0: the session holds the thread, by the record @stop if that is not 0.  -EBUSY: it does
 * not, or lets it execute a system call.  -ESTALE: by another one.  -ESRCH: the thread is
 * gone.  *@asleep: it sleeps.
 */
static int session_check_held(struct utrace_session *s, u64 cookie, u64 stop, bool *asleep)
{
	struct session_thread *st;
	bool awake = false;
	int ret = -ESRCH;

	spin_lock(&s->lock);
	st = utrace_session_find_cookie(s, cookie);
	if (st) {
		awake = utrace_session_see_stopped(st);
		*asleep = st->asleep;
		ret = session_check_stop(st, stop);
		if (!ret && (!st->held || st->order.action == UTRACE_OP_CALL))
			ret = -EBUSY;
	}
	spin_unlock(&s->lock);
	if (awake) {
		utrace_session_feed(s);
		utrace_session_wake(s);
	}
	return ret;
}

/**
 * utrace_session_pin - pin a thread that the session holds
 * @s: the session
 * @engine: its engine on the thread
 * @cookie: the thread's
 * @stop: utrace_order.stop
 *
 * Whoever reads the record of a stop may be here before the thread is in it: it is on its
 * way there, and needs nothing but a CPU.  If the thread stands in a stop that is not this
 * session's, it is not on its way: SIGKILL has ended the hold, and another session has
 * stopped it since, at its exit.
 *
 * Context: process context, may sleep.
 *
 * Return: 0, and utrace_finish_examine() is due, or
 *
 * * %-ESRCH - the thread is gone, or has been killed
 * * %-ESTALE - it is not held by the record @stop
 * * %-EBUSY - it is not held, or asleep, or executes the call of UTRACE_OP_CALL
 * * %-EINTR - a signal came first
 */
int utrace_session_pin(struct utrace_session *s, struct utrace_engine *engine,
		       u64 cookie, u64 stop)
{
	bool asleep = false;
	int ret;

	for (;;) {
		ret = session_check_held(s, cookie, stop, &asleep);
		if (!ret && asleep)
			ret = -EBUSY;
		if (ret)
			return ret;
		ret = utrace_prepare_examine(engine);
		if (ret != -EAGAIN && ret != -EINVAL)
			return ret;
		if (ret == -EINVAL && utrace_stop_event(engine) >= 0)
			return -ESRCH;
		if (signal_pending(current))
			return -EINTR;
		schedule_timeout_interruptible(1);
	}
}

/*
 * Pin the thread of @order.  Returns its engine, referenced, for
 * utrace_session_unpin_thread(), or an ERR_PTR().
 */
struct utrace_engine *utrace_session_pin_thread(struct utrace_session *s,
						const struct utrace_order *order)
{
	struct utrace_engine *engine;
	int ret;

	engine = utrace_session_get_engine(s, order->thread);
	if (!engine)
		return ERR_PTR(-ESRCH);
	ret = utrace_session_pin(s, engine, order->thread, order->stop);
	if (!ret)
		return engine;
	utrace_engine_put(engine);
	return ERR_PTR(ret);
}

void utrace_session_unpin_thread(struct utrace_engine *engine)
{
	utrace_finish_examine(engine);
	utrace_engine_put(engine);
}

static const struct regset_desc *session_desc(struct utrace_session *s, u64 thread,
					      u32 id)
{
	const struct regset_desc *desc;
	struct utrace_engine *engine;

	if (!thread)
		return regset_desc_by_id(id) ?: ERR_PTR(-ENOENT);
	engine = utrace_session_get_engine(s, thread);
	if (!engine)
		return ERR_PTR(-ESRCH);
	/* The thread may die, and some architectures look at its stack. */
	desc = ERR_PTR(-ESRCH);
	if (try_get_task_stack(engine->task)) {
		desc = task_regset_desc(engine->task) ?: ERR_PTR(-ENOENT);
		put_task_stack(engine->task);
	}
	utrace_engine_put(engine);
	return desc;
}

/*
 * UTRACE_IOC_VIEW
 */

long utrace_session_view(struct utrace_session *s, void *arg)
{
	struct utrace_view_get *in = arg;
	const struct regset_desc *desc;
	const struct utrace_view *view;
	u32 room = in->buffer_size;

	if (in->flags || (in->thread && in->id))
		return -EINVAL;
	desc = session_desc(s, in->thread, in->id);
	if (IS_ERR(desc))
		return PTR_ERR(desc);
	view = regset_view(desc);
	in->buffer_size = view->size;
	if (room < view->size)
		return -ENOSPC;
	return copy_to_user(u64_to_user_ptr(in->buffer), view, view->size) ? -EFAULT : 0;
}

/*
 * UTRACE_OP_REGS
 *
 * Memory of user space is not looked at while the thread is pinned, and none is allocated:
 * both may be as slow as they like, and a pinned thread cannot die.  So what is read goes
 * through a buffer as big as the caller's, and what is written is fetched before.
 */

/* Of registers from user space, or for it; no view's come near it. */
#define SESSION_REGS_MAX	SZ_4M

static int session_check_regs(const struct utrace_order_regs *order)
{
	if (order->what > UTRACE_REGS_WRITE || order->form > UTRACE_REGS_LIST ||
	    order->reserved ||
	    (order->form != UTRACE_REGS_SET && order->note))
		return -EINVAL;
	return 0;
}

/* The size in front of a register file, which may have more room behind it. */
static int session_regfile_size(const struct utrace_order_regs *order, u32 *size)
{
	struct utrace_regfile head;

	if (order->buffer_size < sizeof(head))
		return -EINVAL;
	if (copy_from_user(&head, u64_to_user_ptr(order->buffer), sizeof(head)))
		return -EFAULT;
	if (head.size < sizeof(head) || head.size > order->buffer_size)
		return -EINVAL;
	*size = head.size;
	return 0;
}

/* What is to be written.  *@size: bytes of it. */
static void *session_fetch_regs(const struct utrace_order_regs *order, u32 *size)
{
	void *regs;
	int ret = 0;

	*size = order->buffer_size;
	if (order->form == UTRACE_REGS_FILE)
		ret = session_regfile_size(order, size);
	if (!ret && (!*size || *size > SESSION_REGS_MAX))
		ret = -EINVAL;
	if (ret)
		return ERR_PTR(ret);
	regs = kvmalloc(*size, GFP_KERNEL_ACCOUNT);
	if (!regs)
		return ERR_PTR(-ENOMEM);
	if (copy_from_user(regs, u64_to_user_ptr(order->buffer), *size)) {
		kvfree(regs);
		return ERR_PTR(-EFAULT);
	}
	/* It may be another one now. */
	if (order->form == UTRACE_REGS_FILE)
		((struct utrace_regfile *)regs)->size = *size;
	return regs;
}

/* The next register of a list.  NULL: there is none, or -EINVAL in *@ret. */
static struct utrace_regval *session_next_regval(void *list, u32 size, u32 *at, int *ret)
{
	struct utrace_regval *val = list + *at;
	u32 left = size - *at;

	/* A list may have a hundred thousand elements. */
	cond_resched();
	*ret = 0;
	if (!left)
		return NULL;
	if (left < UTRACE_REGVAL_SIZE_VER0 || val->size < UTRACE_REGVAL_SIZE_VER0 ||
	    val->size % 8 || val->size > left || (val->flags & ~UTRACE_REGVAL_ROLE) ||
	    val->bytes > sizeof(val->value) ||
	    memchr_inv((void *)val + sizeof(*val), 0, val->size - sizeof(*val))) {
		*ret = -EINVAL;
		return NULL;
	}
	*at += val->size;
	return val;
}

/* The register that @val names: its id, and its size in @val->bytes. */
static int session_name_reg(const struct regset_desc *desc, struct utrace_regval *val)
{
	int reg = val->reg;

	if (val->flags & UTRACE_REGVAL_ROLE) {
		reg = regset_reg_by_role(desc, val->reg);
		if (reg < 0)
			return reg;
	}
	if ((u32)reg >= regset_view(desc)->nr_regs)
		return -EINVAL;
	val->bytes = desc->map.regs[reg].size;
	/* Others are for register sets and files. */
	return val->bytes > sizeof(val->value) ? -ERANGE : reg;
}

/* A register of up to 8 bytes, in the byte order of the machine. */
union session_number {
	u8 u8;
	u16 u16;
	u32 u32;
	u64 u64;
};

static int session_get_number(struct utrace_engine *engine, bool asleep, int reg, u32 bytes,
			      u64 *value)
{
	union session_number number;
	int ret;

	if (asleep)
		ret = utrace_reg_get_asleep(engine, reg, &number, bytes);
	else
		ret = utrace_reg_get(engine, reg, &number, bytes);
	switch (bytes) {
	case 1:
		*value = number.u8;
		return ret;
	case 2:
		*value = number.u16;
		return ret;
	case 4:
		*value = number.u32;
		return ret;
	case 8:
		*value = number.u64;
		return ret;
	}
	return -ERANGE;
}

static int session_get_list(struct utrace_engine *engine, bool asleep,
			    struct utrace_order_regs *order, void *list, u32 size)
{
	const struct regset_desc *desc = task_regset_desc(engine->task);
	struct utrace_regval *val;
	int reg, ret;
	u32 at = 0;

	if (!desc)
		return -EOPNOTSUPP;
	while ((val = session_next_regval(list, size, &at, &ret))) {
		reg = session_name_reg(desc, val);
		ret = reg < 0 ? reg : session_get_number(engine, asleep, reg, val->bytes,
							 &val->value);
		if (ret == -EAGAIN)
			return ret;
		if (ret) {
			order->bad = val->reg;
			return ret;
		}
	}
	return ret;
}

/* @value as a number of @bytes bytes; -ERANGE: it does not fit. */
static int session_set_number(union session_number *new, u32 bytes, u64 value)
{
	if (bytes < sizeof(value) && value >> (8 * bytes))
		return -ERANGE;
	switch (bytes) {
	case 1:
		new->u8 = value;
		return 0;
	case 2:
		new->u16 = value;
		return 0;
	case 4:
		new->u32 = value;
		return 0;
	case 8:
		new->u64 = value;
		return 0;
	}
	return -ERANGE;
}

/* @values and @news have room for all that fit into @size bytes of @list. */
static int session_set_list(struct utrace_engine *engine, struct utrace_order_regs *order,
			    void *list, u32 size, struct regset_value *values,
			    union session_number *news)
{
	const struct regset_desc *desc = task_regset_desc(engine->task);
	struct utrace_regval *val;
	u32 at = 0, nr = 0;
	int reg, ret;

	if (!desc)
		return -EOPNOTSUPP;
	while ((val = session_next_regval(list, size, &at, &ret))) {
		reg = session_name_reg(desc, val);
		ret = reg < 0 ? reg : session_set_number(&news[nr], val->bytes, val->value);
		if (ret) {
			order->bad = val->reg;
			return ret;
		}
		values[nr] = (struct regset_value) {
			.reg = reg,
			.size = val->bytes,
			.value = &news[nr],
		};
		nr++;
	}
	return ret ?: utrace_reg_set(engine, values, nr, &order->bad);
}

static int session_write_list(struct utrace_session *s, struct utrace_engine *engine,
			      struct utrace_order_regs *order, void *list, u32 size)
{
	u32 max = size / UTRACE_REGVAL_SIZE_VER0 + 1;
	union session_number *news;
	struct regset_value *values;
	int ret = -ENOMEM;

	values = kvcalloc(max, sizeof(*values), GFP_KERNEL_ACCOUNT);
	news = kvcalloc(max, sizeof(*news), GFP_KERNEL_ACCOUNT);
	if (values && news)
		ret = utrace_session_pin(s, engine, order->order.thread,
					 order->order.stop);
	if (!ret) {
		ret = session_set_list(engine, order, list, size, values, news);
		utrace_finish_examine(engine);
	}
	kvfree(news);
	kvfree(values);
	return ret;
}

static int session_set_set(struct utrace_engine *engine, u32 note, const void *regs,
			   u32 size)
{
	int ret = utrace_regset_set(engine, note, regs, size);

	return ret == -ENOENT ? -ENODEV : ret;
}

static int session_regs_write(struct utrace_session *s, struct utrace_engine *engine,
			      struct utrace_order_regs *order)
{
	struct regset_arena arena = {};
	bool asleep = false;
	void *regs;
	u32 size;
	int ret;

	/* What makes all else vain comes first. */
	ret = session_check_held(s, order->order.thread, order->order.stop, &asleep);
	if (ret || asleep)
		return ret ?: -EBUSY;
	regs = session_fetch_regs(order, &size);
	if (IS_ERR(regs))
		return PTR_ERR(regs);
	if (order->form == UTRACE_REGS_LIST) {
		ret = session_write_list(s, engine, order, regs, size);
		goto out;
	}
	do {
		ret = 0;
		if (order->form == UTRACE_REGS_FILE)
			ret = utrace_regfile_set_prepare(engine, size, &arena);
		if (!ret)
			ret = utrace_session_pin(s, engine, order->order.thread,
						 order->order.stop);
		if (ret)
			break;
		if (order->form == UTRACE_REGS_FILE)
			ret = utrace_regfile_set_pinned(engine, regs, size, &order->bad,
							&arena);
		else
			ret = session_set_set(engine, order->note, regs, size);
		utrace_finish_examine(engine);
	} while (regset_arena_short(&arena));
out:
	regset_arena_free(&arena);
	kvfree(regs);
	return ret;
}

/*
 * Read a register set.  Returns its size: as far as the CPU and the thread have it, which
 * only a read of all of it tells.
 */
static ssize_t session_get_set(struct utrace_engine *engine, bool asleep, u32 note,
			       void *regs, u32 room)
{
	const struct user_regset_view *view = regset_task_view(engine->task);
	unsigned int i;
	ssize_t size;

	for (i = 0; i < view->n; i++)
		if (view->regsets[i].core_note_type == note)
			break;
	if (i == view->n)
		return -ENODEV;
	size = view->regsets[i].n * view->regsets[i].size;
	if (room < size)
		return size;
	if (asleep)
		return utrace_regset_get_asleep(engine, note, regs, room);
	return utrace_regset_get(engine, note, regs, room);
}

/* Read the register file.  Returns its size. */
static ssize_t session_get_file(struct utrace_engine *engine, bool asleep, void *file,
				u32 room, struct regset_arena *arena)
{
	ssize_t size;

	size = asleep ? utrace_regfile_get_asleep(engine, NULL, 0)
		      : utrace_regfile_get_pinned(engine, NULL, 0, arena);
	if (size < 0 || room < size)
		return size;
	return asleep ? utrace_regfile_get_asleep(engine, file, size)
		      : utrace_regfile_get_pinned(engine, file, size, arena);
}

/*
 * Read into @regs, of @room bytes, the registers of a thread that is pinned, or @asleep.
 * %-EAGAIN: it does not sleep any more.
 */
static int session_regs_get(struct utrace_engine *engine, bool asleep,
			    struct utrace_order_regs *order, void *regs, u32 room,
			    struct regset_arena *arena)
{
	ssize_t size;

	if (order->form == UTRACE_REGS_LIST)
		return session_get_list(engine, asleep, order, regs, room);
	if (order->form == UTRACE_REGS_FILE)
		size = session_get_file(engine, asleep, regs, room, arena);
	else
		size = session_get_set(engine, asleep, order->note, regs, room);
	if (size < 0)
		return size;
	order->buffer_size = size;
	return room < size ? -ENOSPC : 0;
}

/* Nothing but its sleep keeps such a thread from its death, which frees its stack. */
static int session_regs_get_asleep(struct utrace_engine *engine,
				   struct utrace_order_regs *order, void *regs, u32 room)
{
	int ret;

	if (!try_get_task_stack(engine->task))
		return -ESRCH;
	ret = session_regs_get(engine, true, order, regs, room, NULL);
	put_task_stack(engine->task);
	return ret;
}

/* Read the registers of a thread that is held, wherever it is. */
static int session_regs_get_held(struct utrace_session *s, struct utrace_engine *engine,
				 struct utrace_order_regs *order, void *regs, u32 room)
{
	const struct utrace_order *head = &order->order;
	struct regset_arena arena = {};
	bool asleep;
	int ret;

	for (;;) {
		asleep = false;
		ret = session_check_held(s, head->thread, head->stop, &asleep);
		if (ret)
			return ret;
		if (!asleep)
			break;
		ret = session_regs_get_asleep(engine, order, regs, room);
		if (ret != -EAGAIN)
			return ret;
		/* Killed in its sleep, and in the stop of another session since. */
		if (utrace_stop_event(engine) == UTRACE_EV_EXIT)
			return -ESRCH;
		/* It has woken up, and is on its way to a stop, or to sleep once more. */
		if (signal_pending(current))
			return -EINTR;
		schedule_timeout_interruptible(1);
	}
	do {
		ret = regset_arena_prepare(&arena, 0) ?:
		      utrace_session_pin(s, engine, head->thread, head->stop);
		if (ret)
			break;
		ret = session_regs_get(engine, false, order, regs, room, &arena);
		utrace_finish_examine(engine);
	} while (regset_arena_short(&arena));
	regset_arena_free(&arena);
	return ret;
}

static int session_regs_read(struct utrace_session *s, struct utrace_engine *engine,
			     struct utrace_order_regs *order)
{
	u32 room = min_t(u32, order->buffer_size, SESSION_REGS_MAX);
	void *regs = NULL;
	int ret = 0;

	/* A list is given back as long as it came, and is in @regs as a whole. */
	if (order->form == UTRACE_REGS_LIST && order->buffer_size > room)
		return -EINVAL;
	if (room) {
		regs = kvzalloc(room, GFP_KERNEL_ACCOUNT);
		if (!regs)
			return -ENOMEM;
	}
	/* A list says in its elements which registers it wants. */
	if (order->form == UTRACE_REGS_LIST && room &&
	    copy_from_user(regs, u64_to_user_ptr(order->buffer), room))
		ret = -EFAULT;
	if (!ret)
		ret = session_regs_get_held(s, engine, order, regs, room);
	if (!ret && copy_to_user(u64_to_user_ptr(order->buffer), regs, order->buffer_size))
		ret = -EFAULT;
	kvfree(regs);
	return ret;
}

int utrace_session_regs(struct utrace_session *s, struct utrace_order_regs *order)
{
	u64 right = order->what == UTRACE_REGS_WRITE ? UTRACE_RIGHT_REGS_WRITE
						     : UTRACE_RIGHT_REGS_READ;
	struct utrace_engine *engine;
	int ret = session_check_regs(order);

	if (ret)
		return ret;
	if (!(READ_ONCE(s->rights) & right))
		return -EACCES;
	engine = utrace_session_get_engine(s, order->order.thread);
	if (!engine)
		return -ESRCH;
	order->bad = UTRACE_NONE;
	if (order->what == UTRACE_REGS_WRITE)
		ret = session_regs_write(s, engine, order);
	else
		ret = session_regs_read(s, engine, order);
	utrace_engine_put(engine);
	return ret;
}
