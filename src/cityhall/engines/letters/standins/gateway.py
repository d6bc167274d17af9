"""A gateway for SMS and push on one machine, speaking the protocol of docs/gateways.md, sending nothing.

`POST /sms`, `POST /push`: messages. `POST /behave {"channel": "email|sms|push", "behave": "error", "times": 2}`:
what to do with the next ones, the mail server's too.
"""

import json
import threading
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any

from cityhall.engines.letters.standins.behaviour import Behaviour, Plan
from cityhall.engines.letters.standins.store import Store

LARGEST = 100_000


class Gateway:
    """The server in a thread of its own: `with Gateway(store) as gateway: gateway.url("sms")`."""

    def __init__(
        self,
        store: Store,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        mail_plan: Plan | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.plans: Mapping[str, Plan] = {"sms": Plan(), "push": Plan(), "email": mail_plan or Plan()}
        self.store, self.now = store, now
        self.stopping = threading.Event()
        self._server = _Server((host, port), self)
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.05,), name="standin-gateway", daemon=True
        )

    @property
    def port(self) -> int:
        """The port that it listens on."""
        return int(self._server.server_address[1])

    def url(self, channel: str) -> str:
        """The setting that leads here: `sms` or `push`."""
        return f"http://127.0.0.1:{self.port}/{channel}"

    def start(self) -> "Gateway":
        """Listen."""
        self._thread.start()
        return self

    def stop(self) -> None:
        """Stop listening; wake those that hang."""
        self.stopping.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def __enter__(self) -> "Gateway":
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, address: tuple[str, int], gateway: Gateway) -> None:
        self.gateway = gateway
        super().__init__(address, _Handler)


class _Cut(Exception):
    """Close the connection without an answer."""


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"
    timeout = 60

    def do_POST(self) -> None:
        length = int(self.headers.get("Content-Length", "0"))
        if not 0 < length <= LARGEST:
            return self._answer(413, {"error": "too large"})
        try:
            body = json.loads(self.rfile.read(length))
        except ValueError:
            return self._answer(400, {"error": "not JSON"})
        try:
            if self.path == "/behave":
                return self._behave(body)
            if self.path in {"/sms", "/push"}:
                return self._take(self.path[1:], body)
        except _Cut:
            self.close_connection = True
            return None
        return self._answer(404, {"error": "unknown"})

    def _behave(self, body: dict[str, Any]) -> None:
        plan = self.server.gateway.plans.get(body.get("channel", ""))
        if plan is None or body.get("behave") not in set(Behaviour):
            return self._answer(422, {"channels": sorted(self.server.gateway.plans), "behave": sorted(Behaviour)})
        plan.add(Behaviour(body["behave"]), int(body.get("times", 1)))
        return self._answer(200, {"planned": body})

    def _take(self, channel: str, body: dict[str, Any]) -> None:
        gateway = self.server.gateway
        key = self.headers.get("Idempotency-Key", "")
        if gateway.store.all(message_id=key, limit=1):
            return self._answer(200, {"id": key, "repeated": True})
        behaviour = gateway.plans[channel].take()
        if behaviour == Behaviour.RESET:
            raise _Cut
        if behaviour == Behaviour.HANG:
            gateway.stopping.wait(3600)
            raise _Cut
        if behaviour == Behaviour.ERROR:
            return self._answer(500, {"error": "try again later"})
        if behaviour == Behaviour.REFUSE:
            return self._answer(422, {"error": "no such number"})
        for _copy in range(2 if behaviour == Behaviour.TWICE else 1):
            raw = json.dumps(body, ensure_ascii=False).encode()
            gateway.store.add(channel, str(body.get("to", "")), key, raw, gateway.now())
        if behaviour == Behaviour.DROP_AFTER_ACCEPT:
            raise _Cut
        if behaviour == Behaviour.HANG_AFTER_ACCEPT:
            gateway.stopping.wait(3600)
            raise _Cut
        return self._answer(202, {"id": key})

    def _answer(self, status: int, body: dict[str, Any]) -> None:
        content = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing: a message's address and text belong in no log."""
