// SPDX-License-Identifier: GPL-2.0-only
/*
 * Register sets of s390: see <linux/regset_desc.h>
 */
#include <linux/array_size.h>
#include <linux/compat.h>
#include <linux/elf.h>
#include <linux/elfcore.h>
#include <linux/elfcore-compat.h>
#include <linux/regset_desc.h>
#include <linux/stddef.h>
#include <asm/facility.h>
#include <asm/fpu.h>
#include <asm/guarded_storage.h>
#include <asm/processor.h>
#include <asm/ptrace.h>
#include <asm/runtime_instr.h>
#include <asm/setup.h>

#define S390X_WORD	8
#define S390_WORD	4

/* Each of these sets is there or not, whatever the others are: units, plus 1. */
#define S390_TDB_UNIT	.variable = 1
#define S390_GS_UNIT	.variable = 2
#define S390_GSBC_UNIT	.variable = 3
#define S390_RI_UNIT	.variable = 4

/* s390_tdb_set() and s390_last_break_set() do nothing. */
#define S390_FIXED	.flags = UTRACE_REG_READONLY
#define S390_CONTROL	.flags = UTRACE_REG_CONTROL
/* What each branch, or each aborted transaction, changes. */
#define S390_LAST	.flags = UTRACE_REG_READONLY | UTRACE_REG_VOLATILE
#define S390_FIXED_CONTROL .flags = UTRACE_REG_READONLY | UTRACE_REG_CONTROL

/* 0 2 4 6 1 3 5 7, and once more; vectors that have no f of their own likewise. */
#define S390_DWARF(first, n)						\
	((first) + ((n) & 8) + ((n) & 1) * 4 + (((n) & 7) >> 1))

/*
 * The first argument of a system call is in orig_r2.  r2 itself has its number
 * on entry, and if that is written there, it becomes the number; system_call is
 * about calls that a signal has interrupted.
 *
 * There is no register with the thread pointer: acr0 and acr1 have half of it
 * each.
 */
#define S390_R2_ROLES							\
	(REGSET_ROLE(SYSCALL_NR) | REGSET_ROLE(SYSCALL_RESULT) |	\
	 REGSET_ROLE(FUNC_RESULT) | REGSET_ROLE_N(FUNC_ARG, 0))
/* Argument n, counted from 0, of a function and a system call */
#define S390_ARG_ROLES(n)						\
	(REGSET_ROLE_N(SYSCALL_ARG, n) | REGSET_ROLE_N(FUNC_ARG, n))

/* M(X, p, number, roles) */
#define S390_GPRS(M, X, p)						\
	M(X, p, 0, 0)							\
	M(X, p, 1, 0)							\
	M(X, p, 2, S390_R2_ROLES)					\
	M(X, p, 3, S390_ARG_ROLES(1))					\
	M(X, p, 4, S390_ARG_ROLES(2))					\
	M(X, p, 5, S390_ARG_ROLES(3))					\
	M(X, p, 6, S390_ARG_ROLES(4))					\
	M(X, p, 7, REGSET_ROLE_N(SYSCALL_ARG, 5))			\
	M(X, p, 8, 0)							\
	M(X, p, 9, 0)							\
	M(X, p, 10, 0)							\
	M(X, p, 11, REGSET_ROLE(FP))					\
	M(X, p, 12, 0)							\
	M(X, p, 13, 0)							\
	M(X, p, 14, REGSET_ROLE(RA))					\
	M(X, p, 15, REGSET_ROLE(SP))

#define S390_REGS_PSW(X, p)						\
	X(p##PSWM, "pswm", p##WORD, INT, 64, REGSET_ROLE(FLAGS))	\
	X(p##PSWA, "pswa", p##WORD, INT, 65, REGSET_ROLE(PC))

#define S390_ACR(X, p, n)	X(p##ACR##n, "acr" #n, 4, INT, 48 + (n), 0)
#define S390_FPR(X, p, n)	\
	X(p##F##n, "f" #n, 8, FLOAT, S390_DWARF(16, n), 0)
#define S390_TDB_GPR(X, p, n)	\
	X(p##TR##n, "tr" #n, 8, INT, -1, 0, S390_TDB_UNIT, S390_LAST)
#define S390_VXR_LOW(X, p, n)	X(p##V##n##L, "v" #n "l", 8, INT, -1, 0)
#define S390_VXR_HIGH(X, p, n)	\
	X(p##V##n, "v" #n, 16, VECTOR, S390_DWARF(68, n), 0)

/*
 * All but org.gnu.gdb.s390.core.  There is no padding among units: so what would
 * be that has a name here.
 */
#define S390_REGS_REST(X, p)						\
	REGSET_0_15(S390_ACR, X, p)					\
	X(p##FPC, "fpc", 4, INT, -1, 0)					\
	REGSET_0_15(S390_FPR, X, p)					\
	X(p##ORIG_R2, "orig_r2", p##WORD, INT, -1,			\
	  REGSET_ROLE_N(SYSCALL_ARG, 0))				\
	X(p##LAST_BREAK, "last_break", p##WORD, CODE_PTR, -1, 0, S390_LAST) \
	X(p##SYSTEM_CALL, "system_call", 4, INT, -1, 0)			\
	X(p##TDB0, "tdb0", 8, INT, -1, 0, S390_TDB_UNIT, S390_LAST)	\
	X(p##TAC, "tac", 8, INT, -1, 0, S390_TDB_UNIT, S390_LAST)	\
	X(p##TCT, "tct", 8, INT, -1, 0, S390_TDB_UNIT, S390_LAST)	\
	X(p##ATIA, "atia", 8, INT, -1, 0, S390_TDB_UNIT, S390_LAST)	\
	REGSET_0_15(S390_TDB_GPR, X, p)					\
	REGSET_0_15(S390_VXR_LOW, X, p)					\
	REGSET_16_31(S390_VXR_HIGH, X, p)				\
	X(p##GSD, "gsd", 8, INT, -1, 0, S390_GS_UNIT)			\
	X(p##GSSM, "gssm", 8, INT, -1, 0, S390_GS_UNIT)			\
	X(p##GSEPLA, "gsepla", 8, DATA_PTR, -1, 0, S390_GS_UNIT)	\
	X(p##BC_GSD, "bc_gsd", 8, INT, -1, 0, S390_GSBC_UNIT)		\
	X(p##BC_GSSM, "bc_gssm", 8, INT, -1, 0, S390_GSBC_UNIT)		\
	X(p##BC_GSEPLA, "bc_gsepla", 8, DATA_PTR, -1, 0, S390_GSBC_UNIT) \
	X(p##TDB_RESERVED, "tdb_reserved", 96, BYTES, -1, 0, S390_TDB_UNIT, \
	  S390_FIXED_CONTROL)						\
	X(p##GS_RESERVED, "gs_reserved", 8, BYTES, -1, 0, S390_GS_UNIT,	\
	  S390_CONTROL)							\
	X(p##BC_GS_RESERVED, "bc_gs_reserved", 8, BYTES, -1, 0,		\
	  S390_GSBC_UNIT, S390_CONTROL)					\
	X(p##RI_RCA, "ri_rca", 8, DATA_PTR, -1, 0, S390_RI_UNIT, S390_CONTROL) \
	X(p##RI_ROA, "ri_roa", 8, DATA_PTR, -1, 0, S390_RI_UNIT, S390_CONTROL) \
	X(p##RI_RLA, "ri_rla", 8, DATA_PTR, -1, 0, S390_RI_UNIT, S390_CONTROL) \
	X(p##RI_FLAGS, "ri_flags", 8, FLAGS, -1, 0, S390_RI_UNIT,	\
	  S390_CONTROL)							\
	X(p##RI_RESERVED7, "ri_reserved7", 8, BYTES, -1, 0, S390_RI_UNIT, \
	  S390_CONTROL)							\
	X(p##RI_SF, "ri_sf", 8, INT, -1, 0, S390_RI_UNIT, S390_CONTROL)	\
	X(p##RI_RSIC, "ri_rsic", 8, INT, -1, 0, S390_RI_UNIT, S390_CONTROL) \
	X(p##RI_RESERVED8, "ri_reserved8", 8, BYTES, -1, 0, S390_RI_UNIT, \
	  S390_CONTROL)

#define S390_FEATURE(name_, id)	{ .name = name_, .first = (id) }
#define S390_FEATURES(p)						\
	S390_FEATURE("org.gnu.gdb.s390.core", p##PSWM),			\
	S390_FEATURE("org.gnu.gdb.s390.acr", p##ACR0),			\
	S390_FEATURE("org.gnu.gdb.s390.fpr", p##FPC),			\
	S390_FEATURE("org.gnu.gdb.s390.linux", p##ORIG_R2),		\
	S390_FEATURE("org.gnu.gdb.s390.tdb", p##TDB0),			\
	S390_FEATURE("org.gnu.gdb.s390.vx", p##V0L),			\
	S390_FEATURE("org.gnu.gdb.s390.gs", p##GSD),			\
	S390_FEATURE("org.gnu.gdb.s390.gsbc", p##BC_GSD),		\
	S390_FEATURE("org.utrace.s390.tdb", p##TDB_RESERVED),		\
	S390_FEATURE("org.utrace.s390.gs", p##GS_RESERVED),		\
	S390_FEATURE("org.utrace.s390.gsbc", p##BC_GS_RESERVED),	\
	S390_FEATURE("org.utrace.s390.ri", p##RI_RCA)

#define S390_LOC_ACR(X, p, n)	X(REG, p##ACR##n, 4)

#define S390_LOC_FPR(X, p, n)	X(REG, p##F##n, 8)
#define S390_LOCS_FPR(X, p)						\
	X(REG, p##FPC, 4)						\
	X(PAD, fpc_pad, 4)						\
	REGSET_0_15(S390_LOC_FPR, X, p)

#define S390_LOCS_SYSTEM_CALL(X, p)	X(REG, p##SYSTEM_CALL, 4)
#define S390_LOCS_LAST_BREAK(X, p)	X(REG, p##LAST_BREAK, 8)

#define S390_LOC_VXRS_LOW(X, p, n)	X(REG, p##V##n##L, 8)
#define S390_LOCS_VXRS_LOW(X, p)	REGSET_0_15(S390_LOC_VXRS_LOW, X, p)
#define S390_LOC_VXRS_HIGH(X, p, n)	X(REG, p##V##n, 16)
#define S390_LOCS_VXRS_HIGH(X, p)	REGSET_16_31(S390_LOC_VXRS_HIGH, X, p)

#define S390_LOC_TDB_GPR(X, p, n)	X(UNITS, p##TR##n, 8)
#define S390_LOCS_TDB(X, p)						\
	X(UNITS, p##TDB0, 8)						\
	X(UNITS, p##TAC, 8)						\
	X(UNITS, p##TCT, 8)						\
	X(UNITS, p##ATIA, 8)						\
	X(UNITS, p##TDB_RESERVED, 96)					\
	REGSET_0_15(S390_LOC_TDB_GPR, X, p)

#define S390_LOCS_GS_CB(X, p)						\
	X(UNITS, p##GS_RESERVED, 8)					\
	X(UNITS, p##GSD, 8)						\
	X(UNITS, p##GSSM, 8)						\
	X(UNITS, p##GSEPLA, 8)

#define S390_LOCS_GS_BC(X, p)						\
	X(UNITS, p##BC_GS_RESERVED, 8)					\
	X(UNITS, p##BC_GSD, 8)						\
	X(UNITS, p##BC_GSSM, 8)						\
	X(UNITS, p##BC_GSEPLA, 8)

#define S390_LOCS_RI_CB(X, p)						\
	X(UNITS, p##RI_RCA, 8)						\
	X(UNITS, p##RI_ROA, 8)						\
	X(UNITS, p##RI_RLA, 8)						\
	X(UNITS, p##RI_FLAGS, 8)					\
	X(UNITS, p##RI_RESERVED7, 8)					\
	X(UNITS, p##RI_SF, 8)						\
	X(UNITS, p##RI_RSIC, 8)						\
	X(UNITS, p##RI_RESERVED8, 8)

#define S390_LAYOUT(note_, locs)	{ .note = (note_), REGSET_ONE_BLOCK(locs) }
#define S390_LAYOUT_OPTIONAL(note_, locs, unit)	\
	{ .note = (note_), unit, REGSET_ONE_BLOCK(locs) }

/* s390x */

#define S390X_GPR(X, p, n, roles)	X(p##R##n, "r" #n, 8, INT, n, roles)
#define S390X_REGS(X, p)						\
	S390_REGS_PSW(X, p)						\
	S390_GPRS(S390X_GPR, X, p)					\
	S390_REGS_REST(X, p)

enum { S390X_REGS(REGSET_ID, S390X_) };

static const struct regset_reg_src s390x_regs[] = {
	S390X_REGS(REGSET_REG, S390X_)
};

static const struct regset_feature_src s390x_features[] = {
	S390_FEATURES(S390X_),
};

#define S390X_LOC_GPR(X, p, n)	X(REG, p##R##n, 8)
#define S390X_LOCS_REGS(X, p)						\
	X(REG, p##PSWM, 8)						\
	X(REG, p##PSWA, 8)						\
	REGSET_0_15(S390X_LOC_GPR, X, p)				\
	REGSET_0_15(S390_LOC_ACR, X, p)					\
	X(REG, p##ORIG_R2, 8)

REGSET_LOCS(s390x_gregs, S390X_LOCS_REGS, S390X_, sizeof(s390_regs));
REGSET_LOCS(s390x_fpregs, S390_LOCS_FPR, S390X_, sizeof(s390_fp_regs));
REGSET_LOCS(s390x_system_call, S390_LOCS_SYSTEM_CALL, S390X_, sizeof(u32));
REGSET_LOCS(s390x_last_break, S390_LOCS_LAST_BREAK, S390X_, sizeof(long));
REGSET_LOCS(s390x_tdb, S390_LOCS_TDB, S390X_, sizeof(struct pgm_tdb));
REGSET_LOCS(s390x_vxrs_low, S390_LOCS_VXRS_LOW, S390X_,
	    __NUM_VXRS_LOW * sizeof(u64));
REGSET_LOCS(s390x_vxrs_high, S390_LOCS_VXRS_HIGH, S390X_,
	    __NUM_VXRS_HIGH * sizeof(__vector128));
REGSET_LOCS(s390x_gs_cb, S390_LOCS_GS_CB, S390X_, sizeof(struct gs_cb));
REGSET_LOCS(s390x_gs_bc, S390_LOCS_GS_BC, S390X_, sizeof(struct gs_cb));
REGSET_LOCS(s390x_ri_cb, S390_LOCS_RI_CB, S390X_,
	    sizeof(struct runtime_instr_cb));

static const struct regset_layout_src s390x_layouts[] = {
	S390_LAYOUT(NT_PRSTATUS, s390x_gregs),
	S390_LAYOUT(NT_PRFPREG, s390x_fpregs),
	S390_LAYOUT(NT_S390_SYSTEM_CALL, s390x_system_call),
	S390_LAYOUT(NT_S390_LAST_BREAK, s390x_last_break),
	S390_LAYOUT_OPTIONAL(NT_S390_TDB, s390x_tdb, S390_TDB_UNIT),
	S390_LAYOUT(NT_S390_VXRS_LOW, s390x_vxrs_low),
	S390_LAYOUT(NT_S390_VXRS_HIGH, s390x_vxrs_high),
	S390_LAYOUT_OPTIONAL(NT_S390_GS_CB, s390x_gs_cb, S390_GS_UNIT),
	S390_LAYOUT_OPTIONAL(NT_S390_GS_BC, s390x_gs_bc, S390_GSBC_UNIT),
	S390_LAYOUT_OPTIONAL(NT_S390_RI_CB, s390x_ri_cb, S390_RI_UNIT),
};

static const struct regset_view_src s390x_view = {
	.id = UTRACE_VIEW_ID_S390X,
	.native = UTRACE_VIEW_ID_S390X,
	.machine = EM_S390,
	.word = S390X_WORD,
	.prstatus_size = sizeof(struct elf_prstatus),
	.prstatus_regs = offsetof(struct elf_prstatus, pr_reg),
	.name = "s390x",
	.arch = "s390:64-bit",
	.regs = s390x_regs,
	.nr_regs = ARRAY_SIZE(s390x_regs),
	.features = s390x_features,
	.nr_features = ARRAY_SIZE(s390x_features),
	.layouts = s390x_layouts,
	.nr_layouts = ARRAY_SIZE(s390x_layouts),
};

#ifdef CONFIG_COMPAT
/* s390 */

/*
 * s390_compat_regs_high_set() takes pos for that of a 64-bit register and does
 * not go on to the next one; and then it adds 2 to what it has just stored.
 */
#define S390_GPR(X, p, n, roles)					\
	X(p##R##n##H, "r" #n "h", 4, INT, -1, 0, S390_FIXED)		\
	X(p##R##n##L, "r" #n "l", 4, INT, n, roles)
#define S390_REGS(X, p)							\
	S390_REGS_PSW(X, p)						\
	S390_GPRS(S390_GPR, X, p)					\
	S390_REGS_REST(X, p)

enum { S390_REGS(REGSET_ID, S390_) };

static const struct regset_reg_src s390_regs_src[] = {
	S390_REGS(REGSET_REG, S390_)
};

static const struct regset_feature_src s390_features[] = {
	S390_FEATURES(S390_),
};

#define S390_LOC_GPR(X, p, n)	X(REG, p##R##n##L, 4)
#define S390_LOCS_REGS(X, p)						\
	X(REG, p##PSWM, 4)						\
	X(REG, p##PSWA, 4)						\
	REGSET_0_15(S390_LOC_GPR, X, p)					\
	REGSET_0_15(S390_LOC_ACR, X, p)					\
	X(REG, p##ORIG_R2, 4)						\
	X(PAD, orig_r2_pad, 4)

#define S390_LOC_HIGH_GPR(X, p, n)	X(REG, p##R##n##H, 4)
#define S390_LOCS_HIGH_GPRS(X, p)	REGSET_0_15(S390_LOC_HIGH_GPR, X, p)

REGSET_LOCS(s390_gregs, S390_LOCS_REGS, S390_, sizeof(s390_compat_regs));
REGSET_LOCS(s390_fpregs, S390_LOCS_FPR, S390_, sizeof(s390_fp_regs));
REGSET_LOCS(s390_system_call, S390_LOCS_SYSTEM_CALL, S390_, sizeof(u32));
/* It has as many bytes as that of s390x. */
REGSET_LOCS(s390_last_break, S390_LOCS_LAST_BREAK, S390_, sizeof(long));
REGSET_LOCS(s390_tdb, S390_LOCS_TDB, S390_, sizeof(struct pgm_tdb));
REGSET_LOCS(s390_vxrs_low, S390_LOCS_VXRS_LOW, S390_,
	    __NUM_VXRS_LOW * sizeof(u64));
REGSET_LOCS(s390_vxrs_high, S390_LOCS_VXRS_HIGH, S390_,
	    __NUM_VXRS_HIGH * sizeof(__vector128));
REGSET_LOCS(s390_high_gprs, S390_LOCS_HIGH_GPRS, S390_,
	    sizeof(s390_compat_regs_high));
REGSET_LOCS(s390_gs_cb, S390_LOCS_GS_CB, S390_, sizeof(struct gs_cb));
REGSET_LOCS(s390_gs_bc, S390_LOCS_GS_BC, S390_, sizeof(struct gs_cb));
REGSET_LOCS(s390_ri_cb, S390_LOCS_RI_CB, S390_,
	    sizeof(struct runtime_instr_cb));

static const struct regset_layout_src s390_layouts[] = {
	S390_LAYOUT(NT_PRSTATUS, s390_gregs),
	S390_LAYOUT(NT_PRFPREG, s390_fpregs),
	S390_LAYOUT(NT_S390_SYSTEM_CALL, s390_system_call),
	S390_LAYOUT(NT_S390_LAST_BREAK, s390_last_break),
	S390_LAYOUT_OPTIONAL(NT_S390_TDB, s390_tdb, S390_TDB_UNIT),
	S390_LAYOUT(NT_S390_VXRS_LOW, s390_vxrs_low),
	S390_LAYOUT(NT_S390_VXRS_HIGH, s390_vxrs_high),
	S390_LAYOUT(NT_S390_HIGH_GPRS, s390_high_gprs),
	S390_LAYOUT_OPTIONAL(NT_S390_GS_CB, s390_gs_cb, S390_GS_UNIT),
	S390_LAYOUT_OPTIONAL(NT_S390_GS_BC, s390_gs_bc, S390_GSBC_UNIT),
	S390_LAYOUT_OPTIONAL(NT_S390_RI_CB, s390_ri_cb, S390_RI_UNIT),
};

#define S390_LINK(p, id, bytes_)	\
	{ .reg = p##id, .native = S390X_##id, .bytes = (bytes_) },
#define S390_LINK_HALF(id, native_, offset_)	\
	{ .reg = (id), .native = (native_), .offset = (offset_), .bytes = 4 },
#define S390_LINK_GPR(X, p, n)						\
	X(p##R##n##H, S390X_R##n, 4)					\
	X(p##R##n##L, S390X_R##n, 0)
#define S390_LINK_ACR(X, p, n)		X(p, ACR##n, 4)
#define S390_LINK_FPR(X, p, n)		X(p, F##n, 8)
#define S390_LINK_TDB_GPR(X, p, n)	X(p, TR##n, 8)
#define S390_LINK_VXR_LOW(X, p, n)	X(p, V##n##L, 8)
#define S390_LINK_VXR_HIGH(X, p, n)	X(p, V##n, 16)

/*
 * Of pswm, what is not in a mask is always the same.  The addressing mode is a bit
 * of pswa, but of pswm in the native view.
 */
static const struct utrace_link s390_links[] = {
	{ .reg = S390_PSWM, .native = S390X_PSWM, .offset = 4, .bytes = 4,
	  .mask = PSW32_MASK_USER | PSW32_MASK_RI },
	{ .reg = S390_PSWA, .native = S390X_PSWA, .bytes = 4,
	  .mask = PSW32_ADDR_INSN },
	{ .reg = S390_PSWA, .native = S390X_PSWM, .bytes = 4,
	  .mask = PSW32_ADDR_AMODE },
	REGSET_0_15(S390_LINK_GPR, S390_LINK_HALF, S390_)
	REGSET_0_15(S390_LINK_ACR, S390_LINK, S390_)
	S390_LINK(S390_, FPC, 4)
	REGSET_0_15(S390_LINK_FPR, S390_LINK, S390_)
	S390_LINK(S390_, ORIG_R2, 4)
	S390_LINK(S390_, LAST_BREAK, 4)
	S390_LINK(S390_, SYSTEM_CALL, 4)
	S390_LINK(S390_, TDB0, 8)
	S390_LINK(S390_, TAC, 8)
	S390_LINK(S390_, TCT, 8)
	S390_LINK(S390_, ATIA, 8)
	REGSET_0_15(S390_LINK_TDB_GPR, S390_LINK, S390_)
	REGSET_0_15(S390_LINK_VXR_LOW, S390_LINK, S390_)
	REGSET_16_31(S390_LINK_VXR_HIGH, S390_LINK, S390_)
	S390_LINK(S390_, GSD, 8)
	S390_LINK(S390_, GSSM, 8)
	S390_LINK(S390_, GSEPLA, 8)
	S390_LINK(S390_, BC_GSD, 8)
	S390_LINK(S390_, BC_GSSM, 8)
	S390_LINK(S390_, BC_GSEPLA, 8)
	S390_LINK(S390_, TDB_RESERVED, 96)
	S390_LINK(S390_, GS_RESERVED, 8)
	S390_LINK(S390_, BC_GS_RESERVED, 8)
	S390_LINK(S390_, RI_RCA, 8)
	S390_LINK(S390_, RI_ROA, 8)
	S390_LINK(S390_, RI_RLA, 8)
	S390_LINK(S390_, RI_FLAGS, 8)
	S390_LINK(S390_, RI_RESERVED7, 8)
	S390_LINK(S390_, RI_SF, 8)
	S390_LINK(S390_, RI_RSIC, 8)
	S390_LINK(S390_, RI_RESERVED8, 8)
};

static const struct regset_view_src s390_view = {
	.id = UTRACE_VIEW_ID_S390,
	.native = UTRACE_VIEW_ID_S390X,
	.machine = EM_S390,
	.word = S390_WORD,
	.prstatus_size = sizeof(struct compat_elf_prstatus),
	.prstatus_regs = offsetof(struct compat_elf_prstatus, pr_reg),
	.name = "s390",
	.arch = "s390:31-bit",
	.regs = s390_regs_src,
	.nr_regs = ARRAY_SIZE(s390_regs_src),
	.features = s390_features,
	.nr_features = ARRAY_SIZE(s390_features),
	.layouts = s390_layouts,
	.nr_layouts = ARRAY_SIZE(s390_layouts),
	.links = s390_links,
	.nr_links = ARRAY_SIZE(s390_links),
};
#endif /* CONFIG_COMPAT */

const struct regset_view_src *const regset_arch_views[] = {
	&s390x_view,
#ifdef CONFIG_COMPAT
	&s390_view,
#endif
	NULL
};

bool regset_arch_have(unsigned int id, unsigned int note)
{
	switch (note) {
	case NT_S390_TDB:
		return MACHINE_HAS_TE;
	case NT_S390_VXRS_LOW:
	case NT_S390_VXRS_HIGH:
		return cpu_has_vx();
	case NT_S390_GS_CB:
	case NT_S390_GS_BC:
		return MACHINE_HAS_GS;
	case NT_S390_RI_CB:
		return test_facility(64);
	default:
		return true;
	}
}
