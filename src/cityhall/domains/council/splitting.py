"""A pasted transcript becomes items: proposed pieces that a person corrects, saved at once."""

from __future__ import annotations

from typing import Any

from django import forms as fields
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from cityhall.engines.idempotency.views import form_once
from cityhall.engines.tracking.refusals import CannotTrack
from cityhall.foundation.clock import day_of
from cityhall.web.access import requires
from cityhall.web.forms import Checkboxes, DateField, Form, Select, Text, Textarea

from . import queries, services, transcript
from .forms import CHOOSE
from .models import CouncilSession
from .queries import CONTROL, Known
from .refusals import CannotList
from .services import NewItem

LONGEST = 200_000
MOST = 60


class TranscriptForm(Form):
    """The words, and what holds for all questions in them."""

    session = fields.ChoiceField(label=gettext_lazy("會期"), required=False, widget=Select)
    raised_on = DateField(label=gettext_lazy("質詢或議決日"))
    kind = fields.ChoiceField(label=gettext_lazy("案件類別"), widget=Select)
    text = fields.CharField(
        label=gettext_lazy("逐字紀錄"), max_length=LONGEST, widget=Textarea(attrs={"rows": 14}),
        help_text=gettext_lazy("每位發言的人另起一行，例如「陳示範議員：」。機關和主席的發言會略過。"),
    )  # fmt: skip

    def __init__(self, *args: Any, known: Known, kinds: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["session"].choices = [("", _("不屬於會期")), *((one, one) for one in known.sessions)]
        self.fields["kind"].choices = [(one, _(one)) for one in kinds]


class PieceForm(Form):
    """One proposed item."""

    use = fields.MultipleChoiceField(label="", required=False, widget=Checkboxes, choices=[("yes", gettext_lazy("列管這一案"))])  # fmt: skip
    asker = fields.ChoiceField(label=gettext_lazy("議員"), required=False, widget=Select)
    lead = fields.ChoiceField(label=gettext_lazy("主辦機關"), required=False, widget=Select)
    title = fields.CharField(label=gettext_lazy("案由"), max_length=200, widget=Text)
    text = fields.CharField(label=gettext_lazy("內容"), max_length=20_000, required=False, widget=Textarea(attrs={"rows": 4}))  # fmt: skip

    def __init__(self, *args: Any, known: Known, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        there = {one.pk: one for one in known.agencies.values()}
        ordered = sorted(there.values(), key=lambda one: (one.order, one.code))
        self.fields["asker"].choices = [("", _("沒有列名")), *((name, name) for name in known.councillors)]
        self.fields["lead"].choices = [*CHOOSE, *((one.code, one.label) for one in ordered)]

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if given.get("use") and not given.get("lead"):
            self.add_error("lead", _("請選擇主辦機關。"))
        return given


@requires(CONTROL)
@form_once
def split(request: HttpRequest) -> HttpResponse:
    """Paste, correct, save: the pieces travel in the page, so that nothing is kept of what nobody listed."""
    now = timezone.now()
    by: Any = request.user
    today = day_of(now)
    known, kinds = queries.known(today), queries.kinds(today)
    first = TranscriptForm(request.POST if request.method == "POST" else None, known=known, kinds=kinds)
    if request.method != "POST" or "edit" in request.POST:
        return render(request, "council/transcript.html", {"form": first})
    many = request.POST.get("pieces", "")
    if not first.is_valid():
        return render(request, "council/transcript.html", {"form": first}, status=422)
    given = first.cleaned_data
    if not (many.isascii() and many.isdigit() and len(many) < 4):
        return _proposed(request, first, given, known)
    rows = [PieceForm(request.POST, prefix=f"p{n}", known=known) for n in range(min(int(many), MOST))]
    valid = [form.is_valid() for form in rows]
    taken = [form.cleaned_data for form in rows if form.is_valid() and form.cleaned_data["use"]]
    why = "" if taken or not all(valid) else _("請至少勾選一案。")
    if all(valid) and taken:
        try:
            made = services.list_items([_item(one, given, known) for one in taken], by=by, at=now)
        except (CannotList, CannotTrack) as refusal:
            why = str(refusal)
        else:
            said = ngettext("已列管%(n)s案，並請機關函復。", "已列管%(n)s案，並請機關函復。", len(made))
            messages.success(request, said % {"n": len(made)})
            return HttpResponseRedirect(reverse("council:items"))
    if why:
        first.add_error(None, why)
    context = {"form": first, "rows": rows, "pieces": len(rows), "wrong": True, "sent": _sent(request)}
    return render(request, "council/pieces.html", context, status=422)


def _proposed(request: HttpRequest, first: TranscriptForm, given: dict[str, Any], known: Known) -> HttpResponse:
    """What was found in the words."""
    agencies = {name: one.code for name, one in known.agencies.items()}
    found = transcript.pieces(given["text"], councillors=list(known.councillors), agencies=agencies)[:MOST]
    if not found:
        first.add_error("text", _("找不到議員的發言。請確認每位議員的發言另起一行，姓名後面有「：」。"))
        return render(request, "council/transcript.html", {"form": first}, status=422)
    rows = [
        PieceForm(
            prefix=f"p{n}", known=known,
            initial={
                "use": ["yes"], "asker": one.asker if one.asker in known.councillors else "", "lead": one.agency,
                "title": one.title, "text": one.text,
            },
        )
        for n, one in enumerate(found)
    ]  # fmt: skip
    return render(
        request, "council/pieces.html", {"form": first, "rows": rows, "pieces": len(rows), "sent": _sent(request)}
    )


def _sent(request: HttpRequest) -> list[tuple[str, str]]:
    """What was filled in on the first page, to be sent again with the pieces."""
    names = ("session", "kind", "text", "raised_on_year", "raised_on_month", "raised_on_day")
    return [(name, request.POST.get(name, "")) for name in names]


def _item(one: dict[str, Any], given: dict[str, Any], known: Known) -> NewItem:
    session: CouncilSession | None = known.sessions.get(given["session"])
    askers = [known.councillors[one["asker"]]] if one["asker"] else []
    return NewItem(
        kind=given["kind"], title=one["title"], text=one["text"], raised_on=given["raised_on"], session=session,
        askers=askers, lead=known.agencies[one["lead"]],
    )  # fmt: skip
