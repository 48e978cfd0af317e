// SPDX-License-Identifier: GPL-2.0-only
/*
 * What utrace costs, counted rather than timed: under QEMU's -icount shift=0
 * the guest's clock advances one nanosecond per instruction.
 *
 *   loops [NAME...]	what an untraced program pays: print
 *			"bench NAME INSTRUCTIONS-PER-ITERATION" for each loop
 *   loops engines	likewise, what engines cost the thread that they are on
 *			and, to compare, what a ptrace tracer does; and memory
 *
 * Each loop runs in many short rounds, and the mean of those between the cheapest
 * fifth and the dearer half is printed.  A round that happens to need no new random
 * numbers is thousands of instructions cheaper than the next; and the dearer ones have
 * timer ticks and grace periods, and fill slabs and lists of free pages, at which the
 * same loop of two kernels, or of one kernel in more memory, differs by hundreds of
 * instructions and by mere chance.
 *
 * Where a slab is full, and how a percpu area is aligned, is chance, too, and costs a
 * hundred instructions in the same place of every round.  So each round begins with
 * another number of processes alive, and it is the mean that is taken, not one round.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/msg.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../kunit/utrace_probe.h"
#include "measure.h"

static const char *self;

static void one_syscall(void)
{
	syscall(SYS_getppid);
}

static void handler(int sig)
{
	(void)sig;
}

static void one_signal(void)
{
	syscall(SYS_tgkill, getpid(), syscall(SYS_gettid), SIGUSR1);
}

static void one_fork(void)
{
	pid_t pid = fork();

	if (!pid)
		_exit(0);
	if (pid < 0 || waitpid(pid, NULL, 0) != pid)
		die("fork");
}

static void one_exec(void)
{
	pid_t pid = vfork();

	if (!pid) {
		execl(self, self, "--exit", NULL);
		_exit(1);
	}
	if (pid < 0 || waitpid(pid, NULL, 0) != pid)
		die("vfork");
}

/* Processes that do nothing but be there. */
#define BYSTANDERS	47

/*
 * And as many messages of each size, which are objects of the general caches, if
 * the kernel has System V queues.
 */
static void change_messages(int nr)
{
	static const size_t sizes[] = { 16, 80, 144, 208, 464, 976, 1488 };
	static struct { long type; char text[2048]; } message = { .type = 1 };
	static int queues[ARRAY_SIZE(sizes)];

	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		if (!nr) {
			if (queues[i])
				msgctl(queues[i], IPC_RMID, NULL);
			queues[i] = msgget(IPC_PRIVATE, 0600);
		}
		/* A queue that is full is as good as another. */
		if (queues[i] > 0)
			msgsnd(queues[i], &message, sizes[i], IPC_NOWAIT);
	}
}

static void change_bystanders(void)
{
	static pid_t pids[BYSTANDERS];
	static int nr;

	change_messages(nr);
	if (nr < BYSTANDERS) {
		pids[nr] = fork();
		if (pids[nr] < 0)
			die("fork");
		if (!pids[nr]) {
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			for (;;)
				pause();
		}
		nr++;
		return;
	}
	while (nr) {
		nr--;
		kill(pids[nr], SIGKILL);
		waitpid(pids[nr], NULL, 0);
	}
}

static const struct loop loops[] = {
	{ "syscall", one_syscall, 2000, 100 },
	{ "signal", one_signal, 400, 100 },
	{ "fork", one_fork, 2, MAX_ROUNDS },
	{ "exec", one_exec, 1, MAX_ROUNDS },
};

/*
 * Engines
 */

static const struct engines {
	const char *name;
	struct utrace_probe_attach attach, beside;
} engines[] = {
	{ .name = "engines_1", .attach = { 1, UTRACE_PROBE_SYSCALLS } },
	{ .name = "engines_2", .attach = { 2, UTRACE_PROBE_SYSCALLS } },
	{ .name = "engines_4", .attach = { 4, UTRACE_PROBE_SYSCALLS } },
	{ .name = "engines_8", .attach = { 8, UTRACE_PROBE_SYSCALLS } },
	{ .name = "engines_16", .attach = { 16, UTRACE_PROBE_SYSCALLS } },
	{ .name = "idle_engine", .attach = { 1, UTRACE_PROBE_IDLE } },
	{ .name = "no_match", .attach = { 1, UTRACE_PROBE_NO_MATCH } },
	{ .name = "no_match_beside", .attach = { 1, UTRACE_PROBE_SYSCALLS },
	  .beside = { 1, UTRACE_PROBE_NO_MATCH } },
	/* Last: the first loop after boot meets with what is left of it. */
	{ .name = "engines_0", .attach = { 0, UTRACE_PROBE_SYSCALLS } },
};

static void run_engines(const struct engines *e)
{
	const struct loop loop = { e->name, one_syscall, 1000, 100 };
	struct utrace_probe_info before, after;
	unsigned long long calls, least;
	int fd = open(UTRACE_PROBE_DEVICE, O_RDWR | O_CLOEXEC);
	double cost;

	if (fd < 0)
		die(UTRACE_PROBE_DEVICE " (CONFIG_UTRACE_PROBE)");
	if (ioctl(fd, UTRACE_PROBE_ATTACH, &e->attach) ||
	    ioctl(fd, UTRACE_PROBE_ATTACH, &e->beside) ||
	    ioctl(fd, UTRACE_PROBE_INFO, &before))
		die("attach engines");
	cost = measure(&loop, NULL);
	if (ioctl(fd, UTRACE_PROBE_INFO, &after) ||
	    ioctl(fd, UTRACE_PROBE_DETACH))
		die("detach engines");
	close(fd);

	/* Nobody shall take pride in engines that were not called. */
	calls = after.entries - before.entries + after.exits - before.exits;
	least = 2ull * e->attach.engines * loop.iterations * loop.rounds;
	if (e->attach.what == UTRACE_PROBE_SYSCALLS ? calls < least : calls) {
		fprintf(stderr, "%s: %llu callbacks were made\n", e->name, calls);
		exit(1);
	}
	report(e->name, cost);
	if (e->attach.engines == 1 && e->attach.what == UTRACE_PROBE_SYSCALLS) {
		report("thread_bytes", after.thread_bytes);
		report("engine_bytes", after.engine_bytes);
	}
}

/*
 * Steps
 */

static pid_t tracee;
static int stepper;

static void spin(void)
{
	for (;;)
		asm volatile("");
}

static void one_ptrace_step(void)
{
	int status;

	if (ptrace(PTRACE_SINGLESTEP, tracee, NULL, NULL) ||
	    waitpid(tracee, &status, 0) != tracee ||
	    !WIFSTOPPED(status) || WSTOPSIG(status) != SIGTRAP)
		die("PTRACE_SINGLESTEP");
}

static void one_engine_step(void)
{
	if (ioctl(stepper, UTRACE_PROBE_STEP))
		die("UTRACE_PROBE_STEP");
}

static void end_tracee(void)
{
	kill(tracee, SIGKILL);
	waitpid(tracee, NULL, 0);
}

#define REGS_ROUNDS	200

static struct utrace_probe_regs regs;

static void all_rounds(void)
{
	regs.rounds = REGS_ROUNDS;
	if (ioctl(stepper, UTRACE_PROBE_REGS, &regs))
		die("UTRACE_PROBE_REGS");
}

static void no_round(void)
{
	regs.rounds = 0;
	if (ioctl(stepper, UTRACE_PROBE_REGS, &regs))
		die("UTRACE_PROBE_REGS");
}

/* What it costs to read the registers of a thread that is held. */
static void run_regs(void)
{
	static const struct { const char *name; unsigned int what; } kinds[] = {
		{ "regs_sets", UTRACE_PROBE_REGS_SETS },
		{ "regs_file", UTRACE_PROBE_REGS_FILE },
		{ "regs_set", UTRACE_PROBE_REGS_SET },
		{ "regs_role", UTRACE_PROBE_REGS_ROLE },
	};
	const struct loop full = { "", all_rounds, 4, 20 }, none = { "", no_round, 4, 20 };
	struct utrace_probe_attach stopped = { 1, UTRACE_PROBE_STOPPED };

	stepper = open(UTRACE_PROBE_DEVICE, O_RDWR | O_CLOEXEC);
	if (stepper < 0)
		die(UTRACE_PROBE_DEVICE " (CONFIG_UTRACE_PROBE)");
	tracee = fork();
	if (!tracee) {
		if (ioctl(stepper, UTRACE_PROBE_ATTACH, &stopped))
			_exit(1);
		spin();
	}
	if (tracee < 0)
		die("fork");
	/* Not attached yet, or not stopped. */
	regs.rounds = 0;
	while (ioctl(stepper, UTRACE_PROBE_REGS, &regs)) {
		if (errno != EINVAL && errno != EAGAIN)
			die("UTRACE_PROBE_REGS");
		sched_yield();
	}

	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		regs.what = kinds[i].what;
		report(kinds[i].name, (measure(&full, NULL) - measure(&none, NULL)) /
				      REGS_ROUNDS);
	}
	close(stepper);
	end_tracee();
}

/*
 * Does a program that is stepped do what it does otherwise?  Under QEMU 7.2, on s390x,
 * its jumps are lost.
 */
static bool can_step(void)
{
	struct utrace_probe_attach steps = { 1, UTRACE_PROBE_STEPS };
	pid_t pid = fork();
	int status, i, fd;

	if (!pid) {
		fd = open(UTRACE_PROBE_DEVICE, O_RDWR | O_CLOEXEC);
		if (fd < 0 || ioctl(fd, UTRACE_PROBE_ATTACH, &steps))
			_exit(1);
		for (i = 0; i < 1000; i++)
			asm volatile("" : "+r" (i));
		_exit(i == 1000 ? 0 : 1);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		die("fork");
	return !status;
}

/* From stop to stop by a tracer, and from callback to callback without one. */
static void run_steps(void)
{
	static const struct loop by_ptrace = { "step_ptrace", one_ptrace_step, 100, 60 };
	static const struct loop by_engine = { "step_engine", one_engine_step, 100, 60 };
	struct utrace_probe_attach held = { 1, UTRACE_PROBE_HELD };
	struct utrace_probe_attach steps = { 1, UTRACE_PROBE_STEPS };
	struct utrace_probe_info before, after;
	long long start;

	if (!can_step())
		return;
	stepper = open(UTRACE_PROBE_DEVICE, O_RDWR | O_CLOEXEC);
	if (stepper < 0 || ioctl(stepper, UTRACE_PROBE_ATTACH, &steps))
		die("attach an engine that steps");
	if (ioctl(stepper, UTRACE_PROBE_INFO, &before))
		die("UTRACE_PROBE_INFO");
	start = now();
	for (volatile int i = 0; i < 10000; i++)
		;
	start = now() - start;
	if (ioctl(stepper, UTRACE_PROBE_INFO, &after) ||
	    ioctl(stepper, UTRACE_PROBE_DETACH))
		die("detach an engine that steps");
	report("step_callback", (double)start / (after.steps - before.steps));

	tracee = fork();
	if (!tracee) {
		if (ioctl(stepper, UTRACE_PROBE_ATTACH, &held))
			_exit(1);
		spin();
	}
	if (tracee < 0)
		die("fork");
	while (ioctl(stepper, UTRACE_PROBE_STEP) && errno == EINVAL)
		sched_yield();
	report(by_engine.name, measure(&by_engine, NULL));
	close(stepper);
	end_tracee();

	tracee = fork();
	if (!tracee) {
		if (ptrace(PTRACE_TRACEME, 0, NULL, NULL))
			_exit(1);
		raise(SIGSTOP);
		spin();
	}
	if (tracee < 0 || waitpid(tracee, NULL, 0) != tracee)
		die("start a tracee");
	report(by_ptrace.name, measure(&by_ptrace, NULL));
	end_tracee();
}

static void to_syscall_stop(void)
{
	int status;

	if (ptrace(PTRACE_SYSCALL, tracee, NULL, NULL) ||
	    waitpid(tracee, &status, 0) != tracee)
		die("PTRACE_SYSCALL");
	if (!WIFSTOPPED(status) || WSTOPSIG(status) != (SIGTRAP | 0x80)) {
		fprintf(stderr, "not a system call stop: %#x\n", status);
		exit(1);
	}
}

/* The entry and the exit of one system call of the tracee. */
static void one_ptrace_pair(void)
{
	to_syscall_stop();
	to_syscall_stop();
}

static void run_ptrace(void)
{
	static const struct loop loop = { "ptrace", one_ptrace_pair, 50, 60 };

	tracee = fork();
	if (!tracee) {
		if (ptrace(PTRACE_TRACEME, 0, NULL, NULL))
			_exit(1);
		raise(SIGSTOP);
		for (;;)
			one_syscall();
	}
	if (tracee < 0 || waitpid(tracee, NULL, 0) != tracee ||
	    ptrace(PTRACE_SETOPTIONS, tracee, NULL,
		   (void *)(PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL)))
		die("start a tracee");
	report(loop.name, measure(&loop, NULL));
	end_tracee();
}

int main(int argc, char **argv)
{
	struct sigaction sa = { .sa_handler = handler };

	if (argc == 2 && !strcmp(argv[1], "--exit"))
		return 0;
	self = argv[0];
	setvbuf(stdout, NULL, _IOLBF, 0);
	if (sigaction(SIGUSR1, &sa, NULL))
		die("sigaction");
	/* A guest that has just booted is busy for a while. */
	sleep(2);
	measure(&loops[0], NULL);
	if (argc == 2 && !strcmp(argv[1], "engines")) {
		for (size_t i = 0; i < ARRAY_SIZE(engines); i++)
			run_engines(&engines[i]);
		run_ptrace();
		run_regs();
		run_steps();
		return 0;
	}
	for (size_t i = 0; i < ARRAY_SIZE(loops); i++) {
		int wanted = argc == 1;

		for (int a = 1; a < argc; a++)
			wanted |= !strcmp(argv[a], loops[i].name);
		if (wanted)
			report(loops[i].name,
			       measure(&loops[i], change_bystanders));
	}
	return 0;
}
