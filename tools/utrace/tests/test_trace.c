// SPDX-License-Identifier: GPL-2.0-only
/*
 * "utrace trace" over a session that is made up here: records go in, whole
 * files of output are compared.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>
#include <linux/audit.h>

#include "libutrace.h"
#include "tap.h"
#include "utrace.h"

#define READ	0
#define WRITE	1
#define GETPID	39
#define CLONE	56
#define EXECVE	59
#define EXIT	231

/* --- libutrace, in place of the real one -------------------------------- */

static unsigned char stream[1 << 16];
static size_t stream_len, stream_pos;
static int next_error, attach_error, fd_pair[2] = { -1, -1 };
static unsigned int attach_threads;
static unsigned int *attach_flags;	/* shared with the process that runs */
static uint64_t seq;

struct utrace_session *utrace_open(unsigned int flags)
{
	if (flags != UTRACE_OPEN_NONBLOCK || pipe(fd_pair) ||
	    write(fd_pair[1], "", 1) != 1)
		return NULL;
	return (void *)stream;
}

void utrace_close(struct utrace_session *s)
{
	if (!s)
		return;
	close(fd_pair[0]);
	close(fd_pair[1]);
}

int utrace_fd(const struct utrace_session *s)
{
	(void)s;
	return fd_pair[0];
}

const char *utrace_error(const struct utrace_session *s)
{
	(void)s;
	return "made-up error";
}

int utrace_info(struct utrace_session *s, struct utrace_info *info)
{
	(void)s;
	memset(info, 0, sizeof(*info));
	info->arch = AUDIT_ARCH_X86_64;
	return 0;
}

int utrace_config(struct utrace_session *s, const struct utrace_config *c)
{
	(void)s;
	return c->record ? 0 : -1;
}

int utrace_set_syscalls(struct utrace_session *s, uint32_t arch,
			const uint32_t *entries, unsigned int nr,
			unsigned int flags)
{
	(void)s;
	(void)flags;
	(void)entries;
	(void)nr;
	/* a kernel without 32-bit programs */
	errno = EINVAL;
	return arch == AUDIT_ARCH_X86_64 ? 0 : -1;
}

int utrace_attach_pid(struct utrace_session *s, pid_t pid, unsigned int flags,
		      struct utrace_attach *result)
{
	(void)s;
	(void)pid;
	*attach_flags = flags;
	if (attach_error) {
		errno = attach_error;
		return -1;
	}
	result->threads = attach_threads;
	result->thread = 100;
	return 0;
}

int utrace_next(struct utrace_session *s, const struct utrace_record **rec)
{
	(void)s;
	if (stream_pos == stream_len) {
		errno = next_error;
		return next_error ? -1 : 0;
	}
	*rec = (void *)(stream + stream_pos);
	stream_pos += (*rec)->size;
	return 1;
}

const struct utrace_capture *
utrace_next_capture(const struct utrace_rec_syscall *rec,
		    const struct utrace_capture *prev)
{
	/* one at most is made here */
	return !prev && rec->captures ? (const void *)(rec + 1) : NULL;
}

/* --- records ------------------------------------------------------------ */

static void *add(size_t size, int type, int tid)
{
	struct utrace_record *r = (void *)(stream + stream_len);

	memset(r, 0, size);
	r->size = size;
	r->type = type;
	r->seq = ++seq;
	r->thread = 100 + tid - 10;	/* thread 10 is the leader, cookie 100 */
	r->pid = 10;
	r->tid = tid;
	stream_len += size;
	return r;
}

static void call(int type, int tid, int nr, uint64_t a0, uint64_t a1,
		 uint64_t a2, int64_t result, const char *data)
{
	size_t len = data ? strlen(data) : 0;
	size_t size = sizeof(struct utrace_rec_syscall) +
		      (data ? sizeof(struct utrace_capture) + ((len + 7) & ~7ul) : 0);
	struct utrace_rec_syscall *r = add(size, type, tid);

	r->arch = AUDIT_ARCH_X86_64;
	r->nr = nr;
	r->args[0] = a0;
	r->args[1] = a1;
	r->args[2] = a2;
	r->result = result;
	if (result < 0)
		r->head.flags |= UTRACE_REC_ERROR;
	if (data) {
		struct utrace_capture *c = (void *)(r + 1);

		r->captures = 1;
		c->arg = nr == EXECVE ? 0 : 1;
		c->len = len;
		memcpy(c + 1, data, len);
	}
}

#define entry(tid, nr, a0, a1, a2, data) \
	call(UTRACE_EV_SYSCALL_ENTRY, tid, nr, a0, a1, a2, 0, data)
#define leave(tid, nr, a0, a1, a2, result, data) \
	call(UTRACE_EV_SYSCALL_EXIT, tid, nr, a0, a1, a2, result, data)

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
		exit(cmd_trace(argc, argv));
	}
	waitpid(pid, &status, 0);
	free(copy);

	fd = open(file, O_RDONLY);
	n = read(fd, text, sizeof(text) - 1);
	text[n < 0 ? 0 : n] = '\0';
	close(fd);
	stream_len = stream_pos = seq = 0;
	next_error = attach_error = 0;
	return status;
}

int main(void)
{
	char args[128];
	int status;

	close(mkstemp(file));
	attach_threads = 1;
	attach_flags = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
			    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (attach_flags == MAP_FAILED)
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
	   "[pid    11] read(3,  <unfinished ...>\n"
	   "[pid    11] +++ killed by SIGKILL +++\n"
	   "+++ killed by SIGSEGV (core dumped) +++\n"
	   "utrace: Process 10 detached\n", "two threads");
	ok(*attach_flags == UTRACE_ATTACH_CHILDREN, "-f follows children");

	/* a child that is not followed is no second thread */
	entry(10, CLONE, 0x11, 0, 0, NULL);
	child(10, 11, false);
	leave(10, CLONE, 0x11, 0, 0, 11, NULL);
	run("-q -p 10");
	is(text, "clone(0x11, 0, NULL, 0, NULL)           = 11\n",
	   "a child that is not followed");
	ok(*attach_flags == 0, "without -f");

	/* the file has ids with -f from the first line on */
	entry(10, GETPID, 0, 0, 0, NULL);
	leave(10, GETPID, 0, 0, 0, 10, NULL);
	snprintf(args, sizeof(args), "-q -f -p 10 -o %s", file);
	run(args);
	is(text, "10    getpid()                          = 10\n",
	   "-o with -f has the id on each line");

	/* -qq, and what is missing */
	add(sizeof(struct utrace_rec_lost), UTRACE_REC_LOST, 10);
	((struct utrace_rec_lost *)stream)->head.thread = 0;
	((struct utrace_rec_lost *)stream)->count = 5;
	death(10, 0);
	run("-qq -p 10");
	is(text, "utrace: 5 records were lost here\n", "-qq; records lost");

	/* an exit whose entry was not seen is a whole line */
	leave(10, WRITE, 1, 0x1000, 3, 3, NULL);
	run("-q -p 10");
	is(text, "write(1, 0x1000, 3)                     = 3\n",
	   "an exit without its entry");

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
	is(text, "getpid(utrace: made-up error\n <detached ...>\n",
	   "an error of the session");
	ok(WIFEXITED(status) && WEXITSTATUS(status) == 1, "is exit status 1");

	/* COMMAND: what it does before its execve is this program's */
	entry(10, READ, 5, 0x1000, 1, NULL);
	leave(10, READ, 5, 0x1000, 1, 1, "");
	entry(10, EXECVE, 0x1000, 0, 0, "/bin/true");
	add(sizeof(struct utrace_rec_exec), UTRACE_EV_EXEC, 10);
	leave(10, EXECVE, 0x1000, 0, 0, 0, NULL);
	death(10, 0);
	status = run("false");
	is(text, "execve(\"/bin/true\", NULL, NULL)         = 0\n"
	   "+++ exited with 0 +++\n", "COMMAND's trace starts at its execve");
	ok(WIFEXITED(status) && WEXITSTATUS(status) == 1, "its status is utrace's");
	status = run("-o /dev/null sh -c kill\\ -9\\ $$");
	ok(WIFEXITED(status), "a shell's mistake is an exit status");

	/* attach fails */
	attach_error = EPERM;
	status = run("-p 10");
	is(text, "utrace: made-up error\n", "an attach that fails");
	ok(WIFEXITED(status) && WEXITSTATUS(status) == 1, "is exit status 1");
	attach_error = EPERM;
	status = run("true");
	ok(WIFEXITED(status) && WEXITSTATUS(status) == 1,
	   "and COMMAND is not run then");

	/* output that takes nothing */
	entry(10, GETPID, 0, 0, 0, NULL);
	status = run("-q -p 10 -o /dev/full");
	is(text, "utrace: /dev/full: No space left on device\n", "a full disk");
	ok(WIFEXITED(status) && WEXITSTATUS(status) == 1, "is exit status 1");

	unlink(file);
	return tap_done();
}
