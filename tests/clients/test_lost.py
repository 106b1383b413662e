# SPDX-License-Identifier: MIT
"""Streams that lack pictures, on each device: what is left comes, at once, and no request hangs.

Devices do not survive a reference that they cannot find (virtual/hevc/references.cpp): a job that
never ends, or a request that nobody completes. Each clip has two groups of 8 pictures of 128x96;
only the first one loses some, so that the second is bit-exact.
"""

import tempfile
import threading
import time
from pathlib import Path

import harness
import machines
from framework import add, check, decode, run_reported, software
from test_gstreamer import launch

GROUP = 8
SECONDS = 9  # less than one wait of the driver for a picture that does not come, 10 s
FOLDER = harness.ROOT / 'out' / 'clips' / 'lost'
ENCODERS = {
    'hevc': ('-c:v', 'libx265', '-x265-params', f'bframes=0:keyint={GROUP}:min-keyint={GROUP}:'
             'scenecut=0:repeat-headers=1:log-level=error'),
    'h264': ('-c:v', 'libx264', '-bf', '0', '-g', str(GROUP), '-keyint_min', str(GROUP),
             '-sc_threshold', '0', '-x264-params', 'log-level=error'),
}


def nal_units(data):
    """Every NAL unit of a byte stream, with its start code."""
    starts, at = [], data.find(b'\0\0\1')
    while at >= 0:
        starts.append(at - 1 if at and data[at - 1] == 0 else at)
        at = data.find(b'\0\0\1', at + 3)
    return [data[start:end] for start, end in zip(starts, [*starts[1:], len(data)])]


def is_slice(codec, unit):
    header = unit[unit.index(b'\1') + 1]
    return header >> 1 & 63 < 32 if codec == 'hevc' else header & 31 in (1, 5)


def without(codec, data, lost):
    """DATA less the pictures whose numbers are in LOST; each picture has one slice."""
    kept, number = [], 0
    for unit in nal_units(data):
        picture = is_slice(codec, unit)
        if not picture or number not in lost:
            kept.append(unit)
        number += picture
    return b''.join(kept)


# The numbers of the pictures that are lost: of the first group the IDR picture; or two in a row.
CUTS = {'joined': (0,), 'gap': (5, 6)}


_making = threading.RLock()


def stream(codec, cut=None):
    with _making:
        return make_stream(codec, cut)


def make_stream(codec, cut):
    """A file in out/clips, made once."""
    file = FOLDER / f'{cut or "whole"}.{codec}'
    if not file.is_file():
        FOLDER.mkdir(parents=True, exist_ok=True)
        part = file.with_suffix(f'.part.{codec}')
        if cut:
            part.write_bytes(without(codec, stream(codec).read_bytes(), CUTS[cut]))
        else:
            made = harness.run([*harness.FFMPEG, '-v', 'error', '-f', 'lavfi', '-i',
                                f'testsrc2=size=128x96:rate=25,trim=end_frame={2 * GROUP}',
                                '-pix_fmt', 'yuv420p', *ENCODERS[codec], '-y', str(part)], 60)
            check(made.status == 0, made.why())
        part.rename(file)
    return file


def check_quick(report, seconds, name):
    check(not any(one.get('hung_jobs') for one in report.files), f'{name}: the device hangs')
    check(seconds < SECONDS, f'{name}: took {seconds:.0f} s')
    check(not report.violations, f'{name}: rules broken: {report.violation_line()}')


def by_ffmpeg(personality, codec):
    for cut in CUTS:
        file = stream(codec, cut)
        expected = software(file)
        begin = time.monotonic()
        decoded = decode(file, threads=1, options=('--personality', personality), timeout=60,
                         verbosity='verbose')
        name = f'ffmpeg, {cut}'
        check_quick(decoded.report, time.monotonic() - begin, name)
        decoded.check_clean(name)
        check(len(decoded.hashes) == len(expected),
              f'{name}: {len(decoded.hashes)} pictures, software {len(expected)}')
        check(decoded.hashes[-GROUP:] == software(stream(codec))[-GROUP:],
              f'{name}: the next group is not bit-exact')


def by_gstreamer(personality, codec):
    parser, element = {'hevc': ('h265parse', 'vah265dec'), 'h264': ('h264parse', 'vah264dec')}[codec]
    for cut, lost in CUTS.items():
        name = f'GStreamer, {cut}'
        with tempfile.TemporaryDirectory(prefix='v4l2va-lost-') as directory:
            frames = Path(directory) / 'frames'
            begin = time.monotonic()
            result, report = launch(
                ['-q', 'filesrc', f'location={stream(codec, cut)}', '!', parser, '!', element, '!',
                 'video/x-raw,format=NV12', '!', 'filesink', f'location={frames}'],
                ('--personality', personality), registry=f'lost-{codec}')
            check_quick(report, time.monotonic() - begin, name)
            check(result.status == 0, f'{name}: {result.why()}')
            count = frames.stat().st_size / (128 * 96 * 3 // 2)
            check(count >= 2 * GROUP - len(lost), f'{name}: {count} pictures')


def lost(personality, codec):
    def function():
        by_ffmpeg(personality, codec)
        by_gstreamer(personality, codec)
    return function


try:
    for one_decoder in machines.decoders('personality'):
        if 'hevc' in one_decoder.codecs:
            add(f'lost-hevc-{one_decoder.name}', lost(one_decoder.name, 'hevc'), slow=True)
except ValueError:
    pass  # test_machines says so
for one_name in ('hantro-g1', 'rkvdec', 'cedrus', 'mt8195', 'visl'):
    add(f'lost-h264-{one_name}', lost(one_name, 'h264'), slow=True)
