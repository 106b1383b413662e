# SPDX-License-Identifier: MIT
"""Which frame of a clip a screenshot shows, and how exactly."""

import dataclasses
import re

import harness
from suite import check

FOLDER = harness.OUT / 'screens'
LEAST_PSNR = 25  # dB: chroma is filtered differently by whoever draws


@dataclasses.dataclass
class Match:
    """The frame that is most like the picture, and the peak signal-to-noise ratios, in dB."""
    frame: int
    psnr: float
    next_best: float  # of any other frame

    def check(self, frame, name):
        """It is this frame, and no other is nearly as good."""
        check(self.frame == frame, f'{name}: frame {self.frame} is shown, not {frame}')
        check(self.psnr > LEAST_PSNR, f'{name}: frame {frame} is shown with {self.psnr} dB only')
        check(self.psnr > self.next_best + 3, f'{name}: the frames do not differ')


def match(picture, clip, left=0, top=0, width=640, height=360, frames=1000):
    """The Match of a rectangle of PICTURE, a PNG, with FRAMES of CLIP, decoded in software."""
    result = harness.run([
        *harness.FFMPEG, '-v', 'error', '-i', clip, '-loop', '1', '-i', picture, '-lavfi',
        # As players take an untagged clip of this size.
        '[0:v]scale=in_color_matrix=bt601:in_range=tv:'
        'flags=accurate_rnd+full_chroma_int+bilinear,format=gbrp,'
        f'scale={width}:{height}:flags=area[clip];'
        f'[1:v]crop={width}:{height}:{left}:{top}:exact=1,format=gbrp[shown];'
        '[clip][shown]psnr=shortest=1:stats_file=-', '-frames:v', frames, '-f', 'null', '-'])
    check(result.status == 0, result.why())
    found = sorted(((float(psnr), int(number) - 1) for number, psnr in
                    re.findall(r'^n:(\d+) .*psnr_avg:(\S+)', result.out, re.M)[:frames]),
                   reverse=True)
    check(len(found) > 1, f'{picture} cannot be compared with {clip}')
    return Match(found[0][1], found[0][0], found[1][0])
