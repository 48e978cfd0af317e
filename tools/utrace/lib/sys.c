// SPDX-License-Identifier: LGPL-2.1
/*
 * libutrace: what it asks of the kernel
 *
 * Everything that reaches a session passes through this file, so that tests can link
 * another one with a made-up kernel.
 */
#define _GNU_SOURCE
#define _FILE_OFFSET_BITS 64
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "internal.h"

int utrace_sys_open(const char *path)
{
	/* The library waits with poll(), never with read(). */
	int fd = open(path, O_RDWR | O_CLOEXEC | O_NONBLOCK);

	return fd < 0 ? -errno : fd;
}

int utrace_sys_close(int fd)
{
	return close(fd) < 0 ? -errno : 0;
}

int utrace_sys_ioctl(int fd, unsigned long request, void *arg)
{
	int ret = ioctl(fd, request, arg);

	return ret < 0 ? -errno : ret;
}

ssize_t utrace_sys_read(int fd, void *buffer, size_t size)
{
	ssize_t n = read(fd, buffer, size);

	return n < 0 ? -errno : n;
}

int utrace_sys_poll(int fd, short *revents, int timeout_ms)
{
	struct pollfd pfd = { .fd = fd, .events = POLLIN | POLLPRI };
	int ret = poll(&pfd, 1, timeout_ms);

	*revents = pfd.revents;
	return ret < 0 ? -errno : ret;
}

void *utrace_sys_mmap(size_t size, bool write, int fd, uint64_t offset, int *error)
{
	void *p = mmap(NULL, size, write ? PROT_READ | PROT_WRITE : PROT_READ,
		       MAP_SHARED, fd, offset);

	if (p == MAP_FAILED) {
		*error = errno;
		return NULL;
	}
	/* A child that is forked, such as that of utrace_spawn(), does not get the ring. */
	madvise(p, size, MADV_DONTFORK);
	return p;
}

void utrace_sys_munmap(void *p, size_t size)
{
	munmap(p, size);
}

int utrace_sys_pidfd_open(pid_t pid, bool thread)
{
	/* PIDFD_THREAD of <linux/pidfd.h> is O_EXCL. */
	int fd = syscall(SYS_pidfd_open, pid, thread ? O_EXCL : 0);

	return fd < 0 ? -errno : fd;
}
