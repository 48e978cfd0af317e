// SPDX-License-Identifier: GPL-2.0-only
/*
 * What others can see of tracing: /proc/PID/utrace, the trace events, and the
 * limits with their errors.
 */
#include <sys/mount.h>

#include "utrace_testlib.h"

#define LIMIT	"/proc/sys/kernel/utrace/"
#define TRACING	"/sys/kernel/tracing/"

FIXTURE(observe)
{
	struct ut_session u;
	struct ut_child c;
	char text[8192];
};

FIXTURE_SETUP(observe)
{
	ASSERT_EQ(0, ut_open(&self->u));
}

FIXTURE_TEARDOWN(observe)
{
	ut_close(&self->u);
	ut_end(&self->c);
}

static ssize_t slurp(const char *path, char *text, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n, len = 0;

	if (fd < 0)
		return -errno;
	while ((n = read(fd, text + len, size - 1 - len)) > 0)
		len += n;
	if (n < 0)
		len = -errno;
	text[len < 0 ? 0 : len] = '\0';
	close(fd);
	return len;
}

static int spit(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC | O_TRUNC);
	int ret = 0;

	if (fd < 0)
		return -errno;
	if (write(fd, text, strlen(text)) < 0)
		ret = -errno;
	close(fd);
	return ret;
}

/* /proc/PID/utrace, or the same of a task */
static ssize_t engines(pid_t pid, pid_t tid, char *text, size_t size)
{
	char path[64];

	if (tid)
		snprintf(path, sizeof(path), "/proc/%d/task/%d/utrace", pid, tid);
	else
		snprintf(path, sizeof(path), "/proc/%d/utrace", pid);
	return slurp(path, text, size);
}

static unsigned int count(const char *text, const char *what)
{
	unsigned int n = 0;

	for (; (text = strstr(text, what)); text++)
		n++;
	return n;
}

TEST_F(observe, engines_are_listed)
{
	char whose[32];

	snprintf(whose, sizeof(whose), "tracer=%d\n", getpid());
	ASSERT_EQ(0, ut_config(&self->u, UT_SYSCALLS, 0));
	ASSERT_EQ(0, ut_spawn(&self->c, ut_fn_read));
	ut_go(&self->c);
	ASSERT_EQ(0, engines(self->c.pid, 0, self->text, sizeof(self->text)));

	ASSERT_EQ(0, ut_attach(&self->u, self->c.pid, 0, NULL));
	ASSERT_LT(0, engines(self->c.pid, 0, self->text, sizeof(self->text)));
	EXPECT_EQ(&self->text[0], strstr(self->text, "session observer "));
	EXPECT_NE(NULL, strstr(self->text, "syscall-entry,syscall-exit - "));
	EXPECT_NE(NULL, strstr(self->text, whose));
	EXPECT_EQ(1, count(self->text, "\n"));

	/* each task has its own */
	ASSERT_LT(0, engines(self->c.pid, self->c.pid, self->text,
			     sizeof(self->text)));
	EXPECT_EQ(1, count(self->text, whose));

	ut_close(&self->u);
	EXPECT_EQ(0, engines(self->c.pid, 0, self->text, sizeof(self->text)));
}

TEST_F(observe, holding_is_told)
{
	struct utrace_record *rec;

	ASSERT_EQ(0, ut_config(&self->u, UT_ENTRY, UT_ENTRY));
	ASSERT_EQ(0, ut_only_marks(&self->u));
	ASSERT_EQ(0, ut_spawn(&self->c, ut_fn_marks));
	atomic_store(&self->c.sh->value[0], 1);
	ASSERT_EQ(0, ut_attach(&self->u, self->c.pid, 0, NULL));
	ut_go(&self->c);
	rec = ut_find(&self->u, 0, UTRACE_EV_SYSCALL_ENTRY);
	ASSERT_NE(NULL, rec);
	ASSERT_TRUE(rec->flags & UTRACE_RECF_HELD);
	ASSERT_TRUE(ut_wait_state(self->c.pid, self->c.pid, 't'));
	ASSERT_LT(0, engines(self->c.pid, 0, self->text, sizeof(self->text)));
	EXPECT_NE(NULL, strstr(self->text, " holding "));

	ASSERT_EQ(0, ut_config(&self->u, 0, 0));
	ASSERT_EQ(0, ut_op(&self->u, rec->thread, UTRACE_OP_RELEASE));
	ASSERT_EQ(0, ut_reap(&self->c));
}

TEST_F(observe, several_engines_outermost_first)
{
	struct ut_session other;

	ASSERT_EQ(0, ut_open(&other));
	ASSERT_EQ(0, ut_config(&self->u, UT_SYSCALLS, 0));
	ASSERT_EQ(0, ut_config(&other, 0, 0));
	ASSERT_EQ(0, ut_spawn(&self->c, ut_fn_read));
	ut_go(&self->c);
	ASSERT_EQ(0, ut_attach(&self->u, self->c.pid, 0, NULL));
	ASSERT_EQ(0, ut_attach(&other, self->c.pid, 0, NULL));
	ASSERT_LT(0, engines(self->c.pid, 0, self->text, sizeof(self->text)));
	EXPECT_EQ(2, count(self->text, "\n"));
	/* The session that has come last is in the first line, and wants no calls. */
	ASSERT_NE(NULL, strstr(self->text, "syscall-entry"));
	EXPECT_LT(strchr(self->text, '\n'), strstr(self->text, "syscall-entry"));
	ut_close(&other);
}

/* Exit status of a child without privileges that reads @pid's list: errno. */
static int read_as_nobody(pid_t pid)
{
	char text[256];
	pid_t child;
	int status;

	child = fork();
	if (!child) {
		ssize_t n;

		if (ut_drop_privileges())
			_exit(255);
		n = engines(pid, 0, text, sizeof(text));
		_exit(n < 0 ? -n : 0);
	}
	if (ut_waitpid(child, &status, 0, UT_TIMEOUT) != child ||
	    !WIFEXITED(status))
		return -1;
	return WEXITSTATUS(status);
}

TEST_F(observe, who_may_not_trace_may_not_see)
{
	struct stat st;
	int error;

	ASSERT_EQ(0, ut_spawn(&self->c, ut_fn_read));
	ut_go(&self->c);
	/* The root of an initramfs may keep others out of everything. */
	ASSERT_EQ(0, stat("/", &st));
	ASSERT_EQ(0, chmod("/", (st.st_mode & 07777) | 0111));
	error = read_as_nobody(self->c.pid);
	EXPECT_TRUE(error == EACCES || error == EPERM)
		TH_LOG("errno %d", error);
}

/* What root has beyond the limit, so that others cannot keep it out. */
#define RESERVED_ENGINES	16

TEST_F(observe, engines_of_a_thread_are_bounded)
{
	struct ut_session others[RESERVED_ENGINES + 1];
	struct ut_session *last = &others[RESERVED_ENGINES];
	char old[32];
	int i;

	ASSERT_LT(0, slurp(LIMIT "max_engines", old, sizeof(old)));
	for (i = 0; i <= RESERVED_ENGINES; i++)
		ASSERT_EQ(0, ut_open(&others[i]));
	ASSERT_EQ(0, ut_spawn(&self->c, ut_fn_read));
	ut_go(&self->c);
	ASSERT_EQ(0, ut_attach(&self->u, self->c.pid, 0, NULL));
	ASSERT_EQ(0, spit(LIMIT "max_engines", "1"));
	for (i = 0; i < RESERVED_ENGINES; i++)
		EXPECT_EQ(0, ut_attach(&others[i], self->c.pid, 0, NULL));
	EXPECT_EQ(-EUSERS, ut_attach(last, self->c.pid, 0, NULL));
	EXPECT_EQ(0, spit(LIMIT "max_engines", old));
	EXPECT_EQ(0, ut_attach(last, self->c.pid, 0, NULL));
	for (i = 0; i <= RESERVED_ENGINES; i++)
		ut_close(&others[i]);
}

TEST_F(observe, limits_refuse_nonsense)
{
	EXPECT_EQ(-EINVAL, spit(LIMIT "max_engines", "0"));
	EXPECT_EQ(-EINVAL, spit(LIMIT "max_engines", "-1"));
	EXPECT_EQ(-EINVAL, spit(LIMIT "max_stopped", "many"));
}

/* The limit is for orders.  A hold that the configuration asks for always happens. */
TEST_F(observe, the_limit_of_held_threads_is_not_for_events)
{
	struct utrace_record *rec;
	char old[32];

	ASSERT_LT(0, slurp(LIMIT "max_stopped", old, sizeof(old)));
	ASSERT_EQ(0, ut_config(&self->u, UT_ENTRY, UT_ENTRY));
	ASSERT_EQ(0, ut_only_marks(&self->u));
	ASSERT_EQ(0, ut_spawn(&self->c, ut_fn_marks));
	atomic_store(&self->c.sh->value[0], 1);
	ASSERT_EQ(0, ut_attach(&self->u, self->c.pid, 0, NULL));
	ASSERT_EQ(0, spit(LIMIT "max_stopped", "0"));
	ut_go(&self->c);
	rec = ut_find(&self->u, 0, UTRACE_EV_SYSCALL_ENTRY);
	EXPECT_EQ(0, spit(LIMIT "max_stopped", old));
	ASSERT_NE(NULL, rec);
	EXPECT_EQ(UTRACE_RECF_HELD, rec->flags);
	EXPECT_TRUE(ut_wait_state(self->c.pid, self->c.pid, 't'));
	EXPECT_EQ(0, ut_op(&self->u, rec->thread, UTRACE_OP_RELEASE));
	EXPECT_EQ(0, ut_reap(&self->c));
}

TEST_F(observe, trace_events)
{
	struct utrace_record *rec;
	char line[64];
	pid_t pid;

	mount("tracefs", "/sys/kernel/tracing", "tracefs", 0, NULL);
	if (access(TRACING "events/utrace/enable", W_OK))
		SKIP(return, "no " TRACING "events/utrace: CONFIG_FTRACE or tracefs");
	ASSERT_EQ(0, spit(TRACING "trace", ""));
	ASSERT_EQ(0, spit(TRACING "events/utrace/enable", "1"));

	ASSERT_EQ(0, ut_config(&self->u, UT_ENTRY, UT_ENTRY));
	ASSERT_EQ(0, ut_only_marks(&self->u));
	ASSERT_EQ(0, ut_spawn(&self->c, ut_fn_marks));
	atomic_store(&self->c.sh->value[0], 1);
	ASSERT_EQ(0, ut_attach(&self->u, self->c.pid, 0, NULL));
	ut_go(&self->c);
	rec = ut_find(&self->u, 0, UTRACE_EV_SYSCALL_ENTRY);
	ASSERT_NE(NULL, rec);
	ASSERT_TRUE(ut_wait_state(self->c.pid, self->c.pid, 't'));
	ut_close(&self->u);
	pid = self->c.pid;	/* which ut_reap() forgets */
	ASSERT_EQ(0, ut_reap(&self->c));
	ASSERT_EQ(0, spit(TRACING "events/utrace/enable", "0"));

	ASSERT_LT(0, slurp(TRACING "trace", self->text, sizeof(self->text)));
	snprintf(line, sizeof(line), "utrace_attach: pid=%d name=session", pid);
	EXPECT_NE(NULL, strstr(self->text, line)) TH_LOG("%s", self->text);
	snprintf(line, sizeof(line), "utrace_stop: pid=%d name=session", pid);
	EXPECT_NE(NULL, strstr(self->text, line));
	snprintf(line, sizeof(line), "utrace_resume: pid=%d name=session", pid);
	EXPECT_NE(NULL, strstr(self->text, line));
	snprintf(line, sizeof(line), "utrace_detach: pid=%d name=session", pid);
	EXPECT_NE(NULL, strstr(self->text, line));
	EXPECT_NE(NULL, strstr(self->text, "event=syscall-entry action=stop"));
	EXPECT_EQ(NULL, strstr(self->text, "held=0 ns"));
}

TEST_HARNESS_MAIN
