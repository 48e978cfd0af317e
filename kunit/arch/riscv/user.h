/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What user/scenarios.c cannot say in C, on riscv
 */
#ifndef _KUNIT_ARCH_USER_H
#define _KUNIT_ARCH_USER_H

/*
 * Create a thread on @stack that calls thread_main(): in C, the new thread would
 * go on with the stack frame of the old one.
 */
static long raw_thread(unsigned long flags, void *stack)
{
	register long nr asm("a7") = __NR_clone;
	register long a0 asm("a0") = flags;
	register void *a1 asm("a1") = stack;
	register long a2 asm("a2") = 0;
	register long a3 asm("a3") = 0;
	register long a4 asm("a4") = 0;

	asm volatile("ecall\n bnez a0,1f\n call thread_main\n ebreak\n 1:"
		     : "+r" (a0)
		     : "r" (nr), "r" (a1), "r" (a2), "r" (a3), "r" (a4)
		     : "memory", "ra");
	return a0;
}

static long raw_process(unsigned long flags)
{
	return my_syscall5(__NR_clone, flags, 0, 0, 0, 0);
}

#endif /* _KUNIT_ARCH_USER_H */
