# SPDX-License-Identifier: MIT
"""The tables of registers, kernel-lab/hardware/registers/*.tsv: names of the kernel's drivers, and the
control field that each comes from.

devices.tsv says which table a device has. A row of a table is a field, or an array of fields:
  codec    of the jobs that have it, `-`: of all
  place    a region of the device's registers, `+`: what is behind them (devices.tsv), or the name of an
           address register: the memory there
  offset   in bytes, hexadecimal, from the start of the region, or of what the register points at
  bit      of the lowest bit, counted from there
  width    in bits
  count, step   of an array, step in bits; a name then has a `#` for the index
  kind     value     compared as it is
           picture   an address in the picture that the job makes
           address   an address; compared by what is there
           scratch   an address of memory that the hardware alone writes and reads
           entry NAME       an address that tells which picture entry # of the list NAME is; NAME[N]: entry N
           of NAME          a value of entry # of NAME, or of entry N: NAME[N]
           used NAME        0: entry # of NAME is not used, whatever address is left there
           index NAME [+N]  which entry of NAME is meant, by its number; +N: none unless bit N is set, too
           output NAME      the number of the entry that the job makes
           hardware         what only the hardware writes or reads: not compared
         addresses are followed by `<<N` or `rotated` where they have another form (job_layout.h), and
         an address that is `of` a list by `address`
  read     `-`; of an array of a table whose elements are not read by each job: `pps`, by the number that the
           first slice of the payload has, `slice`, as many as it has slices, or `below FIELD`: elements 0 to the FIELD's value
  control  the control's field, `-`: the driver's own choice
"""

import collections
import csv
import dataclasses
from pathlib import Path

import harness

FOLDER = harness.ROOT / 'kernel-lab' / 'hardware' / 'registers'
ADDRESSES = {'picture', 'address', 'scratch', 'entry'}


@dataclasses.dataclass(frozen=True)
class Field:
    place: object     # (region) number, or the name of the register that points there
    bit: int          # from the place's start
    width: int
    name: str
    kind: str
    group: str = ''   # of entries and indices
    index: int = 0    # of the entry
    form: str = ''    # of an address, `<<0` where it is whole; of an index
    stem: str = ''    # the name without an entry's number
    read: str = ''
    element: int = 0  # of an array that `read` tells of
    control: str = '-'

    def of(self, word):
        """The field's value in the integer that starts at the place's first bit."""
        return word >> self.bit & ((1 << self.width) - 1)

    def address(self, value):
        if self.form == 'rotated':
            return (value & 0x0ffffff0) | (value & 15) << 28
        if self.form:
            return value << int(self.form[2:]) & 0xffffffff
        return value


def rows(path):
    with open(path, newline='', encoding='utf-8') as file:
        lines = (line for line in file if line.strip() and not line.startswith('#'))
        yield from csv.DictReader(lines, delimiter='\t', quoting=csv.QUOTE_NONE)


def _fields(row, device):
    kind, *words = row['kind'].split()
    form = ''
    if words and words[-1][:1] in '<r+' or words[-1:] == ['address']:
        form = words.pop().replace('address', '<<0')
    group, _, entry = words[0].partition('[') if words else ('', '', '')
    count = int(row['count'] or 1)
    place = row['place']
    first = int(row['offset'], 16) * 8 + int(row['bit'] or 0)
    if place == '+':
        place, first = 0, first + int(device['behind'], 16) * 8
    elif place.isdigit():
        place, first = int(place) + int(device['region']), first + int(device['base'], 16) * 8
    for index in range(count):
        number = int(entry[:-1]) if entry else index
        yield Field(place, first + index * int(row['step'] or 0), int(row['width']),
                    row['name'].replace('#', str(number)), kind, group=group, index=number, form=form,
                    stem=row['name'].replace('#', ''), read=row['read'] if row['read'] != '-' else '',
                    element=index, control=row['control'])


class Layout:
    """The fields of a device in jobs of one codec."""

    def __init__(self, fields):
        self.fields = list(fields)
        self.named = collections.defaultdict(list)
        self.of_word = collections.defaultdict(list)  # of registers: {(region, offset): [Field]}
        self.of_table = collections.defaultdict(list)  # {name of an address register: [Field]}
        for field in self.fields:
            self.named[field.name].append(field)
            if isinstance(field.place, int):
                self.of_word[field.place, field.bit // 32 * 4].append(field)
            else:
                self.of_table[field.place].append(field)
        # Fields that are not compared as they are, by (read, element).
        self.special = collections.defaultdict(list)
        for field in self.fields:
            if field.kind != 'value':
                self.special[field.read, field.element if field.read else 0].append(field)
        self._bytes = {}

    def of_byte(self, place, at):
        """The Fields of a table that have bits in byte AT."""
        if place not in self._bytes:
            table = collections.defaultdict(list)
            for field in self.of_table.get(place, ()):
                for byte in range(field.bit // 8, (field.bit + field.width + 7) // 8):
                    table[byte].append(field)
            self._bytes[place] = table
        return self._bytes[place].get(at, ())


class Layouts:
    """All tables; `layouts.of(compatible, codec)`."""

    def __init__(self, folder=FOLDER):
        self.folder = Path(folder)
        self.devices = {row['device']: row for row in rows(self.folder / 'devices.tsv')}
        self._read = {}

    def family(self, device):
        return self.devices[device]['table'] if device in self.devices else device

    def added(self, device, codec):
        """How many bytes the driver adds to the payload's length, at most."""
        words = self.devices[device]['added'].split() if device in self.devices else ()
        return next((int(word.partition('=')[2]) for word in words
                     if word.startswith(f'{codec}=')), 0)

    def of(self, device, codec):
        if (device, codec) not in self._read:
            fields = []
            row = self.devices.get(device)
            path = self.folder / f'{row["table"]}.tsv' if row else None
            if path and path.is_file():
                for one in rows(path):
                    if one['codec'] == '-' or codec in one['codec'].split():
                        fields += _fields(one, row)
            self._read[device, codec] = Layout(fields)
        return self._read[device, codec]
