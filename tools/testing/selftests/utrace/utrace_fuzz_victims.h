/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Programs for utrace_fuzz.c to trace: each does one kind of thing for ever, and counts
 * how often it has done it.
 *
 * A victim takes every result of a system call, because a tracer may have interrupted the
 * call.  It leads a session and process group of its own, and has no privileges.
 */
#ifndef UTRACE_FUZZ_VICTIMS_H
#define UTRACE_FUZZ_VICTIMS_H

#include <sys/resource.h>
#include <sys/uio.h>

#include "utrace_testlib.h"

#define FV_MAX		64

/* What the fuzzer and its victims share, which may be programs of another word size. */
struct fv_shared {
	atomic_uint count[FV_MAX];
};

/* A victim sleeps this long between two rounds, in microseconds. */
#define FV_NAP		1000

static void fv_nap(void)
{
	struct timespec ts = { .tv_nsec = FV_NAP * 1000 };

	nanosleep(&ts, NULL);
}

static void fv_wait_all(void)
{
	while (waitpid(-1, NULL, 0) > 0 || errno == EINTR)
		;
}

static void fv_spin(void)
{
	static volatile unsigned int n;
	unsigned int i;

	for (i = 0; i < 2000; i++)
		n++;
}

static void fv_calls(void)
{
	static char text[64] = "some bytes to capture";
	static char *const args[] = { "a", "list", "of", "strings", NULL };
	static int null = -1;
	struct iovec iov[3] = { { text, 5 }, { text + 5, 0 }, { text + 6, 9 } };
	struct msghdr msg = { .msg_iov = iov, .msg_iovlen = 3 };

	if (null < 0)
		null = open("/dev/null", O_RDWR | O_CLOEXEC);
	ut_mark(1);
	syscall(SYS_getppid);
	if (writev(null, iov, 3) < 0 || write(null, text, sizeof(text)) < 0 ||
	    read(null, text + 32, 8) < 0)
		null = -1;
	sendmsg(-1, &msg, 0);
	close(open("/there/is/no/such/file", O_RDONLY));
	execve("/there/is/no/such/program", args, args);
	fv_nap();
}

static void fv_sleep(void)
{
	struct timespec ts = { .tv_nsec = 3000000 };
	static int word;

	poll(NULL, 0, 2);
	syscall(SYS_futex, &word, FUTEX_WAIT, 0, &ts, NULL, 0);
	nanosleep(&ts, NULL);
}

static void fv_fork(void)
{
	pid_t pid = fork();

	if (!pid) {
		ut_mark(2);
		for (;;)
			_exit(0);
	}
	pid = vfork();
	if (!pid)
		for (;;)
			_exit(1);
	fv_wait_all();
	fv_nap();
}

static void *fv_thread(void *arg)
{
	ut_mark((long)(intptr_t)arg);
	fv_nap();
	return NULL;
}

static void fv_threads(void)
{
	pthread_t thread[3];
	unsigned int i, n;

	for (n = 0; n < ARRAY_SIZE(thread); n++)
		if (pthread_create(&thread[n], NULL, fv_thread, NULL))
			break;
	for (i = 0; i < n; i++)
		pthread_join(thread[i], NULL);
}

static void fv_handler(int sig)
{
	(void)sig;
	ut_mark(3);
}

static void fv_signal(void)
{
	struct itimerval it = { .it_value.tv_usec = 500 };
	sigset_t set;

	signal(SIGUSR1, fv_handler);
	signal(SIGALRM, fv_handler);
	signal(SIGUSR2, SIG_IGN);
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigprocmask(SIG_BLOCK, &set, NULL);
	kill(getpid(), SIGUSR1);
	kill(getpid(), SIGUSR2);
	sigprocmask(SIG_UNBLOCK, &set, NULL);
	setitimer(ITIMER_REAL, &it, NULL);
	poll(NULL, 0, 3);
}

/* A child that job control stops, and that is continued or killed. */
static void fv_stop(void)
{
	pid_t pid = fork();
	int status;

	if (!pid) {
		raise(SIGSTOP);
		fv_nap();
		for (;;)
			_exit(0);
	}
	if (pid > 1) {
		while (waitpid(pid, &status, WUNTRACED) < 0 && errno == EINTR)
			;
		kill(pid, SIGCONT);
		fv_nap();
		kill(pid, SIGKILL);
	}
	fv_wait_all();
}

static void *fv_die_thread(void *arg)
{
	int how = (intptr_t)arg;

	if (how == 0)
		raise(SIGSEGV);
	if (how == 1)
		kill(getpid(), SIGTERM);
	for (;;)
		_exit(0);
	return NULL;
}

/* Children that die with two threads, of signals and by themselves. */
static void fv_die(void)
{
	static int how;
	pthread_t thread;
	pid_t pid;

	how = (how + 1) % 3;
	pid = fork();
	if (!pid) {
		signal(SIGSEGV, SIG_DFL);
		pthread_create(&thread, NULL, fv_die_thread, (void *)(intptr_t)how);
		fv_nap();
		for (;;)
			fv_die_thread((void *)(intptr_t)how);
	}
	fv_wait_all();
	fv_nap();
}

/* The victim executes itself once more, with these arguments. */
static char **fv_argv;

static void fv_exec(void)
{
	fv_nap();
	execv(fv_argv[0], fv_argv);
}

static void *fv_exec_from_thread(void *arg)
{
	(void)arg;
	fv_exec();
	return NULL;
}

/* The exec of a thread that is not the leader. */
static void fv_exec_thread(void)
{
	pthread_t thread;

	if (!pthread_create(&thread, NULL, fv_exec_from_thread, NULL))
		pthread_join(thread, NULL);
}

static void (*const fv_kinds[])(void) = {
	fv_calls, fv_spin, fv_sleep, fv_fork, fv_threads, fv_signal, fv_stop, fv_die,
	fv_exec, fv_exec_thread,
};

/* "role-victim KIND INDEX FD": the program of a victim. */
static int fv_main(char **argv)
{
	unsigned long kind = atol(argv[2]), index = atol(argv[3]);
	struct fv_shared *sh;

	sh = mmap(NULL, sizeof(*sh), PROT_READ | PROT_WRITE, MAP_SHARED, atoi(argv[4]), 0);
	if (sh == MAP_FAILED || kind >= ARRAY_SIZE(fv_kinds) || index >= FV_MAX)
		return 127;
	fv_argv = argv;
	for (;;) {
		/* First, because an exec does not come back. */
		atomic_fetch_add(&sh->count[index], 1);
		fv_kinds[kind]();
	}
}

/* Begins a victim: its process id, or -errno. */
static pid_t fv_start(const char *program, unsigned int kind, unsigned int index, int fd)
{
	char words[3][16], *argv[] = { (char *)program, "role-victim", words[0], words[1],
				       words[2], NULL };
	pid_t pid;

	snprintf(words[0], sizeof(words[0]), "%u", kind);
	snprintf(words[1], sizeof(words[1]), "%u", index);
	snprintf(words[2], sizeof(words[2]), "%d", fd);
	fflush(stdout);
	pid = fork();
	if (pid)
		return pid < 0 ? -errno : pid;
	setsid();
	setrlimit(RLIMIT_CORE, &(struct rlimit){ 0, 0 });
	/* The fuzzer gets the CPU when it wants it. */
	setpriority(PRIO_PROCESS, 0, 19);
	if (!ut_drop_privileges())
		execv(program, argv);
	_exit(127);
}

#endif /* UTRACE_FUZZ_VICTIMS_H */
