/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the suites about register sets share: data for them, and threads that are
 * held
 */
#ifndef _KUNIT_REGSET_DATA_H
#define _KUNIT_REGSET_DATA_H

#include <linux/prandom.h>

#include "../kernel/regset/internal.h"
#include "utrace_task.h"

/**
 * struct regset_random - data of every set of a view, of any value
 * @sets: by number of the set; each in memory of just its size
 * @units: of all
 * @nr: how many
 */
struct regset_random {
	struct regset_data sets[REGSET_SETS_MAX];
	u32 units[UTRACE_UNITS];
	u32 nr;
};

/* What is not like any thread's in it is the headers: they are right. */
int regset_random_make(struct regset_random *r, const struct regset_map *map,
		       struct rnd_state *rnd);
void regset_random_free(struct regset_random *r);

/* Every conversion once, with buffers of just the size that they need. */
int regset_random_convert(const struct regset_map *map, struct rnd_state *rnd);

/* A task that makes system calls, of the native view, or of the compat view. */
struct test_task *regset_test_task(struct kunit *test, bool compat);
/* A thread that is held before its first system call, and one of 32 bits. */
struct test_engine *regset_test_held(struct kunit *test);
struct test_engine *regset_test_held_compat(struct kunit *test);

#endif /* _KUNIT_REGSET_DATA_H */
