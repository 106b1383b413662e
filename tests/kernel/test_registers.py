# SPDX-License-Identifier: MIT
"""The kernel's own drivers program for this driver what they program for an independent client:
tools/compare-registers on a few clips of each codec of a board."""

import json
import sys
import tempfile
from pathlib import Path

import harness
import lab
from suite import add, check

COMPARE = harness.ROOT / 'tools' / 'compare-registers'
PICTURES = 12
# Of each codec: fields and slices, lists of references, tiles, segments, matrices.
CLIPS = {
    'h264': ('h264/mbaff-tff', 'h264/8-slices-weighted'),
    'hevc': ('hevc/references-6',),
    'vp8': ('vp8/segments',),
    'vp9': ('vp9/segments-regions',),
    'av1': ('av1/plain',),
    'mpeg2': ('mpeg2/b-frames',),
}
CODECS = {  # what GStreamer decodes on each board, too
    'a20': 'h264 vp8 mpeg2', 'a64': 'h264 hevc vp8 mpeg2', 'h6': 'h264 hevc vp8 vp9 mpeg2',
    'imx8mm': 'h264 hevc vp8 vp9', 'imx8mq': 'h264 hevc vp8 vp9 mpeg2', 'mt8183': 'h264',
    'rk3288': 'h264 hevc vp8 mpeg2', 'rk3399': 'h264 hevc vp8 vp9 mpeg2', 'rk3566': 'h264 vp8 mpeg2',
    'rk3576': 'h264 hevc', 'rk3588': 'h264 hevc vp8 av1 mpeg2', 'sama5d4': 'h264 vp8 mpeg2',
    'stm32mp25': 'h264 vp8',
}
FIELDS = {'mt8183': 'h264/mbaff-tff'}  # which its firmware cannot


def compare(board):
    lab.need_kernel('build-boards')
    names = [name for codec in CODECS[board].split() for name in CLIPS[codec]
             if name != FIELDS.get(board)]
    clips = lab.made_clips(f'^({"|".join(names)})$')
    check(len(clips) == len(names), f'there are {len(clips)} clips of {len(names)}')
    with tempfile.TemporaryDirectory(prefix='v4l2va-registers-') as directory:
        report = Path(directory) / 'report.json'
        done = harness.run([sys.executable, COMPARE, '--board', board, '--pictures', PICTURES, '--json',
                            report, *(clip['path'] for clip in clips)], 300, harness.Place().env())
        check(report.is_file(), done.why())
        found = json.loads(report.read_text(encoding='utf-8'))
    wrong = [f'{one["stream"]}: {one["text"]}' + ''.join(
        f'; {difference["name"]}: {difference["left"]} / {difference["right"]}'
        for difference in one.get('found', [])[:3]) for one in found['streams'] if one['result'] != 'PASS']
    check(not wrong, ' | '.join(wrong[:3]))
    check(len(found['streams']) == len(clips), f'{len(found["streams"])} streams were compared')
    check(done.status == 0, done.why())
    sums = {name: sum(row[name] for row in found['table'])
            for name in ('jobs', 'registers', 'table_bytes')}
    return (f'{len(clips)} clips, {sums["jobs"]} jobs, {sums["registers"]} registers, '
            f'{sums["table_bytes"]} bytes of tables')


for one in lab.BOARDS:
    add(f'registers-{one}', lambda one=one: compare(one), slow=True)
