// SPDX-License-Identifier: GPL-2.0-only
/*
 * The kernel that was built without utrace: nothing of it is there, whoever
 * asks for it is told so, and ptrace works as ever.  Runs on VARIANT=notrace
 * only.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define CALLS		5
#define SYSCALL_STOP	(SIGTRAP | 0x80)

static int count, failed;

static void ok(bool good, const char *what)
{
	failed += !good;
	printf("%sok %d %s\n", good ? "" : "not ", ++count, what);
}

static bool absent(const char *path)
{
	struct stat st;

	if (stat(path, &st) < 0 && errno == ENOENT)
		return true;
	printf("# %s: %s\n", path, errno ? strerror(errno) : "is there");
	return false;
}

/* Whether a line of @path contains @word. */
static bool mentions(const char *path, const char *word)
{
	FILE *f = fopen(path, "re");
	char line[512];
	bool found = false;

	while (f && fgets(line, sizeof(line), f)) {
		if (strstr(line, word)) {
			printf("# %s: %s", path, line);
			found = true;
		}
	}
	if (f)
		fclose(f);
	else
		printf("# cannot open %s\n", path);
	return found || !f;
}

/* The command's exit status; what it says goes to @said. */
static int command(char *const argv[], char *said, size_t size)
{
	int fd[2], status;
	size_t len = 0;
	ssize_t n;
	pid_t pid;

	if (pipe(fd))
		return -1;
	pid = fork();
	if (!pid) {
		dup2(fd[1], STDOUT_FILENO);
		dup2(fd[1], STDERR_FILENO);
		execv(argv[0], argv);
		_exit(127);
	}
	close(fd[1]);
	while (len < size - 1 && (n = read(fd[0], said + len, size - 1 - len)) > 0)
		len += n;
	said[len] = '\0';
	close(fd[0]);
	if (waitpid(pid, &status, 0) != pid || !WIFEXITED(status))
		return -1;
	return WEXITSTATUS(status);
}

/* Follow a child's system calls with ptrace: each stops twice. */
static void traced_calls(void)
{
	int status, stops = 0, exits = 0;
	pid_t pid = fork();

	if (!pid) {
		ptrace(PTRACE_TRACEME, 0, NULL, NULL);
		/* Not raise(), whose other calls would be counted. */
		syscall(SYS_kill, syscall(SYS_getpid), SIGSTOP);
		for (int i = 0; i < CALLS; i++)
			syscall(SYS_getppid);
		syscall(SYS_exit_group, 3);
	}
	if (waitpid(pid, &status, 0) != pid || !WIFSTOPPED(status) ||
	    ptrace(PTRACE_SETOPTIONS, pid, NULL,
		   (void *)(PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL))) {
		ok(false, "ptrace stops a child");
		return;
	}
	for (;;) {
		ptrace(PTRACE_SYSCALL, pid, NULL, NULL);
		if (waitpid(pid, &status, 0) != pid)
			break;
		if (WIFEXITED(status)) {
			exits++;
			break;
		}
		if (!WIFSTOPPED(status) || WSTOPSIG(status) != SYSCALL_STOP) {
			printf("# status %#x\n", status);
			break;
		}
		stops++;
	}
	printf("# %d system call stops, status %#x\n", stops, status);
	/* The last call does not return. */
	ok(stops == 2 * CALLS + 1, "ptrace stops at every system call, twice");
	ok(exits && WEXITSTATUS(status) == 3, "the traced child ends as it wants");
}

/* A parent sees stops and continues of an untraced child. */
static void job_control(void)
{
	int status;
	pid_t pid = fork();

	if (!pid)
		for (;;)
			pause();
	kill(pid, SIGSTOP);
	ok(waitpid(pid, &status, WUNTRACED) == pid && WIFSTOPPED(status) &&
	   WSTOPSIG(status) == SIGSTOP, "a stopped child is reported");
	kill(pid, SIGCONT);
	ok(waitpid(pid, &status, WCONTINUED) == pid && WIFCONTINUED(status),
	   "a continued child is reported");
	kill(pid, SIGKILL);
	ok(waitpid(pid, &status, 0) == pid && WIFSIGNALED(status) &&
	   WTERMSIG(status) == SIGKILL, "a killed child is reported");
}

int main(void)
{
	char *trace[] = { "/bin/utrace", "trace", "/bin/utrace", NULL };
	char said[4096];
	int status;

	setvbuf(stdout, NULL, _IOLBF, 0);
	printf("TAP version 13\n");
	errno = 0;
	ok(absent("/dev/utrace"), "no /dev/utrace");
	errno = 0;
	ok(absent("/proc/self/utrace"), "no /proc/PID/utrace");
	errno = 0;
	ok(absent("/sys/class/misc/utrace"), "no misc device");
	ok(!mentions("/proc/kallsyms", " utrace_"), "no function of utrace");

	status = command(trace, said, sizeof(said));
	printf("# utrace trace: exit status %d: %s%s", status, said,
	       strchr(said, '\n') ? "" : "\n");
	ok(status == 1, "utrace trace fails");
	ok(strstr(said, "/dev/utrace") && strstr(said, "CONFIG_UTRACE=y"),
	   "and says what is missing");

	traced_calls();
	job_control();
	printf("1..%d\n", count);
	return failed ? 1 : 0;
}
