"""What is done with an entry: written with a preview, sent to its agency, reviewed, published, withdrawn, brought back."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from cityhall.engines.directory import queries as directory
from cityhall.engines.directory.models import Agency
from cityhall.engines.idempotency.acting import act_page
from cityhall.engines.idempotency.views import form_once
from cityhall.foundation.clock import day_of
from cityhall.web.access import requires

from .. import forms, proposing, services
from ..models import Entry, Proposal, Version
from ..queries import REVIEW, WITHDRAW, WRITE
from ..services import TEXTS, CannotPublish
from ..states import Fate, State
from .desk import entry_for


def _here(one: Entry) -> str:
    return reverse("faq_desk:entry", args=[one.code])


def _agencies(request: HttpRequest, at: datetime) -> Any:
    reach = directory.reach(request.user, WRITE, at)
    return (
        Agency.objects.as_of(day_of(at)).filter(reach.within(agency="pk", unit="", person="")).order_by("order", "code")
    )


@requires(WRITE)
@form_once
def new(request: HttpRequest) -> HttpResponse:
    """The first version of a new entry."""
    now = timezone.now()
    asked = request.GET.get("proposal", "")
    proposal = (
        Proposal.objects.filter(pk=asked, fate=Fate.OPEN).first() if asked.isdecimal() and len(asked) < 10 else None
    )
    form = forms.NewEntryForm(
        request.POST if request.method == "POST" else None, agencies=_agencies(request, now),
        initial={"valid_from": day_of(now), "question": proposal.text if proposal else ""},
    )  # fmt: skip

    def do() -> Version:
        with transaction.atomic():
            version = services.write(
                code=form.cleaned_data["code"], agency=form.agency_chosen, topic=form.topic_chosen, texts=form.texts(),
                by=request.user, at=now,
            )  # fmt: skip
            if proposal is not None:
                proposing.became(proposal, version.entry, by=request.user, at=now)
        return version

    back = (reverse("faq_desk:index"), _("常見問題"))
    return _editor(request, form, do, title=_("新增常見問題"), back=back)


@requires(WRITE)
@form_once
def write(request: HttpRequest, code: str) -> HttpResponse:
    """Change the open draft, or begin the next version from what is read now."""
    now = timezone.now()
    one = entry_for(request, code, now, WRITE)
    last = one.versions.exclude(state=State.DISCARDED).order_by("-number").first()
    if last is not None and last.state == State.REVIEW:
        messages.error(request, _("這個版本正在等機關審核，審核後才能再改。"))
        return HttpResponseRedirect(_here(one))
    draft = last if last is not None and last.state == State.DRAFT else None
    initial = {name: getattr(last, name) for name in TEXTS} if last else {"valid_from": day_of(now)}
    initial |= {"agency": one.agency.code, "topic": one.topic.code if one.topic else ""}
    form = forms.VersionForm(
        request.POST if request.method == "POST" else None, agencies=_agencies(request, now), initial=initial
    )

    def do() -> Version:
        if draft is not None:
            return services.revise(
                draft, agency=form.agency_chosen, topic=form.topic_chosen, texts=form.texts(), by=request.user, at=now
            )
        return services.write(
            code=one.code,
            agency=form.agency_chosen,
            topic=form.topic_chosen,
            texts=form.texts(),
            by=request.user,
            at=now,
        )

    title = _("修改草稿") if draft else _("寫新版本")
    return _editor(request, form, do, title=title, back=(_here(one), one.code), number=draft.number if draft else 0)


def _editor(
    request: HttpRequest, form: forms.VersionForm, do: Any, *, title: str, back: tuple[str, str], number: int = 0
) -> HttpResponse:
    """The form with its preview: how the public will read it, before anything is kept."""
    preview, status = None, 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            if "preview" in request.POST:
                entry = Entry(code=form.cleaned_data.get("code", "preview"), agency=form.agency_chosen)
                preview, status = Version(entry=entry, published_on=day_of(timezone.now()), **form.texts()), 200
            else:
                try:
                    done = do()
                except CannotPublish as refusal:
                    form.add_error(None, str(refusal))
                else:
                    messages.success(request, _("已存成第%(n)s版的草稿，看過之後請送機關審核。") % {"n": done.number})
                    return HttpResponseRedirect(_here(done.entry))
    context = {"form": form, "title": title, "back": back, "preview": preview, "number": number}
    return render(request, "faq/desk/write.html", context, status=status)


# ---- one act a page --------------------------------------------------------------------------------------------------


def _version(one: Entry, state: State) -> Version:
    found = one.versions.filter(state=state).order_by("-number").first()
    if found is None:
        raise Http404
    found.entry = one
    return found


def _rows(one: Entry, version: Version | None) -> list[tuple[Any, Any]]:
    rows: list[tuple[Any, Any]] = [(_("負責機關"), one.agency.label)]
    if version is not None:
        rows += [(_("問題"), version.question), (_("答案"), version.answer)]
    return rows


@requires(WRITE)
@form_once
def submit(request: HttpRequest, code: str) -> HttpResponse:
    """送機關審核."""
    now = timezone.now()
    one = entry_for(request, code, now, WRITE)
    draft = _version(one, State.DRAFT)

    def do(_given: dict[str, Any]) -> str:
        services.submit(draft, by=request.user, at=now)
        return _("已送%(agency)s審核，會出現在對方的待辦。") % {"agency": one.agency.label}

    return act_page(
        request, form=forms.NothingForm(request.POST if request.method == "POST" else None), title=_("送機關審核"),
        button=_("送出"), do=do, back=(_here(one), one.code), to=_here(one), refused=CannotPublish, summary=_rows(one, draft),
    )  # fmt: skip


@requires(REVIEW)
@form_once
def review(request: HttpRequest, code: str) -> HttpResponse:
    """The agency reads what will be its word, agrees or sends it back."""
    now = timezone.now()
    one = entry_for(request, code, now, REVIEW)
    version = _version(one, State.REVIEW)
    form = forms.ReviewForm(request.POST if request.method == "POST" else None)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                if form.cleaned_data["agrees"]:
                    services.publish(version, by=request.user, at=now)
                    messages.success(request, _("已公布，民眾現在就查得到。"))
                else:
                    services.send_back(version, reason=form.cleaned_data["reason"], by=request.user, at=now)
                    messages.success(request, _("已退回修改，理由會讓撰寫的人看到。"))
            except CannotPublish as refusal:
                form.add_error(None, str(refusal))
            else:
                return HttpResponseRedirect(_here(one))
    before = one.versions.filter(state=State.PUBLISHED).order_by("-number").first()
    context = {"one": one, "version": version, "before": before, "form": form}
    return render(request, "faq/desk/review.html", context, status=status)


@requires(WRITE)
@form_once
def discard(request: HttpRequest, code: str) -> HttpResponse:
    """作廢草稿."""
    now = timezone.now()
    one = entry_for(request, code, now, WRITE)
    draft = _version(one, State.DRAFT)

    def do(_given: dict[str, Any]) -> str:
        services.discard(draft, by=request.user, at=now)
        return _("草稿已作廢，內容還留在版本紀錄裡。")

    return act_page(
        request, form=forms.NothingForm(request.POST if request.method == "POST" else None), title=_("作廢草稿"),
        button=_("作廢"), do=do, back=(_here(one), one.code), to=_here(one), refused=CannotPublish,
        lead=_("已公布的版本不受影響。"), summary=_rows(one, draft),
    )  # fmt: skip


@requires(WITHDRAW)
@form_once
def withdraw(request: HttpRequest, code: str) -> HttpResponse:
    """下架 with a reason."""
    now = timezone.now()
    one = entry_for(request, code, now, WITHDRAW)

    def do(given: dict[str, Any]) -> str:
        services.withdraw(one, reason=given["reason"], by=request.user, at=now)
        return _("已下架，民眾、話務人員和文字客服都不會再查到。")

    return act_page(
        request, form=forms.BecauseForm(request.POST if request.method == "POST" else None), title=_("下架"),
        button=_("下架"), do=do, back=(_here(one), one.code), to=_here(one), refused=CannotPublish,
        lead=_("下架之後可以重新上架。公布過的內容和日期都留著。"),
        summary=_rows(one, one.versions.filter(state=State.PUBLISHED, superseded_on=None).first()),
    )  # fmt: skip


@requires(WITHDRAW)
@form_once
def bring_back(request: HttpRequest, code: str) -> HttpResponse:
    """重新上架, with the words that were read last."""
    now = timezone.now()
    one = entry_for(request, code, now, WITHDRAW)

    def do(_given: dict[str, Any]) -> str:
        services.bring_back(one, by=request.user, at=now)
        return _("已重新上架，民眾現在就查得到。")

    return act_page(
        request, form=forms.NothingForm(request.POST if request.method == "POST" else None), title=_("重新上架"),
        button=_("重新上架"), do=do, back=(_here(one), one.code), to=_here(one), refused=CannotPublish,
        lead=_("照下架前的內容公布，不必再審核。要改內容，請寫新版本。"),
        summary=_rows(one, one.versions.filter(state=State.PUBLISHED).order_by("-number").first()),
    )  # fmt: skip
