// SPDX-License-Identifier: GPL-2.0-only
/*
 * Signals: what is recorded of them, what a session makes of them (UTRACE_OP_SIGNAL), and
 * those that it sends (UTRACE_OP_SEND).
 */
#include "utrace_testlib.h"

#include <sys/resource.h>
#include <sys/signalfd.h>

#define SIGNAL_HANDLER	UTRACE_EV_BIT(UTRACE_EV_SIGNAL_HANDLER)
#define SIGNAL_IGN	UTRACE_EV_BIT(UTRACE_EV_SIGNAL_IGN)
#define SIGNAL_STOP	UTRACE_EV_BIT(UTRACE_EV_SIGNAL_STOP)
#define SIGNAL_TERM	UTRACE_EV_BIT(UTRACE_EV_SIGNAL_TERM)
#define SIGNAL_CORE	UTRACE_EV_BIT(UTRACE_EV_SIGNAL_CORE)
#define SIGNALS		(SIGNAL_HANDLER | SIGNAL_IGN | SIGNAL_STOP | SIGNAL_TERM | SIGNAL_CORE)
#define FAULT		UTRACE_EV_BIT(UTRACE_EV_FAULT)
#define EV(name)	UTRACE_EV_BIT(UTRACE_EV_##name)

FIXTURE(signal)
{
	struct ut_session u;
	struct ut_session v;
	struct ut_child c;
	struct utrace_attach a;
};

FIXTURE_SETUP(signal)
{
	self->v.fd = -1;
	ASSERT_EQ(0, ut_open(&self->u));
	if (!ut_knows_action(&self->u, UTRACE_OP_SIGNAL))
		SKIP(return, "the kernel has no UTRACE_OP_SIGNAL");
}

FIXTURE_TEARDOWN(signal)
{
	ut_close(&self->u);
	ut_close(&self->v);
	ut_end(&self->c);
}

/* ---- what the child does ------------------------------------------------- */

static struct ut_shared *child_sh;

/* value[signo]: times that the handler ran; value[40] and on: what it was given. */
static void note(int signo, siginfo_t *info, void *context)
{
	(void)context;
	atomic_fetch_add(&child_sh->value[signo < 32 ? signo : 0], 1);
	atomic_store(&child_sh->value[40], info->si_signo);
	atomic_store(&child_sh->value[41], info->si_code);
	atomic_store(&child_sh->value[42], info->si_pid);
	atomic_store(&child_sh->value[43], info->si_uid);
	atomic_store(&child_sh->value[44], (long)info->si_value.sival_ptr);
}

static void handle(struct ut_child *c, int signo)
{
	struct sigaction sa = { .sa_sigaction = note, .sa_flags = SA_SIGINFO };

	child_sh = c->sh;
	sigaction(signo, &sa, NULL);
}

/* One signal after the other, as the test says. */
static int fn_raise(struct ut_child *c)
{
	char signo;

	handle(c, SIGUSR1);
	signal(SIGUSR2, SIG_IGN);
	atomic_store(&c->sh->stage, 1);
	while (read(c->in[0], &signo, 1) == 1) {
		kill(getpid(), signo);
		atomic_fetch_add(&c->sh->count, 1);
	}
	return 7;
}

static int fn_count(struct ut_child *c)
{
	handle(c, SIGUSR1);
	handle(c, SIGUSR2);
	handle(c, SIGRTMIN + 1);
	atomic_store(&c->sh->stage, 1);
	while (!atomic_load(&c->sh->stop))
		atomic_fetch_add(&c->sh->count, 1);
	return 7;
}

/* Reads what is not there; again, if it gets that far. */
static int fn_fault(struct ut_child *c)
{
	/* An address that the compiler does not know. */
	volatile int *nowhere = (void *)(atomic_load(&c->sh->count) + 16);

	setrlimit(RLIMIT_CORE, &(struct rlimit){ 0, 0 });
	atomic_store(&c->sh->stage, 1);
	atomic_store(&c->sh->value[1], *nowhere);
	return 7;
}

/* Starts @fn under a session that records and holds so, and waits until it is ready. */
static int start(struct ut_session *u, struct ut_child *c, struct utrace_attach *a,
		 ut_child_fn fn, struct utrace_config conf)
{
	int ret = ut_spawn(c, fn) ?: ut_config_full(u, &conf) ?: ut_attach(u, c->pid, 0, a);

	if (ret)
		return ret;
	ut_go(c);
	return ut_until(atomic_load(&c->sh->stage) == 1, UT_TIMEOUT) ? 0 : -ETIMEDOUT;
}

static void raise_in(struct ut_child *c, char signo)
{
	if (write(c->in[1], &signo, 1) != 1)
		ut_log("the child cannot be told");
}

/* What becomes of the signal in whose record the thread is held.  Then it goes on. */
static int answer(struct ut_session *u, const struct utrace_record *r, unsigned int what,
		  const struct utrace_siginfo *info)
{
	struct {
		struct utrace_order_signal signal;
		struct utrace_order release;
	} o = {
		.signal = {
			.order = UT_ORDER(utrace_order_signal, UTRACE_OP_SIGNAL, r->thread,
					  .stop = r->seq),
			.what = what,
		},
		.release = UT_ORDER(utrace_order, UTRACE_OP_RELEASE, r->thread,
				    .stop = r->seq, .flags = UTRACE_ORDER_LINK),
	};
	int ret;

	if (info)
		o.signal.info = *info;
	ret = ut_orders(u, &o, sizeof(o));
	return ret ?: o.signal.order.result ?: o.release.result;
}

/* Only the order: the thread stays held. */
static int say(struct ut_session *u, const struct utrace_record *r, unsigned int what)
{
	struct utrace_order_signal o = {
		.order = UT_ORDER(utrace_order_signal, UTRACE_OP_SIGNAL, r->thread,
				  .stop = r->seq),
		.what = what,
	};
	int ret = ut_orders(u, &o, sizeof(o));

	return ret ?: o.order.result;
}

static int send_to(struct ut_session *u, __u64 thread, unsigned int flags,
		   struct utrace_siginfo info)
{
	struct utrace_order_send o = {
		.order = UT_ORDER(utrace_order_send, UTRACE_OP_SEND, thread),
		.flags = flags,
		.info = info,
	};
	int ret = ut_orders(u, &o, sizeof(o));

	return ret ?: o.order.result;
}

static long times(struct ut_child *c, int signo)
{
	return atomic_load(&c->sh->value[signo]);
}

/* ---- records ------------------------------------------------------------- */

TEST_F(signal, each_fate_has_its_event)
{
	static const struct { int signo; unsigned int event; } sent[] = {
		{ SIGUSR1, UTRACE_EV_SIGNAL_HANDLER },
		{ SIGUSR2, UTRACE_EV_SIGNAL_IGN },
		{ SIGWINCH, UTRACE_EV_SIGNAL_IGN },
		{ SIGTERM, UTRACE_EV_SIGNAL_TERM },
	};
	struct utrace_rec_signal *s;
	unsigned int i;
	int status;

	ASSERT_EQ(0, start(&self->u, &self->c, &self->a, fn_raise,
			   (struct utrace_config){ .record = SIGNALS }));
	for (i = 0; i < sizeof(sent) / sizeof(sent[0]); i++) {
		raise_in(&self->c, sent[i].signo);
		s = ut_find(&self->u, 0, sent[i].event);
		ASSERT_NE(NULL, s);
		EXPECT_EQ(0, s->head.flags);
		EXPECT_EQ(self->c.pid, s->head.tid);
		EXPECT_EQ(sent[i].signo, s->signal);
		EXPECT_EQ(sent[i].event, s->fate);
		EXPECT_EQ(0, s->breakpoint);
		EXPECT_EQ(sent[i].signo, s->info.signo);
		EXPECT_EQ(SI_USER, s->info.code);
		EXPECT_EQ(self->c.pid, s->info.pid);
		EXPECT_EQ(getuid(), s->info.uid);
	}
	status = ut_reap(&self->c);
	EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM);
	EXPECT_EQ(1, times(&self->c, SIGUSR1));
}

/* The layout is that of signalfd(2). */
TEST_F(signal, siginfo_is_that_of_signalfd)
{
	EXPECT_EQ(sizeof(struct signalfd_siginfo), sizeof(struct utrace_siginfo));
#define SAME(a, b) EXPECT_EQ(offsetof(struct signalfd_siginfo, ssi_##a),	\
			     offsetof(struct utrace_siginfo, b))
	SAME(signo, signo);
	SAME(errno, err);
	SAME(code, code);
	SAME(pid, pid);
	SAME(uid, uid);
	SAME(fd, fd);
	SAME(tid, tid);
	SAME(band, band);
	SAME(overrun, overrun);
	SAME(trapno, trapno);
	SAME(status, status);
	SAME(int, value_int);
	SAME(ptr, value);
	SAME(utime, utime);
	SAME(stime, stime);
	SAME(addr, addr);
	SAME(addr_lsb, addr_lsb);
#undef SAME
}

TEST_F(signal, value_of_a_queued_signal)
{
	union sigval value = { .sival_ptr = (void *)0x12345678 };
	struct utrace_rec_signal *s;

	ASSERT_EQ(0, start(&self->u, &self->c, &self->a, fn_count,
			   (struct utrace_config){ .record = SIGNALS }));
	ASSERT_EQ(0, sigqueue(self->c.pid, SIGUSR2, value));
	s = ut_find(&self->u, 0, UTRACE_EV_SIGNAL_HANDLER);
	ASSERT_NE(NULL, s);
	EXPECT_EQ(SIGUSR2, s->signal);
	EXPECT_EQ(SI_QUEUE, s->info.code);
	EXPECT_EQ(getpid(), s->info.pid);
	EXPECT_EQ(0x12345678, s->info.value);
	EXPECT_EQ(value.sival_int, s->info.value_int);
	EXPECT_EQ(7 << 8, ut_stop(&self->c));
}

TEST_F(signal, end_of_a_child)
{
	struct utrace_rec_signal *s;
	int status;
	pid_t pid;

	/* The test itself is the parent, and traces itself. */
	struct utrace_config conf = { .record = SIGNAL_IGN };

	ASSERT_EQ(0, ut_config_full(&self->u, &conf));
	self->a.fd = -1;
	ASSERT_EQ(0, ut_attach_full(&self->u, &self->a));
	pid = fork();
	if (!pid)
		_exit(3);
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	s = ut_find(&self->u, 0, UTRACE_EV_SIGNAL_IGN);
	ASSERT_NE(NULL, s);
	EXPECT_EQ(SIGCHLD, s->signal);
	EXPECT_EQ(CLD_EXITED, s->info.code);
	EXPECT_EQ(pid, s->info.pid);
	EXPECT_EQ(3, s->info.status);
}

TEST_F(signal, quiet_and_passed_signals)
{
	struct utrace_config conf = {
		.record = SIGNALS, .hold = SIGNALS,
		.quiet_signals = 1ull << (SIGUSR2 - 1),
		.passed_signals = 1ull << (SIGUSR1 - 1),
	};
	struct utrace_rec_signal *s;

	ASSERT_EQ(0, start(&self->u, &self->c, &self->a, fn_raise, conf));
	raise_in(&self->c, SIGUSR2);
	raise_in(&self->c, SIGUSR1);
	raise_in(&self->c, SIGTERM);
	/* SIGUSR2 has no record, and SIGUSR1 one without a hold. */
	ASSERT_NE(NULL, ut_find(&self->u, 0, UTRACE_REC_ATTACHED));
	s = (void *)ut_next(&self->u, UT_TIMEOUT);
	ASSERT_NE(NULL, s);
	EXPECT_EQ(SIGUSR1, s->signal);
	EXPECT_EQ(0, s->head.flags);
	s = (void *)ut_next(&self->u, UT_TIMEOUT);
	ASSERT_NE(NULL, s);
	EXPECT_EQ(SIGTERM, s->signal);
	EXPECT_EQ(UTRACE_RECF_HELD, s->head.flags);
	EXPECT_EQ(1, times(&self->c, SIGUSR1));
	EXPECT_EQ(0, answer(&self->u, &s->head, UTRACE_SIGNAL_DROP, NULL));
	EXPECT_TRUE(ut_until(atomic_load(&self->c.sh->count) == 3, UT_TIMEOUT));
}

/* A program of the first version, whose configuration has no masks of signals. */
TEST_F(signal, old_configuration)
{
	struct utrace_config conf = {
		.size = UTRACE_CONFIG_SIZE_VER0, .record = SIGNALS,
		.quiet_signals = ~0ull, .passed_signals = ~0ull,
	};

	ASSERT_EQ(0, ut_spawn(&self->c, fn_raise));
	ASSERT_EQ(0, ut_ioctl(self->u.fd, UTRACE_IOC_CONFIG, &conf));
	EXPECT_EQ(UTRACE_CONFIG_SIZE_VER0, conf.size);
	ASSERT_EQ(0, ut_attach(&self->u, self->c.pid, 0, &self->a));
	ut_go(&self->c);
	raise_in(&self->c, SIGUSR1);
	EXPECT_NE(NULL, ut_find(&self->u, 0, UTRACE_EV_SIGNAL_HANDLER));
}

/* ---- answers ------------------------------------------------------------- */

TEST_F(signal, dropped)
{
	struct utrace_rec_signal *s;
	int i;

	ASSERT_EQ(0, start(&self->u, &self->c, &self->a, fn_raise,
			   (struct utrace_config){ .hold = SIGNAL_TERM | SIGNAL_HANDLER }));
	for (i = 1; i <= 2; i++) {
		raise_in(&self->c, i == 1 ? SIGTERM : SIGUSR1);
		s = ut_find(&self->u, 0, i == 1 ? UTRACE_EV_SIGNAL_TERM :
						  UTRACE_EV_SIGNAL_HANDLER);
		ASSERT_NE(NULL, s);
		EXPECT_EQ(UTRACE_RECF_HELD, s->head.flags);
		EXPECT_EQ(0, answer(&self->u, &s->head, UTRACE_SIGNAL_DROP, NULL));
		EXPECT_TRUE(ut_until(atomic_load(&self->c.sh->count) == (unsigned long)i,
				     UT_TIMEOUT));
	}
	EXPECT_EQ(0, times(&self->c, SIGUSR1));
	close(self->c.in[1]);
	EXPECT_EQ(7 << 8, ut_reap(&self->c));
}

TEST_F(signal, delivered_without_an_answer)
{
	struct utrace_rec_signal *s;

	ASSERT_EQ(0, start(&self->u, &self->c, &self->a, fn_raise,
			   (struct utrace_config){ .hold = SIGNAL_HANDLER }));
	raise_in(&self->c, SIGUSR1);
	s = ut_find(&self->u, 0, UTRACE_EV_SIGNAL_HANDLER);
	ASSERT_NE(NULL, s);
	ut_sleep(UT_QUIET);
	EXPECT_EQ(0, times(&self->c, SIGUSR1));
	EXPECT_EQ(0, ut_op(&self->u, s->head.thread, UTRACE_OP_RELEASE));
	EXPECT_TRUE(ut_until(times(&self->c, SIGUSR1) == 1, UT_TIMEOUT));
}

/* The last order counts. */
TEST_F(signal, delivered_after_all)
{
	struct utrace_rec_signal *s;

	ASSERT_EQ(0, start(&self->u, &self->c, &self->a, fn_raise,
			   (struct utrace_config){ .hold = SIGNAL_HANDLER }));
	raise_in(&self->c, SIGUSR1);
	s = ut_find(&self->u, 0, UTRACE_EV_SIGNAL_HANDLER);
	ASSERT_NE(NULL, s);
	EXPECT_EQ(0, say(&self->u, &s->head, UTRACE_SIGNAL_DROP));
	EXPECT_EQ(0, say(&self->u, &s->head, UTRACE_SIGNAL_REQUEUE));
	EXPECT_EQ(0, answer(&self->u, &s->head, UTRACE_SIGNAL_DELIVER, NULL));
	EXPECT_TRUE(ut_until(times(&self->c, SIGUSR1) == 1, UT_TIMEOUT));
}

TEST_F(signal, replaced)
{
	const struct utrace_siginfo other = {
		.signo = SIGUSR1, .code = SI_QUEUE, .pid = 1234, .uid = 5678,
		.value = 0x11223344,
	};
	struct utrace_rec_signal *s;

	ASSERT_EQ(0, start(&self->u, &self->c, &self->a, fn_raise,
			   (struct utrace_config){ .hold = SIGNAL_TERM }));
	raise_in(&self->c, SIGTERM);
	s = ut_find(&self->u, 0, UTRACE_EV_SIGNAL_TERM);
	ASSERT_NE(NULL, s);
	EXPECT_EQ(0, answer(&self->u, &s->head, UTRACE_SIGNAL_REPLACE, &other));
	ASSERT_TRUE(ut_until(times(&self->c, SIGUSR1) == 1, UT_TIMEOUT));
	EXPECT_EQ(SIGUSR1, atomic_load(&self->c.sh->value[40]));
	EXPECT_EQ(SI_QUEUE, atomic_load(&self->c.sh->value[41]));
	EXPECT_EQ(1234, atomic_load(&self->c.sh->value[42]));
	EXPECT_EQ(5678, atomic_load(&self->c.sh->value[43]));
	EXPECT_EQ(0x11223344, atomic_load(&self->c.sh->value[44]));
}

TEST_F(signal, put_back)
{
	struct utrace_rec_signal *s;

	ASSERT_EQ(0, start(&self->u, &self->c, &self->a, fn_count,
			   (struct utrace_config){ .hold = SIGNAL_HANDLER }));
	ASSERT_EQ(0, kill(self->c.pid, SIGUSR1));
	s = ut_find(&self->u, 0, UTRACE_EV_SIGNAL_HANDLER);
	ASSERT_NE(NULL, s);
	EXPECT_EQ(0, answer(&self->u, &s->head, UTRACE_SIGNAL_REQUEUE, NULL));
	s = ut_find(&self->u, 0, UTRACE_EV_SIGNAL_HANDLER);
	ASSERT_NE(NULL, s);
	EXPECT_EQ(SIGUSR1, s->signal);
	EXPECT_EQ(getpid(), s->info.pid);
	EXPECT_EQ(0, times(&self->c, SIGUSR1));
	EXPECT_EQ(0, answer(&self->u, &s->head, UTRACE_SIGNAL_DELIVER, NULL));
	EXPECT_TRUE(ut_until(times(&self->c, SIGUSR1) == 1, UT_TIMEOUT));
	EXPECT_EQ(7 << 8, ut_stop(&self->c));
}

/* Who is asked second hears of what the first has made of the signal. */
TEST_F(signal, two_sessions)
{
	const struct utrace_siginfo other = { .signo = SIGUSR2, .code = SI_QUEUE };
	struct utrace_config conf = { .hold = SIGNAL_HANDLER };
	struct ut_session *first = &self->u, *second = &self->v;
	struct utrace_rec_signal *s;

	ASSERT_EQ(0, start(&self->u, &self->c, &self->a, fn_count, conf));
	ASSERT_EQ(0, ut_open(&self->v));
	ASSERT_EQ(0, ut_config_full(&self->v, &conf));
	ASSERT_EQ(0, ut_attach(&self->v, self->c.pid, 0, NULL));
	ASSERT_NE(NULL, ut_find(&self->u, 0, UTRACE_REC_ATTACHED));
	ASSERT_NE(NULL, ut_find(&self->v, 0, UTRACE_REC_ATTACHED));
	ASSERT_EQ(0, kill(self->c.pid, SIGUSR1));
	s = (void *)ut_next(first, 2000);
	if (!s) {
		first = &self->v;
		second = &self->u;
		s = (void *)ut_next(first, UT_TIMEOUT);
	}
	ASSERT_NE(NULL, s);
	EXPECT_EQ(SIGUSR1, s->signal);
	EXPECT_EQ(0, answer(first, &s->head, UTRACE_SIGNAL_REPLACE, &other));
	s = ut_find(second, 0, UTRACE_EV_SIGNAL_HANDLER);
	ASSERT_NE(NULL, s);
	EXPECT_EQ(SIGUSR2, s->signal);
	EXPECT_EQ(SI_QUEUE, s->info.code);
	EXPECT_EQ(0, ut_op(second, s->head.thread, UTRACE_OP_RELEASE));
	EXPECT_TRUE(ut_until(times(&self->c, SIGUSR2) == 1, UT_TIMEOUT));
	EXPECT_EQ(0, times(&self->c, SIGUSR1));
	EXPECT_EQ(7 << 8, ut_stop(&self->c));
}

TEST_F(signal, orders_that_make_no_sense)
{
	struct utrace_siginfo info = { .signo = SIGUSR1, .code = SI_QUEUE };
	struct utrace_rec_signal *s;
	struct utrace_record held;

	ASSERT_EQ(0, start(&self->u, &self->c, &self->a, fn_count,
			   (struct utrace_config){ .hold = SIGNAL_HANDLER }));
	/* Not held, and held elsewhere. */
	held = (struct utrace_record){ .thread = self->a.thread };
	EXPECT_EQ(-EBUSY, say(&self->u, &held, UTRACE_SIGNAL_DROP));
	ASSERT_GE(0, ut_op(&self->u, self->a.thread, UTRACE_OP_HOLD));
	ASSERT_NE(NULL, ut_find_held(&self->u, 0));
	EXPECT_EQ(-EINVAL, say(&self->u, &held, UTRACE_SIGNAL_DROP));
	EXPECT_EQ(0, ut_op(&self->u, self->a.thread, UTRACE_OP_RELEASE));

	ASSERT_EQ(0, kill(self->c.pid, SIGUSR1));
	s = ut_find(&self->u, 0, UTRACE_EV_SIGNAL_HANDLER);
	ASSERT_NE(NULL, s);
	held = s->head;
	EXPECT_EQ(-EINVAL, say(&self->u, &held, 0));
	EXPECT_EQ(-EINVAL, say(&self->u, &held, UTRACE_SIGNAL_REQUEUE + 1));
	/* REPLACE by nothing, and an operand where there is to be none. */
	EXPECT_EQ(-EINVAL, say(&self->u, &held, UTRACE_SIGNAL_REPLACE));
	EXPECT_EQ(-EINVAL, answer(&self->u, &held, UTRACE_SIGNAL_DROP, &info));
	info.signo = 65;
	EXPECT_EQ(-EINVAL, answer(&self->u, &held, UTRACE_SIGNAL_REPLACE, &info));
	info.signo = SIGUSR1;
	info.reserved = 1;
	EXPECT_EQ(-EINVAL, answer(&self->u, &held, UTRACE_SIGNAL_REPLACE, &info));
	held.seq++;
	EXPECT_EQ(-ESTALE, say(&self->u, &held, UTRACE_SIGNAL_DROP));
	held.seq--;
	/* None of them has done anything. */
	EXPECT_EQ(0, ut_op(&self->u, self->a.thread, UTRACE_OP_RELEASE));
	EXPECT_TRUE(ut_until(times(&self->c, SIGUSR1) == 1, UT_TIMEOUT));
	/* Released: that stop is over. */
	EXPECT_EQ(-ESTALE, say(&self->u, &held, UTRACE_SIGNAL_DROP));
	EXPECT_EQ(7 << 8, ut_stop(&self->c));
}

TEST_F(signal, killed_while_it_is_held)
{
	struct utrace_rec_signal *s;
	int i;

	for (i = 0; i < 20; i++) {
		ASSERT_EQ(0, start(&self->u, &self->c, &self->a, fn_count,
				   (struct utrace_config){ .hold = SIGNAL_HANDLER }));
		ASSERT_EQ(0, kill(self->c.pid, SIGUSR1));
		s = ut_find(&self->u, 0, UTRACE_EV_SIGNAL_HANDLER);
		ASSERT_NE(NULL, s);
		ASSERT_EQ(0, kill(self->c.pid, SIGKILL));
		if (i % 2)
			ut_sleep(1);
		switch (say(&self->u, &s->head, UTRACE_SIGNAL_DROP)) {
		case 0:
		case -ESRCH:
		case -ESTALE:
		case -EBUSY:
			break;
		default:
			EXPECT_TRUE(false);
		}
		EXPECT_EQ(SIGKILL, ut_reap(&self->c));
		atomic_store(&self->c.sh->stage, 0);
	}
}

/* The session ends while the thread is held in a signal: that is delivered. */
TEST_F(signal, closed_while_it_is_held)
{
	ASSERT_EQ(0, start(&self->u, &self->c, &self->a, fn_count,
			   (struct utrace_config){ .hold = SIGNAL_HANDLER }));
	ASSERT_EQ(0, kill(self->c.pid, SIGUSR1));
	ASSERT_NE(NULL, ut_find(&self->u, 0, UTRACE_EV_SIGNAL_HANDLER));
	ut_close(&self->u);
	EXPECT_TRUE(ut_until(times(&self->c, SIGUSR1) == 1, UT_TIMEOUT));
	EXPECT_EQ(7 << 8, ut_stop(&self->c));
}

/* ---- faults -------------------------------------------------------------- */

TEST_F(signal, fault)
{
	struct utrace_rec_signal *s;
	int i, status;

	ASSERT_EQ(0, start(&self->u, &self->c, &self->a, fn_fault,
			   (struct utrace_config){ .hold = FAULT, .record = SIGNALS }));
	/* Dropped, so the instruction is executed again. */
	for (i = 0; i < 3; i++) {
		s = ut_find(&self->u, 0, UTRACE_EV_FAULT);
		ASSERT_NE(NULL, s);
		EXPECT_EQ(UTRACE_RECF_HELD, s->head.flags);
		EXPECT_EQ(SIGSEGV, s->signal);
		EXPECT_EQ(UTRACE_EV_SIGNAL_CORE, s->fate);
		EXPECT_EQ(SEGV_MAPERR, s->info.code);
		/* s390x tells the page. */
		EXPECT_EQ(0, s->info.addr / 4096);
		EXPECT_EQ(0, answer(&self->u, &s->head, i < 2 ? UTRACE_SIGNAL_DROP :
					UTRACE_SIGNAL_DELIVER, NULL));
	}
	status = ut_reap(&self->c);
	EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV);
}

TEST_F(signal, somebody_elses_sigsegv_is_no_fault)
{
	struct utrace_rec_signal *s;
	int status;

	ASSERT_EQ(0, start(&self->u, &self->c, &self->a, fn_count,
			   (struct utrace_config){ .record = FAULT | SIGNAL_CORE }));
	ASSERT_EQ(0, kill(self->c.pid, SIGSEGV));
	ASSERT_NE(NULL, ut_find(&self->u, 0, UTRACE_REC_ATTACHED));
	s = (void *)ut_next(&self->u, UT_TIMEOUT);
	ASSERT_NE(NULL, s);
	EXPECT_EQ(UTRACE_EV_SIGNAL_CORE, s->head.type);
	status = ut_reap(&self->c);
	EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV);
}

/* ---- handlers and job control -------------------------------------------- */

TEST_F(signal, handler)
{
	struct utrace_rec_handler *h;

	ASSERT_EQ(0, start(&self->u, &self->c, &self->a, fn_count,
			   (struct utrace_config){ .hold = EV(HANDLER) }));
	ASSERT_EQ(0, kill(self->c.pid, SIGUSR1));
	h = ut_find(&self->u, 0, UTRACE_EV_HANDLER);
	ASSERT_NE(NULL, h);
	EXPECT_EQ(UTRACE_RECF_HELD, h->head.flags);
	EXPECT_EQ(SIGUSR1, h->signal);
	/* The frame stands, and not an instruction of it was executed. */
	EXPECT_EQ(0, times(&self->c, SIGUSR1));
	/* It is no place for an answer to a signal. */
	EXPECT_EQ(-EINVAL, say(&self->u, &h->head, UTRACE_SIGNAL_DROP));
	EXPECT_EQ(0, ut_op(&self->u, h->head.thread, UTRACE_OP_RELEASE));
	EXPECT_TRUE(ut_until(times(&self->c, SIGUSR1) == 1, UT_TIMEOUT));
	EXPECT_EQ(7 << 8, ut_stop(&self->c));
}

TEST_F(signal, job_control)
{
	struct utrace_rec_group_stop *g;
	struct utrace_status st = { .size = sizeof(st) };
	struct utrace_rec_attached rec;
	int status;

	ASSERT_EQ(0, start(&self->u, &self->c, &self->a, fn_count,
			   (struct utrace_config){
				.record = SIGNAL_STOP | EV(GROUP_STOP) | EV(GROUP_CONT) }));
	ASSERT_EQ(0, kill(self->c.pid, SIGSTOP));
	ASSERT_EQ(self->c.pid, ut_waitpid(self->c.pid, &status, WUNTRACED, UT_TIMEOUT));
	EXPECT_TRUE(WIFSTOPPED(status) && WSTOPSIG(status) == SIGSTOP);
	ASSERT_NE(NULL, ut_find(&self->u, 0, UTRACE_EV_SIGNAL_STOP));
	g = ut_find(&self->u, 0, UTRACE_EV_GROUP_STOP);
	ASSERT_NE(NULL, g);
	EXPECT_EQ(SIGSTOP, g->signal);
	EXPECT_EQ(0, g->head.flags);

	/* Stopped, and not held: that can be told apart. */
	ASSERT_TRUE(ut_wait_state(self->c.pid, self->c.pid, 'T'));
	st.thread = self->a.thread;
	st.buffer = (uintptr_t)&rec;
	st.buffer_size = sizeof(rec);
	rec.head.size = sizeof(rec);
	ASSERT_EQ(0, ut_ioctl(self->u.fd, UTRACE_IOC_STATUS, &st));
	EXPECT_EQ(UTRACE_STATE_STOPPED, rec.state);
	EXPECT_EQ(0, rec.head.flags & UTRACE_RECF_HELD);

	ASSERT_EQ(0, kill(self->c.pid, SIGCONT));
	ASSERT_NE(NULL, ut_find(&self->u, 0, UTRACE_EV_GROUP_CONT));
	ASSERT_EQ(self->c.pid, ut_waitpid(self->c.pid, &status, WCONTINUED, UT_TIMEOUT));
	EXPECT_TRUE(WIFCONTINUED(status));
	EXPECT_EQ(7 << 8, ut_stop(&self->c));
}

/* The parent sees its child stop and go on, held or not. */
TEST_F(signal, held_in_a_job_control_stop)
{
	struct utrace_rec_group_stop *g;
	int status;

	ASSERT_EQ(0, start(&self->u, &self->c, &self->a, fn_count,
			   (struct utrace_config){ .hold = EV(GROUP_STOP) }));
	ASSERT_EQ(0, kill(self->c.pid, SIGSTOP));
	g = ut_find(&self->u, 0, UTRACE_EV_GROUP_STOP);
	ASSERT_NE(NULL, g);
	EXPECT_EQ(UTRACE_RECF_HELD, g->head.flags);
	ASSERT_EQ(self->c.pid, ut_waitpid(self->c.pid, &status, WUNTRACED, UT_TIMEOUT));
	EXPECT_TRUE(WIFSTOPPED(status) && WSTOPSIG(status) == SIGSTOP);
	ASSERT_EQ(0, kill(self->c.pid, SIGCONT));
	EXPECT_TRUE(ut_stands_still(&self->c));
	EXPECT_EQ(0, ut_op(&self->u, self->a.thread, UTRACE_OP_RELEASE));
	EXPECT_TRUE(ut_runs(&self->c));
	EXPECT_EQ(7 << 8, ut_stop(&self->c));
}

/* ---- sending ------------------------------------------------------------- */

TEST_F(signal, sent)
{
	ASSERT_EQ(0, start(&self->u, &self->c, &self->a, fn_count,
			   (struct utrace_config){ }));
	EXPECT_EQ(0, send_to(&self->u, self->a.thread, 0, (struct utrace_siginfo){
			.signo = SIGUSR1, .code = SI_TKILL }));
	EXPECT_TRUE(ut_until(times(&self->c, SIGUSR1) == 1, UT_TIMEOUT));
	EXPECT_EQ(getpid(), atomic_load(&self->c.sh->value[42]));
	EXPECT_EQ(getuid(), atomic_load(&self->c.sh->value[43]));
	EXPECT_EQ(0, send_to(&self->u, self->a.thread, UTRACE_SEND_PROCESS,
			(struct utrace_siginfo){ .signo = SIGUSR2, .code = SI_QUEUE,
			.pid = 4321, .value = 0x55667788 }));
	EXPECT_TRUE(ut_until(times(&self->c, SIGUSR2) == 1, UT_TIMEOUT));
	EXPECT_EQ(4321, atomic_load(&self->c.sh->value[42]));
	EXPECT_EQ(0x55667788, atomic_load(&self->c.sh->value[44]));
	/* A held thread takes it when it goes on. */
	ASSERT_GE(0, ut_op(&self->u, self->a.thread, UTRACE_OP_HOLD));
	ASSERT_NE(NULL, ut_find_held(&self->u, 0));
	EXPECT_EQ(0, send_to(&self->u, self->a.thread, 0, (struct utrace_siginfo){
			.signo = SIGUSR1, .code = SI_USER }));
	ut_sleep(UT_QUIET);
	EXPECT_EQ(1, times(&self->c, SIGUSR1));
	EXPECT_EQ(0, ut_op(&self->u, self->a.thread, UTRACE_OP_RELEASE));
	EXPECT_TRUE(ut_until(times(&self->c, SIGUSR1) == 2, UT_TIMEOUT));
	EXPECT_EQ(7 << 8, ut_stop(&self->c));
}

TEST_F(signal, what_cannot_be_sent)
{
	struct utrace_siginfo info = { .signo = SIGUSR1, .code = SI_QUEUE };

	ASSERT_EQ(0, start(&self->u, &self->c, &self->a, fn_count,
			   (struct utrace_config){ }));
	EXPECT_EQ(-EINVAL, send_to(&self->u, self->a.thread, 2, info));
	EXPECT_EQ(-EINVAL, send_to(&self->u, 0, 0, info));
	EXPECT_EQ(-ESRCH, send_to(&self->u, self->a.thread + (1ull << 40), 0, info));
	info.code = SI_KERNEL;
	EXPECT_EQ(-EINVAL, send_to(&self->u, self->a.thread, 0, info));
	info.code = SI_QUEUE;
	info.signo = 0;
	EXPECT_EQ(-EINVAL, send_to(&self->u, self->a.thread, 0, info));
	info.signo = 65;
	EXPECT_EQ(-EINVAL, send_to(&self->u, self->a.thread, 0, info));
	ut_sleep(UT_QUIET);
	EXPECT_EQ(0, times(&self->c, SIGUSR1));
	EXPECT_EQ(7 << 8, ut_stop(&self->c));
}

TEST_F(signal, rights)
{
	struct utrace_siginfo kill_ = { .signo = SIGKILL, .code = SI_QUEUE };
	struct utrace_siginfo usr1 = { .signo = SIGUSR1, .code = SI_QUEUE };
	const __u64 answer_ = UTRACE_RIGHT_ANSWER, send_ = UTRACE_RIGHT_SEND;
	struct utrace_restrict r = { .size = sizeof(r), .rights = answer_ | send_ };
	struct utrace_rec_signal *s;

	ASSERT_EQ(0, start(&self->u, &self->c, &self->a, fn_count,
			   (struct utrace_config){ .hold = SIGNAL_HANDLER }));
	ASSERT_EQ(0, kill(self->c.pid, SIGUSR2));
	s = ut_find(&self->u, 0, UTRACE_EV_SIGNAL_HANDLER);
	ASSERT_NE(NULL, s);
	ASSERT_EQ(0, ut_ioctl(self->u.fd, UTRACE_IOC_RESTRICT, &r));
	EXPECT_EQ(-EACCES, send_to(&self->u, self->a.thread, 0, kill_));
	EXPECT_EQ(-EACCES, answer(&self->u, &s->head, UTRACE_SIGNAL_REPLACE, &kill_));
	r.rights = answer_;
	ASSERT_EQ(0, ut_ioctl(self->u.fd, UTRACE_IOC_RESTRICT, &r));
	EXPECT_EQ(-EACCES, send_to(&self->u, self->a.thread, 0, usr1));
	r.rights = 0;
	ASSERT_EQ(0, ut_ioctl(self->u.fd, UTRACE_IOC_RESTRICT, &r));
	EXPECT_EQ(-EACCES, say(&self->u, &s->head, UTRACE_SIGNAL_DROP));
	EXPECT_EQ(0, ut_op(&self->u, self->a.thread, UTRACE_OP_RELEASE));
	EXPECT_TRUE(ut_until(times(&self->c, SIGUSR2) == 1, UT_TIMEOUT));
	EXPECT_EQ(7 << 8, ut_stop(&self->c));
}

TEST_HARNESS_MAIN
