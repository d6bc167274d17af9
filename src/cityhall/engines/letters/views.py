"""Pages of letters: what was sent, what could not be delivered, a city's own wording; and the demo's inbox."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Q
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from cityhall.engines.audit import services as audit
from cityhall.engines.idempotency.views import form_once
from cityhall.engines.letters import paper, queries, rights, rules, services, wording
from cityhall.engines.letters.forms import AgainForm, FindForm, WordingForm
from cityhall.engines.letters.models import Letter, Wording
from cityhall.engines.letters.standins.runner import the_store
from cityhall.engines.letters.states import Channel
from cityhall.foundation.clock import day_of
from cityhall.web.access import Forbidden, public, requires

PAGE = 50
LANGUAGE_NAMES = {"zh-hant": "中文", "en": "English"}


@requires("letters.list")
def letters(request: HttpRequest) -> HttpResponse:
    """All letters, newest first; those that could not be delivered stand out."""
    form = FindForm(request.GET or None)
    found = Letter.objects.order_by("-pk")
    if form.is_valid():
        if state := form.cleaned_data["state"]:
            found = found.filter(state=state)
        if words := form.cleaned_data["words"]:
            found = found.filter(Q(address__icontains=words) | Q(subject__icontains=words))
    context = {
        "form": form,
        "page": Paginator(found, PAGE).get_page(request.GET.get("page")),
        "lost": queries.undeliverable().count(),
    }
    return render(request, "letters_pages/letters.html", context)


@requires("letters.read", "letters.list")
def letter(request: HttpRequest, pk: int) -> HttpResponse:
    """One letter with its delivery log. That somebody read it is recorded."""
    one = _readable(request, pk)
    audit.looked_at(one, by=request.user, at=timezone.now(), what="address, text")
    return _letter_page(request, one, AgainForm())


def _letter_page(request: HttpRequest, one: Letter, form: AgainForm, status: int = 200) -> HttpResponse:
    context = {
        "letter": one,
        "text": rules.without_keys(one.text),
        "log": queries.log_of(one),
        "form": form,
        "copies": Letter.objects.filter(again_of=one),
    }
    context["pdf"] = one.channel == Channel.PAPER and paper.path_of(one).exists()
    return render(request, "letters_pages/letter.html", context, status=status)


def _readable(request: HttpRequest, pk: int) -> Letter:
    one = get_object_or_404(Letter, pk=pk)
    if not rights.may_read(one, request):
        raise Forbidden("letters.list")
    return one


@requires("letters.read", "letters.list")
def paper_pdf(request: HttpRequest, pk: int) -> HttpResponseBase:
    """A letter on paper, to print."""
    one = _readable(request, pk)
    path = paper.path_of(one)
    if one.channel != Channel.PAPER or not path.exists():
        raise Http404(_("這封信還沒有製成 PDF。"))
    audit.looked_at(one, by=request.user, at=timezone.now(), what="pdf")
    return FileResponse(path.open("rb"), content_type="application/pdf", filename=path.name)


@requires("letters.resend")
@require_POST
@form_once
def send_again(request: HttpRequest, pk: int) -> HttpResponse:
    """Send a letter once more, to another address if one is given."""
    one, form = _readable(request, pk), AgainForm(request.POST)
    if form.is_valid():
        try:
            copy = services.send_again(
                one, by=request.user, at=timezone.now(), address=form.cleaned_data["address"].strip()
            )
        except services.CannotSend as refusal:
            form.add_error("address", str(refusal))
        else:
            messages.success(request, _("已排入寄送。"))
            return HttpResponseRedirect(reverse("letters:letter", args=[copy.pk]))
    return _letter_page(request, one, form, status=422)


@requires("letters.reword")
def templates(request: HttpRequest) -> HttpResponse:
    """Every letter that the program can write, and which of them the city words itself."""
    today = day_of(timezone.now())
    rows = [
        {
            "template": template,
            "language": language,
            "language_name": LANGUAGE_NAMES.get(language, language),
            "subject": wording.source_of(template, language).subject,
            "own": wording.own_wording(template, language, today),
        }
        for template, language in sorted(wording.files())
    ]
    return render(request, "letters_pages/templates.html", {"rows": rows})


@requires("letters.reword")
@form_once
def template(request: HttpRequest, template: str, language: str) -> HttpResponse:
    """Read a template's words in force, write one's own from a day on, see how it will look."""
    if (template, language) not in wording.files():
        raise Http404(_("沒有這封信的範本。"))
    source, now = wording.source_of(template, language), timezone.now()
    own = wording.own_wording(template, language, day_of(now))
    start: dict[str, Any] = {
        "subject": own.subject if own else source.subject,
        "text": own.text if own else source.body,
        "valid_from": day_of(now),
    }
    form = WordingForm(request.POST or None, initial=start)
    shown = None
    if form.is_valid() and "preview" in request.POST:
        subject, text = form.cleaned_data["subject"], form.cleaned_data["text"]
        if faults := wording.faults(template, language, subject, text):
            form.add_faults(faults)
        else:
            shown = wording.preview(template, language, subject, text)
    elif form.is_valid():
        try:
            services.reword(template, language, by=request.user, at=now, **form.cleaned_data)
        except services.CannotReword as refusal:
            form.add_faults(refusal.faults)
        else:
            messages.success(request, _("新的用語已存入。"))
            return HttpResponseRedirect(reverse("letters:template", args=[template, language]))
    context = {
        "form": form,
        "template": template,
        "language": language,
        "language_name": LANGUAGE_NAMES.get(language, language),
        "source": source,
        "fields": sorted(wording.fields_of(template, language)),
        "shown": shown,
        "versions": Wording.objects.filter(template=template, language=language).order_by("-valid_from", "-pk"),
        "in_force": own,
    }
    return render(request, "letters_pages/template.html", context, status=422 if form.errors else 200)


# --- the demo city's inbox ------------------------------------------------------------------------------------


@public
def inbox(request: HttpRequest) -> HttpResponse:
    """What the stand-ins got: in the demo city nobody else does."""
    _only_in_the_demo()
    to = request.GET.get("to", "").strip()
    return render(request, "letters_pages/inbox.html", {"received": the_store().all(to=to, limit=PAGE), "to": to})


@public
def inbox_message(request: HttpRequest, number: int) -> HttpResponse:
    """One message."""
    _only_in_the_demo()
    if (one := the_store().get(number)) is None:
        raise Http404(_("信箱裡沒有這封信。"))
    return render(request, "letters_pages/inbox_message.html", {"one": one})


def _only_in_the_demo() -> None:
    if not settings.DEMO:
        raise Http404
