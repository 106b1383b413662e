# SPDX-License-Identifier: MIT
"""The part of demo.sh after the build: decode, compare, print the table, write the sheet."""

import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import harness

OK, DIFFERENT, USAGE, NOT_A_VIDEO, UNSUPPORTED, SETUP = range(6)
SHEET_COLUMNS, SHEET_ROWS, SHEET_WIDTH = 4, 3, 320
CLIP_SECONDS, CLIP_RATE = 4, 25


def stop(status, line):
    print(f'demo.sh: {line}', file=sys.stderr)
    sys.exit(status)


class Progress:
    """One line that says what runs and how far it is: rewritten on a terminal, else once."""

    def __init__(self, what):
        self.what = what
        self.tty = sys.stdout.isatty()
        if not self.tty:
            print(what, flush=True)

    def show(self, frames, total):
        if self.tty:
            share = f' of {total}' if total else ''
            print(f'\r\033[K{self.what}: {frames}{share} frames', end='', flush=True)

    def done(self):
        if self.tty:
            print('\r\033[K', end='', flush=True)


def decode(command, env, what, total, log_path):
    """Runs an ffmpeg that prints -progress on stdout; returns (status, log, seconds)."""
    progress = Progress(what)
    start = time.monotonic()
    with open(log_path, 'w+', encoding='utf-8', errors='replace') as log:
        process = subprocess.Popen([str(word) for word in command], stdin=subprocess.DEVNULL,
                                   stdout=subprocess.PIPE, stderr=log, env=env, text=True,
                                   errors='replace')
        try:
            for line in process.stdout:
                match = re.match(r'frame=\s*(\d+)', line)
                if match:
                    progress.show(int(match.group(1)), total)
            status = process.wait()
        except BaseException:
            process.kill()
            raise
        finally:
            progress.done()
        seconds = time.monotonic() - start
        log.seek(0)
        return status, log.read(), seconds


def make_clip():
    """The default clip: motion, noise, a fade, B-frames; made once, then kept in out/."""
    clip = harness.OUT / 'demo.mp4'
    if clip.is_file():
        return clip
    part = clip.with_suffix('.part.mp4')
    result = harness.run([
        *harness.FFMPEG, '-v', 'error', '-f', 'lavfi', '-i',
        f'testsrc2=size=1280x720:rate={CLIP_RATE}:duration={CLIP_SECONDS},'
        'noise=alls=6:allf=t,fade=in:0:20', '-pix_fmt', 'yuv420p', '-c:v', 'libx264',
        '-profile:v', 'high', '-bf', '3', '-x264-params', 'b-pyramid=normal:weightp=2:keyint=50',
        '-f', 'mp4', part], timeout=300)
    if result.status != 0:
        stop(SETUP, f'ffmpeg could not make the clip: {result.why()}')
    os.replace(part, clip)
    return clip


def last_line(log):
    lines = [line for line in log.splitlines() if line.strip()]
    return lines[-1][:160] if lines else 'no message'


def check_file(path):
    """ffprobe's video stream, or the end of the program with one line."""
    stream, audio = harness.probe(path)
    if stream is None:
        stop(NOT_A_VIDEO, f'{path}: holds sound, no video' if audio else f'{path}: not a video')
    return stream


def check_support(path, stream, place):
    codec, profile = stream['codec_name'], stream.get('profile', '')
    profiles, vainfo = place.profiles()
    if not profiles:
        stop(SETUP, f'the driver offers nothing on this device: {vainfo.why() or "no profile"}')
    name = harness.CODEC_NAMES.get(codec)
    if not name or not any(f'VAProfile{name}' in offered for offered in profiles):
        stop(UNSUPPORTED, f'{path}: codec {codec} is not supported yet')
    wanted = harness.va_profile(codec, profile, stream.get('pix_fmt', ''))
    if wanted not in profiles:
        stop(UNSUPPORTED, f'{path}: {codec} profile {profile} ({stream.get("pix_fmt", "?")}) '
                          'is not supported yet')


def read_hashes(path):
    return harness.parse_framemd5(path.read_text()) if path.is_file() else []


def sheet_words(total, target, crop):
    """An ffmpeg output: every n-th decoded frame, tiled into one PNG."""
    cells = SHEET_COLUMNS * SHEET_ROWS
    step = max(1, total // cells)
    chain = harness.native_filter('yuv420p', crop)
    return [*harness.every_frame(), '-vf',
            f"{chain},select='not(mod(n,{step}))*lt(n,{step * cells})',"
            f'scale={SHEET_WIDTH}:-2,tile={SHEET_COLUMNS}x{SHEET_ROWS}:padding=4:margin=4,'
            'format=rgb24', '-frames:v', '1', '-update', '1', '-f', 'image2',
            f'file:{target}']


def print_table(rows):
    width = max(len(name) for name, _ in rows)
    for name, value in rows:
        print(f'  {name:<{width}}  {value}')


def device_name(place, report, log):
    if place.real_node:
        match = re.search(r'VAAPI driver: (.*?)\.?$', log, re.M)
        return f'{match.group(1) if match else "v4l2_request"} on {place.real_node}'
    return f'{report.device or "virtual decoder"} (virtual: decodes in user space)'


def calls_text(place, report):
    calls = None if place.real_node else report.calls_per_frame()
    if calls is None:
        return 'not counted' if place.real_node else 'too few frames to tell'
    return f'{calls[0]:.2f} ioctls, {calls[1]:.2f} polls, {calls[2]:.2f} others'


def main():
    harness.OUT.mkdir(exist_ok=True)
    if sys.argv[1:2] == ['--check']:
        if len(sys.argv) > 2:
            check_file(sys.argv[2])
        return OK
    virtual_only = os.environ.get('V4L2VA_DEMO_DEVICE') == 'virtual'
    path = Path(sys.argv[1]) if len(sys.argv) > 1 else make_clip()
    stream = check_file(path)
    place = (None if virtual_only else harness.real_place()) or harness.Place()
    check_support(path, stream, place)
    codec, profile = stream['codec_name'], stream.get('profile', '')
    crop = harness.left_top_crop(path, codec, stream.get('width'), stream.get('height'))
    pix_fmt = stream.get('pix_fmt', 'yuv420p').replace('yuvj', 'yuv')
    if pix_fmt == 'gray':
        pix_fmt = 'yuv420p'
    target = harness.OUT / f'{path.stem}-sheet.png'
    common = harness.every_frame()

    with tempfile.TemporaryDirectory(prefix='v4l2va-demo-') as scratch:
        scratch = Path(scratch)
        soft, hard = scratch / 'software', scratch / 'driver'
        inputs = harness.input_words(path, '' if codec == 'av1' else codec)  # any software decoder
        begin = [*harness.FFMPEG, '-v', 'error', '-max_error_rate', '1', '-progress', 'pipe:1',
                 '-flags', 'unaligned']
        status, log, soft_seconds = decode(
            [*begin, *inputs, *common, '-vf', harness.unconverted(pix_fmt),
             '-f', 'framemd5', f'file:{soft}'],
            None, 'decoding in software', 0, scratch / 'software.log')
        expected = read_hashes(soft)
        if not expected:
            stop(NOT_A_VIDEO, f'{path}: no frame can be decoded, even in software: '
                              f'{last_line(log)}')

        begin[begin.index('error')] = 'verbose'
        target.unlink(missing_ok=True)
        command = [*begin, *harness.hwaccel_words(place, codec, profile),
                   *harness.input_words(path, codec),
                   *common, '-vf', harness.native_filter(pix_fmt, crop),
                   '-f', 'framemd5', f'file:{hard}',
                   *sheet_words(len(expected), target, crop)]
        status, log, hard_seconds = decode(
            place.command(command, ('--report', scratch)), place.env(),
            'decoding through VA-API', len(expected), scratch / 'driver.log')
        got = read_hashes(hard)
        report = harness.Report(scratch)

    exact = sum(1 for left, right in zip(expected, got) if left == right)
    fallback = harness.FALLBACK.search(log)
    by_driver = report.frames if not place.real_node else (0 if fallback else len(got))
    print_table([
        ('device', device_name(place, report, log)),
        ('codec', f'{codec} {profile}'.strip()),
        ('size', f'{stream.get("width")}x{stream.get("height")}'),
        ('frames', f'{len(got)} of {len(expected)}, {by_driver} decoded by the driver'),
        ('bit-exact', f'{exact} of {len(expected)}'),
        ('fps', f'{len(got) / hard_seconds:.0f} through the driver, '
                f'{len(expected) / soft_seconds:.0f} in software'),
        ('calls per frame', calls_text(place, report)),
    ])
    if target.is_file():
        print(f'contact sheet: {target}')
    if fallback:
        stop(DIFFERENT, f'the driver did not decode: {fallback.group(0)}')
    if by_driver < len(got) or not got:
        interlaced = stream.get('field_order', 'progressive') not in ('progressive', 'unknown')
        stop(UNSUPPORTED if interlaced else DIFFERENT,
             f'{path}: interlaced {codec} is not supported yet' if interlaced else
             f'the driver decoded {by_driver} of {len(expected)} frames: {last_line(log)}')
    if expected != got:
        stop(DIFFERENT, harness.first_difference(expected, got))
    if status != 0:
        stop(DIFFERENT, f'ffmpeg ended with status {status}: {last_line(log)}')
    return OK


if __name__ == '__main__':
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
