# SPDX-License-Identifier: MIT
"""Every personality and machine of the virtual decoder, with a short clip of each codec.

Through the driver with ffmpeg; and, where GStreamer has the codec, the style and the format, with
its v4l2codecs elements: without the driver they show that the personality itself is right.
"""

import sys
from pathlib import Path

import clips
import harness
import machines
from framework import Failure, add, check, decode, decode_together, software, test
from test_codecs import CONFORMANCE, conformance, made_manifest

CLIPS = (r'^(h264/baseline|h264/main|h264/8-slices|hevc/main|hevc/main10-plain|vp8/plain|vp9/plain|vp9/10bit-plain|'
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
        # VA-API has one profile for AV1 of eight and ten bits. The driver refuses ten where the
        # device puts out eight; after a picture that failed, the AV1 decoder of ffmpeg 5.1 crashes.
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


def in_one_display(files):
    """Decodes FILES at once in one ffmpeg on rk3588, bit-exact; {video: the node's entry}."""
    one = ('-hwaccel', 'vaapi', '-hwaccel_device', 'one')
    report = decode_together([(file, one) for file in files],
                             ('--strict', '--machine', 'rk3588', '--delay-ms', '20'),
                             ('-init_hw_device', f'vaapi=one:{harness.NODE}'))
    nodes = nodes_of(report)
    others = [node['card'] for node in nodes.values() if not node['personality']]
    check(not others, f'opened: {others}')
    return nodes


@test('machine-rk3588-four-streams')
def four_streams():
    """Four codecs at once land on four nodes, and nothing but decoders is opened."""
    folder = Path(made_manifest('^av1/plain$')).parent
    av1 = next((folder / 'av1').glob('plain.*'))
    nodes = in_one_display([clips.path('b-pyramid'), clips.path('hevc-main'), clips.path('vp8'),
                            av1])
    codecs = {video: [codec for codec, frames in node['frames'].items() if frames]
              for video, node in nodes.items()}
    check(sorted(map(tuple, codecs.values())) == [('av1',), ('h264',), ('hevc',), ('vp8',)],
          f'{codecs}')


@test('machine-rk3588-idle-node')
def idle_node():
    """Three streams of one codec: each gets a decoder of its own."""
    nodes = in_one_display([clips.path(name) for name in
                            ('b-pyramid', 'weighted-prediction', 'multi-slice')])
    used = [node['personality'] for node in nodes.values() if node['frames'].get('h264')]
    check(sorted(used) == ['hantro-vpu2', 'vdpu381', 'vdpu381'], f'decoded on {used}')


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
