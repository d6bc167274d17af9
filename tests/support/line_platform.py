"""LINE's side of the Messaging API on loopback: it signs events, takes replies and pushes, and misbehaves on demand.

    with LinePlatform(secret="…", token="…") as line:
        line.mood.append(429)            # one answer each: a status, "lost" (taken, no answer) or "cut" (not taken)

It keeps a retry key's first request: the same key again is 409 and delivers nothing. A reply token is good once.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

KEY = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class LinePlatform:
    """The platform in a thread. `shown` is what stands on the phones, in order."""

    def __init__(self, secret: str = "channel-secret", token: str = "channel-token") -> None:
        self.secret, self.token = secret, token
        self.mood: list[int | str] = []
        self.shown: list[tuple[str, dict[str, Any]]] = []
        self.calls: list[tuple[str, int]] = []
        self.tokens: dict[str, str] = {}
        self.used: set[str] = set()
        self.keys: set[str] = set()
        self.pictures: dict[str, bytes] = {}
        self.unready = 0  # how often a picture is not ready yet
        self.lock = threading.Lock()
        platform = self

        class Handler(_Handler):
            there = platform

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        self._thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.server.shutdown()
        self.server.server_close()

    def event(self, kind: str, user: str, n: int, *, again: bool = False, **more: Any) -> dict[str, Any]:
        """An event as LINE sends it; its reply token is good for one reply."""
        token = f"reply{user}{n}"
        self.tokens[token] = user
        return {
            "type": kind, "mode": "active", "timestamp": 1_479_260_000_000 + n, "webhookEventId": f"01H{user}{n:06}",
            "deliveryContext": {"isRedelivery": again}, "source": {"type": "user", "userId": user},
            **({} if kind == "unfollow" else {"replyToken": token}), **more,
        }  # fmt: skip

    def signed(self, *events: dict[str, Any]) -> tuple[bytes, str]:
        """The body of a webhook, and its signature."""
        body = json.dumps({"destination": "Ucity", "events": events}, ensure_ascii=False).encode()
        return body, base64.b64encode(hmac.new(self.secret.encode(), body, hashlib.sha256).digest()).decode()

    def texts(self, user: str) -> list[str]:
        """What somebody reads."""
        return [message["text"] for to, message in self.shown if to == user]

    def take(self, path: str, headers: Any, body: dict[str, Any]) -> int:
        """The status of a call, and what it does."""
        key = headers.get("X-Line-Retry-Key")
        if headers.get("Authorization") != f"Bearer {self.token}":
            return 401
        messages = body.get("messages") or []
        if not 1 <= len(messages) <= 5 or not all(one.get("text") and len(one["text"]) <= 5000 for one in messages):
            return 400
        if path.endswith("/reply"):
            token = body.get("replyToken", "")
            if key is not None or token not in self.tokens or token in self.used:
                return 400
            self.used.add(token)
            to = self.tokens[token]
        else:
            if key is not None and not KEY.fullmatch(key):
                return 400
            if key in self.keys:
                return 409
            if key:
                self.keys.add(key)
            to = body["to"]
        self.shown += [(to, one) for one in messages]
        return 200


class _Handler(BaseHTTPRequestHandler):
    there: LinePlatform

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        with self.there.lock:
            mood = self.there.mood.pop(0) if self.there.mood else None
            status = (
                mood
                if isinstance(mood, int)
                else 0
                if mood == "cut"
                else self.there.take(self.path, self.headers, body)
            )
            self.there.calls.append((self.path.rpartition("/")[2], status))
        if isinstance(mood, str):
            self.close_connection = True
            return
        self._answer(status, b"{}")

    def do_GET(self) -> None:
        if self.there.unready:
            self.there.unready -= 1
            return self._answer(202, b"")
        picture = self.there.pictures.get(self.path.split("/")[-2])
        return self._answer(200 if picture else 404, picture or b"")

    def _answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_words: Any) -> None:
        return
