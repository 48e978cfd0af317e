// SPDX-License-Identifier: GPL-2.0-only
/*
 * utrace sessions: memory of traced processes, UTRACE_OP_MEMORY
 *
 * A page that is read is referenced, and its memory is copied to the caller from where it
 * is.  The next segment often begins in the same page, which then need not be looked up
 * again.  While memory of the caller is accessed, which may take as long as user space
 * likes, no lock of the other process is held.
 *
 * A write goes through a page of the kernel's and access_remote_vm(), because not every
 * CPU sees new instructions without help, and that needs the vma.  So does a read of what
 * is no page, such as a device.
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
 * @page: the page of the process that was read last; referenced; NULL: there is none
 * @at: where the kernel has it
 * @page_addr: its address in the process
 * @buffer: a page of the kernel's; NULL: none was needed so far
 * @write: to the process
 * @flags: FOLL_*
 */
struct session_copy {
	struct mm_struct *mm;
	struct page *page;
	const void *at;
	u64 page_addr;
	void *buffer;
	bool write;
	unsigned int flags;
};

static void session_put_page(struct session_copy *c)
{
	if (c->page)
		put_page(c->page);
	c->page = NULL;
}

/* The page of the process at @addr; NULL: there is none, or it is no page. */
static struct page *session_get_page(struct session_copy *c, u64 addr)
{
	addr -= offset_in_page(addr);
	if (c->page && c->page_addr == addr)
		return c->page;
	session_put_page(c);
	if (mmap_read_lock_killable(c->mm))
		return NULL;
	if (get_user_pages_remote(c->mm, addr, 1, c->flags, &c->page, NULL) != 1)
		c->page = NULL;
	mmap_read_unlock(c->mm);
	/* No architecture with utrace has high memory, which would have to be mapped. */
	if (c->page)
		c->at = page_address(c->page);
	c->page_addr = addr;
	return c->page;
}

/* Copy up to a page through @c->buffer. */
static size_t session_copy_buffered(struct session_copy *c, u64 addr, void __user *buffer,
				    size_t len, u32 *error)
{
	int done;

	if (!c->buffer)
		c->buffer = (void *)__get_free_page(GFP_KERNEL_ACCOUNT);
	if (!c->buffer) {
		*error = ENOMEM;
		return 0;
	}
	if (c->write && copy_from_user(c->buffer, buffer, len)) {
		*error = EFAULT;
		return 0;
	}
	done = access_remote_vm(c->mm, addr, c->buffer, len, c->flags);
	if (done < 0)
		done = 0;
	if (done < len)
		*error = EIO;
	if (!c->write && copy_to_user(buffer, c->buffer, done)) {
		*error = EFAULT;
		return 0;
	}
	return done;
}

/* Pieces are small as a rule: for those, the call of a function costs more than the copy. */
#define SESSION_SMALL	128

static bool session_copy_small(void __user *to, const void *from, size_t len)
{
	if (!user_write_access_begin(to, len))
		return false;
	unsafe_copy_to_user(to, from, len, out_fault);
	user_write_access_end();
	return true;

out_fault:
	user_write_access_end();
	return false;
}

static bool session_copy_out(void __user *to, const void *from, size_t len)
{
	return len <= SESSION_SMALL ? session_copy_small(to, from, len)
				    : !copy_to_user(to, from, len);
}

/* Copy up to a page.  Returns the bytes that were copied; *@error: why not all. */
static size_t session_copy_some(struct session_copy *c, u64 addr, void __user *buffer,
				size_t len, u32 *error)
{
	if (c->write || !session_get_page(c, addr))
		return session_copy_buffered(c, addr, buffer, len, error);
	if (likely(session_copy_out(buffer, c->at + offset_in_page(addr), len)))
		return len;
	*error = EFAULT;
	return 0;
}

/* Copy a small segment out of the page that was read last.  False: it is another case. */
static bool session_copy_same_page(const struct session_copy *c, struct utrace_seg *seg)
{
	u64 offset = seg->addr - c->page_addr;

	if (!c->page || seg->len > SESSION_SMALL || offset > PAGE_SIZE - seg->len ||
	    !session_copy_small(u64_to_user_ptr(seg->buffer), c->at + offset, seg->len))
		return false;
	seg->error = 0;
	seg->done = seg->len;
	return true;
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
		if (seg->done < seg->len)
			cond_resched();
	}
	return 0;
}

/* Segments that are fetched, and given back, together. */
#define SESSION_SEGS	16

/*
 * Fetch the next of @nr segments.  Nearly always, all of them have the size that this
 * kernel knows, and many can be fetched at once: those before the first one that has
 * another size, or cannot be read.  If that is the very first one, it is fetched alone.
 * Returns their number or an error; *@usize: size of each in user space.
 */
static int session_fetch_segs(struct utrace_seg *segs, struct utrace_seg __user *at,
			      u32 nr, u32 *usize)
{
	u32 n = min(nr, SESSION_SEGS), i = 0;

	if (user_read_access_begin(at, n * sizeof(*segs))) {
		for (; i < n; i++) {
			unsafe_get_user(segs[i].size, &at[i].size, out_fault);
			if (segs[i].size != sizeof(*segs))
				break;
			unsafe_get_user(segs[i].addr, &at[i].addr, out_fault);
			unsafe_get_user(segs[i].buffer, &at[i].buffer, out_fault);
			unsafe_get_user(segs[i].len, &at[i].len, out_fault);
		}
out_fault:
		user_read_access_end();
	}
	*usize = sizeof(*segs);
	if (i)
		return i;
	return utrace_session_copy_in(segs, sizeof(*segs), UTRACE_SEG_SIZE_VER0, at,
				      usize) ?: 1;
}

/* Each has its result as far as the order came.  All that is written is in VER0. */
static int session_return_segs(const struct utrace_seg *segs, struct utrace_seg __user *at,
			       u32 n, u32 usize)
{
	u32 i;

	if (!user_write_access_begin(at, n * UTRACE_SEG_SIZE_VER0))
		return -EFAULT;
	/* If there are several, usize is the size of each. */
	unsafe_put_user(min_t(u32, usize, sizeof(*segs)), &at->size, out_fault);
	for (i = 0; i < n; i++) {
		unsafe_put_user(segs[i].error, &at[i].error, out_fault);
		unsafe_put_user(segs[i].done, &at[i].done, out_fault);
	}
	user_write_access_end();
	return 0;

out_fault:
	user_write_access_end();
	return -EFAULT;
}

static int session_copy_segs(struct session_copy *c, const struct utrace_order_memory *order)
{
	struct utrace_seg __user *at = u64_to_user_ptr(order->segs);
	struct utrace_seg segs[SESSION_SEGS];
	u32 left = order->nr, usize;
	int n, i, ret = 0;

	while (left && !ret) {
		n = session_fetch_segs(segs, at, left, &usize);
		if (n < 0)
			return n;
		for (i = 0; i < n && !ret; i++)
			if (!session_copy_same_page(c, &segs[i]))
				ret = session_copy_seg(c, &segs[i]);
		ret = session_return_segs(segs, at, i, usize) ?: ret;
		at = (void __user *)at + (size_t)n * usize;
		left -= n;
		cond_resched();
	}
	return ret;
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
	ret = session_copy_segs(&c, order);
	session_put_page(&c);
	if (c.buffer)
		free_page((unsigned long)c.buffer);
	mmput(c.mm);
	return ret;
}
