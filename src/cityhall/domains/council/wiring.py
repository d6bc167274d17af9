"""What council cases declare to the engines and to the pages at start."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from cityhall.engines.directory import registry as directory
from cityhall.engines.gatherings import registry as gatherings
from cityhall.engines.letters.signals import undeliverable
from cityhall.engines.tracking import registry as tracking
from cityhall.engines.tracking.models import Item
from cityhall.engines.tracking.registry import Ground as Ticked
from cityhall.engines.worklist import registry as worklist
from cityhall.engines.worklist.states import Part
from cityhall.web.dates import as_date
from cityhall.web.navigation import desk_menu

from . import marks, readers, services, sheets, succession
from .models import CouncilItem, ReplyMark
from .queries import INSPECT, LOOK_UP, PROFILE, READ, TRAINING, names_in
from .states import Ground


def facts(item: Item) -> list[tuple[Any, Any]]:
    """What the page of a council item shows besides."""
    one = CouncilItem.objects.select_related("session").filter(tracked=item).first()
    if one is None:
        return []
    askers = "、".join(f"{who.name}（{who.party}，{who.constituency}）" for who in one.askers.all())
    rows: list[tuple[Any, Any]] = [
        (_("案件類別"), one.kind_label),
        (_("會期"), one.session.label if one.session else ""),
        (_("議員"), askers),
        (_("質詢或議決日"), as_date(one.raised_on)),
        (_("行政區"), one.district),
        (_("相關的案號或文號"), _spoken_of(one.about)),
    ]
    inspections = "、".join(
        as_date(row.held_on) for row in one.inspections.filter(withdrawn_on=None).order_by("held_on")
    )
    rows.append((_("會勘"), inspections))
    alike = reverse("council:similar", args=[item.reference])
    rows.append((_("類似的較早案件"), format_html('<a class="govuk-link" href="{}">{}</a>', alike, _("找類似案件"))))
    for mark in ReplyMark.objects.filter(reply__item=item).select_related("reply__duty__agency").order_by("at"):
        rows.append((_("答非所問標記"), _mark(mark)))
    return [(key, value) for key, value in rows if value]


def _spoken_of(about: str) -> Any:
    """The project, petition or document that an item speaks of: each number leads to what the desk's search finds, within
    the reader's rights."""
    search = reverse("worklist:search")
    found = [(f"{search}?{urlencode({'q': one})}", one) for one in names_in(about)]
    return format_html_join("、", '<a class="govuk-link" href="{}">{}</a>', found) if found else ""


def _mark(mark: ReplyMark) -> Any:
    """What was marked, and what came of it or where it is answered."""
    said = f"{as_date(mark.at)}　{mark.reply.duty.agency.label}：{mark.text}"
    if mark.answered_at is not None:
        return f"{said}（{_('已退回') if mark.returned else _('函復維持')}：{mark.answer}）"
    url = reverse("council:answer_mark", args=[mark.pk])
    return format_html('{}　<a class="govuk-link" href="{}">{}</a>', said, url, _("處理這個標記"))


def install() -> None:
    """The kind of listed item, menu, to-do kind."""
    tracking.profile(
        PROFILE, _("議會案件"), prefix="C", letter=True, days="council.reply_days", months="council.report_months",
        facts=facts, propose=services.propose, grounds=[Ticked(one.value, one.label) for one in Ground],
        lists=lambda: reverse("council:items"),
    )  # fmt: skip
    gatherings.training(TRAINING, _("議會查詢系統教育訓練"), order=40)
    desk_menu.add(62, _("議會案件"), "council:items", "/desk/council/items/", act=READ)
    desk_menu.add(62, pgettext_lazy("menu", "會勘"), "council:inspections", "/desk/council/inspections/", act=INSPECT)
    desk_menu.add(62, _("議會案件查詢"), "council:look_up", "/desk/council/look-up/", act=LOOK_UP)
    sheets.install()
    undeliverable.connect(readers.letter_came_back, dispatch_uid="council.readers")
    worklist.kind(marks.MARK, pgettext_lazy("to-do", "處理答非所問標記"), part=Part.HANDLE)
    worklist.kind(services.MONTH, pgettext_lazy("to-do", "登錄會勘"), part=Part.HANDLE)
    directory.names_agency_for_ever(succession.KEPT)
