# SPDX-License-Identifier: MIT
"""Clients that come and go on a real kernel: the program lifecycle-test, one boot a suite on visl, and
one a board with the kernel's own drivers."""

import re
import tempfile
from pathlib import Path

import harness
import lab
from suite import add, check

SUITES = {  # name of the test: (suites of the program, slow)
    'calls': ('Calls', False),
    'counting': ('Counting', False),
    'cycles': ('Cycles', True),
    'sizes': ('Sizes', True),
    'exports': ('Exports', False),
    'killed-client': ('KilledClient', True),
    'module-removal': ('ModuleRemoval', False),
    'slow-device': ('SlowDevice', True),
    'threads': ('Threads', True),
}
# What asks a device to write a picture says nothing on a board without silicon.
NEED_PICTURES = ('Exports.EarlyOnes*', 'SlowDevice.NothingIsWritten*')
FAULTS = 'Hang.*:NoMemory.*:Import.*:LostReference.*'
ON_BOARDS = f'*-{":".join(NEED_PICTURES)}:{FAULTS}'
HEVC = ('a64', 'h6', 'imx8mm', 'imx8mq', 'rk3288', 'rk3399', 'rk3576', 'rk3588')
# rkvdec's watchdog takes 16 s with the boards' clock of 1 MHz; ours takes 10.
FASTER = '/include/ "{board}.dts"\n&clk {{ clock-frequency = <10000000>; }};\n'


def program():
    path = harness.Place().build / 'tests' / 'kernel' / 'lifecycle-test'
    check(path.is_file(), f'{path.name} is not built: meson compile -C {path.parents[2].name}')
    return path


def lifecycle(cases, timeout=600, **kernel):
    """Runs CASES, a filter, of the program; the figures that it measured. KERNEL: as lab.run has it."""
    # A thread's cache of freed memory would count as memory in use.
    command = ['env', 'GLIBC_TUNABLES=glibc.malloc.tcache_count=0', program()]
    result = lab.run([*command, f'--gtest_filter={cases}'], timeout=timeout, **kernel)
    failure = re.search(r'^.*: Failure\n(?:.*\n){0,4}', result.out, re.M)
    check(not failure, ' '.join(failure.group(0).split())[:300] if failure else '')
    check(result.status == 0, result.why())
    passed = re.search(r'^\[  PASSED  \] (\d+) test', result.out, re.M)
    check(passed and passed.group(1) != '0', 'no test ran')
    figures = re.findall(r'^measured: (.*)$', result.out, re.M)
    return '; '.join([f'{passed.group(1)} cases', *figures])


def faults(board):
    """FAULTS, but for the last where no device has HEVC."""
    with tempfile.TemporaryDirectory(prefix='v4l2va-board-') as directory:
        tree = Path(directory) / 'faster.dts'
        tree.write_text(FASTER.format(board=board), encoding='utf-8')
        return lifecycle(FAULTS if board in HEVC else FAULTS.rsplit(':', 1)[0], board=tree)


for name, (suite_names, slow) in SUITES.items():
    add(f'lifecycle-{name}', lambda suites=suite_names: lifecycle(f'{suites}.*'), slow)
add('smp-threads', lambda: lifecycle('Threads.*', smp=True), slow=True)
for one in lab.tested_boards():
    add(f'board-{one}-lifecycle', lambda one=one: lifecycle(ON_BOARDS, board=one), slow=True)
    add(f'board-{one}-faults', lambda one=one: faults(one), slow=True)
