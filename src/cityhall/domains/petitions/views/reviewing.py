"""派案抽查: the week's sample, one dispatch after another, by keyboard; and what the weeks found."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count, Q
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from cityhall.engines.cases.services import CannotAct
from cityhall.engines.idempotency.views import form_once
from cityhall.engines.worklist import services as todo_acts
from cityhall.foundation.clock import day_of
from cityhall.web.access import allowed, requires

from .. import queries
from ..forms import learning as forms
from ..models import ReviewSample, SampleReview
from ..services import reviewing
from ..states import Verdict
from ..trust import Precision

READ = "petitions.automatic.read"
MANAGE = "petitions.automatic.manage"


def _sample(week: str) -> ReviewSample:
    try:
        return get_object_or_404(ReviewSample, week_on=date.fromisoformat(week))
    except ValueError:
        raise Http404 from None


@requires(READ)
def samples(request: HttpRequest) -> HttpResponse:
    """Every week's sample: how far it is, and what it found."""
    rows = ReviewSample.objects.annotate(
        done=Count("reviews", filter=~Q(reviews__verdict="")),
        right=Count("reviews", filter=Q(reviews__verdict=Verdict.RIGHT)),
    ).order_by("-week_on")
    page = Paginator(rows, 26).get_page(request.GET.get("page"))
    found = []
    for row in page.object_list:
        precision = Precision(row.right, row.done)
        found.append({"sample": row, "precision": precision, "share": precision.share, "between": precision.between})
    return render(request, "petitions/desk/automatic/samples.html", {"page": page, "rows": found})


@requires(READ)
def sample(request: HttpRequest, week: str) -> HttpResponse:
    """The first dispatch of a sample that nobody has looked at; once all are, what they found."""
    one, now = _sample(week), timezone.now()
    todo_acts.mark_seen_by(one, request.user, at=now)
    first = reviewing.open_reviews(one).first()
    if first is not None and allowed(request, MANAGE) and "all" not in request.GET:
        return HttpResponseRedirect(reverse("petitions:review", args=[week, first.n]))
    reviews = list(one.reviews.select_related(*_WITH, "category", "agency", "by"))
    done = [review for review in reviews if review.verdict]
    precision = Precision(sum(review.verdict == Verdict.RIGHT for review in done), len(done))
    visible = set(
        queries.visible_to(request.user, now)
        .filter(pk__in=[review.decision.petition_id for review in reviews])
        .values_list("pk", flat=True)
    )
    context = {
        "sample": one, "reviews": reviews, "done": len(done), "precision": precision, "share": precision.share,
        "between": precision.between, "visible": visible, "manages": allowed(request, MANAGE), "week": week, "next": first,
    }  # fmt: skip
    return render(request, "petitions/desk/automatic/sample.html", context)


_WITH = ("decision__petition__case__place", "decision__category", "decision__agency")


@requires(MANAGE)
@form_once
def review(request: HttpRequest, week: str, n: int) -> HttpResponse:
    """One dispatch: what was written, where it went and why; right or wrong, and what would have been right."""
    one, now = _sample(week), timezone.now()
    found = get_object_or_404(SampleReview.objects.select_related(*_WITH, "category", "agency", "by"), sample=one, n=n)
    petition = found.decision.petition
    if not queries.visible_to(request.user, now).filter(pk=petition.pk).exists():
        raise Http404
    posted = request.method == "POST"
    wrong = posted and request.POST.get("verdict") == Verdict.WRONG
    form = forms.WrongForm(
        request.POST if wrong else None, on=day_of(now), may_send=_may_send(request, found, now),
        initial={"category": found.decision.category.code if found.decision.category else ""},
    )  # fmt: skip
    status = 200
    if posted:
        status = 422
        if wrong and form.is_valid():
            status, done = _judged(request, found, form, Verdict.WRONG, now)
        elif request.POST.get("verdict") == Verdict.RIGHT:
            status, done = _judged(request, found, form, Verdict.RIGHT, now)
        else:
            done = False
        if done:
            return HttpResponseRedirect(_next(one, week, n))
    total = one.reviews.count()
    context = {
        "sample": one, "review": found, "decision": found.decision, "case": petition.case, "petition": petition,
        "why": queries.explain(found.decision), "form": form, "wrong": wrong, "week": week, "n": n, "total": total,
        "done": total - reviewing.open_reviews(one).count(), "before": n - 1 if n > 1 else None,
        "after": n + 1 if n < total else None, **queries.marked_apart(found.decision),
    }  # fmt: skip
    return render(request, "petitions/desk/automatic/review.html", context, status=status)


def _may_send(request: HttpRequest, found: SampleReview, now: datetime) -> bool:
    return queries.may(request.user, "petitions.dispatch", found.decision.petition, now)


def _judged(
    request: HttpRequest, found: SampleReview, form: forms.WrongForm, verdict: Verdict, now: datetime
) -> tuple[int, bool]:
    """Do it; a refusal comes back on the page."""
    given: dict[str, Any] = form.cleaned_data if verdict == Verdict.WRONG else {}
    try:
        reviewing.judge(
            found, verdict=verdict, category=given.get("category"), agency=given.get("agency"),
            note=given.get("note", ""), send_anew=bool(given.get("send_anew")), by=request.user, at=now,
        )  # fmt: skip
    except CannotAct as refusal:
        if verdict == Verdict.WRONG:
            form.add_error(None, refusal.sentence)
        else:
            messages.error(request, refusal.sentence)
        return 422, False
    messages.success(request, _("第 %(n)d 件：%(word)s。") % {"n": found.n, "word": verdict.label})
    return 302, True


def _next(one: ReviewSample, week: str, n: int) -> str:
    """The next that nobody has looked at, after this one and then from the beginning."""
    rows = reviewing.open_reviews(one)
    following = rows.filter(n__gt=n).first() or rows.first()
    if following is None:
        return reverse("petitions:sample", args=[week])
    return reverse("petitions:review", args=[week, following.n])


@requires(MANAGE)
@require_POST
@form_once
def take_back(request: HttpRequest, week: str, n: int) -> HttpResponse:
    """Look at one's own once more."""
    found = get_object_or_404(SampleReview, sample=_sample(week), n=n)
    try:
        reviewing.take_back(found, by=request.user, at=timezone.now())
    except CannotAct as refusal:
        messages.error(request, refusal.sentence)
    return HttpResponseRedirect(reverse("petitions:review", args=[week, n]))
