/* SPDX-License-Identifier: LGPL-2.1 */
/*
 * libutrace - sessions of /dev/utrace from C, C++ and other languages
 *
 * utrace(7) explains the model, libutrace(3) lists the calls, and each call has a manual
 * page.  These rules hold for all of them:
 *
 *  - Errors.  A call that returns an int or a ssize_t returns a negative errno if it
 *    fails.  A call that returns a pointer returns NULL.  Both set errno to the (positive)
 *    error, and utrace_error() says in words what has failed, and why.
 *  - Sizes.  A structure of <linux/utrace.h> begins with its size.  The library takes and
 *    gives as many bytes as the program was compiled with, so that a program works with an
 *    older and with a newer library.  The inline functions below set the size.  A program
 *    in another language sets it, and calls the function with _sized in its name, which
 *    the library exports.
 *  - Threads.  A session may be used by one thread at a time.  The library has no state
 *    besides its objects, and starts no threads.
 *  - The library never calls functions of the program.
 */
#ifndef LIBUTRACE_H
#define LIBUTRACE_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/types.h>
#include <linux/utrace.h>
#include <linux/utrace_regs.h>

#ifdef __cplusplus
extern "C" {
#endif

struct utrace_session;
struct utrace_thread;
struct utrace_orders;
struct utrace_table;
struct utrace_child;
struct utrace_signals;
struct utrace_view_map;

/*
 * Sessions: utrace_open(3), utrace_config(3), utrace_restrict(3)
 */

/* utrace_open(), utrace_open_fd(): utrace_next() fails with EAGAIN instead of waiting */
#define UTRACE_OPEN_NONBLOCK	0x0001u

struct utrace_session *utrace_open(unsigned int flags);
struct utrace_session *utrace_open_fd(int fd, unsigned int flags);
void utrace_close(struct utrace_session *s);
int utrace_fd(const struct utrace_session *s);
const char *utrace_error(const struct utrace_session *s);

int utrace_info_sized(struct utrace_session *s, struct utrace_info *info);
int utrace_config_sized(struct utrace_session *s, struct utrace_config *config);
int utrace_restrict(struct utrace_session *s, uint64_t rights);

/* Make the ring, and map it: utrace_next() then reads records without system calls. */
int utrace_ring(struct utrace_session *s, uint64_t bytes);

/*
 * Attach: utrace_attach(3).  Of @attach, flags and tag are taken, and threads, thread and
 * process are given back.
 */
int utrace_attach_sized(struct utrace_session *s, struct utrace_attach *attach);
int utrace_attach_pid_sized(struct utrace_session *s, pid_t pid,
			    struct utrace_attach *attach);
int utrace_attach_self_sized(struct utrace_session *s, struct utrace_attach *attach);

/*
 * Spawn: utrace_spawn(3)
 */
struct utrace_signals *utrace_signals_save(void);
void utrace_signals_free(struct utrace_signals *signals);

struct utrace_child *utrace_spawn_sized(struct utrace_session *s, const char *file,
					char *const argv[], char *const envp[],
					const struct utrace_signals *signals,
					struct utrace_attach *attach);
int utrace_child_start(struct utrace_child *child);
pid_t utrace_child_pid(const struct utrace_child *child);
int utrace_child_pidfd(const struct utrace_child *child);
int utrace_child_error(struct utrace_child *child);
void utrace_child_free(struct utrace_child *child);

/*
 * Records: utrace_next(3), utrace_record(3), utrace_next_item(3)
 *
 * A record is valid until the next call that takes the session and is not const.
 */
int utrace_next(struct utrace_session *s, const struct utrace_record **rec);
int utrace_next_timeout(struct utrace_session *s, const struct utrace_record **rec,
			int timeout_ms);

/* The record as a structure of @size bytes; NULL if it is of another type, or shorter. */
const void *utrace_record_as(const struct utrace_record *rec, unsigned int type,
			     size_t size);
/* Copy the record's members, and fill up with zeros. */
int utrace_record_copy(const struct utrace_record *rec, void *to, size_t size);

const struct utrace_item *utrace_next_item(const struct utrace_record *rec,
					   const struct utrace_item *prev);
const struct utrace_item *utrace_find_item(const struct utrace_record *rec,
					   unsigned int kind, unsigned int arg);
const void *utrace_item_data(const struct utrace_item *item);
int utrace_record_role(const struct utrace_record *rec, unsigned int role,
		       uint64_t *value);

/*
 * Threads of the session, as the records that were handed out tell: utrace_thread(3)
 */
struct utrace_thread *utrace_thread(struct utrace_session *s, uint64_t cookie);
struct utrace_thread *utrace_thread_by_tid(struct utrace_session *s, pid_t tid);
struct utrace_thread *utrace_next_thread(struct utrace_session *s,
					 const struct utrace_thread *prev);
uint64_t utrace_thread_cookie(const struct utrace_thread *t);
uint64_t utrace_thread_process(const struct utrace_thread *t);
pid_t utrace_thread_pid(const struct utrace_thread *t);
pid_t utrace_thread_tid(const struct utrace_thread *t);
unsigned int utrace_thread_state(const struct utrace_thread *t);
const char *utrace_thread_comm(const struct utrace_thread *t);
uint64_t utrace_thread_stop(const struct utrace_thread *t);
int utrace_thread_asleep(const struct utrace_thread *t);
void utrace_thread_set_data(struct utrace_thread *t, void *data);
void *utrace_thread_data(const struct utrace_thread *t);

int utrace_refresh_threads(struct utrace_session *s);
int utrace_status_sized(struct utrace_session *s, uint64_t thread,
			struct utrace_rec_attached *status, size_t size);
int utrace_pidfd(struct utrace_session *s, uint64_t thread, unsigned int flags);

/*
 * Orders, one at a time: utrace_order(3).  The result is 0, or 1 if the order will end in
 * a record.
 */
int utrace_order_sized(struct utrace_session *s, struct utrace_order *order);
int utrace_hold(struct utrace_session *s, uint64_t thread, unsigned int flags,
		int timeout_ms);
int utrace_wait_awake(struct utrace_session *s, uint64_t thread, int timeout_ms);
int utrace_release(struct utrace_session *s, uint64_t thread, uint64_t stop);
int utrace_detach(struct utrace_session *s, uint64_t thread);
int utrace_kill(struct utrace_session *s, uint64_t thread);
int utrace_call(struct utrace_session *s, uint64_t thread, int64_t nr,
		const uint64_t args[6], int64_t *result, int timeout_ms);

/*
 * Several orders in one system call: utrace_orders_new(3)
 */
struct utrace_orders *utrace_orders_new(void);
void utrace_orders_free(struct utrace_orders *o);
void utrace_orders_clear(struct utrace_orders *o);
int utrace_orders_add_sized(struct utrace_orders *o, const struct utrace_order *order);
int utrace_orders_add_simple(struct utrace_orders *o, unsigned int action,
			     unsigned int flags, uint64_t thread, uint64_t stop,
			     uint64_t tag);
int utrace_orders_submit(struct utrace_session *s, struct utrace_orders *o);
int utrace_orders_submit_next(struct utrace_session *s, struct utrace_orders *o,
			      const struct utrace_record **rec, int timeout_ms);
unsigned int utrace_orders_count(const struct utrace_orders *o);
const struct utrace_order *utrace_orders_get(const struct utrace_orders *o,
					     unsigned int index);
int utrace_orders_result(const struct utrace_orders *o, unsigned int index);
int utrace_control_sized(struct utrace_session *s, struct utrace_control *control);

/*
 * Memory: utrace_mem_read(3)
 */
ssize_t utrace_mem_read(struct utrace_session *s, uint64_t thread, uint64_t addr,
			void *buffer, size_t len);
ssize_t utrace_mem_write(struct utrace_session *s, uint64_t thread, uint64_t addr,
			 const void *buffer, size_t len);
ssize_t utrace_mem_string(struct utrace_session *s, uint64_t thread, uint64_t addr,
			  char *buffer, size_t size);
int utrace_mem_segs(struct utrace_session *s, uint64_t thread, unsigned int what,
		    unsigned int mode, struct utrace_seg *segs, unsigned int nr);

/*
 * System calls: utrace_table_new(3), utrace_counts(3)
 */
struct utrace_table *utrace_table_new(uint32_t arch);
void utrace_table_free(struct utrace_table *t);
int utrace_table_set(struct utrace_table *t, unsigned int nr, uint32_t flags);
int utrace_table_set_all(struct utrace_table *t, uint32_t flags);
int utrace_table_capture_sized(struct utrace_table *t,
			       const struct utrace_capture_rule *rule);
int utrace_table_load(struct utrace_session *s, const struct utrace_table *t);
int utrace_syscalls_sized(struct utrace_session *s, struct utrace_syscalls *table);
int utrace_counts_sized(struct utrace_session *s, uint32_t arch, unsigned int flags,
			struct utrace_count *counts, size_t count_size,
			unsigned int nr);

/*
 * Registers: a view (<linux/utrace_regs.h>) says what there is and where, a register
 * file has the values.  Neither has to be of the architecture that the program runs on.
 */
struct utrace_view_map *utrace_view_read(struct utrace_session *s, uint64_t thread,
					 uint32_t id);
struct utrace_view_map *utrace_view_load(const void *data, size_t size);
void utrace_view_free(struct utrace_view_map *view);
const struct utrace_view *utrace_view_data(const struct utrace_view_map *view);
const char *utrace_view_string(const struct utrace_view_map *view, uint32_t string);
const struct utrace_reg *utrace_view_reg(const struct utrace_view_map *view,
					 uint32_t reg);
uint32_t utrace_view_find(const struct utrace_view_map *view, const char *name);
uint32_t utrace_view_role(const struct utrace_view_map *view, unsigned int role);

struct utrace_regfile *utrace_regs_read(struct utrace_session *s,
					const struct utrace_view_map *view,
					uint64_t thread);
int utrace_regs_write(struct utrace_session *s, const struct utrace_view_map *view,
		      uint64_t thread, const struct utrace_regfile *file,
		      uint32_t *bad);
int utrace_regs_list(struct utrace_session *s, uint64_t thread, unsigned int what,
		     struct utrace_regval *values, unsigned int nr, uint32_t *bad);
int utrace_regs_role(struct utrace_session *s, uint64_t thread, unsigned int role,
		     uint64_t *value);
ssize_t utrace_regs_set(struct utrace_session *s, uint64_t thread, unsigned int what,
			uint32_t note, void *data, size_t size);
struct utrace_regfile *utrace_regs_load(const struct utrace_view_map *view,
					const void *data, size_t size);
int utrace_regs_has(const struct utrace_view_map *view,
		    const struct utrace_regfile *file, uint32_t reg);
void *utrace_regs_value(const struct utrace_view_map *view,
			const struct utrace_regfile *file, uint32_t reg,
			size_t *size);
int utrace_regs_number(const struct utrace_view_map *view,
		       const struct utrace_regfile *file, uint32_t reg,
		       uint64_t *number);
int utrace_regs_set_number(const struct utrace_view_map *view,
			   struct utrace_regfile *file, uint32_t reg,
			   uint64_t number);

char *utrace_regs_description(const struct utrace_view_map *view,
			      const struct utrace_regfile *file);
char *utrace_regs_to_gdb(const struct utrace_view_map *view,
			 const struct utrace_regfile *file);
int utrace_regs_from_gdb(const struct utrace_view_map *view, const char *packet,
			 size_t length, struct utrace_regfile *file);
void *utrace_regs_to_core(const struct utrace_view_map *view,
			  const struct utrace_regfile *file, size_t *size);
struct utrace_regfile *utrace_regs_from_core(const struct utrace_view_map *view,
					     const void *notes, size_t size,
					     unsigned int thread);

/* One bit for each register, by its id: those that a conversion cannot take along */
struct utrace_lost {
	uint64_t bits[16];
};

struct utrace_regfile *utrace_regs_to_compat(const struct utrace_view_map *compat,
					     const struct utrace_view_map *native,
					     const struct utrace_regfile *file,
					     struct utrace_lost *lost);
int utrace_regs_to_native(const struct utrace_view_map *compat,
			  const struct utrace_view_map *native,
			  const struct utrace_regfile *from,
			  struct utrace_regfile *to, struct utrace_lost *lost);

/*
 * Inline functions.  They set the sizes that the program was compiled with, and have no
 * other purpose.
 */

static inline int utrace_info(struct utrace_session *s, struct utrace_info *info)
{
	info->size = sizeof(*info);
	return utrace_info_sized(s, info);
}

static inline int utrace_config(struct utrace_session *s, struct utrace_config *config)
{
	config->size = sizeof(*config);
	return utrace_config_sized(s, config);
}

static inline int utrace_attach(struct utrace_session *s, struct utrace_attach *attach)
{
	attach->size = sizeof(*attach);
	return utrace_attach_sized(s, attach);
}

/* Here and in the next two, @attach may be NULL: no flags, and no answer. */
static inline int utrace_attach_pid(struct utrace_session *s, pid_t pid,
				    struct utrace_attach *attach)
{
	if (attach)
		attach->size = sizeof(*attach);
	return utrace_attach_pid_sized(s, pid, attach);
}

static inline int utrace_attach_self(struct utrace_session *s,
				     struct utrace_attach *attach)
{
	if (attach)
		attach->size = sizeof(*attach);
	return utrace_attach_self_sized(s, attach);
}

static inline struct utrace_child *utrace_spawn(struct utrace_session *s,
						const char *file, char *const argv[],
						char *const envp[],
						const struct utrace_signals *signals,
						struct utrace_attach *attach)
{
	if (attach)
		attach->size = sizeof(*attach);
	return utrace_spawn_sized(s, file, argv, envp, signals, attach);
}

static inline int utrace_status(struct utrace_session *s, uint64_t thread,
				struct utrace_rec_attached *status)
{
	return utrace_status_sized(s, thread, status, sizeof(*status));
}

static inline int utrace_control(struct utrace_session *s, struct utrace_control *control)
{
	control->size = sizeof(*control);
	return utrace_control_sized(s, control);
}

static inline int utrace_syscalls(struct utrace_session *s, struct utrace_syscalls *table)
{
	table->size = sizeof(*table);
	return utrace_syscalls_sized(s, table);
}

static inline int utrace_table_capture(struct utrace_table *t,
				       struct utrace_capture_rule *rule)
{
	rule->size = sizeof(*rule);
	return utrace_table_capture_sized(t, rule);
}

static inline int utrace_counts(struct utrace_session *s, uint32_t arch,
				unsigned int flags, struct utrace_count *counts,
				unsigned int nr)
{
	return utrace_counts_sized(s, arch, flags, counts, sizeof(*counts), nr);
}

static inline int utrace_mem_readv(struct utrace_session *s, uint64_t thread,
				   struct utrace_seg *segs, unsigned int nr)
{
	unsigned int i;

	for (i = 0; i < nr; i++)
		segs[i].size = sizeof(*segs);
	return utrace_mem_segs(s, thread, UTRACE_MEM_READ, 0, segs, nr);
}

static inline int utrace_mem_writev(struct utrace_session *s, uint64_t thread,
				    struct utrace_seg *segs, unsigned int nr)
{
	unsigned int i;

	for (i = 0; i < nr; i++)
		segs[i].size = sizeof(*segs);
	return utrace_mem_segs(s, thread, UTRACE_MEM_WRITE, 0, segs, nr);
}

/* Orders with operands: to carry one out at once, and to append it to others. */
#define LIBUTRACE_ORDER(name, op)						\
static inline int utrace_order_##name(struct utrace_session *s,			\
				      struct utrace_order_##name *order)	\
{										\
	order->order.size = sizeof(*order);					\
	order->order.action = op;						\
	return utrace_order_sized(s, &order->order);				\
}										\
static inline int utrace_orders_add_##name(struct utrace_orders *o,		\
					   struct utrace_order_##name *order)	\
{										\
	order->order.size = sizeof(*order);					\
	order->order.action = op;						\
	return utrace_orders_add_sized(o, &order->order);			\
}

LIBUTRACE_ORDER(syscall, UTRACE_OP_SYSCALL)
LIBUTRACE_ORDER(regs, UTRACE_OP_REGS)
LIBUTRACE_ORDER(memory, UTRACE_OP_MEMORY)
LIBUTRACE_ORDER(call, UTRACE_OP_CALL)
LIBUTRACE_ORDER(step, UTRACE_OP_STEP)
LIBUTRACE_ORDER(signal, UTRACE_OP_SIGNAL)
LIBUTRACE_ORDER(send, UTRACE_OP_SEND)

#undef LIBUTRACE_ORDER

/* Let a held thread execute one instruction.  The record UTRACE_EV_STEP follows. */
static inline int utrace_step(struct utrace_session *s, uint64_t thread, uint64_t stop)
{
	struct utrace_order_step o;

	memset(&o, 0, sizeof(o));
	o.order.thread = thread;
	o.order.stop = stop;
	o.what = UTRACE_STEP_INSN;
	o.order.size = sizeof(o);
	o.order.action = UTRACE_OP_STEP;
	return utrace_order_sized(s, &o.order);
}

/* Say what becomes of the signal in whose record a thread is held: UTRACE_SIGNAL_*. */
static inline int utrace_signal_answer(struct utrace_session *s, uint64_t thread,
				       uint64_t stop, unsigned int what)
{
	struct utrace_order_signal o;

	memset(&o, 0, sizeof(o));
	o.order.thread = thread;
	o.order.stop = stop;
	o.what = what;
	o.order.size = sizeof(o);
	o.order.action = UTRACE_OP_SIGNAL;
	return utrace_order_sized(s, &o.order);
}

/* Send a signal to a thread, as tgkill(2) does. */
static inline int utrace_send(struct utrace_session *s, uint64_t thread, int signo)
{
	struct utrace_order_send o;

	memset(&o, 0, sizeof(o));
	o.order.thread = thread;
	o.info.signo = signo;
	o.info.code = -6;	/* SI_TKILL */
	o.order.size = sizeof(o);
	o.order.action = UTRACE_OP_SEND;
	return utrace_order_sized(s, &o.order);
}

/* Orders without operands, by utrace_orders_add_simple(). */
static inline int utrace_orders_add_hold(struct utrace_orders *o, unsigned int flags,
					 uint64_t thread, uint64_t tag)
{
	return utrace_orders_add_simple(o, UTRACE_OP_HOLD, flags, thread, 0, tag);
}

static inline int utrace_orders_add_release(struct utrace_orders *o, unsigned int flags,
					    uint64_t thread, uint64_t stop)
{
	return utrace_orders_add_simple(o, UTRACE_OP_RELEASE, flags, thread, stop, 0);
}

/*
 * Casts of records: NULL if the record is of another type, or shorter than the structure
 * that the program was compiled with.
 */
#define LIBUTRACE_REC(name, type)						\
static inline const struct utrace_rec_##name *					\
utrace_rec_##name(const struct utrace_record *rec)				\
{										\
	return (const struct utrace_rec_##name *)				\
		utrace_record_as(rec, type, sizeof(struct utrace_rec_##name));	\
}

LIBUTRACE_REC(attached, UTRACE_REC_ATTACHED)
LIBUTRACE_REC(syscall, UTRACE_EV_SYSCALL)	/* and UTRACE_EV_SYSCALL_ENTRY */
LIBUTRACE_REC(clone, UTRACE_EV_CLONE)
LIBUTRACE_REC(vfork_done, UTRACE_EV_VFORK_DONE)
LIBUTRACE_REC(exec, UTRACE_EV_EXEC)
LIBUTRACE_REC(exit, UTRACE_EV_EXIT)		/* and UTRACE_EV_DEATH */
LIBUTRACE_REC(detached, UTRACE_REC_DETACHED)
LIBUTRACE_REC(lost, UTRACE_REC_LOST)
LIBUTRACE_REC(quiesce, UTRACE_EV_QUIESCE)
LIBUTRACE_REC(gone, UTRACE_REC_GONE)
LIBUTRACE_REC(done, UTRACE_REC_DONE)
LIBUTRACE_REC(called, UTRACE_EV_CALLED)
LIBUTRACE_REC(signal, UTRACE_EV_FAULT)		/* and UTRACE_EV_SIGNAL_* */
LIBUTRACE_REC(handler, UTRACE_EV_HANDLER)
LIBUTRACE_REC(group_stop, UTRACE_EV_GROUP_STOP)
LIBUTRACE_REC(step, UTRACE_EV_STEP)

#undef LIBUTRACE_REC

#ifdef __cplusplus
}
#endif

#endif /* LIBUTRACE_H */
