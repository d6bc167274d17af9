"""The doors of programs: CKAN's clients as they are, the national rules by their own schema, DCAT by its shapes."""

import io
import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path
from types import SimpleNamespace

import ckanapi
import jsonschema
import pyshacl
import pytest
import yaml
from django.test import Client
from django.utils import timezone
from rdflib import Graph
from rdflib.namespace import DCAT, DCTERMS, RDF

from cityhall.domains.open_data import services
from cityhall.domains.open_data.models import Dataset
from cityhall.engines.identity import keyless
from cityhall.engines.identity.clients import Quota, create_client
from cityhall.engines.rules.services import set_parameter

from .city import NINE, draft, make_city, published

WHO = {"by": None, "at": NINE}
pytestmark = pytest.mark.django_db


THREE = "行政區,剩餘車位,登記日\n桃園區,12,106/1/1\n中壢區,0,106/2/1\n桃園區,5,\n".encode()


@pytest.fixture
def city():
    return make_city()


@pytest.fixture
def catalogue(city):
    """Two published datasets, of which the first has a table, and a draft that nobody may see."""
    one = published(city.transport, file=THREE)
    other = published(
        city.police,
        title="交通事故統計",
        description="每年統計",
        frequency="YEARLY",
        fields_text="年別",
        tags=("事故",),
    )
    hidden = draft(city.police, title="還沒公開")
    return SimpleNamespace(one=one, other=other, hidden=hidden, resource=str(one.resources.get().reference))


def ask(client, action, **given):
    answer = client.get(f"/api/3/action/{action}", given)
    return answer.status_code, answer.json()


class TestCkan:
    def test_shows_what_is_published_and_no_draft(self, client, catalogue):
        names = ask(client, "package_list")[1]["result"]
        shown = ask(client, "package_show", id=catalogue.one.name)[1]["result"]

        assert names == [catalogue.other.name, catalogue.one.name]
        assert (shown["title"], shown["organization"]["title"], [one["name"] for one in shown["tags"]]) == ("公有停車場剩餘車位", "桃園市政府交通局", ["停車", "交通"])  # fmt: skip
        assert (shown["resources"][0]["format"], shown["resources"][0]["datastore_active"], shown["license_id"]) == ("CSV", True, "OGDL-1.0")  # fmt: skip
        assert ask(client, "package_show", id=str(catalogue.one.reference))[1]["result"]["id"] == shown["id"]
        for key in (catalogue.hidden.name, str(catalogue.hidden.reference), "none"):
            assert ask(client, "package_show", id=key)[0] == 404

    def test_searches_spreads_and_pages(self, client, catalogue):
        status, body = ask(
            client,
            "package_search",
            q="停車",
            fq="organization:transport",
            **{"facet.field": '["tags", "organization"]'},
        )
        assert (status, body["result"]["count"], body["result"]["facets"]["tags"]) == (200, 1, {"停車": 1, "交通": 1})
        counts = {
            "*:*": 2, "": 2, "事故": 1, "查無": 0,
        }  # fmt: skip
        assert {q: ask(client, "package_search", q=q)[1]["result"]["count"] for q in counts} == counts
        pages = [ask(client, "package_search", start=n, rows=1)[1]["result"]["results"] for n in range(3)]
        assert [len(page) for page in pages] == [1, 1, 0]
        narrowed = ('tags:"停車" AND res_format:csv', "+groups:a00 license_id:OGDL-1.0", "res_format:XML")
        assert [ask(client, "package_search", fq=fq)[1]["result"]["count"] for fq in narrowed] == [1, 2, 0]
        for wrong in ({"fq": "nobody:x"}, {"fq": "停車"}, {"rows": "many"}, {"sort": "magic"}, {"facet.field": "tags"}, {"fq": 'tags:"x'}):  # fmt: skip
            status, body = ask(client, "package_search", **wrong)
            assert (status, body["error"]["__type"]) == (409, "Validation Error")

    def test_answers_the_other_actions(self, client, catalogue):
        assert ask(client, "site_read")[1]["result"] is True
        assert ask(client, "status_show")[1]["result"]["extensions"] == ["datastore"]
        assert ask(client, "organization_list")[1]["result"] == ["police", "transport"]
        assert ask(client, "organization_list", all_fields="true")[1]["result"][0]["package_count"] == 1
        shown = ask(client, "organization_show", id="transport", include_datasets="true")[1]["result"]
        assert [one["name"] for one in shown["packages"]] == [catalogue.one.name]
        assert len(ask(client, "group_list")[1]["result"]) == 18
        assert ask(client, "group_show", id="a00", include_datasets="true")[1]["result"]["package_count"] == 2
        assert ask(client, "tag_list", query="停")[1]["result"] == ["停車"]
        assert ask(client, "tag_show", id="停車")[1]["result"]["name"] == "停車"
        assert ask(client, "license_list")[1]["result"][0]["url"].startswith("https://data.gov.tw")
        assert ask(client, "resource_show", id=catalogue.resource)[1]["result"]["hash"]
        assert "words" in ask(client, "help_show", name="package_search")[1]["result"]
        for name, given in (("nothing", {}), ("organization_show", {"id": "rdec"}), ("group_show", {"id": "zz"}), ("tag_show", {"id": "x"}), ("resource_show", {"id": "x"}), ("help_show", {"name": "x"})):  # fmt: skip
            assert ask(client, name, **given)[0] == 404, name
        assert ask(client, "package_show")[0] == 409

    def test_gives_rows_of_a_table_and_nothing_for_what_it_cannot_read(self, client, catalogue):
        found = ask(client, "datastore_search", resource_id=catalogue.resource, filters='{"行政區": ["桃園區"]}', sort="剩餘車位 desc", limit=1)[1]["result"]  # fmt: skip
        assert ([row["_id"] for row in found["records"]], found["total"]) == ([1], 2)
        assert "offset=1" in found["_links"]["next"]
        assert ask(client, "datastore_info", id=catalogue.resource)[1]["result"]["meta"]["count"] == 3
        for wrong in ({"filters": "行政區"}, {"filters": '{"x": 1}'}, {"fields": "x"}, {"sort": "x"}, {"limit": "-1"}, {"offset": "1.5"}):  # fmt: skip
            assert ask(client, "datastore_search", resource_id=catalogue.resource, **wrong)[0] == 409, wrong
        link = services.add_resource(catalogue.one, name="網站", kind="LINK", url="https://data.example/", **WHO)
        assert ask(client, "datastore_search", resource_id=str(link.reference))[0] == 404
        assert ask(client, "datastore_info", id=str(link.reference))[0] == 404

    def test_writes_rows_in_four_ways_and_links_the_pages(self, client, catalogue):
        def records(**given):
            return ask(client, "datastore_search", resource_id=catalogue.resource, **given)[1]["result"]

        assert records(limit=1)["records"] == [{"_id": 1, "行政區": "桃園區", "剩餘車位": 12, "登記日": "2017-01-01"}]
        assert records(records_format="lists", fields="_id,登記日")["records"] == [
            [1, "2017-01-01"],
            [2, "2017-02-01"],
            [3, None],
        ]
        assert records(records_format="csv", q="中壢")["records"] == "2,中壢區,0,2017-02-01\n"
        assert records(records_format="tsv", q='{"行政區": "中壢"}')["records"] == "2\t中壢區\t0\t2017-02-01\n"
        found = records(filters='{"登記日": "106/2/1"}', include_total="false")
        assert ([row["_id"] for row in found["records"]], "total" in found) == ([2], False)
        assert ask(client, "datastore_search", resource_id=catalogue.resource, records_format="xml")[0] == 409
        seen, page = [], records(sort="剩餘車位 desc", limit=2)
        while page["records"]:
            seen += [row["剩餘車位"] for row in page["records"]]
            page = client.get(page["_links"]["next"]).json()["result"]
        assert seen == [12, 5, 0]
        assert [row["_id"] for row in client.get(page["_links"]["prev"]).json()["result"]["records"]] == [2]
        fields = ask(client, "datastore_info", id=catalogue.resource)[1]["result"]["fields"]
        assert [(one["id"], one["type"], one["info"]["notes"]) for one in fields] == [("行政區", "text", "停車場所在的區"), ("剩餘車位", "int", "格"), ("登記日", "date", "")]  # fmt: skip

    def test_takes_bodies_as_json_or_forms_and_refuses_broken_ones(self, client, catalogue):
        here = "/api/action/package_show"
        sent = json.dumps({"id": catalogue.one.name})
        assert client.post(here, sent, content_type="application/json").json()["success"]
        assert client.post(here, sent, content_type="application/x-www-form-urlencoded").status_code in (200, 409)
        assert client.post(here, {"id": catalogue.one.name}).json()["success"]
        for broken in ("{", "[1]", '"x"'):
            assert client.post(here, broken, content_type="application/json").status_code == 409
        assert client.options(here)["Access-Control-Allow-Origin"] == "*"
        assert client.delete(here).status_code == 405

    def test_counts_a_key_against_its_quota(self, client, catalogue):
        _made, key = create_client(
            name="停車App", scopes=["open_data.read"], quota=Quota(2, 100), by=None, at=timezone.now()
        )
        answers = [client.get("/api/3/action/site_read", headers={"Authorization": key}) for _n in range(3)]

        assert [one.status_code for one in answers] == [200, 200, 429]
        assert int(answers[2]["Retry-After"]) > 0
        assert client.get("/api/3/action/site_read", headers={"Authorization": key[:-2] + "xx"}).status_code == 403
        assert client.get("/api/v1/rest/tag", headers={"Authorization": f"Bearer {key}"}).status_code == 429


@pytest.mark.django_db(transaction=True)
class TestCkansOwnClients:
    def test_search_show_ask_for_rows_and_meet_four_exceptions(self, live_server, catalogue):
        with ckanapi.RemoteCKAN(live_server.url, user_agent="test") as remote:
            assert remote.action.package_search(q="停車")["count"] == 1
            assert remote.action.package_show(id=catalogue.one.name)["title"] == "公有停車場剩餘車位"
            rows = remote.action.datastore_search(resource_id=catalogue.resource, filters={"行政區": "桃園區"}, sort="剩餘車位", limit=1, offset=1)  # fmt: skip
            assert [row["_id"] for row in rows["records"]] == [1]
            with pytest.raises(ckanapi.NotFound):
                remote.action.package_show(id="none")
            with pytest.raises(ckanapi.ValidationError):
                remote.action.datastore_search(resource_id=catalogue.resource, fields=["x"])
            with pytest.raises(ckanapi.CKANAPIError) as refusal:
                _too_many(live_server)
            assert refusal.type is ckanapi.CKANAPIError
        with (
            ckanapi.RemoteCKAN(live_server.url, apikey="ch_00000000_wrong") as stranger,
            pytest.raises(ckanapi.NotAuthorized),
        ):
            stranger.action.site_read()
        with ckanapi.RemoteCKAN(live_server.url, get_only=True) as getting:
            assert getting.action.package_search(q="事故")["count"] == 1
            with pytest.raises(ckanapi.ValidationError):
                getting.action.datastore_search(resource_id=catalogue.resource, filters={"行政區": "桃園區"})

    def test_of_the_command_line_act_search_and_dump(self, live_server, catalogue, tmp_path):
        env = {**os.environ, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}

        def run(*words):
            command = [str(Path(sys.executable).with_name("ckanapi")), *words, "-r", live_server.url]
            done = subprocess.run(command, capture_output=True, text=True, timeout=60, env=env)
            assert done.returncode == 0, done.stderr
            return done.stdout

        assert json.loads(run("action", "package_search", "q=停車", "rows=1"))["count"] == 1
        found = [json.loads(line)["title"] for line in run("search", "datasets", "q=交通").splitlines()]
        assert sorted(found) == ["交通事故統計", "公有停車場剩餘車位"]
        run("dump", "datasets", "--all", "-O", str(tmp_path / "out.jsonl"))
        dumped = [
            json.loads(line)["name"] for line in (tmp_path / "out.jsonl").read_text(encoding="utf-8").splitlines()
        ]
        assert sorted(dumped) == sorted([catalogue.one.name, catalogue.other.name])


def _too_many(live_server):
    _made, key = create_client(
        name="一次就滿", scopes=["open_data.read"], quota=Quota(1, 1), by=None, at=timezone.now()
    )
    with ckanapi.RemoteCKAN(live_server.url, apikey=key) as remote:
        remote.action.site_read()
        remote.action.site_read()


class Rules:
    """The national rules as their published swagger has them."""

    def __init__(self, folder):
        self.document = yaml.safe_load(
            (folder / "schemas/tw-open-data/data-access-api-2015.yaml").read_text(encoding="utf-8")
        )

    def check(self, path, body):
        schema = self.document["paths"][path]["get"]["responses"][200]["schema"]
        whole = {**schema, "definitions": self.document["definitions"]}
        jsonschema.validate(body, whole, cls=jsonschema.Draft4Validator)


class TestTheNationalRules:
    def test_hold_for_every_answer(self, client, catalogue, shared_data):
        rules, one = Rules(shared_data), catalogue.one
        found = {}
        for path, at in {
            "/rest/dataset": "/rest/dataset?limit=5",
            "/rest/dataset/{identifier}": f"/rest/dataset/{one.identifier}",
            "/rest/group": "/rest/group",
            "/rest/group/{categoryCode}": "/rest/group/A00",
            "/rest/tag": "/rest/tag",
            "/rest/tag/{tagName}": "/rest/tag/停車",
            "/rest/datastore/{resourceID}": f"/rest/datastore/{one.identifier}-001?format=json&sort=剩餘車位&limit=2",
        }.items():
            answer = client.get(f"/api/v1{at}")
            assert answer.status_code == 200, at
            rules.check(path, answer.json())
            found[path] = answer.json()["result"]

        example = rules.document["paths"]["/rest/dataset/{identifier}"]["get"]["responses"][200]["examples"]
        assert set(example["application/json"]["result"]) == set(found["/rest/dataset/{identifier}"])
        assert found["/rest/dataset"] == [catalogue.other.identifier, one.identifier]
        assert found["/rest/group/{categoryCode}"]["package_count"] == 2
        assert [row["_id"] for row in found["/rest/datastore/{resourceID}"]["records"]] == [2, 3]
        v2 = client.get(f"/api/v2/rest/dataset/{one.identifier}").json()["result"]
        assert v2["updateFrequency"] == {"regularupdate": True, "Frequency": 1, "unittime": "月"}
        assert v2["distribution"][0]["resourceField"][0] == {"name": "行政區", "description": "停車場所在的區"}

    def test_name_errors_by_their_codes(self, client, catalogue, shared_data):
        rules, here = Rules(shared_data), f"/api/v1/rest/datastore/{catalogue.resource}"
        for at, code in {
            "/api/v1/rest/datastore/none-001": "ER0100", "/api/v1/rest/dataset/none": "ER0100", "/api/v1/rest/group/zz": "ER0100",
            f"/api/v1/rest/dataset/{catalogue.hidden.identifier}": "ER0100", f"{here}?limits=1": "ER0200",
            "/api/v1/rest/dataset?x=1": "ER0200", f"{here}?limit=11.5": "ER0210", f"{here}?offset=all": "ER0210",
            f"{here}?filters=a:b": "ER0210", "/api/v1/rest/dataset?modified=yesterday": "ER0210", f"{here}?fields=x": "ER0220",
            f'{here}?filters={{"x":"1"}}': "ER0220", f"{here}?sort=x": "ER0220", f"/api/v1/dump/datastore/{catalogue.resource}?format=pdf": "ER0210",
        }.items():  # fmt: skip
            answer = client.get(at)
            assert (answer.status_code in (400, 404), answer.json()["error"]["type"]) == (True, code), at
            rules.check("/rest/datastore/{resourceID}", answer.json())

    def test_tell_what_changed_since_a_moment(self, client, catalogue):
        for moment, many in {
            "2017-02-20T09:00:00+08:00": 2,
            "2017-02-21T00:00:00+08:00": 0,
            "2017-02-20 00:00:00": 2,
        }.items():
            assert len(client.get("/api/v1/rest/dataset", {"modified": moment}).json()["result"]) == many, moment

    def test_give_a_whole_resource_packed(self, client, catalogue):
        link = services.add_resource(catalogue.one, name="說明", format="PDF", **WHO)
        services.add_version(link, name="a.pdf", content=io.BytesIO(b"%PDF-1.4 x"), **WHO)
        key = f"{catalogue.one.identifier}-001"

        for format, start in {"csv": "\ufeff行政區,剩餘車位,登記日", "json": "[", "xml": "<"}.items():
            answer = client.get(f"/dump/datastore/{key}?format={format}")
            with zipfile.ZipFile(io.BytesIO(b"".join(answer.streaming_content))) as package:
                text = package.read(f"{key}.{format}").decode()
            assert (text.startswith(start), "2017-01-01" in text) == (True, True), format
        assert (
            client.get(f"/dump/datastore/{catalogue.one.identifier}-002?format=xml").json()["error"]["type"] == "ER0100"
        )


@pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated")  # by the reader of JSON-LD that tests use
class TestDcat:
    def test_of_every_dataset_passes_the_shapes(self, client, catalogue, city, shared_data):
        services.revise(catalogue.one, agency=city.transport, texts={**{name: getattr(catalogue.one, name) for name in services.TEXTS}, "covers_from": NINE.date(), "spatial": "桃園市", "contact_email": "x@city.example", "contact_phone": "03-1 分機2"}, tags=["停車"], **WHO)  # fmt: skip
        services.add_resource(
            catalogue.other, name="介接", kind="LINK", url='https://data.example/a b"c', format="JSON", **WHO
        )
        shapes = Graph().parse(shared_data / "schemas/dcat-ap-3.0.1/dcat-ap-SHACL.ttl")

        for ending, form in (("ttl", "turtle"), ("jsonld", "json-ld"), ("rdf", "xml")):
            graph = Graph().parse(data=client.get(f"/catalog.{ending}").content, format=form)
            assert len(set(graph.subjects(RDF.type, DCAT.Dataset))) == 2
            conforms, _report, text = pyshacl.validate(graph, shacl_graph=shapes)
            assert conforms, text
        broken = Graph().parse(data=client.get("/catalog.ttl").content, format="turtle")
        broken.remove((None, DCTERMS.title, None))
        assert not pyshacl.validate(broken, shacl_graph=shapes)[0]

    def test_comes_page_by_page_and_one_by_one(self, client, catalogue, monkeypatch):
        monkeypatch.setattr("cityhall.domains.open_data.dcat.A_PAGE", 1)
        pages = [Graph().parse(data=client.get(f"/catalog.ttl?page={n}").content, format="turtle") for n in (1, 2)]
        alone = Graph().parse(data=client.get(f"/data/{catalogue.one.name}.ttl").content, format="turtle")

        named = [set(page.subjects(RDF.type, DCAT.Dataset)) for page in pages]
        assert [len(one) for one in named] == [1, 1]
        assert named[0] != named[1]
        assert "page=2" in client.get("/catalog.ttl").content.decode()
        assert set(alone.subjects(RDF.type, DCAT.Dataset)) < named[0] | named[1]
        for name in (catalogue.hidden.name, "none-1"):
            assert client.get(f"/data/{name}.rdf").status_code == 404

    def test_and_data_json_name_all(self, client, catalogue):
        body = client.get("/data.json").json()

        assert [one["title"] for one in body["dataset"]] == [row.title for row in Dataset.objects.published()]
        assert body["dataset"][0]["distribution"][0]["mediaType"] == "text/csv"


class TestWithoutAKey:
    @pytest.mark.parametrize("path", ["/api/3/action/package_list", "/api/v1/rest/dataset", "/data.json", "/ogc/"])
    def test_is_asked_so_often_a_minute_and_then_told_when_to_come_again(self, db, monkeypatch, path):
        monkeypatch.setattr(keyless, "_now", keyless.Minute())
        set_parameter("identity.keyless_per_minute", 2, valid_from=NINE.date(), source="測試", by=None, at=NINE)
        monkeypatch.setattr("django.utils.timezone.now", lambda: NINE)
        browser = Client(REMOTE_ADDR="203.0.113.9")

        answers = [browser.get(path) for _call in range(3)]

        assert [one.status_code for one in answers] == [200, 200, 429]
        assert 0 < int(answers[2]["Retry-After"]) <= 61

    def test_stands_on_the_page_of_the_licence(self, db):
        page = Client().get("/data/licence/").content.decode()

        assert "600" in page[page.index("同一網路每分鐘") :][:60]
