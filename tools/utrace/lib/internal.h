/* SPDX-License-Identifier: LGPL-2.1 */
/*
 * What the files of libutrace share
 */
#ifndef LIBUTRACE_INTERNAL_H
#define LIBUTRACE_INTERNAL_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/types.h>

#include "libutrace.h"

#define API		__attribute__((visibility("default")))

#define DEVICE		"/dev/utrace"

/* Tags of the library's own orders have this bit; those of the program should not. */
#define OWN_TAG		(1ull << 63)

#define THREAD_BUCKETS	1024

/* A thread of the session, see threads.c. */
struct utrace_thread {
	struct utrace_thread *bucket;		/* the next one with the same hash */
	struct utrace_thread *next, *prev;	/* in the order of their first records */
	uint64_t cookie;
	uint64_t process;
	uint64_t stop;
	uint64_t seq;				/* of the last record that was noted */
	void *data;
	pid_t pid, tid;
	uint32_t state;
	bool asleep;
	bool dead;				/* dropped when its last record is given back */
	char comm[17];
};

/* A record that was read while the library waited for another one. */
struct kept {
	struct kept *next;
	uint64_t data[];
};

/* The mapped ring, see ring.c. */
struct ring {
	struct utrace_ring_user *user;
	const struct utrace_ring_kernel *kernel;
	const unsigned char *data;
	uint64_t bytes;
	uint64_t tail;				/* after the record that the program has */
	uint64_t told;				/* the tail that the kernel knows */
	size_t page;
};

struct utrace_session {
	int fd;
	bool nonblock;
	uint64_t tag;				/* of the last order of the library's own */

	/* The buffer of read(): records from pos to len have not been handed out. */
	unsigned char *buf;
	size_t size, len, pos;

	struct ring ring;			/* ring.data: NULL if it is not mapped */

	struct kept *first, **last;		/* to be handed out before others */
	struct kept *current;			/* the one that the program has */

	struct utrace_thread *buckets[THREAD_BUCKETS];
	struct utrace_thread *threads, *last_thread;
	unsigned int nr_dead;

	char error[256];
};

/*
 * Set errno, and what utrace_error() returns for the session or, if @s is NULL, for the
 * calling thread.  Returns -@err.
 */
__attribute__((format(printf, 3, 4)))
int utrace_fail(struct utrace_session *s, int err, const char *fmt, ...);

/* The words for an error of an ioctl() that has no words of its own. */
const char *utrace_words(int err);

/*
 * Return why the kernel does not let this thread attach to process @pid, in words that
 * follow "cannot attach to process 1: ".  @proc is "/proc".
 */
const char *utrace_why_denied(const char *proc, pid_t pid);

/* Return the id of the process that @pidfd refers to, 0 if @proc does not tell. */
pid_t utrace_pidfd_pid(const char *proc, int pidfd);

/* Make a session of a file descriptor, which the caller keeps if this fails. */
struct utrace_session *utrace_session_new(int fd, unsigned int flags);

/* Attach to what a->fd refers to.  @pid is for the words of an error; 0: not known. */
int utrace_attach_process(struct utrace_session *s, struct utrace_attach *a, pid_t pid);

/*
 * records.c: take the record back that the program has; get the next one that was not
 * kept (1, 0: none will come, or -errno); keep one; take one that @matches out of those
 * that were kept or will come.
 */
typedef int (*match_fn)(const struct utrace_record *rec, const void *arg);

void utrace_take_back(struct utrace_session *s);
int utrace_fetch(struct utrace_session *s, const struct utrace_record **rec, int timeout_ms);
int utrace_keep(struct utrace_session *s, const struct utrace_record *rec);
/*
 * @matches returns 0 for a record to keep, or else a value that ends the wait.  If that is
 * positive, the record is taken out, otherwise it is kept for the program, too.  Returns
 * this value, or 0 if there is no such record until @deadline (of now_ms(); 0: do not
 * wait, -1: for ever).
 */
int utrace_wait_for(struct utrace_session *s, match_fn matches, const void *arg,
		    int64_t deadline, int *error);
int64_t utrace_now_ms(void);
int64_t utrace_deadline(int timeout_ms);

/* ring.c */
int utrace_ring_next(struct utrace_session *s, const struct utrace_record **rec);
void utrace_ring_take_back(struct utrace_session *s);
void utrace_ring_unmap(struct utrace_session *s);
void utrace_ring_use(struct ring *ring, void *user, const void *kernel, size_t page);

/* threads.c */
void utrace_threads_note(struct utrace_session *s, const struct utrace_record *rec);
void utrace_threads_note_order(struct utrace_session *s, const struct utrace_order *order);
void utrace_threads_bury(struct utrace_session *s);
void utrace_threads_free(struct utrace_session *s);

/*
 * sys.c: what the library asks of the kernel.  Each returns what the system call returns,
 * or -errno.  Tests bring a kernel of their own.
 */
int utrace_sys_open(const char *path);
int utrace_sys_close(int fd);
int utrace_sys_ioctl(int fd, unsigned long request, void *arg);
ssize_t utrace_sys_read(int fd, void *buffer, size_t size);
int utrace_sys_poll(int fd, short *revents, int timeout_ms);
void *utrace_sys_mmap(size_t size, bool write, int fd, uint64_t offset, int *error);
void utrace_sys_munmap(void *p, size_t size);
int utrace_sys_pidfd_open(pid_t pid, bool thread);

#endif /* LIBUTRACE_INTERNAL_H */
