// SPDX-License-Identifier: GPL-2.0-only
/*
 * PID 1 of every test guest: a static program that needs no other file.
 *
 * The kernel command line says what to do (utrace.mode=); the results go as
 * KTAP to the virtio port "utrace.result", whose very last line tells whether
 * all went well.  That line is the only way to look green: a guest that hangs,
 * panics or loses its output does not write it.  The console carries what the
 * kernel has to say, and for people the name of each test as it starts.
 *
 *   kunit            copy the results of the built-in KUnit suites
 *   selftest         run every program in /selftests
 *   test             both
 *   run, demo        run utrace.run= (default /run.sh, /demo/demo.sh)
 *   shell            a shell on the console
 *   selfcheck-*      misbehave in a known way, for the harness's own test
 *
 * utrace.select= and utrace.omit= say which of the programs (a glob; names with
 * commas between them), utrace.slow= multiplies the time limits.
 *
 * A program in "run" and "demo" has its standard output on the console and in
 * the result; what it writes to descriptor 3 goes to the result alone.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define KUNIT_DIR	"/sys/kernel/debug/kunit"
#define KMEMLEAK	"/sys/kernel/debug/kmemleak"
#define SELFTEST_DIR	"/selftests"
#define RESULT_PORT	"utrace.result"
#define RESULT_FD	3

static int result_fd = -1;
static bool all_ok = true;
static char cmdline[4096];

static void put(int fd, const char *buf, size_t len)
{
	while (len) {
		ssize_t n = write(fd, buf, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return;
		buf += n;
		len -= n;
	}
}

static void result(const char *fmt, ...)
{
	char line[512];
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	if (n >= (int)sizeof(line))
		n = sizeof(line) - 1;
	put(result_fd, line, n);
}

static void say(const char *fmt, ...)
{
	char line[512];
	va_list ap;
	int n;

	n = snprintf(line, sizeof(line), "utrace-init: ");
	va_start(ap, fmt);
	n += vsnprintf(line + n, sizeof(line) - n, fmt, ap);
	va_end(ap);
	if (n >= (int)sizeof(line) - 1)
		n = sizeof(line) - 2;
	line[n++] = '\n';
	put(STDOUT_FILENO, line, n);
}

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec + ts.tv_nsec / 1e9;
}

/* The value of "key=" on the kernel command line, or @fallback. */
static const char *option(const char *key, const char *fallback)
{
	static char values[8][1024];
	static unsigned int used;
	size_t len = strlen(key);
	const char *p = cmdline;

	while ((p = strstr(p, key))) {
		if ((p == cmdline || p[-1] == ' ') && p[len] == '=') {
			char *value = values[used++ % 8];

			p += len + 1;
			snprintf(value, sizeof(values[0]), "%.*s",
				 (int)strcspn(p, " \n"), p);
			return value;
		}
		p += len;
	}
	return fallback;
}

static ssize_t read_file(const char *path, char *buf, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	size_t len = 0;
	ssize_t n;

	if (fd < 0)
		return -1;
	while (len < size - 1 && (n = read(fd, buf + len, size - 1 - len)) > 0)
		len += n;
	close(fd);
	buf[len] = '\0';
	return len;
}

static void write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0) {
		say("cannot open %s: %s", path, strerror(errno));
		return;
	}
	put(fd, text, strlen(text));
	close(fd);
}

static void mount_at(const char *type, const char *where, const char *data)
{
	mkdir(where, 0755);
	if (mount(type, where, type, 0, data) && errno != EBUSY) {
		say("cannot mount %s: %s", where, strerror(errno));
		all_ok = false;
	}
}

static void set_up(void)
{
	int fd;

	mkdir("/dev", 0755);
	mount("devtmpfs", "/dev", "devtmpfs", 0, NULL);
	fd = open("/dev/console", O_RDWR);
	if (fd >= 0) {
		dup2(fd, STDIN_FILENO);
		dup2(fd, STDOUT_FILENO);
		dup2(fd, STDERR_FILENO);
		if (fd > STDERR_FILENO)
			close(fd);
	}
	mount_at("proc", "/proc", NULL);
	mount_at("sysfs", "/sys", NULL);
	mount_at("devpts", "/dev/pts", NULL);
	mount_at("tmpfs", "/dev/shm", NULL);
	mount_at("tmpfs", "/tmp", "mode=1777");
	mount_at("tmpfs", "/run", NULL);
	mount_at("debugfs", "/sys/kernel/debug", NULL);

	setenv("PATH", "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin", 1);
	setenv("HOME", "/tmp", 1);
	setenv("TERM", "linux", 0);
	read_file("/proc/cmdline", cmdline, sizeof(cmdline));
}

/*
 * The port appears a little after its driver.  A guest that has none goes on,
 * for the console's sake: its host will miss the result.
 */
static void open_result_port(void)
{
	char path[300], name[64];
	struct dirent *d;
	int tries;
	DIR *dir;

	for (tries = 0; tries < 1200 && result_fd < 0; tries++) {
		dir = opendir("/sys/class/virtio-ports");
		while (dir && (d = readdir(dir))) {
			snprintf(path, sizeof(path),
				 "/sys/class/virtio-ports/%s/name", d->d_name);
			if (read_file(path, name, sizeof(name)) < 0 ||
			    strcspn(name, "\n") != strlen(RESULT_PORT) ||
			    strncmp(name, RESULT_PORT, strlen(RESULT_PORT)))
				continue;
			snprintf(path, sizeof(path), "/dev/%s", d->d_name);
			result_fd = open(path, O_WRONLY | O_CLOEXEC);
		}
		if (dir)
			closedir(dir);
		if (result_fd < 0)
			usleep(50000);
	}
}

/* A time limit in seconds: "utrace.timeout=", stretched for a slow kernel. */
static int time_limit(const char *fallback)
{
	int slow = atoi(option("utrace.slow", "1"));

	return atoi(option("utrace.timeout", fallback)) * (slow > 0 ? slow : 1);
}

/* Whether @name is one of the words of @list, which has commas in between. */
static bool listed(const char *list, const char *name)
{
	size_t len = strlen(name);

	while (*list) {
		size_t n = strcspn(list, ",");

		if (n == len && !strncmp(list, name, len))
			return true;
		list += n + (list[n] == ',');
	}
	return false;
}

static int is_entry(const struct dirent *d)
{
	return d->d_name[0] != '.';
}

/*
 * One suite's results as debugfs has them are a document of their own, with
 * one test; make that test number @nr of ours.
 */
static void copy_kunit_suite(const char *suite, int nr)
{
	static char buf[1 << 20];
	char path[512], *line, *next;

	snprintf(path, sizeof(path), KUNIT_DIR "/%s/results", suite);
	if (read_file(path, buf, sizeof(buf)) <= 0) {
		result("not ok %d %s # cannot read %s\n", nr, suite, path);
		all_ok = false;
		return;
	}
	for (line = buf; *line; line = next) {
		bool bad = !strncmp(line, "not ok 1 ", 9);

		next = line + strcspn(line, "\n");
		if (*next)
			*next++ = '\0';
		if (bad || !strncmp(line, "ok 1 ", 5)) {
			result("%sok %d %s\n", bad ? "not " : "", nr, suite);
			if (bad)
				all_ok = false;
		} else if (line[0] == ' ') {
			put(result_fd, line, strlen(line));
			put(result_fd, "\n", 1);
		}
	}
}

/* What a hung test is doing, for whoever reads the console's log. */
static void show_processes(void)
{
	static char buf[4096];
	struct dirent *d;
	char path[300];
	DIR *dir = opendir("/proc");

	while (dir && (d = readdir(dir))) {
		long pid = strtol(d->d_name, NULL, 10);

		if (pid <= 2)
			continue;
		snprintf(path, sizeof(path), "/proc/%ld/cmdline", pid);
		if (read_file(path, buf, sizeof(buf)) <= 0)
			continue;	/* a kernel thread, or gone */
		snprintf(path, sizeof(path), "/proc/%ld/stat", pid);
		read_file(path, buf, sizeof(buf));
		say("process %.60s", buf);
		snprintf(path, sizeof(path), "/proc/%ld/stack", pid);
		if (read_file(path, buf, sizeof(buf)) > 0)
			put(STDOUT_FILENO, buf, strlen(buf));
	}
	if (dir)
		closedir(dir);
}

struct stream {
	int fd;
	bool tee;		/* to the console too */
	char line[1024];
	size_t len;
};

/* Pass on whole lines, indented: one program is one subtest. */
static void pump(struct stream *s)
{
	char buf[4096];
	ssize_t n = read(s->fd, buf, sizeof(buf));

	if (n <= 0) {
		if (n < 0 && (errno == EINTR || errno == EAGAIN))
			return;
		close(s->fd);
		s->fd = -1;
		n = 0;
	} else if (s->tee) {
		put(STDOUT_FILENO, buf, n);
	}
	for (ssize_t i = 0; i < n || (s->fd < 0 && s->len); i++) {
		if (i < n)
			s->line[s->len++] = buf[i];
		if (i >= n || buf[i] == '\n' || s->len == sizeof(s->line) - 1) {
			if (s->line[s->len - 1] != '\n')
				s->line[s->len++] = '\n';
			put(result_fd, "    ", 4);
			put(result_fd, s->line, s->len);
			s->len = 0;
		}
	}
}

static int open_stream(struct stream *s, bool tee)
{
	int fd[2];

	memset(s, 0, sizeof(*s));
	if (pipe2(fd, O_CLOEXEC)) {
		say("pipe: %s", strerror(errno));
		s->fd = -1;
		return -1;
	}
	s->fd = fd[0];
	s->tee = tee;
	fcntl(s->fd, F_SETFL, O_NONBLOCK);
	return fd[1];
}

static void reap_all(void)
{
	double end = now() + 60;

	/* Everybody but us; a test must not disturb the next one. */
	kill(-1, SIGKILL);
	while (now() < end) {
		pid_t pid = waitpid(-1, NULL, WNOHANG);

		if (pid < 0)
			return;
		if (!pid)
			usleep(10000);
	}
	say("processes that SIGKILL does not end:");
	show_processes();
	all_ok = false;
	result("# some processes could not be killed\n");
}

/* A program that runs as a subtest, and how it ended. */
struct program {
	const char *name;
	pid_t pid;
	struct stream out;	/* its standard output and error */
	struct stream side;	/* its descriptor RESULT_FD */
	double start;
	int timeout;
	int status;		/* as wait() has it, if it did not time out */
	bool timed_out;
};

static void exec_program(char **argv, int out_fd, int side_fd)
{
	int null = open("/dev/null", O_RDONLY);

	setsid();
	dup2(null, STDIN_FILENO);
	dup2(out_fd, STDOUT_FILENO);
	dup2(out_fd, STDERR_FILENO);
	if (side_fd == RESULT_FD)
		fcntl(side_fd, F_SETFD, 0);
	else
		dup2(side_fd, RESULT_FD);
	if (chdir("/tmp"))
		perror("/tmp");
	execv(argv[0], argv);
	dprintf(STDERR_FILENO, "# cannot run %s: %s\n", argv[0], strerror(errno));
	_exit(127);
}

static void start_program(struct program *p, char **argv, bool tee)
{
	int out_fd = open_stream(&p->out, tee);
	int side_fd = open_stream(&p->side, false);

	say("start %s", p->name);
	p->start = now();
	p->pid = fork();
	if (!p->pid)
		exec_program(argv, out_fd, side_fd);
	close(out_fd);
	close(side_fd);
}

/* Wait for output for up to @ms milliseconds, and pass on what came. */
static bool pump_both(struct program *p, int ms)
{
	struct pollfd fds[2] = {
		{ .fd = p->out.fd, .events = POLLIN },
		{ .fd = p->side.fd, .events = POLLIN },
	};

	if (poll(fds, 2, ms) <= 0)
		return false;
	if (fds[0].revents)
		pump(&p->out);
	if (fds[1].revents)
		pump(&p->side);
	return true;
}

/* Reap whatever has ended.  Returns true if the program did. */
static bool has_ended(struct program *p)
{
	int status;
	pid_t gone;

	while ((gone = waitpid(-1, &status, WNOHANG)) > 0) {
		if (gone == p->pid) {
			p->status = status;
			return true;
		}
	}
	return false;
}

/* Pass on the program's output until it and its output end, or its time does. */
static void follow_program(struct program *p)
{
	double end = p->start + p->timeout;
	bool ended = false;

	while (!ended || p->out.fd >= 0 || p->side.fd >= 0) {
		pump_both(p, 20);
		if (has_ended(p)) {
			ended = true;
			/* A child that the program left may hold the pipe for ever. */
			if (end > now() + 2)
				end = now() + 2;
		}
		if (now() >= end)
			break;
	}
	p->timed_out = !ended;
	if (p->timed_out) {
		say("%s: no end after %d s", p->name, p->timeout);
		show_processes();
	}
}

/* Pass on what is left in the pipes after all writers are gone. */
static void drain(struct program *p)
{
	while ((p->out.fd >= 0 || p->side.fd >= 0) && pump_both(p, 0))
		;
	if (p->out.fd >= 0)
		close(p->out.fd);
	if (p->side.fd >= 0)
		close(p->side.fd);
}

/* Returns whether the program passed.  @why: what to add to its line */
static bool judge(const struct program *p, char *why, size_t size)
{
	int code = WEXITSTATUS(p->status);

	*why = '\0';
	if (p->timed_out) {
		snprintf(why, size, " # timeout after %d s", p->timeout);
		return false;
	}
	if (WIFSIGNALED(p->status)) {
		snprintf(why, size, " # killed by signal %d", WTERMSIG(p->status));
		return false;
	}
	if (code == 4 || code == 77) {
		snprintf(why, size, " # SKIP");
		return true;
	}
	if (code)
		snprintf(why, size, " # exit status %d", code);
	return !code;
}

/*
 * Run a program as subtest @nr.  Its lines go to the result, indented; its
 * exit status decides: 0 is a pass, 4 and 77 a skip (kselftest's and
 * automake's numbers), the rest a failure.
 */
static void run_program(int nr, const char *name, char **argv, int timeout,
			bool tee)
{
	struct program p = { .name = name, .timeout = timeout };
	char why[64];
	bool ok;

	start_program(&p, argv, tee);
	follow_program(&p);
	reap_all();
	drain(&p);
	ok = judge(&p, why, sizeof(why));
	if (!ok)
		all_ok = false;
	result("%sok %d %s%s\n", ok ? "" : "not ", nr, name, why);
	say("%s %s%s (%.1f s)", ok ? "ok" : "NOT OK", name, why, now() - p.start);
}

static void run_tests(bool kunit, bool selftest)
{
	const char *select = option("utrace.select", "*");
	const char *omit = option("utrace.omit", "");
	int timeout = time_limit("600");
	struct dirent **suites = NULL, **programs = NULL;
	int n_suites = 0, n_programs = 0, n_selected = 0, nr = 0, i;

	if (kunit)
		n_suites = scandir(KUNIT_DIR, &suites, is_entry, alphasort);
	if (selftest)
		n_programs = scandir(SELFTEST_DIR, &programs, is_entry,
				     alphasort);
	if (n_suites < 0)
		n_suites = 0;
	for (i = 0; i < n_programs; i++) {
		struct stat st;
		char path[512];

		snprintf(path, sizeof(path), SELFTEST_DIR "/%s",
			 programs[i]->d_name);
		if (stat(path, &st) || !S_ISREG(st.st_mode) ||
		    !(st.st_mode & 0111) ||
		    fnmatch(select, programs[i]->d_name, 0) ||
		    listed(omit, programs[i]->d_name))
			continue;
		programs[n_selected++] = programs[i];
	}

	result("1..%d\n", n_suites + n_selected);
	for (i = 0; i < n_suites; i++)
		copy_kunit_suite(suites[i]->d_name, ++nr);
	for (i = 0; i < n_selected; i++) {
		char path[512], name[300];
		char *argv[] = { path, NULL };

		snprintf(path, sizeof(path), SELFTEST_DIR "/%s",
			 programs[i]->d_name);
		snprintf(name, sizeof(name), "selftest_%s",
			 programs[i]->d_name);
		run_program(++nr, name, argv, timeout, false);
	}
}

/*
 * Where the kernel has kmemleak, have it look for what the tests left behind.
 * What it finds it says on the console, where the gate sees it; the details go
 * there too, for people.
 */
static void scan_for_leaks(void)
{
	static char buf[1 << 16];
	int i;

	if (access(KMEMLEAK, F_OK))
		return;
	/*
	 * It has patience with what is younger than five seconds, and a pointer
	 * may be on the move, out of its sight, during one scan.
	 */
	for (i = 0; i < 2; i++) {
		sleep(6);
		write_file(KMEMLEAK, "scan");
	}
	if (read_file(KMEMLEAK, buf, sizeof(buf)) > 0)
		put(STDOUT_FILENO, buf, strlen(buf));
	say("scanned for leaks");
}

static void run_one(const char *name, const char *fallback)
{
	char *args = strdup(option("utrace.run", fallback));
	int timeout = time_limit("600");
	char *argv[16];
	int argc = 0;

	/* The command line has no spaces to give: commas part the words. */
	while (argc < 15 && (argv[argc] = strsep(&args, ",")))
		argc++;
	argv[argc] = NULL;
	result("1..1\n");
	run_program(1, name, argv, timeout, true);
}

static void shell(void)
{
	pid_t pid = fork(), gone;

	if (!pid) {
		int fd;

		setsid();
		fd = open("/dev/console", O_RDWR);
		ioctl(fd, TIOCSCTTY, 1);
		setenv("PS1", "guest# ", 1);
		if (chdir("/"))
			perror("/");
		execl("/bin/sh", "sh", NULL);
		execl("/bin/busybox", "sh", NULL);
		say("no /bin/sh and no /bin/busybox in this guest");
		_exit(127);
	}
	do {
		gone = wait(NULL);
	} while (gone != pid && !(gone < 0 && errno == ECHILD));
	result("1..1\nok 1 shell\n");
}

static void selfcheck(const char *how)
{
	result("1..1\n");
	if (!strcmp(how, "hang"))
		for (;;)
			pause();
	if (!strcmp(how, "panic"))
		write_file("/proc/sysrq-trigger", "c");
	if (!strcmp(how, "splat"))
		write_file("/dev/kmsg", "<4>WARNING: CPU: 0 PID: 1 at ci/init.c:1 selfcheck\n");
	all_ok = strcmp(how, "fail");
	result("%sok 1 selfcheck\n", all_ok ? "" : "not ");
}

int main(void)
{
	const char *mode;
	struct utsname uts;

	if (getpid() != 1) {
		fprintf(stderr, "init: this is the test guest's PID 1, not a command\n");
		return 2;
	}
	set_up();
	mode = option("utrace.mode", "shell");
	if (strcmp(mode, "shell"))
		open_result_port();
	uname(&uts);
	say("mode %s, Linux %s, %s", mode, uts.release, uts.machine);
	result("KTAP version 1\n# utrace-init: mode %s, Linux %s, %s\n", mode,
	       uts.release, uts.machine);

	if (!strcmp(mode, "test"))
		run_tests(true, true);
	else if (!strcmp(mode, "kunit"))
		run_tests(true, false);
	else if (!strcmp(mode, "selftest"))
		run_tests(false, true);
	else if (!strcmp(mode, "run"))
		run_one("run", "/run.sh");
	else if (!strcmp(mode, "demo"))
		run_one("demo", "/demo/demo.sh");
	else if (!strcmp(mode, "shell"))
		shell();
	else if (!strncmp(mode, "selfcheck-", 10))
		selfcheck(mode + 10);
	else {
		say("unknown utrace.mode=%s", mode);
		all_ok = false;
	}
	if (strcmp(mode, "shell"))
		scan_for_leaks();

	result("utrace-result: %s\n", all_ok ? "success" : "failure");
	if (result_fd >= 0)
		close(result_fd);
	sync();
	/* Where there is no power switch, QEMU ends at a restart (-no-reboot). */
	reboot(!strcmp(option("utrace.poweroff", "poweroff"), "restart") ?
	       RB_AUTOBOOT : RB_POWER_OFF);
	say("reboot: %s", strerror(errno));
	for (;;)
		pause();
}
