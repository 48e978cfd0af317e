// SPDX-License-Identifier: GPL-2.0-only
/*
 * Threads that sleep in the kernel.  To attach to such a thread, to hold it and to look at
 * it changes nothing that its process can see: the result and the time of each call are
 * compared with those of the same call in a process that nobody traces.
 *
 * A debugger that uses ptrace, as gdb does, wakes each of these threads.  Most calls go on
 * by themselves after that, but some end with EINTR, although no handler has run.  The tests
 * do what gdb does to attach and to detach, and say which calls it ends.
 */
#include <dirent.h>
#include <elf.h>
#include <linux/utrace_regs.h>
#include <sys/epoll.h>
#include <sys/ipc.h>
#include <sys/ptrace.h>
#include <sys/sem.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "utrace_testlib.h"

/*
 * How long a call with a time limit takes, in milliseconds.  A call that begins its time
 * anew when it is looked at ends too late.  A call that ends too late because the host is
 * slow is made once more with twice the limit, up to LIMIT_SURE.
 */
#define LIMIT		1000
#define LIMIT_SURE	16000
/* Times that a thread is held, looked at and released in one sleep. */
#define LOOKS	5

static const char magic[] = "what the tracer reads";

enum call {
	EPOLL, EPOLL_LIMIT, NANOSLEEP, FUTEX, FUTEX_LIMIT, ACCEPT, ACCEPT_LIMIT, READ,
	READ_LIMIT, POLL, POLL_LIMIT, SEM_LIMIT, SIGNAL_LIMIT, NR_CALLS,
};

/* value[] of a child: the call, and what came of it. */
#define V_CALL		0
#define V_RESULT	1
#define V_BEGIN		2
#define V_END		3
#define V_LIMIT		4
/* Of the call number c of a process that makes all of them. */
#define V_ALL(c)	(5 + 3 * (c))	/* result, begin, end */

/* What came of a call. */
struct outcome {
	long result;	/* or -errno */
	long begin;	/* in milliseconds */
	long end;
};

static const struct {
	const char *name;
	bool limit;	/* it ends by itself */
	bool eintr;	/* a debugger that wakes the thread ends it */
} calls[] = {
	[EPOLL]		= { "epoll_wait", false, true },
	[EPOLL_LIMIT]	= { "epoll_wait with a limit", true, true },
	[NANOSLEEP]	= { "nanosleep", true, false },
	[FUTEX]		= { "futex", false, false },
	[FUTEX_LIMIT]	= { "futex with a limit", true, false },
	[ACCEPT]	= { "accept", false, false },
	[ACCEPT_LIMIT]	= { "accept with a limit", true, true },
	[READ]		= { "read", false, false },
	[READ_LIMIT]	= { "read with a limit", true, true },
	[POLL]		= { "poll", false, false },
	[POLL_LIMIT]	= { "poll with a limit", true, false },
	[SEM_LIMIT]	= { "semtimedop", true, true },
	[SIGNAL_LIMIT]	= { "sigtimedwait", true, true },
};

FIXTURE(asleep)
{
	struct ut_session u;
	struct ut_child c;
	struct utrace_attach a;
	struct outcome alone, traced;
	int limit;
};

FIXTURE_VARIANT(asleep)
{
	enum call call;
};

#define VARIANT(name, nr)						\
FIXTURE_VARIANT_ADD(asleep, name) { .call = nr }

VARIANT(in_epoll_wait, EPOLL);
VARIANT(in_epoll_wait_with_limit, EPOLL_LIMIT);
VARIANT(in_nanosleep, NANOSLEEP);
VARIANT(in_futex, FUTEX);
VARIANT(in_futex_with_limit, FUTEX_LIMIT);
VARIANT(in_accept, ACCEPT);
VARIANT(in_accept_with_limit, ACCEPT_LIMIT);
VARIANT(in_read, READ);
VARIANT(in_read_with_limit, READ_LIMIT);
VARIANT(in_poll, POLL);
VARIANT(in_poll_with_limit, POLL_LIMIT);
VARIANT(in_semtimedop, SEM_LIMIT);
VARIANT(in_sigtimedwait, SIGNAL_LIMIT);

FIXTURE_SETUP(asleep)
{
	ASSERT_EQ(0, ut_open(&self->u));
	ASSERT_EQ(0, ut_config(&self->u, 0, 0));
	self->limit = LIMIT;
}

FIXTURE_TEARDOWN(asleep)
{
	ut_close(&self->u);
	ut_end(&self->c);
}

static socklen_t name_of(struct sockaddr_un *name, pid_t pid)
{
	int len;

	memset(name, 0, sizeof(*name));
	name->sun_family = AF_UNIX;
	len = snprintf(name->sun_path + 1, sizeof(name->sun_path) - 1, "asleep.%d", pid);
	return offsetof(struct sockaddr_un, sun_path) + 1 + len;
}

/* A file descriptor that the call needs; -1 on failure. */
static int prepare_call(struct ut_child *c, enum call call, struct timeval *limit)
{
	struct epoll_event ev = { .events = EPOLLIN };
	struct sockaddr_un name;
	socklen_t len;
	int fd[2];

	switch (call) {
	case EPOLL:
	case EPOLL_LIMIT:
		fd[0] = epoll_create1(0);
		return epoll_ctl(fd[0], EPOLL_CTL_ADD, c->in[0], &ev) ? -1 : fd[0];
	case ACCEPT:
	case ACCEPT_LIMIT:
		/* Only one of the two has a name, to which somebody connects. */
		fd[0] = socket(AF_UNIX, SOCK_STREAM, 0);
		len = call == ACCEPT ? name_of(&name, getpid()) : sizeof(sa_family_t);
		if (call != ACCEPT)
			name.sun_family = AF_UNIX;
		if (fd[0] < 0 || bind(fd[0], (void *)&name, len) || listen(fd[0], 1))
			return -1;
		if (call == ACCEPT_LIMIT && setsockopt(fd[0], SOL_SOCKET, SO_RCVTIMEO, limit,
						       sizeof(*limit)))
			return -1;
		return fd[0];
	case READ_LIMIT:
		if (socketpair(AF_UNIX, SOCK_STREAM, 0, fd) ||
		    setsockopt(fd[0], SOL_SOCKET, SO_RCVTIMEO, limit, sizeof(*limit)))
			return -1;
		return fd[0];
	case SEM_LIMIT:
		return semget(IPC_PRIVATE, 1, 0600);
	default:
		return c->in[0];
	}
}

/* Makes @call, which sleeps until end_call() or for @ms. */
static long make_call(struct ut_child *c, enum call call, int fd, int ms)
{
	struct timespec ts = { ms / 1000, ms % 1000 * 1000000L };
	struct pollfd pfd = { .fd = fd, .events = POLLIN };
	struct sembuf op = { .sem_op = -1 };
	struct epoll_event out;
	sigset_t set;
	char b;

	switch (call) {
	case EPOLL:
		return syscall(SYS_epoll_pwait, fd, &out, 1L, -1L, NULL, 0L);
	case EPOLL_LIMIT:
		return syscall(SYS_epoll_pwait, fd, &out, 1L, (long)ms, NULL, 0L);
	case NANOSLEEP:
		return syscall(SYS_nanosleep, &ts, NULL);
	case FUTEX:
		return syscall(SYS_futex, &c->sh->stop, FUTEX_WAIT, 0, NULL, NULL, 0);
	case FUTEX_LIMIT:
		return syscall(SYS_futex, &c->sh->ready, FUTEX_WAIT, 1, &ts, NULL, 0);
	case ACCEPT:
	case ACCEPT_LIMIT:
		return syscall(SYS_accept4, fd, NULL, NULL, 0) < 0 ? -1 : 0;
	case READ:
	case READ_LIMIT:
		return syscall(SYS_read, fd, &b, 1L);
	case POLL:
		return syscall(SYS_ppoll, &pfd, 1L, NULL, NULL, 0L);
	case POLL_LIMIT:
		pfd.events = 0;
		return syscall(SYS_ppoll, &pfd, 1L, &ts, NULL, 0L);
	case SEM_LIMIT:
		return semtimedop(fd, &op, 1, &ts);
	case SIGNAL_LIMIT:
		sigemptyset(&set);
		sigaddset(&set, SIGUSR2);
		return sigtimedwait(&set, NULL, &ts);
	default:
		return -1;
	}
}

/* The call and its outcome, in the values from @out on.  False: it cannot be prepared. */
static bool sleep_in(struct ut_child *c, enum call call, unsigned int out)
{
	int ms = atomic_load(&c->sh->value[V_LIMIT]);
	struct timeval tv = { ms / 1000, ms % 1000 * 1000L };
	int fd = prepare_call(c, call, &tv);
	long ret, begin;

	if (fd < 0)
		return false;
	begin = ut_now();
	atomic_store(&c->sh->value[out + 1], begin);
	atomic_fetch_add(&c->sh->stage, 1);
	ret = make_call(c, call, fd, ms);
	atomic_store(&c->sh->value[out], ret < 0 ? -errno : ret);
	atomic_store(&c->sh->value[out + 2], ut_now());
	if (call == SEM_LIMIT)
		semctl(fd, 0, IPC_RMID);
	atomic_fetch_add(&c->sh->count, 1);
	return true;
}

static int sleep_in_call(struct ut_child *c)
{
	return !sleep_in(c, atomic_load(&c->sh->value[V_CALL]), V_RESULT);
}

/* Makes happen what the call waits for. */
static bool end_call(struct ut_child *c, enum call call)
{
	struct sockaddr_un name;
	socklen_t len;
	int fd;

	switch (call) {
	case FUTEX:
		atomic_store(&c->sh->stop, 1);
		return syscall(SYS_futex, &c->sh->stop, FUTEX_WAKE, 1, NULL, NULL, 0) == 1;
	case ACCEPT:
		len = name_of(&name, c->pid);
		fd = socket(AF_UNIX, SOCK_STREAM, 0);
		return fd >= 0 && !connect(fd, (void *)&name, len);
	default:
		return write(c->in[1], "x", 1) == 1;
	}
}

static int start_call(struct ut_child *c, enum call call, int limit)
{
	int ret = ut_spawn(c, sleep_in_call);

	if (ret)
		return ret;
	atomic_store(&c->sh->value[V_CALL], call);
	atomic_store(&c->sh->value[V_LIMIT], limit);
	ut_go(c);
	return ut_until(atomic_load(&c->sh->count) ||
			(atomic_load(&c->sh->stage) && ut_state(c->pid, c->pid) == 'S'),
			UT_TIMEOUT) ? 0 : -ETIMEDOUT;
}

static bool is_over(struct ut_child *c)
{
	return atomic_load(&c->sh->count);
}

static void outcome_at(struct ut_child *c, unsigned int out, struct outcome *o)
{
	o->result = atomic_load(&c->sh->value[out]);
	o->begin = atomic_load(&c->sh->value[out + 1]);
	o->end = atomic_load(&c->sh->value[out + 2]);
}

static bool get_outcome(struct ut_child *c, struct outcome *out)
{
	if (ut_reap(c))
		return false;
	outcome_at(c, V_RESULT, out);
	ut_end(c);
	return true;
}

/* The same call in a process that nobody traces. */
static bool call_alone(struct ut_child *c, enum call call, int limit, struct outcome *out)
{
	return !start_call(c, call, limit) && (calls[call].limit || end_call(c, call)) &&
	       get_outcome(c, out);
}

/* The call is over, or must be soon. */
static bool is_past(struct ut_child *c, int limit)
{
	return calls[atomic_load(&c->sh->value[V_CALL])].limit &&
	       ut_now() >= atomic_load(&c->sh->value[V_BEGIN]) + limit - limit / 8;
}

/* In the middle of a call with a limit, a call that begins anew ends late. */
static void wait_for_the_middle(struct ut_child *c, int limit)
{
	long at = atomic_load(&c->sh->value[V_BEGIN]) + limit / 2 - ut_now();

	if (calls[atomic_load(&c->sh->value[V_CALL])].limit && at > 0)
		ut_sleep(at);
}

/* How often the thread was scheduled. */
static long switches(pid_t pid)
{
	char path[64], text[4096] = "", *p, *q;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/status", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || read(fd, text, sizeof(text) - 1) <= 0)
		return -1;
	close(fd);
	p = strstr(text, "\nvoluntary_ctxt_switches:");
	q = strstr(text, "\nnonvoluntary_ctxt_switches:");
	if (!p || !q)
		return -1;
	return atol(strchr(p, ':') + 1) + atol(strchr(q, ':') + 1);
}

/* Looks at the registers and the memory of a thread that is held in its sleep. */
static bool look(struct ut_session *u, __u64 thread, bool asleep)
{
	struct utrace_regval v = {
		.size = sizeof(v), .flags = UTRACE_REGVAL_ROLE, .reg = UTRACE_ROLE_SP,
	};
	__u32 size = sizeof(v);
	char buf[sizeof(magic)];
	int ret;
	long n;

	ret = ut_regs(u, thread, UTRACE_REGS_READ, UTRACE_REGS_LIST, &v, &size, NULL);
	if (ret || !v.value) {
		ut_log("registers: %d, stack pointer %#llx", ret, v.value);
		return false;
	}
	ret = ut_regs(u, thread, UTRACE_REGS_WRITE, UTRACE_REGS_LIST, &v, &size, NULL);
	if (ret != (asleep ? -EBUSY : 0)) {
		ut_log("writing registers: %d", ret);
		return false;
	}
	if (!ut_knows_action(u, UTRACE_OP_MEMORY))
		return true;
	n = ut_memory(u, thread, UTRACE_MEM_READ, 0, (uintptr_t)magic, buf, sizeof(buf));
	if (n != sizeof(buf) || memcmp(buf, magic, sizeof(buf))) {
		ut_log("memory: %ld", n);
		return false;
	}
	return true;
}

static bool hold_in_sleep(struct ut_session *u, __u64 thread)
{
	struct utrace_order o = UT_ORDER(utrace_order, UTRACE_OP_HOLD, thread);
	struct utrace_rec_quiesce *q;
	int ret = ut_control(u, &o, 1);

	/* /proc shows the state before the thread has left its CPU. */
	if (ret || (o.result != -EINPROGRESS &&
		    (o.result || o.flags != UTRACE_ORDER_ASLEEP))) {
		ut_log("hold: %d, %d, flags %#x", ret, o.result, o.flags);
		return false;
	}
	q = ut_find(u, thread, UTRACE_EV_QUIESCE);
	if (!q || q->head.flags != (UTRACE_RECF_HELD | UTRACE_RECF_ASLEEP)) {
		ut_log("hold: %d, record with flags %#x, reason %u, place %u", o.result,
		       q ? q->head.flags : 0, q ? q->reason : 0, q ? q->place : 0);
		return false;
	}
	return true;
}

/* A hold of a thread that is held in its sleep changes nothing, and makes no record. */
static bool hold_again(struct ut_session *u, __u64 thread)
{
	struct utrace_order o = UT_ORDER(utrace_order, UTRACE_OP_HOLD, thread);
	int ret = ut_control(u, &o, 1);

	if (ret || o.result || o.flags != UTRACE_ORDER_ASLEEP) {
		ut_log("hold again: %d, %d, flags %#x", ret, o.result, o.flags);
		return false;
	}
	return !ut_next(u, 0);
}

/*
 * What the process can see of a call that was looked at until @looked; NULL: no difference.
 * A call with a limit that began anew then would end no earlier than after the whole limit.
 */
static const char *difference(enum call call, const struct outcome *alone,
			      const struct outcome *traced, long looked, int limit)
{
	ut_log("%s: alone: %ld after %ld ms, traced: %ld after %ld ms", calls[call].name,
	       alone->result, alone->end - alone->begin, traced->result,
	       traced->end - traced->begin);
	if (alone->result != traced->result)
		return "another result";
	if (!calls[call].limit)
		return NULL;
	/* But for the rounding of clocks. */
	if (traced->end - traced->begin < limit - limit / 8)
		return "too early";
	if (traced->end >= looked + limit - limit / 8)
		return "too late";
	return NULL;
}

static bool is_late(const char *what)
{
	return what && !strcmp(what, "too late");
}

/* Without the scheduler, nobody can have been woken. */
TEST_F(asleep, is_not_woken_by_being_looked_at)
{
	const enum call call = variant->call;
	const char *what;
	long before, looked;
	bool good;
	int i;

	for (;; self->limit *= 2) {
		ASSERT_TRUE(call_alone(&self->c, call, self->limit, &self->alone));
		ASSERT_EQ(0, start_call(&self->c, call, self->limit));
		wait_for_the_middle(&self->c, self->limit);
		before = switches(self->c.pid);
		ASSERT_LT(0, before);
		for (i = 0; i < LOOKS && !is_over(&self->c); i++) {
			ASSERT_EQ(0, ut_attach(&self->u, self->c.pid, 0, &self->a));
			good = hold_in_sleep(&self->u, self->a.thread) &&
			       look(&self->u, self->a.thread, true) &&
			       hold_again(&self->u, self->a.thread) &&
			       ut_state(self->c.pid, self->c.pid) == 'S';
			/* On a slow host, the limit may be over. */
			ASSERT_TRUE(good || is_past(&self->c, self->limit));
			if (i % 2) {
				ASSERT_EQ(0, ut_op(&self->u, self->a.thread,
						   UTRACE_OP_RELEASE));
			}
			ASSERT_EQ(0, ut_op(&self->u, self->a.thread, UTRACE_OP_DETACH));
			if (!good)
				break;
		}
		looked = ut_now();
		if (!is_past(&self->c, self->limit))
			EXPECT_EQ(before, switches(self->c.pid));
		if (!calls[call].limit) {
			ASSERT_TRUE(end_call(&self->c, call));
		}
		ASSERT_TRUE(get_outcome(&self->c, &self->traced));
		what = difference(call, &self->alone, &self->traced, looked, self->limit);
		if (!is_late(what) && i == LOOKS)
			break;
		ASSERT_GT(LIMIT_SURE, self->limit);
	}
	EXPECT_EQ(NULL, what) {
		TH_LOG("%s", what);
	}
}

/* What it waits for comes while it is held.  It gets that when it is released. */
TEST_F(asleep, wakes_up_held)
{
	const enum call call = variant->call;
	struct utrace_rec_quiesce *q;

	ASSERT_TRUE(call_alone(&self->c, call, self->limit, &self->alone));
	ASSERT_EQ(0, start_call(&self->c, call, self->limit));
	ASSERT_EQ(0, ut_attach(&self->u, self->c.pid, 0, &self->a));
	ASSERT_TRUE(hold_in_sleep(&self->u, self->a.thread));
	if (!calls[call].limit) {
		ASSERT_TRUE(end_call(&self->c, call));
	}
	q = ut_find(&self->u, self->a.thread, UTRACE_EV_QUIESCE);
	ASSERT_NE(NULL, q);
	EXPECT_EQ(UTRACE_RECF_HELD, q->head.flags);
	EXPECT_EQ(UTRACE_QUIESCE_AWAKE, q->reason);
	EXPECT_TRUE(ut_wait_state(self->c.pid, self->c.pid, 't'));
	EXPECT_TRUE(look(&self->u, self->a.thread, false));
	EXPECT_FALSE(is_over(&self->c));
	ASSERT_EQ(0, ut_op(&self->u, self->a.thread, UTRACE_OP_RELEASE));
	ASSERT_TRUE(get_outcome(&self->c, &self->traced));
	EXPECT_EQ(self->alone.result, self->traced.result);
	if (calls[call].limit) {
		EXPECT_LE(self->limit - self->limit / 8,
			  self->traced.end - self->traced.begin);
	}
}

/* What gdb does to attach to a thread, and to detach from it; 0 or -errno. */
static int gdb_attaches(pid_t tid)
{
	int status, ret;

	if (ptrace(PTRACE_ATTACH, tid, NULL, NULL))
		return -errno;
	ret = ut_waitpid(tid, &status, __WALL, UT_TIMEOUT);
	if (ret != tid)
		return ret ? ret : -ETIMEDOUT;
	if (!WIFSTOPPED(status) || WSTOPSIG(status) != SIGSTOP) {
		ut_log("thread %d: status %#x in place of its stop", tid, status);
		return -EPROTO;
	}
	/* SIGSTOP is gdb's own, and the program does not get it. */
	return ptrace(PTRACE_DETACH, tid, NULL, NULL) ? -errno : 0;
}

/* The peer: some calls end at once, with an error that they have for no other reason. */
TEST_F(asleep, is_woken_by_the_attach_of_gdb)
{
	const enum call call = variant->call;
	long before, after;

	for (;; self->limit *= 2) {
		ASSERT_TRUE(call_alone(&self->c, call, self->limit, &self->alone));
		ASSERT_EQ(0, start_call(&self->c, call, self->limit));
		before = switches(self->c.pid);
		/* The limit was over before. */
		if (is_over(&self->c)) {
			ASSERT_TRUE(get_outcome(&self->c, &self->traced));
			ASSERT_GT(LIMIT_SURE, self->limit);
			continue;
		}
		ASSERT_EQ(0, gdb_attaches(self->c.pid));
		break;
	}
	if (calls[call].eintr) {
		/* Nobody has made happen what it waits for. */
		ASSERT_TRUE(ut_until(is_over(&self->c), UT_TIMEOUT));
	} else {
		ASSERT_TRUE(ut_until(is_over(&self->c) ||
				     ut_state(self->c.pid, self->c.pid) == 'S', UT_TIMEOUT));
		after = is_over(&self->c) ? before + 1 : switches(self->c.pid);
		EXPECT_LT(before, after);
		if (!calls[call].limit) {
			EXPECT_FALSE(is_over(&self->c));
			ASSERT_TRUE(end_call(&self->c, call));
		}
	}
	ASSERT_TRUE(get_outcome(&self->c, &self->traced));
	ut_log("%s: alone: %ld, with gdb: %ld", calls[call].name, self->alone.result,
	       self->traced.result);
	EXPECT_NE(-EINTR, self->alone.result);
	EXPECT_EQ(calls[call].eintr ? -EINTR : self->alone.result, self->traced.result);
}

/* ---- a process with a thread in each call --------------------------------- */

struct sleeper {
	struct ut_child *c;
	enum call call;
};

static void *sleep_in_thread(void *arg)
{
	struct sleeper *s = arg;

	sleep_in(s->c, s->call, V_ALL(s->call));
	return NULL;
}

static int sleep_in_all(struct ut_child *c)
{
	struct sleeper s[NR_CALLS];
	pthread_t thread[NR_CALLS];
	int i;

	for (i = 0; i < NR_CALLS; i++) {
		s[i] = (struct sleeper){ c, i };
		if (pthread_create(&thread[i], NULL, sleep_in_thread, &s[i]))
			return 1;
	}
	for (i = 0; i < NR_CALLS; i++)
		pthread_join(thread[i], NULL);
	return 0;
}

/* The ids of all threads; returns their number. */
static int threads_of(pid_t pid, pid_t *tids, int max)
{
	char path[64];
	struct dirent *d;
	DIR *dir;
	int n = 0;

	snprintf(path, sizeof(path), "/proc/%d/task", pid);
	dir = opendir(path);
	while (dir && n < max && (d = readdir(dir))) {
		if (d->d_name[0] != '.')
			tids[n++] = atoi(d->d_name);
	}
	if (dir)
		closedir(dir);
	return n;
}

static bool all_sleep(struct ut_child *c)
{
	pid_t tids[NR_CALLS + 1];
	int i, n = threads_of(c->pid, tids, NR_CALLS + 1);

	if (atomic_load(&c->sh->stage) != NR_CALLS)
		return false;
	for (i = 0; i < n; i++) {
		if (ut_state(c->pid, tids[i]) != 'S')
			return false;
	}
	return true;
}

FIXTURE(process)
{
	struct ut_session u;
	struct ut_child c;
	struct utrace_attach a;
	struct outcome alone[NR_CALLS], traced[NR_CALLS];
	int limit;
};

FIXTURE_SETUP(process)
{
	ASSERT_EQ(0, ut_open(&self->u));
	ASSERT_EQ(0, ut_config(&self->u, 0, 0));
	/* Long enough for all threads to go to sleep. */
	self->limit = 2 * LIMIT;
}

FIXTURE_TEARDOWN(process)
{
	ut_close(&self->u);
	ut_end(&self->c);
}

static bool is_over_of(struct ut_child *c, enum call call)
{
	return atomic_load(&c->sh->value[V_ALL(call) + 2]);
}

static bool limits_are_over(struct ut_child *c, bool all)
{
	int i;

	for (i = 0; i < NR_CALLS; i++) {
		if (calls[i].limit && is_over_of(c, i) != all)
			return !all;
	}
	return all;
}

/* All calls are made, and sleep.  *@in_time: none of the limits is over yet. */
static int start_all(struct ut_child *c, int limit, bool *in_time)
{
	int ret = ut_spawn(c, sleep_in_all);

	if (ret)
		return ret;
	atomic_store(&c->sh->value[V_LIMIT], limit);
	ut_go(c);
	if (!ut_until(all_sleep(c) || limits_are_over(c, false), UT_TIMEOUT))
		return -ETIMEDOUT;
	*in_time = !limits_are_over(c, false);
	return 0;
}

/* The middle of the call with a limit that began last. */
static void wait_for_the_middle_of_all(struct ut_child *c, int limit)
{
	long last = 0, begin;
	int i;

	for (i = 0; i < NR_CALLS; i++) {
		begin = atomic_load(&c->sh->value[V_ALL(i) + 1]);
		if (calls[i].limit && begin > last)
			last = begin;
	}
	if (last + limit / 2 > ut_now())
		ut_sleep(last + limit / 2 - ut_now());
}

/* When the limits are over, ends the other calls. */
static bool end_all(struct ut_child *c, struct outcome *out)
{
	int i;

	if (!ut_until(limits_are_over(c, true), UT_TIMEOUT)) {
		ut_log("a call with a limit does not end");
		return false;
	}
	/* The read() takes one of the bytes, and the rest is for poll() and epoll_wait(). */
	if (!end_call(c, FUTEX) || !end_call(c, ACCEPT) || write(c->in[1], "xxx", 3) != 3 ||
	    ut_reap(c))
		return false;
	for (i = 0; i < NR_CALLS; i++)
		outcome_at(c, V_ALL(i), &out[i]);
	ut_end(c);
	return true;
}

/* Holds all threads, and looks at each of them. */
static bool hold_all_in_sleep(struct ut_session *u)
{
	struct utrace_order o = UT_ORDER(utrace_order, UTRACE_OP_HOLD, 0,
					 .flags = UTRACE_ORDER_TELL, .tag = 1);
	struct utrace_rec_done *d;
	struct utrace_record *r;
	int ret = ut_control(u, &o, 1), n = 0;

	if (ret || o.result || o.done != NR_CALLS + 1) {
		ut_log("hold: %d, %d, %u threads", ret, o.result, o.done);
		return false;
	}
	while ((r = ut_next(u, UT_TIMEOUT)) && r->type != UTRACE_REC_DONE) {
		if (r->type != UTRACE_EV_QUIESCE)
			continue;
		if (r->flags != (UTRACE_RECF_HELD | UTRACE_RECF_ASLEEP)) {
			ut_log("thread %d is held with flags %#x", r->tid, r->flags);
			return false;
		}
		if (!look(u, r->thread, true))
			return false;
		n++;
	}
	d = (void *)r;
	return d && n == NR_CALLS + 1 && d->done == NR_CALLS + 1 && !d->gone;
}

TEST_F(process, is_not_woken_by_being_held)
{
	const char *what = NULL;
	bool in_time, late, held;
	long looked;
	int i;

	for (;; self->limit *= 2) {
		ASSERT_EQ(0, start_all(&self->c, self->limit, &in_time));
		ASSERT_TRUE(end_all(&self->c, self->alone));
		ASSERT_EQ(0, start_all(&self->c, self->limit, &in_time));
		wait_for_the_middle_of_all(&self->c, self->limit);
		in_time = in_time && !limits_are_over(&self->c, false);
		if (in_time) {
			ASSERT_EQ(0, ut_attach(&self->u, self->c.pid, 0, &self->a));
			EXPECT_EQ(NR_CALLS + 1, self->a.threads);
			held = hold_all_in_sleep(&self->u);
			/* Those whose limit is over on a slow host do not sleep. */
			in_time = !limits_are_over(&self->c, false);
			ASSERT_TRUE(held || !in_time);
			ASSERT_EQ(0, ut_op(&self->u, 0, UTRACE_OP_RELEASE));
			ASSERT_EQ(0, ut_op(&self->u, 0, UTRACE_OP_DETACH));
		}
		looked = ut_now();
		ASSERT_TRUE(end_all(&self->c, self->traced));
		late = !in_time;
		for (i = 0; in_time && i < NR_CALLS; i++)
			late = late || is_late(difference(i, &self->alone[i],
							  &self->traced[i], looked,
							  self->limit));
		if (!late)
			break;
		ASSERT_GT(LIMIT_SURE, self->limit);
	}
	for (i = 0; i < NR_CALLS; i++) {
		what = difference(i, &self->alone[i], &self->traced[i], looked, self->limit);
		EXPECT_EQ(NULL, what) {
			TH_LOG("%s: %s", calls[i].name, what);
		}
	}
}

TEST_F(process, has_calls_that_the_attach_of_gdb_ends)
{
	pid_t tids[NR_CALLS + 1];
	bool in_time;
	int i, n;

	for (;; self->limit *= 2) {
		ASSERT_EQ(0, start_all(&self->c, self->limit, &in_time));
		ASSERT_TRUE(end_all(&self->c, self->alone));
		ASSERT_EQ(0, start_all(&self->c, self->limit, &in_time));
		n = threads_of(self->c.pid, tids, NR_CALLS + 1);
		EXPECT_EQ(NR_CALLS + 1, n);
		/* A call that gdb has ended is over for that reason. */
		in_time = in_time && !limits_are_over(&self->c, false);
		for (i = 0; in_time && i < n; i++)
			ASSERT_EQ(0, gdb_attaches(tids[i]));
		ASSERT_TRUE(end_all(&self->c, self->traced));
		if (in_time)
			break;
		ASSERT_GT(LIMIT_SURE, self->limit);
	}
	n = 0;
	for (i = 0; i < NR_CALLS; i++) {
		ut_log("%s: alone: %ld, with gdb: %ld", calls[i].name,
		       self->alone[i].result, self->traced[i].result);
		EXPECT_NE(-EINTR, self->alone[i].result);
		EXPECT_EQ(calls[i].eintr ? -EINTR : self->alone[i].result,
			  self->traced[i].result) {
			TH_LOG("%s", calls[i].name);
		}
		n += self->traced[i].result == -EINTR;
	}
	EXPECT_LE(3, n);
}

/* ---- waking up meanwhile ------------------------------------------------- */

FIXTURE(waking)
{
	struct ut_session u;
	struct ut_child c;
	struct utrace_attach a;
};

FIXTURE_SETUP(waking)
{
	ASSERT_EQ(0, ut_open(&self->u));
	ASSERT_EQ(0, ut_config(&self->u, 0, 0));
}

FIXTURE_TEARDOWN(waking)
{
	ut_close(&self->u);
	ut_end(&self->c);
}

static int read_bytes(struct ut_child *c)
{
	char b;

	atomic_store(&c->sh->stage, 1);
	do {
		if (syscall(SYS_read, c->in[0], &b, 1L) != 1)
			return 1;
		atomic_fetch_add(&c->sh->count, 1);
	} while (b != 'q');
	return 0;
}

/* Whether it still sleeps, wakes up, or is held: it can be looked at all the time. */
TEST_F(waking, can_be_looked_at)
{
	struct utrace_regval v = {
		.size = sizeof(v), .flags = UTRACE_REGVAL_ROLE, .reg = UTRACE_ROLE_SP,
	};
	__u32 size = sizeof(v);
	__u64 sp = 0;
	int i;

	ASSERT_EQ(0, ut_spawn(&self->c, read_bytes));
	ASSERT_EQ(0, ut_attach(&self->u, self->c.pid, 0, &self->a));
	ut_go(&self->c);
	/* It has slept in another read() before. */
	ASSERT_TRUE(ut_until(atomic_load(&self->c.sh->stage) == 1, UT_TIMEOUT));
	for (i = 0; i < 50; i++) {
		ASSERT_TRUE(ut_until(atomic_load(&self->c.sh->count) == (unsigned long)i,
				     UT_TIMEOUT));
		ASSERT_TRUE(ut_wait_state(self->c.pid, self->c.pid, 'S'));
		ASSERT_TRUE(hold_in_sleep(&self->u, self->a.thread));
		ASSERT_EQ(1, write(self->c.in[1], i < 49 ? "x" : "q", 1));
		/* It is the same system call, so the same stack pointer. */
		ASSERT_EQ(0, ut_regs(&self->u, self->a.thread, UTRACE_REGS_READ,
				     UTRACE_REGS_LIST, &v, &size, NULL));
		if (!sp)
			sp = v.value;
		EXPECT_EQ(sp, v.value);
		ASSERT_NE(NULL, ut_find_held(&self->u, self->a.thread));
		ASSERT_EQ(0, ut_regs(&self->u, self->a.thread, UTRACE_REGS_READ,
				     UTRACE_REGS_LIST, &v, &size, NULL));
		EXPECT_EQ(sp, v.value);
		EXPECT_EQ(i, atomic_load(&self->c.sh->count));
		ASSERT_EQ(0, ut_op(&self->u, self->a.thread, UTRACE_OP_RELEASE));
	}
	EXPECT_EQ(0, ut_reap(&self->c));
}

/* SIGKILL ends a sleep that somebody looks at. */
TEST_F(waking, dies)
{
	struct utrace_regval v = {
		.size = sizeof(v), .flags = UTRACE_REGVAL_ROLE, .reg = UTRACE_ROLE_SP,
	};
	__u32 size = sizeof(v);

	ASSERT_EQ(0, ut_spawn(&self->c, read_bytes));
	ASSERT_EQ(0, ut_attach(&self->u, self->c.pid, 0, &self->a));
	ut_go(&self->c);
	ASSERT_TRUE(ut_wait_state(self->c.pid, self->c.pid, 'S'));
	ut_sleep(UT_QUIET);
	ASSERT_TRUE(hold_in_sleep(&self->u, self->a.thread));
	ASSERT_EQ(0, kill(self->c.pid, SIGKILL));
	EXPECT_EQ(SIGKILL, ut_reap(&self->c));
	EXPECT_EQ(-ESRCH, ut_regs(&self->u, self->a.thread, UTRACE_REGS_READ,
				  UTRACE_REGS_LIST, &v, &size, NULL));
	EXPECT_TRUE(ut_drain(&self->u));
}

/* What is read, its stack for one, is taken from it by its death. */
TEST_F(waking, dies_while_it_is_looked_at)
{
	char buf[64 << 10];
	struct utrace_regval *v = (struct utrace_regval *)buf;
	int i, ret;

	for (i = 0; i < 200; i++) {
		struct utrace_order_regs o;
		struct ut_session u;

		ASSERT_EQ(0, ut_open(&u));
		ASSERT_EQ(0, ut_spawn(&self->c, read_bytes));
		ASSERT_EQ(0, ut_attach(&u, self->c.pid, 0, &self->a));
		ut_go(&self->c);
		ASSERT_TRUE(ut_wait_state(self->c.pid, self->c.pid, 'S'));
		ret = ut_op(&u, self->a.thread, UTRACE_OP_HOLD);
		ASSERT_TRUE(ret == 0 || ret == -EINPROGRESS);
		ASSERT_EQ(0, kill(self->c.pid, SIGKILL));
		do {
			o = (struct utrace_order_regs){
				.order = UT_ORDER(utrace_order_regs, UTRACE_OP_REGS,
						  self->a.thread),
				.what = UTRACE_REGS_READ, .buffer = (uintptr_t)buf,
			};
			if (i % 2) {
				*v = (struct utrace_regval){
					.size = sizeof(*v),
					.flags = UTRACE_REGVAL_ROLE,
					.reg = UTRACE_ROLE_SP,
				};
				o.form = UTRACE_REGS_LIST;
				o.buffer_size = sizeof(*v);
			} else {
				o.form = UTRACE_REGS_SET;
				o.note = NT_PRSTATUS;
				o.buffer_size = sizeof(buf);
			}
			ret = ut_orders(&u, &o, sizeof(o)) ?: o.order.result;
		} while (!ret);
		/* On its way to the end, the session does not hold it any more. */
		ASSERT_TRUE(ret == -ESRCH || ret == -EBUSY);
		ASSERT_EQ(SIGKILL, ut_reap(&self->c));
		ut_close(&u);
	}
}

/* A signal with a handler ends the sleep.  The handler runs after the release. */
static void on_signal(int sig ut_unused)
{
}

static int read_with_handler(struct ut_child *c)
{
	struct sigaction sa = { .sa_handler = on_signal };

	sigaction(SIGUSR1, &sa, NULL);
	return ut_fn_read(c);
}

TEST_F(waking, by_a_signal)
{
	struct utrace_rec_quiesce *q;
	char b;

	ASSERT_EQ(0, ut_spawn(&self->c, read_with_handler));
	ASSERT_EQ(0, ut_attach(&self->u, self->c.pid, 0, &self->a));
	ut_go(&self->c);
	ASSERT_TRUE(ut_until(atomic_load(&self->c.sh->stage) == 1 &&
			     ut_state(self->c.pid, self->c.pid) == 'S', UT_TIMEOUT));
	ASSERT_TRUE(hold_in_sleep(&self->u, self->a.thread));
	ASSERT_EQ(0, kill(self->c.pid, SIGUSR1));
	q = ut_find(&self->u, self->a.thread, UTRACE_EV_QUIESCE);
	ASSERT_NE(NULL, q);
	EXPECT_EQ(UTRACE_QUIESCE_AWAKE, q->reason);
	EXPECT_EQ(1, atomic_load(&self->c.sh->stage));
	ASSERT_EQ(0, ut_op(&self->u, self->a.thread, UTRACE_OP_RELEASE));
	EXPECT_EQ(0, ut_reap(&self->c));
	b = atomic_load(&self->c.sh->stage);
	EXPECT_EQ(2, b);
	EXPECT_EQ(-1, atomic_load(&self->c.sh->value[1]));
}

/* It wakes up, and stops for another session before it comes to where it is held. */
TEST_F(waking, into_the_stop_of_another_session)
{
	struct utrace_regval v = {
		.size = sizeof(v), .flags = UTRACE_REGVAL_ROLE, .reg = UTRACE_ROLE_SP,
	};
	struct utrace_rec_quiesce *q;
	__u32 size = sizeof(v);
	struct ut_session other;
	struct ut_call call = { SYS_read, UTRACE_SC_HOLD_EXIT };

	ASSERT_EQ(0, ut_open(&other));
	ASSERT_EQ(0, ut_config(&other, UT_CALL, UT_CALL));
	ASSERT_EQ(0, ut_only(&other, &call, 1));
	ASSERT_EQ(0, ut_spawn(&self->c, read_bytes));
	ASSERT_EQ(0, ut_attach(&other, self->c.pid, 0, NULL));
	ASSERT_EQ(0, ut_attach(&self->u, self->c.pid, 0, &self->a));
	ut_go(&self->c);
	/* The read() that it waited in before it began is none of read_bytes()'s. */
	ASSERT_TRUE(ut_until(atomic_load(&self->c.sh->stage) == 1, UT_TIMEOUT));
	ASSERT_TRUE(ut_wait_state(self->c.pid, self->c.pid, 'S'));
	ASSERT_TRUE(hold_in_sleep(&self->u, self->a.thread));
	ASSERT_EQ(1, write(self->c.in[1], "q", 1));
	ASSERT_NE(NULL, ut_find_call(&other, 0, UTRACE_EV_SYSCALL, SYS_read));

	ASSERT_EQ(0, ut_regs(&self->u, self->a.thread, UTRACE_REGS_READ, UTRACE_REGS_LIST,
			     &v, &size, NULL));
	EXPECT_NE(0, v.value);
	q = ut_find(&self->u, self->a.thread, UTRACE_EV_QUIESCE);
	ASSERT_NE(NULL, q);
	EXPECT_EQ(UTRACE_RECF_HELD, q->head.flags);
	EXPECT_EQ(UTRACE_QUIESCE_AWAKE, q->reason);
	EXPECT_EQ(UTRACE_EV_SYSCALL, q->place);
	/* It is no sleep any more: what is written now is what the program finds. */
	ASSERT_EQ(0, ut_regs(&self->u, self->a.thread, UTRACE_REGS_WRITE, UTRACE_REGS_LIST,
			     &v, &size, NULL));
	ut_close(&other);
	EXPECT_TRUE(ut_none(&self->u, UTRACE_EV_QUIESCE, UT_QUIET));
	EXPECT_EQ(0, atomic_load(&self->c.sh->count));
	ASSERT_EQ(0, ut_op(&self->u, self->a.thread, UTRACE_OP_RELEASE));
	EXPECT_EQ(0, ut_reap(&self->c));
}

/*
 * The order finds the thread anywhere on the way from one sleep to the next one.  Where it
 * was in the kernel, and did not come to user mode any more, it is held asleep.
 */
TEST_F(waking, falls_asleep_again)
{
	int i, ret, asleep = 0, still = 0;
	struct utrace_rec_quiesce *q;
	struct utrace_order o;
	long until;

	ASSERT_EQ(0, ut_spawn(&self->c, read_bytes));
	ASSERT_EQ(0, ut_attach(&self->u, self->c.pid, 0, &self->a));
	ut_go(&self->c);
	for (i = 0; i < 500; i++) {
		ASSERT_EQ(1, write(self->c.in[1], "", 1));
		for (until = 0; until < i * 20; until++)
			__asm__ volatile ("" : : : "memory");
		o = (struct utrace_order)UT_ORDER(utrace_order, UTRACE_OP_HOLD,
						  self->a.thread);
		ret = ut_control(&self->u, &o, 1) ?: o.result;
		ASSERT_TRUE(ret == 0 || ret == -EINPROGRESS);
		/* Not asleep, but it has not left the stop of the round before. */
		still += !ret && !(o.flags & UTRACE_ORDER_ASLEEP);
		q = ut_find(&self->u, self->a.thread, UTRACE_EV_QUIESCE);
		ASSERT_NE(NULL, q);
		ASSERT_EQ(UTRACE_RECF_HELD, q->head.flags & UTRACE_RECF_HELD);
		asleep += ret && (q->head.flags & UTRACE_RECF_ASLEEP);
		ASSERT_EQ(0, ut_op(&self->u, self->a.thread, UTRACE_OP_RELEASE));
	}
	ut_log("%d times asleep after the order, %d times not gone yet", asleep, still);
	ASSERT_EQ(1, write(self->c.in[1], "q", 1));
	EXPECT_EQ(0, ut_reap(&self->c));
	EXPECT_EQ(i + 1, atomic_load(&self->c.sh->count));
}

TEST_HARNESS_MAIN
