# SPDX-License-Identifier: MIT
"""Runs mutations on boards: clip after clip, each with the fields that none before it has shown."""

import csv
import re
import shlex
import sys
from pathlib import Path

import control_mutations
import harness
import register_clients
import register_fields
from control_mutations import Mutation

MAKE_CLIPS = harness.ROOT / 'tests' / 'clips' / 'make'
PICTURES = 5  # of each clip
SECONDS = 900  # of a boot
CLIPS = {  # the tools of a codec, in few pictures
    'h264': ('main', 'mbaff-weighted', 'mbaff-scaling-lists'),
    'hevc': ('weighted', 'scaling-lists', 'slices-4-wpp'),
    'vp8': ('segments', 'partitions-4'),
    'vp9': ('plain', 'segments-regions', 'tiles'),
    'av1': ('film-grain-chroma', 'segments', 'svt-superres', 'tiles'),
    'mpeg2': ('everything', 'b-frames'),
}
# Mistakes that clients made, by what went wrong.
KNOWN = {
    'h264': (
        ('wrong reference', 'h264_decode_params.dpb[0].reference_ts', '+1000'),
        ('wrong frame_num', 'h264_decode_params.frame_num', '+1'),
        ('wrong frame_num', 'h264_decode_params.dpb[0].frame_num', '+1'),
        ('wrong POC', 'h264_decode_params.top_field_order_cnt', '+100'),
        ('wrong POC', 'h264_decode_params.dpb[0].top_field_order_cnt', '+100'),
        ('wrong QP', 'h264_pps.pic_init_qp_minus26', '+1'),
        ('wrong QP', 'h264_pps.chroma_qp_index_offset', '+1'),
        ('wrong QP', 'h264_slice_params.slice_qp_delta', '+1'),
        ('swapped lists', 'h264_decode_params.dpb[0].reference_ts',
         '~h264_decode_params.dpb[1].reference_ts'),
        ('swapped lists', 'h264_slice_params.ref_pic_list0[0].index',
         '~h264_slice_params.ref_pic_list1[0].index'),
        ('wrong bit size', 'h264_decode_params.pic_order_cnt_bit_size', '+8'),
        ('wrong bit size', 'h264_decode_params.dec_ref_pic_marking_bit_size', '+8'),
        ('wrong bit size', 'h264_slice_params.header_bit_size', '+8')),
    'hevc': (
        ('wrong reference', 'hevc_decode_params.dpb[0].timestamp', '+1000'),
        ('wrong POC', 'hevc_decode_params.pic_order_cnt_val', '+100'),
        ('wrong POC', 'hevc_decode_params.dpb[0].pic_order_cnt_val', '+100'),
        ('wrong QP', 'hevc_pps.init_qp_minus26', '+1'),
        ('wrong QP', 'hevc_slice_params[0].slice_qp_delta', '+1'),
        ('swapped lists', 'hevc_decode_params.poc_st_curr_before[0]',
         '~hevc_decode_params.poc_st_curr_after[0]'),
        ('swapped lists', 'hevc_slice_params[0].ref_idx_l0[0]', '~hevc_slice_params[0].ref_idx_l1[0]'),
        ('wrong bit size', 'hevc_slice_params[0].bit_size', '+8'),
        ('wrong bit size', 'hevc_decode_params.short_term_ref_pic_set_size', '+8')),
    'vp8': (
        ('wrong reference', 'vp8_frame.last_frame_ts', '+1000'),
        ('wrong QP', 'vp8_frame.quant.y_ac_qi', '+1'),
        ('swapped lists', 'vp8_frame.last_frame_ts', '~vp8_frame.golden_frame_ts'),
        ('wrong bit size', 'vp8_frame.first_part_header_bits', '+8'),
        ('wrong bit size', 'vp8_frame.first_part_size', '+8')),
    'vp9': (
        ('wrong reference', 'vp9_frame.last_frame_ts', '+1000'),
        ('wrong QP', 'vp9_frame.quant.base_q_idx', '+1'),
        ('swapped lists', 'vp9_frame.last_frame_ts', '~vp9_frame.golden_frame_ts'),
        ('wrong bit size', 'vp9_frame.uncompressed_header_size', '+8'),
        ('wrong bit size', 'vp9_frame.compressed_header_size', '+8')),
    'av1': (
        ('wrong reference', 'av1_frame.reference_frame_ts[0]', '+1000'),
        ('wrong POC', 'av1_frame.order_hints[1]', '+100'),
        ('wrong QP', 'av1_frame.quantization.base_q_idx', '+1'),
        ('swapped lists', 'av1_frame.reference_frame_ts[0]', '~av1_frame.reference_frame_ts[1]'),
        ('wrong bit size', 'av1_tile_group_entry[0].tile_size', '+8')),
    'mpeg2': (
        ('wrong reference', 'mpeg2_picture.forward_ref_ts', '+1000'),
        ('wrong QP', 'mpeg2_quantisation.intra_quantiser_matrix[0]', '+1'),
        ('swapped lists', 'mpeg2_picture.forward_ref_ts', '~mpeg2_picture.backward_ref_ts')),
}


def clips(codec, folder):
    """Streams: the first pictures of the CODEC's CLIPS."""
    only = f'^{codec}/({"|".join(CLIPS[codec])})$'
    made = harness.run([sys.executable, MAKE_CLIPS, '--only', only], timeout=600)
    if made.status != 0:
        raise ValueError(made.why())
    manifest = Path(made.out.strip())
    with open(manifest, newline='', encoding='utf-8') as file:
        rows = [row for row in csv.DictReader(file, delimiter='\t', quoting=csv.QUOTE_NONE)
                if re.search(only, re.sub(r'\.\w+$', '', row['file']))]
    rows.sort(key=lambda row: CLIPS[codec].index(Path(row['file']).stem))
    streams = []
    target = Path(folder) / codec  # clips of two codecs may have one name
    target.mkdir(exist_ok=True)
    for row in rows:
        path = register_clients.shortened(manifest.parent / row['file'], codec, PICTURES, target)
        streams.append(register_clients.Stream(row['file'], str(path), codec, row['pix_fmt'],
                                               row['profile']))
    return streams


class Board:
    """A board that clips are played on; its files are in FOLDER."""

    def __init__(self, name, folder):
        self.name, self.folder = name, Path(folder)
        self.layouts = register_fields.Layouts()
        self.warnings = set()  # of the kernel
        self._boots = 0
        self._jobs = {}  # of a clip: how many it has

    def _boot(self, runs):
        script = self.folder / 'script'
        script.write_text('\n'.join(f'{shlex.join(map(str, run.command()))} >{run.file("log")} 2>&1'
                                    for run in runs) + '\n', encoding='utf-8')
        done = harness.run([register_clients.WITH_KERNEL, '--memory', '2G', '--board', self.name,
                             '--output', self.folder, '--timeout', SECONDS, 'bash', script],
                           SECONDS + 60, harness.Place().env())
        if any(line.startswith('with-kernel: ') for line in done.err.splitlines()):
            raise ValueError(f'{self.name}: {done.why()} {done.err.strip().splitlines()[-4:]}')
        # Wrong controls may find faults of the kernel's drivers: told, no failure.
        log = (self.folder / 'kernel.log').read_text(encoding='utf-8', errors='replace')
        self.warnings |= set(re.findall(r'(?:WARNING|BUG|Oops): .*', log))

    def _run(self, stream, mutations):
        self._boots += 1
        return control_mutations.Run(stream, self._jobs.get(stream.path, 1), mutations, self.folder,
                                     str(self._boots))

    def measure(self, streams):
        """Of STREAMS those that are decoded there."""
        runs = [self._run(stream, []) for stream in streams]
        self._boot(runs)
        for run in runs:
            with open(run.file('jobs'), encoding='ascii') as file:
                jobs = sum(1 for _ in file)
            run.clear()
            if jobs:
                self._jobs[run.stream.path] = jobs // control_mutations.RIGHT
        if not self._jobs:
            raise ValueError(f'nothing is decoded: {runs[0].file("log").read_text(errors="replace")}')
        return [stream for stream in streams if stream.path in self._jobs]

    def play(self, plan):
        """[Found] of PLAN, [(Stream, [Mutation])]. ValueError: why it failed.

        In one boot, and one more for what is left behind each mutation that leaves a device stuck.
        """
        runs = [self._run(stream, mutations) for stream, mutations in plan if mutations]
        if not runs:
            return []
        self._boot(runs)
        found, left = [], []
        for run in runs:
            results = run.results(self.layouts)
            run.clear()
            tried = [one for one in results if one.result != control_mutations.UNTRIED]
            left.append((run.stream, [one.mutation for one in results[len(tried):]]))
            found.append(tried)
        if not any(found):
            raise ValueError(f'{self.name}: {runs[0].file("log").read_text(errors="replace")[-300:]}')
        again = iter(self.play(left))
        return [one for tried, (_, mutations) in zip(found, left)
                for one in (*tried, *(next(again) for _ in mutations))]


def known(board, streams):
    """{a row of KNOWN: Found}, in one boot, each with the first clip of its codec that is decoded."""
    first = {stream.codec: stream for stream in reversed(streams)}
    rows = [row for codec in first for row in KNOWN[codec]]
    plan = [(stream, [Mutation(*row[1:], codec) for row in KNOWN[codec]])
            for codec, stream in first.items()]
    return dict(zip(rows, board.play(plan)))


def every_field(board, streams):
    """{(codec, field): Found}: with each clip what none before has shown, then with other changes."""
    found, codecs = {}, list(dict.fromkeys(stream.codec for stream in streams))
    first, other = control_mutations.CHANGES
    clips_of = {codec: [one for one in streams if one.codec == codec] for codec in codecs}
    stages = [(first, number) for number in range(max(map(len, clips_of.values())))] + [(other, 0)]
    for changes, number in stages:
        plan = [(stream, [one for one in control_mutations.mutations(codec, changes)
                          if _is_open(found.get((codec, one.field)), one)])
                for codec in codecs for stream in clips_of[codec][number:number + 1]]
        for one in board.play(plan):
            key = (one.mutation.codec, one.mutation.field)
            if key not in found or one.result in (control_mutations.READ, control_mutations.UNREAD):
                found[key] = one
    return found


def _is_open(known, mutation):
    """Whether a mutation may show what KNOWN, a Found of its field or None, does not."""
    if known is None:
        return True
    if known.result in (control_mutations.READ, control_mutations.LOST):
        return False
    return mutation.change == control_mutations.CHANGES[0] or (
        known.mutation.change != mutation.change and known.result != control_mutations.ABSENT)
