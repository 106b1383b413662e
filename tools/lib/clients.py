# SPDX-License-Identifier: MIT
"""The programs that tools/conformance lets decode, each behind the same three calls.

A client has `name`, `programs`, the commands that it needs; `starter()`, words before them;
`through_driver`; `skips(row)`, why it is not asked to decode a stream of the manifest ('' when
it is); `decode(path, row, scratch, timeout)`, an Outcome. Each picture that a client gives is
hashed as it would be in the manifest: planar, cropped, at its own size, no sample changed.
"""

import dataclasses
import hashlib
import re
import tempfile
from pathlib import Path

import debian
import harness

MD5 = 'md5_of_all_frames_native_yuv'  # the column of the manifest
LOG_TAIL = 160


@dataclasses.dataclass
class Outcome:
    """What came of one stream."""
    result: harness.Result
    md5: str = ''        # of all frames; '' when the client did not say
    frames: int = 0      # that came out
    problem: str = ''    # how the client failed, in its own words; '' when it ended well
    expected: str = ''   # md5 to compare with when it is not the manifest's
    expected_frames: int = 0


def last_line(text):
    lines = [line for line in text.splitlines() if line.strip()]
    return lines[-1][:LOG_TAIL] if lines else ''


def ffmpeg_md5(place_command, input_words, filter_words, scratch, timeout, env=None, first=()):
    """(Result, md5 or '', frames) of an ffmpeg that hashes all frames of a video stream.

    first: words before its command.
    """
    progress = Path(scratch) / 'progress'
    progress.unlink(missing_ok=True)
    command = place_command([
        *first, *harness.FFMPEG, '-v', 'warning', '-flags', 'unaligned', *input_words,
        *harness.every_frame(first=first), *filter_words,
        # The md5 judges, not the share of packets that the stream itself has damaged.
        '-max_error_rate', '1', '-progress', f'file:{progress}', '-f', 'md5', '-'])
    result = harness.run(command, timeout, env)
    found = re.search(r'^MD5=([0-9a-f]{32})', result.out, re.M)
    frames = re.findall(r'^frame=\s*(\d+)', progress.read_text() if progress.exists() else '', re.M)
    return result, found.group(1) if found else '', int(frames[-1]) if frames else 0


def software_md5(path, row, scratch, timeout):
    """(md5, frames) of software decoding: no sample converted, no frame turned."""
    words = harness.input_words(path, '' if row['codec'] == 'av1' else row['codec'])
    _, md5, frames = ffmpeg_md5(list, words, ['-vf', harness.unconverted(row['pix_fmt'])],
                                scratch, timeout)
    return md5, frames


def unconverted_md5(outcome, path, row, scratch, timeout):
    """The md5 that a wrong OUTCOME is to be compared with; '' for the manifest's.

    The manifest's command turns frames as the file says, and converts those whose range is not the
    first frame's. Where software decoding by that command gives the manifest's md5, what counts is
    software decoding without either.
    """
    if not outcome.md5 or outcome.md5 == row[MD5]:
        return ''
    words = harness.input_words(path, '' if row['codec'] == 'av1' else row['codec'])
    words.remove('-noautorotate')
    _, md5, _ = ffmpeg_md5(list, words, [], scratch, timeout)
    return software_md5(path, row, scratch, timeout)[0] if md5 == row[MD5] else ''


def not_offered(row, profiles):
    """Why the driver, which offers PROFILES, does not claim a stream; '' when it does."""
    codec, profile = row['codec'], row['profile']
    wanted = harness.va_profile(codec, profile, row['pix_fmt'])
    if wanted is None:
        return f'VA-API has no profile for {codec} {profile or "of unknown profile"}'
    if wanted not in profiles:
        return f'{wanted} is not offered by the driver'
    if codec == 'h264' and not row['pix_fmt'].startswith(('yuv420p', 'yuvj420p', 'gray')):
        return f'{row["pix_fmt"]} is not offered by the driver'
    return ''


class FfmpegClient:
    """ffmpeg -hwaccel vaapi."""

    name = 'ffmpeg'
    programs = ('ffmpeg', 'ffprobe')
    through_driver = True

    @staticmethod
    def starter():
        return ()

    def __init__(self, place, profiles):
        self.place = place
        self.profiles = profiles

    def skips(self, row):
        return not_offered(row, self.profiles)

    def decode(self, path, row, scratch, timeout):
        codec = row['codec']
        crop = None
        if 'crop' in (row.get('features') or '').split() and row['width'].isdigit():
            crop = harness.left_top_crop(path, codec, int(row['width']), int(row['height']))
        # No report tells what a real device did: its frames stay surfaces, which software's are not.
        surfaces = bool(self.place.real_node)
        words = [*harness.hwaccel_words(self.place, codec, row['profile'],
                                        'vaapi' if surfaces else None),
                 *harness.input_words(path, codec)]
        result, md5, frames = ffmpeg_md5(
            lambda command: self.place.command(command, ('--strict', '--report', scratch)), words,
            ['-vf', harness.native_filter(row['pix_fmt'], crop, surfaces)], scratch, timeout,
            self.place.env(), self.starter())
        fallback = harness.FALLBACK.search(result.err)
        problem = f'fell back to software: {fallback.group(0)}' if fallback else result.why(LOG_TAIL)
        outcome = Outcome(result, md5, frames, problem)
        outcome.expected = unconverted_md5(outcome, path, row, scratch, timeout)
        return outcome


class LaterFfmpegClient(FfmpegClient):
    """The same of a later Debian: FFmpeg 7.1 and libva 2.22 know H.264 High 10."""

    name = 'ffmpeg-later'

    @staticmethod
    def starter():
        return tuple(debian.later())


@dataclasses.dataclass(frozen=True)
class Codec:
    """How GStreamer takes a codec, and ffmpeg's words to bring it out of a container."""
    raw: tuple       # suffixes of files that GStreamer reads without a demuxer
    parser: tuple    # before the decoder
    suffix: str      # of the decoders' names: va…, v4l2sl…
    muxer: str
    bitstream_filter: str = ''


CODECS = {
    'h264': Codec(('.264', '.h264', '.avc', '.jsv', '.26l', '.jvt', '.bit', '.bits'),
                  ('h264parse', '!'), 'h264dec', 'h264', 'h264_mp4toannexb'),
    'hevc': Codec(('.265', '.h265', '.hevc', '.bit', '.bin'), ('h265parse', '!'), 'h265dec', 'hevc',
                  'hevc_mp4toannexb'),
    'vp8': Codec(('.ivf', '.webm'), (), 'vp8dec', 'ivf'),
    'vp9': Codec(('.ivf', '.webm'), ('vp9parse', '!'), 'vp9dec', 'ivf'),
    'av1': Codec(('.ivf', '.webm'), ('av1parse', '!'), 'av1dec', 'ivf'),
    'mpeg2': Codec(('.m2v',), ('mpegvideoparse', '!'), 'mpeg2dec', 'mpeg2video'),
}
TO_TEN_BITS = ('videoconvert', 'dither=none', '!', 'video/x-raw,format=I420_10LE', '!')
# Ten bits in rows, packed, and in tiles; GStreamer 1.22 has the first alone.
TEN_BIT_LAYOUTS = '{P010_10LE,NV12_10LE40,NV12_10LE40_4L4,MT2110T,MT2110R}'
# Personalities with H.264 of ten bits, of which no profile of libva 2.17 tells.
HIGH_10 = {'rkvdec', 'vdpu381', 'vdpu383', 'mt8195', 'slices'}
DEMUXERS = {'.ivf': ('ivfparse', '!'), '.webm': ('matroskademux', '!')}


class GstreamerClient:
    """GStreamer's decoder elements, hashed by videocodectestsink.

    That sink splits NV12 and leaves strides out; of 10 bits it knows planes in low bits only, to
    which videoconvert shifts P010. A file that GStreamer cannot take as it is (mp4, mkv, …) is
    remuxed first; where that loses frames or an edit list, the software decoder says what is right.
    """

    programs = ('gst-launch-1.0', 'gst-inspect-1.0', 'ffmpeg')
    prefix = plugin = ''
    through_driver = True
    starter = FfmpegClient.starter
    # What the pictures go through between decoder and sink, by their bits.
    eight_bits = ('video/x-raw', '!')
    ten_bits = ('video/x-raw', '!', *TO_TEN_BITS)

    def __init__(self, place, profiles):
        self.place = place
        self.profiles = profiles
        # Of our own: a registry remembers the elements that a plugin had on other devices.
        self.folder = tempfile.TemporaryDirectory(prefix='v4l2va-gstreamer-')
        self.env = place.env({'GST_REGISTRY': str(Path(self.folder.name) / 'registry.bin')})
        listed = harness.run(place.command(['gst-inspect-1.0', self.plugin]), 60, self.env)
        self.elements = set(re.findall(rf'^\s+({self.prefix}\w+):', listed.out, re.M))

    def element(self, codec):
        return self.prefix + CODECS[codec].suffix

    def device_options(self, scratch):
        return '--strict', '--report', scratch

    def remuxed(self, path, row, scratch):
        """PATH, or the stream in it as a file of its own."""
        codec = CODECS[row['codec']]
        if path.suffix.lower() in codec.raw:
            return path
        target = Path(scratch) / f'stream.{codec.muxer}'
        filters = ['-bsf:v', codec.bitstream_filter] if codec.bitstream_filter else []
        harness.run([*harness.FFMPEG, '-v', 'error', '-i', f'file:{path}', '-map', '0:v:0',
                     '-c', 'copy', *filters, '-f', codec.muxer, target], 60)
        return target

    def pipeline(self, stream, row, copy):
        codec = CODECS[row['codec']]
        words = ['filesrc', f'location={stream}', '!', *DEMUXERS.get(stream.suffix.lower(), ()),
                 *codec.parser, self.element(row['codec']), '!',
                 *(self.ten_bits if row['pix_fmt'] == 'yuv420p10le' else self.eight_bits),
                 'identity', 'silent=false', '!', 'videocodectestsink']
        return words + ([f'location={copy}'] if copy else [])

    def decode(self, path, row, scratch, timeout):
        stream = self.remuxed(path, row, scratch)
        # The sink hashes the chroma that a decoder invents for monochrome, too.
        copy = Path(scratch) / 'frames' if row['pix_fmt'] == 'gray' else None
        # --no-fault: its own fault handler spins.
        command = ['gst-launch-1.0', '--no-fault', '-m', '-v', *self.pipeline(stream, row, copy)]
        result = harness.run(self.place.command(command, self.device_options(scratch)),
                             timeout, self.env)
        found = re.search(r'checksum=\(string\)([0-9a-f]{32})', result.out)
        outcome = Outcome(result, found.group(1) if found else '',
                          len(re.findall(r'last-message = chain ', result.out)),
                          self.problem(result))
        if copy and outcome.md5:
            outcome.md5 = luma_md5(copy, int(row['width']), int(row['height']))
        if stream == path:
            outcome.expected = unconverted_md5(outcome, path, row, scratch, timeout)
        elif outcome.md5 != row[MD5]:
            outcome.expected, outcome.expected_frames = software_md5(stream, row, scratch, timeout)
        return outcome

    @staticmethod
    def problem(result):
        said = re.search(r'^ERROR: from element \S+?(\w+): (.*)$', result.err + result.out, re.M)
        if said and not result.timed_out and result.status >= 0:
            return f'{said.group(1)}: {said.group(2)}'
        return result.why(LOG_TAIL)


def luma_md5(path, width, height):
    """md5 of the first planes of a file of I420 frames."""
    frame = width * height + 2 * ((width + 1) // 2) * ((height + 1) // 2)
    digest = hashlib.md5()
    with open(path, 'rb') as file:
        while data := file.read(frame):
            digest.update(data[:width * height])
    return digest.hexdigest()


class GstreamerVaClient(GstreamerClient):
    """The plugin `va`: through libva and the driver."""

    name = 'gstreamer'
    prefix = plugin = 'va'

    def skips(self, row):
        return not_offered(row, self.profiles)


class V4l2CodecsClient(GstreamerClient):
    """The plugin `v4l2codecs`: straight on the device, an independent judge of the virtual one.

    videoconvert takes pictures out of their tiles. NV12 passes through as it is.
    """

    name = 'v4l2codecs'
    prefix, plugin = 'v4l2sl', 'v4l2codecs'
    through_driver = False
    eight_bits = ('video/x-raw', '!', 'videoconvert', '!', 'video/x-raw,format={NV12,I420}', '!')
    # Not to a layout of eight bits, where a device puts the high ones.
    ten_bits = (f'video/x-raw,format={TEN_BIT_LAYOUTS}', '!', *TO_TEN_BITS)

    def skips(self, row):
        codec, pix_fmt = row['codec'], row['pix_fmt']
        if self.element(codec) not in self.elements:
            return f'there is no {self.element(codec)} on this device'
        deep = pix_fmt == 'yuv420p10le' and (codec != 'h264' or HIGH_10 & set(self.place.options))
        if pix_fmt not in ('yuv420p', 'yuvj420p', 'gray') and not deep:
            return f'{pix_fmt} is not offered by the device'
        return ''

    def device_options(self, scratch):
        # v4l2slh264dec 1.22 shows a frame of two fields when the first is done, and all give up
        # after a second: let the device decode inside the ioctl.
        return (*super().device_options(scratch), '--sync')


CLIENTS = {client.name: client for client in (FfmpegClient, LaterFfmpegClient, GstreamerVaClient,
                                              V4l2CodecsClient)}
