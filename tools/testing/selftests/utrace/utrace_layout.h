/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The layout of every structure of the user ABI, asserted by each program that includes
 * this file.  A 32-bit program and a 64-bit one, of either byte order, have the same.
 *
 * A structure may only grow at its end, so that lines are added here, and the only
 * numbers that change are sizes.
 */
#ifndef UTRACE_LAYOUT_H
#define UTRACE_LAYOUT_H

#include <stddef.h>
#include <linux/utrace.h>

#define SIZE(type, bytes)						\
	_Static_assert(sizeof(struct type) == (bytes), "size of " #type)
#define AT(type, member, offset)					\
	_Static_assert(offsetof(struct type, member) == (offset),	\
		       "offset of " #type "." #member)
/* The first version of a structure never changes. */
#define FIRST(type, name, bytes)					\
	_Static_assert(UTRACE_##name##_SIZE_VER0 == (bytes), "first size of " #type)

SIZE(utrace_record, 48);
AT(utrace_record, size, 0);
AT(utrace_record, type, 4);
AT(utrace_record, flags, 6);
AT(utrace_record, items, 8);
AT(utrace_record, nr_items, 10);
AT(utrace_record, generation, 12);
AT(utrace_record, seq, 16);
AT(utrace_record, time, 24);
AT(utrace_record, thread, 32);
AT(utrace_record, pid, 40);
AT(utrace_record, tid, 44);

SIZE(utrace_item, 40);
AT(utrace_item, size, 0);
AT(utrace_item, len, 4);
AT(utrace_item, data, 8);
AT(utrace_item, kind, 10);
AT(utrace_item, arg, 12);
AT(utrace_item, flags, 13);
AT(utrace_item, index, 16);
AT(utrace_item, addr, 24);
AT(utrace_item, total, 32);

SIZE(utrace_msghdr, 56);
AT(utrace_msghdr, size, 0);
AT(utrace_msghdr, flags, 4);
AT(utrace_msghdr, name, 8);
AT(utrace_msghdr, iov, 16);
AT(utrace_msghdr, control, 24);
AT(utrace_msghdr, iovlen, 32);
AT(utrace_msghdr, controllen, 40);
AT(utrace_msghdr, namelen, 48);

SIZE(utrace_roles, 16);
AT(utrace_roles, size, 0);
AT(utrace_roles, mask, 8);

SIZE(utrace_rec_attached, 168);
AT(utrace_rec_attached, head, 0);
AT(utrace_rec_attached, process, 48);
AT(utrace_rec_attached, tag, 56);
AT(utrace_rec_attached, stop, 64);
AT(utrace_rec_attached, state, 72);
AT(utrace_rec_attached, arch, 76);
AT(utrace_rec_attached, nr, 80);
AT(utrace_rec_attached, args, 88);
AT(utrace_rec_attached, ip, 136);
AT(utrace_rec_attached, sp, 144);
AT(utrace_rec_attached, comm, 152);

SIZE(utrace_rec_syscall, 152);
AT(utrace_rec_syscall, head, 0);
AT(utrace_rec_syscall, nr, 48);
AT(utrace_rec_syscall, arch, 56);
AT(utrace_rec_syscall, args, 64);
AT(utrace_rec_syscall, ip, 112);
AT(utrace_rec_syscall, sp, 120);
AT(utrace_rec_syscall, result, 128);
AT(utrace_rec_syscall, entry_time, 136);
AT(utrace_rec_syscall, entry_seq, 144);

SIZE(utrace_rec_clone, 88);
AT(utrace_rec_clone, head, 0);
AT(utrace_rec_clone, child, 48);
AT(utrace_rec_clone, process, 56);
AT(utrace_rec_clone, clone_flags, 64);
AT(utrace_rec_clone, child_pid, 72);
AT(utrace_rec_clone, child_tid, 76);
AT(utrace_rec_clone, error, 80);

SIZE(utrace_rec_vfork_done, 56);
AT(utrace_rec_vfork_done, head, 0);
AT(utrace_rec_vfork_done, child_pid, 48);

SIZE(utrace_siginfo, 128);
AT(utrace_siginfo, signo, 0);
AT(utrace_siginfo, err, 4);
AT(utrace_siginfo, code, 8);
AT(utrace_siginfo, pid, 12);
AT(utrace_siginfo, uid, 16);
AT(utrace_siginfo, fd, 20);
AT(utrace_siginfo, tid, 24);
AT(utrace_siginfo, band, 28);
AT(utrace_siginfo, overrun, 32);
AT(utrace_siginfo, trapno, 36);
AT(utrace_siginfo, status, 40);
AT(utrace_siginfo, value_int, 44);
AT(utrace_siginfo, value, 48);
AT(utrace_siginfo, utime, 56);
AT(utrace_siginfo, stime, 64);
AT(utrace_siginfo, addr, 72);
AT(utrace_siginfo, addr_lsb, 80);
AT(utrace_siginfo, syscall, 84);
AT(utrace_siginfo, call_addr, 88);
AT(utrace_siginfo, arch, 96);
AT(utrace_siginfo, pkey, 100);
AT(utrace_siginfo, lower, 104);
AT(utrace_siginfo, upper, 112);
AT(utrace_siginfo, perf_data, 120);

SIZE(utrace_rec_signal, 192);
AT(utrace_rec_signal, head, 0);
AT(utrace_rec_signal, signal, 48);
AT(utrace_rec_signal, fate, 52);
AT(utrace_rec_signal, breakpoint, 56);
AT(utrace_rec_signal, info, 64);

SIZE(utrace_rec_handler, 56);
AT(utrace_rec_handler, head, 0);
AT(utrace_rec_handler, signal, 48);

SIZE(utrace_rec_group_stop, 56);
AT(utrace_rec_group_stop, head, 0);
AT(utrace_rec_group_stop, signal, 48);

SIZE(utrace_rec_step, 64);
AT(utrace_rec_step, head, 0);
AT(utrace_rec_step, tag, 48);
AT(utrace_rec_step, steps, 56);

SIZE(utrace_rec_exec, 80);
AT(utrace_rec_exec, head, 0);
AT(utrace_rec_exec, old_tid, 48);
AT(utrace_rec_exec, flags, 52);
AT(utrace_rec_exec, arch, 56);
AT(utrace_rec_exec, comm, 64);

SIZE(utrace_rec_exit, 64);
AT(utrace_rec_exit, head, 0);
AT(utrace_rec_exit, status, 48);
AT(utrace_rec_exit, group_dead, 52);
AT(utrace_rec_exit, successor, 56);

SIZE(utrace_rec_detached, 56);
AT(utrace_rec_detached, head, 0);
AT(utrace_rec_detached, error, 48);
AT(utrace_rec_detached, reason, 52);

SIZE(utrace_rec_lost, 64);
AT(utrace_rec_lost, head, 0);
AT(utrace_rec_lost, count, 48);
AT(utrace_rec_lost, bytes, 56);

SIZE(utrace_rec_quiesce, 64);
AT(utrace_rec_quiesce, head, 0);
AT(utrace_rec_quiesce, tag, 48);
AT(utrace_rec_quiesce, reason, 56);
AT(utrace_rec_quiesce, place, 60);

SIZE(utrace_rec_gone, 64);
AT(utrace_rec_gone, head, 0);
AT(utrace_rec_gone, tag, 48);
AT(utrace_rec_gone, error, 56);
AT(utrace_rec_gone, action, 60);

SIZE(utrace_rec_done, 64);
AT(utrace_rec_done, head, 0);
AT(utrace_rec_done, tag, 48);
AT(utrace_rec_done, done, 56);
AT(utrace_rec_done, gone, 60);

SIZE(utrace_rec_called, 72);
AT(utrace_rec_called, head, 0);
AT(utrace_rec_called, tag, 48);
AT(utrace_rec_called, nr, 56);
AT(utrace_rec_called, result, 64);

SIZE(utrace_ring, 32);
AT(utrace_ring, size, 0);
AT(utrace_ring, flags, 4);
AT(utrace_ring, bytes, 8);
AT(utrace_ring, user_offset, 16);
AT(utrace_ring, data_offset, 24);

SIZE(utrace_ring_user, 8);
AT(utrace_ring_user, tail, 0);

SIZE(utrace_ring_kernel, 32);
AT(utrace_ring_kernel, size, 0);
AT(utrace_ring_kernel, flags, 4);
AT(utrace_ring_kernel, head, 8);
AT(utrace_ring_kernel, bytes, 16);
AT(utrace_ring_kernel, lost, 24);

SIZE(utrace_config, 80);
AT(utrace_config, size, 0);
AT(utrace_config, flags, 4);
AT(utrace_config, record, 8);
AT(utrace_config, hold, 16);
AT(utrace_config, roles, 24);
AT(utrace_config, queue_bytes, 32);
AT(utrace_config, wakeup_bytes, 36);
AT(utrace_config, string_max, 40);
AT(utrace_config, buffer_max, 44);
AT(utrace_config, stack_max, 48);
AT(utrace_config, clock, 52);
AT(utrace_config, generation, 56);
AT(utrace_config, quiet_signals, 64);
AT(utrace_config, passed_signals, 72);

SIZE(utrace_capture_rule, 24);
AT(utrace_capture_rule, size, 0);
AT(utrace_capture_rule, nr, 4);
AT(utrace_capture_rule, when, 8);
AT(utrace_capture_rule, arg, 9);
AT(utrace_capture_rule, kind, 10);
AT(utrace_capture_rule, len_from, 11);
AT(utrace_capture_rule, len_arg, 12);
AT(utrace_capture_rule, filled_from, 13);
AT(utrace_capture_rule, len_unit, 16);
AT(utrace_capture_rule, max, 20);

SIZE(utrace_syscalls, 40);
AT(utrace_syscalls, size, 0);
AT(utrace_syscalls, flags, 4);
AT(utrace_syscalls, arch, 8);
AT(utrace_syscalls, nr, 12);
AT(utrace_syscalls, entries, 16);
AT(utrace_syscalls, rules, 24);
AT(utrace_syscalls, nr_rules, 32);
AT(utrace_syscalls, others, 36);

SIZE(utrace_counts, 32);
AT(utrace_counts, size, 0);
AT(utrace_counts, flags, 4);
AT(utrace_counts, arch, 8);
AT(utrace_counts, nr, 12);
AT(utrace_counts, counts, 16);
AT(utrace_counts, count_size, 24);

SIZE(utrace_count, 40);
AT(utrace_count, size, 0);
AT(utrace_count, calls, 8);
AT(utrace_count, errors, 16);
AT(utrace_count, time, 24);
AT(utrace_count, time_max, 32);

SIZE(utrace_attach, 40);
AT(utrace_attach, size, 0);
AT(utrace_attach, flags, 4);
AT(utrace_attach, fd, 8);
AT(utrace_attach, threads, 12);
AT(utrace_attach, tag, 16);
AT(utrace_attach, thread, 24);
AT(utrace_attach, process, 32);

SIZE(utrace_restrict, 16);
AT(utrace_restrict, size, 0);
AT(utrace_restrict, flags, 4);
AT(utrace_restrict, rights, 8);

SIZE(utrace_status, 32);
AT(utrace_status, size, 0);
AT(utrace_status, flags, 4);
AT(utrace_status, thread, 8);
AT(utrace_status, buffer, 16);
AT(utrace_status, buffer_size, 24);
AT(utrace_status, nr, 28);

SIZE(utrace_pidfd, 24);
AT(utrace_pidfd, size, 0);
AT(utrace_pidfd, flags, 4);
AT(utrace_pidfd, thread, 8);
AT(utrace_pidfd, fd, 16);

SIZE(utrace_order, 40);
AT(utrace_order, size, 0);
AT(utrace_order, action, 4);
AT(utrace_order, flags, 6);
AT(utrace_order, thread, 8);
AT(utrace_order, stop, 16);
AT(utrace_order, tag, 24);
AT(utrace_order, result, 32);
AT(utrace_order, done, 36);

SIZE(utrace_order_syscall, 112);
AT(utrace_order_syscall, order, 0);
AT(utrace_order_syscall, what, 40);
AT(utrace_order_syscall, arch, 44);
AT(utrace_order_syscall, nr, 48);
AT(utrace_order_syscall, args, 56);
AT(utrace_order_syscall, result, 104);

SIZE(utrace_order_regs, 72);
AT(utrace_order_regs, order, 0);
AT(utrace_order_regs, what, 40);
AT(utrace_order_regs, form, 44);
AT(utrace_order_regs, buffer, 48);
AT(utrace_order_regs, buffer_size, 56);
AT(utrace_order_regs, note, 60);
AT(utrace_order_regs, bad, 64);

SIZE(utrace_regval, 24);
AT(utrace_regval, size, 0);
AT(utrace_regval, flags, 4);
AT(utrace_regval, reg, 8);
AT(utrace_regval, bytes, 12);
AT(utrace_regval, value, 16);

SIZE(utrace_order_memory, 64);
AT(utrace_order_memory, order, 0);
AT(utrace_order_memory, what, 40);
AT(utrace_order_memory, mode, 44);
AT(utrace_order_memory, segs, 48);
AT(utrace_order_memory, nr, 56);

SIZE(utrace_seg, 40);
AT(utrace_seg, size, 0);
AT(utrace_seg, error, 4);
AT(utrace_seg, addr, 8);
AT(utrace_seg, buffer, 16);
AT(utrace_seg, len, 24);
AT(utrace_seg, done, 32);

SIZE(utrace_order_signal, 176);
AT(utrace_order_signal, order, 0);
AT(utrace_order_signal, what, 40);
AT(utrace_order_signal, info, 48);

SIZE(utrace_order_send, 176);
AT(utrace_order_send, order, 0);
AT(utrace_order_send, flags, 40);
AT(utrace_order_send, info, 48);

SIZE(utrace_order_step, 72);
AT(utrace_order_step, order, 0);
AT(utrace_order_step, what, 40);
AT(utrace_order_step, flags, 44);
AT(utrace_order_step, start, 48);
AT(utrace_order_step, end, 56);
AT(utrace_order_step, count, 64);

SIZE(utrace_order_call, 96);
AT(utrace_order_call, order, 0);
AT(utrace_order_call, nr, 40);
AT(utrace_order_call, args, 48);

SIZE(utrace_control, 40);
AT(utrace_control, size, 0);
AT(utrace_control, flags, 4);
AT(utrace_control, orders, 8);
AT(utrace_control, bytes, 16);
AT(utrace_control, done, 20);
AT(utrace_control, buffer, 24);
AT(utrace_control, buffer_size, 32);
AT(utrace_control, timeout, 36);

SIZE(utrace_view_get, 32);
AT(utrace_view_get, size, 0);
AT(utrace_view_get, flags, 4);
AT(utrace_view_get, thread, 8);
AT(utrace_view_get, id, 16);
AT(utrace_view_get, buffer_size, 20);
AT(utrace_view_get, buffer, 24);

SIZE(utrace_info, 112);
AT(utrace_info, size, 0);
AT(utrace_info, api_version, 4);
AT(utrace_info, features, 8);
AT(utrace_info, record_events, 16);
AT(utrace_info, hold_events, 24);
AT(utrace_info, actions, 32);
AT(utrace_info, attach_flags, 40);
AT(utrace_info, syscall_flags, 48);
AT(utrace_info, rights, 56);
AT(utrace_info, arch, 64);
AT(utrace_info, compat_arch, 68);
AT(utrace_info, threads, 72);
AT(utrace_info, held, 76);
AT(utrace_info, starved, 80);
AT(utrace_info, queued, 88);
AT(utrace_info, queue_bytes, 96);
AT(utrace_info, lost, 104);

FIRST(utrace_record, RECORD, 48);
FIRST(utrace_item, ITEM, 40);
FIRST(utrace_ring, RING, 32);
FIRST(utrace_config, CONFIG, 64);
FIRST(utrace_capture_rule, CAPTURE_RULE, 24);
FIRST(utrace_syscalls, SYSCALLS, 40);
FIRST(utrace_counts, COUNTS, 32);
FIRST(utrace_count, COUNT, 40);
FIRST(utrace_attach, ATTACH, 40);
FIRST(utrace_restrict, RESTRICT, 16);
FIRST(utrace_status, STATUS, 32);
FIRST(utrace_pidfd, PIDFD, 24);
FIRST(utrace_order, ORDER, 40);
FIRST(utrace_order_syscall, ORDER_SYSCALL, 112);
FIRST(utrace_order_regs, ORDER_REGS, 72);
FIRST(utrace_regval, REGVAL, 24);
FIRST(utrace_order_memory, ORDER_MEMORY, 64);
FIRST(utrace_seg, SEG, 40);
FIRST(utrace_order_call, ORDER_CALL, 96);
FIRST(utrace_rec_signal, REC_SIGNAL, 192);
FIRST(utrace_rec_handler, REC_HANDLER, 56);
FIRST(utrace_rec_group_stop, REC_GROUP_STOP, 56);
FIRST(utrace_order_signal, ORDER_SIGNAL, 176);
FIRST(utrace_order_send, ORDER_SEND, 176);
FIRST(utrace_order_step, ORDER_STEP, 72);
FIRST(utrace_rec_step, REC_STEP, 64);
FIRST(utrace_control, CONTROL, 40);
FIRST(utrace_view_get, VIEW_GET, 32);
FIRST(utrace_info, INFO, 112);

/* Numbers that programs were compiled with. */
#define IS(name, value)	_Static_assert((name) == (value), #name)

IS(UTRACE_EV_QUIESCE, 0);
IS(UTRACE_EV_CLONE, 1);
IS(UTRACE_EV_VFORK_DONE, 2);
IS(UTRACE_EV_EXEC, 3);
IS(UTRACE_EV_EXIT, 4);
IS(UTRACE_EV_DEATH, 5);
IS(UTRACE_EV_REAP, 6);
IS(UTRACE_EV_SYSCALL_ENTRY, 7);
IS(UTRACE_EV_SYSCALL, 8);
IS(UTRACE_EV_SIGNAL_HANDLER, 9);
IS(UTRACE_EV_SIGNAL_IGN, 10);
IS(UTRACE_EV_SIGNAL_STOP, 11);
IS(UTRACE_EV_SIGNAL_TERM, 12);
IS(UTRACE_EV_SIGNAL_CORE, 13);
IS(UTRACE_EV_HANDLER, 14);
IS(UTRACE_EV_GROUP_STOP, 15);
IS(UTRACE_EV_GROUP_CONT, 16);
IS(UTRACE_EV_STEP, 17);
IS(UTRACE_EV_BREAKPOINT, 18);
IS(UTRACE_EV_WATCHPOINT, 19);
IS(UTRACE_EV_FAULT, 20);
IS(UTRACE_EV_CALLED, 21);
IS(UTRACE_OP_RELEASE, 1);
IS(UTRACE_OP_HOLD, 2);
IS(UTRACE_OP_DETACH, 3);
IS(UTRACE_OP_KILL, 4);
IS(UTRACE_OP_STEP, 5);
IS(UTRACE_OP_SYSCALL, 6);
IS(UTRACE_OP_SIGNAL, 7);
IS(UTRACE_OP_REGS, 8);
IS(UTRACE_OP_MEMORY, 9);
IS(UTRACE_OP_CALL, 10);
IS(UTRACE_OP_SEND, 11);

#undef SIZE
#undef AT
#undef FIRST
#undef IS

#endif /* UTRACE_LAYOUT_H */
