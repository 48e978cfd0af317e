// SPDX-License-Identifier: GPL-2.0-only
/*
 * Memory for reading and writing the registers of a pinned thread
 *
 * A pinned thread cannot die, so SIGKILL waits for the caller, and an allocation may
 * wait for memory.  So the caller first allocates an arena, then pins the thread.
 * Functions that find the arena too small note that and fail, and nothing has changed
 * then.  The caller unpins the thread, and tries again with a bigger arena:
 *
 *	struct regset_arena arena = {};
 *
 *	do {
 *		ret = regset_arena_prepare(&arena, estimate);
 *		if (ret)
 *			break;
 *		... pin, write, unpin ...
 *	} while (regset_arena_short(&arena));
 *	regset_arena_free(&arena);
 */

#include <linux/export.h>
#include <linux/mm.h>
#include <linux/regset.h>
#include <linux/sizes.h>
#include <linux/slab.h>

#include "internal.h"

/* No write of registers comes near it. */
#define REGSET_ARENA_MAX	SZ_64M

/**
 * regset_arena_prepare() - allocate an arena, or a bigger one if it was too small
 * @arena: all zero at first
 * @size: how many bytes the caller expects to be needed; may be 0
 *
 * What was in the arena is lost.
 *
 * Context: may sleep for memory; no thread is pinned.
 *
 * Return:
 *
 * * 0 - the arena can be used
 * * %-ENOMEM - there is no memory
 */
int regset_arena_prepare(struct regset_arena *arena, size_t size)
{
	/* What was missing may not be all that is needed. */
	if (regset_arena_short(arena))
		size = max(size, arena->need + arena->need / 2);
	regset_arena_free(arena);
	if (!size)
		return 0;
	if (size > REGSET_ARENA_MAX)
		return -ENOMEM;
	arena->mem = kvmalloc(size, GFP_KERNEL_ACCOUNT);
	if (!arena->mem)
		return -ENOMEM;
	arena->size = size;
	return 0;
}
EXPORT_SYMBOL_NS_GPL(regset_arena_prepare, UTRACE);

/**
 * regset_arena_free() - free the memory of an arena
 * @arena: the arena, which is empty then
 *
 * Context: may sleep.
 */
void regset_arena_free(struct regset_arena *arena)
{
	kvfree(arena->mem);
	*arena = (struct regset_arena){};
}
EXPORT_SYMBOL_NS_GPL(regset_arena_free, UTRACE);

/* Take memory, which is not zeroed.  NULL: the arena is too small. */
void *regset_arena_take(struct regset_arena *arena, size_t size)
{
	void *mem = arena->mem + arena->used;

	size = ALIGN(size, 16);
	if (size > arena->size - arena->used) {
		arena->need = max(arena->need, arena->used + size);
		return NULL;
	}
	arena->used += size;
	return mem;
}

/* The same, zeroed. */
void *regset_arena_zero(struct regset_arena *arena, size_t size)
{
	void *mem = regset_arena_take(arena, size);

	return mem ? memset(mem, 0, size) : NULL;
}
