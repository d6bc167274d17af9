"""The door for LINE's events: nothing is read before its signature fits."""

from __future__ import annotations

import json

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from cityhall.web.access import public_to_programs

from .. import line, line_api

LARGEST = 1024 * 1024


# LINE signs the body with the channel's secret.
@public_to_programs
@require_POST
def webhook(request: HttpRequest) -> HttpResponse:
    """Take what happened on LINE; answered as soon as it is kept, for LINE waits a second; a worker does the rest."""
    if not line_api.is_on():
        return JsonResponse({"refused": _("這個系統沒有開通LINE。")}, status=404)
    if int(request.headers.get("Content-Length") or 0) > LARGEST:
        return JsonResponse({"refused": _("內容太大。")}, status=413)
    body = request.body
    if not line_api.is_signed(body, request.headers.get("X-Line-Signature", "")):
        return JsonResponse({"refused": _("簽章不符。")}, status=401)
    try:
        events = json.loads(body)["events"]
        if not isinstance(events, list) or not all(isinstance(one, dict) for one in events):
            raise TypeError
    except (ValueError, KeyError, TypeError, RecursionError):
        return JsonResponse({"refused": _("看不懂內容。")}, status=400)
    line.receive(events, at=timezone.now())
    return JsonResponse({})
