#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Make the system call tables of utrace from a kernel tree.

Reads the .tbl files that gen/arches names, the SYSCALL_DEFINEx() prototypes in
the sources, and gen/hints; writes one C file with the tables of every
architecture, so that one program decodes them all.
"""

import argparse
import os
import re
import sys

COMMON = ["kernel", "fs", "mm", "ipc", "net", "io_uring", "security", "block",
          "init", "lib", "drivers/char/random.c", "drivers/pci/syscall.c"]

KINDS = {k: i for i, k in enumerate(
    "none int uint long ulong hex hex32 ptr oct path str buf outbuf outpath "
    "fd dfd sig argv envp iov outiov msg outmsg addr outaddr ts outts ts32 "
    "outts32 pollfd outepoll outstat sigact outsigact".split())}
# The call stores them, so that they are not known before it returns.
OUT = {k for k in KINDS if k.startswith("out")}
CLASSES = ["file", "desc", "process", "network", "memory", "signal", "ipc"]

# Pairs of registers that carry one 64-bit argument of a 32-bit program.
PAIR = re.compile(r"\b(?:compat_arg_u64_dual|SC_ARG64|arg_u32p)\((\w+)\)")
DEFINE = re.compile(
    r"^[ \t]*(?:\w+_)?(SYSCALL(?:32)?_DEFINE|COMPAT_SYSCALL_DEFINE|"
    r"SYSCALL32_DEFINE)([0-6])\(", re.M)
COMMENT = re.compile(r"/\*.*?\*/", re.S)

PATH_NAMES = {"path", "pathname", "filename", "oldname", "newname", "oldpath",
              "newpath", "oldpathname", "newpathname", "old_name", "new_name",
              "new_root", "put_old", "specialfile", "from_pathname",
              "to_pathname", "dev_name", "dir_name", "library"}
SIZE_NAMES = {"len", "count", "size", "n", "nbytes", "length", "plen",
              "msg_len", "buflen", "bufsiz", "bufsize", "vlen", "nr",
              "maxlen", "nr_segs", "sigsetsize", "old_len", "new_len", "addrlen",
              "maxevents", "nfds", "usize", "ubuf_size", "siglen"}
HEX_NAMES = {"flags", "flag", "prot", "mask", "cmd", "flags2", "mode_flags",
             "clone_flags", "unshare_flags", "how", "attr_flags", "lkflags",
             "val3", "persona", "personality", "request", "advice_flags",
             "pkey_flags", "open_flag", "oflag", "flock_flags", "mflags"}
ADDRESS_NAMES = {"addr", "start", "brk", "new_addr", "old_addr"}
SIGNED = {"int", "s32", "__s32", "pid_t", "key_t", "clockid_t", "timer_t",
          "const clockid_t", "key_serial_t", "compat_pid_t", "compat_int_t",
          "signed int", "__kernel_pid_t", "compat_timer_t", "old_uid_t_s"}
UNSIGNED = {"unsigned int", "unsigned", "u32", "__u32", "uint32_t",
            "compat_uint_t", "qid_t", "unsigned char", "u16"}
IDS = {"uid_t", "gid_t", "old_uid_t", "old_gid_t"}
LONGS = {"long", "loff_t", "off_t", "compat_long_t", "compat_off_t",
         "compat_ssize_t", "ssize_t", "compat_loff_t", "__kernel_old_time_t"}
SIZES = {"size_t", "compat_size_t"}


class GenError(Exception):
    """What is wrong, and in which file."""


def read(path):
    try:
        with open(path, encoding="utf-8", errors="replace") as f:
            return f.read()
    except OSError as e:
        raise GenError(f"{path}: {e.strerror}") from e


def fields(path):
    """Lines of a data file, split, without comments."""
    for n, line in enumerate(read(path).splitlines(), 1):
        words = line.split("#", 1)[0].split()
        if words:
            yield n, words


def balanced(text, start):
    """Text from @start up to the parenthesis that closes the one before."""
    depth = 1
    for i in range(start, len(text)):
        if text[i] == "(":
            depth += 1
        elif text[i] == ")":
            depth -= 1
            if not depth:
                return text[start:i]
    return None


class Proto:
    """One prototype: [(type, name), ...], and where it came from."""

    def __init__(self, args, where):
        self.args = args
        self.where = where


def scan_text(text, where, protos):
    """Collect the prototypes of one file as protos[is_compat][name]."""
    text = COMMENT.sub(" ", text)
    for m in DEFINE.finditer(text):
        body = balanced(text, m.end())
        if body is None:
            continue
        # PPC32_SYSCALL_DEFINE is the compat form on a 64-bit kernel
        line = m.group(0)
        compat = "COMPAT" in line or "PPC32" in line
        body = PAIR.sub(r"u32, \1_a, u32, \1_b", body)
        words = [" ".join(w.split()) for w in body.split(",")]
        name, rest = words[0], words[1:]
        if len(rest) % 2 or len(rest) > 12:
            continue
        if len(rest) != 2 * int(m.group(2)) and "_a" not in body:
            continue
        args = list(zip(rest[::2], rest[1::2]))
        protos[compat].setdefault(name, Proto(args, where))


def scan(ksrc, places):
    protos = {False: {}, True: {}}
    for place in places:
        top = os.path.join(ksrc, place)
        if os.path.isfile(top):
            paths = [top]
        else:
            paths = []
            for d, dirs, files in os.walk(top):
                dirs[:] = sorted(x for x in dirs if x not in ("um", "boot"))
                paths += [os.path.join(d, f) for f in sorted(files)
                          if f.endswith(".c")]
        for path in paths:
            with open(path, "rb") as f:
                data = f.read()
            if b"SYSCALL" in data:
                scan_text(data.decode("utf-8", "replace"),
                          os.path.relpath(path, ksrc), protos)
    return protos


def scan_header(ksrc):
    """Prototypes of include/linux/syscalls.h: for what no source defines."""
    text = COMMENT.sub(" ", read(os.path.join(ksrc, "include/linux/syscalls.h")))
    out = {}
    for m in re.finditer(r"^asmlinkage long sys_(\w+)\(", text, re.M):
        body = balanced(text, m.end())
        args = []
        for word in body.split(","):
            word = " ".join(word.split())
            if word in ("void", ""):
                continue
            n = re.match(r"(.*?[\s*])(\w+)$", word)
            if n and n.group(1).strip() not in ("unsigned", "struct", "const"):
                args.append((n.group(1).strip(), n.group(2)))
            else:
                args.append((word, ""))
        out.setdefault(m.group(1), Proto(args, "include/linux/syscalls.h"))
    return out


def size_follows(args, i):
    if i + 1 >= len(args):
        return False
    typ, name = args[i + 1]
    return "*" not in typ and (typ in SIZES or name.lstrip("_") in SIZE_NAMES)


# struct NAME *, without const and with it; None: an address
STRUCTS = {
    "iovec": (None, "iov"),
    "user_msghdr": (None, None),    # which way is in gen/hints
    "compat_msghdr": (None, None),
    "sockaddr": ("addr", "addr"),
    "__kernel_timespec": ("ts", "ts"),
    "old_timespec32": ("ts32", "ts32"),
    "pollfd": ("pollfd", "pollfd"),
    "epoll_event": (None, None),
    "stat": ("outstat", None),
    "stat64": ("outstat", None),
    "compat_stat": ("outstat", None),
    "sigaction": ("outsigact", "sigact"),
    "compat_sigaction": ("outsigact", "sigact"),
}
# Times that are neither a call's only one nor one that it takes.
NO_TIMES = {"rmtp", "utimes", "t", "utime"}
OUT_TIMES = {"tp", "interval"}


def struct_kind(args, i, typ, name):
    """The kind of a pointer to a structure, None if it is any pointer."""
    const = typ.startswith("const ")
    m = re.match(r"(?:const )?struct (\w+) \*$", typ)
    if not m or m.group(1) not in STRUCTS:
        return None
    kind = STRUCTS[m.group(1)][const]
    if kind in ("ts", "ts32"):
        if name in NO_TIMES:
            return None
        if name in OUT_TIMES and not const:
            return "out" + kind
    # A length that the kernel stores has a pointer.
    if kind == "addr" and i + 1 < len(args) and "*" in args[i + 1][0]:
        return "outaddr"
    if kind in ("addr", "iov", "pollfd") and i + 1 >= len(args):
        return None
    return kind


def kind_of(args, i):
    """The kind of an argument by its type and name."""
    typ, name = args[i]
    typ = " ".join(typ.replace("__user", " ").replace("*", " * ").split())
    name = name.lstrip("_")
    if typ in ("const char * const *", "const compat_uptr_t *") and \
            name in ("argv", "envp"):
        return name
    kind = struct_kind(args, i, typ, name)
    if kind:
        return kind
    if typ == "const char *":
        if name in PATH_NAMES:
            return "path"
        if size_follows(args, i):
            return "buf"
        return "path" if name == "name" and i == 0 else "str"
    if typ == "const void *" and size_follows(args, i):
        return "buf"
    if typ == "char *":
        if size_follows(args, i):
            return "outbuf"
        return "path" if name in PATH_NAMES else "ptr"
    if "*" in typ or typ.endswith("_t __user") or "handler" in typ:
        return "ptr"
    if typ in ("umode_t", "mode_t", "compat_mode_t"):
        return "oct"
    if typ == "mqd_t":
        return "fd"
    if re.search(r"(^|_|old|new)dfd$", name):
        return "dfd"
    if re.search(r"fd$|^fildes$|^fd_?(in|out)$", name):
        return "fd"
    if name == "sig" and typ in SIGNED:
        return "sig"
    if name in HEX_NAMES or name.endswith("flags") or typ in (
            "rwf_t", "__u64", "u64"):
        return "hex32" if typ in SIGNED | UNSIGNED or typ == "rwf_t" else "hex"
    if typ in SIGNED or typ in IDS:
        return "int"
    if typ in UNSIGNED:
        return "uint"
    if typ in SIZES:
        return "ulong"
    if typ in LONGS:
        return "long"
    if typ in ("unsigned long", "compat_ulong_t"):
        if name in ADDRESS_NAMES:
            return "ptr"
        return "ulong" if name in SIZE_NAMES else "hex"
    return "hex"


class Hints:
    def __init__(self, path):
        self.arg, self.ret, self.optional = {}, {}, {}
        self.noreturn, self.members, self.below = set(), {}, {}
        for n, w in fields(path):
            try:
                self.line(w)
            except (ValueError, KeyError, IndexError) as e:
                raise GenError(f"{path}:{n}: cannot understand: {e}") from e

    def line(self, w):
        if w[0] == "arg":
            kinds = dict(x.split("=") for x in w[2:])
            for k in kinds.values():
                KINDS[k]
            self.arg[w[1]] = {int(i): k for i, k in kinds.items()}
        elif w[0] == "ret":
            KINDS[w[1]]
            self.ret.update((c, w[1]) for c in w[2:])
        elif w[0] == "optional":
            self.optional[w[1]] = (int(w[2]), int(w[3]), int(w[4], 0))
        elif w[0] == "noreturn":
            self.noreturn.update(w[1:])
        elif w[0] == "class":
            if w[1] not in CLASSES:
                raise ValueError(f"no class {w[1]}")
            if w[2] == "<":
                self.below.setdefault(w[1], []).extend(w[3:])
            else:
                self.members.setdefault(w[1], set()).update(w[2:])
        else:
            raise ValueError(f"unknown word {w[0]}")


def describe(name, proto, hints):
    """A call's row: every thing that the decoder knows about it."""
    args = proto.args if proto else None
    kinds = [kind_of(args, i) for i in range(len(args))] if proto else ["hex"] * 6
    for i, kind in hints.arg.get(name, {}).items():
        if i < len(kinds):
            kinds[i] = kind
    # a length is taken from the next argument register
    for i, kind in enumerate(kinds):
        if kind in ("buf", "iov", "outiov", "addr", "outaddr", "pollfd") and \
                i + 1 >= len(kinds):
            kinds[i] = "ptr"
    classes = set()
    if "path" in kinds:
        classes.add("file")
    if proto and ("fd" in kinds or "dfd" in kinds):
        classes.add("desc")
    for c in CLASSES:
        if name in hints.members.get(c, ()):
            classes.add(c)
        for place in hints.below.get(c, ()):
            if proto and (proto.where == place or
                          proto.where.startswith(place + "/")):
                classes.add(c)
    opt = hints.optional.get(name)
    return (name, len(kinds), tuple(kinds), hints.ret.get(name, "long"),
            name in hints.noreturn, opt if opt and opt[0] < len(kinds) else None,
            tuple(sorted(classes)), proto is not None)


def audit_values(ksrc):
    """AUDIT_ARCH_* as numbers, from the headers of the tree."""
    env = {}
    for header in ("elf-em.h", "audit.h"):
        text = read(os.path.join(ksrc, "include/uapi/linux", header))
        for m in re.finditer(r"^#define[ \t]+(EM_\w+|AUDIT_ARCH_\w+|"
                             r"__AUDIT_ARCH_\w+)[ \t]+([^\n/\\]+)", text, re.M):
            expr = m.group(2).strip()
            if not re.fullmatch(r"[\w()| x]+", expr):
                continue
            try:
                env[m.group(1)] = eval(expr, {"__builtins__": {}}, env)
            except (NameError, SyntaxError):
                continue
    return env


def read_table(path, abis):
    """nr -> (name, entry, compat entry) for the lines of these abis."""
    calls = {}
    for n, w in fields(path):
        if len(w) < 3 or not w[0].isdigit():
            raise GenError(f"{path}:{n}: not a line of a system call table")
        if w[1] not in abis:
            continue
        entry = w[3] if len(w) > 3 and w[3] != "-" else "sys_ni_syscall"
        compat = w[4] if len(w) > 4 and w[4] != "-" else ""
        nr = int(w[0])
        if nr in calls:
            raise GenError(f"{path}:{n}: number {nr} is there twice")
        calls[nr] = (w[2], entry, compat)
    if not calls:
        raise GenError(f"{path}: nothing for the abis {','.join(abis)}")
    return calls


def find_proto(name, entry, compat, bits, local, common, header):
    """The prototype behind a table line; the arch's own comes first."""
    def look(symbol):
        is_compat = symbol.startswith("compat_")
        base = re.sub(r"^(compat_)?sys_", "", symbol)
        for protos in (local, common):
            for c in (is_compat, not is_compat):
                if base in protos[c]:
                    return protos[c][base]
        return header.get(base)

    symbols = [compat, entry] if bits == 32 else [entry]
    if entry == "sys_ni_syscall" and not compat:
        # not in this kernel; the number and name stay known
        return None
    for symbol in filter(None, symbols):
        p = look(symbol)
        if p:
            return p
    p = look("sys_" + name)
    return p


def generate(ksrc, here):
    hints = Hints(os.path.join(here, "hints"))
    audit = audit_values(ksrc)
    common, header = scan(ksrc, COMMON), scan_header(ksrc)
    local, arches, rows, index, missing = {}, [], [], {}, set()
    for n, w in fields(os.path.join(here, "arches")):
        if len(w) != 7:
            raise GenError(f"gen/arches:{n}: {len(w)} fields, not 7")
        machine, aname, bits, offset, table, abis, sources = w
        if aname not in audit:
            raise GenError(f"gen/arches:{n}: {aname} is not in audit.h")
        if sources not in local:
            local[sources] = scan(ksrc, [sources])
        calls = read_table(os.path.join(ksrc, table), abis.split(","))
        numbers = {}
        for nr, (name, entry, compat) in calls.items():
            proto = find_proto(name, entry, compat, int(bits), local[sources],
                               common, header)
            if not proto and entry != "sys_ni_syscall":
                missing.add(f"{aname[11:]}:{name}")
            row = describe(name, proto, hints)
            if row not in index:
                index[row] = len(rows)
                rows.append(row)
            numbers[nr] = index[row]
        arches.append((machine, aname, audit[aname], int(bits), int(offset, 0),
                       numbers))
    return rows, arches, missing


def write(out, rows, arches):
    w = out.write
    w("/* Made by gen/syscalls.py from a kernel tree. Do not edit. */\n"
      "#include \"syscalls.h\"\n\n"
      "static const struct sc_desc descs[] = {\n")
    for name, nargs, kinds, ret, noret, opt, classes, known in rows:
        a = ", ".join(f"SC_{k.upper()}" for k in kinds)
        w(f"\t{{ .name = \"{name}\", .nargs = {nargs}, .arg = {{ {a or 0} }},\n"
          f"\t  .ret = SC_{ret.upper()}")
        if noret:
            w(", .noreturn = 1")
        if not known:
            w(", .unknown = 1")
        if opt:
            w(f",\n\t  .opt_from = {opt[0]}, .opt_arg = {opt[1]}, "
              f".opt_mask = {opt[2]:#x}")
        if classes:
            c = " | ".join(f"SC_CLASS_{c.upper()}" for c in classes)
            w(f",\n\t  .classes = {c}")
        w(" },\n")
    w("};\n\n")
    for i, (_, aname, _, _, _, numbers) in enumerate(arches):
        # 0 means no such call: the index is one up
        w(f"/* {aname} */\nstatic const unsigned short nr_{i}[] = {{\n")
        for nr in sorted(numbers):
            w(f"\t[{nr}] = {numbers[nr] + 1},\n")
        w("};\n\n")
    w("const struct sc_arch sc_arches[] = {\n")
    for i, (machine, aname, value, bits, offset, numbers) in enumerate(arches):
        w(f"\t{{ .machine = \"{machine}\", .name = \"{aname}\", "
          f".audit = {value:#x}, .bits = {bits},\n\t  .offset = {offset:#x}, "
          f".nr = {max(numbers) + 1}, .index = nr_{i}, .descs = descs }},\n")
    w("};\n\n"
      f"const unsigned int sc_nr_arches = {len(arches)};\n")


def main():
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("--ksrc", required=True, help="kernel source tree")
    p.add_argument("-o", "--output", required=True)
    p.add_argument("-v", "--verbose", action="store_true",
                   help="say which calls have no prototype")
    a = p.parse_args()
    here = os.path.dirname(os.path.abspath(__file__))
    try:
        rows, arches, missing = generate(a.ksrc, here)
        tmp = a.output + ".tmp"
        with open(tmp, "w", encoding="ascii") as f:
            write(f, rows, arches)
        os.replace(tmp, a.output)
    except (GenError, OSError) as e:
        sys.exit(f"gen/syscalls.py: {e}")
    if a.verbose:
        print(f"{len(rows)} prototypes; none for {len(missing)}: "
              f"{' '.join(sorted(missing))}")


if __name__ == "__main__":
    main()
