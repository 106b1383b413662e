# SPDX-License-Identifier: MIT
"""The kernel lab as these tests use it: one boot, and what came of it."""

import subprocess
import threading

import harness
from suite import Failure, Skip

WITH_KERNEL = harness.ROOT / 'tools' / 'with-kernel'
KERNEL_LAB = harness.ROOT / 'kernel-lab'
STRICT_EXIT = 70  # the kernel warned
CANNOT = 5        # a recipe's exit code: this machine cannot have that kernel
BUILD_SECONDS = 1800

_outcomes = {}  # of a recipe: the exception that it ended with, or None
_guard = threading.Lock()


def need_kernel(recipe='build'):
    """Builds the kernel of kernel-lab/RECIPE unless there is one; raises Skip or Failure."""
    with _guard:
        if recipe not in _outcomes:
            _outcomes[recipe] = _build(recipe)
    if _outcomes[recipe]:
        raise _outcomes[recipe]


def _build(recipe):
    try:
        done = subprocess.run([KERNEL_LAB / recipe], stdin=subprocess.DEVNULL, capture_output=True,
                              text=True, errors='replace', timeout=BUILD_SECONDS, check=False)
    except subprocess.TimeoutExpired:
        return Failure(f'kernel-lab/{recipe}: not done after {BUILD_SECONDS} s')
    said = done.stderr.strip().splitlines()
    reason = f'kernel-lab/{recipe}: {said[-1] if said else "no message"}'
    if done.returncode == CANNOT:
        return Skip(reason)
    return Failure(reason) if done.returncode != 0 else None


def run(command, options=(), timeout=300, smp=False, recipe='build'):
    """Runs COMMAND on a freshly booted kernel; a harness.Result.

    OPTIONS are tools/with-kernel's, RECIPE the kernel's that they lead to. A kernel that warned is a
    Failure, as is one that did not boot.
    """
    need_kernel('build-smp' if smp else recipe)
    words = [WITH_KERNEL, '--strict', '--timeout', timeout, *(['--smp'] if smp else []), *options]
    result = harness.run([*words, *command], timeout + 60, harness.Place().env())
    said = [line for line in result.err.splitlines() if line.startswith('with-kernel: ')]
    if result.status == STRICT_EXIT:
        warnings = result.err.splitlines()
        raise Failure('the kernel warned: ' + ' | '.join(warnings[-6:-1]))
    if said:
        raise Failure(said[-1])
    return result
