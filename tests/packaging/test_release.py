# SPDX-License-Identifier: MIT
"""packaging/release: what it refuses, and that its archive is the commit's files, always the same."""

import hashlib
import re
import tarfile

import harness
from packages import Scratch, copy_of_tree
from suite import check, test


def version():
    return re.search(r"^  version: '(.*)',$", (harness.ROOT / 'meson.build').read_text(), re.M).group(1)


def release(tree, *words, status=0):
    done = harness.run([tree / 'packaging' / 'release', *words], 120)
    check(done.status == status, f'release {" ".join(map(str, words))}: exit {done.status}, not '
          f'{status}: {done.err.strip()[-200:]}')
    return done.out + done.err


@test('release')
def archive():
    number = version()
    with Scratch() as directory:
        tree = directory / 'tree'
        git = copy_of_tree(tree)
        hashes = set()
        for name in ('one', 'two'):
            said = release(tree, '--output', directory / name, number)
            file = directory / name / f'v4l2-vaapi-driver-{number}.tar.xz'
            digest = hashlib.sha256(file.read_bytes()).hexdigest()
            check(digest in said and f'git tag -s v{number}' in said, said)
            check(digest in file.with_name(file.name + '.sha256').read_text(), 'the .sha256')
            hashes.add(digest)
        check(len(hashes) == 1, 'two archives of one commit differ')
        with tarfile.open(file) as packed:
            inside = {member.name.split('/', 1)[1] for member in packed if not member.isdir()}
        known = set(harness.run([*git, 'ls-files'], 60).out.split())
        check(inside == known, f'not the files of the commit: {sorted(inside ^ known)[:5]}')
        check(harness.run([*git, 'tag'], 60).out == '', 'it made a tag')

        check('NUMBER' in release(tree, '--help'), '--help')
        release(tree, '1.2', status=2)
        check('meson.build' in release(tree, '99.0.0', status=1), 'another version')
        (tree / 'new').write_text('')
        check('not committed' in release(tree, number, status=1), 'a dirty tree')
        (tree / 'new').unlink()
        release(tree, '--set', '99.0.0')
        harness.run([*git, 'commit', '-q', '-a', '-m', 'test: version'], 60)
        check('NEWS' in release(tree, '99.0.0', status=1), 'NEWS of another version')
        changelog = (tree / 'packaging' / 'debian' / 'changelog').read_text()
        check(changelog.startswith('v4l2-vaapi-driver (99.0.0-1)'), 'the changelog')
        news = (tree / 'NEWS').read_text()
        (tree / 'NEWS').write_text(news.replace(f'\n{number}\n', f'\n99.0.0\n\n{number}\n'))
        harness.run([*git, 'commit', '-q', '-a', '-m', 'test: news'], 60)
        release(tree, '--output', directory / 'three', '99.0.0')
    return f'{len(known)} files'
