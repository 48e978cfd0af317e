/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Messages and numbers: what every subcommand needs
 */
#ifndef UTRACE_CMD_UTIL_H
#define UTRACE_CMD_UTIL_H

#include <stdarg.h>
#include <stdbool.h>

/* Print "utrace: ..." and a newline to standard error. */
void vmessage(const char *fmt, va_list ap);
__attribute__((format(printf, 1, 2)))
void message(const char *fmt, ...);

/* Print the same and return false, so that a caller can fail in one statement. */
__attribute__((format(printf, 1, 2)))
bool complain(const char *fmt, ...);

/* Print the same and end the program with exit status 1. */
__attribute__((format(printf, 1, 2), noreturn))
void refuse(const char *fmt, ...);

/*
 * Return the decimal number in @arg, which is the @what of a command line.  Refuse
 * anything else, and numbers below @min or above @max.
 */
unsigned long parse_number(const char *what, const char *arg, unsigned long min,
			   unsigned long max);

#endif
