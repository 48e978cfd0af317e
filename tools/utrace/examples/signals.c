// SPDX-License-Identifier: GPL-2.0-only
/* signals PID: print the signals of a process, and keep SIGTERM from it */
#include <err.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <libutrace.h>

static const char *fate(const struct utrace_rec_signal *sig)
{
	switch (sig->fate) {
	case UTRACE_EV_SIGNAL_HANDLER:
		return "for a handler";
	case UTRACE_EV_SIGNAL_IGN:
		return "ignored";
	case UTRACE_EV_SIGNAL_STOP:
		return "stops the process";
	}
	return "kills the process";
}

static void on_signal(struct utrace_session *s, const struct utrace_record *rec,
		      const struct utrace_rec_signal *sig)
{
	/* The record is valid until the first order. */
	uint64_t thread = rec->thread, stop = rec->seq;
	bool term = sig->signal == SIGTERM;

	printf("%d: SIG%s from %d: %s%s\n", rec->tid, sigabbrev_np(sig->signal),
	       sig->info.pid, term ? "dropped, it " : "", fate(sig));
	fflush(stdout);
	if (!(rec->flags & UTRACE_RECF_HELD))
		return;
	if (term && utrace_signal_answer(s, thread, stop, UTRACE_SIGNAL_DROP) < 0)
		warnx("%s", utrace_error(s));
	if (utrace_release(s, thread, stop) < 0)
		warnx("%s", utrace_error(s));
}

int main(int argc, char **argv)
{
	const uint64_t signals = UTRACE_EV_BIT(UTRACE_EV_SIGNAL_HANDLER) |
				 UTRACE_EV_BIT(UTRACE_EV_SIGNAL_IGN) |
				 UTRACE_EV_BIT(UTRACE_EV_SIGNAL_STOP) |
				 UTRACE_EV_BIT(UTRACE_EV_SIGNAL_TERM) |
				 UTRACE_EV_BIT(UTRACE_EV_SIGNAL_CORE);
	struct utrace_config config = {
		.record = signals,
		.hold = signals,
		/* Every signal but SIGTERM is recorded without a stop. */
		.passed_signals = ~(1ull << (SIGTERM - 1)),
	};
	const struct utrace_rec_signal *sig;
	const struct utrace_record *rec;
	struct utrace_session *s;
	int ret;

	if (argc != 2)
		errx(1, "usage: signals PID");
	s = utrace_open(0);
	if (!s)
		errx(1, "%s", utrace_error(NULL));
	if (utrace_config(s, &config) < 0 ||
	    utrace_attach_pid(s, atoi(argv[1]), NULL) < 0)
		errx(1, "%s", utrace_error(s));
	while ((ret = utrace_next(s, &rec)) > 0) {
		sig = utrace_rec_signal(rec);
		if (sig)
			on_signal(s, rec, sig);
	}
	if (ret < 0)
		errx(1, "%s", utrace_error(s));
	utrace_close(s);
	return 0;
}
