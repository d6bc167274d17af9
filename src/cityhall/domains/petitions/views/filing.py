"""Reporting something, one question a page: the draft is kept, Back works, nothing needs script."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from cityhall.engines.cases.services import CannotAct
from cityhall.engines.cases.states import Channel, PlaceMethod
from cityhall.engines.directory import queries as directory
from cityhall.engines.files import queries as files
from cityhall.engines.files.services import CannotStoreFile
from cityhall.engines.idempotency.views import form_once
from cityhall.engines.identity import origin, throttle
from cityhall.engines.identity.codes import CannotIssueCode
from cityhall.engines.letters.services import CannotSend
from cityhall.foundation.clock import day_of
from cityhall.web.access import public
from cityhall.web.context import language
from cityhall.web.errors import TooMany
from cityhall.web.forms import Form

from .. import arrivals
from ..forms.filing import SaveForm
from ..headings import title_of
from ..models import Category
from ..services import drafts
from ..states import Group
from .drafting import COOKIE, METHODS, Filing, kept_draft, lost, to_petition, with_cookie, with_filing
from .questions import HANDLERS, first_fault, rows


@public
@never_cache
@require_http_methods(METHODS)
def start(request: HttpRequest) -> HttpResponse:
    """What can be done here: report, send a photo, look up, go on with what was begun."""
    at = timezone.now()
    draft = kept_draft(request, at)
    if request.method == "POST" and request.POST.get("act") == "forget" and draft:
        drafts.throw_away(draft, by=request.user if request.user.is_authenticated else None, at=at)
        messages.success(request, _("填到一半的內容已經丟掉。"))
        response = redirect("petitions:start")
        response.delete_cookie(COOKIE)
        return response
    current = Filing(request, draft, at) if draft else None
    context = {"draft": current, "title": _title_of(current) if current else "", "keep_days": drafts.days_kept(at)}
    return render(request, "petitions/start.html", context)


def _title_of(current: Filing) -> str:
    return title_of(current.text) if current.text else ""


def _begin(request: HttpRequest, channel: Channel, **data: Any) -> HttpResponse:
    """The first question, before anything is kept; or the choice to go on with what was begun."""
    at = timezone.now()
    draft = kept_draft(request, at)
    if draft is not None and request.method != "POST" and request.GET.get("anew") is None:
        current = Filing(request, draft, at)
        context = {
            "draft": current, "title": _title_of(current), "anew": f"{request.path}?{_with(request, anew='1')}",
            "flow": current.flow_title,
        }  # fmt: skip
        return render(request, "petitions/filing/begun.html", context)
    account = request.user if request.user.is_authenticated else None
    current = Filing(request, drafts.new(channel=channel, account=account, data=data, at=at), at)
    return with_cookie(_answer(current, current.steps()[0]), current)


def _with(request: HttpRequest, **changes: str) -> str:
    query = request.GET.copy()
    for key, value in changes.items():
        query[key] = value
    return query.urlencode()


@public
@never_cache
@require_http_methods(METHODS)
@form_once
def new(request: HttpRequest) -> HttpResponse:
    """反映一件事: from the home page, or from one of its topics."""
    group = request.GET.get("group", "")
    return _begin(request, Channel.WEB, **({"group": group} if group in Group.values else {}))


@public
@never_cache
@require_http_methods(METHODS)
@form_once
def defect(request: HttpRequest) -> HttpResponse:
    """市容查報: photo and place first, then one line."""
    return _begin(request, Channel.DEFECT)


@public
@never_cache
@require_http_methods(METHODS)
@form_once
def agency_box(request: HttpRequest, code: str) -> HttpResponse:
    """機關意見信箱: the same questions, the agency named; dispatch still checks."""
    today = day_of(timezone.now())
    agency = directory.agency(code, today)
    if agency is None or agency.is_outside or not agency.exists_on(today):
        raise Http404(_("沒有這個機關的信箱。請從「反映一件事」寫給市府，我們會送到對的機關。"))
    return _begin(request, Channel.AGENCY_BOX, agency=agency.code)


@public
@never_cache
@require_http_methods(METHODS)
@form_once
def about(request: HttpRequest, kind: str, key: str) -> HttpResponse:
    """回報問題: of a thing of the city, whose place and category are known."""
    at = timezone.now()
    thing = arrivals.thing(kind, key, at)
    if thing is None:
        raise Http404(_("找不到您要回報的東西。請從「反映一件事」寫給市府。"))
    known = Category.objects.in_use(day_of(at)).filter(code=thing.category).exists()
    where = {"method": str(PlaceMethod.PIN), "lon": thing.lon, "lat": thing.lat, "words": thing.address}
    return _begin(
        request, Channel.WEB, about={"kind": kind, "key": key, "name": thing.name}, where={**where, "label": thing.name},
        **({"kind": {"category": thing.category}} if known else {}),
    )  # fmt: skip


@public
@never_cache
@require_http_methods(METHODS)
@form_once
@with_filing
def step(current: Filing, step: str) -> HttpResponse:
    """One question."""
    if step not in HANDLERS:
        raise Http404
    if step not in current.steps():
        return current.go_on()
    return _answer(current, step)


def _answer(current: Filing, slug: str) -> HttpResponse:
    """Take the answer; whoever wants to go on later goes to the page for that, whatever this answer was worth."""
    response = HANDLERS[slug](current)
    if current.request.POST.get("act") == "save" and current.draft.pk:
        return redirect("petitions:save")
    return response


# ---- all answers, and send ------------------------------------------------------------------------------


class SendForm(Form):
    """Nothing to fill in: it carries the sentence of a refusal."""


def _check(current: Filing) -> HttpResponse:
    form = SendForm()
    if current.request.method == "POST":
        form = SendForm(current.request.POST)
        if (slug := first_fault(current)) is not None:
            return redirect(f"{reverse('petitions:file', args=[slug])}?wrong")
        try:
            petition = drafts.send(current.draft, language=language(), account=current.account, at=current.at)
        except (CannotAct, CannotIssueCode, CannotSend, CannotStoreFile) as refusal:
            form.is_valid()
            form.add_error(None, getattr(refusal, "sentence", str(refusal)))
        else:
            return to_petition(current.request, petition)
    if (slug := first_fault(current)) is not None:
        return redirect(f"{reverse('petitions:file', args=[slug])}?wrong")
    return current.page("check", form=form, rows=rows(current), files=list(files.of(current.draft)))


@public
@never_cache
@require_http_methods(METHODS)
def check(request: HttpRequest) -> HttpResponse:
    """All answers on one page, then send."""
    if request.method == "POST":
        admit_letters(request)
    return _check_once(request)


_check_once = form_once(with_filing(_check))


def admit_letters(request: HttpRequest) -> None:
    """So many letters with codes and links may one network cause, and no more."""
    at = timezone.now()
    try:
        throttle.admit(("codes-sent", origin.network(request)), at=at)
    except throttle.CannotTryNow as locked:
        raise TooMany(locked.sentence, retry_after=locked.seconds) from locked


# ---- going on another day --------------------------------------------------------------------------------


@public
@never_cache
@sensitive_post_parameters()
@require_http_methods(METHODS)
def save(request: HttpRequest) -> HttpResponse:
    """先存起來，晚點再填: a link by e-mail; whoever is signed in finds it in their account as well."""
    at = timezone.now()
    draft = kept_draft(request, at)
    if draft is None:
        return lost(request)
    account = request.user if request.user.is_authenticated else None
    form = SaveForm(request.POST or None, initial={"email": account.email if account else ""})
    current = Filing(request, draft, at)
    if request.method == "POST" and form.is_valid():
        admit_letters(request)
        try:
            drafts.send_link(draft, email=form.cleaned_data["email"], language=language(), at=at)
        except CannotSend as refusal:
            form.add_error("email", str(refusal))
        else:
            context = {
                "email": form.cleaned_data["email"],
                "keep_days": drafts.days_kept(at),
                "next_url": current.next_url,
            }
            return with_cookie(render(request, "petitions/filing/saved.html", context), current)
    context = {
        "form": form, "keep_days": drafts.days_kept(at), "back_url": current.next_url, "flow": current.flow_title,
    }  # fmt: skip
    return with_cookie(render(request, "petitions/filing/save.html", context), current)


@public
@never_cache
@require_http_methods(["GET", "HEAD"])
def resume(request: HttpRequest, token: str) -> HttpResponse:
    """The link of the letter: this browser goes on with the draft."""
    at = timezone.now()
    draft = drafts.by_link(token, at=at)
    if draft is None:
        messages.warning(request, _("這份內容已經送出，或放太久已經清除了。"))
        return redirect("petitions:start")
    if draft.account_id and draft.account_id != request.user.pk:
        return redirect(f"{reverse('identity:sign_in')}?next={request.path}")
    current = Filing(request, draft, at)
    return with_cookie(current.go_on(), current)
