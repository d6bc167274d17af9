"""初評 on engines/scoring: the year's agencies as candidates, its scheme, and its results beside the ministry's."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from django.utils.translation import gettext_lazy as _

from cityhall.engines.gatherings.models import Outcome
from cityhall.engines.scoring import registry as scoring
from cityhall.engines.scoring.evaluating import Step
from cityhall.engines.scoring.models import Candidate
from cityhall.engines.scoring.models import Evaluation as Scored
from cityhall.engines.scoring.registry import EvaluationKind, Found, Given, Line
from cityhall.foundation.values import rounded

from .models import EvaluatedAgency, Evaluation
from .rules import Compared, compared
from .states import MEETING, VISIT

KIND = SCHEME = "road_safety.first"


def candidates(year: int) -> list[Given]:
    """The agencies that the year's evaluation looks at, outside stations among them."""
    rows = EvaluatedAgency.objects.filter(evaluation__year=year).select_related("agency")
    return [Given(one, one.agency, one.agency.name) for one in rows.order_by("agency__order", "pk")]


def suggestions(year: int) -> tuple[Counter[int], Counter[int]]:
    """By agency, how many suggestions a year left, and how many of them are still open."""
    made = Outcome.objects.of_held_within((MEETING, VISIT), date(year, 1, 1), date(year, 12, 31))
    lead = "item__duties__agency"
    whole, left = (
        rows.filter(item__duties__ended_on=None).values_list(lead, flat=True) for rows in (made, made.open())
    )
    return Counter(whole), Counter(left)


def followed(subjects: Sequence[EvaluatedAgency], year: int) -> dict[int, Found]:
    """The share of last year's suggestions that are done; without any there is nothing to measure."""
    made, still_open = suggestions(year - 1)
    found: dict[int, Found] = {}
    for one in subjects:
        whole, done = made[one.agency_id], made[one.agency_id] - still_open[one.agency_id]
        share = rounded(Decimal(done * 100) / whole, 2) if whole else None
        found[one.pk] = share, {"part": done, "whole": whole}
    return found


def scored(year: int) -> Scored | None:
    """The year's evaluation by the committee."""
    return Scored.objects.filter(kind=KIND, year=year).first()


def comparison(evaluation: Evaluation) -> list[tuple[EvaluatedAgency, Compared]]:
    """The agencies of a year, in the order of the list, with both evaluations once ours has a result."""
    rows = list(evaluation.agencies.select_related("agency").order_by("agency__order", "pk"))
    ours = dict(
        Candidate.objects.filter(evaluation__kind=KIND, evaluation__year=evaluation.year).values_list(
            "object_id", "points"
        )
    )
    found = compared({one.pk: ours.get(one.pk) for one in rows}, {one.pk: one.ministry_points for one in rows})
    return [(one, found[one.pk]) for one in rows]


def declare() -> None:
    """The scheme, what is measured, and the kind of evaluation."""
    scoring.formula(
        "road_safety.followed",
        _("上年度委員建議已辦完的"),
        followed,
        inputs={"part": _("已辦完的"), "whole": _("應計的")},
    )
    scoring.declare(
        SCHEME, _("道安視導初評"), since=date(2015, 1, 1), source="道路交通秩序與交通安全改進方案（配分為本系統預設值）", most=10,
        reason_below=6,
        lines=(
            Line("aims", 30, "工作目標", "Aims", "年度道安工作目標與達成的情形。", "Aims of the year, and how far they were reached."),
            Line("methods", 25, "執行方法", "Methods", "工程、執法、監理是否針對肇事原因，做法是否有效。",
                 "Whether engineering, enforcement and supervision meet the causes of accidents."),
            Line("public", 20, "教育與宣導", "Education", "對學生、高齡者與用路人的教育與宣導。",
                 "Education of pupils, older people and road users."),
            Line("evidence", 15, "佐證資料", "Evidence", "自評與資料是否完整、一致。", "Whether papers are complete and agree."),
            Line("followed", 10, "上年度建議", "Last year", "上年度委員建議已經辦完的比率；上年度沒有建議的不計。",
                 "Share of last year's suggestions that are done; left out where there were none.",
                 "road_safety.followed", (("0", "0"), ("100", "100"))),
        ),
    )  # fmt: skip
    scoring.evaluation(
        EvaluationKind(
            KIND, _("道安視導初評"), SCHEME, (Step("self", judged=False), Step("first")),
            {"self": _("自評"), "first": _("初評")}, candidates,
        )
    )  # fmt: skip
