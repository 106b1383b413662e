# SPDX-License-Identifier: MIT
"""Clients that come and go on a real kernel: the program lifecycle-test, one boot a suite."""

import re

import harness
import lab
from suite import add, check

SUITES = {  # name of the test: (suites of the program, slow)
    'counting': ('Counting', False),
    'cycles': ('Cycles', True),
    'sizes': ('Sizes', True),
    'exports': ('Exports', False),
    'killed-client': ('KilledClient', True),
    'module-removal': ('ModuleRemoval', False),
    'slow-device': ('SlowDevice', True),
    'threads': ('Threads', True),
}


def program():
    path = harness.Place().build / 'tests' / 'kernel' / 'lifecycle-test'
    check(path.is_file(), f'{path.name} is not built: meson compile -C {path.parents[2].name}')
    return path


def lifecycle(suites, smp=False, timeout=600):
    """Runs SUITES of the program; the figures that it measured."""
    # A thread's cache of freed memory would count as memory in use.
    command = ['env', 'GLIBC_TUNABLES=glibc.malloc.tcache_count=0', program()]
    result = lab.run([*command, f'--gtest_filter={suites}.*'], timeout=timeout, smp=smp)
    failure = re.search(r'^.*: Failure\n(?:.*\n){0,4}', result.out, re.M)
    check(not failure, ' '.join(failure.group(0).split())[:300] if failure else '')
    check(result.status == 0, result.why())
    passed = re.search(r'^\[  PASSED  \] (\d+) test', result.out, re.M)
    check(passed and passed.group(1) != '0', 'no test ran')
    figures = re.findall(r'^measured: (.*)$', result.out, re.M)
    return '; '.join([f'{passed.group(1)} cases', *figures])


for name, (suite_names, slow) in SUITES.items():
    add(f'lifecycle-{name}', lambda suites=suite_names: lifecycle(suites), slow)
add('smp-threads', lambda: lifecycle('Threads', smp=True), slow=True)
