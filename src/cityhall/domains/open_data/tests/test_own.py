"""The city's own tables: published once, renewed when something changed, and without anybody's data."""

import csv
import io
from datetime import timedelta

import pytest

from cityhall.domains.open_data import own, services
from cityhall.domains.open_data.models import Dataset, OwnTable, ResourceVersion
from cityhall.engines.tables import supplies
from cityhall.engines.worklist.models import Todo

from .city import NINE, make_city

KEY = "faq.entries"


@pytest.fixture
def rows(db, monkeypatch):
    """One table whose rows a test changes."""
    make_city()
    there = [["F1", "交通局", "停車", "哪裡停車？", "附近。", "", "", "2017-01-01"]]
    monkeypatch.setattr(supplies, "supplies", {KEY: lambda at: there})
    monkeypatch.setattr(own, "supplies", {KEY: lambda at: there})
    return there


def text_of(version):
    return version.path.read_bytes().decode("utf-8-sig")


class TestRefresh:
    def test_publishes_a_table_the_first_time_over_the_way_of_every_dataset(self, rows):
        assert own.refresh(NINE) == 1

        one = Dataset.objects.published().get()
        assert (one.title, one.frequency, one.agency.code) == ("市政常見問題", "DAILY", "rdec")
        assert [move.step for move in one.moves.order_by("pk")][-3:] == ["SUBMITTED", "AGREED", "PUBLISHED"]
        assert ResourceVersion.objects.get().rows == 1
        assert not Todo.objects.filter(closed_at=None).exists()

    def test_makes_a_version_only_of_what_changed(self, rows):
        for days in (0, 1):
            own.refresh(NINE + timedelta(days=days))
        rows.append(["F2", "警察局", "報案", "怎麼報案？", "110。", "", "", "2017-01-01"])
        assert own.refresh(NINE + timedelta(days=2)) == 1

        assert ResourceVersion.objects.count() == 2
        assert Dataset.objects.count() == 1

    def test_leaves_what_was_withdrawn(self, rows):
        own.refresh(NINE)
        services.withdraw(Dataset.objects.get(), reason="停辦", by=None, at=NINE)
        rows.append(["F2", "", "", "", "", "", "", ""])

        assert own.refresh(NINE + timedelta(days=1)) == 0
        assert not Dataset.objects.published().exists()

    def test_goes_on_where_one_table_fails(self, rows, monkeypatch):
        def breaks(at):
            raise RuntimeError

        monkeypatch.setattr(own, "supplies", {"open_data.use": breaks, KEY: lambda at: rows})
        with pytest.raises(RuntimeError):
            own.refresh(NINE)

        assert OwnTable.objects.get().key == KEY

    def test_makes_no_formula_of_a_question(self, rows):
        rows[0][3] = "=1+1"
        own.refresh(NINE)

        assert next(csv.DictReader(io.StringIO(text_of(ResourceVersion.objects.get()))))["問題"] != "=1+1"


@pytest.mark.django_db
class TestWhatIsSupplied:
    @pytest.mark.parametrize("key", sorted(own.described()))
    def test_has_the_columns_that_are_described(self, key):
        make_city()
        fields = [part for part in own.described()[key]["fields"].split("|") if part]

        for row in list(supplies.supplies[key](NINE))[:50]:
            assert len(row) == len(fields)

    def test_is_described(self):
        assert set(supplies.supplies) == set(own.described())
