// SPDX-License-Identifier: GPL-2.0-only
/*
 * Records of system calls as text
 *
 * Everything that differs between architectures comes from the tables: this
 * file knows kinds of arguments only.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

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

static void put_pointer(struct text *t, uint64_t v)
{
	if (v)
		text_fmt(t, "%#llx", (unsigned long long)v);
	else
		text_str(t, "NULL");
}

/* The captured memory of argument @i, unless it is not all that the call sees. */
static const struct utrace_item *whole_item(const struct utrace_rec_syscall *r,
					    unsigned int i, size_t size)
{
	const struct utrace_item *item = utrace_find_item(&r->head, UTRACE_ITEM_MEMORY, i);

	return item && item->len >= size && !(item->flags & UTRACE_ITEM_FAULT) ? item : NULL;
}

static void put_captured(struct text *t, const struct utrace_rec_syscall *r,
			 unsigned int i, uint64_t v, unsigned int kind,
			 const struct decode_opts *o)
{
	const struct utrace_item *c = utrace_find_item(&r->head, UTRACE_ITEM_MEMORY, i);
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
	data = utrace_item_data(c);
	len = c->len;
	if (kind == SC_PATH || kind == SC_OUTPATH)
		max = PATH_MAX - 1;
	if (kind == SC_OUTPATH && len && !data[len - 1])
		len--;
	/*
	 * strace reads one byte more than it shows.  If it cannot read them all,
	 * it shows the address, because what it has read may be half of a string.
	 */
	if ((c->flags & UTRACE_ITEM_FAULT) && len <= max) {
		put_pointer(t, v);
		return;
	}
	decode_quoted(t, data, len < max ? len : max,
		      len > max || (c->flags & UTRACE_ITEM_TRUNCATED));
}

/* ["ls", "-l"]: each string up to the limit, and as many strings. */
static void put_strings(struct text *t, const struct utrace_rec_syscall *r,
			unsigned int i, uint64_t v, const struct decode_opts *o)
{
	const struct utrace_item *c = utrace_find_item(&r->head, UTRACE_ITEM_STRINGS, i);
	const char *p, *end, *nul;
	uint64_t shown = 0;

	if (!v || !c || c->flags & UTRACE_ITEM_FAULT) {
		put_pointer(t, v);
		return;
	}
	p = utrace_item_data(c);
	end = p + c->len;
	text_str(t, "[");
	while (p < end && shown < o->string_max) {
		size_t len;
		bool cut;

		nul = memchr(p, '\0', end - p);
		len = (nul ? nul : end) - p;
		/* The last string of those that were captured may not be whole. */
		cut = c->flags & UTRACE_ITEM_TRUNCATED && (!nul || nul + 1 == end);
		if (shown)
			text_str(t, ", ");
		decode_quoted(t, p, len < o->string_max ? len : o->string_max,
			      cut || len > o->string_max);
		p = nul ? nul + 1 : end;
		shown++;
	}
	if (shown < c->total)
		text_str(t, shown ? ", ..." : "...");
	text_str(t, "]");
}

static void put_strings_number(struct text *t, const struct utrace_rec_syscall *r,
			       unsigned int i, uint64_t v)
{
	const struct utrace_item *c = utrace_find_item(&r->head, UTRACE_ITEM_STRINGS, i);

	put_pointer(t, v);
	if (v && c && !(c->flags & UTRACE_ITEM_FAULT))
		text_fmt(t, " /* %llu var%s */", (unsigned long long)c->total,
			 c->total == 1 ? "" : "s");
}

static uint16_t big16(const unsigned char *p)
{
	return p[0] << 8 | p[1];
}

static void put_sockaddr(struct text *t, const unsigned char *p, size_t len,
			 const struct decode_opts *o)
{
	uint16_t family;
	char text[64];
	uint32_t n;

	memcpy(&family, p, sizeof(family));
	if (family == AF_UNIX) {
		text_str(t, "{sa_family=AF_UNIX");
		if (len > 2) {
			/* A name in the abstract space begins with a NUL, and has no end. */
			bool abstract = !p[2] && len > 3;

			text_str(t, abstract ? ", sun_path=@" : ", sun_path=");
			p += 2 + abstract;
			len -= 2 + abstract;
			decode_quoted(t, p, abstract ? len : strnlen((const char *)p, len),
				      false);
		}
	} else if (family == AF_INET && len >= 8) {
		text_fmt(t, "{sa_family=AF_INET, sin_port=htons(%u), sin_addr=inet_addr(\"%s\")",
			 big16(p + 2), inet_ntop(AF_INET, p + 4, text, sizeof(text)));
	} else if (family == AF_INET6 && len >= 24) {
		memcpy(&n, p + 4, sizeof(n));
		text_fmt(t, "{sa_family=AF_INET6, sin6_port=htons(%u), sin6_flowinfo=htonl(%u), inet_pton(AF_INET6, \"%s\", &sin6_addr)",
			 big16(p + 2), ntohl(n),
			 inet_ntop(AF_INET6, p + 8, text, sizeof(text)));
		if (len >= 28) {
			memcpy(&n, p + 24, sizeof(n));
			text_fmt(t, ", sin6_scope_id=%u", n);
		}
	} else if (family == AF_NETLINK && len >= 12) {
		memcpy(&n, p + 4, sizeof(n));
		text_fmt(t, "{sa_family=AF_NETLINK, nl_pid=%d", (int)n);
		memcpy(&n, p + 8, sizeof(n));
		text_fmt(t, ", nl_groups=%08x", n);
	} else {
		text_fmt(t, "{sa_family=%#x, sa_data=", family);
		len -= 2;
		decode_quoted(t, p + 2, len < o->string_max ? len : o->string_max,
			      len > o->string_max);
	}
	text_str(t, "}");
}

static void put_address(struct text *t, const struct utrace_rec_syscall *r,
			unsigned int i, uint64_t v, const struct decode_opts *o)
{
	const struct utrace_item *c = whole_item(r, i, 2);

	if (v && c)
		put_sockaddr(t, utrace_item_data(c), c->len, o);
	else
		put_pointer(t, v);
}

static void put_time(struct text *t, const struct utrace_rec_syscall *r, unsigned int i,
		     uint64_t v, unsigned int bytes)
{
	const struct utrace_item *c = whole_item(r, i, 2 * bytes);
	int64_t time[2];
	int32_t time32[2];

	if (!v || !c) {
		put_pointer(t, v);
		return;
	}
	if (bytes == 8) {
		memcpy(time, utrace_item_data(c), sizeof(time));
	} else {
		memcpy(time32, utrace_item_data(c), sizeof(time32));
		time[0] = time32[0];
		time[1] = time32[1];
	}
	text_fmt(t, "{tv_sec=%lld, tv_nsec=%lld}", (long long)time[0], (long long)time[1]);
}

/*
 * The vectors of argument @i, which has @count of them.  Of vectors that the call has
 * filled, the items have what was filled.
 */
static void put_vectors(struct text *t, const struct utrace_rec_syscall *r,
			unsigned int i, uint64_t v, uint64_t count, const struct decode_opts *o)
{
	const struct utrace_item *c = NULL;
	uint64_t shown = 0;
	size_t max;

	while ((c = utrace_next_item(&r->head, c))) {
		if (c->kind != UTRACE_ITEM_MEMORY || c->arg != i ||
		    c->index == UTRACE_INDEX_NAME || c->index == UTRACE_INDEX_CONTROL)
			continue;
		text_str(t, shown++ ? ", {iov_base=" : "[{iov_base=");
		max = c->len < o->string_max ? c->len : o->string_max;
		if (!c->addr || (c->flags & UTRACE_ITEM_FAULT && c->len <= o->string_max))
			put_pointer(t, c->addr);
		else
			decode_quoted(t, utrace_item_data(c), max,
				      c->len > max || c->flags & UTRACE_ITEM_TRUNCATED);
		text_fmt(t, ", iov_len=%llu}", (unsigned long long)c->total);
	}
	if (!shown) {
		/* An empty array, or one that cannot be read. */
		if (v && !count)
			text_str(t, "[]");
		else
			put_pointer(t, v);
		return;
	}
	if (shown < count)
		text_str(t, ", ...");
	text_str(t, "]");
}

static void put_message(struct text *t, const struct utrace_rec_syscall *r,
			unsigned int i, uint64_t v, const struct decode_opts *o)
{
	const struct utrace_item *c = utrace_find_item(&r->head, UTRACE_ITEM_MSGHDR, i);
	const struct utrace_item *m = NULL;
	struct utrace_msghdr msg;

	if (!v || !c || c->len < sizeof(msg) || c->flags & UTRACE_ITEM_FAULT) {
		put_pointer(t, v);
		return;
	}
	memcpy(&msg, utrace_item_data(c), sizeof(msg));
	while ((m = utrace_next_item(&r->head, m)))
		if (m->arg == i && m->kind == UTRACE_ITEM_MEMORY &&
		    m->index == UTRACE_INDEX_NAME)
			break;
	text_str(t, "{msg_name=");
	if (m && m->len >= 2 && !(m->flags & UTRACE_ITEM_FAULT))
		put_sockaddr(t, utrace_item_data(m), m->len, o);
	else
		put_pointer(t, msg.name);
	text_fmt(t, ", msg_namelen=%u, msg_iov=", msg.namelen);
	put_vectors(t, r, i, msg.iov, msg.iovlen, o);
	text_fmt(t, ", msg_iovlen=%llu", (unsigned long long)msg.iovlen);
	if (msg.controllen) {
		text_str(t, ", msg_control=");
		put_pointer(t, msg.control);
	}
	text_fmt(t, ", msg_controllen=%llu, msg_flags=%#x}",
		 (unsigned long long)msg.controllen, msg.flags);
}

static const struct {
	uint16_t bit;
	const char *name;
} poll_events[] = {
	{ POLLIN, "POLLIN" }, { POLLPRI, "POLLPRI" }, { POLLOUT, "POLLOUT" },
	{ POLLERR, "POLLERR" }, { POLLHUP, "POLLHUP" }, { POLLNVAL, "POLLNVAL" },
	{ POLLRDNORM, "POLLRDNORM" }, { POLLRDBAND, "POLLRDBAND" },
	{ POLLWRNORM, "POLLWRNORM" }, { POLLWRBAND, "POLLWRBAND" },
};

static void put_poll_events(struct text *t, uint16_t events)
{
	bool first = true;
	size_t i;

	for (i = 0; i < sizeof(poll_events) / sizeof(poll_events[0]); i++) {
		if (!(events & poll_events[i].bit))
			continue;
		text_fmt(t, "%s%s", first ? "" : "|", poll_events[i].name);
		events &= ~poll_events[i].bit;
		first = false;
	}
	if (events || first)
		text_fmt(t, first ? "%#x" : "|%#x", events);
}

static void put_pollfds(struct text *t, const struct utrace_rec_syscall *r,
			unsigned int i, uint64_t v, const struct decode_opts *o)
{
	const struct utrace_item *c = utrace_find_item(&r->head, UTRACE_ITEM_MEMORY, i);
	uint64_t count = (uint32_t)r->args[i + 1], n;
	struct pollfd fd;

	if (v && !count) {
		text_str(t, "[]");
		return;
	}
	if (!v || !c || c->flags & UTRACE_ITEM_FAULT) {
		put_pointer(t, v);
		return;
	}
	text_str(t, "[");
	for (n = 0; n < count && n < o->string_max && (n + 1) * sizeof(fd) <= c->len; n++) {
		memcpy(&fd, (const char *)utrace_item_data(c) + n * sizeof(fd), sizeof(fd));
		text_fmt(t, "%s{fd=%d", n ? ", " : "", fd.fd);
		if (fd.fd >= 0) {
			text_str(t, ", events=");
			put_poll_events(t, fd.events);
		}
		text_str(t, "}");
	}
	if (n < count)
		text_str(t, n ? ", ..." : "...");
	text_str(t, "]");
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
	case SC_ARGV:
		put_strings(t, r, i, v, o);
		break;
	case SC_ENVP:
		put_strings_number(t, r, i, v);
		break;
	case SC_IOV:
	case SC_OUTIOV:
		put_vectors(t, r, i, v, r->args[i + 1], o);
		break;
	case SC_MSG:
	case SC_OUTMSG:
		put_message(t, r, i, v, o);
		break;
	case SC_ADDR:
	case SC_OUTADDR:
		put_address(t, r, i, v, o);
		break;
	case SC_TS:
	case SC_OUTTS:
		put_time(t, r, i, v, 8);
		break;
	case SC_TS32:
	case SC_OUTTS32:
		put_time(t, r, i, v, 4);
		break;
	case SC_POLLFD:
		put_pollfds(t, r, i, v, o);
		break;
	/* These have no text yet. */
	case SC_OUTEPOLL:
	case SC_OUTSTAT:
	case SC_SIGACT:
	case SC_OUTSIGACT:
		put_pointer(t, v);
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
		if (sc_is_out(d->arg[i]))
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
		if (d && sc_is_out(d->arg[i]))
			break;
		put_arg(t, r, a, d, i, o);
		if (i + 1 < n)
			text_str(t, ", ");
	}
	return i;
}

void decode_stuck(struct text *t, const struct utrace_rec_syscall *r,
		  const struct decode_opts *o)
{
	const struct sc_arch *a = sc_find_arch(r->arch, r->nr);
	const struct sc_desc *d = sc_find(a, r->nr);
	struct utrace_rec_syscall failed = *r;
	unsigned int i, n = arg_count(r, d);
	char buf[32];

	/* Nothing has been stored yet, and an error is no reason to show a buffer. */
	failed.head.nr_items = 0;
	failed.result = -1;
	text_str(t, decode_name(r, buf, sizeof(buf)));
	text_str(t, "(");
	for (i = 0; i < n; i++) {
		put_arg(t, &failed, a, d, i, o);
		if (i + 1 < n)
			text_str(t, ", ");
	}
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

	if (r->head.flags & UTRACE_RECF_ERROR) {
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
