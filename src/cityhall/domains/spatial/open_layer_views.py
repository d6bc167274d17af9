"""Layers of open data at the desk: choose a published table, make a layer of it, take a version that has other columns."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from cityhall.engines.idempotency.acting import act_page
from cityhall.engines.idempotency.views import form_once
from cityhall.engines.identity.requests import account_of
from cityhall.engines.tables import published
from cityhall.web.access import requires

from . import forms, open_layers, rules
from .models import Layer
from .refusals import CannotList
from .states import Licence, Rights
from .views import MANAGE, agencies, people, seen


@requires(MANAGE)
def choose(request: HttpRequest) -> HttpResponse:
    """Published tables with places, and the layers that are made of them."""
    form = forms.WordsForm(request.GET or None)
    words = form.cleaned_data["q"].strip() if form.is_bound and form.is_valid() else ""
    there = open_layers.placed(words)
    made: defaultdict[str, list[Layer]] = defaultdict(list)
    for layer in Layer.objects.filter(resource__in=[one.key for one in there], withdrawn_on=None):
        made[layer.resource].append(layer)
    context = {
        "form": form, "filtered": bool(words), "rows": [(one, made.get(one.key, [])) for one in there],
        "most": open_layers.MOST_FOUND,
    }  # fmt: skip
    return render(request, "spatial/open_data.html", context)


@requires(MANAGE)
@form_once
def make(request: HttpRequest, key: str) -> HttpResponse:
    """Put a published table into the catalogue."""
    one, now = published.get(key), timezone.now()
    if one is None:
        raise Http404
    first = {
        "title": one.title[:80], "title_en": one.title_en[:120], "about": one.about[:1000], "agency": str(one.agency),
        "rights": Rights.PUBLIC, "licence": Licence.OPEN, "upkeep": rules.upkeep(one.days),
    }  # fmt: skip
    posted = request.POST if request.method == "POST" else None
    form = forms.NewLayerForm(posted, dated=False, agencies=agencies(), people=people(), initial=first)

    def do(given: dict[str, Any]) -> str:
        open_layers.make_layer(given["code"], one, by=account_of(request), at=now, **form.given())
        return _("已登錄圖資。")

    return act_page(
        request, form=form, title=_("把「%(name)s」登錄為圖資") % {"name": one.label}, button=_("登錄"), do=do,
        back=(reverse("spatial:choose_open_data"), _("從開放資料登錄圖資")), to=reverse("spatial:layers"), refused=CannotList,
        lead=_("資料日期跟著開放資料；資料換新版本時，圖資跟著換。"),
        summary=[(_("提供機關"), one.agency_name), (_("筆數"), f"{one.rows:,}")],
    )  # fmt: skip


@requires(MANAGE)
@form_once
def take_version(request: HttpRequest, code: str) -> HttpResponse:
    """Show the newest version although it lacks columns."""
    one, now = get_object_or_404(seen(request), code=code), timezone.now()
    form = forms.SureForm(request.POST if request.method == "POST" else None)

    def do(given: dict[str, Any]) -> str:
        open_layers.take_version(one, by=account_of(request), at=now)
        return _("圖資已換成新版本。")

    here = reverse("spatial:layer", args=[code])
    return act_page(
        request, form=form, title=_("換成新版本"), button=_("換成新版本"), do=do, back=(here, str(one)), to=here,
        refused=CannotList, lead=_("介接的系統會看到新的欄位；少了的欄位就查不到了。"),
        summary=[(str(one.get_trouble_display()), one.trouble_about)] if one.trouble else [],
    )  # fmt: skip
