"""評分標準: a new version from a coming day, what it would have changed, what is refused, and taking it back."""

import json
from dataclasses import replace
from datetime import date, timedelta

import pytest
from django.utils import timezone

from cityhall.domains.petitions.models import QualityRubric
from cityhall.domains.petitions.quality import Criterion, Moved, Rubric, moved
from cityhall.domains.petitions.services import quality, rubric
from cityhall.domains.petitions.services.rubric import CannotChangeRubric, Line
from cityhall.engines.audit.models import Entry
from cityhall.foundation.clock import day_of

from .city import signed_in
from .test_quality import DRAWN, GOOD, NOVEMBER, Story

pytestmark = pytest.mark.django_db
HERE = "/desk/petitions/quality/rubric/"
FEBRUARY = date(2027, 2, 1)


@pytest.fixture
def story():
    made = Story()
    quality.rubric_on(day_of(DRAWN))
    return made


def version(**more):
    """The first rubric with promptness counted more and tone less, from February on."""
    lines = [
        replace(one, weight={"promptness": 5, "tone": 2}.get(one.code, one.weight))
        for one in rubric.written(rubric.newest()).lines
    ]
    given = {"lines": lines, "valid_from": FEBRUARY, "source": "簽准第7號", **more}
    return replace(rubric.written(rubric.newest()), **given)


def kept(story, **more) -> QualityRubric:
    return rubric.new_version(version(**more), by=story.city.commission.account, at=DRAWN)


class TestVersions:
    def test_one_ends_the_day_before_the_next_begins(self, story):
        made = kept(story)

        assert [quality.rubric_on(day).version for day in (FEBRUARY - timedelta(days=1), FEBRUARY)] == [1, 2]
        assert [one.weight for one in made.criteria.all()] == [5, 5, 2, 5, 3]
        entry = Entry.objects.get(event="petition.rubric_set")
        assert json.loads(entry.payload)["new"]["weights"]["及時"] == 5

    def test_sheets_keep_theirs(self, story):
        sheet = story.sheet()
        kept(story)

        quality.score(sheet, marks=GOOD, by=sheet.checker.account, at=DRAWN)
        sheet.refresh_from_db()
        assert (sheet.rubric.version, sheet.points) == (1, 80)

    def test_a_new_criterion_gets_a_code_that_no_version_had(self, story):
        lines = [one for one in version().lines if one.code != "tone"]
        lines[0] = replace(lines[0], weight=4)
        lines += [Line("", "更正", "Correction", "錯了是否更正", "Mistakes are put right", 1, False)]
        made = kept(story, lines=[*lines, Line("", "聯絡", "Contact", "有無聯絡方式", "Whom to ask", 2, False)])

        assert [one.code for one in made.criteria.all()] == [
            "promptness",
            "completeness",
            "legality",
            "plain",
            "c1",
            "c2",
        ]

    @pytest.mark.parametrize(
        ("more", "why"),
        [
            ({"valid_from": day_of(DRAWN)}, "明天以後"),
            ({"lines": []}, "至少要有一個"),
            ({"lines": [Line("tone", "語氣", "Tone", "有禮", "Polite", 19, False)]}, "現在是19"),
            ({"lines": [Line("tone", "語氣", "Tone", "有禮", "Polite", 10, False)] * 2}, "重複"),
        ],
    )
    def test_refuse_in_a_sentence(self, story, more, why):
        with pytest.raises(CannotChangeRubric, match=why):
            kept(story, **more)
        assert QualityRubric.objects.count() == 1

    def test_refuse_the_same_once_more_and_a_day_before_one_that_is_to_come(self, story):
        kept(story)
        with pytest.raises(CannotChangeRubric, match="沒有要改的"):
            rubric.new_version(
                replace(rubric.written(rubric.newest()), valid_from=FEBRUARY + timedelta(days=1)),
                by=story.city.commission.account, at=DRAWN,
            )  # fmt: skip
        with pytest.raises(CannotChangeRubric, match="請先撤回"):
            kept(story, valid_from=FEBRUARY, enough=70)

    def test_are_taken_back_before_they_begin(self, story):
        made, by = kept(story), story.city.commission.account

        rubric.take_back(made, by=by, at=DRAWN)
        assert QualityRubric.objects.get().valid_until is None
        with pytest.raises(CannotChangeRubric):
            rubric.take_back(QualityRubric.objects.get(), by=by, at=DRAWN)
        made = kept(story)
        with pytest.raises(CannotChangeRubric):
            rubric.take_back(made, by=by, at=DRAWN + timedelta(days=80))


class TestMoved:
    RULE = Rubric((Criterion("a", 10), Criterion("b", 10, must=True)), enough=60)

    def test_counts_what_was_and_would_be_wanting(self):
        sheets = [({"a": 5, "b": 0}, False), ({"a": 1, "b": 5}, True), ({"a": 1, "b": 1}, True)]

        assert moved(self.RULE, sheets) == Moved(sheets=3, wanting_before=2, wanting_after=2, changed=2)
        assert moved(self.RULE, []) == Moved(0, 0, 0, 0)

    def test_says_nothing_of_what_nobody_marked(self):
        assert moved(self.RULE, [({"a": 5}, False)]) is None


class TestPages:
    def typed(self, **more) -> dict[str, str]:
        day = day_of(timezone.now()) + timedelta(days=40)
        sent = {
            "valid_from_year": f"{day.year - 1911}", "valid_from_month": f"{day.month}", "valid_from_day": f"{day.day}",
            "source": "簽准第7號", "enough": "70", "reason_below": "3",
        }  # fmt: skip
        for n, line in enumerate(rubric.written(rubric.newest()).lines):
            sent |= {
                f"{name}_{n}": str(getattr(line, name)) for name in ("name", "name_en", "about", "about_en", "weight")
            }
            sent |= {f"must_{n}": "on"} if line.must else {}
        return {**sent, **more}

    def test_show_the_difference_before_it_is_saved(self, story):
        sheet = story.sheet()
        quality.score(sheet, marks=GOOD, by=sheet.checker.account, at=DRAWN)
        browser = signed_in(story.city.commission)

        asked = browser.post(f"{HERE}new/", self.typed()).content.decode()
        assert "60 → 70" in asked
        assert "評的1件，應予改善從0件變成0件" in asked
        assert QualityRubric.objects.count() == 1
        answer = browser.post(f"{HERE}new/", self.typed(confirmed="1"), follow=True).content.decode()
        assert "第2版自" in answer
        assert "尚未生效" in answer
        assert QualityRubric.objects.get(version=2).valid_from > NOVEMBER

    @pytest.mark.parametrize(
        ("more", "why"),
        [
            ({"weight_0": "9"}, "現在是25"),
            ({"about_en_0": ""}, "這一格也要填"),
            ({"valid_from_year": "0"}, "沒有這一天"),
            ({"weight_1": "x" * 500}, "govuk-error-summary"),
            ({"enough": "60"}, "沒有要改的"),
        ],
    )
    def test_say_what_is_wrong_and_keep_what_was_typed(self, story, more, why):
        answer = signed_in(story.city.commission).post(f"{HERE}new/", self.typed(**more))

        assert (answer.status_code, why in answer.content.decode()) == (422, True)
        assert "簽准第7號" in answer.content.decode()

    def test_take_a_version_back(self, story):
        browser = signed_in(story.city.commission)
        browser.post(f"{HERE}new/", self.typed(confirmed="1"))

        assert "撤回這一版" in browser.get(HERE).content.decode()
        browser.post(f"{HERE}2/take-back/", {})
        assert QualityRubric.objects.count() == 1
        assert browser.get(f"{HERE}2/take-back/").status_code == 404

    def test_are_the_commissions(self, story):
        browser = signed_in(story.city.coordinator)

        assert "訂新版" not in browser.get(HERE).content.decode()
        assert browser.get(f"{HERE}new/").status_code == 403
