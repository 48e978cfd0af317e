// SPDX-License-Identifier: GPL-2.0-only
/*
 * utrace: the registers of a thread that an engine holds
 *
 * Each call pins the thread while it works, so that a client which makes only one
 * call needs no utrace_prepare_examine().  The _pinned calls are for clients that have
 * a pin already, and know why they could not get one.  In a callback the thread is
 * current.  There its registers can be read, but only the utrace_syscall_* calls write
 * them.
 */

#include <linux/export.h>
#include <linux/mm.h>
#include <linux/ptrace.h>
#include <linux/regset.h>
#include <linux/sched.h>
#include <linux/sched/task_stack.h>
#include <linux/slab.h>
#include <linux/utrace.h>

#include <asm/utrace.h>

#include "../regset/internal.h"
#include "internal.h"

/* Pin the thread, and return its description; an ERR_PTR() if it is not pinned. */
static const struct regset_desc *utrace_regs_begin(struct utrace_engine *engine)
{
	const struct regset_desc *desc;
	int ret;

	ret = utrace_prepare_examine(engine);
	if (ret)
		return ERR_PTR(ret);
	desc = task_regset_desc(engine->task);
	if (!desc) {
		utrace_finish_examine(engine);
		return ERR_PTR(-EOPNOTSUPP);
	}
	return desc;
}

/**
 * struct utrace_place - where a pinned thread goes on
 * @pc: the address
 * @call: arch_utrace_call_state()
 */
struct utrace_place {
	unsigned long pc;
	unsigned long call;
};

static struct utrace_place utrace_place(struct utrace_engine *engine)
{
	struct pt_regs *regs = task_pt_regs(engine->task);

	return (struct utrace_place) {
		.pc = instruction_pointer(regs),
		.call = arch_utrace_call_state(engine->task, regs),
	};
}

/*
 * After a write to the registers, before which the thread was at @before.  @pc: the pc
 * was among them, even if its value is the old one.
 */
static void utrace_regs_written(struct utrace_engine *engine,
				const struct utrace_place *before, bool pc)
{
	struct utrace_place now = utrace_place(engine);

	if ((pc || now.pc != before->pc) && now.call == before->call)
		utrace_moved(engine);
}

static const struct user_regset *utrace_find_regset(struct task_struct *task,
						    unsigned int note)
{
	const struct user_regset_view *view = regset_task_view(task);
	unsigned int i;

	for (i = 0; i < view->n; i++)
		if (view->regsets[i].core_note_type == note)
			return &view->regsets[i];
	return NULL;
}

/**
 * utrace_regset_get - read a register set in the form of user_regset
 * @engine: the caller has a reference; holds the thread, or is in a callback
 * @note: NT_* of the set
 * @data: buffer for the set
 * @size: bytes at @data; the rest of the set is not read
 *
 * Context: process context; sleeps.
 *
 * Return: number of bytes that were read, or
 *
 * * %-ENOENT - the thread's view has no such set
 * * %-ENODEV, %-ENODATA, %-EINVAL - an error of the set, mostly because the CPU or
 *   the thread does not have it
 * * an error of utrace_prepare_examine()
 */
ssize_t utrace_regset_get(struct utrace_engine *engine, unsigned int note,
			  void *data, size_t size)
{
	const struct user_regset *set;
	ssize_t ret;

	ret = utrace_prepare_examine(engine);
	if (ret)
		return ret;
	set = utrace_find_regset(engine->task, note);
	ret = set ? regset_get(engine->task, set, size, data) : -ENOENT;
	utrace_finish_examine(engine);
	return ret;
}
EXPORT_SYMBOL_NS_GPL(utrace_regset_get, UTRACE);

/**
 * utrace_regset_set - write a register set in the form of user_regset
 * @engine: the caller has a reference; holds the thread
 * @note: NT_* of the set
 * @data: new data, from the beginning of the set on
 * @size: bytes at @data
 *
 * A set may ignore a part of the data without an error.  regset_write() does not
 * allow that.
 *
 * Context: process context; sleeps.
 *
 * Return: 0, or
 *
 * * %-EBUSY - the caller is a callback
 * * %-EINVAL - @size is not a multiple of the size of the set's registers, or is more
 *   than the set has
 * * %-EPERM - the set cannot be written
 * * an error of utrace_regset_get()
 */
int utrace_regset_set(struct utrace_engine *engine, unsigned int note,
		      const void *data, size_t size)
{
	const struct user_regset *set;
	struct utrace_place before;
	int ret;

	if (engine->task == current)
		return -EBUSY;
	ret = utrace_prepare_examine(engine);
	if (ret)
		return ret;
	before = utrace_place(engine);
	set = utrace_find_regset(engine->task, note);
	if (!set)
		ret = -ENOENT;
	else if (size % set->size || size > (size_t)set->n * set->size)
		ret = -EINVAL;
	else if (!set->set)
		ret = -EPERM;
	else
		ret = set->set(engine->task, set, 0, size, data, NULL);
	/* Also after an error: some sets are written in part then. */
	utrace_regs_written(engine, &before, false);
	utrace_finish_examine(engine);
	return ret;
}
EXPORT_SYMBOL_NS_GPL(utrace_regset_set, UTRACE);

/**
 * utrace_reg_get - read one register
 * @engine: the caller has a reference; holds the thread, or is in a callback
 * @reg: id of the register, from regset_reg_by_name() or regset_reg_by_role() of the
 *	thread's task_regset_desc()
 * @value: buffer for the value, in the thread's byte order
 * @size: bytes at @value, which have to be those of the register
 *
 * Context: process context; sleeps.
 *
 * Return: 0, or
 *
 * * an error of utrace_prepare_examine() or regset_read()
 * * %-EOPNOTSUPP - the thread's view has no description
 */
int utrace_reg_get(struct utrace_engine *engine, unsigned int reg, void *value,
		   unsigned int size)
{
	const struct regset_desc *desc = utrace_regs_begin(engine);
	int ret;

	if (IS_ERR(desc))
		return PTR_ERR(desc);
	ret = regset_read(engine->task, desc, reg, value, size);
	utrace_finish_examine(engine);
	return ret;
}
EXPORT_SYMBOL_NS_GPL(utrace_reg_get, UTRACE);

/*
 * All memory is allocated before the thread is pinned, see struct regset_arena.  It may
 * die until then.  The caller keeps its stack, where some architectures look which view
 * a thread has.
 */
static int utrace_values_set(struct utrace_engine *engine, const struct regset_desc *desc,
			     const struct regset_value *values, unsigned int nr,
			     unsigned int *bad)
{
	int ret, pc = regset_reg_by_role(desc, UTRACE_ROLE_PC);
	struct regset_arena arena = {};
	struct utrace_place before;
	bool has_pc = false;
	unsigned int i;

	for (i = 0; i < nr; i++)
		has_pc |= values[i].reg == pc;
	do {
		*bad = REGSET_NO_REG;
		ret = regset_arena_prepare(&arena, regset_write_estimate(engine->task, desc,
									 values, nr)) ?:
		      utrace_prepare_examine(engine);
		if (ret)
			break;
		before = utrace_place(engine);
		ret = regset_write_in(&arena, engine->task, desc, values, nr, bad);
		if (!ret)
			utrace_regs_written(engine, &before, has_pc);
		utrace_finish_examine(engine);
	} while (regset_arena_short(&arena));
	regset_arena_free(&arena);
	return ret;
}

/**
 * utrace_reg_set - write registers, all or none
 * @engine: the caller has a reference; holds the thread
 * @values: registers and their new values
 * @nr: number of @values
 * @bad: id of the register that was refused, or %REGSET_NO_REG
 *
 * Context: process context; sleeps.
 *
 * Return: 0, or
 *
 * * %-EBUSY - the caller is a callback
 * * an error of utrace_prepare_examine() or regset_write()
 * * %-EOPNOTSUPP - the thread's view has no description
 */
int utrace_reg_set(struct utrace_engine *engine, const struct regset_value *values,
		   unsigned int nr, unsigned int *bad)
{
	const struct regset_desc *desc;
	int ret = -EOPNOTSUPP;

	*bad = REGSET_NO_REG;
	if (engine->task == current)
		return -EBUSY;
	if (!try_get_task_stack(engine->task))
		return -ESRCH;
	desc = task_regset_desc(engine->task);
	if (desc)
		ret = utrace_values_set(engine, desc, values, nr, bad);
	put_task_stack(engine->task);
	return ret;
}
EXPORT_SYMBOL_NS_GPL(utrace_reg_set, UTRACE);

/* Numbers have at most 64 bits. */
static int utrace_role_reg(const struct regset_desc *desc, unsigned int role,
			   unsigned int *size)
{
	int reg = regset_reg_by_role(desc, role);

	if (reg >= 0)
		*size = desc->map.regs[reg].size;
	return reg;
}

/**
 * utrace_role_get - read the register that has a role, as a number
 * @engine: the caller has a reference; holds the thread, or is in a callback
 * @role: UTRACE_ROLE_*
 * @value: the number, which has at most 32 bits for a 32-bit thread
 *
 * Context: process context; sleeps.
 *
 * Return: 0, or
 *
 * * an error of utrace_prepare_examine(), regset_reg_by_role() or regset_read()
 * * %-EOPNOTSUPP - the thread's view has no description
 */
int utrace_role_get(struct utrace_engine *engine, unsigned int role, u64 *value)
{
	const struct regset_desc *desc;
	unsigned int size;
	u32 word = 0;
	int ret;

	/* In a callback, the most wanted ones need no register set. */
	if (engine->task == current &&
	    arch_utrace_role(task_pt_regs(current), role, value))
		return 0;
	desc = utrace_regs_begin(engine);
	if (IS_ERR(desc))
		return PTR_ERR(desc);
	ret = utrace_role_reg(desc, role, &size);
	if (ret >= 0 && size == sizeof(word)) {
		ret = regset_read(engine->task, desc, ret, &word, sizeof(word));
		*value = word;
	} else if (ret >= 0) {
		ret = regset_read(engine->task, desc, ret, value, sizeof(*value));
	}
	utrace_finish_examine(engine);
	return ret;
}
EXPORT_SYMBOL_NS_GPL(utrace_role_get, UTRACE);

/**
 * utrace_role_set - write the register that has a role
 * @engine: the caller has a reference; holds the thread
 * @role: UTRACE_ROLE_*
 * @value: the number
 *
 * Context: process context; sleeps.
 *
 * Return: 0, or
 *
 * * %-EBUSY - the caller is a callback
 * * %-ERANGE - the register has 32 bits and @value does not fit
 * * an error of utrace_prepare_examine(), regset_reg_by_role() or regset_write()
 * * %-EOPNOTSUPP - the thread's view has no description
 */
int utrace_role_set(struct utrace_engine *engine, unsigned int role, u64 value)
{
	struct regset_value v = { .value = &value };
	const struct regset_desc *desc;
	unsigned int bad;
	u32 word = value;
	int ret;

	if (engine->task == current)
		return -EBUSY;
	if (!try_get_task_stack(engine->task))
		return -ESRCH;
	desc = task_regset_desc(engine->task);
	ret = desc ? utrace_role_reg(desc, role, &v.size) : -EOPNOTSUPP;
	if (ret >= 0) {
		v.reg = ret;
		if (v.size == sizeof(word))
			v.value = &word;
		if (v.size == sizeof(word) && word != value)
			ret = -ERANGE;
		else
			ret = utrace_values_set(engine, desc, &v, 1, &bad);
	}
	put_task_stack(engine->task);
	return ret;
}
EXPORT_SYMBOL_NS_GPL(utrace_role_set, UTRACE);

/**
 * utrace_regfile_get_pinned - read all registers of a thread that is pinned
 * @engine: the caller has pinned its thread with utrace_prepare_examine()
 * @file: buffer for the register file; NULL to learn its size
 * @size: bytes at @file
 * @arena: memory, which is needed only while others read registers, so it may be empty.
 *	If it is too small, regset_arena_short() says so after the call
 *
 * Context: process context.
 *
 * Return: size of the register file, or
 *
 * * %-EOPNOTSUPP - the thread's view has no description
 * * an error of regset_file_read()
 */
ssize_t utrace_regfile_get_pinned(struct utrace_engine *engine,
				  struct utrace_regfile *file, size_t size,
				  struct regset_arena *arena)
{
	const struct regset_desc *desc = task_regset_desc(engine->task);

	if (!desc)
		return -EOPNOTSUPP;
	return regset_file_read_in(arena, engine->task, desc, file, size);
}
EXPORT_SYMBOL_NS_GPL(utrace_regfile_get_pinned, UTRACE);

/**
 * utrace_regfile_get - read all registers
 * @engine: the caller has a reference; holds the thread, or is in a callback
 * @file: buffer for the register file; NULL to learn its size
 * @size: bytes at @file
 *
 * Context: process context; sleeps.
 *
 * Return: size of the register file, or
 *
 * * an error of utrace_prepare_examine() or utrace_regfile_get_pinned()
 */
ssize_t utrace_regfile_get(struct utrace_engine *engine, struct utrace_regfile *file,
			   size_t size)
{
	struct regset_arena arena = {};
	ssize_t ret;

	do {
		ret = regset_arena_prepare(&arena, 0) ?: utrace_prepare_examine(engine);
		if (ret)
			break;
		ret = utrace_regfile_get_pinned(engine, file, size, &arena);
		utrace_finish_examine(engine);
	} while (regset_arena_short(&arena));
	regset_arena_free(&arena);
	return ret;
}
EXPORT_SYMBOL_NS_GPL(utrace_regfile_get, UTRACE);

/**
 * utrace_regfile_set_prepare - allocate memory for utrace_regfile_set_pinned()
 * @engine: the caller has a reference, and has not pinned the thread
 * @size: bytes of the register file
 * @arena: all zero in the first call.  The caller frees it with regset_arena_free(), also
 *	after an error
 *
 * Context: process context; may sleep for memory.
 *
 * Return:
 *
 * * 0 - the thread can be pinned and written to
 * * %-ESRCH - the thread is dead
 * * %-EOPNOTSUPP - the thread's view has no description
 * * %-ENOMEM - there is no memory
 */
int utrace_regfile_set_prepare(struct utrace_engine *engine, size_t size,
			       struct regset_arena *arena)
{
	const struct regset_desc *desc;
	size_t estimate = 0;

	if (!try_get_task_stack(engine->task))
		return -ESRCH;
	desc = task_regset_desc(engine->task);
	if (desc)
		estimate = regset_file_write_estimate(engine->task, desc, size);
	put_task_stack(engine->task);
	return desc ? regset_arena_prepare(arena, estimate) : -EOPNOTSUPP;
}
EXPORT_SYMBOL_NS_GPL(utrace_regfile_set_prepare, UTRACE);

/**
 * utrace_regfile_set_pinned - write all registers of a thread that is pinned, or none
 * @engine: the caller has pinned its thread with utrace_prepare_examine()
 * @file: register file of the thread's view
 * @size: bytes of @file
 * @bad: id of the register that was refused, or %REGSET_NO_REG
 * @arena: from utrace_regfile_set_prepare()
 *
 * If @arena turns out to be too small, nothing is written, and regset_arena_short() says
 * so.  The caller then unpins the thread, and begins again with
 * utrace_regfile_set_prepare() for the same arena.
 *
 * Context: process context.  Only user_regset functions of the architecture may sleep
 *	for memory.
 *
 * Return: 0, or
 *
 * * %-EBUSY - the caller is a callback
 * * %-EOPNOTSUPP - the thread's view has no description
 * * an error of regset_file_write()
 */
int utrace_regfile_set_pinned(struct utrace_engine *engine,
			      const struct utrace_regfile *file, size_t size,
			      unsigned int *bad, struct regset_arena *arena)
{
	const struct regset_desc *desc = task_regset_desc(engine->task);
	struct utrace_place before;
	int ret;

	*bad = REGSET_NO_REG;
	if (engine->task == current)
		return -EBUSY;
	if (!desc)
		return -EOPNOTSUPP;
	before = utrace_place(engine);
	ret = regset_file_write_in(arena, engine->task, desc, file, size, bad);
	if (!ret)
		utrace_regs_written(engine, &before, false);
	return ret;
}
EXPORT_SYMBOL_NS_GPL(utrace_regfile_set_pinned, UTRACE);

/**
 * utrace_regfile_set - write all registers, or none
 * @engine: the caller has a reference; holds the thread
 * @file: register file of the thread's view
 * @size: bytes of @file
 * @bad: id of the register that was refused, or %REGSET_NO_REG
 *
 * Context: process context; sleeps.
 *
 * Return: 0, or
 *
 * * an error of utrace_prepare_examine(), utrace_regfile_set_prepare() or
 *   utrace_regfile_set_pinned()
 */
int utrace_regfile_set(struct utrace_engine *engine, const struct utrace_regfile *file,
		       size_t size, unsigned int *bad)
{
	struct regset_arena arena = {};
	int ret;

	do {
		*bad = REGSET_NO_REG;
		ret = utrace_regfile_set_prepare(engine, size, &arena) ?:
		      utrace_prepare_examine(engine);
		if (ret)
			break;
		ret = utrace_regfile_set_pinned(engine, file, size, bad, &arena);
		utrace_finish_examine(engine);
	} while (regset_arena_short(&arena));
	regset_arena_free(&arena);
	return ret;
}
EXPORT_SYMBOL_NS_GPL(utrace_regfile_set, UTRACE);

/*
 * The registers of a thread that sleeps in the kernel and is not stopped.  The get
 * functions of user_regset are called for it while it cannot be woken (look.c), with
 * interrupts off.  All of them are made for a thread that another one has stopped, and
 * they are as good for one that sleeps, because both have left their CPU by the scheduler:
 *
 * - They sleep for nothing and allocate nothing.  The exception is the base of an x86
 *   segment of the LDT, see arch_utrace_may_read_asleep().
 *
 * - pt_regs are complete, because every entry into the kernel saves all general registers.
 *
 * - x86: The switch has saved the FPU's state to fpstate, and PKRU to thread.pkru.  Only
 *   the thread itself replaces fpstate (for AMX), and exec and exit, which it does itself.
 *
 * - arm64: The switch has saved FP, SVE and SME, and only the thread itself replaces that
 *   memory.  fpr_get() may convert the SVE state and write the result to the FPSIMD state,
 *   as for a stopped thread.  The kernel does not read that while the SVE state is valid.
 *
 * - powerpc: The switch has given up FP, Altivec, VSX and TM, and cleared their bits in
 *   the msr, so flush_fp_to_thread() and its kin find nothing to do, where they would
 *   have a BUG() for another thread.  The switch has saved DSCR, TAR and the like.
 *
 * - riscv: The switch has saved FP and V as far as they are dirty.
 *
 * - s390: The switch has saved FP, VX, access registers, runtime instrumentation and
 *   guarded storage.
 *
 * A thread that was preempted might be in the middle of changing any of that, so it does
 * not count as asleep.
 */

/* Have the thread's stack stay.  Returns its description, or an ERR_PTR(). */
static const struct regset_desc *utrace_asleep_begin(struct utrace_engine *engine)
{
	struct utrace *u = engine->utrace;
	const struct regset_desc *desc;
	bool attached;

	spin_lock_irq(&u->lock);
	attached = (engine->flags & ENGINE_ATTACHED) && !u->dead;
	spin_unlock_irq(&u->lock);
	if (!attached || !try_get_task_stack(engine->task))
		return ERR_PTR(-ESRCH);
	desc = task_regset_desc(engine->task);
	if (!desc) {
		put_task_stack(engine->task);
		return ERR_PTR(-EOPNOTSUPP);
	}
	return desc;
}

static void utrace_asleep_end(struct utrace_engine *engine)
{
	put_task_stack(engine->task);
}

/**
 * struct utrace_asleep_read - the reading of registers
 * @func: reads them
 * @arg: its argument
 */
struct utrace_asleep_read {
	int (*func)(struct task_struct *task, void *arg);
	void *arg;
};

static int utrace_read_asleep_func(struct task_struct *task, void *arg)
{
	struct utrace_asleep_read *r = arg;

	if (!arch_utrace_may_read_asleep(task))
		return -EOPNOTSUPP;
	return r->func(task, r->arg);
}

/* regset_call_t */
static int utrace_read_asleep(struct task_struct *task,
			      int (*func)(struct task_struct *task, void *arg), void *arg)
{
	struct utrace_asleep_read r = { func, arg };

	return utrace_call_asleep(task, utrace_read_asleep_func, &r);
}

static int utrace_nothing(struct task_struct *task, void *arg)
{
	return 0;
}

/**
 * utrace_is_asleep - tell whether a thread sleeps in the kernel
 * @engine: the caller has a reference
 *
 * Such a thread has gone to sleep by itself, in a system call or a page fault.  It may be
 * woken at any time, unless the caller knows more.  If the engine has asked for
 * %UTRACE_STOP before, the thread does not come to user mode: when it wakes, it
 * reports QUIESCE, if the engine has that event, and stops.  So the client need not wait
 * for the stop in order to read registers (utrace_regfile_get_asleep()) and memory.  The
 * registers change only by what the kernel does for the thread meanwhile, such as the
 * result of its system call.
 *
 * A thread that an engine, ptrace or job control has stopped does not count as asleep.
 *
 * Context: any but NMI, and not with a lock of the scheduler held; does not sleep.
 *
 * Return: true if it sleeps; false if it does not, is dead, or @engine is detached.
 */
bool utrace_is_asleep(struct utrace_engine *engine)
{
	/* Both may change before the caller hears of the answer, with the lock or without. */
	if (!(data_race(READ_ONCE(engine->flags)) & ENGINE_ATTACHED))
		return false;
	/* Likewise. */
	if (data_race(READ_ONCE(engine->utrace->dead)))
		return false;
	return !utrace_call_asleep(engine->task, utrace_nothing, NULL);
}
EXPORT_SYMBOL_NS_GPL(utrace_is_asleep, UTRACE);

/**
 * utrace_regfile_get_asleep - read all registers of a thread that sleeps in the kernel
 * @engine: the caller has a reference
 * @file: buffer for the register file, in kernel memory; NULL to learn its size
 * @size: bytes at @file
 *
 * The engine need not hold the thread.  The registers are those of one moment, and the
 * thread neither is woken nor notices.  They cannot be written, because the thread may
 * depend on them in the kernel.
 *
 * Context: process context; sleeps for memory.
 *
 * Return: size of the register file, or
 *
 * * %-EAGAIN - the thread does not sleep, see utrace_is_asleep()
 * * %-EOPNOTSUPP - the thread's view has no description, or the thread has to be stopped
 *   for this
 * * %-ESRCH - the engine is detached, or the thread is dead
 * * %-ENOSPC - @size is too small
 * * %-ENOMEM - there is no memory
 */
ssize_t utrace_regfile_get_asleep(struct utrace_engine *engine,
				  struct utrace_regfile *file, size_t size)
{
	const struct regset_desc *desc = utrace_asleep_begin(engine);
	ssize_t ret;

	if (IS_ERR(desc))
		return PTR_ERR(desc);
	ret = regset_file_read_by(utrace_read_asleep, engine->task, desc, file, size);
	utrace_asleep_end(engine);
	return ret;
}
EXPORT_SYMBOL_NS_GPL(utrace_regfile_get_asleep, UTRACE);

/**
 * struct utrace_set_read - a set of a thread that sleeps
 * @note: NT_* of the set
 * @data: buffer
 * @size: bytes at @data
 * @ret: number of bytes that were read, or an error of the set
 */
struct utrace_set_read {
	unsigned int note;
	void *data;
	size_t size;
	ssize_t ret;
};

static int utrace_read_set(struct task_struct *task, void *arg)
{
	struct utrace_set_read *r = arg;
	const struct user_regset *set = utrace_find_regset(task, r->note);

	r->ret = set ? regset_fetch(task, set, r->data,
				    min(r->size, (size_t)set->n * set->size)) : -ENOENT;
	return 0;
}

/**
 * utrace_regset_get_asleep - read a register set of a thread that sleeps in the kernel
 * @engine: the caller has a reference
 * @note: NT_* of the set
 * @data: buffer for the set, in kernel memory
 * @size: bytes at @data; the rest of the set is not read
 *
 * Context: process context; does not sleep.
 *
 * Return: number of bytes that were read, or
 *
 * * %-ENOENT - the thread's view has no such set
 * * %-ENODEV, %-ENODATA, %-EINVAL - an error of the set, mostly because the CPU or
 *   the thread does not have it
 * * %-EAGAIN, %-EOPNOTSUPP, %-ESRCH - as utrace_regfile_get_asleep()
 */
ssize_t utrace_regset_get_asleep(struct utrace_engine *engine, unsigned int note,
				 void *data, size_t size)
{
	const struct regset_desc *desc = utrace_asleep_begin(engine);
	struct utrace_set_read r = { note, data, size };
	int ret;

	if (IS_ERR(desc))
		return PTR_ERR(desc);
	ret = utrace_read_asleep(engine->task, utrace_read_set, &r);
	utrace_asleep_end(engine);
	return ret ?: r.ret;
}
EXPORT_SYMBOL_NS_GPL(utrace_regset_get_asleep, UTRACE);

/**
 * utrace_reg_get_asleep - read one register of a thread that sleeps in the kernel
 * @engine: the caller has a reference
 * @reg: id of the register, as for utrace_reg_get()
 * @value: buffer for the value, in the thread's byte order
 * @size: bytes at @value, which have to be those of the register
 *
 * Context: process context; sleeps for memory.
 *
 * Return: 0, or
 *
 * * %-EAGAIN, %-EOPNOTSUPP, %-ESRCH - as utrace_regfile_get_asleep()
 * * an error of regset_read()
 */
int utrace_reg_get_asleep(struct utrace_engine *engine, unsigned int reg, void *value,
			  unsigned int size)
{
	const struct regset_desc *desc = utrace_asleep_begin(engine);
	int ret;

	if (IS_ERR(desc))
		return PTR_ERR(desc);
	ret = regset_read_by(utrace_read_asleep, engine->task, desc, reg, value, size);
	utrace_asleep_end(engine);
	return ret;
}
EXPORT_SYMBOL_NS_GPL(utrace_reg_get_asleep, UTRACE);

/**
 * utrace_role_get_asleep - read the register that has a role, of a thread that sleeps
 * @engine: the caller has a reference
 * @role: UTRACE_ROLE_*
 * @value: the number, which has at most 32 bits for a 32-bit thread
 *
 * Context: process context; sleeps for memory.
 *
 * Return: 0, or
 *
 * * an error of utrace_reg_get_asleep() or regset_reg_by_role()
 */
int utrace_role_get_asleep(struct utrace_engine *engine, unsigned int role, u64 *value)
{
	const struct regset_desc *desc = utrace_asleep_begin(engine);
	unsigned int size;
	u32 word = 0;
	int ret;

	if (IS_ERR(desc))
		return PTR_ERR(desc);
	ret = utrace_role_reg(desc, role, &size);
	if (ret >= 0 && size == sizeof(word)) {
		ret = regset_read_by(utrace_read_asleep, engine->task, desc, ret, &word,
				     sizeof(word));
		*value = word;
	} else if (ret >= 0) {
		ret = regset_read_by(utrace_read_asleep, engine->task, desc, ret, value,
				     sizeof(*value));
	}
	utrace_asleep_end(engine);
	return ret;
}
EXPORT_SYMBOL_NS_GPL(utrace_role_get_asleep, UTRACE);
