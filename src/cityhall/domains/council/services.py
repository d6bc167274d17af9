"""Acts on council cases. Replies, reviews and verdicts are acts of `engines/tracking`, for every kind of listed item."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from cityhall.engines.audit import services as audit
from cityhall.engines.directory import queries as directory
from cityhall.engines.directory.models import Agency
from cityhall.engines.directory.states import AgencyKind, Role
from cityhall.engines.identity.models import Account
from cityhall.engines.likeness import services as likeness
from cityhall.engines.rules.queries import parameter
from cityhall.engines.tracking import services as tracking
from cityhall.engines.tracking.models import Item
from cityhall.engines.tracking.refusals import CannotTrack
from cityhall.engines.tracking.services import Co, ToList
from cityhall.engines.worklist import services as worklist
from cityhall.foundation.clock import at as instant
from cityhall.foundation.clock import day_of
from cityhall.foundation.sentence import sentence
from cityhall.foundation.unit import act, insert_all
from cityhall.web.charts import month_name

from . import queries, rules
from .models import CouncilItem, Councillor, CouncilSession, InspectionMonth, JointInspection
from .queries import PROFILE
from .refusals import CannotList
from .rules import Answer, verdict_for
from .states import Ground, Verdict

__all__ = ["CannotList", "CannotTrack", "NewItem", "list_item", "list_items", "propose", "register_inspection"]

MONTH = "council.month"


# ---- sessions and councillors ----------------------------------------------------------------------------------------


@act
def add_session(
    *, term: int, kind: str, n: int, starts_on: date, ends_on: date, by: Account | None, at: datetime
) -> CouncilSession:
    """A session that the council has called."""
    if ends_on < starts_on:
        raise CannotList(_("閉會日不能早於開會日。"))
    if CouncilSession.objects.filter(term=term, kind=kind, n=n).exists():
        raise CannotList(_("已經有這個會期。"))
    row = CouncilSession.objects.create(term=term, kind=kind, n=n, starts_on=starts_on, ends_on=ends_on)
    audit.record("council.session_added", row, by=by, at=at, new={"session": str(row)})
    return row


@act
def add_councillor(
    *, name: str, party: str, constituency: str, starts_on: date, by: Account | None, at: datetime
) -> Councillor:
    """A councillor takes office."""
    if Councillor.objects.as_of(starts_on).filter(name=name.strip(), constituency=constituency.strip()).exists():
        raise CannotList(_("這個選區已經有同名的議員在任。"))
    row = Councillor.objects.create(
        name=name.strip(), party=party.strip(), constituency=constituency.strip(), starts_on=starts_on
    )
    audit.record("council.councillor_added", row, by=by, at=at)
    return row


@act
def end_office(councillor: Councillor, *, ends_on: date, by: Account | None, at: datetime) -> Councillor:
    """The last day of a councillor's office; items that they asked keep their name."""
    row = Councillor.objects.select_for_update().get(pk=councillor.pk)
    if row.ends_on is not None:
        raise CannotList(_("這位議員已經離任。"))
    if ends_on < row.starts_on:
        raise CannotList(_("離任日不能早於就任日。"))
    row.ends_on = ends_on
    row.save(update_fields=["ends_on"])
    audit.record("council.councillor_left", row, by=by, at=at, new={"on": ends_on.isoformat()})
    return row


# ---- items -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class NewItem:
    """A question or resolution as it is put under control."""

    kind: str
    title: str
    lead: Agency
    raised_on: date
    text: str = ""
    co: Sequence[Co] = ()
    askers: Sequence[Councillor] = ()
    session: CouncilSession | None = None
    district: str = ""
    about: str = ""
    due_on: date | None = None
    listed_on: date | None = field(default=None)


@sentence("1.1.3", "本會針對議員質詢及議會議決案件進行專案列管")
@sentence("1.1.3", "並要求權責機關將辦理情形儘速函復議會及議員")
@act
def list_item(row: NewItem, *, by: Account | None, at: datetime) -> CouncilItem:
    """列管 a question or resolution: its agencies are asked at once. Raises CannotList, and tracking's CannotTrack."""
    return list_items([row], by=by, at=at)[0]


@act
def list_items(rows: Sequence[NewItem], *, by: Account | None, at: datetime) -> list[CouncilItem]:
    """Many at once, all or none, in the order given."""
    today = day_of(at)
    known = queries.kinds(today)
    for row in rows:
        if row.kind not in known:
            raise CannotList(_("沒有「%(kind)s」這個案件類別。") % {"kind": row.kind})
        if row.raised_on > (row.listed_on or today):
            raise CannotList(_("質詢或議決日不能在列管日之後。"))
    listed = tracking.list_items(
        [
            ToList(title=row.title, text=row.text, lead=row.lead, co=row.co, due_on=row.due_on, listed_on=row.listed_on)
            for row in rows
        ],
        profile=PROFILE, by=by, at=at,
    )  # fmt: skip
    items = [
        CouncilItem(
            tracked=item, kind=row.kind, session=row.session, raised_on=row.raised_on, district=row.district.strip(),
            about=row.about.strip(),
        )
        for item, row in zip(listed, rows, strict=True)
    ]  # fmt: skip
    insert_all(items)
    asked = CouncilItem.askers.through
    insert_all(
        [
            asked(councilitem_id=item.pk, councillor_id=who.pk)
            for item, row in zip(items, rows, strict=True)
            for who in dict.fromkeys(row.askers)
        ]
    )
    likeness.index_many([(item.tracked, compared_by(item.tracked)) for item in items], day=today)
    for item in items:
        audit.record("council.listed", item, by=by, at=at, new={"number": item.tracked.number, "kind": item.kind})
    return items


def compared_by(item: Item) -> str:
    """The text by which similar items are found."""
    return f"{item.title}\n{item.text[:2000]}"


@act
def make_comparable(at: datetime, *, most: int = 2_000) -> int:
    """The daily job: items that were listed before texts were compared can be found as similar, too."""
    keys = list(queries.tracked().order_by("-pk").values_list("pk", flat=True))
    missing = likeness.missing(Item, keys)[:most]
    rows = Item.objects.filter(pk__in=missing)
    return likeness.index_many([(item, compared_by(item)) for item in rows], day=day_of(at))


def propose(grounds: frozenset[str]) -> Verdict:
    """What the principles of control say of the grounds that a reviewer ticked."""
    return Verdict(verdict_for(Answer(**{one.value.lower(): one in grounds for one in Ground})).value)


# ---- joint inspections -----------------------------------------------------------------------------------------------


@act
def register_inspection(
    *, agency: Agency, held_on: date, matter: str, place: str, councillors: Sequence[Councillor], district: str = "",
    notice_number: str = "", participants: str = "", minutes: str = "", follow_up: str = "",
    item: CouncilItem | None = None, by: Account | None, at: datetime,
) -> JointInspection:  # fmt: skip
    """登錄會勘 by the agency that held it. Raises CannotList for a day ahead, without a councillor, or outside of the scope."""
    if held_on > day_of(at):
        raise CannotList(_("會勘日期還沒到，請在會勘之後登錄。"))
    if not councillors:
        raise CannotList(_("請選擇參加的議員；沒有議員參加的會勘不用登錄。"))
    if not queries.counts(agency, held_on):
        since = queries.districts_since(held_on)
        raise CannotList(
            _("區公所的會勘自%(year)s年%(month)s月%(day)s日起才登錄。")
            % {"year": since.year - 1911, "month": since.month, "day": since.day}
        )
    row = JointInspection.objects.create(
        agency=agency, district_office=agency.kind == AgencyKind.DISTRICT_OFFICE, held_on=held_on, matter=matter.strip(),
        place=place.strip(), district=district.strip(), notice_number=notice_number.strip(),
        participants=participants.strip(), minutes=minutes.strip(), follow_up=follow_up.strip(), item=item,
        registered_by=directory.person_of(by), registered_at=at,
    )  # fmt: skip
    row.councillors.set(councillors)
    audit.record(
        "council.inspection_registered", row, by=by, at=at,
        new={"agency": agency.code, "held_on": held_on.isoformat()},
    )  # fmt: skip
    return row


@act
def withdraw_inspection(row: JointInspection, *, why: str, by: Account | None, at: datetime) -> JointInspection:
    """What was registered by mistake counts no more; the row stays."""
    row = JointInspection.objects.select_for_update().get(pk=row.pk)
    if row.withdrawn_on is not None:
        raise CannotList(_("這件會勘已經撤銷。"))
    if not why.strip():
        raise CannotList(_("請寫明理由。"))
    row.withdrawn_on, row.withdrawn_why = day_of(at), why.strip()[:300]
    row.save(update_fields=["withdrawn_on", "withdrawn_why"])
    audit.record("council.inspection_withdrawn", row, by=by, at=at, note=why.strip()[:300])
    return row


@act
def report_month(agency: Agency, month: date, *, by: Account | None, at: datetime) -> InspectionMonth:
    """回報 that a month's inspections are all registered, or that there were none (無會勘). Raises CannotList."""
    if month > rules.month_asked_for(day_of(at)):
        raise CannotList(_("這個月還沒有過完，下個月再回報。"))
    if InspectionMonth.objects.filter(agency=agency, month=month).exists():
        raise CannotList(_("這個月已經回報過了。"))
    held = JointInspection.objects.filter(
        agency=agency, held_on__year=month.year, held_on__month=month.month, withdrawn_on=None
    ).count()
    row = InspectionMonth.objects.create(
        agency=agency, month=month, held=held, reported_by=directory.person_of(by), reported_at=at
    )
    worklist.close_todo(MONTH, agency, agency=agency, at=at)
    audit.record("council.month_reported", row, by=by, at=at, new={"month": f"{month:%Y-%m}", "held": held})
    return row


@sentence("1.1.3", "本會每月函請各機關至研考資訊系統登錄會勘案件")
@act
def ask_for_month(at: datetime) -> int:
    """The daily job: on a month's first days every agency that has not reported the month before is asked to."""
    today = day_of(at)
    last = parameter("council.inspection_days", on=today).value
    if today.day > last:
        return 0
    month = rules.month_asked_for(today)
    done = set(queries.reported(month))
    agencies = [agency for agency in queries.reporting(month) if agency.pk not in done]
    with translation.override("zh-hant"):  # titles are kept in the city's language
        title = _("登錄%(month)s的會勘，沒有也請回報") % {"month": month_name(month)}
    for agency in agencies:
        worklist.open_todo(
            MONTH, agency, title=title, agency=agency, role=Role.COORDINATOR,
            due_at=instant(today.replace(day=last), 17, 30), url=reverse("council:inspections"), at=at,
        )  # fmt: skip
    return len(agencies)
