// SPDX-License-Identifier: GPL-2.0-only
/*
 * Registers go through every conversion and come back as they were, and what is
 * malformed is refused
 */

#include <linux/elf.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/mount.h>
#include <linux/prandom.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>

#include "regset_data.h"

#define ROUNDS	40

/* Memory of the test's, of just this size. */
static void *room(struct kunit *test, ssize_t size)
{
	void *p;

	KUNIT_ASSERT_GE(test, size, 0);
	p = kunit_kmalloc(test, size ?: 1, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, p);
	return p;
}

static const struct regset_map *map_of(unsigned int nr)
{
	if (nr && !regset_arch_views[1])
		return NULL;
	return &regset_desc_by_id(regset_arch_views[nr]->id)->map;
}

/* Do something with data of any value, for each view, many times. */
static void for_random_files(struct kunit *test,
			     void (*fn)(struct kunit *test, const struct regset_map *map,
					struct utrace_regfile *file, struct rnd_state *rnd))
{
	struct regset_random *r = kunit_kzalloc(test, sizeof(*r), GFP_KERNEL);
	const struct regset_map *map;
	struct utrace_regfile *file;
	struct rnd_state rnd;
	unsigned int i, round;
	ssize_t size;

	KUNIT_ASSERT_NOT_NULL(test, r);
	prandom_seed_state(&rnd, 20091216);
	for (i = 0; i < 2 && (map = map_of(i)); i++) {
		for (round = 0; round < ROUNDS; round++) {
			KUNIT_ASSERT_EQ(test, 0, regset_random_make(r, map, &rnd));
			size = regset_data_to_file(map, r->sets, NULL, 0);
			file = room(test, size);
			KUNIT_EXPECT_EQ(test, -ENOSPC,
					regset_data_to_file(map, r->sets, file, size - 1));
			KUNIT_EXPECT_EQ(test, size,
					regset_data_to_file(map, r->sets, file, size));
			KUNIT_EXPECT_EQ(test, 0, regset_file_check(map, file, size));
			fn(test, map, file, &rnd);
			kunit_kfree(test, file);
			regset_random_free(r);
			cond_resched();
		}
	}
}

static void to_data_and_back(struct kunit *test, const struct regset_map *map,
			     struct utrace_regfile *file, struct rnd_state *rnd)
{
	struct regset_data sets[REGSET_SETS_MAX] = {};
	struct utrace_regfile *again;
	u32 set;
	ssize_t n;

	for (set = 0; set < map->view->nr_sets; set++) {
		void *data;

		n = regset_file_to_data(map, file, set, NULL, 0);
		if (n == -ENODATA)
			continue;
		data = room(test, n);
		KUNIT_EXPECT_EQ(test, -ENOSPC, regset_file_to_data(map, file, set, data, n - 1));
		KUNIT_EXPECT_EQ(test, n, regset_file_to_data(map, file, set, data, n));
		sets[set].data = data;
		sets[set].size = n;
	}
	again = room(test, file->size);
	KUNIT_ASSERT_EQ(test, file->size,
			regset_data_to_file(map, sets, again, file->size));
	/* Second sights are made of what they are of. */
	again->layouts &= file->layouts;
	KUNIT_EXPECT_MEMEQ(test, file, again, file->size);
	kunit_kfree(test, again);
	for (set = 0; set < map->view->nr_sets; set++)
		kunit_kfree(test, sets[set].data);
}

static void register_sets_come_back(struct kunit *test)
{
	for_random_files(test, to_data_and_back);
}

static void to_core_and_back(struct kunit *test, const struct regset_map *map,
			     struct utrace_regfile *file, struct rnd_state *rnd)
{
	ssize_t n = regset_file_to_core(map, file, NULL, 0);
	struct utrace_regfile *again = room(test, file->size);
	void *notes = room(test, n), *two;

	KUNIT_EXPECT_EQ(test, -ENOSPC, regset_file_to_core(map, file, notes, n - 1));
	KUNIT_EXPECT_EQ(test, n, regset_file_to_core(map, file, notes, n));
	KUNIT_ASSERT_EQ(test, file->size,
			regset_core_to_file(map, notes, n, 0, again, file->size));
	again->layouts &= file->layouts;
	KUNIT_EXPECT_MEMEQ(test, file, again, file->size);
	KUNIT_EXPECT_EQ(test, -ENOENT, regset_core_to_file(map, notes, n, 1, again, file->size));

	/* The second thread of a dump. */
	two = room(test, 2 * n);
	memcpy(two, notes, n);
	memset(two + n, 0, n);
	memcpy(two + n, notes, n);
	memset(again, 0, file->size);
	KUNIT_EXPECT_EQ(test, file->size,
			regset_core_to_file(map, two, 2 * n, 1, again, file->size));
	again->layouts &= file->layouts;
	KUNIT_EXPECT_MEMEQ(test, file, again, file->size);
	KUNIT_EXPECT_EQ(test, -ENOENT, regset_core_to_file(map, two, 2 * n, 2, NULL, 0));
	kunit_kfree(test, two);
	kunit_kfree(test, notes);
	kunit_kfree(test, again);
}

static void core_notes_come_back(struct kunit *test)
{
	for_random_files(test, to_core_and_back);
}

static void to_gdb_and_back(struct kunit *test, const struct regset_map *map,
			    struct utrace_regfile *file, struct rnd_state *rnd)
{
	ssize_t n = regset_file_to_gdb(map, file, NULL, 0);
	struct utrace_regfile *again = room(test, file->size);
	char *packet = room(test, n);
	u32 i;

	KUNIT_EXPECT_EQ(test, -ENOSPC, regset_file_to_gdb(map, file, packet, n - 1));
	KUNIT_EXPECT_EQ(test, n, regset_file_to_gdb(map, file, packet, n));
	/* All that the packet does not say stays 0 in a file without values. */
	memset(again, 0, file->size);
	*again = *file;
	KUNIT_EXPECT_EQ(test, 0, regset_gdb_to_file(map, packet, n, again));
	KUNIT_EXPECT_MEMEQ(test, file, again, file->size);

	KUNIT_EXPECT_EQ(test, -EINVAL, regset_gdb_to_file(map, packet, n - 1, again));
	KUNIT_EXPECT_EQ(test, -EINVAL, regset_gdb_to_file(map, packet, n - 2, again));
	i = prandom_u32_state(rnd) % n;
	packet[i] = packet[i] == 'x' ? '0' : 'g';
	KUNIT_EXPECT_EQ(test, -EINVAL, regset_gdb_to_file(map, packet, n, again));
	KUNIT_EXPECT_MEMEQ(test, file, again, file->size);
	kunit_kfree(test, packet);
	kunit_kfree(test, again);
}

static void gdb_packets_come_back(struct kunit *test)
{
	for_random_files(test, to_gdb_and_back);
}

static void describe_to_gdb(struct kunit *test, const struct regset_map *map,
			    struct utrace_regfile *file, struct rnd_state *rnd)
{
	ssize_t n = regset_gdb_description(map, file->units, NULL, 0);
	char *xml = room(test, n + 1), needle[80];
	u32 i, number = 0;

	KUNIT_EXPECT_EQ(test, -ENOSPC, regset_gdb_description(map, file->units, xml, n));
	KUNIT_EXPECT_EQ(test, n, regset_gdb_description(map, file->units, xml, n + 1));
	KUNIT_EXPECT_EQ(test, n, strlen(xml));
	for (i = 0; i < map->view->nr_regs; i++) {
		if (!regset_gdb_has(map, file->units, i))
			continue;
		snprintf(needle, sizeof(needle), "<reg name=\"%s\" bitsize=\"%u\"",
			 regset_string(map, map->regs[i].name),
			 8 * regset_value_size(map, file->units, i));
		KUNIT_EXPECT_NOT_NULL_MSG(test, strstr(xml, needle), "%s", needle);
		snprintf(needle, sizeof(needle), "regnum=\"%u\"", number++);
		KUNIT_EXPECT_NOT_NULL_MSG(test, strstr(xml, needle), "%s", needle);
	}
	snprintf(needle, sizeof(needle), "regnum=\"%u\"", number);
	KUNIT_EXPECT_NULL(test, strstr(xml, needle));
	kunit_kfree(test, xml);
}

static void gdb_is_told_of_every_register(struct kunit *test)
{
	for_random_files(test, describe_to_gdb);
}

/* Is all of @reg in the compat view, if only its lower part has a value? */
static bool linked(const struct regset_map *compat, u32 native)
{
	u32 i;

	for (i = 0; i < compat->view->nr_links; i++)
		if (compat->links[i].native == native)
			return true;
	return false;
}

/*
 * What both views have comes back; what has got no place, or is longer than
 * there is place, is told to be lost.
 */
static void to_compat_and_back(struct kunit *test, const struct regset_map *native,
			       struct utrace_regfile *file, struct rnd_state *rnd)
{
	const struct regset_map *compat = map_of(1);
	struct regset_mask *lost = test_alloc(test, struct regset_mask);
	struct regset_mask *has = test_alloc(test, struct regset_mask);
	struct utrace_regfile *narrow, *wide, *again;
	ssize_t n;
	u32 i;

	if (native->view->flags & UTRACE_VIEW_COMPAT)
		return;
	n = regset_file_to_compat(compat, native, file, NULL, 0, lost);
	narrow = room(test, n);
	again = room(test, n);
	KUNIT_EXPECT_EQ(test, -ENOSPC,
			regset_file_to_compat(compat, native, file, narrow, n - 1, lost));
	KUNIT_ASSERT_EQ(test, n, regset_file_to_compat(compat, native, file, narrow, n, lost));
	KUNIT_EXPECT_EQ(test, 0, regset_file_check(compat, narrow, n));
	KUNIT_EXPECT_EQ(test, -EINVAL,
			regset_file_to_compat(native, compat, file, NULL, 0, lost) < 0 ?
			-EINVAL : native->view->native == compat->view->id);
	regset_file_mask(native, file, has);
	for (i = 0; i < native->view->nr_regs; i++)
		if (regset_mask_has(has, i) && !linked(compat, i) &&
		    !(native->regs[i].flags & UTRACE_REG_CONSTANT))
			KUNIT_EXPECT_TRUE_MSG(test, regset_mask_has(lost, i), "%s",
					      regset_string(native, native->regs[i].name));

	/* Now all that is there fits: back, and there again. */
	wide = room(test, file->size);
	memcpy(wide, file, file->size);
	KUNIT_EXPECT_EQ(test, 0, regset_file_to_native(compat, native, narrow, wide, lost));
	KUNIT_ASSERT_EQ(test, n, regset_file_to_compat(compat, native, wide, again, n, lost));
	KUNIT_EXPECT_MEMEQ(test, narrow, again, n);
	kunit_kfree(test, wide);
	kunit_kfree(test, narrow);
	kunit_kfree(test, again);
	kunit_kfree(test, lost);
	kunit_kfree(test, has);
}

static void compat_views_come_back(struct kunit *test)
{
	if (!map_of(1))
		kunit_skip(test, "this kernel has no 32-bit threads");
	for_random_files(test, to_compat_and_back);
}

/* If a view shows only the upper half of a register, the lower one is lost. */
static void upper_halves_only(struct kunit *test, const struct regset_map *native,
			      struct utrace_regfile *file, struct rnd_state *rnd)
{
	const struct regset_map *compat = map_of(1);
	struct regset_mask *lost = test_alloc(test, struct regset_mask);
	struct utrace_view *view = room(test, compat->view->size);
	struct utrace_regfile *to;
	struct utrace_link *links;
	struct regset_fault fault;
	struct regset_map map;
	u32 i, value, nr = 0;
	ssize_t n;

	if (native->view->flags & UTRACE_VIEW_COMPAT)
		return;
	memcpy(view, compat->view, compat->view->size);
	links = (void *)view + view->links;
	for (i = 0; i < view->nr_links; i++)
		if (native->regs[links[i].native].size == 8 && links[i].bytes == 4)
			links[i].offset = 4;
	KUNIT_ASSERT_EQ(test, 0, regset_map_init(&map, view, view->size, &fault));
	n = regset_file_to_compat(&map, native, file, NULL, 0, lost);
	to = room(test, n);
	KUNIT_ASSERT_EQ(test, n, regset_file_to_compat(&map, native, file, to, n, lost));
	for (i = 0; i < view->nr_links; i++) {
		if (links[i].offset != 4 || !(file->layouts & 1))
			continue;
		value = regset_value_offset(native, file->units, links[i].native);
		if (native->view->flags & UTRACE_VIEW_BIG_ENDIAN)
			value += 4;
		if (!mem_is_zero((void *)file + value, 4)) {
			KUNIT_EXPECT_TRUE_MSG(test, regset_mask_has(lost, links[i].native), "%s",
					      regset_string(native,
							    native->regs[links[i].native].name));
			nr++;
		}
	}
	if (file->layouts & 1)
		KUNIT_EXPECT_GT(test, nr, 4);
	kunit_kfree(test, to);
	kunit_kfree(test, view);
	kunit_kfree(test, lost);
}

static void a_part_that_is_not_shown_is_lost(struct kunit *test)
{
	if (!map_of(1))
		kunit_skip(test, "this kernel has no 32-bit threads");
	for_random_files(test, upper_halves_only);
}

/* A real 32-bit thread's registers, through the native view, and back. */
static void a_compat_thread_keeps_its_registers(struct kunit *test)
{
	struct test_engine *e = regset_test_held_compat(test);
	const struct regset_desc *desc = task_regset_desc(e->engine->task);
	struct regset_mask *lost = test_alloc(test, struct regset_mask);
	struct regset_mask *gone = test_alloc(test, struct regset_mask);
	struct regset_mask *has = test_alloc(test, struct regset_mask);
	const struct regset_map *native = map_of(0);
	struct utrace_regfile *file, *wide, *again;
	struct regset_random *r = kunit_kzalloc(test, sizeof(*r), GFP_KERNEL);
	struct rnd_state rnd;
	ssize_t n, size;
	u32 i;

	KUNIT_ASSERT_NOT_NULL(test, r);
	n = utrace_regfile_get(e->engine, NULL, 0);
	file = room(test, n);
	again = room(test, n);
	KUNIT_ASSERT_EQ(test, n, utrace_regfile_get(e->engine, file, n));
	regset_file_mask(&desc->map, file, has);

	prandom_seed_state(&rnd, 32);
	KUNIT_ASSERT_EQ(test, 0, regset_random_make(r, native, &rnd));
	size = regset_data_to_file(native, r->sets, NULL, 0);
	wide = room(test, size);
	regset_data_to_file(native, r->sets, wide, size);
	KUNIT_EXPECT_EQ(test, 0, regset_file_to_native(&desc->map, native, file, wide, gone));
	if (regset_file_to_compat(&desc->map, native, wide, NULL, 0, lost) == n) {
		KUNIT_EXPECT_EQ(test, n, regset_file_to_compat(&desc->map, native, wide,
							       again, n, lost));
		for (i = 0; i < desc->map.view->nr_links; i++) {
			u32 reg = desc->map.links[i].reg;
			u32 at = regset_value_offset(&desc->map, file->units, reg);

			if (desc->map.regs[reg].flags & UTRACE_REG_IN_FILE &&
			    !desc->map.links[i].mask && regset_mask_has(has, reg) &&
			    !regset_mask_has(gone, reg))
				KUNIT_EXPECT_MEMEQ_MSG(test, (void *)file + at,
						       (void *)again + at, desc->map.links[i].bytes,
						       "%s", regset_reg_name(desc, reg));
		}
	}
	regset_random_free(r);
}

/* Both byte orders, whichever this machine has. */
static void a_foreign_description_is_read(struct kunit *test)
{
	const struct utrace_view *view = map_of(0)->view;
	u32 *foreign = room(test, view->size), i;
	struct regset_map map, *own = test_alloc(test, struct regset_map);
	struct regset_data sets[REGSET_SETS_MAX] = {};
	struct regset_fault fault;
	struct utrace_regfile *a, *b;
	u8 *data, *mirror;
	ssize_t n;
	u32 pc;

	memcpy(foreign, view, view->size);
	for (i = 0; i < view->strings / sizeof(u32); i++)
		foreign[i] = swab32(foreign[i]);
	KUNIT_EXPECT_EQ(test, -EINVAL, regset_map_init(&map, foreign, view->size, &fault));
	KUNIT_EXPECT_STREQ(test, fault.text, "header: it is in the other byte order");
	regset_view_swap(foreign, view->size);
	KUNIT_EXPECT_MEMEQ(test, foreign, (u32 *)view, view->size);
	KUNIT_ASSERT_EQ(test, 0, regset_map_init(&map, foreign, view->size, &fault));

	/* The same machine, but for its byte order: every register is mirrored. */
	((struct utrace_view *)foreign)->flags ^= UTRACE_VIEW_BIG_ENDIAN;
	*own = *map_of(0);
	KUNIT_ASSERT_EQ(test, 0, regset_map_init(&map, foreign, view->size, &fault));
	n = regset_layout_size(&map.layouts[0], 0);
	data = room(test, n);
	mirror = room(test, n);
	for (i = 0; i < n; i++)
		data[i] = i;
	memset(mirror, 0, n);
	for (i = 0; i < map.layouts[0].nr_locs; i++) {
		const struct utrace_loc *loc = &map.locs[map.layouts[0].first_loc + i];
		u32 j;

		for (j = 0; j < loc->bytes; j++)
			mirror[loc->offset + j] = data[loc->offset + loc->bytes - 1 - j];
	}
	sets[0] = (struct regset_data){ data, n };
	n = regset_data_to_file(own, sets, NULL, 0);
	a = room(test, n);
	b = room(test, n);
	KUNIT_EXPECT_EQ(test, n, regset_data_to_file(own, sets, a, n));
	sets[0].data = mirror;
	KUNIT_EXPECT_EQ(test, n, regset_data_to_file(&map, sets, b, n));
	KUNIT_EXPECT_EQ(test, -EINVAL, regset_file_check(own, b, n));
	for (pc = 0; pc < map.view->nr_regs; pc++) {
		u32 at = regset_value_offset(&map, a->units, pc);
		u32 bytes = regset_value_size(&map, a->units, pc), j;

		if (!(map.regs[pc].flags & UTRACE_REG_IN_FILE))
			continue;
		for (j = 0; j < bytes; j++)
			KUNIT_EXPECT_EQ_MSG(test, ((u8 *)a)[at + j],
					    ((u8 *)b)[at + bytes - 1 - j], "%s",
					    regset_string(&map, map.regs[pc].name));
	}
}

/* One word of a good description is changed.  Does the refusal say so? */
static void expect_reason(struct kunit *test, struct utrace_view *view, u32 *word,
			  u32 value, const char *reason)
{
	struct regset_map *map = test_alloc(test, struct regset_map);
	struct regset_fault fault = {};
	u32 good = *word;

	*word = value;
	KUNIT_EXPECT_EQ_MSG(test, -EINVAL,
			    regset_map_init(map, view, map_of(0)->view->size, &fault),
			    "%s", reason);
	KUNIT_EXPECT_STREQ(test, fault.text, reason);
	*word = good;
}

/* tools/utrace/tests/test_regs.c has all the reasons, with a description made by hand. */
static void a_refusal_names_the_entry_and_the_reason(struct kunit *test)
{
	const struct utrace_view *good = map_of(0)->view;
	struct utrace_view *view = room(test, good->size);
	struct utrace_layout *layouts;
	struct utrace_reg *regs;
	struct utrace_loc *locs;
	struct regset_fault fault;
	struct regset_map *map = test_alloc(test, struct regset_map);
	char reason[64];
	u32 last;

	memcpy(view, good, good->size);
	layouts = (void *)view + view->layouts;
	regs = (void *)view + view->regs;
	locs = (void *)view + view->locs;

	expect_reason(test, view, &view->magic, 1,
		      "header: its magic number is not that of a description");
	expect_reason(test, view, &view->nr_regs, REGSET_REGS_MAX + 1,
		      "header: there are too many registers");
	expect_reason(test, view, &view->nr_sets, view->nr_sets + 1,
		      "header: some register sets have no layout");
	expect_reason(test, view, &view->osabi, view->strings_size,
		      "header: the name of the system is not among the strings");
	expect_reason(test, view, &layouts[0].behind, 0,
		      "layout 0: it is an alias of a layout that is not before it");
	expect_reason(test, view, &layouts[0].nr_locs, layouts[0].nr_locs - 1,
		      "layout 0: its places do not cover all of its bytes");
	expect_reason(test, view, &locs[1].offset, locs[1].offset + 1,
		      "place 1: it does not begin where the place before it ends");
	expect_reason(test, view, &locs[0].op, UTRACE_LOC_NR, "place 0: its op is unknown");

	last = view->nr_regs - 1;
	scnprintf(reason, sizeof(reason), "register %u: its size is 0", last);
	expect_reason(test, view, &regs[last].size, 0, reason);
	scnprintf(reason, sizeof(reason), "register %u: its type is unknown", last);
	expect_reason(test, view, &regs[last].type, UTRACE_TYPE_NR, reason);

	KUNIT_EXPECT_EQ(test, 0, regset_map_init(map, view, good->size, &fault));
}

/* A link of a compat view is refused in the same way. */
static void a_refusal_names_the_link(struct kunit *test)
{
	struct regset_map *map = test_alloc(test, struct regset_map);
	const struct regset_map *good = map_of(1);
	struct utrace_view *view;
	struct utrace_link *links;
	struct regset_fault fault;

	if (!good)
		kunit_skip(test, "this kernel has no 32-bit threads");
	view = room(test, good->view->size);
	memcpy(view, good->view, good->view->size);
	KUNIT_ASSERT_GT(test, view->nr_links, 1);
	links = (void *)view + view->links;
	links[1].bytes = 0;
	KUNIT_EXPECT_EQ(test, -EINVAL, regset_map_init(map, view, view->size, &fault));
	KUNIT_EXPECT_STREQ(test, fault.text, "link 1: its size is 0");
}

/*
 * A damaged description is refused, or what it says leads nowhere beyond the
 * buffers.  KASAN sees to the latter.
 */
static void damaged_descriptions_do_no_harm(struct kunit *test)
{
	const struct regset_map *good;
	struct rnd_state rnd;
	unsigned int n, round;

	prandom_seed_state(&rnd, 20261124);
	for (n = 0; n < 2 && (good = map_of(n)); n++) {
		const struct utrace_view *v = good->view;
		u32 words = v->strings / sizeof(u32);
		unsigned int refused = 0;
		u32 *bad = kvmalloc(v->size, GFP_KERNEL);
		struct regset_map *map = test_alloc(test, struct regset_map);
		struct regset_fault fault;

		KUNIT_ASSERT_NOT_NULL(test, bad);
		for (round = 0; round < 2000; round++) {
			u32 at = prandom_u32_state(&rnd) %
				 (round & 1 ? words : sizeof(*v) / sizeof(u32));

			memcpy(bad, v, v->size);
			if (round % 3 == 0)
				bad[at] = prandom_u32_state(&rnd);
			else if (round % 3 == 1)
				bad[at] ^= 1u << prandom_u32_state(&rnd) % 32;
			else
				bad[at] += prandom_u32_state(&rnd) % 64 - 32;
			fault.text[0] = 0;
			if (regset_map_init(map, bad, v->size, &fault))
				refused += fault.text[0] != 0;
			else if (!(round % 4))
				KUNIT_EXPECT_EQ(test, 0, regset_random_convert(map, &rnd));
			cond_resched();
		}
		KUNIT_EXPECT_GT(test, refused, 500);
		kvfree(bad);
		for (round = 0; round < v->size; round += 997) {
			void *part = room(test, round);

			memcpy(part, v, round);
			KUNIT_EXPECT_EQ(test, -EINVAL,
					regset_map_init(map, part, round, &fault));
			KUNIT_EXPECT_STREQ(test, fault.text,
					   round < sizeof(*v) ? "header: it is longer than the data" :
					   "header: the description is longer than the data");
			kunit_kfree(test, part);
		}
	}
}

/* The same for what is converted. */
static void damage(struct kunit *test, const struct regset_map *map,
		   struct utrace_regfile *file, struct rnd_state *rnd)
{
	ssize_t n = regset_file_to_core(map, file, NULL, 0);
	u8 *notes = room(test, n), *part;
	unsigned int round;
	size_t cut;

	regset_file_to_core(map, file, notes, n);
	for (round = 0; round < 20; round++) {
		notes[prandom_u32_state(rnd) % n] = prandom_u32_state(rnd);
		cut = prandom_u32_state(rnd) % (n + 1);
		part = room(test, cut);
		memcpy(part, notes, cut);
		regset_core_to_file(map, part, cut, 0, file, file->size);
		kunit_kfree(test, part);
	}
	for (round = 0; round < 20; round++) {
		struct utrace_regfile *bad = room(test, file->size);

		memcpy(bad, file, file->size);
		((u8 *)bad)[prandom_u32_state(rnd) % sizeof(*bad)] ^=
			1 << prandom_u32_state(rnd) % 8;
		/* One bit of the layouts may be another truth. */
		if (bad->layouts == file->layouts)
			KUNIT_EXPECT_EQ(test, -EINVAL, regset_file_check(map, bad, file->size));
		kunit_kfree(test, bad);
	}
	KUNIT_EXPECT_EQ(test, -EINVAL, regset_file_check(map, file, file->size - 1));
	KUNIT_EXPECT_EQ(test, -EINVAL, regset_file_check(map, file, 3));
	kunit_kfree(test, notes);
}

static void damaged_data_does_no_harm(struct kunit *test)
{
	for_random_files(test, damage);
}

/*
 * Core dumps of the kernel's
 */

#define CORE_MAX	(512 << 10)	/* notes are at its beginning */

static void let_dump_core(struct task_struct *task)
{
	task_lock(task->group_leader);
	task->signal->rlim[RLIMIT_CORE] = (struct rlimit){ RLIM_INFINITY, RLIM_INFINITY };
	task_unlock(task->group_leader);
}

/* The beginning of the file "core" of a task's, and how much that is. */
static void *core_of(struct kunit *test, struct test_task *t, ssize_t *size)
{
	struct file *file = file_open_root_mnt(t->mnt, "core", O_RDONLY, 0);
	void *data = room(test, CORE_MAX);
	loff_t pos = 0;

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, file);
	*size = kernel_read(file, data, CORE_MAX, &pos);
	fput(file);
	KUNIT_ASSERT_GT(test, *size, sizeof(struct elf64_hdr));
	return data;
}

/* The notes in it. */
static void *notes_of(struct kunit *test, void *core, ssize_t size, size_t *n)
{
	struct elf64_hdr *e64 = core;
	struct elf32_hdr *e32 = core;
	bool wide = e64->e_ident[EI_CLASS] == ELFCLASS64;
	struct elf64_phdr *p64 = core + e64->e_phoff;
	struct elf32_phdr *p32 = core + e32->e_phoff;
	unsigned int nr = wide ? e64->e_phnum : e32->e_phnum, i;

	KUNIT_ASSERT_EQ(test, 0, memcmp(e64->e_ident, ELFMAG, SELFMAG));
	KUNIT_ASSERT_EQ(test, ET_CORE, e64->e_type);
	for (i = 0; i < nr; i++) {
		size_t at = wide ? p64[i].p_offset : p32[i].p_offset;

		if ((wide ? p64[i].p_type : p32[i].p_type) != PT_NOTE)
			continue;
		*n = wide ? p64[i].p_filesz : p32[i].p_filesz;
		KUNIT_ASSERT_LE(test, at + *n, size);
		return core + at;
	}
	KUNIT_FAIL(test, "no notes");
	kunit_skip(test, "no notes");
	return NULL;
}

/* Every register that is in a dump has the value that it has in @file. */
static void expect_in_core(struct kunit *test, const struct regset_desc *desc,
			   struct utrace_regfile *file, const void *notes, size_t size)
{
	struct regset_mask *has = test_alloc(test, struct regset_mask);
	const struct regset_map *map = &desc->map;
	ssize_t n = regset_core_to_file(map, notes, size, 0, NULL, 0);
	struct utrace_regfile *dumped = room(test, n);
	unsigned int i, bytes, fps = 0;

	KUNIT_ASSERT_EQ(test, n, regset_core_to_file(map, notes, size, 0, dumped, n));
	KUNIT_EXPECT_EQ(test, -ENOENT, regset_core_to_file(map, notes, size, 1, NULL, 0));
	regset_file_mask(map, dumped, has);
	KUNIT_EXPECT_TRUE(test, regset_mask_has(has, regset_reg_by_role(desc, UTRACE_ROLE_PC)));
	for (i = 0; i < map->view->nr_regs; i++) {
		const char *name = regset_reg_name(desc, i);

		if (!regset_mask_has(has, i))
			continue;
		bytes = regset_value_size(map, file->units, i);
		KUNIT_ASSERT_EQ_MSG(test, bytes, regset_value_size(map, dumped->units, i),
				    "%s", name);
		KUNIT_EXPECT_MEMEQ_MSG(test,
				       (void *)file + regset_value_offset(map, file->units, i),
				       (void *)dumped + regset_value_offset(map, dumped->units, i),
				       bytes, "%s", name);
		fps += map->regs[i].type >= UTRACE_TYPE_FLOAT;
	}
	KUNIT_EXPECT_GE(test, fps, 8);
}

static void expect_core(struct kunit *test, bool compat)
{
	struct test_task *t = regset_test_task(test, compat);
	struct test_engine *e = test_observer(test, t, UTRACE_EVENT(SIGNAL_CORE));
	const struct regset_desc *desc;
	struct utrace_regfile *file;
	void *core, *notes;
	ssize_t n;
	size_t size;

	e->answer[EV(SIGNAL_CORE)] = UTRACE_STOP;
	test_task_go(t);
	KUNIT_ASSERT_TRUE(test, test_thread_counts(t->task, 0));
	KUNIT_ASSERT_EQ(test, 0, send_sig(SIGQUIT, t->task, 1));
	KUNIT_ASSERT_TRUE(test, test_engine_stops(e, t, EV(SIGNAL_CORE), 1));
	desc = task_regset_desc(t->task);
	KUNIT_EXPECT_EQ(test, compat, !!(desc->map.view->flags & UTRACE_VIEW_COMPAT));
	n = utrace_regfile_get(e->engine, NULL, 0);
	file = room(test, n);
	KUNIT_ASSERT_EQ(test, n, utrace_regfile_get(e->engine, file, n));

	let_dump_core(t->task);
	KUNIT_ASSERT_EQ(test, 0, utrace_control(e->engine, UTRACE_RESUME));
	KUNIT_ASSERT_TRUE(test, test_task_dies(t));
	core = core_of(test, t, &n);
	notes = notes_of(test, core, n, &size);
	expect_in_core(test, desc, file, notes, size);
}

static void a_core_dump_has_the_same(struct kunit *test)
{
	expect_core(test, false);
}

static void a_compat_core_dump_has_the_same(struct kunit *test)
{
	expect_core(test, true);
}

static struct kunit_case regset_convert_cases[] = {
	KUNIT_CASE(register_sets_come_back),
	KUNIT_CASE(core_notes_come_back),
	KUNIT_CASE(gdb_packets_come_back),
	KUNIT_CASE(gdb_is_told_of_every_register),
	KUNIT_CASE(compat_views_come_back),
	KUNIT_CASE(a_compat_thread_keeps_its_registers),
	KUNIT_CASE(a_part_that_is_not_shown_is_lost),
	KUNIT_CASE(a_core_dump_has_the_same),
	KUNIT_CASE(a_compat_core_dump_has_the_same),
	KUNIT_CASE(a_foreign_description_is_read),
	KUNIT_CASE(a_refusal_names_the_entry_and_the_reason),
	KUNIT_CASE(a_refusal_names_the_link),
	KUNIT_CASE_SLOW(damaged_descriptions_do_no_harm),
	KUNIT_CASE_SLOW(damaged_data_does_no_harm),
	{}
};

static struct kunit_suite regset_convert_suite = {
	.name = "regset_convert",
	.test_cases = regset_convert_cases,
};
kunit_test_suite(regset_convert_suite);
