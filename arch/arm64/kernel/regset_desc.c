// SPDX-License-Identifier: GPL-2.0-only
/*
 * Descriptions of arm64's register sets: see <linux/regset_desc.h>
 */

#include <linux/align.h>
#include <linux/array_size.h>
#include <linux/compat.h>
#include <linux/elf.h>
#include <linux/elfcore.h>
#include <linux/minmax.h>
#include <linux/ptrace.h>
#include <linux/regset.h>
#include <linux/regset_desc.h>

#include <asm/cpufeature.h>
#include <asm/fpsimd.h>
#include <asm/utrace.h>

#ifdef CONFIG_COMPAT
#include <linux/elfcore-compat.h>
#endif

/* .variable: which unit, plus 1 */
#define A64_UNIT_VG	1	/* vector granules, vl / 8: z is 8, p is 1 */
#define A64_UNIT_SVL	2	/* streaming vector length: za is its square */

/*
 * What both views have: breakpoints, watchpoints and the system call
 *
 * A register file shows breakpoints and watchpoints, but changes none.  Each is a
 * perf event that lasts until the next exec, so it would outlive the tracer that
 * has written it, and the next hit would kill the program.  The slots also belong
 * to ptrace, whose tracer does not expect that a saved file is put back over them.
 */

#define ARM_HW_REG(X, p, KIND, kind, n)					\
	X(p##HW_##KIND##_ADDR##n, "hw_" kind "_addr" #n, 8, DATA_PTR,	\
	  -1, 0, .flags = UTRACE_REG_CONTROL | UTRACE_REG_READONLY)	\
	X(p##HW_##KIND##_CTRL##n, "hw_" kind "_ctrl" #n, 4, FLAGS,	\
	  -1, 0, .flags = UTRACE_REG_CONTROL | UTRACE_REG_READONLY)
#define ARM_HW_BREAK_REG(X, p, n)	ARM_HW_REG(X, p, BREAK, "break", n)
#define ARM_HW_WATCH_REG(X, p, n)	ARM_HW_REG(X, p, WATCH, "watch", n)

#define ARM_HW_REGS(X, p)						\
	X(p##HW_BREAK_INFO, "hw_break_info", 4, FLAGS, -1, 0,		\
	  .flags = UTRACE_REG_CONTROL | UTRACE_REG_READONLY)		\
	REGSET_0_15(ARM_HW_BREAK_REG, X, p)				\
	X(p##HW_WATCH_INFO, "hw_watch_info", 4, FLAGS, -1, 0,		\
	  .flags = UTRACE_REG_CONTROL | UTRACE_REG_READONLY)		\
	REGSET_0_15(ARM_HW_WATCH_REG, X, p)

#define ARM_HW_LOC(X, p, KIND, kind, n)					\
	X(REG, p##HW_##KIND##_ADDR##n, 8)				\
	X(REG, p##HW_##KIND##_CTRL##n, 4)				\
	X(PAD, hw_##kind##_pad##n, 4)
#define ARM_HW_BREAK_LOC(X, p, n)	ARM_HW_LOC(X, p, BREAK, break, n)
#define ARM_HW_WATCH_LOC(X, p, n)	ARM_HW_LOC(X, p, WATCH, watch, n)

#define ARM_HW_BREAK_LIST(X, p)						\
	X(REG, p##HW_BREAK_INFO, 4)					\
	X(PAD, hw_break_pad, 4)						\
	REGSET_0_15(ARM_HW_BREAK_LOC, X, p)
#define ARM_HW_WATCH_LIST(X, p)						\
	X(REG, p##HW_WATCH_INFO, 4)					\
	X(PAD, hw_watch_pad, 4)						\
	REGSET_0_15(ARM_HW_WATCH_LOC, X, p)

#define ARM_SYSTEM_CALL_LIST(X, p)	X(REG, p##SYSCALLNO, 4)

/*
 * The native view
 */

#define A64_X_REG(R, p, n)	R(p##X##n, "x" #n, 8, INT, n, 0)
#define A64_SYSCALL_ARG(X, n)						\
	X(A64_X##n, "x" #n, 8, INT, n,					\
	  REGSET_ROLE_N(SYSCALL_ARG, n) | REGSET_ROLE_N(FUNC_ARG, n))
#define A64_FUNC_ARG(X, n)						\
	X(A64_X##n, "x" #n, 8, INT, n, REGSET_ROLE_N(FUNC_ARG, n))
#define A64_V_REG(X, p, n)	X(p##V##n, "v" #n, 16, VECTOR, 64 + (n), 0)
#define A64_Z_REG(X, p, n)						\
	X(p##Z##n, "z" #n, 8, VECTOR, 96 + (n), 0, .variable = A64_UNIT_VG)
#define A64_P_REG(X, p, n)						\
	X(p##P##n, "p" #n, 1, VECTOR, 48 + (n), 0, .variable = A64_UNIT_VG)
#define A64_KEY_REG(X, KEY, key)					\
	X(A64_##KEY, key, 16, BYTES, -1, 0, .flags = UTRACE_REG_CONTROL)

#define A64_REGS(X)							\
	X(A64_X0, "x0", 8, INT, 0,					\
	  REGSET_ROLE_N(SYSCALL_ARG, 0) | REGSET_ROLE(SYSCALL_RESULT) |	\
	  REGSET_ROLE_N(FUNC_ARG, 0) | REGSET_ROLE(FUNC_RESULT))	\
	A64_SYSCALL_ARG(X, 1)						\
	A64_SYSCALL_ARG(X, 2)						\
	A64_SYSCALL_ARG(X, 3)						\
	A64_SYSCALL_ARG(X, 4)						\
	A64_SYSCALL_ARG(X, 5)						\
	A64_FUNC_ARG(X, 6)						\
	A64_FUNC_ARG(X, 7)						\
	REGSET_8_15(A64_X_REG, X, A64_)					\
	A64_X_REG(X, A64_, 16)						\
	A64_X_REG(X, A64_, 17)						\
	A64_X_REG(X, A64_, 18)						\
	A64_X_REG(X, A64_, 19)						\
	A64_X_REG(X, A64_, 20)						\
	A64_X_REG(X, A64_, 21)						\
	A64_X_REG(X, A64_, 22)						\
	A64_X_REG(X, A64_, 23)						\
	A64_X_REG(X, A64_, 24)						\
	A64_X_REG(X, A64_, 25)						\
	A64_X_REG(X, A64_, 26)						\
	A64_X_REG(X, A64_, 27)						\
	A64_X_REG(X, A64_, 28)						\
	X(A64_X29, "x29", 8, INT, 29, REGSET_ROLE(FP))			\
	X(A64_X30, "x30", 8, INT, 30, REGSET_ROLE(RA))			\
	X(A64_SP, "sp", 8, DATA_PTR, 31, REGSET_ROLE(SP))		\
	X(A64_PC, "pc", 8, CODE_PTR, 32, REGSET_ROLE(PC))		\
	X(A64_CPSR, "cpsr", 4, FLAGS, -1, REGSET_ROLE(FLAGS))		\
	REGSET_0_31(A64_V_REG, X, A64_)					\
	X(A64_FPSR, "fpsr", 4, FLAGS, -1, 0, .stays = true)		\
	X(A64_FPCR, "fpcr", 4, FLAGS, -1, 0, .stays = true)		\
	REGSET_0_31(A64_Z_REG, X, A64_)					\
	REGSET_0_15(A64_P_REG, X, A64_)					\
	X(A64_FFR, "ffr", 1, VECTOR, 47, 0, .variable = A64_UNIT_VG)	\
	X(A64_VG, "vg", 8, INT, 46, 0, .flags = UTRACE_REG_READONLY)	\
	X(A64_PAUTH_DMASK, "pauth_dmask", 8, INT, -1, 0,		\
	  .flags = UTRACE_REG_READONLY)					\
	X(A64_PAUTH_CMASK, "pauth_cmask", 8, INT, -1, 0,		\
	  .flags = UTRACE_REG_READONLY)					\
	X(A64_TAG_CTL, "tag_ctl", 8, INT, -1, 0)			\
	X(A64_TPIDR, "tpidr", 8, DATA_PTR, 36, REGSET_ROLE(TLS))	\
	X(A64_TPIDR2, "tpidr2", 8, DATA_PTR, -1, 0)			\
	X(A64_FPMR, "fpmr", 8, FLAGS, -1, 0)				\
	X(A64_POR_EL0, "por_el0", 8, INT, -1, 0)			\
	X(A64_SYSCALLNO, "syscallno", 4, INT, -1, REGSET_ROLE(SYSCALL_NR)) \
	X(A64_SVL, "svl", 8, INT, -1, 0, .flags = UTRACE_REG_READONLY)	\
	X(A64_ZA, "za", 1, BYTES, -1, 0, .variable = A64_UNIT_SVL)	\
	X(A64_ZT0, "zt0", 64, VECTOR, -1, 0)				\
	X(A64_PAC_ENABLED_KEYS, "pac_enabled_keys", 8, FLAGS, -1, 0,	\
	  .flags = UTRACE_REG_CONTROL)					\
	A64_KEY_REG(X, APIAKEY, "apiakey")				\
	A64_KEY_REG(X, APIBKEY, "apibkey")				\
	A64_KEY_REG(X, APDAKEY, "apdakey")				\
	A64_KEY_REG(X, APDBKEY, "apdbkey")				\
	A64_KEY_REG(X, APGAKEY, "apgakey")				\
	ARM_HW_REGS(X, A64_)

enum { A64_REGS(REGSET_ID) };

static const struct regset_reg_src a64_regs[] = { A64_REGS(REGSET_REG) };

static const struct regset_feature_src a64_features[] = {
	{ .name = "org.gnu.gdb.aarch64.core", .first = A64_X0 },
	{ .name = "org.gnu.gdb.aarch64.fpu", .first = A64_V0,
	  .unless = NT_ARM_SVE, .instead = "org.gnu.gdb.aarch64.sve",
	  .twin = A64_Z0 },
	{ .name = "org.gnu.gdb.aarch64.sve", .first = A64_Z0 },
	{ .name = "org.gnu.gdb.aarch64.pauth", .first = A64_PAUTH_DMASK },
	{ .name = "org.gnu.gdb.aarch64.mte", .first = A64_TAG_CTL },
	{ .name = "org.gnu.gdb.aarch64.tls", .first = A64_TPIDR },
	{ .name = "org.gnu.gdb.aarch64.fpmr", .first = A64_FPMR },
	{ .name = "org.gnu.gdb.aarch64.poe", .first = A64_POR_EL0 },
	{ .name = "org.utrace.aarch64.system_call", .first = A64_SYSCALLNO },
	/* Not gdb's sme and sme2: svcr, which they need, is in no set. */
	{ .name = "org.utrace.aarch64.sme", .first = A64_SVL },
	{ .name = "org.utrace.aarch64.sme2", .first = A64_ZT0 },
	{ .name = "org.utrace.aarch64.pac_enabled_keys",
	  .first = A64_PAC_ENABLED_KEYS },
	{ .name = "org.utrace.aarch64.pac_address_keys", .first = A64_APIAKEY },
	{ .name = "org.utrace.aarch64.pac_generic_keys", .first = A64_APGAKEY },
	{ .name = "org.utrace.aarch64.hw_break", .first = A64_HW_BREAK_INFO },
	{ .name = "org.utrace.aarch64.hw_watch", .first = A64_HW_WATCH_INFO },
};

#define A64_X_LOC(L, p, n)	L(REG, p##X##n, 8)
#define A64_PRSTATUS_LIST(X, p)						\
	REGSET_0_15(A64_X_LOC, X, p)					\
	REGSET_16_30(A64_X_LOC, X, p)					\
	X(REG, p##SP, 8)						\
	X(REG, p##PC, 8)						\
	X(REG, p##CPSR, 8)
REGSET_LOCS(a64_prstatus, A64_PRSTATUS_LIST, A64_, sizeof(struct user_pt_regs));

#define A64_FP_CONTROL(X, p)						\
	X(REG, p##FPSR, 4)						\
	X(REG, p##FPCR, 4)						\
	X(PAD, fpsimd_reserved, 8)
#define A64_V_LOC(X, p, n)	X(REG, p##V##n, 16)
#define A64_PRFPREG_LIST(X, p)						\
	REGSET_0_31(A64_V_LOC, X, p)					\
	A64_FP_CONTROL(X, p)
REGSET_LOCS(a64_prfpreg, A64_PRFPREG_LIST, A64_,
	    sizeof(struct user_fpsimd_state));

#define A64_SVE_HEAD(X, p, form)					\
	X(SIZE, sve_size, 4)						\
	X(SIZE, sve_max_size, 4)					\
	X(SHIFTED, p##VG, 2)						\
	X(UNIT, sve_max_vl, 2)						\
	X(FIXED, sve_flags, 2, form)					\
	X(PAD, sve_reserved, 2)

/* z, p and ffr in full */
#define A64_SVE_HEAD_LIST(X, p)	A64_SVE_HEAD(X, p, SVE_PT_REGS_SVE)
REGSET_LOCS(a64_sve_head, A64_SVE_HEAD_LIST, A64_, SVE_PT_SVE_OFFSET);

#define A64_Z_UNITS(X, p, n)	X(UNITS, p##Z##n, 8)
#define A64_P_UNITS(X, p, n)	X(UNITS, p##P##n, 1)
#define A64_SVE_UNITS_LIST(X, p)					\
	REGSET_0_31(A64_Z_UNITS, X, p)					\
	REGSET_0_15(A64_P_UNITS, X, p)					\
	X(UNITS, p##FFR, 1)
REGSET_LOCS(a64_sve_units, A64_SVE_UNITS_LIST, A64_,
	    (SVE_PT_SVE_FFR_OFFSET(1) + SVE_PT_SVE_FFR_SIZE(1) -
	     SVE_PT_SVE_OFFSET) * 8 / SVE_VQ_BYTES);

#define A64_SVE_TAIL_LIST(X, p)						\
	X(REG, p##FPSR, 4)						\
	X(REG, p##FPCR, 4)						\
	X(PAD, sve_tail, 8)
REGSET_LOCS(a64_sve_tail, A64_SVE_TAIL_LIST, A64_,
	    SVE_PT_SIZE(1, SVE_PT_REGS_SVE) - SVE_PT_SVE_FPSR_OFFSET(1));

/* Is the tail, of whatever vector length, where <linux/utrace_regs.h> says? */
#define A64_SVE_BYTES(vq)						\
	(SVE_PT_SVE_OFFSET + REGSET_BYTES(A64_SVE_UNITS_LIST, A64_) *	\
	 (vq) * SVE_VQ_BYTES / 8)
#define A64_SVE_CHECK(vq)						\
	static_assert(ALIGN(A64_SVE_BYTES(vq), 16) == SVE_PT_SVE_FPSR_OFFSET(vq))
A64_SVE_CHECK(1);
A64_SVE_CHECK(2);
A64_SVE_CHECK(3);
A64_SVE_CHECK(4);
A64_SVE_CHECK(5);
A64_SVE_CHECK(6);
A64_SVE_CHECK(7);
A64_SVE_CHECK(8);
A64_SVE_CHECK(ARCH_SVE_VQ_MAX);
A64_SVE_CHECK(SVE_VQ_MAX);

/* The same of a thread that has not used more than v: all the rest is 0. */
#define A64_Z_LOC(X, p, n)	X(REG, p##Z##n, 16)
#define A64_SVE_FPSIMD_LIST(X, p)					\
	A64_SVE_HEAD(X, p, SVE_PT_REGS_FPSIMD)				\
	REGSET_0_31(A64_Z_LOC, X, p)					\
	A64_FP_CONTROL(X, p)
REGSET_LOCS(a64_sve_fpsimd, A64_SVE_FPSIMD_LIST, A64_,
	    SVE_PT_SIZE(1, SVE_PT_REGS_FPSIMD));

#define A64_TLS_LIST(X, p)						\
	X(REG, p##TPIDR, 8)						\
	X(REG, p##TPIDR2, 8)
REGSET_LOCS(a64_tls, A64_TLS_LIST, A64_, 2 * sizeof(void *));

REGSET_LOCS(a64_hw_break, ARM_HW_BREAK_LIST, A64_,
	    sizeof(struct user_hwdebug_state));
REGSET_LOCS(a64_hw_watch, ARM_HW_WATCH_LIST, A64_,
	    sizeof(struct user_hwdebug_state));

#define A64_FPMR_LIST(X, p)	X(REG, p##FPMR, 8)
REGSET_LOCS(a64_fpmr, A64_FPMR_LIST, A64_, sizeof(u64));

REGSET_LOCS(a64_system_call, ARM_SYSTEM_CALL_LIST, A64_, sizeof(int));

#define A64_ZA_HEAD_LIST(X, p)						\
	X(SIZE, za_size, 4)						\
	X(SIZE, za_max_size, 4)						\
	X(REG, p##SVL, 2)						\
	X(UNIT, za_max_vl, 2)						\
	X(PAD, za_flags, 2)						\
	X(PAD, za_reserved, 2)
#define A64_ZA_UNITS_LIST(X, p)	X(UNITS, p##ZA, 1)
REGSET_LOCS(a64_za_head, A64_ZA_HEAD_LIST, A64_, ZA_PT_ZA_OFFSET);
REGSET_LOCS(a64_za_units, A64_ZA_UNITS_LIST, A64_,
	    ZA_PT_ZA_SIZE(1) / (SVE_VQ_BYTES * SVE_VQ_BYTES));

#define A64_ZT_LIST(X, p)	X(REG, p##ZT0, 64)
REGSET_LOCS(a64_zt, A64_ZT_LIST, A64_, ZT_SIG_REG_BYTES);

#define A64_PAC_MASK_LIST(X, p)						\
	X(REG, p##PAUTH_DMASK, 8)					\
	X(REG, p##PAUTH_CMASK, 8)
REGSET_LOCS(a64_pac_mask, A64_PAC_MASK_LIST, A64_,
	    sizeof(struct user_pac_mask));

#define A64_PAC_ENABLED_KEYS_LIST(X, p)	X(REG, p##PAC_ENABLED_KEYS, 8)
REGSET_LOCS(a64_pac_enabled_keys, A64_PAC_ENABLED_KEYS_LIST, A64_, sizeof(long));

#define A64_PACA_KEYS_LIST(X, p)					\
	X(REG, p##APIAKEY, 16)						\
	X(REG, p##APIBKEY, 16)						\
	X(REG, p##APDAKEY, 16)						\
	X(REG, p##APDBKEY, 16)
REGSET_LOCS(a64_paca_keys, A64_PACA_KEYS_LIST, A64_,
	    sizeof(struct user_pac_address_keys));

#define A64_PACG_KEYS_LIST(X, p)	X(REG, p##APGAKEY, 16)
REGSET_LOCS(a64_pacg_keys, A64_PACG_KEYS_LIST, A64_,
	    sizeof(struct user_pac_generic_keys));

#define A64_TAGGED_ADDR_CTRL_LIST(X, p)	X(REG, p##TAG_CTL, 8)
REGSET_LOCS(a64_tagged_addr_ctrl, A64_TAGGED_ADDR_CTRL_LIST, A64_, sizeof(long));

#define A64_POE_LIST(X, p)	X(REG, p##POR_EL0, 8)
REGSET_LOCS(a64_poe, A64_POE_LIST, A64_, sizeof(long));

#define A64_SVE_FORM(value)						\
	.variable = A64_UNIT_VG,					\
	.unit_offset = offsetof(struct user_sve_header, vl),		\
	.unit_bytes = sizeof_field(struct user_sve_header, vl),		\
	.unit_shift = 3,						\
	.cond_offset = offsetof(struct user_sve_header, flags),		\
	.cond_bytes = sizeof_field(struct user_sve_header, flags),	\
	.cond_mask = SVE_PT_REGS_MASK,					\
	.cond_value = (value)
#define A64_SVE_BLOCKS							\
	REGSET_BLOCKS(REGSET_BLOCK(a64_sve_head),			\
		      REGSET_BLOCK(a64_sve_units),			\
		      REGSET_BLOCK(a64_sve_tail))

/*
 * What has a header is written as a whole: its set() wants the header first.
 *
 * In streaming mode the registers are in NT_ARM_SSVE; else that does not have the
 * form that is described here.
 */
static const struct regset_layout_src a64_layouts[] = {
	{ .note = NT_PRSTATUS, REGSET_ONE_BLOCK(a64_prstatus) },
	{ .note = NT_ARM_SSVE, .flags = UTRACE_LAYOUT_WHOLE,
	  A64_SVE_FORM(SVE_PT_REGS_SVE), A64_SVE_BLOCKS },
	{ .note = NT_ARM_SVE, .flags = UTRACE_LAYOUT_WHOLE,
	  A64_SVE_FORM(SVE_PT_REGS_SVE), A64_SVE_BLOCKS },
	{ .note = NT_ARM_SVE, .flags = UTRACE_LAYOUT_WHOLE,
	  A64_SVE_FORM(SVE_PT_REGS_FPSIMD), REGSET_ONE_BLOCK(a64_sve_fpsimd) },
	{ .note = NT_PRFPREG, .behind = NT_ARM_SVE,
	  REGSET_ONE_BLOCK(a64_prfpreg) },
	{ .note = NT_ARM_TLS, .flags = UTRACE_LAYOUT_PREFIX,
	  REGSET_ONE_BLOCK(a64_tls) },
	{ .note = NT_ARM_HW_BREAK, .flags = UTRACE_LAYOUT_PREFIX,
	  REGSET_ONE_BLOCK(a64_hw_break) },
	{ .note = NT_ARM_HW_WATCH, .flags = UTRACE_LAYOUT_PREFIX,
	  REGSET_ONE_BLOCK(a64_hw_watch) },
	{ .note = NT_ARM_FPMR, REGSET_ONE_BLOCK(a64_fpmr) },
	{ .note = NT_ARM_SYSTEM_CALL, REGSET_ONE_BLOCK(a64_system_call) },
	{ .note = NT_ARM_ZA,
	  .flags = UTRACE_LAYOUT_WHOLE | UTRACE_LAYOUT_SQUARE,
	  .variable = A64_UNIT_SVL,
	  .unit_offset = offsetof(struct user_za_header, vl),
	  .unit_bytes = sizeof_field(struct user_za_header, vl),
	  REGSET_BLOCKS(REGSET_BLOCK(a64_za_head),
			REGSET_BLOCK(a64_za_units)) },
	{ .note = NT_ARM_ZT, REGSET_ONE_BLOCK(a64_zt) },
	{ .note = NT_ARM_PAC_MASK, REGSET_ONE_BLOCK(a64_pac_mask) },
	{ .note = NT_ARM_PAC_ENABLED_KEYS,
	  REGSET_ONE_BLOCK(a64_pac_enabled_keys) },
	{ .note = NT_ARM_PACA_KEYS, REGSET_ONE_BLOCK(a64_paca_keys) },
	{ .note = NT_ARM_PACG_KEYS, REGSET_ONE_BLOCK(a64_pacg_keys) },
	{ .note = NT_ARM_TAGGED_ADDR_CTRL,
	  REGSET_ONE_BLOCK(a64_tagged_addr_ctrl) },
	{ .note = NT_ARM_POE, REGSET_ONE_BLOCK(a64_poe) },
};

static const struct regset_view_src a64_view = {
	.id = UTRACE_VIEW_ID_AARCH64,
	.native = UTRACE_VIEW_ID_AARCH64,
	.machine = EM_AARCH64,
	.word = sizeof(elf_greg_t),
	.prstatus_size = sizeof(struct elf_prstatus),
	.prstatus_regs = offsetof(struct elf_prstatus, pr_reg),
	.name = "aarch64",
	.arch = "aarch64",
	.regs = a64_regs,
	.nr_regs = ARRAY_SIZE(a64_regs),
	.features = a64_features,
	.nr_features = ARRAY_SIZE(a64_features),
	.layouts = a64_layouts,
	.nr_layouts = ARRAY_SIZE(a64_layouts),
};

#ifdef CONFIG_COMPAT
/*
 * The view of AArch32 threads
 */

#define A32_R_REG(X, n, roles)	X(A32_R##n, "r" #n, 4, INT, n, roles)
#define A32_D_REG(X, p, n)	X(p##D##n, "d" #n, 8, FLOAT, 256 + (n), 0)

#define A32_REGS(X)							\
	A32_R_REG(X, 0, REGSET_ROLE_N(SYSCALL_ARG, 0) |			\
		  REGSET_ROLE(SYSCALL_RESULT) |				\
		  REGSET_ROLE_N(FUNC_ARG, 0) | REGSET_ROLE(FUNC_RESULT)) \
	A32_R_REG(X, 1, REGSET_ROLE_N(SYSCALL_ARG, 1) |			\
		  REGSET_ROLE_N(FUNC_ARG, 1))				\
	A32_R_REG(X, 2, REGSET_ROLE_N(SYSCALL_ARG, 2) |			\
		  REGSET_ROLE_N(FUNC_ARG, 2))				\
	A32_R_REG(X, 3, REGSET_ROLE_N(SYSCALL_ARG, 3) |			\
		  REGSET_ROLE_N(FUNC_ARG, 3))				\
	A32_R_REG(X, 4, REGSET_ROLE_N(SYSCALL_ARG, 4))			\
	A32_R_REG(X, 5, REGSET_ROLE_N(SYSCALL_ARG, 5))			\
	A32_R_REG(X, 6, 0)						\
	A32_R_REG(X, 7, REGSET_ROLE(SYSCALL_NR))			\
	A32_R_REG(X, 8, 0)						\
	A32_R_REG(X, 9, 0)						\
	A32_R_REG(X, 10, 0)						\
	A32_R_REG(X, 11, REGSET_ROLE(FP))				\
	A32_R_REG(X, 12, 0)						\
	X(A32_SP, "sp", 4, DATA_PTR, 13, REGSET_ROLE(SP))		\
	X(A32_LR, "lr", 4, INT, 14, REGSET_ROLE(RA))			\
	X(A32_PC, "pc", 4, CODE_PTR, 15, REGSET_ROLE(PC))		\
	X(A32_CPSR, "cpsr", 4, FLAGS, -1, REGSET_ROLE(FLAGS))		\
	REGSET_0_31(A32_D_REG, X, A32_)					\
	X(A32_FPSCR, "fpscr", 4, INT, -1, 0)				\
	X(A32_TPIDRURO, "tpidruro", 4, DATA_PTR, 320, REGSET_ROLE(TLS))	\
	X(A32_ORIG_R0, "orig_r0", 4, INT, -1, 0)			\
	X(A32_SYSCALLNO, "syscallno", 4, INT, -1, 0)			\
	ARM_HW_REGS(X, A32_)

enum { A32_REGS(REGSET_ID) };

static const struct regset_reg_src a32_regs[] = { A32_REGS(REGSET_REG) };

static const struct regset_feature_src a32_features[] = {
	{ .name = "org.gnu.gdb.arm.core", .first = A32_R0 },
	{ .name = "org.gnu.gdb.arm.vfp", .first = A32_D0 },
	{ .name = "org.gnu.gdb.arm.tls", .first = A32_TPIDRURO },
	{ .name = "org.utrace.arm.orig_r0", .first = A32_ORIG_R0 },
	{ .name = "org.utrace.arm.system_call", .first = A32_SYSCALLNO },
	{ .name = "org.utrace.arm.hw_break", .first = A32_HW_BREAK_INFO },
	{ .name = "org.utrace.arm.hw_watch", .first = A32_HW_WATCH_INFO },
};

#define A32_R_LOC(X, p, n)	X(REG, p##R##n, 4)
#define A32_PRSTATUS_LIST(X, p)						\
	REGSET_0_7(A32_R_LOC, X, p)					\
	A32_R_LOC(X, p, 8)						\
	A32_R_LOC(X, p, 9)						\
	A32_R_LOC(X, p, 10)						\
	A32_R_LOC(X, p, 11)						\
	A32_R_LOC(X, p, 12)						\
	X(REG, p##SP, 4)						\
	X(REG, p##LR, 4)						\
	X(REG, p##PC, 4)						\
	X(REG, p##CPSR, 4)						\
	X(REG, p##ORIG_R0, 4)
REGSET_LOCS(a32_prstatus, A32_PRSTATUS_LIST, A32_, sizeof(compat_elf_gregset_t));

#define A32_D_LOC(X, p, n)	X(REG, p##D##n, 8)
#define A32_VFP_LIST(X, p)						\
	REGSET_0_31(A32_D_LOC, X, p)					\
	X(REG, p##FPSCR, 4)
REGSET_LOCS(a32_vfp, A32_VFP_LIST, A32_, VFP_STATE_SIZE);

#define A32_TLS_LIST(X, p)	X(REG, p##TPIDRURO, 4)
REGSET_LOCS(a32_tls, A32_TLS_LIST, A32_, sizeof(compat_ulong_t));

REGSET_LOCS(a32_hw_break, ARM_HW_BREAK_LIST, A32_,
	    sizeof(struct user_hwdebug_state));
REGSET_LOCS(a32_hw_watch, ARM_HW_WATCH_LIST, A32_,
	    sizeof(struct user_hwdebug_state));
REGSET_LOCS(a32_system_call, ARM_SYSTEM_CALL_LIST, A32_, sizeof(int));

static const struct regset_layout_src a32_layouts[] = {
	{ .note = NT_PRSTATUS, REGSET_ONE_BLOCK(a32_prstatus) },
	{ .note = NT_ARM_VFP, REGSET_ONE_BLOCK(a32_vfp) },
	{ .note = NT_ARM_TLS, REGSET_ONE_BLOCK(a32_tls) },
	{ .note = NT_ARM_HW_BREAK, .flags = UTRACE_LAYOUT_PREFIX,
	  REGSET_ONE_BLOCK(a32_hw_break) },
	{ .note = NT_ARM_HW_WATCH, .flags = UTRACE_LAYOUT_PREFIX,
	  REGSET_ONE_BLOCK(a32_hw_watch) },
	{ .note = NT_ARM_SYSTEM_CALL, REGSET_ONE_BLOCK(a32_system_call) },
};

#define A32_LINK(reg_, native_, bytes_, ...)				\
	{ .reg = (reg_), .native = (native_), .bytes = (bytes_), __VA_ARGS__ },
#define A32_R_LINK(X, p, n)	A32_LINK(A32_R##n, A64_X##n, 4)
/* Two d are one v, or the beginning of z if the file has no v. */
#define A32_D_LINK(X, p, n)						\
	A32_LINK(A32_D0 + 2 * (n), A64_V##n, 8)				\
	A32_LINK(A32_D0 + 2 * (n) + 1, A64_V##n, 8, .offset = 8)	\
	A32_LINK(A32_D0 + 2 * (n), A64_Z##n, 8)				\
	A32_LINK(A32_D0 + 2 * (n) + 1, A64_Z##n, 8, .offset = 8)
#define A32_HW_LINK(X, p, n)						\
	A32_LINK(A32_HW_BREAK_ADDR##n, A64_HW_BREAK_ADDR##n, 8)		\
	A32_LINK(A32_HW_BREAK_CTRL##n, A64_HW_BREAK_CTRL##n, 4)		\
	A32_LINK(A32_HW_WATCH_ADDR##n, A64_HW_WATCH_ADDR##n, 8)		\
	A32_LINK(A32_HW_WATCH_CTRL##n, A64_HW_WATCH_CTRL##n, 4)

static const struct utrace_link a32_links[] = {
	REGSET_0_7(A32_R_LINK, X, A32_)
	A32_R_LINK(X, A32_, 8)
	A32_R_LINK(X, A32_, 9)
	A32_R_LINK(X, A32_, 10)
	A32_R_LINK(X, A32_, 11)
	A32_R_LINK(X, A32_, 12)
	A32_LINK(A32_SP, A64_X13, 4)
	A32_LINK(A32_LR, A64_X14, 4)
	A32_LINK(A32_PC, A64_PC, 4)
	/* DIT is another bit in each: pstate_to_compat_psr() */
	A32_LINK(A32_CPSR, A64_CPSR, 4,
		 .mask = (u32)~(COMPAT_PSR_DIT_BIT | PSR_AA32_DIT_BIT))
	REGSET_0_15(A32_D_LINK, X, A32_)
	A32_LINK(A32_FPSCR, A64_FPSR, 4, .mask = VFP_FPSCR_STAT_MASK)
	A32_LINK(A32_FPSCR, A64_FPCR, 4, .mask = VFP_FPSCR_CTRL_MASK)
	A32_LINK(A32_TPIDRURO, A64_TPIDR, 4)
	A32_LINK(A32_SYSCALLNO, A64_SYSCALLNO, 4)
	A32_LINK(A32_HW_BREAK_INFO, A64_HW_BREAK_INFO, 4)
	A32_LINK(A32_HW_WATCH_INFO, A64_HW_WATCH_INFO, 4)
	REGSET_0_15(A32_HW_LINK, X, A32_)
};

static const struct regset_view_src a32_view = {
	.id = UTRACE_VIEW_ID_ARM,
	.native = UTRACE_VIEW_ID_AARCH64,
	.machine = EM_ARM,
	.word = sizeof(compat_elf_greg_t),
	.prstatus_size = sizeof(struct compat_elf_prstatus),
	.prstatus_regs = offsetof(struct compat_elf_prstatus, pr_reg),
	.name = "arm",
	.arch = "arm",
	.regs = a32_regs,
	.nr_regs = ARRAY_SIZE(a32_regs),
	.features = a32_features,
	.nr_features = ARRAY_SIZE(a32_features),
	.layouts = a32_layouts,
	.nr_layouts = ARRAY_SIZE(a32_layouts),
	.links = a32_links,
	.nr_links = ARRAY_SIZE(a32_links),
};
#endif /* CONFIG_COMPAT */

const struct regset_view_src *const regset_arch_views[] = {
	&a64_view,
#ifdef CONFIG_COMPAT
	&a32_view,
#endif
	NULL
};

bool regset_arch_have(unsigned int id, unsigned int note)
{
	switch (note) {
	case NT_PRFPREG:
	case NT_ARM_VFP:
		return system_supports_fpsimd();
	case NT_ARM_SVE:
		return system_supports_sve();
	case NT_ARM_SSVE:
	case NT_ARM_ZA:
		return system_supports_sme();
	case NT_ARM_ZT:
		return system_supports_sme2();
	case NT_ARM_PAC_MASK:
	case NT_ARM_PAC_ENABLED_KEYS:
	case NT_ARM_PACA_KEYS:
		return system_supports_address_auth();
	case NT_ARM_PACG_KEYS:
		return system_supports_generic_auth();
	case NT_ARM_FPMR:
		return system_supports_fpmr();
	case NT_ARM_POE:
		return system_supports_poe();
	default:
		return true;
	}
}

unsigned int regset_arch_unit(unsigned int id, unsigned int unit)
{
	unsigned int vl = system_supports_sve() ? sve_max_vl() : 0;
	unsigned int svl = system_supports_sme() ? sme_max_vl() : 0;

	/* z is of either length, by the thread's mode. */
	return unit == A64_UNIT_VG - 1 ? max(vl, svl) / 8 : svl;
}

/*
 * task_user_regset_view() serves core dumps and ptrace(2): for a 32-bit caller it has
 * the 32-bit view of any thread.  These are the views that 64-bit callers get.
 */
const struct user_regset_view *regset_task_view(struct task_struct *task)
{
#ifdef CONFIG_COMPAT
	if (is_compat_thread(task_thread_info(task)))
		return &user_aarch32_ptrace_view;
#endif
	return &user_aarch64_view;
}
