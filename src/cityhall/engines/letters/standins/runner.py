"""The stand-ins as a process."""

import json
import os
import signal
import threading
from collections.abc import Callable
from pathlib import Path

from django.conf import settings

from cityhall.engines.letters.standins.gateway import Gateway
from cityhall.engines.letters.standins.mailserver import MailServer
from cityhall.engines.letters.standins.store import Store


def the_store() -> Store:
    """The messages of this installation's stand-ins."""
    return Store(Path(settings.DATA_DIR) / "standins.sqlite3")


def run(smtp_port: int, http_port: int, told: Callable[[str], object] = lambda _: None) -> None:
    """Serve until SIGTERM, or until whoever started this is gone."""
    stop, parent = threading.Event(), os.getppid()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    mail = MailServer(the_store(), port=smtp_port)
    with mail, Gateway(the_store(), port=http_port, mail_plan=mail.plan) as gateway:
        told(f"mail on {mail.url}, SMS on {gateway.url('sms')}, push on {gateway.url('push')}")
        where = {"smtp": mail.url, "http": gateway.url("").rstrip("/")}
        (Path(settings.DATA_DIR) / "standins.json").write_text(json.dumps(where))
        while not stop.wait(1.0) and os.getppid() == parent:
            pass
