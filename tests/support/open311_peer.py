"""Another city's Open311 server, real HTTP on loopback, which misbehaves on demand.

    with Open311Peer() as peer:
        peer.mood = "silent"        # takes the request, never answers
        peer.close("A1", "已修復")

It keeps what it took in `requests` and every call in `calls`.
"""

from __future__ import annotations

import json
import threading
import time
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

KEY = "peer-key-1"
SERVICES = [
    {"service_code": "P01", "service_name": "電桿歪斜", "group": "桿線", "metadata": False, "type": "realtime"},
    {"service_code": "P02", "service_name": "停電", "group": "供電", "metadata": True, "type": "realtime"},
]
DEFINITION = {
    "service_code": "P02",
    "attributes": [
        {
            "variable": True, "code": "KIND", "datatype": "singlevaluelist", "required": True, "order": 1,
            "description": "停電範圍", "values": [{"key": "1", "name": "一戶"}, {"key": "2", "name": "整條街"}],
        },
    ],
}  # fmt: skip
HTML = b"<!DOCTYPE html><html><body>maintenance</body></html>"
XML = b'<?xml version="1.0" encoding="utf-8"?><services></services>'


class Open311Peer:
    """The server in a thread. `mood` is how it answers from now on; `moods` are used up first, one a call."""

    def __init__(self) -> None:
        self.requests: dict[str, dict[str, Any]] = {}
        self.tokens: dict[str, str | None] = {}
        self.calls: list[tuple[str, str, dict[str, list[str]]]] = []
        self.mood = ""
        self.moods: list[str] = []
        self.by_token = False
        self.tag = ""
        self.stopped = threading.Event()
        peer = self

        class Handler(_Handler):
            there = peer

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/open311/v2"
        self._thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stopped.set()
        self.server.shutdown()
        self.server.server_close()
        self._thread.join()

    def take(self, given: dict[str, list[str]]) -> dict[str, Any]:
        """Keep a request."""
        number = f"A{len(self.requests) + 1}"
        now = datetime.now(UTC).isoformat(timespec="seconds")
        self.requests[number] = {
            "service_request_id": number, "status": "open", "status_notes": None, "service_code": given["service_code"][0],
            "description": given.get("description", [""])[0], "requested_datetime": now, "updated_datetime": now,
            "agency_responsible": "桃園區處", "expected_datetime": None,
        }  # fmt: skip
        return self.requests[number]

    def say(self, number: str, **values: Any) -> None:
        """Something changed there."""
        self.requests[number].update(values, updated_datetime=datetime.now(UTC).isoformat(timespec="seconds"))

    def close(self, number: str, notes: str) -> None:
        """They are done with it."""
        self.say(number, status="closed", status_notes=notes)

    def posted(self) -> list[dict[str, list[str]]]:
        """What was posted to it."""
        return [given for method, _path, given in self.calls if method == "POST"]


class _Handler(BaseHTTPRequestHandler):
    there: Open311Peer

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        """Reading."""
        parts = urlsplit(self.path)
        self._answer("GET", parts.path.removeprefix("/open311/v2/"), parse_qs(parts.query))

    def do_POST(self) -> None:
        """Writing."""
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
        self._answer("POST", urlsplit(self.path).path.removeprefix("/open311/v2/"), parse_qs(body))

    def _answer(self, method: str, path: str, given: dict[str, list[str]]) -> None:
        there = self.there
        there.calls.append((method, path, given))
        mood = there.moods.pop(0) if there.moods else there.mood
        spoiled = {
            "error": lambda: self._send(500, b"boom"), "html": lambda: self._send(200, HTML, "text/html"),
            "xml": lambda: self._send(200, XML, "text/xml"), "garbage": lambda: self._send(200, b"\xff\xfe{"),
            "huge": lambda: self._send(200, b"[" + b" " * (3 * 1024 * 1024)), "drip": self._drip,
            "busy": lambda: self._send(429, b"[]", **{"Retry-After": "1200"}),
            "moved": lambda: self._send(302, b"", Location="http://127.0.0.1:1/"),
            "refuse": lambda: self._json([{"code": 400, "description": "地址不在轄區"}], 400),
            "deep": lambda: self._send(200, b"[" * 100_000),
        }  # fmt: skip
        if mood in spoiled:
            spoiled[mood]()
            return
        if mood == "taken, then error":
            there.take(given)
            self._send(500, b"boom")
        elif mood == "taken, then silent":
            there.take(given)
            there.stopped.wait(30)
        elif method == "POST":
            self._take(given)
        else:
            self._read(path, given)

    def _take(self, given: dict[str, list[str]]) -> None:
        if given.get("api_key") != [KEY]:
            self._json([{"code": 403, "description": "金鑰不對"}], 403)
            return
        row = self.there.take(given)
        if self.there.by_token:
            token = f"t{len(self.there.tokens) + 1}"
            self.there.tokens[token] = None
            self._json([{"token": token}])
        else:
            self._json([{"service_request_id": row["service_request_id"], "service_notice": None}], 201)

    def _read(self, path: str, given: dict[str, list[str]]) -> None:
        there = self.there
        if path == "services.json":
            self._json(SERVICES)
        elif path == "services/P02.json":
            self._json(DEFINITION)
        elif path == "requests.json" and "service_request_id" in given:
            if there.tag and self.headers.get("If-None-Match") == there.tag:
                self._send(304, b"")
                return
            ids = given["service_request_id"][0].split(",")
            found = [there.requests[one] for one in ids if one in there.requests]
            self._json(found, **({"ETag": there.tag} if there.tag else {}))
        elif path == "requests.json":
            since = given.get("start_date", [""])[0]
            first = datetime.fromisoformat(since) if since else datetime.min.replace(tzinfo=UTC)
            rows = there.requests.values()
            self._json([one for one in rows if datetime.fromisoformat(one["requested_datetime"]) >= first])
        elif path.startswith("requests/") and path[9:-5] in there.requests:
            self._json([there.requests[path[9:-5]]])
        elif path.startswith("tokens/") and path[7:-5] in there.tokens:
            self._json([{"token": path[7:-5], "service_request_id": there.tokens[path[7:-5]]}])
        else:
            self._json([{"code": 404, "description": "沒有"}], 404)

    def _json(self, value: Any, status: int = 200, **headers: str) -> None:
        self._send(status, json.dumps(value, ensure_ascii=False).encode(), **headers)

    def _send(self, status: int, body: bytes, type: str = "application/json; charset=utf-8", **headers: str) -> None:
        try:
            self.send_response(status)
            self.send_header("Content-Type", type)
            self.send_header("Content-Length", str(len(body)))
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)
        except OSError:
            pass  # whoever asked has hung up

    def _drip(self) -> None:
        try:
            for byte in b"HTTP/1.1 200 OK\r\nX-Slow: " + b"a" * 1000:
                self.wfile.write(bytes([byte]))
                self.wfile.flush()
                if self.there.stopped.is_set():
                    return
                time.sleep(0.02)
        except OSError:
            pass
