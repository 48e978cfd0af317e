/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What user/scenarios.c cannot say in C, on s390
 */
#ifndef _KUNIT_ARCH_USER_H
#define _KUNIT_ARCH_USER_H

/*
 * Create a thread on @stack that calls thread_main(): in C, the new thread would
 * go on with the stack frame of the old one.
 */
static long raw_thread(unsigned long flags, void *stack)
{
	register long nr asm("r1") = __NR_clone;
	register void *a0 asm("r2") = stack;
	register long a1 asm("r3") = flags;
	register long a2 asm("r4") = 0;
	register long a3 asm("r5") = 0;
	register long a4 asm("r6") = 0;

	asm volatile("svc 0\n ltgr %%r2,%%r2\n jnz 1f\n"
		     "brasl %%r14,thread_main\n .short 1\n 1:"
		     : "+d" (a0)
		     : "d" (nr), "d" (a1), "d" (a2), "d" (a3), "d" (a4)
		     : "memory", "cc", "r14");
	return (long)a0;
}

/* The stack comes first (CLONE_BACKWARDS2). */
static long raw_process(unsigned long flags)
{
	return my_syscall5(__NR_clone, 0, flags, 0, 0, 0);
}

#endif /* _KUNIT_ARCH_USER_H */
