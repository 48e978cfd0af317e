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
#include <linux/utrace.h>

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
	SC_ARGV,	/* an array of strings */
	SC_ENVP,	/* the same; only their number is shown */
	SC_IOV,		/* struct iovec; the next argument is their number */
	SC_OUTIOV,	/* the same; the call fills them */
	SC_MSG,		/* struct msghdr */
	SC_OUTMSG,
	SC_ADDR,	/* struct sockaddr; the next argument is its length */
	SC_OUTADDR,	/* the same; the next argument points to the length */
	SC_TS,		/* struct timespec with two times 64 bits */
	SC_OUTTS,
	SC_TS32,	/* with two times 32 bits */
	SC_OUTTS32,
	SC_POLLFD,	/* struct pollfd; the next argument is their number */
	SC_OUTEPOLL,	/* struct epoll_event; the result is their number */
	SC_OUTSTAT,	/* struct stat */
	SC_SIGACT,	/* struct sigaction */
	SC_OUTSIGACT,
};

/* Is it stored by the call, so that it is not known before the call returns? */
bool sc_is_out(unsigned int kind);

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

/*
 * The rules for what call @nr, which is @d, shows of its memory: up to @string_max bytes
 * of strings and buffers, paths in full.  With @all, also for what has no text yet.
 * Returns their number.
 */
unsigned int sc_rules(const struct sc_arch *a, const struct sc_desc *d, unsigned int nr,
		      unsigned int string_max, bool all,
		      struct utrace_capture_rule rules[6]);

#endif
