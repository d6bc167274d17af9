"""An SMTP server in a thread of its own: for the stand-in, and for the door through which mail comes in."""

from __future__ import annotations

import asyncio
import threading
from abc import ABC, abstractmethod
from types import TracebackType
from typing import Self

from aiosmtpd.smtp import SMTP


class SmtpListener(ABC):
    """Whoever inherits says in `protocol` what becomes of a connection: `with Listener() as server: server.port`."""

    def __init__(self, *, host: str, port: int, name: str) -> None:
        self.host, self.port = host, port
        self.loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._ready = threading.Event()
        self._failed: OSError | None = None

    @abstractmethod
    def protocol(self) -> SMTP:
        """The protocol of a new connection."""

    def _run(self) -> None:
        asyncio.set_event_loop(self.loop)
        try:
            server = self.loop.run_until_complete(self.loop.create_server(self.protocol, self.host, self.port))
        except OSError as error:
            self._failed = error
            self._ready.set()
            return
        self.port = server.sockets[0].getsockname()[1]
        self._ready.set()
        self.loop.run_forever()
        server.close()
        pending = asyncio.all_tasks(self.loop)
        for task in pending:
            task.cancel()
        self.loop.run_until_complete(asyncio.gather(*pending, return_exceptions=True))
        self.loop.run_until_complete(self.loop.shutdown_default_executor())

    def start(self) -> Self:
        """Listen; returns when it does. Raises OSError where the port is taken."""
        self._thread.start()
        self._ready.wait()
        if self._failed:
            self.loop.close()
            raise self._failed
        return self

    def stop(self) -> None:
        """Stop listening and end the thread."""
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join()
        self.loop.close()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
