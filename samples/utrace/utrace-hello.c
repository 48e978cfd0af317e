// SPDX-License-Identifier: GPL-2.0-only
/*
 * utrace-hello: say when a thread executes a program, and when it exits
 *
 *	insmod utrace-hello.ko
 *	echo TID > /sys/module/utrace_hello/parameters/thread
 *	dmesg
 *	echo 0 > /sys/module/utrace_hello/parameters/thread
 *	rmmod utrace_hello
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/binfmts.h>
#include <linux/module.h>
#include <linux/pid.h>
#include <linux/utrace.h>

static enum utrace_action hello_exec(struct utrace_engine *engine,
				     struct linux_binprm *bprm, pid_t old_tid)
{
	pr_info("thread %d executes %s\n", current->pid, bprm->filename);
	return UTRACE_RESUME;
}

static enum utrace_action hello_exit(struct utrace_engine *engine, long code)
{
	pr_info("thread %d exits with status %#lx\n", current->pid, code);
	return UTRACE_RESUME;
}

static const struct utrace_engine_ops hello_ops = {
	.name		= "hello",
	.owner		= THIS_MODULE,
	.class		= UTRACE_OBSERVER,
	.report_exec	= hello_exec,
	.report_exit	= hello_exit,
};

static struct utrace_engine *hello_attach(pid_t tid)
{
	struct pid *pid = find_get_pid(tid);
	struct utrace_engine *engine = utrace_attach_pid(pid, &hello_ops, NULL);

	put_pid(pid);
	if (!IS_ERR(engine))
		utrace_set_events(engine, UTRACE_EVENT(EXEC) | UTRACE_EVENT(EXIT));
	return engine;
}

/* Called with the lock of the module's parameters held, which protects @hello. */
static int hello_set(const char *value, const struct kernel_param *kp)
{
	static struct utrace_engine *hello;
	struct utrace_engine *engine;
	int tid, ret = kstrtoint(value, 0, &tid);

	if (ret)
		return ret;
	engine = tid ? hello_attach(tid) : NULL;
	if (IS_ERR(engine))
		return PTR_ERR(engine);
	swap(engine, hello);
	if (engine) {
		utrace_control(engine, UTRACE_DETACH);
		utrace_engine_put(engine);
	}
	return 0;
}

static const struct kernel_param_ops hello_param_ops = {
	.set = hello_set,
};
module_param_cb(thread, &hello_param_ops, NULL, 0200);
MODULE_PARM_DESC(thread, "write: id of the thread to follow instead; 0: none");

MODULE_DESCRIPTION("utrace sample: say what a thread executes, and its end");
MODULE_LICENSE("GPL");
MODULE_IMPORT_NS(UTRACE);
