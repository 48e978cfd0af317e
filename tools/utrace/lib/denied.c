// SPDX-License-Identifier: LGPL-2.1
/*
 * libutrace: why the kernel refused to attach, as far as /proc tells
 *
 * The kernel has one error, EPERM, for all reasons.  utrace_why_denied() looks for them
 * in the order of utrace_session_may_attach() in kernel/utrace/session/access.c.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/capability.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "internal.h"

#define KTHREAD	0x00200000	/* PF_KTHREAD of the kernel's <linux/sched.h> */

/* What /proc/PID/status says of a process or thread. */
struct status {
	pid_t parent;
	unsigned int uid[3], gid[3];		/* real, effective, saved */
	unsigned long long effective;		/* capabilities */
	unsigned int seccomp;			/* mode; 0: none */
	uid_t owner;				/* of the file in /proc */
};

static FILE *open_proc(const char *proc, const char *who, const char *file)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/%s/%s", proc, who, file);
	return fopen(path, "re");
}

static bool read_status(const char *proc, const char *who, struct status *st)
{
	FILE *f = open_proc(proc, who, "status");
	unsigned int found = 0;
	struct stat file;
	char line[256];

	memset(st, 0, sizeof(*st));
	if (!f)
		return false;
	if (!fstat(fileno(f), &file))
		st->owner = file.st_uid;
	while (fgets(line, sizeof(line), f))
		found += sscanf(line, "PPid: %d", &st->parent) == 1 ||
			 sscanf(line, "Uid: %u %u %u", &st->uid[0], &st->uid[1],
				&st->uid[2]) == 3 ||
			 sscanf(line, "Gid: %u %u %u", &st->gid[0], &st->gid[1],
				&st->gid[2]) == 3 ||
			 sscanf(line, "CapEff: %llx", &st->effective) == 1 ||
			 sscanf(line, "Seccomp: %u", &st->seccomp) == 1;
	fclose(f);
	/* A kernel without CONFIG_SECCOMP has no such line. */
	return found >= 4;
}

/* Field 9 of /proc/PID/stat has PF_KTHREAD set in kernel threads. */
static bool is_kernel_thread(const char *proc, const char *who)
{
	FILE *f = open_proc(proc, who, "stat");
	unsigned int flags = 0;
	char line[512];
	char *p;

	if (!f)
		return false;
	p = fgets(line, sizeof(line), f);
	fclose(f);
	/* The name may hold anything, so start after its last parenthesis. */
	p = p ? strrchr(p, ')') : NULL;
	return p && sscanf(p + 1, " %*c %*d %*d %*d %*d %*d %u", &flags) == 1 &&
	       (flags & KTHREAD);
}

/* The value of a sysctl of the kernel; -1 if the kernel does not have it. */
static int kernel_sysctl(const char *proc, const char *name)
{
	FILE *f = open_proc(proc, "sys/kernel", name);
	int value = -1;

	if (!f)
		return -1;
	if (fscanf(f, "%d", &value) != 1)
		value = -1;
	fclose(f);
	return value;
}

/* Is this process the parent of @pid, or of an ancestor of @pid? */
static bool is_descendant(const char *proc, pid_t pid)
{
	struct status st;
	char who[16];

	while (pid > 1) {
		snprintf(who, sizeof(who), "%d", (int)pid);
		if (!read_status(proc, who, &st))
			return false;
		pid = st.parent;
		if (pid == getpid())
			return true;
	}
	return false;
}

static bool all_are(const unsigned int ids[3], unsigned int id)
{
	return ids[0] == id && ids[1] == id && ids[2] == id;
}

const char *utrace_why_denied(const char *proc, pid_t pid)
{
	/* The answer if none of the reasons that /proc tells of applies. */
	static const char unknown[] = "a security module forbids it, or the tracer lacks CAP_SYS_PTRACE in its user namespace";
	struct status self, target;
	char who[16];
	bool capable;
	int sysctl;

	if (pid == getpid())
		return "a tracer cannot attach to itself";
	snprintf(who, sizeof(who), "%d", (int)pid);
	if (is_kernel_thread(proc, who))
		return "it is a kernel thread";

	if (!read_status(proc, "thread-self", &self))
		return unknown;
	capable = self.effective >> CAP_SYS_PTRACE & 1;
	sysctl = kernel_sysctl(proc, "utrace/unprivileged");
	if (!capable && sysctl == 0)
		return "kernel.utrace.unprivileged is 0 (need CAP_SYS_PTRACE)";
	if (!capable && sysctl == 1 && self.seccomp)
		return "the tracer is under seccomp (need CAP_SYS_PTRACE, or kernel.utrace.unprivileged=2)";

	if (!read_status(proc, who, &target))
		return unknown;
	if (!capable && target.uid[0] != self.uid[0])
		return "it belongs to another user (need CAP_SYS_PTRACE)";
	if (!capable && !(all_are(target.uid, self.uid[0]) &&
			  all_are(target.gid, self.gid[0])))
		return "it has the rights of another user or group (need CAP_SYS_PTRACE)";
	/* The files of a process that is not dumpable belong to root. */
	if (!capable && target.owner != target.uid[1])
		return "it is not dumpable, see prctl(2) (need CAP_SYS_PTRACE)";

	sysctl = kernel_sysctl(proc, "yama/ptrace_scope");
	if (sysctl == 3)
		return "kernel.yama.ptrace_scope is 3, which lets nobody attach";
	if (!capable && sysctl == 2)
		return "kernel.yama.ptrace_scope is 2 (need CAP_SYS_PTRACE)";
	if (!capable && sysctl == 1 && !is_descendant(proc, pid))
		return "kernel.yama.ptrace_scope is 1, and it is no descendant of the tracer (need CAP_SYS_PTRACE)";
	return unknown;
}

pid_t utrace_pidfd_pid(const char *proc, int pidfd)
{
	char who[16], line[256];
	pid_t pid = 0;
	FILE *f;

	snprintf(who, sizeof(who), "%d", pidfd);
	f = open_proc(proc, "self/fdinfo", who);
	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, "Pid: %d", &pid) == 1)
			break;
	if (f)
		fclose(f);
	return pid;
}
