# SPDX-License-Identifier: MIT
"""Compares two recordings of one stream: every register and every byte of every table, job by job."""

import collections
import dataclasses
import fnmatch
import itertools
import re

import payloads
import register_fields
import register_meaning
import register_recording

BLOCK = 256  # bytes of tables that are compared at once
NOT_WRITTEN = 'not written'


@dataclasses.dataclass
class Difference:
    """One thing that is otherwise in some jobs: of the first of them, what each side says."""
    name: str
    control: str
    job: int
    left: str
    right: str
    jobs: int = 1


def _absolute(field, name):
    """A condition's field: `.NAME` is of the same entry as the difference."""
    return name.rpartition('].')[0] + ']' + field if field.startswith('.') else field


def _around(data):
    """Texts of two payloads that differ: their lengths, and bytes where they part."""
    at = next((index for index, (one, other) in enumerate(zip(*data)) if one != other), 0)
    return [f'{len(one)} bytes, at {at}: {one[at:at + 8].hex()}' for one in data]


class Allowed:
    """Rows of a table of differences that mean the same, or that no hardware reads."""

    def __init__(self, path):
        self.rows = list(register_fields.rows(path))
        self.used = collections.Counter()
        for row in self.rows:
            row['conditions'] = [] if row['condition'] == '-' else [
                condition.split('=', 1) for condition in row['condition'].split(' & ')]

    def allows(self, family, codec, name, left, right, meanings):
        """Whether a row does; MEANINGS: of both sides."""
        for number, row in enumerate(self.rows):
            if (family in row['tables'].split() and codec in row['codecs'].split()
                    and fnmatch.fnmatchcase(name, row['name'])
                    and re.fullmatch(row['left'], left) and re.fullmatch(row['right'], right)
                    and all(re.fullmatch(pattern, meaning.text(_absolute(field, name)))
                            for field, pattern in row['conditions'] for meaning in meanings)):
                self.used[number] += 1
                return True
        return False

    def unused(self, families_and_codecs):
        """Rows that nothing needed of what FAMILIES_AND_CODECS says was compared."""
        return [row for number, row in enumerate(self.rows) if number not in self.used
                and any(family in row['tables'].split() and codec in row['codecs'].split()
                        for family, codec in families_and_codecs)]


class Comparison:
    """The counts, and `differences`, of jobs that were compared."""

    def __init__(self, codec, layouts, allowed=None, facts=None):
        self.codec, self.layouts, self.allowed, self.facts = codec, layouts, allowed, facts
        self.jobs = [0, 0]
        self.devices = set()
        self.registers = self.table_bytes = self.stream_bytes = self.permitted = 0
        self.differences = {}

    def recordings(self, left, right, early_end=False):
        """Two files, job by job. early_end: the left client failed, and may lack the last jobs."""
        readers = [register_meaning.Reader(self.layouts, self.codec) for _ in range(2)]
        recordings = [register_recording.jobs(path) for path in (left, right)]
        for pair in itertools.zip_longest(*recordings):
            self.jobs = [count + (job is not None) for count, job in zip(self.jobs, pair)]
            if None in pair:
                continue
            if pair[0].device != pair[1].device:
                self._note('device', '-', pair[0].device, pair[1].device, ())
                break
            self.devices.add(pair[0].device)
            meanings = [reader.read(job) for reader, job in zip(readers, pair)]
            for meaning in meanings:
                meaning.facts = self.facts
            self.compare(*meanings)
        if self.jobs[0] != self.jobs[1] and not (early_end and self.jobs[0] < self.jobs[1]):
            self._note('jobs', '-', *map(str, self.jobs), ())

    def _note(self, name, control, left, right, meanings):
        if meanings and self.allowed:
            family = self.layouts.family(meanings[0].job.device)
            if self.allowed.allows(family, self.codec, name, left, right, meanings):
                self.permitted += 1
                return
        if name in self.differences:
            self.differences[name].jobs += 1
        else:
            number = meanings[0].job.number if meanings else min(self.jobs)
            self.differences[name] = Difference(name, control, number, left, right)

    def compare(self, left, right):
        """Two jobs, Meanings."""
        both = (left, right)
        if left.job.stream and right.job.stream and left.job.stream[3] != right.job.stream[3]:
            left.payload = right.payload = payloads.relation(self.codec, left, right)
        self.registers += len(left.job.registers.keys() | right.job.registers.keys())
        for name in left.items.keys() | right.items.keys():
            texts = [meaning.items.get(name, NOT_WRITTEN) for meaning in both]
            if texts[0] != texts[1]:
                control = left.controls.get(name) or right.controls.get(name) or '-'
                self._note(name, control, *texts, both)
        seen = set()
        for name in left.tables.keys() & right.tables.keys():
            serial = left.tables[name][0].serial
            if serial not in seen:
                seen.add(serial)
                self._compare_table(name, both)
        self._compare_stream(both)

    def _compare_table(self, name, both):
        data = [meaning.tables[name][2] for meaning in both]
        self.table_bytes += min(map(len, data))
        if len(data[0]) != len(data[1]):
            self._note(f'size of {name}', '-', *(str(len(one)) for one in data), both)
        if data[0] == data[1]:
            return
        changed = [at for first in range(0, min(map(len, data)), BLOCK)
                   if data[0][first:first + BLOCK] != data[1][first:first + BLOCK]
                   for at in range(first, min(first + BLOCK, *map(len, data)))
                   if data[0][at] != data[1][at]]
        noted = set()
        for at in changed:
            left_over = data[0][at] ^ data[1][at]
            for field in self._fields_at(both[0], data[0], at):
                first = field.bit + 8 * self._starts[field.place] - 8 * at
                covered = (((1 << field.width) - 1) << first if first >= 0
                           else ((1 << field.width) - 1) >> -first) & 0xff
                if field.kind != 'value' or field in noted or not both[0].reads(field):
                    left_over &= ~covered
                elif left_over & covered:
                    left_over &= ~covered
                    noted.add(field)
                    self._note(field.name, field.control, *(
                        str(register_meaning.field_value(meaning, field)) for meaning in both), both)
            if left_over:
                place, offset = self._nearest(both[0], data[0], at)
                self._note(f'{place} byte {offset}', '-', *(f'{one[at]:#04x}' for one in data), both)

    def _fields_at(self, meaning, data, at):
        """The fields of all places in one table that have bits in its byte AT."""
        self._starts = {place: start for place, (_, start, table) in meaning.tables.items()
                        if table is data}
        return [field for place, start in self._starts.items() if at >= start
                for field in meaning.layout.of_byte(place, at - start)]

    @staticmethod
    def _nearest(meaning, data, at):
        """(register, offset) of what points into a table before the byte AT, nearest."""
        return max(((place, at - start) for place, (_, start, table) in meaning.tables.items()
                    if table is data and start <= at), key=lambda one: -one[1],
                   default=('table', at))

    def _compare_stream(self, both):
        streams = [meaning.job.stream for meaning in both]
        if None in streams:
            if streams[0] is not streams[1]:
                self._note('stream', 'OUTPUT', *('there' if one else 'none' for one in streams), both)
            return
        data = [stream[3] for stream in streams]
        self.stream_bytes += len(data[0])
        added = self.layouts.added(both[0].job.device, self.codec)
        if len(data[0]) == len(data[1]):
            data = [one[:max(len(one) - added, 0)] for one in data]
        if data[0] != data[1]:
            self._note('stream', 'OUTPUT', *_around(data), both)
