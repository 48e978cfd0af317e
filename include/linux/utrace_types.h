/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What both the clients' header, linux/utrace.h, and the stock hooks' header,
 * linux/utrace_hooks.h, need, so that neither has to include the other
 */
#ifndef _LINUX_UTRACE_TYPES_H
#define _LINUX_UTRACE_TYPES_H

/* The highest number of a system call that sets can tell from others, plus 1. */
#define UTRACE_SYSCALL_MAX	512

#endif /* _LINUX_UTRACE_TYPES_H */
