// SPDX-License-Identifier: GPL-2.0-only
/*
 * UTRACE_OP_CALL: system calls that a held thread executes for its tracer.  They have the
 * effects of the program's own calls, and the program does not notice them.
 *
 * utrace_call32 is the same program, built by a compiler for 32-bit programs.
 */
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <linux/utrace_regs.h>

#include "utrace_testlib.h"

/* Results that no program sees, but a tracer does. */
#define KERNEL_ERESTARTSYS	512
#define KERNEL_ERESTARTNOHAND	514
#define KERNEL_ERESTART_RESTARTBLOCK	516

/* mmap() with the arguments that it has on 64-bit architectures. */
#ifdef SYS_mmap2
#define CALL_MMAP	SYS_mmap2
#else
#define CALL_MMAP	SYS_mmap
#endif

/* Not every kernel has calls with 32-bit times. */
#ifdef SYS_futex_time64
#define CALL_FUTEX	SYS_futex_time64
#define CALL_PPOLL	SYS_ppoll_time64
#define CALL_NANOSLEEP	SYS_clock_nanosleep_time64
#else
#define CALL_FUTEX	SYS_futex
#define CALL_PPOLL	SYS_ppoll
#define CALL_NANOSLEEP	SYS_clock_nanosleep
#endif

#define CALL_TAG	4711

FIXTURE(call)
{
	struct ut_session u, other;
	struct ut_child c;
	struct utrace_attach a;
};

FIXTURE_SETUP(call)
{
	self->other.fd = -1;
	ASSERT_EQ(0, ut_open(&self->u));
	if (!ut_knows_action(&self->u, UTRACE_OP_CALL))
		SKIP(return, "the kernel has no UTRACE_OP_CALL");
}

FIXTURE_TEARDOWN(call)
{
	ut_close(&self->u);
	if (self->other.fd >= 0)
		ut_close(&self->other);
	ut_end(&self->c);
}

static struct utrace_order_call order(__u64 thread, long nr)
{
	struct utrace_order_call o = {
		.order = UT_ORDER(utrace_order_call, UTRACE_OP_CALL, thread,
				  .tag = CALL_TAG),
		.nr = nr,
	};

	return o;
}

/* Gives the order to execute a call.  Returns the result of the order. */
static int ask(struct ut_session *u, __u64 thread, long nr, unsigned long a0,
	       unsigned long a1, unsigned long a2)
{
	struct utrace_order_call o = order(thread, nr);
	int ret;

	o.args[0] = a0;
	o.args[1] = a1;
	o.args[2] = a2;
	ret = ut_orders(u, &o, sizeof(o));
	return ret ? ret : o.order.result;
}

/* Waits for the end of a call; -9999 if that is not what it should be. */
static long ended(struct ut_session *u, __u64 thread, long nr)
{
	struct utrace_rec_called *r = ut_find(u, thread, UTRACE_EV_CALLED);
	bool error;

	if (!r)
		return -9999;
	error = r->head.flags & UTRACE_RECF_ERROR;
	if (r->tag != CALL_TAG || r->nr != nr || error != (r->result < 0) ||
	    r->head.flags & ~(UTRACE_RECF_ERROR | UTRACE_RECF_HELD)) {
		ut_log("record of call %lld with tag %llu, flags %#x, result %lld", r->nr,
		       r->tag, r->head.flags, r->result);
		return -9999;
	}
	return r->result;
}

/* The thread, or the session on it, has ended before the call. */
static void expect_gone(struct __test_metadata *_metadata, struct ut_session *u,
			__u64 thread)
{
	struct utrace_rec_gone *gone = ut_find(u, thread, UTRACE_REC_GONE);

	ASSERT_NE(NULL, gone);
	EXPECT_EQ(CALL_TAG, gone->tag);
	EXPECT_EQ(ESRCH, gone->error);
	EXPECT_EQ(UTRACE_OP_CALL, gone->action);
}

/* Has a held thread execute a call, and waits for its end. */
static long call(struct ut_session *u, __u64 thread, long nr, unsigned long a0,
		 unsigned long a1, unsigned long a2)
{
	int ret = ask(u, thread, nr, a0, a1, a2);

	if (ret != -EINPROGRESS) {
		ut_log("the order to execute call %ld has the result %d", nr, ret);
		return -9999;
	}
	return ended(u, thread, nr);
}

/*
 * Maps a page for the thread.  Returns its address, or 0.  s390's mmap() finds its
 * arguments in memory: @c has some at the same address.
 */
static unsigned long map_page(struct ut_session *u, struct ut_child *c, __u64 thread)
{
	unsigned long args[6] = {
		0, ut_page(), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0
	};
	struct utrace_order_call o = order(thread, CALL_MMAP);
	struct utrace_rec_called *r;

#ifdef __s390x__
	memcpy((void *)&c->sh->value[40], args, sizeof(args));
	o.args[0] = (uintptr_t)&c->sh->value[40];
#else
	(void)c;
	for (int i = 0; i < 6; i++)
		o.args[i] = args[i];
#endif
	if (ut_orders(u, &o, sizeof(o)) || o.order.result != -EINPROGRESS) {
		ut_log("the order to map memory has the result %d", o.order.result);
		return 0;
	}
	r = ut_find(u, thread, UTRACE_EV_CALLED);
	if (!r || r->head.flags & UTRACE_RECF_ERROR || r->result & (ut_page() - 1) ||
	    (__u64)r->result != (unsigned long)r->result) {
		ut_log("mmap() returns %lld", r ? r->result : 0);
		return 0;
	}
	return r->result;
}

/* Starts a child that computes, attaches to it, and holds it. */
static int start(struct ut_session *u, struct ut_child *c, struct utrace_attach *a)
{
	int ret = ut_spawn(c, ut_fn_spin);

	if (!ret)
		ret = ut_attach(u, c->pid, 0, a);
	if (ret)
		return ret;
	ut_go(c);
	if (!ut_runs(c))
		return -ETIMEDOUT;
	ret = ut_op(u, a->thread, UTRACE_OP_HOLD);
	if (ret != -EINPROGRESS)
		return ret ? ret : -EPROTO;
	return ut_find_held(u, a->thread) ? 0 : -EPROTO;
}

/* Starts a child, and holds it in a call in which it was asleep. */
static int start_asleep(struct ut_session *u, struct ut_child *c, struct utrace_attach *a,
			ut_child_fn fn)
{
	struct utrace_rec_quiesce *q;
	int ret = ut_spawn(c, fn);

	if (!ret)
		ret = ut_attach(u, c->pid, 0, a);
	if (ret)
		return ret;
	ut_go(c);
	if (!ut_until(atomic_load(&c->sh->stage) == 1, UT_TIMEOUT) ||
	    !ut_wait_state(c->pid, c->pid, 'S'))
		return -ETIMEDOUT;
	ret = ut_interrupt(u, a->thread);
	if (ret != -EINPROGRESS)
		return ret ? ret : -EPROTO;
	q = ut_find_held(u, a->thread);
	return q && q->head.flags & UTRACE_RECF_HELD ? 0 : -EPROTO;
}

/* The registers of a held thread, in allocated memory. */
static struct utrace_regfile *registers(struct ut_session *u, __u64 thread)
{
	__u32 size = 64 << 10;
	struct utrace_regfile *file = calloc(1, size);

	if (file && ut_regs(u, thread, UTRACE_REGS_READ, UTRACE_REGS_FILE, file, &size,
			    NULL)) {
		free(file);
		return NULL;
	}
	return file;
}

static bool same_registers(struct ut_session *u, __u64 thread,
			   const struct utrace_regfile *before)
{
	struct utrace_regfile *after = registers(u, thread);
	bool same = after && before->size == after->size &&
		    !memcmp(before, after, before->size);
	__u32 i;

	for (i = 0; after && !same && i < before->size; i += 8)
		if (memcmp((char *)before + i, (char *)after + i, 8))
			ut_log("registers differ at byte %u", i);
	free(after);
	return same;
}

/* ---- what a call does ---------------------------------------------------- */

TEST_F(call, has_the_effects_of_the_programs_own)
{
	unsigned long page;
	char buf[8] = "";

	ASSERT_EQ(0, start(&self->u, &self->c, &self->a));
	EXPECT_EQ(self->c.pid, call(&self->u, self->a.thread, SYS_getpid, 0, 0, 0));
	page = map_page(&self->u, &self->c, self->a.thread);
	ASSERT_NE(0, page);
	ASSERT_EQ(6, ut_memory(&self->u, self->a.thread, UTRACE_MEM_WRITE, 0, page,
			       "called", 6));
	EXPECT_EQ(6, call(&self->u, self->a.thread, SYS_write, self->c.out[1], page, 6));
	ASSERT_TRUE(ut_has_written(&self->c, UT_TIMEOUT));
	EXPECT_EQ(6, read(self->c.out[0], buf, sizeof(buf)));
	EXPECT_STREQ("called", buf);
	EXPECT_EQ(-EBADF, call(&self->u, self->a.thread, SYS_close, -1ul, 0, 0));
	EXPECT_EQ(-ENOSYS, call(&self->u, self->a.thread, 3333, 0, 0, 0));
	EXPECT_EQ(0, call(&self->u, self->a.thread, SYS_munmap, page, ut_page(), 0));
	EXPECT_GT(0, ut_memory(&self->u, self->a.thread, UTRACE_MEM_READ, 0, page, buf, 6));
	EXPECT_TRUE(ut_stands_still(&self->c));
	EXPECT_EQ(0, ut_op(&self->u, self->a.thread, UTRACE_OP_RELEASE));
	EXPECT_TRUE(ut_runs(&self->c));
	EXPECT_EQ(0, ut_stop(&self->c));
}

TEST_F(call, leaves_all_registers_alone)
{
	struct utrace_regfile *before;
	int i;

	ASSERT_EQ(0, start(&self->u, &self->c, &self->a));
	before = registers(&self->u, self->a.thread);
	ASSERT_NE(NULL, before);
	for (i = 0; i < 50; i++) {
		ASSERT_NE(0, map_page(&self->u, &self->c, self->a.thread));
		ASSERT_EQ(-EFAULT, call(&self->u, self->a.thread, SYS_write,
					self->c.out[1], 1, 1));
		/* It sleeps, so that others use the CPU. */
		ASSERT_EQ(0, call(&self->u, self->a.thread, SYS_sched_yield, 0, 0, 0));
	}
	EXPECT_TRUE(same_registers(&self->u, self->a.thread, before));
	free(before);
	EXPECT_EQ(0, ut_op(&self->u, self->a.thread, UTRACE_OP_RELEASE));
	EXPECT_TRUE(ut_runs(&self->c));
	EXPECT_EQ(0, ut_stop(&self->c));
}

/* Files that it closes are closed while the thread is still held. */
TEST_F(call, closes_files_for_good)
{
	char b;

	ASSERT_EQ(0, start(&self->u, &self->c, &self->a));
	EXPECT_EQ(0, call(&self->u, self->a.thread, SYS_close, self->c.out[1], 0, 0));
	/* The child had the last one. */
	EXPECT_EQ(0, read(self->c.out[0], &b, 1));
	EXPECT_EQ(0, ut_op(&self->u, self->a.thread, UTRACE_OP_RELEASE));
	EXPECT_EQ(0, ut_stop(&self->c));
}

TEST_F(call, is_refused_if_it_cannot_be_executed)
{
	static const long refused[] = {
		SYS_execve, SYS_execveat, SYS_clone, SYS_exit, SYS_exit_group,
		SYS_rt_sigreturn, SYS_restart_syscall,
#ifdef SYS_fork
		SYS_fork, SYS_vfork,
#endif
#ifdef SYS_clone3
		SYS_clone3,
#endif
	};
	unsigned int i;

	ASSERT_EQ(0, start(&self->u, &self->c, &self->a));
	for (i = 0; i < ARRAY_SIZE(refused); i++)
		EXPECT_EQ(-EOPNOTSUPP, ask(&self->u, self->a.thread, refused[i], 0, 0, 0))
			TH_LOG("call %ld", refused[i]);
	EXPECT_EQ(-EOPNOTSUPP, ask(&self->u, self->a.thread, -1, 0, 0, 0));
	EXPECT_TRUE(ut_none(&self->u, UTRACE_EV_CALLED, UT_QUIET));
	EXPECT_EQ(0, ut_op(&self->u, self->a.thread, UTRACE_OP_RELEASE));
	EXPECT_EQ(0, ut_stop(&self->c));
}

TEST_F(call, needs_a_held_thread)
{
	struct utrace_order_call o;
	__u64 stop;

	ASSERT_EQ(0, ut_spawn(&self->c, ut_fn_spin));
	ASSERT_EQ(0, ut_attach(&self->u, self->c.pid, 0, &self->a));
	EXPECT_EQ(-EBUSY, ask(&self->u, self->a.thread, SYS_getpid, 0, 0, 0));
	EXPECT_EQ(-ESRCH, ask(&self->u, self->a.thread + 1000, SYS_getpid, 0, 0, 0));
	EXPECT_EQ(-EINVAL, ask(&self->u, 0, SYS_getpid, 0, 0, 0));
	/* Asleep, it is held, but not stopped. */
	EXPECT_EQ(0, ut_op(&self->u, self->a.thread, UTRACE_OP_HOLD));
	EXPECT_EQ(-EBUSY, ask(&self->u, self->a.thread, SYS_getpid, 0, 0, 0));
	ut_go(&self->c);
	ASSERT_NE(NULL, ut_find_held(&self->u, self->a.thread));
	stop = self->u.seq;

	o = order(self->a.thread, SYS_getpid);
	o.order.stop = stop + 1;
	ASSERT_EQ(0, ut_orders(&self->u, &o, sizeof(o)));
	EXPECT_EQ(-ESTALE, o.order.result);
	o.order.stop = stop;
	o.order.flags = UTRACE_ORDER_PROCESS;
	ASSERT_EQ(0, ut_orders(&self->u, &o, sizeof(o)));
	EXPECT_EQ(-EINVAL, o.order.result);
	o.order.flags = 0;
	ASSERT_EQ(0, ut_orders(&self->u, &o, sizeof(o)));
	EXPECT_EQ(-EINPROGRESS, o.order.result);
	EXPECT_EQ(1, o.order.done);
	EXPECT_EQ(self->c.pid, ended(&self->u, self->a.thread, SYS_getpid));
	EXPECT_EQ(0, ut_op(&self->u, self->a.thread, UTRACE_OP_RELEASE));
	EXPECT_EQ(0, ut_stop(&self->c));
}

TEST_F(call, needs_its_right)
{
	struct utrace_restrict r = { .size = sizeof(r) };
	struct utrace_info info;

	ASSERT_EQ(0, start(&self->u, &self->c, &self->a));
	ASSERT_EQ(0, ut_info(&self->u, &info));
	r.rights = info.rights & ~UTRACE_RIGHT_CALL;
	ASSERT_EQ(0, ut_ioctl(self->u.fd, UTRACE_IOC_RESTRICT, &r));
	EXPECT_EQ(-EACCES, ask(&self->u, self->a.thread, SYS_getpid, 0, 0, 0));
	EXPECT_EQ(0, ut_op(&self->u, self->a.thread, UTRACE_OP_RELEASE));
	EXPECT_EQ(0, ut_stop(&self->c));
}

/* ---- at system calls ----------------------------------------------------- */

static int get_parent(struct ut_child *c)
{
	atomic_store(&c->sh->value[1], syscall(SYS_getppid, 1, 2, 3, 4, 5, 6));
	return 0;
}

static void at_a_call(struct __test_metadata *_metadata, struct ut_session *u,
		      struct ut_child *c, struct utrace_attach *a, unsigned int event)
{
	struct utrace_config conf = { .record = UT_CALL, .hold = UTRACE_EV_BIT(event) };
	struct utrace_regfile *before;
	struct utrace_rec_syscall *s;
	unsigned long page;

	ASSERT_EQ(0, ut_spawn(c, get_parent));
	ASSERT_EQ(0, ut_config_full(u, &conf));
	ASSERT_EQ(0, ut_only_call(u, SYS_getppid));
	ASSERT_EQ(0, ut_attach(u, c->pid, 0, a));
	ut_go(c);
	s = ut_find(u, a->thread, event);
	ASSERT_NE(NULL, s);
	before = registers(u, a->thread);
	ASSERT_NE(NULL, before);
	page = map_page(u, c, a->thread);
	EXPECT_NE(0, page);
	EXPECT_EQ(2, ut_memory(u, a->thread, UTRACE_MEM_WRITE, 0, page, "ab", 2));
	EXPECT_EQ(2, call(u, a->thread, SYS_write, c->out[1], page, 2));
	EXPECT_EQ(-EBADF, call(u, a->thread, SYS_close, -1ul, 0, 0));
	/* Also one that the session records if the program makes it. */
	EXPECT_EQ(getpid(), call(u, a->thread, SYS_getppid, 0, 0, 0));
	EXPECT_TRUE(same_registers(u, a->thread, before));
	free(before);
	EXPECT_EQ(0, ut_op(u, a->thread, UTRACE_OP_RELEASE));
	if (event == UTRACE_EV_SYSCALL_ENTRY) {
		s = ut_find(u, a->thread, UTRACE_EV_SYSCALL);
		ASSERT_NE(NULL, s);
		EXPECT_EQ(SYS_getppid, s->nr);
		EXPECT_EQ(getpid(), s->result);
		EXPECT_EQ(1, s->args[0]);
		EXPECT_EQ(6, s->args[5]);
	}
	EXPECT_EQ(0, ut_reap(c));
	EXPECT_EQ(getpid(), atomic_load(&c->sh->value[1]));
	EXPECT_TRUE(ut_has_written(c, 0));
	EXPECT_TRUE(ut_none(u, UTRACE_EV_SYSCALL, 0));
}

TEST_F(call, is_executed_at_the_entry_of_another)
{
	at_a_call(_metadata, &self->u, &self->c, &self->a, UTRACE_EV_SYSCALL_ENTRY);
}

TEST_F(call, is_executed_at_the_exit_of_another)
{
	at_a_call(_metadata, &self->u, &self->c, &self->a, UTRACE_EV_SYSCALL);
}

/* ---- in a call that was interrupted -------------------------------------- */

TEST_F(call, lets_an_interrupted_read_go_on)
{
	struct utrace_regfile *before;

	ASSERT_EQ(0, start_asleep(&self->u, &self->c, &self->a, ut_fn_read));
	before = registers(&self->u, self->a.thread);
	ASSERT_NE(NULL, before);
	EXPECT_EQ(self->c.pid, call(&self->u, self->a.thread, SYS_getpid, 0, 0, 0));
	EXPECT_NE(0, map_page(&self->u, &self->c, self->a.thread));
	EXPECT_EQ(-EBADF, call(&self->u, self->a.thread, SYS_close, -1ul, 0, 0));
	EXPECT_TRUE(same_registers(&self->u, self->a.thread, before));
	free(before);
	EXPECT_EQ(0, ut_op(&self->u, self->a.thread, UTRACE_OP_RELEASE));
	ASSERT_TRUE(ut_wait_state(self->c.pid, self->c.pid, 'S'));
	EXPECT_EQ(1, atomic_load(&self->c.sh->stage));
	EXPECT_EQ(1, write(self->c.in[1], "x", 1));
	EXPECT_EQ(0, ut_reap(&self->c));
	EXPECT_EQ(1, atomic_load(&self->c.sh->value[1]));
}

/* Restarted by restart_syscall(), with what the kernel has noted of the call. */
static int wait_for_word(struct ut_child *c)
{
	long long ts[2] = { 100000, 0 };

	atomic_store(&c->sh->stage, 1);
	atomic_store(&c->sh->value[1], syscall(CALL_FUTEX, &c->sh->stop, FUTEX_WAIT, 0, ts,
					       NULL, 0));
	return 0;
}

TEST_F(call, lets_an_interrupted_wait_with_a_timeout_go_on)
{
	unsigned long page;
	long long ts[2] = { 100000, 0 };

	ASSERT_EQ(0, start_asleep(&self->u, &self->c, &self->a, wait_for_word));
	page = map_page(&self->u, &self->c, self->a.thread);
	ASSERT_NE(0, page);
	ASSERT_EQ(sizeof(ts), ut_memory(&self->u, self->a.thread, UTRACE_MEM_WRITE, 0, page,
					ts, sizeof(ts)));
	/* The kernel notes this one in the same place. */
	ASSERT_EQ(-EINPROGRESS, ask(&self->u, self->a.thread, CALL_NANOSLEEP,
				    CLOCK_MONOTONIC, 0, page));
	ASSERT_TRUE(ut_wait_state(self->c.pid, self->c.pid, 'S'));
	EXPECT_EQ(0, ut_interrupt(&self->u, self->a.thread));
	EXPECT_EQ(-KERNEL_ERESTART_RESTARTBLOCK,
		  ended(&self->u, self->a.thread, CALL_NANOSLEEP));
	EXPECT_EQ(0, ut_op(&self->u, self->a.thread, UTRACE_OP_RELEASE));
	ASSERT_TRUE(ut_wait_state(self->c.pid, self->c.pid, 'S'));
	/* It waits for its word, and not for the end of the time. */
	EXPECT_EQ(1, syscall(CALL_FUTEX, &self->c.sh->stop, FUTEX_WAKE, 1, NULL, NULL, 0));
	EXPECT_EQ(0, ut_reap(&self->c));
	EXPECT_EQ(0, atomic_load(&self->c.sh->value[1]));
}

static atomic_long handled;

static void count_signal(int sig)
{
	(void)sig;
	atomic_fetch_add(&handled, 1);
}

/* Waits with a mask of its own, and says what its mask was afterwards. */
static int suspend(struct ut_child *c)
{
	struct sigaction act = { .sa_handler = count_signal };
	sigset_t set, old;

	sigaction(SIGUSR1, &act, NULL);
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigaddset(&set, SIGTERM);
	sigprocmask(SIG_SETMASK, &set, NULL);
	sigemptyset(&set);
	atomic_store(&c->sh->stage, 1);
	atomic_store(&c->sh->value[1], sigsuspend(&set) ? errno : 0);
	sigprocmask(SIG_SETMASK, NULL, &old);
	atomic_store(&c->sh->value[2], sigismember(&old, SIGUSR1) +
		     2 * sigismember(&old, SIGTERM) + 4 * sigismember(&old, SIGUSR2));
	atomic_store(&c->sh->value[3], atomic_load(&handled));
	return 0;
}

TEST_F(call, keeps_the_mask_that_a_wait_restores)
{
	__u64 mask = 1ull << (SIGUSR2 - 1);
	unsigned long page;
	struct utrace_order_call o;

	ASSERT_EQ(0, start_asleep(&self->u, &self->c, &self->a, suspend));
	page = map_page(&self->u, &self->c, self->a.thread);
	ASSERT_NE(0, page);
	ASSERT_EQ(8, ut_memory(&self->u, self->a.thread, UTRACE_MEM_WRITE, 0, page, &mask,
			       8));
	/* A wait with another mask, which is interrupted. */
	o = order(self->a.thread, CALL_PPOLL);
	o.args[3] = page;
	o.args[4] = 8;
	ASSERT_EQ(0, ut_orders(&self->u, &o, sizeof(o)));
	ASSERT_EQ(-EINPROGRESS, o.order.result);
	ASSERT_TRUE(ut_wait_state(self->c.pid, self->c.pid, 'S'));
	EXPECT_EQ(0, ut_interrupt(&self->u, self->a.thread));
	EXPECT_EQ(-KERNEL_ERESTARTNOHAND, ended(&self->u, self->a.thread, CALL_PPOLL));
	EXPECT_EQ(0, ut_op(&self->u, self->a.thread, UTRACE_OP_RELEASE));
	ASSERT_TRUE(ut_wait_state(self->c.pid, self->c.pid, 'S'));
	/* The program waits with its own mask, so the signal comes through. */
	ASSERT_EQ(0, kill(self->c.pid, SIGUSR1));
	EXPECT_EQ(0, ut_reap(&self->c));
	EXPECT_EQ(EINTR, atomic_load(&self->c.sh->value[1]));
	EXPECT_EQ(3, atomic_load(&self->c.sh->value[2]));
	EXPECT_EQ(1, atomic_load(&self->c.sh->value[3]));
}

/* ---- calls that sleep ---------------------------------------------------- */

/* Has the thread wait for a byte from the test. */
static int sleep_in_read(struct ut_session *u, struct ut_child *c, struct utrace_attach *a,
			 unsigned long *page)
{
	int ret = start(u, c, a);

	if (ret)
		return ret;
	*page = map_page(u, c, a->thread);
	if (!*page)
		return -ENOMEM;
	ret = ask(u, a->thread, SYS_read, c->in[0], *page, 1);
	if (ret != -EINPROGRESS)
		return ret ? ret : -EPROTO;
	return ut_wait_state(c->pid, c->pid, 'S') ? 0 : -ETIMEDOUT;
}

TEST_F(call, may_sleep)
{
	struct utrace_order_syscall sc;
	char file[64 << 10], buf[4];
	__u32 size = sizeof(file);
	struct utrace_info info;
	unsigned long page;

	ASSERT_EQ(0, sleep_in_read(&self->u, &self->c, &self->a, &page));
	/* Meanwhile it can do nothing else, and nobody sees its registers. */
	EXPECT_EQ(-EBUSY, ut_regs(&self->u, self->a.thread, UTRACE_REGS_READ,
				  UTRACE_REGS_FILE, file, &size, NULL));
	EXPECT_EQ(-EBUSY, ask(&self->u, self->a.thread, SYS_getpid, 0, 0, 0));
	sc = (struct utrace_order_syscall){
		.order = UT_ORDER(utrace_order_syscall, UTRACE_OP_SYSCALL, self->a.thread),
		.what = UTRACE_CALL_SKIP,
	};
	ASSERT_EQ(0, ut_orders(&self->u, &sc, sizeof(sc)));
	EXPECT_EQ(-EBUSY, sc.order.result);
	/* It is held all the time. */
	EXPECT_EQ(0, ut_op(&self->u, self->a.thread, UTRACE_OP_HOLD));
	ASSERT_EQ(0, ut_info(&self->u, &info));
	EXPECT_EQ(1, info.held);
	EXPECT_TRUE(ut_stands_still(&self->c));
	EXPECT_EQ(1, ut_memory(&self->u, self->a.thread, UTRACE_MEM_READ, 0, page, buf, 1));

	EXPECT_EQ(1, write(self->c.in[1], "x", 1));
	EXPECT_EQ(1, ended(&self->u, self->a.thread, SYS_read));
	EXPECT_EQ(1, ut_memory(&self->u, self->a.thread, UTRACE_MEM_READ, 0, page, buf, 1));
	EXPECT_EQ('x', buf[0]);
	EXPECT_EQ(self->c.pid, call(&self->u, self->a.thread, SYS_getpid, 0, 0, 0));
	EXPECT_EQ(0, ut_op(&self->u, self->a.thread, UTRACE_OP_RELEASE));
	EXPECT_EQ(0, ut_stop(&self->c));
}

TEST_F(call, is_interrupted_on_request)
{
	unsigned long page;
	int i;

	ASSERT_EQ(0, sleep_in_read(&self->u, &self->c, &self->a, &page));
	for (i = 0; i < 3; i++) {
		EXPECT_EQ(0, ut_interrupt(&self->u, self->a.thread));
		EXPECT_EQ(-KERNEL_ERESTARTSYS, ended(&self->u, self->a.thread, SYS_read));
		EXPECT_TRUE(ut_stands_still(&self->c));
		/* The next one sleeps again. */
		ASSERT_EQ(-EINPROGRESS, ask(&self->u, self->a.thread, SYS_read,
					    self->c.in[0], page, 1));
		ASSERT_TRUE(ut_wait_state(self->c.pid, self->c.pid, 'S'));
	}
	EXPECT_EQ(1, write(self->c.in[1], "x", 1));
	EXPECT_EQ(1, ended(&self->u, self->a.thread, SYS_read));
	EXPECT_EQ(0, ut_op(&self->u, self->a.thread, UTRACE_OP_RELEASE));
	EXPECT_EQ(0, ut_stop(&self->c));
}

TEST_F(call, is_interrupted_by_the_release)
{
	unsigned long page;

	ASSERT_EQ(0, sleep_in_read(&self->u, &self->c, &self->a, &page));
	EXPECT_EQ(0, ut_op(&self->u, self->a.thread, UTRACE_OP_RELEASE));
	EXPECT_EQ(-KERNEL_ERESTARTSYS, ended(&self->u, self->a.thread, SYS_read));
	EXPECT_TRUE(ut_runs(&self->c));
	/* There was one record for the order. */
	EXPECT_TRUE(ut_none(&self->u, UTRACE_REC_GONE, 0));
	EXPECT_EQ(0, ut_stop(&self->c));
}

TEST_F(call, is_interrupted_by_the_detach)
{
	unsigned long page;

	ASSERT_EQ(0, sleep_in_read(&self->u, &self->c, &self->a, &page));
	EXPECT_EQ(0, ut_op(&self->u, self->a.thread, UTRACE_OP_DETACH));
	expect_gone(_metadata, &self->u, self->a.thread);
	EXPECT_TRUE(ut_runs(&self->c));
	EXPECT_TRUE(ut_drain(&self->u));
	EXPECT_EQ(0, ut_stop(&self->c));
}

TEST_F(call, is_interrupted_when_the_session_is_closed)
{
	unsigned long page;

	ASSERT_EQ(0, sleep_in_read(&self->u, &self->c, &self->a, &page));
	ut_close(&self->u);
	EXPECT_TRUE(ut_runs(&self->c));
	EXPECT_EQ(0, ut_stop(&self->c));
}

TEST_F(call, is_ended_by_sigkill)
{
	unsigned long page;

	ASSERT_EQ(0, sleep_in_read(&self->u, &self->c, &self->a, &page));
	EXPECT_EQ(0, ut_op(&self->u, self->a.thread, UTRACE_OP_KILL));
	expect_gone(_metadata, &self->u, self->a.thread);
	EXPECT_EQ(SIGKILL, ut_reap(&self->c));
	EXPECT_TRUE(ut_none(&self->u, UTRACE_EV_CALLED, 0));
}

/* An order to execute a call and one to release the thread, in one ioctl(). */
TEST_F(call, comes_before_a_release_in_the_same_ioctl)
{
	struct {
		struct utrace_order_call call;
		struct utrace_order release;
	} o;
	int i;

	ASSERT_EQ(0, start(&self->u, &self->c, &self->a));
	for (i = 0; i < 20; i++) {
		o.call = order(self->a.thread, SYS_getpid);
		o.release = (struct utrace_order)UT_ORDER(utrace_order, UTRACE_OP_RELEASE,
				self->a.thread, .flags = UTRACE_ORDER_LINK);
		ASSERT_EQ(0, ut_orders(&self->u, &o, sizeof(o)));
		EXPECT_EQ(-EINPROGRESS, o.call.order.result);
		EXPECT_EQ(0, o.release.result);
		EXPECT_EQ(self->c.pid, ended(&self->u, self->a.thread, SYS_getpid));
		EXPECT_TRUE(ut_runs(&self->c));
		ASSERT_EQ(-EINPROGRESS, ut_op(&self->u, self->a.thread, UTRACE_OP_HOLD));
		ASSERT_NE(NULL, ut_find_held(&self->u, self->a.thread));
	}
	EXPECT_EQ(0, ut_op(&self->u, self->a.thread, UTRACE_OP_RELEASE));
	EXPECT_EQ(0, ut_stop(&self->c));
}

TEST_F(call, tells_when_it_is_through)
{
	struct utrace_order_call o;
	struct utrace_rec_done *done;
	unsigned long page;

	ASSERT_EQ(0, start(&self->u, &self->c, &self->a));
	page = map_page(&self->u, &self->c, self->a.thread);
	/* An order that is refused has no record. */
	o = order(self->a.thread, SYS_exit);
	o.order.flags = UTRACE_ORDER_TELL;
	ASSERT_EQ(0, ut_orders(&self->u, &o, sizeof(o)));
	EXPECT_EQ(-EOPNOTSUPP, o.order.result);
	o.nr = SYS_getpid;
	ASSERT_EQ(0, ut_orders(&self->u, &o, sizeof(o)));
	EXPECT_EQ(-EINPROGRESS, o.order.result);
	EXPECT_EQ(self->c.pid, ended(&self->u, self->a.thread, SYS_getpid));
	done = ut_find(&self->u, 0, UTRACE_REC_DONE);
	ASSERT_NE(NULL, done);
	EXPECT_EQ(CALL_TAG, done->tag);
	EXPECT_EQ(1, done->done);
	EXPECT_EQ(0, done->gone);

	o.nr = SYS_read;
	o.args[0] = self->c.in[0];
	o.args[1] = page;
	o.args[2] = 1;
	ASSERT_EQ(0, ut_orders(&self->u, &o, sizeof(o)));
	EXPECT_EQ(-EINPROGRESS, o.order.result);
	EXPECT_EQ(0, ut_op(&self->u, self->a.thread, UTRACE_OP_KILL));
	done = ut_find(&self->u, 0, UTRACE_REC_DONE);
	ASSERT_NE(NULL, done);
	EXPECT_EQ(0, done->done);
	EXPECT_EQ(1, done->gone);
	EXPECT_EQ(SIGKILL, ut_reap(&self->c));
}

/* The thread is held by the record of its call from then on. */
TEST_F(call, names_the_stop)
{
	struct utrace_order release = UT_ORDER(utrace_order, UTRACE_OP_RELEASE, 0);
	struct utrace_rec_quiesce *q;
	struct utrace_rec_called *r;
	__u64 stop;

	ASSERT_EQ(0, ut_spawn(&self->c, ut_fn_spin));
	ASSERT_EQ(0, ut_attach(&self->u, self->c.pid, 0, &self->a));
	ut_go(&self->c);
	ASSERT_TRUE(ut_runs(&self->c));
	ASSERT_EQ(-EINPROGRESS, ut_op(&self->u, self->a.thread, UTRACE_OP_HOLD));
	q = ut_find_held(&self->u, self->a.thread);
	ASSERT_NE(NULL, q);
	stop = q->head.seq;
	ASSERT_EQ(-EINPROGRESS, ask(&self->u, self->a.thread, SYS_getpid, 0, 0, 0));
	r = ut_find(&self->u, self->a.thread, UTRACE_EV_CALLED);
	ASSERT_NE(NULL, r);
	EXPECT_EQ(UTRACE_RECF_HELD, r->head.flags);
	release.thread = self->a.thread;
	release.stop = stop;
	ASSERT_EQ(0, ut_control(&self->u, &release, 1));
	EXPECT_EQ(-ESTALE, release.result);
	release.stop = r->head.seq;
	ASSERT_EQ(0, ut_control(&self->u, &release, 1));
	EXPECT_EQ(0, release.result);
	EXPECT_TRUE(ut_runs(&self->c));

	/* Released in the call: it is not held by the record. */
	ASSERT_EQ(-EINPROGRESS, ut_op(&self->u, self->a.thread, UTRACE_OP_HOLD));
	ASSERT_NE(NULL, ut_find_held(&self->u, self->a.thread));
	ASSERT_EQ(-EINPROGRESS, ask(&self->u, self->a.thread, SYS_read, self->c.in[0], 0,
				    1));
	ASSERT_EQ(0, ut_op(&self->u, self->a.thread, UTRACE_OP_RELEASE));
	r = ut_find(&self->u, self->a.thread, UTRACE_EV_CALLED);
	ASSERT_NE(NULL, r);
	EXPECT_EQ(0, r->head.flags & UTRACE_RECF_HELD);
	EXPECT_TRUE(ut_runs(&self->c));
	EXPECT_EQ(0, ut_stop(&self->c));
}

/* ---- others that hold the thread ----------------------------------------- */

TEST_F(call, keeps_other_sessions_from_the_registers)
{
	struct utrace_attach a;
	unsigned long page;
	char file[64 << 10];
	__u32 size = sizeof(file);
	int ret;

	ASSERT_EQ(0, start(&self->u, &self->c, &self->a));
	ASSERT_EQ(0, ut_open(&self->other));
	ASSERT_EQ(0, ut_attach(&self->other, self->c.pid, 0, &a));
	/* It can be on its way into the stop of which its record has told. */
	ret = ut_op(&self->other, a.thread, UTRACE_OP_HOLD);
	ASSERT_TRUE(ret == 0 || ret == -EINPROGRESS);
	ASSERT_NE(NULL, ut_find_held(&self->other, a.thread));
	page = map_page(&self->u, &self->c, self->a.thread);
	ASSERT_NE(0, page);
	ASSERT_EQ(-EINPROGRESS, ask(&self->u, self->a.thread, SYS_read, self->c.in[0], page,
				    1));
	ASSERT_TRUE(ut_wait_state(self->c.pid, self->c.pid, 'S'));
	EXPECT_EQ(-EBUSY, ut_regs(&self->other, a.thread, UTRACE_REGS_READ,
				  UTRACE_REGS_FILE, file, &size, NULL));
	EXPECT_EQ(-EBUSY, ask(&self->other, a.thread, SYS_getpid, 0, 0, 0));
	/* Who has not given the order does not interrupt the call. */
	EXPECT_EQ(0, ut_op(&self->other, a.thread, UTRACE_OP_RELEASE));
	EXPECT_TRUE(ut_none(&self->u, UTRACE_EV_CALLED, UT_QUIET));
	/* One that comes later is told when the thread is held for it. */
	EXPECT_EQ(-EINPROGRESS, ut_op(&self->other, a.thread, UTRACE_OP_HOLD));
	EXPECT_EQ(1, write(self->c.in[1], "x", 1));
	EXPECT_EQ(1, ended(&self->u, self->a.thread, SYS_read));
	EXPECT_EQ(0, ut_op(&self->u, self->a.thread, UTRACE_OP_RELEASE));
	ASSERT_NE(NULL, ut_find_held(&self->other, a.thread));
	EXPECT_EQ(self->c.pid, call(&self->other, a.thread, SYS_getpid, 0, 0, 0));
	EXPECT_EQ(0, ut_op(&self->other, a.thread, UTRACE_OP_RELEASE));
	EXPECT_EQ(0, ut_stop(&self->c));
}

/* ---- signals ------------------------------------------------------------- */

static int spin_with_handler(struct ut_child *c)
{
	struct sigaction act = { .sa_handler = count_signal };

	sigaction(SIGUSR1, &act, NULL);
	while (!atomic_load(&c->sh->stop)) {
		atomic_fetch_add(&c->sh->count, 1);
		atomic_store(&c->sh->value[3], atomic_load(&handled));
	}
	return 0;
}

TEST_F(call, is_interrupted_by_a_signal)
{
	unsigned long page;

	ASSERT_EQ(0, ut_spawn(&self->c, spin_with_handler));
	ASSERT_EQ(0, ut_attach(&self->u, self->c.pid, 0, &self->a));
	ut_go(&self->c);
	ASSERT_TRUE(ut_runs(&self->c));
	ASSERT_EQ(-EINPROGRESS, ut_op(&self->u, self->a.thread, UTRACE_OP_HOLD));
	ASSERT_NE(NULL, ut_find_held(&self->u, self->a.thread));
	page = map_page(&self->u, &self->c, self->a.thread);
	ASSERT_NE(0, page);
	ASSERT_EQ(-EINPROGRESS, ask(&self->u, self->a.thread, SYS_read, self->c.in[0], page,
				    1));
	ASSERT_TRUE(ut_wait_state(self->c.pid, self->c.pid, 'S'));
	ASSERT_EQ(0, kill(self->c.pid, SIGUSR1));
	EXPECT_EQ(-KERNEL_ERESTARTSYS, ended(&self->u, self->a.thread, SYS_read));
	/* The handler has to wait, so the next one is interrupted as well. */
	EXPECT_EQ(-KERNEL_ERESTARTSYS, call(&self->u, self->a.thread, SYS_read,
					    self->c.in[0], page, 1));
	EXPECT_EQ(self->c.pid, call(&self->u, self->a.thread, SYS_getpid, 0, 0, 0));
	EXPECT_EQ(0, atomic_load(&self->c.sh->value[3]));
	EXPECT_EQ(0, ut_op(&self->u, self->a.thread, UTRACE_OP_RELEASE));
	EXPECT_TRUE(ut_until(atomic_load(&self->c.sh->value[3]) == 1, UT_TIMEOUT));
	EXPECT_EQ(0, ut_stop(&self->c));
}

/* ---- seccomp ------------------------------------------------------------- */

static int filter_getppid(__u32 action)
{
	struct sock_filter insns[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_getppid, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, action),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog prog = { .len = ARRAY_SIZE(insns), .filter = insns };

	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ||
	       prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &prog) ? -errno : 0;
}

/* Has a filter, and then computes, or makes a call. */
static int filtered(struct ut_child *c)
{
	if (filter_getppid(atomic_load(&c->sh->value[5])))
		return 3;
	if (atomic_load(&c->sh->value[6]))
		syscall(SYS_getuid);
	return ut_fn_spin(c);
}

static int start_filtered(struct ut_session *u, struct ut_child *c, struct utrace_attach *a,
			  __u32 action)
{
	int ret = ut_spawn(c, filtered);

	atomic_store(&c->sh->value[5], action);
	if (!ret)
		ret = ut_attach(u, c->pid, 0, a);
	if (ret)
		return ret;
	ut_go(c);
	if (!ut_runs(c))
		return -ETIMEDOUT;
	ret = ut_op(u, a->thread, UTRACE_OP_HOLD);
	if (ret != -EINPROGRESS)
		return ret ? ret : -EPROTO;
	return ut_find_held(u, a->thread) ? 0 : -EPROTO;
}

TEST_F(call, is_refused_by_seccomp)
{
	static const struct {
		__u32 action;
		long result;
	} filters[] = {
		{ SECCOMP_RET_ERRNO | 77, -77 },
		{ SECCOMP_RET_TRACE, -ENOSYS },
		/* No handler of the program is executed. */
		{ SECCOMP_RET_TRAP, -ENOSYS },
	};
	struct utrace_regfile *before;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(filters); i++) {
		ASSERT_EQ(0, start_filtered(&self->u, &self->c, &self->a,
					    filters[i].action));
		before = registers(&self->u, self->a.thread);
		ASSERT_NE(NULL, before);
		EXPECT_EQ(filters[i].result,
			  call(&self->u, self->a.thread, SYS_getppid, 0, 0, 0));
		EXPECT_EQ(self->c.pid, call(&self->u, self->a.thread, SYS_getpid, 0, 0, 0));
		EXPECT_TRUE(same_registers(&self->u, self->a.thread, before));
		free(before);
		EXPECT_EQ(0, ut_op(&self->u, self->a.thread, UTRACE_OP_RELEASE));
		EXPECT_TRUE(ut_runs(&self->c));
		EXPECT_EQ(0, ut_stop(&self->c));
		atomic_store(&self->c.sh->stop, 0);
	}
}

static void expect_killed(struct __test_metadata *_metadata, struct ut_session *u,
			  struct ut_child *c, __u64 thread)
{
	int status;

	EXPECT_EQ(-EINPROGRESS, ask(u, thread, SYS_getppid, 0, 0, 0));
	expect_gone(_metadata, u, thread);
	status = ut_reap(c);
	EXPECT_TRUE(WIFSIGNALED(status));
	EXPECT_EQ(SIGSYS, WTERMSIG(status));
}

TEST_F(call, kills_the_thread_if_seccomp_says_so)
{
	static const __u32 actions[] = { SECCOMP_RET_KILL_PROCESS, SECCOMP_RET_KILL_THREAD };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(actions); i++) {
		ASSERT_EQ(0, start_filtered(&self->u, &self->c, &self->a, actions[i]));
		expect_killed(_metadata, &self->u, &self->c, self->a.thread);
	}
}

/* The call at whose entry it is held is not made any more. */
TEST_F(call, kills_the_thread_at_a_system_call)
{
	struct utrace_config conf = { .record = UT_CALL, .hold = UT_ENTRY };
	struct utrace_rec_syscall *s;

	ASSERT_EQ(0, ut_spawn(&self->c, filtered));
	atomic_store(&self->c.sh->value[5], SECCOMP_RET_KILL_PROCESS);
	atomic_store(&self->c.sh->value[6], 1);
	ASSERT_EQ(0, ut_config_full(&self->u, &conf));
	ASSERT_EQ(0, ut_only_call(&self->u, SYS_getuid));
	ASSERT_EQ(0, ut_attach(&self->u, self->c.pid, 0, &self->a));
	ut_go(&self->c);
	s = ut_find(&self->u, self->a.thread, UTRACE_EV_SYSCALL_ENTRY);
	ASSERT_NE(NULL, s);
	EXPECT_EQ(SYS_getuid, s->nr);
	expect_killed(_metadata, &self->u, &self->c, self->a.thread);
}

TEST_HARNESS_MAIN
