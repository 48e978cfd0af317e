// SPDX-License-Identifier: GPL-2.0-only OR LGPL-2.1
/*
 * Descriptions of registers: check them, and bring foreign ones into this byte order
 *
 * A description may come from a file or from another machine, and may be damaged.
 * After regset_map_init() has accepted it, no offset in it leads outside of it, and
 * nothing that is computed from its sizes and offsets overflows.
 */
#ifdef __KERNEL__
#include <linux/errno.h>
#include <linux/minmax.h>
#include <linux/string.h>
#else
#include "regset_user.h"
#endif

#include "convert.h"

static bool regset_array_ok(const struct utrace_view *v, __u32 offset, __u32 nr,
			    size_t entry)
{
	return offset % sizeof(__u32) == 0 && offset <= v->size &&
	       nr <= (v->size - offset) / entry;
}

static bool regset_string_ok(const struct utrace_view *v, __u32 string)
{
	return string < v->strings_size;
}

static bool regset_unit_ok(__u32 unit)
{
	return unit < UTRACE_UNITS || unit == UTRACE_NONE;
}

static bool regset_layout_ok(const struct regset_map *map, __u32 nr)
{
	const struct utrace_layout *l = &map->layouts[nr];
	const struct utrace_view *v = map->view;

	if (l->set >= v->nr_sets || !regset_string_ok(v, l->owner) ||
	    !regset_unit_ok(l->unit) || l->head > REGSET_FIXED_MAX ||
	    l->tail > REGSET_FIXED_MAX || l->units > REGSET_VARIABLE_MAX ||
	    (l->units && l->unit == UTRACE_NONE) ||
	    (l->behind != UTRACE_NONE && l->behind >= nr))
		return false;
	/* The forms of a set are together, and sets are in order. */
	if (nr ? l->set != map->layouts[nr - 1].set &&
		 l->set != map->layouts[nr - 1].set + 1 : l->set)
		return false;
	if (l->unit_bytes > 8 || l->unit_shift > 31 || l->unit_offset > l->head ||
	    l->unit_bytes > l->head - l->unit_offset)
		return false;
	if (l->cond_bytes > 4 || l->cond_offset > l->head ||
	    l->cond_bytes > l->head - l->cond_offset)
		return false;
	if (l->components && (l->head < 8 || l->components > l->head - 8))
		return false;
	return l->first_loc <= v->nr_locs && l->nr_locs <= v->nr_locs - l->first_loc;
}

/* Places follow each other without a gap, and end where the layout does. */
static bool regset_locs_ok(const struct regset_map *map, const struct utrace_layout *l)
{
	__u32 head = 0, units = 0, tail = 0, i;

	for (i = 0; i < l->nr_locs; i++) {
		const struct utrace_loc *loc = &map->locs[l->first_loc + i];

		if (loc->op >= UTRACE_LOC_NR || loc->component > 64 ||
		    loc->bytes > REGSET_VARIABLE_MAX || !regset_string_ok(map->view, loc->name))
			return false;
		if (!UTRACE_LOC_IS_PADDING(loc->op) && loc->reg >= map->view->nr_regs)
			return false;
		if (loc->component && !l->components)
			return false;
		if (loc->op == UTRACE_LOC_UNITS) {
			if (loc->offset != l->head || loc->before != units || tail)
				return false;
			units += loc->bytes;
		} else if (loc->before == UTRACE_NONE) {
			if (loc->offset != tail)
				return false;
			tail += loc->bytes;
		} else {
			if (loc->before || loc->offset != head || units || tail)
				return false;
			head += loc->bytes;
		}
		if (units > l->units || head > l->head || tail > l->tail)
			return false;
		/* Computed ones look at what is around them. */
		if (loc->op == UTRACE_LOC_X87_TAG &&
		    (loc->before || loc->offset < 4 || loc->bytes != 1 ||
		     l->head < 160 || loc->offset > l->head - 156))
			return false;
		if ((loc->op == UTRACE_LOC_SHIFTED || loc->op == UTRACE_LOC_UNIT ||
		     loc->op == UTRACE_LOC_SIZE || loc->op == UTRACE_LOC_COMPONENTS ||
		     loc->op == UTRACE_LOC_FIXED) && loc->bytes > 8)
			return false;
	}
	return head == l->head && units == l->units && tail == l->tail;
}

static bool regset_reg_ok(const struct regset_map *map, __u32 nr)
{
	const struct utrace_reg *r = &map->regs[nr];
	const struct utrace_view *v = map->view;

	if (!regset_string_ok(v, r->name) || !regset_string_ok(v, r->feature) ||
	    r->type >= UTRACE_TYPE_NR || !regset_unit_ok(r->unit) ||
	    !r->size || r->size > REGSET_FIXED_MAX)
		return false;
	if (!(r->flags & UTRACE_REG_IN_FILE))
		return true;
	if (r->unit != UTRACE_NONE)
		return r->offset <= REGSET_VARIABLE_MAX - r->size;
	return r->offset >= sizeof(struct utrace_regfile) &&
	       r->offset <= v->file_size && r->size <= v->file_size - r->offset;
}

static bool regset_link_ok(const struct regset_map *map, __u32 nr)
{
	const struct utrace_link *k = &map->links[nr];

	return k->reg < map->view->nr_regs && k->native < REGSET_REGS_MAX &&
	       k->bytes && k->bytes <= REGSET_FIXED_MAX && k->offset <= REGSET_FIXED_MAX &&
	       (!k->mask || k->bytes <= 4);
}

/**
 * regset_map_init() - check a description
 * @map: to be filled in
 * @view: the description, in this machine's byte order; it has to stay there
 * @size: bytes at @view
 *
 * Return: 0; -EINVAL: it is no description, or a wrong one, or in the other byte
 * order (see regset_view_swap()).
 */
int regset_map_init(struct regset_map *map, const void *view, size_t size)
{
	const struct utrace_view *v = view;
	__u32 i, end;

	memset(map, 0, sizeof(*map));
	if (size < sizeof(*v) || v->magic != UTRACE_VIEW_MAGIC || v->size > size ||
	    v->size < sizeof(*v))
		return -EINVAL;
	if (v->nr_layouts > 64 || v->nr_regs > REGSET_REGS_MAX ||
	    v->nr_sets > REGSET_SETS_MAX || v->file_size > REGSET_VARIABLE_MAX ||
	    v->file_size < sizeof(struct utrace_regfile) ||
	    v->prstatus_size > REGSET_FIXED_MAX || v->prstatus_regs > v->prstatus_size)
		return -EINVAL;
	if (!regset_array_ok(v, v->layouts, v->nr_layouts, sizeof(*map->layouts)) ||
	    !regset_array_ok(v, v->regs, v->nr_regs, sizeof(*map->regs)) ||
	    !regset_array_ok(v, v->locs, v->nr_locs, sizeof(*map->locs)) ||
	    !regset_array_ok(v, v->links, v->nr_links, sizeof(*map->links)) ||
	    !regset_array_ok(v, v->strings, v->strings_size, 1) ||
	    !v->strings_size || v->strings_size > REGSET_FIXED_MAX)
		return -EINVAL;

	map->view = v;
	map->layouts = view + v->layouts;
	map->regs = view + v->regs;
	map->locs = view + v->locs;
	map->links = view + v->links;
	map->strings = view + v->strings;
	if (map->strings[v->strings_size - 1] || !regset_string_ok(v, v->name) ||
	    !regset_string_ok(v, v->arch) || !regset_string_ok(v, v->osabi))
		return -EINVAL;

	for (i = 0; i < v->nr_regs; i++) {
		if (!regset_reg_ok(map, i))
			return -EINVAL;
		if (!(map->regs[i].flags & UTRACE_REG_IN_FILE) ||
		    map->regs[i].unit == UTRACE_NONE)
			continue;
		end = map->regs[i].offset + map->regs[i].size;
		map->unit_sizes[map->regs[i].unit] =
			max(end, map->unit_sizes[map->regs[i].unit]);
		map->nr_units = max(map->nr_units, map->regs[i].unit + 1);
	}
	for (i = 0; i < v->nr_layouts; i++) {
		if (!regset_layout_ok(map, i) ||
		    !regset_locs_ok(map, &map->layouts[i]))
			return -EINVAL;
		if (map->layouts[i].flags & UTRACE_LAYOUT_SQUARE &&
		    map->layouts[i].unit != UTRACE_NONE)
			map->unit_square |= 1u << map->layouts[i].unit;
	}
	if (v->nr_sets != (v->nr_layouts ? map->layouts[v->nr_layouts - 1].set + 1 : 0))
		return -EINVAL;
	for (i = 0; i < v->nr_links; i++)
		if (!regset_link_ok(map, i))
			return -EINVAL;
	return 0;
}

static __u32 regset_swap(__u32 n)
{
	return n >> 24 | (n >> 8 & 0xff00) | (n << 8 & 0xff0000) | n << 24;
}

/**
 * regset_view_swap() - bring a description of a foreign machine into this one's
 *	byte order, if it is not
 * @view: the description
 * @size: bytes of it
 *
 * What is no description stays as it is.
 */
void regset_view_swap(void *view, size_t size)
{
	struct utrace_view *v = view;
	__u32 *words = view;
	size_t i, end;

	if (size < sizeof(*v) || v->magic != regset_swap(UTRACE_VIEW_MAGIC))
		return;
	end = min_t(size_t, size, regset_swap(v->strings)) / sizeof(__u32);
	for (i = 0; i < end; i++)
		words[i] = regset_swap(words[i]);
}
