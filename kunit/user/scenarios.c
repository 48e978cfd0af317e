// SPDX-License-Identifier: GPL-2.0-only
/*
 * What user mode does in the tests that a few instructions are not enough for
 *
 * The suites put this program into a file system that nobody else sees, and
 * run it there (utrace_user.c).  All that passes between it and a test is files
 * of its working directory: "scenario" says what to do, in words; "failure"
 * says which check failed, "result" what was seen; a process writes its id for
 * the test to find it; and "at-X" and "go-X" make one wait for the other.  So
 * it depends on nothing that it helps to test.
 */

#include "nolibc.h"

#include <stdbool.h>

#include <linux/elf.h>
#include <linux/filter.h>
#include <linux/prctl.h>
#include <linux/ptrace.h>
#include <linux/resource.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <linux/uio.h>

#include <user.h>

/* Its name differs, its number does not. */
#define PEEKUSER	3
#define SYSCALL_STOP	(SIGTRAP | 0x80)
#define EVENT_STOP(sig)	((sig) | PTRACE_EVENT_STOP << 8)

static char words[4][32];

static void __attribute__((noreturn)) finish(int status)
{
	for (;;)
		my_syscall1(__NR_exit_group, status);
}

/*
 * Talking to the test
 */

static void say(const char *file, const char *format, ...)
{
	int fd = open(file, O_WRONLY | O_CREAT | O_APPEND, 0644);
	va_list args;

	va_start(args, format);
	vfprintf(fdopen(fd, "a"), format, args);
	va_end(args);
	close(fd);
}

static void fail(int line, const char *what, long value)
{
	say("failure", "line %d: %s (%ld)\n", line, what, value);
	finish(1);
}

#define check(condition) do {						\
	if (!(condition))						\
		fail(__LINE__, #condition, 0);				\
} while (0)

#define check_equal(expected, expression) do {				\
	long __value = (expression);					\
									\
	if (__value != (expected))					\
		fail(__LINE__, #expression " is not " #expected, __value); \
} while (0)

static void join(char *to, const char *a, const char *b)
{
	strcpy(to, a);
	strcpy(to + strlen(to), b);
}

static void mark(const char *point)
{
	char file[40];

	join(file, "at-", point);
	close(open(file, O_WRONLY | O_CREAT, 0644));
}

static void await(const char *point)
{
	char file[40];
	int fd;

	join(file, "go-", point);
	while ((fd = open(file, O_RDONLY)) < 0)
		usleep(1000);
	close(fd);
}

/* Tells the test that it is here, and waits until it may go on. */
static void point(const char *name)
{
	mark(name);
	await(name);
}

static void read_words(void)
{
	char text[128] = "", *p = text;
	int fd, i;

	fd = open("scenario", O_RDONLY);
	check(fd >= 0);
	check(read(fd, text, sizeof(text) - 1) > 0);
	close(fd);
	for (i = 0; i < 4 && *p; i++) {
		int n = 0;

		while (*p && *p != ' ' && n < 31)
			words[i][n++] = *p++;
		while (*p == ' ')
			p++;
	}
}

/*
 * Processes and threads
 */

struct child {
	pid_t pid;
	int go;
};

static void start(struct child *child)
{
	check_equal(1, write(child->go, "", 1));
}

/* The child begins when start() says so. */
static struct child spawn(const char *name, void (*fn)(void))
{
	struct child child;
	int fds[2];
	char byte;

	check_equal(0, pipe(fds));
	child.pid = fork();
	check(child.pid >= 0);
	if (!child.pid) {
		/* A failed test leaves nobody behind. */
		check_equal(0, prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0));
		close(fds[1]);
		check_equal(1, read(fds[0], &byte, 1));
		fn();
		finish(0);
	}
	close(fds[0]);
	child.go = fds[1];
	say(name, "%d", child.pid);
	return child;
}

static void (*volatile thread_fn)(void);

/* Where a new thread begins: on a stack of its own, with nothing on it. */
void thread_main(void)
{
	void (*fn)(void) = thread_fn;

	thread_fn = NULL;
	fn();
	my_syscall1(__NR_exit, 0);
}

#define THREAD_FLAGS	(CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | \
			 CLONE_THREAD | CLONE_SYSVSEM)

#define STACK_SIZE	(64 << 10)

static pid_t thread(const char *name, void (*fn)(void))
{
	char *stack;
	long tid;

	stack = mmap(NULL, STACK_SIZE, PROT_READ | PROT_WRITE,
		     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	check(stack != MAP_FAILED);
	thread_fn = fn;
	/* An ABI may want a frame above the first function's. */
	tid = raw_thread(THREAD_FLAGS, stack + STACK_SIZE - 512);
	check(tid > 0);
	while (thread_fn)
		sched_yield();
	if (name)
		say(name, "%ld", tid);
	return tid;
}

/* Without CLONE_VM, which would share the stack as well. */
static pid_t vfork_child(void)
{
	return raw_process(CLONE_VFORK | SIGCHLD);
}

static void spin(void)
{
	for (;;)
		asm volatile("");
}

/* A loop of more than one instruction. */
static void count(void)
{
	static volatile unsigned long counter;

	for (;;)
		counter++;
}

static void sleep_forever(void)
{
	for (;;)
		poll(NULL, 0, -1);
}

static void calls(long nr, int n)
{
	while (n--)
		my_syscall0(nr);
}

/* Not in one expression: the arguments are in registers, which calls change. */
static long kill_thread(int sig)
{
	pid_t pid = getpid(), tid = gettid();

	return my_syscall3(__NR_tgkill, pid, tid, sig);
}

static void exec_role(const char *role)
{
	char *argv[] = { "program", (char *)role, NULL };

	execve("program", argv, environ);
	check(!"execve() returned");
}

/*
 * ptrace
 */

static long pt(long request, pid_t pid, unsigned long addr, unsigned long data)
{
	return my_syscall4(__NR_ptrace, request, pid, addr, data);
}

static long wait_status(pid_t pid)
{
	int status;

	check_equal(pid, waitpid(pid, &status, __WALL));
	return status;
}

/* What the stop was: signal and event; or -1 if it is none. */
static long stop_of(pid_t pid)
{
	long status = wait_status(pid);

	return (status & 0xff) == 0x7f ? status >> 8 : -1;
}

static void expect_no_news(pid_t pid)
{
	int status;

	check_equal(0, waitpid(pid, &status, __WALL | WNOHANG));
}

static void seize(pid_t pid, unsigned long options)
{
	check_equal(0, pt(PTRACE_SEIZE, pid, 0, options));
	check_equal(0, pt(PTRACE_INTERRUPT, pid, 0, 0));
	check_equal(EVENT_STOP(SIGTRAP), stop_of(pid));
}

static void kill_and_reap(pid_t pid)
{
	check_equal(0, kill(pid, SIGKILL));
	check_equal(SIGKILL, wait_status(pid));
}

/* Goes on to its next system call stop, and says what it is. */
static bool next_syscall(pid_t pid, struct ptrace_syscall_info *info)
{
	long status;

	check_equal(0, pt(PTRACE_SYSCALL, pid, 0, 0));
	status = wait_status(pid);
	if (status == 0)
		return false;
	check_equal(SYSCALL_STOP << 8 | 0x7f, status);
	memset(info, 0, sizeof(*info));
	check(pt(PTRACE_GET_SYSCALL_INFO, pid, sizeof(*info),
		 (unsigned long)info) > 0);
	return true;
}

static void twenty_calls(void)
{
	calls(__NR_getppid, 20);
}

/* A line of "result" for each getppid: what it returned. */
static void ptrace_syscalls(void)
{
	struct child tracee = spawn("tracee", twenty_calls);
	struct ptrace_syscall_info info;
	bool inside = true;	/* the read() that it waits in */
	long nr = -1;

	seize(tracee.pid, PTRACE_O_TRACESYSGOOD);
	point("seized");
	start(&tracee);
	/* Interrupted, the read() is made again: its entry comes first. */
	inside = false;
	while (next_syscall(tracee.pid, &info)) {
		check_equal(inside ? PTRACE_SYSCALL_INFO_EXIT :
			    PTRACE_SYSCALL_INFO_ENTRY, info.op);
		if (!inside)
			nr = info.entry.nr;
		else if (nr == __NR_getppid)
			say("result", "%d\n", (int)info.exit.rval);
		inside = !inside;
	}
}

/*
 * Changing a call of the tracee's, where each architecture has it
 */

struct user_regs {
	unsigned long word[64];
};

static void get_regs(pid_t pid, struct user_regs *regs, struct iovec *iov)
{
	*iov = (struct iovec){ regs, sizeof(*regs) };
	check_equal(0, pt(PTRACE_GETREGSET, pid, NT_PRSTATUS, (unsigned long)iov));
}

static void set_word(pid_t pid, int word, unsigned long value)
{
	struct user_regs regs;
	struct iovec iov;

	get_regs(pid, &regs, &iov);
	regs.word[word] = value;
#ifdef __powerpc64__
	if (word == 3)
		regs.word[PT_CCR] &= ~0x10000000UL;	/* no error */
#endif
	check_equal(0, pt(PTRACE_SETREGSET, pid, NT_PRSTATUS, (unsigned long)&iov));
}

#if defined(__x86_64__)
#define WORD_NR		15
#define WORD_ARG1	13
#define WORD_RESULT	10
#elif defined(__aarch64__)
#define WORD_ARG1	1
#define WORD_RESULT	0
#elif defined(__riscv)
#define WORD_NR		17
#define WORD_ARG1	11
#define WORD_RESULT	10
#elif defined(__powerpc64__)
#define WORD_NR		0
#define WORD_ARG1	4
#define WORD_RESULT	3
#elif defined(__s390x__)
#define WORD_NR		4
#define WORD_ARG1	5
#define WORD_RESULT	4
#endif

static void set_nr(pid_t pid, int nr)
{
#ifdef WORD_NR
	set_word(pid, WORD_NR, nr);
#else
	struct iovec iov = { &nr, sizeof(nr) };

	check_equal(0, pt(PTRACE_SETREGSET, pid, 0x404, (unsigned long)&iov));
#endif
}

static void calls_to_rewrite(void)
{
	say("result", "%ld\n", my_syscall3(__NR_getppid, 11, 12, 13) == getpid());
	say("result", "%ld\n", my_syscall3(__NR_getuid, 21, 22, 23));
	say("result", "%ld\n", my_syscall3(__NR_geteuid, 31, 32, 33));
	say("result", "%ld\n", my_syscall3(__NR_getgid, 41, 42, 43));
	finish(5);
}

/* As proot and fakeroot do: another call, none at all, other arguments, a result. */
static void ptrace_rewrite(void)
{
	struct child tracee = spawn("tracee", calls_to_rewrite);
	struct ptrace_syscall_info info;
	pid_t pid = tracee.pid;
	long nr = -1;
	int status;

	seize(pid, PTRACE_O_TRACESYSGOOD);
	point("seized");
	start(&tracee);
	for (;;) {
		check_equal(0, pt(PTRACE_SYSCALL, pid, 0, 0));
		status = wait_status(pid);
		if ((status & 0xff) != 0x7f)
			break;
		check_equal(SYSCALL_STOP << 8 | 0x7f, status);
		memset(&info, 0, sizeof(info));
		check(pt(PTRACE_GET_SYSCALL_INFO, pid, sizeof(info),
			 (unsigned long)&info) > 0);
		if (info.op == PTRACE_SYSCALL_INFO_ENTRY) {
			nr = info.entry.nr;
			if (nr == __NR_getppid)
				set_nr(pid, __NR_getpid);
			else if (nr == __NR_getuid)
				set_nr(pid, -1);
			else if (nr == __NR_geteuid)
				set_word(pid, WORD_ARG1, 99);
		} else if (nr == __NR_getuid) {
			set_word(pid, WORD_RESULT, 1234);
		} else if (nr == __NR_getgid) {
			set_word(pid, WORD_RESULT, 77);
		}
	}
	check_equal(5 << 8, status);
}

/* The test kills the tracee in the stop at the entry of a call. */
static void ptrace_at_entry(void)
{
	struct child tracee = spawn("tracee", twenty_calls);
	struct ptrace_syscall_info info;

	seize(tracee.pid, PTRACE_O_TRACESYSGOOD);
	point("seized");
	start(&tracee);
	do {
		check(next_syscall(tracee.pid, &info));
	} while (info.op != PTRACE_SYSCALL_INFO_ENTRY ||
		 info.entry.nr != __NR_getppid);
	point("entry");
	check_equal(SIGKILL, wait_status(tracee.pid));
}

static void calls_and_a_signal(void)
{
	calls(__NR_getppid, 20);
	kill(getpid(), SIGUSR1);
	calls(__NR_getppid, 20);
	finish(9);
}

/* Without PTRACE_SYSCALL: a line for each status. */
static void ptrace_cont(void)
{
	struct child tracee = spawn("tracee", calls_and_a_signal);
	long status;

	seize(tracee.pid, PTRACE_O_TRACESYSGOOD);
	point("seized");
	start(&tracee);
	do {
		check_equal(0, pt(PTRACE_CONT, tracee.pid, 0, 0));
		status = wait_status(tracee.pid);
		say("result", "%x\n", (unsigned int)status);
	} while ((status & 0xff) == 0x7f);
}

static struct child tracee;

/* In a process of its own: has syscall stops, and then stops wanting them. */
static void tracer_that_leaves(void)
{
	struct ptrace_syscall_info info;

	seize(tracee.pid, PTRACE_O_TRACESYSGOOD);
	start(&tracee);
	do {
		check(next_syscall(tracee.pid, &info));
	} while (info.op != PTRACE_SYSCALL_INFO_ENTRY ||
		 info.entry.nr != __NR_getppid);
	if (!strcmp(words[1], "cont")) {
		check_equal(0, pt(PTRACE_CONT, tracee.pid, 0, 0));
		check_equal(4 << 8, wait_status(tracee.pid));
	} else if (!strcmp(words[1], "detach")) {
		check_equal(0, pt(PTRACE_DETACH, tracee.pid, 0, 0));
	}
}

static void two_kinds_of_calls(void)
{
	calls(__NR_getppid, 2);
	calls(__NR_getuid, 20);
	finish(4);
}

static void ptrace_leave(void)
{
	struct child tracer;

	tracee = spawn("tracee", two_kinds_of_calls);
	point("ready");
	tracer = spawn("tracer", tracer_that_leaves);
	start(&tracer);
	check_equal(0, wait_status(tracer.pid));
	check_equal(4 << 8, wait_status(tracee.pid));
}

/* Requests to a tracee that is held, which is not a stop of ptrace. */
static void refused_by_all(pid_t pid)
{
	static char buf[1024];
	struct iovec iov = { buf, sizeof(buf) };

	check_equal(-ESRCH, pt(PEEKUSER, pid, 0, (unsigned long)buf));
	check_equal(-ESRCH, pt(PTRACE_GETREGSET, pid, NT_PRSTATUS,
			       (unsigned long)&iov));
	check_equal(-ESRCH, pt(PTRACE_SETREGSET, pid, NT_PRSTATUS,
			       (unsigned long)&iov));
	check_equal(-ESRCH, pt(PTRACE_GETSIGINFO, pid, 0, (unsigned long)buf));
	check_equal(-ESRCH, pt(PTRACE_CONT, pid, 0, 0));
	check_equal(-ESRCH, pt(PTRACE_SYSCALL, pid, 0, 0));
	check_equal(-ESRCH, pt(PTRACE_LISTEN, pid, 0, 0));
	check_equal(-ESRCH, pt(PTRACE_DETACH, pid, 0, 0));
}

static void ptrace_seize_held(void)
{
	char buf[1024];
	struct iovec iov = { buf, sizeof(buf) };
	pid_t pid;

	tracee = spawn("tracee", spin);
	pid = tracee.pid;
	start(&tracee);
	point("held");
	check_equal(0, pt(PTRACE_SEIZE, pid, 0, 0));
	check_equal(0, pt(PTRACE_INTERRUPT, pid, 0, 0));
	expect_no_news(pid);
	refused_by_all(pid);
	point("asked");
	check_equal(EVENT_STOP(SIGTRAP), stop_of(pid));
	check_equal(0, pt(PTRACE_GETREGSET, pid, NT_PRSTATUS,
			  (unsigned long)&iov));
	point("trapped");
	check_equal(0, pt(PTRACE_CONT, pid, 0, 0));
	point("continued");
	expect_no_news(pid);
	check_equal(0, pt(PTRACE_INTERRUPT, pid, 0, 0));
	check_equal(EVENT_STOP(SIGTRAP), stop_of(pid));
	check_equal(0, pt(PTRACE_DETACH, pid, 0, 0));
	point("detached");
	kill_and_reap(pid);
}

static void ptrace_interrupt_held(void)
{
	pid_t pid;

	tracee = spawn("tracee", spin);
	pid = tracee.pid;
	start(&tracee);
	point("held");
	check_equal(0, pt(PTRACE_SEIZE, pid, 0, 0));
	check_equal(0, pt(PTRACE_INTERRUPT, pid, 0, 0));
	point("interrupted");
	/* The test has killed it. */
	check_equal(SIGKILL, wait_status(pid));
}

static void ptrace_attach_held(void)
{
	pid_t pid;

	tracee = spawn("tracee", spin);
	pid = tracee.pid;
	start(&tracee);
	point("held");
	check_equal(0, pt(PTRACE_ATTACH, pid, 0, 0));
	expect_no_news(pid);
	refused_by_all(pid);
	point("attached");
	check_equal(SIGSTOP, stop_of(pid));
	point("stopped");
	check_equal(0, pt(PTRACE_DETACH, pid, 0, 0));
	point("detached");
	kill_and_reap(pid);
}

/* ptrace-attach-stopped seize|attach: the test has stopped the tracee. */
static void ptrace_attach_stopped(void)
{
	bool seize = !strcmp(words[1], "seize");
	pid_t pid;

	tracee = spawn("tracee", spin);
	pid = tracee.pid;
	start(&tracee);
	point("stopped");
	check_equal(0, pt(seize ? PTRACE_SEIZE : PTRACE_ATTACH, pid, 0, 0));
	point("attached");
	check_equal(seize ? EVENT_STOP(SIGSTOP) : SIGSTOP, stop_of(pid));
	kill_and_reap(pid);
}

/* Into a group stop, as its tracer sees it. */
static void group_stop(pid_t pid)
{
	check_equal(0, kill(pid, SIGSTOP));
	check_equal(SIGSTOP, stop_of(pid));
	check_equal(0, pt(PTRACE_CONT, pid, 0, SIGSTOP));
	check_equal(EVENT_STOP(SIGSTOP), stop_of(pid));
}

/* And out of it, when SIGCONT has been sent. */
static void group_cont(pid_t pid)
{
	check_equal(EVENT_STOP(SIGTRAP), stop_of(pid));
	check_equal(0, pt(PTRACE_CONT, pid, 0, 0));
	check_equal(SIGCONT, stop_of(pid));
	check_equal(0, pt(PTRACE_CONT, pid, 0, SIGCONT));
}

static void ptrace_listen(void)
{
	pid_t pid;

	tracee = spawn("tracee", spin);
	pid = tracee.pid;
	start(&tracee);
	seize(pid, 0);
	check_equal(0, pt(PTRACE_CONT, pid, 0, 0));
	point("ready");
	group_stop(pid);
	check_equal(0, pt(PTRACE_LISTEN, pid, 0, 0));
	point("listening");
	check_equal(0, kill(pid, SIGCONT));
	point("continued");
	group_cont(pid);
	point("running");
	expect_no_news(pid);
	kill_and_reap(pid);
}

static void ptrace_group_stop(void)
{
	pid_t pid;

	tracee = spawn("tracee", spin);
	pid = tracee.pid;
	start(&tracee);
	seize(pid, 0);
	check_equal(0, pt(PTRACE_CONT, pid, 0, 0));
	point("ready");
	group_stop(pid);
	point("stopped");
	/* Out of the trap, though the group is still stopped. */
	check_equal(0, pt(PTRACE_CONT, pid, 0, 0));
	point("resumed");
	expect_no_news(pid);
	check_equal(0, kill(pid, SIGCONT));
	group_cont(pid);
	point("running");
	expect_no_news(pid);
	kill_and_reap(pid);
}

static void tracer_that_dies(void)
{
	check_equal(0, pt(PTRACE_SEIZE, tracee.pid, 0,
			  strcmp(words[1], "exitkill") ? 0 :
			  PTRACE_O_EXITKILL));
	check_equal(0, pt(PTRACE_INTERRUPT, tracee.pid, 0, 0));
	if (!strcmp(words[2], "trapped"))
		check_equal(EVENT_STOP(SIGTRAP), stop_of(tracee.pid));
	point("seized");
}

static void spin_in_two_threads(void)
{
	thread(NULL, spin);
	spin();
}

/* ptrace-tracer-dies stay|exitkill [trapped|threads] */
static void ptrace_tracer_dies(void)
{
	struct child tracer;

	tracee = spawn("tracee", strcmp(words[2], "threads") ?
		       spin : spin_in_two_threads);
	start(&tracee);
	point("ready");
	tracer = spawn("tracer", tracer_that_dies);
	start(&tracer);
	check_equal(0, wait_status(tracer.pid));
	point("alone");
	/* The test kills it, or the kernel already has. */
	check_equal(SIGKILL, wait_status(tracee.pid));
}

static void ptrace_step(void)
{
	pid_t pid;
	int i;

	tracee = spawn("tracee", spin);
	pid = tracee.pid;
	start(&tracee);
	/* Its own signals are over then, and it is in its loop. */
	point("ready");
	seize(pid, 0);
	for (i = 0; i < 5; i++) {
		check_equal(0, pt(PTRACE_SINGLESTEP, pid, 0, 0));
		check_equal(SIGTRAP, stop_of(pid));
	}
	point("stepped");
	check_equal(0, pt(PTRACE_CONT, pid, 0, 0));
	point("engine");
	expect_no_news(pid);
	check_equal(0, pt(PTRACE_INTERRUPT, pid, 0, 0));
	check_equal(EVENT_STOP(SIGTRAP), stop_of(pid));
	point("both");
	check_equal(0, pt(PTRACE_SINGLESTEP, pid, 0, 0));
	check_equal(SIGTRAP, stop_of(pid));
	point("done");
	check_equal(0, pt(PTRACE_CONT, pid, 0, 0));
	point("running");
	expect_no_news(pid);
	kill_and_reap(pid);
}

static void stay_in_handler(int sig)
{
	spin();
}

static void spin_with_handler(void)
{
	struct sigaction act = { .sa_handler = stay_in_handler };

#ifdef SA_RESTORER
	/* Nothing returns there. */
	act.sa_flags = SA_RESTORER;
	act.sa_restorer = spin;
#endif
	check_equal(0, my_syscall4(__NR_rt_sigaction, SIGUSR1, &act, NULL,
				   sizeof(unsigned long)));
	mark("handler");
	spin();
}

/* The tracer answers the stop after a step with a signal. */
static void ptrace_step_inject(void)
{
	pid_t pid;

	tracee = spawn("tracee", spin_with_handler);
	pid = tracee.pid;
	start(&tracee);
	point("ready");
	seize(pid, 0);
	check_equal(0, pt(PTRACE_SINGLESTEP, pid, 0, 0));
	check_equal(SIGTRAP, stop_of(pid));
	check_equal(0, pt(PTRACE_CONT, pid, 0, SIGUSR1));
	point("injected");
	expect_no_news(pid);
	kill_and_reap(pid);
}

#define BLOCKS	5

/* The engine's steps are longer than ptrace's, and then shorter. */
static void ptrace_block(void)
{
	long ret = -EIO;
	pid_t pid;
	int i;

	tracee = spawn("tracee", count);
	pid = tracee.pid;
	start(&tracee);
	point("ready");
	seize(pid, 0);
	point("stopped");
	for (i = 0; i < 40; i++) {
		check_equal(0, pt(PTRACE_SINGLESTEP, pid, 0, 0));
		check_equal(SIGTRAP, stop_of(pid));
	}
	point("stepped");
#ifdef PTRACE_SINGLEBLOCK
	for (i = 0; i < BLOCKS; i++) {
		ret = pt(PTRACE_SINGLEBLOCK, pid, 0, 0);
		if (ret)
			break;
		check_equal(SIGTRAP, stop_of(pid));
	}
#endif
	check(ret == 0 || ret == -EIO);
	say("blocks", "%d", ret ? 0 : BLOCKS);
	point("done");
	check_equal(0, pt(PTRACE_CONT, pid, 0, 0));
	point("running");
	expect_no_news(pid);
	kill_and_reap(pid);
}

/*
 * A bit of everything that a tracer is told of, but SIGCHLD: that comes when it
 * comes, before or after a system call that follows.
 */
static void fixed_program(void)
{
	unsigned long set = 1ul << (SIGCHLD - 1);
	pid_t pid;

	check_equal(0, my_syscall4(__NR_rt_sigprocmask, SIG_BLOCK, &set, NULL,
				   sizeof(set)));
	kill(getpid(), SIGUSR2);
	calls(__NR_getppid, 2);
	kill(getpid(), SIGUSR1);
	kill(getpid(), SIGWINCH);
	kill(getpid(), SIGSTOP);
	pid = fork();
	if (!pid) {
		calls(__NR_getppid, 2);
		finish(3);
	}
	check_equal(3 << 8, wait_status(pid));
	pid = vfork_child();
	if (!pid)
		finish(5);
	check_equal(5 << 8, wait_status(pid));
	exec_role("exit6");
}

#define SEEN_PIDS	4
#define SEEN_MAX	64

/* "result" is what wait4() told, one process after the other. */
static void ptrace_statuses(void)
{
	static unsigned int seen[SEEN_PIDS][SEEN_MAX];
	int n[SEEN_PIDS] = {}, pids[SEEN_PIDS] = {};
	int i, j, status, sig;
	pid_t pid;

	tracee = spawn("tracee", fixed_program);
	seize(tracee.pid, PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEFORK |
	      PTRACE_O_TRACEVFORK | PTRACE_O_TRACEVFORKDONE |
	      PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC | PTRACE_O_TRACEEXIT);
	point("ready");
	/* From here on it is known what it does next. */
	start(&tracee);
	check_equal(0, pt(PTRACE_CONT, tracee.pid, 0, 0));
	check_equal(SIGUSR2, stop_of(tracee.pid));
	check_equal(0, pt(PTRACE_SYSCALL, tracee.pid, 0, 0));
	while ((pid = waitpid(-1, &status, __WALL)) > 0) {
		for (i = 0; pids[i] && pids[i] != pid; i++)
			check(i < SEEN_PIDS - 1);
		pids[i] = pid;
		check(n[i] < SEEN_MAX);
		seen[i][n[i]++] = status;
		if ((status & 0xff) != 0x7f)
			continue;

		if (status >> 8 == EVENT_STOP(SIGSTOP)) {
			check_equal(0, pt(PTRACE_LISTEN, pid, 0, 0));
			check_equal(0, kill(pid, SIGCONT));
			continue;
		}
		/* One signal is kept from it, which would kill it. */
		sig = status >> 8;
		if (sig >= SYSCALL_STOP || sig == SIGUSR1)
			sig = 0;
		check_equal(0, pt(PTRACE_SYSCALL, pid, 0, sig));
	}
	for (i = 0; i < SEEN_PIDS; i++)
		for (j = 0; j < n[i]; j++)
			say("result", "%d: %x\n", i, seen[i][j]);
}

/*
 * exec and vfork
 */

static volatile int b_goes, c_goes;

static void thread_b(void)
{
	while (!b_goes)
		usleep(1000);
	if (!strcmp(words[2], "held"))
		await("exec");
	exec_role("exit6");
}

static void thread_c(void)
{
	while (!c_goes)
		usleep(1000);
}

/*
 * exec leader|thread [exit|held]: there are two more threads.  C may exit before;
 * the leader may be one that the test can hold.
 */
static void exec_in_group(void)
{
	thread("thread-b", thread_b);
	thread("thread-c", thread_c);
	point("ready");
	if (!strcmp(words[2], "exit")) {
		c_goes = 1;
		point("exits");
	}
	if (!strcmp(words[1], "leader"))
		exec_role("exit6");
	b_goes = 1;
	if (!strcmp(words[2], "held")) {
		mark("spin");
		spin();
	}
	sleep_forever();
}

static void vfork_once(void)
{
	pid_t pid;

	point("ready");
	pid = vfork_child();
	if (!pid) {
		mark("child");
		await("child");
		finish(5);
	}
	mark("parent");
	say("child", "%d", pid);
	check_equal(5 << 8, wait_status(pid));
}

/*
 * One thread is held somewhere while another ends the process: doom ACT END
 */

static volatile int victim_goes;

static void victim(void)
{
	const char *act = words[1];
	pid_t pid;

	while (!victim_goes)
		sched_yield();
	if (!strcmp(act, "call")) {
		calls(__NR_getppid, 1);
	} else if (!strcmp(act, "signal")) {
		/* To itself, not to any thread of the process. */
		check_equal(0, kill_thread(SIGWINCH));
		calls(__NR_getppid, 1);
	} else if (!strcmp(act, "fork")) {
		pid = fork();
		if (!pid)
			finish(0);
	} else if (!strcmp(act, "vfork")) {
		pid = vfork_child();
		if (!pid)
			finish(0);
	} else if (!strcmp(act, "stop")) {
		check_equal(0, kill_thread(SIGSTOP));
	} else if (!strcmp(act, "exit")) {
		return;
	}
	spin();
}

static void dump_core(void)
{
	struct rlimit limit = { RLIM_INFINITY, RLIM_INFINITY };
	volatile int *volatile nowhere = NULL;

	check_equal(0, setrlimit(RLIMIT_CORE, &limit));
	*nowhere = 0;
}

static void doom(void)
{
	const char *end = words[2];

	thread("victim", victim);
	point("ready");
	victim_goes = 1;
	point("held");
	if (!strcmp(end, "exit"))
		my_syscall1(__NR_exit_group, 0);
	else if (!strcmp(end, "exec"))
		exec_role("exit0");
	else if (!strcmp(end, "core"))
		dump_core();
	sleep_forever();
}

/*
 * Seccomp kills the thread that calls getppid(): seccomp CALL, which says what a
 * thread calls when it may go on
 */

static void filtered(void)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 0),		/* the number */
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_getppid, 1, 0),
		/* What is to become of a call that is skipped is not its affair. */
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, -1U, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_THREAD),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = { sizeof(code) / sizeof(code[0]), code };
	long result;

	while (!victim_goes)
		sched_yield();
	check_equal(0, my_syscall5(__NR_prctl, PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
	check_equal(0, my_syscall3(__NR_seccomp, SECCOMP_SET_MODE_FILTER, 0,
				   &program));
	point("filtered");
	if (!strcmp(words[1], "getppid"))
		result = my_syscall0(__NR_getppid);
	else
		result = my_syscall0(__NR_getuid);
	say("result", "%ld", result);
	mark("survived");
	sleep_forever();
}

static void seccomp(void)
{
	thread("thread", filtered);
	/* Now the test can find it. */
	victim_goes = 1;
	point("done");
	finish(0);
}

/*
 * Storms
 */

static unsigned int next_random(unsigned int *seed)
{
	*seed = *seed * 1103515245 + 12345;
	return *seed >> 16 & 0x7fff;
}

static void storm_thread(void)
{
	unsigned int seed = gettid();
	int status;
	pid_t pid;

	for (;;) {
		switch (next_random(&seed) % 8) {
		case 0:
			pid = fork();
			if (!pid)
				finish(0);
			if (pid > 0)
				waitpid(pid, &status, __WALL);
			break;
		case 1:
			kill(getpid(), SIGWINCH);
			break;
		case 2:
			kill_thread(SIGCONT);
			break;
		case 3:
			sched_yield();
			break;
		case 4:
			usleep(100);
			break;
		case 5:
			if (next_random(&seed) % 16 == 0)
				exec_role("storm");
			break;
		default:
			calls(__NR_getppid, 8);
		}
	}
}

static void storm(void)
{
	thread(NULL, storm_thread);
	thread(NULL, storm_thread);
	storm_thread();
}

/* rounds N: children that exec, are killed there or come to an end. */
static void rounds(void)
{
	int i, n = atoi(words[1]);
	long status;
	pid_t pid;

	point("ready");
	for (i = 0; i < n; i++) {
		pid = fork();
		check(pid >= 0);
		if (!pid)
			exec_role(i % 2 ? "spin" : "exit6");
		if (i % 2) {
			if (i % 4 == 1)
				sched_yield();
			check_equal(0, kill(pid, SIGKILL));
		}
		status = wait_status(pid);
		check_equal(i % 2 ? SIGKILL : 6 << 8, status);
	}
}

#define LEAK_DIR	"/utrace-kmemleak"

/* "result" is what kmemleak says about our files, if this kernel has it. */
static void kmemleak(void)
{
	static char text[64 << 10];
	int fd, n, len = 0;

	mkdir(LEAK_DIR, 0700);
	check_equal(0, mount("debugfs", LEAK_DIR, "debugfs", 0, NULL));
	fd = open(LEAK_DIR "/kmemleak", O_RDWR);
	check(fd >= 0);
	/* What is new is listed only when a second scan finds it, too. */
	check_equal(4, write(fd, "scan", 4));
	check_equal(4, write(fd, "scan", 4));
	while ((n = read(fd, text + len, sizeof(text) - 1 - len)) > 0)
		len += n;
	text[len] = '\0';
	close(fd);
	check_equal(0, umount2(LEAK_DIR, 0));
	rmdir(LEAK_DIR);
	fd = open("result", O_WRONLY | O_CREAT, 0644);
	check_equal(len, write(fd, text, len));
	close(fd);
}

static const struct {
	const char *name;
	void (*fn)(void);
} scenarios[] = {
	{ "ptrace-syscalls", ptrace_syscalls },
	{ "ptrace-cont", ptrace_cont },
	{ "ptrace-rewrite", ptrace_rewrite },
	{ "ptrace-at-entry", ptrace_at_entry },
	{ "ptrace-leave", ptrace_leave },
	{ "ptrace-seize-held", ptrace_seize_held },
	{ "ptrace-interrupt-held", ptrace_interrupt_held },
	{ "ptrace-attach-held", ptrace_attach_held },
	{ "ptrace-attach-stopped", ptrace_attach_stopped },
	{ "ptrace-listen", ptrace_listen },
	{ "ptrace-group-stop", ptrace_group_stop },
	{ "ptrace-tracer-dies", ptrace_tracer_dies },
	{ "ptrace-step", ptrace_step },
	{ "ptrace-step-inject", ptrace_step_inject },
	{ "ptrace-block", ptrace_block },
	{ "ptrace-statuses", ptrace_statuses },
	{ "exec", exec_in_group },
	{ "vfork", vfork_once },
	{ "doom", doom },
	{ "seccomp", seccomp },
	{ "storm", storm },
	{ "rounds", rounds },
	{ "kmemleak", kmemleak },
};

/* What an exec by one of the scenarios makes of it. */
static int role(const char *name)
{
	if (!strcmp(name, "spin"))
		spin();
	if (!strcmp(name, "storm"))
		storm();
	check(!strncmp(name, "exit", 4));
	return name[4] - '0';
}

int main(int argc, char **argv)
{
	unsigned int i;

	if (argc > 1)
		return role(argv[1]);
	read_words();
	for (i = 0; i < sizeof(scenarios) / sizeof(scenarios[0]); i++) {
		if (!strcmp(words[0], scenarios[i].name)) {
			scenarios[i].fn();
			return 0;
		}
	}
	fail(__LINE__, words[0], 0);
	return 1;
}
