// SPDX-License-Identifier: GPL-2.0-only
/*
 * The command "utrace regs", for real: what it prints of this program's children,
 * and of what it has saved.  Needs a kernel with utrace, and no shell; prints KTAP.
 *
 * Environment: UTRACE=/bin/utrace
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define DEADLINE	120	/* seconds for anything to happen: TCG is slow */
#define MAGIC		0x5ca1ab1e0decade5ul

static char dir[] = "/tmp/regs_tool.XXXXXX";
static char out[64], again[64], err[64], file[64], view[64];
static const char *utrace = "/bin/utrace";
static volatile unsigned long *shared;	/* rounds, tid, ready */
static int test_bad;
static pid_t child;

__attribute__((format(printf, 1, 2)))
static void note(const char *fmt, ...)
{
	va_list ap;

	test_bad++;
	printf("# ");
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	printf("\n");
}

static const char *slurp(const char *name)
{
	static char buf[4][1 << 16];
	static unsigned int used;
	char *p = buf[used++ % 4];
	int fd = open(name, O_RDONLY);
	ssize_t n = fd < 0 ? 0 : read(fd, p, sizeof(buf[0]) - 1);

	if (fd >= 0)
		close(fd);
	p[n > 0 ? n : 0] = '\0';
	return p;
}

static bool want(const char *name, const char *text)
{
	const char *is = slurp(name);

	if (strstr(is, text))
		return true;
	note("no \"%s\" in %s:", text, name);
	for (; *is; is += strcspn(is, "\n"), is += *is == '\n')
		printf("# %.*s\n", (int)strcspn(is, "\n"), is);
	return false;
}

static const char *num(pid_t pid)
{
	static char buf[4][16];
	static unsigned int used;
	char *p = buf[used++ % 4];

	snprintf(p, sizeof(buf[0]), "%d", pid);
	return p;
}

/* Runs utrace regs; its exit status must be @status, its output goes to @to. */
static void run(int status, const char *to, ...)
{
	const char *argv[16] = { utrace, "regs" };
	int n = 2, got;
	va_list ap;
	pid_t pid;

	va_start(ap, to);
	while ((argv[n] = va_arg(ap, const char *)))
		n++;
	va_end(ap);
	fflush(stdout);
	pid = fork();
	if (!pid) {
		dup2(open(to, O_WRONLY | O_CREAT | O_TRUNC, 0644), STDOUT_FILENO);
		dup2(open(err, O_WRONLY | O_CREAT | O_TRUNC, 0644), STDERR_FILENO);
		alarm(DEADLINE);
		execv(utrace, (char **)argv);
		_exit(126);
	}
	if (waitpid(pid, &got, 0) != pid || !WIFEXITED(got) || WEXITSTATUS(got) != status) {
		note("utrace ended with %#x, not %d", got, status);
		printf("# %.500s\n", slurp(err));
	}
}

/* --- children ----------------------------------------------------------- */

static void spin(void)
{
	unsigned long v = MAGIC;

	for (;;) {
		asm volatile("" : "+r" (v));
		++*shared;
	}
}

static void sleep_in_read(void)
{
	int fds[2];
	char c;

	if (pipe(fds))
		_exit(1);
	shared[2] = 1;
	read(fds[0], &c, 1);
	shared[2] = 2;
	_exit(1);
}

/*
 * Two loops, of which the first goes on for ever.  Without optimisation no register has
 * a variable's value at a label, so that the pc can be set from one to the other.
 */
__attribute__((noinline, optimize("O0")))
static void two_loops(void)
{
	volatile unsigned long local = 0;

	shared[3] = (unsigned long)&&first;
	shared[4] = (unsigned long)&&other;
	shared[5] = (unsigned long)&local;
	if (shared[6])
		goto other;
first:
	++*shared;
	goto first;
other:
	++shared[7];
	goto other;
}

static void *second(void *arg)
{
	shared[1] = syscall(SYS_gettid);
	spin();
	return arg;
}

static void two(void)
{
	pthread_t t;

	if (pthread_create(&t, NULL, second, NULL))
		_exit(1);
	pthread_join(t, NULL);
}

static bool eventually(volatile unsigned long *what)
{
	struct timespec ms = { 0, 10000000 };
	int i;

	for (i = 0; i < DEADLINE * 100 && !*what; i++)
		nanosleep(&ms, NULL);
	if (!*what)
		note("the child does not start");
	return *what;
}

static void start(void (*fn)(void), volatile unsigned long *started)
{
	memset((void *)shared, 0, 4096);
	fflush(stdout);
	child = fork();
	if (!child) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		fn();
		_exit(1);
	}
	eventually(started);
}

static void end(void)
{
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
}

static void want_progress(void)
{
	*shared = 0;
	if (!eventually(shared))
		note("the child does not run on");
}

/* --- the tests ---------------------------------------------------------- */

static void test_registers(void)
{
	char line[64];

	start(spin, shared);
	run(0, out, num(child), NULL);
	snprintf(line, sizeof(line), "thread %d, ", child);
	want(out, line);
	want(out, "\norg.gnu.gdb.");
	want(out, " 0x5ca1ab1e0decade5\n");
	want_progress();
	end();
}

/* The register that has MAGIC, by what is in @out. */
static bool find_magic(char *name, size_t size)
{
	const char *is = slurp(out), *at = strstr(is, " 0x5ca1ab1e0decade5\n");

	if (!at)
		return false;
	while (at > is && at[-1] != '\n')
		at--;
	at += strspn(at, " ");
	snprintf(name, size, "%.*s", (int)strcspn(at, " "), at);
	return true;
}

static void test_set(void)
{
	char name[32], arg[64], line[64];
	bool x86;

	start(spin, shared);
	run(0, out, num(child), NULL);
	x86 = strstr(slurp(out), "\n  mxcsr ");
	if (!find_magic(name, sizeof(name))) {
		note("no register has it");
		end();
		return;
	}
	run(0, out, num(child), name, NULL);
	want(out, " 0x5ca1ab1e0decade5\n");
	if (strstr(slurp(out), "org."))
		note("more than the register is printed");

	/* What cannot be changes nothing. */
	snprintf(arg, sizeof(arg), "%s=1", name);
	run(1, out, num(child), arg, "nosuch=2", NULL);
	want(err, "cannot find register 'nosuch' of thread");
	run(1, out, num(child), arg, "nosuch", NULL);
	snprintf(line, sizeof(line), "%s=0x10000000000000000", name);
	run(1, out, num(child), line, NULL);
	want(err, "is no number of up to 8 bytes");
	snprintf(line, sizeof(line), "%s=12x", name);
	run(1, out, num(child), arg, line, NULL);
	want(err, "is no number of up to 8 bytes");
	run(1, out, num(child), arg, "-t", "1", NULL);
	want(err, "has no such thread");
	run(0, out, num(child), name, NULL);
	want(out, " 0x5ca1ab1e0decade5\n");

	if (x86) {
		/* The kernel refuses these values in more than one way. */
		run(1, out, num(child), arg, "cs=8", NULL);
		want(err, "cannot write register cs of thread");
		run(1, out, num(child), "mxcsr=0xffff0000", arg, NULL);
		want(err, "cannot write register mxcsr of thread");
		run(0, out, num(child), name, NULL);
		want(out, " 0x5ca1ab1e0decade5\n");
	}
	snprintf(arg, sizeof(arg), "%s=0x5Ca1ab1e0decadf7", name);
	run(0, out, num(child), arg, NULL);
	want(out, " 0x5ca1ab1e0decadf7\n");
	want_progress();
	run(0, out, num(child), name, NULL);
	want(out, " 0x5ca1ab1e0decadf7\n");
	snprintf(arg, sizeof(arg), "%s=4711", name);
	run(0, out, num(child), arg, NULL);
	want(out, " 0x0000000000001267\n");
	want_progress();
	end();
}

/* The value of a register, as @name in @out. */
static unsigned long value_of(const char *name)
{
	char text[40];
	const char *at;

	snprintf(text, sizeof(text), "\n  %-16s 0x", name);
	at = strstr(slurp(out), text);
	if (!at)
		note("no %s in %s", name, out);
	return at ? strtoul(at + strlen(text), NULL, 16) : 0;
}

/* Each is near what is known of it, on every architecture by the same name. */
static void test_roles(void)
{
	char arg[64];
	long diff;

	start(two_loops, shared);
	run(0, out, num(child), "pc", "sp", NULL);
	diff = value_of("pc") - shared[3];
	if (diff < -256 || diff > 256)
		note("pc is %#lx, but the loop is at %#lx", value_of("pc"), shared[3]);
	diff = shared[5] - value_of("sp");
	/* Leaf functions may keep variables below sp, in the red zone. */
	if (diff < -512 || diff > 65536)
		note("sp is %#lx, but there is a variable at %#lx", value_of("sp"),
		     shared[5]);
	run(0, out, num(child), "syscall_arg0", "syscall_nr", "func_arg0", "func_result",
	    "syscall_result", NULL);
	run(1, out, num(child), "syscall_arg6", NULL);
	want(err, "cannot find register 'syscall_arg6' of thread");
	run(1, out, num(child), "func_arg", NULL);
	want(err, "cannot find register 'func_arg' of thread");
	run(1, out, num(child), "p", NULL);

	/* And it can be set by that name. */
	snprintf(arg, sizeof(arg), "pc=%#lx", shared[4]);
	run(0, out, num(child), arg, NULL);
	if (value_of("pc") != shared[4])
		note("pc is %#lx, not %#lx", value_of("pc"), shared[4]);
	eventually(&shared[7]);
	end();
}

static void test_all(void)
{
	size_t shorter;

	start(spin, shared);
	run(0, out, num(child), NULL);
	shorter = strlen(slurp(out));
	run(0, out, "-a", num(child), NULL);
	if (strlen(slurp(out)) < shorter)
		note("-a prints less");
	want_progress();
	end();
}

static void test_sleeping(void)
{
	start(sleep_in_read, &shared[2]);
	run(0, out, num(child), NULL);
	want(out, "\norg.gnu.gdb.");
	if (shared[2] != 1)
		note("read() has returned");
	end();
}

static void test_threads(void)
{
	char line[64];

	start(two, shared);
	run(0, out, num(child), NULL);
	snprintf(line, sizeof(line), "thread %d, ", child);
	want(out, line);
	snprintf(line, sizeof(line), "thread %lu, ", shared[1]);
	want(out, line);
	run(0, out, "-t", num(shared[1]), num(child), NULL);
	want(out, line);
	snprintf(line, sizeof(line), "thread %d, ", child);
	if (strstr(slurp(out), line))
		note("-t prints the others, too");
	run(1, out, "-t", "1", num(child), NULL);
	want(err, "has no such thread");
	want_progress();
	end();
}

static void test_saved(void)
{
	const char *rest;

	start(spin, shared);
	run(0, out, "-s", file, "-w", view, "-g", num(child), NULL);
	want_progress();
	end();
	/* The same registers, and the same packet. */
	run(0, again, "-v", view, "-f", file, "-g", NULL);
	if (strcmp(slurp(out), slurp(again)) || strlen(slurp(out)) < 100)
		note("the packet of saved registers differs");
	run(0, again, "-v", view, "-f", file, NULL);
	rest = slurp(again);
	if (strncmp(rest, "org.gnu.gdb.", 12))
		note("saved registers begin with %.20s", rest);
	want(again, " 0x5ca1ab1e0decade5\n");
	run(0, again, "-v", view, NULL);
	want(again, " 8 bytes\n");
	run(1, again, "-v", file, NULL);
	want(err, "cannot load a description of registers");
	run(1, again, "-v", view, "-f", view, NULL);
	want(err, "cannot load a register file");
}

static void test_description(void)
{
	start(spin, shared);
	run(0, out, "-d", num(child), NULL);
	want(out, "<target version=\"1.0\">");
	want(out, "</target>\n");
	run(0, out, "-w", view, num(child), NULL);
	if (*slurp(out))
		note("-w alone prints something");
	run(0, out, "-d", "-v", view, NULL);
	want(out, "</target>\n");
	end();
}

static void test_refusals(void)
{
	pid_t dead = fork();

	if (!dead)
		_exit(0);
	waitpid(dead, NULL, 0);
	run(1, out, num(dead), NULL);
	want(err, "no such process, or it is dead");
	run(1, out, "2", NULL);
	want(err, "it is a kernel thread");
	start(spin, shared);
	run(1, out, "-s", "/nonexistent/file", num(child), NULL);
	want(err, "utrace: cannot create /nonexistent/file: No such file or directory");
	run(1, "/dev/full", num(child), NULL);
	want(err, "utrace: cannot write to standard output: No space left on device");
	want_progress();
	end();
}

static const struct {
	const char *name;
	void (*run)(void);
} tests[] = {
	{ "the registers of a running program", test_registers },
	{ "a register that is set", test_set },
	{ "-a", test_all },
	{ "roles are names: pc, sp", test_roles },
	{ "a program that sleeps in a system call goes on sleeping", test_sleeping },
	{ "threads", test_threads },
	{ "saved registers", test_saved },
	{ "-d", test_description },
	{ "what cannot be", test_refusals },
};

int main(void)
{
	const size_t n = sizeof(tests) / sizeof(tests[0]);
	int failures = 0;
	size_t i;

	setvbuf(stdout, NULL, _IOLBF, 0);
	if (getenv("UTRACE"))
		utrace = getenv("UTRACE");
	shared = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
		      -1, 0);
	if (!mkdtemp(dir) || shared == MAP_FAILED) {
		printf("Bail out! no /tmp, or no memory: %s\n", strerror(errno));
		return 1;
	}
	snprintf(out, sizeof(out), "%s/out", dir);
	snprintf(again, sizeof(again), "%s/again", dir);
	snprintf(err, sizeof(err), "%s/err", dir);
	snprintf(file, sizeof(file), "%s/file", dir);
	snprintf(view, sizeof(view), "%s/view", dir);

	printf("TAP version 13\n1..%zu\n", n);
	for (i = 0; i < n; i++) {
		test_bad = 0;
		tests[i].run();
		failures += !!test_bad;
		printf("%sok %zu %s\n", test_bad ? "not " : "", i + 1, tests[i].name);
	}
	unlink(out);
	unlink(again);
	unlink(err);
	unlink(file);
	unlink(view);
	rmdir(dir);
	return failures ? 1 : 0;
}
