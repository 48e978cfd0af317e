/* SPDX-License-Identifier: LGPL-2.1 */
/*
 * libutrace - sessions of /dev/utrace from C
 *
 * The records and masks are those of <linux/utrace.h>; the library opens,
 * configures and attaches, reads records in batches and hands them out one by
 * one, and puts failures into words.  Each call has a manual page.
 *
 * A session may be used by one thread at a time.
 */
#ifndef LIBUTRACE_H
#define LIBUTRACE_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <linux/utrace.h>

#ifdef __cplusplus
extern "C" {
#endif

struct utrace_session;

/* utrace_open(): utrace_next() fails with EAGAIN instead of waiting */
#define UTRACE_OPEN_NONBLOCK	0x0001

struct utrace_session *utrace_open(unsigned int flags);
void utrace_close(struct utrace_session *s);
int utrace_fd(const struct utrace_session *s);
const char *utrace_error(const struct utrace_session *s);

int utrace_info(struct utrace_session *s, struct utrace_info *info);
int utrace_config(struct utrace_session *s, const struct utrace_config *config);
int utrace_set_syscalls(struct utrace_session *s, uint32_t arch,
			const uint32_t *entries, unsigned int nr);

int utrace_attach_pid(struct utrace_session *s, pid_t pid, unsigned int flags,
		      struct utrace_attach *result);
int utrace_attach_pidfd(struct utrace_session *s, int pidfd, unsigned int flags,
			struct utrace_attach *result);

int utrace_next(struct utrace_session *s, const struct utrace_record **rec);
const struct utrace_capture *
utrace_next_capture(const struct utrace_rec_syscall *rec,
		    const struct utrace_capture *prev);

int utrace_op(struct utrace_session *s, uint64_t thread, unsigned int action);
int utrace_control(struct utrace_session *s, struct utrace_op *ops,
		   unsigned int nr);

#ifdef __cplusplus
}
#endif

#endif /* LIBUTRACE_H */
