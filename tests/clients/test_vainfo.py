# SPDX-License-Identifier: MIT
"""vainfo on the render node."""

import re
import tempfile
from pathlib import Path

import debian
import displays
import harness
import personalities
import screen
from framework import check, place, run_reported, test


@test('vainfo-drm')
def vainfo_drm():
    result, _ = run_reported(['vainfo', '--display', 'drm', '--device', harness.NODE])
    check(result.status == 0, result.why())
    profiles = harness.parse_profiles(result.out)
    wanted = set(personalities.DEFAULT.profiles)
    check(profiles == wanted, f'other profiles: {sorted(profiles ^ wanted)}')
    check(re.search(r'Driver version: \S', result.out), 'no vendor string')


def profiles_on(display, env, options=(), first=()):
    """What vainfo lists on a display; the same driver must answer as on DRM."""
    result, _ = run_reported([*first, 'vainfo', '--display', display], options, env=env)
    check(result.status == 0, result.why())
    check('v4l2-vaapi-driver' in result.out, 'another driver answers')
    return harness.parse_profiles(result.out)


@test('vainfo-x11')
def vainfo_x11():
    """An X server without DRI2 and DRI3: there is no DRM descriptor at all."""
    with displays.x11() as env:
        check(profiles_on('x11', env) == place().profiles()[0], 'other profiles than on DRM')


@test('vainfo-wayland')
def vainfo_wayland():
    """A compositor without linux-dmabuf: libva has no DRM state at all."""
    with screen.screen() as display:
        check(profiles_on('wayland', display.env) == place().profiles()[0], 'other profiles than on DRM')


@test('vainfo-later-wayland', slow=True)
def vainfo_later_wayland():
    """libva 2.22 asks the compositor which render node it has, and finds the driver by that name."""
    first = debian.later()
    with screen.screen(tells_node=True) as display, \
            tempfile.TemporaryDirectory(prefix='v4l2va-client-') as directory:
        module = place().build / 'src' / 'va' / f'{harness.DRIVER_NAME}_drv_video.so'
        (Path(directory) / 'panfrost_drv_video.so').symlink_to(module)
        profiles = profiles_on('wayland', {**display.env, 'LIBVA_DRIVERS_PATH': directory},
                               ('--no-driver-name',), first)
    check(profiles == place().profiles()[0], 'other profiles than on DRM')


@test('vainfo-all')
def vainfo_all():
    """vainfo -a asks every attribute of every profile."""
    result, _ = run_reported(['vainfo', '-a', '--display', 'drm', '--device', harness.NODE])
    check(result.status == 0, result.why())
    check('VAConfigAttribRTFormat' in result.out, 'no render target format is listed')


@test('vainfo-without-device')
def vainfo_without_device():
    """A machine with a decoder of no kind gets an error, not a crash."""
    env = place().env({'LIBVA_DRIVER_NAME': harness.DRIVER_NAME,
                       'LIBVA_DRIVERS_PATH': str(place().build / 'src' / 'va')})
    result = harness.run(['vainfo', '--display', 'drm', '--device', '/dev/null'], 30, env)
    check(0 < result.status < 128, f'vainfo on /dev/null: status {result.status}')
