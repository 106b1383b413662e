# SPDX-License-Identifier: MIT
"""Wrong controls show in the registers of each board that reads them.

known_mistakes.tsv: boards, the field and its change, and what comes of it: a register of the kernel's
driver that becomes another, as a glob, or why none does (tools/mutate-controls).
"""

import fnmatch
import tempfile

import control_mutations
import harness
import lab
import mutation_runs
from suite import add, check

HERE = harness.ROOT / 'tests' / 'kernel'
EXPECTED = lab.table(HERE / 'known_mistakes.tsv')
BOARDS = sorted({board for row in EXPECTED for board in row['boards'].split()})


def expected(board, mutation):
    rows = [row for row in EXPECTED if row['change'] == mutation and board in row['boards'].split()]
    check(rows, f'{board}: known_mistakes.tsv has no row of {mutation}')
    return rows[0]['shows']


def mistakes_on(board):
    lab.need_kernel('build-boards')
    with tempfile.TemporaryDirectory(prefix='v4l2va-mutations-') as folder:
        there = mutation_runs.Board(board, folder)
        streams = there.measure([mutation_runs.clips(codec, folder)[0]
                                 for codec in mutation_runs.CLIPS])
        found = mutation_runs.known(there, streams).values()
    wrong, caught = [], 0
    for one in found:
        mutation = one.mutation.field + one.mutation.change
        shows = expected(board, mutation)
        read = one.result == control_mutations.READ
        if shows != one.result and not (read and fnmatch.filter(one.registers, shows)):
            wrong.append(f'{mutation}: {one.result} {", ".join(one.registers[:5])}, not {shows}')
        caught += read
    check(not wrong, '; '.join(wrong[:10]))
    check(caught, 'no mistake was caught')
    return f'{len(list(found))} mistakes, {caught} shown by registers'


for one in sorted(set(BOARDS) & set(lab.tested_boards(few=('a64', 'rk3399', 'rk3566', 'rk3576')))):
    add(f'mutations-{one}', lambda one=one: mistakes_on(one), slow=True)
