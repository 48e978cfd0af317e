# SPDX-License-Identifier: GPL-2.0-only
"""Which functions of a kernel are ours: those of the objects made from the
files of this repository."""

import os
import subprocess

import record

PLACES = ('kernel', 'arch', 'kunit', 'lib', 'samples')


def objects(kernel_dir):
    """The objects in kbuild's O= directory that one of our files became."""
    found = []
    for place in PLACES:
        for top, _, files in os.walk(os.path.join(record.ROOT, place)):
            at = os.path.relpath(top, record.ROOT)
            found += [os.path.join(kernel_dir, at, f[:-2] + '.o')
                      for f in files if f.endswith(('.c', '.S'))]
    return sorted(o for o in found if os.path.isfile(o))


def functions(kernel_dir, cross=''):
    """Their functions' names, also those that the compiler made of them."""
    names = set()
    for path in objects(kernel_dir):
        out = subprocess.run([cross + 'nm', path], stdout=subprocess.PIPE,
                             check=True, text=True).stdout
        for line in out.splitlines():
            w = line.split()
            if len(w) == 3 and w[1] in 'tTwW':
                names.add(w[2])
    return frozenset(names)
