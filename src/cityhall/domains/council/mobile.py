"""The look-up by link: for councillors and their offices, on a telephone first, without a script and without an account."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from functools import wraps
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.feedgenerator import Atom1Feed
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from cityhall.engines.idempotency.views import form_once
from cityhall.engines.identity import origin, throttle
from cityhall.foundation.clock import day_of
from cityhall.web.access import public, public_to_programs
from cityhall.web.context import language
from cityhall.web.errors import TooMany

from . import forms, queries, readers, views
from .models import Reader

KEPT = "council.reader"
METHODS = ["GET", "HEAD", "POST"]
FEED, FEED_DAYS = 60, 31


# ---- the door ----------------------------------------------------------------------------------------------------------


@public
@never_cache
@require_http_methods(METHODS)
def ask(request: HttpRequest) -> HttpResponseBase:
    """Where to send a link; the answer is the same for every address."""
    if request.method == "POST":
        _let_in(request, "codes-sent")
    return _ask_once(request)


def _let_in(request: HttpRequest, scope: str) -> None:
    """So many tries may one network make."""
    try:
        throttle.admit((scope, origin.network(request)), at=timezone.now())
    except throttle.CannotTryNow as locked:
        raise TooMany(locked.sentence, retry_after=locked.seconds) from locked


@form_once
def _ask_once(request: HttpRequest) -> HttpResponse:
    now = timezone.now()
    if request.method != "POST" and reader_of(request, now) is not None:
        return HttpResponseRedirect(reverse("council_look_up:items"))
    form = forms.LinkForm(request.POST if request.method == "POST" else None)
    asked = request.method == "POST" and form.is_valid()
    if asked:
        readers.ask_for_link(form.cleaned_data["email"], language=language(), at=now)
    minutes = int(readers.link_lasts(now).total_seconds() // 60)
    status = 422 if form.is_bound and form.errors else 200
    return render(request, "council/ask.html", {"form": form, "asked": asked, "minutes": minutes}, status=status)


@public
@never_cache
@require_http_methods(METHODS)
def link(request: HttpRequest, token: str) -> HttpResponseBase:
    """The link of the letter: a page with a button, because mail scanners open links."""
    if request.method == "POST":
        _let_in(request, "network")
    return _link_once(request, token)


@form_once
def _link_once(request: HttpRequest, token: str) -> HttpResponse:
    now = timezone.now()
    if request.method == "POST":
        reader = readers.open_link(token, at=now)
        if reader is not None:
            request.session.cycle_key()
            request.session[KEPT] = [str(reader.reference), (now + readers.look_lasts(now)).isoformat()]
            return HttpResponseRedirect(reverse("council_look_up:items"))
    works = request.method != "POST" and readers.link_works(token, at=now)
    return render(request, "council/link.html", {"works": works}, status=410 if request.method == "POST" else 200)


def reader_of(request: HttpRequest, at: datetime) -> Reader | None:
    """Who opened the look-up in this browser, while it stays open."""
    reference, until = request.session.get(KEPT) or ("", "")
    if not reference or datetime.fromisoformat(until) <= at:
        return None
    return Reader.objects.open().select_related("councillor").filter(reference=reference).first()


def _reader(view: Any) -> Any:
    """For whoever came by a link; others are asked where to send one."""

    @never_cache
    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        reader = reader_of(request, timezone.now())
        if reader is None:
            messages.info(request, _("請先取得查詢連結。"))
            return HttpResponseRedirect(reverse("council_look_up:ask"))
        return view(request, reader, *args, **kwargs)

    return public(guarded)


# ---- what is looked up -------------------------------------------------------------------------------------------------


@_reader
@require_safe
def items(request: HttpRequest, reader: Reader) -> HttpResponse:
    """Find an item."""
    return render(request, "council/mobile_items.html", {**views.found(request), "reader": reader})


@_reader
@require_safe
def item(request: HttpRequest, reader: Reader, reference: uuid.UUID) -> HttpResponse:
    """One item."""
    return render(request, "council/mobile_item.html", {**views.shown(reference), "reader": reader})


@_reader
@require_http_methods(METHODS)
@form_once
def mark(request: HttpRequest, reader: Reader, reference: uuid.UUID) -> HttpResponse:
    """答非所問."""
    reply = views.marked_reply(reference)
    here = reverse("council_look_up:item", args=[reply.item.reference])
    return views.mark_page(
        request, reply, here, template="council/mobile_act.html", title=_("這份函復沒有答到問題"), reader=reader
    )


@_reader
@require_http_methods(METHODS)
@form_once
def news(request: HttpRequest, reader: Reader) -> HttpResponse:
    """What they are told by mail, and the feed."""
    chosen = {"news": "yes" if reader.news else "no", "own_only": "own" if reader.own_only else "all"}
    posted = request.POST if request.method == "POST" else None
    form = forms.NewsForm(posted, initial=chosen, councillor=reader.councillor_id is not None)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        readers.subscribe(reader, news=given["news"], own_only=given.get("own_only", False), at=timezone.now())
        messages.success(request, _("已改好。"))
        return HttpResponseRedirect(reverse("council_look_up:news"))
    status = 422 if form.is_bound and form.errors else 200
    return render(request, "council/news.html", {"form": form, "reader": reader}, status=status)


@_reader
@require_POST
@form_once
def renew_feed(request: HttpRequest, reader: Reader) -> HttpResponse:
    """A new address of the feed, shown this once."""
    key = readers.renew_feed(reader, at=timezone.now())
    url = f"{settings.SITE_URL}{reverse('council_look_up:feed', args=[key.token]).removeprefix('/en')}"
    messages.success(request, format_html('{} <code class="dk-once">{}</code>', _("您的網址，只顯示這一次："), url))
    return HttpResponseRedirect(reverse("council_look_up:news"))


@public
@never_cache
@require_POST
def leave(request: HttpRequest) -> HttpResponse:
    """The look-up is closed in this browser."""
    request.session.pop(KEPT, None)
    messages.success(request, _("已離開查詢。"))
    return HttpResponseRedirect(reverse("council_look_up:ask"))


# The mail program's one click (RFC 8058): it has no cookie of ours; the key in the address is the proof.
@public_to_programs
@never_cache
@require_http_methods(METHODS)
def stop(request: HttpRequest, reference: uuid.UUID, key: str) -> HttpResponse:
    """Reading the address changes nothing, for programs follow links in mails; one POST ends it."""
    reader = readers.by_letter(reference, key)
    if reader is None:
        raise Http404(_("這個連結不完整或已經失效。"))
    if request.method == "POST":
        reader = readers.leave(reader, at=timezone.now())
    return render(request, "council/stop.html", {"reader": reader})


@public
@never_cache
@require_safe
def feed(request: HttpRequest, token: str) -> HttpResponse:
    """What changed in the last month, for whoever has this address."""
    reader = readers.whose_feed(token)
    if reader is None:
        raise Http404(_("這個訂閱網址已經換發或停用。"))
    today = day_of(timezone.now())
    there = queries.changes(today - timedelta(days=FEED_DAYS), today)
    atom = Atom1Feed(
        title=_("議會案件的變動"), link=f"{settings.SITE_URL}{reverse('council_look_up:ask')}",
        feed_url=request.build_absolute_uri(), description="", language="zh-Hant",
    )  # fmt: skip
    for one in [one for one in there if readers.of_interest(reader, one)][:FEED]:
        page = f"{settings.SITE_URL}{reverse('council_look_up:item', args=[one.reference])}"
        atom.add_item(
            title=f"{one.number}　{one.title}", link=page, description=one.said, pubdate=one.at, updateddate=one.at,
            unique_id=f"tag:{request.get_host().partition(':')[0]},{one.on}:{one.number}:{one.kind}:{one.at.timestamp():.0f}",
        )  # fmt: skip
    return HttpResponse(atom.writeString("utf-8"), content_type=atom.content_type)
