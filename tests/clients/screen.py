# SPDX-License-Identifier: MIT
"""A screen that no hardware draws: weston 14 with Mesa 25, whose EGL imports dma-bufs in software.

Debian 12's own Mesa has EGL_EXT_image_dma_buf_import on no software renderer. Both packages are of
bookworm-backports, unpacked below out/; what else they need comes with Debian 12's weston.
"""

import contextlib
import os
import signal
import subprocess
import tempfile
import time
from pathlib import Path

import debian
import harness
from framework import Failure, Skip, check, end, env_words, place

START_SECONDS = 30
SCREEN_NODE = 'tests/clients/libscreen-node.so'  # in the build directory
NAME = 'v4l2va'  # of the socket, in a folder of its own
PACKAGES = ('weston', 'libweston-14-0', 'mesa-libgallium', 'libegl-mesa0', 'libgl1-mesa-dri',
            'libgbm1', 'libdrm2', 'libwayland-client0', 'libwayland-server0',
            'libwayland-cursor0', 'libwayland-egl1', 'libdrm-amdgpu1', 'libdrm-radeon1',
            'libdrm-intel1')
MODULES = ('libweston-14/headless-backend.so', 'libweston-14/gl-renderer.so',
           'weston/kiosk-shell.so')


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
def screen(width=640, height=480, tells_node=False):
    """A Screen of that size; skips where it cannot be had.

    tells_node: its clients are told of a render node, the virtual one, as they are on a board; for
    those that ask for it before they give a dma-buf to the compositor.
    """
    root = packages()
    folder = next(root.glob('usr/lib/*/libweston-14')).parent
    libraries = {'LD_LIBRARY_PATH': f'{folder}:{folder}/weston',
                 'LIBGL_DRIVERS_PATH': str(folder / 'dri'), 'GBM_BACKENDS_PATH': str(folder / 'gbm')}
    with tempfile.TemporaryDirectory(prefix='v4l2va-screen-') as directory:
        modules = ';'.join(f'{Path(name).name}={folder / name}' for name in MODULES)
        settings = {'XDG_RUNTIME_DIR': directory, 'WESTON_MODULE_MAP': modules}
        # --debug: whoever asks may take a screenshot.
        command = [*env_words(libraries), root / 'usr/bin/weston', '--backend=headless', '--renderer=gl', '--no-config',
                   '--shell=kiosk-shell.so', '--debug', '--idle-time=0', f'--socket={NAME}',
                   f'--width={width}', f'--height={height}']
        env = {**os.environ, **settings}
        if tells_node:
            where = place()
            command = where.command(command)
            env = where.env({**settings, 'V4L2VA_SCREEN_NODE': where.node,
                             'LD_PRELOAD': str(where.build / SCREEN_NODE)})
        log = Path(directory) / 'log'
        with open(log, 'wb') as file:
            compositor = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=file,
                                          stderr=file, env=env, start_new_session=True)
        try:
            latest = time.monotonic() + START_SECONDS
            # Whoever connects before it is ready waits until it is.
            while not (Path(directory) / NAME).exists():
                if compositor.poll() is not None or time.monotonic() > latest:
                    said = log.read_text(errors='replace').strip().splitlines()[-1:]
                    raise Failure(f'weston does not start: {"".join(said)}')
                time.sleep(0.05)
            yield Screen(root, {'XDG_RUNTIME_DIR': directory, 'WAYLAND_DISPLAY': NAME}, libraries,
                         (width, height))
        finally:
            # What its clients missed when it was gone is only what followed.
            check(compositor.poll() is None,
                  f'weston was gone before its clients, with status {compositor.returncode}')
            os.killpg(compositor.pid, signal.SIGTERM)
            end(compositor, START_SECONDS)


def packages():
    """The folder with the unpacked packages; skips where they cannot be had."""
    if harness.need('weston'):
        raise Skip('weston, whose libraries the newer one needs, is not installed')
    return debian.unpacked('screen', 'bookworm-backports', PACKAGES)
