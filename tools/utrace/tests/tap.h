/* SPDX-License-Identifier: GPL-2.0-only */
/* TAP for the unit tests: ok(), is() and a plan at the end. */
#ifndef TAP_H
#define TAP_H

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static int tap_count, tap_failed;

static inline bool tap_ok(bool good, const char *what)
{
	tap_failed += !good;
	printf("%sok %d - %s\n", good ? "" : "not ", ++tap_count, what);
	return good;
}

static inline bool tap_is(const char *got, const char *expected,
			  const char *what)
{
	bool good = !strcmp(got, expected);

	tap_ok(good, what);
	if (!good)
		printf("# got:      %s\n# expected: %s\n", got, expected);
	return good;
}

static inline int tap_done(void)
{
	printf("1..%d\n", tap_count);
	return tap_failed ? 1 : 0;
}

#define ok(cond, what)		tap_ok(cond, what)
#define is(got, exp, what)	tap_is(got, exp, what)

#endif
