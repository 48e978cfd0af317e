// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tracers in unusual places: in user, pid and time namespaces, in a Landlock
 * domain, under Yama, and with a session that another user has opened.
 *
 * A test's tracer is a child process.  It goes to its place, does its work there,
 * and leaves the results in the memory that it shares with the test.
 */
#include <linux/filter.h>
#include <linux/landlock.h>
#include <linux/seccomp.h>
#include <sys/mount.h>
#include <sys/socket.h>

#include "utrace_testlib.h"

/* The uid of the second user of a user namespace, there and in the parent. */
#define OTHER_INSIDE	1
#define OTHER_OUTSIDE	65533

#define YAMA_SCOPE	"/proc/sys/kernel/yama/ptrace_scope"
#define MAX_ENGINES	"/proc/sys/kernel/utrace/max_engines"

#define SAME(ret)	((ret) < 0 ? -errno : 0)

static int write_text(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	int ret;

	if (fd < 0)
		return -errno;
	ret = SAME(write(fd, text, strlen(text)));
	close(fd);
	return ret;
}

/* Returns the number that a file begins with, or -errno. */
static int read_number(const char *path)
{
	char text[16] = "";
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n;

	if (fd < 0)
		return -errno;
	n = read(fd, text, sizeof(text) - 1);
	close(fd);
	return n > 0 ? atoi(text) : -EIO;
}

/* The value[] of a tracer.  Each test uses some of them. */
enum {
	READY,		/* result of going to its place */
	SAW,		/* result of preparing the work there */
	TARGET,		/* pid, or a pidfd that the tracer has inherited */
	RESULT,		/* RESULT + i: of the attach to target i */
	PID = 16,	/* PID + i: what the records of target i say */
	TID = 24,
};

/* Waits until the tracer has come to @stage. */
static bool at_stage(struct ut_child *c, int stage)
{
	if (ut_until(atomic_load(&c->sh->stage) >= stage, UT_TIMEOUT))
		return true;
	ut_log("the tracer is at stage %d, not %d", atomic_load(&c->sh->stage),
	       stage);
	return false;
}

/* Called by the tracer: reports @stage, and waits until the test calls let_on(). */
static void next_stage(struct ut_child *c, int stage)
{
	atomic_store(&c->sh->stage, stage);
	while (atomic_load(&c->sh->stop) < stage)
		ut_sleep(2);
}

static void let_on(struct ut_child *c, int stage)
{
	atomic_store(&c->sh->stop, stage);
}

/* A target waits, as user and group value[0], or as it is if that is 0. */
static int wait_as_user(struct ut_child *c)
{
	long id = atomic_load(&c->sh->value[0]);
	int ret = 0;

	if (id && (setgroups(0, NULL) || setresgid(id, id, id) ||
		   setresuid(id, id, id) || prctl(PR_SET_DUMPABLE, 1)))
		ret = -errno;
	atomic_store(&c->sh->value[1], ret);
	atomic_store(&c->sh->stage, 1);
	while (!atomic_load(&c->sh->stop))
		ut_sleep(5);
	ut_mark(id);
	return 0;
}

static int start_waiting(struct ut_child *c, long id)
{
	int ret = ut_spawn(c, wait_as_user);

	if (ret)
		return ret;
	atomic_store(&c->sh->value[0], id);
	ut_go(c);
	if (!at_stage(c, 1))
		return -ETIMEDOUT;
	return atomic_load(&c->sh->value[1]);
}

/* Attaches a session of its own to a process, and reads the first record. */
static int attach_and_look(struct ut_child *c, int pidfd, int nr)
{
	static struct ut_session u;
	struct utrace_record *r;
	int ret = ut_open(&u);

	if (ret)
		return ret;
	ret = ut_attach_pidfd(&u, pidfd, 0, NULL);
	atomic_store(&c->sh->value[RESULT + nr], ret);
	if (!ret) {
		r = ut_find(&u, 0, UTRACE_REC_ATTACHED);
		atomic_store(&c->sh->value[PID + nr], r ? r->pid : -1);
		atomic_store(&c->sh->value[TID + nr], r ? r->tid : -1);
	}
	ut_close(&u);
	return ret;
}

static int attach_to_pid(struct ut_child *c, pid_t pid, int nr)
{
	int ret, fd = ut_pidfd(pid);

	if (fd < 0)
		return fd;
	ret = attach_and_look(c, fd, nr);
	close(fd);
	return ret;
}

FIXTURE(tracer)
{
	struct ut_session u;
	struct ut_child target, other, tracer;
	mode_t mode;
	int scope;
};

FIXTURE_SETUP(tracer)
{
	self->u.fd = -1;
	if (geteuid())
		SKIP(return, "needs to be root to become what the tests need");
	ASSERT_EQ(0, ut_open_device_to_all(&self->mode));
	self->scope = read_number(YAMA_SCOPE);
	if (self->scope > 0) {
		ASSERT_EQ(0, write_text(YAMA_SCOPE, "0"));
	}
}

FIXTURE_TEARDOWN(tracer)
{
	char text[16];

	ut_close(&self->u);
	ut_end(&self->tracer);
	ut_end(&self->target);
	ut_end(&self->other);
	if (self->mode)
		chmod(UT_DEVICE, self->mode);
	if (self->scope >= 0) {
		snprintf(text, sizeof(text), "%d", self->scope);
		write_text(YAMA_SCOPE, text);
	}
}

#define VALUE(child, i)	((int)atomic_load(&(child).sh->value[i]))

/* ---- user namespaces --------------------------------------------------- */

/*
 * The tracer, nobody, creates a user namespace, in which it is root:
 *
 *	initial namespace:            target (nobody)
 *	                                 ^ refused
 *	namespace of the tracer:      tracer (root) ----> child (root)
 *	                                            ----> child (another user)
 */
static int trace_in_user_ns(struct ut_child *c)
{
	struct ut_child same = {}, other = {};
	int ret = ut_drop_privileges();

	if (!ret)
		ret = SAME(unshare(CLONE_NEWUSER));
	atomic_store(&c->sh->value[READY], ret);
	/* The test, which is root, writes the namespace's maps. */
	next_stage(c, 1);
	if (!ret)
		ret = SAME(setresgid(0, 0, 0)) ?: SAME(setresuid(0, 0, 0)) ?:
		      SAME(prctl(PR_SET_DUMPABLE, 1));
	if (!ret)
		ret = start_waiting(&same, 0);
	if (!ret)
		ret = start_waiting(&other, OTHER_INSIDE);
	atomic_store(&c->sh->value[SAW], ret);
	if (!ret) {
		attach_to_pid(c, same.pid, 0);
		attach_to_pid(c, other.pid, 1);
		attach_to_pid(c, atomic_load(&c->sh->value[TARGET]), 2);
	}
	ut_end(&same);
	ut_end(&other);
	next_stage(c, 2);
	return 0;
}

static int map_users(pid_t pid)
{
	static const char *const files[] = { "uid_map", "gid_map" };
	char path[64], map[64];
	unsigned int i;
	int ret = 0;

	snprintf(map, sizeof(map), "0 %d 1\n%d %d 1\n", UT_NOBODY, OTHER_INSIDE,
		 OTHER_OUTSIDE);
	for (i = 0; i < ARRAY_SIZE(files) && !ret; i++) {
		snprintf(path, sizeof(path), "/proc/%d/%s", pid, files[i]);
		ret = write_text(path, map);
		if (ret)
			ut_log("%s: %s", path, strerror(-ret));
	}
	return ret;
}

TEST_F(tracer, root_of_a_user_namespace_traces_that_namespace_only)
{
	ASSERT_EQ(0, start_waiting(&self->target, UT_NOBODY));
	ASSERT_EQ(0, ut_spawn(&self->tracer, trace_in_user_ns));
	atomic_store(&self->tracer.sh->value[TARGET], self->target.pid);
	ut_go(&self->tracer);
	ASSERT_TRUE(at_stage(&self->tracer, 1));
	ASSERT_EQ(0, VALUE(self->tracer, READY));
	ASSERT_EQ(0, map_users(self->tracer.pid));
	let_on(&self->tracer, 1);
	ASSERT_TRUE(at_stage(&self->tracer, 2));
	ASSERT_EQ(0, VALUE(self->tracer, SAW));
	EXPECT_EQ(0, VALUE(self->tracer, RESULT));
	EXPECT_EQ(0, VALUE(self->tracer, RESULT + 1));
	/* This is the tracer's user, but the tracer has no capability there. */
	EXPECT_EQ(-EPERM, VALUE(self->tracer, RESULT + 2));
	let_on(&self->tracer, 2);
	EXPECT_EQ(0, ut_reap(&self->tracer));
}

/* Of the 16 engines beyond the limit, those for who is not root of the machine. */
#define NS_RESERVED	8

/*
 * Root of a user namespace attaches as many sessions as it may to a child.  The limit
 * is one session.
 */
static int fill_in_user_ns(struct ut_child *c)
{
	static struct ut_session s[4 * NS_RESERVED];
	struct ut_child child = {};
	int fd, ret = ut_drop_privileges();
	unsigned int n = 0;

	if (!ret)
		ret = SAME(unshare(CLONE_NEWUSER)) ?: SAME(prctl(PR_SET_DUMPABLE, 1)) ?:
		      start_waiting(&child, 0);
	atomic_store(&c->sh->value[READY], ret);
	fd = ret ? -1 : ut_pidfd(child.pid);
	while (!ret && n < ARRAY_SIZE(s)) {
		ret = ut_open(&s[n]) ?: ut_attach_pidfd(&s[n], fd, 0, NULL);
		n += !ret;
	}
	atomic_store(&c->sh->value[RESULT], ret);
	atomic_store(&c->sh->value[SAW], n);
	atomic_store(&c->sh->value[TARGET], child.pid);
	next_stage(c, 1);
	ut_end(&child);
	return 0;
}

TEST_F(tracer, root_of_a_user_namespace_does_not_keep_root_out)
{
	char text[16];
	int old = read_number(MAX_ENGINES);
	int attached;

	ASSERT_LT(0, old);
	ASSERT_EQ(0, write_text(MAX_ENGINES, "1"));
	attached = ut_spawn(&self->tracer, fill_in_user_ns);
	if (!attached) {
		ut_go(&self->tracer);
		attached = at_stage(&self->tracer, 1) ? 0 : -ETIMEDOUT;
	}
	if (!attached)
		attached = ut_open(&self->u) ?:
			ut_attach(&self->u, VALUE(self->tracer, TARGET), 0, NULL);
	snprintf(text, sizeof(text), "%d", old);
	ASSERT_EQ(0, write_text(MAX_ENGINES, text));

	EXPECT_EQ(0, attached);
	EXPECT_EQ(0, VALUE(self->tracer, READY));
	EXPECT_EQ(-EUSERS, VALUE(self->tracer, RESULT));
	EXPECT_EQ(1 + NS_RESERVED, VALUE(self->tracer, SAW));
	let_on(&self->tracer, 1);
	EXPECT_EQ(0, ut_reap(&self->tracer));
}

/* A target that is root of a user namespace, which the user nobody has created. */
static int wait_in_user_ns(struct ut_child *c)
{
	int ret = ut_drop_privileges();

	if (!ret)
		ret = SAME(unshare(CLONE_NEWUSER));
	atomic_store(&c->sh->value[READY], ret);
	next_stage(c, 1);
	return 0;
}

/* Attaches to value[TARGET] as the user @id. */
static int trace_as_user(struct ut_child *c, int id)
{
	int ret;

	ret = SAME(setgroups(0, NULL)) ?: SAME(setresgid(id, id, id)) ?:
	      SAME(setresuid(id, id, id));
	atomic_store(&c->sh->value[READY], ret);
	if (!ret)
		attach_to_pid(c, atomic_load(&c->sh->value[TARGET]), 0);
	return ret != 0;
}

static int trace_as_nobody(struct ut_child *c)
{
	return trace_as_user(c, UT_NOBODY);
}

static int trace_as_other(struct ut_child *c)
{
	return trace_as_user(c, OTHER_OUTSIDE);
}

TEST_F(tracer, the_creator_of_a_user_namespace_traces_its_root)
{
	ASSERT_EQ(0, ut_spawn(&self->target, wait_in_user_ns));
	ut_go(&self->target);
	ASSERT_TRUE(at_stage(&self->target, 1));
	ASSERT_EQ(0, VALUE(self->target, READY));

	ASSERT_EQ(0, ut_spawn(&self->tracer, trace_as_nobody));
	atomic_store(&self->tracer.sh->value[TARGET], self->target.pid);
	ut_go(&self->tracer);
	EXPECT_EQ(0, ut_reap(&self->tracer));
	EXPECT_EQ(0, VALUE(self->tracer, RESULT));
	EXPECT_EQ(self->target.pid, VALUE(self->tracer, PID));
	ut_end(&self->tracer);

	ASSERT_EQ(0, ut_spawn(&self->tracer, trace_as_other));
	atomic_store(&self->tracer.sh->value[TARGET], self->target.pid);
	ut_go(&self->tracer);
	EXPECT_EQ(0, ut_reap(&self->tracer));
	EXPECT_EQ(-EPERM, VALUE(self->tracer, RESULT));
	let_on(&self->target, 1);
	EXPECT_EQ(0, ut_reap(&self->target));
}

/* ---- pid namespaces ---------------------------------------------------- */

/* Runs @fn as the first process of a pid namespace that has a /proc. */
static int in_pid_ns(struct ut_child *c, ut_child_fn fn)
{
	int ret, status;
	pid_t pid;

	ret = SAME(unshare(CLONE_NEWPID | CLONE_NEWNS));
	if (!ret)
		ret = SAME(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL));
	atomic_store(&c->sh->value[READY], ret);
	if (ret)
		return 1;
	pid = fork();
	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		ret = SAME(mount("proc", "/proc", "proc", 0, NULL));
		atomic_store(&c->sh->value[READY], ret);
		_exit(ret ? 1 : fn(c));
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		return 1;
	return status != 0;
}

/*
 * The tracer sees its own child by its number here, and a process outside,
 * whose pidfd it has inherited, without a number.
 */
static int trace_in_and_out(struct ut_child *c)
{
	struct ut_child inside = {};
	int ret = start_waiting(&inside, 0);

	atomic_store(&c->sh->value[SAW], ret ?: inside.pid);
	if (!ret) {
		attach_to_pid(c, inside.pid, 0);
		attach_and_look(c, atomic_load(&c->sh->value[TARGET]), 1);
	}
	ut_end(&inside);
	return ret != 0;
}

static int trace_in_pid_ns(struct ut_child *c)
{
	return in_pid_ns(c, trace_in_and_out);
}

TEST_F(tracer, pids_are_those_of_its_pid_namespace)
{
	int pidfd;

	ASSERT_EQ(0, start_waiting(&self->target, 0));
	pidfd = ut_pidfd(self->target.pid);
	ASSERT_LE(0, pidfd);
	ASSERT_EQ(0, ut_spawn(&self->tracer, trace_in_pid_ns));
	close(pidfd);
	atomic_store(&self->tracer.sh->value[TARGET], pidfd);
	ut_go(&self->tracer);
	EXPECT_EQ(0, ut_reap(&self->tracer));
	ASSERT_EQ(0, VALUE(self->tracer, READY));

	EXPECT_EQ(0, VALUE(self->tracer, RESULT));
	EXPECT_EQ(2, VALUE(self->tracer, SAW));
	EXPECT_EQ(2, VALUE(self->tracer, PID));
	EXPECT_EQ(2, VALUE(self->tracer, TID));
	EXPECT_EQ(0, VALUE(self->tracer, RESULT + 1));
	EXPECT_EQ(0, VALUE(self->tracer, PID + 1));
	EXPECT_EQ(0, VALUE(self->tracer, TID + 1));
}

/* A target that creates a process, once it may. */
static int fork_in_ns(struct ut_child *c)
{
	pid_t pid;
	int status;

	next_stage(c, 1);
	pid = fork();
	if (!pid) {
		ut_mark(5);
		_exit(0);
	}
	return pid != 2 || waitpid(pid, &status, 0) != pid || status;
}

static int target_in_pid_ns(struct ut_child *c)
{
	return in_pid_ns(c, fork_in_ns);
}

/* The child of the target, which is the first process of its pid namespace. */
static pid_t child_of(pid_t pid)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/task/%d/children", pid, pid);
	return read_number(path);
}

TEST_F(tracer, pids_are_those_of_the_opener_for_targets_in_a_pid_namespace)
{
	struct utrace_rec_syscall *s;
	struct utrace_rec_clone *n;
	struct utrace_rec_exit *x;
	struct utrace_record *r;
	struct utrace_attach a;
	pid_t init, child;
	__u64 cookie;

	ASSERT_EQ(0, ut_spawn(&self->target, target_in_pid_ns));
	ut_go(&self->target);
	ASSERT_TRUE(at_stage(&self->target, 1));
	init = child_of(self->target.pid);
	ASSERT_LT(self->target.pid, init);

	ASSERT_EQ(0, ut_open(&self->u));
	ASSERT_EQ(0, ut_config(&self->u, UT_ENTRY | UT_LIFE, 0));
	ASSERT_EQ(0, ut_only_marks(&self->u));
	ASSERT_EQ(0, ut_attach(&self->u, init, UTRACE_ATTACH_CHILDREN, &a));
	r = ut_find(&self->u, a.thread, UTRACE_REC_ATTACHED);
	ASSERT_NE(NULL, r);
	EXPECT_EQ(init, r->pid);
	let_on(&self->target, 1);
	n = ut_find(&self->u, a.thread, UTRACE_EV_CLONE);
	ASSERT_NE(NULL, n);
	EXPECT_LT(init, n->child_pid);
	EXPECT_EQ(n->child_pid, n->child_tid);
	child = n->child_pid;
	cookie = n->child;
	s = ut_find(&self->u, cookie, UTRACE_EV_SYSCALL_ENTRY);
	ASSERT_NE(NULL, s);
	EXPECT_EQ(5, s->args[0]);
	EXPECT_EQ(child, s->head.pid);
	/* The death of the namespace's first process is the end of it. */
	x = ut_find(&self->u, a.thread, UTRACE_EV_DEATH);
	ASSERT_NE(NULL, x);
	EXPECT_EQ(init, x->head.pid);
	EXPECT_EQ(0, x->status);
	EXPECT_EQ(0, ut_reap(&self->target));
	EXPECT_TRUE(ut_drain(&self->u));
}

/* ---- time namespaces --------------------------------------------------- */

#define OFFSET	1000000L	/* seconds by which CLOCK_MONOTONIC is ahead */

/* Reads the record of a mark, and compares its time with the clock here. */
static int trace_marks_in_time_ns(struct ut_child *c)
{
	static struct ut_session u;
	struct utrace_rec_syscall *s;
	struct utrace_attach a = {};
	struct ut_child marks = {};
	int ret = ut_spawn(&marks, ut_fn_marks);

	if (ret)
		return 1;
	atomic_store(&marks.sh->value[0], 1);
	ret = ut_open(&u) ?: ut_config(&u, UT_ENTRY, UT_ENTRY) ?:
	      ut_only_marks(&u) ?: ut_attach(&u, marks.pid, 0, &a);
	ut_go(&marks);
	s = ret ? NULL : ut_find(&u, a.thread, UTRACE_EV_SYSCALL_ENTRY);
	atomic_store(&c->sh->value[SAW], ret);
	if (s) {
		atomic_store(&c->sh->value[RESULT],
			     (long)(ut_now() / 1000 - s->head.time / 1000000000));
		atomic_store(&c->sh->value[RESULT + 1],
			     ut_op(&u, a.thread, UTRACE_OP_RELEASE));
	}
	ret = s ? ut_reap(&marks) : 1;
	ut_end(&marks);
	return ret;
}

static int trace_in_time_ns(struct ut_child *c)
{
	char text[64];
	int ret, status;
	pid_t pid;

	snprintf(text, sizeof(text), "%d %ld 0\n", CLOCK_MONOTONIC, OFFSET);
	ret = SAME(unshare(CLONE_NEWTIME)) ?:
	      write_text("/proc/self/timens_offsets", text);
	atomic_store(&c->sh->value[READY], ret);
	if (ret)
		return 1;
	/* The first process of the namespace is the next that is created. */
	pid = fork();
	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		_exit(trace_marks_in_time_ns(c));
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		return 1;
	return status != 0;
}

TEST_F(tracer, times_are_those_of_the_initial_time_namespace)
{
	long ahead;

	ASSERT_EQ(0, ut_spawn(&self->tracer, trace_in_time_ns));
	ut_go(&self->tracer);
	EXPECT_EQ(0, ut_reap(&self->tracer));
	if (VALUE(self->tracer, READY) == -EINVAL)
		SKIP(return, "this kernel has no time namespaces");
	ASSERT_EQ(0, VALUE(self->tracer, READY));
	ASSERT_EQ(0, VALUE(self->tracer, SAW));
	EXPECT_EQ(0, VALUE(self->tracer, RESULT + 1));
	ahead = atomic_load(&self->tracer.sh->value[RESULT]);
	EXPECT_LE(OFFSET - 1, ahead);
	EXPECT_GT(OFFSET + UT_TIMEOUT / 1000, ahead);
}

/* ---- security modules -------------------------------------------------- */

/*
 * Enters a Landlock domain, no matter what it forbids.  The kernel has no Landlock
 * if that fails with -ENOSYS or -EOPNOTSUPP.
 */
static int enter_landlock_domain(void)
{
	struct landlock_ruleset_attr attr = {
		.handled_access_fs = LANDLOCK_ACCESS_FS_MAKE_BLOCK,
	};
	int ret, fd;

	fd = syscall(SYS_landlock_create_ruleset, &attr, sizeof(attr), 0);
	if (fd < 0)
		return -errno;
	ret = SAME(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)) ?:
	      SAME(syscall(SYS_landlock_restrict_self, fd, 0));
	close(fd);
	return ret;
}

static int trace_in_landlock_domain(struct ut_child *c)
{
	struct ut_child inside = {};
	int ret = enter_landlock_domain();

	atomic_store(&c->sh->value[READY], ret);
	if (!ret)
		ret = start_waiting(&inside, 0);
	if (!ret) {
		attach_to_pid(c, inside.pid, 0);
		attach_to_pid(c, atomic_load(&c->sh->value[TARGET]), 1);
	}
	ut_end(&inside);
	return ret != 0;
}

/* A domain restricts root, too. */
TEST_F(tracer, in_a_landlock_domain_traces_that_domain_only)
{
	ASSERT_EQ(0, start_waiting(&self->target, 0));
	ASSERT_EQ(0, ut_spawn(&self->tracer, trace_in_landlock_domain));
	atomic_store(&self->tracer.sh->value[TARGET], self->target.pid);
	ut_go(&self->tracer);
	ut_reap(&self->tracer);
	if (VALUE(self->tracer, READY) == -ENOSYS ||
	    VALUE(self->tracer, READY) == -EOPNOTSUPP)
		SKIP(return, "this kernel has no Landlock");
	ASSERT_EQ(0, VALUE(self->tracer, READY));
	EXPECT_EQ(0, VALUE(self->tracer, RESULT));
	EXPECT_EQ(-EPERM, VALUE(self->tracer, RESULT + 1));
}

/* The tracer's child is its descendant, the other target is not. */
static int trace_a_descendant(struct ut_child *c)
{
	struct ut_child inside = {};
	int ret = ut_drop_privileges();

	atomic_store(&c->sh->value[READY], ret);
	if (!ret)
		ret = start_waiting(&inside, 0);
	if (!ret) {
		attach_to_pid(c, inside.pid, 0);
		attach_to_pid(c, atomic_load(&c->sh->value[TARGET]), 1);
	}
	ut_end(&inside);
	return ret != 0;
}

TEST_F(tracer, with_yama_an_unprivileged_one_traces_descendants_only)
{
	if (self->scope < 0)
		SKIP(return, "this kernel has no Yama");
	ASSERT_EQ(0, start_waiting(&self->target, UT_NOBODY));
	ASSERT_EQ(0, write_text(YAMA_SCOPE, "1"));
	ASSERT_EQ(0, ut_spawn(&self->tracer, trace_a_descendant));
	atomic_store(&self->tracer.sh->value[TARGET], self->target.pid);
	ut_go(&self->tracer);
	EXPECT_EQ(0, ut_reap(&self->tracer));
	ASSERT_EQ(0, VALUE(self->tracer, READY));
	EXPECT_EQ(0, VALUE(self->tracer, RESULT));
	EXPECT_EQ(-EPERM, VALUE(self->tracer, RESULT + 1));
}

/* ---- a session that another user has opened ---------------------------- */

/* Installs a filter that allows every call, so that there is a filter. */
static int install_filter(void)
{
	struct sock_filter allow = BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	struct sock_fprog program = { .len = 1, .filter = &allow };

	return SAME(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)) ?:
	       SAME(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program));
}

/* The socket pair through which the test passes the session to the tracer. */
static int passed[2];

FIXTURE(passed_session)
{
	struct ut_session u;
	struct ut_child target, other, own, tracer;
	struct utrace_attach a;
	mode_t mode;
	int scope;
};

FIXTURE_VARIANT(passed_session)
{
	bool seccomp;	/* the tracer is under a filter */
	int own;	/* expected of its attach to a process of its own user */
};

FIXTURE_VARIANT_ADD(passed_session, to_another_user)
{
	.own = 0,
};

/* The default of kernel.utrace.unprivileged forbids the attach. */
FIXTURE_VARIANT_ADD(passed_session, to_another_user_under_seccomp)
{
	.seccomp = true, .own = -EPERM,
};

FIXTURE_SETUP(passed_session)
{
	self->u.fd = -1;
	if (geteuid())
		SKIP(return, "needs to be root to have privileges to drop");
	ASSERT_EQ(0, ut_open_device_to_all(&self->mode));
	self->scope = read_number(YAMA_SCOPE);
	if (self->scope > 0) {
		ASSERT_EQ(0, write_text(YAMA_SCOPE, "0"));
	}
	ASSERT_EQ(0, ut_open_read(&self->u));
	ASSERT_EQ(0, socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, passed));
}

FIXTURE_TEARDOWN(passed_session)
{
	char text[16];

	ut_close(&self->u);
	ut_end(&self->tracer);
	ut_end(&self->target);
	ut_end(&self->other);
	ut_end(&self->own);
	close(passed[0]);
	close(passed[1]);
	if (self->mode)
		chmod(UT_DEVICE, self->mode);
	if (self->scope > 0) {
		snprintf(text, sizeof(text), "%d", self->scope);
		write_text(YAMA_SCOPE, text);
	}
}

enum {
	FILTER = 32,	/* in: whether to install a filter */
	THREAD,		/* in: cookie of root's thread */
	ROOTS,		/* in: pid of another process of root */
	OWN,		/* in: pid of a process of nobody */
	HOLD,		/* result of holding root's thread */
	HELD,		/* it has been told that it is held */
	RELEASE,	/* result of the release */
	ATTACH_ROOTS,
	ATTACH_OWN,
	CALLS,		/* records of calls of root's thread */
};

static int use_passed_session(struct ut_child *c)
{
	static struct ut_session u;
	struct utrace_rec_syscall *s;
	struct utrace_record *r;
	atomic_long *value = c->sh->value;
	__u64 thread;
	int ret = ut_drop_privileges();

	if (!ret && atomic_load(&value[FILTER]))
		ret = install_filter();
	u.fd = ret ? -1 : ut_receive_fd(passed[1]);
	atomic_store(&value[READY], ret ?: u.fd < 0 ? -EBADF : 0);
	if (u.fd < 0)
		return 1;

	thread = atomic_load(&value[THREAD]);
	atomic_store(&value[HOLD], ut_op(&u, thread, UTRACE_OP_HOLD));
	r = ut_find(&u, thread, UTRACE_EV_QUIESCE);
	atomic_store(&value[HELD], r && r->flags & UTRACE_RECF_HELD);
	next_stage(c, 1);
	atomic_store(&value[RELEASE], ut_op(&u, thread, UTRACE_OP_RELEASE));
	atomic_store(&value[ATTACH_ROOTS],
		     ut_attach(&u, atomic_load(&value[ROOTS]), 0, NULL));
	atomic_store(&value[ATTACH_OWN],
		     ut_attach(&u, atomic_load(&value[OWN]), 0, NULL));
	next_stage(c, 2);
	s = ut_find_call(&u, thread, UTRACE_EV_SYSCALL_ENTRY, UT_MARK_NR);
	atomic_store(&value[CALLS], s ? s->args[0] : 0);
	next_stage(c, 3);
	return 0;
}

static int spin_then_mark(struct ut_child *c)
{
	ut_fn_spin(c);
	ut_mark(77);
	/* Keep the session from ending. */
	pause();
	return 0;
}

TEST_F(passed_session, is_what_its_opener_has_made_of_it)
{
	struct utrace_info info;
	struct ut_child *t = &self->tracer;

	ASSERT_EQ(0, ut_spawn(&self->target, spin_then_mark));
	ASSERT_EQ(0, start_waiting(&self->other, 0));
	ASSERT_EQ(0, start_waiting(&self->own, UT_NOBODY));
	ASSERT_EQ(0, ut_config(&self->u, UT_ENTRY, 0));
	ASSERT_EQ(0, ut_only_marks(&self->u));
	ASSERT_EQ(0, ut_attach(&self->u, self->target.pid, 0, &self->a));
	ut_go(&self->target);
	ASSERT_TRUE(ut_runs(&self->target));

	ASSERT_EQ(0, ut_spawn(t, use_passed_session));
	atomic_store(&t->sh->value[FILTER], variant->seccomp);
	atomic_store(&t->sh->value[THREAD], self->a.thread);
	atomic_store(&t->sh->value[ROOTS], self->other.pid);
	atomic_store(&t->sh->value[OWN], self->own.pid);
	ut_go(t);
	ASSERT_EQ(0, ut_send_fd(passed[0], self->u.fd));
	ASSERT_TRUE(at_stage(t, 1));
	ASSERT_EQ(0, VALUE(*t, READY));

	/* The user nobody may control the threads to which root has attached. */
	EXPECT_EQ(-EINPROGRESS, VALUE(*t, HOLD));
	EXPECT_EQ(1, VALUE(*t, HELD));
	EXPECT_TRUE(ut_stands_still(&self->target));
	let_on(t, 1);
	ASSERT_TRUE(at_stage(t, 2));
	EXPECT_EQ(0, VALUE(*t, RELEASE));
	EXPECT_TRUE(ut_runs(&self->target));
	/* An attach is checked with the credentials of its caller. */
	EXPECT_EQ(-EPERM, VALUE(*t, ATTACH_ROOTS));
	EXPECT_EQ(variant->own, VALUE(*t, ATTACH_OWN));
	ASSERT_EQ(0, ut_info(&self->u, &info));
	EXPECT_EQ(variant->own ? 1 : 2, info.threads);

	/* The session goes on after its opener has closed it. */
	ut_close(&self->u);
	let_on(t, 2);
	atomic_store(&self->target.sh->stop, 1);
	ASSERT_TRUE(at_stage(t, 3));
	EXPECT_EQ(77, VALUE(*t, CALLS));
	let_on(t, 3);
	EXPECT_EQ(0, ut_reap(t));
}

TEST_F(passed_session, holds_until_its_last_user_dies)
{
	struct ut_child *t = &self->tracer;

	ASSERT_EQ(0, ut_spawn(&self->target, spin_then_mark));
	ASSERT_EQ(0, ut_config(&self->u, 0, 0));
	ASSERT_EQ(0, ut_attach(&self->u, self->target.pid, 0, &self->a));
	ut_go(&self->target);
	ASSERT_TRUE(ut_runs(&self->target));
	ASSERT_EQ(0, ut_spawn(t, use_passed_session));
	atomic_store(&t->sh->value[FILTER], variant->seccomp);
	atomic_store(&t->sh->value[THREAD], self->a.thread);
	ut_go(t);
	ASSERT_EQ(0, ut_send_fd(passed[0], self->u.fd));
	ASSERT_TRUE(at_stage(t, 1));
	ASSERT_EQ(0, VALUE(*t, READY));
	ut_close(&self->u);
	EXPECT_EQ(1, VALUE(*t, HELD));
	EXPECT_TRUE(ut_stands_still(&self->target));
	ASSERT_EQ(0, kill(t->pid, SIGKILL));
	EXPECT_EQ(SIGKILL, ut_reap(t));
	EXPECT_TRUE(ut_runs(&self->target));
}

TEST_HARNESS_MAIN
