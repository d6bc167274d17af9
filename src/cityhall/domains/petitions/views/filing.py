"""Reporting something, one question a page: the draft is kept, Back works, nothing needs script.

The pages translate only. What may be answered stands in `forms.filing`, where a place lies in `locating`, how a draft
is kept and sent in `services.drafts`.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property, wraps
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core import signing
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from cityhall.engines.cases.models import Case
from cityhall.engines.cases.services import CannotAct
from cityhall.engines.cases.states import Channel, PlaceMethod, Status
from cityhall.engines.directory import queries as directory
from cityhall.engines.files import queries as files
from cityhall.engines.files.services import CannotStoreFile
from cityhall.engines.idempotency.views import form_once
from cityhall.engines.identity import origin, throttle
from cityhall.engines.identity.codes import CannotIssueCode
from cityhall.engines.letters.services import CannotSend
from cityhall.foundation.clock import day_of
from cityhall.web import maps
from cityhall.web.access import public
from cityhall.web.context import language
from cityhall.web.errors import TooMany
from cityhall.web.forms import Form

from .. import following, locating, queries
from ..forms.filing import (
    CameraForm,
    CodeForm,
    DangerForm,
    DetailsForm,
    KindForm,
    PhotosForm,
    SaveForm,
    WhatForm,
    WhatLineForm,
    WhereForm,
    WhoForm,
)
from ..models import Category, CategoryQuestion, Draft, Petition
from ..services import clocks, dispatch, drafts, filing
from ..states import Group

COOKIE = "petition_draft"
FOLLOWING = "following"  # in the session: references that this browser may follow
FILED = "petitions.filed"  # in the session: references that this browser sent, confirmed or not
ANOTHER_PLACE = 100.0  # metres between pin and photo from which the photo's place is offered
METHODS = ["GET", "HEAD", "POST"]

TITLES = {
    "kind": gettext_lazy("哪一種情形"),
    "what": gettext_lazy("發生什麼事"),
    "danger": gettext_lazy("有沒有人有危險"),
    "where": gettext_lazy("在哪裡"),
    "photos": gettext_lazy("照片"),
    "details": gettext_lazy("再問幾件事"),
    "who": gettext_lazy("怎麼回復您"),
    "check": gettext_lazy("請確認"),
}
FLOWS = {
    Channel.WEB: ("kind", "what", "danger", "where", "photos", "details", "who"),
    Channel.AGENCY_BOX: ("what", "danger", "where", "photos", "details", "who"),
    Channel.DEFECT: ("photos", "where", "what", "danger", "details", "who"),
}
UNCOUNTED = {"danger", "kind"}


# ---- one filing, as this request sees it -------------------------------------------------------------------------------


@dataclass
class Filing:
    """The draft of this request, and where in its questions it stands."""

    request: HttpRequest
    draft: Draft
    at: datetime
    done: bool = field(default=False)

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
        return list(category.questions.all()) if category else []

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
        if slug == "danger":
            return bool(self.danger_words())
        if slug == "details":
            return bool(self.questions)
        return True

    def answered(self, slug: str) -> bool:
        """Whether it was answered, for the text as it now is."""
        kept = self.draft.data.get(slug)
        if slug == "danger":
            return bool(kept) and kept.get("words") == self.danger_words()
        if slug == "details":
            category = self.category()
            return bool(kept) and category is not None and kept.get("category") == category.code
        return kept is not None

    def wrong(self, slug: str) -> bool:
        """Whether what is kept would not be taken today: every answer is looked at again before sending."""
        kept = self.draft.data.get(slug) or {}
        if slug == "where":
            try:
                filing.place_of(drafts.submission_of(self.draft, language="", account=None).where)
            except filing.CannotFile:
                return True
            return False
        if slug == "photos":
            return files.of(self.draft).count() > drafts.most_photos(self.at)
        return not FORMS[slug](self, kept).is_valid()

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
        return _("反映一件事")


def address_of(slug: str) -> str:
    """The page of a question, or of all answers."""
    return reverse("petitions:check") if slug == "check" else reverse("petitions:file", args=[slug])


def _kept_draft(request: HttpRequest, at: datetime) -> Draft | None:
    """The draft that this browser is writing; one of an account only while its owner is signed in."""
    try:
        token = request.get_signed_cookie(COOKIE, default="", salt=drafts.SALT)
        draft = drafts.unsent(uuid.UUID(token), at=at) if token else None
    except (signing.BadSignature, ValueError):
        return None
    if draft is not None and draft.account_id and draft.account_id != request.user.pk:
        return None
    return draft


def _with_cookie(response: HttpResponse, filing_: Filing) -> HttpResponse:
    if filing_.done:
        response.delete_cookie(COOKIE)
    elif filing_.draft.pk:
        response.set_signed_cookie(
            COOKIE, str(filing_.draft.token), salt=drafts.SALT,
            max_age=timedelta(days=drafts.days_kept(filing_.at)), httponly=True, samesite="Lax",
            secure=settings.SESSION_COOKIE_SECURE,
        )  # fmt: skip
    return response


def _lost(request: HttpRequest) -> HttpResponse:
    messages.warning(request, _("這個瀏覽器裡沒有填到一半的內容，可能已經送出，或放太久了。請重新填寫。"))
    return redirect("petitions:start")


View = Callable[..., HttpResponse]


def _with_filing(view: Callable[..., HttpResponse]) -> View:
    """Give the view the filing of this browser; without one, say so and start anew."""

    @wraps(view)
    def found(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        at = timezone.now()
        draft = _kept_draft(request, at)
        if draft is None:
            return _lost(request)
        if request.user.is_authenticated and draft.account_id is None:
            draft = drafts.belongs_to(draft, request.user, at=at)
        current = Filing(request, draft, at)
        try:
            response = view(current, *args, **kwargs)
        except drafts.AlreadySent as sent:
            remember(request, FILED, sent.petition.case)
            return redirect("petitions:confirm", reference=sent.petition.case.reference)
        return _with_cookie(response, current)

    return found


def remember(request: HttpRequest, key: str, case: Case) -> None:
    """Let this browser see a case from now on."""
    kept = [*request.session.get(key, []), str(case.reference)]
    request.session[key] = list(dict.fromkeys(kept))[-50:]


# ---- the ways in -------------------------------------------------------------------------------------------------------


@public
@never_cache
@require_http_methods(METHODS)
def start(request: HttpRequest) -> HttpResponse:
    """What can be done here: report, send a photo, look up, go on with what was begun."""
    at = timezone.now()
    draft = _kept_draft(request, at)
    if request.method == "POST" and request.POST.get("act") == "forget" and draft:
        drafts.throw_away(draft, by=request.user if request.user.is_authenticated else None, at=at)
        messages.success(request, _("填到一半的內容已經丟掉。"))
        response = redirect("petitions:start")
        response.delete_cookie(COOKIE)
        return response
    current = Filing(request, draft, at) if draft else None
    context = {"draft": current, "title": _title_of(current) if current else "", "keep_days": drafts.days_kept(at)}
    return render(request, "petitions/start.html", context)


def _title_of(current: Filing) -> str:
    return filing.title_of(current.text) if current.text else ""


def _begin(request: HttpRequest, channel: Channel, **data: Any) -> HttpResponse:
    """The first question, before anything is kept; or the choice to go on with what was begun."""
    at = timezone.now()
    draft = _kept_draft(request, at)
    if draft is not None and request.method != "POST" and request.GET.get("anew") is None:
        current = Filing(request, draft, at)
        context = {
            "draft": current, "title": _title_of(current), "anew": f"{request.path}?{_with(request, anew='1')}",
            "flow": current.flow_title,
        }  # fmt: skip
        return render(request, "petitions/filing/begun.html", context)
    account = request.user if request.user.is_authenticated else None
    current = Filing(request, drafts.new(channel=channel, account=account, data=data, at=at), at)
    return _with_cookie(_answer(current, current.steps()[0]), current)


def _with(request: HttpRequest, **changes: str) -> str:
    query = request.GET.copy()
    for key, value in changes.items():
        query[key] = value
    return query.urlencode()


@public
@never_cache
@require_http_methods(METHODS)
@form_once
def new(request: HttpRequest) -> HttpResponse:
    """反映一件事: from the home page, or from one of its topics."""
    group = request.GET.get("group", "")
    return _begin(request, Channel.WEB, **({"group": group} if group in Group.values else {}))


@public
@never_cache
@require_http_methods(METHODS)
@form_once
def defect(request: HttpRequest) -> HttpResponse:
    """市容查報: photo and place first, then one line."""
    return _begin(request, Channel.DEFECT)


@public
@never_cache
@require_http_methods(METHODS)
@form_once
def agency_box(request: HttpRequest, code: str) -> HttpResponse:
    """機關意見信箱: the same questions, the agency named; dispatch still checks."""
    today = day_of(timezone.now())
    agency = directory.agency(code, today)
    if agency is None or agency.is_outside or not agency.exists_on(today):
        raise Http404(_("沒有這個機關的信箱。請從「反映一件事」寫給市府，我們會送到對的機關。"))
    return _begin(request, Channel.AGENCY_BOX, agency=agency.code)


@public
@never_cache
@require_http_methods(METHODS)
@form_once
@_with_filing
def step(current: Filing, step: str) -> HttpResponse:
    """One question."""
    if step not in HANDLERS:
        raise Http404
    if step not in current.steps():
        return current.go_on()
    return _answer(current, step)


def _answer(current: Filing, slug: str) -> HttpResponse:
    """Take the answer; whoever wants to go on later goes to the page for that, whatever this answer was worth."""
    response = HANDLERS[slug](current)
    if current.request.POST.get("act") == "save" and current.draft.pk:
        return redirect("petitions:save")
    return response


# ---- the questions -----------------------------------------------------------------------------------------------------


def _bound(current: Filing) -> bool:
    """Whether to look at what was typed; or, after a check found fault with it, at what is kept."""
    return current.request.method == "POST"


def _form(current: Filing, slug: str) -> Form:
    """The form of a question: with what was typed, with what is kept, or with what is kept and wrong."""
    kept = current.draft.data.get(slug)
    if current.request.method == "POST":
        return FORMS[slug](current, current.request.POST)
    if current.request.GET.get("wrong") is not None and kept:
        return FORMS[slug](current, kept)
    return FORMS[slug](current, None, initial=kept or {})


def _kind_form(current: Filing, data: Any = None, **options: Any) -> KindForm:
    if data is not None and "category" in data and not data["category"] and current.request.method != "POST":
        data = {"category": "none"}
    initial = options.pop("initial", None)
    if initial is not None and "category" in initial:
        initial = {"category": initial["category"] or "none"}
    return KindForm(data, categories=current.categories, initial=initial, **options)


def _what_form(current: Filing, data: Any = None, **options: Any) -> WhatForm:
    return (WhatLineForm if current.channel is Channel.DEFECT else WhatForm)(data, **options)


def _details_form(current: Filing, data: Any = None, **options: Any) -> DetailsForm:
    if data is not None and "answers" in data:
        data = data["answers"]
    initial = (options.pop("initial", None) or {}).get("answers")
    chosen = bool(current.draft.data.get("kind", {}).get("category"))
    return DetailsForm(data, questions=current.questions, must=chosen, initial=initial, **options)


def _who_form(current: Filing, data: Any = None, **options: Any) -> WhoForm:
    if data is not None and data.get("reply") == "letter" and "letter_email" not in data:
        data = {**data, "letter_email": data.get("email", ""), "letter_phone": data.get("phone", "")}
    initial = options.pop("initial", None)
    if initial is not None and not initial and current.account:
        account = current.account
        initial = {"name": account.name, "email": account.email or "", "phone": account.phone}
        initial["reply"] = "email" if account.email else "phone" if account.phone else ""
    return WhoForm(data, initial=initial, **options)


FORMS: dict[str, Callable[..., Form]] = {
    "kind": _kind_form,
    "what": _what_form,
    "danger": lambda current, data=None, **options: DangerForm(data, **options),
    "details": _details_form,
    "who": _who_form,
}


def _kind(current: Filing) -> HttpResponse:
    form = _form(current, "kind")
    if _bound(current) and form.is_valid():
        current.keep("kind", {"category": form.cleaned_data["category"]})
        return current.go_on()
    return current.page("kind", form=form)


def _what(current: Filing) -> HttpResponse:
    form = _form(current, "what")
    if _bound(current) and form.is_valid():
        text = form.cleaned_data["text"]
        likely = dispatch.likely_category(text, at=current.at)
        current.keep("what", {"text": text, "likely": likely.code if likely else ""})
        return current.go_on()
    group = current.draft.data.get("group", "")
    return current.page("what", form=form, examples=EXAMPLES.get(group, EXAMPLES[""]))


EXAMPLES = {
    "": [
        gettext_lazy("中山路200號前的路燈不亮，已經三天了，晚上很暗。"),
        gettext_lazy("公園溜滑梯的螺絲鬆了，小朋友玩的時候會晃。"),
        gettext_lazy("隔壁工地從晚上10點施工到半夜，這星期已經四次。"),
    ],
    "road": [
        gettext_lazy("中山路200號前的路燈不亮，已經三天了，晚上很暗。"),
        gettext_lazy("橋頭右轉的地方有一個坑洞，大約臉盆大小，機車會彈起來。"),
    ],
    "environment": [
        gettext_lazy("隔壁工地從晚上10點施工到半夜，這星期已經四次。"),
        gettext_lazy("每天清晨5點左右聞到塑膠味，風從工廠那邊吹來。"),
    ],
    "traffic": [
        gettext_lazy("國小門口的紅綠燈一直閃黃燈，早上學生過馬路很危險。"),
        gettext_lazy("公車站牌的到站時間螢幕壞了一個星期。"),
    ],
}


def _danger(current: Filing) -> HttpResponse:
    form = _form(current, "danger")
    if _bound(current) and form.is_valid():
        current.keep("danger", {"answer": form.cleaned_data["answer"], "words": current.danger_words()})
        return current.go_on()
    return current.page("danger", form=form, words=current.danger_words())


def _where(current: Filing) -> HttpResponse:
    request, kept = current.request, current.draft.data.get("where")
    if not _bound(current):
        form, said, photo = _where_form(current, kept)
        return _where_page(current, form, said, photo=photo, error="")
    form = WhereForm(request.POST)
    act = request.POST.get("act", "")
    if not form.is_valid():
        return _where_page(current, form, _as_typed(form))
    given = dict(form.cleaned_data)
    _keep_method(current, given, kept)
    if act == "gps" and given["lon"] is None:
        form.add_error("place", _("沒有拿到您的位置。請寫地址，或在地圖上點"))
        return _where_page(current, form, _as_typed(form))
    try:
        said = locating.answer(given, act="find" if act == "find" else "")
    except locating.CannotLocate as unclear:
        if unclear.field != "outside":
            form.add_error(unclear.field, unclear.sentence)
        return _where_page(current, form, unclear.answer, error=unclear.field)
    if act == "find" or said.where is None:
        return _where_page(current, form, said)
    where = said.where
    current.keep(
        "where",
        {
            "method": str(where.method), "lon": where.lon, "lat": where.lat, "words": where.words, "label": where.label,
            "road": where.road, "accuracy_m": where.accuracy_m, "noplace": bool(given.get("noplace")),
            "area": f"{said.district}{said.village}", "outside": said.outside,
        },
    )  # fmt: skip
    return current.go_on()


def _photo_place(current: Filing) -> tuple[float, float] | None:
    """Where the first photo that remembers it was taken."""
    found = next(iter(current.draft.data.get("photo_places", {}).values()), None)
    return (found[0], found[1]) if found else None


def _where_form(current: Filing, kept: Any) -> tuple[WhereForm, locating.Answer, bool]:
    """What the page shows at first: what was answered, what the photo remembers, or an address in the text."""
    if kept:
        pin = (kept["lon"], kept["lat"]) if kept.get("lon") is not None else None
        initial = {
            "place": kept["words"], "searched": kept["words"], "noplace": kept.get("noplace"),
            "lon": kept.get("lon"), "lat": kept.get("lat"), "pinned": locating.key_of(*pin) if pin else "",
            "outside": locating.key_of(*pin) if pin and kept.get("outside") else "",
        }  # fmt: skip
        said = locating.Answer(words=kept["words"], pin=pin)
        if pin:
            said.district = kept.get("area", "")
        return WhereForm(initial=initial), said, False
    if place := _photo_place(current):
        said = locating.Answer(pin=place)
        said.district = locating.area_words(*place)
        return WhereForm(initial={"lon": place[0], "lat": place[1]}), said, True
    words = locating.address_in(current.text)
    if not words:
        return WhereForm(), locating.Answer(), False
    said = locating.Answer(words=words, spots=locating.find(words))
    if len(said.spots) == 1:
        spot = said.spots[0]
        said.chosen, said.pin = spot, (spot.lon, spot.lat)
        said.district, said.village = spot.district, spot.village
    return WhereForm(initial={"place": words, "searched": words}), said, False


def _as_typed(form: WhereForm) -> locating.Answer:
    """What was typed into a form that has faults, for the map beside it."""
    return locating.Answer(words=str(form.data.get("place", "")))


def _keep_method(current: Filing, given: dict[str, Any], kept: Any) -> None:
    """A pin that nobody moved keeps how it was found: by photo, or by hand before."""
    if given.get("lon") is None or given.get("lat") is None:
        return
    key = locating.key_of(given["lon"], given["lat"])
    if kept and kept.get("lon") is not None and key == locating.key_of(kept["lon"], kept["lat"]):
        given.update(method=kept["method"], label=kept["label"], accuracy_m=kept["accuracy_m"])
    elif (place := _photo_place(current)) and key == locating.key_of(*place):
        given["method"] = PlaceMethod.PHOTO
    elif current.request.POST.get("located") == key:
        given["method"] = PlaceMethod.GPS


def _where_page(
    current: Filing, form: WhereForm, said: locating.Answer, *, photo: bool = False, error: str = ""
) -> HttpResponse:
    """The question with its map: one pin, several possible ones, or the city."""
    form = _drawn(form, said)
    title, note, pin = "", "", None
    if said.pin:
        pin = maps.Spot(said.pin[0], said.pin[1])
        area = f"{said.district}{said.village}"
        title = said.chosen.label if said.chosen else area or _("地圖上的位置")
        note = said.chosen.note if said.chosen else ""
        if photo:
            note = _("這是照片記錄的拍攝位置，對的話直接按「繼續」。")
    elif len(said.spots) > 1:
        title = _("還不知道是哪一個")
        note = _("選了之後，圖釘就會出現；也可以直接在地圖上點。")
    else:
        title, note = _("在地圖上點一下，放圖釘"), ""
    if pin:
        drawing = maps.locator(pin, about=title, metres=4200, width=560, height=470, small=False)
    else:
        drawing = maps.choices([maps.Spot(spot.lon, spot.lat, spot.district) for spot in said.spots])
    return current.page(
        "where",
        form=form,
        said=said,
        drawing=drawing,
        pin=said.pin,
        map_title=title,
        map_note=note,
        many=len(said.spots) > 1 and said.chosen is None,
        outside=error == "outside",
        coordinates=bool(form.errors.get("lon") or form.errors.get("lat")),
        city=settings.CITY_NAME[language()],
    )


def _drawn(form: WhereForm, said: locating.Answer) -> WhereForm:
    """The form as the page shows it: hidden fields say what was drawn, typed ones stay as they were typed."""
    if not form.is_bound:
        if said.pin and not form.initial.get("pinned") and said.chosen:
            form.initial.update(lon=said.pin[0], lat=said.pin[1], pinned=locating.key_of(*said.pin))
        return form
    data = form.data.copy()
    data["searched"] = said.words if said.spots else ""
    if said.pin:
        data["lon"], data["lat"] = f"{said.pin[0]:.6f}", f"{said.pin[1]:.6f}"
        data["outside"] = locating.key_of(*said.pin) if said.outside else ""
    elif not (form.errors.get("lon") or form.errors.get("lat")):
        data["lon"] = data["lat"] = ""
    data["pinned"] = locating.key_of(*said.pin) if said.pin and said.chosen else ""
    shown = WhereForm(data)
    shown._errors = form.errors
    shown.cleaned_data = getattr(form, "cleaned_data", {})
    return shown


def _photos(current: Filing) -> HttpResponse:
    request = current.request
    if not _bound(current):
        return _photos_page(current, _photo_form(current))
    act = request.POST.get("act", "")
    if act.startswith("remove:"):
        drafts.detach(current.draft, _uuid(act.removeprefix("remove:")), by=current.account, at=current.at)
        return redirect("petitions:file", step="photos")
    if act == "use_place":
        return _use_photo_place(current)
    if act == "keep_place":
        current.keep("photo_place_refused", True)
        return redirect("petitions:file", step="photos")
    form = _photo_form(current, request.POST, request.FILES)
    if form.is_valid() and _attach_all(current, form):
        if act == "add":
            return redirect("petitions:file", step="photos")
        current.keep("photos", {"seen": True})
        if _place_offer(current) and form.cleaned_data["files"]:
            return redirect("petitions:file", step="photos")
        return current.go_on()
    return _photos_page(current, form)


def _photo_form(current: Filing, *data: Any) -> PhotosForm | CameraForm:
    return (CameraForm if current.channel is Channel.DEFECT else PhotosForm)(*data)


def _attach_all(current: Filing, form: PhotosForm | CameraForm) -> bool:
    """Add every file; one that is not taken is named, the others stay."""
    most, there = drafts.most_photos(current.at), files.of(current.draft).count() if current.draft.pk else 0
    chosen = form.cleaned_data["files"]
    if there + len(chosen) > most:
        words = {"most": most, "given": len(chosen), "there": there}
        form.add_error(
            "files",
            _("最多%(most)d個檔案；已經有%(there)d個，您又選了%(given)d個") % words
            if there
            else _("最多%(most)d個檔案，您選了%(given)d個，請少選一些") % words,
        )
        return False
    for upload in chosen:
        try:
            stored = drafts.attach(current.draft, upload, name=upload.name, by=current.account, at=current.at)
        except (CannotStoreFile, drafts.CannotKeepDraft) as refusal:
            form.add_error("files", _("「%(name)s」：%(why)s") % {"name": upload.name[:60], "why": refusal.sentence})
        else:
            current.draft = stored.owner
    return "files" not in form.errors


def _place_offer(current: Filing) -> tuple[float, float] | None:
    """The place that a photo remembers, where it differs from what was said."""
    place, where = _photo_place(current), current.draft.data.get("where")
    if place is None or where is None or current.draft.data.get("photo_place_refused"):
        return None
    if where.get("lon") is None:
        return place
    far = locating.metres_between(place, (where["lon"], where["lat"])) > ANOTHER_PLACE
    return place if far else None


def _use_photo_place(current: Filing) -> HttpResponse:
    if place := _photo_place(current):
        where = current.draft.data.get("where") or {}
        current.keep(
            "where",
            {
                "method": str(PlaceMethod.PHOTO), "lon": place[0], "lat": place[1], "words": where.get("words", ""),
                "label": "", "road": locating.road_near(*place), "accuracy_m": None, "noplace": False,
                "area": locating.area_words(*place), "outside": False,
            },
        )  # fmt: skip
        messages.success(current.request, _("地點已改成照片拍攝的位置。"))
    return redirect("petitions:file", step="photos")


def _photos_page(current: Filing, form: PhotosForm | CameraForm) -> HttpResponse:
    kept = list(files.of(current.draft)) if current.draft.pk else []
    offer = _place_offer(current)
    return current.page(
        "photos",
        form=form,
        files=kept,
        most=drafts.most_photos(current.at),
        full=len(kept) >= drafts.most_photos(current.at),
        offer=offer,
        offer_area=locating.area_words(*offer) if offer else "",
        camera=current.channel is Channel.DEFECT,
    )


def _uuid(text: str) -> uuid.UUID:
    try:
        return uuid.UUID(text)
    except ValueError:
        raise Http404 from None


def _details(current: Filing) -> HttpResponse:
    form, category = _form(current, "details"), current.category()
    assert category
    if _bound(current) and form.is_valid():
        assert isinstance(form, DetailsForm)
        current.keep("details", {"category": category.code, "answers": form.answers})
        return current.go_on()
    return current.page("details", form=form, category=category)


def _who(current: Filing) -> HttpResponse:
    form = _form(current, "who")
    if _bound(current) and form.is_valid():
        assert isinstance(form, WhoForm)
        current.keep("who", form.answers)
        return current.go_on()
    return current.page("who", form=form)


class SendForm(Form):
    """Nothing to fill in: it carries the sentence of a refusal."""


def _check(current: Filing) -> HttpResponse:
    form = SendForm()
    if current.request.method == "POST":
        form = SendForm(current.request.POST)
        if (slug := _first_fault(current)) is not None:
            return redirect(f"{reverse('petitions:file', args=[slug])}?wrong")
        try:
            petition = drafts.send(current.draft, language=language(), account=current.account, at=current.at)
        except (CannotAct, CannotIssueCode, CannotSend, CannotStoreFile) as refusal:
            form.is_valid()
            form.add_error(None, getattr(refusal, "sentence", str(refusal)))
        else:
            current.done = True
            return _sent(current.request, petition)
    if (slug := _first_fault(current)) is not None:
        return redirect(f"{reverse('petitions:file', args=[slug])}?wrong")
    return current.page("check", form=form, rows=_rows(current), files=list(files.of(current.draft)))


def _first_fault(current: Filing) -> str | None:
    """The first question without an answer, or with one that would not be taken today."""
    for slug in current.steps():
        if not current.answered(slug) or current.wrong(slug):
            return slug
    return None


def _sent(request: HttpRequest, petition: Petition) -> HttpResponse:
    case = petition.case
    remember(request, FILED, case)
    if case.is_confirmed:
        remember(request, FOLLOWING, case)
        return redirect("petitions:done", reference=case.reference)
    return redirect("petitions:confirm", reference=case.reference)


def _rows(current: Filing) -> list[dict[str, Any]]:
    """Every answer, with the way to change it."""
    data, rows = current.draft.data, []

    def row(slug: str, value: Any, **more: Any) -> None:
        rows.append({"key": TITLES[slug], "value": value, "url": reverse("petitions:file", args=[slug]), **more})

    for slug in current.steps():
        if slug == "kind":
            category = current.category()
            row(slug, category.label if category and data["kind"]["category"] else _("請市府判斷"))
        elif slug == "danger":
            called = data["danger"]["answer"] == "called"
            row(slug, _("有，已經打過電話，請立刻通報") if called else _("沒有"))
        elif slug == "what":
            row(slug, current.text)
        elif slug == "where":
            row(slug, where_said(data["where"]))
        elif slug == "photos":
            count = files.of(current.draft).count()
            row(slug, _("%(n)d個檔案") % {"n": count} if count else _("沒有"))
        elif slug == "details":
            row(slug, _details_said(current))
        elif slug == "who":
            row(slug, _who_said(data["who"]))
    return rows


def where_said(where: dict[str, Any]) -> str:
    """The place in a line."""
    if where.get("lon") is None:
        return where.get("words") or _("沒有固定地點")
    label = where.get("label") or ""
    area = where.get("area") or _("地圖上的位置")
    lines = [label or area]
    if where.get("words") and where["words"] not in label:
        lines.append(where["words"])
    if where.get("outside"):
        lines.append(_("（在市界外面）"))
    return "\n".join(lines)


def _details_said(current: Filing) -> str:
    answers = current.draft.data["details"]["answers"]
    lines = []
    for question in current.questions:
        if value := answers.get(question.code):
            names = {str(row["key"]): question.name_of(row) for row in question.choices}
            said = [names.get(one, one) for one in (value if isinstance(value, list) else [value])]
            lines.append(_("%(question)s：%(answer)s") % {"question": question.text, "answer": _("、").join(said)})
    return "\n".join(lines)


def _who_said(who: dict[str, Any]) -> str:
    ways = {"email": who["email"], "phone": who["phone"], "letter": who["address"]}
    lines = [who["name"], ways[who["reply"]]]
    if who["reply"] == "letter":
        lines += [one for one in (who["email"], who["phone"]) if one]
    if who["secret"]:
        lines.append(_("身分保密"))
    return "\n".join(lines)


HANDLERS: dict[str, Callable[[Filing], HttpResponse]] = {
    "kind": _kind,
    "what": _what,
    "danger": _danger,
    "where": _where,
    "photos": _photos,
    "details": _details,
    "who": _who,
}


@public
@never_cache
@require_http_methods(METHODS)
def check(request: HttpRequest) -> HttpResponse:
    """All answers on one page, then send."""
    if request.method == "POST":
        admit_letters(request)
    return _check_once(request)


_check_once = form_once(_with_filing(_check))


def admit_letters(request: HttpRequest) -> None:
    """So many letters with codes and links may one network cause, and no more."""
    at = timezone.now()
    try:
        throttle.admit(("codes-sent", origin.network(request)), at=at)
    except throttle.CannotTryNow as locked:
        raise TooMany(locked.sentence, retry_after=locked.seconds) from locked


# ---- going on another day ----------------------------------------------------------------------------------------------


@public
@never_cache
@sensitive_post_parameters()
@require_http_methods(METHODS)
def save(request: HttpRequest) -> HttpResponse:
    """先存起來，晚點再填: a link by e-mail; whoever is signed in finds it in their account as well."""
    at = timezone.now()
    draft = _kept_draft(request, at)
    if draft is None:
        return _lost(request)
    account = request.user if request.user.is_authenticated else None
    form = SaveForm(request.POST or None, initial={"email": account.email if account else ""})
    current = Filing(request, draft, at)
    if request.method == "POST" and form.is_valid():
        admit_letters(request)
        try:
            drafts.send_link(draft, email=form.cleaned_data["email"], language=language(), at=at)
        except CannotSend as refusal:
            form.add_error("email", str(refusal))
        else:
            context = {
                "email": form.cleaned_data["email"],
                "keep_days": drafts.days_kept(at),
                "next_url": current.next_url,
            }
            return _with_cookie(render(request, "petitions/filing/saved.html", context), current)
    context = {
        "form": form, "keep_days": drafts.days_kept(at), "back_url": current.next_url, "flow": current.flow_title,
    }  # fmt: skip
    return _with_cookie(render(request, "petitions/filing/save.html", context), current)


@public
@never_cache
@require_http_methods(["GET", "HEAD"])
def resume(request: HttpRequest, token: str) -> HttpResponse:
    """The link of the letter: this browser goes on with the draft."""
    at = timezone.now()
    draft = drafts.by_link(token, at=at)
    if draft is None:
        messages.warning(request, _("這份內容已經送出，或放太久已經清除了。"))
        return redirect("petitions:start")
    if draft.account_id and draft.account_id != request.user.pk:
        return redirect(f"{reverse('identity:sign_in')}?next={request.path}")
    current = Filing(request, draft, at)
    return _with_cookie(current.go_on(), current)


# ---- 驗證 --------------------------------------------------------------------------------------------------------------


def petition_of(reference: uuid.UUID) -> Petition:
    """The petition of a reference, or 404 with a sentence."""
    petition = (
        Petition.objects.filter(case__reference=reference)
        .select_related("case__requester", "case__place", "case__agency", "case__unit", "case__officer", "category")
        .first()
    )
    if petition is None:
        raise Http404(_("找不到這件反映。連結可能少了幾個字，請從信件重新點一次。"))
    return petition


@public
@never_cache
@sensitive_post_parameters("code")
@require_http_methods(METHODS)
def confirm(request: HttpRequest, reference: uuid.UUID) -> HttpResponse:
    """The six digits from the letter; then the petition counts."""
    if request.method == "POST":
        if request.POST.get("act") == "resend":
            admit_letters(request)
        else:
            _admit_code(request)
    return _confirm_once(request, reference)


def _admit_code(request: HttpRequest) -> None:
    at = timezone.now()
    try:
        throttle.admit(("network", origin.network(request)), at=at)
    except throttle.CannotTryNow as locked:
        raise TooMany(locked.sentence, retry_after=locked.seconds) from locked


@form_once
def _confirm_once(request: HttpRequest, reference: uuid.UUID) -> HttpResponse:
    petition, at = petition_of(reference), timezone.now()
    case = petition.case
    if case.status != Status.AWAITING_CONFIRMATION:
        return _nothing_to_confirm(request, petition)
    if not (case.requester and case.requester.email):
        context = {"petition": petition, "mine": _filed_here(request, case), "case": case}
        return render(request, "petitions/call_back.html", context)
    form = CodeForm(request.POST if request.method == "POST" and request.POST.get("act") != "resend" else None)
    if request.POST.get("act") == "resend":
        try:
            filing.send_code(petition, at=at)
        except CannotIssueCode as refusal:
            form = CodeForm({"code": ""})
            form.full_clean()
            form.errors.clear()
            form.add_error("code", refusal.sentence)
        else:
            messages.success(request, _("已經再寄一次，請用最新一封信裡的數字。"))
            return redirect("petitions:confirm", reference=reference)
    elif request.method == "POST" and form.is_valid():
        try:
            filing.confirm_by_code(petition, code=form.cleaned_data["code"], at=at)
        except CannotAct as refusal:
            form.add_error("code", refusal.sentence)
        else:
            return _confirmed(request, petition, at)
    context = {
        "form": form,
        "petition": petition,
        "case": case,
        "address": masked(case.requester.email) if _filed_here(request, case) else "",
    }
    return render(request, "petitions/confirm.html", context)


def _confirmed(request: HttpRequest, petition: Petition, at: datetime) -> HttpResponse:
    remember(request, FOLLOWING, petition.case)
    return redirect("petitions:done", reference=petition.case.reference)


def _filed_here(request: HttpRequest, case: Case) -> bool:
    return str(case.reference) in request.session.get(FILED, [])


def _nothing_to_confirm(request: HttpRequest, petition: Petition) -> HttpResponse:
    case = petition.case
    if case.is_confirmed and str(case.reference) in request.session.get(FOLLOWING, []):
        return redirect("petitions:done", reference=case.reference)
    context = {"case": case, "confirmed": case.is_confirmed, "expired": case.status == Status.EXPIRED_UNCONFIRMED}
    return render(request, "petitions/confirmed_already.html", context)


@public
@never_cache
@require_http_methods(METHODS)
def confirm_link(request: HttpRequest, reference: uuid.UUID, token: str) -> HttpResponse:
    """The link of the letter: a page with a button, because mail scanners open links; works in any browser."""
    if request.method == "POST":
        _admit_code(request)
    return _confirm_link_once(request, reference, token)


@form_once
def _confirm_link_once(request: HttpRequest, reference: uuid.UUID, token: str) -> HttpResponse:
    petition, at = petition_of(reference), timezone.now()
    case = petition.case
    if case.status != Status.AWAITING_CONFIRMATION:
        return _nothing_to_confirm(request, petition)
    form = SendForm(request.POST if request.method == "POST" else None)
    if request.method == "POST":
        form.is_valid()
        try:
            filing.confirm_by_link(petition, token=token, at=at)
        except CannotAct as refusal:
            form.add_error(None, refusal.sentence)
        else:
            return _confirmed(request, petition, at)
    usable = filing.link_is_live(petition, token=token, at=at)
    return render(
        request, "petitions/confirm_link.html", {"form": form, "petition": petition, "case": case, "usable": usable}
    )


def masked(email: str) -> str:
    """c****@example.org: enough to recognise one's own."""
    name, _at, host = email.partition("@")
    return f"{name[:1]}****@{host}"


# ---- 收到了 ------------------------------------------------------------------------------------------------------------


@public
@never_cache
@require_http_methods(["GET", "HEAD"])
def done(request: HttpRequest, reference: uuid.UUID) -> HttpResponse:
    """Number and code, what happens next and when, how to follow."""
    petition, at = petition_of(reference), timezone.now()
    case = petition.case
    if not may_follow(request, case):
        return redirect("petitions:follow")
    if not case.is_confirmed:
        return redirect("petitions:confirm", reference=reference)
    decision = queries.newest_decision(petition)
    return render(
        request,
        "petitions/done.html",
        {
            "petition": petition,
            "case": case,
            "address": masked(case.requester.email) if case.requester and case.requester.email else "",
            "steps": _steps(petition, decision, at),
            "where": following.where_words(case),
            "code": spaced(case.tracking_code),
        },
    )


def spaced(code: str) -> str:
    """K7M4-Q2RS: in fours, as people read it out."""
    return f"{code[:4]}-{code[4:]}"


def _steps(petition: Petition, decision: Any, at: datetime) -> list[dict[str, Any]]:
    """What happens next, with days."""
    case = petition.case
    sent = case.agency is not None
    steps: list[dict[str, Any]] = [
        {
            "title": _("已分送%(agency)s") % {"agency": case.agency.full_label},
            "text": queries.citizen_reason(decision) if decision else "",
            "done": True,
        }
        if sent and case.agency
        else {
            "title": _("請分文人員判斷由哪個機關處理"),
            "text": _("通常幾小時內就會分送，分送後寄信告訴您。回復的時間已經開始算。"),
            "done": False,
        }
    ]
    days = following.reopen_days(at)
    due = clocks.next_due(petition)
    if petition.urgent:
        steps += [
            {"title": _("先回復您查看的結果，最晚"), "when": due, "text": _("這是急迫案件，1日內要先回復；能當天處理好的就當天處理。")},
            {"title": _("處理好並正式回復"), "text": _("若不能當天處理好，回復裡會寫明哪一天完成。")},
        ]  # fmt: skip
    else:
        steps.append(
            {"title": _("處理並回復您，最晚"), "when": due, "text": _("需要更久時，會先寫信告訴您理由和新的日子。")}
        )
    steps.append({"title": _("請您評分"), "text": _("不滿意，可以在回復後%(days)d天內申請重新處理。") % {"days": days}})
    return steps


def may_follow(request: HttpRequest, case: Case) -> bool:
    """Whether this browser, or who is signed in, may see a petition's own side."""
    return str(case.reference) in request.session.get(FOLLOWING, []) or queries.is_own(request.user, case)


def to_followed(case: Case) -> HttpResponseRedirect:
    """The petition's page."""
    return redirect("petitions:followed", reference=case.reference)  # type: ignore[return-value]
