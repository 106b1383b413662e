# SPDX-License-Identifier: MIT
"""mpv: copied back and shown without a copy, half a minute in real time, a hundred seeks."""

import os
import random
import re
import tempfile
import time
from pathlib import Path

import clips
import displays
import harness
from framework import Skip, check, place, run_reported, software, test
from mpv import Mpv

FRAMES, RATE = 75, 25  # of the clip 'boxed'
SEEKS = 100


def need_mpv():
    if harness.need('mpv'):
        raise Skip('mpv is not installed')


def check_decoded(player, frames):
    """mpv ended well, and at least FRAMES came from the device."""
    check(player.status == 0, f'mpv ended with status {player.status}')
    check(not player.report.violations, f'rules broken: {player.report.violation_line()}')
    check(player.report.frames >= frames,
          f'the driver decoded {player.report.frames} frames, not {frames}')


def nv12_hashes(file):
    """What software decoding gives in the format that vaapi-copy delivers."""
    return harness.software_hashes(file, extra_output=('-vf', 'format=nv12'))


def encoded(hwdec, files):
    """(Result, Report, hashes) of an mpv that hashes each frame of FILES, one after the other."""
    need_mpv()
    with tempfile.TemporaryDirectory(prefix='v4l2va-mpv-') as directory:
        out = Path(directory) / 'frames'
        result, report = run_reported(
            ['mpv', '--no-config', '-v', '--no-audio', f'--hwdec={hwdec}',
             f'--vaapi-device={place().node}', '--hwdec-codecs=all', f'--o={out}',
             '--of=framemd5', '--ovc=rawvideo', '--', *files], ('--strict',))
        return result, report, harness.parse_framemd5(out.read_text() if out.is_file() else '')


@test('mpv-copy')
def copy():
    """--hwdec=vaapi-copy: every frame is bit-exact."""
    for name in ('boxed', 'b-pyramid', 'crop-98x54'):
        file = clips.path(name)
        result, report, hashes = encoded('vaapi-copy', [file])
        check(result.status == 0, f'{name}: {result.why()}')
        check('Using hardware decoding (vaapi-copy)' in result.out, f'{name}: not in hardware')
        check(not report.violations, f'{name}: rules broken: {report.violation_line()}')
        difference = harness.first_difference(nv12_hashes(file), hashes)
        check(not difference, f'{name}: {difference}')
        check(report.frames >= len(hashes), f'{name}: {report.frames} frames of the driver')


@test('mpv-codecs')
def codecs():
    """Files of one codec after another in one mpv: one display, a new decoder each time."""
    names = ('high', 'hevc-main', 'mpeg2', 'vp8', 'high')
    files = [clips.path(name) for name in names]
    result, report, hashes = encoded('vaapi-copy', files)
    check(result.status == 0, result.why())
    check(result.out.count('Using hardware decoding (vaapi-copy)') >= len(names),
          'not every file in hardware')
    check(not report.violations, f'rules broken: {report.violation_line()}')
    expected = [one for file in files for one in nv12_hashes(file)]
    difference = harness.first_difference(expected, hashes)
    check(not difference, difference)
    check(report.frames >= len(expected), f'{report.frames} frames of the driver')


def seek_targets():
    """Back and forth through the clip, the same each time."""
    chosen = random.Random(100)
    half = FRAMES // 2
    return [chosen.randrange(half, FRAMES) if index % 2 == 0 else chosen.randrange(half)
            for index in range(SEEKS)]


def seek_through(player):
    pictures = []
    for frame in seek_targets():
        player.seek(frame / RATE)
        pictures.append(player.picture())
    return pictures


@test('mpv-copy-100-seeks', slow=True)
def copy_seeks():
    """Each of 100 exact seeks shows the frame that software decoding shows."""
    need_mpv()
    file = clips.path('boxed')
    with Mpv(file, 'no') as player:
        expected = seek_through(player)
    check(len(set(expected)) > SEEKS // 3, 'the frames sought do not differ')
    start = time.monotonic()
    with Mpv(file, 'vaapi-copy') as player:
        used = player.get('hwdec-current')
        pictures = seek_through(player)
    took = time.monotonic() - start
    check(used == 'vaapi-copy', f'hwdec {used}')
    check_decoded(player, SEEKS)
    right = sum(got == wanted for got, wanted in zip(pictures, expected))
    check(right == SEEKS, f'{right} of {SEEKS} frames are right')
    return f'{SEEKS} seeks in {took:.1f} s, {player.report.frames} frames decoded, all right'


class Zerocopy:
    """mpv --hwdec=vaapi --vo=gpu on a headless compositor: dma-bufs are imported and drawn."""

    def __init__(self, env):
        self.env, self.libraries = env, displays.importing_mesa()

    def play(self, file, hwdec, *options):
        return Mpv(file, hwdec, '--gpu-context=wayland', *options, output='gpu', env=self.env,
                   libraries=self.libraries)


@test('mpv-zerocopy', slow=True)
def zerocopy():
    """What is drawn from imported surfaces is what is drawn from frames decoded in software."""
    need_mpv()
    file = clips.path('boxed')
    shown = []
    with displays.wayland() as env:
        screen = Zerocopy(env)
        for hwdec in ('no', 'vaapi'):
            with screen.play(file, hwdec) as player:
                used = player.get('hwdec-current')
                pictures = []
                for frame in (0, 1, 24, 25, 26, 40, 60, 74, 10):
                    player.seek(frame / RATE)
                    pictures.append(player.picture('window'))
            shown.append(pictures)
            check(used == hwdec, f'hwdec {used}, not {hwdec}')
    check_decoded(player, 50)
    check('using EGL dmabuf interop' in player.log, 'the surfaces were not imported')
    software_shown, imported = shown
    check(len(set(software_shown)) == len(software_shown), 'the pictures drawn do not differ')
    right = sum(got == wanted for got, wanted in zip(imported, software_shown))
    check(right == len(imported), f'{right} of {len(imported)} pictures are drawn right')


@test('mpv-zerocopy-100-seeks', slow=True)
def zerocopy_seeks():
    need_mpv()
    file = clips.path('boxed')
    with displays.wayland() as env:
        # The output has a part in how a picture is written.
        with Zerocopy(env).play(file, 'no') as player:
            expected = seek_through(player)
        with Zerocopy(env).play(file, 'vaapi') as player:
            used = player.get('hwdec-current')
            pictures = seek_through(player)
    check(used == 'vaapi', f'hwdec {used}')
    check_decoded(player, SEEKS)
    right = sum(got == wanted for got, wanted in zip(pictures, expected))
    check(right == SEEKS, f'{right} of {SEEKS} frames are right')
    return f'{SEEKS} seeks, {player.report.frames} frames decoded, all right'


def processor_seconds(pid):
    """What all threads of a process have used so far."""
    fields = Path(f'/proc/{pid}/stat').read_text().rpartition(')')[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf('SC_CLK_TCK')


def play_35_seconds(player, wanted_hwdec):
    """Plays to the end in real time; what to tell of it."""
    used = player.get('hwdec-current')
    start = time.monotonic()
    before = processor_seconds(player.process.pid)
    player.command('set_property', 'pause', False)
    player.command('observe_property', 1, 'eof-reached')
    while player.get('eof-reached') is not True:
        player.wait('property-change')
    took = time.monotonic() - start
    late, dropped = player.get('frame-drop-count'), player.get('decoder-frame-drop-count')
    last = player.picture()
    cpu = processor_seconds(player.process.pid) - before
    player.stop()
    check(used == wanted_hwdec, f'hwdec {used}')
    check(took >= 35, f'over after {took:.1f} s')
    check_decoded(player, 900)
    check(dropped == 0, f'{dropped} frames dropped by the decoder')
    errors = re.findall(r'Error while decoding|hardware decoding failed', player.log)
    check(not errors, f'mpv complains: {errors[:1]}')
    return last, (f'{took:.1f} s of 720p, {player.report.frames} frames decoded, {late} shown too '
                  f'late, 0 lost, {cpu:.1f} s of processor')


def long_clip():
    """36 seconds: 90 frames of 720p, ten times."""
    return clips.joined('36-seconds', ['720p-quiet'] * 10)


def last_frame(player):
    """The picture at its end, shown by a PLAYER of its last 90 frames."""
    with player:
        player.command('observe_property', 1, 'eof-reached')
        player.command('set_property', 'pause', False)
        while player.get('eof-reached') is not True:
            player.wait('property-change')
        return player.picture()


@test('mpv-copy-35-seconds', slow=True)
def copy_35_seconds():
    """Real time from beginning to end; the last frame is right."""
    need_mpv()
    expected = last_frame(Mpv(clips.path('720p-quiet'), 'no'))
    with Mpv(long_clip(), 'vaapi-copy') as player:
        last, figures = play_35_seconds(player, 'vaapi-copy')
    check(last == expected, 'the last frame is not right')
    return figures


@test('mpv-zerocopy-35-seconds', slow=True)
def zerocopy_35_seconds():
    need_mpv()
    with displays.wayland() as env:
        screen = Zerocopy(env)
        expected = last_frame(screen.play(clips.path('720p-quiet'), 'no'))
        # A small window: a processor draws it.
        with screen.play(long_clip(), 'vaapi', '--autofit=320') as player:
            last, figures = play_35_seconds(player, 'vaapi')
    check(last == expected, 'the last frame is not right')
    return figures
