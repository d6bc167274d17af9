"""電話測試: a month is drawn and shared out, a call is scored or reaches nobody; cards come into use and go."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import asdict
from datetime import date, datetime, timedelta

from django.utils import translation
from django.utils.translation import gettext as _

from cityhall.engines.audit import services as audit
from cityhall.engines.directory import queries as directory
from cityhall.engines.directory.models import Agency, Person
from cityhall.engines.directory.states import Role
from cityhall.engines.identity.models import Account
from cityhall.engines.rules.queries import parameter
from cityhall.engines.scoring import services as scoring
from cityhall.engines.scoring.rules import Mark
from cityhall.engines.worklist import services as worklist
from cityhall.foundation.clock import TAIPEI, day_of, end_of_day
from cityhall.foundation.unit import act, insert_all
from cityhall.web.charts import month_name

from . import improving, queries
from .models import Attempt, CallPlan, PhoneTest, ScenarioCard, TesterShare
from .parameters import SCHEME
from .refusals import CannotTest
from .rules import Drawing, Misplaced, When, misplaced, passes, plan, shared_out, strata
from .states import CallState, Trouble, Window

CALLS = "phone_test.share"
URL = "/desk/phone-tests/"


def last_day(month: date) -> date:
    """The month's last day."""
    return (month + timedelta(days=31)).replace(day=1) - timedelta(days=1)


# ---- cards -----------------------------------------------------------------------------------------------------------


@act
def add_card(
    *, code: str, topic: str, question: str, answer: str, agency: Agency | None, valid_from: date, by: Account | None,
    at: datetime,
) -> ScenarioCard:  # fmt: skip
    """Bring a card into use from a day on; what was asked keeps its card."""
    if ScenarioCard.objects.filter(code=code).exists():
        raise CannotTest(_("已經有卡號%(code)s；要改寫，請停用舊卡，另立新卡。") % {"code": code})
    card = ScenarioCard.objects.create(
        code=code, topic=topic, question=question.strip(), answer=answer.strip(), agency=agency, valid_from=valid_from
    )
    audit.record("phone_test.card_added", card, by=by, at=at, new={"code": code, "from": valid_from.isoformat()})
    return card


@act
def retire_card(card: ScenarioCard, *, by: Account | None, at: datetime) -> ScenarioCard:
    """停用: it is drawn no more after today; tests that hold it are made with it."""
    card = ScenarioCard.objects.select_for_update().get(pk=card.pk)
    today = day_of(at)
    if card.valid_until is not None and card.valid_until <= today:
        raise CannotTest(_("這張情境卡已經停用。"))
    card.valid_until = max(today, card.valid_from)
    card.save(update_fields=["valid_until"])
    audit.record("phone_test.card_retired", card, by=by, at=at, new={"code": card.code, "until": today.isoformat()})
    return card


# ---- drawing ---------------------------------------------------------------------------------------------------------


def drawing_on(day: date) -> Drawing:
    """How many are drawn, by the parameters of a day."""
    names = {
        "size": "monthly_calls",
        "first_line_percent": "first_line_percent",
        "lunch_percent": "lunch_percent",
        "twice_percent": "twice_percent",
    }
    return Drawing(**{one: parameter(f"phone_tests.{name}", on=day).value for one, name in names.items()})


@act
def draw(month: date, *, by: Account | None, at: datetime, seed: str = "") -> CallPlan:
    """抽出 a month's tests and share them out. The seed is kept, so that the plan can be drawn again."""
    if month.day != 1 or last_day(month) < day_of(at):
        raise CannotTest(_("這個月已經過了，不能再排測試。"))
    on = max(month, day_of(at))
    drawing = drawing_on(on)
    made, created = CallPlan.objects.get_or_create(
        month=month,
        defaults={"seed": seed or secrets.token_hex(8), "drawn_at": at, "drawn_by": by, **asdict(drawing)},
    )
    if not created:
        raise CannotTest(_("這個月已經抽過了。"))
    _hand_out(made, drawing, on=on, at=at)
    audit.record(
        "phone_test.drawn", made, by=by, at=at,
        new={"month": made.slug, "seed": made.seed, "calls": made.tests.count()},
    )  # fmt: skip
    return made


def _hand_out(made: CallPlan, drawing: Drawing, *, on: date, at: datetime) -> None:
    """The tests that the lots decide, in turn to the testers."""
    there = {one.line.code: one for one in queries.telephones(on)}
    cards = queries.cards(on)
    if not there:
        raise CannotTest(_("通訊錄裡沒有可以測試的電話。"))
    if not cards:
        raise CannotTest(_("沒有使用中的情境卡，請先立卡。"))
    months = parameter("phone_tests.card_months", on=on).value
    since = (made.month - timedelta(days=months * 30)).replace(day=1)
    lines = [one.line for one in there.values()]
    drawn = plan(
        lines, cards, seed=made.seed, drawing=drawing, asked_before=queries.lately_asked(made.month, since)
    )  # fmt: skip
    made.strata = [asdict(one) for one in strata(lines, drawn)]
    made.save(update_fields=["strata"])
    testers = list(directory.holders(Role.TESTER, on=on))
    people = {person.pk: person for person in testers}
    by_code = {card.code: card for card in ScenarioCard.objects.filter(code__in={one.card for one in drawn})}
    insert_all(
        [
            PhoneTest(
                plan=made, n=n, agency=there[one.line].agency, unit=there[one.line].unit, first_line=one.first_line,
                window=Window(one.when.value), card=by_code[one.card], tester=people.get(tester or 0),
                second_tester=people.get(second or 0),
            )
            for n, (one, (tester, second)) in enumerate(zip(drawn, shared_out([one.twice for one in drawn], list(people)), strict=True), 1)
        ]
    )  # fmt: skip
    for person in testers:
        _bring_up_to_date(made, person, at=at)


def begun(made: CallPlan) -> bool:
    """Whether somebody has called already: then the plan stands."""
    return made.tests.exclude(state=CallState.WAITING).exists() or Attempt.objects.filter(test__plan=made).exists()


@act
def redraw(made: CallPlan, *, reason: str, by: Account, at: datetime) -> CallPlan:
    """重抽 with a new seed and the parameters of the day, while nobody has called yet."""
    made = CallPlan.objects.select_for_update().get(pk=made.pk)
    if last_day(made.month) < day_of(at):
        raise CannotTest(_("這個月已經過了，不能再排測試。"))
    if begun(made):
        raise CannotTest(_("這個月已經開始測試，不能重抽。"))
    if not reason.strip():
        raise CannotTest(_("請寫明為什麼重抽。"))
    old = {"seed": made.seed, "calls": made.tests.count()}
    for share in made.shares.all():
        worklist.close_todo(CALLS, share, at=at)
    made.tests.all().delete()
    on = max(made.month, day_of(at))
    drawing = drawing_on(on)
    made.seed, made.drawn_at, made.drawn_by = secrets.token_hex(8), at, by
    for name, value in asdict(drawing).items():
        setattr(made, name, value)
    made.save()
    _hand_out(made, drawing, on=on, at=at)
    audit.record(
        "phone_test.redrawn", made, by=by, at=at, old=old,
        new={"seed": made.seed, "calls": made.tests.count(), "reason": reason.strip()},
    )  # fmt: skip
    return made


def draw_by_itself(at: datetime) -> int:
    """The daily job: this month is drawn if nobody has done so, there are testers, and there is something to ask."""
    day = day_of(at)
    month = day.replace(day=1)
    ready = directory.holders(Role.TESTER, on=day).exists() and ScenarioCard.objects.on(day).exists()
    if not ready or CallPlan.objects.filter(month=month).exists():
        return 0
    draw(month, by=None, at=at)
    return 1


def _bring_up_to_date(made: CallPlan, tester: Person | None, *, at: datetime) -> None:
    """The tester's line in the to-do list says how far it is, and goes when nothing is left."""
    if tester is None:
        return
    known = queries.progress(made, tester)
    if not known.many:
        return
    share, _created = TesterShare.objects.get_or_create(plan=made, tester=tester)
    agency = (
        tester.appointments.filter(role=Role.TESTER).order_by("-starts_on").values_list("agency", flat=True).first()
    )
    if not known.left or agency is None:
        worklist.close_todo(CALLS, share, at=at)
        return
    with translation.override("zh-hant"):  # titles are kept in the city's language
        title = _("%(month)s電話測試，還有%(left)s／%(many)s通") % {
            "month": month_name(made.month), "left": known.left, "many": known.many,
        }  # fmt: skip
    worklist.open_todo(
        CALLS, share, title=title, agency=Agency.objects.get(pk=agency), person=tester, url=URL,
        due_at=end_of_day(last_day(made.month)), at=at,
    )  # fmt: skip


@act
def take_over(from_person: Person, to_person: Person, by: Account | None, at: datetime) -> int:
    """移交: what a tester has not called yet is a colleague's."""
    rows = list(
        PhoneTest.objects.filter(tester=from_person, state=CallState.WAITING).select_related("plan").order_by("pk")
    )
    keys = [row.pk for row in rows]
    PhoneTest.objects.filter(pk__in=keys, second_tester=to_person).update(second_tester=None)
    PhoneTest.objects.filter(pk__in=keys).update(tester=to_person)
    PhoneTest.objects.filter(second_tester=from_person, second_sheet=None).update(second_tester=None)
    for made in {row.plan_id: row.plan for row in rows}.values():
        for person in (from_person, to_person):
            _bring_up_to_date(made, person, at=at)
    if rows:
        new = {"from": from_person.pk, "to": to_person.pk, "count": len(rows)}
        audit.record("phone_test.handed_over", None, by=by, at=at, new=new)
    return len(rows)


def waiting_of(person: Person) -> int:
    """How many calls somebody has still to make."""
    return PhoneTest.objects.filter(tester=person, state=CallState.WAITING).count()


# ---- a call ----------------------------------------------------------------------------------------------------------


def _locked(test: PhoneTest, by: Account, called_at: datetime, at: datetime) -> tuple[PhoneTest, Person]:
    """The test as it is now, for the tester whose it is, and only if the call fits into the plan."""
    found = PhoneTest.objects.select_for_update(of=("self",)).select_related("plan", "agency", "unit").get(pk=test.pk)
    person = directory.person_of(by)
    if person is None or found.tester_id != person.pk:
        raise CannotTest(_("這一通不是分給您的。"))
    if found.state != CallState.WAITING:
        raise CannotTest(_("這一通已經登錄過了。"))
    day, local = day_of(called_at), called_at.astimezone(TAIPEI)
    why = misplaced(
        day, local.time(), month=found.plan.month, when=When(found.window), lunch=queries.lunch_on(day),
        now=(day_of(at), at.astimezone(TAIPEI).time()),
    )  # fmt: skip
    if why is not None:
        window = Window(found.window).label
        raise CannotTest(
            {
                Misplaced.AHEAD: _("通話時間還沒到，請填實際打的時間。"),
                Misplaced.OTHER_MONTH: _("通話日期不在這個測試計畫的月份。"),
                Misplaced.OTHER_PART: _("這一通排在%(window)s，通話時間不在這個時段。") % {"window": window},
            }[why]
        )
    return found, person


@act
def score(
    test: PhoneTest, *, marks: Mapping[str, Mark], remark: str = "", recording: str = "", called_at: datetime,
    by: Account, at: datetime,
) -> PhoneTest:  # fmt: skip
    """評分: the tester's sheet, by the scheme and the pass mark of the day of the call.

    Raises CannotTest, and scoring's Incomplete where a mark or a reason is missing.
    """
    test, person = _locked(test, by, called_at, at)
    day = day_of(called_at)
    scheme = scoring.scheme_on(SCHEME, day)
    sheet = scoring.score(test, scheme=scheme, marks=marks, judge=person, remark=remark, at=at)
    test.sheet, test.points, test.called_at, test.called_on = sheet, sheet.points, called_at, day
    test.recording = recording
    test.pass_mark = parameter("phone_tests.pass_mark", on=day).value
    assert test.pass_mark is not None
    test.state = CallState.PASSED if passes(sheet.points, test.pass_mark) else CallState.FAILED
    test.save()
    _settled(test, "phone_test.scored", by=by, at=at)
    return test


@act
def score_again(
    test: PhoneTest, *, marks: Mapping[str, Mark], remark: str = "", by: Account, at: datetime
) -> PhoneTest:
    """再評一次 by the second tester, who does not see what the first one found. It decides nothing: it shows whether two
    people agree.
    """
    test = PhoneTest.objects.select_for_update(of=("self",)).select_related("plan", "second_tester").get(pk=test.pk)
    person = directory.person_of(by)
    if person is None or test.second_tester_id != person.pk:
        raise CannotTest(_("這一通不是分給您再評的。"))
    if test.sheet_id is None or test.second_sheet_id is not None:
        raise CannotTest(_("這一通還沒有評過，或已經再評過了。"))
    scheme = scoring.scheme_on(SCHEME, test.called_on or day_of(at))
    test.second_sheet = scoring.score(test, scheme=scheme, marks=marks, judge=person, turn=2, remark=remark, at=at)
    test.save(update_fields=["second_sheet"])
    audit.record("phone_test.scored_again", test, by=by, at=at, new={"points": str(test.second_sheet.points)})
    _bring_up_to_date(test.plan, test.second_tester, at=at)
    return test


@act
def reached_nobody(test: PhoneTest, *, trouble: str, called_at: datetime, by: Account, at: datetime) -> PhoneTest:
    """A try without an answer; after so many the test ends as 無人接聽, without a score."""
    test, person = _locked(test, by, called_at, at)
    n = test.attempts.count() + 1
    Attempt.objects.create(test=test, n=n, trouble=Trouble(trouble), at=called_at, by=person)
    if n >= parameter("phone_tests.tries", on=day_of(called_at)).value:
        test.state, test.called_at, test.called_on = CallState.UNANSWERED, called_at, day_of(called_at)
        test.save()
        _settled(test, "phone_test.unanswered", by=by, at=at)
    else:
        audit.record("phone_test.tried", test, by=by, at=at, new={"n": n, "trouble": trouble})
    return test


def _settled(test: PhoneTest, event: str, *, by: Account, at: datetime) -> None:
    audit.record(
        event, test, by=by, at=at, old={"state": CallState.WAITING},
        new={"state": test.state, "points": str(test.points) if test.points is not None else None},
    )  # fmt: skip
    _bring_up_to_date(test.plan, test.tester, at=at)
    if test.sheet is not None:
        _bring_up_to_date(test.plan, test.second_tester, at=at)
    if test.state != CallState.PASSED:
        improving.ask(test, at=at)
