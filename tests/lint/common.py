# SPDX-License-Identifier: MIT
"""What the lints share: the files of the tree, and how a finding is printed."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CPP = ('.cpp', '.h')


def files(*folders, suffixes=None):
    """Text files under FOLDERS (default: all), tracked or new, never ignored ones; sorted."""
    command = ['git', '-C', str(ROOT), '-c', 'safe.directory=*', 'ls-files', '-z', '--cached',
               '--others', '--exclude-standard', '--', *folders]
    listed = subprocess.run(command, capture_output=True, check=False)
    if listed.returncode == 0:
        names = set(filter(None, os.fsdecode(listed.stdout).split('\0')))
    else:  # an unpacked archive: no git
        skip = ('build', 'out', '.git')
        names = {str(path.relative_to(ROOT)) for path in ROOT.rglob('*')
                 if not path.relative_to(ROOT).parts[0].startswith(skip)
                 and '__pycache__' not in path.parts}
        names = {name for name in names
                 if not folders or any(name.startswith(f'{folder}/') or name == folder
                                       for folder in folders)}
    found = []
    for name in sorted(names):
        path = ROOT / name
        if path.is_symlink() or not path.is_file() or 'corpus' in path.parts:  # fuzzers' inputs
            continue
        if suffixes and path.suffix not in suffixes:
            continue
        if b'\0' in path.read_bytes()[:4096]:
            continue
        found.append(path)
    return found


def name(path):
    return str(path.relative_to(ROOT))


def finish(findings):
    """Prints FINDINGS, one a line; ends with 1 when there are any."""
    for finding in findings:
        print(finding)
    sys.exit(1 if findings else 0)
