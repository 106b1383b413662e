# SPDX-License-Identifier: MIT
"""Devices whose pictures are not linear: what ffmpeg downloads is bit-exact all the same."""

import hashlib
import os
import threading

import harness
from framework import Decoded, add, check, run_reported, software
from personalities import LAYOUT_NAMES, PERSONALITIES

PLACE = harness.Place()
# 350x278: neither a multiple of a tile nor of what five bytes or 32 bits hold.
SOURCE = 'testsrc2=size=350x278:rate=25,noise=alls=12:allf=t'
X265 = ['-c:v', 'libx265', '-preset', 'veryfast', '-x265-params', 'log-level=error:keyint=8']
CLIPS = {
    'h264': ('h264', 'yuv420p', ['-c:v', 'libx264', '-preset', 'veryfast', '-bf', '2']),
    'h264-baseline': ('h264', 'yuv420p', ['-c:v', 'libx264', '-preset', 'veryfast',
                                          '-profile:v', 'baseline']),
    'hevc': ('hevc', 'yuv420p', X265),
    'hevc-10': ('hevc', 'yuv420p10le', X265),
    'mpeg2': ('mpeg2video', 'yuv420p', ['-c:v', 'mpeg2video', '-q:v', '4']),
    'vp8': ('ivf', 'yuv420p', ['-c:v', 'libvpx', '-cpu-used', '8', '-b:v', '2M']),
    'vp9': ('ivf', 'yuv420p', ['-c:v', 'libvpx-vp9', '-cpu-used', '8', '-b:v', '2M']),
}
# Device and clip. MT2110R is of H.264 of ten bits alone, which no client here asks for:
# api-high10-tiled.
ROWS = (
    ('rkvdec', 'hevc-10'), ('vdpu381', 'hevc-10'),
    ('mt8195', 'h264'), ('mt8195', 'vp9'), ('mt8195', 'hevc-10'),
    ('hantro-g2-tiled', 'hevc'), ('hantro-g2-tiled', 'vp9'), ('hantro-g2-tiled', 'hevc-10'),
    ('hantro-g2-packed', 'hevc-10'),
    ('cedrus-a20', 'mpeg2'), ('cedrus-a20', 'vp8'),
    ('tegra-vde', 'h264-baseline'),
    ('rpi-hevc', 'hevc'), ('rpi-hevc', 'hevc-10'),
)


_making = threading.Lock()


def path(name):
    """The file of a clip of 12 frames, made on first use."""
    with _making:
        return make(name)


def make(name):
    container, pix_fmt, words = CLIPS[name]
    key = hashlib.sha256(repr((SOURCE, CLIPS[name])).encode()).hexdigest()[:8]
    target = harness.OUT / 'clips' / f'layout-{name}-{key}.{container}'
    if not target.is_file():
        target.parent.mkdir(parents=True, exist_ok=True)
        part = target.with_name(f'{target.name}.{os.getpid()}.part')
        result = harness.run([*harness.FFMPEG, '-v', 'error', '-f', 'lavfi', '-i', SOURCE,
                              '-frames:v', '12', '-pix_fmt', pix_fmt, *words,
                              '-f', container, part], 120)
        check(result.status == 0, f'clip {name} could not be made: {result.why()}')
        os.replace(part, target)
    return target


def layout_of(device, clip):
    """The fourcc of what the device decodes a clip to."""
    codec = clip.split('-')[0]
    return PERSONALITIES[device].layout(codec, 10 if CLIPS[clip][1].endswith('10le') else 8)


def bit_exact(device, clip, surfaces=False):
    def function():
        file = path(clip)
        pix_fmt = CLIPS[clip][1]
        chain = harness.native_filter(pix_fmt)
        if surfaces:
            image = 'p010' if pix_fmt.endswith('10le') else 'nv12'
            chain = f'hwdownload,format={image},{chain}'
        words = harness.hwaccel_words(PLACE, output_format='vaapi' if surfaces else None)
        command = [*harness.FFMPEG, '-v', 'verbose', '-flags', 'unaligned', *words,
                   *harness.input_words(file), *harness.every_frame(), '-vf', chain,
                   '-f', 'framemd5', '-']
        result, report = run_reported(command, ('--strict', '--personality', device))
        decoded = Decoded(harness.parse_framemd5(result.out), result.err, report, result)
        decoded.check_equal(software(file))
        check(report.total('capture_formats').keys() == {layout_of(device, clip)},
              f'decoded to {report.total("capture_formats")}')
    return function


for row_device, row_clip in ROWS:
    add(f'layout-{LAYOUT_NAMES[layout_of(row_device, row_clip)]}-{row_device}-{row_clip}',
        bit_exact(row_device, row_clip))
add('layout-surfaces-8', bit_exact('mt8195', 'h264', surfaces=True))
add('layout-surfaces-10', bit_exact('rkvdec', 'hevc-10', surfaces=True))
