"""Mayor's instructions and decisions of the city meeting: listed by hand, by sheet and at a meeting; who sees what."""

import re
from datetime import date, timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from cityhall.domains.instructions.wiring import CITY_MEETING, MAYOR, MEETING, REGISTER
from cityhall.engines.audit.models import Entry
from cityhall.engines.gatherings import holding
from cityhall.engines.gatherings.tests.city import MEETS, planned, signed_in
from cityhall.engines.tracking import paper, registers, registry, rules, services
from cityhall.engines.tracking.models import Item
from cityhall.engines.tracking.rules import Review, Standing
from cityhall.engines.tracking.states import Verdict
from cityhall.engines.tracking.tests.city import NINE, make_city

HERE = f"/desk/tracked/lists/{REGISTER}/"
DAY = {"listed_on_year": "115", "listed_on_month": "11", "listed_on_day": "16"}


def words(response):
    return re.sub(r"<[^>]+>", "", response.content.decode())


@pytest.fixture
def city(db, monkeypatch):
    monkeypatch.setattr("django.utils.timezone.now", lambda: NINE)
    return make_city()


def given(city, *, at=NINE, **more):
    """An instruction of the mayor to the works agency."""
    row = {"profile": MAYOR, "title": "公園廁所改善", "lead": city.works, "by": city.commission.account, "at": at}
    return services.list_item(**(row | more))


class TestTallies:
    def test_put_whoever_is_late_most_first(self):
        rows = [
            Standing(1, "ASKED", "", 3),
            Standing(2, "SETTLED", "RELEASED", 4),
            Standing(2, "SETTLED", "TRACKED", 1),
        ]

        lines = rules.tallies(rows, {2: 1, 3: 2})

        assert [(one.agency, one.listed, one.late) for one in lines] == [(3, 0, 2), (2, 5, 1), (1, 3, 0)]
        assert [one.share for one in lines] == [None, 80.0, 0.0]
        assert rules.total(lines).listed == 8

    def test_count_what_was_opened_again_by_what_it_waits_for(self):
        assert rules.tallies([Standing(1, "TO_DECIDE", "REOPENED", 2)], {})[0].to_decide == 2

    @pytest.mark.parametrize("cell", ["工務局、警察局", "工務局，警察局；工務局", " 工務局 \n警察局"])
    def test_read_names_however_they_are_set_apart(self, cell):
        assert rules.names_in(cell) == ["工務局", "警察局"]


class TestList:
    @pytest.mark.parametrize(
        ("query", "found"),
        [("", 3), ("q=廁所", 2), (f"profile={CITY_MEETING}", 1), ("standing=late", 1), ("standing=open", 2),
         ("standing=RELEASED", 1), ("standing=ASKED", 2), ("agency=police", 1), ("year=2026", 3), ("q=查無", 0)],
    )  # fmt: skip
    def test_is_narrowed(self, city, query, found):
        given(city, at=NINE - timedelta(days=30))
        given(city, title="夜市攤位", lead=city.police, profile=CITY_MEETING)
        done = given(city)
        reply = done.replies.get()
        reply = services.answer(reply, text="已完成。", by=city.coordinator.account, at=NINE)
        services.review(reply, found=Review(answers=True, complete=True), by=city.commission.account, at=NINE)
        services.record_verdict(done, verdict=Verdict.RELEASED, reason="完成", by=city.commission.account, at=NINE)

        page = signed_in(city.commission).get(f"{HERE}?{query}")

        assert page.context["page"].paginator.count == found

    def test_shows_an_agency_its_own_and_lets_it_list_nothing(self, city):
        given(city)
        given(city, title="機車違停", lead=city.police)
        browser = signed_in(city.coordinator)

        page = words(browser.get(HERE))

        assert "公園廁所改善" in page
        assert "機車違停" not in page
        assert [browser.get(f"{HERE}{name}/").status_code for name in ("new", "sheet")] == [403, 403]
        assert signed_in(city.commission).get("/desk/tracked/lists/nothing/").status_code == 404

    def test_costs_as_many_questions_however_long_it_is(self, city, django_assert_max_num_queries):
        for n in range(6):
            given(city, title=f"第{n}件", co=[city.police])
        browser = signed_in(city.commission)
        browser.get(HERE)

        with django_assert_max_num_queries(28):
            browser.get(HERE)
        with django_assert_max_num_queries(28):
            browser.get(f"{HERE}agencies/")

    def test_and_the_agencies_are_downloaded_and_that_is_written_down(self, city):
        given(city, at=NINE - timedelta(days=30), co=[city.police])
        browser = signed_in(city.commission)

        listed = b"".join(browser.get(f"{HERE}export.csv").streaming_content).decode()
        tallied = b"".join(browser.get(f"{HERE}agencies.csv").streaming_content).decode()

        assert "MI115-0001,市長交辦事項" in listed
        assert [line.split(",")[1:] for line in tallied.splitlines()[1:]] == [
            ["1", "1", "0", "0", "0", "0", "0", "1"], ["0", "0", "0", "0", "0", "0", "0", "1"],
        ]  # fmt: skip
        assert Entry.objects.filter(event="tracking.exported").count() == 2


class TestMonth:
    def test_stays_as_it_was_at_its_end_on_two_pages(self, city):
        late = given(city, at=NINE - timedelta(days=40))
        for n in range(60):
            given(city, title=f"第{n}件很長的案由" * 4, at=NINE - timedelta(days=39))
        october = (date(2026, 10, 1), date(2026, 10, 31))
        register = registry.register_of(REGISTER)
        reply = services.answer(late.replies.get(), text="已完成。", by=city.coordinator.account, at=NINE)
        services.review(reply, found=Review(answers=True, complete=True), by=city.commission.account, at=NINE)
        services.record_verdict(late, verdict=Verdict.RELEASED, reason="完成", by=city.commission.account, at=NINE)

        found = paper.month_of(registers.items(register, city.commission.account, NINE), *october)
        browser = signed_in(city.commission)

        assert [len(one) for one in (found.listed, found.released, found.left, found.late)] == [61, 0, 61, 61]
        assert paper.content(register, found, 10, NINE)["parts"][0]["more"]
        assert browser.get(f"{HERE}month.pdf").content[:4] == b"%PDF"
        assert [browser.get(f"{HERE}month.pdf?month={text}").status_code for text in ("x", "2026-11")] == [404, 404]


class TestListing:
    def test_by_hand_keeps_what_was_typed_wrong(self, city):
        browser = signed_in(city.commission)
        typed = {"profile": MAYOR, "title": "路燈", "lead": "works", "co": "無此局", "duty": "盤點", **DAY}

        refused = browser.post(f"{HERE}new/", typed)
        done = browser.post(f"{HERE}new/", {**typed, "co": "police"})

        assert (refused.status_code, "無此局" in refused.content.decode(), done.status_code) == (422, True, 302)
        item = Item.objects.get()
        assert (item.number, [str(one.due_on) for one in item.replies.all()]) == ("MI115-0001", ["2026-11-30"] * 2)

    def test_by_sheet_says_what_was_refused(self, city):
        lines = (
            "列管類別,案由,列管日,主辦機關,協辦機關,函復期限", "市長交辦事項,路燈,115/11/10,works,,", "總質詢,水溝,115/11/10,works,,",
            "市政會議裁示,水溝,115/11/17,沒有這局,works,115/11/1", "市政會議裁示,水溝,115/11/10,works,works,",
        )  # fmt: skip
        sheet = SimpleUploadedFile("items.csv", "\n".join(lines).encode())

        response = signed_in(city.commission).post(f"{HERE}sheet/", {"sheet": sheet})

        assert (Item.objects.count(), response.status_code) == (1, 200)
        found = [(one.row, one.column) for one in response.context["refused"]]
        assert found == [(3, "列管類別"), (4, "列管日"), (4, "主辦機關"), (4, "函復期限"), (5, "協辦機關")]
        assert Entry.objects.get(event="tracking.imported").details["new"] == {"rows": 1}
        assert signed_in(city.commission).get(f"{HERE}blank.ods").status_code == 200

    def test_at_the_city_meeting_makes_a_decision_of_its_own_kind(self, db):
        from cityhall.engines.gatherings.tests.city import make_city as make

        city, after = make(), MEETS + timedelta(hours=3)
        held = holding.hold(planned(city, profile=MEETING), held_on=after.date(), came={}, by=None, at=after)

        made = holding.conclude(
            held, text="請盤點閒置空間", agency=city.works, due_on=after.date() + timedelta(days=9), by=None, at=after
        )

        assert (made.item.profile, made.item.number) == (CITY_MEETING, "CM115-0001")
        assert [str(key) for key, _value in registry.of(CITY_MEETING).facts(made.item)] == ["出自"]
        rows = registers.items(registry.register_of(REGISTER), city.commission.account, after)
        assert list(rows) == [made.item]
