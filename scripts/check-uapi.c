// SPDX-License-Identifier: GPL-2.0-only
/*
 * The layout of every structure of <linux/utrace.h> and <linux/utrace_regs.h>,
 * asserted at compile time.  scripts/check-uapi compiles this file as C and as C++,
 * for 64-bit and 32-bit programs: a structure has the same layout in all of them,
 * and no padding that the compiler has inserted.
 */
#include <stddef.h>
#include <linux/utrace.h>
#include <linux/utrace_regs.h>

#ifndef __cplusplus
#define static_assert _Static_assert
#endif

#define END(type, member) \
	(offsetof(struct type, member) + sizeof(((struct type *)0)->member))
#define SIZE(type, bytes) \
	static_assert(sizeof(struct type) == (bytes) && (bytes) % 4 == 0, #type)
#define AT(type, member, bytes) \
	static_assert(offsetof(struct type, member) == (bytes), #type "." #member)
/* @last is the last member, and nothing follows it. */
#define LAST(type, last) \
	static_assert(END(type, last) == sizeof(struct type), #type " ends in a hole")

SIZE(utrace_record, 40);
AT(utrace_record, size, 0);
AT(utrace_record, type, 4);
AT(utrace_record, flags, 6);
AT(utrace_record, seq, 8);
AT(utrace_record, time, 16);
AT(utrace_record, thread, 24);
AT(utrace_record, pid, 32);
AT(utrace_record, tid, 36);
LAST(utrace_record, tid);

SIZE(utrace_rec_syscall, 128);
AT(utrace_rec_syscall, head, 0);
AT(utrace_rec_syscall, nr, 40);
AT(utrace_rec_syscall, arch, 48);
AT(utrace_rec_syscall, captures, 52);
AT(utrace_rec_syscall, reserved, 54);
AT(utrace_rec_syscall, args, 56);
AT(utrace_rec_syscall, ip, 104);
AT(utrace_rec_syscall, sp, 112);
AT(utrace_rec_syscall, result, 120);
LAST(utrace_rec_syscall, result);

SIZE(utrace_capture, 8);
AT(utrace_capture, arg, 0);
AT(utrace_capture, flags, 1);
AT(utrace_capture, reserved, 2);
AT(utrace_capture, len, 4);
LAST(utrace_capture, len);

SIZE(utrace_rec_clone, 64);
AT(utrace_rec_clone, head, 0);
AT(utrace_rec_clone, child, 40);
AT(utrace_rec_clone, clone_flags, 48);
AT(utrace_rec_clone, child_pid, 56);
AT(utrace_rec_clone, child_tid, 60);
LAST(utrace_rec_clone, child_tid);

SIZE(utrace_rec_exec, 64);
AT(utrace_rec_exec, head, 0);
AT(utrace_rec_exec, old_tid, 40);
AT(utrace_rec_exec, reserved, 44);
AT(utrace_rec_exec, comm, 48);
LAST(utrace_rec_exec, comm);

SIZE(utrace_rec_exit, 48);
AT(utrace_rec_exit, head, 0);
AT(utrace_rec_exit, status, 40);
AT(utrace_rec_exit, group_dead, 44);
LAST(utrace_rec_exit, group_dead);

SIZE(utrace_rec_detached, 48);
AT(utrace_rec_detached, head, 0);
AT(utrace_rec_detached, error, 40);
AT(utrace_rec_detached, reserved, 44);
LAST(utrace_rec_detached, reserved);

SIZE(utrace_rec_lost, 48);
AT(utrace_rec_lost, head, 0);
AT(utrace_rec_lost, count, 40);
LAST(utrace_rec_lost, count);

SIZE(utrace_config, 40);
AT(utrace_config, size, 0);
AT(utrace_config, flags, 4);
AT(utrace_config, record, 8);
AT(utrace_config, hold, 16);
AT(utrace_config, queue_bytes, 24);
AT(utrace_config, string_max, 28);
AT(utrace_config, buffer_max, 32);
AT(utrace_config, reserved, 36);
LAST(utrace_config, reserved);

SIZE(utrace_syscalls, 24);
AT(utrace_syscalls, size, 0);
AT(utrace_syscalls, flags, 4);
AT(utrace_syscalls, arch, 8);
AT(utrace_syscalls, nr, 12);
AT(utrace_syscalls, entries, 16);
LAST(utrace_syscalls, entries);

SIZE(utrace_attach, 24);
AT(utrace_attach, size, 0);
AT(utrace_attach, flags, 4);
AT(utrace_attach, pidfd, 8);
AT(utrace_attach, threads, 12);
AT(utrace_attach, thread, 16);
LAST(utrace_attach, thread);

SIZE(utrace_op, 16);
AT(utrace_op, thread, 0);
AT(utrace_op, action, 8);
AT(utrace_op, result, 12);
LAST(utrace_op, result);

SIZE(utrace_control, 24);
AT(utrace_control, size, 0);
AT(utrace_control, flags, 4);
AT(utrace_control, ops, 8);
AT(utrace_control, nr, 16);
AT(utrace_control, op_size, 20);
LAST(utrace_control, op_size);

SIZE(utrace_view_get, 32);
AT(utrace_view_get, size, 0);
AT(utrace_view_get, flags, 4);
AT(utrace_view_get, thread, 8);
AT(utrace_view_get, id, 16);
AT(utrace_view_get, buffer_size, 20);
AT(utrace_view_get, buffer, 24);
LAST(utrace_view_get, buffer);

SIZE(utrace_regs, 32);
AT(utrace_regs, size, 0);
AT(utrace_regs, flags, 4);
AT(utrace_regs, thread, 8);
AT(utrace_regs, buffer, 16);
AT(utrace_regs, buffer_size, 24);
AT(utrace_regs, bad, 28);
LAST(utrace_regs, bad);

SIZE(utrace_info, 48);
AT(utrace_info, size, 0);
AT(utrace_info, api_version, 4);
AT(utrace_info, record_events, 8);
AT(utrace_info, hold_events, 16);
AT(utrace_info, arch, 24);
AT(utrace_info, threads, 28);
AT(utrace_info, held, 32);
AT(utrace_info, queued, 36);
AT(utrace_info, lost, 40);
LAST(utrace_info, lost);

SIZE(utrace_view, 96);
AT(utrace_view, magic, 0);
AT(utrace_view, size, 4);
AT(utrace_view, id, 8);
AT(utrace_view, flags, 12);
AT(utrace_view, elf_machine, 16);
AT(utrace_view, native, 20);
AT(utrace_view, name, 24);
AT(utrace_view, arch, 28);
AT(utrace_view, osabi, 32);
AT(utrace_view, layouts, 36);
AT(utrace_view, regs, 40);
AT(utrace_view, locs, 44);
AT(utrace_view, links, 48);
AT(utrace_view, nr_layouts, 52);
AT(utrace_view, nr_regs, 56);
AT(utrace_view, nr_locs, 60);
AT(utrace_view, nr_links, 64);
AT(utrace_view, nr_sets, 68);
AT(utrace_view, strings, 72);
AT(utrace_view, strings_size, 76);
AT(utrace_view, file_size, 80);
AT(utrace_view, prstatus_size, 84);
AT(utrace_view, prstatus_regs, 88);
AT(utrace_view, reserved, 92);
LAST(utrace_view, reserved);

SIZE(utrace_layout, 80);
AT(utrace_layout, set, 0);
AT(utrace_layout, note, 4);
AT(utrace_layout, owner, 8);
AT(utrace_layout, flags, 12);
AT(utrace_layout, behind, 16);
AT(utrace_layout, head, 20);
AT(utrace_layout, units, 24);
AT(utrace_layout, tail, 28);
AT(utrace_layout, unit, 32);
AT(utrace_layout, unit_offset, 36);
AT(utrace_layout, unit_bytes, 40);
AT(utrace_layout, unit_shift, 44);
AT(utrace_layout, cond_offset, 48);
AT(utrace_layout, cond_bytes, 52);
AT(utrace_layout, cond_mask, 56);
AT(utrace_layout, cond_value, 60);
AT(utrace_layout, components, 64);
AT(utrace_layout, first_loc, 68);
AT(utrace_layout, nr_locs, 72);
AT(utrace_layout, reserved, 76);
LAST(utrace_layout, reserved);

SIZE(utrace_reg, 40);
AT(utrace_reg, name, 0);
AT(utrace_reg, feature, 4);
AT(utrace_reg, type, 8);
AT(utrace_reg, flags, 12);
AT(utrace_reg, size, 16);
AT(utrace_reg, unit, 20);
AT(utrace_reg, dwarf, 24);
AT(utrace_reg, roles, 28);
AT(utrace_reg, offset, 32);
AT(utrace_reg, init, 36);
LAST(utrace_reg, init);

SIZE(utrace_loc, 28);
AT(utrace_loc, reg, 0);
AT(utrace_loc, op, 4);
AT(utrace_loc, name, 8);
AT(utrace_loc, offset, 12);
AT(utrace_loc, before, 16);
AT(utrace_loc, bytes, 20);
AT(utrace_loc, component, 24);
LAST(utrace_loc, component);

SIZE(utrace_link, 20);
AT(utrace_link, reg, 0);
AT(utrace_link, native, 4);
AT(utrace_link, offset, 8);
AT(utrace_link, bytes, 12);
AT(utrace_link, mask, 16);
LAST(utrace_link, mask);

SIZE(utrace_regfile, 48);
AT(utrace_regfile, magic, 0);
AT(utrace_regfile, size, 4);
AT(utrace_regfile, view, 8);
AT(utrace_regfile, flags, 12);
AT(utrace_regfile, units, 16);
AT(utrace_regfile, layouts, 32);
AT(utrace_regfile, reserved, 40);
LAST(utrace_regfile, reserved);
