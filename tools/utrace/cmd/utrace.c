// SPDX-License-Identifier: GPL-2.0-only
/*
 * utrace - the command: finds the subcommand and hands over to it
 */
#include <argp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "utrace.h"

static const struct command {
	const char *name;
	char *full_name;
	int (*run)(int argc, char **argv);
	const char *does;
} commands[] = {
	{ "trace", "utrace trace", cmd_trace,
	  "show the system calls of programs while they run" },
	{ "regs", "utrace regs", cmd_regs,
	  "show the registers of a process, or saved ones" },
};

#define N_COMMANDS (sizeof(commands) / sizeof(commands[0]))

static const struct command *find(const char *name)
{
	size_t i;

	for (i = 0; i < N_COMMANDS; i++)
		if (!strcmp(commands[i].name, name))
			return &commands[i];
	return NULL;
}

static void help(FILE *f)
{
	size_t i;

	fprintf(f, "Usage: utrace COMMAND [ARGUMENT...]\n\n"
		   "Traces programs through /dev/utrace: any number of tracers per program,\n"
		   "without signals, reparenting or ptrace.\n\nCommands:\n");
	for (i = 0; i < N_COMMANDS; i++)
		fprintf(f, "  %-12s %s\n", commands[i].name, commands[i].does);
	fprintf(f, "  %-12s %s\n\n"
		   "Options:\n"
		   "  -?, --help     this list\n"
		   "  -V, --version  the program's version\n\n"
		   "'utrace help COMMAND' and 'utrace COMMAND --help' tell more.\n",
		"help", "this list, or a command's options");
}

static int done(void)
{
	if (fflush(stdout) || ferror(stdout)) {
		perror("utrace: cannot write to standard output");
		return 1;
	}
	return 0;
}

int main(int argc, char **argv)
{
	const struct command *c;
	const char *name = argc > 1 ? argv[1] : NULL;

	/* mistakes on the command line end like any other failure */
	argp_err_exit_status = 1;

	if (!name) {
		help(stderr);
		return 1;
	}
	if (!strcmp(name, "-V") || !strcmp(name, "--version")) {
		puts("utrace " UTRACE_VERSION);
		return done();
	}
	if (!strcmp(name, "help") && argc > 2) {
		static char opt[] = "--help";
		char *args[] = { NULL, opt, NULL };

		c = find(argv[2]);
		if (c) {
			args[0] = c->full_name;
			return c->run(2, args);
		}
		name = argv[2];
	} else if (!strcmp(name, "help") || !strcmp(name, "-?") ||
		   !strcmp(name, "-h") || !strcmp(name, "--help")) {
		help(stdout);
		return done();
	} else {
		c = find(name);
		if (c) {
			argv[1] = c->full_name;
			return c->run(argc - 1, argv + 1);
		}
	}
	fprintf(stderr, "utrace: no command '%s'; 'utrace help' lists them\n",
		name);
	return 1;
}
