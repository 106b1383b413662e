# SPDX-License-Identifier: MIT
"""What each personality of the virtual decoder offers, as the kernel's drivers have it: what tests expect.

Written by hand, not read from the virtual decoder, so that a change there shows.
"""

import dataclasses


def _named(*names):
    return tuple(f'VAProfile{name}' for name in names)


H264 = _named('H264ConstrainedBaseline', 'H264Main', 'H264High')
BASELINE = _named('H264ConstrainedBaseline')
HEVC = _named('HEVCMain', 'HEVCMain10')
HEVC_8 = _named('HEVCMain')
VP8 = _named('VP8Version0_3')
VP9 = _named('VP9Profile0', 'VP9Profile2')
VP9_8 = _named('VP9Profile0')
AV1 = _named('AV1Profile0')
MPEG2 = _named('MPEG2Simple', 'MPEG2Main')

# V4L2_PIX_FMT_*, by their fourcc.
LAYOUT_NAMES = {
    'NV12': 'NV12', 'P010': 'P010', 'NV15': 'NV15', 'MM21': 'MM21', 'MT2T': 'MT2110T', 'MT2R': 'MT2110R',
    'VT12': 'NV12_4L4', 'T010': 'P010_4L4', 'VT15': 'NV15_4L4', 'ST12': 'NV12_32L32',
    'YM12': 'YUV420M', 'NC12': 'NC12', 'NC30': 'NC30',
}


@dataclasses.dataclass(frozen=True)
class Personality:
    """PROFILES: all that VA-API offers, no more and no less, but for High 10 of H.264, which libva
    2.17 and its vainfo have no name for."""
    profiles: tuple
    ten_bits: tuple = ()               # the codecs that the device decodes to ten bits, too
    layouts: tuple = ('NV12', 'P010')  # fourccs of what it decodes to, of eight bits and of ten
    slices: tuple = ()                 # the codecs of which it takes slices; of others, frames

    def all_profiles(self):
        """With High 10."""
        return {*self.profiles, *(_named('H264High10') if 'h264' in self.ten_bits else ())}

    def layout(self, codec, bits):
        """The fourcc of what a stream is decoded to when the client does not choose."""
        fourcc = self.layouts[bits > 8]
        return 'MT2R' if (fourcc, codec) == ('MT2T', 'h264') else fourcc


_G1 = Personality(H264 + VP8 + MPEG2)
_G2 = ('VT12', 'P010')
_NV15 = ('NV12', 'NV15')
_CEDRUS = Personality(H264 + HEVC_8 + VP8 + MPEG2, slices=('h264', 'hevc'))
_RPI = Personality(HEVC, ('hevc',), ('NC12', 'NC30'))

PERSONALITIES = {
    'hantro': Personality(H264 + HEVC + VP8 + VP9 + AV1 + MPEG2, ('hevc', 'vp9', 'av1')),
    'hantro-old': _G1,
    'hantro-g1': _G1,
    'hantro-g1-imx8mm': _G1,
    'hantro-g1-imx8mq': _G1,
    'hantro-g1-sama5d4': _G1,
    'hantro-g1-stm32mp25': Personality(H264 + VP8),
    'hantro-vpu2': _G1,
    'hantro-vpu2-rk3399': Personality(VP8 + MPEG2),
    'hantro-g2': Personality(HEVC + VP9, ('hevc', 'vp9'), _G2),
    'hantro-g2-h6': Personality(VP9, ('vp9',), _G2),
    'hantro-g2-tiled': Personality(HEVC + VP9, ('hevc', 'vp9'), ('VT12', 'T010')),
    'hantro-g2-packed': Personality(HEVC + VP9, ('hevc', 'vp9'), ('VT12', 'VT15')),
    'hantro-av1': Personality(AV1, ('av1',), ('VT12', 'VT15')),
    'rkvdec': Personality(H264 + HEVC + VP9_8, ('h264', 'hevc'), _NV15),
    'rkvdec-staging': Personality(H264 + VP9_8),
    'rkvdec-rk3288': Personality(HEVC, ('hevc',), _NV15),
    'vdpu381': Personality(H264 + HEVC, ('h264', 'hevc'), _NV15),
    'vdpu383': Personality(H264 + HEVC, ('h264', 'hevc'), _NV15),
    'cedrus': Personality(H264 + HEVC + VP8 + MPEG2, ('hevc',), slices=('h264', 'hevc')),
    'cedrus-a20': Personality(H264 + VP8 + MPEG2, (), ('ST12', ''), ('h264',)),
    'cedrus-a64': _CEDRUS,
    'cedrus-a64-old': dataclasses.replace(_CEDRUS, layouts=('ST12', '')),
    'cedrus-h6': _CEDRUS,
    'cedrus-v3s': Personality(H264, slices=('h264',)),
    'mt8183': Personality(H264, (), ('MM21', '')),
    'mt8192': Personality(H264 + HEVC_8 + VP8 + VP9_8, (), ('MM21', '')),
    'mt8195': Personality(H264 + HEVC + VP8 + VP9 + AV1, ('h264', 'hevc', 'vp9', 'av1'),
                          ('MM21', 'MT2T')),
    # Main is in the menu of its kernel driver, but CABAC is not decoded.
    'tegra-vde': Personality(BASELINE, (), ('YM12', '')),
    'tegra124-vde': Personality(()),
    'rpi-hevc': _RPI,
    'rpi-linear': Personality(HEVC, ('hevc',)),
    'rpi-from-buffer': _RPI,
    'rpi-from-data': _RPI,
    'visl': Personality(H264 + HEVC_8 + VP8 + VP9_8 + AV1 + MPEG2),
    'slices': Personality(H264, ('h264',), slices=('h264',)),
}
DEFAULT = PERSONALITIES['hantro']  # of the virtual decoder without options
