# SPDX-License-Identifier: MIT
"""What the client tests are made of: tools/lib/suite.py, and one way to decode a clip."""

import dataclasses
import functools
import os
import signal
import subprocess
import tempfile
import threading
from pathlib import Path

import harness
from suite import Failure, Skip, add, check, test  # noqa: F401  (for the tests)


def place():
    return harness.Place()


def end(process, seconds):
    """Waits until PROCESS, the first of its session, has ended; after SECONDS, kills them all."""
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


class Running:
    """A program that runs while a context lasts.

    begin() starts it or waits until it is ready; stop() ends it, whatever has become of it.
    """

    def __enter__(self):
        try:
            self.begin()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, kind, error, trace):
        self.stop()


def env_words(variables, *unset):
    """Words before a command that set VARIABLES for it alone, not for the scripts that start it."""
    return ['env', *(word for name in unset for word in ('-u', name)),
            *(f'{name}={value}' for name, value in variables.items())]


def asan_build():
    """The build with sanitizers; skips the test where there is none."""
    build = Path(os.environ.get('V4L2VA_ASAN_BUILD') or harness.ROOT / 'build-asan')
    if not (build / 'src' / 'va' / 'v4l2_request_drv_video.so').is_file():
        raise Skip(f'no driver in {build.name}')
    return build


_software_locks = {}
_software_guard = threading.Lock()


@functools.lru_cache(maxsize=None)
def _software(path, extra_input):
    return tuple(harness.software_hashes(path, extra_input, timeout=300))


def software(path, extra_input=()):
    """Hashes of software decoding, computed once for each file and set of options."""
    key = (str(path), tuple(extra_input))
    with _software_guard:
        lock = _software_locks.setdefault(key, threading.Lock())
    with lock:
        return list(_software(*key))


@dataclasses.dataclass
class Decoded:
    """What came of decoding through the driver."""
    hashes: list
    log: str
    report: harness.Report
    result: harness.Result

    def check_clean(self, name=''):
        """The process ended well, the driver decoded, and no rule of the device was broken."""
        prefix = f'{name}: ' if name else ''
        fallback = harness.FALLBACK.search(self.log)
        check(not fallback, f'{prefix}fell back to software: {fallback and fallback.group(0)}')
        check(not self.report.violations, f'{prefix}rules broken: {self.report.violation_line()}')
        check(self.result.status == 0, f'{prefix}{self.result.why()}')
        check(self.report.files, f'{prefix}the virtual decoder wrote no report')
        check(self.report.frames >= len(self.hashes),
              f'{prefix}the driver decoded {self.report.frames} of {len(self.hashes)} frames')

    def check_equal(self, expected, name=''):
        self.check_clean(name)
        difference = harness.first_difference(list(expected), self.hashes)
        check(not difference, f'{name}: {difference}' if name else difference)


def run_reported(command, options=(), timeout=120, where=None, env=None):
    """Runs COMMAND on the virtual decoder; returns (Result, Report)."""
    where = where or place()
    with tempfile.TemporaryDirectory(prefix='v4l2va-client-') as directory:
        result = harness.run(where.command(command, (*options, '--report', directory)), timeout,
                             where.env(env))
        return result, harness.Report(directory)


def decode(path, threads=None, surfaces=False, extra_input=(), options=('--strict',), timeout=120,
           where=None, env=None, verbosity='verbose', pix_fmt='yuv420p', filters='', first=()):
    """Decodes PATH through the driver with ffmpeg into framemd5.

    surfaces: keep the frames in VA surfaces (-hwaccel_output_format vaapi) and download them with
    the hwdownload filter; else ffmpeg downloads each frame itself. pix_fmt: of software decoding;
    filters: what follows, each with a comma before it; first: words before ffmpeg's command.
    """
    where = where or place()
    command = [*first, *harness.FFMPEG, '-v', verbosity, '-flags', 'unaligned',
               *harness.hwaccel_words(where, output_format='vaapi' if surfaces else None,
                                      threads=threads),
               *extra_input, *harness.input_words(path), *harness.every_frame(first=first),
               '-vf', harness.native_filter(pix_fmt, download=surfaces) + filters, '-f', 'framemd5', '-']
    result, report = run_reported(command, options, timeout, where, env)
    return Decoded(harness.parse_framemd5(result.out), result.err, report, result)


def decode_together(inputs, options=('--strict',), first=()):
    """Decodes several files at once in one ffmpeg, each bit-exact; the Report.

    INPUTS: (file, the words before its -i), AV1 in a folder of that name; FIRST: words before all
    of them.
    """
    with tempfile.TemporaryDirectory(prefix='v4l2va-client-') as directory:
        sources, outputs = [], []
        for index, (file, words) in enumerate(inputs):
            codec = 'av1' if file.parent.name == 'av1' else ''
            sources += [*words, *harness.input_words(file, codec)]
            outputs += [*harness.every_frame(f'{index}:v:0'), '-vf',
                        harness.native_filter('yuv420p'), '-f', 'framemd5',
                        f'file:{directory}/{index}']
        result, report = run_reported(
            [*harness.FFMPEG, '-v', 'verbose', '-flags', 'unaligned', *first, *sources, *outputs],
            options)
        for index, (file, _) in enumerate(inputs):
            frames = (Path(directory) / str(index)).read_text()
            Decoded(harness.parse_framemd5(frames), result.err, report, result).check_equal(
                software(file), file.name)
    return report
