"""Incidents and campaigns: proposed by rule, confirmed by the desk, one answer for all, each told once; and undone."""

from datetime import timedelta

import pytest
from django.test import Client as Browser

from cityhall.domains.petitions import following
from cityhall.domains.petitions.models import Cluster, ClusterMember, Petition
from cityhall.domains.petitions.services import citizen, dispatch, handling, lookout
from cityhall.domains.petitions.services import clusters as acts
from cityhall.domains.petitions.services.clusters import CannotCluster
from cityhall.domains.petitions.services.filing import Where, Who
from cityhall.domains.petitions.states import ClusterKind, ClusterState
from cityhall.engines.cases.services import CannotAct
from cityhall.engines.cases.states import PlaceMethod, Status
from cityhall.engines.deadlines.models import Clock
from cityhall.engines.letters.models import Letter
from cityhall.engines.outbox.models import Promise
from cityhall.engines.rules.services import set_parameter
from cityhall.engines.worklist.models import Todo

from .citizen import words
from .city import NINE, City, make_city, opened, signed_in

pytestmark = pytest.mark.django_db
LATER = NINE + timedelta(hours=2)
DARK = ("路燈不亮", "路燈不亮了，整條街都暗", "這裡路燈不亮", "路燈不亮，出門要小心", "門口的路燈不亮", "又是路燈不亮")


def read(petition: Petition) -> Petition:
    return Petition.objects.select_related(
        "case__requester", "case__place", "case__agency", "case__unit", "case__officer", "case__parent", "category"
    ).get(pk=petition.pk)


def there(n: int = 0) -> Where:
    return Where(method=PlaceMethod.PIN, lon=121.3 + n * 0.0001, lat=25.0, road="中山路")


class Street:
    """A street that is dark, and those who handle it."""

    def __init__(self) -> None:
        self.city: City = make_city()
        self.desk = self.city.dispatcher.account

    def dark(self, n: int, *, when=NINE, **more) -> Petition:
        who = Who(name=f"陳大{n}", email=f"dark{n}@mail.example")
        given = {"who": who, "where": there(n), "when": when, **more}
        return read(opened(DARK[n % len(DARK)], **given))

    def proposed(self, many: int = 5) -> Cluster:
        self.petitions = [self.dark(n) for n in range(many)]
        lookout.watch(LATER)
        return Cluster.objects.get()

    def confirmed(self, many: int = 5) -> Cluster:
        cluster = self.proposed(many)
        return acts.confirm(cluster, title="中山路一帶路燈不亮", lead=self.petitions[0], by=self.desk, at=LATER)

    def answer(
        self, cluster: Cluster, *, text="陳先生／女士您好：變電箱已修好，全部恢復。", run=True, approve=True
    ) -> None:
        lead, officer = read(cluster.lead), self.city.officer.account
        if lead.case.officer is None:
            handling.assign(lead, unit=None, officer=self.city.officer, by=self.city.coordinator.account, at=LATER)
        for stage in (1, 2):
            handling.draft_reply(read(lead), text=text, outcome="SOLVED" if stage == 2 else "", by=officer, at=LATER)
            reply = handling.submit_reply(read(lead), by=officer, at=LATER)
            if stage == 1 or approve:
                handling.approve_reply(reply, by=self.city.chief.account, at=LATER)
        if run:
            carry_out()


def carry_out() -> int:
    return sum(
        acts.carry_out(promise.payload["cluster"], promise.payload["reply"])
        for promise in Promise.objects.filter(kind=acts.KEEPS).order_by("pk")
    )


def letters_to(petition: Petition, template: str) -> list[Letter]:
    return list(Letter.objects.filter(about_id=str(petition.pk), template=f"petitions.{template}"))


def waiting(petition: Petition) -> set[str]:
    rows = Todo.objects.filter(object_id=petition.pk, closed_at=None, content_type__model="case")
    return set(rows.values_list("kind", flat=True))


@pytest.fixture
def street():
    return Street()


class TestProposed:
    def test_a_burst_is_proposed_once_and_waits_for_the_desk(self, street):
        cluster = street.proposed()
        lookout.watch(LATER + timedelta(minutes=5))

        assert Cluster.objects.count() == 1
        assert (cluster.kind, cluster.state) == (ClusterKind.INCIDENT, ClusterState.PROPOSED)
        assert cluster.members.count() == 5
        assert Todo.objects.filter(kind="petition.cluster", closed_at=None).count() == 1
        assert all("petition.assign" in waiting(one) for one in street.petitions)
        assert "路燈故障" in cluster.title
        assert "陳大" not in cluster.title

    def test_four_are_too_few_and_confidential_ones_do_not_count(self, street):
        for n in range(4):
            street.dark(n)
        street.dark(4, confidential=True)
        lookout.watch(LATER)

        assert not Cluster.objects.exists()

    def test_the_numbers_are_parameters_of_their_day(self, street):
        set_parameter("petitions.incident_count", 3, valid_from=NINE.date(), source="測試", by=None, at=NINE)
        for n in range(3):
            street.dark(n)
        lookout.watch(LATER)

        assert Cluster.objects.get().rule["count"] == 3


class TestConfirmed:
    def test_only_the_lead_stays_on_a_list_and_the_citizen_reads_of_it(self, street):
        cluster = street.confirmed()

        assert cluster.state == ClusterState.OPEN
        assert waiting(street.petitions[0]) == {"petition.assign"}
        assert all(waiting(one) == set() for one in street.petitions[1:])
        assert any("中山路一帶" in one.text for one in following.moments(read(street.petitions[2])))
        assert not Todo.objects.filter(kind="petition.cluster", closed_at=None).exists()

    def test_later_ones_join_by_themselves_with_why_and_others_do_not(self, street):
        cluster = street.confirmed()
        near = street.dark(6, when=LATER + timedelta(hours=1))
        far = street.dark(7, when=LATER + timedelta(hours=1), where=Where(method=PlaceMethod.PIN, lon=121.35, lat=25.0))
        lookout.watch(LATER + timedelta(hours=2))

        member = ClusterMember.objects.get(petition=near)
        assert member.cluster == cluster
        assert member.by is None
        assert 0 < member.why["metres"] < 300
        assert waiting(near) == set()
        assert not ClusterMember.objects.filter(petition=far).exists()

    def test_what_was_taken_out_is_where_it_was_and_stays_out(self, street):
        cluster = street.confirmed()
        wrong = street.petitions[3]
        due = Clock.objects.get(subject_id=wrong.pk).due_at
        acts.detach(cluster.members.get(petition=wrong), reason="是另一條街", by=street.desk, at=LATER)
        lookout.watch(LATER + timedelta(minutes=5))

        assert waiting(wrong) == {"petition.assign"}
        assert Clock.objects.get(subject_id=wrong.pk, state="RUNNING").due_at == due
        assert ClusterMember.objects.get(petition=wrong).out_at == LATER
        assert any("單獨處理" in one.title for one in following.moments(read(wrong)))
        acts.attach(cluster, read(wrong), by=street.desk, at=LATER)
        assert ClusterMember.objects.get(petition=wrong).out_at is None
        assert waiting(wrong) == set()

    def test_the_lead_is_changed_before_it_is_taken_out(self, street):
        cluster = street.confirmed()
        with pytest.raises(CannotCluster, match="主辦案件"):
            acts.detach(cluster.members.get(petition=street.petitions[0]), by=street.desk, at=LATER)
        acts.change_lead(cluster, lead=read(street.petitions[1]), by=street.desk, at=LATER)

        assert waiting(street.petitions[0]) == set()
        assert waiting(street.petitions[1]) == {"petition.assign"}
        acts.detach(cluster.members.get(petition=street.petitions[0]), by=street.desk, at=LATER)
        assert waiting(street.petitions[0]) == {"petition.assign"}

    def test_none_after_all_and_again(self, street):
        cluster = street.confirmed()
        acts.dismiss(cluster, reason="不是同一件", by=street.desk, at=LATER)
        assert all(waiting(one) == {"petition.assign"} for one in street.petitions)
        lookout.watch(LATER + timedelta(minutes=5))
        assert Cluster.objects.count() == 1
        cluster = acts.revive(cluster, by=street.desk, at=LATER)

        assert cluster.state == ClusterState.PROPOSED
        assert cluster.members.filter(out_at=None).count() == 5

    def test_confidential_answered_and_doubled_ones_are_refused(self, street):
        cluster = street.confirmed()
        hidden = street.dark(6, confidential=True)
        gone = citizen.withdraw(street.dark(7), reason="好了", by=None, at=LATER)
        for petition in (hidden, gone, street.petitions[2]):
            with pytest.raises(CannotCluster):
                acts.attach(cluster, read(petition), by=street.desk, at=LATER)

    def test_one_in_an_open_incident_is_not_joined_to_another(self, street):
        street.confirmed()
        with pytest.raises(CannotAct, match="事件"):
            handling.end(
                read(street.petitions[2]), Status.MERGED, reason="x", parent=read(street.petitions[0]).case,
                by=street.desk, at=LATER,
            )  # fmt: skip


class TestAnswered:
    def test_one_approval_answers_all_once_and_meets_every_clock(self, street):
        cluster = street.confirmed()
        street.answer(cluster)
        assert carry_out() == 0
        cluster.refresh_from_db()

        assert cluster.state == ClusterState.CLOSED
        for petition in street.petitions:
            case = read(petition).case
            assert case.status == Status.REPLIED
            assert len(letters_to(petition, "final_reply")) == 1
            assert len(letters_to(petition, "first_reply")) == 1
            assert case.replies.filter(stage=2, state="SENT").count() == 1
            clocks = list(Clock.objects.filter(subject_id=case.pk))
            assert {clock.state for clock in clocks} == {"MET"}
            assert waiting(petition) == set()
        assert cluster.members.filter(answered_at=None).count() == 0

    def test_the_others_are_not_told_whom_the_lead_is(self, street):
        cluster = street.confirmed()
        street.answer(cluster, text="陳先生／女士您好：陳大0反映的路燈已修好。")

        [letter] = letters_to(street.petitions[1], "final_reply")
        assert "陳大0" not in letter.text
        assert "路燈已修好" in letter.text

    def test_answered_wherever_it_stands(self, street):
        cluster = street.confirmed(6)
        by = street.city.coordinator.account
        waits, desk, returned = (read(one) for one in street.petitions[1:4])
        handling.assign(waits, unit=None, officer=street.city.officer, by=by, at=LATER)
        handling.ask_citizen(read(waits), text="哪一支？", by=street.city.officer.account, at=LATER)
        dispatch.return_for_dispatch(returned, proposed=street.city.transport, reason="不是我們", by=by, at=NINE)
        citizen.withdraw(read(street.petitions[4]), reason="好了", by=None, at=LATER)
        street.answer(cluster)

        assert {read(one).case.status for one in (waits, desk, returned)} == {Status.REPLIED}
        assert read(street.petitions[4]).case.status == Status.WITHDRAWN
        assert letters_to(street.petitions[4], "final_reply") == []
        assert all(waiting(one) == set() for one in street.petitions)

    def test_half_done_goes_on_where_it_stopped(self, street, monkeypatch):
        cluster = street.confirmed()
        street.answer(cluster, run=False)
        real, seen = acts.letters.reply, []

        def breaks(petition, **given):
            seen.append(petition.pk)
            if len(seen) == 6:  # two of the second stage are out
                raise RuntimeError
            return real(petition, **given)

        monkeypatch.setattr(acts.letters, "reply", breaks)
        with pytest.raises(RuntimeError):
            carry_out()
        monkeypatch.setattr(acts.letters, "reply", real)
        carry_out()

        assert all(len(letters_to(one, "final_reply")) == 1 for one in street.petitions)
        assert {read(one).case.status for one in street.petitions} == {Status.REPLIED}

    def test_nothing_can_be_put_in_or_taken_out_any_more(self, street):
        cluster = street.confirmed()
        street.answer(cluster)

        with pytest.raises(CannotCluster):
            acts.attach(cluster, street.dark(6), by=street.desk, at=LATER)
        with pytest.raises(CannotCluster):
            acts.detach(cluster.members.get(petition=street.petitions[2]), by=street.desk, at=LATER)
        with pytest.raises(CannotCluster):
            acts.dismiss(cluster, reason="x", by=street.desk, at=LATER)
        with pytest.raises(CannotCluster):
            acts.tell_news(cluster, text="x", by=street.desk, at=LATER)


class TestCampaign:
    def test_the_same_words_again_and_again_are_one_campaign_and_each_is_a_petition(self, street):
        text = "反對在我們社區旁邊設置變電所，請市府重新評估地點，並召開說明會聽取居民意見。"
        for n in range(20):
            who = Who(name=f"王大{n}", email=f"campaign{n}@mail.example")
            opened(f"{text}我住第{n}棟。", who=who, where=Where(), when=NINE)
        lookout.watch(NINE + timedelta(minutes=4))
        lookout.watch(NINE + timedelta(minutes=8))
        cluster = Cluster.objects.get()

        assert (cluster.kind, cluster.members.count()) == (ClusterKind.CAMPAIGN, 20)
        assert cluster.number.startswith("C")
        late = opened(f"{text}我住第99棟。", who=Who(name="王小", email="late@mail.example"), where=Where(), when=LATER)
        lookout.watch(LATER)
        assert ClusterMember.objects.get(petition=late).cluster == cluster
        assert Petition.objects.opened_within(NINE.date(), NINE.date()).count() == 21

    def test_nineteen_are_none(self, street):
        for n in range(19):
            who = Who(name=f"王大{n}", email=f"campaign{n}@mail.example")
            opened("反對在我們社區旁邊設置變電所，請市府重新評估地點。", who=who, where=Where(), when=NINE)
        lookout.watch(NINE)

        assert not Cluster.objects.exists()


class TestPages:
    @pytest.fixture
    def cluster(self, street):
        return street.confirmed()

    def test_the_desk_reads_why_and_does_it_all(self, street):
        cluster = street.proposed()
        browser, here = signed_in(street.city.dispatcher), f"/desk/petitions/clusters/{cluster.reference}/"
        page = browser.get(here)
        assert "規則是至少 5 件" in words(page)
        assert "<svg" in page.content.decode()
        lead = cluster.members.get(petition=street.petitions[1])
        assert browser.post(f"{here}confirm/", {"title": "路燈", "lead": lead.pk}).status_code == 302
        assert browser.post(f"{here}tell/", {"text": "台電搶修中"}).status_code == 302
        assert browser.post(f"{here}attach/", {"number": "115-1116-9999"}).status_code == 422
        row = cluster.members.get(petition=street.petitions[2])
        assert browser.post(f"{here}detach/{row.pk}/", {"reason": ""}).status_code == 302
        number = street.petitions[2].case.number
        assert browser.post(f"{here}attach/", {"number": number}).status_code == 302
        assert browser.post(f"{here}lead/", {"lead": row.pk}).status_code == 302
        assert browser.post(f"{here}dismiss/", {"reason": ""}).status_code == 422
        assert browser.post(f"{here}dismiss/", {"reason": "不是"}).status_code == 302
        assert browser.post(f"{here}revive/", {"sure": "1"}).status_code == 302
        cluster.refresh_from_db()
        assert cluster.state == ClusterState.PROPOSED

    def test_the_list_is_narrowed_and_exported(self, street, cluster):
        browser = signed_in(street.city.dispatcher)

        assert cluster.number in words(browser.get("/desk/petitions/clusters/?state=OPEN&kind=INCIDENT"))
        assert cluster.number not in words(browser.get("/desk/petitions/clusters/?kind=CAMPAIGN"))
        sheet = b"".join(browser.get("/desk/petitions/clusters/export.csv")).decode()
        assert cluster.number in sheet
        assert "陳大" not in sheet

    def test_an_agency_sees_its_own_and_manages_nothing(self, street, cluster):
        here = f"/desk/petitions/clusters/{cluster.reference}/"
        own, other = signed_in(street.city.coordinator), signed_in(street.city.other_coordinator)

        assert own.get(here).status_code == 200
        assert own.post(f"{here}dismiss/", {"reason": "x"}).status_code == 403
        assert other.get(here).status_code == 404
        assert cluster.number not in words(other.get("/desk/petitions/clusters/"))

    def test_the_public_reads_what_and_where_and_of_nobody(self, street, cluster):
        acts.tell_news(cluster, text="台電搶修中，預計晚上恢復。", by=street.desk, at=LATER)
        browser = Browser()
        page = words(browser.get(f"/petitions/incidents/{cluster.reference}/"))

        assert "台電搶修中" in page
        assert "5 位民眾反映" in page
        for petition in street.petitions:
            assert petition.case.number not in page
            assert petition.case.requester.name not in page
        assert "中山路一帶路燈不亮" in words(browser.get("/petitions/incidents/"))

    def test_what_is_only_proposed_is_not_public(self, street):
        cluster = street.proposed()
        browser = Browser()

        assert browser.get(f"/petitions/incidents/{cluster.reference}/").status_code == 404
        assert "現在沒有事件" in words(browser.get("/petitions/incidents/"))

    def test_the_record_says_who_answers(self, street, cluster):
        browser = signed_in(street.city.dispatcher)
        lead, other = (browser.get(f"/desk/petitions/{one.case.reference}/") for one in street.petitions[:2])

        assert "一次回復全部 5 件" in words(lead)
        assert "這件不必另外辦理" in words(other)
