// SPDX-License-Identifier: GPL-2.0-only
/*
 * Who pays for a session: how much its records may take, in whose memory cgroup
 * they are, and in whose name followed threads are held.
 */
#include <limits.h>
#include <sys/mount.h>
#include <sys/resource.h>

#include "utrace_testlib.h"

#define LIMIT		"/proc/sys/kernel/utrace/"
#define YAMA_SCOPE	"/proc/sys/kernel/yama/ptrace_scope"

static int slurp(const char *path, char *text, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, text, size - 1);
	int ret = n < 0 ? -errno : 0;

	text[n < 0 ? 0 : n] = '\0';
	if (fd >= 0)
		close(fd);
	return ret;
}

static int spit(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	int ret = fd < 0 || write(fd, text, strlen(text)) < 0 ? -errno : 0;

	if (fd >= 0)
		close(fd);
	if (ret)
		ut_log("%s: %s", path, strerror(-ret));
	return ret;
}

FIXTURE(account)
{
	struct ut_session u, v;
	struct ut_child c, d;
	mode_t mode;
	char yama[16], queue[16], stopped[16];
};

FIXTURE_SETUP(account)
{
	self->v.fd = -1;
	ASSERT_EQ(0, ut_open(&self->u));
	if (geteuid())
		SKIP(return, "needs to be root");
	ASSERT_EQ(0, ut_open_device_to_all(&self->mode));
	slurp(YAMA_SCOPE, self->yama, sizeof(self->yama));
	if (self->yama[0])
		spit(YAMA_SCOPE, "0");
	slurp(LIMIT "max_queue_kb", self->queue, sizeof(self->queue));
	slurp(LIMIT "max_stopped", self->stopped, sizeof(self->stopped));
}

FIXTURE_TEARDOWN(account)
{
	if (self->queue[0])
		spit(LIMIT "max_queue_kb", self->queue);
	if (self->stopped[0])
		spit(LIMIT "max_stopped", self->stopped);
	if (self->yama[0])
		spit(YAMA_SCOPE, self->yama);
	if (self->mode)
		chmod(UT_DEVICE, self->mode);
	ut_close(&self->u);
	ut_close(&self->v);
	ut_end(&self->d);
	ut_end(&self->c);
}

/* ---- orders ------------------------------------------------------------- */

#define ROUNDS	200

/*
 * Orders to a thread are not lost, so a tracer that never reads gets no more of
 * them than it can have outstanding: one of each thread.
 */
TEST_F(account, unread_reports_of_a_thread_are_merged)
{
	struct utrace_config c = {
		.flags = UTRACE_CONFIG_DROP, .queue_bytes = 1,
	};
	unsigned int reports = 0;
	struct utrace_attach a;
	struct utrace_info info;
	struct utrace_record *r;
	int i;

	ASSERT_EQ(0, ut_spawn(&self->c, ut_fn_spin));
	ASSERT_EQ(0, ut_config_full(&self->u, &c));
	ASSERT_EQ(0, ut_attach(&self->u, self->c.pid, 0, &a));
	ut_go(&self->c);
	ASSERT_TRUE(ut_runs(&self->c));
	for (i = 0; i < ROUNDS; i++) {
		ASSERT_EQ(-EINPROGRESS, ut_op(&self->u, a.thread, UTRACE_OP_HOLD));
		ASSERT_TRUE(ut_wait_state(self->c.pid, self->c.pid, 't'));
		ASSERT_EQ(0, ut_op(&self->u, a.thread, UTRACE_OP_RELEASE));
		ASSERT_TRUE(ut_runs(&self->c));
	}
	/* The last one is of a thread that is held. */
	ASSERT_EQ(-EINPROGRESS, ut_op(&self->u, a.thread, UTRACE_OP_HOLD));
	ASSERT_TRUE(ut_wait_state(self->c.pid, self->c.pid, 't'));
	ASSERT_EQ(0, ut_info(&self->u, &info));
	/* ATTACHED and QUIESCE. */
	EXPECT_EQ(2 * sizeof(*r), info.queued);
	EXPECT_EQ(0, info.lost);

	ASSERT_NE(NULL, ut_find(&self->u, a.thread, UTRACE_REC_ATTACHED));
	while ((r = ut_next(&self->u, 0))) {
		EXPECT_EQ(UTRACE_EV_QUIESCE, r->type);
		EXPECT_EQ(UTRACE_REC_HELD, r->flags);
		reports++;
	}
	EXPECT_EQ(1, reports);

	/* What has been read does not stand for what follows. */
	ASSERT_EQ(0, ut_op(&self->u, a.thread, UTRACE_OP_RELEASE));
	ASSERT_TRUE(ut_runs(&self->c));
	ASSERT_EQ(0, ut_op(&self->u, a.thread, UTRACE_OP_INTERRUPT));
	r = ut_find(&self->u, a.thread, UTRACE_EV_QUIESCE);
	ASSERT_NE(NULL, r);
	EXPECT_EQ(0, r->flags);
	atomic_store(&self->c.sh->stop, 1);
	EXPECT_EQ(0, ut_reap(&self->c));
}

/*
 * Attach to the thread, order a report, wait for it, and detach, again and again.  The
 * reports are not read.
 */
static int report_and_detach(struct ut_session *u, pid_t pid)
{
	struct utrace_attach a;
	struct utrace_info info;
	int i, ret = 0;
	__u32 before;

	for (i = 0; !ret && i < ROUNDS; i++) {
		ret = ut_attach(u, pid, 0, &a);
		if (!ret)
			ret = ut_info(u, &info);
		before = info.queued;
		if (!ret)
			ret = ut_op(u, a.thread, UTRACE_OP_INTERRUPT);
		if (!ret && !ut_until(({ ut_info(u, &info); info.queued; }) > before,
				      UT_TIMEOUT))
			ret = -ETIMEDOUT;
		if (!ret)
			ret = ut_op(u, a.thread, UTRACE_OP_DETACH);
	}
	if (ret)
		ut_log("round %d: %s", i, strerror(-ret));
	return ret;
}

/* A thread has one report, but the threads of a session have no limit. */
TEST_F(account, unread_reports_of_detached_threads_are_lost)
{
	struct utrace_config c = {
		.flags = UTRACE_CONFIG_DROP, .queue_bytes = 1,
	};
	/* The first ATTACHED is queued.  All other records find the queue full. */
	const unsigned int lost = 2 * ROUNDS - 1;
	struct utrace_info info;
	struct utrace_record *r;

	ASSERT_EQ(0, ut_spawn(&self->c, ut_fn_spin));
	ASSERT_EQ(0, ut_config_full(&self->u, &c));
	ut_go(&self->c);
	ASSERT_EQ(0, report_and_detach(&self->u, self->c.pid));
	ASSERT_EQ(0, ut_info(&self->u, &info));
	EXPECT_EQ(sizeof(*r), info.queued);
	EXPECT_EQ(lost, info.lost);

	r = ut_next(&self->u, 0);
	ASSERT_NE(NULL, r);
	EXPECT_EQ(UTRACE_REC_ATTACHED, r->type);
	r = ut_next(&self->u, 0);
	ASSERT_NE(NULL, r);
	EXPECT_EQ(UTRACE_REC_LOST, r->type);
	EXPECT_EQ(lost, ((struct utrace_rec_lost *)r)->count);
	EXPECT_EQ(NULL, ut_next(&self->u, 0));
	EXPECT_TRUE(self->u.eof);
	EXPECT_EQ(0, ut_stop(&self->c));
}

static void *sleep_a_little(void *arg ut_unused)
{
	ut_sleep(3);
	return NULL;
}

static int short_lived_threads(struct ut_child *c)
{
	pthread_t thread;
	int i;

	for (i = 0; i < ROUNDS; i++) {
		if (pthread_create(&thread, NULL, sleep_a_little, NULL) ||
		    pthread_join(thread, NULL))
			return 1;
	}
	atomic_store(&c->sh->stage, 1);
	while (!atomic_load(&c->sh->stop))
		ut_sleep(1);
	return 0;
}

TEST_F(account, unread_reports_of_dead_threads_are_lost)
{
	struct utrace_config c = {
		.flags = UTRACE_CONFIG_DROP, .queue_bytes = 1,
	};
	struct utrace_info info;
	int ret;

	ASSERT_EQ(0, ut_spawn(&self->c, short_lived_threads));
	ASSERT_EQ(0, ut_config_full(&self->u, &c));
	ASSERT_EQ(0, ut_attach(&self->u, self->c.pid, 0, NULL));
	ut_go(&self->c);
	while (!atomic_load(&self->c.sh->stage)) {
		ret = ut_op(&self->u, 0, UTRACE_OP_INTERRUPT);
		ASSERT_TRUE(ret == 0 || ret == -EINPROGRESS);
		/* Or the process gets to nothing but being interrupted. */
		ut_sleep(1);
	}
	ASSERT_TRUE(ut_until(({ ut_info(&self->u, &info); info.threads; }) == 1,
			     UT_TIMEOUT));
	/* ATTACHED, and the report of the thread that is left, with the losses before. */
	EXPECT_GE(2 * sizeof(struct utrace_record) + sizeof(struct utrace_rec_lost),
		  info.queued);
	EXPECT_LT(0, info.lost);
	EXPECT_EQ(0, ut_stop(&self->c));
}

static int mark_twice(struct ut_child *c)
{
	while (!atomic_load(&c->sh->stop))
		atomic_fetch_add(&c->sh->count, 1);
	ut_mark(1);
	while (atomic_load(&c->sh->stop) < 2)
		atomic_fetch_add(&c->sh->count, 1);
	return 0;
}

/* A report is where its thread was last, after what the thread did before. */
TEST_F(account, a_merged_report_is_in_its_place)
{
	struct utrace_attach a;
	struct utrace_record *r;

	ASSERT_EQ(0, ut_spawn(&self->c, mark_twice));
	ASSERT_EQ(0, ut_config(&self->u, UT_EXIT, 0));
	ASSERT_EQ(0, ut_only_marks(&self->u));
	ASSERT_EQ(0, ut_attach(&self->u, self->c.pid, 0, &a));
	ut_go(&self->c);
	ASSERT_TRUE(ut_runs(&self->c));
	ASSERT_EQ(-EINPROGRESS, ut_op(&self->u, a.thread, UTRACE_OP_HOLD));
	ASSERT_TRUE(ut_wait_state(self->c.pid, self->c.pid, 't'));
	ASSERT_EQ(0, ut_op(&self->u, a.thread, UTRACE_OP_RELEASE));
	atomic_store(&self->c.sh->stop, 1);
	ASSERT_TRUE(ut_runs(&self->c));
	ut_sleep(UT_QUIET);
	ASSERT_EQ(-EINPROGRESS, ut_op(&self->u, a.thread, UTRACE_OP_HOLD));
	ASSERT_TRUE(ut_wait_state(self->c.pid, self->c.pid, 't'));

	ASSERT_NE(NULL, ut_find(&self->u, a.thread, UTRACE_REC_ATTACHED));
	r = ut_next(&self->u, 0);
	ASSERT_NE(NULL, r);
	EXPECT_EQ(UTRACE_EV_SYSCALL_EXIT, r->type);
	r = ut_next(&self->u, 0);
	ASSERT_NE(NULL, r);
	EXPECT_EQ(UTRACE_EV_QUIESCE, r->type);
	EXPECT_EQ(UTRACE_REC_HELD, r->flags);
	EXPECT_EQ(NULL, ut_next(&self->u, 0));
	EXPECT_EQ(0, ut_op(&self->u, a.thread, UTRACE_OP_RELEASE));
	atomic_store(&self->c.sh->stop, 2);
	EXPECT_EQ(0, ut_reap(&self->c));
}

/* ---- queues of a user ---------------------------------------------------- */

#define QUEUES		8
#define PRODUCED	2000
#define QUEUE_KB	64
/* What a session's queue may have whatever others have. */
#define QUEUE_LEAST	(8 << 10)

enum {
	PREPARED = 1,
	TARGET,
	QUEUED,
	LOST,
	READ,
};

static int produce_as_nobody(struct ut_child *c)
{
	int i, ret = ut_drop_privileges();

	atomic_store(&c->sh->value[PREPARED], ret);
	atomic_store(&c->sh->stage, 1);
	while (!atomic_load(&c->sh->stop))
		ut_sleep(1);
	for (i = 0; i < PRODUCED; i++) {
		ut_mark(i);
		atomic_fetch_add(&c->sh->count, 1);
	}
	return 0;
}

static struct ut_child *producer;

/* The target and all who hold its records are of one user. */
static int queue_as_nobody(struct ut_child *c)
{
	static struct ut_session u[QUEUES];
	unsigned long count, queued = 0, lost = 0, read = 0;
	struct utrace_record *r;
	struct utrace_info info;
	bool more;
	int i, ret = ut_drop_privileges();

	for (i = 0; !ret && i < QUEUES; i++) {
		ret = ut_open(&u[i]);
		if (!ret)
			ret = ut_config(&u[i], UT_ENTRY, 0);
		if (!ret)
			ret = ut_only_marks(&u[i]);
		if (!ret)
			ret = ut_attach(&u[i], producer->pid, 0, NULL);
	}
	atomic_store(&c->sh->value[PREPARED], ret);
	if (ret)
		return 1;
	atomic_store(&producer->sh->stop, 1);
	/* Nobody reads, until nothing moves any more. */
	do {
		count = atomic_load(&producer->sh->count);
		ut_sleep(10 * UT_QUIET);
	} while (atomic_load(&producer->sh->count) != count);
	for (i = 0; i < QUEUES; i++) {
		if (ut_info(&u[i], &info))
			return 1;
		queued += info.queued;
	}
	atomic_store(&c->sh->value[QUEUED], queued);

	/* Now all are read in turn, so nobody waits for long. */
	do {
		more = false;
		for (i = 0; i < QUEUES; i++) {
			while ((r = ut_next(&u[i], 0)))
				read += r->type == UTRACE_EV_SYSCALL_ENTRY;
			more |= !u[i].eof && !u[i].bad;
		}
	} while (more);
	for (i = 0; i < QUEUES; i++) {
		if (!ut_info(&u[i], &info))
			lost += info.lost;
	}
	atomic_store(&c->sh->value[LOST], lost);
	atomic_store(&c->sh->value[READ], read);
	return 0;
}

TEST_F(account, what_waits_to_be_read_is_bounded_for_each_user)
{
	char kb[16];

	producer = &self->d;
	ASSERT_EQ(0, ut_spawn(&self->d, produce_as_nobody));
	ut_go(&self->d);
	ASSERT_TRUE(ut_until(atomic_load(&self->d.sh->stage), UT_TIMEOUT));
	ASSERT_EQ(0, atomic_load(&self->d.sh->value[PREPARED]));
	snprintf(kb, sizeof(kb), "%d", QUEUE_KB);
	EXPECT_EQ(0, spit(LIMIT "max_queue_kb", kb));

	ASSERT_EQ(0, ut_spawn(&self->c, queue_as_nobody));
	ut_go(&self->c);
	EXPECT_EQ(0, ut_reap(&self->d));
	EXPECT_EQ(0, ut_reap(&self->c));
	ASSERT_EQ(0, atomic_load(&self->c.sh->value[PREPARED]));
	EXPECT_GE(2 * (QUEUE_KB << 10) + QUEUES * QUEUE_LEAST,
		  atomic_load(&self->c.sh->value[QUEUED]));
	/* The program waits; it does so without losing anything. */
	EXPECT_EQ(0, atomic_load(&self->c.sh->value[LOST]));
	EXPECT_EQ(QUEUES * PRODUCED, atomic_load(&self->c.sh->value[READ]));
}

static int report_and_detach_as_nobody(struct ut_child *c)
{
	static struct ut_session u;
	struct utrace_info info = {};
	int ret = ut_drop_privileges();

	if (!ret)
		ret = ut_open(&u);
	if (!ret)
		ret = report_and_detach(&u, producer->pid);
	if (!ret)
		ret = ut_info(&u, &info);
	atomic_store(&c->sh->value[PREPARED], ret);
	atomic_store(&c->sh->value[QUEUED], info.queued);
	return 0;
}

/* Without DROP nothing is lost before all sessions of the user have too much. */
TEST_F(account, reports_of_detached_threads_are_bounded_for_each_user)
{
	const unsigned int least = 4 * sizeof(struct utrace_record);

	producer = &self->d;
	ASSERT_EQ(0, ut_spawn(&self->d, produce_as_nobody));
	ut_go(&self->d);
	ASSERT_TRUE(ut_until(atomic_load(&self->d.sh->stage), UT_TIMEOUT));
	ASSERT_EQ(0, atomic_load(&self->d.sh->value[PREPARED]));
	ASSERT_EQ(0, spit(LIMIT "max_queue_kb", "1"));

	ASSERT_EQ(0, ut_spawn(&self->c, report_and_detach_as_nobody));
	ut_go(&self->c);
	EXPECT_EQ(0, ut_reap(&self->c));
	ASSERT_EQ(0, atomic_load(&self->c.sh->value[PREPARED]));
	EXPECT_LE(QUEUE_LEAST, atomic_load(&self->c.sh->value[QUEUED]));
	EXPECT_GE(QUEUE_LEAST + least, atomic_load(&self->c.sh->value[QUEUED]));
	EXPECT_EQ(0, ut_stop(&self->d));
}

/* Who may trace anything is not kept from it by what others have queued. */
TEST_F(account, queues_of_the_privileged_are_not_bounded)
{
	struct utrace_info info;

	ASSERT_EQ(0, spit(LIMIT "max_queue_kb", "1"));
	ASSERT_EQ(0, ut_spawn(&self->c, ut_fn_marks));
	atomic_store(&self->c.sh->value[0], 500);
	ASSERT_EQ(0, ut_config(&self->u, UT_ENTRY, 0));
	ASSERT_EQ(0, ut_only_marks(&self->u));
	ASSERT_EQ(0, ut_attach(&self->u, self->c.pid, 0, NULL));
	ut_go(&self->c);
	EXPECT_EQ(0, ut_reap(&self->c));
	ASSERT_EQ(0, ut_info(&self->u, &info));
	EXPECT_LE(500 * sizeof(struct utrace_rec_syscall), info.queued);
	EXPECT_EQ(0, info.lost);
}

/* ---- memory cgroups ------------------------------------------------------ */

#define GROUP_PARENT	"/tmp/utrace_account"
#define WRITES		8000

static int write_much(struct ut_child *c)
{
	static char page[4096];
	int i, fd = open("/dev/null", O_WRONLY | O_CLOEXEC);

	if (fd < 0)
		return 1;
	memset(page, 1, sizeof(page));
	for (i = 0; i < WRITES; i++) {
		if (write(fd, page, sizeof(page)) != sizeof(page))
			return 1;
	}
	atomic_store(&c->sh->stage, 1);
	while (!atomic_load(&c->sh->stop))
		ut_sleep(5);
	return 0;
}

static long group_bytes(const char *dir)
{
	char path[PATH_MAX], text[32];

	snprintf(path, sizeof(path), "%s/memory.current", dir);
	return slurp(path, text, sizeof(text)) ? -1 : atol(text);
}

static void remove_group(const char *dir)
{
	rmdir(dir);
	umount2(GROUP_PARENT, MNT_DETACH);
	rmdir(GROUP_PARENT);
}

TEST_F(account, records_are_charged_to_the_tracer)
{
	struct ut_call call = { SYS_write, UTRACE_SC_REPORT | UTRACE_SC_BUFFER(1) };
	struct utrace_config config = {
		.record = UT_ENTRY, .queue_bytes = UTRACE_QUEUE_MAX,
		.buffer_max = UTRACE_CAPTURE_MAX,
	};
	char dir[64], path[PATH_MAX], pid[16];
	struct utrace_info info;
	long before, after;

	mkdir(GROUP_PARENT, 0755);
	if (mount("utrace", GROUP_PARENT, "cgroup2", 0, NULL)) {
		rmdir(GROUP_PARENT);
		SKIP(return, "no cgroup v2: %s", strerror(errno));
	}
	snprintf(dir, sizeof(dir), GROUP_PARENT "/target.%d", getpid());
	if (spit(GROUP_PARENT "/cgroup.subtree_control", "+memory") ||
	    mkdir(dir, 0755)) {
		remove_group(dir);
		SKIP(return, "no memory controller");
	}

	ASSERT_EQ(0, ut_spawn(&self->c, write_much));
	snprintf(path, sizeof(path), "%s/cgroup.procs", dir);
	snprintf(pid, sizeof(pid), "%d", self->c.pid);
	EXPECT_EQ(0, spit(path, pid));
	EXPECT_EQ(0, ut_config_full(&self->u, &config));
	EXPECT_EQ(0, ut_only(&self->u, &call, 1));
	EXPECT_EQ(0, ut_attach(&self->u, self->c.pid, 0, NULL));
	before = group_bytes(dir);
	ut_go(&self->c);
	EXPECT_TRUE(ut_until(atomic_load(&self->c.sh->stage), UT_TIMEOUT));
	after = group_bytes(dir);
	EXPECT_EQ(0, ut_info(&self->u, &info));
	EXPECT_LE(WRITES * UTRACE_CAPTURE_MAX, info.queued);

	/* The program itself is in it, too, and 64 pages that a CPU charges in advance. */
	EXPECT_LT(0, after);
	EXPECT_GT(WRITES * UTRACE_CAPTURE_MAX / 2, after - before);

	atomic_store(&self->c.sh->stop, 1);
	EXPECT_EQ(0, ut_reap(&self->c));
	remove_group(dir);
}

/* ---- holds ---------------------------------------------------------------- */

/* Two children in a row, that just make a mark. */
static int fork_as_nobody(struct ut_child *c)
{
	int status, ret = ut_drop_privileges();
	pid_t pid;

	atomic_store(&c->sh->value[PREPARED], ret);
	atomic_store(&c->sh->stage, 1);
	while (!atomic_load(&c->sh->stop))
		ut_sleep(1);
	pid = fork();
	if (!pid) {
		ut_mark(1);
		_exit(0);
	}
	return pid < 0 || waitpid(pid, &status, 0) != pid || status;
}

static struct ut_child *held;

static int hold_as_nobody(struct ut_child *c)
{
	static struct ut_session u;
	struct utrace_attach a;
	int ret = ut_drop_privileges();

	if (!ret)
		ret = ut_open(&u);
	if (!ret)
		ret = ut_attach(&u, held->pid, 0, &a);
	if (!ret)
		ret = ut_op(&u, a.thread, UTRACE_OP_HOLD);
	atomic_store(&c->sh->value[PREPARED], ret);
	atomic_store(&c->sh->stage, 1);
	while (!atomic_load(&c->sh->stop))
		ut_sleep(5);
	return 0;
}

/*
 * kernel.utrace.max_stopped is for each user.  nobody holds as many threads as
 * that allows; root's tracer holds a child of nobody's process all the same.
 */
TEST_F(account, a_followed_child_is_held_by_its_tracer)
{
	struct ut_child spinner = {};
	struct utrace_record *r;

	ASSERT_EQ(0, ut_spawn(&self->c, fork_as_nobody));
	ut_go(&self->c);
	ASSERT_TRUE(ut_until(atomic_load(&self->c.sh->stage), UT_TIMEOUT));
	ASSERT_EQ(0, atomic_load(&self->c.sh->value[PREPARED]));
	ASSERT_EQ(0, ut_config(&self->u, UT_ENTRY, UT_ENTRY));
	ASSERT_EQ(0, ut_only_marks(&self->u));
	ASSERT_EQ(0, ut_attach(&self->u, self->c.pid, UTRACE_ATTACH_CHILDREN, NULL));

	held = &spinner;
	ASSERT_EQ(0, ut_spawn(&spinner, produce_as_nobody));
	ut_go(&spinner);
	ASSERT_TRUE(ut_until(atomic_load(&spinner.sh->stage), UT_TIMEOUT));
	ASSERT_EQ(0, spit(LIMIT "max_stopped", "1"));
	ASSERT_EQ(0, ut_spawn(&self->d, hold_as_nobody));
	ut_go(&self->d);
	ASSERT_TRUE(ut_until(atomic_load(&self->d.sh->stage), UT_TIMEOUT));
	ASSERT_EQ(-EINPROGRESS, atomic_load(&self->d.sh->value[PREPARED]));
	ASSERT_TRUE(ut_wait_state(spinner.pid, spinner.pid, 't'));

	atomic_store(&self->c.sh->stop, 1);
	r = ut_find(&self->u, 0, UTRACE_EV_SYSCALL_ENTRY);
	ASSERT_NE(NULL, r);
	EXPECT_EQ(UTRACE_REC_HELD, r->flags);
	EXPECT_EQ(0, ut_op(&self->u, r->thread, UTRACE_OP_RELEASE));
	EXPECT_EQ(0, ut_reap(&self->c));
	atomic_store(&self->d.sh->stop, 1);
	EXPECT_EQ(0, ut_reap(&self->d));
	ut_end(&spinner);
}

#define SPINNERS 3

static void *spin(void *arg)
{
	ut_fn_spin(arg);
	return NULL;
}

static int spinners(struct ut_child *c)
{
	pthread_t thread[SPINNERS - 1];
	int i;

	for (i = 0; i < SPINNERS - 1; i++) {
		if (pthread_create(&thread[i], NULL, spin, c))
			return 1;
	}
	ut_fn_spin(c);
	for (i = 0; i < SPINNERS - 1; i++)
		pthread_join(thread[i], NULL);
	return 0;
}

/* An order to all says when not all of them were taken by it. */
TEST_F(account, a_hold_of_all_says_that_some_are_not_held)
{
	struct utrace_info info;

	ASSERT_EQ(0, ut_spawn(&self->c, spinners));
	ASSERT_EQ(0, ut_config(&self->u, 0, 0));
	ASSERT_EQ(0, ut_attach(&self->u, self->c.pid, 0, NULL));
	ut_go(&self->c);
	ASSERT_TRUE(ut_until(({ ut_info(&self->u, &info); info.threads; }) == SPINNERS,
			     UT_TIMEOUT));
	ASSERT_EQ(0, spit(LIMIT "max_stopped", "1"));
	EXPECT_EQ(-EUSERS, ut_op(&self->u, 0, UTRACE_OP_HOLD));
	EXPECT_TRUE(ut_until(({ ut_info(&self->u, &info); info.held; }) == 1,
			     UT_TIMEOUT));
	EXPECT_EQ(0, ut_op(&self->u, 0, UTRACE_OP_RELEASE));
	ASSERT_EQ(0, spit(LIMIT "max_stopped", self->stopped));
	EXPECT_EQ(-EINPROGRESS, ut_op(&self->u, 0, UTRACE_OP_HOLD));
	EXPECT_TRUE(ut_until(({ ut_info(&self->u, &info); info.held; }) == SPINNERS,
			     UT_TIMEOUT));
	EXPECT_EQ(0, ut_op(&self->u, 0, UTRACE_OP_RELEASE));
	atomic_store(&self->c.sh->stop, 1);
	EXPECT_EQ(0, ut_reap(&self->c));
}

/* ---- starving ------------------------------------------------------------- */

#define STARVERS	200
#define STARVE_BYTES	16384

static void *starve(void *arg)
{
	struct ut_child *c = arg;
	int i;

	ut_wait(&c->sh->stop, 0);
	for (i = 0; i < 4; i++)
		ut_mark(i);
	return NULL;
}

static int starvers(struct ut_child *c)
{
	if (!ut_start_threads(STARVERS, starve, c))
		return 1;
	atomic_store(&c->sh->stage, 1);
	pthread_exit(NULL);
}

/* Reads one record.  A big buffer would take all that there is. */
static bool read_one(struct ut_session *u)
{
	char buf[sizeof(struct utrace_rec_syscall)] __attribute__((aligned(8)));

	return read(u->fd, buf, sizeof(buf)) > 0;
}

/*
 * Half a queue is free, and many wait for it: those for which there is room are
 * let go, not all of them.
 */
TEST_F(account, room_in_the_queue_is_for_as_many_as_fit)
{
	struct utrace_config config = {
		.record = UT_ENTRY, .queue_bytes = STARVE_BYTES,
	};
	unsigned long marks = 0;
	struct utrace_record *r;
	struct utrace_info info;
	__u32 queued;

	ASSERT_EQ(0, ut_spawn(&self->c, starvers));
	ASSERT_EQ(0, ut_config_full(&self->u, &config));
	ASSERT_EQ(0, ut_only_marks(&self->u));
	ut_go(&self->c);
	ASSERT_TRUE(ut_until(atomic_load(&self->c.sh->stage), UT_TIMEOUT));
	ASSERT_EQ(0, ut_attach(&self->u, self->c.pid, 0, NULL));
	while ((r = ut_next(&self->u, UT_QUIET)))
		EXPECT_EQ(UTRACE_REC_ATTACHED, r->type);
	atomic_store(&self->c.sh->stop, 1);
	ut_wake(&self->c.sh->stop);
	/* Each thread has added a record when all starve. */
	ASSERT_TRUE(ut_until(({ ut_info(&self->u, &info); info.queued; }) >=
			     STARVERS * sizeof(struct utrace_rec_syscall), UT_TIMEOUT));
	do {
		queued = info.queued;
		ut_sleep(4 * UT_QUIET);
		ASSERT_EQ(0, ut_info(&self->u, &info));
	} while (info.queued != queued);

	while (info.queued > STARVE_BYTES / 2) {
		ASSERT_TRUE(read_one(&self->u));
		marks++;
		/* Threads that were let go may have added to it. */
		if (info.queued <= STARVE_BYTES / 2 + sizeof(struct utrace_rec_syscall))
			break;
		ASSERT_EQ(0, ut_info(&self->u, &info));
	}
	/* Now let them. */
	do {
		queued = info.queued;
		ut_sleep(4 * UT_QUIET);
		ASSERT_EQ(0, ut_info(&self->u, &info));
	} while (info.queued != queued);
	/* The first that run may add several records before the queue is full again. */
	EXPECT_GE(STARVE_BYTES + STARVE_BYTES / 2, info.queued);
	EXPECT_LT(STARVE_BYTES / 2, info.queued);

	/* And nobody is forgotten. */
	self->u.seq = 0;
	for (;;) {
		struct pollfd pfd = { .fd = self->u.fd, .events = POLLIN };

		if (read_one(&self->u)) {
			marks++;
			continue;
		}
		if (errno != EAGAIN || poll(&pfd, 1, UT_TIMEOUT) != 1 ||
		    !(pfd.revents & POLLIN))
			break;
	}
	EXPECT_EQ(STARVERS * 4, marks);
	EXPECT_EQ(0, ut_reap(&self->c));
}

TEST_HARNESS_MAIN
