/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The few instructions that test programs are made of, on each architecture
 *
 * A payload is a string of these.  Nothing in one may use the stack, so that
 * threads can share it.
 */
#ifndef _KUNIT_UTRACE_PAYLOAD_H
#define _KUNIT_UTRACE_PAYLOAD_H

#include <linux/stringify.h>
#include <asm/unistd.h>

/*
 * P_ARG(n, value): argument n of the next system call, 0 to 5; up to 31 bits
 * P_CALL(nr): make it
 * P_JUMP(label), P_JUMP_IF_0(label): the latter looks at the call's result
 */

#if defined(CONFIG_X86_64)

#define P_REG0	"%rdi"
#define P_REG1	"%rsi"
#define P_REG2	"%rdx"
#define P_REG3	"%r10"
#define P_REG4	"%r8"
#define P_REG5	"%r9"
#define P_ARG(n, value)		"mov $" __stringify(value) "," P_REG##n "\n"
#define P_CALL(nr)		"mov $" __stringify(nr) ",%eax\n syscall\n"
#define P_JUMP(label)		"jmp " #label "\n"
#define P_JUMP_IF_0(label)	"test %rax,%rax\n jz " #label "\n"

#elif defined(CONFIG_ARM64)

#define P_ARG(n, value)							\
	"movz x" #n ",#((" __stringify(value) ") & 0xffff)\n"		\
	"movk x" #n ",#((" __stringify(value) ") >> 16),lsl #16\n"
#define P_CALL(nr)		"mov x8,#" __stringify(nr) "\n svc #0\n"
#define P_JUMP(label)		"b " #label "\n"
#define P_JUMP_IF_0(label)	"cbz x0," #label "\n"

#elif defined(CONFIG_RISCV)

#define P_ARG(n, value)		"li a" #n "," __stringify(value) "\n"
#define P_CALL(nr)		"li a7," __stringify(nr) "\n ecall\n"
#define P_JUMP(label)		"j " #label "\n"
#define P_JUMP_IF_0(label)	"beqz a0," #label "\n"

#elif defined(CONFIG_PPC64)

#define P_REG0	"3"
#define P_REG1	"4"
#define P_REG2	"5"
#define P_REG3	"6"
#define P_REG4	"7"
#define P_REG5	"8"
#define P_ARG(n, value)							\
	"lis " P_REG##n ",(" __stringify(value) ")>>16\n"		\
	"ori " P_REG##n "," P_REG##n ",(" __stringify(value) ")&0xffff\n"
#define P_CALL(nr)		"li 0," __stringify(nr) "\n sc\n"
#define P_JUMP(label)		"b " #label "\n"
#define P_JUMP_IF_0(label)	"cmpdi 3,0\n beq " #label "\n"

#else
#error "no payload instructions for this architecture"
#endif

#define P_EXIT(status)		P_ARG(0, status) P_CALL(__NR_exit_group)

/*
 * PAYLOAD(name, instructions): define struct utrace_payload name.
 */
#define PAYLOAD(name, code)						\
	asm(".pushsection .rodata\n"					\
	    ".balign 8\n"						\
	    "payload_" #name ":\n"					\
	    code							\
	    "payload_" #name "_end:\n"					\
	    ".popsection\n");						\
	extern const char payload_##name[], payload_##name##_end[];	\
	const struct utrace_payload name = {				\
		payload_##name, payload_##name##_end			\
	}

/**
 * struct utrace_payload - a program
 * @start: its first instruction, where it begins
 * @end: behind its last
 */
struct utrace_payload {
	const char *start;
	const char *end;
};

/* Those that several suites use; in utrace_task.c. */
extern const struct utrace_payload payload_calls;
extern const struct utrace_payload payload_spin;
extern const struct utrace_payload payload_sleep;
extern const struct utrace_payload payload_loop;
extern const struct utrace_payload payload_fork;

#endif /* _KUNIT_UTRACE_PAYLOAD_H */
