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
RACE = re.compile(r'BUG: KCSAN: ')
# What KCSAN prints above and below a report.
RULE = re.compile(r'(^|[] ])={60,}$')
ACCESS = re.compile(r'(to|of) 0x[0-9a-f]+ .* by (task|interrupt|NMI)\b')
# Below these in the stack of an interrupt stands whoever was interrupted.
INTERRUPTED = re.compile(r'^(el[01][ht]?_.*(irq|fiq)|el1_interrupt|handle_exception'
                         r'|asm_(sysvec|common_interrupt|exc)|.*_common_virt)')
# Stock functions whose races are their own, whoever the other one is and whoever
# called them: the first copies the task_struct of a thread that others write to at
# that time, and utrace_init_task() sets what is ours anew in the copy; the second is
# what any wake-up of a poll(2) calls, and writes a flag of poll's; the third notes in
# its timer on which CPU it is, when the scheduler may be moving it to another.
STOCK = ('arch_dup_task_struct', 'pollwake', 'schedule_timeout')
# A stock function that one of ours calls may race on what we gave it, or because we
# called it without its lock; what it calls in turn, to open a file say, is its own.
DEPTH = 3
FRAME = re.compile(r'([A-Za-z_][\w.$]*)\+0x[0-9a-f]+/0x[0-9a-f]+')
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


def races(console):
    """KCSAN's reports: [(first line's number, all lines)]; of one that the log
    cuts short, what there is."""
    lines, found, start = console.splitlines(), [], None
    for nr, line in enumerate(lines):
        if RACE.search(line):
            if start is not None:
                found.append((start, lines[start:nr]))
            start = nr
        elif start is not None and RULE.search(line):
            found.append((start, lines[start:nr]))
            start = None
    if start is not None:
        found.append((start, lines[start:]))
    return found


def _is_ours(report, ours):
    """Whether a function of ours had a part in a race: it, or what it called,
    stands among the first DEPTH of a stack."""
    frames, interrupt, skip, depth = 0, False, False, DEPTH
    found = False
    for line in report:
        m = ACCESS.search(line)
        if m:
            interrupt, skip, depth = m.group(2) != 'task', False, 0
        for name in FRAME.findall(line):
            frames += 1
            depth += 1
            if depth == 1 and name in STOCK:
                return False
            skip = skip or (interrupt and INTERRUPTED.match(name) is not None)
            found = found or not skip and depth <= DEPTH and \
                (name in ours or name.startswith(('utrace_', '__utrace_')))
    # A report without a stack accuses nobody, and so does not excuse anybody.
    return found or not frames


def splats(console, ours=frozenset()):
    """The lines that make a console red.  ours: the functions of our objects
    (ci/objects.py); a data race that none of them had a part in is not."""
    deny, allow = _patterns('splats.deny'), _patterns('splats.allow')
    assert deny, 'ci/splats.deny is empty'
    reports = dict(races(console))
    found = []
    for nr, l in enumerate(console.splitlines()):
        if nr in reports:
            # Other processors' lines may stand in between: only the report's
            # first line is judged here.
            if _is_ours(reports[nr], ours) and \
                    not any(p.search(l) for p in allow):
                found += reports[nr]
        elif any(p.search(l) for p in deny) and \
                not any(p.search(l) for p in allow):
            found.append(l)
    return found


def foreign_races(console, ours=frozenset()):
    """How many data races are the stock kernel's own."""
    return sum(not _is_ours(r, ours) for _, r in races(console))


def _suites(target, variant):
    """[(kind, name, whether this kernel has it)] of ci/expected-suites."""
    found = []
    for kind, name, *where in record.words(
            os.path.join(record.CI, 'expected-suites')):
        if kind not in KINDS['test']:
            raise ValueError(f'ci/expected-suites: unknown kind "{kind}"')
        # On the kernel without utrace there is only what is marked for it.
        has = variant != 'notrace' and '=notrace' not in where or \
            variant == 'notrace' and ('=notrace' in where or
                                      '+notrace' in where)
        has = has and '-' + variant not in where
        targets = [w for w in where if w[0] not in '+=-']
        for w in where:
            if w not in ('+notrace', '=notrace') and \
                    w not in record.targets() and \
                    not (w[0] == '-' and w[1:] in record.variants()):
                raise ValueError(f'ci/expected-suites: {name}: "{w}" is neither a '
                                 'target nor +notrace, =notrace or -VARIANT')
        found.append((kind, name, has and (not targets or target in targets)))
    return found


def expected(target, mode, select='*', variant='default'):
    names = []
    for kind, name, has in _suites(target, variant):
        if not has or kind not in KINDS.get(mode, ()):
            continue
        if kind == 'selftest':
            if fnmatch.fnmatch(name, select):
                names.append('selftest_' + name)
        else:
            names.append(name)
    return names


def omitted(target, variant='default'):
    """The selftests that are not for this kernel."""
    return [name for kind, name, has in _suites(target, variant)
            if kind == 'selftest' and not has]


def _known(target):
    path = os.path.join(record.CI, 'known-failures')
    return {tuple(w[1:3]) for w in record.words(path)
            if w[0] in ('*', target)}


def _tail(console):
    """Where it was: all that is left if nobody keeps the log."""
    lines = [l.rstrip() for l in console.splitlines() if l.strip()]
    return ['the last that it said:'] + ['  ' + l for l in lines[-12:]] \
        if lines else ['it said nothing']


def judge(target, mode, console, result, timed_out=None, status=0,
          suites=None, select='*', variant='default', ours=frozenset()):
    """console, result: the texts of the logs; timed_out: the limit in seconds
    if it was reached; status: QEMU's exit status; ours: see splats()."""
    doc = ktap.parse(result)
    tests = {t.name: t for t in doc.tests}

    def no(name, detail, lines=()):
        return Verdict(name, detail, lines, doc)

    if HELLO not in result:
        how = f'within {timed_out} s' if timed_out else 'before QEMU ended'
        if PANIC.search(console):
            how += ', it panicked'
        return no('no-boot', f'the guest did not reach its init {how}',
                  _tail(console))
    if timed_out:
        return no('timeout', f'not done after {timed_out} s', _tail(console))
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
        suites = expected(target, mode, select, variant)
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

    found = splats(console, ours)
    if found:
        return no('splat', found[0].strip(), found)
    # With only known failures the guest rightly does not claim success.
    if doc.final != 'success' and not known:
        return no('no-success', 'the guest did not report success')
    return Verdict('ok', doc=doc)
