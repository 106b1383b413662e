# SPDX-License-Identifier: MIT
"""v4l2-compliance, the newest that Debian has, on each node of each board: it fails what the table says,
and no more after our driver has run."""

import shutil

import debian
import harness
import lab
import test_lifecycle
from suite import Skip, add, check

HERE = harness.ROOT / 'tests' / 'kernel'
SUITES = ('sid', 'trixie')
FAILURES = HERE / 'compliance_failures.tsv'


def compliance():
    """The words that start it."""
    reasons = []
    for suite in SUITES:
        try:
            root = debian.unpacked(f'v4l-utils-{suite}', suite, ('v4l-utils',), dependencies=True)
        except Skip as skip:
            reasons.append(str(skip))
            continue
        loader = next(root.glob('usr/lib/*/ld-linux*.so.*'))
        return [str(loader), '--library-path', str(loader.parent), str(root / 'usr/bin/v4l2-compliance')]
    own = shutil.which('v4l2-compliance')
    if not own:
        raise Skip(f'there is no v4l2-compliance: {"; ".join(reasons)}')
    return [own]


def comply(board):
    words = compliance()
    orders = {'compliance': words,
              'client': [str(test_lifecycle.program()), '--gtest_filter=Counting.SeesADecoder*']}
    answers = lab.ask(HERE / 'guest_compliance.py', orders, board=board)
    check(not answers['client'], f'the client: {answers["client"]}')
    rows = {row['card']: row for row in lab.table(FAILURES)}
    counted, failed = 0, 0
    for card, said in answers['nodes'].items():
        changed = sorted(name for name in said['before'].keys() | said['after'].keys()
                         if said['before'].get(name) != said['after'].get(name))
        check(len(said['before']) > 30, f'{card}: only {len(said["before"])} tests were made')
        check(not changed, f'{card}: other results after the driver had run: {", ".join(changed)}')
        failures = sorted(name for name, result in said['before'].items() if result.startswith('FAIL'))
        known = sorted(filter(None, rows[card]['failed'].split('; '))) if card in rows else []
        check(failures == known, f'{card}: fails {"; ".join(failures) or "nothing"}, the table has '
              f'{"; ".join(known) or "nothing"}')
        counted += len(said['before'])
        failed += len(failures)
    return f'{len(answers["nodes"])} nodes, {counted} tests, {failed} of them fail before and after'


# It takes longer than all that the driver does: one board speaks for the others.
for one in lab.tested_boards(few=('a64',)):
    add(f'board-{one}-compliance', lambda one=one: comply(one), slow=True)
