"""A version's file becomes a table: repaired and told, refused with lines, asked about when its columns changed."""

from io import BytesIO

import ckanapi
import pytest

from cityhall.domains.open_data import intake, services
from cityhall.domains.open_data.models import Dataset, Resource, ResourceVersion
from cityhall.domains.open_data.refusals import CannotCatalogue
from cityhall.domains.open_data.states import TableState
from cityhall.engines.outbox import services as outbox
from cityhall.engines.outbox.models import Promise
from cityhall.engines.worklist.models import Todo

from .city import CSV, NINE, draft, make_city, published, signed_in, uploaded

WHO = {"by": None, "at": NINE}
ROC = '行政區,案件數,受理日\r\n桃園區,"1,204",106/1/5\r\n中壢區,３２,106/2/8\r\n大溪區,7,106/02/28\r\n'.encode("cp950")
pytestmark = pytest.mark.django_db


@pytest.fixture
def city():
    return make_city()


def now_of(one):
    return Resource.objects.get(dataset=one)


class TestReading:
    def test_is_promised_with_the_version_and_done_by_the_worker_once(self, city):
        one = draft(city.transport, file=None)
        made = services.add_version(one.resources.get(), name="a.csv", content=BytesIO(ROC), **WHO)
        assert (made.reading, now_of(one).newest) == (TableState.WAITING, None)
        with pytest.raises(CannotCatalogue, match="還在讀取"):
            services.submit(one, **WHO)

        outbox.run_due(NINE)
        made.refresh_from_db()
        intake.read(made, at=NINE)

        assert (made.reading, made.rows, made.columns) == (
            TableState.READ,
            3,
            [["行政區", "text"], ["案件數", "integer"], ["受理日", "date"]],
        )
        assert now_of(one).newest == made
        assert Promise.objects.get(kind="open_data.read").state == "DONE"
        assert one.moves.filter(step="VERSION").count() == 1

    def test_tells_each_repair_in_both_languages(self, city):
        one = draft(city.transport, file=None)
        made = uploaded(one.resources.get(), ROC)

        said = {repair["kind"]: repair["sentence"] for repair in made.repairs}

        assert {"encoding", "encoding_differs", "roc", "thousands", "width"} <= set(said)
        assert said["roc"]["zh-hant"] == "「受理日」有 3 格是民國年，已轉成西元。"
        assert said["roc"]["en"] != said["roc"]["zh-hant"]

    def test_of_what_is_no_table_is_not_tried(self, city):
        one = draft(city.transport, file=None)
        row = services.add_resource(one, name="說明書", **WHO)
        made = services.add_version(row, name="a.pdf", content=BytesIO(b"%PDF-1.4 x"), **WHO)

        assert (made.reading, row.newest) == (TableState.NONE, made)
        assert not Promise.objects.exists()


class TestAFileThatCannotBeRead:
    def test_leaves_the_version_before_and_says_why(self, city, client):
        one = published(city.transport)
        row, before = now_of(one), now_of(one).newest
        refused = uploaded(row, CSV + b"a,b,1,2,3,4\n", by=city.officer.account)

        assert (refused.reading, bool(refused.problems), refused.table) == (TableState.REFUSED, True, "")
        assert refused.problems[0]["line"] == 4
        assert now_of(one).newest == before
        todo = Todo.objects.get(kind="open_data.file", closed_at=None)
        page = signed_in(city.officer).get(todo.url)
        assert refused.problems[0]["sentence"]["zh-hant"] in page.content.decode()
        assert (
            client.get(f"/data/{one.name}/resources/{row.reference}/versions/{refused.number}/download").status_code
            == 404
        )

    def test_may_be_offered_as_it_is_by_its_editor(self, city):
        one = draft(city.transport, file=None)
        made = uploaded(one.resources.get(), (",".join(f"c{n}" for n in range(400)) + "\n").encode())
        with pytest.raises(CannotCatalogue, match="無法讀取"):
            services.submit(one, **WHO)

        intake.confirm(made, **WHO)

        assert now_of(one).newest == made
        assert services.submit(one, **WHO)


class TestOtherColumns:
    def test_wait_for_the_editors_word(self, city, client):
        one = published(city.transport)
        row, before = now_of(one), now_of(one).newest
        made = uploaded(row, "行政區,停車場,總車位,備註\n桃園區,府前停車場,12,新\n".encode(), by=city.officer.account)

        assert (made.reading, now_of(one).newest) == (TableState.ASKS, before)
        said = [change["zh-hant"] for change in made.changes]
        assert any("剩餘車位" in text for text in said)
        editor, stranger = signed_in(city.officer), signed_in(city.other)
        here = Todo.objects.get(kind="open_data.file", closed_at=None).url
        page = editor.get(here).content.decode()
        assert all(text in page for text in said)
        assert stranger.get(here).status_code == 404
        assert made.changes[0]["en"] in editor.get(f"/en{here}").content.decode().replace("&#x27;", "'")
        assert "程式可能無法運作" in editor.get(f"{here}confirm/").content.decode()
        assert editor.post(f"{here}confirm/", {}).status_code == 302
        assert now_of(one).newest == made
        assert not Todo.objects.filter(kind="open_data.file", closed_at=None).exists()
        with pytest.raises(CannotCatalogue, match="不需要"):
            intake.confirm(made, **WHO)

    def test_that_only_come_on_top_are_told_and_offered(self, city):
        one = published(city.transport)
        made = uploaded(now_of(one), "行政區,停車場,剩餘車位,備註\n桃園區,府前停車場,12,新\n中壢區,甲,1,乙\n".encode())

        assert (made.reading, [change["zh-hant"] for change in made.changes]) == (
            TableState.READ,
            ["多了欄位「備註」。"],
        )

    def test_of_an_older_version_cannot_be_confirmed(self, city):
        one = published(city.transport)
        made = uploaded(now_of(one), "行政區,x\n桃園區,1\n".encode())
        uploaded(now_of(one), CSV + "平鎮區,新,3\n".encode())

        with pytest.raises(CannotCatalogue, match="更新的版本"):
            intake.confirm(made, **WHO)
        assert ResourceVersion.objects.filter(reading=TableState.ASKS).count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_big5_file_with_roc_dates_and_a_mistake_becomes_rows_that_a_ckan_client_asks_for(live_server, client, city):
    one = draft(city.transport, file=None)
    made = services.add_version(
        one.resources.get(), name="案件.csv", content=BytesIO(ROC), by=city.officer.account, at=NINE
    )
    outbox.run_due(NINE)
    page = signed_in(city.officer).get(services.page_of_version(made)).content.decode()
    assert "是民國年，已轉成西元" in page
    for step in (services.submit, services.agree, services.publish):
        step(one, **WHO)

    assert f"/data/{Dataset.objects.get().name}/" in client.get("/data/?q=停車").content.decode()
    with ckanapi.RemoteCKAN(live_server.url, user_agent="test") as remote:
        key = remote.action.package_search(q="車位")["results"][0]["resources"][0]["id"]
        found = remote.action.datastore_search(resource_id=key, filters={"受理日": "106/2/8"}, records_format="lists")
    assert found["records"] == [[2, "中壢區", 32, "2017-02-08"]]
