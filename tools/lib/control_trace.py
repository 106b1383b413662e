# SPDX-License-Identifier: MIT
"""Reads what kernel-lab/trace leaves and compares what two clients sent, field by field.

A Trace has one Job for each request that the decoder ran: {'control.field': text}. Clients choose
their own timestamps and their own places in a DPB, so both are replaced by what they mean: F<n> is
the frame whose first OUTPUT buffer was the nth of the run, and a reference is named by its frame.
"""

import difflib
import fnmatch
import hashlib
import re
from pathlib import Path

import av1_frame
import h264_slices
import ring_buffer

_HEADER = re.compile(r'\s*\S.*-\d+\s+\[\d+\]\s+\S+\s+[\d.]+: (\w+): ?(.*)$')
_FIELD = re.compile(r'\s*([A-Za-z_][\w.\[\]]*) *:? *(.*)$')
_ENTRY = re.compile(r'\[(\d+)\]: (.*)$')
_PAIR = re.compile(r'([a-z_]\w*) +((?:[A-Z0-9_|-]|0x)[\w|-]*|)(?:,? |,?$)')
_OUTPUT = re.compile(r'owner = (\w+),.* type = (?:10|2), bytesused = (\d+), timestamp = (\d+)')
# The first event of a request, of each codec.
_FIRST = {'v4l2_ctrl_h264_sps', 'v4l2_ctrl_hevc_sps', 'v4l2_ctrl_mpeg2_sequence',
          'v4l2_ctrl_vp8_frame', 'v4l2_ctrl_vp9_frame', 'v4l2_ctrl_av1_sequence',
          'v4l2_ctrl_fwht_params'}
NONE = '-'
UNKNOWN = '?'
_NO_TIMESTAMP = str(2 ** 64 - 1)  # GStreamer's
_SCALING_LIST_8X8 = 64  # bytes
_AV1_NO_PRIMARY = 7  # PRIMARY_REF_NONE


def _short(event):
    return re.sub(r'^v4l2_(?:ctrl_)?', '', event)


def _events(path):
    """(name, [lines]) of each event."""
    name, lines = None, []
    with open(path, errors='replace') as file:
        for line in file:
            line = line.rstrip('\n')
            header = _HEADER.match(line)
            if header:
                if name:
                    yield name, lines
                name, lines = header.group(1), [header.group(2)]
            elif name and not line.startswith('#'):
                lines.append(line)
    if name:
        yield name, lines


def _fields(lines):
    """{field: text} of an event whose lines are `name value`; {…} may span lines."""
    fields, last = {}, None
    for line in lines:
        if not line.strip():
            continue
        if last and fields[last].count('{') > fields[last].count('}'):
            fields[last] += ' ' + line.strip()
            continue
        field = _FIELD.match(line)
        if field:
            last = field.group(1)
            fields[last] = field.group(2).strip()
    return fields


def _pairs(text):
    """{name: value} of `name value, name value`; a value that is empty stays empty."""
    words = re.split(r'[ ,]+', text.strip())
    fields, name = {}, None
    for word in words:
        if re.match(r'[a-z]', word) and not re.match(r'0x', word):
            name = word
            fields[name] = ''
        elif name:
            fields[name] = word
    return fields


def _array(text):
    return [int(word, 0) for word in re.findall(r'0x[0-9a-f]+|-?\d+', text)]


def _payloads(directory, sessions):
    """The bytes of each job's OUTPUT buffer. Their files are numbered by the buffer's place in its
    session, and the first of a number stays: those of another session are None, unknown."""
    payloads, counts, kept = [], {}, 0
    for session in sessions:
        number = counts[session] = counts.get(session, -1) + 1
        file = directory / f'bitstream{number}'
        payloads.append(file.read_bytes() if number == kept and file.is_file() else None)
        kept = max(kept, number + 1)
    return payloads


class Trace:
    """The jobs of a run, in their order; `payloads` are the bytes of their OUTPUT buffers."""

    def __init__(self, directory, frame_mode=False):
        directory = Path(directory)
        self.frame_mode = frame_mode
        self._session = None  # of the job at hand
        self.stamps = []  # (session, OUTPUT timestamp) in the order of their queueing
        self.sizes = []
        raw, owners = [], []
        for name, lines in _events(directory / 'trace.txt'):
            if name == 'vb2_qbuf':
                found = _OUTPUT.search(lines[0])
                if found:
                    # A client may open the decoder again for another size: its count begins anew.
                    if found.group(1) not in owners[-1:]:
                        owners.append(found.group(1))
                    self.sizes.append(int(found.group(2)))
                    self.stamps.append((len(owners), found.group(3)))
                continue
            if name in _FIRST:
                raw.append([])
            if raw:
                raw[-1].append((name, lines))
        self.payloads = _payloads(directory / 'bitstream', [session for session, _ in self.stamps])
        self.raw = raw
        self._av1_frames = []  # records of the ring buffer
        if (directory / 'ring-buffer').is_file():
            self._av1_frames = ring_buffer.records(
                directory / 'ring-buffer', int((directory / 'frame-event').read_text()))
        frames = list(dict.fromkeys(self.stamps))
        order = {stamp: index for index, stamp in enumerate(frames)}
        self.frame_of_job = [order[stamp] for stamp in self.stamps]
        self._names = {stamp: f'F{index}' for stamp, index in order.items()}

    def rename(self, frames):
        """Names this trace's frame n F<frames[n]>."""
        self._names = {stamp: f'F{frames[int(name[1:])]}' if int(name[1:]) in frames else f'X{name}'
                       for stamp, name in self._names.items()}

    def _name(self, stamp, is_frame=False):
        stamp = str(int(stamp, 0)) if isinstance(stamp, str) else str(stamp)
        if stamp == _NO_TIMESTAMP:
            return NONE
        name = self._names.get((self._session, stamp))
        if stamp == '0' and not is_frame:
            # A client may give its first frame the timestamp of "no reference".
            return f'{NONE}|{name}' if name else NONE
        return name or f'?{stamp}'

    def digest(self, index):
        """Of a job's bytes without start code and padding, '' when they are unknown."""
        if self._av1_frames:
            return self._job(index)['av1_tile_group_entry.data']
        if not self._payload(index):
            return ''
        return hashlib.sha256(bare(self.payloads[index])).hexdigest()

    def _payload(self, index):
        return self.payloads[index] if index < len(self.payloads) else None

    def jobs(self):
        """[{field: text}]; what begins with _ is only for conditions of an allowed.tsv."""
        jobs = [self._job(number) for number in range(len(self.raw))]
        if self._av1_frames:
            self._av1_states(jobs)
        return jobs

    def _job(self, number):
        payload = self._payload(number)
        self._session = self.stamps[number][0]
        job, lists, dpb, hevc_dpb = {}, {}, {}, []
        for name, lines in self.raw[number]:
            short = _short(name)
            entry = _ENTRY.match(lines[0])
            if entry:
                pairs = _pairs(entry.group(2))
                (dpb if short == 'h264_dpb_entry' else lists.setdefault(short, {}))[
                    int(entry.group(1))] = pairs
                continue
            fields = _fields(lines)
            if short == 'hevc_dpb_entry':
                hevc_dpb.append(fields)
                continue
            for field, value in fields.items():
                if field == 'reference_frame_ts':
                    value = ' '.join(map(self._name, _array(value)))
                elif field.endswith('_ts'):
                    value = self._name(value)
                elif field.endswith('flags') and field != 'refresh_frame_flags':
                    for flag in filter(None, value.split('|')):
                        job[f'{short}.{field}.{flag}'] = 'set'
                    continue
                job[f'{short}.{field}'] = value
        if 'h264_sps.profile_idc' in job:
            self._h264(job, dpb, lists, payload or b'')
        if hevc_dpb:
            self._hevc_references(job, hevc_dpb)
        if 'av1_frame.ref_frame_idx' in job:
            self._av1(job, number, payload)
        return job

    def _av1(self, job, number, payload):
        job |= av1_frame.fields(self._av1_frames[number])
        # Where the tile is in the buffer is the driver's affair: its bytes tell whether that is so.
        offset = int(job.pop('av1_tile_group_entry.tile_offset'))
        size = int(job['av1_tile_group_entry.tile_size'])
        job['av1_tile_group_entry.data'] = UNKNOWN if payload is None else hashlib.sha256(
            payload[offset:offset + size]).hexdigest()
        if job['av1_frame.frame_type'] in ('INTER', 'SWITCH'):
            names = job['av1_frame.reference_frame_ts'].split()
            for reference, slot in enumerate(_array(job['av1_frame.ref_frame_idx']), 1):
                job[f'av1_frame.reference[{reference}]'] = names[slot]

    def _av1_states(self, jobs):
        """A frame loads what was saved with another one, above all the CDFs: hardware has that by
        slots, in which refresh_frame_flags put it."""
        slots = [NONE] * 8
        for number, job in enumerate(jobs):
            primary = int(job['av1_frame.primary_ref_frame'])
            if primary < _AV1_NO_PRIMARY:
                job['av1_frame.loaded_state'] = slots[
                    _array(job['av1_frame.ref_frame_idx'])[primary]]
            refresh = int(job['av1_frame.refresh_frame_flags'])
            name = self._names[self.stamps[number]]
            slots = [name if refresh >> slot & 1 else slots[slot] for slot in range(8)]

    def _h264(self, job, dpb, lists, payload):
        self._h264_references(job, dpb, lists)
        matrix = 'h264_scaling_matrix.scaling_list_8x8'
        if matrix in job and job['h264_sps.chroma_format_idc'] != '3':
            # Only 4:4:4 has more than two lists (H.264 7.4.2.2).
            job[matrix] = ' '.join(re.findall(r'[0-9a-f]{2}', job[matrix])[:2 * _SCALING_LIST_8X8])
        for number in h264_slices.default_lists(job, payload):
            job[f'_h264_uses_l{number}_default'] = 'set'
        if self.frame_mode:
            for field in [field for field in job if re.match(
                    'h264_(slice_params|pred_weights)', field)]:
                del job[field]

    def _h264_references(self, job, dpb, lists):
        names = {}
        for index, entry in sorted(dpb.items()):
            if 'VALID' not in entry.get('flags', ''):
                continue
            name = self._name(entry.pop('reference_ts'), is_frame=True)
            names[index] = name
            for field, value in entry.items():
                job[f'h264_dpb[{name}].{field}'] = value
        kind = job.get('h264_slice_params.slice_type', 'I')
        for number, kinds in ((0, 'PB'), (1, 'B')):
            active = int(job.get(f'h264_slice_params.num_ref_idx_l{number}_active_minus1', 0)) + 1
            picked = [f'{names.get(int(entry.get("index") or 0), NONE)}/{entry.get("fields", "")}'
                      for index, entry in sorted(lists.get(f'h264_ref_pic_list{number}', {}).items())
                      if index < active]
            job[f'h264_slice_params.ref_pic_list{number}'] = (
                ' '.join(picked) if kind in kinds else '')

    def _hevc_references(self, job, dpb):
        count = int(job.get('hevc_decode_params.num_active_dpb_entries', 0))
        names = [self._name(entry.get('timestamp', '0'), is_frame=True) for entry in dpb]
        for index, entry in enumerate(dpb[:count]):
            for field, value in entry.items():
                if field != 'timestamp':
                    job[f'hevc_dpb[{names[index]}].{field}'] = value

        def named(field, active):
            picked = _array(job.get(field, ''))[:active]
            job[field] = ' '.join(names[index] if index < len(names) else NONE for index in picked)

        for kind in ('st_curr_before', 'st_curr_after', 'lt_curr'):
            named(f'hevc_decode_params.poc_{kind}',
                  int(job.get(f'hevc_decode_params.num_poc_{kind}', 0)))
        slice_type = job.get('hevc_slice_params.slice_type', '2')  # 0 B, 1 P, 2 I
        for number, types in ((0, '01'), (1, '0')):
            active = int(job.get(f'hevc_slice_params.num_ref_idx_l{number}_active_minus1', 0)) + 1
            named(f'hevc_slice_params.ref_idx_l{number}', active if slice_type in types else 0)


def bare(payload):
    """PAYLOAD without a start code in front and without zeros behind."""
    return re.sub(rb'^\x00{2,3}\x01', b'', payload).rstrip(b'\0')


def align(first, second):
    """[(i, j)]: which jobs of two traces are of the same bytes; None where one has no partner."""
    if len(first.raw) == len(second.raw):
        return [(i, i) for i in range(len(first.raw))]
    left = [first.digest(i) for i in range(len(first.raw))]
    right = [second.digest(i) for i in range(len(second.raw))]
    pairs = []
    matcher = difflib.SequenceMatcher(None, left, right, autojunk=False)
    for tag, i1, i2, j1, j2 in matcher.get_opcodes():
        if tag in ('equal', 'replace'):
            common = min(i2 - i1, j2 - j1)
            pairs += [(i1 + k, j1 + k) for k in range(common)]
            i1, j1 = i1 + common, j1 + common
        pairs += [(i, None) for i in range(i1, i2)] + [(None, j) for j in range(j1, j2)]
    return pairs


def _same(left, right):
    if left == right:
        return True
    # '-|F0' is either.
    if left and right:
        return all(set(a.split('|')) & set(b.split('|'))
                   for a, b in zip(left.split(' '), right.split(' '), strict=False)) and (
                       left.count(' ') == right.count(' ')) and '|F' in left + right
    return False


class Allowed:
    """The rows of an allowed.tsv: a difference of a field, when it is allowed, and why.

    A field is a glob; an entry of a DPB is h264_dpb[] in it. Values are regular expressions of the
    whole text. The condition is FIELD=REGEX, several joined by ` & `, of the reference's job; []
    is the entry at hand; `-` is none. A flag has the value `set` or is empty.
    """

    def __init__(self, path):
        self.rows = []
        for line in Path(path).read_text().splitlines():
            if line and not line.startswith('#'):
                field, reference, driver, condition, reason = line.split('\t')
                conditions = [] if condition == '-' else [part.split('=', 1)
                                                          for part in condition.split(' & ')]
                self.rows.append((field, re.compile(reference), re.compile(driver),
                                  [(name, re.compile(value)) for name, value in conditions],
                                  reason))
        self.used = set()

    def covers(self, field, values, job):
        """Whether a row allows VALUES, (reference, driver), of a field named as in JOB."""
        kind, entry = _kind(field)
        for number, (pattern, left, right, conditions, _) in enumerate(self.rows):
            if (fnmatch.fnmatchcase(kind, pattern.replace('[]', '[[]]')) and
                    left.fullmatch(values[0]) and right.fullmatch(values[1]) and
                    all(value.fullmatch(job.get(name.replace('[]', entry), ''))
                        for name, value in conditions)):
                self.used.add(number)
                return True
        return False


def _kind(field):
    """(h264_dpb[].fields, [F3]) of h264_dpb[F3].fields."""
    entry = re.search(r'\[[^]]*\]', field)
    return (field.replace(entry.group(), '[]'), entry.group()) if entry else (field, '')


class Comparison:
    """What differs between a reference's trace and the driver's."""

    def __init__(self, reference, driver, allowed=None):
        self.differences = {}  # {field: [(job, value of the reference, of the driver)]}
        self.allowed = 0
        self.compared = 0
        self.only_reference = []
        self.only_driver = []
        pairs = align(reference, driver)
        if any(i != j for i, j in pairs):
            # Frames are named as the reference counts them.
            driver.rename({driver.frame_of_job[j]: reference.frame_of_job[i] for i, j in pairs
                           if i is not None and j is not None and
                           j < len(driver.frame_of_job) and i < len(reference.frame_of_job)})
        left, right = reference.jobs(), driver.jobs()
        for i, j in pairs:
            if j is None:
                self.only_reference.append(i)
            elif i is None:
                self.only_driver.append(j)
            else:
                self._compare(i, left[i], right[j], allowed)
                self._compare_payload(reference, i, driver, j, (allowed, left[i]))

    def _compare(self, index, left, right, allowed):
        self.compared += 1
        for field in {**left, **right}:
            if field.startswith('_'):
                continue
            a, b = left.get(field, ''), right.get(field, '')
            if UNKNOWN not in (a, b) and not _same(a, b):
                self._add(field, index, (a, b), allowed, left)

    def _compare_payload(self, reference, i, driver, j, rows):
        if i >= len(reference.payloads) or j >= len(driver.payloads):
            return
        a, b = reference.payloads[i], driver.payloads[j]
        if None not in (a, b) and a != b:
            start = next((k for k in range(min(len(a), len(b))) if a[k] != b[k]),
                         min(len(a), len(b)))
            kind = 'padding' if bare(a) == bare(b) else 'bytes'
            self._add(f'payload.{kind}', i,
                      (f'{len(a)} bytes, {a[start:start + 8].hex()} at {start}',
                       f'{len(b)} bytes, {b[start:start + 8].hex()}'), *rows)

    def _add(self, field, index, values, allowed, job):
        if allowed and allowed.covers(field, values, job):
            self.allowed += 1
            return
        self.differences.setdefault(_kind(field)[0], []).append((index, *values))

    def forgive_early_end(self):
        """Takes no offence at pictures behind the last one of a reference that failed there."""
        while self.only_driver and self.only_driver[-1] >= self.compared:
            self.only_driver.pop()

    @property
    def equal(self):
        return not (self.differences or self.only_reference or self.only_driver)

    def lines(self):
        """What to tell a person."""
        for which, jobs in (('reference', self.only_reference), ('driver', self.only_driver)):
            if jobs:
                yield f'{len(jobs)} requests from the {which} only, first #{jobs[0]}'
        for field, found in sorted(self.differences.items()):
            index, a, b = found[0]
            yield (f'{field}: {len(found)} of {self.compared} requests, '
                   f'first #{index}: reference {a[:90]!r}, driver {b[:90]!r}')
