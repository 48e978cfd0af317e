/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Register sets, the uniform layer
 *
 * The machine-dependent view of a thread's registers - struct user_regset and
 * its accessors - is in <linux/user_regset.h>, which is the stock kernel's
 * header of this name.  Whatever includes <linux/regset.h> keeps getting it
 * from here.
 */
#ifndef _LINUX_UTRACE_REGSET_H
#define _LINUX_UTRACE_REGSET_H

#include <linux/user_regset.h>

#endif /* _LINUX_UTRACE_REGSET_H */
