# SPDX-License-Identifier: MIT
"""The PKGBUILDs: read by bash, their functions run in makepkg's stead, what they pack looked at."""

import re
import shutil

import harness
from packages import Scratch, binaries, copy_of_tree, deb
from suite import check, test

FOLDERS = ('arch', 'arch-git')
VERSION = re.compile(r'^pkgver=(.*)$', re.M)
# What makepkg does, without its checks: each package function has a $pkgname and $pkgdir of its own.
# Nothing is compiled: what meson would install is what the Debian packages hold.
MAKEPKG = r'''
set -eu
arch-meson() { [ "$*" = '. build -D tools=true' ] && [ -f meson.build ] && touch ../configured; }
meson() {
    case "$1 ${*: -2:1}" in
    'compile -C') touch ../compiled ;;
    'install --destdir') mkdir -p "${*: -1}" && cp -a "$whole/." "${*: -1}" ;;
    *) return 1 ;;
    esac
}
srcdir=$1 whole=$3
. "$2"
cd "$srcdir"
(build)
[ -e configured ] && [ -e compiled ]
packages=("${pkgname[@]}")
for name in "${packages[@]}"; do
    (
        unset pkgname
        pkgname=$name pkgdir=$srcdir/pkg/$name
        mkdir -p "$pkgdir"
        "package_$name"
    )
done
left=$(find "$srcdir/whole" ! -type d)
[ -z "$left" ] || { echo "in no package: $left" >&2; exit 1; }
'''

def recipe(folder):
    return harness.ROOT / 'packaging' / folder / 'PKGBUILD'


@test('arch-recipes')
def recipes():
    """Both parse, shellcheck has nothing to say, and they build in the same way."""
    bodies = []
    for folder in FOLDERS:
        done = harness.run(['bash', '-n', recipe(folder)], 30)
        check(done.status == 0, f'{folder}: {done.err}')
        if not harness.need('shellcheck'):
            done = harness.run(['shellcheck', recipe(folder)], 60)
            check(done.status == 0, f'{folder}: {done.out[:600]}')
        text = recipe(folder).read_text()
        bodies.append(re.search(r'^_take\(\) \{$.*?^\}$', text, re.M | re.S).group()
                      .replace('$pkgbase-$pkgver', 'v4l2-vaapi-driver'))
    check(bodies[0] == bodies[1], 'the recipes pack in different ways')


@test('arch-pkgver')
def pkgver():
    """The version of a commit: that of meson.build, how many commits there are, which one it is."""
    with Scratch() as directory:
        copy_of_tree(directory / 'v4l2-vaapi-driver')
        done = harness.run(['bash', '-euc', f'. {recipe("arch-git")}; cd {directory}; pkgver'], 30)
        check(re.fullmatch(r'\d+\.\d+\.\d+\.r1\.g[0-9a-f]{7}', done.out), f'{done.out}{done.err}')
    return done.out


def installation(directory):
    """What `meson install` would leave on Arch Linux, out of the Debian packages."""
    for package in binaries(deb()).values():
        done = harness.run(['dpkg-deb', '-x', package, directory], 60)
        check(done.status == 0, done.why())
    shutil.rmtree(directory / 'usr' / 'share' / 'doc')
    shutil.rmtree(directory / 'usr' / 'share' / 'lintian', ignore_errors=True)
    triplet = next((directory / 'usr' / 'lib').iterdir())
    for folder in list(triplet.iterdir()):
        folder.rename(triplet.parent / folder.name)
    triplet.rmdir()


@test('arch-build', slow=True)
def build():
    """build() and each package function: every file of the installation is in just one package."""
    with Scratch() as directory:
        installation(directory / 'made')
        for folder in FOLDERS:
            source = directory / folder
            names = {'arch': 'v4l2-vaapi-driver-' + VERSION.search(recipe('arch').read_text()).group(1),
                     'arch-git': 'v4l2-vaapi-driver'}
            (source / names[folder]).mkdir(parents=True)
            for name in ('LICENSE', 'meson.build'):
                shutil.copy2(harness.ROOT / name, source / names[folder])
            done = harness.run(['bash', '-c', MAKEPKG, 'makepkg', source, recipe(folder),
                                directory / 'made'], 120)
            check(done.status == 0, f'{folder}: {done.why(300)}')
            check_packed(source / 'pkg', '-git' if folder == 'arch-git' else '')
    return ' '.join(FOLDERS)


def check_packed(folder, suffix):
    found = {package.name: {str(path.relative_to(package)) for path in package.rglob('*')
                            if path.is_symlink() or path.is_file()} for package in folder.iterdir()}
    wanted = {
        'v4l2-vaapi-driver': {'usr/lib/dri/v4l2_request_drv_video.so',
                              'usr/lib/dri/panfrost_drv_video.so'},
        'v4l2va-info': {'usr/bin/v4l2va-info'},
        'v4l2va-virtual': {'usr/bin/v4l2va-with-virtual', 'usr/bin/v4l2va-conformance',
                           'usr/lib/v4l2va/virtual/libv4l2va-virtual.so'},
    }
    check(set(found) == {name + suffix for name in wanted}, f'packages: {sorted(found)}')
    for name, files in wanted.items():
        packed = found[name + suffix]
        check(files <= packed, f'{name}: {sorted(packed)}')
        check(f'usr/share/licenses/{name}{suffix}/LICENSE' in packed, f'{name}: no licence')
