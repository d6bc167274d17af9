"""Letters to those who work on petitions: the agency's 研考窗口 about a sheet, the officer and chiefs about a promise."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.utils.text import format_lazy
from django.utils.translation import pgettext_lazy

from cityhall.engines.cases.models import Case
from cityhall.engines.directory import queries as directory
from cityhall.engines.directory.models import Person
from cityhall.engines.directory.states import Role
from cityhall.engines.letters import services as letters
from cityhall.engines.letters.services import Recipient
from cityhall.engines.letters.states import Channel
from cityhall.foundation.clock import day_of
from cityhall.foundation.roc import roc_year

from ..digests import Compared, share
from ..frozen import Figure
from ..models import AgencyDigest, FollowUp, Petition, QualitySheet, YearReturn
from ..models.digest import KEY
from .letters import page


def _write(
    template: str,
    about: Petition | AgencyDigest | None,
    people: Iterable[Person],
    *,
    key: str,
    at: datetime,
    **context: Any,
) -> int:
    """One letter to each who can be written to; a second with the same key is the first. Says how many."""
    record = about.case if isinstance(about, Petition) else about
    known = {"number": record.number or "", "title": record.title} if isinstance(record, Case) else {}
    written = 0
    for person in people:
        address = person.email or (person.account.email if person.account else "") or ""
        to = Recipient(email=address, name=person.name, language="zh-hant", account_id=person.account_id)
        if letters.can_reach(to, Channel.EMAIL):
            letters.send(
                f"petitions.{template}",
                to=to,
                context={**known, **context},
                about=record,
                key=f"{key}:{person.pk}",
                channel=Channel.EMAIL,
                at=at,
            )
            written += 1
    return written


def sheet(sheet: QualitySheet, template: str, *, at: datetime, **context: Any) -> None:
    """To the 研考窗口 of the agency: what was found, or decided, and where the whole sheet is."""
    people = directory.holders(Role.COORDINATOR, agency=sheet.agency, on=day_of(at)).select_related("account")
    _write(
        template, sheet.petition, people, key=f"sheet:{sheet.pk}:{template}:{at.isoformat()}", at=at,
        sheet=sheet.number, points=sheet.points, until=sheet.contest_until,
        url=page("petitions:quality_sheet", sheet.reference), **context,
    )  # fmt: skip


def year_return(row: YearReturn, *, late: bool, at: datetime) -> None:
    """To the 研考窗口, when it is late to the head as well: the year's numbers, what is asked, and by when."""
    roles = (Role.COORDINATOR, Role.AGENCY_HEAD) if late else (Role.COORDINATOR,)
    people = [
        person
        for role in roles
        for person in directory.holders(role, agency=row.agency, on=day_of(at)).select_related("account")
    ]
    _write(
        "year_return", None, people, key=f"year_return:{row.pk}:{row.times_chased}", at=at, year=row.year,
        agency=row.agency.label, due_on=row.due_on, late=late, url=page("petitions:year_return", row.pk),
    )  # fmt: skip


def promise(row: FollowUp, people: Iterable[Person], *, late: bool, at: datetime) -> None:
    """To whoever has to keep it: the promised day comes, or has passed."""
    _write(
        "promise_due", row.petition, people, key=f"promise:{row.pk}:{row.promised_on}:{'late' if late else 'soon'}",
        at=at, late=late, promised_on=row.promised_on, url=page("petitions:record", row.petition.case.reference),
    )  # fmt: skip


def digest(digest: AgencyDigest, lines: Iterable[Compared], *, n: int, at: datetime) -> int:
    """To the 研考窗口 of the agency, or of the one in its place: the month's figures. Says how many letters there are."""
    agency, _unit = directory.carried_on(digest.agency, None, on=day_of(at))
    month = digest.frozen.month
    people = directory.holders(Role.COORDINATOR, agency=agency, on=day_of(at)).select_related("account")
    return _write(
        "digest", digest, people, key=f"{KEY}:{digest.pk}:{n}", at=at, agency=digest.agency.label,
        successor="" if agency == digest.agency else agency.label, year=roc_year(month), western_year=month.year,
        month=month.month, url=page("petitions:digest", f"{month:%Y-%m}", digest.agency.code),
        **{one.code: _beside(one) for one in lines},
    )  # fmt: skip


def _beside(one: Compared) -> Any:
    """18／20 件（90.0%），上個月 9／9 件（100.0%): in the language of whoever reads the letter."""
    if one.before is None:
        return _figure(one.now)
    return format_lazy(
        pgettext_lazy("digest", "{now}，上個月 {before}"), now=_figure(one.now), before=_figure(one.before)
    )


def _figure(figure: Figure) -> Any:
    part = share(figure)
    if figure.whole is None:
        return format_lazy(pgettext_lazy("digest", "{number} 件"), number=f"{figure.number:,}")
    if part is None:
        return pgettext_lazy("digest", "無")
    return format_lazy(
        pgettext_lazy("digest", "{number}／{whole} 件（{share}%）"), number=f"{figure.number:,}",
        whole=f"{figure.whole:,}", share=f"{part:.1f}",
    )  # fmt: skip
