/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The layout of every structure of <uapi/linux/utrace.h> and <uapi/linux/utrace_regs.h>,
 * asserted at compile time.
 *
 * The kernel includes this file, so that no kernel is built with another layout.
 * scripts/check-uapi.c includes it for programs: 32-bit and 64-bit ones have the same
 * layout, in C and in C++.  A file that includes it has included the two headers, and
 * defines offsetof() and static_assert().
 */
#ifndef _KERNEL_UTRACE_SESSION_ABI_H
#define _KERNEL_UTRACE_SESSION_ABI_H

#define ABI_SIZE(type, bytes) \
	static_assert(sizeof(struct type) == (bytes) && (bytes) % 4 == 0, #type)
#define ABI_AT(type, member, bytes) \
	static_assert(offsetof(struct type, member) == (bytes), #type "." #member)
/* @name is UTRACE_..._SIZE_VER0 of a structure that has not grown. */
#define ABI_VER0(type, name) \
	static_assert(sizeof(struct type) == name##_SIZE_VER0, #name "_SIZE_VER0")
/* @last is the last member, and nothing follows it. */
#define ABI_LAST(type, last) \
	static_assert(offsetof(struct type, last) + sizeof(((struct type *)0)->last) == \
		      sizeof(struct type), #type " ends in a hole")

ABI_SIZE(utrace_record, 48);
/* It ended before @member of a structure that has grown. */
#define ABI_VER0_END(type, name, member) \
	static_assert(offsetof(struct type, member) == name##_SIZE_VER0, \
		      #name "_SIZE_VER0")

ABI_VER0(utrace_record, UTRACE_RECORD);
ABI_AT(utrace_record, size, 0);
ABI_AT(utrace_record, type, 4);
ABI_AT(utrace_record, flags, 6);
ABI_AT(utrace_record, items, 8);
ABI_AT(utrace_record, nr_items, 10);
ABI_AT(utrace_record, generation, 12);
ABI_AT(utrace_record, seq, 16);
ABI_AT(utrace_record, time, 24);
ABI_AT(utrace_record, thread, 32);
ABI_AT(utrace_record, pid, 40);
ABI_AT(utrace_record, tid, 44);
ABI_LAST(utrace_record, tid);

ABI_SIZE(utrace_item, 40);
ABI_VER0(utrace_item, UTRACE_ITEM);
ABI_AT(utrace_item, size, 0);
ABI_AT(utrace_item, len, 4);
ABI_AT(utrace_item, data, 8);
ABI_AT(utrace_item, kind, 10);
ABI_AT(utrace_item, arg, 12);
ABI_AT(utrace_item, flags, 13);
ABI_AT(utrace_item, reserved, 14);
ABI_AT(utrace_item, index, 16);
ABI_AT(utrace_item, reserved2, 20);
ABI_AT(utrace_item, addr, 24);
ABI_AT(utrace_item, total, 32);
ABI_LAST(utrace_item, total);

ABI_SIZE(utrace_msghdr, 56);
ABI_VER0(utrace_msghdr, UTRACE_MSGHDR);
ABI_AT(utrace_msghdr, size, 0);
ABI_AT(utrace_msghdr, flags, 4);
ABI_AT(utrace_msghdr, name, 8);
ABI_AT(utrace_msghdr, iov, 16);
ABI_AT(utrace_msghdr, control, 24);
ABI_AT(utrace_msghdr, iovlen, 32);
ABI_AT(utrace_msghdr, controllen, 40);
ABI_AT(utrace_msghdr, namelen, 48);
ABI_AT(utrace_msghdr, reserved, 52);
ABI_LAST(utrace_msghdr, reserved);

ABI_SIZE(utrace_roles, 16);
ABI_VER0(utrace_roles, UTRACE_ROLES);
ABI_AT(utrace_roles, size, 0);
ABI_AT(utrace_roles, reserved, 4);
ABI_AT(utrace_roles, mask, 8);
ABI_LAST(utrace_roles, mask);

ABI_SIZE(utrace_rec_attached, 168);
ABI_VER0(utrace_rec_attached, UTRACE_REC_ATTACHED);
ABI_AT(utrace_rec_attached, head, 0);
ABI_AT(utrace_rec_attached, process, 48);
ABI_AT(utrace_rec_attached, tag, 56);
ABI_AT(utrace_rec_attached, stop, 64);
ABI_AT(utrace_rec_attached, state, 72);
ABI_AT(utrace_rec_attached, arch, 76);
ABI_AT(utrace_rec_attached, nr, 80);
ABI_AT(utrace_rec_attached, args, 88);
ABI_AT(utrace_rec_attached, ip, 136);
ABI_AT(utrace_rec_attached, sp, 144);
ABI_AT(utrace_rec_attached, comm, 152);
ABI_LAST(utrace_rec_attached, comm);

ABI_SIZE(utrace_rec_syscall, 152);
ABI_VER0(utrace_rec_syscall, UTRACE_REC_SYSCALL);
ABI_AT(utrace_rec_syscall, head, 0);
ABI_AT(utrace_rec_syscall, nr, 48);
ABI_AT(utrace_rec_syscall, arch, 56);
ABI_AT(utrace_rec_syscall, reserved, 60);
ABI_AT(utrace_rec_syscall, args, 64);
ABI_AT(utrace_rec_syscall, ip, 112);
ABI_AT(utrace_rec_syscall, sp, 120);
ABI_AT(utrace_rec_syscall, result, 128);
ABI_AT(utrace_rec_syscall, entry_time, 136);
ABI_AT(utrace_rec_syscall, entry_seq, 144);
ABI_LAST(utrace_rec_syscall, entry_seq);

ABI_SIZE(utrace_rec_clone, 88);
ABI_VER0(utrace_rec_clone, UTRACE_REC_CLONE);
ABI_AT(utrace_rec_clone, head, 0);
ABI_AT(utrace_rec_clone, child, 48);
ABI_AT(utrace_rec_clone, process, 56);
ABI_AT(utrace_rec_clone, clone_flags, 64);
ABI_AT(utrace_rec_clone, child_pid, 72);
ABI_AT(utrace_rec_clone, child_tid, 76);
ABI_AT(utrace_rec_clone, error, 80);
ABI_AT(utrace_rec_clone, reserved, 84);
ABI_LAST(utrace_rec_clone, reserved);

ABI_SIZE(utrace_rec_vfork_done, 56);
ABI_VER0(utrace_rec_vfork_done, UTRACE_REC_VFORK_DONE);
ABI_AT(utrace_rec_vfork_done, head, 0);
ABI_AT(utrace_rec_vfork_done, child_pid, 48);
ABI_AT(utrace_rec_vfork_done, reserved, 52);
ABI_LAST(utrace_rec_vfork_done, reserved);

ABI_SIZE(utrace_siginfo, 128);
ABI_AT(utrace_siginfo, signo, 0);
ABI_AT(utrace_siginfo, err, 4);
ABI_AT(utrace_siginfo, code, 8);
ABI_AT(utrace_siginfo, pid, 12);
ABI_AT(utrace_siginfo, uid, 16);
ABI_AT(utrace_siginfo, fd, 20);
ABI_AT(utrace_siginfo, tid, 24);
ABI_AT(utrace_siginfo, band, 28);
ABI_AT(utrace_siginfo, overrun, 32);
ABI_AT(utrace_siginfo, trapno, 36);
ABI_AT(utrace_siginfo, status, 40);
ABI_AT(utrace_siginfo, value_int, 44);
ABI_AT(utrace_siginfo, value, 48);
ABI_AT(utrace_siginfo, utime, 56);
ABI_AT(utrace_siginfo, stime, 64);
ABI_AT(utrace_siginfo, addr, 72);
ABI_AT(utrace_siginfo, addr_lsb, 80);
ABI_AT(utrace_siginfo, reserved, 82);
ABI_AT(utrace_siginfo, syscall, 84);
ABI_AT(utrace_siginfo, call_addr, 88);
ABI_AT(utrace_siginfo, arch, 96);
ABI_AT(utrace_siginfo, pkey, 100);
ABI_AT(utrace_siginfo, lower, 104);
ABI_AT(utrace_siginfo, upper, 112);
ABI_AT(utrace_siginfo, perf_data, 120);
ABI_LAST(utrace_siginfo, perf_data);

ABI_SIZE(utrace_rec_signal, 192);
ABI_VER0(utrace_rec_signal, UTRACE_REC_SIGNAL);
ABI_AT(utrace_rec_signal, head, 0);
ABI_AT(utrace_rec_signal, signal, 48);
ABI_AT(utrace_rec_signal, fate, 52);
ABI_AT(utrace_rec_signal, breakpoint, 56);
ABI_AT(utrace_rec_signal, info, 64);
ABI_LAST(utrace_rec_signal, info);

ABI_SIZE(utrace_rec_handler, 56);
ABI_VER0(utrace_rec_handler, UTRACE_REC_HANDLER);
ABI_AT(utrace_rec_handler, head, 0);
ABI_AT(utrace_rec_handler, signal, 48);
ABI_AT(utrace_rec_handler, reserved, 52);
ABI_LAST(utrace_rec_handler, reserved);

ABI_SIZE(utrace_rec_group_stop, 56);
ABI_VER0(utrace_rec_group_stop, UTRACE_REC_GROUP_STOP);
ABI_AT(utrace_rec_group_stop, head, 0);
ABI_AT(utrace_rec_group_stop, signal, 48);
ABI_AT(utrace_rec_group_stop, reserved, 52);
ABI_LAST(utrace_rec_group_stop, reserved);

ABI_SIZE(utrace_rec_exec, 80);
ABI_VER0(utrace_rec_exec, UTRACE_REC_EXEC);
ABI_AT(utrace_rec_exec, head, 0);
ABI_AT(utrace_rec_exec, old_tid, 48);
ABI_AT(utrace_rec_exec, flags, 52);
ABI_AT(utrace_rec_exec, arch, 56);
ABI_AT(utrace_rec_exec, reserved, 60);
ABI_AT(utrace_rec_exec, comm, 64);
ABI_LAST(utrace_rec_exec, comm);

ABI_SIZE(utrace_rec_exit, 64);
ABI_VER0(utrace_rec_exit, UTRACE_REC_EXIT);
ABI_AT(utrace_rec_exit, head, 0);
ABI_AT(utrace_rec_exit, status, 48);
ABI_AT(utrace_rec_exit, group_dead, 52);
ABI_AT(utrace_rec_exit, successor, 56);
ABI_LAST(utrace_rec_exit, successor);

ABI_SIZE(utrace_rec_detached, 56);
ABI_VER0(utrace_rec_detached, UTRACE_REC_DETACHED);
ABI_AT(utrace_rec_detached, head, 0);
ABI_AT(utrace_rec_detached, error, 48);
ABI_AT(utrace_rec_detached, reason, 52);
ABI_LAST(utrace_rec_detached, reason);

ABI_SIZE(utrace_rec_lost, 64);
ABI_VER0(utrace_rec_lost, UTRACE_REC_LOST);
ABI_AT(utrace_rec_lost, head, 0);
ABI_AT(utrace_rec_lost, count, 48);
ABI_AT(utrace_rec_lost, bytes, 56);
ABI_LAST(utrace_rec_lost, bytes);

ABI_SIZE(utrace_rec_quiesce, 64);
ABI_VER0(utrace_rec_quiesce, UTRACE_REC_QUIESCE);
ABI_AT(utrace_rec_quiesce, head, 0);
ABI_AT(utrace_rec_quiesce, tag, 48);
ABI_AT(utrace_rec_quiesce, reason, 56);
ABI_AT(utrace_rec_quiesce, place, 60);
ABI_LAST(utrace_rec_quiesce, place);

ABI_SIZE(utrace_rec_step, 64);
ABI_VER0(utrace_rec_step, UTRACE_REC_STEP);
ABI_AT(utrace_rec_step, head, 0);
ABI_AT(utrace_rec_step, tag, 48);
ABI_AT(utrace_rec_step, steps, 56);
ABI_LAST(utrace_rec_step, steps);

ABI_SIZE(utrace_rec_gone, 64);
ABI_VER0(utrace_rec_gone, UTRACE_REC_GONE);
ABI_AT(utrace_rec_gone, head, 0);
ABI_AT(utrace_rec_gone, tag, 48);
ABI_AT(utrace_rec_gone, error, 56);
ABI_AT(utrace_rec_gone, action, 60);
ABI_LAST(utrace_rec_gone, action);

ABI_SIZE(utrace_rec_done, 64);
ABI_VER0(utrace_rec_done, UTRACE_REC_DONE);
ABI_AT(utrace_rec_done, head, 0);
ABI_AT(utrace_rec_done, tag, 48);
ABI_AT(utrace_rec_done, done, 56);
ABI_AT(utrace_rec_done, gone, 60);
ABI_LAST(utrace_rec_done, gone);

ABI_SIZE(utrace_rec_called, 72);
ABI_VER0(utrace_rec_called, UTRACE_REC_CALLED);
ABI_AT(utrace_rec_called, head, 0);
ABI_AT(utrace_rec_called, tag, 48);
ABI_AT(utrace_rec_called, nr, 56);
ABI_AT(utrace_rec_called, result, 64);
ABI_LAST(utrace_rec_called, result);

ABI_SIZE(utrace_ring, 32);
ABI_VER0(utrace_ring, UTRACE_RING);
ABI_AT(utrace_ring, size, 0);
ABI_AT(utrace_ring, flags, 4);
ABI_AT(utrace_ring, bytes, 8);
ABI_AT(utrace_ring, user_offset, 16);
ABI_AT(utrace_ring, data_offset, 24);
ABI_LAST(utrace_ring, data_offset);

ABI_SIZE(utrace_ring_user, 8);
ABI_VER0(utrace_ring_user, UTRACE_RING_USER);
ABI_AT(utrace_ring_user, tail, 0);
ABI_LAST(utrace_ring_user, tail);

ABI_SIZE(utrace_ring_kernel, 32);
ABI_VER0(utrace_ring_kernel, UTRACE_RING_KERNEL);
ABI_AT(utrace_ring_kernel, size, 0);
ABI_AT(utrace_ring_kernel, flags, 4);
ABI_AT(utrace_ring_kernel, head, 8);
ABI_AT(utrace_ring_kernel, bytes, 16);
ABI_AT(utrace_ring_kernel, lost, 24);
ABI_LAST(utrace_ring_kernel, lost);

ABI_SIZE(utrace_config, 80);
ABI_VER0_END(utrace_config, UTRACE_CONFIG, quiet_signals);
ABI_AT(utrace_config, size, 0);
ABI_AT(utrace_config, flags, 4);
ABI_AT(utrace_config, record, 8);
ABI_AT(utrace_config, hold, 16);
ABI_AT(utrace_config, roles, 24);
ABI_AT(utrace_config, queue_bytes, 32);
ABI_AT(utrace_config, wakeup_bytes, 36);
ABI_AT(utrace_config, string_max, 40);
ABI_AT(utrace_config, buffer_max, 44);
ABI_AT(utrace_config, stack_max, 48);
ABI_AT(utrace_config, clock, 52);
ABI_AT(utrace_config, generation, 56);
ABI_AT(utrace_config, reserved, 60);
ABI_AT(utrace_config, quiet_signals, 64);
ABI_AT(utrace_config, passed_signals, 72);
ABI_LAST(utrace_config, passed_signals);

ABI_SIZE(utrace_capture_rule, 24);
ABI_VER0(utrace_capture_rule, UTRACE_CAPTURE_RULE);
ABI_AT(utrace_capture_rule, size, 0);
ABI_AT(utrace_capture_rule, nr, 4);
ABI_AT(utrace_capture_rule, when, 8);
ABI_AT(utrace_capture_rule, arg, 9);
ABI_AT(utrace_capture_rule, kind, 10);
ABI_AT(utrace_capture_rule, len_from, 11);
ABI_AT(utrace_capture_rule, len_arg, 12);
ABI_AT(utrace_capture_rule, filled_from, 13);
ABI_AT(utrace_capture_rule, reserved, 14);
ABI_AT(utrace_capture_rule, len_unit, 16);
ABI_AT(utrace_capture_rule, max, 20);
ABI_LAST(utrace_capture_rule, max);

ABI_SIZE(utrace_syscalls, 40);
ABI_VER0(utrace_syscalls, UTRACE_SYSCALLS);
ABI_AT(utrace_syscalls, size, 0);
ABI_AT(utrace_syscalls, flags, 4);
ABI_AT(utrace_syscalls, arch, 8);
ABI_AT(utrace_syscalls, nr, 12);
ABI_AT(utrace_syscalls, entries, 16);
ABI_AT(utrace_syscalls, rules, 24);
ABI_AT(utrace_syscalls, nr_rules, 32);
ABI_AT(utrace_syscalls, others, 36);
ABI_LAST(utrace_syscalls, others);

ABI_SIZE(utrace_counts, 32);
ABI_VER0(utrace_counts, UTRACE_COUNTS);
ABI_AT(utrace_counts, size, 0);
ABI_AT(utrace_counts, flags, 4);
ABI_AT(utrace_counts, arch, 8);
ABI_AT(utrace_counts, nr, 12);
ABI_AT(utrace_counts, counts, 16);
ABI_AT(utrace_counts, count_size, 24);
ABI_AT(utrace_counts, reserved, 28);
ABI_LAST(utrace_counts, reserved);

ABI_SIZE(utrace_count, 40);
ABI_VER0(utrace_count, UTRACE_COUNT);
ABI_AT(utrace_count, size, 0);
ABI_AT(utrace_count, reserved, 4);
ABI_AT(utrace_count, calls, 8);
ABI_AT(utrace_count, errors, 16);
ABI_AT(utrace_count, time, 24);
ABI_AT(utrace_count, time_max, 32);
ABI_LAST(utrace_count, time_max);

ABI_SIZE(utrace_attach, 40);
ABI_VER0(utrace_attach, UTRACE_ATTACH);
ABI_AT(utrace_attach, size, 0);
ABI_AT(utrace_attach, flags, 4);
ABI_AT(utrace_attach, fd, 8);
ABI_AT(utrace_attach, threads, 12);
ABI_AT(utrace_attach, tag, 16);
ABI_AT(utrace_attach, thread, 24);
ABI_AT(utrace_attach, process, 32);
ABI_LAST(utrace_attach, process);

ABI_SIZE(utrace_restrict, 16);
ABI_VER0(utrace_restrict, UTRACE_RESTRICT);
ABI_AT(utrace_restrict, size, 0);
ABI_AT(utrace_restrict, flags, 4);
ABI_AT(utrace_restrict, rights, 8);
ABI_LAST(utrace_restrict, rights);

ABI_SIZE(utrace_status, 32);
ABI_VER0(utrace_status, UTRACE_STATUS);
ABI_AT(utrace_status, size, 0);
ABI_AT(utrace_status, flags, 4);
ABI_AT(utrace_status, thread, 8);
ABI_AT(utrace_status, buffer, 16);
ABI_AT(utrace_status, buffer_size, 24);
ABI_AT(utrace_status, nr, 28);
ABI_LAST(utrace_status, nr);

ABI_SIZE(utrace_pidfd, 24);
ABI_VER0(utrace_pidfd, UTRACE_PIDFD);
ABI_AT(utrace_pidfd, size, 0);
ABI_AT(utrace_pidfd, flags, 4);
ABI_AT(utrace_pidfd, thread, 8);
ABI_AT(utrace_pidfd, fd, 16);
ABI_AT(utrace_pidfd, reserved, 20);
ABI_LAST(utrace_pidfd, reserved);

ABI_SIZE(utrace_order, 40);
ABI_VER0(utrace_order, UTRACE_ORDER);
ABI_AT(utrace_order, size, 0);
ABI_AT(utrace_order, action, 4);
ABI_AT(utrace_order, flags, 6);
ABI_AT(utrace_order, thread, 8);
ABI_AT(utrace_order, stop, 16);
ABI_AT(utrace_order, tag, 24);
ABI_AT(utrace_order, result, 32);
ABI_AT(utrace_order, done, 36);
ABI_LAST(utrace_order, done);

ABI_SIZE(utrace_order_syscall, 112);
ABI_VER0(utrace_order_syscall, UTRACE_ORDER_SYSCALL);
ABI_AT(utrace_order_syscall, order, 0);
ABI_AT(utrace_order_syscall, what, 40);
ABI_AT(utrace_order_syscall, arch, 44);
ABI_AT(utrace_order_syscall, nr, 48);
ABI_AT(utrace_order_syscall, args, 56);
ABI_AT(utrace_order_syscall, result, 104);
ABI_LAST(utrace_order_syscall, result);

ABI_SIZE(utrace_order_signal, 176);
ABI_VER0(utrace_order_signal, UTRACE_ORDER_SIGNAL);
ABI_AT(utrace_order_signal, order, 0);
ABI_AT(utrace_order_signal, what, 40);
ABI_AT(utrace_order_signal, reserved, 44);
ABI_AT(utrace_order_signal, info, 48);
ABI_LAST(utrace_order_signal, info);

ABI_SIZE(utrace_order_send, 176);
ABI_VER0(utrace_order_send, UTRACE_ORDER_SEND);
ABI_AT(utrace_order_send, order, 0);
ABI_AT(utrace_order_send, flags, 40);
ABI_AT(utrace_order_send, reserved, 44);
ABI_AT(utrace_order_send, info, 48);
ABI_LAST(utrace_order_send, info);

ABI_SIZE(utrace_order_step, 72);
ABI_VER0(utrace_order_step, UTRACE_ORDER_STEP);
ABI_AT(utrace_order_step, order, 0);
ABI_AT(utrace_order_step, what, 40);
ABI_AT(utrace_order_step, flags, 44);
ABI_AT(utrace_order_step, start, 48);
ABI_AT(utrace_order_step, end, 56);
ABI_AT(utrace_order_step, count, 64);
ABI_LAST(utrace_order_step, count);

ABI_SIZE(utrace_order_regs, 72);
ABI_VER0(utrace_order_regs, UTRACE_ORDER_REGS);
ABI_AT(utrace_order_regs, order, 0);
ABI_AT(utrace_order_regs, what, 40);
ABI_AT(utrace_order_regs, form, 44);
ABI_AT(utrace_order_regs, buffer, 48);
ABI_AT(utrace_order_regs, buffer_size, 56);
ABI_AT(utrace_order_regs, note, 60);
ABI_AT(utrace_order_regs, bad, 64);
ABI_AT(utrace_order_regs, reserved, 68);
ABI_LAST(utrace_order_regs, reserved);

ABI_SIZE(utrace_regval, 24);
ABI_VER0(utrace_regval, UTRACE_REGVAL);
ABI_AT(utrace_regval, size, 0);
ABI_AT(utrace_regval, flags, 4);
ABI_AT(utrace_regval, reg, 8);
ABI_AT(utrace_regval, bytes, 12);
ABI_AT(utrace_regval, value, 16);
ABI_LAST(utrace_regval, value);

ABI_SIZE(utrace_order_memory, 64);
ABI_VER0(utrace_order_memory, UTRACE_ORDER_MEMORY);
ABI_AT(utrace_order_memory, order, 0);
ABI_AT(utrace_order_memory, what, 40);
ABI_AT(utrace_order_memory, mode, 44);
ABI_AT(utrace_order_memory, segs, 48);
ABI_AT(utrace_order_memory, nr, 56);
ABI_AT(utrace_order_memory, reserved, 60);
ABI_LAST(utrace_order_memory, reserved);

ABI_SIZE(utrace_seg, 40);
ABI_VER0(utrace_seg, UTRACE_SEG);
ABI_AT(utrace_seg, size, 0);
ABI_AT(utrace_seg, error, 4);
ABI_AT(utrace_seg, addr, 8);
ABI_AT(utrace_seg, buffer, 16);
ABI_AT(utrace_seg, len, 24);
ABI_AT(utrace_seg, done, 32);
ABI_LAST(utrace_seg, done);

ABI_SIZE(utrace_order_call, 96);
ABI_VER0(utrace_order_call, UTRACE_ORDER_CALL);
ABI_AT(utrace_order_call, order, 0);
ABI_AT(utrace_order_call, nr, 40);
ABI_AT(utrace_order_call, args, 48);
ABI_LAST(utrace_order_call, args);

ABI_SIZE(utrace_control, 40);
ABI_VER0(utrace_control, UTRACE_CONTROL);
ABI_AT(utrace_control, size, 0);
ABI_AT(utrace_control, flags, 4);
ABI_AT(utrace_control, orders, 8);
ABI_AT(utrace_control, bytes, 16);
ABI_AT(utrace_control, done, 20);
ABI_AT(utrace_control, buffer, 24);
ABI_AT(utrace_control, buffer_size, 32);
ABI_AT(utrace_control, timeout, 36);
ABI_LAST(utrace_control, timeout);

ABI_SIZE(utrace_view_get, 32);
ABI_VER0(utrace_view_get, UTRACE_VIEW_GET);
ABI_AT(utrace_view_get, size, 0);
ABI_AT(utrace_view_get, flags, 4);
ABI_AT(utrace_view_get, thread, 8);
ABI_AT(utrace_view_get, id, 16);
ABI_AT(utrace_view_get, buffer_size, 20);
ABI_AT(utrace_view_get, buffer, 24);
ABI_LAST(utrace_view_get, buffer);

ABI_SIZE(utrace_info, 112);
ABI_VER0(utrace_info, UTRACE_INFO);
ABI_AT(utrace_info, size, 0);
ABI_AT(utrace_info, api_version, 4);
ABI_AT(utrace_info, features, 8);
ABI_AT(utrace_info, record_events, 16);
ABI_AT(utrace_info, hold_events, 24);
ABI_AT(utrace_info, actions, 32);
ABI_AT(utrace_info, attach_flags, 40);
ABI_AT(utrace_info, syscall_flags, 48);
ABI_AT(utrace_info, rights, 56);
ABI_AT(utrace_info, arch, 64);
ABI_AT(utrace_info, compat_arch, 68);
ABI_AT(utrace_info, threads, 72);
ABI_AT(utrace_info, held, 76);
ABI_AT(utrace_info, starved, 80);
ABI_AT(utrace_info, reserved, 84);
ABI_AT(utrace_info, queued, 88);
ABI_AT(utrace_info, queue_bytes, 96);
ABI_AT(utrace_info, lost, 104);
ABI_LAST(utrace_info, lost);

ABI_SIZE(utrace_view, 96);
ABI_AT(utrace_view, magic, 0);
ABI_AT(utrace_view, size, 4);
ABI_AT(utrace_view, id, 8);
ABI_AT(utrace_view, flags, 12);
ABI_AT(utrace_view, elf_machine, 16);
ABI_AT(utrace_view, native, 20);
ABI_AT(utrace_view, name, 24);
ABI_AT(utrace_view, arch, 28);
ABI_AT(utrace_view, osabi, 32);
ABI_AT(utrace_view, layouts, 36);
ABI_AT(utrace_view, regs, 40);
ABI_AT(utrace_view, locs, 44);
ABI_AT(utrace_view, links, 48);
ABI_AT(utrace_view, nr_layouts, 52);
ABI_AT(utrace_view, nr_regs, 56);
ABI_AT(utrace_view, nr_locs, 60);
ABI_AT(utrace_view, nr_links, 64);
ABI_AT(utrace_view, nr_sets, 68);
ABI_AT(utrace_view, strings, 72);
ABI_AT(utrace_view, strings_size, 76);
ABI_AT(utrace_view, file_size, 80);
ABI_AT(utrace_view, prstatus_size, 84);
ABI_AT(utrace_view, prstatus_regs, 88);
ABI_AT(utrace_view, reserved, 92);
ABI_LAST(utrace_view, reserved);

ABI_SIZE(utrace_layout, 80);
ABI_AT(utrace_layout, set, 0);
ABI_AT(utrace_layout, note, 4);
ABI_AT(utrace_layout, owner, 8);
ABI_AT(utrace_layout, flags, 12);
ABI_AT(utrace_layout, behind, 16);
ABI_AT(utrace_layout, head, 20);
ABI_AT(utrace_layout, units, 24);
ABI_AT(utrace_layout, tail, 28);
ABI_AT(utrace_layout, unit, 32);
ABI_AT(utrace_layout, unit_offset, 36);
ABI_AT(utrace_layout, unit_bytes, 40);
ABI_AT(utrace_layout, unit_shift, 44);
ABI_AT(utrace_layout, cond_offset, 48);
ABI_AT(utrace_layout, cond_bytes, 52);
ABI_AT(utrace_layout, cond_mask, 56);
ABI_AT(utrace_layout, cond_value, 60);
ABI_AT(utrace_layout, components, 64);
ABI_AT(utrace_layout, first_loc, 68);
ABI_AT(utrace_layout, nr_locs, 72);
ABI_AT(utrace_layout, reserved, 76);
ABI_LAST(utrace_layout, reserved);

ABI_SIZE(utrace_reg, 40);
ABI_AT(utrace_reg, name, 0);
ABI_AT(utrace_reg, feature, 4);
ABI_AT(utrace_reg, type, 8);
ABI_AT(utrace_reg, flags, 12);
ABI_AT(utrace_reg, size, 16);
ABI_AT(utrace_reg, unit, 20);
ABI_AT(utrace_reg, dwarf, 24);
ABI_AT(utrace_reg, roles, 28);
ABI_AT(utrace_reg, offset, 32);
ABI_AT(utrace_reg, init, 36);
ABI_LAST(utrace_reg, init);

ABI_SIZE(utrace_loc, 28);
ABI_AT(utrace_loc, reg, 0);
ABI_AT(utrace_loc, op, 4);
ABI_AT(utrace_loc, name, 8);
ABI_AT(utrace_loc, offset, 12);
ABI_AT(utrace_loc, before, 16);
ABI_AT(utrace_loc, bytes, 20);
ABI_AT(utrace_loc, component, 24);
ABI_LAST(utrace_loc, component);

ABI_SIZE(utrace_link, 20);
ABI_AT(utrace_link, reg, 0);
ABI_AT(utrace_link, native, 4);
ABI_AT(utrace_link, offset, 8);
ABI_AT(utrace_link, bytes, 12);
ABI_AT(utrace_link, mask, 16);
ABI_LAST(utrace_link, mask);

ABI_SIZE(utrace_regfile, 48);
ABI_AT(utrace_regfile, magic, 0);
ABI_AT(utrace_regfile, size, 4);
ABI_AT(utrace_regfile, view, 8);
ABI_AT(utrace_regfile, flags, 12);
ABI_AT(utrace_regfile, units, 16);
ABI_AT(utrace_regfile, layouts, 32);
ABI_AT(utrace_regfile, reserved, 40);
ABI_LAST(utrace_regfile, reserved);

#undef ABI_SIZE
#undef ABI_AT
#undef ABI_VER0
#undef ABI_VER0_END
#undef ABI_LAST

#endif /* _KERNEL_UTRACE_SESSION_ABI_H */
