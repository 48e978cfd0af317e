/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Limits that the engine and sessions share
 */
#ifndef _KERNEL_UTRACE_LIMIT_H
#define _KERNEL_UTRACE_LIMIT_H

#include <linux/types.h>

struct utrace_user;

struct utrace_user *utrace_user_get(void);
struct utrace_user *utrace_user_hold(struct utrace_user *user);
void utrace_user_put(struct utrace_user *user);

#endif /* _KERNEL_UTRACE_LIMIT_H */
