# SPDX-License-Identifier: MIT
"""A page in a browser under remote control: pages/player.html asks for commands over HTTP."""

import http.server
import json
import queue
import threading
from pathlib import Path

from suite import Failure

PAGE = Path(__file__).resolve().parent / 'pages' / 'player.html'
TYPES = {'.html': 'text/html', '.mp4': 'video/mp4', '.webm': 'video/webm'}
POLL_SECONDS = 5


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
