# SPDX-License-Identifier: GPL-2.0-only
"""The target records of ci/targets/, and what else the tools share."""

import os

CI = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(CI)


def targets():
    return sorted(os.listdir(os.path.join(CI, 'targets')))


def load(target):
    """The record of a target as a dict; ValueError names what is wrong."""
    path = os.path.join(CI, 'targets', target)
    if not os.path.isfile(path):
        raise ValueError(f'unknown target "{target}"; one of: '
                         + ' '.join(targets()))
    record = {'name': target}
    with open(path, encoding='utf-8') as f:
        for nr, line in enumerate(f, 1):
            line = line.strip()
            if not line or line.startswith('#'):
                continue
            key, eq, value = line.partition('=')
            if not eq:
                raise ValueError(f'{path}:{nr}: not "key = value": {line}')
            record[key.strip()] = value.strip()
    return record


def variants():
    """{variant: (slowness, [target...])} of ci/variants."""
    found = {}
    for line in words(os.path.join(CI, 'variants')):
        name, slow, *where = line
        bad = [t for t in where if t not in targets()]
        if not slow.isdigit() or int(slow) < 1 or bad:
            raise ValueError('ci/variants: not "variant slowness [target...]": '
                             + ' '.join(line))
        found[name] = (int(slow), where)
    return found


def words(path):
    """The lines of a data file as lists of words, comments left out."""
    with open(path, encoding='utf-8') as f:
        return [l.split() for l in f
                if l.strip() and not l.lstrip().startswith('#')]
