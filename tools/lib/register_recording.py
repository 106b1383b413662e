# SPDX-License-Identifier: MIT
"""Reads what `board-hardware --record` leaves (kernel-lab/hardware/job_recorder.h), job by job."""

import bisect
import dataclasses
import json

WORD = 4
BEHIND = 1 << 16  # a driver may name what would be behind a picture, of a feature that is off


@dataclasses.dataclass(frozen=True)
class Memory:
    serial: int
    address: int
    size: int


@dataclasses.dataclass
class Job:
    """A job as the driver started it. `tables` are the recording's own: later jobs change them."""
    number: int
    device: str
    start: tuple      # (offset, value) of the write that started it
    registers: dict   # {(region, offset): value} of each word that was written for it
    memory: list      # what these words name, by address
    tables: dict      # {serial: bytearray}
    stream: tuple     # (serial, offset of the payload, its size, bytes from the buffer's start) or None

    def find(self, address):
        """The Memory around ADDRESS, or that which it is little behind; None where there is none."""
        index = bisect.bisect_right(self._addresses, address) - 1
        if index < 0:
            return None
        found = self.memory[index]
        return found if address - found.address < found.size + BEHIND else None

    def __post_init__(self):
        self.memory.sort(key=lambda one: one.address)
        self._addresses = [one.address for one in self.memory]


def _words(runs):
    found = {}
    for region, first, count, text in runs:
        data = bytes.fromhex(text).ljust(count * WORD, b'\0')
        for index in range(count):
            at = index * WORD
            found[region, first + at] = int.from_bytes(data[at:at + WORD], 'little')
    return found


def jobs(path):
    """Yields the Jobs of a recording. ValueError: it is none."""
    known = {}
    with open(path, encoding='ascii') as file:
        for number, line in enumerate(file):
            read = json.loads(line)
            memory = [Memory(*one) for one in read['memory']]
            sizes = {one.serial: one.size for one in memory}
            for serial, changes in read['tables']:
                table = known.setdefault(serial, bytearray(sizes[serial]))
                for offset, text in changes:
                    data = bytes.fromhex(text)
                    table[offset:offset + len(data)] = data
            stream = read.get('stream')
            if stream:
                stream = (*stream[:3], bytes.fromhex(stream[3]))
            yield Job(number, read['device'], tuple(read['start']), _words(read['registers']), memory,
                      {serial: known[serial] for serial, _ in read['tables']}, stream)
