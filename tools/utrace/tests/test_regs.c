// SPDX-License-Identifier: GPL-2.0-only
/*
 * Descriptions of registers and register files, of machines of both byte orders:
 * made by hand, converted there and back, and damaged in every way
 */
#define _GNU_SOURCE
#include <elf.h>
#include <errno.h>
#include <stdlib.h>

#include "libutrace.h"
#include "tap.h"

#define ROUNDS		100000
/* What a damaged description may ask for is looked at in full up to here. */
#define LOOK_MAX	(64u << 10)

#define VIEW_ID		77
#define COMPAT_ID	78
#define NOTE_VECTOR	0x499

/* --- a machine that does not exist -------------------------------------- */

enum { R0, R1, PC, FLAGS, ZERO, VL, V0, V1, ACC, F0, F1, LAYER, NR_REGS };
enum { C0, C1, CPC, CV0, NR_COMPAT };

static struct builder {
	union {
		struct utrace_view view;
		char data[8192];
	};
	char strings[1024];
	__u32 strings_size;
	__u32 at;
} b;

static __u32 string(const char *s)
{
	__u32 at = 0;

	for (; at < b.strings_size; at += strlen(b.strings + at) + 1)
		if (!strcmp(b.strings + at, s))
			return at;
	strcpy(b.strings + at, s);
	b.strings_size += strlen(s) + 1;
	return at;
}

static void *array(__u32 *offset, unsigned int nr, size_t size)
{
	void *p = b.data + b.at;

	*offset = b.at;
	b.at += nr * size;
	return p;
}

static void begin(__u32 id, bool big, __u32 flags)
{
	memset(&b, 0, sizeof(b));
	b.at = sizeof(b.view);
	b.view.magic = UTRACE_VIEW_MAGIC;
	b.view.id = id;
	b.view.native = VIEW_ID;
	b.view.flags = flags | (big ? UTRACE_VIEW_BIG_ENDIAN : 0);
	b.view.name = string(id == VIEW_ID ? "test" : "test32");
	b.view.arch = string("testarch:<64>");
	b.view.osabi = string("GNU/Linux");
}

/* Returns the block; the caller frees it. */
static void *end(void)
{
	void *block;

	b.view.strings = b.at;
	b.view.strings_size = b.strings_size;
	memcpy(b.data + b.at, b.strings, b.strings_size);
	b.view.size = b.at + b.strings_size;
	block = malloc(b.view.size);
	memcpy(block, b.data, b.view.size);
	return block;
}

static void reg(struct utrace_reg *r, const char *name, const char *feature,
		__u32 type, __u32 size, __u32 roles)
{
	*r = (struct utrace_reg){
		.name = string(name), .feature = string(feature), .type = type,
		.flags = UTRACE_REG_PRESENT | UTRACE_REG_IN_FILE, .size = size,
		.unit = UTRACE_NONE, .dwarf = UTRACE_NONE, .roles = roles,
		.offset = b.view.file_size,
	};
	b.view.file_size += size;
}

static void variable(struct utrace_reg *r, const char *name, __u32 size, __u32 offset)
{
	reg(r, name, "vector", UTRACE_TYPE_VECTOR, 0, 0);
	r->size = size;
	r->unit = 2;
	r->offset = offset;
}

static struct utrace_loc *next_loc;

static void loc(__u32 id, __u32 op, __u32 offset, __u32 before, __u32 bytes,
		__u32 component)
{
	*next_loc++ = (struct utrace_loc){
		id, op, string(UTRACE_LOC_IS_PADDING(op) ? "pad" : ""), offset, before,
		bytes, component,
	};
	b.view.nr_locs++;
}

static struct utrace_layout *layout(struct utrace_layout *l, __u32 set, __u32 note,
				    const char *owner, __u32 head)
{
	*l = (struct utrace_layout){
		.set = set, .note = note, .owner = string(owner),
		.flags = UTRACE_LAYOUT_PRESENT, .behind = UTRACE_NONE, .head = head,
		.unit = UTRACE_NONE, .first_loc = b.view.nr_locs,
	};
	return l;
}

/*
 * General registers; a vector set of two forms, of which the second has floating
 * point registers only, and vectors of a length that the data tells; a floating
 * point set that is a second sight of it, with components.
 */
static void *make_native(bool big)
{
	struct utrace_layout *l, *layouts;
	struct utrace_reg *r;
	__u32 i;

	begin(VIEW_ID, big, UTRACE_VIEW_64BIT);
	b.view.file_size = sizeof(struct utrace_regfile);
	b.view.prstatus_size = 64;
	b.view.prstatus_regs = 24;
	b.view.nr_regs = NR_REGS;
	b.view.nr_layouts = 4;
	b.view.nr_sets = 3;
	r = array(&b.view.regs, NR_REGS, sizeof(*r));
	reg(&r[R0], "r0", "core", UTRACE_TYPE_INT, 8,
	    UTRACE_ROLE_BIT(UTRACE_ROLE_FUNC_RESULT));
	reg(&r[R1], "r1", "core", UTRACE_TYPE_DATA_PTR, 8,
	    UTRACE_ROLE_BIT(UTRACE_ROLE_SP));
	reg(&r[PC], "pc", "core", UTRACE_TYPE_CODE_PTR, 8,
	    UTRACE_ROLE_BIT(UTRACE_ROLE_PC));
	reg(&r[FLAGS], "fl&gs", "core", UTRACE_TYPE_FLAGS, 4,
	    UTRACE_ROLE_BIT(UTRACE_ROLE_FLAGS));
	reg(&r[ZERO], "zero", "core", UTRACE_TYPE_INT, 8, 0);
	r[ZERO].flags |= UTRACE_REG_CONSTANT;
	b.view.file_size += 4;
	reg(&r[VL], "vl", "vector", UTRACE_TYPE_INT, 8, 0);
	r[VL].flags |= UTRACE_REG_READONLY;
	variable(&r[V0], "v0", 1, 0);
	variable(&r[V1], "v1", 1, 1);
	reg(&r[ACC], "acc", "acc", UTRACE_TYPE_VECTOR, 16, 0);
	reg(&r[F0], "f0", "fpu", UTRACE_TYPE_FLOAT, 8, 0);
	reg(&r[F1], "f1", "fpu", UTRACE_TYPE_I387, 10, 0);
	b.view.file_size += 6;
	reg(&r[LAYER], "layer", "system", UTRACE_TYPE_BYTES, 4, 0);
	r[LAYER].flags |= UTRACE_REG_CONTROL;
	r[LAYER].init = 0x1234;

	layouts = array(&b.view.layouts, 4, sizeof(*layouts));
	next_loc = array(&b.view.locs, 24, sizeof(*next_loc));

	l = layout(&layouts[0], 0, NT_PRSTATUS, "CORE", 32);
	for (i = R0; i <= PC; i++)
		loc(i, UTRACE_LOC_COPY, 8 * i, 0, 8, 0);
	loc(FLAGS, UTRACE_LOC_COPY, 24, 0, 8, 0);
	l->nr_locs = 4;

	/* Its first word tells the form, the second the length. */
	for (i = 0; i < 2; i++) {
		l = layout(&layouts[1 + i], 1, NOTE_VECTOR, "LINUX", i ? 24 : 16);
		l->unit = 2;
		l->unit_offset = 4;
		l->unit_bytes = 4;
		l->unit_shift = 3;
		l->cond_bytes = 4;
		l->cond_mask = 3;
		l->cond_value = i;
		loc(i, UTRACE_LOC_FIXED, 0, 0, 4, 0);
		loc(VL, UTRACE_LOC_SHIFTED, 4, 0, 4, 0);
		loc(0, UTRACE_LOC_SIZE, 8, 0, 8, 0);
		if (i) {
			loc(F0, UTRACE_LOC_COPY, 16, 0, 8, 0);
		} else {
			l->units = 2;
			loc(V0, UTRACE_LOC_UNITS, 16, 0, 1, 0);
			loc(V1, UTRACE_LOC_UNITS, 16, 1, 1, 0);
			l->tail = 16;
			loc(ACC, UTRACE_LOC_COPY, 0, UTRACE_NONE, 16, 0);
		}
		l->nr_locs = i ? 4 : 6;
	}

	l = layout(&layouts[3], 2, NT_PRFPREG, "CORE", 40);
	l->components = 24;
	loc(F0, UTRACE_LOC_COPY, 0, 0, 8, 1);
	loc(F1, UTRACE_LOC_COPY, 8, 0, 16, 2);
	loc(0, UTRACE_LOC_COMPONENTS, 24, 0, 8, 0);
	loc(LAYER, UTRACE_LOC_COPY, 32, 0, 4, 3);
	loc(0, UTRACE_LOC_PAD, 36, 0, 4, 0);
	l->nr_locs = 5;
	return end();
}

static void *make_compat(bool big)
{
	static const struct utrace_link links[] = {
		{ C0, R0, 0, 4, 0 }, { C1, R1, 0, 4, 0 }, { CPC, PC, 0, 4, 0 },
		{ CV0, ACC, 0, 8, 0 },
	};
	struct utrace_layout *l;
	struct utrace_reg *r;
	__u32 i;

	begin(COMPAT_ID, big, UTRACE_VIEW_COMPAT);
	b.view.file_size = sizeof(struct utrace_regfile);
	b.view.prstatus_size = 40;
	b.view.prstatus_regs = 12;
	b.view.nr_regs = NR_COMPAT;
	b.view.nr_layouts = 2;
	b.view.nr_sets = 2;
	b.view.nr_links = 4;
	r = array(&b.view.regs, NR_COMPAT, sizeof(*r));
	reg(&r[C0], "r0", "core", UTRACE_TYPE_INT, 4, 0);
	reg(&r[C1], "r1", "core", UTRACE_TYPE_DATA_PTR, 4, 0);
	reg(&r[CPC], "pc", "core", UTRACE_TYPE_CODE_PTR, 4, 0);
	b.view.file_size += 4;
	reg(&r[CV0], "v0", "acc", UTRACE_TYPE_FLOAT, 8, 0);
	l = array(&b.view.layouts, 2, sizeof(*l));
	next_loc = array(&b.view.locs, 4, sizeof(*next_loc));
	layout(&l[0], 0, NT_PRSTATUS, "CORE", 12)->nr_locs = 3;
	for (i = C0; i <= CPC; i++)
		loc(i, UTRACE_LOC_COPY, 4 * i, 0, 4, 0);
	layout(&l[1], 1, NOTE_VECTOR, "LINUX", 8)->nr_locs = 1;
	loc(CV0, UTRACE_LOC_COPY, 0, 0, 8, 0);
	memcpy(array(&b.view.links, 4, sizeof(links[0])), links, sizeof(links));
	return end();
}

/* As a machine of the other byte order would have written it. */
static void swap_words(void *data, size_t size)
{
	__u32 *words = data;
	size_t i;

	for (i = 0; i < size / 4; i++)
		words[i] = __builtin_bswap32(words[i]);
}

static void swap_head(struct utrace_regfile *file)
{
	swap_words(file, offsetof(struct utrace_regfile, layouts));
	file->layouts = __builtin_bswap64(file->layouts);
	file->reserved = __builtin_bswap64(file->reserved);
}

static void put(bool big, unsigned char *at, size_t size, __u64 n)
{
	size_t i;

	for (i = 0; i < size; i++, n >>= 8)
		at[big ? size - 1 - i : i] = n;
}

/* The notes of two threads: the first with vectors of 24 bytes, and the second not. */
static unsigned char *make_notes(bool big, size_t *size)
{
	unsigned char *notes = calloc(1, 1024), *p = notes, *desc;
	unsigned int thread, set, i;

	for (thread = 0; thread < 2; thread++) {
		for (set = 0; set < 3; set++) {
			const char *owner = set == 1 ? "LINUX" : "CORE";
			unsigned int n = set == 0 ? 64 : set == 2 ? 40 :
					 thread ? 24 : 64 + 16;

			put(big, p, 4, strlen(owner) + 1);
			put(big, p + 4, 4, n);
			put(big, p + 8, 4, set == 0 ? NT_PRSTATUS : set == 1 ?
			    NOTE_VECTOR : NT_PRFPREG);
			strcpy((char *)p + 12, owner);
			desc = p + 20;
			for (i = 0; i < n; i++)
				desc[i] = 16 * set + i + 100 * thread;
			if (set == 0) {
				put(big, desc + 24 + 24, 8, 0x12345678);
			} else if (set == 1) {
				put(big, desc, 4, thread);
				put(big, desc + 4, 4, 24 << 3);
				put(big, desc + 8, 8, thread ? 24 : 80);
			} else {
				put(big, desc + 24, 8, 2);
				/* the register has but 10 of these */
				memset(big ? desc + 8 : desc + 18, 0, 6);
			}
			p = desc + n;
		}
	}
	*size = p - notes;
	return notes;
}

/* --- what must be so ---------------------------------------------------- */

static __u64 number(const struct utrace_view_map *view,
		    const struct utrace_regfile *file, __u32 id)
{
	uint64_t n = 0xbad;

	if (utrace_regs_number(view, file, id, &n))
		return 0xbad;
	return n;
}

static bool same(const struct utrace_regfile *a, const struct utrace_regfile *b)
{
	return a && b && a->size == b->size && !memcmp(a, b, a->size);
}

static void test_view(const struct utrace_view_map *view, bool big)
{
	ok(utrace_view_data(view)->id == VIEW_ID &&
	   !!(utrace_view_data(view)->flags & UTRACE_VIEW_BIG_ENDIAN) == big,
	   "view: which it is");
	is(utrace_view_string(view, utrace_view_reg(view, V1)->name), "v1",
	   "view: names");
	ok(!utrace_view_string(view, 100000), "view: no such string");
	ok(utrace_view_find(view, "pc") == PC &&
	   utrace_view_find(view, "nope") == UTRACE_NONE, "view: by name");
	ok(utrace_view_role(view, UTRACE_ROLE_SP) == R1 &&
	   utrace_view_role(view, UTRACE_ROLE_TLS) == UTRACE_NONE &&
	   utrace_view_role(view, 1000) == UTRACE_NONE, "view: by role");
	ok(!utrace_view_reg(view, NR_REGS), "view: no such register");
}

static void test_values(const struct utrace_view_map *view, struct utrace_regfile *file,
			bool big)
{
	unsigned char *value;
	uint64_t n;
	size_t size;

	ok(number(view, file, PC) == (big ? 0x28292a2b2c2d2e2f : 0x2f2e2d2c2b2a2928),
	   "value: eight bytes");
	ok(number(view, file, FLAGS) == 0x12345678, "value: in a longer place");
	ok(number(view, file, VL) == 24, "value: shifted");
	ok(!number(view, file, ZERO) && utrace_regs_has(view, file, ZERO),
	   "value: a constant");
	ok(number(view, file, LAYER) == 0x1234, "value: of a component that is as at first");
	value = utrace_regs_value(view, file, V1, &size);
	ok(value && size == 24 && value[0] == 16 + 40, "value: of variable size");
	value = utrace_regs_value(view, file, ACC, &size);
	ok(value && size == 16 && value[0] == 16 + 64, "value: behind those");
	errno = 0;
	ok(utrace_regs_number(view, file, V1, &n) && errno == ERANGE,
	   "value: too long for a number");
	ok(!utrace_regs_value(view, file, NR_REGS, &size) && errno == EINVAL &&
	   !utrace_regs_has(view, file, NR_REGS), "value: no such register");
	ok(!utrace_regs_set_number(view, file, FLAGS, 0xcafe) &&
	   number(view, file, FLAGS) == 0xcafe, "value: changed");
	ok(utrace_regs_set_number(view, file, FLAGS, 1ull << 32) && errno == ERANGE &&
	   number(view, file, FLAGS) == 0xcafe, "value: one that is too big");
	is(utrace_error(NULL), "cannot set register fl&gs: 0x100000000 is too big",
	   "value: and the register is named");
}

static void test_gdb(const struct utrace_view_map *view, struct utrace_regfile *file)
{
	char *xml = utrace_regs_description(view, file);
	char *packet = utrace_regs_to_gdb(view, file);
	struct utrace_regfile *copy = malloc(file->size);

	ok(xml && strstr(xml, "<architecture>testarch:&lt;64></architecture>") &&
	   strstr(xml, "<reg name=\"fl&amp;gs\" bitsize=\"32\" type=\"int32\" regnum=\"3\"") &&
	   strstr(xml, "<reg name=\"v1\" bitsize=\"192\" type=\"v24\" regnum=\"7\"") &&
	   strstr(xml, "<union id=\"v24\">"), "gdb: description");
	memcpy(copy, file, file->size);
	memset(utrace_regs_value(view, copy, R0, NULL), 0xff, 8);
	memset(utrace_regs_value(view, copy, V0, NULL), 0xff, 24);
	ok(packet && !utrace_regs_from_gdb(view, packet, strlen(packet), copy) &&
	   same(copy, file), "gdb: packets there and back");
	ok(utrace_regs_from_gdb(view, packet, strlen(packet) - 2, copy) &&
	   errno == EINVAL, "gdb: a packet that is too short");
	packet[3] = 'g';
	packet[0] = packet[0] == '7' ? '8' : '7';
	ok(utrace_regs_from_gdb(view, packet, strlen(packet), copy) &&
	   same(copy, file), "gdb: no digit, and nothing has changed");
	free(copy);
	free(packet);
	free(xml);
}

static void test_core(const struct utrace_view_map *view, const unsigned char *notes,
		      size_t size)
{
	struct utrace_regfile *file, *again;
	size_t n;
	void *made;

	file = utrace_regs_from_core(view, notes, size, 1);
	ok(file && utrace_regs_has(view, file, F0) && !utrace_regs_has(view, file, V0) &&
	   !utrace_regs_has(view, file, ACC), "core: the other thread, in another form");
	made = utrace_regs_to_core(view, file, &n);
	again = made ? utrace_regs_from_core(view, made, n, 0) : NULL;
	/* Made of a file, all components are there. */
	ok(same(file, again), "core: notes there and back");
	free(again);
	free(made);
	free(file);
	errno = 0;
	ok(!utrace_regs_from_core(view, notes, size, 2) && errno == ENOENT,
	   "core: no third thread");
	ok(!utrace_regs_from_core(view, notes, 0, 0) && errno == ENOENT,
	   "core: no notes");
}

static void test_saved(const struct utrace_view_map *view,
		       const struct utrace_regfile *file)
{
	struct utrace_regfile *copy = malloc(file->size), *loaded;
	size_t size = file->size;

	memcpy(copy, file, size);
	loaded = utrace_regs_load(view, copy, size);
	ok(same(loaded, file), "file: saved and loaded");
	free(loaded);
	swap_head(copy);
	loaded = utrace_regs_load(view, copy, size);
	ok(same(loaded, file), "file: of the other byte order");
	free(loaded);
	ok(!utrace_regs_load(view, copy, size - 1) && errno == EINVAL, "file: cut off");
	ok(!utrace_regs_load(view, copy, 7), "file: cut off early");
	memcpy(copy, file, size);
	copy->units[2]++;
	ok(!utrace_regs_load(view, copy, size), "file: a unit that does not fit its size");
	copy->units[2]--;
	copy->view++;
	ok(!utrace_regs_load(view, copy, size) &&
	   strstr(utrace_error(NULL), "another view than test"), "file: of another view");
	free(copy);
}

static void test_compat(const struct utrace_view_map *view, struct utrace_regfile *file,
			bool big)
{
	struct utrace_view_map *compat;
	struct utrace_regfile *to;
	struct utrace_lost lost;
	void *block = make_compat(big);

	compat = utrace_view_load(block, b.view.size);
	free(block);
	utrace_regs_set_number(view, file, R0, 0x1122334455667788);
	utrace_regs_set_number(view, file, R1, 0x99aabbcc);
	to = utrace_regs_to_compat(compat, view, file, &lost);
	ok(to && number(compat, to, C0) == 0x55667788 &&
	   number(compat, to, C1) == 0x99aabbcc, "compat: the lower halves");
	ok(lost.bits[0] & 1 << R0 && !(lost.bits[0] & 1 << R1) &&
	   lost.bits[0] & 1 << ACC && lost.bits[0] & 1 << V0, "compat: what is lost");
	utrace_regs_set_number(compat, to, C0, 0xdeadbeef);
	utrace_regs_set_number(compat, to, CV0, 7);
	ok(!utrace_regs_to_native(compat, view, to, file, &lost) && !lost.bits[0] &&
	   number(view, file, R0) == 0xdeadbeef, "compat: and back");
	ok(!utrace_regs_to_compat(view, compat, to, &lost) && errno == EINVAL,
	   "compat: the other way round there is none");
	free(to);
	utrace_view_free(compat);
}

static void test_order(bool big)
{
	const struct utrace_view *data;
	struct utrace_view_map *view;
	struct utrace_regfile *file;
	size_t size, notes_size;
	unsigned char *notes;
	void *block;

	printf("# %s-endian\n", big ? "big" : "little");
	block = make_native(big);
	size = b.view.size;
	swap_words(block, b.view.strings);
	view = utrace_view_load(block, size);
	ok(view, "view: of the other byte order");
	utrace_view_free(view);
	swap_words(block, b.view.strings);
	view = utrace_view_load(block, size);
	data = view ? utrace_view_data(view) : NULL;
	ok(data && data->size == size && !memcmp(data, block, size), "view: of this one");
	ok(!utrace_view_load(block, size - 1) && errno == EINVAL, "view: cut off");
	ok(!utrace_view_load(block, 3), "view: cut off early");
	free(block);
	if (!view)
		return;

	test_view(view, big);
	notes = make_notes(big, &notes_size);
	file = utrace_regs_from_core(view, notes, notes_size, 0);
	if (ok(file && file->units[2] == 24 && file->layouts == 0xb, "a register file")) {
		test_values(view, file, big);
		test_gdb(view, file);
		test_core(view, notes, notes_size);
		test_saved(view, file);
		test_compat(view, file, big);
	}
	free(file);
	free(notes);
	utrace_view_free(view);
}

/* --- bad descriptions, and why they are refused --------------------------- */

enum table { HEADER, LAYOUT, REG, PLACE, LINK };

/* A word of a good description that is changed, and what the library says of that. */
struct bad_word {
	enum table table;
	unsigned int nr;	/* of the entry in its table */
	size_t member;		/* its offset in the entry */
	__u32 value;
	const char *why;
};

#define HEAD(member, value, why)	\
	{ HEADER, 0, offsetof(struct utrace_view, member), value, "header: " why }
#define ENTRY(table, type, nr, member, value, why)	\
	{ table, nr, offsetof(struct type, member), value, why }
#define LAYOUT(nr, member, value, why)	\
	ENTRY(LAYOUT, utrace_layout, nr, member, value, "layout " #nr ": " why)
#define REG(nr, member, value, why)	\
	ENTRY(REG, utrace_reg, nr, member, value, "register " #nr ": " why)
#define PLACE(nr, member, value, why)	\
	ENTRY(PLACE, utrace_loc, nr, member, value, "place " #nr ": " why)
#define LINK(nr, member, value, why)	\
	ENTRY(LINK, utrace_link, nr, member, value, "link " #nr ": " why)

#define GAP	"it does not begin where the place before it ends"
#define NONE	UTRACE_NONE

static const struct bad_word bad_words[] = {
	HEAD(magic, 1, "its magic number is not that of a description"),
	HEAD(size, 8, "the description is shorter than its header"),
	HEAD(size, 1 << 20, "the description is longer than the data"),
	HEAD(nr_layouts, 65, "there are too many layouts"),
	HEAD(nr_regs, 1025, "there are too many registers"),
	HEAD(nr_sets, 65, "there are too many register sets"),
	HEAD(nr_sets, 4, "some register sets have no layout"),
	HEAD(file_size, 8, "register files are shorter than their head"),
	HEAD(file_size, 2 << 20, "register files are too large"),
	HEAD(prstatus_size, 65537, "NT_PRSTATUS is too large"),
	HEAD(prstatus_regs, 65, "the registers in NT_PRSTATUS are beyond its end"),
	HEAD(layouts, 2, "the layouts are outside of the description, or not aligned"),
	HEAD(regs, 1 << 20, "the registers are outside of the description, or not aligned"),
	HEAD(nr_locs, 4000, "the places are outside of the description, or not aligned"),
	HEAD(nr_links, 4000, "the links are outside of the description, or not aligned"),
	HEAD(strings_size, 4000, "the strings are outside of the description, or not aligned"),
	HEAD(strings_size, 0, "there are no strings"),
	HEAD(strings_size, 3, "the last string does not end with a NUL"),
	HEAD(name, 4000, "the name of the view is not among the strings"),
	HEAD(arch, 4000, "the name of the architecture is not among the strings"),
	HEAD(osabi, 4000, "the name of the system is not among the strings"),

	REG(3, name, 4000, "its name is not among the strings"),
	REG(3, feature, 4000, "its feature is not among the strings"),
	REG(3, type, 8, "its type is unknown"),
	REG(3, unit, 4, "its unit does not exist"),
	REG(3, size, 0, "its size is 0"),
	REG(3, size, 65537, "it is too large"),
	REG(3, offset, 0, "it is in the head of register files"),
	REG(3, offset, 4000, "it is beyond the end of register files"),
	REG(7, offset, 1 << 20, "its unit's part of register files is too large"),

	LAYOUT(1, set, 3, "its set does not exist"),
	LAYOUT(0, set, 1, "its set is neither that of the layout before it nor the next one"),
	LAYOUT(3, set, 0, "its set is neither that of the layout before it nor the next one"),
	LAYOUT(1, owner, 4000, "its owner is not among the strings"),
	LAYOUT(1, unit, 4, "its unit does not exist"),
	LAYOUT(1, unit, NONE, "it has a part of variable size, but no unit"),
	LAYOUT(1, head, 65537, "its head is too large"),
	LAYOUT(1, tail, 65537, "its tail is too large"),
	LAYOUT(1, units, 2 << 20, "its part of variable size is too large"),
	LAYOUT(1, behind, 1, "it is an alias of a layout that is not before it"),
	LAYOUT(1, unit_bytes, 9, "the number that gives its unit has too many bits"),
	LAYOUT(1, unit_shift, 32, "the number that gives its unit has too many bits"),
	LAYOUT(1, unit_offset, 13, "the number that gives its unit is not in its head"),
	LAYOUT(1, cond_bytes, 5, "the number that tells its form has too many bits"),
	LAYOUT(1, cond_offset, 13, "the number that tells its form is not in its head"),
	LAYOUT(3, components, 33, "the bits of its components are not in its head"),
	LAYOUT(3, first_loc, 100, "some of its places do not exist"),
	LAYOUT(3, nr_locs, 100, "some of its places do not exist"),
	LAYOUT(0, nr_locs, 3, "its places do not cover all of its bytes"),
	LAYOUT(1, tail, 32, "its places do not cover all of its bytes"),

	PLACE(2, op, 9, "its op is unknown"),
	PLACE(2, name, 4000, "its name is not among the strings"),
	PLACE(2, reg, 12, "its register does not exist"),
	PLACE(2, bytes, 2 << 20, "it is too large"),
	PLACE(14, component, 65, "its component does not exist"),
	PLACE(2, component, 1, "it belongs to a component, but its layout has none"),
	PLACE(1, op, UTRACE_LOC_X87_TAG, "it is an x87 tag, but not in an FXSAVE image"),
	PLACE(15, op, UTRACE_LOC_SIZE, "it is a number of more than 8 bytes"),
	PLACE(2, offset, 17, GAP),
	PLACE(8, before, 2, GAP),
	PLACE(9, offset, 1, GAP),
	PLACE(2, before, 1, "it is in the part of variable size, but of fixed size"),
	PLACE(9, bytes, 17, "it ends after its part of the layout"),
	PLACE(9, before, 0, "it is after a place of a later part of its layout"),
	PLACE(3, bytes, 16, "it ends after its part of the layout"),
};

static const struct bad_word bad_links[] = {
	LINK(2, reg, 4, "its compat register does not exist"),
	LINK(2, native, 1024, "its native register cannot exist"),
	LINK(2, bytes, 0, "its size is 0"),
	LINK(2, bytes, 65537, "it is too large"),
	LINK(2, offset, 65537, "it is too large"),
	LINK(3, mask, 1, "it has a mask, but more than 4 bytes"),
};

static void *find_word(void *block, const struct bad_word *bad)
{
	const struct utrace_view *v = block;

	switch (bad->table) {
	case HEADER:
		break;
	case LAYOUT:
		return block + v->layouts + bad->nr * sizeof(struct utrace_layout) + bad->member;
	case REG:
		return block + v->regs + bad->nr * sizeof(struct utrace_reg) + bad->member;
	case PLACE:
		return block + v->locs + bad->nr * sizeof(struct utrace_loc) + bad->member;
	case LINK:
		return block + v->links + bad->nr * sizeof(struct utrace_link) + bad->member;
	}
	return block + bad->member;
}

static void test_reason(void *block, size_t size, const struct bad_word *bad)
{
	__u32 *word = find_word(block, bad), good = *word;
	struct utrace_view_map *view;
	char text[256];

	snprintf(text, sizeof(text), "cannot load a description of registers: %s", bad->why);
	*word = bad->value;
	view = utrace_view_load(block, size);
	is(view ? "accepted" : utrace_error(NULL), text, bad->why);
	utrace_view_free(view);
	*word = good;
}

static void test_reasons(void)
{
	struct utrace_view_map *view;
	unsigned int i;
	size_t size;
	void *block;

	block = make_native(false);
	size = b.view.size;
	for (i = 0; i < sizeof(bad_words) / sizeof(bad_words[0]); i++)
		test_reason(block, size, &bad_words[i]);
	view = utrace_view_load(block, size);
	ok(view, "the same description without a fault");
	utrace_view_free(view);
	ok(!utrace_view_load(block, 8), "view: shorter than a header");
	is(utrace_error(NULL),
	   "cannot load a description of registers: header: it is longer than the data",
	   "view: and the error says so");
	free(block);

	block = make_compat(true);
	size = b.view.size;
	for (i = 0; i < sizeof(bad_links) / sizeof(bad_links[0]); i++)
		test_reason(block, size, &bad_links[i]);
	free(block);
}

/* --- and whatever comes ------------------------------------------------- */

static __u64 random_state = 88172645463325252ull;

static __u32 any(__u32 below)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return (random_state >> 16) % below;
}

/* A copy with some words or bytes changed, or cut off; exactly as long as it is. */
static void *damage(const void *data, size_t *size, unsigned int most)
{
	static const __u32 odd[] = {
		0, 1, 2, 3, 4, 8, 16, 63, 64, 65, 512, 1023, 1024, 4096, 8192,
		65535, 65536, 1 << 20, (1 << 20) + 1, 0x7fffffff, 0x80000000,
		0xfffffff0, 0xffffffff,
	};
	unsigned int changes = any(most + 1), i;
	unsigned char *copy;

	if (!any(16))
		*size = any(*size + 1);
	copy = malloc(*size + !*size);
	memcpy(copy, data, *size);
	for (i = 0; i < changes && *size >= 4; i++) {
		__u32 at = any(*size / 4) * 4, word;

		memcpy(&word, copy + at, 4);
		switch (any(4)) {
		case 0:
			word = odd[any(sizeof(odd) / sizeof(odd[0]))];
			break;
		case 1:
			word += any(33) - 16;
			break;
		case 2:
			word ^= 1u << any(32);
			break;
		default:
			word = __builtin_bswap32(word);
		}
		memcpy(copy + at, &word, 4);
	}
	return copy;
}

/* Everything that can be done with it; what comes out does not matter. */
static void use_file(const struct utrace_view_map *view, struct utrace_regfile *file)
{
	__u32 nr = utrace_view_data(view)->nr_regs, i;
	char *packet;
	uint64_t n;
	size_t size;
	void *made;

	if (file->size > LOOK_MAX)
		return;
	for (i = 0; i < nr; i++) {
		unsigned char *value = utrace_regs_value(view, file, i, &size);

		if (value && size)
			value[0] ^= value[size - 1];
		if (!utrace_regs_number(view, file, i, &n))
			utrace_regs_set_number(view, file, i, n);
	}
	free(utrace_regs_description(view, file));
	packet = utrace_regs_to_gdb(view, file);
	if (packet) {
		utrace_regs_from_gdb(view, packet, strlen(packet), file);
		size = strlen(packet);
		made = damage(packet, &size, 1);
		utrace_regs_from_gdb(view, made, size, file);
		free(made);
	}
	free(packet);
	made = utrace_regs_to_core(view, file, &size);
	if (made)
		free(utrace_regs_from_core(view, made, size, 0));
	free(made);
}

static void use_compat(const struct utrace_view_map *compat,
		       const struct utrace_view_map *view, struct utrace_regfile *file)
{
	struct utrace_regfile *to;
	struct utrace_lost lost;

	to = utrace_regs_to_compat(compat, view, file, &lost);
	if (!to)
		return;
	utrace_regs_to_native(compat, view, to, file, &lost);
	use_file(compat, to);
	free(to);
}

static void test_damage(bool big)
{
	unsigned int views = 0, files = 0, dumps = 0, i;
	void *native, *compat_block;
	size_t native_size, compat_size, notes_size, size;
	struct utrace_view_map *good, *good_compat;
	struct utrace_regfile *good_file;
	unsigned char *notes;

	native = make_native(big);
	native_size = b.view.size;
	compat_block = make_compat(big);
	compat_size = b.view.size;
	notes = make_notes(big, &notes_size);
	good = utrace_view_load(native, native_size);
	good_compat = utrace_view_load(compat_block, compat_size);
	good_file = utrace_regs_from_core(good, notes, notes_size, 0);

	for (i = 0; i < ROUNDS / 2; i++) {
		struct utrace_view_map *view, *compat;
		struct utrace_regfile *file;
		void *data;

		/* a damaged description, and good registers */
		size = native_size;
		data = damage(native, &size, 3);
		view = utrace_view_load(data, size);
		free(data);
		if (view) {
			views++;
			file = utrace_regs_from_core(view, notes, notes_size, any(2));
			if (file) {
				use_file(view, file);
				use_compat(good_compat, view, file);
				free(file);
			}
		}
		utrace_view_free(view);

		size = compat_size;
		data = damage(compat_block, &size, 3);
		compat = utrace_view_load(data, size);
		free(data);
		if (compat)
			use_compat(compat, good, good_file);
		utrace_view_free(compat);

		/* a good description, and damaged registers */
		size = good_file->size;
		data = damage(good_file, &size, 2);
		file = utrace_regs_load(good, data, size);
		free(data);
		if (file) {
			files++;
			use_file(good, file);
			use_compat(good_compat, good, file);
		}
		free(file);

		size = notes_size;
		data = damage(notes, &size, 4);
		file = utrace_regs_from_core(good, data, size, any(3));
		free(data);
		if (file) {
			dumps++;
			use_file(good, file);
		}
		free(file);
	}
	printf("# of %u damaged ones passed: %u descriptions, %u files, %u dumps\n", i,
	       views, files, dumps);
	ok(views && files && dumps, "damage: nothing outside of a buffer is touched");
	free(good_file);
	utrace_view_free(good);
	utrace_view_free(good_compat);
	free(native);
	free(compat_block);
	free(notes);
}

int main(void)
{
	test_order(false);
	test_order(true);
	test_reasons();
	test_damage(false);
	test_damage(true);
	return tap_done();
}
