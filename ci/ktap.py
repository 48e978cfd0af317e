#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""KTAP in; JUnit XML, JSON or counts out.

  ktap.py FILE.ktap [--xml FILE] [--json FILE]
  ktap.py --merge NAME=FILE.ktap... --ktap FILE [--xml FILE] [--json FILE]

A document that promises more results than it holds, or promises nothing, is an
error: what a guest did not live to report must not look like a pass.
"""

import argparse
import json
import re
import sys
import xml.etree.ElementTree as ET

RESULT = re.compile(r'^( *)(not )?ok (\d+)(?: -)?(?: +(.*))?$')
PLAN = re.compile(r'^( *)1\.\.(\d+)\s*(#.*)?$')
FINAL = re.compile(r'^utrace-result: (success|failure)$')
# XML 1.0 has no way to write these.
NOT_XML = re.compile('[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]')


class Node:
    """One result line and what stood below it."""

    def __init__(self, name, status, children=(), plan=None, log=(), note='',
                 number=0):
        self.name = name
        self.number = number
        self.status = status            # pass, fail or skip
        self.children = list(children)
        self.plan = plan
        self.log = list(log)
        self.note = note

    def cases(self):
        """The individual tests.  A group that failed as such (it crashed after
        its last test, say) counts as one more."""
        if not self.children:
            return [self]
        found = [c for child in self.children for c in child.cases()]
        if self.status == 'fail' and all(c.status != 'fail' for c in found):
            found.append(Node(self.name, 'fail', log=self.log, note=self.note))
        return found

    def to_dict(self):
        d = {'name': self.name, 'status': self.status}
        if self.note:
            d['note'] = self.note
        if self.log and self.status != 'pass':
            d['log'] = self.log
        if self.children:
            d['tests'] = [c.to_dict() for c in self.children]
        return d


class Document:
    def __init__(self):
        self.tests = []
        self.errors = []
        self.final = None               # success, failure or None

    def counts(self):
        cases = [c for t in self.tests for c in t.cases()]
        return tuple(sum(c.status == s for c in cases)
                     for s in ('pass', 'fail', 'skip'))


def _check_plan(errors, name, plan, children, indent=0):
    # Below a suite, KUnit cannot know beforehand how many parameters a test case will have.
    if plan is None and indent and \
            [c.number for c in children] == list(range(1, len(children) + 1)):
        return
    if plan is None:
        errors.append(f'{name}: no plan (1..N) for {len(children)} results')
    elif len(children) != plan:
        errors.append(f'{name}: {len(children)} results, {plan} planned')


def parse(text):
    doc = Document()
    pending, plans, logs = {}, {}, {}
    for line in text.splitlines():
        m = FINAL.match(line)
        if m:
            doc.final = m.group(1)
            continue
        doc.final = None                # it must be the very last line
        m = PLAN.match(line)
        if m:
            plans[len(m.group(1))] = int(m.group(2))
            continue
        m = RESULT.match(line)
        if not m:
            indent = len(line) - len(line.lstrip(' '))
            # Logged under the group that it stands in, until the next result.
            logs.setdefault(indent, []).append(line.strip())
            continue
        indent = len(m.group(1))
        name, _, note = (m.group(4) or '').partition('#')
        name, note = name.strip() or m.group(3), note.strip()
        status = 'fail' if m.group(2) else 'pass'
        if re.match(r'skip', note, re.I) and status == 'pass':
            status, note = 'skip', note[4:].strip(' :')
        below = sorted(i for i in pending if i > indent)
        children = [n for i in below for n in pending.pop(i)]
        plan = None
        for i in sorted(i for i in plans if i > indent):
            plan = plans.pop(i) if plan is None else (plans.pop(i), plan)[1]
        log = []
        for i in sorted(i for i in logs if i >= indent):
            log += logs.pop(i)
        # A group that failed may well have been cut short; that is no news.
        if status == 'pass' and (children or plan):
            _check_plan(doc.errors, name, plan, children, indent)
        pending.setdefault(indent, []).append(
            Node(name, status, children, plan, log, note, int(m.group(3))))
    for i in sorted(i for i in pending if i > 0):
        doc.errors.append('the output ends inside the group after "%s"'
                          % pending[i][-1].name)
    doc.tests = pending.get(0, [])
    _check_plan(doc.errors, 'document', plans.get(0), doc.tests)
    return doc


def write_xml(groups, path):
    """groups: [(prefix, Document)]"""
    root = ET.Element('testsuites')
    total = [0, 0, 0]
    for prefix, doc in groups:
        for test in doc.tests:
            name = f'{prefix}.{test.name}' if prefix else test.name
            cases = test.cases()
            bad = sum(c.status == 'fail' for c in cases)
            skipped = sum(c.status == 'skip' for c in cases)
            total = [total[0] + len(cases), total[1] + bad, total[2] + skipped]
            suite = ET.SubElement(root, 'testsuite', name=name,
                                  tests=str(len(cases)), failures=str(bad),
                                  skipped=str(skipped))
            for c in cases:
                case = ET.SubElement(suite, 'testcase', classname=name,
                                     name=NOT_XML.sub('?', c.name))
                note = NOT_XML.sub('?', c.note)
                if c.status == 'fail':
                    ET.SubElement(case, 'failure', message=note).text = \
                        NOT_XML.sub('?', '\n'.join(c.log[-100:]))
                elif c.status == 'skip':
                    ET.SubElement(case, 'skipped', message=note)
        for error in doc.errors:
            suite = ET.SubElement(root, 'testsuite', name=prefix or 'document',
                                  tests='1', errors='1')
            case = ET.SubElement(suite, 'testcase', name='ktap')
            ET.SubElement(case, 'error', message=NOT_XML.sub('?', error))
    for key, value in zip(('tests', 'failures', 'skipped'), total):
        root.set(key, str(value))
    ET.indent(root)
    ET.ElementTree(root).write(path, encoding='unicode', xml_declaration=True)


def write_json(groups, path):
    out = []
    for prefix, doc in groups:
        passed, failed, skipped = doc.counts()
        out.append({'name': prefix, 'result': doc.final, 'passed': passed,
                    'failed': failed, 'skipped': skipped, 'errors': doc.errors,
                    'tests': [t.to_dict() for t in doc.tests]})
    with open(path, 'w', encoding='utf-8') as f:
        json.dump(out if len(out) != 1 else out[0], f, indent=1)
        f.write('\n')


def merge(named_texts):
    """One document with a group for each (name, text)."""
    lines, good = ['KTAP version 1', f'1..{len(named_texts)}'], True
    for nr, (name, text) in enumerate(named_texts, 1):
        doc = parse(text)
        ok = doc.final == 'success' and not doc.errors
        good = good and ok
        body = [l for l in text.splitlines() if not FINAL.match(l)]
        lines += ['    ' + l for l in body]
        lines.append(f'{"" if ok else "not "}ok {nr} {name}')
    lines.append(f'utrace-result: {"success" if good else "failure"}')
    return '\n'.join(lines) + '\n'


def read(path):
    with open(path, encoding='utf-8', errors='replace') as f:
        return f.read()


def main():
    p = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    p.add_argument('file', nargs='+', metavar='[NAME=]FILE')
    p.add_argument('--merge', action='store_true')
    p.add_argument('--ktap')
    p.add_argument('--xml')
    p.add_argument('--json')
    args = p.parse_args()

    named = [a.split('=', 1) if '=' in a else ('', a) for a in args.file]
    try:
        texts = [(name, read(path)) for name, path in named]
    except OSError as e:
        sys.exit(f'ktap: {e}')
    if args.merge and args.ktap:
        with open(args.ktap, 'w', encoding='utf-8') as f:
            f.write(merge(texts))
    groups = [(name, parse(text)) for name, text in texts]
    if args.xml:
        write_xml(groups, args.xml)
    if args.json:
        write_json(groups, args.json)
    errors = [f'{n}: {e}' if n else e for n, d in groups for e in d.errors]
    for e in errors:
        print(f'ktap: error: {e}', file=sys.stderr)
    counts = [sum(c) for c in zip(*(d.counts() for _, d in groups))]
    print('%d passed, %d failed, %d skipped' % tuple(counts))
    return 1 if errors or counts[1] else 0


if __name__ == '__main__':
    sys.exit(main())
