# SPDX-License-Identifier: MIT
"""Every field of the stateless controls, read from the headers that the driver is compiled with.

Names are those of tools/lib/control_trace.py: `h264_sps.level_idc`, `h264_pps.flags.WEIGHTED_PRED`;
an array has brackets, `h264_decode_params.dpb[].reference_ts`, and so has a control that is one.
"""

import dataclasses
import functools
import re
from pathlib import Path

import harness

# The second has what the first may lack.
HEADERS = (Path('/usr/include/linux/v4l2-controls.h'), harness.ROOT / 'src/v4l2/uapi_compat.h')
CODECS = ('h264', 'hevc', 'vp8', 'vp9', 'av1', 'mpeg2')
SIZES = {'__u8': 1, '__s8': 1, '__u16': 2, '__s16': 2, '__u32': 4, '__s32': 4, '__u64': 8,
         '__s64': 8}
# How many elements a control can have that is an array (v4l2-ctrls-core.c, the codecs' own limits).
DYNAMIC = {'hevc_slice_params': 600, 'hevc_entry_point_offsets': 440, 'hevc_ext_sps_st_rps': 65,
           'hevc_ext_sps_lt_rps': 33, 'av1_tile_group_entry': 512}
# What the macros of a field's bits begin with; `@` is where the bit's name is.
FLAGS = {
    'h264_sps.flags': 'H264_SPS_FLAG_@',
    'h264_sps.constraint_set_flags': 'H264_SPS_CONSTRAINT_@_FLAG',
    'h264_pps.flags': 'H264_PPS_FLAG_@',
    'h264_slice_params.flags': 'H264_SLICE_FLAG_@',
    'h264_dpb_entry.flags': 'H264_DPB_ENTRY_FLAG_@',
    'h264_decode_params.flags': 'H264_DECODE_PARAM_FLAG_@',
    'mpeg2_sequence.flags': 'MPEG2_SEQ_FLAG_@',
    'mpeg2_picture.flags': 'MPEG2_PIC_FLAG_@',
    'vp8_segment.flags': 'VP8_SEGMENT_FLAG_@',
    'vp8_loop_filter.flags': 'VP8_LF_@',
    'vp8_frame.flags': 'VP8_FRAME_FLAG_@',
    'vp9_loop_filter.flags': 'VP9_LOOP_FILTER_FLAG_@',
    'vp9_segmentation.flags': 'VP9_SEGMENTATION_FLAG_@',
    'vp9_frame.flags': 'VP9_FRAME_FLAG_@',
    'vp9_frame.ref_frame_sign_bias': 'VP9_SIGN_BIAS_@',
    'hevc_sps.flags': 'HEVC_SPS_FLAG_@',
    'hevc_pps.flags': 'HEVC_PPS_FLAG_@',
    'hevc_dpb_entry.flags': 'HEVC_DPB_ENTRY_@',
    'hevc_slice_params.flags': 'HEVC_SLICE_PARAMS_FLAG_@',
    'hevc_decode_params.flags': 'HEVC_DECODE_PARAM_FLAG_@',
    'hevc_ext_sps_st_rps.flags': 'HEVC_EXT_SPS_ST_RPS_FLAG_@',
    'hevc_ext_sps_lt_rps.flags': 'HEVC_EXT_SPS_LT_RPS_FLAG_@',
    'av1_sequence.flags': 'AV1_SEQUENCE_FLAG_@',
    'av1_global_motion.flags': 'AV1_GLOBAL_MOTION_FLAG_@',
    'av1_loop_restoration.flags': 'AV1_LOOP_RESTORATION_FLAG_@',
    'av1_segmentation.flags': 'AV1_SEGMENTATION_FLAG_@',
    'av1_loop_filter.flags': 'AV1_LOOP_FILTER_FLAG_@',
    'av1_quantization.flags': 'AV1_QUANTIZATION_FLAG_@',
    'av1_tile_info.flags': 'AV1_TILE_INFO_FLAG_@',
    'av1_frame.flags': 'AV1_FRAME_FLAG_@',
    'av1_film_grain.flags': 'AV1_FILM_GRAIN_FLAG_@',
}


@dataclasses.dataclass(frozen=True)
class Field:
    name: str          # with [] for each array
    control: str       # h264_sps
    offset: int        # bytes, of the first element
    width: int         # bytes
    signed: bool
    mask: int          # of a flag; 0: the whole field
    dims: tuple        # (count, stride in bytes) of each []
    member: str = ''   # as C writes it, first elements; '' where the control is an array of numbers

    def at(self, indices):
        """The name of one element."""
        parts = self.name.split('[]')
        return ''.join(f'{part}[{index}]' for part, index in zip(parts, indices)) + parts[-1]

    def size(self):
        return functools.reduce(lambda count, dim: count * dim[0], self.dims, 1)


def _align(offset, to):
    return (offset + to - 1) // to * to


class _Header:
    """The structs and the numbers of some headers."""

    def __init__(self, paths):
        text = '\n'.join(path.read_text(encoding='utf-8') for path in paths)
        text = re.sub(r'/\*.*?\*/|//[^\n]*', '', text, flags=re.S).replace('\\\n', ' ')
        self.macros = dict(re.findall(r'^\s*#\s*define\s+(V4L2_\w+)[ \t]+(\S.*)$', text, re.M))
        text = re.sub(r'\benum\s+\w+\s+(?=\w)', '__u32 ', text)
        self.macros |= dict(re.findall(r'^\s*(V4L2_\w+)\s*=\s*([^,\n]+),', text, re.M))
        self.structs = {}
        for name, body in re.findall(r'struct\s+(v4l2_\w+)\s*\{(.*?)\n\}', text, re.S):
            self.structs.setdefault(name, re.findall(
                r'(?:struct\s+)?(\w+)\s+(\w+)((?:\[[^\]]+\])*)\s*;', body))

    def number(self, text):
        text = re.sub(r'V4L2_\w+', lambda found: str(self.number(self.macros[found.group(0)])), text)
        text = re.sub(r'\b(0x[0-9a-fA-F]+|\d+)[uUlL]+', r'\1', text)
        if not re.fullmatch(r'[\s0-9a-fA-FxX()<+*/|-]+', text):
            raise ValueError(f'not a number: {text}')
        return int(eval(text, {'__builtins__': {}}))  # noqa: S307  (digits and operators only)

    def alignment(self, kind):
        if kind in SIZES:
            return SIZES[kind]
        return max(self.alignment(member) for member, _, _ in self.structs[kind])

    def dims(self, text):
        return [self.number(one) for one in re.findall(r'\[([^\]]+)\]', text)]

    def size(self, kind):
        if kind in SIZES:
            return SIZES[kind]
        end = 0
        for member, _, dims in self.structs[kind]:
            count = functools.reduce(lambda a, b: a * b, self.dims(dims), 1)
            end = _align(end, self.alignment(member)) + count * self.size(member)
        return _align(end, self.alignment(kind))

    def flags(self, field):
        """{bit's name: mask} of STRUCT.FIELD."""
        if field not in FLAGS:
            return {}
        pattern = re.compile('V4L2_' + FLAGS[field].replace('@', r'(\w+?)') + '$')
        found = ((pattern.match(macro), text) for macro, text in self.macros.items())
        return {match.group(1): self.number(text) for match, text in found if match}

    def fields(self, control, kind, prefix, member, start, dims):
        """The leaves of struct KIND, which lies at START of CONTROL."""
        short = re.sub(r'^v4l2_(ctrl_)?', '', kind)
        end = 0
        for inner, name, extents in self.structs[kind]:
            extents = self.dims(extents)
            at = _align(end, self.alignment(inner))
            size = self.size(inner)
            count = functools.reduce(lambda a, b: a * b, extents, 1)
            end = at + count * size
            if name.startswith(('reserved', 'padding')):
                continue
            strides, stride = [], size
            for extent in reversed(extents):
                strides.insert(0, (extent, stride))
                stride *= extent
            path = f'{prefix}.{name}{"[]" * len(extents)}'
            where = (member + '.' if member else '') + name + '[0]' * len(extents)
            every = (*dims, *strides)
            if inner not in SIZES:
                yield from self.fields(control, inner, path, where, start + at, every)
                continue
            flags = self.flags(f'{short}.{name}')
            for flag, mask in flags.items():
                yield Field(f'{path}.{flag}', control, start + at, size, False, mask, every, where)
            if not flags:
                yield Field(path, control, start + at, size, inner.startswith('__s'), 0, every, where)


@functools.cache
def table(headers=HEADERS):
    """All Fields, in the order of the headers."""
    header = _Header(headers)
    found = []
    for kind in header.structs:
        control = kind.removeprefix('v4l2_ctrl_')
        if control == kind or control.split('_')[0] not in CODECS:
            continue
        array = ((DYNAMIC[control], header.size(kind)),) if control in DYNAMIC else ()
        found += header.fields(control, kind, control + '[]' * len(array), '', 0, array)
    found.append(Field('hevc_entry_point_offsets[]', 'hevc_entry_point_offsets', 0, 4, False, 0,
                       ((DYNAMIC['hevc_entry_point_offsets'], 4),)))
    return found


def codec(field):
    return field.control.split('_')[0]


def indices(field, used=()):
    """Which elements are changed: of each array the first, a middle and the last one, or those up to
    the extents USED of the first dimensions."""
    extents = [min(dim[0], limit) for dim, limit in zip(field.dims, (*used, *[1 << 30] * 8))]
    count = functools.reduce(lambda a, b: a * b, extents, 1)
    for number in sorted({0, count // 2, count - 1}):
        found = []
        for extent in reversed(extents):
            found.insert(0, number % extent)
            number //= extent
        yield tuple(found)
