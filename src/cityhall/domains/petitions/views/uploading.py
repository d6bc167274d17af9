"""A contractor hands in photos: one page, one link, once."""

from __future__ import annotations

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from cityhall.engines.cases.services import CannotAct
from cityhall.engines.files.services import CannotStoreFile
from cityhall.engines.idempotency.views import done, form_once
from cityhall.engines.identity import origin, throttle
from cityhall.web.access import public
from cityhall.web.errors import TooMany
from cityhall.web.forms import Files, FilesField, Form, Textarea

from .. import following
from ..services import contractors

GONE = 410


class UploadForm(Form):
    photos = FilesField(
        label=_("施作照片"), max_files=10, widget=Files(attrs={"accept": "image/*,.heic,.heif,application/pdf"}),
        help_text=_("JPG、PNG、HEIC 或 PDF，最多10個。照片裡的定位會自動拿掉。"),
        error_messages={"required": _("請至少選一張照片")},
    )  # fmt: skip
    remark = forms.CharField(
        label=_("說明（可不填）"), max_length=500, required=False, widget=Textarea(attrs={"rows": 3})
    )


@public
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def upload(request: HttpRequest, token: str) -> HttpResponse:
    """Number, place and what to photograph; then thanks. A link that is spent says so and no more."""
    at = timezone.now()
    keys = (("network", origin.network(request)),)
    try:
        throttle.admit(*keys, at=at)
    except throttle.CannotTryNow as locked:
        raise TooMany(locked.sentence, retry_after=locked.seconds) from locked
    response = _page(request, token)
    if response.status_code != GONE:
        throttle.succeed(*keys, at=at)
    return response


@form_once
def _page(request: HttpRequest, token: str) -> HttpResponse:
    at = timezone.now()
    try:
        link = contractors.live_link(token, at=at)
    except contractors.LinkIsSpent as spent:
        return render(request, "petitions/upload_spent.html", {"sentence": spent.sentence}, status=GONE)
    posted = request.method == "POST"
    form = UploadForm(request.POST if posted else None, request.FILES if posted else None)
    case = link.petition.case
    shown = {
        "form": form,
        "link": link,
        "number": case.number,
        "where": following.where_words(case),
        "agency": case.agency,
    }
    if posted and form.is_valid():
        try:
            contractors.hand_in(token, photos=form.cleaned_data["photos"], remark=form.cleaned_data["remark"], at=at)
        except (CannotAct, CannotStoreFile) as refusal:
            form.add_error("photos", refusal.sentence)
        else:
            return done(render(request, "petitions/uploaded.html", shown))
    return render(request, "petitions/upload.html", shown, status=422 if posted else 200)
