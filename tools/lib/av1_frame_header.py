# SPDX-License-Identifier: MIT
"""AV1's sequence and frame headers with what the specification infers, as V4L2 controls."""

import types

import av1_frame

KEY, _INTER, _INTRA_ONLY, _SWITCH = range(4)
_SLOTS, _REFERENCES, _SEGMENTS, _FEATURES = 8, 7, 8, 8
_LAST, _LAST2, _LAST3, _GOLDEN, _BWDREF, _ALTREF2, _ALTREF = range(1, 8)
_ALT_Q, _REF_FRAME = 0, 5  # segmentation features
_FEATURE_MAX = (255, 63, 63, 63, 63, 7, 0, 0)
_NO_PRIMARY = 7
_REF_DELTAS = [1, 0, 0, 0, -1, 0, -1, -1]  # setup_past_independence, 6.8.2
_IDENTITY = [0, 0, 1 << 16, 0, 0, 1 << 16]
_IDENTITY_MODEL, _TRANSLATION, _ROTZOOM, _AFFINE = range(4)
_RESTORATION = (0, 3, 1, 2)  # Remap_Lr_Type; the kernel's numbers are those of FrameRestorationType
_GRAIN_ARRAYS = {'point_y_value': 16, 'point_y_scaling': 16, 'point_cb_value': 16,
                 'point_cb_scaling': 16, 'point_cr_value': 16, 'point_cr_scaling': 16,
                 'ar_coeffs_y_plus_128': 25, 'ar_coeffs_cb_plus_128': 25,
                 'ar_coeffs_cr_plus_128': 25}
_GRAIN_NUMBERS = ('grain_seed', 'num_y_points', 'num_cb_points', 'num_cr_points',
                  'grain_scaling_minus_8', 'ar_coeff_lag', 'ar_coeff_shift_minus_6',
                  'grain_scale_shift', 'cb_mult', 'cb_luma_mult', 'cb_offset', 'cr_mult',
                  'cr_luma_mult', 'cr_offset')
_GRAIN_FLAGS = {'APPLY_GRAIN': 'apply_grain', 'UPDATE_GRAIN': 'update_grain',
                'CHROMA_SCALING_FROM_LUMA': 'chroma_scaling_from_luma', 'OVERLAP': 'overlap_flag',
                'CLIP_TO_RESTRICTED_RANGE': 'clip_to_restricted_range'}


def _braces(values, bits=8):
    """An array as the kernel prints it."""
    return '{' + ','.join(f'{value & (1 << bits) - 1:#x}' for value in values) + '}'


def _padded(values, count):
    return list(values) + [0] * (count - len(values))


def _clip(low, high, value):
    return max(low, min(high, value))


class Sequence:
    """5.5"""

    def __init__(self, obu):
        self.obu = obu
        self.get = obu.get
        self.reduced = obu.get('reduced_still_picture_header')
        self.order_hints = obu.get('enable_order_hint')
        self.order_hint_bits = obu.get('order_hint_bits_minus_1', -1) + 1
        self.big_superblocks = obu.get('use_128x128_superblock')
        self.mono = obu.get('mono_chrome')
        self.planes = 1 if self.mono else 3
        profile = obu.get('seq_profile')
        self.bit_depth = 8 + 2 * obu.get('high_bitdepth') + 2 * obu.get('twelve_bit')
        srgb = (obu.get('color_primaries', 2), obu.get('transfer_characteristics', 2),
                obu.get('matrix_coefficients', 2)) == (1, 13, 0)
        if self.mono:
            self.subsampling = (1, 1)
        elif srgb or profile == 1:
            self.subsampling = (0, 0)
        elif profile == 0:
            self.subsampling = (1, 1)
        elif self.bit_depth == 12:
            self.subsampling = (obu.get('subsampling_x'), obu.get('subsampling_y'))
        else:
            self.subsampling = (1, 0)
        self.color_range = 1 if srgb and not self.mono else obu.get('color_range')

    def relative(self, a, b):
        """get_relative_dist, 5.9.3"""
        if not self.order_hints:
            return 0
        middle = 1 << (self.order_hint_bits - 1)
        return ((a - b) & (middle - 1)) - ((a - b) & middle)

    def job(self):
        values = {name: self.get(name) for name in (
            'still_picture', 'use_128x128_superblock', 'enable_filter_intra',
            'enable_intra_edge_filter', 'enable_interintra_compound', 'enable_masked_compound',
            'enable_warped_motion', 'enable_dual_filter', 'enable_order_hint', 'enable_jnt_comp',
            'enable_ref_frame_mvs', 'enable_superres', 'enable_cdef', 'enable_restoration',
            'mono_chrome', 'film_grain_params_present', 'separate_uv_delta_q')}
        values |= {'color_range': self.color_range, 'subsampling_x': self.subsampling[0],
                   'subsampling_y': self.subsampling[1]}
        numbers = {'seq_profile': self.get('seq_profile'), 'bit_depth': self.bit_depth,
                   'order_hint_bits': self.order_hint_bits,
                   'max_frame_width_minus_1': self.get('max_frame_width_minus_1'),
                   'max_frame_height_minus_1': self.get('max_frame_height_minus_1')}
        return {**_flags('av1_sequence.flags', {name.upper(): value
                                                for name, value in values.items()}),
                **{f'av1_sequence.{name}': str(value) for name, value in numbers.items()}}


def _flags(field, flags):
    return {f'{field}.{flag}': 'set' for flag, value in flags.items() if value}


class Frame:
    """5.9: a frame header with what it infers; a slot keeps the whole of it (7.20)."""

    def __init__(self, obu, sequence, slots, name):
        self.obu, self.get, self.sequence, self.slots = obu, obu.get, sequence, list(slots)
        self.name, self.complete = name, False
        self.job = sequence.job()
        self._general()
        self._references()
        self._size()
        self._inter()
        # load_previous, setup_past_independence
        self.previous = None
        if self.primary_ref_frame != _NO_PRIMARY:
            self.previous = self._slot(self.ref_frame_idx[self.primary_ref_frame])
            self.job['av1_frame.loaded_state'] = self.previous.name
        self._tiles()
        self._quantization()
        self._segmentation()
        self._lossless()
        self._loop_filter()
        self._cdef()
        self._restoration()
        self._skip_mode()
        self._global_motion()
        self._film_grain()
        self._flags()
        del self.slots, self.previous  # else every frame keeps all before it

    def _set(self, **fields):
        for field, value in fields.items():
            self.job[f'av1_frame.{field}'] = str(value)

    def _set_in(self, part, **fields):
        self._set(**{f'{part}.{field}': value for field, value in fields.items()})

    def _slot(self, index):
        """What a slot has; a stream that starts in the middle refers to slots without a frame."""
        return self.slots[index] or types.SimpleNamespace(
            name='-', order_hint=0, upscaled_width=0, frame_height=0, render_size=(0, 0),
            ref_deltas=list(_REF_DELTAS), mode_deltas=[0, 0], enabled=[[0] * 8] * 8,
            data=[[0] * 8] * 8, gm_params=[list(_IDENTITY)] * 8, grain={})

    def _general(self):
        get, reduced = self.get, self.sequence.reduced
        self.frame_type = get('frame_type', KEY)
        self.intra = self.frame_type in (KEY, _INTRA_ONLY)
        self.show_frame = 1 if reduced else get('show_frame')
        self.showable_frame = (0 if reduced else int(self.frame_type != KEY)
                               if self.show_frame else get('showable_frame'))
        resets = self.frame_type == _SWITCH or self.frame_type == KEY and self.show_frame
        self.error_resilient = int(bool(reduced or resets or get('error_resilient_mode')))
        if self.frame_type == KEY and self.show_frame:
            self.slots = [None] * _SLOTS  # RefValid, RefOrderHint
        choose = self.sequence.reduced or self.sequence.get('seq_choose_screen_content_tools')
        self.screen_content = (get('allow_screen_content_tools') if choose else
                               self.sequence.get('seq_force_screen_content_tools'))
        choose = self.sequence.reduced or self.sequence.get('seq_choose_integer_mv', 1)
        self.integer_mv = 0
        if self.screen_content:
            self.integer_mv = (get('force_integer_mv') if choose else
                               self.sequence.get('seq_force_integer_mv'))
        if self.intra:
            self.integer_mv = 1
        self.size_override = 1 if self.frame_type == _SWITCH else get('frame_size_override_flag')
        self.order_hint = get('order_hint')
        self.primary_ref_frame = (_NO_PRIMARY if self.intra or self.error_resilient else
                                  get('primary_ref_frame'))
        self.refresh_frame_flags = 0xff if resets or reduced else get('refresh_frame_flags')
        self._set(frame_type=self.frame_type, order_hint=self.order_hint,
                  primary_ref_frame=self.primary_ref_frame,
                  current_frame_id=get('current_frame_id'),
                  buffer_removal_time=_braces(self.obu.array('buffer_removal_time', 32), 32),
                  refresh_frame_flags=self.refresh_frame_flags)

    def _references(self):
        self.ref_frame_idx = [0] * _REFERENCES
        hints = [0] * (1 + _REFERENCES)
        if not self.intra:
            self.ref_frame_idx = (self._short_signaling() if self.get('frame_refs_short_signaling')
                                  else self.obu.array('ref_frame_idx', _REFERENCES))
            for reference, index in enumerate(self.ref_frame_idx, _LAST):
                slot = self._slot(index)
                hints[reference] = slot.order_hint
                self.job[f'av1_frame.reference[{reference}]'] = slot.name
        self._set(order_hints=_braces(hints, 32), ref_frame_idx=_braces(self.ref_frame_idx),
                  reference_frame_ts=' '.join(self._slot(slot).name for slot in range(_SLOTS)))

    def _short_signaling(self):
        """set_frame_refs, 7.8"""
        middle = 1 << (self.sequence.order_hint_bits - 1)
        shifted = [middle + self.sequence.relative(self._slot(slot).order_hint, self.order_hint)
                   for slot in range(_SLOTS)]
        picked = {_LAST: self.get('last_frame_idx'), _GOLDEN: self.get('golden_frame_idx')}

        def pick(reference, backward, latest):
            free = [slot for slot in range(_SLOTS) if slot not in picked.values() and
                    (shifted[slot] >= middle) == backward]
            if reference in picked or not free:
                return
            # Of equals the latest takes the last slot, the earliest the first.
            picked[reference] = (max(free, key=lambda slot: (shifted[slot], slot)) if latest else
                                 min(free, key=lambda slot: (shifted[slot], slot)))

        pick(_ALTREF, backward=True, latest=True)
        pick(_BWDREF, backward=True, latest=False)
        pick(_ALTREF2, backward=True, latest=False)
        for reference in (_LAST2, _LAST3, _BWDREF, _ALTREF2, _ALTREF):
            pick(reference, backward=False, latest=True)
        earliest = min(range(_SLOTS), key=lambda slot: (shifted[slot], slot))
        return [picked.get(reference, earliest) for reference in range(_LAST, _ALTREF + 1)]

    def _size(self):
        """5.9.5 to 5.9.9"""
        get = self.get
        found = next((index for index in range(_REFERENCES) if get(f'found_ref[{index}]')), None)
        if found is not None:
            slot = self._slot(self.ref_frame_idx[found])
            width, self.frame_height = slot.upscaled_width, slot.frame_height
            self.render_size = slot.render_size
        else:
            header = self if self.size_override else self.sequence
            names = (('frame_width_minus_1', 'frame_height_minus_1') if self.size_override else
                     ('max_frame_width_minus_1', 'max_frame_height_minus_1'))
            width, self.frame_height = (header.get(name) + 1 for name in names)
            self.render_size = (width, self.frame_height)
            if get('render_and_frame_size_different'):
                self.render_size = (get('render_width_minus_1') + 1,
                                    get('render_height_minus_1') + 1)
        denominator = get('coded_denom') + 9 if get('use_superres') else 8
        self.upscaled_width = width
        self.frame_width = (width * 8 + denominator // 2) // denominator
        self.mi_cols = 2 * ((self.frame_width + 7) >> 3)
        self.mi_rows = 2 * ((self.frame_height + 7) >> 3)
        self._set(superres_denom=denominator, upscaled_width=width,
                  frame_width_minus_1=self.frame_width - 1,
                  frame_height_minus_1=self.frame_height - 1,
                  render_width_minus_1=self.render_size[0] - 1,
                  render_height_minus_1=self.render_size[1] - 1)

    def _inter(self):
        self.allow_intrabc = self.get('allow_intrabc')
        self.high_precision = 0 if self.integer_mv else self.get('allow_high_precision_mv')
        switchable = self.get('is_filter_switchable')
        self.interpolation = 4 if switchable else self.get('interpolation_filter')

    def _tiles(self):
        """5.9.15"""
        get, shift = self.get, 5 if self.sequence.big_superblocks else 4
        columns, rows = ((count + (1 << shift) - 1) >> shift for count in (self.mi_cols,
                                                                          self.mi_rows))
        if get('uniform_tile_spacing_flag'):
            widths = _uniform(columns, get('tile_cols_log2'))
            heights = _uniform(rows, get('tile_rows_log2'))
        else:
            widths = self._widths('width_in_sbs_minus_1', columns)
            heights = self._widths('height_in_sbs_minus_1', rows)
        self.tile_cols, self.tile_rows = len(widths), len(heights)
        # TileSizeBytes has no value where there is one tile.
        self.tile_size_bytes = get('tile_size_bytes_minus1', -1) + 1

        def starts(sizes, end):
            return [sum(sizes[:index]) << shift for index in range(len(sizes))] + [end]

        self.job |= _flags('av1_frame.tile_info.flags',
                           {'UNIFORM_TILE_SPACING': get('uniform_tile_spacing_flag')})
        self._set_in('tile_info', tile_cols=self.tile_cols, tile_rows=self.tile_rows,
                     context_update_tile_id=get('context_update_tile_id'),
                     tile_size_bytes=self.tile_size_bytes,
                     mi_col_starts=_braces(_padded(starts(widths, self.mi_cols), 65), 32),
                     mi_row_starts=_braces(_padded(starts(heights, self.mi_rows), 65), 32),
                     width_in_sbs_minus_1=_braces(_padded([size - 1 for size in widths], 64), 32),
                     height_in_sbs_minus_1=_braces(_padded([size - 1 for size in heights], 64),
                                                   32))

    def _widths(self, name, total):
        sizes = []
        while sum(sizes) < total:
            sizes.append(self.get(f'{name}[{len(sizes)}]') + 1)
        return sizes

    def _quantization(self):
        """5.9.12, 5.9.17, 5.9.18"""
        get = self.get
        self.base_q_idx = get('base_q_idx')
        delta = {part: get(f'delta_q_{part}.delta_q')
                 for part in ('y_dc', 'u_dc', 'u_ac', 'v_dc', 'v_ac')}
        if not get('diff_uv_delta'):
            delta['v_dc'], delta['v_ac'] = delta['u_dc'], delta['u_ac']
        self.deltas = list(delta.values())
        qm_v = get('qm_v') if self.sequence.get('separate_uv_delta_q') else get('qm_u')
        self._set_in('quantization', base_q_idx=self.base_q_idx, qm_y=get('qm_y'),
                     qm_u=get('qm_u'), qm_v=qm_v, delta_q_res=get('delta_q_res'),
                     **{f'delta_q_{part}': value for part, value in delta.items()})
        self.job |= _flags('av1_frame.quantization.flags', {
            'DIFF_UV_DELTA': get('diff_uv_delta'), 'USING_QMATRIX': get('using_qmatrix'),
            'DELTA_Q_PRESENT': get('delta_q_present')})

    def _segmentation(self):
        """5.9.14"""
        get, enabled = self.get, self.get('segmentation_enabled')
        first = self.primary_ref_frame == _NO_PRIMARY
        update_map = enabled and (1 if first else get('segmentation_update_map'))
        update_data = enabled and (1 if first else get('segmentation_update_data'))
        self.enabled = [[0] * _FEATURES for _ in range(_SEGMENTS)]
        self.data = [[0] * _FEATURES for _ in range(_SEGMENTS)]
        if enabled and not update_data:
            self.enabled, self.data = self.previous.enabled, self.previous.data
        if update_data:
            for i in range(_SEGMENTS):
                for j, limit in enumerate(_FEATURE_MAX):
                    self.enabled[i][j] = get(f'feature_enabled[{i}][{j}]')
                    if self.enabled[i][j]:
                        low = 0 if j >= _REF_FRAME else -limit
                        self.data[i][j] = _clip(low, limit, get(f'feature_value[{i}][{j}]'))
        active = [i for i, row in enumerate(self.enabled) if any(row)]
        self._set_in('segmentation', last_active_seg_id=max(active, default=0),
                     feature_enabled=_braces(sum(bit << j for j, bit in enumerate(row))
                                             for row in self.enabled))
        self.job |= av1_frame.features(self.data)
        self.job |= _flags('av1_frame.segmentation.flags', {
            'ENABLED': enabled, 'UPDATE_MAP': update_map,
            'TEMPORAL_UPDATE': get('segmentation_temporal_update'), 'UPDATE_DATA': update_data,
            'SEG_ID_PRE_SKIP': any(any(row[_REF_FRAME:]) for row in self.enabled)})

    def _lossless(self):
        indexes = [_clip(0, 255, self.base_q_idx + data[_ALT_Q]) if enabled[_ALT_Q] else
                   self.base_q_idx for enabled, data in zip(self.enabled, self.data, strict=True)]
        self.coded_lossless = not any(indexes) and not any(self.deltas)
        self.all_lossless = self.coded_lossless and self.frame_width == self.upscaled_width

    def _loop_filter(self):
        """5.9.11; what is not read has no meaning and is 0 here"""
        get = self.get
        self.ref_deltas, self.mode_deltas = list(_REF_DELTAS), [0, 0]
        delta_enabled = get('loop_filter_delta_enabled')
        if self.coded_lossless or self.allow_intrabc:
            delta_enabled = int(self.previous is None)  # setup_past_independence
        elif self.previous:
            self.ref_deltas = list(self.previous.ref_deltas)
            self.mode_deltas = list(self.previous.mode_deltas)
        for name, deltas in (('ref', self.ref_deltas), ('mode', self.mode_deltas)):
            for index in range(len(deltas)):
                if get(f'update_{name}_delta[{index}]'):
                    deltas[index] = get(f'loop_filter_{name}_deltas[{index}]')
        self._set_in('loop_filter', level=_braces(self.obu.array('loop_filter_level', 4)),
                     sharpness=get('loop_filter_sharpness'), ref_deltas=_braces(self.ref_deltas),
                     mode_deltas=_braces(self.mode_deltas), delta_lf_res=get('delta_lf_res'))
        self.job |= _flags('av1_frame.loop_filter.flags', {
            'DELTA_ENABLED': delta_enabled, 'DELTA_UPDATE': get('loop_filter_delta_update'),
            'DELTA_LF_PRESENT': get('delta_lf_present'), 'DELTA_LF_MULTI': get('delta_lf_multi')})
        if self.coded_lossless or self.allow_intrabc:
            self.job['_no_loop_filter'] = 'set'

    def _cdef(self):
        """5.9.19"""
        self._set_in('cdef', damping_minus_3=self.get('cdef_damping_minus_3'),
                     bits=self.get('cdef_bits'))
        for plane in ('y', 'uv'):
            primary = self.obu.array(f'cdef_{plane}_pri_strength', 8)
            secondary = self.obu.array(f'cdef_{plane}_sec_strength', 8)
            self._set_in('cdef', **{
                f'{plane}_pri_strength': _braces(primary),
                f'{plane}_sec_strength': _braces(4 if value == 3 else value
                                                 for value in secondary)})

    def _restoration(self):
        """5.9.20"""
        kinds = [_RESTORATION[kind] for kind in self.obu.array('lr_type', 3)]
        shift, uv_shift = self.get('lr_unit_shift'), self.get('lr_uv_shift')
        sizes = [0, 0, 0]
        if any(kinds):
            size = 256 >> (2 - shift)
            sizes = [size, size >> uv_shift, size >> uv_shift]
        self._set_in('loop_restoration', lr_unit_shift=shift, lr_uv_shift=uv_shift,
                     frame_restoration_type=_braces(kinds, 32),
                     loop_restoration_size=_braces(sizes, 32))
        self.job |= _flags('av1_frame.loop_restoration.flags', {
            'USES_LR': any(kinds), 'USES_CHROMA_LR': any(kinds[1:])})

    def _skip_mode(self):
        """5.9.22"""
        relative = self.sequence.relative
        frames = None
        if not self.intra and self.get('reference_select') and self.sequence.order_hints:
            hints = [self._slot(index).order_hint for index in self.ref_frame_idx]

            def best(wanted, better):
                """The first of the references that a later one does not beat."""
                found = None
                for index, hint in enumerate(hints):
                    if wanted(hint) and (found is None or better(hint, hints[found])):
                        found = index
                return found

            def later(a, b):
                return relative(a, b) > 0

            forward = best(lambda hint: relative(hint, self.order_hint) < 0, later)
            other = best(lambda hint: relative(hint, self.order_hint) > 0,
                         lambda a, b: relative(a, b) < 0)
            if forward is not None and other is None:
                other = best(lambda hint: relative(hint, hints[forward]) < 0, later)
            if forward is not None and other is not None:
                frames = [_LAST + min(forward, other), _LAST + max(forward, other)]
        self.skip_mode_allowed = frames is not None
        self._set(skip_mode_frame=_braces(frames or [0, 0]))

    def _global_motion(self):
        """5.9.24, 5.9.25"""
        get = self.get
        previous = self.previous.gm_params if self.previous else [_IDENTITY] * (1 + _REFERENCES)
        self.gm_params = [list(_IDENTITY) for _ in range(1 + _REFERENCES)]
        models, flags, invalid = [_IDENTITY_MODEL] * (1 + _REFERENCES), [[]], 0
        for reference in range(_LAST, _ALTREF + 1):
            elements = [f'{name.lower()}[{reference}]' for name in av1_frame.GLOBAL_MOTION_FLAGS]
            is_global, is_rot_zoom, is_translation = map(get, elements)
            flags.append([name for name, element in zip(av1_frame.GLOBAL_MOTION_FLAGS, elements,
                                                        strict=True) if get(element)])
            if not is_global:
                continue
            model = _ROTZOOM if is_rot_zoom else _TRANSLATION if is_translation else _AFFINE
            models[reference] = model
            params = self.gm_params[reference]
            indexes = {_TRANSLATION: (0, 1), _ROTZOOM: (2, 3, 0, 1),
                       _AFFINE: (2, 3, 4, 5, 0, 1)}[model]
            for index in indexes:
                params[index] = self._global_param(model, reference, index, previous)
            if model == _ROTZOOM:
                params[4], params[5] = -params[3], params[2]
            invalid |= (not _warp_valid(params)) << reference
        self.job |= av1_frame.global_motion(flags, models, self.gm_params, invalid)

    def _global_param(self, model, reference, index, previous):
        bits, precision = 12, 15
        if index < 2:
            bits, precision = 12, 6
            if model == _TRANSLATION:
                bits, precision = (value - (not self.high_precision) for value in (9, 3))
        diagonal = index % 3 == 2
        shift = 16 - precision
        base = (previous[reference][index] >> shift) - (diagonal << precision)
        limit = 1 << bits
        # decode_signed_subexp_with_ref; the trace has what decode_subexp returned
        total, base = 2 * limit + 1, base + limit
        value = self.get(f'gm_params[{reference}][{index}]')
        value = (_inverse_recenter(base, value) if 2 * base <= total else
                 total - 1 - _inverse_recenter(total - 1 - base, value))
        return ((value - limit) << shift) + (diagonal << 16)

    def _film_grain(self):
        """5.9.30"""
        get = self.get
        self.grain = {}
        ref_idx, update = 0, 0
        if get('apply_grain'):
            update = get('update_grain') if self.frame_type == _INTER else 1
            ref_idx = get('film_grain_params_ref_idx')
            if update:
                names = {*_GRAIN_NUMBERS, *_GRAIN_FLAGS.values(),
                         *(f'{name}[{index}]' for name, count in _GRAIN_ARRAYS.items()
                           for index in range(count))}
                self.grain = {name: value for name, value in self.obu.elements.items()
                              if name in names}
            else:
                self.grain = {**self._slot(ref_idx).grain, 'grain_seed': get('grain_seed')}
                self.job['_film_grain_of_reference'] = 'set'
        value = self.grain.get
        job = {name: value(name, 0) for name in _GRAIN_NUMBERS}
        job |= {name: _braces(value(f'{name}[{index}]', 0) for index in range(count))
                for name, count in _GRAIN_ARRAYS.items()}
        job['film_grain_params_ref_idx'] = ref_idx
        self.job |= {f'av1_film_grain.{name}': str(text) for name, text in job.items()}
        self.job |= _flags('av1_film_grain.flags', {
            **{flag: value(name, 0) for flag, name in _GRAIN_FLAGS.items()},
            'UPDATE_GRAIN': update})

    def _flags(self):
        get, intra = self.get, self.intra
        self.job |= _flags('av1_frame.flags', {
            'SHOW_FRAME': self.show_frame, 'SHOWABLE_FRAME': self.showable_frame,
            'ERROR_RESILIENT_MODE': self.error_resilient,
            'DISABLE_CDF_UPDATE': get('disable_cdf_update'),
            'ALLOW_SCREEN_CONTENT_TOOLS': self.screen_content,
            'FORCE_INTEGER_MV': self.integer_mv, 'ALLOW_INTRABC': self.allow_intrabc,
            'USE_SUPERRES': get('use_superres'),
            'ALLOW_HIGH_PRECISION_MV': self.high_precision,
            'IS_MOTION_MODE_SWITCHABLE': get('is_motion_mode_switchable'),
            'USE_REF_FRAME_MVS': get('use_ref_frame_mvs'),
            'DISABLE_FRAME_END_UPDATE_CDF': 1 if self.sequence.reduced or
                                            get('disable_cdf_update') else
                                            get('disable_frame_end_update_cdf'),
            'ALLOW_WARPED_MOTION': get('allow_warped_motion'),
            'REFERENCE_SELECT': 0 if intra else get('reference_select'),
            'REDUCED_TX_SET': get('reduced_tx_set'),
            'SKIP_MODE_ALLOWED': self.skip_mode_allowed,
            'SKIP_MODE_PRESENT': get('skip_mode_present'),
            'FRAME_SIZE_OVERRIDE': self.size_override,
            'BUFFER_REMOVAL_TIME_PRESENT': get('buffer_removal_time_present_flag'),
            'FRAME_REFS_SHORT_SIGNALING': get('frame_refs_short_signaling')})
        # The trace has TxMode itself; without the element it is ONLY_4X4.
        tx_mode = 0 if self.coded_lossless else get('tx_mode')
        self.job |= av1_frame.enums(self.frame_type, self.interpolation, tx_mode)


def _uniform(total, log2):
    size = (total + (1 << log2) - 1) >> log2
    return [min(size, total - start) for start in range(0, total, size)]


def _inverse_recenter(base, value):
    if value > 2 * base:
        return value
    return base - ((value + 1) >> 1) if value & 1 else base + (value >> 1)


def _round2signed(value, bits):
    if bits == 0:
        return value
    rounded = (abs(value) + (1 << (bits - 1))) >> bits
    return rounded if value >= 0 else -rounded


def _warp_valid(params):
    """Setup shear, 7.11.3.6"""
    def clip(value):
        return _clip(-32768, 32767, value)

    # Resolve divisor, 7.11.3.7: Div_Lut[f] is 2^22 / (256 + f), rounded.
    divisor = params[2]
    bits = abs(divisor).bit_length() - 1
    rest = abs(divisor) - (1 << bits)
    entry = _round2signed(rest, bits - 8) if bits > 8 else rest << (8 - bits)
    factor = ((1 << 22) + (256 + entry) // 2) // (256 + entry)
    shift = bits + 14
    if divisor < 0:
        factor = -factor
    alpha = clip(params[2] - (1 << 16))
    beta = clip(params[3])
    gamma = clip(_round2signed((params[4] << 16) * factor, shift))
    delta = clip(params[5] - _round2signed(params[3] * params[4] * factor, shift) - (1 << 16))
    alpha, beta, gamma, delta = (abs(_round2signed(value, 6) << 6)
                                 for value in (alpha, beta, gamma, delta))
    return 4 * alpha + 7 * beta < 1 << 16 and 4 * gamma + 4 * delta < 1 << 16
