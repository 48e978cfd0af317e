/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A made-up kernel for unit tests, in place of lib/sys.c
 *
 * A test appends records to fake.stream, and says in fake.ioctl() what the kernel answers.
 * Sizes of structures are treated as <linux/utrace.h> demands it of a kernel, which knows
 * fake.extra bytes more (or less) than the header that this is compiled with.
 */
#ifndef FAKE_KERNEL_H
#define FAKE_KERNEL_H

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "../lib/internal.h"

static struct {
	int fd;				/* of the session */
	int open_error;
	int extra;			/* bytes that this kernel knows beyond the header */

	unsigned char stream[1 << 18] __attribute__((aligned(8)));
	size_t len, pos;		/* records until len; pos has been read */
	uint64_t seq;
	bool ended;			/* no more records will come */
	int read_error;			/* if there are no records and !ended */

	/* Returns 0 or -errno; 1: as a kernel without opinion. */
	int (*ioctl)(unsigned long request, void *arg);
	/* The kernel's part of one order: its result. */
	int (*order)(struct utrace_order *order);
	/* Memory for the mapping at @offset; NULL: there is none. */
	void *(*mmap)(size_t size, uint64_t offset);
	/* Replaces the stream for poll(). */
	int (*poll)(short *revents, int timeout_ms);
	unsigned int orders, controls;	/* that were given */
	pid_t pid;			/* of the last pidfd */
} fake;

/* Append a record with these many bytes, of thread @tid, whose cookie is @tid + 90. */
static inline void *fake_add(size_t size, int type, int tid)
{
	struct utrace_record *r = (void *)(fake.stream + fake.len);

	memset(r, 0, size);
	r->size = size;
	r->items = size;
	r->type = type;
	r->seq = ++fake.seq;
	r->time = r->seq * 1000;
	if (tid) {
		r->thread = tid + 90;
		r->pid = 10;
		r->tid = tid;
	}
	fake.len += size;
	return r;
}

/* Append an item to the last record, which is @r. */
static inline struct utrace_item *fake_item(void *record, unsigned int kind,
					    unsigned int arg, const void *data, size_t len)
{
	struct utrace_record *r = record;
	struct utrace_item *i = (void *)((char *)r + r->size);
	size_t size = (sizeof(*i) + len + 7) & ~(size_t)7;

	memset(i, 0, size);
	i->size = size;
	i->len = len;
	i->data = sizeof(*i);
	i->kind = kind;
	i->arg = arg;
	memcpy(i + 1, data, len);
	r->size += size;
	r->nr_items++;
	if ((unsigned char *)r >= fake.stream &&
	    (unsigned char *)r < fake.stream + sizeof(fake.stream))
		fake.len += size;
	return i;
}

static inline void fake_reset(void)
{
	fake.len = fake.pos = fake.seq = 0;
	fake.ended = false;
	fake.read_error = 0;
	fake.extra = 0;
	fake.orders = fake.controls = 0;
}

/* By the rules of the header: E2BIG, or the size that is valid. */
static inline int fake_size(void *arg, size_t known, size_t min)
{
	uint32_t *size = arg, i;

	known += fake.extra;
	if (*size < min)
		return -EINVAL;
	for (i = known; i < *size; i++) {
		if (((unsigned char *)arg)[i]) {
			*size = known;
			return -E2BIG;
		}
	}
	if (*size > known)
		*size = known;
	return 0;
}

static inline ssize_t fake_read(void *buffer, size_t room)
{
	size_t n = 0;

	while (fake.pos < fake.len) {
		const struct utrace_record *r = (void *)(fake.stream + fake.pos);
		size_t size = r->size;

		/* Records that are malformed on purpose go through. */
		if (!size || size % 8 || size > fake.len - fake.pos)
			size = fake.len - fake.pos;

		if (size > room - n)
			return n ? (ssize_t)n : -EMSGSIZE;
		memcpy((char *)buffer + n, r, size);
		n += size;
		fake.pos += size;
	}
	if (n || fake.ended)
		return n;
	return fake.read_error ? -fake.read_error : -EAGAIN;
}

static inline int fake_control(struct utrace_control *c)
{
	struct utrace_order *o;
	uint32_t at = 0;
	ssize_t n;

	fake.controls++;
	for (; at < c->bytes; at += o->size) {
		o = (void *)(uintptr_t)(c->orders + at);
		if (o->size < UTRACE_ORDER_SIZE_VER0 || o->size % 8 ||
		    o->size > c->bytes - at) {
			c->done = at;
			return -EINVAL;
		}
		fake.orders++;
		o->result = fake.order ? fake.order(o) : 0;
		o->done = !o->result;
	}
	c->done = at;
	if (!c->buffer)
		return 0;
	n = fake_read((void *)(uintptr_t)c->buffer, c->buffer_size);
	if (n == -EAGAIN)
		n = 0;
	c->buffer_size = n < 0 ? 0 : n;
	return n < 0 ? n : 0;
}

int utrace_sys_open(const char *path)
{
	(void)path;
	if (fake.open_error)
		return -fake.open_error;
	/* A file that poll() finds readable. */
	fake.fd = memfd_create("session", MFD_CLOEXEC);
	return fake.fd < 0 ? -errno : fake.fd;
}

int utrace_sys_close(int fd)
{
	return close(fd) < 0 ? -errno : 0;
}

int utrace_sys_ioctl(int fd, unsigned long request, void *arg)
{
	int ret = 0;

	if (fd != fake.fd)
		return -ENOTTY;
	switch (request) {
#define SIZED(name, NAME)							\
	case UTRACE_IOC_##NAME:							\
		ret = fake_size(arg, sizeof(struct utrace_##name),		\
				UTRACE_##NAME##_SIZE_VER0);			\
		break
	SIZED(info, INFO);
	SIZED(config, CONFIG);
	SIZED(syscalls, SYSCALLS);
	SIZED(attach, ATTACH);
	SIZED(control, CONTROL);
	SIZED(ring, RING);
	SIZED(status, STATUS);
	SIZED(pidfd, PIDFD);
	SIZED(restrict, RESTRICT);
	SIZED(counts, COUNTS);
#undef SIZED
	}
	if (ret)
		return ret;
	ret = fake.ioctl ? fake.ioctl(request, arg) : 1;
	if (ret <= 0)
		return ret;
	if (request == UTRACE_IOC_CONTROL)
		return fake_control(arg);
	return request == UTRACE_IOC_VIEW ? -ENOENT : 0;
}

ssize_t utrace_sys_read(int fd, void *buffer, size_t size)
{
	return fd == fake.fd ? fake_read(buffer, size) : -EBADF;
}

int utrace_sys_poll(int fd, short *revents, int timeout_ms)
{
	*revents = 0;
	if (fd != fake.fd)
		return -EBADF;
	if (fake.poll)
		return fake.poll(revents, timeout_ms);
	if (fake.pos < fake.len)
		*revents = POLLIN;
	else if (fake.ended)
		*revents = POLLHUP;
	else if (timeout_ms < 0)
		abort();		/* It would wait for ever. */
	return !!*revents;
}

void *utrace_sys_mmap(size_t size, bool write, int fd, uint64_t offset, int *error)
{
	void *p = fake.mmap && fd == fake.fd ? fake.mmap(size, offset) : NULL;

	(void)write;
	*error = ENODEV;
	return p;
}

void utrace_sys_munmap(void *p, size_t size)
{
	(void)p;
	(void)size;
}

int utrace_sys_pidfd_open(pid_t pid, bool thread)
{
	int fd;

	(void)thread;
	fake.pid = pid;
	/* The processes of records do not exist. */
	fd = syscall(SYS_pidfd_open, pid < 100 ? getpid() : pid, 0);
	return fd < 0 ? -errno : fd;
}

#endif
