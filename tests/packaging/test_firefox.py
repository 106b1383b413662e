# SPDX-License-Identifier: MIT
"""packaging/firefox: the edit of the sandbox, on small files of the same structure, and what it lets in."""

import os
import shutil
import tempfile
from pathlib import Path

import firefox_like
import harness
import machines
from suite import Skip, check, test

SCRIPT = harness.ROOT / 'packaging' / 'firefox' / 'allow-stateless-decoding'
BROKER, FILTER = firefox_like.BROKER, firefox_like.FILTER


def edit(source, *options, status=0):
    done = harness.run([SCRIPT, *options, source], 30)
    check(done.status == status,
          f'{" ".join(options) or "apply"}: exit {done.status}, not {status}: {done.out}{done.err}')
    return done.out + done.err


def tree(directory, changes=()):
    """A tree of that structure; CHANGES: (file, old text, new text)."""
    source = Path(directory) / 'source'
    firefox_like.write(source)
    for file, old, new in changes:
        text = (source / file).read_text()
        check(old in text, f'{old!r} is not in the fixture')
        (source / file).write_text(text.replace(old, new))
    return source


def contents(source):
    return {file: (source / file).read_bytes() for file in (BROKER, FILTER)}


def check_cycle(source):
    """Applied once, found applied, not applied twice, reverted to the last byte."""
    before = contents(source)
    check('can be applied' in edit(source, '--check', status=1), '--check before')
    edit(source)
    after = contents(source)
    check(all(before[file] != after[file] for file in before), 'a file is unchanged')
    check('applied' in edit(source, '--check'), '--check after')
    edit(source)
    check(contents(source) == after, 'applying twice changes something')
    edit(source, '--revert')
    check(contents(source) == before, 'reverting leaves something')
    edit(source, '--revert')
    check(contents(source) == before, 'reverting twice changes something')
    edit(source)


@test('firefox-edit')
def firefox_edit():
    """Apply, check, apply again, revert."""
    with tempfile.TemporaryDirectory(prefix='v4l2va-packaging-') as directory:
        check_cycle(tree(directory))


@test('firefox-refuses')
def firefox_refuses():
    """A tree that is not as expected is left as it is, and the message says in what."""
    wrong = {
        'no GL line': [(BROKER, '  AddGLDependencies(policy.get());\n  // RDD\n', '')],
        'two policies': [(BROKER, '}  // namespace mozilla\n',
                          firefox_like.RDD_POLICY + '}  // namespace mozilla\n')],
        'no RDD filter': [(FILTER, 'class RDDSandboxPolicy final', 'class OtherPolicy final')],
        'no DRM line': [(FILTER, 'return If(shifted_type == kDrmType, Allow())',
                         'return If(false, Allow())')],
        'no request': [(FILTER, 'Arg<unsigned long> request(1);', 'Arg<int> wanted(1);')],
        'no rdwr': [(BROKER, 'static const int rdwr = ', 'static const int both = ')],
        'begin without end': [(FILTER, '}  // namespace mozilla\n',
                               '// v4l2-vaapi-driver: begin\n}  // namespace mozilla\n')],
    }
    for name, changes in wrong.items():
        with tempfile.TemporaryDirectory(prefix='v4l2va-packaging-') as directory:
            source = tree(directory, changes)
            before = contents(source)
            said = edit(source, status=3)
            check('not done' in said and '.cpp' in said, f'{name}: says {said}')
            check(contents(source) == before, f'{name}: changed the tree')
            edit(source, '--check', status=3)
    with tempfile.TemporaryDirectory(prefix='v4l2va-packaging-') as directory:
        check('Firefox source tree' in edit(directory, status=3), 'an empty folder')
        source = tree(directory)
        edit(source)
        text = (source / FILTER).read_text().replace('Requests of stateless', 'Requests of other')
        (source / FILTER).write_text(text)
        check('--revert first' in edit(source, status=3), 'an edit of another version')
        edit(source, '--revert')
        edit(source, '--check', status=1)
    return f'{len(wrong) + 2} trees'


def compile_tree(source, directory):
    """The program that prints what the policies of the tree let in."""
    program = Path(directory) / 'policies'
    done = harness.run(['g++', '-std=c++20', '-Wall', '-Wextra', '-Werror', '-Wno-unused-parameter',
                        f'-I{source / "stubs"}', source / BROKER, source / FILTER,
                        source / 'stubs' / 'main.cpp', '-o', program], 120)
    check(done.status == 0, f'the edited files do not compile: {done.err[:600]}')
    return program


@test('firefox-policies')
def firefox_policies():
    """Compiled and run on machines of the virtual decoder: decoders get in, nothing else does."""
    if harness.need('g++'):
        raise Skip('no g++')
    figures = []
    with tempfile.TemporaryDirectory(prefix='v4l2va-packaging-') as directory:
        source = tree(directory)
        edit(source)
        program = compile_tree(source, directory)
        done = harness.run([program, 'ioctls'], 30)
        check(done.status == 0, f'ioctls: {done.out}{done.err}')
        wanted = {}
        for decoder in machines.decoders('machine'):
            wanted.setdefault(decoder.name, set()).add(f'/dev/{decoder.node}')
        for machine, nodes in wanted.items():
            place = harness.Place(options=('--machine', machine))
            done = harness.run(place.command([program, 'files']), 30, place.env())
            check(done.status == 0, f'{machine}: {done.why()}')
            rows = [line.split() for line in done.out.splitlines()]
            rdd = {path: mode for policy, mode, path in rows if policy == 'rdd'}
            others = [path for policy, _, path in rows if policy != 'rdd']
            check(rdd.pop('/dev') == 'r', f'{machine}: /dev')
            check(others == ['/dev/dri'], f'{machine}: other processes get {others}')
            check(rdd.pop('/dev/dri') == 'rw', f'{machine}: /dev/dri')
            check(set(rdd.values()) == {'rw'}, f'{machine}: {rdd}')
            video = {path for path in rdd if path.startswith('/dev/video')}
            media = {path for path in rdd if path.startswith('/dev/media')}
            check(video == nodes, f'{machine}: {sorted(video)}, the decoders are {sorted(nodes)}')
            check(media and video | media == set(rdd), f'{machine}: {sorted(rdd)}')
            figures.append(len(video))
        done = harness.run([program, 'files'], 30)
        here = [line for line in done.out.splitlines() if line.startswith('rdd')]
        if not list(Path('/dev').glob('media*')):
            check(here == ['rdd rw /dev/dri'], f'without a decoder: {here}')
    return f'{len(figures)} machines, {sum(figures)} decoders'


@test('firefox-source')
def firefox_source():
    """The same cycle on real source trees."""
    sources = [Path(name) for name in os.environ.get('FIREFOX_SRC', '').split(':') if name]
    if not sources:
        raise Skip('FIREFOX_SRC names no source tree')
    for source in sources:
        with tempfile.TemporaryDirectory(prefix='v4l2va-packaging-') as directory:
            for file in (BROKER, FILTER):
                (Path(directory) / file).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(source / file, Path(directory) / file)
            check_cycle(Path(directory))
    return f'{len(sources)} trees'


@test('firefox-recipes')
def firefox_recipes():
    """The recipes parse, and name the script that is there."""
    folder = SCRIPT.parent
    for name, shell in (('PKGBUILD', 'bash'), ('build-debian', 'sh')):
        done = harness.run([shell, '-n', folder / name], 30)
        check(done.status == 0, f'{name}: {done.err}')
        check('allow-stateless-decoding' in (folder / name).read_text(), f'{name}: no edit')
