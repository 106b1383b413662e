# SPDX-License-Identifier: MIT
"""Displays without a screen: Xvfb, and weston's headless backend; and a Mesa that imports dma-bufs.

Mesa 22.3 of Debian 12 has EGL_EXT_image_dma_buf_import on no software renderer; Mesa 25, which
bookworm-backports has, imports R8 and GR88 there. It is unpacked beside the system's, in out/mesa.
"""

import contextlib
import os
import subprocess
import tempfile
import threading
from pathlib import Path

import harness
from framework import Skip, check

START_SECONDS = 30
MESA_PACKAGES = ('mesa-libgallium', 'libegl-mesa0', 'libgl1-mesa-dri', 'libgbm1', 'libdrm2')
BACKPORTS = ('deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] '
             'http://deb.debian.org/debian bookworm-backports main\n')
_mesa_lock = threading.Lock()


@contextlib.contextmanager
def x11():
    """The environment of a client of a new X server; skips where there is no Xvfb."""
    if harness.need('Xvfb'):
        raise Skip('Xvfb is not installed')
    read_end, write_end = os.pipe()
    with open(read_end, encoding='ascii') as numbers:
        # The server chooses a number that is free, and writes it when it is ready.
        server = subprocess.Popen(
            ['Xvfb', '-displayfd', str(write_end), '-screen', '0', '640x480x24', '-nolisten', 'tcp'],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            pass_fds=[write_end])
        os.close(write_end)
        try:
            number = numbers.readline().strip()
            check(number, 'Xvfb does not start')
            yield {'DISPLAY': f':{number}'}
        finally:
            server.terminate()
            server.wait(START_SECONDS)


@contextlib.contextmanager
def wayland():
    """The environment of a client of a new compositor; skips where there is no weston."""
    if harness.need('weston'):
        raise Skip('weston is not installed')
    with tempfile.TemporaryDirectory(prefix='v4l2va-wayland-') as directory:
        env = {**os.environ, 'XDG_RUNTIME_DIR': directory}
        ready, told = os.pipe()
        # weston has no way to say that it is ready but to a shell of its own: the shell client.
        script = Path(directory) / 'ready'
        script.write_text(f'#!/bin/sh\necho "$WAYLAND_DISPLAY" >&{told}\nexec sleep 86400\n')
        script.chmod(0o700)
        config = Path(directory) / 'weston.ini'
        config.write_text(f'[core]\nidle-time=0\n[autolaunch]\npath={script}\nwatch=false\n')
        with open(ready, encoding='ascii') as line, open(Path(directory) / 'log', 'wb') as log:
            compositor = subprocess.Popen(
                ['weston', '--backend=headless-backend.so', f'--config={config}',
                 '--socket=v4l2va', '--width=640', '--height=480'],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=env, pass_fds=[told],
                start_new_session=True)
            os.close(told)
            try:
                name = line.readline().strip()
                check(name, 'weston does not start')
                yield {'XDG_RUNTIME_DIR': directory, 'WAYLAND_DISPLAY': name}
            finally:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(compositor.pid, 15)
                compositor.wait(START_SECONDS)


def importing_mesa():
    """Environment variables of a Mesa whose software renderer imports dma-bufs; may skip."""
    with _mesa_lock:
        target = harness.OUT / 'mesa'
        if not target.is_dir():
            fetch_mesa(target)
    libraries = next(target.glob('usr/lib/*/dri')).parent
    return {'LD_LIBRARY_PATH': str(libraries), 'LIBGL_DRIVERS_PATH': str(libraries / 'dri'),
            'GBM_BACKENDS_PATH': str(libraries / 'gbm')}


def fetch_mesa(target):
    """Unpacks the packages of Debian's backports into TARGET; nothing is installed."""
    if harness.need('apt-get', 'dpkg-deb'):
        raise Skip('no Debian to take a newer Mesa from')
    with tempfile.TemporaryDirectory(prefix='v4l2va-mesa-') as directory:
        place = Path(directory)
        for folder in ('lists/partial', 'cache/archives/partial', 'debs', 'root'):
            (place / folder).mkdir(parents=True)
        (place / 'sources.list').write_text(BACKPORTS)
        options = [word for option in (
            f'Dir::Etc::sourcelist={place}/sources.list', 'Dir::Etc::sourceparts=-',
            f'Dir::State::lists={place}/lists', f'Dir::Cache={place}/cache',
            'APT::Sandbox::User=root') for word in ('-o', option)]
        for words in (['update'], ['download', *MESA_PACKAGES]):
            result = harness.run(['apt-get', '-qq', *options, *words], 120, cwd=place / 'debs')
            if result.status != 0:
                raise Skip(f'bookworm-backports cannot be had: {result.why()}')
        for package in (place / 'debs').glob('*.deb'):
            result = harness.run(['dpkg-deb', '-x', package, place / 'root'])
            check(result.status == 0, result.why())
        target.parent.mkdir(parents=True, exist_ok=True)
        moved = harness.run(['cp', '-a', place / 'root', f'{target}.part'])
        check(moved.status == 0, moved.why())
        os.replace(f'{target}.part', target)
