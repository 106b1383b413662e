# SPDX-License-Identifier: MIT
"""mpv: copied back and shown without a copy, half a minute in real time, a hundred seeks."""

import concurrent.futures
import os
import random
import re
import tempfile
import time
from pathlib import Path

import clips
import debian
import harness
import pictures
import screen
from framework import Skip, add, check, place, run_reported, software, test
from mpv import Mpv

FRAMES, RATE = 75, 25  # of the clip 'boxed'
SEEKS = 100
SHOWN_FRAMES = 50    # of the clips that are looked for on a screen
SHOWN_SECONDS = 0.3  # until a compositor shows what it was given


def need_mpv():
    if harness.need('mpv'):
        raise Skip('mpv is not installed')


def check_decoded(player, frames):
    """mpv ended well, and at least FRAMES came from the device."""
    check(player.status == 0, f'mpv ended with status {player.status}')
    check(not player.report.violations, f'rules broken: {player.report.violation_line()}')
    check(player.report.frames >= frames,
          f'the driver decoded {player.report.frames} frames, not {frames}')


def copied_hashes(file, pix_fmt):
    """What software decoding gives in the format that vaapi-copy delivers."""
    return harness.software_hashes(file, extra_output=('-vf', f'format={pix_fmt}'))


def encoded(hwdec, files, first=(), options=('--strict',)):
    """(Result, Report, hashes) of an mpv that hashes each frame of FILES, one after the other."""
    need_mpv()
    with tempfile.TemporaryDirectory(prefix='v4l2va-mpv-') as directory:
        out = Path(directory) / 'frames'
        result, report = run_reported(
            [*first, 'mpv', '--no-config', '-v', '--no-audio', f'--hwdec={hwdec}',
             f'--vaapi-device={place().node}', '--hwdec-codecs=all', f'--o={out}',
             '--of=framemd5', '--ovc=rawvideo', '--', *files], options)
        return result, report, harness.parse_framemd5(out.read_text() if out.is_file() else '')


def check_encoded(names, first=(), options=('--strict',), pix_fmt='nv12'):
    """--hwdec=vaapi-copy of these clips in one mpv: every frame is bit-exact."""
    files = [clips.path(name) for name in names]
    result, report, hashes = encoded('vaapi-copy', files, first, options)
    told = ', '.join(names)
    check(result.status == 0, f'{told}: {result.why()}')
    check(result.out.count('Using hardware decoding (vaapi-copy)') >= len(names),
          f'{told}: not every file in hardware')
    check(not report.violations, f'{told}: rules broken: {report.violation_line()}')
    expected = [one for file in files for one in copied_hashes(file, pix_fmt)]
    difference = harness.first_difference(expected, hashes)
    check(not difference, f'{told}: {difference}')
    check(report.frames >= len(expected), f'{told}: {report.frames} frames of the driver')


@test('mpv-copy')
def copy():
    for name in ('boxed', 'b-pyramid', 'crop-98x54'):
        check_encoded([name])


@test('mpv-codecs')
def codecs():
    """One codec after another: one display, a new decoder each time."""
    check_encoded(['high', 'hevc-main', 'mpeg2', 'vp8', 'high'])


@test('mpv-later-codecs', slow=True)
def later_codecs():
    """mpv 0.40 with FFmpeg 7.1 and libva 2.22."""
    first = debian.later()
    for name in clips.EACH_CODEC:
        check_encoded([name], first)


@test('mpv-later-high10', slow=True)
def later_high10():
    """H.264 of ten bits, one clip after the other: FFmpeg 7.1's init_qp in one display."""
    check_encoded(['high10-crf', 'high10-qp-51-cavlc', 'high10-mbaff'], debian.later(),
                  ('--strict', '--personality', 'vdpu381'), 'p010le')


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


# What mpv is told for each way to show surfaces without a copy.
OUTPUTS = {
    'gpu': ('--gpu-context=wayland',),
    # Draws in software when it is told to; and it fits the colours to the screen but for these.
    'gpu-next': ('--gpu-context=wayland', '--gpu-sw=yes', '--target-prim=bt.601-525',
                 '--target-trc=bt.1886'),
    'dmabuf-wayland': (),
}
# Of mpv 0.40: 0.35 exports separate layers there and then expects a single one.
LATER_OUTPUTS = ('dmabuf-wayland',)


def show(display, output, file, hwdec='vaapi'):
    """An mpv on a Screen, than which its first picture is not to be larger."""
    width, height = display.size
    later = output in LATER_OUTPUTS
    return Mpv(file, hwdec, f'--autofit={width}x{height}', *OUTPUTS[output], output=output,
               env=display.env, libraries=None if later else display.libraries,
               first=debian.later() if later else ())


def zerocopy(output):
    """What is drawn from imported surfaces is what is drawn from frames decoded in software."""
    need_mpv()
    file = clips.path('boxed')
    shown = []
    with screen.screen(352, 288) as display:
        for hwdec in ('no', 'vaapi'):
            with show(display, output, file, hwdec) as player:
                used = player.get('hwdec-current')
                pictures_drawn = []
                for frame in (0, 1, 24, 25, 26, 40, 60, 74, 10):
                    player.seek(frame / RATE)
                    pictures_drawn.append(player.picture('window'))
            shown.append(pictures_drawn)
            check(used == hwdec, f'hwdec {used}, not {hwdec}')
    check_decoded(player, 50)
    check('using EGL dmabuf interop' in player.log, 'the surfaces were not imported')
    software_shown, imported = shown
    check(len(set(software_shown)) == len(software_shown), 'the pictures drawn do not differ')
    right = sum(got == wanted for got, wanted in zip(imported, software_shown))
    check(right == len(imported), f'{right} of {len(imported)} pictures are drawn right')


add('mpv-zerocopy-gpu', lambda: zerocopy('gpu'), slow=True)
add('mpv-zerocopy-gpu-next', lambda: zerocopy('gpu-next'), slow=True)


@test('mpv-zerocopy-100-seeks', slow=True)
def zerocopy_seeks():
    need_mpv()
    file = clips.path('boxed')
    with screen.screen(352, 288) as display:
        # The output has a part in how a picture is written.
        with show(display, 'gpu', file, 'no') as player:
            expected = seek_through(player)
        with show(display, 'gpu', file) as player:
            used = player.get('hwdec-current')
            got_pictures = seek_through(player)
    check(used == 'vaapi', f'hwdec {used}')
    check_decoded(player, SEEKS)
    right = sum(got == wanted for got, wanted in zip(got_pictures, expected))
    check(right == SEEKS, f'{right} of {SEEKS} frames are right')
    return f'{SEEKS} seeks, {player.report.frames} frames decoded, all right'


@test('mpv-dmabuf-wayland', slow=True)
def dmabuf_wayland():
    """Surfaces exported in one layer, which the compositor shows and mpv never touches."""
    clip = clips.path('shown-h264')
    with screen.screen(640, 360, tells_node=True) as display, \
            show(display, 'dmabuf-wayland', clip) as player:
        told = []
        for frame in (30, 3, 45, 12, 40):
            player.seek(frame / RATE)
            time.sleep(SHOWN_SECONDS)
            told.append(on_screen(display, clip, frame, 'dmabuf-wayland'))
        used = player.get('hwdec-current')
    check(used == 'vaapi', f'hwdec {used}')
    check_decoded(player, 50)
    return ', '.join(told)


def on_screen(display, clip, frame, name):
    """This frame of CLIP fills the screen."""
    file = pictures.FOLDER / f'mpv-{name}.png'
    display.screenshot(file)
    width, height = display.size
    found = pictures.match(file, clip, width=width, height=height)
    found.check(frame, name)
    return f'{found.psnr:.1f} dB'


def processor_seconds(pid):
    """What all threads of a process have used so far."""
    fields = Path(f'/proc/{pid}/stat').read_text().rpartition(')')[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf('SC_CLK_TCK')


def play_until(player, seconds):
    """Plays in real time to SECONDS of the file, or to its end, and pauses there."""
    player.command('set_property', 'pause', False)
    while not player.get('eof-reached') and player.get('time-pos') < seconds:
        time.sleep(0.1)
    player.command('set_property', 'pause', True)


def play_35_seconds(player, wanted_hwdec, check_picture):
    """Three stretches of 12 seconds with seeks between them; what to tell of it.

    check_picture(frame of the clip) is called where it stops.
    """
    used = player.get('hwdec-current')
    took, before, told = 0, processor_seconds(player.process.pid), []
    for first, last in ((0, 12), (4, 16), (24, 99)):
        player.seek(first)
        told.append(check_picture(round(first * RATE) % SHOWN_FRAMES))
        start = time.monotonic()
        play_until(player, last)
        took += time.monotonic() - start
        time.sleep(SHOWN_SECONDS)
        told.append(check_picture(round(player.get('time-pos') * RATE) % SHOWN_FRAMES))
    late, dropped = player.get('frame-drop-count'), player.get('decoder-frame-drop-count')
    cpu = processor_seconds(player.process.pid) - before
    player.stop()
    check(used == wanted_hwdec, f'hwdec {used}')
    check(took >= 35, f'over after {took:.1f} s')
    check_decoded(player, 900)
    check(dropped == 0, f'{dropped} frames dropped by the decoder')
    errors = re.findall(r'Error while decoding|hardware decoding failed', player.log)
    check(not errors, f'mpv complains: {errors[:1]}')
    return (f'{took:.1f} s of 720p, {player.report.frames} frames decoded, {late} shown too late, '
            f'0 lost, {cpu:.1f} s of processor, pictures {", ".join(told)}')


def long_clip():
    """36 seconds: 50 frames of 720p, 18 times."""
    return clips.repeated('shown-h264-720p', 18)


def copy_35_seconds():
    shown = []

    def keep_picture(frame):
        shown.append((frame, player.picture()))
        return str(frame)

    with Mpv(long_clip(), 'vaapi-copy') as player:
        figures = play_35_seconds(player, 'vaapi-copy', keep_picture)
    with Mpv(clips.path('shown-h264-720p'), 'no') as player:
        for frame, picture in shown:
            player.seek(frame / RATE)
            check(player.picture() == picture, f'copy: frame {frame} is not right')
    return f'{figures} equal'


def zerocopy_35_seconds(output):
    clip = clips.path('shown-h264-720p')
    with screen.screen(640, 360, tells_node=output in LATER_OUTPUTS) as display:
        def check_picture(frame):
            time.sleep(SHOWN_SECONDS)
            return on_screen(display, clip, frame, output)

        with show(display, output, long_clip()) as player:
            return play_35_seconds(player, 'vaapi', check_picture)


@test('mpv-35-seconds', slow=True)
def four_times_35_seconds():
    """Real time, all at once: copied back, and shown without a copy in three ways."""
    need_mpv()
    long_clip()
    debian.later()
    with concurrent.futures.ThreadPoolExecutor() as pool:
        plays = {'copy': pool.submit(copy_35_seconds)}
        for output in OUTPUTS:
            plays[output] = pool.submit(zerocopy_35_seconds, output)
        return '; '.join(f'{name} {play.result()}' for name, play in plays.items())
