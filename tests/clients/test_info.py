# SPDX-License-Identifier: MIT
"""v4l2va-info: the report, its JSON, --try, and how it ends."""

import json
import os
import tempfile
from pathlib import Path

import clips
import harness
import machines
from framework import Skip, asan_build, check, place, run_reported, test
from personalities import PERSONALITIES

NOTHING_DECODES, WRONG_USE, TRY_FAILED = 1, 2, 3
STEPS = ['file opened', 'video stream found', 'VA display opened', 'driver loaded',
         'profile offered', 'first frame decoded', 'frames decoded and read back',
         'equal to software decoding', 'exported as dma-buf']
TOP = {'v4l2va_info', 'decoders', 'left_out', 'has_media_nodes', 'va_api', 'drm', 'permissions',
       'kernel', 'verdict'}


def program():
    path = place().build / 'src' / 'info' / 'v4l2va-info'
    if not path.is_file():
        raise Skip('built without v4l2va-info')
    return path


def info(*words, options=(), env=None):
    return run_reported([program(), *words], options, env=env)[0]


def as_json(result, status):
    check(result.status == status, f'status {result.status}, not {status}: {result.why()}')
    return json.loads(result.out)


def report(*words, options=(), status=0, env=None):
    data = as_json(info('--json', *words, options=options, env=env), status)
    check(TOP <= data.keys(), f'members are missing: {TOP - data.keys()}')
    return data


def codecs_of(data):
    return {codec['codec']: codec for decoder in data['decoders'] for codec in decoder['codecs']}


@test('info-report')
def info_report():
    """For people: short, each section, and the verdict last, with what could be better."""
    result = info()
    check(result.status == 0, result.why())
    lines = result.out.splitlines()
    check(len(lines) <= 40, f'{len(lines)} lines')
    for section in ('Decoders', 'VA-API', 'DRM', 'Permissions', 'Kernel', 'Verdict: '):
        check(any(line.startswith(section) for line in lines), f'no section {section}')
    check(lines[-2].startswith('Verdict: ') and lines[-2].endswith('can be decoded'), lines[-2])
    check(lines[-1].startswith('Programs that start without LIBVA_DRIVER_NAME'), lines[-1])
    check('-hwaccel_output_format nv12' in result.out, 'it does not say how to scale')
    check('/dev/video0' in result.out and 'v4l2_request_drv_video.so' in result.out, result.out)
    return f'{len(lines)} lines'


@test('info-personalities')
def info_personalities():
    """What it tells of each device is what VA-API offers there."""
    for name in ('hantro', 'rkvdec', 'cedrus', 'mt8195', 'cedrus-a20', 'rpi-hevc'):
        wanted = PERSONALITIES[name]
        options = ('--personality', name)
        data = report(options=options)
        for codec, row in codecs_of(data).items():
            mode = 'slice' if codec in wanted.slices else 'frame'
            check(row['decode_mode'] == mode, f'{name} {codec}: {row["decode_mode"]} mode')
            depths = [8, 10] if codec in wanted.ten_bits else [8]
            check(row['profiles'] and row['bit_depths'] == depths, f'{name}: {row}')
            formats = row['capture_formats']
            check({wanted.layout(codec, bits) for bits in depths} <=
                  {one['fourcc'] for one in formats if one['used']}, f'{name}: {formats}')
            check(all(one['drm'] and one['modifier'].startswith('0x')
                      for one in formats if one['used'] and one['fourcc'] == wanted.layouts[0]),
                  f'{name}: {formats}')
        told = {profile for one in codecs_of(data).values() for profile in one['profiles']}
        offered = {profile['profile'] for profile in data['va_api']['displays'][0]['profiles']}
        check(told == offered == wanted.all_profiles(),
              f'{name}: told {sorted(told)}, offered {sorted(offered)}')
        text = info(options=options)
        check(text.status == 0 and len(text.out.splitlines()) <= 40, f'{name}: {text.why()}')


@test('info-machines', slow=True)
def info_machines():
    """Every board: each decoder is told, and nothing else that has a video node; both forms."""
    boards = {}
    for decoder in machines.decoders('machine'):
        boards.setdefault(decoder.name, []).append(decoder)
    for name, decoders in boards.items():
        options = ('--machine', name)
        result = info('--json', options=options)
        check(not result.err, f'{name}: {result.err}')
        data = as_json(result, 0)
        found = {decoder['video']: {codec['codec'] for codec in decoder['codecs']}
                 for decoder in data['decoders']}
        check(found == {f'/dev/{one.node}': set(one.codecs) for one in decoders},
              f'{name}: {found}')
        check(len({decoder['media'] for decoder in data['decoders']}) == len(decoders),
              f'{name}: decoders share a media node')
        check(not data['left_out'], f'{name}: {data["left_out"]}')
        text = info(options=options)
        check(text.status == 0 and not text.err, f'{name}: {text.why()}')
        check(all(f'  {video}  driver ' in text.out for video in found), f'{name}: {text.out}')
        verdict = next(line for line in text.out.splitlines() if line.startswith('Verdict: '))
        check(all(machines.TITLES[codec] in verdict for one in decoders for codec in one.codecs),
              f'{name}: {verdict}')
    return f'{len(boards)} boards'


@test('info-left-out')
def info_left_out():
    """Nodes that cannot be opened: who is left, and what to do."""
    options = ('--machine', 'rk3588', '--fault', 'deny:hantro-vpu2:EACCES')
    data = report(options=options)
    check(len(data['decoders']) == 3 and len(data['left_out']) == 1, f'{data["left_out"]}')
    denied = data['left_out'][0]
    check('Permission denied' in denied['reason'] and denied['remedy'], f'{denied}')
    check([node['node'] for node in data['permissions'] if not node['opens']] == [denied['node']],
          f'{data["permissions"]}')
    check('Left out' in info(options=options).out, 'nothing is said of it')
    for fault, words in (('deny:media0:EACCES', 'Permission denied'),
                         ('deny:video0:EBUSY', 'busy')):
        verdict = report(options=('--fault', fault), status=NOTHING_DECODES)['verdict']
        check(words in verdict['line'] and verdict['remedy'], f'{fault}: {verdict}')


@test('info-container')
def info_container():
    """Nodes that a container was not given: the driver's line and the verdict name them; others' names do."""
    for fault, line, remedy, said in (
            ('absent:video19', 'video node 81:19 of /dev/media3 is left out', 'not in /dev',
             'video node 81:19 of /dev/media3: no device: it is not in /dev'),
            ('absent:media3', 'others that are not in /dev: media3', '/dev/video* into',
             'no media device has one'),
            ('absent:media0,absent:media1,absent:media2,absent:media3',
             'others that are not in /dev: media0, media1, media2, media3', '/dev/video* into',
             'there is no /dev/media*'),
            ('deny:media3:EPERM', 'Operation not permitted', 'let it into the container',
             '/dev/media3: permission denied: let it into the container')):
        data = report(options=('--machine', 'pi5', '--fault', fault), status=NOTHING_DECODES)
        verdict = data['verdict']
        check(line in verdict['line'] and remedy in verdict['remedy'], f'{fault}: {verdict}')
        lines = [one for one in data['va_api']['displays'][0]['messages'] if 'v4l2_request: ' in one]
        check(len(lines) == 1 and said in lines[0], f'{fault}: {lines}')
    for fault in ('rename:video19:video0', 'rename:media3:media7', 'rename:media3:media7,'
                  'rename:video19:video0,absent:media0,absent:media1'):
        data = report(options=('--machine', 'pi5', '--fault', fault))
        check(codecs_of(data).keys() == {'hevc'}, f'{fault}: {data["verdict"]}')


@test('info-mixed-errors')
def info_mixed_errors():
    """A camera that may not be opened and decoders that are busy: each has its own remedy."""
    busy = 'deny:video5:EBUSY,deny:video4:EBUSY'
    options = ('--machine', 'rk3399', '--fault', f'deny:media0:EACCES,{busy}')
    data = report(options=options, status=NOTHING_DECODES)
    check([node['node'] for node in data['left_out']] ==
          ['/dev/video5', '/dev/video4', '/dev/media0'], f'{data["left_out"]}')
    verdict = data['verdict']
    check(verdict['line'].startswith('/dev/video5, /dev/video4 are left out: ') and
          '/dev/media0 is left out: ' in verdict['line'], verdict['line'])
    check(verdict['remedy'].startswith('/dev/video5, /dev/video4: end the program'),
          verdict['remedy'])
    said = [line for line in data['va_api']['displays'][0]['messages'] if 'v4l2_request: ' in line]
    check(len(said) == 1 and '/dev/video5, /dev/video4: device busy: end the program' in said[0] and
          '/dev/media0: permission denied: join group video' in said[0], f'{said}')
    data = report(options=('--machine', 'rk3399', '--fault', 'deny:media0:EACCES'))
    check(not data['va_api']['displays'][0]['messages'], 'an error, though both decoders are there')
    check(not data['left_out'][0]['decoder'], f'{data["left_out"]}')
    data = report(options=('--machine', 'rk3399', '--fault', 'deny:video4:EBUSY'))
    check(data['verdict']['notes'][0].startswith('/dev/video4 is left out: '), f'{data["verdict"]}')


@test('info-no-capture-format')
def info_no_capture_format():
    """Tegra124's decoder puts out what no format describes: it is left out, in one line."""
    options = ('--personality', 'tegra124-vde')
    data = report(options=options, status=NOTHING_DECODES)
    check(not data['decoders'], f'{data["decoders"]}')
    told, _ = run_reported(['vainfo', '--display', 'drm', '--device', harness.NODE], options)
    lines = [line for line in told.err.splitlines() if 'no stateless video decoder' in line]
    check(told.status != 0 and len(lines) == 1, told.err)


@test('info-json')
def info_json():
    data = report()
    display = data['va_api']['displays'][0]
    check(display['this_driver'] and display['node'] == harness.NODE, f'{display}')
    check(display['module'].endswith('v4l2_request_drv_video.so'), display['module'])
    check(data['drm'][0]['driver'] == 'panfrost', f'{data["drm"]}')
    nodes = {node['node']: node['opens'] for node in data['permissions']}
    check(nodes == {'/dev/media0': True, '/dev/video0': True, harness.NODE: True}, f'{nodes}')
    check(data['kernel']['release'] and data['kernel']['options'], f'{data["kernel"]}')
    check(data['verdict']['decodes'] and 'H.264' in data['verdict']['line'], f'{data["verdict"]}')


@test('info-odd-names')
def info_odd_names():
    """Names that a kernel driver may have: still JSON, still one line."""
    for name in ('a "quoted" \\ name', 'caf\u00e9'):
        data = report(options=('--drm-name', name))
        check(data['drm'][0]['driver'] == name, f'{data["drm"][0]}')
    data = report(options=('--drm-name', 'bell\a\x1b[2J'))
    check(data['drm'][0]['driver'] == 'bell??[2J', f'{data["drm"][0]}')


@test('info-nothing')
def info_nothing():
    """A machine without a decoder: the reason and the remedy."""
    where = place()
    result = harness.run([program()], 30, where.env())
    if 'there is no media device' not in result.out:
        raise Skip('this machine has media devices of its own')
    check(result.status == NOTHING_DECODES, f'status {result.status}')
    last = result.out.splitlines()[-2:]
    check(last[0].startswith('Verdict: nothing can be decoded: ') and
          last[1].startswith('What to do: '), f'{last}')
    data = as_json(harness.run([program(), '--json'], 30, where.env()), NOTHING_DECODES)
    check(not data['decoders'] and not data['has_media_nodes'], f'{data["decoders"]}')
    check(data['verdict']['remedy'], 'no remedy')


@test('info-no-render-node')
def info_no_render_node():
    data = report(options=('--no-drm',), status=NOTHING_DECODES)
    check(data['decoders'] and not data['va_api']['displays'], 'a display without a node')
    check('no DRM render node' in data['verdict']['line'], data['verdict']['line'])


@test('info-not-linked')
def info_not_linked():
    """The module is there, but not under the name that libva derives from the node."""
    env = place().env({'LIBVA_DRIVERS_PATH': str(place().build / 'src' / 'va')})
    env.pop('LIBVA_DRIVER_NAME', None)
    data = report(options=('--no-driver-name', '--drm-name', 'nobody'), status=NOTHING_DECODES,
                  env=env)
    check(data['va_api']['displays'][0]['only_by_name'], f'{data["va_api"]}')
    check('nobody_drv_video.so' in data['verdict']['line'], data['verdict']['line'])
    check('ln -s' in data['verdict']['remedy'], data['verdict']['remedy'])


@test('info-not-installed')
def info_not_installed():
    with tempfile.TemporaryDirectory(prefix='v4l2va-client-') as directory:
        data = report(options=('--no-driver-name',), status=NOTHING_DECODES,
                      env={'LIBVA_DRIVERS_PATH': directory})
    check(data['va_api']['module_file'] == '', f'{data["va_api"]}')
    check(f'finds no v4l2_request_drv_video.so in {directory}' in data['verdict']['line'],
          data['verdict']['line'])


@test('info-other-driver-name')
def info_other_driver_name():
    data = report(status=NOTHING_DECODES, env={'LIBVA_DRIVER_NAME': 'nobody'})
    check('LIBVA_DRIVER_NAME=nobody' in data['verdict']['line'], data['verdict']['line'])


def tried(file, options=('--strict',), status=0):
    """The steps of --try as [(outcome, name)], in both forms of output."""
    result = info('--try', file, options=options)
    if 'built without' in result.out:
        raise Skip('built without libavformat')
    check(result.status == status, f'{Path(file).name}: status {result.status}: {result.out}')
    steps = [tuple(line.split(': ')[0].split(None, 1)) for line in result.out.splitlines()
             if line.startswith(('ok ', 'failed ', 'skipped '))]
    if status:
        check('Stopped at: ' + steps[-1][1] in result.out and 'What to do: ' in result.out,
              f'{Path(file).name}: no reason: {result.out}')
    data = as_json(info('--json', '--try', file, options=options), status)
    check([(step['outcome'], step['step']) for step in data['try']['steps']] == steps,
          f'JSON tells other steps: {data["try"]}')
    check(data['try']['ok'] == (status == 0), f'{data["try"]["ok"]}')
    return steps


def check_stops(file, name, options=()):
    """All steps before NAME are well, and NAME is the last one."""
    steps = tried(file, options, TRY_FAILED)
    wanted = [('ok', step) for step in STEPS[:STEPS.index(name)]] + [('failed', name)]
    check(steps == wanted, f'{Path(file).name}: {steps}')


@test('info-try')
def info_try():
    """Good clips: every step is well, also on a device with tiles, and the device decoded."""
    every = [('ok', step) for step in STEPS]
    for options in ((), ('--personality', 'mt8195'), ('--personality', 'cedrus')):
        check(tried(clips.path('other-size'), ('--strict', *options)) == every, f'{options}')
    result, device = run_reported([program(), '--try', clips.path('high')], ('--strict',))
    check(result.status == 0, result.why())
    check('frames decoded and read back: 50' in result.out, result.out)
    check(device.frames >= 50, f'the device decoded {device.frames} frames')
    check('pitch 352, which Mali GPUs before Valhall cannot import' in result.out, result.out)


@test('info-try-stops')
def info_try_stops():
    """Each step that can fail, and that it says so."""
    clip = clips.path('other-size')
    with tempfile.TemporaryDirectory(prefix='v4l2va-client-') as directory:
        bad = clips.unplayable(Path(directory))
        check_stops(bad['absent'], 'file opened')
        check_stops(bad['text'], 'video stream found')
        check_stops(bad['noise'], 'file opened')
        check_stops(bad['sound'], 'video stream found')
        check_stops(bad['other codec'], 'profile offered')
    check_stops(clip, 'VA display opened', ('--no-drm',))
    check_stops(clip, 'profile offered', ('--personality', 'rpi-hevc'))
    check_stops(clip, 'first frame decoded', ('--fault', 'error:every=1'))
    check_stops(clip, 'frames decoded and read back', ('--fault', 'error:every=7'))
    check_stops(clip, 'first frame decoded', ('--fault', 'fail:VIDIOC_STREAMON:EIO:1'))


@test('info-try-not-exportable')
def info_try_not_exportable():
    """Layouts without a DRM name are decoded; that they cannot be exported is no failure."""
    for name in ('hantro-g2-packed', 'hantro-g2-tiled'):
        steps = tried(clips.path('hevc-main'), ('--strict', '--personality', name))
        check(steps == [('ok', step) for step in STEPS[:-1]] + [('skipped', STEPS[-1])],
              f'{name}: {steps}')


@test('info-try-damaged')
def info_try_damaged():
    """A file that software cannot decode either is to blame, not the driver."""
    whole = clips.path('other-size').read_bytes()
    noise = b'\x55' * 200
    with tempfile.TemporaryDirectory(prefix='v4l2va-client-') as directory:
        bad = Path(directory) / 'bad.h264'
        for data in (whole[:len(whole) // 6],
                     whole[:len(whole) // 4] + noise + whole[len(whole) // 4 + len(noise):]):
            bad.write_bytes(data)
            result = info('--try', bad)
            check(result.status == TRY_FAILED, result.why())
            check('the file is damaged here' in result.out and 'report it' not in result.out,
                  result.out)


@test('info-try-no-file')
def info_try_no_file():
    """What cannot be read to its end, or not at all, is refused at once."""
    with tempfile.TemporaryDirectory(prefix='v4l2va-client-') as directory:
        fifo = Path(directory) / 'fifo'
        os.mkfifo(fifo)
        for file, kind in ((fifo, 'a FIFO'), ('/dev/video0', 'a character device'),
                           (harness.NODE, 'a character device'), (directory, 'a directory')):
            for words in ([], ['--json']):
                result = info(*words, '--try', file)
                check(result.status == WRONG_USE and not result.out, f'{file}: {result.why()}')
                check(f'{file} is {kind}' in result.err and result.err.count('\n') == 1, result.err)


@test('info-wrong-device')
def info_wrong_device():
    for node, options, there in (('/dev/dri/renderD129', (), f'there are: {harness.NODE}'),
                                 ('/dev/video0', (), f'there are: {harness.NODE}'),
                                 ('/dev/dri/renderD129', ('--no-drm',), 'there is none')):
        for words in ([], ['--json'], ['--try', clips.path('other-size')]):
            result = info(*words, '--device', node, options=options)
            check(result.status == WRONG_USE and not result.out, f'{node}: {result.why()}')
            check(result.err == f'v4l2va-info: {node} is no render node; {there}\n', result.err)
    data = report('--device', harness.NODE)
    check([display['node'] for display in data['va_api']['displays']] == [harness.NODE],
          f'{data["va_api"]}')


@test('info-try-wrong-picture')
def info_try_wrong_picture():
    """A device that decodes something else than the stream says is found out."""
    check_stops(clips.path('other-size'), 'equal to software decoding',
                ('--mutate', 'dpb_drop:10'))


@test('asan-info', slow=True)
def asan_info():
    """The same under sanitizers: no word from them."""
    where = harness.Place(build=asan_build())
    sanitized = where.build / 'src' / 'info' / 'v4l2va-info'
    if not sanitized.is_file():
        raise Skip('built without v4l2va-info')
    env = where.env({'ASAN_OPTIONS': 'detect_odr_violation=0:exitcode=99',
                     'UBSAN_OPTIONS': 'halt_on_error=1:print_stacktrace=1'})
    for options, words in (((), []), (('--machine', 'rk3588'), ['--json']),
                           ((), ['--try', clips.path('other-size')])):
        result = harness.run(where.command([sanitized, *words], options), 120, env)
        check(result.status == 0, f'{words}: {result.why()}')
        check('Sanitizer' not in result.err and 'runtime error' not in result.err,
              f'{words}: {result.err[:300]}')


@test('info-usage')
def info_usage():
    for words in (['--nonsense'], ['--try'], ['a-file'], ['--json=1']):
        result = info(*words)
        lines = [line for line in result.err.splitlines() if line]
        check(result.status == WRONG_USE, f'{words}: status {result.status}')
        check(len(lines) == 1 and not result.out, f'{words}: {lines} {result.out}')
    result = info('--help')
    check(result.status == 0 and result.out.startswith('Usage: ') and 'Exit code' in result.out,
          'no usage')
    check(info('--version').out.startswith('v4l2va-info '), 'no version')
