// SPDX-License-Identifier: GPL-2.0-only
/*
 * utrace sessions: the ring of records
 *
 * Many threads produce, one reader consumes.  A producer reserves room under
 * session->lock, which gives the record its place; it copies the record there without the
 * lock, and then commits it.  Between the two nothing faults or sleeps, so that a BUSY
 * record is complete soon, whatever user space does.
 *
 * In memory: the consumer's page, the kernel's page, and the data pages, which are mapped
 * twice in a row so that no record wraps.  The consumer's position is all that the kernel
 * reads back, and whatever it is, no access leaves the data.
 */

#include <linux/anon_inodes.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>
#include <linux/uio.h>
#include <linux/vmalloc.h>
#include <linux/workqueue.h>

#include "../limit.h"
#include "session.h"

/* In front of the data: the consumer's page, and the kernel's. */
#define RING_PAGES		2

/**
 * struct session_ring - the ring of a session
 * @ref: one for the session, one for @file
 * @work: frees it, where that may sleep
 * @user: the consumer's page, if it is mapped
 * @kernel: the kernel's page
 * @data: the data, twice
 * @bytes: of the data, once; a power of two
 * @pages: all pages, those of the data twice
 * @nr_pages: number of pages without those that are there twice
 * @account: the user who is charged for it; referenced; NULL: nobody is.  Changed only
 *	when the session is closed, or with the last reference
 * @file: what mappings refer to in place of the session's file, so that they do not keep
 *	the session open; NULL without UTRACE_RING_MMAP
 * @head: bytes that were produced; under session->lock
 * @held: @head behind the last record with HELD; likewise
 * @tail: bytes that were consumed by read(); written under session->read_mutex
 *
 * The rest is constant.
 */
struct session_ring {
	refcount_t ref;
	struct work_struct work;
	struct utrace_ring_user *user;
	struct utrace_ring_kernel *kernel;
	void *data;
	u64 bytes;
	struct page **pages;
	unsigned int nr_pages;
	struct utrace_user *account;
	struct file *file;
	u64 head;
	u64 held;
	u64 tail;
};

/*
 * How far the consumer is.  One that writes nonsense finds the ring full until it writes
 * sense again.
 */
static u64 ring_tail(const struct session_ring *r)
{
	const u64 *tail = r->file ? &r->user->tail : &r->tail;

	return smp_load_acquire(tail);
}

static u64 ring_free(const struct session_ring *r)
{
	u64 tail = ring_tail(r), used = r->head - tail;

	return used > r->bytes || tail % 8 ? 0 : r->bytes - used;
}

static struct utrace_record *ring_at(const struct session_ring *r, u64 position)
{
	return r->data + (position & (r->bytes - 1));
}

/*
 * Making and freeing
 */

static void ring_free_pages(struct page **pages, unsigned int nr)
{
	while (nr--)
		__free_page(pages[nr]);
	kvfree(pages);
}

static void ring_free_work(struct work_struct *work)
{
	struct session_ring *r = container_of(work, struct session_ring, work);

	vunmap(r->user);
	ring_free_pages(r->pages, r->nr_pages);
	kfree(r);
}

static void ring_uncharge(struct session_ring *r)
{
	struct utrace_user *user = r->account;

	r->account = NULL;
	if (user) {
		utrace_user_uncharge_queue(user, r->bytes);
		utrace_user_put(user);
	}
}

/* Any context. */
void utrace_ring_put(struct session_ring *r)
{
	if (refcount_dec_and_test(&r->ref)) {
		ring_uncharge(r);
		schedule_work(&r->work);
	}
}

/*
 * The session is closed.  Who has the ring mapped keeps it, and pays for it.  Otherwise
 * the user may have another one at once, although threads may use this for a moment.
 */
void utrace_ring_end(struct session_ring *r)
{
	WRITE_ONCE(r->kernel->flags, (r->kernel->flags & ~UTRACE_RING_STARVED) |
				     UTRACE_RING_ENDED);
	if (r->file)
		fput(r->file);
	else
		ring_uncharge(r);
}

static int ring_file_release(struct inode *inode, struct file *file)
{
	utrace_ring_put(file->private_data);
	return 0;
}

static const struct file_operations ring_fops = {
	.owner		= THIS_MODULE,
	.release	= ring_file_release,
};

static int ring_alloc_pages(struct session_ring *r)
{
	unsigned int nr_data = r->bytes >> PAGE_SHIFT;
	unsigned int nr = RING_PAGES + nr_data;
	struct page **pages;
	unsigned int i;

	pages = kvcalloc(RING_PAGES + 2 * nr_data, sizeof(*pages), GFP_KERNEL_ACCOUNT);
	if (!pages)
		return -ENOMEM;
	for (i = 0; i < nr; i++) {
		pages[i] = alloc_page(GFP_KERNEL_ACCOUNT | __GFP_RETRY_MAYFAIL |
				      __GFP_NOWARN | __GFP_ZERO);
		if (!pages[i])
			goto out_free;
		if (i >= RING_PAGES)
			pages[nr_data + i] = pages[i];
	}
	r->user = vmap(pages, RING_PAGES + 2 * nr_data, VM_MAP | VM_USERMAP, PAGE_KERNEL);
	if (!r->user)
		goto out_free;
	r->kernel = (void *)r->user + PAGE_SIZE;
	r->data = (void *)r->kernel + PAGE_SIZE;
	r->pages = pages;
	r->nr_pages = nr;
	return 0;

out_free:
	ring_free_pages(pages, i);
	return -ENOMEM;
}

/* A ring with @bytes of data, a power of two.  Returns an ERR_PTR() on failure. */
struct session_ring *utrace_ring_make(struct utrace_session *s, u64 bytes, u32 flags)
{
	struct session_ring *r;
	struct mem_cgroup *own;
	struct file *file;
	int ret = -ENOMEM;

	own = set_active_memcg(s->memcg);
	r = kzalloc(sizeof(*r), GFP_KERNEL_ACCOUNT);
	if (!r)
		goto out_memcg;
	refcount_set(&r->ref, 1);
	INIT_WORK(&r->work, ring_free_work);
	r->bytes = bytes;
	if (s->user) {
		ret = utrace_user_charge_queue(s->user, bytes);
		if (ret)
			goto out_free;
		r->account = utrace_user_hold(s->user);
	}
	ret = ring_alloc_pages(r);
	if (ret)
		goto out_uncharge;
	r->kernel->size = sizeof(*r->kernel);
	r->kernel->bytes = bytes;
	if (flags & UTRACE_RING_MMAP) {
		file = anon_inode_getfile("[utrace-ring]", &ring_fops, r, O_RDWR);
		if (IS_ERR(file)) {
			ret = PTR_ERR(file);
			goto out_pages;
		}
		refcount_inc(&r->ref);
		r->file = file;
	}
	set_active_memcg(own);
	return r;

out_pages:
	vunmap(r->user);
	ring_free_pages(r->pages, r->nr_pages);
out_uncharge:
	ring_uncharge(r);
out_free:
	kfree(r);
out_memcg:
	set_active_memcg(own);
	return ERR_PTR(ret);
}

/* Give the session a ring, unless it has one. */
static int session_make_ring(struct utrace_session *s, u64 bytes, u32 flags)
{
	struct session_ring *r;

	r = utrace_ring_make(s, bytes, flags);
	if (IS_ERR(r))
		return PTR_ERR(r);
	spin_lock(&s->lock);
	if (!s->ring) {
		/* poll() and mmap() look without the lock. */
		smp_store_release(&s->ring, r);
		r = NULL;
	}
	spin_unlock(&s->lock);
	if (!r)
		return 0;
	if (r->file)
		fput(r->file);
	utrace_ring_put(r);
	return -EBUSY;
}

static u64 session_ring_bytes(struct utrace_session *s, u64 bytes)
{
	struct utrace_config config;

	if (!bytes) {
		session_get_config(s, &config);
		bytes = config.queue_bytes;
	}
	return max_t(u64, roundup_pow_of_two(bytes), PAGE_SIZE);
}

/* Before the first attach. */
int utrace_session_need_ring(struct utrace_session *s)
{
	int ret;

	if (smp_load_acquire(&s->ring))
		return 0;
	ret = session_make_ring(s, session_ring_bytes(s, 0), 0);
	return ret == -EBUSY ? 0 : ret;
}

/* Make the ring, or tell where the one is that is as it was asked for. */
long utrace_session_ring(struct utrace_session *s, void *arg)
{
	struct utrace_ring *ring = arg;
	struct session_ring *r;
	u64 bytes;
	int ret;

	if (ring->flags & ~UTRACE_RING_MMAP)
		return -EINVAL;
	if (ring->bytes && (!is_power_of_2(ring->bytes) || ring->bytes < PAGE_SIZE ||
			    ring->bytes > UTRACE_RING_MAX))
		return -EINVAL;
	r = smp_load_acquire(&s->ring);
	if (!r) {
		if (!(READ_ONCE(s->rights) & UTRACE_RIGHT_CONFIG))
			return -EACCES;
		bytes = session_ring_bytes(s, ring->bytes);
		ret = session_make_ring(s, bytes, ring->flags);
		/* Somebody else may have been faster. */
		if (ret && ret != -EBUSY)
			return ret;
		r = smp_load_acquire(&s->ring);
	}
	if (!r->file != !(ring->flags & UTRACE_RING_MMAP) ||
	    (ring->bytes && ring->bytes != r->bytes))
		return -EBUSY;
	ring->bytes = r->bytes;
	ring->user_offset = 0;
	ring->data_offset = PAGE_SIZE;
	return 0;
}

u64 utrace_ring_bytes(const struct session_ring *r)
{
	return r->bytes;
}

u64 utrace_ring_queued(struct session_ring *r)
{
	return r->bytes - ring_free(r);
}

bool utrace_ring_is_mapped(const struct session_ring *r)
{
	return r->file;
}

/*
 * In.  All but the copying is under session->lock.
 */

bool utrace_ring_has_room(struct session_ring *r, u32 size)
{
	return ring_free(r) >= size;
}

/*
 * Reserve @size bytes, for which there was room.  (A consumer that has taken its position
 * back since may find this record in the place of one that it has not read.)  The caller
 * fills in the members of the head that depend on the place, and commits the record soon:
 * preemption is off.
 */
struct utrace_record *utrace_ring_reserve(struct session_ring *r, u32 size)
{
	struct utrace_record *to = ring_at(r, r->head);

	WRITE_ONCE(to->size, size | UTRACE_REC_BUSY);
	r->head += size;
	/* Who sees the new head sees that the record is BUSY. */
	smp_store_release(&r->kernel->head, r->head);
	return to;
}

/* The same if there is room; otherwise NULL. */
struct utrace_record *utrace_ring_try_reserve(struct session_ring *r, u32 size)
{
	return likely(ring_free(r) >= size) ? utrace_ring_reserve(r, size) : NULL;
}

/* Copy @rec to where it was reserved.  Needs no lock. */
void utrace_ring_commit(struct utrace_record *to, const struct utrace_record *rec)
{
	const size_t first = sizeof(rec->size);

	memcpy((void *)to + first, (const void *)rec + first, rec->size - first);
	utrace_ring_commit_here(to, rec->size);
}

/*
 * A record of @size bytes is to wait.  False: the consumer has made room meanwhile.
 * Pairs with the fence of the consumer, which looks at the flag after it has made room.
 */
bool utrace_ring_starves(struct session_ring *r, u32 size)
{
	WRITE_ONCE(r->kernel->flags, r->kernel->flags | UTRACE_RING_STARVED);
	smp_mb();
	return ring_free(r) < size;
}

/* Nothing waits any more. */
void utrace_ring_sated(struct session_ring *r)
{
	if (r->kernel->flags & UTRACE_RING_STARVED)
		WRITE_ONCE(r->kernel->flags, r->kernel->flags & ~UTRACE_RING_STARVED);
}

void utrace_ring_lost(struct session_ring *r, u64 lost)
{
	WRITE_ONCE(r->kernel->lost, lost);
}

/**
 * utrace_ring_wake - wake the reader, if it is to be
 * @s: the session
 * @rec: where the record was put, complete now
 * @size: bytes of it
 * @wakeup_bytes: utrace_config.wakeup_bytes
 * @urgent: not a bulk record, or somebody waits for room
 * @held: it is one with HELD
 *
 * A bulk record wakes the reader if it has come to this very record, or if there is
 * enough to be read.  A reader that waits at an earlier record, which is BUSY, is woken
 * by who completes that one.
 *
 * Context: process context.  Takes the wait queue's lock if there is a reader.
 */
void utrace_ring_wake(struct utrace_session *s, const struct utrace_record *rec,
		      u32 size, u32 wakeup_bytes, bool urgent, bool held)
{
	struct session_ring *r = s->ring;
	u64 tail, used;

	/* The barrier in it: the record is complete before we look for a reader. */
	if (!wq_has_sleeper(&s->wait))
		return;
	if (!urgent) {
		tail = ring_tail(r);
		if (wakeup_bytes) {
			used = READ_ONCE(r->kernel->head) - tail;
			if (used < min_t(u64, wakeup_bytes, r->bytes / 2))
				return;
		} else if (ring_at(r, tail) != rec) {
			return;
		}
	}
	wake_up_interruptible_poll(&s->wait, EPOLLIN | EPOLLRDNORM |
				   (held ? EPOLLPRI : 0));
}

/* The record that ends at the head has HELD. */
void utrace_ring_note_held(struct session_ring *r)
{
	r->held = r->head;
}

/*
 * Out
 */

/* Is the next record complete? */
bool utrace_ring_readable(struct session_ring *r)
{
	u64 tail = ring_tail(r), head = smp_load_acquire(&r->kernel->head);

	if (head == tail || head - tail > r->bytes || tail % 8)
		return false;
	return !(smp_load_acquire(&ring_at(r, tail)->size) & UTRACE_REC_BUSY);
}

/* Is there a record with HELD to be read?  The answer may be too late. */
bool utrace_ring_has_held(struct session_ring *r)
{
	return (s64)(data_race(READ_ONCE(r->held)) - ring_tail(r)) > 0;
}

/*
 * Copy complete records to user space, as many as fit.  Returns their bytes; 0: there is
 * none; -EMSGSIZE: the first does not fit; -EFAULT.  What was not copied stays where it
 * is.  Called with session->read_mutex held, without UTRACE_RING_MMAP.
 */
ssize_t utrace_ring_copy(struct session_ring *r, struct iov_iter *to)
{
	u64 head = smp_load_acquire(&r->kernel->head), tail = r->tail;
	size_t run = 0, copied;
	ssize_t ret = 0;

	/* One copy of as many as follow each other, for they do so in memory, too. */
	while (tail + run != head) {
		u32 size = smp_load_acquire(&ring_at(r, tail + run)->size);

		if (size & UTRACE_REC_BUSY)
			break;
		if (run + size > iov_iter_count(to)) {
			ret = -EMSGSIZE;
			break;
		}
		run += size;
	}
	if (!run)
		return ret;

	copied = copy_to_iter(ring_at(r, tail), run, to);
	if (copied < run) {
		/* Whole records only: go back to the end of the last one. */
		size_t whole = 0;

		while (whole + ring_at(r, tail + whole)->size <= copied)
			whole += ring_at(r, tail + whole)->size;
		iov_iter_revert(to, copied - whole);
		run = whole;
	}
	/* The room is given back when it has been read. */
	smp_store_release(&r->tail, tail + run);
	return run ?: -EFAULT;
}

int utrace_ring_mmap(struct session_ring *r, struct vm_area_struct *vma)
{
	unsigned long size = vma->vm_end - vma->vm_start;

	if (!r->file || !(vma->vm_flags & VM_SHARED))
		return -EINVAL;
	if (vma->vm_pgoff == 0) {
		if (size != PAGE_SIZE)
			return -EINVAL;
	} else {
		if (vma->vm_pgoff != 1 || size > PAGE_SIZE + 2 * r->bytes)
			return -EINVAL;
		if (vma->vm_flags & VM_WRITE)
			return -EPERM;
		vm_flags_clear(vma, VM_MAYWRITE);
	}
	if (vma->vm_flags & VM_EXEC)
		return -EPERM;
	vm_flags_mod(vma, VM_DONTCOPY | VM_DONTEXPAND | VM_DONTDUMP, VM_MAYEXEC);
	/* close() of the session is not to wait for munmap(). */
	vma_set_file(vma, r->file);
	return remap_vmalloc_range(vma, r->user, vma->vm_pgoff);
}
