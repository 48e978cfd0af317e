// SPDX-License-Identifier: GPL-2.0-only
/*
 * Descriptions of register sets: made from the tables of the architecture
 *
 * What the machine has does not change while the system is up, so each view is
 * described once, when the system starts, in the form that user space gets
 * (<uapi/linux/utrace_regs.h>); the kernel itself goes by the same block.
 */

#include <linux/align.h>
#include <linux/bitops.h>
#include <linux/init.h>
#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <uapi/linux/elf.h>

#include "internal.h"

#define REGSET_VIEWS_MAX	2

static struct regset_desc *regset_descs[REGSET_VIEWS_MAX] __ro_after_init;
static DEFINE_MUTEX(regset_bind_mutex);

unsigned int __weak regset_arch_component(unsigned int component)
{
	return 0;
}

/*
 * The stock view of @task, whoever asks.  task_user_regset_view() is enough where it
 * does not also go by the word size of current.
 */
const struct user_regset_view * __weak regset_task_view(struct task_struct *task)
{
	return task_user_regset_view(task);
}

unsigned int __weak regset_arch_unit(unsigned int id, unsigned int unit)
{
	return 0;
}

/**
 * struct regset_builder - a description in the making
 * @src: of what
 * @view: the block; big enough
 * @layouts: in it
 * @regs: in it
 * @locs: in it
 * @strings: in it
 * @strings_size: bytes used so far
 */
struct regset_builder {
	const struct regset_view_src *src;
	struct utrace_view *view;
	struct utrace_layout *layouts;
	struct utrace_reg *regs;
	struct utrace_loc *locs;
	char *strings;
	u32 strings_size;
};

static u32 __init build_string(struct regset_builder *b, const char *s)
{
	size_t n = strlen(s) + 1;
	u32 at = 0;

	while (at < b->strings_size) {
		if (!strcmp(b->strings + at, s))
			return at;
		at += strlen(b->strings + at) + 1;
	}
	memcpy(b->strings + at, s, n);
	b->strings_size += n;
	return at;
}

static bool __init build_have(const struct regset_builder *b, unsigned int note)
{
	return regset_arch_have(b->src->id, note);
}

static const struct regset_feature_src * __init
build_feature(const struct regset_view_src *src, unsigned int reg)
{
	const struct regset_feature_src *f = src->features;
	unsigned int i;

	for (i = 1; i < src->nr_features && src->features[i].first <= reg; i++)
		f++;
	return f;
}

/* Does another set of this machine show the register in full? */
static bool __init build_is_twin(const struct regset_builder *b, unsigned int reg)
{
	const struct regset_feature_src *f = build_feature(b->src, reg);

	return f->unless && build_have(b, f->unless) && !b->src->regs[reg].stays;
}

static u32 __init build_twin(const struct regset_builder *b, unsigned int reg)
{
	const struct regset_feature_src *f = build_feature(b->src, reg);

	return build_is_twin(b, reg) ? f->twin + reg - f->first : reg;
}

static const char * __init build_owner(unsigned int note)
{
	return note == NT_PRSTATUS || note == NT_PRFPREG ? "CORE" : "LINUX";
}

static void __init build_loc(struct regset_builder *b, struct utrace_layout *l,
			     const struct regset_loc_src *src, u32 offset,
			     u32 before, unsigned int component)
{
	struct utrace_loc *loc = &b->locs[b->view->nr_locs++];

	loc->reg = UTRACE_LOC_IS_PADDING(src->op) ? src->reg : build_twin(b, src->reg);
	loc->op = src->op;
	loc->name = build_string(b, src->pad ?: "");
	loc->offset = offset;
	loc->before = before;
	loc->bytes = src->bytes;
	loc->component = component;
	l->nr_locs++;
}

/* Blocks that this machine puts where it likes come in the order of that. */
static const struct regset_block_src * __init
next_block(const struct regset_layout_src *src, u32 from, u32 *offset)
{
	const struct regset_block_src *found = NULL;
	unsigned int i, at;

	for (i = 0; i < src->nr_blocks; i++) {
		if (!src->blocks[i].optional)
			continue;
		at = regset_arch_component(src->blocks[i].component - 1);
		if (at >= from && (!found || at < *offset)) {
			found = &src->blocks[i];
			*offset = at;
		}
	}
	return found;
}

static void __init build_head(struct regset_builder *b, struct utrace_layout *l,
			      const struct regset_block_src *block)
{
	unsigned int i;

	for (i = 0; i < block->nr; i++) {
		build_loc(b, l, &block->locs[i], l->head, 0, block->component);
		l->head += block->locs[i].bytes;
	}
}

static void __init build_blocks(struct regset_builder *b, struct utrace_layout *l,
				const struct regset_layout_src *src)
{
	const struct regset_block_src *block;
	unsigned int i, j;
	u32 offset = 0;

	/* The head has to be known before what follows it. */
	for (i = 0; i < src->nr_blocks; i++) {
		block = &src->blocks[i];
		if (block->optional || block->locs[0].op == UTRACE_LOC_UNITS)
			break;
		build_head(b, l, block);
	}
	for (; i < src->nr_blocks && !src->blocks[i].optional; i++) {
		block = &src->blocks[i];
		for (j = 0; j < block->nr; j++) {
			if (block->locs[j].op == UTRACE_LOC_UNITS) {
				build_loc(b, l, &block->locs[j], l->head, l->units, 0);
				l->units += block->locs[j].bytes;
			} else {
				build_loc(b, l, &block->locs[j], l->tail, UTRACE_NONE, 0);
				l->tail += block->locs[j].bytes;
			}
		}
	}
	while (i < src->nr_blocks && (block = next_block(src, l->head, &offset))) {
		struct regset_loc_src gap = {
			.bytes = offset - l->head, .op = UTRACE_LOC_PAD, .pad = "gap",
		};

		if (gap.bytes) {
			build_loc(b, l, &gap, l->head, 0, 0);
			l->head += gap.bytes;
		}
		build_head(b, l, block);
	}
}

static void __init build_layout(struct regset_builder *b, unsigned int nr)
{
	const struct regset_layout_src *src = &b->src->layouts[nr];
	struct utrace_layout *l = &b->layouts[nr];
	unsigned int i;

	if (nr && b->layouts[nr - 1].note == src->note)
		l->set = b->layouts[nr - 1].set;
	else
		l->set = b->view->nr_sets++;
	l->note = src->note;
	l->owner = build_string(b, build_owner(src->note));
	l->flags = src->flags;
	if (build_have(b, src->note))
		l->flags |= UTRACE_LAYOUT_PRESENT;
	l->behind = UTRACE_NONE;
	for (i = 0; src->behind && i < nr; i++)
		if (b->layouts[i].note == src->behind &&
		    b->layouts[i].flags & UTRACE_LAYOUT_PRESENT &&
		    l->behind == UTRACE_NONE)
			l->behind = i;
	l->unit = src->variable ? src->variable - 1 : UTRACE_NONE;
	l->unit_offset = src->unit_offset;
	l->unit_bytes = src->unit_bytes;
	l->unit_shift = src->unit_shift;
	l->cond_offset = src->cond_offset;
	l->cond_bytes = src->cond_bytes;
	l->cond_mask = src->cond_mask;
	l->cond_value = src->cond_value;
	l->components = src->components;
	l->first_loc = b->view->nr_locs;
	build_blocks(b, l, src);
}

/* Mark the registers that the machine has. */
static void __init build_presence(struct regset_builder *b)
{
	unsigned int i, j;

	for (i = 0; i < b->view->nr_layouts; i++) {
		if (!(b->layouts[i].flags & UTRACE_LAYOUT_PRESENT))
			continue;
		for (j = 0; j < b->layouts[i].nr_locs; j++) {
			struct utrace_loc *loc = &b->locs[b->layouts[i].first_loc + j];

			if (!UTRACE_LOC_IS_PADDING(loc->op))
				b->regs[loc->reg].flags |= UTRACE_REG_PRESENT |
							   UTRACE_REG_IN_FILE;
		}
	}
}

static void __init build_regs(struct regset_builder *b)
{
	u32 offset = sizeof(struct utrace_regfile), units[UTRACE_UNITS] = {};
	unsigned int i;

	for (i = 0; i < b->view->nr_regs; i++) {
		const struct regset_feature_src *f = build_feature(b->src, i);
		const struct regset_reg_src *src = &b->src->regs[i];
		struct utrace_reg *r = &b->regs[i];
		bool instead = f->unless && build_have(b, f->unless) && src->stays;

		r->name = build_string(b, src->name);
		r->feature = build_string(b, instead ? f->instead : f->name);
		r->type = src->type;
		r->flags |= src->flags;
		if (src->flags & UTRACE_REG_CONSTANT)
			r->flags |= UTRACE_REG_PRESENT | UTRACE_REG_IN_FILE;
		r->size = src->size;
		r->unit = src->variable ? src->variable - 1 : UTRACE_NONE;
		r->dwarf = src->dwarf < 0 ? UTRACE_NONE : src->dwarf;
		r->roles = src->roles;
		r->init = src->init;
		if (!(r->flags & UTRACE_REG_IN_FILE))
			continue;
		if (r->unit != UTRACE_NONE) {
			r->offset = units[r->unit];
			units[r->unit] += r->size;
		} else {
			offset = ALIGN(offset, min(16, roundup_pow_of_two(r->size)));
			r->offset = offset;
			offset += r->size;
		}
	}
	b->view->file_size = offset;
}

/* More than the description will have, for allocation. */
static size_t __init build_bound(const struct regset_view_src *src, size_t *nr_locs)
{
	size_t strings = 256, locs = 0;
	unsigned int i, j, k;

	for (i = 0; i < src->nr_regs; i++)
		strings += strlen(src->regs[i].name) + 1;
	for (i = 0; i < src->nr_features; i++)
		strings += strlen(src->features[i].name) + 1 +
			   strlen(src->features[i].instead ?: "") + 1;
	for (i = 0; i < src->nr_layouts; i++) {
		const struct regset_layout_src *l = &src->layouts[i];

		for (j = 0; j < l->nr_blocks; j++) {
			locs += l->blocks[j].nr + 1;
			for (k = 0; k < l->blocks[j].nr; k++)
				strings += strlen(l->blocks[j].locs[k].pad ?: "") + 1;
		}
	}
	*nr_locs = locs;
	return sizeof(struct utrace_view) +
	       src->nr_layouts * sizeof(struct utrace_layout) +
	       src->nr_regs * sizeof(struct utrace_reg) +
	       locs * sizeof(struct utrace_loc) +
	       src->nr_links * sizeof(struct utrace_link) + strings;
}

static struct utrace_view * __init build_view(const struct regset_view_src *src)
{
	struct regset_builder b = { .src = src };
	size_t nr_locs, size = build_bound(src, &nr_locs);
	struct utrace_view *v;
	unsigned int i;

	v = kvzalloc(size, GFP_KERNEL);
	if (!v)
		return NULL;
	b.view = v;
	v->magic = UTRACE_VIEW_MAGIC;
	v->id = src->id;
	v->native = src->native;
	if (IS_ENABLED(CONFIG_CPU_BIG_ENDIAN))
		v->flags |= UTRACE_VIEW_BIG_ENDIAN;
	if (src->word == 8)
		v->flags |= UTRACE_VIEW_64BIT;
	if (src->id != src->native)
		v->flags |= UTRACE_VIEW_COMPAT;
	v->elf_machine = src->machine;
	v->prstatus_size = src->prstatus_size;
	v->prstatus_regs = src->prstatus_regs;
	v->nr_layouts = src->nr_layouts;
	v->nr_regs = src->nr_regs;
	v->nr_links = src->nr_links;
	v->layouts = sizeof(*v);
	v->regs = v->layouts + v->nr_layouts * sizeof(struct utrace_layout);
	v->links = v->regs + v->nr_regs * sizeof(struct utrace_reg);
	v->locs = v->links + v->nr_links * sizeof(struct utrace_link);
	v->strings = v->locs + nr_locs * sizeof(struct utrace_loc);

	b.layouts = (void *)v + v->layouts;
	b.regs = (void *)v + v->regs;
	b.locs = (void *)v + v->locs;
	b.strings = (void *)v + v->strings;
	memcpy((void *)v + v->links, src->links, v->nr_links * sizeof(struct utrace_link));

	v->name = build_string(&b, src->name);
	v->arch = build_string(&b, src->arch);
	v->osabi = build_string(&b, "GNU/Linux");
	for (i = 0; i < v->nr_layouts; i++)
		build_layout(&b, i);
	build_presence(&b);
	build_regs(&b);

	/* The room for places was a guess. */
	memmove(&b.locs[v->nr_locs], b.strings, b.strings_size);
	v->strings = v->locs + v->nr_locs * sizeof(struct utrace_loc);
	v->strings_size = b.strings_size;
	v->size = v->strings + v->strings_size;
	return v;
}

static bool __init run_follows(const struct regset_run *a, const struct regset_run *b)
{
	if (a->kind != b->kind || a->unit != b->unit || a->units != b->units ||
	    a->to + a->bytes != b->to)
		return false;
	if (!a->units)
		return a->unit == UTRACE_NONE && a->before == b->before &&
		       a->from + a->bytes == b->from;
	return a->from == b->from && a->before + a->bytes == b->before;
}

/*
 * Can the register be copied as bytes?  A file has zeros where nothing is copied
 * to, so a value that is shorter in the set is only a matter of where.
 *
 * Whether a component is in its initial state does not matter here: the kernel
 * gives its registers the values that they have then.
 */
static bool __init plan_copies(const struct regset_map *map,
			       const struct utrace_layout *l,
			       const struct utrace_loc *loc, struct regset_run *run)
{
	const struct utrace_reg *r = &map->regs[loc->reg];
	bool big = map->view->flags & UTRACE_VIEW_BIG_ENDIAN;

	*run = (struct regset_run) {
		.from = loc->offset, .before = loc->before, .to = r->offset,
		.bytes = loc->bytes, .unit = r->unit, .kind = RUN_SCALED,
	};
	if (loc->op == UTRACE_LOC_UNITS) {
		run->units = true;
		return r->unit == l->unit && loc->bytes == r->size;
	}
	if (loc->op != UTRACE_LOC_COPY)
		return false;
	if (r->unit != UTRACE_NONE)
		return !big && !loc->before;
	run->bytes = min(loc->bytes, r->size);
	if (big) {
		run->from += loc->bytes - run->bytes;
		run->to += r->size - run->bytes;
	}
	if (!loc->before)
		run->kind = RUN_BYTES;
	return true;
}

static void __init plan_finish(struct regset_plan *plan)
{
	unsigned int i;

	for (i = 0; i < plan->nr_runs; i++) {
		struct regset_run *run = &plan->runs[i];

		if (run->kind == RUN_SCALED) {
			if (run->unit != UTRACE_NONE && !run->units &&
			    run->bytes == 16 && !((run->from | run->to) % 8))
				run->kind = RUN_16_SPREAD;
			continue;
		}
		if (run->bytes == 8 && !((run->from | run->to) % 8))
			run->kind = RUN_8;
		if (run->bytes == 4 && !((run->from | run->to) % 4))
			run->kind = RUN_4;
	}
}

static int __init make_plan(struct regset_desc *desc, unsigned int nr)
{
	const struct utrace_layout *l = &desc->map.layouts[nr];
	struct regset_plan *plan = &desc->plans[nr];
	unsigned int i;

	plan->runs = kcalloc(l->nr_locs, sizeof(*plan->runs), GFP_KERNEL);
	plan->others = kcalloc(l->nr_locs, sizeof(*plan->others), GFP_KERNEL);
	if (!plan->runs || !plan->others)
		return -ENOMEM;
	for (i = l->first_loc; i < l->first_loc + l->nr_locs; i++) {
		const struct utrace_loc *loc = &desc->map.locs[i];
		struct regset_run run;

		if (UTRACE_LOC_IS_PADDING(loc->op) ||
		    !(desc->map.regs[loc->reg].flags & UTRACE_REG_IN_FILE))
			continue;
		if (!plan_copies(&desc->map, l, loc, &run))
			plan->others[plan->nr_others++] = i;
		else if (plan->nr_runs &&
			 run_follows(&plan->runs[plan->nr_runs - 1], &run))
			plan->runs[plan->nr_runs - 1].bytes += run.bytes;
		else
			plan->runs[plan->nr_runs++] = run;
	}
	plan_finish(plan);
	return 0;
}

/* The first place of a register, if it is one that can be read quickly. */
static void __init make_quick(struct regset_desc *desc, unsigned int reg)
{
	u32 at = desc->first[reg];
	const struct utrace_layout *l;
	struct regset_run run;

	if (at == UTRACE_NONE)
		return;
	l = &desc->map.layouts[desc->layout_of[at]];
	if (l->cond_bytes || desc->map.locs[at].component ||
	    !plan_copies(&desc->map, l, &desc->map.locs[at], &run) ||
	    run.kind == RUN_SCALED || run.bytes != desc->map.regs[reg].size ||
	    run.from + run.bytes > REGSET_QUICK_MAX)
		return;
	desc->quick[reg] = (struct regset_quick) {
		.set = l->set, .from = run.from, .end = run.from + run.bytes,
	};
}

static void __init make_indices(struct regset_desc *desc)
{
	const struct utrace_view *v = desc->map.view;
	unsigned int i, role;
	int j;

	memset32(desc->first, UTRACE_NONE, v->nr_regs);
	memset32(desc->roles, UTRACE_NONE, UTRACE_ROLE_NR);
	for (i = 0; i < v->nr_regs; i++)
		for (role = 0; role < UTRACE_ROLE_NR; role++)
			if (desc->map.regs[i].roles & UTRACE_ROLE_BIT(role))
				desc->roles[role] = i;
	/* From the last to the first, so that the first is the first to be found. */
	for (i = v->nr_layouts; i-- > 0;) {
		const struct utrace_layout *l = &desc->map.layouts[i];

		for (j = l->first_loc + l->nr_locs - 1; j >= (int)l->first_loc; j--) {
			const struct utrace_loc *loc = &desc->map.locs[j];

			desc->layout_of[j] = i;
			if (UTRACE_LOC_IS_PADDING(loc->op))
				continue;
			desc->next[j] = desc->first[loc->reg];
			desc->first[loc->reg] = j;
		}
	}
	for (i = 0; i < v->nr_regs; i++)
		make_quick(desc, i);
}

static struct regset_desc * __init make_desc(const struct regset_view_src *src)
{
	struct utrace_view *v = build_view(src);
	struct regset_desc *desc = kzalloc(sizeof(*desc), GFP_KERNEL);
	struct regset_fault fault;
	unsigned int i;

	if (!v || !desc)
		return NULL;
	if (WARN(regset_map_init(&desc->map, v, v->size, &fault),
		 "the description of %s is wrong: %s\n", src->name, fault.text))
		return NULL;
	desc->src = src;
	desc->plans = kcalloc(v->nr_layouts, sizeof(*desc->plans), GFP_KERNEL);
	desc->first = kcalloc(v->nr_regs, sizeof(*desc->first), GFP_KERNEL);
	desc->next = kcalloc(v->nr_locs, sizeof(*desc->next), GFP_KERNEL);
	desc->layout_of = kcalloc(v->nr_locs, sizeof(*desc->layout_of), GFP_KERNEL);
	desc->quick = kcalloc(v->nr_regs, sizeof(*desc->quick), GFP_KERNEL);
	desc->binding = kzalloc(sizeof(*desc->binding), GFP_KERNEL);
	if (!desc->plans || !desc->quick || !desc->first || !desc->next ||
	    !desc->layout_of || !desc->binding)
		return NULL;
	for (i = 0; i < v->nr_layouts; i++)
		if (make_plan(desc, i))
			return NULL;
	make_indices(desc);
	return desc;
}

/* Memory that is short here is so for good: there is nothing to clean up for. */
static int __init regset_desc_init(void)
{
	unsigned int i;

	for (i = 0; i < REGSET_VIEWS_MAX && regset_arch_views[i]; i++) {
		regset_descs[i] = make_desc(regset_arch_views[i]);
		if (!regset_descs[i])
			return -ENOMEM;
	}
	return 0;
}
subsys_initcall(regset_desc_init);

static u32 regset_set_size(const struct regset_desc *desc, u32 set,
			   const struct user_regset *regset)
{
	u32 most = regset->n * regset->size, size = 0, i;

	for (i = 0; i < desc->map.view->nr_layouts; i++) {
		const struct utrace_layout *l = &desc->map.layouts[i];
		u32 unit = 1;

		if (l->set != set)
			continue;
		if (l->unit != UTRACE_NONE && l->unit_bytes)
			unit = regset_arch_unit(desc->src->id, l->unit);
		size = max_t(u32, size, regset_layout_size(l, unit));
	}
	return min(size, most);
}

struct regset_room *regset_room_alloc(size_t size)
{
	return kvmalloc(sizeof(struct regset_room) + size, GFP_KERNEL);
}

static bool regset_make_binding(const struct regset_desc *desc,
				const struct user_regset_view *view,
				struct regset_binding *b)
{
	u32 i, j, set = UTRACE_NONE;

	lockdep_assert_held(&regset_bind_mutex);

	b->nr_fronts = 0;
	b->room_size = 0;
	for (i = 0; i < desc->map.view->nr_layouts; i++) {
		const struct utrace_layout *l = &desc->map.layouts[i];

		if (l->set == set || !(l->flags & UTRACE_LAYOUT_PRESENT))
			continue;
		set = l->set;
		for (j = 0; j < view->n; j++)
			if (view->regsets[j].core_note_type == l->note)
				b->sets[set] = &view->regsets[j];
		if (!b->sets[set])
			continue;
		b->sizes[set] = regset_set_size(desc, set, b->sets[set]);
		b->room_size += ALIGN(b->sizes[set], 16);
		if (l->behind == UTRACE_NONE &&
		    !WARN_ON_ONCE(b->nr_fronts == REGSET_FETCH_MAX))
			b->fronts[b->nr_fronts++] = (struct regset_front) {
				.set = b->sets[set], .size = b->sizes[set],
				.head = l->head, .layout = i,
				.fixed = !l->cond_bytes && l->unit == UTRACE_NONE,
			};
	}
	b->room = regset_room_alloc(b->room_size);
	if (!b->room)
		return false;
	/* Pairs with the acquire in regset_bind(). */
	smp_store_release(&b->view, view);
	return true;
}

/**
 * regset_bind() - find the stock sets that a description describes
 * @desc: the description
 * @view: regset_task_view() of a thread whose task_regset_desc() is @desc
 *
 * Context: process context; may sleep for memory.
 *
 * Return: the stock sets of @view in the order of @desc, which last; or
 *
 * * NULL - @desc does not describe @view, or there is no memory
 */
struct regset_binding *regset_bind(const struct regset_desc *desc,
				   const struct user_regset_view *view)
{
	struct regset_binding *b = desc->binding;
	bool bound;

	/* Pairs with the release in regset_make_binding(). */
	if (smp_load_acquire(&b->view) == view)
		return b;
	if (view->e_machine != desc->src->machine ||
	    view->regsets[0].size != desc->src->word)
		return NULL;

	mutex_lock(&regset_bind_mutex);
	if (b->view)
		bound = !WARN_ON_ONCE(b->view != view);
	else
		bound = regset_make_binding(desc, view, b);
	mutex_unlock(&regset_bind_mutex);
	return bound ? b : NULL;
}

/**
 * task_regset_desc() - get the description of a thread's registers
 * @task: the thread; not a kernel thread
 *
 * The view depends on the program that the thread executes, so it may differ after
 * an exec.  On x86 it depends on the code segment.
 *
 * Context: any.
 *
 * Return: the description, which lasts as long as the system is up; or
 *
 * * NULL - the thread's view has no description
 */
const struct regset_desc *task_regset_desc(struct task_struct *task)
{
	const struct user_regset_view *view = regset_task_view(task);
	unsigned int i;

	for (i = 0; i < REGSET_VIEWS_MAX && regset_descs[i]; i++)
		if (regset_descs[i]->src->machine == view->e_machine &&
		    regset_descs[i]->src->word == view->regsets[0].size)
			return regset_descs[i];
	return NULL;
}
EXPORT_SYMBOL_NS_GPL(task_regset_desc, UTRACE);

/**
 * regset_desc_by_id() - get the description of a view
 * @view_id: UTRACE_VIEW_ID_*, or 0 for the native view
 *
 * Context: any.
 *
 * Return: the description, which lasts as long as the system is up; or
 *
 * * NULL - this kernel does not have that view
 */
const struct regset_desc *regset_desc_by_id(unsigned int view_id)
{
	unsigned int i;

	for (i = 0; i < REGSET_VIEWS_MAX && regset_descs[i]; i++)
		if (!view_id || regset_descs[i]->src->id == view_id)
			return regset_descs[i];
	return NULL;
}
EXPORT_SYMBOL_NS_GPL(regset_desc_by_id, UTRACE);

/**
 * regset_view() - get a description in the form for user space
 * @desc: the description
 *
 * Context: any.
 *
 * Return: the block of utrace_view.size bytes, which lasts as long as the system is up.
 */
const struct utrace_view *regset_view(const struct regset_desc *desc)
{
	return desc->map.view;
}
EXPORT_SYMBOL_NS_GPL(regset_view, UTRACE);

/**
 * regset_reg_by_name() - find a register by its name
 * @desc: the description
 * @name: gdb's name of the register
 *
 * Context: any.
 *
 * Return: the id of the register, or
 *
 * * %-ENOENT - no register of the view has that name
 * * %-ENODEV - this CPU does not have the register
 */
int regset_reg_by_name(const struct regset_desc *desc, const char *name)
{
	unsigned int i;

	for (i = 0; i < desc->map.view->nr_regs; i++)
		if (!strcmp(name, regset_reg_name(desc, i)))
			return desc->map.regs[i].flags & UTRACE_REG_PRESENT ?
			       i : -ENODEV;
	return -ENOENT;
}
EXPORT_SYMBOL_NS_GPL(regset_reg_by_name, UTRACE);

/**
 * regset_reg_by_role() - find a register by its purpose
 * @desc: the description
 * @role: UTRACE_ROLE_*
 *
 * Context: any.
 *
 * Return: the id of the register, or
 *
 * * %-EINVAL - there is no such role
 * * %-ENOENT - no register of the view has that role; for example, x86 has its
 *   return addresses on the stack
 * * %-ENODEV - this CPU does not have the register
 */
int regset_reg_by_role(const struct regset_desc *desc, unsigned int role)
{
	u32 reg;

	if (role >= UTRACE_ROLE_NR)
		return -EINVAL;
	reg = desc->roles[role];
	if (reg == UTRACE_NONE)
		return -ENOENT;
	return desc->map.regs[reg].flags & UTRACE_REG_PRESENT ? reg : -ENODEV;
}
EXPORT_SYMBOL_NS_GPL(regset_reg_by_role, UTRACE);

/**
 * regset_reg_name() - get the name of a register
 * @desc: the description
 * @reg: id of the register
 *
 * Context: any.
 *
 * Return: the name, which lasts as long as the system is up; "?" if there is no such
 * register.
 */
const char *regset_reg_name(const struct regset_desc *desc, unsigned int reg)
{
	if (reg >= desc->map.view->nr_regs)
		return "?";
	return regset_string(&desc->map, desc->map.regs[reg].name);
}
EXPORT_SYMBOL_NS_GPL(regset_reg_name, UTRACE);
