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

static uint32_t entry(const char *text, uint32_t audit, unsigned int nr)
{
	struct sc_set set;
	uint32_t *entries, e;
	char error[256];

	if (!sc_set_parse(&set, text, NULL, error, sizeof(error)))
		abort();
	entries = sc_set_entries(&set, table(audit));
	if (!entries)
		abort();
	e = entries[nr];
	free(entries);
	sc_set_free(&set);
	return e;
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
	ok(entry("openat", AUDIT_ARCH_X86_64, 257) ==
	   (UTRACE_SC_REPORT | UTRACE_SC_STRING(1)), "openat: the path");
	ok(entry("write", AUDIT_ARCH_X86_64, 1) ==
	   (UTRACE_SC_REPORT | UTRACE_SC_BUFFER(1)), "write: the buffer");
	ok(entry("read", AUDIT_ARCH_X86_64, 0) ==
	   (UTRACE_SC_REPORT | UTRACE_SC_OUTBUF(1)), "read: the buffer, at exit");
	ok(entry("rename", AUDIT_ARCH_X86_64, 82) ==
	   (UTRACE_SC_REPORT | UTRACE_SC_STRING(0) | UTRACE_SC_STRING(1)),
	   "rename: both paths");
	ok(entry("getpid", AUDIT_ARCH_X86_64, 0) == 0, "read is not in getpid's set");

	/* no table asks for what the kernel would refuse */
	for (i = 0, k = 0; i < sc_nr_arches; i++) {
		struct sc_set set;
		uint32_t *entries;
		char error[256];

		if (!sc_set_parse(&set, "all", NULL, error, sizeof(error)))
			abort();
		entries = sc_set_entries(&set, i);
		k += sc_arches[i].nr > SC_SET_NR;
		for (j = 0; j < SC_SET_NR; j++) {
			k += (entries[j] & ~UTRACE_SC_ALL) != 0;
			/* the last argument has none behind it for its length */
			k += (entries[j] & UTRACE_SC_BUFFER(5)) != 0;
		}
		free(entries);
		sc_set_free(&set);
	}
	ok(k == 0, "every table keeps to the kernel's limits");
	return tap_done();
}
