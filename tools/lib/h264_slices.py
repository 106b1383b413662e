# SPDX-License-Identifier: MIT
"""As much of H.264's slice header as tells whether a slice uses the PPS's counts of references."""

import re

_I_TYPES, _B_TYPE = {2, 4}, 1  # slice_type % 5: I and SI, B (Table 7-6)
_HEADER_BYTES = 64  # more than the part that is read


class _Bits:
    def __init__(self, data):
        self.text = ''.join(f'{byte:08b}' for byte in data)
        self.at = 0

    def u(self, count):
        self.at += count
        return int(self.text[self.at - count:self.at] or '0', 2)

    def ue(self):
        zeros = self.text.find('1', self.at) - self.at
        self.at += zeros
        return self.u(zeros + 1) - 1


def default_lists(job, payload):
    """The lists, of 0 and 1, whose length a slice of PAYLOAD takes from the PPS: JOB has the SPS
    and PPS as the kernel prints them, PAYLOAD is one NAL unit or several behind start codes."""
    lists = set()
    for unit in re.split(rb'\x00\x00\x01', payload):
        if unit and unit[0] & 0x1f in (1, 5):
            lists |= _of_slice(job, unit)
    return lists


def _of_slice(job, unit):
    ref_idc, unit_type = unit[0] >> 5 & 3, unit[0] & 0x1f
    bits = _Bits(unit[1:_HEADER_BYTES].replace(b'\0\0\3', b'\0\0'))
    bits.ue()  # first_mb_in_slice
    slice_type = bits.ue() % 5
    if slice_type in _I_TYPES:
        return set()
    bits.ue()  # pic_parameter_set_id
    bits.u(int(job['h264_sps.log2_max_frame_num_minus4']) + 4)  # frame_num
    field = False
    if 'h264_sps.flags.FRAME_MBS_ONLY' not in job:
        field = bits.u(1) == 1
        if field:
            bits.u(1)  # bottom_field_flag
    if unit_type == 5:
        bits.ue()  # idr_pic_id
    has_bottom = 'h264_pps.flags.BOTTOM_FIELD_PIC_ORDER_IN_FRAME_PRESENT' in job and not field
    order_type = job['h264_sps.pic_order_cnt_type']
    if order_type == '0':
        bits.u(int(job['h264_sps.log2_max_pic_order_cnt_lsb_minus4']) + 4)
        if has_bottom:
            bits.ue()  # delta_pic_order_cnt_bottom
    elif order_type == '1' and 'h264_sps.flags.DELTA_PIC_ORDER_ALWAYS_ZERO' not in job:
        bits.ue()
        if has_bottom:
            bits.ue()
    if 'h264_pps.flags.REDUNDANT_PIC_CNT_PRESENT' in job:
        bits.ue()
    if slice_type == _B_TYPE:
        bits.u(1)  # direct_spatial_mv_pred_flag
    if bits.u(1) == 1:  # num_ref_idx_active_override_flag
        return set()
    return {0, 1} if slice_type == _B_TYPE else {0}
