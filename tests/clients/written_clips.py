# SPDX-License-Identifier: MIT
"""H.264 streams written bit by bit: what no encoder at hand makes.

Field pictures, fields without a partner, long-term references and weighted prediction of fields;
fields of ten bits; gaps in frame_num; a picture parameter set that changes under its id.
Intra macroblocks are I_PCM, inter ones are 16x16 without residual, so each
picture is made of its references: one wrong reference shows in the pixels.
"""

import functools
import os

import harness

WIDTH = HEIGHT = 64
TOP, BOTTOM, FRAME = 1, 2, 3
LOG2_MAX_FRAME_NUM = 6
LOG2_MAX_POC_LSB = 10


class Bits:
    """A raw byte sequence payload (7.2)."""

    def __init__(self):
        self.text = []

    def u(self, count, value):
        self.text.append(format(value & (1 << count) - 1, f'0{count}b') if count else '')

    def ue(self, value):
        code = format(value + 1, 'b')
        self.text.append('0' * (len(code) - 1) + code)

    def se(self, value):
        self.ue(2 * value - 1 if value > 0 else -2 * value)

    def te(self, largest, value):
        if largest == 1:
            self.u(1, 1 - value)
        else:
            self.ue(value)

    def align(self):
        self.u(-sum(map(len, self.text)) % 8, 0)

    def nal(self, ref_idc, unit_type):
        """The NAL unit with its start code."""
        self.u(1, 1)
        self.align()
        text = ''.join(self.text)
        out, zeros = bytearray([ref_idc << 5 | unit_type]), 0
        for byte in int(text, 2).to_bytes(len(text) // 8, 'big'):
            if zeros >= 2 and byte <= 3:
                out.append(3)
                zeros = 0
            out.append(byte)
            zeros = zeros + 1 if byte == 0 else 0
        return b'\0\0\0\1' + bytes(out)


class Writer:
    """A stream of 64x64; pictures are added in decoding order, which is the order of output."""

    def __init__(self, num_ref_frames=4, weighted=False, depth=8, init_qp=26, gaps=False):
        """init_qp: of the PPS and all slices; without residual it decides about deblocking."""
        self.weighted = weighted
        self.gaps = gaps
        self.depth = depth
        self.init_qp = init_qp
        self.frame_num = 0
        self.frames = 0   # coded so far
        self.seed = 0
        self.last = None  # (structure, is_reference) of the picture before
        self.data = bytearray(self.sps(num_ref_frames) + self.pps())

    def sps(self, num_ref_frames):
        out = Bits()
        out.u(24, (110 if self.depth > 8 else 77) << 16 | 30)  # High 10 or Main, level 3
        out.ue(0)
        if self.depth > 8:
            for value in (1, self.depth - 8, self.depth - 8):
                out.ue(value)
            out.u(2, 0)
        out.ue(LOG2_MAX_FRAME_NUM - 4)
        out.ue(0)
        out.ue(LOG2_MAX_POC_LSB - 4)
        out.ue(num_ref_frames)
        out.u(1, 1 if self.gaps else 0)
        out.ue(WIDTH // 16 - 1)
        out.ue(HEIGHT // 32 - 1)
        out.u(4, 0b0010)  # fields, not macroblock-adaptive; direct_8x8_inference; no cropping
        out.u(1, 1)  # VUI: nothing is put out late
        out.u(8, 0)
        out.u(1, 1)
        out.u(1, 1)
        for value in (0, 0, 10, 10, 0, num_ref_frames):
            out.ue(value)
        return out.nal(3, 7)

    def pps(self):
        out = Bits()
        out.ue(0)
        out.ue(0)
        out.u(2, 0)
        out.ue(0)
        out.ue(0)
        out.ue(0)
        out.u(1, 1 if self.weighted else 0)
        out.u(2, 0)
        out.se(self.init_qp - 26)
        out.se(0)
        out.se(0)
        out.u(1, 1)
        out.u(1, 0)
        out.u(1, 0)
        return out.nal(3, 8)

    def add(self, kind, structure=FRAME, reference=True, idr=False, refs=1, order=(), marking=(),
            weights=(), slices=1, gap=0):
        """One picture; GAP frames before it are left out.

        kind 'I' or 'P'; refs: the length of list 0; order: steps (idc, value) of
        ref_pic_list_modification(); marking: memory management operations, each a tuple of its
        numbers; weights: (weight, offset) of luma for each reference, of a denominator of 5.
        """
        second = (structure != FRAME and self.last is not None and
                  self.last[0] == FRAME ^ structure and not idr)
        if not second:
            if idr:
                self.frame_num = 0
            elif self.last and self.last[1]:
                self.frame_num += 1 + gap
            self.frames += 1
        self.last = (FRAME if second else structure,
                     reference or (second and self.last[1]))
        rows = HEIGHT // 16 // (1 if structure == FRAME else 2)
        count = WIDTH // 16 * rows
        cuts = [count * i // slices for i in range(slices + 1)]
        for first, end in zip(cuts, cuts[1:]):
            self.seed += 1
            out = Bits()
            self.header(out, kind, structure, reference, idr, first, refs, order, marking, weights)
            for number in range(first, end):
                self.macroblock(out, kind, number, refs)
            self.data += out.nal(1 if reference else 0, 5 if idr else 1)

    def header(self, out, kind, structure, reference, idr, first, refs, order, marking, weights):
        out.ue(first)
        out.ue(0 if kind == 'P' else 2)
        out.ue(0)
        out.u(LOG2_MAX_FRAME_NUM, self.frame_num)
        out.u(1, 0 if structure == FRAME else 1)
        if structure != FRAME:
            out.u(1, 1 if structure == BOTTOM else 0)
        if idr:
            out.ue(0)
        out.u(LOG2_MAX_POC_LSB, 2 * (self.frames - 1) + (1 if structure == BOTTOM else 0))
        if kind == 'P':
            out.u(1, 1)
            out.ue(refs - 1)
            out.u(1, 1 if order else 0)
            for step in order:
                out.ue(step[0])
                out.ue(step[1])
            if order:
                out.ue(3)
            if self.weighted:
                self.weight_table(out, weights or [(32, 0)] * refs)
        if reference:
            if idr:
                out.u(2, 0)
            else:
                out.u(1, 1 if marking else 0)
                for operation in marking:
                    for value in operation:
                        out.ue(value)
                if marking:
                    out.ue(0)
        out.se(0)
        out.ue(0)
        out.se(0)
        out.se(0)

    @staticmethod
    def weight_table(out, weights):
        out.ue(5)
        out.ue(4)
        for weight, offset in weights:
            out.u(1, 1)
            out.se(weight)
            out.se(offset)
            out.u(1, 1)
            for plane in (1, 2):
                out.se(weight // 2 + plane)
                out.se(offset - plane)

    def macroblock(self, out, kind, number, refs):
        if kind == 'I':
            out.ue(25)
            out.align()
            for i in range(384):
                sample = 16 + (self.seed * 47 + number * 13 + i * 3 + i // 16 * 7) % 200
                out.u(self.depth, sample << self.depth - 8)
            return
        out.ue(0)
        out.ue(0)
        if refs > 1:
            out.te(refs - 1, (number + self.seed) % refs)
        out.se((number % 3 - 1) * 4)
        out.se(0)
        out.ue(0)


def pair(writer, kind, **options):
    """A top and a bottom field; the second one of an intra pair is predicted from the first."""
    refs = options.pop('refs', 1)
    writer.add(kind, TOP, refs=refs, **options)
    options.pop('idr', None)
    writer.add('P', BOTTOM, refs=refs if kind == 'P' else 1, **options)


def fields(writer=None):
    """PAFF: pairs of fields and frames, each as the other's reference."""
    writer = writer or Writer()
    pair(writer, 'I', idr=True)
    pair(writer, 'P', refs=2)
    writer.add('P', refs=2)
    pair(writer, 'P', refs=4, slices=2)
    # Same parity one frame back, then the other parity; what is left follows.
    pair(writer, 'P', refs=5, order=((0, 3), (0, 0)))
    writer.add('I', BOTTOM)
    writer.add('P', TOP, refs=3)
    pair(writer, 'P', refs=2, reference=False)
    writer.add('P', refs=4, order=((0, 2), (1, 0)))
    pair(writer, 'P', refs=6)
    return writer


def unpaired():
    """Top fields without a partner: first and last, reference and not, before fields and frames."""
    writer = Writer(num_ref_frames=10)
    writer.add('I', TOP, idr=True)
    pair(writer, 'P', refs=1)
    writer.add('P', TOP, refs=3)
    pair(writer, 'P', refs=4)
    writer.add('P', TOP, refs=2, reference=False)
    pair(writer, 'P', refs=2)
    writer.add('P', TOP, refs=2)
    # Named, because libavcodec lists single fields among the frames.
    writer.add('P', refs=1, order=((0, 1),))
    pair(writer, 'P', refs=3)
    writer.add('P', TOP, refs=2)
    return writer


def long_term():
    """Long-term frames, used beside short-term ones, renamed and dropped again.

    All of them are frames: libavcodec 5.1 tells VA-API the wrong LongTermFrameIdx from fields.
    """
    writer = Writer(num_ref_frames=5)
    writer.add('I', idr=True)
    writer.add('I', marking=((4, 3), (3, 0, 0)))  # the IDR picture becomes long-term 0
    writer.add('P', refs=2, order=((2, 0), (0, 0)))
    writer.add('I', marking=((6, 1),))
    writer.add('P', refs=4, order=((2, 1), (0, 1), (2, 0)))
    writer.add('P', refs=5, order=((2, 1), (2, 1), (0, 0), (2, 0)), slices=2)
    writer.add('I', marking=((1, 0), (6, 2)))
    writer.add('P', refs=3, order=((2, 2), (2, 0), (2, 1)), marking=((2, 1),))
    writer.add('P', refs=3, order=((2, 0),), marking=((4, 0),))
    pair(writer, 'P', refs=3)
    writer.add('P', refs=2)
    return writer


def weighted():
    writer = Writer(weighted=True)
    pair(writer, 'I', idr=True)
    pair(writer, 'P', refs=2, weights=((20, 5), (40, -9)))
    writer.add('P', refs=2, weights=((33, 1), (-3, 90)), slices=3)
    pair(writer, 'P', refs=3, weights=((32, 0), (10, 40), (31, -2)))
    return writer


def gaps():
    """Frames left out count in the DPB and in the lists; each P picture names those that exist."""
    writer = Writer(gaps=True)
    writer.add('I', idr=True)
    writer.add('P')
    writer.add('P', refs=1, order=((0, 2),), gap=2)
    writer.add('P', refs=2, order=((0, 0), (0, 2)))
    writer.add('P', refs=2, order=((0, 1), (0, 0)), gap=1, slices=2)
    writer.add('P', refs=3, order=((0, 2), (1, 1)))
    writer.add('I', gap=5)
    pair(writer, 'P', refs=1, order=((0, 1),))
    writer.add('P', refs=1)
    return writer


def parameter_sets():
    """Another QP in the PPS of the same id before each picture, and at IDR pictures."""
    writer = Writer(init_qp=20)
    for number, qp in enumerate((20, 51, 36, 28, 51, 1, 44, 33, 51, 20)):
        writer.init_qp = qp
        writer.data += writer.pps()
        idr = number % 5 == 0
        writer.add('I' if idr else 'P', idr=idr, refs=1 if number % 5 == 1 else 2)
    return writer


STREAMS = {'fields': fields, 'unpaired': unpaired, 'long-term': long_term, 'weighted': weighted,
           'gaps': gaps, 'parameter-sets': parameter_sets}
# Of ten bits, for clients that can ask for them: SliceQPY is in -12..51.
DEEP_STREAMS = {f'fields-high10-qp{qp}': functools.partial(
    lambda qp: fields(Writer(depth=10, init_qp=qp)), qp) for qp in (-11, 24, 50)}


@functools.lru_cache(maxsize=None)
def path(name):
    """The file of a stream, written anew by each process."""
    target = harness.OUT / 'clips' / f'written-{name}-{os.getpid()}.h264'
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes({**STREAMS, **DEEP_STREAMS}[name]().data)
    return target
