// SPDX-License-Identifier: GPL-2.0-only
/*
 * Single-step in software
 *
 * RISC-V cannot step user mode.  So each instruction is prepared when a thread
 * that is stepped is about to go to user mode:
 *
 *  - what has to do with the pc (jumps, branches, auipc) is simulated, and the
 *    thread does not go to user mode at all;
 *  - ecall and ebreak are executed where they are.  The exit of a system call
 *    reports the step; ebreak traps by itself;
 *  - LR begins a sequence, up to SC and the branch that repeats it, which fails
 *    for ever if anything comes in between: it is executed as one instruction;
 *  - jumps of Zcmp and Zcmt are refused: the thread gets SIGILL;
 *  - all else is executed out of line: copied to the thread's slot, a few words
 *    that user mode cannot write, with an ebreak behind it.
 *
 * The program's text is never written, so its other threads do not notice.
 *
 * Nobody sees the slot's address as a pc: whatever comes of the slot, an ebreak, a
 * fault, or an interrupt with work to be done, the pc is first made what it would
 * be without it.
 *
 * TIF_SINGLESTEP means that a thread is stepped.  While it is in the kernel, and
 * its next instruction is yet to be prepared, it also has TIF_STEP_DUE; without
 * that it is out in user mode with what was prepared, or in a system call.
 * SYSCALL_EXIT_TRAP accompanies TIF_SINGLESTEP.  Others write these flags only
 * while the thread is in a ptrace stop.
 */

#include <linux/bitmap.h>
#include <linux/compat.h>
#include <linux/entry-common.h>
#include <linux/hashtable.h>
#include <linux/mm.h>
#include <linux/ptrace.h>
#include <linux/refcount.h>
#include <linux/sched/signal.h>
#include <linux/sched/task_stack.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/uaccess.h>
#include <linux/uprobes.h>

#include <asm/cacheflush.h>
#include <asm/cpufeature.h>
#include <asm/insn.h>
#include <asm/utrace_step.h>

/*
 * A slot: up to 16 instructions, as many as the architecture allows in a sequence
 * whose SC will succeed in the end, and the ebreak behind them; then an ebreak for
 * each branch that leads out of the sequence.
 */
#define STEP_SEQUENCE	16
#define STEP_EXITS	(STEP_SEQUENCE * 4 + 4)
#define STEP_NR_EXITS	(STEP_SEQUENCE - 2)
#define STEP_SLOT	128
#define STEP_SLOTS	(PAGE_SIZE / STEP_SLOT)

static_assert(STEP_EXITS + STEP_NR_EXITS * 4 <= STEP_SLOT);

/**
 * struct utrace_step_area - a page of slots
 * @ref: one for the mapping, one for each slot in use
 * @vaddr: where it is mapped; 0 if the program has unmapped it.  Changes under
 *	mmap_lock
 * @page: the page
 * @mm: where it is mapped
 * @node: in step_areas, until it is unmapped; under step_areas_lock
 * @mapping: the mapping
 * @used: which slots are; set under mmap_lock
 */
struct utrace_step_area {
	refcount_t ref;
	unsigned long vaddr;
	struct page *page;
	struct mm_struct *mm;
	struct hlist_node node;
	struct vm_special_mapping mapping;
	DECLARE_BITMAP(used, STEP_SLOTS);
};

/**
 * struct utrace_step - a thread's slot; the thread's own
 * @area: which area it is in
 * @nr: which one it is
 * @busy: the pc is in the slot, or has just left it
 * @flush: thread.force_icache_flush is to become this again
 * @len: length of the instruction, or of the sequence
 * @slot: address of the slot when it was filled
 * @pc: where the instruction comes from
 * @exits: where the exits of a sequence lead to, relative to @pc
 * @rcu: others look at it in utrace_step_pc()
 */
struct utrace_step {
	struct utrace_step_area *area;
	unsigned int nr;
	bool busy;
	bool flush;
	unsigned int len;
	unsigned long slot;
	unsigned long pc;
	s32 exits[STEP_NR_EXITS];
	struct rcu_head rcu;
};

/*
 * Instructions
 */

#define INSN_ECALL	0x00000073
#define INSN_EBREAK	0x00100073
#define INSN_C_EBREAK	0x9002

#define OPCODE(insn)	((insn) & 0x7f)
#define RD(insn)	(((insn) >> 7) & 0x1f)	/* rs1, too, of compressed ones */
#define FUNCT3(insn)	(((insn) >> 12) & 7)
#define RS1(insn)	(((insn) >> 15) & 0x1f)
#define RS2(insn)	(((insn) >> 20) & 0x1f)
#define C_RS1S(insn)	((((insn) >> 7) & 7) + 8)
#define C_RS2(insn)	(((insn) >> 2) & 0x1f)
#define C_FUNCT3(insn)	(((insn) >> 13) & 7)
#define C_OP(insn)	((insn) & 3)

#define OPCODE_OP_IMM		0x13
#define OPCODE_OP_IMM_32	0x1b
#define OPCODE_AMO		0x2f
#define OPCODE_OP		0x33
#define OPCODE_LUI		0x37
#define OPCODE_OP_32		0x3b

static unsigned int insn_len(u32 insn)
{
	return (insn & 3) == 3 ? 4 : 2;
}

static bool insn_is_lr(u32 insn)
{
	return OPCODE(insn) == OPCODE_AMO && insn >> 27 == 2;
}

static bool insn_is_sc(u32 insn)
{
	return OPCODE(insn) == OPCODE_AMO && insn >> 27 == 3;
}

/* In a 32-bit program, and there only, c.addiw is c.jal. */
static bool insn_is_c_jal(u32 insn)
{
	return C_OP(insn) == 1 && C_FUNCT3(insn) == 1 && is_compat_task();
}

/**
 * utrace_step_zcmp_jump - may an instruction be a jump of Zcmp or Zcmt?
 * @insn: the instruction
 *
 * cm.popret, cm.popretz, cm.jt and cm.jalt, executed in a slot, would leave it
 * unnoticed.  6.12 does not know whether the CPU has them.  But the same encodings are
 * c.fsdsp, and no CPU has both.
 *
 * Context: any.
 * Return:
 * * true - it is one on a CPU without c.fsdsp
 * * false - it is something else on every CPU
 */
bool utrace_step_zcmp_jump(u32 insn)
{
	if (C_OP(insn) != 2 || C_FUNCT3(insn) != 5)
		return false;
	return (insn >> 8 & 0x1d) == 0x1c || (insn >> 10 & 7) == 0;
}

static bool step_has_fsdsp(void)
{
	return riscv_isa_extension_available(NULL, ZCD) ||
	       (riscv_has_extension_likely(RISCV_ISA_EXT_c) &&
		riscv_has_extension_likely(RISCV_ISA_EXT_d));
}

/* Integers only, nothing that has to do with the pc: may stand in a sequence. */
static bool insn_is_plain(u32 insn)
{
	switch (C_OP(insn)) {
	case 0:	/* c.addi4spn */
		return C_FUNCT3(insn) == 0 && insn;
	case 1:	/* all but jumps and branches */
		return C_FUNCT3(insn) < 5 && !insn_is_c_jal(insn);
	case 2:	/* c.slli, c.mv, c.add */
		return C_FUNCT3(insn) == 0 ||
		       (C_FUNCT3(insn) == 4 && C_RS2(insn));
	}
	switch (OPCODE(insn)) {
	case OPCODE_OP_IMM:
	case OPCODE_OP_IMM_32:
	case OPCODE_OP:
	case OPCODE_OP_32:
	case OPCODE_LUI:
		return true;
	}
	return false;
}

/* A branch, or a jump that leaves no link: where to, relative to itself? */
static bool insn_is_branch(u32 insn, long *offset)
{
	if (riscv_insn_is_branch(insn))
		*offset = (s32)RV_EXTRACT_BTYPE_IMM(insn);
	else if (riscv_insn_is_jal(insn) && !RD(insn))
		*offset = riscv_insn_extract_jtype_imm(insn);
	else if (riscv_insn_is_c_beqz(insn) || riscv_insn_is_c_bnez(insn))
		*offset = (s32)RVC_EXTRACT_BTYPE_IMM(insn);
	else if (riscv_insn_is_c_j(insn))
		*offset = (s32)RVC_EXTRACT_JTYPE_IMM(insn);
	else
		return false;
	return true;
}

/* The same branch to somewhere else: forwards, and by less than a slot. */
static u32 insn_redirect(u32 insn, unsigned int offset)
{
	unsigned int o = offset;

	if (riscv_insn_is_branch(insn))
		return (insn & ~0xfe000f80) | (o >> 5) << 25 | (o >> 1 & 15) << 8;
	if (riscv_insn_is_jal(insn)) {
		riscv_insn_insert_jtype_imm(&insn, o);
		return insn;
	}
	if (riscv_insn_is_c_j(insn))
		return (insn & ~0x1ffc) | (o >> 4 & 1) << 11 | (o >> 6 & 1) << 7 |
		       (o >> 1 & 7) << 3 | (o >> 5 & 1) << 2;
	return (insn & ~0x1c7c) | (o >> 3 & 3) << 10 | (o >> 6 & 3) << 5 |
	       (o >> 1 & 3) << 3 | (o >> 5 & 1) << 2;
}

/* x0 is not among the registers: epc has its place. */
static unsigned long get_reg(struct pt_regs *regs, unsigned int nr)
{
	unsigned long value = nr ? ((unsigned long *)regs)[nr] : 0;

	return is_compat_task() ? (s32)value : value;
}

static void set_reg(struct pt_regs *regs, unsigned int nr, unsigned long value)
{
	if (nr)
		((unsigned long *)regs)[nr] = is_compat_task() ? (s32)value : value;
}

static bool branch_taken(struct pt_regs *regs, u32 insn)
{
	unsigned long a, b;

	if (C_OP(insn) == 1)	/* the compressed ones compare with 0 */
		return C_FUNCT3(insn) == 5 ||
		       !get_reg(regs, C_RS1S(insn)) == (C_FUNCT3(insn) == 6);
	if (riscv_insn_is_jal(insn))
		return true;

	a = get_reg(regs, RS1(insn));
	b = get_reg(regs, RS2(insn));
	switch (FUNCT3(insn) & ~1) {	/* the lowest bit is "not" */
	case RVG_FUNCT3_BEQ:
		return (a == b) ^ (insn >> 12 & 1);
	case RVG_FUNCT3_BLT:
		return ((long)a < (long)b) ^ (insn >> 12 & 1);
	default:
		return (a < b) ^ (insn >> 12 & 1);
	}
}

/*
 * Execute an instruction that has to do with the pc.  False: it is none, or traps,
 * and is to be left to the machine.
 */
static bool step_simulate(struct pt_regs *regs, u32 insn)
{
	unsigned long pc = regs->epc;
	unsigned long next = pc + insn_len(insn);
	unsigned long to = next;
	unsigned int link = 0;
	long offset;

	if (insn_is_branch(insn, &offset)) {
		/* Two of the conditions do not exist. */
		if (riscv_insn_is_branch(insn) && (FUNCT3(insn) & 6) == 2)
			return false;
		if (branch_taken(regs, insn))
			to = pc + offset;
	} else if (riscv_insn_is_auipc(insn)) {
		set_reg(regs, RD(insn), pc + (s32)(insn & GENMASK(31, 12)));
	} else if (riscv_insn_is_jal(insn)) {
		to = pc + riscv_insn_extract_jtype_imm(insn);
		link = RD(insn);
	} else if (riscv_insn_is_jalr(insn)) {
		to = get_reg(regs, RS1(insn)) + ((s32)insn >> 20);
		link = RD(insn);
	} else if ((riscv_insn_is_c_jr(insn) || riscv_insn_is_c_jalr(insn)) &&
		   RD(insn)) {
		to = get_reg(regs, RD(insn));
		link = riscv_insn_is_c_jalr(insn);	/* ra is x1 */
	} else if (insn_is_c_jal(insn)) {
		to = pc + (s32)RVC_EXTRACT_JTYPE_IMM(insn);
		link = 1;
	} else {
		return false;
	}

	to &= ~1UL;
	if ((to & 2) && !riscv_has_extension_likely(RISCV_ISA_EXT_c))
		return false;
	set_reg(regs, link, next);
	regs->epc = is_compat_task() ? (u32)to : to;
	return true;
}

/*
 * Text
 */

/* How many bytes from @pc on, of the mapping at @pc, may be executed? */
static unsigned long text_left(unsigned long pc)
{
	struct mm_struct *mm = current->mm;
	struct vm_area_struct *vma = lock_vma_under_rcu(mm, pc);
	unsigned long left = 0;

	if (likely(vma)) {
		if (likely(vma->vm_flags & VM_EXEC))
			left = vma->vm_end - pc;
		vma_end_read(vma);
		return left;
	}
	mmap_read_lock(mm);
	vma = vma_lookup(mm, pc);
	if (vma && (vma->vm_flags & VM_EXEC))
		left = vma->vm_end - pc;
	mmap_read_unlock(mm);
	return left;
}

static bool read_text(unsigned long addr, u16 *insn)
{
	if (likely(!get_user(*insn, (u16 __user *)addr)))
		return true;
	/* Some can be executed, but not read. */
	return access_process_vm(current, addr, insn, sizeof(*insn), FOLL_FORCE) ==
	       sizeof(*insn);
}

/*
 * The instruction at @pc; how much text there is from there on.  0: it cannot be
 * fetched, and the machine will say why.
 */
static unsigned long step_fetch(unsigned long pc, u32 *insn)
{
	unsigned long left = text_left(pc);
	u16 low, high = 0;

	if (!left || !read_text(pc, &low))
		return 0;
	if (insn_len(low) == 4) {
		if (unlikely(left == 2 && !text_left(pc + 2)))
			return 0;
		if (!read_text(pc + 2, &high))
			return 0;
	}
	*insn = high << 16 | low;
	return left;
}

/*
 * Slots
 */

/*
 * All areas, by their mm.  A pointer in each mm would make fork copy 64 bytes more.
 */
static DEFINE_HASHTABLE(step_areas, 8);
static DEFINE_SPINLOCK(step_areas_lock);

static void step_area_put(struct utrace_step_area *area)
{
	if (!refcount_dec_and_test(&area->ref))
		return;
	__free_page(area->page);
	kfree(area);
}

static struct utrace_step_area *area_of(const struct vm_special_mapping *mapping)
{
	return container_of((struct vm_special_mapping *)mapping,
			    struct utrace_step_area, mapping);
}

static vm_fault_t step_area_fault(const struct vm_special_mapping *mapping,
				  struct vm_area_struct *vma, struct vm_fault *vmf)
{
	vmf->page = area_of(mapping)->page;
	get_page(vmf->page);
	return 0;
}

static int step_area_mremap(const struct vm_special_mapping *mapping,
			    struct vm_area_struct *new_vma)
{
	WRITE_ONCE(area_of(mapping)->vaddr, new_vma->vm_start);
	return 0;
}

/*
 * Unmapped, by the program or with its mm.  Threads may be using slots, and will
 * find out (step_out_of_line(), __utrace_step_fault()).
 */
static void step_area_close(const struct vm_special_mapping *mapping,
			    struct vm_area_struct *vma)
{
	struct utrace_step_area *area = area_of(mapping);

	/* Just left behind by mremap()? */
	if (vma->vm_start != area->vaddr)
		return;
	spin_lock(&step_areas_lock);
	hash_del(&area->node);
	spin_unlock(&step_areas_lock);
	WRITE_ONCE(area->vaddr, 0);
	step_area_put(area);
}

static struct utrace_step_area *step_area_map(struct mm_struct *mm)
{
	struct utrace_step_area *area = kzalloc(sizeof(*area), GFP_KERNEL_ACCOUNT);
	struct vm_area_struct *vma;

	if (!area)
		return NULL;
	area->page = alloc_page(GFP_KERNEL_ACCOUNT | __GFP_ZERO);
	if (!area->page)
		goto free_area;
	refcount_set(&area->ref, 1);
	area->mapping.name = "[utrace]";
	area->mapping.fault = step_area_fault;
	area->mapping.mremap = step_area_mremap;
	area->mapping.close = step_area_close;

	/* As high as possible, out of the program's way. */
	area->vaddr = get_unmapped_area(NULL, TASK_SIZE - PAGE_SIZE, PAGE_SIZE, 0, 0);
	if (IS_ERR_VALUE(area->vaddr))
		goto free_page;
	/*
	 * VM_READ for the emulation of misaligned accesses, which reads the
	 * instruction; VM_IO so that no debugger reads or writes it.
	 */
	vma = _install_special_mapping(mm, area->vaddr, PAGE_SIZE,
				       VM_READ | VM_MAYREAD | VM_EXEC | VM_MAYEXEC |
				       VM_DONTCOPY | VM_IO, &area->mapping);
	if (IS_ERR(vma))
		goto free_page;
	area->mm = mm;
	spin_lock(&step_areas_lock);
	hash_add(step_areas, &area->node, (unsigned long)mm);
	spin_unlock(&step_areas_lock);
	return area;

free_page:
	__free_page(area->page);
free_area:
	kfree(area);
	return NULL;
}

/*
 * An area of @mm with a slot left.  The mapping keeps it while mmap_lock is held.
 */
static struct utrace_step_area *step_area_find(struct mm_struct *mm)
{
	struct utrace_step_area *area;

	mmap_assert_write_locked(mm);

	spin_lock(&step_areas_lock);
	hash_for_each_possible(step_areas, area, node, (unsigned long)mm)
		if (area->mm == mm && !bitmap_full(area->used, STEP_SLOTS))
			break;
	spin_unlock(&step_areas_lock);
	return area;
}

/* The thread's slot, its first or a new one.  NULL: no memory, or killed. */
static noinline struct utrace_step *step_slot_alloc(void)
{
	struct mm_struct *mm = current->mm;
	struct utrace_step_area *area;
	struct utrace_step *s;

	if (current->thread.utrace_step)
		__utrace_step_release(current);
	s = kzalloc(sizeof(*s), GFP_KERNEL_ACCOUNT);
	if (!s || mmap_write_lock_killable(mm))
		goto free;

	area = step_area_find(mm) ?: step_area_map(mm);
	if (area) {
		s->area = area;
		s->nr = find_first_zero_bit(area->used, STEP_SLOTS);
		set_bit(s->nr, area->used);
		refcount_inc(&area->ref);
	}
	mmap_write_unlock(mm);
	if (!area)
		goto free;
	current->thread.utrace_step = s;
	return s;
free:
	kfree(s);
	return NULL;
}

/* exit, exec; or the mapping is gone. */
void __utrace_step_release(struct task_struct *task)
{
	struct utrace_step *s = task->thread.utrace_step;

	task->thread.utrace_step = NULL;
	clear_bit(s->nr, s->area->used);
	step_area_put(s->area);
	kfree_rcu(s, rcu);
}

static void put_insn(void *to, u32 insn)
{
	memcpy(to, &insn, insn_len(insn));
}

/*
 * LR is at s->pc: copy the sequence that it begins, if it is one.
 *
 * Every instruction keeps its place relative to LR, so that it is known where the
 * thread is whenever it is interrupted.  A branch behind the SC that leads back
 * stays in the slot: so the sequence is repeated as often as without the step, and
 * has the architecture's promise of success.  Others that leave the sequence, or
 * that lead back before SC was reached, to wait for another thread, end the step
 * where they lead to.
 */
static void step_copy_sequence(struct utrace_step *s, void *slot,
			       unsigned long left)
{
	u16 text[STEP_SEQUENCE * 2];
	unsigned int at, sc = 0, end = 0, nr_exits = 0, nr;
	long offset;
	u32 insn;

	left = min(left, sizeof(text));
	if (copy_from_user(text, (void __user *)s->pc, left))
		left = access_process_vm(current, s->pc, text, left, FOLL_FORCE);

	for (at = nr = 0; nr < STEP_SEQUENCE && at + 2 <= left; nr++) {
		insn = text[at / 2];
		if (insn_len(insn) == 4) {
			if (at + 4 > left)
				break;
			insn |= text[at / 2 + 1] << 16;
		}
		if (insn_is_branch(insn, &offset)) {
			/* Back to where it began?  That is the end of it. */
			if (sc) {
				if (offset <= 0 && at + offset >= 0)
					end = at + insn_len(insn);
				break;
			}
		} else if (insn_is_sc(insn)) {
			if (sc)
				break;
			sc = at;
			end = at + insn_len(insn);
		} else if (!insn_is_plain(insn) && nr) {
			break;
		}
		at += insn_len(insn);
	}
	if (!sc)
		return;

	for (at = 0; at < end; at += insn_len(insn)) {
		insn = text[at / 2];
		if (insn_len(insn) == 4)
			insn |= text[at / 2 + 1] << 16;
		if (at < sc && insn_is_branch(insn, &offset) &&
		    (offset <= 0 || at + offset > end)) {
			unsigned int to = STEP_EXITS + nr_exits * 4;

			s->exits[nr_exits++] = at + offset;
			put_insn(slot + to, INSN_EBREAK);
			insn = insn_redirect(insn, to - at);
		}
		put_insn(slot + at, insn);
	}
	s->len = end;
}

static bool step_out_of_line(struct pt_regs *regs, u32 insn, unsigned long left)
{
	struct utrace_step *s = current->thread.utrace_step;
	unsigned long vaddr;
	void *slot;

	/* The first time; or the mapping is gone. */
	while (unlikely(!s || !(vaddr = READ_ONCE(s->area->vaddr)))) {
		s = step_slot_alloc();
		if (!s)
			return false;
	}
	slot = page_address(s->area->page) + s->nr * STEP_SLOT;

	s->pc = regs->epc;
	s->len = insn_len(insn);
#ifdef CONFIG_SMP
	/* Whichever processor it is that the thread will be on. */
	s->flush = current->thread.force_icache_flush;
	current->thread.force_icache_flush = true;
	barrier();
#endif
	put_insn(slot, insn);
	if (unlikely(insn_is_lr(insn)))
		step_copy_sequence(s, slot, left);
	put_insn(slot + s->len, INSN_EBREAK);
	local_flush_icache_all();

	s->slot = vaddr + s->nr * STEP_SLOT;
	s->busy = true;
	regs->epc = s->slot;
	return true;
}

/*
 * Where would the thread be without its slot?  True: it has executed what it was to
 * execute.
 */
static bool step_pc(const struct utrace_step *s, unsigned long *pc)
{
	unsigned long at = *pc - s->slot;

	if (at >= STEP_SLOT)
		return false;
	if (at < s->len) {
		*pc = s->pc + at;
		return false;
	}
	if (at < STEP_EXITS)
		*pc = s->pc + s->len;
	else
		*pc = s->pc + s->exits[(at - STEP_EXITS) / 4];
	return true;
}

/* The thread comes from its slot, and will not go back. */
static bool step_leave_slot(struct pt_regs *regs)
{
	struct utrace_step *s = current->thread.utrace_step;

	if (!s || !s->busy)
		return false;
	s->busy = false;
#ifdef CONFIG_SMP
	current->thread.force_icache_flush = s->flush;
#endif
	return step_pc(s, &regs->epc);
}

/**
 * utrace_step_pc - get the program's pc of a thread that sleeps
 * @task: the thread
 * @regs: the registers of @task
 *
 * A thread can sleep in a page fault of the instruction in its slot.  The pc of a
 * thread that runs changes anyway, so nothing keeps it from running.
 *
 * Context: any; takes the RCU read lock.
 * Return: the pc of @regs, or the address of the program's own instruction if the pc
 *	of @regs is in the slot.
 */
unsigned long utrace_step_pc(struct task_struct *task, struct pt_regs *regs)
{
	unsigned long pc = instruction_pointer(regs);
	struct utrace_step *s;

	rcu_read_lock();
	s = READ_ONCE(task->thread.utrace_step);
	if (s && s->busy)
		step_pc(s, &pc);
	rcu_read_unlock();
	return pc;
}

/*
 * Steps
 */

static void step_trap(struct pt_regs *regs)
{
	force_sig_fault(SIGTRAP, TRAP_TRACE, (void __user *)regs->epc);
}

static bool step_in_uprobe(void)
{
#ifdef CONFIG_UPROBES
	return current->utask && current->utask->active_uprobe;
#else
	return false;
#endif
}

/* Last thing before user mode, with interrupts on.  It may sleep. */
static void step_prepare(struct pt_regs *regs)
{
	unsigned long left;
	u32 insn;

	/* uprobes step a copy of their own, with an ebreak after it. */
	if (step_in_uprobe()) {
		clear_thread_flag(TIF_STEP_DUE);
		return;
	}
	regs->epc &= ~1UL;	/* so would the machine */
	left = step_fetch(regs->epc, &insn);
	if (left && step_simulate(regs, insn)) {
		step_trap(regs);
		return;
	}
	if (left && unlikely(utrace_step_zcmp_jump(insn) && !step_has_fsdsp())) {
		pr_notice_ratelimited("utrace: %s[%d]: cannot step an instruction of Zcmp or Zcmt at %#lx\n",
				      current->comm, task_pid_nr(current), regs->epc);
		force_sig_fault(SIGILL, ILL_ILLOPC, (void __user *)regs->epc);
		user_disable_single_step(current);
		return;
	}
	if (left && insn != INSN_ECALL && insn != INSN_EBREAK &&
	    insn != INSN_C_EBREAK && !step_out_of_line(regs, insn, left)) {
		if (fatal_signal_pending(current))
			return;
		/* It stays where it is, somebody is told, and may ask again. */
		pr_notice_ratelimited("utrace: %s[%d]: no room for a step\n",
				      current->comm, task_pid_nr(current));
		force_sig_fault(SIGSEGV, SEGV_MAPERR, (void __user *)regs->epc);
		user_disable_single_step(current);
		return;
	}
	clear_thread_flag(TIF_STEP_DUE);
}

/* exit_to_user_mode_loop(), before anybody looks at the thread. */
void __utrace_step_work(unsigned long ti_work)
{
	struct pt_regs *regs = task_pt_regs(current);

	if (!(ti_work & _TIF_STEP_DUE)) {
		set_thread_flag(TIF_STEP_DUE);
		if (step_leave_slot(regs))
			step_trap(regs);
	} else if ((ti_work & EXIT_TO_USER_MODE_WORK) == _TIF_STEP_DUE) {
		step_prepare(regs);
	}
}

bool __utrace_step_break(struct pt_regs *regs)
{
	set_thread_flag(TIF_STEP_DUE);
	if (!step_leave_slot(regs))
		return false;
	step_trap(regs);
	return true;
}

/* A fault of user mode, with @addr for siginfo. */
bool __utrace_step_fault(struct pt_regs *regs, unsigned long *addr)
{
	struct utrace_step *s = current->thread.utrace_step;
	unsigned long pc = regs->epc;

	set_thread_flag(TIF_STEP_DUE);
	if (!s || !s->busy)
		return false;
	if (step_leave_slot(regs)) {
		/* The instruction is done; it was ebreak that could not be fetched. */
		step_trap(regs);
		return true;
	}
	/* Another thread has unmapped the slot under it: prepare another one. */
	if (*addr == pc && READ_ONCE(s->area->vaddr) + s->nr * STEP_SLOT != s->slot)
		return true;
	if (*addr == pc)
		*addr = regs->epc;
	return false;
}

/**
 * user_enable_single_step - step a thread
 * @task: current, or a thread in a ptrace stop
 *
 * It will trap when it has executed one more instruction in user mode, and after
 * each further one, until user_disable_single_step(); and at the exit of a system
 * call.
 */
void user_enable_single_step(struct task_struct *task)
{
	set_task_syscall_work(task, SYSCALL_EXIT_TRAP);
	set_tsk_thread_flag(task, TIF_STEP_DUE);
	set_tsk_thread_flag(task, TIF_SINGLESTEP);
}

/**
 * user_disable_single_step - step a thread no longer
 * @task: current, a thread in a ptrace stop, or a new one
 *
 * None of them is in its slot.
 */
void user_disable_single_step(struct task_struct *task)
{
	if (!test_tsk_thread_flag(task, TIF_SINGLESTEP))
		return;
	clear_tsk_thread_flag(task, TIF_SINGLESTEP);
	clear_tsk_thread_flag(task, TIF_STEP_DUE);
	clear_task_syscall_work(task, SYSCALL_EXIT_TRAP);
}

/* The exit of a system call, with SYSCALL_EXIT_TRAP. */
void user_single_step_report(struct pt_regs *regs)
{
	if (test_thread_flag(TIF_SINGLESTEP))
		set_thread_flag(TIF_STEP_DUE);
	step_trap(regs);
}
