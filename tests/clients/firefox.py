# SPDX-License-Identifier: MIT
"""Firefox on a Screen and the virtual decoder, with a page under remote control."""

import json
import os
from pathlib import Path

import harness
from browser import Browser
from framework import Skip

FOLDER = Path('/usr/lib/firefox-esr')
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


class Firefox(Browser):
    """A Firefox with its sandbox for decoders or, as is needed, without; `log` is MOZ_LOG's."""

    def __init__(self, name, screen, files, sandbox=False, env=None):
        if not FOLDER.is_dir():
            raise Skip('firefox-esr is not installed')
        super().__init__(name, screen, files, ('--strict', '--client-log'))
        self.sandbox, self.more_env = sandbox, env or {}

    def words(self):
        profile = self.folder / 'profile'
        profile.mkdir()
        (profile / 'user.js').write_text(''.join(
            f'user_pref("{name}", {json.dumps(value)});\n'
            for name, value in PREFERENCES.items()))
        return [self.program(), '--no-remote', '--new-instance', '--profile', profile]

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

    def variables(self):
        return {
            **super().variables(),
            'MOZ_ENABLE_WAYLAND': '1', 'GDK_BACKEND': 'wayland', 'MOZ_CRASHREPORTER_DISABLE': '1',
            'NO_AT_BRIDGE': '1', 'MOZ_DRM_DEVICE': harness.NODE, 'MOZ_LOG': LOG,
            'MOZ_LOG_FILE': str(self.folder / 'log'),
            **({} if self.sandbox else {'MOZ_DISABLE_RDD_SANDBOX': '1'}), **self.more_env}

    def read_log(self):
        return ''.join(path.read_text(errors='replace')
                       for path in sorted(self.folder.glob('log*moz_log')))
