# SPDX-License-Identifier: MIT
"""Every codec: the clips of tests/clips, bit-exact with each client."""

import json
import re
import sys
import tempfile
from pathlib import Path

import debian
import harness
from framework import Skip, add, check

CODECS = ('h264', 'hevc', 'vp8', 'vp9', 'av1', 'mpeg2')
CLIENTS = ('ffmpeg', 'gstreamer', 'v4l2codecs')
MAKE = harness.ROOT / 'tests' / 'clips' / 'make'
CONFORMANCE = harness.ROOT / 'tools' / 'conformance'


def streams(manifest, only, client, timeout=900, options=(), first=()):
    """The rows of tools/conformance on streams of MANIFEST, of which none may have failed.

    first: the words before its command.
    """
    with tempfile.TemporaryDirectory(prefix='v4l2va-streams-') as directory:
        out = Path(directory) / 'result.json'
        result = harness.run([*first, sys.executable, CONFORMANCE, '--client', client, '--out', out,
                              '--only', only, *options, manifest], timeout)
        check(out.is_file(), result.why() or 'tools/conformance wrote no result')
        document = json.loads(out.read_text())
    failed = [f'{row["file"]} ({row["reason"][:120]})' for row in document['streams']
              if row['result'] == 'FAIL']
    check(not failed, f'{len(failed)} of {len(document["streams"])}: ' + '; '.join(failed))
    check('stale' not in result.err, result.err.strip())
    passed = [row for row in document['streams'] if row['result'] == 'PASS']
    counts = re.search(r'^(\d+) passed, 0 failed, \d+ skipped(, \d+ known limits)?$', result.out,
                       re.M)
    check(counts and counts.group(1) == str(len(passed)), 'no last line')
    return document['streams']


def conformance(manifest, only, client, timeout=900, options=(), first=()):
    """The streams() that passed; skips the test when none did."""
    rows = streams(manifest, only, client, timeout, options, first)
    passed = [row for row in rows if row['result'] == 'PASS']
    if not passed:
        raise Skip(rows[0]['reason'])
    return passed


def made_manifest(only):
    """The manifest of tests/clips after those that match were made."""
    made = harness.run([sys.executable, MAKE, '--only', only], timeout=600)
    check(made.status == 0, made.why())
    return made.out.strip()


def clips_of(codec, client):
    def function():
        # GStreamer has v4l2slav1dec since 1.24.
        later = (codec, client) == ('av1', 'v4l2codecs')
        rows = conformance(made_manifest(f'^{codec}/'), f'^{codec}/', client,
                           first=debian.later() if later else ())
        if codec == 'av1':
            check(loads(rows) > 0, 'no frame had a primary_ref_frame')
    return function


def loads(rows):
    """How many AV1 frames had a primary_ref_frame; tools/conformance fails one that met a lost slot."""
    return sum(row['loads'].get('used', 0) for row in rows)


for one_codec in CODECS:
    for one_client in CLIENTS:
        add(f'codec-{one_codec}-{one_client}', clips_of(one_codec, one_client), slow=True)
