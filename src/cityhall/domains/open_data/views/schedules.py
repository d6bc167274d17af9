"""排程擷取 at the desk: where a resource's versions come from, what came of each try, and fetching at once."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from cityhall.engines.idempotency.acting import act_page
from cityhall.engines.idempotency.views import form_once
from cityhall.engines.worklist.services import mark_seen_by
from cityhall.foundation.clock import day_of
from cityhall.web.access import requires

from .. import forms, queries, scheduled
from ..models import FetchSchedule, Resource
from ..queries import EDIT
from ..refusals import CannotCatalogue

SHOWN = 30


def _resource(request: HttpRequest, number: int, n: int, at: datetime) -> Resource:
    """The resource, for those who may edit its dataset; for others it does not exist."""
    rows = Resource.objects.filter(dataset__number=number, n=n).select_related("dataset__agency")
    found = rows.first()
    if found is None or not queries.may(request.user, EDIT, found.dataset, at):
        raise Http404
    return found


def _schedule(row: Resource) -> FetchSchedule | None:
    return FetchSchedule.objects.filter(resource=row).first()


@requires(EDIT)
@form_once
def schedule(request: HttpRequest, number: int, n: int) -> HttpResponse:
    """The address and how often; below it what came of each try."""
    now = timezone.now()
    row = _resource(request, number, n, now)
    mark_seen_by(row, request.user, at=now)
    there = _schedule(row)
    initial = {"url": there.url, "every": there.every} if there else {"url": row.url}
    form = forms.ScheduleForm(request.POST if request.method == "POST" else None, initial=initial)
    here = reverse("open_data_desk:dataset", args=[number])
    to = reverse("open_data_desk:schedule", args=[number, n])

    def do(given: dict[str, Any]) -> str:
        scheduled.set_schedule(row, **given, by=request.user, at=now)
        return _("已設定，今天深夜開始擷取。")

    if request.method == "POST":
        return act_page(
            request, form=form, title=_("排程擷取"), button=_("存下設定"), do=do, back=(here, row.dataset.title), to=to,
            refused=CannotCatalogue, lead=row.name,
        )  # fmt: skip
    context = {
        "form": form, "one": row.dataset, "resource": row, "schedule": there, "hosts": scheduled.hosts(day_of(now)),
        "tries": row.fetch_tries.select_related("version").order_by("-at", "-pk")[:SHOWN],
    }  # fmt: skip
    return render(request, "open_data/desk/schedule.html", context)


def _confirmed(
    request: HttpRequest, number: int, n: int, *, title: str, button: str, lead: str, act: Any, said: str
) -> HttpResponse:
    now = timezone.now()
    row = _resource(request, number, n, now)
    form = forms.ConfirmForm(request.POST if request.method == "POST" else None)
    here = reverse("open_data_desk:schedule", args=[number, n])

    def do(given: dict[str, Any]) -> str:
        act(row, by=request.user, at=now)
        return said

    return act_page(
        request, form=form, title=title, button=button, do=do, back=(here, _("排程擷取")), to=here, refused=CannotCatalogue,
        lead=lead,
    )  # fmt: skip


@requires(EDIT)
@form_once
def stop(request: HttpRequest, number: int, n: int) -> HttpResponse:
    """Versions come by hand again."""
    return _confirmed(
        request, number, n, title=_("停止排程擷取"), button=_("停止擷取"), lead=_("之後的新版本要自己上傳。已經擷取的版本保留。"),
        act=scheduled.stop_schedule, said=_("已停止排程擷取。"),
    )  # fmt: skip


@requires(EDIT)
@form_once
def now(request: HttpRequest, number: int, n: int) -> HttpResponse:
    """Not wait for the night."""
    return _confirmed(
        request, number, n, title=_("立即擷取"), button=_("立即擷取"), lead=_("平常在深夜擷取。改好網址或檔案以後，可以不等晚上。"),
        act=scheduled.ask_now, said=_("已排入擷取，幾分鐘後就會有結果。"),
    )  # fmt: skip
