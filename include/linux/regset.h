/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Register sets, the uniform layer
 *
 * The machine-dependent view of a thread's registers - struct user_regset and
 * its accessors - is in <linux/user_regset.h>, which is the stock kernel's
 * header of this name.  Whatever includes <linux/regset.h> keeps getting it
 * from here.
 *
 * The uniform layer names every register of every set, and reads, writes and
 * converts them with no code per machine: <linux/regset_desc.h>.
 */
#ifndef _LINUX_UTRACE_REGSET_H
#define _LINUX_UTRACE_REGSET_H

#include <linux/user_regset.h>

#ifdef CONFIG_UTRACE
#include <uapi/linux/utrace_regs.h>

struct task_struct;
struct regset_desc;

/**
 * struct regset_value - a register and its value, for regset_write()
 * @reg: the register's id
 * @size: bytes at @value
 * @value: in the thread's byte order
 */
struct regset_value {
	unsigned int reg;
	unsigned int size;
	const void *value;
};

/**
 * struct regset_arena - memory that is allocated before a thread is pinned
 * @mem: the memory, aligned to 8 bytes; NULL: none
 * @size: bytes there
 * @used: how many of them are in use
 * @need: if the arena was too small, how many would have been needed; else 0
 */
struct regset_arena {
	void *mem;
	size_t size;
	size_t used;
	size_t need;
};

/* No register is at fault. */
#define REGSET_NO_REG	UTRACE_NONE

const struct user_regset_view *regset_task_view(struct task_struct *task);
const struct regset_desc *task_regset_desc(struct task_struct *task);
const struct regset_desc *regset_desc_by_id(unsigned int view_id);
const struct utrace_view *regset_view(const struct regset_desc *desc);
int regset_reg_by_name(const struct regset_desc *desc, const char *name);
int regset_reg_by_role(const struct regset_desc *desc, unsigned int role);
const char *regset_reg_name(const struct regset_desc *desc, unsigned int reg);

int regset_arena_prepare(struct regset_arena *arena, size_t size);
void regset_arena_free(struct regset_arena *arena);

/* Was it too small, so that the caller should try again with a bigger one? */
static inline bool regset_arena_short(const struct regset_arena *arena)
{
	return arena->need > arena->size;
}

int regset_read(struct task_struct *task, const struct regset_desc *desc,
		unsigned int reg, void *value, unsigned int size);
int regset_write(struct task_struct *task, const struct regset_desc *desc,
		 const struct regset_value *values, unsigned int nr,
		 unsigned int *bad);
ssize_t regset_file_read(struct task_struct *task, const struct regset_desc *desc,
			 struct utrace_regfile *file, size_t size);

/**
 * typedef regset_call_t - call a function while a thread does not run
 * @task: the thread
 * @func: the function, which does not sleep
 * @arg: its argument
 *
 * Return: what @func returns, or an error other than -ENODATA if it was not called.
 */
typedef int (*regset_call_t)(struct task_struct *task,
			     int (*func)(struct task_struct *task, void *arg),
			     void *arg);

int regset_read_by(regset_call_t call, struct task_struct *task,
		   const struct regset_desc *desc, unsigned int reg, void *value,
		   unsigned int size);
ssize_t regset_file_read_by(regset_call_t call, struct task_struct *task,
			    const struct regset_desc *desc,
			    struct utrace_regfile *file, size_t size);
int regset_file_write(struct task_struct *task, const struct regset_desc *desc,
		      const struct utrace_regfile *file, size_t size,
		      unsigned int *bad);
#endif /* CONFIG_UTRACE */

#endif /* _LINUX_UTRACE_REGSET_H */
