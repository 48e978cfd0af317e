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
#include <linux/kernel.h>
#include <linux/minmax.h>
#include <linux/string.h>
#else
#include "regset_user.h"
#endif

#include "convert.h"

static __u32 regset_swap(__u32 n)
{
	return n >> 24 | (n >> 8 & 0xff00) | (n << 8 & 0xff0000) | n << 24;
}

/*
 * The functions named *_wrong and *_misplaced return a clause that says what is wrong
 * with the entry that they check, or NULL if it is good.
 */

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

static const char *regset_tables_wrong(const struct utrace_view *v)
{
	if (!regset_array_ok(v, v->layouts, v->nr_layouts, sizeof(struct utrace_layout)))
		return "the layouts are outside of the description, or not aligned";
	if (!regset_array_ok(v, v->regs, v->nr_regs, sizeof(struct utrace_reg)))
		return "the registers are outside of the description, or not aligned";
	if (!regset_array_ok(v, v->locs, v->nr_locs, sizeof(struct utrace_loc)))
		return "the places are outside of the description, or not aligned";
	if (!regset_array_ok(v, v->links, v->nr_links, sizeof(struct utrace_link)))
		return "the links are outside of the description, or not aligned";
	if (!regset_array_ok(v, v->strings, v->strings_size, 1))
		return "the strings are outside of the description, or not aligned";
	return NULL;
}

static const char *regset_strings_wrong(const struct utrace_view *v)
{
	if (!v->strings_size)
		return "there are no strings";
	if (v->strings_size > REGSET_FIXED_MAX)
		return "the strings are too long";
	if (((const char *)v + v->strings)[v->strings_size - 1])
		return "the last string does not end with a NUL";
	if (!regset_string_ok(v, v->name))
		return "the name of the view is not among the strings";
	if (!regset_string_ok(v, v->arch))
		return "the name of the architecture is not among the strings";
	if (!regset_string_ok(v, v->osabi))
		return "the name of the system is not among the strings";
	return NULL;
}

/* @size: bytes at @v, of which there may be too few for a header. */
static const char *regset_header_wrong(const struct utrace_view *v, size_t size)
{
	const char *why;

	if (size < sizeof(*v))
		return "it is longer than the data";
	if (v->magic == regset_swap(UTRACE_VIEW_MAGIC))
		return "it is in the other byte order";
	if (v->magic != UTRACE_VIEW_MAGIC)
		return "its magic number is not that of a description";
	if (v->size < sizeof(*v))
		return "the description is shorter than its header";
	if (v->size > size)
		return "the description is longer than the data";
	if (v->nr_layouts > 64)
		return "there are too many layouts";
	if (v->nr_regs > REGSET_REGS_MAX)
		return "there are too many registers";
	if (v->nr_sets > REGSET_SETS_MAX)
		return "there are too many register sets";
	if (v->file_size < sizeof(struct utrace_regfile))
		return "register files are shorter than their head";
	if (v->file_size > REGSET_VARIABLE_MAX)
		return "register files are too large";
	if (v->prstatus_size > REGSET_FIXED_MAX)
		return "NT_PRSTATUS is too large";
	if (v->prstatus_regs > v->prstatus_size)
		return "the registers in NT_PRSTATUS are beyond its end";
	why = regset_tables_wrong(v);
	return why ?: regset_strings_wrong(v);
}

/* The layouts of a set are together, and the sets are in order, from 0 on. */
static bool regset_set_follows(const struct regset_map *map, __u32 nr)
{
	__u32 set = map->layouts[nr].set, before;

	if (!nr)
		return !set;
	before = map->layouts[nr - 1].set;
	return set == before || set == before + 1;
}

static const char *regset_layout_wrong(const struct regset_map *map, __u32 nr)
{
	const struct utrace_layout *l = &map->layouts[nr];
	const struct utrace_view *v = map->view;

	if (l->set >= v->nr_sets)
		return "its set does not exist";
	if (!regset_set_follows(map, nr))
		return "its set is neither that of the layout before it nor the next one";
	if (!regset_string_ok(v, l->owner))
		return "its owner is not among the strings";
	if (!regset_unit_ok(l->unit))
		return "its unit does not exist";
	if (l->head > REGSET_FIXED_MAX)
		return "its head is too large";
	if (l->tail > REGSET_FIXED_MAX)
		return "its tail is too large";
	if (l->units > REGSET_VARIABLE_MAX)
		return "its part of variable size is too large";
	if (l->units && l->unit == UTRACE_NONE)
		return "it has a part of variable size, but no unit";
	if (l->behind != UTRACE_NONE && l->behind >= nr)
		return "it is an alias of a layout that is not before it";
	if (l->unit_bytes > 8 || l->unit_shift > 31)
		return "the number that gives its unit has too many bits";
	if (l->unit_offset > l->head || l->unit_bytes > l->head - l->unit_offset)
		return "the number that gives its unit is not in its head";
	if (l->cond_bytes > 4)
		return "the number that tells its form has too many bits";
	if (l->cond_offset > l->head || l->cond_bytes > l->head - l->cond_offset)
		return "the number that tells its form is not in its head";
	if (l->components && (l->head < 8 || l->components > l->head - 8))
		return "the bits of its components are not in its head";
	if (l->first_loc > v->nr_locs || l->nr_locs > v->nr_locs - l->first_loc)
		return "some of its places do not exist";
	return NULL;
}

/* What of a place is wrong wherever it is. */
static const char *regset_loc_wrong(const struct regset_map *map,
				    const struct utrace_layout *l,
				    const struct utrace_loc *loc)
{
	if (loc->op >= UTRACE_LOC_NR)
		return "its op is unknown";
	if (!regset_string_ok(map->view, loc->name))
		return "its name is not among the strings";
	if (!UTRACE_LOC_IS_PADDING(loc->op) && loc->reg >= map->view->nr_regs)
		return "its register does not exist";
	if (loc->bytes > REGSET_VARIABLE_MAX)
		return "it is too large";
	if (loc->component > 64)
		return "its component does not exist";
	if (loc->component && !l->components)
		return "it belongs to a component, but its layout has none";
	/* Computed ones look at what is around them. */
	if (loc->op == UTRACE_LOC_X87_TAG &&
	    (loc->before || loc->offset < 4 || loc->bytes != 1 ||
	     l->head < 160 || loc->offset > l->head - 156))
		return "it is an x87 tag, but not in an FXSAVE image";
	if ((loc->op == UTRACE_LOC_SHIFTED || loc->op == UTRACE_LOC_UNIT ||
	     loc->op == UTRACE_LOC_SIZE || loc->op == UTRACE_LOC_COMPONENTS ||
	     loc->op == UTRACE_LOC_FIXED) && loc->bytes > 8)
		return "it is a number of more than 8 bytes";
	return NULL;
}

/**
 * struct regset_covered - how far the places of a layout reach
 * @head: bytes of the head
 * @units: units of the part of variable size
 * @tail: bytes of the tail
 */
struct regset_covered {
	__u32 head;
	__u32 units;
	__u32 tail;
};

/* Places follow each other without a gap.  Adds the place to @c. */
static const char *regset_loc_misplaced(const struct utrace_layout *l,
					const struct utrace_loc *loc,
					struct regset_covered *c)
{
	static const char gap[] = "it does not begin where the place before it ends";
	static const char order[] = "it is after a place of a later part of its layout";

	if (loc->op == UTRACE_LOC_UNITS) {
		if (c->tail)
			return order;
		if (loc->offset != l->head || loc->before != c->units)
			return gap;
		c->units += loc->bytes;
	} else if (loc->before == UTRACE_NONE) {
		if (loc->offset != c->tail)
			return gap;
		c->tail += loc->bytes;
	} else {
		if (loc->before)
			return "it is in the part of variable size, but of fixed size";
		if (c->units || c->tail)
			return order;
		if (loc->offset != c->head)
			return gap;
		c->head += loc->bytes;
	}
	if (c->units > l->units || c->head > l->head || c->tail > l->tail)
		return "it ends after its part of the layout";
	return NULL;
}

static const char *regset_reg_wrong(const struct regset_map *map, __u32 nr)
{
	const struct utrace_reg *r = &map->regs[nr];
	const struct utrace_view *v = map->view;

	if (!regset_string_ok(v, r->name))
		return "its name is not among the strings";
	if (!regset_string_ok(v, r->feature))
		return "its feature is not among the strings";
	if (r->type >= UTRACE_TYPE_NR)
		return "its type is unknown";
	if (!regset_unit_ok(r->unit))
		return "its unit does not exist";
	if (!r->size)
		return "its size is 0";
	if (r->size > REGSET_FIXED_MAX)
		return "it is too large";
	if (!(r->flags & UTRACE_REG_IN_FILE))
		return NULL;
	if (r->unit != UTRACE_NONE)
		return r->offset <= REGSET_VARIABLE_MAX - r->size ? NULL :
		       "its unit's part of register files is too large";
	if (r->offset < sizeof(struct utrace_regfile))
		return "it is in the head of register files";
	if (r->offset > v->file_size || r->size > v->file_size - r->offset)
		return "it is beyond the end of register files";
	return NULL;
}

static const char *regset_link_wrong(const struct regset_map *map, __u32 nr)
{
	const struct utrace_link *k = &map->links[nr];

	if (k->reg >= map->view->nr_regs)
		return "its compat register does not exist";
	if (k->native >= REGSET_REGS_MAX)
		return "its native register cannot exist";
	if (!k->bytes)
		return "its size is 0";
	if (k->bytes > REGSET_FIXED_MAX || k->offset > REGSET_FIXED_MAX)
		return "it is too large";
	if (k->mask && k->bytes > 4)
		return "it has a mask, but more than 4 bytes";
	return NULL;
}

static int regset_refuse_header(struct regset_fault *fault, const char *why)
{
	snprintf(fault->text, sizeof(fault->text), "header: %s", why);
	return -EINVAL;
}

static int regset_refuse(struct regset_fault *fault, const char *entry, __u32 nr,
			 const char *why)
{
	snprintf(fault->text, sizeof(fault->text), "%s %u: %s", entry, nr, why);
	return -EINVAL;
}

static int regset_check_regs(const struct regset_map *map, struct regset_fault *fault)
{
	const char *why;
	__u32 i;

	for (i = 0; i < map->view->nr_regs; i++) {
		why = regset_reg_wrong(map, i);
		if (why)
			return regset_refuse(fault, "register", i, why);
	}
	return 0;
}

/* The places of a layout end where the layout does. */
static int regset_check_locs(const struct regset_map *map, __u32 layout,
			     struct regset_fault *fault)
{
	const struct utrace_layout *l = &map->layouts[layout];
	struct regset_covered c = {};
	const char *why;
	__u32 i;

	for (i = l->first_loc; i < l->first_loc + l->nr_locs; i++) {
		why = regset_loc_wrong(map, l, &map->locs[i]);
		if (!why)
			why = regset_loc_misplaced(l, &map->locs[i], &c);
		if (why)
			return regset_refuse(fault, "place", i, why);
	}
	if (c.head != l->head || c.units != l->units || c.tail != l->tail)
		return regset_refuse(fault, "layout", layout,
				     "its places do not cover all of its bytes");
	return 0;
}

static int regset_check_layouts(const struct regset_map *map, struct regset_fault *fault)
{
	const struct utrace_view *v = map->view;
	__u32 i, sets = 0;
	const char *why;
	int ret;

	for (i = 0; i < v->nr_layouts; i++) {
		why = regset_layout_wrong(map, i);
		if (why)
			return regset_refuse(fault, "layout", i, why);
		ret = regset_check_locs(map, i, fault);
		if (ret)
			return ret;
		sets = map->layouts[i].set + 1;
	}
	if (v->nr_sets != sets)
		return regset_refuse_header(fault, "some register sets have no layout");
	return 0;
}

static int regset_check_links(const struct regset_map *map, struct regset_fault *fault)
{
	const char *why;
	__u32 i;

	for (i = 0; i < map->view->nr_links; i++) {
		why = regset_link_wrong(map, i);
		if (why)
			return regset_refuse(fault, "link", i, why);
	}
	return 0;
}

/* Fill in what register files have of each unit. */
static void regset_map_units(struct regset_map *map)
{
	__u32 i, unit;

	for (i = 0; i < map->view->nr_regs; i++) {
		const struct utrace_reg *r = &map->regs[i];

		if (!(r->flags & UTRACE_REG_IN_FILE) || r->unit == UTRACE_NONE)
			continue;
		map->unit_sizes[r->unit] = max(r->offset + r->size,
					       map->unit_sizes[r->unit]);
		map->nr_units = max(map->nr_units, r->unit + 1);
	}
	for (i = 0; i < map->view->nr_layouts; i++) {
		unit = map->layouts[i].unit;
		if (map->layouts[i].flags & UTRACE_LAYOUT_SQUARE && unit != UTRACE_NONE)
			map->unit_square |= 1u << unit;
	}
}

/**
 * regset_map_init() - check a description
 * @map: to be filled in
 * @view: the description, in the byte order of the running kernel.  It must exist for
 *	as long as @map is used
 * @size: bytes at @view
 * @fault: to be filled in if the description is refused
 *
 * Return:
 *
 * * 0 - @map describes the same as @view, and can be trusted
 * * %-EINVAL - @view is no description, or a wrong one, or in the other byte order
 *   (see regset_view_swap()).  @fault names the entry and what is wrong with it
 */
int regset_map_init(struct regset_map *map, const void *view, size_t size,
		    struct regset_fault *fault)
{
	const struct utrace_view *v = view;
	const char *why;
	int ret;

	memset(map, 0, sizeof(*map));
	why = regset_header_wrong(v, size);
	if (why)
		return regset_refuse_header(fault, why);

	map->view = v;
	map->layouts = view + v->layouts;
	map->regs = view + v->regs;
	map->locs = view + v->locs;
	map->links = view + v->links;
	map->strings = view + v->strings;

	ret = regset_check_regs(map, fault);
	if (!ret)
		ret = regset_check_layouts(map, fault);
	if (!ret)
		ret = regset_check_links(map, fault);
	if (ret)
		return ret;
	regset_map_units(map);
	return 0;
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
