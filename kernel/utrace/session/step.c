// SPDX-License-Identifier: GPL-2.0-only
/*
 * utrace sessions: steps, UTRACE_OP_STEP
 *
 * The engine steps instructions or blocks, one at a time, and calls report_step in the
 * thread after each.  Here it is decided whether that was the last one.
 */

#include <linux/ptrace.h>
#include <linux/sched/task_stack.h>
#include <linux/uaccess.h>
#include <uapi/linux/utrace_regs.h>

#include <asm/utrace.h>

#include "session.h"

/* The longest instruction that calls a function, on any architecture. */
#define STEP_CALL_LENGTH	15

static enum utrace_action step_action(const struct session_step *step)
{
	return step->what == UTRACE_STEP_BLOCK ? UTRACE_BLOCKSTEP : UTRACE_SINGLESTEP;
}

/*
 * In the thread, out of its range: where the function returns to that it has come into; 0:
 * it was not called from the range.
 */
static unsigned long step_return_address(struct session_thread *st,
					 const struct session_step *step)
{
	size_t size = arch_utrace_is_compat(current) ? sizeof(u32) : sizeof(u64);
	unsigned long ra = 0;
	u64 value = 0;

	/* Where no register has it, it is on the stack. */
	if (!utrace_role_get(st->engine, UTRACE_ROLE_RA, &value))
		ra = value;
	else if (utrace_role_get(st->engine, UTRACE_ROLE_SP, &value) ||
		 copy_from_user(&ra, (void __user *)(unsigned long)value, size))
		return 0;
	return ra > step->pc && ra - step->pc <= STEP_CALL_LENGTH ? ra : 0;
}

/* Is the thread, after a step, still in the range, or in what that has called? */
static bool step_in_range(struct session_thread *st, struct session_step *step)
{
	struct pt_regs *regs = task_pt_regs(current);
	unsigned long pc = instruction_pointer(regs), sp = user_stack_pointer(regs);

	/* Deeper in the stack, it has called itself. */
	if (step->return_to && pc == step->return_to && sp >= step->sp)
		step->return_to = 0;
	if (step->return_to)
		return true;
	if (pc < step->start || pc >= step->end) {
		if (step->flags & UTRACE_STEP_OVER_CALLS)
			step->return_to = step_return_address(st, step);
		return step->return_to;
	}
	step->pc = pc;
	step->sp = sp;
	return true;
}

static bool step_goes_on(struct session_thread *st, struct session_step *step)
{
	step->steps++;
	if (step->what == UTRACE_STEP_RANGE && !step_in_range(st, step))
		return false;
	return !step->left || --step->left;
}

/* The last of @steps was made: the thread is held. */
static enum utrace_action session_end_steps(struct session_thread *st, u64 steps)
{
	struct session_buffer *buf = utrace_session_begin_held(st, UTRACE_EV_STEP,
						sizeof(struct utrace_rec_step));
	struct utrace_session *s = st->session;
	enum utrace_action action = UTRACE_DETACH;

	spin_lock(&s->lock);
	if (!session_forgotten(st)) {
		/* Unless somebody has cancelled it meanwhile. */
		if (st->order.action == UTRACE_OP_STEP) {
			st->order.step.steps = steps;
			/* A thread that dies is held nowhere. */
			if (!utrace_must_stop(st->engine))
				utrace_session_hold(st);
			utrace_session_end_order(st, 0, st->held ? UTRACE_RECF_HELD : 0,
						 buf);
		}
		action = utrace_session_action(st);
	}
	spin_unlock(&s->lock);
	utrace_session_feed(s);
	utrace_session_wake(s);
	return action;
}

enum utrace_action utrace_session_report_step(struct utrace_engine *engine)
{
	struct session_thread *st = engine->data;
	struct utrace_session *s = st->session;
	struct session_step step = {};

	spin_lock(&s->lock);
	if (!session_forgotten(st) && st->order.action == UTRACE_OP_STEP)
		step = st->order.step;
	spin_unlock(&s->lock);
	/* Cancelled, and another order may be under way. */
	if (!step.what)
		return UTRACE_RESUME;
	if (!step_goes_on(st, &step))
		return session_end_steps(st, step.steps);
	spin_lock(&s->lock);
	if (session_forgotten(st) || st->order.action != UTRACE_OP_STEP)
		step.what = 0;
	else
		st->order.step = step;
	spin_unlock(&s->lock);
	return step.what ? step_action(&step) : UTRACE_RESUME;
}

static int session_check_step(const struct utrace_order_step *order)
{
	bool range = order->what == UTRACE_STEP_RANGE;

	if (order->what < UTRACE_STEP_INSN || order->what > UTRACE_STEP_RANGE ||
	    (order->flags & ~(range ? UTRACE_STEP_OVER_CALLS : 0)))
		return -EINVAL;
	if (range ? order->end <= order->start || order->end > ULONG_MAX
		  : order->start || order->end)
		return -EINVAL;
	return utrace_can_step() ? 0 : -EOPNOTSUPP;
}

/* UTRACE_OP_STEP */
static int session_begin_steps(struct session_thread *st,
			       const struct utrace_order_step *order)
{
	struct session_step step = {
		.what = order->what,
		.flags = order->flags,
		.start = order->start,
		.end = order->end,
		.left = order->count,
	};
	int ret;

	lockdep_assert_held(&st->session->lock);

	ret = session_check_stop(st, order->order.stop);
	if (ret)
		return ret;
	if (!st->held || st->asleep)
		return -EBUSY;
	if (st->order.action)
		return -EALREADY;
	if (!list_empty(&st->answer.post.node) || st->starved)
		return -EAGAIN;
	if (step.what != UTRACE_STEP_RANGE && !step.left)
		step.left = 1;
	if (!st->steps) {
		st->steps = true;
		utrace_session_update_events(st, NULL);
	}
	ret = utrace_control(st->engine, step_action(&step));
	if (ret)
		return ret;
	st->order = (struct session_order){
		.tag = order->order.tag,
		.action = UTRACE_OP_STEP,
		.step = step,
	};
	utrace_session_unhold(st);
	utrace_session_unhold_posts(st);
	return -EINPROGRESS;
}

int utrace_session_step(struct utrace_session *s, const struct utrace_order_step *order)
{
	struct utrace_engine *engine;
	struct session_thread *st;
	int ret;

	ret = session_check_step(order);
	if (ret)
		return ret;
	engine = utrace_session_pin_thread(s, &order->order);
	if (IS_ERR(engine))
		return PTR_ERR(engine);
	/* It goes on when it is unpinned. */
	spin_lock(&s->lock);
	st = utrace_session_find_cookie(s, order->order.thread);
	ret = st ? session_begin_steps(st, order) : -ESRCH;
	spin_unlock(&s->lock);
	utrace_session_unpin_thread(engine);
	return ret;
}
