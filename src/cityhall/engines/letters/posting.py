"""待寄信件: letters on paper are printed at once, put into window envelopes, and ticked off when they go to the post."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from cityhall.engines.audit import services as audit
from cityhall.engines.idempotency.views import form_once
from cityhall.engines.letters import paper, queries, services
from cityhall.engines.letters.carriers import NotAccepted
from cityhall.engines.letters.forms import PostedFilter, PostForm
from cityhall.engines.letters.models import Letter
from cityhall.engines.letters.states import Channel
from cityhall.foundation.clock import day_of, end_of_day, start_of_day
from cityhall.web.access import requires

PAGE = 50


def _filtered(request: HttpRequest) -> tuple[PostedFilter, QuerySet[Letter]]:
    form = PostedFilter(request.GET or None)
    rows = queries.to_post()
    if form.is_valid():
        given = form.cleaned_data
        rows = queries.posted() if given["posted"] else rows
        if given["first"]:
            rows = rows.filter(written_at__gte=start_of_day(given["first"]))
        if given["last"]:
            rows = rows.filter(written_at__lt=end_of_day(given["last"]))
    return form, rows


@requires("letters.post")
@form_once
def to_post(request: HttpRequest) -> HttpResponse:
    """The letters that wait for the post, oldest first; ticked, they are printed together or noted as posted."""
    now = timezone.now()
    found, rows = _filtered(request)
    form = PostForm(request.POST if request.method == "POST" else None, initial={"posted_on": day_of(now)})
    if request.method == "POST":
        ticked = _ticked(request, "POST")
        if not ticked:
            form.add_error(None, _("請勾選已交寄的信。"))
        elif form.is_valid():
            numbers = {one.pk: request.POST.get(f"number-{one.pk}", "").strip() for one in ticked}
            try:
                done = services.post(
                    ticked, on=form.cleaned_data["posted_on"], numbers=numbers, by=request.user, at=now
                )
            except services.CannotPost as refusal:
                form.add_error("posted_on", str(refusal))
            else:
                said = ngettext("已登錄交寄 %(n)d 封。", "已登錄交寄 %(n)d 封。", done) % {"n": done}
                messages.success(request, said)
                return HttpResponseRedirect(reverse("letters:to_post"))
    context: dict[str, Any] = {
        "filter": found,
        "form": form,
        "page": Paginator(rows, PAGE).get_page(request.GET.get("page")),
        "posted": bool(found.is_bound and found.is_valid() and found.cleaned_data["posted"]),
        "filtered": bool(request.GET),
        "ticked": set(request.POST.getlist("letters")),
    }
    return render(request, "letters_pages/to_post.html", context, status=422 if request.method == "POST" else 200)


def _ticked(request: HttpRequest, method: str) -> list[Letter]:
    given = request.POST if method == "POST" else request.GET
    keys = [int(one) for one in given.getlist("letters") if one.isdecimal() and len(one) < 19][:PAGE]
    return list(Letter.objects.filter(pk__in=keys, channel=Channel.PAPER).exclude(sent_at=None).order_by("pk"))


@requires("letters.post")
def print_all(request: HttpRequest) -> HttpResponse:
    """The letters that are ticked, or the oldest that wait, as one PDF; that they were printed is written down."""
    now = timezone.now()
    letters = _ticked(request, "GET") or list(queries.to_post().exclude(text="")[:PAGE])
    if not letters:
        messages.info(request, _("沒有待寄的信。"))
        return HttpResponseRedirect(reverse("letters:to_post"))
    try:
        made = paper.together(letters)
    except NotAccepted:
        messages.error(request, _("現在無法製作 PDF，請稍後再試。"))
        return HttpResponseRedirect(reverse("letters:to_post"))
    for letter in letters:
        audit.record("letter.printed", letter, by=request.user, at=now)
    response = HttpResponse(made, content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="letters-{day_of(now):%Y%m%d}.pdf"'
    return response


@requires("letters.post")
@require_POST
@form_once
def take_back(request: HttpRequest, pk: int) -> HttpResponse:
    """收回交寄: it waits for the post again."""
    letter = get_object_or_404(Letter.objects.exclude(posted_on=None), pk=pk, channel=Channel.PAPER)
    services.take_back(letter, by=request.user, at=timezone.now())
    messages.success(request, _("已收回，這封信又在待寄裡。"))
    return HttpResponseRedirect(f"{reverse('letters:to_post')}?posted=yes")
