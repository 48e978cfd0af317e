// SPDX-License-Identifier: GPL-2.0-only
/*
 * A session beside a ptrace tracer on one thread: each gets what it asked for
 * and nothing else, and neither can let the other's thread run.
 */
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <sys/ptrace.h>
#include <time.h>

#include "utrace_testlib.h"

/* What PTRACE_O_TRACESYSGOOD makes of SIGTRAP at a system call. */
#define SYSCALL_STOP	(SIGTRAP | 0x80)

#define MARKS	20

/* More than a_program_does_the_same_when_it_is_stepped takes anywhere. */
#define STEPS_MAX	50000

FIXTURE(both)
{
	struct ut_session u;
	struct ut_child c, tracer;
	struct utrace_attach a;
};

FIXTURE_SETUP(both)
{
	ASSERT_EQ(0, ut_open(&self->u));
}

FIXTURE_TEARDOWN(both)
{
	ut_close(&self->u);
	ut_end(&self->tracer);
	ut_end(&self->c);
}

static int session(struct ut_session *u, struct ut_child *c,
		   struct utrace_attach *a)
{
	int ret;

	ret = ut_config(u, UT_SYSCALLS, 0);
	if (!ret)
		ret = ut_only_marks(u);
	if (!ret)
		ret = ut_attach(u, c->pid, 0, a);
	return ret;
}

static int seize(pid_t pid, unsigned long options)
{
	return ptrace(PTRACE_SEIZE, pid, NULL,
		      (void *)(PTRACE_O_TRACESYSGOOD | options)) ? -errno : 0;
}

static int resume(int how, pid_t pid, int signal)
{
	return ptrace(how, pid, NULL, (void *)(long)signal) ? -errno : 0;
}

/* The next stop, or end, of the tracee; -1 if there is none. */
static int stop_of(pid_t pid)
{
	int status;

	return ut_waitpid(pid, &status, __WALL, UT_TIMEOUT) == pid ? status :
	       -1;
}

/* Stops a tracee in an event stop. */
static int interrupt(pid_t pid)
{
	int status;

	if (ptrace(PTRACE_INTERRUPT, pid, NULL, NULL))
		return -errno;
	status = stop_of(pid);
	if (status >> 8 != (SIGTRAP | PTRACE_EVENT_STOP << 8)) {
		ut_log("stopped by PTRACE_INTERRUPT: status %#x", status);
		return -EPROTO;
	}
	return 0;
}

struct counts {
	unsigned int entries, exits, others;
	bool entered;	/* the last stop was an entry */
	long nr;	/* of the last entry */
	bool paired;
};

/* What kind of syscall stop it is in, and of which call. */
static bool at_syscall(pid_t pid, struct counts *n)
{
	struct __ptrace_syscall_info info = {};

	if (ptrace(PTRACE_GET_SYSCALL_INFO, pid, sizeof(info), &info) <= 0)
		return false;
	switch (info.op) {
	case PTRACE_SYSCALL_INFO_ENTRY:
		n->paired &= !n->entered;
		n->entered = true;
		n->nr = info.entry.nr;
		if (info.entry.nr == UT_MARK_NR)
			n->entries++;
		else
			n->others++;
		return true;
	case PTRACE_SYSCALL_INFO_EXIT:
		n->paired &= n->entered;
		n->entered = false;
		n->exits++;
		return true;
	}
	return false;
}

/* Lets it run from syscall stop to syscall stop, until it ends. */
static int run_with_syscall_stops(pid_t pid, struct counts *n)
{
	int status;

	*n = (struct counts){ .paired = true };
	for (;;) {
		status = resume(PTRACE_SYSCALL, pid, 0);
		if (status)
			return status;
		status = stop_of(pid);
		if (status < 0 || WIFEXITED(status) || WIFSIGNALED(status))
			return status;
		if (WSTOPSIG(status) != SYSCALL_STOP || !at_syscall(pid, n)) {
			ut_log("unexpected stop, status %#x", status);
			return -EPROTO;
		}
	}
}

/* Resumes the tracee until it stops at the entry of its third mark. */
static int run_to_third_entry(pid_t pid, struct counts *n)
{
	int status;

	*n = (struct counts){ .paired = true };
	while (n->entries < 3) {
		status = resume(PTRACE_SYSCALL, pid, 0);
		if (status)
			return status;
		status = stop_of(pid);
		if (status < 0 || !WIFSTOPPED(status) ||
		    WSTOPSIG(status) != SYSCALL_STOP || !at_syscall(pid, n)) {
			ut_log("unexpected stop, status %#x", status);
			return -EPROTO;
		}
	}
	return 0;
}

/* Creates a child that enters marks, attaches both tracers, and stops it by ptrace. */
static int trace_marks(struct ut_session *u, struct ut_child *c,
		       struct utrace_attach *a)
{
	int ret = ut_spawn(c, ut_fn_marks);

	if (ret)
		return ret;
	atomic_store(&c->sh->value[0], MARKS);
	return session(u, c, a) ?: seize(c->pid, 0) ?: interrupt(c->pid);
}

/* The session has seen @first to @last - 1, entry and exit of each. */
static bool saw_marks(struct ut_session *u, int first, int last)
{
	struct utrace_rec_syscall *s;
	int i;

	for (i = 2 * first; i < 2 * last; i++) {
		do {
			s = (void *)ut_next(u, UT_TIMEOUT);
		} while (s && s->head.type != UTRACE_EV_SYSCALL_ENTRY &&
			 s->head.type != UTRACE_EV_SYSCALL);
		if (!s) {
			ut_log("record %d of a mark is missing", i);
			return false;
		}
		if (s->head.type != (i % 2 ? UTRACE_EV_SYSCALL :
				     UTRACE_EV_SYSCALL_ENTRY) ||
		    s->args[0] != (unsigned int)i / 2) {
			ut_log("record of type %u of mark %llu, instead of %d",
			       s->head.type, s->args[0], i / 2);
			return false;
		}
	}
	return true;
}

TEST_F(both, see_every_call)
{
	struct counts n;

	ASSERT_EQ(0, trace_marks(&self->u, &self->c, &self->a));
	ut_go(&self->c);
	ASSERT_EQ(0, run_with_syscall_stops(self->c.pid, &n));
	self->c.pid = 0;
	EXPECT_EQ(MARKS, n.entries);
	EXPECT_TRUE(n.paired);
	EXPECT_TRUE(saw_marks(&self->u, 0, MARKS));
	EXPECT_TRUE(ut_drain(&self->u));
}

TEST_F(both, no_syscall_stop_that_ptrace_has_not_asked_for)
{
	int status;

	ASSERT_EQ(0, trace_marks(&self->u, &self->c, &self->a));
	ASSERT_EQ(0, resume(PTRACE_CONT, self->c.pid, 0));
	ut_go(&self->c);
	status = stop_of(self->c.pid);
	EXPECT_EQ(0, status);
	if (!status)
		self->c.pid = 0;
	EXPECT_TRUE(saw_marks(&self->u, 0, MARKS));
}

TEST_F(both, no_exit_stop_after_cont_from_an_entry_stop)
{
	struct counts n;

	ASSERT_EQ(0, trace_marks(&self->u, &self->c, &self->a));
	ut_go(&self->c);
	ASSERT_EQ(0, run_to_third_entry(self->c.pid, &n));
	EXPECT_TRUE(n.paired);
	EXPECT_TRUE(n.entered);
	ASSERT_EQ(0, resume(PTRACE_CONT, self->c.pid, 0));
	EXPECT_EQ(0, stop_of(self->c.pid));
	self->c.pid = 0;
	EXPECT_TRUE(saw_marks(&self->u, 0, MARKS));
}

TEST_F(both, ptrace_goes_on_when_the_session_is_closed)
{
	struct counts n;
	unsigned int before;
	int status;

	ASSERT_EQ(0, trace_marks(&self->u, &self->c, &self->a));
	ut_go(&self->c);
	ASSERT_EQ(0, run_to_third_entry(self->c.pid, &n));
	EXPECT_TRUE(n.paired);
	/* In the middle of a call, while the tracee is stopped there. */
	before = n.entries;
	ut_close(&self->u);
	ASSERT_EQ(0, resume(PTRACE_SYSCALL, self->c.pid, 0));
	status = stop_of(self->c.pid);
	ASSERT_TRUE(status > 0 && WIFSTOPPED(status));
	EXPECT_EQ(SYSCALL_STOP, WSTOPSIG(status));
	ASSERT_TRUE(at_syscall(self->c.pid, &n));
	EXPECT_TRUE(n.paired);
	EXPECT_FALSE(n.entered);
	ASSERT_EQ(0, run_with_syscall_stops(self->c.pid, &n));
	self->c.pid = 0;
	EXPECT_EQ(MARKS, before + n.entries);
	EXPECT_TRUE(n.paired);
}

static int marks_on_demand(struct ut_child *c)
{
	char b;
	int i;

	for (i = 0; i < MARKS; i++) {
		if (read(c->in[0], &b, 1) != 1)
			return 1;
		ut_mark(i);
		atomic_store(&c->sh->stage, i + 1);
	}
	return 0;
}

TEST_F(both, the_session_goes_on_when_ptrace_detaches)
{
	char bytes[MARKS] = {};
	struct counts n = { .paired = true };

	ASSERT_EQ(0, ut_spawn(&self->c, marks_on_demand));
	ASSERT_EQ(0, session(&self->u, &self->c, &self->a));
	ASSERT_EQ(0, seize(self->c.pid, 0));
	ASSERT_EQ(0, interrupt(self->c.pid));
	ut_go(&self->c);
	ASSERT_EQ(MARKS, write(self->c.in[1], bytes, MARKS));
	ASSERT_EQ(0, run_to_third_entry(self->c.pid, &n));
	ASSERT_EQ(0, resume(PTRACE_DETACH, self->c.pid, 0));
	EXPECT_EQ(0, ut_reap(&self->c));
	EXPECT_TRUE(saw_marks(&self->u, 0, MARKS));
	EXPECT_TRUE(ut_drain(&self->u));
}

static struct ut_child *tracee;

/* Seizes the tracee with options value[0], and is there to be killed. */
static int trace_syscalls(struct ut_child *c)
{
	int status, ret;
	unsigned int stops = 0;

	ret = seize(tracee->pid, atomic_load(&c->sh->value[0]));
	if (!ret)
		ret = interrupt(tracee->pid);
	atomic_store(&c->sh->value[1], ret);
	if (ret) {
		atomic_store(&c->sh->stage, -1);
		return 1;
	}
	/* Leaves it in a syscall stop: the death of the tracer ends that. */
	for (;;) {
		atomic_store(&c->sh->stage, ++stops);
		if (resume(PTRACE_SYSCALL, tracee->pid, 0))
			return 1;
		status = stop_of(tracee->pid);
		if (status < 0 || !WIFSTOPPED(status))
			return 1;
		if (stops == 4) {
			atomic_store(&c->sh->stage, 100);
			for (;;)
				pause();
		}
	}
}

TEST_F(both, the_session_goes_on_when_the_ptrace_tracer_dies)
{
	char bytes[MARKS] = {};

	tracee = &self->c;
	ASSERT_EQ(0, ut_spawn(&self->c, marks_on_demand));
	ASSERT_EQ(0, session(&self->u, &self->c, &self->a));
	ASSERT_EQ(0, ut_spawn(&self->tracer, trace_syscalls));
	ut_go(&self->tracer);
	ASSERT_TRUE(ut_until(atomic_load(&self->tracer.sh->stage),
			     UT_TIMEOUT));
	ASSERT_EQ(0, atomic_load(&self->tracer.sh->value[1]));
	ASSERT_EQ(MARKS, write(self->c.in[1], bytes, MARKS));
	ut_go(&self->c);
	ASSERT_TRUE(ut_until(atomic_load(&self->tracer.sh->stage) == 100,
			     UT_TIMEOUT));
	ASSERT_EQ(0, kill(self->tracer.pid, SIGKILL));
	EXPECT_EQ(SIGKILL, ut_reap(&self->tracer));
	EXPECT_EQ(0, ut_reap(&self->c));
	EXPECT_TRUE(saw_marks(&self->u, 0, MARKS));
	EXPECT_TRUE(ut_drain(&self->u));
}

TEST_F(both, exitkill_works_on_a_thread_that_the_session_holds)
{
	tracee = &self->c;
	ASSERT_EQ(0, ut_spawn(&self->c, ut_fn_spin));
	ASSERT_EQ(0, session(&self->u, &self->c, &self->a));
	ASSERT_EQ(0, ut_spawn(&self->tracer, trace_syscalls));
	atomic_store(&self->tracer.sh->value[0], PTRACE_O_EXITKILL);
	ut_go(&self->tracer);
	ASSERT_TRUE(ut_until(atomic_load(&self->tracer.sh->stage),
			     UT_TIMEOUT));
	ASSERT_EQ(0, atomic_load(&self->tracer.sh->value[1]));
	ut_go(&self->c);
	/* It has the entry and the exit of a read() behind it, not more. */
	ASSERT_TRUE(ut_runs(&self->c));
	ASSERT_EQ(-EINPROGRESS, ut_op(&self->u, self->a.thread,
				      UTRACE_OP_HOLD));
	ASSERT_NE(NULL, ut_find(&self->u, 0, UTRACE_EV_QUIESCE));
	ASSERT_EQ(0, kill(self->tracer.pid, SIGKILL));
	EXPECT_EQ(SIGKILL, ut_reap(&self->tracer));
	EXPECT_EQ(SIGKILL, ut_reap(&self->c));
}

TEST_F(both, attach_and_detach_many_times)
{
	int i, status;

	ASSERT_EQ(0, ut_spawn(&self->c, ut_fn_spin));
	ut_go(&self->c);
	ASSERT_TRUE(ut_runs(&self->c));
	for (i = 0; i < 10; i++) {
		ASSERT_EQ(0, session(&self->u, &self->c, &self->a));
		ASSERT_EQ(0, seize(self->c.pid, 0));
		ASSERT_EQ(0, interrupt(self->c.pid));
		ASSERT_EQ(0, resume(PTRACE_SYSCALL, self->c.pid, 0));
		ASSERT_TRUE(ut_runs(&self->c));
		ASSERT_EQ(0, interrupt(self->c.pid));
		if (i % 2) {
			ASSERT_EQ(0, ut_op(&self->u, self->a.thread,
					   UTRACE_OP_DETACH));
			ASSERT_EQ(0, resume(PTRACE_DETACH, self->c.pid, 0));
		} else {
			ASSERT_EQ(0, resume(PTRACE_DETACH, self->c.pid, 0));
			ASSERT_EQ(0, ut_op(&self->u, self->a.thread,
					   UTRACE_OP_DETACH));
		}
		ASSERT_TRUE(ut_runs(&self->c));
	}
	EXPECT_EQ(0, waitpid(self->c.pid, &status, WNOHANG | WUNTRACED));
	EXPECT_EQ(0, ut_stop(&self->c));
}

static int count_to_ten(struct ut_child *c ut_unused)
{
	volatile int i, sum = 0;

	for (i = 1; i <= 10; i++)
		sum += i;
	return sum == 55 ? 0 : 1;
}

/*
 * Does a program do something else when ptrace alone steps it?  Emulators have
 * been seen that step over a jump as if it were not there (QEMU 7.2, s390).
 */
static bool steps_go_astray(void)
{
	struct ut_child c = {};
	bool astray = false;
	int i, status;

	if (ut_spawn(&c, count_to_ten) || seize(c.pid, 0) || interrupt(c.pid)) {
		ut_end(&c);
		return false;
	}
	ut_go(&c);
	for (i = 0; i < 5000 && !astray; i++) {
		if (resume(PTRACE_SINGLESTEP, c.pid, 0))
			break;
		status = stop_of(c.pid);
		if (status < 0)
			break;
		astray = status && status >> 8 != SIGTRAP;
		if (!WIFSTOPPED(status)) {
			c.pid = 0;
			break;
		}
	}
	ut_end(&c);
	return astray;
}

TEST_F_TIMEOUT(both, single_step_through_calls_that_the_session_records, 400)
{
	struct utrace_record *r;
	int status, i, ret, marks = 0;

	if (steps_go_astray())
		SKIP(return, "single-steps go astray on this machine");
	ASSERT_EQ(0, ut_spawn(&self->c, ut_fn_marks));
	atomic_store(&self->c.sh->value[0], 3);
	ASSERT_EQ(0, session(&self->u, &self->c, &self->a));
	ASSERT_NE(NULL, ut_find(&self->u, 0, UTRACE_REC_ATTACHED));
	ASSERT_EQ(0, seize(self->c.pid, 0));
	ASSERT_EQ(0, interrupt(self->c.pid));
	ut_go(&self->c);
	/* Some thousand instructions are enough for the three calls. */
	for (i = 0; i < 5000 && marks < 6; i++) {
		ret = resume(PTRACE_SINGLESTEP, self->c.pid, 0);
		if (ret == -EIO && !i)
			SKIP(return, "no single-step on this machine");
		ASSERT_EQ(0, ret);
		status = stop_of(self->c.pid);
		ASSERT_TRUE(status > 0 && WIFSTOPPED(status));
		/* not SYSCALL_STOP: nobody has asked for these */
		ASSERT_EQ(SIGTRAP, status >> 8);
		while ((r = ut_next(&self->u, 0))) {
			EXPECT_EQ(marks % 2 ? UTRACE_EV_SYSCALL :
				  UTRACE_EV_SYSCALL_ENTRY, r->type);
			marks++;
		}
	}
	EXPECT_EQ(6, marks);
	/* One trap an instruction: a call cannot be made in fewer. */
	EXPECT_LT(6, i);
	ASSERT_EQ(0, resume(PTRACE_CONT, self->c.pid, 0));
	EXPECT_EQ(0, stop_of(self->c.pid));
	self->c.pid = 0;
}

/*
 * A bit of everything that a program can do, and that a step may get wrong: what
 * it returns is the same each time.  But nothing that takes a lock, or that reads
 * the time: where a step ends a reservation, a loop that wants one never ends, nor
 * does one that wants to be over before the clock ticks.
 */
static volatile sig_atomic_t handled;
static jmp_buf after_signal;

static void count_and_return(int sig)
{
	handled += sig == SIGUSR1;
}

static void count_and_jump(int sig)
{
	handled += sig == SIGUSR2;
	siglongjmp(after_signal, 1);
}

static int busy_program(void)
{
	struct sigaction sa = { .sa_handler = count_and_return };
	struct timespec ts;
	volatile double x = 2;
	int i, status;
	pid_t pid;

	for (i = 0; i < 5; i++)
		x = x / 2 + 1 / x;
	if (clock_getres(CLOCK_MONOTONIC, &ts))	/* the vDSO, perhaps */
		return 101;
	sigaction(SIGUSR1, &sa, NULL);
	raise(SIGUSR1);
	sa.sa_handler = count_and_jump;
	sigaction(SIGUSR2, &sa, NULL);
	if (!sigsetjmp(after_signal, 1))
		raise(SIGUSR2);
	pid = vfork();
	if (!pid)
		_exit(7);
	if (pid < 0 || waitpid(pid, &status, 0) != pid || status != 7 << 8)
		return 102;
	return ((int)(x * 1000) & 31) + handled;
}

/* The end of the mapping of @pid's that is called @name, its beginning in @start. */
static unsigned long find_mapping(pid_t pid, const char *name, unsigned long *start)
{
	unsigned long end, found = 0;
	char line[256];
	FILE *f;

	snprintf(line, sizeof(line), "/proc/%d/maps", pid);
	f = fopen(line, "r");
	if (!f)
		return 0;
	while (!found && fgets(line, sizeof(line), f))
		if (strstr(line, name) && sscanf(line, "%lx-%lx", start, &end) == 2)
			found = end;
	fclose(f);
	return found;
}

TEST_F_TIMEOUT(both, a_program_does_the_same_when_it_is_stepped, 400)
{
	unsigned long low = 0, high = 0, steps = 0, strange = 0, sp = 0, frames = 0;
	struct __ptrace_syscall_info info;
	int plain, status, last, sig = 0;
	pid_t pid;

	if (steps_go_astray())
		SKIP(return, "single-steps go astray on this machine");
	pid = fork();
	if (!pid)
		_exit(busy_program());
	ASSERT_EQ(pid, waitpid(pid, &plain, 0));
	ASSERT_TRUE(WIFEXITED(plain));
	ASSERT_LT(WEXITSTATUS(plain), 100);

	pid = fork();
	if (!pid) {
		ptrace(PTRACE_TRACEME, 0, NULL, NULL);
		raise(SIGSTOP);
		_exit(busy_program());
	}
	status = stop_of(pid);
	ASSERT_TRUE(status > 0 && WIFSTOPPED(status));
	do {
		if (resume(PTRACE_SINGLESTEP, pid, sig) == -EIO) {
			kill(pid, SIGKILL);
			SKIP(return, "no single-step on this machine");
		}
		status = stop_of(pid);
		if (status < 0 || !WIFSTOPPED(status))
			break;
		last = sig;
		sig = WSTOPSIG(status) == SIGTRAP ? 0 : WSTOPSIG(status);
		/* Where a step is executed elsewhere, that is nobody's business. */
		if (steps++ % 256 == 0)
			high = find_mapping(pid, "[utrace]", &low);
		if (ptrace(PTRACE_GET_SYSCALL_INFO, pid, sizeof(info), &info) <= 0 ||
		    (info.instruction_pointer >= low &&
		     info.instruction_pointer < high))
			strange++;
		/* The way into a handler is a step. */
		if (last && info.stack_pointer + 128 <= sp)
			frames++;
		sp = info.stack_pointer;
	} while (steps < STEPS_MAX);
	EXPECT_EQ(plain, status);
	EXPECT_EQ(0, strange);
	EXPECT_EQ(2, frames);
	EXPECT_LT(200, steps);
	EXPECT_GT(STEPS_MAX, steps);
	if (status < 0 || WIFSTOPPED(status))
		kill(pid, SIGKILL);
}

TEST_F(both, ptrace_cannot_resume_what_the_session_holds)
{
	struct utrace_record *r;

	ASSERT_EQ(0, ut_spawn(&self->c, ut_fn_spin));
	ASSERT_EQ(0, session(&self->u, &self->c, &self->a));
	ut_go(&self->c);
	ASSERT_TRUE(ut_runs(&self->c));
	ASSERT_EQ(0, seize(self->c.pid, 0));
	ASSERT_EQ(0, interrupt(self->c.pid));
	EXPECT_TRUE(ut_stands_still(&self->c));

	/* Wanted while it is in ptrace's stop, done when that is over. */
	EXPECT_EQ(-EINPROGRESS, ut_op(&self->u, self->a.thread,
				      UTRACE_OP_HOLD));
	ASSERT_EQ(0, resume(PTRACE_CONT, self->c.pid, 0));
	r = ut_find(&self->u, 0, UTRACE_EV_QUIESCE);
	ASSERT_NE(NULL, r);
	EXPECT_EQ(UTRACE_RECF_HELD, r->flags);
	EXPECT_TRUE(ut_stands_still(&self->c));
	/* For ptrace it runs. */
	EXPECT_EQ(-ESRCH, resume(PTRACE_CONT, self->c.pid, 0));
	EXPECT_TRUE(ut_stands_still(&self->c));

	EXPECT_EQ(0, ut_op(&self->u, self->a.thread, UTRACE_OP_RELEASE));
	EXPECT_TRUE(ut_runs(&self->c));
	EXPECT_EQ(0, ut_stop(&self->c));
}

TEST_F(both, the_session_cannot_resume_what_ptrace_has_stopped)
{
	int status;

	ASSERT_EQ(0, ut_spawn(&self->c, ut_fn_spin));
	ASSERT_EQ(0, session(&self->u, &self->c, &self->a));
	ut_go(&self->c);
	ASSERT_TRUE(ut_runs(&self->c));
	ASSERT_EQ(0, seize(self->c.pid, 0));
	ASSERT_EQ(-EINPROGRESS, ut_op(&self->u, self->a.thread,
				      UTRACE_OP_HOLD));
	ASSERT_NE(NULL, ut_find(&self->u, 0, UTRACE_EV_QUIESCE));

	/* ptrace's stop comes when the session lets go. */
	ASSERT_EQ(0, ptrace(PTRACE_INTERRUPT, self->c.pid, NULL, NULL));
	EXPECT_EQ(0, ut_waitpid(self->c.pid, &status, __WALL, UT_QUIET));
	EXPECT_EQ(0, ut_op(&self->u, self->a.thread, UTRACE_OP_RELEASE));
	status = stop_of(self->c.pid);
	EXPECT_EQ(SIGTRAP | PTRACE_EVENT_STOP << 8, status >> 8);
	EXPECT_EQ(0, ut_op(&self->u, self->a.thread, UTRACE_OP_RELEASE));
	EXPECT_TRUE(ut_stands_still(&self->c));
	ASSERT_EQ(0, resume(PTRACE_CONT, self->c.pid, 0));
	EXPECT_TRUE(ut_runs(&self->c));
	EXPECT_EQ(0, ut_stop(&self->c));
}

TEST_F(both, ptrace_stops_in_a_call_that_the_session_holds)
{
	struct counts n = { .paired = true };
	struct utrace_rec_syscall *s;
	int status;

	ASSERT_EQ(0, ut_spawn(&self->c, ut_fn_write));
	ASSERT_EQ(0, ut_config(&self->u, UT_SYSCALLS, UT_SYSCALLS));
	ASSERT_EQ(0, ut_only_call(&self->u, SYS_write));
	ASSERT_EQ(0, ut_attach(&self->u, self->c.pid, 0, &self->a));
	ASSERT_EQ(0, seize(self->c.pid, 0));
	ASSERT_EQ(0, interrupt(self->c.pid));
	ut_go(&self->c);

	/*
	 * ptrace is the outermost: it stops first at entry, and last at exit.
	 * The way there leads over the exit of the read().
	 */
	do {
		ASSERT_EQ(0, resume(PTRACE_SYSCALL, self->c.pid, 0));
		status = stop_of(self->c.pid);
		ASSERT_TRUE(status > 0 && WIFSTOPPED(status));
		ASSERT_EQ(SYSCALL_STOP, WSTOPSIG(status));
		ASSERT_TRUE(at_syscall(self->c.pid, &n));
	} while (!n.entered || n.nr != SYS_write);
	EXPECT_TRUE(ut_none(&self->u, UTRACE_EV_SYSCALL_ENTRY, 0));
	ASSERT_EQ(0, resume(PTRACE_SYSCALL, self->c.pid, 0));

	s = ut_find(&self->u, 0, UTRACE_EV_SYSCALL_ENTRY);
	ASSERT_NE(NULL, s);
	EXPECT_EQ(UTRACE_RECF_HELD, s->head.flags);
	EXPECT_FALSE(ut_has_written(&self->c, UT_QUIET));
	EXPECT_EQ(0, ut_op(&self->u, self->a.thread, UTRACE_OP_RELEASE));
	s = ut_find(&self->u, 0, UTRACE_EV_SYSCALL);
	ASSERT_NE(NULL, s);
	EXPECT_TRUE(ut_has_written(&self->c, 0));
	EXPECT_EQ(0, ut_waitpid(self->c.pid, &status, __WALL, UT_QUIET));
	EXPECT_EQ(0, ut_op(&self->u, self->a.thread, UTRACE_OP_RELEASE));
	status = stop_of(self->c.pid);
	ASSERT_TRUE(status > 0 && WIFSTOPPED(status));
	EXPECT_EQ(SYSCALL_STOP, WSTOPSIG(status));
	ASSERT_TRUE(at_syscall(self->c.pid, &n));
	EXPECT_FALSE(n.entered);
	EXPECT_EQ(0, atomic_load(&self->c.sh->stage));
	ASSERT_EQ(0, resume(PTRACE_CONT, self->c.pid, 0));
	EXPECT_EQ(0, stop_of(self->c.pid));
	self->c.pid = 0;
	EXPECT_EQ(2, atomic_load(&self->c.sh->stage));
}

TEST_F(both, group_stop_with_listen)
{
	int status;

	ASSERT_EQ(0, ut_spawn(&self->c, ut_fn_spin));
	ASSERT_EQ(0, session(&self->u, &self->c, &self->a));
	ut_go(&self->c);
	ASSERT_TRUE(ut_runs(&self->c));
	ASSERT_EQ(0, seize(self->c.pid, 0));

	/* first the signal, then the stop that it makes */
	ASSERT_EQ(0, kill(self->c.pid, SIGSTOP));
	status = stop_of(self->c.pid);
	ASSERT_EQ(SIGSTOP, status >> 8);
	ASSERT_EQ(0, resume(PTRACE_CONT, self->c.pid, SIGSTOP));
	status = stop_of(self->c.pid);
	ASSERT_EQ(SIGSTOP | PTRACE_EVENT_STOP << 8, status >> 8);
	ASSERT_EQ(0, ptrace(PTRACE_LISTEN, self->c.pid, NULL, NULL));
	EXPECT_TRUE(ut_stands_still(&self->c));

	/* SIGCONT ends it: a trap to say so, then the signal. */
	ASSERT_EQ(0, kill(self->c.pid, SIGCONT));
	status = stop_of(self->c.pid);
	ASSERT_EQ(SIGTRAP | PTRACE_EVENT_STOP << 8, status >> 8);
	ASSERT_EQ(0, resume(PTRACE_CONT, self->c.pid, 0));
	status = stop_of(self->c.pid);
	ASSERT_EQ(SIGCONT, status >> 8);
	ASSERT_EQ(0, resume(PTRACE_CONT, self->c.pid, SIGCONT));
	EXPECT_TRUE(ut_runs(&self->c));
	atomic_store(&self->c.sh->stop, 1);
	EXPECT_EQ(0, stop_of(self->c.pid));
	self->c.pid = 0;
}

TEST_F(both, exit_event_of_ptrace)
{
	int status;

	ASSERT_EQ(0, ut_spawn(&self->c, ut_fn_marks));
	atomic_store(&self->c.sh->value[0], MARKS);
	ASSERT_EQ(0, session(&self->u, &self->c, &self->a));
	ASSERT_EQ(0, seize(self->c.pid, PTRACE_O_TRACEEXIT |
			   PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC));
	ASSERT_EQ(0, interrupt(self->c.pid));
	ASSERT_EQ(0, resume(PTRACE_CONT, self->c.pid, 0));
	ut_go(&self->c);
	status = stop_of(self->c.pid);
	ASSERT_EQ(SIGTRAP | PTRACE_EVENT_EXIT << 8, status >> 8);
	EXPECT_TRUE(saw_marks(&self->u, 0, MARKS));
	ASSERT_EQ(0, resume(PTRACE_CONT, self->c.pid, 0));
	EXPECT_EQ(0, stop_of(self->c.pid));
	self->c.pid = 0;
	EXPECT_TRUE(ut_drain(&self->u));
}

TEST_HARNESS_MAIN
