# SPDX-License-Identifier: MIT
"""Pictures on the boards: each frame that comes out of the kernel's own drivers is software's.

board-hardware turns the registers into pictures. What the driver did is done again by GStreamer's
own elements, without it, where they know the layout; Debian 13's FFmpeg has a profile for H.264 of ten bits."""

import csv
import sys
import tempfile
from pathlib import Path

import boards
import clients
import debian
import harness
import lab
from suite import add, check

sys.path.append(str(harness.ROOT / 'tests' / 'clients'))
import written_clips  # noqa: E402

ROWS = lab.table(harness.ROOT / 'tests' / 'kernel' / 'board_pixels.tsv')
# v4l2slh264dec 1.22 shows a frame of two fields when the first is done.
NOT_OF = {'ffmpeg': (), 'ffmpeg-later': (), 'v4l2codecs': ('written-fields',)}


def made(codec, names):
    return [dict(row, file=row['path'])
            for row in lab.made_clips(f'^{codec}/({"|".join(names.split())})$')]


def written(codec, names):
    """Rows of clips that are written bit by bit."""
    rows = []
    for name in names.split() if names != '-' else ():
        row = {'file': str(written_clips.path(name)), 'codec': codec, 'profile': 'Main', 'width': '64',
               'height': '64', 'pix_fmt': 'yuv420p'}
        with tempfile.TemporaryDirectory(prefix='v4l2va-board-') as scratch:
            row[clients.MD5], row['frames'] = clients.software_md5(row['file'], row, scratch, 60)
        rows.append(row)
    return rows


def moves(row):
    """Checks that no frame of a clip can pass for another one."""
    hashes = harness.software_hashes(row['file'])
    check(len(set(hashes)) == len(hashes), f'{row["file"]}: frames that are equal')


def write_manifest(path, rows):
    names = list(dict.fromkeys(name for row in rows for name in row))
    with open(path, 'w', newline='', encoding='utf-8') as file:
        table = csv.DictWriter(file, names, delimiter='\t', quoting=csv.QUOTE_NONE, restval='',
                               lineterminator='\n')
        table.writeheader()
        table.writerows(rows)


def pixels(board):
    lab.need_kernel('build-boards')
    rows = []
    for line in ROWS:
        if board in line['boards'].split():
            clips = made(line['codec'], line['clips']) + written(line['codec'], line['written'])
            rows += [dict(row, clients=line['clients'].split()) for row in clips]
    for row in rows:
        moves(row)
    said = []
    with tempfile.TemporaryDirectory(prefix='v4l2va-board-') as folder:
        for client, left_out in NOT_OF.items():
            chosen = [row for row in rows if client in row['clients'] and
                      not any(name in row['file'] for name in left_out)]
            if not chosen:
                continue
            if client == 'ffmpeg-later':
                debian.later()  # a guest cannot fetch it
            manifest = Path(folder) / f'{client}.tsv'
            write_manifest(manifest, chosen)
            said.append(f'{client}: {decoded(board, client, manifest)}')
    return '; '.join(said)


def decoded(board, client, manifest):
    streams = boards.run(board, ['--client', client, '--table', manifest])['streams']
    wrong = [f'{Path(one["file"]).name}: {one["reason"]}' for one in streams
             if one['result'] != 'PASS']
    check(not wrong, f'{client}: {"; ".join(wrong)}')
    frames, jobs = 0, 0
    for one in streams:
        check(len(one['jobs']) == 1, f'{client}: {one["file"]}: jobs on {sorted(one["jobs"])}')
        frames += one['frames']
        jobs += sum(one['jobs'].values())
    return f'{len(streams)} clips, {frames} frames of {jobs} jobs'


def contexts(board, codec_clips):
    """Clips at the same time, each in a context of its own: their jobs come in turns."""
    clips = lab.made_clips(f'^({"|".join(codec_clips)})$')
    check(len(clips) == len(codec_clips), f'{len(clips)} clips')
    with tempfile.TemporaryDirectory(prefix='v4l2va-board-') as folder:
        words = [*harness.FFMPEG, '-v', 'warning']
        for clip in clips:
            words += ['-threads', '1', *harness.hwaccel_words(harness.Place(), output_format='vaapi'),
                      *harness.input_words(clip['path'], clip['codec'])]
        for index, clip in enumerate(clips):
            words += [*harness.every_frame(f'{index}:v:0'), '-vf',
                      harness.native_filter(clip['pix_fmt'], download=True), '-f', 'framemd5',
                      f'file:{folder}/{index}']
        hardware = harness.Place().build / 'kernel-lab' / 'hardware' / 'board-hardware'
        done = lab.run([hardware, '--decode', *words], ('--output', folder), board=board)
        check(done.status == 0, done.why())
        for index, clip in enumerate(clips):
            got = harness.parse_framemd5((Path(folder) / str(index)).read_text(encoding='utf-8'))
            wrong = harness.first_difference(harness.software_hashes(clip['path']), got)
            check(not wrong, f'{clip["file"]}: {wrong}')
    return f'{len(clips)} clips at the same time'


add('board-imx8mq-contexts', lambda: contexts('imx8mq', (
    'h264/main', 'h264/mbaff-temporal', 'mpeg2/tff', 'mpeg2/everything', 'vp8/segments',
    'vp8/altref-hidden')), slow=True)
for name in sorted({name for row in ROWS for name in row['boards'].split()}):
    add(f'board-{name}-pixels', lambda name=name: pixels(name), slow=True)
