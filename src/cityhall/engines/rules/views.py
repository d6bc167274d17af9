"""Where the commission reads and changes dated parameters."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from cityhall.engines.idempotency.views import form_once
from cityhall.foundation.clock import day_of
from cityhall.web.access import allowed, requires

from .forms import ParameterForm
from .queries import declaration, history, parameter
from .registry import UnknownParameter, declarations
from .services import CannotSetParameter, set_parameter


@requires("rules.read")
def index(request: HttpRequest) -> HttpResponse:
    """All parameters with the value of today."""
    today = day_of(timezone.now())
    values = [parameter(key, on=today) for key in sorted(declarations)]
    return render(request, "rules/index.html", {"parameters": values})


@requires("rules.read")
@form_once
def detail(request: HttpRequest, key: str) -> HttpResponse:
    """One parameter through time, and the form that changes it for those who may."""
    try:
        declared = declaration(key)
    except UnknownParameter:
        raise Http404 from None
    now = timezone.now()
    may_change = allowed(request, "rules.set") and not declared.changed_at
    value = parameter(key, on=day_of(now)).value
    initial = {"value": "\n".join(value) if isinstance(value, list) else value, "valid_from": day_of(now)}
    form = ParameterForm(request.POST or None, declared=declared, initial=initial)
    if request.method == "POST" and may_change and form.is_valid():
        try:
            set_parameter(
                key, form.cleaned_data["value"], valid_from=form.cleaned_data["valid_from"],
                source=form.cleaned_data["source"], by=request.user, at=now,
            )  # fmt: skip
        except CannotSetParameter as refusal:
            form.add_error(refusal.field, refusal.sentence)
        else:
            messages.success(request, _("新的值已存入。"))
            return HttpResponseRedirect(reverse("rules:detail", args=[key]))
    return render(
        request,
        "rules/detail.html",
        {
            "declared": declared,
            "history": history(key),
            "form": form if may_change else None,
            "today": day_of(now),
            "value": parameter(key, on=day_of(now)),
        },
        status=200 if request.method == "GET" or not form.errors else 422,
    )
