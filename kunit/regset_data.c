// SPDX-License-Identifier: GPL-2.0-only
/*
 * Data for the suites about register sets
 */

#include <linux/mm.h>
#include <linux/slab.h>

#include "regset_data.h"

LOCAL_PAYLOAD(payload_some_calls,
	"1:\n"
	P_CALL(__NR_getppid)
	P_COUNT(0)
	P_JUMP(1b));

#ifdef P_COMPAT_MACHINE
LOCAL_COMPAT_PAYLOAD(payload_some_compat_calls,
	P_COMPAT_BASE
	"1:\n"
	P_COMPAT_CALL(P_COMPAT_NR_GETPID)
	P_COMPAT_COUNT(0)
	P_COMPAT_JUMP(1b));
#endif

struct test_task *regset_test_task(struct kunit *test, bool compat)
{
	if (!compat)
		return test_task(test, &payload_some_calls);
#ifdef P_COMPAT_MACHINE
	return test_task(test, &payload_some_compat_calls);
#else
	kunit_skip(test, "this kernel has no 32-bit threads");
	return NULL;
#endif
}

struct test_engine *regset_test_held(struct kunit *test)
{
	return test_engine_hold_at(test, regset_test_task(test, false), EV(SYSCALL_ENTRY));
}

struct test_engine *regset_test_held_compat(struct kunit *test)
{
	return test_engine_hold_at(test, regset_test_task(test, true), EV(SYSCALL_ENTRY));
}

static void put_number(const struct regset_map *map, void *at, unsigned int size, u64 n)
{
	u8 *p = at;
	unsigned int i;

	for (i = 0; i < size; i++)
		p[map->view->flags & UTRACE_VIEW_BIG_ENDIAN ? size - 1 - i : i] = n >> 8 * i;
}

/* One of the forms of @set that the machine has, or -1. */
static int random_form(const struct regset_map *map, u32 set, struct rnd_state *rnd)
{
	u32 i, nr = 0, forms[64];

	for (i = 0; i < map->view->nr_layouts; i++)
		if (map->layouts[i].set == set &&
		    map->layouts[i].flags & UTRACE_LAYOUT_PRESENT)
			forms[nr++] = i;
	return nr ? forms[prandom_u32_state(rnd) % nr] : -1;
}

int regset_random_make(struct regset_random *r, const struct regset_map *map,
		       struct rnd_state *rnd)
{
	u32 set, i;

	memset(r, 0, sizeof(*r));
	r->nr = map->view->nr_sets;
	for (i = 0; i < UTRACE_UNITS; i++)
		r->units[i] = map->unit_square >> i & 1 ? 16 : 2 << prandom_u32_state(rnd) % 4;
	for (set = 0; set < r->nr; set++) {
		int form = random_form(map, set, rnd);
		const struct utrace_layout *l;
		u32 unit = 0;
		size_t size;
		void *data;

		/* Now and then a thread lacks something. */
		if (form < 0 || (set && !(prandom_u32_state(rnd) % 8)))
			continue;
		l = &map->layouts[form];
		if (l->unit != UTRACE_NONE)
			unit = l->unit_bytes ? r->units[l->unit] : 1;
		size = regset_layout_size(l, unit);
		if (size > SZ_4M)
			continue;
		data = kvmalloc(size, GFP_KERNEL);
		if (!data) {
			regset_random_free(r);
			return -ENOMEM;
		}
		prandom_bytes_state(rnd, data, size);
		if (l->unit_bytes)
			put_number(map, data + l->unit_offset, l->unit_bytes,
				   (u64)unit << l->unit_shift);
		if (l->cond_bytes)
			put_number(map, data + l->cond_offset, l->cond_bytes, l->cond_value);
		r->sets[set].data = data;
		r->sets[set].size = size;
	}
	return 0;
}

void regset_random_free(struct regset_random *r)
{
	u32 i;

	for (i = 0; i < r->nr; i++) {
		kvfree(r->sets[i].data);
		r->sets[i].data = NULL;
	}
}

/* Memory of just this size: what is beyond it belongs to KASAN. */
static void *exactly(ssize_t size)
{
	return size < 0 ? NULL : kvmalloc(size ?: 1, GFP_KERNEL);
}

int regset_random_convert(const struct regset_map *map, struct rnd_state *rnd)
{
	struct regset_random *r = kvmalloc(sizeof(*r), GFP_KERNEL);
	struct utrace_regfile *file;
	ssize_t n, size;
	void *to;
	u32 set;

	if (!r || regset_random_make(r, map, rnd)) {
		kvfree(r);
		return -ENOMEM;
	}
	size = regset_data_to_file(map, r->sets, NULL, 0);
	file = exactly(size);
	if (!file)
		goto out;
	regset_data_to_file(map, r->sets, file, size);
	for (set = 0; set < map->view->nr_sets; set++) {
		n = regset_file_to_data(map, file, set, NULL, 0);
		to = exactly(n);
		if (to)
			regset_file_to_data(map, file, set, to, n);
		kvfree(to);
	}
	n = regset_file_to_gdb(map, file, NULL, 0);
	to = exactly(n);
	if (to) {
		regset_file_to_gdb(map, file, to, n);
		regset_gdb_to_file(map, to, n, file);
	}
	kvfree(to);
	n = regset_gdb_description(map, file->units, NULL, 0);
	to = exactly(n + 1);
	if (to)
		regset_gdb_description(map, file->units, to, n + 1);
	kvfree(to);
	n = regset_file_to_core(map, file, NULL, 0);
	to = exactly(n);
	if (to) {
		regset_file_to_core(map, file, to, n);
		regset_core_to_file(map, to, n, 0, file, size);
	}
	kvfree(to);
	kvfree(file);
out:
	regset_random_free(r);
	kvfree(r);
	return 0;
}
