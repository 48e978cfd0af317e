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

struct ut_session {
	int fd;
	bool eof;	/* read() returned 0 */
	bool bad;	/* the stream is not what it promises to be */
	__u64 seq;	/* of the last record */
	size_t pos, len;
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
	s->pos = 0;
	s->len = 0;
	s->seq = 0;
	s->eof = false;
	s->bad = false;
	s->fd = open(UT_DEVICE, O_RDWR | O_CLOEXEC | flags);
	if (s->fd < 0) {
		s->fd = -1;
		ut_log(UT_DEVICE ": %s", strerror(errno));
		return -errno;
	}
	if (ut_nr_fds < ARRAY_SIZE(ut_fds))
		ut_fds[ut_nr_fds++] = s->fd;
	return 0;
}

static inline int ut_open(struct ut_session *s)
{
	return ut_open_flags(s, O_NONBLOCK);
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
	close(s->fd);
	s->fd = -1;
}

/* In a new child: let go of the sessions of the parent. */
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

#define UT_SYSCALLS	(UTRACE_EV_BIT(UTRACE_EV_SYSCALL_ENTRY) |	\
			 UTRACE_EV_BIT(UTRACE_EV_SYSCALL_EXIT))
#define UT_ENTRY	UTRACE_EV_BIT(UTRACE_EV_SYSCALL_ENTRY)
#define UT_EXIT		UTRACE_EV_BIT(UTRACE_EV_SYSCALL_EXIT)
#define UT_LIFE		(UTRACE_EV_BIT(UTRACE_EV_CLONE) |	\
			 UTRACE_EV_BIT(UTRACE_EV_EXEC) |	\
			 UTRACE_EV_BIT(UTRACE_EV_EXIT) |	\
			 UTRACE_EV_BIT(UTRACE_EV_DEATH) |	\
			 UTRACE_EV_BIT(UTRACE_EV_REAP))

struct ut_call {
	long nr;
	__u32 what;	/* UTRACE_SC_* */
};

/* Lets just these calls report; the table ends behind the last of them. */
static inline int ut_only(struct ut_session *s, const struct ut_call *calls,
			  unsigned int nr_calls)
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
	sc.arch = info.arch;
	sc.entries = (uintptr_t)table;
	return ut_ioctl(s->fd, UTRACE_IOC_SYSCALLS, &sc);
}

static inline int ut_only_call(struct ut_session *s, long nr)
{
	struct ut_call call = { nr, UTRACE_SC_REPORT };

	return ut_only(s, &call, 1);
}

static inline int ut_only_marks(struct ut_session *s)
{
	return ut_only_call(s, UT_MARK_NR);
}

static inline int ut_attach_pidfd(struct ut_session *s, int pidfd, __u32 flags,
				  struct utrace_attach *out)
{
	struct utrace_attach a = {
		.size = sizeof(a), .flags = flags, .pidfd = pidfd,
	};
	int ret = ut_ioctl(s->fd, UTRACE_IOC_ATTACH, &a);

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

static inline int ut_control(struct ut_session *s, struct utrace_op *ops,
			     unsigned int nr)
{
	struct utrace_control c = {
		.size = sizeof(c), .ops = (uintptr_t)ops, .nr = nr,
		.op_size = sizeof(*ops),
	};

	return ut_ioctl(s->fd, UTRACE_IOC_CONTROL, &c);
}

/* One order: its own result, or that of the whole call if that failed. */
static inline int ut_op(struct ut_session *s, __u64 thread, __u32 action)
{
	struct utrace_op op = {
		.thread = thread, .action = action, .result = 12345,
	};
	int ret = ut_control(s, &op, 1);

	return ret ? ret : op.result;
}

static inline size_t ut_min_size(unsigned int type)
{
	switch (type) {
	case UTRACE_EV_CLONE:
		return sizeof(struct utrace_rec_clone);
	case UTRACE_EV_EXEC:
		return sizeof(struct utrace_rec_exec);
	case UTRACE_EV_EXIT:
	case UTRACE_EV_DEATH:
		return sizeof(struct utrace_rec_exit);
	case UTRACE_EV_SYSCALL_ENTRY:
	case UTRACE_EV_SYSCALL_EXIT:
		return sizeof(struct utrace_rec_syscall);
	case UTRACE_REC_DETACHED:
		return sizeof(struct utrace_rec_detached);
	case UTRACE_REC_LOST:
		return sizeof(struct utrace_rec_lost);
	default:
		return sizeof(struct utrace_record);
	}
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
		n = read(s->fd, s->buf, sizeof(s->buf));
		if (n > 0) {
			s->len = n;
		} else if (n == 0) {
			s->eof = true;
		} else if (errno == EAGAIN) {
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
	s->bad = true;
	if (s->len - s->pos < sizeof(*r) || r->size > s->len - s->pos) {
		ut_log("record %llu is cut off: %zu bytes are left",
		       s->seq + 1, s->len - s->pos);
		return NULL;
	}
	if (r->size % 8 || r->size < ut_min_size(r->type)) {
		ut_log("record of type %#x has %u bytes", r->type, r->size);
		return NULL;
	}
	if (r->seq != s->seq + 1) {
		ut_log("record %llu follows record %llu", r->seq, s->seq);
		return NULL;
	}
	if (r->type != UTRACE_REC_LOST && !r->thread) {
		ut_log("record of type %#x without a thread", r->type);
		return NULL;
	}
	s->bad = false;
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
