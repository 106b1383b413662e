# SPDX-License-Identifier: MIT
"""What the registers of a job mean: addresses by what is there, entries of a list by their picture.

Two clients have other buffers, and another order of their references: what is left is what the
hardware is told. A picture is named by how many jobs ago it was made, `picture -2`; other memory
by the first register that named it, `memory of cabactbl_base`.
"""

import collections
import dataclasses

import register_fields
import slice_headers

THIS = 'this picture'
UNUSED = 'unused'


@dataclasses.dataclass
class Meaning:
    """A job: `items` are {name: text}, `controls` {name: control field}, `tables` {name: bytes}."""
    job: object
    layout: object
    items: dict
    controls: dict
    tables: dict  # {register that names it: (Memory, offset that it points at, bytearray)}
    pps: int = 0     # of the payload's first slice
    slices: int = 0  # in the payload
    payload: str = ''  # payloads.relation() to the other side's
    facts: object = None  # a function: {name: text} of what the stream itself says of the job

    def reads(self, field):
        """Whether the hardware reads the field in this job."""
        return (not field.read or field.read == 'pps' and field.element == self.pps
                or field.read == 'slice' and field.element < self.slices
                or field.read.startswith('below ')
                and field.element <= int(self.text(field.read[6:]) or -1))

    def text(self, name):
        """What the field NAME says, '' where the job has none."""
        if name == '_payload':
            return self.payload
        if name.startswith('_'):
            return self.facts(self.job.number).get(name, '')
        if name in self.items:
            return self.items[name]
        for field in self.layout.named.get(name, ()):
            if field.place in self.tables and self.reads(field):
                return str(field_value(self, field))
        return ''


def field_value(meaning, field):
    """The number in a field; None: its register was not written, or its table is not there."""
    if isinstance(field.place, int):
        first, last = field.bit // 32 * 4, (field.bit + field.width - 1) // 32 * 4
        words = [meaning.job.registers.get((field.place, at)) for at in range(first, last + 4, 4)]
        if None in words:
            return None
        word = sum(value << 32 * index for index, value in enumerate(words))
        return word >> field.bit % 32 & ((1 << field.width) - 1)
    if field.place not in meaning.tables:
        return None
    _, start, data = meaning.tables[field.place]
    first = start + field.bit // 8
    piece = data[first:start + (field.bit + field.width + 7) // 8]
    return int.from_bytes(piece, 'little') >> field.bit % 8 & ((1 << field.width) - 1)


class Reader:
    """Makes Meanings of a recording's jobs, in their order."""

    def __init__(self, layouts, codec):
        self._layouts, self._codec = layouts, codec
        self._made = {}    # serial of a picture's memory: number of the latest job that made it
        self._places = {}  # serial of other memory: the register that named it first

    def read(self, job):
        layout = self._layouts.of(job.device, self._codec)
        meaning = Meaning(job, layout, {}, {}, {})
        if ('pps', 0) in layout.special and job.stream:
            # Behind the payload is what was there before.
            added = self._layouts.added(job.device, self._codec)
            payload = job.stream[3][:len(job.stream[3]) - max(added - 15, 0)]
            meaning.pps, meaning.slices = slice_headers.of_payload(self._codec, payload)
        for field in layout.special['', 0]:
            if field.kind == 'picture':
                self._own(meaning, field)
            elif field.kind == 'output':
                self._own_entry(meaning, field)
        self._find_tables(meaning)
        self._read_registers(meaning)
        self._read_lists(meaning)
        return meaning

    def _own(self, meaning, field):
        value = field_value(meaning, field)
        found = meaning.job.find(field.address(value)) if value else None
        if found:
            self._made[found.serial] = meaning.job.number

    def _own_entry(self, meaning, output):
        """All memory of the entry that the job makes: the picture, and what belongs to it."""
        number = field_value(meaning, output)
        for field in meaning.layout.special['', 0]:
            if (field.group == output.group and field.index == number
                    and (field.kind == 'entry' or field.kind == 'of' and field.form)):
                self._own(meaning, field)

    def name(self, job, address):
        found = job.find(address)
        if found is None:
            return f'{address:#x}'
        offset = address - found.address
        if job.stream and found.serial == job.stream[0]:
            return f'stream + {offset:#x}'
        if found.serial in self._made:
            ago = job.number - self._made[found.serial]
            what = f'picture -{ago}' if ago else THIS
        else:
            what = f'memory of {self._places.get(found.serial, "?")}'
        return f'{what} + {offset:#x}' if offset else what

    def _find_tables(self, meaning):
        """Memory that registers point at and that is no picture, in the order of the registers."""
        job = meaning.job
        for (region, offset), value in sorted(job.registers.items()):
            fields = meaning.layout.of_word.get((region, offset), ())
            addresses = [(field.name, field.address(field_value(meaning, field)))
                         for field in fields if field.kind in register_fields.ADDRESSES
                         or field.kind == 'of' and field.form]
            is_scratch = any(field.kind == 'scratch' for field in fields)
            if not fields and value >= 4096:
                addresses = [(f'{region}.{offset:04x}', value)]
            for name, address in addresses:
                found = job.find(address) if address else None
                if found is None or found.serial in self._made or (
                        not fields and address - found.address >= found.size):
                    continue
                self._places.setdefault(found.serial, name)
                if found.serial in job.tables and not is_scratch:
                    meaning.tables[name] = (found, address - found.address, job.tables[found.serial])

    def _text(self, meaning, field):
        value = field_value(meaning, field)
        if value is None:
            return None
        if field.kind in register_fields.ADDRESSES or field.kind == 'of' and field.form:
            return self.name(meaning.job, field.address(value)) if value else '0'
        return str(value)

    def _read_registers(self, meaning):
        for (region, offset), value in meaning.job.registers.items():
            left = 0xffffffff
            for field in meaning.layout.of_word.get((region, offset), ()):
                left &= ~(((1 << field.width) - 1) << field.bit % 32)
                if field.kind in ('value', 'picture', 'address', 'scratch'):
                    text = self._text(meaning, field)
                    if text is not None:
                        meaning.items[field.name] = text
                        meaning.controls[field.name] = field.control
            name = f'{region}.{offset:04x}'
            if left == 0xffffffff and value >= 4096:
                found = meaning.job.find(value)
                if found and value - found.address < found.size:
                    meaning.items[name] = self.name(meaning.job, value)
                    continue
            if left:
                meaning.items[name] = f'{value & left:#x}'

    def _read_lists(self, meaning):
        """Entries of lists by what they name, and what names them."""
        keys = [('', 0), ('pps', meaning.pps), *(('slice', n) for n in range(meaning.slices)),
                *(key for key in meaning.layout.special if key[0].startswith('below '))]
        fields = [field for key in keys for field in meaning.layout.special.get(key, ())
                  if meaning.reads(field) and (field.kind in ('entry', 'of', 'used', 'index', 'output') or field.kind in ('address', 'scratch')
                                             and field.place in meaning.tables)]
        names = {}
        for field in fields:
            if field.kind == 'entry':
                names[field.group, field.index] = self._text(meaning, field)
        for field in fields:
            if field.kind == 'used' and field_value(meaning, field) == 0:
                names[field.group, field.index] = UNUSED
        entries = collections.defaultdict(dict)
        for field in fields:
            text = self._text(meaning, field)
            if text is None:
                continue
            if field.kind in ('index', 'output'):
                name = field.name + (f' of slice {field.element}' if field.read == 'slice' else '')
                number, valid = int(text), int(field.form or 0)
                meaning.items[name] = 'none' if number < valid else names.get(
                    (field.group, number - valid)) or f'entry {number}'
                meaning.controls[name] = field.control
            elif field.kind == 'used' or field.kind == 'of' and not (
                    field.form and names.get((field.group, field.index)) == UNUSED):
                entries[field.group, field.index][field.stem] = (text, field.control)
            elif field.kind in ('address', 'scratch'):
                meaning.items[field.name] = text
        alike = collections.defaultdict(list)
        for key, name in names.items():
            if name is not None:
                alike[key[0], name].append(sorted(entries[key].items()))
        for (group, name), found in alike.items():
            for number, entry in enumerate(sorted(found)):
                prefix = f'{group}[{name}]' + (f'#{number}' if len(found) > 1 else '')
                meaning.items[prefix] = 'there'
                for stem, (text, control) in entry:
                    meaning.items[f'{prefix}.{stem}'] = text
                    meaning.controls[f'{prefix}.{stem}'] = control
