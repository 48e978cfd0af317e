// SPDX-License-Identifier: GPL-2.0-only
/*
 * utrace sessions: orders, UTRACE_IOC_CONTROL
 *
 * Each order is as long as its size says, and has a result of its own.  What an order
 * does at once is over when it has its result; what takes time ends in one record with
 * the tag of the order, whatever becomes of the thread (utrace_session_end_order()).
 */

#include <linux/jiffies.h>
#include <linux/sched/signal.h>
#include <linux/uaccess.h>
#include <linux/uio.h>

#include "session.h"

/*
 * One thread; under session->lock
 */

/**
 * utrace_session_order_hold - hold a thread
 * @st: the thread
 * @tag: for the record that says so
 * @reason: UTRACE_QUIESCE_*
 * @batch: that the order is part of, or NULL
 * @interrupt: end its sleep
 * @out: UTRACE_ORDER_ASLEEP is added if it sleeps
 *
 * Context: session->lock is held.  The caller calls utrace_session_feed() afterwards, and
 *	wakes the reader.
 *
 * Return: 0 if it is stopped or asleep, -EINPROGRESS, or one of the errors of
 * UTRACE_OP_HOLD.
 */
int utrace_session_order_hold(struct session_thread *st, u64 tag, u16 reason,
			      struct session_batch *batch, bool interrupt, u16 *out)
{
	int ret;

	lockdep_assert_held(&st->session->lock);

	if (interrupt && st->order.action == UTRACE_OP_CALL)
		utrace_call_interrupt(st->engine);
	if (st->held && !(interrupt && st->asleep)) {
		if (st->asleep)
			*out |= UTRACE_ORDER_ASLEEP;
		if (batch)
			batch->rec.done++;
		return 0;
	}
	if (st->held) {
		/* What made it sleep ends, and the record that it is awake follows. */
		ret = utrace_control(st->engine, UTRACE_INTERRUPT);
		if (!ret && batch)
			batch->rec.done++;
		*out |= UTRACE_ORDER_ASLEEP;
		return ret;
	}
	if (same_thread_group(st->task, current) && reason == UTRACE_QUIESCE_HOLD)
		return -EDEADLK;
	if (st->order.action == UTRACE_OP_STEP)
		utrace_session_end_order(st, ECANCELED, 0, NULL);
	if (st->order.action && batch && !st->order.batch) {
		/* The end of the order that is under way is also that of this one. */
		st->order.batch = batch;
		batch->pending++;
		return -EINPROGRESS;
	}
	if (st->order.action)
		return -EALREADY;
	if (!list_empty(&st->answer.post.node))
		return -EAGAIN;

	ret = utrace_control(st->engine, UTRACE_STOP);
	if (ret && ret != -EINPROGRESS)
		return ret;

	st->order = (struct session_order){
		.tag = tag,
		.action = UTRACE_OP_HOLD,
		.reason = reason,
		.interrupts = interrupt,
		.batch = batch,
	};
	if (batch)
		batch->pending++;
	if (!ret) {
		/* Stopped for another reason, and now for this one. */
		utrace_session_hold(st);
		utrace_session_end_order(st, 0, UTRACE_RECF_HELD, NULL);
		return 0;
	}
	if (interrupt) {
		/*
		 * This takes back what the engine has asked for, but the hold comes about
		 * all the same: report_quiesce answers for it.
		 */
		utrace_control(st->engine, UTRACE_INTERRUPT);
	} else if (utrace_session_hold_asleep(st)) {
		/* It was asked to stop, and comes to no instruction without that. */
		*out |= UTRACE_ORDER_ASLEEP;
		return 0;
	}
	utrace_session_watch_hold(st);
	return -EINPROGRESS;
}

static int session_release(struct session_thread *st)
{
	/* A call that is under way is interrupted by what resumes the thread. */
	if (st->order.action == UTRACE_OP_HOLD || st->order.action == UTRACE_OP_STEP)
		utrace_session_end_order(st, ECANCELED, 0, NULL);
	if (st->held) {
		utrace_session_unhold(st);
		utrace_session_unhold_posts(st);
	}
	return st->starved ? 0 : utrace_session_resume(st);
}

static int session_order_thread(struct session_thread *st, struct utrace_order *order,
				struct session_batch *batch)
{
	switch (order->action) {
	case UTRACE_OP_RELEASE:
		return session_release(st);
	case UTRACE_OP_HOLD:
		return utrace_session_order_hold(st, order->tag, UTRACE_QUIESCE_HOLD, batch,
						 order->flags & UTRACE_ORDER_INTERRUPT,
						 &order->flags);
	case UTRACE_OP_KILL:
		return send_sig(SIGKILL, st->task, 1);
	}
	return -EINVAL;
}

/*
 * One thread, or several
 */

static int session_detach_one(struct utrace_session *s, const struct utrace_order *order)
{
	struct utrace_engine *engine = NULL;
	struct session_thread *st;
	int ret = -ESRCH;

	spin_lock(&s->lock);
	st = utrace_session_find_cookie(s, order->thread);
	if (st)
		ret = session_check_stop(st, order->stop);
	if (!ret) {
		engine = utrace_session_forget(st, ESRCH);
		utrace_control(engine, UTRACE_DETACH);
	}
	spin_unlock(&s->lock);
	if (engine)
		utrace_engine_put(engine);
	return ret;
}

static int session_order_one(struct utrace_session *s, struct utrace_order *order)
{
	struct session_thread *st;
	int ret = -ESRCH;

	if (order->action == UTRACE_OP_DETACH) {
		ret = session_detach_one(s, order);
	} else {
		spin_lock(&s->lock);
		st = utrace_session_find_cookie(s, order->thread);
		if (st)
			ret = session_check_stop(st, order->stop);
		if (!ret)
			ret = session_order_thread(st, order, NULL);
		spin_unlock(&s->lock);
	}
	order->done = !ret || ret == -EINPROGRESS;
	return ret;
}

/**
 * struct session_orders - an order to several threads
 * @order: the order
 * @process: only to threads of this process; 0: to all
 * @batch: the order ends in a UTRACE_REC_DONE, or NULL
 * @result: of the order as a whole
 */
struct session_orders {
	struct utrace_order *order;
	u64 process;
	struct session_batch *batch;
	int result;
};

/*
 * What is true of single threads (dead, held) is no error here.  That one could not
 * be held is: the caller would take them all for held.
 */
static void session_order_next(struct session_thread *st, void *data)
{
	struct session_orders *orders = data;
	struct utrace_order *order = orders->order;
	struct utrace_engine *engine;
	int ret;

	if (orders->process && st->process != orders->process)
		return;
	if (order->action == UTRACE_OP_DETACH) {
		engine = utrace_session_forget(st, ESRCH);
		utrace_control(engine, UTRACE_DETACH);
		utrace_engine_put(engine);
		order->done++;
		return;
	}
	ret = session_order_thread(st, order, orders->batch);
	if (!ret || ret == -EINPROGRESS)
		order->done++;
	else if (orders->batch)
		orders->batch->rec.gone++;
	if (ret == -EUSERS || ret == -EDEADLK || ret == -EAGAIN ||
	    (ret == -EINPROGRESS && !orders->result))
		orders->result = ret;
}

static u64 session_process_of(struct utrace_session *s, u64 cookie)
{
	struct session_thread *st;
	u64 process = 0;

	spin_lock(&s->lock);
	st = utrace_session_find_cookie(s, cookie);
	if (st)
		process = st->process;
	spin_unlock(&s->lock);
	return process;
}

static int session_order_many(struct utrace_session *s, struct utrace_order *order)
{
	struct session_orders orders = { .order = order };
	int ret;

	if (order->stop)
		return -EINVAL;
	if (order->thread) {
		orders.process = session_process_of(s, order->thread);
		if (!orders.process)
			return -ESRCH;
	}
	if (order->flags & UTRACE_ORDER_TELL) {
		orders.batch = utrace_session_batch_make(s, order->tag);
		if (IS_ERR(orders.batch))
			return PTR_ERR(orders.batch);
	}
	ret = utrace_session_for_each(s, session_order_next, &orders);
	if (orders.batch) {
		spin_lock(&s->lock);
		utrace_session_batch_put(s, orders.batch);
		spin_unlock(&s->lock);
	}
	/* Of all together it says nothing. */
	order->flags &= ~UTRACE_ORDER_ASLEEP;
	return ret ?: orders.result;
}

/* RELEASE, HOLD, DETACH, KILL */
static int session_do_threads(struct utrace_session *s, union session_any_order *any)
{
	struct utrace_order *order = &any->head;
	bool many = !order->thread || (order->flags & UTRACE_ORDER_PROCESS);
	int ret;

	if (order->action != UTRACE_OP_HOLD &&
	    (order->flags & (UTRACE_ORDER_INTERRUPT | UTRACE_ORDER_TELL)))
		return -EINVAL;
	if (!many && (order->flags & UTRACE_ORDER_TELL))
		return -EINVAL;
	if (!order->thread && (order->flags & UTRACE_ORDER_PROCESS))
		return -EINVAL;
	ret = many ? session_order_many(s, order) : session_order_one(s, order);
	utrace_session_feed(s);
	utrace_session_wake(s);
	return ret;
}

/*
 * Orders with operands, to one thread
 */

static int session_answer_call(struct utrace_engine *engine,
			       const struct utrace_order_syscall *order)
{
	struct utrace_syscall call = {
		.nr = order->nr,
		.arch = order->arch,
	};
	int i;

	switch (order->what) {
	case UTRACE_CALL_SKIP:
		return utrace_syscall_skip(engine, order->result);
	case UTRACE_CALL_REWRITE:
	case UTRACE_CALL_RESTORE:
		for (i = 0; i < ARRAY_SIZE(call.args); i++)
			call.args[i] = order->args[i];
		return utrace_syscall_rewrite(engine, &call,
				order->what == UTRACE_CALL_RESTORE ?
				UTRACE_SYSCALL_RESTORE : 0);
	case UTRACE_CALL_RESULT:
		return utrace_syscall_set_result(engine, order->result);
	case UTRACE_CALL_RESTART:
		return utrace_syscall_restart(engine);
	}
	return -EINVAL;
}

static int session_do_syscall(struct utrace_session *s, union session_any_order *any)
{
	struct utrace_order_syscall *order = &any->syscall;
	bool rewrite = order->what == UTRACE_CALL_REWRITE ||
		       order->what == UTRACE_CALL_RESTORE;
	struct utrace_engine *engine;
	int ret;

	if (order->what < UTRACE_CALL_SKIP || order->what > UTRACE_CALL_RESTART ||
	    (!rewrite && (order->arch || order->nr)))
		return -EINVAL;
	engine = utrace_session_pin_thread(s, &order->order);
	if (IS_ERR(engine))
		return PTR_ERR(engine);
	ret = session_answer_call(engine, order);
	utrace_session_unpin_thread(engine);
	return ret;
}

static int session_do_step(struct utrace_session *s, union session_any_order *any)
{
	return utrace_session_step(s, &any->step);
}

static int session_do_signal(struct utrace_session *s, union session_any_order *any)
{
	return utrace_session_answer_signal(s, &any->signal);
}

static int session_do_send(struct utrace_session *s, union session_any_order *any)
{
	return utrace_session_send(s, &any->send);
}

static int session_do_regs(struct utrace_session *s, union session_any_order *any)
{
	return utrace_session_regs(s, &any->regs);
}

static int session_do_memory(struct utrace_session *s, union session_any_order *any)
{
	return utrace_session_memory(s, &any->memory);
}

/* Ask for the call of @order, and remember the order until the call has ended. */
static int session_begin_call(struct utrace_session *s, struct utrace_order_call *order,
			      struct session_batch *batch)
{
	struct session_thread *st;
	int i, ret;

	lockdep_assert_held(&s->lock);

	st = utrace_session_find_cookie(s, order->order.thread);
	if (!st)
		return -ESRCH;
	if (st->order.action)
		return -EBUSY;
	if (!list_empty(&st->answer.post.node))
		return -EAGAIN;
	st->asked = (struct utrace_call_request){ .nr = order->nr };
	for (i = 0; i < ARRAY_SIZE(order->args); i++)
		st->asked.args[i] = order->args[i];
	ret = utrace_call(st->engine, &st->asked);
	if (ret)
		return ret;
	st->order = (struct session_order){
		.tag = order->order.tag,
		.action = UTRACE_OP_CALL,
		.batch = batch,
	};
	if (batch)
		batch->pending++;
	return -EINPROGRESS;
}

static int session_do_call(struct utrace_session *s, union session_any_order *any)
{
	struct utrace_order_call *order = &any->call;
	struct session_batch *batch = NULL;
	struct utrace_engine *engine;
	int ret;

	engine = utrace_session_get_engine(s, order->order.thread);
	if (!engine)
		return -ESRCH;
	if (order->order.flags & UTRACE_ORDER_TELL) {
		batch = utrace_session_batch_make(s, order->order.tag);
		if (IS_ERR(batch)) {
			ret = PTR_ERR(batch);
			goto out_put;
		}
	}
	/* The thread is in its stop then, and begins when it is unpinned. */
	ret = utrace_session_pin(s, engine, order->order.thread, order->order.stop);
	if (!ret) {
		spin_lock(&s->lock);
		ret = session_begin_call(s, order, batch);
		spin_unlock(&s->lock);
		utrace_finish_examine(engine);
	}
	if (batch) {
		spin_lock(&s->lock);
		if (ret == -EINPROGRESS)
			utrace_session_batch_put(s, batch);
		else
			utrace_session_batch_cancel(s, batch);
		spin_unlock(&s->lock);
	}
	utrace_session_feed(s);
	utrace_session_wake(s);
out_put:
	utrace_engine_put(engine);
	return ret;
}

/**
 * struct session_action - how an order is carried out
 * @size: of the order, as this kernel knows it; 0: there is no such action
 * @min: of its first version
 * @flags: UTRACE_ORDER_* that it can have
 * @rights: UTRACE_RIGHT_* that it needs
 * @fn: does it, and returns its result
 */
struct session_action {
	u32 size;
	u32 min;
	u16 flags;
	u64 rights;
	int (*fn)(struct utrace_session *s, union session_any_order *order);
};

static const struct session_action session_actions[] = {
	[UTRACE_OP_RELEASE] = {
		.size	= sizeof(struct utrace_order),
		.min	= UTRACE_ORDER_SIZE_VER0,
		.flags	= UTRACE_ORDER_LINK | UTRACE_ORDER_PROCESS,
		.fn	= session_do_threads,
	},
	[UTRACE_OP_HOLD] = {
		.size	= sizeof(struct utrace_order),
		.min	= UTRACE_ORDER_SIZE_VER0,
		.flags	= UTRACE_ORDER_LINK | UTRACE_ORDER_PROCESS | UTRACE_ORDER_TELL |
			  UTRACE_ORDER_INTERRUPT,
		.rights	= UTRACE_RIGHT_HOLD,
		.fn	= session_do_threads,
	},
	[UTRACE_OP_DETACH] = {
		.size	= sizeof(struct utrace_order),
		.min	= UTRACE_ORDER_SIZE_VER0,
		.flags	= UTRACE_ORDER_LINK | UTRACE_ORDER_PROCESS,
		.fn	= session_do_threads,
	},
	[UTRACE_OP_KILL] = {
		.size	= sizeof(struct utrace_order),
		.min	= UTRACE_ORDER_SIZE_VER0,
		.flags	= UTRACE_ORDER_LINK | UTRACE_ORDER_PROCESS,
		.rights	= UTRACE_RIGHT_KILL,
		.fn	= session_do_threads,
	},
	[UTRACE_OP_SYSCALL] = {
		.size	= sizeof(struct utrace_order_syscall),
		.min	= UTRACE_ORDER_SYSCALL_SIZE_VER0,
		.flags	= UTRACE_ORDER_LINK,
		.rights	= UTRACE_RIGHT_ANSWER,
		.fn	= session_do_syscall,
	},
	[UTRACE_OP_STEP] = {
		.size	= sizeof(struct utrace_order_step),
		.min	= UTRACE_ORDER_STEP_SIZE_VER0,
		.flags	= UTRACE_ORDER_LINK,
		.rights	= UTRACE_RIGHT_STEP,
		.fn	= session_do_step,
	},
	[UTRACE_OP_SIGNAL] = {
		.size	= sizeof(struct utrace_order_signal),
		.min	= UTRACE_ORDER_SIGNAL_SIZE_VER0,
		.flags	= UTRACE_ORDER_LINK,
		.rights	= UTRACE_RIGHT_ANSWER,
		.fn	= session_do_signal,
	},
	[UTRACE_OP_SEND] = {
		.size	= sizeof(struct utrace_order_send),
		.min	= UTRACE_ORDER_SEND_SIZE_VER0,
		.flags	= UTRACE_ORDER_LINK,
		.rights	= UTRACE_RIGHT_SEND,
		.fn	= session_do_send,
	},
	[UTRACE_OP_REGS] = {
		.size	= sizeof(struct utrace_order_regs),
		.min	= UTRACE_ORDER_REGS_SIZE_VER0,
		.flags	= UTRACE_ORDER_LINK,
		.fn	= session_do_regs,
	},
	[UTRACE_OP_MEMORY] = {
		.size	= sizeof(struct utrace_order_memory),
		.min	= UTRACE_ORDER_MEMORY_SIZE_VER0,
		.flags	= UTRACE_ORDER_LINK,
		.fn	= session_do_memory,
	},
	[UTRACE_OP_CALL] = {
		.size	= sizeof(struct utrace_order_call),
		.min	= UTRACE_ORDER_CALL_SIZE_VER0,
		.flags	= UTRACE_ORDER_LINK | UTRACE_ORDER_TELL,
		.rights	= UTRACE_RIGHT_CALL,
		.fn	= session_do_call,
	},
};

/* Bit n: there is the action n. */
u64 utrace_session_actions(void)
{
	u64 actions = 0;
	int i;

	for (i = 0; i < ARRAY_SIZE(session_actions); i++)
		if (session_actions[i].size)
			actions |= BIT_ULL(i);
	return actions;
}

/*
 * UTRACE_IOC_CONTROL
 */

static bool session_carried_out(int result)
{
	return !result || result == -EINPROGRESS;
}

static const struct session_action *session_find_action(unsigned int action)
{
	if (action >= ARRAY_SIZE(session_actions) || !session_actions[action].size)
		return NULL;
	return &session_actions[action];
}

/* The result of one order.  @before: that of the one before. */
static int session_carry_out(struct utrace_session *s, union session_any_order *any,
			     const struct session_action *action, int before)
{
	struct utrace_order *order = &any->head;
	int ret;

	/* What the last use of the order has left there. */
	order->flags &= ~UTRACE_ORDER_ASLEEP;
	order->done = 0;
	if (order->flags & ~action->flags)
		return -EINVAL;
	if ((order->flags & UTRACE_ORDER_LINK) && !session_carried_out(before))
		return -ECANCELED;
	if (action->rights & ~READ_ONCE(s->rights))
		return -EACCES;
	if (action->fn == session_do_threads)
		return session_do_threads(s, any);
	/* The others are for one thread. */
	if (!order->thread)
		return -EINVAL;
	ret = action->fn(s, any);
	order->done = session_carried_out(ret);
	return ret;
}

/*
 * The order at @from has @usize bytes, and this kernel knows @size of them.  %-E2BIG: the
 * rest is not zero.
 */
static int session_check_tail(const union session_any_order *any, u32 size,
			      void __user *from, u32 usize)
{
	u32 known = min_t(size_t, usize, sizeof(*any));
	int ret;

	if (known > size && memchr_inv((const void *)any + size, 0, known - size))
		return -E2BIG;
	if (usize <= known)
		return 0;
	ret = check_zeroed_user(from + known, usize - known);
	if (ret < 0)
		return ret;
	return ret ? 0 : -E2BIG;
}

/*
 * Fetch the order at @from, carry it out, and write its result back.  @usize: its size.
 * Returns an error only if the order cannot be read or written.
 */
static int session_one_order(struct utrace_session *s, void __user *from, u32 usize,
			     int *result)
{
	const struct session_action *action = NULL;
	union session_any_order any;
	u32 size = sizeof(any.head);
	int ret;

	memset(&any, 0, sizeof(any));
	if (copy_from_user(&any, from, min_t(size_t, usize, sizeof(any))))
		return -EFAULT;
	action = session_find_action(any.head.action);
	if (!action || usize < action->min) {
		*result = -EINVAL;
	} else {
		size = action->size;
		ret = session_check_tail(&any, size, from, usize);
		if (ret && ret != -E2BIG)
			return ret;
		*result = ret ?: session_carry_out(s, &any, action, *result);
	}
	any.head.result = *result;
	any.head.size = *result == -E2BIG ? size : min(size, usize);
	return copy_to_user(from, &any, min(size, usize)) ? -EFAULT : 0;
}

static int session_all_orders(struct utrace_session *s, struct utrace_control *control)
{
	void __user *orders = u64_to_user_ptr(control->orders);
	int result = 0, ret;
	u32 usize;

	while (control->done < control->bytes) {
		u32 left = control->bytes - control->done;
		void __user *at = orders + control->done;

		if (fatal_signal_pending(current))
			return -EINTR;
		if (left < sizeof(usize))
			return -EINVAL;
		if (get_user(usize, (u32 __user *)at))
			return -EFAULT;
		if (usize < UTRACE_ORDER_SIZE_VER0 || usize % 8 || usize > left ||
		    usize > PAGE_SIZE)
			return -EINVAL;
		ret = session_one_order(s, at, usize, &result);
		if (ret)
			return ret;
		control->done += usize;
		cond_resched();
	}
	return 0;
}

static int session_read_records(struct utrace_session *s, struct utrace_control *control)
{
	long timeout = MAX_SCHEDULE_TIMEOUT;
	struct iov_iter to;
	ssize_t ret;

	if (control->timeout >= 0)
		timeout = msecs_to_jiffies(control->timeout);
	ret = import_ubuf(ITER_DEST, u64_to_user_ptr(control->buffer), control->buffer_size,
			  &to);
	if (ret)
		return ret;
	ret = utrace_session_read(s, &to, timeout, false);
	if (!ret && control->buffer_size)
		control->flags |= UTRACE_CONTROL_ENDED;
	/* That the time is over is no error. */
	control->buffer_size = ret > 0 ? ret : 0;
	if (ret == -EAGAIN || ret >= 0)
		return 0;
	/* Not to be done once more: the orders have been carried out. */
	return ret == -ERESTARTSYS ? -EINTR : ret;
}

long utrace_session_control(struct utrace_session *s, void *arg)
{
	struct utrace_control *control = arg;
	int ret;

	control->flags &= ~UTRACE_CONTROL_ENDED;
	if (control->flags || control->bytes > UTRACE_CONTROL_MAX ||
	    control->timeout < -1 || (!control->buffer && (control->buffer_size ||
							    control->timeout)))
		return -EINVAL;
	control->done = 0;
	ret = session_all_orders(s, control);
	if (ret || !control->buffer) {
		control->buffer_size = 0;
		return ret;
	}
	return session_read_records(s, control);
}
