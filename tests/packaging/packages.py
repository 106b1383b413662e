# SPDX-License-Identifier: MIT
"""What the packaging tests share: the Debian packages, built once, and copies of the tree."""

import shutil
import tempfile
import threading
from pathlib import Path

import harness
from suite import Skip, check

BUILD = harness.ROOT / 'packaging' / 'build'
CANNOT = 5  # exit code of a recipe: this machine cannot do it
BUILD_TIMEOUT = 1500

_lock = threading.Lock()
_built = []


def follow(command, timeout):
    """The Result of a recipe that went well; skips the test when it says that it cannot be followed."""
    done = harness.run(command, timeout)
    said = [line for line in done.err.splitlines() if line.strip()]
    if done.status == CANNOT:
        raise Skip(said[-1] if said else 'this machine cannot do it')
    check(done.status == 0, f'{Path(command[0]).name}: {done.why(600)}'
          + ''.join(f' | {line}' for line in said[-12:-1]))
    return done


def need_debian():
    lacking = harness.need('dpkg-buildpackage', 'dh')
    if lacking:
        raise Skip(f'no {lacking}: not a Debian system, or debhelper is not installed')


def deb():
    """The folder of the packages, which the first caller builds without unit tests."""
    need_debian()
    output = harness.OUT / 'deb'
    with _lock:
        if not _built:
            follow([BUILD, 'deb', '--nocheck', '--output', output], BUILD_TIMEOUT)
            _built.append(output)
    return _built[0]


def binaries(folder):
    """{package: path} without those that hold debug symbols."""
    return {path.name.split('_')[0]: path for path in sorted(folder.glob('*.deb'))
            if '-dbgsym_' not in path.name}


def files_of(package):
    """The files and links in a .deb: {path below /: kind, mode and where a link leads}."""
    listed = harness.run(['dpkg-deb', '-c', package], 60)
    check(listed.status == 0, listed.why())
    found = {}
    for line in listed.out.splitlines():
        mode, _, _, _, _, path = line.split(None, 5)
        path, _, target = path.partition(' -> ')
        if not mode.startswith('d'):
            found[path.removeprefix('./')] = (mode, target)
    return found


class Scratch:
    """A folder that is gone afterwards."""

    def __enter__(self):
        self.path = Path(tempfile.mkdtemp(prefix='v4l2va-packaging-'))
        return self.path

    def __exit__(self, *_):
        shutil.rmtree(self.path, ignore_errors=True)


def copy_of_tree(directory):
    """A git repository with one commit, of what git knows or would add here."""
    listed = harness.run(['git', '-c', 'safe.directory=*', 'ls-files', '-z', '--cached', '--others',
                          '--exclude-standard'], 60, cwd=harness.ROOT)
    if listed.status != 0:
        raise Skip('not a git repository')
    for name in filter(None, listed.out.split('\0')):
        if (harness.ROOT / name).is_file():
            (directory / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(harness.ROOT / name, directory / name)
    git = ['git', '-c', 'user.name=test', '-c', 'user.email=test@localhost.invalid', '-C', directory]
    for words in (['init', '-q'], ['add', '-A'], ['commit', '-q', '-m', 'test: all']):
        done = harness.run([*git, *words], 60)
        check(done.status == 0, f'git {words[0]}: {done.why()}')
    return git
