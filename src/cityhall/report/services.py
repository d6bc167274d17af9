"""The act: give the report out."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils.translation import gettext_noop

from cityhall.engines.figures import services as figures
from cityhall.engines.figures.models import Issue
from cityhall.foundation.period import Period
from cityhall.report.edition import slots

TITLE = gettext_noop("工作報告")


def issue_report(*, period: Period, note: str = "", by: Any | None, at: datetime) -> Issue:
    """Freeze every number that the report of this period prints, those of its charts too.

    Raises figures.CannotIssue while the period runs.
    """
    return figures.issue(title=TITLE, period=period, slots=slots(period), by=by, at=at, note=note)
