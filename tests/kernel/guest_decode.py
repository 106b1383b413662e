#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Decode clips with stock clients, within tools/with-kernel, and note what the kernel saw.

usage: guest_decode.py JOBS.json RESULTS.json

JOBS: [{client, clips}], each clip a row of a manifest with its `path`. One process decodes all clips
of a job at the same time: starting one takes longer than a clip. RESULTS: for each job
  problem  how the client failed, '' when it ended well
  frames   how many came out of each clip
  hashes   of the frames of each clip (ffmpeg only)
  decoded  how many frames the device gave back to each of its contexts, the most first
  runs     how many jobs of the clips' codec the device ran
  calls    how many ioctls the client made on the device, its requests and its dma-bufs
  failed   of these, [file, type, number, errno] of each that failed
"""

import collections
import json
import os
import re
import shutil
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parents[1] / 'tools' / 'lib')]
sys.dont_write_bytecode = True
import clients  # noqa: E402
import harness  # noqa: E402

TRACING = Path('/sys/kernel/tracing')
RUN_EVENTS = {  # one a job of visl
    'h264': 'v4l2_ctrl_h264_decode_params', 'hevc': 'v4l2_ctrl_hevc_decode_params',
    'vp8': 'v4l2_ctrl_vp8_frame', 'vp9': 'v4l2_ctrl_vp9_frame', 'av1': 'v4l2_ctrl_av1_frame',
    'mpeg2': 'v4l2_ctrl_mpeg2_picture',
}
CAPTURE = 9  # V4L2_BUF_TYPE_VIDEO_CAPTURE_MPLANE
PLUGINS = ('coreelements', 'multifile', 'videoparsersbad', 'ivfparse', 'va')
SECONDS = 280


def ffmpeg_command(clips, folder, surfaces):
    """One display for all contexts when the frames stay in VA surfaces, else one for each."""
    words = [*harness.FFMPEG, '-v', 'warning']
    if surfaces:
        words += ['-init_hw_device', f'vaapi=shared:{harness.NODE}']
    for clip in clips:
        words += ['-threads', '1', '-hwaccel', 'vaapi',
                  '-hwaccel_device', 'shared' if surfaces else harness.NODE,
                  *(['-hwaccel_output_format', 'vaapi'] if surfaces else []),
                  *harness.input_words(clip['path'], clip['codec'])]
    for index, clip in enumerate(clips):
        words += [*harness.every_frame(f'{index}:v:0'), '-vf',
                  harness.native_filter(clip['pix_fmt'], download=surfaces), '-f', 'framemd5',
                  f'file:{folder}/{index}.md5']
    return words


def ffmpeg(clips, folder, surfaces=False):
    result = harness.run(ffmpeg_command(clips, folder, surfaces), SECONDS, environment(folder))
    hashes = []
    for index in range(len(clips)):
        path = Path(folder) / f'{index}.md5'
        hashes.append(harness.parse_framemd5(path.read_text()) if path.exists() else [])
        path.unlink(missing_ok=True)
    fallback = harness.FALLBACK.search(result.err)
    return {'problem': f'fell back: {fallback.group(0)}' if fallback else result.why(),
            'frames': [len(each) for each in hashes], 'hashes': hashes}


def gstreamer(clips, folder):
    # Only the plugins that are needed: scanning all takes longer than the clips.
    plugins = Path(folder) / 'plugins'
    plugins.mkdir(exist_ok=True)
    for name in PLUGINS:
        link = plugins / f'libgst{name}.so'
        found = next(Path('/usr/lib').glob(f'*/gstreamer-1.0/{link.name}'))
        link.unlink(missing_ok=True)
        link.symlink_to(found)
    env = dict(environment(folder), GST_REGISTRY=f'{folder}/registry.bin',
               GST_PLUGIN_SYSTEM_PATH_1_0=str(plugins))
    out = Path(folder) / 'frames'
    out.mkdir()
    words = ['gst-launch-1.0', '--no-fault']
    for index, clip in enumerate(clips):
        codec = clients.CODECS[clip['codec']]
        words += ['filesrc', f'location={clip["path"]}', '!',
                  *clients.DEMUXERS.get(Path(clip['path']).suffix, ()), *codec.parser,
                  f'va{codec.suffix}', '!', 'video/x-raw', '!', 'multifilesink',
                  f'location={out}/{index}-%05d', 'sync=false']
    result = harness.run(words, SECONDS, env)
    files = collections.Counter(path.name.split('-')[0] for path in out.iterdir())
    shutil.rmtree(out)
    said = re.search(r'^ERROR: (?:.*\n){3}', result.err + '\n' + result.out, re.M)
    problem = ' '.join(said.group(0).split())[:400] if said else result.why()
    return {'problem': problem, 'hashes': [],
            'frames': [files[str(index)] for index in range(len(clips))]}


CLIENTS = {'ffmpeg': ffmpeg, 'gstreamer': gstreamer,
           'ffmpeg-surfaces': lambda clips, folder: ffmpeg(clips, folder, surfaces=True)}


def environment(folder):
    library = harness.Place().build / 'tests' / 'kernel' / 'libioctl-log.so'
    return dict(os.environ, LD_PRELOAD=str(library), V4L2VA_TEST_IOCTL_LOG=f'{folder}/ioctls')


def start_trace(codec):
    (TRACING / 'tracing_on').write_text('0')
    (TRACING / 'trace').write_text('')
    (TRACING / 'events/enable').write_text('0')
    (TRACING / f'events/visl_{codec}_controls' / RUN_EVENTS[codec] / 'enable').write_text('1')
    (TRACING / 'events/vb2/vb2_buf_done/enable').write_text('1')
    (TRACING / 'tracing_on').write_text('1')


def per_context(timestamps):
    """Frames of each context, from the timestamps of the frames of all.

    The driver numbers the pictures of a context from 1, so that as many contexts have k frames or
    more as there are frames with the timestamp k.
    """
    contexts = collections.Counter(timestamps)
    most = max(contexts.values(), default=0)
    return [sum(count >= rank for count in contexts.values()) for rank in range(1, most + 1)]


def traced(codec):
    (TRACING / 'tracing_on').write_text('0')
    text = (TRACING / 'trace').read_text()
    timestamps = re.findall(rf' vb2_buf_done: .* type = {CAPTURE},.* timestamp = (\d+)', text)
    return {'runs': text.count(f' {RUN_EVENTS[codec]}: '), 'decoded': per_context(timestamps)}


def ioctls(log):
    text = log.read_text() if log.exists() else ''
    log.unlink(missing_ok=True)
    return {'calls': sum(map(int, re.findall(r'^calls (\d+)$', text, re.M))),
            'failed': [line.split()[1:] for line in text.splitlines()
                       if line.startswith('failed ')]}


def run_job(job, folder):
    codec = job['clips'][0]['codec']
    start_trace(codec)
    result = CLIENTS[job['client']](job['clips'], folder)
    return {**result, **traced(codec), **ioctls(Path(folder) / 'ioctls')}


def main():
    if len(sys.argv) != 3:
        print(__doc__.strip())
        return 2
    (TRACING / 'buffer_size_kb').write_text('16384')
    with tempfile.TemporaryDirectory() as folder:
        results = [run_job(job, folder) for job in json.loads(Path(sys.argv[1]).read_text())]
    Path(sys.argv[2]).write_text(json.dumps(results))
    return 0


if __name__ == '__main__':
    sys.exit(main())
