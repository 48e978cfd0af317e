// SPDX-License-Identifier: GPL-2.0-only
/*
 * utrace trace - system calls as lines of text, in strace's form
 *
 * The kernel records, nobody is stopped: this program reads the records in the
 * order in which they happened and prints them.  There is one record of each call, at its
 * exit.  A call that sleeps has one of its entry, too: its line is begun, and shows where
 * the program waits.  A line that another thread interrupts ends in "<unfinished ...>" and
 * is taken up again later.
 */
#define _GNU_SOURCE
#include <argp.h>
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "decode.h"
#include "libutrace.h"
#include "syscalls.h"
#include "util.h"
#include "utrace.h"

#define RECORDS_PER_TURN	256	/* between two looks at signals */

/*
 * A full queue holds the traced threads until it is read.  The kernel's 1 MiB is full
 * after some 5,000 records, which a busy process makes while a terminal scrolls.
 */
#define QUEUE_BYTES		(32u << 20)

/* A thread that the session follows, by its cookie. */
struct thread {
	struct thread *next;
	uint64_t cookie;
	int pid;
	int tid;
	bool hidden;		/* COMMAND's, before its execve */
	bool in_call;		/* entry seen, exit not */
	bool stuck;		/* ... and the exit will not be: the entry was not either */
	unsigned int printed;	/* how many arguments of the call are printed */
	struct utrace_rec_syscall call;	/* the entry, without items */

	/*
	 * A leader that dies before other threads of its process is a zombie until the
	 * last one dies, or until one of them executes a program and takes its id.  Only
	 * then is it known what to say about its end.
	 */
	bool zombie;
	bool status_known;	/* by the thread that ended the process */
	int status;
	bool superseded;	/* has lost its id; its death is not printed */
};

#define BUCKETS	1024

struct tracer {
	/* what was asked for */
	bool follow;
	bool pid_column;	/* -o with more than one thread */
	unsigned int quiet;
	unsigned int column;	/* of " = " */
	struct decode_opts decode;
	const char *set_text;
	struct sc_set set;
	const char *machine;
	const char *out_name;
	int *pids;		/* of -p; first those that could be attached to */
	unsigned int nr_pids;
	unsigned int nr_attached;
	char **command;

	struct utrace_session *session;
	FILE *out;
	struct text line;	/* since the last newline */
	size_t shown;		/* bytes of it that @out has */
	struct thread *threads[BUCKETS];
	unsigned int nr_threads;
	struct thread *current;	/* whose line is not complete */
	struct utrace_child *child;
	pid_t child_pid;
	uint64_t child_cookie;
	bool child_stopped;
	struct utrace_signals *signals;	/* as this program was started with */
	bool out_broken;
	int failed;
};

static volatile sig_atomic_t interrupted, stop_asked, child_changed;

static void on_end_signal(int sig)
{
	interrupted = sig;
}

static void on_stop_signal(int sig)
{
	(void)sig;
	stop_asked = 1;
}

static void on_child_signal(int sig)
{
	(void)sig;
	child_changed = 1;
}

/* --- output ------------------------------------------------------------- */

static void show_line(struct tracer *t)
{
	if (t->line.len == t->shown)
		return;
	fwrite(t->line.p + t->shown, 1, t->line.len - t->shown, t->out);
	t->shown = t->line.len;
}

static void newline(struct tracer *t)
{
	text_add(&t->line, "\n", 1);
	show_line(t);
	t->line.len = 0;
	t->shown = 0;
	t->current = NULL;
}

/* Another one wants to write: close the line that is being written. */
static void interrupt_line(struct tracer *t)
{
	if (!t->current)
		return;
	text_str(&t->line, " <unfinished ...>");
	newline(t);
}

static void begin_line(struct tracer *t, const struct thread *th)
{
	interrupt_line(t);
	if (t->out_name) {
		if (t->nr_threads > 1)
			t->pid_column = true;
		if (t->pid_column)
			text_fmt(&t->line, "%-5d ", th->tid);
	} else if (t->nr_threads > 1) {
		text_fmt(&t->line, "[pid %5d] ", th->tid);
	}
}

static void put_equals(struct tracer *t)
{
	do {
		text_add(&t->line, " ", 1);
	} while (t->line.len < t->column);
	text_str(&t->line, "= ");
}

/*
 * Hand everything over, an incomplete line too: it says where the program
 * waits.  False if the output takes no more.
 */
static bool flush(struct tracer *t)
{
	show_line(t);
	if (fflush(t->out) || ferror(t->out)) {
		if (!t->out_broken)
			message("cannot write the trace to %s: %s",
				t->out_name ? t->out_name : "standard error",
				strerror(errno));
		t->out_broken = true;
		t->failed = 1;
		return false;
	}
	return true;
}

/* A message about the trace itself, between its lines if both go to stderr. */
__attribute__((format(printf, 2, 3)))
static void notice(struct tracer *t, const char *fmt, ...)
{
	va_list ap;

	if (!t->out_name) {
		interrupt_line(t);
		fflush(t->out);
	}
	va_start(ap, fmt);
	vmessage(fmt, ap);
	va_end(ap);
}

/* --- threads ------------------------------------------------------------ */

static struct thread **find_slot(struct tracer *t, uint64_t cookie)
{
	struct thread **p = &t->threads[cookie % BUCKETS];

	while (*p && (*p)->cookie != cookie)
		p = &(*p)->next;
	return p;
}

/* The leader of process @pid that is not @other, or NULL. */
static struct thread *find_leader(struct tracer *t, int pid,
				  const struct thread *other)
{
	struct thread *th;
	unsigned int i;

	for (i = 0; pid && i < BUCKETS; i++)
		for (th = t->threads[i]; th; th = th->next)
			if (th->pid == pid && th->tid == pid && th != other &&
			    !th->superseded)
				return th;
	return NULL;
}

/* Is another thread of the leader's process alive? */
static bool has_others(struct tracer *t, const struct thread *leader)
{
	struct thread *th;
	unsigned int i;

	for (i = 0; leader->pid && i < BUCKETS; i++)
		for (th = t->threads[i]; th; th = th->next)
			if (th->pid == leader->pid && th != leader &&
			    !th->superseded)
				return true;
	return false;
}

static struct thread *get_thread(struct tracer *t, uint64_t cookie, int pid,
				 int tid)
{
	struct thread **slot = find_slot(t, cookie), *th = *slot;

	if (!th) {
		th = calloc(1, sizeof(*th));
		if (!th)
			refuse("cannot keep track of thread %d: %s", tid,
			       strerror(ENOMEM));
		th->cookie = cookie;
		th->hidden = cookie == t->child_cookie;
		*slot = th;
		t->nr_threads++;
	}
	/* an exec can change it */
	th->pid = pid;
	th->tid = tid;
	return th;
}

static void drop_thread(struct tracer *t, uint64_t cookie)
{
	struct thread **slot = find_slot(t, cookie), *th = *slot;

	if (!th)
		return;
	if (t->current == th)
		interrupt_line(t);
	*slot = th->next;
	if (!th->superseded)
		t->nr_threads--;
	free(th);
}

/* --- records ------------------------------------------------------------ */

/* Is a call that COMMAND's process makes the first one of COMMAND itself? */
static bool begins_command(const struct utrace_rec_syscall *r)
{
	char buf[32];

	return !strncmp(decode_name(r, buf, sizeof(buf)), "execve", 6);
}

/* A call of which no more will be told ends where it is. */
static void leave_stuck(struct tracer *t, struct thread *th)
{
	if (!th->stuck)
		return;
	if (t->current == th)
		interrupt_line(t);
	th->stuck = th->in_call = false;
}

static void on_entry(struct tracer *t, struct thread *th,
		     const struct utrace_rec_syscall *r)
{
	if (th->hidden) {
		if (!begins_command(r))
			return;
		th->hidden = false;
	}
	leave_stuck(t, th);
	begin_line(t, th);
	th->printed = decode_entry(&t->line, r, &t->decode);
	th->in_call = true;
	th->call = *r;
	th->call.head.nr_items = 0;
	t->current = th;
	if (decode_noreturn(r)) {
		decode_rest(&t->line, r, th->printed, &t->decode);
		put_equals(t);
		text_str(&t->line, "?");
		newline(t);
		th->in_call = false;
	}
}

static void on_exit_of_call(struct tracer *t, struct thread *th,
			    const struct utrace_rec_syscall *r)
{
	char buf[32];

	if (th->hidden) {
		if (!begins_command(r))
			return;
		th->hidden = false;
	}
	leave_stuck(t, th);
	if (t->current != th) {
		begin_line(t, th);
		if (th->in_call)
			text_fmt(&t->line, "<... %s resumed>",
				 decode_name(r, buf, sizeof(buf)));
		else
			th->printed = decode_entry(&t->line, r, &t->decode);
	}
	decode_rest(&t->line, r, th->printed, &t->decode);
	put_equals(t);
	decode_result(&t->line, r);
	newline(t);
	th->in_call = false;
}

/* The thread has died, or will die, in a call that will have no result. */
static void end_call(struct tracer *t, struct thread *th)
{
	char buf[32];

	if (!th->in_call)
		return;
	th->stuck = false;
	if (t->current != th) {
		begin_line(t, th);
		text_fmt(&t->line, "<... %s resumed>",
			 decode_name(&th->call, buf, sizeof(buf)));
	}
	text_str(&t->line, decode_all_at_entry(&th->call) ? ")"
							  : " <unfinished ...>)");
	put_equals(t);
	text_str(&t->line, "?");
	newline(t);
	th->in_call = false;
}

static void on_call(struct tracer *t, struct thread *th, const struct utrace_rec_syscall *r)
{
	if (r->head.type == UTRACE_EV_SYSCALL) {
		on_exit_of_call(t, th, r);
		return;
	}
	/* If the entry was told already, it is not told again at the end. */
	if (!th->in_call || th->stuck || !(r->head.flags & UTRACE_RECF_UNFINISHED))
		on_entry(t, th, r);
	if (r->head.flags & UTRACE_RECF_UNFINISHED)
		end_call(t, th);
}

/* Is the call in the set of -e? */
static bool is_wanted(struct tracer *t, uint32_t audit, int64_t nr)
{
	const struct sc_arch *a = sc_find_arch(audit, nr);

	if (!a || strcmp(a->machine, t->machine) || a->offset || nr < 0 || nr >= SC_SET_NR)
		return t->set.others;
	return sc_set_has(&t->set, a - sc_arches, nr);
}

/* The thread may be in a call already, whose exit will not be told. */
static void on_attached(struct tracer *t, struct thread *th,
			const struct utrace_rec_attached *r)
{
	struct utrace_rec_syscall call = {
		.head	= r->head,
		.nr	= r->nr,
		.arch	= r->arch,
		.ip	= r->ip,
		.sp	= r->sp,
	};

	if (!r->arch || th->hidden || th->in_call || !is_wanted(t, r->arch, r->nr))
		return;
	memcpy(call.args, r->args, sizeof(call.args));
	call.head.nr_items = 0;
	begin_line(t, th);
	decode_stuck(&t->line, &call, &t->decode);
	th->printed = UINT_MAX;
	th->in_call = th->stuck = true;
	th->call = call;
	t->current = th;
}

static void on_clone(struct tracer *t, const struct utrace_rec_clone *r)
{
	if (!r->child)
		return;
	get_thread(t, r->child, r->child_pid, r->child_tid);
	if (!t->quiet)
		notice(t, "Process %d attached", r->child_tid);
}

/*
 * An execve() by a thread that is not the leader kills the other threads, the leader
 * among them, and gives the leader's id to the thread.  The leader's own DEATH record
 * may be before or after this one.
 */
static void on_exec(struct tracer *t, struct thread *th,
		    const struct utrace_rec_exec *r)
{
	struct thread *leader;

	th->hidden = false;
	if (r->old_tid == th->tid)
		return;
	leader = find_leader(t, th->pid, th);
	if (!leader)
		return;
	end_call(t, leader);
	leader->superseded = true;
	t->nr_threads--;
	if (t->quiet < 3) {
		begin_line(t, th);
		text_fmt(&t->line, "+++ superseded by execve in pid %d +++",
			 r->old_tid);
		newline(t);
	}
	if (leader->zombie)
		drop_thread(t, leader->cookie);
}

static void end_thread(struct tracer *t, struct thread *th, int status)
{
	char buf[32];

	if (t->quiet < 2 && !th->hidden) {
		begin_line(t, th);
		if (WIFSIGNALED(status))
			text_fmt(&t->line, "+++ killed by %s%s +++",
				 decode_signal(WTERMSIG(status), buf,
					       sizeof(buf)),
				 WCOREDUMP(status) ? " (core dumped)" : "");
		else
			text_fmt(&t->line, "+++ exited with %d +++",
				 WEXITSTATUS(status));
		newline(t);
	}
	drop_thread(t, th->cookie);
}

static void on_death(struct tracer *t, struct thread *th,
		     const struct utrace_rec_exit *r)
{
	struct thread *leader;

	if (th->superseded) {
		drop_thread(t, th->cookie);
		return;
	}
	end_call(t, th);
	leader = th->tid == th->pid ? th : find_leader(t, th->pid, th);
	if (leader && !leader->status_known) {
		leader->status = r->status;
		leader->status_known = r->group_dead;
	}
	if (leader == th)
		th->zombie = true;
	else
		end_thread(t, th, r->status);
	if (leader && leader->zombie && leader->status_known &&
	    !has_others(t, leader))
		end_thread(t, leader, leader->status);
}

/* Tell of leaders whose last thread ended without a record. */
static void end_zombies(struct tracer *t)
{
	struct thread *th, *next;
	unsigned int i;

	for (i = 0; i < BUCKETS; i++) {
		for (th = t->threads[i]; th; th = next) {
			next = th->next;
			if (th->zombie)
				end_thread(t, th, th->status);
		}
	}
}

/* Has an attach to process @pid failed, with a message? */
static bool was_refused(const struct tracer *t, int pid)
{
	unsigned int i;

	/* A process that was named twice is attached once. */
	for (i = 0; i < t->nr_pids; i++)
		if (t->pids[i] == pid)
			return i >= t->nr_attached;
	return false;
}

/*
 * The kernel has detached from a thread.  If an attach fails at a later thread of the
 * process, the earlier ones have such records, too.
 */
static void on_detached(struct tracer *t, struct thread *th,
			const struct utrace_rec_detached *r)
{
	if (was_refused(t, th->pid))
		return;
	notice(t, "Process %d detached: it executed a program that may not be traced: %s",
	       th->tid, strerror(r->error < 0 ? -r->error : r->error));
}

static void on_record(struct tracer *t, const struct utrace_record *rec)
{
	const struct utrace_rec_attached *attached = utrace_rec_attached(rec);
	const struct utrace_rec_syscall *sc = utrace_rec_syscall(rec);
	const struct utrace_rec_clone *clone = utrace_rec_clone(rec);
	const struct utrace_rec_exec *exec = utrace_rec_exec(rec);
	const struct utrace_rec_exit *ex = utrace_rec_exit(rec);
	const struct utrace_rec_detached *det = utrace_rec_detached(rec);
	const struct utrace_rec_lost *lost = utrace_rec_lost(rec);
	struct thread *th;

	if (lost)
		notice(t, "%llu records were lost here", (unsigned long long)lost->count);
	if (!rec->thread)
		return;
	th = get_thread(t, rec->thread, rec->pid, rec->tid);
	if (attached)
		on_attached(t, th, attached);
	else if (sc)
		on_call(t, th, sc);
	else if (clone)
		on_clone(t, clone);
	else if (exec)
		on_exec(t, th, exec);
	else if (ex && rec->type == UTRACE_EV_DEATH)
		on_death(t, th, ex);
	else if (det)
		on_detached(t, th, det);
	if (det)
		drop_thread(t, rec->thread);
}

/* --- COMMAND ------------------------------------------------------------ */

/* Fork COMMAND, which waits until it is started. */
static bool spawn_command(struct tracer *t)
{
	struct utrace_attach attach = {
		.flags = t->follow ? UTRACE_ATTACH_CHILDREN : 0,
	};

	fflush(NULL);
	t->child = utrace_spawn(t->session, t->command[0], t->command, NULL, t->signals,
				&attach);
	if (!t->child) {
		message("%s", utrace_error(t->session));
		return false;
	}
	t->child_pid = utrace_child_pid(t->child);
	t->child_cookie = attach.thread;
	return true;
}

/* End as COMMAND ended. */
static int command_status(struct tracer *t)
{
	struct rlimit no_core = { 0, 0 };
	sigset_t set;
	int status;

	while (waitpid(t->child_pid, &status, 0) < 0) {
		if (errno != EINTR) {
			message("cannot get the exit status of '%s': %s",
				t->command[0], strerror(errno));
			return 1;
		}
	}
	if (utrace_child_error(t->child))
		message("cannot execute '%s': %s", t->command[0], strerror(errno));
	if (WIFEXITED(status))
		return WEXITSTATUS(status);
	setrlimit(RLIMIT_CORE, &no_core);
	signal(WTERMSIG(status), SIG_DFL);
	sigemptyset(&set);
	sigaddset(&set, WTERMSIG(status));
	sigprocmask(SIG_UNBLOCK, &set, NULL);
	raise(WTERMSIG(status));
	return 128 + WTERMSIG(status);
}

/* --- the session -------------------------------------------------------- */

/* The table of one architecture, by the set of -e; NULL with a message. */
static struct utrace_table *make_table(struct tracer *t, unsigned int arch, uint32_t flags)
{
	const struct sc_arch *a = &sc_arches[arch];
	struct utrace_table *table = utrace_table_new(a->audit);
	struct utrace_capture_rule rules[6];
	unsigned int nr, i, n;

	if (!table)
		goto fail;
	if (t->set.others)
		utrace_table_set_all(table, flags);
	for (nr = 0; nr < SC_SET_NR; nr++) {
		bool in = sc_set_has(&t->set, arch, nr);

		utrace_table_set(table, nr, in ? flags : 0);
		if (!in)
			continue;
		n = sc_rules(a, sc_find(a, nr), nr, t->decode.string_max, false, rules);
		for (i = 0; i < n; i++)
			if (utrace_table_capture(table, &rules[i]) < 0)
				goto fail;
	}
	return table;

fail:
	message("%s", utrace_error(NULL));
	utrace_table_free(table);
	return NULL;
}

static bool push_set(struct tracer *t)
{
	uint32_t flags = UTRACE_SC_RECORD | UTRACE_SC_WAITS;
	struct utrace_table *table;
	struct utrace_info info;
	char error[256];
	bool ok = true;
	unsigned int i;

	if (utrace_info(t->session, &info) < 0)
		return complain("%s", utrace_error(t->session));
	for (i = 0; i < sc_nr_arches && !t->machine; i++)
		if (sc_arches[i].audit == info.arch)
			t->machine = sc_arches[i].machine;
	if (!t->machine)
		return complain("cannot choose system calls: there is no table for the kernel's architecture %#x",
				info.arch);
	if (!sc_set_parse(&t->set, t->set_text, t->machine, error, sizeof(error)))
		return complain("%s", error);
	/* A kernel that does not know which calls sleep can tell of all entries. */
	if (!(info.syscall_flags & UTRACE_SC_WAITS))
		flags = UTRACE_SC_RECORD | UTRACE_SC_ENTRY;
	for (i = 0; i < sc_nr_arches && ok; i++) {
		const struct sc_arch *a = &sc_arches[i];

		/* Numbers with an offset (x32) are outside of the kernel's table. */
		if (strcmp(a->machine, t->machine) || a->offset)
			continue;
		table = make_table(t, i, flags);
		if (!table)
			return false;
		/*
		 * A kernel without the other word size or byte order may
		 * refuse its table: no program of it can run there.
		 */
		if (utrace_table_load(t->session, table) < 0 &&
		    (a->audit == info.arch || errno != EINVAL))
			ok = complain("%s", utrace_error(t->session));
		utrace_table_free(table);
	}
	return ok;
}

static bool configure(struct tracer *t)
{
	struct utrace_config config = {
		.record		= UTRACE_EV_BIT(UTRACE_EV_SYSCALL_ENTRY) |
				  UTRACE_EV_BIT(UTRACE_EV_SYSCALL) |
				  UTRACE_EV_BIT(UTRACE_EV_CLONE) |
				  UTRACE_EV_BIT(UTRACE_EV_EXEC) |
				  UTRACE_EV_BIT(UTRACE_EV_DEATH),
		.string_max	= UTRACE_CAPTURE_MAX,
		.buffer_max	= UTRACE_CAPTURE_MAX,
		.queue_bytes	= QUEUE_BYTES,
	};

	if (utrace_config(t->session, &config) < 0) {
		message("%s", utrace_error(t->session));
		return false;
	}
	return push_set(t);
}

/* Attach to what -p names and can be attached to.  False if there is nothing else. */
static bool attach_all(struct tracer *t)
{
	struct utrace_attach result;
	unsigned int i, good = 0;

	for (i = 0; i < t->nr_pids; i++) {
		int pid = t->pids[i];

		result = (struct utrace_attach){
			.flags = t->follow ? UTRACE_ATTACH_CHILDREN : 0,
		};
		if (utrace_attach_pid(t->session, pid, &result) < 0) {
			message("%s", utrace_error(t->session));
			continue;
		}
		t->pids[i] = t->pids[good];
		t->pids[good++] = pid;
		if (result.threads > 1 || t->nr_pids > 1 || t->child)
			t->pid_column = true;
		if (t->quiet)
			continue;
		if (result.threads > 1)
			notice(t, "Process %d attached with %u threads", pid,
			       result.threads);
		else
			notice(t, "Process %d attached", pid);
	}
	t->nr_attached = good;
	return good || t->child;
}

/*
 * The key that stops a job (^Z) sends SIGTSTP to COMMAND and to this program.  If
 * COMMAND stops, this program does, too, so that the shell sees a stopped job.  If
 * COMMAND handles the signal and runs on, this program must do so as well, otherwise
 * COMMAND would wait for somebody to read the session's queue.
 */
static void follow_stops(struct tracer *t)
{
	siginfo_t info;

	child_changed = 0;
	for (;;) {
		info.si_pid = 0;
		if (waitid(P_PID, t->child_pid, &info,
			   WSTOPPED | WCONTINUED | WNOHANG) < 0 || !info.si_pid)
			break;
		t->child_stopped = info.si_code == CLD_STOPPED;
		if (!t->child_stopped)
			stop_asked = 0;
	}
	if (!t->child_stopped || !stop_asked)
		return;
	flush(t);
	stop_asked = 0;
	t->child_stopped = false;
	raise(SIGSTOP);
}

/* Print records until all threads are gone, or a signal or an error ends it. */
static void follow(struct tracer *t, const sigset_t *mask)
{
	struct pollfd pfd = {
		.fd	= utrace_fd(t->session),
		.events	= POLLIN,
	};
	struct timespec at_once = { 0, 0 };
	const struct utrace_record *rec;
	bool more = false;
	unsigned int n;
	int ret;

	for (;;) {
		/* This is the only place where signals arrive. */
		if (ppoll(&pfd, 1, more ? &at_once : NULL, mask) < 0 &&
		    errno != EINTR) {
			message("cannot wait for records: %s", strerror(errno));
			t->failed = 1;
			return;
		}
		if (interrupted)
			return;
		if (child_changed || stop_asked)
			follow_stops(t);

		ret = 1;
		for (n = 0; n < RECORDS_PER_TURN; n++) {
			ret = utrace_next(t->session, &rec);
			if (ret <= 0)
				break;
			on_record(t, rec);
		}
		more = ret > 0;
		if (ret < 0 && errno != EAGAIN && errno != EINTR) {
			flush(t);
			message("%s", utrace_error(t->session));
			t->failed = 1;
			return;
		}
		if (ret == 0)
			end_zombies(t);
		if (!flush(t) || ret == 0)
			return;
	}
}

static void detach(struct tracer *t)
{
	unsigned int i;

	if (t->current) {
		text_str(&t->line, " <detached ...>");
		newline(t);
	}
	flush(t);
	/* The kernel detaches from every thread here. */
	utrace_close(t->session);
	t->session = NULL;
	for (i = 0; i < t->nr_attached && !t->quiet; i++)
		message("Process %d detached", t->pids[i]);
}

/* Change what @sig does to this program.  COMMAND gets what was saved. */
static void set_action(int sig, void (*handler)(int))
{
	struct sigaction sa = { .sa_handler = handler, .sa_flags = SA_RESTART };

	sigaction(sig, &sa, NULL);
}

/* Signals are blocked but for @mask, with which the program waits for records. */
static void catch_signals(struct tracer *t, sigset_t *mask)
{
	static const int ends[] = { SIGHUP, SIGTERM, SIGINT, SIGQUIT };
	struct sigaction old;
	sigset_t set, old_mask;
	size_t i;

	sigemptyset(&set);
	for (i = 0; i < sizeof(ends) / sizeof(ends[0]); i++)
		sigaddset(&set, ends[i]);
	sigaddset(&set, SIGCHLD);
	sigaddset(&set, SIGTSTP);
	sigprocmask(SIG_BLOCK, &set, &old_mask);
	sigorset(mask, &old_mask, &set);

	for (i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		/*
		 * The terminal's keys reach COMMAND by themselves.  What it does about
		 * them belongs into the trace, so that goes on.
		 */
		if (t->command && !t->nr_pids &&
		    (ends[i] == SIGINT || ends[i] == SIGQUIT))
			continue;
		/* Keep ignoring what nohup, say, has made this program ignore. */
		if (sigaction(ends[i], NULL, &old) == 0 &&
		    old.sa_handler == SIG_IGN)
			continue;
		set_action(ends[i], on_end_signal);
		sigdelset(mask, ends[i]);
	}
	/* A closed pipe is an error of the output, with a message. */
	set_action(SIGPIPE, SIG_IGN);
	/* A tracer in the background may write to the terminal. */
	set_action(SIGTTIN, SIG_IGN);
	set_action(SIGTTOU, SIG_IGN);
	if (!t->command) {
		/* A stopped tracer would make the traced processes wait for it. */
		set_action(SIGTSTP, SIG_IGN);
		return;
	}
	/* If SIGCHLD were ignored, the kernel would throw COMMAND's status away. */
	set_action(SIGCHLD, on_child_signal);
	sigdelset(mask, SIGCHLD);
	set_action(SIGTSTP, on_stop_signal);
	sigdelset(mask, SIGTSTP);
}

static int run(struct tracer *t)
{
	sigset_t mask;

	t->session = utrace_open(UTRACE_OPEN_NONBLOCK);
	if (!t->session) {
		message("%s", utrace_error(NULL));
		return 1;
	}
	t->out = t->out_name ? fopen(t->out_name, "we") : stderr;
	if (!t->out) {
		message("cannot create %s for the trace: %s", t->out_name,
			strerror(errno));
		return 1;
	}
	setvbuf(t->out, NULL, _IOFBF, 1 << 16);

	if (!configure(t))
		return 1;

	t->signals = utrace_signals_save();
	if (!t->signals) {
		message("%s", utrace_error(NULL));
		return 1;
	}
	catch_signals(t, &mask);
	if (t->command && !spawn_command(t))
		return 1;
	if (!attach_all(t))
		return 1;
	if (t->child && utrace_child_start(t->child) < 0) {
		message("%s", utrace_error(NULL));
		return 1;
	}

	follow(t, &mask);
	detach(t);
	if (t->out_name && fclose(t->out) && !t->out_broken) {
		message("cannot write the trace to %s: %s", t->out_name,
			strerror(errno));
		t->failed = 1;
	}
	if (interrupted) {
		if (t->child)
			kill(t->child_pid, interrupted);
		/* End by it, so that a shell sees what happened. */
		signal(interrupted, SIG_DFL);
		sigprocmask(SIG_SETMASK, &mask, NULL);
		raise(interrupted);
		return 128 + interrupted;
	}
	if (t->failed)
		return 1;
	return t->child ? command_status(t) : 0;
}

/* --- the command line --------------------------------------------------- */

static void parse_pids(struct tracer *t, char *arg)
{
	char *word, *save = NULL;

	if (!*arg)
		refuse("invalid process id ''");
	for (word = strtok_r(arg, ", ", &save); word;
	     word = strtok_r(NULL, ", ", &save)) {
		int pid = parse_number("process id", word, 1, INT32_MAX);

		t->pids = realloc(t->pids, (t->nr_pids + 1) * sizeof(*t->pids));
		if (!t->pids)
			refuse("-p: %s", strerror(ENOMEM));
		t->pids[t->nr_pids++] = pid;
	}
}

static void parse_expression(struct tracer *t, const char *arg)
{
	struct sc_set set = { NULL };
	const char *eq = strchr(arg, '=');
	char error[256];

	/* without a name, or in an expression of their own, sets mean trace= */
	if (eq && *arg != '/' && *arg != '!') {
		size_t len = eq - arg;

		if (!(len == 5 && !strncmp(arg, "trace", 5)) &&
		    !(len == 1 && *arg == 't'))
			refuse("-e %s: only trace=SET is known", arg);
		arg = eq + 1;
	}
	/* a first look, without a kernel: is it a set of calls of any arch? */
	if (!sc_set_parse(&set, arg, NULL, error, sizeof(error)))
		refuse("%s", error);
	sc_set_free(&set);
	t->set_text = arg;
}

static error_t parse_opt(int key, char *arg, struct argp_state *state)
{
	struct tracer *t = state->input;

	switch (key) {
	case 'f':
		t->follow = true;
		break;
	case 'p':
		parse_pids(t, arg);
		break;
	case 'e':
		parse_expression(t, arg);
		break;
	case 'o':
		t->out_name = arg;
		break;
	case 's':
		t->decode.string_max = parse_number("string length", arg, 0,
						    UTRACE_CAPTURE_MAX);
		break;
	case 'a':
		t->column = parse_number("column", arg, 0, 1000);
		break;
	case 'q':
		t->quiet++;
		break;
	case ARGP_KEY_ARG:
		/* the rest is COMMAND's, its options too */
		t->command = state->argv + state->next - 1;
		state->next = state->argc;
		break;
	case ARGP_KEY_END:
		if (!t->command && !t->nr_pids)
			argp_error(state, "nothing to trace: name a COMMAND, or a process with -p PID");
		break;
	default:
		return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

static const struct argp_option options[] = {
	{ "follow-forks", 'f', NULL, 0,
	  "Trace the processes that traced ones create, too", 0 },
	{ "attach", 'p', "PID", 0,
	  "Trace process PID with all its threads; may be given again, or a list", 0 },
	{ "expr", 'e', "trace=SET", 0,
	  "Trace only these system calls: names, %file %desc %process %network %memory %signal %ipc, /REGEX, ?NAME, numbers, all, none; ! in front inverts", 0 },
	{ "output", 'o', "FILE", 0, "Write the trace to FILE, not to standard error", 0 },
	{ "string-limit", 's', "N", 0,
	  "Show at most N bytes of strings and buffers (32); paths are shown in full", 0 },
	{ "columns", 'a', "N", 0, "Put results into column N (40)", 0 },
	{ "quiet", 'q', NULL, 0,
	  "No messages about attaching; twice: none about exits; three times: none about superseded threads", 0 },
	{ 0 }
};

static const struct argp argp = {
	.options	= options,
	.parser		= parse_opt,
	.args_doc	= "COMMAND [ARGUMENT...]\n-p PID [COMMAND [ARGUMENT...]]",
	.doc		= "Show the system calls of a program while it runs.\v"
			  "The exit status is COMMAND's. A process that was attached to runs on when the tracer ends, however it ends.",
};

int cmd_trace(int argc, char **argv)
{
	struct tracer t = {
		.column			= 40,
		.decode.string_max	= 32,
		.set_text		= "all",
	};
	int ret;

	argp_program_version = "utrace " UTRACE_VERSION;
	argp_parse(&argp, argc, argv, ARGP_IN_ORDER, NULL, &t);
	if (t.out_name && t.follow)
		t.pid_column = true;
	ret = run(&t);
	utrace_close(t.session);
	utrace_child_free(t.child);
	utrace_signals_free(t.signals);
	sc_set_free(&t.set);
	free(t.line.p);
	free(t.pids);
	return ret;
}
