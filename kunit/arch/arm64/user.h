/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What user/scenarios.c cannot say in C, on arm64
 */
#ifndef _KUNIT_ARCH_USER_H
#define _KUNIT_ARCH_USER_H

/*
 * Create a thread on @stack that calls thread_main(): in C, the new thread would
 * go on with the stack frame of the old one.
 */
static long raw_thread(unsigned long flags, void *stack)
{
	register long nr asm("x8") = __NR_clone;
	register long a0 asm("x0") = flags;
	register void *a1 asm("x1") = stack;
	register long a2 asm("x2") = 0;
	register long a3 asm("x3") = 0;
	register long a4 asm("x4") = 0;

	asm volatile("svc #0\n cbnz x0,1f\n bl thread_main\n brk #0\n 1:"
		     : "+r" (a0)
		     : "r" (nr), "r" (a1), "r" (a2), "r" (a3), "r" (a4)
		     : "memory", "cc", "x30");
	return a0;
}

static long raw_process(unsigned long flags)
{
	return my_syscall5(__NR_clone, flags, 0, 0, 0, 0);
}

#endif /* _KUNIT_ARCH_USER_H */
