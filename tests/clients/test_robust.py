# SPDX-License-Identifier: MIT
"""Damaged streams: no crash, no hang, and the group of pictures after the damage is bit-exact.

Streams are made from a seed, so that a failure can be repeated. The clip has three groups of 25
pictures, each from an IDR picture on; only the first two are damaged.
"""

import random
import tempfile
from pathlib import Path

import clips
import harness
from framework import add, asan_build, check, decode, place, software, test

GOP = 25
SEEDS = 6
# What a sanitizer or a broken allocator leaves in the log.
CRASH = ('AddressSanitizer', 'runtime error:', 'LeakSanitizer', 'double free', 'corrupted',
         'stack smashing', 'terminate called')
SLICE, IDR = 1, 5
SETS = (7, 8)


def nal_units(data):
    """(start of the payload, end, type) of every NAL unit of a byte stream."""
    starts = []
    at = data.find(b'\0\0\1')
    while at >= 0:
        starts.append(at + 3)
        at = data.find(b'\0\0\1', at + 3)
    ends = [start - 3 for start in starts[1:]] + [len(data)]
    return [(start, end, data[start] & 31) for start, end in zip(starts, ends)]


def damaged_slices(data, seed):
    """The slices of the first two groups that are to be damaged: every few, by the seed."""
    units = nal_units(data)
    idr = [index for index, unit in enumerate(units) if unit[2] == IDR]
    # The first unit of the third group may be its parameter sets: stop at the last slice before.
    pictures = [index for index in idr if index == 0 or units[index - 1][2] != IDR]
    stop = pictures[2]
    chosen = random.Random(seed)
    slices = [unit for unit in units[:stop] if unit[2] in (SLICE, IDR)]
    return chosen, [unit for unit in slices if chosen.random() < 0.3]


def flip_payload(data, seed):
    """Flips bits behind the slice header."""
    data = bytearray(data)
    chosen, units = damaged_slices(data, seed)
    for start, end, _ in units:
        if end - start > 40:
            for _ in range(chosen.randint(1, 6)):
                data[chosen.randrange(start + 24, end)] ^= 1 << chosen.randrange(8)
    return bytes(data)


def flip_headers(data, seed):
    """Flips a bit within the slice header."""
    data = bytearray(data)
    chosen, units = damaged_slices(data, seed)
    for start, end, _ in units:
        data[chosen.randrange(start + 1, min(start + 8, end))] ^= 1 << chosen.randrange(8)
    return bytes(data)


def cut_slices(data, seed):
    """Shortens slices, some to their first bytes only."""
    chosen, units = damaged_slices(data, seed)
    parts, at = [], 0
    for start, end, _ in units:
        parts.append(data[at:chosen.randrange(start + 1, end)])
        at = end
    return b''.join(parts) + data[at:]


def drop_slices(data, seed):
    """Leaves slices out: missing references, gaps in frame_num."""
    _, units = damaged_slices(data, seed)
    parts, at = [], 0
    for start, end, _ in units:
        parts.append(data[at:start - 3])
        at = end
    return b''.join(parts) + data[at:]


def zero_slices(data, seed):
    """Overwrites the second half of slices with zeros."""
    data = bytearray(data)
    _, units = damaged_slices(data, seed)
    for start, end, _ in units:
        middle = (start + end) // 2
        data[middle:end] = bytes([0xff]) * (end - middle)
    return bytes(data)


DAMAGES = {'flip-payload': flip_payload, 'flip-headers': flip_headers, 'cut-slices': cut_slices,
           'drop-slices': drop_slices, 'overwrite-slices': zero_slices}


def check_survived(decoded, name):
    check(not decoded.result.timed_out, f'{name}: hangs')
    status = decoded.result.status
    check(0 <= status < 128, f'{name}: {decoded.result.why()}')
    word = next((word for word in CRASH if word in decoded.log), None)
    line = next((line for line in decoded.log.splitlines() if word and word in line), '')
    check(not word, f'{name}: {line[:200]}')
    fallback = harness.FALLBACK.search(decoded.log)
    check(not fallback, f'{name}: fell back to software: {fallback and fallback.group(0)}')


def survives(clip, damage, where, env, seeds, threads=(None,)):
    data = clips.path(clip).read_bytes()
    tail = software(clips.path(clip))[-GOP:]
    with tempfile.TemporaryDirectory(prefix='v4l2va-client-') as directory:
        for seed in range(seeds):
            file = Path(directory) / f'{damage}-{seed}.h264'
            file.write_bytes(DAMAGES[damage](data, seed))
            for count in threads:
                decoded = decode(file, options=(), timeout=60, where=where() if where else None,
                                 env=env() if env else None, threads=count, verbosity='error')
                name = f'seed {seed}'
                check_survived(decoded, name)
                check(decoded.hashes[-GOP:] == tail,
                      f'{name}: after the damage '
                      f'{harness.first_difference(tail, decoded.hashes[-GOP:])}')


def asan_place():
    return harness.Place(build=asan_build())


def asan_env():
    """Options of the sanitizers; tools/with-virtual loads their run-time library."""
    return {'ASAN_OPTIONS': 'detect_odr_violation=0:exitcode=99',
            'UBSAN_OPTIONS': 'halt_on_error=1:print_stacktrace=1'}


def damage_test(clip, damage, sanitized):
    def function():
        if sanitized:
            asan_build()
            survives(clip, damage, asan_place, asan_env, SEEDS // 2)
        else:
            survives(clip, damage, None, None, SEEDS, (1, 4))
    return function


@test('damage-joined-at-recovery-point', slow=True)
def joined_at_recovery_point():
    """A stream of gradual refresh without its IDR picture, from the 2nd, 8th and 20th picture on."""
    data = clips.path('intra-refresh').read_bytes()
    units = nal_units(data)
    slices = [unit for unit in units if unit[2] in (SLICE, IDR)]
    sets = b''.join(b'\0\0\1' + data[start:end].rstrip(b'\0') for start, end, kind in units
                    if kind in SETS)
    with tempfile.TemporaryDirectory(prefix='v4l2va-client-') as directory:
        for first in (1, 7, 19):
            file = Path(directory) / f'from-{first}.h264'
            file.write_bytes(sets + data[slices[first - 1][1]:])
            expected = software(str(file))
            check(len(expected) > 25, f'from {first}: software shows {len(expected)} frames')
            for device in ('hantro', 'cedrus'):
                decode(file, options=('--personality', device)).check_equal(
                    expected, f'{device} from {first}')


for damage_name in DAMAGES:
    add(f'damage-{damage_name}', damage_test('gop-25-slices', damage_name, sanitized=False),
        slow=damage_name != 'flip-payload')
    add(f'asan-damage-{damage_name}', damage_test('gop-25-slices', damage_name, sanitized=True),
        slow=True)


@test('damage-truncated-file')
def truncated_file():
    """A file that ends anywhere: what came before the cut is decoded, and nothing hangs."""
    file = clips.path('gop-25')
    data = file.read_bytes()
    expected = software(file)
    with tempfile.TemporaryDirectory(prefix='v4l2va-client-') as directory:
        for permille in (5, 100, 333, 500, 777, 999):
            short = Path(directory) / f'{permille}.h264'
            short.write_bytes(data[:len(data) * permille // 1000])
            decoded = decode(short, options=(), timeout=60, verbosity='error')
            check_survived(decoded, f'cut at {permille}/1000')
            whole = max(0, len(decoded.hashes) - 4)  # the cut picture and those that refer to it
            check(decoded.hashes[:whole] == expected[:whole],
                  f'cut at {permille}/1000: {harness.first_difference(expected, decoded.hashes)}')


@test('asan-clean', slow=True)
def asan_clean():
    """Good streams on the sanitized driver, both ways of download, two sizes in one stream."""
    env = asan_env()
    where = asan_place()
    for file in (clips.path('gop-25-slices'), clips.joined('asan', ['other-size', 'high'])):
        for surfaces in (False, True):
            decoded = decode(file, surfaces=surfaces, where=where, env=env, verbosity='error')
            check_survived(decoded, file.name)
            decoded.check_equal(software(file), file.name)


@test('kill-while-decoding')
def kill_while_decoding():
    """A client that stops in mid-stream leaves a device that the next client can use."""
    file = clips.path('gop-25')
    where = place()
    harness.run(where.command(
        [*harness.FFMPEG, '-v', 'error', *harness.hwaccel_words(where), '-re',
         *harness.input_words(file), '-f', 'null', '-']), 1, where.env())
    decode(file).check_equal(software(file))
