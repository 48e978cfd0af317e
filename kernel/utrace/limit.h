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
int utrace_user_charge_queue(struct utrace_user *user, u64 bytes);
void utrace_user_uncharge_queue(struct utrace_user *user, u64 bytes);

#endif /* _KERNEL_UTRACE_LIMIT_H */
