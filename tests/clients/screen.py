# SPDX-License-Identifier: MIT
"""A screen that no hardware draws: weston 14 with Mesa 25, whose EGL imports dma-bufs in software.

Debian 12's own Mesa has EGL_EXT_image_dma_buf_import on no software renderer. Both packages are of
bookworm-backports, unpacked into out/screen and never installed; what else they need comes with
Debian 12's weston.
"""

import contextlib
import os
import subprocess
import tempfile
import threading
import time
from pathlib import Path

import harness
from suite import Failure, Skip, check

START_SECONDS = 30
NAME = 'v4l2va'  # of the socket, in a folder of its own
PACKAGES = ('weston', 'libweston-14-0', 'mesa-libgallium', 'libegl-mesa0', 'libgl1-mesa-dri',
            'libgbm1', 'libdrm2', 'libwayland-client0', 'libwayland-server0',
            'libwayland-cursor0', 'libwayland-egl1', 'libdrm-amdgpu1', 'libdrm-radeon1',
            'libdrm-intel1')
SOURCE = ('deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] '
          'http://deb.debian.org/debian bookworm-backports main\n')
MODULES = ('libweston-14/headless-backend.so', 'libweston-14/gl-renderer.so',
           'weston/kiosk-shell.so')
_lock = threading.Lock()


class Screen:
    """A running compositor, which shows each window as large as the screen.

    env: of its clients; libraries: more of it, for those whose EGL is to import dma-bufs; size:
    (width, height).
    """

    def __init__(self, root, env, libraries, size):
        self.root, self.env, self.libraries, self.size = root, env, libraries, size

    def screenshot(self, target):
        """Writes what the screen shows to TARGET, a PNG."""
        with tempfile.TemporaryDirectory(prefix='v4l2va-screenshot-') as directory:
            env = {**os.environ, **self.env, **self.libraries, 'XDG_PICTURES_DIR': directory}
            result = harness.run([self.root / 'usr/bin/weston-screenshooter'], START_SECONDS, env,
                                 cwd=directory)
            pictures = list(Path(directory).glob('*.png'))
            check(result.status == 0 and pictures, f'no screenshot: {result.why()}')
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(pictures[0].read_bytes())


@contextlib.contextmanager
def screen(width=640, height=480):
    """A Screen of that size; skips where it cannot be had."""
    root = packages()
    folder = next(root.glob('usr/lib/*/libweston-14')).parent
    libraries = {'LD_LIBRARY_PATH': f'{folder}:{folder}/weston',
                 'LIBGL_DRIVERS_PATH': str(folder / 'dri'), 'GBM_BACKENDS_PATH': str(folder / 'gbm')}
    with tempfile.TemporaryDirectory(prefix='v4l2va-screen-') as directory:
        modules = ';'.join(f'{Path(name).name}={folder / name}' for name in MODULES)
        env = {**os.environ, **libraries, 'XDG_RUNTIME_DIR': directory,
               'WESTON_MODULE_MAP': modules}
        log = Path(directory) / 'log'
        with open(log, 'wb') as file:
            # --debug: whoever asks may take a screenshot.
            compositor = subprocess.Popen(
                [root / 'usr/bin/weston', '--backend=headless', '--renderer=gl', '--no-config',
                 '--shell=kiosk-shell.so', '--debug', '--idle-time=0', f'--socket={NAME}',
                 f'--width={width}', f'--height={height}'],
                stdin=subprocess.DEVNULL, stdout=file, stderr=file, env=env,
                start_new_session=True)
        try:
            end = time.monotonic() + START_SECONDS
            # Whoever connects before it is ready waits until it is.
            while not (Path(directory) / NAME).exists():
                if compositor.poll() is not None or time.monotonic() > end:
                    said = log.read_text(errors='replace').strip().splitlines()[-1:]
                    raise Failure(f'weston does not start: {"".join(said)}')
                time.sleep(0.05)
            yield Screen(root, {'XDG_RUNTIME_DIR': directory, 'WAYLAND_DISPLAY': NAME}, libraries,
                         (width, height))
        finally:
            compositor.terminate()
            try:
                compositor.wait(START_SECONDS)
            except subprocess.TimeoutExpired:
                compositor.kill()
                compositor.wait()


def packages():
    """The folder with the unpacked packages; skips where they cannot be had."""
    if harness.need('weston'):
        raise Skip('weston, whose libraries the newer one needs, is not installed')
    with _lock:
        target = harness.OUT / 'screen'
        if not target.is_dir():
            fetch(target)
    return target


def fetch(target):
    """Unpacks the packages of Debian's backports into TARGET; nothing is installed."""
    if harness.need('apt-get', 'dpkg-deb'):
        raise Skip('no Debian to take a newer Mesa and weston from')
    with tempfile.TemporaryDirectory(prefix='v4l2va-packages-') as directory:
        place = Path(directory)
        for folder in ('lists/partial', 'cache/archives/partial', 'debs', 'root'):
            (place / folder).mkdir(parents=True)
        (place / 'sources.list').write_text(SOURCE)
        options = [word for option in (
            f'Dir::Etc::sourcelist={place}/sources.list', 'Dir::Etc::sourceparts=-',
            f'Dir::State::lists={place}/lists', f'Dir::Cache={place}/cache',
            'APT::Sandbox::User=root') for word in ('-o', option)]
        wanted = [f'{name}/bookworm-backports' for name in PACKAGES]
        for words in (['update'], ['download', *wanted]):
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
