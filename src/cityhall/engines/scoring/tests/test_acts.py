"""Schemes get new versions from a coming day on; a judge scores a record once; the database holds both."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from cityhall.engines.audit.models import Entry
from cityhall.engines.directory.tests.factories import make_agency, make_person
from cityhall.engines.scoring import queries, registry, services
from cityhall.engines.scoring.models import Criterion, Scheme, ScoreMark, ScoreSheet
from cityhall.engines.scoring.registry import Line, UnknownScheme, declare
from cityhall.engines.scoring.rules import Incomplete, Mark
from cityhall.foundation.clock import at as instant

pytestmark = pytest.mark.django_db
SINCE, TODAY = date(2016, 1, 1), date(2026, 11, 16)
NINE = instant(TODAY, 9)
LINES = (
    Line("speed", 40, "速度", "Speed", "多快", "How soon"),
    Line("correct", 60, "正確", "Correctness", "對不對", "Whether right"),
)
FULL = {"speed": Mark(5), "correct": Mark(5)}


@pytest.fixture(autouse=True)
def scheme(monkeypatch):
    """A scheme of these tests only."""
    monkeypatch.setattr(registry, "_schemes", {})
    declare("test.call", "測試", since=SINCE, source="測試", lines=LINES, most=5, reason_below=2)


def renewed(*, lines=LINES, most=10, valid_from=TODAY + timedelta(days=1), source="簽准"):
    return services.new_version(
        "test.call", lines, most=most, reason_below=0, valid_from=valid_from, source=source, by=None, at=NINE
    )


class TestDeclaration:
    def test_must_make_a_hundred(self):
        with pytest.raises(ValueError, match="NOT_A_HUNDRED"):
            declare("test.bad", "測試", since=SINCE, source="測試", lines=LINES[:1])

    def test_is_written_down_once_when_it_is_asked_for(self):
        first, again = services.scheme_on("test.call", TODAY), services.scheme_on("test.call", date(2015, 1, 1))

        assert first == again
        assert [one.points for one in first.criteria.all()] == [40, 60]
        assert (Scheme.objects.count(), Criterion.objects.count()) == (1, 2)

    def test_of_an_unknown_key_is_an_error(self):
        with pytest.raises(UnknownScheme):
            services.scheme_on("test.other", TODAY)


class TestNewVersion:
    def test_holds_from_its_day_and_leaves_the_days_before(self):
        old = services.scheme_on("test.call", TODAY)

        new = renewed()

        assert services.scheme_on("test.call", TODAY) == old
        assert services.scheme_on("test.call", TODAY + timedelta(days=1)) == new
        assert (new.version, new.most) == (2, 10)
        assert Entry.objects.filter(event="scoring.scheme_set").count() == 1

    @pytest.mark.parametrize(
        ("given", "words"),
        [
            ({"valid_from": TODAY}, "明天以後"),
            ({"lines": LINES[:1]}, "現在是40"),
            ({"lines": ()}, "至少要有一個"),
            ({"lines": (LINES[0], LINES[0], Line("x", 20, "x", "x", "x", "x"))}, "重複"),
            ({"most": 7}, "整除100"),
            ({"source": "  "}, "依據"),
        ],
    )
    def test_that_cannot_be_used_is_refused(self, given, words):
        with pytest.raises(services.CannotChangeScheme, match=words):
            renewed(**given)

        assert Scheme.objects.count() <= 1

    def test_comes_after_the_last_one(self):
        renewed(valid_from=TODAY + timedelta(days=9))

        with pytest.raises(services.CannotChangeScheme, match="第2版之後"):
            renewed(valid_from=TODAY + timedelta(days=8))


class TestScoring:
    @pytest.fixture
    def record(self):
        """Anything that is scored."""
        return make_agency("scored")

    @pytest.fixture
    def judges(self):
        return [make_person(make_agency(f"judges{n}")) for n in range(2)]

    def scored(self, record, judge, *, turn=1, marks=None):
        scheme = services.scheme_on("test.call", TODAY)
        return services.score(record, scheme=scheme, marks=marks or FULL, judge=judge, turn=turn, at=NINE)

    def test_keeps_marks_points_and_version(self, record, judges):
        sheet = self.scored(record, judges[0], marks={"speed": Mark(1, "響很久"), "correct": Mark(5)})

        renewed()
        sheet.refresh_from_db()

        assert (sheet.points, sheet.scheme.version) == (Decimal(68), 1)
        assert [(one.value, one.reason) for one in queries.marks([sheet])[sheet.pk]] == [(1, "響很久"), (5, "")]

    def test_of_a_gap_is_refused_and_leaves_nothing(self, record, judges):
        with pytest.raises(Incomplete):
            self.scored(record, judges[0], marks={"speed": Mark(5)})

        assert not ScoreSheet.objects.exists()
        assert not ScoreMark.objects.exists()

    def test_happens_once_a_turn_and_once_a_judge(self, record, judges):
        self.scored(record, judges[0])

        with pytest.raises(services.CannotScore, match="已經評過"):
            self.scored(record, judges[1])
        with pytest.raises(services.CannotScore, match="另一位"):
            self.scored(record, judges[0], turn=2)
        assert self.scored(record, judges[1], turn=2).turn == 2

    @pytest.mark.parametrize("wrong", [{"points": 101}, {"turn": 0}, {"points": -1}])
    def test_of_impossible_numbers_is_refused_by_the_database(self, record, judges, wrong):
        sheet = self.scored(record, judges[0])

        with pytest.raises(IntegrityError), transaction.atomic():
            ScoreSheet.objects.filter(pk=sheet.pk).update(**wrong)

    def test_twice_by_a_judge_is_refused_by_the_database(self, record, judges):
        sheet = self.scored(record, judges[0])
        sheet.pk, sheet.turn = None, 2

        with pytest.raises(IntegrityError), transaction.atomic():
            sheet.save(force_insert=True)
