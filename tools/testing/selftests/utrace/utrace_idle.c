// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a parent sees of its child - wait(2), SIGCHLD, /proc/PID/status - is the
 * same whether a session that holds nothing is attached or not.
 *
 * The same story is played with and without, and the accounts are compared.
 *
 * The kernel checks a program's system calls for restartable sequences, too, whether or
 * not an engine is attached.
 */
#include <linux/rseq.h>
#include <setjmp.h>
#include <sys/resource.h>

#include "utrace_testlib.h"
#include "../../../../kunit/utrace_probe.h"

#define ACCOUNT_SIZE	(32 << 10)

struct account {
	size_t len;
	bool failed;
	char text[ACCOUNT_SIZE];
};

static __attribute__((format(printf, 2, 3))) void
note(struct account *a, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(a->text + a->len, sizeof(a->text) - a->len, fmt, ap);
	va_end(ap);
	if (n < 0 || a->len + n >= sizeof(a->text)) {
		ut_log("the account is too long");
		a->failed = true;
		return;
	}
	a->len += n;
}

/* ---- the child: does what it is told, a letter at a time ---------------- */

static volatile sig_atomic_t handled;

static void count_signal(int sig ut_unused)
{
	handled++;
}

static void *second_thread(void *arg ut_unused)
{
	for (;;)
		pause();
	return NULL;
}

/* Its program after an exec has the same descriptors, and these as numbers. */
static int obey(int in, int out)
{
	char in_text[16], out_text[16];
	char *argv[] = { "utrace_idle", "role-obey", in_text, out_text, NULL };
	int status = 0;
	sigset_t set;
	pthread_t t;
	pid_t pid;
	char c;

	while (read(in, &c, 1) == 1) {
		switch (c) {
		case 'n':	/* nothing */
			break;
		case 'b':	/* block */
			sigemptyset(&set);
			sigaddset(&set, SIGUSR1);
			sigaddset(&set, SIGUSR2);
			sigprocmask(SIG_BLOCK, &set, NULL);
			break;
		case 'h':	/* handle */
			signal(SIGHUP, count_signal);
			signal(SIGWINCH, SIG_IGN);
			break;
		case 't':	/* thread */
			if (pthread_create(&t, NULL, second_thread, NULL))
				return 120;
			break;
		case 'f':	/* fork */
			pid = fork();
			if (!pid)
				_exit(3);
			if (waitpid(pid, &status, 0) != pid || status != 3 << 8)
				return 121;
			break;
		case 'v':	/* vfork */
			pid = vfork();
			if (!pid)
				_exit(4);
			if (waitpid(pid, &status, 0) != pid || status != 4 << 8)
				return 122;
			break;
		case 'z':	/* stops itself */
			raise(SIGTSTP);
			break;
		case 'x':
			snprintf(in_text, sizeof(in_text), "%d", in);
			snprintf(out_text, sizeof(out_text), "%d", out);
			/* It answers when it has begun anew. */
			execv(UT_SELF, argv);
			return 123;
		case 'e':
			return 7;
		case 's':
			signal(SIGSEGV, SIG_DFL);
			raise(SIGSEGV);
			break;
		}
		c = '0' + handled;
		if (write(out, &c, 1) != 1)
			return 124;
	}
	return 125;
}

static int child_main(struct ut_child *c)
{
	sigset_t set;

	sigemptyset(&set);
	sigprocmask(SIG_SETMASK, &set, NULL);
	return obey(c->in[0], c->out[1]);
}

/* ---- a system call in a critical section of rseq(2) --------------------- */

#define RSEQ_SIGNATURE	0x53053053

/* Exit status of the program. */
enum { CALL_IS_KILLED = 40, CALL_RETURNS };

static struct rseq area = { .cpu_id = RSEQ_CPU_ID_UNINITIALIZED };
static struct rseq_cs section;
static sigjmp_buf end_of_section;
static volatile sig_atomic_t segv_code;

static void leave_section(int sig ut_unused, siginfo_t *info, void *context ut_unused)
{
	segv_code = info->si_code;
	siglongjmp(end_of_section, 1);
}

/*
 * A kernel with CONFIG_DEBUG_RSEQ sends SIGSEGV to a program that makes a system call in
 * a critical section.  All code is in this one.  If the program is preempted there, it
 * goes on where it cannot execute anything, and tries again.
 */
static int call_in_section(void)
{
	struct sigaction sa = { .sa_sigaction = leave_section, .sa_flags = SA_SIGINFO };
	/* Whether it is a member or a union depends on the header. */
	volatile __u64 *begin = (__u64 *)&area.rseq_cs;
	unsigned int *page;

	page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (page == MAP_FAILED || (uintptr_t)page < (uintptr_t)call_in_section ||
	    sigaction(SIGSEGV, &sa, NULL) ||
	    syscall(SYS_rseq, &area, sizeof(area), 0, RSEQ_SIGNATURE))
		return 1;
	page[0] = RSEQ_SIGNATURE;
	section.start_ip = 4096;
	section.post_commit_offset = (uintptr_t)page - section.start_ip;
	section.abort_ip = (uintptr_t)&page[1];
	do {
		if (!sigsetjmp(end_of_section, 1)) {
			*begin = (uintptr_t)&section;
			syscall(SYS_getppid);
			*begin = 0;
			return CALL_RETURNS;
		}
	} while (segv_code != SI_KERNEL);
	return CALL_IS_KILLED;
}

#define NO_ENGINE	-1L

/* Have the engine of value[0].  The C library must not have called rseq() before. */
static int exec_caller(struct ut_child *c)
{
	char *argv[] = { "utrace_idle", "role-rseq", NULL };
	char *envp[] = { "GLIBC_TUNABLES=glibc.pthread.rseq=0", NULL };
	struct utrace_probe_attach attach = { .engines = 1 };
	long what = atomic_load(&c->sh->value[0]);

	attach.what = what;
	if (what != NO_ENGINE &&
	    ioctl(open(UTRACE_PROBE_DEVICE, O_RDWR), UTRACE_PROBE_ATTACH, &attach))
		return 3;
	execve(UT_SELF, argv, envp);
	return 2;
}

static int run_role(int argc, char **argv)
{
	if (!strcmp(argv[1], "role-rseq"))
		return call_in_section();
	if (argc != 4 || write(atoi(argv[3]), "x", 1) != 1)
		return 126;
	return obey(atoi(argv[2]), atoi(argv[3]));
}

/* ---- the parent --------------------------------------------------------- */

static void tell(struct account *a, struct ut_child *c, char what)
{
	note(a, "command %c\n", what);
	if (write(c->in[1], &what, 1) != 1)
		a->failed = true;
}

/* Each command but the last is answered when it is done. */
static void answer(struct account *a, struct ut_child *c)
{
	struct pollfd pfd = { .fd = c->out[0], .events = POLLIN };
	char byte;

	if (poll(&pfd, 1, UT_TIMEOUT) != 1 || read(c->out[0], &byte, 1) != 1) {
		ut_log("no answer");
		a->failed = true;
		return;
	}
	note(a, "answer %c\n", byte);
}

static void ask(struct account *a, struct ut_child *c, char what)
{
	tell(a, c, what);
	answer(a, c);
}

/* The next thing that wait tells, twice: by waitid(), then by wait4(). */
static void await(struct account *a, struct ut_child *c)
{
	const struct timespec no_time = {}, long_time = { UT_TIMEOUT / 1000, 0 };
	const int what = WEXITED | WSTOPPED | WCONTINUED;
	struct rusage usage;
	siginfo_t info = {};
	sigset_t set;
	int status, n;

	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	memset(&info, 0, sizeof(info));
	if (sigtimedwait(&set, &info, &long_time) != SIGCHLD) {
		ut_log("no SIGCHLD, the child is in state '%c'",
		       ut_state(c->pid, c->pid));
		a->failed = true;
		return;
	}
	note(a, "SIGCHLD code %d status %d %s\n", info.si_code, info.si_status,
	     info.si_pid == c->pid ? "child" : "?");

	memset(&info, 0, sizeof(info));
	if (waitid(P_PID, c->pid, &info, what | WNOHANG | WNOWAIT)) {
		note(a, "waitid: %s\n", strerror(errno));
		a->failed = true;
		return;
	}
	note(a, "waitid signo %d code %d status %d %s\n", info.si_signo,
	     info.si_code, info.si_status, info.si_pid == c->pid ? "child" : "?");
	status = -1;
	n = wait4(c->pid, &status, WNOHANG | WUNTRACED | WCONTINUED, &usage);
	note(a, "wait4 %s status %#x\n", n == c->pid ? "child" : "?", status);
	if (n == c->pid && (WIFEXITED(status) || WIFSIGNALED(status)))
		c->pid = 0;

	/* That was all of it. */
	n = c->pid ? waitpid(c->pid, &status, WNOHANG | WUNTRACED | WCONTINUED) : 0;
	note(a, "then %d, SIGCHLD %d\n", n,
	     sigtimedwait(&set, &info, &no_time) == SIGCHLD);
}

/* /proc/PID/status when the child is in @state: what does not differ by itself. */
static void show(struct account *a, struct ut_child *c, char state)
{
	static const char *const keys[] = {
		"Name:", "Umask:", "State:", "TracerPid:", "Uid:", "Gid:",
		"Threads:", "SigPnd:", "ShdPnd:", "SigBlk:", "SigIgn:", "SigCgt:",
		"CapEff:", "NoNewPrivs:", "Seccomp:",
	};
	char path[64], line[256];
	unsigned int i, found = 0;
	FILE *f;

	if (!ut_wait_state(c->pid, c->pid, state)) {
		a->failed = true;
		return;
	}
	snprintf(path, sizeof(path), "/proc/%d/status", c->pid);
	f = fopen(path, "r");
	if (!f) {
		a->failed = true;
		return;
	}
	while (fgets(line, sizeof(line), f)) {
		for (i = 0; i < ARRAY_SIZE(keys); i++) {
			if (!strncmp(line, keys[i], strlen(keys[i]))) {
				note(a, "%s", line);
				found++;
			}
		}
	}
	fclose(f);
	if (found < 10) {
		ut_log("only %u lines of %s are known", found, path);
		a->failed = true;
	}
}

static void send_signal(struct account *a, struct ut_child *c, int sig)
{
	note(a, "kill %d: %d\n", sig, kill(c->pid, sig));
}

static void story(struct account *a, struct ut_child *c, int end)
{
	/* With an answer it has begun, and sleeps where it waits for commands. */
	ask(a, c, 'n');
	show(a, c, 'S');
	ask(a, c, 'b');
	ask(a, c, 'h');
	show(a, c, 'S');

	/* stopped, with signals pending for the process and for the thread */
	send_signal(a, c, SIGSTOP);
	await(a, c);
	send_signal(a, c, SIGUSR1);
	note(a, "tgkill: %ld\n", syscall(SYS_tgkill, c->pid, c->pid, SIGUSR2));
	show(a, c, 'T');
	send_signal(a, c, SIGCONT);
	await(a, c);
	show(a, c, 'S');

	/* a handler, an ignored signal, and one that nobody hears of */
	send_signal(a, c, SIGHUP);
	send_signal(a, c, SIGWINCH);
	send_signal(a, c, SIGCONT);
	show(a, c, 'S');
	ask(a, c, 'f');
	ask(a, c, 'v');
	tell(a, c, 'z');
	await(a, c);
	show(a, c, 'T');
	send_signal(a, c, SIGCONT);
	await(a, c);
	answer(a, c);

	ask(a, c, 't');
	show(a, c, 'S');
	send_signal(a, c, SIGSTOP);
	await(a, c);
	show(a, c, 'T');
	send_signal(a, c, SIGCONT);
	await(a, c);
	ask(a, c, 'x');
	show(a, c, 'S');
	if (end == 'e' || end == 's')
		tell(a, c, end);
	else
		send_signal(a, c, end);
	await(a, c);
}

/* ---- both accounts ------------------------------------------------------ */

FIXTURE(idle)
{
	struct ut_session u;
	struct ut_child c;
	struct account account[2];
	sigset_t old;
};

FIXTURE_VARIANT(idle)
{
	__u64 record;
	int end;	/* a signal, or a command */
};

FIXTURE_VARIANT_ADD(idle, exits)
{
	.record = 0, .end = 'e',
};

FIXTURE_VARIANT_ADD(idle, is_killed)
{
	.record = 0, .end = SIGKILL,
};

FIXTURE_VARIANT_ADD(idle, is_terminated)
{
	.record = 0, .end = SIGTERM,
};

FIXTURE_VARIANT_ADD(idle, crashes)
{
	.record = 0, .end = 's',
};

/* Nothing is held, but all of its life is told. */
FIXTURE_VARIANT_ADD(idle, is_recorded)
{
	.record = UT_LIFE, .end = 'e',
};

FIXTURE_SETUP(idle)
{
	struct rlimit no_core = { 0, 0 };
	sigset_t set;

	/* "s" is the end whether or not the machine would dump it. */
	ASSERT_EQ(0, setrlimit(RLIMIT_CORE, &no_core));
	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	ASSERT_EQ(0, sigprocmask(SIG_BLOCK, &set, &self->old));
	ASSERT_EQ(0, ut_open(&self->u));
}

FIXTURE_TEARDOWN(idle)
{
	ut_close(&self->u);
	ut_end(&self->c);
	sigprocmask(SIG_SETMASK, &self->old, NULL);
}

/* Where two texts part: the lines there. */
static void explain(const char *alone, const char *traced)
{
	size_t i = 0;

	while (alone[i] && alone[i] == traced[i])
		i++;
	while (i && alone[i - 1] != '\n')
		i--;
	ut_log("alone:  %.*s", (int)strcspn(alone + i, "\n"), alone + i);
	ut_log("traced: %.*s", (int)strcspn(traced + i, "\n"), traced + i);
}

TEST_F(idle, parent_sees_the_same)
{
	struct account *a;
	int i;

	for (i = 0; i < 2; i++) {
		a = &self->account[i];
		ASSERT_EQ(0, ut_spawn(&self->c, child_main));
		if (i) {
			ASSERT_EQ(0, ut_config(&self->u, variant->record, 0));
			ASSERT_EQ(0, ut_attach(&self->u, self->c.pid, 0, NULL));
		}
		ut_go(&self->c);
		story(a, &self->c, variant->end);
		ASSERT_FALSE(a->failed);
		ASSERT_EQ(0, self->c.pid);
		ut_end(&self->c);
	}
	/* Stopped and continued, three times: else nothing was compared. */
	a = &self->account[0];
	EXPECT_NE(NULL, strstr(a->text, "wait4 child status 0x137f"));
	EXPECT_NE(NULL, strstr(a->text, "wait4 child status 0x147f"));
	EXPECT_NE(NULL, strstr(a->text, "wait4 child status 0xffff"));
	EXPECT_NE(NULL, strstr(a->text, "State:\tT (stopped)"));
	EXPECT_NE(NULL, strstr(a->text, "Threads:\t2"));
	if (strcmp(self->account[0].text, self->account[1].text))
		explain(self->account[0].text, self->account[1].text);
	EXPECT_STREQ(self->account[0].text, self->account[1].text);
	/* And the session was there all the time. */
	EXPECT_TRUE(ut_drain(&self->u));
}

/* How such a program ends that has an engine of this kind. */
static int end_of_caller(long what)
{
	struct ut_child c = {};
	int status = ut_spawn(&c, exec_caller);

	if (!status) {
		atomic_store(&c.sh->value[0], what);
		ut_go(&c);
		status = ut_reap(&c);
	}
	ut_end(&c);
	return status;
}

/* A call that no engine wants takes a shorter way. */
TEST(system_calls_in_rseq_are_errors)
{
	int status = end_of_caller(NO_ENGINE);

	if (status == CALL_RETURNS << 8)
		SKIP(return, "needs a kernel with CONFIG_DEBUG_RSEQ");
	ASSERT_EQ(CALL_IS_KILLED << 8, status);
	if (access(UTRACE_PROBE_DEVICE, F_OK))
		SKIP(return, "needs a kernel with CONFIG_UTRACE_PROBE");
	EXPECT_EQ(CALL_IS_KILLED << 8, end_of_caller(UTRACE_PROBE_NO_MATCH));
	EXPECT_EQ(CALL_IS_KILLED << 8, end_of_caller(UTRACE_PROBE_SYSCALLS));
}

UT_MAIN_WITH_ROLES(run_role)
