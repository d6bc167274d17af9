"""The questions of a filing: what each page shows, and what becomes of its answer.

What may be answered stands in `forms.filing`, where a place lies in `locating`.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cityhall.engines.cases.states import Channel, PlaceMethod
from cityhall.engines.files import queries as files
from cityhall.engines.files.services import CannotStoreFile
from cityhall.web import maps
from cityhall.web.context import language
from cityhall.web.forms import Form

from .. import arrivals, locating
from ..forms.filing import (
    CameraForm,
    DangerForm,
    DetailsForm,
    KindForm,
    PhotosForm,
    WhatForm,
    WhatLineForm,
    WhereForm,
    WhoForm,
)
from ..services import dispatch, drafts, filing
from .drafting import OFFERED, TITLES, Filing

ANOTHER_PLACE = 100.0  # metres between pin and photo from which the photo's place is offered


def wrong(current: Filing, slug: str) -> bool:
    """Whether what is kept would not be taken today: every answer is looked at again before sending."""
    kept = current.draft.data.get(slug) or {}
    if slug == "where":
        try:
            filing.place_of(drafts.submission_of(current.draft, language="", account=None).where)
        except filing.CannotFile:
            return True
        return False
    if slug == "photos":
        return files.of(current.draft).count() > drafts.most_photos(current.at)
    return not FORMS[slug](current, kept).is_valid()


def first_fault(current: Filing) -> str | None:
    """The first question without an answer, or with one that would not be taken today."""
    asked = [slug for slug in current.steps() if slug not in OFFERED]
    return next((slug for slug in asked if not current.answered(slug) or wrong(current, slug)), None)


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
    if isinstance(data, dict) and not isinstance(data, QueryDict) and data.get("reply") == "letter":
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
        current.look_around()
        return current.go_on()
    return current.page("what", form=form, examples=_examples(current))


def _examples(current: Filing) -> Sequence[Any]:
    """How others wrote: of such a thing, else of the topic."""
    if about := current.about:
        thing = arrivals.thing(about["kind"], about["key"], current.at)
        return thing.examples if thing else ()
    return EXAMPLES.get(current.draft.data.get("group", ""), EXAMPLES[""])


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
            "outside": said.outside,
        },
    )  # fmt: skip
    current.look_around()
    return current.go_on()


def _near(current: Filing) -> HttpResponse:
    """What others reported nearby: the same as mine, or none of these."""
    if _bound(current):
        current.keep("near", {**current.draft.data.get("near", {}), "seen": True})
        return current.go_on()
    return current.page("near", found=current.nearby())


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
            said.district = locating.area_words(*pin)
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
                "outside": False,
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


def rows(current: Filing) -> list[dict[str, Any]]:
    """Every answer, with the way to change it."""
    data, said = current.draft.data, []

    def row(slug: str, value: Any, **more: Any) -> None:
        said.append({"key": TITLES[slug], "value": value, "url": reverse("petitions:file", args=[slug]), **more})

    if about := current.about:
        place = {key: data["where"][key] for key in ("lon", "lat", "words")}
        said.append({"key": _("要回報的"), "value": f"{about['name']}\n{where_said(place)}"})
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
    return said


def where_said(where: dict[str, Any]) -> str:
    """The place in a line."""
    if where.get("lon") is None:
        return where.get("words") or _("沒有固定地點")
    label = where.get("label") or ""
    area = locating.area_words(where["lon"], where["lat"]) or _("地圖上的位置")
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
    "near": _near,
    "photos": _photos,
    "details": _details,
    "who": _who,
}
