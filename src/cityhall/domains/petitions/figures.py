"""What section 1.2.7 of the report prints, and how the petitions behind a number are shown."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from cityhall.engines.cases.models import Place
from cityhall.engines.cases.states import Channel
from cityhall.engines.directory import queries as directory
from cityhall.engines.directory.models import Agency
from cityhall.engines.figures.queries import value
from cityhall.engines.figures.registry import AVERAGE, FLOW, RULE, STATE, figure
from cityhall.engines.figures.rows import Column, Dimension, RowView, show_rows
from cityhall.engines.figures.templatetags.figures import figure_url
from cityhall.foundation.clock import day_of
from cityhall.foundation.period import Period
from cityhall.foundation.values import Average, Count, RuleValue
from cityhall.web import maps
from cityhall.web.dates import as_date
from cityhall.web.portal import Number

from . import listings, queries
from .models import Category, CategoryTerm, Petition, PetitionQuerySet, QualitySheet, Restriction, SetAside
from .states import SetAsideKind

# ---- the figures -----------------------------------------------------------------------------------------------------


@figure(
    "petitions.received",
    "1.2.7",
    "105 年計辦理 {:man} 件",
    kind=FLOW,
    name=_("陳情成案件數"),
    unit=_("件"),
    counts=_("驗證完成而成案的陳情，不論從哪一種管道來。"),
    leaves_out=_("還沒有完成驗證的反映、過濾處理和不予處理的來信，都不在內；後兩者各有自己的數字。"),
    dated_by=_("依成案日，不是收件日。"),
    rule=_(
        "併案的每一件各算一件；移送府外機關的也算。拆案的依拆出的各件計算，都算在原案成案那一天，原案不另外算。加上過濾處理和不予處理的件數，就是登記的總件數。"
    ),
    related=(
        "petitions.received_monthly",
        "petitions.urgent_received",
        "petitions.urgent_categories",
        "petitions.filtered",
        "petitions.repeated_declined",
    ),
)
def received(period: Period) -> Count:
    """Petitions opened (成案) in the period, by the day of 成案, whatever their channel.

    Filtered and declined ones are not among them, nor are reports that nobody has confirmed yet.
    """
    return Count(_opened(period))


@figure(
    "petitions.received_monthly",
    "1.2.7",
    "平均每月 {:plain} 件",
    kind=AVERAGE,
    name=_("平均每月陳情成案件數"),
    unit=_("件／月"),
    counts=_("成案件數除以月數。"),
    leaves_out=_("與「陳情成案件數」相同。"),
    dated_by=_("依成案日；不滿一個月的日子，按當月天數折算。"),
    related=("petitions.received", "petitions.urgent_received"),
)
def received_monthly(period: Period) -> Average:
    """Petitions opened a month: those of `received`, over the months of the period."""
    return Average(_opened(period), period.months)


@figure(
    "petitions.urgent_categories",
    "1.2.7",
    "擇定 {:plain} 項",
    kind=RULE,
    name=_("急迫案件類別數"),
    unit=_("項"),
    counts=_("期間最後一天列為急迫、要先在第一階段初步回復的案件類別。"),
    leaves_out=_("已停止列為急迫的類別不算。"),
    dated_by=_("依類別時限的生效日。"),
    related=("petitions.urgent_received", "petitions.received"),
)
def urgent_categories(period: Period) -> RuleValue:
    """Categories whose first answer is due within a day, as the dated terms say on the period's last day."""
    day = period.state_day or period.first_day
    assert day, "a period has a first or a last day"
    terms = _urgent_terms(day)
    known = list(terms.order_by("valid_from").values_list("valid_from", "source"))
    return RuleValue(
        value=len(known),
        source="、".join(dict.fromkeys(source for _, source in known)),
        valid_from=known[-1][0] if known else day,
        rows=terms,
    )


@figure(
    "petitions.urgent_received",
    "1.2.7",
    "已受理 {:plain} 件",
    kind=FLOW,
    name=_("急迫類別受理件數"),
    unit=_("件"),
    counts=_("成案當天，類別列為急迫的陳情。"),
    leaves_out=_("類別列為急迫以前成案的不算；還沒有分類的也不算。"),
    dated_by=_("依成案日。"),
    rule=_("改了類別，就依改後的類別計算。"),
    related=(
        "petitions.urgent_to_improve",
        "petitions.urgent_categories",
        "petitions.received",
        "petitions.received_monthly",
    ),
)
def urgent_received(period: Period) -> Count:
    """Petitions opened in the period whose category was urgent on the day of 成案."""
    return Count(_opened(period).urgent_when_opened())


@figure(
    "petitions.urgent_to_improve",
    "1.2.7",
    "計有 {:plain} 件應予改善",
    kind=FLOW,
    name=_("急迫案件應予改善件數"),
    unit=_("件"),
    counts=_("急迫類別受理的陳情當中，研考會每月逐件檢核後認為應予改善的。"),
    leaves_out=_("還沒評的、機關申復有理由而撤銷的、不公開而不評的，都不算；非急迫案件的抽查也不算。"),
    dated_by=_("依成案日，和「急迫類別受理件數」相同，所以可以相除；不是評分的那一天。"),
    rule=_("一件由兩人評時，依第一位；申復還沒決定的仍算。"),
    related=("petitions.urgent_received", "petitions.urgent_categories", "petitions.received"),
)
def urgent_to_improve(period: Period) -> Count:
    """Petitions of `urgent_received` that were found wanting in the monthly check, and of which that still stands.

    A finding that the agency contested with success is none any more.
    """
    found = QualitySheet.objects.wanting().filter(petition=OuterRef("pk"))
    return Count(_opened(period).urgent_when_opened().filter(Exists(found)))


@figure(
    "petitions.repeated_listed",
    "1.2.7",
    "共列管 {:plain} 案",
    kind=STATE,
    name=_("不理性重複陳情列管案數"),
    unit=_("案"),
    counts=_("期間最後一天仍在列管期間、經機關首長核定的不理性重複陳情。"),
    leaves_out=_("待核定、退回、期滿和已解除的都不算；還沒開始的也不算。"),
    dated_by=_("依列管的起訖日，以及核定與解除的時間。"),
    rule=_("同一位民眾就不同的事由列管，各算一案；申訴還沒決定的仍算。"),
    related=("petitions.repeated_declined", "petitions.filtered", "petitions.received"),
)
def repeated_listed(period: Period) -> Count:
    """Listings of unreasonable repeated petitions that hold on the period's last day, each approved by an agency's
    head.
    """
    day = period.state_day or period.first_day
    assert day, "a period has a first or a last day"
    return Count(Restriction.objects.listed_on(day))


@figure(
    "petitions.repeated_declined",
    "1.2.7",
    "105 年不予處理共 {:plain} 件",
    kind=FLOW,
    name=_("因列管不予處理件數"),
    unit=_("件"),
    counts=_("已登記、因不理性重複陳情列管而不予處理的陳情。"),
    leaves_out=_("後來認為是新的事由而照常辦理的不算，那些算在成案件數裡。"),
    dated_by=_("依登記日，也就是取得案件編號的那一天。"),
    rule=_("不在成案件數裡。"),
    related=("petitions.repeated_listed", "petitions.filtered", "petitions.received"),
)
def repeated_declined(period: Period) -> Count:
    """Petitions registered in the period and not handled because their matter is listed.

    What was taken up again as a new cause is not among them: it counts in `received`.
    """
    return Count(listings.set_aside_within(period, SetAsideKind.DECLINED))


@figure(
    "petitions.filtered",
    "1.2.7",
    "由本會過濾處理者共 {:plain} 件",
    kind=FLOW,
    name=_("過濾處理件數"),
    unit=_("件"),
    counts=_("研考會在派案前過濾處理的陳情：無具體事由、重複來信、未具名檢舉。"),
    leaves_out=_("後來重新受理的不算，那些算在成案件數裡。"),
    dated_by=_("依登記日，也就是取得案件編號的那一天。"),
    rule=_("不在成案件數裡。"),
    related=("petitions.repeated_declined", "petitions.received"),
)
def filtered(period: Period) -> Count:
    """Petitions registered in the period that the commission filtered before dispatch, by one of its three codes.

    What was taken up again is not among them: it counts in `received`.
    """
    return Count(listings.set_aside_within(period, SetAsideKind.FILTERED))


def portal_numbers(_language: str) -> list[Number]:
    """What the home page tells of petitions: yesterday, the month before this one, and of that the urgent ones."""
    now = timezone.now()
    yesterday = day_of(now) - timedelta(days=1)
    last = day_of(now).replace(day=1) - timedelta(days=1)
    month = Period.month(last.year, last.month)
    asked = (
        (_("昨天（%(day)s）成案"), "petitions.received", Period(yesterday, yesterday)),
        (_("上個月成案"), "petitions.received", month),
        (_("其中要在1日內初步回復的急迫案件"), "petitions.urgent_received", month),
    )
    numbers = []
    for words, key, period in asked:
        counted = value(key, period, at=now)
        label = str(words) % {"day": as_date(yesterday, year=False)}
        numbers.append(Number(label, counted.plain, str(counted.figure.unit), figure_url(counted)))
    return numbers


def _opened(period: Period) -> PetitionQuerySet:
    return Petition.objects.opened_within(period.first_day, period.last_day)


def _urgent_terms(day: date) -> QuerySet[CategoryTerm]:
    """The terms that make a category urgent on a day: of each category the newest that holds."""
    return CategoryTerm.objects.filter(pk=_newest_term(OuterRef("category"), day, "pk"), urgent=True)


def _newest_term(category: Any, day: Any, field: str) -> Subquery:
    terms = CategoryTerm.objects.filter(Q(valid_until__isnull=True) | Q(valid_until__gte=day), valid_from__lte=day)
    return Subquery(terms.filter(category=category).order_by("-valid_from").values(field)[:1])


# ---- the rows behind them --------------------------------------------------------------------------------------------


def _within_rights(account: Any, at: datetime) -> Q:
    """The petitions that an officer may see beneath a figure; confidential ones only by that right of their own."""
    reach = directory.reach(account, "figures.rows.read", at)
    if not reach:
        return Q(pk__in=[])
    condition = reach.within(agency="case__agency", unit="case__unit", person="case__officer")
    if reach.everywhere and not directory.reach(account, "petitions.read_confidential", at):
        condition &= Q(case__confidential=False)
    return condition & queries.open_to(account, at)


def _district(petition: Petition) -> str:
    place = petition.case.place
    return maps.area_name(place.district_code) or place.district_name if place else ""


def _district_names(codes: Iterable[str]) -> Mapping[str, str]:
    """As the map calls them in the reader's language; where the map is not there, as the places were recorded."""
    names = {code: maps.area_name(code) for code in codes}
    unknown = [code for code, name in names.items() if not name]
    if unknown:
        recorded = Place.objects.filter(district_code__in=unknown).order_by()
        names.update(recorded.values_list("district_code", "district_name").distinct())
    return names


def _channel_names(codes: Iterable[str]) -> Mapping[str, str]:
    return {code: str(Channel(code).label) for code in codes}


def _category_names(keys: Iterable[int]) -> Mapping[int, str]:
    return {category.pk: category.label for category in Category.objects.filter(pk__in=keys)}


def _agency_names(keys: Iterable[int]) -> Mapping[int, str]:
    return {agency.pk: agency.label for agency in Agency.objects.filter(pk__in=keys)}


def _record(petition: Petition) -> str:
    try:
        return reverse("petitions:record", args=[petition.case.reference])
    except NoReverseMatch:
        return ""


show_rows(
    RowView(
        Petition,
        noun=pgettext_lazy("rows of a figure", "案件"),
        unit=_("件"),
        source=_("市政廳陳情紀錄，依成案日計"),
        columns=(
            Column("number", _("案件編號"), lambda row: row.case.number),
            Column("day", _("成案日"), lambda row: row.case.opened_on),
            Column("category", _("類別"), lambda row: row.category.label if row.category else ""),
            Column("district", _("行政區"), _district),
        ),
        officer_columns=(
            Column("channel", _("管道"), lambda row: Channel(row.case.channel).label),
            Column("agency", _("主辦機關"), lambda row: row.case.agency.label if row.case.agency else ""),
        ),
        order=("-case__opened_on", "-case__number"),
        day="case__opened_on",
        public=Q(case__confidential=False),
        within=_within_rights,
        link=_record,
        related=("case__place", "case__agency", "category"),
        only=(
            "case__number",
            "case__opened_on",
            "case__reference",
            "case__channel",
            "case__place__district_code",
            "case__place__district_name",
            "case__agency__short_name",
            "case__agency__name_en",
            "category__name",
            "category__name_en",
        ),  # fmt: skip
        dimensions=(
            Dimension("district", _("行政區"), "case__place__district_code", _district_names, _("沒有地點")),
            Dimension("channel", _("管道"), "case__channel", _channel_names),
            Dimension("category", _("類別"), "category", _category_names, _("尚未分類")),
            Dimension("agency", _("主辦機關"), "case__agency", _agency_names, _("尚未派案")),
        ),
    )
)

show_rows(
    RowView(
        CategoryTerm,
        noun=pgettext_lazy("rows of a figure", "類別"),
        unit=_("項"),
        source=_("市政廳案件類別時限"),
        columns=(
            Column("category", _("類別"), lambda row: row.category.label),
            Column("group", _("主題"), lambda row: row.category.get_group_display()),
            Column("first_hours", _("初步回復（小時）"), lambda row: row.first_hours),
            Column("final_working_days", _("正式回復（工作天）"), lambda row: row.final_working_days),
            Column("since", _("自何日起"), lambda row: row.valid_from),
            Column("source", _("依據"), lambda row: row.source),
        ),
        order=("category__order", "category__code"),
        related=("category",),
    )
)


NOBODYS = Q(pk__in=[])


def _set_aside_within_rights(account: Any, at: datetime) -> Q:
    """Whose register it is: the commission, or the agency whose listing it was."""
    reach = directory.reach(account, listings.READ, at)
    return reach.within(agency="restriction__agency", unit="restriction__unit", person="") if reach else NOBODYS


def _listings_within_rights(account: Any, at: datetime) -> Q:
    reach = directory.reach(account, listings.READ, at)
    return reach.within(person="proposed_by") if reach else NOBODYS


def _record_of_aside(aside: SetAside) -> str:
    return _record(aside.petition)


show_rows(
    RowView(
        SetAside,
        noun=pgettext_lazy("rows of a figure", "不予處理的陳情"),
        unit=_("件"),
        source=_("市政廳不予處理紀錄，依登記日計"),
        columns=(
            Column("number", _("案件編號"), lambda row: row.petition.case.number),
            Column("day", _("登記日"), lambda row: row.petition.case.opened_on),
            Column("ground", pgettext_lazy("listing", "事由"), lambda row: row.get_ground_display()),
        ),
        officer_columns=(Column("listing", _("列管"), lambda row: row.restriction.number if row.restriction else ""),),
        order=("-petition__case__opened_on", "-petition__case__number"),
        day="petition__case__opened_on",
        # Who was listed is told to nobody outside, nor is it to be worked out from numbers.
        public=Q(kind=SetAsideKind.FILTERED, petition__case__confidential=False),
        within=_set_aside_within_rights,
        link=_record_of_aside,
        related=("petition__case", "restriction"),
    )
)

show_rows(
    RowView(
        Restriction,
        noun=pgettext_lazy("rows of a figure", "列管"),
        unit=_("案"),
        source=_("市政廳不理性重複陳情列管名冊"),
        columns=(
            Column("number", _("列管編號"), lambda row: row.number),
            Column("category", _("類別"), lambda row: row.category.label),
            Column("agency", _("提報機關"), lambda row: row.agency.label),
            Column("ground", _("法定事由"), lambda row: row.get_ground_display()),
            Column("since", _("自何日起"), lambda row: row.starts_on),
            Column("until", _("至何日止"), lambda row: row.ends_on),
        ),
        order=("-starts_on", "-pk"),
        public=NOBODYS,
        within=_listings_within_rights,
        link=lambda row: reverse("petitions:restriction", args=[row.reference]),
        related=("category", "agency"),
    )
)
