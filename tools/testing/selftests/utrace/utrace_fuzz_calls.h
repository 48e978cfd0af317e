/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The calls of utrace_fuzz.c: each function makes one random call, and looks at what the
 * kernel has answered.
 *
 * @mine: the caller has opened the session, so that it reads the records and knows what was
 * called before.
 */
#ifndef UTRACE_FUZZ_CALLS_H
#define UTRACE_FUZZ_CALLS_H

#include <sys/uio.h>

#include "utrace_fuzz_lib.h"

/* ---- orders -------------------------------------------------------------- */

/* Any of these may be made by a thread that is a victim. */
static const long harmless[] = {
	SYS_getpid, SYS_getppid, SYS_sched_yield, SYS_splice, SYS_gettid, -1, 9999,
};

static long harmless_call(void)
{
	return harmless[below(ARRAY_SIZE(harmless))];
}

static __u32 put_syscall(struct utrace_order_syscall *o)
{
	static const __s64 results[] = { -EINTR, -ENOSYS, -EINVAL, -512, -516, 0, 1 };
	int i;

	o->what = 1 + below(5);
	if (o->what == UTRACE_CALL_REWRITE || o->what == UTRACE_CALL_RESTORE) {
		o->arch = one_in(8) ? first_info.compat_arch : first_info.arch;
		o->nr = harmless_call();
		for (i = 0; i < 6; i++)
			o->args[i] = rnd();
	}
	o->result = results[below(ARRAY_SIZE(results))];
	return sizeof(*o);
}

/* @at: memory of the order's buffers. */
static __u32 put_regs(struct utrace_order_regs *o, char *at)
{
	struct utrace_regval *v = (void *)at;
	unsigned int i, n = below(5);

	o->what = one_in(3) ? UTRACE_REGS_WRITE : UTRACE_REGS_READ;
	o->form = below(3);
	o->buffer = (uintptr_t)at;
	switch (o->form) {
	case UTRACE_REGS_SET:
		o->note = below(3) ? 1 + below(2) : 0x100 + below(0x400);
		o->buffer_size = below(3) ? 4096 : below(600);
		break;
	case UTRACE_REGS_LIST:
		for (i = 0; i < n; i++) {
			memset(&v[i], 0, sizeof(v[i]));
			v[i].size = sizeof(v[i]);
			v[i].flags = below(3) ? UTRACE_REGVAL_ROLE : 0;
			v[i].reg = below(UTRACE_ROLE_NR + 2);
			v[i].value = rnd() >> below(64);
		}
		o->buffer_size = n * sizeof(v[0]);
		break;
	default:
		/* What was read may be written: most of it does not change. */
		o->buffer_size = one_in(6) ? below(4096) : 8192;
		break;
	}
	if (one_in(24))
		o->buffer = odd_number();
	return sizeof(*o);
}

static __u32 put_memory(struct utrace_order_memory *o, char *at)
{
	struct utrace_seg *seg = (void *)at;
	unsigned int i, n = below(6);

	o->what = one_in(3) ? UTRACE_MEM_WRITE : UTRACE_MEM_READ;
	o->mode = one_in(3) ? UTRACE_MEM_FORCE : 0;
	o->segs = (uintptr_t)at;
	o->nr = n;
	for (i = 0; i < n; i++) {
		memset(&seg[i], 0, sizeof(seg[i]));
		seg[i].size = sizeof(seg[i]);
		/* The program's own addresses are those of its relatives, too. */
		seg[i].addr = below(3) ? (uintptr_t)&victims : odd_number();
		seg[i].buffer = one_in(12) ? odd_number() : (uintptr_t)at + 1024;
		seg[i].len = below(4) ? below(64) : below(8192);
	}
	return sizeof(*o);
}

static __u32 put_call(struct utrace_order_call *o)
{
	int i;

	o->nr = harmless_call();
	for (i = 0; i < 6; i++)
		o->args[i] = rnd();
	return sizeof(*o);
}

static __u32 put_step(struct utrace_order_step *o)
{
	o->what = below(10) ? 1 + below(3) : below(5);
	if (o->what == UTRACE_STEP_RANGE || one_in(20)) {
		o->flags = below(2);
		o->start = below(3) ? 0 : odd_number();
		o->end = below(3) ? ~0ull >> below(20) : odd_number();
	}
	o->count = below(3) ? below(200) : odd_number();
	return sizeof(*o);
}

/* Any signal, most of them harmless, with a siginfo of any layout. */
static void put_siginfo(struct utrace_siginfo *info)
{
	static const unsigned int signals[] = { SIGUSR1, SIGUSR2, SIGALRM, SIGCHLD, SIGWINCH, SIGCONT };
	unsigned char *bytes = (void *)info;
	unsigned int i;

	for (i = 0; i < sizeof(*info); i++)
		bytes[i] = rnd();
	info->signo = below(4) ? signals[below(ARRAY_SIZE(signals))] : below(70);
	info->code = below(3) ? -(int)below(8) : (int)below(130);
	info->reserved = one_in(20);
}

static __u32 put_signal(struct utrace_order_signal *o)
{
	o->what = below(10) ? 1 + below(4) : below(7);
	if (o->what == UTRACE_SIGNAL_REPLACE || one_in(20))
		put_siginfo(&o->info);
	return sizeof(*o);
}

static __u32 put_send(struct utrace_order_send *o)
{
	o->flags = below(2);
	put_siginfo(&o->info);
	return sizeof(*o);
}

/* An order, with operands in @at.  @last: thread of the order before.  Returns its size. */
static __u32 put_order(struct session *s, struct utrace_order *o, char *at, __u64 last)
{
	static const unsigned char actions[] = {
		UTRACE_OP_HOLD, UTRACE_OP_HOLD, UTRACE_OP_HOLD, UTRACE_OP_HOLD,
		UTRACE_OP_RELEASE, UTRACE_OP_RELEASE, UTRACE_OP_RELEASE, UTRACE_OP_RELEASE,
		UTRACE_OP_REGS, UTRACE_OP_REGS, UTRACE_OP_REGS, UTRACE_OP_MEMORY,
		UTRACE_OP_MEMORY, UTRACE_OP_SYSCALL, UTRACE_OP_SYSCALL, UTRACE_OP_CALL,
		UTRACE_OP_STEP, UTRACE_OP_STEP, UTRACE_OP_SIGNAL, UTRACE_OP_SIGNAL,
		UTRACE_OP_SEND,
	};
	unsigned int i = known_cookie(s);
	__u32 size = sizeof(*o);

	o->action = actions[below(ARRAY_SIZE(actions))];
	if (one_in(24))
		o->action = UTRACE_OP_DETACH;
	else if (one_in(40))
		o->action = UTRACE_OP_KILL;
	else if (one_in(100))
		o->action = below(20);
#ifdef __s390x__
	/* QEMU 7.2 loses jumps in steps, which kills victims. */
	if (o->action == UTRACE_OP_STEP)
		o->action = UTRACE_OP_RELEASE;
#endif
	o->thread = one_in(10) ? a_cookie(s) : s->cookies[i];
	/* What was just held can be looked at. */
	if (last && one_in(2))
		o->thread = last;
	if (one_in(3))
		o->stop = one_in(8) ? odd_number() : s->stops[i];
	if (one_in(4))
		o->flags |= UTRACE_ORDER_LINK;
	switch (o->action) {
	case UTRACE_OP_HOLD:
		if (one_in(3))
			o->flags |= UTRACE_ORDER_INTERRUPT;
		/* fall through */
	case UTRACE_OP_RELEASE:
	case UTRACE_OP_DETACH:
	case UTRACE_OP_KILL:
		if (one_in(6))
			o->thread = 0;
		else if (one_in(6))
			o->flags |= UTRACE_ORDER_PROCESS;
		if (!o->thread || o->flags & UTRACE_ORDER_PROCESS) {
			o->stop = 0;
			if (o->action == UTRACE_OP_HOLD && one_in(2))
				o->flags |= UTRACE_ORDER_TELL;
		}
		break;
	case UTRACE_OP_SYSCALL:
		size = put_syscall((void *)o);
		break;
	case UTRACE_OP_REGS:
		size = put_regs((void *)o, at);
		break;
	case UTRACE_OP_MEMORY:
		size = put_memory((void *)o, at);
		break;
	case UTRACE_OP_CALL:
		size = put_call((void *)o);
		break;
	case UTRACE_OP_STEP:
		size = put_step((void *)o);
		break;
	case UTRACE_OP_SIGNAL:
		size = put_signal((void *)o);
		break;
	case UTRACE_OP_SEND:
		size = put_send((void *)o);
		break;
	}
	if (one_in(20))
		o->flags |= 1 << below(6);
	if (one_in(30))
		size += 8 * below(4);
	return o->size = size;
}

/*
 * What the results of orders have to be.  @sizes: of the orders as they were given, because
 * the kernel says how much of a longer one it knows.
 */
static void check_results(struct session *s, const char *orders, const __u32 *sizes,
			  __u32 done)
{
	int before = 0;
	__u32 at = 0;

	for (; at < done; at += *sizes++) {
		const struct utrace_order *o = (const void *)(orders + at);
		struct order *note = order_of(o->tag);
		bool many = !o->thread || o->flags & UTRACE_ORDER_PROCESS;
		bool good = !o->result || o->result == -EINPROGRESS;

		if (o->result > 0 || o->result < -511) {
			fault("order %u with flags %#x has the result %d", o->action,
			      o->flags, o->result);
			return;
		}
		if (before && before != -EINPROGRESS && o->flags & UTRACE_ORDER_LINK &&
		    good)
			fault("order %u is carried out, although that before has failed",
			      o->action);
		if (s->gentle && good && o->action == UTRACE_OP_KILL)
			fault("a session without the right kills");
		if (s->gentle && good && (o->action == UTRACE_OP_SEND ||
					  o->action == UTRACE_OP_SIGNAL))
			fault("a session without the right has its say in signals");
		if (o->flags & UTRACE_ORDER_TELL && !good)
			atomic_store(&note->wanted_done, -1);
		else
			atomic_store(&note->wanted_done, !!(o->flags & UTRACE_ORDER_TELL));
		if (many) {
			atomic_store(&note->wanted, -1);
		} else {
			atomic_store(&note->wanted, o->result == -EINPROGRESS);
			/* Held by an earlier order: there was a record of that. */
			if (!o->result && o->action == UTRACE_OP_HOLD)
				atomic_store(&note->wanted, -1);
		}
		before = o->result;
	}
}

/* ---- single actions ------------------------------------------------------ */

static void do_open(struct session *s)
{
	struct utrace_restrict rights = { .size = sizeof(rights) };
	int fd;

	begin(AT_OPEN);
	memset(s, 0, sizeof(*s));
	s->fd = -1;
	fd = open(UT_DEVICE, O_RDWR | O_CLOEXEC | (one_in(4) ? 0 : O_NONBLOCK));
	if (check_errno(AT_OPEN, fd) < 0)
		return;
	s->number = atomic_fetch_add(&sh->nr_sessions, 1) + 1;
	s->gentle = below(3);
	s->exact = below(6);
	s->rights = ~0ull;
	rights.rights = GENTLE_RIGHTS;
	if (s->gentle && ioctl(fd, UTRACE_IOC_RESTRICT, &rights)) {
		fault("a session cannot be restricted: %d", errno);
		close(fd);
		return;
	}
	s->fd = fd;
}

static void unmap(struct session *s)
{
	if (!s->user)
		return;
	munmap(s->user, ut_page());
	munmap((void *)s->kernel, ut_page() + 2 * s->bytes);
	s->user = NULL;
	s->maps = false;
}

static void do_close(struct session *s)
{
	int fd = s->fd;

	begin(AT_CLOSE);
	s->fd = -1;
	/* The mapping may last longer than the session. */
	if (one_in(2))
		unmap(s);
	close(fd);
	/* A spoilt position stays in the ring, where do_ring() finds it. */
	if (s->maps && !s->spoilt && load_word(&s->kernel->head) < s->tail)
		fault("the head of a closed ring is behind its tail");
	unmap(s);
}

static void do_info(struct session *s, bool mine)
{
	struct utrace_info info = { .size = sizeof(info) };

	begin(0);
	if (check_errno(0, ioctl(s->fd, UTRACE_IOC_INFO, &info)) || !mine)
		return;
	if (info.held > info.threads || info.starved > info.threads ||
	    info.threads > 10000 || info.queued > info.queue_bytes || info.reserved)
		fault("info: %u threads, %u held, %u starved, %llu of %llu bytes",
		      info.threads, info.held, info.starved, info.queued,
		      info.queue_bytes);
	if (info.lost < s->lost || (info.rights & ~s->rights))
		fault("info: %llu records lost, were %llu; rights %llx, were %llx",
		      info.lost, s->lost, info.rights, s->rights);
	if (s->gentle && (info.rights & ~(__u64)GENTLE_RIGHTS))
		fault("a right has come back: %llx", info.rights);
	s->lost = info.lost;
	s->rights = info.rights;
}

static void do_config(struct session *s)
{
	struct utrace_config c = {
		.size = sizeof(c),
		.flags = some_of(UTRACE_CONFIG_DROP | UTRACE_CONFIG_REGFILE),
		.record = some_of(first_info.record_events),
		.hold = below(3) ? 0 : some_of(first_info.hold_events),
		.roles = below(3) ? 0 : some_of((1ull << UTRACE_ROLE_NR) - 1),
		.queue_bytes = one_in(3) ? 4096 << below(5) : 0,
		.wakeup_bytes = one_in(3) ? below(10000) : 0,
		.string_max = below(200),
		.buffer_max = below(200),
		.stack_max = below(3) ? 0 : below(300),
		.clock = below(3),
		.quiet_signals = below(3) ? 0 : rnd(),
		.passed_signals = below(3) ? 0 : rnd(),
	};

	call(s->fd, UTRACE_IOC_CONFIG, &c, sizeof(c));
}

static void put_rule(struct utrace_capture_rule *r, __u32 nr)
{
	memset(r, 0, sizeof(*r));
	r->size = sizeof(*r);
	r->nr = nr;
	r->when = below(3);
	r->arg = below(6);
	r->kind = 1 + below(5);
	r->max = one_in(2) ? 0 : below(UTRACE_CAPTURE_MAX);
	if (r->kind == UTRACE_CAP_BYTES || r->kind == UTRACE_CAP_IOVEC) {
		r->len_from = below(r->when ? 5 : 4);
		r->len_unit = r->kind == UTRACE_CAP_IOVEC ? 1 : 1 + below(16);
		if (r->len_from == UTRACE_LEN_CONST)
			r->len_unit = 1 + below(300);
		if (r->kind == UTRACE_CAP_IOVEC)
			r->len_unit = 1;
		if (r->len_from >= UTRACE_LEN_ARG && r->len_from <= UTRACE_LEN_LONG)
			r->len_arg = below(6);
		if (r->kind == UTRACE_CAP_IOVEC && r->when == UTRACE_WHEN_EXIT && one_in(2))
			r->filled_from = UTRACE_LEN_RESULT;
	}
	if (one_in(60))
		((unsigned char *)r)[4 + below(20)] = rnd();
}

static void do_syscalls(struct session *s)
{
	struct utrace_capture_rule *rules = (void *)(area + 65536);
	__u32 *entries = (void *)area;
	struct utrace_syscalls sc = { .size = sizeof(sc), .arch = first_info.arch };
	__u32 i, nr = 0;

	if (one_in(6))
		sc.arch = first_info.compat_arch;
	if (!one_in(8)) {
		sc.nr = 1 + below(500);
		sc.entries = (uintptr_t)entries;
		for (i = 0; i < sc.nr; i++)
			entries[i] = some_of(first_info.syscall_flags);
		if (one_in(3))
			for (i = 0; i < sc.nr; i++)
				entries[i] &= ~(UTRACE_SC_HOLD_ENTRY | UTRACE_SC_HOLD_EXIT);
		if (one_in(4)) {
			sc.flags = UTRACE_SYSCALLS_OTHERS;
			sc.others = some_of(first_info.syscall_flags & ~UTRACE_SC_COUNT);
		}
		sc.rules = (uintptr_t)rules;
		sc.nr_rules = below(40);
		for (i = 0; i < sc.nr_rules; i++) {
			/* At most a few rules of one call. */
			nr += below(3) * below(12);
			put_rule(&rules[i], nr);
		}
		if (!sc.nr_rules)
			sc.rules = 0;
	}
	call(s->fd, UTRACE_IOC_SYSCALLS, &sc, sizeof(sc));
}

static void do_attach(struct session *s, bool mine)
{
	struct utrace_attach a = { .size = sizeof(a), .fd = -1 };
	__u32 flags = first_info.attach_flags;
	unsigned int n;
	bool thread;
	long ret;

	/* A session that can do harm keeps away from guarded victims. */
	n = s->gentle ? below(nr_victims) : nr_guarded + below(nr_victims - nr_guarded);
	thread = one_in(3);
	/* A tracer that attached to itself would hold itself at the next call. */
	if (!is_child || !one_in(40)) {
		a.fd = syscall(SYS_pidfd_open, victims[n].pid, thread ? O_EXCL : 0);
		if (a.fd < 0)
			return;
	}
	if (s->gentle)
		flags &= ~(UTRACE_ATTACH_KILL | UTRACE_ATTACH_STRICT);
	/* Only the tracer's own end may be that of its sessions. */
	if (below(8) || is_child)
		flags &= ~UTRACE_ATTACH_OWNER;
	a.flags = flags & rnd() & rnd();
	if (below(3))
		a.flags &= ~UTRACE_ATTACH_ALONE;
	else if (thread)
		a.flags &= UTRACE_ATTACH_ALONE | UTRACE_ATTACH_HELD;
	a.tag = new_order(s, 100, -1);
	ret = call(s->fd, UTRACE_IOC_ATTACH, &a, sizeof(a));
	if (a.fd >= 0)
		close(a.fd);
	if (ret)
		return;
	atomic_store(&order_of(a.tag)->wanted_done, !!(a.flags & UTRACE_ATTACH_HELD));
	s->attached = true;
	if (a.thread && mine)
		cookie_index(s, a.thread);
}

/* Orders, and perhaps records in return. */
static void do_control(struct session *s, bool mine)
{
	struct utrace_control c = { .size = sizeof(c) };
	unsigned int i, n = 1 + below(one_in(4) ? ORDERS_IN_CALL : 3);
	__u32 sizes[ORDERS_IN_CALL], at;
	__u64 last = 0;
	char *orders = area + 131072, *records = NULL;
	size_t room;
	long ret;

	memset(orders, 0, 4096);
	for (i = 0; i < n; i++) {
		struct utrace_order *o = (void *)(orders + c.bytes);

		sizes[i] = put_order(s, o, area + 8192 * i, last);
		last = o->thread;
		c.bytes += sizes[i];
		o->result = NO_RESULT;
		/* If the caller dies in the call, nobody knows what the result was. */
		o->tag = new_order(s, o->action,
				   o->thread && !(o->flags & UTRACE_ORDER_PROCESS) ? -2 : -1);
	}
	c.orders = (uintptr_t)orders;
	if (one_in(30))
		c.bytes += 4 * below(10);
	if (one_in(3) && (mine || !s->exact)) {
		room = below(3) ? 32768 : below(400);
		records = area + 196608;
		c.buffer = (uintptr_t)records;
		c.buffer_size = room;
		c.timeout = one_in(3) ? (int)below(4) : 0;
		if (mine && one_in(50))
			c.timeout = -1;
	}
	begin(UTRACE_IOC_CONTROL & 0xff);
	ret = check_errno(4, ioctl(s->fd, UTRACE_IOC_CONTROL, &c));
	if (c.done > c.bytes) {
		fault("%u of %u bytes of orders are done", c.done, c.bytes);
		return;
	}
	/* The rest of them has not been looked at, except perhaps one. */
	for (i = 0, at = 0; i < n; at += sizes[i++]) {
		struct utrace_order *o = (void *)(orders + at);

		if (at >= c.done && o->result == (int)NO_RESULT && ret != -EFAULT) {
			atomic_store(&order_of(o->tag)->wanted, 0);
			atomic_store(&order_of(o->tag)->wanted_done, 0);
		}
	}
	check_results(s, orders, sizes, c.done);
	if (!ret && records && c.buffer_size && mine)
		see_records(s, records, c.buffer_size);
}

static void do_read(struct session *s)
{
	static const unsigned int sizes[] = { 0, 1, 47, 48, 56, 200, 1000, 4096, 65536 };
	size_t room = sizes[below(ARRAY_SIZE(sizes))], good = room;
	struct iovec iov[4];
	ssize_t n;
	char *p;
	int i;

	begin(AT_READ);
	if (s->user && !one_in(10)) {
		if (!s->spoilt)
			see_ring(s);
		return;
	}
	if (one_in(4))
		good = below(room + 1);
	p = edge(good);
	if (one_in(4)) {
		size_t at = 0;

		for (i = 0; i < 3; i++) {
			iov[i].iov_base = p + at;
			iov[i].iov_len = below(room - at + 1);
			at += iov[i].iov_len;
		}
		iov[3] = (struct iovec){ p + at, room - at };
		n = readv(s->fd, iov, 4);
	} else if (one_in(3)) {
		iov[0] = (struct iovec){ p, room };
		n = preadv2(s->fd, iov, 1, -1, RWF_NOWAIT);
	} else {
		n = read(s->fd, p, room);
	}
	n = check_errno(AT_READ, n);
	if (n > (ssize_t)good)
		fault("%zd bytes were read into %zu", n, good);
	else if (n > 0)
		see_records(s, p, n);
}

static void do_poll(struct session *s, bool mine)
{
	struct pollfd p = { .fd = s->fd, .events = POLLIN | POLLPRI };

	begin(AT_POLL);
	poll(&p, 1, below(3));
	if (mine && p.revents & (POLLERR | POLLNVAL))
		fault("poll: %#x", p.revents);
}

static void do_ring(struct session *s)
{
	struct utrace_ring ring = {
		.size = sizeof(ring),
		.flags = below(4) ? UTRACE_RING_MMAP : 0,
		.bytes = below(4) ? ut_page() << below(5) : 0,
	};
	void *user, *data;

	if (one_in(10))
		ring.bytes = odd_number() & 0x3ffffff;
	if (call(s->fd, UTRACE_IOC_RING, &ring, sizeof(ring)))
		return;
	begin(AT_MMAP);
	data = mmap(NULL, ut_page() + 2 * ring.bytes, PROT_READ, MAP_SHARED, s->fd,
		    ring.data_offset);
	user = mmap(NULL, ut_page(), PROT_READ | PROT_WRITE, MAP_SHARED, s->fd,
		    ring.user_offset);
	if (data == MAP_FAILED || user == MAP_FAILED) {
		if (data != MAP_FAILED)
			munmap(data, ut_page() + 2 * ring.bytes);
		/* Nobody reads a ring that is for mmap() only. */
		if (ring.flags & UTRACE_RING_MMAP)
			s->exact = false;
		return;
	}
	s->bytes = ring.bytes;
	s->kernel = data;
	s->data = (char *)data + ut_page();
	s->user = user;
	s->tail = s->user->tail;
	s->maps = true;
}

/* mmap() as it is not meant. */
static void do_mmap(struct session *s)
{
	size_t len = ut_page() * below(20);
	void *p;

	begin(AT_MMAP);
	p = mmap(NULL, len, below(8), one_in(4) ? MAP_PRIVATE : MAP_SHARED, s->fd,
		 ut_page() * below(4));
	if (p == MAP_FAILED)
		return;
	if (one_in(2))
		mprotect(p, len, below(8));
	if (one_in(4))
		madvise(p, len, below(22));
	munmap(p, len);
}

/* The consumer loses its senses for a moment. */
static void do_wild(struct session *s)
{
	struct utrace_info info = { .size = sizeof(info) };
	__u64 head;

	begin(AT_MMAP);
	if (!s->user)
		return;
	head = load_word(&s->kernel->head);
	switch (below(4)) {
	case 0:		/* far away in the future */
		store_word(&s->user->tail, head + (odd_number() | 1ull << 40));
		break;
	case 1:		/* in the middle of a word */
		store_word(&s->user->tail, s->tail + 1 + below(7));
		break;
	case 2:		/* before what the ring can hold */
		store_word(&s->user->tail, head - s->bytes - 8 * (1 + below(99)));
		break;
	case 3:		/* in the middle of a record */
		if (s->exact)
			return;
		s->spoilt = true;
		store_word(&s->user->tail, s->tail + 8 * below(50));
		break;
	}
	ioctl(s->fd, UTRACE_IOC_FEED);
	do_poll(s, true);
	ioctl(s->fd, UTRACE_IOC_INFO, &info);
	if (info.queued > info.queue_bytes)
		fault("info: %llu of %llu bytes are queued", info.queued, info.queue_bytes);
	ut_sleep(below(2));
	if (!s->spoilt)
		store_word(&s->user->tail, s->tail);
}

static void do_status(struct session *s)
{
	struct utrace_status st = {
		.size = sizeof(st),
		.thread = one_in(2) ? 0 : a_cookie(s),
		.buffer = one_in(20) ? odd_number() : (uintptr_t)area,
		.buffer_size = one_in(4) ? below(1000) : 16384,
	};
	__u32 room = st.buffer_size / sizeof(struct utrace_rec_attached);
	long ret = call(s->fd, UTRACE_IOC_STATUS, &st, sizeof(st));

	if (!ret && st.buffer_size > room * sizeof(struct utrace_rec_attached) &&
	    room == 16384 / sizeof(struct utrace_rec_attached))
		fault("status: %u bytes of %u threads", st.buffer_size, st.nr);
}

static void do_pidfd(struct session *s)
{
	struct utrace_pidfd p = {
		.size = sizeof(p), .flags = below(2), .thread = a_cookie(s),
	};

	if (call(s->fd, UTRACE_IOC_PIDFD, &p, sizeof(p)))
		return;
	if (fcntl(p.fd, F_GETFD) == FD_CLOEXEC)
		close(p.fd);
}

static void do_view(struct session *s)
{
	struct utrace_view_get v = {
		.size = sizeof(v),
		.buffer = (uintptr_t)area,
		.buffer_size = one_in(3) ? below(4096) : 65536,
	};

	if (one_in(2))
		v.thread = a_cookie(s);
	else
		v.id = below(20);
	call(s->fd, UTRACE_IOC_VIEW, &v, sizeof(v));
}

static void do_counts(struct session *s)
{
	struct utrace_counts c = {
		.size = sizeof(c),
		.flags = below(2),
		.arch = one_in(4) ? first_info.compat_arch : first_info.arch,
		.nr = below(1000),
		.counts = (uintptr_t)area,
		.count_size = sizeof(struct utrace_count) + 8 * below(3),
	};

	call(s->fd, UTRACE_IOC_COUNTS, &c, sizeof(c));
}

static void do_restrict(struct session *s)
{
	struct utrace_restrict r = {
		.size = sizeof(r), .rights = (s->gentle ? GENTLE_RIGHTS : 0xfff) & ~some_of(rnd()),
	};

	call(s->fd, UTRACE_IOC_RESTRICT, &r, sizeof(r));
}

static void do_wrong(struct session *s)
{
	char *arg = one_in(3) ? NULL : edge(below(200));

	begin(0xff);
	check_errno(0xff, ioctl(s->fd, _IO(UTRACE_IOC_MAGIC, below(16)), NULL));
	check_errno(0xff, ioctl(s->fd, (unsigned int)rnd(), arg));
	if (write(s->fd, arg, 8) >= 0)
		fault("a session can be written");
	fcntl(s->fd, F_SETFL, below(2) ? O_NONBLOCK : 0);
}

#endif /* UTRACE_FUZZ_CALLS_H */
