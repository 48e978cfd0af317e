// SPDX-License-Identifier: GPL-2.0-only
/* libutrace over a made-up kernel: sizes, records, threads, orders, memory, tables */
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <linux/audit.h>

#include "fake_kernel.h"
#include "tap.h"

static struct utrace_session *s;

static struct utrace_session *open_session(unsigned int flags)
{
	fake_reset();
	fake.ioctl = NULL;
	fake.order = NULL;
	return utrace_open(flags);
}

static void test_errors(void)
{
	errno = 0;
	ok(!utrace_open(0x80000000) && errno == EINVAL, "open: unknown flags");
	is(utrace_error(NULL), "cannot open a session: unknown flags 0x80000000",
	   "open: and the flags are named");
	fake.open_error = ENOENT;
	ok(!utrace_open(0) && errno == ENOENT, "open: no device");
	ok(strstr(utrace_error(NULL), "/dev/utrace") &&
	   strstr(utrace_error(NULL), "CONFIG_UTRACE"), "open: and what to do about it");
	fake.open_error = 0;
	fake.fd = 0;
	ok(!utrace_open_fd(99, 0) && errno == ENOTTY, "open_fd: another file");
	ok(strstr(utrace_error(NULL), "file descriptor 99"), "open_fd: which is named");

	s = open_session(0);
	errno = 0;
	ok(utrace_attach_pid(s, -1, NULL) == -EINVAL && errno == EINVAL,
	   "an int is -errno, and errno is set, too");
	errno = 0;
	ok(!utrace_thread(s, 5) && errno == ESRCH && strstr(utrace_error(s), "0x5"),
	   "a pointer is NULL, with errno");
	utrace_close(s);
	utrace_close(NULL);
}

/*
 * Growth
 */

static struct utrace_attach seen_attach;
static struct utrace_config seen_config;

static int remember(unsigned long request, void *arg)
{
	struct utrace_info *info = arg;

	switch (request) {
	case UTRACE_IOC_INFO:
		/* A newer kernel writes as many bytes as are valid. */
		memset((char *)arg + 4, 0x11, info->size - 4);
		info->arch = AUDIT_ARCH_X86_64;
		return 0;
	case UTRACE_IOC_CONFIG:
		seen_config = *(struct utrace_config *)arg;
		((struct utrace_config *)arg)->generation = 7;
		return 0;
	case UTRACE_IOC_ATTACH:
		seen_attach = *(struct utrace_attach *)arg;
		((struct utrace_attach *)arg)->threads = 3;
		((struct utrace_attach *)arg)->thread = 100;
		((struct utrace_attach *)arg)->process = 55;
		return 0;
	}
	return 1;
}

/* A structure as a newer program knows it, with a canary after it. */
#define LONGER(type)							\
	union {								\
		struct type v;						\
		unsigned char bytes[sizeof(struct type) + 24];		\
	}

static bool all_are(const unsigned char *p, size_t n, unsigned char value)
{
	while (n--)
		if (*p++ != value)
			return false;
	return true;
}

static void test_growth(void)
{
	LONGER(utrace_info) info;
	LONGER(utrace_config) config;
	LONGER(utrace_attach) attach;
	const size_t n = sizeof(struct utrace_info);

	s = open_session(0);
	fake.ioctl = remember;

	/* A program as old as the first version, with a kernel that knows more. */
	fake.extra = 16;
	memset(&info, 0xee, sizeof(info));
	info.v.size = UTRACE_INFO_SIZE_VER0;
	ok(!utrace_info_sized(s, &info.v) && info.v.size == UTRACE_INFO_SIZE_VER0 &&
	   all_are(info.bytes + n, sizeof(info) - n, 0xee),
	   "info: an old program gets its own bytes and no more");
	/* A program that is newer than the library, with a kernel as new. */
	memset(&info, 0xee, sizeof(info));
	info.v.size = n + 16;
	ok(!utrace_info_sized(s, &info.v) && info.v.size == n + 16 &&
	   all_are(info.bytes + n, 16, 0x11) && all_are(info.bytes + n + 16, 8, 0xee),
	   "info: a program that is newer than the library gets all of its bytes");
	/* ... with an older kernel. */
	fake.extra = 0;
	memset(&info, 0xee, sizeof(info));
	info.v.size = n + 16;
	ok(!utrace_info_sized(s, &info.v) && info.v.size == n &&
	   all_are(info.bytes + n, 16, 0), "info: what an older kernel does not know is 0");
	info.v.size = 8;
	ok(utrace_info_sized(s, &info.v) == -EINVAL, "info: shorter than the first version");
	memset(&info, 0xee, sizeof(info));
	ok(!utrace_info(s, &info.v) && info.v.arch == AUDIT_ARCH_X86_64,
	   "info: the inline function sets the size");

	memset(&config, 0, sizeof(config));
	config.v.record = 1;
	config.v.generation = 99;
	config.v.size = sizeof(config);
	ok(!utrace_config_sized(s, &config.v) && seen_config.record == 1 &&
	   !seen_config.generation && config.v.generation == 7,
	   "config: a longer structure, the excess 0, and the generation comes back");
	config.bytes[sizeof(struct utrace_config) + 3] = 1;
	config.v.size = sizeof(config);
	ok(utrace_config_sized(s, &config.v) == -E2BIG &&
	   config.v.size == sizeof(struct utrace_config),
	   "config: an excess that is not 0 is E2BIG, with the size that is known");
	ok(strstr(utrace_error(s), "the kernel is older than the program"),
	   "config: in words");
	fake.extra = 24;
	config.v.size = sizeof(config);
	ok(!utrace_config_sized(s, &config.v), "config: and goes to a kernel that knows it");
	fake.extra = 0;

	memset(&attach, 0, sizeof(attach));
	attach.v.flags = UTRACE_ATTACH_CHILDREN;
	attach.v.tag = 9;
	attach.v.threads = 5;
	attach.v.thread = 6;
	attach.v.process = 7;
	attach.v.size = sizeof(attach);
	ok(!utrace_attach_pid_sized(s, 10, &attach.v) && seen_attach.fd >= 0 &&
	   seen_attach.tag == 9 && !seen_attach.threads && !seen_attach.thread &&
	   !seen_attach.process && attach.v.threads == 3 && attach.v.thread == 100,
	   "attach: an old answer is no question");
	ok(!utrace_attach_self(s, NULL) && seen_attach.fd == -1, "attach: oneself");
	utrace_close(s);
}

/*
 * Records
 */

static union {
	struct utrace_record head;
	struct utrace_rec_syscall sc;
	unsigned char bytes[1024];
} rec;

static void start_record(size_t size, int type)
{
	memset(&rec, 0, sizeof(rec));
	rec.head.size = size;
	rec.head.items = size;
	rec.head.type = type;
}

static void test_casts(void)
{
	struct {
		struct utrace_rec_syscall sc;
		uint64_t later;
	} newer;

	start_record(sizeof(rec.sc), UTRACE_EV_SYSCALL);
	ok(utrace_rec_syscall(&rec.head) == &rec.sc, "cast: the right type");
	ok(!utrace_rec_clone(&rec.head) && !utrace_rec_attached(&rec.head),
	   "cast: another type");
	rec.head.type = UTRACE_EV_SYSCALL_ENTRY;
	ok(utrace_rec_syscall(&rec.head) == &rec.sc, "cast: an entry is one, too");
	rec.head.type = UTRACE_EV_DEATH;
	ok(utrace_rec_exit(&rec.head), "cast: DEATH and EXIT have one structure");

	start_record(sizeof(rec.sc) - 8, UTRACE_EV_SYSCALL);
	ok(!utrace_rec_syscall(&rec.head), "cast: a record that is too short");
	/* A short record with items is longer than the structure, and no such record. */
	fake_item(&rec, UTRACE_ITEM_MEMORY, 0, "0123456789abcdef", 16);
	ok(!utrace_rec_syscall(&rec.head), "cast: items are no members");
	start_record(sizeof(rec.sc) + 16, UTRACE_EV_SYSCALL);
	fake_item(&rec, UTRACE_ITEM_MEMORY, 1, "abc", 3);
	ok(utrace_rec_syscall(&rec.head), "cast: a newer record is longer");
	ok(utrace_next_item(&rec.head, NULL) &&
	   utrace_next_item(&rec.head, NULL)->arg == 1, "cast: and its items are found");

	start_record(sizeof(rec.sc), UTRACE_EV_SYSCALL);
	rec.sc.nr = 5;
	fake_item(&rec, UTRACE_ITEM_MEMORY, 1, "abc", 3);
	ok(!utrace_record_as(&rec.head, UTRACE_EV_SYSCALL, sizeof(newer)),
	   "cast: NULL for a program that knows more");
	memset(&newer, 0xee, sizeof(newer));
	ok(utrace_record_copy(&rec.head, &newer, sizeof(newer)) == sizeof(rec.sc) &&
	   newer.sc.nr == 5 && !newer.later, "copy: fills up with zeros");
}

static void test_items(void)
{
	const struct utrace_item *i;
	struct utrace_item *first, *second;
	struct {
		struct utrace_roles head;
		uint64_t values[2];
	} roles = { { .size = sizeof(roles.head), .mask = 0x5 }, { 0x1000, 0x2000 } };
	uint64_t value;
	size_t old;

	start_record(sizeof(rec.sc), UTRACE_EV_SYSCALL);
	ok(!utrace_next_item(&rec.head, NULL), "items: none");
	first = fake_item(&rec, UTRACE_ITEM_MEMORY, 1, "abc", 3);
	second = fake_item(&rec, UTRACE_ITEM_MEMORY, 3, "12345678", 8);
	i = utrace_next_item(&rec.head, NULL);
	ok(i == first && i->arg == 1 && i->len == 3, "items: the first");
	i = utrace_next_item(&rec.head, i);
	ok(i == second && !memcmp(utrace_item_data(i), "12345678", 8), "items: the second");
	ok(!utrace_next_item(&rec.head, i), "items: no third");
	ok(utrace_find_item(&rec.head, UTRACE_ITEM_MEMORY, 3) == second &&
	   !utrace_find_item(&rec.head, UTRACE_ITEM_MEMORY, 2) &&
	   !utrace_find_item(&rec.head, UTRACE_ITEM_PATH, 3), "items: by kind and argument");
	/* A newer item has more members before its data. */
	first->data += 0;
	memmove((char *)second + 48, second + 1, 8);
	second->data = 48;
	second->size += 8;
	rec.head.size += 8;
	i = utrace_next_item(&rec.head, first);
	ok(i == second && !memcmp(utrace_item_data(i), "12345678", 8),
	   "items: data after members that are not known");

	/* What cannot be */
	old = second->len;
	second->len = 9 + 8;
	ok(!utrace_next_item(&rec.head, first), "items: data that is too long");
	second->len = 0xffffffff;
	ok(!utrace_next_item(&rec.head, first), "items: data that is far too long");
	second->len = old;
	second->data = 0xffff;
	ok(!utrace_next_item(&rec.head, first), "items: data that begin outside");
	second->data = 8;
	ok(!utrace_next_item(&rec.head, first), "items: data that begin in the head");
	second->data = 48;
	second->size = 0xfffffff8;
	ok(!utrace_next_item(&rec.head, first), "items: one that is far too long");
	second->size = 0;
	ok(!utrace_next_item(&rec.head, first), "items: one of no size");
	first->size = 0;
	ok(!utrace_next_item(&rec.head, NULL), "items: which does not hide as the first");
	first->size = 0xffffffc8;
	ok(!utrace_next_item(&rec.head, first), "items: the next one is before it");
	rec.head.items = 8;
	ok(!utrace_next_item(&rec.head, NULL), "items: that begin in the record's head");
	rec.head.items = 0xfff8;
	ok(!utrace_next_item(&rec.head, NULL), "items: that begin outside");

	start_record(sizeof(struct utrace_rec_quiesce), UTRACE_EV_QUIESCE);
	first = fake_item(&rec, UTRACE_ITEM_ROLES, 0, &roles, sizeof(roles));
	ok(!utrace_record_role(&rec.head, UTRACE_ROLE_PC, &value) && value == 0x1000 &&
	   !utrace_record_role(&rec.head, UTRACE_ROLE_FP, &value) && value == 0x2000,
	   "roles: by the bits of the mask");
	ok(utrace_record_role(&rec.head, UTRACE_ROLE_SP, &value) == -ENODATA,
	   "roles: one without a value");
	((struct utrace_roles *)(first + 1))->mask = ~0ull;
	ok(utrace_record_role(&rec.head, 20, &value) == -ENODATA, "roles: too few values");
	((struct utrace_roles *)(first + 1))->size = 0xfffffff0;
	ok(utrace_record_role(&rec.head, 0, &value) == -ENODATA, "roles: values outside");
}

/* Random damage: nothing outside of the record may be read, which a sanitizer sees. */
static void test_damage(void)
{
	const struct utrace_item *i;
	unsigned int round, n, sum = 0;
	unsigned char *copy;
	uint64_t value;

	srand(12);
	for (round = 0; round < 200000; round++) {
		start_record(sizeof(rec.sc), UTRACE_EV_SYSCALL);
		fake_item(&rec, UTRACE_ITEM_MEMORY, 1, "abcdefgh", rand() % 9);
		fake_item(&rec, UTRACE_ITEM_ROLES, 0, "\20\0\0\0\0\0\0\0\7\0\0\0\0\0\0\0" "1111111122222222", 32);
		fake_item(&rec, UTRACE_ITEM_STRINGS, 2, "x\0y\0", 4);
		copy = malloc(rec.head.size);
		if (!copy)
			abort();
		memcpy(copy, &rec, rec.head.size);
		for (n = rand() % 4; n; n--) {
			size_t at = 4 + rand() % (rec.head.size - 4);

			copy[at] = rand() % 3 ? rand() : 1 << rand() % 8;
		}
		for (i = NULL, n = 0; (i = utrace_next_item((void *)copy, i)) && n < 1000; n++) {
			const unsigned char *data = utrace_item_data(i);
			size_t k;

			for (k = 0; k < i->len; k++)
				sum += data[k];
		}
		if (n == 1000)
			break;
		utrace_record_role((void *)copy, rand() % 64, &value);
		utrace_rec_syscall((void *)copy);
		free(copy);
	}
	ok(round == 200000 && sum, "items: records that are damaged at random");
}

static void test_next(void)
{
	const struct utrace_record *r;
	unsigned int i, n;
	int ret;

	s = open_session(UTRACE_OPEN_NONBLOCK);
	ok(utrace_next(s, &r) == -EAGAIN && errno == EAGAIN, "next: none yet");
	fake_add(sizeof(*r), UTRACE_EV_REAP, 10);
	fake_add(sizeof(*r), UTRACE_EV_REAP, 11);
	ok(utrace_next(s, &r) == 1 && r->tid == 10 && utrace_next(s, &r) == 1 &&
	   r->tid == 11, "next: one after the other");
	fake.read_error = EBUSY;
	ok(utrace_next(s, &r) == -EBUSY && strstr(utrace_error(s), "mapped ring"),
	   "next: the ring is mapped elsewhere");
	fake.read_error = EIO;
	ok(utrace_next(s, &r) == -EIO, "next: another error");
	fake.read_error = 0;
	ok(utrace_next_timeout(s, &r, 10) == -EAGAIN, "next: a timeout");

	/* A record that is longer than the library's buffer. */
	fake_reset();
	for (i = 0; i < 3; i++)
		fake_add(i == 1 ? 72000 : 60000, UTRACE_EV_REAP, 10 + i);
	for (n = 0; (ret = utrace_next(s, &r)) == 1; n++)
		;
	ok(n == 3 && ret == -EAGAIN, "next: records that are longer than the buffer");
	fake_reset();
	((struct utrace_record *)fake_add(sizeof(*r), UTRACE_EV_REAP, 10))->size = 44;
	fake.len = sizeof(*r);
	ok(utrace_next(s, &r) == -EBADMSG, "next: a record of a size that cannot be");
	fake_reset();
	fake.ended = true;
	ok(utrace_next(s, &r) == 0, "next: the end");
	utrace_close(s);
}

/*
 * Threads
 */

static void attached(int tid, const char *comm)
{
	struct utrace_rec_attached *r = fake_add(sizeof(*r), UTRACE_REC_ATTACHED, tid);

	r->process = 77;
	r->state = UTRACE_STATE_SLEEPS;
	memcpy(r->comm, comm, strlen(comm));
}

static int next_all(void)
{
	const struct utrace_record *r;
	int n = 0;

	while (utrace_next(s, &r) > 0)
		n++;
	return n;
}

static void test_threads(void)
{
	const struct utrace_record *r;
	struct utrace_rec_clone *clone;
	struct utrace_rec_exec *exec;
	struct utrace_thread *t;
	int data;

	s = open_session(UTRACE_OPEN_NONBLOCK);
	attached(10, "sixteen-bytes-16");
	attached(11, "second");
	ok(!utrace_next_thread(s, NULL), "threads: none before the records are handed out");
	next_all();
	t = utrace_thread(s, 100);
	ok(t && utrace_thread_tid(t) == 10 && utrace_thread_pid(t) == 10 &&
	   utrace_thread_cookie(t) == 100 && utrace_thread_process(t) == 77 &&
	   utrace_thread_state(t) == UTRACE_STATE_SLEEPS, "threads: by cookie");
	is(utrace_thread_comm(t), "sixteen-bytes-16", "threads: a name of 16 bytes");
	t = utrace_thread_by_tid(s, 11);
	ok(t && !strcmp(utrace_thread_comm(t), "second"), "threads: by id");
	utrace_thread_set_data(t, &data);
	ok(utrace_thread_data(utrace_thread(s, 101)) == &data, "threads: data");

	clone = fake_add(sizeof(*clone), UTRACE_EV_CLONE, 11);
	clone->child = 102;
	clone->child_pid = 10;
	clone->child_tid = 12;
	clone->process = 77;
	next_all();
	t = utrace_thread(s, 102);
	ok(t && utrace_thread_tid(t) == 12 && !strcmp(utrace_thread_comm(t), "second"),
	   "threads: a new one has its parent's name");
	ok(utrace_next_thread(s, utrace_thread(s, 101)) == t && !utrace_next_thread(s, t),
	   "threads: in their order");
	clone = fake_add(sizeof(*clone), UTRACE_EV_CLONE, 11);
	clone->child_tid = 13;
	next_all();
	ok(!utrace_thread_by_tid(s, 13), "threads: not one that is not followed");

	/* stops */
	((struct utrace_record *)fake_add(sizeof(struct utrace_rec_syscall),
					  UTRACE_EV_SYSCALL_ENTRY, 12))->flags = UTRACE_RECF_HELD;
	next_all();
	t = utrace_thread(s, 102);
	ok(utrace_thread_stop(t) == fake.seq && !utrace_thread_asleep(t) &&
	   utrace_thread_state(t) == UTRACE_STATE_TRACED, "threads: a stop");
	ok(!utrace_release(s, 102, utrace_thread_stop(t)) && !utrace_thread_stop(t),
	   "threads: that is over when it is released");

	/* an exec by another thread, and deaths */
	exec = fake_add(sizeof(*exec), UTRACE_EV_EXEC, 10);
	exec->head.thread = 102;
	exec->old_tid = 12;
	memcpy(exec->comm, "new", 3);
	((struct utrace_record *)fake_add(sizeof(struct utrace_rec_exit), UTRACE_EV_DEATH,
					  10))->flags = UTRACE_RECF_SUPERSEDED;
	utrace_next(s, &r);
	utrace_next(s, &r);
	ok(utrace_thread(s, 100) && utrace_thread_state(utrace_thread(s, 100)) ==
	   UTRACE_STATE_DYING, "threads: one that has died is there with its record");
	ok(utrace_thread_by_tid(s, 10) == utrace_thread(s, 102) &&
	   !strcmp(utrace_thread_comm(utrace_thread(s, 102)), "new"),
	   "threads: exec by another thread takes the id");
	utrace_next(s, &r);
	ok(!utrace_thread(s, 100), "threads: and is gone with the next one");
	fake_add(sizeof(*r), UTRACE_EV_REAP, 10);
	next_all();
	ok(!utrace_thread(s, 100), "threads: REAP brings it not back");
	ok(!utrace_detach(s, 101), "threads: detach");
	next_all();
	ok(!utrace_thread(s, 101), "threads: and it is gone");
	utrace_close(s);
}

static int status_of_two(unsigned long request, void *arg)
{
	struct utrace_status *st = arg;
	struct utrace_rec_attached *r = (void *)(uintptr_t)st->buffer;
	unsigned int nr = st->thread ? 1 : 40, i;

	if (request != UTRACE_IOC_STATUS)
		return 1;
	if (st->thread && st->thread != 110)
		return -ESRCH;
	for (i = 0; i < nr && (i + 1) * (sizeof(*r) + 8) <= st->buffer_size; i++) {
		/* A newer kernel's, longer than this header's. */
		memset(r, 0, sizeof(*r) + 8);
		r->head.size = sizeof(*r) + 8;
		r->head.items = sizeof(*r) + 8;
		r->head.type = UTRACE_REC_ATTACHED;
		r->head.thread = 110 + i;
		r->head.tid = 20 + i;
		r->stop = i == 1 ? 9 : 0;
		r->nr = 5;
		r = (void *)((char *)r + sizeof(*r) + 8);
	}
	st->buffer_size = i * (sizeof(*r) + 8);
	st->nr = nr;
	return 0;
}

static void test_status(void)
{
	struct utrace_rec_attached st;
	struct utrace_thread *t = NULL;
	struct {
		struct utrace_rec_attached st;
		uint64_t later[4];
	} newer;
	int n = 0;

	s = open_session(UTRACE_OPEN_NONBLOCK);
	fake.ioctl = status_of_two;
	ok(!utrace_status(s, 110, &st) && st.nr == 5 && st.head.tid == 20, "status: of one");
	memset(&newer, 0xee, sizeof(newer));
	ok(!utrace_status_sized(s, 110, &newer.st, sizeof(newer)) && !newer.later[3],
	   "status: what the kernel does not know is 0");
	ok(utrace_status(s, 5, &st) == -ESRCH, "status: of none");
	ok(!utrace_refresh_threads(s), "status: of all");
	while ((t = utrace_next_thread(s, t)))
		n++;
	ok(n == 40 && utrace_thread_stop(utrace_thread(s, 111)) == 9,
	   "status: fills the table of threads");
	utrace_close(s);
}

/*
 * Orders
 */

static int held_when;		/* 0: at once; 1: asleep; 2: later; 3: never: it dies */

static void quiesce(int tid, uint64_t tag, unsigned int flags, unsigned int reason)
{
	struct utrace_rec_quiesce *q = fake_add(sizeof(*q), UTRACE_EV_QUIESCE, tid);

	q->head.flags = UTRACE_RECF_HELD | flags;
	q->tag = tag;
	q->reason = reason;
}

static int on_order(struct utrace_order *o)
{
	struct utrace_rec_gone *gone;
	struct utrace_rec_done *done;
	struct utrace_rec_called *called;

	switch (o->action) {
	case UTRACE_OP_HOLD:
		if (o->thread == 5)
			return -ESRCH;
		fake_add(sizeof(struct utrace_rec_syscall), UTRACE_EV_SYSCALL, 12);
		if (held_when == 0)
			return 0;
		if (held_when == 1) {
			o->flags |= UTRACE_ORDER_ASLEEP;
			quiesce(10, o->tag, UTRACE_RECF_ASLEEP, UTRACE_QUIESCE_HOLD);
			return 0;
		}
		if (held_when == 3) {
			gone = fake_add(sizeof(*gone), UTRACE_REC_GONE, 10);
			gone->tag = o->tag;
			gone->error = ESRCH;
			return -EINPROGRESS;
		}
		if (held_when == 4)
			return -EINPROGRESS;
		if (held_when == 5) {
			quiesce(10, o->tag, 0, UTRACE_QUIESCE_HOLD);
			done = fake_add(sizeof(*done), UTRACE_REC_DONE, 0);
			done->tag = o->tag;
			done->done = 1;
			done->gone = 1;
			return -EUSERS;
		}
		quiesce(11, 4, 0, UTRACE_QUIESCE_HOLD);
		quiesce(10, o->tag, 0, UTRACE_QUIESCE_HOLD);
		fake_add(sizeof(struct utrace_rec_syscall), UTRACE_EV_SYSCALL, 12);
		if (o->flags & UTRACE_ORDER_TELL) {
			quiesce(11, o->tag, UTRACE_RECF_ASLEEP, UTRACE_QUIESCE_HOLD);
			done = fake_add(sizeof(*done), UTRACE_REC_DONE, 0);
			done->tag = o->tag;
			done->done = 2;
		}
		return -EINPROGRESS;
	case UTRACE_OP_CALL:
		called = fake_add(sizeof(*called), UTRACE_EV_CALLED, 10);
		called->tag = o->tag;
		called->result = ((struct utrace_order_call *)o)->args[0] + 1;
		return -EINPROGRESS;
	case UTRACE_OP_RELEASE:
		return o->stop == 1 ? -ESTALE : 0;
	case UTRACE_OP_KILL:
		return -EACCES;
	}
	return 0;
}

static void test_hold(void)
{
	const struct utrace_record *r;
	uint64_t args[6] = { 41 };
	int64_t result = 0;
	int types[8], n;

	s = open_session(UTRACE_OPEN_NONBLOCK);
	fake.order = on_order;
	attached(10, "x");
	ok(!utrace_hold(s, 100, 0, 1000), "hold: one that is held already");
	ok(utrace_hold(s, 5, 0, 1000) == -ESRCH &&
	   !strcmp(utrace_error(s), "cannot hold thread 0x5: the session has no such thread, or it is dead"),
	   "hold: one that is not there, in words");
	for (n = 0; n < 8 && utrace_next(s, &r) > 0; n++)
		types[n] = r->type;
	ok(n == 2 && types[0] == UTRACE_REC_ATTACHED && types[1] == UTRACE_EV_SYSCALL,
	   "hold: the records before it are kept, in their order");

	held_when = 1;
	ok(utrace_hold(s, 100, 0, 1000) == 1, "hold: one that is asleep");
	ok(utrace_thread_asleep(utrace_thread(s, 100)), "hold: as the table says");
	ok(next_all() == 1, "hold: its own record is not told");
	ok(utrace_wait_awake(s, 100, 20) == -ETIMEDOUT, "awake: not yet");
	fake_add(sizeof(struct utrace_rec_syscall), UTRACE_EV_SYSCALL, 12);
	quiesce(10, 0, 0, UTRACE_QUIESCE_AWAKE);
	ok(!utrace_wait_awake(s, 100, 1000) && !utrace_thread_asleep(utrace_thread(s, 100)) &&
	   utrace_thread_stop(utrace_thread(s, 100)) == fake.seq, "awake: now");
	ok(!utrace_wait_awake(s, 100, 0), "awake: already");
	ok(next_all() == 1, "awake: the others are kept");

	held_when = 2;
	ok(!utrace_hold(s, 100, 0, 1000), "hold: one that runs");
	utrace_next(s, &r);
	ok(r->type == UTRACE_EV_SYSCALL && utrace_next(s, &r) > 0 &&
	   r->type == UTRACE_EV_QUIESCE && r->tid == 11, "hold: another order's end is kept");
	next_all();
	ok(utrace_hold(s, 0, 0, 1000) == 1, "hold: all, one of them asleep");
	ok(utrace_thread_stop(utrace_thread(s, 100)) && utrace_thread_asleep(utrace_thread(s, 101)),
	   "hold: the table has all stops");
	for (n = 0; utrace_next(s, &r) > 0; n++)
		if (r->type == UTRACE_REC_DONE)
			break;
	ok(n == 3, "hold: all of its records are taken");
	ok(!utrace_hold(s, 100, 0, -1), "hold: without a limit of time");

	held_when = 5;
	next_all();
	ok(utrace_hold(s, 0, 0, 1000) == -EUSERS && strstr(utrace_error(s), "max_stopped"),
	   "hold: not all of them, in words");
	for (n = 0; utrace_next(s, &r) > 0; n++)
		if (r->type != UTRACE_EV_SYSCALL)
			break;
	ok(n == 1 && utrace_thread_stop(utrace_thread(s, 100)),
	   "hold: the records of that are taken, too");

	held_when = 3;
	ok(utrace_hold(s, 100, 0, 1000) == -ESRCH, "hold: one that dies instead");
	held_when = 4;
	ok(utrace_hold(s, 100, 0, 20) == -ETIMEDOUT &&
	   strstr(utrace_error(s), "not come about in time"), "hold: a timeout");
	fake.ended = true;
	ok(utrace_hold(s, 100, 0, 1000) == -ESRCH, "hold: the end of all threads");
	fake.ended = false;

	ok(!utrace_call(s, 100, 39, args, &result, 1000) && result == 42, "call: its result");
	ok(utrace_release(s, 100, 1) == -ESTALE, "release: a stop that is over");
	ok(utrace_kill(s, 100) == -EACCES && strstr(utrace_error(s), "given up the right"),
	   "kill: a right that was given up");
	utrace_close(s);
}

static uint32_t got_sizes[4];

static int note_order(struct utrace_order *o)
{
	if (fake.orders <= 4)
		got_sizes[fake.orders - 1] = o->size;
	return o->action == UTRACE_OP_RELEASE ? 0 : o->action == UTRACE_OP_HOLD ? -EINPROGRESS : -EBUSY;
}

static int interrupted_control(unsigned long request, void *arg)
{
	struct utrace_control *c = arg;

	if (request != UTRACE_IOC_CONTROL)
		return 1;
	c->done = sizeof(struct utrace_order);
	return -EINTR;
}

static void test_orders(void)
{
	LONGER(utrace_order_call) call = { .v.nr = 39 };
	struct utrace_order_syscall sc = { .what = UTRACE_CALL_SKIP };
	struct utrace_orders *o = utrace_orders_new();
	const struct utrace_record *r;
	int i;

	s = open_session(0);
	fake.order = note_order;
	ok(utrace_orders_add_hold(o, 0, 100, 1) == 0 &&
	   utrace_orders_add_release(o, UTRACE_ORDER_LINK, 101, 5) == 1, "orders: add");
	call.v.order.size = sizeof(call);
	call.v.order.action = UTRACE_OP_CALL;
	ok(utrace_orders_add_sized(o, &call.v.order) == 2, "orders: one of a newer program");
	ok(utrace_orders_add_syscall(o, &sc) == 3 && utrace_orders_count(o) == 4,
	   "orders: with operands");
	call.v.order.size = 41;
	ok(utrace_orders_add_sized(o, &call.v.order) == -EINVAL, "orders: an odd size");
	ok(!utrace_orders_submit(s, o) && fake.controls == 1 && fake.orders == 4,
	   "orders: all in one system call");
	ok(got_sizes[0] == sizeof(struct utrace_order) && got_sizes[2] == sizeof(call) &&
	   got_sizes[3] == sizeof(sc), "orders: with the sizes of the program");
	ok(utrace_orders_result(o, 0) == -EINPROGRESS && !utrace_orders_result(o, 1) &&
	   utrace_orders_result(o, 2) == -EBUSY && utrace_orders_result(o, 4) == -EINVAL &&
	   utrace_orders_get(o, 1)->stop == 5 && !utrace_orders_get(o, 4),
	   "orders: their results");

	fake_add(sizeof(*r), UTRACE_EV_REAP, 10);
	fake_add(sizeof(*r), UTRACE_EV_REAP, 11);
	ok(utrace_orders_submit_next(s, o, &r, 1000) == 1 && r->tid == 10 &&
	   fake.controls == 2, "orders: and a record in the same call");
	ok(utrace_orders_submit_next(s, o, &r, 1000) == 1 && r->tid == 11 &&
	   fake.controls == 3, "orders: records that were read come first");
	ok(utrace_orders_submit_next(s, o, &r, 20) == -EAGAIN, "orders: no record");
	fake.ended = true;
	ok(utrace_orders_submit_next(s, o, &r, 20) == 0, "orders: the end");

	utrace_orders_clear(o);
	ok(!utrace_orders_count(o), "orders: clear");
	utrace_orders_add_release(o, 0, 100, 0);
	utrace_orders_add_release(o, 0, 101, 0);
	fake.ioctl = interrupted_control;
	ok(utrace_orders_submit(s, o) == -EINTR && !utrace_orders_result(o, 0) &&
	   utrace_orders_result(o, 1) == -EINTR, "orders: what a signal has left out");
	fake.ioctl = NULL;
	utrace_orders_clear(o);
	for (i = 0; utrace_orders_add_release(o, 0, 100, 0) >= 0; i++)
		;
	ok(i == (int)(UTRACE_CONTROL_MAX / sizeof(struct utrace_order)) && errno == E2BIG,
	   "orders: as many as the kernel takes");
	utrace_orders_free(o);
	utrace_orders_free(NULL);
	utrace_close(s);
}

/*
 * Memory: that of this process, and page 0 cannot be read
 */

static int on_memory(struct utrace_order *order)
{
	struct utrace_order_memory *o = (void *)order;
	struct utrace_seg *seg = (void *)(uintptr_t)o->segs;
	unsigned int i;

	if (order->action != UTRACE_OP_MEMORY || o->nr > UTRACE_SEGS_MAX)
		return -EINVAL;
	for (i = 0; i < o->nr; i++) {
		if (seg->addr < 4096) {
			seg->error = EFAULT;
		} else {
			if (o->what == UTRACE_MEM_READ)
				memcpy((void *)(uintptr_t)seg->buffer,
				       (void *)(uintptr_t)seg->addr, seg->len);
			else
				memcpy((void *)(uintptr_t)seg->addr,
				       (void *)(uintptr_t)seg->buffer, seg->len);
			seg->done = seg->len;
		}
		seg = (void *)((char *)seg + seg->size);
	}
	return 0;
}

static void test_memory(void)
{
	LONGER(utrace_seg) two[2] = { 0 };
	static struct utrace_seg segs[UTRACE_SEGS_MAX + 10];
	char theirs[16] = "their memory", ours[16] = "";
	unsigned int i, n;

	s = open_session(0);
	fake.order = on_memory;
	ok(utrace_mem_read(s, 100, (uintptr_t)theirs, ours, 8) == 8 &&
	   !memcmp(ours, "their me", 8), "memory: read");
	ok(utrace_mem_write(s, 100, (uintptr_t)theirs, "OUR", 3) == 3 &&
	   !strcmp(theirs, "OURir memory"), "memory: write");
	ok(utrace_mem_read(s, 100, 8, ours, 8) == -EFAULT && strstr(utrace_error(s), "0x8"),
	   "memory: that cannot be read");
	ok(utrace_mem_string(s, 100, (uintptr_t)theirs, ours, sizeof(ours)) == 12 &&
	   !strcmp(ours, "OURir memory"), "memory: a string");
	ok(utrace_mem_string(s, 100, (uintptr_t)theirs, ours, 5) == -ENAMETOOLONG,
	   "memory: a string that is too long");
	for (i = 0; i < UTRACE_SEGS_MAX + 10; i++) {
		segs[i].addr = (uintptr_t)theirs;
		segs[i].buffer = (uintptr_t)ours;
		segs[i].len = 2;
	}
	fake.orders = 0;
	ok(!utrace_mem_readv(s, 100, segs, UTRACE_SEGS_MAX + 10) && fake.orders == 2,
	   "memory: more vectors than one order has");
	for (i = 0, n = 0; i < UTRACE_SEGS_MAX + 10; i++)
		n += segs[i].done == 2;
	ok(n == UTRACE_SEGS_MAX + 10, "memory: and all are read");
	for (i = 0; i < 2; i++) {
		two[i].v.size = sizeof(two[i]);
		two[i].v.addr = (uintptr_t)theirs + i;
		two[i].v.buffer = (uintptr_t)ours + i;
		two[i].v.len = 1;
	}
	ours[1] = 0;
	ok(!utrace_mem_segs(s, 100, UTRACE_MEM_READ, 0, &two[0].v, 2) && two[1].v.done == 1 &&
	   ours[1] == 'U', "memory: longer vectors of a newer program");
	two[1].v.size = 3;
	ok(utrace_mem_segs(s, 100, UTRACE_MEM_READ, 0, &two[0].v, 2) == -EINVAL,
	   "memory: a vector of a size that cannot be");
	utrace_close(s);
}

/*
 * Registers
 */

static int on_regs(struct utrace_order *order)
{
	struct utrace_order_regs *o = (void *)order;
	struct utrace_regval *v = (void *)(uintptr_t)o->buffer;

	if (order->action != UTRACE_OP_REGS)
		return -EINVAL;
	o->bad = UTRACE_NONE;
	if (o->form == UTRACE_REGS_SET) {
		if (o->buffer_size < 8) {
			o->buffer_size = 8;
			return -ENOSPC;
		}
		o->buffer_size = 8;
		return 0;
	}
	if (o->what == UTRACE_REGS_WRITE) {
		o->bad = v->reg;
		return -EPERM;
	}
	v->value = v->flags & UTRACE_REGVAL_ROLE ? 0x1000 + v->reg : 1;
	return order->thread == 100 ? 0 : -EBUSY;
}

static void test_regs(void)
{
	struct utrace_regval v = { .size = sizeof(v), .reg = 3 };
	uint64_t value, data;
	uint32_t bad;

	s = open_session(0);
	fake.order = on_regs;
	ok(!utrace_regs_role(s, 100, UTRACE_ROLE_SP, &value) && value == 0x1001,
	   "registers: by role");
	ok(utrace_regs_role(s, 101, UTRACE_ROLE_SP, &value) == -EBUSY,
	   "registers: of a thread that runs");
	ok(utrace_regs_list(s, 100, UTRACE_REGS_WRITE, &v, 1, &bad) == -EPERM && bad == 3 &&
	   strstr(utrace_error(s), "register 3 of thread 0x64: it cannot be written"),
	   "registers: one that cannot be written");
	ok(utrace_regs_set(s, 100, UTRACE_REGS_READ, 1, &data, sizeof(data)) == 8,
	   "registers: a set");
	ok(utrace_regs_set(s, 100, UTRACE_REGS_READ, 1, &data, 4) == -ENOSPC,
	   "registers: a set without room");
	v.size = 1;
	ok(utrace_regs_list(s, 100, UTRACE_REGS_READ, &v, 1, NULL) == -EINVAL,
	   "registers: of a size that cannot be");
	utrace_close(s);
}

/*
 * Tables
 */

static struct utrace_syscalls seen_table;
static uint32_t seen_entries[8], seen_rules[4], seen_sizes[4];

static int on_syscalls(unsigned long request, void *arg)
{
	const struct utrace_syscalls *t = arg;
	const struct utrace_capture_rule *rule;
	struct utrace_counts *c = arg;
	struct utrace_count *count;
	unsigned int i;

	if (request == UTRACE_IOC_COUNTS) {
		for (i = 0; i < c->nr && i < 2; i++) {
			count = (void *)(uintptr_t)(c->counts + i * c->count_size);
			count->size = sizeof(*count);
			count->calls = 10 + i;
		}
		c->nr = 2;
		return c->arch == AUDIT_ARCH_X86_64 ? 0 : -ENOENT;
	}
	if (request != UTRACE_IOC_SYSCALLS)
		return 1;
	seen_table = *t;
	memcpy(seen_entries, (void *)(uintptr_t)t->entries,
	       (t->nr < 8 ? t->nr : 8) * sizeof(uint32_t));
	rule = (void *)(uintptr_t)t->rules;
	for (i = 0; i < t->nr_rules && i < 4; i++) {
		seen_rules[i] = rule->nr << 8 | rule->arg;
		seen_sizes[i] = rule->size;
		rule = (void *)((char *)rule + rule->size);
	}
	return 0;
}

static void test_tables(void)
{
	LONGER(utrace_capture_rule) longer = { .v.size = sizeof(longer) };
	LONGER(utrace_count) counts[3];
	struct utrace_table *t = utrace_table_new(AUDIT_ARCH_X86_64);
	struct utrace_capture_rule rule = { .nr = 5, .arg = 1, .kind = UTRACE_CAP_STRING };

	s = open_session(0);
	fake.ioctl = on_syscalls;
	ok(!utrace_table_load(s, t) && seen_table.nr == 1 && !seen_entries[0] &&
	   !seen_table.flags, "table: no entries are no table");
	ok(!utrace_table_set(t, 5, UTRACE_SC_RECORD) &&
	   utrace_table_set(t, UTRACE_SYSCALLS_MAX, 1) == -EINVAL, "table: entries");
	ok(!utrace_table_capture(t, &rule), "table: a rule");
	rule.arg = 0;
	utrace_table_capture(t, &rule);
	longer.v.nr = 2;
	ok(!utrace_table_capture_sized(t, &longer.v), "table: a rule of a newer program");
	ok(!utrace_table_load(s, t) && seen_table.nr == 6 &&
	   seen_entries[5] == UTRACE_SC_RECORD && seen_table.nr_rules == 3 &&
	   seen_rules[0] == 0x200 && seen_rules[1] == 0x501 && seen_rules[2] == 0x500,
	   "table: rules by number, and then in their order");
	ok(seen_sizes[0] == sizeof(longer) && seen_sizes[1] == sizeof(rule),
	   "table: with the sizes of the program");
	ok(!utrace_table_set_all(t, UTRACE_SC_COUNT | UTRACE_SC_ERRORS) &&
	   !utrace_table_load(s, t) && seen_table.flags == UTRACE_SYSCALLS_OTHERS &&
	   seen_table.nr == UTRACE_SYSCALLS_MAX &&
	   seen_entries[0] == (UTRACE_SC_COUNT | UTRACE_SC_ERRORS), "table: all");
	ok(seen_table.others == UTRACE_SC_ERRORS, "table: other numbers have no counters");
	longer.v.size = 3;
	ok(utrace_table_capture_sized(t, &longer.v) == -EINVAL, "table: a rule of an odd size");
	utrace_table_free(t);
	utrace_table_free(NULL);

	memset(counts, 0xee, sizeof(counts));
	ok(utrace_counts_sized(s, AUDIT_ARCH_X86_64, 0, &counts[0].v, sizeof(counts[0]), 3) == 2 &&
	   counts[1].v.calls == 11 && !counts[2].v.calls, "counts: with the size of the program");
	ok(utrace_counts(s, 1, 0, &counts[0].v, 1) == -ENOENT, "counts: none");
	utrace_close(s);
}

/*
 * Children
 */

/* A file with @contents ends the child with @status, and the library says why. */
static void cannot_execute(const char *contents, int status, int error, const char *why,
			   const char *what)
{
	char name[] = "/tmp/test_lib.XXXXXX", *argv[] = { name, NULL }, words[128];
	int fd = mkstemp(name), got = -1, ret = 0;
	struct utrace_child *child = NULL;

	if (fd >= 0 && write(fd, contents, strlen(contents)) >= 0 && !fchmod(fd, 0700)) {
		/* A file that is open for writing cannot be executed. */
		close(fd);
		child = utrace_spawn(s, name, argv, NULL, NULL, NULL);
	}
	if (child) {
		utrace_child_start(child);
		waitpid(utrace_child_pid(child), &got, 0);
		ret = utrace_child_error(child);
	}
	unlink(name);
	ok(got == status << 8 && ret == -error && errno == error, what);
	snprintf(words, sizeof(words), "cannot execute '%s': %s", name, why);
	is(utrace_error(NULL), words, "spawn: and the program and the reason are named");
	utrace_child_free(child);
}

static void test_spawn(void)
{
	struct utrace_signals *signals = utrace_signals_save();
	static char sh[] = "sh", c[] = "-c", script[] = "exit 7", *argv[] = { sh, c, script, NULL };
	struct utrace_attach a = { .tag = 4 };
	struct utrace_child *child;
	int status, i;

	s = open_session(0);
	fake.ioctl = remember;
	child = utrace_spawn(s, "sh", argv, NULL, signals, &a);
	ok(child && a.threads == 3 && utrace_child_pid(child) > 0 &&
	   utrace_child_pidfd(child) >= 0 && seen_attach.tag == 4, "spawn: found and attached");
	ok(!waitpid(utrace_child_pid(child), &status, WNOHANG), "spawn: it waits");
	ok(!utrace_child_start(child) && !utrace_child_start(child), "spawn: start");
	ok(waitpid(utrace_child_pid(child), &status, 0) > 0 && status == 7 << 8 &&
	   !utrace_child_error(child), "spawn: it is executed");
	utrace_child_free(child);

	ok(!utrace_spawn(s, "/nonexistent/x", argv, NULL, signals, NULL) && errno == ENOENT,
	   "spawn: no such program");
	is(utrace_error(s), "cannot find '/nonexistent/x': No such file or directory",
	   "spawn: in words");
	child = utrace_spawn(s, "/dev/null", argv, NULL, NULL, NULL);
	ok(child && !utrace_child_error(child), "spawn: no error before it was executed");
	utrace_child_start(child);
	waitpid(utrace_child_pid(child), &status, 0);
	ok(status == 126 << 8 && utrace_child_error(child) == -EACCES,
	   "spawn: a program that cannot be executed");
	utrace_close(s);
	ok(utrace_child_error(child) == -EACCES, "spawn: the error outlives the session");
	is(utrace_error(NULL), "cannot execute '/dev/null': Permission denied",
	   "spawn: and is told in words");
	utrace_child_free(child);
	s = open_session(0);
	fake.ioctl = remember;
	cannot_execute("", 126, ENOEXEC, "Exec format error", "spawn: a file without a format");
	cannot_execute("#!/nonexistent/interpreter\n", 127, ENOENT,
		       "No such file or directory (the file, or its interpreter)",
		       "spawn: a script without its interpreter");
	child = utrace_spawn(s, "sh", argv, NULL, signals, NULL);
	i = utrace_child_pid(child);
	utrace_child_free(child);
	ok(waitpid(i, &status, 0) == i && status == 1 << 8,
	   "spawn: a child that is never started ends");
	utrace_child_free(NULL);
	utrace_signals_free(signals);
	utrace_close(s);
}

int main(void)
{
	test_errors();
	test_growth();
	test_casts();
	test_items();
	test_damage();
	test_next();
	test_threads();
	test_status();
	test_hold();
	test_orders();
	test_memory();
	test_regs();
	test_tables();
	test_spawn();
	return tap_done();
}
