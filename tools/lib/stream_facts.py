# SPDX-License-Identifier: MIT
"""What a stream says of its pictures and no register does: ffmpeg's trace_headers, read when asked."""

import functools
import re

import harness

_FIELD = re.compile(r'\]\s+\d+\s+(\w+)\s+\S+\s+= (-?\d+)$')
_I_TYPES, _B_TYPE = {2, 4}, 1  # slice_type % 5: I and SI, B (H.264, Table 7-6)


def of(stream):
    """A function that gives {name: text} of a job's number:
    _l0_default, _l1_default: `used` where a slice takes that list's length from the PPS (H.264)."""
    if stream.codec != 'h264':
        return lambda job: {}

    @functools.cache
    def pictures():
        done = harness.run([*harness.FFMPEG, '-v', 'trace', *harness.input_words(stream.path, 'h264')[1:],
                            '-map', '0:v:0', '-c', 'copy', '-bsf:v', 'trace_headers', '-f', 'null', '-'],
                           120)
        return _h264_pictures(done.err)

    return lambda job: pictures()[job] if job < len(pictures()) else {}


def _h264_pictures(trace):
    found, fields = [], {}

    def end_slice():
        if 'slice_type' not in fields:
            return
        if fields['first_mb_in_slice'] == 0 or not found:
            found.append({})
        kind = fields['slice_type'] % 5
        if kind not in _I_TYPES and not fields.get('num_ref_idx_active_override_flag'):
            found[-1]['_l0_default'] = 'used'
            if kind == _B_TYPE:
                found[-1]['_l1_default'] = 'used'

    for line in trace.splitlines():
        if line.endswith('Slice Header') or re.search(r'\] [A-Z][\w ]+$', line):
            end_slice()
            fields = {}
            continue
        field = _FIELD.search(line)
        if field:
            fields[field.group(1)] = int(field.group(2))
    end_slice()
    return found
