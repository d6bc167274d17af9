"""The SMTP door: mail that another server hands on to us. It says 250 only when the message's row is committed.

It is meant to stand behind the city's own mail server, on the loopback or in its network: that server does the spam
filtering, the checking of SPF, DKIM and DMARC, and the TLS towards the world. Only our own addresses are taken.
"""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import ParamSpec, TypeVar

from aiosmtpd.smtp import SMTP, Envelope, Session
from django.db import DatabaseError, close_old_connections, connections

from cityhall.engines.letters.listening import SmtpListener

from . import addresses, rules, services
from .states import Door

log = logging.getLogger("cityhall.mailbox")
P = ParamSpec("P")
R = TypeVar("R")
HARD_LIMIT = 2 * rules.LARGEST
"""Beyond this a message is refused while it is sent, so that its own server tells the sender."""
MOST_RECIPIENTS = 100


class Handler:
    """aiosmtpd's handler."""

    def __init__(self, now: Callable[[], datetime], pool: ThreadPoolExecutor) -> None:
        self.now, self.pool = now, pool

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Our addresses only: this is no relay."""
        if len(envelope.rcpt_tos) >= MOST_RECIPIENTS:
            return "452 4.5.3 too many recipients"
        try:
            ours = await asyncio.get_running_loop().run_in_executor(self.pool, _in_thread, addresses.is_taken, address)
        except DatabaseError:
            return "451 4.3.0 try again later"
        if not ours:
            return "550 5.7.1 not one of our addresses"
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(options)
        return "250 2.1.5 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        """Keep it; an error of ours asks the other side to try again, so that nothing is lost."""
        try:
            await asyncio.get_running_loop().run_in_executor(self.pool, _in_thread, self._take, envelope)
        except Exception:
            log.exception("a message could not be kept")
            return "451 4.3.0 try again later"
        return "250 2.0.0 kept"

    def _take(self, envelope: Envelope) -> None:
        raw = envelope.original_content or b""
        services.take_in(
            raw,
            door=Door.SMTP,
            at=self.now(),
            envelope_from=envelope.mail_from or "",
            recipients=tuple(str(one) for one in envelope.rcpt_tos),
        )


def _in_thread(do: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    close_old_connections()
    try:
        return do(*args, **kwargs)
    finally:
        close_old_connections()


class MailDoor(SmtpListener):
    """The door, open: `with MailDoor(now) as door: door.port`."""

    def __init__(self, now: Callable[[], datetime], *, host: str = "127.0.0.1", port: int = 0) -> None:
        super().__init__(host=host, port=port, name="mail-door")
        # One thread takes one message after the other: what a mail server hands on waits there, not here.
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="mail-door")
        self._handler = Handler(now, self._pool)

    def protocol(self) -> SMTP:
        return SMTP(
            self._handler, hostname="cityhall", ident="CityHall", enable_SMTPUTF8=True, data_size_limit=HARD_LIMIT,
            loop=self.loop, timeout=120,
        )  # fmt: skip

    def stop(self) -> None:
        """Stop listening; what is being kept is kept first."""
        super().stop()
        self._pool.submit(connections.close_all).result()
        self._pool.shutdown()


def run(host: str, port: int, now: Callable[[], datetime]) -> None:
    """As a process of its own: until SIGTERM, or until whoever started it is gone."""
    stop, parent = threading.Event(), os.getppid()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    with MailDoor(now, host=host, port=port) as door:
        log.info("mail is taken on %s:%s", host, door.port)
        while not stop.wait(1.0) and os.getppid() == parent:
            pass
