# SPDX-License-Identifier: MIT
"""The personalities and machines of the virtual decoder, and the table of what they decode."""

import dataclasses

import harness

CODECS = ('h264', 'hevc', 'vp8', 'vp9', 'av1', 'mpeg2')
TITLES = {'h264': 'H.264', 'hevc': 'HEVC', 'vp8': 'VP8', 'vp9': 'VP9', 'av1': 'AV1',
          'mpeg2': 'MPEG-2'}


@dataclasses.dataclass(frozen=True)
class Decoder:
    """A line of tools/with-virtual --list: one decoder of a personality or machine."""
    kind: str         # "personality" or "machine"
    name: str
    node: str         # "video0"
    personality: str
    codecs: tuple


def decoders(kind):
    """All of that kind, in the order of the tables; ValueError when they cannot be listed."""
    place = harness.Place()
    result = harness.run([harness.WITH_VIRTUAL, '--list'], 30, place.env())
    if result.status != 0:
        raise ValueError(f'tools/with-virtual --list: {result.why()}')
    found = []
    for line in result.out.splitlines()[1:]:
        words = line.split('\t')
        if words[0] == kind:
            found.append(Decoder(*words[:4], tuple(words[4].split())))
    return found


def names(kind='machine'):
    return list(dict.fromkeys(decoder.name for decoder in decoders(kind)))


def offers(profiles, codec):
    """Whether one of the VA profiles is of the codec."""
    return any(profile.startswith(f'VAProfile{harness.CODEC_NAMES[codec]}') for profile in profiles)


def cell(entries, profiles, codec):
    """passed / failed / known limits / skipped; a dash where the codec is not offered."""
    if not offers(profiles, codec):
        return '-'
    results = [entry['result'] for entry in entries if entry['codec'] == codec]
    return ' / '.join(str(results.count(name)) for name in ('PASS', 'FAIL', 'KNOWN', 'SKIP'))


def table(entries, profiles):
    """Lines of Markdown. ENTRIES, PROFILES: of each machine, by its name."""
    head = '| Machine | ' + ' | '.join(TITLES[codec] for codec in CODECS) + ' |'
    lines = [head, '|---' * (len(CODECS) + 1) + '|']
    for name, rows in entries.items():
        cells = (cell(rows, profiles[name], codec) for codec in CODECS)
        lines.append(f'| {name} | ' + ' | '.join(cells) + ' |')
    return lines
