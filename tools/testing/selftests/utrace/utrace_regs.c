// SPDX-License-Identifier: GPL-2.0-only
/*
 * Descriptions of registers, and register files: what the session gives and takes,
 * and that it is what stock ptrace and the kernel's own core dumps have.
 *
 * All of it goes by the description: nothing here knows an architecture either.
 */
#include <elf.h>
#include <link.h>
#include <linux/userfaultfd.h>
#include <poll.h>
#include <pthread.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/uio.h>

#include "convert.h"
#include "utrace_testlib.h"

#define CORE_PATTERN	"/proc/sys/kernel/core_pattern"
#define CORE_FILE	"/tmp/utrace_regs.core"
/* No register set is bigger, and this is a multiple of each one's registers. */
#define SET_MAX		(1u << 20)
#define MAGIC(i)	(0x5ca1ab1e00000000ul * (1 + (i)) + 0x0decade0ul + (i))
#define VALUES		6

FIXTURE(regs)
{
	struct ut_session u;
	struct ut_child c;
	struct utrace_attach a;
	struct regset_map map;
	void *block;
};

static int ioc_view(struct ut_session *u, __u64 thread, __u32 id, void *buffer,
		    __u32 *size)
{
	struct utrace_view_get get = {
		.size = sizeof(get), .thread = thread, .id = id,
		.buffer = (uintptr_t)buffer, .buffer_size = *size,
	};
	int ret = ut_ioctl(u->fd, UTRACE_IOC_VIEW, &get);

	*size = get.buffer_size;
	return ret;
}

/* The description of a view, checked; the caller frees it. */
static void *get_view(struct ut_session *u, __u64 thread, __u32 id,
		      struct regset_map *map, int *ret)
{
	struct regset_fault fault;
	void *block = NULL;
	__u32 size = 0;

	*ret = ioc_view(u, thread, id, NULL, &size);
	if (*ret != -ENOSPC)
		return NULL;
	block = malloc(size);
	*ret = ioc_view(u, thread, id, block, &size);
	if (!*ret) {
		*ret = regset_map_init(map, block, size, &fault);
		if (*ret)
			ut_log("the kernel's description is wrong: %s", fault.text);
	}
	if (!*ret && map->view->size != size) {
		ut_log("a description of %u bytes says that it has %u", size,
		       map->view->size);
		*ret = -EPROTO;
	}
	if (*ret) {
		free(block);
		return NULL;
	}
	return block;
}

/* The registers of a held thread; the caller frees them. */
static struct utrace_regfile *get_file(struct ut_session *u, __u64 thread,
				       const struct regset_map *map)
{
	struct utrace_regfile *file = NULL;
	__u32 size = 0, bad;
	int ret;

	ret = ut_regs(u, thread, UTRACE_REGS_READ, UTRACE_REGS_FILE, NULL, &size, &bad);
	if (ret == -ENOSPC) {
		file = malloc(size);
		ret = ut_regs(u, thread, UTRACE_REGS_READ, UTRACE_REGS_FILE, file, &size,
			      &bad);
	}
	if (!ret && (!file || bad != UTRACE_NONE ||
		     regset_file_check(map, file, size)))
		ret = -EPROTO;
	if (ret) {
		ut_log("no register file: %s", strerror(-ret));
		free(file);
		return NULL;
	}
	return file;
}

static int put_file(struct ut_session *u, __u64 thread, struct utrace_regfile *file,
		    __u32 *bad)
{
	__u32 size = file->size;

	return ut_regs(u, thread, UTRACE_REGS_WRITE, UTRACE_REGS_FILE, file, &size, bad);
}

static struct utrace_regfile *copy_file(const struct utrace_regfile *file)
{
	struct utrace_regfile *copy = malloc(file->size);

	memcpy(copy, file, file->size);
	return copy;
}

static __u8 *value_of(const struct regset_map *map, const struct utrace_regfile *file,
		      __u32 reg)
{
	return (__u8 *)file + regset_value_offset(map, file->units, reg);
}

static __u32 size_of(const struct regset_map *map, const struct utrace_regfile *file,
		     __u32 reg)
{
	return regset_value_size(map, file->units, reg);
}

static bool is_big(const struct regset_map *map)
{
	return map->view->flags & UTRACE_VIEW_BIG_ENDIAN;
}

static __u64 number_of(const struct regset_map *map, const struct utrace_regfile *file,
		       __u32 reg)
{
	__u32 n = size_of(map, file, reg), i;
	__u64 number = 0;

	for (i = 0; i < n; i++)
		number = number << 8 | value_of(map, file, reg)[is_big(map) ? i : n - 1 - i];
	return number;
}

static void set_number(const struct regset_map *map, struct utrace_regfile *file,
		       __u32 reg, __u64 number)
{
	__u32 n = size_of(map, file, reg), i;

	for (i = 0; i < n; i++, number >>= 8)
		value_of(map, file, reg)[is_big(map) ? n - 1 - i : i] = number;
}

static __u32 by_role(const struct regset_map *map, unsigned int role)
{
	__u32 i;

	for (i = 0; i < map->view->nr_regs; i++)
		if (map->regs[i].roles & UTRACE_ROLE_BIT(role))
			return i;
	return UTRACE_NONE;
}

static const char *name_of(const struct regset_map *map, __u32 reg)
{
	return regset_string(map, map->regs[reg].name);
}

/* In a file of the machine's registers, with room for a value. */
static bool in_file(const struct regset_map *map, const struct utrace_regfile *file,
		    __u32 reg)
{
	return map->regs[reg].flags & UTRACE_REG_IN_FILE && size_of(map, file, reg);
}

static void log_value(const char *whose, const __u8 *value, __u32 size)
{
	__u32 i;

	printf("#   %s: ", whose);
	for (i = 0; i < size && i < 64; i++)
		printf("%02x", value[i]);
	printf("%s\n", i < size ? "..." : "");
}

static void log_layouts(const struct regset_map *map, const char *whose, __u64 layouts)
{
	__u32 i;

	for (i = 0; i < map->view->nr_layouts; i++)
		if (layouts >> i & 1)
			ut_log("only %s: note %#x", whose, map->layouts[i].note);
}

/* Without what is but a second sight of another set: the kernel need not read it. */
static __u64 layouts_of(const struct regset_map *map, const struct utrace_regfile *file)
{
	__u64 layouts = file->layouts;
	__u32 i, j;

	for (i = 0; i < map->view->nr_layouts; i++) {
		const struct utrace_layout *l = &map->layouts[i];

		for (j = 0; l->behind != UTRACE_NONE && j < i; j++)
			if (map->layouts[j].set == map->layouts[l->behind].set &&
			    file->layouts >> j & 1)
				layouts &= ~(1ULL << i);
	}
	return layouts;
}

/* For each of these layouts, the first one of its set. */
static __u64 sets_of(const struct regset_map *map, __u64 layouts)
{
	__u64 sets = 0;
	__u32 i, first = 0;

	for (i = 0; i < map->view->nr_layouts; i++) {
		if (map->layouts[i].set != map->layouts[first].set)
			first = i;
		if (layouts >> i & 1)
			sets |= 1ULL << first;
	}
	return sets;
}

/*
 * Bits of a register that may differ: its lowest 64, for others there is no
 * excuse.
 */
typedef __u64 (*excuse_fn)(const struct regset_map *map, __u32 reg);

/* What a write changes beyond what it says: what the kernel tells of the thread. */
static __u64 changed_by_write(const struct regset_map *map, __u32 reg)
{
	return map->regs[reg].flags & UTRACE_REG_CONTROL ? ~0ULL : 0;
}

/*
 * powerpc's msr tells which of the floating point and vector units have the
 * thread's values loaded: they are saved while it is held, and loaded again when it
 * goes on, to its death.
 */
static __u64 changed_on_the_way(const struct regset_map *map, __u32 reg)
{
	return strcmp(name_of(map, reg), "msr") ? 0 : 0x02802000;
}

static bool is_excused(const struct regset_map *map, __u32 reg,
		       const struct utrace_regfile *a, const struct utrace_regfile *b,
		       excuse_fn excuse)
{
	return excuse && size_of(map, a, reg) <= 8 &&
	       !((number_of(map, a, reg) ^ number_of(map, b, reg)) & ~excuse(map, reg));
}

/*
 * How many registers differ?  Every bit of the files is looked at, but for those
 * that are excused.
 */
static unsigned int differences(const struct regset_map *map,
				const struct utrace_regfile *a, const char *whose_a,
				const struct utrace_regfile *b, const char *whose_b,
				excuse_fn excuse)
{
	__u64 in_a = layouts_of(map, a), in_b = layouts_of(map, b);
	unsigned int found = 0;
	__u32 i, n;

	/* A set can have another form when it has other values. */
	if (excuse == changed_by_write) {
		in_a = sets_of(map, in_a);
		in_b = sets_of(map, in_b);
	}
	if (in_a != in_b || a->size != b->size ||
	    memcmp(a->units, b->units, sizeof(a->units))) {
		ut_log("%s: %u bytes, %s: %u", whose_a, a->size, whose_b, b->size);
		log_layouts(map, whose_a, in_a & ~in_b);
		log_layouts(map, whose_b, in_b & ~in_a);
		return 1;
	}
	if (!memcmp(a + 1, b + 1, a->size - sizeof(*a)))
		return 0;
	for (i = 0; i < map->view->nr_regs; i++) {
		if (!in_file(map, a, i))
			continue;
		n = size_of(map, a, i);
		if (!memcmp(value_of(map, a, i), value_of(map, b, i), n) ||
		    is_excused(map, i, a, b, excuse))
			continue;
		ut_log("%s differs", name_of(map, i));
		log_value(whose_a, value_of(map, a, i), n);
		log_value(whose_b, value_of(map, b, i), n);
		found++;
	}
	if (!found && !excuse) {
		ut_log("what is between registers differs");
		found = 1;
	}
	return found;
}

FIXTURE_SETUP(regs)
{
	int ret;

	ASSERT_EQ(0, ut_open(&self->u));
	self->block = get_view(&self->u, 0, 0, &self->map, &ret);
	ASSERT_EQ(0, ret);
}

FIXTURE_TEARDOWN(regs)
{
	ut_close(&self->u);
	ut_end(&self->c);
	free(self->block);
}

/* Attaches to the child, starts it, and has it in its loop. */
static int run_spinning(struct ut_session *u, struct ut_child *c,
			struct utrace_attach *a)
{
	int ret;

	ret = ut_config(u, 0, 0);
	if (!ret)
		ret = ut_attach(u, c->pid, 0, a);
	if (ret)
		return ret;
	ut_go(c);
	return ut_runs(c) ? 0 : -ETIMEDOUT;
}

/* A record of a thread that is held then, and stands still. */
static void *find_held(struct ut_session *u, __u64 thread, unsigned int type)
{
	struct utrace_record *r = ut_find(u, thread, type);

	return r && ut_wait_state(r->pid, r->tid, 't') ? r : NULL;
}

static int hold(struct ut_session *u, __u64 thread)
{
	int ret = ut_op(u, thread, UTRACE_OP_HOLD);

	if (ret == -EINPROGRESS)
		ret = find_held(u, thread, UTRACE_EV_QUIESCE) ? 0 : -EPROTO;
	return ret;
}

static int hold_spinning(struct ut_session *u, struct ut_child *c,
			 struct utrace_attach *a)
{
	int ret = run_spinning(u, c, a);

	return ret ? ret : hold(u, a->thread);
}

/* ---- descriptions ------------------------------------------------------ */

TEST_F(regs, view_of_the_machine)
{
	const struct utrace_view *v = self->map.view;
	struct regset_map map;
	void *block;
	__u32 i;
	int ret;

	EXPECT_NE(0, v->id);
	EXPECT_EQ(v->id, v->native);
	EXPECT_EQ(0, v->flags & UTRACE_VIEW_COMPAT);
	EXPECT_EQ(__BYTE_ORDER__ == __ORDER_BIG_ENDIAN__, is_big(&self->map));
	EXPECT_EQ(sizeof(long) == 8, !!(v->flags & UTRACE_VIEW_64BIT));
	/* One register each, that the machine has. */
	for (i = UTRACE_ROLE_PC; i <= UTRACE_ROLE_SP; i++) {
		__u32 reg = by_role(&self->map, i);

		ASSERT_NE(UTRACE_NONE, reg);
		EXPECT_TRUE(self->map.regs[reg].flags & UTRACE_REG_PRESENT);
		EXPECT_TRUE(self->map.regs[reg].flags & UTRACE_REG_IN_FILE);
		EXPECT_EQ(sizeof(long), self->map.regs[reg].size);
	}

	/* It has its own id as well, and is that of a native thread. */
	block = get_view(&self->u, 0, v->id, &map, &ret);
	ASSERT_NE(NULL, block);
	EXPECT_EQ(0, memcmp(block, self->block, v->size));
	free(block);
	ASSERT_EQ(0, ut_spawn(&self->c, ut_fn_read));
	ASSERT_EQ(0, ut_attach(&self->u, self->c.pid, 0, &self->a));
	block = get_view(&self->u, self->a.thread, 0, &map, &ret);
	ASSERT_NE(NULL, block);
	EXPECT_EQ(0, memcmp(block, self->block, v->size));
	free(block);
}

TEST_F(regs, all_views)
{
	unsigned int found = 0;
	struct regset_map map;
	__u32 id, size;
	void *block;
	int ret;

	for (id = 1; id < 40; id++) {
		size = 0;
		ret = ioc_view(&self->u, 0, id, NULL, &size);
		if (ret == -ENOENT)
			continue;
		ASSERT_EQ(-ENOSPC, ret);
		block = get_view(&self->u, 0, id, &map, &ret);
		ASSERT_NE(NULL, block);
		EXPECT_EQ(id, map.view->id);
		EXPECT_EQ(self->map.view->id, map.view->native);
		EXPECT_EQ(id != map.view->native,
			  !!(map.view->flags & UTRACE_VIEW_COMPAT));
		EXPECT_EQ(id != map.view->native, map.view->nr_links > 0);
		free(block);
		found++;
	}
	EXPECT_GE(found, 1);
	EXPECT_LE(found, 2);
}

TEST_F(regs, view_refusals)
{
	const __u32 full = self->map.view->size;
	struct utrace_view_get get = {};
	char *buffer;
	__u32 size;
	size_t i;

	buffer = malloc(full);
	memset(buffer, 0x77, full);
	size = full - 1;
	EXPECT_EQ(-ENOSPC, ioc_view(&self->u, 0, 0, buffer, &size));
	EXPECT_EQ(full, size);
	for (i = 0; i < full && buffer[i] == 0x77; i++)
		;
	EXPECT_EQ(full, i);
	EXPECT_EQ(-EFAULT, ioc_view(&self->u, 0, 0, NULL, &size));
	EXPECT_EQ(-ENOENT, ioc_view(&self->u, 0, 0x7fffffff, buffer, &size));
	EXPECT_EQ(-ESRCH, ioc_view(&self->u, 12345678901ull, 0, buffer, &size));

	ASSERT_EQ(0, ut_spawn(&self->c, ut_fn_read));
	ASSERT_EQ(0, ut_attach(&self->u, self->c.pid, 0, &self->a));
	size = full;
	EXPECT_EQ(0, ioc_view(&self->u, self->a.thread, 0, buffer, &size));
	/* Either a thread or an id. */
	EXPECT_EQ(-EINVAL, ioc_view(&self->u, self->a.thread, self->map.view->id,
				    buffer, &size));
	get.size = sizeof(get);
	get.buffer = (uintptr_t)buffer;
	get.buffer_size = full;
	get.flags = 1;
	EXPECT_EQ(-EINVAL, ut_ioctl(self->u.fd, UTRACE_IOC_VIEW, &get));
	get.flags = 0;
	get.size = sizeof(get) - 8;
	EXPECT_EQ(-EINVAL, ut_ioctl(self->u.fd, UTRACE_IOC_VIEW, &get));
	free(buffer);
}

/* ---- register files ---------------------------------------------------- */

/* Reads or writes a register file. */
static int file_order(struct ut_session *u, __u64 thread, __u32 what, void *buffer,
		      __u32 *size, __u32 *bad)
{
	return ut_regs(u, thread, what, UTRACE_REGS_FILE, buffer, size, bad);
}

TEST_F(regs, refusals)
{
	struct utrace_order_regs o = {
		.order = UT_ORDER(utrace_order_regs, UTRACE_OP_REGS, 0),
	};
	struct utrace_regfile *file;
	__u32 size = 0, bad, full;

	ASSERT_EQ(0, ut_spawn(&self->c, ut_fn_spin));
	ASSERT_EQ(0, run_spinning(&self->u, &self->c, &self->a));
	EXPECT_EQ(-ESRCH, file_order(&self->u, 12345678901ull, UTRACE_REGS_READ, NULL,
				     &size, &bad));
	EXPECT_EQ(-EBUSY, file_order(&self->u, self->a.thread, UTRACE_REGS_READ, NULL,
				     &size, &bad));
	/* Nor could this be written to a thread that is held. */
	EXPECT_GT(0, file_order(&self->u, self->a.thread, UTRACE_REGS_WRITE, NULL, &size,
				&bad));
	size = 0;

	ASSERT_EQ(0, hold(&self->u, self->a.thread));
	/* Not of all threads at once. */
	EXPECT_GT(0, file_order(&self->u, 0, UTRACE_REGS_READ, NULL, &size, &bad));
	EXPECT_EQ(-ENOSPC, file_order(&self->u, self->a.thread, UTRACE_REGS_READ, NULL,
				      &size, &bad));
	full = size;
	EXPECT_EQ(-EFAULT, file_order(&self->u, self->a.thread, UTRACE_REGS_READ, NULL,
				      &size, &bad));
	o.order.thread = self->a.thread;
	o.what = 2;
	EXPECT_EQ(0, ut_orders(&self->u, &o, sizeof(o)));
	EXPECT_EQ(-EINVAL, o.order.result);
	o.what = 0;
	o.form = UTRACE_REGS_LIST + 1;
	EXPECT_EQ(0, ut_orders(&self->u, &o, sizeof(o)));
	EXPECT_EQ(-EINVAL, o.order.result);
	o.form = 0;
	o.note = NT_PRSTATUS;
	EXPECT_EQ(0, ut_orders(&self->u, &o, sizeof(o)));
	EXPECT_EQ(-EINVAL, o.order.result);
	o.note = 0;
	o.reserved = 1;
	EXPECT_EQ(0, ut_orders(&self->u, &o, sizeof(o)));
	EXPECT_EQ(-EINVAL, o.order.result);
	o.reserved = 0;
	o.order.size = sizeof(o) - 8;
	EXPECT_EQ(0, ut_orders(&self->u, &o, sizeof(o) - 8));
	EXPECT_EQ(-EINVAL, o.order.result);

	/* What is written has to be a register file, and of this thread. */
	file = get_file(&self->u, self->a.thread, &self->map);
	ASSERT_NE(NULL, file);
	EXPECT_EQ(full, file->size);
	size = full - 1;
	EXPECT_EQ(-EINVAL, file_order(&self->u, self->a.thread, UTRACE_REGS_WRITE, file,
				      &size, &bad));
	EXPECT_EQ(UTRACE_NONE, bad);
	file->magic++;
	EXPECT_EQ(-EINVAL, put_file(&self->u, self->a.thread, file, &bad));
	file->magic--;
	file->view++;
	EXPECT_EQ(-EINVAL, put_file(&self->u, self->a.thread, file, &bad));
	file->view--;
	file->reserved = 1;
	EXPECT_EQ(-EINVAL, put_file(&self->u, self->a.thread, file, &bad));
	EXPECT_EQ(UTRACE_NONE, bad);
	file->reserved = 0;
	EXPECT_EQ(0, put_file(&self->u, self->a.thread, file, &bad));

	EXPECT_EQ(0, ut_op(&self->u, self->a.thread, UTRACE_OP_RELEASE));
	size = full;
	EXPECT_EQ(-EBUSY, file_order(&self->u, self->a.thread, UTRACE_REGS_READ, file,
				     &size, &bad));
	EXPECT_EQ(-EBUSY, put_file(&self->u, self->a.thread, file, &bad));
	EXPECT_TRUE(ut_runs(&self->c));
	ASSERT_EQ(0, hold(&self->u, self->a.thread));
	kill(self->c.pid, SIGKILL);
	EXPECT_EQ(SIGKILL, ut_reap(&self->c));
	size = full;
	EXPECT_EQ(-ESRCH, file_order(&self->u, self->a.thread, UTRACE_REGS_READ, file,
				     &size, &bad));
	free(file);
}

/* ---- one set, and single registers --------------------------------------- */

TEST_F(regs, a_set_is_what_ptrace_has)
{
	char ours[4096], theirs[4096];
	struct iovec iov = { theirs, sizeof(theirs) };
	struct utrace_order_regs o = {
		.order = UT_ORDER(utrace_order_regs, UTRACE_OP_REGS, 0),
		.form = UTRACE_REGS_SET, .note = NT_PRSTATUS,
	};
	int status;

	ASSERT_EQ(0, ut_spawn(&self->c, ut_fn_spin));
	ASSERT_EQ(0, hold_spinning(&self->u, &self->c, &self->a));
	o.order.thread = self->a.thread;
	ASSERT_EQ(0, ut_orders(&self->u, &o, sizeof(o)));
	EXPECT_EQ(-ENOSPC, o.order.result);
	ASSERT_GE(sizeof(ours), o.buffer_size);
	o.buffer = (uintptr_t)ours;
	o.bad = 0;
	ASSERT_EQ(0, ut_orders(&self->u, &o, sizeof(o)));
	EXPECT_EQ(0, o.order.result);
	EXPECT_EQ(1, o.order.done);
	EXPECT_EQ(UTRACE_NONE, o.bad);

	/* Written back, they are what they were. */
	o.what = UTRACE_REGS_WRITE;
	o.bad = 0;
	ASSERT_EQ(0, ut_orders(&self->u, &o, sizeof(o)));
	EXPECT_EQ(0, o.order.result);

	/* No CPU has this set. */
	o.what = UTRACE_REGS_READ;
	o.note = 0x7fffffff;
	o.bad = 0;
	ASSERT_EQ(0, ut_orders(&self->u, &o, sizeof(o)));
	EXPECT_EQ(-ENODEV, o.order.result);

	/* From one stop to the other no instruction is executed. */
	ASSERT_EQ(0, ptrace(PTRACE_SEIZE, self->c.pid, 0, 0));
	ASSERT_EQ(0, ptrace(PTRACE_INTERRUPT, self->c.pid, 0, 0));
	ASSERT_EQ(0, ut_op(&self->u, self->a.thread, UTRACE_OP_RELEASE));
	ASSERT_EQ(self->c.pid, ut_waitpid(self->c.pid, &status, __WALL, UT_TIMEOUT));
	ASSERT_EQ(0, ptrace(PTRACE_GETREGSET, self->c.pid, NT_PRSTATUS, &iov));
	ASSERT_EQ(iov.iov_len, o.buffer_size);
	EXPECT_EQ(0, memcmp(ours, theirs, iov.iov_len));
}

static int list_order(struct ut_session *u, __u64 thread, __u32 what,
		      struct utrace_regval *regs, unsigned int nr, __u32 *bad)
{
	__u32 size = nr * sizeof(*regs);

	return ut_regs(u, thread, what, UTRACE_REGS_LIST, regs, &size, bad);
}

TEST_F(regs, a_list_of_roles_is_what_the_file_has)
{
	struct utrace_regval v[2] = {
		{ .size = sizeof(v[0]), .flags = UTRACE_REGVAL_ROLE, .reg = UTRACE_ROLE_PC },
		{ .size = sizeof(v[0]), .flags = UTRACE_REGVAL_ROLE, .reg = UTRACE_ROLE_SP },
	};
	struct utrace_regval by_id[2] = {
		{ .size = sizeof(v[0]) }, { .size = sizeof(v[0]) },
	};
	struct utrace_regfile *file;
	__u64 pc = 0;
	__u32 bad, reg;

	ASSERT_EQ(0, ut_spawn(&self->c, ut_fn_spin));
	ASSERT_EQ(0, hold_spinning(&self->u, &self->c, &self->a));
	file = get_file(&self->u, self->a.thread, &self->map);
	ASSERT_NE(NULL, file);
	ASSERT_EQ(0, list_order(&self->u, self->a.thread, UTRACE_REGS_READ, v, 2, &bad));
	EXPECT_EQ(UTRACE_NONE, bad);
	reg = by_role(&self->map, UTRACE_ROLE_PC);
	ASSERT_EQ(v[0].bytes, size_of(&self->map, file, reg));
	memcpy(&pc, value_of(&self->map, file, reg), v[0].bytes);
	if (v[0].bytes == 8) {
		EXPECT_EQ(pc, v[0].value);
	}
	by_id[0].reg = reg;
	by_id[1].reg = by_role(&self->map, UTRACE_ROLE_SP);
	ASSERT_EQ(0, list_order(&self->u, self->a.thread, UTRACE_REGS_READ, by_id, 2,
				&bad));
	EXPECT_EQ(v[0].value, by_id[0].value);
	EXPECT_EQ(v[1].value, by_id[1].value);

	/* All or nothing. */
	by_id[0].value += 16;
	by_id[1].reg = 0x7ffffff0;
	EXPECT_NE(0, list_order(&self->u, self->a.thread, UTRACE_REGS_WRITE, by_id, 2,
				&bad));
	ASSERT_EQ(0, list_order(&self->u, self->a.thread, UTRACE_REGS_READ, v, 2, &bad));
	EXPECT_EQ(by_id[0].value - 16, v[0].value);

	v[0].size = 0;
	EXPECT_EQ(-EINVAL, list_order(&self->u, self->a.thread, UTRACE_REGS_READ, v, 2,
				      &bad));
	v[0].size = sizeof(v[0]);
	v[0].flags = 2;
	EXPECT_EQ(-EINVAL, list_order(&self->u, self->a.thread, UTRACE_REGS_READ, v, 2,
				      &bad));
	v[0].flags = UTRACE_REGVAL_ROLE;
	v[0].reg = 63;
	EXPECT_NE(0, list_order(&self->u, self->a.thread, UTRACE_REGS_READ, v, 2, &bad));
	free(file);
}

/* Elements may be longer than this kernel knows them, so that a few fill much memory. */
TEST_F(regs, a_list_has_a_maximum)
{
	const __u32 limit = 4 << 20, step = 2048;
	char *list = calloc(2, limit);
	__u32 size, bad, at;

	ASSERT_NE(NULL, list);
	ASSERT_EQ(0, ut_spawn(&self->c, ut_fn_spin));
	ASSERT_EQ(0, hold_spinning(&self->u, &self->c, &self->a));
	for (at = 0; at < 2 * limit; at += step) {
		struct utrace_regval *v = (void *)(list + at);

		v->size = step;
		v->flags = UTRACE_REGVAL_ROLE;
		v->reg = UTRACE_ROLE_PC;
	}
	size = limit;
	EXPECT_EQ(0, ut_regs(&self->u, self->a.thread, UTRACE_REGS_READ, UTRACE_REGS_LIST,
			     list, &size, &bad));
	EXPECT_EQ(limit, size);
	EXPECT_NE(0, ((struct utrace_regval *)(list + limit - step))->value);
	size = 2 * limit;
	EXPECT_EQ(-EINVAL, ut_regs(&self->u, self->a.thread, UTRACE_REGS_READ,
				   UTRACE_REGS_LIST, list, &size, &bad));
	free(list);
}

/* ---- memory of the tracer that is slow ----------------------------------- */

/**
 * struct slow_call - UTRACE_OP_REGS with memory that does not exist yet
 * @u: the session
 * @thread: whose registers
 * @what: UTRACE_REGS_READ or UTRACE_REGS_WRITE
 * @buffer: the memory
 * @ret: what the call said
 */
struct slow_call {
	struct ut_session *u;
	__u64 thread;
	__u32 what;
	void *buffer;
	int ret;
};

static void *make_slow_call(void *arg)
{
	struct slow_call *c = arg;
	__u32 size = SET_MAX, bad;

	c->ret = file_order(c->u, c->thread, c->what, c->buffer, &size, &bad);
	return NULL;
}

/* Memory whose first use waits until somebody serves the fault.  -1: there is none. */
static int slow_memory(void *at, size_t size)
{
	struct uffdio_api api = { .api = UFFD_API };
	struct uffdio_register reg = {
		.range = { .start = (uintptr_t)at, .len = size },
		.mode = UFFDIO_REGISTER_MODE_MISSING,
	};
	int fd = syscall(__NR_userfaultfd, O_CLOEXEC | O_NONBLOCK);

	if (fd >= 0 && (ioctl(fd, UFFDIO_API, &api) || ioctl(fd, UFFDIO_REGISTER, &reg))) {
		close(fd);
		fd = -1;
	}
	return fd;
}

/*
 * A kill ends the thread although the tracer's memory keeps the tracer waiting, and
 * with the memory there, the call says @expect: the memory is zeros, or with @map, what
 * were the thread's registers.
 */
static void slow_call_ends(struct __test_metadata *_metadata, struct ut_session *u,
			   struct ut_child *c, struct utrace_attach *a, __u32 what,
			   const struct regset_map *map, int expect)
{
	struct slow_call call = { .u = u, .what = what };
	struct uffdio_copy copy = { .len = SET_MAX };
	struct pollfd pfd = { .events = POLLIN };
	struct utrace_regfile *file = NULL;
	pthread_t thread;
	void *contents;

	ASSERT_EQ(0, ut_spawn(c, ut_fn_spin));
	ASSERT_EQ(0, hold_spinning(u, c, a));
	contents = calloc(1, SET_MAX);
	ASSERT_NE(NULL, contents);
	if (map) {
		file = get_file(u, a->thread, map);
		ASSERT_NE(NULL, file);
		ASSERT_GE(SET_MAX, file->size);
		memcpy(contents, file, file->size);
	}
	call.thread = a->thread;
	call.buffer = mmap(NULL, SET_MAX, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ASSERT_NE(MAP_FAILED, call.buffer);
	pfd.fd = slow_memory(call.buffer, SET_MAX);
	if (pfd.fd < 0)
		SKIP(return, "no userfaultfd");
	ASSERT_EQ(0, pthread_create(&thread, NULL, make_slow_call, &call));
	EXPECT_EQ(1, poll(&pfd, 1, UT_TIMEOUT));
	kill(c->pid, SIGKILL);
	EXPECT_EQ(SIGKILL, ut_reap(c));
	copy.dst = (uintptr_t)call.buffer;
	copy.src = (uintptr_t)contents;
	EXPECT_EQ(0, ioctl(pfd.fd, UFFDIO_COPY, &copy));
	pthread_join(thread, NULL);
	EXPECT_EQ(expect, call.ret);
	close(pfd.fd);
	munmap(call.buffer, SET_MAX);
	free(contents);
	free(file);
}

TEST_F(regs, slow_memory_to_read_to_keeps_nobody_alive)
{
	slow_call_ends(_metadata, &self->u, &self->c, &self->a, UTRACE_REGS_READ,
		       NULL, 0);
}

TEST_F(regs, slow_memory_to_write_from_keeps_nobody_alive)
{
	slow_call_ends(_metadata, &self->u, &self->c, &self->a, UTRACE_REGS_WRITE,
		       NULL, -EINVAL);
}

/* Who has been held until it died is gone, not busy: there is nothing to wait for. */
TEST_F(regs, slow_memory_outlives_the_thread)
{
	slow_call_ends(_metadata, &self->u, &self->c, &self->a, UTRACE_REGS_WRITE,
		       &self->map, -ESRCH);
}

/* The next record, not by poll(): that would give the thread time to stop. */
static struct utrace_record *next_at_once(struct ut_session *u)
{
	long end = ut_now() + UT_TIMEOUT;
	struct utrace_record *r;

	while (!(r = ut_next(u, 0)) && !u->bad && !u->eof && ut_now() < end)
		;
	return r;
}

/* Can the registers be read?  Complains of what cannot be. */
static bool readable(struct ut_session *u, __u64 thread, void *file)
{
	__u32 size = SET_MAX, bad;
	int ret = ut_regs(u, thread, UTRACE_REGS_READ, UTRACE_REGS_FILE, file, &size,
			  &bad);

	if (ret)
		ut_log("registers of a thread that was told of as held: %s",
		       strerror(-ret));
	return !ret;
}

/* Who has the record of a hold need not wait for anything else. */
TEST_F(regs, readable_as_soon_as_it_is_held)
{
	struct utrace_record *r;
	int i, good = 0;
	void *file;

	ASSERT_EQ(0, ut_spawn(&self->c, ut_fn_spin));
	ASSERT_EQ(0, run_spinning(&self->u, &self->c, &self->a));
	ASSERT_NE(NULL, ut_find(&self->u, self->a.thread, UTRACE_REC_ATTACHED));
	file = malloc(SET_MAX);
	for (i = 0; i < 200; i++) {
		ASSERT_EQ(-EINPROGRESS, ut_op(&self->u, self->a.thread, UTRACE_OP_HOLD));
		r = next_at_once(&self->u);
		ASSERT_NE(NULL, r);
		ASSERT_EQ(UTRACE_RECF_HELD, r->flags);
		good += readable(&self->u, self->a.thread, file);
		ASSERT_EQ(0, ut_op(&self->u, self->a.thread, UTRACE_OP_RELEASE));
		/* Or it is still stopped, and the order does not take time. */
		ASSERT_TRUE(ut_runs(&self->c));
	}
	EXPECT_EQ(200, good);
	free(file);
}

TEST_F(regs, readable_as_soon_as_it_is_held_at_an_event)
{
	struct utrace_record *r;
	int i, good = 0;
	void *file;

	ASSERT_EQ(0, ut_spawn(&self->c, ut_fn_marks));
	atomic_store(&self->c.sh->value[0], 100);
	ASSERT_EQ(0, ut_config(&self->u, UT_SYSCALLS, UT_SYSCALLS));
	ASSERT_EQ(0, ut_only_marks(&self->u));
	ASSERT_EQ(0, ut_attach(&self->u, self->c.pid, 0, &self->a));
	ASSERT_NE(NULL, ut_find(&self->u, self->a.thread, UTRACE_REC_ATTACHED));
	ut_go(&self->c);
	file = malloc(SET_MAX);
	for (i = 0; i < 200; i++) {
		r = next_at_once(&self->u);
		ASSERT_NE(NULL, r);
		ASSERT_TRUE(r->flags & UTRACE_RECF_HELD);
		good += readable(&self->u, self->a.thread, file);
		ASSERT_EQ(0, ut_op(&self->u, self->a.thread, UTRACE_OP_RELEASE));
	}
	EXPECT_EQ(200, good);
	EXPECT_EQ(0, ut_reap(&self->c));
	free(file);
}

TEST_F(regs, written_back_nothing_changes)
{
	struct utrace_regfile *before, *after;
	unsigned int i;
	__u32 bad;

	ASSERT_EQ(0, ut_spawn(&self->c, ut_fn_spin));
	ASSERT_EQ(0, hold_spinning(&self->u, &self->c, &self->a));
	before = get_file(&self->u, self->a.thread, &self->map);
	ASSERT_NE(NULL, before);
	for (i = 0; i < 3; i++) {
		EXPECT_EQ(0, put_file(&self->u, self->a.thread, before, &bad));
		EXPECT_EQ(UTRACE_NONE, bad);
	}
	after = get_file(&self->u, self->a.thread, &self->map);
	ASSERT_NE(NULL, after);
	EXPECT_EQ(0, differences(&self->map, before, "before", after, "after", NULL));
	free(before);
	free(after);
	EXPECT_EQ(0, ut_op(&self->u, self->a.thread, UTRACE_OP_RELEASE));
	EXPECT_TRUE(ut_runs(&self->c));
	atomic_store(&self->c.sh->stop, 1);
	EXPECT_EQ(0, ut_reap(&self->c));
}

/* Keeps values in registers, wherever the compiler likes, and tells them. */
static int spin_with_values(struct ut_child *c)
{
	unsigned long v0 = MAGIC(0), v1 = MAGIC(1), v2 = MAGIC(2), v3 = MAGIC(3),
		      v4 = MAGIC(4), v5 = MAGIC(5);

	while (!atomic_load(&c->sh->stop)) {
		asm volatile("" : "+r" (v0), "+r" (v1), "+r" (v2), "+r" (v3),
			     "+r" (v4), "+r" (v5));
		atomic_fetch_add(&c->sh->count, 1);
	}
	asm volatile("" : "+r" (v0), "+r" (v1), "+r" (v2), "+r" (v3), "+r" (v4),
		     "+r" (v5));
	atomic_store(&c->sh->value[0], v0);
	atomic_store(&c->sh->value[1], v1);
	atomic_store(&c->sh->value[2], v2);
	atomic_store(&c->sh->value[3], v3);
	atomic_store(&c->sh->value[4], v4);
	atomic_store(&c->sh->value[5], v5);
	return 0;
}

TEST_F(regs, what_is_written_is_what_the_program_has)
{
	struct utrace_regfile *file;
	unsigned int i, found;
	__u32 reg, bad;

	ASSERT_EQ(0, ut_spawn(&self->c, spin_with_values));
	ASSERT_EQ(0, hold_spinning(&self->u, &self->c, &self->a));
	file = get_file(&self->u, self->a.thread, &self->map);
	ASSERT_NE(NULL, file);
	for (i = 0; i < VALUES; i++) {
		found = 0;
		for (reg = 0; reg < self->map.view->nr_regs; reg++) {
			if (!in_file(&self->map, file, reg) ||
			    size_of(&self->map, file, reg) != sizeof(long) ||
			    number_of(&self->map, file, reg) != MAGIC(i))
				continue;
			set_number(&self->map, file, reg, ~MAGIC(i));
			found++;
		}
		EXPECT_GE(found, 1);
	}
	EXPECT_EQ(0, put_file(&self->u, self->a.thread, file, &bad));
	EXPECT_EQ(UTRACE_NONE, bad);
	free(file);
	EXPECT_EQ(0, ut_op(&self->u, self->a.thread, UTRACE_OP_RELEASE));
	EXPECT_TRUE(ut_runs(&self->c));
	atomic_store(&self->c.sh->stop, 1);
	EXPECT_EQ(0, ut_reap(&self->c));
	for (i = 0; i < VALUES; i++) {
		EXPECT_EQ(~MAGIC(i), (unsigned long)atomic_load(&self->c.sh->value[i]));
	}
}

static int write_three(struct ut_child *c)
{
	atomic_store(&c->sh->value[0], syscall(SYS_write, c->out[1], "abc", 3));
	atomic_store(&c->sh->stage, 1);
	return 0;
}

TEST_F(regs, roles_at_a_system_call)
{
	struct utrace_rec_syscall *s;
	struct utrace_regfile *file;
	__u32 bad;

	ASSERT_EQ(0, ut_spawn(&self->c, write_three));
	ASSERT_EQ(0, ut_config(&self->u, UT_SYSCALLS, UT_SYSCALLS));
	ASSERT_EQ(0, ut_only_call(&self->u, SYS_write));
	ASSERT_EQ(0, ut_attach(&self->u, self->c.pid, 0, &self->a));
	ut_go(&self->c);

	s = find_held(&self->u, self->a.thread, UTRACE_EV_SYSCALL_ENTRY);
	ASSERT_NE(NULL, s);
	file = get_file(&self->u, self->a.thread, &self->map);
	ASSERT_NE(NULL, file);
	EXPECT_EQ(s->ip, number_of(&self->map, file, by_role(&self->map, UTRACE_ROLE_PC)));
	EXPECT_EQ(s->sp, number_of(&self->map, file, by_role(&self->map, UTRACE_ROLE_SP)));
	EXPECT_EQ(s->nr, number_of(&self->map, file,
				   by_role(&self->map, UTRACE_ROLE_SYSCALL_NR)));
	EXPECT_EQ(s->args[1], number_of(&self->map, file,
					by_role(&self->map, UTRACE_ROLE_SYSCALL_ARG(1))));
	EXPECT_EQ(3, number_of(&self->map, file,
			       by_role(&self->map, UTRACE_ROLE_SYSCALL_ARG(2))));
	set_number(&self->map, file, by_role(&self->map, UTRACE_ROLE_SYSCALL_ARG(2)), 2);
	EXPECT_EQ(0, put_file(&self->u, self->a.thread, file, &bad));
	free(file);
	ASSERT_EQ(0, ut_op(&self->u, self->a.thread, UTRACE_OP_RELEASE));

	s = find_held(&self->u, self->a.thread, UTRACE_EV_SYSCALL);
	ASSERT_NE(NULL, s);
	EXPECT_EQ(2, s->result);
	file = get_file(&self->u, self->a.thread, &self->map);
	ASSERT_NE(NULL, file);
	EXPECT_EQ(2, number_of(&self->map, file,
			       by_role(&self->map, UTRACE_ROLE_SYSCALL_RESULT)));
	set_number(&self->map, file, by_role(&self->map, UTRACE_ROLE_SYSCALL_RESULT),
		   1234567);
	EXPECT_EQ(0, put_file(&self->u, self->a.thread, file, &bad));
	free(file);
	ASSERT_EQ(0, ut_op(&self->u, self->a.thread, UTRACE_OP_RELEASE));
	EXPECT_EQ(0, ut_reap(&self->c));
	EXPECT_EQ(1234567, atomic_load(&self->c.sh->value[0]));
}

/* A register that has a value, but not for writing. */
static __u32 find_fixed(const struct regset_map *map, const struct utrace_regfile *file)
{
	struct regset_mask has;
	__u32 i;

	regset_file_mask(map, file, &has);
	for (i = 0; i < map->view->nr_regs; i++)
		if (in_file(map, file, i) && regset_mask_has(&has, i) &&
		    (map->regs[i].flags & (UTRACE_REG_READONLY | UTRACE_REG_VOLATILE)) ==
			    UTRACE_REG_READONLY)
			return i;
	return UTRACE_NONE;
}

TEST_F(regs, a_refused_write_changes_nothing)
{
	struct utrace_regfile *before, *file, *after;
	__u32 fixed, bad, sp;

	ASSERT_EQ(0, ut_spawn(&self->c, ut_fn_spin));
	ASSERT_EQ(0, hold_spinning(&self->u, &self->c, &self->a));
	before = get_file(&self->u, self->a.thread, &self->map);
	ASSERT_NE(NULL, before);
	fixed = find_fixed(&self->map, before);
	if (fixed == UTRACE_NONE) {
		free(before);
		SKIP(return, "every register of this machine can be written");
	}
	file = copy_file(before);
	sp = by_role(&self->map, UTRACE_ROLE_SP);
	set_number(&self->map, file, sp, number_of(&self->map, file, sp) - 64);
	*value_of(&self->map, file, fixed) ^= 1;
	EXPECT_EQ(-EPERM, put_file(&self->u, self->a.thread, file, &bad));
	EXPECT_EQ(fixed, bad);
	after = get_file(&self->u, self->a.thread, &self->map);
	ASSERT_NE(NULL, after);
	EXPECT_EQ(0, differences(&self->map, before, "before", after, "after", NULL));
	free(before);
	free(file);
	free(after);
	EXPECT_EQ(0, ut_op(&self->u, self->a.thread, UTRACE_OP_RELEASE));
	EXPECT_TRUE(ut_runs(&self->c));
}

/*
 * A breakpoint or watchpoint of the hardware would stay when the session is closed,
 * and then kill the program.  So a register file shows them, and changes none.
 */
TEST_F(regs, no_breakpoint_is_left_by_a_register_file)
{
	struct utrace_regfile *file, *other;
	unsigned int seen = 0;
	__u32 i, bad;

	ASSERT_EQ(0, ut_spawn(&self->c, ut_fn_spin));
	ASSERT_EQ(0, hold_spinning(&self->u, &self->c, &self->a));
	file = get_file(&self->u, self->a.thread, &self->map);
	ASSERT_NE(NULL, file);
	for (i = 0; i < self->map.view->nr_regs; i++) {
		if (strncmp(name_of(&self->map, i), "hw_", 3) ||
		    !in_file(&self->map, file, i))
			continue;
		seen++;
		EXPECT_TRUE(self->map.regs[i].flags & UTRACE_REG_READONLY)
			TH_LOG("%s", name_of(&self->map, i));
		other = copy_file(file);
		set_number(&self->map, other, i,
			   number_of(&self->map, other, i) ^ 0x1e4);
		EXPECT_NE(0, put_file(&self->u, self->a.thread, other, &bad))
			TH_LOG("%s", name_of(&self->map, i));
		free(other);
	}
	EXPECT_EQ(0, put_file(&self->u, self->a.thread, file, &bad));
	free(file);
	EXPECT_EQ(0, ut_op(&self->u, self->a.thread, UTRACE_OP_RELEASE));
	EXPECT_TRUE(ut_runs(&self->c));
	if (!seen)
		SKIP(return, "this machine's files have no such registers");
}

/* ---- and what others say ----------------------------------------------- */

/* Spins with something in floating point registers, and vectors where they are used. */
static int spin_with_floats(struct ut_child *c)
{
	volatile double d = 1.0;
	char a[256], b[256];

	memset(a, 0x5a, sizeof(a));
	while (!atomic_load(&c->sh->stop)) {
		d = d * 1.5 + 0.25;
		if (d > 1e100)
			d = 1.0;
		asm volatile("" : : "r" (a), "r" (b) : "memory");
		memcpy(b, a, sizeof(b));
		atomic_fetch_add(&c->sh->count, 1);
	}
	return 0;
}

static int seize_and_stop(pid_t pid)
{
	int status;

	if (ptrace(PTRACE_SEIZE, pid, 0, 0) || ptrace(PTRACE_INTERRUPT, pid, 0, 0))
		return -errno;
	if (ut_waitpid(pid, &status, __WALL, UT_TIMEOUT) != pid)
		return -ETIMEDOUT;
	return WIFSTOPPED(status) ? 0 : -EPROTO;
}

/* A register file of what stock ptrace says of its stopped tracee. */
static struct utrace_regfile *ptrace_file(pid_t pid, const struct regset_map *map)
{
	static char data[REGSET_SETS_MAX][SET_MAX];
	struct regset_data sets[REGSET_SETS_MAX] = {};
	struct utrace_regfile *file = NULL;
	ssize_t size;
	__u32 i;

	memset(data, 0, sizeof(data[0]) * map->view->nr_sets);
	for (i = 0; i < map->view->nr_layouts; i++) {
		const struct utrace_layout *l = &map->layouts[i];
		struct iovec iov = { data[l->set], SET_MAX };

		if (sets[l->set].data)
			continue;
		if (ptrace(PTRACE_GETREGSET, pid, (long)l->note, &iov)) {
			/* EINVAL: none of this kernel; the others: not of this thread */
			if (errno != EINVAL && errno != ENODEV && errno != ENODATA &&
			    errno != ENXIO && errno != EOPNOTSUPP)
				ut_log("PTRACE_GETREGSET %#x: %s", l->note,
				       strerror(errno));
			continue;
		}
		sets[l->set].data = data[l->set];
		sets[l->set].size = iov.iov_len;
	}
	size = regset_data_to_file(map, sets, NULL, 0);
	if (size > 0) {
		file = malloc(size);
		size = regset_data_to_file(map, sets, file, size);
	}
	if (size < 0)
		ut_log("what ptrace says is no register file: %s", strerror(-size));
	return file;
}

TEST_F(regs, ptrace_says_the_same)
{
	struct utrace_regfile *ours, *theirs;

	ASSERT_EQ(0, ut_spawn(&self->c, spin_with_floats));
	ASSERT_EQ(0, run_spinning(&self->u, &self->c, &self->a));
	ASSERT_EQ(0, seize_and_stop(self->c.pid));
	theirs = ptrace_file(self->c.pid, &self->map);
	ASSERT_NE(NULL, theirs);

	/* From one stop to the other no instruction is executed. */
	ASSERT_EQ(-EINPROGRESS, ut_op(&self->u, self->a.thread, UTRACE_OP_HOLD));
	ASSERT_EQ(0, ptrace(PTRACE_CONT, self->c.pid, 0, 0));
	ASSERT_NE(NULL, find_held(&self->u, self->a.thread, UTRACE_EV_QUIESCE));
	ours = get_file(&self->u, self->a.thread, &self->map);
	ASSERT_NE(NULL, ours);
	EXPECT_EQ(0, differences(&self->map, ours, "session", theirs, "ptrace", NULL));
	free(ours);
	free(theirs);
}

/* A value of its own for each byte of each register that a program computes with. */
static unsigned int fill(const struct regset_map *map, struct utrace_regfile *file)
{
	const __u32 not_these = UTRACE_ROLE_BIT(UTRACE_ROLE_PC) |
				UTRACE_ROLE_BIT(UTRACE_ROLE_FLAGS);
	__u32 pc = by_role(map, UTRACE_ROLE_PC), i, j;
	struct regset_mask has;
	unsigned int n = 0;

	regset_file_mask(map, file, &has);
	for (i = 0; i < map->view->nr_regs; i++) {
		const struct utrace_reg *r = &map->regs[i];

		if (!in_file(map, file, i) || !regset_mask_has(&has, i) ||
		    r->flags & (UTRACE_REG_READONLY | UTRACE_REG_CONTROL))
			continue;
		/* Others have bits that are fixed, and so has powerpc's msr. */
		if (!(r->type == UTRACE_TYPE_INT && r->feature == map->regs[pc].feature &&
		      r->size == map->regs[pc].size && !(r->roles & not_these) &&
		      strcmp(name_of(map, i), "msr")) &&
		    r->type != UTRACE_TYPE_FLOAT && r->type != UTRACE_TYPE_VECTOR)
			continue;
		for (j = 0; j < size_of(map, file, i); j++)
			value_of(map, file, i)[j] = i * 7 + j * 3 + 1;
		n++;
	}
	return n;
}

TEST_F(regs, ptrace_sees_what_is_written)
{
	struct utrace_regfile *ours, *theirs, *again;
	unsigned int filled;
	int status;
	__u32 bad;

	ASSERT_EQ(0, ut_spawn(&self->c, spin_with_floats));
	ASSERT_EQ(0, hold_spinning(&self->u, &self->c, &self->a));
	ours = get_file(&self->u, self->a.thread, &self->map);
	ASSERT_NE(NULL, ours);
	filled = fill(&self->map, ours);
	EXPECT_GE(filled, 8);
	ut_log("%u registers filled", filled);
	EXPECT_EQ(0, put_file(&self->u, self->a.thread, ours, &bad));
	if (bad != UTRACE_NONE)
		ut_log("%s was refused", name_of(&self->map, bad));
	again = get_file(&self->u, self->a.thread, &self->map);
	ASSERT_NE(NULL, again);
	EXPECT_EQ(0, differences(&self->map, ours, "written", again, "read",
				 changed_by_write));

	ASSERT_EQ(0, ptrace(PTRACE_SEIZE, self->c.pid, 0, 0));
	ASSERT_EQ(0, ptrace(PTRACE_INTERRUPT, self->c.pid, 0, 0));
	ASSERT_EQ(0, ut_op(&self->u, self->a.thread, UTRACE_OP_RELEASE));
	ASSERT_EQ(self->c.pid, ut_waitpid(self->c.pid, &status, __WALL, UT_TIMEOUT));
	ASSERT_TRUE(WIFSTOPPED(status));
	theirs = ptrace_file(self->c.pid, &self->map);
	ASSERT_NE(NULL, theirs);
	EXPECT_EQ(0, differences(&self->map, again, "session", theirs, "ptrace", NULL));
	free(ours);
	free(again);
	free(theirs);
}

static void *second_thread(void *arg)
{
	struct ut_child *c = arg;

	atomic_store(&c->sh->value[1], ut_gettid());
	spin_with_floats(c);
	return NULL;
}

static int two_threads(struct ut_child *c)
{
	struct rlimit all = { RLIM_INFINITY, RLIM_INFINITY };
	pthread_t t;

	if (setrlimit(RLIMIT_CORE, &all) || pthread_create(&t, NULL, second_thread, c))
		return 1;
	/* pthread_create() blocks signals while it works. */
	atomic_store(&c->sh->value[2], 1);
	return spin_with_floats(c);
}

static bool set_core_pattern(const char *pattern, char *old, size_t size)
{
	int fd = open(CORE_PATTERN, O_RDWR | O_CLOEXEC);
	ssize_t n = strlen(pattern);
	bool ok = fd >= 0;

	if (ok && old) {
		ssize_t got = read(fd, old, size - 1);

		ok = got > 0 && !lseek(fd, 0, SEEK_SET);
		old[ok ? got : 0] = '\0';
	}
	ok = ok && write(fd, pattern, n) == n;
	if (fd >= 0)
		close(fd);
	return ok;
}

/* The contents of a core dump's PT_NOTE; the caller frees them. */
static void *core_notes(const char *path, size_t *size)
{
	ElfW(Ehdr) head;
	ElfW(Phdr) ph;
	void *notes = NULL;
	int fd, i;

	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || pread(fd, &head, sizeof(head), 0) != sizeof(head)) {
		ut_log("%s: %s", path, strerror(errno));
		return NULL;
	}
	for (i = 0; i < head.e_phnum && !notes; i++) {
		off_t at = head.e_phoff + i * sizeof(ph);

		if (pread(fd, &ph, sizeof(ph), at) != sizeof(ph))
			break;
		if (ph.p_type != PT_NOTE)
			continue;
		*size = ph.p_filesz;
		notes = malloc(ph.p_filesz);
		if (pread(fd, notes, *size, ph.p_offset) != (ssize_t)*size) {
			free(notes);
			break;
		}
	}
	close(fd);
	return notes;
}

static struct utrace_regfile *core_file(const struct regset_map *map, const void *notes,
					size_t size, unsigned int thread)
{
	ssize_t n = regset_core_to_file(map, notes, size, thread, NULL, 0);
	struct utrace_regfile *file;

	if (n < 0) {
		ut_log("thread %u of the core dump: %s", thread, strerror(-n));
		return NULL;
	}
	file = malloc(n);
	regset_core_to_file(map, notes, size, thread, file, n);
	return file;
}

TEST_F(regs, a_core_dump_says_the_same)
{
	struct utrace_regfile *ours[2] = {}, *core;
	__u64 threads[2] = {};
	char pattern[256];
	void *notes;
	size_t size;
	unsigned int i;
	int status;
	__u32 bad;
	struct utrace_record *r;

	unlink(CORE_FILE);
	if (!set_core_pattern(CORE_FILE, pattern, sizeof(pattern)))
		SKIP(return, CORE_PATTERN " cannot be written");
	ASSERT_EQ(0, ut_spawn(&self->c, two_threads));
	ASSERT_EQ(0, ut_config(&self->u, 0, 0));
	ut_go(&self->c);
	/* It is to die of a signal, which neither may have blocked. */
	ASSERT_TRUE(ut_until(atomic_load(&self->c.sh->value[1]) &&
			     atomic_load(&self->c.sh->value[2]), UT_TIMEOUT));
	ASSERT_TRUE(ut_runs(&self->c));
	ASSERT_EQ(0, ut_attach(&self->u, self->c.pid, 0, &self->a));
	ASSERT_EQ(2, self->a.threads);
	threads[0] = self->a.thread;
	for (i = 0; i < 2; i++) {
		r = ut_find(&self->u, 0, UTRACE_REC_ATTACHED);
		ASSERT_NE(NULL, r);
		if (r->thread != threads[0])
			threads[1] = r->thread;
	}
	for (i = 0; i < 2; i++) {
		ASSERT_EQ(0, hold(&self->u, threads[i]));
		ours[i] = get_file(&self->u, threads[i], &self->map);
		ASSERT_NE(NULL, ours[i]);
	}
	/* The first one has values of its own everywhere. */
	fill(&self->map, ours[0]);
	EXPECT_EQ(0, put_file(&self->u, threads[0], ours[0], &bad));
	free(ours[0]);
	ours[0] = get_file(&self->u, threads[0], &self->map);
	ASSERT_NE(NULL, ours[0]);

	/* The first dies before its next instruction, and the other one with it. */
	ASSERT_EQ(0, syscall(SYS_tgkill, self->c.pid, self->c.pid, SIGABRT));
	ASSERT_EQ(0, ut_op(&self->u, threads[0], UTRACE_OP_RELEASE));
	status = ut_reap(&self->c);
	EXPECT_TRUE(set_core_pattern(pattern, NULL, 0));
	ASSERT_TRUE(status > 0 && WIFSIGNALED(status));
	EXPECT_EQ(SIGABRT, WTERMSIG(status));
	ASSERT_TRUE(WCOREDUMP(status));

	notes = core_notes(CORE_FILE, &size);
	ASSERT_NE(NULL, notes);
	for (i = 0; i < 2; i++) {
		core = core_file(&self->map, notes, size, i);
		ASSERT_NE(NULL, core);
		EXPECT_EQ(0, differences(&self->map, ours[i], "session", core, "core",
					 changed_on_the_way));
		free(core);
		free(ours[i]);
	}
	EXPECT_EQ(-ENOENT, regset_core_to_file(&self->map, notes, size, 2, NULL, 0));
	free(notes);
	unlink(CORE_FILE);
}

/* ---- gdb ----------------------------------------------------------------- */

/* What ci/gdb-descriptions gives to gdb. */
static void print_description(const struct regset_map *map, const __u32 *units)
{
	ssize_t n = regset_gdb_description(map, units, NULL, 0);
	char *xml = malloc(n + 1), *line, *rest = xml;

	regset_gdb_description(map, units, xml, n + 1);
	while ((line = strsep(&rest, "\n")))
		if (*line)
			printf("# tdesc %s %s\n", regset_string(map, map->view->name),
			       line);
	fflush(stdout);
	free(xml);
}

TEST_F(regs, descriptions_for_gdb)
{
	struct utrace_regfile *file, *compat;
	struct regset_mask lost;
	struct regset_map map;
	void *block;
	ssize_t n;
	__u32 id;
	int ret;

	ASSERT_EQ(0, ut_spawn(&self->c, spin_with_floats));
	ASSERT_EQ(0, hold_spinning(&self->u, &self->c, &self->a));
	file = get_file(&self->u, self->a.thread, &self->map);
	ASSERT_NE(NULL, file);
	print_description(&self->map, file->units);

	/* The 32-bit view, if there is one, with the same vector lengths. */
	for (id = 1; id < 40; id++) {
		if (id == self->map.view->id)
			continue;
		block = get_view(&self->u, 0, id, &map, &ret);
		if (!block)
			continue;
		n = regset_file_to_compat(&map, &self->map, file, NULL, 0, &lost);
		ASSERT_GT(n, 0);
		compat = malloc(n);
		ASSERT_EQ(n, regset_file_to_compat(&map, &self->map, file, compat, n,
						   &lost));
		EXPECT_EQ(0, regset_file_check(&map, compat, n));
		print_description(&map, compat->units);
		free(compat);
		free(block);
	}
	free(file);
}

TEST_HARNESS_MAIN
