/* SPDX-License-Identifier: LGPL-2.1 */
/*
 * libutrace - sessions of /dev/utrace from C
 *
 * The records and masks are those of <linux/utrace.h>; the library opens,
 * configures and attaches, reads records in batches and hands them out one by
 * one, and puts failures into words.  It reads and writes the registers of held
 * threads, and converts them, those of any machine, into what gdb and core dumps
 * have.  Each call has a manual page.
 *
 * A session may be used by one thread at a time.
 */
#ifndef LIBUTRACE_H
#define LIBUTRACE_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <linux/utrace.h>
#include <linux/utrace_regs.h>

#ifdef __cplusplus
extern "C" {
#endif

struct utrace_session;

/* utrace_open(): utrace_next() fails with EAGAIN instead of waiting */
#define UTRACE_OPEN_NONBLOCK	0x0001

struct utrace_session *utrace_open(unsigned int flags);
void utrace_close(struct utrace_session *s);
int utrace_fd(const struct utrace_session *s);
const char *utrace_error(const struct utrace_session *s);

int utrace_info(struct utrace_session *s, struct utrace_info *info);
int utrace_config(struct utrace_session *s, const struct utrace_config *config);
int utrace_set_syscalls(struct utrace_session *s, uint32_t arch,
			const uint32_t *entries, unsigned int nr,
			unsigned int flags);

int utrace_attach_pid(struct utrace_session *s, pid_t pid, unsigned int flags,
		      struct utrace_attach *result);
int utrace_attach_pidfd(struct utrace_session *s, int pidfd, unsigned int flags,
			struct utrace_attach *result);

int utrace_next(struct utrace_session *s, const struct utrace_record **rec);
const struct utrace_capture *
utrace_next_capture(const struct utrace_rec_syscall *rec,
		    const struct utrace_capture *prev);

int utrace_op(struct utrace_session *s, uint64_t thread, unsigned int action);
int utrace_control(struct utrace_session *s, struct utrace_op *ops,
		   unsigned int nr);

/*
 * Registers: a view (<linux/utrace_regs.h>) says what there is and where, a register
 * file has the values.  Neither has to be this machine's.
 */
struct utrace_view_map;

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

#ifdef __cplusplus
}
#endif

#endif /* LIBUTRACE_H */
