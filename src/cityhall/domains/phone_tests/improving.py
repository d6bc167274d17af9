"""改善: an agency is told of a test that failed or that it did not answer; it says what it does, the commission decides."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _

from cityhall.engines.audit import services as audit
from cityhall.engines.deadlines import queries as deadlines
from cityhall.engines.deadlines.rules import Limit, Unit, due
from cityhall.engines.directory import queries as directory
from cityhall.engines.directory.models import Agency, Appointment
from cityhall.engines.directory.states import Role
from cityhall.engines.identity.models import Account
from cityhall.engines.letters import services as letters
from cityhall.engines.letters.services import Recipient
from cityhall.engines.letters.states import Channel
from cityhall.engines.rules.queries import parameter
from cityhall.engines.worklist import services as worklist
from cityhall.foundation.clock import day_of
from cityhall.foundation.unit import act

from .models import Improvement, PhoneTest
from .refusals import CannotTest
from .states import CallState, ImprovementState

ANSWER = "phone_test.answer"
DECIDE = "phone_test.decide"


@act
def ask(test: PhoneTest, *, at: datetime, remark: str = "") -> Improvement:
    """請機關改善: a to-do and a letter for the agency's 研考窗口, with the day by which it answers."""
    day = day_of(at)
    days = parameter("phone_tests.answer_working_days", on=day).value
    due_at = due(at, Limit(days, Unit.WORKING_DAYS), deadlines.calendar()).at
    row = Improvement.objects.create(
        test=test, n=test.improvements.count() + 1, asked_at=at, due_on=day_of(due_at), remark=""
    )
    agency, _unit = directory.carried_on(test.agency, None, on=day)
    worklist.open_todo(
        ANSWER, row, title=_title(test), reference=test.number, agency=agency, role=Role.COORDINATOR, due_at=due_at,
        url=_url(test), at=at,
    )  # fmt: skip
    for person in directory.holders(Role.COORDINATOR, agency=agency, on=day).select_related("account"):
        address = person.email or (person.account.email if person.account else "") or ""
        to = Recipient(email=address, name=person.name, language="zh-hant", account_id=person.account_id)
        if letters.can_reach(to, Channel.EMAIL):
            letters.send(
                "phone_tests.found", to=to, about=test, key=f"phone_test:{test.pk}:{row.n}:{person.pk}",
                channel=Channel.EMAIL, at=at,
                context={
                    "number": test.number, "office": _office(test), "called_at": test.called_at,
                    "points": "" if test.points is None else f"{test.points.normalize():f}",
                    "pass_mark": test.pass_mark, "answered": test.state != CallState.UNANSWERED, "until": row.due_on,
                    "remark": remark, "url": f"{settings.SITE_URL}{_url(test)}",
                },
            )  # fmt: skip
    return row


def _office(test: PhoneTest) -> str:
    return f"{test.agency.label} {test.unit.label}" if test.unit else test.agency.label


def _title(test: PhoneTest) -> str:
    return f"{CallState(test.state).label}　{_office(test)}"


def _url(test: PhoneTest) -> str:
    return reverse("phone_tests:test", args=[test.reference])


def _commission(at: datetime) -> Agency | None:
    """The agency whose officers decide: where the role is held."""
    held = Appointment.objects.filter(role=Role.COMMISSION).as_of(day_of(at)).select_related("agency").order_by("pk")
    first = held.first()
    return first.agency if first else None


def _locked(test: PhoneTest) -> Improvement:
    """The newest asking, locked; there is one for every test that failed or was not answered."""
    rows = Improvement.objects.select_for_update(of=("self",)).select_related(
        "test__plan", "test__agency", "test__unit"
    )
    row = rows.filter(test=test).order_by("-n").first()
    if row is None:
        raise CannotTest(_("這一通不必回復改善。"))
    return row


@act
def answer(test: PhoneTest, *, text: str, by: Account, at: datetime) -> Improvement:
    """回復改善 by the agency, once; the commission finds it on its list."""
    row = _locked(test)
    if row.state != ImprovementState.ASKED:
        raise CannotTest(_("已經回復過了，由研考會確認。"))
    if not text.strip():
        raise CannotTest(_("請寫明怎麼改善。"))
    row.state, row.answer = ImprovementState.ANSWERED, text.strip()[:2000]
    row.answered_by, row.answered_at = directory.person_of(by), at
    row.save()
    worklist.close_todo(ANSWER, row, at=at)
    agency = _commission(at)
    if agency is not None:
        worklist.open_todo(
            DECIDE, row, title=_title(row.test), reference=row.test.number, agency=agency, role=Role.COMMISSION,
            url=_url(row.test), at=at,
        )  # fmt: skip
    audit.record("phone_test.answered", row.test, by=by, at=at, new={"n": row.n})
    return row


@act
def decide(test: PhoneTest, *, accepted: bool, remark: str, by: Account, at: datetime) -> Improvement:
    """確認改善, or 退請再回復 with what is still missing: then the agency is asked again, with a day of its own."""
    row = _locked(test)
    if row.state != ImprovementState.ANSWERED:
        raise CannotTest(_("目前沒有待確認的改善回復。"))
    if not accepted and not remark.strip():
        raise CannotTest(_("退請再回復時，請寫明還缺什麼。"))
    row.state = ImprovementState.ACCEPTED if accepted else ImprovementState.SENT_BACK
    row.remark, row.decided_by, row.decided_at = remark.strip()[:1000], directory.person_of(by), at
    row.save()
    worklist.close_todo(DECIDE, row, at=at)
    audit.record("phone_test.decided", row.test, by=by, at=at, new={"n": row.n, "accepted": accepted})
    if not accepted:
        ask(row.test, at=at, remark=row.remark)
    return row
