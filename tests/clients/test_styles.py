# SPDX-License-Identifier: MIT
"""The styles of decoders: each device of the virtual decoder, with what it has to be told.

A device is a row of virtual/machines/personality_*.cpp. H.264: frames with and without a held CAPTURE buffer,
slices with and without start codes, either by choice. HEVC: each set of controls that a driver has.
"""

import tempfile
from pathlib import Path

import clips
import harness
import written_clips
from framework import add, check, decode, software, test
from personalities import PERSONALITIES
from test_clips import manifest
from test_codecs import streams

STRICT = ('--strict', '--personality')
H264 = ('hantro', 'hantro-old', 'rkvdec', 'vdpu381', 'cedrus', 'slices', 'visl')
H264_CLIPS = ('b-pyramid', 'direct-temporal', 'weighted-prediction', 'many-slices', 'multi-slice',
              'cavlc', 'open-gop', 'mbaff', 'mbaff-slices', 'crop-98x54')
HEVC = {
    'hantro': 'no slice parameters',
    'rkvdec': 'slice parameters of all slices of a frame',
    'vdpu381': 'reference picture sets of the SPS',
    'cedrus': 'one slice a request, with entry points',
    'rpi-hevc': 'slice parameters, the first of two kinds of start codes to be chosen',
    'rpi-linear': 'no start codes',
    'rpi-from-buffer': 'bit_size counts from the start of the buffer',
    'rpi-from-data': 'bit_size counts from data_byte_offset',
    'visl': 'slice parameters and entry points of all slices; either mode, start codes or none',
}
HEVC_CLIPS = ('hevc-main', 'hevc-slices', 'hevc-weighted', 'hevc-10bit', 'hevc-low-delay')
# Few pictures each, for what the clips do not have.
VECTORS = {
    'h264': (r'^h264/(CABAST3_Sony_E|CAWP5_TOSHIBA_E|CVFC1_Sony_C|FRExt2_Panasonic|HCAFR2_HHI|'
             r'MR1_MW_A|MR2_TANDBERG_E|SVA_CL1_E|Zhling_1280x720|fate_mixed-nal-coding|freh6|'
             r'test_scalinglist_jm|test_vd_rc)\.'),
}


def exact(device, name, file, pix_fmt='yuv420p'):
    decode(file, options=(*STRICT, device), pix_fmt=pix_fmt).check_equal(software(file), name)


def h264(device):
    def function():
        for name in H264_CLIPS:
            exact(device, name, clips.path(name))
        for name in written_clips.STREAMS:
            if name != 'unpaired':
                exact(device, name, written_clips.path(name))
        unpaired(device)
    return function


def unpaired(device):
    """Nothing is said about the lines of a field that does not come.

    With several threads, FFmpeg 5.1 also shows a frame between its two fields, and in one of 40 runs
    its software decoder shows others.
    """
    file = written_clips.path('unpaired')
    expected = harness.software_hashes(file, extra_input=('-threads', '1'),
                                       extra_output=('-vf', 'field=top'))
    decode(file, threads=1, options=(*STRICT, device), filters=',field=top').check_equal(
        expected, 'unpaired')


def hevc(device):
    def function():
        for name in HEVC_CLIPS:
            pix_fmt = clips.CLIPS[name].pix_fmt
            if pix_fmt == 'yuv420p' or 'hevc' in PERSONALITIES[device].ten_bits:
                exact(device, name, clips.path(name), pix_fmt=pix_fmt)
    return function


def other(device, *names):
    def function():
        for name in names:
            exact(device, name, clips.path(name))
    return function


def vectors(device, codec):
    """Third-party streams, where there are any."""
    def function():
        rows = streams(manifest(), VECTORS[codec], 'ffmpeg', 300, ('--device', device))
        check(any(row['result'] == 'PASS' for row in rows), 'no stream was decoded')
    return function


# Bytes of SLICE_PARAMS and PRED_WEIGHTS, and whether hardware takes them from there: then a wrong
# one shows in the pixels, too.
SLICE_FIELDS = (
    ('header_bit_size', 'h264_slice_params+1', True),
    ('first_mb_in_slice', 'h264_slice_params+4', True),
    ('slice_type', 'h264_slice_params+8', True),
    ('redundant_pic_cnt', 'h264_slice_params+10', False),
    ('cabac_init_idc', 'h264_slice_params+11', True),
    ('slice_qp_delta', 'h264_slice_params+12', True),
    ('disable_deblocking_filter_idc', 'h264_slice_params+14', True),
    ('num_ref_idx_l0_active_minus1', 'h264_slice_params+17', False),
    ('ref_pic_list0[0].fields', 'h264_slice_params+20', False),
    ('ref_pic_list0[0].index', 'h264_slice_params+21', True),
    ('luma_log2_weight_denom', 'h264_pred_weights+0', True),
    ('luma_weight_l0[0]', 'h264_pred_weights+4', True),
)


@test('style-judge-h264-slices', slow=True)
def judge():
    file = clips.path('weighted-slices')
    expected = software(file)
    for name, field, shows in SLICE_FIELDS:
        decoded = decode(file, options=('--personality', 'cedrus', '--mutate', f'{field}:14'))
        check(decoded.report.violations, f'{name}: not seen')
        check(not shows or decoded.hashes != expected, f'{name}: not taken from the control')


@test('style-h264-four-byte-start-codes')
def four_byte_start_codes():
    """FFmpeg leaves the first byte of each with the slice before, where a NAL unit cannot end so."""
    data = clips.path('cavlc-slices').read_bytes()
    with tempfile.TemporaryDirectory(prefix='v4l2va-client-') as directory:
        file = Path(directory) / 'four.h264'
        file.write_bytes(data.replace(b'\0\0\0\1', b'\0\0\1').replace(b'\0\0\1', b'\0\0\0\1'))
        for device in ('slices', 'cedrus', 'hantro'):
            exact(device, device, file)


for name in H264:
    add(f'style-h264-{name}', h264(name), slow=name not in ('hantro', 'cedrus'))
# The others: vectors-h264 has hantro, and tools/conformance --machines all all boards.
for name in ('hantro-old', 'cedrus', 'slices'):
    add(f'style-vectors-h264-{name}', vectors(name, 'h264'), slow=True)
for name in HEVC:
    add(f'style-hevc-{name}', hevc(name))
add('style-others-cedrus', other('cedrus', 'mpeg2', 'mpeg2-interlaced', 'vp8'))
