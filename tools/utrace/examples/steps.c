// SPDX-License-Identifier: GPL-2.0-only
/* steps NUMBER COMMAND [ARGUMENT...]: print the first instructions of a program */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <libutrace.h>

/* Print where the thread is held, and let it execute one instruction. */
static void step(struct utrace_session *s, const struct utrace_record *rec)
{
	uint64_t thread = rec->thread, stop = rec->seq, pc;

	if (!utrace_record_role(rec, UTRACE_ROLE_PC, &pc))
		printf("%#llx\n", (unsigned long long)pc);
	if (utrace_step(s, thread, stop) < 0)
		errx(1, "%s", utrace_error(s));
}

int main(int argc, char **argv)
{
	struct utrace_config config = {
		/* A new program is held before its first instruction. */
		.hold = UTRACE_EV_BIT(UTRACE_EV_EXEC),
		/* The record of a stop says where it is, so that nobody has to ask. */
		.roles = UTRACE_ROLE_BIT(UTRACE_ROLE_PC),
	};
	const struct utrace_record *rec;
	struct utrace_session *s;
	struct utrace_child *child;
	long left;
	int ret;

	if (argc < 3)
		errx(1, "usage: steps NUMBER COMMAND [ARGUMENT...]");
	left = atol(argv[1]);
	s = utrace_open(0);
	if (!s)
		errx(1, "%s", utrace_error(NULL));
	if (utrace_config(s, &config) < 0)
		errx(1, "%s", utrace_error(s));
	child = utrace_spawn(s, argv[2], argv + 2, NULL, NULL, NULL);
	if (!child)
		errx(1, "%s", utrace_error(s));
	utrace_child_start(child);

	while ((ret = utrace_next(s, &rec)) > 0) {
		if (!(rec->flags & UTRACE_RECF_HELD))
			continue;
		if (left-- > 0)
			step(s, rec);
		else if (utrace_detach(s, 0) < 0)
			errx(1, "%s", utrace_error(s));
	}
	if (ret < 0)
		errx(1, "%s", utrace_error(s));
	waitpid(utrace_child_pid(child), NULL, 0);
	utrace_child_free(child);
	utrace_close(s);
	return 0;
}
