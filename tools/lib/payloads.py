# SPDX-License-Identifier: MIT
"""Whether two payloads that are not equal bring the hardware the same coded data."""

import re

SAME_TILES = 'same tiles'
SAME_SLICE_DATA = 'same slice data'
SAME_PARTITIONS = 'same partitions'
_SLICE_HEADER = 96   # bytes of a NAL unit that may be a slice header
_TILE_ENTRY = 16     # rockchip_vpu981_hw_av1_dec.c, rockchip_vpu981_av1_dec_set_tile_info()


def _tiles(meaning):
    """The bytes of each tile that the table of tiles tells of."""
    _, start, table = meaning.tables['AV1_TILE_BASE']
    _, offset, _, data = meaning.job.stream
    first = offset + int(meaning.items['av1_strm_start_bit']) // 8
    found = []
    for at in range(start, len(table) - _TILE_ENTRY + 1, _TILE_ENTRY):
        begin, end = (int.from_bytes(table[at + word:at + word + 4], 'little') for word in (8, 12))
        if not end:
            break
        found.append(data[first + begin:first + end])
    return found


def _units(payload):
    return [unit.rstrip(b'\0') for unit in re.split(rb'\x00\x00\x01', payload) if unit]


def _same_behind_headers(left, right):
    """Whether HEVC's NAL units are equal but for what is near their starts."""
    ones, others = _units(left), _units(right)
    if len(ones) != len(others):
        return False
    for one, other in zip(ones, others):
        length = min(len(one), len(other))
        same = next((index for index in range(length) if one[-1 - index] != other[-1 - index]), length)
        if one[:2] != other[:2] or max(len(one), len(other)) - same > _SLICE_HEADER:
            return False
    return True


def _partitions(meaning):
    """A VP8 frame behind its uncompressed header (RFC 6386 9.1)."""
    data = meaning.job.stream[3]
    end = re.fullmatch(r'stream \+ (0x[0-9a-f]+)', meaning.items.get('VE_H264_VLD_END', ''))
    return data[3 if data[0] & 1 else 10:int(end.group(1), 16) if end else len(data)]


def relation(codec, left, right):
    """How the payloads of two Meanings belong together, '' where they do not."""
    if codec == 'av1':
        both = (left, right)
        if all('AV1_TILE_BASE' in meaning.tables for meaning in both):
            tiles = [_tiles(meaning) for meaning in both]
            return SAME_TILES if tiles[0] and tiles[0] == tiles[1] else ''
    if codec == 'vp8' and _partitions(left) == _partitions(right):
        return SAME_PARTITIONS
    if codec == 'hevc' and _same_behind_headers(left.job.stream[3], right.job.stream[3]):
        return SAME_SLICE_DATA
    return ''
