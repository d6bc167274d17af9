"""訂閱: a feed and a form for a dataset, an agency, a search."""

from __future__ import annotations

from django.conf import settings
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.feedgenerator import Atom1Feed
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from cityhall.engines.idempotency.views import form_once
from cityhall.engines.subscriptions import views as subscriptions
from cityhall.engines.subscriptions.forms import SubscribeForm
from cityhall.engines.subscriptions.registry import topics
from cityhall.web.access import public

from .. import following, queries
from ..models import Dataset

IN_FEED = 50


def _feed(request: HttpRequest, topic: str, subject: str, datasets: QuerySet[Dataset]) -> HttpResponse:
    declared = topics[topic]
    name = declared.name(subject)
    if name is None:
        raise Http404
    page = f"{settings.SITE_URL}{declared.page(subject)}"
    atom = Atom1Feed(title=name, link=page, description="", feed_url=request.build_absolute_uri(), language="zh-TW")
    for move in following.moves(datasets)[:IN_FEED]:
        where = reverse("open_data:dataset", args=[move.dataset.name])
        atom.add_item(
            title=following.line(move), link=f"{settings.SITE_URL}{where}", description=move.dataset.text[:500],
            unique_id=f"{settings.SITE_URL}{where}#{move.pk}", updateddate=move.at, pubdate=move.at,
            author_name=move.dataset.agency.label,
        )  # fmt: skip
    return HttpResponse(atom.writeString("utf-8"), content_type=atom.content_type)


@public
@require_safe
def dataset_feed(request: HttpRequest, name: str) -> HttpResponse:
    """What became of a dataset."""
    return _feed(request, following.DATASET, name.lower(), following.of_dataset(name))


@public
@require_safe
def agency_feed(request: HttpRequest, code: str) -> HttpResponse:
    """What an agency published and renewed."""
    return _feed(request, following.AGENCY, code, following.of_agency(code))


@public
@require_safe
def search_feed(request: HttpRequest) -> HttpResponse:
    """What a search finds, as it comes and is renewed."""
    subject = following.subject_of(queries.asked(request.GET))
    return _feed(request, following.SEARCH, subject, following.of_search(subject))


@public
@never_cache
@require_http_methods(subscriptions.METHODS)
def follow(request: HttpRequest, name: str = "", code: str = "") -> HttpResponse:
    """By mail: how often, and where to."""
    if request.method == "POST":
        subscriptions.admit(request)
    if name:
        topic, subject = following.DATASET, name.lower()
    elif code:
        topic, subject = following.AGENCY, code
    else:
        topic, subject = following.SEARCH, following.subject_of(queries.asked(request.GET))
    return _follow_once(request, topic, subject)


@form_once
def _follow_once(request: HttpRequest, topic: str, subject: str) -> HttpResponse:
    declared = topics[topic]
    what = declared.name(subject)
    if what is None:
        raise Http404
    email = request.user.email if request.user.is_authenticated else ""
    form = SubscribeForm(
        request.POST if request.method == "POST" else None, initial={"email": email, "rhythm": "WEEKLY"}
    )
    if request.method == "POST" and form.is_valid():
        answer = subscriptions.ask(request, form, topic, subject, rhythm=form.cleaned_data["rhythm"])
        if answer is not None:
            return answer
    context = {"form": form, "what": what, "page": declared.page(subject)}
    return render(request, "open_data/follow.html", context, status=422 if form.is_bound and form.errors else 200)
