// SPDX-License-Identifier: GPL-2.0-only
/* What of libutrace works without a kernel that has utrace */
#define _GNU_SOURCE
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "libutrace.h"
#include "tap.h"

static union {
	struct utrace_rec_syscall sc;
	unsigned char bytes[512];
} rec;

static struct utrace_capture *put(unsigned int arg, const char *data)
{
	struct utrace_capture *c = (void *)(rec.bytes + rec.sc.head.size);

	c->arg = arg;
	c->len = strlen(data);
	memcpy(c + 1, data, c->len);
	rec.sc.head.size += sizeof(*c) + ((c->len + 7) & ~7u);
	rec.sc.captures++;
	return c;
}

int main(void)
{
	const struct utrace_capture *c;
	struct utrace_capture *first, *second;

	errno = 0;
	ok(!utrace_open(0x80000000) && errno == EINVAL, "open: unknown flags");
	is(utrace_error(NULL), "cannot open a session: unknown flags 0x80000000",
	   "open: and the flags are named");
	if (access("/dev/utrace", F_OK) < 0) {
		ok(!utrace_open(0) && errno == ENOENT, "open: no device");
		ok(strstr(utrace_error(NULL), "/dev/utrace") &&
		   strstr(utrace_error(NULL), "CONFIG_UTRACE"),
		   "open: and what to do about it");
	}

	/* captures: all are found, and none beyond the record */
	rec.sc.head.size = sizeof(rec.sc);
	ok(!utrace_next_capture(&rec.sc, NULL), "captures: none");
	first = put(1, "abc");
	second = put(3, "12345678");
	c = utrace_next_capture(&rec.sc, NULL);
	ok(c == first && c->arg == 1 && c->len == 3, "captures: the first");
	c = utrace_next_capture(&rec.sc, c);
	ok(c == second && !memcmp(c + 1, "12345678", 8), "captures: the second");
	ok(!utrace_next_capture(&rec.sc, c), "captures: no third");
	second->len = 9;
	ok(!utrace_next_capture(&rec.sc, first), "captures: one that is too long");
	second->len = 0xffffffff;
	ok(!utrace_next_capture(&rec.sc, first), "captures: one that is far too long");
	second->len = 8;
	rec.sc.captures = 100;
	ok(!utrace_next_capture(&rec.sc, second), "captures: a count that is too high");
	rec.sc.head.size = sizeof(rec.sc) + 4;
	ok(!utrace_next_capture(&rec.sc, NULL), "captures: half a head");
	return tap_done();
}
