# SPDX-License-Identifier: MIT
"""Firefox on a Screen and the virtual decoder, with a page under remote control."""

import contextlib
import json
import os
import subprocess
import tempfile
import threading
from pathlib import Path

import harness
from browser import Page
from framework import Skip, end, place

FOLDER = Path('/usr/lib/firefox-esr')
END_SECONDS = 30
LOG = 'sync,timestamp,PlatformDecoderModule:5,FFmpegVideo:5,Dmabuf:4'
PREFERENCES = {
    # Hardware decoding, and drawing with GL, which Firefox does not take for granted in software.
    'media.hardware-video-decoding.enabled': True,
    'media.hardware-video-decoding.force-enabled': True,
    'media.rdd-ffmpeg.enabled': True,
    'gfx.webrender.all': True,
    'layers.acceleration.force-enabled': True,
    'widget.dmabuf.force-enabled': True,
    'media.autoplay.default': 0,
    'media.autoplay.blocking_policy': 0,
    # The page ends the browser.
    'dom.allow_scripts_to_close_windows': True,
    # No word to anybody but the test's server, no page but its.
    'app.update.enabled': False,
    'browser.aboutwelcome.enabled': False,
    'browser.newtabpage.enabled': False,
    'browser.safebrowsing.malware.enabled': False,
    'browser.safebrowsing.phishing.enabled': False,
    'browser.search.update': False,
    'browser.shell.checkDefaultBrowser': False,
    'browser.startup.homepage_override.mstone': 'ignore',
    'browser.tabs.warnOnClose': False,
    'browser.sessionstore.resume_from_crash': False,
    'datareporting.policy.dataSubmissionEnabled': False,
    'datareporting.policy.dataSubmissionPolicyBypassNotification': True,
    'termsofuse.bypassNotification': True,
    'extensions.update.enabled': False,
    'extensions.systemAddon.update.enabled': False,
    'media.gmp-manager.updateEnabled': False,
    'media.gmp-provider.enabled': False,
    'network.captive-portal-service.enabled': False,
    'network.connectivity-service.enabled': False,
    'network.dns.disablePrefetch': True,
    'services.settings.server': '',
    'toolkit.telemetry.enabled': False,
    # One process for pages, made when it is needed.
    'dom.ipc.processCount': 1,
    'dom.ipc.processPrelaunch.enabled': False,
    'fission.autostart': False,
}
# In place of Firefox's glxtest, which finds out who draws and would say: a processor. It answers
# with what Mesa says on a board.
GLXTEST = '''#!/bin/bash
out=1
while [ $# -gt 0 ]; do
    if [ "$1" = -f ]; then out=$2; shift; fi
    shift
done
printf '%s\\n' VENDOR Mesa RENDERER 'Mali-G610 (Panfrost)' VERSION '3.1 Mesa 25.0.7' \\
    TFP TRUE DRI_DRIVER panfrost MESA_ACCELERATED TRUE DRM_RENDERDEVICE {node} \\
    TEST_TYPE EGL >&"$out"
'''


class Firefox:
    """A Firefox that shows pages/player.html; a context manager.

    NAME: of out/NAME.log, which keeps what Firefox said. page: see Page; `log` is what Firefox has logged so far, `said` what its processes have written to
    stdout and stderr, `report` the virtual decoder's when it has ended.
    """

    def __init__(self, screen, files, name, sandbox=False, options=('--strict', '--client-log'), preferences=(),
                 env=None):
        if not FOLDER.is_dir():
            raise Skip('firefox-esr is not installed')
        if harness.need('dbus-run-session'):
            raise Skip('dbus-run-session is not installed')
        self.scratch = tempfile.TemporaryDirectory(prefix='v4l2va-firefox-')
        self.folder = Path(self.scratch.name)
        self.page = Page(files)
        self.name, self.screen, self.options, self.sandbox = name, screen, options, sandbox
        self.preferences = {**PREFERENCES, **dict(preferences)}
        self.more_env = env or {}
        self.process = self.reader = self.report = self.status = None
        self.lines = []

    def __enter__(self):
        self.page.__enter__()
        try:
            self.start()
            self.page.call('ready')
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, kind, error, trace):
        self.stop()

    def program(self):
        """Firefox's folder again, with links to its files but for the programs it starts."""
        copy = self.folder / 'firefox'
        copy.mkdir()
        for entry in FOLDER.iterdir():
            if entry.name == 'glxtest':
                (copy / entry.name).write_text(GLXTEST.format(node=harness.NODE))
                (copy / entry.name).chmod(0o755)
            elif entry.is_file() and os.access(entry, os.X_OK) and entry.suffix != '.so':
                (copy / entry.name).write_bytes(entry.read_bytes())
                (copy / entry.name).chmod(0o755)
            else:
                (copy / entry.name).symlink_to(entry)
        return copy / 'firefox-esr'

    def start(self):
        profile = self.folder / 'profile'
        profile.mkdir()
        (profile / 'user.js').write_text(''.join(
            f'user_pref("{name}", {json.dumps(value)});\n'
            for name, value in self.preferences.items()))
        where = place()
        variables = {
            **self.screen.env, **self.screen.libraries, 'HOME': str(self.folder),
            'MOZ_ENABLE_WAYLAND': '1', 'GDK_BACKEND': 'wayland', 'MOZ_CRASHREPORTER_DISABLE': '1',
            'NO_AT_BRIDGE': '1', 'MOZ_DRM_DEVICE': harness.NODE, 'MOZ_LOG': LOG,
            'MOZ_LOG_FILE': str(self.folder / 'log'), 'LIBVA_MESSAGING_LEVEL': '2',
            **self.more_env}
        if not self.sandbox:
            variables['MOZ_DISABLE_RDD_SANDBOX'] = '1'
        # Of Firefox's alone: not of the scripts that start it.
        words = ['env', '-u', 'DISPLAY', *(f'{name}={value}' for name, value in variables.items()),
                 self.program(), '--no-remote', '--new-instance', '--profile', profile,
                 self.page.address]
        command = where.command(words, (*self.options, '--report', self.folder / 'report'))
        self.process = subprocess.Popen(
            ['dbus-run-session', '--', *command], stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=where.env(),
            start_new_session=True)
        self.reader = threading.Thread(target=self.read, daemon=True)
        self.reader.start()

    def read(self):
        for line in self.process.stdout:
            self.lines.append(line.decode(errors='replace'))

    def stop(self):
        """Ends Firefox, the nice way first, and reads what is left of it."""
        if self.process:
            with contextlib.suppress(Exception):
                self.page.call('quit', timeout=5)
            end(self.process, END_SECONDS)
            self.reader.join(END_SECONDS)
            self.status = self.process.returncode
            self.last_log = self.log
            (harness.OUT / f'{self.name}.log').write_text(self.last_log + self.said)
            self.report = harness.Report(self.folder / 'report')
            self.process = None
        self.page.__exit__(None, None, None)
        self.scratch.cleanup()

    @property
    def log(self):
        if self.report:
            return self.last_log
        return ''.join(path.read_text(errors='replace')
                       for path in sorted(self.folder.glob('log*moz_log')))

    @property
    def said(self):
        return ''.join(self.lines)
