# SPDX-License-Identifier: MIT
"""ffmpeg: ways of downloading, decoder threads, several contexts, seeking, changes of size."""

import array
import concurrent.futures
import hashlib
import tempfile
from pathlib import Path

import clips
import debian
import harness
import written_clips
from framework import (Decoded, add, check, decode, decode_together, place, run_reported,
                       software, test)

# In the build directory: makes it another client.
STANDARD_VALUES = 'tests/clients/libstandard-values.so'


def with_threads(threads, surfaces):
    def function():
        file = clips.path('b-pyramid')
        decode(file, threads=threads, surfaces=surfaces).check_equal(software(file))
    return function


for count in range(1, 9):
    add(f'ffmpeg-download-threads-{count}', with_threads(count, surfaces=False))
    add(f'ffmpeg-surfaces-threads-{count}', with_threads(count, surfaces=True))


@test('ffmpeg-later-codecs', slow=True)
def later_codecs():
    """FFmpeg 7.1 with libva 2.22, frames downloaded in both ways."""
    first = debian.later()
    for name in clips.EACH_CODEC:
        file = clips.path(name)
        codec_words = ('-c:v', 'av1') if name == 'shown-av1' else ()
        for surfaces in (False, True):
            decode(file, surfaces=surfaces, extra_input=codec_words, first=first).check_equal(
                software(file), name)


def later_ten_bits(device, names, variables=None, says=''):
    """FFmpeg 7.1 has init_qp with QpBdOffset in it for H.264 High 10, and for no other codec.

    variables: of its environment; says: what the driver is to log.
    """
    def function():
        first = debian.later()
        env = place().env({'LIBVA_MESSAGING_LEVEL': '2', 'V4L2VA_LOG': 'debug', **variables()}
                          if variables else None)
        for name in names:
            written = name in written_clips.DEEP_STREAMS
            file = written_clips.path(name) if written else clips.path(name)
            decoded = decode(file, options=('--strict', '--personality', device),
                             pix_fmt='yuv420p10le', first=first, env=env)
            decoded.check_equal(software(file), name)
            check(says in decoded.log, f'{name}: the driver does not say {says!r}')
    return function


add('ffmpeg-later-high10-vdpu381', later_ten_bits('vdpu381', (*clips.HIGH10, *written_clips.DEEP_STREAMS)),
    slow=True)
for other in ('rkvdec', 'vdpu383'):
    add(f'ffmpeg-later-high10-{other}',
        later_ten_bits(other, ('high10-crf', 'high10-mbaff-cavlc', *written_clips.DEEP_STREAMS)), slow=True)
add('ffmpeg-later-high10-standard',
    later_ten_bits('vdpu381', (*clips.HIGH10, *written_clips.DEEP_STREAMS),
                   lambda: {'LD_PRELOAD': str(place().build / STANDARD_VALUES)},
                   "pic_init_qp is the standard's"), slow=True)
add('ffmpeg-later-main10', later_ten_bits('vdpu381', clips.MAIN10), slow=True)


@test('ffmpeg-profile-mismatch')
def profile_mismatch():
    """Constrained Baseline whose SPS says Baseline alone: what the stream has decides."""
    data = bytearray(clips.path('baseline').read_bytes())
    sps = data.find(b'\0\0\1\x67') + 4
    check(data[sps] == 66 and data[sps + 1] & 0x40, 'the clip is not Constrained Baseline')
    data[sps + 1] &= ~0x40
    with tempfile.TemporaryDirectory(prefix='v4l2va-client-') as directory:
        file = Path(directory) / 'baseline.h264'
        file.write_bytes(data)
        decode(file, extra_input=('-hwaccel_flags', 'allow_profile_mismatch')).check_equal(
            software(str(file)))


@test('ffmpeg-slow-device')
def slow_device():
    """A device that takes 5 ms a frame: several pictures are in flight, none is read too early."""
    file = clips.path('b-pyramid')
    for surfaces in (False, True):
        decode(file, surfaces=surfaces, threads=4,
               options=('--strict', '--delay-ms', '5')).check_equal(software(file))


@test('ffmpeg-download-planar')
def download_planar():
    """Surfaces read as planar images, also those that frames were written to."""
    file = clips.path('b-pyramid')
    for chain in ('hwdownload,format=yuv420p',
                  'hwdownload,format=nv12,hwupload,hwdownload,format=yuv420p'):
        command = [*harness.FFMPEG, '-v', 'verbose', '-flags', 'unaligned', '-init_hw_device',
                   f'vaapi=va:{place().node}', '-filter_hw_device', 'va', '-hwaccel', 'vaapi',
                   '-hwaccel_device', 'va', '-hwaccel_output_format', 'vaapi',
                   *harness.input_words(file), *harness.every_frame(), '-vf', chain,
                   '-f', 'framemd5', '-']
        result, report = run_reported(command, ('--strict',))
        decoded = Decoded(harness.parse_framemd5(result.out), result.err, report, result)
        decoded.check_equal(software(file), chain)


def frames_in(file, pix_fmt, image, frames):
    """The md5 of the first FRAMES of software decoding, in the image format IMAGE.

    PIX_FMT, of software decoding, is yuv420p or yuv420p10le. Ten bits become the nearest eight and
    eight become ten without a scaler, which may do as it likes.
    """
    width, height = (int(number) for number in clips.CLIPS[file].size.split('x'))
    deep = pix_fmt.endswith('10le')
    with tempfile.NamedTemporaryFile() as raw:
        result = harness.run([*harness.FFMPEG, '-v', 'error', '-y', '-flags', 'unaligned',
                              *harness.input_words(clips.path(file)), *harness.every_frame(),
                              '-frames:v', frames, '-pix_fmt', pix_fmt, '-f', 'rawvideo',
                              f'file:{raw.name}'])
        check(result.status == 0, f'software decoding: {result.why()}')
        samples = array.array('H' if deep else 'B', Path(raw.name).read_bytes())
    if deep and image != 'p010':
        nearest = [min((value + 2) >> 2, 255) for value in range(1024)]
        samples = array.array('B', [nearest[value] for value in samples])
    elif image == 'p010':
        shift = 6 if deep else 8
        samples = array.array('H', [value << shift for value in samples])
    luma = width * height
    hashes = []
    for at in range(0, len(samples), luma * 3 // 2):
        frame = samples[at:at + luma * 3 // 2]
        if image != 'yuv420p':
            cb, cr = frame[luma:luma * 5 // 4], frame[luma * 5 // 4:]
            frame[luma::2], frame[luma + 1::2] = cb, cr
        hashes.append(hashlib.md5(frame.tobytes()).hexdigest())
    return hashes


def download_formats(first=()):
    """Surfaces of eight and of ten bits in each image format that ffmpeg asks for."""
    for name, pix_fmt in (('b-pyramid', 'yuv420p'), ('hevc-10bit', 'yuv420p10le')):
        for image in ('nv12', 'yuv420p', 'p010'):
            command = [*first, *harness.FFMPEG, '-v', 'verbose', '-flags', 'unaligned',
                       *harness.hwaccel_words(place(), output_format='vaapi'),
                       *harness.input_words(clips.path(name)), *harness.every_frame(first=first),
                       '-frames:v', '4', '-vf', f'hwdownload,format={image}',
                       '-f', 'framemd5', '-']
            result, report = run_reported(command, ('--strict',))
            decoded = Decoded(harness.parse_framemd5(result.out), result.err, report, result)
            decoded.check_equal(frames_in(name, pix_fmt, image, 4), f'{name} as {image}')


add('ffmpeg-download-formats', download_formats)
add('ffmpeg-later-download-formats', lambda: download_formats(debian.later()), slow=True)


@test('ffmpeg-mp4')
def mp4():
    """The same stream in a container: length-prefixed NAL units, parameter sets out of band."""
    file = clips.path('boxed')
    decode(file).check_equal(software(file))


@test('ffmpeg-two-contexts')
def two_contexts():
    """Two decoders at once in one process."""
    decode_together([(clips.path(name), harness.hwaccel_words(place()))
                     for name in ('b-pyramid', '720p')])


@test('ffmpeg-two-processes')
def two_processes():
    names = ('b-pyramid', '720p')
    with concurrent.futures.ThreadPoolExecutor(len(names)) as pool:
        running = [pool.submit(decode, clips.path(name)) for name in names]
        for name, future in zip(names, running):
            future.result().check_equal(software(clips.path(name)), name)


@test('ffmpeg-seek')
def seek():
    """-ss into the middle of a group of pictures, and near the end."""
    file = clips.path('boxed')
    for at in ('0.5', '1.4', '2.9'):
        options = ('-ss', at)
        expected = software(file, options)
        check(expected, f'-ss {at}: software decodes nothing')
        decode(file, extra_input=options).check_equal(expected, f'-ss {at}')


@test('ffmpeg-stream-loop')
def stream_loop():
    """The decoder is flushed and starts again, three times."""
    file = clips.path('boxed')
    options = ('-stream_loop', '2')
    expected = software(file, options)
    check(len(expected) >= 3 * 75 - 3, f'software decodes {len(expected)} frames of 225')
    decode(file, extra_input=options).check_equal(expected)


@test('ffmpeg-size-change', slow=True)
def size_change():
    """Larger, smaller, larger again in one stream: ffmpeg makes a new context each time."""
    file = clips.joined('size-change', ['other-size', 'high', '720p', 'tiny-48x48', 'high'])
    for surfaces in (False, True):
        decode(file, surfaces=surfaces).check_equal(
            software(file), 'surfaces' if surfaces else 'download')


@test('ffmpeg-size-refused')
def size_refused():
    """A size that the device cannot decode is refused at once: ffmpeg goes on in software."""
    file = clips.path('too-small')
    decoded = decode(file)
    check(decoded.result.status == 0, decoded.result.why())
    check(harness.FALLBACK.search(decoded.log), 'ffmpeg does not say that it was refused')
    difference = harness.first_difference(software(file), decoded.hashes)
    check(not difference, difference)


@test('ffmpeg-many-opens')
def many_opens():
    """Ten decoders after one another in one process leave no descriptor behind."""
    file = clips.joined('many-opens', ['other-size', 'tiny-48x48'] * 5)
    decode(file).check_equal(software(file))


@test('ffmpeg-drm-prime')
def drm_prime():
    """hwmap to DRM frames: exported surfaces, read through their descriptors."""
    file = clips.path('b-pyramid')
    for delay in ('0', '5'):
        command = [*harness.FFMPEG, '-v', 'verbose', '-flags', 'unaligned',
                   '-init_hw_device', f'drm=drm:{harness.NODE}', '-init_hw_device', 'vaapi=va@drm',
                   '-filter_hw_device', 'drm', '-hwaccel', 'vaapi', '-hwaccel_device', 'va',
                   '-hwaccel_output_format', 'vaapi', *harness.input_words(file),
                   *harness.every_frame(), '-vf',
                   'hwmap=mode=read,format=drm_prime,hwdownload,format=nv12,'
                   + harness.native_filter('yuv420p'), '-f', 'framemd5', '-']
        result, report = run_reported(command, ('--strict', '--delay-ms', delay))
        Decoded(harness.parse_framemd5(result.out), result.err, report,
                result).check_equal(software(file), f'delay {delay} ms')


def check_joined(file, expected, chain, ways=('download', 'surfaces'), options=()):
    """FILE with ffmpeg's and with the filter's download, then CHAIN."""
    for way in ways:
        surfaces = way == 'surfaces'
        filters = f'hwdownload,format=nv12,{chain}' if surfaces else chain
        result, report = run_reported(
            [*harness.FFMPEG, '-v', 'verbose', '-flags', 'unaligned',
             *harness.hwaccel_words(place(), output_format='vaapi' if surfaces else None),
             *harness.input_words(file, 'hevc'), *harness.every_frame(), '-vf', filters,
             '-f', 'framemd5', '-'], ('--strict', *options))
        Decoded(harness.parse_framemd5(result.out), result.err, report, result).check_equal(
            expected, ' '.join((way, *options)))


@test('ffmpeg-profile-change', slow=True)
def profile_change():
    """Baseline, Main, High, Main, Baseline in one stream, and another size among them.

    ffmpeg keeps its config of Constrained Baseline. hantro keeps no motion of pictures of that
    profile, which the B pictures of Main need: CAVLC's from the beginning.
    """
    parts = ['baseline', 'cavlc', 'high', 'main', 'other-size', 'baseline']
    file = clips.joined('profile-change', parts)
    expected = software(file)
    for options in ((), ('--personality', 'hantro-g1')):
        check_joined(file, expected, harness.native_filter('yuv420p'), options=options)


@test('ffmpeg-depth-change')
def depth_change():
    """8 bits, 10 bits, 8 bits in one HEVC stream: NV12, P010, NV12, all hashed as P010.

    The hwdownload filter of ffmpeg 5.1 keeps one format for the whole stream: the driver converts.
    """
    parts = {'hevc-main': 'format=nv12,format=p010le', 'hevc-10bit': 'format=p010le',
             'hevc-slices': 'format=nv12,format=p010le'}
    expected = [one for name, chain in parts.items()
                for one in harness.software_hashes(clips.path(name), extra_output=('-vf', chain))]
    check_joined(clips.joined('depth-change', list(parts), 'hevc'), expected,
                 'setparams=range=unspecified,format=nv12|p010le,format=p010le', ('download',))
    expected = [one for name in parts
                for one in frames_in(name, clips.CLIPS[name].pix_fmt, 'nv12', clips.CLIPS[name].frames)]
    check_joined(clips.joined('depth-change', list(parts), 'hevc'), expected,
                 'null', ('surfaces',))


@test('ffmpeg-codec-change')
def codec_change():
    """One output of four inputs, each of another codec; ffmpeg has no stream whose codec changes."""
    names = ('high', 'hevc-main', 'vp8', 'mpeg2')
    expected = [one for name in names for one in software(clips.path(name))]
    inputs = [word for name in names for word in
              (*harness.hwaccel_words(place()), *harness.input_words(clips.path(name)))]
    chain = ''.join(f'[{i}:v:0]{harness.native_filter("yuv420p")}[v{i}];'
                    for i in range(len(names)))
    chain += ''.join(f'[v{i}]' for i in range(len(names))) + f'concat=n={len(names)}:v=1[out]'
    result, report = run_reported(
        [*harness.FFMPEG, '-v', 'verbose', '-flags', 'unaligned', *inputs, '-filter_complex',
         chain, *harness.every_frame('[out]'), '-f', 'framemd5', '-'], ('--strict',))
    Decoded(harness.parse_framemd5(result.out), result.err, report, result).check_equal(expected)
