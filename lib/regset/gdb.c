// SPDX-License-Identifier: GPL-2.0-only OR LGPL-2.1
/*
 * Registers as gdb wants them: target descriptions, and "g" and "G" packets
 *
 * A register's number in both is its place among those of the register file that
 * the thread has room for.
 */
#ifdef __KERNEL__
#include <linux/array_size.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/string.h>
#else
#include "regset_user.h"
#endif

#include "convert.h"

/* Is it in the description, and in packets? */
bool regset_gdb_has(const struct regset_map *map, const __u32 *units, __u32 reg)
{
	return map->regs[reg].flags & UTRACE_REG_IN_FILE &&
	       regset_value_size(map, units, reg);
}

/**
 * struct text - a buffer that may be too small
 * @to: where it is
 * @size: bytes there
 * @length: bytes that there would have to be
 */
struct text {
	char *to;
	size_t size;
	size_t length;
};

static void text_add(struct text *t, const char *s)
{
	size_t n = strlen(s);

	if (t->length < t->size)
		memcpy(t->to + t->length, s, min_t(size_t, n, t->size - t->length));
	t->length += n;
}

static void text_number(struct text *t, __u32 n)
{
	char digits[12];

	snprintf(digits, sizeof(digits), "%u", n);
	text_add(t, digits);
}

/* Names are ours and need no escapes, but a description may be anybody's. */
static void text_escaped(struct text *t, const char *s)
{
	char c[2] = {};

	for (; *s; s++) {
		if (*s == '&') {
			text_add(t, "&amp;");
		} else if (*s == '<') {
			text_add(t, "&lt;");
		} else if (*s == '"') {
			text_add(t, "&quot;");
		} else {
			c[0] = *s;
			text_add(t, c);
		}
	}
}

static void text_attribute(struct text *t, const char *name, const char *value)
{
	text_add(t, " ");
	text_add(t, name);
	text_add(t, "=\"");
	text_escaped(t, value);
	text_add(t, "\"");
}

static void text_attribute_number(struct text *t, const char *name, __u32 value)
{
	text_add(t, " ");
	text_add(t, name);
	text_add(t, "=\"");
	text_number(t, value);
	text_add(t, "\"");
}

/* The lanes that a vector can be seen as having, the widest last. */
static const struct lane {
	const char *name;
	const char *type;
	__u32 bytes;
} lanes[] = {
	{ "float", "ieee_single", 4 },
	{ "double", "ieee_double", 8 },
	{ "int8", "int8", 1 },
	{ "int16", "int16", 2 },
	{ "int32", "int32", 4 },
	{ "int64", "int64", 8 },
	{ "int128", "uint128", 16 },
};

/* <vector> and <union> types for vectors of @bytes. */
static void text_vector(struct text *t, __u32 bytes)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(lanes); i++) {
		if (bytes % lanes[i].bytes)
			continue;
		text_add(t, "<vector id=\"v");
		text_number(t, bytes);
		text_add(t, "_");
		text_add(t, lanes[i].name);
		text_add(t, "\"");
		text_attribute(t, "type", lanes[i].type);
		text_attribute_number(t, "count", bytes / lanes[i].bytes);
		text_add(t, "/>\n");
	}
	text_add(t, "<union id=\"v");
	text_number(t, bytes);
	text_add(t, "\">\n");
	for (i = 0; i < ARRAY_SIZE(lanes); i++) {
		if (bytes % lanes[i].bytes)
			continue;
		text_add(t, "<field name=\"v");
		text_number(t, bytes / lanes[i].bytes);
		text_add(t, "_");
		text_add(t, lanes[i].name);
		text_add(t, "\" type=\"v");
		text_number(t, bytes);
		text_add(t, "_");
		text_add(t, lanes[i].name);
		text_add(t, "\"/>\n");
	}
	text_add(t, "</union>\n");
}

static bool regset_is_vector(const struct utrace_reg *r, __u32 bytes)
{
	return r->type == UTRACE_TYPE_VECTOR ||
	       (bytes > 8 && r->type != UTRACE_TYPE_I387);
}

static void text_type(struct text *t, const struct regset_map *map,
		      const struct utrace_reg *r, __u32 bytes)
{
	__u32 pointer = map->view->flags & UTRACE_VIEW_64BIT ? 8 : 4, type = r->type;

	/* An address that is not of the size of gdb's pointers is a number. */
	if ((type == UTRACE_TYPE_CODE_PTR || type == UTRACE_TYPE_DATA_PTR) &&
	    bytes != pointer)
		type = UTRACE_TYPE_INT;
	text_add(t, " type=\"");
	if (regset_is_vector(r, bytes)) {
		text_add(t, "v");
		text_number(t, bytes);
	} else {
		switch (type) {
		case UTRACE_TYPE_CODE_PTR:
			text_add(t, "code_ptr");
			break;
		case UTRACE_TYPE_DATA_PTR:
			text_add(t, "data_ptr");
			break;
		case UTRACE_TYPE_FLOAT:
			text_add(t, bytes == 4 ? "ieee_single" : "ieee_double");
			break;
		case UTRACE_TYPE_I387:
			text_add(t, "i387_ext");
			break;
		default:
			text_add(t, "int");
			text_number(t, bytes * 8);
		}
	}
	text_add(t, "\"");
}

static void text_register(struct text *t, const struct regset_map *map,
			  const struct utrace_reg *r, __u32 bytes, __u32 number)
{
	text_add(t, "<reg");
	text_attribute(t, "name", regset_string(map, r->name));
	text_attribute_number(t, "bitsize", bytes * 8);
	text_type(t, map, r, bytes);
	text_attribute_number(t, "regnum", number);
	if (r->flags & UTRACE_REG_CONTROL)
		text_add(t, " group=\"system\" save-restore=\"no\"");
	else if (r->type == UTRACE_TYPE_VECTOR)
		text_add(t, " group=\"vector\"");
	else if (r->type == UTRACE_TYPE_FLOAT || r->type == UTRACE_TYPE_I387)
		text_add(t, " group=\"float\"");
	text_add(t, "/>\n");
}

/* Has no register before @reg in its feature been a vector of the same size? */
static bool regset_needs_type(const struct regset_map *map, const __u32 *units, __u32 reg)
{
	__u32 bytes = regset_value_size(map, units, reg), i;

	for (i = 0; i < reg; i++)
		if (map->regs[i].feature == map->regs[reg].feature &&
		    regset_gdb_has(map, units, i) &&
		    regset_value_size(map, units, i) == bytes &&
		    regset_is_vector(&map->regs[i], bytes))
			return false;
	return true;
}

static bool regset_begins_feature(const struct regset_map *map, const __u32 *units,
				  __u32 reg)
{
	__u32 i;

	for (i = 0; i < reg; i++)
		if (map->regs[i].feature == map->regs[reg].feature &&
		    regset_gdb_has(map, units, i))
			return false;
	return true;
}

static void text_feature(struct text *t, const struct regset_map *map,
			 const __u32 *units, __u32 feature)
{
	__u32 i, number = 0;

	text_add(t, "<feature");
	text_attribute(t, "name", regset_string(map, feature));
	text_add(t, ">\n");
	for (i = 0; i < map->view->nr_regs; i++) {
		const struct utrace_reg *r = &map->regs[i];
		__u32 bytes;

		if (!regset_gdb_has(map, units, i))
			continue;
		if (r->feature == feature) {
			bytes = regset_value_size(map, units, i);
			if (regset_is_vector(r, bytes) && regset_needs_type(map, units, i))
				text_vector(t, bytes);
			text_register(t, map, r, bytes, number);
		}
		number++;
	}
	text_add(t, "</feature>\n");
}

/**
 * regset_gdb_description() - make a target description for gdb
 * @map: the description
 * @units: of the thread's register file
 * @xml: where to put the text, which gets a NUL; NULL to learn its length
 * @size: bytes there
 *
 * Return: length of the text without the NUL; -ENOSPC: there is not enough room
 */
ssize_t regset_gdb_description(const struct regset_map *map, const __u32 *units,
			       char *xml, size_t size)
{
	struct text t = { .to = xml, .size = xml ? size : 0 };
	__u32 i;

	text_add(&t, "<?xml version=\"1.0\"?>\n"
		     "<!DOCTYPE target SYSTEM \"gdb-target.dtd\">\n"
		     "<target version=\"1.0\">\n<architecture>");
	text_escaped(&t, regset_string(map, map->view->arch));
	text_add(&t, "</architecture>\n<osabi>");
	text_escaped(&t, regset_string(map, map->view->osabi));
	text_add(&t, "</osabi>\n");
	for (i = 0; i < map->view->nr_regs; i++)
		if (regset_gdb_has(map, units, i) && regset_begins_feature(map, units, i))
			text_feature(&t, map, units, map->regs[i].feature);
	text_add(&t, "</target>\n");
	if (!xml)
		return t.length;
	if (t.length >= size)
		return -ENOSPC;
	xml[t.length] = 0;
	return t.length;
}

static const char digits[] = "0123456789abcdef";

/**
 * regset_file_to_gdb() - make the reply to a "g" packet
 * @map: the description
 * @file: a good register file
 * @packet: where to put the digits, without a NUL; NULL to learn how many
 * @size: bytes there
 *
 * Registers that have no value are told as "xx".
 *
 * Return: how many digits; -ENOSPC: there is not enough room
 */
ssize_t regset_file_to_gdb(const struct regset_map *map,
			   const struct utrace_regfile *file, char *packet,
			   size_t size)
{
	struct regset_mask has;
	size_t length = 0;
	__u32 i, j, n;

	regset_file_mask(map, file, &has);
	for (i = 0; i < map->view->nr_regs; i++) {
		const __u8 *value = (const void *)file +
				    regset_value_offset(map, file->units, i);

		if (!regset_gdb_has(map, file->units, i))
			continue;
		n = regset_value_size(map, file->units, i);
		for (j = 0; packet && j < n && length + 2 * j + 1 < size; j++) {
			bool there = regset_mask_has(&has, i);

			packet[length + 2 * j] = there ? digits[value[j] >> 4] : 'x';
			packet[length + 2 * j + 1] = there ? digits[value[j] & 15] : 'x';
		}
		length += 2 * n;
	}
	if (packet && length > size)
		return -ENOSPC;
	return length;
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

/* Are these the digits of a value of @n bytes, or "xx" for each of them? */
static bool regset_gdb_digits_ok(const char *packet, __u32 n)
{
	bool unknown = packet[0] == 'x';
	__u32 i;

	for (i = 0; i < 2 * n; i++)
		if (unknown ? packet[i] != 'x' : hex_digit(packet[i]) < 0)
			return false;
	return true;
}

/* Does the packet consist of the digits of all registers, and of nothing else? */
static bool regset_gdb_packet_ok(const struct regset_map *map, const __u32 *units,
				 const char *packet, size_t length)
{
	size_t at = 0;
	__u32 i, n;

	for (i = 0; i < map->view->nr_regs; i++) {
		if (!regset_gdb_has(map, units, i))
			continue;
		n = regset_value_size(map, units, i);
		if (length - at < 2 * n || !regset_gdb_digits_ok(packet + at, n))
			return false;
		at += 2 * n;
	}
	return at == length;
}

/* Write the values of a packet that regset_gdb_packet_ok() has found good. */
static void regset_gdb_apply(const struct regset_map *map, const char *packet,
			     struct utrace_regfile *file)
{
	__u32 i, j, n;

	for (i = 0; i < map->view->nr_regs; i++) {
		__u8 *value = (void *)file + regset_value_offset(map, file->units, i);

		if (!regset_gdb_has(map, file->units, i))
			continue;
		n = regset_value_size(map, file->units, i);
		if (packet[0] != 'x') {
			for (j = 0; j < n; j++)
				value[j] = hex_digit(packet[2 * j]) << 4 |
					   hex_digit(packet[2 * j + 1]);
		}
		packet += 2 * n;
	}
}

/**
 * regset_gdb_to_file() - write the values of a "G" packet into a register file
 * @map: the description
 * @packet: the digits that follow the G
 * @length: number of digits
 * @file: a good register file of the thread.  Registers that are "xx" in the packet
 *	keep their values
 *
 * Return:
 *
 * * 0 - @file has the values
 * * %-EINVAL - the packet is too short or too long, or it contains something else
 *   than hexadecimal digits and "xx".  @file is unchanged
 */
int regset_gdb_to_file(const struct regset_map *map, const char *packet,
		       size_t length, struct utrace_regfile *file)
{
	if (!regset_gdb_packet_ok(map, file->units, packet, length))
		return -EINVAL;
	regset_gdb_apply(map, packet, file);
	return 0;
}
