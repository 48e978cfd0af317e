// SPDX-License-Identifier: GPL-2.0-only OR LGPL-2.1
/*
 * Registers as a core dump has them: one note for each set
 */
#ifdef __KERNEL__
#include <linux/align.h>
#include <linux/errno.h>
#include <linux/minmax.h>
#include <linux/string.h>
#include <uapi/linux/elf.h>
#else
#include <elf.h>
#include "regset_user.h"
#endif

#include "convert.h"

/* An ELF note: three words, the name, the data; each filled up to a word. */
#define NOTE_HEAD	12
#define NOTE_ALIGN	4

static __u32 core_word(const struct regset_map *map, const void *at)
{
	const __u8 *p = at;

	if (map->view->flags & UTRACE_VIEW_BIG_ENDIAN)
		return (__u32)p[0] << 24 | p[1] << 16 | p[2] << 8 | p[3];
	return (__u32)p[3] << 24 | p[2] << 16 | p[1] << 8 | p[0];
}

static void core_put_word(const struct regset_map *map, void *at, __u32 n)
{
	__u8 *p = at;
	unsigned int i;

	for (i = 0; i < 4; i++)
		p[map->view->flags & UTRACE_VIEW_BIG_ENDIAN ? 3 - i : i] = n >> 8 * i;
}

/* The first layout of a set, which has its note. */
static const struct utrace_layout *core_layout(const struct regset_map *map, __u32 set)
{
	__u32 i;

	for (i = 0; map->layouts[i].set != set; i++)
		;
	return &map->layouts[i];
}

/* One note.  Returns its length; @to is NULL if it is only that which matters. */
static ssize_t core_note(const struct regset_map *map, const struct utrace_regfile *file,
			 __u32 set, void *to, size_t room)
{
	const struct utrace_layout *l = core_layout(map, set);
	const char *owner = regset_string(map, l->owner);
	size_t owner_size = strlen(owner) + 1, desc, skip = 0;
	ssize_t size = regset_file_to_data(map, file, set, NULL, 0);
	size_t n;

	if (size < 0)
		return size;
	desc = size;
	if (l->note == NT_PRSTATUS) {
		desc = map->view->prstatus_size;
		skip = map->view->prstatus_regs;
		if (desc - skip < (size_t)size)
			return -EINVAL;
	}
	n = NOTE_HEAD + ALIGN(owner_size, NOTE_ALIGN) + ALIGN(desc, NOTE_ALIGN);
	if (!to)
		return n;
	if (room < n)
		return -ENOSPC;
	memset(to, 0, n);
	core_put_word(map, to, owner_size);
	core_put_word(map, to + 4, desc);
	core_put_word(map, to + 8, l->note);
	memcpy(to + NOTE_HEAD, owner, owner_size);
	to += NOTE_HEAD + ALIGN(owner_size, NOTE_ALIGN) + skip;
	regset_file_to_data(map, file, set, to, desc - skip);
	return n;
}

/**
 * regset_file_to_core() - make the notes of a core dump of a register file
 * @map: the description
 * @file: a good register file
 * @notes: where to put the notes of this thread's register sets; NULL to learn
 *	their size
 * @size: bytes there
 *
 * What NT_PRSTATUS has beside registers (the process id, say) is 0.
 *
 * Return: bytes of the notes; -ENOSPC: there is not enough room; -EINVAL: the
 * description of NT_PRSTATUS is wrong
 */
ssize_t regset_file_to_core(const struct regset_map *map,
			    const struct utrace_regfile *file, void *notes,
			    size_t size)
{
	size_t length = 0;
	ssize_t n;
	__u32 set;

	for (set = 0; set < map->view->nr_sets; set++) {
		n = core_note(map, file, set, notes ? notes + length : NULL,
			      notes ? size - length : 0);
		if (n == -ENODATA)
			continue;
		if (n < 0)
			return n;
		length += n;
	}
	return length;
}

/**
 * struct core_note_at - a note, found
 * @name: its name, NUL-terminated
 * @type: its type
 * @desc: its data
 * @size: bytes of that
 */
struct core_note_at {
	const char *name;
	__u32 type;
	const void *desc;
	__u32 size;
};

/* Returns the length of the note, or 0 if there is no whole one. */
static size_t core_next(const struct regset_map *map, const void *notes, size_t left,
			struct core_note_at *note)
{
	__u32 name, desc;

	if (left < NOTE_HEAD)
		return 0;
	name = core_word(map, notes);
	desc = core_word(map, notes + 4);
	note->type = core_word(map, notes + 8);
	left -= NOTE_HEAD;
	if (!name || name > left || ALIGN((size_t)name, NOTE_ALIGN) > left)
		return 0;
	note->name = notes + NOTE_HEAD;
	if (note->name[name - 1])
		return 0;
	left -= ALIGN((size_t)name, NOTE_ALIGN);
	if (desc > left)
		return 0;
	note->desc = notes + NOTE_HEAD + ALIGN((size_t)name, NOTE_ALIGN);
	note->size = desc;
	return NOTE_HEAD + ALIGN((size_t)name, NOTE_ALIGN) +
	       min_t(size_t, ALIGN((size_t)desc, NOTE_ALIGN), left);
}

static void core_take(const struct regset_map *map, const struct core_note_at *note,
		      struct regset_data *sets)
{
	__u32 i;

	for (i = 0; i < map->view->nr_layouts; i++) {
		const struct utrace_layout *l = &map->layouts[i];

		if (l->note != note->type || sets[l->set].data ||
		    strcmp(note->name, regset_string(map, l->owner)))
			continue;
		sets[l->set].data = note->desc;
		sets[l->set].size = note->size;
		if (l->note != NT_PRSTATUS)
			continue;
		if (note->size < map->view->prstatus_size) {
			sets[l->set].data = NULL;
			continue;
		}
		sets[l->set].data += map->view->prstatus_regs;
		sets[l->set].size -= map->view->prstatus_regs;
	}
}

/**
 * regset_core_to_file() - make a register file of a core dump's notes
 * @map: the description of what dumped core
 * @notes: the contents of its PT_NOTE segment
 * @notes_size: bytes of that
 * @thread: which thread, 0 for the one that caused the dump
 * @file: where to put the file; NULL to learn its size
 * @size: bytes there
 *
 * A note that is cut off ends the notes.
 *
 * Return: the size of the file; -ENOENT: there is no such thread; -ENOSPC: there is
 * not enough room; -EINVAL: the notes are absurd
 */
ssize_t regset_core_to_file(const struct regset_map *map, const void *notes,
			    size_t notes_size, unsigned int thread,
			    struct utrace_regfile *file, size_t size)
{
	struct regset_data sets[REGSET_SETS_MAX];
	struct core_note_at note;
	long at_thread = -1;
	size_t at = 0, n;

	memset(sets, 0, sizeof(sets));
	while ((n = core_next(map, notes + at, notes_size - at, &note))) {
		at += n;
		/* Each thread begins with its NT_PRSTATUS. */
		if (note.type == NT_PRSTATUS && !strcmp(note.name, "CORE"))
			at_thread++;
		if (at_thread == (long)thread)
			core_take(map, &note, sets);
	}
	if (at_thread < (long)thread)
		return -ENOENT;
	return regset_data_to_file(map, sets, file, size);
}
