# SPDX-License-Identifier: MIT
"""The project's own tools from outside: what they print, and how they end when used wrongly."""

import contextlib
import ctypes.util
import io
import os
import re
import sys
import tempfile
from pathlib import Path

import clips
import debian
import harness
import limits
import results
from framework import Skip, check, place, software, test

CONFORMANCE = harness.ROOT / 'tools' / 'conformance'
DEMO = harness.ROOT / 'demo.sh'


def one_line_error(command, status, words, env=None):
    result = harness.run(command, 300, {**os.environ, **(env or {})})
    lines = [line for line in result.err.splitlines() if line.strip()]
    name = Path(command[-1]).name
    check(result.status == status, f'{name}: status {result.status}, not {status}: {lines[-1:]}')
    check(len(lines) == 1, f'{name}: {len(lines)} lines on stderr: {lines[:3]}')
    check(words in lines[0], f'{name}: "{lines[0]}" does not say "{words}"')


def demo_env():
    return {'V4L2VA_DEMO_DEVICE': 'virtual', 'V4L2VA_BUILD': str(harness.Place().build)}


@test('demo-errors', slow=True)
def demo_errors():
    with tempfile.TemporaryDirectory(prefix='v4l2va-client-') as directory:
        folder = Path(directory)
        bad = clips.unplayable(folder)
        for file, status, words in ((bad['absent'], 2, 'no such file'),
                                    (folder, 2, 'not a regular file'),
                                    (bad['text'], 3, 'not a video'), (bad['empty'], 3, 'not a video'),
                                    (bad['noise'], 3, 'not a video'), (bad['sound'], 3, 'no video'),
                                    (bad['other codec'], 4, 'codec ffv1 is not supported')):
            one_line_error([DEMO, file], status, words, demo_env())


@test('demo-file', slow=True)
def demo_file():
    """A given file, with a name that is hard to handle."""
    with tempfile.TemporaryDirectory(prefix='v4l2va-client-') as directory:
        file = Path(directory) / "it's 50% done: [1].h264"
        file.write_bytes(clips.path('720p').read_bytes())
        result = harness.run([DEMO, file], 300, {**os.environ, **demo_env()})
        sheet = next((Path(line.split(': ', 1)[1]) for line in result.out.splitlines()
                      if line.startswith('contact sheet: ')), None)
        check(result.status == 0, result.why())
        frames = len(software(file))
        check(f'{frames} of {frames}' in result.out, 'the table does not count all frames')
        check(sheet and sheet.read_bytes()[:8] == b'\x89PNG\r\n\x1a\n', f'no contact sheet: {sheet}')
        sheet.unlink()


@test('conformance-errors')
def conformance_errors():
    one_line_error([sys.executable, CONFORMANCE, '/nonexistent.tsv'], 2, 'No such file')
    one_line_error([sys.executable, CONFORMANCE, DEMO], 2, 'not a manifest')


@test('conformance-verdicts')
def conformance_verdicts():
    """A right checksum passes; a wrong one, a missing file and damage fail; 4:4:4 is skipped.

    So with --real, to which a virtual decoder around it all is the machine's own.
    """
    with tempfile.TemporaryDirectory(prefix='v4l2va-client-') as directory:
        folder = Path(directory)
        (folder / 'clip.h264').write_bytes(clips.path('other-size').read_bytes())
        made = harness.run([*harness.FFMPEG, '-v', 'error', '-i', folder / 'clip.h264', '-f',
                            'md5', '-'])
        md5 = made.out.strip().partition('=')[2]
        head = ['file', 'codec', 'profile', 'width', 'height', 'frames', 'pix_fmt',
                'md5_of_all_frames_native_yuv', 'features']
        rows = [['clip.h264', 'h264', 'High', '176', '144', '30', 'yuv420p', md5, 'good'],
                ['clip.h264', 'h264', 'High', '176', '144', '30', 'yuv420p', '0' * 32, 'wrong'],
                ['absent.h264', 'h264', 'High', '176', '144', '30', 'yuv420p', md5, ''],
                ['clip.h264', 'h264', 'High 4:4:4 Predictive', '176', '144', '30', 'yuv444p', md5,
                 '']]
        table = folder / 'manifest.tsv'
        table.write_text('\n'.join('\t'.join(row) for row in [head, *rows]) + '\n')
        around = harness.Place().command([sys.executable, CONFORMANCE, '--real', table])
        for command in ([sys.executable, CONFORMANCE, table], around):
            result = harness.run(command, 120, harness.Place().env())
            results = [line.split()[0] for line in result.out.splitlines()]
            check(results[:4] == ['PASS', 'FAIL', 'FAIL', 'SKIP'], f'rows: {result.out}')
            check(result.out.splitlines()[-1] == '1 passed, 2 failed, 1 skipped',
                  'wrong last line')
            check(result.status == 1, f'status {result.status}')
        if not list(Path('/dev').glob('media*')):
            one_line_error([sys.executable, CONFORMANCE, '--real', table], 2, 'no decoder')


def manifest(folder, files, profile='High', pix_fmt='yuvj420p'):
    """A manifest of H.264 files with the checksums that the tool's help tells how to make."""
    rows = [['file', 'codec', 'profile', 'width', 'height', 'frames', 'pix_fmt',
             'md5_of_all_frames_native_yuv', 'features']]
    for file in files:
        made = harness.run([*harness.FFMPEG, '-v', 'error', '-flags', 'unaligned', '-i', file,
                            *harness.every_frame(), '-f', 'md5', '-'])
        check(made.status == 0, made.why())
        rows.append([file.name, 'h264', profile, '', '', '', pix_fmt,
                     made.out.strip().partition('=')[2], ''])
    table = folder / 'manifest.tsv'
    table.write_text('\n'.join('\t'.join(row) for row in rows) + '\n')
    return table


@test('conformance-full-range', slow=True)
def conformance_full_range():
    """No scaler changes a sample: of files that are to be turned, and where the range changes."""
    with tempfile.TemporaryDirectory(prefix='v4l2va-client-') as directory:
        folder = Path(directory)
        full, limited = clips.path('full-range'), clips.path('other-size')
        turned, changing, wrong = (folder / name for name in
                                   ('turned.mp4', 'changing.h264', 'wrong.h264'))
        made = harness.run([*harness.FFMPEG, '-v', 'error', '-r', '25', '-i', full, '-c', 'copy',
                            '-metadata:s:v', 'rotate=90', turned])
        check(made.status == 0, made.why())
        changing.write_bytes(limited.read_bytes() + full.read_bytes())
        wrong.write_bytes(changing.read_bytes())
        table = manifest(folder, [turned, changing, wrong])
        # Not what decoding gives.
        lines = table.read_text().splitlines()
        lines[-1] = re.sub('[0-9a-f]{32}', '0' * 32, lines[-1])
        table.write_text('\n'.join(lines) + '\n')
        result = harness.run([sys.executable, CONFORMANCE, table], 120, harness.Place().env())
        results = [line.split()[0] for line in result.out.splitlines()]
        check(results[:3] == ['PASS', 'PASS', 'FAIL'], f'rows: {result.out}')
        result = harness.run([DEMO, turned], 300, {**os.environ, **demo_env()})
        check(result.status == 0, f'demo of a turned file: {result.why()}')


@test('conformance-later-high10', slow=True)
def conformance_later():
    """H.264 High 10, which Debian 12's ffmpeg and libva do not know: skipped, and decoded by the later."""
    debian.later()
    with tempfile.TemporaryDirectory(prefix='v4l2va-client-') as directory:
        file = Path(directory) / 'high10.h264'
        file.write_bytes(clips.path('high10-crf').read_bytes())
        table = manifest(file.parent, [file], 'High 10', 'yuv420p10le')
        for client, verdict in (('ffmpeg', 'SKIP'), ('ffmpeg-later', 'PASS')):
            result = harness.run([sys.executable, CONFORMANCE, '--machine', 'rk3588', '--client', client,
                                  table], 120, harness.Place().env())
            check(result.out.startswith(verdict), f'{client}: {result.out}{result.err}')


@test('conformance-known-limits')
def conformance_known_limits():
    """A limit covers its streams on its device, and excuses no other failure than its own."""
    check(limits.read(), 'the table is empty')
    row = {'file': 'h264/a.264', 'codec': 'h264', 'features': 'B crop'}
    by_name = limits.Limit('ffmpeg', '*', 'h264/a.*', 'md5', 'why')
    by_feature = limits.Limit('ffmpeg', 'rkvdec*', 'h264+crop', 'md5|exit', 'why')
    check(limits.find([by_name, by_feature], 'ffmpeg', 'hantro', row) == [by_name], 'the device')
    check(limits.find([by_name, by_feature], 'ffmpeg', 'rkvdec-staging', row) == [by_name,
                                                                            by_feature],
          'the feature')
    check(not limits.find([by_name, by_feature], 'gstreamer', 'rkvdec-staging', row), 'the client')
    check(by_name.explains(['md5 a, not b']), 'the reason')
    check(not by_name.explains(['md5 a, not b', 'rules of the device broken: x']), 'two reasons')
    with tempfile.TemporaryDirectory(prefix='v4l2va-client-') as directory:
        table = Path(directory) / 'limits.tsv'
        table.write_text('client\tdevice\tstreams\tshows\treason\nffmpeg\t*\tx\tmd5\n')
        try:
            limits.read(table)
        except ValueError as error:
            check(':2:' in str(error), f'no line number: {error}')
        else:
            check(False, 'a short row was read')


@test('virtual-udev-complete')
def virtual_udev():
    """The virtual decoder's libudev has each function that is given an object of its own."""
    if harness.need('nm'):
        raise Skip('nm is not installed')
    library = ctypes.util.find_library('udev')
    system = next((path for path in Path('/usr/lib').glob(f'*/{library}')), None)
    if not system:
        raise Skip('there is no libudev')

    def functions(file):
        result = harness.run(['nm', '-D', '--defined-only', file])
        check(result.status == 0, result.why())
        return set(re.findall(r' T (udev_\w+)', result.out))

    # Those have objects of their own kind only, or none.
    alone = re.compile('udev_(hwdb|queue|util)_')
    ours = functions(place().build / 'virtual' / 'libv4l2va-virtual.so')
    lacking = {name for name in functions(system) - ours if not alone.match(name)}
    check(not lacking, f'of libudev, there is no {", ".join(sorted(lacking))}')


@test('results-at-the-end')
def results_at_the_end():
    """./test.sh ends with the slowest tests, the minutes of each group, failures, and counts."""
    seconds = iter((0, 0, 61, 70, 72, 3600))
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        ended = results.Results(lambda: next(seconds))
        with ended.group('build'):
            ended.add('build/gcc', 'PASS', 61.0)
        with ended.group('unit'):
            for number in range(11):
                ended.add(f'unit/{number}', 'PASS', number / 10)
        ended.add('clients/x', 'FAIL', None, 'why')
        ended.add('clients/y', 'SKIP')
        status = ended.finish()
    check(status == 1, f'exit code {status}')
    lines = said.getvalue().splitlines()
    check(lines[-4:] == [
        'slowest: build/gcc 61.0 s, unit/10 1.0 s, unit/9 0.9 s, unit/8 0.8 s, unit/7 0.7 s, '
        'unit/6 0.6 s, unit/5 0.5 s, unit/4 0.4 s, unit/3 0.3 s, unit/2 0.2 s',
        'minutes: build 1:01, unit 0:02; all 60:00',
        'failed: clients/x',
        '12 passed, 1 failed, 1 skipped'], f'{lines[-4:]}')
    check('FAIL  clients/x  why' in lines, f'{lines}')
