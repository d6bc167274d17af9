"""查詢點位: a point, an address or a list to village, district and layers; a page for people, a door for programs.

Places may be somebody's: they are sent in the body, never in an address, and nothing of them is logged. A long list of an
officer is kept for the worker, and nobody else sees it.
"""

from __future__ import annotations

import json
import uuid
from itertools import islice
from typing import Any

from django import forms as fields
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cityhall.engines.audit import services as audit
from cityhall.engines.files import downloads
from cityhall.engines.files.sheets import CannotReadSheet
from cityhall.engines.idempotency.acting import act_page
from cityhall.engines.idempotency.views import form_once
from cityhall.engines.identity.requests import account_of
from cityhall.web.access import allowed, public, requires
from cityhall.web.forms import Checkboxes, File, Form, Text

from . import point_lists, points, queries, use
from .forms import SureForm
from .map_views import reader_of
from .models import Layer, PointList
from .ogc import Call, Refused, door
from .points import Asked, TooLong
from .queries import Shown
from .refusals import CannotAnalyse
from .states import ListState
from .views import READ

MOST_OF_A_CALL = 1_000
MOST_BYTES = 1_000_000


class PointsForm(Form):
    """A place or a list, and of which layers attributes are wanted."""

    place = fields.CharField(
        label=gettext_lazy("地址、地標，或經度與緯度"), max_length=120, required=False, widget=Text,
        help_text=gettext_lazy("例如：桃園市桃園區縣府路1號，或 121.3010, 24.9930。"),
    )  # fmt: skip
    upload = fields.FileField(
        label=gettext_lazy("或上傳清單"), required=False, widget=File,
        help_text=gettext_lazy("CSV、ODS 或 XLSX，要有「經度」「緯度」或「地址」欄位。2,000列以內馬上查，結果是 CSV，不留在系統裡；公務人員登入後最多100,000列，在背景查，結果保留7天。"),
    )  # fmt: skip
    layers = fields.MultipleChoiceField(label=gettext_lazy("一併查詢的圖資"), required=False, widget=Checkboxes)

    def __init__(self, *args: Any, there: list[Shown], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["layers"].choices = [(one.layer.code, str(one.layer)) for one in there]

    def clean(self) -> dict[str, Any]:
        """One of the two is needed, and not too many layers."""
        given: dict[str, Any] = super().clean() or self.cleaned_data
        if not self.errors and not given.get("place", "").strip() and not given.get("upload"):
            self.add_error("place", _("請寫一個地點，或上傳清單。"))
        if len(given.get("layers", [])) > points.MOST_LAYERS:
            self.add_error("layers", _("一次最多查%(most)s種圖資。") % {"most": points.MOST_LAYERS})
        return given


def asked_of(text: str) -> Asked:
    """A point where two numbers stand, else an address."""
    parts = text.replace("，", ",").split(",")
    if len(parts) == 2:
        try:
            return Asked(float(parts[0]), float(parts[1]))
        except ValueError:
            pass
    return Asked(address=text)


@public
@form_once
def point_page(request: HttpRequest) -> HttpResponseBase:
    """Ask for one place and see it; hand in a list and get it back with more columns."""
    there = [one for one in queries.visible(reader_of(request)) if one.layer.code not in ("districts", "villages")]
    posted = request.method == "POST"
    form = PointsForm(request.POST if posted else None, request.FILES if posted else None, there=there)
    answer, status, officer = None, 200, allowed(request, READ)
    if posted:
        status = 422
        if form.is_valid():
            given = form.cleaned_data
            layers = [one for one in there if one.layer.code in given["layers"]]
            try:
                if given["upload"]:
                    listed = points.read(given["upload"], most=points.MOST_AT_ONCE)
                    _note(request, layers, client=False)
                    columns = [*listed.headings, *points.headings(layers)]
                    return downloads.sheet("csv", "places.csv", columns, points.filled(listed, layers))
                answer, status = points.answered([asked_of(given["place"])], layers)[0], 200
                _note(request, layers, client=False)
            except TooLong as refusal:
                if officer:
                    return _kept(request, form, layers)
                form.add_error("upload", _("%(why)s請分成幾份，或以公務帳號登入後再上傳。") % {"why": refusal})
            except CannotReadSheet as refusal:
                form.add_error("upload", str(refusal))
    context = {"form": form, "answer": answer, "officer": officer}
    return render(request, "spatial/points.html", context, status=status)


def _kept(request: HttpRequest, form: PointsForm, layers: list[Shown]) -> HttpResponseBase:
    """A long list of an officer goes to the worker; its own page says how far it is."""
    upload, codes = form.cleaned_data["upload"], [one.layer.code for one in layers]
    try:
        made = point_lists.hand_in(upload, name=upload.name, layers=codes, by=account_of(request), at=timezone.now())
    except CannotAnalyse as refusal:
        form.add_error("upload", refusal.sentence)
        context = {"form": form, "answer": None, "officer": True}
        return render(request, "spatial/points.html", context, status=422)
    _note(request, layers, client=False)
    return HttpResponseRedirect(reverse("spatial:point_list", args=[made.reference]))


def _note(request: HttpRequest, layers: list[Shown], *, client: bool) -> None:
    for code in ["villages", *(one.layer.code for one in layers)]:
        use.note(request, "point", code, client=client)


# ---- long lists, for whoever handed them in --------------------------------------------------------------------------

SHOWN_MISSING = 50
PAGE = 25


@requires(READ)
def point_list_page(request: HttpRequest) -> HttpResponse:
    """The lists of the officer that are still there."""
    rows = point_lists.mine(account_of(request))
    page = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    return render(request, "spatial/point_lists.html", {"page": page, "kept_days": point_lists.KEPT_DAYS})


def _mine(request: HttpRequest, reference: uuid.UUID) -> PointList:
    return get_object_or_404(point_lists.mine(account_of(request)), reference=reference)


@requires(READ)
def point_list(request: HttpRequest, reference: uuid.UUID) -> HttpResponse:
    """One list: how far it is, and each row for which no place was found."""
    one = _mine(request, reference)
    done = one.state == ListState.DONE
    first = islice(point_lists.missing(one), SHOWN_MISSING) if done else ()
    context = {
        "one": one, "waiting": one.state == ListState.WAITING, "done": done,
        "missing": [(line, "　".join(filter(None, cells))[:80], why) for line, cells, why in first],
        "more": max(0, one.missing - SHOWN_MISSING), "layers": Layer.objects.filter(code__in=one.layers),
    }  # fmt: skip
    return render(request, "spatial/point_list.html", context)


@requires(READ)
def point_list_download(request: HttpRequest, reference: uuid.UUID, what: str) -> HttpResponseBase:
    """The answered list, or only the rows for which no place was found and why; written down."""
    one = _mine(request, reference)
    if one.state != ListState.DONE or what not in ("places", "missing"):
        raise Http404
    new = {"what": what, "rows": one.rows if what == "places" else one.missing}
    audit.record("spatial.list_downloaded", one, by=request.user, at=timezone.now(), new=new)
    if what == "places":
        return downloads.sheet("csv", "places.csv", [*one.headings, *one.added], point_lists.filled(one))
    rows = ([line, why, *cells] for line, cells, why in point_lists.missing(one))
    return downloads.sheet("csv", "missing.csv", [_("列"), _("原因"), *one.headings], rows)


@requires(READ)
@form_once
def let_go_list(request: HttpRequest, reference: uuid.UUID) -> HttpResponse:
    """Delete a list with its answers now."""
    one = _mine(request, reference)
    form = SureForm(request.POST if request.method == "POST" else None)

    def do(given: dict[str, Any]) -> str:
        point_lists.let_go(one, by=account_of(request), at=timezone.now())
        return _("已刪除清單與結果。")

    here = reverse("spatial:point_list", args=[reference])
    return act_page(
        request, form=form, title=_("刪除點位清單"), button=_("刪除"), do=do, back=(here, str(one)),
        to=reverse("spatial:point_lists"), refused=CannotAnalyse, lead=_("清單和結果都會刪除，不能復原。還在查的會停下來。"),
    )  # fmt: skip


# ---- for programs ----------------------------------------------------------------------------------------------------


@door(forms=("json",), post=True)
def point_door(call: Call) -> HttpResponseBase:
    """`{"points": [{"lon": …, "lat": …} or {"address": …}], "layers": [code]}` to village, district and attributes."""
    given = _given(call.request)
    layers = [call.shown(code) for code in given["layers"]]
    answers = points.answered(given["points"], layers)
    _note(call.request, layers, client=call.reader.client is not None)
    body = {
        "answers": [
            {
                "lon": one.lon, "lat": one.lat, "village_code": one.village_code or None, "village": one.village or None,
                "district_code": one.district_code or None, "district": one.district or None, "found_by": one.found_by or None,
                "problem": one.why or None,
                "attributes": [{"layer": layer, "column": column, "value": value} for layer, column, value in one.attributes],
            }
            for one in answers
        ]
    }  # fmt: skip
    return HttpResponse(json.dumps(body, ensure_ascii=False), content_type="application/json")


def _given(request: HttpRequest) -> dict[str, Any]:
    """The question of the body. Raises Refused."""
    wrong = Refused(
        400, _('內容要是 JSON：{"points": [{"lon": 121.3, "lat": 24.99}], "layers": []}，地址寫 {"address": "…"}。')
    )
    if len(request.body) > MOST_BYTES:
        raise Refused(400, _("內容太大，最多1 MB。"))
    try:
        said = json.loads(request.body)
        rows, layers = said["points"], said.get("layers", [])
        asked = [_point(row) for row in rows]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise wrong from None
    if (
        not isinstance(layers, list)
        or not all(isinstance(code, str) for code in layers)
        or len(layers) > points.MOST_LAYERS
    ):
        raise Refused(400, _("一次最多查%(most)s種圖資。") % {"most": points.MOST_LAYERS})
    if not 0 < len(asked) <= MOST_OF_A_CALL:
        raise Refused(400, _("一次查1到%(most)s個點。") % {"most": f"{MOST_OF_A_CALL:,}"})
    return {"points": asked, "layers": layers}


def _point(row: dict[str, Any]) -> Asked:
    if "address" in row:
        return Asked(address=str(row["address"]))
    if isinstance(row["lon"], bool) or isinstance(row["lat"], bool):
        raise TypeError
    return Asked(float(row["lon"]), float(row["lat"]))
