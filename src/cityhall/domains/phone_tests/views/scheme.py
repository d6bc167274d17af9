"""評分配分: every version of the scheme by which test calls are scored, and a new one from a coming day on."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from cityhall.engines.idempotency.acting import act_page
from cityhall.engines.idempotency.views import form_once
from cityhall.engines.scoring import queries as scoring
from cityhall.engines.scoring import services
from cityhall.engines.scoring.forms import WeightsForm
from cityhall.engines.scoring.services import CannotChangeScheme
from cityhall.foundation.clock import day_of
from cityhall.web.access import requires
from cityhall.web.dates import as_date
from cityhall.web.forms import Form

from ..parameters import SCHEME
from ..queries import PLAN


@requires(PLAN)
def index(request: HttpRequest) -> HttpResponse:
    """Every version, the newest first."""
    today = day_of(timezone.now())
    now = services.scheme_on(SCHEME, today)
    return render(
        request, "phone_tests/scheme.html", {"versions": scoring.versions(SCHEME), "now": now, "today": today}
    )


@requires(PLAN)
@form_once
def take_back(request: HttpRequest, version: int) -> HttpResponse:
    """撤回 a version that has not begun."""
    now, here = timezone.now(), reverse("phone_tests:scheme")
    found = next((one for one in scoring.versions(SCHEME) if one.version == version), None)
    if found is None:
        raise Http404

    def do(_given: dict[str, Any]) -> str:
        services.take_back(found, by=request.user, at=now)
        return _("第%(n)s版已撤回，前一版繼續施行。") % {"n": version}

    return act_page(
        request, form=Form(request.POST if request.method == "POST" else None), title=_("撤回還沒施行的配分"),
        button=_("撤回"), do=do, back=(here, _("電話測試配分")), to=here, refused=CannotChangeScheme,
        summary=[(_("版次"), version), (_("自何日起"), as_date(found.valid_from)), (_("依據"), found.source)],
    )  # fmt: skip


@requires(PLAN)
@form_once
def new(request: HttpRequest) -> HttpResponse:
    """新配分 from a coming day on; what was scored keeps its own."""
    now, here = timezone.now(), reverse("phone_tests:scheme")
    last = services.scheme_on(SCHEME, day_of(now).replace(year=9999))
    form = WeightsForm(
        request.POST if request.method == "POST" else None, versions=scoring.versions(SCHEME),
        initial={"valid_from": (day_of(now).replace(day=1) + timedelta(days=32)).replace(day=1)},
    )  # fmt: skip

    def do(given: dict[str, Any]) -> str:
        made = services.new_version(
            SCHEME, form.lines, most=last.most, reason_below=last.reason_below, valid_from=given["valid_from"],
            source=given["source"], by=request.user, at=now,
        )  # fmt: skip
        return _("第%(n)s版配分自%(day)s起施行。") % {"n": made.version, "day": as_date(made.valid_from)}

    return act_page(
        request, form=form, title=_("改電話測試的配分"), button=_("自該日起施行"), do=do, back=(here, _("電話測試配分")),
        to=here, refused=CannotChangeScheme, lead=_("各項合計100分；填0，新版就不看這一項。已經評的維持原來的配分。"),
    )  # fmt: skip
