"""From a call to a controlled project: each act with its refusals and entry, and whole requests by who may and may not."""

import re
from datetime import date, timedelta

import pytest

from cityhall.domains.grants import queries, services
from cityhall.domains.grants.models import Call, Need, Proposal
from cityhall.domains.grants.refusals import CannotGrant
from cityhall.engines.audit.models import Entry
from cityhall.engines.directory.states import Role
from cityhall.engines.directory.tests.factories import make_person
from cityhall.engines.gatherings.tests.city import make_city, signed_in

from .city import NINE, opened, proposed, recommended, reviewed

pytestmark = pytest.mark.django_db
DESK = "/desk/grants/"
LATER = NINE + timedelta(days=26)
WHO = {"by": None, "at": NINE}


@pytest.fixture
def city(monkeypatch):
    monkeypatch.setattr("django.utils.timezone.now", lambda: NINE)
    return make_city()


def words(response):
    return re.sub(r"<[^>]+>", "", response.content.decode())


class TestWay:
    def test_leads_from_a_need_to_a_controlled_project(self, city):
        call = opened()
        need = recommended(call, city.works)
        first, second = proposed(need), proposed(need, title="另一件")
        judge = make_person(city.rdec, None, Role.JUDGE)
        with pytest.raises(CannotGrant, match="評定以後"):
            services.decide_proposal(first, step="select", reason="可行", **WHO)
        reviewed(call, judge)
        at = {"by": None, "at": LATER}

        services.decide_proposal(first, step="select", reason="可行", **at)
        services.decide_proposal(second, step="reject", reason="重複", **at)
        with pytest.raises(CannotGrant, match="5年"):
            services.sign(first, ends_on=date(2040, 1, 1), document="約字第1號", **at)
        signed = services.sign(first, ends_on=date(2027, 12, 31), document="約字第1號", **at)

        assert (signed.state, signed.project.number) == ("CONTRACTED", "G115-001")
        assert (signed.project.plan.agency, signed.project.plan.opened_on) == (city.works, LATER.date())
        assert signed.project.plan.baselines.get().months.count() == 13
        for row, step in ((first, "select"), (second, "select"), (first, "reject")):
            with pytest.raises(CannotGrant):
                services.decide_proposal(row, step=step, reason="再一次", **at)
        events = Entry.objects.filter(event__startswith="grants.").values_list("event", flat=True)
        assert set(events) == {
            "grants.opened", "grants.need_submitted", "grants.need_decided", "grants.proposed", "grants.review_begun",
            "grants.proposal_decided", "grants.signed",
        }  # fmt: skip

    def test_keeps_its_days_and_its_order(self, city):
        call = opened()
        waiting = services.submit_need(call, agency=city.works, title="需求", text="規格", **WHO)
        need = recommended(call, city.works)
        given = {"vendor": "公司", "title": "計畫", "text": "內容", "amount": 1, "by": None}
        late = NINE + timedelta(days=11)
        for refused in (
            lambda: opened(),
            lambda: opened(year=2030, proposals_until=date(2026, 11, 20)),
            lambda: services.submit_need(call, agency=city.works, title="x", text="x", by=None, at=late),
            lambda: services.submit_need(call, agency=city.works, title=" ", text="x", **WHO),
            lambda: services.submit_proposal(waiting, **given, at=NINE),
            lambda: services.submit_proposal(need, **given, at=LATER),
            lambda: services.submit_proposal(need, **{**given, "amount": 0}, at=NINE),
            lambda: services.decide_need(need, step="decline", reason="再審", **WHO),
            lambda: services.decide_need(waiting, step="decline", reason=" ", **WHO),
            lambda: services.begin_review(call, judges=[], due_on=date(2027, 1, 1), **WHO),
            lambda: services.begin_review(call, judges=[], due_on=date(2027, 1, 1), by=None, at=LATER),
        ):
            with pytest.raises(CannotGrant):
                refused()

        assert (Need.objects.count(), Proposal.objects.count(), Call.objects.count()) == (2, 0, 1)
        assert queries.candidates(2026) == []


class TestPages:
    def test_take_an_agencys_need_and_show_it_to_nobody_else(self, city):
        agency, commission, stranger = (signed_in(one) for one in (city.coordinator, city.commission, city.stranger))
        days = {"needs_until_year": "115", "needs_until_month": "11", "needs_until_day": "30",
                "proposals_until_year": "115", "proposals_until_month": "12", "proposals_until_day": "31"}  # fmt: skip
        made = {"year": "2026", "name": "寬頻應用城市補助", "sponsor": "工業局", "about": "", **days}
        assert agency.get(f"{DESK}new/").status_code == 403
        assert commission.post(f"{DESK}new/", {**made, "proposals_until_month": "11"}).status_code == 422
        assert commission.post(f"{DESK}new/", made).status_code == 302
        here = f"{DESK}{Call.objects.get().reference}/"
        need = {"agency": "works", "title": "休閒農業導覽", "text": "接駁整合"}

        assert agency.post(f"{here}needs/", {**need, "agency": "rdec"}).status_code == 422
        assert agency.post(f"{here}needs/", need).status_code == 302
        row = Need.objects.get()
        assert (
            commission.post(f"{DESK}needs/{row.reference}/decide/", {"step": "recommend", "reason": "切合"}).status_code
            == 302
        )
        offer = {"vendor": "示範公司", "title": "智慧服務計畫", "text": "導覽", "amount": "8000000"}
        assert stranger.post(f"{DESK}needs/{row.reference}/proposals/", offer).status_code == 404
        assert agency.post(f"{DESK}needs/{row.reference}/proposals/", offer).status_code == 302

        assert all(word in words(agency.get(here)) for word in ("休閒農業導覽", "智慧服務計畫", "獲推薦"))
        assert "休閒農業導覽" not in words(stranger.get(here))
        assert "1 項需求" in words(agency.get(DESK))
        rows = b"".join(agency.get(f"{here}export.csv").streaming_content).decode().splitlines()
        assert rows[1].startswith("休閒農業導覽")
        assert "示範公司,智慧服務計畫,8000000" in rows[1]

    def test_take_the_review_the_decision_and_the_contract(self, city, monkeypatch):
        call = opened()
        row = proposed(recommended(call, city.works))
        judge = make_person(city.rdec, None, Role.JUDGE)
        monkeypatch.setattr("django.utils.timezone.now", lambda: NINE + timedelta(days=25))
        commission = signed_in(city.commission)
        due = {"due_on_year": "115", "due_on_month": "12", "due_on_day": "26"}
        here = f"{DESK}{call.reference}/"
        assert commission.post(f"{here}review/", {"judges": [], **due}).status_code == 422
        assert commission.post(f"{here}review/", {"judges": [str(judge.pk)], **due}).status_code == 302

        assert "審查中" in words(commission.get(here))
        decided = commission.post(f"{DESK}proposals/{row.reference}/decide/", {"step": "select", "reason": "可行"})
        assert decided.status_code == 422
        signing = f"{DESK}proposals/{row.reference}/sign/"
        ends = {"document": "約字第1號", "ends_on_year": "116", "ends_on_month": "12", "ends_on_day": "31"}
        assert commission.post(signing, ends).status_code == 422
        assert signed_in(city.coordinator).get(signing).status_code == 403
