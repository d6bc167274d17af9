"""Pages: one whole request by who may, one by who may not; what was typed is kept; a visit from a telephone."""

import re
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from cityhall.domains.petitions.tests.citizen import photo
from cityhall.engines.gatherings import registry, visiting
from cityhall.engines.gatherings.models import Gathering, Photo
from cityhall.engines.gatherings.registry import Line, Profile, Sheet
from cityhall.engines.gatherings.rules import Unchecked
from cityhall.engines.gatherings.states import OutcomeKind, State

from .city import MEETS, NOW, held, invited, make_city, planned, signed_in

pytestmark = pytest.mark.django_db
LIST = "/desk/gatherings/"
CHECKLIST = (Sheet("quality", "施工品質", (Line("paving", "鋪面平整"), Line("joint", "接縫密合"))),)


@pytest.fixture
def city(monkeypatch):
    monkeypatch.setattr("django.utils.timezone.now", lambda: NOW)
    return make_city()


@pytest.fixture
def visit(city):
    registry.profile(Profile("test.visit", "實地查證", outcome=OutcomeKind.FINDING, checklist=CHECKLIST, minutes=False))
    yield planned(city, profile="test.visit", title="中山路查證")
    registry.forget("test.visit")


def words(response):
    return re.sub(r"<[^>]+>", "", response.content.decode())


def page_of(one):
    return f"{LIST}{one.reference}/"


class TestList:
    def test_shows_an_agency_what_it_is_invited_to_and_nobody_else(self, city):
        invited(city)
        planned(city, title="只在籌備")

        commission, works = signed_in(city.commission).get(LIST), signed_in(city.coordinator).get(LIST)

        assert "只在籌備" in words(commission)
        assert "路平專案檢討會議" in words(works)
        assert "只在籌備" not in words(works)
        assert "路平專案檢討會議" not in words(signed_in(city.stranger).get(LIST))

    def test_is_narrowed_and_downloaded(self, city):
        held(city)
        browser = signed_in(city.commission)
        assert "沒有符合條件" in words(browser.get(f"{LIST}?q=路平&state=CANCELLED"))
        assert "路平專案檢討會議" in words(browser.get(f"{LIST}?profile=meeting&year=2026&q=路平"))

        rows = b"".join(browser.get(f"{LIST}export.csv?q=路平").streaming_content).decode("utf-8-sig").splitlines()

        assert len(rows) == 2
        assert "路平專案檢討會議" in rows[1]
        assert browser.get(f"{LIST}export.exe").status_code == 404


class TestWay:
    def test_leads_from_a_new_one_to_its_minutes(self, city, monkeypatch):
        browser, agency = signed_in(city.commission), signed_in(city.coordinator)
        form = {
            "title": "路平會議", "year": "2026", "number": "", "series": "", "host": "rdec", "day_year": "115", "day_month": "11",
            "day_day": "20", "starts": "14:00", "ends": "16:00", "venue": "12樓", "address": "", "purpose": "",
        }  # fmt: skip
        assert browser.post(f"{LIST}new/meeting/", {**form, "ends": "13:00"}).status_code == 422
        page = browser.post(f"{LIST}new/meeting/", form, follow=True)
        one = Gathering.objects.get()
        assert "115年第1次一般會議" in words(page)
        browser.post(f"{page_of(one)}points/", {"kind": "REPORT", "title": "上月進度", "text": "", "agency": ""})
        browser.post(f"{page_of(one)}people/", {"part": "HEAD", "agency": "works", "name": "", "email": ""})
        browser.post(f"{page_of(one)}invite/", {})
        assert "回復由誰出席" in words(agency.get(page_of(one)))
        answer = agency.post(f"{page_of(one)}people/1/answer/", {"name": "林處長", "deputy": "陳副處長", "reason": ""})
        assert (answer.status_code, "寫明理由" in words(answer)) == (422, True)
        agency.post(f"{page_of(one)}people/1/answer/", {"name": "林處長", "deputy": "陳副處長", "reason": "出國"})

        monkeypatch.setattr("django.utils.timezone.now", lambda: MEETS + timedelta(hours=3))
        browser, agency = signed_in(city.commission), signed_in(city.coordinator)
        came = {"held_on_year": "115", "held_on_month": "11", "held_on_day": "20", "others": ""}
        first = browser.post(f"{page_of(one)}hold/", {**came, "presence_1": "DEPUTY", "people_1": "1"})
        assert (first.status_code, "請寫明理由" in words(first)) == (422, True)
        browser.post(
            f"{page_of(one)}hold/",
            {**came, "presence_1": "DEPUTY", "people_1": "1", "deputy_1": "陳副處長", "reason_1": "出國"},
        )
        decided = {
            "text": "補齊標線",
            "agency": "works",
            "due_on_year": "115",
            "due_on_month": "12",
            "due_on_day": "4",
            "point": "1",
        }
        browser.post(f"{page_of(one)}conclude/", decided)
        minutes = {
            "text": "主席裁示如上。",
            "issued_on_year": "115",
            "issued_on_month": "11",
            "issued_on_day": "20",
            "document": "",
        }
        page = words(browser.post(f"{page_of(one)}minutes/", minutes, follow=True))

        assert "補齊標線" in page
        assert "（出國）" in page
        assert "主席裁示如上。" in words(agency.get(page_of(one)))
        one.refresh_from_db()
        assert one.state == State.MINUTED
        sheet = browser.get(f"{page_of(one)}sheet.pdf")
        assert sheet.content.startswith(b"%PDF") or sheet.status_code == 503

    def test_is_closed_to_others(self, city):
        one = invited(city)

        assert signed_in(city.stranger).get(page_of(one)).status_code == 404
        assert signed_in(city.coordinator).get(f"{page_of(one)}hold/").status_code == 403
        assert signed_in(city.stranger).get(f"{page_of(one)}people/2/answer/").status_code == 404
        assert signed_in(city.coordinator).get(f"{LIST}new/meeting/").status_code == 403
        assert signed_in(city.commission).get(f"{LIST}new/nothing/").status_code == 404


class TestVisit:
    def test_keeps_what_was_found_with_place_time_and_photo_and_sends_what_is_wanting(self, city, visit, monkeypatch):
        monkeypatch.setattr("django.utils.timezone.now", lambda: MEETS + timedelta(hours=1))
        browser, page = signed_in(city.commission), f"{page_of(visit)}checklist/"
        assert 'data-keep="visit:' in browser.get(page).content.decode()
        refused = browser.post(page, {"verdict_quality__paving": "WANTING", "note_quality__paving": ""})
        assert (refused.status_code, "寫明哪裡不好" in words(refused)) == (422, True)
        found = {"verdict_quality__paving": "WANTING", "note_quality__paving": "有坑洞", "lon": "121.3", "lat": "24.99"}
        assert "data-keep-done" in browser.post(page, found, follow=True).content.decode()
        taken = {"photo": photo(), "line": "quality.paving", "caption": "坑洞", "lon": "121.3", "lat": "24.99"}
        assert "照片已存" in words(browser.post(f"{page_of(visit)}photos/", taken, follow=True))
        assert (Photo.objects.get().lon, Photo.objects.get().line) == (121.3, "quality.paving")
        form = {"held_on_year": "115", "held_on_month": "11", "held_on_day": "20", "others": "4"}
        browser.post(f"{page_of(visit)}hold/", form)
        due = {"agency": "works", "due_on_year": "115", "due_on_month": "12", "due_on_day": "20"}
        assert "還沒填完" in words(browser.post(f"{page_of(visit)}findings/", due))
        browser.post(page, {**found, "verdict_quality__joint": "GOOD", "note_quality__joint": ""})

        sent = words(browser.post(f"{page_of(visit)}findings/", due, follow=True))

        assert "已送養工處改善1項" in sent
        assert "鋪面平整：有坑洞" in sent
        changed = browser.post(page, {"verdict_quality__paving": "GOOD", "note_quality__paving": ""})
        assert "已經送機關改善" in words(changed)

    def test_refuses_what_is_no_picture_and_a_line_that_is_not_there(self, city, visit):
        browser = signed_in(city.commission)
        form = {"photo": SimpleUploadedFile("x.jpg", b"no picture"), "line": "", "caption": ""}
        assert browser.post(f"{page_of(visit)}photos/", form).status_code == 422
        with pytest.raises(visiting.CannotGather, match="沒有這一項"):
            visiting.mark(visit, marks={"quality.none": ("GOOD", "")}, by=city.commission.account, at=NOW)
        with pytest.raises(visiting.Unfinished) as gaps:
            visiting.mark(visit, marks={"quality.joint": ("WANTING", "")}, by=city.commission.account, at=NOW)
        assert gaps.value.gaps == {"quality.joint": Unchecked.NO_NOTE}

    def test_is_the_commissions(self, city, visit):
        assert signed_in(city.coordinator).get(f"{page_of(visit)}checklist/").status_code == 403
        assert signed_in(city.commission).get(f"{page_of(planned(city))}checklist/").status_code == 404


class TestCalendar:
    def test_is_shown_once_and_answers_whoever_has_the_address(self, city, client):
        invited(city)
        browser = signed_in(city.coordinator)
        made = browser.post(f"{LIST}calendar/renew/", {}, follow=True).content.decode()
        url = re.search(r"/calendar/[\w-]+\.ics", made)[0]

        feed = client.get(url)

        assert feed["Content-Type"].startswith("text/calendar")
        assert "路平專案檢討會議" in feed.content.decode()
        assert url not in browser.get(f"{LIST}calendar/").content.decode()
        browser.post(f"{LIST}calendar/end/", {})
        assert client.get(url).status_code == 404
