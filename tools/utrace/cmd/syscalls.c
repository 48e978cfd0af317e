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
	/* A class or an expression that fits nothing here is no mistake. */
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

bool sc_is_out(unsigned int kind)
{
	switch (kind) {
	case SC_OUTBUF:
	case SC_OUTPATH:
	case SC_OUTIOV:
	case SC_OUTMSG:
	case SC_OUTADDR:
	case SC_OUTTS:
	case SC_OUTTS32:
	case SC_OUTEPOLL:
	case SC_OUTSTAT:
	case SC_OUTSIGACT:
		return true;
	}
	return false;
}

/* A rule without its call and argument; .kind is 0 if there is none. */
static struct utrace_capture_rule rule_of(unsigned int kind, unsigned int arg,
					  unsigned int bits, unsigned int string_max,
					  bool all)
{
	/* One byte more shows whether there are more. */
	unsigned int more = string_max < UTRACE_CAPTURE_MAX ? string_max + 1
							    : UTRACE_CAPTURE_MAX;
	/* All vectors have it together. */
	unsigned int vectors = more < UTRACE_CAPTURE_MAX / 8 ? 8 * more : UTRACE_CAPTURE_MAX;
	struct utrace_capture_rule r = { .kind = UTRACE_CAP_BYTES, .len_unit = 1 };

	if (sc_is_out(kind))
		r.when = UTRACE_WHEN_SUCCESS;
	switch (kind) {
	case SC_PATH:
	case SC_STR:
		r.kind = UTRACE_CAP_STRING;
		r.len_unit = 0;
		r.max = kind == SC_PATH ? UTRACE_CAPTURE_MAX : more;
		return r;
	case SC_BUF:
		r.len_from = UTRACE_LEN_ARG;
		r.max = more;
		break;
	case SC_OUTBUF:
	case SC_OUTPATH:
		r.len_from = UTRACE_LEN_RESULT;
		r.max = kind == SC_OUTPATH ? UTRACE_CAPTURE_MAX : more;
		return r;
	case SC_ARGV:
	case SC_ENVP:
		/* The number of strings is known however few are captured. */
		r.kind = UTRACE_CAP_STRINGS;
		r.len_unit = 0;
		r.max = kind == SC_ENVP ? 1 : UTRACE_CAPTURE_MAX;
		return r;
	case SC_IOV:
	case SC_OUTIOV:
		r.kind = UTRACE_CAP_IOVEC;
		r.len_from = UTRACE_LEN_ARG;
		r.max = vectors;
		break;
	case SC_MSG:
	case SC_OUTMSG:
		r.kind = UTRACE_CAP_MSGHDR;
		r.len_unit = 0;
		r.max = vectors;
		return r;
	case SC_ADDR:
		r.len_from = UTRACE_LEN_ARG;
		r.max = 128;
		break;
	case SC_OUTADDR:
		r.len_from = UTRACE_LEN_INT;
		r.max = 128;
		break;
	case SC_TS:
	case SC_OUTTS:
		r.len_unit = 16;
		r.max = 16;
		return r;
	case SC_TS32:
	case SC_OUTTS32:
		r.len_unit = 8;
		r.max = 8;
		return r;
	case SC_POLLFD:
		r.len_from = UTRACE_LEN_ARG;
		r.len_unit = 8;
		r.max = UTRACE_CAPTURE_MAX < 8 * more ? UTRACE_CAPTURE_MAX : 8 * more;
		break;
	case SC_OUTEPOLL:
		r.len_from = UTRACE_LEN_RESULT;
		r.len_unit = 16;	/* or less: 12 with a packed structure */
		r.max = UTRACE_CAPTURE_MAX;
		r.kind = all ? r.kind : 0;
		return r;
	case SC_OUTSTAT:
		r.len_unit = bits == 64 ? 144 : 104;
		r.max = r.len_unit;
		r.kind = all ? r.kind : 0;
		return r;
	case SC_SIGACT:
	case SC_OUTSIGACT:
		r.len_unit = bits == 64 ? 32 : 20;
		r.max = r.len_unit;
		r.kind = all ? r.kind : 0;
		return r;
	default:
		r.kind = 0;
		return r;
	}
	r.len_arg = arg + 1;
	return r;
}

unsigned int sc_rules(const struct sc_arch *a, const struct sc_desc *d, unsigned int nr,
		      unsigned int string_max, bool all, struct utrace_capture_rule rules[6])
{
	unsigned int i, n = 0;

	for (i = 0; d && i < d->nargs; i++) {
		struct utrace_capture_rule r = rule_of(d->arg[i], i, a->bits, string_max, all);

		if (!r.kind)
			continue;
		r.size = sizeof(r);
		r.nr = nr;
		r.arg = i;
		if (d->arg[i] == SC_OUTIOV || d->arg[i] == SC_OUTMSG)
			r.filled_from = UTRACE_LEN_RESULT;
		rules[n++] = r;
	}
	return n;
}
