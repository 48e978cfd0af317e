/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Test tasks that run a scenario of user/scenarios.c
 */
#ifndef _KUNIT_UTRACE_USER_H
#define _KUNIT_UTRACE_USER_H

#include "utrace_task.h"

/* The program, an ELF file. */
extern const char utrace_user_program[], utrace_user_program_end[];

/*
 * A task for "scenario", of one or more words, as test_task() makes it; it has
 * been let go.
 */
struct test_task *test_user(struct kunit *test, const char *scenario);

/* Is it at @point, within the time limit?  It stays there. */
bool test_user_at(struct test_task *t, const char *point);
void test_user_pass(struct test_task *t, const char *point);

/* The process or thread whose id it has written to @file; asserts success. */
struct test_task *test_user_find(struct kunit *test, struct test_task *t,
				 const char *file);
struct test_task *test_task_of(struct kunit *test, struct task_struct *task);

/* What is in @file, "" if there is none; freed with the test. */
const char *test_user_text(struct kunit *test, struct test_task *t,
			   const char *file);

/* Does it come to its end, and no check has failed? */
bool test_user_succeeds(struct kunit *test, struct test_task *t);

#endif /* _KUNIT_UTRACE_USER_H */
