// SPDX-License-Identifier: GPL-2.0-only
/*
 * Memory for reading and writing registers: it is allocated before the thread is pinned,
 * and if there is too little, nothing is written
 */

#include <linux/sizes.h>
#include <linux/slab.h>

#include <trace/events/kmem.h>

#include "regset_data.h"

/* Change the stack pointer in @file. */
static void move_stack(struct kunit *test, struct test_engine *e,
		       struct utrace_regfile *file)
{
	const struct regset_map *map = &task_regset_desc(e->engine->task)->map;
	int sp = regset_reg_by_role(task_regset_desc(e->engine->task), UTRACE_ROLE_SP);
	u64 *value;

	KUNIT_ASSERT_GE(test, sp, 0);
	KUNIT_ASSERT_EQ(test, sizeof(*value), map->regs[sp].size);
	value = (void *)file + regset_value_offset(map, file->units, sp);
	*value -= 64;
}

/*
 * Allocations
 */

/**
 * struct watch - which allocations a test makes
 * @task: the test
 * @utrace: of a thread
 * @nr: allocations that may wait, while the thread is pinned
 */
struct watch {
	struct task_struct *task;
	struct utrace *utrace;
	unsigned int nr;
};

static void count_allocation(void *data, unsigned long caller, const void *ptr,
			     size_t bytes_req, size_t bytes_alloc, gfp_t flags, int node)
{
	struct watch *w = data;

	if (current == w->task && in_task() && READ_ONCE(w->utrace->pins) &&
	    gfpflags_allow_blocking(flags))
		w->nr++;
}

static void stop_watching(void *watch)
{
	unregister_trace_kmalloc(count_allocation, watch);
	tracepoint_synchronize_unregister();
}

static struct watch *watch(struct kunit *test, struct test_engine *e)
{
	struct watch *w = test_alloc(test, struct watch);

	w->task = current;
	w->utrace = e->engine->utrace;
	KUNIT_ASSERT_EQ(test, 0, register_trace_kmalloc(count_allocation, w));
	KUNIT_ASSERT_EQ(test, 0, kunit_add_action_or_reset(test, stop_watching, w));
	return w;
}

/*
 * SIGKILL waits until the thread is no longer pinned, so it would wait for memory.  Only
 * set() functions of other registers than these allocate on some architectures, for
 * ptrace as well.
 */
static void a_write_allocates_before_its_thread_is_pinned(struct kunit *test)
{
	struct test_engine *e = regset_test_held(test);
	const struct regset_desc *desc = task_regset_desc(e->engine->task);
	struct utrace_regfile *file = test_regfile(test, e);
	struct regset_value v = { .size = sizeof(u64) };
	struct watch *w = watch(test, e);
	unsigned int bad;
	u64 sp;

	KUNIT_ASSERT_EQ(test, 0, utrace_role_get(e->engine, UTRACE_ROLE_SP, &sp));
	KUNIT_EXPECT_EQ(test, 0, utrace_role_set(e->engine, UTRACE_ROLE_SP, sp + 64));
	v.reg = regset_reg_by_role(desc, UTRACE_ROLE_SP);
	v.value = &sp;
	KUNIT_EXPECT_EQ(test, 0, utrace_reg_set(e->engine, &v, 1, &bad));
	KUNIT_EXPECT_EQ(test, 0, w->nr);

	KUNIT_EXPECT_EQ(test, 0, utrace_regfile_set(e->engine, file, file->size, &bad));
	move_stack(test, e, file);
	KUNIT_EXPECT_EQ(test, 0, utrace_regfile_set(e->engine, file, file->size, &bad));
	KUNIT_EXPECT_MEMEQ(test, file, test_regfile(test, e), file->size);
	KUNIT_EXPECT_EQ(test, 0, w->nr);
}

/* A reader has the memory that is always there, so this one needs its own. */
static void a_second_reader_allocates_before_its_thread_is_pinned(struct kunit *test)
{
	struct test_engine *e = regset_test_held(test);
	const struct regset_desc *desc = task_regset_desc(e->engine->task);
	struct utrace_regfile *file = test_regfile(test, e), *again;
	struct watch *w = watch(test, e);
	struct regset_room *room;
	unsigned int bad;

	room = xchg(&desc->binding->room, NULL);
	KUNIT_EXPECT_NOT_NULL(test, room);
	again = test_regfile(test, e);
	KUNIT_EXPECT_EQ(test, 0, utrace_regfile_set(e->engine, file, file->size, &bad));
	xchg(&desc->binding->room, room);
	KUNIT_EXPECT_MEMEQ(test, file, again, file->size);
	KUNIT_EXPECT_EQ(test, 0, w->nr);
}

/* Before the pin, the thread's view is asked for, which may be found on its stack. */
static void a_write_to_a_dead_thread_is_refused(struct kunit *test)
{
	struct test_task *t = regset_test_task(test, false);
	struct test_engine *e = test_engine_hold_at(test, t, EV(SYSCALL_ENTRY));
	struct utrace_regfile *file = test_regfile(test, e);
	struct regset_value v = { .size = sizeof(u64) };
	unsigned int bad;
	u64 sp;

	KUNIT_ASSERT_EQ(test, 0, utrace_role_get(e->engine, UTRACE_ROLE_SP, &sp));
	v.reg = regset_reg_by_role(task_regset_desc(t->task), UTRACE_ROLE_SP);
	v.value = &sp;
	test_task_kill(t);
	KUNIT_ASSERT_TRUE(test, test_task_dies(t));
	KUNIT_EXPECT_EQ(test, -ESRCH, utrace_role_set(e->engine, UTRACE_ROLE_SP, sp));
	KUNIT_EXPECT_EQ(test, -ESRCH, utrace_reg_set(e->engine, &v, 1, &bad));
	KUNIT_EXPECT_EQ(test, -ESRCH, utrace_regfile_set(e->engine, file, file->size, &bad));
	KUNIT_EXPECT_EQ(test, -ESRCH, utrace_regfile_get(e->engine, file, file->size));
}

/*
 * Too little memory
 */

static void unpin(void *engine)
{
	utrace_finish_examine(engine);
}

/*
 * Write @file with more and more memory, until it is enough.  What is outside of it
 * belongs to KASAN.
 */
static void expect_all_or_nothing(struct kunit *test, struct test_engine *e,
				  const struct utrace_regfile *file)
{
	const struct regset_desc *desc = task_regset_desc(e->engine->task);
	struct utrace_regfile *before = test_regfile(test, e);
	struct regset_arena arena;
	unsigned int bad, failed = 0;
	size_t size;
	int ret = -ENOMEM;

	for (size = 0; ret && size < SZ_1M; size += 64) {
		arena = (struct regset_arena){ .size = size };
		if (size) {
			arena.mem = kvmalloc(size, GFP_KERNEL);
			KUNIT_ASSERT_NOT_NULL(test, arena.mem);
		}
		ret = regset_file_write_in(&arena, e->engine->task, desc, file,
					   file->size, &bad);
		kvfree(arena.mem);
		if (!ret)
			break;
		KUNIT_ASSERT_EQ(test, -ENOMEM, ret);
		KUNIT_EXPECT_TRUE(test, regset_arena_short(&arena));
		KUNIT_ASSERT_MEMEQ(test, before, test_regfile(test, e), file->size);
		failed++;
	}
	KUNIT_EXPECT_EQ(test, 0, ret);
	KUNIT_EXPECT_GT(test, failed, 1);
	KUNIT_EXPECT_EQ(test, 0, arena.used);
	KUNIT_EXPECT_MEMEQ(test, file, test_regfile(test, e), file->size);
}

static void a_write_with_too_little_memory_changes_nothing(struct kunit *test)
{
	struct test_engine *e = regset_test_held(test);
	struct utrace_regfile *file = test_regfile(test, e);

	move_stack(test, e, file);
	KUNIT_ASSERT_EQ(test, 0, utrace_prepare_examine(e->engine));
	KUNIT_ASSERT_EQ(test, 0, kunit_add_action_or_reset(test, unpin, e->engine));
	expect_all_or_nothing(test, e, file);
}

/* No value needs memory, but the write does. */
static void a_write_of_no_changes_notices_too_little_memory(struct kunit *test)
{
	struct test_engine *e = regset_test_held(test);
	struct utrace_regfile *file = test_regfile(test, e);
	const struct regset_desc *desc = task_regset_desc(e->engine->task);
	struct regset_arena none = {};
	unsigned int bad;

	KUNIT_ASSERT_EQ(test, 0, utrace_prepare_examine(e->engine));
	KUNIT_ASSERT_EQ(test, 0, kunit_add_action_or_reset(test, unpin, e->engine));
	KUNIT_EXPECT_EQ(test, -ENOMEM, regset_write_in(&none, e->engine->task, desc, NULL,
						       0, &bad));
	KUNIT_EXPECT_TRUE(test, regset_arena_short(&none));
	expect_all_or_nothing(test, e, file);
}

static struct kunit_case regset_memory_cases[] = {
	KUNIT_CASE(a_write_allocates_before_its_thread_is_pinned),
	KUNIT_CASE(a_second_reader_allocates_before_its_thread_is_pinned),
	KUNIT_CASE(a_write_to_a_dead_thread_is_refused),
	KUNIT_CASE(a_write_with_too_little_memory_changes_nothing),
	KUNIT_CASE(a_write_of_no_changes_notices_too_little_memory),
	{}
};

static struct kunit_suite regset_memory_suite = {
	.name = "regset_memory",
	.test_cases = regset_memory_cases,
};
kunit_test_suite(regset_memory_suite);
