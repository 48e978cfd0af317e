// SPDX-License-Identifier: GPL-2.0-only
/*
 * The layout of the exported structures, as programs see them.  scripts/check-uapi
 * compiles this file as C and as C++, for 64-bit and 32-bit programs: a structure has
 * the same layout in all of them, and no padding that the compiler has inserted.
 */
#include <stddef.h>
#include <linux/utrace.h>
#include <linux/utrace_regs.h>

#ifndef __cplusplus
#define static_assert _Static_assert
#endif

#include "../kernel/utrace/session/abi.h"
