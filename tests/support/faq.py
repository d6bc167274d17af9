"""Entries of the FAQ base for tests of domains that ask it."""

from __future__ import annotations

from datetime import datetime

from cityhall.domains.faq import services
from cityhall.domains.faq.models import Unanswered, Use, Version
from cityhall.engines.directory.models import Agency

__all__ = ["Unanswered", "Use", "Version", "publish"]


def publish(code: str, agency: Agency, *, at: datetime, **texts: str) -> Version:
    """An entry's next version, written, agreed to and published."""
    version = services.write(code=code, agency=agency, texts=texts, by=None, at=at)
    return services.publish(services.submit(version, by=None, at=at), by=None, at=at)
