// SPDX-License-Identifier: LGPL-2.1
/*
 * libutrace: descriptions of registers, and files of their values - see libutrace.h
 *
 * The conversions themselves are in lib/regset/.  This file gives them buffers, and puts
 * their failures into words.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "internal.h"
#include "libutrace.h"
#include "convert.h"

/* More than any kernel's description needs. */
#define SIZE_MAX_ASKED	(64u << 20)

struct utrace_view_map {
	struct regset_map map;
	char data[] __attribute__((aligned(8)));
};

_Static_assert(sizeof(struct utrace_lost) == sizeof(struct regset_mask),
	       "utrace_lost has a bit for each register");

/*
 * Views
 */

static struct utrace_view_map *view_new(size_t size)
{
	struct utrace_view_map *view;

	if (size > SIZE_MAX_ASKED) {
		utrace_fail(NULL, EINVAL, "cannot load a description of registers: none has %zu bytes",
			    size);
		return NULL;
	}
	view = calloc(1, sizeof(*view) + size);
	if (!view)
		utrace_fail(NULL, ENOMEM, "cannot load a description of registers: %s",
			    strerror(ENOMEM));
	return view;
}

API struct utrace_view_map *utrace_view_load(const void *data, size_t size)
{
	struct utrace_view_map *view = view_new(size);
	struct regset_fault fault;

	if (!view)
		return NULL;
	memcpy(view->data, data, size);
	regset_view_swap(view->data, size);
	if (regset_map_init(&view->map, view->data, size, &fault)) {
		utrace_view_free(view);
		utrace_fail(NULL, EINVAL, "cannot load a description of registers: %s",
			    fault.text);
		return NULL;
	}
	return view;
}

API struct utrace_view_map *utrace_view_read(struct utrace_session *s, uint64_t thread,
					     uint32_t id)
{
	struct utrace_view_map *view = NULL;
	struct regset_fault fault = { "it is empty" };
	struct utrace_view_get get;
	uint32_t size = 0;
	const char *why;
	int err, ret;

	/* First without room, to learn how much there has to be. */
	for (;;) {
		memset(&get, 0, sizeof(get));
		get.size = sizeof(get);
		get.thread = thread;
		get.id = id;
		get.buffer = (uintptr_t)(view ? view->data : NULL);
		get.buffer_size = size;
		ret = utrace_sys_ioctl(utrace_fd(s), UTRACE_IOC_VIEW, &get);
		err = -ret;
		if (!ret || err != ENOSPC || get.buffer_size <= size)
			break;
		utrace_view_free(view);
		size = get.buffer_size;
		view = view_new(size);
		if (!view) {
			err = ENOMEM;
			ret = -1;
			break;
		}
	}
	if (!ret && view && !regset_map_init(&view->map, view->data, size, &fault))
		return view;
	utrace_view_free(view);
	if (!ret) {
		utrace_fail(s, EBADMSG, "cannot use the kernel's description of registers: %s",
			    fault.text);
		return NULL;
	}
	switch (err) {
	case ESRCH:
		why = "the session has no such thread";
		break;
	case ENOENT:
		why = "this kernel has no such view";
		break;
	case ENOTTY:
		why = "this kernel does not know descriptions of registers";
		break;
	default:
		why = strerror(err);
	}
	if (thread)
		utrace_fail(s, err, "cannot get the view of thread %#llx: %s",
			    (unsigned long long)thread, why);
	else
		utrace_fail(s, err, "cannot get view %u: %s", id, why);
	return NULL;
}

API void utrace_view_free(struct utrace_view_map *view)
{
	free(view);
}

API const struct utrace_view *utrace_view_data(const struct utrace_view_map *view)
{
	return view->map.view;
}

API const char *utrace_view_string(const struct utrace_view_map *view, uint32_t string)
{
	if (string >= view->map.view->strings_size)
		return NULL;
	return regset_string(&view->map, string);
}

API const struct utrace_reg *utrace_view_reg(const struct utrace_view_map *view,
					     uint32_t reg)
{
	return reg < view->map.view->nr_regs ? &view->map.regs[reg] : NULL;
}

API uint32_t utrace_view_find(const struct utrace_view_map *view, const char *name)
{
	uint32_t i, found = UTRACE_NONE;

	/* Of two registers with one name, the CPU has one. */
	for (i = 0; i < view->map.view->nr_regs; i++) {
		if (strcmp(regset_string(&view->map, view->map.regs[i].name), name))
			continue;
		if (view->map.regs[i].flags & UTRACE_REG_PRESENT)
			return i;
		if (found == UTRACE_NONE)
			found = i;
	}
	return found;
}

API uint32_t utrace_view_role(const struct utrace_view_map *view, unsigned int role)
{
	uint32_t i;

	for (i = 0; i < view->map.view->nr_regs && role < UTRACE_ROLE_NR; i++)
		if (view->map.regs[i].roles & UTRACE_ROLE_BIT(role))
			return i;
	return UTRACE_NONE;
}

/*
 * Register files
 */

static void *file_new(size_t size)
{
	void *file = calloc(1, size);

	if (!file)
		utrace_fail(NULL, ENOMEM, "cannot make a register file: %s", strerror(ENOMEM));
	return file;
}

/* The words for a failed order about registers, with @reg if the kernel names one. */
static int regs_fail(struct utrace_session *s, const struct utrace_view_map *view,
		     const struct utrace_order_regs *o, int err)
{
	const struct utrace_reg *reg = NULL;
	const char *what = o->what == UTRACE_REGS_WRITE ? "write" : "read", *why;
	char name[80];

	if (o->bad != UTRACE_NONE && o->what == UTRACE_REGS_WRITE &&
	    (err == EINVAL || err == EIO || err == EPERM || err == ERANGE ||
	     err == ENODEV || err == ENODATA)) {
		reg = view ? utrace_view_reg(view, o->bad) : NULL;
		if (reg)
			snprintf(name, sizeof(name), "register %s",
				 regset_string(&view->map, reg->name));
		else
			snprintf(name, sizeof(name), "register %u", o->bad);
		switch (err) {
		case EPERM:
			why = "it cannot be written";
			break;
		case ERANGE:
			why = "the value is too big for it";
			break;
		case ENODEV:
			why = "the CPU does not have it";
			break;
		case ENODATA:
			why = "the thread does not have it";
			break;
		default:
			why = "no program may have this value";
		}
		return utrace_fail(s, err, "cannot write %s of thread %#llx: %s", name,
				   (unsigned long long)o->order.thread, why);
	}
	switch (err) {
	case ESRCH:
		why = "the session has no such thread, or it is dead";
		break;
	case EBUSY:
		why = "the session does not hold it, or lets it execute a system call";
		if (o->what == UTRACE_REGS_WRITE)
			why = "the session does not hold it, or it is asleep in the kernel, or executes a system call";
		break;
	case EINVAL:
		why = o->form == UTRACE_REGS_FILE ? "the register file is not of this thread's view"
						  : "there is no such register";
		break;
	case EINTR:
		why = "a signal has come";
		break;
	case ENODEV:
		why = "the CPU does not have them";
		break;
	case EOPNOTSUPP:
		why = "the kernel has no description of them";
		break;
	default:
		why = utrace_words(err);
	}
	return utrace_fail(s, err, "cannot %s the registers of thread %#llx: %s", what,
			   (unsigned long long)o->order.thread, why);
}

/* Give an order about registers.  0, or -errno without words. */
static int give(struct utrace_session *s, struct utrace_order_regs *o)
{
	int ret;

	o->bad = 0;
	ret = utrace_order_regs(s, o);
	/* A kernel that fails before it looks at the registers names none. */
	if (!o->order.result)
		o->bad = UTRACE_NONE;
	return ret;
}

API struct utrace_regfile *utrace_regs_read(struct utrace_session *s,
					    const struct utrace_view_map *view,
					    uint64_t thread)
{
	struct utrace_order_regs o = {
		.order.thread	= thread,
		.what		= UTRACE_REGS_READ,
		.form		= UTRACE_REGS_FILE,
	};
	struct utrace_regfile *file = NULL;
	uint32_t size = 0;
	int ret;

	/* First without room, to learn how much there has to be. */
	for (;;) {
		o.buffer = (uintptr_t)file;
		o.buffer_size = size;
		ret = give(s, &o);
		if (ret != -ENOSPC || o.buffer_size <= size ||
		    o.buffer_size > SIZE_MAX_ASKED)
			break;
		free(file);
		size = o.buffer_size;
		file = file_new(size);
		if (!file) {
			ret = -ENOMEM;
			break;
		}
	}
	if (ret || !file) {
		free(file);
		regs_fail(s, NULL, &o, ret ? -ret : EBADMSG);
		return NULL;
	}
	if (regset_file_check(&view->map, file, o.buffer_size)) {
		free(file);
		utrace_fail(s, EINVAL, "cannot use the registers of thread %#llx: they are of another view",
			    (unsigned long long)thread);
		return NULL;
	}
	return file;
}

API int utrace_regs_write(struct utrace_session *s, const struct utrace_view_map *view,
			  uint64_t thread, const struct utrace_regfile *file,
			  uint32_t *bad)
{
	struct utrace_order_regs o = {
		.order.thread	= thread,
		.what		= UTRACE_REGS_WRITE,
		.form		= UTRACE_REGS_FILE,
		.buffer		= (uintptr_t)file,
		.buffer_size	= file->size,
	};
	int ret = give(s, &o);

	if (bad)
		*bad = ret ? o.bad : UTRACE_NONE;
	return ret ? regs_fail(s, view, &o, -ret) : 0;
}

API int utrace_regs_list(struct utrace_session *s, uint64_t thread, unsigned int what,
			 struct utrace_regval *values, unsigned int nr, uint32_t *bad)
{
	struct utrace_order_regs o = {
		.order.thread	= thread,
		.what		= what,
		.form		= UTRACE_REGS_LIST,
		.buffer		= (uintptr_t)values,
	};
	const struct utrace_regval *v = values;
	unsigned int i;
	int ret;

	for (i = 0; i < nr; i++) {
		if (v->size < UTRACE_REGVAL_SIZE_VER0 || v->size % 8)
			return utrace_fail(s, EINVAL, "cannot access registers: no struct utrace_regval has %u bytes",
					   v->size);
		o.buffer_size += v->size;
		v = (const void *)((const char *)v + v->size);
	}
	ret = give(s, &o);
	if (bad)
		*bad = ret ? o.bad : UTRACE_NONE;
	return ret ? regs_fail(s, NULL, &o, -ret) : 0;
}

API int utrace_regs_role(struct utrace_session *s, uint64_t thread, unsigned int role,
			 uint64_t *value)
{
	struct utrace_regval v = {
		.size	= sizeof(v),
		.flags	= UTRACE_REGVAL_ROLE,
		.reg	= role,
	};
	int ret = utrace_regs_list(s, thread, UTRACE_REGS_READ, &v, 1, NULL);

	if (!ret)
		*value = v.value;
	return ret;
}

API ssize_t utrace_regs_set(struct utrace_session *s, uint64_t thread, unsigned int what,
			    uint32_t note, void *data, size_t size)
{
	struct utrace_order_regs o = {
		.order.thread	= thread,
		.what		= what,
		.form		= UTRACE_REGS_SET,
		.note		= note,
		.buffer		= (uintptr_t)data,
		.buffer_size	= size,
	};
	int ret = give(s, &o);

	if (ret == -ENOSPC)
		return utrace_fail(s, ENOSPC, "cannot read register set %#x of thread %#llx: it has %u bytes",
				   note, (unsigned long long)thread, o.buffer_size);
	return ret ? regs_fail(s, NULL, &o, -ret) : (ssize_t)o.buffer_size;
}

/* The head is in the byte order of the system that the file is from. */
static void file_swap(struct utrace_regfile *file)
{
	int i;

	if (file->magic != __builtin_bswap32(UTRACE_REGFILE_MAGIC))
		return;
	file->magic = __builtin_bswap32(file->magic);
	file->size = __builtin_bswap32(file->size);
	file->view = __builtin_bswap32(file->view);
	file->flags = __builtin_bswap32(file->flags);
	for (i = 0; i < UTRACE_UNITS; i++)
		file->units[i] = __builtin_bswap32(file->units[i]);
	file->layouts = __builtin_bswap64(file->layouts);
	file->reserved = __builtin_bswap64(file->reserved);
}

API struct utrace_regfile *utrace_regs_load(const struct utrace_view_map *view,
					    const void *data, size_t size)
{
	struct utrace_regfile head, *file;

	if (size >= sizeof(head)) {
		memcpy(&head, data, sizeof(head));
		file_swap(&head);
	}
	if (size < sizeof(head) || head.magic != UTRACE_REGFILE_MAGIC) {
		utrace_fail(NULL, EINVAL, "cannot load a register file: the data are none");
		return NULL;
	}
	if (head.view != view->map.view->id) {
		utrace_fail(NULL, EINVAL, "cannot load a register file: it is of another view than %s",
			    regset_string(&view->map, view->map.view->name));
		return NULL;
	}
	if (regset_file_check(&view->map, &head, size)) {
		utrace_fail(NULL, EINVAL, "cannot load a register file: it is damaged, or from a system whose description differs");
		return NULL;
	}
	file = file_new(head.size);
	if (file) {
		memcpy(file, data, head.size);
		*file = head;
	}
	return file;
}

API int utrace_regs_has(const struct utrace_view_map *view,
			const struct utrace_regfile *file, uint32_t reg)
{
	struct regset_mask mask;

	if (reg >= view->map.view->nr_regs)
		return 0;
	regset_file_mask(&view->map, file, &mask);
	return regset_mask_has(&mask, reg);
}

API void *utrace_regs_value(const struct utrace_view_map *view,
			    const struct utrace_regfile *file, uint32_t reg,
			    size_t *size)
{
	if (reg >= view->map.view->nr_regs ||
	    !(view->map.regs[reg].flags & UTRACE_REG_IN_FILE)) {
		utrace_fail(NULL, EINVAL, "cannot find register %u in a register file: it has no place there", reg);
		return NULL;
	}
	if (size)
		*size = regset_value_size(&view->map, file->units, reg);
	return (char *)file + regset_value_offset(&view->map, file->units, reg);
}

static bool is_big(const struct utrace_view_map *view)
{
	return view->map.view->flags & UTRACE_VIEW_BIG_ENDIAN;
}

API int utrace_regs_number(const struct utrace_view_map *view,
			   const struct utrace_regfile *file, uint32_t reg,
			   uint64_t *number)
{
	const unsigned char *value;
	size_t size, i;

	if (reg < view->map.view->nr_regs &&
	    view->map.regs[reg].flags & UTRACE_REG_CONSTANT) {
		*number = 0;
		return 0;
	}
	value = utrace_regs_value(view, file, reg, &size);
	if (!value)
		return -EINVAL;
	if (!size || !utrace_regs_has(view, file, reg))
		return utrace_fail(NULL, ENODATA, "cannot read register %s: it has no value",
				   regset_string(&view->map, view->map.regs[reg].name));
	if (size > sizeof(*number))
		return utrace_fail(NULL, ERANGE, "cannot read register %s as a number: it has %zu bytes",
				   regset_string(&view->map, view->map.regs[reg].name),
				   size);
	*number = 0;
	for (i = 0; i < size; i++)
		*number = *number << 8 | value[is_big(view) ? i : size - 1 - i];
	return 0;
}

API int utrace_regs_set_number(const struct utrace_view_map *view,
			       struct utrace_regfile *file, uint32_t reg,
			       uint64_t number)
{
	unsigned char *value;
	size_t size, i;

	value = utrace_regs_value(view, file, reg, &size);
	if (!value)
		return -EINVAL;
	if (!size || (size < sizeof(number) && number >> 8 * size))
		return utrace_fail(NULL, ERANGE, "cannot set register %2$s: %1$#llx is too big",
				   (unsigned long long)number,
				   regset_string(&view->map, view->map.regs[reg].name));
	for (i = 0; i < size; i++, number = number >> 4 >> 4)
		value[is_big(view) ? size - 1 - i : i] = number;
	return 0;
}

/*
 * Conversions
 */

API char *utrace_regs_description(const struct utrace_view_map *view,
				  const struct utrace_regfile *file)
{
	ssize_t n = regset_gdb_description(&view->map, file->units, NULL, 0);
	char *xml = file_new(n + 1);

	if (xml)
		regset_gdb_description(&view->map, file->units, xml, n + 1);
	return xml;
}

API char *utrace_regs_to_gdb(const struct utrace_view_map *view,
			     const struct utrace_regfile *file)
{
	ssize_t n = regset_file_to_gdb(&view->map, file, NULL, 0);
	char *packet = file_new(n + 1);

	if (packet)
		regset_file_to_gdb(&view->map, file, packet, n + 1);
	return packet;
}

API int utrace_regs_from_gdb(const struct utrace_view_map *view, const char *packet,
			     size_t length, struct utrace_regfile *file)
{
	if (regset_gdb_to_file(&view->map, packet, length, file))
		return utrace_fail(NULL, EINVAL, "cannot read a g packet: its layout is not that of gdb's description of these registers");
	return 0;
}

API void *utrace_regs_to_core(const struct utrace_view_map *view,
			      const struct utrace_regfile *file, size_t *size)
{
	ssize_t n = regset_file_to_core(&view->map, file, NULL, 0);
	void *notes;

	if (n < 0) {
		utrace_fail(NULL, EINVAL, "cannot write notes of a core dump: the description of NT_PRSTATUS is wrong");
		return NULL;
	}
	notes = file_new(n + !n);
	if (!notes)
		return NULL;
	*size = regset_file_to_core(&view->map, file, notes, n);
	return notes;
}

API struct utrace_regfile *utrace_regs_from_core(const struct utrace_view_map *view,
						 const void *notes, size_t size,
						 unsigned int thread)
{
	struct utrace_regfile *file;
	ssize_t n = regset_core_to_file(&view->map, notes, size, thread, NULL, 0);

	if (n < 0) {
		if (n == -ENOENT)
			utrace_fail(NULL, ENOENT, "cannot read the notes of a core dump: they have no thread %u", thread);
		else
			utrace_fail(NULL, -n, "cannot read the notes of a core dump: they are malformed");
		return NULL;
	}
	file = file_new(n);
	if (file)
		regset_core_to_file(&view->map, notes, size, thread, file, n);
	return file;
}

static int views_fail(const struct utrace_view_map *compat,
		      const struct utrace_view_map *native)
{
	return utrace_fail(NULL, EINVAL, "cannot convert between views %s and %s: they are not of the same architecture",
			   regset_string(&compat->map, compat->map.view->name),
			   regset_string(&native->map, native->map.view->name));
}

API struct utrace_regfile *utrace_regs_to_compat(const struct utrace_view_map *compat,
						 const struct utrace_view_map *native,
						 const struct utrace_regfile *file,
						 struct utrace_lost *lost)
{
	struct utrace_regfile *to;
	struct regset_mask mask;
	ssize_t n;

	n = regset_file_to_compat(&compat->map, &native->map, file, NULL, 0, &mask);
	if (n < 0) {
		views_fail(compat, native);
		return NULL;
	}
	to = file_new(n);
	if (!to)
		return NULL;
	regset_file_to_compat(&compat->map, &native->map, file, to, n, &mask);
	if (lost)
		memcpy(lost, &mask, sizeof(*lost));
	return to;
}

API int utrace_regs_to_native(const struct utrace_view_map *compat,
			      const struct utrace_view_map *native,
			      const struct utrace_regfile *from,
			      struct utrace_regfile *to, struct utrace_lost *lost)
{
	struct regset_mask mask;

	if (regset_file_to_native(&compat->map, &native->map, from, to, &mask))
		return views_fail(compat, native);
	if (lost)
		memcpy(lost, &mask, sizeof(*lost));
	return 0;
}
