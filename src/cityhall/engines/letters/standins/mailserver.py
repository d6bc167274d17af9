"""A mail server for one machine: takes every message, keeps it, delivers nothing."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from email import message_from_bytes
from email.policy import compat32
from typing import Any

from aiosmtpd.smtp import SMTP, Envelope, Session

from cityhall.engines.letters.listening import SmtpListener
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


class MailServer(SmtpListener):
    """The stand-in, listening: `with MailServer(store) as server: server.url`."""

    def __init__(
        self,
        store: Store,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        super().__init__(host=host, port=port, name="standin-mail")
        self.plan = Plan()
        self._sink = Sink(store, self.plan, now)

    @property
    def url(self) -> str:
        """The setting that leads here."""
        return f"smtp://{self.host}:{self.port}"

    def protocol(self) -> SMTP:
        return SMTP(self._sink, hostname="standin.invalid", enable_SMTPUTF8=True, loop=self.loop)
