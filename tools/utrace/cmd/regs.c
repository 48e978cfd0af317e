// SPDX-License-Identifier: GPL-2.0-only
/*
 * utrace regs - the registers of a process, or saved ones of any architecture
 *
 * What registers there are, and where, is in a description that the kernel gives
 * (or a file, kept from some other system); nothing here knows an architecture.
 */
#define _GNU_SOURCE
#include <argp.h>
#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "libutrace.h"
#include "util.h"
#include "utrace.h"

/* Milliseconds after which to give up, because a disk, say, does not answer. */
#define DEADLINE	5000

enum what { WHAT_TEXT, WHAT_GDB, WHAT_DESCRIPTION, WHAT_NOTHING };

struct regs {
	int pid;
	int tid;		/* 0: all threads */
	bool all;
	enum what what;
	const char *save, *save_view, *view, *file;
	char **names;		/* NAME or NAME=VALUE; none: all registers */
	unsigned int nr_names;
	bool set;		/* there is a NAME=VALUE */

	struct utrace_session *session;
	unsigned int shown;
};

struct thread {
	uint64_t cookie;
	int tid;
};

/* --- files -------------------------------------------------------------- */

static void *slurp(const char *name, size_t *size)
{
	FILE *f = fopen(name, "re");
	char *data = NULL, *more;
	size_t room = 0, n;

	*size = 0;
	if (!f) {
		complain("cannot open %s: %s", name, strerror(errno));
		return NULL;
	}
	do {
		if (*size == room) {
			room = room ? 2 * room : 65536;
			more = realloc(data, room);
			if (!more) {
				errno = ENOMEM;
				break;
			}
			data = more;
		}
		n = fread(data + *size, 1, room - *size, f);
		*size += n;
	} while (n);
	if (ferror(f) || *size == room) {
		complain("cannot read %s: %s", name, strerror(errno));
		free(data);
		data = NULL;
	}
	fclose(f);
	return data;
}

static bool spill(const char *name, const void *data, size_t size)
{
	FILE *f = fopen(name, "we");
	bool good;

	if (!f)
		return complain("cannot create %s: %s", name, strerror(errno));
	good = fwrite(data, 1, size, f) == size;
	if (fclose(f) || !good)
		return complain("cannot write %s: %s", name, strerror(errno));
	return true;
}

/* --- output ------------------------------------------------------------- */

/* One number, however long, with the high-order byte first. */
static void show_value(const struct utrace_view_map *view, const unsigned char *value,
		       size_t size)
{
	bool big = utrace_view_data(view)->flags & UTRACE_VIEW_BIG_ENDIAN;
	size_t i;

	fputs("0x", stdout);
	for (i = 0; i < size; i++)
		printf("%02x", value[big ? i : size - 1 - i]);
}

/* Roles by the names of their constants in <linux/utrace_regs.h>. */
static const struct {
	const char *name;
	unsigned int role, count;	/* @count roles with numbers behind the name */
} roles[] = {
	{ "pc",			UTRACE_ROLE_PC, 0 },
	{ "sp",			UTRACE_ROLE_SP, 0 },
	{ "fp",			UTRACE_ROLE_FP, 0 },
	{ "ra",			UTRACE_ROLE_RA, 0 },
	{ "tls",		UTRACE_ROLE_TLS, 0 },
	{ "flags",		UTRACE_ROLE_FLAGS, 0 },
	{ "syscall_nr",		UTRACE_ROLE_SYSCALL_NR, 0 },
	{ "syscall_result",	UTRACE_ROLE_SYSCALL_RESULT, 0 },
	{ "syscall_arg",	UTRACE_ROLE_SYSCALL_ARG(0), 6 },
	{ "func_result",	UTRACE_ROLE_FUNC_RESULT, 0 },
	{ "func_arg",		UTRACE_ROLE_FUNC_ARG(0), 8 },
};

/* The register that has the role called @name, of @length bytes. */
static uint32_t find_role(const struct utrace_view_map *view, const char *name,
			  size_t length)
{
	size_t i, prefix;

	for (i = 0; i < sizeof(roles) / sizeof(roles[0]); i++) {
		prefix = strlen(roles[i].name);
		if (length != prefix + !!roles[i].count ||
		    memcmp(name, roles[i].name, prefix))
			continue;
		if (!roles[i].count)
			return utrace_view_role(view, roles[i].role);
		if (name[prefix] >= '0' &&
		    name[prefix] < (int)('0' + roles[i].count))
			return utrace_view_role(view, roles[i].role +
						      (name[prefix] - '0'));
	}
	return UTRACE_NONE;
}

/*
 * The register of NAME or NAME=VALUE, where NAME has *@length bytes.  NAME is a
 * register's own name, or else that of a role.
 */
static uint32_t find_named(const struct utrace_view_map *view, const char *arg,
			   size_t *length)
{
	uint32_t i, nr = utrace_view_data(view)->nr_regs;

	*length = strcspn(arg, "=");
	for (i = 0; i < nr; i++) {
		const char *name = utrace_view_string(view, utrace_view_reg(view, i)->name);

		if (strlen(name) == *length && !memcmp(name, arg, *length))
			return i;
	}
	return find_role(view, arg, *length);
}

/* Are all names those of registers that the thread has? */
static bool names_good(const struct regs *r, const struct utrace_view_map *view,
		       const struct utrace_regfile *file, int tid)
{
	unsigned int i;
	size_t length;
	uint32_t id;

	for (i = 0; i < r->nr_names; i++) {
		id = find_named(view, r->names[i], &length);
		if (id == UTRACE_NONE)
			return complain("cannot find register '%.*s' of thread %d: view %s has no register and no role of that name",
					(int)length, r->names[i], tid,
					utrace_view_string(view, utrace_view_data(view)->name));
		if (!utrace_regs_has(view, file, id))
			return complain("cannot read register '%.*s' of thread %d: it has no value there",
					(int)length, r->names[i], tid);
	}
	return true;
}

static void show_named(const struct regs *r, const struct utrace_view_map *view,
		       const struct utrace_regfile *file)
{
	const unsigned char *value;
	size_t length, size;
	unsigned int i;

	for (i = 0; i < r->nr_names; i++) {
		uint32_t id = find_named(view, r->names[i], &length);

		value = utrace_regs_value(view, file, id, &size);
		printf("  %-16.*s ", (int)length, r->names[i]);
		show_value(view, value, size);
		putchar('\n');
	}
}

/* A number, decimal or, of any length, hexadecimal, into @size bytes. */
static bool parse_value(const char *text, unsigned char *value, size_t size, bool big)
{
	unsigned long long n;
	const char *digit;
	char *end;
	size_t i;

	memset(value, 0, size);
	if (text[0] == '0' && (text[1] == 'x' || text[1] == 'X')) {
		digit = text + strlen(text);
		for (i = 0; digit > text + 2; i++) {
			int c = tolower((unsigned char)*--digit);

			if (!isxdigit(c) || (i / 2 >= size && c != '0'))
				return false;
			if (i / 2 < size)
				value[big ? size - 1 - i / 2 : i / 2] |=
					(isdigit(c) ? c - '0' : c - 'a' + 10) << i % 2 * 4;
		}
		return i;
	}
	errno = 0;
	n = strtoull(text, &end, 10);
	if (!isdigit((unsigned char)*text) || *end || errno)
		return false;
	for (i = 0; i < size; i++, n >>= 8)
		value[big ? size - 1 - i : i] = n;
	return !n;
}

static bool set_named(const struct regs *r, const struct utrace_view_map *view,
		      struct utrace_regfile *file)
{
	bool big = utrace_view_data(view)->flags & UTRACE_VIEW_BIG_ENDIAN;
	size_t length, size;
	unsigned int i;

	for (i = 0; i < r->nr_names; i++) {
		uint32_t id = find_named(view, r->names[i], &length);
		unsigned char *value = utrace_regs_value(view, file, id, &size);

		if (r->names[i][length] &&
		    !parse_value(r->names[i] + length + 1, value, size, big))
			return complain("cannot set register '%.*s': '%s' is no number of up to %zu bytes",
					(int)length, r->names[i],
					r->names[i] + length + 1, size);
	}
	return true;
}

/* @file is NULL to show what the description has. */
static void show_register(const struct regs *r, const struct utrace_view_map *view,
			  const struct utrace_regfile *file, uint32_t id,
			  uint32_t *feature)
{
	const struct utrace_reg *reg = utrace_view_reg(view, id);
	const unsigned char *value = NULL;
	size_t size = 0;

	if (!r->all && reg->flags & UTRACE_REG_CONTROL)
		return;
	if (!(reg->flags & UTRACE_REG_IN_FILE)) {
		if (!r->all || file)
			return;
	} else if (file) {
		if (utrace_regs_has(view, file, id))
			value = utrace_regs_value(view, file, id, &size);
		if (!size && !r->all)
			return;
	}
	if (*feature != reg->feature)
		printf("%s\n", utrace_view_string(view, reg->feature));
	*feature = reg->feature;
	printf("  %-16s ", utrace_view_string(view, reg->name));
	if (value && size)
		show_value(view, value, size);
	else if (file)
		putchar('-');
	else if (!(reg->flags & UTRACE_REG_IN_FILE))
		fputs("not of this CPU", stdout);
	else
		printf("%u %s", reg->size,
		       reg->unit == UTRACE_NONE ? "bytes" : "units");
	putchar('\n');
}

static bool show(struct regs *r, const struct utrace_view_map *view,
		 const struct utrace_regfile *file)
{
	static const struct utrace_regfile nothing;
	uint32_t feature = UTRACE_NONE, i;
	char *text = NULL;

	switch (r->what) {
	case WHAT_NOTHING:
		return true;
	case WHAT_TEXT:
		if (r->nr_names) {
			show_named(r, view, file);
			return true;
		}
		for (i = 0; i < utrace_view_data(view)->nr_regs; i++)
			show_register(r, view, file, i, &feature);
		return true;
	case WHAT_GDB:
		text = utrace_regs_to_gdb(view, file);
		break;
	case WHAT_DESCRIPTION:
		text = utrace_regs_description(view, file ? file : &nothing);
		break;
	}
	if (!text)
		return complain("%s", utrace_error(NULL));
	fputs(text, stdout);
	if (r->what == WHAT_GDB)
		putchar('\n');
	free(text);
	return true;
}

/* --- saved registers ---------------------------------------------------- */

static bool show_saved(struct regs *r)
{
	struct utrace_view_map *view = NULL;
	struct utrace_regfile *file = NULL;
	void *data = NULL;
	bool good = false;
	size_t size;

	data = slurp(r->view, &size);
	if (!data)
		return false;
	view = utrace_view_load(data, size);
	free(data);
	if (!view)
		return complain("%s: %s", r->view,
				utrace_error(NULL));
	if (r->file) {
		data = slurp(r->file, &size);
		if (data) {
			file = utrace_regs_load(view, data, size);
			if (!file)
				complain("%s: %s",
					 r->file, utrace_error(NULL));
		}
		free(data);
	}
	if (!r->file || file)
		good = show(r, view, file);
	free(file);
	utrace_view_free(view);
	return good;
}

/* --- a process ---------------------------------------------------------- */

/* How an attempt to hold a thread ended. */
enum hold_result { HELD, DEAD, FAILED /* with a message */ };

/*
 * A thread that sleeps in the kernel goes on sleeping, and its registers can be read.  They
 * cannot be set, so that the sleep is ended for that, as a signal would.
 */
static enum hold_result hold(struct regs *r, const struct thread *t)
{
	int ret = utrace_hold(r->session, t->cookie,
			      r->set ? UTRACE_ORDER_INTERRUPT : 0, DEADLINE);

	if (ret >= 0)
		return HELD;
	if (ret == -ESRCH)
		return DEAD;
	if (ret == -ETIMEDOUT)
		complain("cannot hold thread %d: it has been waiting in the kernel for %d seconds",
			 t->tid, DEADLINE / 1000);
	else if (ret == -EUSERS)
		complain("cannot hold thread %d: this user's tracers hold as many threads as kernel.utrace.max_stopped allows",
			 t->tid);
	else
		complain("thread %d: %s", t->tid, utrace_error(r->session));
	return FAILED;
}

/* The registers of a held thread; NULL, with a message, if they cannot be read. */
static struct utrace_regfile *read_registers(struct regs *r,
					     const struct utrace_view_map *view,
					     const struct thread *t)
{
	struct utrace_regfile *file = utrace_regs_read(r->session, view, t->cookie);

	/* It has woken up, and will be held before it executes an instruction. */
	if (!file && errno == EBUSY &&
	    !utrace_wait_awake(r->session, t->cookie, DEADLINE))
		file = utrace_regs_read(r->session, view, t->cookie);
	if (!file)
		complain("thread %d: %s", t->tid, utrace_error(r->session));
	return file;
}

/* Write the values of the command line into @file, and @file into the held thread. */
static bool set_registers(struct regs *r, const struct utrace_view_map *view,
			  const struct thread *t, struct utrace_regfile *file)
{
	if (!set_named(r, view, file))
		return false;
	if (utrace_regs_write(r->session, view, t->cookie, file, NULL) < 0)
		return complain("thread %d: %s", t->tid, utrace_error(r->session));
	return true;
}

/*
 * The registers of a held thread, after those that were given values have them.  NULL,
 * with a message, if they cannot be read, or if not all can be set.
 */
static struct utrace_regfile *get_registers(struct regs *r,
					    const struct utrace_view_map *view,
					    const struct thread *t)
{
	struct utrace_regfile *file = read_registers(r, view, t);

	if (!file)
		return NULL;
	if (!names_good(r, view, file, t->tid) ||
	    (r->set && !set_registers(r, view, t, file))) {
		free(file);
		return NULL;
	}
	if (!r->set)
		return file;
	/* Show what the thread has, which is not in every bit what was written. */
	free(file);
	return read_registers(r, view, t);
}

static bool output(struct regs *r, const struct utrace_view_map *view,
		   const struct utrace_regfile *file, int tid)
{
	const struct utrace_view *v = utrace_view_data(view);

	if (r->what == WHAT_TEXT)
		printf("%sthread %d, %s\n", r->shown ? "\n" : "", tid,
		       utrace_view_string(view, v->name));
	r->shown++;
	return show(r, view, file) &&
	       (!r->save || spill(r->save, file, file->size)) &&
	       (!r->save_view || spill(r->save_view, v, v->size));
}

static bool show_held(struct regs *r, const struct thread *t)
{
	struct utrace_view_map *view = utrace_view_read(r->session, t->cookie, 0);
	struct utrace_regfile *file;
	bool good;

	if (!view)
		return complain("thread %d: %s", t->tid, utrace_error(r->session));
	file = get_registers(r, view, t);
	good = file && output(r, view, file, t->tid);
	free(file);
	utrace_view_free(view);
	return good;
}

static bool show_thread(struct regs *r, const struct thread *t)
{
	bool good;

	switch (hold(r, t)) {
	case HELD:
		break;
	case DEAD:
		return true;		/* The thread has ended meanwhile. */
	case FAILED:
		return false;
	}
	good = show_held(r, t);
	utrace_release(r->session, t->cookie, 0);
	return good;
}

/* The threads that are to be shown, of @nr; the caller frees them. */
static struct thread *find_threads(struct regs *r, unsigned int nr, unsigned int *found)
{
	struct thread *threads = calloc(nr, sizeof(*threads));
	const struct utrace_record *rec;
	unsigned int i;
	int ret;

	if (!threads) {
		complain("cannot list %u threads: %s", nr, strerror(ENOMEM));
		return NULL;
	}
	*found = 0;
	for (i = 0; i < nr;) {
		ret = utrace_next_timeout(r->session, &rec, DEADLINE);
		if (ret <= 0) {
			/* 0: all threads are gone. */
			if (!ret || ret == -EAGAIN)
				break;
			complain("%s", utrace_error(r->session));
			free(threads);
			return NULL;
		}
		if (rec->type != UTRACE_REC_ATTACHED)
			continue;
		i++;
		if (r->tid && rec->tid != r->tid)
			continue;
		threads[*found].cookie = rec->thread;
		threads[(*found)++].tid = rec->tid;
	}
	return threads;
}

static bool show_process(struct regs *r)
{
	struct utrace_config config = {
		.record = UTRACE_EV_BIT(UTRACE_EV_DEATH),
	};
	struct utrace_attach attach = { .flags = 0 };
	struct thread *threads;
	unsigned int nr, i;
	bool good = true;

	r->session = utrace_open(0);
	if (!r->session)
		return complain("%s", utrace_error(NULL));
	if (utrace_config(r->session, &config) < 0 ||
	    utrace_attach_pid(r->session, r->pid, &attach) < 0)
		return complain("%s", utrace_error(r->session));
	/* One thread only, if there is room for one, or if registers are set. */
	if (!r->tid && (r->what != WHAT_TEXT || r->set))
		r->tid = r->pid;
	threads = find_threads(r, attach.threads, &nr);
	if (!threads)
		return false;
	for (i = 0; i < nr; i++)
		good &= show_thread(r, &threads[i]);
	free(threads);
	if (good && !r->shown && r->tid)
		return complain("cannot show thread %d: process %d has no such thread",
				r->tid, r->pid);
	if (good && !r->shown)
		return complain("cannot show the registers of process %d: it is dead",
				r->pid);
	return good;
}

/* --- the command line --------------------------------------------------- */

static void set_what(struct regs *r, struct argp_state *state, enum what what)
{
	if (r->what != WHAT_TEXT && r->what != what)
		argp_error(state, "-d and -g exclude each other");
	r->what = what;
}

static void check_usage(struct regs *r, struct argp_state *state)
{
	if (r->view && (r->pid || r->tid || r->save || r->save_view))
		argp_error(state, "-v shows saved registers, and goes with no process and none of -t, -s, -w");
	if (!r->view && r->file)
		argp_error(state, "-f FILE needs the description of its registers, -v FILE");
	if (!r->view && !r->pid)
		argp_error(state, "no process: name one by its PID, or saved registers with -v and -f");
	if (r->nr_names && (r->view || r->what != WHAT_TEXT || r->save || r->save_view))
		argp_error(state, "names of registers need a process, and exclude -d, -g, -s, -w");
	if (r->view && !r->file && r->what == WHAT_GDB)
		argp_error(state, "-g needs registers, -f FILE");
	if (r->what == WHAT_TEXT && (r->save || r->save_view))
		r->what = WHAT_NOTHING;
}

static error_t parse_opt(int key, char *arg, struct argp_state *state)
{
	struct regs *r = state->input;

	switch (key) {
	case 'a':
		r->all = true;
		break;
	case 'd':
		set_what(r, state, WHAT_DESCRIPTION);
		break;
	case 'g':
		set_what(r, state, WHAT_GDB);
		break;
	case 't':
		r->tid = parse_number("thread id", arg, 1, INT32_MAX);
		break;
	case 's':
		r->save = arg;
		break;
	case 'w':
		r->save_view = arg;
		break;
	case 'v':
		r->view = arg;
		break;
	case 'f':
		r->file = arg;
		break;
	case ARGP_KEY_ARG:
		if (!r->pid) {
			r->pid = parse_number("process id", arg, 1, INT32_MAX);
			break;
		}
		if (isdigit((unsigned char)*arg))
			argp_error(state, "one process at a time");
		r->names[r->nr_names++] = arg;
		r->set |= strchr(arg, '=') != NULL;
		break;
	case ARGP_KEY_END:
		check_usage(r, state);
		break;
	default:
		return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

static const struct argp_option options[] = {
	{ "all", 'a', NULL, 0,
	  "Also registers that are not the program's (traps, keys, limits), or have no value", 0 },
	{ "target-description", 'd', NULL, 0,
	  "Print gdb's target description of the registers", 0 },
	{ "gdb", 'g', NULL, 0, "Print the registers as gdb's \"g\" packet has them", 0 },
	{ "thread", 't', "TID", 0, "Only this thread of the process", 0 },
	{ "save", 's', "FILE", 0, "Write the register file of the thread to FILE", 0 },
	{ "save-view", 'w', "FILE", 0, "Write the description of the registers to FILE", 0 },
	{ "view", 'v', "FILE", 0,
	  "Show what is described in FILE, of whatever architecture; with -f, registers", 0 },
	{ "file", 'f', "FILE", 0, "Show the registers that were saved to FILE", 0 },
	{ 0 }
};

static const struct argp argp = {
	.options	= options,
	.parser		= parse_opt,
	.args_doc	= "PID [NAME[=VALUE]...]\n-v FILE [-f FILE]",
	.doc		= "Show the registers of a process, of each thread, or saved ones; or set some.\v"
			  "Each thread is held while its registers are read or set. With -d, -g, -s, -w and NAME=VALUE it is one thread: the process's first, or that of -t. Either all values are set, or none.",
};

int cmd_regs(int argc, char **argv)
{
	struct regs r = { 0 };
	bool good;

	r.names = calloc(argc, sizeof(*r.names));
	if (!r.names)
		return !complain("cannot read the command line: %s", strerror(ENOMEM));
	argp_program_version = "utrace " UTRACE_VERSION;
	argp_parse(&argp, argc, argv, 0, NULL, &r);
	good = r.view ? show_saved(&r) : show_process(&r);
	utrace_close(r.session);
	free(r.names);
	if (fflush(stdout) || ferror(stdout))
		good = complain("cannot write to standard output: %s", strerror(errno));
	return good ? 0 : 1;
}
