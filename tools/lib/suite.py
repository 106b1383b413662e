# SPDX-License-Identifier: MIT
"""What the runners of tests/ share: how a test is registered, checks and fails, and the rows of it.

A runner imports the modules whose import registers its tests, then calls main().
"""

import argparse
import concurrent.futures
import dataclasses
import json
import os
import re
import sys
import time
import traceback
from pathlib import Path

TESTS = []


class Failure(Exception):
    """A check that did not hold; its text is the reason."""


class Skip(Exception):
    """The test cannot run here; its text says why."""


@dataclasses.dataclass
class Test:
    """What `function` returns, if anything, is shown with its PASS: figures that it measured."""
    name: str
    function: object
    slow: bool


def add(name, function, slow=False):
    TESTS.append(Test(name, function, slow))


def test(name, slow=False):
    """Decorator that registers a function as the test NAME."""
    def register(function):
        add(name, function, slow)
        return function
    return register


def check(condition, reason):
    if not condition:
        raise Failure(reason)


def run_one(one):
    start = time.monotonic()
    result, reason = 'PASS', ''
    try:
        reason = one.function() or ''
    except Skip as skip:
        result, reason = 'SKIP', str(skip)
    except (Failure, RuntimeError) as failure:
        result, reason = 'FAIL', str(failure)
    except Exception:  # a bug in the test is a failure, with the place where it is
        result, reason = 'FAIL', ' | '.join(traceback.format_exc().splitlines()[-3:])
    return {'name': one.name, 'result': result, 'seconds': round(time.monotonic() - start, 1),
            'reason': reason}


def run_all(tests, jobs):
    """Runs TESTS, prints a row for each and the counts; returns what happened, a dict a test."""
    entries = []
    with concurrent.futures.ThreadPoolExecutor(max(1, jobs)) as pool:
        for entry in pool.map(run_one, tests):
            entries.append(entry)
            print(f'{entry["result"]}  {entry["name"]}  {entry["seconds"]} s'
                  + (f'  {entry["reason"]}' if entry['reason'] else ''), flush=True)
    count = {name: sum(entry['result'] == name for entry in entries)
             for name in ('PASS', 'FAIL', 'SKIP')}
    print(f'{count["PASS"]} passed, {count["FAIL"]} failed'
          + (f', {count["SKIP"]} skipped' if count['SKIP'] else ''))
    return entries


def main(usage):
    """A runner's command line, as its USAGE tells it; returns the exit code."""
    parser = argparse.ArgumentParser(usage=argparse.SUPPRESS, add_help=False)
    parser.add_argument('names', nargs='*')
    parser.add_argument('--list', action='store_true')
    parser.add_argument('--quick', action='store_true')
    parser.add_argument('--jobs', type=int, default=os.cpu_count() or 1)
    parser.add_argument('--json')
    parser.add_argument('-h', '--help', action='store_true')
    arguments = parser.parse_args()
    if arguments.help:
        print(usage.strip())
        return 0
    try:
        wanted = [re.compile(name) for name in arguments.names]
    except re.error as error:
        print(f'run: not a regular expression: {error}', file=sys.stderr)
        return 2
    tests = [one for one in TESTS
             if (not wanted or any(regex.search(one.name) for regex in wanted))
             and not (arguments.quick and one.slow)]
    if arguments.list:
        for one in tests:
            print(one.name)
        return 0
    entries = run_all(tests, arguments.jobs)
    if arguments.json:
        Path(arguments.json).write_text(json.dumps(entries, indent=1) + '\n', encoding='utf-8')
    results = {entry['result'] for entry in entries}
    return 0 if 'PASS' in results and 'FAIL' not in results else 1
