// SPDX-License-Identifier: GPL-2.0-only
/*
 * "utrace trace" over a kernel that is made up here: records go in, whole
 * files of output are compared.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <linux/audit.h>

#include "fake_kernel.h"
#include "tap.h"
#include "utrace.h"

#define READ	0
#define WRITE	1
#define GETPID	39
#define CLONE	56
#define EXECVE	59
#define EXIT	231
/* The same calls of i386.  59 is oldolduname there, and 11 is munmap of x86_64. */
#define WRITE_32	4
#define EXECVE_32	11

/* --- the kernel --------------------------------------------------------- */

static int next_error, attach_error;
static int attach_error_pid;		/* 0: attach_error is for all */
static unsigned int attach_threads;
static uint64_t syscall_flags;
/* What the process that runs has been seen to do; shared with it. */
static struct {
	unsigned int attach_flags, nr_attached;
	unsigned int syscalls_flags;
	uint32_t write_entry, write_rules;
	uint32_t queue_bytes;
	bool child_has_session;
} *seen;

/* Does process @pid have the session open?  It has 5 seconds to close it. */
static bool has_session(pid_t pid)
{
	char path[64], theirs[64], ours[64];
	ssize_t n, m;
	int i, fd;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fake.fd);
	n = readlink(path, ours, sizeof(ours));
	for (i = 0; i < 500; i++, usleep(10000)) {
		for (fd = 0; fd < 64; fd++) {
			snprintf(path, sizeof(path), "/proc/%d/fd/%d", pid, fd);
			m = readlink(path, theirs, sizeof(theirs));
			if (m == n && !memcmp(ours, theirs, n))
				break;
		}
		if (fd == 64)
			return false;
	}
	return true;
}

static int on_attach(struct utrace_attach *a)
{
	seen->attach_flags = a->flags;
	if (attach_error && (!attach_error_pid || fake.pid == attach_error_pid))
		return -attach_error;
	seen->nr_attached++;
	if (fake.pid > 20)
		seen->child_has_session = has_session(fake.pid);
	a->threads = attach_threads;
	a->thread = 100;
	return 0;
}

static int on_syscalls(const struct utrace_syscalls *t)
{
	const struct utrace_capture_rule *rules = (void *)(uintptr_t)t->rules;
	unsigned int i;

	/* a kernel without 32-bit programs */
	if (t->arch != AUDIT_ARCH_X86_64)
		return -EINVAL;
	seen->syscalls_flags = t->flags;
	seen->write_entry = ((const uint32_t *)(uintptr_t)t->entries)[WRITE];
	seen->write_rules = 0;
	for (i = 0; i < t->nr_rules; i++)
		seen->write_rules += rules[i].nr == WRITE;
	return 0;
}

static int on_ioctl(unsigned long request, void *arg)
{
	struct utrace_info *info = arg;
	struct utrace_config *config = arg;

	switch (request) {
	case UTRACE_IOC_INFO:
		info->arch = AUDIT_ARCH_X86_64;
		info->syscall_flags = syscall_flags;
		return 0;
	case UTRACE_IOC_CONFIG:
		seen->queue_bytes = config->queue_bytes;
		return config->record ? 0 : -EINVAL;
	case UTRACE_IOC_SYSCALLS:
		return on_syscalls(arg);
	case UTRACE_IOC_ATTACH:
		return on_attach(arg);
	}
	return 1;
}

/* --- records ------------------------------------------------------------ */

/* Thread 10 is the leader, with cookie 100. */
#define add(size, type, tid)	fake_add(size, type, tid)

static struct utrace_rec_syscall *call(int type, int tid, int nr, uint64_t a0, uint64_t a1,
				       uint64_t a2, int64_t result, const char *data)
{
	struct utrace_rec_syscall *r = add(sizeof(*r), type, tid);

	r->arch = AUDIT_ARCH_X86_64;
	r->nr = nr;
	r->args[0] = a0;
	r->args[1] = a1;
	r->args[2] = a2;
	r->result = result;
	if (result < 0)
		r->head.flags |= UTRACE_RECF_ERROR;
	if (data)
		fake_item(r, UTRACE_ITEM_MEMORY, nr == EXECVE ? 0 : 1, data, strlen(data));
	return r;
}

/* A call that sleeps has the first record, too. */
#define entry(tid, nr, a0, a1, a2, data) \
	call(UTRACE_EV_SYSCALL_ENTRY, tid, nr, a0, a1, a2, 0, data)
#define leave(tid, nr, a0, a1, a2, result, data) \
	call(UTRACE_EV_SYSCALL, tid, nr, a0, a1, a2, result, data)
/* A call in which the thread ends, and whose entry was not told. */
#define unfinished(tid, nr, a0, a1, a2, data) \
	(entry(tid, nr, a0, a1, a2, data)->head.flags |= UTRACE_RECF_UNFINISHED)

static void attached_in(int tid, int nr, uint64_t a0, uint64_t a1, uint64_t a2)
{
	struct utrace_rec_attached *r = add(sizeof(*r), UTRACE_REC_ATTACHED, tid);

	r->state = UTRACE_STATE_SLEEPS;
	r->arch = nr < 0 ? 0 : AUDIT_ARCH_X86_64;
	r->nr = nr;
	r->args[0] = a0;
	r->args[1] = a1;
	r->args[2] = a2;
}

static void child(int tid, int new_tid, bool followed)
{
	struct utrace_rec_clone *r = add(sizeof(*r), UTRACE_EV_CLONE, tid);

	r->child = followed ? 100 + new_tid - 10 : 0;
	r->child_pid = new_tid;
	r->child_tid = new_tid;
}

static void death(int tid, int status)
{
	struct utrace_rec_exit *r = add(sizeof(*r), UTRACE_EV_DEATH, tid);

	r->status = status;
}

static void exec_by(int old_tid, int cookie_of, int tid)
{
	struct utrace_rec_exec *r = add(sizeof(*r), UTRACE_EV_EXEC, tid);

	r->head.thread = 100 + cookie_of - 10;
	r->old_tid = old_tid;
}

static void *last_record(void)
{
	struct utrace_record *r = NULL;
	size_t pos;

	for (pos = 0; pos < fake.len; pos += r->size)
		r = (void *)(fake.stream + pos);
	return r;
}

/* The last record is of thread @tid, which has taken the leader's id. */
static void by(int tid)
{
	struct utrace_record *r = last_record();

	r->thread = 100 + tid - 10;
}

/* The last record is of a 32-bit program's call. */
static void of_32_bit(void)
{
	struct utrace_rec_syscall *r = last_record();

	r->arch = AUDIT_ARCH_I386;
}

static void last_death(int tid, int status)
{
	struct utrace_rec_exit *r = add(sizeof(*r), UTRACE_EV_DEATH, tid);

	r->status = status;
	r->group_dead = 1;
}

static struct utrace_rec_detached *detached(int tid, int error)
{
	struct utrace_rec_detached *r = add(sizeof(*r), UTRACE_REC_DETACHED, tid);

	r->error = error;
	return r;
}

/* --- running ------------------------------------------------------------ */

static char file[] = "/tmp/test_trace.XXXXXX";
static char text[1 << 16];

/* Run with these arguments in a process of its own; its wait status. */
static int run(const char *args)
{
	static char name[] = "utrace trace";
	char *copy = strdup(args), *argv[16] = { name }, *save = NULL;
	int argc = 1, status;
	ssize_t n;
	pid_t pid;
	int fd;

	for (char *w = strtok_r(copy, " ", &save); w && argc < 15;
	     w = strtok_r(NULL, " ", &save))
		argv[argc++] = w;
	fflush(stdout);
	pid = fork();
	if (!pid) {
		fd = open(file, O_WRONLY | O_TRUNC);
		dup2(fd, STDERR_FILENO);
		fake.ended = !next_error;
		fake.read_error = next_error;
		exit(cmd_trace(argc, argv));
	}
	waitpid(pid, &status, 0);
	free(copy);

	fd = open(file, O_RDONLY);
	n = read(fd, text, sizeof(text) - 1);
	text[n < 0 ? 0 : n] = '\0';
	close(fd);
	fake_reset();
	next_error = attach_error = attach_error_pid = 0;
	return status;
}

int main(void)
{
	char args[128];
	int status;

	close(mkstemp(file));
	fake.ioctl = on_ioctl;
	syscall_flags = UTRACE_SC_ALL;
	attach_threads = 1;
	seen = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
		    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (seen == MAP_FAILED)
		return 1;

	/* one thread: no ids; exit_group has no result */
	entry(10, WRITE, 1, 0x1000, 3, "ab\n");
	leave(10, WRITE, 1, 0x1000, 3, 3, NULL);
	entry(10, READ, 0, 0x1000, 8, NULL);
	leave(10, READ, 0, 0x1000, 8, 2, "xy");
	entry(10, EXIT, 4, 0, 0, NULL);
	death(10, 4 << 8);
	status = run("-q -p 10");
	is(text,
	   "write(1, \"ab\\n\", 3)                     = 3\n"
	   "read(0, \"xy\", 8)                        = 2\n"
	   "exit_group(4)                           = ?\n"
	   "+++ exited with 4 +++\n", "one thread");
	ok(status == 0, "and exit status 0: it was not this program's child");

	/* -a and messages */
	entry(10, GETPID, 0, 0, 0, NULL);
	leave(10, GETPID, 0, 0, 0, 10, NULL);
	run("-a 10 -p 10");
	is(text, "utrace: Process 10 attached\n"
	   "getpid()  = 10\n"
	   "utrace: Process 10 detached\n", "-a; attached and detached");

	/* two threads, interleaved */
	entry(10, CLONE, 0x100, 0, 0, NULL);
	child(10, 11, true);
	leave(10, CLONE, 0x100, 0, 0, 11, NULL);
	entry(10, READ, 3, 0x1000, 8, NULL);
	entry(11, WRITE, 1, 0x1000, 2, "ab");
	leave(10, READ, 3, 0x1000, 8, 1, "z");
	leave(11, WRITE, 1, 0x1000, 2, -EBADF, NULL);
	entry(11, READ, 3, 0x1000, 8, NULL);
	death(11, SIGKILL);
	death(10, SIGSEGV | 0x80);
	run("-f -p 10");
	is(text, "utrace: Process 10 attached\n"
	   "clone(0x100, 0, NULL, 0, NULL <unfinished ...>\n"
	   "utrace: Process 11 attached\n"
	   "[pid    10] <... clone resumed>)        = 11\n"
	   "[pid    10] read(3,  <unfinished ...>\n"
	   "[pid    11] write(1, \"ab\", 2 <unfinished ...>\n"
	   "[pid    10] <... read resumed>\"z\", 8)   = 1\n"
	   "[pid    11] <... write resumed>)        = -1 EBADF (Bad file descriptor)\n"
	   "[pid    11] read(3,  <unfinished ...>)  = ?\n"
	   "[pid    11] +++ killed by SIGKILL +++\n"
	   "+++ killed by SIGSEGV (core dumped) +++\n"
	   "utrace: Process 10 detached\n", "two threads");
	ok(seen->attach_flags == UTRACE_ATTACH_CHILDREN, "-f follows children");

	/* killed in a call: with its line, after another line, all arguments printed */
	entry(10, READ, 3, 0x1000, 8, NULL);
	entry(11, WRITE, 1, 0x1000, 2, "ab");
	entry(12, READ, 4, 0x1000, 8, NULL);
	death(12, SIGKILL);
	death(11, SIGKILL);
	last_death(10, SIGKILL);
	run("-q -f -a 10 -p 10");
	is(text, "read(3,  <unfinished ...>\n"
	   "[pid    11] write(1, \"ab\", 2 <unfinished ...>\n"
	   "[pid    12] read(4,  <unfinished ...>) = ?\n"
	   "[pid    12] +++ killed by SIGKILL +++\n"
	   "[pid    11] <... write resumed>) = ?\n"
	   "[pid    11] +++ killed by SIGKILL +++\n"
	   "<... read resumed> <unfinished ...>) = ?\n"
	   "+++ killed by SIGKILL +++\n", "threads that die in a call");

	/* a leader that exits before other threads is a zombie until they are gone */
	death(10, 4 << 8);
	entry(11, GETPID, 0, 0, 0, NULL);
	leave(11, GETPID, 0, 0, 0, 10, NULL);
	last_death(11, 7 << 8);
	run("-q -f -a 10 -p 10");
	is(text, "[pid    11] getpid() = 10\n"
	   "[pid    11] +++ exited with 7 +++\n"
	   "+++ exited with 7 +++\n", "a leader that exits first ends last");
	death(10, 4 << 8);
	entry(11, GETPID, 0, 0, 0, NULL);
	leave(11, GETPID, 0, 0, 0, 10, NULL);
	run("-q -f -a 10 -p 10");
	is(text, "[pid    11] getpid() = 10\n"
	   "[pid    10] +++ exited with 4 +++\n",
	   "a leader whose last thread is not heard of");
	/* the one that ended the process need not be told of last */
	entry(10, GETPID, 0, 0, 0, NULL);
	leave(10, GETPID, 0, 0, 0, 10, NULL);
	last_death(11, 5 << 8);
	death(12, 5 << 8);
	death(10, 5 << 8);
	run("-q -f -a 10 -p 10");
	is(text, "getpid()  = 10\n"
	   "[pid    11] +++ exited with 5 +++\n"
	   "[pid    12] +++ exited with 5 +++\n"
	   "+++ exited with 5 +++\n", "the end of a process, out of order");

	/* exec by a thread that is not the leader: its leader's death comes first... */
	entry(10, READ, 3, 0x1000, 8, NULL);
	entry(11, EXECVE, 0x1000, 0, 0, "/bin/true");
	death(10, 0);
	exec_by(11, 11, 10);
	leave(10, EXECVE, 0x1000, 0, 0, 0, NULL);
	by(11);
	last_death(10, 0);
	by(11);
	run("-q -f -a 10 -p 10");
	is(text, "read(3,  <unfinished ...>\n"
	   "[pid    11] execve(\"/bin/true\", NULL, NULL <unfinished ...>\n"
	   "[pid    10] <... read resumed> <unfinished ...>) = ?\n"
	   "+++ superseded by execve in pid 11 +++\n"
	   "<... execve resumed>) = 0\n"
	   "+++ exited with 0 +++\n", "exec by another thread");
	/* ...or after the exec */
	entry(10, READ, 3, 0x1000, 8, NULL);
	entry(11, EXECVE, 0x1000, 0, 0, "/bin/true");
	exec_by(11, 11, 10);
	leave(10, EXECVE, 0x1000, 0, 0, 0, NULL);
	by(11);
	death(10, 0);
	last_death(10, 3 << 8);
	by(11);
	snprintf(args, sizeof(args), "-q -f -a 10 -p 10 -o %s", file);
	run(args);
	is(text, "10    read(3,  <unfinished ...>\n"
	   "11    execve(\"/bin/true\", NULL, NULL <unfinished ...>\n"
	   "10    <... read resumed> <unfinished ...>) = ?\n"
	   "10    +++ superseded by execve in pid 11 +++\n"
	   "10    <... execve resumed>) = 0\n"
	   "10    +++ exited with 3 +++\n", "exec by another thread, told of early");
	/* an exec by the leader takes nobody's id */
	entry(10, EXECVE, 0x1000, 0, 0, "/bin/true");
	death(11, 0);
	exec_by(10, 10, 10);
	leave(10, EXECVE, 0x1000, 0, 0, 0, NULL);
	run("-qqq -f -a 10 -p 10");
	is(text, "execve(\"/bin/true\", NULL, NULL) = 0\n", "exec by the leader");

	/* an exec of a program with another word size: to 32 bits... */
	entry(10, EXECVE, 0x1000, 0, 0, "/bin/32");
	entry(11, GETPID, 0, 0, 0, NULL);
	exec_by(10, 10, 10);
	leave(10, EXECVE, 0x1000, 0, 0, 0, NULL);
	entry(10, WRITE_32, 1, 0x1000, 2, "ab");
	of_32_bit();
	leave(10, WRITE_32, 1, 0x1000, 2, 2, NULL);
	of_32_bit();
	run("-qqq -f -a 10 -p 10");
	is(text, "execve(\"/bin/32\", NULL, NULL <unfinished ...>\n"
	   "[pid    11] getpid( <unfinished ...>\n"
	   "[pid    10] <... execve resumed>) = 0\n"
	   "[pid    10] write(1, \"ab\", 2) = 2\n", "exec of a 32-bit program");
	/* ...and back */
	entry(10, EXECVE_32, 0x1000, 0, 0, NULL);
	of_32_bit();
	entry(11, GETPID, 0, 0, 0, NULL);
	exec_by(10, 10, 10);
	leave(10, EXECVE_32, 0x1000, 0, 0, 0, NULL);
	of_32_bit();
	entry(10, WRITE, 1, 0x1000, 2, "ab");
	leave(10, WRITE, 1, 0x1000, 2, 2, NULL);
	run("-qqq -f -a 10 -p 10");
	is(text, "execve(0x1000, NULL, NULL <unfinished ...>\n"
	   "[pid    11] getpid( <unfinished ...>\n"
	   "[pid    10] <... execve resumed>) = 0\n"
	   "[pid    10] write(1, \"ab\", 2) = 2\n", "exec of a 64-bit program");

	/* a child that is not followed is no second thread */
	entry(10, CLONE, 0x11, 0, 0, NULL);
	child(10, 11, false);
	leave(10, CLONE, 0x11, 0, 0, 11, NULL);
	run("-q -p 10");
	is(text, "clone(0x11, 0, NULL, 0, NULL)           = 11\n",
	   "a child that is not followed");
	ok(seen->attach_flags == 0, "without -f");

	/* the file has ids with -f from the first line on */
	entry(10, GETPID, 0, 0, 0, NULL);
	leave(10, GETPID, 0, 0, 0, 10, NULL);
	snprintf(args, sizeof(args), "-q -f -p 10 -o %s", file);
	run(args);
	is(text, "10    getpid()                          = 10\n",
	   "-o with -f has the id on each line");

	/* -qq, and what is missing */
	add(sizeof(struct utrace_rec_lost), UTRACE_REC_LOST, 10);
	((struct utrace_rec_lost *)fake.stream)->head.thread = 0;
	((struct utrace_rec_lost *)fake.stream)->count = 5;
	death(10, 0);
	run("-qq -p 10");
	is(text, "utrace: 5 records were lost here\n", "-qq; records lost");

	/* a call that does not sleep is a whole line */
	leave(10, WRITE, 1, 0x1000, 3, 3, "abc");
	leave(11, READ, 0, 0x1000, 3, 1, "d");
	leave(10, WRITE, 1, 0x1000, 3, 3, NULL);
	run("-q -a 10 -p 10");
	is(text, "write(1, \"abc\", 3) = 3\n"
	   "[pid    11] read(0, \"d\", 3) = 1\n"
	   "[pid    10] write(1, 0x1000, 3) = 3\n", "calls without an entry");

	/* a call in which the thread ends */
	unfinished(10, READ, 0, 0x1000, 3, NULL);
	death(10, SIGKILL);
	run("-q -a 10 -p 10");
	is(text, "read(0,  <unfinished ...>) = ?\n+++ killed by SIGKILL +++\n",
	   "an unfinished call");
	entry(10, WRITE, 1, 0x1000, 2, "ab");
	unfinished(10, WRITE, 1, 0x1000, 2, "ab");
	death(10, SIGKILL);
	run("-q -a 10 -p 10");
	is(text, "write(1, \"ab\", 2) = ?\n+++ killed by SIGKILL +++\n",
	   "an unfinished call that was told of");
	unfinished(10, EXIT, 3, 0, 0, NULL);
	death(10, 3 << 8);
	run("-q -a 10 -p 10");
	is(text, "exit_group(3) = ?\n+++ exited with 3 +++\n", "exit_group");

	/* a process that hangs is shown where it hangs */
	attached_in(10, READ, 3, 0x1000, 8);
	run("-q -a 10 -p 10");
	is(text, "read(3, 0x1000, 8 <detached ...>\n", "-p: a call that hangs");
	attached_in(10, READ, 3, 0x1000, 8);
	attached_in(11, WRITE, 1, 0x2000, 2);
	attached_in(12, -1, 0, 0, 0);
	leave(10, WRITE, 1, 0x1000, 3, 3, "abc");
	leave(11, READ, 0, 0x1000, 3, 1, "d");
	run("-q -a 10 -p 10");
	is(text, "read(3, 0x1000, 8 <unfinished ...>\n"
	   "[pid    11] write(1, 0x2000, 2 <unfinished ...>\n"
	   "[pid    10] write(1, \"abc\", 3) = 3\n"
	   "[pid    11] read(0, \"d\", 3) = 1\n", "-p: its result is not known");
	attached_in(10, READ, 3, 0x1000, 8);
	entry(10, READ, 3, 0x1000, 8, NULL);
	leave(10, READ, 3, 0x1000, 8, 1, "d");
	run("-q -a 10 -p 10");
	is(text, "read(3, 0x1000, 8 <unfinished ...>\nread(3, \"d\", 8) = 1\n",
	   "-p: the next call is another one");
	attached_in(10, READ, 3, 0x1000, 8);
	death(10, SIGKILL);
	run("-q -a 10 -p 10");
	is(text, "read(3, 0x1000, 8 <unfinished ...>) = ?\n+++ killed by SIGKILL +++\n",
	   "-p: it is killed where it hangs");
	attached_in(10, READ, 3, 0x1000, 8);
	run("-q -p 10 -e write");
	is(text, "", "-p: a call that is not in the set");
	attached_in(10, READ, 5, 0x1000, 1);
	leave(10, READ, 5, 0x1000, 1, 1, "x");
	exec_by(10, 10, 10);
	fake_item(leave(10, EXECVE, 0x1000, 0x2000, 0, 0, "/bin/x"), UTRACE_ITEM_STRINGS, 1,
		  "x\0-y\0", 5)->total = 2;
	run("-q -a 10 true");
	is(text, "execve(\"/bin/x\", [\"x\", \"-y\"], NULL) = 0\n",
	   "COMMAND: what it waits in is not its own; argv");

	/* records too short for their type are not used */
	add(sizeof(struct utrace_record), UTRACE_EV_SYSCALL_ENTRY, 10);
	add(sizeof(struct utrace_record), UTRACE_EV_CLONE, 10);
	add(sizeof(struct utrace_record), 0x7777, 10);
	status = run("-q -p 10");
	ok(!*text && status == 0, "records that are too short, or unknown");

	/* an unreadable session ends with what it has, and says so */
	entry(10, GETPID, 0, 0, 0, NULL);
	next_error = EIO;
	status = run("-q -p 10");
	is(text, "getpid(utrace: cannot read records: Input/output error\n <detached ...>\n",
	   "an error of the session");
	ok(WIFEXITED(status) && WEXITSTATUS(status) == 1, "is exit status 1");

	/* COMMAND: what it does before its execve is this program's */
	entry(10, READ, 5, 0x1000, 1, NULL);
	leave(10, READ, 5, 0x1000, 1, 1, "");
	entry(10, EXECVE, 0x1000, 0, 0, "/bin/true");
	exec_by(10, 10, 10);
	leave(10, EXECVE, 0x1000, 0, 0, 0, NULL);
	death(10, 0);
	status = run("false");
	is(text, "execve(\"/bin/true\", NULL, NULL)         = 0\n"
	   "+++ exited with 0 +++\n", "COMMAND's trace starts at its execve");
	ok(WIFEXITED(status) && WEXITSTATUS(status) == 1, "its status is utrace's");
	status = run("-o /dev/null sh -c kill\\ -9\\ $$");
	ok(WIFEXITED(status), "a shell's mistake is an exit status");

	/* attach fails */
	attach_error = EUSERS;
	status = run("-p 10");
	is(text, "utrace: cannot attach to process 10: as many tracers as kernel.utrace.max_engines allows are attached to it\n",
	   "an attach that fails");
	ok(WIFEXITED(status) && WEXITSTATUS(status) == 1, "is exit status 1");
	attach_error = ESRCH;
	attach_error_pid = 9;
	seen->nr_attached = 0;
	entry(10, GETPID, 0, 0, 0, NULL);
	leave(10, GETPID, 0, 0, 0, 10, NULL);
	status = run("-p 9,10 -a 10");
	is(text, "utrace: cannot attach to process 9: no such process, or it is dead\n"
	   "utrace: Process 10 attached\n"
	   "getpid()  = 10\n"
	   "utrace: Process 10 detached\n", "the rest is traced if one attach fails");
	ok(status == 0 && seen->nr_attached == 1, "is exit status 0, as strace's");
	attach_error = ESRCH;
	attach_error_pid = 9;
	death(10, 0);
	status = run("-qq -p 9 false");
	is(text, "utrace: cannot attach to process 9: no such process, or it is dead\n",
	   "COMMAND is run if -p fails");
	ok(WIFEXITED(status) && WEXITSTATUS(status) == 1, "and its status is utrace's");
	attach_error = EPERM;
	status = run("true");
	ok(WIFEXITED(status) && WEXITSTATUS(status) == 1,
	   "and COMMAND is not run then");

	/* an exec that ends the session, after an attach that failed in its middle */
	attach_error = EUSERS;
	attach_error_pid = 9;
	detached(12, EUSERS)->head.pid = 9;
	detached(13, EPERM)->head.pid = 9;
	detached(10, EPERM);
	run("-p 9,10");
	is(text, "utrace: cannot attach to process 9: as many tracers as kernel.utrace.max_engines allows are attached to it\n"
	   "utrace: Process 10 attached\n"
	   "utrace: Process 10 detached: it executed a program that may not be traced: Operation not permitted\n"
	   "utrace: Process 10 detached\n", "only an exec is told as an exec");

	/* output that takes nothing */
	entry(10, GETPID, 0, 0, 0, NULL);
	status = run("-q -p 10 -o /dev/full");
	is(text, "utrace: cannot write the trace to /dev/full: No space left on device\n",
	   "a full disk");
	ok(WIFEXITED(status) && WEXITSTATUS(status) == 1, "is exit status 1");

	/* what the kernel is asked for */
	run("-q -p 10");
	ok(seen->syscalls_flags == UTRACE_SYSCALLS_OTHERS,
	   "all calls include numbers outside of every table");
	ok(seen->write_entry == (UTRACE_SC_RECORD | UTRACE_SC_WAITS) && seen->write_rules == 1,
	   "one record of a call, and a second one if it sleeps");
	syscall_flags &= ~UTRACE_SC_WAITS;
	run("-q -p 10");
	ok(seen->write_entry == (UTRACE_SC_RECORD | UTRACE_SC_ENTRY),
	   "two records, if the kernel does not know which calls sleep");
	syscall_flags = UTRACE_SC_ALL;
	run("-q -p 10 -e read");
	ok(seen->syscalls_flags == 0 && !seen->write_entry && !seen->write_rules,
	   "a set of names does not");
	ok(seen->queue_bytes >= 32 << 20, "a queue that a terminal's pauses do not fill");

	/* a dead tracer's session must not live on in COMMAND */
	seen->child_has_session = true;
	run("-q true");
	ok(!seen->child_has_session, "COMMAND's process closes the session at once");

	unlink(file);
	return tap_done();
}
