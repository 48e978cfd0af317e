// SPDX-License-Identifier: GPL-2.0-only
/*
 * Descriptions of x86's register sets: see <linux/regset_desc.h>
 */

#include <linux/array_size.h>
#include <linux/bits.h>
#include <linux/elf.h>
#include <linux/elfcore.h>
#include <linux/ptrace.h>
#include <linux/regset_desc.h>
#ifdef CONFIG_IA32_EMULATION
#include <linux/elfcore-compat.h>
#include <asm/user32.h>
#endif

#include <asm/cpufeature.h>
#include <asm/desc_defs.h>
#include <asm/fpu/types.h>
#include <asm/fpu/xstate.h>
#include <asm/ldt.h>
#include <asm/processor.h>
#include <asm/segment.h>
#include <asm/user.h>

#define X86_UNIT_IOPERM	1	/* .variable: which unit, plus 1 */

#define X86_FIXED	.flags = UTRACE_REG_READONLY | UTRACE_REG_CONTROL

/*
 * What both views have
 */

#define X86_ST(X, p, n)		X(p##ST##n, "st" #n, 10, I387, p##DWARF_ST + (n), 0)
#define X86_X87_REGS(X, p)						\
	REGSET_0_7(X86_ST, X, p)					\
	X(p##FCTRL, "fctrl", 4, INT, p##DWARF_FCW, 0, .init = 0x37f)	\
	X(p##FSTAT, "fstat", 4, INT, p##DWARF_FSW, 0)			\
	X(p##FTAG, "ftag", 4, INT, -1, 0, .init = 0xffff)		\
	X(p##FISEG, "fiseg", 4, INT, -1, 0)				\
	X(p##FIOFF, "fioff", 4, INT, -1, 0)				\
	X(p##FOSEG, "foseg", 4, INT, -1, 0)				\
	X(p##FOOFF, "fooff", 4, INT, -1, 0)				\
	X(p##FOP, "fop", 4, INT, -1, 0)

#define X86_YMMH(X, p, n)	X(p##YMM##n##H, "ymm" #n "h", 16, VECTOR, -1, 0)
#define X86_ZMMH(X, p, n)	X(p##ZMM##n##H, "zmm" #n "h", 32, VECTOR, -1, 0)
#define X86_K(X, p, n)		X(p##K##n, "k" #n, 8, INT, p##DWARF_K + (n), 0)

/* The processor's bounds are of no use to anybody any more, but are saved. */
#define X86_BND(X, p, n)	X(p##BND##n##RAW, "bnd" #n "raw", 16, INT, -1, 0)
#define X86_MPX_REGS(X, p)						\
	REGSET_0_3(X86_BND, X, p)					\
	X(p##BNDCFGU, "bndcfgu", 8, INT, -1, 0)				\
	X(p##BNDSTATUS, "bndstatus", 8, INT, -1, 0)

#define X86_OWN_REGS(X, p)						\
	X(p##XCR0, "xcr0", 8, INT, -1, 0, X86_FIXED)			\
	X(p##MXCSR_MASK, "mxcsr_mask", 4, INT, -1, 0, X86_FIXED)	\
	X(p##IOPERM, "ioperm", IO_BITMAP_BYTES, BYTES, -1, 0, X86_FIXED, \
	  .variable = X86_UNIT_IOPERM)

#define X86_TMM(X, p, n)	X(p##TMM##n, "tmm" #n, 1024, BYTES, -1, 0)

/*
 * An FXSAVE image is the beginning of an XSAVE one: in blocks, by component.
 * The kernel ignores a new mxcsr if the data say that SSE is in its initial
 * state.
 */
#define X86_FX_CONTROL_LIST(X, p)					\
	X(REG, p##FCTRL, 2)						\
	X(REG, p##FSTAT, 2)						\
	X(X87_TAG, p##FTAG, 1)						\
	X(PAD, ftag_pad, 1)						\
	X(REG, p##FOP, 2)						\
	X(REG, p##FIOFF, 4)						\
	X(REG, p##FISEG, 2)						\
	X(PAD, fiseg_pad, 2)						\
	X(REG, p##FOOFF, 4)						\
	X(REG, p##FOSEG, 2)						\
	X(PAD, foseg_pad, 2)
#define X86_FX_MXCSR_LIST(X, p)	X(REG, p##MXCSR, 4)
#define X86_FX_MASK_LIST(X, p)	X(REG, p##MXCSR_MASK, 4)
#define X86_FX_ST(X, p, n)	X(REG, p##ST##n, 10) X(PAD, st##n##_pad, 6)
#define X86_FX_ST_LIST(X, p)	REGSET_0_7(X86_FX_ST, X, p)
#define X86_FX_XMM(X, p, n)	X(REG, p##XMM##n, 16)
#define X86_FX_REST_LIST(X, p)						\
	X(PAD, fxsave_reserved, 96)
#define X86_XSAVE_REST_LIST(X, p)					\
	X(PAD, fxsave_reserved, 48)					\
	X(REG, p##XCR0, 8)						\
	X(PAD, software_reserved, 40)
#define X86_XSAVE_HEADER_LIST(X, p)					\
	X(COMPONENTS, xstate_bv, 8)					\
	X(PAD, xcomp_bv, 8)						\
	X(PAD, xsave_header_reserved, 48)

#define X86_AVX_LOC(X, p, n)	X(REG, p##YMM##n##H, 16)
#define X86_BND_LOC(X, p, n)	X(REG, p##BND##n##RAW, 16)
#define X86_BNDREGS_LIST(X, p)	REGSET_0_3(X86_BND_LOC, X, p)
#define X86_BNDCSR_LIST(X, p)						\
	X(REG, p##BNDCFGU, 8)						\
	X(REG, p##BNDSTATUS, 8)						\
	X(PAD, bndcsr_reserved, 48)
#define X86_K_LOC(X, p, n)	X(REG, p##K##n, 8)
#define X86_OPMASK_LIST(X, p)	REGSET_0_7(X86_K_LOC, X, p)
#define X86_ZMMH_LOC(X, p, n)	X(REG, p##ZMM##n##H, 32)
#define X86_PKRU_LIST(X, p)						\
	X(REG, p##PKRU, 4)						\
	X(PAD, pkru_pad, 4)
#define X86_TILECFG_LIST(X, p)	X(REG, p##TILECFG, 64)
#define X86_TMM_LOC(X, p, n)	X(REG, p##TMM##n, 1024)
#define X86_TILEDATA_LIST(X, p)	REGSET_0_7(X86_TMM_LOC, X, p)

#define X86_IOPERM_LIST(X, p)	X(UNITS, p##IOPERM, IO_BITMAP_BYTES)

#define X86_FX_BLOCKS(v, x87, sse)					\
	REGSET_BLOCK(v##_fx_control, .component = x87),			\
	REGSET_BLOCK(v##_fx_mxcsr, .component = sse),			\
	REGSET_BLOCK(v##_fx_mask),					\
	REGSET_BLOCK(v##_fx_st, .component = x87),			\
	REGSET_BLOCK(v##_fx_xmm, .component = sse)

/* Components are counted from 1 on here. */
#define X86_COMPONENT(nr)	.component = (nr) + 1
#define X86_OPTIONAL(nr)	X86_COMPONENT(nr), .optional = true

#define X86_XSTATE_BLOCKS(v)						\
	X86_FX_BLOCKS(v, XFEATURE_FP + 1, XFEATURE_SSE + 1),		\
	REGSET_BLOCK(v##_xsave_rest),					\
	REGSET_BLOCK(v##_xsave_header),					\
	REGSET_BLOCK(v##_avx, X86_OPTIONAL(XFEATURE_YMM)),		\
	REGSET_BLOCK(v##_bndregs, X86_OPTIONAL(XFEATURE_BNDREGS)),	\
	REGSET_BLOCK(v##_bndcsr, X86_OPTIONAL(XFEATURE_BNDCSR)),	\
	REGSET_BLOCK(v##_opmask, X86_OPTIONAL(XFEATURE_OPMASK)),	\
	REGSET_BLOCK(v##_zmm_hi256, X86_OPTIONAL(XFEATURE_ZMM_Hi256)),	\
	REGSET_BLOCK(v##_hi16_zmm, X86_OPTIONAL(XFEATURE_Hi16_ZMM)),	\
	REGSET_BLOCK(v##_pkru, X86_OPTIONAL(XFEATURE_PKRU)),		\
	REGSET_BLOCK(v##_tilecfg, X86_OPTIONAL(XFEATURE_XTILE_CFG)),	\
	REGSET_BLOCK(v##_tiledata, X86_OPTIONAL(XFEATURE_XTILE_DATA))

/* The lists of an XSAVE image that are alike in both views. */
#define X86_COMMON_LOCS(v, p)						\
	REGSET_LOCS(v##_fx_control, X86_FX_CONTROL_LIST, p, 24);	\
	REGSET_LOCS(v##_fx_mxcsr, X86_FX_MXCSR_LIST, p, 4);		\
	REGSET_LOCS(v##_fx_mask, X86_FX_MASK_LIST, p, 4);		\
	REGSET_LOCS(v##_fx_st, X86_FX_ST_LIST, p, 128);			\
	REGSET_LOCS(v##_fx_rest, X86_FX_REST_LIST, p, 96);		\
	REGSET_LOCS(v##_xsave_rest, X86_XSAVE_REST_LIST, p, 96);	\
	REGSET_LOCS(v##_xsave_header, X86_XSAVE_HEADER_LIST, p,		\
		    sizeof(struct xstate_header));			\
	REGSET_LOCS(v##_bndregs, X86_BNDREGS_LIST, p,			\
		    4 * sizeof(struct mpx_bndreg));			\
	REGSET_LOCS(v##_bndcsr, X86_BNDCSR_LIST, p,			\
		    sizeof(struct mpx_bndcsr_state));			\
	REGSET_LOCS(v##_opmask, X86_OPMASK_LIST, p,			\
		    sizeof(struct avx_512_opmask_state));		\
	REGSET_LOCS(v##_pkru, X86_PKRU_LIST, p, 8);			\
	REGSET_LOCS(v##_tilecfg, X86_TILECFG_LIST, p,			\
		    sizeof(struct xtile_cfg));				\
	REGSET_LOCS(v##_tiledata, X86_TILEDATA_LIST, p,			\
		    8 * sizeof(struct xtile_data));			\
	REGSET_LOCS(v##_ioperm, X86_IOPERM_LIST, p, IO_BITMAP_BYTES)

/*
 * The native view, also of x32 threads
 */

#define X64_DWARF_ST	33
#define X64_DWARF_FCW	65
#define X64_DWARF_FSW	66
#define X64_DWARF_K	118

#define X64_R(X, p, n, roles)	X(p##R##n, "r" #n, 8, INT, n, roles)
#define X64_XMM_0_7(X, p, n)	X(p##XMM##n, "xmm" #n, 16, VECTOR, 17 + (n), 0)
#define X64_XMM_8_15(X, p, n)	X(p##XMM##n, "xmm" #n, 16, VECTOR, 17 + (n), 0)
#define X64_XMM_16_31(X, p, n)	X(p##XMM##n, "xmm" #n, 16, VECTOR, 51 + (n), 0)

#define X64_SYSCALL_AND_FUNC(syscall, func)				\
	(REGSET_ROLE_N(SYSCALL_ARG, syscall) | REGSET_ROLE_N(FUNC_ARG, func))

#define X64_REGS(X)							\
	X(X64_RAX, "rax", 8, INT, 0,					\
	  REGSET_ROLE(SYSCALL_RESULT) | REGSET_ROLE(FUNC_RESULT))	\
	X(X64_RBX, "rbx", 8, INT, 3, 0)					\
	X(X64_RCX, "rcx", 8, INT, 2, REGSET_ROLE_N(FUNC_ARG, 3))	\
	X(X64_RDX, "rdx", 8, INT, 1, X64_SYSCALL_AND_FUNC(2, 2))	\
	X(X64_RSI, "rsi", 8, INT, 4, X64_SYSCALL_AND_FUNC(1, 1))	\
	X(X64_RDI, "rdi", 8, INT, 5, X64_SYSCALL_AND_FUNC(0, 0))	\
	X(X64_RBP, "rbp", 8, DATA_PTR, 6, REGSET_ROLE(FP))		\
	X(X64_RSP, "rsp", 8, DATA_PTR, 7, REGSET_ROLE(SP))		\
	X64_R(X, X64_, 8, X64_SYSCALL_AND_FUNC(4, 4))			\
	X64_R(X, X64_, 9, X64_SYSCALL_AND_FUNC(5, 5))			\
	X64_R(X, X64_, 10, REGSET_ROLE_N(SYSCALL_ARG, 3))		\
	X64_R(X, X64_, 11, 0)						\
	X64_R(X, X64_, 12, 0)						\
	X64_R(X, X64_, 13, 0)						\
	X64_R(X, X64_, 14, 0)						\
	X64_R(X, X64_, 15, 0)						\
	X(X64_RIP, "rip", 8, CODE_PTR, 16, REGSET_ROLE(PC))		\
	X(X64_EFLAGS, "eflags", 4, FLAGS, 49, REGSET_ROLE(FLAGS))	\
	X(X64_CS, "cs", 4, INT, 51, 0)					\
	X(X64_SS, "ss", 4, INT, 52, 0)					\
	X(X64_DS, "ds", 4, INT, 53, 0)					\
	X(X64_ES, "es", 4, INT, 50, 0)					\
	X(X64_FS, "fs", 4, INT, 54, 0)					\
	X(X64_GS, "gs", 4, INT, 55, 0)					\
	X86_X87_REGS(X, X64_)						\
	REGSET_0_7(X64_XMM_0_7, X, X64_)				\
	REGSET_8_15(X64_XMM_8_15, X, X64_)				\
	X(X64_MXCSR, "mxcsr", 4, INT, 64, 0, .init = 0x1f80)		\
	X(X64_ORIG_RAX, "orig_rax", 8, INT, -1, REGSET_ROLE(SYSCALL_NR)) \
	X(X64_FS_BASE, "fs_base", 8, INT, 58, REGSET_ROLE(TLS))		\
	X(X64_GS_BASE, "gs_base", 8, INT, 59, 0)			\
	REGSET_0_15(X86_YMMH, X, X64_)					\
	X86_MPX_REGS(X, X64_)						\
	REGSET_16_31(X64_XMM_16_31, X, X64_)				\
	REGSET_16_31(X86_YMMH, X, X64_)					\
	REGSET_0_7(X86_K, X, X64_)					\
	REGSET_0_31(X86_ZMMH, X, X64_)					\
	X(X64_PKRU, "pkru", 4, INT, -1, 0)				\
	X(X64_PL3_SSP, "pl3_ssp", 8, DATA_PTR, -1, 0)			\
	X86_OWN_REGS(X, X64_)						\
	X(X64_TILECFG, "tilecfg", 64, BYTES, -1, 0)			\
	REGSET_0_7(X86_TMM, X, X64_)

enum { X64_REGS(REGSET_ID) };

static const struct regset_reg_src x64_regs[] = { X64_REGS(REGSET_REG) };

static const struct regset_feature_src x64_features[] = {
	{ .name = "org.gnu.gdb.i386.core", .first = X64_RAX },
	{ .name = "org.gnu.gdb.i386.sse", .first = X64_XMM0 },
	{ .name = "org.gnu.gdb.i386.linux", .first = X64_ORIG_RAX },
	{ .name = "org.gnu.gdb.i386.segments", .first = X64_FS_BASE },
	{ .name = "org.gnu.gdb.i386.avx", .first = X64_YMM0H },
	{ .name = "org.gnu.gdb.i386.mpx", .first = X64_BND0RAW },
	{ .name = "org.gnu.gdb.i386.avx512", .first = X64_XMM16 },
	{ .name = "org.gnu.gdb.i386.pkeys", .first = X64_PKRU },
	{ .name = "org.gnu.gdb.i386.pl3_ssp", .first = X64_PL3_SSP },
	{ .name = "org.utrace.i386.xsave", .first = X64_XCR0 },
	{ .name = "org.utrace.i386.ioperm", .first = X64_IOPERM },
	{ .name = "org.utrace.i386.amx", .first = X64_TILECFG },
};

#define X64_PRSTATUS_LIST(X, p)						\
	X(REG, p##R15, 8)						\
	X(REG, p##R14, 8)						\
	X(REG, p##R13, 8)						\
	X(REG, p##R12, 8)						\
	X(REG, p##RBP, 8)						\
	X(REG, p##RBX, 8)						\
	X(REG, p##R11, 8)						\
	X(REG, p##R10, 8)						\
	X(REG, p##R9, 8)						\
	X(REG, p##R8, 8)						\
	X(REG, p##RAX, 8)						\
	X(REG, p##RCX, 8)						\
	X(REG, p##RDX, 8)						\
	X(REG, p##RSI, 8)						\
	X(REG, p##RDI, 8)						\
	X(REG, p##ORIG_RAX, 8)						\
	X(REG, p##RIP, 8)						\
	X(REG, p##CS, 8)						\
	X(REG, p##EFLAGS, 8)						\
	X(REG, p##RSP, 8)						\
	X(REG, p##SS, 8)						\
	X(REG, p##FS_BASE, 8)						\
	X(REG, p##GS_BASE, 8)						\
	X(REG, p##DS, 8)						\
	X(REG, p##ES, 8)						\
	X(REG, p##FS, 8)						\
	X(REG, p##GS, 8)
REGSET_LOCS(x64_prstatus, X64_PRSTATUS_LIST, X64_,
	    sizeof(struct user_regs_struct));

X86_COMMON_LOCS(x64, X64_);

#define X64_FX_XMM_LIST(X, p)	REGSET_0_15(X86_FX_XMM, X, p)
REGSET_LOCS(x64_fx_xmm, X64_FX_XMM_LIST, X64_, 256);

#define X64_AVX_LIST(X, p)	REGSET_0_15(X86_AVX_LOC, X, p)
REGSET_LOCS(x64_avx, X64_AVX_LIST, X64_, sizeof(struct ymmh_struct));

#define X64_ZMM_HI256_LIST(X, p) REGSET_0_15(X86_ZMMH_LOC, X, p)
REGSET_LOCS(x64_zmm_hi256, X64_ZMM_HI256_LIST, X64_,
	    sizeof(struct avx_512_zmm_uppers_state));

#define X64_HI16_LOC(X, p, n)						\
	X(REG, p##XMM##n, 16)						\
	X(REG, p##YMM##n##H, 16)					\
	X(REG, p##ZMM##n##H, 32)
#define X64_HI16_ZMM_LIST(X, p)	REGSET_16_31(X64_HI16_LOC, X, p)
REGSET_LOCS(x64_hi16_zmm, X64_HI16_ZMM_LIST, X64_,
	    sizeof(struct avx_512_hi16_state));

#define X64_SHSTK_LIST(X, p)	X(REG, p##PL3_SSP, 8)
REGSET_LOCS(x64_shstk, X64_SHSTK_LIST, X64_, 8);

static const struct regset_layout_src x64_layouts[] = {
	{ .note = NT_PRSTATUS, REGSET_ONE_BLOCK(x64_prstatus) },
	{ .note = NT_X86_XSTATE, .flags = UTRACE_LAYOUT_WHOLE,
	  .components = sizeof(struct fxregs_state),
	  REGSET_BLOCKS(X86_XSTATE_BLOCKS(x64)) },
	{ .note = NT_PRFPREG, .behind = NT_X86_XSTATE,
	  .flags = UTRACE_LAYOUT_WHOLE,
	  REGSET_BLOCKS(X86_FX_BLOCKS(x64, 0, 0), REGSET_BLOCK(x64_fx_rest)) },
	{ .note = NT_386_IOPERM, .variable = X86_UNIT_IOPERM,
	  REGSET_ONE_BLOCK(x64_ioperm) },
	{ .note = NT_X86_SHSTK, REGSET_ONE_BLOCK(x64_shstk) },
};

static const struct regset_view_src x64_view = {
	.id = UTRACE_VIEW_ID_X86_64,
	.native = UTRACE_VIEW_ID_X86_64,
	.machine = EM_X86_64,
	.word = sizeof(long),
	.prstatus_size = sizeof(struct elf_prstatus),
	.prstatus_regs = offsetof(struct elf_prstatus, pr_reg),
	.name = "x86_64",
	.arch = "i386:x86-64",
	.regs = x64_regs,
	.nr_regs = ARRAY_SIZE(x64_regs),
	.features = x64_features,
	.nr_features = ARRAY_SIZE(x64_features),
	.layouts = x64_layouts,
	.nr_layouts = ARRAY_SIZE(x64_layouts),
};

#ifdef CONFIG_IA32_EMULATION
/*
 * The view of 32-bit threads
 */

#define I386_DWARF_ST	11
#define I386_DWARF_FCW	37
#define I386_DWARF_FSW	38
#define I386_DWARF_K	93

#define I386_XMM(X, p, n)	X(p##XMM##n, "xmm" #n, 16, VECTOR, 21 + (n), 0)

#define I386_TLS(X, p, n)						\
	X(p##TLS##n##_ENTRY, "tls" #n "_entry", 4, INT, -1, 0, X86_FIXED) \
	X(p##TLS##n##_BASE, "tls" #n "_base", 4, INT, -1, 0, I386_CONTROL) \
	X(p##TLS##n##_LIMIT, "tls" #n "_limit", 4, INT, -1, 0, I386_CONTROL) \
	X(p##TLS##n##_FLAGS, "tls" #n "_flags", 4, INT, -1, 0, I386_CONTROL)
#define I386_CONTROL	.flags = UTRACE_REG_CONTROL

#define I386_REGS(X)							\
	X(I386_EAX, "eax", 4, INT, 0,					\
	  REGSET_ROLE(SYSCALL_RESULT) | REGSET_ROLE(FUNC_RESULT))	\
	X(I386_ECX, "ecx", 4, INT, 1, REGSET_ROLE_N(SYSCALL_ARG, 1))	\
	X(I386_EDX, "edx", 4, INT, 2, REGSET_ROLE_N(SYSCALL_ARG, 2))	\
	X(I386_EBX, "ebx", 4, INT, 3, REGSET_ROLE_N(SYSCALL_ARG, 0))	\
	X(I386_ESP, "esp", 4, DATA_PTR, 4, REGSET_ROLE(SP))		\
	X(I386_EBP, "ebp", 4, DATA_PTR, 5,				\
	  REGSET_ROLE(FP) | REGSET_ROLE_N(SYSCALL_ARG, 5))		\
	X(I386_ESI, "esi", 4, INT, 6, REGSET_ROLE_N(SYSCALL_ARG, 3))	\
	X(I386_EDI, "edi", 4, INT, 7, REGSET_ROLE_N(SYSCALL_ARG, 4))	\
	X(I386_EIP, "eip", 4, CODE_PTR, 8, REGSET_ROLE(PC))		\
	X(I386_EFLAGS, "eflags", 4, FLAGS, 9, REGSET_ROLE(FLAGS))	\
	X(I386_CS, "cs", 4, INT, 41, 0)					\
	X(I386_SS, "ss", 4, INT, 42, 0)					\
	X(I386_DS, "ds", 4, INT, 43, 0)					\
	X(I386_ES, "es", 4, INT, 40, 0)					\
	X(I386_FS, "fs", 4, INT, 44, 0)					\
	X(I386_GS, "gs", 4, INT, 45, 0)					\
	X86_X87_REGS(X, I386_)						\
	REGSET_0_7(I386_XMM, X, I386_)					\
	X(I386_MXCSR, "mxcsr", 4, INT, 39, 0, .init = 0x1f80)		\
	X(I386_ORIG_EAX, "orig_eax", 4, INT, -1, REGSET_ROLE(SYSCALL_NR)) \
	REGSET_0_7(X86_YMMH, X, I386_)					\
	X86_MPX_REGS(X, I386_)						\
	REGSET_0_7(X86_K, X, I386_)					\
	REGSET_0_7(X86_ZMMH, X, I386_)					\
	X(I386_PKRU, "pkru", 4, INT, -1, 0)				\
	X86_OWN_REGS(X, I386_)						\
	X(I386_TILECFG, "tilecfg", 64, BYTES, -1, 0)			\
	REGSET_0_7(X86_TMM, X, I386_)					\
	I386_TLS(X, I386_, 0)						\
	I386_TLS(X, I386_, 1)						\
	I386_TLS(X, I386_, 2)

enum { I386_REGS(REGSET_ID) };

static const struct regset_reg_src i386_regs[] = { I386_REGS(REGSET_REG) };

static const struct regset_feature_src i386_features[] = {
	{ .name = "org.gnu.gdb.i386.core", .first = I386_EAX },
	{ .name = "org.gnu.gdb.i386.sse", .first = I386_XMM0 },
	{ .name = "org.gnu.gdb.i386.linux", .first = I386_ORIG_EAX },
	{ .name = "org.gnu.gdb.i386.avx", .first = I386_YMM0H },
	{ .name = "org.gnu.gdb.i386.mpx", .first = I386_BND0RAW },
	{ .name = "org.gnu.gdb.i386.avx512", .first = I386_K0 },
	{ .name = "org.gnu.gdb.i386.pkeys", .first = I386_PKRU },
	{ .name = "org.utrace.i386.xsave", .first = I386_XCR0 },
	{ .name = "org.utrace.i386.ioperm", .first = I386_IOPERM },
	{ .name = "org.utrace.i386.amx", .first = I386_TILECFG },
	{ .name = "org.utrace.i386.tls", .first = I386_TLS0_ENTRY },
};

#define I386_PRSTATUS_LIST(X, p)					\
	X(REG, p##EBX, 4)						\
	X(REG, p##ECX, 4)						\
	X(REG, p##EDX, 4)						\
	X(REG, p##ESI, 4)						\
	X(REG, p##EDI, 4)						\
	X(REG, p##EBP, 4)						\
	X(REG, p##EAX, 4)						\
	X(REG, p##DS, 4)						\
	X(REG, p##ES, 4)						\
	X(REG, p##FS, 4)						\
	X(REG, p##GS, 4)						\
	X(REG, p##ORIG_EAX, 4)						\
	X(REG, p##EIP, 4)						\
	X(REG, p##CS, 4)						\
	X(REG, p##EFLAGS, 4)						\
	X(REG, p##ESP, 4)						\
	X(REG, p##SS, 4)
REGSET_LOCS(i386_prstatus, I386_PRSTATUS_LIST, I386_,
	    sizeof(struct user_regs_struct32));

X86_COMMON_LOCS(i386, I386_);

/* The registers from 8 on are for 64-bit programs. */
#define I386_FX_XMM_LIST(X, p)						\
	REGSET_0_7(X86_FX_XMM, X, p)					\
	X(PAD, xmm8_15, 128)
REGSET_LOCS(i386_fx_xmm, I386_FX_XMM_LIST, I386_, 256);

#define I386_AVX_LIST(X, p)						\
	REGSET_0_7(X86_AVX_LOC, X, p)					\
	X(PAD, ymm8_15h, 128)
REGSET_LOCS(i386_avx, I386_AVX_LIST, I386_, sizeof(struct ymmh_struct));

#define I386_ZMM_HI256_LIST(X, p)					\
	REGSET_0_7(X86_ZMMH_LOC, X, p)					\
	X(PAD, zmm8_15h, 256)
REGSET_LOCS(i386_zmm_hi256, I386_ZMM_HI256_LIST, I386_,
	    sizeof(struct avx_512_zmm_uppers_state));

#define I386_HI16_ZMM_LIST(X, p)	X(PAD, zmm16_31, 1024)
REGSET_LOCS(i386_hi16_zmm, I386_HI16_ZMM_LIST, I386_,
	    sizeof(struct avx_512_hi16_state));

/* As FSAVE has it, with a whole tag word. */
#define I386_ST_LOC(X, p, n)	X(REG, p##ST##n, 10)
#define I386_FSAVE_LIST(X, p)						\
	X(REG, p##FCTRL, 2)						\
	X(FIXED, fctrl_pad, 2, 0xffff)					\
	X(REG, p##FSTAT, 2)						\
	X(FIXED, fstat_pad, 2, 0xffff)					\
	X(REG, p##FTAG, 2)						\
	X(FIXED, ftag_pad, 2, 0xffff)					\
	X(REG, p##FIOFF, 4)						\
	X(REG, p##FISEG, 2)						\
	X(REG, p##FOP, 2)						\
	X(REG, p##FOOFF, 4)						\
	X(REG, p##FOSEG, 2)						\
	X(FIXED, foseg_pad, 2, 0xffff)					\
	REGSET_0_7(I386_ST_LOC, X, p)
REGSET_LOCS(i386_fsave, I386_FSAVE_LIST, I386_,
	    sizeof(struct user_i387_ia32_struct));

#define I386_TLS_LOC(X, p, n)						\
	X(REG, p##TLS##n##_ENTRY, 4)					\
	X(REG, p##TLS##n##_BASE, 4)					\
	X(REG, p##TLS##n##_LIMIT, 4)					\
	X(REG, p##TLS##n##_FLAGS, 4)
#define I386_TLS_LIST(X, p)						\
	I386_TLS_LOC(X, p, 0)						\
	I386_TLS_LOC(X, p, 1)						\
	I386_TLS_LOC(X, p, 2)
REGSET_LOCS(i386_tls, I386_TLS_LIST, I386_,
	    GDT_ENTRY_TLS_ENTRIES * sizeof(struct user_desc));

static const struct regset_layout_src i386_layouts[] = {
	{ .note = NT_PRSTATUS, REGSET_ONE_BLOCK(i386_prstatus) },
	{ .note = NT_X86_XSTATE, .flags = UTRACE_LAYOUT_WHOLE,
	  .components = sizeof(struct fxregs_state),
	  REGSET_BLOCKS(X86_XSTATE_BLOCKS(i386)) },
	{ .note = NT_PRXFPREG, .behind = NT_X86_XSTATE,
	  .flags = UTRACE_LAYOUT_WHOLE,
	  REGSET_BLOCKS(X86_FX_BLOCKS(i386, 0, 0), REGSET_BLOCK(i386_fx_rest)) },
	{ .note = NT_PRFPREG, .behind = NT_X86_XSTATE,
	  .flags = UTRACE_LAYOUT_WHOLE, REGSET_ONE_BLOCK(i386_fsave) },
	{ .note = NT_386_TLS, REGSET_ONE_BLOCK(i386_tls) },
	{ .note = NT_386_IOPERM, .variable = X86_UNIT_IOPERM,
	  REGSET_ONE_BLOCK(i386_ioperm) },
};

#define I386_LINK(compat, to, n)					\
	{ .reg = I386_##compat, .native = X64_##to, .bytes = (n) },
/* All registers of the same name */
#define I386_LINK_SAME(id_, name_, size_, ...)	I386_LINK(id_, id_, size_)
#define I386_LINK_XMM(X, p, n)	I386_LINK(XMM##n, XMM##n, 16)

static const struct utrace_link i386_links[] = {
	I386_LINK(EAX, RAX, 4)
	I386_LINK(ECX, RCX, 4)
	I386_LINK(EDX, RDX, 4)
	I386_LINK(EBX, RBX, 4)
	I386_LINK(ESP, RSP, 4)
	I386_LINK(EBP, RBP, 4)
	I386_LINK(ESI, RSI, 4)
	I386_LINK(EDI, RDI, 4)
	I386_LINK(EIP, RIP, 4)
	I386_LINK(EFLAGS, EFLAGS, 4)
	I386_LINK(CS, CS, 4)
	I386_LINK(SS, SS, 4)
	I386_LINK(DS, DS, 4)
	I386_LINK(ES, ES, 4)
	I386_LINK(FS, FS, 4)
	I386_LINK(GS, GS, 4)
	I386_LINK(ORIG_EAX, ORIG_RAX, 4)
	X86_X87_REGS(I386_LINK_SAME, /* no prefix */)
	REGSET_0_7(I386_LINK_XMM, /* nothing */, /* nothing */)
	I386_LINK(MXCSR, MXCSR, 4)
	REGSET_0_7(X86_YMMH, I386_LINK_SAME, /* no prefix */)
	X86_MPX_REGS(I386_LINK_SAME, /* no prefix */)
	REGSET_0_7(X86_K, I386_LINK_SAME, /* no prefix */)
	REGSET_0_7(X86_ZMMH, I386_LINK_SAME, /* no prefix */)
	I386_LINK(PKRU, PKRU, 4)
	X86_OWN_REGS(I386_LINK_SAME, /* no prefix */)
	I386_LINK(TILECFG, TILECFG, 64)
	REGSET_0_7(X86_TMM, I386_LINK_SAME, /* no prefix */)
};

static const struct regset_view_src i386_view = {
	.id = UTRACE_VIEW_ID_I386,
	.native = UTRACE_VIEW_ID_X86_64,
	.machine = EM_386,
	.word = sizeof(u32),
	/* struct compat_elf_prstatus is that of x32. */
	.prstatus_size = sizeof(struct i386_elf_prstatus),
	.prstatus_regs = offsetof(struct i386_elf_prstatus, pr_reg),
	.name = "i386",
	.arch = "i386",
	.regs = i386_regs,
	.nr_regs = ARRAY_SIZE(i386_regs),
	.features = i386_features,
	.nr_features = ARRAY_SIZE(i386_features),
	.layouts = i386_layouts,
	.nr_layouts = ARRAY_SIZE(i386_layouts),
	.links = i386_links,
	.nr_links = ARRAY_SIZE(i386_links),
};
#endif /* CONFIG_IA32_EMULATION */

const struct regset_view_src *const regset_arch_views[] = {
	&x64_view,
#ifdef CONFIG_IA32_EMULATION
	&i386_view,
#endif
	NULL
};

bool regset_arch_have(unsigned int id, unsigned int note)
{
	switch (note) {
	case NT_X86_XSTATE:
		return boot_cpu_has(X86_FEATURE_XSAVE);
	case NT_PRXFPREG:
		return boot_cpu_has(X86_FEATURE_FXSR);
	case NT_PRFPREG:
		return boot_cpu_has(X86_FEATURE_FPU);
	case NT_386_IOPERM:
		return IS_ENABLED(CONFIG_X86_IOPL_IOPERM);
	case NT_X86_SHSTK:
		return cpu_feature_enabled(X86_FEATURE_USER_SHSTK);
	default:
		return true;
	}
}

unsigned int regset_arch_component(unsigned int component)
{
	unsigned int size, offset, flags, edx;

	if (!boot_cpu_has(X86_FEATURE_XSAVE) ||
	    !(fpu_user_cfg.max_features & BIT_ULL(component)))
		return 0;
	cpuid_count(XSTATE_CPUID, component, &size, &offset, &flags, &edx);
	return offset;
}
