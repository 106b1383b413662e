# SPDX-License-Identifier: MIT
"""A browser under remote control: its page, pages/player.html, asks for commands over HTTP."""

import contextlib
import http.server
import json
import queue
import subprocess
import tempfile
import threading
import time
from pathlib import Path

import harness
from framework import Failure, Running, Skip, end, env_words, place

PAGE = Path(__file__).resolve().parent / 'pages' / 'player.html'
TYPES = {'.html': 'text/html', '.mp4': 'video/mp4', '.webm': 'video/webm'}
POLL_SECONDS = 5
END_SECONDS = 30


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'

    def answer(self, status, data=b'', kind='application/octet-stream'):
        self.send_response(status)
        self.send_header('Content-Type', kind)
        self.send_header('Content-Length', str(len(data)))
        self.send_header('Cache-Control', 'no-store')
        self.end_headers()
        self.wfile.write(data)

    def do_GET(self):  # noqa: N802  (the library's name)
        name = self.path.lstrip('/')
        if name == 'command':
            try:
                command = self.server.commands.get(timeout=POLL_SECONDS)
            except queue.Empty:
                self.answer(204)
            else:
                self.answer(200, json.dumps(command).encode(), 'application/json')
        elif name in self.server.files:
            file = self.server.files[name]
            self.answer(200, file.read_bytes(), TYPES.get(file.suffix, 'text/plain'))
        else:
            self.answer(404)

    def do_POST(self):  # noqa: N802
        body = self.rfile.read(int(self.headers['Content-Length']))
        self.answer(204)
        self.server.results.put(json.loads(body))

    def log_message(self, *_):
        pass


class Page:
    """The page's server; a context manager. FILES are served under their names."""

    def __init__(self, files):
        self.server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), _Handler)
        self.server.daemon_threads = True
        self.server.files = {PAGE.name: PAGE, **{file.name: file for file in files}}
        self.server.commands, self.server.results = queue.Queue(), queue.Queue()
        self.address = f'http://127.0.0.1:{self.server.server_address[1]}/{PAGE.name}'
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, kind, error, trace):
        self.server.shutdown()
        self.server.server_close()

    def call(self, *command, timeout=60):
        """What the page's COMMAND returns, see there; a Failure when it fails or never ends."""
        self.server.commands.put(command)
        try:
            result = self.server.results.get(timeout=timeout)
        except queue.Empty:
            raise Failure(f'the page did not end {command} within {timeout} s') from None
        if 'error' in result:
            raise Failure(f'page: {result["error"]}')
        return result['value']


class Browser(Running):
    """A browser on a Screen and the virtual decoder that shows pages/player.html; a context manager.

    page: see Page; lines: (time.monotonic(), line) of all that its processes have written to stdout
    and stderr, `said` their text, `log` what is logged elsewhere; out/NAME.log keeps both. When it
    has ended, `status` is its exit status and `report` the virtual decoder's.
    """

    def __init__(self, name, screen, files, options):
        if harness.need('dbus-run-session'):
            raise Skip('dbus-run-session is not installed')
        self.name, self.screen, self.options = name, screen, options
        self.scratch = tempfile.TemporaryDirectory(prefix='v4l2va-browser-',
                                                   ignore_cleanup_errors=True)
        self.folder = Path(self.scratch.name)
        self.page = Page(files)
        self.process = self.reader = self.report = self.status = self.last_log = None
        self.lines = []

    def words(self):
        """The program and its options, all but the page's address."""
        raise NotImplementedError

    def variables(self):
        """{name: value} of its environment."""
        return {**self.screen.env, **self.screen.libraries, 'HOME': str(self.folder),
                'LIBVA_MESSAGING_LEVEL': '2'}

    def begin(self):
        self.page.__enter__()
        where = place()
        words = [*env_words(self.variables(), 'DISPLAY'), *self.words(), self.page.address]
        command = where.command(words, (*self.options, '--report', self.folder / 'report'))
        self.process = subprocess.Popen(
            ['dbus-run-session', '--', *command], stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=where.env(),
            start_new_session=True)
        self.reader = threading.Thread(target=self.read, daemon=True)
        self.reader.start()
        self.page.call('ready')

    def read(self):
        for line in self.process.stdout:
            self.lines.append((time.monotonic(), line.decode(errors='replace')))

    @property
    def said(self):
        return ''.join(line for _, line in self.lines)

    @property
    def log(self):
        return self.read_log() if self.last_log is None else self.last_log

    def read_log(self):
        """What it has logged so far, where that is not said."""
        return ''

    def stop(self):
        """Ends the browser, the nice way first, and reads what is left of it."""
        if self.process:
            with contextlib.suppress(Exception):
                self.page.call('quit', timeout=5)
            end(self.process, END_SECONDS)
            self.reader.join(END_SECONDS)
            self.status = self.process.returncode
            self.last_log = self.read_log()
            (harness.OUT / f'{self.name}.log').write_text(self.log + self.said)
            self.report = harness.Report(self.folder / 'report')
            self.process = None
        self.page.__exit__(None, None, None)
        self.scratch.cleanup()
