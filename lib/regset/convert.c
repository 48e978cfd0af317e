// SPDX-License-Identifier: GPL-2.0-only OR LGPL-2.1
/*
 * Registers: data of register sets, register files, and compat views
 *
 * See convert.h.  Every size and offset of a description is bounded by
 * regset_map_init(), so that what is computed from them does not overflow.
 */
#ifdef __KERNEL__
#include <linux/align.h>
#include <linux/errno.h>
#include <linux/minmax.h>
#include <linux/string.h>
#else
#include "regset_user.h"
#endif

#include "convert.h"

#define FILE_ALIGN	16

/*
 * Numbers in the data's byte order, of up to 8 bytes
 */

static bool regset_big(const struct regset_map *map)
{
	return map->view->flags & UTRACE_VIEW_BIG_ENDIAN;
}

static __u64 regset_number(const struct regset_map *map, const void *at, size_t size)
{
	const __u8 *p = at;
	__u64 n = 0;
	size_t i;

	for (i = 0; i < size; i++)
		n = n << 8 | p[regset_big(map) ? i : size - 1 - i];
	return n;
}

static void regset_put_number(const struct regset_map *map, void *at, size_t size,
			      __u64 n)
{
	__u8 *p = at;
	size_t i;

	for (i = 0; i < size; i++, n >>= 8)
		p[regset_big(map) ? size - 1 - i : i] = n;
}

/* The low-order bytes of @from, filled up with zeros. */
static void regset_resize(const struct regset_map *map, void *to, size_t to_size,
			  const void *from, size_t from_size)
{
	size_t n = min(to_size, from_size);

	if (!regset_big(map)) {
		memcpy(to, from, n);
		memset(to + n, 0, to_size - n);
	} else {
		memset(to, 0, to_size - n);
		memcpy(to + to_size - n, from + from_size - n, n);
	}
}

/* Are all bytes of @value above the @n low-order ones zero? */
static bool regset_fits(const struct regset_map *map, const void *value,
			size_t size, size_t n)
{
	const __u8 *p = value;
	size_t i;

	for (i = n; i < size; i++)
		if (p[regset_big(map) ? size - 1 - i : i])
			return false;
	return true;
}

/*
 * Sizes and places
 */

/* How many bytes is one @unit?  Not more than REGSET_VARIABLE_MAX in all. */
__u32 regset_measure(const struct regset_map *map, const __u32 *units, __u32 unit)
{
	__u32 n = min_t(__u32, units[unit], REGSET_UNIT_MAX);

	if (map->unit_square >> unit & 1)
		n = min_t(__u32, n, 512) * min_t(__u32, n, 512);
	return n;
}

static bool regset_units_ok(const struct regset_map *map, const __u32 *units)
{
	__u32 i;

	for (i = 0; i < UTRACE_UNITS; i++)
		if (units[i] > REGSET_UNIT_MAX || (units[i] && !map->unit_sizes[i]) ||
		    (map->unit_square >> i & 1 && units[i] > 512) ||
		    (__u64)regset_measure(map, units, i) * map->unit_sizes[i] >
		    REGSET_VARIABLE_MAX)
			return false;
	return true;
}

__u32 regset_value_size(const struct regset_map *map, const __u32 *units, __u32 reg)
{
	const struct utrace_reg *r = &map->regs[reg];

	return r->unit == UTRACE_NONE ? r->size :
	       r->size * regset_measure(map, units, r->unit);
}

/* Where does the part of @unit begin in a file?  UTRACE_UNITS: where is the end? */
static __u32 regset_unit_part(const struct regset_map *map, const __u32 *units,
			      __u32 unit)
{
	__u32 offset = ALIGN(map->view->file_size, FILE_ALIGN), i;

	for (i = 0; i < min(unit, map->nr_units); i++)
		offset += ALIGN(regset_measure(map, units, i) * map->unit_sizes[i],
				FILE_ALIGN);
	return offset;
}

__u32 regset_value_offset(const struct regset_map *map, const __u32 *units, __u32 reg)
{
	const struct utrace_reg *r = &map->regs[reg];

	if (r->unit == UTRACE_NONE)
		return r->offset;
	return regset_unit_part(map, units, r->unit) +
	       r->offset * regset_measure(map, units, r->unit);
}

size_t regset_file_size(const struct regset_map *map, const __u32 *units)
{
	return regset_unit_part(map, units, UTRACE_UNITS);
}

static size_t regset_layout_measure(const struct utrace_layout *l, __u32 unit)
{
	return l->flags & UTRACE_LAYOUT_SQUARE ? (size_t)unit * unit : unit;
}

static size_t regset_layout_tail(const struct utrace_layout *l, __u32 unit)
{
	return ALIGN(l->head + l->units * regset_layout_measure(l, unit), 16);
}

size_t regset_layout_size(const struct utrace_layout *l, __u32 unit)
{
	if (l->tail)
		return regset_layout_tail(l, unit) + l->tail;
	return l->head + l->units * regset_layout_measure(l, unit);
}

/* Does @data have the form @layout?  And what is its unit then? */
bool regset_layout_unit(const struct regset_map *map, __u32 layout,
			const void *data, size_t size, __u32 *unit)
{
	const struct utrace_layout *l = &map->layouts[layout];
	__u64 n;

	*unit = 0;
	if (size < l->head)
		return false;
	if (!l->cond_bytes && l->unit == UTRACE_NONE)
		return true;
	if (l->cond_bytes &&
	    (regset_number(map, data + l->cond_offset, l->cond_bytes) &
	     l->cond_mask) != l->cond_value)
		return false;
	if (l->unit != UTRACE_NONE) {
		n = l->unit_bytes ? regset_number(map, data + l->unit_offset,
						  l->unit_bytes) : 1;
		n >>= l->unit_shift;
		if (n > (l->flags & UTRACE_LAYOUT_SQUARE ? 512 : REGSET_UNIT_MAX))
			return false;
		*unit = n;
	}
	if ((__u64)l->units * regset_layout_measure(l, *unit) > REGSET_VARIABLE_MAX)
		return false;
	return size >= regset_layout_size(l, *unit);
}

/*
 * Beside the bits that tell forms apart there may be others: of data in another
 * form, @old, give them to @data.
 */
void regset_layout_keep(const struct regset_map *map, __u32 layout, void *data,
			const void *old)
{
	const struct utrace_layout *l = &map->layouts[layout];
	__u64 bits;

	if (!l->cond_bytes)
		return;
	bits = regset_number(map, old + l->cond_offset, l->cond_bytes) & ~(__u64)l->cond_mask;
	regset_put_number(map, data + l->cond_offset, l->cond_bytes, bits | l->cond_value);
}

void regset_loc_place(const struct utrace_layout *l, const struct utrace_loc *loc,
		      __u32 unit, size_t *offset, size_t *size)
{
	size_t measure = regset_layout_measure(l, unit);

	if (loc->before == UTRACE_NONE)
		*offset = regset_layout_tail(l, unit) + loc->offset;
	else
		*offset = loc->offset + loc->before * measure;
	*size = loc->op == UTRACE_LOC_UNITS ? loc->bytes * measure : loc->bytes;
}

/*
 * The x87 tag word.  In an FXSAVE image there is a bit for each physical register
 * that is not empty; two bits say more, and come from the register's value.  The
 * registers are stored from the top of the stack on, each in 16 bytes.
 */

enum x87_tag { X87_VALID, X87_ZERO, X87_SPECIAL, X87_EMPTY };

#define FXSAVE_FSTAT	2
#define FXSAVE_FTAG	4
#define FXSAVE_ST	32

static enum x87_tag regset_x87_class(const __u8 *st)
{
	unsigned int exponent = (st[9] & 0x7f) << 8 | st[8], i;
	bool zero = true;

	for (i = 0; i < 8; i++)
		zero &= !st[i];
	if (exponent == 0x7fff)
		return X87_SPECIAL;
	if (!exponent)
		return zero ? X87_ZERO : X87_SPECIAL;
	return st[7] & 0x80 ? X87_VALID : X87_SPECIAL;
}

static __u32 regset_x87_tags(const __u8 *fxsave)
{
	unsigned int top = fxsave[FXSAVE_FSTAT + 1] >> 3 & 7, i;
	__u32 tags = 0;

	for (i = 0; i < 8; i++) {
		const __u8 *st = fxsave + FXSAVE_ST + 16 * ((i - top) & 7);
		__u32 tag = fxsave[FXSAVE_FTAG] >> i & 1 ? regset_x87_class(st) :
							   X87_EMPTY;

		tags |= tag << 2 * i;
	}
	return tags;
}

static __u8 regset_x87_not_empty(__u32 tags)
{
	__u8 bits = 0;
	unsigned int i;

	for (i = 0; i < 8; i++)
		if ((tags >> 2 * i & 3) != X87_EMPTY)
			bits |= 1 << i;
	return bits;
}

/* Do two tag words have the same registers empty? */
bool regset_same_tags(const struct regset_map *map, const void *a, const void *b,
		      size_t size)
{
	return regset_x87_not_empty(regset_number(map, a, size)) ==
	       regset_x87_not_empty(regset_number(map, b, size));
}

/*
 * One value
 */

/**
 * regset_extract() - take a value from a set's data
 * @map: the description
 * @layout: the form of the data
 * @unit: its unit; both from regset_layout_unit()
 * @loc: a place of the layout that holds a register
 * @data: the set's data, as long as the layout is
 * @value: where to put the value
 * @size: bytes there
 */
void regset_extract(const struct regset_map *map, __u32 layout, __u32 unit,
		    const struct utrace_loc *loc, const void *data,
		    void *value, size_t size)
{
	const struct utrace_layout *l = &map->layouts[layout];
	size_t offset, n;

	regset_loc_place(l, loc, unit, &offset, &n);

	if (loc->component && !(regset_number(map, data + l->components, 8) >>
				(loc->component - 1) & 1)) {
		regset_put_number(map, value, size, map->regs[loc->reg].init);
		return;
	}

	switch (loc->op) {
	case UTRACE_LOC_SHIFTED:
		regset_put_number(map, value, size,
				  regset_number(map, data + offset, n) >> l->unit_shift);
		break;
	case UTRACE_LOC_X87_TAG:
		regset_put_number(map, value, size,
				  regset_x87_tags(data + offset - FXSAVE_FTAG));
		break;
	default:
		regset_resize(map, value, size, data + offset, n);
	}
}

/**
 * regset_insert() - put a value into a set's data
 * @map: the description
 * @layout: the form of the data
 * @unit: its unit
 * @loc: a place of the layout that holds a register
 * @data: the set's data, as long as the layout is
 * @value: the value
 * @size: bytes of it
 * @cut: if it does not fit, cut it off
 *
 * Return: 0; -ERANGE: the value does not fit, and nothing has changed
 */
int regset_insert(const struct regset_map *map, __u32 layout, __u32 unit,
		  const struct utrace_loc *loc, void *data, const void *value,
		  size_t size, bool cut)
{
	const struct utrace_layout *l = &map->layouts[layout];
	size_t offset, n;
	__u64 number;

	regset_loc_place(l, loc, unit, &offset, &n);

	switch (loc->op) {
	case UTRACE_LOC_SHIFTED:
		number = regset_number(map, value, min_t(size_t, size, 8));
		if (!cut && n < 8 && number << l->unit_shift >> 8 * n)
			return -ERANGE;
		regset_put_number(map, data + offset, n, number << l->unit_shift);
		break;
	case UTRACE_LOC_X87_TAG:
		number = regset_number(map, value, min_t(size_t, size, 8));
		if (!cut && number >> 16)
			return -ERANGE;
		*(__u8 *)(data + offset) = regset_x87_not_empty(number);
		break;
	default:
		if (!cut && !regset_fits(map, value, size, n))
			return -ERANGE;
		regset_resize(map, data + offset, n, value, size);
	}

	if (loc->component) {
		number = regset_number(map, data + l->components, 8);
		regset_put_number(map, data + l->components, 8,
				  number | 1ULL << (loc->component - 1));
	}
	return 0;
}

/*
 * Register files
 */

/**
 * regset_file_check() - is this a register file of this view?
 * @map: the description
 * @file: the file, in this machine's byte order but for the values
 * @size: bytes of it
 *
 * Return: 0; -EINVAL: no, or it is of another view, or not whole
 */
int regset_file_check(const struct regset_map *map, const void *file, size_t size)
{
	const struct utrace_regfile *f = file;

	if (size < sizeof(*f) || f->magic != UTRACE_REGFILE_MAGIC ||
	    f->view != map->view->id || f->flags != map->view->flags ||
	    f->reserved || f->size > size || !regset_units_ok(map, f->units) ||
	    f->size != regset_file_size(map, f->units))
		return -EINVAL;
	if (map->view->nr_layouts < 64 && f->layouts >> map->view->nr_layouts)
		return -EINVAL;
	return 0;
}

/*
 * Can the data of @layout be made of the file: was it there, or is it a second
 * sight of one that was?
 */
static bool regset_file_has(const struct regset_map *map,
			    const struct utrace_regfile *file, __u32 layout)
{
	const struct utrace_layout *l = &map->layouts[layout];
	__u32 i, set;

	if (file->layouts >> layout & 1)
		return true;
	if (l->behind == UTRACE_NONE)
		return false;
	set = map->layouts[l->behind].set;
	for (i = 0; i < layout; i++)
		if (map->layouts[i].set == set && file->layouts >> i & 1)
			return true;
	return false;
}

/**
 * regset_file_mask() - which registers have a value in a file?
 * @map: the description
 * @file: the file
 * @mask: their bits are set, all others cleared
 */
void regset_file_mask(const struct regset_map *map, const struct utrace_regfile *file,
		      struct regset_mask *mask)
{
	__u32 i, j;

	memset(mask, 0, sizeof(*mask));
	for (i = 0; i < map->view->nr_regs; i++)
		if (map->regs[i].flags & UTRACE_REG_CONSTANT)
			regset_mask_set(mask, i);
	for (i = 0; i < map->view->nr_layouts; i++) {
		const struct utrace_layout *l = &map->layouts[i];

		if (!regset_file_has(map, file, i))
			continue;
		for (j = 0; j < l->nr_locs; j++) {
			const struct utrace_loc *loc = &map->locs[l->first_loc + j];

			if (!UTRACE_LOC_IS_PADDING(loc->op) &&
			    map->regs[loc->reg].flags & UTRACE_REG_IN_FILE)
				regset_mask_set(mask, loc->reg);
		}
	}
}

static void regset_file_begin(const struct regset_map *map,
			      struct utrace_regfile *file)
{
	memset(file, 0, sizeof(*file));
	file->magic = UTRACE_REGFILE_MAGIC;
	file->view = map->view->id;
	file->flags = map->view->flags;
}

/**
 * regset_data_to_file() - make a register file of the data of register sets
 * @map: the description
 * @sets: data by number of the set
 * @file: where to put the file; NULL to learn its size
 * @size: bytes there
 *
 * A set that is missing, or has none of its forms, leaves its registers without
 * a value.
 *
 * Return: the size of the file; -ENOSPC: there is not enough room; -EINVAL: the
 * units of the sets are absurd
 */
ssize_t regset_data_to_file(const struct regset_map *map,
			    const struct regset_data *sets,
			    struct utrace_regfile *file, size_t size)
{
	__u32 unit_of[64], i, j, nr = map->view->nr_layouts;
	struct utrace_regfile head;

	regset_file_begin(map, &head);
	for (i = 0; i < nr; i++) {
		const struct utrace_layout *l = &map->layouts[i];

		if (!sets[l->set].data || !(l->flags & UTRACE_LAYOUT_PRESENT) ||
		    !regset_layout_unit(map, i, sets[l->set].data,
					sets[l->set].size, &unit_of[i]))
			continue;
		head.layouts |= 1ULL << i;
		if (l->unit != UTRACE_NONE && !head.units[l->unit])
			head.units[l->unit] = unit_of[i];
	}
	if (!regset_units_ok(map, head.units))
		return -EINVAL;
	head.size = regset_file_size(map, head.units);
	if (!file)
		return head.size;
	if (size < head.size)
		return -ENOSPC;

	memset(file, 0, head.size);
	*file = head;
	/* The first that has a register is right: so it is the last to write. */
	for (i = nr; i-- > 0;) {
		const struct utrace_layout *l = &map->layouts[i];

		if (!(head.layouts >> i & 1))
			continue;
		for (j = 0; j < l->nr_locs; j++) {
			const struct utrace_loc *loc = &map->locs[l->first_loc + j];

			if (UTRACE_LOC_IS_PADDING(loc->op) ||
			    !(map->regs[loc->reg].flags & UTRACE_REG_IN_FILE))
				continue;
			regset_extract(map, i, unit_of[i], loc, sets[l->set].data,
				       (void *)file + regset_value_offset(map, head.units, loc->reg),
				       regset_value_size(map, head.units, loc->reg));
		}
	}
	return head.size;
}

/* The bits of all components that @layout has places for. */
static __u64 regset_all_components(const struct regset_map *map,
				   const struct utrace_layout *l)
{
	__u64 bits = 0;
	__u32 i;

	for (i = 0; i < l->nr_locs; i++)
		if (map->locs[l->first_loc + i].component)
			bits |= 1ULL << (map->locs[l->first_loc + i].component - 1);
	return bits;
}

static void regset_pad(const struct regset_map *map, const struct utrace_layout *l,
		       const struct utrace_loc *loc, __u32 unit, void *data)
{
	size_t offset, n;
	__u64 number;

	regset_loc_place(l, loc, unit, &offset, &n);
	switch (loc->op) {
	case UTRACE_LOC_FIXED:
		number = loc->reg;
		break;
	case UTRACE_LOC_SIZE:
		number = regset_layout_size(l, unit);
		break;
	case UTRACE_LOC_UNIT:
		number = (__u64)unit << l->unit_shift;
		break;
	case UTRACE_LOC_COMPONENTS:
		number = regset_all_components(map, l);
		break;
	default:
		return;
	}
	regset_put_number(map, data + offset, n, number);
}

/**
 * regset_file_to_data() - make the data of a register set of a register file
 * @map: the description
 * @file: a file that regset_file_check() has found good
 * @set: number of the set
 * @data: where to put it; NULL to learn its size
 * @size: bytes there
 *
 * Return: the size of the data; -ENODATA: the file has nothing of it; -ENOSPC:
 * there is not enough room
 */
ssize_t regset_file_to_data(const struct regset_map *map,
			    const struct utrace_regfile *file, __u32 set,
			    void *data, size_t size)
{
	const struct utrace_layout *l;
	__u32 i, j, unit = 0;
	size_t n;

	for (i = 0; i < map->view->nr_layouts; i++)
		if (map->layouts[i].set == set && regset_file_has(map, file, i))
			break;
	if (i == map->view->nr_layouts)
		return -ENODATA;
	l = &map->layouts[i];
	if (l->unit != UTRACE_NONE)
		unit = l->unit_bytes ? file->units[l->unit] : 1;
	n = regset_layout_size(l, unit);
	if (!data)
		return n;
	if (size < n)
		return -ENOSPC;

	memset(data, 0, n);
	for (j = 0; j < l->nr_locs; j++) {
		const struct utrace_loc *loc = &map->locs[l->first_loc + j];

		if (UTRACE_LOC_IS_PADDING(loc->op))
			regset_pad(map, l, loc, unit, data);
		else if (map->regs[loc->reg].flags & UTRACE_REG_IN_FILE)
			regset_insert(map, i, unit, loc, data,
				      (const void *)file + regset_value_offset(map, file->units, loc->reg),
				      regset_value_size(map, file->units, loc->reg), true);
	}
	/* The number itself may have been one of the places. */
	if (l->components)
		regset_put_number(map, data + l->components, 8,
				  regset_all_components(map, l));
	return n;
}

/*
 * Compat views
 */

/* Bytes @offset and following of a value, from its low-order end. */
static void *regset_part(const struct regset_map *map, void *value, size_t size,
			 size_t offset, size_t n)
{
	return value + (regset_big(map) ? size - offset - n : offset);
}

/**
 * struct link_ends - the two values of a link, in the two files
 * @compat: the part of the compat register's value that they have in common
 * @native: the same part of the native register's
 * @compat_bytes: of the whole value
 * @n: bytes that they have in common
 */
struct link_ends {
	void *compat;
	void *native;
	size_t compat_bytes;
	size_t n;
};

static bool regset_link_ends(const struct regset_map *compat, const void *compat_file,
			     const struct regset_map *native, const void *native_file,
			     const struct utrace_link *k, struct link_ends *ends)
{
	const struct utrace_regfile *cf = compat_file, *nf = native_file;
	size_t native_size;
	void *value;

	if (k->native >= native->view->nr_regs ||
	    !(compat->regs[k->reg].flags & UTRACE_REG_IN_FILE) ||
	    !(native->regs[k->native].flags & UTRACE_REG_IN_FILE))
		return false;
	ends->compat_bytes = regset_value_size(compat, cf->units, k->reg);
	native_size = regset_value_size(native, nf->units, k->native);
	if (k->offset + k->bytes > native_size || k->bytes > ends->compat_bytes)
		return false;
	ends->n = k->bytes;
	value = (void *)native_file + regset_value_offset(native, nf->units, k->native);
	ends->native = regset_part(native, value, native_size, k->offset, k->bytes);
	value = (void *)compat_file + regset_value_offset(compat, cf->units, k->reg);
	ends->compat = regset_part(compat, value, ends->compat_bytes, 0, k->bytes);
	return true;
}

/* Copy all of the part, or the bits that are the link's. */
static void regset_link_copy(const struct regset_map *map, const struct utrace_link *k,
			     void *to, const void *from, size_t n)
{
	__u64 bits;

	if (!k->mask) {
		memcpy(to, from, n);
		return;
	}
	bits = regset_number(map, to, n) & ~(__u64)k->mask;
	regset_put_number(map, to, n, bits | (regset_number(map, from, n) & k->mask));
}

/* Layouts of @map whose registers in the file are all in @mask, and some are. */
static __u64 regset_layouts_of(const struct regset_map *map,
			       const struct regset_mask *mask)
{
	__u64 layouts = 0;
	__u32 i, j, set = UTRACE_NONE;

	for (i = 0; i < map->view->nr_layouts; i++) {
		const struct utrace_layout *l = &map->layouts[i];
		unsigned int has = 0, lacks = 0;

		if (!(l->flags & UTRACE_LAYOUT_PRESENT) || l->set == set)
			continue;
		for (j = 0; j < l->nr_locs; j++) {
			const struct utrace_loc *loc = &map->locs[l->first_loc + j];

			if (UTRACE_LOC_IS_PADDING(loc->op))
				continue;
			if (regset_mask_has(mask, loc->reg))
				has++;
			else if (!(map->regs[loc->reg].flags & UTRACE_REG_CONTROL))
				lacks++;
		}
		if (has && !lacks) {
			layouts |= 1ULL << i;
			set = l->set;	/* one form of it */
		}
	}
	return layouts;
}

/* Which bits of the byte @at of the native value @reg, of @n bytes, are in @got? */
static __u8 regset_bits_shown(const struct regset_map *compat,
			      const struct regset_mask *got, __u32 reg, size_t n,
			      size_t at)
{
	__u8 bits = 0;
	__u32 i;

	for (i = 0; i < compat->view->nr_links; i++) {
		const struct utrace_link *k = &compat->links[i];

		if (k->native == reg && regset_mask_has(got, k->reg) &&
		    k->offset + k->bytes <= n && k->offset <= at && at - k->offset < k->bytes)
			bits |= k->mask ? k->mask >> 8 * (at - k->offset) : 0xff;
	}
	return bits;
}

/*
 * Is the native value of @reg in @file in the registers @got of the compat view?  At
 * least all of it that is not zero.
 */
static bool regset_is_shown(const struct regset_map *compat,
			    const struct regset_mask *got,
			    const struct regset_map *native,
			    const struct utrace_regfile *file, __u32 reg)
{
	size_t n = regset_value_size(native, file->units, reg), i;
	const __u8 *value = (const void *)file +
			    regset_value_offset(native, file->units, reg);

	for (i = 0; i < compat->view->nr_links; i++)
		if (compat->links[i].native == reg &&
		    regset_mask_has(got, compat->links[i].reg))
			break;
	if (i == compat->view->nr_links)
		return false;
	for (i = 0; i < n; i++) {
		__u8 byte = value[regset_big(native) ? n - 1 - i : i];

		if (byte && byte & ~regset_bits_shown(compat, got, reg, n, i))
			return false;
	}
	return true;
}

/**
 * regset_file_to_compat() - show a thread's native registers in the compat view
 * @compat: the compat view's description
 * @native: the native one's
 * @from: a good register file of the native view
 * @to: where to put the one of the compat view; NULL to learn its size
 * @size: bytes there
 * @lost: native registers that have a value which is not, or not in full, in @to
 *
 * Return: the size of the file; -EINVAL: the views do not belong together;
 * -ENOSPC: there is not enough room
 */
ssize_t regset_file_to_compat(const struct regset_map *compat,
			      const struct regset_map *native,
			      const struct utrace_regfile *from,
			      struct utrace_regfile *to, size_t size,
			      struct regset_mask *lost)
{
	struct regset_mask has, got;
	struct utrace_regfile head;
	struct link_ends ends;
	__u32 i, reg;

	if (compat->view->native != native->view->id)
		return -EINVAL;
	regset_file_begin(compat, &head);
	/* What is optional, and shown by both, is there if it is there. */
	regset_file_mask(native, from, &has);
	for (i = 0; i < compat->view->nr_links; i++) {
		const struct utrace_link *k = &compat->links[i];
		__u32 unit = compat->regs[k->reg].unit, its;

		if (unit == UTRACE_NONE || k->native >= native->view->nr_regs)
			continue;
		its = native->regs[k->native].unit;
		if (its != UTRACE_NONE && regset_mask_has(&has, k->native))
			head.units[unit] = from->units[its];
	}
	if (!regset_units_ok(compat, head.units))
		return -EINVAL;
	head.size = regset_file_size(compat, head.units);
	if (!to)
		return head.size;
	if (size < head.size)
		return -ENOSPC;
	memset(to, 0, head.size);
	*to = head;

	*lost = has;
	memset(&got, 0, sizeof(got));
	for (i = 0; i < compat->view->nr_links; i++) {
		const struct utrace_link *k = &compat->links[i];

		if (!regset_link_ends(compat, to, native, from, k, &ends) ||
		    !regset_mask_has(&has, k->native))
			continue;
		regset_link_copy(compat, k, ends.compat, ends.native, ends.n);
		regset_mask_set(&got, k->reg);
	}
	to->layouts = regset_layouts_of(compat, &got);

	for (reg = 0; reg < native->view->nr_regs; reg++)
		if (native->regs[reg].flags & UTRACE_REG_CONSTANT ||
		    (regset_mask_has(&has, reg) &&
		     regset_is_shown(compat, &got, native, from, reg)))
			lost->bits[reg / 64] &= ~(1ULL << (reg % 64));
	return head.size;
}

/**
 * regset_file_to_native() - write a compat view's registers into native ones
 * @compat: the compat view's description
 * @native: the native one's
 * @from: a good register file of the compat view
 * @to: a good one of the native view: what it has beyond the compat view's, it
 *	keeps, but a value that is longer than the compat one's is filled up
 *	with zeros
 * @lost: compat registers that have a value but no place in @to: no native
 *	register, or one without a value
 *
 * Return: 0; -EINVAL: the views do not belong together
 */
int regset_file_to_native(const struct regset_map *compat,
			  const struct regset_map *native,
			  const struct utrace_regfile *from,
			  struct utrace_regfile *to, struct regset_mask *lost)
{
	struct regset_mask has;
	struct link_ends ends;
	__u32 i;

	if (compat->view->native != native->view->id)
		return -EINVAL;
	regset_file_mask(compat, from, lost);
	regset_file_mask(native, to, &has);
	/* A general register's upper half has no meaning for a 32-bit thread. */
	for (i = 0; i < compat->view->nr_links; i++) {
		const struct utrace_link *k = &compat->links[i];
		size_t n;

		if (!regset_link_ends(compat, from, native, to, k, &ends) ||
		    !regset_mask_has(&has, k->native))
			continue;
		n = regset_value_size(native, to->units, k->native);
		if (n <= 8 && !k->offset && !k->mask)
			memset((void *)to + regset_value_offset(native, to->units, k->native),
			       0, n);
	}
	for (i = 0; i < compat->view->nr_links; i++) {
		const struct utrace_link *k = &compat->links[i];

		if (!regset_link_ends(compat, from, native, to, k, &ends) ||
		    !regset_mask_has(&has, k->native))
			continue;
		regset_link_copy(compat, k, ends.native, ends.compat, ends.n);
		lost->bits[k->reg / 64] &= ~(1ULL << (k->reg % 64));
	}
	return 0;
}
