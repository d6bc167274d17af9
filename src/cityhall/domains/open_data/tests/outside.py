"""Somebody else's server, which answers as a test wants, and misbehaves: on this machine, asked over the network."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class Outside:
    """What lies at which path; changed by tests as they go on."""

    def __init__(self, port: int) -> None:
        self.base = f"http://127.0.0.1:{port}"
        self.files: dict[str, tuple[int, dict[str, str], bytes]] = {}
        self.slow: set[str] = set()
        self.asked: list[str] = []

    def put(self, path: str, data: bytes = b"", status: int = 200, **headers: str) -> str:
        """Let something lie at a path; answers its address."""
        self.files[path] = (status, {name.replace("_", "-"): value for name, value in headers.items()}, data)
        return f"{self.base}{path}"


@contextmanager
def outside() -> Iterator[Outside]:
    """The server, for as long as the test runs."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            there.asked.append(self.path)
            status, headers, data = there.files.get(self.path, (404, {}, b"no"))
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            for n in range(0, len(data), 1 if self.path in there.slow else 65536):
                if self.path in there.slow:
                    time.sleep(0.2)
                try:
                    self.wfile.write(data[n : n + (1 if self.path in there.slow else 65536)])
                except OSError:
                    return

        def log_message(self, *_args: Any) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    there = Outside(server.server_address[1])
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield there
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
