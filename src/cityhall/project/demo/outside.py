"""An outside body of the demo city that takes petitions by Open311, and one that it took.

The body is real, its server is not: the connection is paused, so nothing is called. What it "answered" is written by the
same acts that a real answer goes through.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from cityhall.domains.petitions.models import Category, Endpoint, PeerRequest, Petition
from cityhall.domains.petitions.peer_rules import Asked, Service, Told
from cityhall.domains.petitions.samples import HalfYear
from cityhall.domains.petitions.services import endpoints, filing, handling, peers
from cityhall.domains.petitions.services.filing import Submission, Where, Who
from cityhall.engines.cases.states import Channel, PlaceMethod, Status
from cityhall.engines.directory.models import Agency, Person
from cityhall.engines.identity.models import Account

BODY = "taipower"
SERVER = "https://open311.taipower.example/v2"
SERVICES = (
    Service("POLE", "電桿傾斜或損壞", "設備"),
    Service("CABLE", "電纜垂落", "設備"),
    Service(
        "OUTAGE", "停電", "供電", True, (Asked("SCOPE", "停電範圍", True, values=(("1", "一戶"), ("2", "整條街"))),)
    ),
)
TEXT = "巷口的電桿斜向馬路，颱風後更斜，怕會倒下來壓到人，請派人扶正。"


def write(half_year: HalfYear, commission: Person, dispatcher: Person) -> None:
    """In the last days of the half-year."""
    first, second = commission.account, dispatcher.account
    assert first is not None
    assert second is not None
    half_year.later(half_year.end - timedelta(hours=54), lambda at: _pass_on(half_year, first, second, at))


def _pass_on(half_year: HalfYear, commission: Account, dispatcher: Account, at: datetime) -> None:
    body = Agency.objects.get(code=BODY)
    endpoint = endpoints.keep(
        None, agency=body, base_url=SERVER, jurisdiction="taoyuan", api_key=BODY, by=commission, at=at
    )
    endpoints.keep_services(endpoint, SERVICES, at=at)
    mapped: dict[int, str | None] = {Category.objects.get(code="power_supply").pk: "POLE"}
    endpoints.set_mapping(endpoint, default="", services=mapped, by=commission, at=at)
    petition = filing.file(
        Submission(
            text=TEXT, channel=Channel.WEB, who=Who(name="潘玉琴", email="pan.yu-chin@mail.example"),
            where=Where(method=PlaceMethod.PIN, lon=121.3014, lat=24.9931, label="縣府路1號旁", road="縣府路"),
        ),
        at=at,
    )  # fmt: skip
    half_year.tally.filed += 1
    half_year.truth[petition.pk] = "power_supply"
    filing.confirm(petition, how="email_code", by=None, at=at + timedelta(minutes=4))
    half_year.later(at + timedelta(hours=1), lambda now: _transfer(petition.pk, body, dispatcher, now))
    half_year.later(at + timedelta(hours=6), lambda now: _answered(petition.pk, endpoint, commission, now))


def _transfer(pk: int, body: Agency, by: Account, at: datetime) -> None:
    petition = Petition.objects.select_related("case", "category").get(pk=pk)
    handling.end(
        petition, Status.TRANSFERRED_OUTSIDE, reason="電桿由台電維護，已轉請處理。", agency=body, by=by, at=at
    )  # fmt: skip
    peers.adopted(petition.passed_on.get().peer, Told(id="TP-20261"), at=at)


def _answered(pk: int, endpoint: Endpoint, by: Account, at: datetime) -> None:
    told = Told(
        id="TP-20261",
        status="open",
        notes="已排定後天上午派員會勘。",
        agency="桃園維護班",
        expected=at + timedelta(days=4),
    )
    peers.news(PeerRequest.objects.get(passed_on__petition=pk), told, at=at)
    endpoints.set_state(endpoint, "PAUSED", by=by, at=at)
