# SPDX-License-Identifier: MIT
"""What `meson install` puts where, and that libva finds it without being told."""

import os
import shutil
import tempfile
from pathlib import Path

import harness
from framework import check, place, test

MODULE = 'v4l2_request_drv_video.so'
NAMES = harness.ROOT / 'src' / 'va' / 'drm_names.tsv'


def drm_names():
    """The first column of the table of names."""
    lines = NAMES.read_text(encoding='utf-8').splitlines()
    return [line.split('\t')[0] for line in lines if line and not line.startswith('#')]


def vainfo(where, name, directory):
    """vainfo as on a board: a node of that DRM driver, and no LIBVA_DRIVER_NAME."""
    env = where.env({'LIBVA_DRIVERS_PATH': str(directory)})
    env.pop('LIBVA_DRIVER_NAME', None)
    command = ['vainfo', '--display', 'drm', '--device', harness.NODE]
    options = ['--no-driver-name', '--drm-name', name]
    return harness.run(where.command(command, options), 30, env)


def check_installed(root, where):
    module = next(root.rglob(MODULE), None)
    check(module, f'no {MODULE} is installed')
    check((root / 'usr' / 'local' / 'bin' / 'v4l2va-info').is_file() or
          next(root.rglob('bin/v4l2va-info'), None), 'no v4l2va-info is installed')
    check(next(root.rglob('man1/v4l2va-info.1*'), None), 'no manual page is installed')
    names = drm_names()
    check(len(names) > 10 and len(set(names)) == len(names), f'the table of names: {names}')
    links = {path.name for path in module.parent.iterdir() if path.is_symlink()}
    check(links == {f'{name}_drv_video.so' for name in names}, f'links: {sorted(links)}')
    for name in names:
        target = os.readlink(module.parent / f'{name}_drv_video.so')
        check(target == MODULE, f'{name}: the link leads to {target}')
        result = vainfo(where, name, module.parent)
        check(result.status == 0, f'{name}: {result.why()}')
        check('v4l2-vaapi-driver' in result.out, f'{name}: another driver answers')
        check(harness.parse_profiles(result.out), f'{name}: no profile')
    check(vainfo(where, 'nobody', module.parent).status != 0, 'a name that is not linked is found')
    return f'{len(names)} names'


@test('install')
def install():
    """Every name of the table leads libva to the module; uninstalling leaves no file behind."""
    where = place()
    log = where.build / 'meson-logs' / 'install-log.txt'  # what `ninja uninstall` would remove
    with tempfile.TemporaryDirectory(prefix='v4l2va-client-') as directory:
        root = Path(directory) / 'root'
        kept = Path(directory) / 'install-log.txt'
        if log.exists():
            shutil.copy2(log, kept)
        try:
            done = harness.run(['meson', 'install', '-C', where.build, '--no-rebuild', '--quiet',
                                '--destdir', root], 120)
            check(done.status == 0, f'meson install: {done.why()}')
            figures = check_installed(root, where)
            undone = harness.run(['meson', '--internal', 'uninstall'], 60, cwd=where.build)
            check(undone.status == 0, f'uninstall: {undone.why()}')
            left = [path.name for path in root.rglob('*') if path.is_symlink() or path.is_file()]
            check(not left, f'uninstall leaves {left}')
        finally:
            if kept.exists():
                shutil.copy2(kept, log)
            else:
                log.unlink(missing_ok=True)
    return figures
