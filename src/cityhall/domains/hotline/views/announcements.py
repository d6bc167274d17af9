"""活動訊息: written, published and withdrawn at the desk; read by operators there and by everybody on the public page."""

from __future__ import annotations

from typing import Any

from django.core.paginator import Paginator
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from cityhall.engines.idempotency.acting import act_page
from cityhall.engines.idempotency.views import form_once
from cityhall.foundation.clock import day_of
from cityhall.web.access import allowed, public, requires
from cityhall.web.forms import Form

from .. import menus
from ..forms.menus import EXPIRED, STATES, AnnouncementFilter, AnnouncementForm, WithdrawForm, values_of
from ..menus import CannotAnnounce, Words
from ..models import Announcement
from ..notices import first_words
from ..queries import ANNOUNCE, ANNOUNCEMENTS
from ..states import AnnouncementState

NAMES = dict(STATES)
TONES = {AnnouncementState.DRAFT: "grey", AnnouncementState.WITHDRAWN: "amber"}


@requires(ANNOUNCEMENTS)
def index(request: HttpRequest) -> HttpResponse:
    """What callers hear today, what is coming, and all others, the newest first."""
    today = day_of(timezone.now())
    rows = Announcement.objects.all()
    manages = allowed(request, ANNOUNCE)
    if not manages:
        rows = rows.exclude(state=AnnouncementState.DRAFT)
    form = AnnouncementFilter(request.GET or None)
    if form.is_bound and form.is_valid():
        if state := form.cleaned_data["state"]:
            rows = rows.in_state(state, today)
        if q := form.cleaned_data["q"]:
            rows = rows.filter(
                Q(title__contains=q) | Q(text__contains=q) | Q(title_en__icontains=q) | Q(text_en__icontains=q)
            )
    page = Paginator(rows, 25).get_page(request.GET.get("page"))
    for row in page.object_list:
        row.now = row.state == AnnouncementState.PUBLISHED and row.valid_from <= today <= row.valid_until
        row.over = row.valid_until < today
        row.tone = TONES.get(AnnouncementState(row.state), "grey" if row.over else "")
        row.shown = NAMES[EXPIRED if row.over and row.state == AnnouncementState.PUBLISHED else row.state]
    context = {
        "form": form, "page": page, "manages": manages, "filtered": any(request.GET.get(one) for one in ("state", "q")),
    }  # fmt: skip
    return render(request, "hotline/announcements.html", context, status=422 if form.is_bound and form.errors else 200)


def _written(given: dict[str, Any]) -> Words:
    return Words(**given)


@requires(ANNOUNCE)
@form_once
def add(request: HttpRequest) -> HttpResponse:
    """A new draft."""
    now, here = timezone.now(), reverse("hotline:announcements")
    form = AnnouncementForm(request.POST or None, initial=first_words(request.GET, on=day_of(now)))

    def do(given: dict[str, Any]) -> str:
        row = menus.write(_written(given), by=request.user, at=now)
        return _("「%(title)s」已存成草稿；看過之後再發布。") % {"title": row}

    return act_page(
        request, form=form, title=_("新增活動訊息"), button=_("存成草稿"), do=do, back=(here, _("活動訊息")), to=here,
        refused=CannotAnnounce, lead=_("發布之後，播放期間內話務人員和民眾都看得到，語音選單也會念。"),
    )  # fmt: skip


@requires(ANNOUNCE)
@form_once
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Change a draft."""
    row, now, here = get_object_or_404(Announcement, pk=pk), timezone.now(), reverse("hotline:announcements")
    form = AnnouncementForm(request.POST or None, initial=values_of(row))

    def do(given: dict[str, Any]) -> str:
        return _("「%(title)s」已修改。") % {"title": menus.rewrite(row, _written(given), by=request.user, at=now)}

    return act_page(
        request, form=form, title=_("修改活動訊息草稿"), button=_("儲存"), do=do, back=(here, _("活動訊息")), to=here,
        refused=CannotAnnounce,
    )  # fmt: skip


def _rows(row: Announcement) -> list[tuple[Any, Any]]:
    return [
        (_("標題"), f"{row.title}／{row.title_en}"), (_("內容"), row.text), (_("英文內容"), row.text_en),
        (_("語音選單播放"), _("播放") if row.played else _("不播放")),
    ]  # fmt: skip


@requires(ANNOUNCE)
@form_once
def publish(request: HttpRequest, pk: int) -> HttpResponse:
    """發布 a draft, or again what was withdrawn."""
    row, now, here = get_object_or_404(Announcement, pk=pk), timezone.now(), reverse("hotline:announcements")

    def do(_given: dict[str, Any]) -> str:
        return _("「%(title)s」已發布。") % {"title": menus.publish(row, by=request.user, at=now)}

    return act_page(
        request, form=Form(request.POST if request.method == "POST" else None), title=_("發布這則活動訊息"),
        button=_("發布"), do=do, back=(here, _("活動訊息")), to=here, refused=CannotAnnounce, summary=_rows(row),
        lead=_("發布之後不能改寫，只能撤下。"),
    )  # fmt: skip


@requires(ANNOUNCE)
@form_once
def withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    """撤下 with a reason; it can be published again while its days last."""
    row, now, here = get_object_or_404(Announcement, pk=pk), timezone.now(), reverse("hotline:announcements")

    def do(given: dict[str, Any]) -> str:
        menus.withdraw(row, reason=given["reason"], by=request.user, at=now)
        return _("「%(title)s」已撤下；播放期間內可以再發布。") % {"title": row}

    return act_page(
        request, form=WithdrawForm(request.POST if request.method == "POST" else None), title=_("撤下這則活動訊息"),
        button=_("撤下"), do=do, back=(here, _("活動訊息")), to=here, refused=CannotAnnounce, summary=_rows(row)[:1],
    )  # fmt: skip


@public
@require_safe
def everybody(request: HttpRequest) -> HttpResponse:
    """What is on now, and what is coming."""
    today = day_of(timezone.now())
    context = {
        "current": Announcement.objects.valid_on(today).order_by("valid_until", "pk")[:50],
        "coming": Announcement.objects.to_come(today).order_by("valid_from", "pk")[:50],
    }
    return render(request, "hotline/everybody.html", context)
