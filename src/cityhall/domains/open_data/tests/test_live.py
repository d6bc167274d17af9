"""Live resources: asked when somebody looks, at most once a minute; what happens where the address does not answer."""

import os
from datetime import timedelta

import pytest
from django.core.cache import cache
from django.test import Client

from cityhall.domains.open_data import live, services
from cityhall.engines.rules.services import set_parameter
from cityhall.engines.tables.asking import ask
from cityhall.engines.tables.querying import Query

from .city import NINE, TODAY, make_city, published
from .outside import outside

WHO = {"by": None, "at": NINE}
ANSWER = '[{"站名": "府前", "車輛數": 3}, {"站名": "中正", "車輛數": 0}]'.encode()


@pytest.fixture
def there():
    with outside() as server:
        yield server


@pytest.fixture
def resource(db, settings, there):
    cache.clear()
    settings.CALLS_LOOPBACK, settings.CALLS_SECONDS = True, 1.0
    set_parameter("open_data.fetch_hosts", "127.0.0.1", valid_from=TODAY, source="本府", **WHO)
    one = published(make_city().transport)
    return services.add_resource(
        one, name="即時車位", kind="LIVE", url=there.put("/now.json", ANSWER), format="JSON", **WHO
    )


def page(resource):
    return f"/data/{resource.dataset.name}/{resource.reference}/"


def rows(found):
    return [row[1:] for row in ask(found.store, Query()).rows]


class TestLook:
    def test_asks_once_a_minute_and_then_again(self, resource, there):
        assert rows(live.look(resource, at=NINE)) == [("府前", 3), ("中正", 0)]
        there.put("/now.json", ANSWER.replace(b"3", b"9"))

        assert rows(live.look(resource, at=NINE + timedelta(seconds=59)))[0] == ("府前", 3)
        assert rows(live.look(resource, at=NINE + timedelta(seconds=61)))[0] == ("府前", 9)
        assert len(there.asked) == 2

    def test_shows_what_was_had_last_for_an_hour(self, resource, there):
        live.look(resource, at=NINE)
        there.put("/now.json", b"no", status=503)

        found = live.look(resource, at=NINE + timedelta(minutes=2))
        assert (found.had_at, rows(found)[0]) == (NINE, ("府前", 3))
        assert found.words("即時車位") == "「即時車位」的網址回應錯誤（503）。"
        assert live.look(resource, at=NINE + timedelta(minutes=62)).store is None

    def test_is_one_request_where_many_look_at_once(self, resource, there):
        key = f"open_data.live:{resource.pk}:"
        live.look(resource, at=NINE)
        (asked,) = [name for name in cache._cache if key in name]
        cache.set(f"{asked[asked.index('open_data') :]}:asking", 1)

        assert rows(live.look(resource, at=NINE + timedelta(minutes=5)))[0] == ("府前", 3)
        assert len(there.asked) == 1

    @pytest.mark.parametrize(("answer", "trouble"), [
        (b"", "EMPTY"), (b"\x00\x01\x02" * 500, "UNREAD"), (b"<html><body>no</body></html>", "UNREAD"), (b"[" * 100_000, "UNREAD"),
        (b"a,b\n" + b"x" * (live.LARGEST + 1), "TOO_LARGE"),
    ])  # fmt: skip
    def test_says_what_cannot_be_read(self, resource, there, answer, trouble):
        there.put("/now.json", answer)
        found = live.look(resource, at=NINE)

        assert (found.store, found.trouble) == (None, trouble)

    def test_never_asks_our_own_network_nor_hosts_that_are_not_listed(self, resource, settings, there):
        settings.CALLS_LOOPBACK = False
        assert live.look(resource, at=NINE).trouble == "OWN_NETWORK"
        set_parameter(
            "open_data.fetch_hosts", "data.example", valid_from=TODAY + timedelta(days=1), source="本府", **WHO
        )
        assert live.look(resource, at=NINE + timedelta(days=1)).trouble == "NOT_ALLOWED"
        assert there.asked == []

    def test_lets_go_of_old_answers(self, resource, there):
        first = live.look(resource, at=NINE).store.path
        os.utime(first, (1, 1))
        there.put("/now.json", ANSWER.replace(b"3", b"9"))
        second = live.look(resource, at=NINE + timedelta(minutes=2)).store.path

        assert (first.exists(), second.exists()) == (False, True)


class TestThePage:
    def test_has_the_rows_of_now_with_chart_and_files(self, resource):
        text = Client().get(page(resource)).content.decode()

        assert "這是即時資料" in text
        assert "府前" in text
        assert (
            b"".join(Client().get(f"{page(resource)}rows.csv").streaming_content)
            .decode("utf-8-sig")
            .startswith("站名,車輛數")
        )
        assert Client().get(f"{page(resource)}chart/").status_code == 200
        asked = Client().get("/api/3/action/datastore_search", {"id": str(resource.reference)}).json()
        assert asked["result"]["total"] == 2
        assert "即時資料" in Client().get(f"/data/{resource.dataset.name}/").content.decode()

    def test_says_what_is_the_matter(self, resource, there):
        there.put("/now.json", b"no", status=500)

        answer = Client().get(page(resource))
        assert answer.status_code == 200
        assert "現在取不到即時資料。" in answer.content.decode()
        assert "回應錯誤（500）" in answer.content.decode()
        assert Client().get(f"{page(resource)}rows.csv").status_code == 404
        assert "Live data cannot be had now." in Client().get(f"/en{page(resource)}").content.decode()
