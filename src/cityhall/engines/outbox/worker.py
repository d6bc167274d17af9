"""The loop of a worker process: keep what is due until told to stop."""

import logging
import os
import signal
import socket
import threading
import time
from collections.abc import Callable
from datetime import datetime
from types import FrameType

from django.db import DatabaseError, close_old_connections, connection

from cityhall.engines.outbox import queries, services
from cityhall.foundation.turns import give_way

log = logging.getLogger("cityhall.worker")

PAUSE = 0.5
SCHEDULE_EVERY = 5.0
MANNERS = 20.0
"""Seconds that a worker leaves to people for each second that it worked, while they keep the database busy."""
MOST_POLITE = 30.0
"""Seconds after which it goes on although they do."""
LOOK_EVERY = 0.3
"""Seconds between two looks whether people are still there; each look costs them a little, too."""


class Worker:
    """One worker. Several may run, on one machine or many; each promise is taken by one of them."""

    def __init__(self, now: Callable[[], datetime], name: str = "") -> None:
        self.now = now
        self.name = name or f"{socket.gethostname()}:{os.getpid()}"
        self.inherits = bool(name)
        self.parent = os.getppid()
        self.stopping = threading.Event()

    def stop_on_signals(self) -> None:
        """Finish the work in hand on SIGTERM or SIGINT, then stop."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._stop)

    def _stop(self, number: int, frame: FrameType | None) -> None:
        self.stopping.set()

    def run(self) -> None:
        """Work until told to stop, or until the process that started this one is gone."""
        log.info("worker %s started", self.name)
        give_way()
        os.environ["PGAPPNAME"] = queries.WORKER
        last_look: datetime | None = None
        while not self.stopping.is_set() and os.getppid() == self.parent:
            try:
                close_old_connections()
                at = self.now()
                if self.inherits:
                    services.take_back(self.name, at=at)
                    self.inherits = False
                if last_look is None or abs((at - last_look).total_seconds()) >= SCHEDULE_EVERY:
                    services.run_schedule(at)
                    last_look = at
                began = time.monotonic()
                if services.run_due(at, limit=1, worker=self.name):
                    self._let_people_go_first(time.monotonic() - began)
                else:
                    self.stopping.wait(PAUSE)
            except DatabaseError as error:
                # The database is away or busy. What was in hand has a lease and comes back when that runs out.
                log.warning("database: %s; trying again", type(error).__name__)
                connection.close()
                self.stopping.wait(2 * PAUSE)
        connection.close()
        log.info("worker %s stopped", self.name)

    def _let_people_go_first(self, worked: float) -> None:
        """Leave the machine to those for whom somebody waits: many at once are served sooner, and the work keeps.

        What is urgent does not wait: for that, too, somebody sits before a screen.
        """
        end = time.monotonic() + min(MANNERS * worked, MOST_POLITE)
        while time.monotonic() < end and not self.stopping.is_set():
            if not queries.people_are_served() or queries.urgent_waits(self.now()):
                break
            self.stopping.wait(LOOK_EVERY)
