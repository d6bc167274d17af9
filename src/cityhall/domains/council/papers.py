"""議決案執行情形報告 at the desk: made, read, printed."""

from __future__ import annotations

import uuid
from datetime import date
from pathlib import Path
from typing import Any

from django import forms as fields
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cityhall.engines.audit import services as audit
from cityhall.engines.idempotency.acting import act_page
from cityhall.engines.idempotency.views import form_once
from cityhall.web import charts, documents
from cityhall.web.access import requires
from cityhall.web.context import language
from cityhall.web.dates import as_date
from cityhall.web.forms import Form, Select

from . import carried_out
from .models import CarriedOutReport, CouncilSession
from .queries import CONTROL
from .refusals import CannotList

TEMPLATE = Path(__file__).parent / "carried_out.typ"
KINDS = {"pdf": "application/pdf", "odt": "application/vnd.oasis.opendocument.text"}


class ReportForm(Form):
    session = fields.ChoiceField(label=gettext_lazy("會期"), widget=Select)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["session"].choices = [(str(one.pk), one.label) for one in CouncilSession.objects.all()]


@requires(CONTROL)
def index(request: HttpRequest) -> HttpResponse:
    """The reports, the newest first."""
    rows = CarriedOutReport.objects.defer("content").select_related("session")
    return render(request, "council/reports.html", {"rows": rows})


@requires(CONTROL)
@form_once
def new(request: HttpRequest) -> HttpResponse:
    """Freeze a session's resolutions as they stand."""
    form = ReportForm(request.POST if request.method == "POST" else None)

    def do(given: dict[str, Any]) -> str:
        session = CouncilSession.objects.get(pk=given["session"])
        by: Any = request.user
        row = carried_out.make(session, by=by, at=timezone.now())
        return _("已製作%(title)s。") % {"title": title_of(row)}

    here = reverse("council:reports")
    return act_page(
        request, form=form, title=_("製作議決案執行情形報告"), button=_("製作報告"), do=do, back=(here, _("議決案執行情形報告")),
        to=here, refused=CannotList, lead=_("依現在的情形製作，之後的變動不會改到這一份；要更新就再製作一份，兩份都保留。"),
    )  # fmt: skip


def title_of(row: CarriedOutReport) -> str:
    """第1屆第4次定期會議決案執行情形."""
    return _("%(session)s議決案執行情形") % {"session": row.session.label}


def _content(row: CarriedOutReport) -> dict[str, Any]:
    """The frozen report in the reader's language."""
    english = language() == "en"
    chapters = [
        {
            "agency": (one["english"] if english else "") or one["agency"],
            "counts": carried_out.counted(row, one["items"]),
            "rows": [{**item, "standing": carried_out.standing_words(item["standing"]), "kind": _(item["kind"]),
                       "letter_on": as_date(date.fromisoformat(item["letter_on"])) if item["letter_on"] else ""}
                      for item in one["items"]],
        }
        for one in row.content["agencies"]
    ]  # fmt: skip
    return {
        "title": title_of(row), "as_of": _("統計到%(day)s，第%(n)s份") % {"day": as_date(row.as_of), "n": row.n},
        "counts": carried_out.counted(row), "chapters": chapters, "many": row.items,
    }  # fmt: skip


@requires(CONTROL)
def one(request: HttpRequest, reference: uuid.UUID) -> HttpResponse:
    """The frozen report on the screen."""
    row = get_object_or_404(CarriedOutReport.objects.select_related("session"), reference=reference)
    content = _content(row)
    points = [charts.Point(label, n) for label, n in content["counts"]]
    chart = charts.horizontal_bars(
        _("議決案的情形"), points, unit=_("案"), source=_("市政廳議會案件列管"), first_column=_("情形")
    )
    return render(request, "council/report.html", {"row": row, "chart": chart, **content})


@requires(CONTROL)
def document(request: HttpRequest, reference: uuid.UUID, kind: str) -> HttpResponse:
    """The same as ODT or PDF."""
    if kind not in KINDS:
        raise Http404
    row = get_object_or_404(CarriedOutReport.objects.select_related("session"), reference=reference)
    content = _content(row)
    try:
        if kind == "pdf":
            labels = [_("編號"), _("案由"), _("議員"), _("情形"), _("辦理情形")]
            made = documents.pdf_of(
                TEMPLATE, {**content, "labels": labels, "page": _("第 {} 頁，共 {} 頁")}, at=row.made_at
            )
        else:
            made = documents.odt_of(render_to_string("council/report_document.html", content), title=content["title"])
    except documents.CannotMake:
        messages.error(request, _("這台主機現在無法製作文件，請用瀏覽器的列印功能。"))
        return HttpResponseRedirect(reverse("council:report", args=[row.reference]))
    audit.record("council.report_printed", row, by=request.user, at=timezone.now(), new={"kind": kind})
    name = f"carried-out-{row.session}-{row.n}.{kind}"
    return HttpResponse(
        made, content_type=KINDS[kind], headers={"Content-Disposition": f'attachment; filename="{name}"'}
    )
