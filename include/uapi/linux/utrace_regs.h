/* SPDX-License-Identifier: LGPL-2.1 WITH Linux-syscall-note */
/*
 * Descriptions of registers, and files of register values
 *
 * A *view* is the registers of one kind of thread: of native ones, or of 32-bit
 * ones.  The kernel describes each view that its machine has as one block of
 * data, &struct utrace_view.  It says which register sets there are (those of
 * PTRACE_GETREGSET, which are also the notes of core dumps), where in them each
 * register is, what it is called, what it is for, and where its value is in a
 * *register file*, &struct utrace_regfile: all registers of a thread, one value
 * each, in the form that debuggers know.
 *
 * Whoever has the block needs no table of his own, neither for this machine nor
 * for the one that the block came from: names, sizes, places and byte order are
 * all in it.  Every member is a __u32 in the byte order of the machine that wrote
 * the block; @magic tells which that is.  See
 * Documentation/trace/regset-desc.rst.
 */
#ifndef _UAPI_LINUX_UTRACE_REGS_H
#define _UAPI_LINUX_UTRACE_REGS_H

#include <linux/types.h>

#define UTRACE_VIEW_MAGIC	0x55765731	/* "UvW1" */
#define UTRACE_REGFILE_MAGIC	0x55724631	/* "UrF1" */

/* utrace_view.id: never another meaning, in whatever kernel */
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
#define UTRACE_VIEW_COMPAT	0x4	/* of 32-bit threads of a 64-bit machine */

/* How many different units the variable sizes of a view may have. */
#define UTRACE_UNITS		4

/* No register, no string, no unit, no layout. */
#define UTRACE_NONE		0xffffffffu

/**
 * struct utrace_view - description of the registers of one kind of thread
 * @magic: UTRACE_VIEW_MAGIC
 * @size: bytes of the whole description, this structure included
 * @id: UTRACE_VIEW_ID_*
 * @flags: UTRACE_VIEW_*
 * @elf_machine: EM_* of such programs
 * @native: UTRACE_VIEW_ID_* of the machine's native threads
 * @name: what the view is called.  Strings are offsets into @strings
 * @arch: what gdb calls the architecture
 * @osabi: what gdb calls the system
 * @layouts: offset of &struct utrace_layout [@nr_layouts].  All offsets are
 *	bytes from the start of this structure
 * @regs: offset of &struct utrace_reg [@nr_regs]; a register's id is its place
 *	here
 * @locs: offset of &struct utrace_loc [@nr_locs]
 * @links: offset of &struct utrace_link [@nr_links]; of compat views only
 * @nr_layouts: at most 64
 * @nr_regs: registers, those included that this machine has not
 * @nr_locs: places of registers
 * @nr_links: relations to registers of the native view
 * @nr_sets: different utrace_layout.set
 * @strings: offset of all strings, each ended by a NUL
 * @strings_size: bytes of them
 * @file_size: bytes of a register file in which all units are 0
 * @prstatus_size: bytes of a core dump's NT_PRSTATUS note
 * @prstatus_regs: where in it the general registers are
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
#define UTRACE_LAYOUT_PRESENT	0x1	/* this machine has it */
#define UTRACE_LAYOUT_READONLY	0x2	/* the kernel lets nobody write to it */
#define UTRACE_LAYOUT_WHOLE	0x4	/* is written as a whole */
#define UTRACE_LAYOUT_SQUARE	0x8	/* @units counts squares of the unit */
#define UTRACE_LAYOUT_PREFIX	0x10	/* is written from its beginning on */

/**
 * struct utrace_layout - one form that the data of a register set can have
 * @set: number of the set; forms of one set follow each other
 * @note: NT_* of the set
 * @owner: name of the note in core dumps, a string
 * @flags: UTRACE_LAYOUT_*
 * @behind: the layout of which this is a second sight, or UTRACE_NONE: what is
 *	read there need not be read here
 * @head: bytes before anything of variable size
 * @units: how many units follow
 * @tail: bytes after that, from the next multiple of 16 on
 * @unit: which utrace_regfile.units, or UTRACE_NONE
 * @unit_offset: where in the data the unit is told
 * @unit_bytes: in how many bytes; 0: the unit is 1 if the set is there at all
 * @unit_shift: by how much to shift it to the right
 * @cond_offset: where in the data to look whether they have this form
 * @cond_bytes: bytes there; 0: they always do
 * @cond_mask: bits that count
 * @cond_value: what they have to be
 * @components: where in the data 64 bits tell, for each component, that its
 *	registers do not have their initial values; 0: nowhere
 * @first_loc: the first of its places in utrace_view.locs
 * @nr_locs: how many, in the order of their offsets.  Together they cover every
 *	byte of the data
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
#define UTRACE_TYPE_BYTES	7	/* a table, a matrix, a key: no number */
#define UTRACE_TYPE_NR		8

/* utrace_reg.flags */
#define UTRACE_REG_PRESENT	0x01	/* this machine has it */
#define UTRACE_REG_IN_FILE	0x02	/* has a place in register files */
#define UTRACE_REG_READONLY	0x04	/* cannot be written */
#define UTRACE_REG_CONSTANT	0x08	/* is 0 and has no place in any set */
#define UTRACE_REG_CONTROL	0x10	/* not of the program: traps, keys, limits */

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
 * @name: what gdb calls it, or the processor's manual
 * @feature: gdb's feature that it belongs to, or one of utrace's own
 * @type: UTRACE_TYPE_*
 * @flags: UTRACE_REG_*
 * @size: bytes of its value; or, if it is of variable size, how many units
 * @unit: which utrace_regfile.units, or UTRACE_NONE
 * @dwarf: its number in debugging information, or UTRACE_NONE
 * @roles: UTRACE_ROLE_BIT() of each role that it has
 * @offset: of its value in a register file; of variable size: in bytes from
 *	where its unit's part begins, if the unit were 1
 * @init: its value when its component is in its initial state
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
#define UTRACE_OP_COPY		0	/* as it is; cut off or filled with zeros */
#define UTRACE_OP_UNITS		1	/* the same; @bytes counts units */
#define UTRACE_OP_SHIFTED	2	/* shifted to the left by unit_shift */
#define UTRACE_OP_X87_TAG	3	/* a bit of eight registers each: not empty */
#define UTRACE_OP_FIXED		4	/* padding: always @reg */
#define UTRACE_OP_SIZE		5	/* padding: bytes of the whole set */
#define UTRACE_OP_UNIT		6	/* padding: the unit, shifted to the left */
#define UTRACE_OP_COMPONENTS	7	/* padding: utrace_layout.components */
#define UTRACE_OP_PAD		8	/* padding: zero */
#define UTRACE_OP_NR		9

#define UTRACE_OP_IS_PADDING(op)	((op) >= UTRACE_OP_FIXED)

/**
 * struct utrace_loc - a place in a layout
 * @reg: id of the register that is there
 * @op: UTRACE_OP_*
 * @name: what the padding is, a string
 * @offset: of its first byte: from the start of the data; after the units, of
 *	the tail
 * @before: how many units are before it; UTRACE_NONE: it is in the tail
 * @bytes: how many
 * @component: of its layout, plus 1; 0: none
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
 * @native: id of the native one
 * @offset: of the part in the native one's value, from its low-order byte
 * @bytes: of the part
 * @mask: of a part of at most 4 bytes: bits that it has of the compat register
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
 * @units: sizes of what is of variable size
 * @layouts: bit by bit, those in utrace_view.layouts whose data the thread had
 * @reserved: 0
 *
 * The values follow, in the thread's byte order.  The file has room for every
 * register that the machine has.  A register has a value if one of the layouts
 * that it has a place in is there (or the one that is behind); else it is 0.
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
