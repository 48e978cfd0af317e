/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What user/scenarios.c cannot say in C, on x86_64
 */
#ifndef _KUNIT_ARCH_USER_H
#define _KUNIT_ARCH_USER_H

/*
 * Create a thread on @stack that calls thread_main(): in C, the new thread would
 * go on with the stack frame of the old one.
 */
static long raw_thread(unsigned long flags, void *stack)
{
	register long tid asm("r10") = 0;
	register long tls asm("r8") = 0;
	long ret;

	asm volatile("syscall\n test %%rax,%%rax\n jnz 1f\n"
		     "call thread_main\n ud2\n 1:"
		     : "=a" (ret)
		     : "0" (__NR_clone), "D" (flags), "S" (stack), "d" (0),
		       "r" (tid), "r" (tls)
		     : "rcx", "r11", "memory", "cc");
	return ret;
}

static long raw_process(unsigned long flags)
{
	return my_syscall5(__NR_clone, flags, 0, 0, 0, 0);
}

#endif /* _KUNIT_ARCH_USER_H */
