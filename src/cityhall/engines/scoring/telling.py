"""What follows from results, and what is waited for: letters to the agencies, and the day by which a year is judged."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from cityhall.engines.audit import services as audit
from cityhall.engines.directory import queries as directory
from cityhall.engines.directory.models import Agency, Appointment
from cityhall.engines.directory.states import Role
from cityhall.engines.letters import services as letters
from cityhall.engines.letters.services import Recipient
from cityhall.engines.letters.states import Channel
from cityhall.engines.worklist import services as worklist
from cityhall.foundation.clock import at as instant
from cityhall.foundation.clock import day_of
from cityhall.foundation.unit import act
from cityhall.web import documents
from cityhall.web.charts import year_name
from cityhall.web.context import language
from cityhall.web.dates import as_date

from . import queries, registry
from .evaluations import DUE, CannotEvaluate
from .models import Evaluation, ResultLetter, Scheme
from .services import scheme_on

TEMPLATE = Path(__file__).parent / "result.typ"

# ---- letters ---------------------------------------------------------------------------------------------------------


@act
def send_results(
    evaluation: Evaluation, *, sent_on: date, document: str, by: Any | None, at: datetime
) -> list[ResultLetter]:
    """函送結果: each agency is told its own results, by a letter with a day and a number. Raises CannotEvaluate.

    After a result was opened again and closed, the letter goes once more, as a correction, to those whose results changed;
    both letters are kept.
    """
    one = Evaluation.objects.select_for_update(of=("self",)).select_related("scheme").get(pk=evaluation.pk)
    if one.closed_on is None:
        raise CannotEvaluate(_("還沒有評定。"))
    if not document.strip():
        raise CannotEvaluate(_("請填發文字號。"))
    if not one.closed_on <= sent_on <= day_of(at):
        raise CannotEvaluate(_("發文日期要在評定日以後，不能晚於今天。"))
    told = queries.latest_letters(one)
    n = max((row.n for row in told.values()), default=0) + 1
    results = _results(one)
    if not results:
        raise CannotEvaluate(_("沒有受評機關，不必函送。"))
    new = {agency: rows for agency, rows in results.items() if not _same(told.get(agency.pk), rows)}
    if not new:
        raise CannotEvaluate(_("結果已經函送，之後沒有改變。"))
    made = ResultLetter.objects.bulk_create(
        ResultLetter(
            evaluation=one, agency=agency, n=n, sent_on=sent_on, document=document.strip()[:60], results=rows, sent_at=at,
            sent_by=by,
        )
        for agency, rows in new.items()
    )  # fmt: skip
    for row in made:
        _write(one, row, corrects=told.get(row.agency_id), at=at)
    audit.record(
        "evaluation.results_sent", one, by=by, at=at,
        new={"document": document.strip()[:60], "n": n, "agencies": sorted(agency.code for agency in new)},
    )  # fmt: skip
    return made


def _results(evaluation: Evaluation) -> dict[Agency, list[dict[str, Any]]]:
    """What each agency is told of its candidates, in the city's language."""
    found: dict[Agency, list[dict[str, Any]]] = defaultdict(list)
    with translation.override("zh-hant"):
        for row in evaluation.candidates.select_related("agency").order_by("n"):
            assert row.points is not None
            if row.agency is None:
                continue
            found[row.agency].append(
                {
                    "n": row.n, "name": row.name, "points": f"{row.points.normalize():f}", "place": row.place,
                    "grade": evaluation.scheme.grade_of(row.points), "award": evaluation.scheme.award_of(row.points),
                }
            )  # fmt: skip
    return found


def _same(letter: ResultLetter | None, rows: list[dict[str, Any]]) -> bool:
    return letter is not None and letter.results == rows


def _write(evaluation: Evaluation, row: ResultLetter, *, corrects: ResultLetter | None, at: datetime) -> None:
    today = day_of(at)
    with translation.override("zh-hant"):
        title = queries.title_of(evaluation)
    there, _unit = directory.carried_on(row.agency, None, on=today)
    for person in directory.who_holds(Role.COORDINATOR, there, on=today):
        address = person.email or (person.account.email if person.account else "") or ""
        to = Recipient(email=address, name=person.name, language="zh-hant", account_id=person.account_id)
        if letters.can_reach(to, Channel.EMAIL):
            letters.send(
                "scoring.result", to=to, about=row, key=f"evaluation:{evaluation.pk}:{row.agency_id}:{row.n}:{person.pk}",
                channel=Channel.EMAIL, at=at,
                context={
                    "title": title, "agency": row.agency.name, "sent_on": row.sent_on, "document": row.document,
                    "corrects": corrects.document if corrects else "", "lines": row.results,
                    "url": f"{settings.SITE_URL}{_url(evaluation)}",
                },
            )  # fmt: skip


def paper(letter: ResultLetter) -> bytes:
    """The letter as an A4 PDF/UA, with the results as the agency was told them. Raises CannotMake."""
    title, earlier, office = queries.title_of(letter.evaluation), _before(letter), _commission(letter.sent_on)
    words = [_("每一項怎麼算、委員的意見，可在市政廳的評核頁查看。")]
    if earlier:
        words.insert(0, _("%(document)s所列的結果，以這一次為準。") % {"document": earlier.document})
    data = {
        "title": f"{title} {letter.document}",
        "from": _("%(office)s　函") % {"office": office.full_label if office else settings.CITY_NAME[language()]},
        "facts": [
            [_("受文者"), letter.agency.full_label], [_("發文日期"), as_date(letter.sent_on)], [_("發文字號"), letter.document],
        ],
        "subject": [_("主旨"), _("檢送貴機關的%(title)s結果，請查照。") % {"title": title}],
        "words": [_("說明"), words],
        "columns": [_("受評對象"), _("總分"), _("名次"), _("等第"), _("獎懲建議")],
        "rows": [
            [row["name"], row["points"], str(row["place"] or "—"), row["grade"] or "—", row["award"] or "—"]
            for row in letter.results
        ],
        "colon": ": " if language() == "en" else "：", "page": _("第 {} 頁，共 {} 頁"),
    }  # fmt: skip
    return documents.pdf_of(TEMPLATE, data, at=letter.sent_at)


def _before(letter: ResultLetter) -> ResultLetter | None:
    rows = ResultLetter.objects.filter(evaluation=letter.evaluation, agency=letter.agency, n__lt=letter.n)
    return rows.order_by("-n").first()


def _url(evaluation: Evaluation) -> str:
    return reverse("scoring:evaluation", args=[evaluation.reference])


# ---- what is waited for ----------------------------------------------------------------------------------------------


@act
def chase(at: datetime) -> int:
    """Put last year's evaluations that have a day on the commission's list until their results stand. Says how many wait."""
    year, waiting = day_of(at).year - 1, 0
    office = _commission(day_of(at))
    known = {row.kind: row for row in Evaluation.objects.filter(year=year)}
    for kind in registry.evaluation_kinds():
        one = known.get(kind.key)
        if kind.due is None or kind.candidates is None or office is None or (one and one.closed_on):
            continue
        if not one and not kind.candidates(year):
            continue
        waiting += 1
        scheme = one.scheme if one else scheme_on(kind.scheme, date(year, 12, 31))
        _remind(kind, year, one, scheme, office, at=at)
    return waiting


def _remind(
    kind: registry.EvaluationKind, year: int, one: Evaluation | None, scheme: Scheme, office: Agency, *, at: datetime
) -> None:
    assert kind.due is not None
    with translation.override("zh-hant"):  # titles are kept in the city's language
        title = _("%(year)s度%(kind)s") % {"year": year_name(year), "kind": kind.label}
        step = queries.running_step(one) if one else None
        detail = step.label if step else _("等候評定") if one else _("還沒有開始")
    begin = f"{reverse('scoring:begin')}?kind={kind.key}&year={year}"
    worklist.open_todo(
        DUE, scheme, title=title, detail=detail, agency=office, role=Role.COMMISSION, due_at=instant(kind.due(year), 23, 59),
        url=_url(one) if one else begin, at=at,
    )  # fmt: skip


def _commission(day: date) -> Agency | None:
    """The agency whose officers decide: where the role is held."""
    held = Appointment.objects.filter(role=Role.COMMISSION).as_of(day).select_related("agency").order_by("pk").first()
    return held.agency if held else None
