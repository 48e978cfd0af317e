/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * /dev/utrace_probe: null engines on the calling thread, to measure their cost, and
 * engines that step it.  For the kernel, for ci/bench/loops.c and for selftests alike.
 */
#ifndef _KUNIT_UTRACE_PROBE_H
#define _KUNIT_UTRACE_PROBE_H

#include <linux/ioctl.h>
#include <linux/types.h>

#define UTRACE_PROBE_DEVICE	"/dev/utrace_probe"
#define UTRACE_PROBE_MAX	16

/* struct utrace_probe_attach: which engines */
#define UTRACE_PROBE_IDLE	0	/* exec and exit, but no system calls */
#define UTRACE_PROBE_SYSCALLS	1	/* entry and exit of each call */
#define UTRACE_PROBE_NO_MATCH	2	/* the same, with an empty set of calls */
#define UTRACE_PROBE_STEPS	3	/* instruction after instruction */
#define UTRACE_PROBE_BLOCKS	4	/* from taken branch to taken branch */
#define UTRACE_PROBE_HELD	5	/* by UTRACE_PROBE_STEP, held in between */
#define UTRACE_PROBE_STOPPED	6	/* nothing: the thread is held, for good */

/**
 * struct utrace_probe_attach - what to attach to the calling thread
 * @engines: how many, up to %UTRACE_PROBE_MAX
 * @what: which
 */
struct utrace_probe_attach {
	__u32 engines;
	__u32 what;
};

/**
 * struct utrace_probe_info - what has happened to the engines of this file
 * @entries: calls of report_syscall_entry
 * @exits: calls of report_syscall_exit
 * @steps: calls of report_step
 * @thread_bytes: memory that the first engine of a thread takes for all of them
 * @engine_bytes: memory of each engine
 */
struct utrace_probe_info {
	__u64 entries;
	__u64 exits;
	__u64 steps;
	__u32 thread_bytes;
	__u32 engine_bytes;
};

/* struct utrace_probe_regs: what to do with the registers of a thread that is held */
#define UTRACE_PROBE_REGS_SETS	0	/* regset_get() of each set of a file */
#define UTRACE_PROBE_REGS_FILE	1	/* regset_file_read() */
#define UTRACE_PROBE_REGS_SET	2	/* regset_get() of NT_PRSTATUS */
#define UTRACE_PROBE_REGS_ROLE	3	/* regset_read() of the pc, by its role */

/**
 * struct utrace_probe_regs - read a thread's registers
 * @what: how
 * @rounds: how many times
 */
struct utrace_probe_regs {
	__u32 what;
	__u32 rounds;
};

/*
 * Where steps have led to: __u64 each, the pc after every step since the thread has
 * last executed a program.  Of one engine that steps; read() it when the thread is
 * dead.  More than UTRACE_PROBE_PCS_MAX are not kept.
 */
#define UTRACE_PROBE_PCS_MAX	65536

/* Engines stay until the file is closed, or until they are detached. */
#define UTRACE_PROBE_ATTACH	_IOW('u', 1, struct utrace_probe_attach)
#define UTRACE_PROBE_DETACH	_IO('u', 2)
#define UTRACE_PROBE_INFO	_IOR('u', 3, struct utrace_probe_info)
/* To the thread's next instruction; it is asleep then. */
#define UTRACE_PROBE_STEP	_IO('u', 4)
/* Of a thread that is held after a step. */
#define UTRACE_PROBE_REGS	_IOW('u', 5, struct utrace_probe_regs)

#endif /* _KUNIT_UTRACE_PROBE_H */
