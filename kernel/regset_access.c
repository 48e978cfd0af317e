// SPDX-License-Identifier: GPL-2.0-only
/*
 * Registers of threads: one by one, many at once, and all of them as a file
 *
 * All of it goes through the get and set of struct user_regset, and by the
 * description for what is where.  The rules of user_regset hold: the thread is
 * stopped and stays so, or it is current, and then can be read only.  An engine
 * has that after utrace_prepare_examine().
 */

#include <linux/export.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/slab.h>

#include "regset_internal.h"

static struct regset_binding *regset_sets(struct task_struct *task,
					  const struct regset_desc *desc)
{
	const struct user_regset_view *view = task_user_regset_view(task);

	/* Pairs with the release in regset_make_binding(). */
	if (likely(smp_load_acquire(&desc->bindings[0].view) == view))
		return &desc->bindings[0];
	return regset_bind(desc, view);
}

/* The first @size bytes of a set.  Returns how many there are, or an error. */
static ssize_t regset_fetch(struct task_struct *task, const struct user_regset *set,
			    void *data, size_t size)
{
	int left = set->regset_get(task, set, (struct membuf){ data, size });

	return left < 0 ? left : size - left;
}

/* Which form has the data of @set, and what is its unit? */
static int regset_form(const struct regset_desc *desc, u32 first, const void *data,
		       size_t size, u32 *unit)
{
	const struct utrace_layout *layouts = desc->map.layouts;
	u32 i;

	for (i = first; i < desc->map.view->nr_layouts &&
			layouts[i].set == layouts[first].set; i++)
		if (regset_layout_unit(&desc->map, i, data, size, unit))
			return i;
	return -ENODATA;
}

static u32 regset_first_form(const struct regset_desc *desc, u32 layout)
{
	while (layout && desc->map.layouts[layout - 1].set == desc->map.layouts[layout].set)
		layout--;
	return layout;
}

static int regset_read_whole(struct task_struct *task, const struct regset_desc *desc,
			     const struct regset_binding *sets, u32 at,
			     void *value, unsigned int size)
{
	const struct utrace_layout *l = &desc->map.layouts[desc->layout_of[at]];
	const struct utrace_loc *loc = &desc->map.locs[at];
	u32 unit, units[UTRACE_UNITS] = {};
	void *data;
	ssize_t n;
	int form;

	data = kvmalloc(sets->sizes[l->set], GFP_KERNEL);
	if (!data)
		return -ENOMEM;
	n = regset_fetch(task, sets->sets[l->set], data, sets->sizes[l->set]);
	if (n < 0) {
		/* Each set has its own way to say that the thread has none. */
		n = n == -ENOMEM ? n : -ENODATA;
	} else {
		form = regset_form(desc, regset_first_form(desc, desc->layout_of[at]),
				   data, n, &unit);
		n = form == desc->layout_of[at] ? 0 : -ENODATA;
	}
	if (!n) {
		if (l->unit != UTRACE_NONE)
			units[l->unit] = unit;
		if (regset_value_size(&desc->map, units, loc->reg) != size)
			n = -EINVAL;
		else
			regset_extract(&desc->map, form, unit, loc, data, value, size);
	}
	kvfree(data);
	return n;
}

/**
 * regset_read() - read a register of a thread
 * @task: the thread
 * @desc: its regset_desc()
 * @reg: the register's id
 * @value: where to put its value, in the thread's byte order
 * @size: bytes there, which have to be those of the register
 *
 * Context: may sleep. @task is current, or stopped and cannot leave the stop.
 *
 * Return: 0, or
 *
 * * %-EINVAL - no such register, or not of this size, or @desc is not of @task
 * * %-ENODEV - this machine does not have the register
 * * %-ENODATA - the thread has none: it has never used what it belongs to, say
 * * %-ENOMEM - no memory
 */
int regset_read(struct task_struct *task, const struct regset_desc *desc,
		unsigned int reg, void *value, unsigned int size)
{
	const struct regset_binding *sets = regset_sets(task, desc);
	u64 data[REGSET_QUICK_MAX / sizeof(u64)] __uninitialized;
	const struct regset_quick *quick;
	const struct utrace_reg *r;
	int ret;
	u32 at;

	if (!sets || reg >= desc->map.view->nr_regs)
		return -EINVAL;
	r = &desc->map.regs[reg];
	quick = &desc->quick[reg];
	if (!(r->flags & UTRACE_REG_PRESENT))
		return -ENODEV;
	if (r->unit == UTRACE_NONE && r->size != size)
		return -EINVAL;
	if (r->flags & UTRACE_REG_CONSTANT) {
		memset(value, 0, size);
		return 0;
	}

	if (quick->end && sets->sets[quick->set] &&
	    regset_fetch(task, sets->sets[quick->set], data, quick->end) == quick->end) {
		if (size == sizeof(u64))
			memcpy(value, (void *)data + quick->from, sizeof(u64));
		else
			memcpy(value, (void *)data + quick->from, size);
		return 0;
	}
	for (at = desc->first[reg]; at != UTRACE_NONE; at = desc->next[at]) {
		if (!sets->sets[desc->map.layouts[desc->layout_of[at]].set])
			continue;
		ret = regset_read_whole(task, desc, sets, at, value, size);
		if (!ret || ret == -ENOMEM || ret == -EINVAL)
			return ret;
	}
	return -ENODATA;
}
EXPORT_SYMBOL_NS_GPL(regset_read, UTRACE);

/**
 * struct regset_parts - where the registers of variable size are in a file
 * @offset: by unit, where its part begins
 * @measure: by unit, how many bytes it is
 */
struct regset_parts {
	u32 offset[UTRACE_UNITS];
	u32 measure[UTRACE_UNITS];
};

static void regset_run_scaled(const struct utrace_layout *l, const struct regset_run *run,
			      const struct regset_fetched *fetched,
			      struct utrace_regfile *file,
			      const struct regset_parts *parts)
{
	struct utrace_loc loc = { .offset = run->from, .before = run->before };
	size_t from, n, to = run->to, bytes = run->bytes;

	regset_loc_place(l, &loc, fetched->unit, &from, &n);
	if (run->unit != UTRACE_NONE) {
		to = parts->offset[run->unit] + to * parts->measure[run->unit];
		if (run->units)
			bytes *= parts->measure[run->unit];
	}
	memcpy((void *)file + to, fetched->data + from, bytes);
}

static __always_inline void regset_run_plan(const struct regset_desc *desc,
			    const struct regset_fetched *fetched,
			    struct utrace_regfile *file, const struct regset_parts *parts)
{
	const struct regset_plan *plan = &desc->plans[fetched->layout];
	const struct regset_run *run, *end = plan->runs + plan->nr_runs;
	const void *data = fetched->data;
	unsigned int i;

	for (run = plan->runs; run < end; run++) {
		u64 *to = (void *)file + run->to;
		const u64 *from = data + run->from;

		switch (run->kind) {
		case RUN_8:
			*to = *from;
			continue;
		case RUN_4:
			*(u32 *)to = *(const u32 *)from;
			continue;
		case RUN_BYTES:
			memcpy(to, from, run->bytes);
			continue;
		case RUN_16_SPREAD:
		case RUN_SCALED:
			break;
		}
		/* Another set has the unit that counts. */
		if (run->unit != UTRACE_NONE && file->units[run->unit] != fetched->unit)
			continue;
		if (run->kind == RUN_SCALED) {
			regset_run_scaled(&desc->map.layouts[fetched->layout], run,
					  fetched, file, parts);
			continue;
		}
		to = (void *)file + parts->offset[run->unit] +
		     run->to * parts->measure[run->unit];
		to[0] = from[0];
		to[1] = from[1];
	}
	for (i = 0; i < plan->nr_others; i++) {
		const struct utrace_loc *loc = &desc->map.locs[plan->others[i]];

		regset_extract(&desc->map, fetched->layout, fetched->unit, loc, data,
			       (void *)file + regset_value_offset(&desc->map, file->units, loc->reg),
			       regset_value_size(&desc->map, file->units, loc->reg));
	}
}

static void regset_fetched_unit(const struct regset_desc *desc, u32 form, u32 value,
				struct utrace_regfile *head)
{
	u32 unit = desc->map.layouts[form].unit;

	if (unit != UTRACE_NONE && !head->units[unit])
		head->units[unit] = value;
}

/* One get for each set that a file is made from.  Returns how many there were. */
static unsigned int regset_fetch_all(struct task_struct *task,
				     const struct regset_desc *desc,
				     const struct regset_binding *sets,
				     struct regset_room *room,
				     struct utrace_regfile *head)
{
	const struct regset_front *front, *end = sets->fronts + sets->nr_fronts;
	struct regset_fetched *fetched = room->fetched;
	void *data = room->data;
	int form;
	ssize_t n;

	for (front = sets->fronts; front < end; front++) {
		n = regset_fetch(task, front->set, data, front->size);
		if (n < 0)
			continue;
		form = front->layout;
		fetched->unit = 0;
		if (!front->fixed) {
			form = regset_form(desc, form, data, n, &fetched->unit);
			if (form < 0)
				continue;
			regset_fetched_unit(desc, form, fetched->unit, head);
		} else if (n < front->head) {
			continue;
		}
		head->layouts |= BIT_ULL(form);
		fetched->layout = form;
		fetched->data = data;
		fetched++;
		data += ALIGN(n, 16);
	}
	return fetched - room->fetched;
}

/**
 * regset_file_read() - read all registers of a thread
 * @task: the thread
 * @desc: its regset_desc()
 * @file: where to put the register file; NULL to learn its size, which stays the
 *	same as long as the thread is stopped and nobody writes its registers
 * @size: bytes there
 *
 * Context: may sleep. @task is current, or stopped and cannot leave the stop.
 *
 * Return: bytes of the file, or
 *
 * * %-EINVAL - @desc is not of @task
 * * %-ENOSPC - @size is too small
 * * %-ENOMEM - no memory
 */
ssize_t regset_file_read(struct task_struct *task, const struct regset_desc *desc,
			 struct utrace_regfile *file, size_t size)
{
	struct regset_binding *sets = regset_sets(task, desc);
	struct regset_parts parts __uninitialized;
	u32 offset = ALIGN(desc->map.view->file_size, 16), i;
	struct utrace_regfile head = {
		.magic = UTRACE_REGFILE_MAGIC,
		.view = desc->map.view->id,
		.flags = desc->map.view->flags,
	};
	struct regset_room *room;
	unsigned int nr;
	bool own;

	if (!sets)
		return -EINVAL;
	room = xchg(&sets->room, NULL);
	own = !room;
	if (own)
		room = regset_room_alloc(sets->room_size);
	if (!room)
		return -ENOMEM;
	nr = regset_fetch_all(task, desc, sets, room, &head);

	for (i = 0; i < desc->map.nr_units; i++) {
		if (!head.units[i])
			continue;
		parts.offset[i] = offset;
		parts.measure[i] = regset_measure(&desc->map, head.units, i);
		offset += ALIGN(parts.measure[i] * desc->map.unit_sizes[i], 16);
	}
	head.size = offset;
	if (file && size >= head.size) {
		memset(file + 1, 0, head.size - sizeof(head));
		*file = head;
		/* The first that has a register is right. */
		while (nr-- > 0)
			regset_run_plan(desc, &room->fetched[nr], file, &parts);
	}
	if (own)
		kvfree(room);
	else
		smp_store_release(&sets->room, room);	/* pairs with xchg() */
	if (file && size < head.size)
		return -ENOSPC;
	return head.size;
}
EXPORT_SYMBOL_NS_GPL(regset_file_read, UTRACE);

/*
 * Writing
 *
 * All values are put into copies of the sets first; then the sets are written,
 * and read again, for the kernel ignores in silence much of what it does not want
 * to be changed.  If anything is refused or was ignored, all sets get back what
 * they had.
 */

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
 * @task: of whom
 * @desc: its description
 * @sets: its sets
 * @by_set: by number of the set
 * @at: by number of the value, where it goes
 * @values: what is to be written
 * @nr: how many
 */
struct regset_edits {
	struct task_struct *task;
	const struct regset_desc *desc;
	const struct regset_binding *sets;
	struct regset_edit *by_set;
	u32 *at;
	const struct regset_value *values;
	unsigned int nr;
};

static int regset_edit_begin(struct regset_edits *e, u32 layout,
			     struct regset_edit **result)
{
	u32 set = e->desc->map.layouts[layout].set;
	struct regset_edit *edit = &e->by_set[set];
	size_t size = e->sets->sizes[set];
	ssize_t n;
	int form;

	*result = edit;
	if (edit->set)
		return 0;
	if (!e->sets->sets[set])
		return -ENODATA;
	edit->orig = kvmalloc(size, GFP_KERNEL);
	edit->data = kvmalloc(size, GFP_KERNEL);
	n = -ENOMEM;
	if (edit->orig && edit->data)
		n = regset_fetch(e->task, e->sets->sets[set], edit->orig, size);
	form = -ENODATA;
	if (n > 0)
		form = regset_form(e->desc, regset_first_form(e->desc, layout),
				   edit->orig, n, &edit->unit);
	if (form < 0) {
		kvfree(edit->orig);
		kvfree(edit->data);
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
	struct utrace_regfile *file = NULL;
	u32 set = map->layouts[layout].set;
	void *data = NULL;
	ssize_t n;

	sets = kcalloc(map->view->nr_sets, sizeof(*sets), GFP_KERNEL);
	if (!sets)
		return -ENOMEM;
	sets[set].data = edit->data;
	sets[set].size = edit->size;
	n = regset_data_to_file(map, sets, NULL, 0);
	if (n < 0)
		goto out;
	file = kvmalloc(n, GFP_KERNEL);
	data = kvmalloc(e->sets->sizes[set], GFP_KERNEL);
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
	swap(edit->data, data);
	edit->size = n;
	edit->layout = layout;
	n = 0;
out:
	kvfree(data);
	kvfree(file);
	kfree(sets);
	return n;
}

/* Put one value into the copy of the first set that has a place for it. */
static int regset_edit_value(struct regset_edits *e, unsigned int nr)
{
	const struct regset_value *v = &e->values[nr];
	const struct regset_map *map = &e->desc->map;
	u32 at, units[UTRACE_UNITS] = {};
	struct regset_edit *edit;
	int ret = -ENODATA, error;

	for (at = e->desc->first[v->reg]; at != UTRACE_NONE; at = e->desc->next[at]) {
		u32 layout = e->desc->layout_of[at];
		const struct utrace_layout *l = &map->layouts[layout];

		error = regset_edit_begin(e, layout, &edit);
		if (error == -ENOMEM)
			return error;
		if (error || edit->layout != layout)
			continue;
		if (l->unit != UTRACE_NONE)
			units[l->unit] = edit->unit;
		if (regset_value_size(map, units, v->reg) != v->size)
			return -EINVAL;
		ret = regset_insert(map, layout, edit->unit, &map->locs[at],
				    edit->data, v->value, v->size, false);
		e->at[nr] = at;
		break;
	}
	/* Does it fit a form that the set could have instead? */
	for (at = e->desc->first[v->reg]; ret == -ERANGE && at != UTRACE_NONE;
	     at = e->desc->next[at]) {
		u32 layout = e->desc->layout_of[at];

		edit = &e->by_set[map->layouts[layout].set];
		if (!edit->set || edit->layout == layout)
			continue;
		error = regset_edit_reform(e, edit, layout);
		if (error)
			return error;
		ret = regset_insert(map, layout, edit->unit, &map->locs[at],
				    edit->data, v->value, v->size, false);
		e->at[nr] = at;
	}
	return ret;
}

/* Where is the value of @reg in the form that the set is going to have? */
static u32 regset_edit_place(const struct regset_edits *e, unsigned int nr)
{
	u32 set = e->desc->map.layouts[e->desc->layout_of[e->at[nr]]].set, at;

	for (at = e->desc->first[e->values[nr].reg]; at != UTRACE_NONE;
	     at = e->desc->next[at])
		if (e->desc->layout_of[at] == e->by_set[set].layout)
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
		if (map->locs[at].op == UTRACE_OP_X87_TAG)
			return regset_same_tags(map, value, v->value, v->size);
		return !memcmp(value, v->value, v->size);
	}
	return false;
}

static int regset_edit_verify(const struct regset_edits *e, u32 set, unsigned int *bad)
{
	const struct regset_edit *edit = &e->by_set[set];
	size_t size = e->sets->sizes[set];
	void *now = kvmalloc(size, GFP_KERNEL), *value = kvmalloc(size, GFP_KERNEL);
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
		if (e->desc->map.layouts[e->desc->layout_of[e->at[i]]].set != set)
			continue;
		if (form < 0 || unit != edit->unit ||
		    !regset_edit_took(e, &e->values[i], form, unit, now, value)) {
			*bad = e->values[i].reg;
			ret = -EINVAL;
		}
	}
out:
	kvfree(now);
	kvfree(value);
	return ret;
}

/* @whole: it was a set that refused several values, and *@bad is one of them. */
static int regset_edit_commit(struct regset_edits *e, unsigned int *bad, bool *whole)
{
	u32 set, i;
	int ret = 0;

	*whole = false;

	for (i = 0; i < e->nr; i++) {
		u32 at = regset_edit_place(e, i);
		struct regset_edit *edit;

		edit = &e->by_set[e->desc->map.layouts[e->desc->layout_of[at]].set];
		if (edit->written &&
		    regset_edit_is_whole(&e->desc->map.layouts[edit->layout]))
			continue;
		edit->written = true;
		ret = regset_edit_write(e, edit, at, edit->data);
		if (ret) {
			*bad = e->values[i].reg;
			*whole = regset_edit_is_whole(&e->desc->map.layouts[edit->layout]);
			return ret;
		}
	}
	for (set = 0; set < e->desc->map.view->nr_sets && !ret; set++)
		if (e->by_set[set].written)
			ret = regset_edit_verify(e, set, bad);
	return ret;
}

static void regset_edit_undo(struct regset_edits *e)
{
	u32 i;

	for (i = e->nr; i-- > 0;) {
		struct regset_edit *edit;

		edit = &e->by_set[e->desc->map.layouts[e->desc->layout_of[e->at[i]]].set];
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
 * A set that was to take several values at once has said no, and has been put back.
 * Which one was it?  Try them one by one.
 */
static void regset_edit_blame(const struct regset_edits *e, unsigned int *bad)
{
	const struct regset_edit *edit;
	unsigned int i, nobody;
	u32 set = UTRACE_NONE;

	for (i = 0; i < e->nr; i++)
		if (e->values[i].reg == *bad)
			set = e->desc->map.layouts[e->desc->layout_of[e->at[i]]].set;
	if (e->nr < 2 || set == UTRACE_NONE)
		return;
	edit = &e->by_set[set];
	for (i = 0; i < e->nr; i++) {
		if (e->desc->map.layouts[e->desc->layout_of[e->at[i]]].set != set)
			continue;
		if (regset_write(e->task, e->desc, &e->values[i], 1, &nobody)) {
			*bad = e->values[i].reg;
			return;
		}
		edit->set->set(e->task, edit->set, 0, edit->orig_size, edit->orig, NULL);
	}
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

/**
 * regset_write() - write registers of a thread: all of them, or none
 * @task: the thread
 * @desc: its regset_desc()
 * @values: registers and their values; none twice
 * @nr: how many
 * @bad: the id of the register that was refused, or %REGSET_NO_REG
 *
 * A value is refused also if the kernel would quietly ignore a part of it: after
 * success the registers have just these values.
 *
 * Context: may sleep. @task is stopped and cannot leave the stop.
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
	struct regset_edits e = {
		.task = task, .desc = desc, .sets = regset_sets(task, desc),
		.values = values, .nr = 0,
	};
	struct regset_value *kept = NULL;
	unsigned int i;
	bool whole;
	int ret = 0;

	*bad = REGSET_NO_REG;
	if (!e.sets)
		return -EINVAL;
	if (task == current)
		return -EBUSY;

	e.by_set = kcalloc(desc->map.view->nr_sets, sizeof(*e.by_set), GFP_KERNEL);
	e.at = kvcalloc(nr, sizeof(*e.at), GFP_KERNEL);
	kept = kvcalloc(nr, sizeof(*kept), GFP_KERNEL);
	if (nr && (!e.by_set || !e.at || !kept)) {
		ret = -ENOMEM;
		goto out;
	}
	e.values = kept;
	for (i = 0; i < nr && !ret; i++) {
		ret = regset_value_ok(desc, &values[i]);
		if (!ret && !(desc->map.regs[values[i].reg].flags & UTRACE_REG_CONSTANT)) {
			kept[e.nr] = values[i];
			ret = regset_edit_value(&e, e.nr);
			e.nr++;
		}
		if (ret)
			*bad = values[i].reg;
	}
	if (!ret) {
		ret = regset_edit_commit(&e, bad, &whole);
		if (ret)
			regset_edit_undo(&e);
		if (ret && whole)
			regset_edit_blame(&e, bad);
	}
	for (i = 0; i < desc->map.view->nr_sets; i++) {
		kvfree(e.by_set[i].data);
		kvfree(e.by_set[i].orig);
	}
out:
	kfree(e.by_set);
	kvfree(e.at);
	kvfree(kept);
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
		if (!regset_mask_has(&has, i))
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

/**
 * regset_file_write() - write all registers of a thread, or none
 * @task: the thread
 * @desc: its regset_desc()
 * @file: a register file of this view, made by regset_file_read() of this thread
 *	or of another one of the same shape
 * @size: bytes there
 * @bad: the id of the register that was refused, or %REGSET_NO_REG
 *
 * Registers that have the values already are not touched, so that a file which
 * was read can be written although some registers are read-only.
 *
 * Context: may sleep. @task is stopped and cannot leave the stop.
 *
 * Return: as regset_write(); %-EINVAL also if @file is no register file of this
 * view, or if its registers of variable size have not the sizes of the thread's.
 */
int regset_file_write(struct task_struct *task, const struct regset_desc *desc,
		      const struct utrace_regfile *file, size_t size,
		      unsigned int *bad)
{
	struct regset_value *values = NULL;
	struct utrace_regfile *old = NULL;
	ssize_t n;
	int ret;

	*bad = REGSET_NO_REG;
	ret = regset_file_check(&desc->map, file, size);
	if (ret)
		return ret;
	old = kvmalloc(file->size, GFP_KERNEL);
	values = kvcalloc(desc->map.view->nr_regs, sizeof(*values), GFP_KERNEL);
	ret = -ENOMEM;
	if (!old || !values)
		goto out;
	n = regset_file_read(task, desc, old, file->size);
	ret = n < 0 ? n : -EINVAL;
	if (n != file->size || memcmp(old->units, file->units, sizeof(old->units)))
		goto out;
	ret = regset_write(task, desc, values,
			   regset_file_changes(&desc->map, old, file, values), bad);
out:
	if (ret == -ENOSPC)
		ret = -EINVAL;
	kvfree(old);
	kvfree(values);
	return ret;
}
EXPORT_SYMBOL_NS_GPL(regset_file_write, UTRACE);
