# SPDX-License-Identifier: GPL-2.0-only
"""The gates between a guest's logs and a verdict.

A run is red until proven green.  The gates stand in this order, each with a
name of its own; the first that stops a run names the failure.
"""

import fnmatch
import os
import re

import ktap
import record

HELLO = '# utrace-init: mode '
PANIC = re.compile(r'Kernel panic - not syncing')
KINDS = {'kunit': ('kunit',), 'selftest': ('selftest',),
         'test': ('kunit', 'selftest')}


class Verdict:
    def __init__(self, name, detail='', lines=(), doc=None):
        self.name = name                # 'ok' or the gate that stopped it
        self.detail = detail
        self.lines = list(lines)
        self.doc = doc or ktap.Document()

    @property
    def ok(self):
        return self.name == 'ok'


def _patterns(name):
    with open(os.path.join(record.CI, name), encoding='utf-8') as f:
        return [re.compile(l.rstrip('\n')) for l in f
                if l.strip() and not l.startswith('#')]


def splats(console):
    deny, allow = _patterns('splats.deny'), _patterns('splats.allow')
    assert deny, 'ci/splats.deny is empty'
    return [l for l in console.splitlines()
            if any(p.search(l) for p in deny)
            and not any(p.search(l) for p in allow)]


def expected(target, mode, select='*'):
    names = []
    for kind, name, *only in record.words(
            os.path.join(record.CI, 'expected-suites')):
        if kind not in KINDS['test']:
            raise ValueError(f'ci/expected-suites: unknown kind "{kind}"')
        if kind not in KINDS.get(mode, ()) or (only and target not in only):
            continue
        if kind == 'selftest':
            if fnmatch.fnmatch(name, select):
                names.append('selftest_' + name)
        else:
            names.append(name)
    return names


def _known(target):
    path = os.path.join(record.CI, 'known-failures')
    return {tuple(w[1:3]) for w in record.words(path)
            if w[0] in ('*', target)}


def judge(target, mode, console, result, timed_out=None, status=0,
          suites=None, select='*'):
    """console, result: the texts of the logs; timed_out: the limit in seconds
    if it was reached; status: QEMU's exit status."""
    doc = ktap.parse(result)
    tests = {t.name: t for t in doc.tests}

    def no(name, detail, lines=()):
        return Verdict(name, detail, lines, doc)

    if HELLO not in result:
        how = f'within {timed_out} s' if timed_out else 'before QEMU ended'
        if PANIC.search(console):
            how += ', it panicked'
        return no('no-boot', f'the guest did not reach its init {how}')
    if timed_out:
        return no('timeout', f'not done after {timed_out} s')
    if status != 0:
        return no('vm-lost', f'QEMU ended with status {status}')
    if PANIC.search(console):
        return no('vm-lost', 'the guest panicked',
                  [l for l in console.splitlines() if PANIC.search(l)])
    if doc.final is None:
        return no('truncated', 'the result has no last line "utrace-result:"')
    if doc.errors:
        return no('truncated', doc.errors[0], doc.errors)

    if suites is None:
        suites = expected(target, mode, select)
    missing = [s for s in suites if s not in tests]
    if missing:
        return no('missing-suite', 'no result from ' + ' '.join(missing))

    known, failed, fixed = _known(target), [], []
    for t in doc.tests:
        for c in t.cases():
            if c.status == 'fail' and (t.name, c.name) not in known:
                failed.append(f'{t.name}: {c.name}'
                              + (f' ({c.note})' if c.note else ''))
                failed += ['    ' + l for l in c.log[-12:]]
            elif c.status == 'pass' and (t.name, c.name) in known:
                fixed.append(f'{t.name}: {c.name}')
    if failed:
        return no('failed-test', failed[0], failed)
    if fixed:
        return no('failed-test', 'listed in ci/known-failures, but passed: '
                  + fixed[0], fixed)

    found = splats(console)
    if found:
        return no('splat', found[0].strip(), found)
    # With only known failures the guest rightly does not claim success.
    if doc.final != 'success' and not known:
        return no('no-success', 'the guest did not report success')
    return Verdict('ok', doc=doc)
