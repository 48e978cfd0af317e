/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Records of system calls as text, in strace's form
 */
#ifndef UTRACE_CMD_DECODE_H
#define UTRACE_CMD_DECODE_H

#include <stdbool.h>
#include <stddef.h>
#include <linux/utrace.h>

#include "syscalls.h"

/* A text that grows.  A failed allocation ends the program. */
struct text {
	char *p;
	size_t len;
	size_t cap;
};

void text_add(struct text *t, const char *s, size_t len);
void text_str(struct text *t, const char *s);
__attribute__((format(printf, 2, 3)))
void text_fmt(struct text *t, const char *fmt, ...);

struct decode_opts {
	unsigned int string_max;	/* of strings and buffers, not paths */
};

/* The call's name; @buf is used if it is not known. */
const char *decode_name(const struct utrace_rec_syscall *r, char *buf,
			size_t size);

/* Does the text of an entry have all arguments? */
bool decode_all_at_entry(const struct utrace_rec_syscall *r);

/*
 * "name(" and the arguments that are known at entry.  Returns the number of
 * the first one that is not (the call stores it), or of all.
 */
unsigned int decode_entry(struct text *t, const struct utrace_rec_syscall *r,
			  const struct decode_opts *o);

/* "name(" and all arguments, without memory: the call will not be told of again. */
void decode_stuck(struct text *t, const struct utrace_rec_syscall *r,
		  const struct decode_opts *o);

/* The arguments from @from on, by the record of the whole call, and ")". */
void decode_rest(struct text *t, const struct utrace_rec_syscall *r,
		 unsigned int from, const struct decode_opts *o);

/* What comes after " = ". */
void decode_result(struct text *t, const struct utrace_rec_syscall *r);

/* Does the call never return? */
bool decode_noreturn(const struct utrace_rec_syscall *r);

void decode_quoted(struct text *t, const void *data, size_t len, bool more);

/* SIGINT, or the number */
const char *decode_signal(int sig, char *buf, size_t size);

#endif
