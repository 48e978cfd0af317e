// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the records say: of system calls, of what their arguments point to, of
 * the life of threads; in which order they come, and when the last has come.
 */
#include "utrace_testlib.h"

FIXTURE(record)
{
	struct ut_session u;
	struct ut_child c;
	struct utrace_info info;
	struct utrace_attach a;
};

FIXTURE_SETUP(record)
{
	ASSERT_EQ(0, ut_open(&self->u));
	ASSERT_EQ(0, ut_info(&self->u, &self->info));
}

FIXTURE_TEARDOWN(record)
{
	ut_close(&self->u);
	ut_end(&self->c);
}

/* ---- system calls ------------------------------------------------------ */

TEST_F(record, entry_and_whole_of_each_call)
{
	const int n = 50;
	__u64 time = 0, entry_seq = 0, entry_time = 0;
	int i, j;

	ASSERT_EQ(0, ut_spawn(&self->c, ut_fn_marks));
	atomic_store(&self->c.sh->value[0], n);
	ASSERT_EQ(0, ut_config(&self->u, UT_SYSCALLS, 0));
	ASSERT_EQ(0, ut_only_marks(&self->u));
	ASSERT_EQ(0, ut_attach(&self->u, self->c.pid, 0, &self->a));
	ASSERT_NE(NULL, ut_find(&self->u, 0, UTRACE_REC_ATTACHED));
	ut_go(&self->c);

	for (i = 0; i < 2 * n; i++) {
		struct utrace_rec_syscall *s;

		s = (void *)ut_next(&self->u, UT_TIMEOUT);
		ASSERT_NE(NULL, s);
		ASSERT_EQ(i % 2 ? UTRACE_EV_SYSCALL :
			  UTRACE_EV_SYSCALL_ENTRY, s->head.type);
		EXPECT_EQ(sizeof(*s), s->head.size);
		EXPECT_EQ(self->a.thread, s->head.thread);
		EXPECT_EQ(self->c.pid, s->head.pid);
		EXPECT_EQ(self->c.pid, s->head.tid);
		EXPECT_LE(time, s->head.time);
		time = s->head.time;
		EXPECT_EQ(UT_MARK_NR, s->nr);
		EXPECT_EQ(self->info.arch, s->arch);
		EXPECT_EQ(0, s->head.nr_items);
		EXPECT_EQ(0, s->reserved);
		EXPECT_EQ(i / 2, s->args[0]);
		for (j = 1; j < 6; j++) {
			EXPECT_EQ(UT_MARK_ARG(j), s->args[j]);
		}
		EXPECT_NE(0, s->ip);
		EXPECT_NE(0, s->sp);
		if (i % 2) {
			EXPECT_EQ(UTRACE_RECF_ERROR, s->head.flags);
			EXPECT_EQ(-EINVAL, s->result);
			EXPECT_EQ(entry_seq, s->entry_seq);
			/* Taken at the entry, before its record was made. */
			EXPECT_GE(entry_time, s->entry_time);
		} else {
			EXPECT_EQ(0, s->head.flags);
			EXPECT_EQ(0, s->result);
			EXPECT_EQ(0, s->entry_seq);
			entry_seq = s->head.seq;
			entry_time = s->head.time;
		}
	}
	EXPECT_EQ(0, ut_reap(&self->c));
	EXPECT_TRUE(ut_drain(&self->u));
}

TEST_F(record, one_record_of_each_call)
{
	const int n = 50;
	__u64 last = 0;
	int i, j;

	ASSERT_EQ(0, ut_spawn(&self->c, ut_fn_marks));
	atomic_store(&self->c.sh->value[0], n);
	ASSERT_EQ(0, ut_config(&self->u, UT_CALL, 0));
	ASSERT_EQ(0, ut_only_marks(&self->u));
	ASSERT_EQ(0, ut_attach(&self->u, self->c.pid, 0, &self->a));
	ASSERT_NE(NULL, ut_find(&self->u, 0, UTRACE_REC_ATTACHED));
	ut_go(&self->c);

	for (i = 0; i < n; i++) {
		struct utrace_rec_syscall *s;

		s = (void *)ut_next(&self->u, UT_TIMEOUT);
		ASSERT_NE(NULL, s);
		ASSERT_EQ(UTRACE_EV_SYSCALL, s->head.type);
		EXPECT_EQ(UTRACE_RECF_ERROR, s->head.flags);
		EXPECT_EQ(UT_MARK_NR, s->nr);
		EXPECT_EQ(self->info.arch, s->arch);
		EXPECT_EQ(i, s->args[0]);
		for (j = 1; j < 6; j++) {
			EXPECT_EQ(UT_MARK_ARG(j), s->args[j]);
		}
		EXPECT_EQ(-EINVAL, s->result);
		EXPECT_NE(0, s->ip);
		EXPECT_NE(0, s->sp);
		/* No record was made at the entry, but its time is known. */
		EXPECT_EQ(0, s->entry_seq);
		EXPECT_LE(last, s->entry_time);
		EXPECT_LE(s->entry_time, s->head.time);
		last = s->head.time;
	}
	EXPECT_EQ(0, ut_reap(&self->c));
	EXPECT_TRUE(ut_drain(&self->u));
}

static int exit_in_a_thread(struct ut_child *c ut_unused)
{
	ut_mark(1);
	syscall(SYS_exit_group, 3);
	return 1;
}

/* The calls that do not return: of them, an entry tells, once. */
TEST_F(record, a_call_that_does_not_return_is_unfinished)
{
	struct utrace_rec_syscall *s;
	struct utrace_record *r;
	unsigned int ends = 0;

	ASSERT_EQ(0, ut_spawn(&self->c, exit_in_a_thread));
	ASSERT_EQ(0, ut_config(&self->u, UT_CALL | UTRACE_EV_BIT(UTRACE_EV_DEATH), 0));
	ASSERT_EQ(0, ut_attach(&self->u, self->c.pid, 0, &self->a));
	ut_go(&self->c);
	ASSERT_EQ(3 << 8, ut_reap(&self->c));
	while ((r = ut_next(&self->u, UT_TIMEOUT))) {
		s = (void *)r;
		if (r->type == UTRACE_EV_DEATH) {
			EXPECT_EQ(1, ends);
		} else if (r->type == UTRACE_EV_SYSCALL_ENTRY) {
			EXPECT_EQ(UTRACE_RECF_UNFINISHED, r->flags);
			EXPECT_EQ(SYS_exit_group, s->nr);
			EXPECT_EQ(3, s->args[0]);
			ends++;
		}
	}
	EXPECT_TRUE(self->u.eof);
	EXPECT_EQ(1, ends);
}

TEST_F(record, a_call_with_an_entry_record_needs_no_other)
{
	struct utrace_rec_syscall *s;
	struct utrace_record *r;
	unsigned int ends = 0;

	ASSERT_EQ(0, ut_spawn(&self->c, exit_in_a_thread));
	ASSERT_EQ(0, ut_config(&self->u, UT_SYSCALLS, 0));
	ASSERT_EQ(0, ut_attach(&self->u, self->c.pid, 0, &self->a));
	ut_go(&self->c);
	ASSERT_EQ(3 << 8, ut_reap(&self->c));
	while ((r = ut_next(&self->u, UT_TIMEOUT))) {
		s = (void *)r;
		if (r->type == UTRACE_EV_SYSCALL_ENTRY && s->nr == SYS_exit_group) {
			EXPECT_EQ(0, r->flags);
			ends++;
		}
	}
	EXPECT_TRUE(self->u.eof);
	EXPECT_EQ(1, ends);
}

TEST_F(record, a_call_in_which_the_thread_is_killed_is_unfinished)
{
	struct utrace_rec_syscall *s;
	struct utrace_record *r;

	ASSERT_EQ(0, ut_spawn(&self->c, ut_fn_read));
	ASSERT_EQ(0, ut_config(&self->u, UT_CALL, 0));
	ASSERT_EQ(0, ut_only_call(&self->u, SYS_read));
	ASSERT_EQ(0, ut_attach(&self->u, self->c.pid, 0, &self->a));
	ASSERT_NE(NULL, ut_find(&self->u, 0, UTRACE_REC_ATTACHED));
	ut_go(&self->c);
	ASSERT_TRUE(ut_until(atomic_load(&self->c.sh->stage) == 1 &&
			     ut_state(self->c.pid, self->c.pid) == 'S', UT_TIMEOUT));
	EXPECT_TRUE(ut_none(&self->u, UTRACE_EV_SYSCALL_ENTRY, UT_QUIET));
	ASSERT_EQ(0, kill(self->c.pid, SIGKILL));
	EXPECT_EQ(SIGKILL, ut_reap(&self->c));
	r = ut_next(&self->u, UT_TIMEOUT);
	ASSERT_NE(NULL, r);
	s = (void *)r;
	/* The call ends with the signal, or the thread ends in the call. */
	if (r->type == UTRACE_EV_SYSCALL) {
		EXPECT_EQ(UTRACE_RECF_ERROR, r->flags);
	} else {
		EXPECT_EQ(UTRACE_EV_SYSCALL_ENTRY, r->type);
		EXPECT_EQ(UTRACE_RECF_UNFINISHED, r->flags);
	}
	EXPECT_EQ(SYS_read, s->nr);
	EXPECT_EQ(NULL, ut_next(&self->u, UT_TIMEOUT));
	EXPECT_TRUE(self->u.eof);
}

static int one_of_each_result(struct ut_child *c)
{
	void *page = mmap(NULL, 65536, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	syscall(SYS_getppid);
	/* A pointer: more than 32 bits of it count. */
	atomic_store(&c->sh->value[1],
		     syscall(SYS_mremap, page, 65536, 131072, MREMAP_MAYMOVE));
	syscall(SYS_close, -1);
	return 0;
}

TEST_F(record, results)
{
	struct ut_call calls[] = {
		{ SYS_getppid, UT_SC_REPORT },
		{ SYS_mremap, UT_SC_REPORT },
		{ SYS_close, UT_SC_REPORT },
	};
	struct utrace_rec_syscall *s;
	__s64 address;

	ASSERT_EQ(0, ut_spawn(&self->c, one_of_each_result));
	ASSERT_EQ(0, ut_config(&self->u, UT_SYSCALLS, 0));
	ASSERT_EQ(0, ut_only(&self->u, calls, ARRAY_SIZE(calls)));
	ASSERT_EQ(0, ut_attach(&self->u, self->c.pid, 0, NULL));
	ut_go(&self->c);
	s = ut_find(&self->u, 0, UTRACE_EV_SYSCALL);
	ASSERT_NE(NULL, s);
	EXPECT_EQ(SYS_getppid, s->nr);
	EXPECT_EQ(0, s->head.flags);
	EXPECT_EQ(getpid(), s->result);
	s = ut_find(&self->u, 0, UTRACE_EV_SYSCALL);
	ASSERT_NE(NULL, s);
	EXPECT_EQ(SYS_mremap, s->nr);
	EXPECT_EQ(0, s->head.flags);
	address = s->result;
	s = ut_find(&self->u, 0, UTRACE_EV_SYSCALL);
	ASSERT_NE(NULL, s);
	EXPECT_EQ(SYS_close, s->nr);
	EXPECT_EQ(UTRACE_RECF_ERROR, s->head.flags);
	EXPECT_EQ(-EBADF, s->result);
	EXPECT_EQ(0, ut_reap(&self->c));
	/* The record is there before the child has seen the result. */
	EXPECT_EQ(atomic_load(&self->c.sh->value[1]), address);
}

static int mark_and_getppid(struct ut_child *c ut_unused)
{
	int i;

	for (i = 0; i < 5; i++) {
		ut_mark(i);
		syscall(SYS_getppid);
	}
	return 0;
}

TEST_F(record, without_a_table_every_call_reports)
{
	unsigned int marks = 0, getppids = 0, ends = 0;
	struct utrace_record *r;

	ASSERT_EQ(0, ut_spawn(&self->c, mark_and_getppid));
	ASSERT_EQ(0, ut_config(&self->u, UT_ENTRY, 0));
	ASSERT_EQ(0, ut_attach(&self->u, self->c.pid, 0, NULL));
	ut_go(&self->c);
	while ((r = ut_next(&self->u, UT_TIMEOUT))) {
		struct utrace_rec_syscall *s = (void *)r;

		if (r->type == UTRACE_REC_ATTACHED)
			continue;
		ASSERT_EQ(UTRACE_EV_SYSCALL_ENTRY, r->type);
		marks += s->nr == UT_MARK_NR;
		getppids += s->nr == SYS_getppid;
		ends += s->nr == SYS_exit_group;
		/* The process waits to be reaped, or there is no end. */
		if (ends) {
			ASSERT_EQ(0, ut_reap(&self->c));
		}
	}
	EXPECT_TRUE(self->u.eof);
	EXPECT_EQ(5, marks);
	EXPECT_EQ(5, getppids);
	EXPECT_EQ(1, ends);
}

FIXTURE(table)
{
	struct ut_session u;
	struct ut_child c;
};

FIXTURE_VARIANT(table)
{
	bool only_lower, only_higher, removed;
};

/* The table ends after the lower number, so that the higher one is not in it. */
FIXTURE_VARIANT_ADD(table, ends_before_a_call)
{
	.only_lower = true,
};

FIXTURE_VARIANT_ADD(table, names_one_call)
{
	.only_higher = true,
};

FIXTURE_VARIANT_ADD(table, is_removed)
{
	.removed = true,
};

FIXTURE_SETUP(table)
{
	ASSERT_EQ(0, ut_open(&self->u));
}

FIXTURE_TEARDOWN(table)
{
	ut_close(&self->u);
	ut_end(&self->c);
}

TEST_F(table, decides_which_calls_report)
{
	const bool mark_is_lower = UT_MARK_NR < SYS_getppid;
	const long lower = mark_is_lower ? UT_MARK_NR : SYS_getppid;
	const long higher = mark_is_lower ? SYS_getppid : UT_MARK_NR;
	unsigned int lowers = 0, highers = 0, others = 0;
	struct utrace_syscalls none = { .size = sizeof(none) };
	struct utrace_info info;
	struct utrace_record *r;

	ASSERT_EQ(0, ut_spawn(&self->c, mark_and_getppid));
	ASSERT_EQ(0, ut_info(&self->u, &info));
	ASSERT_EQ(0, ut_config(&self->u, UT_SYSCALLS, 0));
	ASSERT_EQ(0, ut_only_call(&self->u, variant->only_lower ? lower :
				  higher));
	ASSERT_EQ(0, ut_attach(&self->u, self->c.pid, 0, NULL));
	if (variant->removed) {
		none.arch = info.arch;
		ASSERT_EQ(0, ut_ioctl(self->u.fd, UTRACE_IOC_SYSCALLS, &none));
	}
	ut_go(&self->c);
	ASSERT_EQ(0, ut_reap(&self->c));
	while ((r = ut_next(&self->u, UT_TIMEOUT))) {
		struct utrace_rec_syscall *s = (void *)r;

		if (r->type == UTRACE_REC_ATTACHED)
			continue;
		if (s->nr == lower)
			lowers++;
		else if (s->nr == higher)
			highers++;
		else
			others++;
	}
	EXPECT_TRUE(self->u.eof);
	EXPECT_EQ(variant->only_higher ? 0 : 10, lowers);
	EXPECT_EQ(variant->only_lower ? 0 : 10, highers);
	if (variant->removed) {
		EXPECT_LT(0, others);
	} else {
		EXPECT_EQ(0, others);
	}
}

/* Numbers that are in no table: a table of one entry ends below the first one. */
static const long numbers_beyond[] = { 600, 4096, 0x7fff, -1, -2 };

static int call_numbers_beyond(struct ut_child *c ut_unused)
{
	unsigned int i;

	ut_mark(1);
	for (i = 0; i < ARRAY_SIZE(numbers_beyond); i++)
		if (syscall(numbers_beyond[i], 0x11, 0x22) != -1 || errno != ENOSYS)
			return 1;
	ut_mark(2);
	return 0;
}

TEST_F(record, a_table_can_let_all_other_numbers_report)
{
	__u32 entry = 0;
	struct utrace_syscalls t = {
		.size = sizeof(t), .nr = 1, .entries = (uintptr_t)&entry,
		.flags = UTRACE_SYSCALLS_OTHERS, .others = UTRACE_SC_ENTRY,
	};
	struct utrace_rec_syscall *s;
	struct utrace_info info;
	unsigned int i;

	ASSERT_EQ(0, ut_spawn(&self->c, call_numbers_beyond));
	ASSERT_EQ(0, ut_info(&self->u, &info));
	ASSERT_EQ(0, ut_config(&self->u, UT_ENTRY, 0));
	t.arch = info.arch;
	ASSERT_EQ(0, ut_ioctl(self->u.fd, UTRACE_IOC_SYSCALLS, &t));
	ASSERT_EQ(0, ut_attach(&self->u, self->c.pid, 0, NULL));
	ut_go(&self->c);
	do {
		s = ut_find(&self->u, 0, UTRACE_EV_SYSCALL_ENTRY);
		ASSERT_NE(NULL, s);
	} while (s->nr != UT_MARK_NR);
	for (i = 0; i < ARRAY_SIZE(numbers_beyond); i++) {
		s = ut_find(&self->u, 0, UTRACE_EV_SYSCALL_ENTRY);
		ASSERT_NE(NULL, s);
		/* s390 takes 16 bits of the number. */
		EXPECT_EQ(numbers_beyond[i] & 0xffff, s->nr & 0xffff);
		EXPECT_EQ(0x11, s->args[0]);
		EXPECT_EQ(0x22, s->args[1]);
		EXPECT_EQ(0, s->head.nr_items);
	}
	s = ut_find(&self->u, 0, UTRACE_EV_SYSCALL_ENTRY);
	ASSERT_NE(NULL, s);
	EXPECT_EQ(UT_MARK_NR, s->nr);
	ASSERT_EQ(0, ut_reap(&self->c));

	/* An unknown flag, and one for a table that is removed, are refused. */
	t.flags = UTRACE_SYSCALLS_OTHERS << 1;
	EXPECT_EQ(-EINVAL, ut_ioctl(self->u.fd, UTRACE_IOC_SYSCALLS, &t));
	t.flags = UTRACE_SYSCALLS_OTHERS;
	t.entries = 0;
	t.others = 0;
	t.nr = 0;
	EXPECT_EQ(-EINVAL, ut_ioctl(self->u.fd, UTRACE_IOC_SYSCALLS, &t));
}

static int marks_on_demand(struct ut_child *c)
{
	char b;
	int i;

	for (i = 0; read(c->in[0], &b, 1) == 1; i++) {
		ut_mark(i);
		syscall(SYS_getppid);
		atomic_store(&c->sh->stage, i + 1);
		if (b == 'q')
			break;
	}
	return 0;
}

TEST_F(record, a_new_table_counts_at_once)
{
	struct utrace_rec_syscall *s;

	ASSERT_EQ(0, ut_spawn(&self->c, marks_on_demand));
	ASSERT_EQ(0, ut_config(&self->u, UT_ENTRY, 0));
	ASSERT_EQ(0, ut_only_marks(&self->u));
	ASSERT_EQ(0, ut_attach(&self->u, self->c.pid, 0, NULL));
	ut_go(&self->c);
	ASSERT_EQ(1, write(self->c.in[1], "x", 1));
	s = ut_find(&self->u, 0, UTRACE_EV_SYSCALL_ENTRY);
	ASSERT_NE(NULL, s);
	EXPECT_EQ(UT_MARK_NR, s->nr);
	ASSERT_TRUE(ut_until(atomic_load(&self->c.sh->stage) == 1,
			     UT_TIMEOUT));

	ASSERT_EQ(0, ut_only_call(&self->u, SYS_getppid));
	ASSERT_EQ(1, write(self->c.in[1], "x", 1));
	s = ut_find(&self->u, 0, UTRACE_EV_SYSCALL_ENTRY);
	ASSERT_NE(NULL, s);
	EXPECT_EQ(SYS_getppid, s->nr);
	ASSERT_TRUE(ut_until(atomic_load(&self->c.sh->stage) == 2,
			     UT_TIMEOUT));

	/* No more events at all. */
	ASSERT_EQ(0, ut_config(&self->u, 0, 0));
	ASSERT_EQ(1, write(self->c.in[1], "q", 1));
	ASSERT_EQ(0, ut_reap(&self->c));
	EXPECT_TRUE(ut_none(&self->u, UTRACE_EV_SYSCALL_ENTRY, UT_TIMEOUT));
	EXPECT_TRUE(self->u.eof);
}

/* Marks that neither of two tables wants, while one replaces the other. */
static int mark_meanwhile(struct ut_child *c)
{
	while (!atomic_load(&c->sh->stop)) {
		ut_mark(0);
		atomic_fetch_add(&c->sh->count, 1);
	}
	return 0;
}

#define REPLACEMENTS 40000

TEST_F(record, there_is_always_a_table_while_it_is_replaced)
{
	static __u32 entries[2][8];
	struct utrace_syscalls t = { .size = sizeof(t), .nr = 1 };
	struct utrace_record *r;
	struct utrace_info info;
	int i;

	ASSERT_EQ(0, ut_info(&self->u, &info));
	ASSERT_LT(1, UT_MARK_NR);
	t.arch = info.arch;
	ASSERT_EQ(0, ut_spawn(&self->c, mark_meanwhile));
	ASSERT_EQ(0, ut_config(&self->u, UT_ENTRY, 0));
	t.entries = (uintptr_t)entries[0];
	ASSERT_EQ(0, ut_ioctl(self->u.fd, UTRACE_IOC_SYSCALLS, &t));
	ASSERT_EQ(0, ut_attach(&self->u, self->c.pid, 0, NULL));
	ut_go(&self->c);
	ASSERT_TRUE(ut_runs(&self->c));
	for (i = 0; i < REPLACEMENTS; i++) {
		t.entries = (uintptr_t)entries[i & 1];
		t.nr = 1 + (i & 7);
		ASSERT_EQ(0, ut_ioctl(self->u.fd, UTRACE_IOC_SYSCALLS, &t));
	}
	atomic_store(&self->c.sh->stop, 1);
	EXPECT_EQ(0, ut_reap(&self->c));
	while ((r = ut_next(&self->u, UT_TIMEOUT))) {
		ASSERT_NE(UTRACE_EV_SYSCALL_ENTRY, r->type);
	}
	EXPECT_TRUE(self->u.eof);
}

TEST_F(record, an_entry_alone_has_no_record_of_the_exit)
{
	struct utrace_record *r;

	ASSERT_EQ(0, ut_spawn(&self->c, ut_fn_marks));
	atomic_store(&self->c.sh->value[0], 3);
	ASSERT_EQ(0, ut_config(&self->u, UT_ENTRY, 0));
	ASSERT_EQ(0, ut_only_marks(&self->u));
	ASSERT_EQ(0, ut_attach(&self->u, self->c.pid, 0, NULL));
	ut_go(&self->c);
	ASSERT_EQ(0, ut_reap(&self->c));
	while ((r = ut_next(&self->u, UT_TIMEOUT))) {
		EXPECT_NE(UTRACE_EV_SYSCALL, r->type);
	}
	EXPECT_TRUE(self->u.eof);
}

static int block_then_mark(struct ut_child *c)
{
	char b;

	atomic_store(&c->sh->stage, 1);
	if (read(c->in[0], &b, 1) != 1)
		return 1;
	ut_mark(1);
	return 0;
}

TEST_F(record, a_call_that_began_before_the_attach_has_no_record)
{
	struct utrace_rec_syscall *s;

	ASSERT_EQ(0, ut_spawn(&self->c, block_then_mark));
	ASSERT_EQ(0, ut_config(&self->u, UT_SYSCALLS, 0));
	ut_go(&self->c);
	ASSERT_TRUE(ut_until(atomic_load(&self->c.sh->stage) == 1 &&
			     ut_state(self->c.pid, self->c.pid) == 'S',
			     UT_TIMEOUT));
	ASSERT_EQ(0, ut_attach(&self->u, self->c.pid, 0, NULL));
	ASSERT_NE(NULL, ut_find(&self->u, 0, UTRACE_REC_ATTACHED));
	ASSERT_EQ(1, write(self->c.in[1], "x", 1));
	s = (void *)ut_next(&self->u, UT_TIMEOUT);
	ASSERT_NE(NULL, s);
	EXPECT_EQ(UTRACE_EV_SYSCALL_ENTRY, s->head.type);
	EXPECT_EQ(UT_MARK_NR, s->nr);
	EXPECT_EQ(0, ut_reap(&self->c));
}

/* ---- what the arguments point to --------------------------------------- */

static bool item_is(const void *record, unsigned int nr, unsigned int arg,
		    unsigned int flags, const char *text, unsigned int len)
{
	const struct utrace_item *i = ut_item(record, nr);

	if (i && i->kind == UTRACE_ITEM_MEMORY && i->arg == arg && i->flags == flags &&
	    i->len == len && !memcmp(ut_item_data(i), text, len))
		return true;
	if (i)
		ut_log("item of kind %u, arg %u, flags %#x, %u bytes: '%.*s'; expected arg %u, flags %#x, %u bytes",
		       i->kind, i->arg, i->flags, i->len, (int)i->len,
		       (const char *)ut_item_data(i), arg, flags, len);
	else
		ut_log("no item %u", nr);
	return false;
}

/* Configures captures of one call, and lets a child make it. */
static int record_captures(struct ut_session *u, struct ut_child *c,
			   ut_child_fn fn, const struct utrace_capture_rule *rules,
			   unsigned int nr_rules, unsigned int string_max,
			   unsigned int buffer_max)
{
	struct ut_call call = { rules[0].nr, UT_SC_REPORT };
	struct utrace_config conf = {
		.record = UT_SYSCALLS,
		.string_max = string_max, .buffer_max = buffer_max,
	};
	int ret;

	ret = ut_spawn(c, fn);
	if (!ret)
		ret = ut_config_full(u, &conf);
	if (!ret)
		ret = ut_table(u, &call, 1, rules, nr_rules);
	if (!ret)
		ret = ut_attach(u, c->pid, 0, NULL);
	if (!ret)
		ut_go(c);
	return ret;
}

#define STRING(call, a)							\
	UT_RULE(call, .when = UTRACE_WHEN_ENTRY, .arg = (a), .kind = UTRACE_CAP_STRING)
/* The length is the argument after the pointer. */
#define BUFFER(call, a)							\
	UT_RULE(call, .when = UTRACE_WHEN_ENTRY, .arg = (a), .kind = UTRACE_CAP_BYTES, \
		.len_from = UTRACE_LEN_ARG, .len_arg = (a) + 1, .len_unit = 1)
#define OUTBUF(call, a)							\
	UT_RULE(call, .when = UTRACE_WHEN_SUCCESS, .arg = (a), .kind = UTRACE_CAP_BYTES, \
		.len_from = UTRACE_LEN_RESULT, .len_unit = 1)

#define PATH "/no/such/file"

static int open_a_path(struct ut_child *c ut_unused)
{
	return openat(AT_FDCWD, PATH, O_RDONLY) >= 0;
}

TEST_F(record, captures_a_string)
{
	struct utrace_capture_rule rules[] = { STRING(SYS_openat, 1) };
	struct utrace_rec_syscall *s;

	ASSERT_EQ(0, record_captures(&self->u, &self->c, open_a_path, rules, ARRAY_SIZE(rules),
				     4096, 0));
	s = ut_find(&self->u, 0, UTRACE_EV_SYSCALL_ENTRY);
	ASSERT_NE(NULL, s);
	ASSERT_EQ(1, s->head.nr_items);
	EXPECT_TRUE(item_is(s, 0, 1, 0, PATH, strlen(PATH)));
	EXPECT_EQ(sizeof(*s) + sizeof(struct utrace_item) +
		  ((strlen(PATH) + 7) & ~7ul), s->head.size);
	/* The record of the whole call has it, too. */
	s = ut_find(&self->u, 0, UTRACE_EV_SYSCALL);
	ASSERT_NE(NULL, s);
	EXPECT_EQ(1, s->head.nr_items);
	EXPECT_TRUE(item_is(s, 0, 1, 0, PATH, strlen(PATH)));
	EXPECT_EQ(-ENOENT, s->result);
	EXPECT_EQ(0, ut_reap(&self->c));
}

TEST_F(record, truncates_a_string_that_is_too_long)
{
	struct utrace_capture_rule rules[] = { STRING(SYS_openat, 1) };
	struct utrace_rec_syscall *s;

	ASSERT_EQ(0, record_captures(&self->u, &self->c, open_a_path, rules, ARRAY_SIZE(rules),
				     strlen(PATH) - 1, 0));
	s = ut_find(&self->u, 0, UTRACE_EV_SYSCALL_ENTRY);
	ASSERT_NE(NULL, s);
	ASSERT_EQ(1, s->head.nr_items);
	EXPECT_TRUE(item_is(s, 0, 1, UTRACE_ITEM_TRUNCATED, PATH,
			       strlen(PATH) - 1));
	EXPECT_EQ(0, ut_reap(&self->c));
}

TEST_F(record, does_not_truncate_a_string_that_just_fits)
{
	struct utrace_capture_rule rules[] = { STRING(SYS_openat, 1) };
	struct utrace_rec_syscall *s;

	ASSERT_EQ(0, record_captures(&self->u, &self->c, open_a_path, rules, ARRAY_SIZE(rules),
				     strlen(PATH), 0));
	s = ut_find(&self->u, 0, UTRACE_EV_SYSCALL_ENTRY);
	ASSERT_NE(NULL, s);
	ASSERT_EQ(1, s->head.nr_items);
	EXPECT_TRUE(item_is(s, 0, 1, 0, PATH, strlen(PATH)));
	EXPECT_EQ(0, ut_reap(&self->c));
}

TEST_F(record, captures_nothing_with_a_limit_of_zero)
{
	struct utrace_capture_rule rules[] = {
		STRING(SYS_openat, 1), BUFFER(SYS_openat, 1),
	};
	struct utrace_rec_syscall *s;

	ASSERT_EQ(0, record_captures(&self->u, &self->c, open_a_path, rules, ARRAY_SIZE(rules),
				     0, 0));
	s = ut_find(&self->u, 0, UTRACE_EV_SYSCALL_ENTRY);
	ASSERT_NE(NULL, s);
	EXPECT_EQ(0, s->head.nr_items);
	EXPECT_EQ(sizeof(*s), s->head.size);
	EXPECT_EQ(0, ut_reap(&self->c));
}

static int rename_a_path(struct ut_child *c ut_unused)
{
	return syscall(SYS_renameat2, AT_FDCWD, "/no/a", AT_FDCWD,
		       "/no/such/b", 0) == 0;
}

TEST_F(record, captures_two_strings)
{
	struct utrace_capture_rule rules[] = {
		STRING(SYS_renameat2, 1), STRING(SYS_renameat2, 3),
	};
	struct utrace_rec_syscall *s;

	ASSERT_EQ(0, record_captures(&self->u, &self->c, rename_a_path, rules, ARRAY_SIZE(rules),
				     64, 0));
	s = ut_find(&self->u, 0, UTRACE_EV_SYSCALL_ENTRY);
	ASSERT_NE(NULL, s);
	ASSERT_EQ(2, s->head.nr_items);
	EXPECT_TRUE(item_is(s, 0, 1, 0, "/no/a", 5));
	EXPECT_TRUE(item_is(s, 1, 3, 0, "/no/such/b", 10));
	EXPECT_EQ(sizeof(*s) + 2 * sizeof(struct utrace_item) + 8 + 16, s->head.size);
	EXPECT_EQ(0, ut_reap(&self->c));
}

/* A string that runs into a page that is not there, and one without any. */
static int open_bad_pointers(struct ut_child *c ut_unused)
{
	long size = sysconf(_SC_PAGESIZE);
	char *p = mmap(NULL, 2 * size, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED || munmap(p + size, size))
		return 1;
	memset(p, 'x', size);
	syscall(SYS_openat, AT_FDCWD, p + size - 5, O_RDONLY);
	syscall(SYS_openat, AT_FDCWD, p + size, O_RDONLY);
	syscall(SYS_openat, AT_FDCWD, NULL, O_RDONLY);
	return 0;
}

TEST_F(record, says_when_a_string_cannot_be_read)
{
	struct utrace_capture_rule rules[] = { STRING(SYS_openat, 1) };
	const struct utrace_item *c;
	struct utrace_rec_syscall *s;

	ASSERT_EQ(0, record_captures(&self->u, &self->c, open_bad_pointers,
				     rules, ARRAY_SIZE(rules), 64, 0));
	s = ut_find(&self->u, 0, UTRACE_EV_SYSCALL_ENTRY);
	ASSERT_NE(NULL, s);
	ASSERT_EQ(1, s->head.nr_items);
	c = ut_item(s, 0);
	ASSERT_NE(NULL, c);
	EXPECT_EQ(UTRACE_ITEM_FAULT, c->flags);
	/* What could be read may be there, and nothing else. */
	EXPECT_GE(5, c->len);
	EXPECT_EQ(0, memcmp(ut_item_data(c), "xxxxx", c->len < 5 ? c->len : 5));

	s = ut_find(&self->u, 0, UTRACE_EV_SYSCALL_ENTRY);
	ASSERT_NE(NULL, s);
	ASSERT_EQ(1, s->head.nr_items);
	EXPECT_TRUE(item_is(s, 0, 1, UTRACE_ITEM_FAULT, "", 0));

	/* A NULL pointer has no item. */
	s = ut_find(&self->u, 0, UTRACE_EV_SYSCALL_ENTRY);
	ASSERT_NE(NULL, s);
	EXPECT_EQ(0, s->args[1]);
	EXPECT_EQ(0, s->head.nr_items);
	/* The call itself is none the wiser. */
	s = ut_find(&self->u, 0, UTRACE_EV_SYSCALL);
	ASSERT_NE(NULL, s);
	EXPECT_EQ(-EFAULT, s->result);
	EXPECT_EQ(0, ut_reap(&self->c));
}

#define DATA "seven\0and"	/* a NUL is a byte like any other */
#define DATA_LEN 9

static int write_data(struct ut_child *c)
{
	/* value[0]: a bad pointer */
	if (syscall(SYS_write, c->out[1], DATA, DATA_LEN) != DATA_LEN)
		return 1;
	syscall(SYS_write, c->out[1], 8L, DATA_LEN);
	return 0;
}

TEST_F(record, captures_a_buffer_at_entry)
{
	struct utrace_capture_rule rules[] = { BUFFER(SYS_write, 1) };
	struct utrace_rec_syscall *s;

	ASSERT_EQ(0, record_captures(&self->u, &self->c, write_data, rules, ARRAY_SIZE(rules),
				     0, 4096));
	s = ut_find(&self->u, 0, UTRACE_EV_SYSCALL_ENTRY);
	ASSERT_NE(NULL, s);
	ASSERT_EQ(1, s->head.nr_items);
	EXPECT_TRUE(item_is(s, 0, 1, 0, DATA, DATA_LEN));
	s = ut_find(&self->u, 0, UTRACE_EV_SYSCALL);
	ASSERT_NE(NULL, s);
	ASSERT_EQ(1, s->head.nr_items);
	EXPECT_TRUE(item_is(s, 0, 1, 0, DATA, DATA_LEN));
	EXPECT_EQ(DATA_LEN, s->result);
	s = ut_find(&self->u, 0, UTRACE_EV_SYSCALL_ENTRY);
	ASSERT_NE(NULL, s);
	ASSERT_EQ(1, s->head.nr_items);
	EXPECT_TRUE(item_is(s, 0, 1, UTRACE_ITEM_FAULT, "", 0));
	EXPECT_EQ(0, ut_reap(&self->c));
}

TEST_F(record, truncates_a_buffer_at_its_limit)
{
	struct utrace_capture_rule rules[] = { BUFFER(SYS_write, 1) };
	struct utrace_rec_syscall *s;

	ASSERT_EQ(0, record_captures(&self->u, &self->c, write_data, rules, ARRAY_SIZE(rules),
				     0, 4));
	s = ut_find(&self->u, 0, UTRACE_EV_SYSCALL_ENTRY);
	ASSERT_NE(NULL, s);
	ASSERT_EQ(1, s->head.nr_items);
	EXPECT_TRUE(item_is(s, 0, 1, UTRACE_ITEM_TRUNCATED, DATA,
			       4));
	EXPECT_EQ(0, ut_reap(&self->c));
}

static int read_data(struct ut_child *c)
{
	char buf[64];

	/* More room than there is data: the result counts, not the size. */
	if (syscall(SYS_read, c->in[0], buf, sizeof(buf)) != DATA_LEN)
		return 1;
	syscall(SYS_read, -1, buf, sizeof(buf));
	return 0;
}

TEST_F(record, captures_a_buffer_at_exit)
{
	struct utrace_capture_rule rules[] = { OUTBUF(SYS_read, 1) };
	struct utrace_rec_syscall *s;

	ASSERT_EQ(0, record_captures(&self->u, &self->c, read_data, rules, ARRAY_SIZE(rules),
				     0, 4096));
	ASSERT_EQ(DATA_LEN, write(self->c.in[1], DATA, DATA_LEN));
	s = ut_find(&self->u, 0, UTRACE_EV_SYSCALL_ENTRY);
	ASSERT_NE(NULL, s);
	EXPECT_EQ(0, s->head.nr_items);
	s = ut_find(&self->u, 0, UTRACE_EV_SYSCALL);
	ASSERT_NE(NULL, s);
	EXPECT_EQ(DATA_LEN, s->result);
	ASSERT_EQ(1, s->head.nr_items);
	EXPECT_TRUE(item_is(s, 0, 1, UTRACE_ITEM_EXIT, DATA, DATA_LEN));
	/* A call that has failed has filled nothing. */
	s = ut_find(&self->u, 0, UTRACE_EV_SYSCALL);
	ASSERT_NE(NULL, s);
	EXPECT_EQ(-EBADF, s->result);
	EXPECT_EQ(0, s->head.nr_items);
	EXPECT_EQ(0, ut_reap(&self->c));
}

TEST_F(record, truncates_a_buffer_at_exit)
{
	struct utrace_capture_rule rules[] = { OUTBUF(SYS_read, 1) };
	struct utrace_rec_syscall *s;

	ASSERT_EQ(0, record_captures(&self->u, &self->c, read_data, rules, ARRAY_SIZE(rules),
				     0, 3));
	ASSERT_EQ(DATA_LEN, write(self->c.in[1], DATA, DATA_LEN));
	s = ut_find(&self->u, 0, UTRACE_EV_SYSCALL);
	ASSERT_NE(NULL, s);
	ASSERT_EQ(1, s->head.nr_items);
	EXPECT_TRUE(item_is(s, 0, 1, UTRACE_ITEM_EXIT | UTRACE_ITEM_TRUNCATED, DATA,
			    3));
	EXPECT_EQ(0, ut_reap(&self->c));
}

/* ---- the life of threads ----------------------------------------------- */

static void *just_mark(void *arg)
{
	ut_mark((long)arg);
	return NULL;
}

static int clone_thrice(struct ut_child *c)
{
	pthread_t thread;
	int status;
	pid_t pid;

	if (pthread_create(&thread, NULL, just_mark, (void *)1) ||
	    pthread_join(thread, NULL))
		return 1;
	pid = fork();
	if (!pid) {
		ut_mark(2);
		_exit(0);
	}
	atomic_store(&c->sh->value[2], pid);
	if (pid < 0 || waitpid(pid, &status, 0) != pid || status)
		return 1;
	pid = vfork();
	if (!pid) {
		ut_mark(3);
		_exit(0);
	}
	atomic_store(&c->sh->value[3], pid);
	return pid < 0 || waitpid(pid, &status, 0) != pid || status;
}

FIXTURE(clone)
{
	struct ut_session u;
	struct ut_child c;
};

FIXTURE_VARIANT(clone)
{
	__u32 flags;
};

FIXTURE_VARIANT_ADD(clone, alone)
{
	.flags = 0,
};

FIXTURE_VARIANT_ADD(clone, with_children)
{
	.flags = UTRACE_ATTACH_CHILDREN,
};

FIXTURE_SETUP(clone)
{
	ASSERT_EQ(0, ut_open(&self->u));
}

FIXTURE_TEARDOWN(clone)
{
	ut_close(&self->u);
	ut_end(&self->c);
}

TEST_F(clone, of_a_thread_a_process_and_by_vfork)
{
	const bool children = variant->flags & UTRACE_ATTACH_CHILDREN;
	struct utrace_rec_clone clone[4] = {};
	struct utrace_attach a;
	struct utrace_record *r;
	unsigned int clones = 0, i;
	bool marked[4] = {};
	__u64 cookie[4] = {};
	pid_t pid;

	ASSERT_EQ(0, ut_spawn(&self->c, clone_thrice));
	ASSERT_EQ(0, ut_config(&self->u, UT_SYSCALLS |
			       UTRACE_EV_BIT(UTRACE_EV_CLONE), 0));
	ASSERT_EQ(0, ut_attach(&self->u, self->c.pid, variant->flags, &a));
	pid = self->c.pid;
	ut_go(&self->c);
	ASSERT_EQ(0, ut_reap(&self->c));

	while ((r = ut_next(&self->u, UT_TIMEOUT))) {
		struct utrace_rec_syscall *s = (void *)r;

		if (r->type == UTRACE_EV_CLONE) {
			ASSERT_GT(3, clones);
			EXPECT_EQ(a.thread, r->thread);
			EXPECT_EQ(sizeof(clone[0]), r->size);
			EXPECT_EQ(0, ((struct utrace_rec_clone *)r)->error);
			EXPECT_EQ(0, ((struct utrace_rec_clone *)r)->reserved);
			memcpy(&clone[++clones], r, sizeof(clone[0]));
			continue;
		}
		if (r->type == UTRACE_REC_ATTACHED || r->thread == a.thread)
			continue;
		/*
		 * The first that is heard of a new thread is an entry: it
		 * does not return from a call that it has not made.
		 */
		for (i = 1; i <= clones; i++) {
			if (r->thread == clone[i].child)
				break;
		}
		ASSERT_GE(clones, i);
		if (!cookie[i]) {
			EXPECT_EQ(UTRACE_EV_SYSCALL_ENTRY, r->type);
			cookie[i] = r->thread;
		}
		EXPECT_EQ(clone[i].child_tid, r->tid);
		EXPECT_EQ(clone[i].child_pid, r->pid);
		if (s->nr == UT_MARK_NR) {
			EXPECT_EQ(i, s->args[0]);
			marked[i] = true;
		}
	}
	ASSERT_TRUE(self->u.eof);
	ASSERT_EQ(3, clones);

	EXPECT_EQ(CLONE_THREAD | CLONE_VM, clone[1].clone_flags &
		  (CLONE_THREAD | CLONE_VM | CLONE_VFORK));
	EXPECT_EQ(pid, clone[1].child_pid);
	EXPECT_NE(pid, clone[1].child_tid);
	EXPECT_NE(0, clone[1].child);
	EXPECT_EQ(a.process, clone[1].process);
	EXPECT_TRUE(marked[1]);

	EXPECT_EQ(0, clone[2].clone_flags &
		  (CLONE_THREAD | CLONE_VM | CLONE_VFORK));
	EXPECT_EQ(SIGCHLD, clone[2].clone_flags & CSIGNAL);
	EXPECT_EQ(CLONE_VM | CLONE_VFORK, clone[3].clone_flags &
		  (CLONE_THREAD | CLONE_VM | CLONE_VFORK));
	EXPECT_EQ(SIGCHLD, clone[3].clone_flags & CSIGNAL);
	for (i = 2; i <= 3; i++) {
		EXPECT_EQ(atomic_load(&self->c.sh->value[i]),
			  clone[i].child_pid);
		EXPECT_EQ(clone[i].child_pid, clone[i].child_tid);
		EXPECT_NE(0, clone[i].process);
		EXPECT_NE(a.process, clone[i].process);
		EXPECT_EQ(children, clone[i].child != 0);
		EXPECT_EQ(children, marked[i]);
	}
}

static int exec_role_exit(struct ut_child *c ut_unused)
{
	execl(UT_SELF, "self", "role-exit", "7", NULL);
	return 1;
}

TEST_F(record, exec)
{
	static const char * const order[] = { "entry", "exec", "exit" };
	const struct utrace_item *path;
	struct utrace_rec_syscall *s;
	struct utrace_rec_exec *e;
	struct utrace_record *r;
	unsigned int n = 0;
	pid_t pid;

	ASSERT_EQ(0, ut_spawn(&self->c, exec_role_exit));
	ASSERT_EQ(0, ut_config(&self->u, UT_SYSCALLS |
			       UTRACE_EV_BIT(UTRACE_EV_EXEC), 0));
	ASSERT_EQ(0, ut_only_call(&self->u, SYS_execve));
	ASSERT_EQ(0, ut_attach(&self->u, self->c.pid, 0, &self->a));
	pid = self->c.pid;
	ut_go(&self->c);
	ASSERT_EQ(7 << 8, ut_reap(&self->c));

	while ((r = ut_next(&self->u, UT_TIMEOUT))) {
		if (r->type == UTRACE_REC_ATTACHED)
			continue;
		ASSERT_GT(3, n);
		EXPECT_EQ(self->a.thread, r->thread);
		s = (void *)r;
		e = (void *)r;
		if (!strcmp(order[n], "entry")) {
			ASSERT_EQ(UTRACE_EV_SYSCALL_ENTRY, r->type);
			EXPECT_EQ(SYS_execve, s->nr);
		} else if (!strcmp(order[n], "exec")) {
			ASSERT_EQ(UTRACE_EV_EXEC, r->type);
			EXPECT_EQ(pid, e->old_tid);
			EXPECT_EQ(pid, r->tid);
			EXPECT_EQ(0, e->flags);
			EXPECT_EQ(self->info.arch, e->arch);
			EXPECT_EQ(0, e->reserved);
			path = ut_item_of(r, UTRACE_ITEM_PATH);
			ASSERT_NE(NULL, path);
			EXPECT_EQ(1, r->nr_items);
			EXPECT_EQ(strlen(UT_SELF), path->len);
			EXPECT_EQ(0, memcmp(ut_item_data(path), UT_SELF, strlen(UT_SELF)));
			EXPECT_STREQ("exe", (const char *)e->comm);
		} else {
			ASSERT_EQ(UTRACE_EV_SYSCALL, r->type);
			EXPECT_EQ(SYS_execve, s->nr);
			EXPECT_EQ(0, s->result);
			EXPECT_EQ(0, r->flags);
		}
		n++;
	}
	EXPECT_TRUE(self->u.eof);
	EXPECT_EQ(3, n);
}

static int fail_to_exec(struct ut_child *c ut_unused)
{
	execl("/no/such/program", "none", NULL);
	return errno != ENOENT;
}

TEST_F(record, a_failed_exec_is_no_event)
{
	struct utrace_record *r;

	ASSERT_EQ(0, ut_spawn(&self->c, fail_to_exec));
	ASSERT_EQ(0, ut_config(&self->u, UTRACE_EV_BIT(UTRACE_EV_EXEC), 0));
	ASSERT_EQ(0, ut_attach(&self->u, self->c.pid, 0, NULL));
	ut_go(&self->c);
	ASSERT_EQ(0, ut_reap(&self->c));
	while ((r = ut_next(&self->u, UT_TIMEOUT))) {
		EXPECT_NE(UTRACE_EV_EXEC, r->type);
	}
	EXPECT_TRUE(self->u.eof);
}

static void *exec_in_thread(void *arg ut_unused)
{
	execl(UT_SELF, "self", "role-exit", "7", NULL);
	_exit(1);
}

static int exec_from_a_thread(struct ut_child *c ut_unused)
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, exec_in_thread, NULL))
		return 1;
	for (;;)
		ut_sleep(1000);
}

TEST_F(record, exec_by_a_thread_ends_the_others)
{
	struct utrace_rec_clone *c;
	struct utrace_rec_exec *e;
	struct utrace_record *r;
	unsigned int exits = 0, deaths = 0, reaps = 0, execs = 0;
	__u64 thread;
	pid_t pid, tid;

	ASSERT_EQ(0, ut_spawn(&self->c, exec_from_a_thread));
	ASSERT_EQ(0, ut_config(&self->u, UT_LIFE, 0));
	ASSERT_EQ(0, ut_attach(&self->u, self->c.pid, 0, &self->a));
	pid = self->c.pid;
	ut_go(&self->c);
	c = ut_find(&self->u, 0, UTRACE_EV_CLONE);
	ASSERT_NE(NULL, c);
	thread = c->child;
	tid = c->child_tid;
	ASSERT_EQ(7 << 8, ut_reap(&self->c));

	/*
	 * The thread becomes the process; the old leader comes to its own
	 * end, in order, but before or after the record of the exec.
	 */
	while ((r = ut_next(&self->u, UT_TIMEOUT))) {
		e = (void *)r;
		if (r->type == UTRACE_EV_EXEC) {
			execs++;
			EXPECT_EQ(thread, r->thread);
			EXPECT_EQ(tid, e->old_tid);
			EXPECT_EQ(pid, r->tid);
			EXPECT_EQ(pid, r->pid);
		} else if (r->thread == self->a.thread) {
			switch (r->type) {
			case UTRACE_EV_EXIT:
				EXPECT_EQ(0, exits++);
				EXPECT_EQ(0, deaths);
				break;
			case UTRACE_EV_DEATH:
				EXPECT_EQ(1, exits);
				EXPECT_EQ(0, deaths++);
				EXPECT_EQ(0, reaps);
				/* Its process and its id live on. */
				EXPECT_EQ(UTRACE_RECF_SUPERSEDED, r->flags);
				EXPECT_EQ(thread, ((struct utrace_rec_exit *)r)->successor);
				break;
			case UTRACE_EV_REAP:
				EXPECT_EQ(1, deaths);
				EXPECT_EQ(0, reaps++);
				break;
			}
		} else {
			/* The other one ends as the process, later. */
			EXPECT_EQ(thread, r->thread);
			EXPECT_EQ(1, execs);
			EXPECT_EQ(0, r->flags);
		}
	}
	EXPECT_TRUE(self->u.eof);
	EXPECT_EQ(1, execs);
	EXPECT_EQ(1, reaps);
}

static int exit_with_seven(struct ut_child *c ut_unused)
{
	return 7;
}

static int wait_for_a_signal(struct ut_child *c)
{
	atomic_store(&c->sh->stage, 1);
	while (!atomic_load(&c->sh->stop))
		ut_sleep(1000);
	return 0;
}

FIXTURE(end)
{
	struct ut_session u;
	struct ut_child c;
};

FIXTURE_VARIANT(end)
{
	int signal;
	int status;
};

FIXTURE_VARIANT_ADD(end, exit)
{
	.signal = 0, .status = 7 << 8,
};

FIXTURE_VARIANT_ADD(end, sigterm)
{
	.signal = SIGTERM, .status = SIGTERM,
};

FIXTURE_VARIANT_ADD(end, sigkill)
{
	.signal = SIGKILL, .status = SIGKILL,
};

FIXTURE_SETUP(end)
{
	ASSERT_EQ(0, ut_open(&self->u));
}

FIXTURE_TEARDOWN(end)
{
	ut_close(&self->u);
	ut_end(&self->c);
}

TEST_F(end, is_exit_then_death_then_reap_then_eof)
{
	struct pollfd pfd = { .fd = self->u.fd, .events = POLLIN };
	struct utrace_rec_exit *x;
	struct utrace_record *r;
	struct utrace_attach a;
	siginfo_t si;
	char b;

	ASSERT_EQ(0, ut_spawn(&self->c, variant->signal ? wait_for_a_signal :
			      exit_with_seven));
	ASSERT_EQ(0, ut_config(&self->u, UT_LIFE, 0));
	ASSERT_EQ(0, ut_attach(&self->u, self->c.pid, 0, &a));
	ut_go(&self->c);
	if (variant->signal) {
		ASSERT_TRUE(ut_until(atomic_load(&self->c.sh->stage),
				     UT_TIMEOUT));
		ASSERT_EQ(0, kill(self->c.pid, variant->signal));
	}
	ASSERT_NE(NULL, ut_find(&self->u, 0, UTRACE_REC_ATTACHED));

	x = (void *)ut_next(&self->u, UT_TIMEOUT);
	ASSERT_NE(NULL, x);
	ASSERT_EQ(UTRACE_EV_EXIT, x->head.type);
	EXPECT_EQ(a.thread, x->head.thread);
	EXPECT_EQ(variant->status, x->status);

	x = (void *)ut_next(&self->u, UT_TIMEOUT);
	ASSERT_NE(NULL, x);
	ASSERT_EQ(UTRACE_EV_DEATH, x->head.type);
	EXPECT_EQ(a.thread, x->head.thread);
	EXPECT_EQ(variant->status, x->status);
	EXPECT_EQ(1, x->group_dead);
	EXPECT_EQ(0, x->successor);

	/* Death means that the parent can see it; it stays that way. */
	ASSERT_EQ(0, waitid(P_PID, self->c.pid, &si,
			    WEXITED | WNOWAIT | WNOHANG));
	EXPECT_EQ(self->c.pid, si.si_pid);
	EXPECT_TRUE(ut_none(&self->u, UTRACE_EV_REAP, UT_QUIET));
	EXPECT_FALSE(self->u.eof);

	EXPECT_EQ(variant->status, ut_reap(&self->c));
	r = ut_next(&self->u, UT_TIMEOUT);
	ASSERT_NE(NULL, r);
	EXPECT_EQ(UTRACE_EV_REAP, r->type);
	EXPECT_EQ(a.thread, r->thread);

	EXPECT_EQ(1, poll(&pfd, 1, UT_TIMEOUT));
	EXPECT_TRUE(pfd.revents & POLLHUP);
	if (!self->u.maps)
		EXPECT_EQ(0, read(self->u.fd, &b, 1));
	EXPECT_EQ(NULL, ut_next(&self->u, 0));
	EXPECT_TRUE(self->u.eof);
	EXPECT_EQ(-ESRCH, ut_op(&self->u, a.thread, UTRACE_OP_RELEASE));
}

static int thread_ends_first(struct ut_child *c ut_unused)
{
	pthread_t thread;
	struct stat st;

	if (pthread_create(&thread, NULL, just_mark, NULL) ||
	    pthread_join(thread, NULL))
		return 1;
	/* Joined is not yet dead: wait until the kernel has forgotten it. */
	do {
		if (stat("/proc/self/task", &st))
			return 1;
	} while (st.st_nlink > 3);
	return 7;
}

TEST_F(record, death_of_a_thread_is_not_death_of_the_process)
{
	struct utrace_rec_exit *x;
	struct utrace_record *r;
	__u64 thread;

	ASSERT_EQ(0, ut_spawn(&self->c, thread_ends_first));
	ASSERT_EQ(0, ut_config(&self->u, UT_LIFE, 0));
	ASSERT_EQ(0, ut_attach(&self->u, self->c.pid, 0, &self->a));
	ut_go(&self->c);

	x = ut_find(&self->u, 0, UTRACE_EV_EXIT);
	ASSERT_NE(NULL, x);
	thread = x->head.thread;
	EXPECT_NE(self->a.thread, thread);
	EXPECT_EQ(0, x->status);
	x = ut_find(&self->u, thread, UTRACE_EV_DEATH);
	ASSERT_NE(NULL, x);
	EXPECT_EQ(0, x->group_dead);
	EXPECT_EQ(0, x->head.flags);
	/* Nobody waits for a thread: it is reaped as it dies. */
	ASSERT_NE(NULL, ut_find(&self->u, thread, UTRACE_EV_REAP));

	x = ut_find(&self->u, self->a.thread, UTRACE_EV_DEATH);
	ASSERT_NE(NULL, x);
	EXPECT_EQ(1, x->group_dead);
	EXPECT_EQ(7 << 8, x->status);
	ASSERT_EQ(7 << 8, ut_reap(&self->c));
	r = ut_next(&self->u, UT_TIMEOUT);
	ASSERT_NE(NULL, r);
	EXPECT_EQ(UTRACE_EV_REAP, r->type);
	EXPECT_TRUE(ut_drain(&self->u));
}

static int run_role(int argc, char **argv)
{
	if (argc == 3 && !strcmp(argv[1], "role-exit"))
		return atoi(argv[2]);
	return 1;
}

UT_MAIN_WITH_ROLES(run_role)
