"""The report's year at a reduced scale: planned, lived, counted, resumed."""

import os
import signal
from datetime import date, timedelta
from uuid import uuid4

import pytest
from django.core.management import CommandError, call_command

from cityhall.domains.petitions.models import Petition, QualityCheck, QualitySheet, Restriction, SetAside
from cityhall.domains.petitions.plan import FIRST, LAST, URGENT_FROM, Batch, Day, Totals, plan, spread
from cityhall.domains.petitions.services import citizen, handling
from cityhall.domains.petitions.year import BatchOfYear, NotAsPlanned
from cityhall.engines.audit import queries as audit
from cityhall.engines.audit.models import Entry
from cityhall.engines.cases.models import Case
from cityhall.engines.directory.models import Agency
from cityhall.engines.directory.states import AgencyKind
from cityhall.engines.figures.queries import value
from cityhall.engines.letters.models import Letter
from cityhall.engines.milestones.models import Plan
from cityhall.engines.numbers.models import Counter
from cityhall.foundation import workshop
from cityhall.foundation.period import Period
from cityhall.foundation.unit import gives_keys
from cityhall.project.demo import alike, city, full_year
from cityhall.project.management.commands.demo import share_of

SHARE = 0.0015
MONTHS_CHECKED = [date(2016, month, 1) for month in range(8, 13)] + [date(2017, 1, 1), date(2017, 2, 1)]
YEAR, FIRST_STAGE, END = Period.year(2016), Period(URGENT_FROM, LAST), Period(LAST, LAST)


def opened(batches, day_fits):
    return sum(day.ordinary + day.urgent for batch in batches for day in batch.days if day_fits(day.day)) + sum(
        day_fits(day) for batch in batches for story in batch.stories for day in story.written_on
    )


class TestPlan:
    def test_has_the_numbers_of_the_report(self):
        whole = plan()

        assert opened(whole.batches, lambda day: day.year == 2016) == 105_046
        assert sum(day.urgent for batch in whole.batches for day in batch.days) == 8_306
        assert all(day.day >= URGENT_FROM for batch in whole.batches for day in batch.days if day.urgent)
        assert sum(day.filtered for batch in whole.batches for day in batch.days if day.day.year == 2016) == 2_336
        stories = [story for batch in whole.batches for story in batch.stories]
        assert len(stories) == 34
        assert sum(day.year == 2016 for story in stories for day in story.declined_on) == 357
        assert sum(check.to_improve for batch in whole.batches for check in batch.checks) == 630
        assert [check.month for batch in whole.batches for check in batch.checks] == MONTHS_CHECKED
        assert 115_000 < whole.filed < 125_000

    def test_checks_each_month_in_the_batch_that_has_all_of_its_petitions(self):
        for batch in plan().batches:
            for check in batch.checks:
                assert {day.day.month for day in batch.days} == {check.month.month}
                assert 0 < check.to_improve < sum(day.urgent for day in batch.days)
        assert all(day < URGENT_FROM for story in plan().batches[0].stories for day in story.written_on)

    def test_is_the_same_for_the_same_seed(self):
        assert plan(share=0.01) == plan(share=0.01)
        assert plan(share=0.01) != plan(share=0.01, seed=106)

    def test_has_every_day_once_and_in_order(self):
        days = [day.day for batch in plan().batches for day in batch.days]

        assert days == [FIRST + timedelta(days=n) for n in range((LAST - FIRST).days + 1)]

    def test_leaves_nothing_negative_however_small_it_is(self):
        for share in (0.0005, 0.001, 0.003, 0.02, 0.1):
            for batch in plan(share=share).batches:
                assert all(min(day.ordinary, day.urgent, day.filtered, day.unconfirmed) >= 0 for day in batch.days)

    def test_scales_every_number_and_keeps_at_least_one(self):
        assert Totals().scaled(0.1).year == 10_505
        assert Totals().scaled(0.001).listed == 1

    def test_spreads_a_number_without_losing_any_of_it(self):
        assert spread(10, [1, 1, 1]) == [4, 3, 3]
        assert sum(spread(8_306, [day % 7 + 0.3 for day in range(212)])) == 8_306


@pytest.mark.parametrize("text", ["", "half", "200%", "0%", "0.5", "-1%", "nan%"])
def test_a_scale_that_means_nothing_is_refused(text):
    with pytest.raises(ValueError, match="."):
        share_of(text)


def test_a_scale_is_a_part_of_the_year():
    assert (share_of("live"), share_of("full"), share_of("1%"), share_of("0.5%")) == (None, 1.0, 0.01, 0.005)


@pytest.fixture
def place(settings, tmp_path, monkeypatch):
    """Nothing outside of this test; without a text model, which takes longer than all the rest."""
    settings.DATA_DIR, settings.FILES_DIR = tmp_path, tmp_path / "files"
    monkeypatch.setattr(city, "train", lambda at: None)
    monkeypatch.setattr(full_year.Given, "plan", lambda given: whole_plan(given.share, given.seed))


def whole_plan(share=SHARE, seed=105):
    """Two long batches: the nights of each take longer than its petitions."""
    return plan(share=share, seed=seed, months=7)


def load(processes=0, **given):
    return full_year.load(say=lambda words: None, share=SHARE, processes=processes, **given)


def figure(key, period):
    counted = value(key, period, at=full_year.NOW)
    return counted.value


def figures():
    keys = (
        ("petitions.received", YEAR), ("petitions.urgent_received", FIRST_STAGE),
        ("petitions.urgent_to_improve", FIRST_STAGE), ("petitions.repeated_listed", END),
        ("petitions.repeated_declined", YEAR), ("petitions.filtered", YEAR),
    )  # fmt: skip
    return {key: figure(key, period) for key, period in keys}


@pytest.mark.django_db(transaction=True, reset_sequences=True)
@pytest.mark.usefixtures("place")
class TestLoad:
    """One city for all of it: its founding and its nights take longer than what is shown."""

    def test_the_year_is_loaded_as_planned(self, monkeypatch):
        whole = whole_plan()
        self._goes_on_where_it_was_killed(whole, monkeypatch)
        self._leaves_what_was_planned(whole)
        self._new_rows_get_keys_behind(whole)
        self._says_how_alike_the_texts_are()
        with pytest.raises(full_year.CannotLoad, match="別的比例"):
            load(seed=1)
        drawing = workshop.blueprint(full_year.FIRST_KEY)
        self._keeps_a_batch_as_planned_and_nothing_of_one_that_is_not(len(whole.batches), drawing)
        self._lives_a_batch_act_by_act_where_somebody_was_refused(len(whole.batches) + 1, drawing)
        self._figures_move()

    def _goes_on_where_it_was_killed(self, whole, monkeypatch):
        """Of two processes one is killed with all rows of its first batch written and none committed."""
        carry, victim = workshop.carry_over, whole.batches[-1].number

        def die_with(made):
            rows = carry(made)
            if Case.objects.filter(opened_on__gte=URGENT_FROM).exists():
                os.kill(os.getpid(), signal.SIGKILL)
            return rows

        with monkeypatch.context() as patched:
            patched.setattr(workshop, "carry_over", die_with)
            with pytest.raises(RuntimeError, match="start again to go on"):
                load(processes=2)
        there = full_year.loaded()
        assert victim not in there
        assert not Case.objects.filter(opened_on__gte=URGENT_FROM).exists()
        assert audit.verify().ok

        done = load(processes=2)

        assert {one.number for one in done} == {batch.number for batch in whole.batches} - there
        assert len(done) == len(whole.batches) - len(there)
        assert load() == [], "nothing is loaded twice"

    def _leaves_what_was_planned(self, whole):
        totals = Totals().scaled(SHARE)
        assert figures() == {
            "petitions.received": totals.year,
            "petitions.urgent_received": totals.urgent,
            "petitions.urgent_to_improve": totals.to_improve,
            "petitions.repeated_listed": totals.listed,
            "petitions.repeated_declined": totals.declined,
            "petitions.filtered": totals.filtered,
        }
        assert Case.objects.count() == whole.filed
        assert audit.verify().ok
        assert [check.month for check in QualityCheck.objects.order_by("month")] == MONTHS_CHECKED
        sheets = QualitySheet.objects.exclude(state="WAITING")
        assert sheets.count() == QualitySheet.objects.count() > totals.urgent
        for sheet in sheets:
            assert sheet.marks.count() == 5
            assert sheet.steps.last().state == sheet.state
        numbered = Case.objects.exclude(number=None)
        assert numbered.count() == len(set(numbered.values_list("number", flat=True)))
        for counter in Counter.objects.filter(series="cases"):
            assert counter.last == Case.objects.filter(opened_on=counter.period).count(), "numbers without a gap"
        for case in Case.objects.all():
            assert list(case.events.order_by("n").values_list("n", flat=True)) == list(range(1, case.version + 1))
        assert not Letter.objects.filter(state="WAITING").exclude(channel="PAPER").exists()
        assert Entry.objects.filter(event=full_year.LOADED).count() == len(whole.batches)
        profiles = set(Plan.objects.values_list("profile", flat=True))
        assert profiles == {"major", "subsidy", "smart-city"}, "each kind of project has its year"

    def _says_how_alike_the_texts_are(self):
        found = alike.measure(sample=100)
        assert found.looked_at == 100
        assert 0 < found.near_share <= 1
        assert found.equal_share < 0.1

    def _new_rows_get_keys_behind(self, whole):
        last = full_year.FIRST_KEY + len(whole.batches) * workshop.ROOM
        case = Case.objects.create(
            kind="petition", title="x", text="x", channel="WEB", received_at=full_year.NOW, reference=uuid4()
        )
        assert case.pk > last
        case.delete()

    def _keeps_a_batch_as_planned_and_nothing_of_one_that_is_not(self, number, drawing):
        given, spring, before = full_year.Given(SHARE, 105), date(2017, 3, 1), Case.objects.count()

        batch = Batch(number, days=(Day(spring, 6, 2, 1, 1),))
        done = full_year.live(given, batch, drawing)

        assert (done.filed, Case.objects.count() - before) == (10, 10)
        assert figure("petitions.received", Period(spring, spring)) == 8
        again = full_year.live(given, batch, drawing)
        assert (again.filed, Case.objects.count() - before) == (10, 10), "two processes with one batch keep it once"
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(BatchOfYear, "write_vaguely", lambda self, at: None)
            with pytest.raises(NotAsPlanned):
                full_year.live(given, Batch(number + 1, days=(Day(spring + timedelta(days=1), 1, 1, 1, 0),)), drawing)
        assert full_year.loaded() == set(range(number + 1))
        assert Case.objects.count() - before == 10

    def _lives_a_batch_act_by_act_where_somebody_was_refused(self, number, drawing):
        given, day, before = full_year.Given(SHARE, 105), Day(date(2017, 3, 6), 5, 0, 1, 0), Case.objects.count()
        urged = []

        def twice(self, pk, at):
            urged.append(gives_keys())
            petition = self._get(pk)
            for _time in range(2):
                citizen.urge(petition, by=None, at=at)

        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(BatchOfYear, "urge", twice)
            patched.setattr(
                BatchOfYear, "_after_opening", lambda self, pk, at: self.later(at, lambda now: self.urge(pk, now))
            )
            patched.setattr(full_year, "check", lambda batch: None)
            full_year.live(given, Batch(number, days=(day,)), drawing)

        assert urged[:2] == [True, False]
        assert len(urged) == 1 + day.filed
        assert Case.objects.count() - before == day.filed
        assert audit.verify().ok

    def _figures_move(self):
        before = figures()
        moved = Petition.objects.opened_within(date(2016, 9, 1), date(2016, 12, 31)).filter(urgent=False)[0]
        was = moved.case.opened_on
        Case.objects.filter(pk=moved.pk).update(opened_on=date(2017, 1, 2))
        assert figures() == {**before, "petitions.received": before["petitions.received"] - 1}
        Case.objects.filter(pk=moved.pk).update(opened_on=was)
        assert figures() == before

        poor = QualitySheet.objects.wanting().filter(petition__case__opened_on__year=2016)[0]
        was = poor.petition.case.opened_on
        Case.objects.filter(pk=poor.petition_id).update(opened_on=date(2016, 7, 31))
        assert figures() == {
            **before,
            "petitions.urgent_received": before["petitions.urgent_received"] - 1,
            "petitions.urgent_to_improve": before["petitions.urgent_to_improve"] - 1,
        }
        Case.objects.filter(pk=poor.petition_id).update(opened_on=was)
        QualitySheet.objects.filter(pk=poor.pk).update(state="LIFTED")
        assert figures() == {**before, "petitions.urgent_to_improve": before["petitions.urgent_to_improve"] - 1}
        QualitySheet.objects.filter(pk=poor.pk).update(state=poor.state)
        good = QualitySheet.objects.first_readings().filter(urgent=True, state="GOOD")[0]
        QualitySheet.objects.filter(pk=good.pk).update(state="WANTING")
        assert figures() == {**before, "petitions.urgent_to_improve": before["petitions.urgent_to_improve"] + 1}
        QualitySheet.objects.filter(pk=good.pk).update(state="GOOD")
        assert figures() == before

        aside = SetAside.objects.filter(kind="FILTERED", petition__case__opened_on__year=2016).first()
        handling.take_up_again(aside.petition, reason="有具體事由", by=aside.by, at=full_year.NOW)
        assert figures() == {
            **before,
            "petitions.received": before["petitions.received"] + 1,
            "petitions.filtered": before["petitions.filtered"] - 1,
        }
        before = figures()
        again = SetAside.objects.filter(kind="FILTERED", petition__case__opened_on__year=2016, undone_at=None).first()
        again.delete()
        assert figures()["petitions.filtered"] == before["petitions.filtered"] - 1

        declined = SetAside.objects.filter(kind="DECLINED", petition__case__opened_on__year=2016).first()
        Case.objects.filter(pk=declined.petition_id).update(opened_on=date(2015, 12, 31))
        assert figures()["petitions.repeated_declined"] == before["petitions.repeated_declined"] - 1
        listing = Restriction.objects.first()
        listing.ends_on = LAST - timedelta(days=1)
        listing.save()
        assert figures()["petitions.repeated_listed"] == before["petitions.repeated_listed"] - 1

    def test_is_not_loaded_into_another_city(self):
        Agency.objects.create(code="elsewhere", kind=AgencyKind.FIRST_LEVEL, name="別的機關", short_name="別的")

        with pytest.raises(CommandError, match="已經有城市"):
            call_command("demo", "load", "--scale", "1%")
