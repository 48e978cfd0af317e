// SPDX-License-Identifier: GPL-2.0-only
/*
 * A program of several hundred instructions is stepped from end to end, and where
 * that leads to is compared with what an emulation of user mode has logged
 * (ci/steps/generate).  Not one difference is allowed.
 *
 * Engines step it, by /dev/utrace_probe: a session cannot yet.
 */
#include <inttypes.h>

#include "utrace_testlib.h"

#include "../../../../kunit/utrace_probe.h"

#define DIR		"/steps"
#define PROGRAM		DIR "/program"

/* Up to two of what the program is stepped by at the same time. */
struct stepping {
	unsigned int nr;
	struct {
		unsigned int what;
		const char *expected;
		int fd;
	} engines[2];
};

/* Of a file of the generator's: where it should be, and perhaps stay for a while. */
struct pc {
	uint64_t pc;
	bool stays;
};

static unsigned int expected_pcs(const char *name, struct pc *pcs)
{
	FILE *f = fopen(name, "r");
	unsigned int nr = 0;

	while (f && nr < UTRACE_PROBE_PCS_MAX &&
	       fscanf(f, "%" SCNx64, &pcs[nr].pc) == 1)
		pcs[nr++].stays = getc(f) == '+';
	if (f)
		fclose(f);
	return nr;
}

/* Differences between where the steps led to and where they should have. */
static unsigned int compare_pcs(int fd, const char *name)
{
	static uint64_t seen[UTRACE_PROBE_PCS_MAX];
	static struct pc pcs[UTRACE_PROBE_PCS_MAX];
	unsigned int i, j = 0, nr_seen = 0, wrong = 0;
	unsigned int nr = expected_pcs(name, pcs);
	ssize_t n;

	while ((n = read(fd, (char *)seen + nr_seen,
			 sizeof(seen) - nr_seen)) > 0)
		nr_seen += n;
	nr_seen /= sizeof(*seen);
	for (i = 0; i < nr || j < nr_seen; i++, j++) {
		if (i >= nr || j >= nr_seen || pcs[i].pc != seen[j]) {
			if (wrong++ < 5)
				ut_log("step %u leads to %llx, not to %llx", j,
				       j < nr_seen ? (unsigned long long)seen[j] : 0,
				       i < nr ? (unsigned long long)pcs[i].pc : 0);
			continue;
		}
		while (pcs[i].stays && j + 1 < nr_seen && seen[j + 1] == seen[j])
			j++;
	}
	ut_log("%u steps, %u instructions expected, %u differences", nr_seen, nr, wrong);
	return nr ? wrong : 1;
}

/* The program's status, or -EOPNOTSUPP, ... */
static int run_stepped(struct stepping *s)
{
	unsigned int i;
	int status;
	pid_t pid;

	for (i = 0; i < s->nr; i++) {
		s->engines[i].fd = open(UTRACE_PROBE_DEVICE, O_RDWR | O_CLOEXEC);
		if (s->engines[i].fd < 0)
			return -errno;
	}
	pid = fork();
	if (!pid) {
		for (i = 0; i < s->nr; i++) {
			struct utrace_probe_attach a = {
				.engines = 1, .what = s->engines[i].what
			};

			if (ioctl(s->engines[i].fd, UTRACE_PROBE_ATTACH, &a))
				_exit(errno == EOPNOTSUPP ? 101 : 102);
		}
		execl(PROGRAM, PROGRAM, NULL);
		_exit(103);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		return -errno;
	if (WIFEXITED(status) && WEXITSTATUS(status) == 101)
		return -EOPNOTSUPP;
	return status;
}

FIXTURE(steps) {
	struct stepping s;
};

FIXTURE_VARIANT(steps) {
	struct stepping s;
};

#define BY_STEPS	{ UTRACE_PROBE_STEPS, DIR "/pcs", -1 }
#define BY_BLOCKS	{ UTRACE_PROBE_BLOCKS, DIR "/blocks", -1 }

FIXTURE_VARIANT_ADD(steps, single) {
	.s = { 1, { BY_STEPS } },
};

FIXTURE_VARIANT_ADD(steps, block) {
	.s = { 1, { BY_BLOCKS } },
};

FIXTURE_VARIANT_ADD(steps, single_and_block) {
	.s = { 2, { BY_STEPS, BY_BLOCKS } },
};

FIXTURE_VARIANT_ADD(steps, block_and_block) {
	.s = { 2, { BY_BLOCKS, BY_BLOCKS } },
};

FIXTURE_SETUP(steps)
{
	self->s = variant->s;
}

FIXTURE_TEARDOWN(steps)
{
}

TEST_F(steps, lead_where_the_processor_was)
{
	unsigned int i;
	int status;

	if (access(DIR, F_OK))
		SKIP(return, "no program was made for this machine");
	status = run_stepped(&self->s);
	if (status == -EOPNOTSUPP)
		SKIP(return, "no single-step on this machine");
	ASSERT_EQ(0, status);
	for (i = 0; i < self->s.nr; i++)
		EXPECT_EQ(0, compare_pcs(self->s.engines[i].fd,
					 self->s.engines[i].expected));
}

TEST_HARNESS_MAIN
