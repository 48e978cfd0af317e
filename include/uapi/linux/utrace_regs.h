/* SPDX-License-Identifier: LGPL-2.1 WITH Linux-syscall-note */
/*
 * Descriptions of registers, and files of register values
 *
 * A *view* is the set of all registers that one kind of thread has: native threads, or
 * 32-bit threads.  The kernel describes each of its views as one block of data, &struct
 * utrace_view.  The block says which register sets exist.  These are the sets of
 * PTRACE_GETREGSET, which are also the notes of core dumps.  It gives the name, the
 * purpose and the place in the sets of each register, and the place of its value in a
 * *register file*.  A register file, &struct utrace_regfile, has one value for each
 * register of a thread, in the form that debuggers know.
 *
 * A program that has the block needs no tables of its own, not even for a foreign
 * architecture, because names, sizes, places and byte order are all in the block.
 * Every member is a __u32 in the byte order of the kernel that wrote the block; @magic
 * tells which order that is.  See Documentation/trace/regset-desc.rst.
 */
#ifndef _UAPI_LINUX_UTRACE_REGS_H
#define _UAPI_LINUX_UTRACE_REGS_H

#include <linux/types.h>

#define UTRACE_VIEW_MAGIC	0x55765731	/* "UvW1" */
#define UTRACE_REGFILE_MAGIC	0x55724631	/* "UrF1" */

/* utrace_view.id: the meaning of a number is the same in every kernel */
#define UTRACE_VIEW_ID_X86_64	1
#define UTRACE_VIEW_ID_I386	2
#define UTRACE_VIEW_ID_AARCH64	3
#define UTRACE_VIEW_ID_ARM	4
#define UTRACE_VIEW_ID_RISCV64	5
#define UTRACE_VIEW_ID_RISCV32	6
#define UTRACE_VIEW_ID_PPC64	7
#define UTRACE_VIEW_ID_PPC	8
#define UTRACE_VIEW_ID_S390X	9
#define UTRACE_VIEW_ID_S390	10

/* utrace_view.flags */
#define UTRACE_VIEW_BIG_ENDIAN	0x1	/* byte order of the values */
#define UTRACE_VIEW_64BIT	0x2	/* ELFCLASS64 */
#define UTRACE_VIEW_COMPAT	0x4	/* 32-bit threads of a 64-bit kernel */

/* Number of different units that the variable sizes of a view may have. */
#define UTRACE_UNITS		4

/* Stands for no register, no string, no unit, no layout. */
#define UTRACE_NONE		0xffffffffu

/**
 * struct utrace_view - description of the registers of one kind of thread
 * @magic: UTRACE_VIEW_MAGIC
 * @size: bytes of the whole description, this structure included
 * @id: UTRACE_VIEW_ID_*
 * @flags: UTRACE_VIEW_*
 * @elf_machine: EM_* of the programs that such threads run
 * @native: UTRACE_VIEW_ID_* of the kernel's native view
 * @name: name of the view.  Strings are offsets into @strings
 * @arch: gdb's name of the architecture
 * @osabi: gdb's name of the system
 * @layouts: offset of &struct utrace_layout [@nr_layouts].  All offsets are
 *	bytes from the start of this structure
 * @regs: offset of &struct utrace_reg [@nr_regs].  The id of a register is its index
 *	here
 * @locs: offset of &struct utrace_loc [@nr_locs]
 * @links: offset of &struct utrace_link [@nr_links]; compat views only
 * @nr_layouts: number of layouts, at most 64
 * @nr_regs: number of registers, including those that this CPU does not have
 * @nr_locs: number of places
 * @nr_links: number of relations to registers of the native view
 * @nr_sets: number of different values of utrace_layout.set
 * @strings: offset of all strings, each of which ends with a NUL
 * @strings_size: bytes of all strings
 * @file_size: bytes of a register file in which all units are 0
 * @prstatus_size: bytes of a core dump's NT_PRSTATUS note
 * @prstatus_regs: offset of the general registers in that note
 * @reserved: 0
 */
struct utrace_view {
	__u32 magic;
	__u32 size;
	__u32 id;
	__u32 flags;
	__u32 elf_machine;
	__u32 native;
	__u32 name;
	__u32 arch;
	__u32 osabi;
	__u32 layouts;
	__u32 regs;
	__u32 locs;
	__u32 links;
	__u32 nr_layouts;
	__u32 nr_regs;
	__u32 nr_locs;
	__u32 nr_links;
	__u32 nr_sets;
	__u32 strings;
	__u32 strings_size;
	__u32 file_size;
	__u32 prstatus_size;
	__u32 prstatus_regs;
	__u32 reserved;
};

/* utrace_layout.flags */
#define UTRACE_LAYOUT_PRESENT	0x1	/* this CPU has the set */
#define UTRACE_LAYOUT_READONLY	0x2	/* the set cannot be written */
#define UTRACE_LAYOUT_WHOLE	0x4	/* a write must have all of the data */
#define UTRACE_LAYOUT_SQUARE	0x8	/* @units counts squares of the unit */
#define UTRACE_LAYOUT_PREFIX	0x10	/* a write must begin at offset 0 */

/**
 * struct utrace_layout - one form that the data of a register set can have
 * @set: number of the set.  Layouts of one set follow each other
 * @note: NT_* of the set
 * @owner: name of the note in core dumps, a string
 * @flags: UTRACE_LAYOUT_*
 * @behind: index of the layout that this one is an alias of, or UTRACE_NONE.
 *	Registers that were read from that layout need not be read from this one
 * @head: bytes before the part of variable size
 * @units: number of units in the part of variable size
 * @tail: bytes after that part; they begin at the next multiple of 16
 * @unit: index in utrace_regfile.units, or UTRACE_NONE
 * @unit_offset: offset in the data of the number that gives the unit
 * @unit_bytes: bytes of that number; 0: the unit is 1 if the thread has the set
 * @unit_shift: bits by which to shift that number to the right
 * @cond_offset: offset in the data of a number that tells whether the data have
 *	this form
 * @cond_bytes: bytes of that number; 0: the data always have this form
 * @cond_mask: bits of that number to compare
 * @cond_value: value of these bits if the data have this form
 * @components: offset in the data of 64 bits, one for each component.  The bit is 0
 *	if the component's registers have their initial values.  0: no such bits exist
 * @first_loc: index of the layout's first place in utrace_view.locs
 * @nr_locs: number of places, in the order of their offsets.  Together they cover
 *	every byte of the data
 * @reserved: 0
 */
struct utrace_layout {
	__u32 set;
	__u32 note;
	__u32 owner;
	__u32 flags;
	__u32 behind;
	__u32 head;
	__u32 units;
	__u32 tail;
	__u32 unit;
	__u32 unit_offset;
	__u32 unit_bytes;
	__u32 unit_shift;
	__u32 cond_offset;
	__u32 cond_bytes;
	__u32 cond_mask;
	__u32 cond_value;
	__u32 components;
	__u32 first_loc;
	__u32 nr_locs;
	__u32 reserved;
};

/* utrace_reg.type */
#define UTRACE_TYPE_INT		0
#define UTRACE_TYPE_CODE_PTR	1
#define UTRACE_TYPE_DATA_PTR	2
#define UTRACE_TYPE_FLOAT	3	/* IEEE */
#define UTRACE_TYPE_I387	4	/* extended, in 80 bits */
#define UTRACE_TYPE_VECTOR	5
#define UTRACE_TYPE_FLAGS	6
#define UTRACE_TYPE_BYTES	7	/* a table, a matrix or a key, not a number */
#define UTRACE_TYPE_NR		8

/* utrace_reg.flags */
#define UTRACE_REG_PRESENT	0x01	/* this CPU has it */
#define UTRACE_REG_IN_FILE	0x02	/* has a place in register files */
#define UTRACE_REG_READONLY	0x04	/* cannot be written */
#define UTRACE_REG_CONSTANT	0x08	/* is 0 and has no place in any set */
#define UTRACE_REG_CONTROL	0x10	/* belongs to the kernel: traps, keys, limits */
#define UTRACE_REG_VOLATILE	0x20	/* changes by itself: not written by a file */

/* utrace_reg.roles */
#define UTRACE_ROLE_PC			0
#define UTRACE_ROLE_SP			1
#define UTRACE_ROLE_FP			2
#define UTRACE_ROLE_RA			3
#define UTRACE_ROLE_TLS			4
#define UTRACE_ROLE_FLAGS		5
#define UTRACE_ROLE_SYSCALL_NR		6
#define UTRACE_ROLE_SYSCALL_RESULT	7
#define UTRACE_ROLE_SYSCALL_ARG(n)	(8 + (n))	/* 0 to 5 */
#define UTRACE_ROLE_FUNC_RESULT		14
#define UTRACE_ROLE_FUNC_ARG(n)		(16 + (n))	/* 0 to 7 */
#define UTRACE_ROLE_NR			24
#define UTRACE_ROLE_BIT(role)		(1u << (role))

/**
 * struct utrace_reg - one register
 * @name: name of the register in gdb, or else in the manual of the CPU
 * @feature: gdb's feature that the register belongs to, or one of utrace's own
 * @type: UTRACE_TYPE_*
 * @flags: UTRACE_REG_*
 * @size: bytes of the value; number of units if the register has a variable size
 * @unit: index in utrace_regfile.units, or UTRACE_NONE
 * @dwarf: number of the register in debugging information, or UTRACE_NONE
 * @roles: UTRACE_ROLE_BIT() of each role that the register has
 * @offset: offset of the value in a register file.  If the register has a variable
 *	size: offset from the beginning of its unit's part, for a unit of 1
 * @init: value of the register when its component is in its initial state
 */
struct utrace_reg {
	__u32 name;
	__u32 feature;
	__u32 type;
	__u32 flags;
	__u32 size;
	__u32 unit;
	__u32 dwarf;
	__u32 roles;
	__u32 offset;
	__u32 init;
};

/* utrace_loc.op: how a place holds a value */
#define UTRACE_LOC_COPY		0	/* as it is; cut off or filled with zeros */
#define UTRACE_LOC_UNITS		1	/* the same; @bytes counts units */
#define UTRACE_LOC_SHIFTED	2	/* shifted to the left by unit_shift */
#define UTRACE_LOC_X87_TAG	3	/* a bit of eight registers each: not empty */
#define UTRACE_LOC_FIXED		4	/* padding: always @reg */
#define UTRACE_LOC_SIZE		5	/* padding: bytes of the whole set */
#define UTRACE_LOC_UNIT		6	/* padding: the unit, shifted to the left */
#define UTRACE_LOC_COMPONENTS	7	/* padding: utrace_layout.components */
#define UTRACE_LOC_PAD		8	/* padding: zero */
#define UTRACE_LOC_NR		9

#define UTRACE_LOC_IS_PADDING(op)	((op) >= UTRACE_LOC_FIXED)

/**
 * struct utrace_loc - a place in a layout
 * @reg: id of the register that has its value here; of UTRACE_LOC_FIXED: the value
 * @op: UTRACE_LOC_*
 * @name: name of the padding, a string
 * @offset: offset of the first byte from the start of the data, or of the tail
 * @before: number of units before the place; UTRACE_NONE: it is in the tail
 * @bytes: size of the place
 * @component: number of the layout's component, plus 1; 0: none
 */
struct utrace_loc {
	__u32 reg;
	__u32 op;
	__u32 name;
	__u32 offset;
	__u32 before;
	__u32 bytes;
	__u32 component;
};

/**
 * struct utrace_link - a compat register is (part of) a native one
 * @reg: id of the compat register
 * @native: id of the native register
 * @offset: offset of the part in the native value, from its low-order byte
 * @bytes: bytes of the part
 * @mask: for a part of at most 4 bytes: bits of the compat register that it has
 */
struct utrace_link {
	__u32 reg;
	__u32 native;
	__u32 offset;
	__u32 bytes;
	__u32 mask;
};

/**
 * struct utrace_regfile - the head of a register file
 * @magic: UTRACE_REGFILE_MAGIC
 * @size: bytes of the whole file
 * @view: UTRACE_VIEW_ID_*
 * @flags: UTRACE_VIEW_*
 * @units: value of each unit in which variable sizes are counted
 * @layouts: one bit for each entry of utrace_view.layouts: 1 if the thread had such data
 * @reserved: 0
 *
 * The values follow, in the thread's byte order.  The file has room for every register
 * that the CPU has.  A register has a value if @layouts has the bit of a layout in
 * which the register has a place, or of the layout that this one is an alias of.
 * Otherwise the value is 0.
 */
struct utrace_regfile {
	__u32 magic;
	__u32 size;
	__u32 view;
	__u32 flags;
	__u32 units[UTRACE_UNITS];
	__u64 layouts;
	__u64 reserved;
};

#endif /* _UAPI_LINUX_UTRACE_REGS_H */
