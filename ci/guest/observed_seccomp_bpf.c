// SPDX-License-Identifier: GPL-2.0-only
/*
 * The stock kernel's own test of seccomp, on threads that are all observed by an
 * engine of all events: an observer changes nothing, so that every test passes.
 */
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#define OBSERVER	"/dev/utrace_observer"
#define PROGRAM		"/bin/seccomp_bpf"

int main(int argc, char **argv)
{
	(void)argc;
	/* It observes from here on, as long as this process and its children live. */
	if (open(OBSERVER, O_RDONLY | O_CLOEXEC) < 0) {
		perror(OBSERVER);
		return 1;
	}
	execv(PROGRAM, argv);
	perror(PROGRAM);
	return 1;
}
