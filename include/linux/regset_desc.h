/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How an architecture describes its register sets
 *
 * arch/<arch>/kernel/regset_desc.c has one table of registers for each view, in
 * the order of gdb's target descriptions, and one list of places for each form
 * of each set, in the order of the set's bytes.  A list gives only sizes: where a
 * place begins is where the one before it ends, so that two cannot overlap, and
 * a static_assert() of REGSET_BYTES() sees to it that none is missing.
 *
 * kernel/regset/desc.c makes a &struct utrace_view of it when the system starts.
 */
#ifndef _LINUX_REGSET_DESC_H
#define _LINUX_REGSET_DESC_H

#include <linux/bits.h>
#include <linux/build_bug.h>
#include <linux/stringify.h>
#include <linux/types.h>
#include <uapi/linux/utrace_regs.h>

/**
 * struct regset_reg_src - a register
 * @name: its name
 * @size: bytes; units if @variable
 * @type: UTRACE_TYPE_*
 * @flags: UTRACE_REG_READONLY, _CONSTANT, _CONTROL
 * @variable: which unit its size depends on, plus 1
 * @stays: goes to the other feature when its own has no place in the file, see
 *	&struct regset_feature_src
 * @dwarf: DWARF number, -1 for none
 * @roles: UTRACE_ROLE_BIT()s
 * @init: see &struct utrace_reg
 */
struct regset_reg_src {
	const char *name;
	u16 size;
	u8 type;
	u8 flags;
	u8 variable;
	bool stays;
	s16 dwarf;
	u32 roles;
	u32 init;
};

/**
 * struct regset_feature_src - registers that gdb knows as one feature
 * @name: its name
 * @first: id of its first register; the last is the one before the next feature
 * @unless: NT_* of a set that shows the same registers in full; if the machine
 *	has it, these are not in the file, but for those that @stay
 * @instead: the feature to which they belong then
 * @twin: id of the register that shows the first one in full; the others follow.
 *	A place of a register that is not in the file is one of its twin
 */
struct regset_feature_src {
	const char *name;
	unsigned int first;
	unsigned int unless;
	const char *instead;
	unsigned int twin;
};

/**
 * struct regset_loc_src - a place in a set
 * @reg: the register's id; for UTRACE_LOC_FIXED the value
 * @bytes: how many; units for UTRACE_LOC_UNITS
 * @op: UTRACE_LOC_*
 * @pad: name, if it is padding
 */
struct regset_loc_src {
	u32 reg;
	u32 bytes;
	u8 op;
	const char *pad;
};

/**
 * struct regset_block_src - places that follow each other
 * @locs: the places
 * @nr: how many
 * @component: for registers that can be in their initial state, the number that
 *	the layout has for this; plus 1
 * @optional: begins where regset_arch_component() says, if anywhere.  Else it
 *	begins where the block before it ends
 */
struct regset_block_src {
	const struct regset_loc_src *locs;
	unsigned int nr;
	u8 component;
	bool optional;
};

/**
 * struct regset_layout_src - a form of a set; see &struct utrace_layout
 * @note: NT_*
 * @behind: NT_* of the set of which this is a second sight, or 0
 * @flags: UTRACE_LAYOUT_WHOLE, _SQUARE
 * @variable: which unit, plus 1; the blocks are head, units and tail
 * @unit_offset: see &struct utrace_layout, as what follows
 * @unit_bytes: -
 * @unit_shift: -
 * @cond_offset: -
 * @cond_bytes: -
 * @cond_mask: -
 * @cond_value: -
 * @components: -
 * @blocks: places
 * @nr_blocks: how many
 */
struct regset_layout_src {
	u32 note;
	u32 behind;
	u8 flags;
	u8 variable;
	u8 unit_bytes;
	u8 unit_shift;
	u16 unit_offset;
	u16 cond_offset;
	u8 cond_bytes;
	u16 cond_mask;
	u16 cond_value;
	u16 components;
	const struct regset_block_src *blocks;
	unsigned int nr_blocks;
};

/**
 * struct regset_view_src - a view
 * @id: UTRACE_VIEW_ID_*
 * @native: of the machine's native view
 * @machine: EM_*
 * @word: bytes of a general register in NT_PRSTATUS, which tells views of one
 *	machine from each other
 * @prstatus_size: see &struct utrace_view
 * @prstatus_regs: likewise
 * @name: likewise
 * @arch: likewise
 * @regs: registers, by id
 * @nr_regs: how many
 * @features: in the order of their first registers
 * @nr_features: how many
 * @layouts: those that are to be preferred first
 * @nr_layouts: how many
 * @links: to the native view, of a compat one
 * @nr_links: how many
 */
struct regset_view_src {
	u16 id;
	u16 native;
	u16 machine;
	u16 word;
	u16 prstatus_size;
	u16 prstatus_regs;
	const char *name;
	const char *arch;
	const struct regset_reg_src *regs;
	unsigned int nr_regs;
	const struct regset_feature_src *features;
	unsigned int nr_features;
	const struct regset_layout_src *layouts;
	unsigned int nr_layouts;
	const struct utrace_link *links;
	unsigned int nr_links;
};

/*
 * A table of registers is a macro that takes another one, and calls it for each:
 *
 *	X(ID, "name", size, TYPE, dwarf, roles, more)
 *
 * ID has the view's prefix; TYPE is a UTRACE_TYPE_ without that; more is empty or
 * further members of &struct regset_reg_src.  REGSET_ID makes the enum of
 * ids of it, and REGSET_REG the table.
 */
#define REGSET_ID(id_, name_, size_, type_, dwarf_, roles_, ...)	id_,
#define REGSET_REG(id_, name_, size_, type_, dwarf_, roles_, ...)	\
	[id_] = { .name = name_, .size = size_,				\
		  .type = UTRACE_TYPE_##type_, .dwarf = dwarf_,		\
		  .roles = roles_, __VA_ARGS__ },

#define REGSET_ROLE(role)	UTRACE_ROLE_BIT(UTRACE_ROLE_##role)
#define REGSET_ROLE_N(role, n)	UTRACE_ROLE_BIT(UTRACE_ROLE_##role(n))

/*
 * A list of places is a macro that takes another one, and the prefix of the
 * view's ids, and calls it for each place:
 *
 *	X(REG, ID, bytes)	a register
 *	X(UNITS, ID, units)	a register of variable size
 *	X(SHIFTED, ID, bytes)	UTRACE_LOC_SHIFTED
 *	X(X87_TAG, ID, bytes)	UTRACE_LOC_X87_TAG
 *	X(PAD, name, bytes)	padding
 *	X(SIZE, name, bytes)	UTRACE_LOC_SIZE
 *	X(UNIT, name, bytes)	UTRACE_LOC_UNIT
 *	X(COMPONENTS, name, bytes) UTRACE_LOC_COMPONENTS
 *	X(FIXED, name, bytes, value) UTRACE_LOC_FIXED
 */
#define REGSET_LOC(kind, ...)		REGSET_LOC_##kind(__VA_ARGS__),
#define REGSET_LOC_REG(id, n)		{ .reg = (id), .bytes = (n) }
#define REGSET_LOC_OP(id, n, op_)	{ .reg = (id), .bytes = (n), .op = (op_) }
#define REGSET_LOC_UNITS(id, n)		REGSET_LOC_OP(id, n, UTRACE_LOC_UNITS)
#define REGSET_LOC_SHIFTED(id, n)	REGSET_LOC_OP(id, n, UTRACE_LOC_SHIFTED)
#define REGSET_LOC_X87_TAG(id, n)	REGSET_LOC_OP(id, n, UTRACE_LOC_X87_TAG)
#define REGSET_LOC_FILL(name, n, op_, value)				\
	{ .reg = (value), .bytes = (n), .op = (op_), .pad = __stringify(name) }
#define REGSET_LOC_PAD(name, n)		REGSET_LOC_FILL(name, n, UTRACE_LOC_PAD, 0)
#define REGSET_LOC_SIZE(name, n)	REGSET_LOC_FILL(name, n, UTRACE_LOC_SIZE, 0)
#define REGSET_LOC_UNIT(name, n)	REGSET_LOC_FILL(name, n, UTRACE_LOC_UNIT, 0)
#define REGSET_LOC_COMPONENTS(name, n)	\
	REGSET_LOC_FILL(name, n, UTRACE_LOC_COMPONENTS, 0)
#define REGSET_LOC_FIXED(name, n, value) \
	REGSET_LOC_FILL(name, n, UTRACE_LOC_FIXED, value)

/* How many bytes (units count as bytes) has a list?  For static_assert(). */
#define REGSET_SUM(kind, name, n, ...)	+ (n)
#define REGSET_BYTES(list, prefix)	(0 list(REGSET_SUM, prefix))

/* static const struct regset_loc_src name[], of just as many bytes */
#define REGSET_LOCS(name, list, prefix, bytes)				\
	static_assert(REGSET_BYTES(list, prefix) == (bytes));		\
	static const struct regset_loc_src name[] = { list(REGSET_LOC, prefix) }

#define REGSET_BLOCK(locs_, ...)					\
	{ .locs = (locs_), .nr = ARRAY_SIZE(locs_), __VA_ARGS__ }

/* .blocks and .nr_blocks of one list */
#define REGSET_BLOCKS(...)						\
	.blocks = (const struct regset_block_src[]){ __VA_ARGS__ },	\
	.nr_blocks = sizeof((const struct regset_block_src[]){ __VA_ARGS__ }) / \
		     sizeof(struct regset_block_src)
#define REGSET_ONE_BLOCK(locs)	REGSET_BLOCKS(REGSET_BLOCK(locs))

/* M(X, prefix, number) for each number */
#define REGSET_0_3(M, X, p)	M(X, p, 0) M(X, p, 1) M(X, p, 2) M(X, p, 3)
#define REGSET_4_7(M, X, p)	M(X, p, 4) M(X, p, 5) M(X, p, 6) M(X, p, 7)
#define REGSET_0_7(M, X, p)	REGSET_0_3(M, X, p) REGSET_4_7(M, X, p)
#define REGSET_8_15(M, X, p)						\
	M(X, p, 8) M(X, p, 9) M(X, p, 10) M(X, p, 11)			\
	M(X, p, 12) M(X, p, 13) M(X, p, 14) M(X, p, 15)
#define REGSET_0_15(M, X, p)	REGSET_0_7(M, X, p) REGSET_8_15(M, X, p)
#define REGSET_16_30(M, X, p)						\
	M(X, p, 16) M(X, p, 17) M(X, p, 18) M(X, p, 19)			\
	M(X, p, 20) M(X, p, 21) M(X, p, 22) M(X, p, 23)			\
	M(X, p, 24) M(X, p, 25) M(X, p, 26) M(X, p, 27)			\
	M(X, p, 28) M(X, p, 29) M(X, p, 30)
#define REGSET_16_31(M, X, p)	REGSET_16_30(M, X, p) M(X, p, 31)
#define REGSET_0_31(M, X, p)	REGSET_0_15(M, X, p) REGSET_16_31(M, X, p)

/* The architecture's views, the native one first; ended by NULL. */
extern const struct regset_view_src *const regset_arch_views[];

/* Does this machine have the set @note of a view of @id? */
bool regset_arch_have(unsigned int id, unsigned int note);

/*
 * Where does @component (not plus 1) begin in the set?  0: this machine does not
 * have it.
 */
unsigned int regset_arch_component(unsigned int component);

/* The most that @unit of a view of @id can be on this machine. */
unsigned int regset_arch_unit(unsigned int id, unsigned int unit);

#endif /* _LINUX_REGSET_DESC_H */
