"""Open311 at the real server, by two published clients: `georeport` as it is, `three` with its one-line shim.

The code comes by mail from the real worker, and a person types it on the page. Every answer fits the five schemas.
"""

from __future__ import annotations

import http.client
import io
import itertools
import re
import warnings
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from PIL import Image

from cityhall.domains.petitions.tests.georeport import schemas
from tests.support.city import City, until

pytestmark = pytest.mark.faults
RECORDS = """
    from django.utils import timezone
    from cityhall.domains.petitions.models import Category, CategoryQuestion
    from cityhall.domains.petitions.services import filing
    from cityhall.domains.petitions.tests.city import file
    from cityhall.engines.identity.clients import Quota, create_client

    now = timezone.now()
    light = Category.objects.get(code="street_light")
    CategoryQuestion.objects.create(category=light, code="POLE", label="燈桿", label_en="Pole", required=True)
    def opened(**more):
        petition = filing.confirm(file(when=now, **more), how="email_code", by=None, at=now)
        return petition.case.number
    quota = Quota(per_minute=1_000_000, per_day=1_000_000)
    answer = {
        "key": create_client(name="open311", scopes=["open311.write"], quota=quota, by=None, at=now)[1],
        "open": [opened(), opened(text="公園的路燈不亮")],
        "confidential": opened(text="不要公開的路燈不亮", confidential=True),
        "waiting": str(file("還沒驗證的路燈不亮", when=now).case.reference),
    }
"""


@pytest.fixture(scope="module")
def records(city: City) -> dict:
    """What there is to be read, and a key to write with."""
    return city.ask(RECORDS)


@pytest.fixture(scope="module")
def endpoint(city: City) -> str:
    return f"{city.url}/open311/v2"


conforms = pytest.fixture(schemas)


def get(address: str, **query: str) -> httpx.Response:
    return httpx.get(address, params=query, trust_env=False, timeout=60)


def since() -> str:
    return (datetime.now(UTC) - timedelta(days=60)).strftime("%Y-%m-%dT%H:%M:%SZ")


@pytest.mark.parametrize("fmt", ["json", "xml"])
def test_georeport_reads(records, endpoint, fmt):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import requests
        from georeport import GeoReport
    client = GeoReport(endpoint, jurisdiction="city.example", output_format=fmt)
    first, second = records["open"]

    services = client.get_service_list()
    found = client.get_service_requests(service_code="street_light", status="open", start_date=since())

    assert {one["service_code"] for one in services} == {"street_light", "road_marking", "park_upkeep"}
    assert client.get_service_definition("street_light")["service_code"] == "street_light"
    assert {one["service_request_id"] for one in found} >= {first, second}
    assert client.get_service_request(first)["service_request_id"] == first
    for hidden in (records["confidential"], "115-0101-9999"):
        with pytest.raises(requests.HTTPError, match="404"):
            client.get_service_request(hidden)


def test_three_reads_and_writes(city, records, endpoint, conforms, monkeypatch):
    monkeypatch.setattr(itertools, "ifilter", filter, raising=False)  # its one-line shim: it was written for 2.7
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from three import Three
    client = Three(endpoint, jurisdiction="city.example", api_key=records["key"])
    picture = io.BytesIO()
    Image.new("RGB", (64, 48), "red").save(picture, "JPEG")
    picture.seek(0)
    picture.name = "photo.jpg"

    assert client.discovery()["endpoints"][0]["specification"] == "http://wiki.open311.org/GeoReport_v2"
    assert {one["service_code"] for one in client.services()} >= {"street_light"}
    assert client.services("street_light")["attributes"][0]["code"] == "POLE"
    assert client.request(records["open"][0])[0]["service_request_id"] == records["open"][0]
    assert len(client.requests("street_light", count=1, page=1, status="open")) == 1
    (sent,) = client.post(
        "street_light", address="縣府路1號", lat="25.0", long="121.3", first_name="小明", last_name="王",
        email="wang@mail.example", description="燈桿上的燈不亮", media=picture, **{"attribute[POLE]": "A-17"},
    )  # fmt: skip
    assert client.post_response.status_code == 201
    token = sent["token"]
    assert client.token(token)[0]["service_request_id"] is None
    assert "燈桿上的燈不亮" not in get(f"{endpoint}/requests.json").text

    confirm_as_a_person(city, token, "wang@mail.example")

    number = client.token(token)[0]["service_request_id"]
    answer = client.request(number)
    conforms("requests.json", answer)
    assert (answer[0]["description"], answer[0]["status"]) == ("燈桿上的燈不亮", "open")
    for wrong, code in (({"service_code": "nothing"}, 404), ({"service_code": "street_light"}, 400)):
        assert client.post(wrong["service_code"], email="a@mail.example")[0]["code"] == code
    assert Three(endpoint, api_key="wrong").post("street_light", address="x")[0]["code"] == 403


def confirm_as_a_person(city: City, reference: str, mailbox: str) -> None:
    """Read the mail, open the page, type the code."""
    letter = until(lambda: city.inbox.all(to=mailbox), "the letter has come")[0]
    code = re.search(r"\b(\d{6})\b", letter.subject)
    assert code
    with httpx.Client(trust_env=False, timeout=60, follow_redirects=True) as browser:
        address = f"{city.url}/petitions/confirm/{reference}/"
        page = browser.get(address).text
        hidden = dict(re.findall(r'name="(csrfmiddlewaretoken|idempotency_key)" value="([^"]+)"', page))
        done = browser.post(address, data={**hidden, "code": code[1]})
        assert "/petitions/done/" in str(done.url)


def test_every_answer_fits_its_schema(records, endpoint, conforms):
    services = get(f"{endpoint}/services.json").json()
    conforms("services.json", services)
    for one in services:
        conforms("service.json", one)
        conforms("service-definition.json", get(f"{endpoint}/services/{one['service_code']}.json").json())
    requests = get(f"{endpoint}/requests.json", extensions="true").json()
    conforms("requests.json", requests)
    for one in requests:
        conforms("request.json", one)
        conforms("requests.json", get(f"{endpoint}/requests/{one['service_request_id']}.json").json())


def test_unconfirmed_and_confidential_never_appear(records, endpoint):
    number, token = records["confidential"], records["waiting"]

    for fmt in ("json", "xml"):
        everything = get(f"{endpoint}/requests.{fmt}", extensions="true").text
        assert "路燈不亮" in everything
        assert not [word for word in ("不要公開", "還沒驗證", number) if word in everything]
        assert get(f"{endpoint}/requests/{number}.{fmt}").status_code == 404
    assert get(f"{endpoint}/requests.json", service_request_id=number).json() == []
    assert get(f"{endpoint}/tokens/{token}.json").json() == [{"service_request_id": None, "token": token}]


@pytest.mark.parametrize(
    ("path", "query", "code"),
    [
        ("services/nothing", {}, 404),
        ("requests/nothing", {}, 404),
        ("tokens/nothing", {}, 404),
        ("requests", {"status": "foo"}, 400),
        ("requests", {"start_date": "2026-11-01T00:00:00"}, 400),
        ("requests", {"start_date": "2026-11-02T00:00:00Z", "end_date": "2026-11-01T00:00:00Z"}, 400),
        ("requests", {"start_date": "2026-01-01T00:00:00Z", "end_date": "2026-11-01T00:00:00Z"}, 400),
        ("requests", {"page": "0"}, 400),
        ("requests", {"page": "1000000000"}, 400),
        ("requests", {"service_code": "STREET_LIGHT"}, 404),
    ],
)
def test_refuses_as_the_protocol_says(records, endpoint, path, query, code):
    told = get(f"{endpoint}/{path}.json", **query)
    marked = get(f"{endpoint}/{path}.xml", **query)

    assert (told.status_code, told.json()[0]["code"]) == (code, code)
    assert marked.status_code == code
    assert f"<code>{code}</code><description>" in marked.text


class TestServer:
    """What is wrong before the program sees it: the server answers, and goes on."""

    @pytest.mark.parametrize(
        ("path", "headers", "status"),
        [
            (f"/?q={'a' * 100_000}", {}, {414}),
            (f"/?q={'a' * 1_000_000}", {}, {414, 431}),
            ("/", {"X-Long": "b" * 2_000_000}, {431}),
            ("/", {f"X-{n}": "b" for n in range(500)}, {431}),
            ("/", {"Cookie": f"sessionid={'b' * 50_000}"}, {200}),
            ("/", {"Host": "evil.example"}, {400}),
        ],
    )
    def test_lines_that_are_too_long(self, city, path, headers, status):
        line = http.client.HTTPConnection("127.0.0.1", city.port, timeout=60)
        line.request("GET", path, headers=headers)

        assert line.getresponse().status in status
        line.close()
        assert city.answers()

    def test_nothing_of_people_is_logged(self, city):
        log = city.log.read_text()

        assert "petitions:confirm" in log
        assert not [word for word in ("wang@mail.example", "王小明", "陳小美", "citizen@mail.example") if word in log]
