// SPDX-License-Identifier: GPL-2.0-only
/* Records made by hand, and the lines that they must become */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
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
	rec.sc.head.items = sizeof(rec.sc);
	rec.sc.head.type = UTRACE_EV_SYSCALL;
	rec.sc.arch = arch;
	rec.sc.nr = nr;
}

static struct utrace_item *item(unsigned int kind, unsigned int arg, unsigned int flags,
				const void *data, size_t len)
{
	struct utrace_item *i = (void *)(rec.bytes + rec.sc.head.size);

	i->size = (sizeof(*i) + len + 7) & ~7ul;
	i->len = len;
	i->data = sizeof(*i);
	i->kind = kind;
	i->arg = arg;
	i->flags = flags;
	i->addr = 0x7000;
	i->total = len;
	memcpy(i + 1, data, len);
	rec.sc.head.size += i->size;
	rec.sc.head.nr_items++;
	return i;
}

static void capture(unsigned int arg, unsigned int flags, const void *data, size_t len)
{
	item(UTRACE_ITEM_MEMORY, arg, flags, data, len);
}

/* Vector @index of argument @arg. */
static struct utrace_item *vector(unsigned int arg, unsigned int index, unsigned int flags,
				  const char *data)
{
	struct utrace_item *i = item(UTRACE_ITEM_MEMORY, arg, flags, data, strlen(data));

	i->index = index;
	return i;
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
		rec.sc.head.flags |= UTRACE_RECF_ERROR;
	else
		rec.sc.head.flags &= ~UTRACE_RECF_ERROR;
}

static const char *quoted(const char *s, size_t len, bool more)
{
	text.len = 0;
	decode_quoted(&text, s, len, more);
	text_add(&text, "", 1);
	return text.p;
}

/* A call of x86_64 with these arguments. */
static void call(int64_t nr, uint64_t a0, uint64_t a1, uint64_t a2, uint64_t a3)
{
	start(AUDIT_ARCH_X86_64, nr);
	rec.sc.args[0] = a0;
	rec.sc.args[1] = a1;
	rec.sc.args[2] = a2;
	rec.sc.args[3] = a3;
}

static void test_strings(void)
{
	static const char many[] = "0\0001\0002\0003\0004\0005\0006\0";
	struct utrace_item *i;

	call(59, 0x7000, 0x7100, 0x7200, 0);
	capture(0, 0, "/bin/ls", 7);
	i = item(UTRACE_ITEM_STRINGS, 1, 0, "ls\0-l\0\0", 7);
	i->total = 3;
	i = item(UTRACE_ITEM_STRINGS, 2, UTRACE_ITEM_TRUNCATED, "", 0);
	i->total = 23;
	is(whole(), "execve(\"/bin/ls\", [\"ls\", \"-l\", \"\"], 0x7200 /* 23 vars */) = 0",
	   "execve: argv, and the number of envp");
	i->total = 1;
	ok(strstr(whole(), " /* 1 var */) = 0"), "execve: one variable");
	i->total = 0;
	ok(strstr(whole(), " /* 0 vars */) = 0"), "execve: no variables");

	call(59, 0x7000, 0x7100, 0, 0);
	capture(0, 0, "x", 1);
	is(whole(), "execve(\"x\", 0x7100, NULL) = 0", "execve: no strings were captured");
	i = item(UTRACE_ITEM_STRINGS, 1, 0, "", 0);
	is(whole(), "execve(\"x\", [], NULL) = 0", "execve: an empty argv");
	i->flags = UTRACE_ITEM_FAULT;
	is(whole(), "execve(\"x\", 0x7100, NULL) = 0", "execve: an argv that cannot be read");

	opts.string_max = 4;
	call(59, 0x7000, 0x7100, 0, 0);
	capture(0, 0, "x", 1);
	i = item(UTRACE_ITEM_STRINGS, 1, 0, "abcde\0abcd\0", 11);
	i->total = 2;
	is(whole(), "execve(\"x\", [\"abcd\"..., \"abcd\"], NULL) = 0", "execve: long strings");
	call(59, 0x7000, 0x7100, 0, 0);
	capture(0, 0, "x", 1);
	i = item(UTRACE_ITEM_STRINGS, 1, 0, many, sizeof(many) - 1);
	i->total = 7;
	is(whole(), "execve(\"x\", [\"0\", \"1\", \"2\", \"3\", ...], NULL) = 0",
	   "execve: as many strings as the limit");
	opts.string_max = 32;
	call(59, 0x7000, 0x7100, 0, 0);
	capture(0, 0, "x", 1);
	i = item(UTRACE_ITEM_STRINGS, 1, UTRACE_ITEM_TRUNCATED, "ab\0c\0", 5);
	i->total = 9;
	is(whole(), "execve(\"x\", [\"ab\", \"c\"..., ...], NULL) = 0",
	   "execve: strings that were cut");
}

static void test_vectors(void)
{
	call(20, 1, 0x7000, 2, 0);
	vector(1, 0, 0, "ab");
	vector(1, 1, 0, "c\n");
	result(4);
	is(whole(), "writev(1, [{iov_base=\"ab\", iov_len=2}, {iov_base=\"c\\n\", iov_len=2}], 2) = 4",
	   "writev");
	call(20, 1, 0x7000, 3, 0);
	vector(1, 0, UTRACE_ITEM_TRUNCATED, "ab")->total = 100;
	vector(1, 1, UTRACE_ITEM_FAULT, "")->total = 5;
	is(whole(), "writev(1, [{iov_base=\"ab\"..., iov_len=100}, {iov_base=0x7000, iov_len=5}, ...], 3) = 0",
	   "writev: cut, unreadable, and left out");
	call(20, 1, 0x7000, 2, 0);
	result(-EFAULT);
	is(whole(), "writev(1, 0x7000, 2) = -1 EFAULT (Bad address)", "writev: unreadable");
	call(20, 1, 0x7000, 0, 0);
	is(whole(), "writev(1, [], 0) = 0", "writev: no vectors");
	call(19, 1, 0x7000, 3, 0);
	is(entry(), "readv(1, ", "readv: not known at entry");
	vector(1, 0, UTRACE_ITEM_EXIT, "abc");
	vector(1, 1, UTRACE_ITEM_EXIT, "d")->total = 8;
	vector(1, 2, UTRACE_ITEM_EXIT, "")->total = 9;
	result(4);
	is(whole(), "readv(1, [{iov_base=\"abc\", iov_len=3}, {iov_base=\"d\", iov_len=8}, {iov_base=\"\", iov_len=9}], 3) = 4",
	   "readv: as far as the vectors were filled");
	call(19, 1, 0x7000, 2, 0);
	vector(1, 0, UTRACE_ITEM_EXIT | UTRACE_ITEM_TRUNCATED, "abc")->total = 100;
	vector(1, 1, UTRACE_ITEM_EXIT, "")->addr = 0;
	result(90);
	is(whole(), "readv(1, [{iov_base=\"abc\"..., iov_len=100}, {iov_base=NULL, iov_len=0}], 2) = 90",
	   "readv: cut, and without memory");
}

static void test_addresses(void)
{
	static const unsigned char in[] = { 2, 0, 0x1f, 0x90, 127, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0 };
	unsigned char in6[28] = { 10, 0, 0, 80, 0, 0, 0, 0 };
	static const char path[] = "\1\0/run/x\0garbage", abstract[] = "\1\0\0name";

	in6[23] = 1;
	call(42, 3, 0x7000, 16, 0);
	capture(1, 0, in, sizeof(in));
	is(whole(), "connect(3, {sa_family=AF_INET, sin_port=htons(8080), sin_addr=inet_addr(\"127.0.0.1\")}, 16) = 0",
	   "connect: AF_INET");
	call(42, 3, 0x7000, 28, 0);
	capture(1, 0, in6, sizeof(in6));
	is(whole(), "connect(3, {sa_family=AF_INET6, sin6_port=htons(80), sin6_flowinfo=htonl(0), inet_pton(AF_INET6, \"::1\", &sin6_addr), sin6_scope_id=0}, 28) = 0",
	   "connect: AF_INET6");
	call(42, 3, 0x7000, 110, 0);
	capture(1, 0, path, sizeof(path) - 1);
	is(whole(), "connect(3, {sa_family=AF_UNIX, sun_path=\"/run/x\"}, 110) = 0",
	   "connect: AF_UNIX");
	call(42, 3, 0x7000, 7, 0);
	capture(1, 0, abstract, sizeof(abstract) - 1);
	is(whole(), "connect(3, {sa_family=AF_UNIX, sun_path=@\"name\"}, 7) = 0",
	   "connect: AF_UNIX, abstract");
	call(42, 3, 0x7000, 4, 0);
	capture(1, 0, in, 4);
	is(whole(), "connect(3, {sa_family=0x2, sa_data=\"\\37\\220\"}, 4) = 0",
	   "connect: an address that is too short for its family");
	call(42, 3, 0x7000, 1, 0);
	capture(1, 0, in, 1);
	is(whole(), "connect(3, 0x7000, 1) = 0", "connect: not even a family");
	call(43, 3, 0x7000, 0x7100, 0);
	capture(1, UTRACE_ITEM_EXIT, in, sizeof(in));
	result(5);
	ok(!strncmp(whole(), "accept(3, {sa_family=AF_INET", 28), "accept: the peer");
	is(entry(), "accept(3, ", "accept: not known at entry");
}

static void test_message(void)
{
	struct utrace_msghdr msg = {
		.size = sizeof(msg), .name = 0x7100, .iov = 0x7200, .iovlen = 1,
		.namelen = 16, .flags = 0,
	};
	static const unsigned char in[] = { 2, 0, 0, 53, 127, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0 };

	call(46, 3, 0x7000, 0, 0);
	item(UTRACE_ITEM_MSGHDR, 1, 0, &msg, sizeof(msg));
	item(UTRACE_ITEM_MEMORY, 1, 0, in, sizeof(in))->index = UTRACE_INDEX_NAME;
	vector(1, 0, 0, "query");
	result(5);
	is(whole(), "sendmsg(3, {msg_name={sa_family=AF_INET, sin_port=htons(53), sin_addr=inet_addr(\"127.0.0.1\")}, msg_namelen=16, msg_iov=[{iov_base=\"query\", iov_len=5}], msg_iovlen=1, msg_controllen=0, msg_flags=0}, 0) = 5",
	   "sendmsg");
	call(46, 3, 0x7000, 0, 0);
	item(UTRACE_ITEM_MSGHDR, 1, UTRACE_ITEM_FAULT, "", 0);
	result(-EFAULT);
	is(whole(), "sendmsg(3, 0x7000, 0) = -1 EFAULT (Bad address)", "sendmsg: unreadable");
	call(47, 3, 0x7000, 0, 0);
	is(entry(), "recvmsg(3, ", "recvmsg: not known at entry");
}

static void test_times(void)
{
	int64_t ts[2] = { 1, 500000000 };
	int32_t ts32[2] = { -1, 7 };
	struct pollfd fds[2] = { { .fd = 3, .events = POLLIN | POLLOUT }, { .fd = -1 } };

	call(35, 0x7000, 0, 0, 0);
	capture(0, 0, ts, sizeof(ts));
	is(whole(), "nanosleep({tv_sec=1, tv_nsec=500000000}, NULL) = 0", "nanosleep");
	start(AUDIT_ARCH_I386, 162);
	rec.sc.args[0] = 0x7000;
	capture(0, 0, ts32, sizeof(ts32));
	is(whole(), "nanosleep({tv_sec=-1, tv_nsec=7}, NULL) = 0", "nanosleep with 32 bits");
	call(35, 0x7000, 0, 0, 0);
	capture(0, 0, ts, 8);
	is(whole(), "nanosleep(0x7000, NULL) = 0", "nanosleep: half a time");
	call(228, 1, 0x7000, 0, 0);
	capture(1, UTRACE_ITEM_EXIT, ts, sizeof(ts));
	is(whole(), "clock_gettime(1, {tv_sec=1, tv_nsec=500000000}) = 0", "clock_gettime");

	call(7, 0x7000, 3, (uint64_t)-1, 0);
	capture(0, 0, fds, sizeof(fds));
	is(whole(), "poll([{fd=3, events=POLLIN|POLLOUT}, {fd=-1}, ...], 3, -1) = 0", "poll");
	call(5, 3, 0x7000, 0, 0);
	is(whole(), "fstat(3, 0x7000) = 0", "a structure that has no text is an address");
}

/* What a thread hangs in when it is attached to. */
static const char *stuck(void)
{
	text.len = 0;
	decode_stuck(&text, &rec.sc, &opts);
	text_add(&text, "", 1);
	return text.p;
}

static void test_stuck(void)
{
	call(0, 3, 0x7000, 100, 0);
	is(stuck(), "read(3, 0x7000, 100", "a call that hangs: read");
	call(1, 3, 0x7000, 0, 0);
	is(stuck(), "write(3, \"\", 0", "a call that hangs: an empty buffer");
	call(59, 0x7000, 0x7100, 0, 0);
	is(stuck(), "execve(0x7000, 0x7100, NULL", "a call that hangs: execve");
	call(34, 0, 0, 0, 0);
	is(stuck(), "pause(", "a call that hangs: without arguments");
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
	capture(1, UTRACE_ITEM_FAULT, "", 0);
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
	capture(1, UTRACE_ITEM_TRUNCATED, longpath, 32);
	result(1000);
	is(whole(), "write(1, \"pppppppppppppppppppppppppppppppp\"..., 1000) = 1000",
	   "write: more than the limit");
	start(AUDIT_ARCH_X86_64, 1);
	rec.sc.args[0] = 1;
	rec.sc.args[1] = 0x7000;
	rec.sc.args[2] = 100;
	capture(1, UTRACE_ITEM_FAULT, longpath, 20);
	result(20);
	is(whole(), "write(1, 0x7000, 100) = 20",
	   "a buffer whose end cannot be read shows its address");
	opts.string_max = 0;
	start(AUDIT_ARCH_X86_64, 1);
	rec.sc.args[0] = 1;
	rec.sc.args[1] = 0x7000;
	rec.sc.args[2] = 8;
	capture(1, UTRACE_ITEM_TRUNCATED, "a", 1);
	result(8);
	is(whole(), "write(1, \"\"..., 8) = 8", "-s 0: some bytes");
	start(AUDIT_ARCH_X86_64, 1);
	rec.sc.args[0] = 1;
	rec.sc.args[1] = 0x7000;
	is(whole(), "write(1, \"\", 0) = 0", "-s 0: no bytes");
	opts.string_max = 5;
	start(AUDIT_ARCH_X86_64, 165);
	rec.sc.args[2] = 0x7000;
	capture(2, UTRACE_ITEM_FAULT, "proc12", 6);
	ok(strstr(whole(), "(NULL, NULL, \"proc1\"..., "),
	   "a fault beyond the limit is not seen");
	start(AUDIT_ARCH_X86_64, 165);
	rec.sc.args[2] = 0x7000;
	capture(2, UTRACE_ITEM_FAULT, "proc1", 5);
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

	test_strings();
	test_vectors();
	test_addresses();
	test_message();
	test_times();
	test_stuck();

	free(text.p);
	return tap_done();
}
