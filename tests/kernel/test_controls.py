# SPDX-License-Identifier: MIT
"""What the driver sends is, field by field, what an independent client sends: compare-controls."""

import re
import sys

import harness
import lab
from suite import add, check

COMPARE = harness.ROOT / 'tools' / 'compare-controls'
MAKE = harness.ROOT / 'tests' / 'clips' / 'make'
STREAM_SECONDS = 120
FRAMES = ('--mode', 'frame', '--start-code')
GSTREAMER = ('--clients', 'gstreamer')
FFMPEG = ('--clients', 'ffmpeg')
TESTS = {  # name: (clips of tests/clips, options of tools/compare-controls)
    # HEVC without wavefronts: GStreamer 1.22 crashes on their entry points.
    'h264-slices': ('h264/(mbaff-tff|mbaff-weighted|mbaff-8-slices|8-slices-weighted|'
                    'long-gop-b-pyramid|mbaff-scaling-lists)', FFMPEG),
    'h264-frames': ('h264/(mbaff-bff|fake-interlaced|8-slices|mbaff-temporal)', (*FFMPEG, *FRAMES)),
    'hevc-slices': ('hevc/(no-wpp|references-6|radl|open-gop|scaling-lists|fields)', FFMPEG),
    'hevc-frames': ('hevc/(poc-lsb-4|temporal-layers|cu-lossless)', (*FFMPEG, *FRAMES)),
    'mpeg2': ('mpeg2/(b-frames|tff|custom-matrices|slices|everything)', FFMPEG),
    'vp8': ('vp8/(plain|odd-175x143|altref-hidden|partitions-8|segments|version-3)', FFMPEG),
    'vp9': ('vp9/(plain|odd-67x35|tiles|lossless|segments-regions|altref-hidden)', FFMPEG),
    'gstreamer': ('(h264/mbaff-tff|hevc/no-wpp|mpeg2/tff|vp8/plain|vp9/plain)', GSTREAMER),
}


def compare(only, options):
    lab.need_kernel()
    only = f'^{only}$'
    made = harness.run([sys.executable, MAKE, '--only', only], 600)
    check(made.status == 0, made.why())
    names = harness.run([sys.executable, MAKE, '--list', '--only', only]).out.split()
    folder = harness.OUT / 'clips'
    paths = [next(folder.glob(f'{name}.*')) for name in names]
    check(paths, f'no clip is called {only}')
    done = harness.run([sys.executable, COMPARE, *options, *paths], STREAM_SECONDS * len(paths))
    lines = done.out.splitlines()
    check(done.status == 0 and lines, done.why() + ' | '.join(
        line.strip() for line in lines if not line.startswith('PASS'))[:400])
    # A skipped stream would prove nothing.
    check(lines[-1] == f'{len(paths)} passed, 0 failed, 0 skipped', ' | '.join(lines[-3:]))
    requests = sum(map(int, re.findall(r'  (\d+) requests', done.out)))
    return f'{len(paths)} streams, {requests} requests'


for test_name, (clips, words) in TESTS.items():
    add(f'controls-{test_name}', lambda clips=clips, words=words: compare(clips, words), slow=True)
