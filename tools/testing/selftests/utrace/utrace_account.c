// SPDX-License-Identifier: GPL-2.0-only
/*
 * Who pays for a session: how big its ring may be, in whose memory cgroup
 * it is, and in whose name followed threads are held.
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

static int small_ring(struct ut_session *u, __u64 record)
{
	struct utrace_config c = {
		.record = record, .flags = UTRACE_CONFIG_DROP, .queue_bytes = ut_page(),
	};

	return ut_config_full(u, &c);
}

/*
 * Reports of orders are not lost.  So a tracer that does not read can give no more
 * orders when the ring is full, but it can release what it holds.
 */
TEST_F(account, a_full_ring_refuses_orders_and_loses_none)
{
	struct utrace_order o = UT_ORDER(utrace_order, UTRACE_OP_HOLD, 0);
	const unsigned long fit = ut_page() / sizeof(struct utrace_rec_quiesce);
	struct utrace_rec_quiesce *q;
	struct utrace_attach a;
	struct utrace_info info;
	unsigned long holds = 0, reports = 0;

	ASSERT_EQ(0, ut_spawn(&self->c, ut_fn_spin));
	ASSERT_EQ(0, small_ring(&self->u, 0));
	ASSERT_EQ(0, ut_attach(&self->u, self->c.pid, 0, &a));
	ut_go(&self->c);
	ASSERT_TRUE(ut_runs(&self->c));
	o.thread = a.thread;
	for (;;) {
		o.tag = holds + 1;
		ASSERT_EQ(0, ut_control(&self->u, &o, 1));
		if (o.result == -EAGAIN)
			break;
		ASSERT_EQ(-EINPROGRESS, o.result);
		holds++;
		ASSERT_GE(fit, holds);
		ASSERT_TRUE(ut_wait_state(self->c.pid, self->c.pid, 't'));
		ASSERT_EQ(0, ut_op(&self->u, a.thread, UTRACE_OP_RELEASE));
		ASSERT_TRUE(ut_runs(&self->c));
	}
	ASSERT_EQ(0, ut_info(&self->u, &info));
	EXPECT_GE(info.queue_bytes, info.queued);
	EXPECT_EQ(0, info.lost);

	ASSERT_NE(NULL, ut_find(&self->u, a.thread, UTRACE_REC_ATTACHED));
	while ((q = (void *)ut_next(&self->u, UT_QUIET))) {
		ASSERT_EQ(UTRACE_EV_QUIESCE, q->head.type);
		/* The release may have come before the record had room. */
		EXPECT_EQ(0, q->head.flags & ~UTRACE_RECF_HELD);
		EXPECT_EQ(++reports, q->tag);
	}
	EXPECT_EQ(holds, reports);

	/* There is room again. */
	ASSERT_EQ(-EINPROGRESS, ut_op(&self->u, a.thread, UTRACE_OP_HOLD));
	q = ut_find(&self->u, a.thread, UTRACE_EV_QUIESCE);
	ASSERT_NE(NULL, q);
	ASSERT_EQ(0, ut_op(&self->u, a.thread, UTRACE_OP_RELEASE));
	atomic_store(&self->c.sh->stop, 1);
	EXPECT_EQ(0, ut_reap(&self->c));
}

/*
 * Attach to the thread, hold it, and detach, again and again, without reading.  A full
 * ring may refuse an attach or an order.  What it has taken is told.
 */
TEST_F(account, unread_reports_of_detached_threads_are_not_lost)
{
	unsigned int attached = 0, held = 0, i;
	struct utrace_attach a;
	struct utrace_info info;
	struct utrace_record *r;
	int ret;

	ASSERT_EQ(0, ut_spawn(&self->c, ut_fn_spin));
	ASSERT_EQ(0, small_ring(&self->u, 0));
	ut_go(&self->c);
	for (i = 0; i < ROUNDS; i++) {
		ret = ut_attach(&self->u, self->c.pid, 0, &a);
		if (ret == -EAGAIN)
			break;
		ASSERT_EQ(0, ret);
		attached++;
		ret = ut_op(&self->u, a.thread, UTRACE_OP_HOLD);
		if (ret != -EAGAIN) {
			ASSERT_EQ(-EINPROGRESS, ret);
			held++;
			ASSERT_TRUE(ut_wait_state(self->c.pid, self->c.pid, 't'));
		}
		ASSERT_EQ(0, ut_op(&self->u, a.thread, UTRACE_OP_DETACH));
		ASSERT_TRUE(ut_runs(&self->c));
	}
	ASSERT_EQ(0, ut_info(&self->u, &info));
	EXPECT_GE(info.queue_bytes, info.queued);
	while ((r = ut_next(&self->u, UT_QUIET))) {
		switch (r->type) {
		case UTRACE_REC_ATTACHED:
			attached--;
			break;
		case UTRACE_EV_QUIESCE:
		case UTRACE_REC_GONE:
			held--;
			break;
		default:
			EXPECT_EQ(UTRACE_REC_ATTACHED, r->type);
		}
	}
	EXPECT_TRUE(self->u.eof);
	EXPECT_EQ(0, attached);
	EXPECT_EQ(0, held);
	ASSERT_EQ(0, ut_info(&self->u, &info));
	EXPECT_EQ(0, info.lost);
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

/* More orders than a slow reader reads, to threads that die. */
TEST_F(account, unread_reports_of_dead_threads_are_not_lost)
{
	struct utrace_info info;
	int ret;

	ASSERT_EQ(0, ut_spawn(&self->c, short_lived_threads));
	ASSERT_EQ(0, small_ring(&self->u, 0));
	ASSERT_EQ(0, ut_attach(&self->u, self->c.pid, 0, NULL));
	ut_go(&self->c);
	while (!atomic_load(&self->c.sh->stage)) {
		ret = ut_interrupt(&self->u, 0);
		ASSERT_TRUE(ret == 0 || ret == -EINPROGRESS || ret == -EAGAIN ||
			    ret == -ESRCH);
		ut_sleep(1);
		ret = ut_op(&self->u, 0, UTRACE_OP_RELEASE);
		ASSERT_TRUE(ret == 0 || ret == -ESRCH);
		/* Otherwise the process gets to nothing but being interrupted. */
		ut_sleep(1);
		ut_next(&self->u, 0);
		ASSERT_FALSE(self->u.bad);
		ASSERT_EQ(0, ut_info(&self->u, &info));
		ASSERT_GE(info.queue_bytes, info.queued);
	}
	atomic_store(&self->c.sh->stop, 1);
	EXPECT_EQ(0, ut_reap(&self->c));
	EXPECT_TRUE(ut_drain(&self->u));
	ASSERT_EQ(0, ut_info(&self->u, &info));
	EXPECT_EQ(0, info.lost);
	EXPECT_EQ(0, info.threads);
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

/* Each report is in its place: after what the thread did before. */
TEST_F(account, unread_reports_are_in_their_places)
{
	static const unsigned int order[] = {
		UTRACE_REC_ATTACHED, UTRACE_EV_QUIESCE, UTRACE_EV_SYSCALL,
		UTRACE_EV_QUIESCE,
	};
	struct utrace_attach a;
	struct utrace_record *r;
	unsigned int i;

	ASSERT_EQ(0, ut_spawn(&self->c, mark_twice));
	ASSERT_EQ(0, ut_config(&self->u, UT_CALL, 0));
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

	for (i = 0; i < ARRAY_SIZE(order); i++) {
		r = ut_next(&self->u, UT_QUIET);
		ASSERT_NE(NULL, r);
		EXPECT_EQ(order[i], r->type);
		if (r->type == UTRACE_EV_QUIESCE) {
			EXPECT_EQ(UTRACE_RECF_HELD, r->flags);
		}
	}
	EXPECT_EQ(NULL, ut_next(&self->u, 0));
	EXPECT_EQ(0, ut_op(&self->u, a.thread, UTRACE_OP_RELEASE));
	atomic_store(&self->c.sh->stop, 2);
	EXPECT_EQ(0, ut_reap(&self->c));
}

/* ---- rings of a user ----------------------------------------------------- */

#define RINGS		4
#define PRODUCED	200

enum {
	PREPARED = 1,
	RINGS_MADE,
	REFUSED,
	THREADS,
	AGAIN,
	BY_ATTACH,
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

/* A session with a ring of value[0] bytes, attached to the target of the same user. */
static int session_of_nobody(struct ut_session *u, struct ut_child *c)
{
	struct utrace_config conf = {
		.record = UT_ENTRY, .queue_bytes = atomic_load(&c->sh->value[0]),
	};
	int ret;

	ret = ut_open_read(u);
	if (!ret)
		ret = ut_config_full(u, &conf);
	if (!ret)
		ret = ut_only_marks(u);
	return ret;
}

static int make_rings_as_nobody(struct ut_child *c)
{
	static struct ut_session u[RINGS + 1];
	struct utrace_ring ring = { .size = sizeof(ring) };
	struct utrace_record *r;
	struct utrace_info info;
	int i, ret = ut_drop_privileges();
	unsigned int read = 0;

	for (i = 0; !ret && i < RINGS + 1; i++) {
		ret = session_of_nobody(&u[i], c);
		atomic_store(&c->sh->value[PREPARED], ret);
		if (!ret)
			ret = ut_attach(&u[i], producer->pid, 0, NULL);
	}
	/* The last one was refused, and has nothing. */
	atomic_store(&c->sh->value[RINGS_MADE], i - 1);
	atomic_store(&c->sh->value[REFUSED], ret);
	if (!ret || ut_info(&u[i - 1], &info))
		return 1;
	atomic_store(&c->sh->value[THREADS], info.threads + info.queue_bytes);
	atomic_store(&c->sh->value[BY_ATTACH],
		     ut_ioctl(u[i - 1].fd, UTRACE_IOC_RING, &ring));
	/* A session that is closed gives back what it had. */
	ut_close(&u[0]);
	ut_until((ret = ut_attach(&u[i - 1], producer->pid, 0, NULL)) != -EDQUOT, UT_TIMEOUT);
	atomic_store(&c->sh->value[AGAIN], ret);
	atomic_store(&producer->sh->stop, 1);
	while ((r = ut_next(&u[1], UT_TIMEOUT)))
		read += r->type == UTRACE_EV_SYSCALL_ENTRY;
	atomic_store(&c->sh->value[READ], read);
	return 0;
}

TEST_F(account, the_rings_of_a_user_are_limited)
{
	unsigned long bytes = ut_page() < 64 << 10 ? 64 << 10 : ut_page();
	char kb[32];
	long made;

	producer = &self->d;
	ASSERT_EQ(0, ut_spawn(&self->d, produce_as_nobody));
	ut_go(&self->d);
	ASSERT_TRUE(ut_until(atomic_load(&self->d.sh->stage), UT_TIMEOUT));
	ASSERT_EQ(0, atomic_load(&self->d.sh->value[PREPARED]));
	snprintf(kb, sizeof(kb), "%lu", RINGS * (bytes >> 10));
	EXPECT_EQ(0, spit(LIMIT "max_queue_kb", kb));

	ASSERT_EQ(0, ut_spawn(&self->c, make_rings_as_nobody));
	atomic_store(&self->c.sh->value[0], bytes);
	ut_go(&self->c);
	EXPECT_EQ(0, ut_reap(&self->c));
	ASSERT_EQ(0, atomic_load(&self->c.sh->value[PREPARED]));
	/* The pages in front of the data may count, too. */
	made = atomic_load(&self->c.sh->value[RINGS_MADE]);
	EXPECT_LE(RINGS - 1, made);
	EXPECT_GE(RINGS, made);
	EXPECT_EQ(-EDQUOT, atomic_load(&self->c.sh->value[REFUSED]));
	EXPECT_EQ(0, atomic_load(&self->c.sh->value[THREADS]));
	EXPECT_EQ(-EDQUOT, atomic_load(&self->c.sh->value[BY_ATTACH]));
	EXPECT_EQ(0, atomic_load(&self->c.sh->value[AGAIN]));
	/* The session that was refused has not disturbed the others. */
	EXPECT_EQ(PRODUCED, atomic_load(&self->c.sh->value[READ]));
	kill(self->d.pid, SIGKILL);
}

/* The limit of a user is not one of a tracer that may trace everything. */
TEST_F(account, rings_of_the_privileged_are_not_limited)
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
	EXPECT_EQ(1 << 20, info.queue_bytes);
	EXPECT_LE(500 * sizeof(struct utrace_rec_syscall), info.queued);
	EXPECT_EQ(0, info.lost);
}

/* ---- memory cgroups ------------------------------------------------------ */

#define GROUP_PARENT	"/tmp/utrace_account"
#define WRITES		4000
#define RING_BYTES	(32u << 20)

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
	struct ut_call call = { SYS_write, UTRACE_SC_ENTRY };
	struct utrace_capture_rule rule =
		UT_RULE(SYS_write, .arg = 1, .kind = UTRACE_CAP_BYTES,
			.len_from = UTRACE_LEN_ARG, .len_arg = 2, .len_unit = 1);
	struct utrace_config config = {
		.record = UT_ENTRY, .queue_bytes = RING_BYTES,
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
	EXPECT_EQ(0, ut_table(&self->u, &call, 1, &rule, 1));
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
	int ret;

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
	/* It may sleep at this moment. */
	ret = atomic_load(&self->d.sh->value[PREPARED]);
	ASSERT_TRUE(ret == 0 || ret == -EINPROGRESS);
	ASSERT_TRUE(ut_wait_state(spinner.pid, spinner.pid, 't'));

	atomic_store(&self->c.sh->stop, 1);
	r = ut_find(&self->u, 0, UTRACE_EV_SYSCALL_ENTRY);
	ASSERT_NE(NULL, r);
	EXPECT_EQ(UTRACE_RECF_HELD, r->flags);
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

static int spinners_of_nobody(struct ut_child *c)
{
	pthread_t thread[SPINNERS - 1];
	int i, ret = ut_drop_privileges();

	for (i = 0; !ret && i < SPINNERS - 1; i++)
		ret = -pthread_create(&thread[i], NULL, spin, c);
	atomic_store(&c->sh->value[PREPARED], ret);
	atomic_store(&c->sh->stage, 1);
	if (ret)
		return 1;
	ut_fn_spin(c);
	for (i = 0; i < SPINNERS - 1; i++)
		pthread_join(thread[i], NULL);
	return 0;
}

static bool holds(struct ut_session *u, unsigned int nr)
{
	struct utrace_info info;

	return ut_until(!ut_info(u, &info) && info.held == nr, UT_TIMEOUT);
}

/* With the limit at one thread, and, when ->stop says so, at the usual one. */
static int hold_all_as_nobody(struct ut_child *c)
{
	static struct ut_session u;
	struct utrace_rec_done *d;
	int ret = ut_drop_privileges();

	if (!ret)
		ret = ut_open(&u);
	if (!ret)
		ret = ut_config(&u, 0, 0);
	if (!ret)
		ret = ut_attach(&u, held->pid, 0, NULL);
	atomic_store(&c->sh->value[PREPARED], ret);
	if (ret)
		return 1;
	atomic_store(&c->sh->value[2], ut_op_flags(&u, 0, UTRACE_OP_HOLD,
						   UTRACE_ORDER_TELL));
	/* The end comes although not every thread could be held. */
	d = ut_find(&u, 0, UTRACE_REC_DONE);
	atomic_store(&c->sh->value[9], d ? (long)d->done : -1);
	atomic_store(&c->sh->value[10], d ? (long)d->gone : -1);
	atomic_store(&c->sh->value[3], holds(&u, 1));
	ut_sleep(UT_QUIET);
	atomic_store(&c->sh->value[4], holds(&u, 1));
	atomic_store(&c->sh->value[5], ut_op(&u, 0, UTRACE_OP_RELEASE));
	atomic_store(&c->sh->stage, 1);
	while (!atomic_load(&c->sh->stop))
		ut_sleep(1);
	atomic_store(&c->sh->value[6], ut_op(&u, 0, UTRACE_OP_HOLD));
	atomic_store(&c->sh->value[7], holds(&u, SPINNERS));
	atomic_store(&c->sh->value[8], ut_op(&u, 0, UTRACE_OP_RELEASE));
	return 0;
}

/* An order to all says when not all of them were taken by it. */
TEST_F(account, a_hold_of_all_says_that_some_are_not_held)
{
	atomic_long *seen;

	ASSERT_EQ(0, ut_spawn(&self->c, spinners_of_nobody));
	ut_go(&self->c);
	ASSERT_TRUE(ut_until(atomic_load(&self->c.sh->stage), UT_TIMEOUT));
	ASSERT_EQ(0, atomic_load(&self->c.sh->value[PREPARED]));
	ASSERT_EQ(0, spit(LIMIT "max_stopped", "1"));
	held = &self->c;
	ASSERT_EQ(0, ut_spawn(&self->d, hold_all_as_nobody));
	seen = self->d.sh->value;
	ut_go(&self->d);
	ASSERT_TRUE(ut_until(atomic_load(&self->d.sh->stage), UT_TIMEOUT));
	EXPECT_EQ(-EUSERS, atomic_load(&seen[2]));
	EXPECT_EQ(1, atomic_load(&seen[9]));
	EXPECT_EQ(SPINNERS - 1, atomic_load(&seen[10]));
	EXPECT_TRUE(atomic_load(&seen[3]));
	EXPECT_TRUE(atomic_load(&seen[4]));
	EXPECT_EQ(0, atomic_load(&seen[5]));
	ASSERT_EQ(0, spit(LIMIT "max_stopped", self->stopped));
	EXPECT_EQ(0, ut_stop(&self->d));
	EXPECT_EQ(-EINPROGRESS, atomic_load(&seen[6]));
	EXPECT_TRUE(atomic_load(&seen[7]));
	EXPECT_EQ(0, atomic_load(&seen[8]));
	EXPECT_EQ(0, ut_stop(&self->c));
}

static int hold_by_config_as_nobody(struct ut_child *c)
{
	static struct ut_session u;
	struct utrace_record *r;
	int ret = ut_drop_privileges(), i;

	if (!ret)
		ret = ut_open(&u);
	if (!ret)
		ret = ut_config(&u, 0, UT_ENTRY);
	if (!ret)
		ret = ut_only_marks(&u);
	if (!ret)
		ret = ut_attach(&u, held->pid, 0, NULL);
	atomic_store(&c->sh->value[PREPARED], ret);
	if (ret)
		return 1;
	atomic_store(&held->sh->stop, 1);
	for (i = 0; i < SPINNERS; i++) {
		r = ut_find(&u, 0, UTRACE_EV_SYSCALL_ENTRY);
		atomic_fetch_add(&c->sh->value[2], r && r->flags == UTRACE_RECF_HELD);
	}
	/* All are held at the same time, and there is no fourth. */
	atomic_store(&c->sh->value[3], holds(&u, SPINNERS));
	atomic_store(&c->sh->value[4], ut_op(&u, 0, UTRACE_OP_RELEASE));
	return 0;
}

static void *mark_at_the_end(void *arg)
{
	ut_fn_spin(arg);
	ut_mark(1);
	return NULL;
}

static int markers_of_nobody(struct ut_child *c)
{
	pthread_t thread[SPINNERS - 1];
	int i, ret = ut_drop_privileges();

	for (i = 0; !ret && i < SPINNERS - 1; i++)
		ret = -pthread_create(&thread[i], NULL, mark_at_the_end, c);
	atomic_store(&c->sh->value[PREPARED], ret);
	atomic_store(&c->sh->stage, 1);
	if (ret)
		return 1;
	mark_at_the_end(c);
	for (i = 0; i < SPINNERS - 1; i++)
		pthread_join(thread[i], NULL);
	return 0;
}

/* A hold that the configuration asks for does not depend on a limit. */
TEST_F(account, a_hold_at_an_event_has_no_limit)
{
	ASSERT_EQ(0, ut_spawn(&self->c, markers_of_nobody));
	ut_go(&self->c);
	ASSERT_TRUE(ut_until(atomic_load(&self->c.sh->stage), UT_TIMEOUT));
	ASSERT_EQ(0, atomic_load(&self->c.sh->value[PREPARED]));
	ASSERT_EQ(0, spit(LIMIT "max_stopped", "1"));
	held = &self->c;
	ASSERT_EQ(0, ut_spawn(&self->d, hold_by_config_as_nobody));
	ut_go(&self->d);
	EXPECT_EQ(0, ut_reap(&self->d));
	EXPECT_EQ(0, atomic_load(&self->d.sh->value[PREPARED]));
	EXPECT_EQ(SPINNERS, atomic_load(&self->d.sh->value[2]));
	EXPECT_TRUE(atomic_load(&self->d.sh->value[3]));
	EXPECT_EQ(0, atomic_load(&self->d.sh->value[4]));
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
 * Half of the ring is free, and many threads wait for it.  As many run as there is
 * room for, not all of them.
 */
TEST_F(account, room_in_the_ring_is_for_as_many_as_fit)
{
	const __u64 bytes = ut_page() > STARVE_BYTES ? ut_page() : STARVE_BYTES;
	struct utrace_config config = {
		.record = UT_ENTRY, .queue_bytes = bytes,
	};
	unsigned long marks = 0;
	struct utrace_record *r;
	struct utrace_info info;
	__u32 starved;
	__u64 queued;

	/* The records are read one by one. */
	self->u.maps = false;
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
	ASSERT_TRUE(ut_until(({ ut_info(&self->u, &info); info.starved; }), UT_TIMEOUT));
	do {
		starved = info.starved;
		ut_sleep(4 * UT_QUIET);
		ASSERT_EQ(0, ut_info(&self->u, &info));
	} while (info.starved != starved);
	EXPECT_GE(bytes, info.queued);
	EXPECT_LT(bytes - sizeof(struct utrace_rec_syscall), info.queued);

	/* Each record that is read makes room for another one. */
	for (queued = 0; queued < bytes / 2; queued += sizeof(struct utrace_rec_syscall)) {
		ASSERT_TRUE(read_one(&self->u));
		marks++;
	}
	ut_sleep(4 * UT_QUIET);
	ASSERT_EQ(0, ut_info(&self->u, &info));
	EXPECT_GE(bytes, info.queued);
	EXPECT_LT(bytes / 2, info.queued);
	EXPECT_LT(0, info.starved);

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
