"""A mail server for one machine: takes every message, keeps it, delivers nothing."""

import asyncio
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from email import message_from_bytes
from email.policy import compat32
from types import TracebackType
from typing import Any

from aiosmtpd.smtp import SMTP, Envelope, Session

from cityhall.engines.letters.standins.behaviour import Behaviour, Plan
from cityhall.engines.letters.standins.store import Store

FOREVER = 3600.0


class Sink:
    """aiosmtpd's handler: what happens to each message."""

    def __init__(self, store: Store, plan: Plan, now: Callable[[], datetime]) -> None:
        self.store, self.plan, self.now = store, plan, now

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self.plan.peek() == Behaviour.REFUSE:
            self.plan.take()
            return "550 5.1.1 no such mailbox"
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(options)
        return "250 2.1.5 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        behaviour = self.plan.take()
        if behaviour == Behaviour.RESET:
            return self._cut(server)
        if behaviour == Behaviour.HANG:
            await asyncio.sleep(FOREVER)
        if behaviour == Behaviour.ERROR:
            return "451 4.3.0 try again later"
        await asyncio.get_running_loop().run_in_executor(None, self._keep, envelope, behaviour)
        if behaviour == Behaviour.DROP_AFTER_ACCEPT:
            return self._cut(server)
        if behaviour == Behaviour.HANG_AFTER_ACCEPT:
            await asyncio.sleep(FOREVER)
        return "250 2.0.0 kept"

    def _keep(self, envelope: Envelope, behaviour: Behaviour) -> None:
        raw = envelope.original_content or b""
        message_id = str(message_from_bytes(raw, policy=compat32)["Message-ID"] or "")
        for _copy in range(2 if behaviour == Behaviour.TWICE else 1):
            for recipient in envelope.rcpt_tos:
                self.store.add("email", str(recipient), message_id, raw, self.now())

    @staticmethod
    def _cut(server: Any) -> str:
        server.transport.abort()
        return "421 cut"


class MailServer:
    """The server in a thread of its own: `with MailServer(store) as server: server.url`."""

    def __init__(
        self,
        store: Store,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.plan = Plan()
        self.host, self.port = host, port
        self._sink = Sink(store, self.plan, now)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name="standin-mail", daemon=True)
        self._ready = threading.Event()
        self._failed: OSError | None = None

    @property
    def url(self) -> str:
        """The setting that leads here."""
        return f"smtp://{self.host}:{self.port}"

    def _protocol(self) -> SMTP:
        return SMTP(self._sink, hostname="standin.invalid", enable_SMTPUTF8=True, loop=self._loop)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        try:
            server = self._loop.run_until_complete(self._loop.create_server(self._protocol, self.host, self.port))
        except OSError as error:
            self._failed = error
            self._ready.set()
            return
        self.port = server.sockets[0].getsockname()[1]
        self._ready.set()
        self._loop.run_forever()
        server.close()
        pending = asyncio.all_tasks(self._loop)
        for task in pending:
            task.cancel()
        self._loop.run_until_complete(asyncio.gather(*pending, return_exceptions=True))
        self._loop.run_until_complete(self._loop.shutdown_default_executor())

    def start(self) -> "MailServer":
        """Listen; returns when it does. Raises OSError where the port is taken."""
        self._thread.start()
        self._ready.wait()
        if self._failed:
            self._loop.close()
            raise self._failed
        return self

    def stop(self) -> None:
        """Stop listening and end the thread."""
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def __enter__(self) -> "MailServer":
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
