"""Real records for the permission matrix: petitions of every kind at one agency, and people of every role near and far.

The petitions lie with the lights unit of the works agency. A person stands `near` (that unit), at `home` (another unit
of the agency), `away` (another agency, which co-handles one petition) or `outside` (a body that is not the city's).
"""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from datetime import date, timedelta
from io import BytesIO
from typing import Any

from django.db import connection

from cityhall.domains.chat import operating as chatting
from cityhall.domains.chat import services as chat
from cityhall.domains.contacts import services as contacts
from cityhall.domains.contacts import transfers
from cityhall.domains.control_yuan import services as control_yuan
from cityhall.domains.council import carried_out, marks, readers
from cityhall.domains.council import services as council
from cityhall.domains.council.services import NewItem
from cityhall.domains.faq import proposing
from cityhall.domains.faq import services as faq
from cityhall.domains.faq.models import Contradiction, Proposal, Version
from cityhall.domains.grants.tests import city as grants_tests
from cityhall.domains.hotline import menus
from cityhall.domains.hotline.models import Call, LogFile, Queue
from cityhall.domains.open_data import services as open_data
from cityhall.domains.open_data.tests import city as open_data_tests
from cityhall.domains.petitions.models import (
    CategoryQuestion,
    Cluster,
    Forwarder,
    Petition,
    QualitySheet,
    ReplyTemplate,
    StaffWords,
    YearReturn,
)
from cityhall.domains.petitions.peer_rules import Service
from cityhall.domains.petitions.services import (
    awards,
    digest,
    dispatch,
    endpoints,
    freezing,
    handling,
    lookout,
    mail,
    mailboxes,
    on_behalf,
    quality,
    received,
    replay,
    restrictions,
    retention,
    reviewing,
    splitting,
)
from cityhall.domains.petitions.services import citizen as by_citizen
from cityhall.domains.petitions.services.filing import Submission, Who
from cityhall.domains.petitions.services.rule_editor import Change
from cityhall.domains.petitions.states import AwardKind, ReplayAct
from cityhall.domains.petitions.tests.citizen import photo
from cityhall.domains.petitions.tests.city import NINE, City, file, make_city, opened, propose_listing
from cityhall.domains.petitions.tests.test_model_dispatch import train
from cityhall.domains.phone_tests import parameters as phone_parameters
from cityhall.domains.phone_tests import services as phone_tests
from cityhall.domains.projects import services as projects
from cityhall.domains.projects.tests import making as making_projects
from cityhall.domains.road_safety import services as road_safety
from cityhall.domains.smart_city import services as smart_city
from cityhall.domains.smart_city.tests import city as smart_city_tests
from cityhall.domains.spatial import analyses, handing_in, point_lists, statistics
from cityhall.domains.spatial import services as spatial
from cityhall.domains.spatial.states import Tool
from cityhall.domains.spatial.tests import city as spatial_tests
from cityhall.domains.wifi import outages
from cityhall.domains.wifi.tests import city as wifi_tests
from cityhall.engines.cases.states import Status
from cityhall.engines.classify.guard import Finding, Guard
from cityhall.engines.deadlines.services import apply_closure
from cityhall.engines.directory import exchange
from cityhall.engines.directory import services as directory
from cityhall.engines.directory.models import Person
from cityhall.engines.directory.states import Role
from cityhall.engines.directory.tests.factories import make_agency, make_person, make_unit
from cityhall.engines.files import imports
from cityhall.engines.files import services as files
from cityhall.engines.files.queries import of as files_of
from cityhall.engines.gatherings import holding
from cityhall.engines.gatherings import services as gatherings
from cityhall.engines.identity import services as identity
from cityhall.engines.identity.clients import Quota, create_client
from cityhall.engines.identity.models import Account
from cityhall.engines.letters import paper as letter_paper
from cityhall.engines.letters.models import Letter
from cityhall.engines.mailbox import services as mailbox
from cityhall.engines.mailbox.states import Door
from cityhall.engines.milestones import services as plans
from cityhall.engines.outbox.models import Promise
from cityhall.engines.places.models import Layer, Upload
from cityhall.engines.rules.services import set_parameter
from cityhall.engines.scoring import evaluations, registry
from cityhall.engines.scoring.evaluating import Step
from cityhall.engines.scoring.models import ResultLetter
from cityhall.engines.scoring.registry import EvaluationKind, Given
from cityhall.engines.scoring.rules import Mark
from cityhall.engines.surveys import keypad
from cityhall.engines.surveys import services as surveys
from cityhall.engines.surveys.tests import making
from cityhall.engines.tables import published
from cityhall.engines.tracking import services as tracking
from cityhall.engines.usage import services as usage
from cityhall.engines.usage import store
from cityhall.engines.worklist import services as worklist
from cityhall.foundation.clock import at as instant
from cityhall.foundation.clock import day_of
from cityhall.foundation.period import Period
from cityhall.report.services import issue_report

NOW = NINE + timedelta(minutes=30)
PLACES = ("near", "home", "away", "outside")
OFFICERS = [role for role in Role.values if role != Role.CITIZEN]
ON_POSTGRES = [Role.ADMIN, Role.COMMISSION, Role.COORDINATOR, Role.AGENCY_HEAD]
"""Tables decide what a role may do, whatever the database: PostgreSQL answers those who open most, city-wide and near."""
ASKED = OFFICERS if connection.vendor == "sqlite" else ON_POSTGRES
SHEET = "員工代碼,姓名,機關代碼,角色\nx1,王小明,works,承辦人\n"


@dataclass
class World:
    """Who and what there is."""

    city: City
    people: dict[tuple[str, str], Person]
    petitions: dict[str, Petition]
    citizen: Account
    stranger: Account
    ids: dict[str, Any] = field(default_factory=dict)

    def reference(self, name: str = "open") -> str:
        """What addresses call a petition."""
        return str(self.petitions[name].case.reference)


def make_world() -> World:
    """Everything, by the program's own acts."""
    city = make_city()
    bridges = make_unit(city.works, "bridges", name="橋梁科")
    signals, outside = city.other_officer.appointments.get().unit, make_unit(city.outside, "branch", name="營業處")
    seats = {
        "near": (city.works, city.lights), "home": (city.works, bridges), "away": (city.transport, signals),
        "outside": (city.outside, outside),
    }  # fmt: skip
    people = {(role, place): make_person(*seats[place], role) for role in OFFICERS for place in PLACES}
    citizen = identity.open_citizen_account(email="citizen@mail.example", name="陳小美", at=NINE)
    stranger = identity.open_citizen_account(email="stranger@mail.example", name="林大同", at=NINE)
    world = World(city, people, _petitions(city, citizen), citizen, stranger)
    make_agency("ethics", name="政風處", short_name="政風處")
    world.petitions["sealed"] = opened("承辦人收受餽贈，請查辦")
    world.ids = (
        _held(world)
        | _records(world)
        | _register(world)
        | _mail(world)
        | _incident()
        | _checked(world)
        | _import(world)
        | _outside(city)
        | _received(world)
        | _on_behalf(world)
        | _surveys()
        | _hotline()
        | _phone_test(world)
        | _evaluation(world)
        | _project(world)
        | _smart_city(world)
        | _dataset(world)
        | _spatial(world)
        | _wifi(world)
        | _council(world)
        | _gatherings(world)
        | _faq(world)
        | _chat(world)
        | _contacts(world)
    )
    return world


def _held(world: World) -> dict[str, Any]:
    """An ended petition's data is held for a lawsuit."""
    found = retention.hold(
        world.petitions["ended"], ground="LITIGATION", reason="115年度訴字第1號", until=day_of(NINE + timedelta(days=90)),
        by=world.city.commission.account, at=NINE,
    )  # fmt: skip
    return {"hold": found.reference}


def _incident() -> dict[str, Any]:
    """So many dark lights at one place are proposed as an incident; one of them leads."""
    lookout.find_incidents(at=NOW)
    cluster = Cluster.objects.get()
    member = cluster.members.exclude(petition=cluster.lead).order_by("pk").first()
    return {"cluster": cluster.reference, "cluster_member": member.pk}


def _mail(world: World) -> dict[str, Any]:
    """A message that went to the open petition, with an attachment; an authority that passes petitions on."""
    number = world.petitions["open"].case.number
    raw = (
        f"From: <citizen@mail.example>\r\nSubject: {number}\r\nMessage-ID: <1@mail.example>\r\n"
        "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nA123\r\n--b\r\nContent-Type: application/x-thing\r\n"
        "Content-Disposition: attachment; filename=a.bin\r\n\r\nx\r\n--b--\r\n"
    )
    message = mailbox.sort(mailbox.take_in(raw.encode(), door=Door.SMTP, at=NINE), at=NINE)
    sender = mail.keep_forwarder(
        None, address="@ministry.example", agency=world.city.outside, working_days=5, answer_to="", ended_on=None,
        by=world.city.commission.account, at=NINE,
    )  # fmt: skip
    works, by = world.city.works, world.city.commission.account
    works.email = "works@cityhall.example"
    works.save(update_fields=["email"])
    given = mailboxes.Settings(host="127.0.0.1", port=9, security="NONE", user="works", password="x")  # nothing listens
    mailboxes.keep(works, given, by=by, at=NINE)
    return {"mail": message.reference, "forwarder": sender.pk, "mailbox": works.code}


def _outside(city: City) -> dict[str, Any]:
    """A petition that lies at the power company, which takes it by Open311."""
    peer = endpoints.keep(
        None, agency=city.outside, base_url="https://power.example/open311/v2", jurisdiction="", api_key="k",
        by=city.commission.account, at=NINE,
    )  # fmt: skip
    endpoints.keep_services(peer, [Service("P01", "電桿歪斜")], at=NINE)
    endpoints.set_mapping(peer, default="P01", services={}, by=city.commission.account, at=NINE)
    there = opened("想請問電線桿歪了要找誰")
    handling.end(
        there, Status.TRANSFERRED_OUTSIDE, reason="桿線屬電力公司", agency=city.outside, by=city.dispatcher.account,
        at=NINE,
    )  # fmt: skip
    return {"outside": there.passed_on.get().pk, "endpoint": peer.pk, "endpoint_service": peer.services.get().pk}


def _import(world: World) -> dict[str, Any]:
    """A file of petitions that was tried and waits for a person."""
    forwarder = Forwarder.objects.get()
    job = imports.upload(
        "petitions.central", BytesIO("轉來案號,收文日,電子郵件,陳情內容\nA1,115/11/16,a@mail.example,路燈不亮\n,x,,\n".encode()),
        name="a.csv", options={"forwarder": forwarder.pk}, by=world.city.commission.account, at=NINE,
    )  # fmt: skip
    while job.state in imports.RUNNING:
        imports.carry_on({"job": job.pk, "state": job.state, "turn": job.turn, "position": job.position}, at=NINE)
        job.refresh_from_db()
    kept = freezing.freeze(NINE.date().replace(day=1), by=None, at=NINE)
    digest.prepare(kept)
    digest.send_waiting(NINE)
    return {"import": job.reference}


def _received(world: World) -> dict[str, Any]:
    """A letter that the works agency stamped and put to the open petition, with its scan."""
    by = world.people[Role.COORDINATOR, "near"].account
    stamp = received.Stamp(desk=world.city.works, way="POST", received_at=NINE, pages=1, sender_name="陳小美")
    letter = received.register(stamp, scans=[photo("信.jpg")], by=by, at=NINE)
    received.add_to_case(letter, world.petitions["open"], words="也請看對面", by=by, at=NINE)
    return {"received": letter.reference, "scan": files_of(letter).get().reference}


def _surveys() -> dict[str, Any]:
    """A survey with a complaint and a file of keys, and its second version that can still be changed."""
    survey = making.make_survey(owner="city")
    wave = making.make_wave(survey)
    bad = surveys.respond(making.invited(wave), making.BAD, at=NINE)
    phone = making.make_wave(making.make_survey(owner="city", questions=making.QUESTIONS[:1]))
    keys = BytesIO("通話編號,作答時間,q1\nc-1,2026-11-16 09:00,9\n".encode())
    upload = keypad.take_in(phone, keys, name="keys.csv", by=None, at=NINE)
    surveys.new_version(survey, by=None, at=NINE)
    return {
        "survey": survey.reference, "survey_wave": wave.reference, "survey_complaint": bad.pk, "survey_upload": upload.pk,
    }  # fmt: skip


def _hotline() -> dict[str, Any]:
    """An announcement that is published, and a voice menu in draft."""
    menus.new_version(by=None, at=NINE)
    words = menus.Words("停水", "No water", "週四停水。", "No water on Thursday.", day_of(NINE), day_of(NINE))
    call = Call.objects.create(
        key="1", callid="1", queue=Queue.objects.create(code="1999"), entered_at=NINE, entered_on=day_of(NINE), half_hour=18,
        outcome="ANSWERED", wait_s=3, talk_s=60,
    )  # fmt: skip
    log = LogFile.objects.create(kind="QUEUE_LOG", fingerprint="0" * 64, name="queue_log", last_read_at=NINE)
    return {
        "call": call.pk,
        "log_file": log.pk,
        "announcement": menus.publish(menus.write(words, by=None, at=NINE), by=None, at=NINE).pk,
    }


def _on_behalf(world: World) -> dict[str, Any]:
    """What the 里長 of the lights unit's district reported for a citizen."""
    head = world.people[Role.VILLAGE_HEAD, "near"].account
    petition = on_behalf.file(
        Submission(text="巷口的路燈不亮", channel="ON_BEHALF", who=Who(name="吳阿嬤", phone="0912-000-111")),
        consent=on_behalf.Given(how="SPOKEN", obtained_on=day_of(NINE), shares="STATE"), by=head, at=NINE,
    )  # fmt: skip
    return {"on_behalf": petition.case.reference}


def _chat(world: World) -> dict[str, Any]:
    """Somebody who waits for an operator, a message that was left, and a standard answer."""
    operator = world.people[Role.OPERATOR, "near"].account
    chatting.come(by=operator, at=NINE)
    waits = chat.begin(language="zh-hant", at=NINE)
    chat.say(waits, text="路燈不亮", at=NINE)
    chat.call_person(waits, at=NINE)
    gone = chat.begin(language="zh-hant", at=NINE)
    left = chat.leave_message(gone, text="請回電", way="CALL", name="", email="", phone="0912-000-222", at=NINE)
    canned = chatting.add_canned(title="問候", text="您好。", text_en="Hello.", by=None, at=NINE)
    return {
        "chat": waits.reference, "chat_left": left.reference, "chat_canned": canned.pk,
        "chat_answer": waits.messages.get(n=2).bot_answer.pk,
    }  # fmt: skip


def _project(world: World) -> dict[str, Any]:
    """A project of the works agency's lights unit: out of order in a month, and with an application that waits."""
    found = making_projects.listed(
        agency=world.city.works, unit=world.city.lights, on=day_of(NINE) - timedelta(days=60)
    )
    plans.evaluate("major", date(2026, 10, 1), by=None, at=NINE)
    projects.apply(found, kind="CLOSING", reason="已完工", by=None, at=NINE)
    sheet = imports.upload(
        "projects.months", BytesIO("計畫編號,月份\n".encode()), name="months.csv", options={},
        by=world.people[Role.COORDINATOR, "near"].account, at=NINE,
    )  # fmt: skip
    return {
        "project": {"number": found.number, "reference": found.plan.hits.first().reference},
        "project_import": sheet.reference,
    }


def _smart_city(world: World) -> dict[str, Any]:
    """A sub-project of the works agency's lights unit with an indicator; an award; a call with the agency's need."""
    one = smart_city_tests.sub_project(
        world.city.works, unit=world.city.lights, on=day_of(NINE) - timedelta(days=60)
    )  # fmt: skip
    smart_city_tests.indicator(one)
    award = smart_city_tests.award()
    shown = smart_city.add_evidence(award, factor="BROADBAND", text="全市熱點", by=None, at=NINE)
    call = grants_tests.opened()
    need = grants_tests.recommended(call, world.city.works)
    return {
        "sub_project": one.number, "smart_award": award.reference, "evidence": shown.reference, "grant_call": call.reference,
        "grant_need": need.reference, "grant_proposal": grants_tests.proposed(need).reference,
    }  # fmt: skip


def _dataset(world: World) -> dict[str, Any]:
    """A draft of the works agency with a file, a request for data that it is to answer, a showcase to be reviewed, a
    competition with a team's work to be checked.
    """
    open_data.furnish()
    shown = open_data_tests.published(world.city.transport)
    contest = open_data_tests.announced(at=NINE)
    team = open_data_tests.playing(contest, at=NINE)
    open_data_tests.handed_in(team, shown, at=NINE)
    return {
        "contest": contest.number,
        "seminar": open_data_tests.seminar(at=NINE, host=world.city.rdec).reference,
        "contest_team": team.reference,
        "dataset": open_data_tests.draft(world.city.works).number,
        "data_request": open_data_tests.requested(world.city.works).number,
        "showcase": open_data_tests.proposed(shown).number,
    }


def _spatial(world: World) -> dict[str, Any]:
    """A layer of the catalogue for everybody, one for named clients, and a client that was granted it."""
    given: dict[str, Any] = {"by": None, "at": NINE}
    spatial_tests.listed("villages", world.city.works, **given)
    named = spatial_tests.listed("controlled-projects", world.city.works, rights="NAMED", **given)
    client, _key = spatial_tests.client(world.city.works, starts_on=day_of(NINE), **given)
    grant = spatial.grant(client, named, purpose="評估", **given)
    gone = spatial_tests.listed("petitions-by-village", world.city.works, **given)
    spatial.withdraw_layer(gone, why="改版", **given)
    statistics.furnish(day_of(NINE))
    statistics.import_areas(io.BytesIO(b"level,code\nVILLAGE,68000010001\n"), **given)
    numbers = statistics.sheet_of([("households", "68000010001", "2026-10", 300)])
    statistics.import_numbers(numbers, level="VILLAGE", source="示範", **given)
    analysis = analyses.ask(Tool.COUNT, "數量", {"level": "VILLAGE", "layer": "villages"}, **given)
    analyses.carry_out(analysis, at=NINE)
    by = world.people[Role.COORDINATOR, "near"].account
    listed = point_lists.hand_in(io.BytesIO(b"lon,lat\n121.3,24.99\n"), name="points.csv", layers=[], by=by, at=NINE)
    point_lists.carry_out(listed, at=NINE)
    table = published.find(most=1)[0]
    file = handing_in.hand_in(
        io.BytesIO(b"name,lon,lat\nx,121.3,24.99\n"), name="x.csv", title="公園", note="", agency=world.city.works, layer=None,
        **given,
    )  # fmt: skip
    handing_in.read(file, at=NINE)
    return {
        "spatial_file": file.reference,
        "spatial_analysis": analysis.number, "spatial_client": client.reference, "spatial_grant": grant.pk,
        "spatial_list": listed.reference, "spatial_table": table.key,
    }  # fmt: skip


def _wifi(world: World) -> dict[str, Any]:
    """A hotspot that the works agency keeps, which is out."""
    one = wifi_tests.hotspot(agency=world.city.works, since=day_of(NINE) - timedelta(days=60), at=NINE)
    out = outages.record(one, began_at=NINE - timedelta(hours=30), ended_at=None, cause="", by=None, at=NINE)
    return {"hotspot": one.code, "outage": out.pk}


def _phone_test(world: World) -> dict[str, Any]:
    """A telephone test of the works agency that the tester near it made, and that failed."""
    tester, day = world.people[Role.TESTER, "near"], day_of(NINE) - timedelta(days=7)
    who: dict[str, Any] = {"by": None, "at": NINE}
    phone_tests.add_card(
        code="A1", topic="PROCEDURE", question="要帶什麼？", answer="身分證。", agency=None, valid_from=day, **who
    )
    set_parameter("phone_tests.monthly_calls", 5, valid_from=day_of(NINE), source="測試", **who)
    plan = phone_tests.draw(day.replace(day=1), seed="matrix", **who)
    test = plan.tests.filter(tester=tester, agency=world.city.works)[0]
    hour = {"MORNING": 9, "LUNCH": 12, "AFTERNOON": 15}[test.window]
    marks = {code: Mark(1, "不清楚") for code in ("speed", "manner", "correct")}
    phone_tests.score(test, marks=marks, called_at=instant(day, hour, 30), by=tester.account, at=NINE)
    plan.tests.filter(pk=test.pk).update(second_tester=world.people[Role.TESTER, "outside"])
    return {"phone_test": test.reference}


def _evaluation(world: World) -> dict[str, Any]:
    """An evaluation of the works agency whose judge stands near it."""
    works = world.city.works
    registry.evaluation(
        EvaluationKind(
            "matrix", "評核", phone_parameters.SCHEME, (Step("self", judged=False), Step("final")),
            {"self": "自評", "final": "複評"}, lambda year: [Given(works, works, works.short_name)],
        )
    )  # fmt: skip
    days = {"self": day_of(NINE) + timedelta(days=10), "final": day_of(NINE) + timedelta(days=20)}
    judges = [world.people[Role.JUDGE, "near"]]
    one = evaluations.begin("matrix", 2025, judges=judges, due=days, by=None, at=NINE)
    works = one.candidates.get().agency
    ResultLetter.objects.create(
        evaluation=one, agency=works, n=1, sent_on=NINE.date(), document="府研字第1號", sent_at=NINE
    )
    return {"evaluation": one.reference}


def _council(world: World) -> dict[str, Any]:
    """A council item of the works agency, which is asked for a reply, with a co-agency; an inspection that it held."""
    day = day_of(NINE)
    who: dict[str, Any] = {"by": None, "at": NINE}
    councillor = council.add_councillor(
        name="陳示範", party="無黨籍", constituency="第1選區", starts_on=day - timedelta(days=300), **who
    )
    helper = make_agency("council-helper", name="協辦局", short_name="協辦局")
    session = council.add_session(term=4, kind="REGULAR", n=4, starts_on=day, ends_on=day, **who)
    row = NewItem(
        kind="議決案", title="路燈", lead=world.city.works, co=[helper], raised_on=day, askers=[councillor], session=session
    )  # fmt: skip
    item = council.list_item(row, **who).tracked
    reply = item.replies.get(duty__agency=helper)
    by = world.people[Role.COMMISSION, "near"].account
    reply = tracking.answer(reply, text="已辦理。", letter_on=day, letter_number="協辦字第1號", by=by, at=NINE)
    content = BytesIO("案件類別,案由\n".encode())
    job = imports.upload("council.items", content, name="a.csv", options={}, by=by, at=NINE)
    inspection = council.register_inspection(
        agency=world.city.works, held_on=day, matter="路燈", place="示範路", councillors=[councillor], **who
    )
    return {
        "tracked": item.reference, "tracked_reply": item.replies.get(duty__agency=world.city.works).reference,
        "tracked_duty": item.duties.get(agency=helper).pk, "councillor": councillor.reference,
        "inspection": inspection.reference, "council sheet": job.reference,
        "council readers": readers.add(name="服務處", email="office@council.example", **who).reference,
        "council carried-out": carried_out.make(session, **who).reference,
        "council reply": reply.reference, "council mark": marks.mark(reply, text="沒有答到", at=NINE).pk,
    }  # fmt: skip


def _faq(world: World) -> dict[str, Any]:
    """The works agency's entries: one in hand, one that waits for it, one that is read in its second version, one gone."""
    city, editor = world.city, world.city.commission.account

    def written(code: str) -> Version:
        texts = {"question": f"{code}？", "answer": "打1999。"}
        return faq.write(code=f"faq-{code}", agency=city.works, texts=texts, by=editor, at=NINE)

    def published(code: str) -> Version:
        return faq.publish(faq.submit(written(code), by=editor, at=NINE), by=None, at=NINE)

    written("draft")
    faq.submit(written("review"), by=editor, at=NINE)
    published("public")
    entry = published("public").entry
    gone = published("gone").entry
    first, second = sorted((entry, gone), key=lambda one: one.pk)
    faq.withdraw(gone, reason="不辦了", by=editor, at=NINE)
    pair = Contradiction.objects.create(first=first, second=second, clash="SAME", words="？", found_at=NINE)
    proposal, decided = (Proposal.objects.create(text=f"問了沒有答案{n}", count=3, last_at=NINE) for n in range(2))
    proposing.decline(decided, reason="不是問題", by=editor, at=NINE)
    return {"contradiction": pair.pk, "proposal": proposal.pk, "decided": decided.pk}


def _contacts(world: World) -> dict[str, Any]:
    """A contact of the hotline with a call-back and a nuisance that waits for its review."""
    operator = world.people[Role.OPERATOR, "near"].account
    who: dict[str, Any] = {"by": operator, "at": NINE}
    contact = contacts.begin(**who)
    back = contacts.promise_call_back(
        contact, phone="03-000-0001", about="回電", due_at=NINE + timedelta(days=1), **who
    )
    contacts.report_nuisance(contact, kind="SILENT", warned=False, **who)
    october = NINE - timedelta(days=33)  # a Wednesday
    works = world.city.works
    works.phone = works.phone or "03-000-0002"
    works.save(update_fields=["phone"])
    passed = transfers.pass_on(contacts.begin(**who), works, kind="WARM", by=operator, at=october)
    transfers.tell_fate(passed, fate="BUSY", seconds=1, by=None, at=october)
    letter = transfers.ask_agencies(day_of(october).replace(day=1), by=None, at=NINE)[0]
    return {
        "contacts": {"reference": contact.reference, "pk": back.pk},
        "transfer": passed.pk,
        "transfer_letter": letter.pk,
    }


def _gatherings(world: World) -> dict[str, Any]:
    """A road-safety visit to which the works agency is invited, a Control Yuan visit with a petitioner, a year."""
    city, who, starts = world.city, {"by": None, "at": NINE}, NINE + timedelta(days=7)
    facts: dict[str, Any] = {
        "title": "實地查證", "host": city.rdec, "year": 2026, "venue": "中山路口", "starts_at": starts,
        "ends_at": starts + timedelta(hours=2), **who,
    }  # fmt: skip
    visit = gatherings.plan(profile="road_safety.visit", **facts)
    gatherings.put_on_list(visit, part="HEAD", agency=city.works, **who)
    gatherings.add_point(visit, kind="REPORT", title="現場說明", **who)
    gatherings.invite(visit, **who)
    members = gatherings.plan(profile="control_yuan.visit", **facts)
    holding.hold(members, held_on=day_of(NINE), came={}, **who)
    control_yuan.receive(members, matter="路燈", **who)
    road_safety.begin(year=2026, agencies=[city.works], begun_on=day_of(NINE), **who)
    return {"gathering": visit.reference, "control_yuan": members.reference}


def _register(world: World) -> dict[str, Any]:
    """A listing of the works agency, what it declines, and what it leaves to the desk; another waits for the head."""
    city, who = world.city, Who(name="吳小強", email="listed@mail.example")
    restrictions.approve(propose_listing(city, who), by=city.head.account, at=NINE)
    world.petitions["declined"] = opened("公園落葉還是沒人掃", who=who)
    world.petitions["listed"] = opened("公園落葉沒人掃，我要找市長", who=who)
    waiting = propose_listing(city, Who(name="周大明", email="proposed@mail.example"))
    return {"restriction": waiting.reference}


def _batch_of_use(by: Account) -> int:
    """A batch of an outside system with a row that was refused."""
    usage.add_system(key="kiosks", name="自助機", by=by, at=NINE)
    sheet = BytesIO("日期,使用方式\n2016-08-01,print\n昨天,print\n".encode())
    batch = usage.upload(sheet, source="kiosks", name="kiosks.csv", by=by, at=NINE)
    usage.read(batch, store.incoming() / batch.key, at=NINE)
    return batch.pk


def _learning(city: City) -> dict[str, Any]:
    """A version that the guard held back because of a person's labels, and a week's sample of dispatches."""
    version = train(live=False)
    person = city.commission.account.pk
    version.findings = [Finding(Guard.CONSENSUS, False, 20, None, 0.9, 0.4, person).as_json()]
    version.save(update_fields=["findings"])
    sample = reviewing.draw(NINE.date(), at=NINE + timedelta(days=7))
    assert sample
    return {"labelling": person, "week": sample.week_on.isoformat()}


def _checked(world: World) -> dict[str, Any]:
    """A sheet of the month before, found wanting by somebody of the commission; a proposal waits for its head."""
    city, october = world.city, NINE - timedelta(days=30)
    petition = opened("中山路 200 號前路燈不亮，上個月", when=october)
    handling.assign(petition, unit=None, officer=city.officer, by=city.coordinator.account, at=october)
    quality.draw(day_of(october).replace(day=1), by=None, at=NINE, seed="matrix")
    sheet = QualitySheet.objects.get(petition=petition, second=False)
    marks = {one.code: Mark(1, "沒有回復") for one in sheet.rubric.criteria.all()}
    assert sheet.checker is not None  # who that is, the order of the codes decides
    quality.score(sheet, marks=marks, by=sheet.checker.account, at=NINE)
    award = awards.propose(
        year=2025, agency=city.works, whom="", kind=AwardKind.REVIEW, reason="比率偏高", by=city.commission.account,
        at=NINE,
    )  # fmt: skip
    asked = YearReturn.objects.create(year=2025, agency=city.works, asked_at=NINE, due_on=NINE.date())
    return {"sheet": sheet.reference, "award": award.pk, "return": asked.pk}


def _petitions(city: City, citizen: Account) -> dict[str, Petition]:
    who = Who(name="陳小美", email="citizen@mail.example", phone="0912-345-678", account=citizen)

    def in_hand(text: str, **more: Any) -> Petition:
        petition = opened(text, who=who, **more)
        if petition.case.agency is None:
            dispatch.dispatch_by_desk(
                petition, category=city.street_light, agency=None, by=city.dispatcher.account, at=NINE
            )
        petition = Petition.objects.get(pk=petition.pk)
        handling.assign(petition, unit=None, officer=city.officer, by=city.coordinator.account, at=NINE)
        return Petition.objects.select_related("case").get(pk=petition.pk)

    def reviewed() -> Petition:
        petition = in_hand("公園前的路燈不亮，要核定")
        handling.draft_reply(petition, text="已派員查看。", by=city.officer.account, at=NINE)
        handling.submit_reply(petition, by=city.officer.account, at=NINE)
        return petition

    def plain() -> Petition:
        petition = opened("公園裡很多落葉", who=who)
        desk = city.dispatcher.account
        dispatch.dispatch_by_desk(petition, category=city.park_upkeep, agency=None, by=desk, at=NINE)
        petition = Petition.objects.get(pk=petition.pk)
        handling.assign(petition, unit=None, officer=city.officer, by=city.coordinator.account, at=NINE)
        return Petition.objects.select_related("case").get(pk=petition.pk)

    def helped() -> Petition:
        petition = in_hand("路燈不亮，號誌也不亮")
        handling.add_co_handler(
            petition, agency=city.transport, asked="請看號誌", working_days=3, by=city.officer.account, at=NINE
        )
        return petition

    def replied(text: str, promised_on: date | None = None) -> Petition:
        petition, officer = in_hand(text), city.officer.account
        for stage in (1, 2):
            given = {"promised_on": promised_on, "outcome": "done"} if stage == 2 else {}
            petition = Petition.objects.get(pk=petition.pk)
            handling.draft_reply(petition, text="已派員查看。", by=officer, at=NINE, **given)
            handling.approve_reply(
                handling.submit_reply(Petition.objects.get(pk=petition.pk), by=officer, at=NINE),
                by=city.chief.account, at=NINE,
            )  # fmt: skip
        return Petition.objects.select_related("case").get(pk=petition.pk)

    def extending() -> Petition:
        petition = plain()
        handling.ask_extension(petition, working_days=3, reason="等料", by=city.officer.account, at=NINE)
        return petition

    def reopening() -> Petition:
        petition = replied("路燈不亮，修了又壞")
        by_citizen.ask_reopen(petition, reason="又不亮了", by=citizen, at=NINE)
        return petition

    def ended() -> Petition:
        petition = opened("路燈不亮，我還是要找市長", who=who)
        desk = city.dispatcher.account
        handling.end(petition, Status.NOT_PROCESSED, reason="重複", ground="REPEATED", by=desk, at=NINE)
        return Petition.objects.select_related("case").get(pk=petition.pk)

    def split() -> Petition:
        petition = opened("人行道的磚翹起來，公園也沒有人掃，請兩個單位都來看", who=who)
        parts = [splitting.Part("", text, city.park_upkeep) for text in ("人行道的磚翹起來", "公園沒有人掃")]
        splitting.split(petition, parts=parts, reason="兩件事", by=city.dispatcher.account, at=NINE)
        return Petition.objects.select_related("case").get(pk=petition.pk)

    return {
        "open": in_hand("中山路 200 號前路燈不亮三天了"),
        "review": reviewed(),
        "helped": helped(),
        "confidential": in_hand("路燈不亮，不要公開", confidential=True),
        "secret": in_hand("路燈不亮，別說我是誰", keep_identity_secret=True),
        "waiting": file("路燈不亮，還沒驗證", who=Who(name="陳小美", email="citizen@mail.example")),
        "desk": opened("路燈不亮，我要找市長", who=who),
        "plain": plain(),
        "extending": extending(),
        "reopening": reopening(),
        "promised": replied("路燈不亮，要換燈桿", promised_on=NINE.date() + timedelta(days=20)),
        "alerted": file("路燈不亮，電線掉下來有人受傷", who=Who(name="陳小美", email="citizen@mail.example")),
        "ended": ended(),
        "split": split(),
        "paper": opened("公園路燈不亮", who=Who(name="陳小美", address="桃園區示範路1號", wants_letter=True)),
    }


def _records(world: World) -> dict[str, Any]:
    city, admin = world.city, world.people[Role.ADMIN, "near"]
    by: dict[str, Any] = {"by": admin.account, "at": NINE}
    works = city.works
    make_agency("gone")  # with nobody in it: may be closed
    post = directory.add_post(works, code="chief", title="科長", unit=city.lights, **by)
    shift = directory.add_shift(
        works, person=city.officer, starts_at=NOW + timedelta(hours=1), ends_at=NOW + timedelta(hours=9), **by
    )
    absence = directory.set_deputy(
        city.officer, deputy=city.colleague, starts_at=NOW + timedelta(days=1), ends_at=NOW + timedelta(days=2), **by
    )
    uploader = world.people[Role.COORDINATOR, "near"]
    job = exchange.upload(
        kind="people", file_name="people.csv", content=BytesIO(SHEET.encode()), by=uploader.account, at=NINE
    )  # fmt: skip
    closure = apply_closure(
        starts_at=NOW + timedelta(days=30), ends_at=NOW + timedelta(days=31), name="颱風", stops_clock=True,
        source="府人考字第 1 號", **by,
    )  # fmt: skip
    client, key = create_client(name="介接", scopes=["petitions.write"], quota=Quota(10**6, 10**6), **by)
    case = world.petitions["open"].case
    drawn = letter_paper.path_of(Letter.objects.get(channel="paper"))
    drawn.parent.mkdir(parents=True, exist_ok=True)
    drawn.write_bytes(b"%PDF-1.7")
    question = CategoryQuestion.objects.create(category=city.street_light, code="pole", label="燈桿", label_en="Pole")
    template = ReplyTemplate.objects.create(code="own", stage=1, name="自己的", text="您好", agency=works)
    layer = Layer.objects.get(code="boundaries")
    words = StaffWords.objects.get(category=city.street_light)
    ending = Change(ReplayAct.END, "words", NINE.date() + timedelta(days=1), rule=words.pk, reason="測試")
    return {
        **_learning(city),
        "words": words.pk,
        "replay": replay.try_out(ending, **by).pk,
        "model": 1,
        "question": question.code,
        "template": template.code,
        "term": city.street_light.terms.get().pk,
        "usage_batch": _batch_of_use(admin.account),
        "layer": layer.code,
        "version": layer.versions.get().pk,
        "layer_upload": Upload.objects.create(
            layer=layer, source="測試", uploaded_by=admin.account, uploaded_at=NINE
        ).pk,
        "post": post.code,
        "shift": shift.pk,
        "absence": absence.pk,
        "appointment": city.officer.appointments.get().pk,
        "person": city.officer.pk,
        "job": job.pk,
        "closure": closure.pk,
        "client": client.pk,
        "client_key": client.keys.get().pk,
        "key": key,
        "account": city.officer.account_id,
        "letter": Letter.objects.filter(about_id=str(case.pk)).order_by("pk").first().pk,
        "paper": Letter.objects.get(channel="paper").pk,
        "promise": Promise.objects.order_by("pk").first().pk,
        "issue": issue_report(period=Period.year(2025), note="", by=city.commission.account, at=NINE).pk,
        "file": files.store(photo(), name="a.jpg", owner=case, by=None, at=NINE),
        "filter": worklist.save_filter(person=city.officer, name="急件", query="urgent=1").pk,
    }
