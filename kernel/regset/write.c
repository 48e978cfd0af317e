// SPDX-License-Identifier: GPL-2.0-only
/*
 * Write the registers of a thread, all or none of them
 *
 * Writes go through the get and set functions of struct user_regset; the
 * description says what is where.  The rules of user_regset hold: the thread is
 * stopped and stays stopped, as it does for an engine after
 * utrace_prepare_examine().
 *
 * All values are put into copies of the sets first.  Then the sets are written and
 * read again, because the kernel silently ignores many changes that it does not
 * allow.  If anything is refused or was ignored, all sets get back what they had.
 */

#include <linux/export.h>
#include <linux/overflow.h>
#include <linux/sched.h>
#include <linux/sizes.h>

#include "internal.h"

/**
 * struct regset_edit - a set that is being written
 * @set: the set, NULL: not this one
 * @layout: the form of @data
 * @unit: its unit
 * @size: bytes of it
 * @data: what the set is to have
 * @orig: what it had
 * @orig_size: bytes of that
 * @orig_layout: its form
 * @orig_unit: its unit
 * @written: (part of) @data was given to the kernel
 */
struct regset_edit {
	const struct user_regset *set;
	u32 layout;
	u32 unit;
	size_t size;
	void *data;
	void *orig;
	size_t orig_size;
	u32 orig_layout;
	u32 orig_unit;
	bool written;
};

/**
 * struct regset_edits - registers that are being written
 * @arena: all memory comes from here
 * @task: of whom
 * @desc: its description
 * @sets: its sets
 * @by_set: by number of the set
 * @at: by number of the value, where it goes
 * @values: what is to be written
 * @nr: how many
 * @refused: the set that refused its data as a whole, so that any of its values may
 *	be at fault; NULL: none
 */
struct regset_edits {
	struct regset_arena *arena;
	struct task_struct *task;
	const struct regset_desc *desc;
	const struct regset_binding *sets;
	struct regset_edit *by_set;
	u32 *at;
	struct regset_value *values;
	unsigned int nr;
	const struct regset_edit *refused;
};

/* The number of the set that the place @at is in. */
static u32 regset_edit_set_of(const struct regset_edits *e, u32 at)
{
	return e->desc->map.layouts[e->desc->layout_of[at]].set;
}

/* The copy of the set that the place @at is in. */
static struct regset_edit *regset_edit_of(const struct regset_edits *e, u32 at)
{
	return &e->by_set[regset_edit_set_of(e, at)];
}

/* Read the set that the place @at is in, unless it has been read already. */
static int regset_edit_begin(struct regset_edits *e, u32 at,
			     struct regset_edit **result)
{
	u32 set = regset_edit_set_of(e, at);
	struct regset_edit *edit = &e->by_set[set];
	size_t size = e->sets->sizes[set], used;
	ssize_t n;
	int form;

	*result = edit;
	if (edit->set)
		return 0;
	if (!e->sets->sets[set])
		return -ENODATA;
	used = e->arena->used;
	edit->orig = regset_arena_take(e->arena, size);
	edit->data = regset_arena_take(e->arena, size);
	n = -ENOMEM;
	if (edit->orig && edit->data)
		n = regset_fetch(e->task, e->sets->sets[set], edit->orig, size);
	form = -ENODATA;
	if (n > 0)
		form = regset_form(e->desc, regset_first_form(e->desc, e->desc->layout_of[at]),
				   edit->orig, n, &edit->unit);
	if (form < 0) {
		e->arena->used = used;
		edit->orig = edit->data = NULL;
		return n == -ENOMEM ? n : -ENODATA;
	}
	memcpy(edit->data, edit->orig, n);
	edit->set = e->sets->sets[set];
	edit->size = edit->orig_size = n;
	edit->layout = edit->orig_layout = form;
	edit->orig_unit = edit->unit;
	return 0;
}

/*
 * The value does not fit the form that the set has now (the vector registers of a
 * thread that has used only their low parts, say).  Give it @layout's form.
 */
static int regset_edit_reform(struct regset_edits *e, struct regset_edit *edit,
			      u32 layout)
{
	const struct regset_map *map = &e->desc->map;
	struct regset_data *sets;
	size_t used = e->arena->used;
	u32 set = map->layouts[layout].set;
	struct utrace_regfile *file;
	void *data;
	ssize_t n;

	sets = regset_arena_zero(e->arena, map->view->nr_sets * sizeof(*sets));
	if (!sets)
		return -ENOMEM;
	sets[set].data = edit->data;
	sets[set].size = edit->size;
	n = regset_data_to_file(map, sets, NULL, 0);
	if (n < 0)
		goto out;
	file = regset_arena_take(e->arena, n);
	data = regset_arena_take(e->arena, e->sets->sizes[set]);
	if (!file || !data) {
		n = -ENOMEM;
		goto out;
	}
	n = regset_data_to_file(map, sets, file, n);
	if (n < 0)
		goto out;
	file->layouts = BIT_ULL(layout);
	n = regset_file_to_data(map, file, set, data, e->sets->sizes[set]);
	if (n < 0)
		goto out;
	regset_layout_keep(map, layout, data, edit->orig);
	memcpy(edit->data, data, n);
	edit->size = n;
	edit->layout = layout;
	n = 0;
out:
	e->arena->used = used;
	return n;
}

/* Put a value at the place @at of @edit, which has the form that the place is in. */
static int regset_edit_put(struct regset_edits *e, unsigned int nr, u32 at,
			   struct regset_edit *edit)
{
	const struct regset_value *v = &e->values[nr];

	e->at[nr] = at;
	return regset_insert(&e->desc->map, edit->layout, edit->unit,
			     &e->desc->map.locs[at], edit->data, v->value, v->size,
			     false);
}

/*
 * A value does not fit the form that its set has now.  Change the set to the first of
 * its other forms that the value fits.
 */
static int regset_edit_other_form(struct regset_edits *e, unsigned int nr)
{
	u32 at;
	int ret;

	for (at = e->desc->first[e->values[nr].reg]; at != UTRACE_NONE;
	     at = e->desc->next[at]) {
		struct regset_edit *edit = regset_edit_of(e, at);
		u32 layout = e->desc->layout_of[at];

		if (!edit->set || edit->layout == layout)
			continue;
		ret = regset_edit_reform(e, edit, layout);
		if (ret)
			return ret;
		ret = regset_edit_put(e, nr, at, edit);
		if (ret != -ERANGE)
			return ret;
	}
	return -ERANGE;
}

/* Put one value into the copy of the first set that has a place for it. */
static int regset_edit_value(struct regset_edits *e, unsigned int nr)
{
	const struct regset_value *v = &e->values[nr];
	const struct regset_map *map = &e->desc->map;
	u32 at, unit, units[UTRACE_UNITS] = {};
	struct regset_edit *edit;
	int ret;

	for (at = e->desc->first[v->reg]; at != UTRACE_NONE; at = e->desc->next[at]) {
		ret = regset_edit_begin(e, at, &edit);
		if (ret == -ENOMEM)
			return ret;
		if (ret || edit->layout != e->desc->layout_of[at])
			continue;
		unit = map->layouts[edit->layout].unit;
		if (unit != UTRACE_NONE)
			units[unit] = edit->unit;
		if (regset_value_size(map, units, v->reg) != v->size)
			return -EINVAL;
		ret = regset_edit_put(e, nr, at, edit);
		return ret == -ERANGE ? regset_edit_other_form(e, nr) : ret;
	}
	return -ENODATA;
}

/* Where is the value of @reg in the form that the set is going to have? */
static u32 regset_edit_place(const struct regset_edits *e, unsigned int nr)
{
	const struct regset_edit *edit = regset_edit_of(e, e->at[nr]);
	u32 at;

	for (at = e->desc->first[e->values[nr].reg]; at != UTRACE_NONE;
	     at = e->desc->next[at])
		if (e->desc->layout_of[at] == edit->layout)
			return at;
	return e->at[nr];
}

static bool regset_edit_is_whole(const struct utrace_layout *l)
{
	return l->flags & UTRACE_LAYOUT_WHOLE || l->unit_bytes || l->cond_bytes ||
	       l->components;
}

/* Write what @data has at the place @at, or all of it. */
static int regset_edit_write(const struct regset_edits *e, const struct regset_edit *edit,
			     u32 at, const void *data)
{
	const struct utrace_layout *l = &e->desc->map.layouts[edit->layout];
	unsigned int align = edit->set->size;
	size_t start, n, end;

	if (!edit->set->set)
		return -EPERM;
	if (regset_edit_is_whole(l))
		return edit->set->set(e->task, edit->set, 0,
				      data == edit->orig ? edit->orig_size : edit->size,
				      data, NULL);
	regset_loc_place(l, &e->desc->map.locs[at], edit->unit, &start, &n);
	end = min_t(size_t, roundup(start + n, align), edit->size);
	start = l->flags & UTRACE_LAYOUT_PREFIX ? 0 : rounddown(start, align);
	return edit->set->set(e->task, edit->set, start, end - start, data + start, NULL);
}

/* Did the kernel take the value?  @now: the set's data after it was written. */
static bool regset_edit_took(const struct regset_edits *e, const struct regset_value *v,
			     u32 form, u32 unit, const void *now, void *value)
{
	const struct regset_map *map = &e->desc->map;
	u32 at;

	for (at = e->desc->first[v->reg]; at != UTRACE_NONE; at = e->desc->next[at]) {
		if (e->desc->layout_of[at] != form)
			continue;
		regset_extract(map, form, unit, &map->locs[at], now, value, v->size);
		/* A tag says more than the machine keeps. */
		if (map->locs[at].op == UTRACE_LOC_X87_TAG)
			return regset_same_tags(map, value, v->value, v->size);
		return !memcmp(value, v->value, v->size);
	}
	return false;
}

static int regset_edit_verify(const struct regset_edits *e, u32 set, unsigned int *bad)
{
	const struct regset_edit *edit = &e->by_set[set];
	size_t size = e->sets->sizes[set];
	size_t used = e->arena->used;
	void *now = regset_arena_take(e->arena, size);
	void *value = regset_arena_take(e->arena, size);
	u32 unit, i;
	int ret = -ENOMEM, form = -ENODATA;
	ssize_t n;

	if (!now || !value)
		goto out;
	n = regset_fetch(e->task, edit->set, now, size);
	if (n > 0)
		form = regset_form(e->desc, regset_first_form(e->desc, edit->layout),
				   now, n, &unit);
	ret = 0;
	for (i = 0; i < e->nr && !ret; i++) {
		if (regset_edit_set_of(e, e->at[i]) != set)
			continue;
		if (form < 0 || unit != edit->unit ||
		    !regset_edit_took(e, &e->values[i], form, unit, now, value)) {
			*bad = e->values[i].reg;
			ret = -EINVAL;
		}
	}
out:
	e->arena->used = used;
	return ret;
}

/* Write all sets of which a value is to be written. */
static int regset_edit_write_all(struct regset_edits *e, unsigned int *bad)
{
	unsigned int i;
	int ret;

	for (i = 0; i < e->nr; i++) {
		u32 at = regset_edit_place(e, i);
		struct regset_edit *edit = regset_edit_of(e, at);
		bool whole = regset_edit_is_whole(&e->desc->map.layouts[edit->layout]);

		if (edit->written && whole)
			continue;
		edit->written = true;
		ret = regset_edit_write(e, edit, at, edit->data);
		if (ret) {
			*bad = e->values[i].reg;
			if (whole)
				e->refused = edit;
			return ret;
		}
	}
	return 0;
}

static int regset_edit_verify_all(const struct regset_edits *e, unsigned int *bad)
{
	int ret = 0;
	u32 set;

	for (set = 0; set < e->desc->map.view->nr_sets && !ret; set++)
		if (e->by_set[set].written)
			ret = regset_edit_verify(e, set, bad);
	return ret;
}

static void regset_edit_undo(struct regset_edits *e)
{
	u32 i;

	for (i = e->nr; i-- > 0;) {
		struct regset_edit *edit = regset_edit_of(e, e->at[i]);

		if (!edit->written)
			continue;
		/* It was taken once, so it will be again. */
		edit->layout = edit->orig_layout;
		edit->unit = edit->orig_unit;
		WARN_ON_ONCE(regset_edit_write(e, edit, regset_edit_place(e, i),
					       edit->orig) == -EFAULT);
		if (regset_edit_is_whole(&e->desc->map.layouts[edit->layout]))
			edit->written = false;
	}
}

/*
 * If a set has refused several values at once, find out which one was at fault.  All
 * sets have their old data again, so try the values of that set one by one.  If memory
 * is short, the caller begins again, and comes here once more.
 */
static void regset_edit_blame(const struct regset_edits *e, unsigned int *bad)
{
	const struct regset_edit *edit = e->refused;
	unsigned int i, nobody;

	/* The only value is the one in *@bad.  This also ends the recursion. */
	if (!edit || e->nr < 2)
		return;
	for (i = 0; i < e->nr; i++) {
		if (regset_edit_of(e, e->at[i]) != edit)
			continue;
		if (regset_write_in(e->arena, e->task, e->desc, &e->values[i], 1,
				    &nobody)) {
			*bad = e->values[i].reg;
			return;
		}
		edit->set->set(e->task, edit->set, 0, edit->orig_size, edit->orig, NULL);
	}
}

/* Write all values to the thread, or none of them. */
static int regset_edit_commit(struct regset_edits *e, unsigned int *bad)
{
	int ret = regset_edit_write_all(e, bad);

	if (!ret)
		ret = regset_edit_verify_all(e, bad);
	if (ret) {
		regset_edit_undo(e);
		regset_edit_blame(e, bad);
		if (regset_arena_short(e->arena))
			ret = -ENOMEM;
	}
	return ret;
}

static int regset_value_ok(const struct regset_desc *desc, const struct regset_value *v)
{
	const struct utrace_reg *r;
	unsigned int i;

	if (v->reg >= desc->map.view->nr_regs)
		return -EINVAL;
	r = &desc->map.regs[v->reg];
	if (!(r->flags & UTRACE_REG_PRESENT))
		return -ENODEV;
	if (r->unit == UTRACE_NONE && r->size != v->size)
		return -EINVAL;
	if (r->flags & UTRACE_REG_CONSTANT) {
		for (i = 0; i < v->size; i++)
			if (((const u8 *)v->value)[i])
				return -EPERM;
		return 0;
	}
	return r->flags & UTRACE_REG_READONLY ? -EPERM : 0;
}

/* Make room for @nr values. */
static int regset_edits_begin(struct regset_edits *e, unsigned int nr)
{
	size_t sets = e->desc->map.view->nr_sets;

	e->by_set = regset_arena_zero(e->arena, sets * sizeof(*e->by_set));
	e->at = regset_arena_take(e->arena, array_size(nr, sizeof(*e->at)));
	e->values = regset_arena_take(e->arena, array_size(nr, sizeof(*e->values)));
	return e->by_set && e->at && e->values ? 0 : -ENOMEM;
}

/* Add a value to those that are to be written.  A constant has no place to go to. */
static int regset_edit_add(struct regset_edits *e, const struct regset_value *v)
{
	int ret = regset_value_ok(e->desc, v);

	if (ret || e->desc->map.regs[v->reg].flags & UTRACE_REG_CONSTANT)
		return ret;
	e->values[e->nr] = *v;
	ret = regset_edit_value(e, e->nr);
	e->nr++;
	return ret;
}

/* Bytes of all values, and of all copies of @sets bytes. */
static size_t regset_edits_size(const struct regset_desc *desc, size_t nr, size_t sets,
				size_t biggest)
{
	/* Each set is read before the write, copied, and two are looked at after it. */
	return desc->map.view->nr_sets * sizeof(struct regset_edit) +
	       nr * (sizeof(u32) + sizeof(struct regset_value)) +
	       2 * sets + 2 * biggest + SZ_1K;
}

/*
 * How big should the arena of regset_write_in() be?  More is needed if a value changes
 * the form of a set, or is refused together with others.
 */
size_t regset_write_estimate(struct task_struct *task, const struct regset_desc *desc,
			     const struct regset_value *values, unsigned int nr)
{
	const struct regset_binding *sets = regset_sets(task, desc);
	size_t sum = 0, biggest = 0;
	unsigned int i;
	u64 seen = 0;
	u32 at, set;

	BUILD_BUG_ON(REGSET_SETS_MAX > 64);
	for (i = 0; sets && i < nr; i++) {
		if (values[i].reg >= desc->map.view->nr_regs)
			continue;
		for (at = desc->first[values[i].reg]; at != UTRACE_NONE;
		     at = desc->next[at]) {
			set = desc->map.layouts[desc->layout_of[at]].set;
			if (seen & BIT_ULL(set))
				continue;
			seen |= BIT_ULL(set);
			sum += ALIGN(sets->sizes[set], 16);
			biggest = max_t(size_t, biggest, sets->sizes[set]);
		}
	}
	return regset_edits_size(desc, nr, sum, biggest);
}

/* As regset_write(), but with memory from @arena. */
int regset_write_in(struct regset_arena *arena, struct task_struct *task,
		    const struct regset_desc *desc, const struct regset_value *values,
		    unsigned int nr, unsigned int *bad)
{
	struct regset_edits e = {
		.arena = arena, .task = task, .desc = desc,
		.sets = regset_sets(task, desc),
	};
	size_t used = arena->used;
	unsigned int i;
	int ret;

	*bad = REGSET_NO_REG;
	if (!e.sets)
		return -EINVAL;
	if (task == current)
		return -EBUSY;

	ret = regset_edits_begin(&e, nr);
	for (i = 0; i < nr && !ret; i++) {
		ret = regset_edit_add(&e, &values[i]);
		if (ret)
			*bad = values[i].reg;
	}
	if (!ret)
		ret = regset_edit_commit(&e, bad);
	arena->used = used;
	return ret;
}

/**
 * regset_write() - write registers of a thread: all of them, or none
 * @task: the thread
 * @desc: its task_regset_desc()
 * @values: registers and their values; none twice
 * @nr: how many
 * @bad: the id of the register that was refused, or %REGSET_NO_REG
 *
 * A value is refused also if the kernel would quietly ignore a part of it: after
 * success the registers have just these values.
 *
 * Context: may sleep for memory, so an engine calls utrace_reg_set() instead.  @task
 *	is stopped and cannot leave the stop.
 *
 * Return: 0, or, and nothing has changed,
 *
 * * %-EBUSY - @task is current
 * * %-EINVAL - no such register, or not of this size, or @desc is not of @task,
 *   or the machine does not let a program have this value
 * * %-ERANGE - the value does not fit where it is kept
 * * %-EPERM - the register cannot be written
 * * %-ENODEV - this machine does not have the register
 * * %-ENODATA - the thread has none
 * * %-ENOMEM - no memory
 * * what the set's user_regset says, mostly %-EINVAL or %-EIO
 */
int regset_write(struct task_struct *task, const struct regset_desc *desc,
		 const struct regset_value *values, unsigned int nr,
		 unsigned int *bad)
{
	struct regset_arena arena = {};
	int ret;

	do {
		*bad = REGSET_NO_REG;
		ret = regset_arena_prepare(&arena,
					   regset_write_estimate(task, desc, values, nr));
		if (ret)
			break;
		ret = regset_write_in(&arena, task, desc, values, nr, bad);
	} while (regset_arena_short(&arena));
	regset_arena_free(&arena);
	return ret;
}
EXPORT_SYMBOL_NS_GPL(regset_write, UTRACE);

/* Registers whose values in the files differ.  Returns how many. */
static unsigned int regset_file_changes(const struct regset_map *map,
					const struct utrace_regfile *old,
					const struct utrace_regfile *new,
					struct regset_value *values)
{
	struct regset_mask has;
	unsigned int nr = 0;
	u32 i, size, offset;

	regset_file_mask(map, new, &has);
	for (i = 0; i < map->view->nr_regs; i++) {
		if (!regset_mask_has(&has, i) ||
		    (map->regs[i].flags & UTRACE_REG_VOLATILE))
			continue;
		size = regset_value_size(map, new->units, i);
		offset = regset_value_offset(map, new->units, i);
		if (!memcmp((void *)old + offset, (void *)new + offset, size))
			continue;
		values[nr++] = (struct regset_value) {
			.reg = i, .size = size, .value = (void *)new + offset,
		};
	}
	return nr;
}

/* How big should the arena of regset_file_write_in() be?  @size: bytes of the file. */
size_t regset_file_write_estimate(struct task_struct *task,
				  const struct regset_desc *desc, size_t size)
{
	const struct regset_binding *sets = regset_sets(task, desc);
	size_t biggest = 0, nr = desc->map.view->nr_regs;
	u32 set;

	if (!sets)
		return 0;
	for (set = 0; set < desc->map.view->nr_sets; set++)
		biggest = max_t(size_t, biggest, sets->sizes[set]);
	/* Callers may say that they have much more than the file's header does. */
	return min_t(size_t, size, SZ_1M) + nr * sizeof(struct regset_value) +
	       regset_edits_size(desc, nr, sets->room_size, biggest);
}

/* As regset_file_write(), but with memory from @arena. */
int regset_file_write_in(struct regset_arena *arena, struct task_struct *task,
			 const struct regset_desc *desc,
			 const struct utrace_regfile *file, size_t size,
			 unsigned int *bad)
{
	size_t used = arena->used;
	struct regset_value *values;
	struct utrace_regfile *old;
	ssize_t n;
	int ret;

	*bad = REGSET_NO_REG;
	ret = regset_file_check(&desc->map, file, size);
	if (ret)
		return ret;
	old = regset_arena_take(arena, file->size);
	values = regset_arena_take(arena, desc->map.view->nr_regs * sizeof(*values));
	ret = -ENOMEM;
	if (!old || !values)
		goto out;
	n = regset_file_read_in(arena, task, desc, old, file->size);
	ret = n < 0 ? n : -EINVAL;
	if (n != file->size || memcmp(old->units, file->units, sizeof(old->units)))
		goto out;
	ret = regset_write_in(arena, task, desc, values,
			      regset_file_changes(&desc->map, old, file, values), bad);
out:
	if (ret == -ENOSPC)
		ret = -EINVAL;
	arena->used = used;
	return ret;
}

/**
 * regset_file_write() - write all registers of a thread, or none
 * @task: the thread
 * @desc: its task_regset_desc()
 * @file: a register file of this view, made by regset_file_read() of this thread
 *	or of another one of the same shape
 * @size: bytes there
 * @bad: the id of the register that was refused, or %REGSET_NO_REG
 *
 * Registers that have the values already are not touched, so that a file which
 * was read can be written although some registers are read-only.  Those with
 * %UTRACE_REG_VOLATILE are not compared, so it can also be written when the thread has
 * been elsewhere meanwhile.
 *
 * Context: may sleep for memory, so an engine calls utrace_regfile_set() instead.  @task
 *	is stopped and cannot leave the stop.
 *
 * Return: as regset_write(); %-EINVAL also if @file is no register file of this
 * view, or if its registers of variable size have not the sizes of the thread's.
 */
int regset_file_write(struct task_struct *task, const struct regset_desc *desc,
		      const struct utrace_regfile *file, size_t size,
		      unsigned int *bad)
{
	struct regset_arena arena = {};
	int ret;

	do {
		*bad = REGSET_NO_REG;
		ret = regset_arena_prepare(&arena,
					   regset_file_write_estimate(task, desc, size));
		if (ret)
			break;
		ret = regset_file_write_in(&arena, task, desc, file, size, bad);
	} while (regset_arena_short(&arena));
	regset_arena_free(&arena);
	return ret;
}
EXPORT_SYMBOL_NS_GPL(regset_file_write, UTRACE);
