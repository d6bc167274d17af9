"""查詢點位: a point, an address or a list to village, district and layers; a page for people, a door for programs.

Places may be somebody's: they are sent in the body, never in an address, and nothing of them is kept or logged.
"""

from __future__ import annotations

import json
from typing import Any

from django import forms as fields
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cityhall.engines.files import downloads
from cityhall.engines.files.sheets import CannotReadSheet
from cityhall.web.access import public
from cityhall.web.forms import Checkboxes, File, Form, Text

from . import points, queries, use
from .map_views import reader_of
from .ogc import Call, Refused, door
from .points import Asked
from .queries import Shown

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
        help_text=gettext_lazy("CSV、ODS 或 XLSX，要有「經度」「緯度」或「地址」欄位。有座標的最多100,000列，地址最多2,000列；結果是 CSV，不會留在系統裡。"),
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
def point_page(request: HttpRequest) -> HttpResponseBase:
    """Ask for one place and see it; hand in a list and get it back with more columns."""
    there = [one for one in queries.visible(reader_of(request)) if one.layer.code not in ("districts", "villages")]
    posted = request.method == "POST"
    form = PointsForm(request.POST if posted else None, request.FILES if posted else None, there=there)
    answer, status = None, 200
    if posted:
        status = 422
        if form.is_valid():
            given = form.cleaned_data
            layers = [one for one in there if one.layer.code in given["layers"]]
            try:
                if given["upload"]:
                    listed = points.read(given["upload"])
                    _note(request, layers, client=False)
                    columns = [*listed.headings, *points.headings(layers)]
                    return downloads.sheet("csv", "places.csv", columns, points.filled(listed, layers))
                answer, status = points.answered([asked_of(given["place"])], layers)[0], 200
                _note(request, layers, client=False)
            except CannotReadSheet as refusal:
                form.add_error("upload", str(refusal))
    return render(request, "spatial/points.html", {"form": form, "answer": answer}, status=status)


def _note(request: HttpRequest, layers: list[Shown], *, client: bool) -> None:
    for code in ["villages", *(one.layer.code for one in layers)]:
        use.note(request, "point", code, client=client)


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
