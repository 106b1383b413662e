# SPDX-License-Identifier: MIT
"""What a frame may cost the processor: the driver's own instructions, counted by callgrind."""

import collections
import json
import re
import tempfile
from pathlib import Path

import clips
import harness
from framework import Skip, check, place, run_reported, test

# The driver's own; those of libc and libstdc++ that it calls do not count. Of x86-64 and g++ 12, with
# ffmpeg as the client and one slice a frame.
MAX_H264 = 15_000
DRIVER = 'v4l2_request_drv_video.so'
NAME = re.compile(r'(c?ob)=\((\d+)\)(?: (.*))?$')
COST = re.compile(r'[+\-*\d]\S* (\d+)')


def instructions(profile):
    """Instructions by the name of the object file that they are in; PROFILE is callgrind's."""
    names, counts = {}, collections.Counter()
    current, of_call = '', False
    for line in profile.read_text().splitlines():
        named = NAME.match(line)
        if named:
            kind, number, name = named.groups()
            names[number] = name or names[number]
            current = names[number] if kind == 'ob' else current
        elif line.startswith('calls='):
            of_call = True  # the next line is what the callee cost
        elif of_call:
            of_call = False
        elif cost := COST.match(line):
            counts[Path(current).name] += int(cost.group(1))
    return counts


def decode_frames(file, frames):
    """(the driver's instructions, frames that the device decoded) of a run of FRAMES frames."""
    where = place()
    with tempfile.TemporaryDirectory(prefix='v4l2va-callgrind-') as directory:
        profile = Path(directory) / 'profile'
        result, report = run_reported(
            ['valgrind', '--tool=callgrind', f'--callgrind-out-file={profile}', *harness.FFMPEG,
             '-v', 'error', *harness.hwaccel_words(where, output_format='vaapi', threads=1),
             *harness.input_words(file), '-frames:v', frames, '-f', 'null', '-'],
            timeout=300, where=where)
        check(result.status == 0, result.why())
        return instructions(profile)[DRIVER], report.frames


def need_callgrind():
    if harness.need('valgrind'):
        raise Skip('no valgrind')
    if harness.run(['valgrind', '--tool=callgrind', '--callgrind-out-file=/dev/null', 'true']).status:
        raise Skip('valgrind runs no program here')
    options = json.loads((place().build / 'meson-info' / 'intro-buildoptions.json').read_text())
    options = {option['name']: option['value'] for option in options}
    if options['optimization'] not in ('2', '3') or options['b_sanitize'] != 'none':
        raise Skip('the driver is not built as it is released')


@test('budget-instructions')
def budget_instructions():
    """A frame of a steady stream of H.264 costs the driver few instructions."""
    need_callgrind()
    file = clips.path('gop-25')
    cold, warm = decode_frames(file, 10), decode_frames(file, 70)
    frames = warm[1] - cold[1]
    check(frames >= 50, f'{frames} frames more in the longer run')
    each = (warm[0] - cold[0]) // frames
    check(0 < each <= MAX_H264, f'{each} instructions a frame, more than {MAX_H264}')
    return f'{each} instructions a frame'
