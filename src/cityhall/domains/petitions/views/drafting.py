"""The draft that a browser is writing: its questions in order, its cookie, what becomes of it when it was sent."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property, wraps
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cityhall.engines.cases.models import Case
from cityhall.engines.cases.states import Channel
from cityhall.engines.directory import queries as directory
from cityhall.foundation.clock import day_of

from .. import neighbours, queries
from ..models import Category, CategoryQuestion, Draft, Petition
from ..neighbours import NearOne
from ..services import drafts, filing

COOKIE = "petition_draft"
FOLLOWING = "following"  # in the session: references that this browser may follow
FILED = "petitions.filed"  # in the session: references that this browser sent, confirmed or not
METHODS = ["GET", "HEAD", "POST"]

TITLES = {
    "kind": gettext_lazy("哪一種情形"),
    "what": gettext_lazy("發生什麼事"),
    "danger": gettext_lazy("有沒有人有危險"),
    "where": gettext_lazy("在哪裡"),
    "near": gettext_lazy("附近已有的反映"),
    "photos": gettext_lazy("照片"),
    "details": gettext_lazy("再問幾件事"),
    "who": gettext_lazy("怎麼回復您"),
    "check": gettext_lazy("請確認"),
}
FLOWS = {
    Channel.WEB: ("kind", "what", "danger", "where", "near", "photos", "details", "who"),
    Channel.AGENCY_BOX: ("what", "danger", "where", "near", "photos", "details", "who"),
    Channel.DEFECT: ("photos", "where", "what", "danger", "near", "details", "who"),
}
UNCOUNTED = {"danger", "kind", "near"}
OFFERED = {"near"}  # shown, never insisted on


# ---- one filing, as this request sees it ------------------------------------------------------------


@dataclass
class Filing:
    """The draft of this request, and where in its questions it stands."""

    request: HttpRequest
    draft: Draft
    at: datetime

    @property
    def channel(self) -> Channel:
        """By which door it comes."""
        return Channel(self.draft.data.get("channel", Channel.WEB))

    @property
    def account(self) -> Any:
        """Who is signed in, if anybody."""
        return self.request.user if self.request.user.is_authenticated else None

    @property
    def text(self) -> str:
        """What happened, as far as it is written."""
        return str(self.draft.data.get("what", {}).get("text", ""))

    @property
    def about(self) -> dict[str, str] | None:
        """The thing of the city that has the fault, where that was known from the start."""
        return self.draft.data.get("about")

    @cached_property
    def categories(self) -> list[Category]:
        """The kinds to choose from, for whoever came by a topic."""
        group = self.draft.data.get("group", "")
        return list(Category.objects.in_use(day_of(self.at)).filter(group=group)) if group else []

    def category(self) -> Category | None:
        """What was chosen, else what the text is probably about."""
        data = self.draft.data
        code = data.get("kind", {}).get("category") or data.get("what", {}).get("likely")
        return Category.objects.in_use(day_of(self.at)).filter(code=code).first() if code else None

    @property
    def questions(self) -> list[CategoryQuestion]:
        """What that category asks."""
        category = self.category()
        return category.asked if category else []

    def danger_words(self) -> list[str]:
        """The words of danger in the text."""
        return list(filing.danger_words(self.text, at=self.at))

    def steps(self) -> list[str]:
        """The questions of this filing, in order."""
        return [slug for slug in FLOWS[self.channel] if self.applies(slug)]

    def applies(self, slug: str) -> bool:
        """Whether a question is asked at all."""
        if slug == "kind":
            return bool(self.categories)
        if slug == "where":
            return self.about is None  # where the thing stands is known
        if slug == "danger":
            return bool(self.danger_words())
        if slug == "near":
            return bool(self.draft.data.get("near", {}).get("found"))
        if slug == "details":
            return bool(self.questions)
        return True

    def answered(self, slug: str) -> bool:
        """Whether it was answered, for the text as it now is."""
        kept = self.draft.data.get(slug)
        if slug == "near":
            return bool(kept) and bool(kept.get("seen"))
        if slug == "danger":
            return bool(kept) and kept.get("words") == self.danger_words()
        if slug == "details":
            category = self.category()
            return bool(kept) and category is not None and kept.get("category") == category.code
        return kept is not None

    def next_step(self) -> str:
        """The first question without an answer; when all have one, the page with all answers."""
        return next((slug for slug in self.steps() if not self.answered(slug)), "check")

    def keep(self, slug: str, values: Any) -> None:
        """Write an answer down."""
        self.draft = drafts.keep(self.draft, step=slug, values=values, at=self.at)

    @property
    def next_url(self) -> str:
        """Where it goes on."""
        return address_of(self.next_step())

    def nearby(self) -> list[NearOne]:
        """What others reported near that place, as far as a stranger may see it."""
        where = self.draft.data.get("where") or {}
        if where.get("lon") is None or not self.text or where.get("outside"):
            return []
        return neighbours.near(self.text, self.category(), (where["lon"], where["lat"]), self.at)

    def look_around(self) -> None:
        """Words or place are new: keep whether there is anything nearby that may be the same."""
        if self.text and self.draft.data.get("where"):
            self.keep("near", {"found": len(self.nearby()), "seen": False})

    def go_on(self) -> HttpResponse:
        """On to the next question."""
        return redirect(self.next_url)

    def page(self, slug: str, **context: Any) -> HttpResponse:
        """One question's page."""
        steps = self.steps()
        before = steps[: steps.index(slug)] if slug in steps else steps
        counted = [one for one in steps if one not in UNCOUNTED]
        checking = slug != "check" and self.draft.pk is not None and self.next_step() == "check"
        back = "check" if checking else before[-1] if before else ""
        template = f"petitions/filing/{slug}.html"
        return render(
            self.request,
            template,
            {
                "slug": slug,
                "filing": self,
                "flow": self.flow_title,
                "number": counted.index(slug) + 1 if slug in counted else None,
                "of": len(counted),
                "back_url": address_of(back) if back else reverse("petitions:start"),
                "back_title": TITLES[back] if back else "",
                "checking": checking,
                **context,
            },
        )

    @property
    def flow_title(self) -> str:
        """What the person is doing, over each question."""
        if self.channel is Channel.DEFECT:
            return _("市容查報")
        if self.channel is Channel.AGENCY_BOX:
            agency = directory.agency(self.draft.data.get("agency", ""))
            return _("寫信給%(agency)s") % {"agency": agency.label} if agency else _("反映一件事")
        if self.about:
            return _("回報問題：%(thing)s") % {"thing": self.about["name"]}
        return _("反映一件事")


def address_of(slug: str) -> str:
    """The page of a question, or of all answers."""
    return reverse("petitions:check") if slug == "check" else reverse("petitions:file", args=[slug])


def kept_draft(request: HttpRequest, at: datetime) -> Draft | None:
    """The draft that this browser is writing; one of an account only while its owner is signed in."""
    try:
        token = request.get_signed_cookie(COOKIE, default="", salt=drafts.SALT)
        draft = drafts.unsent(uuid.UUID(token), at=at) if token else None
    except (signing.BadSignature, ValueError):
        return None
    if draft is not None and draft.account_id and draft.account_id != request.user.pk:
        return None
    return draft


def with_cookie(response: HttpResponse, current: Filing) -> HttpResponse:
    if current.draft.pk:
        response.set_signed_cookie(
            COOKIE, str(current.draft.token), salt=drafts.SALT,
            max_age=timedelta(days=drafts.days_kept(current.at)), httponly=True, samesite="Lax",
            secure=settings.SESSION_COOKIE_SECURE,
        )  # fmt: skip
    return response


def lost(request: HttpRequest) -> HttpResponse:
    """No draft here: it was sent, by a second click or by Back, and then its petition is the answer; or it is gone."""
    try:
        token = uuid.UUID(request.get_signed_cookie(COOKIE, default="", salt=drafts.SALT))
    except ValueError:
        token = None
    if token and (petition := drafts.sent_as(token)):
        return to_petition(request, petition)
    messages.warning(request, _("這個瀏覽器裡沒有填到一半的內容，可能已經送出，或放太久了。請重新填寫。"))
    return redirect("petitions:start")


View = Callable[..., HttpResponse]


def with_filing(view: Callable[..., HttpResponse]) -> View:
    """Give the view the filing of this browser; without one, say so and start anew."""

    @wraps(view)
    def found(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        at = timezone.now()
        draft = kept_draft(request, at)
        if draft is None:
            return lost(request)
        if request.user.is_authenticated and draft.account_id is None:
            draft = drafts.belongs_to(draft, request.user, at=at)
        current = Filing(request, draft, at)
        try:
            response = view(current, *args, **kwargs)
        except drafts.AlreadySent as sent:
            remember(request, FILED, sent.petition.case)
            return redirect("petitions:confirm", reference=sent.petition.case.reference)
        return with_cookie(response, current)

    return found


def remember(request: HttpRequest, key: str, case: Case) -> None:
    """Let this browser see a case from now on."""
    kept = [*request.session.get(key, []), str(case.reference)]
    request.session[key] = list(dict.fromkeys(kept))[-50:]


def to_petition(request: HttpRequest, petition: Petition) -> HttpResponse:
    """After sending: to the code, or at once to the number of a sender who is known."""
    case = petition.case
    remember(request, FILED, case)
    if case.is_confirmed and queries.is_own(request.user, case):
        return redirect("petitions:done", reference=case.reference)
    return redirect("petitions:confirm", reference=case.reference)
