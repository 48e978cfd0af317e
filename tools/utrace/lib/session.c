// SPDX-License-Identifier: LGPL-2.1
/*
 * libutrace: sessions, their configuration, and how they get threads
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "internal.h"

#define BUFFER_FIRST	(64u << 10)

/* Why this thread's last call without a session, such as utrace_open(), failed. */
static __thread char own_error[256];

int utrace_fail(struct utrace_session *s, int err, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(s ? s->error : own_error, sizeof(own_error), fmt, ap);
	va_end(ap);
	errno = err;
	return -err;
}

API const char *utrace_error(const struct utrace_session *s)
{
	return s ? s->error : own_error;
}

const char *utrace_words(int err)
{
	switch (err) {
	case E2BIG:
		return "the kernel is older than the program, and does not know a member that is set";
	case EACCES:
		return "the session has given up the right to do so";
	case ENOTTY:
		return "the kernel does not know this request";
	case EUSERS:
		return "the tracers of this user hold as many threads as kernel.utrace.max_stopped allows";
	case EDQUOT:
		return "the sessions of this user have as much memory as kernel.utrace.max_queue_kb allows";
	}
	return strerror(err);
}

struct utrace_session *utrace_session_new(int fd, unsigned int flags)
{
	struct utrace_session *s = calloc(1, sizeof(*s));

	if (s)
		s->buf = malloc(BUFFER_FIRST);
	if (!s || !s->buf) {
		free(s);
		utrace_fail(NULL, ENOMEM, "cannot open a session: %s", strerror(ENOMEM));
		return NULL;
	}
	s->fd = fd;
	s->nonblock = flags & UTRACE_OPEN_NONBLOCK;
	s->size = BUFFER_FIRST;
	s->last = &s->first;
	return s;
}

static void session_free(struct utrace_session *s)
{
	struct kept *k;

	utrace_ring_unmap(s);
	utrace_threads_free(s);
	free(s->current);
	while ((k = s->first)) {
		s->first = k->next;
		free(k);
	}
	free(s->buf);
	free(s);
}

/* Ask the session something, because the file must be one of /dev/utrace. */
static int check_device(struct utrace_session *s, const char *what)
{
	struct utrace_info info = { .size = sizeof(info) };
	int err = -utrace_info_sized(s, &info);

	if (err == EPERM || err == EACCES)
		return utrace_fail(NULL, err, "cannot use %s: a seccomp filter or a security module forbids ioctl(): %s",
				   what, strerror(err));
	if (err)
		return utrace_fail(NULL, err, "cannot use %s: it is not a utrace device of this version: %s",
				   what, strerror(err));
	return 0;
}

static struct utrace_session *open_checked(int fd, unsigned int flags, const char *what)
{
	struct utrace_session *s = utrace_session_new(fd, flags);
	int err;

	if (!s)
		return NULL;
	err = check_device(s, what);
	if (!err)
		return s;
	session_free(s);
	errno = -err;
	return NULL;
}

static bool flags_good(unsigned int flags)
{
	if (!(flags & ~UTRACE_OPEN_NONBLOCK))
		return true;
	utrace_fail(NULL, EINVAL, "cannot open a session: unknown flags %#x",
		    flags & ~UTRACE_OPEN_NONBLOCK);
	return false;
}

API struct utrace_session *utrace_open(unsigned int flags)
{
	struct utrace_session *s;
	int fd, err;

	own_error[0] = '\0';
	if (!flags_good(flags))
		return NULL;
	fd = utrace_sys_open(DEVICE);
	if (fd < 0) {
		err = -fd;
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
	s = open_checked(fd, flags, DEVICE);
	if (!s) {
		err = errno;
		utrace_sys_close(fd);
		errno = err;
	}
	return s;
}

API struct utrace_session *utrace_open_fd(int fd, unsigned int flags)
{
	struct utrace_session *s;
	char what[40];
	int mode;

	own_error[0] = '\0';
	if (!flags_good(flags))
		return NULL;
	snprintf(what, sizeof(what), "file descriptor %d", fd);
	s = open_checked(fd, flags, what);
	if (!s)
		return NULL;
	/* The library waits with poll(), never with read(). */
	mode = fcntl(fd, F_GETFL);
	if (mode >= 0 && !(mode & O_NONBLOCK))
		fcntl(fd, F_SETFL, mode | O_NONBLOCK);
	return s;
}

API void utrace_close(struct utrace_session *s)
{
	if (!s)
		return;
	utrace_sys_close(s->fd);
	session_free(s);
}

API int utrace_fd(const struct utrace_session *s)
{
	return s->fd;
}

API int utrace_info_sized(struct utrace_session *s, struct utrace_info *info)
{
	uint32_t size = info->size;
	int err;

	if (size < UTRACE_INFO_SIZE_VER0)
		return utrace_fail(s, EINVAL, "cannot query the session: no struct utrace_info has %u bytes",
				   size);
	memset(info, 0, size);
	info->size = size;
	err = -utrace_sys_ioctl(s->fd, UTRACE_IOC_INFO, info);
	if (err)
		return utrace_fail(s, err, "cannot query the session: %s", utrace_words(err));
	return 0;
}

API int utrace_config_sized(struct utrace_session *s, struct utrace_config *config)
{
	const char *why;
	int err;

	config->generation = 0;
	err = -utrace_sys_ioctl(s->fd, UTRACE_IOC_CONFIG, config);
	if (!err)
		return 0;
	switch (err) {
	case EINVAL:
		why = "the kernel does not know a flag, an event or a role, or a limit is too high";
		break;
	case EBUSY:
		why = "there is a ring, which has another size than queue_bytes";
		break;
	default:
		why = utrace_words(err);
	}
	return utrace_fail(s, err, "cannot configure the session: %s", why);
}

API int utrace_restrict(struct utrace_session *s, uint64_t rights)
{
	struct utrace_restrict r = { .size = sizeof(r), .rights = rights };
	int err = -utrace_sys_ioctl(s->fd, UTRACE_IOC_RESTRICT, &r);

	if (err)
		return utrace_fail(s, err, "cannot restrict the session: %s",
				   err == EINVAL ? "the kernel does not know one of the rights"
						 : utrace_words(err));
	return 0;
}

int utrace_attach_process(struct utrace_session *s, struct utrace_attach *a, pid_t pid)
{
	const char *why;
	char who[32];
	int err;

	/* What an earlier call has answered is no question. */
	a->threads = 0;
	a->thread = 0;
	a->process = 0;
	err = -utrace_sys_ioctl(s->fd, UTRACE_IOC_ATTACH, a);
	if (!err)
		return 0;

	if (a->fd == -1)
		snprintf(who, sizeof(who), "the calling process");
	else if (pid)
		snprintf(who, sizeof(who), "process %d", (int)pid);
	else
		snprintf(who, sizeof(who), "the process of pidfd %d", a->fd);

	switch (err) {
	case EPERM:
		why = a->fd == -1 ? "kernel.utrace.unprivileged or a security module forbids it"
				  : utrace_why_denied("/proc", pid ?: utrace_pidfd_pid("/proc", a->fd));
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
		why = "the kernel does not know one of the flags, or they contradict each other";
		break;
	case EUSERS:
		why = "as many tracers as kernel.utrace.max_engines allows are attached to it";
		break;
	default:
		why = utrace_words(err);
	}
	return utrace_fail(s, err, "cannot attach to %s: %s", who, why);
}

API int utrace_attach_sized(struct utrace_session *s, struct utrace_attach *a)
{
	return utrace_attach_process(s, a, 0);
}

API int utrace_attach_self_sized(struct utrace_session *s, struct utrace_attach *a)
{
	struct utrace_attach none = { .size = sizeof(none) };

	if (!a)
		a = &none;
	a->fd = -1;
	return utrace_attach_process(s, a, 0);
}

API int utrace_attach_pid_sized(struct utrace_session *s, pid_t pid, struct utrace_attach *a)
{
	struct utrace_attach none = { .size = sizeof(none) };
	int fd, ret;

	if (!a)
		a = &none;
	if (pid <= 0)
		return utrace_fail(s, EINVAL, "cannot attach to process %d: not a process id",
				   (int)pid);

	fd = utrace_sys_pidfd_open(pid, a->flags & UTRACE_ATTACH_ALONE);
	if (fd == -ESRCH)
		return utrace_fail(s, ESRCH, "cannot attach to process %d: no such process, or it is dead",
				   (int)pid);
	if (fd == -EINVAL || fd == -ENOENT)
		return utrace_fail(s, -fd, "cannot attach to process %d: it is a thread, and only whole processes can be attached to",
				   (int)pid);
	/* The call asks for no permission, and every kernel with utrace has it. */
	if (fd == -EPERM || fd == -EACCES || fd == -ENOSYS)
		return utrace_fail(s, -fd, "cannot attach to process %d: a seccomp filter forbids pidfd_open()",
				   (int)pid);
	if (fd < 0)
		return utrace_fail(s, -fd, "cannot attach to process %d: %s", (int)pid,
				   strerror(-fd));
	a->fd = fd;
	ret = utrace_attach_process(s, a, pid);
	/* It is closed, and of no use to the caller. */
	a->fd = -1;
	utrace_sys_close(fd);
	if (ret < 0)
		errno = -ret;
	return ret;
}
