"""Statistics: each cell counts what its list shows, of what it says."""

import csv
import io
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from cityhall.domains.petitions import queries, statistics
from cityhall.domains.petitions.models import Petition
from cityhall.domains.petitions.services import citizen, filing, handling
from cityhall.domains.petitions.services.filing import Submission, Where, Who
from cityhall.domains.petitions.statistics import DIMENSIONS, MEASURES, Cell, middle_and_slow
from cityhall.domains.petitions.tests.city import INSIDE, make_city
from cityhall.domains.petitions.tests.factories import make_petition
from cityhall.engines.audit.models import Entry
from cityhall.engines.cases.states import Channel
from cityhall.foundation.clock import day_of
from cityhall.foundation.period import Period


class TestMiddleAndSlow:
    @pytest.mark.parametrize(
        ("days", "expected"), [([], None), ([4], (4, 4)), ([1, 3], (2, 3)), (range(1, 11), (5.5, 9))]
    )
    def test_is_the_median_and_the_ninth_of_ten(self, days, expected):
        assert middle_and_slow(days) == expected

    @given(st.lists(st.floats(0, 1000), min_size=1))
    def test_nine_of_ten_do_not_pass_the_slow_one(self, days):
        median, slow = middle_and_slow(days)

        assert min(days) <= median <= slow <= max(days)
        assert sum(day <= slow for day in days) >= 0.9 * len(days)


def test_nothing_of_nothing_is_no_share():
    assert Cell(MEASURES[1], 0, 0, "").share is None
    assert Cell(MEASURES[1], 1, 4, "").share == 25


@pytest.fixture
def now():
    return timezone.now()


@pytest.fixture
def city(db, settings, tmp_path):
    settings.DATA_DIR = tmp_path
    return make_city()


@pytest.fixture
def petitions(city, now):
    """Answered in time and rated, overdue, waiting at the dispatch desk."""

    def opened(text, *, days, where=INSIDE):
        at = now - timedelta(days=days)
        one = filing.file(
            Submission(text=text, where=where, channel=Channel.WEB, who=Who(name="王小明", email="a@mail.example")),
            at=at,
        )
        return filing.confirm(one, how="email_code", by=None, at=at)

    def assigned(petition):
        petition = Petition.objects.get(pk=petition.pk)
        at = petition.case.confirmed_at + timedelta(minutes=20)
        return handling.assign(petition, unit=None, officer=city.officer, by=city.coordinator.account, at=at)

    done = assigned(opened("中山路 200 號前路燈不亮三天了", days=3))
    for hours, more in ((1, {}), (2, {"outcome": "SOLVED"})):
        at = done.case.confirmed_at + timedelta(hours=hours)
        handling.draft_reply(done, text="已修復。", by=city.officer.account, at=at, **more)
        reply = handling.submit_reply(done, by=city.officer.account, at=at)
        handling.approve_reply(reply, by=city.chief.account, at=at)
        done = Petition.objects.get(pk=done.pk)
    citizen.rate(done, score=5, solved=True, comment="", by=None, at=now)
    late = assigned(opened("路燈不亮，很久了", days=80))
    lost = opened("想請問這件事應該找誰處理", days=2, where=Where())
    return {"done": done, "late": late, "lost": lost}


def counted(city, now, by="agency", account=None):
    period = Period(day_of(now) - timedelta(days=90), day_of(now))
    return statistics.table(queries.visible_to(account or city.commission.account, now), period, by, at=now)


def sums(line):
    return {cell.measure.code: (cell.number, cell.whole) for cell in line.cells}


class TestTable:
    def test_counts_each_measure_of_what_it_says(self, city, petitions, now):
        total = sums(counted(city, now).total)

        assert total == {
            "received": (3, None), "replied": (1, 3), "first_in_time": (1, 2), "final_in_time": (1, 1),
            "overdue": (1, 3), "returned": (0, 3), "reopened": (0, 1), "satisfied": (1, 1),
        }  # fmt: skip

    def test_tells_how_many_days_an_answer_takes(self, city, petitions, now):
        median, slow = counted(city, now).total.days

        assert round(median * 24) == round(slow * 24) == 2

    @pytest.mark.parametrize("by", list(DIMENSIONS))
    def test_every_cell_opens_the_petitions_that_it_counts(self, city, petitions, now, by, client):
        client.force_login(city.commission.account)
        page = client.get(reverse("petitions:statistics"), {"by": by})

        rows = [*page.context["rows"], page.context["total"]]
        for cell, url in [pair for row in rows for pair in row["cells"]]:
            behind = client.get(url)
            assert behind.status_code == 200
            assert behind.context["page"].paginator.count == cell.number, (cell.measure.code, cell.part)

    def test_those_without_a_part_come_last_and_are_named(self, city, petitions, now):
        assert counted(city, now, "district").lines[-1].label == "沒有地點"
        assert counted(city, now, "month").lines[0].part < counted(city, now, "month").lines[-1].part

    def test_asks_as_often_for_many_as_for_few(self, city, petitions, now, django_assert_num_queries):
        for number in range(12):
            make_petition(day_of(now) - timedelta(days=number), district=f"6800{number:04}")
        seen = queries.visible_to(city.commission.account, now)
        period = Period(day_of(now) - timedelta(days=90), day_of(now))

        with django_assert_num_queries(3):
            table = statistics.table(seen, period, "district", at=now)

        assert len(table.lines) > 12


class TestPage:
    def test_says_of_what_a_list_is_made(self, city, petitions, client):
        client.force_login(city.commission.account)
        page = client.get(reverse("petitions:statistics"))
        url = next(url for cell, url in page.context["total"]["cells"] if cell.measure.code == "overdue")

        assert "統計數字背後的案件：逾期未回復" in client.get(url).content.decode()

    def test_an_agency_counts_its_own(self, city, petitions, now):
        lines = counted(city, now, account=city.other_coordinator.account).lines

        assert lines == []

    @pytest.mark.parametrize(
        "wrong", ["measure=none&opened=2026", "measure=received&opened=x", "measure=received&opened=2026&by=x&part=y"]
    )
    def test_a_cell_that_there_is_not_is_refused_in_words(self, city, client, wrong):
        client.force_login(city.commission.account)

        assert "沒有這一格統計" in client.get(f"{reverse('petitions:list')}?{wrong}").content.decode()

    def test_a_period_that_cannot_be_read_is_said(self, city, client):
        client.force_login(city.commission.account)

        response = client.get(reverse("petitions:statistics"), {"from": "x"})

        assert response.status_code == 400
        assert "看不懂這段期間" in response.content.decode()

    def test_leaves_as_a_sheet_and_is_written_down(self, city, petitions, client):
        client.force_login(city.commission.account)

        response = client.get(reverse("petitions:statistics_download", args=["csv"]), {"by": "channel"})

        content = b"".join(response.streaming_content) if response.streaming else response.content
        rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))
        assert rows[0][:3] == ["管道", "成案", "已正式回復"]
        assert rows[-1][:3] == ["合計", "3", "1"]
        assert Entry.objects.filter(event="petition.statistics_exported").count() == 1
