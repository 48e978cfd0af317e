// SPDX-License-Identifier: GPL-2.0-only
/* The SETs of -e trace=, and what they ask of the kernel */
#define _GNU_SOURCE
#include <stdlib.h>
#include <linux/audit.h>
#include <linux/utrace.h>

#include "syscalls.h"
#include "tap.h"

_Static_assert(SC_SET_NR <= UTRACE_SYSCALLS_MAX, "the kernel takes no more");

static unsigned int table(uint32_t audit)
{
	unsigned int i;

	for (i = 0; i < sc_nr_arches; i++)
		if (sc_arches[i].audit == audit && !sc_arches[i].offset)
			return i;
	abort();
}

/* The numbers of x86_64's table in the set, as text; "!reason" if refused. */
static const char *in_set(const char *text)
{
	static char buf[1024];
	unsigned int nr, a = table(AUDIT_ARCH_X86_64), n = 0;
	struct sc_set set;
	char error[256];
	size_t len = 0;

	if (!sc_set_parse(&set, text, "x86", error, sizeof(error))) {
		snprintf(buf, sizeof(buf), "!%s", error);
		return buf;
	}
	buf[0] = '\0';
	for (nr = 0; nr < SC_SET_NR; nr++) {
		if (!sc_set_has(&set, a, nr))
			continue;
		if (n++ < 8)
			len += snprintf(buf + len, sizeof(buf) - len, "%u ", nr);
	}
	if (n > 8)
		snprintf(buf, sizeof(buf), "%u calls", n);
	sc_set_free(&set);
	return buf;
}

static bool has(const char *text, uint32_t audit, unsigned int nr)
{
	struct sc_set set;
	char error[256];
	bool yes;

	if (!sc_set_parse(&set, text, NULL, error, sizeof(error)))
		return false;
	yes = sc_set_has(&set, table(audit), nr);
	sc_set_free(&set);
	return yes;
}

/* Does the set have the numbers outside of every table? */
static bool others(const char *text)
{
	struct sc_set set;
	char error[256];
	bool yes;

	if (!sc_set_parse(&set, text, "x86", error, sizeof(error)))
		abort();
	yes = set.others;
	sc_set_free(&set);
	return yes;
}

/* What is captured of a call, as text: a word for each rule. */
static const char *rules(uint32_t audit, unsigned int nr, bool all)
{
	static const char *const kinds[] = { "-", "string", "bytes", "strings", "iovec", "msghdr" };
	static const char *const whens[] = { "", ":exit", ":success" };
	static const char *const froms[] = { "", "arg", "int", "long", "result" };
	const struct sc_arch *a = &sc_arches[table(audit)];
	struct utrace_capture_rule r[6];
	unsigned int i, n = sc_rules(a, sc_find(a, nr), nr, 32, all, r);
	static char buf[512];
	size_t len = 0;

	buf[0] = '\0';
	for (i = 0; i < n; i++) {
		len += snprintf(buf + len, sizeof(buf) - len, "%s%u=%s%s", i ? " " : "", r[i].arg,
				kinds[r[i].kind], whens[r[i].when]);
		if (r[i].len_from)
			len += snprintf(buf + len, sizeof(buf) - len, ":%s", froms[r[i].len_from]);
		if (r[i].len_arg)
			len += snprintf(buf + len, sizeof(buf) - len, "%u", r[i].len_arg);
		if (r[i].len_unit > 1)
			len += snprintf(buf + len, sizeof(buf) - len, "*%u", r[i].len_unit);
		len += snprintf(buf + len, sizeof(buf) - len, ":%u", r[i].max);
	}
	return buf;
}

/* The kernel's rules for rules. */
static bool good_rule(const struct utrace_capture_rule *r)
{
	bool bytes = r->kind == UTRACE_CAP_BYTES, vectors = r->kind == UTRACE_CAP_IOVEC;

	return r->size == sizeof(*r) && r->arg < 6 && r->len_arg < 6 && r->kind &&
	       r->max && r->max <= UTRACE_CAPTURE_MAX && !r->reserved &&
	       (bytes || vectors || (!r->len_from && !r->len_arg && !r->len_unit)) &&
	       (!bytes || r->len_unit) && (!vectors || r->len_unit == 1) &&
	       (r->len_from != UTRACE_LEN_RESULT || r->when != UTRACE_WHEN_ENTRY) &&
	       (!r->filled_from || r->when != UTRACE_WHEN_ENTRY);
}

int main(void)
{
	unsigned int i, j, k;

	is(in_set("read,write"), "0 1 ", "names");
	is(in_set("39"), "39 ", "a number");
	is(in_set("/^p?read64$"), "17 ", "a regular expression");
	is(in_set("none"), "", "none");
	is(in_set("!all"), "", "all but all");
	is(in_set("?opne,close"), "3 ", "? forgives a name that is not there");
	is(in_set("opne"), "!invalid system call 'opne'", "an unknown name");
	is(in_set("read,opne,write"), "!invalid system call 'opne'",
	   "an unknown name among others");
	is(in_set("9999"), "!invalid system call '9999'", "an unknown number");
	is(in_set("3x"), "!invalid system call '3x'", "half a number");
	is(in_set("%nope"), "!invalid system call class '%nope'", "an unknown class");
	is(in_set("file"), "!invalid system call 'file' (the class is %file)",
	   "a class without its %");
	is(in_set(""), "!empty set of system calls ''", "nothing");
	is(in_set("!"), "!empty set of system calls '!'", "nothing, inverted");
	ok(!strncmp(in_set("/("), "!invalid regular expression", 27),
	   "a broken regular expression");
	is(in_set("setns,riscv_hwprobe"), "!invalid system call 'riscv_hwprobe'",
	   "a name that only another machine has");
	is(in_set("waitpid"), "", "a name of the 32-bit programs alone");

	ok(has("all", AUDIT_ARCH_X86_64, 0) && has("all", AUDIT_ARCH_X86_64, 1000) &&
	   has("!read", AUDIT_ARCH_X86_64, 1000) && !has("/.", AUDIT_ARCH_X86_64, 1000),
	   "all and ! have the calls of later kernels, too");
	ok(others("all") && others("%all") && others("!none") && others("!read") &&
	   others("!/^p?read64$") && others("!%file"),
	   "all and ! have the numbers outside of every table, too");
	ok(!others("none") && !others("!all") && !others("read") && !others("39") &&
	   !others("/.") && !others("%file"), "other sets do not");
	ok(!has("!read,write", AUDIT_ARCH_X86_64, 0) &&
	   !has("!read,write", AUDIT_ARCH_X86_64, 1) &&
	   has("!read,write", AUDIT_ARCH_X86_64, 2), "! inverts the whole set");
	ok(has("openat", AUDIT_ARCH_AARCH64, 56) &&
	   has("openat", AUDIT_ARCH_I386, 295) &&
	   has("openat", AUDIT_ARCH_PPC64, 286), "a name has its number on each arch");

	ok(has("%file", AUDIT_ARCH_X86_64, 257) && has("%file", AUDIT_ARCH_X86_64, 59) &&
	   !has("%file", AUDIT_ARCH_X86_64, 0), "%file: openat, execve, not read");
	ok(has("%desc", AUDIT_ARCH_X86_64, 0) && !has("%desc", AUDIT_ARCH_X86_64, 39),
	   "%desc: read, not getpid");
	ok(has("%process", AUDIT_ARCH_X86_64, 59) && has("%process", AUDIT_ARCH_X86_64, 231) &&
	   !has("%process", AUDIT_ARCH_X86_64, 0), "%process: execve, exit_group, not read");
	ok(has("%network", AUDIT_ARCH_X86_64, 42) && !has("%network", AUDIT_ARCH_X86_64, 0),
	   "%network: connect, not read");
	ok(has("%memory", AUDIT_ARCH_X86_64, 9) && !has("%memory", AUDIT_ARCH_X86_64, 0),
	   "%memory: mmap, not read");
	ok(has("%signal", AUDIT_ARCH_X86_64, 13) && has("%signal", AUDIT_ARCH_X86_64, 62) &&
	   !has("%signal", AUDIT_ARCH_X86_64, 0), "%signal: rt_sigaction, kill, not read");

	/* what the kernel is asked to capture */
	is(rules(AUDIT_ARCH_X86_64, 257, false), "1=string:4096", "openat: the path");
	is(rules(AUDIT_ARCH_X86_64, 1, false), "1=bytes:arg2:33", "write: the buffer");
	is(rules(AUDIT_ARCH_X86_64, 0, false), "1=bytes:success:result:33",
	   "read: the buffer, after the call");
	is(rules(AUDIT_ARCH_X86_64, 82, false), "0=string:4096 1=string:4096",
	   "rename: both paths");
	is(rules(AUDIT_ARCH_X86_64, 39, true), "", "getpid: nothing");
	is(rules(AUDIT_ARCH_X86_64, 59, false), "0=string:4096 1=strings:4096 2=strings:1",
	   "execve: the path, argv, and the number of envp");
	is(rules(AUDIT_ARCH_I386, 11, false), "0=string:4096 1=strings:4096 2=strings:1",
	   "execve of 32-bit programs");
	is(rules(AUDIT_ARCH_X86_64, 20, false), "1=iovec:arg2:264", "writev: the vectors");
	is(rules(AUDIT_ARCH_AARCH64, 65, false), "1=iovec:success:arg2:264",
	   "readv: the vectors, after the call");
	is(rules(AUDIT_ARCH_X86_64, 310, false), "1=iovec:success:arg2:264",
	   "process_vm_readv: not those of the other process");
	is(rules(AUDIT_ARCH_X86_64, 46, false), "1=msghdr:264", "sendmsg: the message");
	is(rules(AUDIT_ARCH_X86_64, 47, false), "1=msghdr:success:264",
	   "recvmsg: the message, after the call");
	is(rules(AUDIT_ARCH_X86_64, 42, false), "1=bytes:arg2:128", "connect: the address");
	is(rules(AUDIT_ARCH_X86_64, 43, false), "1=bytes:success:int2:128",
	   "accept: the address, whose length is in memory");
	is(rules(AUDIT_ARCH_X86_64, 44, false), "1=bytes:arg2:33 4=bytes:arg5:128",
	   "sendto: the buffer and the address");
	is(rules(AUDIT_ARCH_X86_64, 35, false), "0=bytes*16:16", "nanosleep: the time");
	is(rules(AUDIT_ARCH_I386, 162, false), "0=bytes*8:8", "nanosleep of 32-bit programs");
	is(rules(AUDIT_ARCH_X86_64, 228, false), "1=bytes:success*16:16", "clock_gettime");
	is(rules(AUDIT_ARCH_X86_64, 7, false), "0=bytes:arg1*8:264", "poll");
	is(rules(AUDIT_ARCH_X86_64, 5, false), "", "fstat: nothing, because it has no text");
	is(rules(AUDIT_ARCH_X86_64, 5, true), "1=bytes:success*144:144", "fstat: all");
	is(rules(AUDIT_ARCH_X86_64, 232, true), "1=bytes:success:result*16:4096",
	   "epoll_wait: as many events as the result says");
	is(rules(AUDIT_ARCH_X86_64, 13, true), "1=bytes*32:32 2=bytes:success*32:32",
	   "rt_sigaction: both");

	/* no table asks for what the kernel would refuse */
	for (i = 0, k = 0; i < sc_nr_arches; i++) {
		const struct sc_arch *a = &sc_arches[i];
		struct utrace_capture_rule r[6];
		unsigned int total = 0, n, m;

		k += a->nr > SC_SET_NR;
		for (j = 0; j < SC_SET_NR; j++) {
			n = sc_rules(a, sc_find(a, j + a->offset), j, 4096, true, r);
			for (m = 0; m < n; m++)
				k += !good_rule(&r[m]);
			total += n;
		}
		k += total > UTRACE_RULES_MAX;
	}
	ok(k == 0, "every table keeps to the kernel's limits");
	return tap_done();
}
