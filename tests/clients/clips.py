# SPDX-License-Identifier: MIT
"""Clips that the client tests make with ffmpeg, each for one feature of a codec, mostly H.264.

Raw byte streams (one in mp4) in out/clips/, made once; the name of a file carries a hash of how it is made.
"""

import dataclasses
import hashlib
import os
import threading

import harness

QUIET = 'testsrc2=size={size}:rate=25'
MOVING = 'testsrc2=size={size}:rate=25,noise=alls=12:allf=t'
# Every frame differs from each other in most pixels, by more than what a screen makes of it.
SCROLLING = 'testsrc2=size={size}:rate=25,scroll=h=0.03125'
STILL = ',trim=end_frame=31,tpad=stop=75:stop_mode=clone'
FADING = MOVING + ',fade=in:0:20,fade=out:25:15'
CUSTOM_LISTS = ('cqm4iy=' + ','.join(str(6 + i * 3) for i in range(16)) +
                ':cqm8i=' + ','.join(str(8 + i // 2) for i in range(64)))


@dataclasses.dataclass(frozen=True)
class Clip:
    size: str = '352x288'
    frames: int = 50
    params: str = ''
    profile: str = 'high'
    source: str = MOVING
    preset: str = 'medium'
    pix_fmt: str = 'yuv420p'
    container: str = 'h264'
    encoder: str = 'libx264'  # of any other than libx264 and libx265, params are ffmpeg's options


HEVC = {'encoder': 'libx265', 'container': 'hevc', 'profile': 'main', 'preset': 'veryfast',
        'frames': 20}
MPEG2 = {'encoder': 'mpeg2video', 'container': 'mpeg2video', 'frames': 30}
SHOWN = {'size': '640x360', 'frames': 50, 'source': SCROLLING}
# Players take small clips for BT.601; H.264 without a word of it, Firefox takes for BT.709.
SHOWN_H264 = ('bframes=2:keyint=25:min-keyint=25:scenecut=0:'
              'colorprim=smpte170m:transfer=smpte170m:colormatrix=smpte170m')
CLIPS = {
    'baseline': Clip(profile='baseline'),
    'main': Clip(profile='main'),
    'high': Clip(),
    'intra-only': Clip(params='keyint=1'),
    'b-frames': Clip(params='bframes=3:b-pyramid=none:b-adapt=0'),
    'b-pyramid': Clip(params='bframes=7:b-pyramid=normal:b-adapt=0:ref=6'),
    'b-pyramid-strict': Clip(params='bframes=5:b-pyramid=strict:b-adapt=0'),
    'direct-temporal': Clip(params='bframes=3:direct=temporal'),
    'direct-spatial': Clip(params='bframes=3:direct=spatial'),
    'weighted-prediction': Clip(params='weightp=2:weightb=1:bframes=3', source=FADING),
    'weighted-baseline-refs': Clip(params='weightp=1:bframes=0:ref=4', source=FADING,
                                   profile='main'),
    'multi-slice': Clip(params='slices=4'),
    'many-slices': Clip(params='slice-max-mbs=9'),
    'slice-max-size': Clip(params='slice-max-size=400'),
    'transform-8x8': Clip(params='8x8dct=1:partitions=all'),
    'scaling-lists-jvt': Clip(params='cqm=jvt'),
    'scaling-lists-custom': Clip(params=CUSTOM_LISTS),
    'ref-16': Clip(size='176x144', frames=80, params='ref=16:bframes=3'),
    'cavlc': Clip(params='no-cabac=1:bframes=2'),
    'open-gop': Clip(frames=80, params='open-gop=1:keyint=12:bframes=3'),
    'short-gop': Clip(params='keyint=7:min-keyint=7:scenecut=0'),
    'intra-refresh': Clip(frames=80, params='intra-refresh=1:keyint=20:bframes=0'),
    'constrained-intra': Clip(params='constrained-intra=1'),
    'no-deblock': Clip(params='no-deblock=1'),
    'deblock-offsets': Clip(params='deblock=-3,3'),
    'chroma-qp-offset': Clip(params='chroma-qp-offset=-7'),
    'low-qp': Clip(frames=25, params='qp=2'),
    'high-qp': Clip(params='qp=50'),
    'sps-id': Clip(params='sps-id=7'),
    'aud-hrd-sei': Clip(params='aud=1:nal-hrd=vbr:vbv-maxrate=2000:vbv-bufsize=1000:pic-struct=1'),
    'full-range': Clip(pix_fmt='yuvj420p'),
    'mbaff': Clip(params='tff=1:bframes=2:ref=3'),
    'mbaff-slices': Clip(params='bff=1:bframes=2:slices=3:weightp=0:no-cabac=1'),
    # 48x48 is the least that hantro decodes, and the virtual decoder with it.
    'tiny-48x48': Clip(size='48x48'),
    'tiny-48x112': Clip(size='48x112'),
    'crop-50x66': Clip(size='50x66'),
    'crop-98x54': Clip(size='98x54'),
    'crop-1366x766': Clip(size='1366x766', frames=20),
    '720p': Clip(size='1280x720', frames=30, params='bframes=3'),
    '1080p': Clip(size='1920x1080', frames=20, params='bframes=3'),
    'wide-3840x176': Clip(size='3840x176', frames=10),
    'tall-176x2160': Clip(size='176x2160', frames=10),
    # Not a feature but a part of other tests.
    'gop-25': Clip(frames=75, params='keyint=25:min-keyint=25:scenecut=0:bframes=2'),
    'gop-25-slices': Clip(frames=75,
                          params='keyint=25:min-keyint=25:scenecut=0:bframes=2:slices=3'),
    'hevc-main': Clip(**HEVC, params='log-level=1:bframes=4:ref=4'),
    'hevc-slices': Clip(**HEVC, params='log-level=1:slices=3:ctu=32:bframes=2'),
    'hevc-weighted': Clip(**HEVC, params='log-level=1:weightp=1:weightb=1:bframes=3', source=FADING),
    # Of no profile that VA-API has here.
    'hevc-422-10': Clip(**dict(HEVC, profile='main422-10'), params='log-level=1', pix_fmt='yuv422p10le'),
    'hevc-444': Clip(**dict(HEVC, profile='main444-8'), params='log-level=1', pix_fmt='yuv444p'),
    'hevc-12bit': Clip(**dict(HEVC, profile='main12'), params='log-level=1', pix_fmt='yuv420p12le'),
    'hevc-open-gop': Clip(**dict(HEVC, frames=40), size='176x144',
                          params='log-level=1:open-gop=1:keyint=8:min-keyint=8:bframes=4:scenecut=0'),
    # Of one id and one size, otherwise different.
    **{f'hevc-set-{i}': Clip(**dict(HEVC, frames=6), size='176x144', params=f'log-level=1:{words}')
       for i, words in enumerate(('cbqpoffs=4', 'cbqpoffs=-5', 'scaling-list=default', 'no-sao=1'))},
    **{f'h264-set-{i}': Clip(frames=6, size='176x144', params=words) for i, words in
       enumerate(('chroma-qp-offset=5', 'chroma-qp-offset=-5:cqm=jvt', 'cqm=flat:qp=40',
                  CUSTOM_LISTS + ':ref=1'))},
    'mpeg2-groups': Clip(**MPEG2, size='176x144', params='-g 12 -bf 2 -b:v 2M'),
    'av1-cdf-selective': Clip(size='208x112', frames=24, encoder='libaom-av1', container='ivf',
                              params='-cpu-used 8 -b:v 300k -aom-params cdf-update-mode=2'),
    'av1-layers': Clip(size='208x112', frames=24, encoder='libsvtav1', container='ivf',
                       params='-preset 10 -svtav1-params hierarchical-levels=4'),
    'hevc-10bit': Clip(**dict(HEVC, profile='main10'), pix_fmt='yuv420p10le',
                       params='log-level=1:bframes=2:scaling-list=default'),
    # As game streaming sends it: slices, no B pictures, one key frame.
    'hevc-low-delay': Clip(**HEVC, params='log-level=1:slices=4:ctu=16:bframes=0:rc-lookahead=0:'
                                          'keyint=-1:ref=1:scenecut=0:repeat-headers=1'),
    'mpeg2': Clip(**MPEG2, params='-bf 2 -b:v 2M'),
    'mpeg2-interlaced': Clip(**MPEG2, params='-bf 2 -b:v 2M -flags +ildct+ilme -alternate_scan 1'),
    'vp8': Clip(encoder='libvpx', container='ivf', frames=30,
                params='-b:v 1M -auto-alt-ref 1 -lag-in-frames 16 -slices 2'),
    'weighted-slices': Clip(params='weightp=2:bframes=0:ref=2:slices=2:b-adapt=0', source=FADING),
    # QP of libx264 begins at -12: 1, 21 and 51 are the stream's -11, 9 and 39.
    **{f'high10-{name}': Clip(size='176x144', frames=12, profile='high10', pix_fmt='yuv420p10le',
                              params=params)
       for name, params in {
           'qp-1': 'qp=1:bframes=2', 'qp-1-cavlc': 'qp=1:no-cabac=1:bframes=0',
           'qp-21': 'qp=21:bframes=0:slices=3', 'qp-21-cavlc': 'qp=21:no-cabac=1:bframes=2',
           'qp-51': 'qp=51:bframes=2', 'qp-51-cavlc': 'qp=51:no-cabac=1:bframes=2',
           'intra': 'keyint=1:crf=20', 'crf': 'bframes=3:crf=23:weightp=2',
           'mbaff': 'tff=1:bframes=2:qp=30', 'mbaff-cavlc': 'bff=1:no-cabac=1:crf=16'}.items()},
    # The ends of init_qp_minus26 and of the slices' QP, which libavcodec leaves as they are.
    **{f'main10-qp-{qp}': Clip(**dict(HEVC, profile='main10', frames=10), pix_fmt='yuv420p10le',
                               size='176x144', params=f'log-level=1:qp={qp}:opt-qp-pps=1')
       for qp in (0, 51)},
    'cavlc-slices': Clip(size='176x144', frames=20, params='no-cabac=1:slices=4:bframes=2'),
    'boxed': Clip(frames=75, container='mp4',
                  params='keyint=25:min-keyint=25:scenecut=0:bframes=2'),
    'too-small': Clip(size='16x16', frames=25),
    'other-size': Clip(size='176x144', frames=30, params='bframes=2'),
    '720p-quiet': Clip(size='1280x720', frames=90, preset='veryfast', source=QUIET,
                       params='bframes=2:ref=3:keyint=45:scenecut=0'),
    'long-1080p': Clip(size='1920x1080', frames=250, preset='veryfast', source=QUIET,
                       params='bframes=2:ref=3:keyint=125:scenecut=0'),
    'shown-h264': Clip(**SHOWN, container='mp4', preset='veryfast',
                       params=SHOWN_H264),
    'shown-vp9': Clip(**SHOWN, container='webm', encoder='libvpx-vp9',
                      params='-deadline realtime -cpu-used 8 -b:v 3M -g 25'),
    'shown-vp8': Clip(**SHOWN, container='webm', encoder='libvpx',
                      params='-deadline realtime -cpu-used 8 -b:v 4M -g 25'),
    'shown-av1': Clip(**SHOWN, container='mp4', encoder='libsvtav1', params='-preset 10 -b:v 3M -g 25'),
    # Players take a large one for BT.709, but for what it says.
    'shown-h264-720p': Clip(**dict(SHOWN, size='1280x720'), container='mp4', preset='veryfast',
                            params=SHOWN_H264),
    # Its frame 30 stands still for three seconds.
    'shown-h264-still': Clip(**dict(SHOWN, frames=106, source=SCROLLING + STILL), container='mp4',
                             preset='veryfast', params=SHOWN_H264),
    'shown-h264-small': Clip(**dict(SHOWN, size='320x240'), container='mp4', preset='veryfast',
                             params=SHOWN_H264),
}
HIGH10 = tuple(name for name in CLIPS if name.startswith('high10-'))
MAIN10 = tuple(name for name in CLIPS if name.startswith('main10-'))
SETS = {codec: tuple(f'{codec}-set-{i}' for i in range(4)) for codec in ('h264', 'hevc')}
# For other tests than clip-….
PARTS = {*HIGH10, *MAIN10, *SETS['h264'], *SETS['hevc'], 'cavlc-slices',
         'hevc-main', 'hevc-slices', 'hevc-weighted', 'hevc-10bit', 'hevc-low-delay', 'mpeg2', 'mpeg2-interlaced', 'vp8',
         'weighted-slices', 'boxed', 'gop-25', 'gop-25-slices', 'too-small', 'other-size', '720p-quiet', 'hevc-422-10',
         'hevc-444', 'hevc-12bit', 'hevc-open-gop', 'mpeg2-groups', 'av1-cdf-selective', 'av1-layers',
         'long-1080p', 'shown-h264', 'shown-vp9', 'shown-vp8', 'shown-av1', 'shown-h264-small', 'shown-h264-720p', 'shown-h264-still'}

# One or two of each codec, for a program that has only to show that it decodes them.
EACH_CODEC = ('high', 'mbaff', 'hevc-main', 'mpeg2-interlaced', 'vp8', 'shown-vp9', 'shown-av1')
_guard = threading.Lock()
_locks = {}


def path(name):
    """The file of a clip, made on first use; raises RuntimeError when it cannot be made."""
    clip = CLIPS[name]
    key = hashlib.sha256(repr(clip).encode()).hexdigest()[:8]
    target = harness.OUT / 'clips' / f'{name}-{key}.{clip.container}'
    with _guard:
        lock = _locks.setdefault(name, threading.Lock())
    with lock:
        if target.is_file():
            return target
        target.parent.mkdir(parents=True, exist_ok=True)
        part = target.with_name(f'{target.name}.{os.getpid()}.part')
        words = clip.params.split()
        if clip.encoder in ('libx264', 'libx265'):
            words = ['-preset', clip.preset, '-profile:v', clip.profile]
            if clip.params:
                words += [f'-{clip.encoder.removeprefix("lib")}-params', clip.params]
        result = harness.run([
            *harness.FFMPEG, '-v', 'error', '-f', 'lavfi', '-i', clip.source.format(size=clip.size),
            '-frames:v', clip.frames, '-pix_fmt', clip.pix_fmt, '-c:v', clip.encoder, *words, '-f', clip.container, part], 300)
        if result.status != 0:
            part.unlink(missing_ok=True)
            raise RuntimeError(f'clip {name} could not be made: {result.why()}')
        os.replace(part, target)
    return target


def repeated(name, times):
    """The clip NAME so many times one after the other, in its container."""
    once = path(name)
    target = once.with_name(f'{once.stem}-{times}-times{once.suffix}')
    with _guard:
        lock = _locks.setdefault(target.name, threading.Lock())
    with lock:
        if not target.is_file():
            part = target.with_name(f'{target.name}.{os.getpid()}.part')
            result = harness.run([*harness.FFMPEG, '-v', 'error', '-stream_loop', times - 1,
                                  '-i', once, '-c', 'copy', '-f', CLIPS[name].container, part])
            if result.status != 0:
                raise RuntimeError(f'{target.name} could not be made: {result.why()}')
            os.replace(part, target)
    return target


def joined(name, parts, container='h264'):
    """The clips PARTS one after the other as one byte stream, in out/clips/NAME.CONTAINER."""
    target = harness.OUT / 'clips' / f'{name}.{container}'
    with _guard:
        lock = _locks.setdefault(f'joined {name}', threading.Lock())
    with lock:
        part = target.with_name(f'{target.name}.{os.getpid()}.part')
        with open(part, 'wb') as file:
            for clip in parts:
                file.write(path(clip).read_bytes())
        os.replace(part, target)
    return target


def unplayable(folder):
    """Files in FOLDER that no decoder of ours takes, by what they are; `absent` is not there."""
    files = {'absent': folder / 'absent.mp4', 'text': folder / 'letter.txt',
             'empty': folder / 'empty.mp4', 'noise': folder / 'noise.mp4',
             'sound': folder / 'sound: 1.wav', 'other codec': folder / 'other.mkv'}
    files['text'].write_text('Dear reader,\n' * 100)
    files['empty'].touch()
    files['noise'].write_bytes(bytes(range(256)) * 40)
    for words in (['sine=duration=0.2', files['sound']],
                  ['testsrc=size=64x64:duration=0.2', '-c:v', 'ffv1', files['other codec']]):
        made = harness.run([*harness.FFMPEG, '-v', 'error', '-f', 'lavfi', '-i', *words])
        if made.status != 0:
            raise RuntimeError(made.why())
    return files
