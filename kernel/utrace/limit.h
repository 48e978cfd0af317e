/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Limits that the engine and sessions share
 */
#ifndef _KERNEL_UTRACE_LIMIT_H
#define _KERNEL_UTRACE_LIMIT_H

#include <linux/types.h>

/* kernel.utrace.unprivileged */
#define UTRACE_UNPRIV_NOBODY		0
#define UTRACE_UNPRIV_NO_SECCOMP	1
#define UTRACE_UNPRIV_ALL		2

extern unsigned int utrace_unprivileged;

struct utrace_user;

struct utrace_user *utrace_user_get(void);
struct utrace_user *utrace_user_hold(struct utrace_user *user);
void utrace_user_put(struct utrace_user *user);
void utrace_user_queue(struct utrace_user *user, long bytes);
bool utrace_user_queues(struct utrace_user *user, unsigned int times);

#endif /* _KERNEL_UTRACE_LIMIT_H */
