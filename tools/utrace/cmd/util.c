// SPDX-License-Identifier: GPL-2.0-only
/*
 * Messages and numbers: what every subcommand needs
 */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "util.h"

void vmessage(const char *fmt, va_list ap)
{
	fputs("utrace: ", stderr);
	vfprintf(stderr, fmt, ap);
	fputc('\n', stderr);
}

void message(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vmessage(fmt, ap);
	va_end(ap);
}

bool complain(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vmessage(fmt, ap);
	va_end(ap);
	return false;
}

void refuse(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vmessage(fmt, ap);
	va_end(ap);
	exit(1);
}

unsigned long parse_number(const char *what, const char *arg, unsigned long min,
			   unsigned long max)
{
	unsigned long n;
	char *end;

	errno = 0;
	n = strtoul(arg, &end, 10);
	if (!isdigit((unsigned char)*arg) || *end || errno || n < min || n > max)
		refuse("invalid %s '%s': a number from %lu to %lu is needed", what,
		       arg, min, max);
	return n;
}
