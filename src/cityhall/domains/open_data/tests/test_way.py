"""A dataset's way: entered, described, reviewed by its agency and by the commission, published, withdrawn."""

import io
import json
import zipfile
from datetime import date, timedelta

import pytest

from cityhall.domains.open_data import figures, queries, services
from cityhall.domains.open_data.models import Dataset, ResourceVersion
from cityhall.domains.open_data.refusals import CannotCatalogue
from cityhall.domains.open_data.states import MOVES, State, Step, TableState
from cityhall.engines.audit.models import Entry
from cityhall.engines.files import services as files
from cityhall.engines.files.models import path_of
from cityhall.engines.worklist.models import Todo
from cityhall.foundation.period import Period

from .city import CSV, NINE, TODAY, draft, make_city, published, texts, uploaded

pytestmark = pytest.mark.django_db
WHO = {"by": None, "at": NINE}


@pytest.fixture
def city():
    return make_city()


def todos():
    return sorted(Todo.objects.filter(closed_at=None).values_list("kind", flat=True))


class TestTheWay:
    def test_leads_over_two_reviews_to_everybody(self, city):
        one = draft(city.transport)
        seen = [todos()]
        for step in (services.submit, services.agree, services.publish):
            step(one, **WHO)
            seen.append(todos())

        assert seen == [[], ["open_data.agree"], ["open_data.publish"], []]
        assert Dataset.objects.published().get().pk == one.pk
        assert Entry.objects.filter(event="open_data.published").count() == 1

    def test_goes_back_with_a_reason_to_who_sent_it(self, city):
        one = draft(city.transport)
        services.submit(one, by=city.officer.account, at=NINE)
        with pytest.raises(CannotCatalogue, match="哪裡要改"):
            services.send_back(one, reason=" ", **WHO)
        services.send_back(one, reason="欄位沒有說明", **WHO)

        todo = Todo.objects.get(closed_at=None)
        assert (todo.kind, todo.person_id, todo.detail) == ("open_data.mend", city.officer.pk, "欄位沒有說明")
        assert Dataset.objects.get().state == State.DRAFT

    @pytest.mark.parametrize("state", list(State))
    def test_lets_no_other_step_be_taken(self, city, state):
        one = draft(city.transport)
        Dataset.objects.update(state=state)
        acts = {
            Step.SUBMITTED: lambda: services.submit(one, **WHO), Step.AGREED: lambda: services.agree(one, **WHO),
            Step.SENT_BACK: lambda: services.send_back(one, reason="改", **WHO),
            Step.PUBLISHED: lambda: services.publish(one, **WHO), Step.BROUGHT_BACK: lambda: services.bring_back(one, **WHO),
            Step.WITHDRAWN: lambda: services.withdraw(one, reason="舊", **WHO),
        }  # fmt: skip
        assert set(acts) == set(MOVES)
        for step, act in acts.items():
            if state not in MOVES[step][0]:
                with pytest.raises(CannotCatalogue):
                    act()

        assert Dataset.objects.get().state == state

    def test_begins_only_when_nothing_is_missing(self, city):
        bare = services.enter(agency=city.transport, texts={"title": "空"}, **WHO)
        with pytest.raises(CannotCatalogue, match="資料集描述、主要欄位說明、服務分類、授權方式"):
            services.submit(bare, **WHO)
        for made, word in (
            (draft(city.transport, file=None), "還沒有檔案"),
            (services.enter(agency=city.transport, texts=texts(), **WHO), "至少一項"),
        ):
            with pytest.raises(CannotCatalogue, match=word):
                services.submit(made, **WHO)

    def test_can_be_asked_for_any_past_day(self, city):
        one = published(city.transport)
        later = NINE + timedelta(days=30)
        services.withdraw(one, reason="併入另一個資料集", by=None, at=later)
        services.bring_back(one, by=None, at=later + timedelta(days=30))

        days = [date(2017, 2, 19), TODAY, date(2017, 3, 21), date(2017, 3, 23), date(2017, 4, 22)]
        assert [Dataset.objects.as_of(day).count() for day in days] == [0, 1, 1, 0, 1]


class TestWhatIsSaid:
    def test_changes_with_an_entry_that_names_the_fields(self, city):
        one = published(city.transport)
        services.revise(one, agency=city.transport, texts=texts(amount=2), tags=["停車", "交通"], **WHO)
        services.revise(one, agency=city.transport, texts=texts(amount=2), tags=["停車", "車位"], **WHO)
        services.revise(one, agency=city.transport, texts=texts(amount=2), tags=["停車", "車位"], **WHO)

        changed = [
            json.loads(row.payload)["new"]["fields"]
            for row in Entry.objects.filter(event="open_data.revised").order_by("seq")
        ]
        assert changed == [["amount"], ["tags"]]
        assert Dataset.objects.get().tag_names == ["停車", "車位"]

    def test_stays_while_it_is_reviewed(self, city):
        one = draft(city.transport)
        services.submit(one, **WHO)
        with pytest.raises(CannotCatalogue, match="審核中"):
            services.revise(one, agency=city.transport, texts=texts(title="別的"), tags=[], **WHO)

    def test_is_refused_without_a_title_or_with_days_turned_round(self, city):
        for wrong in ({"title": " "}, {"covers_from": TODAY, "covers_to": TODAY - timedelta(days=1)}):
            with pytest.raises(CannotCatalogue):
                services.enter(agency=city.transport, texts=texts(**wrong), **WHO)

    def test_numbers_datasets_of_each_agency(self, city):
        made = [draft(agency).identifier for agency in (city.transport, city.transport, city.police)]

        assert made == ["transport-000001", "transport-000002", "police-000001"]


def packed(**parts):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as package:
        for name, data in parts.items():
            package.writestr(name.replace("__", "/").replace("_", "."), data)
    return out.getvalue()


class TestVersions:
    def test_are_kept_as_they_came_and_the_same_bytes_are_none(self, city):
        one = draft(city.transport)
        row = one.resources.get()
        again = services.add_version(row, name="copy.csv", content=io.BytesIO(CSV), **WHO)
        second = uploaded(row, CSV + "平鎮區,新,3\n".encode(), name="../二月.csv")

        assert (again.number, second.number, second.file_name, second.rows) == (1, 2, "二月.csv", 3)
        assert [one.path.read_bytes()[: len(CSV)] for one in ResourceVersion.objects.all()] == [CSV, CSV]
        assert row.newest.number == 2

    def test_stay_when_an_attachment_with_the_same_bytes_is_removed(self, city):
        one = draft(city.transport)
        digest = one.resources.get().newest.digest

        files._drop({digest})

        assert path_of(digest).exists()

    @pytest.mark.parametrize(
        ("declared", "name", "data", "word"),
        [
            ("CSV", "a.csv", b"", "空的"),
            ("CSV", "a.csv", b"MZ\x00\x01\x02", "不是平臺收的格式"),
            ("JSON", "a.json", b'{"a": [1, 2', "JSON"),
            ("XML", "a.xml", b"<a><b></a>", "XML"),
            ("XML", "a.xml", b'<!DOCTYPE a [<!ENTITY x "y"><!ENTITY z "&x;&x;">]><a>&z;</a>', "XML"),
            ("CSV", "a.csv", b"%PDF-1.4", "格式"),
            ("XLSX", "a.xlsx", b"PK\x03\x04broken", "打不開"),
            ("CSV", "a.csv", b"\xff\xfe\xfd\x81\xff", "編碼"),
        ],
    )
    def test_are_refused_in_a_sentence(self, city, declared, name, data, word):
        one = services.enter(agency=city.transport, texts=texts(), **WHO)
        row = services.add_resource(one, name="x", format=declared, **WHO)

        with pytest.raises(CannotCatalogue, match=word):
            services.add_version(row, name=name, content=io.BytesIO(data), **WHO)

    @pytest.mark.parametrize(
        ("name", "data", "found"),
        [
            ("a.json", b'[{"a": 1}, {"a": 2}]', "JSON"),
            ("a.json", b'{"type": "FeatureCollection", "features": [{}]}', "GEOJSON"),
            ("a.kml", b'<?xml version="1.0" encoding="UTF-8"?><kml xmlns="http://www.example/kml"/>', "KML"),
            ("a.csv", "里別,人數\n中山里,3\n".encode("cp950"), "CSV"),
            ("a.csv", b"a,b\r1,2\r3,4\r", "CSV"),
            ("a.zip", packed(town_shp=b"", town_dbf=b"", town_shx=b""), "SHP"),
            ("a.xlsx", packed(xl__workbook_xml=b""), "XLSX"),
        ],
    )
    def test_are_known_by_their_bytes(self, city, name, data, found):
        one = services.enter(agency=city.transport, texts=texts(), **WHO)
        row = services.add_resource(one, name="x", **WHO)

        made = services.add_version(row, name=name, content=io.BytesIO(data), **WHO)

        assert (row.format or made.resource.format, made.reading) == (found, TableState.WAITING)

    def test_are_no_part_of_a_link(self, city):
        one = draft(city.transport)
        with pytest.raises(CannotCatalogue, match="網址"):
            services.add_resource(one, name="介接", kind="LINK", url="ftp://x", **WHO)
        link = services.add_resource(one, name="介接", kind="LINK", url="https://data.example/api", **WHO)
        with pytest.raises(CannotCatalogue, match="不收檔案"):
            services.add_version(link, name="a.csv", content=io.BytesIO(CSV), **WHO)

    def test_outlast_the_resource_that_was_taken_away(self, city):
        one = published(city.transport)
        row = one.resources.get()
        with pytest.raises(CannotCatalogue, match="唯一"):
            services.remove_resource(row, reason="舊", **WHO)
        services.add_resource(one, name="介接", kind="LIVE", url="https://data.example/api", **WHO)
        services.remove_resource(row, reason="改用介接", **WHO)

        assert ResourceVersion.objects.count() == 1
        assert [one.name for one in queries.whole(Dataset.objects.all()).get().standing] == ["介接"]


class TestTheFigure:
    def test_counts_what_was_published_on_the_last_day(self, city):
        one = published(city.transport)
        published(city.police, title="交通事故")
        draft(city.police)
        services.withdraw(one, reason="併入", by=None, at=NINE + timedelta(days=30))

        periods = [Period(date(2016, 1, 1), day) for day in (date(2017, 2, 19), date(2017, 2, 28), date(2017, 3, 31))]
        assert [figures.datasets(period).value for period in periods] == [0, 2, 1]
