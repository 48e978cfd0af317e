// SPDX-License-Identifier: LGPL-2.1
/*
 * libutrace - see libutrace.h
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "internal.h"
#include "libutrace.h"

#define DEVICE		"/dev/utrace"
#define BUFFER_FIRST	(64u << 10)
/* No record is longer: six captures at their longest, and room to spare. */
#define BUFFER_MAX	(1u << 20)

struct utrace_session {
	int fd;
	size_t size;			/* of buf */
	size_t len;			/* bytes in buf */
	size_t pos;			/* where the next record starts */
	unsigned char *buf;
	char error[256];
};

/* Why this thread's last call without a session, such as utrace_open(), failed. */
static __thread char own_error[256];

int utrace_fail(struct utrace_session *s, int err, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(s ? s->error : own_error, sizeof(own_error), fmt, ap);
	va_end(ap);
	errno = err;
	return -1;
}

API const char *utrace_error(const struct utrace_session *s)
{
	return s ? s->error : own_error;
}

API struct utrace_session *utrace_open(unsigned int flags)
{
	struct utrace_session *s = NULL;
	struct utrace_info info;
	int mode = O_RDWR | O_CLOEXEC;
	int fd, err;

	own_error[0] = '\0';
	if (flags & ~UTRACE_OPEN_NONBLOCK) {
		utrace_fail(NULL, EINVAL, "cannot open a session: unknown flags %#x",
		     flags & ~UTRACE_OPEN_NONBLOCK);
		return NULL;
	}
	if (flags & UTRACE_OPEN_NONBLOCK)
		mode |= O_NONBLOCK;

	fd = open(DEVICE, mode);
	if (fd < 0) {
		err = errno;
		if (err == ENOENT || err == ENXIO || err == ENODEV)
			utrace_fail(NULL, err, "cannot open " DEVICE ": %s: the kernel must be built with CONFIG_UTRACE=y, and devtmpfs mounted on /dev",
			     strerror(err));
		else if (err == EACCES)
			utrace_fail(NULL, err, "cannot open " DEVICE ": %s (need permission to read and write)",
			     strerror(err));
		else if (err == EPERM)
			utrace_fail(NULL, err, "cannot open " DEVICE ": the device rules of this cgroup, or a seccomp filter, forbid it");
		else
			utrace_fail(NULL, err, "cannot open " DEVICE ": %s",
			     strerror(err));
		return NULL;
	}

	s = calloc(1, sizeof(*s));
	if (s)
		s->buf = malloc(BUFFER_FIRST);
	if (!s || !s->buf) {
		free(s);
		close(fd);
		utrace_fail(NULL, ENOMEM, "cannot open a session: %s", strerror(ENOMEM));
		return NULL;
	}
	s->fd = fd;
	s->size = BUFFER_FIRST;

	/* Ask at once, because the device must speak this protocol. */
	if (utrace_info(s, &info) < 0) {
		err = errno;
		if (err == EPERM || err == EACCES)
			utrace_fail(NULL, err, "cannot use " DEVICE ": a seccomp filter or a security module forbids ioctl(): %s",
			     strerror(err));
		else
			utrace_fail(NULL, err, "cannot use " DEVICE ": it is not a utrace device of this version: %s",
			     strerror(err));
		utrace_close(s);
		errno = err;
		return NULL;
	}
	return s;
}

API void utrace_close(struct utrace_session *s)
{
	if (!s)
		return;
	close(s->fd);
	free(s->buf);
	free(s);
}

API int utrace_fd(const struct utrace_session *s)
{
	return s->fd;
}

API int utrace_info(struct utrace_session *s, struct utrace_info *info)
{
	memset(info, 0, sizeof(*info));
	info->size = sizeof(*info);
	if (ioctl(s->fd, UTRACE_IOC_INFO, info) < 0) {
		int err = errno;

		return utrace_fail(s, err, "cannot query the session: %s",
			    strerror(err));
	}
	return 0;
}

API int utrace_config(struct utrace_session *s,
		      const struct utrace_config *config)
{
	struct utrace_config c = *config;

	c.size = sizeof(c);
	if (ioctl(s->fd, UTRACE_IOC_CONFIG, &c) < 0) {
		int err = errno;

		return utrace_fail(s, err, "cannot configure the session: %s",
			    err == EINVAL ? "the kernel does not know a flag or event, or a limit is too high"
					  : strerror(err));
	}
	return 0;
}

API int utrace_set_syscalls(struct utrace_session *s, uint32_t arch,
			    const uint32_t *entries, unsigned int nr,
			    unsigned int flags)
{
	struct utrace_syscalls t = {
		.size		= sizeof(t),
		.flags		= flags,
		.arch		= arch,
		.nr		= nr,
		.entries	= (uintptr_t)entries,
	};

	if (ioctl(s->fd, UTRACE_IOC_SYSCALLS, &t) < 0) {
		int err = errno;

		return utrace_fail(s, err, "cannot set the system calls of architecture %#x: %s",
			    arch, strerror(err));
	}
	return 0;
}

static int attach(struct utrace_session *s, int pidfd, unsigned int flags,
		  struct utrace_attach *result, pid_t pid)
{
	struct utrace_attach a = {
		.size	= sizeof(a),
		.flags	= flags,
		.pidfd	= pidfd,
	};
	const char *why;
	char who[32];
	int err;

	if (ioctl(s->fd, UTRACE_IOC_ATTACH, &a) == 0) {
		if (result)
			*result = a;
		return 0;
	}
	err = errno;

	if (pid)
		snprintf(who, sizeof(who), "process %d", (int)pid);
	else
		snprintf(who, sizeof(who), "the process of pidfd %d", pidfd);

	switch (err) {
	case EPERM:
		why = utrace_why_denied("/proc", pid ?: utrace_pidfd_pid("/proc", pidfd));
		break;
	case ESRCH:
		why = "no such process, or it is dead";
		break;
	case EBADF:
		why = "not a pidfd";
		break;
	case EEXIST:
		why = "this session is attached to it already";
		break;
	case EINVAL:
		why = "the kernel does not know one of the flags";
		break;
	case EOPNOTSUPP:
		why = "the pidfd is one thread's (PIDFD_THREAD), and only whole processes can be attached to";
		break;
	case EUSERS:
		why = "as many tracers as kernel.utrace.max_engines allows are attached to it";
		break;
	default:
		why = strerror(err);
	}
	return utrace_fail(s, err, "cannot attach to %s: %s", who, why);
}

API int utrace_attach_pidfd(struct utrace_session *s, int pidfd,
			    unsigned int flags, struct utrace_attach *result)
{
	return attach(s, pidfd, flags, result, 0);
}

API int utrace_attach_pid(struct utrace_session *s, pid_t pid,
			  unsigned int flags, struct utrace_attach *result)
{
	int fd, ret, err;

	if (pid <= 0)
		return utrace_fail(s, EINVAL, "cannot attach to process %d: not a process id",
			    (int)pid);

	fd = syscall(SYS_pidfd_open, pid, 0);
	if (fd < 0) {
		err = errno;
		if (err == ESRCH)
			return utrace_fail(s, err, "cannot attach to process %d: no such process, or it is dead",
				    (int)pid);
		if (err == EINVAL || err == ENOENT)
			return utrace_fail(s, err, "cannot attach to process %d: it is a thread, and only whole processes can be attached to",
				    (int)pid);
		/* The call asks for no permission, and every kernel with utrace has it. */
		if (err == EPERM || err == EACCES || err == ENOSYS)
			return utrace_fail(s, err, "cannot attach to process %d: a seccomp filter forbids pidfd_open()",
				    (int)pid);
		return utrace_fail(s, err, "cannot attach to process %d: %s", (int)pid,
			    strerror(err));
	}
	ret = attach(s, fd, flags, result, pid);
	err = errno;
	close(fd);
	errno = err;
	return ret;
}

/* Fill the empty buffer: 1 records, 0 end, -1 errno. */
static int fill(struct utrace_session *s)
{
	unsigned char *bigger;
	ssize_t n;
	int err;

	for (;;) {
		n = read(s->fd, s->buf, s->size);
		if (n >= 0)
			break;
		err = errno;
		if (err != EMSGSIZE || s->size >= BUFFER_MAX)
			return utrace_fail(s, err, "cannot read records: %s",
				    strerror(err));
		bigger = realloc(s->buf, 2 * s->size);
		if (!bigger)
			return utrace_fail(s, ENOMEM, "cannot read records: %s",
				    strerror(ENOMEM));
		s->buf = bigger;
		s->size *= 2;
	}
	s->pos = 0;
	s->len = n;
	return n > 0;
}

API int utrace_next(struct utrace_session *s, const struct utrace_record **rec)
{
	const struct utrace_record *r;
	int ret;

	if (s->pos == s->len) {
		ret = fill(s);
		if (ret <= 0)
			return ret;
	}
	r = (const void *)(s->buf + s->pos);
	if (s->len - s->pos < sizeof(*r) || r->size < sizeof(*r) ||
	    r->size % 8 || r->size > s->len - s->pos) {
		/* Drop the buffer, because nothing after the record can be trusted. */
		s->pos = s->len;
		return utrace_fail(s, EBADMSG, "cannot read records: the kernel gave a malformed one");
	}
	s->pos += r->size;
	*rec = r;
	return 1;
}

API const struct utrace_capture *
utrace_next_capture(const struct utrace_rec_syscall *rec,
		    const struct utrace_capture *prev)
{
	const unsigned char *end = (const unsigned char *)rec + rec->head.size;
	const unsigned char *p = (const unsigned char *)(rec + 1);
	const struct utrace_capture *c;
	unsigned int i;

	/* Walks from the first one: there are six at most. */
	for (i = 0; i < rec->captures; i++) {
		if ((size_t)(end - p) < sizeof(*c))
			return NULL;
		c = (const void *)p;
		if (c->len > (size_t)(end - p) - sizeof(*c))
			return NULL;
		if (!prev)
			return c;
		if (c == prev)
			prev = NULL;
		p += sizeof(*c) + (((size_t)c->len + 7) & ~(size_t)7);
		if (p > end)
			return NULL;
	}
	return NULL;
}

API int utrace_control(struct utrace_session *s, struct utrace_op *ops,
		       unsigned int nr)
{
	struct utrace_control c = {
		.size		= sizeof(c),
		.ops		= (uintptr_t)ops,
		.nr		= nr,
		.op_size	= sizeof(*ops),
	};

	if (ioctl(s->fd, UTRACE_IOC_CONTROL, &c) < 0) {
		int err = errno;

		return utrace_fail(s, err, "cannot control %u threads: %s", nr,
			    strerror(err));
	}
	return 0;
}

static const char *why_no_op(int err)
{
	switch (err) {
	case ESRCH:
		return "the session has no such thread, or it is dead";
	case EINVAL:
		return "there is no such action";
	case EBUSY:
		return "the session holds it, or it waits for room in the queue";
	case EUSERS:
		return "the tracers of this user hold as many threads as kernel.utrace.max_stopped allows";
	}
	return strerror(err);
}

API int utrace_op(struct utrace_session *s, uint64_t thread, unsigned int action)
{
	struct utrace_op op = { .thread = thread, .action = action };

	if (utrace_control(s, &op, 1) < 0)
		return -1;
	/* A hold that has not happened yet has not failed. */
	if (!op.result || op.result == -EINPROGRESS)
		return op.result ? 1 : 0;
	if (!thread)
		return utrace_fail(s, -op.result, "cannot control every thread of the session: %s",
			    why_no_op(-op.result));
	return utrace_fail(s, -op.result, "cannot control thread %#llx: %s",
		    (unsigned long long)thread, why_no_op(-op.result));
}
