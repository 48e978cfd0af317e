// SPDX-License-Identifier: GPL-2.0-only
/*
 * crash-handler: a program that has crashed hands itself to a helper
 *
 * The helper needs no permission to trace: the program gives it a session that can do
 * nothing but look.  Here it is inherited; SCM_RIGHTS sends it from a sandbox.
 */
#include <err.h>
#include <signal.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include <libutrace.h>

#define RIGHTS	(UTRACE_RIGHT_HOLD | UTRACE_RIGHT_REGS_READ | UTRACE_RIGHT_MEM_READ)

struct crash {
	pid_t tid;
	void *addr;
};

static int to_helper;
static int *volatile nowhere = (int *)4096;

/* In the program: tell the helper which thread has crashed, and wait until it has looked. */
static void on_crash(int sig, siginfo_t *info, void *context)
{
	struct crash crash = { gettid(), info->si_addr };
	char done;

	(void)context;
	if (write(to_helper, &crash, sizeof(crash)) < 0 || read(to_helper, &done, 1) < 0)
		_exit(1);
	signal(sig, SIG_DFL);
}

/* In the helper: hold the thread that has crashed, and look at it. */
static int help(struct utrace_session *s, int from_program)
{
	struct utrace_thread *t;
	uint64_t pc, sp, word;
	struct crash crash;

	if (read(from_program, &crash, sizeof(crash)) != sizeof(crash) ||
	    utrace_refresh_threads(s) < 0)
		errx(1, "%s", utrace_error(s));
	t = utrace_thread_by_tid(s, crash.tid);
	if (!t || utrace_hold(s, utrace_thread_cookie(t), 0, 5000) < 0 ||
	    utrace_regs_role(s, utrace_thread_cookie(t), UTRACE_ROLE_PC, &pc) < 0 ||
	    utrace_regs_role(s, utrace_thread_cookie(t), UTRACE_ROLE_SP, &sp) < 0 ||
	    utrace_mem_read(s, utrace_thread_cookie(t), sp, &word, sizeof(word)) < 0)
		errx(1, "%s", utrace_error(s));
	printf("thread %d crashed at address %p: pc %#jx, sp %#jx, [sp] %#jx\n", crash.tid,
	       crash.addr, (uintmax_t)pc, (uintmax_t)sp, (uintmax_t)word);
	utrace_close(s);
	return fflush(stdout) || write(from_program, "", 1) != 1;
}

int main(void)
{
	struct sigaction sa = { .sa_sigaction = on_crash, .sa_flags = SA_SIGINFO };
	struct utrace_session *s = utrace_open(0);
	int fds[2];

	if (!s)
		errx(1, "%s", utrace_error(NULL));
	if (socketpair(AF_UNIX, SOCK_STREAM, 0, fds))
		err(1, "socketpair");
	if (utrace_attach_self(s, NULL) < 0 || utrace_restrict(s, RIGHTS) < 0)
		errx(1, "%s", utrace_error(s));
	if (!fork())
		_exit(help(s, fds[1]));
	utrace_close(s);
	to_helper = fds[0];
	sigaction(SIGSEGV, &sa, NULL);
	*nowhere = 1;
	return wait(NULL) < 0;
}
