// SPDX-License-Identifier: GPL-2.0-only
/*
 * A session must not be a way to more privileges.  A program that would gain
 * some by an exec (here: set-user-ID root) does not gain them while somebody
 * is attached who might not have attached to the result.  Who has
 * CAP_SYS_PTRACE, like root, might attach to anything: then it does.
 *
 * The file system of these programs is a tmpfs that is mounted for the test:
 * /tmp of a distribution is often mounted nosuid.  That, and the change of
 * owner, need root to run the test.
 */
#include <sys/auxv.h>
#include <sys/mount.h>
#include <sys/sendfile.h>

#include "utrace_testlib.h"

#define DIR	"/tmp/utrace_exec_cred"
#define PROGRAM	DIR "/suid"

FIXTURE(exec_cred)
{
	struct ut_session u;
	struct ut_child target, tracer;
	mode_t mode;
	bool mounted;
};

static int copy_self(void)
{
	struct stat st;
	off_t off = 0;
	int in, out, ret = 0;

	in = open(UT_SELF, O_RDONLY | O_CLOEXEC);
	out = open(PROGRAM, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0755);
	if (in < 0 || out < 0 || fstat(in, &st))
		return -errno;
	while (off < st.st_size) {
		if (sendfile(out, in, &off, st.st_size - off) <= 0)
			return -errno;
	}
	if (fchown(out, 0, 0) || fchmod(out, 04755))
		ret = -errno;
	close(in);
	close(out);
	return ret;
}

FIXTURE_SETUP(exec_cred)
{
	self->u.fd = -1;
	if (geteuid())
		SKIP(return, "needs to be root to make a set-user-ID program");
	mkdir(DIR, 0755);
	if (mount("utrace", DIR, "tmpfs", 0, "mode=755"))
		SKIP(return, "cannot mount a tmpfs on " DIR ": %s",
		     strerror(errno));
	self->mounted = true;
	ASSERT_EQ(0, copy_self());
	ASSERT_EQ(0, ut_open_device_to_all(&self->mode));
}

FIXTURE_TEARDOWN(exec_cred)
{
	ut_close(&self->u);
	ut_end(&self->tracer);
	ut_end(&self->target);
	if (self->mounted)
		umount2(DIR, MNT_DETACH);
	rmdir(DIR);
	if (self->mode)
		chmod(UT_DEVICE, self->mode);
}

/* ---- who executes ------------------------------------------------------ */

/* What the new program says of itself. */
struct report {
	int euid;
	int secure;	/* AT_SECURE */
};

#define LINGERS	0	/* value[]: the new program stays */

/* Becomes nobody, waits for the attach, then executes the program. */
static int exec_as_nobody(struct ut_child *c)
{
	char fd[16], b;
	int ret = ut_drop_privileges();

	atomic_store(&c->sh->value[1], ret);
	atomic_store(&c->sh->stage, 1);
	if (ret || read(c->in[0], &b, 1) != 1)
		return 1;
	ut_mark(1);
	snprintf(fd, sizeof(fd), "%d", c->out[1]);
	execl(PROGRAM, "suid", atomic_load(&c->sh->value[LINGERS]) ?
	      "role-linger" : "role-report", fd, NULL);
	return 1;
}

static int run_role(int argc, char **argv)
{
	struct report r = {
		.euid = geteuid(), .secure = getauxval(AT_SECURE),
	};

	if (argc != 3)
		return 1;
	ut_mark(2);
	if (write(atoi(argv[2]), &r, sizeof(r)) != sizeof(r))
		return 1;
	if (!strcmp(argv[1], "role-linger"))
		pause();
	return strcmp(argv[1], "role-report") != 0;
}

static int start_target(struct ut_child *c)
{
	int ret = ut_spawn(c, exec_as_nobody);

	if (ret)
		return ret;
	ut_go(c);
	if (!ut_until(atomic_load(&c->sh->stage), UT_TIMEOUT))
		return -ETIMEDOUT;
	if (!ut_wait_state(c->pid, c->pid, 'S'))
		return -ETIMEDOUT;
	return atomic_load(&c->sh->value[1]);
}

/* Lets it execute, and says what came of that. */
static int exec_target(struct ut_child *c, struct report *r)
{
	int status;

	if (write(c->in[1], "x", 1) != 1)
		return -errno;
	if (!ut_has_written(c, UT_TIMEOUT)) {
		ut_log(PROGRAM " does not report; child's status: %#x",
		       ut_reap(c));
		return -ENOEXEC;
	}
	if (read(c->out[0], r, sizeof(*r)) != sizeof(*r))
		return -EIO;
	status = ut_reap(c);
	return status > 0 ? -ECHILD : status;
}

/* ---- who traces -------------------------------------------------------- */

static struct ut_child *target;

enum {
	TRACE_RET = 1,	/* attaching went well */
	TRACE_BEFORE,	/* records of the old program */
	TRACE_AFTER,	/* records of the new one */
	TRACE_DETACHED,	/* the error in the record of the detach */
	TRACE_END,	/* the stream has come to its end */
};

static int trace_as_nobody(struct ut_child *c)
{
	static struct ut_session u;
	struct utrace_record *r;
	struct utrace_rec_syscall *s;
	int ret = ut_drop_privileges();

	if (!ret)
		ret = ut_open(&u);
	if (!ret)
		ret = ut_config(&u, UT_SYSCALLS |
				UTRACE_EV_BIT(UTRACE_EV_EXEC), 0);
	if (!ret)
		ret = ut_only_marks(&u);
	if (!ret)
		ret = ut_attach(&u, target->pid, 0, NULL);
	atomic_store(&c->sh->value[TRACE_RET], ret);
	atomic_store(&c->sh->stage, 1);
	if (ret)
		return 1;
	while ((r = ut_next(&u, UT_TIMEOUT))) {
		s = (void *)r;
		if (r->type == UTRACE_EV_SYSCALL_ENTRY && s->args[0] == 1)
			atomic_fetch_add(&c->sh->value[TRACE_BEFORE], 1);
		if (r->type == UTRACE_EV_SYSCALL_ENTRY && s->args[0] == 2)
			atomic_fetch_add(&c->sh->value[TRACE_AFTER], 1);
		if (r->type == UTRACE_REC_DETACHED)
			atomic_store(&c->sh->value[TRACE_DETACHED],
				     ((struct utrace_rec_detached *)r)->error);
	}
	atomic_store(&c->sh->value[TRACE_END], u.eof);
	return 0;
}

/* ---- the tests --------------------------------------------------------- */

/* Without this the others prove nothing. */
TEST_F(exec_cred, untraced_program_gains_its_privileges)
{
	struct report r;

	ASSERT_EQ(0, start_target(&self->target));
	ASSERT_EQ(0, exec_target(&self->target, &r));
	EXPECT_EQ(0, r.euid);
	EXPECT_EQ(1, r.secure);
}

TEST_F(exec_cred, nobody_does_not_trace_a_privileged_program)
{
	struct report r;
	atomic_long *seen;

	target = &self->target;
	ASSERT_EQ(0, start_target(&self->target));
	ASSERT_EQ(0, ut_spawn(&self->tracer, trace_as_nobody));
	seen = self->tracer.sh->value;
	ut_go(&self->tracer);
	ASSERT_TRUE(ut_until(atomic_load(&self->tracer.sh->stage),
			     UT_TIMEOUT));
	ASSERT_EQ(0, atomic_load(&seen[TRACE_RET]));
	ASSERT_EQ(0, exec_target(&self->target, &r));
	ASSERT_EQ(0, ut_reap(&self->tracer));

	EXPECT_EQ(1, atomic_load(&seen[TRACE_END]));
	EXPECT_EQ(1, atomic_load(&seen[TRACE_BEFORE]));
	EXPECT_EQ(UT_NOBODY, r.euid);
	/* It is what it was, and so is the session. */
	EXPECT_EQ(0, atomic_load(&seen[TRACE_DETACHED]));
	EXPECT_EQ(1, atomic_load(&seen[TRACE_AFTER]));
}

TEST_F(exec_cred, root_traces_what_gains_privileges)
{
	struct utrace_rec_syscall *s;
	struct utrace_rec_exec *e;
	struct utrace_attach a;
	struct report r;

	ASSERT_EQ(0, start_target(&self->target));
	ASSERT_EQ(0, ut_open(&self->u));
	ASSERT_EQ(0, ut_config(&self->u, UT_ENTRY |
			       UTRACE_EV_BIT(UTRACE_EV_EXEC), 0));
	ASSERT_EQ(0, ut_only_marks(&self->u));
	ASSERT_EQ(0, ut_attach(&self->u, self->target.pid, 0, &a));
	ASSERT_EQ(0, exec_target(&self->target, &r));
	EXPECT_EQ(0, r.euid);
	s = ut_find(&self->u, a.thread, UTRACE_EV_SYSCALL_ENTRY);
	ASSERT_NE(NULL, s);
	EXPECT_EQ(1, s->args[0]);
	e = ut_find(&self->u, a.thread, UTRACE_EV_EXEC);
	ASSERT_NE(NULL, e);
	EXPECT_STREQ("suid", (const char *)e->comm);
	EXPECT_EQ(UTRACE_EXEC_SECURE, e->flags);
	s = ut_find(&self->u, a.thread, UTRACE_EV_SYSCALL_ENTRY);
	ASSERT_NE(NULL, s);
	EXPECT_EQ(2, s->args[0]);
	EXPECT_TRUE(ut_none(&self->u, UTRACE_REC_DETACHED, UT_TIMEOUT));
	EXPECT_TRUE(self->u.eof);
}

TEST_F(exec_cred, root_is_not_detached_with_nobody)
{
	struct utrace_rec_syscall *s;
	struct utrace_attach a;
	struct report r;
	atomic_long *seen;

	target = &self->target;
	ASSERT_EQ(0, start_target(&self->target));
	ASSERT_EQ(0, ut_spawn(&self->tracer, trace_as_nobody));
	seen = self->tracer.sh->value;
	ut_go(&self->tracer);
	ASSERT_TRUE(ut_until(atomic_load(&self->tracer.sh->stage),
			     UT_TIMEOUT));
	ASSERT_EQ(0, atomic_load(&seen[TRACE_RET]));
	ASSERT_EQ(0, ut_open(&self->u));
	ASSERT_EQ(0, ut_config(&self->u, UT_ENTRY, 0));
	ASSERT_EQ(0, ut_only_marks(&self->u));
	ASSERT_EQ(0, ut_attach(&self->u, self->target.pid, 0, &a));
	ASSERT_EQ(0, exec_target(&self->target, &r));
	ASSERT_EQ(0, ut_reap(&self->tracer));
	/* Nobody's session still counts. */
	EXPECT_EQ(UT_NOBODY, r.euid);
	s = ut_find(&self->u, a.thread, UTRACE_EV_SYSCALL_ENTRY);
	ASSERT_NE(NULL, s);
	EXPECT_EQ(1, s->args[0]);
	s = ut_find(&self->u, a.thread, UTRACE_EV_SYSCALL_ENTRY);
	ASSERT_NE(NULL, s);
	EXPECT_EQ(2, s->args[0]);
	EXPECT_TRUE(ut_drain(&self->u));
}

/* What nobody may not keep he may not get either. */
TEST_F(exec_cred, nobody_cannot_attach_to_it_afterwards)
{
	struct report r;

	target = &self->target;
	ASSERT_EQ(0, start_target(&self->target));
	atomic_store(&self->target.sh->value[LINGERS], 1);
	ASSERT_EQ(1, write(self->target.in[1], "x", 1));
	ASSERT_TRUE(ut_has_written(&self->target, UT_TIMEOUT));
	ASSERT_EQ(sizeof(r), read(self->target.out[0], &r, sizeof(r)));
	ASSERT_EQ(0, r.euid);
	ASSERT_EQ(0, ut_spawn(&self->tracer, trace_as_nobody));
	ut_go(&self->tracer);
	ASSERT_TRUE(ut_until(atomic_load(&self->tracer.sh->stage),
			     UT_TIMEOUT));
	EXPECT_EQ(-EPERM, atomic_load(&self->tracer.sh->value[TRACE_RET]));
}

UT_MAIN_WITH_ROLES(run_role)
