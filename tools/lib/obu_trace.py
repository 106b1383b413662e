# SPDX-License-Identifier: MIT
"""The OBUs of an AV1 stream: their syntax elements as libavcodec prints them, and their bytes."""

import re
import struct
import subprocess

_LINE = re.compile(r'\[trace_headers @ [^]]*\] (.*)$')
_ELEMENT = re.compile(r'(\d+) +(\S+) +([01]*) = (-?\d+)$')


class Unreadable(Exception):
    """The trace and the stream do not fit; the text says how."""


class Obu:
    """An OBU of the trace: its syntax elements, and the bit behind the last of them."""

    def __init__(self):
        self.elements, self.end = {}, 0

    def get(self, name, default=0):
        return self.elements.get(name, default)

    def array(self, name, count, default=0):
        return [self.get(f'{name}[{index}]', default) for index in range(count)]


def _obus(trace):
    """(the OBUs of the extradata, those of the packets)."""
    extradata, packets, current, into = [], [], None, None
    for line in trace.splitlines():
        found = _LINE.match(line)
        if not found:
            continue
        text = found.group(1)
        element = _ELEMENT.match(text)
        if element:
            position, name, bits, value = element.groups()
            if current and name not in ('obu_size', 'zero_bit'):
                current.elements[name] = int(value)
            if current and name != 'obu_size':
                # Of what is made of several elements the line comes last, with the first bit.
                current.end = max(current.end, int(position) + len(bits))
        elif text == 'Extradata':
            into = extradata
        elif text.startswith('Packet: '):
            into = packets
        elif text == 'OBU header':
            current = Obu()
            into.append(current)
    return extradata, packets


def _ivf_obus(data):
    """The bytes of each OBU, header included, of an IVF file."""
    at = struct.unpack_from('<H', data, 6)[0]
    while at + 12 <= len(data):
        (size,) = struct.unpack_from('<I', data, at)
        at += 12
        yield from _unit_obus(data[at:at + size])
        at += size


def _unit_obus(data):
    at = 0
    while at < len(data):
        start = at
        has_extension, has_size = data[at] >> 2 & 1, data[at] >> 1 & 1
        at += 1 + has_extension
        size, shift = 0, 0
        while has_size:
            byte = data[at]
            size |= (byte & 127) << shift
            shift += 7
            at += 1
            if byte < 128:
                break
        at = at + size if has_size else len(data)
        yield data[start:at]


def read(ivf):
    """(OBUs of the extradata, [(OBU, its bytes)] of the stream) of an IVF file."""
    done = subprocess.run(['ffmpeg', '-hide_banner', '-nostdin', '-i', f'file:{ivf}',
                           '-map', '0:v:0', '-c', 'copy', '-bsf:v', 'trace_headers',
                           '-f', 'null', '-'], capture_output=True, timeout=300, check=False)
    extradata, packets = _obus(done.stderr.decode(errors='replace'))
    data = list(_ivf_obus(ivf.read_bytes()))
    if len(data) != len(packets):
        raise Unreadable(f'{len(packets)} OBUs in the trace, {len(data)} in the file')
    return extradata, list(zip(packets, data, strict=True))
