#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What a board's drivers offer and do, asked within tools/with-kernel --board.

usage: guest_board.py ORDERS.json ANSWERS.json

ORDERS: {info, board_hardware, describe_node, clips}: programs of the build, and rows of a manifest with their
`path`.
ANSWERS:
  nodes    [card, driver] of each video node, sorted
  media    how many media devices there are
  info     what v4l2va-info --json says
  described  {card: what describe-node prints} of each decoder
  decoded  for each clip that VA-API offers a profile for: the `clip`, how ffmpeg failed (`problem`, '' when it ended well), how many
           `frames` came out, and `devices`: {compatible: [jobs, words, addresses, filled]}, as board-hardware counts
  log      the kernel's warnings and errors
"""

import json
import os
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parents[1] / 'tools' / 'lib')]
sys.dont_write_bytecode = True
import clients  # noqa: E402
import harness  # noqa: E402

SECONDS = 60


def nodes():
    found = []
    for node in Path('/sys/class/video4linux').iterdir():
        driver = os.path.basename(os.path.realpath(node / 'device' / 'driver'))
        found.append([(node / 'name').read_text().strip(), driver])
    return sorted(found)


def decode(program, clip, folder):
    report, frames = Path(folder) / 'report', Path(folder) / 'frames'
    words = [*harness.FFMPEG, '-v', 'warning', '-threads', '1', '-hwaccel', 'vaapi',
             '-hwaccel_device', harness.NODE, *harness.input_words(clip['path'], clip['codec']),
             *harness.every_frame(), '-vf', harness.native_filter(clip['pix_fmt']),
             '-f', 'framemd5', f'file:{frames}']
    result = harness.run([program, '--count', report, *words], SECONDS)
    fallback = harness.FALLBACK.search(result.err)
    devices = {}
    if report.exists():
        for line in report.read_text().splitlines():
            name, *counts = line.split('\t')
            devices[name] = [int(count) for count in counts]
        report.unlink()
    count = len(harness.parse_framemd5(frames.read_text())) if frames.exists() else 0
    frames.unlink(missing_ok=True)
    return {'clip': clip, 'problem': f'fell back: {fallback.group(0)}' if fallback else result.why(),
            'frames': count, 'devices': devices}


def main():
    if len(sys.argv) != 3:
        print(__doc__.strip())
        return 2
    orders = json.loads(Path(sys.argv[1]).read_text())
    info = harness.run([orders['info'], '--json'], SECONDS)
    said = json.loads(info.out) if info.out else {}
    profiles = {profile['profile'] for display in said.get('va_api', {}).get('displays', [])
                for profile in display.get('profiles', [])}
    answers = {'nodes': nodes(), 'media': len(list(Path('/dev').glob('media*'))),
               'info': said, 'described': {}}
    for decoder in said.get('decoders', []):
        done = harness.run([orders['describe_node'], decoder['video'], decoder['media']], SECONDS)
        if done.status != 0:
            raise SystemExit(f'describe-node {decoder["video"]}: {done.why()}')
        answers['described'][decoder['card']] = done.out
    with tempfile.TemporaryDirectory() as folder:
        answers['decoded'] = [decode(orders['board_hardware'], clip, folder)
                              for clip in orders['clips']
                              if not clients.not_offered(clip, profiles)]
    log = harness.run(['dmesg', '--notime', '--level=emerg,alert,crit,err,warn'], SECONDS)
    answers['log'] = log.out.splitlines()
    Path(sys.argv[2]).write_text(json.dumps(answers))
    return 0


if __name__ == '__main__':
    sys.exit(main())
