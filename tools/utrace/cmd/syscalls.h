/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The system call tables of every architecture, made by gen/syscalls.py, and
 * sets of system calls for -e trace=.
 */
#ifndef UTRACE_CMD_SYSCALLS_H
#define UTRACE_CMD_SYSCALLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* How an argument, or a result, reads. */
enum sc_kind {
	SC_NONE,
	SC_INT,		/* 32 bits, signed */
	SC_UINT,	/* 32 bits, unsigned */
	SC_LONG,	/* a register, signed */
	SC_ULONG,	/* a register, unsigned: sizes and counts */
	SC_HEX,		/* a register: flags and everything unknown */
	SC_HEX32,	/* 32 bits of flags */
	SC_PTR,		/* an address; 0 reads NULL */
	SC_OCT,		/* mode bits */
	SC_PATH,	/* a string, shown in full */
	SC_STR,		/* a string */
	SC_BUF,		/* bytes; the next argument is their count */
	SC_OUTBUF,	/* bytes that the call stores; the result counts them */
	SC_OUTPATH,	/* the same, and they end in a NUL */
	SC_FD,
	SC_DFD,		/* a directory's descriptor, or AT_FDCWD */
	SC_SIG,
};

enum sc_class {
	SC_CLASS_FILE		= 0x01,
	SC_CLASS_DESC		= 0x02,
	SC_CLASS_PROCESS	= 0x04,
	SC_CLASS_NETWORK	= 0x08,
	SC_CLASS_MEMORY		= 0x10,
	SC_CLASS_SIGNAL		= 0x20,
	SC_CLASS_IPC		= 0x40,
};

struct sc_desc {
	const char *name;
	uint8_t nargs;
	uint8_t arg[6];		/* enum sc_kind */
	uint8_t ret;		/* enum sc_kind */
	uint8_t noreturn;
	uint8_t unknown;	/* no prototype: six words in hex */
	uint8_t opt_from;	/* from this argument on they exist only if */
	uint8_t opt_arg;	/* this argument has a bit of */
	uint32_t opt_mask;	/* this mask; 0: all exist always */
	uint32_t classes;
};

struct sc_arch {
	const char *machine;	/* kernels that run it: x86, arm64... */
	const char *name;	/* AUDIT_ARCH_* */
	uint32_t audit;
	uint32_t bits;
	uint32_t offset;	/* of the numbers */
	uint32_t nr;		/* of the index */
	const unsigned short *index;	/* 0: none; else one above the desc's */
	const struct sc_desc *descs;
};

extern const struct sc_arch sc_arches[];
extern const unsigned int sc_nr_arches;

/* The table that a record's arch and number belong to; NULL: not known. */
const struct sc_arch *sc_find_arch(uint32_t audit, int64_t nr);
/* The call's row in it, NULL if there is none. */
const struct sc_desc *sc_find(const struct sc_arch *arch, int64_t nr);

/*
 * Numbers that a set has a byte for: more than any table has, so that "all" and "!"
 * include the calls of a kernel that is newer than the tables.
 */
#define SC_SET_NR	1024

/* A set of system calls of every architecture. */
struct sc_set {
	unsigned char (*in)[SC_SET_NR];		/* [sc_nr_arches] */
	bool others;				/* all numbers without a byte, too */
};

/*
 * Parse the SET of -e trace=SET.  A name must exist in a table of @machine, or
 * in any at all if that is NULL.  Returns false with the reason in @error.
 */
bool sc_set_parse(struct sc_set *set, const char *text, const char *machine,
		  char *error, size_t size);
void sc_set_free(struct sc_set *set);
bool sc_set_has(const struct sc_set *set, unsigned int arch, unsigned int nr);

/* The SC_SET_NR words of UTRACE_IOC_SYSCALLS for table @arch. */
uint32_t *sc_set_entries(const struct sc_set *set, unsigned int arch);

#endif
