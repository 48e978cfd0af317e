/* SPDX-License-Identifier: GPL-2.0-only OR LGPL-2.1 */
/*
 * Conversion between the forms that a thread's registers can have: the data of
 * its register sets, a register file, gdb's packets, the notes of a core dump
 *
 * All of it goes by a description, &struct utrace_view, and by nothing else: it
 * does not matter which machine the data is from.  The same code is part of the
 * kernel and of libutrace.
 *
 * Nothing here sleeps, takes locks or allocates, and whatever the data is, nothing
 * outside of the given buffers is touched.
 */
#ifndef _REGSET_CONVERT_H
#define _REGSET_CONVERT_H

#ifdef __KERNEL__
#include <linux/types.h>
#include <uapi/linux/utrace_regs.h>
#else
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>
#include <linux/utrace_regs.h>
#endif

/* What regset_map_init() accepts. */
#define REGSET_REGS_MAX		1024
#define REGSET_SETS_MAX		64
#define REGSET_UNIT_MAX		8192
/* Bytes of a set without its units, of a register, of the strings. */
#define REGSET_FIXED_MAX	(64u << 10)
/* Bytes of a whole set, or of the registers of one unit in a file. */
#define REGSET_VARIABLE_MAX	(1u << 20)

/* One bit for each register. */
struct regset_mask {
	__u64 bits[REGSET_REGS_MAX / 64];
};

static inline void regset_mask_set(struct regset_mask *mask, __u32 reg)
{
	mask->bits[reg / 64] |= 1ULL << (reg % 64);
}

static inline bool regset_mask_has(const struct regset_mask *mask, __u32 reg)
{
	return mask->bits[reg / 64] >> (reg % 64) & 1;
}

/**
 * struct regset_map - a description that has been checked
 * @view: the description
 * @layouts: its layouts
 * @regs: its registers
 * @locs: its places
 * @links: its links
 * @strings: its strings
 * @unit_sizes: for each unit, how many of it a register file has
 * @nr_units: those from there on are of nothing
 * @unit_square: bit by bit: it counts squares of the unit
 */
struct regset_map {
	const struct utrace_view *view;
	const struct utrace_layout *layouts;
	const struct utrace_reg *regs;
	const struct utrace_loc *locs;
	const struct utrace_link *links;
	const char *strings;
	__u32 unit_sizes[UTRACE_UNITS];
	__u32 nr_units;
	__u32 unit_square;
};

/**
 * struct regset_fault - why regset_map_init() refused a description
 * @text: the entry and what is wrong with it, such as "register 12: its size is 0".
 *	The number is the index in the array of the description that has such entries
 */
struct regset_fault {
	char text[128];
};

/**
 * struct regset_data - the data of one register set
 * @data: as the kernel gives it, or a core dump; NULL: not there
 * @size: bytes of it
 */
struct regset_data {
	const void *data;
	__u32 size;
};

/* Descriptions: check.c */
int regset_map_init(struct regset_map *map, const void *view, size_t size,
		    struct regset_fault *fault);
void regset_view_swap(void *view, size_t size);

static inline const char *regset_string(const struct regset_map *map, __u32 string)
{
	return map->strings + string;
}

/* Sizes and places */
__u32 regset_measure(const struct regset_map *map, const __u32 *units, __u32 unit);
__u32 regset_value_size(const struct regset_map *map, const __u32 *units, __u32 reg);
__u32 regset_value_offset(const struct regset_map *map, const __u32 *units, __u32 reg);
size_t regset_file_size(const struct regset_map *map, const __u32 *units);
size_t regset_layout_size(const struct utrace_layout *layout, __u32 unit);
bool regset_layout_unit(const struct regset_map *map, __u32 layout,
			const void *data, size_t size, __u32 *unit);
void regset_layout_keep(const struct regset_map *map, __u32 layout, void *data,
			const void *old);
void regset_loc_place(const struct utrace_layout *layout,
		      const struct utrace_loc *loc, __u32 unit,
		      size_t *offset, size_t *size);

/* One value */
void regset_extract(const struct regset_map *map, __u32 layout, __u32 unit,
		    const struct utrace_loc *loc, const void *data,
		    void *value, size_t size);
int regset_insert(const struct regset_map *map, __u32 layout, __u32 unit,
		  const struct utrace_loc *loc, void *data, const void *value,
		  size_t size, bool cut);

bool regset_same_tags(const struct regset_map *map, const void *a, const void *b,
		      size_t size);

/* Register files */
int regset_file_check(const struct regset_map *map, const void *file, size_t size);
void regset_file_mask(const struct regset_map *map, const struct utrace_regfile *file,
		      struct regset_mask *mask);
ssize_t regset_data_to_file(const struct regset_map *map,
			    const struct regset_data *sets,
			    struct utrace_regfile *file, size_t size);
ssize_t regset_file_to_data(const struct regset_map *map,
			    const struct utrace_regfile *file, __u32 set,
			    void *data, size_t size);
ssize_t regset_file_to_compat(const struct regset_map *compat,
			      const struct regset_map *native,
			      const struct utrace_regfile *from,
			      struct utrace_regfile *to, size_t size,
			      struct regset_mask *lost);
int regset_file_to_native(const struct regset_map *compat,
			  const struct regset_map *native,
			  const struct utrace_regfile *from,
			  struct utrace_regfile *to, struct regset_mask *lost);

/* gdb: gdb.c */
bool regset_gdb_has(const struct regset_map *map, const __u32 *units, __u32 reg);
ssize_t regset_gdb_description(const struct regset_map *map, const __u32 *units,
			       char *xml, size_t size);
ssize_t regset_file_to_gdb(const struct regset_map *map,
			   const struct utrace_regfile *file, char *packet,
			   size_t size);
int regset_gdb_to_file(const struct regset_map *map, const char *packet,
		       size_t length, struct utrace_regfile *file);

/* Core dumps: core.c */
ssize_t regset_file_to_core(const struct regset_map *map,
			    const struct utrace_regfile *file, void *notes,
			    size_t size);
ssize_t regset_core_to_file(const struct regset_map *map, const void *notes,
			    size_t notes_size, unsigned int thread,
			    struct utrace_regfile *file, size_t size);

#endif /* _REGSET_CONVERT_H */
