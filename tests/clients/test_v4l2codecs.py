# SPDX-License-Identifier: MIT
"""Every personality of the virtual decoder with GStreamer's v4l2codecs elements, bit-exact.

They are straight on the device, without the driver: what they decode shows that the personality is
right. GStreamer 1.22 where it has the codec and the layout, else 1.26.
"""

import functools
import hashlib
import re
from pathlib import Path

import debian
import harness
import machines
from framework import add, check
from personalities import PERSONALITIES
from test_codecs import made_manifest, streams
from test_gstreamer import launch, nv12_hashes

# By codec and bits. v4l2slh265dec 1.22 crashes on wavefronts where a device has SLICE_PARAMS; of
# MediaTek's ten bits, videoconvert 1.26 leaves out the columns of a tile that is cut.
CLIPS = {
    ('h264', 8): 'h264/8-slices.h264', ('h264', 10): 'h264/high-10.h264',
    ('hevc', 8): 'hevc/no-wpp.h265', ('hevc', 10): 'hevc/main10-weighted.h265',
    ('vp8', 8): 'vp8/plain.ivf',
    ('vp9', 8): 'vp9/plain.ivf', ('vp9', 10): 'vp9/10bit-plain.ivf',
    ('av1', 8): 'av1/plain.ivf', ('av1', 10): 'av1/10bit.ivf',
    ('mpeg2', 8): 'mpeg2/b-frames.m2v',
}
BASELINE = {'tegra-vde': 'h264/baseline.h264'}  # all that this one decodes
# The layouts that GStreamer 1.22 has; it has no AV1.
LAYOUTS_OF_1_22 = ('NV12', 'VT12', 'ST12', 'MM21', 'YM12', 'P010')


@functools.lru_cache(maxsize=None)
def manifest():
    names = (re.escape(file.split('.')[0]) for file in (*CLIPS.values(), *BASELINE.values()))
    return made_manifest(f'^({"|".join(names)})$')


def decoded(name, pairs, later):
    """A test: the clip of each (codec, bits) of PAIRS passes, or is one of the known limits."""
    def function():
        layouts = {BASELINE.get(name) or CLIPS[pair]: PERSONALITIES[name].layout(*pair)
                   for pair in pairs}
        only = '|'.join(map(re.escape, layouts))
        rows = streams(manifest(), f'^({only})$', 'v4l2codecs', options=('--device', name),
                       first=debian.later() if later else ())
        check({row['file'] for row in rows} == layouts.keys(), f'{len(rows)} streams, not {only}')
        limits = []
        for row in rows:
            file = row['file']
            if row['result'] == 'KNOWN':
                limits.append(file)
                continue
            check(row['result'] == 'PASS', f'{file}: {row["reason"]}')
            check(row['layouts'].keys() == {layouts[file]}, f'{file}: decoded to {row["layouts"]}')
        return limits and f'known limits: {" ".join(limits)}'
    return function


def dumped(text):
    """The buffers that `identity dump=true` shows, 16 bytes a line: 00000010 (0x7f2f84fc): 50 51 …"""
    buffers = []
    for line in text.splitlines():
        found = re.match(r'([0-9a-f]{8}) \(0x[0-9a-f]+\): ((?:[0-9a-f]{2} ){16})', line)
        if found and not int(found.group(1), 16):
            buffers.append(bytearray())
        if found:
            buffers[-1] += bytes.fromhex(found.group(2))
    return buffers


def from_columns(data, width, height):
    """NV12 out of columns of 128 bytes, each with its luma above its chroma."""
    columns = -(-width // 128)
    starts = [column * len(data) // columns for column in range(columns)]
    return b''.join(b''.join(data[start + row:start + row + 128] for start in starts)[:width]
                    for row in range(0, height * 3 // 2 * 128, 128))


def columns():
    """GStreamer 1.26 hands these on as DMABuf memory alone, which videoconvert does not take."""
    file = Path(manifest()).parent / CLIPS[('hevc', 8)]
    width, height = 176, 144
    words = ['filesrc', f'location={file}', '!', 'h265parse', '!', 'v4l2slh265dec', '!',
             'video/x-raw(memory:DMABuf),format=DMA_DRM', '!', 'identity', 'dump=true', '!',
             'fakevideosink', 'sync=false']
    result, report = launch(words, ('--strict', '--sync', '--personality', 'rpi-hevc'),
                            first=debian.later(), registry='rpi-hevc')
    check(result.status == 0, result.why())
    check(not report.violations, f'rules broken: {report.violation_line()}')
    hashes = [hashlib.md5(from_columns(frame, width, height)).hexdigest()
              for frame in dumped(result.out)]
    difference = harness.first_difference(nv12_hashes(file), hashes)
    check(not difference, difference)
    check(report.total('capture_formats') == {'NC12': len(hashes)},
          f'decoded to {report.total("capture_formats")}')
    return decoded('rpi-hevc', [('hevc', 10)], later=True)()


def register(name, codecs):
    row = PERSONALITIES[name]
    pairs = [(codec, 8) for codec in codecs] + [(codec, 10) for codec in row.ten_bits]
    for later in (False, True):
        chosen = [pair for pair in pairs if later == (
            pair[0] == 'av1' or row.layout(*pair) not in LAYOUTS_OF_1_22)]
        if chosen:
            add(f'personality-{name}-v4l2codecs{"-later" if later else ""}',
                columns if name == 'rpi-hevc' else decoded(name, chosen, later), slow=True)


# Each takes one reading of bit_size, and GStreamer's is the other one's (raspberrypi/linux#7228).
ONE_READING = ('rpi-from-buffer', 'rpi-from-data')

try:
    for one_decoder in machines.decoders('personality'):
        if one_decoder.name not in ONE_READING:
            register(one_decoder.name, one_decoder.codecs)
except ValueError:
    pass  # test_machines says so
