# SPDX-License-Identifier: MIT
"""mpv under remote control: JSON lines over a pair of sockets."""

import contextlib
import json
import socket
import subprocess
import tempfile
from pathlib import Path

import harness
from framework import Failure, Running, end, env_words, place

SILENCE_SECONDS = 120  # without an answer or an event, mpv hangs


class Mpv(Running):
    """A paused mpv with a file loaded, on the virtual decoder unless `hwdec` is 'no'.

    A context manager. `log` and `report` are there after it. first: words before its command.
    """

    def __init__(self, file, hwdec, *options, output='null', device_options=('--strict',),
                 env=None, libraries=None, first=()):
        self.scratch = tempfile.TemporaryDirectory(prefix='v4l2va-mpv-')
        self.folder = Path(self.scratch.name)
        self.events, self.answers, self.number, self.buffer = [], {}, 0, b''
        ours, theirs = socket.socketpair()
        ours.settimeout(SILENCE_SECONDS)
        self.socket = ours
        words = [*env_words(libraries or {}), *first, 'mpv', '--no-config', '--no-audio',
                 '--no-terminal', '--no-ytdl', '--load-scripts=no',
                 '--screenshot-png-compression=0', '--pause', '--keep-open=yes', f'--vo={output}',
                 f'--hwdec={hwdec}', f'--vaapi-device={place().node}',
                 f'--log-file={self.folder}/log', f'--input-ipc-client=fd://{theirs.fileno()}',
                 *options, '--', str(file)]
        where = place()
        command = where.command(words, (*device_options, '--report', self.folder))
        self.process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL, env=where.env(env), pass_fds=[theirs.fileno()],
            start_new_session=True)
        theirs.close()
        self.log, self.report = '', None

    def begin(self):
        self.wait('playback-restart')

    def stop(self):
        """Ends mpv, the nice way first, and reads what is left of it."""
        with contextlib.suppress(OSError, Failure):
            self.command('quit')
        self.socket.close()
        end(self.process, SILENCE_SECONDS)
        log = self.folder / 'log'
        self.log = log.read_text(errors='replace') if log.is_file() else ''
        self.report = harness.Report(self.folder)
        self.scratch.cleanup()

    @property
    def status(self):
        return self.process.returncode

    def receive(self):
        """One message, to where it belongs."""
        while b'\n' not in self.buffer:
            try:
                data = self.socket.recv(65536)
            except socket.timeout:
                raise Failure(f'mpv said nothing for {SILENCE_SECONDS} s') from None
            except ConnectionResetError:  # it ended with a command of ours unread
                data = b''
            if not data:
                raise Failure('mpv is gone')
            self.buffer += data
        line, _, self.buffer = self.buffer.partition(b'\n')
        message = json.loads(line)
        if 'event' in message:
            self.events.append(message)
        else:
            self.answers[message['request_id']] = message

    def command(self, *words):
        """The data of mpv's answer; a Failure when it is an error."""
        self.number += 1
        line = json.dumps({'command': words, 'request_id': self.number})
        try:
            self.socket.sendall(line.encode() + b'\n')
        except BrokenPipeError:
            raise Failure('mpv is gone') from None
        while self.number not in self.answers:
            self.receive()
        answer = self.answers.pop(self.number)
        if answer.get('error') != 'success':
            raise Failure(f'mpv: {" ".join(map(str, words))}: {answer.get("error")}')
        return answer.get('data')

    def wait(self, event):
        """Takes events until one of this name came."""
        while True:
            while self.events:
                if self.events.pop(0)['event'] == event:
                    return
            self.receive()

    def get(self, name):
        return self.command('get_property', name)

    def seek(self, seconds):
        """To the frame at SECONDS, and waits until it is shown."""
        self.events.clear()
        self.command('seek', seconds, 'absolute+exact')
        self.wait('playback-restart')

    def picture(self, what='video'):
        """The bytes of a PNG of the frame as decoded ('video'), or as drawn ('window')."""
        file = self.folder / 'picture.png'
        self.command('screenshot-to-file', str(file), what)
        return file.read_bytes()
