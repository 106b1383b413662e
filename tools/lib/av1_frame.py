# SPDX-License-Identifier: MIT
"""struct v4l2_ctrl_av1_frame (linux/v4l2-controls.h), and text of its fields that visl leaves out.

The text of visl's event has no frame_type, interpolation_filter, tx_mode, global_motion and
segmentation.feature_data; they are read from the record in the ring buffer. What nobody can see:
the tile group entries but for the first, for which alone visl has an event.
"""

import ctypes

_REFERENCES, _SEGMENTS, _FEATURES, _MAX_TILES = 8, 8, 8, 64
FRAME_TYPES = ('KEY', 'INTER', 'INTRA_ONLY', 'SWITCH')
INTERPOLATION_FILTERS = ('EIGHTTAP', 'EIGHTTAP_SMOOTH', 'EIGHTTAP_SHARP', 'BILINEAR', 'SWITCHABLE')
TX_MODES = ('ONLY_4X4', 'LARGEST', 'SELECT')
WARP_MODELS = ('IDENTITY', 'TRANSLATION', 'ROTZOOM', 'AFFINE')
GLOBAL_MOTION_FLAGS = ('IS_GLOBAL', 'IS_ROT_ZOOM', 'IS_TRANSLATION')

_U8, _S8, _S16, _U16 = ctypes.c_uint8, ctypes.c_int8, ctypes.c_int16, ctypes.c_uint16
_U32, _S32, _U64 = ctypes.c_uint32, ctypes.c_int32, ctypes.c_uint64


class _TileInfo(ctypes.Structure):
    _fields_ = [('flags', _U8), ('context_update_tile_id', _U8), ('tile_cols', _U8),
                ('tile_rows', _U8), ('mi_col_starts', _U32 * (_MAX_TILES + 1)),
                ('mi_row_starts', _U32 * (_MAX_TILES + 1)),
                ('width_in_sbs_minus_1', _U32 * _MAX_TILES),
                ('height_in_sbs_minus_1', _U32 * _MAX_TILES), ('tile_size_bytes', _U8),
                ('reserved', _U8 * 3)]


class _Segmentation(ctypes.Structure):
    _fields_ = [('flags', _U8), ('last_active_seg_id', _U8), ('feature_enabled', _U8 * _SEGMENTS),
                ('feature_data', _S16 * _FEATURES * _SEGMENTS)]


class _LoopFilter(ctypes.Structure):
    _fields_ = [('flags', _U8), ('level', _U8 * 4), ('sharpness', _U8),
                ('ref_deltas', _S8 * _REFERENCES), ('mode_deltas', _S8 * 2),
                ('delta_lf_res', _U8)]


class _LoopRestoration(ctypes.Structure):
    _fields_ = [('flags', _U8), ('lr_unit_shift', _U8), ('lr_uv_shift', _U8), ('reserved', _U8),
                ('frame_restoration_type', _U32 * 3), ('loop_restoration_size', _U32 * 3)]


class _GlobalMotion(ctypes.Structure):
    _fields_ = [('flags', _U8 * _REFERENCES), ('type', _U32 * _REFERENCES),
                ('params', _S32 * 6 * _REFERENCES), ('invalid', _U8), ('reserved', _U8 * 3)]


class Frame(ctypes.Structure):
    """The control as the kernel has it."""

    _fields_ = [('tile_info', _TileInfo), ('quantization', _U8 * 11), ('superres_denom', _U8),
                ('segmentation', _Segmentation), ('loop_filter', _LoopFilter),
                ('cdef', _U8 * 34), ('skip_mode_frame', _U8 * 2), ('primary_ref_frame', _U8),
                ('loop_restoration', _LoopRestoration), ('global_motion', _GlobalMotion),
                ('flags', _U32), ('frame_type', _U32), ('order_hint', _U32),
                ('upscaled_width', _U32), ('interpolation_filter', _U32), ('tx_mode', _U32),
                ('frame_width_minus_1', _U32), ('frame_height_minus_1', _U32),
                ('render_width_minus_1', _U16), ('render_height_minus_1', _U16),
                ('current_frame_id', _U32), ('buffer_removal_time', _U32 * 32),
                ('reserved', _U8 * 4), ('order_hints', _U32 * _REFERENCES),
                ('reference_frame_ts', _U64 * _REFERENCES), ('ref_frame_idx', _S8 * 7),
                ('refresh_frame_flags', _U8)]


assert ctypes.sizeof(Frame) == 1784


def _named(names, value):
    return names[value] if 0 <= value < len(names) else str(value)


def fields(record):
    """{field: text} of the fields that visl does not print, from the bytes of a record."""
    frame = Frame.from_buffer_copy(record)
    motion = frame.global_motion
    return {
        **enums(frame.frame_type, frame.interpolation_filter, frame.tx_mode),
        **features(frame.segmentation.feature_data),
        **global_motion(
            [[name for bit, name in enumerate(GLOBAL_MOTION_FLAGS) if flags >> bit & 1]
             for flags in motion.flags],
            motion.type, motion.params, motion.invalid),
    }


def enums(frame_type, interpolation_filter, tx_mode):
    return {'av1_frame.frame_type': _named(FRAME_TYPES, frame_type),
            'av1_frame.interpolation_filter': _named(INTERPOLATION_FILTERS, interpolation_filter),
            'av1_frame.tx_mode': _named(TX_MODES, tx_mode)}


def features(data):
    return {f'av1_frame.segmentation.feature_data[{segment}]': ' '.join(map(str, row))
            for segment, row in enumerate(data)}


def global_motion(flags, types, params, invalid):
    """Of LAST_FRAME to ALTREF_FRAME: the standard has no global motion of INTRA_FRAME."""
    job = {'av1_frame.global_motion.invalid': f'{invalid:#x}'}
    for reference in range(1, _REFERENCES):
        name = f'av1_frame.global_motion[{reference}]'
        job[f'{name}.flags'] = '|'.join(flags[reference])
        job[f'{name}.type'] = _named(WARP_MODELS, types[reference])
        job[f'{name}.params'] = ' '.join(map(str, params[reference]))
    return job
