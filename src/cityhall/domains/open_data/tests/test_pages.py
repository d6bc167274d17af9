"""Whole requests: what everybody finds and downloads, what an agency and the commission do at the desk."""

import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from cityhall.domains.open_data import services
from cityhall.domains.open_data.models import Dataset
from cityhall.engines.audit.models import Entry
from cityhall.engines.outbox import services as outbox

from .city import CSV, NINE, draft, make_city, published, signed_in, uploaded
from .test_listing import sheet

pytestmark = pytest.mark.django_db
DESK = "/desk/open-data/"
WHO = {"by": None, "at": NINE}


@pytest.fixture
def city(monkeypatch):
    monkeypatch.setattr("django.utils.timezone.now", lambda: NINE)
    return make_city()


def words(response):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", response.content.decode()))


class TestSearch:
    def test_finds_parts_of_words_and_says_where_they_stand(self, city, client):
        published(city.transport, title="公有停車場剩餘車位")
        published(city.police, title="交通事故", description="含停車糾紛", fields_text="日期", tags=("事故",))
        published(city.police, title="治安熱點", description="全市免費Wi-Fi熱點", fields_text="日期", tags=())

        page = client.get("/data/?q=停車").content.decode()
        assert page.index("剩餘車位") < page.index("交通事故")
        assert "公有<mark" in page
        assert "在「資料集描述」找到：" in page
        for word, title in (
            ("車", "剩餘車位"),
            ("wifi", "治安熱點"),
            ("Wi-Fi", "治安熱點"),
            ("wi－fi熱", "治安熱點"),
            ("警察", "交通事故"),
        ):
            assert title in words(client.get("/data/", {"q": word})), word
        assert "沒有符合的資料集" in words(client.get("/data/?q=查無"))

    def test_narrows_by_each_facet_and_leaves_out_what_is_not_public(self, city, client):
        one = published(city.transport)
        published(city.police, title="交通事故", frequency="YEARLY", tags=("事故",))
        draft(city.police, title="草稿資料")
        gone = published(city.police, title="停用資料")
        services.withdraw(gone, reason="不再蒐集", **WHO)

        page = words(client.get("/data/"))
        assert "2 項資料集" in page
        assert "草稿資料" not in page
        assert "停用資料" not in page
        for query in ("agency=transport", "tag=停車", "frequency=MONTHLY", "format=CSV&agency=transport", "sort=title&tag=停車", "category=A00&tag=停車"):  # fmt: skip
            found = words(client.get(f"/data/?{query}"))
            assert "1 項資料集" in found, query
            assert one.title in found
        assert client.get(f"/data/{gone.name}/").status_code == 410
        assert "不再蒐集" in words(client.get(f"/data/{gone.name}/"))
        assert client.get("/data/?page=9&sort=zzz&agency=%00&q=" + "長" * 500).status_code == 200

    def test_asks_few_questions_however_many_are_shown(self, city, client, django_assert_max_num_queries):
        for n in range(12):
            published(city.transport, title=f"停車資料{n}")
        client.get("/data/")

        with django_assert_max_num_queries(22):
            client.get("/data/?q=停車")

    def test_is_in_english_too(self, city, client):
        published(city.transport)

        page = words(client.get("/en/data/?q=parking"))
        assert "Free parking spaces" in page
        assert "Department of Transportation" in page


class TestADataset:
    def test_is_shown_with_what_it_takes_to_use_and_cite_it(self, city, client):
        one = published(city.transport)
        published(city.transport, title="路邊停車格")

        page = words(client.get(f"/data/{one.name}/"))

        assert all(word in page for word in ("各公有停車場", "停車場所在的區", "政府資料開放授權條款", "2 列", "SHA-256", "路邊停車格", "桃園市政府交通局／2017年［公有停車場剩餘車位］"))  # fmt: skip
        assert client.get("/data/none-000001/").status_code == 404
        assert "路邊停車格" in words(client.get("/data/agencies/transport/"))
        assert "2 項資料集" in words(client.get("/data/agencies/"))
        assert client.get("/data/agencies/none/").status_code == 404

    def test_is_downloaded_as_it_was_handed_in(self, city, client):
        one = published(city.transport)
        row = one.resources.get()
        uploaded(row, CSV + b"x,y,1\n", name="b.csv")
        here = f"/data/{one.name}/resources/{row.reference}"

        newest, first = client.get(f"{here}/download"), client.get(f"{here}/versions/1/download")

        assert (b"".join(newest.streaming_content), b"".join(first.streaming_content)) == (CSV + b"x,y,1\n", CSV)
        assert (newest["Access-Control-Allow-Origin"], newest["Content-Type"]) == ("*", "text/csv")
        assert client.get(f"{here}/download", headers={"If-None-Match": newest["ETag"]}).status_code == 304
        assert client.get(f"{here}/versions/9/download").status_code == 404
        services.withdraw(one, reason="舊", **WHO)
        assert client.get(f"{here}/download").status_code == 404


METADATA = {
    "agency": "transport", "title": "路邊停車格位", "description": "收費路段", "fields_text": "路名（路段）", "category": "A00",
    "kind": "rawData", "frequency": "MONTHLY", "licence": "OGDL-1.0", "tags": "停車、收費",
}  # fmt: skip


class TestTheDesk:
    def test_takes_a_dataset_from_the_agencys_form_to_the_public(self, city, client):
        officer, coordinator, commission = (signed_in(one) for one in (city.officer, city.coordinator, city.commission))
        assert officer.get(f"{DESK}new/").status_code == 200
        assert officer.post(f"{DESK}new/", {**METADATA, "link": "javascript:x"}).status_code == 422
        done = officer.post(f"{DESK}new/", METADATA)
        one = Dataset.objects.get()
        here = f"{DESK}{one.number}/"
        assert done["Location"] == here

        assert officer.post(f"{here}submit/", {}).status_code == 422
        officer.post(f"{here}resources/new/", {"kind": "FILE", "name": "格位"})
        wrong = SimpleUploadedFile("x.csv", b"MZ\x00\x00")
        assert officer.post(f"{here}resources/1/upload/", {"upload": wrong}).status_code == 422
        assert (
            officer.post(f"{here}resources/1/upload/", {"upload": SimpleUploadedFile("x.csv", CSV)}).status_code == 302
        )
        assert officer.post(f"{here}submit/", {}).status_code == 422
        outbox.run_due(timezone.now())
        assert officer.post(f"{here}submit/", {}).status_code == 302
        assert officer.post(f"{here}agree/", {"verdict": "yes"}).status_code == 403
        assert coordinator.post(f"{here}agree/", {"verdict": "no"}).status_code == 422
        assert coordinator.post(f"{here}agree/", {"verdict": "yes"}).status_code == 302
        assert coordinator.post(f"{here}publish/", {"verdict": "yes"}).status_code == 403
        assert commission.post(f"{here}publish/", {"verdict": "yes"}).status_code == 302

        assert "路邊停車格位" in words(client.get("/data/?q=路邊"))
        page = words(officer.get(here))
        assert all(word in page for word in ("已上架", "上架", "路名（路段）", "第 1 版", "停車、收費"))
        assert b"".join(officer.get(f"{here}resources/1/versions/1/download").streaming_content) == CSV
        assert officer.post(f"{here}edit/", {**METADATA, "notes": "每月5日更新"}).status_code == 302
        assert coordinator.post(f"{here}withdraw/", {"reason": "停止收費"}).status_code == 302
        assert commission.post(f"{here}bring-back/", {}).status_code == 302
        officer.post(f"{here}resources/new/", {"kind": "LINK", "name": "介接", "url": "https://data.example/x"})
        assert officer.post(f"{here}resources/1/remove/", {"reason": "改用介接"}).status_code == 302

    def test_hides_what_is_another_agencys(self, city):
        one = draft(city.transport)
        other = signed_in(city.other)

        assert one.title not in words(other.get(DESK))
        for path in (
            "",
            "edit/",
            "submit/",
            "agree/",
            "withdraw/",
            "resources/1/upload/",
            "resources/1/versions/1/download",
        ):
            assert other.get(f"{DESK}{one.number}/{path}").status_code == 404, path

    def test_lists_finds_and_gives_the_list(self, city):
        one = published(city.transport)
        commission = signed_in(city.commission)

        assert one.title in words(commission.get(f"{DESK}?q=停車&state=PUBLISHED&agency=transport"))
        assert "沒有符合的資料集" in words(commission.get(f"{DESK}?q=查無"))
        rows = b"".join(commission.get(f"{DESK}export.csv").streaming_content).decode()
        assert "公有停車場剩餘車位" in rows
        assert Entry.objects.filter(event="open_data.exported").count() == 1
        assert one.title in words(commission.get("/desk/search?q=停車"))

    def test_takes_a_list_in_and_tells_what_it_refused(self, city):
        commission = signed_in(city.commission)
        assert signed_in(city.coordinator).get(f"{DESK}import/").status_code == 403

        page = commission.post(f"{DESK}import/", {"upload": SimpleUploadedFile("list.csv", sheet({}))})
        broken = commission.post(f"{DESK}import/", {"upload": SimpleUploadedFile("list.csv", b"a,b\n")})

        assert "民政局" in words(page)
        assert "缺少欄位" in words(broken)
        assert broken.status_code == 422

    def test_asks_few_questions(self, city, django_assert_max_num_queries):
        for n in range(12):
            draft(city.transport, title=f"資料{n}")
        commission = signed_in(city.commission)
        commission.get(DESK)

        with django_assert_max_num_queries(30):
            commission.get(DESK)
