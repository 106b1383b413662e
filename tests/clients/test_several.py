# SPDX-License-Identifier: MIT
"""Several at once: sixteen contexts in one process, eight processes started in the same instant."""

import os
import re
import subprocess
import tempfile
import time
from pathlib import Path

import clips
import harness
from framework import check, place, run_reported, software, test

PROCESSES = ('b-pyramid', 'hevc-main', 'vp8', 'mpeg2', '720p', 'hevc-slices', 'mbaff',
             'mpeg2-interlaced')


@test('several-16-contexts')
def sixteen_contexts():
    """Six codecs in sixteen threads of one display (tests/api/several_test.cpp)."""
    program = place().build / 'tests' / 'api' / 'api-test'
    check(program.is_file(), f'{program.name} is not built')
    result, report = run_reported([program, '--gtest_filter=Several.SixteenContexts'],
                                  ('--strict',))
    check(result.status == 0, result.why() or result.out[-160:])
    figures = re.search(r'^figures: (.*, (\d+) pictures bit-exact .*)$', result.out, re.M)
    check(figures, 'the test did not run')
    check(report.frames >= int(figures.group(2)), f'the device decoded {report.frames} frames')
    return figures.group(1)


def start(name, directory, gate):
    """An ffmpeg that waits for the gate's other end to close, then becomes the decoder."""
    where = place()
    words = where.command(
        [*harness.FFMPEG, '-v', 'verbose', '-flags', 'unaligned', *harness.hwaccel_words(where),
         *harness.input_words(clips.path(name)), *harness.every_frame(), '-vf',
         harness.native_filter('yuv420p'), '-f', 'framemd5', f'file:{directory}/frames'],
        ('--strict', '--report', directory))
    with open(Path(directory) / 'log', 'wb') as log:
        return subprocess.Popen(['sh', '-c', 'read -r line; exec "$@"', 'sh', *words], stdin=gate,
                                stdout=subprocess.DEVNULL, stderr=log, env=where.env(),
                                start_new_session=True)


@test('several-8-processes')
def eight_processes():
    """All of them start when one pipe is closed; four codecs, frames and fields."""
    for name in PROCESSES:
        software(clips.path(name))
    with tempfile.TemporaryDirectory(prefix='v4l2va-several-') as directory:
        read_end, write_end = os.pipe()
        running = []
        for name in PROCESSES:
            folder = Path(directory) / name
            folder.mkdir()
            running.append((name, folder, start(name, folder, read_end)))
        os.close(read_end)
        began = time.monotonic()
        os.close(write_end)
        frames = 0
        try:
            for name, folder, process in running:
                status = process.wait(120)
                log = (folder / 'log').read_text(errors='replace')
                check(status == 0, f'{name}: status {status}: {log[-160:]}')
                check(not harness.FALLBACK.search(log), f'{name}: fell back to software')
                report = harness.Report(folder)
                check(not report.violations, f'{name}: {report.violation_line()}')
                hashes = harness.parse_framemd5((folder / 'frames').read_text())
                difference = harness.first_difference(software(clips.path(name)), hashes)
                check(not difference, f'{name}: {difference}')
                check(report.frames >= len(hashes), f'{name}: {report.frames} frames of the driver')
                frames += len(hashes)
        finally:
            for _, _, process in running:
                process.kill()
                process.wait()
        return f'{len(running)} processes, {frames} frames in {time.monotonic() - began:.1f} s'
