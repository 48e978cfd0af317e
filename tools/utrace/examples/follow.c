// SPDX-License-Identifier: GPL-2.0-only
/* follow COMMAND [ARGUMENT...]: print what a program and its children do */
#include <err.h>
#include <stdio.h>
#include <sys/wait.h>
#include <libutrace.h>

static void show(const struct utrace_record *rec)
{
	const struct utrace_rec_syscall *sc = utrace_rec_syscall(rec);
	const struct utrace_rec_clone *clone = utrace_rec_clone(rec);
	const struct utrace_rec_exec *exec = utrace_rec_exec(rec);
	const struct utrace_rec_exit *ex = utrace_rec_exit(rec);

	if (sc && rec->type == UTRACE_EV_SYSCALL)
		printf("%d: system call %lld(%#llx, ...) = %lld, %llu ns\n", rec->tid,
		       (long long)sc->nr, (unsigned long long)sc->args[0],
		       (long long)sc->result,
		       (unsigned long long)(rec->time - sc->entry_time));
	else if (clone)
		printf("%d: creates %d\n", rec->tid, clone->child_tid);
	else if (exec)
		printf("%d: executes %.16s\n", rec->tid, exec->comm);
	else if (ex && rec->type == UTRACE_EV_DEATH)
		printf("%d: ends with wait status %#x\n", rec->tid, ex->status);
}

int main(int argc, char **argv)
{
	struct utrace_config config = {
		.record = UTRACE_EV_BIT(UTRACE_EV_SYSCALL) |
			  UTRACE_EV_BIT(UTRACE_EV_CLONE) |
			  UTRACE_EV_BIT(UTRACE_EV_EXEC) |
			  UTRACE_EV_BIT(UTRACE_EV_DEATH),
	};
	struct utrace_attach attach = { .flags = UTRACE_ATTACH_CHILDREN };
	const struct utrace_record *rec;
	struct utrace_session *s;
	struct utrace_child *child;
	int ret;

	if (argc < 2)
		errx(1, "usage: follow COMMAND [ARGUMENT...]");
	s = utrace_open(0);
	if (!s)
		errx(1, "%s", utrace_error(NULL));
	if (utrace_config(s, &config) < 0)
		errx(1, "%s", utrace_error(s));

	/* The process waits for utrace_child_start(), and then executes the program. */
	child = utrace_spawn(s, argv[1], argv + 1, NULL, NULL, &attach);
	if (!child)
		errx(1, "%s", utrace_error(s));
	utrace_child_start(child);

	/* 0: all threads are gone. */
	while ((ret = utrace_next(s, &rec)) > 0)
		show(rec);
	if (ret < 0)
		errx(1, "%s", utrace_error(s));
	waitpid(utrace_child_pid(child), NULL, 0);
	utrace_child_free(child);
	utrace_close(s);
	return 0;
}
