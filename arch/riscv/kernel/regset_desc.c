// SPDX-License-Identifier: GPL-2.0-only
/*
 * Descriptions of riscv's register sets: see <linux/regset_desc.h>
 */

#include <linux/array_size.h>
#include <linux/elf.h>
#include <linux/elfcore.h>
#include <linux/ptrace.h>
#include <linux/regset_desc.h>
#ifdef CONFIG_COMPAT
#include <linux/elfcore-compat.h>
#endif

#include <asm/switch_to.h>
#include <asm/vector.h>

#ifdef CONFIG_COMPAT
#endif

#define RV_UNIT_VLENB	1	/* .variable: which unit, plus 1 */

#define RV_DWARF_F(n)	(32 + (n))
#define RV_DWARF_V(n)	(96 + (n))
#define RV_DWARF_CSR(n)	(4096 + (n))

/*
 * What both views have, with general registers of n bytes
 */

#define RV_ARG(X, p, n, i)						\
	X(p##A##i, "a" #i, n, INT, 10 + (i),				\
	  REGSET_ROLE_N(SYSCALL_ARG, i) | REGSET_ROLE_N(FUNC_ARG, i))

/* All but zero: it has no place and no link. */
#define RV_CPU_REGS(X, p, n)						\
	X(p##RA, "ra", n, CODE_PTR, 1, REGSET_ROLE(RA))			\
	X(p##SP, "sp", n, DATA_PTR, 2, REGSET_ROLE(SP))			\
	X(p##GP, "gp", n, DATA_PTR, 3, 0)				\
	X(p##TP, "tp", n, DATA_PTR, 4, REGSET_ROLE(TLS))		\
	X(p##T0, "t0", n, INT, 5, 0)					\
	X(p##T1, "t1", n, INT, 6, 0)					\
	X(p##T2, "t2", n, INT, 7, 0)					\
	X(p##FP, "fp", n, DATA_PTR, 8, REGSET_ROLE(FP))			\
	X(p##S1, "s1", n, INT, 9, 0)					\
	X(p##A0, "a0", n, INT, 10,					\
	  REGSET_ROLE_N(SYSCALL_ARG, 0) | REGSET_ROLE(SYSCALL_RESULT) |	\
	  REGSET_ROLE_N(FUNC_ARG, 0) | REGSET_ROLE(FUNC_RESULT))	\
	RV_ARG(X, p, n, 1)						\
	RV_ARG(X, p, n, 2)						\
	RV_ARG(X, p, n, 3)						\
	RV_ARG(X, p, n, 4)						\
	RV_ARG(X, p, n, 5)						\
	X(p##A6, "a6", n, INT, 16, REGSET_ROLE_N(FUNC_ARG, 6))		\
	X(p##A7, "a7", n, INT, 17,					\
	  REGSET_ROLE(SYSCALL_NR) | REGSET_ROLE_N(FUNC_ARG, 7))		\
	X(p##S2, "s2", n, INT, 18, 0)					\
	X(p##S3, "s3", n, INT, 19, 0)					\
	X(p##S4, "s4", n, INT, 20, 0)					\
	X(p##S5, "s5", n, INT, 21, 0)					\
	X(p##S6, "s6", n, INT, 22, 0)					\
	X(p##S7, "s7", n, INT, 23, 0)					\
	X(p##S8, "s8", n, INT, 24, 0)					\
	X(p##S9, "s9", n, INT, 25, 0)					\
	X(p##S10, "s10", n, INT, 26, 0)					\
	X(p##S11, "s11", n, INT, 27, 0)					\
	X(p##T3, "t3", n, INT, 28, 0)					\
	X(p##T4, "t4", n, INT, 29, 0)					\
	X(p##T5, "t5", n, INT, 30, 0)					\
	X(p##T6, "t6", n, INT, 31, 0)					\
	X(p##PC, "pc", n, CODE_PTR, -1, REGSET_ROLE(PC))

#define RV_FPU_REG(X, p, NAME, name, n)					\
	X(p##NAME, name, 8, FLOAT, RV_DWARF_F(n), 0)
#define RV_FPU_REGS(X, p)						\
	RV_FPU_REG(X, p, FT0, "ft0", 0)					\
	RV_FPU_REG(X, p, FT1, "ft1", 1)					\
	RV_FPU_REG(X, p, FT2, "ft2", 2)					\
	RV_FPU_REG(X, p, FT3, "ft3", 3)					\
	RV_FPU_REG(X, p, FT4, "ft4", 4)					\
	RV_FPU_REG(X, p, FT5, "ft5", 5)					\
	RV_FPU_REG(X, p, FT6, "ft6", 6)					\
	RV_FPU_REG(X, p, FT7, "ft7", 7)					\
	RV_FPU_REG(X, p, FS0, "fs0", 8)					\
	RV_FPU_REG(X, p, FS1, "fs1", 9)					\
	RV_FPU_REG(X, p, FA0, "fa0", 10)				\
	RV_FPU_REG(X, p, FA1, "fa1", 11)				\
	RV_FPU_REG(X, p, FA2, "fa2", 12)				\
	RV_FPU_REG(X, p, FA3, "fa3", 13)				\
	RV_FPU_REG(X, p, FA4, "fa4", 14)				\
	RV_FPU_REG(X, p, FA5, "fa5", 15)				\
	RV_FPU_REG(X, p, FA6, "fa6", 16)				\
	RV_FPU_REG(X, p, FA7, "fa7", 17)				\
	RV_FPU_REG(X, p, FS2, "fs2", 18)				\
	RV_FPU_REG(X, p, FS3, "fs3", 19)				\
	RV_FPU_REG(X, p, FS4, "fs4", 20)				\
	RV_FPU_REG(X, p, FS5, "fs5", 21)				\
	RV_FPU_REG(X, p, FS6, "fs6", 22)				\
	RV_FPU_REG(X, p, FS7, "fs7", 23)				\
	RV_FPU_REG(X, p, FS8, "fs8", 24)				\
	RV_FPU_REG(X, p, FS9, "fs9", 25)				\
	RV_FPU_REG(X, p, FS10, "fs10", 26)				\
	RV_FPU_REG(X, p, FS11, "fs11", 27)				\
	RV_FPU_REG(X, p, FT8, "ft8", 28)				\
	RV_FPU_REG(X, p, FT9, "ft9", 29)				\
	RV_FPU_REG(X, p, FT10, "ft10", 30)				\
	RV_FPU_REG(X, p, FT11, "ft11", 31)				\
	X(p##FCSR, "fcsr", 4, INT, RV_DWARF_CSR(0x003), 0)

#define RV_PRSTATUS_LIST(X, p, n)					\
	X(REG, p##PC, n)						\
	X(REG, p##RA, n)						\
	X(REG, p##SP, n)						\
	X(REG, p##GP, n)						\
	X(REG, p##TP, n)						\
	X(REG, p##T0, n)						\
	X(REG, p##T1, n)						\
	X(REG, p##T2, n)						\
	X(REG, p##FP, n)						\
	X(REG, p##S1, n)						\
	X(REG, p##A0, n)						\
	X(REG, p##A1, n)						\
	X(REG, p##A2, n)						\
	X(REG, p##A3, n)						\
	X(REG, p##A4, n)						\
	X(REG, p##A5, n)						\
	X(REG, p##A6, n)						\
	X(REG, p##A7, n)						\
	X(REG, p##S2, n)						\
	X(REG, p##S3, n)						\
	X(REG, p##S4, n)						\
	X(REG, p##S5, n)						\
	X(REG, p##S6, n)						\
	X(REG, p##S7, n)						\
	X(REG, p##S8, n)						\
	X(REG, p##S9, n)						\
	X(REG, p##S10, n)						\
	X(REG, p##S11, n)						\
	X(REG, p##T3, n)						\
	X(REG, p##T4, n)						\
	X(REG, p##T5, n)						\
	X(REG, p##T6, n)

#define RV_F_LOC(X, p, n)	X(REG, p##FT0 + (n), 8)
#define RV_PRFPREG_LIST(X, p)						\
	REGSET_0_31(RV_F_LOC, X, p)					\
	X(REG, p##FCSR, 4)						\
	X(PAD, fcsr_pad, 4)

/*
 * The native view
 */

#define RV64_V_REG(X, p, n)						\
	X(p##V##n, "v" #n, 1, VECTOR, RV_DWARF_V(n), 0,			\
	  .variable = RV_UNIT_VLENB)

#define RV64_REGS(X)							\
	X(RV64_ZERO, "zero", 8, INT, 0, 0,				\
	  .flags = UTRACE_REG_CONSTANT | UTRACE_REG_READONLY)		\
	RV_CPU_REGS(X, RV64_, 8)					\
	RV_FPU_REGS(X, RV64_)						\
	REGSET_0_31(RV64_V_REG, X, RV64_)				\
	X(RV64_VSTART, "vstart", 8, INT, RV_DWARF_CSR(0x008), 0)	\
	X(RV64_VL, "vl", 8, INT, RV_DWARF_CSR(0xc20), 0)		\
	X(RV64_VTYPE, "vtype", 8, INT, RV_DWARF_CSR(0xc21), 0)		\
	X(RV64_VCSR, "vcsr", 8, INT, RV_DWARF_CSR(0x00f), 0)		\
	X(RV64_VLENB, "vlenb", 8, INT, RV_DWARF_CSR(0xc22), 0,		\
	  .flags = UTRACE_REG_READONLY)

enum { RV64_REGS(REGSET_ID) };

static const struct regset_reg_src rv64_regs[] = { RV64_REGS(REGSET_REG) };

static const struct regset_feature_src rv64_features[] = {
	{ .name = "org.gnu.gdb.riscv.cpu", .first = RV64_ZERO },
	{ .name = "org.gnu.gdb.riscv.fpu", .first = RV64_FT0 },
	{ .name = "org.gnu.gdb.riscv.vector", .first = RV64_V0 },
	{ .name = "org.gnu.gdb.riscv.csr", .first = RV64_VSTART },
};

#define RV64_PRSTATUS_LIST(X, p)	RV_PRSTATUS_LIST(X, p, 8)
REGSET_LOCS(rv64_prstatus, RV64_PRSTATUS_LIST, RV64_,
	    sizeof(struct user_regs_struct));

REGSET_LOCS(rv64_prfpreg, RV_PRFPREG_LIST, RV64_,
	    sizeof(struct __riscv_d_ext_state));

#define RV64_VECTOR_HEAD_LIST(X, p)					\
	X(REG, p##VSTART, 8)						\
	X(REG, p##VL, 8)						\
	X(REG, p##VTYPE, 8)						\
	X(REG, p##VCSR, 8)						\
	X(REG, p##VLENB, 8)
REGSET_LOCS(rv64_vector_head, RV64_VECTOR_HEAD_LIST, RV64_,
	    sizeof(struct __riscv_v_regset_state));

#define RV64_V_UNITS(X, p, n)		X(UNITS, p##V##n, 1)
#define RV64_VECTOR_UNITS_LIST(X, p)	REGSET_0_31(RV64_V_UNITS, X, p)
REGSET_LOCS(rv64_vector_units, RV64_VECTOR_UNITS_LIST, RV64_, 32);

/* Vectors are written from the first on, wherever the data to write begins. */
static const struct regset_layout_src rv64_layouts[] = {
	{ .note = NT_PRSTATUS, REGSET_ONE_BLOCK(rv64_prstatus) },
	{ .note = NT_PRFPREG, REGSET_ONE_BLOCK(rv64_prfpreg) },
	{ .note = NT_RISCV_VECTOR, .flags = UTRACE_LAYOUT_WHOLE,
	  .variable = RV_UNIT_VLENB,
	  .unit_offset = offsetof(struct __riscv_v_regset_state, vlenb),
	  .unit_bytes = sizeof_field(struct __riscv_v_regset_state, vlenb),
	  REGSET_BLOCKS(REGSET_BLOCK(rv64_vector_head),
			REGSET_BLOCK(rv64_vector_units)) },
};

static const struct regset_view_src rv64_view = {
	.id = UTRACE_VIEW_ID_RISCV64,
	.native = UTRACE_VIEW_ID_RISCV64,
	.machine = EM_RISCV,
	.word = sizeof(elf_greg_t),
	.prstatus_size = sizeof(struct elf_prstatus),
	.prstatus_regs = offsetof(struct elf_prstatus, pr_reg),
	.name = "riscv64",
	.arch = "riscv:rv64",
	.regs = rv64_regs,
	.nr_regs = ARRAY_SIZE(rv64_regs),
	.features = rv64_features,
	.nr_features = ARRAY_SIZE(rv64_features),
	.layouts = rv64_layouts,
	.nr_layouts = ARRAY_SIZE(rv64_layouts),
};

#ifdef CONFIG_COMPAT
/*
 * The view of 32-bit threads
 */

#define RV32_REGS(X)							\
	X(RV32_ZERO, "zero", 4, INT, 0, 0,				\
	  .flags = UTRACE_REG_CONSTANT | UTRACE_REG_READONLY)		\
	RV_CPU_REGS(X, RV32_, 4)					\
	RV_FPU_REGS(X, RV32_)

enum { RV32_REGS(REGSET_ID) };

static const struct regset_reg_src rv32_regs[] = { RV32_REGS(REGSET_REG) };

static const struct regset_feature_src rv32_features[] = {
	{ .name = "org.gnu.gdb.riscv.cpu", .first = RV32_ZERO },
	{ .name = "org.gnu.gdb.riscv.fpu", .first = RV32_FT0 },
};

#define RV32_PRSTATUS_LIST(X, p)	RV_PRSTATUS_LIST(X, p, 4)
REGSET_LOCS(rv32_prstatus, RV32_PRSTATUS_LIST, RV32_,
	    sizeof(struct compat_user_regs_struct));

REGSET_LOCS(rv32_prfpreg, RV_PRFPREG_LIST, RV32_,
	    sizeof(struct __riscv_d_ext_state));

/* What set() is not given of the general registers it fills with garbage. */
static const struct regset_layout_src rv32_layouts[] = {
	{ .note = NT_PRSTATUS, REGSET_ONE_BLOCK(rv32_prstatus),
	  .flags = UTRACE_LAYOUT_WHOLE },
	{ .note = NT_PRFPREG, REGSET_ONE_BLOCK(rv32_prfpreg) },
};

/* All registers of the same name */
#define RV32_LINK(id_, name_, size_, ...)				\
	{ .reg = RV32_##id_, .native = RV64_##id_, .bytes = (size_) },

static const struct utrace_link rv32_links[] = {
	RV_CPU_REGS(RV32_LINK, /* no prefix */, 4)
	RV_FPU_REGS(RV32_LINK, /* no prefix */)
};

static const struct regset_view_src rv32_view = {
	.id = UTRACE_VIEW_ID_RISCV32,
	.native = UTRACE_VIEW_ID_RISCV64,
	.machine = EM_RISCV,
	.word = sizeof(compat_elf_greg_t),
	.prstatus_size = sizeof(struct compat_elf_prstatus),
	.prstatus_regs = offsetof(struct compat_elf_prstatus, pr_reg),
	.name = "riscv32",
	.arch = "riscv:rv32",
	.regs = rv32_regs,
	.nr_regs = ARRAY_SIZE(rv32_regs),
	.features = rv32_features,
	.nr_features = ARRAY_SIZE(rv32_features),
	.layouts = rv32_layouts,
	.nr_layouts = ARRAY_SIZE(rv32_layouts),
	.links = rv32_links,
	.nr_links = ARRAY_SIZE(rv32_links),
};
#endif /* CONFIG_COMPAT */

const struct regset_view_src *const regset_arch_views[] = {
	&rv64_view,
#ifdef CONFIG_COMPAT
	&rv32_view,
#endif
	NULL
};

bool regset_arch_have(unsigned int id, unsigned int note)
{
	switch (note) {
	case NT_PRFPREG:
		return has_fpu();
	case NT_RISCV_VECTOR:
		return has_vector();
	default:
		return true;
	}
}

unsigned int regset_arch_unit(unsigned int id, unsigned int unit)
{
	return riscv_v_vsize / 32;
}
