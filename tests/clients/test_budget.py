# SPDX-License-Identifier: MIT
"""What a frame may cost: device calls, failed calls, log lines."""

import re

import clips
from framework import check, decode, run_reported, software, test  # noqa: F401

MAX_IOCTLS, MAX_POLLS = 7, 1
# Calls for pictures that were in flight when the window of steady state opened.
EDGE = 8
PER_FRAME_NEVER = ('EXPBUF', 'QUERYBUF', 'G_FMT', 'S_FMT', 'TRY_FMT', 'REQBUFS', 'CREATE_BUFS',
                   'REQUEST_ALLOC', 'mmap', 'munmap', 'open', 'close', 'dup')
# dma-buf cache maintenance is a call of a reader that maps the pixels, not of the decode.
NOT_DECODE = ('DMA_BUF_IOCTL_SYNC',)


def check_budget(decoded):
    steady = decoded.report.steady
    check(steady and steady.get('frames', 0) >= 20, f'too few frames in steady state: {steady}')
    frames = steady['frames']
    ioctls = {name: count for name, count in steady.get('ioctls', {}).items()
              if not any(word in name for word in NOT_DECODE)}
    table = ', '.join(f'{name} {count / frames:.2f}' for name, count in sorted(ioctls.items()))
    per_frame = sum(ioctls.values()) / frames
    check(sum(ioctls.values()) <= MAX_IOCTLS * frames + EDGE,
           f'{per_frame:.2f} ioctls per frame: {table}')
    polls = steady.get('polls', 0)
    check(polls <= MAX_POLLS * frames + EDGE, f'{polls / frames:.2f} polls per frame')
    for name, count in {**ioctls, **steady.get('other', {})}.items():
        for word in PER_FRAME_NEVER:
            if re.search(rf'(^|_){word}($|[^A-Za-z])', name):
                check(count <= max(EDGE, frames // 50),
                      f'{name}: {count} calls in {frames} frames')


def driver_lines(log):
    """Lines of the driver (they begin with its name) in what ffmpeg passes on from libva."""
    return [line for line in log.splitlines() if 'v4l2_request: ' in line]


@test('budget-download')
def budget_download():
    file = clips.path('gop-25')
    decoded = decode(file)
    decoded.check_equal(software(file))
    check_budget(decoded)


@test('budget-surfaces')
def budget_surfaces():
    file = clips.path('gop-25')
    decoded = decode(file, surfaces=True)
    decoded.check_equal(software(file))
    check_budget(decoded)


@test('budget-slices')
def budget_slices():
    """Many slices a picture cost no more calls."""
    file = clips.path('gop-25-slices')
    decoded = decode(file)
    decoded.check_equal(software(file))
    check_budget(decoded)


@test('budget-count-table')
def count_table():
    """tools/with-virtual --count prints its table."""
    decoded = decode(clips.path('gop-25'), options=('--count',))
    check(decoded.result.status == 0, decoded.result.why())
    check(re.search(r'per frame', decoded.result.err + decoded.result.out),
          'no table with calls per frame')


@test('long-1080p-2000-frames', slow=True)
def two_thousand_frames():
    """2,000 frames of 1080p: bit-exact, no failed call, at most one short line of log."""
    part = clips.path('long-1080p')
    file = clips.joined('2000-1080p', ['long-1080p'] * 8)
    decoded = decode(file, timeout=300)
    decoded.check_equal(software(part) * 8)
    check(len(decoded.hashes) == 2000, f'{len(decoded.hashes)} frames')
    failed = decoded.report.total('failed_ioctls')
    check(not failed, f'failed calls: {failed}')
    lines = driver_lines(decoded.log)
    check(len(lines) <= 1, f'{len(lines)} lines of log, the last: {lines[-1:]}')
    check(sum(len(line) for line in lines) < 200, 'more than 200 bytes of log')
    check_budget(decoded)
