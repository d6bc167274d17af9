"""The desk's page of system work that failed: read it, try it again."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from cityhall.engines.outbox import queries, services
from cityhall.engines.outbox.models import Promise
from cityhall.web.access import requires
from cityhall.web.logs import masked

SHOWN = 100


@requires("outbox.read")
def failures(request: HttpRequest) -> HttpResponse:
    """What was given up, and what failed and will be tried again."""
    now = timezone.now()
    dead, failing = list(queries.dead()[:SHOWN]), list(queries.failing()[:SHOWN])
    for one in [*dead, *failing]:
        one.error = masked(one.error)  # an error may quote an address
    context = {
        "dead": dead,
        "failing": failing,
        "counts": queries.count_by_state(),
        "waiting": queries.waiting(now).count(),
        "minutes": int(queries.longest_wait(now).total_seconds() // 60),
        "shown": SHOWN,
    }
    return render(request, "outbox/failures.html", context)


@requires("outbox.retry")
@require_POST
def retry(request: HttpRequest, pk: int) -> HttpResponse:
    """Try one again; a second click finds it already under way."""
    try:
        services.retry(get_object_or_404(Promise, pk=pk), by=request.user, at=timezone.now())
        messages.success(request, _("已排入重新處理。"))
    except services.CannotRetry:
        messages.info(request, _("這項工作已經在重新處理，或已經完成。"))
    return HttpResponseRedirect(reverse("outbox:failures"))


@requires("outbox.retry")
@require_POST
def retry_all(request: HttpRequest) -> HttpResponse:
    """Try every one of a kind again, for when what they all needed is back."""
    retried = services.retry_all(request.POST.get("kind", ""), by=request.user, at=timezone.now())
    sentence = ngettext("%(count)d 項工作已排入重新處理。", "%(count)d 項工作已排入重新處理。", retried)
    messages.success(request, sentence % {"count": retried})
    return HttpResponseRedirect(reverse("outbox:failures"))
