/* SPDX-License-Identifier: GPL-2.0-only */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM utrace

#if !defined(_TRACE_UTRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define _TRACE_UTRACE_H

#include <linux/sched.h>
#include <linux/tracepoint.h>
#include <linux/utrace.h>

/* As in /proc/PID/utrace; numbers, so that user space can parse the format. */
#define show_utrace_event(event)			\
	__print_symbolic(event,				\
		{ 0, "quiesce" },			\
		{ 1, "clone" },				\
		{ 2, "vfork-done" },			\
		{ 3, "exec" },				\
		{ 4, "exit" },				\
		{ 5, "death" },				\
		{ 6, "reap" },				\
		{ 7, "syscall-entry" },			\
		{ 8, "syscall-exit" },			\
		{ 9, "signal-handler" },		\
		{ 10, "signal-ign" },			\
		{ 11, "signal-stop" },			\
		{ 12, "signal-term" },			\
		{ 13, "signal-core" },			\
		{ 14, "handler" },			\
		{ 15, "group-stop" },			\
		{ 16, "group-cont" },			\
		{ 17, "step" })

#define show_utrace_action(action)			\
	__print_symbolic(action,			\
		{ 0, "resume" },			\
		{ 1, "stop" },				\
		{ 2, "report" },			\
		{ 3, "interrupt" },			\
		{ 4, "detach" },			\
		{ 5, "singlestep" },			\
		{ 6, "blockstep" })

DECLARE_EVENT_CLASS(utrace_engine,

	TP_PROTO(struct utrace_engine *engine),

	TP_ARGS(engine),

	TP_STRUCT__entry(
		__field(pid_t,		pid)
		__string(name,		engine->ops->name)
		__field(const void *,	engine)
	),

	TP_fast_assign(
		__entry->pid = engine->task->pid;
		__assign_str(name);
		__entry->engine = engine;
	),

	TP_printk("pid=%d name=%s engine=%p",
		  __entry->pid, __get_str(name), __entry->engine)
);

/* An engine has joined the chain of thread pid. */
DEFINE_EVENT(utrace_engine, utrace_attach,
	TP_PROTO(struct utrace_engine *engine), TP_ARGS(engine));

/* It has left: what it held was resumed first. */
DEFINE_EVENT(utrace_engine, utrace_detach,
	TP_PROTO(struct utrace_engine *engine), TP_ARGS(engine));

/* It holds the thread from now on. */
DEFINE_EVENT(utrace_engine, utrace_stop,
	TP_PROTO(struct utrace_engine *engine), TP_ARGS(engine));

/* It does not any more: its own doing, or the thread is to die. */
TRACE_EVENT(utrace_resume,

	TP_PROTO(struct utrace_engine *engine, u64 held),

	TP_ARGS(engine, held),

	TP_STRUCT__entry(
		__field(pid_t,		pid)
		__string(name,		engine->ops->name)
		__field(const void *,	engine)
		__field(u64,		held)
	),

	TP_fast_assign(
		__entry->pid = engine->task->pid;
		__assign_str(name);
		__entry->engine = engine;
		__entry->held = held;
	),

	TP_printk("pid=%d name=%s engine=%p held=%llu ns",
		  __entry->pid, __get_str(name), __entry->engine, __entry->held)
);

/* A callback was made, and this is its answer. */
TRACE_EVENT(utrace_report,

	TP_PROTO(struct utrace_engine *engine, unsigned int event,
		 unsigned int action),

	TP_ARGS(engine, event, action),

	TP_STRUCT__entry(
		__field(pid_t,		pid)
		__string(name,		engine->ops->name)
		__field(const void *,	engine)
		__field(unsigned int,	event)
		__field(unsigned int,	action)
	),

	TP_fast_assign(
		__entry->pid = engine->task->pid;
		__assign_str(name);
		__entry->engine = engine;
		__entry->event = event;
		__entry->action = action;
	),

	TP_printk("pid=%d name=%s engine=%p event=%s action=%s",
		  __entry->pid, __get_str(name), __entry->engine,
		  show_utrace_event(__entry->event),
		  show_utrace_action(__entry->action))
);

#endif /* _TRACE_UTRACE_H */

#include <trace/define_trace.h>
