// SPDX-License-Identifier: GPL-2.0-only
/* The words of libutrace for an attach that the kernel refuses, from a /proc made up here */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "../lib/internal.h"
#include "tap.h"

#define TARGET	4194303		/* above every pid */
#define MIDDLE	4194302
#define PTRACE	(1ull << 19)	/* CAP_SYS_PTRACE */
#define UNKNOWN	"a security module forbids it, or the tracer lacks CAP_SYS_PTRACE in its user namespace"

static char proc[] = "/tmp/test_denied.XXXXXX";

__attribute__((format(printf, 2, 3)))
static void put(const char *name, const char *fmt, ...)
{
	char path[256], *slash;
	va_list ap;
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", proc, name);
	for (slash = path + strlen(proc) + 1; (slash = strchr(slash, '/')); slash++) {
		*slash = '\0';
		if (mkdir(path, 0755) && errno != EEXIST)
			perror(path);
		*slash = '/';
	}
	f = fopen(path, "w");
	if (!f) {
		perror(path);
		exit(1);
	}
	va_start(ap, fmt);
	vfprintf(f, fmt, ap);
	va_end(ap);
	fclose(f);
}

static void put_status(const char *who, int parent, unsigned int uid, unsigned int euid,
		       unsigned int gid, unsigned long long caps, unsigned int seccomp)
{
	char name[64];

	snprintf(name, sizeof(name), "%s/status", who);
	put(name, "Name:\tx\nPPid:\t%d\nUid:\t%u\t%u\t%u\t%u\nGid:\t%u\t%u\t%u\t%u\n"
	    "CapEff:\t%016llx\nSeccomp:\t%u\nSeccomp_filters:\t7\n", parent, uid, euid, euid,
	    euid, gid, gid, gid, gid, caps, seccomp);
}

static void put_self(unsigned long long caps, unsigned int seccomp)
{
	put_status("thread-self", 1, getuid(), getuid(), getgid(), caps, seccomp);
}

static void put_target(unsigned int uid, unsigned int euid, unsigned int gid)
{
	put_status("4194303", MIDDLE, uid, euid, gid, 0, 0);
	put("4194303/stat", "4194303 (a) 9 (b) S 1 1 1 0 -1 4194304 0\n");
}

static void put_ours(void)
{
	put_target(getuid(), getuid(), getgid());
}

#define DENIED(why, what)	is(utrace_why_denied(proc, TARGET), why, what)

int main(void)
{
	char path[256];
	int fd;

	if (!mkdtemp(proc)) {
		perror(proc);
		return 1;
	}
	is(utrace_why_denied(proc, getpid()), "a tracer cannot attach to itself", "itself");
	DENIED(UNKNOWN, "without /proc");

	/* kernel.utrace.unprivileged */
	put_ours();
	put_status("4194302", 1, getuid(), getuid(), getgid(), 0, 0);
	put_self(0, 0);
	DENIED(UNKNOWN, "nothing to be seen");
	put("sys/kernel/utrace/unprivileged", "0\n");
	DENIED("kernel.utrace.unprivileged is 0 (need CAP_SYS_PTRACE)", "unprivileged=0");
	put_self(PTRACE, 2);
	DENIED(UNKNOWN, "unprivileged=0 with the capability");
	put("sys/kernel/utrace/unprivileged", "1\n");
	DENIED(UNKNOWN, "unprivileged=1 under seccomp with the capability");
	put_self(~PTRACE, 0);
	DENIED(UNKNOWN, "unprivileged=1 without seccomp");
	put_self(~PTRACE, 2);
	DENIED("the tracer is under seccomp (need CAP_SYS_PTRACE, or kernel.utrace.unprivileged=2)",
	       "unprivileged=1 under seccomp");
	is(utrace_why_denied(proc, 0),
	   "the tracer is under seccomp (need CAP_SYS_PTRACE, or kernel.utrace.unprivileged=2)",
	   "and for a process whose id is not known");
	put("sys/kernel/utrace/unprivileged", "2\n");
	DENIED(UNKNOWN, "unprivileged=2 under seccomp");

	/* what ptrace asks for */
	put_target(getuid() + 1, getuid() + 1, getgid());
	DENIED("it belongs to another user (need CAP_SYS_PTRACE)", "another user");
	put_target(getuid(), getuid() + 1, getgid());
	DENIED("it has the rights of another user or group (need CAP_SYS_PTRACE)", "set-uid");
	put_target(getuid(), getuid(), getgid() + 1);
	DENIED("it has the rights of another user or group (need CAP_SYS_PTRACE)", "another group");
	put_self(PTRACE, 0);
	DENIED(UNKNOWN, "another group with the capability");
	put_self(0, 0);
	put_ours();
	snprintf(path, sizeof(path), "%s/4194303/status", proc);
	if (!chown(path, getuid() + 1, -1))
		DENIED("it is not dumpable, see prctl(2) (need CAP_SYS_PTRACE)", "not dumpable");
	if (chown(path, getuid(), -1))
		perror(path);
	put("4194303/stat", "4194303 (a) 9 (b) S 1 1 1 0 -1 %d 0\n", 0x00200000);
	DENIED("it is a kernel thread", "a kernel thread");
	put_ours();

	/* Yama */
	put("sys/kernel/yama/ptrace_scope", "0\n");
	DENIED(UNKNOWN, "ptrace_scope=0");
	put("sys/kernel/yama/ptrace_scope", "1\n");
	DENIED("kernel.yama.ptrace_scope is 1, and it is no descendant of the tracer (need CAP_SYS_PTRACE)",
	       "ptrace_scope=1");
	put_status("4194302", getpid(), getuid(), getuid(), getgid(), 0, 0);
	DENIED(UNKNOWN, "ptrace_scope=1, a descendant");
	put("sys/kernel/yama/ptrace_scope", "2\n");
	DENIED("kernel.yama.ptrace_scope is 2 (need CAP_SYS_PTRACE)", "ptrace_scope=2");
	put_self(PTRACE, 0);
	DENIED(UNKNOWN, "ptrace_scope=2 with the capability");
	put("sys/kernel/yama/ptrace_scope", "3\n");
	DENIED("kernel.yama.ptrace_scope is 3, which lets nobody attach", "ptrace_scope=3");

	/* the process of a pidfd, in the real /proc */
	fd = syscall(SYS_pidfd_open, getpid(), 0);
	if (fd >= 0)
		ok(utrace_pidfd_pid("/proc", fd) == getpid(), "a pidfd's process");
	ok(!utrace_pidfd_pid("/proc", -1), "no pidfd");

	snprintf(path, sizeof(path), "rm -rf %s", proc);
	return system(path) ? 1 : tap_done();
}
