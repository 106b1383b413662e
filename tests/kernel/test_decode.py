# SPDX-License-Identifier: MIT
"""Stock clients on a real kernel: every frame of a clip comes out, and the device made it."""

import re
import sys

import clients
import harness
import lab
import limits
from personalities import PERSONALITIES
from suite import Skip, add, check, test

ROOT = harness.ROOT
sys.path.append(str(ROOT / 'tests' / 'clients'))
import written_clips  # noqa: E402

GUEST = ROOT / 'tests' / 'kernel' / 'guest_decode.py'
CLIENTS = ('ffmpeg', 'ffmpeg-surfaces', 'gstreamer')
LIMITS = limits.read()
PROFILES = set(PERSONALITIES['visl'].profiles)
# For each codec, clips that take other ways through controls, requests and references.
NAMES = {
    'h264': r'mbaff-(tff|weighted|crop)|fake-inter|8-slices-weighted|long-gop|monochrome',
    'hevc': r'main\.|no-wpp|slices-4|weighted|crop-178|scaling|refresh|open-gop|radl|-6\.|fields',
    'vp8': r'plain|odd-175|altref|partitions-8|version-3|segments|short-gop',
    'vp9': r'plain|odd-175|tiles|lossless|resilient|altref|segments-(var|reg)|temporal|short-gop',
    'av1': r'/plain|odd|film-grain\.|many-tiles|screen|block-copy|mono|hidden|still|superres|resize',
    'mpeg2': r'plain|b-frames|tff|bff|custom|slices|simple|intra-only|open-gop|everything',
}
SMALLEST = {'mpeg2': 16}  # the sizes that visl takes; all others: from 64
# How the driver learns what there is: (type, number) of its ioctls, and the errno that says no.
EINVAL = '22'
PROBES = {
    ('V', 2): EINVAL,    # VIDIOC_ENUM_FMT, behind the last one
    ('V', 103): EINVAL,  # VIDIOC_QUERY_EXT_CTRL
}


def clips_of(codec, names):
    """Rows of the manifest of generated clips that visl takes, each with its path."""
    smallest = SMALLEST.get(codec, 64)
    return [row for row in lab.made_clips(f'^{codec}/') if re.search(names, row['file'])
            and not clients.not_offered(row, PROFILES) and row['pix_fmt'] != 'yuv420p10le'
            and min(int(row['width']), int(row['height'])) >= smallest]


def written(names):
    """The H.264 streams of tests/clients/written_clips.py as such rows.

    How often ffmpeg shows a field without a partner depends on its threads: it has one here.
    """
    one_thread = ('-threads', '1')
    return [{'file': f'h264/{name}.h264', 'path': str(written_clips.path(name)), 'codec': 'h264',
             'profile': 'High', 'pix_fmt': 'yuv420p', 'features': '',
             'frames': len(harness.software_hashes(written_clips.path(name), one_thread))}
            for name in names]


def known(client, clip):
    return bool(limits.find(LIMITS, client.split('-')[0], 'visl', clip))


def judge(job, result):
    """Every frame came out, each context's frames are the device's, and no call failed."""
    client, clips = job['client'], job['clips']
    check(not result['problem'], f'{client}: {result["problem"]}')
    for clip, frames in zip(clips, result['frames']):
        check(frames == int(clip['frames']),
              f'{client}: {frames} of {clip["frames"]} frames came out of {clip["file"]}')
    # Which context was whose is not known; hidden frames are decoded, too.
    decoded = result['decoded']
    shown = sorted(result['frames'], reverse=True)
    check(len(decoded) >= len(shown) and all(d >= s for d, s in zip(decoded, shown)),
          f'{client}: the device decoded {sum(decoded)} frames in {len(decoded)} contexts, '
          f'{sum(shown)} came out of {len(shown)} clips')
    check(result['runs'] >= sum(decoded), f'{client}: {result["runs"]} jobs of the codec ran')
    check(result['calls'] > 5 * sum(shown), f'{client}: only {result["calls"]} ioctls were seen')
    failed = [' '.join(call) for call in result['failed']
              if call[3] != PROBES.get((call[1], int(call[2])))]
    check(not failed, f'{client}: {len(failed)} ioctls failed: {", ".join(sorted(set(failed))[:5])}')


def run_jobs(jobs, options=()):
    """The results of one boot, judged."""
    results = lab.ask(GUEST, jobs, ('--memory', '2G', *options), timeout=900)
    for job, result in zip(jobs, results):
        judge(job, result)
    return results


def decode(clips, options=()):
    """Decodes CLIPS with each client; returns (results, figures)."""
    jobs = [{'client': client, 'clips': [clip for clip in clips if not known(client, clip)]}
            for client in CLIENTS]
    results = run_jobs(jobs, options)
    # visl writes into each picture what it was told: two ways of one client are two equal streams.
    for clip, left, right in zip(jobs[0]['clips'], results[0]['hashes'], results[1]['hashes']):
        difference = harness.first_difference(left, right)
        check(not difference, f'{clip["file"]}, downloaded and in surfaces: {difference}')
    frames = sum(sum(result['frames']) for result in results)
    calls = sum(result['calls'] for result in results)
    probes = sum(len(result['failed']) for result in results)
    return results, (f'{len(clips)} clips, {frames} frames with {len(CLIENTS)} clients, '
                     f'{sum(result["runs"] for result in results)} jobs, {calls} ioctls, '
                     f'{probes} of them failed probes')


@test('decode-vainfo')
def vainfo():
    result = lab.run(['vainfo', '--display', 'drm', '--device', harness.NODE])
    check(result.status == 0, result.why())
    profiles = harness.parse_profiles(result.out)
    check(profiles == PROFILES, f'other profiles: {sorted(profiles ^ PROFILES)}')


@test('decode-10-bit')
def ten_bit():
    """visl accepts streams of 10 bits and puts out 8: the driver must not offer them."""
    deep = {name for name in PROFILES if re.search(r'10|Profile2', name)}
    check(not deep, f'{sorted(deep)}: there should be clips of them here')
    raise Skip('visl puts out NV12 and YU12 only, so that no profile of 10 bits is offered')


def some_clips(codec):
    def function():
        clips = clips_of(codec, NAMES[codec])
        if codec == 'h264':
            clips += written(written_clips.STREAMS)
        return decode(clips)[1]
    return function


for one_codec in ('h264', 'hevc', 'vp8', 'vp9', 'av1', 'mpeg2'):
    add(f'decode-{one_codec}', some_clips(one_codec), slow=True)


def mode(codec, decode_mode, start_code, names, more=()):
    """A device of one decode mode: 0 slices, 1 frames."""
    def function():
        options = ('--module', f'visl:decode_mode={decode_mode},start_code={start_code}')
        results, figures = decode(clips_of(codec, names) + written(more), options)
        for result in results:
            decoded = sum(result['decoded'])
            if decode_mode == 0:
                check(result['runs'] > decoded, 'no frame was held: one job a frame')
            else:
                check(result['runs'] == decoded, f'{result["runs"]} jobs for {decoded} frames')
        return figures
    return function


H264_SLICES, HEVC_SLICES = r'/(8-slices|mbaff-8-slices)', r'/slices'
add('decode-h264-slices', mode('h264', 0, 0, H264_SLICES, ('fields', 'long-term')), slow=True)
add('decode-h264-frames', mode('h264', 1, 1, H264_SLICES), slow=True)
add('decode-hevc-slices', mode('hevc', 0, 0, HEVC_SLICES), slow=True)
add('decode-hevc-frames', mode('hevc', 1, 1, HEVC_SLICES), slow=True)
