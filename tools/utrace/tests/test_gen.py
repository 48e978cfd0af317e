#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Checks of gen/syscalls.py: test_gen.py KSRC SCRATCH-DIRECTORY"""

import os
import sys
import tempfile

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
GEN = os.path.join(os.path.dirname(HERE), "gen")
sys.path.insert(0, GEN)

import syscalls  # noqa: E402

count = 0
failed = False


def is_(got, expected, what):
    global count, failed
    count += 1
    good = got == expected
    failed |= not good
    print(f"{'' if good else 'not '}ok {count} - {what}")
    if not good:
        print(f"# got:      {got}\n# expected: {expected}")


def error_of(function, *args):
    try:
        function(*args)
    except syscalls.GenError as e:
        return str(e)
    return None


def main():
    ksrc, scratch = sys.argv[1:]
    rows, arches, missing = syscalls.generate(ksrc, GEN)
    by_name = {(a[1], a[4]): a for a in arches}

    def name(arch, nr, offset=0):
        numbers = by_name[(f"AUDIT_ARCH_{arch}", offset)][5]
        return rows[numbers[nr]][0] if nr in numbers else None

    def kinds(arch, nr, offset=0):
        return " ".join(rows[by_name[(f"AUDIT_ARCH_{arch}", offset)][5][nr]][2])

    is_(sorted(missing), [], "every implemented call has a prototype")
    for arch, nr in (("X86_64", 257), ("I386", 295), ("AARCH64", 56),
                     ("ARM", 322), ("RISCV64", 56), ("RISCV32", 56),
                     ("PPC64", 286), ("PPC64LE", 286), ("PPC", 286),
                     ("S390X", 288), ("S390", 288)):
        is_(name(arch, nr), "openat", f"openat is {nr} on {arch}")
        is_(kinds(arch, nr), "dfd path hex32 oct", f"openat's kinds on {arch}")
    is_(name("X86_64", 59), "execve", "execve is 59 on X86_64")
    is_(name("X86_64", 520, 0x40000000), "execve", "execve is 520 on x32")
    is_(name("X86_64", 520), None, "but not for other programs")
    is_(name("RISCV64", 258), "riscv_hwprobe", "riscv's own calls are in")
    is_(name("AARCH64", 258), None, "and not on arm64")
    is_(name("AARCH64", 38), "renameat", "arm64 has renameat")
    is_(name("RISCV64", 38), None, "and riscv has not")
    is_(name("RISCV32", 4), None, "riscv32 has no 32-bit times")
    is_(name("S390X", 137), "afs_syscall", "a number is known without a call")
    is_(kinds("S390X", 90), "ptr", "s390's mmap has its arguments in memory")
    is_(kinds("X86_64", 9), "ptr ulong hex hex fd hex", "mmap")
    is_(kinds("X86_64", 1), "fd buf ulong", "write")
    is_(kinds("X86_64", 0), "fd outbuf ulong", "read")
    is_(kinds("X86_64", 4), "path outstat", "stat, which is sys_newstat")
    is_(kinds("X86_64", 59), "path argv envp", "execve")
    is_(kinds("PPC", 11), "path argv envp", "execve of 32-bit programs")
    is_(kinds("X86_64", 20), "fd iov ulong", "writev")
    is_(kinds("X86_64", 19), "fd outiov ulong", "readv")
    is_(kinds("X86_64", 46), "fd msg hex32", "sendmsg")
    is_(kinds("X86_64", 49), "fd addr int", "bind")
    is_(kinds("X86_64", 51), "fd outaddr ptr", "getsockname")
    is_(kinds("X86_64", 35), "ts ptr", "nanosleep")
    is_(kinds("I386", 162), "ts32 ptr", "nanosleep of 32-bit programs")
    is_(kinds("X86_64", 202), "ptr hex32 uint ptr ptr hex32",
        "futex: what is a time depends on the operation")
    is_(kinds("X86_64", 280), "dfd path ptr hex32", "utimensat: two times are none")
    is_(kinds("X86_64", 76), "path long", "truncate: a path, not a buffer")
    is_(kinds("X86_64", 62), "int sig", "kill")
    is_(kinds("I386", 180), "fd outbuf uint uint uint",
        "pread64: a 64-bit offset in two registers")
    is_(len(kinds("PPC", 180).split()), 6, "pread64 of ppc: and an unused one")

    data = {}
    for v, f in (("1 common x sys_x\n1 common y sys_y\n", "twice"),
                 ("one common x\n", "nan"), ("1 other x sys_x\n", "none")):
        path = os.path.join(scratch, f + ".tbl")
        with open(path, "w", encoding="ascii") as out:
            out.write(v)
        data[f] = error_of(syscalls.read_table, path, ["common"])
        os.unlink(path)
    is_(data["twice"].endswith("number 1 is there twice"), True, "a number twice")
    is_("1: not a line" in data["nan"], True, "no number")
    is_("nothing for the abis common" in data["none"], True, "no line of these abis")
    is_("No such file" in error_of(syscalls.read, "/nonexistent/x.tbl"), True,
        "a table that is not there")
    with tempfile.NamedTemporaryFile("w", dir=scratch, suffix=".hints") as f:
        f.write("arg write 0=wrong\n")
        f.flush()
        is_(":1: cannot understand" in error_of(syscalls.Hints, f.name), True,
            "a hint that means nothing")
    print(f"1..{count}")
    sys.exit(failed)


if __name__ == "__main__":
    main()
