"""A citizen at a browser: roads to be found, photos to be sent, questions answered one after another."""

from __future__ import annotations

import io
import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from django.utils import translation
from PIL import Image
from PIL.TiffImagePlugin import IFDRational

from cityhall.domains.petitions.models import Petition
from cityhall.domains.petitions.tests.city import NINE, SINCE
from cityhall.engines.letters.models import Letter
from cityhall.engines.places.models import Area, DoorPlate, Layer, LayerVersion, Road, Term
from cityhall.engines.places.states import LayerKind
from cityhall.foundation.clock import at

TEXT = "中山路 200 號前路燈不亮三天了，晚上很暗。"
PIN = {"lon": "121.300000", "lat": "25.000000"}
EMAIL = {"name": "陳小美", "reply": "email", "email": "citizen@mail.example"}
KEY = re.compile(r'name="idempotency_key" value="([^"]+)"')


def make_roads() -> None:
    """中山路 with its plates in two districts, 復興路 in one."""
    version = LayerVersion.objects.get(layer__code="boundaries")
    east = [[121.4, 24.9], [121.6, 24.9], [121.6, 25.1], [121.4, 25.1], [121.4, 24.9]]
    Area.objects.create(
        version=version, kind="DISTRICT", code="68000020", name="中壢區", name_en="Zhongli District",
        geometry={"type": "Polygon", "coordinates": [east]},
    )  # fmt: skip
    roads, plates = _layer(LayerKind.ROADS), _layer(LayerKind.PLATES)
    for name, district, lon in (
        ("中山路", "68000010", 121.30),
        ("中山路", "68000020", 121.50),
        ("復興路", "68000010", 121.25),
    ):
        line = [[lon - 0.01, 25.0], [lon + 0.01, 25.0]]
        Road.objects.create(
            version=roads,
            name=name,
            key=name,
            district_code=district,
            geometry={"type": "LineString", "coordinates": line},
        )
        for number, step in ((100, -0.004), (300, 0.004)):
            DoorPlate.objects.create(
                version=plates, district_code=district, road=name, key=name, number=number, lon=lon + step, lat=25.0
            )


def _layer(kind: LayerKind) -> LayerVersion:
    layer = Layer.objects.create(code=kind.lower(), kind=kind, name=kind.label)
    version = LayerVersion.objects.create(layer=layer, number=1, source="測試", imported_at=NINE)
    Term.objects.create(layer=layer, version=version, starts_at=at(SINCE))
    return version


def photo(
    name: str = "路燈.jpg", *, place: tuple[float, float] | None = None, size: int = 40, kind: str = "JPEG"
) -> Any:
    """A small photo; with a place, as a phone remembers it."""
    picture, out = Image.new("RGB", (size, size), (30, 90, 70)), io.BytesIO()
    exif = Image.Exif()
    if place:
        gps = exif.get_ifd(0x8825)
        gps.update({1: "N", 2: _degrees(place[1]), 3: "E", 4: _degrees(place[0])})
    picture.save(out, kind, exif=exif)
    return SimpleUploadedFile(name, out.getvalue(), "image/jpeg")


def _degrees(value: float) -> tuple[IFDRational, ...]:
    whole = int(value)
    minutes = int((value - whole) * 60)
    seconds = round((value - whole - minutes / 60) * 3600 * 1000)
    return IFDRational(whole, 1), IFDRational(minutes, 1), IFDRational(seconds, 1000)


@dataclass
class Citizen:
    """A browser, and the time that it is."""

    client: Client = field(default_factory=Client)
    now: datetime = NINE
    english: bool = False

    def url(self, name: str, *args: Any) -> str:
        with translation.override("en" if self.english else "zh-hant"):
            return reverse(f"petitions:{name}", args=args)

    def get(self, name: str, /, *args: Any, **query: Any) -> HttpResponse:
        return self.client.get(self.url(name, *args), query)  # type: ignore[return-value]

    def post(self, name: str, /, *args: Any, **data: Any) -> HttpResponse:
        return self.client.post(self.url(name, *args), data)  # type: ignore[return-value]

    def answer(self, step: str, /, **data: Any) -> HttpResponse:
        return self.post("file", step, **data)

    def write(self, text: str = TEXT, **more: Any) -> HttpResponse:
        """The first question."""
        return self.post("new", text=text, **more)

    def fill(self, text: str = TEXT, *, where: dict[str, Any] | None = None, who: dict[str, Any] | None = None) -> None:
        """Everything up to the page with all answers."""
        assert self.write(text).status_code == 302
        assert self.answer("where", **(PIN if where is None else where)).status_code == 302
        assert self.answer("photos").status_code == 302
        assert self.answer("who", **(who or EMAIL)).status_code == 302

    def send(self, **data: Any) -> HttpResponse:
        return self.post("check", **data)

    def file(self, text: str = TEXT, **more: Any) -> Petition:
        """The whole way to the page that asks for the code."""
        self.fill(text, **more)
        response = self.send()
        assert response.status_code == 302, words(response)
        return Petition.objects.select_related("case__requester").latest("case__pk")

    def confirm(self, petition: Petition) -> Petition:
        """The code from the letter."""
        response = self.post("confirm", petition.case.reference, code=code_of())
        assert response.status_code == 302, words(response)
        return Petition.objects.select_related("case__requester", "case__agency").get(pk=petition.pk)

    def later(self, **span: float) -> None:
        self.now += timedelta(**span)


def code_of(letter: Letter | None = None) -> str:
    """The six digits in the newest letter."""
    letter = letter or Letter.objects.filter(template="petitions.confirmation").latest("pk")
    found = re.search(r"\b(\d{6})\b", letter.subject)
    assert found
    return found[1]


def link_of() -> str:
    """The path of the link in the newest letter that asks for confirmation."""
    text = Letter.objects.filter(template="petitions.confirmation").latest("pk").text
    found = re.search(r"https?://[^/]+(/\S*/confirm/[0-9a-f-]{36}/[^/\s]+/)", text)
    assert found
    return found[1]


def words(response: HttpResponse) -> str:
    """What a person reads: the page without its markup."""
    body = response.content.decode()
    main = body[body.find("<main") : body.find("</main>")] if "<main" in body else body
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", main))
