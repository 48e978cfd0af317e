// SPDX-License-Identifier: GPL-2.0-only
/*
 * utrace sessions: signals and job control
 *
 * The engine calls report_signal in the thread, with a struct utrace_signal on the thread's
 * stack.  While the session holds the thread there, st->sig points to it; an order
 * that changes it pins the thread, so that it stays what it is.
 */

#include <linux/audit.h>
#include <linux/ptrace.h>
#include <linux/sched/signal.h>
#include <linux/signal.h>

#include "session.h"

/*
 * struct utrace_siginfo
 */

static void siginfo_from_fault(struct utrace_siginfo *to, const kernel_siginfo_t *from,
			       enum siginfo_layout layout)
{
	to->addr = (unsigned long)from->si_addr;
	switch (layout) {
	case SIL_FAULT_TRAPNO:
		to->trapno = from->si_trapno;
		break;
	case SIL_FAULT_MCEERR:
		to->addr_lsb = from->si_addr_lsb;
		break;
	case SIL_FAULT_BNDERR:
		to->lower = (unsigned long)from->si_lower;
		to->upper = (unsigned long)from->si_upper;
		break;
	case SIL_FAULT_PKUERR:
		to->pkey = from->si_pkey;
		break;
	case SIL_FAULT_PERF_EVENT:
		to->perf_data = from->si_perf_data;
		break;
	default:
		break;
	}
}

static void siginfo_to_user(struct utrace_siginfo *to, const kernel_siginfo_t *from)
{
	enum siginfo_layout layout = siginfo_layout(from->si_signo, from->si_code);

	*to = (struct utrace_siginfo) {
		.signo	= from->si_signo,
		.err	= from->si_errno,
		.code	= from->si_code,
	};
	switch (layout) {
	case SIL_KILL:
		to->pid = from->si_pid;
		to->uid = from->si_uid;
		break;
	case SIL_TIMER:
		to->tid = from->si_tid;
		to->overrun = from->si_overrun;
		to->value = (unsigned long)from->si_ptr;
		to->value_int = from->si_int;
		break;
	case SIL_POLL:
		to->band = from->si_band;
		to->fd = from->si_fd;
		break;
	case SIL_CHLD:
		to->pid = from->si_pid;
		to->uid = from->si_uid;
		to->status = from->si_status;
		to->utime = from->si_utime;
		to->stime = from->si_stime;
		break;
	case SIL_RT:
		to->pid = from->si_pid;
		to->uid = from->si_uid;
		to->value = (unsigned long)from->si_ptr;
		to->value_int = from->si_int;
		break;
	case SIL_SYS:
		to->call_addr = (unsigned long)from->si_call_addr;
		to->syscall = from->si_syscall;
		to->arch = from->si_arch;
		break;
	default:
		siginfo_from_fault(to, from, layout);
		break;
	}
}

static void siginfo_to_fault(kernel_siginfo_t *to, const struct utrace_siginfo *from,
			     enum siginfo_layout layout)
{
	to->si_addr = (void __user *)(unsigned long)from->addr;
	switch (layout) {
	case SIL_FAULT_TRAPNO:
		to->si_trapno = from->trapno;
		break;
	case SIL_FAULT_MCEERR:
		to->si_addr_lsb = from->addr_lsb;
		break;
	case SIL_FAULT_BNDERR:
		to->si_lower = (void __user *)(unsigned long)from->lower;
		to->si_upper = (void __user *)(unsigned long)from->upper;
		break;
	case SIL_FAULT_PKUERR:
		to->si_pkey = from->pkey;
		break;
	case SIL_FAULT_PERF_EVENT:
		to->si_perf_data = from->perf_data;
		break;
	default:
		break;
	}
}

/* Members that the code does not speak of are not looked at. */
static void siginfo_from_user(kernel_siginfo_t *to, const struct utrace_siginfo *from)
{
	enum siginfo_layout layout = siginfo_layout(from->signo, from->code);

	clear_siginfo(to);
	to->si_signo = from->signo;
	to->si_errno = from->err;
	to->si_code = from->code;
	switch (layout) {
	case SIL_KILL:
		to->si_pid = from->pid;
		to->si_uid = from->uid;
		break;
	case SIL_TIMER:
		to->si_tid = from->tid;
		to->si_overrun = from->overrun;
		to->si_ptr = (void __user *)(unsigned long)from->value;
		break;
	case SIL_POLL:
		to->si_band = from->band;
		to->si_fd = from->fd;
		break;
	case SIL_CHLD:
		to->si_pid = from->pid;
		to->si_uid = from->uid;
		to->si_status = from->status;
		to->si_utime = from->utime;
		to->si_stime = from->stime;
		break;
	case SIL_RT:
		to->si_pid = from->pid;
		to->si_uid = from->uid;
		to->si_ptr = (void __user *)(unsigned long)from->value;
		break;
	case SIL_SYS:
		to->si_call_addr = (void __user *)(unsigned long)from->call_addr;
		to->si_syscall = from->syscall;
		to->si_arch = from->arch;
		break;
	default:
		siginfo_to_fault(to, from, layout);
		break;
	}
}

/*
 * Events
 */

/* What an engine is to report, so that the session hears of @events. */
unsigned long utrace_session_signal_events(unsigned long events)
{
	/* A fault that is blocked or ignored kills. */
	if (events & UTRACE_EVENT(FAULT))
		events |= UTRACE_EVENT(SIGNAL_HANDLER) | UTRACE_EVENT(SIGNAL_CORE);
	return events & ~UTRACE_EVENT(FAULT);
}

/* Has the machine made the signal, because of what the thread has executed? */
static bool session_is_fault(const kernel_siginfo_t *info)
{
	if (info->si_code <= 0)
		return false;
	switch (info->si_signo) {
	case SIGSEGV:
	case SIGBUS:
	case SIGILL:
	case SIGFPE:
		return true;
	}
	return false;
}

/**
 * struct session_signal_want - what the session wants of a signal
 * @type: of its record
 * @record: make one
 * @hold: hold the thread
 */
struct session_signal_want {
	u16 type;
	bool record;
	bool hold;
};

static struct session_signal_want session_want(const struct utrace_config *config,
					       u16 type, int signo)
{
	struct session_signal_want want = { .type = type };
	u64 event = BIT_ULL(type), bit = BIT_ULL(signo - 1);

	if (config->quiet_signals & bit)
		return want;
	want.hold = (config->hold & event) && !(config->passed_signals & bit);
	want.record = want.hold || ((config->record | config->hold) & event);
	return want;
}

/* @fate: UTRACE_EV_SIGNAL_* */
static struct session_signal_want session_want_signal(const struct utrace_config *config,
						      const struct utrace_signal *sig,
						      u16 fate)
{
	u16 type = fate;

	if (((config->record | config->hold) & UTRACE_EVENT(FAULT)) &&
	    session_is_fault(sig->info))
		type = UTRACE_EV_FAULT;
	return session_want(config, type, sig->info->si_signo);
}

/* Orders may change @sig while the thread is held; NULL: it is not, after all. */
static void session_show_signal(struct session_thread *st, struct utrace_signal *sig)
{
	struct utrace_session *s = st->session;

	spin_lock(&s->lock);
	if (sig || !st->held)
		st->sig = sig;
	spin_unlock(&s->lock);
}

enum utrace_action utrace_session_report_signal(struct utrace_engine *engine,
						struct utrace_signal *sig)
{
	unsigned long event = utrace_signal_event(sig);
	struct session_thread *st = engine->data;
	struct session_signal_want want;
	struct utrace_rec_signal *rec;
	struct utrace_config config;
	enum utrace_action action;

	BUILD_BUG_ON(sizeof(*rec) > sizeof(st->event_rec.fixed));

	/* Another thread may give it another handler meanwhile. */
	if (!event)
		return UTRACE_RESUME;
	session_get_config(st->session, &config);
	want = session_want_signal(&config, sig, __ffs(event));
	if (!want.record)
		return UTRACE_RESUME;
	rec = utrace_session_begin_event(st, want.type, sizeof(*rec), &config);
	if (!rec)
		return UTRACE_RESUME;
	rec->signal = sig->info->si_signo;
	rec->fate = __ffs(event);
	rec->breakpoint = utrace_signal_breakpoint(sig);
	siginfo_to_user(&rec->info, sig->info);
	/* Who reads the record may answer at once. */
	if (want.hold)
		session_show_signal(st, sig);
	action = utrace_session_post_event(st, &config, want.hold);
	if (want.hold)
		session_show_signal(st, NULL);
	return action;
}

enum utrace_action utrace_session_report_handler(struct utrace_engine *engine, int signo)
{
	struct session_thread *st = engine->data;
	struct session_signal_want want;
	struct utrace_rec_handler *rec;
	struct utrace_config config;

	session_get_config(st->session, &config);
	want = session_want(&config, UTRACE_EV_HANDLER, signo);
	if (!want.record)
		return UTRACE_RESUME;
	rec = utrace_session_begin_event(st, UTRACE_EV_HANDLER, sizeof(*rec), &config);
	if (!rec)
		return UTRACE_RESUME;
	rec->signal = signo;
	return utrace_session_post_event(st, &config, want.hold);
}

enum utrace_action utrace_session_report_group_stop(struct utrace_engine *engine, int signo)
{
	struct session_thread *st = engine->data;
	struct utrace_rec_group_stop *rec;
	struct utrace_config config;
	bool hold;

	session_get_config(st->session, &config);
	hold = config.hold & UTRACE_EVENT(GROUP_STOP);
	if (!hold && !(config.record & UTRACE_EVENT(GROUP_STOP)))
		return UTRACE_RESUME;
	rec = utrace_session_begin_event(st, UTRACE_EV_GROUP_STOP, sizeof(*rec), &config);
	if (!rec)
		return UTRACE_RESUME;
	rec->signal = signo;
	return utrace_session_post_event(st, &config, hold);
}

enum utrace_action utrace_session_report_group_cont(struct utrace_engine *engine)
{
	struct session_thread *st = engine->data;
	struct utrace_config config;
	bool hold;

	session_get_config(st->session, &config);
	hold = config.hold & UTRACE_EVENT(GROUP_CONT);
	if (!hold && !(config.record & UTRACE_EVENT(GROUP_CONT)))
		return UTRACE_RESUME;
	if (!utrace_session_begin_event(st, UTRACE_EV_GROUP_CONT,
					sizeof(struct utrace_record), &config))
		return UTRACE_RESUME;
	return utrace_session_post_event(st, &config, hold);
}

/*
 * Orders
 */

static bool session_may_send(struct utrace_session *s, int signo)
{
	return signo != SIGKILL || (READ_ONCE(s->rights) & UTRACE_RIGHT_KILL);
}

static int session_check_siginfo(struct utrace_session *s, const struct utrace_siginfo *info)
{
	if (!info->signo || !valid_signal(info->signo) || info->reserved)
		return -EINVAL;
	return session_may_send(s, info->signo) ? 0 : -EACCES;
}

/* The thread is pinned, in the report of @sig. */
static int session_change_signal(struct utrace_signal *sig,
				 const struct utrace_order_signal *order)
{
	kernel_siginfo_t info;

	switch (order->what) {
	case UTRACE_SIGNAL_DELIVER:
		/* It may have been dropped by the order before. */
		utrace_signal_restore(sig);
		return 0;
	case UTRACE_SIGNAL_DROP:
		utrace_signal_drop(sig);
		return 0;
	case UTRACE_SIGNAL_REPLACE:
		siginfo_from_user(&info, &order->info);
		return utrace_signal_replace(sig, &info);
	case UTRACE_SIGNAL_REQUEUE:
		utrace_signal_requeue(sig);
		return 0;
	}
	return -EINVAL;
}

/* UTRACE_OP_SIGNAL */
int utrace_session_answer_signal(struct utrace_session *s,
				 const struct utrace_order_signal *order)
{
	struct utrace_engine *engine;
	struct session_thread *st;
	int ret = 0;

	if (order->reserved)
		return -EINVAL;
	if (order->what == UTRACE_SIGNAL_REPLACE)
		ret = session_check_siginfo(s, &order->info);
	else if (memchr_inv(&order->info, 0, sizeof(order->info)))
		ret = -EINVAL;
	if (ret)
		return ret;
	engine = utrace_session_pin_thread(s, &order->order);
	if (IS_ERR(engine))
		return PTR_ERR(engine);
	st = engine->data;
	/* A release has to wait for the lock, and the thread for the pin. */
	spin_lock(&s->lock);
	ret = st->sig ? session_change_signal(st->sig, order) : -EINVAL;
	spin_unlock(&s->lock);
	utrace_session_unpin_thread(engine);
	return ret;
}

/* UTRACE_OP_SEND */
int utrace_session_send(struct utrace_session *s, const struct utrace_order_send *order)
{
	struct utrace_engine *engine;
	kernel_siginfo_t info;
	int ret;

	if ((order->flags & ~UTRACE_SEND_PROCESS) || order->reserved ||
	    order->order.stop || order->info.code > 0)
		return -EINVAL;
	ret = session_check_siginfo(s, &order->info);
	if (ret)
		return ret;
	engine = utrace_session_get_engine(s, order->order.thread);
	if (!engine)
		return -ESRCH;
	siginfo_from_user(&info, &order->info);
	if (info.si_code == SI_USER || info.si_code == SI_TKILL) {
		info.si_pid = task_tgid_vnr(current);
		info.si_uid = from_kuid_munged(current_user_ns(), current_uid());
	}
	ret = do_send_sig_info(info.si_signo, &info, engine->task,
			       order->flags & UTRACE_SEND_PROCESS ? PIDTYPE_TGID
								  : PIDTYPE_PID);
	utrace_engine_put(engine);
	return ret;
}
