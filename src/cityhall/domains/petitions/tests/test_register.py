"""The pages of the register: who sees which listing, what can be done there, and that nothing of it is public."""

from datetime import timedelta

import pytest
from django.test import Client as Browser

from cityhall.domains.petitions.models import Petition, Restriction
from cityhall.domains.petitions.services import handling, restrictions
from cityhall.domains.petitions.services.filing import Who
from cityhall.engines.audit.models import Entry
from cityhall.engines.directory.states import Role
from cityhall.engines.directory.tests.factories import make_person, make_unit
from cityhall.engines.letters.models import Letter

from .city import LEAVES, NINE, City, make_city, opened, propose_listing, signed_in, write_twice

pytestmark = pytest.mark.django_db
CHEN = Who(name="陳小美", email="chen@mail.example")
REGISTER = "/desk/petitions/restrictions/"


@pytest.fixture
def city(monkeypatch) -> City:
    monkeypatch.setattr("django.utils.timezone.now", lambda: NINE + timedelta(minutes=5))
    return make_city()


@pytest.fixture
def listed(city) -> Restriction:
    return restrictions.approve(propose_listing(city, CHEN), by=city.head.account, at=NINE)


def page(who, path: str) -> tuple[int, str]:
    response = (signed_in(who) if who else Browser()).get(path)
    return response.status_code, response.content.decode()


def record(petition: Petition) -> str:
    return f"/desk/petitions/{petition.case.reference}/"


def fields(petition: Petition, *evidence: Petition, **changed) -> dict:
    reply = petition.case.replies.first() or evidence[0].case.replies.first()
    return {
        "ground": "ANSWERED", "evidence": [one.pk for one in (petition, *evidence)], "answer": reply.pk if reply else "",
        "matter": "公園落葉", "words": "落葉、公園", "because": "已說明", "notice": "已說明清掃的安排。",
        "starts_on_year": "115", "starts_on_month": "11", "starts_on_day": "16",
        "ends_on_year": "116", "ends_on_month": "5", "ends_on_day": "15",
        "review_on_year": "116", "review_on_month": "2", "review_on_day": "15", **changed,
    }  # fmt: skip


class TestProposing:
    def test_from_a_record_goes_to_the_agencys_head(self, city):
        answered, second = write_twice(city, CHEN)
        browser = signed_in(city.officer)
        asked = browser.get(f"{record(second)}restrict/").content.decode()
        assert answered.case.number in asked
        assert "您反映的「公園落葉沒人掃，走路會滑倒」" in asked

        response = browser.post(f"{record(second)}restrict/", fields(second, answered))

        assert response.status_code == 302
        restriction = Restriction.objects.latest("pk")
        assert restriction.words == ["落葉", "公園"]
        assert restriction.state == "PROPOSED"
        assert "核定列管" in page(city.head, "/desk/")[1]

    def test_without_what_the_law_asks_keeps_what_was_typed(self, city):
        answered, second = write_twice(city, CHEN)

        response = signed_in(city.officer).post(
            f"{record(second)}restrict/", fields(second, answered, answer="", because="寫了很久")
        )

        assert response.status_code == 422
        assert "沒有明確回復過，就不能用這個事由" in response.content.decode()
        assert "寫了很久" in response.content.decode()

    def test_is_offered_where_it_looks_repeated(self, city):
        for _time in range(2):
            write_twice(city, CHEN)
        third = opened(LEAVES, who=CHEN)
        handling.assign(third, unit=None, officer=city.officer, by=city.coordinator.account, at=NINE)

        status, shown = page(city.officer, record(third))

        assert status == 200
        assert "90 天內就相近的事陳情 5 件" in shown
        assert f"{record(third)}restrict/" in shown
        assert "審酌是否提報列管" in page(city.officer, "/desk/")[1]

    def test_is_not_offered_where_the_sender_is_secret(self, city):
        secret = opened("路燈不亮", keep_identity_secret=True)
        handling.assign(secret, unit=None, officer=city.officer, by=city.coordinator.account, at=NINE)

        assert "restrict/" not in page(city.officer, record(secret))[1]


class TestDeciding:
    def test_by_the_head_on_the_page_tells_the_citizen(self, city):
        restriction = propose_listing(city, CHEN)
        browser, here = signed_in(city.head), f"{REGISTER}{restriction.reference}/"
        assert f"{here}approve/" in browser.get(here).content.decode()
        asked = browser.get(f"{here}approve/").content.decode()
        assert "您反映的公園落葉，本處已說明清掃的安排。" in asked

        response = browser.post(f"{here}approve/", {"sent": "1"}, follow=True)

        assert "已核定，並已通知民眾。" in response.content.decode()
        assert Letter.objects.filter(template="petitions.restricted").count() == 1
        assert f"{here}approve/" not in response.content.decode()

    def test_is_not_offered_to_the_heads_deputy_and_says_so(self, city):
        restriction = propose_listing(city, CHEN)
        deputy = make_person(city.works, city.lights, Role.AGENCY_SECRETARY)
        status, shown = page(deputy, f"{REGISTER}{restriction.reference}/")

        assert status == 200
        assert "機關首長親自核定" in shown

    def test_with_a_refusal_stays_on_the_form(self, city):
        restriction = propose_listing(city, CHEN)
        other = make_person(city.works, None, Role.AGENCY_HEAD)
        Restriction.objects.filter(pk=restriction.pk).update(proposed_by=other)

        response = signed_in(other).post(f"{REGISTER}{restriction.reference}/approve/", {"sent": "1"})

        assert response.status_code == 422
        assert "不能核定自己提報的列管" in response.content.decode()

    def test_sends_back(self, city):
        restriction = propose_listing(city, CHEN)

        signed_in(city.head).post(f"{REGISTER}{restriction.reference}/return/", {"reason": "先再說明一次"})

        assert "先再說明一次" in page(city.officer, f"{REGISTER}{restriction.reference}/")[1]


class TestTheRegister:
    def test_is_the_commissions_whole_and_an_agencys_own(self, city, listed):
        elsewhere = make_person(city.transport, None, Role.AGENCY_HEAD)
        bridges = make_person(city.works, make_unit(city.works, "bridges"), Role.OFFICER)
        here = f"{REGISTER}{listed.reference}/"

        for who in (city.commission, city.head, city.coordinator, city.officer, city.dispatcher):
            assert page(who, here)[0] == 200
            assert listed.number in page(who, REGISTER)[1]
        for who in (elsewhere, city.other_officer, city.other_coordinator, bridges):
            assert page(who, here)[0] == 404
            assert listed.number not in page(who, REGISTER)[1]

    def test_names_nobody(self, city, listed):
        for who in (city.commission, city.head, city.officer):
            for path in (REGISTER, f"{REGISTER}{listed.reference}/"):
                assert "小美" not in page(who, path)[1]
                assert CHEN.email not in page(who, path)[1]

    def test_finds_by_number_matter_state_and_review(self, city, listed):
        waiting = propose_listing(city, Who(name="周", email="zhou@mail.example"), matter="樹葉")
        wanted = {
            f"q={listed.number}": listed, "q=樹葉": waiting, "state=PROPOSED": waiting, "agency=works&q=落葉": listed,
            "ground=ANSWERED&state=IN_FORCE": listed,
        }  # fmt: skip

        for query, one in wanted.items():
            shown = page(city.commission, f"{REGISTER}?{query}")[1]
            other = waiting if one == listed else listed
            assert (query, one.number in shown, f">{other.number}<" in shown) == (query, True, False)
        assert "沒有符合條件的列管" in page(city.commission, f"{REGISTER}?due=on")[1]

    def test_shows_all_that_was_received_beside_what_is_handled(self, city, listed):
        opened(LEAVES, who=CHEN)

        assert "本月收到 3 件：辦理 2 件，過濾處理 0 件，因列管不予處理 1 件。" in page(city.commission, REGISTER)[1]
        assert "本月收到" not in page(city.officer, REGISTER)[1]

    @pytest.mark.parametrize("kind", ["csv", "ods", "xlsx"])
    def test_leaves_as_a_sheet_that_names_nobody_and_is_written_down(self, city, listed, kind):
        response = signed_in(city.commission).get(f"{REGISTER}export.{kind}?state=IN_FORCE")
        content = b"".join(response.streaming_content)

        assert response.status_code == 200
        assert Entry.objects.filter(event="petition.restrictions_exported").count() == 1
        if kind == "csv":
            text = content.decode("utf-8-sig")
            assert listed.number in text
            assert "公園落葉" in text
            assert "小美" not in text
            assert CHEN.email not in text

    def test_is_not_exported_by_an_agency(self, city, listed):
        assert signed_in(city.head).get(f"{REGISTER}export.csv").status_code == 403

    @pytest.mark.parametrize(
        ("act", "given", "state"),
        [
            ("lift", {"reason": "已改善"}, "LIFTED"),
            ("review", {"finding": "仍有需要"}, "IN_FORCE"),
            (
                "appeal",
                {"text": "我不同意", "received_on_year": "115", "received_on_month": "11", "received_on_day": "16"},
                "APPEALED",
            ),
        ],
    )
    def test_is_kept_by_the_commission(self, city, listed, act, given, state):
        path = f"{REGISTER}{listed.reference}/{act}/"
        assert signed_in(city.head).post(path, given).status_code == 403
        assert signed_in(city.commission).post(path, {}).status_code == 422

        response = signed_in(city.commission).post(path, given)

        assert response.status_code == 302
        listed.refresh_from_db()
        assert listed.state == state

    def test_shows_an_appeal_and_its_decision(self, city, listed):
        by, here = city.commission.account, f"{REGISTER}{listed.reference}/"
        restrictions.record_appeal(listed, text="我不同意", received_on=NINE.date(), by=by, at=NINE)
        assert "待決定；決定之前，列管仍然有效。" in page(city.officer, here)[1]

        signed_in(city.commission).post(f"{here}decide/", {"granted": "no", "decision": "已說明清楚"})

        shown = page(city.officer, here)[1]
        assert "已說明清楚" in shown
        assert "申訴無理由，維持列管" in shown


class TestARecord:
    def test_says_why_it_was_declined_and_opens_with_one_click(self, city, listed):
        petition = opened(LEAVES, who=CHEN)
        browser = signed_in(city.dispatcher)
        shown = browser.get(record(petition)).content.decode()
        assert "因列管不予處理" in shown
        assert f"{REGISTER}{listed.reference}/" in shown
        assert "這是新的事由，照常派案" in shown

        browser.post(f"{record(petition)}new_cause/", {"version": petition.case.version})

        fresh = Petition.objects.select_related("case__agency").get(pk=petition.pk)
        assert fresh.case.agency == city.works
        assert "已照常辦理" in page(city.commission, f"{REGISTER}{listed.reference}/")[1]

    def test_leads_nobody_to_a_register_that_is_not_theirs(self, city, listed):
        operator = make_person(city.rdec, None, Role.OPERATOR)

        shown = page(operator, record(opened(LEAVES, who=CHEN)))[1]

        assert listed.number in shown
        assert REGISTER not in shown

    def test_tells_the_desk_of_a_listing_and_lets_it_decide(self, city, listed):
        petition = opened("公園落葉沒人掃，我要找市長", who=CHEN)
        shown = page(city.dispatcher, record(petition))[1]
        assert "這位民眾有列管" in shown

        response = signed_in(city.dispatcher).post(
            f"{record(petition)}decline/", {"restriction": str(listed.reference), "reason": ""}
        )

        assert response.status_code == 302
        assert petition.set_aside.get().restriction == listed

    def test_that_was_filtered_says_so_and_can_be_taken_up_again(self, city):
        petition = opened("我要找市長")
        browser = signed_in(city.dispatcher)
        browser.post(f"{record(petition)}filter/", {"ground": "NO_MATTER", "reason": "沒有寫什麼事"})
        shown = browser.get(record(petition)).content.decode()
        assert "已過濾處理" in shown
        assert "無具體事由" in shown
        assert "new_cause" not in shown

        browser.post(f"{record(petition)}take_up/", {"reason": "補充了地點"})

        assert petition.set_aside.get().undone_because == "補充了地點"

    def test_shows_the_listing_that_rests_on_it(self, city, listed):
        assert listed.number in page(city.officer, record(listed.petition))[1]


class TestOutside:
    FIGURES = ("petitions.repeated_listed", "petitions.repeated_declined", "petitions.filtered")

    def test_the_register_is_told_to_nobody(self, city, listed):
        declined = opened(LEAVES, who=CHEN)
        query = "?from=2026-11-01&to=2026-11-30"

        for key in self.FIGURES[:2]:
            status, shown = page(None, f"/figures/{key}{query}")
            rows = Browser().get(f"/figures/{key}/rows.csv{query}")
            words = shown + b"".join(rows.streaming_content).decode()
            assert status == 200
            assert listed.number not in words
            assert declined.case.number not in words
            assert "公園落葉" not in words
            assert Browser().get(f"/en/figures/{key}{query}").status_code == 200

    def test_the_commission_sees_the_rows(self, city, listed):
        declined = opened(LEAVES, who=CHEN)
        query = "?from=2026-11-01&to=2026-11-30"

        assert listed.number in page(city.commission, f"/figures/petitions.repeated_listed{query}")[1]
        assert declined.case.number in page(city.commission, f"/figures/petitions.repeated_declined{query}")[1]
        assert listed.number in page(city.head, f"/figures/petitions.repeated_listed{query}")[1]
        assert listed.number not in page(city.other_coordinator, f"/figures/petitions.repeated_listed{query}")[1]

    def test_a_stranger_is_asked_to_sign_in(self, city, listed):
        for path in (REGISTER, f"{REGISTER}{listed.reference}/", f"{REGISTER}export.csv"):
            assert page(None, path)[0] == 302
