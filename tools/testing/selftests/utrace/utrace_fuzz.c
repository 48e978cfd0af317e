// SPDX-License-Identifier: GPL-2.0-only
/*
 * Random calls of the whole user ABI, against programs that live meanwhile.
 *
 *	utrace_fuzz [-n CALLS] [-s SEED]
 *
 * Without options the program is a test of two short runs.  It prints its seed.  The same
 * seed gives the same choices, but not the same interleaving with the traced programs.
 *
 * Work is done in rounds.  In each, a new process (the tracer) opens sessions and uses
 * them from two threads, and from children that have inherited or passed on the
 * descriptors.  It ends by itself, or by SIGKILL.  Most calls are well formed; one in
 * MUTATE has a wrong size, word or pointer.
 *
 * What must hold, whatever is called:
 *
 *  - The tracer gets on.
 *  - Records have no gaps, and are well formed.
 *  - An order that answers -EINPROGRESS ends in one record with its tag, and any other
 *    order to one thread in none, but for that of a thread that sleeps.
 *    An order with UTRACE_ORDER_TELL ends in one UTRACE_REC_DONE.
 *  - The counts of UTRACE_IOC_INFO agree with each other, and rights only vanish.
 *  - No error is one of the kernel's own (ERESTARTSYS and so on).
 *  - When the tracer is gone, no engine is left on any victim, and those victims run that
 *    it was not allowed to hurt.  A session that may use them has given up the rights
 *    to do harm, and then tries to do it nevertheless.
 */
#include <dirent.h>
#include <sys/socket.h>

#include "utrace_fuzz_calls.h"

#define SHORT_CALLS	3000	/* of a run of the test */
#define ROUND_CALLS	400

/* ---- several threads and processes --------------------------------------- */

/* Calls of who does not own the session: reads only if nobody minds. */
static void as_guest(struct session *s)
{
	switch (below(10)) {
	case 0:
		do_config(s);
		break;
	case 1:
		do_syscalls(s);
		break;
	case 2:
		do_attach(s, false);
		break;
	case 3:
		do_info(s, false);
		break;
	case 4:
		do_status(s);
		break;
	case 5:
		do_poll(s, false);
		break;
	case 6:
		do_view(s);
		break;
	default:
		do_control(s, false);
		break;
	}
}

static atomic_int stop_guest;

static void *guest_thread(void *arg)
{
	rng = *(__u64 *)arg;
	make_area();
	while (!atomic_load(&stop_guest) && !atomic_load(&sh->faulty)) {
		unsigned int i = below(SESSIONS);

		pthread_mutex_lock(&busy[i]);
		if (sessions[i].fd >= 0)
			as_guest(&sessions[i]);
		pthread_mutex_unlock(&busy[i]);
		ut_sleep(below(3));
	}
	return NULL;
}

/* In a new child of the tracer. */
static void new_child(void)
{
	is_child = true;
	rng ^= 0x5bd1e995 * getpid();
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	/* It may have been killed before that. */
	if (getppid() != tracer_pid)
		_exit(0);
	signal(SIGALRM, SIG_IGN);
	make_area();
}

/* A place in children[], or -1. */
static int child_slot(void)
{
	int i;

	for (i = 0; i < CHILDREN; i++) {
		if (!children[i] || waitpid(children[i], NULL, WNOHANG) == children[i]) {
			children[i] = 0;
			return i;
		}
	}
	return -1;
}

/* A child that has the sessions, too, for a while. */
static void do_fork(void)
{
	unsigned int n = below(40);
	int i = child_slot();
	pid_t pid;

	if (i < 0)
		return;
	begin(AT_FORK);
	pid = fork();
	if (pid > 0)
		children[i] = pid;
	if (pid)
		return;
	new_child();
	while (n--) {
		struct session *s = any_session();

		if (s->fd >= 0)
			as_guest(s);
	}
	ut_sleep(below(20));
	_exit(0);
}

/* A child attaches a session to itself, restricts it, and passes it on. */
static void do_self(struct session *s)
{
	struct utrace_attach a = { .size = sizeof(a), .fd = -1 };
	struct utrace_restrict r = { .size = sizeof(r), .rights = GENTLE_RIGHTS };
	bool owner = one_in(4);
	int pair[2], i, fd;
	pid_t pid;

	i = child_slot();
	if (i < 0 || socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair))
		return;
	begin(AT_FORK);
	pid = fork();
	if (!pid) {
		new_child();
		/* What the tracer has open dies with the tracer. */
		for (i = 0; i < SESSIONS; i++)
			if (sessions[i].fd >= 0)
				close(sessions[i].fd);
		fd = open(UT_DEVICE, O_RDWR | O_NONBLOCK);
		a.flags = owner ? UTRACE_ATTACH_OWNER : 0;
		if (fd >= 0 && !ioctl(fd, UTRACE_IOC_ATTACH, &a) &&
		    !ioctl(fd, UTRACE_IOC_RESTRICT, &r))
			ut_send_fd(pair[1], fd);
		close(pair[1]);
		if (one_in(2))
			close(fd);
		for (i = below(30); i > 0; i--) {
			ut_mark(i);
			ut_sleep(1);
		}
		if (one_in(3))
			raise(SIGSEGV);
		_exit(0);
	}
	close(pair[1]);
	if (pid > 0) {
		children[i] = pid;
		memset(s, 0, sizeof(*s));
		fd = ut_receive_fd(pair[0]);
		s->number = atomic_fetch_add(&sh->nr_sessions, 1) + 1;
		s->gentle = true;
		s->foreign = true;
		s->rights = ~0ull;
		/* What is recorded is lost when the owner ends. */
		s->exact = !owner;
		s->fd = fd;
	}
	close(pair[0]);
}

static void kill_children(void)
{
	int i;

	for (i = 0; i < CHILDREN; i++) {
		if (!children[i])
			continue;
		/* A session of this process may hold it at its exit: kill it there, too. */
		do {
			kill(children[i], SIGKILL);
			ut_sleep(1);
		} while (!waitpid(children[i], NULL, WNOHANG));
		children[i] = 0;
	}
}

/* ---- a round: what the tracer does --------------------------------------- */

static void first_action(struct session *s)
{
	if (pthread_mutex_trylock(&busy[s - sessions]))
		return;
	if (one_in(8))
		do_self(s);
	else
		do_open(s);
	pthread_mutex_unlock(&busy[s - sessions]);
}

static void one_action(void)
{
	struct session *s = any_session();
	unsigned int n = below(128);

	if (s->fd < 0) {
		first_action(s);
		if (s->fd < 0)
			return;
		if (below(4))
			do_config(s);
		if (!s->foreign && below(4))
			do_ring(s);
		do_attach(s, true);
		return;
	}
	if (n < 46)
		do_control(s, true);
	else if (n < 64)
		do_read(s);
	else if (n < 74)
		do_attach(s, true);
	else if (n < 82)
		do_config(s);
	else if (n < 89)
		do_syscalls(s);
	else if (n < 95)
		do_info(s, true);
	else if (n < 99)
		do_status(s);
	else if (n < 103)
		do_poll(s, true);
	else if (n < 107)
		do_wild(s);
	else if (n < 110)
		do_counts(s);
	else if (n < 113)
		do_view(s);
	else if (n < 116)
		do_pidfd(s);
	else if (n < 118)
		do_mmap(s);
	else if (n < 120)
		do_wrong(s);
	else if (n < 122)
		do_fork();
	else if (n < 123)
		do_restrict(s);
	else if (n < 124)
		do_ring(s);
	else if (n == 125 && !pthread_mutex_trylock(&busy[s - sessions])) {
		do_close(s);
		pthread_mutex_unlock(&busy[s - sessions]);
	} else {
		ut_sleep(below(3));
	}
}

/* Gives an order to all threads of a session. */
static void order_all(struct session *s, __u16 action)
{
	struct utrace_order o = { .size = sizeof(o), .action = action };
	struct utrace_control c = {
		.size = sizeof(c), .orders = (uintptr_t)&o, .bytes = sizeof(o),
	};

	if (ioctl(s->fd, UTRACE_IOC_CONTROL, &c))
		fault("order %u to all threads: errno %d", action, errno);
}

/* Reads all records that there are.  Returns whether the session has come to its end. */
static bool read_all(struct session *s)
{
	struct pollfd p = { .fd = s->fd, .events = POLLIN };
	ssize_t n;

	if (s->user) {
		store_word(&s->user->tail, s->tail);
		see_ring(s);
		poll(&p, 1, 0);
		return p.revents & POLLHUP;
	}
	fcntl(s->fd, F_SETFL, O_NONBLOCK);
	while ((n = read(s->fd, area, GUARD)) > 0)
		if (!see_records(s, area, n))
			return true;
	/* A ring for mmap() that could not be mapped. */
	return n == 0 || errno == EBUSY;
}

static bool order_is_over(const struct order *o)
{
	int wanted = atomic_load(&o->wanted), done = atomic_load(&o->wanted_done);

	return (wanted < 0 || atomic_load(&o->got) >= wanted) &&
	       (done < 0 || atomic_load(&o->got_done) >= done);
}

static bool orders_are_over(struct session *s)
{
	unsigned long i, n = atomic_load(&sh->nr_orders);

	for (i = first_order; i < n; i++) {
		struct order *o = order_of(TAG_BASE + i);

		if (o->session == s->number && !order_is_over(o))
			return false;
	}
	return true;
}

static void check_orders(struct session *s)
{
	unsigned long i, n = atomic_load(&sh->nr_orders);

	for (i = first_order; i < n; i++) {
		struct order *o = order_of(TAG_BASE + i);
		int wanted = atomic_load(&o->wanted), done = atomic_load(&o->wanted_done);

		if (o->session != s->number)
			continue;
		if ((wanted >= 0 && atomic_load(&o->got) != wanted) ||
		    (done >= 0 && atomic_load(&o->got_done) != done) ||
		    (wanted == -2 && atomic_load(&o->got) > 1)) {
			fault("order %d: %d records (wanted %d), %d DONE (wanted %d)",
			      o->action, atomic_load(&o->got), wanted,
			      atomic_load(&o->got_done), done);
			return;
		}
		atomic_fetch_add(&sh->ended, wanted == 1 || done == 1);
	}
}

/* All orders of the session come to their ends, and so does the session. */
static void drain(struct session *s)
{
	struct utrace_info info = { .size = sizeof(info) };
	long end = ut_now() + UT_TIMEOUT;
	bool release = one_in(2), over = false;

	begin(AT_DRAIN);
	do {
		if (release) {
			order_all(s, UTRACE_OP_RELEASE);
			read_all(s);
			if (orders_are_over(s))
				release = false;
		} else {
			order_all(s, UTRACE_OP_DETACH);
			over = read_all(s);
			info.threads = 1;
			ioctl(s->fd, UTRACE_IOC_INFO, &info);
			/* Perhaps it was never attached, so that it has no end. */
			if (!s->attached && !info.threads && !info.queued)
				over = orders_are_over(s);
		}
		if (atomic_load(&sh->faulty))
			return;
		if (!over)
			ut_sleep(1);
	} while (!over && ut_now() < end);
	if (!over)
		fault("a session does not end: %u threads, %u held, %u starved, %llu bytes%s",
		      info.threads, info.held, info.starved, info.queued,
		      release ? ", orders are left" : "");
	else
		check_orders(s);
}

static void on_alarm(int sig)
{
	(void)sig;
}

/* The whole life of a tracer.  @seed: of the round. */
static void tracer(__u64 seed)
{
	struct sigaction sa = { .sa_handler = on_alarm };
	struct itimerval it = {
		.it_interval.tv_usec = 20000, .it_value.tv_usec = 20000,
	};
	unsigned long i, n = ROUND_CALLS / 2 + seed % ROUND_CALLS;
	__u64 guest_seed = ~seed;
	pthread_t guest;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	tracer_pid = getpid();
	rng = seed;
	make_area();
	for (i = 0; i < SESSIONS; i++)
		sessions[i].fd = -1;
	for (i = 0; i < SESSIONS; i++)
		pthread_mutex_init(&busy[i], NULL);
	if (one_in(3) && ut_drop_privileges())
		fault("privileges cannot be dropped");
	/* Who sleeps in a call for ever is woken. */
	sigaction(SIGALRM, &sa, NULL);
	setitimer(ITIMER_REAL, &it, NULL);
	if (pthread_create(&guest, NULL, guest_thread, &guest_seed))
		fault("no second thread");
	n += atomic_load(&sh->calls);
	while (atomic_load(&sh->calls) < n && !atomic_load(&sh->faulty))
		one_action();
	atomic_store(&stop_guest, 1);
	pthread_join(guest, NULL);
	setitimer(ITIMER_REAL, &(struct itimerval){}, NULL);
	kill_children();
	for (i = 0; i < SESSIONS; i++) {
		struct session *s = &sessions[i];

		if (s->fd < 0 || atomic_load(&sh->faulty))
			continue;
		if (s->exact && below(8))
			drain(s);
		do_close(s);
	}
	_exit(0);
}

/* ---- from outside -------------------------------------------------------- */

static void show_file(const char *dir, const char *thread, const char *name)
{
	char path[512], buf[1024];
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "%s/%s/%s", dir, thread, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	n = fd < 0 ? 0 : read(fd, buf, sizeof(buf) - 1);
	buf[n > 0 ? n : 0] = '\0';
	ut_log("%s: %s", path, buf);
	close(fd);
}

/* What each thread of a process does. */
static void show_threads(pid_t pid)
{
	struct dirent *d;
	char path[64];
	DIR *dir;

	snprintf(path, sizeof(path), "/proc/%d/task", pid);
	dir = opendir(path);
	while (dir && (d = readdir(dir))) {
		if (d->d_name[0] == '.')
			continue;
		show_file(path, d->d_name, "stat");
		show_file(path, d->d_name, "syscall");
		show_file(path, d->d_name, "utrace");
		show_file(path, d->d_name, "stack");
		show_file(path, d->d_name, "status");
	}
	if (dir)
		closedir(dir);
}

static pid_t parent_of(pid_t pid)
{
	char path[64], buf[512], *p;
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	n = fd < 0 ? 0 : read(fd, buf, sizeof(buf) - 1);
	close(fd);
	buf[n > 0 ? n : 0] = '\0';
	p = strrchr(buf, ')');
	return p && strlen(p) > 4 ? atoi(p + 4) : 0;
}

/* What a process does, its children, and whom they may wait for. */
static void show_hang(pid_t pid)
{
	struct dirent *d;
	DIR *dir = opendir("/proc");
	unsigned int i;

	show_threads(pid);
	for (i = 0; i < nr_victims; i++)
		if (victims[i].pid > 0)
			show_threads(victims[i].pid);
	while (dir && (d = readdir(dir)))
		if (atoi(d->d_name) && parent_of(atoi(d->d_name)) == pid)
			show_threads(atoi(d->d_name));
	if (dir)
		closedir(dir);
}

/* Runs a tracer to its end.  @dies: it is killed in the middle. */
static void one_round(__u64 seed, bool dies)
{
	unsigned long calls = atomic_load(&sh->calls), seen = calls;
	unsigned long enough = calls + below(ROUND_CALLS);
	long end = ut_now() + 2 * UT_TIMEOUT;
	bool killed = false;
	int status = 0;
	pid_t pid, got;

	first_order = atomic_load(&sh->nr_orders);
	fflush(stdout);
	pid = fork();
	if (!pid)
		tracer(seed);
	while (!(got = waitpid(pid, &status, WNOHANG))) {
		calls = atomic_load(&sh->calls);
		if (calls != seen) {
			seen = calls;
			end = ut_now() + 2 * UT_TIMEOUT;
		}
		if (ut_now() > end) {
			show_hang(pid);
			fault("the tracer hangs in call %#x", atomic_load(&sh->at));
			kill(pid, SIGKILL);
			return;
		}
		if (dies && calls >= enough && !killed) {
			kill(pid, SIGKILL);
			killed = true;
		}
		ut_sleep(2);
	}
	if (got != pid || (!killed && (!WIFEXITED(status) || WEXITSTATUS(status))))
		fault("the tracer ends with status %#x in call %#x", status,
		      atomic_load(&sh->at));
}

static bool is_traced(pid_t pid)
{
	char path[64], buf[512];
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/utrace", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	n = read(fd, buf, sizeof(buf));
	close(fd);
	return n > 0;
}

static bool is_victim(pid_t pid)
{
	for (unsigned int i = 0; i < nr_victims; i++)
		if (victims[i].pid == pid)
			return true;
	return false;
}

/* Kills what a tracer has left.  Returns whether there was something. */
static bool kill_orphans(void)
{
	struct dirent *d;
	DIR *dir = opendir("/proc");
	bool found = false;
	pid_t pid;

	while (dir && (d = readdir(dir))) {
		pid = atoi(d->d_name);
		if (!pid || parent_of(pid) != getpid() || is_victim(pid) ||
		    waitpid(pid, NULL, WNOHANG) == pid)
			continue;
		/* Victims lead sessions of their own, and may leave children, too. */
		if (getsid(pid) == getsid(0)) {
			kill(pid, SIGKILL);
			found = true;
		}
	}
	if (dir)
		closedir(dir);
	return found;
}

/*
 * The children of a tracer that was killed have its sessions.  One that is held at its exit
 * keeps itself held, as the header says, so one SIGKILL is not enough for it.
 */
static void end_orphans(void)
{
	if (!ut_until(!kill_orphans(), UT_TIMEOUT))
		fault("children of a tracer survive SIGKILL");
}

static const char *self, *self32;
static struct fv_shared *counts;
static int counts_fd;

static void start_victim(unsigned int i)
{
	struct victim *v = &victims[i];

	v->pid = fv_start(v->program, v->kind, i, counts_fd);
	if (v->pid < 0)
		fault("no process for a victim");
	v->count = atomic_load(&counts->count[i]);
}

static void end_victim(unsigned int i)
{
	int status;

	kill(-victims[i].pid, SIGKILL);
	kill(victims[i].pid, SIGKILL);
	if (!ut_waitpid(victims[i].pid, &status, 0, UT_TIMEOUT))
		fault("victim %u of kind %u survives SIGKILL", i, victims[i].kind);
}

static void add_victim(const char *program, unsigned int kind, bool guarded)
{
	victims[nr_victims] = (struct victim){
		.program = program, .kind = kind, .guarded = guarded,
	};
	nr_guarded += guarded;
	start_victim(nr_victims++);
}

/* Guarded ones first. */
static void start_victims(void)
{
	unsigned int i;
	int guarded;

	nr_victims = 0;
	nr_guarded = 0;
	for (guarded = 1; guarded >= 0; guarded--) {
		for (i = 0; i < ARRAY_SIZE(fv_kinds); i++)
			add_victim(self, i, guarded);
		if (self32) {
			add_victim(self32, 0, guarded);
			add_victim(self32, 8, guarded);
		}
	}
}

/* No session is left, and the victims run. */
static void check_victims(bool renew)
{
	unsigned int i;

	for (i = 0; i < nr_victims; i++) {
		struct victim *v = &victims[i];
		int status;
		pid_t got = waitpid(v->pid, &status, WNOHANG);

		if (got == v->pid && v->guarded) {
			fault("victim %u of kind %u has died: %#x", i, v->kind, status);
			v->pid = 0;
			return;
		}
		if (got == v->pid) {
			start_victim(i);
			continue;
		}
		if (!ut_until(!is_traced(v->pid), UT_TIMEOUT)) {
			show_hang(v->pid);
			fault("victim %u of kind %u is still traced", i, v->kind);
			return;
		}
		if (!v->guarded && renew) {
			end_victim(i);
			start_victim(i);
			continue;
		}
		if (v->guarded &&
		    !ut_until(atomic_load(&counts->count[i]) != v->count, UT_TIMEOUT)) {
			show_hang(v->pid);
			fault("victim %u of kind %u does not run", i, v->kind);
			return;
		}
		v->count = atomic_load(&counts->count[i]);
	}
}

static const char *program_path(const char *suffix)
{
	static char path[2][512];
	char *p = path[*suffix != '\0'];
	ssize_t n = readlink(UT_SELF, p, sizeof(path[0]) - 8);

	if (n <= 0)
		return NULL;
	strcpy(p + n, suffix);
	return access(p, X_OK) ? NULL : p;
}

/* Returns whether all went well. */
static bool fuzz(unsigned long calls, __u64 seed)
{
	struct utrace_info info = { .size = sizeof(info) };
	unsigned long round = 0;
	int fd;

	sh = mmap(NULL, sizeof(*sh), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
		  -1, 0);
	counts_fd = syscall(SYS_memfd_create, "counts", 0);
	if (sh == MAP_FAILED || counts_fd < 0 || ftruncate(counts_fd, sizeof(*counts)))
		return false;
	counts = mmap(NULL, sizeof(*counts), PROT_READ | PROT_WRITE, MAP_SHARED,
		      counts_fd, 0);
	fd = open(UT_DEVICE, O_RDWR | O_CLOEXEC);
	if (counts == MAP_FAILED || fd < 0 || ioctl(fd, UTRACE_IOC_INFO, &info))
		return false;
	close(fd);
	first_info = info;
	self = program_path("");
	self32 = sizeof(long) == 8 ? program_path("32") : NULL;
	if (!self)
		return false;
	ut_log("seed %llu, %lu calls, %s", seed, calls,
	       self32 ? "also 32-bit programs" : "no 32-bit programs");
	rng = seed;
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	start_victims();
	while (atomic_load(&sh->calls) < calls && !atomic_load(&sh->faulty)) {
		one_round(rnd(), one_in(5));
		end_orphans();
		if (!atomic_load(&sh->faulty))
			check_victims(++round % 16 == 0);
		if (round % 64 == 0)
			ut_log("%lu calls", atomic_load(&sh->calls));
	}
	ut_log("%lu calls in %lu rounds, %lu succeeded; %lu records, %lu orders ended",
	       atomic_load(&sh->calls), round, atomic_load(&sh->good),
	       atomic_load(&sh->records), atomic_load(&sh->ended));
	if (atomic_load(&sh->faulty))
		ut_log("FAULT with seed %llu in round %lu: %s", seed, round, sh->fault);
	for (unsigned int i = 0; i < nr_victims; i++)
		if (victims[i].pid > 0)
			end_victim(i);
	while (waitpid(-1, NULL, WNOHANG | __WALL) > 0)
		;
	/* A run that reaches nothing proves nothing. */
	if (!atomic_load(&sh->faulty) && calls >= 1000 &&
	    (atomic_load(&sh->good) < calls / 4 || !atomic_load(&sh->ended) ||
	     atomic_load(&sh->records) < calls / 10)) {
		ut_log("too little has succeeded");
		return false;
	}
	return !atomic_load(&sh->faulty);
}

/* ---- the test ------------------------------------------------------------ */

FIXTURE(fuzz)
{
};

FIXTURE_SETUP(fuzz)
{
}

FIXTURE_TEARDOWN(fuzz)
{
}

TEST_F_TIMEOUT(fuzz, fixed_seed, 900)
{
	EXPECT_TRUE(fuzz(SHORT_CALLS, 1));
}

/* Fresh ones are for ci/abi-fuzz: here a failure must come again. */
TEST_F_TIMEOUT(fuzz, other_seed, 900)
{
	EXPECT_TRUE(fuzz(SHORT_CALLS, 2));
}

/* utrace_fuzz -n CALLS -s SEED, in one run without the harness. */
static int long_run(int argc, char **argv)
{
	unsigned long calls = 1000000;
	__u64 seed = time(NULL);
	bool good;
	int opt;

	while ((opt = getopt(argc, argv, "n:s:")) != -1) {
		if (opt == 'n') {
			calls = strtoul(optarg, NULL, 0);
		} else if (opt == 's') {
			seed = strtoull(optarg, NULL, 0);
		} else {
			fprintf(stderr, "usage: utrace_fuzz [-n CALLS] [-s SEED]\n");
			return 2;
		}
	}
	printf("TAP version 13\n1..1\n");
	good = fuzz(calls, seed);
	printf("%sok 1 fuzz\n", good ? "" : "not ");
	return !good;
}

int main(int argc, char **argv)
{
	if (argc == 5 && !strcmp(argv[1], "role-victim"))
		return fv_main(argv);
	if (argc > 1 && (!strcmp(argv[1], "-n") || !strcmp(argv[1], "-s")))
		return long_run(argc, argv);
	return test_harness_run(argc, argv);
}
