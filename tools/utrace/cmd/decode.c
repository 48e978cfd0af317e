// SPDX-License-Identifier: GPL-2.0-only
/*
 * Records of system calls as text
 *
 * Everything that differs between architectures comes from the tables: this
 * file knows kinds of arguments only.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "decode.h"
#include "libutrace.h"
#include "util.h"

static void text_room(struct text *t, size_t more)
{
	size_t cap = t->cap ? t->cap : 256;

	if (t->cap - t->len >= more)
		return;
	while (cap - t->len < more)
		cap *= 2;
	t->p = realloc(t->p, cap);
	if (!t->p)
		refuse("cannot build a line of output: %s", strerror(ENOMEM));
	t->cap = cap;
}

void text_add(struct text *t, const char *s, size_t len)
{
	text_room(t, len);
	memcpy(t->p + t->len, s, len);
	t->len += len;
}

void text_str(struct text *t, const char *s)
{
	text_add(t, s, strlen(s));
}

void text_fmt(struct text *t, const char *fmt, ...)
{
	char buf[256];
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(buf, sizeof(buf), fmt, ap);
	va_end(ap);
	if (n >= (int)sizeof(buf))
		n = sizeof(buf) - 1;
	if (n > 0)
		text_add(t, buf, n);
}

void decode_quoted(struct text *t, const void *data, size_t len, bool more)
{
	static const char escapes[] = "\"\"\\\\\nn\tt\vv\ff\rr";
	const unsigned char *s = data;
	const char *e;
	size_t i;

	text_add(t, "\"", 1);
	for (i = 0; i < len; i++) {
		char out[4] = { '\\' };

		for (e = escapes; *e && (unsigned char)*e != s[i]; e += 2)
			;
		if (*e) {
			out[1] = e[1];
			text_add(t, out, 2);
		} else if (s[i] >= ' ' && s[i] < 0x7f) {
			text_add(t, (const char *)s + i, 1);
		} else if (i + 1 < len && s[i + 1] >= '0' && s[i + 1] <= '7') {
			/* An octal digit follows, so all three are needed. */
			text_fmt(t, "\\%03o", s[i]);
		} else {
			text_fmt(t, "\\%o", s[i]);
		}
	}
	text_str(t, more ? "\"..." : "\"");
}

const char *decode_signal(int sig, char *buf, size_t size)
{
	const char *name = sigabbrev_np(sig);

	if (name)
		snprintf(buf, size, "SIG%s", name);
	else if (sig == 32)
		snprintf(buf, size, "SIGRTMIN");
	else if (sig > 32 && sig <= 64)
		snprintf(buf, size, "SIGRT_%d", sig - 32);
	else
		snprintf(buf, size, "%d", sig);
	return buf;
}

static const struct utrace_capture *
find_capture(const struct utrace_rec_syscall *r, unsigned int arg)
{
	const struct utrace_capture *c = NULL;

	while ((c = utrace_next_capture(r, c)))
		if (c->arg == arg)
			return c;
	return NULL;
}

static void put_pointer(struct text *t, uint64_t v)
{
	if (v)
		text_fmt(t, "%#llx", (unsigned long long)v);
	else
		text_str(t, "NULL");
}

static void put_captured(struct text *t, const struct utrace_rec_syscall *r,
			 unsigned int i, uint64_t v, unsigned int kind,
			 const struct decode_opts *o)
{
	const struct utrace_capture *c = find_capture(r, i);
	size_t len, max = o->string_max;
	const char *data;

	/* The kernel captures nothing of an empty buffer, whose text is known. */
	if (v && !c && ((kind == SC_BUF && !r->args[i + 1]) ||
			(kind == SC_OUTBUF && !r->result))) {
		text_str(t, "\"\"");
		return;
	}
	if (!v || !c) {
		put_pointer(t, v);
		return;
	}
	data = (const char *)(c + 1);
	len = c->len;
	if (kind == SC_PATH || kind == SC_OUTPATH)
		max = PATH_MAX - 1;
	if (kind == SC_OUTPATH && len && !data[len - 1])
		len--;
	/*
	 * strace reads one byte more than it shows.  If it cannot read them all,
	 * it shows the address, because what it has read may be half of a string.
	 */
	if ((c->flags & UTRACE_CAP_FAULT) && len <= max) {
		put_pointer(t, v);
		return;
	}
	decode_quoted(t, data, len < max ? len : max,
		      len > max || (c->flags & UTRACE_CAP_TRUNCATED));
}

static void put_arg(struct text *t, const struct utrace_rec_syscall *r,
		    const struct sc_arch *a, const struct sc_desc *d,
		    unsigned int i, const struct decode_opts *o)
{
	unsigned int kind = d ? d->arg[i] : SC_HEX;
	uint64_t v = r->args[i];
	char buf[32];

	if (a && a->bits == 32)
		v = (uint32_t)v;

	switch (kind) {
	case SC_DFD:
		if ((int32_t)v == AT_FDCWD) {
			text_str(t, "AT_FDCWD");
			break;
		}
		/* fallthrough */
	case SC_FD:
	case SC_INT:
		text_fmt(t, "%d", (int32_t)v);
		break;
	case SC_UINT:
		text_fmt(t, "%u", (uint32_t)v);
		break;
	case SC_LONG:
		text_fmt(t, "%lld", a && a->bits == 32 ? (long long)(int32_t)v
						       : (long long)v);
		break;
	case SC_ULONG:
		text_fmt(t, "%llu", (unsigned long long)v);
		break;
	case SC_HEX32:
		text_fmt(t, "%#x", (uint32_t)v);
		break;
	case SC_PTR:
		put_pointer(t, v);
		break;
	case SC_OCT:
		text_fmt(t, "%#03o", (uint32_t)v);
		break;
	case SC_SIG:
		text_str(t, decode_signal((int32_t)v, buf, sizeof(buf)));
		break;
	case SC_PATH:
	case SC_STR:
	case SC_BUF:
	case SC_OUTBUF:
	case SC_OUTPATH:
		put_captured(t, r, i, v, kind, o);
		break;
	default:
		text_fmt(t, "%#llx", (unsigned long long)v);
	}
}

static unsigned int arg_count(const struct utrace_rec_syscall *r,
			      const struct sc_desc *d)
{
	if (!d)
		return 6;
	if (d->opt_mask && !(r->args[d->opt_arg] & d->opt_mask))
		return d->opt_from;
	return d->nargs;
}

const char *decode_name(const struct utrace_rec_syscall *r, char *buf,
			size_t size)
{
	const struct sc_desc *d = sc_find(sc_find_arch(r->arch, r->nr), r->nr);

	if (d)
		return d->name;
	snprintf(buf, size, "syscall_%#llx", (unsigned long long)r->nr);
	return buf;
}

bool decode_noreturn(const struct utrace_rec_syscall *r)
{
	const struct sc_desc *d = sc_find(sc_find_arch(r->arch, r->nr), r->nr);

	return d && d->noreturn;
}

bool decode_all_at_entry(const struct utrace_rec_syscall *r)
{
	const struct sc_desc *d = sc_find(sc_find_arch(r->arch, r->nr), r->nr);
	unsigned int i, n = arg_count(r, d);

	for (i = 0; d && i < n; i++)
		if (d->arg[i] == SC_OUTBUF || d->arg[i] == SC_OUTPATH)
			return false;
	return true;
}

unsigned int decode_entry(struct text *t, const struct utrace_rec_syscall *r,
			  const struct decode_opts *o)
{
	const struct sc_arch *a = sc_find_arch(r->arch, r->nr);
	const struct sc_desc *d = sc_find(a, r->nr);
	unsigned int i, n = arg_count(r, d);
	char buf[32];

	text_str(t, decode_name(r, buf, sizeof(buf)));
	text_str(t, "(");
	for (i = 0; i < n; i++) {
		if (d && (d->arg[i] == SC_OUTBUF || d->arg[i] == SC_OUTPATH))
			break;
		put_arg(t, r, a, d, i, o);
		if (i + 1 < n)
			text_str(t, ", ");
	}
	return i;
}

void decode_rest(struct text *t, const struct utrace_rec_syscall *r,
		 unsigned int from, const struct decode_opts *o)
{
	const struct sc_arch *a = sc_find_arch(r->arch, r->nr);
	const struct sc_desc *d = sc_find(a, r->nr);
	unsigned int i, n = arg_count(r, d);

	for (i = from; i < n; i++) {
		put_arg(t, r, a, d, i, o);
		if (i + 1 < n)
			text_str(t, ", ");
	}
	text_str(t, ")");
}

/*
 * Results that only a tracer sees: the kernel turns them into a restart or
 * into EINTR before the program runs on.
 */
static const char *restart_text(long long err)
{
	switch (err) {
	case 512:
		return "ERESTARTSYS (To be restarted if SA_RESTART is set)";
	case 513:
		return "ERESTARTNOINTR (To be restarted)";
	case 514:
		return "ERESTARTNOHAND (To be restarted if no handler)";
	case 516:
		return "ERESTART_RESTARTBLOCK (Interrupted by signal)";
	}
	return NULL;
}

void decode_result(struct text *t, const struct utrace_rec_syscall *r)
{
	const struct sc_arch *a = sc_find_arch(r->arch, r->nr);
	const struct sc_desc *d = sc_find(a, r->nr);
	bool narrow = a && a->bits == 32;
	long long v = r->result;
	const char *name;

	if (r->head.flags & UTRACE_REC_ERROR) {
		v = -v;
		name = restart_text(v);
		if (name) {
			text_str(t, "? ");
			text_str(t, name);
			return;
		}
		name = v > 0 && v < 4096 ? strerrorname_np(v) : NULL;
		if (name)
			text_fmt(t, "-1 %s (%s)", name, strerror(v));
		else
			text_fmt(t, "-1 (errno %lld)", v);
		return;
	}
	if (narrow)
		v = (int32_t)v;
	switch (d ? d->ret : SC_LONG) {
	case SC_HEX:
		text_fmt(t, "%#llx", narrow ? (unsigned long long)(uint32_t)v
					    : (unsigned long long)v);
		break;
	case SC_OCT:
		text_fmt(t, "%#03llo", (unsigned long long)v);
		break;
	default:
		text_fmt(t, "%lld", v);
	}
}
