/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What user/scenarios.c cannot say in C, on powerpc
 */
#ifndef _KUNIT_ARCH_USER_H
#define _KUNIT_ARCH_USER_H

/*
 * Create a thread on @stack that calls thread_main(): in C, the new thread would
 * go on with the stack frame of the old one.
 */
static long raw_thread(unsigned long flags, void *stack)
{
	register long nr asm("r0") = __NR_clone;
	register long a0 asm("r3") = flags;
	register void *a1 asm("r4") = stack;
	register long a2 asm("r5") = 0;
	register long a3 asm("r6") = 0;
	register long a4 asm("r7") = 0;

	asm volatile("sc\n bns+ 2f\n neg 3,3\n 2: cmpdi 3,0\n bne 1f\n"
		     "bl thread_main\n nop\n trap\n 1:"
		     : "+r" (a0), "+r" (nr), "+r" (a1), "+r" (a2), "+r" (a3),
		       "+r" (a4)
		     :
		     : "memory", "cr0", "ctr", "xer", "lr", "r8", "r9", "r10",
		       "r11", "r12");
	return a0;
}

static long raw_process(unsigned long flags)
{
	return my_syscall5(__NR_clone, flags, 0, 0, 0, 0);
}

#endif /* _KUNIT_ARCH_USER_H */
