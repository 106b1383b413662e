# SPDX-License-Identifier: MIT
"""Wrong controls, one field at a time, and what of them a board's registers and tables show.

One client plays a short clip over and over: every third time all its jobs have one field changed
(tests/kernel/mutate_controls.cpp), and are compared with those of the time before, in which nothing is.
"""

import collections
import dataclasses
import hashlib
import itertools
import os
import re
from pathlib import Path

import control_fields
import harness
import register_clients
import register_comparison
import register_meaning
import register_recording

READ, UNREAD, REFUSED, ABSENT = 'read', 'unread', 'refused', 'not sent'
SAME, LOST, UNTRIED = 'no other value', 'no job', 'not tried'
# How much of an array a clip uses, where it is less than the array.
USED = ((r'\.dpb\[\]', (3,)), (r'ref_pic_list\d\[\]', (3,)), (r'ref_idx_l\d\[\]', (2,)),
        (r'poc_(st|lt)_curr', (2,)), (r'^hevc_slice_params\[\]', (1, 2)),
        (r'^hevc_entry_point_offsets', (3,)), (r'^hevc_ext_sps', (1,)),
        (r'tile_info\.(mi|width|height)', (3,)), (r'^av1_tile_group_entry', (1,)),
        (r'num_entry|column_width|row_height', (3,)), (r'pred_weights\.weight_factors', (2, 2)),
        (r'dct_part_sizes', (4,)), (r'offset_for_ref_frame', (3,)),
        (r'film_grain\.point_(y|cb|cr)', (3,)))
# Timestamps are the driver's count of pictures in microseconds: the reference is the next picture.
TIMESTAMP = re.compile(r'(_ts|timestamp)(\[\])*$')


@dataclasses.dataclass(frozen=True)
class Mutation:
    field: str   # the element's name
    change: str  # +1|-1; tests/kernel/control_mutation.h
    codec: str

    def text(self, first, last):
        return f'{self.field}{self.change}@{first}-{last}'


@dataclasses.dataclass
class Found:
    """What came of a mutation: `registers` are names, first those that are of the field."""
    mutation: Mutation
    result: str = UNREAD
    registers: tuple = ()


# What is tried of other fields, one after the other as long as nothing shows it: a value that the
# kernel refuses is followed by the next one.
CHANGES = ('+1|-1|^1|=0', '=0|^128|^16|^4|^2')


def _change(field, changes):
    if field.mask:
        return '^1'
    return '+1000' if TIMESTAMP.search(field.name) else changes


def _used(name):
    return next((extents for pattern, extents in USED if re.search(pattern, name)), ())


def mutations(codec, changes=CHANGES[0]):
    """Each field of the CODEC's controls, of arrays the first, a middle and the last element in use."""
    return [Mutation(field.at(indices), _change(field, changes), codec)
            for field in control_fields.table() if control_fields.codec(field) == codec
            for indices in control_fields.indices(field, _used(field.name))]


RIGHT = 6  # times that a clip is played with nothing wrong, to begin with
STEP = 3   # times of each mutation: wrong, and right until a driver's lists have settled


@dataclasses.dataclass
class Run:
    """One clip and its mutations on a board; files lie in `folder`, by `name`."""
    stream: register_clients.Stream
    pictures: int  # jobs of the clip
    mutations: list
    folder: Path
    name: str

    def file(self, suffix):
        return Path(self.folder) / f'{self.name}.{suffix}'

    def clear(self):
        """Deletes the recording, which is large."""
        for suffix in ('jobs', Path(self.stream.path).suffix[1:]):
            self.file(suffix).unlink(missing_ok=True)

    def _client(self):
        """ffmpeg plays the clip as often as is needed. Raw streams cannot be rewound, but repeated."""
        times = STEP * len(self.mutations) + RIGHT
        path = Path(self.stream.path)
        words = register_clients.words('ffmpeg', self.stream, '')
        at = words.index('-i')
        if path.suffix == '.ivf':
            return [*words[:at], '-stream_loop', str(times - 1), *words[at:]]
        repeated = self.file(path.suffix[1:])
        repeated.write_bytes(path.read_bytes() * times)
        return [*words[:at + 1], f'file:{repeated}', *words[at + 2:]]

    def command(self):
        """Words for the guest."""
        firsts = ((STEP * number + RIGHT) * self.pictures for number in range(len(self.mutations)))
        wrong = [one.text(first, first + self.pictures - 1)
                 for first, one in zip(firsts, self.mutations)]
        self.file('changes').unlink(missing_ok=True)
        self.file('mutations').write_text(''.join(f'{one}\n' for one in wrong), encoding='utf-8')
        build = harness.Place().build
        return [build / 'kernel-lab/hardware/board-hardware', '--record', self.file('jobs'), 'env',
                f'LD_PRELOAD={build}/tests/kernel/libmutate-controls.so',
                f'V4L2VA_TEST_MUTATIONS={self.file("mutations")}',
                f'V4L2VA_TEST_MUTATION_LOG={self.file("changes")}',
                *self._client()]

    def _changes(self):
        """[[what the kernel said to each job] of each mutation]."""
        said = [[] for _ in self.mutations]
        if self.file('changes').is_file():
            for line in self.file('changes').read_text(encoding='utf-8').splitlines():
                job, _, result = line.split('\t')
                said[(int(job) // self.pictures - RIGHT) // STEP].append(result)
        return said

    def results(self, layouts):
        """A Found for each mutation.

        Behind one that ends the client, or leaves the device stuck, the others are untried.
        """
        times = _times(self.file('jobs'), layouts, self.stream.codec, self.pictures)
        found, right = [], collections.deque((one for one in itertools.islice(times, RIGHT)), 2 * RIGHT)
        for one, said in zip(self.mutations, self._changes()):
            wrong, *after = (*itertools.islice(times, STEP), *[None] * STEP)[:STEP]
            if len(right) < RIGHT or None in after:
                found.append(Found(one, LOST))
                break
            found.append(self._judge(one, said, right, wrong, after[0], layouts))
            right.extend(after)
        return found + [Found(one, UNTRIED) for one in self.mutations[len(found):]]

    def _names(self, left, right, layouts):
        """{what is otherwise: the controls that it comes from}."""
        comparison = register_comparison.Comparison(self.stream.codec, layouts)
        for pair in zip(left, right):
            comparison.compare(*pair)
        return {name: one.control for name, one in comparison.differences.items()}

    def _nearest(self, right, time, layouts):
        """As _names(), of TIME and that of RIGHT which is most like it: which picture is in which of a
        driver's places comes round after some times."""
        fewest = None
        for one in reversed(right):
            names = self._names(one, time, layouts)
            if fewest is None or len(names) < len(fewest):
                fewest = names
            if not fewest:
                break
        return fewest

    def _judge(self, one, said, right, wrong, after, layouts):
        """RIGHT: times before the mutation; AFTER: the right one after it."""
        if not any(result.startswith('changed') for result in said):
            refused = [result for result in said if result.startswith('refused')]
            if refused:
                return Found(one, f'{REFUSED} {os.strerror(int(refused[0].split()[1]))}')
            return Found(one, SAME if 'same' in said else ABSENT)
        if len(wrong) != len(after):
            return Found(one, LOST)
        controls = self._nearest(right, wrong, layouts)
        names = set(controls)
        if names:
            # What is neither as before nor stays moves by itself.
            moved = self._nearest(right, after, layouts)
            if moved:
                names -= moved.keys() & self._names(wrong, after, layouts).keys()
        pattern = re.sub(r'\[\d+\]', '[]', one.field)
        return Found(one, READ if names else UNREAD, tuple(sorted(
            names, key=lambda name: (pattern not in controls[name].split(), name))))


def _digest(job, added):
    """Of a job's payload, without what the driver ADDED to its length: a buffer's leavings."""
    if not job.stream:
        return None
    _, offset, size, data = job.stream
    return hashlib.sha256(data[offset:offset + max(size - added, 1)]).digest()


def _times(path, layouts, codec, pictures):
    """Yields the Meanings of each time that the clip was played, PICTURES of an unchanged one.

    Of a changed one some may be missing: it ends where the payloads are those of the next unchanged.
    """
    reader = register_meaning.Reader(layouts, codec)

    def snapshots():
        for job in register_recording.jobs(path):
            job.tables = {serial: bytes(table) for serial, table in job.tables.items()}
            yield _digest(job, layouts.added(job.device, codec)), reader.read(job)

    jobs, waiting = snapshots(), []

    def wait_for(count):
        while len(waiting) < count:
            one = next(jobs, None)
            if one is None:
                return False
            waiting.append(one)
        return True

    def take(count):
        taken = [meaning for _, meaning in waiting[:count]]
        del waiting[:count]
        return taken

    if not path.is_file() or not wait_for(pictures):
        return
    payloads = [digest for digest, _ in waiting]
    yield take(pictures)
    for _ in range(RIGHT - STEP):
        if wait_for(pictures):
            yield take(pictures)
    while True:
        for _ in range(STEP - 1):
            if not wait_for(pictures):
                return
            yield take(pictures)
        wait_for(2 * pictures)
        for count in range(pictures, -1, -1):
            if [digest for digest, _ in waiting[count:count + pictures]] == payloads:
                yield take(count)
                break
        else:
            return
