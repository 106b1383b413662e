# SPDX-License-Identifier: MIT
"""Chromium on a Screen and the virtual decoder, with a page under remote control."""

import contextlib
import subprocess
import tempfile
from pathlib import Path

import harness
from browser import Page
from framework import Skip, end, place

PROGRAM = Path('/usr/lib/chromium/chromium')
END_SECONDS = 30
FEATURES = ('AcceleratedVideoDecoder', 'AcceleratedVideoDecodeLinuxGL',
            'AcceleratedVideoDecodeLinuxZeroCopyGL', 'VaapiIgnoreDriverChecks')
OPTIONS = (
    '--ozone-platform=wayland', '--use-gl=angle', '--use-angle=gl-egl', '--ignore-gpu-blocklist',
    f'--enable-features={",".join(FEATURES)}', f'--render-node-override={harness.NODE}',
    # Its sandbox for the GPU would not let the driver in.
    '--no-sandbox', '--autoplay-policy=no-user-gesture-required',
    '--no-first-run', '--password-store=basic', '--disable-background-networking',
    '--disable-component-update', '--disable-breakpad',
    '--enable-logging=stderr', '--vmodule=*vaapi*=3,*/media/gpu/*=2')


class Chromium:
    """A Chromium that shows pages/player.html; a context manager.

    page: see Page. When it has ended, `log` is what its processes wrote to stdout and stderr, and
    `report` the virtual decoder's.
    """

    def __init__(self, screen, files, options=('--strict',)):
        if not PROGRAM.is_file():
            raise Skip('chromium is not installed')
        if harness.need('dbus-run-session'):
            raise Skip('dbus-run-session is not installed')
        self.scratch = tempfile.TemporaryDirectory(prefix='v4l2va-chromium-',
                                                   ignore_cleanup_errors=True)
        self.folder = Path(self.scratch.name)
        self.page = Page(files)
        variables = {**screen.env, **screen.libraries, 'HOME': str(self.folder),
                     'LIBVA_MESSAGING_LEVEL': '2'}
        where = place()
        # Of Chromium's alone: not of the scripts that start it.
        command = where.command(
            ['env', '-u', 'DISPLAY', *(f'{name}={value}' for name, value in variables.items()),
             PROGRAM, *OPTIONS, f'--user-data-dir={self.folder}/profile', self.page.address],
            # GBM of Mesa's software renderer takes its memory from the render node.
            (*options, '--gpu-memory', '--client-log', '--report', self.folder / 'report'))
        self.command, self.env = ['dbus-run-session', '--', *command], where.env()
        self.process = self.report = None
        self.log = ''

    def __enter__(self):
        self.page.__enter__()
        with open(self.folder / 'log', 'wb') as log:
            self.process = subprocess.Popen(self.command, stdin=subprocess.DEVNULL, stdout=log,
                                            stderr=log, env=self.env, start_new_session=True)
        try:
            self.page.call('ready')
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, kind, error, trace):
        self.stop()

    def stop(self):
        """Ends Chromium, the nice way first, and reads what is left of it."""
        if self.process is None:
            return
        with contextlib.suppress(Exception):
            self.page.call('quit', timeout=5)
        end(self.process, END_SECONDS)
        self.process = None
        self.page.__exit__(None, None, None)
        self.log = (self.folder / 'log').read_text(errors='replace')
        (harness.OUT / 'chromium.log').write_text(self.log)
        self.report = harness.Report(self.folder / 'report')
        self.scratch.cleanup()
