# SPDX-License-Identifier: MIT
"""Reads known_limits.tsv: streams that a client cannot decode, and why."""

import csv
import dataclasses
import fnmatch
import re
from pathlib import Path

PATH = Path(__file__).with_name('known_limits.tsv')


@dataclasses.dataclass(frozen=True)
class Limit:
    """One row; how a stream fails is a part of it, so that no other failure hides behind it."""
    client: str    # a shell pattern
    device: str    # personality of the virtual decoder, or board-NAME, a shell pattern
    streams: str   # shell pattern for the file's path, or codec+feature of the manifest
    shows: str     # regular expression, found at the start of each reason of the failure
    reason: str

    def covers(self, client, device, row):
        if not (fnmatch.fnmatchcase(client, self.client) and
                fnmatch.fnmatchcase(device, self.device)):
            return False
        codec, plus, feature = self.streams.partition('+')
        if plus:
            return row['codec'] == codec and feature in (row.get('features') or '').split()
        return fnmatch.fnmatchcase(row['file'], self.streams)

    def explains(self, reasons):
        return all(re.match(self.shows, reason) for reason in reasons)


def read(path=PATH):
    """The rows of a table; ValueError names the line that is not one."""
    limits = []
    with open(path, newline='', encoding='utf-8') as file:
        rows = csv.reader(file, delimiter='\t', quoting=csv.QUOTE_NONE)
        head = [field.name for field in dataclasses.fields(Limit)]
        for number, row in enumerate(rows, 1):
            if number == 1 and row != head or len(row) != len(head) or not all(row):
                raise ValueError(f'{path}:{number}: not {", ".join(head)}')
            if number > 1:
                limits.append(Limit(*row))
    return limits


def find(limits, client, device, row):
    """The limits that cover a stream of a manifest."""
    return [limit for limit in limits if limit.covers(client, device, row)]
