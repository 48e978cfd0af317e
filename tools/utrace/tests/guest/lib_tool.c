// SPDX-License-Identifier: GPL-2.0-only
/*
 * libutrace, for real: the ring, orders that are waited for, memory, tables and counters,
 * on this program with a role.  Needs a kernel with utrace; prints KTAP.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "libutrace.h"

#define CALLS		3000
#define DEADLINE	60000	/* milliseconds: TCG is slow */

static char self[256];
static int bad;

__attribute__((format(printf, 1, 2)))
static void note(const char *fmt, ...)
{
	va_list ap;

	bad++;
	printf("# ");
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	printf("\n");
}

/* --- roles -------------------------------------------------------------- */

static int role_calls(void)
{
	for (int i = 0; i < CALLS; i++)
		syscall(SYS_getppid);
	return 5;
}

__attribute__((noreturn))
static void role_wait(void)
{
	for (;;)
		pause();
}

/* --- the tests ---------------------------------------------------------- */

/* A session that records all getppid() of this program in @role; started. */
static struct utrace_session *start(const char *role, uint64_t ring, uint32_t flags,
				    struct utrace_child **child, uint64_t *thread)
{
	struct utrace_config config = {
		.record = UTRACE_EV_BIT(UTRACE_EV_SYSCALL) | UTRACE_EV_BIT(UTRACE_EV_DEATH) |
			  UTRACE_EV_BIT(UTRACE_EV_EXEC),
		.roles	= UTRACE_ROLE_BIT(UTRACE_ROLE_PC),
	};
	char *argv[] = { self, (char *)role, NULL };
	struct utrace_attach attach = { .flags = 0 };
	struct utrace_session *s = utrace_open(0);
	struct utrace_table *table;
	struct utrace_info info;

	*child = NULL;
	if (flags & UTRACE_SC_HOLD_EXIT)
		config.hold = UTRACE_EV_BIT(UTRACE_EV_SYSCALL);
	if (!s || utrace_info(s, &info) < 0 || utrace_config(s, &config) < 0 ||
	    (ring && utrace_ring(s, ring) < 0)) {
		note("%s", utrace_error(s));
		return s;
	}
	table = utrace_table_new(info.arch);
	utrace_table_set(table, SYS_getppid, flags);
	if (utrace_table_load(s, table) < 0)
		note("%s", utrace_error(s));
	utrace_table_free(table);
	*child = utrace_spawn(s, self, argv, NULL, NULL, &attach);
	if (!*child || utrace_child_start(*child) < 0)
		note("%s", utrace_error(s));
	*thread = attach.thread;
	return s;
}

static void finish(struct utrace_session *s, struct utrace_child *child, int status)
{
	int got = -1;

	utrace_close(s);
	if (!child)
		return;
	if (status < 0)
		kill(utrace_child_pid(child), SIGKILL);
	if (waitpid(utrace_child_pid(child), &got, 0) < 0 || (status >= 0 && got != status))
		note("the program ended with %#x", got);
	utrace_child_free(child);
}

/* Every call has a record, in order, whatever the size of the ring. */
static void test_records(uint64_t ring)
{
	struct utrace_child *child;
	uint64_t thread, seq = 0;
	struct utrace_session *s = start("calls", ring, UTRACE_SC_RECORD, &child, &thread);
	const struct utrace_record *rec;
	int calls = 0, deaths = 0, gaps = 0, ret = 0;

	while (child && (ret = utrace_next_timeout(s, &rec, DEADLINE)) > 0) {
		gaps += rec->seq != ++seq;
		calls += rec->type == UTRACE_EV_SYSCALL;
		deaths += rec->type == UTRACE_EV_DEATH;
	}
	if (ret)
		note("%s", utrace_error(s));
	if (calls != CALLS || deaths != 1 || gaps)
		note("%d calls, %d deaths, %d gaps", calls, deaths, gaps);
	finish(s, child, 5 << 8);
}

static void test_read(void)
{
	test_records(0);
}

static void test_small_ring(void)
{
	test_records(sysconf(_SC_PAGESIZE));
}

static void test_ring(void)
{
	test_records(4 << 20);
}

static void wait_exec(struct utrace_session *s)
{
	const struct utrace_record *rec;

	while (utrace_next_timeout(s, &rec, DEADLINE) > 0)
		if (rec->type == UTRACE_EV_EXEC)
			return;
	note("no exec: %s", utrace_error(s));
}

static void test_stop(void)
{
	struct utrace_child *child;
	uint64_t thread, args[6] = { 0 }, pc = 0;
	struct utrace_session *s = start("calls", 0,
					 UTRACE_SC_RECORD | UTRACE_SC_HOLD_EXIT, &child,
					 &thread);
	struct utrace_orders *o = utrace_orders_new();
	const struct utrace_record *rec;
	struct utrace_info info;
	int64_t result = 0;
	uint64_t role = 0;
	int i, ret;

	/* Each stop is answered, and the next one awaited, in one system call. */
	for (i = 0; i < 50; i++) {
		ret = utrace_orders_submit_next(s, o, &rec, DEADLINE);
		while (ret > 0 && !(rec->flags & UTRACE_RECF_HELD))
			ret = utrace_next_timeout(s, &rec, DEADLINE);
		if (ret <= 0) {
			note("stop %d: %s", i, utrace_error(s));
			break;
		}
		if (utrace_thread_stop(utrace_thread(s, thread)) != rec->seq)
			note("stop %d is not in the table", i);
		if (utrace_record_role(rec, UTRACE_ROLE_PC, &role) < 0)
			note("stop %d: %s", i, utrace_error(NULL));
		utrace_orders_clear(o);
		if (i < 49)
			utrace_orders_add_release(o, 0, rec->thread, rec->seq);
	}
	if (utrace_regs_role(s, thread, UTRACE_ROLE_PC, &pc) < 0 || pc != role)
		note("pc %#llx, and %#llx in the record: %s", (unsigned long long)pc,
		     (unsigned long long)role, utrace_error(s));
	if (utrace_info(s, &info) < 0)
		note("%s", utrace_error(s));
	if (info.actions & 1ull << UTRACE_OP_CALL &&
	    (utrace_call(s, thread, SYS_getpid, args, &result, DEADLINE) < 0 ||
	     result != utrace_child_pid(child)))
		note("getpid() = %lld: %s", (long long)result, utrace_error(s));
	if (utrace_release(s, thread, 1) != -ESTALE)
		note("a stop that is over can be released: %s", utrace_error(s));
	utrace_orders_free(o);
	finish(s, child, -1);
}

static void test_hold(void)
{
	struct utrace_child *child;
	uint64_t thread;
	struct utrace_session *s = start("wait", 0, UTRACE_SC_RECORD, &child, &thread);
	static char text[] = "in the memory of both";
	struct utrace_rec_attached st;
	char copy[64] = "";
	int ret;

	wait_exec(s);
	usleep(300000);
	ret = utrace_hold(s, thread, 0, DEADLINE);
	if (ret < 0)
		note("hold: %s", utrace_error(s));
	if (utrace_status(s, thread, &st) < 0 || !st.stop ||
	    st.stop != utrace_thread_stop(utrace_thread(s, thread)))
		note("status: stop %llu: %s", (unsigned long long)st.stop, utrace_error(s));
	if (utrace_mem_string(s, thread, (uintptr_t)text, copy, sizeof(copy)) !=
	    (ssize_t)strlen(text) || strcmp(copy, text))
		note("'%s': %s", copy, utrace_error(s));
	if (utrace_mem_read(s, thread, 8, copy, 8) >= 0)
		note("page 0 can be read");
	if (utrace_release(s, thread, 0) < 0)
		note("release: %s", utrace_error(s));
	ret = utrace_pidfd(s, thread, 0);
	if (ret < 0)
		note("pidfd: %s", utrace_error(s));
	close(ret);
	if (utrace_restrict(s, UTRACE_RIGHT_MEM_READ) < 0)
		note("restrict: %s", utrace_error(s));
	if (utrace_hold(s, thread, 0, DEADLINE) != -EACCES)
		note("hold without the right: %s", utrace_error(s));
	finish(s, child, -1);
}

static void test_counts(void)
{
	struct utrace_child *child;
	uint64_t thread;
	struct utrace_session *s = start("calls", 0, UTRACE_SC_COUNT, &child, &thread);
	static struct utrace_count counts[512];
	const struct utrace_record *rec;
	struct utrace_info info;

	while (utrace_next_timeout(s, &rec, DEADLINE) > 0)
		if (rec->type == UTRACE_EV_SYSCALL)
			note("a record of a call that is only counted");
	utrace_info(s, &info);
	if (utrace_counts(s, info.arch, 0, counts, 512) < 0)
		note("%s", utrace_error(s));
	if (counts[SYS_getppid].calls != CALLS || counts[SYS_getppid].errors)
		note("%llu calls", (unsigned long long)counts[SYS_getppid].calls);
	finish(s, child, 5 << 8);
}

static const struct {
	const char *name;
	void (*run)(void);
} tests[] = {
	{ "records by read()", test_read },
	{ "records through a ring of one page", test_small_ring },
	{ "records through a ring that holds them all", test_ring },
	{ "stops: one system call each, registers, a system call", test_stop },
	{ "a process that sleeps: hold, status, memory, rights", test_hold },
	{ "counters", test_counts },
};

int main(int argc, char **argv)
{
	const size_t n = sizeof(tests) / sizeof(tests[0]);
	int failures = 0;
	size_t i;

	setvbuf(stdout, NULL, _IOLBF, 0);
	if (argc > 1) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (strcmp(argv[1], "calls"))
			role_wait();
		return role_calls();
	}
	if (readlink("/proc/self/exe", self, sizeof(self) - 1) < 0) {
		printf("Bail out! no /proc: %s\n", strerror(errno));
		return 1;
	}
	printf("TAP version 13\n1..%zu\n", n);
	for (i = 0; i < n; i++) {
		bad = 0;
		tests[i].run();
		failures += !!bad;
		printf("%sok %zu %s\n", bad ? "not " : "", i + 1, tests[i].name);
	}
	return failures ? 1 : 0;
}
