// SPDX-License-Identifier: GPL-2.0-only
/*
 * What sessions of /dev/utrace cost, beside what others pay for the same
 *
 *   sessions [PART...]	print "bench NAME INSTRUCTIONS" for each figure of the parts:
 *			records, stops, threads, memory
 *
 * The peers of a figure are measured in the same boot: BPF programs with a ring buffer,
 * ptrace, process_vm_readv().  measure.h says how instructions are counted.
 *
 * The functions profile_begin() and profile_end() do nothing.  A plugin for QEMU can look
 * for their addresses to know when a loop is measured.
 */
#define _GNU_SOURCE
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../include/uapi/linux/utrace.h"
#include "../../include/uapi/linux/utrace_regs.h"
#include "measure.h"

#define RING_BYTES	(4u << 20)
#define CALLS		1000

static void one_call(void)
{
	syscall(SYS_getppid);
}

static __attribute__((noinline)) void profile_begin(void)
{
	asm volatile("" ::: "memory");
}

static __attribute__((noinline)) void profile_end(void)
{
	asm volatile("" : : "r" (1) : "memory");
}

static double measure_marked(const struct loop *loop)
{
	double cost;

	profile_begin();
	cost = measure(loop, NULL);
	profile_end();
	return cost;
}

static void mark(const char *what, bool good)
{
	if (good)
		return;
	fprintf(stderr, "%s: not what was to be measured\n", what);
	exit(1);
}

/*
 * Shared with the processes that are traced
 */

#define MAX_THREADS	10000

static struct shared {
	double cost;
	int ready;
	pid_t tids[MAX_THREADS];
} *shared;

static int go[2];

static void wait_for_go(void)
{
	char c;

	if (read(go[0], &c, 1) != 1)
		_exit(1);
}

static void give_go(void)
{
	if (write(go[1], "g", 1) != 1)
		die("pipe");
}

static pid_t start(void (*body)(void))
{
	pid_t pid;

	if (pipe(go))
		die("pipe");
	pid = fork();
	if (pid < 0)
		die("fork");
	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		body();
		_exit(0);
	}
	return pid;
}

static void end(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	close(go[0]);
	close(go[1]);
}

/*
 * Sessions
 */

struct session {
	int fd;
	struct utrace_ring_user *user;
	struct utrace_ring_kernel *kernel;
	char *data;
	uint64_t bytes;
	uint64_t records;
	uint64_t thread;
};

static void open_session(struct session *s)
{
	memset(s, 0, sizeof(*s));
	s->fd = open("/dev/utrace", O_RDWR | O_CLOEXEC);
	if (s->fd < 0)
		die("/dev/utrace");
}

static void map_ring(struct session *s)
{
	struct utrace_ring ring = {
		.size = sizeof(ring), .flags = UTRACE_RING_MMAP, .bytes = RING_BYTES,
	};
	long page = sysconf(_SC_PAGESIZE);
	void *p;

	if (ioctl(s->fd, UTRACE_IOC_RING, &ring))
		die("UTRACE_IOC_RING");
	s->bytes = ring.bytes;
	s->user = mmap(NULL, page, PROT_READ | PROT_WRITE, MAP_SHARED, s->fd,
		       ring.user_offset);
	p = mmap(NULL, page + 2 * ring.bytes, PROT_READ, MAP_SHARED, s->fd,
		 ring.data_offset);
	if (s->user == MAP_FAILED || p == MAP_FAILED)
		die("mmap of the ring");
	s->kernel = p;
	s->data = (char *)p + page;
}

static void unmap_ring(struct session *s)
{
	long page = sysconf(_SC_PAGESIZE);

	munmap(s->user, page);
	munmap(s->kernel, page + 2 * s->bytes);
}

static void configure(struct session *s, struct utrace_config config)
{
	config.size = sizeof(config);
	if (ioctl(s->fd, UTRACE_IOC_CONFIG, &config))
		die("UTRACE_IOC_CONFIG");
}

/* What the session wants of each call. */
static void set_table(struct session *s, const uint32_t *entries, unsigned int nr)
{
	struct utrace_info info = { .size = sizeof(info) };
	struct utrace_syscalls calls = {
		.size = sizeof(calls), .nr = nr, .entries = (uintptr_t)entries,
	};

	if (ioctl(s->fd, UTRACE_IOC_INFO, &info))
		die("UTRACE_IOC_INFO");
	calls.arch = info.arch;
	if (ioctl(s->fd, UTRACE_IOC_SYSCALLS, &calls))
		die("UTRACE_IOC_SYSCALLS");
}

static unsigned int attach(struct session *s, pid_t pid)
{
	struct utrace_attach attach = { .size = sizeof(attach) };

	attach.fd = syscall(SYS_pidfd_open, pid, 0);
	if (attach.fd < 0)
		die("pidfd_open");
	if (ioctl(s->fd, UTRACE_IOC_ATTACH, &attach))
		die("UTRACE_IOC_ATTACH");
	close(attach.fd);
	s->thread = attach.thread;
	return attach.threads;
}

/* Consume what is in the ring.  Returns whether more can come. */
static bool drain(struct session *s)
{
	uint64_t tail = s->user->tail;
	struct pollfd pfd = { .fd = s->fd, .events = POLLIN };

	if (poll(&pfd, 1, -1) < 0)
		die("poll");
	while (tail != __atomic_load_n(&s->kernel->head, __ATOMIC_ACQUIRE)) {
		struct utrace_record *rec = (void *)(s->data + (tail & (s->bytes - 1)));
		uint32_t size = __atomic_load_n(&rec->size, __ATOMIC_ACQUIRE);

		if (size & UTRACE_REC_BUSY)
			break;
		if (rec->type == UTRACE_EV_SYSCALL)
			s->records++;
		tail += UTRACE_REC_SIZE(size);
	}
	__atomic_store_n(&s->user->tail, tail, __ATOMIC_RELEASE);
	return !(pfd.revents & POLLHUP);
}

/*
 * Records of system calls
 */

static const struct loop calls_loop = { "call", one_call, CALLS, 60 };

static void measure_calls(void)
{
	wait_for_go();
	shared->cost = measure_marked(&calls_loop);
}

/*
 * Calls of a process that @s is attached to, whose reader sleeps until half of the ring
 * is full.
 */
static double traced_calls(struct session *s, bool records)
{
	pid_t pid = start(measure_calls);

	map_ring(s);
	attach(s, pid);
	give_go();
	while (drain(s))
		;
	waitpid(pid, NULL, 0);
	end(pid);
	close(s->fd);
	mark("records", records == (s->records > CALLS * 60));
	mark("records lost", !s->kernel->lost);
	return shared->cost;
}

static void run_session_calls(void)
{
	const struct utrace_config record = {
		.record = UTRACE_EV_BIT(UTRACE_EV_SYSCALL),
		.wakeup_bytes = RING_BYTES / 2,
	};
	static uint32_t table[UTRACE_SYSCALLS_MAX];
	struct session s;

	open_session(&s);
	configure(&s, record);
	report("call_record", traced_calls(&s, true));

	/* Only those that fail are recorded; getppid() does not. */
	open_session(&s);
	memset(table, 0, sizeof(table));
	table[SYS_getppid] = UTRACE_SC_RECORD | UTRACE_SC_ERRORS;
	set_table(&s, table, SYS_getppid + 1);
	configure(&s, record);
	report("call_errors", traced_calls(&s, false));

	open_session(&s);
	table[SYS_getppid] = UTRACE_SC_COUNT;
	set_table(&s, table, SYS_getppid + 1);
	configure(&s, record);
	report("call_count", traced_calls(&s, false));

	open_session(&s);
	table[SYS_getppid] = 0;
	table[SYS_exit_group] = UTRACE_SC_RECORD;
	set_table(&s, table, SYS_exit_group + 1);
	configure(&s, record);
	report("call_unwanted", traced_calls(&s, false));
}

/*
 * BPF: two programs at the entry and the exit of every call put a record each into a
 * ring buffer
 */

#define BPF(c, d, s, o, i)	((struct bpf_insn) {	\
	.code = (c), .dst_reg = (d), .src_reg = (s), .off = (o), .imm = (i) })
#define MOV_REG(d, s)		BPF(BPF_ALU64 | BPF_MOV | BPF_X, d, s, 0, 0)
#define MOV(d, i)		BPF(BPF_ALU64 | BPF_MOV | BPF_K, d, 0, 0, i)
#define ADD(d, i)		BPF(BPF_ALU64 | BPF_ADD | BPF_K, d, 0, 0, i)
#define LOAD(d, s, o)		BPF(BPF_LDX | BPF_MEM | BPF_DW, d, s, o, 0)
#define STORE(d, s, o)		BPF(BPF_STX | BPF_MEM | BPF_DW, d, s, o, 0)
#define CALL(f)			BPF(BPF_JMP | BPF_CALL, 0, 0, 0, BPF_FUNC_##f)
#define IF_NOT_NULL(r, o)	BPF(BPF_JMP | BPF_JNE | BPF_K, r, 0, o, 0)
#define EXIT()			BPF(BPF_JMP | BPF_EXIT, 0, 0, 0, 0)
#define LOAD_MAP(d, fd)		BPF(BPF_LD | BPF_DW | BPF_IMM, d, BPF_PSEUDO_MAP_FD, 0, fd), \
				BPF(0, 0, 0, 0, 0)

/* Where struct pt_regs has the arguments, and 96 bytes of it are copied from. */
#if defined(__x86_64__)
#define REGS_AT	56
#elif defined(__riscv)
#define REGS_AT	80
#elif defined(__powerpc64__) || defined(__s390x__)
#define REGS_AT	24
#else
#define REGS_AT	0
#endif
#define REGS_BYTES	96

static volatile unsigned long *bpf_consumer, *bpf_producer;

static long bpf(int cmd, union bpf_attr *attr)
{
	return syscall(SYS_bpf, cmd, attr, sizeof(*attr));
}

static int bpf_ring(void)
{
	long page = sysconf(_SC_PAGESIZE);
	union bpf_attr attr;
	int fd;

	memset(&attr, 0, sizeof(attr));
	attr.map_type = BPF_MAP_TYPE_RINGBUF;
	attr.max_entries = RING_BYTES;
	fd = bpf(BPF_MAP_CREATE, &attr);
	if (fd < 0)
		die("BPF_MAP_CREATE");
	bpf_consumer = mmap(NULL, page, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	bpf_producer = mmap(NULL, page, PROT_READ, MAP_SHARED, fd, page);
	if (bpf_consumer == MAP_FAILED || bpf_producer == MAP_FAILED)
		die("mmap of a BPF ring");
	return fd;
}

static int bpf_at(const char *name, const struct bpf_insn *insns, size_t nr)
{
	static char log[65536];
	union bpf_attr attr;
	int prog, fd;

	memset(&attr, 0, sizeof(attr));
	attr.prog_type = BPF_PROG_TYPE_RAW_TRACEPOINT;
	attr.insns = (uintptr_t)insns;
	attr.insn_cnt = nr;
	attr.license = (uintptr_t)"GPL";
	attr.log_buf = (uintptr_t)log;
	attr.log_size = sizeof(log);
	attr.log_level = 1;
	prog = bpf(BPF_PROG_LOAD, &attr);
	if (prog < 0) {
		fputs(log, stderr);
		die("BPF_PROG_LOAD");
	}
	memset(&attr, 0, sizeof(attr));
	attr.raw_tracepoint.name = (uintptr_t)name;
	attr.raw_tracepoint.prog_fd = prog;
	fd = bpf(BPF_RAW_TRACEPOINT_OPEN, &attr);
	if (fd < 0)
		die(name);
	close(prog);
	return fd;
}

/* The consumer only moves on, which costs it nothing. */
static void one_bpf_call(void)
{
	static int calls;

	one_call();
	if (++calls % 1000 == 0)
		*bpf_consumer = *bpf_producer;
}

static void run_bpf(void)
{
	static const struct loop loop = { "bpf", one_bpf_call, CALLS, 60 };
	const struct bpf_insn none[] = { MOV(0, 0), EXIT() };
	int ring = bpf_ring(), entry, exit_;
	unsigned long before;
	/* Number, time, ids, and registers, of which the arguments are some. */
	const struct bpf_insn at_entry[] = {
		MOV_REG(6, 1),
		LOAD_MAP(1, ring), MOV(2, 24 + REGS_BYTES + 8), MOV(3, 0),
		CALL(ringbuf_reserve),
		IF_NOT_NULL(0, 1), EXIT(),
		MOV_REG(7, 0),
		LOAD(1, 6, 8), STORE(7, 1, 0),
		CALL(ktime_get_ns), STORE(7, 0, 8),
		CALL(get_current_pid_tgid), STORE(7, 0, 16),
		LOAD(3, 6, 0), STORE(7, 3, 24 + REGS_BYTES),
		ADD(3, REGS_AT), MOV_REG(1, 7), ADD(1, 24), MOV(2, REGS_BYTES),
		CALL(probe_read_kernel),
		MOV_REG(1, 7), MOV(2, BPF_RB_NO_WAKEUP),
		CALL(ringbuf_submit),
		MOV(0, 0), EXIT(),
	};
	/* Result, time, ids. */
	const struct bpf_insn at_exit[] = {
		MOV_REG(6, 1),
		LOAD_MAP(1, ring), MOV(2, 24), MOV(3, 0),
		CALL(ringbuf_reserve),
		IF_NOT_NULL(0, 1), EXIT(),
		MOV_REG(7, 0),
		LOAD(1, 6, 8), STORE(7, 1, 0),
		CALL(ktime_get_ns), STORE(7, 0, 8),
		CALL(get_current_pid_tgid), STORE(7, 0, 16),
		MOV_REG(1, 7), MOV(2, BPF_RB_NO_WAKEUP),
		CALL(ringbuf_submit),
		MOV(0, 0), EXIT(),
	};

	entry = bpf_at("sys_enter", none, ARRAY_SIZE(none));
	exit_ = bpf_at("sys_exit", none, ARRAY_SIZE(none));
	report("bpf_null", measure(&loop, NULL));
	close(entry);
	close(exit_);

	entry = bpf_at("sys_enter", at_entry, ARRAY_SIZE(at_entry));
	exit_ = bpf_at("sys_exit", at_exit, ARRAY_SIZE(at_exit));
	before = *bpf_producer;
	report("bpf_records", measure_marked(&loop));
	/* Two heads of 8 bytes. */
	mark("BPF records", *bpf_producer - before >=
			    (16 + 2 * 24 + REGS_BYTES + 8) * CALLS * 60ul);
	close(entry);
	close(exit_);
	close(ring);
}

static void run_records(void)
{
	report("call_bare", measure_marked(&calls_loop));
	run_session_calls();
	run_bpf();
	/* Nothing of that is left. */
	report("call_bare_after", measure(&calls_loop, NULL));
}

/*
 * Stops
 */

static struct session stop_session;
static uint64_t stop_seq;
static pid_t tracee;

static void call_for_ever(void)
{
	for (;;)
		one_call();
}

static void call_for_ever_after_go(void)
{
	wait_for_go();
	call_for_ever();
}

/* The record with HELD among those of @bytes; NULL: it is still to come. */
static const struct utrace_record *find_held(const void *records, uint64_t bytes)
{
	const struct utrace_record *rec = records;

	while ((const char *)rec < (const char *)records + bytes) {
		if (rec->flags & UTRACE_RECF_HELD)
			return rec;
		rec = (const void *)((const char *)rec + rec->size);
	}
	return NULL;
}

/* Release the thread, and hear of its next stop, with three registers. */
static void one_stop(void)
{
	struct utrace_order order = {
		.size = sizeof(order),
		.action = UTRACE_OP_RELEASE,
		.thread = stop_session.thread,
		.stop = stop_seq,
	};
	uint64_t buffer[128];
	const struct utrace_record *rec;
	struct utrace_control control = {
		.size = sizeof(control),
		.orders = (uintptr_t)&order,
		.bytes = stop_seq ? sizeof(order) : 0,
		.buffer = (uintptr_t)buffer,
		.buffer_size = sizeof(buffer),
		.timeout = -1,
	};
	const struct utrace_item *item;
	const struct utrace_roles *roles;

	if (ioctl(stop_session.fd, UTRACE_IOC_CONTROL, &control) || order.result)
		die("UTRACE_IOC_CONTROL");
	/* Before the first stop comes the record of the attach. */
	while (!(rec = find_held(buffer, control.buffer_size))) {
		control.bytes = 0;
		control.buffer_size = sizeof(buffer);
		if (ioctl(stop_session.fd, UTRACE_IOC_CONTROL, &control))
			die("UTRACE_IOC_CONTROL");
	}
	item = (void *)((char *)rec + rec->items);
	roles = (void *)((char *)item + item->data);
	mark("roles", rec->nr_items == 1 && item->kind == UTRACE_ITEM_ROLES &&
		      __builtin_popcountll(roles->mask) == 3);
	stop_seq = rec->seq;
}

static void to_ptrace_stop(void)
{
	int status;

	if (ptrace(PTRACE_SYSCALL, tracee, NULL, NULL) ||
	    waitpid(tracee, &status, 0) != tracee ||
	    !WIFSTOPPED(status) || WSTOPSIG(status) != (SIGTRAP | 0x80))
		die("PTRACE_SYSCALL");
}

static void one_ptrace_stop(void)
{
	static char regs[8192];
	struct iovec general = { regs, sizeof(regs) }, fp = { regs, sizeof(regs) };

	to_ptrace_stop();
	if (ptrace(PTRACE_GETREGSET, tracee, (void *)NT_PRSTATUS, &general) ||
	    ptrace(PTRACE_GETREGSET, tracee, (void *)NT_FPREGSET, &fp))
		die("PTRACE_GETREGSET");
}

/* Two processes that wait for each other: the least that two switches can cost. */
static int ping[2], pong[2];

static void one_ping(void)
{
	char c = 0;

	if (write(ping[1], &c, 1) != 1 || read(pong[0], &c, 1) != 1)
		die("pipe");
}

static void answer_pings(void)
{
	char c;

	while (read(ping[0], &c, 1) == 1 && write(pong[1], &c, 1) == 1)
		;
}

static void run_stops(void)
{
	static const struct loop by_session = { "stop_session", one_stop, 100, 60 };
	static const struct loop by_ptrace = { "stop_ptrace", one_ptrace_stop, 100, 60 };
	static const struct loop bare = { "stop_ptrace_bare", to_ptrace_stop, 100, 60 };
	static const struct loop pings = { "pipe_ping", one_ping, 100, 60 };
	static uint32_t table[UTRACE_SYSCALLS_MAX];

	open_session(&stop_session);
	table[SYS_getppid] = UTRACE_SC_HOLD_ENTRY | UTRACE_SC_HOLD_EXIT;
	set_table(&stop_session, table, SYS_getppid + 1);
	configure(&stop_session, (struct utrace_config) {
		.hold = UTRACE_EV_BIT(UTRACE_EV_SYSCALL_ENTRY) |
			UTRACE_EV_BIT(UTRACE_EV_SYSCALL),
		.roles = UTRACE_ROLE_BIT(UTRACE_ROLE_PC) |
			 UTRACE_ROLE_BIT(UTRACE_ROLE_SP) |
			 UTRACE_ROLE_BIT(UTRACE_ROLE_FP),
	});
	tracee = start(call_for_ever_after_go);
	attach(&stop_session, tracee);
	give_go();
	report(by_session.name, measure_marked(&by_session));
	close(stop_session.fd);
	end(tracee);

	tracee = start(call_for_ever_after_go);
	if (ptrace(PTRACE_SEIZE, tracee, NULL,
		   (void *)(PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL)) ||
	    ptrace(PTRACE_INTERRUPT, tracee, NULL, NULL) ||
	    waitpid(tracee, NULL, 0) != tracee)
		die("PTRACE_SEIZE");
	give_go();
	to_ptrace_stop();
	report(bare.name, measure(&bare, NULL));
	report(by_ptrace.name, measure_marked(&by_ptrace));
	end(tracee);

	if (pipe(ping) || pipe(pong))
		die("pipe");
	tracee = start(answer_pings);
	report(pings.name, measure(&pings, NULL));
	end(tracee);
}

/*
 * Many threads
 */

static void *sleep_for_ever(void *arg)
{
	struct shared *s = arg;
	int nr = __atomic_fetch_add(&s->ready, 1, __ATOMIC_SEQ_CST);
	char c;

	s->tids[nr] = syscall(SYS_gettid);
	/* The pipe stays empty. */
	while (read(go[0], &c, 1) != 1)
		;
	return NULL;
}

static int threads;

static void make_threads(void)
{
	pthread_attr_t attr;
	pthread_t thread;

	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, 32768);
	pthread_attr_setguardsize(&attr, 0);
	for (int i = 1; i < threads; i++) {
		errno = pthread_create(&thread, &attr, sleep_for_ever, shared);
		if (errno)
			die("pthread_create");
	}
	sleep_for_ever(shared);
}

static void start_threads(int nr)
{
	threads = nr;
	shared->ready = 0;
	tracee = start(make_threads);
	while (__atomic_load_n(&shared->ready, __ATOMIC_SEQ_CST) < nr)
		usleep(1000);
	/* They are asleep, and what their making has left behind is done. */
	sleep(1);
}

static void allow_threads(void)
{
	int fd = open("/proc/sys/kernel/threads-max", O_WRONLY);

	if (fd < 0 || write(fd, "60000", 5) != 5)
		die("/proc/sys/kernel/threads-max");
	close(fd);
}

/* The dearest thing here is done few times; the cheapest time has no ticks in it. */
#define TIMES	3

static void keep_least(double *least, double cost)
{
	if (!*least || cost < *least)
		*least = cost;
}

static void report_threads(const char *what, double cost)
{
	char name[64];

	snprintf(name, sizeof(name), "%s_%d", what, threads);
	report(name, cost);
}

static void give_order(struct session *s, int action)
{
	struct utrace_order order = { .size = sizeof(order), .action = action };
	struct utrace_control control = {
		.size = sizeof(control), .orders = (uintptr_t)&order, .bytes = sizeof(order),
	};

	if (ioctl(s->fd, UTRACE_IOC_CONTROL, &control) || order.result)
		die("UTRACE_IOC_CONTROL");
	mark("order to all threads", order.done == (unsigned int)threads);
}

static void many_by_session(void)
{
	double attached = 0, held = 0;
	struct session s;
	long long before;

	for (int i = 0; i < TIMES; i++) {
		/* A ring's pages are cleared once, whatever comes: not by the attach. */
		open_session(&s);
		map_ring(&s);
		configure(&s, (struct utrace_config) {
			.record = UTRACE_EV_BIT(UTRACE_EV_EXIT),
		});
		profile_begin();
		before = now();
		mark("attach", attach(&s, tracee) == (unsigned int)threads);
		keep_least(&attached, now() - before);
		profile_end();
		if (threads <= 1000) {
			profile_begin();
			before = now();
			give_order(&s, UTRACE_OP_HOLD);
			keep_least(&held, now() - before);
			profile_end();
		}
		unmap_ring(&s);
		close(s.fd);
		usleep(100000);
	}
	report_threads("attach_session", attached);
	if (held)
		report_threads("hold_session", held);
}

/* In a process of its own: what it has seized is free when it ends. */
static void seize_all(void)
{
	long long before = now();
	int status;

	for (int i = 0; i < threads; i++)
		if (ptrace(PTRACE_SEIZE, shared->tids[i], NULL, NULL))
			die("PTRACE_SEIZE");
	shared->cost = now() - before;
	if (threads > 1000)
		_exit(0);
	before = now();
	for (int i = 0; i < threads; i++)
		if (ptrace(PTRACE_INTERRUPT, shared->tids[i], NULL, NULL))
			die("PTRACE_INTERRUPT");
	for (int i = 0; i < threads; i++)
		if (waitpid(shared->tids[i], &status, __WALL) != shared->tids[i])
			die("waitpid");
	shared->ready = now() - before;
	_exit(0);
}

static void many_by_ptrace(void)
{
	double attached = 0, held = 0;

	for (int i = 0; i < TIMES; i++) {
		pid_t pid = fork();
		int status;

		if (!pid)
			seize_all();
		if (pid < 0 || waitpid(pid, &status, 0) != pid || status)
			die("seize");
		keep_least(&attached, shared->cost);
		if (threads <= 1000)
			keep_least(&held, shared->ready);
		sleep(1);
	}
	report_threads("attach_ptrace", attached);
	if (held)
		report_threads("hold_ptrace", held);
}

static void run_threads(void)
{
	static const int numbers[] = { 1000, 3000, MAX_THREADS };

	allow_threads();
	for (size_t i = 0; i < ARRAY_SIZE(numbers); i++) {
		start_threads(numbers[i]);
		many_by_session();
		many_by_ptrace();
		end(tracee);
	}
}

/*
 * Memory
 */

#define PIECES	16
#define PIECE	64

static struct iovec local[PIECES], remote[PIECES];
static struct utrace_seg segs[PIECES];
static char *area;
static int pieces;

static void one_readv(void)
{
	if (process_vm_readv(tracee, local, pieces, remote, pieces, 0) != pieces * PIECE)
		die("process_vm_readv");
}

static void one_memory_order(void)
{
	struct utrace_order_memory order = {
		.order = {
			.size = sizeof(order),
			.action = UTRACE_OP_MEMORY,
			.thread = stop_session.thread,
		},
		.segs = (uintptr_t)segs,
		.nr = pieces,
	};
	struct utrace_control control = {
		.size = sizeof(control),
		.orders = (uintptr_t)&order,
		.bytes = sizeof(order),
	};

	if (ioctl(stop_session.fd, UTRACE_IOC_CONTROL, &control) || order.order.result ||
	    segs[pieces - 1].done != PIECE)
		die("UTRACE_OP_MEMORY");
}

/* @nr pieces, one @stride after the other. */
static void run_pieces(const char *what, int nr, size_t stride)
{
	static const struct loop readv_loop = { "readv", one_readv, 100, 60 };
	static const struct loop order_loop = { "order", one_memory_order, 100, 60 };
	static char buffer[PIECES * PIECE];
	char name[64];

	pieces = nr;
	for (int i = 0; i < nr; i++) {
		local[i] = (struct iovec) { buffer + i * PIECE, PIECE };
		remote[i] = (struct iovec) { area + i * stride, PIECE };
		segs[i] = (struct utrace_seg) {
			.size = sizeof(segs[i]),
			.addr = (uintptr_t)remote[i].iov_base,
			.buffer = (uintptr_t)local[i].iov_base,
			.len = PIECE,
		};
	}
	snprintf(name, sizeof(name), "readv_%s", what);
	report(name, measure(&readv_loop, NULL));
	memset(buffer, 0, sizeof(buffer));
	snprintf(name, sizeof(name), "memory_%s", what);
	report(name, measure_marked(&order_loop));
	mark("memory", buffer[0] == 'm' && buffer[nr * PIECE - 1] == 'm');
}

static void run_memory(void)
{
	size_t page = sysconf(_SC_PAGESIZE);

	area = mmap(NULL, PIECES * page, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (area == MAP_FAILED)
		die("mmap");
	memset(area, 'm', PIECES * page);
	tracee = start(wait_for_go);
	open_session(&stop_session);
	attach(&stop_session, tracee);
	/* At the end: the part that is measured is the last one. */
	run_pieces("1", 1, PIECE);
	run_pieces("16_pages", PIECES, page);
	run_pieces("16", PIECES, PIECE);
	close(stop_session.fd);
	end(tracee);
}

static const struct part {
	const char *name;
	void (*run)(void);
} parts[] = {
	{ "records", run_records },
	{ "stops", run_stops },
	{ "memory", run_memory },
	{ "threads", run_threads },
};

int main(int argc, char **argv)
{
	setvbuf(stdout, NULL, _IOLBF, 0);
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (shared == MAP_FAILED)
		die("mmap");
	/* A guest that has just booted is busy for a while. */
	sleep(2);
	measure(&calls_loop, NULL);
	for (size_t i = 0; i < ARRAY_SIZE(parts); i++) {
		bool wanted = argc == 1;

		for (int a = 1; a < argc; a++)
			wanted |= !strcmp(argv[a], parts[i].name);
		if (wanted)
			parts[i].run();
	}
	return 0;
}
