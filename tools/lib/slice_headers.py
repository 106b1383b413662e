# SPDX-License-Identifier: MIT
"""As much of the slice headers of a payload with start codes as tells which tables hardware reads."""

import re

_HEADER_BYTES = 16


def _unsigned(text, at):
    """(value of the Exp-Golomb code at AT, where it ends)."""
    zeros = text.find('1', at) - at
    end = at + 2 * zeros + 1
    return int(text[at + zeros:end] or '1', 2) - 1, end


def _pps_of(codec, unit):
    text = ''.join(f'{byte:08b}' for byte in unit[:_HEADER_BYTES].replace(b'\0\0\3', b'\0\0'))
    if codec == 'h264':
        _, at = _unsigned(text, 8)    # first_mb_in_slice
        _, at = _unsigned(text, at)   # slice_type
        return _unsigned(text, at)[0]
    # H.265 7.3.6.1: no_output_of_prior_pics_flag is in slices of IRAP pictures.
    return _unsigned(text, 18 if 16 <= (unit[0] >> 1 & 63) <= 23 else 17)[0]


def _is_slice(codec, unit):
    if codec == 'h264':
        return unit[0] & 31 in (1, 5)
    return unit[0] >> 1 & 63 < 32


def of_payload(codec, payload):
    """(pic_parameter_set_id of the first slice, number of slices) of H.264 or HEVC."""
    units = [unit for unit in re.split(rb'\x00\x00\x01', payload) if unit and _is_slice(codec, unit)]
    return (_pps_of(codec, units[0]) if units else 0), len(units)
