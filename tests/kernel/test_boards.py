# SPDX-License-Identifier: MIT
"""The kernel's own drivers of each board: their nodes, what the driver offers on them, and that every
job ends; against the machine of the virtual decoder that has the board's name."""

import json
import re

import harness
import lab
import machines
from suite import add, check

ROOT = harness.ROOT
HERE = ROOT / 'tests' / 'kernel'
CLIPS = ('h264/8-slices', 'hevc/main', 'hevc/main10-plain', 'vp8/plain', 'vp9/plain',
         'vp9/10bit-plain', 'av1/plain', 'mpeg2/b-frames')
# What User Mode Linux says of files that cannot be polled, the kernel of every driver in staging, and
# drivers of the wrong calls that describe-node makes.
USUAL = re.compile(
    r'epollctl add err fd \d+, Operation not permitted|module is from the staging directory|'
    r'hantro_buf_plane_check:\d+: plane \d+ is too small for output|'
    r'mtk-vcodec-dec .*\[ERROR\] (cap_q_ctx buffers already requested|sizeimage of output format must be '
    r'given|H264: chroma_minus8:\d, luma_minus8:\d|data will not fit into plane)')


NODES = lab.table(HERE / 'board_nodes.tsv')
DIFFERENCES = lab.table(HERE / 'board_differences.tsv')


def boot(board, clips=()):
    """The answers of guest_board.py on BOARD."""
    build = harness.Place().build
    orders = {'info': str(build / 'src/info/v4l2va-info'), 'clips': list(clips),
              'board_hardware': str(build / 'kernel-lab/hardware/board-hardware'),
              'describe_node': str(build / 'tests/kernel/describe-node')}
    answers = lab.ask(HERE / 'guest_board.py', orders, board=board)
    noise = [line for line in answers['log'] if not USUAL.search(line)]
    check(not noise, f'the kernel said: {" | ".join(noise[:5])}')
    return answers


def offered(info):
    """All profiles that VA-API offers, as v4l2va-info --json has them."""
    return {profile['profile'] for display in info['va_api']['displays']
            for profile in display.get('profiles', [])}


def facts(text):
    """{asked: answer} of what describe-node printed."""
    lines = [line.split('\t') for line in text.splitlines()]
    found = dict(lines)
    check(len(found) == len(lines), 'describe-node asked twice for a thing')
    return found


def coded(described):
    return {asked for asked in described if asked.startswith('coded ')}


def virtual_answers(board):
    """(offered profiles, [facts of each decoder's node]) of the virtual machine of that name."""
    place = harness.Place()

    def ask(*command):
        done = harness.run([harness.WITH_VIRTUAL, '--machine', board, *command], 30, place.env())
        check(done.status == 0, done.why())
        return done.out

    info = json.loads(ask(place.build / 'src/info/v4l2va-info', '--json'))
    program = place.build / 'tests/kernel/describe-node'
    return offered(info), [facts(ask(program, decoder['video'], decoder['media']))
                           for decoder in info['decoders']]


def differences(board, answers):
    """[(card, asked, the kernel's answer, the virtual decoder's)]; nodes belong together that have the
    same codecs."""
    profiles, nodes = virtual_answers(board)
    found = []
    left, right = (' '.join(sorted(names)) for names in (offered(answers['info']), profiles))
    if left != right:
        found.append(('-', 'profiles', left, right))
    for card, text in answers['described'].items():
        real = facts(text)
        virtual = max(nodes, key=lambda node: len(coded(node) & coded(real)))
        found += [(card, asked, real.get(asked, 'nothing'), virtual.get(asked, 'nothing'))
                  for asked in sorted(real.keys() | virtual.keys())
                  if real.get(asked) != virtual.get(asked)]
    return found


def allowed(board, found):
    """Checks that each of the differences FOUND is allowed by a row, and each row of the board needed."""
    rows = [row for row in DIFFERENCES if board in row['boards'].split()]
    needed = set()

    def allows(row, difference):
        return all(re.fullmatch(row[name], text) for name, text in
                   zip(('card', 'asked', 'kernel', 'virtual'), difference))

    wrong = []
    for difference in found:
        fitting = [index for index, row in enumerate(rows) if allows(row, difference)]
        needed.update(fitting)
        if not fitting:
            wrong.append(': '.join(difference[:2]) + f': {difference[2]} / {difference[3]}')
    check(not wrong, f'{len(wrong)} differences from the virtual machine, card: asked: kernel / '
          f'virtual: {"; ".join(wrong[:20])}')
    stale = [row['reason'] for index, row in enumerate(rows) if index not in needed]
    check(not stale, f'rows of no difference: {"; ".join(stale)}')


def nodes_of(board):
    answers = boot(board)
    expected = sorted([row['card'], row['driver']] for row in NODES if row['board'] == board)
    check(answers['nodes'] == expected, f'nodes: {answers["nodes"]}, not {expected}')
    decoders = answers['info'].get('decoders', [])
    check(decoders, 'v4l2va-info found no decoder')
    check(offered(answers['info']), 'VA-API offers nothing')
    said = '; '.join(f'{one["card"]}: {" ".join(codec["codec"] for codec in one["codecs"])}'
                     for one in decoders)
    if board not in machines.names():
        return f'{len(expected)} nodes, {said}; there is no virtual machine of that name'
    found = differences(board, answers)
    allowed(board, found)
    asked = sum(len(facts(text)) for text in answers['described'].values())
    return f'{len(expected)} nodes, {said}; {asked} answers, {len(found)} otherwise than the virtual machine'


def decode_on(board):
    """A clip of each codec that VA-API offers there."""
    answers = boot(board, lab.made_clips(f'^({"|".join(CLIPS)})$'))
    check(answers['decoded'], 'VA-API offers no profile of the clips')
    totals = [0, 0, 0, 0]
    for result in answers['decoded']:
        name, frames = result['clip']['file'], int(result['clip']['frames'])
        check(not result['problem'], f'{name}: {result["problem"]}')
        check(result['frames'] == frames, f'{name}: {result["frames"]} of {frames} frames came out')
        check(len(result['devices']) == 1, f'{name}: jobs on {sorted(result["devices"])}')
        counts = next(iter(result['devices'].values()))
        check(counts[0] >= frames, f'{name}: {counts[0]} jobs for {frames} frames')
        totals = [total + count for total, count in zip(totals, counts)]
    jobs, words, addresses, _ = totals
    return (f'{len(answers["decoded"])} clips, {jobs} jobs, {words} registers written, '
            f'{addresses} of them addresses of memory')


for one in lab.BOARDS:
    add(f'board-{one}', lambda one=one: nodes_of(one))
    add(f'board-{one}-decode', lambda one=one: decode_on(one), slow=True)
