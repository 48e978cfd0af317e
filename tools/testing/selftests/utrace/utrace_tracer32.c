// SPDX-License-Identifier: GPL-2.0-only
/*
 * A 32-bit tracer on a 64-bit kernel, which traces 32-bit and 64-bit threads.
 *
 * This program is built by a compiler for 32-bit programs.  The 64-bit program
 * that it traces is utrace_attach in the same directory, which enters one system
 * call if its argument is role-mark.
 *
 * trace_tool uses this program as its 32-bit one: "role-seven" exits with 7, and
 * "role-exec FILE ARGUMENT" executes FILE in a thread that is not the leader.
 */
#include <pthread.h>
#include <linux/utrace_regs.h>

#include "utrace_testlib.h"

_Static_assert(sizeof(long) == 4, "to be built with CC32");

/* The argument of the mark of utrace_attach. */
#define NATIVE_MARK	42
/* UT_MARK_ARG() as a 64-bit program has it. */
#define NATIVE_ARG(i)	(0x0101010101010101ull * (0x11 + (i)))

FIXTURE(tracer32)
{
	struct ut_session u;
	struct ut_child c;
	struct utrace_attach a;
	struct utrace_info info;
	struct utrace_view *view;
	struct utrace_regfile *file;
};

FIXTURE_SETUP(tracer32)
{
	ASSERT_EQ(0, ut_open(&self->u));
	ASSERT_EQ(0, ut_info(&self->u, &self->info));
}

FIXTURE_TEARDOWN(tracer32)
{
	ut_close(&self->u);
	ut_end(&self->c);
	free(self->view);
	free(self->file);
}

/* ---- a 32-bit thread --------------------------------------------------- */

TEST_F(tracer32, sees_calls_of_its_own_kind)
{
	struct utrace_rec_syscall *s;
	struct utrace_syscalls table = { .size = sizeof(table) };
	static __u32 entries[UT_MARK_NR + 1];
	int i, j;

	ASSERT_EQ(0, ut_spawn(&self->c, ut_fn_marks));
	atomic_store(&self->c.sh->value[0], 3);
	ASSERT_EQ(0, ut_config(&self->u, UT_SYSCALLS, UT_ENTRY));
	ASSERT_EQ(0, ut_attach(&self->u, self->c.pid, 0, &self->a));
	ut_go(&self->c);
	/* Without a table all calls report, so that the first tells the arch. */
	s = ut_find(&self->u, self->a.thread, UTRACE_EV_SYSCALL_ENTRY);
	ASSERT_NE(NULL, s);
	EXPECT_EQ(UTRACE_RECF_HELD, s->head.flags);
	EXPECT_EQ(UT_MARK_NR, s->nr);
	EXPECT_NE(self->info.arch, s->arch);
	EXPECT_EQ(self->info.compat_arch, s->arch);
	EXPECT_EQ(0, s->args[0]);
	for (i = 1; i < 6; i++)
		EXPECT_EQ(UT_MARK_ARG(i), s->args[i]);
	EXPECT_EQ(0, s->ip >> 32);
	EXPECT_EQ(0, s->sp >> 32);

	entries[UT_MARK_NR] = UT_SC_REPORT;
	table.arch = s->arch;
	table.nr = ARRAY_SIZE(entries);
	table.entries = (uintptr_t)entries;
	ASSERT_EQ(0, ut_ioctl(self->u.fd, UTRACE_IOC_SYSCALLS, &table));
	for (i = 0; i < 3; i++) {
		if (i) {
			s = ut_find(&self->u, 0, UTRACE_EV_SYSCALL_ENTRY);
			ASSERT_NE(NULL, s);
			EXPECT_EQ(i, s->args[0]);
		}
		EXPECT_EQ(0, ut_op(&self->u, self->a.thread,
				   UTRACE_OP_RELEASE));
		s = ut_find(&self->u, 0, UTRACE_EV_SYSCALL);
		ASSERT_NE(NULL, s);
		EXPECT_EQ(UTRACE_RECF_ERROR, s->head.flags);
		EXPECT_EQ(-EINVAL, s->result);
		for (j = 1; j < 6; j++)
			EXPECT_EQ(UT_MARK_ARG(j), s->args[j]);
	}
	EXPECT_EQ(0, ut_reap(&self->c));
	EXPECT_TRUE(ut_drain(&self->u));
}

TEST_F(tracer32, structures_have_the_sizes_of_the_kernel)
{
	struct utrace_info info = {};

	/* The kernel would write beyond a shorter one, and cut off a longer one. */
	info.size = sizeof(info);
	ASSERT_EQ(0, ut_ioctl(self->u.fd, UTRACE_IOC_INFO, &info));
	EXPECT_EQ(sizeof(info), info.size);
	ASSERT_EQ(0, ut_spawn(&self->c, ut_fn_spin));
	ASSERT_EQ(0, ut_config(&self->u, UT_LIFE, 0));
	ASSERT_EQ(0, ut_attach(&self->u, self->c.pid, 0, &self->a));
	ASSERT_NE(NULL, ut_find(&self->u, self->a.thread, UTRACE_REC_ATTACHED));
	ut_go(&self->c);
	ASSERT_TRUE(ut_runs(&self->c));
	ASSERT_EQ(-EINPROGRESS, ut_op(&self->u, self->a.thread,
				      UTRACE_OP_HOLD));
	ASSERT_NE(NULL, ut_find(&self->u, self->a.thread, UTRACE_EV_QUIESCE));
	EXPECT_TRUE(ut_stands_still(&self->c));
	EXPECT_EQ(0, ut_op(&self->u, self->a.thread, UTRACE_OP_RELEASE));
	EXPECT_TRUE(ut_runs(&self->c));
	atomic_store(&self->c.sh->stop, 1);
	EXPECT_EQ(0, ut_reap(&self->c));
	EXPECT_TRUE(ut_drain(&self->u));
}

/* ---- a 64-bit thread --------------------------------------------------- */

static int exec_native(struct ut_child *c ut_unused)
{
	char path[256];
	ssize_t n = readlink(UT_SELF, path, sizeof(path) - 16);
	char *slash;

	if (n < 0)
		return 1;
	path[n] = '\0';
	slash = strrchr(path, '/');
	strcpy(slash + 1, "utrace_attach");
	execl(path, "utrace_attach", "role-mark", NULL);
	return errno == ENOENT ? 127 : 1;
}

/* Holds a 64-bit program at the entry of its mark, whose record goes to @copy. */
static int hold_native(struct ut_session *u, struct ut_child *c,
		       struct utrace_attach *a, __u32 arch,
		       struct utrace_rec_syscall *copy)
{
	struct utrace_rec_syscall *s;
	struct utrace_record *r;
	int ret;

	ret = ut_spawn(c, exec_native) ?: ut_config(u, UT_ENTRY, UT_ENTRY) ?:
	      ut_attach(u, c->pid, 0, a);
	if (ret)
		return ret;
	ut_go(c);
	for (;;) {
		r = ut_next(u, UT_TIMEOUT);
		if (!r) {
			ut_log("the 64-bit program has not entered its call");
			return -EPROTO;
		}
		if (r->type != UTRACE_EV_SYSCALL_ENTRY)
			continue;
		s = (void *)r;
		*copy = *s;
		if (s->arch == arch && s->args[0] == NATIVE_MARK &&
		    s->args[1] == NATIVE_ARG(1))
			return 0;
		ret = ut_op(u, a->thread, UTRACE_OP_RELEASE);
		if (ret)
			return ret;
	}
}

TEST_F(tracer32, sees_calls_of_a_64_bit_thread)
{
	struct utrace_rec_syscall s;
	int i;

	ASSERT_EQ(0, hold_native(&self->u, &self->c, &self->a, self->info.arch,
				 &s));
	for (i = 1; i < 6; i++)
		EXPECT_EQ(NATIVE_ARG(i), s.args[i]);
	/* The stack of a 64-bit program is above 4 GiB. */
	EXPECT_NE(0, s.sp >> 32);
	EXPECT_EQ(0, ut_op(&self->u, self->a.thread, UTRACE_OP_RELEASE));
	EXPECT_EQ(0, ut_config(&self->u, 0, 0));
	EXPECT_EQ(0, ut_op(&self->u, self->a.thread, UTRACE_OP_RELEASE));
	EXPECT_EQ(0, ut_reap(&self->c));
}

/* Fetches the description of the registers of a thread. */
static int get_view(struct ut_session *u, __u64 thread, struct utrace_view **view)
{
	struct utrace_view_get get = { .size = sizeof(get), .thread = thread };
	int ret = ut_ioctl(u->fd, UTRACE_IOC_VIEW, &get);

	if (ret != -ENOSPC)
		return ret ?: -EPROTO;
	*view = malloc(get.buffer_size);
	if (!*view)
		return -ENOMEM;
	get.buffer = (uintptr_t)*view;
	return ut_ioctl(u->fd, UTRACE_IOC_VIEW, &get);
}

/* Reads all registers of a thread. */
static int get_regs(struct ut_session *u, __u64 thread, struct utrace_regfile **file)
{
	__u32 size = 0;
	int ret = ut_regs(u, thread, UTRACE_REGS_READ, UTRACE_REGS_FILE, NULL, &size, NULL);

	if (ret != -ENOSPC)
		return ret ?: -EPROTO;
	*file = malloc(size);
	if (!*file)
		return -ENOMEM;
	return ut_regs(u, thread, UTRACE_REGS_READ, UTRACE_REGS_FILE, *file, &size, NULL);
}

static int set_regs(struct ut_session *u, __u64 thread, struct utrace_regfile *file)
{
	__u32 size = file->size;

	return ut_regs(u, thread, UTRACE_REGS_WRITE, UTRACE_REGS_FILE, file, &size, NULL);
}

/* Returns the place of the register with @role, or NULL if it has not 8 bytes. */
static __u64 *find_role(const struct utrace_view *view, struct utrace_regfile *file,
			unsigned int role)
{
	const struct utrace_reg *reg = (void *)((char *)view + view->regs);
	unsigned int i;

	for (i = 0; i < view->nr_regs; i++, reg++) {
		if (!(reg->roles & UTRACE_ROLE_BIT(role)))
			continue;
		if (reg->size != 8 || reg->unit != UTRACE_NONE) {
			ut_log("role %u has %u bytes", role, reg->size);
			return NULL;
		}
		return (__u64 *)((char *)file + reg->offset);
	}
	return NULL;
}

TEST_F(tracer32, has_the_registers_of_a_64_bit_thread)
{
	struct utrace_rec_syscall s;
	__u64 *sp, *pc, *arg;

	ASSERT_EQ(0, hold_native(&self->u, &self->c, &self->a, self->info.arch,
				 &s));
	ASSERT_EQ(0, get_view(&self->u, self->a.thread, &self->view));
	EXPECT_EQ(UTRACE_VIEW_MAGIC, self->view->magic);
	EXPECT_EQ(UTRACE_VIEW_64BIT,
		  self->view->flags & (UTRACE_VIEW_64BIT | UTRACE_VIEW_COMPAT));
	EXPECT_EQ(self->view->native, self->view->id);
	ASSERT_EQ(0, get_regs(&self->u, self->a.thread, &self->file));
	EXPECT_EQ(self->view->id, self->file->view);
	pc = find_role(self->view, self->file, UTRACE_ROLE_PC);
	sp = find_role(self->view, self->file, UTRACE_ROLE_SP);
	arg = find_role(self->view, self->file, UTRACE_ROLE_SYSCALL_ARG(1));
	ASSERT_NE(NULL, pc);
	ASSERT_NE(NULL, sp);
	ASSERT_NE(NULL, arg);
	EXPECT_EQ(s.ip, *pc);
	EXPECT_EQ(s.sp, *sp);
	EXPECT_EQ(NATIVE_ARG(1), *arg);

	/* A write changes all 64 bits. */
	*arg = ~NATIVE_ARG(1);
	EXPECT_EQ(0, set_regs(&self->u, self->a.thread, self->file));
	free(self->file);
	self->file = NULL;
	ASSERT_EQ(0, get_regs(&self->u, self->a.thread, &self->file));
	arg = find_role(self->view, self->file, UTRACE_ROLE_SYSCALL_ARG(1));
	EXPECT_EQ(~NATIVE_ARG(1), *arg);
	sp = find_role(self->view, self->file, UTRACE_ROLE_SP);
	EXPECT_EQ(s.sp, *sp);
}

TEST_F(tracer32, has_the_registers_of_a_32_bit_thread)
{
	struct utrace_rec_syscall *s;

	ASSERT_EQ(0, ut_spawn(&self->c, ut_fn_write));
	ASSERT_EQ(0, ut_config(&self->u, UT_ENTRY, UT_ENTRY));
	ASSERT_EQ(0, ut_attach(&self->u, self->c.pid, 0, &self->a));
	ut_go(&self->c);
	s = ut_find(&self->u, self->a.thread, UTRACE_EV_SYSCALL_ENTRY);
	ASSERT_NE(NULL, s);
	ASSERT_EQ(0, get_view(&self->u, self->a.thread, &self->view));
	EXPECT_EQ(UTRACE_VIEW_COMPAT,
		  self->view->flags & (UTRACE_VIEW_64BIT | UTRACE_VIEW_COMPAT));
	ASSERT_EQ(0, get_regs(&self->u, self->a.thread, &self->file));
	EXPECT_EQ(self->view->id, self->file->view);
}

/* ---- roles ------------------------------------------------------------- */

static void *exec_argument(void *argv)
{
	execv(((char **)argv)[2], (char **)argv + 2);
	_exit(1);
}

static int run_role(int argc, char **argv)
{
	pthread_t t;

	if (!strcmp(argv[1], "role-seven"))
		return 7;
	if (strcmp(argv[1], "role-exec") || argc < 3 ||
	    pthread_create(&t, NULL, exec_argument, argv))
		return 1;
	for (;;)
		pause();
}

UT_MAIN_WITH_ROLES(run_role)
