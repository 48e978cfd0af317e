/* SPDX-License-Identifier: LGPL-2.1 */
/*
 * What the files of libutrace share
 */
#ifndef LIBUTRACE_INTERNAL_H
#define LIBUTRACE_INTERNAL_H

#define API		__attribute__((visibility("default")))

struct utrace_session;

/*
 * Sets errno and what utrace_error() returns, of the session or, if there is none,
 * of this thread.  Returns -1.
 */
__attribute__((format(printf, 3, 4)))
int utrace_fail(struct utrace_session *s, int err, const char *fmt, ...);

#endif /* LIBUTRACE_INTERNAL_H */
