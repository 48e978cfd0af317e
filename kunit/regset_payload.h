/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Instructions for programs that tell what is in their registers, and that fill
 * them
 *
 * Each architecture defines them in arch/<arch>/registers.h.
 *
 * @offset is from P_DATA, a multiple of 64.  A P_STORE_ leaves the registers that
 * it is about as they are, until it has stored them; a P_LOAD_ begins with those
 * that it needs itself, as far as that is possible.  Where which register is, in
 * what is stored and what is loaded, is in the P_..._PLACES.
 *
 * P_STORE_REST(offset): the general registers that P_STORE_REGS does not store,
 *	because it needs them, at P_DATA + offset as if they were at P_REGS
 * P_LOAD_REGS(offset): all general registers, but for the pc.  What follows may
 *	use none
 * P_REG_PLACES: their places, at P_REGS
 * P_STORE_FPS(offset), P_LOAD_FPS(offset): what every program has beyond general
 *	registers: floating point, and control registers of that.  They change
 *	general registers
 * P_FP_PLACES: their places
 * P_STORE_VECTORS(offset), P_LOAD_VECTORS(offset), P_VECTOR_PLACES: the same of
 *	the vector registers, if test_has_vectors(); they do not fit P_DATA + 4096
 * P_STORE_OTHERS(offset), P_LOAD_OTHERS(offset), P_OTHER_PLACES: the same of what
 *	else a program can see itself, if test_has_others()
 * P_USE_VECTORS, P_USE_OTHERS: must be executed first, and may make system calls
 * P_STORE_TLS(offset): the thread pointer, 64 bits, if test_has_tls()
 * P_FORBIDDEN: values that the CPU or the kernel refuses, initializers of
 *	struct forbidden
 * P_X87: defined if there is an x87 FPU, whose register tags are computed
 */
#ifndef _KUNIT_REGSET_PAYLOAD_H
#define _KUNIT_REGSET_PAYLOAD_H

#include "utrace_payload.h"

/* For .irp, which calls the number \i then. */
#define P_0_7		"0,1,2,3,4,5,6,7"
#define P_0_15		P_0_7 ",8,9,10,11,12,13,14,15"
#define P_16_28		"16,17,18,19,20,21,22,23,24,25,26,27,28"
#define P_0_29		P_0_15 "," P_16_28 ",29"
#define P_0_30		P_0_29 ",30"
#define P_0_31		P_0_30 ",31"
#define P_FOR(list, insns)	".irp i," list "\n" insns ".endr\n"

#define P_AT(offset)	"(" __stringify(P_DATA) "+" __stringify(offset) ")"

/**
 * struct regset_place - where a program stores registers, and loads them from
 * @name: of the register; with %u for @nr of them, from @first on.  NULL: bytes
 *	that are no register
 * @twin: the register that the machine may have in its place, and that begins with
 *	it
 * @first: see @name
 * @nr: see @name; 0 is 1
 * @offset: of the first one; REGSET_PLACE_NEXT: after the place before it
 * @stride: from one to the next; 0: the size of the register
 * @bytes: of each; 0: the size of the register.  If that is another: a number
 * @value: which one to try, 0: any
 * @mask: bits that count, 0: all
 */
struct regset_place {
	const char *name;
	unsigned int first;
	unsigned int nr;
	unsigned int offset;
	unsigned int stride;
	unsigned int bytes;
	u64 value;
	u64 mask;
	const char *twin;
};

#define REGSET_PLACE_NEXT	0xffff

#include <registers.h>

#endif /* _KUNIT_REGSET_PAYLOAD_H */
