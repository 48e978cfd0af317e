// SPDX-License-Identifier: GPL-2.0-only
/*
 * utrace sessions: memory of traced processes, UTRACE_OP_MEMORY
 *
 * Segment by segment through a page of the kernel's, so that no memory of user space is
 * looked at while anything of the other process is held.
 */

#include <linux/mm.h>
#include <linux/sched/mm.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "session.h"

/*
 * The memory of the thread's process, if whoever attached it may see it still.  As
 * mm_access() has it, the look and the right are of the same program.
 */
static struct mm_struct *session_get_mm(struct utrace_session *s,
					struct utrace_engine *engine)
{
	struct session_thread *st = engine->data;
	struct task_struct *task = engine->task;
	struct mm_struct *mm;
	int ret;

	ret = down_read_killable(&task->signal->exec_update_lock);
	if (ret)
		return ERR_PTR(ret);
	mm = get_task_mm(task);
	if (!mm) {
		mm = ERR_PTR(-ESRCH);
	} else if (!utrace_session_may_see(st, mm)) {
		mmput(mm);
		mm = ERR_PTR(-EPERM);
	}
	up_read(&task->signal->exec_update_lock);
	return mm;
}

/**
 * struct session_copy - a copy of memory under way
 * @mm: of the process
 * @page: of the kernel's
 * @write: to the process
 * @flags: FOLL_*
 */
struct session_copy {
	struct mm_struct *mm;
	void *page;
	bool write;
	unsigned int flags;
};

/* Copy up to a page.  Returns the bytes that were copied; *@error: why not all. */
static size_t session_copy_some(struct session_copy *c, u64 addr, void __user *buffer,
				size_t len, u32 *error)
{
	int done;

	if (c->write && copy_from_user(c->page, buffer, len)) {
		*error = EFAULT;
		return 0;
	}
	done = access_remote_vm(c->mm, addr, c->page, len, c->flags);
	if (done < 0)
		done = 0;
	if (done < len)
		*error = EIO;
	if (!c->write && copy_to_user(buffer, c->page, done)) {
		*error = EFAULT;
		return 0;
	}
	return done;
}

static int session_copy_seg(struct session_copy *c, struct utrace_seg *seg)
{
	void __user *buffer = u64_to_user_ptr(seg->buffer);
	size_t len, some;

	seg->error = 0;
	seg->done = 0;
	if (seg->addr + seg->len < seg->addr || seg->addr + seg->len > ULONG_MAX) {
		seg->error = EIO;
		return 0;
	}
	while (seg->done < seg->len) {
		/* To the end of a page of the process. */
		len = min_t(u64, seg->len - seg->done,
			    PAGE_SIZE - offset_in_page(seg->addr + seg->done));
		some = session_copy_some(c, seg->addr + seg->done, buffer + seg->done, len,
					 &seg->error);
		seg->done += some;
		if (seg->error)
			break;
		if (fatal_signal_pending(current))
			return -EINTR;
		cond_resched();
	}
	return 0;
}

static int session_copy_segs(struct session_copy *c, const struct utrace_order_memory *order)
{
	void __user *at = u64_to_user_ptr(order->segs);
	struct utrace_seg seg;
	u32 i, usize, size;
	int ret;

	for (i = 0; i < order->nr; i++, at += usize) {
		ret = utrace_session_copy_in(&seg, sizeof(seg), UTRACE_SEG_SIZE_VER0, at,
					     &usize);
		if (ret)
			return ret;
		ret = session_copy_seg(c, &seg);
		size = min_t(u32, usize, sizeof(seg));
		seg.size = size;
		if (copy_to_user(at, &seg, size))
			return -EFAULT;
		if (ret)
			return ret;
	}
	return 0;
}

int utrace_session_memory(struct utrace_session *s, struct utrace_order_memory *order)
{
	struct session_copy c = {
		.write = order->what == UTRACE_MEM_WRITE,
	};
	u64 right = c.write ? UTRACE_RIGHT_MEM_WRITE : UTRACE_RIGHT_MEM_READ;
	struct utrace_engine *engine;
	int ret;

	if (order->what > UTRACE_MEM_WRITE || (order->mode & ~UTRACE_MEM_FORCE) ||
	    order->nr > UTRACE_SEGS_MAX || order->reserved)
		return -EINVAL;
	if (!(READ_ONCE(s->rights) & right))
		return -EACCES;
	engine = utrace_session_get_engine(s, order->order.thread);
	if (!engine)
		return -ESRCH;
	c.mm = session_get_mm(s, engine);
	utrace_engine_put(engine);
	if (IS_ERR(c.mm))
		return PTR_ERR(c.mm);

	c.flags = c.write ? FOLL_WRITE : 0;
	if (order->mode & UTRACE_MEM_FORCE)
		c.flags |= FOLL_FORCE;
	ret = -ENOMEM;
	c.page = (void *)__get_free_page(GFP_KERNEL_ACCOUNT);
	if (c.page) {
		ret = session_copy_segs(&c, order);
		free_page((unsigned long)c.page);
	}
	mmput(c.mm);
	return ret;
}
