"""What others report: the public list with its map and feed. Number, day, category, district and state; no words."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.feedgenerator import Atom1Feed
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from cityhall.engines.audit.queries import end_of_chain
from cityhall.engines.cases.states import Status
from cityhall.engines.places import queries as places
from cityhall.foundation.clock import day_of
from cityhall.web import maps
from cityhall.web.access import public
from cityhall.web.context import language
from cityhall.web.forms import Form, Select
from cityhall.web.kept import Kept
from cityhall.web.paging import LongPaginator

from .. import following
from ..models import Category, Petition

PAGE, FEED, DAYS = 25, 50, 90


class AroundForm(Form):
    """Where, and what about."""

    district = forms.ChoiceField(label=gettext_lazy("行政區"), required=False, widget=Select)
    village = forms.ChoiceField(label=gettext_lazy("里"), required=False, widget=Select)
    category = forms.ChoiceField(label=gettext_lazy("類別"), required=False, widget=Select)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        districts = [(area.code, maps.area_name(area.code) or area.name) for area in places.districts()]
        categories = [(one.code, one.label) for one in Category.objects.filter(retired_on=None)]
        # The villages of the district that is chosen; the page asks once more for another one's.
        wanted = self.data.get("district", "")
        villages = [
            (area.code, maps.area_name(area.code) or area.name) for area in (places.villages(wanted) if wanted else ())
        ]
        for name, choices in (("district", districts), ("village", villages), ("category", categories)):
            self.fields[name].choices = [("", _("全部")), *choices]


def _asked(request: HttpRequest) -> tuple[AroundForm, dict[str, str]]:
    """The form, and the conditions it names; what it does not offer is no condition."""
    form = AroundForm({name: request.GET.get(name, "") for name in ("district", "village", "category")})
    if "village" in form.errors:  # of another district than the one chosen now
        form = AroundForm({**form.data, "village": ""})
    wanted = form.cleaned_data if form.is_valid() else {}
    return form, {name: value for name, value in wanted.items() if value}


def _found(asked: dict[str, str], now: datetime) -> QuerySet[Petition]:
    """The public petitions of the last days, newest first."""
    fields = {
        "district": "case__place__district_code", "village": "case__place__village_code", "category": "category__code",
    }  # fmt: skip
    return (
        Petition.objects.opened_within(day_of(now) - timedelta(days=DAYS), None)
        .filter(
            case__kind="petition", case__confidential=False, **{fields[name]: value for name, value in asked.items()}
        )
        .select_related("case__place", "category")
        .order_by("-case__opened_on", "-case__pk")
    )


def _standing(petition: Petition) -> following.Standing:
    """In words for everybody: nobody else needs to know that the citizen is asked."""
    if petition.case.status == Status.AWAITING_CITIZEN:
        return following.Standing(_("處理中"), "amber")
    return following.standing(petition.case)


def _where(petition: Petition) -> str:
    place = petition.case.place
    if place is None:
        return ""
    district = maps.area_name(place.district_code) or place.district_name
    village = maps.area_name(place.village_code) or place.village_name
    if language() == "en":
        return ", ".join(name for name in (village, district) if name)
    return f"{district}{village}"


@public
@require_safe
def around(request: HttpRequest) -> HttpResponse:
    """The list of the last ninety days, narrowed by district and category, and how many each district has."""
    now = timezone.now()
    form, asked = _asked(request)
    found = _found(asked, now)
    page = LongPaginator(found, PAGE).get_page(request.GET.get("page"))
    return render(
        request,
        "petitions/around.html",
        {
            "form": form,
            "page": page,
            "rows": [(petition, _standing(petition), _where(petition)) for petition in page],
            "map": _map({name: value for name, value in asked.items() if name == "category"}, now),
            "feed": f"{reverse('petitions:around_feed')}?{request.GET.urlencode()}",
            "days": DAYS,
        },
    )


def _map(asked: dict[str, str], now: datetime) -> str:
    numbers = _numbers.give(tuple(sorted(asked.items())), lambda: _by_district(asked, now))
    return maps.shaded(numbers, about=_("最近%(days)s天各行政區反映件數的地圖") % {"days": DAYS}) if numbers else ""


def _by_district(asked: dict[str, str], now: datetime) -> dict[str, int]:
    return dict(
        _found(asked, now).filter(case__place__district_code__gt="").order_by()
        .values_list("case__place__district_code").annotate(n=Count("pk")).values_list("case__place__district_code", "n")
    )  # fmt: skip


_numbers: Kept[dict[str, int]] = Kept(end_of_chain)


@public
@require_safe
def feed(request: HttpRequest) -> HttpResponse:
    """The same as an Atom feed, for whoever wants to be told of their own district."""
    now = timezone.now()
    form, asked = _asked(request)
    names = [str(dict(form.fields[name].choices)[value]) for name, value in asked.items()]
    page = request.build_absolute_uri(f"{reverse('petitions:around')}?{request.GET.urlencode()}")
    atom = Atom1Feed(
        title=_("大家反映的事") + (f"　{'　'.join(names)}" if names else ""), link=page,
        feed_url=request.build_absolute_uri(), description=_("只有編號、日子、類別、地區和進度。"), language="zh-Hant",
    )  # fmt: skip
    for petition in _found(asked, now)[:FEED]:
        case = petition.case
        about = petition.category.label if petition.category else _("尚未分類")
        atom.add_item(
            title=f"{about}　{_where(petition)}".strip(), link=page, description=_standing(petition).words,
            unique_id=f"tag:{request.get_host().partition(':')[0]},{case.opened_on}:{case.number}",
            pubdate=case.confirmed_at, updateddate=case.ended_at or case.confirmed_at,
        )  # fmt: skip
    return HttpResponse(atom.writeString("utf-8"), content_type=atom.content_type)
