"""Programs that come without a key: so many calls a minute from one network, then 429 with the seconds to wait.

Counted in memory, by each process of the server for itself: a row of the database for every call would cost more than the
calls. With two processes twice as many may pass; whoever needs to be sure of a number brings a key.
"""

from __future__ import annotations

import ipaddress
import threading
from collections import Counter
from datetime import datetime, timedelta

from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from . import limits, origin
from .clients import CannotUseKey

MOST_NETWORKS = 200_000
"""More than ever call in one minute; beyond it the minute begins anew, so that nobody fills the memory."""


class Minute:
    """Calls by network in the running minute."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.begun: datetime | None = None
        self.calls: Counter[str] = Counter()

    def count(self, network: str, at: datetime) -> int:
        """One call more; answers how many there were in this minute."""
        minute = at.replace(second=0, microsecond=0)
        with self.lock:
            if minute != self.begun or len(self.calls) > MOST_NETWORKS:
                self.begun = minute
                self.calls.clear()
            self.calls[network] += 1
            return self.calls[network]


_now = Minute()


def admit(request: HttpRequest, *, at: datetime | None = None) -> None:
    """Count a call that brings no key. Raises CannotUseKey, 429, beyond what a network may ask in a minute.

    Calls from the machine itself are not counted: behind them are the city's own programs.
    """
    at = at or timezone.now()
    if _is_here(origin.ip(request)):
        return
    if _now.count(origin.network(request), at) > limits.limit("keyless_per_minute", at):
        wait = at.replace(second=0, microsecond=0) + timedelta(minutes=1) - at
        sentence = _("呼叫太頻繁，請稍候再試。需要更多次數，請申請金鑰。")
        raise CannotUseKey(429, sentence, retry_after=max(int(wait.total_seconds()) + 1, 1))


def _is_here(ip: str) -> bool:
    try:
        return ipaddress.ip_address(ip).is_loopback
    except ValueError:
        return False
