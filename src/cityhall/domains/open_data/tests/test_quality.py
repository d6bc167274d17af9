"""The six checks: what each asks, what is kept of a night, who is told, and what the pages say."""

from datetime import date, timedelta

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from cityhall.domains.open_data import fetching, quality, queries, services
from cityhall.domains.open_data.models import Dataset, QualityResult
from cityhall.domains.open_data.quality_rules import Seen, Standing, encoding, encodings, judge, ranked, told
from cityhall.domains.open_data.states import Check, Trouble
from cityhall.engines.audit.models import Entry
from cityhall.engines.outbox.services import drain
from cityhall.engines.worklist.models import Todo

from .city import CSV, NINE, TODAY, draft, make_city, published, signed_in, texts, uploaded
from .outside import outside

TABLE = Seen(
    1, "表", format="CSV", structured=True, declared="UTF-8", encoding="UTF-8", columns=("行政區", "數量"), in_csv=True
)
INSIDE = "10.0.0.1"
NIGHT = NINE + timedelta(days=1)


def verdicts(*seen, described=("行政區", "數量")):
    return judge(seen, described).verdicts


class TestJudge:
    def test_passes_a_described_csv(self):
        found = judge([TABLE], ["行政區", "數量"])

        assert set(found.verdicts.values()) == {True}
        assert (found.passed, found.judged, found.findings) == (6, 6, ())

    def test_fails_what_has_nothing(self):
        found = judge([], [])

        assert (found.verdicts[Check.LINK], found.verdicts[Check.STRUCTURE]) == (False, None)
        assert {one.trouble for one in found.findings} == {Trouble.NOTHING}

    def test_tells_a_dead_address_from_a_file_that_cannot_be_had(self):
        dead = verdicts(Seen(1, "x", trouble=Trouble.STATUS, detail="404"))
        empty = verdicts(Seen(1, "x", trouble=Trouble.EMPTY))

        assert (dead[Check.LINK], dead[Check.DOWNLOAD]) == (False, False)
        assert (empty[Check.LINK], empty[Check.DOWNLOAD], empty[Check.CSV]) == (True, False, None)

    def test_lets_a_pdf_stand_beside_a_table_but_not_alone(self):
        paper = Seen(2, "說明", format="PDF")

        assert verdicts(TABLE, paper)[Check.STRUCTURE] is True
        alone = verdicts(paper)
        assert (alone[Check.STRUCTURE], alone[Check.CSV], alone[Check.ENCODING], alone[Check.DESCRIPTION]) == (
            False, False, None, None,
        )  # fmt: skip

    def test_names_columns_that_are_not_described_and_described_ones_that_are_not_there(self):
        found = judge([TABLE], ["行 政 區", "備註"])

        assert [(one.trouble, one.detail) for one in found.findings] == [
            (Trouble.UNDESCRIBED, "數量"), (Trouble.ABSENT, "備註"),
        ]  # fmt: skip

    @pytest.mark.parametrize(
        ("declared", "found", "same"),
        [("", "UTF-8", True), ("utf8", "UTF-8", True), ("CP950", "Big5", True), ("Big5, UTF-8", "UTF-8", True),
         ("UTF-8（BOM）", "UTF-8", True), ("Big5", "UTF-8", False), ("", "Big5", False)],
    )  # fmt: skip
    def test_compares_encodings_by_what_they_mean(self, declared, found, same):
        assert (encoding(found) in encodings(declared)) is same

    @given(st.lists(st.builds(
        Seen, n=st.integers(1, 9), name=st.text(max_size=5), trouble=st.sampled_from([None, *Trouble]), structured=st.booleans(),
        declared=st.text(max_size=8), encoding=st.sampled_from(["", "UTF-8", "Big5"]),
        columns=st.none() | st.lists(st.text(max_size=4), max_size=3).map(tuple), in_csv=st.booleans(),
    ), max_size=4), st.lists(st.text(max_size=4), max_size=4))  # fmt: skip
    def test_gives_a_reason_for_each_check_that_is_not_passed_and_for_no_other(self, seen, described):
        found = judge(seen, described)

        assert {one.check for one in found.findings} == {check for check, one in found.verdicts.items() if one is False}
        assert 0 <= found.passed <= found.judged <= 6


class TestRanked:
    def test_shares_a_place_among_equals_and_puts_fewer_late_ones_first(self):
        def agency(many, whole, late=0):
            return Standing(many, whole, {}, late)

        assert ranked({1: agency(4, 2), 2: agency(2, 1), 3: agency(1, 1), 4: agency(2, 1, late=1)}) == [
            (1, 3), (2, 1), (2, 2), (4, 4),
        ]  # fmt: skip

    def test_does_not_tell_of_a_server_that_was_away_for_a_night(self):
        assert [told(TODAY, TODAY + timedelta(days=n), 2) for n in (0, 1, 2)] == [False, False, True]


class TestFetch:
    @pytest.fixture(autouse=True)
    def here(self, settings):
        settings.CALLS_LOOPBACK, settings.CALLS_SECONDS = True, 1.0

    def trouble(self, url, **more):
        with pytest.raises(fetching.CannotFetch) as refused:
            fetching.fetch(url, largest=1000, **more)
        return refused.value.trouble

    def test_follows_a_redirect_and_names_what_it_had(self):
        with outside() as there:
            there.put("/%E5%81%9C%E8%BB%8A.csv", CSV)
            url = there.put("/old", status=302, Location="/%E5%81%9C%E8%BB%8A.csv")

            had = fetching.fetch(url, largest=1000)

        assert (had.data, had.name) == (CSV, "停車.csv")

    def test_says_what_was_wrong(self):
        with outside() as there:
            there.slow.add("/slow")
            loop = there.put("/loop", status=302, Location="/loop")
            found = [
                self.trouble(url) for url in (
                    there.put("/gone", status=404), there.put("/empty"), there.put("/big", b"x" * 2000), loop,
                    there.put("/slow", b"x" * 100), "ftp://data.example/x", "http://x@data.example/", "http:" + "//[x", "http://127.0.0.1:1/",
                )
            ]  # fmt: skip

        assert found == [
            Trouble.STATUS, Trouble.EMPTY, Trouble.TOO_LARGE, Trouble.WANDERS, Trouble.NO_ANSWER, Trouble.BAD_ADDRESS,
            Trouble.BAD_ADDRESS, Trouble.BAD_ADDRESS, Trouble.NOT_REACHED,
        ]  # fmt: skip

    @pytest.mark.parametrize(
        "host", ["127.0.0.1", "10.0.0.1", "169.254.169.254", "[::1]", "0x7f000001", "[::ffff:10.0.0.1]"]
    )
    def test_goes_nowhere_inside(self, host, settings):
        settings.CALLS_LOOPBACK = False

        assert self.trouble(f"http://{host}/") == Trouble.OWN_NETWORK

    def test_looks_at_where_a_redirect_leads(self, settings):
        with outside() as there:
            url = there.put("/in", status=302, Location=f"http://{INSIDE}/secret")

            assert self.trouble(url) == Trouble.OWN_NETWORK
            assert self.trouble(url, hosts=["data.example"]) == Trouble.NOT_ALLOWED
            assert self.trouble(url, hosts=["127.0.0.1"]) == Trouble.NOT_ALLOWED

    def test_knows_hosts_below_a_name(self):
        assert fetching.allowed("Data.Tycg.gov.tw", ["*.tycg.gov.tw"])
        assert not fetching.allowed("tycg.gov.tw.evil.example", ["*.tycg.gov.tw", "tycg.gov.tw"])
        assert not fetching.allowed("eviltycg.gov.tw", ["*.tycg.gov.tw"])


@pytest.fixture
def city(db):
    return make_city()


def night(days=1):
    at = NINE + timedelta(days=days)
    quality.begin(at)
    drain(at)
    return at


def whole(one):
    return queries.whole(Dataset.objects.filter(pk=one.pk)).get()


class TestTheNight:
    def test_looks_at_every_published_dataset_in_blocks(self, city, monkeypatch):
        monkeypatch.setattr(quality, "BLOCK", 2)
        made = [published(city.transport, title=f"資料{n}") for n in range(5)]
        draft(city.transport, title="草稿")

        night()

        assert set(QualityResult.objects.values_list("dataset", flat=True)) == {one.pk for one in made}
        assert all(one.whole and one.judged == 6 for one in QualityResult.objects.all())

    def test_keeps_a_row_only_where_something_is_other_than_before(self, city):
        one = published(city.transport)
        for days in (1, 2, 3):
            night(days)
        services.revise(one, agency=city.transport, texts=texts(fields_text="行政區"), tags=(), by=None, at=NINE)
        night(4)
        night(5)

        rows = list(QualityResult.objects.order_by("since"))
        assert [(row.since, row.until, row.whole) for row in rows] == [
            (date(2017, 2, 21), date(2017, 2, 24), True), (date(2017, 2, 24), None, False),
        ]  # fmt: skip
        assert rows[1].checked_at == NINE + timedelta(days=5)
        assert list(QualityResult.objects.as_of(date(2017, 2, 23))) == rows[:1]
        assert list(QualityResult.objects.as_of(date(2017, 2, 24))) == rows[1:]

    def test_sees_that_bytes_are_gone(self, city):
        one = published(city.transport)
        path = one.resources.get().versions.get().path
        held = path.read_bytes()
        path.unlink()
        try:
            found = quality.look(whole(one))
        finally:
            path.write_bytes(held)

        assert (found.verdicts[Check.LINK], found.verdicts[Check.DOWNLOAD]) == (False, False)

    def test_asks_addresses_elsewhere(self, city, settings):
        settings.CALLS_LOOPBACK, settings.CALLS_SECONDS = True, 1.0
        one = published(city.transport)
        with outside() as there:
            good = there.put("/data.csv", "名稱\n園\n".encode("cp950"))
            page = there.put("/page", b"<!doctype html><html><p>moved</p></html>")
            dead = there.put("/dead", status=503)
            for name, url in (("好", good), ("頁", page), ("壞", dead)):
                services.add_resource(one, name=name, kind="LINK", url=url, by=None, at=NINE)

            found = quality.look(whole(one))

        reasons = [(item.check, item.trouble, item.name, item.detail) for item in found.findings]
        assert (Check.LINK, Trouble.STATUS, "壞", "503") in reasons
        assert (Check.ENCODING, Trouble.OTHER_ENCODING, "好", "Big5") in reasons
        assert found.verdicts[Check.STRUCTURE] is True

    def test_puts_it_on_the_agencys_list_after_some_days_and_takes_it_off_when_mended(self, city):
        one = published(city.transport, fields_text="行政區")
        night(1)
        assert not Todo.objects.filter(kind="open_data.quality").exists()
        night(3)
        night(3)
        todo = Todo.objects.get(kind="open_data.quality")
        assert (todo.agency, todo.role, todo.title) == (city.transport, "COORDINATOR", one.title)

        services.revise(one, agency=city.transport, texts=texts(), tags=(), by=None, at=NINE)
        night(4)

        assert not Todo.objects.filter(kind="open_data.quality", closed_at=None).exists()

    def test_takes_a_withdrawn_one_off_the_list(self, city):
        one = published(city.transport, fields_text="行政區")
        night(1)
        night(3)
        services.withdraw(one, reason="停辦", by=None, at=NINE)
        night(4)

        assert not Todo.objects.filter(closed_at=None).exists()
        assert not quality.results().exists()


@pytest.mark.django_db
class TestThePages:
    @pytest.fixture
    def seen(self, city):
        self.good = published(city.transport, title="好的資料")
        self.poor = published(city.police, title="差的資料", fields_text="行政區")
        night(1)
        return city

    def test_a_dataset_says_how_it_stands_and_why(self, seen):
        browser = Client()

        assert "6 項全部通過" in browser.get(f"/data/{self.good.name}/").content.decode()
        page = browser.get(f"/data/{self.poor.name}/quality/").content.decode()
        assert "6 項通過 5 項" in page
        assert "「剩餘車位」有欄位沒有說明：停車場、剩餘車位。" in page

    def test_agencies_are_ranked_and_the_sheet_says_the_same(self, seen):
        browser = Client()

        page = browser.get("/data/quality/").content.decode()
        assert page.index("交通局") < page.index("警察局")
        sheet = b"".join(browser.get("/data/quality/by-agency.csv").streaming_content).decode("utf-8-sig")
        assert sheet.splitlines()[1].startswith("1,交通局,1,1,100.0,1,1,1,1,1,1,")

    def test_the_desk_shows_the_failing_ones_of_the_own_reach(self, seen):
        mine, other = signed_in(seen.other), signed_in(seen.coordinator)

        assert "差的資料" in mine.get("/desk/open-data/quality/").content.decode()
        assert "沒有要改善的資料集" in other.get("/desk/open-data/quality/").content.decode()
        assert "好的資料" in other.get("/desk/open-data/quality/?stands=whole").content.decode()
        assert "差的資料" not in mine.get("/desk/open-data/quality/?check=linkable").content.decode()
        sheet = b"".join(mine.get("/desk/open-data/quality/export.csv").streaming_content).decode("utf-8-sig")
        assert "差的資料,警察局,通過,通過,通過,通過,未通過,通過,2017-02-21" in sheet
        assert Entry.objects.filter(event="open_data.quality_exported").exists()

    def test_an_editor_has_it_looked_at_again(self, seen, monkeypatch):
        services.revise(self.poor, agency=seen.police, texts=texts(title="差的資料"), tags=(), by=None, at=NINE)
        monkeypatch.setattr("django.utils.timezone.now", lambda: NIGHT)
        here = f"/desk/open-data/{self.poor.number}/check-again/"

        assert signed_in(seen.coordinator).post(here).status_code == 404
        assert signed_in(seen.other).post(here).status_code == 302
        drain(NIGHT)

        assert self.poor.quality_results.current().get().whole

    def test_programs_ask_by_the_agencys_code(self, seen):
        code = self.poor.identifier.rpartition("-")[0]

        found = Client().get(f"/api/v2/rest/qc/{code}").json()["result"]

        assert [(one["datasetid"], one["linkable"], one["desc_match"]) for one in found] == [
            (self.poor.identifier, 1, 0)
        ]
        assert Client().get("/api/v2/rest/qc/none").status_code == 404

    def test_asks_as_many_questions_for_many_as_for_one(self, seen, django_assert_max_num_queries):
        for n in range(12):
            published(seen.police, title=f"更多{n}", fields_text="行政區")
        uploaded(self.good.resources.get(), CSV + b"x,y,1\n")
        night(2)

        with django_assert_max_num_queries(12):
            assert Client().get("/data/quality/").status_code == 200
