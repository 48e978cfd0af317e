// SPDX-License-Identifier: GPL-2.0-only
/*
 * Job control under an observer of all events: every stop that it hears of is followed
 * by the end of the stop, whatever ptrace does to the thread meanwhile.
 *
 * The observer is the engine of /dev/utrace_observer, because a session cannot yet
 * hear of job control.
 */
#include <sys/ptrace.h>
#include <sys/socket.h>

#include "utrace_testlib.h"

#define OBSERVER	"/dev/utrace_observer"

/* What the observer has counted of all threads that it follows. */
struct counts {
	long stops;
	long conts;
};

FIXTURE(groupstop)
{
	pid_t pid;
	atomic_long *turns;
	int fd;
};

/* It counts, so that one can see whether it is stopped. */
static void observed(atomic_long *turns)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (open(OBSERVER, O_RDONLY | O_CLOEXEC) < 0)
		_exit(1);
	for (;;) {
		atomic_fetch_add(turns, 1);
		sched_yield();
	}
}

/* A process that reads the counts, as who opens the device is observed. */
static int reader(void)
{
	int to[2];
	char text[2048];
	pid_t pid;
	int fd;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, to))
		return -1;
	pid = fork();
	if (pid)
		return close(to[1]) ? -1 : to[0];
	close(to[0]);
	fd = open(OBSERVER, O_RDONLY);
	while (read(to[1], text, 1) == 1) {
		struct counts c = { -1, -1 };
		char *p;

		memset(text, 0, sizeof(text));
		if (pread(fd, text, sizeof(text) - 1, 0) > 0) {
			p = strstr(text, "group-stop ");
			c.stops = p ? atol(p + 11) : -1;
			p = strstr(text, "group-cont ");
			c.conts = p ? atol(p + 11) : -1;
		}
		if (write(to[1], &c, sizeof(c)) != sizeof(c))
			break;
	}
	_exit(0);
}

static struct counts counts(int fd)
{
	struct counts c = { -1, -1 };

	if (write(fd, "", 1) != 1 || read(fd, &c, sizeof(c)) != sizeof(c))
		ut_log("the observer cannot be read");
	return c;
}

FIXTURE_SETUP(groupstop)
{
	if (access(OBSERVER, R_OK))
		SKIP(return, "no " OBSERVER ": CONFIG_UTRACE_PROBE");
	self->turns = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
			   MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	ASSERT_NE(MAP_FAILED, (void *)self->turns);
	self->fd = reader();
	ASSERT_LE(0, self->fd);
	self->pid = fork();
	ASSERT_LE(0, self->pid);
	if (!self->pid)
		observed(self->turns);
	ASSERT_TRUE(ut_until(atomic_load(self->turns) > 0, UT_TIMEOUT));
}

FIXTURE_TEARDOWN(groupstop)
{
	int status;

	if (self->pid > 0) {
		kill(self->pid, SIGKILL);
		ut_waitpid(self->pid, &status, 0, UT_TIMEOUT);
	}
	close(self->fd);
}

static bool runs(atomic_long *turns)
{
	long before = atomic_load(turns);

	return ut_until(atomic_load(turns) > before + 1, UT_TIMEOUT);
}

static bool stops(pid_t pid)
{
	int status;

	return ut_waitpid(pid, &status, WUNTRACED, UT_TIMEOUT) == pid &&
	       WIFSTOPPED(status);
}

#define ROUNDS	20

TEST_F(groupstop, sigcont_comes_at_any_time)
{
	struct counts before = counts(self->fd), after;
	int i;

	for (i = 0; i < 20 * ROUNDS; i++) {
		ASSERT_EQ(0, kill(self->pid, SIGSTOP));
		if (i % 4 == 1)
			sched_yield();
		else if (i % 4 == 2)
			ut_sleep(1);
		else if (i % 4 == 3)
			ASSERT_TRUE(stops(self->pid));
		ASSERT_EQ(0, kill(self->pid, SIGCONT));
	}
	ASSERT_TRUE(runs(self->turns));
	after = counts(self->fd);
	EXPECT_LE(before.stops + 5 * ROUNDS, after.stops);
	EXPECT_EQ(after.stops - before.stops, after.conts - before.conts);
}

TEST_F(groupstop, ptrace_attaches_to_a_stopped_thread)
{
	struct counts before = counts(self->fd), after;
	int i;

	for (i = 0; i < ROUNDS; i++) {
		ASSERT_EQ(0, kill(self->pid, SIGSTOP));
		ASSERT_TRUE(stops(self->pid));
		ASSERT_EQ(0, ptrace(i % 2 ? PTRACE_SEIZE : PTRACE_ATTACH, self->pid,
				    0, 0));
		if (i % 2)
			ASSERT_EQ(0, ptrace(PTRACE_INTERRUPT, self->pid, 0, 0));
		ASSERT_TRUE(stops(self->pid));
		/* The group is still stopped, or not, when ptrace lets go of it. */
		if (i % 4 < 2)
			ASSERT_EQ(0, kill(self->pid, SIGCONT));
		ASSERT_EQ(0, ptrace(PTRACE_DETACH, self->pid, 0, 0));
		ASSERT_EQ(0, kill(self->pid, SIGCONT));
		ASSERT_TRUE(runs(self->turns));
	}
	after = counts(self->fd);
	EXPECT_LE(before.stops + ROUNDS, after.stops);
	EXPECT_EQ(after.stops - before.stops, after.conts - before.conts);
}

/* It is never stopped by job control as long as ptrace has it. */
TEST_F(groupstop, ptrace_has_the_thread_when_the_stop_begins)
{
	struct counts before = counts(self->fd), after;
	int i;

	for (i = 0; i < ROUNDS; i++) {
		ASSERT_EQ(0, kill(self->pid, SIGSTOP));
		/* The stop may have begun, or not. */
		ASSERT_EQ(0, ptrace(PTRACE_SEIZE, self->pid, 0, 0));
		ASSERT_EQ(0, ptrace(PTRACE_INTERRUPT, self->pid, 0, 0));
		ASSERT_TRUE(stops(self->pid));
		ASSERT_EQ(0, ptrace(PTRACE_DETACH, self->pid, 0, 0));
		ASSERT_EQ(0, kill(self->pid, SIGCONT));
		ASSERT_TRUE(runs(self->turns));
	}
	after = counts(self->fd);
	EXPECT_EQ(after.stops - before.stops, after.conts - before.conts);
}

TEST_HARNESS_MAIN
