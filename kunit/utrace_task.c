// SPDX-License-Identifier: GPL-2.0-only
/*
 * Real user tasks without user space
 *
 * A payload is put behind an ELF header into a ramfs that nobody else sees, and
 * a task execs it: so it is set up as every program is, on every architecture.
 * Its parent is kthreadd, which ignores SIGCHLD, so it reaps itself.
 */

#include <linux/binfmts.h>
#include <linux/elf.h>
#include <linux/err.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/fs_struct.h>
#include <linux/jiffies.h>
#include <linux/mount.h>
#include <linux/pid.h>
#include <linux/sched/cputime.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>

#include <asm/syscall.h>

#include "utrace_task.h"

#define LOAD_ADDR	0x10000000UL
#define LOAD_ALIGN	0x10000UL

#ifdef CONFIG_PPC64
#define PAYLOAD_ELF_FLAGS	2	/* ELFv2: e_entry is code, not a descriptor */
#else
#define PAYLOAD_ELF_FLAGS	0
#endif

PAYLOAD(payload_calls,
	P_CALL(__NR_getpid)
	P_CALL(__NR_getppid)
	P_ARG(0, 11) P_ARG(1, 12) P_ARG(2, 13) P_ARG(3, 14) P_ARG(4, 15)
	P_ARG(5, 16) P_CALL(__NR_getuid)
	P_EXIT(7));

PAYLOAD(payload_spin,
	"1:\n"
	P_JUMP(1b));

PAYLOAD(payload_sleep,
	"1:\n"
	P_ARG(0, 0) P_ARG(1, 0) P_ARG(2, 0) P_ARG(3, 0) P_ARG(4, 0)
	P_CALL(__NR_ppoll)
	P_JUMP(1b));

PAYLOAD(payload_loop,
	"1:\n"
	P_CALL(__NR_getppid)
	P_JUMP(1b));

/* A child that exits with 5, and a parent that exits with 3. */
PAYLOAD(payload_fork,
	P_ARG(0, 17) P_ARG(1, 0) P_ARG(2, 0) P_ARG(3, 0) P_ARG(4, 0)
	P_CALL(__NR_clone)
	P_JUMP_IF_0(2f)
	P_EXIT(3)
	"2:\n"
	P_EXIT(5));

static int write_program(struct vfsmount *mnt, const struct utrace_payload *program)
{
	size_t size = program->end - program->start;
	struct {
		Elf64_Ehdr ehdr;
		Elf64_Phdr phdr;
	} head = {
		.ehdr = {
			.e_ident = {
				[EI_MAG0] = ELFMAG0, [EI_MAG1] = ELFMAG1,
				[EI_MAG2] = ELFMAG2, [EI_MAG3] = ELFMAG3,
				[EI_CLASS] = ELFCLASS64, [EI_DATA] = ELF_DATA,
				[EI_VERSION] = EV_CURRENT,
			},
			.e_type = ET_EXEC,
			.e_machine = ELF_ARCH,
			.e_version = EV_CURRENT,
			.e_entry = LOAD_ADDR + sizeof(head),
			.e_phoff = offsetof(typeof(head), phdr),
			.e_flags = PAYLOAD_ELF_FLAGS,
			.e_ehsize = sizeof(Elf64_Ehdr),
			.e_phentsize = sizeof(Elf64_Phdr),
			.e_phnum = 1,
		},
		.phdr = {
			.p_type = PT_LOAD,
			.p_flags = PF_R | PF_X,
			.p_vaddr = LOAD_ADDR,
			.p_paddr = LOAD_ADDR,
			.p_filesz = sizeof(head) + size,
			.p_memsz = sizeof(head) + size,
			.p_align = LOAD_ALIGN,
		},
	};
	struct file *file;
	loff_t pos = 0;
	ssize_t n;

	file = file_open_root_mnt(mnt, "program", O_CREAT | O_WRONLY, 0755);
	if (IS_ERR(file))
		return PTR_ERR(file);
	n = kernel_write(file, &head, sizeof(head), &pos);
	if (n == sizeof(head))
		n = kernel_write(file, program->start, size, &pos);
	fput(file);
	flush_delayed_fput();	/* open for writing still, it cannot be executed */
	return n == size ? 0 : n < 0 ? n : -EIO;
}

static int test_task_main(void *data)
{
	static const char *const argv[] = { "program", NULL };
	static const char *const envp[] = { NULL };
	struct test_task *t = data;
	struct path pwd = { .mnt = t->mnt, .dentry = t->mnt->mnt_root };

	/* Made by a kernel thread, it would ignore every signal. */
	spin_lock_irq(&current->sighand->siglock);
	flush_signal_handlers(current, 1);
	spin_unlock_irq(&current->sighand->siglock);

	set_fs_pwd(current->fs, &pwd);
	complete(&t->ready);
	wait_for_completion(&t->go);
	t->error = kernel_execve("program", argv, envp);
	if (t->error)
		do_exit(0x7f00);
	return 0;
}

static void test_task_release(void *data)
{
	struct test_task *t = data;

	if (t->task) {
		complete_all(&t->go);
		test_task_kill(t);
		/* @t is its argument, and @mnt holds its program. */
		if (!test_task_dies(t)) {
			pr_err("a test task does not die; its memory is lost\n");
			return;
		}
		put_task_struct(t->task);
	}
	if (!IS_ERR_OR_NULL(t->mnt))
		kern_unmount(t->mnt);
	kfree(t);
}

struct test_task *test_task(struct kunit *test, const struct utrace_payload *program)
{
	struct file_system_type *type;
	struct test_task *t;
	struct pid *pid;
	pid_t nr;

	/* Not the test's memory: that is freed before the task is dead. */
	t = kzalloc(sizeof(*t), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, t);
	init_completion(&t->ready);
	init_completion(&t->go);
	KUNIT_ASSERT_EQ(test, 0,
			kunit_add_action_or_reset(test, test_task_release, t));

	type = get_fs_type("ramfs");
	KUNIT_ASSERT_NOT_NULL(test, type);
	t->mnt = kern_mount(type);
	put_filesystem(type);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, t->mnt);
	KUNIT_ASSERT_EQ(test, 0, write_program(t->mnt, program));

	nr = user_mode_thread(test_task_main, t, CLONE_PARENT | SIGCHLD);
	KUNIT_ASSERT_GT(test, nr, 0);
	/* It waits for us, so it is there. */
	pid = find_get_pid(nr);
	t->task = get_pid_task(pid, PIDTYPE_PID);
	put_pid(pid);
	KUNIT_ASSERT_NOT_NULL(test, t->task);
	/* Until then it ignores SIGKILL, too. */
	wait_for_completion(&t->ready);
	return t;
}

void test_task_go(struct test_task *t)
{
	complete_all(&t->go);
}

void test_task_kill(struct test_task *t)
{
	send_sig(SIGKILL, t->task, 1);
}

bool test_task_dies(struct test_task *t)
{
	/* release_task() takes its pid. */
	return test_poll(READ_ONCE(t->task->exit_state) == EXIT_DEAD &&
			 !task_pid(t->task));
}

bool test_task_in_state(struct test_task *t, unsigned int mask)
{
	return test_poll((READ_ONCE(t->task->__state) & mask) &&
			 !READ_ONCE(t->task->on_cpu));
}

bool test_task_runs(struct test_task *t)
{
	u64 utime, stime, start;

	task_cputime(t->task, &utime, &stime);
	start = utime + stime;
	return test_poll((task_cputime(t->task, &utime, &stime),
			  utime + stime > start));
}

/*
 * The logging engine
 */

struct test_log *test_log(struct kunit *test)
{
	struct test_log *log = kunit_kzalloc(test, sizeof(*log), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, log);
	spin_lock_init(&log->lock);
	init_waitqueue_head(&log->wait);
	return log;
}

static enum utrace_action test_event(struct utrace_engine *engine,
				     unsigned int event, long value)
{
	struct test_engine *e = engine->data;
	enum utrace_action answer = e->answer[event];
	struct test_log *log = e->log;
	unsigned long flags;

	spin_lock_irqsave(&log->lock, flags);
	if (log->nr < TEST_LOG_MAX)
		log->entries[log->nr] = (struct test_log_entry){ e, event, value };
	log->nr++;
	e->seen[event]++;
	spin_unlock_irqrestore(&log->lock, flags);

	if (e->on_event)
		answer = e->on_event(e, event, answer);
	wake_up_all(&log->wait);
	return answer;
}

static enum utrace_action report_quiesce(struct utrace_engine *engine)
{
	return test_event(engine, EV(QUIESCE), 0);
}

static enum utrace_action report_clone(struct utrace_engine *engine,
				       u64 clone_flags, struct task_struct *child)
{
	struct test_engine *e = engine->data;

	if (e->on_clone)
		e->on_clone(e, child);
	return test_event(engine, EV(CLONE), clone_flags);
}

static enum utrace_action report_exec(struct utrace_engine *engine,
				      struct linux_binprm *bprm, pid_t old_tid)
{
	return test_event(engine, EV(EXEC), old_tid);
}

static enum utrace_action report_exit(struct utrace_engine *engine, long code)
{
	return test_event(engine, EV(EXIT), code);
}

static enum utrace_action report_death(struct utrace_engine *engine,
				       bool group_dead)
{
	return test_event(engine, EV(DEATH), group_dead);
}

static void report_reap(struct utrace_engine *engine)
{
	test_event(engine, EV(REAP), 0);
}

static enum utrace_action report_entry(struct utrace_engine *engine,
				       struct pt_regs *regs)
{
	struct test_engine *e = engine->data;

	memcpy(e->args, utrace_syscall(engine)->args, sizeof(e->args));
	return test_event(engine, EV(SYSCALL_ENTRY), utrace_syscall(engine)->nr);
}

static enum utrace_action report_return(struct utrace_engine *engine,
					struct pt_regs *regs)
{
	long error = syscall_get_error(current, regs);

	return test_event(engine, EV(SYSCALL_EXIT), error ?:
			  syscall_get_return_value(current, regs));
}

#define TEST_ENGINE_OPS(engine_class) {					\
	.name			= "kunit",				\
	.class			= engine_class,				\
	.report_quiesce		= report_quiesce,			\
	.report_clone		= report_clone,				\
	.report_exec		= report_exec,				\
	.report_exit		= report_exit,				\
	.report_death		= report_death,				\
	.report_reap		= report_reap,				\
	.report_syscall_entry	= report_entry,				\
	.report_syscall_exit	= report_return,			\
}

static const struct utrace_engine_ops test_ops[] = {
	[UTRACE_OBSERVER] = TEST_ENGINE_OPS(UTRACE_OBSERVER),
	[UTRACE_TRANSFORMER] = TEST_ENGINE_OPS(UTRACE_TRANSFORMER),
};

/* Before the test's memory goes, nothing may call back any more. */
static void test_engine_release(void *data)
{
	struct test_engine *e = data;

	if (!e->engine)
		return;
	utrace_control(e->engine, UTRACE_DETACH);
	while (utrace_barrier(e->engine) == -ERESTARTSYS)
		;
	utrace_engine_put(e->engine);
}

struct test_engine *test_engine(struct kunit *test, struct test_log *log)
{
	struct test_engine *e = kunit_kzalloc(test, sizeof(*e), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, e);
	e->log = log;
	KUNIT_ASSERT_EQ(test, 0,
			kunit_add_action_or_reset(test, test_engine_release, e));
	return e;
}

int test_engine_attach_to(struct test_engine *e, struct task_struct *task,
			  enum utrace_class class, unsigned long events)
{
	struct utrace_engine *engine = utrace_attach_task(task, &test_ops[class], e);

	if (IS_ERR(engine))
		return PTR_ERR(engine);
	e->engine = engine;
	return utrace_set_events(engine, events);
}

struct test_engine *test_engine_attach(struct kunit *test, struct test_log *log,
				       struct test_task *t, unsigned long events)
{
	struct test_engine *e = test_engine(test, log);

	KUNIT_ASSERT_EQ(test, 0, test_engine_attach_to(e, t->task,
						       UTRACE_OBSERVER, events));
	return e;
}

bool test_engine_sees(struct test_engine *e, unsigned int event,
		      unsigned int count)
{
	return wait_event_timeout(e->log->wait,
				  READ_ONCE(e->seen[event]) >= count,
				  TEST_TIMEOUT);
}
