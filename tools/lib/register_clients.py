# SPDX-License-Identifier: MIT
"""Clients on a board of the kernel lab, each stream's jobs recorded by board-hardware."""

import dataclasses
import shlex
from pathlib import Path

import clients
import debian
import harness

WITH_KERNEL = harness.ROOT / 'tools' / 'with-kernel'
CLIENT_SECONDS = 60
MUXERS = {name: codec.muxer for name, codec in clients.CODECS.items()}
# Pictures in rows where the device has them, else the only layout that it has.
EIGHT_BITS = 'video/x-raw,format={NV12,NV12_16L32S}'
EIGHT_BITS_OF = {'a20': 'video/x-raw,format=NV12_32L32'}  # of boards that have tiles alone
TEN_BITS = 'video/x-raw,format={P010_10LE,NV12_10LE40}'
TEN_BITS_OF = {'av1': 'video/x-raw,format=P010_10LE'}  # which the driver takes of two
# GStreamer's element of a board's device that the driver takes, where it is not the codec's first.
ELEMENTS = {('rk3588', 'h264'): 'v4l2slvideo3h264dec'}
NAMES = ('v4l2codecs', 'v4l2codecs-later', 'ffmpeg', 'ffmpeg-later', 'gstreamer')


@dataclasses.dataclass(frozen=True)
class Stream:
    name: str      # for reports
    path: str      # a raw stream
    codec: str
    pix_fmt: str = 'yuv420p'
    profile: str = ''


@dataclasses.dataclass
class Run:
    """What came of a client and a stream."""
    recording: Path
    status: str
    log: str

    @property
    def decoded(self):
        return self.recording.is_file() and self.recording.stat().st_size > 0

    def why(self):
        lines = [line for line in self.log.splitlines() if line.strip()]
        return f'exit {self.status}: {lines[-1][:160] if lines else "no message"}'


def shortened(path, codec, pictures, target):
    """A raw stream with the first PICTURES of PATH, in the folder TARGET; None: ffmpeg cannot."""
    file = Path(target) / f'{Path(path).stem}.{MUXERS[codec]}'
    filters = ['-bsf:v', clients.CODECS[codec].bitstream_filter] if (
        clients.CODECS[codec].bitstream_filter) else []
    done = harness.run([*harness.FFMPEG, '-v', 'error', *harness.input_words(path, codec)[1:],
                        '-map', '0:v:0', '-c', 'copy', '-frames:v', str(pictures), *filters,
                        '-f', MUXERS[codec], file], 60)
    if done.status != 0 or not file.is_file() or not file.stat().st_size:
        return None
    if codec in ('h264', 'hevc'):
        # A zero before the start code that is not there any more; one client takes it, one does not.
        file.write_bytes(file.read_bytes().rstrip(b'\0'))
    return file


def _gstreamer(stream, prefix, board):
    codec = clients.CODECS[stream.codec]
    element = prefix + codec.suffix
    if prefix == 'v4l2sl':
        element = ELEMENTS.get((board, stream.codec), element)
    caps = TEN_BITS_OF.get(stream.codec, TEN_BITS) if '10' in stream.pix_fmt else (
        EIGHT_BITS_OF.get(board, EIGHT_BITS))
    demuxer = clients.DEMUXERS.get(Path(stream.path).suffix, ())
    middle = [caps, '!'] if prefix == 'v4l2sl' else ['video/x-raw', '!']
    return ['gst-launch-1.0', '--quiet', '--no-fault', 'filesrc', f'location={stream.path}', '!',
            *demuxer, *codec.parser, element, '!', *middle, 'fakesink', 'sync=false']


def _ffmpeg(stream, first):
    return [*harness.FFMPEG, '-v', 'warning', '-threads', '1',
            *harness.hwaccel_words(harness.Place(), stream.codec, stream.profile, 'vaapi'),
            *harness.input_words(stream.path, stream.codec), *harness.every_frame(first=first),
            '-f', 'null', '-']


def words(client, stream, board):
    """The command of CLIENT for STREAM, a list of words."""
    first = debian.later() if client.endswith('-later') else []
    if client.startswith('v4l2codecs'):
        return [*first, *_gstreamer(stream, 'v4l2sl', board)]
    if client.startswith('ffmpeg'):
        return [*first, *_ffmpeg(stream, tuple(first))]
    return _gstreamer(stream, 'va', board)


def reference(stream):
    """The independent client that is asked to decode STREAM: GStreamer 1.22 has no element for AV1, no
    layout of ten bits for most devices, and crashes on HEVC's entry points."""
    later = stream.codec in ('av1', 'hevc') or '10' in stream.pix_fmt
    return 'v4l2codecs-later' if later else 'v4l2codecs'


def record(board, streams, sides, folder, options=()):
    """Runs both SIDES on each of STREAMS in one boot of BOARD.

    SIDES: two functions that give a stream's command. Leaves recordings in FOLDER; returns
    ([[Run, Run] of each stream], harness.Result of the boot).
    """
    program = harness.Place().build / 'kernel-lab' / 'hardware' / 'board-hardware'
    folder = Path(folder)
    lines = ['export GST_REGISTRY=/tmp/registry.bin GST_DEBUG_NO_COLOR=1']
    runs = []
    for side in range(2):  # a client after the other: their programs stay in memory
        for number, stream in enumerate(streams):
            stem = folder / f'{number}-{"ab"[side]}'
            command = [program, '--record', f'{stem}.jobs', 'timeout', '-k', '2', CLIENT_SECONDS,
                       *sides[side](stream)]
            lines.append(f'{shlex.join(map(str, command))} >{stem}.log 2>&1; echo $? >{stem}.status')
    script = folder / 'script'
    script.write_text('\n'.join(lines) + '\n')
    seconds = 60 + 2 * CLIENT_SECONDS * len(streams)
    done = harness.run([WITH_KERNEL, '--strict', '--memory', '2G', '--board', board, '--output', folder,
                        '--timeout', seconds, *options, 'bash', script], seconds + 60,
                       harness.Place().env())
    for number in range(len(streams)):
        runs.append([])
        for side in 'ab':
            stem = folder / f'{number}-{side}'
            texts = [Path(f'{stem}.{kind}') for kind in ('status', 'log')]
            status, log = (text.read_text(errors='replace').strip() if text.is_file() else '?'
                           for text in texts)
            runs[-1].append(Run(Path(f'{stem}.jobs'), status, log))
    return runs, done


