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
/* @last is the last member, and nothing follows it. */
#define ABI_LAST(type, last) \
	static_assert(offsetof(struct type, last) + sizeof(((struct type *)0)->last) == \
		      sizeof(struct type), #type " ends in a hole")

ABI_SIZE(utrace_record, 40);
ABI_AT(utrace_record, size, 0);
ABI_AT(utrace_record, type, 4);
ABI_AT(utrace_record, flags, 6);
ABI_AT(utrace_record, seq, 8);
ABI_AT(utrace_record, time, 16);
ABI_AT(utrace_record, thread, 24);
ABI_AT(utrace_record, pid, 32);
ABI_AT(utrace_record, tid, 36);
ABI_LAST(utrace_record, tid);

ABI_SIZE(utrace_rec_syscall, 128);
ABI_AT(utrace_rec_syscall, head, 0);
ABI_AT(utrace_rec_syscall, nr, 40);
ABI_AT(utrace_rec_syscall, arch, 48);
ABI_AT(utrace_rec_syscall, captures, 52);
ABI_AT(utrace_rec_syscall, reserved, 54);
ABI_AT(utrace_rec_syscall, args, 56);
ABI_AT(utrace_rec_syscall, ip, 104);
ABI_AT(utrace_rec_syscall, sp, 112);
ABI_AT(utrace_rec_syscall, result, 120);
ABI_LAST(utrace_rec_syscall, result);

ABI_SIZE(utrace_capture, 8);
ABI_AT(utrace_capture, arg, 0);
ABI_AT(utrace_capture, flags, 1);
ABI_AT(utrace_capture, reserved, 2);
ABI_AT(utrace_capture, len, 4);
ABI_LAST(utrace_capture, len);

ABI_SIZE(utrace_rec_clone, 64);
ABI_AT(utrace_rec_clone, head, 0);
ABI_AT(utrace_rec_clone, child, 40);
ABI_AT(utrace_rec_clone, clone_flags, 48);
ABI_AT(utrace_rec_clone, child_pid, 56);
ABI_AT(utrace_rec_clone, child_tid, 60);
ABI_LAST(utrace_rec_clone, child_tid);

ABI_SIZE(utrace_rec_exec, 64);
ABI_AT(utrace_rec_exec, head, 0);
ABI_AT(utrace_rec_exec, old_tid, 40);
ABI_AT(utrace_rec_exec, reserved, 44);
ABI_AT(utrace_rec_exec, comm, 48);
ABI_LAST(utrace_rec_exec, comm);

ABI_SIZE(utrace_rec_exit, 48);
ABI_AT(utrace_rec_exit, head, 0);
ABI_AT(utrace_rec_exit, status, 40);
ABI_AT(utrace_rec_exit, group_dead, 44);
ABI_LAST(utrace_rec_exit, group_dead);

ABI_SIZE(utrace_rec_detached, 48);
ABI_AT(utrace_rec_detached, head, 0);
ABI_AT(utrace_rec_detached, error, 40);
ABI_AT(utrace_rec_detached, reserved, 44);
ABI_LAST(utrace_rec_detached, reserved);

ABI_SIZE(utrace_rec_lost, 48);
ABI_AT(utrace_rec_lost, head, 0);
ABI_AT(utrace_rec_lost, count, 40);
ABI_LAST(utrace_rec_lost, count);

ABI_SIZE(utrace_config, 40);
ABI_AT(utrace_config, size, 0);
ABI_AT(utrace_config, flags, 4);
ABI_AT(utrace_config, record, 8);
ABI_AT(utrace_config, hold, 16);
ABI_AT(utrace_config, queue_bytes, 24);
ABI_AT(utrace_config, string_max, 28);
ABI_AT(utrace_config, buffer_max, 32);
ABI_AT(utrace_config, reserved, 36);
ABI_LAST(utrace_config, reserved);

ABI_SIZE(utrace_syscalls, 24);
ABI_AT(utrace_syscalls, size, 0);
ABI_AT(utrace_syscalls, flags, 4);
ABI_AT(utrace_syscalls, arch, 8);
ABI_AT(utrace_syscalls, nr, 12);
ABI_AT(utrace_syscalls, entries, 16);
ABI_LAST(utrace_syscalls, entries);

ABI_SIZE(utrace_attach, 24);
ABI_AT(utrace_attach, size, 0);
ABI_AT(utrace_attach, flags, 4);
ABI_AT(utrace_attach, pidfd, 8);
ABI_AT(utrace_attach, threads, 12);
ABI_AT(utrace_attach, thread, 16);
ABI_LAST(utrace_attach, thread);

ABI_SIZE(utrace_op, 16);
ABI_AT(utrace_op, thread, 0);
ABI_AT(utrace_op, action, 8);
ABI_AT(utrace_op, result, 12);
ABI_LAST(utrace_op, result);

ABI_SIZE(utrace_control, 24);
ABI_AT(utrace_control, size, 0);
ABI_AT(utrace_control, flags, 4);
ABI_AT(utrace_control, ops, 8);
ABI_AT(utrace_control, nr, 16);
ABI_AT(utrace_control, op_size, 20);
ABI_LAST(utrace_control, op_size);

ABI_SIZE(utrace_view_get, 32);
ABI_AT(utrace_view_get, size, 0);
ABI_AT(utrace_view_get, flags, 4);
ABI_AT(utrace_view_get, thread, 8);
ABI_AT(utrace_view_get, id, 16);
ABI_AT(utrace_view_get, buffer_size, 20);
ABI_AT(utrace_view_get, buffer, 24);
ABI_LAST(utrace_view_get, buffer);

ABI_SIZE(utrace_regs, 32);
ABI_AT(utrace_regs, size, 0);
ABI_AT(utrace_regs, flags, 4);
ABI_AT(utrace_regs, thread, 8);
ABI_AT(utrace_regs, buffer, 16);
ABI_AT(utrace_regs, buffer_size, 24);
ABI_AT(utrace_regs, bad, 28);
ABI_LAST(utrace_regs, bad);

ABI_SIZE(utrace_info, 48);
ABI_AT(utrace_info, size, 0);
ABI_AT(utrace_info, api_version, 4);
ABI_AT(utrace_info, record_events, 8);
ABI_AT(utrace_info, hold_events, 16);
ABI_AT(utrace_info, arch, 24);
ABI_AT(utrace_info, threads, 28);
ABI_AT(utrace_info, held, 32);
ABI_AT(utrace_info, queued, 36);
ABI_AT(utrace_info, lost, 40);
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
#undef ABI_LAST

#endif /* _KERNEL_UTRACE_SESSION_ABI_H */
