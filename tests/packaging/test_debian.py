# SPDX-License-Identifier: MIT
"""The Debian packages: what is in them, lintian, twice the same, and a minimal system with them."""

import hashlib
import re

import harness
from packages import BUILD, BUILD_TIMEOUT, Scratch, binaries, deb, files_of, follow
from suite import Skip, check, test

CHROOT_TEST = harness.ROOT / 'packaging' / 'chroot-test'
NAMES = harness.ROOT / 'src' / 'va' / 'drm_names.tsv'
RUN_TIME = {'libc6', 'libgcc-s1', 'libstdc++6'}


def field(package, name):
    return harness.run(['dpkg-deb', '-f', package, name], 30).out.strip()


@test('deb-contents', slow=True)
def contents():
    """Each package has what it is for; the driver needs no library but the compiler's."""
    found = binaries(deb())
    check({'v4l2-request-va-driver', 'v4l2va-info'} <= set(found), f'packages: {sorted(found)}')
    driver = files_of(found['v4l2-request-va-driver'])
    names = [line.split('\t')[0] for line in NAMES.read_text().splitlines()
             if line and not line.startswith('#')]
    links = {path.rsplit('/', 1)[1]: target for path, (_, target) in driver.items() if target}
    wanted = {f'{name}_drv_video.so': 'v4l2_request_drv_video.so' for name in names}
    check(links == wanted, f'links: {links}')
    depends = {word.split()[0] for word in field(found['v4l2-request-va-driver'], 'Depends').split(',')}
    abi = {word for word in depends if word.startswith('libva-driver-abi-')}
    check(len(abi) == 1 and depends - abi <= RUN_TIME, f'the driver depends on {depends}')
    check(field(found['v4l2-request-va-driver'], 'Multi-Arch') == 'same', 'Multi-Arch of the driver')
    info = files_of(found['v4l2va-info'])
    check({'usr/bin/v4l2va-info', 'usr/share/man/man1/v4l2va-info.1.gz'} <= set(info),
          f'v4l2va-info: {sorted(info)}')
    if 'v4l2va-virtual' in found:
        depends = field(found['v4l2va-virtual'], 'Depends')
        check(re.search(r'libavcodec\d+', depends) and re.search(r'libdav1d\d+', depends),
              f'the virtual decoder depends on {depends}')
        check('usr/bin/v4l2va-with-virtual' in files_of(found['v4l2va-virtual']), 'v4l2va-virtual')
    return ', '.join(f'{name} {path.stat().st_size // 1024} kB' for name, path in found.items())


@test('deb-lintian', slow=True)
def lintian():
    """No error and no warning, in the source package nor in the others."""
    folder = deb()
    if harness.need('lintian'):
        raise Skip('no lintian')
    changes = next(folder.glob('*.changes'))
    done = harness.run(['lintian', '--allow-root', '--fail-on', 'none', '--display-info', '--pedantic',
                        changes], 300)
    rows = re.findall(r'^([EWIP]): (\S+)(?: source)?: (\S+)(.*)$', done.out, re.M)
    bad = [' '.join(row) for row in rows if row[0] in 'EW']
    check(not bad, f'{len(bad)} findings: {"; ".join(bad[:8])}')
    check(done.status in (0, 1), f'lintian: {done.why()}')
    counts = {kind: sum(row[0] == kind for row in rows) for kind in 'EWIP'}
    return ', '.join(f'{count} {kind}' for kind, count in counts.items())


@test('deb-reproducible', slow=True)
def reproducible():
    """The same packages, to the byte, from another folder at another time."""
    first = deb()
    with Scratch() as directory:
        second = directory / 'somewhere' / 'else'
        follow([BUILD, 'deb', '--nocheck', '--output', second], BUILD_TIMEOUT)
        hashes = []
        for folder in (first, second):
            hashes.append({path.name: hashlib.sha256(path.read_bytes()).hexdigest()
                           for suffix in ('deb', 'orig.tar.xz', 'debian.tar.xz')
                           for path in folder.glob(f'*.{suffix}')})
        check(hashes[0].keys() == hashes[1].keys(), f'{sorted(hashes[0])}, {sorted(hashes[1])}')
        differ = [name for name in hashes[0] if hashes[0][name] != hashes[1][name]]
        check(not differ, f'not the same: {differ}')
    return f'{len(hashes[0])} files'


@test('deb-chroot', slow=True)
def chroot():
    """In a minimal system libva finds the driver with nothing set, and v4l2va-info works."""
    done = follow([CHROOT_TEST, deb()], 900)
    check('test vainfo: passed' in done.out and 'test info: passed' in done.out, done.out[-300:])
    return done.out.splitlines()[0]
