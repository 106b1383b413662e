# SPDX-License-Identifier: MIT
"""What came of a run of test.sh: a line a test as it ends, the slowest, the time of each group, counts."""

import contextlib
import time

SLOWEST = 10


def as_minutes(seconds):
    return f'{int(seconds) // 60}:{int(seconds) % 60:02}'


class Results:
    """CLOCK: a function that returns seconds."""

    def __init__(self, clock=time.monotonic):
        self.passed = self.failed = self.skipped = 0
        self.failures = []
        self.clock = clock
        self.start = clock()
        self.took = []    # [(seconds, name)] of the tests that were timed
        self.groups = {}  # name: seconds by the clock, in the order in which they ran

    def add(self, name, result, seconds=None, reason=''):
        took = f'  {seconds:.1f} s' if seconds is not None else ''
        print(f'{result}  {name}{took}' + (f'  {reason}' if reason else ''), flush=True)
        if seconds is not None:
            self.took.append((seconds, name))
        if result == 'PASS':
            self.passed += 1
        elif result == 'SKIP':
            self.skipped += 1
        else:
            self.failed += 1
            self.failures.append(name)

    @contextlib.contextmanager
    def group(self, name):
        """Counts what happens within as time of the group NAME, which may be entered again."""
        start = self.clock()
        try:
            yield
        finally:
            self.groups[name] = self.groups.get(name, 0) + self.clock() - start

    def finish(self):
        """Prints what is said at the end; returns the exit code."""
        slowest = sorted(self.took, key=lambda row: -row[0])[:SLOWEST]
        if slowest:
            print('slowest: ' + ', '.join(f'{name} {seconds:.1f} s' for seconds, name in slowest))
        groups = [f'{name} {as_minutes(seconds)}' for name, seconds in self.groups.items()
                  if seconds >= 1]
        if groups:
            print(f'minutes: {", ".join(groups)}; all {as_minutes(self.clock() - self.start)}')
        if self.failures:
            print('failed: ' + ' '.join(self.failures))
        elif not self.passed:
            print('no test ran')
        print(f'{self.passed} passed, {self.failed} failed'
              + (f', {self.skipped} skipped' if self.skipped else ''))
        return 0 if self.passed and not self.failed else 1
