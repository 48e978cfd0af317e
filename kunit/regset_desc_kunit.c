// SPDX-License-Identifier: GPL-2.0-only
/*
 * The descriptions of register sets are whole, and are of what the stock kernel
 * has
 */

#include <linux/bitmap.h>
#include <linux/mm.h>

#include "regset_data.h"

static const struct regset_desc *desc_of(struct kunit *test, unsigned int nr)
{
	if (!regset_arch_views[0] || (nr && !regset_arch_views[1]))
		return NULL;
	return regset_desc_by_id(regset_arch_views[nr]->id);
}

#define for_each_desc(test, desc, i)					\
	for (i = 0; i < 2 && (desc = desc_of(test, i)); i++)

static void views_are_found(struct kunit *test)
{
	const struct regset_desc *native = regset_desc_by_id(0), *desc;
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, native);
	KUNIT_EXPECT_PTR_EQ(test, native, desc_of(test, 0));
	KUNIT_EXPECT_EQ(test, regset_view(native)->id, regset_view(native)->native);
	KUNIT_EXPECT_NULL(test, regset_desc_by_id(4711));
	for_each_desc(test, desc, i) {
		const struct utrace_view *v = regset_view(desc);

		KUNIT_EXPECT_PTR_EQ(test, desc, regset_desc_by_id(v->id));
		KUNIT_EXPECT_EQ(test, v->native, regset_view(native)->id);
		KUNIT_EXPECT_EQ(test, !!(v->flags & UTRACE_VIEW_COMPAT), i == 1);
		KUNIT_EXPECT_EQ(test, !!(v->flags & UTRACE_VIEW_BIG_ENDIAN),
				IS_ENABLED(CONFIG_CPU_BIG_ENDIAN));
	}
}

/* In its feature no register has the name of another one. */
static void registers_have_names_of_their_own(struct kunit *test)
{
	const struct regset_desc *desc;
	unsigned int n, i, j;

	for_each_desc(test, desc, n) {
		for (i = 0; i < desc->map.view->nr_regs; i++) {
			const char *name = regset_reg_name(desc, i);
			int found = regset_reg_by_name(desc, name);

			KUNIT_EXPECT_TRUE(test, *name);
			if (desc->map.regs[i].flags & UTRACE_REG_PRESENT)
				KUNIT_EXPECT_EQ_MSG(test, found, i, "%s", name);
			else
				KUNIT_EXPECT_EQ_MSG(test, found, -ENODEV, "%s", name);
			for (j = 0; j < i; j++)
				KUNIT_EXPECT_NE_MSG(test, 0,
						    strcmp(name, regset_reg_name(desc, j)),
						    "%s: %u and %u", name, i, j);
		}
		KUNIT_EXPECT_EQ(test, -ENOENT, regset_reg_by_name(desc, "no such thing"));
		KUNIT_EXPECT_STREQ(test, "?", regset_reg_name(desc, i));
	}
}

static void no_two_registers_have_one_role(struct kunit *test)
{
	const struct regset_desc *desc;
	unsigned int n, i;
	u32 roles;

	for_each_desc(test, desc, n) {
		roles = 0;
		for (i = 0; i < desc->map.view->nr_regs; i++) {
			KUNIT_EXPECT_EQ_MSG(test, 0, roles & desc->map.regs[i].roles,
					    "%s", regset_reg_name(desc, i));
			roles |= desc->map.regs[i].roles;
		}
		KUNIT_EXPECT_EQ(test, 0, roles >> UTRACE_ROLE_NR);
		KUNIT_EXPECT_GE(test, regset_reg_by_role(desc, UTRACE_ROLE_PC), 0);
		KUNIT_EXPECT_GE(test, regset_reg_by_role(desc, UTRACE_ROLE_SP), 0);
		KUNIT_EXPECT_GE(test, regset_reg_by_role(desc, UTRACE_ROLE_SYSCALL_NR), 0);
		KUNIT_EXPECT_GE(test, regset_reg_by_role(desc, UTRACE_ROLE_SYSCALL_RESULT), 0);
		for (i = 0; i < 6; i++)
			KUNIT_EXPECT_GE_MSG(test, regset_reg_by_role(desc, UTRACE_ROLE_SYSCALL_ARG(i)),
					    0, "argument %u", i);
		KUNIT_EXPECT_EQ(test, -EINVAL, regset_reg_by_role(desc, UTRACE_ROLE_NR));
	}
}

/* Every register that the machine has is somewhere, and nowhere twice. */
static void every_register_has_a_place(struct kunit *test)
{
	const struct regset_desc *desc;
	unsigned int n, i, j;

	for_each_desc(test, desc, n) {
		struct regset_mask *seen = test_alloc(test, struct regset_mask);
		struct regset_mask *any = test_alloc(test, struct regset_mask);
		struct regset_mask *present = test_alloc(test, struct regset_mask);

		for (i = 0; i < desc->map.view->nr_layouts; i++) {
			const struct utrace_layout *l = &desc->map.layouts[i];

			memset(seen, 0, sizeof(*seen));
			for (j = l->first_loc; j < l->first_loc + l->nr_locs; j++) {
				u32 reg = desc->map.locs[j].reg;

				if (UTRACE_LOC_IS_PADDING(desc->map.locs[j].op)) {
					KUNIT_EXPECT_TRUE(test, *regset_string(&desc->map, desc->map.locs[j].name));
					continue;
				}
				KUNIT_EXPECT_FALSE_MSG(test, regset_mask_has(seen, reg),
						       "%s", regset_reg_name(desc, reg));
				regset_mask_set(seen, reg);
				regset_mask_set(any, reg);
				if (l->flags & UTRACE_LAYOUT_PRESENT)
					regset_mask_set(present, reg);
			}
		}
		for (i = 0; i < desc->map.view->nr_regs; i++) {
			const struct utrace_reg *r = &desc->map.regs[i];

			if (r->flags & UTRACE_REG_CONSTANT)
				regset_mask_set(present, i);
			KUNIT_EXPECT_EQ_MSG(test, !!(r->flags & UTRACE_REG_PRESENT),
					    regset_mask_has(present, i),
					    "%s", regset_reg_name(desc, i));
		}
	}
}

/* No two values overlap in a file, whatever the units are. */
static void values_have_room_of_their_own_in_files(struct kunit *test)
{
	u32 units[UTRACE_UNITS] = { 4, 32, 1, 1 };
	const struct regset_desc *desc;
	unsigned int n, i;

	for_each_desc(test, desc, n) {
		size_t size = regset_file_size(&desc->map, units);
		unsigned long *taken = kvcalloc(BITS_TO_LONGS(size), sizeof(long), GFP_KERNEL);

		KUNIT_ASSERT_NOT_NULL(test, taken);
		for (i = 0; i < desc->map.view->nr_regs; i++) {
			u32 at = regset_value_offset(&desc->map, units, i);
			u32 bytes = regset_value_size(&desc->map, units, i);

			if (!(desc->map.regs[i].flags & UTRACE_REG_IN_FILE))
				continue;
			KUNIT_EXPECT_LE(test, at + bytes, size);
			KUNIT_EXPECT_GE(test, at, sizeof(struct utrace_regfile));
			KUNIT_EXPECT_GE_MSG(test, find_next_bit(taken, at + bytes, at),
					    at + bytes, "%s", regset_reg_name(desc, i));
			bitmap_set(taken, at, bytes);
		}
		kvfree(taken);
	}
}

static bool described(const struct regset_desc *desc, unsigned int note, u32 *layout)
{
	for (*layout = 0; *layout < desc->map.view->nr_layouts; ++*layout)
		if (desc->map.layouts[*layout].note == note)
			return true;
	return false;
}

/*
 * Every byte that the stock kernel shows is described, and what is described is
 * shown.  What the machine does not have cannot be read either.
 */
static void expect_covered(struct kunit *test, struct test_engine *e)
{
	struct task_struct *task = e->engine->task;
	const struct user_regset_view *view = regset_task_view(task);
	const struct regset_desc *desc = task_regset_desc(task);
	u32 i, layout, unit;

	KUNIT_ASSERT_NOT_NULL(test, desc);
	KUNIT_ASSERT_EQ(test, 0, utrace_prepare_examine(e->engine));
	for (i = 0; i < view->n; i++) {
		const struct user_regset *set = &view->regsets[i];
		const struct utrace_layout *l;
		void *data = NULL;
		int n;

		n = regset_get_alloc(task, set, set->n * set->size, &data);
		if (!described(desc, set->core_note_type, &layout)) {
			KUNIT_EXPECT_LT_MSG(test, n, 0, "note %#x is not described",
					    set->core_note_type);
			kvfree(data);
			continue;
		}
		l = &desc->map.layouts[layout];
		if (!(l->flags & UTRACE_LAYOUT_PRESENT)) {
			/*
			 * But powerpc shows compat threads checkpointed registers
			 * even where there are none.
			 */
			if (n >= 0)
				KUNIT_EXPECT_EQ_MSG(test, n, regset_layout_size(l, 1),
						    "note %#x is there", l->note);
		} else if (n >= 0) {
			u32 form = layout;

			while (form < desc->map.view->nr_layouts &&
			       desc->map.layouts[form].set == l->set &&
			       !regset_layout_unit(&desc->map, form, data, n, &unit))
				form++;
			KUNIT_EXPECT_TRUE_MSG(test, form < desc->map.view->nr_layouts &&
					      desc->map.layouts[form].set == l->set,
					      "note %#x has no form", l->note);
			if (form < desc->map.view->nr_layouts)
				KUNIT_EXPECT_EQ_MSG(test, n,
						    regset_layout_size(&desc->map.layouts[form], unit),
						    "note %#x", l->note);
		}
		if (l->unit == UTRACE_NONE)
			KUNIT_EXPECT_EQ_MSG(test, set->n * set->size,
					    regset_layout_size(l, 0), "note %#x", l->note);
		if (!set->set && l->flags & UTRACE_LAYOUT_PRESENT) {
			u32 j;

			for (j = l->first_loc; j < l->first_loc + l->nr_locs; j++)
				if (!UTRACE_LOC_IS_PADDING(desc->map.locs[j].op))
					KUNIT_EXPECT_TRUE_MSG(test, desc->map.regs[desc->map.locs[j].reg].flags &
							      UTRACE_REG_READONLY, "%s",
							      regset_reg_name(desc, desc->map.locs[j].reg));
		}
		kvfree(data);
	}
	for (i = 0; i < desc->map.view->nr_layouts; i++) {
		const struct utrace_layout *l = &desc->map.layouts[i];
		bool found = false;
		u32 j;

		for (j = 0; j < view->n; j++)
			found |= view->regsets[j].core_note_type == l->note;
		if (l->flags & UTRACE_LAYOUT_PRESENT)
			KUNIT_EXPECT_TRUE_MSG(test, found, "no set has note %#x", l->note);
	}
	utrace_finish_examine(e->engine);
}

static void every_byte_of_every_set_is_described(struct kunit *test)
{
	expect_covered(test, regset_test_held(test));
}

static void every_byte_of_a_compat_thread_is_described(struct kunit *test)
{
	struct test_engine *e = regset_test_held_compat(test);

	KUNIT_EXPECT_TRUE(test, regset_view(task_regset_desc(e->engine->task))->flags &
			  UTRACE_VIEW_COMPAT);
	expect_covered(test, e);
}

static struct kunit_case regset_desc_cases[] = {
	KUNIT_CASE(views_are_found),
	KUNIT_CASE(registers_have_names_of_their_own),
	KUNIT_CASE(no_two_registers_have_one_role),
	KUNIT_CASE(every_register_has_a_place),
	KUNIT_CASE(values_have_room_of_their_own_in_files),
	KUNIT_CASE(every_byte_of_every_set_is_described),
	KUNIT_CASE(every_byte_of_a_compat_thread_is_described),
	{}
};

static struct kunit_suite regset_desc_suite = {
	.name = "regset_desc",
	.test_cases = regset_desc_cases,
};
kunit_test_suite(regset_desc_suite);
