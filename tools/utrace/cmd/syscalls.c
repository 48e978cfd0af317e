// SPDX-License-Identifier: GPL-2.0-only
/*
 * Look-up in the generated tables, and sets of system calls
 */
#define _GNU_SOURCE
#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <linux/utrace.h>

#include "syscalls.h"

const struct sc_arch *sc_find_arch(uint32_t audit, int64_t nr)
{
	const struct sc_arch *plain = NULL;
	unsigned int i;

	/* The number's offset tells programs of one arch apart (x32). */
	for (i = 0; i < sc_nr_arches; i++) {
		const struct sc_arch *a = &sc_arches[i];

		if (a->audit != audit)
			continue;
		if (!a->offset)
			plain = a;
		else if (nr >= a->offset && nr - a->offset < a->nr)
			return a;
	}
	return plain;
}

const struct sc_desc *sc_find(const struct sc_arch *arch, int64_t nr)
{
	if (!arch)
		return NULL;
	nr -= arch->offset;
	if (nr < 0 || nr >= arch->nr || !arch->index[nr])
		return NULL;
	return &arch->descs[arch->index[nr] - 1];
}

static const struct {
	const char *name;
	uint32_t bit;
} classes[] = {
	{ "file",	SC_CLASS_FILE },
	{ "desc",	SC_CLASS_DESC },
	{ "process",	SC_CLASS_PROCESS },
	{ "network",	SC_CLASS_NETWORK },
	{ "net",	SC_CLASS_NETWORK },
	{ "memory",	SC_CLASS_MEMORY },
	{ "signal",	SC_CLASS_SIGNAL },
	{ "ipc",	SC_CLASS_IPC },
	{ "all",	UINT32_MAX },
};

static uint32_t find_class(const char *name)
{
	size_t i;

	for (i = 0; i < sizeof(classes) / sizeof(classes[0]); i++)
		if (!strcmp(classes[i].name, name))
			return classes[i].bit;
	return 0;
}

/* One word of a set. */
struct item {
	enum { BY_NAME, BY_NUMBER, BY_CLASS, BY_REGEX } by;
	const char *name;
	unsigned long number;
	uint32_t class;
	regex_t regex;
};

/* @d is NULL for a number that the table has no call for. */
static bool matches(const struct item *item, const struct sc_desc *d,
		    unsigned int nr)
{
	if (!d)
		return item->by == BY_CLASS && item->class == UINT32_MAX;
	switch (item->by) {
	case BY_NAME:
		return !strcmp(d->name, item->name);
	case BY_NUMBER:
		return nr == item->number;
	case BY_CLASS:
		return (d->classes & item->class) || item->class == UINT32_MAX;
	case BY_REGEX:
		return regexec(&item->regex, d->name, 0, NULL, 0) == 0;
	}
	return false;
}

static bool in_machine(const struct sc_arch *a, const char *machine)
{
	return !machine || !strcmp(a->machine, machine);
}

static bool add_item(struct sc_set *set, const char *word, const char *machine,
		     char *error, size_t size)
{
	struct item item = { .by = BY_NAME, .name = word };
	bool optional = false, found = false;
	unsigned int i, nr;
	char text[128];
	char *end;
	int err;

	if (*word == '?') {
		optional = true;
		item.name = ++word;
	}
	if (*word == '%') {
		item.by = BY_CLASS;
		item.class = find_class(word + 1);
		if (!item.class && !optional) {
			snprintf(error, size, "invalid system call class '%s'",
				 word);
			return false;
		}
	} else if (*word == '/') {
		item.by = BY_REGEX;
		err = regcomp(&item.regex, word + 1, REG_EXTENDED | REG_NOSUB);
		if (err) {
			regerror(err, &item.regex, text, sizeof(text));
			snprintf(error, size, "invalid regular expression '%s': %s",
				 word + 1, text);
			return false;
		}
	} else if (isdigit((unsigned char)*word)) {
		item.by = BY_NUMBER;
		errno = 0;
		item.number = strtoul(word, &end, 0);
		if (*end || errno) {
			snprintf(error, size, "invalid system call '%s'", word);
			return false;
		}
	}

	/* Numbers that no table has a call for are in a set as part of "all" only. */
	set->others |= item.by == BY_CLASS && item.class == UINT32_MAX;
	for (i = 0; i < sc_nr_arches; i++) {
		const struct sc_arch *a = &sc_arches[i];

		if (!in_machine(a, machine))
			continue;
		for (nr = 0; nr < SC_SET_NR; nr++) {
			if (matches(&item, sc_find(a, nr + a->offset), nr)) {
				set->in[i][nr] = 1;
				found = true;
			}
		}
	}
	if (item.by == BY_REGEX)
		regfree(&item.regex);
	/* a class or an expression that fits nothing here is no mistake */
	if (!found && !optional && (item.by == BY_NAME || item.by == BY_NUMBER)) {
		snprintf(error, size, "invalid system call '%s'%s%s%s", word,
			 find_class(word) ? " (the class is %" : "",
			 find_class(word) ? word : "",
			 find_class(word) ? ")" : "");
		return false;
	}
	return true;
}

void sc_set_free(struct sc_set *set)
{
	free(set->in);
	set->in = NULL;
}

bool sc_set_parse(struct sc_set *set, const char *text, const char *machine,
		  char *error, size_t size)
{
	char *copy, *word, *save = NULL;
	bool invert = false, ok = true;
	unsigned int i, nr;

	copy = strdup(text);
	set->others = false;
	set->in = calloc(sc_nr_arches, sizeof(*set->in));
	if (!copy || !set->in) {
		free(copy);
		sc_set_free(set);
		snprintf(error, size, "%s", strerror(ENOMEM));
		return false;
	}

	word = copy;
	if (*word == '!') {
		invert = true;
		word++;
	}
	if (!*word) {
		snprintf(error, size, "empty set of system calls '%s'", text);
		ok = false;
	} else if (!strcmp(word, "none")) {
		word = NULL;
	} else if (!strcmp(word, "all")) {
		ok = add_item(set, "%all", machine, error, size);
		word = NULL;
	}
	if (ok && word) {
		for (word = strtok_r(word, ",", &save); word && ok;
		     word = strtok_r(NULL, ",", &save))
			ok = add_item(set, word, machine, error, size);
	}
	free(copy);
	if (!ok) {
		sc_set_free(set);
		return false;
	}
	if (invert) {
		set->others = !set->others;
		for (i = 0; i < sc_nr_arches; i++)
			for (nr = 0; nr < SC_SET_NR; nr++)
				set->in[i][nr] = !set->in[i][nr];
	}
	return true;
}

bool sc_set_has(const struct sc_set *set, unsigned int arch, unsigned int nr)
{
	return nr < SC_SET_NR && set->in[arch][nr];
}

uint32_t *sc_set_entries(const struct sc_set *set, unsigned int arch)
{
	const struct sc_arch *a = &sc_arches[arch];
	const struct sc_desc *d;
	uint32_t *entries, e;
	unsigned int nr, i;

	entries = calloc(SC_SET_NR, sizeof(*entries));
	if (!entries)
		return NULL;
	for (nr = 0; nr < SC_SET_NR; nr++) {
		if (!set->in[arch][nr])
			continue;
		e = UTRACE_SC_REPORT;
		d = sc_find(a, nr + a->offset);
		for (i = 0; d && i < d->nargs; i++) {
			switch (d->arg[i]) {
			case SC_PATH:
			case SC_STR:
				e |= UTRACE_SC_STRING(i);
				break;
			case SC_BUF:
				e |= UTRACE_SC_BUFFER(i);
				break;
			case SC_OUTBUF:
			case SC_OUTPATH:
				e |= UTRACE_SC_OUTBUF(i);
				break;
			}
		}
		entries[nr] = e;
	}
	return entries;
}
