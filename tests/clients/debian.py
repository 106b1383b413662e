# SPDX-License-Identifier: MIT
"""Programs of a later Debian, unpacked below out/ and never installed."""

import concurrent.futures
import os
import tempfile
import threading
from pathlib import Path

import harness
from suite import Skip, check

KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg'
FETCH_SECONDS = 300
_lock = threading.Lock()


def unpacked(name, suite, packages, dependencies=False):
    """The folder out/NAME with PACKAGES of SUITE, fetched on first use; skips where it cannot be had.

    dependencies: all that they depend on, too, down to the C library.
    """
    with _lock:
        target = harness.OUT / name
        if not target.is_dir():
            if harness.need('apt-get', 'dpkg-deb'):
                raise Skip(f'no Debian to take programs of {suite} from')
            with tempfile.TemporaryDirectory(prefix='v4l2va-packages-') as directory:
                fetch(Path(directory), suite, packages, dependencies)
                unpack(Path(directory) / 'cache' / 'archives', target)
    return target


def fetch(place, suite, packages, dependencies):
    """Downloads the packages into PLACE/cache/archives; apt's own lists and cache are not touched."""
    for folder in ('lists/partial', 'cache/archives/partial'):
        (place / folder).mkdir(parents=True)
    (place / 'sources.list').write_text(
        f'deb [signed-by={KEYRING}] http://deb.debian.org/debian {suite} main\n')
    (place / 'nothing-installed').touch()
    options = [word for option in (
        f'Dir::Etc::sourcelist={place}/sources.list', 'Dir::Etc::sourceparts=-',
        f'Dir::State::lists={place}/lists', f'Dir::Cache={place}/cache',
        f'Dir::State::status={place}/nothing-installed',
        'APT::Sandbox::User=root') for word in ('-o', option)]
    get = (['install', '--download-only', '--no-install-recommends', '--yes', *packages]
           if dependencies else ['download', *packages])
    for words in (['update'], get):
        result = harness.run(['apt-get', '-qq', *options, *words], FETCH_SECONDS,
                             cwd=place / 'cache' / 'archives')
        if result.status != 0:
            raise Skip(f'{suite} cannot be had: {result.why()}')


def unpack(archives, target):
    """Unpacks all of ARCHIVES into TARGET, which is there whole or not at all."""
    part = target.with_name(f'{target.name}.{os.getpid()}.part')
    part.mkdir(parents=True)

    def one(package):
        return harness.run(['dpkg-deb', '-x', package, part])

    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for result in pool.map(one, archives.glob('*.deb')):
            check(result.status == 0, result.why())
    os.replace(part, target)
