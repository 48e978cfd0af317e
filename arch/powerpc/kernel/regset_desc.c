// SPDX-License-Identifier: GPL-2.0-only
/*
 * Register sets of powerpc: see <linux/regset_desc.h>
 *
 * For 64-bit kernels of both byte orders.  NT_PPC_SPE is not here: only 32-bit
 * kernels for e500 have it.
 */
#include <linux/array_size.h>
#include <linux/compat.h>
#include <linux/elf.h>
#include <linux/elfcore.h>
#include <linux/elfcore-compat.h>
#include <linux/pkeys.h>
#include <linux/regset_desc.h>
#include <linux/stddef.h>
#include <asm/cpu_has_feature.h>
#include <asm/cputable.h>

#define PPC64_WORD	8
#define PPC32_WORD	4

#define PPC64_R2_ROLES	0
#define PPC64_R13_ROLES	REGSET_ROLE(TLS)
#define PPC32_R2_ROLES	REGSET_ROLE(TLS)
#define PPC32_R13_ROLES	0

/* What can only be read: the set is written without it. */
#define PPC_FIXED	.flags = UTRACE_REG_READONLY
#define PPC_CONTROL	.flags = UTRACE_REG_CONTROL
#define PPC_FIXED_CONTROL .flags = UTRACE_REG_READONLY | UTRACE_REG_CONTROL
/* What each exception changes. */
#define PPC_LAST .flags = UTRACE_REG_READONLY | UTRACE_REG_CONTROL | UTRACE_REG_VOLATILE
/* The kernel switches vectors and floating point off and on. */
#define PPC_VOLATILE .flags = UTRACE_REG_VOLATILE

/* Unit 0 is 1 in a transaction. */
#define PPC_TM		.variable = 1

/*
 * The DWARF numbers are those of the ELFv2 ABI, and of .eh_frame in all the
 * others.  They have none for the whole of cr.
 */
#define PPC_GPR(X, p, n, roles)	X(p##R##n, "r" #n, p##WORD, INT, n, roles)
#define PPC_GPR_PLAIN(X, p, n)	PPC_GPR(X, p, n, 0)
/* Register n has argument arg, counted from 0, of a function and a system call. */
#define PPC_GPR_ARG(X, p, n, arg)					\
	PPC_GPR(X, p, n, REGSET_ROLE_N(SYSCALL_ARG, arg) |		\
			 REGSET_ROLE_N(FUNC_ARG, arg))
#define PPC_REGS_GPR(X, p)						\
	PPC_GPR(X, p, 0, REGSET_ROLE(SYSCALL_NR))			\
	PPC_GPR(X, p, 1, REGSET_ROLE(SP))				\
	PPC_GPR(X, p, 2, p##R2_ROLES)					\
	PPC_GPR(X, p, 3, REGSET_ROLE(SYSCALL_RESULT) |			\
			 REGSET_ROLE(FUNC_RESULT) |			\
			 REGSET_ROLE_N(FUNC_ARG, 0))			\
	PPC_GPR_ARG(X, p, 4, 1)						\
	PPC_GPR_ARG(X, p, 5, 2)						\
	PPC_GPR_ARG(X, p, 6, 3)						\
	PPC_GPR_ARG(X, p, 7, 4)						\
	PPC_GPR_ARG(X, p, 8, 5)						\
	PPC_GPR(X, p, 9, REGSET_ROLE_N(FUNC_ARG, 6))			\
	PPC_GPR(X, p, 10, REGSET_ROLE_N(FUNC_ARG, 7))			\
	PPC_GPR(X, p, 11, 0)						\
	PPC_GPR(X, p, 12, 0)						\
	PPC_GPR(X, p, 13, p##R13_ROLES)					\
	PPC_GPR(X, p, 14, 0)						\
	PPC_GPR(X, p, 15, 0)						\
	REGSET_16_30(PPC_GPR_PLAIN, X, p)				\
	PPC_GPR(X, p, 31, REGSET_ROLE(FP))

#define PPC_FPR(X, p, n)	X(p##F##n, "f" #n, 8, FLOAT, 32 + (n), 0)
#define PPC_VR(X, p, n)		X(p##VR##n, "vr" #n, 16, VECTOR, 77 + (n), 0)
#define PPC_REGS_BASE(X, p)						\
	PPC_REGS_GPR(X, p)						\
	X(p##PC, "pc", p##WORD, CODE_PTR, -1, REGSET_ROLE(PC))		\
	X(p##MSR, "msr", p##WORD, INT, -1, 0, PPC_VOLATILE)		\
	X(p##CR, "cr", 4, INT, -1, REGSET_ROLE(FLAGS))			\
	X(p##LR, "lr", p##WORD, CODE_PTR, 65, REGSET_ROLE(RA))		\
	X(p##CTR, "ctr", p##WORD, INT, 66, 0)				\
	X(p##XER, "xer", 4, INT, 76, 0)					\
	REGSET_0_31(PPC_FPR, X, p)					\
	X(p##FPSCR, "fpscr", 8, INT, -1, 0)				\
	X(p##ORIG_R3, "orig_r3", p##WORD, INT, -1,			\
	  REGSET_ROLE_N(SYSCALL_ARG, 0))				\
	X(p##TRAP, "trap", p##WORD, INT, -1, 0)				\
	REGSET_0_31(PPC_VR, X, p)					\
	X(p##VSCR, "vscr", 4, INT, 110, 0)				\
	X(p##VRSAVE, "vrsave", 4, INT, 109, 0)

#define PPC_VSR(X, p, n)	X(p##VS##n##H, "vs" #n "h", 8, INT, -1, 0)

/*
 * ebb_set() refuses just those threads for which ebb_get() does not: those that
 * use event-based branches.
 */
#define PPC_REGS_USER_SPR(X, p)						\
	X(p##PPR, "ppr", 8, INT, -1, 0)					\
	X(p##DSCR, "dscr", 8, INT, -1, 0)				\
	X(p##TAR, "tar", 8, INT, -1, 0)					\
	X(p##BESCR, "bescr", 8, INT, -1, 0, PPC_FIXED)			\
	X(p##EBBHR, "ebbhr", 8, INT, -1, 0, PPC_FIXED)			\
	X(p##EBBRR, "ebbrr", 8, INT, -1, 0, PPC_FIXED)

/* tfhar, texasr and tfiar can be read without a transaction, too. */
#define PPC_TM_GPR(X, p, n)	X(p##CR##n, "cr" #n, p##WORD, INT, -1, 0, PPC_TM)
#define PPC_TM_FPR(X, p, n)	X(p##CF##n, "cf" #n, 8, FLOAT, -1, 0, PPC_TM)
#define PPC_TM_VR(X, p, n)	X(p##CVR##n, "cvr" #n, 16, VECTOR, -1, 0, PPC_TM)
#define PPC_TM_VSR(X, p, n)	\
	X(p##CVS##n##H, "cvs" #n "h", 8, INT, -1, 0, PPC_TM)
#define PPC_REGS_TM(X, p)						\
	X(p##TFHAR, "tfhar", 8, INT, 114, 0)				\
	X(p##TEXASR, "texasr", 8, INT, 116, 0)				\
	X(p##TFIAR, "tfiar", 8, INT, 115, 0)				\
	REGSET_0_31(PPC_TM_GPR, X, p)					\
	X(p##CCR, "ccr", 4, INT, -1, 0, PPC_TM)				\
	X(p##CXER, "cxer", 4, INT, -1, 0, PPC_TM)			\
	X(p##CLR, "clr", p##WORD, CODE_PTR, -1, 0, PPC_TM)		\
	X(p##CCTR, "cctr", p##WORD, INT, -1, 0, PPC_TM)			\
	REGSET_0_31(PPC_TM_FPR, X, p)					\
	X(p##CFPSCR, "cfpscr", 8, INT, -1, 0, PPC_TM)			\
	REGSET_0_31(PPC_TM_VR, X, p)					\
	X(p##CVSCR, "cvscr", 4, INT, -1, 0, PPC_TM)			\
	X(p##CVRSAVE, "cvrsave", 4, INT, -1, 0, PPC_TM)			\
	REGSET_0_31(PPC_TM_VSR, X, p)					\
	X(p##CPPR, "cppr", 8, INT, -1, 0, PPC_TM)			\
	X(p##CDSCR, "cdscr", 8, INT, -1, 0, PPC_TM)			\
	X(p##CTAR, "ctar", 8, INT, -1, 0, PPC_TM)

/*
 * What gdb does not know.  There is no padding among units: so what would be
 * that has a name here.
 */
#define PPC_REGS_OWN(X, p)						\
	X(p##SOFTE, "softe", p##WORD, INT, -1, 0, PPC_LAST)		\
	X(p##DAR, "dar", p##WORD, INT, -1, 0, PPC_LAST)			\
	X(p##DSISR, "dsisr", p##WORD, INT, -1, 0, PPC_LAST)		\
	X(p##RESULT, "result", p##WORD, INT, -1, 0, PPC_LAST)		\
	X(p##CNIP, "cnip", p##WORD, CODE_PTR, -1, 0, PPC_TM, PPC_CONTROL) \
	X(p##CMSR, "cmsr", p##WORD, INT, -1, 0, PPC_TM, PPC_CONTROL)	\
	X(p##CORIG_R3, "corig_r3", p##WORD, INT, -1, 0, PPC_TM, PPC_CONTROL) \
	X(p##CSOFTE, "csofte", p##WORD, INT, -1, 0, PPC_TM, PPC_FIXED_CONTROL) \
	X(p##CTRAP, "ctrap", p##WORD, INT, -1, 0, PPC_TM, PPC_CONTROL)	\
	X(p##CDAR, "cdar", p##WORD, INT, -1, 0, PPC_TM, PPC_FIXED_CONTROL) \
	X(p##CDSISR, "cdsisr", p##WORD, INT, -1, 0, PPC_TM, PPC_FIXED_CONTROL) \
	X(p##CRESULT, "cresult", p##WORD, INT, -1, 0, PPC_TM, PPC_FIXED_CONTROL) \
	X(p##CRESERVED, "creserved", 4 * p##WORD, BYTES, -1, 0, PPC_TM, \
	  PPC_FIXED_CONTROL)						\
	X(p##CVRSAVE_PAD, "cvrsave_pad", 12, BYTES, -1, 0, PPC_TM,	\
	  PPC_FIXED_CONTROL)

#define PPC_FEATURE(name_, id)	{ .name = name_, .first = (id) }
#define PPC_FEATURES_BASE(p)						\
	PPC_FEATURE("org.gnu.gdb.power.core", p##R0),			\
	PPC_FEATURE("org.gnu.gdb.power.fpu", p##F0),			\
	PPC_FEATURE("org.gnu.gdb.power.linux", p##ORIG_R3),		\
	PPC_FEATURE("org.gnu.gdb.power.altivec", p##VR0)
#define PPC_FEATURES_USER_SPR(p)					\
	PPC_FEATURE("org.gnu.gdb.power.ppr", p##PPR),			\
	PPC_FEATURE("org.gnu.gdb.power.dscr", p##DSCR),			\
	PPC_FEATURE("org.gnu.gdb.power.tar", p##TAR),			\
	PPC_FEATURE("org.gnu.gdb.power.ebb", p##BESCR)
#define PPC_FEATURES_TM_OWN(p)						\
	PPC_FEATURE("org.gnu.gdb.power.htm.spr", p##TFHAR),		\
	PPC_FEATURE("org.gnu.gdb.power.htm.core", p##CR0),		\
	PPC_FEATURE("org.gnu.gdb.power.htm.fpu", p##CF0),		\
	PPC_FEATURE("org.gnu.gdb.power.htm.altivec", p##CVR0),		\
	PPC_FEATURE("org.gnu.gdb.power.htm.vsx", p##CVS0H),		\
	PPC_FEATURE("org.gnu.gdb.power.htm.ppr", p##CPPR),		\
	PPC_FEATURE("org.gnu.gdb.power.htm.dscr", p##CDSCR),		\
	PPC_FEATURE("org.gnu.gdb.power.htm.tar", p##CTAR),		\
	PPC_FEATURE("org.utrace.power.kernel", p##SOFTE),		\
	PPC_FEATURE("org.utrace.power.htm", p##CNIP)

/* struct user_pt_regs, and then what there is no register for */
#define PPC_LOC_GPR(X, p, n)	X(REG, p##R##n, p##WORD)
#define PPC_LOCS_GPR(X, p)						\
	REGSET_0_31(PPC_LOC_GPR, X, p)					\
	X(REG, p##PC, p##WORD)						\
	X(REG, p##MSR, p##WORD)						\
	X(REG, p##ORIG_R3, p##WORD)					\
	X(REG, p##CTR, p##WORD)						\
	X(REG, p##LR, p##WORD)						\
	X(REG, p##XER, p##WORD)						\
	X(REG, p##CR, p##WORD)						\
	X(REG, p##SOFTE, p##WORD)					\
	X(REG, p##TRAP, p##WORD)					\
	X(REG, p##DAR, p##WORD)						\
	X(REG, p##DSISR, p##WORD)					\
	X(REG, p##RESULT, p##WORD)					\
	X(PAD, gpr_reserved, 4 * p##WORD)

#define PPC_LOC_FPR(X, p, n)	X(REG, p##F##n, 8)
#define PPC_LOCS_FPR(X, p)						\
	REGSET_0_31(PPC_LOC_FPR, X, p)					\
	X(REG, p##FPSCR, 8)

/* vscr is at the low-order end of a vector, vrsave always in the first word. */
#define PPC_LOC_VR(X, p, n)	X(REG, p##VR##n, 16)
#define PPC_LOCS_VMX(X, p)						\
	REGSET_0_31(PPC_LOC_VR, X, p)					\
	X(REG, p##VSCR, 16)						\
	X(REG, p##VRSAVE, 4)						\
	X(PAD, vrsave_pad, 12)

#define PPC_LOC_VSR(X, p, n)	X(REG, p##VS##n##H, 8)
#define PPC_LOCS_VSX(X, p)	REGSET_0_31(PPC_LOC_VSR, X, p)

#define PPC_LOCS_PPR(X, p)	X(REG, p##PPR, 8)
#define PPC_LOCS_DSCR(X, p)	X(REG, p##DSCR, 8)
#define PPC_LOCS_TAR(X, p)	X(REG, p##TAR, 8)
#define PPC_LOCS_EBB(X, p)						\
	X(REG, p##EBBRR, 8)						\
	X(REG, p##EBBHR, 8)						\
	X(REG, p##BESCR, 8)

#define PPC_LOC_TM_GPR(X, p, n)	X(UNITS, p##CR##n, p##WORD)
#define PPC_LOCS_TM_CGPR(X, p)						\
	REGSET_0_31(PPC_LOC_TM_GPR, X, p)				\
	X(UNITS, p##CNIP, p##WORD)					\
	X(UNITS, p##CMSR, p##WORD)					\
	X(UNITS, p##CORIG_R3, p##WORD)					\
	X(UNITS, p##CCTR, p##WORD)					\
	X(UNITS, p##CLR, p##WORD)					\
	X(UNITS, p##CXER, p##WORD)					\
	X(UNITS, p##CCR, p##WORD)					\
	X(UNITS, p##CSOFTE, p##WORD)					\
	X(UNITS, p##CTRAP, p##WORD)					\
	X(UNITS, p##CDAR, p##WORD)					\
	X(UNITS, p##CDSISR, p##WORD)					\
	X(UNITS, p##CRESULT, p##WORD)					\
	X(UNITS, p##CRESERVED, 4 * p##WORD)

#define PPC_LOC_TM_FPR(X, p, n)	X(UNITS, p##CF##n, 8)
#define PPC_LOCS_TM_CFPR(X, p)						\
	REGSET_0_31(PPC_LOC_TM_FPR, X, p)				\
	X(UNITS, p##CFPSCR, 8)

#define PPC_LOC_TM_VR(X, p, n)	X(UNITS, p##CVR##n, 16)
#define PPC_LOCS_TM_CVMX(X, p)						\
	REGSET_0_31(PPC_LOC_TM_VR, X, p)				\
	X(UNITS, p##CVSCR, 16)						\
	X(UNITS, p##CVRSAVE, 4)						\
	X(UNITS, p##CVRSAVE_PAD, 12)

#define PPC_LOC_TM_VSR(X, p, n)	X(UNITS, p##CVS##n##H, 8)
#define PPC_LOCS_TM_CVSX(X, p)	REGSET_0_31(PPC_LOC_TM_VSR, X, p)

#define PPC_LOCS_TM_SPR(X, p)						\
	X(REG, p##TFHAR, 8)						\
	X(REG, p##TEXASR, 8)						\
	X(REG, p##TFIAR, 8)
#define PPC_LOCS_TM_CTAR(X, p)	X(UNITS, p##CTAR, 8)
#define PPC_LOCS_TM_CPPR(X, p)	X(UNITS, p##CPPR, 8)
#define PPC_LOCS_TM_CDSCR(X, p)	X(UNITS, p##CDSCR, 8)

#define PPC_LAYOUT(note_, locs)	{ .note = (note_), REGSET_ONE_BLOCK(locs) }
#define PPC_LAYOUT_TM(note_, locs)	\
	{ .note = (note_), PPC_TM, REGSET_ONE_BLOCK(locs) }

/* ppc64 */

#define PPC64_REGS(X, p)						\
	PPC_REGS_BASE(X, p)						\
	REGSET_0_31(PPC_VSR, X, p)					\
	PPC_REGS_USER_SPR(X, p)						\
	X(p##MMCR0, "mmcr0", 8, INT, -1, 0)				\
	X(p##MMCR2, "mmcr2", 8, INT, -1, 0)				\
	X(p##SIAR, "siar", 8, INT, -1, 0)				\
	X(p##SDAR, "sdar", 8, INT, -1, 0)				\
	X(p##SIER, "sier", 8, INT, -1, 0)				\
	PPC_REGS_TM(X, p)						\
	PPC_REGS_OWN(X, p)						\
	X(p##DEXCR, "dexcr", 8, FLAGS, -1, 0, PPC_FIXED_CONTROL)	\
	X(p##HDEXCR, "hdexcr", 8, FLAGS, -1, 0, PPC_FIXED_CONTROL)	\
	X(p##HASHKEYR, "hashkeyr", 8, BYTES, -1, 0, PPC_CONTROL)	\
	X(p##AMR, "amr", 8, FLAGS, -1, 0, PPC_CONTROL)			\
	X(p##IAMR, "iamr", 8, FLAGS, -1, 0, PPC_FIXED_CONTROL)		\
	X(p##UAMOR, "uamor", 8, FLAGS, -1, 0, PPC_FIXED_CONTROL)

enum { PPC64_REGS(REGSET_ID, PPC64_) };

static const struct regset_reg_src ppc64_regs[] = {
	PPC64_REGS(REGSET_REG, PPC64_)
};

static const struct regset_feature_src ppc64_features[] = {
	PPC_FEATURES_BASE(PPC64_),
	PPC_FEATURE("org.gnu.gdb.power.vsx", PPC64_VS0H),
	PPC_FEATURES_USER_SPR(PPC64_),
	PPC_FEATURE("org.gnu.gdb.power.linux.pmu", PPC64_MMCR0),
	PPC_FEATURES_TM_OWN(PPC64_),
	PPC_FEATURE("org.utrace.power.dexcr", PPC64_DEXCR),
	PPC_FEATURE("org.utrace.power.hashkey", PPC64_HASHKEYR),
	PPC_FEATURE("org.utrace.power.pkey", PPC64_AMR),
};

#define PPC64_LOCS_PMU(X, p)						\
	X(REG, p##SIAR, 8)						\
	X(REG, p##SDAR, 8)						\
	X(REG, p##SIER, 8)						\
	X(REG, p##MMCR2, 8)						\
	X(REG, p##MMCR0, 8)
#define PPC64_LOCS_DEXCR(X, p)						\
	X(REG, p##DEXCR, 8)						\
	X(REG, p##HDEXCR, 8)
#define PPC64_LOCS_HASHKEYR(X, p)	X(REG, p##HASHKEYR, 8)
#define PPC64_LOCS_PKEY(X, p)						\
	X(REG, p##AMR, 8)						\
	X(REG, p##IAMR, 8)						\
	X(REG, p##UAMOR, 8)

REGSET_LOCS(ppc64_gpr, PPC_LOCS_GPR, PPC64_, sizeof(elf_gregset_t));
REGSET_LOCS(ppc64_fpr, PPC_LOCS_FPR, PPC64_, sizeof(elf_fpregset_t));
REGSET_LOCS(ppc64_vmx, PPC_LOCS_VMX, PPC64_, sizeof(elf_vrregset_t));
REGSET_LOCS(ppc64_vsx, PPC_LOCS_VSX, PPC64_, ELF_NVSX * sizeof(double));
REGSET_LOCS(ppc64_ppr, PPC_LOCS_PPR, PPC64_, sizeof(u64));
REGSET_LOCS(ppc64_dscr, PPC_LOCS_DSCR, PPC64_, sizeof(u64));
REGSET_LOCS(ppc64_tar, PPC_LOCS_TAR, PPC64_, sizeof(u64));
REGSET_LOCS(ppc64_ebb, PPC_LOCS_EBB, PPC64_, ELF_NEBB * sizeof(u64));
REGSET_LOCS(ppc64_pmu, PPC64_LOCS_PMU, PPC64_, ELF_NPMU * sizeof(u64));
REGSET_LOCS(ppc64_tm_spr, PPC_LOCS_TM_SPR, PPC64_, ELF_NTMSPRREG * sizeof(u64));
REGSET_LOCS(ppc64_tm_cgpr, PPC_LOCS_TM_CGPR, PPC64_, sizeof(elf_gregset_t));
REGSET_LOCS(ppc64_tm_cfpr, PPC_LOCS_TM_CFPR, PPC64_, sizeof(elf_fpregset_t));
REGSET_LOCS(ppc64_tm_cvmx, PPC_LOCS_TM_CVMX, PPC64_, sizeof(elf_vrregset_t));
REGSET_LOCS(ppc64_tm_cvsx, PPC_LOCS_TM_CVSX, PPC64_, ELF_NVSX * sizeof(double));
REGSET_LOCS(ppc64_tm_ctar, PPC_LOCS_TM_CTAR, PPC64_, sizeof(u64));
REGSET_LOCS(ppc64_tm_cppr, PPC_LOCS_TM_CPPR, PPC64_, sizeof(u64));
REGSET_LOCS(ppc64_tm_cdscr, PPC_LOCS_TM_CDSCR, PPC64_, sizeof(u64));
REGSET_LOCS(ppc64_dexcr, PPC64_LOCS_DEXCR, PPC64_, ELF_NDEXCR * sizeof(u64));
REGSET_LOCS(ppc64_hashkeyr, PPC64_LOCS_HASHKEYR, PPC64_,
	    ELF_NHASHKEYR * sizeof(u64));
REGSET_LOCS(ppc64_pkey, PPC64_LOCS_PKEY, PPC64_, ELF_NPKEY * sizeof(u64));

static const struct regset_layout_src ppc64_layouts[] = {
	PPC_LAYOUT(NT_PRSTATUS, ppc64_gpr),
	PPC_LAYOUT(NT_PRFPREG, ppc64_fpr),
	PPC_LAYOUT(NT_PPC_VMX, ppc64_vmx),
	PPC_LAYOUT(NT_PPC_VSX, ppc64_vsx),
	PPC_LAYOUT(NT_PPC_PPR, ppc64_ppr),
	PPC_LAYOUT(NT_PPC_DSCR, ppc64_dscr),
	PPC_LAYOUT(NT_PPC_TAR, ppc64_tar),
	PPC_LAYOUT(NT_PPC_EBB, ppc64_ebb),
	PPC_LAYOUT(NT_PPC_PMU, ppc64_pmu),
	PPC_LAYOUT(NT_PPC_TM_SPR, ppc64_tm_spr),
	PPC_LAYOUT_TM(NT_PPC_TM_CGPR, ppc64_tm_cgpr),
	PPC_LAYOUT_TM(NT_PPC_TM_CFPR, ppc64_tm_cfpr),
	PPC_LAYOUT_TM(NT_PPC_TM_CVMX, ppc64_tm_cvmx),
	PPC_LAYOUT_TM(NT_PPC_TM_CVSX, ppc64_tm_cvsx),
	PPC_LAYOUT_TM(NT_PPC_TM_CTAR, ppc64_tm_ctar),
	PPC_LAYOUT_TM(NT_PPC_TM_CPPR, ppc64_tm_cppr),
	PPC_LAYOUT_TM(NT_PPC_TM_CDSCR, ppc64_tm_cdscr),
	PPC_LAYOUT(NT_PPC_DEXCR, ppc64_dexcr),
	PPC_LAYOUT(NT_PPC_HASHKEYR, ppc64_hashkeyr),
	PPC_LAYOUT(NT_PPC_PKEY, ppc64_pkey),
};

static const struct regset_view_src ppc64_view = {
	.id = UTRACE_VIEW_ID_PPC64,
	.native = UTRACE_VIEW_ID_PPC64,
	.machine = EM_PPC64,
	.word = PPC64_WORD,
	.prstatus_size = sizeof(struct elf_prstatus),
	.prstatus_regs = offsetof(struct elf_prstatus, pr_reg),
	.name = "ppc64",
	.arch = "powerpc:common64",
	.regs = ppc64_regs,
	.nr_regs = ARRAY_SIZE(ppc64_regs),
	.features = ppc64_features,
	.nr_features = ARRAY_SIZE(ppc64_features),
	.layouts = ppc64_layouts,
	.nr_layouts = ARRAY_SIZE(ppc64_layouts),
};

#ifdef CONFIG_COMPAT
/* ppc */

#define PPC32_REGS(X, p)						\
	PPC_REGS_BASE(X, p)						\
	PPC_REGS_USER_SPR(X, p)						\
	PPC_REGS_TM(X, p)						\
	PPC_REGS_OWN(X, p)

enum { PPC32_REGS(REGSET_ID, PPC32_) };

static const struct regset_reg_src ppc32_regs[] = {
	PPC32_REGS(REGSET_REG, PPC32_)
};

static const struct regset_feature_src ppc32_features[] = {
	PPC_FEATURES_BASE(PPC32_),
	PPC_FEATURES_USER_SPR(PPC32_),
	PPC_FEATURES_TM_OWN(PPC32_),
};

REGSET_LOCS(ppc32_gpr, PPC_LOCS_GPR, PPC32_, sizeof(compat_elf_gregset_t));
REGSET_LOCS(ppc32_fpr, PPC_LOCS_FPR, PPC32_, sizeof(elf_fpregset_t));
REGSET_LOCS(ppc32_vmx, PPC_LOCS_VMX, PPC32_, sizeof(elf_vrregset_t));
REGSET_LOCS(ppc32_ppr, PPC_LOCS_PPR, PPC32_, sizeof(u64));
REGSET_LOCS(ppc32_dscr, PPC_LOCS_DSCR, PPC32_, sizeof(u64));
REGSET_LOCS(ppc32_tar, PPC_LOCS_TAR, PPC32_, sizeof(u64));
REGSET_LOCS(ppc32_ebb, PPC_LOCS_EBB, PPC32_, ELF_NEBB * sizeof(u64));
REGSET_LOCS(ppc32_tm_spr, PPC_LOCS_TM_SPR, PPC32_, ELF_NTMSPRREG * sizeof(u64));
REGSET_LOCS(ppc32_tm_cgpr, PPC_LOCS_TM_CGPR, PPC32_,
	    sizeof(compat_elf_gregset_t));
REGSET_LOCS(ppc32_tm_cfpr, PPC_LOCS_TM_CFPR, PPC32_, sizeof(elf_fpregset_t));
REGSET_LOCS(ppc32_tm_cvmx, PPC_LOCS_TM_CVMX, PPC32_, sizeof(elf_vrregset_t));
REGSET_LOCS(ppc32_tm_cvsx, PPC_LOCS_TM_CVSX, PPC32_, ELF_NVSX * sizeof(double));
REGSET_LOCS(ppc32_tm_ctar, PPC_LOCS_TM_CTAR, PPC32_, sizeof(u64));
REGSET_LOCS(ppc32_tm_cppr, PPC_LOCS_TM_CPPR, PPC32_, sizeof(u64));
REGSET_LOCS(ppc32_tm_cdscr, PPC_LOCS_TM_CDSCR, PPC32_, sizeof(u64));

static const struct regset_layout_src ppc32_layouts[] = {
	PPC_LAYOUT(NT_PRSTATUS, ppc32_gpr),
	PPC_LAYOUT(NT_PRFPREG, ppc32_fpr),
	PPC_LAYOUT(NT_PPC_VMX, ppc32_vmx),
	PPC_LAYOUT(NT_PPC_PPR, ppc32_ppr),
	PPC_LAYOUT(NT_PPC_DSCR, ppc32_dscr),
	PPC_LAYOUT(NT_PPC_TAR, ppc32_tar),
	PPC_LAYOUT(NT_PPC_EBB, ppc32_ebb),
	PPC_LAYOUT(NT_PPC_TM_SPR, ppc32_tm_spr),
	/* The data, not the set: the set claims to have twice as many bytes. */
	PPC_LAYOUT_TM(NT_PPC_TM_CGPR, ppc32_tm_cgpr),
	PPC_LAYOUT_TM(NT_PPC_TM_CFPR, ppc32_tm_cfpr),
	PPC_LAYOUT_TM(NT_PPC_TM_CVMX, ppc32_tm_cvmx),
	PPC_LAYOUT_TM(NT_PPC_TM_CVSX, ppc32_tm_cvsx),
	PPC_LAYOUT_TM(NT_PPC_TM_CTAR, ppc32_tm_ctar),
	PPC_LAYOUT_TM(NT_PPC_TM_CPPR, ppc32_tm_cppr),
	PPC_LAYOUT_TM(NT_PPC_TM_CDSCR, ppc32_tm_cdscr),
};

/* softe is not here: the native set never tells what it is. */
#define PPC_LINK(p, id, bytes_)	\
	{ .reg = p##id, .native = PPC64_##id, .bytes = (bytes_) },
#define PPC_LINK_GPR(X, p, n)		X(p, R##n, 4)
#define PPC_LINK_FPR(X, p, n)		X(p, F##n, 8)
#define PPC_LINK_VR(X, p, n)		X(p, VR##n, 16)
#define PPC_LINK_TM_GPR(X, p, n)	X(p, CR##n, 4)
#define PPC_LINK_TM_FPR(X, p, n)	X(p, CF##n, 8)
#define PPC_LINK_TM_VR(X, p, n)		X(p, CVR##n, 16)
#define PPC_LINK_TM_VSR(X, p, n)	X(p, CVS##n##H, 8)

static const struct utrace_link ppc32_links[] = {
	REGSET_0_31(PPC_LINK_GPR, PPC_LINK, PPC32_)
	PPC_LINK(PPC32_, PC, 4)
	PPC_LINK(PPC32_, MSR, 4)
	PPC_LINK(PPC32_, CR, 4)
	PPC_LINK(PPC32_, LR, 4)
	PPC_LINK(PPC32_, CTR, 4)
	PPC_LINK(PPC32_, XER, 4)
	REGSET_0_31(PPC_LINK_FPR, PPC_LINK, PPC32_)
	PPC_LINK(PPC32_, FPSCR, 8)
	PPC_LINK(PPC32_, ORIG_R3, 4)
	PPC_LINK(PPC32_, TRAP, 4)
	REGSET_0_31(PPC_LINK_VR, PPC_LINK, PPC32_)
	PPC_LINK(PPC32_, VSCR, 4)
	PPC_LINK(PPC32_, VRSAVE, 4)
	PPC_LINK(PPC32_, PPR, 8)
	PPC_LINK(PPC32_, DSCR, 8)
	PPC_LINK(PPC32_, TAR, 8)
	PPC_LINK(PPC32_, BESCR, 8)
	PPC_LINK(PPC32_, EBBHR, 8)
	PPC_LINK(PPC32_, EBBRR, 8)
	PPC_LINK(PPC32_, TFHAR, 8)
	PPC_LINK(PPC32_, TEXASR, 8)
	PPC_LINK(PPC32_, TFIAR, 8)
	REGSET_0_31(PPC_LINK_TM_GPR, PPC_LINK, PPC32_)
	PPC_LINK(PPC32_, CCR, 4)
	PPC_LINK(PPC32_, CXER, 4)
	PPC_LINK(PPC32_, CLR, 4)
	PPC_LINK(PPC32_, CCTR, 4)
	REGSET_0_31(PPC_LINK_TM_FPR, PPC_LINK, PPC32_)
	PPC_LINK(PPC32_, CFPSCR, 8)
	REGSET_0_31(PPC_LINK_TM_VR, PPC_LINK, PPC32_)
	PPC_LINK(PPC32_, CVSCR, 4)
	PPC_LINK(PPC32_, CVRSAVE, 4)
	REGSET_0_31(PPC_LINK_TM_VSR, PPC_LINK, PPC32_)
	PPC_LINK(PPC32_, CPPR, 8)
	PPC_LINK(PPC32_, CDSCR, 8)
	PPC_LINK(PPC32_, CTAR, 8)
	PPC_LINK(PPC32_, DAR, 4)
	PPC_LINK(PPC32_, DSISR, 4)
	PPC_LINK(PPC32_, RESULT, 4)
	PPC_LINK(PPC32_, CNIP, 4)
	PPC_LINK(PPC32_, CMSR, 4)
	PPC_LINK(PPC32_, CORIG_R3, 4)
	PPC_LINK(PPC32_, CTRAP, 4)
	PPC_LINK(PPC32_, CDAR, 4)
	PPC_LINK(PPC32_, CDSISR, 4)
	PPC_LINK(PPC32_, CRESULT, 4)
};

static const struct regset_view_src ppc32_view = {
	.id = UTRACE_VIEW_ID_PPC,
	.native = UTRACE_VIEW_ID_PPC64,
	.machine = EM_PPC,
	.word = PPC32_WORD,
	.prstatus_size = sizeof(struct compat_elf_prstatus),
	.prstatus_regs = offsetof(struct compat_elf_prstatus, pr_reg),
	.name = "ppc",
	.arch = "powerpc:common",
	.regs = ppc32_regs,
	.nr_regs = ARRAY_SIZE(ppc32_regs),
	.features = ppc32_features,
	.nr_features = ARRAY_SIZE(ppc32_features),
	.layouts = ppc32_layouts,
	.nr_layouts = ARRAY_SIZE(ppc32_layouts),
	.links = ppc32_links,
	.nr_links = ARRAY_SIZE(ppc32_links),
};
#endif /* CONFIG_COMPAT */

const struct regset_view_src *const regset_arch_views[] = {
	&ppc64_view,
#ifdef CONFIG_COMPAT
	&ppc32_view,
#endif
	NULL
};

bool regset_arch_have(unsigned int id, unsigned int note)
{
	switch (note) {
	case NT_PPC_VMX:
		return cpu_has_feature(CPU_FTR_ALTIVEC);
	case NT_PPC_VSX:
		return cpu_has_feature(CPU_FTR_VSX);
	case NT_PPC_TM_CGPR:
		/*
		 * tm_cgpr32_get() overwrites what it has read with zeros, and
		 * does so without a transaction, too; and with them, the set
		 * that is written would clear all registers, and even what is
		 * not checkpointed: the trap.
		 */
		if (id == UTRACE_VIEW_ID_PPC)
			return false;
		fallthrough;
	case NT_PPC_TM_CFPR:
	case NT_PPC_TM_CVMX:
	case NT_PPC_TM_CVSX:
	case NT_PPC_TM_SPR:
	case NT_PPC_TM_CTAR:
	case NT_PPC_TM_CPPR:
	case NT_PPC_TM_CDSCR:
		return cpu_has_feature(CPU_FTR_TM);
	case NT_PPC_EBB:
	case NT_PPC_PMU:
		return cpu_has_feature(CPU_FTR_ARCH_207S);
	case NT_PPC_DEXCR:
	case NT_PPC_HASHKEYR:
		return cpu_has_feature(CPU_FTR_ARCH_31);
	case NT_PPC_PKEY:
		return arch_pkeys_enabled();
	default:
		return true;
	}
}
