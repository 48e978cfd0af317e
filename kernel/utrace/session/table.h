/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The flags of a system call that sessions add to UTRACE_SC_*
 */
#ifndef _KERNEL_UTRACE_SESSION_TABLE_H
#define _KERNEL_UTRACE_SESSION_TABLE_H

#include <uapi/linux/utrace.h>

/* The call has capture rules. */
#define SESSION_SC_RULES_ENTRY	0x10000u
#define SESSION_SC_RULES_EXIT	0x20000u
#define SESSION_SC_RULES	(SESSION_SC_RULES_ENTRY | SESSION_SC_RULES_EXIT)

/* A record of the call may be made. */
#define SESSION_SC_RECORDS	(UTRACE_SC_ENTRY | UTRACE_SC_RECORD | \
				 UTRACE_SC_HOLD_ENTRY | UTRACE_SC_HOLD_EXIT)

/* Something is done at the entry of the call, or at its exit. */
#define SESSION_SC_AT_ENTRY	(UTRACE_SC_ENTRY | UTRACE_SC_HOLD_ENTRY | \
				 UTRACE_SC_WAITS | SESSION_SC_RULES_ENTRY)
#define SESSION_SC_AT_EXIT	(UTRACE_SC_RECORD | UTRACE_SC_HOLD_EXIT | UTRACE_SC_COUNT)

/* What a table may have. */
#define SESSION_SC_KNOWN	(UTRACE_SC_ENTRY | UTRACE_SC_RECORD | UTRACE_SC_ERRORS | \
				 UTRACE_SC_HOLD_ENTRY | UTRACE_SC_HOLD_EXIT | \
				 UTRACE_SC_COUNT | UTRACE_SC_WAITS)

#endif /* _KERNEL_UTRACE_SESSION_TABLE_H */
