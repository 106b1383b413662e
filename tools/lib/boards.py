# SPDX-License-Identifier: MIT
"""Streams on the boards of the kernel lab: the kernel's own drivers, on hardware that is a program."""

import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import harness

WITH_KERNEL = harness.ROOT / 'tools' / 'with-kernel'
TREES = harness.ROOT / 'kernel-lab' / 'boards'
SECONDS = 6 * 3600  # of one board


def names():
    return sorted(path.stem for path in TREES.glob('*.dts'))


class BoardPlace(harness.Place):
    """Within a board's guest: a program is started by its hardware, which decodes."""

    def __init__(self):
        super().__init__(real_node=harness.NODE)
        self.hardware = self.build / 'kernel-lab' / 'hardware' / 'board-hardware'

    def command(self, command, options=()):
        words = [self.hardware, '--decode']
        if '--report' in options:
            folder = options[options.index('--report') + 1]
            words += ['--count', Path(folder) / 'jobs']
        return [str(word) for word in (*words, *command)]

    @staticmethod
    def jobs(folder):
        """{compatible of a device: jobs} of the command with that folder for its --report."""
        path = Path(folder) / 'jobs'
        lines = path.read_text().splitlines() if path.exists() else ()
        return {name: int(count) for name, count, *_ in (line.split('\t') for line in lines)}


def run(board, words):
    """The document that `conformance --in-board BOARD WORDS` writes in a fresh guest, which prints
    its rows; ValueError when there is none."""
    with tempfile.TemporaryDirectory(prefix='v4l2va-board-') as folder:
        document = Path(folder) / 'document.json'
        program = Path(__file__).resolve().parents[1] / 'conformance'
        command = [WITH_KERNEL, '--strict', '--board', board, '--output', folder,
                   '--timeout', SECONDS, sys.executable, program, '--in-board', board,
                   '--out', document, *words]
        sys.stdout.flush()
        done = subprocess.run([str(word) for word in command], stdin=subprocess.DEVNULL,
                              stderr=subprocess.PIPE, text=True, errors='replace', check=False,
                              env=harness.Place().env())
        if not document.exists():
            said = [line for line in done.stderr.splitlines() if line.strip()]
            raise ValueError(f'{board}: {said[-1] if said else f"exit {done.returncode}"}')
        if re.search(r'^with-kernel: the kernel warned', done.stderr, re.M):
            raise ValueError(f'{board}: the kernel warned: {done.stderr.strip()[-400:]}')
        return json.loads(document.read_text(encoding='utf-8'))
