# SPDX-License-Identifier: MIT
"""Programs of a later Debian, unpacked below FOLDER and never installed."""

import collections
import concurrent.futures
import hashlib
import os
import tempfile
import threading
from pathlib import Path

import harness
from suite import Skip, check

# Installed, this place is not ours to write.
FOLDER = harness.OUT if not harness.INSTALLED else Path(
    os.environ.get('XDG_CACHE_HOME') or Path.home() / '.cache') / 'v4l2va'
KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg'
FETCH_SECONDS = 300
LATER = ('vainfo', 'mpv', 'ffmpeg', 'gstreamer1.0-tools', 'gstreamer1.0-plugins-base',
         'gstreamer1.0-plugins-good', 'gstreamer1.0-plugins-bad', 'gstreamer1.0-gl')
# What starts a program of a later Debian: with all of its libraries, the C library's loader first.
START = """#!/bin/sh
root={root}
export GST_PLUGIN_SYSTEM_PATH="$root/{libraries}/gstreamer-1.0"
export GST_PLUGIN_SCANNER="$root/starters/gst-plugin-scanner" GST_VA_ALL_DRIVERS=1
exec "$root/{loader}" --library-path "{folders}" "$root/{program}" "$@"
"""
_locks = collections.defaultdict(threading.Lock)


def later():
    """Words before a command that give it mpv 0.40, FFmpeg 7.1, GStreamer 1.26 and libva 2.22.

    They are Debian 13's, with all that they need; skips where they cannot be had.
    """
    root = unpacked('debian-13', 'trixie', LATER, dependencies=True)
    starters = root / 'starters'
    with _locks['starters']:
        if not starters.is_dir():
            write_starters(root, starters)
    return ['env', f'PATH={starters}:{os.environ["PATH"]}']


def write_starters(root, starters):
    loader = next(root.glob('usr/lib/*/ld-linux*.so.*'))
    folders = ':'.join(str(loader.parent / name) for name in ('', 'blas', 'lapack', 'pulseaudio'))
    programs = [root / 'usr/bin' / name for name in ('vainfo', 'mpv', 'ffmpeg', 'ffprobe', 'gst-launch-1.0',
                                                     'gst-inspect-1.0')]
    programs.append(next(root.glob('usr/lib/*/gstreamer1.0/gstreamer-1.0/gst-plugin-scanner')))
    part = starters.with_name(f'starters.{os.getpid()}.part')
    part.mkdir()
    for program in programs:
        file = part / program.name
        file.write_text(START.format(
            root=root, libraries=loader.parent.relative_to(root), loader=loader.relative_to(root),
            folders=folders, program=program.relative_to(root)))
        file.chmod(0o755)
    os.replace(part, starters)


def unpacked(name, suite, packages, dependencies=False):
    """The folder FOLDER/NAME-... with PACKAGES of SUITE, fetched on first use; skips where there is none.

    dependencies: all that they depend on, too, down to the C library.
    """
    key = hashlib.sha256(repr((suite, packages, dependencies)).encode()).hexdigest()[:8]
    target = FOLDER / f'{name}-{key}'
    with _locks[name]:
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
    """Unpacks ARCHIVES into TARGET, which is there whole or not at all: programs, not data alone."""
    part = target.with_name(f'{target.name}.{os.getpid()}.part')
    part.mkdir(parents=True)

    def one(package):
        return harness.run(['dpkg-deb', '-x', package, part])

    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        programs = (file for file in archives.glob('*.deb') if not file.match('*_all.deb'))
        for result in pool.map(one, programs):
            check(result.status == 0, result.why())
    os.replace(part, target)
