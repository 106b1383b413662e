# SPDX-License-Identifier: MIT
"""Public bug reports of other drivers and players, replayed with ffmpeg: docs/field-reports.md has the rows.

Streams are small, and edited here as the reports say; each must decode as software does.
"""

import tempfile
from pathlib import Path

import clips
import harness
from framework import Decoded, add, check, decode, place, run_reported, software

START = b'\0\0\1'
PICTURE_CODING_EXTENSION, GROUP = 8, START + b'\xb8'
CLOSED_GOP, BROKEN_LINK = 0x40, 0x20
H264_IDR, HEVC_CRA, HEVC_VCL = 5, 21, range(32)


def units(data):
    """The byte stream in parts, each from one start code to the next."""
    parts = data.split(START)
    return [START + part for part in parts[1:]]


def h264_type(unit):
    return unit[3] & 31


def hevc_type(unit):
    return unit[3] >> 1 & 63


def with_second_layer(data):
    """HEVC: behind each slice a copy of it as one of nuh_layer_id 1 (GStreamer 3168eb80a7)."""
    return b''.join(unit + (unit[:4] + bytes((unit[4] | 8,)) + unit[5:] if hevc_type(unit) in HEVC_VCL else b'')
                    for unit in units(data))


def without_idr(data):
    """H.264 with gradual refresh, joined behind its only IDR (raspberrypi/linux#5166)."""
    return b''.join(unit for unit in units(data) if h264_type(unit) != H264_IDR)


def from_second_cra(data):
    """HEVC cut at a CRA, with the RASL pictures that it does not decode (mpv-player/mpv#15874)."""
    parts = units(data)
    at = [index for index, unit in enumerate(parts) if hevc_type(unit) == HEVC_CRA][1]
    while hevc_type(parts[at - 1]) not in HEVC_VCL:
        at -= 1
    return b''.join(parts[at:])


def from_second_group(bits):
    """MPEG-2 cut at a group whose first B pictures have no forward reference (intel/media-driver#1119)."""
    def edit(data):
        first = data.index(GROUP)
        cut = bytearray(data[:first] + data[data.index(GROUP, first + 1):])
        cut[first + 7] |= bits
        return bytes(cut)
    return edit


def called_progressive(data):
    """Interlaced MPEG-2 whose frames say progressive_frame and chroma_420_type (i965 3afe0514)."""
    data = bytearray(data)
    at = data.find(START + b'\xb5')
    while at >= 0:
        if data[at + 4] >> 4 == PICTURE_CODING_EXTENSION:
            data[at + 7] |= 0x01
            data[at + 8] |= 0x80
        at = data.find(START + b'\xb5', at + 4)
    return bytes(data)


def stuffed(count):
    """Zero bytes before each start code (i965 b44240a8)."""
    return lambda data: data.replace(START, bytes(count) + START)


def replaced_sets(codec):
    """Parameter sets that change under one id, and change back (gitlab gstreamer#4323)."""
    return lambda _: b''.join(clips.path(name).read_bytes() for name in clips.SETS[codec] * 2)


EVERY_HEVC = ('hantro-g2', 'rkvdec', 'vdpu381', 'vdpu383', 'cedrus', 'mt8195', 'rpi-hevc')
EVERY_H264 = ('hantro', 'hantro-old', 'rkvdec', 'vdpu381', 'vdpu383', 'cedrus', 'mt8195', 'slices',
              'visl')
# Name, clip, edit, and on what; with True, the edit may not change a pixel of software's.
REPORTS = (
    ('4-second-layer', 'hevc-main', with_second_layer, ('hantro', 'rpi-hevc'), True),
    ('15-joined-without-idr', 'intra-refresh', without_idr, ('hantro', 'cedrus'), False),
    ('17-cut-at-a-cra', 'hevc-open-gop', from_second_cra, ('hantro', 'vdpu381', 'rpi-hevc'), False),
    ('18-closed-group', 'mpeg2-groups', from_second_group(CLOSED_GOP), ('hantro', 'cedrus'), False),
    ('18-broken-link', 'mpeg2-groups', from_second_group(BROKEN_LINK), ('hantro', 'cedrus'), False),
    ('20-called-progressive', 'mpeg2-interlaced', called_progressive, ('hantro', 'cedrus'), True),
    ('21-3-zero-bytes', 'mpeg2', stuffed(3), ('hantro', 'cedrus'), True),
    ('21-4096-zero-bytes', 'mpeg2', stuffed(4096), ('hantro', 'cedrus'), True),
    ('33-h264-sets', 'h264-set-0', replaced_sets('h264'), EVERY_H264, False),
    ('33-hevc-sets', 'hevc-set-0', replaced_sets('hevc'), EVERY_HEVC, False),
)


def replay(clip, edit, personalities, harmless):
    def function():
        original = clips.path(clip)
        with tempfile.TemporaryDirectory(prefix='v4l2va-client-') as directory:
            file = Path(directory) / f'edited{original.suffix}'
            file.write_bytes(edit(original.read_bytes()))
            expected = harness.software_hashes(file)
            check(len(expected) > 5, f'{len(expected)} frames in software')
            check(not harmless or expected == software(original), 'the edit changes pixels')
            for personality in personalities:
                options = ('--strict', '--personality', personality)
                decode(file, options=options).check_equal(expected, personality)
    return function


for number, source, change, devices, is_harmless in REPORTS:
    add(f'report-{number}', replay(source, change, devices, is_harmless), slow=len(devices) > 3)


def reversed_surfaces():
    """More surfaces alive than a queue has buffers: all are held until the last one is there."""
    file = clips.path('ref-16')
    expected = list(software(file))[::-1]
    check(len(expected) > 64, f'{len(expected)} frames')
    for personality in ('hantro', 'rkvdec', 'cedrus'):
        result, report = run_reported(
            [*harness.FFMPEG, '-v', 'verbose', '-flags', 'unaligned',
             *harness.hwaccel_words(place(), output_format='vaapi'), '-extra_hw_frames', '80',
             *harness.input_words(file), *harness.every_frame(), '-vf',
             f'reverse,{harness.native_filter("yuv420p", download=True)}', '-f', 'framemd5', '-'],
            ('--strict', '--personality', personality))
        Decoded(harness.parse_framemd5(result.out), result.err, report,
                result).check_equal(expected, personality)


add('report-12-reverse', reversed_surfaces)


def vp8_threads():
    """ffmpeg decodes the first frame in one context and the rest in others (intel/media-driver#1028)."""
    file = clips.path('vp8')
    for threads in (2, 8):
        decode(file, threads=threads).check_equal(software(file), f'{threads} threads')


add('report-24-vp8-threads', vp8_threads)


def av1_probabilities():
    """Frames that load and save probabilities from and into any slot (intel/media-driver#1108)."""
    for name in ('av1-cdf-selective', 'av1-layers'):
        for personality in ('hantro-av1', 'mt8195'):
            decode(clips.path(name), extra_input=('-c:v', 'av1'),
                   options=('--strict', '--personality', personality)).check_equal(
                       software(clips.path(name)), f'{name} on {personality}')


add('report-28-av1-probabilities', av1_probabilities, slow=True)
