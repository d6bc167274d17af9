"""承諾事項: rules, proof with photos, putting off, reminders, escalation, the page and its export."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cityhall.domains.petitions import following, pledges
from cityhall.domains.petitions.models import FollowUp, Petition
from cityhall.domains.petitions.promises import FARTHEST, Keeping, PutOffFault, keeping, put_off_fault
from cityhall.domains.petitions.services import handling, promises, todos
from cityhall.domains.petitions.services.promises import CannotPutOff
from cityhall.engines.audit.models import Entry
from cityhall.engines.cases.services import CannotAct
from cityhall.engines.files import queries as files
from cityhall.engines.letters.models import Letter
from cityhall.engines.worklist.models import Todo
from cityhall.foundation.clock import at

from .citizen import photo
from .city import NINE, City, make_city, opened, signed_in

DAY = date(2026, 12, 10)
LATER = NINE + timedelta(days=1)
days = st.dates(date(2020, 1, 1), date(2030, 12, 31))


class TestKeeping:
    @given(days, st.none() | days, days, st.integers(0, 60))
    def test_is_always_one_of_five(self, promised_on, kept_on, today, remind_days):
        found = keeping(promised_on=promised_on, kept_on=kept_on, today=today, remind_days=remind_days)

        assert (found in (Keeping.KEPT, Keeping.KEPT_LATE)) == (kept_on is not None)
        if kept_on is None:
            assert (found == Keeping.OVERDUE) == (promised_on < today)

    def test_is_in_time_on_the_day_itself(self):
        assert keeping(promised_on=DAY, kept_on=DAY, today=DAY, remind_days=7) == Keeping.KEPT
        assert keeping(promised_on=DAY, kept_on=None, today=DAY, remind_days=7) == Keeping.SOON
        assert keeping(promised_on=DAY, kept_on=None, today=DAY - timedelta(days=8), remind_days=7) == Keeping.OPEN


class TestPutOffRule:
    def ask(self, **more):
        known = {
            "kept": False, "before": DAY, "after": DAY + timedelta(days=9), "today": DAY, "moves": 0, "most": 2,
            "reason": "等料",
        }  # fmt: skip
        return put_off_fault(**{**known, **more})

    def test_needs_a_later_day_and_a_reason_and_only_so_often(self):
        assert self.ask() is None
        assert self.ask(kept=True) == PutOffFault.KEPT
        assert self.ask(after=DAY) == PutOffFault.NOT_LATER
        assert self.ask(before=DAY - timedelta(days=9), after=DAY) == PutOffFault.PAST
        assert self.ask(after=DAY + FARTHEST + timedelta(days=1)) == PutOffFault.TOO_FAR
        assert self.ask(moves=2) == PutOffFault.TOO_OFTEN
        assert self.ask(reason=" ") == PutOffFault.NO_REASON


class Story:
    """A light that the unit has promised to exchange by the tenth of December."""

    def __init__(self) -> None:
        self.city: City = make_city()
        self.officer = self.city.officer.account

    def promised(self, text: str = "路燈不亮，要換燈桿", on: date = DAY) -> FollowUp:
        petition = opened(text)
        handling.assign(petition, unit=None, officer=self.city.officer, by=self.city.coordinator.account, at=NINE)
        for stage in (1, 2):
            given = {"promised_on": on, "outcome": "PLANNED"} if stage == 2 else {}
            petition = Petition.objects.get(pk=petition.pk)
            handling.draft_reply(petition, text="12 月 10 日前換燈桿。", by=self.officer, at=NINE, **given)
            reply = handling.submit_reply(Petition.objects.get(pk=petition.pk), by=self.officer, at=NINE)
            handling.approve_reply(reply, by=self.city.chief.account, at=NINE)
        return FollowUp.objects.select_related("petition__case").get(petition=petition)


@pytest.fixture
def story(db):
    return Story()


def waiting():
    return Todo.objects.open().filter(kind=todos.FOLLOW_UP)


class TestProof:
    def test_is_told_to_the_citizen_with_its_photos(self, story):
        row = story.promised()

        promises.prove_promise(row, proof="燈桿已換新", photos=[photo()], by=story.officer, at=LATER)

        row.refresh_from_db()
        assert (row.proof, row.kept_by) == ("燈桿已換新", story.city.officer)
        assert files.of(row).count() == 1
        assert "燈桿已換新" in Letter.objects.get(template="petitions.promise_kept").text
        told = next(one for one in following.moments(row.petition) if one.quote == "燈桿已換新")
        assert len(told.files) == 1
        assert not waiting().exists()

    def test_twice_or_empty_is_refused(self, story):
        row = story.promised()

        with pytest.raises(CannotAct, match="完成情形"):
            promises.prove_promise(row, proof=" ", by=story.officer, at=LATER)
        promises.prove_promise(row, proof="好了", by=story.officer, at=LATER)
        with pytest.raises(CannotAct, match="已經登錄"):
            promises.prove_promise(row, proof="好了", by=story.officer, at=LATER)
        assert Letter.objects.filter(template="petitions.promise_kept").count() == 1

    def test_of_one_leaves_the_other_in_the_to_do_list(self, story):
        first = story.promised()
        petition = Petition.objects.get(pk=first.petition_id)
        reply = first.reply
        reply.pk, reply.promised_on = None, DAY + timedelta(days=30)
        reply.save()
        promises.follow_up(petition, reply, at=NINE)

        promises.prove_promise(first, proof="第一件好了", by=story.officer, at=LATER)

        assert waiting().get().due_at == at(DAY + timedelta(days=30), 17, 30)


class TestPuttingOff:
    def test_tells_the_citizen_why_and_keeps_the_day_before(self, story):
        row = story.promised()

        promises.put_off(row, promised_on=DAY + timedelta(days=20), reason="等料", by=story.officer, at=LATER)

        row.refresh_from_db()
        assert row.promised_on == DAY + timedelta(days=20)
        assert [(one.before, one.after) for one in row.moves.all()] == [(DAY, DAY + timedelta(days=20))]
        assert "等料" in Letter.objects.get(template="petitions.promise_moved").text
        assert waiting().get().due_at == at(DAY + timedelta(days=20), 17, 30)
        assert any(one.quote == "等料" for one in following.moments(row.petition))
        assert Entry.objects.filter(event="petition.promise_moved").exists()

    def test_is_refused_after_the_second_time(self, story):
        row = story.promised()
        for n in (1, 2):
            promises.put_off(row, promised_on=DAY + timedelta(days=n), reason="等料", by=story.officer, at=LATER)

        with pytest.raises(CannotPutOff, match="2 次"):
            promises.put_off(row, promised_on=DAY + timedelta(days=9), reason="等料", by=story.officer, at=LATER)

    @pytest.mark.parametrize(
        ("on", "reason", "said"),
        [(DAY, "等料", "之後"), (DAY + timedelta(days=5), " ", "理由"), (date(2030, 1, 1), "等料", "兩年")],
    )
    def test_is_refused_with_the_reason(self, story, on, reason, said):
        with pytest.raises(CannotPutOff, match=said):
            promises.put_off(story.promised(), promised_on=on, reason=reason, by=story.officer, at=LATER)


class TestByItself:
    def test_the_officer_is_reminded_once_a_week_before(self, story):
        row = story.promised()

        assert promises.remind(at(DAY - timedelta(days=8), 8, 30)) == 0
        assert promises.remind(at(DAY - timedelta(days=7), 8, 30)) == 1
        assert promises.remind(at(DAY - timedelta(days=6), 8, 30)) == 0

        assert Letter.objects.get(template="petitions.promise_due").name == story.city.officer.name
        promises.put_off(row, promised_on=DAY + timedelta(days=3), reason="等料", by=story.officer, at=LATER)
        assert promises.remind(at(DAY, 8, 30)) == 1

    def test_the_chiefs_are_told_once_when_it_is_late(self, story):
        row = story.promised()

        assert promises.escalate(at(DAY + timedelta(days=2), 8, 30)) == 0
        assert promises.escalate(at(DAY + timedelta(days=3), 8, 30)) == 1
        assert promises.escalate(at(DAY + timedelta(days=4), 8, 30)) == 0

        told = set(Letter.objects.filter(template="petitions.promise_due").values_list("name", flat=True))
        assert told == {story.city.chief.name, story.city.head.name}
        assert row.petition.case.events.filter(type="promise_overdue", public=False).count() == 1

    def test_what_is_kept_is_left_alone(self, story):
        promises.prove_promise(story.promised(), proof="好了", by=story.officer, at=LATER)

        assert promises.remind(at(DAY, 8, 30)) == promises.escalate(at(DAY + timedelta(days=9), 8, 30)) == 0


class TestPage:
    def test_the_query_says_the_same_as_the_rule(self, story):
        row = story.promised()
        for today in (DAY - timedelta(days=30), DAY - timedelta(days=7), DAY, DAY + timedelta(days=1)):
            said = keeping(promised_on=row.promised_on, kept_on=None, today=today, remind_days=7)
            assert pledges.standing(FollowUp.objects.all(), today).get().keeping == said
        # One minute before midnight in Taipei is still the day itself, whatever day it is in UTC.
        promises.prove_promise(row, proof="好了", by=story.officer, at=at(DAY, 23, 59))
        assert pledges.standing(FollowUp.objects.all(), DAY).get().keeping == Keeping.KEPT
        FollowUp.objects.update(kept_at=at(DAY + timedelta(days=1), 0, 1))
        assert pledges.standing(FollowUp.objects.all(), DAY).get().keeping == Keeping.KEPT_LATE

    def test_shows_an_agency_its_own_and_the_commission_all(self, story):
        number = story.promised().petition.case.number

        for person, sees in (
            (story.city.commission, True), (story.city.coordinator, True), (story.city.officer, True),
            (story.city.other_coordinator, False),
        ):  # fmt: skip
            page = signed_in(person).get("/desk/petitions/promises/").content.decode()
            assert (number in page) == sees

    def test_can_be_narrowed_and_says_so_when_nothing_fits(self, story):
        row = story.promised()
        browser = signed_in(story.city.commission)
        promises.put_off(row, promised_on=DAY + timedelta(days=9), reason="等料", by=story.officer, at=LATER)
        number = row.petition.case.number

        for asked in ("moved=on", "agency=works", f"q={number}", "q=燈桿"):
            assert number in browser.get(f"/desk/petitions/promises/?{asked}").content.decode()
        assert "沒有符合條件" in browser.get("/desk/petitions/promises/?keeping=KEPT").content.decode()

    @pytest.mark.parametrize("kind", ["csv", "ods", "xlsx"])
    def test_leaves_as_a_sheet_and_is_written_down(self, story, kind):
        story.promised()

        answer = signed_in(story.city.commission).get(f"/desk/petitions/promises/export.{kind}")

        content = b"".join(answer.streaming_content)
        assert answer.status_code == 200
        assert content if kind != "csv" else "路燈不亮，要換燈桿".encode() in content
        assert Entry.objects.filter(event="petition.promises_exported").count() == 1

    def test_the_act_takes_photos(self, story):
        row = story.promised()
        browser = signed_in(story.city.officer)
        path = f"/desk/petitions/{row.petition.case.reference}/promise/"
        assert 'enctype="multipart/form-data"' in browser.get(path).content.decode()

        browser.post(path, {"proof": "換好了", "photos": photo()})

        row.refresh_from_db()
        assert row.proof == "換好了"
        assert files.of(row).count() == 1
