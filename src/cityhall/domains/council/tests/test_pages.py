"""Whole requests: the list, an item's way through agency and commission, inspections; by who may and who may not."""

import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from cityhall.domains.council.models import CouncilItem, JointInspection
from cityhall.engines.audit.models import Entry
from cityhall.engines.directory.states import Role
from cityhall.engines.directory.tests.factories import make_person
from cityhall.engines.outbox.services import drain
from cityhall.engines.tracking.models import Reply
from cityhall.engines.tracking.states import Decided, Stage

from .city import NINE, inspected, listed, make_city, replied, signed_in

pytestmark = pytest.mark.django_db
ITEMS, INSPECTIONS = "/desk/council/items/", "/desk/council/inspections/"
LETTER = {"letter_on_year": "115", "letter_on_month": "11", "letter_on_day": "16", "letter_number": "桃工字第1號"}


@pytest.fixture
def city(monkeypatch):
    monkeypatch.setattr("django.utils.timezone.now", lambda: NINE)
    return make_city()


def words(response):
    return re.sub(r"<[^>]+>", "", response.content.decode())


class TestList:
    def test_shows_an_agency_its_own_and_the_commission_all(self, city):
        listed(city)
        listed(city, lead=city.police, title="機車違停")

        assert "機車違停" not in words(signed_in(city.coordinator).get(ITEMS))
        assert "機車違停" in words(signed_in(city.commission).get(ITEMS))

    @pytest.mark.parametrize(
        ("query", "found"),
        [("q=坑洞", 1), ("q=陳示", 1), ("q=C115-0002", 1), ("q=查無", 0), ("standing=ASKED", 2), ("standing=late", 0),
         ("standing=RELEASED", 0), ("agency=police", 1), ("kind=議決案", 1), ("district=桃園區", 1)],
    )  # fmt: skip
    def test_is_narrowed(self, city, query, found):
        listed(city)
        listed(city, title="人行道", kind="議決案", askers=[], co=[city.police], district="桃園區")

        response = signed_in(city.commission).get(f"{ITEMS}?{query}")

        assert response.context["page"].paginator.count == found

    def test_costs_as_many_questions_however_long_it_is(self, city, django_assert_max_num_queries):
        for n in range(6):
            listed(city, title=f"第{n}案", co=[city.police])
        browser = signed_in(city.commission)
        browser.get(ITEMS)

        with django_assert_max_num_queries(30):
            browser.get(ITEMS)

    def test_is_exported_and_that_is_written_down(self, city):
        listed(city)

        response = signed_in(city.coordinator).get(f"{ITEMS}export.csv")

        assert "路面坑洞何時修補" in b"".join(response.streaming_content).decode()
        assert Entry.objects.filter(event="council.exported").count() == 1

    def test_is_not_for_those_without_the_right(self, city):
        assert signed_in(city.coordinator).get(f"{ITEMS}new/").status_code == 403


class TestListing:
    def test_by_hand_keeps_what_was_typed_wrong(self, city):
        browser = signed_in(city.commission)
        given = {"kind": "總質詢", "title": "路燈", "lead": "works", "askers": "陳示範、無此人", "session": "",
                 "raised_on_year": "115", "raised_on_month": "11", "raised_on_day": "10"}  # fmt: skip

        refused = browser.post(f"{ITEMS}new/", given)
        done = browser.post(f"{ITEMS}new/", {**given, "askers": "陳示範", "co": "police"})

        assert refused.status_code == 422
        assert "無此人" in refused.content.decode()
        assert done.status_code == 302
        assert CouncilItem.objects.get().askers.get() == city.chen

    def test_by_sheet_says_what_was_refused(self, city, settings, tmp_path):
        settings.FILES_DIR = tmp_path
        head = "案件類別,案由,質詢或議決日,主辦機關\n總質詢,路燈,115/11/10,works\n總質詢,水溝,115/11/10,沒有這局\n"
        browser, sent = signed_in(city.commission), {"sheet": SimpleUploadedFile("items.csv", head.encode())}

        here = browser.post(f"{ITEMS}sheet/", sent)["Location"]
        drain(NINE, until=NINE)
        page = words(browser.get(here))
        started = browser.post(f"{here}start/", {})
        drain(NINE, until=NINE)

        assert "沒有這個機關" in page
        assert started.status_code == 302
        assert CouncilItem.objects.count() == 1
        assert "已列管 1 案" in words(browser.get(here))
        assert "沒有這局" in b"".join(browser.get(f"{here}refused.csv").streaming_content).decode()
        again = {"sheet": SimpleUploadedFile("items.csv", head.encode())}
        assert "看先前的上傳" in browser.post(f"{ITEMS}sheet/", again).content.decode()
        assert signed_in(city.commission).get(f"{ITEMS}blank.ods").status_code == 200
        assert signed_in(city.coordinator).get(here).status_code == 403


class TestItem:
    def test_goes_from_the_reply_over_its_return_to_the_release(self, city):
        item = listed(city)
        agency, commission = signed_in(city.liaison), signed_in(city.commission)
        here = item.tracked.url
        first = item.tracked.replies.get()
        beside = {"answers": "no", "complete": "yes", "promise": "NONE"}

        assert "函復" in words(agency.get(here))
        agency.post(f"/desk/tracked/replies/{first.reference}/answer/", {"text": "感謝指教。", **LETTER})
        refused = commission.post(f"/desk/tracked/replies/{first.reference}/review/", beside)
        commission.post(f"/desk/tracked/replies/{first.reference}/review/", {**beside, "remark": "沒有說明時程"})
        again = item.tracked.replies.get(state="ASKED")
        assert "沒有說明時程" in words(agency.get(f"/desk/tracked/replies/{again.reference}/answer/"))
        agency.post(f"/desk/tracked/replies/{again.reference}/answer/", {"text": "已修補完成。", **LETTER})
        commission.post(f"/desk/tracked/replies/{again.reference}/review/", {**beside, "answers": "yes"})
        commission.post(f"{here}decide/", {"grounds": ["DONE"], "verdict": "", "reason": "已修補"})

        item.tracked.refresh_from_db()
        assert refused.status_code == 422
        assert (item.tracked.stage, item.tracked.decided) == (Stage.SETTLED, Decided.RELEASED)
        page = words(commission.get(here))
        assert all(word in page for word in ("退回重新答復", "已修補完成。", "解除追蹤", "陳示範"))
        commission.post(f"{here}reopen/", {"reason": "又有坑洞"})
        assert item.tracked.replies.filter(state="ASKED").count() == 1

    def test_of_another_agency_does_not_exist(self, city):
        item = listed(city, lead=city.police)
        reply = item.tracked.replies.get()
        browser = signed_in(city.coordinator)

        assert browser.get(item.tracked.url).status_code == 404
        assert browser.post(f"/desk/tracked/replies/{reply.reference}/answer/", {}).status_code == 404
        assert browser.post(f"{item.tracked.url}decide/", {}).status_code == 403
        assert Reply.objects.get().text == ""

    def test_gets_another_agency_and_loses_it(self, city):
        item = listed(city)
        commission = signed_in(city.commission)

        commission.post(f"{item.tracked.url}agencies/", {"part": "CO", "agency": "police"})
        duty = item.tracked.duties.get(agency=city.police)
        commission.post(f"{item.tracked.url}agencies/{duty.pk}/end/", {"reason": "無關"})

        duty.refresh_from_db()
        assert duty.why == "無關"


class TestInspections:
    def test_are_registered_for_ones_own_agency_only(self, city):
        browser = signed_in(city.coordinator)
        given = {"agency": "works", "held_on_year": "115", "held_on_month": "11", "held_on_day": "10", "matter": "人行道",
                 "place": "示範路", "councillors": "陳示範"}  # fmt: skip
        item = replied(city, listed(city))

        assert browser.post(f"{INSPECTIONS}new/", {**given, "agency": "police"}).status_code == 422
        assert browser.post(f"{INSPECTIONS}new/", {**given, "item": "C1-1"}).status_code == 422
        assert browser.post(f"{INSPECTIONS}new/", {**given, "item": item.tracked.number}).status_code == 302
        assert JointInspection.objects.get().item == item
        assert "人行道" in words(browser.get(INSPECTIONS))
        assert "人行道" not in words(signed_in(city.district_coordinator).get(INSPECTIONS))

    def test_are_reported_without_any(self, city):
        browser = signed_in(city.district_coordinator)

        assert "還沒有回報的機關" in words(browser.get(INSPECTIONS))
        browser.post(f"{INSPECTIONS}month/", {"agency": "district", "month": "2026-10"})
        assert "還沒有回報的機關" not in words(browser.get(INSPECTIONS))

    def test_of_others_cannot_be_withdrawn(self, city):
        row = inspected(city)

        assert signed_in(city.district_coordinator).get(f"{INSPECTIONS}{row.reference}/withdraw/").status_code == 404
        assert signed_in(city.coordinator).post(f"{INSPECTIONS}{row.reference}/withdraw/", {"reason": "重複"}).status_code == 302  # fmt: skip
        kept = signed_in(city.commission).get(f"{INSPECTIONS}export.csv")
        assert "人行道破損" not in b"".join(kept.streaming_content).decode()


class TestCouncil:
    def test_gets_sessions_and_councillors(self, city):
        commission = signed_in(city.commission)
        days = {"starts_on_year": "115", "starts_on_month": "12", "starts_on_day": "20"}

        commission.post(
            "/desk/council/councillors/new/", {"name": "王示範", "party": "無", "constituency": "第2選區", **days}
        )
        ends = {"ends_on_year": "115", "ends_on_month": "12", "ends_on_day": "25"}
        commission.post("/desk/council/sessions/new/", {"term": "4", "kind": "EXTRAORDINARY", "n": "1", **days, **ends})
        commission.post(
            f"/desk/council/councillors/{city.lin.reference}/leave/",
            {**ends, "ends_on_month": "11", "ends_on_day": "1"},
        )

        commission.get("/desk/council/sessions/")  # says once that it was done
        page = words(commission.get("/desk/council/sessions/"))
        assert "第4屆第1次臨時會" in page
        assert "林示範" not in page
        assert signed_in(city.coordinator).get("/desk/council/sessions/new/").status_code == 403


class TestLookUp:
    def test_finds_items_and_inspections_for_a_councillors_office(self, city):
        item = replied(city, listed(city, district="桃園區"))
        inspected(city)
        office = signed_in(make_person(city.rdec, None, Role.COUNCIL_OFFICE))

        found = words(office.get("/desk/council/look-up/?q=陳示範"))
        page = words(office.get(f"/desk/council/look-up/{item.tracked.reference}/"))

        assert all(word in found for word in ("路面坑洞何時修補", "人行道破損"))
        assert "已完成。" in page
        assert office.get(item.tracked.url).status_code == 403
        assert signed_in(city.coordinator).get("/desk/council/look-up/").status_code == 403
