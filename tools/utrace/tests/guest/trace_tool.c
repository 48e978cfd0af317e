// SPDX-License-Identifier: GPL-2.0-only
/*
 * The command "utrace trace", for real: runs it on small programs (this one,
 * with a role) and compares what it prints.  Needs a kernel with utrace, and
 * no shell; prints KTAP.
 *
 * Environment: UTRACE=/bin/utrace
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <poll.h>
#include <pthread.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "libutrace.h"

#define DEADLINE	120	/* seconds for anything to happen: TCG is slow */
#define THREADS		4
#define WRITES		50	/* of each thread */
#define NOBODY		65534	/* user and group */
#define UNPRIVILEGED	"/proc/sys/kernel/utrace/unprivileged"
#define YAMA_SCOPE	"/proc/sys/kernel/yama/ptrace_scope"

static char dir[] = "/tmp/trace_tool.XXXXXX";
static char out[64], err[64], out2[64], progress[64], self[256];
static const char *utrace = "/bin/utrace";
static volatile unsigned long *counter;
static const char *skip_reason;		/* of the test that runs, if it is skipped */
static int test_nr, failures, test_bad;

/* --- the roles: what is traced ------------------------------------------ */

static int role_calls(void)
{
	char buf[8];
	int fd;

	syscall(SYS_openat, AT_FDCWD, "/nonexistent/file", O_RDONLY);
	fd = syscall(SYS_openat, AT_FDCWD, "/dev/zero", O_RDWR);
	syscall(SYS_write, fd, "hello utrace\n", 13);
	syscall(SYS_read, fd, buf, 4);
	syscall(SYS_close, 12345);
	syscall(SYS_umask, 022);
	syscall(SYS_umask, 027);
	syscall(SYS_kill, -99999, SIGTERM);
	syscall(SYS_getcwd, "", 0);
	_exit(7);
}

/* Works until it is killed; @counter tells that it does. */
static int role_loop(const char *file)
{
	struct timespec ms = { 0, 1000000 };
	int fd = open(file, O_RDWR), null = open("/dev/null", O_WRONLY);

	counter = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (counter == MAP_FAILED)
		return 1;
	for (;;) {
		syscall(SYS_write, null, "x", 1);
		syscall(SYS_nanosleep, &ms, NULL);
		++*counter;
		if (counter[1])		/* asked to end */
			_exit(5);
	}
}

static int role_fork(void)
{
	int status;
	pid_t pid = fork();

	if (!pid) {
		syscall(SYS_openat, AT_FDCWD, "/nonexistent/child", O_RDONLY);
		_exit(3);
	}
	if (waitpid(pid, &status, 0) != pid)
		return 1;
	syscall(SYS_openat, AT_FDCWD, "/nonexistent/parent", O_RDONLY);
	return 0;
}

static void *write_often(void *arg)
{
	for (int i = 0; i < WRITES; i++)
		syscall(SYS_write, (int)(intptr_t)arg, "tttt", 4);
	return NULL;
}

static int role_threads(void)
{
	int null = open("/dev/null", O_WRONLY);
	pthread_t t[THREADS];

	for (int i = 0; i < THREADS; i++)
		if (pthread_create(&t[i], NULL, write_often, (void *)(intptr_t)null))
			return 1;
	for (int i = 0; i < THREADS; i++)
		pthread_join(t[i], NULL);
	return 0;
}

static int pipefd[2];

static void *read_pipe(void *arg)
{
	char buf[16];

	/* the trace tells what came of it */
	syscall(SYS_read, pipefd[0], buf, sizeof(buf));
	return arg;
}

/*
 * One thread waits in read().  When the trace shows that, so that the test sets counter[1],
 * the other thread makes a call and then ends the wait.
 */
static int role_block(const char *file)
{
	struct timespec ms = { 0, 10000000 };
	int fd = open(file, O_RDWR);
	pthread_t t;

	counter = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (counter == MAP_FAILED || pipe(pipefd) ||
	    pthread_create(&t, NULL, read_pipe, NULL))
		return 1;
	while (!counter[1])
		nanosleep(&ms, NULL);
	syscall(SYS_openat, AT_FDCWD, "/nonexistent/between", O_RDONLY);
	syscall(SYS_write, pipefd[1], "go", 2);
	pthread_join(t, NULL);
	return 0;
}

/* 0 if it was started as if nobody traced it. */
static int role_clean(void)
{
	struct sigaction sa;
	sigset_t set;

	sigprocmask(SIG_SETMASK, NULL, &set);
	for (int sig = 1; sig < 32; sig++) {
		if (sigismember(&set, sig))
			return 10;
		sigaction(sig, NULL, &sa);
		if (sa.sa_handler != SIG_DFL)
			return 11;
	}
	/* no descriptor of the tracer's may be open here */
	for (int fd = 3; fd < 64; fd++)
		if (fcntl(fd, F_GETFD) >= 0)
			return 12;
	return 0;
}

static int role_killed(void)
{
	raise(SIGTERM);
	return 0;
}

/* Calls that no table has, and what strace prints of them. */
static const struct { long nr; const char *line; } no_calls[] = {
	{ 600, "syscall_0x258(0x11, 0x22, 0x33, 0x44, 0x55, 0x66) = -1 ENOSYS (Function not implemented)" },
	{ 1023, "syscall_0x3ff(0x11, *" },
	{ 1024, "syscall_0x400(0x11, *" },
	{ 4095, "syscall_0xfff(0x11, *" },
	{ 4096, "syscall_0x1000(0x11, *" },
	{ 5000, "syscall_0x1388(0x11, *" },
	/* s390 takes 16 bits of the number. */
	{ 0x7ffffffe, "syscall_0x*fffe(0x11, *" },
	{ -1, "syscall_0x*ffff(0x11, *" },
	{ -3, "syscall_0x*fffd(0x11, *" },
};

#define N_NO_CALLS	(sizeof(no_calls) / sizeof(no_calls[0]))

static int role_numbers(void)
{
	for (size_t i = 0; i < N_NO_CALLS; i++)
		if (syscall(no_calls[i].nr, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66) != -1 ||
		    errno != ENOSYS)
			return 1;
	return 7;
}

/* With bytes of all kinds in buffers and paths. */
static int role_bytes(void)
{
	unsigned char all[256];
	int fd = open("/dev/null", O_WRONLY);

	for (int i = 0; i < 256; i++)
		all[i] = i;
	syscall(SYS_write, fd, all, 256);
	syscall(SYS_write, fd, "\0000\0001\0007\0008\0009\000a\00077\1778", 20);
	syscall(SYS_write, fd, "\n\n\n", 3);
	syscall(SYS_write, fd, "", 0);
	syscall(SYS_write, fd, all, 5);
	syscall(SYS_openat, AT_FDCWD, "\33[31mcaf\303\251\1772\1", O_RDONLY);
	return 0;
}

/* 7 if all these signals are ignored, and blocked if they can be, as at start. */
static int role_ignored(void)
{
	struct sigaction sa;
	sigset_t set;

	sigprocmask(SIG_SETMASK, NULL, &set);
	for (int sig = 1; sig < 32; sig++) {
		if (sig == SIGKILL || sig == SIGSTOP)
			continue;
		sigaction(sig, NULL, &sa);
		if (sa.sa_handler != SIG_IGN)
			return 100 + sig;
		if (!sigismember(&set, sig))
			return 150 + sig;
	}
	return 7;
}

static void *exec_argv(void *argv)
{
	usleep(1000);
	execv(((char **)argv)[0], argv);
	return argv;
}

/*
 * A thread that is not the leader executes a program, this one if none is named, while
 * the leader waits.
 */
static int role_thread_exec(char **argv)
{
	static char seven[] = "seven";
	char *again[] = { self, seven, NULL };
	pthread_t t;
	char c;

	if (pipe(pipefd) || pthread_create(&t, NULL, exec_argv, *argv ? argv : again))
		return 1;
	for (;;)
		syscall(SYS_read, pipefd[0], &c, 1);
}

static int role_read(const char *file)
{
	int fd = open(file, O_RDWR);
	char c;

	counter = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (counter == MAP_FAILED || pipe(pipefd))
		return 1;
	counter[0] = getpid();
	syscall(SYS_read, pipefd[0], &c, 1);
	return 0;
}

/* With memory of many kinds. */
static int role_memory(void)
{
	char one[8] = "one", four[8] = "four";
	struct iovec iov[2] = { { one, 3 }, { four, 4 } };
	struct sockaddr_un un = { .sun_family = AF_UNIX, .sun_path = "\0trace_tool" };
	struct sockaddr_in in = { .sin_family = AF_INET, .sin_port = htons(9) };
	struct msghdr msg = { .msg_iov = iov, .msg_iovlen = 1 };
	struct timespec ts = { 0, 2000 }, none = { 0, 0 };
	struct pollfd pfd = { .events = POLLIN | POLLOUT };
	socklen_t len = sizeof(un);
	int fds[2], fd;

	if (pipe(fds))
		return 1;
	syscall(SYS_writev, fds[1], iov, 2);
	syscall(SYS_readv, fds[0], iov, 2);
	fd = socket(AF_UNIX, SOCK_DGRAM, 0);
	/* C libraries make these by socketcall() on s390x. */
	syscall(SYS_bind, fd, &un, 13);
	syscall(SYS_getsockname, fd, &un, &len);
	in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	syscall(SYS_connect, socket(AF_INET, SOCK_DGRAM, 0), &in, sizeof(in));
	syscall(SYS_connect, fd, &un, 13);
	syscall(SYS_sendmsg, fd, &msg, 0);
	syscall(SYS_clock_nanosleep, CLOCK_MONOTONIC, 0, &ts, NULL);
	pfd.fd = fds[1];
	pfd.events = POLLIN | POLLOUT;
	syscall(SYS_ppoll, &pfd, 1, &none, NULL, 0);
	return 7;
}

static void on_stop_signal(int sig)
{
	(void)sig;
}

/* The loop, which handles the terminal's stop key. */
static int role_loop_tstp(const char *file)
{
	signal(SIGTSTP, on_stop_signal);
	return role_loop(file);
}

/* --- helpers ------------------------------------------------------------ */

static void note(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	printf("# ");
	vprintf(fmt, ap);
	printf("\n");
	va_end(ap);
	test_bad++;
}

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec + ts.tv_nsec / 1e9;
}

static void pause_ms(int ms)
{
	struct timespec ts = { ms / 1000, ms % 1000 * 1000000L };

	nanosleep(&ts, NULL);
}

static char *slurp(const char *file)
{
	static char *texts[4];
	static unsigned int next;
	char **text = &texts[next++ % 4];
	size_t len = 0, n;
	FILE *f = fopen(file, "r");

	free(*text);
	*text = malloc(4 << 20);
	if (!*text)
		abort();
	while (f && (n = fread(*text + len, 1, (4 << 20) - 1 - len, f)) > 0)
		len += n;
	if (f)
		fclose(f);
	(*text)[len] = '\0';
	return *text;
}

/* A file of a process in /proc. */
static const char *in_proc(pid_t pid, const char *name)
{
	static char path[256];

	snprintf(path, sizeof(path), "/proc/%d/%s", pid, name);
	return path;
}

static void show(const char *file)
{
	char *text = slurp(file), *line, *save = NULL;
	int n = 0;

	printf("# %s:\n", file);
	for (line = strtok_r(text, "\n", &save); line && n < 60;
	     line = strtok_r(NULL, "\n", &save), n++)
		printf("#   %s\n", line);
}

/* How many lines fit the pattern (* and ?, no escapes)? */
static int lines(const char *file, const char *pattern)
{
	char *text = slurp(file), *line, *save = NULL;
	int n = 0;

	for (line = strtok_r(text, "\n", &save); line;
	     line = strtok_r(NULL, "\n", &save))
		n += fnmatch(pattern, line, FNM_NOESCAPE) == 0;
	return n;
}

static void want(const char *file, const char *pattern, int min, int max)
{
	int n = lines(file, pattern);

	if (n >= min && n <= max)
		return;
	note("%d lines (not %d to %d) are like: %s", n, min, max, pattern);
	show(file);
}

/*
 * One call in a trace of several threads, whole or in two halves with lines of
 * other threads between them.
 */
static void want_call(const char *name, const char *args, const char *result)
{
	char whole[160], begun[160], resumed[160];

	snprintf(whole, sizeof(whole), "* %s%s) *= %s", name, args, result);
	snprintf(begun, sizeof(begun), "* %s%s* <unfinished ...>", name, args);
	snprintf(resumed, sizeof(resumed), "* <... %s resumed>*) *= %s", name,
		 result);
	if (lines(out, whole) == 1 && !lines(out, begun))
		return;
	if (!lines(out, whole) && lines(out, begun) == 1 && lines(out, resumed) >= 1)
		return;
	note("not once, whole or in halves: %s%s) = %s", name, args, result);
	show(out);
}

/* How often is the text in the file? */
static void want_text(const char *file, const char *text, int n)
{
	const char *p = slurp(file);
	int found = 0;

	while ((p = strstr(p, text))) {
		found++;
		p += strlen(text);
	}
	if (found == n)
		return;
	note("%d times (not %d): %s", found, n, text);
	show(file);
}

static bool wait_lines(const char *file, const char *pattern, int n)
{
	double end = now() + DEADLINE;

	while (lines(file, pattern) < n) {
		if (now() > end) {
			note("no %d lines in %d s like: %s", n, DEADLINE, pattern);
			show(file);
			show(err);
			return false;
		}
		pause_ms(50);
	}
	return true;
}

/* Start a program; its standard error goes to @err. */
static pid_t start(const char *program, const char *first, va_list ap)
{
	const char *argv[32] = { program, first };
	pid_t pid;
	int n = 1, fd;

	while (first && n < 30)
		argv[++n] = first = va_arg(ap, const char *);
	fflush(stdout);
	pid = fork();
	if (pid)
		return pid;
	fd = open(err, O_WRONLY | O_CREAT | O_APPEND, 0644);
	if (fd < 0 || dup2(fd, STDERR_FILENO) < 0)
		_exit(126);
	close(fd);
	execv(program, (char **)argv);
	_exit(126);
}

static pid_t start_self(const char *role, ...)
{
	va_list ap;
	pid_t pid;

	va_start(ap, role);
	pid = start(self, role, ap);
	va_end(ap);
	return pid;
}

static pid_t start_trace(const char *arg, ...)
{
	const char *argv[32] = { utrace, "trace", arg };
	va_list ap;
	pid_t pid;
	int n = 2, fd;

	va_start(ap, arg);
	while (argv[n] && n < 30)
		argv[++n] = va_arg(ap, const char *);
	va_end(ap);
	fflush(stdout);
	pid = fork();
	if (pid)
		return pid;
	fd = open(err, O_WRONLY | O_CREAT | O_APPEND, 0644);
	if (fd < 0 || dup2(fd, STDERR_FILENO) < 0)
		_exit(126);
	close(fd);
	execv(utrace, (char **)argv);
	_exit(126);
}

static int end_of(pid_t pid, const char *who)
{
	double end = now() + DEADLINE;
	int status = 0;

	while (waitpid(pid, &status, WNOHANG) != pid) {
		if (now() > end) {
			note("%s does not end", who);
			show(err);
			kill(pid, SIGKILL);
			waitpid(pid, &status, 0);
			return -1;
		}
		pause_ms(10);
	}
	return status;
}

static void want_exit(pid_t pid, const char *who, int code)
{
	int status = end_of(pid, who);

	if (status < 0 || (WIFEXITED(status) && WEXITSTATUS(status) == code))
		return;
	note("%s: wait status %#x, not exit status %d", who, status, code);
	show(err);
}

static void want_signal(pid_t pid, const char *who, int sig)
{
	int status = end_of(pid, who);

	if (status < 0 || (WIFSIGNALED(status) && WTERMSIG(status) == sig))
		return;
	note("%s: wait status %#x, not killed by signal %d", who, status, sig);
	show(err);
}

static pid_t start_loop(void)
{
	pid_t pid;
	double end = now() + DEADLINE;

	counter[0] = counter[1] = 0;
	pid = start_self("loop", progress, NULL);
	while (!counter[0] && now() < end)
		pause_ms(10);
	if (!counter[0])
		note("the loop does not start");
	return pid;
}

static void want_progress(const char *when)
{
	unsigned long before = counter[0];
	double end = now() + DEADLINE;

	while (counter[0] < before + 5) {
		if (now() > end) {
			note("the target does not run on %s", when);
			return;
		}
		pause_ms(10);
	}
}

static void end_loop(pid_t pid)
{
	counter[1] = 1;
	want_exit(pid, "the loop", 5);
}

static const char *num(long n)
{
	static char bufs[4][24];
	static unsigned int next;
	char *buf = bufs[next++ % 4];

	snprintf(buf, sizeof(bufs[0]), "%ld", n);
	return buf;
}

/* --- the tests ---------------------------------------------------------- */

static void test_command(void)
{
	want_exit(start_trace("-o", out, self, "calls", NULL), "utrace", 7);
	want(out, "execve(\"*trace_tool*\", ?\"*trace_tool*\", \"calls\"?, 0x* * var* */) *= 0",
	     1, 1);
	if (strncmp(slurp(out), "execve(", 7)) {
		note("the first line is not execve's");
		show(out);
	}
	want(out, "openat(AT_FDCWD, \"/nonexistent/file\", 0) = -1 ENOENT (No such file or directory)", 1, 1);
	want(out, "openat(AT_FDCWD, \"/dev/zero\", 0x2) *= ?", 1, 1);
	want(out, "write(?, \"hello utrace\\n\", 13) *= 13", 1, 1);
	want(out, "read(?, \"\\0\\0\\0\\0\", 4) *= 4", 1, 1);
	want(out, "close(12345) *= -1 EBADF (Bad file descriptor)", 1, 1);
	want(out, "umask(027) *= 022", 1, 1);
	want(out, "kill(-99999, SIGTERM) *= -1 ESRCH (No such process)", 1, 1);
	want(out, "getcwd(0x*, 0) *= -1 ERANGE (Numerical result out of range)", 1, 1);
	want(out, "exit_group(7) *= ?", 1, 1);
	want(out, "+++ exited with 7 +++", 1, 1);
	want(out, "*unfinished*", 0, 0);
	want(out, "syscall_0x*", 0, 0);
}

static void test_stderr(void)
{
	want_exit(start_trace(self, "calls", NULL), "utrace", 7);
	want(err, "write(?, \"hello utrace\\n\", 13) *= 13", 1, 1);
	want(err, "+++ exited with 7 +++", 1, 1);
	want(err, "utrace:*", 0, 0);
}

static void test_set(void)
{
	want_exit(start_trace("-e", "trace=write", "-o", out, self, "calls", NULL),
		  "utrace", 7);
	want(out, "write(*", 1, 1);
	want(out, "*(*", 1, 1);
	want(out, "+++ exited with 7 +++", 1, 1);
}

static void test_set_inverted(void)
{
	want_exit(start_trace("-e", "!write", "-o", out, self, "calls", NULL),
		  "utrace", 7);
	want(out, "write(*", 0, 0);
	want(out, "openat(*/nonexistent/file*", 1, 1);
}

static void test_set_class(void)
{
	want_exit(start_trace("-e", "%file", "-o", out, self, "calls", NULL),
		  "utrace", 7);
	want(out, "execve(*", 1, 1);
	want(out, "openat(*/nonexistent/file*", 1, 1);
	want(out, "write(*", 0, 0);
	want(out, "umask(*", 0, 0);
}

static void test_set_none(void)
{
	want_exit(start_trace("-e", "none", "-o", out, self, "calls", NULL),
		  "utrace", 7);
	want(out, "*", 1, 1);
	want(out, "+++ exited with 7 +++", 1, 1);
}

static void test_string_limit(void)
{
	want_exit(start_trace("-s", "5", "-e", "write,openat", "-o", out, self,
			      "calls", NULL), "utrace", 7);
	want(out, "write(?, \"hello\"..., 13) *= 13", 1, 1);
	want(out, "openat(AT_FDCWD, \"/nonexistent/file\", 0) *", 1, 1);
}

static void test_killed(void)
{
	want_signal(start_trace("-o", out, self, "killed", NULL), "utrace", SIGTERM);
	want(out, "+++ killed by SIGTERM +++", 1, 1);
}

static void test_clean(void)
{
	want_exit(start_trace("-o", out, self, "clean", NULL), "utrace", 0);
}

static void test_no_command(void)
{
	want_exit(start_trace("/nonexistent/program", NULL), "utrace", 1);
	want(err, "utrace: *'/nonexistent/program': No such file or directory", 1, 1);
}

static void test_no_exec(void)
{
	want_exit(start_trace("-o", out, progress, NULL), "utrace", 126);
	want(out, "execve(\"/tmp/*\", ?\"/tmp/*\"?, 0x* * var* */) *= -1 EACCES (Permission denied)",
	     1, 1);
	want(err, "utrace: cannot execute '/tmp/*': Permission denied", 1, 1);
}

static void test_attach(void)
{
	pid_t loop = start_loop(), tracer;

	tracer = start_trace("-p", num(loop), "-o", out, NULL);
	wait_lines(out, "write(?, \"x\", 1) *= 1", 20);
	kill(tracer, SIGINT);
	want_signal(tracer, "utrace", SIGINT);
	want(err, "utrace: Process * attached", 1, 1);
	want(err, "utrace: Process * detached", 1, 1);
	want(out, "*nanosleep({tv_sec=0, tv_nsec=1000000}, NULL) *= 0", 15, 1 << 20);
	want_progress("after SIGINT to the tracer");
	end_loop(loop);
}

static void test_attach_end(void)
{
	pid_t loop = start_loop(), tracer;

	tracer = start_trace("-qp", num(loop), "-o", out, NULL);
	wait_lines(out, "write(*", 3);
	end_loop(loop);
	want_exit(tracer, "utrace", 0);
	want(out, "exit_group(5) *= ?", 1, 1);
	want(out, "+++ exited with 5 +++", 1, 1);
	want(err, "*", 0, 0);
}

static void test_tracer_killed(void)
{
	pid_t loop = start_loop(), tracer;

	tracer = start_trace("-p", num(loop), "-o", out, NULL);
	wait_lines(out, "write(*", 3);
	kill(tracer, SIGKILL);
	want_signal(tracer, "utrace", SIGKILL);
	want_progress("after its tracer was killed");
	end_loop(loop);
}

/* The number of the descriptors of @pid that are of @file. */
static int descriptors(pid_t pid, const char *file)
{
	char path[64], link[256];
	int fd, n = 0;
	ssize_t len;

	for (fd = 0; fd < 64; fd++) {
		snprintf(path, sizeof(path), "fd/%d", fd);
		len = readlink(in_proc(pid, path), link, sizeof(link) - 1);
		link[len < 0 ? 0 : len] = '\0';
		n += !strcmp(link, file);
	}
	return n;
}

/* The number of sessions that are attached to @pid. */
static int sessions_of(pid_t pid)
{
	const char *p = slurp(in_proc(pid, "utrace"));
	int n = 0;

	while ((p = strstr(p, "session"))) {
		n++;
		p++;
	}
	return n;
}

/* A session that holds the threads that it is attached to before each execve(). */
static struct utrace_session *open_exec_holder(void)
{
	struct utrace_config config = { .hold = UTRACE_EV_BIT(UTRACE_EV_SYSCALL_ENTRY) };
	struct utrace_session *s = utrace_open(0);
	struct utrace_table *table;
	struct utrace_info info;

	if (!s || utrace_info(s, &info) < 0 || utrace_config(s, &config) < 0) {
		note("%s", utrace_error(s));
		return NULL;
	}
	table = utrace_table_new(info.arch);
	utrace_table_set(table, SYS_execve, UTRACE_SC_HOLD_ENTRY);
	if (utrace_table_load(s, table) < 0)
		note("%s", utrace_error(s));
	utrace_table_free(table);
	return s;
}

/* Release @tracer from its own execve(), and return the child that comes to another one. */
static pid_t wait_child_exec(struct utrace_session *s, pid_t tracer)
{
	const struct utrace_record *rec;

	while (utrace_next_timeout(s, &rec, DEADLINE * 1000) > 0) {
		if (rec->type != UTRACE_EV_SYSCALL_ENTRY)
			continue;
		if (rec->pid != tracer)
			return rec->pid;
		utrace_release(s, rec->thread, rec->seq);
	}
	note("the tracer's child does not execute the command");
	return 0;
}

/* Another session holds the command's process before its execve(). */
static void test_tracer_killed_before_exec(void)
{
	struct utrace_attach attach = { .flags = UTRACE_ATTACH_CHILDREN };
	struct utrace_session *s = open_exec_holder();
	pid_t tracer, child;
	int go[2], status;
	char c;

	if (!s || pipe(go)) {
		note("no session, or no pipe");
		return;
	}
	/* What the tracer leaves behind comes to this process. */
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	fflush(stdout);
	tracer = fork();
	if (!tracer) {
		if (read(go[0], &c, 1) != 1)
			_exit(126);
		close(go[0]);
		close(go[1]);
		execl(utrace, utrace, "trace", "-o", out, progress, NULL);
		_exit(126);
	}
	if (utrace_attach_pid(s, tracer, &attach) < 0)
		note("%s", utrace_error(s));
	if (write(go[1], "", 1) != 1)
		note("no pipe: %s", strerror(errno));
	close(go[0]);
	close(go[1]);

	child = wait_child_exec(s, tracer);
	if (child) {
		if (sessions_of(child) != 2)
			note("the command's process is not traced by both");
		if (descriptors(child, "/dev/utrace"))
			note("the command's process has the session open");
		if (descriptors(tracer, "/dev/utrace") != 1)
			note("the tracer does not have the session open once");
	}
	kill(tracer, SIGKILL);
	want_signal(tracer, "utrace", SIGKILL);
	if (child && sessions_of(child) != 1)
		note("the session outlives its tracer");
	utrace_close(s);
	if (child)
		want_exit(child, "the command's process", 126);
	while (waitpid(-1, &status, WNOHANG) > 0)
		note("one more process is left");
	prctl(PR_SET_CHILD_SUBREAPER, 0);
}

static void test_two(void)
{
	pid_t loop = start_loop(), a, b;

	a = start_trace("-p", num(loop), "-e", "write", "-o", out, NULL);
	b = start_trace("-p", num(loop), "-e", "nanosleep", "-o", out2, NULL);
	wait_lines(out, "write(*", 10);
	wait_lines(out2, "nanosleep(*", 10);
	kill(a, SIGTERM);
	want_signal(a, "the first utrace", SIGTERM);
	/* the other one goes on */
	wait_lines(out2, "nanosleep(*", lines(out2, "nanosleep(*") + 10);
	end_loop(loop);
	want_exit(b, "the second utrace", 0);
	want(out, "nanosleep(*", 0, 0);
	want(out2, "write(*", 0, 0);
	want(out2, "+++ exited with 5 +++", 1, 1);
}

static void test_fork(void)
{
	want_exit(start_trace("-f", "-o", out, self, "fork", NULL), "utrace", 0);
	want_call("openat", "(AT_FDCWD, \"/nonexistent/child\", 0", "-1 ENOENT *");
	want_call("openat", "(AT_FDCWD, \"/nonexistent/parent\", 0", "-1 ENOENT *");
	want(out, "* +++ exited with 3 +++", 1, 1);
	want(out, "* +++ exited with 0 +++", 1, 1);
	want(err, "utrace: Process * attached", 1, 1);
}

static void test_no_follow(void)
{
	want_exit(start_trace("-o", out, self, "fork", NULL), "utrace", 0);
	want(out, "*/nonexistent/child*", 0, 0);
	want(out, "openat(AT_FDCWD, \"/nonexistent/parent\", 0) = -1 ENOENT *", 1, 1);
	want(out, "+++ exited with 3 +++", 0, 0);
}

static void test_threads(void)
{
	want_exit(start_trace("-f", "-e", "write", "-o", out, self, "threads", NULL),
		  "utrace", 0);
	/* each call once: whole, or in two halves */
	if (lines(out, "* write(?, \"tttt\", 4) *= 4") +
	    lines(out, "* <... write resumed>) *= 4") != THREADS * WRITES) {
		note("not %d writes", THREADS * WRITES);
		show(out);
	}
	want(out, "* write(?, \"tttt\", 4*", THREADS * WRITES, THREADS * WRITES);
	want(out, "* +++ exited with 0 +++", THREADS + 1, THREADS + 1);
	want(err, "utrace: Process * attached", THREADS, THREADS);
}

/* How often read() was begun in a line of its own, which may have been interrupted. */
static int begun_reads(void)
{
	return lines(out, "* read(?, ") + lines(out, "* read(?,  <unfinished ...>");
}

static void test_unfinished(void)
{
	double end = now() + DEADLINE;
	pid_t tracer;

	counter[1] = 0;
	tracer = start_trace("-f", "-o", out, self, "block", progress, NULL);
	while (!begun_reads() && now() < end)
		pause_ms(10);
	/* After the deadline too, so that the test tells what the trace has instead. */
	counter[1] = 1;
	want_exit(tracer, "utrace", 0);
	want(out, "* read(?,  <unfinished ...>", 1, 1);
	want(out, "* <... read resumed>\"go\", 16) *= 2", 1, 1);
	want(out, "* openat(AT_FDCWD, \"/nonexistent/between\", 0) *ENOENT*", 1, 1);
}

static void test_full(void)
{
	pid_t loop = start_loop();

	want_exit(start_trace("-p", num(loop), "-o", "/dev/full", NULL), "utrace", 1);
	want(err, "utrace: cannot write the trace to /dev/full: No space left on device", 1, 1);
	want_progress("after the tracer's disk was full");
	end_loop(loop);
}

static void test_no_output(void)
{
	want_exit(start_trace("-o", "/nonexistent/out", self, "calls", NULL),
		  "utrace", 1);
	want(err, "utrace: cannot create /nonexistent/out for the trace: No such file or directory", 1, 1);
}

static void test_bad_name(void)
{
	want_exit(start_trace("-e", "trace=opne", self, "calls", NULL), "utrace", 1);
	want(err, "utrace: invalid system call 'opne'", 1, 1);
}

static void test_kernel_thread(void)
{
	want_exit(start_trace("-p", "2", NULL), "utrace", 1);
	want(err, "utrace: cannot attach to process 2: it is a kernel thread", 1, 1);
}

static void test_dead(void)
{
	pid_t pid = fork();

	if (!pid)
		_exit(0);
	/* a zombie first, then nothing at all */
	siginfo_t info;

	waitid(P_PID, pid, &info, WEXITED | WNOWAIT);
	want_exit(start_trace("-p", num(pid), NULL), "utrace", 1);
	waitpid(pid, NULL, 0);
	want_exit(start_trace("-p", num(pid), NULL), "utrace", 1);
	want(err, "utrace: cannot attach to process *: no such process, or it is dead",
	     2, 2);
}

static void test_itself(void)
{
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (!pid) {
		int fd = open(err, O_WRONLY | O_CREAT | O_APPEND, 0644);

		dup2(fd, STDERR_FILENO);
		execl(utrace, utrace, "trace", "-p", num(getpid()), NULL);
		_exit(126);
	}
	want_exit(pid, "utrace", 1);
	want(err, "utrace: cannot attach to process *: a tracer cannot attach to itself",
	     1, 1);
}

static void *just_wait(void *arg)
{
	*(pid_t *)arg = syscall(SYS_gettid);
	for (;;)
		pause();
	return NULL;
}

static void test_thread_id(void)
{
	static volatile pid_t tid;
	pthread_t t;

	if (pthread_create(&t, NULL, just_wait, (void *)&tid)) {
		note("no thread");
		return;
	}
	while (!tid)
		pause_ms(10);
	want_exit(start_trace("-p", num(tid), NULL), "utrace", 1);
	want(err, "utrace: cannot attach to process *: it is a thread, and only whole processes can be attached to",
	     1, 1);
	pthread_cancel(t);
	pthread_join(t, NULL);
}

/*
 * Let the user nobody use the device; what the process lets nobody do is another matter.
 * The root of an initramfs may keep other users out of everything.
 */
static bool open_to_all(mode_t *device)
{
	struct stat st;

	if (stat("/", &st) || chmod("/", (st.st_mode & 07777) | 0111) ||
	    stat("/dev/utrace", &st) || chmod("/dev/utrace", 0666)) {
		note("chmod of / and /dev/utrace: %s", strerror(errno));
		return false;
	}
	*device = st.st_mode & 07777;
	return true;
}

static int drop_privileges(void)
{
	return setgid(NOBODY) || setuid(NOBODY);
}

/* A filter that allows every call. */
static int install_filter(void)
{
	struct sock_filter allow = BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	struct sock_fprog program = { .len = 1, .filter = &allow };

	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ||
	       prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program);
}

/* Run "utrace trace" as nobody, on process @target, or on a command if that is 0. */
static void trace_as_nobody(pid_t target, bool seccomp, const char *message)
{
	mode_t device;
	pid_t pid;

	if (!open_to_all(&device))
		return;
	unlink(err);
	fflush(stdout);
	pid = fork();
	if (!pid) {
		int fd = open(err, O_WRONLY | O_CREAT | O_APPEND, 0644);

		dup2(fd, STDERR_FILENO);
		if (drop_privileges() || (seccomp && install_filter()))
			_exit(125);
		if (target)
			execl(utrace, utrace, "trace", "-p", num(target), NULL);
		else
			execl(utrace, utrace, "trace", utrace, "help", NULL);
		_exit(126);
	}
	want_exit(pid, "utrace", 1);
	want(err, message, 1, 1);
	chmod("/dev/utrace", device);
}

static void test_permission(void)
{
	pid_t loop = start_loop();

	trace_as_nobody(loop, false, "utrace: cannot attach to process *: it belongs to another user (need CAP_SYS_PTRACE)");
	want_progress("after an attempt to attach to it");
	end_loop(loop);
}

static bool get_sysctl(const char *file, char old[16])
{
	int fd = open(file, O_RDONLY);
	ssize_t n = fd < 0 ? -1 : read(fd, old, 15);

	if (fd >= 0)
		close(fd);
	old[n < 0 ? 0 : n] = '\0';
	return n > 0;
}

static void set_sysctl(const char *file, const char *value)
{
	int fd = open(file, O_WRONLY);

	if (fd < 0 || write(fd, value, strlen(value)) < 0)
		note("cannot write %s: %s", file, strerror(errno));
	if (fd >= 0)
		close(fd);
}

static void test_unprivileged(void)
{
	char old[16];

	if (!get_sysctl(UNPRIVILEGED, old)) {
		note("cannot read " UNPRIVILEGED ": %s", strerror(errno));
		return;
	}
	set_sysctl(UNPRIVILEGED, "1");
	trace_as_nobody(0, true, "utrace: cannot attach to process *: the tracer is under seccomp (need CAP_SYS_PTRACE, or kernel.utrace.unprivileged=2)");
	set_sysctl(UNPRIVILEGED, "0");
	trace_as_nobody(0, false, "utrace: cannot attach to process *: kernel.utrace.unprivileged is 0 (need CAP_SYS_PTRACE)");
	set_sysctl(UNPRIVILEGED, old);
}

/*
 * A process of nobody's.  A change of the user makes a process not dumpable, until it
 * executes a program.
 */
static pid_t start_nobody(bool dumpable)
{
	double end = now() + DEADLINE;
	pid_t pid;

	counter[0] = 0;
	fflush(stdout);
	pid = fork();
	if (!pid) {
		if (drop_privileges() ||
		    (dumpable && prctl(PR_SET_DUMPABLE, 1, 0, 0, 0)))
			_exit(125);
		counter[0] = 1;
		for (;;)
			pause();
	}
	while (!counter[0] && now() < end)
		pause_ms(10);
	if (!counter[0])
		note("no process of nobody's");
	return pid;
}

static void end_nobody(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

static void test_not_dumpable(void)
{
	pid_t pid = start_nobody(false);

	trace_as_nobody(pid, false, "utrace: cannot attach to process *: it is not dumpable, see prctl(2) (need CAP_SYS_PTRACE)");
	end_nobody(pid);
}

static void test_yama(void)
{
	char old[16];
	pid_t pid;

	if (!get_sysctl(YAMA_SCOPE, old)) {
		skip_reason = "no Yama";
		return;
	}
	pid = start_nobody(true);
	set_sysctl(YAMA_SCOPE, "1");
	trace_as_nobody(pid, false, "utrace: cannot attach to process *: kernel.yama.ptrace_scope is 1, and it is no descendant of the tracer (need CAP_SYS_PTRACE)");
	set_sysctl(YAMA_SCOPE, "2");
	trace_as_nobody(pid, false, "utrace: cannot attach to process *: kernel.yama.ptrace_scope is 2 (need CAP_SYS_PTRACE)");
	set_sysctl(YAMA_SCOPE, old);
	end_nobody(pid);
}

static void test_twice(void)
{
	pid_t loop = start_loop(), tracer;

	tracer = start_trace("-p", num(loop), "-p", num(loop), "-o", out, NULL);
	wait_lines(out, "*write(*", 5);
	end_loop(loop);
	want_exit(tracer, "utrace", 0);
	want(err, "utrace: cannot attach to process *: this session is attached to it already",
	     1, 1);
	want(out, "*+++ exited with 5 +++", 1, 1);
}

static void test_numbers(const char *set, int times)
{
	unlink(out);
	want_exit(start_trace("-e", set, "-o", out, self, "numbers", NULL), "utrace", 7);
	for (size_t i = 0; i < N_NO_CALLS; i++)
		want(out, no_calls[i].line, times, times);
	want(out, "syscall_0x*(0x11, 0x22, 0x33, 0x44, 0x55, 0x66) *= -1 ENOSYS (Function not implemented)",
	     times * N_NO_CALLS, times * N_NO_CALLS);
}

static void test_no_calls(void)
{
	test_numbers("all", 1);
	test_numbers("!none", 1);
	test_numbers("!write", 1);
	test_numbers("write", 0);
	test_numbers("none", 0);
}

static void test_bytes(const char *limit, const char *all, const char *digits,
		       const char *lines_text, const char *five)
{
	unlink(out);
	want_exit(start_trace("-s", limit, "-a", "1", "-e", "write,openat", "-o", out,
			      self, "bytes", NULL), "utrace", 0);
	want_text(out, all, 1);
	want_text(out, digits, 1);
	want_text(out, lines_text, 1);
	want_text(out, ", \"\", 0) = 0\n", 1);
	want_text(out, five, 1);
	want_text(out, "openat(AT_FDCWD, \"\\33[31mcaf\\303\\251\\1772\\1\", 0) = -1 ENOENT", 1);
	for (const char *p = slurp(out); *p; p++) {
		if ((*p < ' ' && *p != '\n') || *p > '~') {
			note("byte %#x in the trace", (unsigned char)*p);
			break;
		}
	}
}

/* What strace 6.1 prints of the same bytes. */
static void test_string_bytes(void)
{
	static const char all[] = "(3, \"\\0\\1\\2\\3\\4\\5\\6\\7\\10\\t\\n\\v\\f\\r\\16\\17\\20\\21\\22\\23\\24\\25\\26\\27\\30\\31\\32\\33\\34\\35\\36\\37";
	static const char digits[] = "\"\\0000\\0001\\0007\\08\\09\\0a\\00077\\1778\\0\\0\\0\", 20) = 20\n";
	char text[256];

	snprintf(text, sizeof(text), "%s !\\\"#$%%&'()*+,-./0123456789:;<=>?@ABC", all);
	test_bytes("300", text, digits, "(3, \"\\n\\n\\n\", 3) = 3\n",
		   "(3, \"\\0\\1\\2\\3\\4\", 5) = 5\n");
	snprintf(text, sizeof(text), "%s\"..., 256) = 256\n", all);
	test_bytes("32", text, digits, "(3, \"\\n\\n\\n\", 3) = 3\n",
		   "(3, \"\\0\\1\\2\\3\\4\", 5) = 5\n");
	test_bytes("5", "(3, \"\\0\\1\\2\\3\\4\"..., 256) = 256\n",
		   "(3, \"\\0000\\0001\\0\"..., 20) = 20\n",
		   "(3, \"\\n\\n\\n\", 3) = 3\n",
		   "(3, \"\\0\\1\\2\\3\\4\", 5) = 5\n");
	test_bytes("0", "(3, \"\"..., 256) = 256\n", "(3, \"\"..., 20) = 20\n",
		   "(3, \"\"..., 3) = 3\n", "(3, \"\"..., 5) = 5\n");
}

/* Run the tracer as a program that ignores and blocks all that can be. */
static pid_t start_ignoring(int only, const char *role)
{
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (!pid) {
		int fd = open(err, O_WRONLY | O_CREAT | O_APPEND, 0644);
		sigset_t set;

		for (int sig = 1; sig < 32; sig++)
			if (!only || sig == only)
				signal(sig, SIG_IGN);
		sigfillset(&set);
		if (!only)
			sigprocmask(SIG_SETMASK, &set, NULL);
		dup2(fd, STDERR_FILENO);
		close(fd);
		execl(utrace, utrace, "trace", "-o", out, self, role, NULL);
		_exit(126);
	}
	return pid;
}

static void test_dispositions(void)
{
	want_exit(start_ignoring(0, "ignored"), "utrace", 7);
	want(err, "*", 0, 0);
	want(out, "+++ exited with 7 +++", 1, 1);
}

static void test_sigchld(void)
{
	want_exit(start_ignoring(SIGCHLD, "calls"), "utrace", 7);
	want(err, "*", 0, 0);
	want_signal(start_ignoring(SIGCHLD, "killed"), "utrace", SIGTERM);
	want(err, "*", 0, 0);
}

/*
 * So many execve() that succeed, in lines that are whole or resumed.  Whether the thread has
 * slept in the call, so that its line was begun earlier, depends on the other threads.
 */
static void want_execs(int n)
{
	int found = lines(out, "* execve(\"*\", *) *= 0") +
		    lines(out, "* <... execve resumed>) *= 0");

	if (found == n)
		return;
	note("%d calls of execve, and not %d", found, n);
	show(out);
}

static void test_thread_exec(void)
{
	const char *text, *superseded, *resumed;

	for (int i = 0; i < 10 && !test_bad; i++) {
		unlink(out);
		want_exit(start_trace("-f", "-o", out, self, "thread-exec", NULL),
			  "utrace", 7);
		want(out, "* +++ superseded by execve in pid * +++", 1, 1);
		want(out, "* +++ exited with 7 +++", 1, 1);
		want(out, "* +++ *", 2, 2);
		want_execs(2);
		text = slurp(out);
		superseded = strstr(text, "+++ superseded");
		resumed = strstr(text, "<... execve resumed>");
		if (superseded && resumed && superseded > resumed) {
			note("the id's old owner ends after its new one goes on");
			show(out);
		}
	}
}

/* A 32-bit program beside this one; NULL, with the reason, if none can be executed. */
static const char *program32(void)
{
	static char file[sizeof(self) + 16];
	pid_t pid;
	int status;

	snprintf(file, sizeof(file), "%.*s/utrace_tracer32",
		 (int)(strrchr(self, '/') - self), self);
	if (access(file, X_OK)) {
		skip_reason = "no 32-bit program was built";
		return NULL;
	}
	fflush(stdout);
	pid = fork();
	if (!pid) {
		execl(file, file, "role-seven", NULL);
		_exit(126);
	}
	status = end_of(pid, file);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 126) {
		skip_reason = "the kernel executes no 32-bit programs";
		return NULL;
	}
	return file;
}

/*
 * A thread of @from executes @to, whose words have another size.  Other lines come
 * between the entry and the exit of the call.  Its number means another call in the
 * table of @to, so the exit must be looked up in the table of @from.
 */
static void test_exec_into(const char *from, const char *role, const char *to,
			   const char *to_role)
{
	static const char *const sets[] = { "all", "execve", "!write" };
	char begun[320];

	snprintf(begun, sizeof(begun), "* execve(\"%s\", ?\"%s\", \"%s\"?, 0x* * var* *", to, to,
		 to_role);
	for (size_t i = 0; i < sizeof(sets) / sizeof(sets[0]); i++) {
		unlink(out);
		want_exit(start_trace("-f", "-e", sets[i], "-o", out, from, role,
				      to, to_role, NULL), "utrace", 7);
		want(out, begun, 1, 1);
		want(out, "* +++ superseded by execve in pid * +++", 1, 1);
		want_execs(2);
		want(out, "* +++ exited with 7 +++", 1, 1);
	}
}

static void test_word_size(void)
{
	const char *file = program32();

	if (!file)
		return;
	test_exec_into(self, "thread-exec", file, "role-seven");
	test_exec_into(file, "role-exec", self, "seven");
}

static void test_killed_in_call(void)
{
	double end = now() + DEADLINE;
	pid_t tracer;

	counter[0] = 0;
	tracer = start_trace("-o", out, self, "read", progress, NULL);
	while (!counter[0] && now() < end)
		pause_ms(10);
	wait_lines(out, "read(?, ", 1);
	kill(counter[0], SIGKILL);
	want_signal(tracer, "utrace", SIGKILL);
	/* The kernel may have had a result, which tells the program to call again. */
	want(out, "read(?, *) *= ?*", 1, 1);
	want(out, "+++ killed by SIGKILL +++", 1, 1);
}

static void test_some_pids(void)
{
	pid_t loop = start_loop(), dead = fork(), tracer;
	char list[48];

	if (!dead)
		_exit(0);
	waitpid(dead, NULL, 0);
	snprintf(list, sizeof(list), "%d,%d", dead, loop);
	tracer = start_trace("-p", list, "-o", out, NULL);
	wait_lines(out, "*write(?, \"x\", 1) *= 1", 5);
	want(err, "utrace: cannot attach to process *: no such process, or it is dead", 1, 1);
	end_loop(loop);
	want_exit(tracer, "utrace", 0);
	want(err, "utrace: Process * detached", 1, 1);
	want_exit(start_trace("-qqp", num(dead), "-o", out, self, "calls", NULL),
		  "utrace", 7);
}

/* CAP_SYS_PTRACE may have a reserve beyond the limit, so fill that as well. */
static void test_too_many(void)
{
	static const char file[] = "/proc/sys/kernel/utrace/max_engines";
	struct utrace_session *sessions[128];
	pid_t loop = start_loop();
	int fd = open(file, O_RDWR);
	unsigned int n = 0;
	char old[16] = "";

	if (fd < 0 || read(fd, old, sizeof(old) - 1) <= 0 || pwrite(fd, "1", 1, 0) != 1) {
		note("%s: %s", file, strerror(errno));
		end_loop(loop);
		return;
	}
	while (n < 128) {
		sessions[n] = utrace_open(0);
		if (!sessions[n])
			break;
		if (utrace_attach_pid(sessions[n++], loop, NULL) < 0)
			break;
	}
	if (!n || errno != EUSERS)
		note("%u sessions, and no EUSERS: %s", n, strerror(errno));
	want_exit(start_trace("-p", num(loop), NULL), "utrace", 1);
	want(err, "utrace: cannot attach to process *: as many tracers as kernel.utrace.max_engines allows are attached to it",
	     1, 1);
	while (n)
		utrace_close(sessions[--n]);
	if (pwrite(fd, old, strlen(old), 0) < 0)
		note("%s: %s", file, strerror(errno));
	close(fd);
	end_loop(loop);
}

/* A process that waits in a call from before the attach on. */
static void test_hangs(void)
{
	pid_t reader, tracer;
	double end = now() + DEADLINE;

	counter[0] = 0;
	reader = start_self("read", progress, NULL);
	while (!counter[0] && now() < end)
		pause_ms(10);
	pause_ms(200);
	tracer = start_trace("-qp", num(reader), "-o", out, NULL);
	wait_lines(out, "read(?, 0x*, 1", 1);
	kill(reader, SIGKILL);
	want_signal(reader, "the reader", SIGKILL);
	want_exit(tracer, "utrace", 0);
	want(out, "read(?, 0x*, 1 <unfinished ...>) *= ?", 1, 1);
	want(out, "+++ killed by SIGKILL +++", 1, 1);
}

/* Memory of every kind that has a text. */
static void test_memory(void)
{
	want_exit(start_trace("-o", out, self, "memory", NULL), "utrace", 7);
	want(out, "writev(?, ?{iov_base=\"one\", iov_len=3}, {iov_base=\"four\", iov_len=4}?, 2) *= 7",
	     1, 1);
	want(out, "readv(?, ?{iov_base=\"one\", iov_len=3}, {iov_base=\"four\", iov_len=4}?, 2) *= 7",
	     1, 1);
	want(out, "bind(?, {sa_family=AF_UNIX, sun_path=@\"trace_tool\"}, 13) *= 0", 1, 1);
	want(out, "getsockname(?, {sa_family=AF_UNIX, sun_path=@\"trace_tool\"}, 0x*) *= 0", 1, 1);
	want(out, "connect(*, {sa_family=AF_INET, sin_port=htons(9), sin_addr=inet_addr(\"127.0.0.1\")}, 16) *= *",
	     1, 1);
	want(out, "sendmsg(?, {msg_name=NULL, msg_namelen=0, msg_iov=?{iov_base=\"one\", iov_len=3}?, msg_iovlen=1, msg_controllen=0, msg_flags=0}, 0) *= 3",
	     1, 1);
	want(out, "clock_nanosleep(1, 0, {tv_sec=0, tv_nsec=2000}, NULL) *= 0", 1, 1);
	want(out, "ppoll(?{fd=?, events=POLLIN|POLLOUT}?, 1, {tv_sec=0, tv_nsec=0}, NULL, 0) *= 1",
	     1, 1);
}

/* A queue that nobody reads: the tracer is stopped for as long as 4,000 rounds take. */
static void test_queue(void)
{
	pid_t loop = start_loop(), tracer;
	double end = now() + DEADLINE;
	unsigned long from;

	tracer = start_trace("-qp", num(loop), "-o", out, NULL);
	wait_lines(out, "write(*", 3);
	kill(tracer, SIGSTOP);
	from = counter[0];
	while (counter[0] < from + 4000 && now() < end)
		pause_ms(50);
	if (counter[0] < from + 4000)
		note("%lu rounds, then it waits for the tracer", counter[0] - from);
	kill(tracer, SIGCONT);
	end_loop(loop);
	want_exit(tracer, "utrace", 0);
}

static pid_t start_job(const char *role)
{
	pid_t pid;

	counter[0] = counter[1] = 0;
	fflush(stdout);
	pid = fork();
	if (!pid) {
		setpgid(0, 0);
		execl(utrace, utrace, "trace", "-qo", out, self, role, progress, NULL);
		_exit(126);
	}
	setpgid(pid, pid);
	wait_lines(out, "write(*", 3);
	return pid;
}

/* The shell must see a stopped job, and only that. */
static void test_stop_key(void)
{
	pid_t job = start_job("loop");
	double end = now() + DEADLINE;
	unsigned long rounds;
	int status = 0;

	kill(-job, SIGTSTP);
	while (waitpid(job, &status, WUNTRACED | WNOHANG) != job && now() < end)
		pause_ms(10);
	if (!WIFSTOPPED(status))
		note("the tracer is not stopped: %#x", status);
	rounds = counter[0];
	pause_ms(300);
	if (counter[0] != rounds)
		note("the command is not stopped");
	kill(-job, SIGCONT);
	want_progress("after a stop");
	counter[1] = 1;
	want_exit(job, "utrace", 5);
	want(out, "+++ exited with 5 +++", 1, 1);
}

static void test_stop_key_handled(void)
{
	pid_t job = start_job("loop-tstp");
	int status;

	kill(-job, SIGTSTP);
	wait_lines(out, "write(*", lines(out, "write(*") + 50);
	if (waitpid(job, &status, WUNTRACED | WNOHANG) == job) {
		note("the tracer has stopped or ended: %#x", status);
		kill(job, SIGCONT);
	}
	counter[1] = 1;
	want_exit(job, "utrace", 5);
}

static void test_stop_key_attached(void)
{
	pid_t loop = start_loop(), tracer;
	int status;

	tracer = start_trace("-qp", num(loop), "-o", out, NULL);
	wait_lines(out, "write(*", 3);
	kill(tracer, SIGTSTP);
	kill(tracer, SIGTTIN);
	kill(tracer, SIGTTOU);
	wait_lines(out, "write(*", lines(out, "write(*") + 20);
	if (waitpid(tracer, &status, WUNTRACED | WNOHANG) == tracer) {
		note("the tracer has stopped or ended: %#x", status);
		kill(tracer, SIGCONT);
	}
	end_loop(loop);
	want_exit(tracer, "utrace", 0);
}

static const struct {
	const char *name;
	void (*run)(void);
} tests[] = {
	{ "command: every call, in strace's form", test_command },
	{ "command: to standard error", test_stderr },
	{ "-e trace=write", test_set },
	{ "-e !write", test_set_inverted },
	{ "-e %file", test_set_class },
	{ "-e none", test_set_none },
	{ "-s", test_string_limit },
	{ "a killed command's signal is utrace's", test_killed },
	{ "the command starts as if it was not traced", test_clean },
	{ "no such command", test_no_command },
	{ "a command that cannot be executed", test_no_exec },
	{ "-p, ended by SIGINT: the target runs on", test_attach },
	{ "-p, the target ends", test_attach_end },
	{ "SIGKILL for the tracer: the target runs on", test_tracer_killed },
	{ "SIGKILL for the tracer before the command's execve: no session is left",
	  test_tracer_killed_before_exec },
	{ "two tracers with two sets on one process", test_two },
	{ "-f follows children", test_fork },
	{ "without -f they are not followed", test_no_follow },
	{ "threads: nothing is lost", test_threads },
	{ "unfinished and resumed", test_unfinished },
	{ "a full disk: the target runs on", test_full },
	{ "a file that cannot be made", test_no_output },
	{ "an unknown system call's name", test_bad_name },
	{ "a kernel thread", test_kernel_thread },
	{ "a dead process", test_dead },
	{ "utrace itself", test_itself },
	{ "a thread's id", test_thread_id },
	{ "another user's process", test_permission },
	{ "kernel.utrace.unprivileged is named", test_unprivileged },
	{ "a process that is not dumpable", test_not_dumpable },
	{ "kernel.yama.ptrace_scope is named", test_yama },
	{ "the same process twice", test_twice },
	{ "numbers outside of every table", test_no_calls },
	{ "bytes of strings, as strace has them", test_string_bytes },
	{ "ignored and blocked signals are the command's, too", test_dispositions },
	{ "SIGCHLD ignored at start: the command's status comes through", test_sigchld },
	{ "exec by another thread: whose id it takes is told", test_thread_exec },
	{ "exec of a program with another word size", test_word_size },
	{ "killed in a call", test_killed_in_call },
	{ "a process that cannot be attached to is left out", test_some_pids },
	{ "too many tracers", test_too_many },
	{ "a process that hangs is shown in its call at once", test_hangs },
	{ "vectors, addresses, messages, times", test_memory },
	{ "a tracer that pauses holds nobody for long", test_queue },
	{ "the stop key stops the job", test_stop_key },
	{ "the stop key, handled by the command", test_stop_key_handled },
	{ "the stop key does not stop a tracer of others", test_stop_key_attached },
};

static int run_role(int argc, char **argv)
{
	if (!strcmp(argv[1], "calls"))
		return role_calls();
	if (!strcmp(argv[1], "loop") && argc > 2)
		return role_loop(argv[2]);
	if (!strcmp(argv[1], "fork"))
		return role_fork();
	if (!strcmp(argv[1], "threads"))
		return role_threads();
	if (!strcmp(argv[1], "block") && argc > 2)
		return role_block(argv[2]);
	if (!strcmp(argv[1], "clean"))
		return role_clean();
	if (!strcmp(argv[1], "killed"))
		return role_killed();
	if (!strcmp(argv[1], "numbers"))
		return role_numbers();
	if (!strcmp(argv[1], "bytes"))
		return role_bytes();
	if (!strcmp(argv[1], "ignored"))
		return role_ignored();
	if (!strcmp(argv[1], "thread-exec"))
		return role_thread_exec(argv + 2);
	if (!strcmp(argv[1], "seven"))
		return 7;
	if (!strcmp(argv[1], "read") && argc > 2)
		return role_read(argv[2]);
	if (!strcmp(argv[1], "memory"))
		return role_memory();
	if (!strcmp(argv[1], "loop-tstp") && argc > 2)
		return role_loop_tstp(argv[2]);
	fprintf(stderr, "trace_tool: no role '%s'\n", argv[1]);
	return 2;
}

int main(int argc, char **argv)
{
	const size_t n = sizeof(tests) / sizeof(tests[0]);
	ssize_t len;
	size_t i;
	int fd;

	setvbuf(stdout, NULL, _IOLBF, 0);
	if (getenv("UTRACE"))
		utrace = getenv("UTRACE");
	/* what was inherited shall not be in the targets' way */
	for (fd = 3; fd < 64; fd++)
		fcntl(fd, F_SETFD, FD_CLOEXEC);
	len = readlink("/proc/self/exe", self, sizeof(self) - 1);
	if (argc > 1)
		return run_role(argc, argv);
	if (len < 0 || !mkdtemp(dir) || chmod(dir, 0755)) {
		printf("Bail out! no /proc, or no /tmp: %s\n", strerror(errno));
		return 1;
	}
	snprintf(out, sizeof(out), "%s/out", dir);
	snprintf(out2, sizeof(out2), "%s/out2", dir);
	snprintf(err, sizeof(err), "%s/err", dir);
	snprintf(progress, sizeof(progress), "%s/progress", dir);
	fd = open(progress, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
	if (fd < 0 || ftruncate(fd, 4096)) {
		printf("Bail out! %s: %s\n", progress, strerror(errno));
		return 1;
	}
	counter = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (counter == MAP_FAILED) {
		printf("Bail out! mmap: %s\n", strerror(errno));
		return 1;
	}

	printf("TAP version 13\n1..%zu\n", n);
	for (i = 0; i < n; i++) {
		unlink(out);
		unlink(out2);
		unlink(err);
		test_bad = 0;
		skip_reason = NULL;
		tests[i].run();
		failures += !!test_bad;
		printf("%sok %d %s%s%s\n", test_bad ? "not " : "", ++test_nr,
		       tests[i].name, skip_reason ? " # SKIP " : "",
		       skip_reason ?: "");
	}
	unlink(out);
	unlink(out2);
	unlink(err);
	unlink(progress);
	rmdir(dir);
	return failures ? 1 : 0;
}
