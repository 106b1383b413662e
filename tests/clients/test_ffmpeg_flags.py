# SPDX-License-Identifier: MIT
"""Flags of ffmpeg that recorders and media servers set for every stream, and what does instead."""

import tempfile
from pathlib import Path

import clips
import debian
import harness
from framework import Decoded, check, decode, place, run_reported, software, test
from test_gstreamer import MEMORIES, check_frames

MISMATCH = ('-hwaccel_flags', 'allow_profile_mismatch')
ONE_DISPLAY = ('-init_hw_device', f'vaapi=one:{harness.NODE}')
IN_DISPLAY = ('-hwaccel', 'vaapi', '-hwaccel_device', 'one', *MISMATCH)


def refused_beside_good(bad, personality, first=()):
    """BAD in a display whose other stream is good: no request of BAD's reaches the device."""
    good = clips.path('hevc-main')
    with tempfile.TemporaryDirectory(prefix='v4l2va-client-') as directory:
        outputs = []
        for index in range(2):
            outputs += [*harness.every_frame(f'{index}:v:0', first), '-vf', harness.native_filter('yuv420p'),
                        '-max_error_rate', '1', '-f', 'framemd5', f'file:{directory}/{index}']
        result, report = run_reported(
            [*first, *harness.FFMPEG, '-v', 'verbose', '-flags', 'unaligned', *ONE_DISPLAY,
             *IN_DISPLAY, *harness.input_words(bad), *IN_DISPLAY, *harness.input_words(good), *outputs],
            ('--strict', '--personality', personality))
        frames = harness.parse_framemd5((Path(directory) / '1').read_text())
    expected = software(good)
    name = f'{bad.name} on {personality}'
    check(0 <= result.status < 128, f'{name}: {result.why()}')
    check(result.err.count('Failed to end picture decode') >= clips.CLIPS['hevc-main'].frames,
          f'{name}: not every picture was refused: {result.err[-300:]}')
    check(result.err.count('v4l2_request: ') == 1, f'{name}: lines of the driver')
    difference = harness.first_difference(expected, frames)
    check(not difference, f'{name}: the good one: {difference}')
    check(report.frames == len(expected), f'{name}: the device decoded {report.frames} frames')
    requests = report.total('ioctls').get('MEDIA_REQUEST_IOC_QUEUE', 0)
    if personality == 'hantro':  # one request a picture
        check(requests == len(expected), f'{name}: {requests} requests')
    check(not report.violations, f'{name}: {report.violation_line()}')


@test('ffmpeg-other-profile-hevc')
def other_profile():
    """4:2:2 in a config of Main; ffmpeg 5.1 has 4:4:4 and 12 bits in software only."""
    for personality in ('hantro', 'rpi-hevc'):
        refused_beside_good(clips.path('hevc-422-10'), personality)


@test('ffmpeg-later-other-profile-hevc', slow=True)
def later_other_profile():
    """4:2:2, 4:4:4 and 12 bits in a config of Main, by FFmpeg 7.1."""
    first = debian.later()
    for name in ('hevc-422-10', 'hevc-444', 'hevc-12bit'):
        refused_beside_good(clips.path(name), 'hantro', first)


def without_profile(data):
    """A byte stream of HEVC whose general_profile_idc is 0 in each VPS and SPS (7.3.3)."""
    data = bytearray(data)
    at = data.find(b'\0\0\1')
    changed = 0
    while at >= 0:
        offset = {32: 6, 33: 3}.get(data[at + 3] >> 1 & 63)  # of profile_tier_level()
        if offset:
            data[at + 3 + offset] &= 0xe0
            changed += 1
        at = data.find(b'\0\0\1', at + 3)
    check(changed >= 2, f'{changed} parameter sets')
    return bytes(data)


@test('ffmpeg-hevc-profile-0')
def profile_0():
    """A stream that does not say its profile: ffmpeg wants the flag, GStreamer goes by the compatibility flags."""
    file = clips.path('hevc-main')
    with tempfile.TemporaryDirectory(prefix='v4l2va-client-') as directory:
        edited = Path(directory) / 'profile-0.hevc'
        edited.write_bytes(without_profile(file.read_bytes()))
        check(software(file) == harness.software_hashes(edited), 'the edit has changed the pictures')
        decode(edited, extra_input=MISMATCH).check_equal(software(file))
        check_frames('hevc', 'vah265dec', MEMORIES['system'], ('--strict',), file=edited)


# The default chain of Frigate, and near enough those of Jellyfin and ErsatzTV.
ON_THE_GPU = 'fps=5,scale_vaapi=w=320:h=180,hwdownload,format=nv12'
IN_SOFTWARE = (((), 'fps=5,scale=320:180'),
               (('-hwaccel_output_format', 'nv12'), 'fps=5,scale=320:180'),
               (('-hwaccel_output_format', 'vaapi'), 'fps=5,hwdownload,format=nv12,scale=320:180'))


def scaled(file, flags, chain, first=()):
    result, report = run_reported(
        [*first, *harness.FFMPEG, '-v', 'verbose', *harness.hwaccel_words(place()), *MISMATCH, *flags,
         *harness.input_words(file), '-vf', chain, '-f', 'framemd5', '-'], ('--strict',))
    return Decoded(harness.parse_framemd5(result.out), result.err, report, result)


def check_scaling(first=()):
    file = clips.path('high')
    expected = harness.software_hashes(file, extra_output=('-vf', f'format=nv12,{IN_SOFTWARE[0][1]}'))
    check(len(expected) == 10, f'{len(expected)} frames in software')
    for flags, chain in IN_SOFTWARE:
        scaled(file, flags, chain, first).check_equal(expected, ' '.join(flags))
    refused = scaled(file, ('-hwaccel_output_format', 'vaapi'), ON_THE_GPU, first)
    check(refused.result.status > 0 and not refused.hashes, f'scaled: {refused.result.why()}')
    check('requested VAProfile is not supported' in refused.log, refused.log[-300:])


@test('ffmpeg-scale-in-software')
def scale_in_software():
    """There is no VideoProc: scale_vaapi ends with libva's words, and these flags give the same pictures."""
    check_scaling()


@test('ffmpeg-later-scale-in-software', slow=True)
def later_scale_in_software():
    check_scaling(debian.later())
