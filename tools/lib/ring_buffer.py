# SPDX-License-Identifier: MIT
"""Reads the kernel's ring buffer of trace events: whole records, where text leaves fields out."""

import struct

_PAGE = 4096
_PAGE_HEADER = struct.Struct('<QQ')  # time stamp, bytes that follow (the upper bits are flags)
_COMMIT_MASK = (1 << 20) - 1
_COMMON = 8  # common_type, common_flags, common_preempt_count, common_pid
_DATA_MAX, _PADDING, _TIME_EXTEND = 28, 29, 30  # type_len, include/linux/ring_buffer.h


def records(path, event):
    """[bytes] of each record of the event with that id, without the common fields."""
    found = []
    with open(path, 'rb') as file:
        while len(page := file.read(_PAGE)) == _PAGE:
            found += _of_page(page, event)
    return found


def _of_page(page, event):
    at = _PAGE_HEADER.size
    end = at + (_PAGE_HEADER.unpack_from(page)[1] & _COMMIT_MASK)
    while at < end:
        (header,) = struct.unpack_from('<I', page, at)
        type_len, delta = header & 31, header >> 5
        if type_len >= _TIME_EXTEND:
            at += 8
            continue
        if type_len == _PADDING and delta == 0:
            return
        if 0 < type_len <= _DATA_MAX:
            start, size = at + 4, 4 * type_len
        else:
            start = at + 8
            size = struct.unpack_from('<I', page, at + 4)[0] - 4
        if type_len != _PADDING and struct.unpack_from('<H', page, start)[0] == event:
            yield page[start + _COMMON:start + size]
        at = start + (size + 3) // 4 * 4
