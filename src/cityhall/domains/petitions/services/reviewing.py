"""The weekly sample: automatic dispatches drawn by a seed, looked at by a person, learnt from where they were wrong."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from cityhall.engines.audit import services as audit
from cityhall.engines.cases.services import CannotAct
from cityhall.engines.cases.states import AT_AGENCY, Status
from cityhall.engines.directory.models import Agency
from cityhall.engines.identity.models import Account
from cityhall.engines.rules.queries import parameter
from cityhall.foundation.clock import at as instant
from cityhall.foundation.clock import day_of
from cityhall.foundation.unit import act

from .. import queries, trust, watching
from ..models import Category, DispatchDecision, Label, ReviewSample, SampleReview
from ..states import Verdict
from . import automatic, clocks, dispatch, todos

WEEK = timedelta(days=7)


class CannotReview(CannotAct):
    """It was looked at already, or what is right is missing."""


def monday(day: date) -> date:
    """The first day of a day's week."""
    return day - timedelta(days=day.weekday())


def nightly(at: datetime) -> None:
    """Draw the sample of the week that is over; stop automatic dispatch where it is no longer good enough."""
    draw(monday(day_of(at)) - WEEK, at=at)
    automatic.look(at=at)


@act
def draw(week: date, *, at: datetime) -> ReviewSample | None:
    """The sample of a week, once; none where nothing was dispatched by itself."""
    if (drawn := ReviewSample.objects.filter(week_on=week).first()) is not None:
        return drawn
    rows = watching.automatic(instant(week), instant(week + WEEK))
    numbers = list(
        rows.filter(petition__case__confidential=False, review=None).order_by("pk").values_list("pk", flat=True)
    )
    if not numbers:
        return None
    seed = trust.seed_of(week)
    chosen = trust.drawn(numbers, parameter("petitions.sample_size", on=day_of(at)).value, seed)
    sample = ReviewSample.objects.create(
        week_on=week, seed=seed, drawn_at=at, population=len(numbers), size=len(chosen)
    )
    SampleReview.objects.bulk_create(
        SampleReview(sample=sample, n=n, decision_id=decision) for n, decision in enumerate(chosen, start=1)
    )
    audit.record(
        "petition.sample_drawn", sample, by=None, at=at,
        new={"week": week.isoformat(), "seed": seed, "of": len(numbers), "drawn": len(chosen)},
    )  # fmt: skip
    todos.wait_for_learning(
        sample, todos.SAMPLE, title=str(_("抽查上週的自動派案")), detail=str(_("%(n)d 件，一件一件看派得對不對。") % {"n": len(chosen)}),
        page="petitions:sample", args=[week.isoformat()], due_at=clocks.in_working_days(5, at=at), at=at,
    )  # fmt: skip
    return sample


@act
def judge(
    review: SampleReview,
    *,
    verdict: Verdict,
    category: Category | None = None,
    agency: Agency | None = None,
    note: str = "",
    send_anew: bool = False,
    by: Account,
    at: datetime,
) -> SampleReview:
    """A person's word on one dispatch. Where it was wrong, what is right becomes a label; if asked, it is sent there."""
    review = SampleReview.objects.select_for_update().select_related("sample").get(pk=review.pk)
    decision = DispatchDecision.objects.select_related(
        "petition__case", "petition__category", "category", "agency"
    ).get(pk=review.decision_id)
    if review.verdict:
        raise CannotReview(_("這件已經看過了。要改請先按「重看這一件」。"))
    wrong = verdict == Verdict.WRONG
    if wrong and category is None and agency is None:
        raise CannotReview(_("請選正確的類別或機關。"))
    if (
        wrong
        and (category or decision.category) == decision.category
        and (agency or decision.agency) == decision.agency
    ):
        raise CannotReview(_("您選的和派案結果一樣，那就是派對了。"))
    review.verdict, review.by, review.at, review.note = verdict, by, at, note.strip()
    review.category, review.agency = (category, agency) if wrong else (None, None)
    review.save()
    petition = decision.petition
    if wrong:
        right = category or decision.category
        if send_anew:
            _send_anew(review, decision, category=right, agency=agency, by=by, at=at)
        elif category is not None and category != decision.category:
            Label.objects.create(petition=petition, category=category, before=decision.category, by=by, at=at)
    audit.record(
        "petition.dispatch_reviewed", petition.case, by=by, at=at,
        old={"category": _code(decision.category), "agency": _code(decision.agency)},
        new={"verdict": verdict, "category": _code(category), "agency": _code(agency)},
    )  # fmt: skip
    if not review.sample.reviews.filter(verdict="").exists():
        todos.learning_done(review.sample, todos.SAMPLE, at=at)
    automatic.look(at=at)
    return review


def _code(one: Category | Agency | None) -> str:
    return one.code if one else ""


def _send_anew(
    review: SampleReview, decision: DispatchDecision, *, category: Category | None, agency: Agency | None, by: Account,
    at: datetime,
) -> None:  # fmt: skip
    petition = decision.petition
    movable = {Status.DISPATCHING, Status.RETURNED, *AT_AGENCY}
    if (
        petition.case.status not in movable
        or category is None
        or not queries.may(by, "petitions.dispatch", petition, at)
    ):
        raise CannotReview(_("這件現在不能改派，請不要勾選「現在就改派」。"))
    dispatch.dispatch_by_desk(
        petition, category=category, agency=agency, note=review.note or str(_("抽查發現派錯")), by=by, at=at
    )
    review.sent_anew = True
    review.save(update_fields=["sent_anew"])


@act
def take_back(review: SampleReview, *, by: Account, at: datetime) -> SampleReview:
    """One's own word on a dispatch is taken back, to look once more; what was sent elsewhere stays there."""
    review = SampleReview.objects.select_for_update().get(pk=review.pk)
    if not review.verdict:
        return review
    if review.by_id != by.pk:
        raise CannotReview(_("只有看過這件的人可以重看。"))
    decision = review.decision
    if review.verdict == Verdict.WRONG and not review.sent_anew and review.at is not None:
        Label.objects.filter(petition=decision.petition_id, by=by, at=review.at).delete()
    audit.record(
        "petition.dispatch_reviewed", decision.petition.case, by=by, at=at, old={"verdict": review.verdict},
        new={"verdict": ""},
    )  # fmt: skip
    review.verdict, review.category, review.agency, review.at, review.by = "", None, None, None, None
    review.save()
    return review


def open_reviews(sample: ReviewSample) -> QuerySet[SampleReview]:
    """Those nobody has looked at, in the order of drawing."""
    return sample.reviews.filter(verdict="").order_by("n")
