// SPDX-License-Identifier: GPL-2.0-only
/*
 * Steps in software: a program does the same whether it is stepped or not, each
 * step is one instruction, and nobody sees where it was executed
 */

#include <linux/kthread.h>
#include <linux/mm.h>
#include <linux/ptrace.h>
#include <linux/sched/signal.h>
#include <linux/sched/task_stack.h>
#include <linux/signal.h>

#include <asm/ucontext.h>
#include <asm/utrace_step.h>

#include "utrace_steps.h"
#include "utrace_task.h"

/* Words at P_DATA that a program leaves its results in. */
#define RESULTS		64
#define STEPS_MAX	512

/**
 * struct stepper - what an engine that steps a thread all the time has seen
 * @end: the end of the program
 * @nr: steps
 * @strange: times when the pc was not in the program
 * @where: ... the first time
 * @pc: after each step
 * @results: at exit
 * @info: of the last signal
 * @signal_pc: where it came
 */
struct stepper {
	unsigned long end;
	unsigned int nr;
	unsigned int strange;
	unsigned long where;
	unsigned long pc[STEPS_MAX];
	unsigned long results[RESULTS];
	kernel_siginfo_t info;
	unsigned long signal_pc;
};

static void look(struct stepper *s, struct task_struct *task)
{
	unsigned long pc = instruction_pointer(task_pt_regs(task));

	/* Behind it is where its last call would return to. */
	if (pc >= P_ENTRY && pc <= s->end)
		return;
	if (!s->strange++)
		s->where = pc;
}

static enum utrace_action step_always(struct test_engine *e, unsigned int event,
				      enum utrace_action answer)
{
	struct stepper *s = e->private;

	look(s, current);
	if (event == EV(EXIT))
		access_process_vm(current, P_DATA, s->results, sizeof(s->results), 0);
	if (event == EV(EXIT) || event == EV(REAP))
		return answer;
	/*
	 * To ask in the middle of a call is to ask for a step after it.  The first
	 * exec begins it all, and the step that leads to another still counts.
	 */
	if (event == EV(EXEC) && e->seen[EV(EXEC)] > 1)
		return answer;
	if (event == EV(STEP)) {
		if (s->nr < STEPS_MAX)
			s->pc[s->nr] = instruction_pointer(task_pt_regs(current));
		s->nr++;
	}
	if (BIT(event) & UTRACE_EVENTS_SIGNAL) {
		copy_siginfo(&s->info, e->sig->info);
		s->signal_pc = instruction_pointer(task_pt_regs(current));
	}
	return answer != UTRACE_RESUME ? answer : UTRACE_SINGLESTEP;
}

static enum utrace_action only_results(struct test_engine *e, unsigned int event,
				       enum utrace_action answer)
{
	struct stepper *s = e->private;

	access_process_vm(current, P_DATA, s->results, sizeof(s->results), 0);
	return answer;
}

static struct test_engine *stepper_engine(struct kunit *test,
					  const struct utrace_payload *program)
{
	struct stepper *s = test_alloc(test, struct stepper);
	struct test_engine *e = test_engine(test, test_log(test));

	s->end = P_ENTRY + (program->end - program->start);
	e->private = s;
	e->on_event = step_always;
	return e;
}

#define STEPPER_EVENTS	(UTRACE_EVENT(EXEC) | UTRACE_EVENT(STEP) | \
			 UTRACE_EVENT(EXIT))

/* Step @t, from its first instruction on. */
static struct stepper *stepper(struct kunit *test, struct test_task *t,
			       const struct utrace_payload *program,
			       unsigned long events)
{
	struct test_engine *e = stepper_engine(test, program);

	KUNIT_ASSERT_EQ(test, 0, test_engine_attach_to(e, t->task, UTRACE_OBSERVER,
						       STEPPER_EVENTS | events));
	return e->private;
}

/* Run @program, stepped and not, and compare. */
static struct stepper *step_through(struct kunit *test,
				    const struct utrace_payload *program,
				    unsigned long events)
{
	struct test_task *plain = test_task(test, program);
	struct test_task *stepped = test_task(test, program);
	struct stepper *s = stepper(test, stepped, program, events);
	struct stepper *results = test_alloc(test, struct stepper);
	struct test_engine *e = test_engine(test, test_log(test));
	int i;

	e->private = results;
	e->on_event = only_results;
	KUNIT_ASSERT_EQ(test, 0, test_engine_attach_to(e, plain->task, UTRACE_OBSERVER,
						       UTRACE_EVENT(EXIT)));
	test_task_go(plain);
	KUNIT_ASSERT_TRUE(test, test_task_dies(plain));
	test_task_go(stepped);
	KUNIT_ASSERT_TRUE(test, test_task_dies(stepped));

	KUNIT_EXPECT_EQ(test, plain->task->exit_code, stepped->task->exit_code);
	for (i = 0; i < RESULTS; i++)
		KUNIT_EXPECT_EQ_MSG(test, results->results[i], s->results[i],
				    "word %d", i);
	KUNIT_EXPECT_EQ_MSG(test, 0, s->strange, "pc %#lx", s->where);
	KUNIT_EXPECT_GT(test, s->nr, 0);
	return s;
}

/*
 * Every class of instructions
 */

STEPS(insns_jumps,
	DATA
	I("auipc s1,0") RESULT("s1", 0)
	I("auipc s1,0xfffff") RESULT("s1", 1)
	I("auipc zero,1")
	I("jal ra,1f") NEVER "1:" RESULT("ra", 2)
	I("jal t0,1f") NEVER "1:" RESULT("t0", 3)
	I("j 1f") NEVER "1:"
	I("auipc t0,0") I("jalr t1,12(t0)") NEVER RESULT("t1", 4)
	/* Link and target in the same register; an odd target. */
	I("auipc t0,0") I("jalr t0,13(t0)") NEVER RESULT("t0", 5)
	I("auipc t0,0") I("addi t0,t0,2") I("jr 15(t0)") NEVER
	I("li t0,-1")
	I("li t1,1")
	I("beq t0,t1,99f") I("beq t0,t0,1f") NEVER "1:"
	I("bne t0,t0,99f") I("bne t0,t1,1f") NEVER "1:"
	I("blt t1,t0,99f") I("blt t0,t1,1f") NEVER "1:"
	I("blt t0,t0,99f")
	I("bge t0,t1,99f") I("bge t1,t0,1f") NEVER "1:"
	I("bge t0,t0,1f") NEVER "1:"
	I("bltu t0,t1,99f") I("bltu t1,t0,1f") NEVER "1:"
	I("bgeu t1,t0,99f") I("bgeu t0,t1,1f") NEVER "1:"
	I("beqz zero,1f") NEVER "1:"
	I("bltz t1,99f") I("bgtz t1,1f") NEVER "1:");

STEPS(insns_compressed_jumps,
	RVC
	DATA
	I("c.j 1f") NEVER "1:" I("c.nop")
	I("c.li s1,0") I("c.li a5,-1")
	I("c.bnez s1,1f") I("c.beqz s1,1f") NEVER "1:"
	I("c.beqz a5,1b") I("c.bnez a5,1f") NEVER "1:"
	NORVC
	I("auipc t0,0")
	RVC
	I("c.addi t0,13")	/* hardware drops the lowest bit */
	I("c.jr t0") NEVER I("c.nop")
	NORVC
	I("auipc t0,0")
	RVC
	I("c.addi t0,12")
	I("c.jalr t0") NEVER RESULT("ra", 0)
	NORVC
	I("auipc ra,0")
	RVC
	I("c.addi ra,12")
	I("c.jalr ra") NEVER RESULT("ra", 1));

STEPS(insns_integer,
	DATA
	I("lui t0,0x12345") I("addi t0,t0,0x678") RESULT("t0", 0)
	I("addiw t1,t0,-1") RESULT("t1", 1)
	I("slli t1,t0,33") RESULT("t1", 2)
	I("sraiw t1,t1,3") I("sub t1,t1,t0") RESULT("t1", 3)
	I("mul t2,t0,t0") RESULT("t2", 4)
	I("divu t2,t2,t0") I("remw t3,t0,t2") RESULT("t3", 5)
	I("sltu t3,t0,t1") I("xor t3,t3,t0") RESULT("t3", 6)
	RVC
	I("c.nop") I("c.li s1,-3") I("c.addi s1,7") I("c.addiw s1,-9")
	I("c.lui a4,3") I("c.add a4,s1") I("c.mv a5,a4") I("c.slli a5,40")
	I("c.srli a5,3") I("c.srai a5,1") I("c.andi a5,-2") I("c.sub a5,a4")
	I("c.xor a5,s1") I("c.or a5,a4") I("c.and a5,s1") I("c.subw a5,a4")
	I("c.addw a5,s1") RESULT("a4", 7) RESULT("a5", 8)
	I("c.addi16sp sp,-64") I("c.addi4spn s1,sp,64") I("c.addi16sp sp,64")
	I("sub s1,s1,sp") RESULT("s1", 9));

STEPS(insns_memory,
	DATA
	I("lui t0,0x89abd") I("addi t0,t0,-0x211") RESULT("t0", 0)
	I("lb t1,1(s0)") RESULT("t1", 1)
	I("lbu t1,1(s0)") RESULT("t1", 2)
	I("lh t1,0(s0)") RESULT("t1", 3)
	I("lhu t1,0(s0)") RESULT("t1", 4)
	I("lw t1,0(s0)") RESULT("t1", 5)
	I("lwu t1,0(s0)") RESULT("t1", 6)
	I("ld t1,0(s0)") RESULT("t1", 7)
	I("sb t0,64(s0)") I("sh t0,66(s0)") I("sw t0,68(s0)")
	/* Perhaps the kernel does that. */
	I("lw t1,1(s0)") RESULT("t1", 9) I("sd t1,83(s0)")
	I("addi s1,s0,96")
	I("amoswap.d t1,t0,(s1)") I("amoadd.w t1,t0,(s1)") RESULT("t1", 13)
	I("amomaxu.d.aqrl t1,s0,(s1)") RESULT("t1", 14)
	I("fence") I("fence rw,w") I("fence.i") I(".4byte 0x0100000f" /* pause */)
	/* The stack has not been touched yet: a fault on the way. */
	I("lui t2,0x10") I("sub t2,sp,t2") I("sd t0,0(t2)") I("ld t1,0(t2)")
	RESULT("t1", 15)
	RVC
	I("c.sd s0,0(s1)") I("c.ld a5,0(s1)") I("c.sw s0,8(s1)") I("c.lw a4,8(s1)")
	I("c.addi16sp sp,-64") I("c.sdsp a5,8(sp)") I("c.ldsp t1,8(sp)")
	I("c.swsp a4,16(sp)") I("c.lwsp t2,16(sp)")
	RESULT("t1", 16) RESULT("t2", 17));

STEPS(insns_others,
	DATA
	I("li t0,3") I("fcvt.d.l ft0,t0") I("fadd.d fa0,ft0,ft0") I("fsd fa0,0(s0)")
	I("fld fs0,0(s0)") I("fdiv.d fs0,fs0,ft0") I("fmv.x.d t1,fs0") RESULT("t1", 1)
	I("li t0,7") I("fcvt.d.l ft1,t0") I("fdiv.d ft1,ft0,ft1")
	I("csrr t1,fflags") RESULT("t1", 2)
	I("csrwi frm,2") I("csrrsi t1,fcsr,16") RESULT("t1", 3) I("csrr t1,fcsr")
	RESULT("t1", 4)
	I("rdtime t1")
	RVC
	I("c.mv s1,s0") I("c.fsd fs0,40(s1)") I("c.fld fa1,40(s1)") I("fsd fa1,48(s0)")
	I("c.addi16sp sp,-64") I("c.fsdsp fa1,0(sp)") I("c.fldsp ft3,0(sp)")
	I("fsd ft3,56(s0)")
	/* Calls, one of which does not exist. */
	I("li a7," __stringify(__NR_getpid)) I("ecall")
	I("slti t1,a0,1") RESULT("t1", 8)
	I("li a7,-1") I("ecall") RESULT("a0", 9));

/* What is between I()s is no step of its own. */
STEPS(insns_sequences,
	DATA
	I("li t2,5") I("li t3,6") I("addi s1,s0,8")
	/* add */
	I("1: lr.w t0,(s0)") "addi t0,t0,3\n sc.w t1,t0,(s0)\n bnez t1,1b\n"
	RESULT("t1", 2)
	/* compare and swap: it does not compare, and it does */
	I("1: lr.d.aq t0,(s1)") "bne t0,t2,2f\n sc.d.rl t1,t3,(s1)\n bnez t1,1b\n 2:"
	RESULT("t0", 3)
	I("1: lr.d.aq t0,(s1)") "bne t0,zero,2f\n sc.d.rl t1,t3,(s1)\n bnez t1,1b\n 2:"
	RESULT("t0", 4)
	/* out to somewhere else, by either kind of branch */
	I("1: lr.d t0,(s1)") "beq t0,t3,2f\n sc.d t1,t3,(s1)\n bnez t1,1b\n" NEVER
	"2:" I("nop")
	I("1: lr.d t0,(s1)") "bne t0,t3,2f\n j 3f\n 2: sc.d t1,t3,(s1)\n bnez t1,1b\n"
	NEVER "3:" I("nop")
	/* within */
	I("1: lr.d t0,(s1)") "beq t0,t3,2f\n addi t0,t0,100\n 2: addi t0,t0,1\n"
	"sc.d t1,t0,(s1)\n bnez t1,1b\n" RESULT("t1", 5)
	/* its end is the SC if there is no way back */
	I("lr.d t0,(s1)") "addi t0,t0,1\n sc.d t1,t0,(s1)\n" I("addi t1,t1,1")
	RESULT("t1", 6)
	/* or if that does not lead to where it began */
	"1:" I("mv t0,zero") I("lr.d t0,(s1)") "sc.d t1,t0,(s1)\n" I("bnez t1,1b")
	/* a byte in a word, as compilers do it; and the result is used first */
	I("li t4,0xff") I("li a3,0x77")
	I("1: lr.w t0,(s1)") "mv a2,a3\n xor a2,a2,t0\n and a2,a2,t4\n xor a2,a2,t0\n"
	"sc.w t1,a2,(s1)\n sext.w t1,t1\n bnez t1,1b\n" RESULT("a2", 7)
	/* as long as it may be */
	I("1: lr.w t0,(s1)") ".rept 13\n addi t0,t0,1\n .endr\n"
	"sc.w t1,t0,(s1)\n bnez t1,1b\n" RESULT("t1", 8)
	/* compressed */
	RVC
	I("1: lr.w a5,(s1)") "c.addi a5,1\n c.beqz a5,2f\n c.j 3f\n c.addi a5,7\n"
	"3: sc.w a4,a5,(s1)\n c.bnez a4,1b\n" RESULT("a5", 10)
	I("1: lr.w a5,(s1)") "c.addi a5,1\n c.bnez a5,2f\n c.nop\n"
	"sc.w a4,a5,(s1)\n c.bnez a4,1b\n" NEVER
	"2:" I("c.nop")
	I("1: lr.w a5,(s1)") "c.addi a5,1\n c.j 2f\n"
	"sc.w a4,a5,(s1)\n c.bnez a4,1b\n" NEVER
	"2:" I("c.nop")
	NORVC
	/* None: a lone LR, a lone SC, another instruction. */
	I("lr.w t0,(s1)") I("fence") I("fence")
	I("lr.w t0,(s1)") I("ld t1,0(s0)") I("fence")
	I("addi s2,s0,1024")
	I("sc.w t1,t0,(s2)") I("snez t1,t1") RESULT("t1", 9));

static const struct {
	const char *name;
	const struct utrace_payload *program;
	const u16 *steps, *end;
} classes[] = {
#define INSNS(name)	{ #name, &name, steps_of_##name, steps_of_##name##_end }
	INSNS(insns_jumps),
	INSNS(insns_compressed_jumps),
	INSNS(insns_integer),
	INSNS(insns_memory),
	INSNS(insns_others),
	INSNS(insns_sequences),
};

/* The first of @nr steps of a class that did not lead where it should; @nr: none. */
static unsigned int first_wrong(const struct stepper *s, const u16 *steps,
				unsigned int nr)
{
	unsigned int i;

	for (i = 0; i < nr && i < s->nr && i < STEPS_MAX; i++)
		if (s->pc[i] - P_ENTRY != steps[i + 1])
			return i;
	return nr;
}

static void each_instruction_is_a_step(struct kunit *test)
{
	unsigned int i, k, nr, tries;
	struct stepper *s;
	const u16 *steps;

	for (k = 0; k < ARRAY_SIZE(classes); k++) {
		steps = classes[k].steps;
		/* Not the last: exit does not return. */
		nr = classes[k].end - steps - 1;
		/*
		 * A thread that is preempted within a sequence has its reservation
		 * lost and makes the rest in steps of their own.  Not each time.
		 */
		for (tries = classes[k].program == &insns_sequences ? 5 : 1; tries; tries--) {
			s = step_through(test, classes[k].program, 0);
			i = first_wrong(s, steps, nr);
			if (i == nr || s->pc[i] - P_ENTRY <= steps[i] ||
			    s->pc[i] - P_ENTRY > steps[i + 1])
				break;
		}
		if (i < nr)
			KUNIT_ASSERT_EQ_MSG(test, steps[i + 1], s->pc[i] - P_ENTRY,
					    "%s, step %d from %#x", classes[k].name, i,
					    steps[i]);
		KUNIT_EXPECT_EQ_MSG(test, nr, s->nr, "%s", classes[k].name);
	}
}

/*
 * Faults and signals
 */

/* Each begins with an instruction that is no fault. */
LOCAL_PAYLOAD(fault_store, P_NOP "sd zero," __stringify(P_BAD_ADDR) "(zero)\n");
LOCAL_PAYLOAD(fault_load, P_NOP "c.li a5,0\n c.ld a4," __stringify(P_BAD_ADDR) "(a5)\n");
LOCAL_PAYLOAD(fault_illegal, P_NOP ".4byte 0x0000000b\n");
LOCAL_PAYLOAD(fault_compressed_illegal, P_NOP ".2byte 0\n");
LOCAL_PAYLOAD(fault_condition, P_NOP ".4byte 0x00002063\n");
LOCAL_PAYLOAD(fault_privileged, P_NOP "csrr t0,sstatus\n");
LOCAL_PAYLOAD(fault_jump_to_data, P_NOP "lui t0," __stringify(P_DATA) ">>12\n jr t0\n");
LOCAL_PAYLOAD(fault_jump_nowhere, P_NOP "jr " __stringify(P_BAD_ADDR) "(zero)\n");
LOCAL_PAYLOAD(fault_amo, P_NOP "lui t0," __stringify(P_DATA) ">>12\n addi t0,t0,1\n"
	      "amoadd.w zero,zero,(t0)\n");
/* The reservation is for what may be read, but not written. */
LOCAL_PAYLOAD(fault_sc, P_NOP "1: auipc t0,0\n lr.w t1,(t0)\n addi t1,t1,1\n"
	      "sc.w t2,t1,(t0)\n bnez t2,1b\n");
LOCAL_PAYLOAD(fault_lr, P_NOP "1: lr.w t1,(zero)\n sc.w t2,t1,(zero)\n bnez t2,1b\n");
LOCAL_PAYLOAD(fault_ebreak, P_NOP "ebreak\n");
LOCAL_PAYLOAD(fault_c_ebreak, P_NOP "c.ebreak\n");

static enum utrace_action note_signal(struct test_engine *e, unsigned int event,
				      enum utrace_action answer)
{
	struct stepper *s = e->private;

	copy_siginfo(&s->info, e->sig->info);
	s->signal_pc = instruction_pointer(task_pt_regs(current));
	return answer;
}

static void faults_are_those_of_the_program(struct kunit *test)
{
	static const struct {
		const struct utrace_payload *program;
		int signr;
		bool outside;	/* of the program */
	} faults[] = {
		{ &fault_store, SIGSEGV }, { &fault_load, SIGSEGV },
		{ &fault_illegal, SIGILL }, { &fault_compressed_illegal, SIGILL },
		{ &fault_condition, SIGILL }, { &fault_privileged, SIGILL },
		{ &fault_jump_to_data, SIGSEGV, true },
		{ &fault_jump_nowhere, SIGSEGV, true },
		{ &fault_amo, SIGBUS }, { &fault_sc, SIGSEGV }, { &fault_lr, SIGSEGV },
		{ &fault_ebreak, SIGTRAP }, { &fault_c_ebreak, SIGTRAP },
	};
	struct stepper *s, *plain;
	struct test_engine *e;
	struct test_task *t;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(faults); i++) {
		t = test_task(test, faults[i].program);
		plain = test_alloc(test, struct stepper);
		e = test_engine(test, test_log(test));
		e->private = plain;
		e->on_event = note_signal;
		KUNIT_ASSERT_EQ(test, 0, test_engine_attach_to(e, t->task,
				UTRACE_OBSERVER, UTRACE_EVENT(SIGNAL_CORE)));
		test_task_go(t);
		KUNIT_ASSERT_TRUE(test, test_task_dies(t));
		KUNIT_EXPECT_EQ_MSG(test, faults[i].signr, plain->info.si_signo,
				    "case %d", i);

		t = test_task(test, faults[i].program);
		s = stepper(test, t, faults[i].program, UTRACE_EVENT(SIGNAL_CORE));
		test_task_go(t);
		KUNIT_ASSERT_TRUE(test, test_task_dies(t));
		KUNIT_EXPECT_EQ_MSG(test, plain->info.si_signo, s->info.si_signo,
				    "case %d", i);
		KUNIT_EXPECT_EQ_MSG(test, plain->info.si_code, s->info.si_code,
				    "case %d", i);
		KUNIT_EXPECT_PTR_EQ_MSG(test, plain->info.si_addr, s->info.si_addr,
					"case %d", i);
		KUNIT_EXPECT_EQ_MSG(test, plain->signal_pc, s->signal_pc, "case %d", i);
		KUNIT_EXPECT_EQ_MSG(test, faults[i].outside, s->strange != 0,
				    "case %d, pc %#lx", i, s->where);
	}
}

/* Where a signal's frame has the pc, from what the handler has in a2. */
#define UC_PC		"176"
static_assert(offsetof(struct ucontext, uc_mcontext) == 176);

/* Each fault is noted, and skipped. */
LOCAL_PAYLOAD(payload_faults,
	".option push\n .option norelax\n .option norvc\n"
	P_SIGACTION(SIGSEGV, 8f)
	P_SIGACTION(SIGILL, 8f)
	P_SIGACTION(SIGTRAP, 8f)
	"lui s0," __stringify(P_DATA) ">>12\n"
	"mv s1,s0\n"
	"sd zero,1(zero)\n"
	"lw t0,4(zero)\n"
	".4byte 0x0000000b\n"
	"ebreak\n"
	"amoadd.w t0,t0,(zero)\n"
	"auipc t0,0\n lr.w t1,(t0)\n addi t1,t1,1\n sc.w t2,t1,(t0)\n"
	"sd t1,256(s0)\n"
	P_EXIT(3)
	"2:\n"
	"ld t1," UC_PC "(a2)\n"
	"sd t1,0(s1)\n"
	"ld t2,16(a1)\n"
	"sd t2,8(s1)\n"
	"addi s1,s1,16\n"
	"sd s1," UC_PC "+72(a2)\n"	/* s1 of the frame */
	"addi t1,t1,4\n"
	"sd t1," UC_PC "(a2)\n"
	P_SIGRETURN
	".option pop\n"
	P_HANDLER(8, 2b));

static void handlers_are_stepped_through(struct kunit *test)
{
	struct stepper *s = step_through(test, &payload_faults, 0);

	KUNIT_EXPECT_NE(test, 0UL, s->results[10]);
	KUNIT_EXPECT_EQ(test, 0UL, s->results[12]);
}

/*
 * An SC to elsewhere fails, so it is repeated for ever, in the slot.  The handler
 * counts at P_DATA + 16 and notes where the signal came at P_DATA + 8.
 */
LOCAL_PAYLOAD(payload_stuck,
	".option push\n .option norelax\n .option norvc\n"
	P_SIGACTION(SIGUSR1, 8f)
	"lui s0," __stringify(P_DATA) ">>12\n"
	"addi s1,s0,1024\n"
	"li t0,1\n"
	"sd t0,0(s0)\n"
	"1: lr.w t0,(s0)\n"
	"sc.w t1,t0,(s1)\n"
	"bnez t1,1b\n"
	".4byte 0\n"
	"2:\n"
	"lui t0," __stringify(P_DATA) ">>12\n"
	"ld t1," UC_PC "(a2)\n"
	"sd t1,8(t0)\n"
	"ld t1,16(t0)\n"
	"addi t1,t1,1\n"
	"sd t1,16(t0)\n"
	P_SIGRETURN
	".option pop\n"
	P_HANDLER(8, 2b));

static unsigned long word(struct test_task *t, unsigned int offset)
{
	unsigned long value = 0;

	test_task_read(t->task, P_DATA + offset, &value, sizeof(value));
	return value;
}

/* A thread in its slot, which does not leave it by itself. */
static struct test_task *stuck(struct kunit *test, struct test_engine **e,
			       unsigned long events)
{
	struct test_task *t = test_task(test, &payload_stuck);
	unsigned int nr;
	struct stepper *s;

	*e = stepper_engine(test, &payload_stuck);
	s = (*e)->private;
	KUNIT_ASSERT_EQ(test, 0, test_engine_attach_to(*e, t->task, UTRACE_OBSERVER,
						       STEPPER_EVENTS | events));
	test_task_go(t);
	KUNIT_ASSERT_TRUE(test, test_poll(word(t, 0)));
	do {
		nr = READ_ONCE(s->nr);
		schedule_timeout_uninterruptible(HZ / 20);
	} while (nr != READ_ONCE(s->nr));
	KUNIT_ASSERT_TRUE(test, test_task_runs(t));
	KUNIT_ASSERT_EQ(test, nr, s->nr);
	return t;
}

static void signals_come_while_in_the_slot(struct kunit *test)
{
	struct test_engine *e;
	struct test_task *t = stuck(test, &e, 0);
	struct stepper *s = e->private;
	unsigned long pc;
	int i;

	for (i = 1; i <= 20; i++) {
		test_kill(t->task, SIGUSR1);
		KUNIT_ASSERT_TRUE(test, test_poll(word(t, 16) == i));
		pc = word(t, 8);
		KUNIT_EXPECT_TRUE_MSG(test, pc >= P_ENTRY && pc < s->end, "pc %#lx", pc);
	}
	KUNIT_EXPECT_EQ_MSG(test, 0, s->strange, "pc %#lx", s->where);
	KUNIT_EXPECT_EQ(test, 0, t->task->exit_state);
}

static void thread_is_held_while_in_the_slot(struct kunit *test)
{
	struct test_engine *e, *holder;
	struct test_task *t = stuck(test, &e, 0);
	struct stepper *s = e->private;
	unsigned int nr = s->nr;
	int i;

	holder = test_engine(test, test_log(test));
	KUNIT_ASSERT_EQ(test, 0, test_engine_attach_to(holder, t->task, UTRACE_OBSERVER,
						       UTRACE_EVENT(QUIESCE)));
	for (i = 0; i < 20; i++) {
		holder->answer[EV(QUIESCE)] = UTRACE_STOP;
		test_engine_hold(test, t, holder);
		look(s, t->task);
		KUNIT_ASSERT_EQ(test, 0, utrace_control(holder->engine, UTRACE_RESUME));
		KUNIT_ASSERT_TRUE(test, test_task_runs(t));
	}
	KUNIT_EXPECT_EQ_MSG(test, 0, s->strange, "pc %#lx", s->where);
	/* From SC on, which fails, and the branch: each time two steps at most. */
	KUNIT_EXPECT_LE(test, s->nr, nr + 40);
	KUNIT_EXPECT_EQ(test, 0, t->task->exit_state);
}

static void engine_leaves_while_in_the_slot(struct kunit *test)
{
	struct test_engine *e;
	struct test_task *t = stuck(test, &e, 0);
	struct stepper *s = e->private;

	utrace_control(e->engine, UTRACE_DETACH);
	KUNIT_EXPECT_EQ(test, 0, utrace_barrier(e->engine));
	KUNIT_EXPECT_TRUE(test, test_task_runs(t));
	KUNIT_EXPECT_EQ(test, 0, t->task->exit_state);
	/* It is armed no longer. */
	test_kill(t->task, SIGUSR1);
	KUNIT_EXPECT_TRUE(test, test_poll(word(t, 16) == 1));
	KUNIT_EXPECT_FALSE(test, test_tsk_thread_flag(t->task, TIF_SINGLESTEP));
	KUNIT_EXPECT_FALSE(test, test_tsk_thread_flag(t->task, TIF_STEP_DUE));
	look(s, t->task);
	KUNIT_EXPECT_EQ_MSG(test, 0, s->strange, "pc %#lx", s->where);
}

static void thread_is_killed_while_in_the_slot(struct kunit *test)
{
	struct test_engine *e;
	struct test_task *t = stuck(test, &e, 0);
	struct stepper *s = e->private;

	test_task_kill(t);
	KUNIT_ASSERT_TRUE(test, test_task_dies(t));
	KUNIT_EXPECT_EQ(test, SIGKILL, t->task->exit_code);
	/* At its exit, it was looked at. */
	KUNIT_EXPECT_EQ(test, 1, e->seen[EV(EXIT)]);
	KUNIT_EXPECT_EQ_MSG(test, 0, s->strange, "pc %#lx", s->where);
	KUNIT_EXPECT_NULL(test, t->task->thread.utrace_step);
}

/* When it is told, at P_DATA + 8, it reads what it has not touched before. */
LOCAL_PAYLOAD(payload_fault_in_slot,
	".option push\n .option norelax\n .option norvc\n"
	"lui s0," __stringify(P_DATA) ">>12\n"
	"lui s1,(" __stringify(P_DATA) "+0x4000)>>12\n"
	P_COUNT(0)
	"1: ld t0,8(s0)\n"
	"beqz t0,1b\n"
	"ld t0,0(s1)\n"
	"2:\n"
	P_COUNT(0)
	"j 2b\n"
	".option pop\n");
#define FAULT_PC	(P_ENTRY + 8 * 4)

static void thread_sleeps_in_the_slot(struct kunit *test)
{
	struct test_engine *e = stepper_engine(test, &payload_fault_in_slot);
	struct test_task *t = test_task(test, &payload_fault_in_slot);
	struct stepper *s = e->private;
	struct syscall_info info = {};
	struct vm_area_struct *vma;
	struct mm_struct *mm;
	struct page *page;
	bool sleeps;
	long nr;

	KUNIT_ASSERT_EQ(test, 0, test_engine_attach_to(e, t->task, UTRACE_OBSERVER,
						       STEPPER_EVENTS));
	test_task_go(t);
	KUNIT_ASSERT_TRUE(test, test_poll(word(t, 0)));
	mm = get_task_mm(t->task);
	KUNIT_ASSERT_NOT_NULL(test, mm);
	mmap_read_lock(mm);
	nr = get_user_pages_remote(mm, P_DATA, 1, FOLL_WRITE, &page, NULL);
	mmap_read_unlock(mm);
	if (nr == 1) {
		/* The fault will wait for us. */
		mmap_write_lock(mm);
		vma = vma_lookup(mm, P_DATA);
		vma_start_write(vma);
		WRITE_ONCE(((unsigned long *)page_address(page))[1], 1);
		sleeps = test_task_in_state(t, TASK_UNINTERRUPTIBLE);
		nr = task_current_syscall(t->task, &info);
		mmap_write_unlock(mm);
		put_page(page);
		KUNIT_EXPECT_TRUE(test, sleeps);
		KUNIT_EXPECT_EQ(test, 0, nr);
		KUNIT_EXPECT_EQ(test, FAULT_PC, info.data.instruction_pointer);
	}
	mmput(mm);
	KUNIT_EXPECT_TRUE(test, test_thread_counts(t->task, 0));
	KUNIT_EXPECT_EQ_MSG(test, 0, s->strange, "pc %#lx", s->where);
}

/*
 * Threads and processes
 */

#define FAMILY	40	/* more than a page has slots for */

struct family {
	struct test_engine *engines[FAMILY];
	atomic_t nr;
};

static void step_child(struct test_engine *e, struct task_struct *child)
{
	struct stepper *s = e->private;
	struct family *family = (struct family *)s->results[0];
	int i = atomic_inc_return(&family->nr) - 1;

	if (i >= FAMILY)
		return;
	test_engine_attach_to(family->engines[i], child, UTRACE_OBSERVER,
			      STEPPER_EVENTS);
	utrace_control(family->engines[i]->engine, UTRACE_SINGLESTEP);
}

/* The same for all that @t makes. */
static struct family *step_family(struct kunit *test, struct test_task *t,
				  const struct utrace_payload *program)
{
	struct family *family = test_alloc(test, struct family);
	struct test_engine *e = stepper_engine(test, program);
	struct stepper *s = e->private;
	int i;

	for (i = 0; i < FAMILY; i++)
		family->engines[i] = stepper_engine(test, program);
	/* Until it exits, nobody needs them. */
	s->results[0] = (unsigned long)family;
	e->on_clone = step_child;
	KUNIT_ASSERT_EQ(test, 0, test_engine_attach_to(e, t->task, UTRACE_OBSERVER,
			STEPPER_EVENTS | UTRACE_EVENT(CLONE)));
	test_task_go(t);
	KUNIT_ASSERT_TRUE(test, test_task_dies(t));
	KUNIT_EXPECT_EQ_MSG(test, 0, s->strange, "pc %#lx", s->where);
	for (i = 0; i < atomic_read(&family->nr) && i < FAMILY; i++) {
		struct stepper *c = family->engines[i]->private;

		KUNIT_EXPECT_TRUE(test, test_engine_sees(family->engines[i],
							 EV(EXIT), 1));
		KUNIT_EXPECT_GT(test, c->nr, 0);
		KUNIT_EXPECT_EQ_MSG(test, 0, c->strange, "pc %#lx", c->where);
	}
	return family;
}

/* Two threads count to 200 together, in the same text. */
LOCAL_PAYLOAD(payload_counters,
	".option push\n .option norelax\n"
	"lui s0," __stringify(P_DATA) ">>12\n"
	P_CLONE_THREAD
	"mv s3,a0\n"
	"li s1,100\n"
	"1: lr.d t0,(s0)\n"
	"addi t0,t0,1\n"
	"sc.d t1,t0,(s0)\n"
	"bnez t1,1b\n"
	"ld t2,16(s0)\n"	/* nobody else's */
	"addi s1,s1,-1\n"
	"bnez s1,1b\n"
	"addi t1,s0,8\n"
	"li t0,1\n"
	"amoadd.d zero,t0,(t1)\n"
	"2: ld t0,8(s0)\n"
	"addi t0,t0,-2\n"
	"bnez t0,2b\n"
	"beqz s3,2b\n"
	"ld t0,0(s0)\n"
	"addi a0,t0,-100\n"
	"li a7," __stringify(__NR_exit_group) "\n"
	"ecall\n"
	".option pop\n");

static void threads_step_in_the_same_text(struct kunit *test)
{
	struct test_task *t = test_task(test, &payload_counters);
	struct family *family = step_family(test, t, &payload_counters);
	struct stepper *c = family->engines[0]->private;

	KUNIT_EXPECT_EQ(test, 1, atomic_read(&family->nr));
	KUNIT_EXPECT_EQ(test, 100 << 8, t->task->exit_code);
	KUNIT_EXPECT_GT(test, c->nr, 400);
}

/* As many threads as there are steppers, all at once. */
LOCAL_PAYLOAD(payload_many,
	".option push\n .option norelax\n"
	"lui s0," __stringify(P_DATA) ">>12\n"
	"addi s1,s0,8\n"
	"li s2," __stringify(FAMILY) "\n"
	"1:\n"
	P_CLONE_THREAD
	P_JUMP_IF_0(3f)
	"addi s2,s2,-1\n"
	"bnez s2,1b\n"
	"2:\n"
	P_CALL(__NR_sched_yield)
	"ld t0,0(s1)\n"
	"addi t0,t0,-" __stringify(FAMILY) "\n"
	"bnez t0,2b\n"
	P_EXIT(9)
	"3: li t0,1\n"
	"amoadd.d zero,t0,(s1)\n"
	/* It keeps its slot. */
	"4:\n"
	P_ARG(0, 0) P_ARG(1, 0) P_ARG(2, 0) P_ARG(3, 0) P_ARG(4, 0)
	P_CALL(__NR_ppoll)
	"j 4b\n"
	".option pop\n");

static void more_threads_than_a_page_has_slots(struct kunit *test)
{
	struct test_task *t = test_task(test, &payload_many);
	struct family *family = step_family(test, t, &payload_many);

	KUNIT_EXPECT_EQ(test, FAMILY, atomic_read(&family->nr));
	KUNIT_EXPECT_EQ(test, 9 << 8, t->task->exit_code);
}

/* The child, and its own one, exit with another status. */
LOCAL_PAYLOAD(payload_forks,
	".option push\n .option norelax\n"
	"lui s0," __stringify(P_DATA) ">>12\n"
	"li t0,1\n"
	"sd t0,0(s0)\n"
	P_FORK
	P_JUMP_IF_0(1f)
	/* vfork */
	P_ARG(0, 0x4111) P_ARG(1, 0) P_CALL(__NR_clone)
	P_JUMP_IF_0(2f)
	"ld a0,0(s0)\n"		/* which vfork's child has written, but fork's not */
	"li a7," __stringify(__NR_exit_group) "\n"
	"ecall\n"
	"1: li t0,7\n"
	"sd t0,0(s0)\n"
	"ld a0,0(s0)\n"
	"li a7," __stringify(__NR_exit_group) "\n"
	"ecall\n"
	"2: ld t0,0(s0)\n"
	"addi t0,t0,1\n"
	"sd t0,0(s0)\n"
	P_EXIT(4)
	".option pop\n");

static void children_are_stepped(struct kunit *test)
{
	struct test_task *t = test_task(test, &payload_forks);
	struct family *family = step_family(test, t, &payload_forks);
	struct stepper *forked = family->engines[0]->private;
	struct stepper *vforked = family->engines[1]->private;

	KUNIT_EXPECT_EQ(test, 2, atomic_read(&family->nr));
	KUNIT_EXPECT_EQ(test, 2 << 8, t->task->exit_code);
	KUNIT_EXPECT_EQ(test, 7UL, forked->results[0]);
	KUNIT_EXPECT_EQ(test, 2UL, vforked->results[0]);
}

static void note_child(struct test_engine *e, struct task_struct *child)
{
	struct stepper *s = e->private;
	struct family *family = (struct family *)s->results[0];
	int i = atomic_inc_return(&family->nr) - 1;

	if (i < FAMILY)
		test_engine_attach_to(family->engines[i], child, UTRACE_OBSERVER,
				      UTRACE_EVENT(EXIT) | UTRACE_EVENT(STEP) |
				      UTRACE_EVENT(SIGNAL_CORE));
}

static void children_of_a_stepped_thread_run(struct kunit *test)
{
	struct family *family = test_alloc(test, struct family);
	struct test_engine *e = stepper_engine(test, &payload_forks);
	struct test_task *t = test_task(test, &payload_forks);
	struct stepper *s = e->private;
	int i;

	for (i = 0; i < 2; i++)
		family->engines[i] = test_engine(test, test_log(test));
	s->results[0] = (unsigned long)family;
	e->on_clone = note_child;
	KUNIT_ASSERT_EQ(test, 0, test_engine_attach_to(e, t->task, UTRACE_OBSERVER,
			STEPPER_EVENTS | UTRACE_EVENT(CLONE)));
	test_task_go(t);
	KUNIT_ASSERT_TRUE(test, test_task_dies(t));
	KUNIT_EXPECT_EQ(test, 2 << 8, t->task->exit_code);
	for (i = 0; i < 2; i++) {
		KUNIT_EXPECT_TRUE(test, test_engine_sees(family->engines[i],
							 EV(EXIT), 1));
		KUNIT_EXPECT_EQ(test, 0, family->engines[i]->seen[EV(STEP)]);
		KUNIT_EXPECT_EQ(test, 0, family->engines[i]->seen[EV(SIGNAL_CORE)]);
	}
}

/* It becomes itself again, for ever. */
LOCAL_PAYLOAD(payload_execs,
	"ld t0,0(sp)\n"
	P_ARG_ADDR(0, 7f) P_ARG(1, 0) P_ARG(2, 0) P_CALL(__NR_execve)
	P_EXIT(1)
	P_LABEL(7)
	".asciz \"program\"\n");

static void step_leads_to_the_new_program(struct kunit *test)
{
	struct test_engine *e = stepper_engine(test, &payload_execs);
	struct test_task *t = test_task(test, &payload_execs);
	struct stepper *s = e->private;
	unsigned int i, begun = 0;

	KUNIT_ASSERT_EQ(test, 0, test_engine_attach_to(e, t->task, UTRACE_OBSERVER,
						       STEPPER_EVENTS));
	test_task_go(t);
	KUNIT_ASSERT_TRUE(test, test_engine_sees(e, EV(EXEC), 5));
	test_task_kill(t);
	KUNIT_ASSERT_TRUE(test, test_task_dies(t));
	for (i = 0; i < s->nr && i < STEPS_MAX; i++)
		begun += s->pc[i] == P_ENTRY;
	/* Not the first one; and it may have been killed on its way. */
	KUNIT_EXPECT_GE(test, begun + 2, e->seen[EV(EXEC)]);
	KUNIT_EXPECT_EQ_MSG(test, 0, s->strange, "pc %#lx", s->where);
}

/*
 * The slots' mapping
 */

static unsigned long slots_of(struct mm_struct *mm)
{
	VMA_ITERATOR(vmi, mm, 0);
	struct vm_area_struct *vma;
	unsigned long addr = 0;

	mmap_read_lock(mm);
	for_each_vma(vmi, vma)
		if (vma->vm_ops && vma->vm_ops->name && vma->vm_ops->name(vma) &&
		    !strcmp(vma->vm_ops->name(vma), "[utrace]"))
			addr = vma->vm_start;
	mmap_read_unlock(mm);
	return addr;
}

static void program_unmaps_the_slot(struct kunit *test)
{
	struct test_task *t = test_task(test, &payload_count);
	struct stepper *s = stepper(test, t, &payload_count, 0);
	struct mm_struct *mm;
	unsigned long addr;
	int i, ret;

	test_task_go(t);
	KUNIT_ASSERT_TRUE(test, test_thread_counts(t->task, 0));
	mm = get_task_mm(t->task);
	KUNIT_ASSERT_NOT_NULL(test, mm);
	for (i = 0; i < 50; i++) {
		if (!test_poll(slots_of(mm)))
			break;
		addr = slots_of(mm);
		/* In its place. */
		kthread_use_mm(mm);
		ret = vm_munmap(addr, PAGE_SIZE);
		kthread_unuse_mm(mm);
		KUNIT_EXPECT_EQ(test, 0, ret);
		if (!test_thread_counts(t->task, 0))
			break;
	}
	mmput(mm);
	KUNIT_EXPECT_EQ(test, 50, i);
	KUNIT_EXPECT_EQ(test, 0, t->task->exit_state);
	KUNIT_EXPECT_EQ_MSG(test, 0, s->strange, "pc %#lx", s->where);
}

/* All of its address space is in use when it calls getppid. */
LOCAL_PAYLOAD(payload_full,
	".option push\n .option norelax\n"
	"li s1,1<<56\n"
	"1:\n"
	P_ARG(0, 0) "mv a1,s1\n" P_ARG(2, 0) P_ARG(3, 0x4022) P_ARG(4, -1) P_ARG(5, 0)
	P_CALL(__NR_mmap)
	"li t0,-4096\n"
	"bltu a0,t0,1b\n"
	"srli s1,s1,1\n"
	"srli t0,s1,12\n"
	"bnez t0,1b\n"
	P_CALL(__NR_getppid)
	"2:\n"
	P_COUNT(0)
	"j 2b\n"
	".option pop\n");

static enum utrace_action step_once_and_drop(struct test_engine *e,
					     unsigned int event,
					     enum utrace_action answer)
{
	struct stepper *s = e->private;

	look(s, current);
	if (event == EV(SYSCALL_EXIT) &&
	    utrace_syscall(e->engine)->nr == __NR_getppid)
		return UTRACE_SINGLESTEP;
	if (event == EV(SIGNAL_CORE)) {
		copy_siginfo(&s->info, e->sig->info);
		s->signal_pc = instruction_pointer(task_pt_regs(current));
		utrace_signal_drop(e->sig);
		return UTRACE_STOP;	/* takes the step back */
	}
	return answer;
}

static void no_room_for_a_slot(struct kunit *test)
{
	struct test_engine *e = stepper_engine(test, &payload_full);
	struct test_task *t = test_task(test, &payload_full);
	struct stepper *s = e->private;

	e->on_event = step_once_and_drop;
	KUNIT_ASSERT_EQ(test, 0, test_engine_attach_to(e, t->task, UTRACE_OBSERVER,
			UTRACE_EVENT(SYSCALL_EXIT) | UTRACE_EVENT(STEP) |
			UTRACE_EVENT(SIGNAL_CORE)));
	test_task_go(t);
	KUNIT_ASSERT_TRUE(test, test_engine_stops(e, t, EV(SIGNAL_CORE), 1));
	KUNIT_EXPECT_EQ(test, SIGSEGV, s->info.si_signo);
	KUNIT_EXPECT_EQ(test, s->signal_pc, (unsigned long)s->info.si_addr);
	KUNIT_EXPECT_EQ(test, 0, e->seen[EV(STEP)]);
	KUNIT_EXPECT_EQ_MSG(test, 0, s->strange, "pc %#lx", s->where);
	/* Nothing is lost. */
	KUNIT_ASSERT_EQ(test, 0, utrace_control(e->engine, UTRACE_RESUME));
	KUNIT_EXPECT_TRUE(test, test_thread_counts(t->task, 0));
}

/* QEMU 7.2 has none of them, so that they cannot be executed. */
static void jumps_of_zcmp_and_zcmt_are_known(struct kunit *test)
{
	static const u16 jumps[] = {
		0xbe42,		/* cm.popret {ra},16 */
		0xbefe,		/* cm.popret {ra,s0-s11},160 */
		0xbc42,		/* cm.popretz {ra},16 */
		0xa002,		/* cm.jt 0 */
		0xa07e,		/* cm.jt 31 */
		0xa082,		/* cm.jalt 32 */
		0xa3fe,		/* cm.jalt 255 */
	}, others[] = {
		0xb842,		/* cm.push {ra},-16 */
		0xba42,		/* cm.pop {ra},16 */
		0xac62,		/* cm.mva01s s0,s0 */
		0xac22,		/* cm.mvsa01 s0,s0 */
		0x8082,		/* ret */
		0xe022,		/* sd s0,0(sp) */
		0xa001,		/* j */
	};
	int i;

	for (i = 0; i < ARRAY_SIZE(jumps); i++)
		KUNIT_EXPECT_TRUE_MSG(test, utrace_step_zcmp_jump(jumps[i]),
				      "%#x", jumps[i]);
	for (i = 0; i < ARRAY_SIZE(others); i++)
		KUNIT_EXPECT_FALSE_MSG(test, utrace_step_zcmp_jump(others[i]),
				       "%#x", others[i]);
}

static struct kunit_case utrace_riscv_step_cases[] = {
	KUNIT_CASE(each_instruction_is_a_step),
	KUNIT_CASE(faults_are_those_of_the_program),
	KUNIT_CASE(handlers_are_stepped_through),
	KUNIT_CASE(signals_come_while_in_the_slot),
	KUNIT_CASE(thread_is_held_while_in_the_slot),
	KUNIT_CASE(engine_leaves_while_in_the_slot),
	KUNIT_CASE(thread_is_killed_while_in_the_slot),
	KUNIT_CASE(thread_sleeps_in_the_slot),
	KUNIT_CASE(threads_step_in_the_same_text),
	KUNIT_CASE(more_threads_than_a_page_has_slots),
	KUNIT_CASE(children_are_stepped),
	KUNIT_CASE(children_of_a_stepped_thread_run),
	KUNIT_CASE(step_leads_to_the_new_program),
	KUNIT_CASE(program_unmaps_the_slot),
	KUNIT_CASE(no_room_for_a_slot),
	KUNIT_CASE(jumps_of_zcmp_and_zcmt_are_known),
	{}
};

static struct kunit_suite utrace_riscv_step_suite = {
	.name = "utrace_riscv_step",
	.test_cases = utrace_riscv_step_cases,
};
kunit_test_suite(utrace_riscv_step_suite);
