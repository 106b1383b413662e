# SPDX-License-Identifier: MIT
"""Every personality and machine of the virtual decoder through the driver, with ffmpeg.

A short clip of each codec; test_v4l2codecs has the personalities without the driver.
"""

import sys
from pathlib import Path

import clips
import harness
import machines
import written_clips
from framework import Failure, Skip, add, check, decode, decode_together, software, test
from personalities import PERSONALITIES
from test_clips import manifest
from test_codecs import CONFORMANCE, conformance, made_manifest

CLIPS = (r'^(h264/baseline|h264/main|h264/8-slices|hevc/main|hevc/main10-plain|vp8/plain|vp9/plain|vp9/10bit-plain|'
         r'av1/plain|av1/10bit|mpeg2/b-frames)\.')
# A machine's decoders have been seen as personalities: which one gets what, by codec and depth.
MACHINE_CLIPS = r'^(h264/baseline|hevc/main|hevc/main10-plain|vp8/plain|vp9/10bit-plain|vp9/plain|av1/plain|mpeg2/b-frames)\.'


def passed(options, only):
    table = made_manifest(only.replace(r'\.', '$'))
    return {row['codec'] for row in conformance(table, only, 'ffmpeg', options=options)}


def profiles(*options):
    return harness.Place(options=options).profiles()[0]


@test('personality-profiles')
def personality_profiles():
    check(PERSONALITIES.keys() == set(machines.names('personality')), 'a row is missing or too many')
    for name, row in PERSONALITIES.items():
        found, wanted = profiles('--personality', name), set(row.profiles)
        check(found == wanted, f'{name}: missing {wanted - found}, too many {found - wanted}')


def through_driver(option, name, codecs):
    def function():
        # VA-API has one profile for AV1 of eight and ten bits. The driver refuses ten where the
        # device puts out eight; after a picture that failed, the AV1 decoder of ffmpeg 5.1 crashes.
        only = CLIPS if option == '--device' else MACHINE_CLIPS
        if name == 'visl':
            only = only.replace('av1/10bit|', '')
        missing = set(codecs) - passed((option, name), only)
        check(not missing, f'no stream of {" ".join(sorted(missing))} passed')
    return function


def register():
    codecs = {}
    for kind in ('personality', 'machine'):
        for decoder in machines.decoders(kind):
            codecs.setdefault((kind, decoder.name), []).extend(decoder.codecs)
    for (kind, name), names in codecs.items():
        if not names:
            continue  # it has no CAPTURE format: info-no-capture-format
        option = '--machine' if kind == 'machine' else '--device'
        add(f'{kind}-{name}', through_driver(option, name, names), slow=True)


@test('machines-listed')
def listed():
    check(set(machines.names()) >= {'rk3399', 'rk3588', 'imx8mq', 'mt8195', 'pi5'},
          'a machine is missing')


@test('machine-unknown')
def unknown_machine():
    command = [sys.executable, CONFORMANCE, '--machine', 'nowhere', made_manifest('^h264/main$')]
    result = harness.run(command, 60)
    check(result.status == 2, f'status {result.status}')
    check('no machine nowhere' in result.err, result.err)


@test('virtual-options-refused')
def refused_options():
    """What the virtual decoder does not have is no reason to take something else."""
    for option, value in (('--machine', 'nowhere'), ('--personality', 'hantro-g9'),
                          ('--fault', 'error:every=often'), ('--fault', 'fail:VIDIOC_QBUF:ENO:1'),
                          ('--delay-ms', '5ms'), ('--mutate', 'pps_id')):
        result = harness.run(harness.Place().command(['vainfo', '--display', 'drm'],
                                                     (option, value)), 60, harness.Place().env())
        check(result.status == 2 and 'virtual: ' in result.err and value in result.err,
              f'{option} {value}: {result.why()}')


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
    having = [one.personality for one in machines.decoders('machine')
              if one.name == 'rk3588' and 'h264' in one.codecs]
    check(len(used) == 3 and sorted(used) == sorted(having), f'decoded on {used}')


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


# What becomes of a picture of which one field is wrong: personality, clip, mutation, what the judge
# says, and whether the pixels are wrong. No device tells the client.
WRONG, RIGHT = True, False
SILENT = (
    # Slice headers are skipped by these.
    ('hantro-g1', 'h264/main', 'pps_id:1', 'h264-pps_id', WRONG),
    ('hantro-g1', 'h264/main', 'idr_pic_id:1', 'h264-idr_pic_id', WRONG),
    ('hantro-g1', 'h264/main', 'marking_bits:1', 'h264-dec_ref_pic_marking_bit_size', WRONG),
    ('hantro-g1', 'h264/main', 'poc_bits:1', 'h264-pic_order_cnt_bit_size', WRONG),
    ('rkvdec', 'h264/main', 'idr_pic_id:1', 'h264-idr_pic_id', RIGHT),
    ('rkvdec', 'h264/main', 'marking_bits:1', 'h264-dec_ref_pic_marking_bit_size', RIGHT),
    ('rkvdec', 'h264/main', 'poc_bits:1', 'h264-pic_order_cnt_bit_size', RIGHT),
    # Kernels make the reference lists from the DPB.
    ('hantro-g1', 'h264/main', 'dpb_frame_num:6', 'h264-dpb_frame_num', WRONG),
    ('rkvdec', 'h264/main', 'dpb_frame_num:6', 'h264-dpb_frame_num', WRONG),
    ('mt8183', 'h264/main', 'dpb_frame_num:6', 'h264-dpb_frame_num', WRONG),
    ('tegra-vde', 'h264/baseline', 'dpb_frame_num:6', 'h264-dpb_frame_num', WRONG),
    ('hantro-g1', 'h264/main', 'dpb_valid:6', 'h264-dpb_valid_flag', WRONG),
    ('cedrus-a64', 'h264/main', 'dpb_valid:6', 'h264-dpb_valid_flag', WRONG),
    ('hantro-g1', 'h264/main', 'dpb_field:6', 'h264-dpb_field_flag', RIGHT),
    ('mt8183', 'h264/main', 'dpb_pic_num:6', 'h264-dpb_pic_num', RIGHT),
    # Without motion of this picture, direct prediction of later ones is from anything.
    ('hantro-g1', 'h264/main', 'baseline_profile:3', 'h264-baseline_profile_with_tools_of_main',
     WRONG),
    # The device has no references when it is not told that the picture needs any.
    ('tegra-vde', 'h264/baseline', 'frame_type:3', 'h264-pframe_flag', WRONG),
    ('mt8183', 'h264/main', 'field_flag:3', 'h264-field_flag', WRONG),
    # A table of parameter sets. What an earlier picture left at the right id still serves, but on
    # vdpu383, which has order counts in it, too.
    ('rkvdec', 'h264/main', 'pps_id:1', 'h264-pps_id', WRONG),
    ('vdpu381', 'h264/main', 'pps_id:1', 'h264-pps_id', WRONG),
    ('vdpu381', 'h264/main', 'pps_id:5', 'h264-pps_id', RIGHT),
    ('vdpu383', 'h264/main', 'pps_id:5', 'h264-pps_id', WRONG),
    ('rkvdec', 'hevc/no-wpp', 'hevc_pps+0:1', 'hevc-pps_id', WRONG),
    ('vdpu381', 'hevc/no-wpp', 'hevc_pps+0:1', 'hevc-pps_id', WRONG),
    ('vdpu383', 'hevc/no-wpp', 'hevc_pps+0:1', 'hevc-pps_id', RIGHT),
    ('hantro-g2', 'hevc/no-wpp', 'hevc_decode_params+320:3', 'hevc-irap_flag', WRONG),
    ('rkvdec', 'hevc/no-wpp', 'hevc_decode_params+320:3', 'hevc-irap_flag', RIGHT),
    ('mt8192', 'hevc/no-wpp', 'hevc_decode_params+60:3', 'hevc-num_delta_pocs_of_ref_rps_idx',
     WRONG),
    ('cedrus-a64', 'hevc/no-wpp', 'hevc_slice_params+25:3', 'hevc-slice-slice_cb_qp_offset', WRONG),
    ('rpi-hevc', 'hevc/no-wpp', 'hevc_slice_params+25:3', 'hevc-slice-slice_cb_qp_offset', WRONG),
    ('hantro-g1', 'vp8/plain', 'vp8_frame+32:2', 'vp8-y_ac_qi', WRONG),
    ('hantro-g1', 'vp8/plain', 'vp8_frame+1146:2', 'vp8-coder_state_bit_count', RIGHT),
    ('hantro-vpu2', 'vp8/plain', 'vp8_frame+1144:2', 'vp8-coder_state_range', WRONG),
    ('cedrus-a64', 'vp8/plain', 'vp8_frame+40:2', 'vp8-coeff_probs', WRONG),
    ('cedrus-a64', 'vp8/plain', 'vp8_frame+1144:2', 'vp8-coder_state_range', RIGHT),
    # The firmware reads the frame header.
    ('mt8192', 'vp8/plain', 'vp8_frame+32:2', 'vp8-y_ac_qi', RIGHT),
    ('hantro-g2', 'vp9/plain', 'vp9_frame+16:2', 'vp9-base_q_idx', WRONG),
    ('hantro-g2', 'vp9/plain', 'vp9_frame+0:3', 'vp9-lf_ref_deltas', WRONG),
    ('mt8192', 'vp9/plain', 'vp9_frame+16:2', 'vp9-base_q_idx', WRONG),
    # The device reads the uncompressed header.
    ('rkvdec', 'vp9/plain', 'vp9_frame+16:2', 'vp9-base_q_idx', RIGHT),
    ('rkvdec', 'vp9/plain', 'vp9_frame+0:3', 'vp9-lf_ref_deltas', WRONG),
    ('rkvdec', 'vp9/plain', 'vp9_compressed_hdr+0:2', 'vp9-tx_mode', WRONG),
)


def made_clip(name):
    return next(Path(made_manifest(f'^{name}$')).parent.glob(f'{name}.*'))


def silent(personality):
    def function():
        for device, clip, mutation, verdict, wrong in SILENT:
            if device != personality:
                continue
            file = made_clip(clip)
            what = f'{clip} {mutation}'
            decoded = decode(file, options=('--personality', device, '--mutate', mutation))
            check(verdict in decoded.report.violations, f'{what}: {decoded.report.violations}')
            check((decoded.hashes != software(file)) == wrong,
                  f'{what}: the pixels are {"right" if wrong else "wrong"}')
            check(len(decoded.hashes) == len(software(file)), f'{what}: frames are missing')
            if mutation != 'field_flag:3':  # of its own accord it says more than hardware does
                check(not decoded.report.total('stream_errors'), f'{what}: it was not silent')
    return function


@test('personality-silent-mpeg2-fields')
def silent_mpeg2_fields():
    """hantro takes the flag for which field came first; no encoder here makes field pictures."""
    file = manifest().parent / 'mpeg2' / 'fate_sony-ct3.mp4'
    if not file.is_file():
        raise Skip(f'no {file.name}')
    for device, wrong in (('hantro-g1', WRONG), ('cedrus-a64', RIGHT)):
        decoded = decode(file, options=('--personality', device, '--mutate', 'mpeg2_field_order:2'))
        check(decoded.report.violations == {'mpeg2-top_field_first': 1},
              f'{device}: {decoded.report.violations}')
        check((decoded.hashes != software(file)) == wrong, f'{device}: {"right" if wrong else "wrong"}')
        check(not decoded.report.total('stream_errors'), f'{device}: it was not silent')


# What a device says of a picture that it does not decode.
@test('personality-refused-h264')
def refused():
    for device, clip, mutation in (('mt8195', 'h264/main', 'field_flag:3'),
                                   ('tegra-vde', 'h264/baseline', 'field_flag:3'),
                                   ('tegra-vde', 'h264/baseline', 'h264_pps+10:3')):  # CABAC
        file = made_clip(clip)
        decoded = decode(file, options=('--personality', device, '--mutate', mutation))
        check(decoded.report.total('stream_errors') == {'h264-not-decodable': 1},
              f'{device} {mutation}: {decoded.report.total("stream_errors")}')
        check(decoded.hashes != software(file), f'{device} {mutation}: decoded')


@test('personality-without-fields')
def without_fields():
    """A field picture never reaches a device that would spoil it; the client is told."""
    file = written_clips.path('fields')
    for device in ('mt8183', 'mt8195'):
        decoded = decode(file, options=('--strict', '--personality', device))
        check('Failed to end picture decode issue: 20' in decoded.log,  # UNIMPLEMENTED
              f'{device}: {decoded.log[-300:]}')
        check('h264-not-decodable' not in decoded.report.total('stream_errors'),
              f'{device}: it reached the device')
        check(not decoded.report.violations, f'{device}: {decoded.report.violations}')


for one_device in sorted({row[0] for row in SILENT}):
    add(f'personality-silent-{one_device}', silent(one_device), slow=True)


try:
    register()
except ValueError as error:
    MESSAGE = str(error)

    @test('machines-can-be-listed')
    def cannot_be_listed():
        raise Failure(MESSAGE)
