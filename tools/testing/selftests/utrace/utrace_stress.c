// SPDX-License-Identifier: GPL-2.0-only
/*
 * Everything at once: processes that make threads, fork, execute and exit,
 * and tracers that attach, hold, release, interrupt, detach and close at
 * random, or are killed.  In the end every process must have come through.
 *
 * What each tracer tries follows from its seed, which is printed.  How that
 * falls together with the others does not.
 */
#include "utrace_testlib.h"

#define VICTIMS		4
#define TRACERS		3
#define SECONDS		4	/* at least */
#define KILL_EVERY	400	/* ms: one tracer dies */

FIXTURE(stress)
{
	struct ut_child victim[VICTIMS];
	struct ut_child tracer[TRACERS];
	unsigned int seed;
};

FIXTURE_SETUP(stress)
{
	self->seed = 20091216;
}

FIXTURE_TEARDOWN(stress)
{
	int i;

	for (i = 0; i < TRACERS; i++)
		ut_end(&self->tracer[i]);
	for (i = 0; i < VICTIMS; i++)
		ut_end(&self->victim[i]);
}

/* ---- the victims ------------------------------------------------------- */

enum { ROUNDS, THREADS, FORKS, EXECS, ERRORS };

static void *victim_thread(void *arg)
{
	long i;

	for (i = 0; i < 5; i++) {
		ut_mark(i);
		sched_yield();
	}
	return arg;
}

/* Nobody but the tracers touches a victim: whatever fails is their doing. */
static void victim_error(struct ut_child *c, const char *what)
{
	ut_log("victim %d: %s: %s", getpid(), what, strerror(errno));
	atomic_fetch_add(&c->sh->value[ERRORS], 1);
}

static void victim_wait(struct ut_child *c, pid_t pid, int expected)
{
	int status;
	pid_t r;

	do {
		r = waitpid(pid, &status, 0);
	} while (r < 0 && errno == EINTR);
	if (r != pid) {
		victim_error(c, "waitpid");
	} else if (status != expected << 8) {
		errno = 0;
		ut_log("status of a child: %#x instead of %#x", status,
		       expected << 8);
		victim_error(c, "child");
	}
}

static int victim(struct ut_child *c)
{
	pthread_t thread[3];
	void *ret;
	pid_t pid;
	long i;

	while (!atomic_load(&c->sh->stop)) {
		for (i = 0; i < 3; i++) {
			errno = pthread_create(&thread[i], NULL, victim_thread,
					       (void *)(i + 1));
			if (errno) {
				victim_error(c, "pthread_create");
				return 1;
			}
		}
		pid = fork();
		if (!pid) {
			ut_mark(7);
			_exit(23);
		}
		if (pid < 0)
			victim_error(c, "fork");
		else
			victim_wait(c, pid, 23);
		atomic_fetch_add(&c->sh->value[FORKS], 1);
		for (i = 0; i < 3; i++) {
			errno = pthread_join(thread[i], &ret);
			if (errno || (long)ret != i + 1)
				victim_error(c, "pthread_join");
			atomic_fetch_add(&c->sh->value[THREADS], 1);
		}
		/* An exec, by a thread that is not the leader or by one. */
		pid = fork();
		if (!pid) {
			execl(UT_SELF, "self", "role-exec", "3", NULL);
			_exit(1);
		}
		if (pid < 0)
			victim_error(c, "fork");
		else
			victim_wait(c, pid, 42);
		atomic_fetch_add(&c->sh->value[EXECS], 1);
		atomic_fetch_add(&c->sh->value[ROUNDS], 1);
	}
	return atomic_load(&c->sh->value[ERRORS]) ? 1 : 0;
}

static void *exec_thread(void *arg)
{
	execl(UT_SELF, "self", "role-exec", arg, NULL);
	_exit(1);
}

/* Executes itself some more times, the last one ends with 42. */
static int run_role(int argc, char **argv)
{
	pthread_t thread;
	char n[16];
	int left;

	if (argc != 3 || strcmp(argv[1], "role-exec"))
		return 1;
	left = atoi(argv[2]);
	if (left <= 0)
		return 42;
	snprintf(n, sizeof(n), "%d", left - 1);
	if (left % 2)
		exec_thread(n);
	if (pthread_create(&thread, NULL, exec_thread, n))
		return 1;
	while (1)
		pause();
	return 1;
}

/* ---- the tracers ------------------------------------------------------- */

enum {
	SESSIONS, ATTACHES, REFUSED, HOLDS, RELEASES, INTERRUPTS, DETACHES,
	RECORDS, SEED, FAILURES, TRACER_VALUES,
};

static pid_t victims[VICTIMS];

static unsigned int rnd(unsigned int *state)
{
	/* xorshift: the same on every machine */
	*state ^= *state << 13;
	*state ^= *state >> 17;
	*state ^= *state << 5;
	return *state;
}

static void tracer_error(struct ut_child *c, const char *what, int err)
{
	ut_log("tracer %d: %s: %d", getpid(), what, err);
	atomic_fetch_add(&c->sh->value[FAILURES], 1);
}

/*
 * Threads come and go, and are held or not.  So an order to a thread that has gone, or
 * to hold one that is held, is no mistake, and neither is one more order than the full
 * ring has room for.
 */
static void order(struct ut_child *c, struct ut_session *u, __u64 thread,
		  int action, int flags, int count)
{
	int ret = ut_op_flags(u, thread, action, flags);

	if (ret && ret != -ESRCH && ret != -EINPROGRESS && ret != -EALREADY &&
	    ret != -EAGAIN)
		tracer_error(c, "order", ret);
	atomic_fetch_add(&c->sh->value[count], 1);
}

static void one_session(struct ut_child *c, unsigned int *seed)
{
	static struct ut_session u;
	struct utrace_config conf = {};
	struct utrace_record *r;
	struct utrace_info info;
	__u64 thread = 0;
	int i, ret, steps;

	ret = ut_open(&u);
	if (!ret)
		ret = ut_info(&u, &info);
	if (ret) {
		tracer_error(c, "open", ret);
		return;
	}
	atomic_fetch_add(&c->sh->value[SESSIONS], 1);
	/* The ring gets its size at the first attach.  Half of the rings are mapped. */
	conf.queue_bytes = rnd(seed) % 2 ? ut_page() : 65536;
	u.maps = rnd(seed) % 2;
	ret = ut_config_full(&u, &conf);
	if (ret)
		tracer_error(c, "config", ret);
	for (i = 0; i < 2; i++) {
		ret = ut_attach(&u, victims[rnd(seed) % VICTIMS],
				rnd(seed) % 2 ? UTRACE_ATTACH_CHILDREN : 0,
				NULL);
		if (!ret)
			atomic_fetch_add(&c->sh->value[ATTACHES], 1);
		else if (ret == -EEXIST)
			atomic_fetch_add(&c->sh->value[REFUSED], 1);
		else
			tracer_error(c, "attach", ret);
	}

	steps = 5 + rnd(seed) % 30;
	for (i = 0; i < steps && !atomic_load(&c->sh->stop); i++) {
		switch (rnd(seed) % 8) {
		case 0:
			conf.record = rnd(seed) & info.record_events;
			conf.hold = rnd(seed) & info.hold_events;
			conf.flags = rnd(seed) % 2 ? UTRACE_CONFIG_DROP : 0;
			conf.wakeup_bytes = rnd(seed) % 2 ? 0 : rnd(seed) % 65536;
			conf.string_max = rnd(seed) % 64;
			conf.buffer_max = rnd(seed) % 64;
			ret = ut_config_full(&u, &conf);
			if (ret)
				tracer_error(c, "config", ret);
			break;
		case 1:
			order(c, &u, rnd(seed) % 2 ? thread : 0,
			      UTRACE_OP_HOLD, 0, HOLDS);
			break;
		case 2:
		case 3:
			order(c, &u, 0, UTRACE_OP_RELEASE, 0, RELEASES);
			break;
		case 4:
			order(c, &u, rnd(seed) % 2 ? thread : 0,
			      UTRACE_OP_HOLD, UTRACE_ORDER_INTERRUPT, INTERRUPTS);
			break;
		case 5:
			order(c, &u, thread, rnd(seed) % 4 ?
			      UTRACE_OP_RELEASE : UTRACE_OP_DETACH, 0, DETACHES);
			break;
		default:
			while ((r = ut_next(&u, rnd(seed) % 5))) {
				thread = r->thread;
				atomic_fetch_add(&c->sh->value[RECORDS], 1);
				if (rnd(seed) % 2)
					break;
			}
			break;
		}
	}
	if (u.bad)
		tracer_error(c, "stream", u.seq);
	ut_close(&u);
}

static int tracer(struct ut_child *c)
{
	unsigned int seed = atomic_load(&c->sh->value[SEED]);

	while (!atomic_load(&c->sh->stop))
		one_session(c, &seed);
	return atomic_load(&c->sh->value[FAILURES]) ? 1 : 0;
}

static int start_tracer(struct ut_child *c, unsigned int seed)
{
	int ret = ut_spawn(c, tracer);

	if (ret)
		return ret;
	atomic_store(&c->sh->value[SEED], seed);
	ut_go(c);
	return 0;
}

/* However slow the machine is: has everybody done something by now? */
static bool enough_done(struct ut_child *victim, struct ut_child *tracer)
{
	long attaches = 0, records = 0;
	int i;

	for (i = 0; i < VICTIMS; i++) {
		if (!atomic_load(&victim[i].sh->value[ROUNDS]))
			return false;
	}
	for (i = 0; i < TRACERS; i++) {
		attaches += atomic_load(&tracer[i].sh->value[ATTACHES]);
		records += atomic_load(&tracer[i].sh->value[RECORDS]);
	}
	return attaches && records;
}

TEST_F_TIMEOUT(stress, everybody_comes_through, 400)
{
	static const char * const names[] = {
		"sessions", "attaches", "refused", "holds", "releases",
		"interrupts", "detaches", "records",
	};
	long sum[TRACER_VALUES] = {}, failures = 0, start, next_kill;
	unsigned int kills = 0, i, j;
	struct ut_child *c;

	for (i = 0; i < VICTIMS; i++) {
		ASSERT_EQ(0, ut_spawn(&self->victim[i], victim));
		victims[i] = self->victim[i].pid;
		ut_go(&self->victim[i]);
	}
	for (i = 0; i < TRACERS; i++) {
		ASSERT_EQ(0, start_tracer(&self->tracer[i], self->seed + i));
		ut_log("tracer %u: seed %u", i, self->seed + i);
	}

	start = ut_now();
	next_kill = start + KILL_EVERY;
	while (ut_now() < start + SECONDS * 1000 ||
	       ((!kills || !enough_done(self->victim, self->tracer)) &&
		ut_now() < start + UT_TIMEOUT)) {
		ut_sleep(20);
		if (ut_now() < next_kill)
			continue;
		/* Whatever it holds must run on; then another takes over. */
		c = &self->tracer[kills % TRACERS];
		ASSERT_EQ(0, kill(c->pid, SIGKILL));
		ASSERT_EQ(SIGKILL, ut_reap(c));
		kills++;
		close(c->go);
		close(c->in[1]);
		close(c->out[0]);
		ASSERT_EQ(0, start_tracer(c, self->seed + TRACERS + kills));
		ut_log("tracer %u: seed %u", (kills - 1) % TRACERS,
		       self->seed + TRACERS + kills);
		next_kill = ut_now() + KILL_EVERY;
	}

	for (i = 0; i < TRACERS; i++)
		atomic_store(&self->tracer[i].sh->stop, 1);
	for (i = 0; i < TRACERS; i++) {
		c = &self->tracer[i];
		EXPECT_EQ(0, ut_reap(c));
		for (j = 0; j < TRACER_VALUES; j++)
			sum[j] += atomic_load(&c->sh->value[j]);
	}
	for (i = 0; i < VICTIMS; i++)
		atomic_store(&self->victim[i].sh->stop, 1);
	for (i = 0; i < VICTIMS; i++) {
		c = &self->victim[i];
		EXPECT_EQ(0, ut_reap(c));
		ut_log("victim %u: %ld rounds, %ld threads, %ld forks, %ld execs, %ld errors",
		       i, atomic_load(&c->sh->value[ROUNDS]),
		       atomic_load(&c->sh->value[THREADS]),
		       atomic_load(&c->sh->value[FORKS]),
		       atomic_load(&c->sh->value[EXECS]),
		       atomic_load(&c->sh->value[ERRORS]));
		failures += atomic_load(&c->sh->value[ERRORS]);
		EXPECT_LT(0, atomic_load(&c->sh->value[ROUNDS]));
	}
	for (i = 0; i < ARRAY_SIZE(names); i++)
		ut_log("tracers: %ld %s", sum[i], names[i]);
	ut_log("tracers: %u killed", kills);
	EXPECT_EQ(0, failures);
	EXPECT_EQ(0, sum[FAILURES]);
	EXPECT_LT(0, sum[ATTACHES]);
	EXPECT_LT(0, sum[RECORDS]);
	EXPECT_LT(0, kills);
}

UT_MAIN_WITH_ROLES(run_role)
