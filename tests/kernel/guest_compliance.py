#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What v4l2-compliance says of each video node before and after a client has used the driver; run
within tools/with-kernel --board.

usage: guest_compliance.py ORDERS.json ANSWERS.json

ORDERS: {compliance, client}: the words of both commands, the first without its node.
ANSWERS:
  nodes   {card: {`before`, `after`: {name of a test: its result}}}, as v4l2-compliance names them; a
          test that it makes several times has a number behind its name
  client  how the client failed, '' when it ended well
"""

import json
import re
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parents[1] / 'tools' / 'lib')]
sys.dont_write_bytecode = True
import harness  # noqa: E402

SECONDS = 60
RESULT = re.compile(r'^\s*test (.+?): (OK|FAIL|WARN)\b(.*)$', re.M)


def results(words, node):
    said = harness.run([*words, '-d', node], SECONDS)
    found = {}
    for name, result, more in RESULT.findall(said.out):
        known = sum(one.split(' #')[0] == name for one in found)
        found[f'{name} #{known + 1}' if known else name] = result + more.rstrip()
    return found


def all_nodes(words):
    nodes = sorted(Path('/sys/class/video4linux').iterdir())
    return {(node / 'name').read_text().strip(): results(words, f'/dev/{node.name}')
            for node in nodes}


def main():
    if len(sys.argv) != 3:
        print(__doc__.strip())
        return 2
    orders = json.loads(Path(sys.argv[1]).read_text())
    before = all_nodes(orders['compliance'])
    client = harness.run(orders['client'], SECONDS)
    after = all_nodes(orders['compliance'])
    answers = {'client': client.why(),
               'nodes': {card: {'before': before[card], 'after': after.get(card, {})} for card in before}}
    Path(sys.argv[2]).write_text(json.dumps(answers))
    return 0


if __name__ == '__main__':
    sys.exit(main())
