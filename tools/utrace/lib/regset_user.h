/* SPDX-License-Identifier: GPL-2.0-only OR LGPL-2.1 */
/*
 * What lib/regset/ takes from the kernel's headers, for programs
 */
#ifndef REGSET_USER_H
#define REGSET_USER_H

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/types.h>
#include <linux/types.h>

#define min_t(type, a, b)						\
({									\
	type __min_a = (a), __min_b = (b);				\
	__min_a < __min_b ? __min_a : __min_b;				\
})
#define max_t(type, a, b)						\
({									\
	type __max_a = (a), __max_b = (b);				\
	__max_a > __max_b ? __max_a : __max_b;				\
})
#define min(a, b)	min_t(__typeof__(a), a, b)
#define max(a, b)	max_t(__typeof__(a), a, b)
#define ARRAY_SIZE(array)	(sizeof(array) / sizeof((array)[0]))
#ifndef ALIGN
#define ALIGN(n, to)	(((n) + (__typeof__(n))(to) - 1) & ~((__typeof__(n))(to) - 1))
#endif

#endif /* REGSET_USER_H */
