# SPDX-License-Identifier: MIT
"""Chromium: its decoder in hardware. The pictures are not looked at.

Chromium imports a surface as one EGLImage of NV12, which no software renderer of Mesa's takes.
"""

import re

import clips
import screen
from chromium import Chromium
from framework import check, test

LEAST = 60
CODECS = ('h264', 'vp9', 'vp8', 'av1')


@test('chromium-decodes', slow=True)
def decodes():
    """Each codec through VaapiVideoDecoder; no VA-API call fails, no process is lost."""
    named = {codec: clips.path('shown-h264-720p' if codec == 'h264' else f'shown-{codec}')
             for codec in CODECS}
    told = []
    with screen.screen(1024, 768) as display, \
            Chromium('chromium', display, named.values()) as chromium:
        for codec, clip in named.items():
            chromium.page.call('open', codec, clip.name)
            played, = chromium.page.call('play', LEAST + 10, codec)
            chromium.page.call('close', codec)
            told.append(f'{codec} {played["presented"]} played')
        chromium.stop()
    decoded = chromium.report.total('frames')
    lost = re.findall(r'GPU process (?:exited|has crashed).*', chromium.said)
    check(not lost, f'{lost[:1]}')
    check(not chromium.report.violations, f'rules broken: {chromium.report.violation_line()}')
    check('VaapiVideoDecoder(): ' in chromium.said, 'Chromium made no VaapiVideoDecoder')
    refused = re.findall(r'va\w+ failed, VA error.*|DecodeError.*', chromium.said)
    check(not refused, f'{refused[:1]}')
    for codec in CODECS:
        check(decoded.get(codec, 0) >= LEAST,
              f'the driver decoded {decoded.get(codec, 0)} frames of {codec}')
    calls = chromium.calls()
    failed = {call: number for call, number in calls.items() if call[1] != 'VA_STATUS_SUCCESS'}
    check(not failed, f'calls failed: {failed}')
    pictures, exports = (calls[name, 'VA_STATUS_SUCCESS']
                         for name in ('vaEndPicture', 'vaExportSurfaceHandle'))
    check(pictures >= len(CODECS) * LEAST, f'{pictures} pictures ended')
    check(exports >= len(CODECS), f'{exports} surfaces exported')
    return f'{", ".join(told)}; decoded {decoded}; {pictures} vaEndPicture, {exports} exports'
