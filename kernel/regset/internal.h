/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Descriptions of register sets, as the kernel itself uses them
 */
#ifndef _KERNEL_REGSET_INTERNAL_H
#define _KERNEL_REGSET_INTERNAL_H

#include <linux/regset.h>
#include <linux/regset_desc.h>

#include "../../lib/regset/convert.h"

struct task_struct;

/**
 * enum regset_run_kind - how bytes are brought into a register file
 * @RUN_8: 8 bytes, aligned in both
 * @RUN_4: 4 bytes, likewise
 * @RUN_BYTES: any number of bytes
 * @RUN_16_SPREAD: 16 bytes, aligned in both, to the beginning of a register of
 *	variable size
 * @RUN_SCALED: where they are in the data, or in the file, or how many they are,
 *	depends on a unit
 */
enum regset_run_kind { RUN_8, RUN_4, RUN_BYTES, RUN_16_SPREAD, RUN_SCALED };

/**
 * struct regset_run - bytes that a set's data and a register file have in common
 * @from: where in the data; in the tail if @before is UTRACE_NONE
 * @before: units before that
 * @to: where in the file, or in the part of @unit, in units
 * @bytes: how many, or how many units
 * @unit: of @to, or UTRACE_NONE
 * @kind: how to copy them
 * @units: @bytes are units
 */
struct regset_run {
	u32 from;
	u32 before;
	u32 to;
	u32 bytes;
	u32 unit;
	enum regset_run_kind kind;
	bool units;
};

/**
 * struct regset_plan - how to bring a layout's data into a register file
 * @runs: what is copied; registers that are beside each other in both are one run
 * @nr_runs: how many
 * @others: places whose values have to be computed, their numbers in the map
 * @nr_others: how many
 */
struct regset_plan {
	struct regset_run *runs;
	unsigned int nr_runs;
	u32 *others;
	unsigned int nr_others;
};

/**
 * struct regset_quick - a register that is always at the same place of a set, as
 *	it is, and not far from its beginning
 * @set: the set
 * @from: where its value is
 * @end: where the bytes end that have to be read; 0: no such register
 */
struct regset_quick {
	u16 set;
	u16 from;
	u16 end;
};

/* What is read of a set for one register without an allocation. */
#define REGSET_QUICK_MAX	384

/* Sets that a register file is made from. */
#define REGSET_FETCH_MAX	24

/**
 * struct regset_fetched - the data of a set, on its way into a file
 * @data: the data
 * @layout: its form
 * @unit: its unit
 */
struct regset_fetched {
	void *data;
	u32 layout;
	u32 unit;
};

/**
 * struct regset_room - where the data of sets is until it is in a register file
 * @fetched: what is in @data
 * @data: all of it
 */
struct regset_room {
	struct regset_fetched fetched[REGSET_FETCH_MAX];
	u8 data[] __aligned(16);
};

/**
 * struct regset_front - a set that a register file is made from
 * @set: the set
 * @size: the most bytes that its data can have
 * @head: the fewest
 * @layout: its first form
 * @fixed: it has no other form, and no unit
 */
struct regset_front {
	const struct user_regset *set;
	u32 size;
	u32 head;
	u32 layout;
	bool fixed;
};

/**
 * struct regset_binding - a stock view that a description fits
 * @view: the view; written last
 * @sets: its sets by our numbers; NULL: it does not have that
 * @sizes: the most bytes that the data of each can have
 * @fronts: the sets that a register file is made from
 * @nr_fronts: how many
 * @room_size: bytes of all sets
 * @room: for one who reads: whoever takes it (xchg) puts it back; NULL: somebody
 *	has it
 */
struct regset_binding {
	const struct user_regset_view *view;
	const struct user_regset *sets[REGSET_SETS_MAX];
	u32 sizes[REGSET_SETS_MAX];
	struct regset_front fronts[REGSET_FETCH_MAX];
	unsigned int nr_fronts;
	size_t room_size;
	struct regset_room *room;
};

/**
 * struct regset_desc - a description, and what makes its use fast
 * @map: the description itself; all is constant from when it was made, but for
 *	what @binding points to
 * @src: what it was made of
 * @plans: by layout
 * @roles: by role, the register; UTRACE_NONE if there is none
 * @quick: by register
 * @first: by register, its first place
 * @next: by place, the next one of the same register
 * @layout_of: by place
 * @binding: filled in by the first user, under regset_bind_mutex
 */
struct regset_desc {
	struct regset_map map;
	const struct regset_view_src *src;
	struct regset_plan *plans;
	u32 roles[UTRACE_ROLE_NR];
	struct regset_quick *quick;
	u32 *first;
	u32 *next;
	u16 *layout_of;
	struct regset_binding *binding;
};

/* arena.c */
void *regset_arena_take(struct regset_arena *arena, size_t size);
void *regset_arena_zero(struct regset_arena *arena, size_t size);

/* desc.c */
struct regset_room *regset_room_alloc(size_t size);
struct regset_binding *regset_bind(const struct regset_desc *desc,
				   const struct user_regset_view *view);

/* read.c */
struct regset_binding *regset_sets(struct task_struct *task,
				   const struct regset_desc *desc);
ssize_t regset_fetch(struct task_struct *task, const struct user_regset *set,
		     void *data, size_t size);
int regset_form(const struct regset_desc *desc, u32 first, const void *data,
		size_t size, u32 *unit);
u32 regset_first_form(const struct regset_desc *desc, u32 layout);
ssize_t regset_file_read_in(struct regset_arena *arena, struct task_struct *task,
			    const struct regset_desc *desc, struct utrace_regfile *file,
			    size_t size);

/* write.c */
size_t regset_write_estimate(struct task_struct *task, const struct regset_desc *desc,
			     const struct regset_value *values, unsigned int nr);
int regset_write_in(struct regset_arena *arena, struct task_struct *task,
		    const struct regset_desc *desc, const struct regset_value *values,
		    unsigned int nr, unsigned int *bad);
size_t regset_file_write_estimate(struct task_struct *task,
				  const struct regset_desc *desc, size_t size);
int regset_file_write_in(struct regset_arena *arena, struct task_struct *task,
			 const struct regset_desc *desc,
			 const struct utrace_regfile *file, size_t size,
			 unsigned int *bad);

#endif /* _KERNEL_REGSET_INTERNAL_H */
