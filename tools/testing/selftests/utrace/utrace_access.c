// SPDX-License-Identifier: GPL-2.0-only
/*
 * Who may attach: the sysctl kernel.utrace.unprivileged, tracers under seccomp,
 * and security modules whose policy changes while a session is attached.
 */
#include <linux/filter.h>
#include <linux/seccomp.h>

#include "utrace_testlib.h"

#define UNPRIVILEGED	"/proc/sys/kernel/utrace/unprivileged"
#define YAMA_SCOPE	"/proc/sys/kernel/yama/ptrace_scope"

/* The value of a sysctl, or a negative errno. */
static int sysctl_get(const char *path)
{
	char text[16] = "";
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	int ret = fd < 0 || read(fd, text, sizeof(text) - 1) <= 0 ? -errno : atoi(text);

	if (fd >= 0)
		close(fd);
	return ret;
}

static int sysctl_set(const char *path, int value)
{
	char text[16];
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	int len = snprintf(text, sizeof(text), "%d", value);
	int ret = fd < 0 || write(fd, text, len) != len ? -errno : 0;

	if (fd >= 0)
		close(fd);
	return ret;
}

/* What the tests change, and have to change back. */
struct settings {
	mode_t mode;
	int unprivileged, yama;
};

static int save_settings(struct settings *old)
{
	int ret = ut_open_device_to_all(&old->mode);

	old->unprivileged = sysctl_get(UNPRIVILEGED);
	/* With Yama, only descendants can be traced unless this is 0. */
	old->yama = sysctl_get(YAMA_SCOPE);
	return ret || old->yama <= 0 ? ret : sysctl_set(YAMA_SCOPE, 0);
}

static void restore_settings(const struct settings *old)
{
	if (!old->mode)
		return;
	if (old->unprivileged >= 0)
		sysctl_set(UNPRIVILEGED, old->unprivileged);
	if (old->yama >= 0)
		sysctl_set(YAMA_SCOPE, old->yama);
	chmod(UT_DEVICE, old->mode);
}

/* ---- kernel.utrace.unprivileged ----------------------------------------- */

/* value[] of the tracer */
enum {
	TARGET,		/* pid */
	PREPARED,	/* result of everything before the attach */
	ATTACHED,	/* result of the attach */
	ROOT,		/* keeps its privileges */
	SECCOMP,	/* is under a filter */
	DETACHED,	/* error in the record of the detach */
	REASON,		/* reason in it */
};

static int wait_as_nobody(struct ut_child *c)
{
	atomic_store(&c->sh->value[PREPARED], ut_drop_privileges());
	atomic_store(&c->sh->stage, 1);
	while (!atomic_load(&c->sh->stop))
		ut_sleep(5);
	return 0;
}

/* A filter that allows every call: what counts is that there is one. */
static int install_filter(void)
{
	struct sock_filter allow = BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	struct sock_fprog program = { .len = 1, .filter = &allow };

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ||
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program))
		return -errno;
	return 0;
}

static int attach_once(struct ut_child *c)
{
	static struct ut_session u;
	int ret = 0;

	if (!atomic_load(&c->sh->value[ROOT]))
		ret = ut_drop_privileges();
	if (!ret && atomic_load(&c->sh->value[SECCOMP]))
		ret = install_filter();
	if (!ret)
		ret = ut_open(&u);
	atomic_store(&c->sh->value[PREPARED], ret);
	if (!ret)
		atomic_store(&c->sh->value[ATTACHED],
			     ut_attach(&u, atomic_load(&c->sh->value[TARGET]), 0, NULL));
	return ret != 0;
}

FIXTURE(policy)
{
	struct ut_child target, tracer;
	struct settings old;
};

FIXTURE_VARIANT(policy)
{
	int sysctl;		/* -1: as the kernel has booted */
	bool root;
	bool seccomp;
	int expected;
};

FIXTURE_VARIANT_ADD(policy, default_plain)
{
	.sysctl = -1, .expected = 0,
};

FIXTURE_VARIANT_ADD(policy, default_under_seccomp)
{
	.sysctl = -1, .seccomp = true, .expected = -EPERM,
};

FIXTURE_VARIANT_ADD(policy, default_root_under_seccomp)
{
	.sysctl = -1, .seccomp = true, .root = true, .expected = 0,
};

FIXTURE_VARIANT_ADD(policy, nobody_plain)
{
	.sysctl = 0, .expected = -EPERM,
};

FIXTURE_VARIANT_ADD(policy, nobody_root)
{
	.sysctl = 0, .root = true, .expected = 0,
};

FIXTURE_VARIANT_ADD(policy, all_under_seccomp)
{
	.sysctl = 2, .seccomp = true, .expected = 0,
};

FIXTURE_SETUP(policy)
{
	if (geteuid())
		SKIP(return, "needs to be root to have privileges to drop");
	ASSERT_EQ(0, save_settings(&self->old));
}

FIXTURE_TEARDOWN(policy)
{
	restore_settings(&self->old);
	ut_end(&self->tracer);
	ut_end(&self->target);
}

/* A process of the user nobody, to be traced. */
static int start_target(struct ut_child *c, ut_child_fn fn)
{
	int ret = ut_spawn(c, fn);

	if (ret)
		return ret;
	ut_go(c);
	if (!ut_until(atomic_load(&c->sh->stage), UT_TIMEOUT))
		return -ETIMEDOUT;
	return atomic_load(&c->sh->value[PREPARED]);
}

TEST_F(policy, decides_who_attaches)
{
	/* The default is 1: not from under seccomp. */
	EXPECT_EQ(1, self->old.unprivileged);
	if (variant->sysctl >= 0) {
		ASSERT_EQ(0, sysctl_set(UNPRIVILEGED, variant->sysctl));
	}
	ASSERT_EQ(0, start_target(&self->target, wait_as_nobody));

	ASSERT_EQ(0, ut_spawn(&self->tracer, attach_once));
	atomic_store(&self->tracer.sh->value[TARGET], self->target.pid);
	atomic_store(&self->tracer.sh->value[ROOT], variant->root);
	atomic_store(&self->tracer.sh->value[SECCOMP], variant->seccomp);
	ut_go(&self->tracer);
	EXPECT_EQ(0, ut_reap(&self->tracer));
	ASSERT_EQ(0, atomic_load(&self->tracer.sh->value[PREPARED]));
	EXPECT_EQ(variant->expected,
		  atomic_load(&self->tracer.sh->value[ATTACHED]));
}

/* ---- after the attach --------------------------------------------------- */

FIXTURE(later)
{
	struct ut_child target, tracer;
	struct settings old;
};

FIXTURE_SETUP(later)
{
	if (geteuid())
		SKIP(return, "needs to be root to have privileges to drop");
	ASSERT_EQ(0, save_settings(&self->old));
}

FIXTURE_TEARDOWN(later)
{
	restore_settings(&self->old);
	ut_end(&self->tracer);
	ut_end(&self->target);
}

TEST_F(later, the_policy_refuses_nonsense)
{
	EXPECT_EQ(-EINVAL, sysctl_set(UNPRIVILEGED, 3));
	EXPECT_EQ(-EINVAL, sysctl_set(UNPRIVILEGED, -1));
	EXPECT_EQ(0, sysctl_set(UNPRIVILEGED, 2));
	EXPECT_EQ(2, sysctl_get(UNPRIVILEGED));
}

static int exec_as_nobody(struct ut_child *c)
{
	char b;

	atomic_store(&c->sh->value[PREPARED], ut_drop_privileges());
	atomic_store(&c->sh->stage, 1);
	if (read(c->in[0], &b, 1) != 1)
		return 1;
	execl(UT_SELF, "self", "role-seven", NULL);
	return 1;
}

/* Attaches, and waits for the end of the session. */
static int trace_as_nobody(struct ut_child *c)
{
	static struct ut_session u;
	struct utrace_record *r;
	int ret = ut_drop_privileges();

	if (!ret)
		ret = ut_open(&u);
	atomic_store(&c->sh->value[PREPARED], ret);
	if (!ret)
		ret = ut_attach(&u, atomic_load(&c->sh->value[TARGET]), 0, NULL);
	atomic_store(&c->sh->value[ATTACHED], ret);
	atomic_store(&c->sh->stage, 1);
	while (!ret && (r = ut_next(&u, UT_TIMEOUT))) {
		if (r->type == UTRACE_REC_DETACHED)
			atomic_store(&c->sh->value[DETACHED],
				     ((struct utrace_rec_detached *)r)->error);
		if (r->type == UTRACE_REC_DETACHED)
			atomic_store(&c->sh->value[REASON],
				     ((struct utrace_rec_detached *)r)->reason);
	}
	return ret != 0 || !u.eof;
}

/* Yama refuses, and logs, an access that it has allowed before. */
TEST_F(later, yama_forbids_what_is_attached)
{
	if (self->old.yama < 0)
		SKIP(return, "no Yama");
	ASSERT_EQ(0, start_target(&self->target, exec_as_nobody));
	ASSERT_EQ(0, ut_spawn(&self->tracer, trace_as_nobody));
	atomic_store(&self->tracer.sh->value[TARGET], self->target.pid);
	ut_go(&self->tracer);
	ASSERT_TRUE(ut_until(atomic_load(&self->tracer.sh->stage), UT_TIMEOUT));
	ASSERT_EQ(0, atomic_load(&self->tracer.sh->value[ATTACHED]));

	/* From now on only CAP_SYS_PTRACE may trace. */
	ASSERT_EQ(0, sysctl_set(YAMA_SCOPE, 2));
	ASSERT_EQ(1, write(self->target.in[1], "x", 1));
	EXPECT_EQ(7 << 8, ut_reap(&self->target));
	EXPECT_EQ(0, ut_reap(&self->tracer));
	EXPECT_EQ(EPERM, atomic_load(&self->tracer.sh->value[DETACHED]));
	EXPECT_EQ(UTRACE_DETACHED_CREDS, atomic_load(&self->tracer.sh->value[REASON]));
}

static int run_role(int argc ut_unused, char **argv)
{
	return strcmp(argv[1], "role-seven") ? 1 : 7;
}

UT_MAIN_WITH_ROLES(run_role)
