# SPDX-License-Identifier: MIT
"""Runs clients on the driver and reads what they and the virtual decoder say.

Shared by demo.sh, tools/conformance and tests/clients. Standard library only.
"""

import functools
import json
import os
import re
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
OUT = ROOT / 'out'
NODE = '/dev/dri/renderD128'
WITH_VIRTUAL = ROOT / 'tools' / 'with-virtual'
# Installed, the virtual decoder lies beside tools/, and libva knows where the driver is.
INSTALLED = (ROOT / 'virtual' / 'libv4l2va-virtual.so').exists()
BUILD = ROOT if INSTALLED else ROOT / 'build'
DRIVER_NAME = 'v4l2_request'
STRICT_EXIT = 70  # exit code of a --strict run that broke a rule of the kernel

# What ffmpeg says when it gives the hardware up and goes on in software.
FALLBACK = re.compile(
    r'Failed setup for format vaapi|No support for codec .* profile|'
    r'Impossible to convert between the formats|No VA display found|'
    r'Device creation failed|hwaccel initiali[sz]ation returned error')

# Text and cursor formats that libavformat takes for video.
NOT_VIDEO = {'ansi', 'bintext', 'xbin', 'idf', 'none', 'unknown'}

_H264 = {
    'Constrained Baseline': 'VAProfileH264ConstrainedBaseline',
    'Baseline': 'VAProfileH264ConstrainedBaseline',  # decodable unless it uses FMO or ASO
    'Main': 'VAProfileH264Main',
    'Extended': 'VAProfileH264Extended',
    'High': 'VAProfileH264High',
    'Progressive High': 'VAProfileH264High',
    'Constrained High': 'VAProfileH264High',
    'High 10': 'VAProfileH264High10',
    'High 10 Intra': 'VAProfileH264High10',
}
_HEVC = {
    'Main': 'VAProfileHEVCMain',
    'Main Still Picture': 'VAProfileHEVCMain',
    'Main 10': 'VAProfileHEVCMain10',
}
_HEVC_REXT = {
    'yuv420p12le': 'VAProfileHEVCMain12',
    'yuv422p10le': 'VAProfileHEVCMain422_10',
    'yuv422p12le': 'VAProfileHEVCMain422_12',
    'yuv444p': 'VAProfileHEVCMain444',
    'yuv444p10le': 'VAProfileHEVCMain444_10',
    'yuv444p12le': 'VAProfileHEVCMain444_12',
}
_MPEG2 = {'Simple': 'VAProfileMPEG2Simple', 'Main': 'VAProfileMPEG2Main'}
_AV1 = {'Main': 'VAProfileAV1Profile0', 'High': 'VAProfileAV1Profile1'}
CODEC_NAMES = {
    'h264': 'H264', 'hevc': 'HEVC', 'vp8': 'VP8', 'vp9': 'VP9', 'av1': 'AV1',
    'mpeg2': 'MPEG2', 'mpeg2video': 'MPEG2',
}


def va_profile(codec, profile, pix_fmt=''):
    """The VAProfile that a stream needs, or None when VA has none for it."""
    if codec == 'h264':
        return _H264.get(profile)
    if codec == 'hevc':
        return _HEVC.get(profile) or _HEVC_REXT.get(pix_fmt)
    if codec == 'vp8':
        return 'VAProfileVP8Version0_3'
    if codec == 'vp9':
        match = re.search(r'([0-3])$', profile)
        return f'VAProfileVP9Profile{match.group(1)}' if match else None
    if codec == 'av1':
        return _AV1.get(profile)
    if codec in ('mpeg2', 'mpeg2video'):
        return _MPEG2.get(profile)
    return None


class Result:
    """A finished process: status, stdout and stderr text; timed_out when it was killed."""

    def __init__(self, status, out, err, timed_out):
        self.status = status
        self.out = out
        self.err = err
        self.timed_out = timed_out

    def why(self, limit=160):
        """One line that says how it ended badly; '' when it ended well."""
        if self.timed_out:
            return 'timed out'
        if self.status == 0:
            return ''
        if self.status < 0 or self.status > 128:
            number = -self.status if self.status < 0 else self.status - 128
            try:
                return f'killed by {signal.Signals(number).name}'
            except ValueError:
                pass
        lines = [line for line in self.err.splitlines() if line.strip()]
        return f'exit {self.status}: {lines[-1][:limit] if lines else "no message"}'


def run(command, timeout=120, env=None, cwd=None):
    """Runs COMMAND to its end; after TIMEOUT seconds its whole process group is killed."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        process = subprocess.Popen([str(word) for word in command], stdin=subprocess.DEVNULL,
                                   stdout=out, stderr=err, env=env, cwd=cwd,
                                   start_new_session=True)
        timed_out = False
        try:
            process.wait(timeout)
        except subprocess.TimeoutExpired:
            timed_out = True
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        except BaseException:
            os.killpg(process.pid, signal.SIGKILL)
            raise
        out.seek(0)
        err.seek(0)
        return Result(process.returncode, out.read().decode('utf-8', 'replace'),
                      err.read().decode('utf-8', 'replace'), timed_out)


class Report:
    """The sum of the report-<pid>.json files of one run on the virtual decoder."""

    def __init__(self, directory):
        self.files = [json.loads(path.read_text())
                      for path in sorted(Path(directory).glob('report-*.json'))]

    def total(self, key):
        """Sum of a {name: count} member over all processes, as one dict."""
        sums = {}
        for report in self.files:
            for name, count in report.get(key, {}).items():
                sums[name] = sums.get(name, 0) + count
        return sums

    @property
    def frames(self):
        return sum(self.total('frames').values())

    @property
    def violations(self):
        return self.total('violations')

    def violation_line(self):
        """One line for a FAIL row: the kinds with their counts and the first example."""
        kinds = ', '.join(f'{kind} x{count}' for kind, count in sorted(self.violations.items()))
        examples = [text for report in self.files for text in report.get('violation_examples', [])]
        return kinds + (f' ({examples[0]})' if examples else '')

    @property
    def device(self):
        return next((report['device'] for report in self.files if report.get('device')), '')

    @property
    def steady(self):
        """The steady-state part of the process that decoded the most frames, or None."""
        best = max(self.files, key=lambda report: report.get('steady', {}).get('frames', 0),
                   default=None)
        return best.get('steady') if best else None

    def calls_per_frame(self):
        """(ioctls, polls, other calls) per frame in steady state, or None when unknown."""
        steady = self.steady
        if not steady or not steady.get('frames'):
            return None
        frames = steady['frames']
        return (sum(steady.get('ioctls', {}).values()) / frames,
                steady.get('polls', 0) / frames,
                sum(steady.get('other', {}).values()) / frames)


class Place:
    """Where the driver runs: on the virtual decoder, or on this machine's own devices."""

    def __init__(self, real_node=None, build=None, options=()):
        """OPTIONS are tools/with-virtual's, for each command."""
        self.real_node = real_node
        self.options = tuple(options)
        self.build = Path(build or os.environ.get('V4L2VA_BUILD') or BUILD)
        if not self.build.is_absolute():
            self.build = ROOT / self.build

    @property
    def node(self):
        return self.real_node or NODE

    def command(self, command, options=()):
        """COMMAND as it must be started to see the driver; OPTIONS: more of tools/with-virtual's."""
        if self.real_node:
            return [str(word) for word in command]
        return [str(word) for word in (WITH_VIRTUAL, *self.options, *options, *command)]

    def env(self, extra=None):
        env = dict(os.environ)
        env['V4L2VA_BUILD'] = str(self.build)
        if self.real_node:
            env['LIBVA_DRIVER_NAME'] = DRIVER_NAME
            if self.build != ROOT:
                env['LIBVA_DRIVERS_PATH'] = str(self.build / 'src' / 'va')
        env.update(extra or {})
        return env

    def profiles(self, first=()):
        """(profiles that the driver decodes, how vainfo ended); FIRST: words before its command.

        Another libva may know other profiles.
        """
        result = run(self.command([*first, 'vainfo', '--display', 'drm', '--device', self.node]),
                     timeout=30, env=self.env())
        return parse_profiles(result.out), result


def parse_profiles(vainfo_text):
    """The set of VAProfile names with a VLD entry point in the text that vainfo prints."""
    return set(re.findall(r'(VAProfile\w+)\s*:\s*VAEntrypointVLD', vainfo_text))


def real_place():
    """A Place on a decoder of this machine that our driver can use, or None."""
    if not list(Path('/dev').glob('media*')):
        return None
    for node in sorted(Path('/dev/dri').glob('renderD*')):
        place = Place(real_node=str(node))
        if place.profiles()[0]:
            return place
    return None


def need(*programs):
    """The first of PROGRAMS that is not on the PATH, or None."""
    return next((name for name in programs if not shutil.which(name)), None)


# --- ffmpeg ------------------------------------------------------------------------------------

FFMPEG = ['ffmpeg', '-hide_banner', '-nostdin', '-y']


def input_words(path, codec=''):
    """-i for a local file, whatever its name; raw streams are named so that probing cannot err.

    Frames are not turned, whatever the file says: ffmpeg's filters for that come first, know no
    NV12, and get it through a scaler that converts full range.
    """
    words = ['-noautorotate']
    suffix = Path(path).suffix.lower()
    if suffix in ('.264', '.h264', '.jsv', '.avc', '.26l', '.jvt') and codec in ('', 'h264'):
        words += ['-f', 'h264']
    elif suffix in ('.265', '.h265', '.hevc', '.bit', '.bin') and codec == 'hevc':
        words += ['-f', 'hevc']
    if codec == 'av1':
        words += ['-c:v', 'av1']  # the default AV1 decoder has no hwaccel
    return words + ['-i', f'file:{path}']


@functools.lru_cache(maxsize=None)
def no_autoscale(first):
    """Frames keep the size that they are decoded in; FFmpeg 7 has the option without a value."""
    nothing = ['-v', 'quiet', '-f', 'lavfi', '-i', 'color=size=16x16:duration=0.04']
    newer = run([*first, *FFMPEG, *nothing, '-noautoscale', '-f', 'null', '-'], timeout=30).status == 0
    return ('-noautoscale',) if newer else ('-autoscale', '0')


def every_frame(stream='0:v:0', first=()):
    """Options of an output: each decoded frame of STREAM once, in its own size.

    first: the words before this ffmpeg's command, where it is not the system's.
    """
    return ['-map', stream, *no_autoscale(tuple(first)), '-fps_mode', 'passthrough']


def hwaccel_words(place, codec='', profile='', output_format=None, threads=None):
    """Options before -i that make ffmpeg decode through VA-API."""
    words = ['-hwaccel', 'vaapi', '-hwaccel_device', place.node]
    if output_format:
        words += ['-hwaccel_output_format', output_format]
    if codec == 'h264' and profile in ('Baseline', 'High 10 Intra'):
        # ffmpeg has no VA profile for these two, though the streams are within a larger one.
        words += ['-hwaccel_flags', 'allow_profile_mismatch']
    if threads:
        words += ['-threads', str(threads)]
    return words


def native_filter(pix_fmt, crop=None, download=False):
    """A filter chain from what VA downloads (NV12, P010) to PIX_FMT, without touching a sample.

    NV12 to planar is a pure split of the chroma plane only while swscale sees no colour range to
    convert, hence setparams and no yuvj. CROP (left, top, width, height) is for streams with a left or top
    crop, which libavutil applies to software frames only.
    """
    surface = 'p010' if '10' in pix_fmt else 'nv12'
    chain = ['hwdownload', f'format={surface}'] if download else []
    if crop:
        left, top, width, height = crop
        chain.append(f'crop={width}:{height}:{left}:{top}:exact=1')
    chain += ['setparams=range=unspecified', f'format={pix_fmt.replace("yuvj", "yuv")}']
    return ','.join(chain)


def unconverted(pix_fmt):
    """A filter chain that makes the frames of software decoding PIX_FMT without touching a sample.

    Where a stream changes its range, ffmpeg would bring all frames into the first one's.
    """
    return f'scale=in_range=full:out_range=full,format={pix_fmt.replace("yuvj", "yuv")}'


def left_top_crop(path, codec, width, height):
    """native_filter's crop when the first parameter set crops left or top, else None."""
    if codec not in ('h264', 'hevc'):
        return None
    trace = run([*FFMPEG, '-v', 'trace', *input_words(path, codec), '-map', '0:v:0', '-c', 'copy',
                 '-bsf:v', 'trace_headers', '-frames:v', '1', '-f', 'null', '-'], timeout=30).err
    names = (('frame_crop_left_offset', 'frame_crop_top_offset') if codec == 'h264' else
             ('conf_win_left_offset', 'conf_win_top_offset'))
    found = []
    for name in names:
        match = re.search(rf'\b{name}\b.*= (\d+)\s*$', trace, re.M)
        found.append(int(match.group(1)) if match else 0)
    frame_only = re.search(r'\bframe_mbs_only_flag\b.*= (\d)\s*$', trace, re.M)
    rows = 4 if frame_only and frame_only.group(1) == '0' else 2
    left, top = found[0] * 2, found[1] * rows  # units of chroma samples, 4:2:0
    return (left, top, width, height) if left or top else None


def probe(path):
    """ffprobe's first real video stream of a file as a dict, and the number of audio streams.

    The dict is None when there is no video; both are None when ffprobe cannot read the file.
    """
    result = run(['ffprobe', '-v', 'error', '-show_streams', '-of', 'json', f'file:{path}'],
                 timeout=60)
    try:
        streams = json.loads(result.out).get('streams') if result.status == 0 else None
    except ValueError:
        streams = None
    if not streams:
        return None, None
    audio = sum(1 for stream in streams if stream.get('codec_type') == 'audio')
    for stream in streams:
        if (stream.get('codec_type') == 'video' and
                not stream.get('disposition', {}).get('attached_pic') and
                stream.get('codec_name', 'unknown') not in NOT_VIDEO):
            return stream, audio
    return None, audio


def parse_framemd5(text):
    """The hashes of a framemd5 text, in output order."""
    return [line.rsplit(',', 1)[1].strip() for line in text.splitlines()
            if line and not line.startswith('#')]


def software_hashes(path, extra_input=(), extra_output=(), timeout=120):
    """framemd5 hashes of software decoding; raises RuntimeError when ffmpeg fails."""
    result = run([*FFMPEG, '-v', 'error', '-flags', 'unaligned', *extra_input, *input_words(path),
                  *every_frame(), *extra_output,
                  '-f', 'framemd5', '-'], timeout=timeout)
    if result.status != 0:
        raise RuntimeError(f'software decoding of {path}: {result.why()}')
    return parse_framemd5(result.out)


def first_difference(expected, got):
    """One line that says how two lists of hashes differ; '' when they are equal."""
    if expected == got:
        return ''
    same = sum(1 for left, right in zip(expected, got) if left == right)
    index = next((i for i, pair in enumerate(zip(expected, got)) if pair[0] != pair[1]),
                 min(len(expected), len(got)))
    return (f'{same} of {len(expected)} frames bit-exact, {len(got)} decoded, '
            f'first difference at frame {index}')
