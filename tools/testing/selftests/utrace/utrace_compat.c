// SPDX-License-Identifier: GPL-2.0
/*
 * Programs of another word size, traced through a session
 *
 * The 32-bit program is made here, byte by byte, because a compiler for it is not
 * part of every toolchain: an ELF header and three instructions, exit(17).
 */
#include <elf.h>
#include <endian.h>
#include <sys/utsname.h>

#include "utrace_testlib.h"

#define LOAD	0x400000
#define STATUS	17

struct machine {
	const char *name;	/* as uname(2) has it */
	unsigned short machine;
	unsigned int flags;
	bool big;
	unsigned int size;
	unsigned char code[16];
};

static const struct machine machines[] = {
	{ "x86_64", EM_386, 0, false, 12,
	  { 0xb8, 1, 0, 0, 0, 0xbb, STATUS, 0, 0, 0, 0xcd, 0x80 } },
	{ "aarch64", EM_ARM, 0x05000000, false, 12,
	  { 1, 0x70, 0xa0, 0xe3, STATUS, 0, 0xa0, 0xe3, 0, 0, 0, 0xef } },
	{ "riscv64", EM_RISCV, 0, false, 12,
	  { 0x93, 8, 0xd0, 5, 0x13, 5, (STATUS & 15) << 4, STATUS >> 4, 0x73, 0, 0, 0 } },
	{ "ppc64", EM_PPC, 0, true, 12,
	  { 0x38, 0, 0, 1, 0x38, 0x60, 0, STATUS, 0x44, 0, 0, 2 } },
	{ "s390x", EM_S390, 0, true, 10,
	  { 0xa7, 0x18, 0, 1, 0xa7, 0x28, 0, STATUS, 0x0a, 0 } },
};

/* li a0,STATUS: 12 bits, from bit 20 on. */
_Static_assert(STATUS >> 4 == 1 && STATUS < 256, "riscv64's instruction");

static unsigned short half(const struct machine *m, unsigned short x)
{
	return m->big ? htobe16(x) : htole16(x);
}

static unsigned int word(const struct machine *m, unsigned int x)
{
	return m->big ? htobe32(x) : htole32(x);
}

/* A file descriptor of the program; -1 if this machine has none. */
static int make_program(void)
{
	const struct machine *m = NULL;
	struct utsname uts;
	unsigned int i;
	struct {
		Elf32_Ehdr ehdr;
		Elf32_Phdr phdr;
		unsigned char code[16];
	} elf = {};
	int fd;

	uname(&uts);
	for (i = 0; i < sizeof(machines) / sizeof(machines[0]); i++)
		if (!strcmp(uts.machine, machines[i].name))
			m = &machines[i];
	if (!m)
		return -1;
	memcpy(elf.ehdr.e_ident, ELFMAG, SELFMAG);
	elf.ehdr.e_ident[EI_CLASS] = ELFCLASS32;
	elf.ehdr.e_ident[EI_DATA] = m->big ? ELFDATA2MSB : ELFDATA2LSB;
	elf.ehdr.e_ident[EI_VERSION] = EV_CURRENT;
	elf.ehdr.e_type = half(m, ET_EXEC);
	elf.ehdr.e_machine = half(m, m->machine);
	elf.ehdr.e_version = word(m, EV_CURRENT);
	elf.ehdr.e_entry = word(m, LOAD + offsetof(typeof(elf), code));
	elf.ehdr.e_phoff = word(m, offsetof(typeof(elf), phdr));
	elf.ehdr.e_flags = word(m, m->flags);
	elf.ehdr.e_ehsize = half(m, sizeof(elf.ehdr));
	elf.ehdr.e_phentsize = half(m, sizeof(elf.phdr));
	elf.ehdr.e_phnum = half(m, 1);
	elf.phdr.p_type = word(m, PT_LOAD);
	elf.phdr.p_vaddr = word(m, LOAD);
	elf.phdr.p_paddr = word(m, LOAD);
	elf.phdr.p_filesz = word(m, sizeof(elf));
	elf.phdr.p_memsz = word(m, sizeof(elf));
	elf.phdr.p_flags = word(m, PF_R | PF_X);
	elf.phdr.p_align = word(m, 0x1000);
	memcpy(elf.code, m->code, m->size);
	fd = syscall(SYS_memfd_create, "program", 0);
	if (fd >= 0 && write(fd, &elf, sizeof(elf)) != sizeof(elf)) {
		close(fd);
		return -1;
	}
	return fd;
}

static char program[32];

static int exec_program(struct ut_child *c ut_unused)
{
	execl(program, "program", NULL);
	return errno == ENOEXEC ? 126 : 1;
}

FIXTURE(compat)
{
	struct ut_session u;
	struct ut_child c;
	struct utrace_attach a;
	struct utrace_info info;
	int fd;
};

FIXTURE_SETUP(compat)
{
	self->c.sh = NULL;
	self->c.pid = 0;
	self->u.fd = -1;
	self->fd = make_program();
	if (self->fd < 0)
		SKIP(return, "no 32-bit programs here");
	snprintf(program, sizeof(program), "/proc/self/fd/%d", self->fd);
	ASSERT_EQ(0, ut_spawn(&self->c, exec_program));
	ut_go(&self->c);
	if (ut_reap(&self->c) == 126 << 8)
		SKIP(return, "the kernel has no 32-bit programs");
	ut_end(&self->c);
	ASSERT_EQ(0, ut_open(&self->u));
	ASSERT_EQ(0, ut_info(&self->u, &self->info));
	ASSERT_EQ(0, ut_spawn(&self->c, exec_program));
	ASSERT_EQ(0, ut_config(&self->u, UT_SYSCALLS, 0));
}

FIXTURE_TEARDOWN(compat)
{
	ut_end(&self->c);
	ut_close(&self->u);
	if (self->fd >= 0)
		close(self->fd);
}

/* What the call was does not change because the program did. */
TEST_F(compat, the_exit_of_an_exec_belongs_to_its_entry)
{
	struct utrace_rec_syscall *s;

	ASSERT_EQ(0, ut_only_call(&self->u, SYS_execve));
	ASSERT_EQ(0, ut_attach(&self->u, self->c.pid, 0, &self->a));
	ut_go(&self->c);
	s = ut_find(&self->u, 0, UTRACE_EV_SYSCALL_ENTRY);
	ASSERT_NE(NULL, s);
	EXPECT_EQ(SYS_execve, s->nr);
	EXPECT_EQ(self->info.arch, s->arch);
	s = ut_find(&self->u, 0, UTRACE_EV_SYSCALL);
	ASSERT_NE(NULL, s);
	EXPECT_EQ(SYS_execve, s->nr);
	EXPECT_EQ(self->info.arch, s->arch);
	EXPECT_EQ(0, s->result);
	EXPECT_EQ(STATUS << 8, ut_reap(&self->c));
}

/* Of an architecture without a table all calls are told, by its own numbers. */
TEST_F(compat, calls_have_the_architecture_of_their_program)
{
	struct utrace_rec_syscall *s;

	ASSERT_EQ(0, ut_only_call(&self->u, SYS_execve));
	ASSERT_EQ(0, ut_attach(&self->u, self->c.pid, 0, &self->a));
	ut_go(&self->c);
	do {
		s = ut_find(&self->u, 0, UTRACE_EV_SYSCALL_ENTRY);
		ASSERT_NE(NULL, s);
	} while (s->arch == self->info.arch);
	EXPECT_EQ(self->info.compat_arch, s->arch);
	EXPECT_TRUE(self->info.features & UTRACE_FEATURE_COMPAT);
	EXPECT_EQ(STATUS, s->args[0]);
	EXPECT_EQ(STATUS << 8, ut_reap(&self->c));
}

TEST_F(compat, the_exec_says_that_the_architecture_changes)
{
	struct utrace_rec_exec *e;

	ASSERT_EQ(0, ut_config(&self->u, UTRACE_EV_BIT(UTRACE_EV_EXEC), 0));
	ASSERT_EQ(0, ut_attach(&self->u, self->c.pid, 0, &self->a));
	ut_go(&self->c);
	e = ut_find(&self->u, 0, UTRACE_EV_EXEC);
	ASSERT_NE(NULL, e);
	EXPECT_EQ(UTRACE_EXEC_ARCH, e->flags);
	EXPECT_EQ(self->info.compat_arch, e->arch);
	EXPECT_EQ(STATUS << 8, ut_reap(&self->c));
}

TEST_HARNESS_MAIN
