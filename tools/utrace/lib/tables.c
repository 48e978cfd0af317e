// SPDX-License-Identifier: LGPL-2.1
/*
 * libutrace: which system calls to record, what of them, and how many there were
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "internal.h"

/*
 * A rule is as long as the program that has added it was compiled with, so that rules
 * are sorted by their places.
 */
struct utrace_table {
	uint32_t arch;
	uint32_t flags, others;
	uint32_t *entries;
	unsigned int nr;
	unsigned char *rules;
	size_t used, room;
	unsigned int nr_rules;
};

API struct utrace_table *utrace_table_new(uint32_t arch)
{
	struct utrace_table *t = calloc(1, sizeof(*t));

	if (t)
		t->entries = calloc(UTRACE_SYSCALLS_MAX, sizeof(*t->entries));
	if (!t || !t->entries) {
		free(t);
		utrace_fail(NULL, ENOMEM, "cannot make a table of system calls: %s",
			    strerror(ENOMEM));
		return NULL;
	}
	t->arch = arch;
	return t;
}

API void utrace_table_free(struct utrace_table *t)
{
	if (!t)
		return;
	free(t->entries);
	free(t->rules);
	free(t);
}

API int utrace_table_set(struct utrace_table *t, unsigned int nr, uint32_t flags)
{
	if (nr >= UTRACE_SYSCALLS_MAX)
		return utrace_fail(NULL, EINVAL, "cannot set system call %u: a table has %u entries",
				   nr, UTRACE_SYSCALLS_MAX);
	t->entries[nr] = flags;
	if (nr >= t->nr)
		t->nr = nr + 1;
	return 0;
}

API int utrace_table_set_all(struct utrace_table *t, uint32_t flags)
{
	unsigned int nr;

	for (nr = 0; nr < UTRACE_SYSCALLS_MAX; nr++)
		t->entries[nr] = flags;
	t->nr = UTRACE_SYSCALLS_MAX;
	t->flags = UTRACE_SYSCALLS_OTHERS;
	/* There is no counter for them. */
	t->others = flags & ~UTRACE_SC_COUNT;
	return 0;
}

API int utrace_table_capture_sized(struct utrace_table *t,
				   const struct utrace_capture_rule *rule)
{
	size_t room = t->room ? t->room : 1024;
	void *p;

	if (rule->size < UTRACE_CAPTURE_RULE_SIZE_VER0 || rule->size % 8 ||
	    rule->size > 4096)
		return utrace_fail(NULL, EINVAL, "cannot add a rule of what to capture: none has %u bytes",
				   rule->size);
	if (rule->nr >= UTRACE_SYSCALLS_MAX)
		return utrace_fail(NULL, EINVAL, "cannot add a rule of what to capture: a table has no system call %u",
				   rule->nr);
	if (t->nr_rules >= UTRACE_RULES_MAX)
		return utrace_fail(NULL, E2BIG, "cannot add a rule of what to capture: there are %u already",
				   t->nr_rules);
	while (room - t->used < rule->size)
		room *= 2;
	if (room > t->room) {
		p = realloc(t->rules, room);
		if (!p)
			return utrace_fail(NULL, ENOMEM, "cannot add a rule of what to capture: %s",
					   strerror(ENOMEM));
		t->rules = p;
		t->room = room;
	}
	memcpy(t->rules + t->used, rule, rule->size);
	t->used += rule->size;
	t->nr_rules++;
	return 0;
}

/* By number, and those of one number in the order in which they were added. */
static int compare(const void *a, const void *b)
{
	const struct utrace_capture_rule *x = *(void *const *)a, *y = *(void *const *)b;

	if (x->nr != y->nr)
		return x->nr < y->nr ? -1 : 1;
	return x < y ? -1 : x > y;
}

static unsigned char *sorted_rules(const struct utrace_table *t)
{
	unsigned char *out = malloc(t->used + !t->used), *to = out;
	const struct utrace_capture_rule **rules = calloc(t->nr_rules + 1, sizeof(*rules));
	const unsigned char *p = t->rules;
	unsigned int i;

	if (!out || !rules) {
		free(out);
		free(rules);
		return NULL;
	}
	for (i = 0; i < t->nr_rules; i++) {
		rules[i] = (const void *)p;
		p += rules[i]->size;
	}
	qsort(rules, t->nr_rules, sizeof(*rules), compare);
	for (i = 0; i < t->nr_rules; i++) {
		memcpy(to, rules[i], rules[i]->size);
		to += rules[i]->size;
	}
	free(rules);
	return out;
}

static int syscalls(struct utrace_session *s, struct utrace_syscalls *table)
{
	const char *why;
	int err = -utrace_sys_ioctl(s->fd, UTRACE_IOC_SYSCALLS, table);

	if (!err)
		return 0;
	switch (err) {
	case EINVAL:
		why = "the kernel executes no such programs, or does not know a flag or a rule";
		break;
	case E2BIG:
		why = "the kernel is older than the program, and does not know a member of a rule";
		break;
	default:
		why = utrace_words(err);
	}
	return utrace_fail(s, err, "cannot set the system calls of architecture %#x: %s",
			   table->arch, why);
}

API int utrace_syscalls_sized(struct utrace_session *s, struct utrace_syscalls *table)
{
	return syscalls(s, table);
}

API int utrace_table_load(struct utrace_session *s, const struct utrace_table *t)
{
	unsigned char *rules = sorted_rules(t);
	struct utrace_syscalls table = {
		.size		= sizeof(table),
		.flags		= t->flags,
		.arch		= t->arch,
		/* No entries would remove the table. */
		.nr		= t->nr ? t->nr : 1,
		.entries	= (uintptr_t)t->entries,
		.rules		= t->nr_rules ? (uintptr_t)rules : 0,
		.nr_rules	= t->nr_rules,
		.others		= t->others,
	};
	int ret;

	if (!rules)
		return utrace_fail(s, ENOMEM, "cannot set the system calls of architecture %#x: %s",
				   t->arch, strerror(ENOMEM));
	ret = syscalls(s, &table);
	free(rules);
	return ret;
}

API int utrace_counts_sized(struct utrace_session *s, uint32_t arch, unsigned int flags,
			    struct utrace_count *counts, size_t count_size, unsigned int nr)
{
	struct utrace_counts c = {
		.size		= sizeof(c),
		.flags		= flags,
		.arch		= arch,
		.nr		= nr,
		.counts		= (uintptr_t)counts,
		.count_size	= count_size,
	};
	int err;

	memset(counts, 0, count_size * nr);
	err = -utrace_sys_ioctl(s->fd, UTRACE_IOC_COUNTS, &c);
	if (err)
		return utrace_fail(s, err, "cannot get the counts of architecture %#x: %s", arch,
				   err == ENOENT ? "no table has counted anything"
						 : utrace_words(err));
	return c.nr;
}
