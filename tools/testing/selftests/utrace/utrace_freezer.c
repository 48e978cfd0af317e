// SPDX-License-Identifier: GPL-2.0-only
/*
 * A held thread and the freezers: that of cgroup v2, which is a stop of its own,
 * and that of cgroup v1, which is the one that suspends the system, too.
 */
#include <limits.h>
#include <sys/mount.h>

#include "utrace_testlib.h"

FIXTURE(freezer)
{
	struct ut_session u;
	struct ut_child c;
	struct utrace_attach a;
	char mnt[32];
	bool mounted;
};

FIXTURE_VARIANT(freezer)
{
	const char *type, *data;
	const char *file, *freeze, *thaw;
	const char *state, *frozen;
	bool kill_waits;
};

FIXTURE_VARIANT_ADD(freezer, v1)
{
	.type = "cgroup", .data = "freezer",
	.file = "freezer.state", .freeze = "FROZEN", .thaw = "THAWED",
	.state = "freezer.state", .frozen = "FROZEN\n",
	.kill_waits = true,
};

FIXTURE_VARIANT_ADD(freezer, v2)
{
	.type = "cgroup2", .data = NULL,
	.file = "cgroup.freeze", .freeze = "1", .thaw = "0",
	.state = "cgroup.events", .frozen = "frozen 1\n",
};

typedef FIXTURE_VARIANT(freezer) freezer_kind;

static const char *in_group(const char *mnt, const char *file)
{
	static char path[PATH_MAX];

	/* Of this test's own: if it fails, it may leave the group behind. */
	snprintf(path, sizeof(path), "%s/utrace_freezer.%d%s%s", mnt, getpid(),
		 file ? "/" : "", file ? file : "");
	return path;
}

static int write_group(const char *mnt, const char *file, const char *text)
{
	int fd = open(in_group(mnt, file), O_WRONLY | O_CLOEXEC);
	int ret = 0;

	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		ret = -errno;
	if (fd >= 0)
		close(fd);
	if (ret)
		ut_log("%s: %s", in_group(mnt, file), strerror(-ret));
	return ret;
}

static bool is_frozen(const char *mnt, const freezer_kind *v)
{
	char text[256];
	int fd = open(in_group(mnt, v->state), O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);

	if (fd >= 0)
		close(fd);
	text[n < 0 ? 0 : n] = '\0';
	return strstr(text, v->frozen);
}

static bool freeze(const char *mnt, const freezer_kind *v)
{
	if (write_group(mnt, v->file, v->freeze))
		return false;
	if (ut_until(is_frozen(mnt, v), UT_TIMEOUT))
		return true;
	ut_log("the group does not get frozen");
	return false;
}

static bool thaw(const char *mnt, const freezer_kind *v)
{
	return !write_group(mnt, v->file, v->thaw);
}

FIXTURE_SETUP(freezer)
{
	char pid[16];

	self->u.fd = -1;
	strcpy(self->mnt, "/tmp/utrace_freezerXXXXXX");
	ASSERT_NE(NULL, mkdtemp(self->mnt));
	if (mount("cgroup", self->mnt, variant->type, 0, variant->data))
		SKIP(return, "this kernel has no %s with a freezer",
		     variant->type);
	self->mounted = true;
	ASSERT_EQ(0, mkdir(in_group(self->mnt, NULL), 0755));
	ASSERT_EQ(0, ut_open(&self->u));
	ASSERT_EQ(0, ut_spawn(&self->c, ut_fn_spin));
	snprintf(pid, sizeof(pid), "%d", self->c.pid);
	ASSERT_EQ(0, write_group(self->mnt, "cgroup.procs", pid));
	ASSERT_EQ(0, ut_config(&self->u, 0, 0));
	ASSERT_EQ(0, ut_attach(&self->u, self->c.pid, 0, &self->a));
	ut_go(&self->c);
	ASSERT_TRUE(ut_runs(&self->c));
}

FIXTURE_TEARDOWN(freezer)
{
	ut_close(&self->u);
	if (self->mounted) {
		thaw(self->mnt, variant);
		ut_end(&self->c);
		if (!ut_until(!rmdir(in_group(self->mnt, NULL)), UT_TIMEOUT))
			ut_log("%s: %s", in_group(self->mnt, NULL),
			       strerror(errno));
		umount2(self->mnt, MNT_DETACH);
	}
	rmdir(self->mnt);
}

/*
 * Until it sleeps: the freezer of v1 tries once.  Who is then about to sleep in a
 * stop, this one or ptrace's, is not frozen before it leaves it.
 */
static bool hold(struct ut_session *u, const struct utrace_attach *a,
		 const struct ut_child *c)
{
	struct utrace_record *r;

	if (ut_op(u, a->thread, UTRACE_OP_HOLD) != -EINPROGRESS)
		return false;
	r = ut_find(u, a->thread, UTRACE_EV_QUIESCE);
	return r && r->flags == UTRACE_RECF_HELD &&
	       ut_wait_state(c->pid, c->pid, 't');
}

static bool ends(struct ut_child *c)
{
	atomic_store(&c->sh->stop, 1);
	return ut_reap(c) == 0;
}

TEST_F(freezer, held_frozen_released_thawed)
{
	ASSERT_TRUE(hold(&self->u, &self->a, &self->c));
	ASSERT_TRUE(freeze(self->mnt, variant));
	EXPECT_EQ(0, ut_op(&self->u, self->a.thread, UTRACE_OP_RELEASE));
	EXPECT_TRUE(ut_stands_still(&self->c));
	EXPECT_TRUE(is_frozen(self->mnt, variant));
	ASSERT_TRUE(thaw(self->mnt, variant));
	EXPECT_TRUE(ut_runs(&self->c));
	EXPECT_TRUE(ends(&self->c));
}

TEST_F(freezer, held_frozen_thawed_released)
{
	ASSERT_TRUE(hold(&self->u, &self->a, &self->c));
	ASSERT_TRUE(freeze(self->mnt, variant));
	ASSERT_TRUE(thaw(self->mnt, variant));
	EXPECT_TRUE(ut_stands_still(&self->c));
	EXPECT_TRUE(ut_wait_state(self->c.pid, self->c.pid, 't'));
	EXPECT_EQ(0, ut_op(&self->u, self->a.thread, UTRACE_OP_RELEASE));
	EXPECT_TRUE(ut_runs(&self->c));
	EXPECT_TRUE(ends(&self->c));
}

TEST_F(freezer, frozen_held_thawed_released)
{
	struct utrace_rec_quiesce *q;
	int ret;

	ASSERT_TRUE(freeze(self->mnt, variant));
	/* A frozen thread may count as one that sleeps. */
	ret = ut_op(&self->u, self->a.thread, UTRACE_OP_HOLD);
	ASSERT_TRUE(ret == 0 || ret == -EINPROGRESS);
	EXPECT_TRUE(is_frozen(self->mnt, variant));
	ASSERT_TRUE(thaw(self->mnt, variant));
	q = ut_find_held(&self->u, self->a.thread);
	ASSERT_NE(NULL, q);
	EXPECT_EQ(UTRACE_RECF_HELD, q->head.flags);
	EXPECT_TRUE(ut_stands_still(&self->c));
	EXPECT_EQ(0, ut_op(&self->u, self->a.thread, UTRACE_OP_RELEASE));
	EXPECT_TRUE(ut_runs(&self->c));
	EXPECT_TRUE(ends(&self->c));
}

TEST_F(freezer, session_is_closed_while_frozen)
{
	ASSERT_TRUE(hold(&self->u, &self->a, &self->c));
	ASSERT_TRUE(freeze(self->mnt, variant));
	ut_close(&self->u);
	EXPECT_TRUE(ut_stands_still(&self->c));
	ASSERT_TRUE(thaw(self->mnt, variant));
	EXPECT_TRUE(ut_runs(&self->c));
	EXPECT_TRUE(ends(&self->c));
}

TEST_F(freezer, held_frozen_killed)
{
	int status;

	ASSERT_TRUE(hold(&self->u, &self->a, &self->c));
	ASSERT_TRUE(freeze(self->mnt, variant));
	ASSERT_EQ(0, kill(self->c.pid, SIGKILL));
	/* That is how the freezers are, without a tracer, too. */
	if (variant->kill_waits)
		ASSERT_TRUE(thaw(self->mnt, variant));
	ASSERT_EQ(self->c.pid,
		  ut_waitpid(self->c.pid, &status, 0, UT_TIMEOUT));
	EXPECT_TRUE(WIFSIGNALED(status));
	EXPECT_EQ(SIGKILL, WTERMSIG(status));
	self->c.pid = 0;
}

TEST_HARNESS_MAIN
