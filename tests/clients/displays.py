# SPDX-License-Identifier: MIT
"""A display of X11 without a screen: Xvfb. For one of Wayland, see screen.py."""

import contextlib
import os
import subprocess

import harness
from framework import Skip, check

START_SECONDS = 30


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
