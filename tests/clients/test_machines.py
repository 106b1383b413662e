# SPDX-License-Identifier: MIT
"""Every personality and machine of the virtual decoder, with a short clip of each codec.

Through the driver with ffmpeg; and, where GStreamer has the codec, the style and the format, with
its v4l2codecs elements: without the driver they show that the personality itself is right.
"""

import subprocess
import sys
import tempfile
from pathlib import Path

import clips
import harness
import machines
from framework import Decoded, Failure, add, check, decode, software, test
from test_codecs import CONFORMANCE, conformance, made_manifest

CLIPS = (r'^(h264/main|h264/8-slices|hevc/main|hevc/main10-plain|vp8/plain|vp9/plain|vp9/10bit-plain|'
         r'av1/plain|av1/10bit|mpeg2/b-frames)\.')
# v4l2slh265dec 1.22 crashes on wavefronts where a device has SLICE_PARAMS, and all wait for ever
# after a format that they do not know: so no NV15.
GSTREAMER_CLIPS = r'^(h264/8-slices|hevc/no-wpp|vp8/plain|vp9/plain|mpeg2/b-frames)\.'
GSTREAMER_DEEP_CLIPS = GSTREAMER_CLIPS.replace('vp8', 'hevc/main10-plain|vp9/10bit-plain|vp8')
WITH_P010 = ('hantro', 'hantro-g2')
# What v4l2codecs 1.22 cannot do at all.
UNKNOWN_TO_GSTREAMER = {
    'mt8183': 'MM21', 'mt8192': 'MM21', 'mt8195': 'MM21', 'tegra-vde': 'three memory planes',
    'rpi-hevc': 'columns', 'hantro-av1': 'AV1', 'hantro-g2-tiled': 'tiles',
    'hantro-g2-packed': 'tiles', 'cedrus-a20': 'tiles',
}


def passed(options, client, only):
    manifest = made_manifest(only.replace(r'\.', '$'))
    return {row['codec'] for row in conformance(manifest, only, client, options=options)}


def through_driver(option, name, codecs):
    def function():
        # VA-API has one profile for AV1 of eight and ten bits. The virtual visl refuses ten; after
        # a picture that failed, the AV1 decoder of ffmpeg 5.1 crashes.
        only = CLIPS.replace('av1/10bit|', '') if name == 'visl' else CLIPS
        missing = set(codecs) - passed((option, name), 'ffmpeg', only)
        check(not missing, f'no stream of {" ".join(sorted(missing))} passed')
    return function


def without_driver(name, codecs):
    def function():
        only = GSTREAMER_DEEP_CLIPS if name in WITH_P010 else GSTREAMER_CLIPS
        missing = set(codecs) - {'av1'} - passed(('--device', name), 'v4l2codecs', only)
        check(not missing, f'no stream of {" ".join(sorted(missing))} passed')
    return function


def register():
    codecs = {}
    for kind in ('personality', 'machine'):
        for decoder in machines.decoders(kind):
            codecs.setdefault((kind, decoder.name), []).extend(decoder.codecs)
    for (kind, name), names in codecs.items():
        option = '--machine' if kind == 'machine' else '--device'
        add(f'{kind}-{name}', through_driver(option, name, names), slow=True)
        if kind == 'personality' and name not in UNKNOWN_TO_GSTREAMER:
            add(f'personality-{name}-v4l2codecs', without_driver(name, names), slow=True)


@test('machines-listed')
def listed():
    check(set(machines.names()) >= {'rk3399', 'rk3588', 'imx8mq', 'mt8195', 'pi5'},
          'a machine is missing')


def profiles(*options):
    return harness.Place(options=options).profiles()[0]


@test('machine-unknown')
def unknown_machine():
    command = [sys.executable, CONFORMANCE, '--machine', 'nowhere', made_manifest('^h264/main$')]
    result = harness.run(command, 60)
    check(result.status == 2, f'status {result.status}')
    check('no machine nowhere' in result.err, result.err)


@test('machine-rk3588-profiles')
def rk3588_profiles():
    """What a machine offers is what its decoders offer."""
    union = set()
    for decoder in machines.decoders('machine'):
        if decoder.name == 'rk3588':
            union |= profiles('--personality', decoder.personality)
    found = profiles('--machine', 'rk3588')
    check(found == union, f'missing {union - found}, too many {found - union}')


def nodes_of(report):
    """{video: the node's entry} of a report."""
    return {node['video']: node for file in report.files for node in file['nodes']}


def start(file, directory, pix_fmt):
    """ffmpeg on rk3588, in the background."""
    where = harness.Place()
    words = [*harness.FFMPEG, '-v', 'verbose', '-flags', 'unaligned',
             *harness.hwaccel_words(where), *harness.input_words(file, codec_of(file)),
             '-map', '0:v:0', '-vsync', 'passthrough', '-vf', harness.native_filter(pix_fmt),
             '-f', 'framemd5', f'file:{directory}/frames']
    options = ('--machine', 'rk3588', '--strict', '--delay-ms', '20', '--report', directory)
    with open(Path(directory) / 'log', 'wb') as log:
        return subprocess.Popen(where.command(words, options), stdin=subprocess.DEVNULL,
                                stdout=subprocess.DEVNULL, stderr=log, env=where.env(),
                                start_new_session=True)


def codec_of(file):
    return 'av1' if 'av1' in str(file) else ''


@test('machine-rk3588-four-streams')
def four_streams():
    """Each on a decoder that has its codec, bit-exact; nothing but decoders was opened."""
    folder = Path(made_manifest('^av1/plain$')).parent
    av1 = next((folder / 'av1').glob('plain.*'))
    files = {'h264': clips.path('b-pyramid'), 'hevc': clips.path('hevc-main'),
             'vp8': clips.path('vp8'), 'av1': av1}
    expected = {'h264': {'hantro-vpu2', 'vdpu381'}, 'hevc': {'vdpu381'}, 'vp8': {'hantro-vpu2'},
                'av1': {'hantro-av1'}}
    with tempfile.TemporaryDirectory(prefix='v4l2va-machines-') as directory:
        running = []
        for codec, file in files.items():
            target = Path(directory) / codec
            target.mkdir()
            running.append((codec, file, target, start(file, target, 'yuv420p')))
        try:
            for codec, file, target, process in running:
                process.wait(120)
                log = (target / 'log').read_text(errors='replace')
                result = harness.Result(process.returncode, '', log, False)
                hashes = harness.parse_framemd5((target / 'frames').read_text())
                report = harness.Report(target)
                Decoded(hashes, log, report, result).check_equal(software(file), codec)
                decoded = {node['personality'] for node in nodes_of(report).values()
                           if node['frames'].get(codec)}
                check(decoded and decoded <= expected[codec], f'{codec} on {decoded}')
                others = [node['card'] for node in nodes_of(report).values()
                          if not node['personality']]
                check(not others, f'opened: {others}')
        finally:
            for _, _, _, process in running:
                if process.poll() is None:
                    process.kill()


@test('machine-rk3588-denied-node')
def denied_node():
    """H.264 goes to the decoder that can be opened."""
    file = clips.path('b-pyramid')
    for denied, card in (('hantro-vpu2:EACCES', 'rkvdec'), ('vdpu381:EBUSY', 'hantro-vpu')):
        decoded = decode(file, options=('--strict', '--machine', 'rk3588', '--fault',
                                        f'deny:{denied}'))
        decoded.check_equal(software(file), denied)
        nodes = [node['driver'] for node in nodes_of(decoded.report).values() if node['frames']]
        check(nodes == [card], f'{denied}: decoded on {nodes}')


# Fields of DECODE_PARAMS by which hantro skips slice headers, silently: the picture is garbage.
SKIPPED_BY = ('idr_pic_id', 'marking_bits', 'poc_bits')


@test('personality-silent-h264')
def silent():
    file = clips.path('main')
    expected = software(file)
    for field in SKIPPED_BY:
        mutate = ('--mutate', f'{field}:1')
        wrong = decode(file, options=('--personality', 'hantro-g1', *mutate))
        check(wrong.report.violations, f'{field}: the judge did not see it')
        check(wrong.hashes != expected, f'{field}: hantro-g1 decoded it all the same')
        check(not wrong.report.total('stream_errors'), f'{field}: it was not silent')
        other = decode(file, options=('--personality', 'rkvdec', *mutate))
        check(other.report.violations, f'{field}: the judge did not see it on rkvdec')
        check(other.hashes == expected, f'{field}: rkvdec does not read it')


@test('personality-silent-h264-lists')
def silent_lists():
    """Kernels make the reference lists from the DPB: a wrong entry is a wrong prediction."""
    file = clips.path('main')
    expected = software(file)
    for device in ('hantro-g1', 'rkvdec'):
        wrong = decode(file, options=('--personality', device, '--mutate', 'dpb_frame_num:6'))
        check(wrong.report.violations, f'{device}: the judge did not see it')
        check(wrong.hashes != expected, f'{device}: it decoded right all the same')


try:
    register()
except ValueError as error:
    MESSAGE = str(error)

    @test('machines-can-be-listed')
    def cannot_be_listed():
        raise Failure(MESSAGE)
