# SPDX-License-Identifier: MIT
"""GStreamer: the memory that `va` elements hand on, and the elements of gstreamer-vaapi."""

import concurrent.futures
import hashlib
import tempfile
from pathlib import Path

import clients
import clips
import debian
import displays
import harness
import pictures
import screen
from framework import Skip, add, check, env_words, run_reported, test

WIDTH, HEIGHT = 352, 288  # of the clips used here: whole macroblocks, rows without padding
FRAME = WIDTH * HEIGHT * 3 // 2
MEMORIES = {'system': 'video/x-raw', 'vamemory': 'video/x-raw(memory:VAMemory)',
            'dmabuf': 'video/x-raw(memory:DMABuf)'}
CLIPS = {'h264': 'b-pyramid', 'hevc': 'hevc-main', 'mpeg2': 'mpeg2', 'vp8': 'vp8'}


# Of this run: a registry remembers what the plugins found on a device. Made once for each display.
_registries = tempfile.TemporaryDirectory(prefix='v4l2va-gstreamer-')


def launch(words, options, display=None, first=(), registry=None):
    """(Result, Report) of gst-launch-1.0.

    display: environment of one; first: words before it; registry: another than a display has.
    """
    if harness.need('gst-launch-1.0'):
        raise Skip('GStreamer is not installed')
    registry = Path(_registries.name) / (registry or ('display' if display else 'none'))
    command = [*first, 'gst-launch-1.0', '--no-fault', *words]
    return run_reported(command, options, env={'GST_REGISTRY': str(registry), **(display or {})})


def source(codec, file=None):
    """(file, words of a pipeline up to the decoder); the codec's clip, or FILE."""
    row, file = clients.CODECS[codec], file or clips.path(CLIPS[codec])
    words = ['filesrc', f'location={file}', '!', *clients.DEMUXERS.get(file.suffix, ()),
             *row.parser]
    return file, words


def nv12_hashes(file):
    return harness.software_hashes(file, extra_output=('-vf', 'format=nv12'))


def check_frames(codec, element, caps, options, display=None, first=(), registry=None, file=None):
    """The frames' memory as it is, written to a file by an element that knows nothing of VA."""
    file, words = source(codec, file)
    expected = nv12_hashes(file)
    with tempfile.TemporaryDirectory(prefix='v4l2va-gstreamer-') as directory:
        out = Path(directory) / 'frames'
        result, report = launch([*words, element, '!', f'{caps},format=NV12', '!', 'filesink',
                                 f'location={out}'], options, display, first, registry)
        if f'no element "{element}"' in result.err:
            raise Skip(f'there is no {element}')
        check(result.status == 0, result.why())
        check(not report.violations, f'rules broken: {report.violation_line()}')
        check(report.frames >= len(expected),
              f'the driver decoded {report.frames} of {len(expected)} frames')
        data = out.read_bytes()
    # Decoders may keep more behind a picture.
    step = len(data) // len(expected)
    check(step * len(expected) == len(data) and step >= FRAME, f'{len(data)} bytes came out')
    hashes = [hashlib.md5(data[i * step:i * step + FRAME]).hexdigest()
              for i in range(len(expected))]
    difference = harness.first_difference(expected, hashes)
    check(not difference, difference)


def va(codec, memory, delay=0):
    return lambda: check_frames(codec, f'va{clients.CODECS[codec].suffix}', MEMORIES[memory],
                                ('--strict', '--delay-ms', delay))


def vaapi(codec):
    return lambda: check_frames(codec, f'vaapi{clients.CODECS[codec].suffix}', 'video/x-raw',
                                ('--strict',))


for one_codec in CLIPS:
    add(f'gstreamer-vaapi-{one_codec}', vaapi(one_codec))
    for one_memory in MEMORIES:
        add(f'gstreamer-va-{one_memory}-{one_codec}', va(one_codec, one_memory))
# With DMABuf caps, nobody waits for a picture: the driver must have.
add('gstreamer-va-dmabuf-slow-device', va('h264', 'dmabuf', 5))


@test('gstreamer-vaapi-x11')
def vaapi_x11():
    """Through a display of X11 instead of the render node."""
    with displays.x11() as env:
        check_frames('h264', 'vaapih264dec', 'video/x-raw', ('--strict',), env)


@test('gstreamer-later-codecs', slow=True)
def later_codecs():
    """GStreamer 1.26 and libva 2.22."""
    first = debian.later()
    for codec in CLIPS:
        check_frames(codec, f'va{clients.CODECS[codec].suffix}', MEMORIES['system'],
                     ('--strict',), first=first, registry='later')


# What shows DMABuf memory, and what proves that it took it as such.
SINKS = {
    'waylandsink': ('waylandsink',),
    'glimagesink': ('glupload', '!', 'glcolorconvert', '!', 'glimagesink'),
}


def check_shown(sink, later=False):
    """The frame that stands still in the end is on the screen, of memory that nobody copied."""
    clip, still = clips.path('shown-h264-still'), 30
    file = pictures.FOLDER / f'gstreamer-{"later-" if later else ""}{sink}.png'
    caps = 'video/x-raw(memory:DMABuf),format=' + ('DMA_DRM' if later else 'NV12')
    words = ['filesrc', f'location={clip}', '!', 'qtdemux', '!', 'h264parse', '!', 'vah264dec', '!',
             caps, '!', *SINKS[sink]]
    with screen.screen(640, 360, tells_node=later) as display, \
            concurrent.futures.ThreadPoolExecutor() as pool:
        running = pool.submit(
            launch, words, ('--strict',),
            {**display.env, 'GST_GL_WINDOW': 'wayland', 'GST_GL_PLATFORM': 'egl'},
            debian.later() if later else env_words(display.libraries),
            'later' if later else 'screen')
        found = None
        while not running.done() and (found is None or found.frame != still):
            display.screenshot(file)
            found = pictures.match(file, clip, frames=still + 1)
        result, report = running.result()
    check(result.status == 0, f'{result.why()}{result.err}')
    check(not report.violations, f'rules broken: {report.violation_line()}')
    check(report.frames >= clips.CLIPS['shown-h264-still'].frames,
          f'the driver decoded {report.frames} frames')
    found.check(still, sink)
    return (f'{report.frames} frames decoded, frame {still} with {found.psnr:.1f} dB in '
            f'{file.relative_to(harness.ROOT)}')


for one_sink in SINKS:
    add(f'gstreamer-dmabuf-{one_sink}', lambda sink=one_sink: check_shown(sink), slow=True)
    add(f'gstreamer-later-dmabuf-{one_sink}', lambda sink=one_sink: check_shown(sink, later=True),
        slow=True)
