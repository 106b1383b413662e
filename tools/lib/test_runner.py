# SPDX-License-Identifier: MIT
"""The part of test.sh after the set-up: builds, then runs every kind of test, and counts."""

import argparse
import concurrent.futures
import json
import os
import re
import subprocess
import sys
import time

import arm
import harness
from building import CCACHE_SETTINGS, compile_tree, follow
from results import Results

ROOT, OUT = harness.ROOT, harness.OUT
GCC, ASAN = 'build', 'build-asan'
CLANG = 'clang++-14'


def sanitizers():
    """Options of meson for CLANG. The run-time library is a shared one: tools/with-virtual loads it
    into programs that know nothing of it."""
    found = subprocess.run([CLANG, '-print-runtime-dir'], capture_output=True, text=True,
                           check=False)
    return ['-Dtests=true', '-Db_sanitize=address,undefined', '-Db_lundef=false',
            '-Doptimization=1', '-Ddebug=false', '-Dcpp_args=-g1 -shared-libasan',
            f'-Dcpp_link_args=-shared-libasan -Wl,-rpath,{found.stdout.strip()}']


BUILDS = {  # name of the test: (directory, compiler, options of meson, slow)
    'build/gcc': (GCC, 'g++', lambda: ['-Dtests=true', '-Ddebug=false'], False),
    'build/asan': (ASAN, CLANG, sanitizers, True),
}
MESON_KINDS = ('api', 'fuzz', 'virtual', 'unit')  # the first that its name or suite contains
KERNELS = {  # name of the test: (recipe in kernel-lab/, slow)
    'build/kernel': ('build', False),
    'build/kernel-smp': ('build-smp', True),
    'build/kernel-boards': ('build-boards', True),
}
# Minutes of one processor.
SLOW_MESON = ('unit/pixel-every-size',)
# They compile all once more, with a package's options: minutes, only when --only is there.
PACKAGES = ('deb-', 'arch-build', 'fresh-machine')
MESON_TIMEOUT, CLIENTS_TIMEOUT, KERNEL_TIMEOUT, LINT_TIMEOUT = 900, 1800, 1500, 300
PACKAGING_TIMEOUT = 7200


def environment(compiler):
    return dict(os.environ, **CCACHE_SETTINGS,
                CXX=compiler if harness.need('ccache') else f'ccache {compiler}')


def meson_names(directory):
    """[(name for us, name for meson)] of the tests that meson knows in a build."""
    listed = subprocess.run(['meson', 'introspect', '--tests', str(ROOT / directory)],
                            capture_output=True, text=True, check=False)
    if listed.returncode != 0:
        return []
    names = []
    for test in json.loads(listed.stdout):
        words = f'{test["name"]} {" ".join(test.get("suite", []))}'
        kind = next((kind for kind in MESON_KINDS if re.search(rf'\b{kind}\b', words)), 'unit')
        short = re.sub(r'[^\w.-]+', '-', test['name'])
        short = short.removeprefix(f'{kind}-')
        names.append((f'{kind}/{short}', test['name']))
    return names


def sanitized_names():
    """meson_names() of what the sanitized build has: it is not for the virtual decoder, and too slow
    for all sizes of pictures."""
    return [(ours, name) for ours, name in meson_names(GCC)
            if not ours.startswith(('virtual/', 'unit/pixel-every-size'))]


def run_meson(results, directory, wanted, prefix='', extra_env=None):
    """Runs meson tests WANTED, [(our name, meson's name)], two at a time."""
    log = OUT / f'{directory}-tests'
    report = ROOT / directory / 'meson-logs' / f'{log.name}.json'
    report.unlink(missing_ok=True)
    command = ['meson', 'test', '-C', str(ROOT / directory), '--no-rebuild', '--print-errorlogs',
               '--timeout-multiplier', '4', '--logbase', log.name, *[name for _, name in wanted]]
    env = dict(os.environ, V4L2VA_BUILD=str(ROOT / directory),
               UBSAN_OPTIONS='halt_on_error=1:print_stacktrace=1', **(extra_env or {}))
    finished = harness.run(command, MESON_TIMEOUT, env=env, cwd=ROOT)
    entries = {}
    if report.is_file():
        for line in report.read_text(errors='replace').splitlines():
            entry = json.loads(line)
            entries[entry['name'].split(' / ')[-1]] = entry
    for ours, name in wanted:
        entry = entries.get(name)
        if entry is None:
            results.add(prefix + ours, 'FAIL', None, finished.why() or 'meson did not run it')
            continue
        verdict = {'OK': 'PASS', 'EXPECTEDFAIL': 'PASS', 'SKIP': 'SKIP'}.get(entry['result'],
                                                                             'FAIL')
        text = f'{entry.get("stdout", "")}\n{entry.get("stderr", "")}'
        count = re.findall(r'\[  PASSED  \] (\d+) test', text)
        reason = f'{count[-1]} cases' if count else ''
        if verdict == 'FAIL':
            lines = re.findall(r'^.*(?:\[  FAILED  \]|Failure|AddressSanitizer|runtime error).*$',
                               text, re.M)
            for line in lines[:12]:
                print(f'    {line}')
            reason = f'{entry["result"]}; all of it: {directory}/meson-logs/{log.name}.txt'
        results.add(prefix + ours, verdict, entry.get('duration'), reason)


def arm_names(cross):
    """The tests of a build for ARM, as test.sh calls them."""
    units = [f'{cross.arch}/{ours}' for ours, _ in meson_names(cross.directory) or meson_names(GCC)
             if cross.wants(ours)]
    clients = [f'{cross.arch}/{name}' for name in cross.clients()]
    return [f'{cross.arch}/build', *units, *clients]


def run_arm(results, cross, only):
    """Builds for ARM and runs the tests of that build whose names match ONLY."""
    start = time.monotonic()
    print(f'building {cross.directory}', flush=True)
    result, reason = cross.find_sysroot()
    if result == 'PASS':
        worked, reason = cross.build()
        result = 'PASS' if worked else 'FAIL'
    results.add(f'{cross.arch}/build', result, time.monotonic() - start, reason)
    if result != 'PASS':
        return
    tests = [(ours, name) for ours, name in meson_names(cross.directory)
             if cross.wants(ours) and only.search(f'{cross.arch}/{ours}')]
    if tests:
        run_meson(results, cross.directory, tests, f'{cross.arch}/',
                  {'GTEST_FILTER': f'-{":".join(arm.NOT_UNDER_QEMU)}'})
    for name, client in cross.clients().items():
        if not only.search(f'{cross.arch}/{name}'):
            continue
        start = time.monotonic()
        try:
            result, reason = 'PASS', client()
        except RuntimeError as error:
            result, reason = 'FAIL', str(error)
        results.add(f'{cross.arch}/{name}', result, time.monotonic() - start, reason)


def run_rows(results, names, command, timeout):
    """Runs a runner that prints `PASS|FAIL|SKIP  name ...` rows; prints and counts them as ours.

    NAMES, as we call them, all of one kind: one without a row has failed.
    """
    prefix = names[0].split('/', 1)[0] + '/'
    missing = dict.fromkeys(names)
    start = time.monotonic()
    process = subprocess.Popen([str(word) for word in command], stdin=subprocess.DEVNULL,
                               stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                               errors='replace', cwd=ROOT)
    for line in process.stdout:
        row = re.match(r'(PASS|FAIL|SKIP)  (\S+)(?:  ([\d.]+) s)?(?:  (.*))?$', line.rstrip('\n'))
        if row:
            missing.pop(prefix + row.group(2), None)
            results.add(prefix + row.group(2), row.group(1),
                        float(row.group(3)) if row.group(3) else None, row.group(4) or '')
        elif not re.match(r'\d+ passed, \d+ failed', line):
            print(f'    {line.rstrip()}', flush=True)
        if time.monotonic() - start > timeout:
            process.terminate()
            break
    process.wait()
    for name in missing:
        results.add(name, 'FAIL', None, f'not run after {time.monotonic() - start:.0f} s')


def build_kernels(results, names):
    """All at once: half of what the smaller one does, and the start of the other, is serial."""
    def build(name):
        start = time.monotonic()
        result, _, reason = follow(ROOT / 'kernel-lab' / KERNELS[name][0])
        return name, result, time.monotonic() - start, reason
    with concurrent.futures.ThreadPoolExecutor(len(names)) as pool:
        for row in pool.map(build, names):
            results.add(*row)


def listed(command):
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True,
                          cwd=ROOT, check=False)
    return done.stdout.split()


def exact(names):
    return [f'^{re.escape(name)}$' for name in names]


def main():
    parser = argparse.ArgumentParser(prog='test.sh', usage='./test.sh [--only REGEX] [--list] '
                                     '[--quick] [--arch ARCH]', add_help=False)
    parser.add_argument('--only', default='')
    parser.add_argument('--list', action='store_true')
    parser.add_argument('--quick', action='store_true')
    parser.add_argument('--arch', choices=arm.ARCHITECTURES)
    arguments = parser.parse_args()
    try:
        only = re.compile(arguments.only)
    except re.error as error:
        parser.error(f'--only {arguments.only}: {error}')
    OUT.mkdir(exist_ok=True)

    def wants(names):
        return [name for name in names if only.search(name)]

    if arguments.arch:
        cross = arm.Cross(arguments.arch, short=False)
        if arguments.list:
            print('\n'.join(wants(arm_names(cross))))
            return 0
        results = Results()
        run_arm(results, cross, only)
        return results.finish()

    quick = ['--quick'] if arguments.quick else []
    client_command = [ROOT / 'tests/clients/run', *quick]
    packaging_command = [ROOT / 'tests/packaging/run', *quick]
    packaging = wants(f'packaging/{name}' for name in listed([*packaging_command, '--list'])
                      if arguments.only or arguments.list or not name.startswith(PACKAGES))
    kernel_command = [ROOT / 'tests/kernel/run', *quick]
    kernel = wants(f'kernel/{name}' for name in listed([*kernel_command, '--list']))
    kernels = wants(name for name, recipe in KERNELS.items() if not (quick and recipe[1]))
    lints = wants(f'lint/{name}' for name in listed([ROOT / 'tests/lint/run', '--list']))
    builds = [name for name, build in BUILDS.items() if not (arguments.quick and build[3])]

    # The names of the meson tests are known once there is a configured build.
    results = Results()
    built = {}

    def build(name, show):
        if name not in built:
            print(f'building {BUILDS[name][0]}', flush=True)
            start = time.monotonic()
            directory, compiler, options, _ = BUILDS[name]
            with results.group(name):
                worked, reason = compile_tree(directory, options(), environment(compiler))
            built[name] = worked
            if show or not worked:  # a failed build is never left out of the count
                results.add(name, 'PASS' if worked else 'FAIL', time.monotonic() - start, reason)
        return built[name]

    def gcc_names():
        return [(ours, name) for ours, name in meson_names(GCC)
                if not (arguments.quick and ours.startswith(SLOW_MESON))]

    def client_names():
        """Asked once the build is there: the virtual decoder names its machines itself."""
        return wants(f'clients/{name}' for name in listed([*client_command, '--list']))

    cross = arm.Cross(arm.DEFAULT, short=True)

    def cross_names():
        return [] if arguments.quick else arm_names(cross)

    if arguments.list:
        if not (ROOT / GCC / 'build.ninja').is_file():
            build('build/gcc', show=False)
        meson = [name for name, _ in gcc_names()]
        again = [f'asan/{name}' for name, _ in sanitized_names() if 'build/asan' in builds]
        meson += again + cross_names()
        for name in wants([*builds, *meson]) + kernels + lints + packaging + client_names() + kernel:
            print(name)
        return 0

    build('build/gcc', show=bool(wants(['build/gcc'])))
    clients = client_names() if built['build/gcc'] else []
    if built['build/gcc']:
        tests = [(ours, name) for ours, name in gcc_names() if only.search(ours)]
        if tests:
            with results.group('unit to api'):
                run_meson(results, GCC, tests)
    if lints:
        with results.group('lint'):
            run_rows(results, lints,
                     [ROOT / 'tests/lint/run', *[name.split('/', 1)[1] for name in lints]],
                     LINT_TIMEOUT)
    for name in wants(builds):
        build(name, show=True)
    if 'build/asan' in builds:
        names = [(ours, name) for ours, name in sanitized_names()
                 if only.search(f'asan/{ours}')]
        needed = names or any('asan' in name for name in clients)
        if needed and build('build/asan', show=False) and names:
            with results.group('asan'):
                run_meson(results, ASAN, names, 'asan/')
    if wants(cross_names()):
        with results.group(cross.arch):
            run_arm(results, cross, only)
    if clients and built['build/gcc']:
        with results.group('clients'):
            run_rows(results, clients,
                     [*client_command, *exact(name.split('/', 1)[1] for name in clients)],
                     CLIENTS_TIMEOUT)
    if packaging and built['build/gcc']:
        with results.group('packaging'):
            run_rows(results, packaging,
                     [*packaging_command, *exact(name.split('/', 1)[1] for name in packaging)],
                     PACKAGING_TIMEOUT)
    if kernels:
        with results.group('kernels'):
            build_kernels(results, kernels)
    if kernel and built['build/gcc']:
        with results.group('kernel'):
            run_rows(results, kernel,
                     [*kernel_command, *exact(name.split('/', 1)[1] for name in kernel)],
                     KERNEL_TIMEOUT)
    return results.finish()


if __name__ == '__main__':
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
