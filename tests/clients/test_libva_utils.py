# SPDX-License-Identifier: MIT
"""libva-utils' own test suite (test_va_api), when its source tree is given; nothing is fetched."""

import hashlib
import os
import re
import threading
from pathlib import Path

import harness
from framework import Skip, add, asan_build, check, place, run_reported

PERSONALITIES = ('hantro', 'hantro-av1', 'rkvdec', 'vdpu381', 'cedrus', 'visl', 'mt8195', 'rpi-hevc')
_building = threading.Lock()


def suite():
    """The program, built on first use from the tree that LIBVA_UTILS_SRC names."""
    source = os.environ.get('LIBVA_UTILS_SRC')
    if not source:
        raise Skip('LIBVA_UTILS_SRC names no source tree of libva-utils')
    tree = Path(source).resolve()
    check((tree / 'test' / 'meson.build').is_file(), f'{tree} is no source tree of libva-utils')
    missing = harness.need('meson', 'ninja')
    if missing:
        raise Skip(f'{missing} is not installed')
    key = hashlib.sha256(str(tree).encode()).hexdigest()[:8]
    build = harness.OUT / f'libva-utils-{key}'
    with _building:
        if not (build / 'build.ninja').is_file():
            result = harness.run(['meson', 'setup', '-Dtests=true', '-Dx11=false',
                                  '-Dwayland=false', build, tree], 120)
            check(result.status == 0, f'meson: {result.why()}')
        result = harness.run(['ninja', '-C', build, 'test/test_va_api'], 600)
        check(result.status == 0, f'ninja: {result.why()}')
    return build / 'test' / 'test_va_api'


def passes(personality, where=None, timeout=300):
    program = suite()
    result, _ = run_reported([program], ('--strict', '--personality', personality), timeout,
                             where or place())
    failed = re.findall(r'^\[ +FAILED +\] (\S+?),? .*\(\d+ ms\)$', result.out, re.M)
    check(not failed, f'{len(failed)} failed, {failed[:1]}')
    check(result.status == 0, result.why())
    ran = re.search(r'^\[=+\] (\d+) tests .* ran', result.out, re.M)
    skipped = result.out.count('[ SKIPPED ]')
    check(ran and int(ran.group(1)) > skipped > 0, f'{ran and ran.group(1)} ran, {skipped} skipped')


for name in PERSONALITIES:
    add(f'libva-utils-{name}', lambda name=name: passes(name), slow=True)
add('asan-libva-utils',
    lambda: passes('hantro', harness.Place(build=asan_build()), timeout=600), slow=True)
