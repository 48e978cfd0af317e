// SPDX-License-Identifier: GPL-2.0-only
/*
 * Registers by their descriptions are what programs have in them: one by one, many
 * at once, and all as a file
 */

#include <linux/mm.h>
#include <linux/sched/task_stack.h>
#include <linux/slab.h>

#include <asm/syscall.h>

#include "regset_data.h"
#include "regset_payload.h"

/* Offsets in the programs' data, for the assembler. */
#define STORED		0x2000
#define LOADED		0x8000
#define REGS_STORED	512	/* P_REGS */

#define AREA_SIZE	0x4000

static_assert(P_DATA + REGS_STORED == P_REGS);

/*
 * The program waits until somebody makes it go on where the word at
 * P_TELL_ADDR says; then it tells, and waits again.
 */
#define P_TELL_ADDR	(P_ENTRY + 8)
#define P_TELL(use, store)						\
	P_JUMP(9f)							\
	P_LABEL(8) ".quad " P_ABS(2f) "\n"				\
	"9:\n"								\
	use								\
	P_COUNT(8)							\
	"1:\n"								\
	P_JUMP(1b)							\
	"2:\n"								\
	store								\
	P_COUNT(0)							\
	P_JUMP(1b)

LOCAL_PAYLOAD(payload_tell_regs, P_TELL("", P_STORE_REGS));
LOCAL_PAYLOAD(payload_tell_rest, P_TELL("", P_STORE_REST(REGS_STORED)));
LOCAL_PAYLOAD(payload_tell_fps, P_TELL("", P_STORE_FPS(STORED)));
LOCAL_PAYLOAD(payload_tell_vectors, P_TELL(P_USE_VECTORS, P_STORE_VECTORS(STORED)));
#ifdef P_OTHER_PLACES
LOCAL_PAYLOAD(payload_tell_others, P_TELL(P_USE_OTHERS, P_STORE_OTHERS(STORED)));
#endif
LOCAL_PAYLOAD(payload_tell_tls, P_TELL("", P_STORE_TLS(STORED)));

/* Held at this call, it gets what it is to load. */
#define P_LOAD(use, load)						\
	use								\
	P_CALL(__NR_getuid)						\
	load								\
	"1:\n"								\
	P_JUMP(1b)

LOCAL_PAYLOAD(payload_load_regs, P_LOAD("", P_LOAD_REGS(LOADED)));
LOCAL_PAYLOAD(payload_load_fps, P_LOAD("", P_LOAD_FPS(LOADED)));
LOCAL_PAYLOAD(payload_load_vectors, P_LOAD(P_USE_VECTORS, P_LOAD_VECTORS(LOADED)));

/* And then it makes one more call, with all that in its registers. */
#define P_LOAD_CALL(use, load)						\
	use								\
	P_CALL(__NR_getuid)						\
	load								\
	P_CALL(__NR_getppid)						\
	"1:\n"								\
	P_JUMP(1b)

LOCAL_PAYLOAD(payload_call_fps, P_LOAD_CALL("", P_LOAD_FPS(LOADED)));
LOCAL_PAYLOAD(payload_call_vectors, P_LOAD_CALL(P_USE_VECTORS, P_LOAD_VECTORS(LOADED)));

#ifdef P_OTHER_PLACES
LOCAL_PAYLOAD(payload_load_others, P_LOAD(P_USE_OTHERS, P_LOAD_OTHERS(LOADED)));
LOCAL_PAYLOAD(payload_call_others, P_LOAD_CALL(P_USE_OTHERS, P_LOAD_OTHERS(LOADED)));

static const struct regset_place other_places[] = { P_OTHER_PLACES };
#endif

static const struct regset_place reg_places[] = { P_REG_PLACES };
static const struct regset_place fp_places[] = { P_FP_PLACES };
static const struct regset_place vector_places[] = { P_VECTOR_PLACES };

/**
 * struct kind - registers that a program tells at once
 * @name: for people
 * @tell: which stores them
 * @load: which loads them
 * @call: which loads them, and then calls getppid()
 * @places: where
 * @nr_places: how many
 * @stored: from where on in the data
 * @words: those at these words; 0: all
 * @has: does the machine have them?
 */
struct kind {
	const char *name;
	const struct utrace_payload *tell;
	const struct utrace_payload *load;
	const struct utrace_payload *call;
	const struct regset_place *places;
	unsigned int nr_places;
	unsigned int stored;
	u64 words;
	bool (*has)(void);
};

#define PLACES(p)	.places = (p), .nr_places = ARRAY_SIZE(p)

static const struct kind kinds[] = {
	{ "general registers", &payload_tell_regs, &payload_load_regs, NULL,
	  PLACES(reg_places), .stored = REGS_STORED, .words = P_REGS_STORED },
	{ "the other general registers", &payload_tell_rest, &payload_load_regs, NULL,
	  PLACES(reg_places), .stored = REGS_STORED, .words = ~(u64)P_REGS_STORED },
	{ "floating point", &payload_tell_fps, &payload_load_fps, &payload_call_fps,
	  PLACES(fp_places), .stored = STORED },
	{ "vectors", &payload_tell_vectors, &payload_load_vectors, &payload_call_vectors,
	  PLACES(vector_places), .stored = STORED, .has = test_has_vectors },
#ifdef P_OTHER_PLACES
	{ "others", &payload_tell_others, &payload_load_others, &payload_call_others,
	  PLACES(other_places), .stored = STORED, .has = test_has_others },
#endif
};

#define KIND_GENERAL	(&kinds[0])
#define KIND_FP		(&kinds[2])
#define KIND_VECTORS	(&kinds[3])

KUNIT_ARRAY_PARAM_DESC(kinds, kinds, name);

/**
 * struct spot - a register, and where the program has it
 * @reg: its id; UTRACE_NONE: no register, only something to load
 * @size: of its value
 * @at: where it is in what the program stores or loads
 * @bytes: there
 * @mask: bits that count; 0: all
 * @begins: it is only the beginning of @size bytes; the others are zero
 * @value: the value that it is to have
 * @other: not one of the kind's words
 */
struct spot {
	unsigned int reg;
	unsigned int size;
	unsigned int at;
	unsigned int bytes;
	u64 mask;
	bool begins;
	u8 *value;
	bool other;
};

#define SPOTS_MAX	128

/**
 * struct spots - the registers of a kind, of one thread
 * @desc: the thread's
 * @nr: how many
 * @spots: they
 * @values: the memory of their values
 */
struct spots {
	const struct regset_desc *desc;
	unsigned int nr;
	struct spot spots[SPOTS_MAX];
	u8 values[AREA_SIZE];
};

static u64 get_number(const void *at, unsigned int size)
{
	const u8 *p = at;
	unsigned int i;
	u64 n = 0;

	for (i = 0; i < min(size, 8u); i++)
		n |= (u64)p[IS_ENABLED(CONFIG_CPU_BIG_ENDIAN) ? size - 1 - i : i] << 8 * i;
	return n;
}

static void put_number(void *at, unsigned int size, u64 n)
{
	u8 *p = at;
	unsigned int i;

	memset(at, 0, size);
	for (i = 0; i < min(size, 8u); i++)
		p[IS_ENABLED(CONFIG_CPU_BIG_ENDIAN) ? size - 1 - i : i] = n >> 8 * i;
}

static void *value_in(const struct regset_desc *desc, struct utrace_regfile *file,
		      unsigned int reg)
{
	return (void *)file + regset_value_offset(&desc->map, file->units, reg);
}

/* Are both files the same?  If not, tell which registers differ. */
static void expect_same(struct kunit *test, const struct regset_desc *desc,
			struct utrace_regfile *a, struct utrace_regfile *b,
			const char *what)
{
	unsigned int i, n;

	KUNIT_ASSERT_EQ_MSG(test, 0, memcmp(a, b, sizeof(*a)), "%s: heads", what);
	if (!memcmp(a, b, a->size))
		return;
	KUNIT_FAIL(test, "%s: files differ", what);
	for (i = 0; i < desc->map.view->nr_regs; i++) {
		if (!(desc->map.regs[i].flags & UTRACE_REG_IN_FILE))
			continue;
		n = regset_value_size(&desc->map, a->units, i);
		KUNIT_EXPECT_TRUE_MSG(test, !memcmp(value_in(desc, a, i), value_in(desc, b, i), n),
				      "%s: %s: %*ph, %*ph", what, regset_reg_name(desc, i),
				      min(n, 64u), value_in(desc, a, i),
				      min(n, 64u), value_in(desc, b, i));
	}
}

static void set_value(const struct kind *kind, const struct regset_place *p,
		      const struct spot *s, unsigned int nr)
{
	unsigned int i;

	if (p->value) {
		put_number(s->value, s->size, p->value);
	} else if (kind->places == reg_places) {
		/* Any of them may be used as an address, if only by mistake. */
		put_number(s->value, s->size, 0x7f0000000000UL + 0x101010UL * (nr + 1));
	} else {
		for (i = 0; i < (s->begins ? s->bytes : s->size); i++)
			s->value[i] = 0x21 + nr * 31 + i * 7 + (i >> 4);
	}
}

/* The registers of @kind that a thread has, each with a value of its own. */
static struct spots *spots_of(struct kunit *test, const struct kind *kind,
			      struct test_engine *e)
{
	struct utrace_regfile *file = test_regfile(test, e);
	struct spots *all = test_alloc(test, struct spots);
	unsigned int i, j, at, end = 0, used = 0;
	char name[16];

	all->desc = task_regset_desc(e->engine->task);
	for (i = 0; i < kind->nr_places; i++) {
		const struct regset_place *p = &kind->places[i];

		at = p->offset == REGSET_PLACE_NEXT ? end : p->offset;
		for (j = 0; j < max(p->nr, 1u); j++) {
			struct spot *s = &all->spots[all->nr];
			int reg = UTRACE_NONE;

			KUNIT_ASSERT_LT(test, all->nr, SPOTS_MAX);
			s->size = p->bytes;
			if (p->name) {
				snprintf(name, sizeof(name), p->name, p->first + j);
				reg = regset_reg_by_name(all->desc, name);
				if (reg == -ENODEV && p->twin) {
					snprintf(name, sizeof(name), p->twin, p->first + j);
					reg = regset_reg_by_name(all->desc, name);
					s->begins = true;
				}
				KUNIT_ASSERT_GE_MSG(test, reg, 0, "%s", name);
				s->size = regset_value_size(&all->desc->map,
							    file->units, reg);
				KUNIT_ASSERT_GT_MSG(test, s->size, 0, "%s", name);
			}
			s->reg = reg;
			s->at = at;
			s->bytes = p->bytes ?: s->size;
			s->mask = p->mask;
			s->value = all->values + used;
			s->other = kind->words && !(kind->words >> at / 8 & 1);
			used += ALIGN(s->size, 8);
			KUNIT_ASSERT_LE(test, used, sizeof(all->values));
			KUNIT_ASSERT_LE(test, at + s->bytes, AREA_SIZE);
			set_value(kind, p, s, all->nr++);
			end = at + s->bytes;
			at += p->stride ?: s->bytes;
		}
	}
	return all;
}

static bool is_value(const struct spot *s, const void *at, unsigned int bytes)
{
	u64 mask = s->mask ?: ~0ULL;

	if (s->begins || (!s->mask && bytes == s->size))
		return !memcmp(at, s->value, bytes);
	return (get_number(at, bytes) & mask) == (get_number(s->value, s->size) & mask);
}

static const char *spot_name(const struct spots *all, const struct spot *s)
{
	return regset_reg_name(all->desc, s->reg);
}

/* All that counts, for utrace_reg_set(), with room for one more. */
static struct regset_value *values_of(struct kunit *test, const struct spots *all,
				      unsigned int *nr)
{
	struct regset_value *v = kunit_kcalloc(test, all->nr + 1, sizeof(*v), GFP_KERNEL);
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, v);
	*nr = 0;
	for (i = 0; i < all->nr; i++) {
		const struct spot *s = &all->spots[i];

		if (s->reg != UTRACE_NONE && !s->other)
			v[(*nr)++] = (struct regset_value){ s->reg, s->size, s->value };
	}
	return v;
}

/* A thread has all values, whichever way it is asked. */
static void expect_values(struct kunit *test, const struct spots *all,
			  struct test_engine *e)
{
	struct utrace_regfile *file = test_regfile(test, e);
	const struct regset_map *map = &all->desc->map;
	u8 *value = kunit_kzalloc(test, AREA_SIZE, GFP_KERNEL);
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, value);
	for (i = 0; i < all->nr; i++) {
		const struct spot *s = &all->spots[i];

		if (s->reg == UTRACE_NONE || s->other)
			continue;
		KUNIT_EXPECT_EQ_MSG(test, 0, utrace_reg_get(e->engine, s->reg, value, s->size),
				    "%s", spot_name(all, s));
		KUNIT_EXPECT_TRUE_MSG(test, is_value(s, value, s->size), "%s: %*ph, not %*ph",
				      spot_name(all, s), min(s->size, 64u), value,
				      min(s->size, 64u), s->value);
		KUNIT_EXPECT_EQ_MSG(test, s->size, regset_value_size(map, file->units, s->reg),
				    "%s in the file", spot_name(all, s));
		KUNIT_EXPECT_TRUE_MSG(test, is_value(s, value_in(all->desc, file, s->reg), s->size),
				      "%s in the file: %*ph", spot_name(all, s),
				      min(s->size, 64u), value_in(all->desc, file, s->reg));
	}
}

/* How often the program was at P_COUNT(@offset). */
static u64 told(struct test_task *t, unsigned int offset)
{
	u64 n = 0;

	test_task_read(t->task, P_DATA + offset, &n, sizeof(n));
	return n;
}

/* Hold a program that waits to tell. */
static struct test_engine *hold_teller(struct kunit *test, struct test_task *t)
{
	struct test_engine *e = test_observer(test, t, UTRACE_EVENT(QUIESCE));

	test_task_go(t);
	KUNIT_ASSERT_TRUE(test, test_poll(told(t, 8) > 0));
	test_engine_hold(test, t, e);
	return e;
}

/* Let it tell, and wait until it has. */
static void let_tell(struct kunit *test, struct test_task *t, struct test_engine *e)
{
	u64 start = told(t, 0), pc;

	KUNIT_ASSERT_EQ(test, 0, test_task_read(t->task, P_TELL_ADDR, &pc, sizeof(pc)));
	KUNIT_ASSERT_EQ(test, 0, utrace_role_set(e->engine, UTRACE_ROLE_PC, pc));
	KUNIT_ASSERT_EQ(test, 0, utrace_control(e->engine, UTRACE_RESUME));
	KUNIT_ASSERT_TRUE(test, test_poll(told(t, 0) > start));
}

static void skip_without(struct kunit *test, const struct kind *kind)
{
	if (kind->has && !kind->has())
		kunit_skip(test, "this machine has no %s", kind->name);
}

static void expect_set(struct kunit *test, struct test_engine *e,
		       const struct regset_value *v, unsigned int nr)
{
	unsigned int bad;
	int ret = utrace_reg_set(e->engine, v, nr, &bad);

	KUNIT_ASSERT_EQ_MSG(test, 0, ret, "%s",
			    regset_reg_name(task_regset_desc(e->engine->task), bad));
	KUNIT_EXPECT_EQ(test, REGSET_NO_REG, bad);
}

static void what_is_written_is_what_the_program_has(struct kunit *test)
{
	const struct kind *kind = test->param_value;
	struct test_engine *e;
	struct regset_value *v;
	struct test_task *t;
	struct spots *all;
	unsigned int i, nr;
	u8 *area;

	skip_without(test, kind);
	t = test_task(test, kind->tell);
	e = hold_teller(test, t);
	all = spots_of(test, kind, e);
	v = values_of(test, all, &nr);
	expect_set(test, e, v, nr);
	expect_values(test, all, e);
	let_tell(test, t, e);

	area = kunit_kzalloc(test, AREA_SIZE, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, area);
	KUNIT_ASSERT_EQ(test, 0, test_task_read(t->task, P_DATA + kind->stored, area,
						AREA_SIZE));
	for (i = 0; i < all->nr; i++) {
		const struct spot *s = &all->spots[i];

		if (s->reg == UTRACE_NONE || s->other)
			continue;
		KUNIT_EXPECT_TRUE_MSG(test, is_value(s, area + s->at, s->bytes),
				      "%s: %*ph, not %*ph", spot_name(all, s),
				      min(s->bytes, 64u), area + s->at,
				      min(s->size, 64u), s->value);
	}
}

/* Hold it at its getuid(); what it does before may be more calls. */
static struct test_engine *hold_loader(struct kunit *test, struct test_task *t)
{
	struct test_engine *e = test_engine_hold_at(test, t, EV(SYSCALL_ENTRY));

	while (utrace_syscall(e->engine)->nr != __NR_getuid) {
		unsigned int seen = e->seen[EV(SYSCALL_ENTRY)];

		KUNIT_ASSERT_EQ(test, 0, utrace_control(e->engine, UTRACE_RESUME));
		KUNIT_ASSERT_TRUE(test, test_engine_stops(e, t, EV(SYSCALL_ENTRY), seen + 1));
	}
	return e;
}

static u64 role_of(struct kunit *test, struct test_engine *e, unsigned int nr)
{
	u64 value = 0;

	KUNIT_EXPECT_EQ_MSG(test, 0, utrace_role_get(e->engine, nr, &value),
			    "role %u", nr);
	return value;
}

/* Let it go on to where it stays at one instruction, and hold it there. */
static void hold_at_its_end(struct kunit *test, struct test_task *t,
			    struct test_engine *e)
{
	unsigned long end = jiffies + TEST_TIMEOUT;
	u64 pc, last = 0;

	do {
		KUNIT_ASSERT_EQ(test, 0, utrace_control(e->engine, UTRACE_RESUME));
		KUNIT_ASSERT_TRUE(test, test_engine_has_resumed(e));
		KUNIT_ASSERT_TRUE(test, test_task_runs(t));
		test_engine_hold(test, t, e);
		pc = last;
		last = role_of(test, e, UTRACE_ROLE_PC);
	} while (pc != last && time_before(jiffies, end));
	KUNIT_ASSERT_EQ(test, pc, last);
}

/* What the program loads, held at its getuid(). */
static void give_values(struct kunit *test, struct test_task *t,
			const struct spots *all)
{
	u8 *area = kunit_kzalloc(test, AREA_SIZE, GFP_KERNEL);
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, area);
	for (i = 0; i < all->nr; i++) {
		const struct spot *s = &all->spots[i];

		if (s->begins || (s->reg != UTRACE_NONE && s->bytes == s->size))
			memcpy(area + s->at, s->value, s->bytes);
		else
			put_number(area + s->at, s->bytes, get_number(s->value, s->size));
	}
	KUNIT_ASSERT_EQ(test, AREA_SIZE,
			access_process_vm(t->task, P_DATA + LOADED, area, AREA_SIZE,
					  FOLL_FORCE | FOLL_WRITE));
}

static void what_the_program_has_is_what_is_read(struct kunit *test)
{
	const struct kind *kind = test->param_value;
	struct test_engine *e;
	struct test_task *t;
	struct spots *all;

	skip_without(test, kind);
	t = test_task(test, kind->load);
	e = hold_loader(test, t);
	e->answer[EV(SYSCALL_ENTRY)] = UTRACE_RESUME;
	all = spots_of(test, kind, e);
	give_values(test, t, all);
	hold_at_its_end(test, t, e);
	expect_values(test, all, e);
}

/*
 * Roles
 */

LOCAL_PAYLOAD(payload_call,
	P_ARG(0, 11) P_ARG(1, 12) P_ARG(2, 13) P_ARG(3, 14) P_ARG(4, 15)
	P_ARG(5, 16) P_CALL(__NR_getppid)
	"1:\n"
	P_JUMP(1b));

static void expect_place(struct kunit *test, struct test_engine *e)
{
	struct pt_regs *regs = task_pt_regs(e->engine->task);

	KUNIT_EXPECT_EQ(test, instruction_pointer(regs), role_of(test, e, UTRACE_ROLE_PC));
	KUNIT_EXPECT_EQ(test, user_stack_pointer(regs), role_of(test, e, UTRACE_ROLE_SP));
}

/* riscv has put something else in place of the first argument. */
#define ARG_0_IS_GONE	IS_ENABLED(CONFIG_RISCV)

static void expect_call(struct kunit *test, struct test_engine *e)
{
	const struct utrace_syscall *call = utrace_syscall(e->engine);
	unsigned int i;

	KUNIT_EXPECT_EQ(test, call->nr, role_of(test, e, UTRACE_ROLE_SYSCALL_NR));
	if (ARG_0_IS_GONE)
		KUNIT_EXPECT_EQ(test, -ENOSYS,
				(int)role_of(test, e, UTRACE_ROLE_SYSCALL_ARG(0)));
	for (i = ARG_0_IS_GONE; i < 6; i++)
		KUNIT_EXPECT_EQ_MSG(test, call->args[i],
				    role_of(test, e, UTRACE_ROLE_SYSCALL_ARG(i)),
				    "argument %u", i);
}

static void expect_result(struct kunit *test, struct test_engine *e)
{
	long result = -1;

	KUNIT_ASSERT_EQ(test, 0, utrace_prepare_examine(e->engine));
	KUNIT_EXPECT_EQ(test, 0, utrace_syscall_result(e->engine, &result));
	utrace_finish_examine(e->engine);
	KUNIT_EXPECT_EQ(test, result, role_of(test, e, UTRACE_ROLE_SYSCALL_RESULT));
}

static void roles_at_a_system_call(struct kunit *test)
{
	struct test_task *t = test_task(test, &payload_call);
	struct test_engine *e = test_engine_hold_at(test, t, EV(SYSCALL_ENTRY));

	KUNIT_EXPECT_EQ(test, __NR_getppid, utrace_syscall(e->engine)->nr);
	KUNIT_EXPECT_EQ(test, 11, utrace_syscall(e->engine)->args[0]);
	expect_place(test, e);
	expect_call(test, e);
	e->answer[EV(SYSCALL_EXIT)] = UTRACE_STOP;
	KUNIT_ASSERT_EQ(test, 0, utrace_control(e->engine, UTRACE_RESUME));
	KUNIT_ASSERT_TRUE(test, test_engine_stops(e, t, EV(SYSCALL_EXIT), 1));
	expect_place(test, e);
	expect_result(test, e);
}

static void roles_that_no_register_has(struct kunit *test)
{
	struct test_engine *e = regset_test_held(test);
	const struct regset_desc *desc = task_regset_desc(e->engine->task);
	unsigned int i;
	u64 value;
	int reg;

	for (i = 0; i <= UTRACE_ROLE_NR; i++) {
		reg = regset_reg_by_role(desc, i);
		KUNIT_EXPECT_EQ_MSG(test, min(reg, 0), utrace_role_get(e->engine, i, &value),
				    "role %u", i);
		if (reg >= 0) {
			KUNIT_EXPECT_TRUE(test, desc->map.regs[reg].roles & UTRACE_ROLE_BIT(i));
			continue;
		}
		KUNIT_EXPECT_EQ_MSG(test, i == UTRACE_ROLE_NR ? -EINVAL : -ENOENT, reg,
				    "role %u", i);
		KUNIT_EXPECT_EQ_MSG(test, reg, utrace_role_set(e->engine, i, 0), "role %u", i);
	}
}

static void thread_pointer(struct kunit *test)
{
	u64 tls = 0x7f1234567000, value = 0;
	struct test_engine *e;
	struct test_task *t;

	if (!test_has_tls())
		kunit_skip(test, "this machine has no register for it");
	t = test_task(test, &payload_tell_tls);
	e = hold_teller(test, t);
	KUNIT_ASSERT_EQ(test, 0, utrace_role_set(e->engine, UTRACE_ROLE_TLS, tls));
	KUNIT_EXPECT_EQ(test, tls, role_of(test, e, UTRACE_ROLE_TLS));
	let_tell(test, t, e);
	KUNIT_ASSERT_EQ(test, 0, test_task_read(t->task, P_DATA + STORED, &value, sizeof(value)));
	KUNIT_EXPECT_EQ(test, tls, value);
}

/*
 * What is refused
 */

/* One register with a number. */
static int set_number(struct test_engine *e, unsigned int reg, u64 number, unsigned int *bad)
{
	const struct regset_desc *desc = task_regset_desc(e->engine->task);
	struct regset_value v = { .reg = reg, .size = desc->map.regs[reg].size };
	u8 *value = kzalloc(v.size, GFP_KERNEL);
	int ret;

	if (!value)
		return -ENOMEM;
	put_number(value, v.size, number);
	v.value = value;
	ret = utrace_reg_set(e->engine, &v, 1, bad);
	kfree(value);
	return ret;
}

static void wrong_names_sizes_and_ids(struct kunit *test)
{
	struct test_engine *e = regset_test_held(test);
	const struct regset_desc *desc = task_regset_desc(e->engine->task);
	int pc = regset_reg_by_role(desc, UTRACE_ROLE_PC);
	u64 value[2] = {};
	struct regset_value v = { .reg = pc, .value = value };
	unsigned int i, bad, wrong[] = { regset_view(desc)->nr_regs, INT_MAX, UTRACE_NONE };

	KUNIT_EXPECT_EQ(test, -ENOENT, regset_reg_by_name(desc, "pcc"));
	KUNIT_EXPECT_EQ(test, -ENOENT, regset_reg_by_name(desc, ""));
	KUNIT_EXPECT_EQ(test, pc, regset_reg_by_name(desc, regset_reg_name(desc, pc)));
	for (i = 0; i <= sizeof(value); i++) {
		if (i == desc->map.regs[pc].size)
			continue;
		v.size = i;
		KUNIT_EXPECT_EQ(test, -EINVAL, utrace_reg_get(e->engine, pc, value, i));
		KUNIT_EXPECT_EQ(test, -EINVAL, utrace_reg_set(e->engine, &v, 1, &bad));
		KUNIT_EXPECT_EQ(test, pc, bad);
	}
	v.size = 8;
	for (i = 0; i < ARRAY_SIZE(wrong); i++) {
		v.reg = wrong[i];
		KUNIT_EXPECT_EQ(test, -EINVAL, utrace_reg_get(e->engine, v.reg, value, 8));
		KUNIT_EXPECT_EQ(test, -EINVAL, utrace_reg_set(e->engine, &v, 1, &bad));
		KUNIT_EXPECT_EQ(test, v.reg, bad);
	}
	KUNIT_EXPECT_EQ(test, 0, utrace_reg_set(e->engine, NULL, 0, &bad));
	KUNIT_EXPECT_EQ(test, REGSET_NO_REG, bad);
}

static void constant_and_read_only_registers(struct kunit *test)
{
	struct test_engine *e = regset_test_held(test);
	const struct regset_desc *desc = task_regset_desc(e->engine->task);
	unsigned int i, bad, nr = 0;
	u64 value;

	for (i = 0; i < regset_view(desc)->nr_regs; i++) {
		const struct utrace_reg *r = &desc->map.regs[i];
		const char *name = regset_reg_name(desc, i);

		if (r->unit != UTRACE_NONE || r->size > sizeof(value))
			continue;
		if (!(r->flags & UTRACE_REG_PRESENT)) {
			KUNIT_EXPECT_EQ_MSG(test, -ENODEV,
					    utrace_reg_get(e->engine, i, &value, r->size),
					    "%s", name);
			KUNIT_EXPECT_EQ_MSG(test, -ENODEV, set_number(e, i, 0, &bad),
					    "%s", name);
			KUNIT_EXPECT_EQ_MSG(test, i, bad, "%s", name);
		} else if (r->flags & UTRACE_REG_CONSTANT) {
			value = 1;
			KUNIT_EXPECT_EQ_MSG(test, 0, utrace_reg_get(e->engine, i, &value, r->size),
					    "%s", name);
			KUNIT_EXPECT_EQ_MSG(test, 0, get_number(&value, r->size), "%s", name);
			KUNIT_EXPECT_EQ_MSG(test, 0, set_number(e, i, 0, &bad), "%s", name);
			KUNIT_EXPECT_EQ_MSG(test, -EPERM, set_number(e, i, 1, &bad), "%s", name);
			KUNIT_EXPECT_EQ_MSG(test, i, bad, "%s", name);
			nr++;
		} else if (r->flags & UTRACE_REG_READONLY) {
			KUNIT_EXPECT_EQ_MSG(test, -EPERM, set_number(e, i, 0, &bad), "%s", name);
			KUNIT_EXPECT_EQ_MSG(test, i, bad, "%s", name);
			nr++;
		}
	}
	if (!nr)
		kunit_skip(test, "this machine has no such registers");
}

/**
 * struct from_callback - what an engine was told in a callback
 * @file: room for a register file; its size is in it
 * @room: how much
 * @pc: its pc
 * @get: what came of reading that
 * @file_get: ... of reading the file
 * @set: ... of writing a register
 * @role_set: ... by its role
 * @file_set: ... of writing the file
 * @bad: of the last two
 */
struct from_callback {
	struct utrace_regfile *file;
	size_t room;
	u64 pc;
	int get;
	ssize_t file_get;
	int set;
	int role_set;
	int file_set;
	unsigned int bad;
};

static enum utrace_action try_all(struct test_engine *e, unsigned int event,
				  enum utrace_action answer)
{
	struct from_callback *c = e->private;
	struct regset_value v = { .size = 8, .value = &c->pc };

	if (event != EV(SYSCALL_ENTRY))
		return answer;
	v.reg = regset_reg_by_role(task_regset_desc(current), UTRACE_ROLE_PC);
	c->get = utrace_reg_get(e->engine, v.reg, &c->pc, 8);
	c->set = utrace_reg_set(e->engine, &v, 1, &c->bad);
	c->role_set = utrace_role_set(e->engine, UTRACE_ROLE_PC, c->pc);
	c->file_get = utrace_regfile_get(e->engine, c->file, c->room);
	c->file_set = utrace_regfile_set(e->engine, c->file, c->room, &c->bad);
	return answer;
}

static void a_callback_reads_and_does_not_write(struct kunit *test)
{
	struct test_task *t = test_task(test, &payload_call);
	struct from_callback *c = test_alloc(test, struct from_callback);
	struct test_engine *e = test_observer(test, t, UTRACE_EVENTS_ALL);
	struct utrace_regfile *file;

	c->room = 65536;
	c->file = kunit_kzalloc(test, c->room, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, c->file);
	e->private = c;
	e->on_event = try_all;
	e->answer[EV(SYSCALL_ENTRY)] = UTRACE_STOP;
	test_task_go(t);
	KUNIT_ASSERT_TRUE(test, test_engine_stops(e, t, EV(SYSCALL_ENTRY), 1));
	KUNIT_EXPECT_EQ(test, 0, c->get);
	KUNIT_EXPECT_EQ(test, role_of(test, e, UTRACE_ROLE_PC), c->pc);
	KUNIT_EXPECT_EQ(test, -EBUSY, c->set);
	KUNIT_EXPECT_EQ(test, -EBUSY, c->role_set);
	KUNIT_EXPECT_EQ(test, -EBUSY, c->file_set);
	KUNIT_EXPECT_EQ(test, REGSET_NO_REG, c->bad);
	/* It is the same that others read, now that it is off its CPU. */
	file = test_regfile(test, e);
	KUNIT_ASSERT_EQ(test, file->size, c->file_get);
	expect_same(test, task_regset_desc(t->task), file, c->file, "in the callback");
}

static enum utrace_action read_at_getppid(struct test_engine *e, unsigned int event,
					  enum utrace_action answer)
{
	struct from_callback *c = e->private;

	if (event != EV(SYSCALL_ENTRY) || utrace_syscall(e->engine)->nr != __NR_getppid)
		return UTRACE_RESUME;
	c->file_get = utrace_regfile_get(e->engine, c->file, c->room);
	return UTRACE_STOP;
}

/* What the CPU has, not what was saved when the thread last left it. */
static void a_callback_reads_the_present_values(struct kunit *test)
{
	const struct kind *kind = test->param_value;
	struct from_callback *c;
	struct utrace_regfile *file;
	struct test_engine *e;
	struct test_task *t;

	skip_without(test, kind);
	if (!kind->call)
		kunit_skip(test, "the call itself needs these registers");
	t = test_task(test, kind->call);
	e = hold_loader(test, t);
	give_values(test, t, spots_of(test, kind, e));
	c = test_alloc(test, struct from_callback);
	c->room = 65536;
	c->file = kunit_kzalloc(test, c->room, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, c->file);
	e->private = c;
	e->on_event = read_at_getppid;
	KUNIT_ASSERT_EQ(test, 0, utrace_control(e->engine, UTRACE_RESUME));
	KUNIT_ASSERT_TRUE(test, test_poll(READ_ONCE(c->file_get)));
	KUNIT_ASSERT_TRUE(test, test_task_in_state(t, __TASK_TRACED));
	file = test_regfile(test, e);
	KUNIT_ASSERT_EQ(test, file->size, c->file_get);
	expect_same(test, task_regset_desc(t->task), file, c->file, "in the callback");
}

static void expect_error(struct kunit *test, struct test_engine *e, int error,
			 struct utrace_regfile *file)
{
	const struct regset_desc *desc = regset_desc_by_id(0);
	int pc = regset_reg_by_role(desc, UTRACE_ROLE_PC);
	unsigned int bad;
	u64 value = 0;

	KUNIT_EXPECT_EQ(test, error, utrace_reg_get(e->engine, pc, &value, 8));
	KUNIT_EXPECT_EQ(test, error, set_number(e, pc, P_ENTRY, &bad));
	KUNIT_EXPECT_EQ(test, REGSET_NO_REG, bad);
	KUNIT_EXPECT_EQ(test, error, utrace_role_get(e->engine, UTRACE_ROLE_PC, &value));
	KUNIT_EXPECT_EQ(test, error, utrace_role_set(e->engine, UTRACE_ROLE_PC, P_ENTRY));
	KUNIT_EXPECT_EQ(test, error, utrace_regfile_get(e->engine, NULL, 0));
	KUNIT_EXPECT_EQ(test, error, utrace_regfile_set(e->engine, file, file->size, &bad));
	KUNIT_EXPECT_EQ(test, REGSET_NO_REG, bad);
}

static void a_thread_that_is_not_held(struct kunit *test)
{
	struct test_task *t = test_task(test, &payload_tell_regs);
	struct test_engine *e = hold_teller(test, t);
	struct utrace_regfile *file = test_regfile(test, e);

	KUNIT_ASSERT_EQ(test, 0, utrace_control(e->engine, UTRACE_RESUME));
	KUNIT_ASSERT_TRUE(test, test_engine_has_resumed(e));
	expect_error(test, e, -EINVAL, file);
	KUNIT_ASSERT_EQ(test, 0, utrace_control(e->engine, UTRACE_DETACH));
	expect_error(test, e, -ESRCH, file);
}

/**
 * struct forbidden - a value that the machine, or the kernel, does not let be
 * @name: of the register
 * @flip: bits that are changed
 * @value: or the value
 */
struct forbidden {
	const char *name;
	u64 flip;
	u64 value;
};

static const struct forbidden forbidden[] = { P_FORBIDDEN };

static void describe_forbidden(const struct forbidden *f, char *desc)
{
	snprintf(desc, KUNIT_PARAM_DESC_SIZE, "%s %#llx", f->name, f->flip ?: f->value);
}

KUNIT_ARRAY_PARAM(forbidden, forbidden, describe_forbidden);

/* @reg is not among the values, or not any more. */
static unsigned int without(struct regset_value *v, unsigned int nr, unsigned int reg)
{
	unsigned int i, n = 0;

	for (i = 0; i < nr; i++)
		if (v[i].reg != reg)
			v[n++] = v[i];
	return n;
}

static void one_that_is_refused_undoes_all(struct kunit *test)
{
	const struct forbidden *f = test->param_value;
	struct test_task *t = test_task(test, &payload_tell_regs);
	struct test_engine *e = hold_teller(test, t);
	const struct regset_desc *desc = task_regset_desc(e->engine->task);
	struct utrace_regfile *before, *after, *asked;
	int reg = regset_reg_by_name(desc, f->name), ret;
	unsigned int nr, nr_fp, n, bad, size;
	struct regset_value *general, *fps, *v;
	u64 number;
	u8 wrong[8];

	KUNIT_ASSERT_GE(test, reg, 0);
	before = test_regfile(test, e);
	size = desc->map.regs[reg].size;
	KUNIT_ASSERT_LE(test, size, sizeof(wrong));
	number = f->flip ? get_number(value_in(desc, before, reg), size) ^ f->flip : f->value;
	put_number(wrong, size, number);

	general = values_of(test, spots_of(test, KIND_GENERAL, e), &nr);
	nr = without(general, nr, reg);
	fps = values_of(test, spots_of(test, KIND_FP, e), &nr_fp);
	nr_fp = without(fps, nr_fp, reg);
	v = kunit_kcalloc(test, nr + 1 + nr_fp, sizeof(*v), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, v);
	memcpy(v, general, nr * sizeof(*v));
	v[nr] = (struct regset_value){ reg, size, wrong };
	memcpy(v + nr + 1, fps, nr_fp * sizeof(*v));
	n = nr + 1 + nr_fp;

	ret = utrace_reg_set(e->engine, v, n, &bad);
	KUNIT_EXPECT_LT(test, ret, 0);
	KUNIT_EXPECT_EQ_MSG(test, reg, bad, "%s", regset_reg_name(desc, bad));
	after = test_regfile(test, e);
	expect_same(test, desc, before, after, f->name);

	/* The other order, too. */
	swap(v[0], v[n - 1]);
	ret = utrace_reg_set(e->engine, v, n, &bad);
	KUNIT_EXPECT_LT(test, ret, 0);
	KUNIT_EXPECT_EQ_MSG(test, reg, bad, "%s", regset_reg_name(desc, bad));
	after = test_regfile(test, e);
	expect_same(test, desc, before, after, f->name);

	/* And in a file, with others, unless files do not write it. */
	asked = test_regfile(test, e);
	memcpy(value_in(desc, asked, reg), wrong, size);
	if (desc->map.regs[reg].flags & UTRACE_REG_VOLATILE) {
		KUNIT_EXPECT_EQ(test, 0, utrace_regfile_set(e->engine, asked,
							    asked->size, &bad));
	} else {
		memcpy(value_in(desc, asked, general[0].reg), general[0].value,
		       general[0].size);
		memcpy(value_in(desc, asked, fps[nr_fp - 1].reg), fps[nr_fp - 1].value,
		       fps[nr_fp - 1].size);
		KUNIT_EXPECT_GT(test, 0, utrace_regfile_set(e->engine, asked,
							    asked->size, &bad));
		KUNIT_EXPECT_EQ_MSG(test, reg, bad, "%s", regset_reg_name(desc, bad));
	}
	after = test_regfile(test, e);
	expect_same(test, desc, before, after, f->name);

	/* Without it they are taken. */
	n = without(v, n, reg);
	expect_set(test, e, v, n);
}

/*
 * Files
 */

static void files_are_as_long_as_they_say(struct kunit *test)
{
	struct test_engine *e = regset_test_held(test);
	struct utrace_regfile *file = test_regfile(test, e);
	size_t n = file->size;
	const struct regset_desc *desc = task_regset_desc(e->engine->task);
	u8 *room = kunit_kzalloc(test, n + 16, GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, room);
	KUNIT_EXPECT_EQ(test, UTRACE_REGFILE_MAGIC, file->magic);
	KUNIT_EXPECT_EQ(test, regset_view(desc)->id, file->view);
	KUNIT_EXPECT_EQ(test, regset_view(desc)->flags, file->flags);
	KUNIT_EXPECT_EQ(test, n, regset_file_size(&desc->map, file->units));
	KUNIT_EXPECT_EQ(test, 0, regset_file_check(&desc->map, file, n));
	memset(room, 0xaa, n + 16);
	KUNIT_EXPECT_EQ(test, -ENOSPC, utrace_regfile_get(e->engine, (void *)room, n - 1));
	KUNIT_EXPECT_EQ(test, -ENOSPC, utrace_regfile_get(e->engine, (void *)room, 0));
	KUNIT_EXPECT_PTR_EQ(test, NULL, memchr_inv(room, 0xaa, n + 16));
	KUNIT_EXPECT_EQ(test, n, utrace_regfile_get(e->engine, (void *)room, n + 16));
	KUNIT_EXPECT_PTR_EQ(test, NULL, memchr_inv(room + n, 0xaa, 16));
	KUNIT_EXPECT_MEMEQ(test, room, file, n);
}

static void a_file_changes_what_differs(struct kunit *test)
{
	struct test_task *t = test_task(test, &payload_tell_regs);
	struct test_engine *e = hold_teller(test, t);
	struct utrace_regfile *file = test_regfile(test, e), *now;
	const struct kind *of[] = { KIND_GENERAL, KIND_FP };
	const struct regset_desc *desc = task_regset_desc(e->engine->task);
	unsigned int bad, i, j, nr;
	size_t n = file->size;

	KUNIT_EXPECT_EQ(test, 0, utrace_regfile_set(e->engine, file, n, &bad));
	KUNIT_EXPECT_EQ(test, REGSET_NO_REG, bad);
	now = test_regfile(test, e);
	expect_same(test, desc, now, file, "nothing changed");
	for (i = 0; i < ARRAY_SIZE(of); i++) {
		struct regset_value *v = values_of(test, spots_of(test, of[i], e), &nr);

		for (j = 0; j < nr; j++) {
			/* v of arm64 with SVE has no place in files: it is in z. */
			if (!(desc->map.regs[v[j].reg].flags & UTRACE_REG_IN_FILE))
				continue;
			memcpy(value_in(desc, file, v[j].reg), v[j].value, v[j].size);
			KUNIT_EXPECT_EQ_MSG(test, 0, utrace_regfile_set(e->engine, file, n, &bad),
					    "%s (%s)", regset_reg_name(desc, v[j].reg),
					    regset_reg_name(desc, bad));
			KUNIT_ASSERT_EQ(test, n, utrace_regfile_get(e->engine, now, n));
			expect_same(test, desc, now, file, regset_reg_name(desc, v[j].reg));
		}
	}
}

static void damaged_files_change_nothing(struct kunit *test)
{
	struct test_engine *e = regset_test_held(test);
	struct utrace_regfile *before = test_regfile(test, e), *file = test_regfile(test, e);
	const struct regset_desc *desc = task_regset_desc(e->engine->task);
	struct utrace_regfile head;
	unsigned int bad, i, nr;
	struct regset_value *v;
	size_t n = file->size;

	v = values_of(test, spots_of(test, KIND_GENERAL, e), &nr);
	for (i = 0; i < nr; i++)
		memcpy(value_in(desc, file, v[i].reg), v[i].value, v[i].size);
	head = *file;

#define EXPECT_DAMAGED(damage) do {					\
	damage;								\
	KUNIT_EXPECT_EQ_MSG(test, -EINVAL,				\
			    utrace_regfile_set(e->engine, file, n, &bad), #damage); \
	KUNIT_EXPECT_EQ(test, REGSET_NO_REG, bad);			\
	*file = head;							\
} while (0)
	EXPECT_DAMAGED(file->magic ^= 1);
	EXPECT_DAMAGED(file->magic = swab32(file->magic));
	EXPECT_DAMAGED(file->view++);
	EXPECT_DAMAGED(file->view = 0);
	EXPECT_DAMAGED(file->flags ^= UTRACE_VIEW_BIG_ENDIAN);
	EXPECT_DAMAGED(file->size++);
	EXPECT_DAMAGED(file->size--);
	EXPECT_DAMAGED(file->size = 0);
	EXPECT_DAMAGED(file->size = ~0);
	EXPECT_DAMAGED(file->layouts |= BIT_ULL(63));
	EXPECT_DAMAGED(file->layouts |= BIT_ULL(regset_view(desc)->nr_layouts));
	EXPECT_DAMAGED(file->reserved = 1);
	for (i = 0; i < UTRACE_UNITS; i++) {
		EXPECT_DAMAGED(file->units[i]++);
		EXPECT_DAMAGED(file->units[i]--);
		EXPECT_DAMAGED(file->units[i] = ~0);
	}
#undef EXPECT_DAMAGED
	KUNIT_EXPECT_EQ(test, -EINVAL, utrace_regfile_set(e->engine, file, n - 1, &bad));
	KUNIT_EXPECT_EQ(test, -EINVAL, utrace_regfile_set(e->engine, file, 0, &bad));
	expect_same(test, desc, before, test_regfile(test, e), "damaged");
	/* It was right, but for that. */
	KUNIT_EXPECT_EQ(test, 0, utrace_regfile_set(e->engine, file, n + 1, &bad));
	expect_same(test, desc, file, test_regfile(test, e), "not damaged");
}

/* What the generic conversion makes of the data of all sets is the same file. */
static void expect_one_file(struct kunit *test, struct test_engine *e)
{
	struct task_struct *task = e->engine->task;
	const struct user_regset_view *view = regset_task_view(task);
	const struct regset_desc *desc = task_regset_desc(task);
	struct utrace_regfile *file = test_regfile(test, e), *other;
	struct regset_data *sets;
	unsigned int i, j;
	ssize_t n;

	sets = kunit_kcalloc(test, REGSET_SETS_MAX, sizeof(*sets), GFP_KERNEL);
	other = kunit_kzalloc(test, file->size, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, sets);
	KUNIT_ASSERT_NOT_NULL(test, other);
	KUNIT_ASSERT_EQ(test, 0, utrace_prepare_examine(e->engine));
	for (i = 0; i < desc->map.view->nr_layouts; i++) {
		const struct utrace_layout *l = &desc->map.layouts[i];
		void *data;

		if (!(l->flags & UTRACE_LAYOUT_PRESENT) || l->behind != UTRACE_NONE ||
		    sets[l->set].data)
			continue;
		for (j = 0; j < view->n; j++) {
			if (view->regsets[j].core_note_type != l->note)
				continue;
			n = regset_get_alloc(task, &view->regsets[j],
					     view->regsets[j].n * view->regsets[j].size,
					     &data);
			if (n > 0) {
				sets[l->set].data = data;
				sets[l->set].size = n;
			}
		}
	}
	utrace_finish_examine(e->engine);
	n = regset_data_to_file(&desc->map, sets, other, file->size);
	for (i = 0; i < REGSET_SETS_MAX; i++)
		kvfree(sets[i].data);
	KUNIT_ASSERT_EQ(test, file->size, n);
	expect_same(test, desc, file, other, "the generic way");
}

/* And register by register, too. */
static void expect_one_by_one(struct kunit *test, struct test_engine *e)
{
	const struct regset_desc *desc = task_regset_desc(e->engine->task);
	struct utrace_regfile *file = test_regfile(test, e);
	u8 *value = kunit_kzalloc(test, 65536, GFP_KERNEL);
	struct regset_mask *has = test_alloc(test, struct regset_mask);
	unsigned int i, n;
	int ret;

	KUNIT_ASSERT_NOT_NULL(test, value);
	regset_file_mask(&desc->map, file, has);
	for (i = 0; i < desc->map.view->nr_regs; i++) {
		n = regset_value_size(&desc->map, file->units, i);
		if (!(desc->map.regs[i].flags & UTRACE_REG_IN_FILE) || n > 65536)
			continue;
		ret = utrace_reg_get(e->engine, i, value, n);
		KUNIT_EXPECT_EQ_MSG(test, ret, regset_mask_has(has, i) ? 0 : -ENODATA,
				    "%s", regset_reg_name(desc, i));
		if (!ret)
			KUNIT_EXPECT_MEMEQ_MSG(test, value, value_in(desc, file, i), n, "%s",
					       regset_reg_name(desc, i));
	}
}

static void all_ways_to_read_agree(struct kunit *test)
{
	const struct kind *kind = test->param_value;
	struct regset_value *v;
	struct test_engine *e;
	struct test_task *t;
	unsigned int nr;

	skip_without(test, kind);
	t = test_task(test, kind->tell);
	e = hold_teller(test, t);
	expect_one_file(test, e);
	expect_one_by_one(test, e);
	v = values_of(test, spots_of(test, kind, e), &nr);
	expect_set(test, e, v, nr);
	expect_one_file(test, e);
	expect_one_by_one(test, e);
	/* After it has run with them. */
	let_tell(test, t, e);
	test_engine_hold(test, t, e);
	expect_one_file(test, e);
	expect_one_by_one(test, e);
}

static void all_ways_to_read_a_compat_thread_agree(struct kunit *test)
{
	struct test_engine *e = regset_test_held_compat(test);

	expect_one_file(test, e);
	expect_one_by_one(test, e);
}

/*
 * Initial states
 */

static void a_new_program_has_initial_values(struct kunit *test)
{
	struct test_engine *e = regset_test_held(test);
	const struct regset_desc *desc = task_regset_desc(e->engine->task);
	struct utrace_regfile *file = test_regfile(test, e);
	struct spots *all = spots_of(test, KIND_FP, e);
	unsigned int i;

	for (i = 0; i < all->nr; i++) {
		const struct spot *s = &all->spots[i];
		const char *name = spot_name(all, s);
		u8 value[256] = {};
		u64 init = 0;

		if (s->reg == UTRACE_NONE)
			continue;
		if (!strcmp(name, "fctrl"))
			init = 0x37f;
		if (!strcmp(name, "mxcsr"))
			init = 0x1f80;
		KUNIT_ASSERT_LE(test, s->size, sizeof(value));
		KUNIT_EXPECT_EQ_MSG(test, 0, utrace_reg_get(e->engine, s->reg, value, s->size),
				    "%s", name);
		KUNIT_EXPECT_EQ_MSG(test, init, get_number(value, s->size), "%s", name);
		if (s->size > 8)
			KUNIT_EXPECT_TRUE_MSG(test, mem_is_zero(value, s->size), "%s", name);
		if (desc->map.regs[s->reg].flags & UTRACE_REG_IN_FILE)
			KUNIT_EXPECT_MEMEQ_MSG(test, value, value_in(desc, file, s->reg),
					       s->size, "%s", name);
	}
#ifdef P_X87
	{
		int ftag = regset_reg_by_name(desc, "ftag");

		KUNIT_ASSERT_GE(test, ftag, 0);
		KUNIT_EXPECT_EQ(test, 0xffff, get_number(value_in(desc, file, ftag), 2));
	}
#endif
}

#ifdef P_X87
/*
 * 1, 0, an infinity, a denormal number, one that the processor does not know as
 * one any more, and three that are empty
 */
#define X87_DATA	0x8000
LOCAL_PAYLOAD(payload_x87,
	P_CALL(__NR_getuid)
	"fninit\n"
	"fld1\n"
	"fldz\n"
	"fldt " P_AT(X87_DATA) "\n"
	"fldt " P_AT(X87_DATA) "+16\n"
	"fldt " P_AT(X87_DATA) "+32\n"
	"fnstenv " P_AT(STORED) "\n"
	"1:\n"
	P_JUMP(1b));

static void x87_tags_are_those_of_the_processor(struct kunit *test)
{
	static const u8 data[3][16] = {
		{ 0, 0, 0, 0, 0, 0, 0, 0x80, 0xff, 0x7f },
		{ 1, 0, 0, 0, 0, 0, 0, 0, 0, 0 },
		{ 1, 0, 0, 0, 0, 0, 0, 0, 0x12, 0x34 },
	};
	struct test_task *t = test_task(test, &payload_x87);
	struct test_engine *e = hold_loader(test, t);
	const struct regset_desc *desc = task_regset_desc(t->task);
	int ftag = regset_reg_by_name(desc, "ftag");
	u16 env[14] = {};
	u64 value = 0;

	KUNIT_ASSERT_GE(test, ftag, 0);
	e->answer[EV(SYSCALL_ENTRY)] = UTRACE_RESUME;
	KUNIT_ASSERT_EQ(test, sizeof(data),
			access_process_vm(t->task, P_DATA + X87_DATA, (void *)data,
					  sizeof(data), FOLL_FORCE | FOLL_WRITE));
	hold_at_its_end(test, t, e);
	KUNIT_ASSERT_EQ(test, 0, test_task_read(t->task, P_DATA + STORED, env, sizeof(env)));
	/* From register 7 down: valid, zero, 3 special ones, 3 empty. */
	KUNIT_EXPECT_EQ(test, 0x1abf, env[4]);
	KUNIT_EXPECT_EQ(test, 0, utrace_reg_get(e->engine, ftag, &value,
						desc->map.regs[ftag].size));
	KUNIT_EXPECT_EQ(test, env[4], value);
	KUNIT_EXPECT_EQ(test, env[4], get_number(value_in(desc, test_regfile(test, e), ftag), 2));
}
#endif

/*
 * 32-bit threads
 */

#ifdef P_COMPAT_MACHINE
LOCAL_COMPAT_PAYLOAD(payload_compat_args,
	P_COMPAT_BASE
	P_COMPAT_ARG(0, 11) P_COMPAT_ARG(1, 12) P_COMPAT_ARG(2, 13)
	P_COMPAT_ARG(3, 14) P_COMPAT_ARG(4, 15) P_COMPAT_ARG(5, 16)
	"1:\n"
	P_COMPAT_CALL(P_COMPAT_NR_GETPID)
	P_COMPAT_STORE_ARG(1, 8) P_COMPAT_STORE_ARG(2, 16) P_COMPAT_STORE_ARG(3, 24)
	P_COMPAT_STORE_ARG(4, 32) P_COMPAT_STORE_ARG(5, 40) P_COMPAT_COUNT(0)
	P_COMPAT_JUMP(1b));

static void roles_of_a_compat_thread(struct kunit *test)
{
	struct test_task *t = test_task(test, &payload_compat_args);
	struct test_engine *e = test_engine_hold_at(test, t, EV(SYSCALL_ENTRY));
	const struct regset_desc *desc = task_regset_desc(t->task);
	u64 values[6];
	unsigned int i;

	KUNIT_EXPECT_TRUE(test, regset_view(desc)->flags & UTRACE_VIEW_COMPAT);
	KUNIT_EXPECT_EQ(test, 16, utrace_syscall(e->engine)->args[5]);
	expect_place(test, e);
	expect_call(test, e);
	e->answer[EV(SYSCALL_EXIT)] = UTRACE_STOP;
	e->answer[EV(SYSCALL_ENTRY)] = UTRACE_RESUME;
	KUNIT_ASSERT_EQ(test, 0, utrace_control(e->engine, UTRACE_RESUME));
	KUNIT_ASSERT_TRUE(test, test_engine_stops(e, t, EV(SYSCALL_EXIT), 1));
	expect_place(test, e);
	expect_result(test, e);

	for (i = 1; i < 6; i++) {
		u64 value = 0xf7001000 + i;

		KUNIT_EXPECT_EQ(test, -ERANGE,
				utrace_role_set(e->engine, UTRACE_ROLE_SYSCALL_ARG(i),
						value | BIT_ULL(32)));
		KUNIT_EXPECT_EQ(test, 0, utrace_role_set(e->engine, UTRACE_ROLE_SYSCALL_ARG(i),
							 value));
		KUNIT_EXPECT_EQ(test, value, role_of(test, e, UTRACE_ROLE_SYSCALL_ARG(i)));
	}
	KUNIT_EXPECT_EQ(test, 0, utrace_role_set(e->engine, UTRACE_ROLE_SP, 0xf7002000));
	expect_place(test, e);
	KUNIT_ASSERT_EQ(test, 0, utrace_control(e->engine, UTRACE_RESUME));
	KUNIT_ASSERT_TRUE(test, test_engine_stops(e, t, EV(SYSCALL_EXIT), 2));
	KUNIT_ASSERT_EQ(test, 0, test_task_read(t->task, P_DATA, values, sizeof(values)));
	for (i = 1; i < 6; i++)
		KUNIT_EXPECT_EQ_MSG(test, 0xf7001000 + i, values[i], "argument %u", i);
	KUNIT_EXPECT_EQ(test, 0xf7002000, role_of(test, e, UTRACE_ROLE_SP));
}
#endif

static struct kunit_case regset_access_cases[] = {
	KUNIT_CASE_PARAM(what_is_written_is_what_the_program_has, kinds_gen_params),
	KUNIT_CASE_PARAM(what_the_program_has_is_what_is_read, kinds_gen_params),
	KUNIT_CASE(roles_at_a_system_call),
	KUNIT_CASE(roles_that_no_register_has),
	KUNIT_CASE(thread_pointer),
	KUNIT_CASE(wrong_names_sizes_and_ids),
	KUNIT_CASE(constant_and_read_only_registers),
	KUNIT_CASE(a_callback_reads_and_does_not_write),
	KUNIT_CASE_PARAM(a_callback_reads_the_present_values, kinds_gen_params),
	KUNIT_CASE(a_thread_that_is_not_held),
	KUNIT_CASE_PARAM(one_that_is_refused_undoes_all, forbidden_gen_params),
	KUNIT_CASE(files_are_as_long_as_they_say),
	KUNIT_CASE(a_file_changes_what_differs),
	KUNIT_CASE(damaged_files_change_nothing),
	KUNIT_CASE_PARAM(all_ways_to_read_agree, kinds_gen_params),
	KUNIT_CASE(all_ways_to_read_a_compat_thread_agree),
	KUNIT_CASE(a_new_program_has_initial_values),
#ifdef P_X87
	KUNIT_CASE(x87_tags_are_those_of_the_processor),
#endif
#ifdef P_COMPAT_MACHINE
	KUNIT_CASE(roles_of_a_compat_thread),
#endif
	{}
};

static struct kunit_suite regset_access_suite = {
	.name = "regset_access",
	.test_cases = regset_access_cases,
};
kunit_test_suite(regset_access_suite);
