// SPDX-License-Identifier: GPL-2.0-only
/*
 * Read the registers of a thread: one of them, or all of them as a file
 *
 * Reads go through the get function of struct user_regset; the description says
 * what is where.  The rules of user_regset hold: the thread is stopped and stays
 * stopped, or it is current.  An engine gets that from utrace_prepare_examine().  The
 * functions whose names end in _by read a thread that sleeps, and let their caller see to
 * it that the thread does not wake up meanwhile.
 */

#include <linux/export.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/slab.h>

#include "internal.h"

struct regset_binding *regset_sets(struct task_struct *task,
				   const struct regset_desc *desc)
{
	const struct user_regset_view *view = regset_task_view(task);

	/* Pairs with the release in regset_make_binding(). */
	if (likely(smp_load_acquire(&desc->binding->view) == view))
		return desc->binding;
	return regset_bind(desc, view);
}

/* The first @size bytes of a set.  Returns how many there are, or an error. */
ssize_t regset_fetch(struct task_struct *task, const struct user_regset *set,
		     void *data, size_t size)
{
	int left = set->regset_get(task, set, (struct membuf){ data, size });

	return left < 0 ? left : size - left;
}

/**
 * struct regset_set_call - the reading of a set, for regset_call_t
 * @view: stock view of the thread
 * @set: the set
 * @data: for its data
 * @size: bytes there
 */
struct regset_set_call {
	const struct user_regset_view *view;
	const struct user_regset *set;
	void *data;
	size_t size;
};

static int regset_call_fetch(struct task_struct *task, void *arg)
{
	struct regset_set_call *c = arg;
	ssize_t n;

	/* It has executed another program since its description was found. */
	if (regset_task_view(task) != c->view)
		return -EAGAIN;
	n = regset_fetch(task, c->set, c->data, c->size);
	return n < 0 ? -ENODATA : n;
}

/*
 * regset_fetch() through @call; NULL: directly.  The errors of sets are -ENODATA, because
 * each has its own way to say that the thread has none, and other errors are of @call.
 */
static __always_inline ssize_t
regset_fetch_by(regset_call_t call, struct task_struct *task,
		const struct regset_binding *sets, const struct user_regset *set,
		void *data, size_t size)
{
	struct regset_set_call c = { sets->view, set, data, size };
	ssize_t n;

	if (call)
		return call(task, regset_call_fetch, &c);
	n = regset_fetch(task, set, data, size);
	return n < 0 ? -ENODATA : n;
}

/* Which form has the data of @set, and what is its unit? */
int regset_form(const struct regset_desc *desc, u32 first, const void *data,
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

u32 regset_first_form(const struct regset_desc *desc, u32 layout)
{
	while (layout && desc->map.layouts[layout - 1].set == desc->map.layouts[layout].set)
		layout--;
	return layout;
}

static int regset_read_whole(regset_call_t call, struct task_struct *task,
			     const struct regset_desc *desc,
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
	n = regset_fetch_by(call, task, sets, sets->sets[l->set], data,
			    sets->sizes[l->set]);
	if (n >= 0) {
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

static __always_inline int
__regset_read(regset_call_t call, struct task_struct *task,
	      const struct regset_desc *desc, unsigned int reg, void *value,
	      unsigned int size)
{
	const struct regset_binding *sets = regset_sets(task, desc);
	u64 data[REGSET_QUICK_MAX / sizeof(u64)] __uninitialized;
	const struct regset_quick *quick;
	const struct utrace_reg *r;
	int ret;
	u32 at;

	if (!sets && call)
		return -EAGAIN;
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

	ret = -ENODATA;
	if (quick->end && sets->sets[quick->set])
		ret = regset_fetch_by(call, task, sets, sets->sets[quick->set], data,
				      quick->end);
	if (ret < 0 && ret != -ENODATA)
		return ret;
	if (quick->end && ret == quick->end) {
		if (size == sizeof(u64))
			memcpy(value, (void *)data + quick->from, sizeof(u64));
		else
			memcpy(value, (void *)data + quick->from, size);
		return 0;
	}
	for (at = desc->first[reg]; at != UTRACE_NONE; at = desc->next[at]) {
		if (!sets->sets[desc->map.layouts[desc->layout_of[at]].set])
			continue;
		ret = regset_read_whole(call, task, desc, sets, at, value, size);
		if (ret != -ENODATA)
			return ret;
	}
	return -ENODATA;
}

/**
 * regset_read() - read a register of a thread
 * @task: the thread
 * @desc: its task_regset_desc()
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
	return __regset_read(NULL, task, desc, reg, value, size);
}
EXPORT_SYMBOL_NS_GPL(regset_read, UTRACE);

/**
 * regset_read_by() - read a register of a thread that is not stopped
 * @call: how to keep the thread from running while a set is read
 * @task: the thread
 * @desc: its task_regset_desc()
 * @reg: the register's id
 * @value: where to put its value, in the thread's byte order
 * @size: bytes there, which have to be those of the register
 *
 * Context: may sleep.
 *
 * Return: 0, or
 *
 * * %-EAGAIN - the thread has executed another program since @desc was found
 * * an error of regset_read() or @call
 */
int regset_read_by(regset_call_t call, struct task_struct *task,
		   const struct regset_desc *desc, unsigned int reg, void *value,
		   unsigned int size)
{
	return __regset_read(call, task, desc, reg, value, size);
}

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
 * struct regset_file_call - the reading of all sets, for regset_call_t
 * @desc: the thread's description
 * @sets: its sets
 * @room: for their data
 * @head: head of the file
 * @nr: sets that were read
 */
struct regset_file_call {
	const struct regset_desc *desc;
	const struct regset_binding *sets;
	struct regset_room *room;
	struct utrace_regfile *head;
	unsigned int nr;
};

static int regset_call_fetch_all(struct task_struct *task, void *arg)
{
	struct regset_file_call *c = arg;

	/* It has executed another program since its description was found. */
	if (regset_task_view(task) != c->sets->view)
		return -EAGAIN;
	c->nr = regset_fetch_all(task, c->desc, c->sets, c->room, c->head);
	return 0;
}

/*
 * Read all registers of a thread.  @arena: where memory comes from; NULL: it is allocated.
 * @call: how to keep the thread from running while its sets are read; NULL: nothing is
 * needed for that.
 */
static ssize_t regset_file_make(struct regset_arena *arena, regset_call_t call,
				struct task_struct *task, const struct regset_desc *desc,
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
	size_t used = arena ? arena->used : 0;
	struct regset_room *room;
	ssize_t ret = 0;
	unsigned int nr;
	bool own;

	if (!sets)
		return call ? -EAGAIN : -EINVAL;
	room = xchg(&sets->room, NULL);
	own = !room;
	if (own && arena)
		room = regset_arena_take(arena, sizeof(*room) + sets->room_size);
	else if (own)
		room = regset_room_alloc(sets->room_size);
	if (!room)
		return -ENOMEM;
	if (call) {
		struct regset_file_call c = { desc, sets, room, &head };

		ret = call(task, regset_call_fetch_all, &c);
		nr = c.nr;
	} else {
		nr = regset_fetch_all(task, desc, sets, room, &head);
	}
	if (ret)
		goto out;

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
	ret = head.size;
	if (file && size < head.size)
		ret = -ENOSPC;
out:
	if (!own)
		smp_store_release(&sets->room, room);	/* pairs with xchg() */
	else if (arena)
		arena->used = used;
	else
		kvfree(room);
	return ret;
}

/**
 * regset_file_read_by() - read all registers of a thread that is not stopped
 * @call: how to keep the thread from running while its sets are read; NULL: nothing is
 *	needed for that
 * @task: the thread
 * @desc: its task_regset_desc()
 * @file: where to put the register file; NULL to learn its size, which may change when
 *	the thread runs
 * @size: bytes there
 *
 * @call is called once, so the registers are those of one moment.
 *
 * Context: may sleep.
 *
 * Return: bytes of the file, or
 *
 * * %-EAGAIN - the thread has executed another program since @desc was found
 * * an error of regset_file_read() or @call
 */
ssize_t regset_file_read_by(regset_call_t call, struct task_struct *task,
			    const struct regset_desc *desc,
			    struct utrace_regfile *file, size_t size)
{
	return regset_file_make(NULL, call, task, desc, file, size);
}

/* As regset_file_read(), but with memory from @arena, unless that is NULL. */
ssize_t regset_file_read_in(struct regset_arena *arena, struct task_struct *task,
			    const struct regset_desc *desc, struct utrace_regfile *file,
			    size_t size)
{
	return regset_file_make(arena, NULL, task, desc, file, size);
}

/**
 * regset_file_read() - read all registers of a thread
 * @task: the thread
 * @desc: its task_regset_desc()
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
	return regset_file_read_in(NULL, task, desc, file, size);
}
EXPORT_SYMBOL_NS_GPL(regset_file_read, UTRACE);
