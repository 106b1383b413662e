# SPDX-License-Identifier: MIT
"""Firefox: its decoders in hardware, what the screen shows of them, and its sandbox."""

import re

import clips
import harness
import pictures
import screen
from framework import check, place, test
from firefox import Firefox

RATE, FRAMES = 25, 50  # of the clips
LEAST = 60             # frames that are to be shown of each
CODECS = ('h264', 'vp9', 'vp8', 'av1')
KNOWN_FRAME = 30
VA_FRAME, SOFTWARE = 'Got VA-API DMABufSurface', 'IsHardwareAccelerated=false'


def frame_of(counters):
    """The number of the frame that a video shows; its time goes on when it loops."""
    return int(counters['media_time'] * RATE + 0.01) % FRAMES


def check_hardware(firefox, before, frames, name):
    """Firefox has imported FRAMES since it had imported BEFORE, and none was decoded in software."""
    log = firefox.log
    check(SOFTWARE not in log, f'{name}: decoded in software')
    shown = log.count(VA_FRAME) - before
    check(shown >= frames, f'{name}: {shown} frames of VA-API, not {frames}')
    return shown


def check_screen(display, name, *shown):
    """The screen shows the frames of which the page tells; the PSNR and the picture's name.

    Each of SHOWN: (clip, counters, left edge, width, height).
    """
    file = pictures.FOLDER / f'firefox-{name}.png'
    display.screenshot(file)
    told = []
    for clip, counters, *rectangle in shown:
        left, width, height = rectangle or (0, 640, 360)
        found = pictures.match(file, clip, left, 0, width, height)
        found.check(frame_of(counters), name)
        told.append(f'{found.psnr:.1f} dB')
    return f'{" and ".join(told)} in {file.relative_to(harness.ROOT)}'


def play(firefox, display, name):
    """Loops, then a known frame; what to tell of it."""
    clip = clips.path(f'shown-{name}')
    before = firefox.log.count(VA_FRAME)
    firefox.page.call('open', 'first', clip.name)
    played, = firefox.page.call('play', LEAST + 10, 'first')
    for frame in (45, 3, KNOWN_FRAME):
        counters = firefox.page.call('seek', 'first', (frame + 0.5) / RATE)
        check(frame_of(counters) == frame, f'{name}: sought {frame}, not {frame_of(counters)}')
    shown = check_hardware(firefox, before, LEAST, name)
    picture = check_screen(display, name, (clip, counters))
    return f'{name} {shown} VA frames ({played["presented"]} played), {picture}'


def change_size(firefox, display):
    """Another source of another size in the same element, and back."""
    small, large = clips.path('shown-h264-small'), clips.path('shown-h264')
    before = firefox.log.count(VA_FRAME)
    for clip, size in ((small, (320, 240)), (large, (640, 360)), (small, (320, 240))):
        firefox.page.call('open', 'first', clip.name)
        counters, = firefox.page.call('play', 10, 'first')
        check((counters['width'], counters['height']) == size, f'the page shows {counters}')
    counters = firefox.page.call('seek', 'first', (KNOWN_FRAME + 0.5) / RATE)
    check_hardware(firefox, before, 30, 'size')
    return f'3 sizes, {check_screen(display, "size", (small, counters, 0, 320, 240))}'


def play_two(firefox, display):
    """Two videos side by side, of two codecs."""
    before = firefox.log.count(VA_FRAME)
    named = {'first': (clips.path('shown-h264-small'), 12, 0, 320, 240),
             'second': (clips.path('shown-vp9'), 37, 320, 640, 360)}
    for name, (clip, *_) in named.items():
        firefox.page.call('open', name, clip.name)
    firefox.page.call('play', LEAST, *named)
    counters = {name: firefox.page.call('seek', name, (frame + 0.5) / RATE)
                for name, (_, frame, *_) in named.items()}
    shown = check_hardware(firefox, before, 2 * LEAST, 'two')
    picture = check_screen(display, 'two', *(
        (clip, counters[name], *rectangle) for name, (clip, _, *rectangle) in named.items()))
    return f'two at once {shown} VA frames, {picture}'


@test('firefox-plays', slow=True)
def plays():
    """Four codecs, seeks, loops, sizes and two videos, all in hardware and right on the screen."""
    files = [clips.path(f'shown-{codec}') for codec in CODECS] + [clips.path('shown-h264-small')]
    with screen.screen(1024, 768) as display, Firefox('firefox-plays', display, files) as firefox:
        told = [play(firefox, display, codec) for codec in CODECS]
        told += [change_size(firefox, display), play_two(firefox, display)]
        firefox.stop()
    check(firefox.status == 0, f'Firefox ended with status {firefox.status}')
    check(not firefox.report.violations, f'rules broken: {firefox.report.violation_line()}')
    decoded = firefox.report.total('frames')
    for codec in CODECS:
        check(decoded.get(codec, 0) >= LEAST,
              f'the driver decoded {decoded.get(codec, 0)} frames of {codec}')
    return f'{"; ".join(told)}; {firefox.report.frames} frames decoded'


def driver_seconds(firefox):
    """For each time that libva loaded the driver: how long that and its giving up took."""
    took, start = [], None
    for at, line in firefox.lines:
        if 'Trying to open' in line:
            start = at
        elif 'va_openDriver() returns' in line and start is not None:
            took.append(at - start)
            start = None
    return took


@test('firefox-sandbox', slow=True)
def sandbox():
    """With Firefox's own sandbox: the driver gives up at once, in one line; software goes on."""
    clip = clips.path('shown-h264')
    # Firefox lets the sandbox read what is on this path; an installed driver it may read anyway.
    driver = place().build / 'src' / 'va'
    with screen.screen(1024, 768) as display:
        path = f'{display.libraries["LD_LIBRARY_PATH"]}:{driver}'
        with Firefox('firefox-sandbox', display, [clip], sandbox=True,
                     env={'LD_LIBRARY_PATH': path, 'MOZ_SANDBOX_LOGGING': '1'}) as firefox:
            for frames in (5, 5, LEAST):
                firefox.page.call('open', 'first', clip.name)
                firefox.page.call('play', frames, 'first')
            counters = firefox.page.call('seek', 'first', (KNOWN_FRAME + 0.5) / RATE)
            picture = check_screen(display, 'sandbox', (clip, counters))
            firefox.stop()
    refused = re.findall(r'SandboxBroker: denied op=open .* path=/dev(?:/media\d+)? ', firefox.said)
    check(refused, 'the sandbox refused nothing')
    starts = firefox.said.count('Trying to open')
    lines = firefox.said.count('libva error: v4l2_request')
    check(lines and lines <= starts, f'{lines} lines for {starts} starts of the driver')
    check(VA_FRAME not in firefox.log, 'frames came from VA-API')
    check(SOFTWARE in firefox.log, 'no software decoder was made')
    took = driver_seconds(firefox)
    check(len(took) == starts and max(took) < 0.1, f'the driver gives up after {took} s')
    check(firefox.status == 0, f'Firefox ended with status {firefox.status}')
    return (f'{starts} starts of the driver, {lines} lines of it; given up after '
            f'{", ".join(f"{1000 * one:.0f}" for one in took)} ms; {LEAST} frames in software, '
            f'{picture}')
