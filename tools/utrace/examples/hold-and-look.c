// SPDX-License-Identifier: GPL-2.0-only
/* hold-and-look PID: hold all threads of a process, and print where each of them is */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <libutrace.h>

static void look(struct utrace_session *s, struct utrace_thread *t)
{
	uint64_t cookie = utrace_thread_cookie(t), pc, sp;
	struct utrace_rec_attached st;

	printf("%d %s:", utrace_thread_tid(t), utrace_thread_comm(t));
	if (utrace_regs_role(s, cookie, UTRACE_ROLE_PC, &pc) < 0 ||
	    utrace_regs_role(s, cookie, UTRACE_ROLE_SP, &sp) < 0) {
		printf(" %s\n", utrace_error(s));
		return;
	}
	printf(" pc %#llx sp %#llx", (unsigned long long)pc, (unsigned long long)sp);
	if (!utrace_status(s, cookie, &st) && st.arch)
		printf(", in system call %lld(%#llx, ...)", (long long)st.nr,
		       (unsigned long long)st.args[0]);
	printf("%s\n", utrace_thread_asleep(t) ? ", asleep" : "");
}

int main(int argc, char **argv)
{
	struct utrace_config config = {
		.record = UTRACE_EV_BIT(UTRACE_EV_DEATH),
	};
	struct utrace_thread *t = NULL;
	struct utrace_session *s;

	if (argc != 2)
		errx(1, "usage: hold-and-look PID");
	s = utrace_open(0);
	if (!s)
		errx(1, "%s", utrace_error(NULL));
	if (utrace_config(s, &config) < 0 ||
	    utrace_attach_pid(s, atoi(argv[1]), NULL) < 0)
		errx(1, "%s", utrace_error(s));

	/* Threads that sleep are not woken. */
	if (utrace_hold(s, 0, 0, 5000) < 0)
		errx(1, "%s", utrace_error(s));
	if (utrace_refresh_threads(s) < 0)
		errx(1, "%s", utrace_error(s));
	while ((t = utrace_next_thread(s, t)))
		look(s, t);

	/* This releases and detaches from all threads. */
	utrace_close(s);
	return 0;
}
