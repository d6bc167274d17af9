"""A year-end evaluation in a browser: self, first, final; counted again it is the same; the letter reaches the agency."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.utils import timezone

from cityhall.domains.projects import services, year_end
from cityhall.domains.projects.tests import making
from cityhall.engines.directory.models import Person
from cityhall.engines.directory.states import AgencyKind, Role
from cityhall.engines.directory.tests.factories import make_agency, make_person
from cityhall.engines.scoring.models import Evaluation
from cityhall.foundation.clock import at as instant
from cityhall.foundation.clock import day_of

from .test_petition import check, go_on

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def closed_project(agency: Any, year: int) -> None:
    """A project of half a year, closed in it."""
    project = making.listed(agency=agency, on=date(year, 3, 1), name="橋梁補強工程")
    for n, percent in ((1, 10), (2, 20), (3, 38), (4, 60), (5, 80)):
        making.reported(project, n, percent, date(year, 3 + n, 5), paid=percent * 480_000)
    day = date(year, 8, 20)
    asked = services.apply(project, kind="CLOSING", reason="驗收完成", by=None, at=instant(day, 9))
    services.decide(asked, approved=True, remark="", by=None, at=instant(day, 10))


def marked(page: Any, value: int) -> None:
    """Every item gets the same."""
    for name in ("results", "control"):
        page.check(f"[name=mark_{name}][value='{value}']", force=True)
    go_on(page)


def test_a_year_is_judged_counted_again_and_told(city: Any, site: str, post: Any, open_as: Any) -> None:
    now, here = timezone.now(), f"{site}/desk/evaluations/"
    year = day_of(now).year - 1
    closed_project(city.works, year)
    outside = make_agency("university", kind=AgencyKind.OUTSIDE_BODY, name="示範大學", short_name="示範大學")
    judge: Person = make_person(outside, None, Role.JUDGE)
    commission, agency, member = open_as(city.commission), open_as(city.coordinator, width=360), open_as(judge)

    # The commission begins it: the system has found the project.
    commission.goto(f"{here}choose/")
    commission.select_option("[name=kind]", year_end.KIND)
    commission.select_option("[name=year]", str(year))
    go_on(commission)
    for n, step in enumerate(("self", "first", "final"), 1):
        day = day_of(now) + timedelta(days=7 * n)
        for part, value in (("year", day.year - 1911), ("month", day.month), ("day", day.day)):
            commission.fill(f"[name=due_{step}_{part}]", str(value))
    commission.check("[name=judges]", force=True)
    go_on(commission)
    one = Evaluation.objects.get()
    record, candidate = f"{here}{one.reference}/", f"{here}{one.reference}/1/"

    # The agency assesses itself on a telephone; then the judge scores twice, after each the commission ends the step.
    agency.goto(candidate)
    check(agency, script=True)
    marked(agency, 9)
    for step in ("self", "first", "final"):
        if step != "self":
            member.goto(candidate)
            marked(member, 8)
        if step == "final":
            measured = commission.goto(candidate) and commission.locator("main table").first.inner_text()
            commission.goto(f"{record}measure/")
            commission.fill("[name=reason]", "評定前再算一次")
            go_on(commission)
            commission.goto(candidate)
            assert commission.locator("main table").first.inner_text() == measured  # the same inputs, the same numbers
        commission.goto(f"{record}end/")
        go_on(commission)
    commission.goto(f"{record}close/")
    go_on(commission)
    check(commission, script=True)
    result = one.candidates.get()
    assert result.place == 1

    # The letter: the agency reads its result, by mail and on the page.
    today = day_of(now)
    commission.goto(f"{record}letters/")
    for part, value in (("year", today.year - 1911), ("month", today.month), ("day", today.day)):
        commission.fill(f"[name=sent_on_{part}]", str(value))
    commission.fill("[name=document]", "府研管字第1160000001號")
    go_on(commission)
    check(commission, script=True)
    words = next(
        letter for letter in post() if city.coordinator.account.email in letter.to and "年終考核" in letter.subject
    )
    assert "府研管字第1160000001號" in words.text
    assert f"{result.points.normalize():f} 分，第 1 名" in words.text
    agency.goto(candidate)
    grade = one.scheme.grade_of(result.points)
    assert grade in agency.locator("main .dk-lead").inner_text()
    check(agency, script=True)
