# SPDX-License-Identifier: MIT
"""The kernel lab as these tests use it: one boot, and what came of it."""

import csv
import json
import os
import re
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

import boards
import harness
from suite import Failure, Skip, check

WITH_KERNEL = harness.ROOT / 'tools' / 'with-kernel'
MAKE_CLIPS = harness.ROOT / 'tests' / 'clips' / 'make'
KERNEL_LAB = harness.ROOT / 'kernel-lab'
BOARDS = boards.names()
# One for each driver and generation of hardware; the others' devices are among theirs.
FEW_BOARDS = ('a64', 'imx8mq', 'mt8183', 'rk3399', 'rk3576', 'rk3588')
STRICT_EXIT = 70  # the kernel warned
CANNOT = 5        # a recipe's exit code: this machine cannot have that kernel
BUILD_SECONDS = 1800

_outcomes = {}  # of a recipe: the exception that it ended with, or None
_guard = threading.Lock()


def tested_boards(few=FEW_BOARDS):
    """Those on which what takes long is tested: FEW, or all when $V4L2VA_ALL_BOARDS is set."""
    return BOARDS if os.environ.get('V4L2VA_ALL_BOARDS') else few


def table(path):
    """Rows of a table, by its first line."""
    with open(path, newline='', encoding='utf-8') as file:
        return list(csv.DictReader(file, delimiter='\t', quoting=csv.QUOTE_NONE))


def made_clips(only):
    """Rows of the manifest of generated clips, each with its path; ONLY: a regular expression that is
    found in their CODEC/NAME."""
    made = harness.run([sys.executable, MAKE_CLIPS, '--only', only], timeout=600)
    check(made.status == 0, made.why())
    manifest = Path(made.out.strip())
    return [dict(row, path=str(manifest.parent / row['file'])) for row in table(manifest)
            if re.search(only, re.sub(r'\.\w+$', '', row['file']))]


def need_kernel(recipe='build'):
    """Builds the kernel of kernel-lab/RECIPE unless there is one; raises Skip or Failure."""
    with _guard:
        if recipe not in _outcomes:
            _outcomes[recipe] = _build(recipe)
    if _outcomes[recipe]:
        raise _outcomes[recipe]


def _build(recipe):
    try:
        done = subprocess.run([KERNEL_LAB / recipe], stdin=subprocess.DEVNULL, capture_output=True,
                              text=True, errors='replace', timeout=BUILD_SECONDS, check=False)
    except subprocess.TimeoutExpired:
        return Failure(f'kernel-lab/{recipe}: not done after {BUILD_SECONDS} s')
    said = done.stderr.strip().splitlines()
    reason = f'kernel-lab/{recipe}: {said[-1] if said else "no message"}'
    if done.returncode == CANNOT:
        return Skip(reason)
    return Failure(reason) if done.returncode != 0 else None


def run(command, options=(), timeout=300, smp=False, board=None):
    """Runs COMMAND on a freshly booted kernel; a harness.Result.

    OPTIONS are more of tools/with-kernel's. A kernel that warned is a Failure, as is one that did not
    boot.
    """
    need_kernel('build-boards' if board else 'build-smp' if smp else 'build')
    words = [WITH_KERNEL, '--strict', '--timeout', timeout, *(['--smp'] if smp else []),
             *(['--board', board] if board else []), *options]
    result = harness.run([*words, *command], timeout + 60, harness.Place().env())
    said = [line for line in result.err.splitlines() if line.startswith('with-kernel: ')]
    if result.status == STRICT_EXIT:
        warnings = result.err.splitlines()
        raise Failure('the kernel warned: ' + ' | '.join(warnings[-6:-1]))
    if said:
        raise Failure(said[-1])
    return result


def ask(program, orders, options=(), timeout=300, board=None):
    """What PROGRAM of a guest, called with two files, answers to ORDERS; both are JSON."""
    with tempfile.TemporaryDirectory(prefix='v4l2va-kernel-') as directory:
        asked, answered = Path(directory) / 'orders', Path(directory) / 'answers'
        asked.write_text(json.dumps(orders), encoding='utf-8')
        done = run([sys.executable, program, asked, answered], ('--output', directory, *options),
                   timeout=timeout, board=board)
        check(done.status == 0 and answered.is_file(), done.why() or 'no answers')
        return json.loads(answered.read_text(encoding='utf-8'))
