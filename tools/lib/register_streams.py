# SPDX-License-Identifier: MIT
"""Which streams are compared on which boards, and their first pictures as raw streams."""

import csv
import os
import re
from pathlib import Path

import boards
import harness
import machines
import register_clients
from register_clients import Stream

VECTORS = Path(os.environ.get('V4L2VA_VECTORS') or harness.ROOT.parent / 'vectors' / 'vectors.tsv')
# What every device of the boards takes of each codec; others are skipped, as are streams that no
# decoder of this kind has (tools/conformance).
PIXELS = {'yuv420p', 'yuvj420p', 'gray', 'yuv420p10le'}
# Words of the manifest's column `features`: streams of each are taken before others.
WANTED = ('interlaced', 'mbaff', 'paff', 'field', 'multi-slice', 'tiles', 'long-term', 'scaling',
          'segment', 'wpp', 'weighted', 'crop', 'hidden', 'superres', 'film-grain', 'altref', 'resize',
          'lossless', 'intra-only', 'pcm', 'dependent')
NAMES = {'mpeg2video': 'mpeg2'}
# Streams that two clients do not take as the same jobs.
OTHER_JOBS = {
    'vp80-03-segmentation-1425.ivf': 'ffmpeg drops what is before the first key frame',
    'fate_sony-ct3.mp4': 'its headers are in the container alone',
    'FRExt2_Panasonic.avc': 'GStreamer 1.22 leaves the last field out',
}


def driver_client(stream):
    """The client that the driver works under: libva 2.17 knows no H.264 of ten bits."""
    return 'ffmpeg-later' if stream.codec == 'h264' and '10' in stream.pix_fmt else 'ffmpeg'


def of_files(files, boards):
    """{board: [Stream]} of files, in any container. ValueError: a file has no such video."""
    streams = []
    for file in files:
        found, _ = harness.probe(Path(file).resolve())
        codec = NAMES.get(found['codec_name'], found['codec_name']) if found else None
        if codec not in machines.CODECS:
            raise ValueError(f'{file}: no video of a codec that is compared')
        streams.append(Stream(Path(file).name, str(Path(file).resolve()), codec,
                              found.get('pix_fmt', ''), found.get('profile', '')))
    return {board: streams for board in boards}


def codecs_of(board):
    """The codecs that the machine of the board's name decodes."""
    found = set()
    for decoder in machines.decoders('machine'):
        if decoder.name == board:
            found |= set(decoder.codecs)
    return found


def _spread(rows, count):
    """COUNT of ROWS: the features of WANTED in turn, ten bits, then small files first."""
    rows = sorted(rows, key=lambda row: int(row['bytes'] or 0))
    chosen = []
    for word in (*WANTED, '10le'):
        fitting = [row for row in rows if row not in chosen
                   and re.search(word, f'{row["features"]} {row["pix_fmt"]} {row["file"]}', re.I)]
        chosen += fitting[:2]
    chosen += [row for row in rows if row not in chosen]
    return chosen[:count]


def of_manifest(files, some_boards, codecs, count):
    """{board: [Stream]}: COUNT of each codec that a board has; no boards or codecs: all."""
    path = Path(files[0]) if files else VECTORS
    with open(path, newline='', encoding='utf-8') as file:
        rows = list(csv.DictReader(file, delimiter='\t', quoting=csv.QUOTE_NONE))
    rows = [row for row in rows if Path(row['file']).name not in OTHER_JOBS
            and row['pix_fmt'] in PIXELS and harness.va_profile(
        row['codec'], row['profile'], row['pix_fmt'])]
    wanted = {}
    for board in some_boards or boards.names():
        wanted[board] = []
        for codec in machines.CODECS:
            if codec in codecs_of(board) and (not codecs or codec in codecs):
                some = _spread([row for row in rows if row['codec'] == codec], count)
                wanted[board] += [Stream(row['file'], str(path.parent / row['file']), codec,
                                         row['pix_fmt'], row['profile']) for row in some]
    return wanted


class Shortened:
    """Streams as raw files of their first pictures, made once."""

    def __init__(self, folder, pictures):
        self._folder, self._pictures, self._made = folder, pictures, {}
        folder.mkdir()

    def all(self, streams):
        """The Streams that ffmpeg can shorten."""
        return [made for stream in streams if (made := self._one(stream))]

    def _one(self, stream):
        if stream.path not in self._made:
            folder = self._folder / str(len(self._made))
            folder.mkdir()
            file = register_clients.shortened(stream.path, stream.codec, self._pictures, folder)
            self._made[stream.path] = file
        file = self._made[stream.path]
        return Stream(stream.name, str(file), stream.codec, stream.pix_fmt, stream.profile) if (
            file) else None
