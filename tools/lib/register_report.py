# SPDX-License-Identifier: MIT
"""What tools/compare-registers says of streams, and the table of boards and codecs."""

import collections
import json
from pathlib import Path

import harness
import machines
import register_comparison
import register_fields
import stream_facts

ALLOWED = harness.ROOT / 'tests' / 'kernel' / 'allowed_registers.tsv'
COUNTS = ('streams', 'jobs', 'registers', 'table_bytes', 'stream_bytes', 'allowed', 'differences')
SHOWN = 12  # differences of a stream


class Report:
    """Prints a line for each stream as it is added; `equal` at the end."""

    def __init__(self, allowed):
        self.layouts = register_fields.Layouts()
        self.allowed = register_comparison.Allowed(allowed) if allowed else None
        self.streams, self.failed = [], False
        self.sums = collections.defaultdict(collections.Counter)
        self._compared = set()

    @property
    def equal(self):
        return bool(self.sums) and not self.failed and not any(
            counts['differences'] for counts in self.sums.values())

    def boot_failed(self, board, done):
        self.failed = True
        print(f'FAIL  {board}  {done.why()}', flush=True)

    def add(self, board, stream, runs):
        entry = {'board': board, 'stream': stream.name, 'codec': stream.codec}
        self.streams.append(entry)
        if not runs[0].decoded:
            return self._say(entry, 'SKIP', f'the reference decodes nothing: {runs[0].why()}')
        if not runs[1].decoded:
            return self._say(entry, 'FAIL', f'the driver decodes nothing: {runs[1].why()}')
        found = register_comparison.Comparison(stream.codec, self.layouts, self.allowed,
                                               stream_facts.of(stream))
        found.recordings(*(run.recording for run in runs), runs[0].status != '0')
        differences = sum(one.jobs for one in found.differences.values())
        values = (1, min(found.jobs), found.registers, found.table_bytes, found.stream_bytes,
                  found.permitted, differences)
        entry.update(zip(COUNTS, values), devices=sorted(found.devices),
                     found=[vars(one) for one in found.differences.values()])
        self.sums[board, stream.codec].update(dict(zip(COUNTS, values)))
        self._compared |= {(self.layouts.family(device), stream.codec) for device in found.devices}
        self._say(entry, 'FAIL' if differences else 'PASS',
                  f'{values[1]} jobs, {values[2]} registers, {values[3]} bytes of tables, {values[5]} '
                  f'allowed, {differences} differences'
                  + (f'; the reference ends early: {runs[0].why()}' if runs[0].status != '0' else '')
                  + (f'; the driver: {runs[1].why()}' if runs[1].status != '0' else ''))
        for one in list(found.differences.values())[:SHOWN]:
            print(f'    {one.jobs} jobs, first {one.job}: {one.name}: {one.left} | {one.right}  '
                  f'({one.control})', flush=True)
        return None

    def _say(self, entry, result, text):
        entry.update(result=result, text=text)
        self.failed |= result == 'FAIL'
        print(f'{result}  {entry["board"]}  {entry["stream"]}  {text}', flush=True)

    def finish(self, path):
        """The table, and rows that nothing needed; all of it as JSON to PATH, too."""
        print('\n| Board, codec | ' + ' | '.join(name.replace('_', ' ') for name in COUNTS) + ' |')
        print('|---' * (len(COUNTS) + 1) + '|')
        table = []
        for (board, codec), counts in self.sums.items():
            print(f'| {board} {machines.TITLES[codec]} | '
                  + ' | '.join(f'{counts[name]:,}' for name in COUNTS) + ' |')
            table.append({'board': board, 'codec': codec, **{name: counts[name] for name in COUNTS}})
        unused = self.allowed.unused(self._compared) if self.allowed else []
        for row in unused:
            print(f'unused row: {row["tables"]}: {row["codecs"]}: {row["name"]}: {row["reason"]}')
        if path:
            text = json.dumps({'streams': self.streams, 'table': table,
                               'unused': [row['name'] for row in unused]}, indent=1)
            Path(path).write_text(text + '\n', encoding='utf-8')
