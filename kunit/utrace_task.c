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
#include <linux/mm.h>
#include <linux/mount.h>
#include <linux/pid.h>
#include <linux/sched/cputime.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/sched/task_stack.h>
#include <linux/uaccess.h>
#include <uapi/linux/utrace_regs.h>

#include <asm/syscall.h>

#include "../kernel/utrace/internal.h"
#include "utrace_task.h"

#define LOAD_ADDR	0x10000000UL
#define LOAD_ALIGN	0x10000UL

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
	P_FORK
	P_JUMP_IF_0(2f)
	P_EXIT(3)
	"2:\n"
	P_EXIT(5));

PAYLOAD(payload_count,
	"1:\n"
	P_COUNT(0)
	P_JUMP(1b));

PAYLOAD(payload_threads,
	P_CLONE_THREAD
	P_JUMP_IF_0(2f)
	"1:\n"
	P_COUNT(0)
	P_JUMP(1b)
	"2:\n"
	P_COUNT(8)
	P_JUMP(2b));

/* In a process group of its own it is not orphaned: a stop from a tty works. */
PAYLOAD(payload_job,
	P_ARG(0, 0) P_ARG(1, 0) P_CALL(__NR_setpgid)
	"1:\n"
	P_COUNT(0)
	P_JUMP(1b));

/* getuid is what struct test_handled looks for. */
PAYLOAD(payload_handlers,
	P_SIGACTION(SIGUSR1, 8f)
	P_SIGACTION(SIGUSR2, 8f)
	P_SIGACTION(SIGRTMIN, 8f)
	P_SIGACTION(SIGHUP, 9f)
	"1:\n"
	P_COUNT(0)
	P_JUMP(1b)
	"2:\n"
	P_CALL(__NR_getuid)
	P_SIGRETURN
	P_HANDLER(8, 2b)
	P_IGNORE(9));

LOCAL_PAYLOAD(payload_jump,
	P_CALL(__NR_getppid)
	P_JUMP(1f)
	P_EXIT(1)
	"1:\n"
	P_EXIT(0));

/* The head of the file that is executed, as 64-bit and as compat tasks have it. */
union program_head {
	struct {
		Elf64_Ehdr ehdr;
		Elf64_Phdr phdr[2];
	} native;
	struct {
		Elf32_Ehdr ehdr;
		Elf32_Phdr phdr[2];
	} compat;
};

static_assert(sizeof(union program_head) + LOAD_ADDR == P_ENTRY);

#define INIT_HEAD(head, class, machine, flags, size)			\
	(*(head) = (typeof(*(head))) {					\
		.ehdr = {						\
			.e_ident = {					\
				[EI_MAG0] = ELFMAG0, [EI_MAG1] = ELFMAG1, \
				[EI_MAG2] = ELFMAG2, [EI_MAG3] = ELFMAG3, \
				[EI_CLASS] = (class), [EI_DATA] = ELF_DATA, \
				[EI_VERSION] = EV_CURRENT,		\
			},						\
			.e_type = ET_EXEC,				\
			.e_machine = (machine),				\
			.e_version = EV_CURRENT,			\
			.e_entry = P_ENTRY,				\
			.e_phoff = offsetof(typeof(*(head)), phdr),	\
			.e_flags = (flags),				\
			.e_ehsize = sizeof((head)->ehdr),		\
			.e_phentsize = sizeof((head)->phdr[0]),		\
			.e_phnum = ARRAY_SIZE((head)->phdr),		\
		},							\
		.phdr = { {						\
			.p_type = PT_LOAD,				\
			.p_flags = PF_R | PF_X,				\
			.p_vaddr = LOAD_ADDR,				\
			.p_paddr = LOAD_ADDR,				\
			.p_filesz = sizeof(union program_head) + (size), \
			.p_memsz = sizeof(union program_head) + (size), \
			.p_align = LOAD_ALIGN,				\
		}, {							\
			.p_type = PT_LOAD,				\
			.p_flags = PF_R | PF_W,				\
			.p_vaddr = P_DATA,				\
			.p_paddr = P_DATA,				\
			.p_memsz = LOAD_ALIGN,				\
			.p_align = LOAD_ALIGN,				\
		} },							\
	})

static int write_program(struct vfsmount *mnt, const struct utrace_payload *program)
{
	size_t size = program->end - program->start;
	union program_head head = {};
	struct file *file;
	loff_t pos = 0;
	ssize_t n;
	size_t i;

#ifdef P_COMPAT_MACHINE
	if (program->compat)
		INIT_HEAD(&head.compat, ELFCLASS32, program->compat,
			  P_COMPAT_FLAGS, size);
	else
#endif
		INIT_HEAD(&head.native, ELFCLASS64, ELF_ARCH, P_ELF_FLAGS, size);

	/*
	 * Byte by byte, for the sake of QEMU (7.2 at least) on s390: of a program
	 * that was in the same page at the same address it goes on with what it has
	 * translated, but for what the first byte of a store of many bytes hits.
	 */
	file = file_open_root_mnt(mnt, "program", O_CREAT | O_WRONLY, 0755);
	if (IS_ERR(file))
		return PTR_ERR(file);
	n = kernel_write(file, &head, sizeof(head), &pos);
	for (i = 0; n > 0 && i < size; i++)
		n = kernel_write(file, program->start + i, 1, &pos);
	fput(file);
	flush_delayed_fput();	/* open for writing still, it cannot be executed */
	return pos == sizeof(head) + size ? 0 : n < 0 ? n : -EIO;
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
		/* A leader that is dead already does not take a signal of its own. */
		test_kill(t->task, SIGKILL);
		/* @t is its argument, and @mnt holds its program. */
		if (WARN(!test_task_dies(t), "a test task does not die; its memory is lost\n"))
			return;
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

static u64 counter(struct task_struct *task, unsigned int offset)
{
	u64 value = 0;

	if (test_task_read(task, P_DATA + offset, &value, sizeof(value)))
		return 0;
	return value;
}

struct test_task *test_task_counting(struct kunit *test,
				     const struct utrace_payload *program)
{
	struct test_task *t = test_task(test, program);

	test_task_go(t);
	/* From 0: a program that counts once and sleeps may have done so already. */
	KUNIT_ASSERT_TRUE(test, test_poll(counter(t->task, 0) > 0));
	return t;
}

void test_task_kill(struct test_task *t)
{
	send_sig(SIGKILL, t->task, 1);
}

bool test_task_dies(struct test_task *t)
{
	/*
	 * release_task() takes its pid.  A parent may call that while the thread has not
	 * reported its death yet.
	 */
	return test_poll(READ_ONCE(t->task->exit_state) == EXIT_DEAD &&
			 !task_pid(t->task) &&
			 READ_ONCE(t->task->utrace) == UTRACE_DEAD);
}

bool test_thread_in_state(struct task_struct *task, unsigned int mask)
{
	/* Asleep: not about to go to sleep, and preempted there. */
	return test_poll((READ_ONCE(task->__state) & mask) &&
			 !READ_ONCE(task->on_cpu) && !READ_ONCE(task->on_rq));
}

bool test_task_in_state(struct test_task *t, unsigned int mask)
{
	return test_thread_in_state(t->task, mask);
}

bool test_task_stays_held(struct test_task *t)
{
	unsigned long switches = t->task->nvcsw + t->task->nivcsw;

	schedule_timeout_uninterruptible(HZ / 20);
	return (READ_ONCE(t->task->__state) & __TASK_TRACED) &&
	       switches == t->task->nvcsw + t->task->nivcsw;
}

bool test_engine_has_resumed(struct test_engine *e)
{
	return test_poll(!READ_ONCE(e->engine->utrace->stopped));
}

bool test_task_runs(struct test_task *t)
{
	u64 utime, stime, start;

	task_cputime(t->task, &utime, &stime);
	start = utime + stime;
	return test_poll((task_cputime(t->task, &utime, &stime),
			  utime + stime > start));
}

static struct task_struct *get_other_thread(struct task_struct *leader)
{
	struct task_struct *thread, *found = NULL;

	rcu_read_lock();
	for_each_thread(leader, thread) {
		if (thread != leader) {
			found = get_task_struct(thread);
			break;
		}
	}
	rcu_read_unlock();
	return found;
}

static void put_task(void *task)
{
	put_task_struct(task);
}

struct task_struct *test_task_thread(struct kunit *test, struct test_task *t)
{
	struct task_struct *thread;

	KUNIT_ASSERT_TRUE(test, test_poll((thread = get_other_thread(t->task))));
	KUNIT_ASSERT_EQ(test, 0, kunit_add_action_or_reset(test, put_task, thread));
	return thread;
}

int test_task_read(struct task_struct *task, unsigned long addr, void *buf,
		   size_t size)
{
	int n = access_process_vm(task, addr, buf, size, FOLL_FORCE);

	return n == size ? 0 : -EFAULT;
}

/* 0 before it has a program. */
bool test_thread_counts(struct task_struct *task, unsigned int offset)
{
	u64 start = counter(task, offset);

	return test_poll(counter(task, offset) > start);
}

bool test_thread_rests(struct task_struct *task, unsigned int offset)
{
	u64 start = counter(task, offset);

	schedule_timeout_uninterruptible(HZ / 20);
	return counter(task, offset) == start;
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

static enum utrace_action report_vfork_done(struct utrace_engine *engine,
					    pid_t child)
{
	return test_event(engine, EV(VFORK_DONE), child);
}

static enum utrace_action report_signal(struct utrace_engine *engine,
					struct utrace_signal *sig)
{
	struct test_engine *e = engine->data;
	unsigned long classes = e->events & UTRACE_EVENTS_SIGNAL;

	e->sig = sig;
	return test_event(engine, classes ? __ffs(classes) : EV(SIGNAL_HANDLER),
			  sig->info->si_signo);
}

static enum utrace_action report_handler(struct utrace_engine *engine, int sig)
{
	return test_event(engine, EV(HANDLER), sig);
}

static enum utrace_action report_group_stop(struct utrace_engine *engine, int sig)
{
	return test_event(engine, EV(GROUP_STOP), sig);
}

static enum utrace_action report_group_cont(struct utrace_engine *engine)
{
	return test_event(engine, EV(GROUP_CONT), 0);
}

static enum utrace_action report_step(struct utrace_engine *engine)
{
	return test_event(engine, EV(STEP),
			  instruction_pointer(task_pt_regs(current)));
}

static enum utrace_action report_entry(struct utrace_engine *engine,
				       struct pt_regs *regs)
{
	struct test_engine *e = engine->data;

	memcpy(e->args, utrace_syscall(engine)->args, sizeof(e->args));
	e->regs = regs;
	return test_event(engine, EV(SYSCALL_ENTRY), utrace_syscall(engine)->nr);
}

static enum utrace_action report_return(struct utrace_engine *engine,
					struct pt_regs *regs)
{
	struct test_engine *e = engine->data;
	long error = syscall_get_error(current, regs);

	e->regs = regs;
	return test_event(engine, EV(SYSCALL_EXIT), error ?:
			  syscall_get_return_value(current, regs));
}

static void report_called(struct utrace_engine *engine, long result)
{
	struct test_engine *e = engine->data;
	unsigned long flags;

	spin_lock_irqsave(&e->log->lock, flags);
	e->result = result;
	WRITE_ONCE(e->called, e->called + 1);
	spin_unlock_irqrestore(&e->log->lock, flags);
	wake_up_all(&e->log->wait);
}

#define TEST_ENGINE_OPS(engine_class) {					\
	.name			= "kunit",				\
	.class			= engine_class,				\
	.report_quiesce		= report_quiesce,			\
	.report_clone		= report_clone,				\
	.report_vfork_done	= report_vfork_done,			\
	.report_exec		= report_exec,				\
	.report_exit		= report_exit,				\
	.report_death		= report_death,				\
	.report_reap		= report_reap,				\
	.report_syscall_entry	= report_entry,				\
	.report_syscall_exit	= report_return,			\
	.report_signal		= report_signal,			\
	.report_handler		= report_handler,			\
	.report_group_stop	= report_group_stop,			\
	.report_group_cont	= report_group_cont,			\
	.report_step		= report_step,				\
	.report_called		= report_called,			\
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
	/* The barrier waits for its callback. */
	test_gate_open(e);
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
	init_completion(&e->gate.entered);
	init_completion(&e->gate.leave);
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
	e->events = events;
	return utrace_set_events(engine, events);
}

struct test_engine *test_engine_attach_as(struct kunit *test, struct test_log *log,
					  struct test_task *t,
					  enum utrace_class class,
					  unsigned long events)
{
	struct test_engine *e = test_engine(test, log);

	KUNIT_ASSERT_EQ(test, 0, test_engine_attach_to(e, t->task, class, events));
	return e;
}

struct test_engine *test_engine_attach(struct kunit *test, struct test_log *log,
				       struct test_task *t, unsigned long events)
{
	return test_engine_attach_as(test, log, t, UTRACE_OBSERVER, events);
}

struct test_engine *test_observer(struct kunit *test, struct test_task *t,
				  unsigned long events)
{
	return test_engine_attach(test, test_log(test), t, events);
}

int test_set_calls(struct test_engine *e, const struct utrace_syscall_filter *filter)
{
	struct utrace_syscall_set *set = utrace_syscall_set_make(filter);
	int error = set ? utrace_set_syscalls(e->engine, set) : -ENOMEM;

	utrace_syscall_set_put(set);
	return error;
}

bool test_engine_called(struct test_engine *e, unsigned int count)
{
	return wait_event_timeout(e->log->wait, READ_ONCE(e->called) >= count,
				  TEST_TIMEOUT);
}

bool test_engine_sees(struct test_engine *e, unsigned int event,
		      unsigned int count)
{
	return wait_event_timeout(e->log->wait,
				  READ_ONCE(e->seen[event]) >= count,
				  TEST_TIMEOUT);
}

struct utrace_regfile *test_regfile(struct kunit *test, struct test_engine *e)
{
	ssize_t size = utrace_regfile_get(e->engine, NULL, 0);
	struct utrace_regfile *file;

	KUNIT_ASSERT_GT(test, size, (ssize_t)sizeof(*file));
	file = kunit_kzalloc(test, size, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, file);
	KUNIT_ASSERT_EQ(test, size, utrace_regfile_get(e->engine, file, size));
	return file;
}

bool test_engine_stops(struct test_engine *e, struct test_task *t,
		       unsigned int event, unsigned int count)
{
	return test_engine_sees(e, event, count) &&
	       test_task_in_state(t, __TASK_TRACED);
}

void test_engine_hold(struct kunit *test, struct test_task *t,
		      struct test_engine *e)
{
	unsigned int seen = e->seen[EV(QUIESCE)];

	KUNIT_ASSERT_TRUE(test, test_engine_has_resumed(e));
	KUNIT_ASSERT_EQ(test, -EINPROGRESS, utrace_control(e->engine, UTRACE_STOP));
	KUNIT_ASSERT_TRUE(test, test_engine_sees(e, EV(QUIESCE), seen + 1));
	KUNIT_ASSERT_TRUE(test, test_task_in_state(t, __TASK_TRACED));
}

struct test_engine *test_engine_hold_at(struct kunit *test, struct test_task *t,
					unsigned int event)
{
	struct test_engine *e = test_observer(test, t, UTRACE_EVENTS_ALL);

	e->answer[event] = UTRACE_STOP;
	test_task_go(t);
	KUNIT_ASSERT_TRUE(test, test_engine_sees(e, event, 1));
	KUNIT_ASSERT_TRUE(test, test_task_in_state(t, __TASK_TRACED));
	return e;
}

/*
 * Gates
 */

static enum utrace_action wait_at_gate(struct test_engine *e, unsigned int event,
				       enum utrace_action answer)
{
	if (event == e->gate.event) {
		complete(&e->gate.entered);
		wait_for_completion(&e->gate.leave);
	}
	return answer;
}

void test_gate(struct test_engine *e, unsigned int event)
{
	e->gate.event = event;
	e->on_event = wait_at_gate;
}

bool test_gate_entered(struct test_engine *e)
{
	return wait_for_completion_timeout(&e->gate.entered, TEST_TIMEOUT);
}

bool test_step_due(struct test_engine *e, unsigned int event, unsigned int *left)
{
	if (event == EV(SYSCALL_EXIT))
		return *left && utrace_syscall(e->engine)->nr == __NR_getpid;
	return event == EV(STEP) && *left && --*left;
}

void test_gate_open(struct test_engine *e)
{
	complete_all(&e->gate.leave);
}

/*
 * Signals
 */

int test_sigqueue(struct task_struct *task, int sig, int value, enum pid_type type)
{
	kernel_siginfo_t info;

	clear_siginfo(&info);
	info.si_signo = sig;
	info.si_code = SI_QUEUE;
	info.si_pid = 4711;
	info.si_uid = 42;
	info.si_int = value;
	return do_send_sig_info(sig, &info, task, type);
}

int test_kill(struct task_struct *task, int sig)
{
	return do_send_sig_info(sig, SEND_SIG_PRIV, task, PIDTYPE_TGID);
}

/* In the thread: the handler's arguments are the system call's, too. */
static enum utrace_action note_handler(struct test_engine *e, unsigned int event,
				       enum utrace_action answer)
{
	struct test_handled *handled = e->private;
	unsigned int nr = handled->nr;

	if (event != EV(SYSCALL_ENTRY) ||
	    utrace_syscall(e->engine)->nr != __NR_getuid)
		return answer;
	if (nr < TEST_HANDLED_MAX) {
		handled->sig[nr] = e->args[0];
		if (copy_from_user(&handled->info[nr],
				   (void __user *)e->args[1],
				   sizeof(handled->info[nr])))
			pr_err("a handler's siginfo cannot be read\n");
	}
	WRITE_ONCE(handled->nr, nr + 1);
	return answer;
}

struct test_handled *test_handled(struct kunit *test, struct test_task *t)
{
	struct test_handled *handled = kunit_kzalloc(test, sizeof(*handled),
						     GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, handled);
	handled->engine = test_engine(test, test_log(test));
	handled->engine->private = handled;
	handled->engine->on_event = note_handler;
	KUNIT_ASSERT_EQ(test, 0, test_engine_attach_to(handled->engine, t->task,
			UTRACE_OBSERVER, UTRACE_EVENT(SYSCALL_ENTRY)));
	return handled;
}

bool test_handlers_run(struct test_handled *handled, unsigned int count)
{
	return wait_event_timeout(handled->engine->log->wait,
				  READ_ONCE(handled->nr) >= count, TEST_TIMEOUT);
}

struct replacement {
	kernel_siginfo_t info;
	int ret;
};

static enum utrace_action replace(struct test_engine *e, unsigned int event,
				  enum utrace_action answer)
{
	struct replacement *r = e->private;

	if (BIT(event) & UTRACE_EVENTS_SIGNAL)
		r->ret = utrace_signal_replace(e->sig, &r->info);
	return answer;
}

struct test_engine *test_replacer(struct kunit *test, struct test_task *t,
				  unsigned int event, int sig)
{
	struct replacement *r = test_alloc(test, struct replacement);
	struct test_engine *e = test_engine(test, test_log(test));

	clear_siginfo(&r->info);
	r->info.si_signo = sig;
	r->info.si_code = SI_QUEUE;
	r->info.si_pid = 12;
	r->info.si_uid = 34;
	r->info.si_int = 56;
	r->ret = 1;
	e->private = r;
	e->on_event = replace;
	KUNIT_ASSERT_EQ(test, 0, test_engine_attach_to(e, t->task, UTRACE_TRANSFORMER,
						       BIT(event)));
	return e;
}

int test_replaced(const struct test_engine *e)
{
	return ((const struct replacement *)e->private)->ret;
}

/*
 * Test points
 */

static DEFINE_SPINLOCK(test_points_lock);
static LIST_HEAD(test_points);

static void at_test_point(enum utrace_test_point point, struct task_struct *task)
{
	struct test_point *p;

	spin_lock_irq(&test_points_lock);
	list_for_each_entry(p, &test_points, node) {
		if (p->point == point && p->task == task && !p->passed) {
			p->passed = true;
			p->users++;
			goto found;
		}
	}
	spin_unlock_irq(&test_points_lock);
	return;

found:
	spin_unlock_irq(&test_points_lock);
	complete_all(&p->reached);
	wait_for_completion(&p->leave);
	spin_lock_irq(&test_points_lock);
	p->users--;
	spin_unlock_irq(&test_points_lock);
}

static void test_point_release(void *data)
{
	struct test_point *p = data;

	spin_lock_irq(&test_points_lock);
	list_del(&p->node);
	spin_unlock_irq(&test_points_lock);
	complete_all(&p->leave);
	while (READ_ONCE(p->users))
		schedule_timeout_uninterruptible(1);
}

struct test_point *test_point(struct kunit *test, struct task_struct *task,
			      enum utrace_test_point point)
{
	struct test_point *p = kunit_kzalloc(test, sizeof(*p), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, p);
	p->point = point;
	p->task = task;
	init_completion(&p->reached);
	init_completion(&p->leave);
	spin_lock_irq(&test_points_lock);
	list_add(&p->node, &test_points);
	spin_unlock_irq(&test_points_lock);
	/* Harmless when the list is empty, so it may stay. */
	WRITE_ONCE(utrace_test_hook, at_test_point);
	static_branch_enable(&utrace_test_points);
	KUNIT_ASSERT_EQ(test, 0,
			kunit_add_action_or_reset(test, test_point_release, p));
	return p;
}

bool test_point_reached(struct test_point *p)
{
	return wait_for_completion_timeout(&p->reached, TEST_TIMEOUT);
}

void test_point_leave(struct test_point *p)
{
	complete_all(&p->leave);
}

/*
 * Steps
 */

bool test_steps_follow_jumps(struct kunit *test)
{
	struct test_engine *e;
	struct test_task *t;

	if (!P_STEPS_MAY_LOSE_JUMPS)
		return true;
	t = test_task(test, &payload_jump);
	e = test_observer(test, t, UTRACE_EVENT(SYSCALL_EXIT) | UTRACE_EVENT(STEP));
	e->answer[EV(SYSCALL_EXIT)] = UTRACE_SINGLESTEP;
	test_task_go(t);
	KUNIT_ASSERT_TRUE(test, test_task_dies(t));
	KUNIT_ASSERT_EQ(test, 1, e->seen[EV(STEP)]);
	return !t->task->exit_code;
}
