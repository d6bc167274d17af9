"""監委巡察: the petitioners received, on the page of the visit."""

from __future__ import annotations

import uuid
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cityhall.engines.directory.models import Agency
from cityhall.engines.gatherings.models import Gathering
from cityhall.engines.gatherings.states import TAKEN_PLACE
from cityhall.engines.idempotency.acting import act_page
from cityhall.engines.idempotency.views import form_once
from cityhall.foundation.clock import day_of
from cityhall.web.access import allowed, requires
from cityhall.web.forms import Form, Select, Text, Textarea

from . import services
from .models import Petitioner
from .services import VISIT

READ, MANAGE = "control_yuan.read", "control_yuan.manage"


class ReceiveForm(Form):
    """One person received, by the matter."""

    matter = forms.CharField(
        label=gettext_lazy("陳情事由"), max_length=300, widget=Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("只寫事由，不寫姓名和聯絡方式；那些在陳情案件裡。"),
    )  # fmt: skip
    agency = forms.ChoiceField(label=gettext_lazy("辦理機關"), required=False, widget=Select)
    petition = forms.CharField(
        label=gettext_lazy("案件編號"), max_length=20, required=False, widget=Text,
        help_text=gettext_lazy("已經立成陳情案件的，填編號；之後再填也可以。"),
    )  # fmt: skip

    def __init__(self, *args: Any, agencies: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["agency"].choices = [("", _("不指定")), *((one.code, one.label) for one in agencies)]


class LinkForm(Form):
    petition = forms.CharField(label=gettext_lazy("案件編號"), max_length=20, widget=Text)


def section(request: HttpRequest, visit: Gathering) -> str:
    """What the page of a visit shows besides: the petitioners, to whoever may know them."""
    if not allowed(request, READ):
        return ""
    rows = Petitioner.objects.filter(visit=visit).select_related("agency")
    context = {"one": visit, "rows": rows, "manages": allowed(request, MANAGE) and visit.state in TAKEN_PLACE}
    return render_to_string("control_yuan/petitioners.html", context, request)


def _visit(reference: uuid.UUID) -> Gathering:
    return get_object_or_404(Gathering, reference=reference, profile=VISIT)


@requires(MANAGE)
@form_once
def receive(request: HttpRequest, reference: uuid.UUID) -> HttpResponse:
    """受理陳情."""
    visit, now = _visit(reference), timezone.now()
    agencies = Agency.objects.as_of(day_of(now)).order_by("order", "code")
    form = ReceiveForm(request.POST if request.method == "POST" else None, agencies=agencies)

    def do(given: dict[str, Any]) -> str:
        agency = agencies.filter(code=given["agency"]).first() if given["agency"] else None
        services.receive(
            visit, matter=given["matter"], agency=agency, petition=given["petition"], by=request.user, at=now
        )
        return _("已登錄受理的陳情。")

    here = reverse("gatherings:gathering", args=[reference])
    return act_page(
        request, form=form, title=_("登錄受理的陳情"), button=_("登錄"), do=do, back=(here, visit.title), to=here,
        refused=services.CannotReceive,
    )  # fmt: skip


@requires(MANAGE)
@form_once
def link(request: HttpRequest, reference: uuid.UUID, n: int) -> HttpResponse:
    """The matter has become a petition."""
    visit, now = _visit(reference), timezone.now()
    row = get_object_or_404(Petitioner, visit=visit, n=n)
    form = LinkForm(request.POST if request.method == "POST" else None, initial={"petition": row.petition})

    def do(given: dict[str, Any]) -> str:
        services.link(row, petition=given["petition"], by=request.user, at=now)
        return _("已連結陳情案件。")

    here = reverse("gatherings:gathering", args=[reference])
    return act_page(
        request, form=form, title=_("連結陳情案件"), button=_("連結"), do=do, back=(here, visit.title), to=here,
        refused=services.CannotReceive, summary=[(_("陳情事由"), row.matter)],
    )  # fmt: skip
