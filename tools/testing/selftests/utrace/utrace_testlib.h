/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Helpers that the selftests of /dev/utrace share: a session with a reader
 * that checks the stream, and a child process that does what it is told to.
 *
 * Nothing here knows an architecture.  Numbers of system calls come from
 * <sys/syscall.h>, the AUDIT_ARCH_* value from UTRACE_IOC_INFO.
 *
 * Helpers return 0 or a negative errno, and explain themselves in a "# " line
 * when a test could not tell from the value what went wrong.
 */
#ifndef UTRACE_TESTLIB_H
#define UTRACE_TESTLIB_H

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <linux/futex.h>
#include <linux/utrace.h>

/*
 * Failed assertions belong in the result stream: a guest's stderr may end up
 * in another log than its stdout.
 */
#define TH_LOG_STREAM stdout
#include "kselftest_harness.h"
/* Of a whole test, in seconds: above UT_TIMEOUT, so that who waits can say so. */
#undef TEST_TIMEOUT_DEFAULT
#define TEST_TIMEOUT_DEFAULT	240

#define UT_DEVICE	"/dev/utrace"

/*
 * How long to wait for what must happen.  Guests are emulated, several on one
 * machine: this bounds a failure, it is never slept through on success.
 */
#define UT_TIMEOUT	90000

/* Of each of many threads, in bytes.  The minimum on arm64 and powerpc is 128 KiB. */
#define UT_STACK	(256 << 10)

/* Starts @n threads that execute @fn.  Returns whether there are as many. */
static inline bool ut_start_threads(long n, void *(*fn)(void *arg), void *arg)
{
	pthread_attr_t attr;
	pthread_t thread;
	bool good;

	if (pthread_attr_init(&attr))
		return false;
	good = !pthread_attr_setstacksize(&attr, UT_STACK);
	while (good && n-- > 0)
		good = !pthread_create(&thread, &attr, fn, arg);
	pthread_attr_destroy(&attr);
	return good;
}

/* Sleeps until @word is not @value any more.  Other processes may share its page. */
static inline void ut_wait(atomic_int *word, int value)
{
	while (atomic_load(word) == value)
		syscall(SYS_futex, word, FUTEX_WAIT, value, NULL, NULL, 0);
}

/* Wakes who waits for @word to change. */
static inline void ut_wake(atomic_int *word)
{
	syscall(SYS_futex, word, FUTEX_WAKE, INT_MAX, NULL, NULL, 0);
}

/*
 * Lets the caller, and what it starts, run on @n CPUs only.  For tests of many threads:
 * when several CPUs spin for the same lock, and the host does not run all of them at the
 * same time, the next one waits for as long as the host likes.
 */
static inline int ut_run_on_cpus(int n)
{
	cpu_set_t set;
	int i;

	if (sched_getaffinity(0, sizeof(set), &set))
		return -errno;
	for (i = 0; i < CPU_SETSIZE; i++) {
		if (CPU_ISSET(i, &set) && n-- <= 0)
			CPU_CLR(i, &set);
	}
	return sched_setaffinity(0, sizeof(set), &set) ? -errno : 0;
}

/*
 * How long to watch that something does not happen.  A slow machine makes that
 * prove less, but never makes it fail: nothing may be taken to have happened
 * because this time is over.
 */
#define UT_QUIET	60

/* An id that owns nothing; no user data base is needed for it. */
#define UT_NOBODY	65534

#define ut_unused __attribute__((unused))

static inline __attribute__((format(printf, 1, 2))) void
ut_log(const char *fmt, ...)
{
	va_list ap;

	printf("# ");
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	printf("\n");
	fflush(stdout);
}

static inline long ut_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000L + ts.tv_nsec / 1000000;
}

static inline void ut_sleep(int ms)
{
	struct timespec ts = { ms / 1000, (ms % 1000) * 1000000L };

	while (nanosleep(&ts, &ts) && errno == EINTR)
		;
}

/* Evaluates @cond until it is true; false if that took @ms or more. */
#define ut_until(cond, ms)						\
({									\
	long __end = ut_now() + (ms);					\
	bool __ok;							\
	while (!(__ok = !!(cond)) && ut_now() < __end)			\
		ut_sleep(1);						\
	__ok || (cond);							\
})

static inline pid_t ut_gettid(void)
{
	return syscall(SYS_gettid);
}

static inline int ut_pidfd(pid_t pid)
{
	int fd = syscall(SYS_pidfd_open, pid, 0);

	return fd < 0 ? -errno : fd;
}

/*
 * A system call that does nothing, with arguments to recognise it by: the
 * flags are invalid, which is found before anything else is looked at.  No C
 * library makes it behind a test's back.
 */
#define UT_MARK_NR	SYS_splice
#define UT_MARK_ARG(i)	((unsigned long)(0x0101010101010101ull * (0x11 + (i))))

static inline long ut_mark(long n)
{
	return syscall(UT_MARK_NR, n, UT_MARK_ARG(1), UT_MARK_ARG(2),
		       UT_MARK_ARG(3), UT_MARK_ARG(4), UT_MARK_ARG(5));
}

/* ---- tasks, as /proc shows them --------------------------------------- */

/* The state letter of a thread, 0 if there is no such thread. */
static inline char ut_state(pid_t pid, pid_t tid)
{
	char path[64], buf[512], *p;
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/stat", pid, tid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return 0;
	n = read(fd, buf, sizeof(buf) - 1);
	close(fd);
	if (n <= 0)
		return 0;
	buf[n] = '\0';
	/* The name is in brackets, and may hold brackets itself. */
	p = strrchr(buf, ')');
	return p && p[1] == ' ' ? p[2] : 0;
}

static inline bool ut_wait_state(pid_t pid, pid_t tid, char state)
{
	char seen;

	if (ut_until(ut_state(pid, tid) == state, UT_TIMEOUT))
		return true;
	seen = ut_state(pid, tid);
	ut_log("thread %d is in state '%c', not '%c'", tid, seen ? seen : '0',
	       state);
	return false;
}

union ut_fd_message {
	struct cmsghdr head;
	char space[CMSG_SPACE(sizeof(int))];
};

/* Passes a file descriptor on: 0, or -errno. */
static inline int ut_send_fd(int sock, int fd)
{
	union ut_fd_message m = {};
	char b = 0;
	struct iovec iov = { &b, 1 };
	struct msghdr msg = {
		.msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = &m, .msg_controllen = sizeof(m),
	};

	m.head.cmsg_len = CMSG_LEN(sizeof(int));
	m.head.cmsg_level = SOL_SOCKET;
	m.head.cmsg_type = SCM_RIGHTS;
	memcpy(CMSG_DATA(&m.head), &fd, sizeof(fd));
	return sendmsg(sock, &msg, 0) == 1 ? 0 : -errno;
}

/* The file descriptor that was passed on, or -1. */
static inline int ut_receive_fd(int sock)
{
	union ut_fd_message m = {};
	char b;
	struct iovec iov = { &b, 1 };
	struct msghdr msg = {
		.msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = &m, .msg_controllen = sizeof(m),
	};
	int fd;

	if (recvmsg(sock, &msg, MSG_CMSG_CLOEXEC) != 1 || m.head.cmsg_type != SCM_RIGHTS)
		return -1;
	memcpy(&fd, CMSG_DATA(&m.head), sizeof(fd));
	return fd;
}

/* waitpid() that gives up: the pid, 0 after @ms, or -errno. */
static inline pid_t ut_waitpid(pid_t pid, int *status, int options, int ms)
{
	long end = ut_now() + ms;
	pid_t r;

	for (;;) {
		r = waitpid(pid, status, options | WNOHANG);
		if (r < 0 && errno == EINTR)
			continue;
		if (r < 0)
			return -errno;
		if (r || ut_now() >= end)
			return r;
		ut_sleep(1);
	}
}

/* Gives up every privilege, as a tracer or target of another user has none. */
static inline int ut_drop_privileges(void)
{
	if (setgroups(0, NULL) ||
	    setresgid(UT_NOBODY, UT_NOBODY, UT_NOBODY) ||
	    setresuid(UT_NOBODY, UT_NOBODY, UT_NOBODY))
		return -errno;
	/* The change made the process undumpable, so nobody could trace it. */
	if (prctl(PR_SET_DUMPABLE, 1))
		return -errno;
	/* It has also cleared this. */
	return prctl(PR_SET_PDEATHSIG, SIGKILL) ? -errno : 0;
}

/*
 * Who may open the device at all is the administrator's choice.  These tests
 * are about the checks behind it, so they let everybody in for a while.
 */
static inline int ut_open_device_to_all(mode_t *old)
{
	struct stat st;

	if (stat(UT_DEVICE, &st) || chmod(UT_DEVICE, 0666))
		return -errno;
	*old = st.st_mode & 07777;
	return 0;
}

/* ---- the session ------------------------------------------------------- */

/* The smallest ring: one page. */
static inline size_t ut_page(void)
{
	return sysconf(_SC_PAGESIZE);
}

/*
 * There are two ways to read records: read(), and the mapped ring.  A program that is
 * compiled with UT_RING, or executed with UTRACE_TEST_RING in its environment, maps the
 * rings of all its sessions, except of those that it opens with ut_open_read().
 */
static inline bool ut_maps_rings(void)
{
#ifdef UT_RING
	return true;
#else
	return getenv("UTRACE_TEST_RING");
#endif
}

/* What the records have told of one thread. */
struct ut_seen {
	__u64 thread;
	__u64 time;	/* of the last record */
	__u32 generation;
	__u16 type;
	__u64 entry;	/* seq of the last record of an entry */
	__u64 held;	/* seq of the record that says that it is held here, or 0 */
	unsigned long released;	/* ut_session.round of the last order to release it */
	bool ended;	/* by REAP */
	bool met;	/* by an attach, and nothing was told since but the ends of orders */
};

#define UT_SEEN_MAX	8192

struct ut_session {
	int fd;
	bool eof;	/* all threads have gone, and every record was read */
	bool bad;	/* the stream is not what it promises to be */
	__u64 seq;	/* of the last record */
	size_t pos, len;
	struct ut_seen *seen;
	/*
	 * Counts how often all records were read.  In the round in which a thread was
	 * released, a record that it is held may be one of before the release.
	 */
	unsigned long round, released;
	/* of a mapped ring */
	bool maps;
	struct utrace_ring_user *user;
	const struct utrace_ring_kernel *kernel;
	const char *data;
	size_t ring_bytes;
	__u64 tail;
	char buf[64 << 10] __attribute__((aligned(8)));
};

/*
 * Sessions of this process.  A child must not keep its copy of the fd, or
 * close() in the parent would not be the last one.
 */
static int ut_fds[16];
static unsigned int ut_nr_fds;

static inline int ut_open_flags(struct ut_session *s, int flags)
{
	memset(s, 0, offsetof(struct ut_session, buf));
	s->fd = open(UT_DEVICE, O_RDWR | O_CLOEXEC | flags);
	if (s->fd < 0) {
		s->fd = -1;
		ut_log(UT_DEVICE ": %s", strerror(errno));
		return -errno;
	}
	s->round = 1;
	s->maps = ut_maps_rings();
	s->seen = calloc(UT_SEEN_MAX, sizeof(*s->seen));
	if (ut_nr_fds < ARRAY_SIZE(ut_fds))
		ut_fds[ut_nr_fds++] = s->fd;
	return 0;
}

static inline int ut_open(struct ut_session *s)
{
	return ut_open_flags(s, O_NONBLOCK);
}

/* Opens a session whose records are read with read() in every variant of the test. */
static inline int ut_open_read(struct ut_session *s)
{
	int ret = ut_open(s);

	s->maps = false;
	return ret;
}

static inline void ut_unmap(struct ut_session *s)
{
	if (!s->user)
		return;
	munmap(s->user, ut_page());
	munmap((void *)s->kernel, ut_page() + 2 * s->ring_bytes);
	s->user = NULL;
}

static inline void ut_close(struct ut_session *s)
{
	unsigned int i;

	if (s->fd < 0)
		return;
	for (i = 0; i < ut_nr_fds; i++) {
		if (ut_fds[i] == s->fd) {
			ut_fds[i] = ut_fds[--ut_nr_fds];
			break;
		}
	}
	ut_unmap(s);
	close(s->fd);
	s->fd = -1;
	free(s->seen);
	s->seen = NULL;
}

/* In a new child: close the sessions of the parent. */
static inline void ut_forget_sessions(void)
{
	while (ut_nr_fds)
		close(ut_fds[--ut_nr_fds]);
}

static inline int ut_ioctl(int fd, unsigned int cmd, void *arg)
{
	return ioctl(fd, cmd, arg) < 0 ? -errno : 0;
}

static inline int ut_info(struct ut_session *s, struct utrace_info *info)
{
	memset(info, 0, sizeof(*info));
	info->size = sizeof(*info);
	return ut_ioctl(s->fd, UTRACE_IOC_INFO, info);
}

/* The AUDIT_ARCH_* value of this program's system calls. */
static inline __u32 ut_arch(const struct utrace_info *info)
{
	return sizeof(long) == 4 && info->compat_arch ? info->compat_arch : info->arch;
}

static inline bool ut_knows_action(struct ut_session *s, unsigned int action)
{
	struct utrace_info info;

	return !ut_info(s, &info) && info.actions & 1ULL << action;
}

static inline bool ut_knows_attach(struct ut_session *s, __u64 flags)
{
	struct utrace_info info;

	return !ut_info(s, &info) && (info.attach_flags & flags) == flags;
}

static inline bool ut_knows_syscall(struct ut_session *s, __u64 flags)
{
	struct utrace_info info;

	return !ut_info(s, &info) && (info.syscall_flags & flags) == flags;
}

/* The number of bytes in the ring that were not read. */
static inline __u64 ut_queued(struct ut_session *s)
{
	struct utrace_info info;

	return ut_info(s, &info) ? 0 : info.queued;
}

/* Maps the ring, which exists. */
static inline int ut_map(struct ut_session *s, const struct utrace_ring *ring)
{
	void *p;

	s->ring_bytes = ring->bytes;
	p = mmap(NULL, ut_page() + 2 * ring->bytes, PROT_READ, MAP_SHARED, s->fd,
		 ring->data_offset);
	if (p == MAP_FAILED) {
		ut_log("mmap of the ring's data: %s", strerror(errno));
		return -errno;
	}
	s->kernel = p;
	s->data = (char *)p + ut_page();
	p = mmap(NULL, ut_page(), PROT_READ | PROT_WRITE, MAP_SHARED, s->fd,
		 ring->user_offset);
	if (p == MAP_FAILED) {
		ut_log("mmap of the ring's tail: %s", strerror(errno));
		munmap((void *)s->kernel, ut_page() + 2 * ring->bytes);
		return -errno;
	}
	s->user = p;
	s->tail = s->user->tail;
	return 0;
}

/* Makes a ring of @bytes (0: as configured) and maps it. */
static inline int ut_make_ring(struct ut_session *s, __u64 bytes)
{
	struct utrace_ring ring = {
		.size = sizeof(ring), .flags = UTRACE_RING_MMAP, .bytes = bytes,
	};
	int ret = ut_ioctl(s->fd, UTRACE_IOC_RING, &ring);

	return ret ? ret : ut_map(s, &ring);
}

static inline int ut_config_full(struct ut_session *s, struct utrace_config *c)
{
	c->size = sizeof(*c);
	return ut_ioctl(s->fd, UTRACE_IOC_CONFIG, c);
}

static inline int ut_config(struct ut_session *s, __u64 record, __u64 hold)
{
	struct utrace_config c = { .record = record, .hold = hold };

	return ut_config_full(s, &c);
}

#define UT_ENTRY	UTRACE_EV_BIT(UTRACE_EV_SYSCALL_ENTRY)
#define UT_CALL		UTRACE_EV_BIT(UTRACE_EV_SYSCALL)
#define UT_SYSCALLS	(UT_ENTRY | UT_CALL)
#define UT_LIFE		(UTRACE_EV_BIT(UTRACE_EV_CLONE) |	\
			 UTRACE_EV_BIT(UTRACE_EV_EXEC) |	\
			 UTRACE_EV_BIT(UTRACE_EV_EXIT) |	\
			 UTRACE_EV_BIT(UTRACE_EV_DEATH) |	\
			 UTRACE_EV_BIT(UTRACE_EV_REAP))

/* Of a call in a table: everything that the configuration asks for. */
#define UT_SC_REPORT	(UTRACE_SC_ENTRY | UTRACE_SC_RECORD |	\
			 UTRACE_SC_HOLD_ENTRY | UTRACE_SC_HOLD_EXIT)

struct ut_call {
	long nr;
	__u32 what;	/* UTRACE_SC_* */
};

#define UT_RULE(call, ...)	{					\
	.size = sizeof(struct utrace_capture_rule), .nr = (call), __VA_ARGS__	\
}

/* Lets only these calls report.  The table ends after the last one of them. */
static inline int ut_table(struct ut_session *s, const struct ut_call *calls,
			   unsigned int nr_calls, const struct utrace_capture_rule *rules,
			   unsigned int nr_rules)
{
	static __u32 table[UTRACE_SYSCALLS_MAX];
	struct utrace_syscalls sc = { .size = sizeof(sc) };
	struct utrace_info info;
	unsigned int i;
	int ret;

	ret = ut_info(s, &info);
	if (ret)
		return ret;
	memset(table, 0, sizeof(table));
	for (i = 0; i < nr_calls; i++) {
		table[calls[i].nr] = calls[i].what;
		if (sc.nr <= (unsigned long)calls[i].nr)
			sc.nr = calls[i].nr + 1;
	}
	sc.arch = ut_arch(&info);
	sc.entries = (uintptr_t)table;
	sc.rules = (uintptr_t)rules;
	sc.nr_rules = nr_rules;
	return ut_ioctl(s->fd, UTRACE_IOC_SYSCALLS, &sc);
}

static inline int ut_only(struct ut_session *s, const struct ut_call *calls,
			  unsigned int nr_calls)
{
	return ut_table(s, calls, nr_calls, NULL, 0);
}

static inline int ut_only_call(struct ut_session *s, long nr)
{
	struct ut_call call = { nr, UT_SC_REPORT };

	return ut_only(s, &call, 1);
}

static inline int ut_only_marks(struct ut_session *s)
{
	return ut_only_call(s, UT_MARK_NR);
}

/* Attaches as @a says, except for its size. */
static inline int ut_attach_full(struct ut_session *s, struct utrace_attach *a)
{
	int ret = 0;

	a->size = sizeof(*a);
	if (s->maps && !s->user)
		ret = ut_make_ring(s, 0);
	return ret ? ret : ut_ioctl(s->fd, UTRACE_IOC_ATTACH, a);
}

static inline int ut_attach_pidfd(struct ut_session *s, int pidfd, __u32 flags,
				  struct utrace_attach *out)
{
	struct utrace_attach a = { .flags = flags, .fd = pidfd };
	int ret = ut_attach_full(s, &a);

	if (out)
		*out = a;
	return ret;
}

static inline int ut_attach(struct ut_session *s, pid_t pid, __u32 flags,
			    struct utrace_attach *out)
{
	int ret, fd = ut_pidfd(pid);

	if (fd < 0) {
		ut_log("pidfd_open(%d): %s", pid, strerror(-fd));
		return fd;
	}
	ret = ut_attach_pidfd(s, fd, flags, out);
	close(fd);
	return ret;
}

/* ---- orders ------------------------------------------------------------ */

/* The result is set, so that a test sees whether the kernel has written it. */
#define UT_ORDER(type, do_what, of, ...) {				\
	.size = sizeof(struct type), .action = (do_what), .thread = (of),	\
	.result = 12345, __VA_ARGS__					\
}

static inline struct ut_seen *ut_seen(struct ut_session *s, __u64 thread)
{
	unsigned int i, at = (thread * 0x9e3779b97f4a7c15ull) >> 51;

	if (!s->seen || !thread)
		return NULL;
	for (i = 0; i < UT_SEEN_MAX; i++) {
		struct ut_seen *t = &s->seen[(at + i) % UT_SEEN_MAX];

		if (!t->thread)
			t->thread = thread;
		if (t->thread == thread)
			return t;
	}
	return NULL;
}

/* Notes which threads may run on when the orders were given. */
static inline void ut_note_orders(struct ut_session *s, const char *orders, size_t bytes)
{
	const struct utrace_order *o;
	size_t at;
	int i;

	for (at = 0; at + sizeof(*o) <= bytes; at += o->size) {
		o = (const void *)(orders + at);
		if (o->size < sizeof(*o))
			return;
		if (o->action != UTRACE_OP_RELEASE && o->action != UTRACE_OP_DETACH &&
		    o->action != UTRACE_OP_KILL)
			continue;
		if (o->thread && !(o->flags & UTRACE_ORDER_PROCESS)) {
			struct ut_seen *t = ut_seen(s, o->thread);

			if (t) {
				t->held = 0;
				t->released = s->round;
			}
			continue;
		}
		s->released = s->round;
		for (i = 0; s->seen && i < UT_SEEN_MAX; i++)
			s->seen[i].held = 0;
	}
}

static inline int ut_control_full(struct ut_session *s, struct utrace_control *c)
{
	c->size = sizeof(*c);
	if (c->orders > 4096)
		ut_note_orders(s, (const char *)(uintptr_t)c->orders, c->bytes);
	return ut_ioctl(s->fd, UTRACE_IOC_CONTROL, c);
}

/* Orders of any length, one after the other. */
static inline int ut_orders(struct ut_session *s, void *orders, size_t bytes)
{
	struct utrace_control c = { .orders = (uintptr_t)orders, .bytes = bytes };

	return ut_control_full(s, &c);
}

static inline int ut_control(struct ut_session *s, struct utrace_order *orders,
			     unsigned int nr)
{
	return ut_orders(s, orders, nr * sizeof(*orders));
}

/* Gives one order.  Returns its own result, or that of the whole call if that failed. */
static inline int ut_op_flags(struct ut_session *s, __u64 thread, __u32 action,
			      __u16 flags)
{
	struct utrace_order o = UT_ORDER(utrace_order, action, thread, .flags = flags);
	int ret = ut_control(s, &o, 1);

	return ret ? ret : o.result;
}

static inline int ut_op(struct ut_session *s, __u64 thread, __u32 action)
{
	return ut_op_flags(s, thread, action, 0);
}

/* Holds a thread, and ends its sleep. */
static inline int ut_interrupt(struct ut_session *s, __u64 thread)
{
	return ut_op_flags(s, thread, UTRACE_OP_HOLD, UTRACE_ORDER_INTERRUPT);
}

/* Reads or writes registers: the result of the order, or that of the whole call. */
static inline int ut_regs(struct ut_session *s, __u64 thread, __u32 what, __u32 form,
			  void *buffer, __u32 *size, __u32 *bad)
{
	struct utrace_order_regs o = {
		.order = UT_ORDER(utrace_order_regs, UTRACE_OP_REGS, thread),
		.what = what, .form = form,
		.buffer = (uintptr_t)buffer, .buffer_size = *size,
		/* Any register: what it was before is ignored. */
		.bad = 3,
	};
	int ret = ut_orders(s, &o, sizeof(o));

	*size = o.buffer_size;
	if (bad)
		*bad = o.bad;
	return ret ? ret : o.order.result;
}

/* Reads or writes one piece of memory: the number of bytes, or a negative errno. */
static inline long ut_memory(struct ut_session *s, __u64 thread, __u32 what, __u32 mode,
			     unsigned long addr, void *buffer, size_t len)
{
	struct utrace_seg seg = {
		.size = sizeof(seg), .addr = addr, .buffer = (uintptr_t)buffer,
		.len = len,
	};
	struct utrace_order_memory o = {
		.order = UT_ORDER(utrace_order_memory, UTRACE_OP_MEMORY, thread),
		.what = what, .mode = mode, .segs = (uintptr_t)&seg, .nr = 1,
	};
	int ret = ut_orders(s, &o, sizeof(o));

	if (!ret)
		ret = o.order.result;
	if (ret)
		return ret;
	return seg.done < len && !seg.done ? -(long)seg.error : (long)seg.done;
}

/* ---- records ----------------------------------------------------------- */

#define UT_RECF_ALL	(UTRACE_RECF_HELD | UTRACE_RECF_ERROR | UTRACE_RECF_ASLEEP |	\
			 UTRACE_RECF_SUPERSEDED | UTRACE_RECF_UNFINISHED |		\
			 UTRACE_RECF_WAITS | UTRACE_RECF_CUT)

static inline size_t ut_min_size(unsigned int type)
{
	switch (type) {
	case UTRACE_EV_QUIESCE:
		return sizeof(struct utrace_rec_quiesce);
	case UTRACE_EV_CLONE:
		return sizeof(struct utrace_rec_clone);
	case UTRACE_EV_VFORK_DONE:
		return sizeof(struct utrace_rec_vfork_done);
	case UTRACE_EV_EXEC:
		return sizeof(struct utrace_rec_exec);
	case UTRACE_EV_EXIT:
	case UTRACE_EV_DEATH:
		return sizeof(struct utrace_rec_exit);
	case UTRACE_EV_SYSCALL_ENTRY:
	case UTRACE_EV_SYSCALL:
		return sizeof(struct utrace_rec_syscall);
	case UTRACE_EV_SIGNAL_HANDLER:
	case UTRACE_EV_SIGNAL_IGN:
	case UTRACE_EV_SIGNAL_STOP:
	case UTRACE_EV_SIGNAL_TERM:
	case UTRACE_EV_SIGNAL_CORE:
	case UTRACE_EV_FAULT:
		return sizeof(struct utrace_rec_signal);
	case UTRACE_EV_STEP:
		return sizeof(struct utrace_rec_step);
	case UTRACE_EV_HANDLER:
		return sizeof(struct utrace_rec_handler);
	case UTRACE_EV_GROUP_STOP:
		return sizeof(struct utrace_rec_group_stop);
	case UTRACE_EV_CALLED:
		return sizeof(struct utrace_rec_called);
	case UTRACE_REC_ATTACHED:
		return sizeof(struct utrace_rec_attached);
	case UTRACE_REC_DETACHED:
		return sizeof(struct utrace_rec_detached);
	case UTRACE_REC_LOST:
		return sizeof(struct utrace_rec_lost);
	case UTRACE_REC_DONE:
		return sizeof(struct utrace_rec_done);
	case UTRACE_REC_GONE:
		return sizeof(struct utrace_rec_gone);
	default:
		return sizeof(struct utrace_record);
	}
}

/* The item number @nr of a record, NULL if it has fewer. */
static inline const struct utrace_item *ut_item(const void *record, unsigned int nr)
{
	const struct utrace_record *r = record;
	const char *p = (const char *)record + r->items;
	const struct utrace_item *i;

	if (nr >= r->nr_items)
		return NULL;
	for (;;) {
		i = (const void *)p;
		if (!nr--)
			return i;
		p += i->size;
	}
}

static inline const void *ut_item_data(const struct utrace_item *i)
{
	return (const char *)i + i->data;
}

/* The first item of a kind. */
static inline const struct utrace_item *ut_item_of(const void *record, unsigned int kind)
{
	const struct utrace_item *i;
	unsigned int nr;

	for (nr = 0; (i = ut_item(record, nr)); nr++) {
		if (i->kind == kind)
			return i;
	}
	return NULL;
}

/* Every item is inside of its record, and its data inside of the item. */
static inline bool ut_items_are_good(const struct utrace_record *r)
{
	const char *end = (const char *)r + r->size;
	const char *p = (const char *)r + r->items;
	unsigned int nr;

	if (r->items % 8 || r->items > r->size || r->items < ut_min_size(r->type)) {
		ut_log("record %llu of type %#x, %u bytes: items from %u",
		       r->seq, r->type, r->size, r->items);
		return false;
	}
	if (!r->nr_items && r->items != r->size) {
		ut_log("record %llu of type %#x, %u bytes: no items, from %u",
		       r->seq, r->type, r->size, r->items);
		return false;
	}
	for (nr = 0; nr < r->nr_items; nr++) {
		const struct utrace_item *i = (const void *)p;

		if (end - p < (ssize_t)sizeof(*i) || i->size % 8 || (size_t)(end - p) < i->size ||
		    i->data < sizeof(*i) || i->data > i->size ||
		    i->len > i->size - i->data) {
			ut_log("record %llu of type %#x: item %u is not inside of it",
			       r->seq, r->type, nr);
			return false;
		}
		if (!i->kind || i->reserved || i->reserved2) {
			ut_log("record %llu of type %#x: item %u has kind %u, reserved %#x",
			       r->seq, r->type, nr, i->kind, i->reserved | i->reserved2);
			return false;
		}
		p += i->size;
	}
	return true;
}

/* The record agrees with what the records of its thread before it have said. */
static inline bool ut_follows(struct ut_session *s, const struct utrace_record *r)
{
	struct ut_seen *t = ut_seen(s, r->thread), *child;

	if (!t)
		return true;
	if (r->type == UTRACE_REC_ATTACHED) {
		t->held = ((struct utrace_rec_attached *)r)->stop;
		t->entry = 0;
	} else if (t->ended) {
		ut_log("record %llu of type %#x of a thread that was reaped", r->seq,
		       r->type);
		return false;
	}
	if (r->time < t->time && r->generation == t->generation) {
		ut_log("record %llu of type %#x: its thread's time goes back by %llu",
		       r->seq, r->type, t->time - r->time);
		return false;
	}
	t->time = r->time;
	t->generation = r->generation;
	t->type = r->type;
	t->met = r->type == UTRACE_REC_ATTACHED || (t->met && r->type == UTRACE_REC_GONE);
	switch (r->type) {
	case UTRACE_EV_SYSCALL_ENTRY:
	case UTRACE_EV_CLONE:
	case UTRACE_EV_EXEC:
		if (t->held) {
			ut_log("record %llu of type %#x: its thread runs, though held by %llu",
			       r->seq, r->type, t->held);
			return false;
		}
	}
	if (r->type == UTRACE_EV_CLONE) {
		const struct utrace_rec_clone *c = (const void *)r;

		child = ut_seen(s, c->child);
		/* An attach may have met it on its way, and an order been taken back. */
		if (child && child->time && !child->met) {
			ut_log("record %llu: the child has had a record of type %#x before its clone",
			       r->seq, child->type);
			return false;
		}
	}
	if (r->type == UTRACE_EV_SYSCALL) {
		const struct utrace_rec_syscall *c = (const void *)r;

		if (c->entry_time > r->time || c->entry_seq >= r->seq ||
		    (c->entry_seq && c->entry_seq != t->entry)) {
			ut_log("record %llu: entry %llu at %llu, exit at %llu, last entry %llu",
			       r->seq, c->entry_seq, c->entry_time, r->time, t->entry);
			return false;
		}
	}
	if (r->type == UTRACE_EV_SYSCALL_ENTRY)
		t->entry = r->seq;
	/* A thread that is held at another event may report on its way to the stop. */
	if ((r->flags & (UTRACE_RECF_HELD | UTRACE_RECF_ASLEEP)) == UTRACE_RECF_HELD &&
	    t->released != s->round && s->released != s->round &&
	    (r->type == UTRACE_EV_SYSCALL_ENTRY || r->type == UTRACE_EV_SYSCALL ||
	     r->type == UTRACE_EV_QUIESCE))
		t->held = r->seq;
	if (r->type == UTRACE_EV_REAP)
		t->ended = true;
	return true;
}

static inline bool ut_is_good(struct ut_session *s, const struct utrace_record *r,
			      size_t left)
{
	if (left < sizeof(*r) || r->size > left) {
		ut_log("record %llu is cut off: %zu bytes are left", s->seq + 1, left);
		return false;
	}
	if (r->size % 8 || r->size < ut_min_size(r->type)) {
		ut_log("record of type %#x has %u bytes", r->type, r->size);
		return false;
	}
	if (r->seq != s->seq + 1) {
		ut_log("record %llu follows record %llu", r->seq, s->seq);
		return false;
	}
	if (r->flags & ~UT_RECF_ALL) {
		ut_log("record of type %#x has flags %#x", r->type, r->flags);
		return false;
	}
	if (!r->thread != (r->type == UTRACE_REC_LOST || r->type == UTRACE_REC_DONE)) {
		ut_log("record of type %#x of thread %#llx", r->type, r->thread);
		return false;
	}
	return ut_items_are_good(r) && ut_follows(s, r);
}

/* Positions in the ring have 64 bits, which not every 32-bit machine loads at once. */
static inline __u64 ut_load_pos(const __u64 *at)
{
#if __GCC_ATOMIC_LLONG_LOCK_FREE == 2
	return __atomic_load_n(at, __ATOMIC_ACQUIRE);
#else
	const int upper = __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__;
	const __u32 *half = (const __u32 *)at;
	__u32 hi, lo;

	do {
		hi = __atomic_load_n(half + upper, __ATOMIC_ACQUIRE);
		lo = __atomic_load_n(half + !upper, __ATOMIC_ACQUIRE);
	} while (hi != __atomic_load_n(half + upper, __ATOMIC_RELAXED));
	return (__u64)hi << 32 | lo;
#endif
}

static inline void ut_store_pos(__u64 *at, __u64 pos)
{
#if __GCC_ATOMIC_LLONG_LOCK_FREE == 2
	__atomic_store_n(at, pos, __ATOMIC_RELEASE);
#else
	const int upper = __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__;
	__u32 *half = (__u32 *)at;

	__atomic_store_n(half + !upper, (__u32)pos, __ATOMIC_RELEASE);
	__atomic_store_n(half + upper, (__u32)(pos >> 32), __ATOMIC_RELEASE);
#endif
}

/* Says that the records up to s->tail have been used. */
static inline void ut_consume(struct ut_session *s)
{
	ut_store_pos(&s->user->tail, s->tail);
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	if (__atomic_load_n(&s->kernel->flags, __ATOMIC_RELAXED) & UTRACE_RING_STARVED &&
	    ioctl(s->fd, UTRACE_IOC_FEED))
		ut_log("UTRACE_IOC_FEED: %s", strerror(errno));
}

/* Copies records from the mapped ring to @buf, as read() does. */
static inline ssize_t ut_read_ring(struct ut_session *s, char *buf, size_t room)
{
	struct pollfd pfd = { .fd = s->fd, .events = POLLIN };
	size_t len = 0;
	bool ended = false;

	for (;;) {
		__u64 from = s->tail;

		while (s->tail != ut_load_pos(&s->kernel->head)) {
			const char *at = s->data + (s->tail & (s->ring_bytes - 1));
			__u32 size = __atomic_load_n((const __u32 *)at, __ATOMIC_ACQUIRE);
			__u32 bytes = UTRACE_REC_SIZE(size);

			if (size & UTRACE_REC_BUSY)
				break;
			if (!bytes || bytes % 8 || bytes > s->ring_bytes) {
				ut_log("the ring has a record of %u bytes at %llu", bytes,
				       s->tail);
				errno = EPROTO;
				return -1;
			}
			if (!(size & UTRACE_REC_SKIP)) {
				if (bytes > room - len)
					break;
				memcpy(buf + len, at, bytes);
				len += bytes;
			}
			s->tail += bytes;
		}
		if (s->tail != from)
			ut_consume(s);
		if (len)
			return len;
		if (ended)
			return 0;
		if (poll(&pfd, 1, 0) != 1 || !(pfd.revents & (POLLHUP | POLLIN))) {
			errno = EAGAIN;
			return -1;
		}
		/* The end comes after the last record: look for that once more. */
		ended = pfd.revents & POLLHUP;
	}
}

static inline ssize_t ut_read(struct ut_session *s, void *buf, size_t room)
{
	return s->user ? ut_read_ring(s, buf, room) : read(s->fd, buf, room);
}

/*
 * The next record, NULL if there is none within @ms or ever (->eof).  What is
 * promised of every record is checked here, so every test checks it.  It stays
 * valid until a record is asked for that was not read yet: copy what is
 * needed longer.
 */
static inline struct utrace_record *ut_next(struct ut_session *s, int ms)
{
	struct pollfd pfd = { .fd = s->fd, .events = POLLIN };
	long end = ut_now() + ms;
	bool slept = false;
	struct utrace_record *r;
	ssize_t n;

	while (s->pos == s->len) {
		long left = end - ut_now();

		if (s->eof || s->bad)
			return NULL;
		s->pos = 0;
		s->len = 0;
		n = ut_read(s, s->buf, sizeof(s->buf));
		if (n > 0) {
			s->len = n;
		} else if (n == 0) {
			s->eof = true;
		} else if (errno == EAGAIN) {
			s->round++;
			if (left <= 0)
				return NULL;
			slept = poll(&pfd, 1, left) == 0 && left >= 1000;
			continue;
		} else if (errno != EINTR) {
			ut_log("read(session): %s", strerror(errno));
			s->bad = true;
			return NULL;
		}
		/* Then it was there all the time, or was so until just now. */
		if (slept && n >= 0) {
			ut_log("poll() has slept through record %llu",
			       s->seq + 1);
			s->bad = true;
		}
	}

	if (s->bad)
		return NULL;
	r = (struct utrace_record *)(s->buf + s->pos);
	s->bad = !ut_is_good(s, r, s->len - s->pos);
	if (s->bad)
		return NULL;
	s->seq = r->seq;
	s->pos += r->size;
	return r;
}

/* The next record of @type from @thread (0: from any), others are skipped. */
static inline void *ut_find(struct ut_session *s, __u64 thread,
			    unsigned int type)
{
	long end = ut_now() + UT_TIMEOUT;
	unsigned int skipped = 0;
	struct utrace_record *r;

	for (;;) {
		long left = end - ut_now();

		r = ut_next(s, left > 0 ? left : 0);
		if (!r) {
			ut_log("no record of type %#x after %u others (%s)",
			       type, skipped, s->eof ? "eof" : "timeout");
			return NULL;
		}
		if (r->type == type && (!thread || r->thread == thread))
			return r;
		skipped++;
	}
}

/* The same for a system call. */
static inline struct utrace_rec_syscall *
ut_find_call(struct ut_session *s, __u64 thread, unsigned int type, long nr)
{
	struct utrace_rec_syscall *r;

	do {
		r = ut_find(s, thread, type);
	} while (r && r->nr != nr);
	return r;
}

/* The record of an order's hold that is not that of a sleeping thread. */
static inline struct utrace_rec_quiesce *ut_find_held(struct ut_session *s, __u64 thread)
{
	struct utrace_rec_quiesce *q;

	do {
		q = ut_find(s, thread, UTRACE_EV_QUIESCE);
	} while (q && q->head.flags & UTRACE_RECF_ASLEEP);
	return q;
}

/* No record of @type comes for a while (and those of others are dropped). */
static inline bool ut_none(struct ut_session *s, unsigned int type, int ms)
{
	long end = ut_now() + ms;
	struct utrace_record *r;

	for (;;) {
		long left = end - ut_now();

		r = ut_next(s, left > 0 ? left : 0);
		if (!r)
			return !s->bad;
		if (r->type == type)
			return false;
	}
}

/* Reads to the end of the session: true if there was one. */
static inline bool ut_drain(struct ut_session *s)
{
	while (ut_next(s, UT_TIMEOUT))
		;
	if (!s->eof && !s->bad)
		ut_log("the session does not end");
	return s->eof;
}

/* ---- a child that waits, then runs a function -------------------------- */

struct ut_shared {
	atomic_int ready;
	atomic_int stop;	/* asks the child to come to an end */
	atomic_int stage;	/* how far it has got */
	atomic_ulong count;	/* something that only moves when it runs */
	atomic_long value[48];
};

struct ut_child {
	pid_t pid;
	int status;		/* of wait(2), after ut_next_or_reap() has reaped it */
	int go;			/* a byte written here starts it */
	int in[2];		/* a pipe from the test to the child */
	int out[2];		/* and one back */
	struct ut_shared *sh;
};

typedef int (*ut_child_fn)(struct ut_child *c);

/*
 * Forks a child that blocks in a read(), and starts @fn when ut_go() is
 * called.  So whoever attaches before that finds it in a system call of which
 * it has not seen the entry, and the first call that it sees is one of @fn's.
 */
static inline int ut_spawn(struct ut_child *c, ut_child_fn fn)
{
	pid_t parent = getpid();
	int go[2];
	char b;

	if (!c->sh) {
		c->sh = mmap(NULL, sizeof(*c->sh), PROT_READ | PROT_WRITE,
			     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
		if (c->sh == MAP_FAILED) {
			c->sh = NULL;
			return -errno;
		}
	}
	atomic_store(&c->sh->ready, 0);
	if (pipe2(go, O_CLOEXEC) || pipe(c->in) || pipe(c->out))
		return -errno;
	fflush(stdout);
	c->status = 0;
	c->pid = fork();
	if (c->pid < 0)
		return -errno;
	if (!c->pid) {
		ut_forget_sessions();
		/* A failed test leaves nobody behind. */
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (getppid() != parent)
			_exit(126);
		close(go[1]);
		close(c->in[1]);
		close(c->out[0]);
		atomic_store(&c->sh->ready, 1);
		if (read(go[0], &b, 1) != 1)
			_exit(125);
		_exit(fn(c));
	}
	close(go[0]);
	c->go = go[1];
	close(c->in[0]);
	close(c->out[1]);
	/* Nothing else than that read() can put it to sleep now. */
	if (!ut_until(atomic_load(&c->sh->ready) &&
		      ut_state(c->pid, c->pid) == 'S', UT_TIMEOUT)) {
		ut_log("child %d does not start", c->pid);
		return -ETIMEDOUT;
	}
	return 0;
}

static inline void ut_go(struct ut_child *c)
{
	if (write(c->go, "", 1) != 1)
		ut_log("child %d cannot be started: %s", c->pid,
		       strerror(errno));
}

/* Waits for its end: the status of wait(2), or -errno; ->pid is 0 then. */
static inline int ut_reap(struct ut_child *c)
{
	pid_t pid = c->pid;
	int status, r;

	r = ut_waitpid(pid, &status, 0, UT_TIMEOUT);
	if (!r) {
		ut_log("child %d does not end, it is in state '%c'", pid,
		       ut_state(pid, pid));
		return -ETIMEDOUT;
	}
	if (r < 0)
		return r;
	c->pid = 0;
	return status;
}

/* Ends a child that watches ->stop.  Returns what ut_reap() does. */
static inline int ut_stop(struct ut_child *c)
{
	atomic_store(&c->sh->stop, 1);
	return ut_reap(c);
}

/*
 * The next record, NULL if there is none within UT_TIMEOUT or ever.  The child is reaped
 * as soon as it has ended, because the session does not end before.
 */
static inline struct utrace_record *ut_next_or_reap(struct ut_session *s,
						    struct ut_child *c)
{
	long end = ut_now() + UT_TIMEOUT;
	struct utrace_record *r;

	do {
		r = ut_next(s, 10);
		if (r || s->eof || s->bad)
			return r;
		if (c->pid > 0 && waitpid(c->pid, &c->status, WNOHANG) == c->pid)
			c->pid = 0;
	} while (ut_now() < end);
	return NULL;
}

/* For a teardown: whatever state the child is in, it is gone afterwards. */
static inline void ut_end(struct ut_child *c)
{
	int status;

	if (c->pid > 0) {
		kill(c->pid, SIGKILL);
		if (ut_waitpid(c->pid, &status, 0, UT_TIMEOUT) == 0)
			ut_log("child %d survives SIGKILL", c->pid);
		c->pid = 0;
	}
	if (c->sh) {
		close(c->go);
		close(c->in[1]);
		close(c->out[0]);
		munmap(c->sh, sizeof(*c->sh));
		c->sh = NULL;
	}
}

/* A child that just makes marks, numbered from 0; value[0] says how many. */
static inline int ut_fn_marks(struct ut_child *c)
{
	long i, n = atomic_load(&c->sh->value[0]);

	for (i = 0; i < n; i++)
		ut_mark(i);
	return 0;
}

/* One that computes, without system calls, until it is told to stop. */
static inline int ut_fn_spin(struct ut_child *c)
{
	while (!atomic_load(&c->sh->stop))
		atomic_fetch_add(&c->sh->count, 1);
	return 0;
}

/* The same in a thread.  It yields: with one CPU it takes its time to notice the end. */
static inline void *ut_spin_thread(void *arg)
{
	struct ut_child *c = arg;

	while (!atomic_load(&c->sh->stop)) {
		atomic_fetch_add(&c->sh->count, 1);
		sched_yield();
	}
	return NULL;
}

/* @threads of them, and the first one. */
static inline int ut_spin_threads(struct ut_child *c, unsigned int threads)
{
	pthread_t thread[threads];
	unsigned int i;

	for (i = 0; i < threads; i++) {
		if (pthread_create(&thread[i], NULL, ut_spin_thread, c))
			return 1;
	}
	atomic_store(&c->sh->stage, 1);
	ut_spin_thread(c);
	for (i = 0; i < threads; i++)
		pthread_join(thread[i], NULL);
	return 0;
}

/* One that waits for a byte in a system call, and says what came of it. */
static inline int ut_fn_read(struct ut_child *c)
{
	char b;

	atomic_store(&c->sh->stage, 1);
	atomic_store(&c->sh->value[1], read(c->in[0], &b, 1));
	atomic_store(&c->sh->stage, 2);
	return 0;
}

/* One that writes a byte, which the test can see or not see. */
static inline int ut_fn_write(struct ut_child *c)
{
	ssize_t n = write(c->out[1], "x", 1);

	atomic_store(&c->sh->value[1], n);
	atomic_store(&c->sh->stage, 2);
	return n != 1;
}

/* There is a byte in the pipe from the child. */
static inline bool ut_has_written(struct ut_child *c, int ms)
{
	struct pollfd pfd = { .fd = c->out[0], .events = POLLIN };

	return poll(&pfd, 1, ms) == 1 && (pfd.revents & POLLIN);
}

static inline bool ut_runs(struct ut_child *c)
{
	unsigned long from = atomic_load(&c->sh->count);

	return ut_until(atomic_load(&c->sh->count) != from, UT_TIMEOUT);
}

/* It makes no step while it is watched. */
static inline bool ut_stands_still(struct ut_child *c)
{
	unsigned long from = atomic_load(&c->sh->count);

	ut_sleep(UT_QUIET);
	return atomic_load(&c->sh->count) == from;
}

/*
 * Programs that execute themselves give their new self a role as the first
 * argument, and have a main() that looks for it before the harness does.
 */
#define UT_SELF "/proc/self/exe"

#define UT_MAIN_WITH_ROLES(fn)						\
int main(int argc, char **argv)						\
{									\
	if (argc > 1 && !strncmp(argv[1], "role-", 5))			\
		return fn(argc, argv);					\
	return test_harness_run(argc, argv);				\
}

#endif /* UTRACE_TESTLIB_H */
