/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the programs that count instructions share
 *
 * Under QEMU's -icount shift=0 the guest's clock advances one nanosecond per
 * instruction.  Each loop runs in many short rounds, and the mean of those between the
 * cheapest fifth and the dearer half is what it costs.  loops.c says why.
 */
#ifndef BENCH_MEASURE_H
#define BENCH_MEASURE_H

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))
#define MAX_ROUNDS	800

struct loop {
	const char *name;
	void (*once)(void);
	int iterations, rounds;
};

static inline void die(const char *what)
{
	perror(what);
	exit(1);
}

static inline long long now(void)
{
	struct timespec ts;

	if (clock_gettime(CLOCK_MONOTONIC_RAW, &ts))
		die("clock_gettime");
	return ts.tv_sec * 1000000000LL + ts.tv_nsec;
}

static inline int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* What one iteration costs, see above. */
static inline double measure(const struct loop *loop, void (*prepare)(void))
{
	const int from = loop->rounds / 5, to = loop->rounds / 2;
	double each[MAX_ROUNDS], sum = 0;

	/* The first round warms the page cache and the allocators. */
	for (int round = 0; round <= loop->rounds; round++) {
		long long start;

		if (prepare)
			prepare();
		/* What a fork leaves to be done later is none of this loop's. */
		for (int i = 0; i < loop->iterations / 8; i++)
			loop->once();
		start = now();
		for (int i = 0; i < loop->iterations; i++)
			loop->once();
		if (round)
			each[round - 1] = (double)(now() - start) / loop->iterations;
	}
	qsort(each, loop->rounds, sizeof(each[0]), compare);
	for (int i = from; i < to; i++)
		sum += each[i];
	return sum / (to - from);
}

static inline void report(const char *name, double value)
{
	printf("bench %s %.3f\n", name, value);
	fflush(stdout);
}

#endif /* BENCH_MEASURE_H */
