// SPDX-License-Identifier: GPL-2.0-only
/*
 * utrace sessions: tables of system calls, one for each architecture, and the counters
 *
 * A table is never changed.  UTRACE_IOC_SYSCALLS puts another one in its place; a call
 * that is under way keeps the one by which it was seen at its entry.
 */

#include <linux/cpumask.h>
#include <linux/memcontrol.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include <asm/utrace.h>

#include "session.h"
#include "table.h"

/**
 * struct session_table - what is done with the system calls of one architecture
 * @node: in session->tables; read under RCU
 * @rcu: frees it
 * @ref: one for the list, one for each call under way that needs its rules
 * @arch: AUDIT_ARCH_*
 * @nr: entries
 * @others: UTRACE_SC_* of every number that has no entry
 * @rules: the capture rules, in the order of their numbers
 * @nr_rules: number of them
 * @entries: by number
 */
struct session_table {
	struct list_head node;
	struct rcu_head rcu;
	refcount_t ref;
	u32 arch;
	u32 nr;
	u32 others;
	struct utrace_capture_rule *rules;
	u32 nr_rules;
	struct session_table_entry {
		u32 flags;	/* UTRACE_SC_* and SESSION_SC_* */
		u16 first;	/* of its rules */
		u16 count;
	} entries[] __counted_by(nr);
};

/**
 * struct session_counts - the counters of one architecture
 * @node: in session->counts; never removed; read under RCU
 * @arch: AUDIT_ARCH_*
 * @nr: entries
 * @used: entries of the longest table that counts; under session->config_mutex
 * @base: what was counted before the last reset; under session->config_mutex
 * @cpu: by CPU number, the counters of each; written by that CPU, with preemption off
 */
struct session_counts {
	struct list_head node;
	u32 arch;
	u32 nr;
	u32 used;
	struct session_counter *base;
	struct session_counter *cpu[];
};

struct session_counter {
	u64 calls;
	u64 errors;
	u64 time;
	u64 time_max;
};

static void session_table_free_rcu(struct rcu_head *rcu)
{
	struct session_table *table = container_of(rcu, struct session_table, rcu);

	kvfree(table->rules);
	kvfree(table);
}

void utrace_session_table_put(struct session_table *table)
{
	if (table && refcount_dec_and_test(&table->ref))
		call_rcu(&table->rcu, session_table_free_rcu);
}

static void session_counts_free(struct session_counts *counts)
{
	unsigned int cpu;

	for_each_possible_cpu(cpu)
		kvfree(counts->cpu[cpu]);
	kvfree(counts->base);
	kfree(counts);
}

/* The session has no threads any more. */
void utrace_session_free_tables(struct utrace_session *s)
{
	struct session_counts *counts, *next_counts;
	struct session_table *table, *next;

	list_for_each_entry_safe(table, next, &s->tables, node)
		utrace_session_table_put(table);
	list_for_each_entry_safe(counts, next_counts, &s->counts, node)
		session_counts_free(counts);
}

/*
 * Looking up
 */

/* UTRACE_SC_* of every call of an architecture without a table. */
static u32 session_config_flags(const struct utrace_config *config)
{
	u32 flags = 0;

	if (config->record & UTRACE_EVENT(SYSCALL_ENTRY))
		flags |= UTRACE_SC_ENTRY;
	if (config->record & UTRACE_EVENT(SYSCALL_EXIT))
		flags |= UTRACE_SC_RECORD;
	if (config->hold & UTRACE_EVENT(SYSCALL_ENTRY))
		flags |= UTRACE_SC_HOLD_ENTRY;
	if (config->hold & UTRACE_EVENT(SYSCALL_EXIT))
		flags |= UTRACE_SC_HOLD_EXIT;
	return flags;
}

/* What of a table's flags the configuration does not ask for. */
static u32 session_config_mask(const struct utrace_config *config)
{
	u32 flags = 0;

	if (!(config->record & UTRACE_EVENT(SYSCALL_ENTRY)))
		flags |= UTRACE_SC_ENTRY;
	if (!(config->record & UTRACE_EVENT(SYSCALL_EXIT)))
		flags |= UTRACE_SC_RECORD | UTRACE_SC_WAITS;
	if (!(config->hold & UTRACE_EVENT(SYSCALL_ENTRY)))
		flags |= UTRACE_SC_HOLD_ENTRY;
	if (!(config->hold & UTRACE_EVENT(SYSCALL_EXIT)))
		flags |= UTRACE_SC_HOLD_EXIT;
	return flags;
}

/*
 * UTRACE_SC_* and SESSION_SC_* of a system call, as far as @config asks for it.
 * *@table: the table, referenced, if the call has rules; else NULL.
 */
u32 utrace_session_table_flags(struct utrace_session *s, u32 arch, long nr,
			       const struct utrace_config *config,
			       struct session_table **used)
{
	struct session_table *table;
	bool found = false;
	u32 flags = 0;

	*used = NULL;
	rcu_read_lock();
	list_for_each_entry_rcu(table, &s->tables, node) {
		if (table->arch != arch)
			continue;
		found = true;
		flags = (unsigned long)nr < table->nr ? table->entries[nr].flags
						      : table->others;
		flags &= ~session_config_mask(config);
		if (!(flags & SESSION_SC_RULES))
			break;
		/* Without records, nothing is captured.  It may just be replaced. */
		if ((flags & SESSION_SC_RECORDS) && refcount_inc_not_zero(&table->ref))
			*used = table;
		else
			flags &= ~SESSION_SC_RULES;
		break;
	}
	rcu_read_unlock();
	return found ? flags : session_config_flags(config);
}

/*
 * What the engines are to report of system calls, made from the configuration and the
 * table of native ones.  The exit of a call is enough for its record, unless something
 * is to be told, held or captured at its entry.  Calls of another architecture, and those
 * that no set has a bit for, are looked at one by one.  Returns an ERR_PTR() on failure.
 * *@plain: the calls of which only the record is wanted; NULL: there are none, or there
 * was no memory.
 */
struct utrace_syscall_set *utrace_session_make_set(struct utrace_session *s,
						   struct session_plain **plain)
{
	const struct utrace_config *config;
	struct utrace_syscall_filter *filter;
	struct session_table *unused;
	struct utrace_syscall_set *set;
	unsigned int nr;
	u32 flags;

	lockdep_assert_held(&s->config_mutex);

	config = &rcu_dereference_protected(s->policy,
					    lockdep_is_held(&s->config_mutex))->config;
	filter = kzalloc(sizeof(*filter), GFP_KERNEL_ACCOUNT);
	if (!filter)
		return ERR_PTR(-ENOMEM);
	filter->arch = ARCH_UTRACE_AUDIT;
	filter->other_entries = true;
	filter->other_exits = true;
	filter->times = true;
	*plain = kzalloc(sizeof(**plain), GFP_KERNEL_ACCOUNT);
	if (*plain)
		(*plain)->config = *config;
	for (nr = 0; nr < UTRACE_SYSCALL_MAX; nr++) {
		flags = utrace_session_table_flags(s, filter->arch, nr, config, &unused);
		utrace_session_table_put(unused);
		if (flags & SESSION_SC_AT_ENTRY)
			__set_bit(nr, filter->entry);
		if (flags & SESSION_SC_AT_EXIT)
			__set_bit(nr, filter->exit);
		if (*plain && flags == UTRACE_SC_RECORD)
			__set_bit(nr, (*plain)->calls);
	}
	set = utrace_syscall_set_make(filter);
	kfree(filter);
	if (set)
		return set;
	kfree(*plain);
	return ERR_PTR(-ENOMEM);
}

/* The rules of the call @nr, which is in the table. */
const struct utrace_capture_rule *
utrace_session_table_rules(const struct session_table *table, long nr, unsigned int *n)
{
	const struct session_table_entry *entry = &table->entries[nr];

	*n = entry->count;
	return &table->rules[entry->first];
}

/*
 * UTRACE_IOC_SYSCALLS
 */

static bool session_has_length(const struct utrace_capture_rule *rule)
{
	return rule->kind == UTRACE_CAP_BYTES || rule->kind == UTRACE_CAP_IOVEC;
}

static bool session_good_rule(const struct utrace_capture_rule *rule, u32 nr)
{
	bool exit = rule->when != UTRACE_WHEN_ENTRY;
	bool vectors = rule->kind == UTRACE_CAP_IOVEC || rule->kind == UTRACE_CAP_MSGHDR;

	if (rule->nr >= nr || rule->when > UTRACE_WHEN_SUCCESS || rule->arg >= 6 ||
	    rule->kind < UTRACE_CAP_STRING || rule->kind > UTRACE_CAP_MSGHDR ||
	    rule->len_from > UTRACE_LEN_RESULT || rule->len_arg >= 6 ||
	    rule->max > UTRACE_CAPTURE_MAX || rule->reserved)
		return false;
	if (!session_has_length(rule) &&
	    (rule->len_from || rule->len_arg || rule->len_unit))
		return false;
	if (rule->kind == UTRACE_CAP_BYTES && !rule->len_unit)
		return false;
	if (rule->kind == UTRACE_CAP_IOVEC && rule->len_unit != 1)
		return false;
	if (rule->len_arg && (rule->len_from == UTRACE_LEN_CONST ||
			      rule->len_from == UTRACE_LEN_RESULT))
		return false;
	if (rule->len_from == UTRACE_LEN_RESULT && !exit)
		return false;
	return !rule->filled_from ||
	       (rule->filled_from == UTRACE_LEN_RESULT && vectors && exit);
}

/* Fetch the rules, each of which has its own size. */
static int session_fetch_rules(struct session_table *table, const struct utrace_syscalls *in)
{
	void __user *from = u64_to_user_ptr(in->rules);
	struct utrace_capture_rule *rule;
	u32 i, usize, last = 0;
	int ret;

	table->rules = kvcalloc(in->nr_rules, sizeof(*rule), GFP_KERNEL_ACCOUNT);
	if (!table->rules)
		return -ENOMEM;
	table->nr_rules = in->nr_rules;
	for (i = 0; i < in->nr_rules; i++) {
		struct session_table_entry *entry;

		rule = &table->rules[i];
		ret = utrace_session_copy_in(rule, sizeof(*rule),
					     UTRACE_CAPTURE_RULE_SIZE_VER0, from, &usize);
		if (ret)
			return ret;
		if (!session_good_rule(rule, table->nr) || rule->nr < last)
			return -EINVAL;
		last = rule->nr;
		entry = &table->entries[rule->nr];
		if (!entry->count++)
			entry->first = i;
		entry->flags |= rule->when == UTRACE_WHEN_ENTRY ? SESSION_SC_RULES_ENTRY
								: SESSION_SC_RULES_EXIT;
		from += usize;
		cond_resched();
	}
	return 0;
}

static int session_fetch_entries(struct session_table *table, u64 from)
{
	u32 __user *entries = u64_to_user_ptr(from);
	u32 i, flags;

	for (i = 0; i < table->nr; i++) {
		if (get_user(flags, &entries[i]))
			return -EFAULT;
		if (flags & ~SESSION_SC_KNOWN)
			return -EINVAL;
		table->entries[i].flags = flags;
	}
	return 0;
}

static struct session_table *session_fetch_table(const struct utrace_syscalls *in)
{
	struct session_table *table;
	int ret;

	table = kvzalloc(struct_size(table, entries, in->nr), GFP_KERNEL_ACCOUNT);
	if (!table)
		return ERR_PTR(-ENOMEM);
	refcount_set(&table->ref, 1);
	table->arch = in->arch;
	table->nr = in->nr;
	table->others = in->others;
	ret = session_fetch_entries(table, in->entries);
	if (!ret && in->nr_rules)
		ret = session_fetch_rules(table, in);
	if (!ret)
		return table;
	kvfree(table->rules);
	kvfree(table);
	return ERR_PTR(ret);
}

static struct session_table *session_find_table(struct utrace_session *s, u32 arch)
{
	struct session_table *table;

	lockdep_assert_held(&s->lock);

	list_for_each_entry(table, &s->tables, node)
		if (table->arch == arch)
			return table;
	return NULL;
}

static bool session_table_counts(const struct session_table *table)
{
	u32 i;

	for (i = 0; i < table->nr; i++)
		if (table->entries[i].flags & UTRACE_SC_COUNT)
			return true;
	return false;
}

static struct session_counts *session_find_counts(struct utrace_session *s, u32 arch)
{
	struct session_counts *counts;

	list_for_each_entry_rcu(counts, &s->counts, node,
				lockdep_is_held(&s->config_mutex))
		if (counts->arch == arch)
			return counts;
	return NULL;
}

/* Counters for @table, which counts; those that there are go on. */
static int session_need_counts(struct utrace_session *s, const struct session_table *table)
{
	struct session_counts *counts;
	struct mem_cgroup *own;
	unsigned int cpu;
	int ret = 0;

	lockdep_assert_held(&s->config_mutex);

	counts = session_find_counts(s, table->arch);
	if (counts) {
		counts->used = max(counts->used, table->nr);
		return 0;
	}
	own = set_active_memcg(s->memcg);
	counts = kzalloc(struct_size(counts, cpu, nr_cpu_ids), GFP_KERNEL_ACCOUNT);
	if (!counts) {
		ret = -ENOMEM;
		goto out;
	}
	/* As many as any table can have, because the next table may have more. */
	counts->nr = UTRACE_SYSCALLS_MAX;
	counts->used = table->nr;
	counts->arch = table->arch;
	counts->base = kvcalloc(counts->nr, sizeof(*counts->base), GFP_KERNEL_ACCOUNT);
	if (!counts->base)
		ret = -ENOMEM;
	for_each_possible_cpu(cpu) {
		counts->cpu[cpu] = kvcalloc(counts->nr, sizeof(*counts->cpu[cpu]),
					    GFP_KERNEL_ACCOUNT);
		if (!counts->cpu[cpu])
			ret = -ENOMEM;
	}
	if (ret)
		session_counts_free(counts);
	else
		list_add_rcu(&counts->node, &s->counts);
out:
	set_active_memcg(own);
	return ret;
}

/* Put @table, NULL for none, in the place of the one of @arch. */
static void session_replace_table(struct utrace_session *s, u32 arch,
				  struct session_table *table)
{
	struct session_table *old;

	/* A thread that looks meanwhile finds the one or the other, never none. */
	spin_lock(&s->lock);
	old = session_find_table(s, arch);
	if (old && table)
		list_replace_rcu(&old->node, &table->node);
	else if (old)
		list_del_rcu(&old->node);
	else if (table)
		list_add_rcu(&table->node, &s->tables);
	if (table && session_table_counts(table))
		s->counts_any = true;
	spin_unlock(&s->lock);
	utrace_session_table_put(old);
}

long utrace_session_syscalls(struct utrace_session *s, void *arg)
{
	const struct utrace_syscalls *in = arg;
	struct session_table *table = NULL;
	int ret = 0;

	if ((in->flags & ~UTRACE_SYSCALLS_OTHERS) || in->nr > UTRACE_SYSCALLS_MAX ||
	    in->nr_rules > UTRACE_RULES_MAX || (in->others & ~SESSION_SC_KNOWN) ||
	    (in->others && !(in->flags & UTRACE_SYSCALLS_OTHERS)) ||
	    (in->others & UTRACE_SC_COUNT) || (in->rules && !in->nr_rules) ||
	    (!in->nr && (in->flags || in->entries || in->nr_rules)))
		return -EINVAL;
	/* Also bounds the number of tables. */
	if (!in->arch || (in->arch != ARCH_UTRACE_AUDIT &&
			  in->arch != ARCH_UTRACE_AUDIT_COMPAT))
		return -EINVAL;

	if (in->nr) {
		table = session_fetch_table(in);
		if (IS_ERR(table))
			return PTR_ERR(table);
	}
	mutex_lock(&s->config_mutex);
	if (table && session_table_counts(table))
		ret = session_need_counts(s, table);
	if (!ret) {
		utrace_session_end_plain(s);
		session_replace_table(s, in->arch, table);
		table = NULL;
		ret = utrace_session_update(s);
	}
	mutex_unlock(&s->config_mutex);
	utrace_session_table_put(table);
	return ret;
}

/*
 * Counters
 */

/* In the thread: a call has returned after @time nanoseconds. */
void utrace_session_count(struct utrace_session *s, u32 arch, long nr, bool error, u64 time)
{
	struct session_counts *counts;
	struct session_counter *c;

	rcu_read_lock();
	counts = session_find_counts(s, arch);
	if (counts && (unsigned long)nr < counts->nr) {
		c = &counts->cpu[get_cpu()][nr];
		WRITE_ONCE(c->calls, c->calls + 1);
		if (error)
			WRITE_ONCE(c->errors, c->errors + 1);
		WRITE_ONCE(c->time, c->time + time);
		if (time > c->time_max)
			WRITE_ONCE(c->time_max, time);
		put_cpu();
	}
	rcu_read_unlock();
}

static void session_sum(const struct session_counts *counts, u32 nr, bool reset,
			struct utrace_count *sum)
{
	struct session_counter *base = &counts->base[nr], all = {};
	unsigned int cpu;

	for_each_possible_cpu(cpu) {
		struct session_counter *c = &counts->cpu[cpu][nr];

		all.calls += READ_ONCE(c->calls);
		all.errors += READ_ONCE(c->errors);
		all.time += READ_ONCE(c->time);
		all.time_max = max(all.time_max, READ_ONCE(c->time_max));
		/* A call that ends now may or may not be the longest one. */
		if (reset)
			WRITE_ONCE(c->time_max, 0);
	}
	*sum = (struct utrace_count) {
		.size = sizeof(*sum),
		.calls = all.calls - base->calls,
		.errors = all.errors - base->errors,
		.time = all.time - base->time,
		.time_max = all.time_max,
	};
	if (reset)
		*base = all;
}

long utrace_session_counts(struct utrace_session *s, void *arg)
{
	struct utrace_counts *in = arg;
	void __user *to = u64_to_user_ptr(in->counts);
	const struct session_counts *counts;
	struct utrace_count sum;
	u32 i, nr, size;
	int ret = 0;

	if ((in->flags & ~UTRACE_COUNTS_RESET) || in->reserved ||
	    in->count_size < UTRACE_COUNT_SIZE_VER0 || in->count_size % 8 ||
	    in->count_size > PAGE_SIZE)
		return -EINVAL;
	size = min_t(u32, in->count_size, sizeof(sum));
	mutex_lock(&s->config_mutex);
	counts = session_find_counts(s, in->arch);
	if (!counts) {
		ret = -ENOENT;
		goto out;
	}
	nr = min(in->nr, counts->used);
	in->nr = counts->used;
	for (i = 0; i < nr; i++, to += in->count_size) {
		session_sum(counts, i, in->flags & UTRACE_COUNTS_RESET, &sum);
		sum.size = size;
		if (copy_to_user(to, &sum, size)) {
			ret = -EFAULT;
			break;
		}
		cond_resched();
	}
out:
	mutex_unlock(&s->config_mutex);
	return ret;
}
