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

#include "session.h"

/* The engine of a thread of the session, with a reference; NULL: no such thread. */
static struct utrace_engine *session_get_engine(struct utrace_session *s, u64 cookie)
{
	struct utrace_engine *engine = NULL;
	struct session_thread *st;

	spin_lock(&s->lock);
	st = utrace_session_find_cookie(s, cookie);
	if (st)
		engine = utrace_engine_get(st->engine);
	spin_unlock(&s->lock);
	return engine;
}

/* 0: the session holds the thread.  -EBUSY: it does not.  -ESRCH: it is gone. */
static int session_check_held(struct utrace_session *s, u64 cookie)
{
	struct session_thread *st;
	int ret = -ESRCH;

	spin_lock(&s->lock);
	st = utrace_session_find_cookie(s, cookie);
	if (st)
		ret = st->held ? 0 : -EBUSY;
	spin_unlock(&s->lock);
	return ret;
}

/*
 * utrace_prepare_examine() of a thread that the session holds.  Whoever reads the
 * record of that may be here before the thread is in its stop: it is on its way
 * there, and needs nothing but a CPU.
 */
static int session_pin(struct utrace_session *s, struct utrace_engine *engine,
		       u64 cookie)
{
	int ret;

	for (;;) {
		ret = session_check_held(s, cookie);
		if (ret)
			return ret;
		ret = utrace_prepare_examine(engine);
		if (ret != -EAGAIN && ret != -EINVAL)
			return ret;
		if (signal_pending(current))
			return -ERESTARTSYS;
		schedule_timeout_interruptible(1);
	}
}

static const struct regset_desc *session_desc(struct utrace_session *s, u64 thread,
					      u32 id)
{
	const struct regset_desc *desc;
	struct utrace_engine *engine;

	if (!thread)
		return regset_desc_by_id(id) ?: ERR_PTR(-ENOENT);
	engine = session_get_engine(s, thread);
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

long utrace_session_view(struct utrace_session *s, void __user *arg)
{
	const struct regset_desc *desc;
	const struct utrace_view *view;
	struct utrace_view_get in;
	u32 usize, room;
	int ret;

	ret = utrace_session_copy_in(&in, sizeof(in), sizeof(in), arg, &usize);
	if (ret)
		return ret;
	if (in.flags || (in.thread && in.id))
		return -EINVAL;
	desc = session_desc(s, in.thread, in.id);
	if (IS_ERR(desc))
		return PTR_ERR(desc);

	view = regset_view(desc);
	room = in.buffer_size;
	in.buffer_size = view->size;
	ret = utrace_session_copy_out(arg, &in, sizeof(in), usize);
	if (ret)
		return ret;
	if (room < view->size)
		return -ENOSPC;
	return copy_to_user(u64_to_user_ptr(in.buffer), view, view->size) ? -EFAULT : 0;
}

/* Of a register file from user space; no view's comes near it. */
#define SESSION_REGFILE_MAX	SZ_4M

/*
 * The file that is to be written.  Memory of user space is not looked at while the
 * thread is pinned: it may be as slow as it likes, and a pinned thread cannot die.
 */
static struct utrace_regfile *session_regs_fetch(const struct utrace_regs *io)
{
	void __user *from = u64_to_user_ptr(io->buffer);
	struct utrace_regfile head, *file;

	if (io->buffer_size < sizeof(head))
		return ERR_PTR(-EINVAL);
	if (copy_from_user(&head, from, sizeof(head)))
		return ERR_PTR(-EFAULT);
	if (head.size < sizeof(head) || head.size > io->buffer_size ||
	    head.size > SESSION_REGFILE_MAX)
		return ERR_PTR(-EINVAL);
	file = kvmalloc(head.size, GFP_KERNEL_ACCOUNT);
	if (!file)
		return ERR_PTR(-ENOMEM);
	if (copy_from_user(file, from, head.size)) {
		kvfree(file);
		return ERR_PTR(-EFAULT);
	}
	file->size = head.size;		/* it may be another one now */
	return file;
}

static int session_regs_write(struct utrace_session *s, struct utrace_engine *engine,
			      struct utrace_regs *io)
{
	struct utrace_regfile *file = session_regs_fetch(io);
	struct regset_arena arena = {};
	int ret;

	if (IS_ERR(file))
		return PTR_ERR(file);
	do {
		ret = utrace_regfile_set_prepare(engine, file->size, &arena) ?:
		      session_pin(s, engine, io->thread);
		if (ret)
			break;
		ret = utrace_regfile_set_pinned(engine, file, file->size, &io->bad,
						&arena);
		utrace_finish_examine(engine);
	} while (regset_arena_short(&arena));
	regset_arena_free(&arena);
	kvfree(file);
	return ret;
}

/* Read into @file, of @room bytes, the registers of a thread that is pinned. */
static int session_regs_get(struct utrace_engine *engine, struct utrace_regs *io,
			    struct utrace_regfile *file, u32 room,
			    struct regset_arena *arena)
{
	ssize_t size = utrace_regfile_get_pinned(engine, NULL, 0, arena);

	if (size < 0)
		return size;
	io->buffer_size = size;
	if (room < size)
		return -ENOSPC;
	size = utrace_regfile_get_pinned(engine, file, size, arena);
	return size < 0 ? size : 0;
}

/*
 * The file is allocated first, as big as the caller's buffer, and so is the arena.  While
 * the thread is pinned it cannot die, and an allocation may have to wait for memory.
 */
static int session_regs_read(struct utrace_session *s, struct utrace_engine *engine,
			     struct utrace_regs *io)
{
	u32 room = min_t(u32, io->buffer_size, SESSION_REGFILE_MAX);
	struct utrace_regfile *file = NULL;
	struct regset_arena arena = {};
	int ret;

	if (room) {
		file = kvmalloc(room, GFP_KERNEL_ACCOUNT);
		if (!file)
			return -ENOMEM;
	}
	do {
		ret = regset_arena_prepare(&arena, 0) ?:
		      session_pin(s, engine, io->thread);
		if (ret)
			break;
		ret = session_regs_get(engine, io, file, room, &arena);
		utrace_finish_examine(engine);
	} while (regset_arena_short(&arena));
	regset_arena_free(&arena);
	if (!ret && copy_to_user(u64_to_user_ptr(io->buffer), file, file->size))
		ret = -EFAULT;
	kvfree(file);
	return ret;
}

long utrace_session_regs(struct utrace_session *s, void __user *arg)
{
	struct utrace_engine *engine;
	struct utrace_regs io;
	u32 usize;
	int ret, error;

	ret = utrace_session_copy_in(&io, sizeof(io), sizeof(io), arg, &usize);
	if (ret)
		return ret;
	if ((io.flags & ~UTRACE_REGS_WRITE) || io.bad)
		return -EINVAL;
	engine = session_get_engine(s, io.thread);
	if (!engine)
		return -ESRCH;

	io.bad = UTRACE_NONE;
	ret = session_check_held(s, io.thread);
	if (!ret) {
		if (io.flags & UTRACE_REGS_WRITE)
			ret = session_regs_write(s, engine, &io);
		else
			ret = session_regs_read(s, engine, &io);
	}
	utrace_engine_put(engine);

	error = utrace_session_copy_out(arg, &io, sizeof(io), usize);
	return ret ?: error;
}
