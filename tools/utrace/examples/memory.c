// SPDX-License-Identifier: GPL-2.0-only
/* memory PID: print the environment of a process, from its memory in two system calls */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <libutrace.h>

#define PIECES	64
#define PIECE	512

/* Where the environment begins and ends: fields 50 and 51 of /proc/PID/stat */
static void find_environment(const char *pid, unsigned long long *start,
			     unsigned long long *end)
{
	char path[64], line[4096], *p;
	FILE *f;
	int i;

	snprintf(path, sizeof(path), "/proc/%s/stat", pid);
	f = fopen(path, "re");
	if (!f || !fgets(line, sizeof(line), f))
		err(1, "%s", path);
	fclose(f);
	p = strrchr(line, ')');
	for (i = 2; p && i < 50; i++)
		p = strchr(p + 1, ' ');
	if (!p || sscanf(p, "%llu %llu", start, end) != 2)
		errx(1, "%s is not as expected", path);
}

int main(int argc, char **argv)
{
	static char data[PIECES][PIECE];
	struct utrace_seg segs[PIECES] = { 0 };
	struct utrace_attach attach = { 0 };
	unsigned long long start, end;
	struct utrace_session *s;
	unsigned int i, nr;

	if (argc != 2)
		errx(1, "usage: memory PID");
	find_environment(argv[1], &start, &end);
	s = utrace_open(0);
	if (!s)
		errx(1, "%s", utrace_error(NULL));
	if (utrace_attach_pid(s, atoi(argv[1]), &attach) < 0)
		errx(1, "%s", utrace_error(s));

	/* Many pieces in one system call, and the process runs on. */
	for (nr = 0; nr < PIECES && start < end; nr++, start += PIECE) {
		segs[nr].addr = start;
		segs[nr].buffer = (uintptr_t)data[nr];
		segs[nr].len = end - start < PIECE ? end - start : PIECE;
	}
	if (utrace_mem_readv(s, attach.thread, segs, nr) < 0)
		errx(1, "%s", utrace_error(s));
	for (i = 0; i < nr; i++) {
		unsigned long long n;

		for (n = 0; n < segs[i].done; n++)
			putchar(data[i][n] ? data[i][n] : '\n');
		if (segs[i].error)
			warnx("%#llx: %s", (unsigned long long)segs[i].addr,
			      strerror(segs[i].error));
	}
	utrace_close(s);
	return 0;
}
