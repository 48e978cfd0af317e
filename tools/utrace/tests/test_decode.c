// SPDX-License-Identifier: GPL-2.0-only
/* Records made by hand, and the lines that they must become */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <linux/audit.h>

#include "decode.h"
#include "tap.h"

static struct decode_opts opts = { .string_max = 32 };
static struct text text;

static union {
	struct utrace_rec_syscall sc;
	unsigned char bytes[8192];
} rec;

static void start(uint32_t arch, int64_t nr)
{
	memset(&rec, 0, sizeof(rec));
	rec.sc.head.size = sizeof(rec.sc);
	rec.sc.arch = arch;
	rec.sc.nr = nr;
}

static void capture(unsigned int arg, unsigned int flags, const void *data,
		    size_t len)
{
	struct utrace_capture *c = (void *)(rec.bytes + rec.sc.head.size);

	c->arg = arg;
	c->flags = flags;
	c->len = len;
	memcpy(c + 1, data, len);
	rec.sc.head.size += sizeof(*c) + ((len + 7) & ~7ul);
	rec.sc.captures++;
}

static const char *entry(void)
{
	text.len = 0;
	decode_entry(&text, &rec.sc, &opts);
	text_add(&text, "", 1);
	return text.p;
}

/* name(all arguments) = result */
static const char *whole(void)
{
	unsigned int from;

	text.len = 0;
	from = decode_entry(&text, &rec.sc, &opts);
	decode_rest(&text, &rec.sc, from, &opts);
	text_str(&text, " = ");
	decode_result(&text, &rec.sc);
	text_add(&text, "", 1);
	return text.p;
}

static void result(int64_t v)
{
	rec.sc.result = v;
	if (v < 0)
		rec.sc.head.flags |= UTRACE_REC_ERROR;
	else
		rec.sc.head.flags &= ~UTRACE_REC_ERROR;
}

static const char *quoted(const char *s, size_t len, bool more)
{
	text.len = 0;
	decode_quoted(&text, s, len, more);
	text_add(&text, "", 1);
	return text.p;
}

int main(void)
{
	char longpath[100], expected[200];

	/* strings */
	is(quoted("a\"b\\c\n\t\r\v\f", 10, false), "\"a\\\"b\\\\c\\n\\t\\r\\v\\f\"",
	   "quoted: C escapes");
	is(quoted("\0a\0" "1\177\377", 6, false), "\"\\0a\\0001\\177\\377\"",
	   "quoted: octal, short where no digit follows");
	/* strace 6.1's text of the same bytes */
	is(quoted("\0000\0001\0007\0008\0009\000a\00077\1778\0\0\0", 20, false),
	   "\"\\0000\\0001\\0007\\08\\09\\0a\\00077\\1778\\0\\0\\0\"",
	   "quoted: 8 and 9 are no octal digits");
	is(quoted("\0000\0001\000", 5, true), "\"\\0000\\0001\\0\"...",
	   "quoted: a digit beyond the limit does not count");
	is(quoted("\a\b\033[31m", 7, false), "\"\\7\\10\\33[31m\"",
	   "quoted: no escape of C's for bell and backspace");
	is(quoted("", 0, false), "\"\"", "quoted: empty");
	is(quoted("ab", 2, true), "\"ab\"...", "quoted: there was more");

	/* the same call on every architecture */
	static const struct { uint32_t arch; int nr; const char *name; } at[] = {
		{ AUDIT_ARCH_X86_64, 257, "x86_64" },
		{ AUDIT_ARCH_I386, 295, "i386" },
		{ AUDIT_ARCH_AARCH64, 56, "arm64" },
		{ AUDIT_ARCH_ARM, 322, "arm" },
		{ AUDIT_ARCH_RISCV64, 56, "riscv64" },
		{ AUDIT_ARCH_PPC64, 286, "ppc64" },
		{ AUDIT_ARCH_PPC64LE, 286, "ppc64le" },
		{ AUDIT_ARCH_PPC, 286, "ppc" },
		{ AUDIT_ARCH_S390X, 288, "s390x" },
		{ AUDIT_ARCH_S390, 288, "s390" },
	};
	for (size_t i = 0; i < sizeof(at) / sizeof(at[0]); i++) {
		char what[64];

		start(at[i].arch, at[i].nr);
		rec.sc.args[0] = (uint32_t)AT_FDCWD;
		rec.sc.args[1] = 0x7000;
		rec.sc.args[2] = 0x80000;
		capture(1, 0, "/etc/passwd", 11);
		result(3);
		snprintf(what, sizeof(what), "openat of %s", at[i].name);
		is(whole(), "openat(AT_FDCWD, \"/etc/passwd\", 0x80000) = 3", what);
	}

	start(AUDIT_ARCH_X86_64, 257);
	rec.sc.args[0] = 5;
	rec.sc.args[1] = 0x7000;
	rec.sc.args[2] = 0101;
	rec.sc.args[3] = 0644;
	capture(1, 0, "x", 1);
	result(-EACCES);
	is(whole(), "openat(5, \"x\", 0x41, 0644) = -1 EACCES (Permission denied)",
	   "openat: O_CREAT has a mode; an error");
	result(-ENOENT);
	is(whole(), "openat(5, \"x\", 0x41, 0644) = -1 ENOENT (No such file or directory)",
	   "openat: ENOENT");
	memset(longpath, 'p', sizeof(longpath));
	start(AUDIT_ARCH_X86_64, 257);
	rec.sc.args[1] = 0x7000;
	capture(1, 0, longpath, sizeof(longpath));
	snprintf(expected, sizeof(expected), "openat(0, \"%.100s\", 0) = 0", longpath);
	is(whole(), expected, "a path longer than the limit is shown in full");
	start(AUDIT_ARCH_X86_64, 257);
	rec.sc.args[1] = 0x7000;
	capture(1, UTRACE_CAP_FAULT, "", 0);
	result(-EFAULT);
	is(whole(), "openat(0, 0x7000, 0) = -1 EFAULT (Bad address)",
	   "an unreadable path shows its address");
	start(AUDIT_ARCH_X86_64, 257);
	result(-EFAULT);
	is(whole(), "openat(0, NULL, 0) = -1 EFAULT (Bad address)", "a null path");

	/* buffers */
	start(AUDIT_ARCH_X86_64, 1);
	rec.sc.args[0] = 1;
	rec.sc.args[1] = 0x7000;
	rec.sc.args[2] = 6;
	capture(1, 0, "hello\n", 6);
	result(6);
	is(whole(), "write(1, \"hello\\n\", 6) = 6", "write");
	start(AUDIT_ARCH_X86_64, 1);
	rec.sc.args[0] = 1;
	rec.sc.args[1] = 0x7000;
	rec.sc.args[2] = 1000;
	capture(1, UTRACE_CAP_TRUNCATED, longpath, 32);
	result(1000);
	is(whole(), "write(1, \"pppppppppppppppppppppppppppppppp\"..., 1000) = 1000",
	   "write: more than the limit");
	start(AUDIT_ARCH_X86_64, 1);
	rec.sc.args[0] = 1;
	rec.sc.args[1] = 0x7000;
	rec.sc.args[2] = 100;
	capture(1, UTRACE_CAP_FAULT, longpath, 20);
	result(20);
	is(whole(), "write(1, 0x7000, 100) = 20",
	   "a buffer whose end cannot be read shows its address");
	opts.string_max = 0;
	start(AUDIT_ARCH_X86_64, 1);
	rec.sc.args[0] = 1;
	rec.sc.args[1] = 0x7000;
	rec.sc.args[2] = 8;
	capture(1, UTRACE_CAP_TRUNCATED, "a", 1);
	result(8);
	is(whole(), "write(1, \"\"..., 8) = 8", "-s 0: some bytes");
	start(AUDIT_ARCH_X86_64, 1);
	rec.sc.args[0] = 1;
	rec.sc.args[1] = 0x7000;
	is(whole(), "write(1, \"\", 0) = 0", "-s 0: no bytes");
	opts.string_max = 5;
	start(AUDIT_ARCH_X86_64, 165);
	rec.sc.args[2] = 0x7000;
	capture(2, UTRACE_CAP_FAULT, "proc12", 6);
	ok(strstr(whole(), "(NULL, NULL, \"proc1\"..., "),
	   "a fault beyond the limit is not seen");
	start(AUDIT_ARCH_X86_64, 165);
	rec.sc.args[2] = 0x7000;
	capture(2, UTRACE_CAP_FAULT, "proc1", 5);
	ok(strstr(whole(), "(NULL, NULL, 0x7000, "), "a fault at the limit is");
	start(AUDIT_ARCH_X86_64, 165);
	rec.sc.args[2] = 0x7000;
	capture(2, 0, "proc1", 5);
	ok(strstr(whole(), "(NULL, NULL, \"proc1\", "), "a string as long as the limit");
	opts.string_max = 32;
	start(AUDIT_ARCH_X86_64, 0);
	rec.sc.args[0] = 3;
	rec.sc.args[1] = 0x7000;
	rec.sc.args[2] = 100;
	is(entry(), "read(3, ", "read: the buffer is not known at entry");
	capture(1, 0, "data", 4);
	result(4);
	is(whole(), "read(3, \"data\", 100) = 4", "read");
	start(AUDIT_ARCH_X86_64, 0);
	rec.sc.args[0] = 3;
	rec.sc.args[1] = 0x7000;
	rec.sc.args[2] = 100;
	result(0);
	is(whole(), "read(3, \"\", 100) = 0", "read: the end of a file");
	result(-512);
	is(whole(), "read(3, 0x7000, 100) = ? ERESTARTSYS (To be restarted if SA_RESTART is set)",
	   "read: interrupted");
	result(-516);
	ok(strstr(whole(), " = ? ERESTART_RESTARTBLOCK ("), "ERESTART_RESTARTBLOCK");
	result(-999);
	ok(strstr(whole(), " = -1 (errno 999)"), "an errno without a name");
	start(AUDIT_ARCH_X86_64, 79);
	rec.sc.args[0] = 0x7000;
	rec.sc.args[1] = 4096;
	capture(0, 0, "/root", 6);
	result(6);
	is(whole(), "getcwd(\"/root\", 4096) = 6", "getcwd: without its NUL");

	/* numbers */
	start(AUDIT_ARCH_X86_64, 9);
	rec.sc.args[1] = 8192;
	rec.sc.args[2] = 3;
	rec.sc.args[3] = 0x22;
	rec.sc.args[4] = 0xffffffff;
	result(0x7ffff7ff0000);
	is(whole(), "mmap(NULL, 8192, 0x3, 0x22, -1, 0) = 0x7ffff7ff0000", "mmap");
	start(AUDIT_ARCH_X86_64, 62);
	rec.sc.args[0] = (uint64_t)-5;
	rec.sc.args[1] = SIGTERM;
	result(0);
	is(whole(), "kill(-5, SIGTERM) = 0", "kill: a negative pid, a signal");
	start(AUDIT_ARCH_X86_64, 8);
	rec.sc.args[0] = 3;
	rec.sc.args[1] = (uint64_t)-10;
	rec.sc.args[2] = 1;
	result(90);
	is(whole(), "lseek(3, -10, 1) = 90", "lseek: a negative offset");
	start(AUDIT_ARCH_X86_64, 95);
	rec.sc.args[0] = 022;
	result(077);
	is(whole(), "umask(022) = 077", "umask: octal both ways");
	start(AUDIT_ARCH_I386, 45);
	rec.sc.args[0] = 0xfffffffff7ff0000;
	rec.sc.result = (int32_t)0xf7ff0000;
	is(whole(), "brk(0xf7ff0000) = 0xf7ff0000", "32-bit programs have 32-bit addresses");
	start(AUDIT_ARCH_X86_64, 39);
	result(77);
	is(whole(), "getpid() = 77", "no arguments");

	/* the ends of the table */
	start(AUDIT_ARCH_X86_64, 231);
	ok(decode_noreturn(&rec.sc), "exit_group does not return");
	start(AUDIT_ARCH_X86_64, 39);
	ok(!decode_noreturn(&rec.sc), "getpid does");
	start(AUDIT_ARCH_X86_64, 4000);
	is(whole(), "syscall_0xfa0(0, 0, 0, 0, 0, 0) = 0", "a number that no table has");
	start(AUDIT_ARCH_X86_64, -1);
	is(whole(), "syscall_0xffffffffffffffff(0, 0, 0, 0, 0, 0) = 0", "number -1");
	start(0x12345678, 1);
	is(whole(), "syscall_0x1(0, 0, 0, 0, 0, 0) = 0", "an architecture without a table");
	start(AUDIT_ARCH_X86_64, 0x40000000 + 520);
	ok(!strncmp(whole(), "execve(", 7), "x32 numbers have a table of their own");

	free(text.p);
	return tap_done();
}
