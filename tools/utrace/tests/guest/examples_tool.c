// SPDX-License-Identifier: GPL-2.0-only
/*
 * The examples of libutrace, for real: runs each of them, and looks for what it must
 * print.  Needs a kernel with utrace, and no shell; prints KTAP.
 *
 * Environment: EXAMPLES=/examples
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define DEADLINE	120	/* seconds for an example: TCG is slow */

static const char *examples = "/examples";
static char out[] = "/tmp/examples_tool.XXXXXX";
static char self[256];
static int bad;

/* Start an example with up to three arguments.  Its output is in @out. */
static pid_t start(const char *name, const char *arg, const char *arg2, const char *arg3)
{
	const char *argv[] = { name, arg, arg2, arg3, NULL };
	char path[300];
	pid_t pid;
	int fd;

	snprintf(path, sizeof(path), "%s/%s", examples, name);
	fflush(stdout);
	pid = fork();
	if (!pid) {
		fd = open(out, O_WRONLY | O_TRUNC);
		dup2(fd, STDOUT_FILENO);
		dup2(fd, STDERR_FILENO);
		alarm(DEADLINE);
		execv(path, (char **)argv);
		perror(path);
		_exit(126);
	}
	return pid;
}

static void finish(pid_t pid, int status, const char *name)
{
	int got;

	if (waitpid(pid, &got, 0) == pid && got == status)
		return;
	printf("# %s ended with %#x, not %#x\n", name, got, status);
	bad++;
}

static void run(int status, const char *name, const char *arg, const char *arg2)
{
	finish(start(name, arg, arg2, NULL), status, name);
}

/* Between @min and @max lines of the output are like @pattern. */
static void want(const char *pattern, int min, int max)
{
	char line[1024];
	FILE *f = fopen(out, "r");
	int n = 0;

	while (f && fgets(line, sizeof(line), f)) {
		line[strcspn(line, "\n")] = '\0';
		n += !fnmatch(pattern, line, FNM_NOESCAPE);
	}
	if (n >= min && n <= max) {
		if (f)
			fclose(f);
		return;
	}
	printf("# %d lines are like: %s\n", n, pattern);
	for (rewind(f); fgets(line, sizeof(line), f);)
		printf("# > %s", line);
	fclose(f);
	bad++;
}

static char *num(pid_t pid)
{
	static char buf[16];

	snprintf(buf, sizeof(buf), "%d", pid);
	return buf;
}

static void pause_ms(int ms)
{
	struct timespec ts = { ms / 1000, ms % 1000 * 1000000L };

	nanosleep(&ts, NULL);
}

/* A process that calls getppid() and fails in close(), and sleeps in between. */
static pid_t start_worker(void)
{
	pid_t pid = fork();

	if (!pid) {
		for (;;) {
			syscall(SYS_getppid);
			syscall(SYS_close, -1);
			pause_ms(20);
		}
	}
	pause_ms(100);
	return pid;
}

static void end(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

static void test_follow(void)
{
	run(0, "follow", self, "fork");
	want("*: executes examples_tool", 1, 1);
	want("*: creates *", 1, 1);
	want("*: system call * = *, * ns", 3, 1000);
	want("*: ends with wait status 0x300", 1, 1);
	want("*: ends with wait status 0", 1, 1);
	run(1 << 8, "follow", "/nonexistent", NULL);
	want("follow: cannot find '/nonexistent': No such file or directory", 1, 1);
}

static void test_hold(void)
{
	pid_t pid = start_worker();

	run(0, "hold-and-look", num(pid), NULL);
	want("* examples_tool: pc 0x* sp 0x*", 1, 1);
	want("* examples_tool: *cannot*", 0, 0);
	end(pid);
}

static void test_count(void)
{
	char pattern[32];
	pid_t pid = start_worker();

	run(0, "count", num(pid), "2");
	snprintf(pattern, sizeof(pattern), "*%ld * 0 *", (long)SYS_getppid);
	want(pattern, 1, 3);
	snprintf(pattern, sizeof(pattern), " *%ld *", (long)SYS_close);
	want(pattern, 1, 3);
	end(pid);
}

static void test_memory(void)
{
	pid_t pid = fork();

	if (!pid) {
		/* An environment is where the kernel has put it at the exec. */
		execle(self, self, "sleep", NULL, (char *[]){ "FIRST=1", "LAST=two words", NULL });
		_exit(126);
	}
	pause_ms(500);
	run(0, "memory", num(pid), NULL);
	want("FIRST=1", 1, 1);
	want("LAST=two words", 1, 1);
	end(pid);
}

/* Is it traced?  Waits for that. */
static int is_traced(pid_t pid)
{
	char path[32], c;
	int i, fd, n = 0;

	snprintf(path, sizeof(path), "/proc/%d/utrace", pid);
	for (i = 0; i < 1000 && !n; i++) {
		fd = open(path, O_RDONLY);
		n = fd >= 0 && read(fd, &c, 1) == 1;
		close(fd);
		pause_ms(20);
	}
	return n;
}

static void test_signals(void)
{
	pid_t pid = start_worker(), tracer;

	tracer = start("signals", num(pid), NULL, NULL);
	if (!is_traced(pid)) {
		printf("# the process is not traced\n");
		bad++;
	}
	kill(pid, SIGWINCH);
	kill(pid, SIGTERM);
	pause_ms(300);
	/* It lives, and does not mind. */
	if (waitpid(pid, NULL, WNOHANG)) {
		printf("# SIGTERM has killed the process\n");
		bad++;
	}
	end(pid);
	finish(tracer, 0, "signals");
	want("*: SIGWINCH from *: ignored", 1, 1);
	want("*: SIGTERM from *: dropped, it kills the process", 1, 1);
}

static __attribute__((unused)) void test_steps(void)
{
	finish(start("steps", "30", self, "true"), 0, "steps");
	want("0x*", 30, 30);
}

static void test_crash(void)
{
	run(SIGSEGV, "crash-handler", NULL, NULL);
	want("thread * crashed at address 0x1000: pc 0x*, sp 0x*, ?sp? *", 1, 1);
}

static const struct {
	const char *name;
	void (*run)(void);
} tests[] = {
	{ "follow: a program and its child", test_follow },
	{ "hold-and-look: a process that sleeps", test_hold },
	{ "count: calls and errors", test_count },
	{ "memory: the environment of a process", test_memory },
	{ "crash-handler: a session is handed on", test_crash },
	{ "signals: SIGTERM is kept from a process", test_signals },
#ifndef __s390x__	/* QEMU 7.2 loses jumps there */
	{ "steps: the first instructions of a program", test_steps },
#endif
};

static int run_role(const char *role)
{
	if (!strcmp(role, "true"))
		return 0;
	if (!strcmp(role, "fork")) {
		pid_t pid = fork();

		if (!pid)
			_exit(3);
		return waitpid(pid, NULL, 0) != pid;
	}
	for (;;)
		pause();
}

int main(int argc, char **argv)
{
	const size_t n = sizeof(tests) / sizeof(tests[0]);
	int failures = 0, fd;
	size_t i;

	setvbuf(stdout, NULL, _IOLBF, 0);
	if (argc > 1)
		return run_role(argv[1]);
	if (getenv("EXAMPLES"))
		examples = getenv("EXAMPLES");
	fd = mkstemp(out);
	if (fd < 0 || readlink("/proc/self/exe", self, sizeof(self) - 1) < 0) {
		printf("Bail out! no /proc, or no /tmp: %s\n", strerror(errno));
		return 1;
	}
	printf("TAP version 13\n1..%zu\n", n);
	for (i = 0; i < n; i++) {
		bad = 0;
		tests[i].run();
		failures += !!bad;
		printf("%sok %zu %s\n", bad ? "not " : "", i + 1, tests[i].name);
	}
	unlink(out);
	return failures ? 1 : 0;
}
