#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Compare the functions of libutrace.h with the symbols of libutrace.map.

usage: check_map.py NODE MAP < preprocessed libutrace.h

Every function that the header declares is exported, and the other way round.  Every
inline function calls exactly one exported function, so that programs in other languages
miss nothing.
"""

import re
import sys

NAME = re.compile(r"\b(utrace_\w+)\s*\(")


def statements(text):
    """Yield (head, body) of each declaration and each function definition."""
    depth, head, body = 0, "", ""
    for c in text:
        if c == "{":
            depth += 1
        if depth:
            body += c
        elif c != ";":
            head += c
        if c == "}":
            depth -= 1
        if not depth and (c == ";" or (c == "}" and "(" in head)):
            yield head, body
            head, body = "", ""


def main():
    node, map_name = sys.argv[1:]
    declared, inline, bad = set(), {}, []
    for head, body in statements(re.sub(r"^#.*", "", sys.stdin.read(), flags=re.M)):
        name = NAME.search(head)
        if not name:
            continue
        if "static" in head.split():
            inline[name.group(1)] = NAME.findall(body)
        else:
            declared.add(name.group(1))
    with open(map_name, encoding="ascii") as f:
        text = f.read()
    exported = set(re.findall(r"^\s*(utrace_\w+);", text, re.M))
    if not re.search(rf"^{re.escape(node)} {{", text, re.M):
        bad.append(f"{map_name} has no node {node}")
    for name in sorted(declared - exported):
        bad.append(f"{name}() is declared, but {map_name} does not export it")
    for name in sorted(exported - declared):
        bad.append(f"{map_name} exports {name}, which no header declares")
    for name, calls in sorted(inline.items()):
        if len(calls) != 1 or calls[0] not in exported:
            bad.append(f"{name}() is inline, and does not call one exported function: "
                       f"{' '.join(calls)}")
        if name in exported:
            bad.append(f"{name}() is inline, and exported")
    if not declared or not inline:
        bad.append("no functions are found in the header")
    for line in bad:
        print(f"libutrace: {line}", file=sys.stderr)
    sys.exit(bool(bad))


if __name__ == "__main__":
    main()
