// SPDX-License-Identifier: LGPL-2.1
/*
 * libutrace: start a program that is traced from its first instruction on
 *
 * The child waits before its exec, until the session is attached to it and
 * utrace_child_start() is called.  It waits in a read() of a socket, so that it ends by
 * itself if the tracer dies.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "internal.h"

/* What a program that is executed gets of its signals. */
struct utrace_signals {
	sigset_t mask;
	sigset_t ignored;
};

struct utrace_child {
	char *file;		/* that it executes */
	pid_t pid;
	int pidfd;
	int go;			/* a byte lets the child execute the program; -1: done */
	int failed;		/* tells the error of its exec */
	int error;
};

API struct utrace_signals *utrace_signals_save(void)
{
	struct utrace_signals *s = calloc(1, sizeof(*s));
	struct sigaction sa;
	int sig;

	if (!s) {
		utrace_fail(NULL, ENOMEM, "cannot save the signals: %s", strerror(ENOMEM));
		return NULL;
	}
	sigprocmask(SIG_SETMASK, NULL, &s->mask);
	for (sig = 1; sig < NSIG; sig++)
		if (!sigaction(sig, NULL, &sa) && sa.sa_handler == SIG_IGN)
			sigaddset(&s->ignored, sig);
	return s;
}

API void utrace_signals_free(struct utrace_signals *signals)
{
	free(signals);
}

static void restore_signals(const struct utrace_signals *s)
{
	struct sigaction sa = { .sa_handler = SIG_DFL }, now;
	int sig;

	/* The tracer's handlers, too, because they would run when the mask is set. */
	for (sig = 1; sig < NSIG; sig++) {
		sa.sa_handler = sigismember(&s->ignored, sig) == 1 ? SIG_IGN : SIG_DFL;
		if (!sigaction(sig, NULL, &now) && now.sa_handler != sa.sa_handler)
			sigaction(sig, &sa, NULL);
	}
	sigprocmask(SIG_SETMASK, &s->mask, NULL);
}

/* Where execvp() would look for @name; NULL, with the reason in *@error. */
static char *find_file(const char *name, int *error)
{
	const char *path = getenv("PATH"), *end;
	struct stat st;
	char *file;

	*error = ENOENT;
	if (strchr(name, '/')) {
		if (stat(name, &st) == 0)
			return strdup(name);
		*error = errno;
		return NULL;
	}
	if (!path)
		path = "/usr/local/bin:/bin:/usr/bin";
	while (path) {
		end = strchrnul(path, ':');
		if (asprintf(&file, "%.*s%s%s", (int)(end - path), path,
			     end == path ? "" : "/", name) < 0) {
			*error = ENOMEM;
			return NULL;
		}
		if (stat(file, &st) == 0 && S_ISREG(st.st_mode)) {
			if (access(file, X_OK) == 0)
				return file;
			*error = EACCES;
		}
		free(file);
		path = *end ? end + 1 : NULL;
	}
	return NULL;
}

__attribute__((noreturn))
static void run_child(struct utrace_session *s, int go, int failed, const char *file,
		      char *const argv[], char *const envp[],
		      const struct utrace_signals *signals)
{
	int err;
	char c;

	/*
	 * A session lives as long as one descriptor of it is open.  This one would keep a
	 * dead tracer's session alive.
	 */
	close(s->fd);
	/* Without a byte the tracer could not attach, or is dead. */
	if (read(go, &c, 1) != 1)
		_exit(1);
	if (signals)
		restore_signals(signals);
	execve(file, argv, envp);
	err = errno;
	if (write(failed, &err, sizeof(err)) < 0)
		_exit(126);
	_exit(err == ENOENT ? 127 : 126);
}

static struct utrace_child *spawn_fail(struct utrace_session *s, const char *file, int err,
				       struct utrace_child *child)
{
	if (err)
		utrace_fail(s, err, "cannot create a process for '%s': %s", file,
			    strerror(err));
	err = errno;
	if (child) {
		pid_t pid = child->pid;

		/* Without a byte the process ends. */
		utrace_child_free(child);
		if (pid)
			waitpid(pid, NULL, 0);
	}
	errno = err;
	return NULL;
}

API struct utrace_child *utrace_spawn_sized(struct utrace_session *s, const char *name,
					    char *const argv[], char *const envp[],
					    const struct utrace_signals *signals,
					    struct utrace_attach *a)
{
	struct utrace_attach none = { .size = sizeof(none) };
	int go[2], failed[2], err;
	struct utrace_child *child;
	char *file;

	file = find_file(name, &err);
	if (!file) {
		utrace_fail(s, err, "cannot find '%s': %s", name, strerror(err));
		return NULL;
	}
	child = calloc(1, sizeof(*child));
	if (!child) {
		free(file);
		return spawn_fail(s, name, ENOMEM, NULL);
	}
	child->file = file;
	child->pidfd = child->go = child->failed = -1;
	/* Not a pipe, because a child that was killed would send SIGPIPE to the tracer. */
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, go) < 0) {
		err = errno;
		return spawn_fail(s, name, err, child);
	}
	if (pipe2(failed, O_CLOEXEC | O_NONBLOCK) < 0) {
		err = errno;
		close(go[0]);
		close(go[1]);
		return spawn_fail(s, name, err, child);
	}
	child->pid = fork();
	if (!child->pid) {
		close(go[1]);
		run_child(s, go[0], failed[1], file, argv, envp ? envp : environ, signals);
	}
	err = errno;
	close(go[0]);
	close(failed[1]);
	child->go = go[1];
	child->failed = failed[0];
	if (child->pid < 0) {
		child->pid = 0;
		return spawn_fail(s, name, err, child);
	}

	/* Nobody has waited for the child, so the id is the child's. */
	child->pidfd = utrace_sys_pidfd_open(child->pid, false);
	if (child->pidfd < 0) {
		err = -child->pidfd;
		child->pidfd = -1;
		return spawn_fail(s, name, err, child);
	}
	if (!a)
		a = &none;
	a->fd = child->pidfd;
	err = utrace_attach_process(s, a, child->pid);
	a->fd = -1;
	if (err < 0) {
		errno = -err;
		return spawn_fail(s, name, 0, child);
	}
	return child;
}

API int utrace_child_start(struct utrace_child *child)
{
	ssize_t n;

	if (child->go < 0)
		return 0;
	while ((n = send(child->go, "", 1, MSG_NOSIGNAL)) < 0 && errno == EINTR)
		;
	if (n < 0)
		return utrace_fail(NULL, errno, "cannot start process %d: %s", (int)child->pid,
				   strerror(errno));
	close(child->go);
	child->go = -1;
	return 0;
}

API pid_t utrace_child_pid(const struct utrace_child *child)
{
	return child->pid;
}

API int utrace_child_pidfd(const struct utrace_child *child)
{
	return child->pidfd;
}

/* The call takes no session, because it may come after utrace_close(). */
API int utrace_child_error(struct utrace_child *child)
{
	int err;

	if (!child->error && child->failed >= 0 &&
	    read(child->failed, &err, sizeof(err)) == sizeof(err))
		child->error = err;
	if (!child->error)
		return 0;
	/* The file was found, so ENOENT alone would mislead. */
	return utrace_fail(NULL, child->error, "cannot execute '%s': %s%s", child->file,
			   strerror(child->error),
			   child->error == ENOENT ? " (the file, or its interpreter)" : "");
}

API void utrace_child_free(struct utrace_child *child)
{
	if (!child)
		return;
	if (child->go >= 0)
		close(child->go);
	if (child->failed >= 0)
		close(child->failed);
	if (child->pidfd >= 0)
		close(child->pidfd);
	free(child->file);
	free(child);
}
