// SPDX-License-Identifier: GPL-2.0-only
/*
 * A process that attaches a session to itself and passes it on, for example to a crash
 * handler.  The handler needs no right to trace the process, which may be in a sandbox.
 * And UTRACE_IOC_RESTRICT, by which the process says what the handler may do.
 */
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <linux/utrace_regs.h>
#include <sys/socket.h>

#include "utrace_testlib.h"

#define YAMA_SCOPE	"/proc/sys/kernel/yama/ptrace_scope"
/* The client's user.  The handler is UT_NOBODY. */
#define CLIENT		65533

#define RIGHTS	(UTRACE_RIGHT_HOLD | UTRACE_RIGHT_REGS_READ | UTRACE_RIGHT_MEM_READ)

static char secret[] = "nobody else may read this";

/* value[] of the client and of the handler */
enum {
	PREPARED = 1,	/* result of everything before the attach */
	ATTACHED,	/* result of the attach to itself */
	NR_THREADS,	/* threads that it said */
	OWN_HOLD,	/* result of holding its own thread */
	SANDBOX,	/* result of entering the sandbox */
	SENT,		/* result of passing the session on */
	THREAD,		/* cookie of the client's thread */
	HOLD,		/* the rest is the handler's */
	HELD,
	PTRACE,		/* whether it might attach by itself */
	REGS,
	MEMORY,
	WRITE,
	CONFIG,
	ATTACH,
	KILL,
	RELEASE,
	INFO_RIGHTS,
};

FIXTURE(self)
{
	struct ut_child client, handler;
	mode_t mode;
	char yama[16];
	int unprivileged;
};

FIXTURE_VARIANT(self)
{
	bool seccomp, user_ns, yama;
};

FIXTURE_VARIANT_ADD(self, of_another_user)
{
	.seccomp = false,
};

FIXTURE_VARIANT_ADD(self, under_seccomp)
{
	.seccomp = true,
};

FIXTURE_VARIANT_ADD(self, in_a_user_namespace)
{
	.user_ns = true,
};

FIXTURE_VARIANT_ADD(self, with_yama)
{
	.yama = true,
};

static int socket_pair[2];

static int write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	int ret = fd < 0 || write(fd, text, strlen(text)) < 0 ? -errno : 0;

	if (fd >= 0)
		close(fd);
	return ret;
}

FIXTURE_SETUP(self)
{
	int fd;

	if (geteuid())
		SKIP(return, "needs to be root to have privileges to drop");
	fd = open(YAMA_SCOPE, O_RDONLY | O_CLOEXEC);
	if (fd >= 0) {
		ASSERT_LT(0, read(fd, self->yama, sizeof(self->yama) - 1));
		close(fd);
	} else if (variant->yama) {
		SKIP(return, "no Yama");
	}
	if (variant->yama) {
		ASSERT_EQ(0, write_file(YAMA_SCOPE, "2"));
	}
	ASSERT_EQ(0, ut_open_device_to_all(&self->mode));
	ASSERT_EQ(0, socketpair(AF_UNIX, SOCK_STREAM, 0, socket_pair));
}

FIXTURE_TEARDOWN(self)
{
	if (self->yama[0])
		write_file(YAMA_SCOPE, self->yama);
	if (self->mode)
		chmod(UT_DEVICE, self->mode);
	ut_end(&self->handler);
	ut_end(&self->client);
}

static int become(uid_t id)
{
	if (setgroups(0, NULL) || setresgid(id, id, id) || setresuid(id, id, id))
		return -errno;
	return prctl(PR_SET_PDEATHSIG, SIGKILL) ? -errno : 0;
}

static int install_filter(void)
{
	struct sock_filter allow = BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	struct sock_fprog program = { .len = 1, .filter = &allow };

	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ||
	       prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) ? -errno : 0;
}

static bool in_sandbox_seccomp, in_sandbox_user_ns;

/* Attaches to itself, says what may be done with that, and enters its sandbox. */
static int prepare(struct ut_child *c, struct ut_session *u)
{
	struct utrace_restrict r = { .size = sizeof(r), .rights = RIGHTS };
	struct utrace_attach a = { .fd = -1 };
	atomic_long *value = c->sh->value;
	int ret = become(CLIENT);

	if (!ret)
		ret = ut_open_read(u);
	if (!ret)
		ret = ut_config(u, 0, 0);
	atomic_store(&value[PREPARED], ret);
	if (ret)
		return ret;
	ret = ut_attach_full(u, &a);
	atomic_store(&value[ATTACHED], ret);
	atomic_store(&value[NR_THREADS], a.threads);
	atomic_store(&value[THREAD], a.thread);
	if (ret)
		return ret;
	atomic_store(&value[OWN_HOLD], ut_op(u, a.thread, UTRACE_OP_HOLD));
	if (in_sandbox_seccomp)
		ret = install_filter();
	if (!ret && in_sandbox_user_ns)
		ret = unshare(CLONE_NEWUSER) ? -errno : 0;
	if (!ret)
		ret = ut_ioctl(u->fd, UTRACE_IOC_RESTRICT, &r);
	/* Nobody but root may ptrace it. */
	if (!ret)
		ret = prctl(PR_SET_DUMPABLE, 0) ? -errno : 0;
	atomic_store(&value[SANDBOX], ret);
	return ret;
}

static int client(struct ut_child *c)
{
	static struct ut_session u;

	if (prepare(c, &u))
		return 1;
	/* The last file of the session is the handler's then. */
	atomic_store(&c->sh->value[SENT], ut_send_fd(socket_pair[0], u.fd));
	ut_close(&u);
	return ut_fn_spin(c);
}

static struct ut_child *the_client;

/* Registers and memory of the client's thread. */
static void examine(struct ut_session *u, __u64 thread, atomic_long *value)
{
	struct utrace_regval v = {
		.size = sizeof(v), .flags = UTRACE_REGVAL_ROLE, .reg = UTRACE_ROLE_PC,
	};
	__u32 size = sizeof(v);
	char buf[sizeof(secret)] = "";
	int ret;
	long n;

	ret = ut_regs(u, thread, UTRACE_REGS_READ, UTRACE_REGS_LIST, &v, &size, NULL);
	atomic_store(&value[REGS], ret ?: !v.value);
	n = ut_memory(u, thread, UTRACE_MEM_READ, 0, (uintptr_t)secret, buf, sizeof(buf));
	atomic_store(&value[MEMORY], n != sizeof(buf) ? (n < 0 ? n : -ENODATA) :
		     strcmp(buf, "looked at by the handler") ? 1 : 0);
}

static int handler(struct ut_child *c)
{
	static struct ut_session u, v;
	atomic_long *value = c->sh->value;
	struct utrace_config conf = {};
	struct utrace_info info;
	__u64 thread;
	int ret = ut_drop_privileges();

	u.fd = ret ? -1 : ut_receive_fd(socket_pair[1]);
	if (u.fd < 0)
		return 1;
	thread = atomic_load(&the_client->sh->value[THREAD]);
	/* What it could do without the session: nothing. */
	atomic_store(&value[PTRACE], ut_open_read(&v) ?: ut_attach(&v, the_client->pid, 0,
								   NULL));
	atomic_store(&value[HOLD], ut_op(&u, thread, UTRACE_OP_HOLD));
	atomic_store(&value[HELD], !!ut_find_held(&u, thread));
	examine(&u, thread, value);
	atomic_store(&value[WRITE], ut_memory(&u, thread, UTRACE_MEM_WRITE, 0,
					      (uintptr_t)secret, "x", 1));
	atomic_store(&value[CONFIG], ut_config_full(&u, &conf));
	atomic_store(&value[ATTACH], ut_attach(&u, getpid(), 0, NULL));
	atomic_store(&value[KILL], ut_op(&u, thread, UTRACE_OP_KILL));
	atomic_store(&value[INFO_RIGHTS], ut_info(&u, &info) ?: (long)info.rights);
	atomic_store(&c->sh->stage, 1);
	while (!atomic_load(&c->sh->stop))
		ut_sleep(1);
	atomic_store(&value[RELEASE], ut_op(&u, thread, UTRACE_OP_RELEASE));
	return 0;
}

TEST_F(self, passes_the_right_to_look)
{
	struct ut_session u;
	atomic_long *value;

	in_sandbox_seccomp = variant->seccomp;
	in_sandbox_user_ns = variant->user_ns;
	ASSERT_EQ(0, ut_open_read(&u));
	if (!ut_knows_action(&u, UTRACE_OP_MEMORY))
		SKIP(return, "the kernel has no UTRACE_OP_MEMORY");
	ut_close(&u);
	strcpy(secret, "looked at by the handler");
	the_client = &self->client;
	ASSERT_EQ(0, ut_spawn(&self->client, client));
	/* The handler's copy of this is another one. */
	strcpy(secret, "not that");
	ASSERT_EQ(0, ut_spawn(&self->handler, handler));
	ut_go(&self->client);
	ASSERT_TRUE(ut_until(atomic_load(&self->client.sh->count), UT_TIMEOUT));
	value = self->client.sh->value;
	ASSERT_EQ(0, atomic_load(&value[PREPARED]));
	ASSERT_EQ(0, atomic_load(&value[ATTACHED]));
	EXPECT_EQ(1, atomic_load(&value[NR_THREADS]));
	/* It would never be released. */
	EXPECT_EQ(-EDEADLK, atomic_load(&value[OWN_HOLD]));
	if (variant->user_ns && atomic_load(&value[SANDBOX]) == -ENOSYS)
		SKIP(return, "no user namespaces");
	ASSERT_EQ(0, atomic_load(&value[SANDBOX]));
	ASSERT_EQ(0, atomic_load(&value[SENT]));

	ut_go(&self->handler);
	ASSERT_TRUE(ut_until(atomic_load(&self->handler.sh->stage), UT_TIMEOUT));
	value = self->handler.sh->value;
	EXPECT_EQ(-EPERM, atomic_load(&value[PTRACE]));
	EXPECT_EQ(-EINPROGRESS, atomic_load(&value[HOLD]));
	EXPECT_TRUE(atomic_load(&value[HELD]));
	EXPECT_EQ(0, atomic_load(&value[REGS]));
	EXPECT_EQ(0, atomic_load(&value[MEMORY]));
	EXPECT_TRUE(ut_stands_still(&self->client));
	/* The client has kept the rest for itself, and lost it, too. */
	EXPECT_EQ(-EACCES, atomic_load(&value[WRITE]));
	EXPECT_EQ(-EACCES, atomic_load(&value[CONFIG]));
	EXPECT_EQ(-EACCES, atomic_load(&value[ATTACH]));
	EXPECT_EQ(-EACCES, atomic_load(&value[KILL]));
	EXPECT_EQ(RIGHTS, atomic_load(&value[INFO_RIGHTS]));
	atomic_store(&self->handler.sh->stop, 1);
	EXPECT_EQ(0, ut_reap(&self->handler));
	EXPECT_EQ(0, atomic_load(&value[RELEASE]));
	EXPECT_TRUE(ut_runs(&self->client));
	EXPECT_EQ(0, ut_stop(&self->client));
}

/* ---- a crash ------------------------------------------------------------- */

static struct ut_child *crashing;
static int crash_session;

/* What a crash reporter does in the signal's handler: pass it on, and wait. */
static void on_crash(int sig ut_unused)
{
	char b;

	if (ut_send_fd(socket_pair[0], crash_session) ||
	    read(crashing->in[0], &b, 1) != 1)
		_exit(1);
	_exit(42);
}

static int crash(struct ut_child *c)
{
	struct sigaction sa = { .sa_handler = on_crash };
	volatile uintptr_t nowhere = 16;
	static struct ut_session u;

	if (prepare(c, &u))
		return 1;
	crashing = c;
	crash_session = u.fd;
	sigaction(SIGSEGV, &sa, NULL);
	*(volatile int *)nowhere = 1;
	return 2;
}

static int crash_handler(struct ut_child *c)
{
	static struct ut_session u;
	atomic_long *value = c->sh->value;
	__u64 thread;
	int ret = ut_drop_privileges();

	u.fd = ret ? -1 : ut_receive_fd(socket_pair[1]);
	if (u.fd < 0)
		return 1;
	thread = atomic_load(&the_client->sh->value[THREAD]);
	if (!ut_wait_state(the_client->pid, the_client->pid, 'S'))
		return 2;
	ret = ut_op(&u, thread, UTRACE_OP_HOLD);
	atomic_store(&value[HOLD], ret);
	if (ret == -EINPROGRESS)
		ut_find_held(&u, thread);
	examine(&u, thread, value);
	atomic_store(&value[RELEASE], ut_op(&u, thread, UTRACE_OP_RELEASE));
	atomic_store(&c->sh->stage, 1);
	return 0;
}

TEST_F(self, has_a_crash_handler)
{
	struct ut_session u;
	atomic_long *value;

	in_sandbox_seccomp = variant->seccomp;
	in_sandbox_user_ns = variant->user_ns;
	ASSERT_EQ(0, ut_open_read(&u));
	if (!ut_knows_action(&u, UTRACE_OP_MEMORY))
		SKIP(return, "the kernel has no UTRACE_OP_MEMORY");
	ut_close(&u);
	strcpy(secret, "looked at by the handler");
	the_client = &self->client;
	ASSERT_EQ(0, ut_spawn(&self->client, crash));
	strcpy(secret, "not that");
	ASSERT_EQ(0, ut_spawn(&self->handler, crash_handler));
	ut_go(&self->handler);
	ut_go(&self->client);
	ASSERT_TRUE(ut_until(atomic_load(&self->handler.sh->stage), UT_TIMEOUT));
	value = self->handler.sh->value;
	EXPECT_EQ(0, atomic_load(&value[HOLD]));
	EXPECT_EQ(0, atomic_load(&value[REGS]));
	EXPECT_EQ(0, atomic_load(&value[MEMORY]));
	EXPECT_EQ(0, atomic_load(&value[RELEASE]));
	EXPECT_EQ(0, ut_reap(&self->handler));
	ASSERT_EQ(1, write(self->client.in[1], "x", 1));
	EXPECT_EQ(42 << 8, ut_reap(&self->client));
}

/* ---- rights -------------------------------------------------------------- */

FIXTURE(rights)
{
	struct ut_session u;
	struct ut_child c;
	struct utrace_attach a;
};

FIXTURE_SETUP(rights)
{
	ASSERT_EQ(0, ut_open(&self->u));
}

FIXTURE_TEARDOWN(rights)
{
	ut_close(&self->u);
	ut_end(&self->c);
}

static int restrict_to(struct ut_session *u, __u64 rights, __u64 *left)
{
	struct utrace_restrict r = { .size = sizeof(r), .rights = rights };
	int ret = ut_ioctl(u->fd, UTRACE_IOC_RESTRICT, &r);

	*left = r.rights;
	return ret;
}

TEST_F(rights, are_lost_for_ever)
{
	struct utrace_info info;
	__u64 left;

	ASSERT_EQ(0, restrict_to(&self->u, UTRACE_RIGHT_HOLD | UTRACE_RIGHT_KILL, &left));
	EXPECT_EQ(UTRACE_RIGHT_HOLD | UTRACE_RIGHT_KILL, left);
	ASSERT_EQ(0, restrict_to(&self->u, UTRACE_RIGHT_HOLD | UTRACE_RIGHT_ATTACH, &left));
	EXPECT_EQ(UTRACE_RIGHT_HOLD, left);
	ASSERT_EQ(0, ut_info(&self->u, &info));
	EXPECT_EQ(UTRACE_RIGHT_HOLD, info.rights);
	EXPECT_EQ(-EINVAL, restrict_to(&self->u, 1ull << 63, &left));
	ASSERT_EQ(0, restrict_to(&self->u, 0, &left));
	EXPECT_EQ(0, left);
}

TEST_F(rights, are_asked_for_a_ring)
{
	struct utrace_ring ring = { .size = sizeof(ring) };
	__u64 left;

	ASSERT_EQ(0, restrict_to(&self->u, ~UTRACE_RIGHT_CONFIG & (2 * UTRACE_RIGHT_KILL - 1),
				 &left));
	EXPECT_EQ(-EACCES, ut_ioctl(self->u.fd, UTRACE_IOC_RING, &ring));
}

TEST_F(rights, are_asked_for_each_action)
{
	struct utrace_ring ring = { .size = sizeof(ring) };
	struct utrace_regval v = {
		.size = sizeof(v), .flags = UTRACE_REGVAL_ROLE, .reg = UTRACE_ROLE_SP,
	};
	__u32 size = sizeof(v);
	__u64 left;
	char b;

	self->u.maps = false;
	ASSERT_EQ(0, ut_spawn(&self->c, ut_fn_spin));
	ASSERT_EQ(0, ut_attach(&self->u, self->c.pid, 0, &self->a));
	ut_go(&self->c);
	ASSERT_TRUE(ut_runs(&self->c));
	ASSERT_EQ(-EINPROGRESS, ut_op(&self->u, self->a.thread, UTRACE_OP_HOLD));
	ASSERT_NE(NULL, ut_find_held(&self->u, self->a.thread));
	ASSERT_EQ(0, restrict_to(&self->u, 0, &left));
	EXPECT_EQ(-EACCES, ut_config(&self->u, 0, 0));
	EXPECT_EQ(-EACCES, ut_only_marks(&self->u));
	/* There is a ring, and who asks for it makes none. */
	EXPECT_EQ(0, ut_ioctl(self->u.fd, UTRACE_IOC_RING, &ring));
	EXPECT_EQ(-EACCES, ut_attach(&self->u, self->c.pid, 0, NULL));
	EXPECT_EQ(-EACCES, ut_op(&self->u, self->a.thread, UTRACE_OP_HOLD));
	EXPECT_EQ(-EACCES, ut_op(&self->u, self->a.thread, UTRACE_OP_KILL));
	EXPECT_EQ(-EACCES, ut_regs(&self->u, self->a.thread, UTRACE_REGS_READ,
				   UTRACE_REGS_LIST, &v, &size, NULL));
	EXPECT_EQ(-EACCES, ut_regs(&self->u, self->a.thread, UTRACE_REGS_WRITE,
				   UTRACE_REGS_LIST, &v, &size, NULL));
	if (ut_knows_action(&self->u, UTRACE_OP_MEMORY)) {
		EXPECT_EQ(-EACCES, ut_memory(&self->u, self->a.thread, UTRACE_MEM_READ, 0,
					     (uintptr_t)secret, &b, 1));
	}
	/* A release needs no right. */
	EXPECT_EQ(0, ut_op(&self->u, self->a.thread, UTRACE_OP_RELEASE));
	EXPECT_TRUE(ut_runs(&self->c));
	EXPECT_EQ(0, ut_op(&self->u, self->a.thread, UTRACE_OP_DETACH));
	EXPECT_EQ(0, ut_stop(&self->c));
}

TEST_HARNESS_MAIN
