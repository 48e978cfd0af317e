// SPDX-License-Identifier: GPL-2.0-only
/* count PID SECONDS: count the system calls of a process in the kernel */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <libutrace.h>

#define CALLS	1024

int main(int argc, char **argv)
{
	static struct utrace_count counts[CALLS];
	struct utrace_table *table;
	struct utrace_session *s;
	struct utrace_info info;
	int i;

	if (argc != 3)
		errx(1, "usage: count PID SECONDS");
	s = utrace_open(0);
	if (!s)
		errx(1, "%s", utrace_error(NULL));
	if (utrace_info(s, &info) < 0)
		errx(1, "%s", utrace_error(s));

	/* Counting needs no records, and so no utrace_config(). */
	table = utrace_table_new(info.arch);
	if (!table)
		errx(1, "%s", utrace_error(NULL));
	utrace_table_set_all(table, UTRACE_SC_COUNT);
	if (utrace_table_load(s, table) < 0)
		errx(1, "%s", utrace_error(s));
	utrace_table_free(table);

	if (utrace_attach_pid(s, atoi(argv[1]), NULL) < 0)
		errx(1, "%s", utrace_error(s));
	sleep(atoi(argv[2]));

	if (utrace_counts(s, info.arch, 0, counts, CALLS) < 0)
		errx(1, "%s", utrace_error(s));
	printf("%6s %10s %10s %12s %12s\n", "call", "calls", "errors", "ns", "longest");
	for (i = 0; i < CALLS; i++)
		if (counts[i].calls)
			printf("%6d %10llu %10llu %12llu %12llu\n", i,
			       (unsigned long long)counts[i].calls,
			       (unsigned long long)counts[i].errors,
			       (unsigned long long)counts[i].time,
			       (unsigned long long)counts[i].time_max);
	utrace_close(s);
	return 0;
}
