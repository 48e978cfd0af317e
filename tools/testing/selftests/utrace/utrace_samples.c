// SPDX-License-Identifier: GPL-2.0-only
/*
 * The modules of samples/utrace: they do what they say, and can be unloaded
 * when, and only when, nothing uses them.
 *
 * They are looked for where modules are installed, or in $UTRACE_SAMPLES.
 */
#include <sys/klog.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/uio.h>
#include <sys/utsname.h>

#include "utrace_testlib.h"

#define HELLO	"utrace-hello"
#define COUNT	"utrace-count"
#define BLOCK	"utrace-block"
#define SUSPEND	"utrace-suspend"

#define PARAM_MAX	4096

/* ---- modules ------------------------------------------------------------ */

static int load(const char *name, const char *fmt, ...)
{
	const char *dir = getenv("UTRACE_SAMPLES");
	char path[512], params[128];
	struct utsname uts;
	va_list ap;
	int fd, ret;

	uname(&uts);
	if (dir)
		snprintf(path, sizeof(path), "%s/%s.ko", dir, name);
	else
		snprintf(path, sizeof(path),
			 "/lib/modules/%s/kernel/samples/utrace/%s.ko",
			 uts.release, name);
	va_start(ap, fmt);
	vsnprintf(params, sizeof(params), fmt, ap);
	va_end(ap);

	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0) {
		ut_log("cannot open %s (CONFIG_SAMPLE_UTRACE=m?): %s", path,
		       strerror(errno));
		return -ENXIO;
	}
	ret = syscall(SYS_finit_module, fd, params, 0) ? -errno : 0;
	close(fd);
	return ret;
}

/* The kernel's name of a module has no dashes. */
static void module_name(char *to, size_t size, const char *name)
{
	snprintf(to, size, "%s", name);
	for (; *to; to++)
		if (*to == '-')
			*to = '_';
}

static int unload(const char *name)
{
	char module[64];

	module_name(module, sizeof(module), name);
	return syscall(SYS_delete_module, module, O_NONBLOCK) ? -errno : 0;
}

/* The last engine of a thread goes a moment after wait(2) has told its end. */
static int unload_soon(const char *name)
{
	int ret;

	ut_until((ret = unload(name)) != -EAGAIN, UT_TIMEOUT);
	return ret;
}

static int param(const char *name, const char *which, int flags)
{
	char path[256], module[64];
	int fd;

	module_name(module, sizeof(module), name);
	snprintf(path, sizeof(path), "/sys/module/%s/parameters/%s", module,
		 which);
	fd = open(path, flags | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

static int set(const char *name, const char *which, long value)
{
	int fd = param(name, which, O_WRONLY), ret;
	char text[32];

	if (fd < 0)
		return fd;
	snprintf(text, sizeof(text), "%ld", value);
	ret = write(fd, text, strlen(text)) < 0 ? -errno : 0;
	close(fd);
	return ret;
}

static ssize_t get(const char *name, const char *which, char *text)
{
	int fd = param(name, which, O_RDONLY);
	ssize_t n;

	if (fd < 0)
		return fd;
	n = read(fd, text, PARAM_MAX - 1);
	close(fd);
	text[n > 0 ? n : 0] = '\0';
	return n;
}

/* What utrace-count has counted of call @nr. */
static long counted(long nr)
{
	char text[PARAM_MAX], *line;
	long n, count;

	if (get(COUNT, "counts", text) < 0)
		return -1;
	for (line = strtok(text, "\n"); line; line = strtok(NULL, "\n"))
		if (sscanf(line, "%ld %ld", &n, &count) == 2 && n == nr)
			return count;
	return 0;
}

static bool is_held(pid_t tid)
{
	char text[PARAM_MAX], *line;

	if (get(SUSPEND, "held", text) < 0)
		return false;
	for (line = strtok(text, "\n"); line; line = strtok(NULL, "\n"))
		if (atoi(line) == tid)
			return true;
	return false;
}

static long blocked(void)
{
	char text[PARAM_MAX];

	return get(BLOCK, "blocked", text) < 0 ? -1 : atol(text);
}

FIXTURE(samples)
{
	struct ut_child c, other;
};

FIXTURE_SETUP(samples)
{
	/* Whose child dies of a signal here does not want its memory. */
	ASSERT_EQ(0, setrlimit(RLIMIT_CORE, &(struct rlimit){ 0, 0 }));
}

FIXTURE_TEARDOWN(samples)
{
	static const char *const names[] = { COUNT, BLOCK, SUSPEND };

	ut_end(&self->c);
	ut_end(&self->other);
	set(HELLO, "thread", 0);
	unload_soon(HELLO);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		set(names[i], "detach", 1);
		unload_soon(names[i]);
	}
}

/* ---- the smallest one --------------------------------------------------- */

/* Has the kernel's log such a line? */
static __attribute__((format(printf, 1, 2))) bool is_logged(const char *fmt, ...)
{
	static char log[1 << 18], line[256];
	va_list ap;
	int n;

	va_start(ap, fmt);
	vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	n = klogctl(3, log, sizeof(log) - 1);	/* SYSLOG_ACTION_READ_ALL */
	log[n > 0 ? n : 0] = '\0';
	if (strstr(log, line))
		return true;
	ut_log("the kernel's log has no line \"%s\"", line);
	return false;
}

static int fn_exec_and_exit(struct ut_child *c)
{
	(void)c;
	execl(UT_SELF, UT_SELF, "role-exit", NULL);
	return 1;
}

static int role_exit(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	return 7;
}

TEST_F(samples, hello_says_what_a_thread_does)
{
	pid_t pid;

	ASSERT_EQ(0, load(HELLO, "%s", ""));
	/* Beyond the highest pid that there can be. */
	EXPECT_EQ(-ESRCH, set(HELLO, "thread", 1 << 23));
	ASSERT_EQ(0, ut_spawn(&self->c, fn_exec_and_exit));
	pid = self->c.pid;
	ASSERT_EQ(0, set(HELLO, "thread", pid));
	EXPECT_EQ(-EAGAIN, unload(HELLO));
	ut_go(&self->c);
	EXPECT_EQ(7 << 8, ut_reap(&self->c));
	EXPECT_TRUE(is_logged("utrace_hello: thread %d executes " UT_SELF "\n", pid));
	EXPECT_TRUE(is_logged("utrace_hello: thread %d exits with status 0x700\n", pid));

	/* The next thread takes the place of this one, and 0 that of any. */
	ASSERT_EQ(0, ut_spawn(&self->other, ut_fn_read));
	ASSERT_EQ(0, set(HELLO, "thread", self->other.pid));
	EXPECT_EQ(-EAGAIN, unload(HELLO));
	ASSERT_EQ(0, set(HELLO, "thread", 0));
	EXPECT_EQ(0, unload_soon(HELLO));
}

/* ---- the counter -------------------------------------------------------- */

#define MARKS_MAIN	37
#define MARKS_EARLY	7
#define MARKS_LATE	11
#define MARKS_CHILD	5
#define MARKS_ALL	(MARKS_MAIN + MARKS_EARLY + MARKS_LATE + MARKS_CHILD)

static void marks(int n)
{
	while (n--)
		ut_mark(n);
}

static void *early_thread(void *arg)
{
	struct ut_child *c = arg;
	char b;

	atomic_store(&c->sh->stage, 1);
	if (read(c->in[0], &b, 1) == 1)
		marks(MARKS_EARLY);
	return NULL;
}

static void *late_thread(void *arg)
{
	(void)arg;
	marks(MARKS_LATE);
	return NULL;
}

/* A thread before somebody attaches; a thread and a child after that. */
static int fn_family(struct ut_child *c)
{
	pthread_t early, late;
	pid_t pid;
	char b;

	if (pthread_create(&early, NULL, early_thread, c) ||
	    read(c->in[0], &b, 1) != 1)
		return 1;
	marks(MARKS_MAIN);
	if (pthread_create(&late, NULL, late_thread, NULL))
		return 2;
	pthread_join(early, NULL);
	pthread_join(late, NULL);
	pid = fork();
	if (!pid) {
		marks(MARKS_CHILD);
		_exit(0);
	}
	if (pid < 0 || waitpid(pid, NULL, 0) != pid)
		return 3;
	atomic_store(&c->sh->stage, 2);
	/* The second half: not to be counted. */
	if (read(c->in[0], &b, 1) != 1)
		return 4;
	marks(MARKS_MAIN);
	return 0;
}

TEST_F(samples, count_all_threads_and_children)
{
	ASSERT_EQ(0, ut_spawn(&self->c, fn_family));
	ut_go(&self->c);
	ASSERT_TRUE(ut_until(atomic_load(&self->c.sh->stage) == 1, UT_TIMEOUT));
	ASSERT_EQ(0, load(COUNT, "pid=%d", self->c.pid));

	/* Not one of those that are counted. */
	marks(3);
	ASSERT_EQ(2, write(self->c.in[1], "xx", 2));
	ASSERT_TRUE(ut_until(atomic_load(&self->c.sh->stage) == 2, UT_TIMEOUT));
	EXPECT_EQ(MARKS_ALL, counted(UT_MARK_NR));

	EXPECT_EQ(-EAGAIN, unload(COUNT));
	EXPECT_EQ(MARKS_ALL, counted(UT_MARK_NR));
	EXPECT_EQ(0, set(COUNT, "detach", 1));
	ASSERT_EQ(1, write(self->c.in[1], "x", 1));
	EXPECT_EQ(0, ut_reap(&self->c));
	EXPECT_EQ(MARKS_ALL, counted(UT_MARK_NR));
	EXPECT_EQ(0, unload_soon(COUNT));
}

TEST_F(samples, count_is_unloadable_when_all_have_died)
{
	ASSERT_EQ(0, ut_spawn(&self->c, ut_fn_marks));
	atomic_store(&self->c.sh->value[0], MARKS_MAIN);
	ASSERT_EQ(0, load(COUNT, "pid=%d", self->c.pid));
	EXPECT_EQ(-EAGAIN, unload(COUNT));
	ut_go(&self->c);
	EXPECT_EQ(0, ut_reap(&self->c));
	EXPECT_EQ(MARKS_MAIN, counted(UT_MARK_NR));
	EXPECT_EQ(0, unload_soon(COUNT));
}

/* Its threads are asleep: no event is needed to be rid of the module. */
TEST_F(samples, count_lets_go_of_sleepers)
{
	ASSERT_EQ(0, ut_spawn(&self->c, ut_fn_read));
	ASSERT_EQ(0, load(COUNT, "pid=%d", self->c.pid));
	EXPECT_EQ(0, set(COUNT, "detach", 1));
	EXPECT_EQ(0, unload_soon(COUNT));
	ut_go(&self->c);
	ASSERT_EQ(1, write(self->c.in[1], "x", 1));
	EXPECT_EQ(0, ut_reap(&self->c));
}

TEST_F(samples, no_such_process)
{
	/* Beyond the highest pid that there can be. */
	EXPECT_EQ(-ESRCH, load(COUNT, "pid=%d", 1 << 23));
	EXPECT_EQ(-ENOENT, unload(COUNT));
	EXPECT_EQ(-ESRCH, load(SUSPEND, "pid=0"));
	EXPECT_EQ(-ENOENT, unload(SUSPEND));
}

/* ---- the blocker -------------------------------------------------------- */

/* Makes marks on order, and keeps what they and a read() and write() gave. */
static int fn_errors(struct ut_child *c)
{
	char b;

	for (int i = 0; i < 40; i += 4) {
		if (read(c->in[0], &b, 1) != 1)
			return 1;
		if (b == 'q')
			return 0;
		atomic_store(&c->sh->value[i], ut_mark(0));
		atomic_store(&c->sh->value[i + 1], errno);
		/* getppid() does not look for the error that it cannot have. */
		atomic_store(&c->sh->value[i + 2], syscall(SYS_getppid));
		atomic_store(&c->sh->stage, i + 1);
	}
	return 0;
}

static bool errors_round(struct ut_child *c, int i)
{
	return write(c->in[1], "x", 1) == 1 &&
	       ut_until(atomic_load(&c->sh->stage) == 4 * i + 1, UT_TIMEOUT);
}

#define VALUE(i)	atomic_load(&self->c.sh->value[i])

TEST_F(samples, block_gives_the_chosen_error)
{
	ASSERT_EQ(0, ut_spawn(&self->c, fn_errors));
	ut_go(&self->c);
	ASSERT_TRUE(errors_round(&self->c, 0));
	EXPECT_EQ(-1, VALUE(0));
	EXPECT_EQ(EINVAL, VALUE(1));

	ASSERT_EQ(0, load(BLOCK, "pid=%d call=%d error=%d", self->c.pid,
			  UT_MARK_NR, ENOSPC));
	ASSERT_TRUE(errors_round(&self->c, 1));
	EXPECT_EQ(-1, VALUE(4));
	EXPECT_EQ(ENOSPC, VALUE(5));
	EXPECT_EQ(getpid(), VALUE(6));
	EXPECT_EQ(1, blocked());
	/* Nobody else's are blocked. */
	errno = 0;
	ut_mark(0);
	EXPECT_EQ(EINVAL, errno);

	EXPECT_EQ(-EAGAIN, unload(BLOCK));
	EXPECT_EQ(0, set(BLOCK, "detach", 1));
	ASSERT_TRUE(errors_round(&self->c, 2));
	EXPECT_EQ(EINVAL, VALUE(9));
	EXPECT_EQ(1, blocked());
	EXPECT_EQ(0, unload_soon(BLOCK));

	/* It can be loaded again. */
	ASSERT_EQ(0, load(BLOCK, "pid=%d call=%d", self->c.pid, SYS_getppid));
	ASSERT_TRUE(errors_round(&self->c, 3));
	EXPECT_EQ(EINVAL, VALUE(13));
	EXPECT_EQ(-1, VALUE(14));
	EXPECT_EQ(1, blocked());
}

/* An observer sees the call, whether or not the transformer lets it happen. */
TEST_F(samples, block_and_count_on_one_thread)
{
	ASSERT_EQ(0, ut_spawn(&self->c, fn_errors));
	ut_go(&self->c);
	ASSERT_EQ(0, load(BLOCK, "pid=%d call=%d error=%d", self->c.pid,
			  UT_MARK_NR, EXDEV));
	ASSERT_EQ(0, load(COUNT, "pid=%d", self->c.pid));
	ASSERT_TRUE(errors_round(&self->c, 0));
	ASSERT_TRUE(errors_round(&self->c, 1));
	EXPECT_EQ(EXDEV, VALUE(1));
	EXPECT_EQ(EXDEV, VALUE(5));
	EXPECT_EQ(2, counted(UT_MARK_NR));
	EXPECT_EQ(2, blocked());
}

TEST_F(samples, block_refuses_nonsense)
{
	int me = getpid();

	EXPECT_EQ(-EINVAL, load(BLOCK, "pid=%d", me));
	EXPECT_EQ(-EINVAL, load(BLOCK, "pid=%d call=512", me));
	EXPECT_EQ(-EINVAL, load(BLOCK, "pid=%d call=1 error=0", me));
	EXPECT_EQ(-EINVAL, load(BLOCK, "pid=%d call=1 error=4096", me));
	EXPECT_EQ(-ENOENT, unload(BLOCK));
}

/* ---- the suspender ------------------------------------------------------ */

#define SECRET	0x600dc0de

static volatile int secret;
/* A page's first address: not every machine tells more of a fault. */
static void *volatile nowhere = (void *)4096;

static int fn_crash(struct ut_child *c)
{
	secret = SECRET;
	atomic_store(&c->sh->value[0], (long)&secret);
	atomic_store(&c->sh->stage, 1);
	*(volatile int *)nowhere = 0;
	return 0;
}

static void *crash_thread(void *arg)
{
	struct ut_child *c = arg;

	atomic_store(&c->sh->value[1], ut_gettid());
	fn_crash(c);
	return NULL;
}

static int fn_crash_thread(struct ut_child *c)
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, crash_thread, c))
		return 1;
	return ut_fn_spin(c);
}

static int fn_abort(struct ut_child *c)
{
	(void)c;
	abort();
}

static int fn_pause(struct ut_child *c)
{
	atomic_store(&c->sh->stage, 1);
	pause();
	return 0;
}

static int read_secret(pid_t pid, unsigned long from)
{
	struct iovec remote = { (void *)from, sizeof(int) };
	int value = 0;
	struct iovec local = { &value, sizeof(value) };

	if (process_vm_readv(pid, &local, 1, &remote, 1, 0) != sizeof(value))
		ut_log("process_vm_readv: %s", strerror(errno));
	return value;
}

/* Starts @fn under the suspender and waits until it is held. */
#define HELD_CHILD(fn) do {						\
	ASSERT_EQ(0, ut_spawn(&self->c, fn));				\
	ASSERT_EQ(0, load(SUSPEND, "pid=%d", self->c.pid));		\
	ut_go(&self->c);						\
	ASSERT_TRUE(ut_until(is_held(self->c.pid), UT_TIMEOUT));	\
	ASSERT_TRUE(ut_wait_state(self->c.pid, self->c.pid, 't'));	\
} while (0)

TEST_F(samples, suspend_keeps_a_crashed_process_to_be_looked_at)
{
	char path[64];
	int status;

	HELD_CHILD(fn_crash);
	/* Its parent has not been told anything. */
	EXPECT_EQ(0, waitpid(self->c.pid, &status, WNOHANG | WUNTRACED));
	EXPECT_EQ(SECRET, read_secret(self->c.pid, VALUE(0)));
	snprintf(path, sizeof(path), "/proc/%d/exe", self->c.pid);
	EXPECT_EQ(0, access(path, F_OK));
	EXPECT_EQ(-EAGAIN, unload(SUSPEND));
	EXPECT_EQ('t', ut_state(self->c.pid, self->c.pid));

	EXPECT_EQ(-ESRCH, set(SUSPEND, "release", getpid()));
	EXPECT_EQ(0, set(SUSPEND, "release", self->c.pid));
	status = ut_reap(&self->c);
	ASSERT_TRUE(WIFSIGNALED(status));
	EXPECT_EQ(SIGSEGV, WTERMSIG(status));
	EXPECT_EQ(0, unload_soon(SUSPEND));
}

TEST_F(samples, suspend_hands_over_to_a_debugger)
{
	siginfo_t info;
	int status;

	HELD_CHILD(fn_crash);
	ASSERT_EQ(0, ptrace(PTRACE_SEIZE, self->c.pid, NULL, NULL));
	EXPECT_EQ(0, set(SUSPEND, "release", self->c.pid));
	ASSERT_EQ(self->c.pid, ut_waitpid(self->c.pid, &status, 0, UT_TIMEOUT));
	ASSERT_TRUE(WIFSTOPPED(status));
	EXPECT_EQ(SIGSEGV, WSTOPSIG(status));
	ASSERT_EQ(0, ptrace(PTRACE_GETSIGINFO, self->c.pid, NULL, &info));
	EXPECT_EQ(nowhere, info.si_addr);
	EXPECT_EQ(SECRET, read_secret(self->c.pid, VALUE(0)));
	ASSERT_EQ(0, ptrace(PTRACE_CONT, self->c.pid, NULL, (void *)SIGSEGV));
	status = ut_reap(&self->c);
	ASSERT_TRUE(WIFSIGNALED(status));
	EXPECT_EQ(SIGSEGV, WTERMSIG(status));
}

TEST_F(samples, suspend_lets_a_kill_through)
{
	int status;

	HELD_CHILD(fn_abort);
	ASSERT_EQ(0, kill(self->c.pid, SIGKILL));
	status = ut_reap(&self->c);
	ASSERT_TRUE(WIFSIGNALED(status));
	EXPECT_EQ(SIGKILL, WTERMSIG(status));
	EXPECT_EQ(0, unload_soon(SUSPEND));
}

TEST_F(samples, suspend_detach_releases)
{
	int status;

	HELD_CHILD(fn_abort);
	EXPECT_EQ(0, set(SUSPEND, "detach", 1));
	status = ut_reap(&self->c);
	ASSERT_TRUE(WIFSIGNALED(status));
	EXPECT_EQ(SIGABRT, WTERMSIG(status));
	EXPECT_EQ(0, unload_soon(SUSPEND));
}

/* A thread made after the module was loaded is held; the rest runs on. */
TEST_F(samples, suspend_holds_the_thread_that_crashed)
{
	int status;
	pid_t tid;

	ASSERT_EQ(0, ut_spawn(&self->c, fn_crash_thread));
	ASSERT_EQ(0, load(SUSPEND, "pid=%d", self->c.pid));
	ut_go(&self->c);
	ASSERT_TRUE(ut_until((tid = VALUE(1)) && is_held(tid), UT_TIMEOUT));
	EXPECT_TRUE(ut_wait_state(self->c.pid, tid, 't'));
	EXPECT_FALSE(is_held(self->c.pid));
	EXPECT_TRUE(ut_runs(&self->c));
	EXPECT_EQ(0, set(SUSPEND, "release", tid));
	status = ut_reap(&self->c);
	ASSERT_TRUE(WIFSIGNALED(status));
	EXPECT_EQ(SIGSEGV, WTERMSIG(status));
}

TEST_F(samples, suspend_ignores_other_signals)
{
	int status;

	ASSERT_EQ(0, ut_spawn(&self->c, fn_pause));
	ASSERT_EQ(0, load(SUSPEND, "pid=%d", self->c.pid));
	ut_go(&self->c);
	ASSERT_TRUE(ut_until(atomic_load(&self->c.sh->stage) == 1, UT_TIMEOUT));
	ASSERT_EQ(0, kill(self->c.pid, SIGTERM));
	status = ut_reap(&self->c);
	ASSERT_TRUE(WIFSIGNALED(status));
	EXPECT_EQ(SIGTERM, WTERMSIG(status));
}

UT_MAIN_WITH_ROLES(role_exit)
