// SPDX-License-Identifier: GPL-2.0-only
/*
 * System calls that block, and signals that the caller ignores or blocks: with an
 * observer of all events each call has the same result after the same time.
 *
 * All calls of the list block at the same time, in a process each.  Signals are sent
 * to them while they sleep, in the middle of their time, so that a call which begins
 * its timeout again takes half as long again.  Then a call ends by its own timeout, or because the test
 * does what the call waits for.  The observer is the engine of /dev/utrace_observer:
 * a session cannot yet hear of signals.
 *
 * Times are only compared with the time limit of the calls, which is doubled if the
 * guest was too slow for the signals, or for the calls to end in time.
 */
#include <linux/aio_abi.h>
#include <linux/futex.h>
#include <mqueue.h>
#include <pty.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/inotify.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/select.h>
#include <sys/sem.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <sys/un.h>

#include "utrace_testlib.h"

#define OBSERVER	"/dev/utrace_observer"

/* What the test shares with the process that makes a call. */
struct shared {
	atomic_int go;
	atomic_int state;	/* 0; READY; ASLEEP_SOON; DONE */
	atomic_long value;	/* a grandchild's id, or a futex */
	long start;
	long end;
	long result;
};

enum { READY = 1, ASLEEP_SOON, DONE };

struct call {
	const char *name;
	/* Before the process is made; an error skips nothing: it fails the test. */
	int (*prepare)(struct call *c);
	/* In the process, before it is told to go; may be NULL. */
	int (*begin)(struct call *c);
	long (*call)(struct call *c);
	/* What ends the call, from outside; NULL: its own timeout does. */
	void (*end)(struct call *c);
	int fd[2];
	struct shared *sh;
	pid_t pid;
	long sent;	/* when the first signal was */
};

/* When calls end, in ms after their beginning. */
static int limit;

static struct timespec ts_limit(void)
{
	return (struct timespec){ limit / 1000, (limit % 1000) * 1000000L };
}

static struct timeval tv_limit(void)
{
	return (struct timeval){ limit / 1000, (limit % 1000) * 1000L };
}

static struct timespec ts_after(clockid_t clock)
{
	struct timespec now, t = ts_limit();

	clock_gettime(clock, &now);
	t.tv_sec += now.tv_sec;
	t.tv_nsec += now.tv_nsec;
	if (t.tv_nsec >= 1000000000L) {
		t.tv_nsec -= 1000000000L;
		t.tv_sec++;
	}
	return t;
}

static long or_errno(long ret)
{
	return ret < 0 ? -errno : ret;
}

/* ---- what calls wait for -------------------------------------------------- */

static int prepare_nothing(struct call *c ut_unused)
{
	return 0;
}

static int prepare_pipe(struct call *c)
{
	return pipe2(c->fd, O_CLOEXEC);
}

static void fill(int fd)
{
	int flags = fcntl(fd, F_GETFL);
	char data[4096] = "";

	fcntl(fd, F_SETFL, flags | O_NONBLOCK);
	while (write(fd, data, sizeof(data)) > 0)
		;
	fcntl(fd, F_SETFL, flags);
}

static int prepare_full_pipe(struct call *c)
{
	if (prepare_pipe(c))
		return -1;
	fill(c->fd[1]);
	return 0;
}

static void end_write(struct call *c)
{
	if (write(c->fd[1], "", 1) != 1)
		ut_log("%s: nothing written", c->name);
}

static void end_drain(struct call *c)
{
	static char data[1 << 20];

	if (read(c->fd[0], data, sizeof(data)) <= 0)
		ut_log("%s: nothing read", c->name);
}

static int prepare_epoll(struct call *c)
{
	c->fd[0] = epoll_create1(EPOLL_CLOEXEC);
	return c->fd[0] < 0;
}

static int prepare_sockets(struct call *c)
{
	struct timeval tv = tv_limit();

	return socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, c->fd) ||
	       setsockopt(c->fd[0], SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv)) ||
	       setsockopt(c->fd[0], SOL_SOCKET, SO_SNDTIMEO, &tv, sizeof(tv));
}

static int prepare_full_socket(struct call *c)
{
	if (prepare_sockets(c))
		return -1;
	fill(c->fd[0]);
	return 0;
}

static socklen_t socket_name(struct sockaddr_un *name, const struct call *c)
{
	memset(name, 0, sizeof(*name));
	name->sun_family = AF_UNIX;
	return offsetof(struct sockaddr_un, sun_path) +
	       snprintf(name->sun_path + 1, sizeof(name->sun_path) - 1,
			"utrace_blocking.%d.%s", getpid(), c->name) + 1;
}

static int prepare_listener(struct call *c)
{
	struct timeval tv = tv_limit();
	struct sockaddr_un name;
	socklen_t len = socket_name(&name, c);

	c->fd[0] = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	return c->fd[0] < 0 || bind(c->fd[0], (void *)&name, len) ||
	       listen(c->fd[0], 0) ||
	       setsockopt(c->fd[0], SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv));
}

/* Its queue has room for no more than is in it; fd[1] comes too late. */
static int prepare_busy_listener(struct call *c)
{
	struct timeval tv = tv_limit();
	struct sockaddr_un name;
	socklen_t len = socket_name(&name, c);
	int fd;

	if (prepare_listener(c))
		return -1;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	c->fd[1] = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	return connect(fd, (void *)&name, len) ||
	       setsockopt(c->fd[1], SOL_SOCKET, SO_SNDTIMEO, &tv, sizeof(tv));
}

/* ---- calls with a timeout of their own ------------------------------------ */

static long call_epoll_wait(struct call *c)
{
	struct epoll_event ev;

	return or_errno(epoll_wait(c->fd[0], &ev, 1, limit));
}

static long call_epoll_pwait(struct call *c)
{
	struct epoll_event ev;
	sigset_t mask;

	sigprocmask(SIG_BLOCK, NULL, &mask);
	return or_errno(epoll_pwait(c->fd[0], &ev, 1, limit, &mask));
}

static long call_epoll_pwait2(struct call *c)
{
	struct timespec ts = ts_limit();
	struct epoll_event ev;

	return or_errno(syscall(SYS_epoll_pwait2, c->fd[0], &ev, 1, &ts, NULL, 8));
}

static long call_poll(struct call *c)
{
	struct pollfd p = { .fd = c->fd[0], .events = POLLIN };

	return or_errno(poll(&p, 1, limit));
}

static long call_ppoll(struct call *c)
{
	struct pollfd p = { .fd = c->fd[0], .events = POLLIN };
	struct timespec ts = ts_limit();
	sigset_t mask;

	sigprocmask(SIG_BLOCK, NULL, &mask);
	return or_errno(ppoll(&p, 1, &ts, &mask));
}

static long call_select(struct call *c)
{
	struct timeval tv = tv_limit();
	fd_set set;

	FD_ZERO(&set);
	FD_SET(c->fd[0], &set);
	return or_errno(select(c->fd[0] + 1, &set, NULL, NULL, &tv));
}

static long call_pselect(struct call *c)
{
	struct timespec ts = ts_limit();
	sigset_t mask;
	fd_set set;

	FD_ZERO(&set);
	FD_SET(c->fd[0], &set);
	sigprocmask(SIG_BLOCK, NULL, &mask);
	return or_errno(pselect(c->fd[0] + 1, &set, NULL, NULL, &ts, &mask));
}

static long call_nanosleep(struct call *c ut_unused)
{
	struct timespec ts = ts_limit();

	return or_errno(nanosleep(&ts, NULL));
}

static long call_clock_nanosleep(struct call *c ut_unused)
{
	struct timespec ts = ts_after(CLOCK_MONOTONIC);

	return -clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &ts, NULL);
}

static long call_sigtimedwait(struct call *c ut_unused)
{
	struct timespec ts = ts_limit();
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGALRM);
	return or_errno(sigtimedwait(&set, NULL, &ts));
}

/* It waits for what is sent, too, but ignores it, so that it never comes. */
static long call_sigtimedwait_ignored(struct call *c ut_unused)
{
	struct timespec ts = ts_limit();
	sigset_t set, blocked;
	int sig;

	sigprocmask(SIG_BLOCK, NULL, &blocked);
	sigfillset(&set);
	for (sig = 1; sig < SIGRTMAX; sig++)
		if (sigismember(&blocked, sig))
			sigdelset(&set, sig);
	return or_errno(sigtimedwait(&set, NULL, &ts));
}

static int prepare_sem(struct call *c)
{
	c->fd[0] = semget(IPC_PRIVATE, 1, 0600);
	return c->fd[0] < 0;
}

static long call_semtimedop(struct call *c)
{
	struct sembuf op = { .sem_op = -1 };
	struct timespec ts = ts_limit();
	long ret = or_errno(semtimedop(c->fd[0], &op, 1, &ts));

	semctl(c->fd[0], 0, IPC_RMID);
	return ret;
}

static long call_recv(struct call *c)
{
	char byte;

	return or_errno(recv(c->fd[0], &byte, 1, 0));
}

static long call_recvmsg(struct call *c)
{
	char byte;
	struct iovec iov = { &byte, 1 };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };

	return or_errno(recvmsg(c->fd[0], &msg, 0));
}

static long call_send(struct call *c)
{
	return or_errno(send(c->fd[0], "", 1, 0));
}

static long call_accept(struct call *c)
{
	return or_errno(accept(c->fd[0], NULL, NULL));
}

static long call_connect(struct call *c)
{
	struct sockaddr_un name;
	socklen_t len = sizeof(name);

	if (getsockname(c->fd[0], (void *)&name, &len))
		return -errno;
	return or_errno(connect(c->fd[1], (void *)&name, len));
}

static int prepare_mq(struct call *c)
{
	struct mq_attr attr = { .mq_maxmsg = 1, .mq_msgsize = 8 };
	char name[64];

	snprintf(name, sizeof(name), "/utrace_blocking.%s", c->name);
	c->fd[0] = mq_open(name, O_RDWR | O_CREAT | O_EXCL, 0600, &attr);
	mq_unlink(name);
	return c->fd[0] < 0;
}

static int prepare_full_mq(struct call *c)
{
	return prepare_mq(c) || mq_send(c->fd[0], "", 1, 0);
}

static long call_mq_timedreceive(struct call *c)
{
	struct timespec ts = ts_after(CLOCK_REALTIME);
	char data[8];

	return or_errno(mq_timedreceive(c->fd[0], data, sizeof(data), NULL, &ts));
}

static long call_mq_timedsend(struct call *c)
{
	struct timespec ts = ts_after(CLOCK_REALTIME);

	return or_errno(mq_timedsend(c->fd[0], "", 1, 0, &ts));
}

static long call_futex(struct call *c)
{
	struct timespec ts = ts_limit();

	return or_errno(syscall(SYS_futex, &c->sh->value, FUTEX_WAIT, 0, &ts));
}

static long call_futex_bitset(struct call *c)
{
	struct timespec ts = ts_after(CLOCK_MONOTONIC);

	return or_errno(syscall(SYS_futex, &c->sh->value, FUTEX_WAIT_BITSET, 0, &ts,
				NULL, 1));
}

static long call_io_getevents(struct call *c ut_unused)
{
	struct timespec ts = ts_limit();
	aio_context_t ctx = 0;
	struct io_event ev;

	if (syscall(SYS_io_setup, 1, &ctx))
		return -errno;
	return or_errno(syscall(SYS_io_getevents, ctx, 1, 1, &ev, &ts));
}

static int prepare_timerfd(struct call *c)
{
	c->fd[0] = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC);
	return c->fd[0] < 0;
}

static long call_read_timerfd(struct call *c)
{
	struct itimerspec its = { .it_value = ts_limit() };
	uint64_t n;

	if (timerfd_settime(c->fd[0], 0, &its, NULL))
		return -errno;
	return or_errno(read(c->fd[0], &n, sizeof(n)));
}

/* The caller sleeps until its child has gone, and only SIGKILL can wake it. */
static long call_vfork(struct call *c ut_unused)
{
	struct timespec ts = ts_limit();
	pid_t pid = vfork();

	if (!pid) {
		syscall(SYS_clock_nanosleep, CLOCK_MONOTONIC, 0, &ts, NULL);
		_exit(0);
	}
	return pid < 0 ? -errno : 0;
}

/* ---- calls that the test ends --------------------------------------------- */

static long call_read(struct call *c)
{
	char data[512];

	return or_errno(read(c->fd[0], data, sizeof(data)));
}

static long call_write(struct call *c)
{
	return or_errno(write(c->fd[1], "", 1));
}

static int prepare_eventfd(struct call *c)
{
	c->fd[0] = eventfd(0, EFD_CLOEXEC);
	return c->fd[0] < 0;
}

static void end_eventfd(struct call *c)
{
	eventfd_write(c->fd[0], 1);
}

static long call_splice(struct call *c)
{
	int out[2];

	if (pipe(out))
		return -errno;
	return or_errno(splice(c->fd[0], NULL, out[1], NULL, 1, 0));
}

static int prepare_pty(struct call *c)
{
	return openpty(&c->fd[1], &c->fd[0], NULL, NULL, NULL);
}

static void end_pty(struct call *c)
{
	if (write(c->fd[1], "\n", 1) != 1)
		ut_log("%s: nothing written", c->name);
}

static int begin_child(struct call *c)
{
	pid_t pid = fork();

	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		for (;;)
			pause();
	}
	atomic_store(&c->sh->value, pid);
	return pid < 0;
}

static void end_child(struct call *c)
{
	kill(atomic_load(&c->sh->value), SIGKILL);
}

static long call_waitpid(struct call *c)
{
	int status = 0;

	return waitpid(atomic_load(&c->sh->value), &status, 0) < 0 ? -errno : status;
}

static long call_waitid(struct call *c ut_unused)
{
	siginfo_t info = {};

	return waitid(P_ALL, 0, &info, WEXITED) < 0 ? -errno : info.si_status;
}

/* fd[0] and fd[1] are files of their own, and fd[1] has the lock. */
static int prepare_flock(struct call *c)
{
	char path[64];

	snprintf(path, sizeof(path), "/tmp/utrace_blocking.%s", c->name);
	c->fd[0] = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	c->fd[1] = open(path, O_RDWR | O_CLOEXEC);
	unlink(path);
	return flock(c->fd[1], LOCK_EX);
}

static long call_flock(struct call *c)
{
	return or_errno(flock(c->fd[0], LOCK_EX));
}

static void end_flock(struct call *c)
{
	flock(c->fd[1], LOCK_UN);
}

static int prepare_setlkw(struct call *c)
{
	struct flock lock = { .l_type = F_WRLCK };

	return prepare_flock(c) || flock(c->fd[1], LOCK_UN) ||
	       fcntl(c->fd[1], F_SETLK, &lock);
}

static long call_setlkw(struct call *c)
{
	struct flock lock = { .l_type = F_WRLCK };

	return or_errno(fcntl(c->fd[0], F_SETLKW, &lock));
}

static void end_setlkw(struct call *c)
{
	struct flock lock = { .l_type = F_UNLCK };

	fcntl(c->fd[1], F_SETLK, &lock);
}

struct message {
	long type;
	char text[8192];
};

static int prepare_msg(struct call *c)
{
	c->fd[0] = msgget(IPC_PRIVATE, 0600);
	return c->fd[0] < 0;
}

static int prepare_full_msg(struct call *c)
{
	static const struct message m = { .type = 1 };

	if (prepare_msg(c))
		return -1;
	while (!msgsnd(c->fd[0], &m, sizeof(m.text), IPC_NOWAIT))
		;
	return errno != EAGAIN;
}

static long call_msgrcv(struct call *c)
{
	static struct message m;
	long ret = or_errno(msgrcv(c->fd[0], &m, sizeof(m.text), 0, 0));

	msgctl(c->fd[0], IPC_RMID, NULL);
	return ret;
}

static void end_msgsnd(struct call *c)
{
	static const struct message m = { .type = 1 };

	msgsnd(c->fd[0], &m, 1, 0);
}

static long call_msgsnd(struct call *c)
{
	static const struct message m = { .type = 1 };

	return or_errno(msgsnd(c->fd[0], &m, sizeof(m.text), 0));
}

static void end_msgrcv(struct call *c)
{
	static struct message m;

	msgrcv(c->fd[0], &m, sizeof(m.text), 0, 0);
	/* When what was waited for is there. */
	ut_until(atomic_load(&c->sh->state) == DONE, UT_TIMEOUT);
	msgctl(c->fd[0], IPC_RMID, NULL);
}

static int prepare_inotify(struct call *c)
{
	c->fd[0] = inotify_init1(IN_CLOEXEC);
	return c->fd[0] < 0 || inotify_add_watch(c->fd[0], "/tmp", IN_DELETE_SELF |
						 IN_ATTRIB) < 0;
}

static void end_inotify(struct call *c ut_unused)
{
	chmod("/tmp", 01777);
}

static int prepare_fifo(struct call *c)
{
	char path[64];

	snprintf(path, sizeof(path), "/tmp/utrace_blocking.%s", c->name);
	unlink(path);
	return mkfifo(path, 0600);
}

static long call_open_fifo(struct call *c)
{
	char path[64];

	snprintf(path, sizeof(path), "/tmp/utrace_blocking.%s", c->name);
	return open(path, O_RDONLY) < 0 ? -errno : 0;
}

static void end_fifo(struct call *c)
{
	char path[64];

	snprintf(path, sizeof(path), "/tmp/utrace_blocking.%s", c->name);
	close(open(path, O_WRONLY | O_NONBLOCK));
	unlink(path);
}

/* SIGALRM ends what only a signal can. */

static void on_alarm(int sig ut_unused)
{
}

static int begin_alarm(struct call *c ut_unused)
{
	struct sigaction sa = { .sa_handler = on_alarm };

	return sigaction(SIGALRM, &sa, NULL);
}

static int begin_blocked_alarm(struct call *c)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGALRM);
	return begin_alarm(c) || sigprocmask(SIG_BLOCK, &set, NULL);
}

static void end_alarm(struct call *c)
{
	kill(c->pid, SIGALRM);
}

static long call_pause(struct call *c ut_unused)
{
	return or_errno(pause());
}

static long call_sigsuspend(struct call *c ut_unused)
{
	sigset_t mask;

	sigprocmask(SIG_BLOCK, NULL, &mask);
	sigdelset(&mask, SIGALRM);
	return or_errno(sigsuspend(&mask));
}

static long call_sigwaitinfo(struct call *c ut_unused)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGALRM);
	return or_errno(sigwaitinfo(&set, NULL));
}

static long call_read_signalfd(struct call *c ut_unused)
{
	struct signalfd_siginfo info = {};
	sigset_t set;
	int fd;

	sigemptyset(&set);
	sigaddset(&set, SIGALRM);
	fd = signalfd(-1, &set, SFD_CLOEXEC);
	return read(fd, &info, sizeof(info)) < 0 ? -errno : (long)info.ssi_signo;
}

static struct call calls[] = {
	{ "epoll_wait", prepare_epoll, NULL, call_epoll_wait, NULL, {}, NULL, 0, 0 },
	{ "epoll_pwait", prepare_epoll, NULL, call_epoll_pwait, NULL, {}, NULL, 0, 0 },
	{ "epoll_pwait2", prepare_epoll, NULL, call_epoll_pwait2, NULL, {}, NULL, 0, 0 },
	{ "poll", prepare_pipe, NULL, call_poll, NULL, {}, NULL, 0, 0 },
	{ "ppoll", prepare_pipe, NULL, call_ppoll, NULL, {}, NULL, 0, 0 },
	{ "select", prepare_pipe, NULL, call_select, NULL, {}, NULL, 0, 0 },
	{ "pselect", prepare_pipe, NULL, call_pselect, NULL, {}, NULL, 0, 0 },
	{ "nanosleep", prepare_nothing, NULL, call_nanosleep, NULL, {}, NULL, 0, 0 },
	{ "clock_nanosleep", prepare_nothing, NULL, call_clock_nanosleep, NULL, {}, NULL, 0, 0 },
	{ "sigtimedwait", prepare_nothing, begin_blocked_alarm, call_sigtimedwait, NULL, {}, NULL, 0, 0 },
	{ "sigtimedwait_ignored", prepare_nothing, NULL, call_sigtimedwait_ignored, NULL, {}, NULL, 0, 0 },
	{ "semtimedop", prepare_sem, NULL, call_semtimedop, NULL, {}, NULL, 0, 0 },
	{ "recv", prepare_sockets, NULL, call_recv, NULL, {}, NULL, 0, 0 },
	{ "recvmsg", prepare_sockets, NULL, call_recvmsg, NULL, {}, NULL, 0, 0 },
	{ "send", prepare_full_socket, NULL, call_send, NULL, {}, NULL, 0, 0 },
	{ "accept", prepare_listener, NULL, call_accept, NULL, {}, NULL, 0, 0 },
	{ "connect", prepare_busy_listener, NULL, call_connect, NULL, {}, NULL, 0, 0 },
	{ "mq_timedreceive", prepare_mq, NULL, call_mq_timedreceive, NULL, {}, NULL, 0, 0 },
	{ "mq_timedsend", prepare_full_mq, NULL, call_mq_timedsend, NULL, {}, NULL, 0, 0 },
	{ "futex_wait", prepare_nothing, NULL, call_futex, NULL, {}, NULL, 0, 0 },
	{ "futex_wait_bitset", prepare_nothing, NULL, call_futex_bitset, NULL, {}, NULL, 0, 0 },
	{ "io_getevents", prepare_nothing, NULL, call_io_getevents, NULL, {}, NULL, 0, 0 },
	{ "read_timerfd", prepare_timerfd, NULL, call_read_timerfd, NULL, {}, NULL, 0, 0 },
	{ "vfork", prepare_nothing, NULL, call_vfork, NULL, {}, NULL, 0, 0 },
	{ "read_pipe", prepare_pipe, NULL, call_read, end_write, {}, NULL, 0, 0 },
	{ "write_pipe", prepare_full_pipe, NULL, call_write, end_drain, {}, NULL, 0, 0 },
	{ "read_eventfd", prepare_eventfd, NULL, call_read, end_eventfd, {}, NULL, 0, 0 },
	{ "splice", prepare_pipe, NULL, call_splice, end_write, {}, NULL, 0, 0 },
	{ "read_pty", prepare_pty, NULL, call_read, end_pty, {}, NULL, 0, 0 },
	{ "waitpid", prepare_nothing, begin_child, call_waitpid, end_child, {}, NULL, 0, 0 },
	{ "waitid", prepare_nothing, begin_child, call_waitid, end_child, {}, NULL, 0, 0 },
	{ "flock", prepare_flock, NULL, call_flock, end_flock, {}, NULL, 0, 0 },
	{ "setlkw", prepare_setlkw, NULL, call_setlkw, end_setlkw, {}, NULL, 0, 0 },
	{ "msgrcv", prepare_msg, NULL, call_msgrcv, end_msgsnd, {}, NULL, 0, 0 },
	{ "msgsnd", prepare_full_msg, NULL, call_msgsnd, end_msgrcv, {}, NULL, 0, 0 },
	{ "read_inotify", prepare_inotify, NULL, call_read, end_inotify, {}, NULL, 0, 0 },
	{ "open_fifo", prepare_fifo, NULL, call_open_fifo, end_fifo, {}, NULL, 0, 0 },
	{ "pause", prepare_nothing, begin_alarm, call_pause, end_alarm, {}, NULL, 0, 0 },
	{ "sigsuspend", prepare_nothing, begin_blocked_alarm, call_sigsuspend, end_alarm, {}, NULL, 0, 0 },
	{ "sigwaitinfo", prepare_nothing, begin_blocked_alarm, call_sigwaitinfo, end_alarm, {}, NULL, 0, 0 },
	{ "read_signalfd", prepare_nothing, begin_blocked_alarm, call_read_signalfd, end_alarm, {}, NULL, 0, 0 },
};

#define NR_CALLS	((int)ARRAY_SIZE(calls))
_Static_assert(ARRAY_SIZE(calls) >= 25, "a list worth the name");

/* ---- signals -------------------------------------------------------------- */

enum disposition { BY_DEFAULT, IGNORED, BLOCKED };

/* Three of each kind; a realtime signal among those that can be. */
static void mode_signals(enum disposition mode, int sig[3])
{
	sig[0] = mode == BY_DEFAULT ? SIGWINCH : SIGUSR2;
	sig[1] = SIGCHLD;
	sig[2] = mode == BY_DEFAULT ? SIGURG : SIGRTMIN + 1;
}

static void set_signals(enum disposition mode)
{
	int sig[3], i;
	sigset_t set;

	mode_signals(mode, sig);
	sigemptyset(&set);
	for (i = 0; i < 3; i++) {
		/* With SIGCHLD ignored, wait(2) would fail. */
		signal(sig[i], mode == IGNORED && sig[i] != SIGCHLD ? SIG_IGN : SIG_DFL);
		sigaddset(&set, sig[i]);
	}
	if (mode == BLOCKED)
		sigprocmask(SIG_BLOCK, &set, NULL);
}

/* ---- one run of all calls -------------------------------------------------- */

struct outcome {
	long result;
	bool early;
	bool late;
};

static void child(struct call *c, enum disposition mode, bool observed)
{
	struct shared *sh = c->sh;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	set_signals(mode);
	/* Before the observer: the grandchild needs none. */
	if (c->begin && c->begin(c))
		_exit(1);
	if (observed && open(OBSERVER, O_RDONLY | O_CLOEXEC) < 0)
		_exit(2);
	atomic_store(&sh->state, READY);
	ut_wait(&sh->go, 0);
	atomic_store(&sh->state, ASLEEP_SOON);
	sh->start = ut_now();
	sh->result = c->call(c);
	sh->end = ut_now();
	atomic_store(&sh->state, DONE);
	_exit(0);
}

static bool asleep(const struct call *c)
{
	char state;

	if (atomic_load(&c->sh->state) == DONE)
		return true;
	if (atomic_load(&c->sh->state) != ASLEEP_SOON)
		return false;
	state = ut_state(c->pid, c->pid);
	return state == 'S' || state == 'D';
}

/* Start all calls, send signals to their callers, end the calls; false: too slow. */
static int run_calls(enum disposition mode, bool observed, struct outcome *outcomes,
		     bool *in_time)
{
	int sig[3], i, j, status, ret = 0;
	long first;

	mode_signals(mode, sig);
	*in_time = true;
	for (i = 0; i < NR_CALLS; i++) {
		struct call *c = &calls[i];

		c->fd[0] = -1;
		c->fd[1] = -1;
		c->sh = mmap(NULL, sizeof(*c->sh), PROT_READ | PROT_WRITE,
			     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
		if (c->sh == MAP_FAILED || c->prepare(c)) {
			ut_log("%s: cannot be prepared: %s", c->name, strerror(errno));
			return -1;
		}
		fflush(stdout);
		c->pid = fork();
		if (!c->pid)
			child(c, mode, observed);
		if (c->pid < 0)
			return -1;
	}
	for (i = 0; i < NR_CALLS; i++)
		if (!ut_until(atomic_load(&calls[i].sh->state) == READY, UT_TIMEOUT)) {
			ut_log("%s: does not begin", calls[i].name);
			return -1;
		}

	first = ut_now();
	for (i = 0; i < NR_CALLS; i++) {
		atomic_store(&calls[i].sh->go, 1);
		ut_wake(&calls[i].sh->go);
	}
	for (i = 0; i < NR_CALLS; i++)
		if (!ut_until(asleep(&calls[i]), UT_TIMEOUT)) {
			ut_log("%s: does not sleep", calls[i].name);
			return -1;
		}
	if (ut_now() - first > limit / 4)
		*in_time = false;
	/* Sleep may also have been on the way to the call, such as for memory. */
	ut_sleep(first + limit / 2 > ut_now() + 20 ? first + limit / 2 - ut_now() : 20);
	for (j = 0; j < 3; j++) {
		for (i = 0; i < NR_CALLS; i++) {
			if (!j)
				calls[i].sent = ut_now();
			kill(calls[i].pid, sig[j]);
		}
		ut_sleep(20);
	}
	if (ut_now() - first > limit - limit / 4)
		*in_time = false;
	ut_sleep(first + limit > ut_now() ? first + limit - ut_now() : 1);

	for (i = 0; i < NR_CALLS; i++) {
		struct call *c = &calls[i];

		outcomes[i].early = c->end && atomic_load(&c->sh->state) == DONE;
		if (c->end && !outcomes[i].early)
			c->end(c);
	}
	for (i = 0; i < NR_CALLS; i++) {
		struct call *c = &calls[i];
		long taken;

		if (!ut_until(atomic_load(&c->sh->state) == DONE, UT_TIMEOUT)) {
			ut_log("%s: does not end", c->name);
			kill(c->pid, SIGKILL);
			ret = -1;
		}
		if (ut_waitpid(c->pid, &status, 0, UT_TIMEOUT) != c->pid || status) {
			ut_log("%s: status %#x", c->name, status);
			ret = -1;
		}
		taken = c->sh->end - c->sh->start;
		outcomes[i].result = c->sh->result;
		/* No timeout is over too early, but for the rounding of clocks. */
		if (!c->end && taken < limit - limit / 8)
			outcomes[i].early = true;
		/* A timeout that has begun again with the signal is over this late. */
		outcomes[i].late = !c->end &&
				   c->sh->end >= c->sent + limit - limit / 8;
		munmap(c->sh, sizeof(*c->sh));
		if (c->prepare == prepare_mq || c->prepare == prepare_full_mq)
			mq_close(c->fd[0]);
		else if (c->prepare != prepare_sem && c->prepare != prepare_msg &&
			 c->prepare != prepare_full_msg) {
			close(c->fd[0]);
			close(c->fd[1]);
		}
	}
	return ret;
}

/* In a process of its own: who opens the device is observed. */
static long reports(const char *event)
{
	long *count = mmap(NULL, sizeof(*count), PROT_READ | PROT_WRITE,
			   MAP_SHARED | MAP_ANONYMOUS, -1, 0), n;
	int status;
	pid_t pid;

	*count = -1;
	pid = fork();
	if (!pid) {
		char text[2048] = "", *p;
		int fd = open(OBSERVER, O_RDONLY);

		if (read(fd, text, sizeof(text) - 1) > 0) {
			p = strstr(text, event);
			if (p)
				*count = atol(p + strlen(event));
		}
		_exit(0);
	}
	ut_waitpid(pid, &status, 0, UT_TIMEOUT);
	n = *count;
	munmap(count, sizeof(*count));
	return n;
}

static bool any_late(const struct outcome *outcomes)
{
	int i;

	for (i = 0; i < NR_CALLS; i++)
		if (outcomes[i].late)
			return true;
	return false;
}

/* Calls that last as long as this do not end late because the guest is slow. */
#define LIMIT_SURE	12000

FIXTURE(blocking)
{
	struct outcome plain[NR_CALLS], observed[NR_CALLS];
};

FIXTURE_VARIANT(blocking)
{
	enum disposition mode;
};

FIXTURE_VARIANT_ADD(blocking, signals_ignored_by_default) { .mode = BY_DEFAULT };
FIXTURE_VARIANT_ADD(blocking, signals_set_to_be_ignored) { .mode = IGNORED };
FIXTURE_VARIANT_ADD(blocking, signals_that_are_blocked) { .mode = BLOCKED };

FIXTURE_SETUP(blocking)
{
	if (access(OBSERVER, R_OK))
		SKIP(return, "no " OBSERVER ": CONFIG_UTRACE_PROBE");
}

FIXTURE_TEARDOWN(blocking)
{
}

/* The limit that was long enough for the last test.  All tests share it. */
static int *long_enough;

__attribute__((constructor)) static void share_limit(void)
{
	long_enough = mmap(NULL, sizeof(*long_enough), PROT_READ | PROT_WRITE,
			   MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	*long_enough = 1500;
}

TEST_F(blocking, calls_do_not_notice_an_observer)
{
	bool plain_in_time, observed_in_time;
	long before, after;
	int i;

	before = reports("signal-ign ");
	ASSERT_LE(0, before);
	for (limit = *long_enough; ; limit *= 2) {
		ASSERT_EQ(0, run_calls(variant->mode, false, self->plain,
				       &plain_in_time));
		observed_in_time = plain_in_time;
		if (plain_in_time)
			ASSERT_EQ(0, run_calls(variant->mode, true, self->observed,
					       &observed_in_time));
		if (observed_in_time &&
		    (limit >= LIMIT_SURE ||
		     (!any_late(self->plain) && !any_late(self->observed))))
			break;
		ut_log("too slow for calls of %d ms", limit);
		ASSERT_GT(30000, limit);
	}
	*long_enough = limit;
	for (i = 0; i < NR_CALLS; i++) {
		EXPECT_EQ(self->plain[i].result, self->observed[i].result)
			TH_LOG("%s", calls[i].name);
		EXPECT_EQ(self->plain[i].early, self->observed[i].early)
			TH_LOG("%s: ends early", calls[i].name);
		/* None of these signals ends a call. */
		EXPECT_FALSE(self->plain[i].early)
			TH_LOG("%s: ends early by itself", calls[i].name);
		EXPECT_FALSE(self->plain[i].late)
			TH_LOG("%s: ends late by itself", calls[i].name);
		EXPECT_FALSE(self->observed[i].late)
			TH_LOG("%s: ends late", calls[i].name);
	}

	/* The observer has heard of every signal that was ignored. */
	after = reports("signal-ign ");
	if (variant->mode != BLOCKED)
		EXPECT_LE(before + 3 * NR_CALLS, after);
}

TEST_HARNESS_MAIN
