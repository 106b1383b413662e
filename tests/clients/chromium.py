# SPDX-License-Identifier: MIT
"""Chromium on a Screen and the virtual decoder, with a page under remote control."""

import collections
import re
from pathlib import Path

import harness
from browser import Browser
from framework import Skip

PROGRAM = Path('/usr/lib/chromium/chromium')
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


class Chromium(Browser):
    """A Chromium. `log` is libva's trace of its calls."""

    def __init__(self, name, screen, files):
        if not PROGRAM.is_file():
            raise Skip('chromium is not installed')
        # GBM of Mesa's software renderer takes its memory from the render node.
        super().__init__(name, screen, files, ('--strict', '--gpu-memory', '--client-log'))

    def words(self):
        return [PROGRAM, *OPTIONS, f'--user-data-dir={self.folder}/profile']

    def variables(self):
        return {**super().variables(), 'LIBVA_TRACE': str(self.folder / 'trace')}

    def read_log(self):
        return ''.join(path.read_text(errors='replace')
                       for path in sorted(self.folder.glob('trace.*')))

    def calls(self):
        """{(VA-API call, status): number} of all its calls that are traced."""
        return collections.Counter(re.findall(r'=(va\w+) ret = (VA_STATUS_\w+)', self.log))
