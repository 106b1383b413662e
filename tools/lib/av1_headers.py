# SPDX-License-Identifier: MIT
"""The controls that an AV1 stream asks for, from libavcodec's trace of its headers.

A reference for control_trace.Comparison that shares nothing with a VA client or with the driver:
`ffmpeg -bsf:v trace_headers` prints the syntax elements, and what the AV1 specification infers and
keeps between frames is done here and in av1_frame_header. "5.9.2" and such are its clauses.
"""

import hashlib

import av1_frame_header
import obu_trace

_SEQUENCE_HEADER, _TEMPORAL_DELIMITER, _FRAME_HEADER, _TILE_GROUP, _FRAME = 1, 2, 3, 4, 6
_SLOTS = 8


class Reference:
    """The jobs of an IVF file, as control_trace.Trace has those of a client."""

    payloads = ()  # a client may send more than the tiles, so those are compared

    def __init__(self, ivf):
        self.raw = []  # jobs
        self._slots = [None] * _SLOTS
        self._sequence = None
        self._wanted = 0  # OperatingPointIdc
        self._frame = None  # the one whose tile groups follow
        extradata, stream = obu_trace.read(ivf)
        for obu in extradata:
            self._obu(obu, b'')
        for obu, content in stream:
            self._obu(obu, content)
        # A frame without all its tiles is decoded by nobody.
        self.raw = [frame.job for frame in self.raw if frame.complete]
        self.frame_of_job = list(range(len(self.raw)))

    def jobs(self):
        return self.raw

    def digest(self, index):
        return self.raw[index]['av1_tile_group_entry.data']

    def _obu(self, obu, content):
        kind = obu.get('obu_type')
        if kind not in (_SEQUENCE_HEADER, _TEMPORAL_DELIMITER) and self._wanted and (
                obu.get('obu_extension_flag')):
            if not (self._wanted >> obu.get('temporal_id') & 1 and
                    self._wanted >> (obu.get('spatial_id') + 8) & 1):
                return  # drop_obu, 5.3.1
        if kind == _SEQUENCE_HEADER:
            self._sequence = av1_frame_header.Sequence(obu)
            self._wanted = obu.get('operating_point_idc[0]')
        # A second header of a frame is a copy.
        if kind in (_FRAME_HEADER, _FRAME) and not self._frame and self._sequence:
            self._header(obu)
        if kind in (_TILE_GROUP, _FRAME) and self._frame:
            self._tile_group(obu, content)

    def _header(self, obu):
        if obu.get('show_existing_frame'):
            shown = self._slots[obu.get('frame_to_show_map_idx')]
            if shown and shown.frame_type == av1_frame_header.KEY:
                # 7.21: every slot gets what that one has. Nothing is decoded.
                self._slots = [shown] * _SLOTS
            return
        frame = av1_frame_header.Frame(obu, self._sequence, self._slots, f'F{len(self.raw)}')
        self.raw.append(frame)
        self._frame = frame
        for slot in range(_SLOTS):
            if frame.refresh_frame_flags >> slot & 1:
                self._slots[slot] = frame

    def _tile_group(self, obu, content):
        """5.11.1"""
        frame = self._frame
        at = (obu.end + 7) // 8
        first = obu.get('tg_start')
        last = obu.get('tg_end', frame.tile_cols * frame.tile_rows - 1)
        for number in range(first, last + 1):
            size = len(content) - at
            if number < last:
                frame.job['_tile_size_coded'] = 'set'
                size = 1 + int.from_bytes(content[at:at + frame.tile_size_bytes], 'little')
                at += frame.tile_size_bytes
            if number == 0:
                frame.job |= {'av1_tile_group_entry.tile_size': str(size),
                              'av1_tile_group_entry.tile_row': '0',
                              'av1_tile_group_entry.tile_col': '0',
                              'av1_tile_group_entry.data':
                                  hashlib.sha256(content[at:at + size]).hexdigest()}
            at += size
        if last == frame.tile_cols * frame.tile_rows - 1:
            frame.complete = 'av1_tile_group_entry.data' in frame.job
            self._frame = None
