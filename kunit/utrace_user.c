// SPDX-License-Identifier: GPL-2.0-only
/*
 * Test tasks that run a scenario of user/scenarios.c
 *
 * The whole program takes the place of the few instructions that test_task()
 * puts into the file that the task will exec.
 */

#include <linux/err.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/kstrtox.h>
#include <linux/mount.h>
#include <linux/pid.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>

#include "utrace_user.h"

asm("\n"
	".pushsection .rodata\n"
	".balign 8\n"
	"utrace_user_program:\n"
	".incbin \"kunit/user/scenarios\"\n"
	"utrace_user_program_end:\n"
	".popsection\n");

static int write_file(struct test_task *t, const char *name, const char *text,
		      size_t size)
{
	struct file *file;
	loff_t pos = 0;
	ssize_t n;

	file = file_open_root_mnt(t->mnt, name, O_CREAT | O_WRONLY | O_TRUNC, 0755);
	if (IS_ERR(file))
		return PTR_ERR(file);
	n = kernel_write(file, text, size, &pos);
	fput(file);
	flush_delayed_fput();	/* open for writing still, it cannot be executed */
	return n == size ? 0 : n < 0 ? n : -EIO;
}

struct test_task *test_user(struct kunit *test, const char *scenario)
{
	struct test_task *t = test_task(test, &payload_spin);

	KUNIT_ASSERT_EQ(test, 0, write_file(t, "program", utrace_user_program,
			utrace_user_program_end - utrace_user_program));
	KUNIT_ASSERT_EQ(test, 0, write_file(t, "scenario", scenario,
					    strlen(scenario)));
	test_task_go(t);
	return t;
}

static bool file_exists(struct test_task *t, const char *name)
{
	struct file *file = file_open_root_mnt(t->mnt, name, O_RDONLY, 0);

	if (IS_ERR(file))
		return false;
	fput(file);
	return true;
}

/* It has said so, or will never again. */
static bool at_or_failed(struct test_task *t, const char *file)
{
	return file_exists(t, file) || file_exists(t, "failure") ||
	       READ_ONCE(t->task->exit_state);
}

bool test_user_at(struct test_task *t, const char *point)
{
	char file[40];

	snprintf(file, sizeof(file), "at-%s", point);
	return test_poll(at_or_failed(t, file)) && file_exists(t, file);
}

void test_user_pass(struct test_task *t, const char *point)
{
	char file[40];

	snprintf(file, sizeof(file), "go-%s", point);
	if (write_file(t, file, "", 0))
		pr_err("a test task is not told to go on from %s\n", point);
}

const char *test_user_text(struct kunit *test, struct test_task *t,
			   const char *name)
{
	struct file *file = file_open_root_mnt(t->mnt, name, O_RDONLY, 0);
	const size_t size = 64 << 10;
	loff_t pos = 0;
	ssize_t n;
	char *text;

	text = kunit_kzalloc(test, size, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, text);
	if (!IS_ERR(file)) {
		n = kernel_read(file, text, size - 1, &pos);
		fput(file);
		KUNIT_ASSERT_GE(test, n, 0);
	}
	return text;
}

static void put_task(void *data)
{
	put_task_struct(data);
}

struct test_task *test_task_of(struct kunit *test, struct task_struct *task)
{
	struct test_task *t = kunit_kzalloc(test, sizeof(*t), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, t);
	t->task = get_task_struct(task);
	KUNIT_ASSERT_EQ(test, 0, kunit_add_action_or_reset(test, put_task, task));
	return t;
}

struct test_task *test_user_find(struct kunit *test, struct test_task *t,
				 const char *file)
{
	struct task_struct *task;
	struct test_task *found;
	struct pid *pid;
	int nr;

	KUNIT_ASSERT_TRUE(test, file_exists(t, file));
	KUNIT_ASSERT_EQ(test, 0, kstrtoint(test_user_text(test, t, file), 10, &nr));
	pid = find_get_pid(nr);
	task = get_pid_task(pid, PIDTYPE_PID);
	put_pid(pid);
	KUNIT_ASSERT_NOT_NULL(test, task);
	found = test_task_of(test, task);
	put_task_struct(task);
	return found;
}

bool test_user_succeeds(struct kunit *test, struct test_task *t)
{
	bool dead = test_task_dies(t);
	const char *failure = test_user_text(test, t, "failure");

	if (*failure)
		kunit_err(test, "in user mode: %s", failure);
	else if (!dead)
		kunit_err(test, "the scenario does not come to its end");
	else if (t->task->exit_code)
		kunit_err(test, "the scenario ends with status %#x",
			  t->task->exit_code);
	return dead && !*failure && !t->task->exit_code;
}
