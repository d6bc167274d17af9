"""行事曆訂閱: one's own address, and the feed behind it."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from cityhall.engines.directory import queries as directory
from cityhall.engines.directory.models import Person
from cityhall.engines.idempotency.views import form_once
from cityhall.web.access import public, requires

from .. import calendars
from ..models import CalendarKey
from ..queries import CALENDAR


def _me(request: HttpRequest) -> Person:
    person = directory.person_of(request.user)
    if person is None:
        raise Http404
    return person


@requires(CALENDAR)
def calendar(request: HttpRequest) -> HttpResponse:
    """Whether there is an address, since when, and what it is good for."""
    key = CalendarKey.objects.filter(person=_me(request)).first()
    return render(request, "gatherings/calendar.html", {"key": key})


@requires(CALENDAR)
@require_POST
@form_once
def renew(request: HttpRequest) -> HttpResponse:
    """A new address, shown this once."""
    token = calendars.renew(_me(request), by=request.user, at=timezone.now())
    url = f"{settings.SITE_URL}{reverse('gatherings:feed', args=[token]).removeprefix('/en')}"
    messages.success(request, format_html('{} <code class="dk-once">{}</code>', _("您的網址，只顯示這一次："), url))
    return HttpResponseRedirect(reverse("gatherings:calendar"))


@requires(CALENDAR)
@require_POST
@form_once
def end(request: HttpRequest) -> HttpResponse:
    """No feed any more."""
    calendars.end(_me(request), by=request.user, at=timezone.now())
    messages.success(request, _("已停用；舊網址不再回應。"))
    return HttpResponseRedirect(reverse("gatherings:calendar"))


@public
@never_cache
@require_safe
def feed(request: HttpRequest, token: str) -> HttpResponse:
    """The calendar of whoever has this address."""
    person = calendars.whose(token)
    if person is None:
        raise Http404(_("這個行事曆網址已經換發或停用。"))
    made = calendars.of(person, at=timezone.now())
    return HttpResponse(
        made,
        content_type="text/calendar; charset=utf-8",
        headers={"Content-Disposition": 'inline; filename="city.ics"'},
    )
