/* SPDX-License-Identifier: LGPL-2.1 */
/*
 * What the files of libutrace share
 */
#ifndef LIBUTRACE_INTERNAL_H
#define LIBUTRACE_INTERNAL_H

#include <sys/types.h>

#define API		__attribute__((visibility("default")))

struct utrace_session;

/*
 * Sets errno and what utrace_error() returns, of the session or, if there is none,
 * of this thread.  Returns -1.
 */
__attribute__((format(printf, 3, 4)))
int utrace_fail(struct utrace_session *s, int err, const char *fmt, ...);

/*
 * Returns why the kernel does not let this thread attach to process @pid, in words that
 * follow "cannot attach to process 1: ".  @proc is "/proc".
 */
const char *utrace_why_denied(const char *proc, pid_t pid);

/* Returns the id of the process that @pidfd refers to, 0 if @proc does not tell. */
pid_t utrace_pidfd_pid(const char *proc, int pidfd);

#endif /* LIBUTRACE_INTERNAL_H */
