# SPDX-License-Identifier: MIT
"""The tests of test.sh for ARM: built with Debian's cross compilers, run under qemu-user."""

import json
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import harness
import personalities
from building import CCACHE_SETTINGS, compile_tree, follow

ROOT, OUT = harness.ROOT, harness.OUT
ARCHITECTURES = ('arm64', 'armhf')
VIRTUAL_ARCHITECTURES = ('arm64',)  # it is for 64-bit machines
EMULATORS = {'arm64': 'qemu-aarch64', 'armhf': 'qemu-arm'}
DEFAULT = 'arm64'  # whose short set is part of every run
SHORT = ('unit/pixel', 'unit/codec', 'unit/v4l2', 'unit/frame', 'unit/decode')  # golden controls are unit/codec
DRIVER = 'src/va/v4l2_request_drv_video.so'
VIRTUAL = 'virtual/libv4l2va-virtual.so'
INFO = 'src/info/v4l2va-info'  # installed beside the driver
# qemu-user knows the ioctls that it passes on: of others it says ENOSYS, never ENOTTY.
NOT_UNDER_QEMU = ('KernelSystem.IoctlErrorsNameTheOperation',)
PROFILES = set(personalities.DEFAULT.profiles)
CCACHE = '/usr/lib/ccache'


class Cross:
    """A build for ARCH: its sysroot, its directory, and how its programs are run."""

    def __init__(self, arch, short):
        self.arch = arch
        self.short = short
        self.sysroot = None
        self.virtual = arch in VIRTUAL_ARCHITECTURES and not short
        self.directory = f'build-{arch}' + ('-short' if short else '')

    def find_sysroot(self):
        """(PASS, FAIL or SKIP, one line of reason)."""
        short = [] if self.virtual else ['--short']
        result, answer, reason = follow(ROOT / 'tools/cross/sysroot', *short, self.arch)
        if result == 'PASS':
            self.sysroot = Path(answer)
        return result, reason

    def build(self):
        """(worked, one line of reason); the whole output is in out/<directory>.log."""
        path = ROOT / self.directory
        marker = path / 'sysroot-name'
        if path.is_dir() and (not marker.is_file() or marker.read_text() != self.sysroot.name):
            shutil.rmtree(path)  # made for another sysroot
        built = compile_tree(
            self.directory, ['-Ddebug=false', f'-Dvirtual={"true" if self.virtual else "false"}'],
            dict(os.environ, **CCACHE_SETTINGS, PATH=f'{CCACHE}:{os.environ["PATH"]}'),
            ['--cross-file', self.sysroot / 'cross.ini', '--cross-file',
             ROOT / 'tools/cross' / f'{self.arch}.ini'], self.targets)
        if (path / 'build.ninja').is_file():
            marker.write_text(self.sysroot.name)
        return built

    def targets(self):
        """What ninja builds: the driver, the programs of the tests, and what clients take."""
        listed = subprocess.run(['meson', 'introspect', '--targets', str(ROOT / self.directory)],
                                capture_output=True, text=True, check=True)
        base = str(ROOT / self.directory) + '/'
        files = [target['filename'][0].removeprefix(base) for target in json.loads(listed.stdout)
                 if target['type'] == 'executable']
        if self.short:
            short = [f'tests/{kind}/{kind.replace("/", "-")}' for kind in SHORT]
            programs = [file for file in files if file in short]
        else:
            programs = [file for file in files if file.startswith(('tests/unit/', 'tests/fuzz/'))]
        return [DRIVER, *programs, *([VIRTUAL, INFO] if self.virtual else [])]

    def wants(self, name):
        """Whether the meson test NAME, as test.sh calls it, is one of this set."""
        if self.short:
            return name in SHORT
        return name.startswith(('unit/', 'fuzz/'))

    def installed_driver(self):
        """The folder of the driver after `meson install` into an empty folder."""
        root = OUT / f'{self.directory}-root'
        shutil.rmtree(root, ignore_errors=True)
        done = harness.run(['meson', 'install', '-C', ROOT / self.directory, '--no-rebuild',
                            '--only-changed', '--destdir', root], timeout=60)
        found = list(root.rglob(Path(DRIVER).name))
        if done.status != 0 or len(found) != 1:
            raise RuntimeError(f'meson install: {done.why() or f"{len(found)} drivers"}')
        return found[0].parent

    def client(self, program, drivers, *words):
        """A program of the sysroot on the virtual decoder and on the driver in DRIVERS."""
        libraries = [self.sysroot / 'usr/lib' / folder for folder in self.folders()]
        guest = {'LD_PRELOAD': ROOT / self.directory / VIRTUAL, 'LIBVA_DRIVERS_PATH': drivers,
                 'LIBVA_DRIVER_NAME': harness.DRIVER_NAME,
                 'LD_LIBRARY_PATH': ':'.join(str(folder) for folder in libraries),
                 'V4L2VA_VIRTUAL_STRICT': '1'}
        settings = [word for name, value in guest.items() for word in ('-E', f'{name}={value}')]
        return [EMULATORS[self.arch], '-L', self.sysroot, *settings,
                self.sysroot / 'usr/bin' / program, *words]

    def folders(self):
        """Where libraries lie that are not in a standard folder."""
        triplet = 'aarch64-linux-gnu' if self.arch == 'arm64' else 'arm-linux-gnueabihf'
        return [f'{triplet}/{name}' for name in ('blas', 'lapack', 'pulseaudio')]

    def vainfo(self):
        """The installed driver loads and says what it decodes. Raises RuntimeError when not."""
        result = harness.run(self.client('vainfo', self.installed_driver(), '--display', 'drm',
                                         '--device', harness.NODE), timeout=120)
        profiles = harness.parse_profiles(result.out)
        if result.status != 0:
            raise RuntimeError(result.why())
        if not PROFILES <= profiles:
            raise RuntimeError(f'without {" ".join(sorted(PROFILES - profiles))}')
        return f'{len(profiles)} profiles'

    def ffmpeg(self):
        """A short clip is decoded bit-exact, and by the device. Raises RuntimeError when not."""
        with tempfile.TemporaryDirectory() as folder:
            clip = Path(folder) / 'clip.mkv'
            made = harness.run([*harness.FFMPEG, '-v', 'error', '-f', 'lavfi', '-i',
                                'testsrc2=size=320x240:rate=10', '-frames:v', '10', '-c:v',
                                'libx264', '-pix_fmt', 'yuv420p', clip])
            if made.status != 0:
                raise RuntimeError(f'the clip: {made.why()}')
            expected = harness.software_hashes(clip)
            env = dict(os.environ, V4L2VA_VIRTUAL_REPORT=folder)
            result = harness.run(self.client(
                'ffmpeg', self.installed_driver(), *harness.FFMPEG[1:], '-v', 'warning', '-flags',
                'unaligned', '-hwaccel', 'vaapi', '-hwaccel_device', harness.NODE,
                *harness.input_words(clip), *harness.every_frame(), '-vf',
                harness.native_filter('yuv420p'), '-f', 'framemd5', '-'), timeout=300, env=env)
            report = harness.Report(folder)
        if result.status != 0:
            raise RuntimeError(result.why())
        difference = harness.first_difference(expected, harness.parse_framemd5(result.out))
        if difference or report.frames < len(expected):
            raise RuntimeError(difference or f'the device decoded {report.frames} frames')
        return f'{report.frames} frames'

    def clients(self):
        """{name: function}: the stock clients, on the virtual decoder."""
        return {'vainfo': self.vainfo, 'ffmpeg': self.ffmpeg} if self.virtual else {}
