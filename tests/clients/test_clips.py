# SPDX-License-Identifier: MIT
"""Conformance: every generated clip, and a subset of third-party streams, bit-exact."""

import os
from pathlib import Path

import clips
import harness
from framework import Skip, add, decode, software, test
from test_codecs import conformance

# Quick enough to run every time, and each for something that no generated clip has.
VECTORS = (r'^h264/(BA1_FT_C|BAMQ1_JVC_C|BA_MW_D|CABA3_SVA_B|CABAST3_Sony_E|CANL1_Sony_E|'
           r'CAWP5_TOSHIBA_E|CI_MW_D|CVBS3_Sony_C|CVFC1_Sony_C|CVWP3_TOSHIBA_E|FRExt1_Panasonic|'
           r'FRExt3_Panasonic|Freh1_B|HCAFR2_HHI|HPCVNL_BRCM_A|MIDR_MW_D|MR1_MW_A|MR2_MW_A|'
           r'NLMQ1_JVC_C|SVA_\w+|Zhling_1280x720|aosp_bbb\w+|cros_\w+|cros_test-25fps|'
           r'fate_ps_prefix_first_idr|fate_streamloop|libvpl_\w+|mediasdk_\w+|nokia_\w+|'
           r'test_scalinglist_jm|test_vd_rc|MR2_TANDBERG_E)\.')


def bit_exact(name):
    def function():
        file = clips.path(name)
        decode(file).check_equal(software(file))
    return function


LARGE = ('crop-1366x766', '720p', '1080p')

for clip_name in clips.CLIPS:
    if clip_name not in clips.PARTS:
        add(f'clip-{clip_name}', bit_exact(clip_name), slow=clip_name in LARGE)


def manifest():
    """The conformance manifest; skips the test when there is none."""
    named = os.environ.get('V4L2VA_VECTORS')
    beside = harness.ROOT.parent
    places = [Path(named)] if named else [beside / 'vectors' / 'vectors.tsv',
                                          beside / 'shared' / 'vectors' / 'vectors.tsv']
    found = next((place for place in places if place.is_file()), None)
    if found is None:
        raise Skip('no conformance streams (V4L2VA_VECTORS names their manifest)')
    return found


@test('vectors-h264', slow=True)
def vectors():
    conformance(manifest(), VECTORS, 'ffmpeg')
