"""Records behind every page: petitions in each state, long words, a rare character, and everything the desk manages."""

from __future__ import annotations

import io
import re
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils.translation import gettext_lazy as _

from cityhall.domains.chat import answering
from cityhall.domains.chat import operating as chatting
from cityhall.domains.chat import services as chat
from cityhall.domains.contacts import services as contacts
from cityhall.domains.contacts import transfers
from cityhall.domains.control_yuan import services as control_yuan
from cityhall.domains.council import carried_out, marks, readers
from cityhall.domains.council import services as council
from cityhall.domains.council.models import CouncilSession
from cityhall.domains.council.services import NewItem
from cityhall.domains.faq import chasing, proposing
from cityhall.domains.faq import services as faq
from cityhall.domains.faq.models import Contradiction, Proposal, Version
from cityhall.domains.grants import services as grants
from cityhall.domains.grants.tests import city as grants_tests
from cityhall.domains.hotline import menus
from cityhall.domains.hotline.models import Agent, Call, Queue
from cityhall.domains.open_data import competing as open_data_teams
from cityhall.domains.open_data import contests as open_data_contests
from cityhall.domains.open_data import quality as open_data_quality
from cityhall.domains.open_data import requesting as open_data_requests
from cityhall.domains.open_data import scheduled
from cityhall.domains.open_data import seminars as open_data_seminars
from cityhall.domains.open_data import services as open_data
from cityhall.domains.open_data import showcasing as open_data_showcases
from cityhall.domains.open_data.models import Dataset
from cityhall.domains.open_data.models import FetchTry as open_data_fetches
from cityhall.domains.open_data.tests import city as open_data_tests
from cityhall.domains.petitions.area_news import Area
from cityhall.domains.petitions.models import (
    CategoryQuestion,
    Cluster,
    DispatchDecision,
    Draft,
    Label,
    Petition,
    ReceivedLetter,
    Routing,
    StaffWords,
    Training,
    YearReturn,
)
from cityhall.domains.petitions.peer_rules import Asked, Service, Told, Trouble
from cityhall.domains.petitions.services import (
    area_news,
    awards,
    citizen,
    clusters,
    contractors,
    digest,
    dispatch,
    drafts,
    endpoints,
    filing,
    freezing,
    handling,
    lookout,
    mail,
    mailboxes,
    on_behalf,
    peers,
    promises,
    quality,
    received,
    replay,
    restrictions,
    retention,
    returns,
    reviewing,
    rubric,
    rule_editor,
    rulebook,
    splitting,
    supporters,
    todos,
)
from cityhall.domains.petitions.services.filing import Submission, Where, Who
from cityhall.domains.petitions.services.rule_editor import Change
from cityhall.domains.petitions.states import ReplayAct, ReplayState, TrainingState, Verdict
from cityhall.domains.petitions.tests.citizen import make_roads, photo
from cityhall.domains.petitions.tests.city import INSIDE, LEAVES, City, make_city, opened, propose_listing
from cityhall.domains.petitions.tests.test_model_dispatch import train
from cityhall.domains.phone_tests import improving
from cityhall.domains.phone_tests import services as phone_tests
from cityhall.domains.phone_tests.models import PhoneTest
from cityhall.domains.projects import on_site
from cityhall.domains.projects import services as projects
from cityhall.domains.projects.tests import making as making_projects
from cityhall.domains.road_safety import services as road_safety
from cityhall.domains.smart_city import services as smart_city
from cityhall.domains.smart_city.states import ValueKind
from cityhall.domains.smart_city.tests import city as smart_city_tests
from cityhall.domains.spatial import analyses, handing_in, point_lists, statistics
from cityhall.domains.spatial import services as spatial
from cityhall.domains.spatial.states import Tool
from cityhall.domains.spatial.tests import city as spatial_tests
from cityhall.domains.wifi import controllers, outages
from cityhall.domains.wifi import services as wifi
from cityhall.domains.wifi.tests import city as wifi_tests
from cityhall.engines.cases.states import Channel, PlaceMethod, Status
from cityhall.engines.classify.guard import Finding, Guard
from cityhall.engines.classify.models import ModelVersion
from cityhall.engines.deadlines.services import apply_closure
from cityhall.engines.directory import exchange, succession
from cityhall.engines.directory import services as directory
from cityhall.engines.directory.models import Agency, Import, Person
from cityhall.engines.directory.states import Absence, Role
from cityhall.engines.directory.tests.factories import make_agency, make_person, make_unit
from cityhall.engines.figures.models import Issue
from cityhall.engines.files import imports
from cityhall.engines.files.models import SheetImport, StoredFile
from cityhall.engines.files.queries import of as files_of
from cityhall.engines.gatherings import holding, visiting
from cityhall.engines.gatherings import services as gatherings
from cityhall.engines.gatherings.rules import Came
from cityhall.engines.identity import clients, second_factor
from cityhall.engines.identity import services as identity
from cityhall.engines.identity.clients import Quota
from cityhall.engines.identity.models import Account
from cityhall.engines.letters import services as letters_out
from cityhall.engines.letters.models import Letter
from cityhall.engines.mailbox import services as mailbox
from cityhall.engines.mailbox.models import MailFolder
from cityhall.engines.mailbox.states import Door
from cityhall.engines.mailbox.tests import letters_in
from cityhall.engines.milestones import queries as plan_queries
from cityhall.engines.milestones import services as plans
from cityhall.engines.milestones.rules import months_later
from cityhall.engines.outbox.models import Promise
from cityhall.engines.outbox.states import State
from cityhall.engines.places import memory
from cityhall.engines.places import services as places
from cityhall.engines.places.imports import SourceFile
from cityhall.engines.places.models import LayerVersion
from cityhall.engines.rules.services import set_parameter
from cityhall.engines.scoring import evaluations, telling
from cityhall.engines.scoring import registry as scoring
from cityhall.engines.scoring.evaluating import Band, Step
from cityhall.engines.scoring.models import ScoreSheet
from cityhall.engines.scoring.registry import EvaluationKind, Given, Line
from cityhall.engines.scoring.rules import Mark
from cityhall.engines.subscriptions import services as subscriptions
from cityhall.engines.surveys import keypad
from cityhall.engines.surveys import services as surveys
from cityhall.engines.surveys.models import Wave
from cityhall.engines.surveys.tests import making
from cityhall.engines.tables import published
from cityhall.engines.tracking import services as tracking
from cityhall.engines.tracking.rules import Review
from cityhall.engines.tracking.states import Verdict as Tracking
from cityhall.engines.usage import services as usage
from cityhall.engines.usage import store
from cityhall.foundation.clock import at as at_time
from cityhall.foundation.clock import day_of
from cityhall.foundation.period import Period
from cityhall.project.demo import hotline
from cityhall.project.demo import menus as demo_menus
from cityhall.report.services import issue_report

LIGHT = "中山路 200 號前路燈不亮三天了"
LONG = (
    "從國小門口一直到十字路口整排的路燈從上個月颱風之後就沒有亮過，請問到底什麼時候才會有人來修理，大家都很擔心孩子的安全？"
    * 6
)
LONG_WORD = "https://photos.example/" + "abcdefghij" * 18
RARE = "𠮷田堃峯"
PASSWORD = "公園的榕樹 1999 開花了"
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


@dataclass
class World:
    """The city and what happened in it, by what a page needs it for."""

    now: datetime
    city: City
    admin: Person
    account: Account
    stranger: Account
    client: clients.Client
    closed: Agency
    merging: Agency
    case: dict[str, Petition]
    draft: dict[str, Draft]
    upload: Import
    issue: Issue
    photo: StoredFile
    ids: dict[str, Any]

    def reference(self, name: str) -> str:
        """Of a petition, as addresses name it."""
        return str(self.case[name].case.reference)


def make_world(now: datetime) -> World:
    """Everything, made by the program's own acts."""
    city = make_city()
    make_roads()
    admin = make_person(city.rdec, None, Role.ADMIN, name=RARE, title="系統管理員")
    make_person(city.rdec, None, Role.AUDITOR)
    second_factor.set_totp(admin.account, SECRET, by=admin.account, at=now)
    account = identity.open_citizen_account(email="citizen@mail.example", name=RARE, at=now)
    made = _Maker(city, account, admin, now)
    petitions = made.petitions() | made.register() | made.together() | made.checked()
    drafts_made = made.drafts()
    made.mail()
    made.by_file()
    made.letters()
    made.on_behalf()
    made.surveys()
    made.calls()
    made.contacts()
    closed, merging = made.organisation()
    made.rules()
    made.learning()
    made.telephone_tests()
    made.evaluations()
    made.projects()
    made.council()
    made.instructions()
    made.smart_city()
    made.open_data()
    made.spatial()
    made.wifi()
    made.grants()
    made.gatherings()
    made.faq()
    made.text_service()
    with_photo = petitions["long"].case
    return World(
        now=now,
        city=city,
        admin=admin,
        account=account,
        stranger=identity.open_citizen_account(email="stranger@mail.example", at=now),
        client=made.client(),
        closed=closed,
        merging=merging,
        case=petitions,
        draft=drafts_made,
        upload=made.upload(),
        issue=issue_report(period=Period.year(day_of(now).year - 1), note=LONG[:60], by=admin.account, at=now),
        photo=files_of(with_photo).first(),  # type: ignore[arg-type]
        ids=made.ids,
    )


class _Maker:
    def __init__(self, city: City, account: Account, admin: Person, now: datetime) -> None:
        self.city, self.account, self.admin, self.now = city, account, admin, now
        self.ids: dict[str, Any] = {}

    # --- petitions ---

    def _opened(self, text: str = LIGHT, *, ago: float = 5, **more: Any) -> Petition:
        at = self.now - timedelta(hours=ago)
        who = Who(name=RARE, email="citizen@mail.example", account=self.account)
        given = {"where": INSIDE, "channel": Channel.WEB, "who": who, **more}
        petition = filing.file(Submission(text=text, **given), at=at)
        if petition.case.status == Status.AWAITING_CONFIRMATION:
            petition = filing.confirm(petition, how="email_code", by=None, at=at)
        return _fresh(petition)

    def _by_open311(self) -> None:
        """A body with services and long words, one petition that it would not take, one that it has closed."""
        city, at = self.city, self.now - timedelta(hours=1)
        by = city.commission.account
        peer = endpoints.keep(
            None, agency=city.outside, base_url=f"https://{'power' * 9}.example/open311/v2", jurisdiction="", api_key="k",
            by=by, at=at,
        )  # fmt: skip
        asked = (Asked("KIND", LONG[:60], True, values=(("1", "一戶"), ("2", LONG[:40]))), Asked("NOTE", "備註", False))
        services = [Service("P01", "電桿歪斜", "桿線"), Service("P02" + "X" * 60, LONG[:80], "供電", True, asked)]
        endpoints.keep_services(peer, services, at=at)
        endpoints.set_mapping(peer, default="P01", services={city.park_upkeep.pk: ""}, by=by, at=at)
        rows = []
        for text in ("想請問電線桿歪了要找誰，第二根", "想請問電線桿歪了要找誰，第三根"):
            petition = self._opened(text)
            handling.end(
                petition, Status.TRANSFERRED_OUTSIDE, reason="屬電力公司權責。", agency=city.outside,
                by=city.dispatcher.account, at=at,
            )  # fmt: skip
            rows.append(petition.passed_on.get())
        peers.failed(rows[0].peer, Trouble.REFUSED, LONG[:200], unsure=False, at=at)
        peers.adopted(rows[1].peer, Told(id="A1"), at=at)
        peers.news(rows[1].peer, Told(id="A1", status="closed", notes=LONG, agency="維護班"), at=at)
        endpoints.set_state(peer, "PAUSED", by=by, at=at)
        service = peer.services.get(code="P02" + "X" * 60)
        self.ids |= {
            "endpoint": peer.pk, "endpoint service": service.pk, "outside failed": rows[0].pk, "outside closed": rows[1].pk,
        }  # fmt: skip

    def _assigned(self, text: str = LIGHT, **more: Any) -> Petition:
        petition = self._opened(text, **more)
        at = petition.case.received_at + timedelta(minutes=20)
        if petition.case.status != Status.ASSIGNED:
            dispatch.dispatch_by_desk(
                petition, category=self.city.street_light, agency=None, note="", by=self.city.dispatcher.account, at=at
            )
        return _fresh(
            handling.assign(
                _fresh(petition), unit=None, officer=self.city.officer, by=self.city.coordinator.account, at=at
            )
        )

    def _replied(self, petition: Petition, text: str, *, hours: float, send: bool = True, **more: Any) -> Petition:
        at = petition.case.received_at + timedelta(hours=hours)
        handling.draft_reply(petition, text=text, by=self.city.officer.account, at=at, **more)
        reply = handling.submit_reply(petition, by=self.city.officer.account, at=at)
        if send:
            handling.approve_reply(reply, by=self.city.chief.account, at=at)
        return _fresh(petition)

    def petitions(self) -> dict[str, Petition]:
        """One in each state that looks different."""
        city, now = self.city, self.now
        officer = city.officer.account
        made = {
            "long": self._opened(
                LONG + LONG_WORD,
                where=Where(
                    method=PlaceMethod.PIN, lon=121.3, lat=25.0, label="中山路200號", road="中山路", words=LONG[:90]
                ),
            ),
            "assigned": self._assigned(),
            "unsure": self._opened("想請問這件事應該找誰處理"),
            "nowhere": self._opened("想請問這件事應該找誰處理呢", where=Where(method=PlaceMethod.NONE)),
        }
        citizen.add_facts(
            made["long"], text="補一張照片", photos=[photo("現場照片-" + "很長的檔名" * 8 + ".jpg")], by=None, at=now
        )
        asked = self._assigned("路燈不亮，燈桿號碼看不清楚")
        handling.ask_citizen(asked, text="請問是哪一支路燈？" + LONG[:80], by=officer, at=now - timedelta(hours=3))
        made["asked"] = _fresh(asked)
        review = self._assigned("路燈不亮，樹枝擋住了")
        made["review"] = self._replied(review, LONG, hours=1, send=False)
        first = self._replied(self._assigned("路燈不亮，晚上很暗"), "已派員查看，明日修復。", hours=1)
        handling.ask_extension(first, working_days=3, reason="等待料件。", by=officer, at=now - timedelta(hours=2))
        made["extending"] = _fresh(first)
        done = self._replied(self._assigned("路燈不亮，已經修過一次"), "已派員查看。", hours=1)
        done = self._replied(done, "已修復，夜間測試正常。" + LONG, hours=2, outcome="SOLVED")
        made["replied"] = done
        rated = self._replied(self._assigned("路燈不亮，一閃一閃"), "已派員查看。", hours=1)
        rated = self._replied(rated, "已修復。", hours=2, outcome="SOLVED")
        citizen.rate(rated, score=4, solved=True, comment=LONG[:80], by=None, at=now - timedelta(hours=1))
        made["rated"] = _fresh(rated)
        again = self._replied(self._assigned("路燈不亮，又壞了"), "已派員查看。", hours=1)
        again = self._replied(again, "已修復。", hours=2, outcome="SOLVED")
        citizen.ask_reopen(again, reason="昨天晚上又不亮了。", by=None, at=now - timedelta(minutes=50))
        made["reopening"] = _fresh(again)
        late = self._assigned("路燈不亮，很久了", ago=24 * 20)
        citizen.urge(late, text="已經三個星期了", by=None, at=now - timedelta(days=2))
        citizen.add_facts(late, text=LONG, photos=(), by=None, at=now - timedelta(days=1))
        handling.add_co_handler(
            late,
            agency=city.transport,
            asked="請協助交通維持。",
            working_days=3,
            by=officer,
            at=now - timedelta(days=1),
        )
        self.ids["upload link"] = contractors.make_link(
            late, contractor="光明水電行", asked=LONG[:80], by=officer, at=now - timedelta(hours=1)
        )
        made["late"] = _fresh(late)
        moved = self._opened("想請問電線桿歪了要找誰")
        made["moved"] = handling.end(
            moved, Status.TRANSFERRED_OUTSIDE, reason="屬電力公司權責。", agency=city.outside,
            by=city.dispatcher.account, at=now - timedelta(hours=1),
        )  # fmt: skip
        self.ids["outside"] = moved.passed_on.get().pk
        self._by_open311()
        several = self._opened("想請問路燈不亮和標線不清楚要找誰")
        splitting.split(
            several, reason="分屬兩個機關。" + LONG[:80], by=city.dispatcher.account, at=now - timedelta(hours=1),
            parts=[splitting.Part("", LONG, city.street_light), splitting.Part("", "標線不清楚", city.road_marking)],
        )  # fmt: skip
        made["split"] = _fresh(several)
        made["part"] = splitting.parts_of(several.case)[0].petition
        made["withdrawn"] = citizen.withdraw(
            self._opened("路燈不亮，寫錯地方了"), reason="寫錯了", by=None, at=now - timedelta(hours=1)
        )
        made["danger"] = self._opened("路燈漏電會電到人，有人受傷")
        waiting = Who(name=RARE, email="someone@mail.example")
        made["unconfirmed"] = filing.file(
            Submission(text=LIGHT, where=INSIDE, channel=Channel.WEB, who=waiting), at=now - timedelta(minutes=5)
        )
        link = re.search(r"/petitions/confirm/[0-9a-f-]{36}/[^/\s]+/", Letter.objects.latest("pk").text)
        assert link
        self.ids["link"] = link[0]
        by_phone = Who(name=RARE, phone="0900000123")
        made["call_back"] = filing.file(
            Submission(text=LIGHT, where=INSIDE, channel=Channel.WEB, who=by_phone), at=now - timedelta(minutes=5)
        )
        made["secret"] = self._opened("路燈不亮，不想讓人知道是我說的", keep_identity_secret=True, ago=0.5)
        return made

    def drafts(self) -> dict[str, Draft]:
        """A filing that has everything; others that begin, or went wrong."""
        CategoryQuestion.objects.create(
            category=self.city.street_light, code="lamp", label="路燈編號", label_en="Number on the lamp post"
        )
        rulebook.add_template(
            code="site_visit", category=self.city.street_light, stage=1, name="現場查看", by=None, at=self.now,
            text="{稱呼}您好：{地點}一案，已派員查看。",
        )  # fmt: skip
        full = {
            "group": "road",
            "kind": {"category": "street_light"},
            "what": {"text": "路燈漏電，有人受傷，" + LIGHT, "likely": "street_light"},
            "where": {"method": "PIN", "lon": 121.3, "lat": 25.0, "label": "中山路200號", "road": "中山路", "words": "",
                      "accuracy_m": None, "noplace": False, "outside": False},
            "photos": {},
            "details": {"category": "street_light", "answers": {"lamp": "A-123456"}},
            "who": {"name": RARE, "reply": "email", "email": "citizen@mail.example", "phone": "", "address": "",
                    "secret": False},
        }  # fmt: skip
        made = {
            "full": self._draft(full),
            "short": self._draft({"what": {"text": LIGHT, "likely": "street_light"}}),
            "near": self._draft({**full, "near": {"found": 3, "seen": False}}),
            "photos": self._draft({**full, "what": {"text": LONG + LONG_WORD, "likely": ""}}),
            "defect": drafts.new(channel=Channel.DEFECT, account=None, data={"photos": {}}, at=self.now),
        }
        for one in made.values():
            one.save()
        drafts.attach(
            made["photos"], photo("現場照片-" + "很長的檔名" * 8 + ".jpg"), name="現場.jpg", by=None, at=self.now
        )
        drafts.new(channel=Channel.WEB, account=self.account, data={"what": {"text": LONG}}, at=self.now).save()
        return made

    def _area_news(self, at: datetime) -> None:
        """News of an area: asked for, running with another of the same mailbox, and ended."""
        for name, account in (
            ("asked", None),
            ("running", self.account),
            ("another", self.account),
            ("ended", self.account),
        ):
            area = Area("68000010") if name != "another" else Area(centre=(121.3, 25.0), metres=500)
            wanted = area_news.Wanted(area, LONG[:60], [name] if name == "ended" else [], "WEEKLY")
            self.ids[f"area {name}"] = area_news.ask(
                wanted, email="citizen@mail.example", account=account, language="zh-hant", at=at
            )
        self.ids["area ended"] = area_news.leave(self.ids["area ended"], at=at)

    def surveys(self) -> None:
        """A survey with long words: links open, used up, run out and too early; two versions; a file of keys."""
        at, by = self.now, self.city.commission.account
        long = "請問您對市府同仁接聽電話、說明清楚和幫您解決問題的整體情形覺得滿意嗎，還有什麼希望改進？"
        survey = making.make_survey(
            owner="city", questions=(*making.QUESTIONS, replace(making.QUESTIONS[0], text=long)), at=at
        )
        wave = making.make_wave(survey, name="第一波" + RARE, opens_at=at - timedelta(days=20))
        for n, name in enumerate(("open", "answered", "complained"), start=1):
            self.ids[f"survey {name}"] = making.invited(wave, n, at=at)
        self.ids["survey over"] = making.invited(wave, 9, at=at - timedelta(days=19))
        self.ids["survey early"] = early = making.invited(making.make_wave(survey, opens_at=at), 1, at=at)
        Wave.objects.filter(pk=early.wave_id).update(opens_at=at + timedelta(days=1))
        surveys.respond(self.ids["survey answered"], {**making.GOOD, "q4": LONG, "q5": 4}, at=at)
        surveys.respond(self.ids["survey complained"], {**making.BAD, "q4": LONG_WORD, "q5": 1}, at=at)
        second = surveys.new_version(survey, by=by, at=at)
        surveys.remove_question(second.questions.get(key="q3"), by=by, at=at)
        surveys.add_question(second, replace(making.QUESTIONS[3], text=LONG[:60]), by=by, at=at)
        changed = replace(making.QUESTIONS[0], text="您這次滿意嗎？", complaint_at_most=1)
        surveys.change_question(second.questions.get(key="q1"), changed, by=by, at=at)
        by_phone = making.make_survey(owner="city", questions=making.QUESTIONS[:2], at=at)
        phone = making.make_wave(by_phone, name="電話", sampling="VOLUNTARY", opens_at=at - timedelta(days=2))
        when = f"{at - timedelta(days=1):%Y-%m-%d %H:%M}"
        keys = f"通話編號,作答時間,q1,q2\nc-1,{when},5,1\nc-2,{when},9,1\nc-3,,1,1\n"
        self.ids["keys"] = keypad.take_in(
            phone, io.BytesIO(keys.encode()), name="很長的檔名" * 8 + ".csv", by=by, at=at
        )
        self.ids |= {
            "survey": survey,
            "survey wave": wave,
            "empty survey": making.make_survey(owner="city", questions=(), at=at),
        }

    def letters(self) -> None:
        """Letters on paper: one waits, the same once more, one was entered late and became a case, one is set aside."""
        by, at = self.city.dispatcher.account, self.now

        def stamped(**more: Any) -> ReceivedLetter:
            given = {"received_at": at - timedelta(hours=2), "sender_name": RARE, "sender_address": LONG[:120], **more}
            stamp = received.Stamp(desk=self.city.rdec, way="REGISTERED", pages=3, registered_number="123456", **given)
            return received.register(stamp, scans=[photo("來信" + "很長的檔名" * 8 + ".jpg")], by=by, at=at)

        self.ids["letter waiting"] = stamped()
        self.ids["letter late"] = late = stamped(received_at=at - timedelta(days=3))
        who = Who(name=RARE, address="桃園區示範路1號", wants_letter=True)
        submission = Submission(text=LIGHT, channel=Channel.LETTER, who=who)
        received.file_letter(late, submission, named=True, by=by, at=at)
        self.ids["letter aside"] = received.set_aside(stamped(), reason=LONG[:400], by=by, at=at)

    def on_behalf(self) -> None:
        """What a 里長 reported for others: with words and answers, with its state alone, and one that the citizen ended."""
        head = make_person(self.city.works, None, Role.VILLAGE_HEAD, name=RARE)
        at = self.now - timedelta(hours=5)

        def reported(shares: str, text: str = LIGHT) -> Petition:
            submission = Submission(
                text=text, channel=Channel.ON_BEHALF, who=Who(name=RARE, email="citizen@mail.example"), where=INSIDE
            )
            consent = on_behalf.Given(how="SPOKEN", obtained_on=day_of(at), shares=shares)
            petition = on_behalf.file(submission, consent=consent, by=head.account, at=at)
            return filing.confirm(petition, how="email_code", by=None, at=at)

        self.ids["village head"] = head
        self.ids["behalf content"] = reported("CONTENT", LONG[:600] + LONG_WORD)
        self.ids["behalf state"] = reported("STATE")
        on_behalf.withdraw(reported("STATE"), by=None, at=at)

    def register(self) -> dict[str, Petition]:
        """Listings in each state that looks different, what one declines, and what it leaves to the desk."""
        city, at = self.city, self.now - timedelta(hours=4)
        head, commission = city.head.account, city.commission.account
        who = [Who(name=RARE, email=f"listed{n}@mail.example") for n in range(5)]
        self.ids["in force"] = in_force = restrictions.approve(propose_listing(city, who[0], when=at), by=head, at=at)
        self.ids["proposed"] = propose_listing(city, who[1], when=at, matter=LONG[:60])
        appealed = restrictions.approve(propose_listing(city, who[2], when=at), by=head, at=at)
        restrictions.record_appeal(appealed, text=LONG, received_on=day_of(at), by=commission, at=at)
        self.ids["appealed"] = appealed
        lifted = restrictions.approve(propose_listing(city, who[3], when=at), by=head, at=at)
        restrictions.lift(lifted, reason="已改善", by=commission, at=at)
        self.ids["lifted"] = lifted
        self.ids["hold"] = retention.hold(
            self.ids["proposed"].petition, ground="LITIGATION", reason=LONG[:90], until=day_of(at + timedelta(days=20)),
            by=city.commission.account, at=at,
        )  # fmt: skip
        restrictions.send_back(propose_listing(city, who[4], when=at), reason="先再說明一次", by=head, at=at)
        again = _fresh(opened(LEAVES, when=at, who=who[0]))
        handling.new_cause(again, by=city.dispatcher.account, at=at)
        return {
            "declined": _fresh(opened(LEAVES, when=at, who=who[0])),
            "left to the desk": _fresh(opened("落葉沒人掃，我要找市長", when=at, who=who[0])),
            "one of many": _fresh(in_force.petition),
        }

    def together(self) -> dict[str, Petition]:
        """Petitions about one matter: a main one with a joined one and a supporter, incidents in each state, a campaign."""
        at, desk = self.now - timedelta(hours=3), self.city.dispatcher.account
        text = "大同路口的標線看不清楚，晚上很危險，" + LONG[:80]

        def many(count: int, lon: float, when: datetime) -> list[Petition]:
            where = Where(method=PlaceMethod.PIN, lon=lon, lat=24.97, label="大同路", road="大同路")
            return [
                _fresh(opened(f"路燈不亮，{LONG[:60]}{n}", when=when, where=where, who=Who(name=RARE, email=f"dark{n}@mail.example")))
                for n in range(count)
            ]  # fmt: skip

        def incident(lon: float, when: datetime) -> Cluster:
            rows = many(5, lon, when)
            lookout.find_incidents(at=when)
            return rows[0].clusters.get().cluster

        main, twin, alike = (
            _fresh(opened(text, when=at, who=Who(name=RARE, email=f"twin{n}@mail.example"))) for n in range(3)
        )
        handling.end(twin, Status.MERGED, reason="同一件事", parent=main.case, by=desk, at=at)
        citizen.add_facts(_fresh(twin), text=LONG, by=None, at=at)
        self.ids["unconfirmed supporter"] = supporters.ask(
            _fresh(main), email="supports@mail.example", account=None, language="zh-hant", at=at
        )
        account = identity.open_citizen_account(email="supporter@mail.example", at=at)
        self._area_news(at)
        self.ids["supporter"] = supporters.ask(
            _fresh(main), email="supporter@mail.example", account=account, language="zh-hant", at=at
        )
        lookout.find_alike(at - timedelta(minutes=1), at=at)
        self.ids["incident proposed"] = incident(121.25, at)
        shown = incident(121.27, at)
        shown = clusters.confirm(shown, title=LONG[:90], lead=shown.lead, by=desk, at=at)
        clusters.tell_news(shown, text=LONG, by=desk, at=at)
        self.ids["incident open"] = clusters.tell_news(shown, text="搶修中", by=desk, at=at)
        self.ids["incident dismissed"] = clusters.dismiss(
            incident(121.29, at - timedelta(hours=9)), reason=LONG[:60], by=desk, at=at
        )
        return {"main": _fresh(main), "twin": _fresh(twin), "alike": alike, "in an incident": _fresh(shown.lead)}

    def mail(self) -> None:
        """E-mails with every outcome that looks different, long words, attachments, and who passes petitions on."""
        city, at = self.city, self.now - timedelta(hours=2)
        self.ids["forwarder"] = mail.keep_forwarder(
            None, address="@ministry.example", agency=city.outside, working_days=5, answer_to="", ended_on=None,
            by=city.commission.account, at=at,
        )  # fmt: skip
        for agency, at_fault in ((city.works, True), (city.transport, False)):
            agency.email = f"{LONG_WORD[:40]}@{agency.code}.example"
            agency.save(update_fields=["email"])
            given = mailboxes.Settings(
                host="127.0.0.1", port=9, security="NONE", user=agency.code, password="x"  # nothing listens
            )  # fmt: skip
            row = mailboxes.keep(agency, given, by=city.dispatcher.account, at=at)
            if at_fault:
                name = mailboxes.folder_name(row)
                MailFolder.objects.create(name=name, kind="REFUSED", failures=5, tried_at=self.now)
            else:
                mailboxes.pause(row, reason=RARE, by=city.dispatcher.account, at=at)
        parts = (
            f"From: {letters_in.word(RARE, 'utf-8')} <long@mail.example>\r\nSubject: {letters_in.word(LONG[:120], 'utf-8')}\r\n"
            "Message-ID: <long@mail.example>\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n"
            f"Content-Type: text/plain; charset=utf-8\r\n\r\n{LONG}{LONG_WORD}\r\n--b\r\nContent-Type: application/ms-tnef; "
            "name=winmail.dat\r\n\r\nx\r\n--b--\r\n"
        ).encode()
        stranger = {"subject": "案件 115-1116-9999", "sender": "other@elsewhere.example", "message_id": "<s@x>"}
        made = {
            "passed on": letters_in.forwarded(), "nested": letters_in.nested(), "parts": parts,
            "stranger": letters_in.plain(**stranger), "loop": letters_in.plain(message_id="<l@x>", List_Id="<a.b>"),
            "bounce": letters_in.bounced(Letter.objects.filter(channel="email").first().message_id),
            "aside": letters_in.plain(**{**stranger, "message_id": "<a@x>"}), "nothing": b"\r\n",
        }  # fmt: skip
        for name, raw in made.items():
            self.ids[f"mail {name}"] = mailbox.sort(mailbox.take_in(raw, door=Door.SMTP, at=at), at=at)
        mail.set_aside(self.ids["mail aside"], reason=LONG[:100], by=city.dispatcher.account, at=at)

    def by_file(self) -> None:
        """Files of petitions: one that waits, one that came in, one that cannot be read, one with unknown columns."""
        head = "轉來案號,收文日,限辦日,姓名,電子郵件,主旨,陳情內容\n"
        good = f"A1,115/11/2,115/11/30,{RARE},file@mail.example,{LONG[:60]},{LONG[:200]}\n"
        made = {
            "ready": f"{head}{good}A2,115/13/2,,,not-mail,,{LONG_WORD[:60]}\nA1,115/11/2,,,a@mail.example,,重複\n",
            "done": f"{head}B1,115/11/2,,{RARE},file@mail.example,路燈不亮,中山路 200 號前路燈不亮\n,,,,,,\n",
            "unreadable": '"', "unknown columns": f"甲,乙\n{LONG[:50]},2\n",
        }  # fmt: skip
        for name, content in made.items():
            job = imports.upload(
                "petitions.central", io.BytesIO(content.encode()), name=f"{name}.csv",
                options={"forwarder": self.ids["forwarder"].pk}, by=self.city.dispatcher.account, at=self.now,
            )  # fmt: skip
            self.ids[f"import {name}"] = job
            self._carry_on(job)
        old = f"舊案號,陳情日期,主辦機關,類別,陳情內容\nO1,106/3/20,{LONG[:40]},{LONG_WORD[:30]},路燈不亮\n"
        self.ids["import old"] = imports.upload(
            "petitions.old_system", io.BytesIO(old.encode()), name="old.csv", options={"system": "舊系統"},
            by=self.city.dispatcher.account, at=self.now,
        )  # fmt: skip
        self._carry_on(self.ids["import old"])
        self.ids["printed month"] = freezing.freeze(
            day_of(self.now).replace(day=1), by=None, at=self.now - timedelta(days=1)
        )
        digest.prepare(self.ids["printed month"])
        digest.send_waiting(self.now)
        for letter in Letter.objects.filter(template="petitions.digest", name=self.city.other_coordinator.name):
            letters_out.returned(letter, words=LONG[:90], at=self.now)
        self.ids["lost digest"] = self.city.transport.code
        self._carry_on(imports.start(self.ids["import done"], by=self.city.dispatcher.account, at=self.now))

    def _carry_on(self, job: SheetImport) -> None:
        job.refresh_from_db()
        while job.state in imports.RUNNING:
            given = {"job": job.pk, "state": job.state, "turn": job.turn, "position": job.position}
            imports.carry_on(given, at=self.now)
            job.refresh_from_db()

    def telephone_tests(self) -> None:
        """The month before: a test in each state; this month's calls are still to be made. A tester has none."""
        city, now = self.city, self.now
        month = (day_of(now).replace(day=1) - timedelta(days=1)).replace(day=1)
        begins = at_time(month, 7)
        tester = make_person(city.rdec, None, Role.TESTER, name=RARE)
        for code, question in (("A1", LONG[:300]), ("A2", "請問要帶什麼證件？")):
            phone_tests.add_card(
                code=code, topic="PROCEDURE", question=question, answer=LONG[:500], agency=None, valid_from=month, by=None,
                at=begins,
            )  # fmt: skip
        set_parameter("phone_tests.monthly_calls", 6, valid_from=month, source="測試", by=None, at=begins)
        before = list(phone_tests.draw(month, by=None, at=begins, seed="looks").tests.order_by("n"))
        this = phone_tests.draw(day_of(now).replace(day=1), by=None, at=now, seed="looks")
        waiting = this.tests.order_by("n").first()
        hours = {"MORNING": 9, "LUNCH": 12, "AFTERNOON": 15}
        by = tester.account
        for number, test in enumerate(before[:5]):
            low = number % 2
            marks = {code: Mark(1 if low else 5, RARE + LONG[:200]) for code in ("speed", "manner", "correct")}
            called_at = at_time(month + timedelta(days=4 + number), hours[test.window], 30)
            phone_tests.score(test, marks=marks, remark=LONG[:400], called_at=called_at, by=by, at=called_at)
        for n in range(3):
            called_at = at_time(month + timedelta(days=4 + n), hours[before[5].window], 30)
            phone_tests.reached_nobody(before[5], trouble="BUSY", called_at=called_at, by=by, at=called_at)
        improving.answer(before[5], text=LONG[:900], by=city.coordinator.account, at=now)
        failed = PhoneTest.objects.filter(state="FAILED", agency=city.works).order_by("n").first()
        idle, second = make_person(city.rdec, None, Role.TESTER), make_person(city.rdec, None, Role.TESTER)
        PhoneTest.objects.filter(pk=before[0].pk).update(second_tester=second, recording="https://recordings.example/1")
        self.ids |= {"tester": tester, "idle tester": idle, "second tester": second, "test waiting": waiting, "test failed": failed,
                     "test passed": before[0], "test unanswered": before[5]}  # fmt: skip

    def evaluations(self) -> None:
        """A year's evaluation in each step, of agencies with long names, by judges with long words."""
        city, now = self.city, self.now
        judge = make_person(city.rdec, None, Role.JUDGE, name=RARE)
        second = make_person(city.transport, None, Role.JUDGE)
        scoring.formula(
            "looks.share", RARE, lambda subjects, year: {one.pk: (Decimal(90), {"n": 9}) for one in subjects}
        )
        lines = (
            Line("share", 40, "如期率", "On time", LONG[:200], LONG[:200], "looks.share", (("0", "0"), ("100", "100"))),
            Line("quality", 60, LONG_WORD[:20], "Quality", LONG[:200], LONG[:200]),
        )
        scoring.declare(
            "looks", "測試", since=date(2016, 1, 1), source=LONG[:200], lines=lines, most=10, reason_below=6,
            bands=(Band(Decimal(80), "甲等", "Good", LONG[:60], LONG[:60]), Band(Decimal(0), "乙等", "Fair")),
        )  # fmt: skip
        scoring.evaluation(
            EvaluationKind(
                "looks", _("評核"), "looks", (Step("self", judged=False), Step("final")), {"self": _("自評"), "final": _("複評")},
                lambda year: [Given(one, one, LONG[:60]) for one in (city.works, city.transport)],
            )
        )  # fmt: skip
        days = {"self": day_of(now) + timedelta(days=10), "final": day_of(now) + timedelta(days=20)}
        marks, late = {"quality": Mark(3, LONG[:200])}, now + timedelta(days=11)
        made = {}
        for year in (2023, 2024, 2025):
            made[year] = one = evaluations.begin("looks", year, judges=[judge, second], due=days, by=None, at=now)
            if year == 2025:
                continue
            works, transport = one.candidates.all()
            evaluations.assess(works, marks=marks, remark=LONG[:400], by=city.coordinator.account, at=now)
            evaluations.end_step(one, by=None, at=late)
            evaluations.judge(works, marks=marks, remark=LONG[:400], by=second.account, at=late)
            if year == 2023:
                for row, who in ((works, judge), (transport, judge)):
                    evaluations.judge(row, marks=marks, remark=LONG[:400], by=who.account, at=late)
                evaluations.end_step(one, by=None, at=late)
                evaluations.close(one, by=None, at=late)
                told: dict[str, Any] = {"sent_on": day_of(late), "by": None, "at": late}
                telling.send_results(one, document=LONG[:60], **told)
                evaluations.reopen(one, reason=LONG[:200], by=None, at=late)
                ScoreSheet.objects.filter(judge=second, scheme=one.scheme).update(points=Decimal(60))
                evaluations.close(one, by=None, at=late)
                telling.send_results(one, document="府研管字第1號", **told)
        self.ids |= {"judge": judge, "evaluations": made}

    def projects(self) -> None:
        """One out of order in every way with an application that waits, one on time, one that waits for a decision."""
        city, today = self.city, day_of(self.now)
        begins = months_later(today.replace(day=1), -4)
        at = at_time(begins, 10)
        late = making_projects.listed(
            agency=city.works, unit=city.lights, on=begins, name=RARE + LONG[:100], place=LONG[:100], about=LONG[:900]
        )
        making_projects.listed(agency=city.works, on=begins, works=False, name="智慧路燈資料平台")
        for n, percent in ((1, 2), (2, 2), (3, "2.5")):
            making_projects.reported(late, n, percent, months_later(begins, n) + timedelta(days=4), paid=n * 1000)
        plans.set_land(late.plan, state="UNDETERMINED", note=LONG[:200], by=None, at=at)
        for n in range(3):
            plans.hold_tender(
                late.plan, package=LONG[:50], on=begins + timedelta(days=n), result="FAILED", by=None, at=self.now
            )
        plans.hold_tender(
            late.plan, package="水電", on=begins, result="AWARDED", amount=9_000_000, contractor=LONG[:80], by=None,
            at=self.now,
        )  # fmt: skip
        contract = plans.sign_contract(
            late.plan, package="水電", on=begins, amount=9_000_000, due_on=today, by=None, at=self.now
        )
        plans.change_contract(
            contract, on=today, amount=9_500_000, due_on=today, reason=LONG[:300], by=None, at=self.now
        )
        on_site.place(late, points=[(121.30, 24.99), (121.31, 25.0), (121.32, 25.0)], by=None, at=self.now)
        on_site.add_photo(
            late,
            photo().file,
            name="site.jpg",
            taken_on=today,
            caption=LONG[:200],
            by=city.officer.account,
            at=self.now,
        )
        plans.stop(late.plan, on=begins, reason=LONG[:200], by=None, at=at)
        plans.ask_coordination(late.plan, matter=LONG[:200], asked_of=city.transport, on=begins, by=None, at=at)
        month = plan_queries.last_standing_month(today)
        plans.evaluate("major", month, by=None, at=self.now)
        plans.reopen(
            late.plan,
            month=months_later(begins, 1),
            until=today,
            reason=LONG[:200],
            by=city.commission.account,
            at=self.now,
        )
        making_projects.reported(late, 2, "2.2", today, paid=2500)
        projects.apply(late, kind="CLOSING", reason=LONG[:400], by=city.officer.account, at=self.now)
        for n, mode in enumerate(("tendered", "grant")):
            subsidy = making_projects.listed(
                agency=(city.works, city.transport)[n], on=begins, profile="subsidy", name=f"{LONG[:40]}{n}",
                facets={"class": "sport", "mode": mode},
            )  # fmt: skip
            making_projects.reported(subsidy, 1, 2, months_later(begins, 1) + timedelta(days=4), paid=9_000_000 * n)
        waiting = making_projects.proposed(agency=city.works, on=today, name="橋梁補強工程", total_budget=20_000_000)
        self.ids |= {"project late": late, "project waiting": waiting, "project hit": late.plan.hits.first()}
        for name, text in (
            ("", f"計畫編號,月份,實際進度\n{late.number},105/13,1\nM999-001,105/1,九成\n"),
            (" unread", "甲\n乙\n"),
        ):
            job = imports.upload(
                "projects.months", io.BytesIO(text.encode()), name=f"{RARE}{LONG[:60]}.csv", options={},
                by=city.officer.account, at=self.now,
            )  # fmt: skip
            self._carry_on(job)
            self.ids[f"import months{name}"] = job

    def council(self) -> None:
        """A council item in each state, with long words; an inspection; a session; a month that was reported."""
        city, now = self.city, self.now
        first = now - timedelta(days=40)
        day, by = day_of(first), city.commission.account
        council.add_session(
            term=4, kind="REGULAR", n=4, starts_on=day, ends_on=day + timedelta(days=60), by=by, at=first
        )
        who = council.add_councillor(
            name=RARE,
            party=LONG[:20],
            constituency=LONG_WORD[:20],
            starts_on=day - timedelta(days=700),
            by=by,
            at=first,
        )
        rows = [
            NewItem(
                kind="總質詢", title=LONG[:150], text=LONG[:900], lead=city.works, co=[(city.transport, LONG[:200])],
                raised_on=day, askers=[who], session=CouncilSession.objects.get(), district="桃園區", about=LONG_WORD[:60],
            )
            for _n in range(5)
        ]  # fmt: skip
        items = [one.tracked for one in council.list_items(rows, by=by, at=first)]
        office = make_person(city.rdec, None, Role.COUNCIL_OFFICE)
        self.ids |= {"item asked": items[0], "councillor": who, "council office": office}
        for n, item in enumerate(items[1:], 1):
            for reply in item.replies.all():
                tracking.answer(
                    reply, text=LONG[:900], letter_on=day, letter_number="示範字第1號", by=city.coordinator.account,
                    at=first + timedelta(hours=1),
                )  # fmt: skip
                if n == 1:
                    self.ids["reply to review"] = reply
                    continue
                poor = n == 2
                found = Review(answers=not poor, complete=not poor)
                tracking.review(reply, found=found, remark=LONG[:300], by=by, at=first + timedelta(hours=2))
        tracking.record_verdict(
            items[4], verdict=Tracking.TRACKED, reason=LONG[:300], by=by, at=first + timedelta(hours=3)
        )
        self.ids |= {
            "item in review": items[1], "item returned": items[2], "item to decide": items[3], "item tracked": items[4],
            "reply asked": items[0].replies.first(), "reply again": items[2].replies.filter(state="ASKED").first(),
        }  # fmt: skip
        row = NewItem(
            kind="議決案", title=LONG[:150], text=LONG[:900], lead=city.works, raised_on=day, askers=[who],
            session=CouncilSession.objects.get(),
        )  # fmt: skip
        council.list_item(row, by=by, at=first)
        self.ids["council report"] = carried_out.make(CouncilSession.objects.get(), by=by, at=now)
        answered = items[3].replies.filter(state="ACCEPTED").first()
        self.ids["council mark"] = marks.mark(answered, text=LONG[:300], by=by, at=now)
        reader = readers.add(name=RARE, email=f"{'office' * 6}@council.example", councillor=who, by=by, at=now)
        readers.renew_feed(reader, at=now)
        self.ids["council reader"] = reader
        head = "案件類別,案由,質詢或議決日,主辦機關\n"
        sheet = io.BytesIO(
            f"{head}總質詢,{LONG[:60]},115/1/2,works\n總質詢,{LONG[:60]},115/1/2,{LONG_WORD[:40]}\n".encode()
        )
        self.ids["council sheet"] = imports.upload("council.items", sheet, name=LONG[:40] + ".csv", options={}, by=by, at=now)  # fmt: skip
        self.ids["inspection"] = council.register_inspection(
            agency=city.works, held_on=day, matter=LONG[:150], place=LONG_WORD[:100], councillors=[who],
            participants=LONG[:200], minutes=LONG[:900], follow_up=LONG[:300], by=city.coordinator.account, at=now,
        )  # fmt: skip

    def instructions(self) -> None:
        """Instructions of the mayor, one of them late, and a decision of the city meeting, with long words."""
        city, now = self.city, self.now
        given: dict[str, Any] = {"text": LONG[:900], "duty": LONG[:200], "by": city.commission.account}
        self.ids["instruction asked"] = tracking.list_item(
            profile="mayor", title=LONG[:150], lead=city.works, co=[(city.transport, LONG[:200])],
            at=now - timedelta(days=40), **given,
        )  # fmt: skip
        self.ids["decision of the city meeting"] = tracking.list_item(
            profile="city_meeting", title=LONG_WORD[:120], lead=city.transport, at=now - timedelta(days=2), **given
        )

    def smart_city(self) -> None:
        """A sub-project with an indicator, an award with its first round and evidence, with long words."""
        city, at = self.city, self.now - timedelta(days=3)
        one = smart_city_tests.sub_project(
            city.works, "living", on=months_later(day_of(at).replace(day=1), -2), name=LONG[:110], about=LONG[:600]
        )
        measure = smart_city_tests.indicator(one, name=LONG[:100])
        given: dict[str, Any] = {"by": city.commission.account, "at": at}
        smart_city.set_values(measure, kind=ValueKind.REACHED, values={2016: Decimal("1234567.5")}, **given)
        award = smart_city.enter_award(name=LONG[:70], year=day_of(at).year, **given)
        smart_city.record_result(award, stage="SMART21", won=True, announced_on=day_of(at), **given)
        shown = smart_city.add_evidence(award, factor="INNOVATION", text=LONG[:900], project=one, **given)
        self.ids |= {"sub-project": one, "smart-city award": award, "evidence": shown}

    def open_data(self) -> None:
        """A published dataset with long words, three versions and a link; a draft, one of each review, one withdrawn."""
        city = self.city
        open_data.furnish()
        long = {
            "title": LONG[:120], "description": LONG[:900], "fields_text": "\n".join([LONG_WORD[:60], f"行政區（{LONG[:200]}）", "𠮷名（罕用字）"]),
            "notes": LONG[:300], "contact_name": "王小明", "contact_phone": "03-0000-1600", "covers_from": date(2016, 1, 1),
        }  # fmt: skip
        shown = open_data_tests.published(city.works, at=self.now, tags=("道路", LONG_WORD[:50]), **long)
        row = shown.resources.get()
        who: dict[str, Any] = {"by": city.commission.account, "at": self.now}
        for n in range(2):
            data = open_data_tests.CSV + f"新屋區,第{n}停車場,{n}\n".encode()
            open_data_tests.uploaded(row, data, name="long.csv", note=LONG[:200], **who)
        changed = f"{LONG_WORD[:60]},日期\n{LONG[:90]},106/1/1\n{LONG[:90]},不知道\n".encode("cp950", "ignore")
        open_data_tests.uploaded(row, changed, name="long.csv", **who)
        live = open_data.add_resource(
            shown, name=LONG[:150], kind="LIVE", url="https://data.example/live", format="JSON", **who
        )
        set_parameter(
            "open_data.fetch_hosts", "data.example", valid_from=day_of(self.now), source="本府開放資料作業", **who
        )
        scheduled.set_schedule(row, url=f"https://data.example/{LONG_WORD[:60]}.csv", every="DAILY", **who)
        open_data_fetches.objects.create(resource=row, at=self.now, outcome="FAILED", trouble=LONG[:200])
        draft = open_data_tests.draft(city.works, title=LONG_WORD[:100])
        waits = open_data_tests.draft(city.works, title="機關審核中的資料")
        open_data.submit(waits, **who)
        agreed = open_data_tests.draft(city.transport, title="研考會審核中的資料")
        open_data.submit(agreed, **who)
        open_data.agree(agreed, **who)
        unchecked = open_data_tests.published(city.transport, title="還沒有檢測的資料")
        for one in open_data_quality.queries.whole(Dataset.objects.filter(pk=shown.pk)):
            open_data_quality.record(one, open_data_quality.judge([], []), at=self.now - timedelta(days=9))
            held = [open_data_quality.Seen(1, LONG[:200], declared="Big5", encoding="UTF-8", columns=(LONG_WORD[:60],))]
            open_data_quality.record(one, open_data_quality.judge(held, [LONG_WORD[:90]]), at=self.now)
        wished = open_data_tests.requested(city.works, at=self.now, title=LONG[:100])
        answered = open_data_tests.requested(city.works, at=self.now, title="答復過的需求", email="a@mail.example")
        open_data_requests.answer(answered, outcome="OPENED", text=LONG[:900], dataset=shown, **who)
        received = open_data_tests.received(at=self.now, title="待審閱的需求", email="b@mail.example")
        made = open_data_tests.proposed(shown, at=self.now, title=LONG[:100])
        open_data_showcases.decide(made, shown=True, **who)
        self._contests(shown)
        follows: dict[str, Any] = {"account": None, "language": "zh-hant", "at": self.now}
        waits_for_code = subscriptions.ask("open_data.dataset", shown.name, email="wang@mail.example", **follows)
        follows["account"] = city.commission.account
        told = subscriptions.ask("open_data.search", "q=資料", email=city.commission.account.email, **follows)
        gone = open_data_tests.published(city.transport, title="停止提供的資料")
        open_data.withdraw(gone, reason=LONG[:200], **who)
        self.ids |= {
            "dataset": shown, "draft dataset": draft, "dataset in review": waits, "dataset agreed": agreed,
            "withdrawn dataset": gone, "data resource": row, "live resource": live, "unchecked dataset": unchecked,
            "data request": wished, "answered request": answered, "received request": received, "showcase": made,
            "subscription": told, "unconfirmed subscription": waits_for_code,
        }  # fmt: skip

    def _contests(self, dataset: Dataset) -> None:
        """One with long words whose prize went to two, one that takes teams, one whose result waits, a draft, one called off."""
        tests, before = open_data_tests, self.now - timedelta(days=40)
        long: dict[str, Any] = {"title": LONG[:60], "purpose": LONG[:900], "terms": LONG[:2000], "datasets": [dataset]}
        judge, who = (
            make_person(self.city.transport, None, Role.JUDGE),
            {"by": self.city.commission.account, "at": self.now},
        )
        made = {}
        for name in ("contest over", "contest to award"):
            one = made[name] = tests.announced(at=before, days=(0, 10, 15, 60), **long)
            long["title"] = "等候公布結果的競賽"
            for n, title in enumerate((LONG[:100], "𠮷祥物地圖")):
                team = tests.playing(one, name=f"{LONG_WORD[:50]}{n}", email=f"{name[-4:]}{n}@mail.example", at=before)
                work = tests.handed_in(team, dataset, title=title, text=LONG[:900], at=before)
                open_data_contests.check(work, accepted=True, by=None, at=before)
            points = {LONG[:100]: 9, "𠮷祥物地圖": 7}
            made[name] = tests.judged(one, judge, points=points, at=before + timedelta(days=12))
        over = made["contest over"]
        prize = over.prizes.get(n=2)
        open_data_contests.award(over, chosen=dict.fromkeys(open_data_contests.works(over), prize), **who)
        running = tests.announced(at=self.now, title="報名中的競賽", days=(0, 0, 5, 9))
        self.ids["contest team"] = tests.playing(running, email="team@mail.example", at=self.now)
        back = tests.playing(running, name="要修改的隊伍", email="back@mail.example", at=self.now)
        work = tests.handed_in(back, dataset, title=LONG[:90], at=self.now)
        open_data_contests.check(work, accepted=False, reason=LONG[:250], **who)
        self.ids["contest team sent back"] = back
        gone = tests.playing(running, name="退出的隊伍", email="gone@mail.example", at=self.now)
        self.ids["contest team gone"] = open_data_teams.withdraw(gone, at=self.now)
        talk = tests.seminar(at=self.now, host=self.city.rdec, title=LONG[:100])
        open_data_seminars.make_public(talk, seats=40, **who)
        past = tests.seminar(at=before, host=self.city.rdec, title="辦過的說明會")
        open_data_seminars.make_public(past, seats=None, by=None, at=before)
        tests.held(past, came=208)
        self.ids["open data seminar"] = talk
        off = tests.announced(at=self.now, title="停辦的競賽")
        open_data_contests.call_off(off, reason=LONG[:200], **who)
        draft = tests.drafted(at=self.now, title="還沒公告的競賽")
        self.ids |= {
            **made,
            "contest judge": judge,
            "contest": running,
            "contest called off": off,
            "contest draft": draft,
        }

    def spatial(self) -> None:
        """Layers of the catalogue with long words, and a client that was granted one and has asked."""
        city, at = self.city, self.now - timedelta(days=3)
        given: dict[str, Any] = {"by": city.commission.account, "at": at}
        shown = spatial_tests.listed(
            "villages",
            city.works,
            title=LONG[:70],
            title_en="W" * 110,
            about=LONG[:900],
            scale=5000,
            upkeep="DAILY",
            **given,
        )
        named = spatial_tests.listed(
            "controlled-projects", city.transport, rights="NAMED", title=LONG_WORD[:70], **given
        )
        client, _key = spatial_tests.client(
            city.works,
            f"{LONG[:60]}系統",
            kind="PROJECT",
            purpose=LONG[:180],
            starts_on=day_of(at),
            ends_on=day_of(at) + timedelta(days=90),
            **given,
        )
        grant = spatial.grant(client, named, purpose=LONG[:180], **given)
        for days in (0, 40):
            spatial.count(client, shown, "FEATURES", on=day_of(at) - timedelta(days=days))
        statistics.furnish(day_of(at))
        villages = [name.code for name in memory.boundaries().villages.names]
        for item, number in (("people", 2), ("households", 1_234_567)):
            sheet = statistics.sheet_of([(item, code, "2026-10", number * (1 + n)) for n, code in enumerate(villages)])
            statistics.import_numbers(sheet, level="VILLAGE", source=LONG[:120], **given)
        made = {}
        for name, tool, asked in (
            ("done", Tool.CHOROPLETH, {"measure": "stat:households:"}),
            ("waiting", Tool.COUNT, {"layer": "villages"}),
            ("refused", Tool.HOT_SPOTS, {"measure": "stat:people:"}),
        ):
            made[name] = analyses.ask(tool, LONG[:80], {"level": "VILLAGE", **asked}, **given)
            if name != "waiting":
                analyses.carry_out(made[name], at=at)
        self.ids |= {f"spatial analysis {name}": one for name, one in made.items()}
        self.ids |= {"spatial layer": shown, "spatial client": client, "spatial grant": grant}
        gone = spatial_tests.listed("petitions-by-village", city.works, **given)
        spatial.withdraw_layer(gone, why=LONG[:200], **given)
        spatial.bring_back(gone, why=LONG[:200], **given)
        spatial.withdraw_layer(gone, why=LONG[:300], **given)
        by = city.coordinator.account
        for name, text in (
            ("answered", f"lon,lat,address\n121.3,24.99,\n,,{LONG[:100]}\n"),
            ("refused", "a,b\n1,2\n"),
            ("waiting", f"lon,lat\n{LONG},1\n"),
        ):
            one = point_lists.hand_in(
                io.BytesIO(text.encode()), name=f"{LONG_WORD[:90]}.csv", layers=["villages"], by=by, at=at
            )
            if name != "waiting":
                point_lists.carry_out(one, at=at)
            self.ids[f"{name} point list"] = one
        for name, text in (
            ("read", f"{LONG[:30]},lon,lat\n{LONG_WORD},121.3,24.99\n"),
            ("refused", "a,b\n1,2\n"),
            ("waiting", "x"),
        ):
            file = handing_in.hand_in(
                io.BytesIO(text.encode()), name=f"{LONG_WORD[:90]}.csv", title=LONG[:80], note=LONG[:300], agency=city.works,
                layer=None, **given,
            )  # fmt: skip
            if name != "waiting":
                handing_in.read(file, at=at)
            self.ids[f"{name} layer file"] = file
        self.ids["published table"] = published.find(most=1)[0]

    def wifi(self) -> None:
        """A hotspot with long words of which a check finds everything, and one of a central agency that is paused."""
        city, at = self.city, self.now - timedelta(days=3)
        given: dict[str, Any] = {"by": city.commission.account, "at": at, "since": day_of(at) - timedelta(days=30)}
        shown = wifi_tests.hotspot(
            LONG[:110], wifi_tests.OUTSIDE, operator=LONG_WORD[:50], agency=city.works, address=LONG[:180], zone=LONG_WORD[:50],
            contract=RARE[:40], contract_to=day_of(at) - timedelta(days=9), **given,
        )  # fmt: skip
        other = wifi_tests.hotspot("站前廣場", operator="交通部", **given)
        wifi.record_state(
            other, state="PAUSED", since=day_of(at), reason=LONG[:280], by=city.commission.account, at=at
        )  # fmt: skip
        opened = wifi_tests.hotspot("戶政事務所大廳", agency=city.works, promised=Decimal("99.90"), **given)
        out = outages.record(
            shown, began_at=at - timedelta(hours=30), ended_at=None, cause="LINE", by=city.commission.account, at=at
        )
        outages.watch(at=self.now)
        text = f"day,code,session,user,megabyte,minute_up\n{day_of(at)},{shown.code},12345,900,4000,1200\n"
        text += f"{day_of(at)},{opened.code},3,2,1,1440\n"
        controllers.take_in(io.BytesIO(text.encode()), name="wifi.csv", by=city.commission.account, at=self.now)
        self.ids |= {"hotspot": shown, "open hotspot": opened, "outage": out.pk}

    def grants(self) -> None:
        """A call whose review is closed: needs in each state, a proposal to sign and one that is a project. One that is open."""
        city, at = self.city, self.now - timedelta(days=60)
        long = {"title": LONG[:110], "text": LONG[:900]}
        call = grants_tests.opened(at=at, name=LONG[:110], about=LONG[:600])
        need = grants_tests.recommended(call, city.works, at=at, **long)
        grants.submit_need(call, agency=city.transport, by=None, at=at, **long)
        rows = [grants_tests.proposed(need, at=at, vendor=LONG[:70], **long) for _n in range(3)]
        judge = make_person(city.transport, None, Role.JUDGE)
        grants_tests.reviewed(call, judge, at=at)
        who: dict[str, Any] = {"by": city.commission.account, "at": self.now}
        for row in rows[:2]:
            grants.decide_proposal(row, step="select", reason=LONG[:200], **who)
        grants.sign(rows[1], ends_on=day_of(self.now) + timedelta(days=400), document="示範約字第1號", **who)
        coming = grants_tests.opened(at=self.now, year=day_of(self.now).year + 1, name="次年度徵案")
        self.ids |= {
            "call": call,
            "call open": coming,
            "need": need,
            "grant proposal": rows[2],
            "grant to sign": rows[0],
        }
        self.ids["need waiting"] = grants.submit_need(coming, agency=city.works, **long, **who)

    def calls(self) -> None:
        """Three days of 1999, a seat and a queue with long names, and who watches over them."""
        day = day_of(self.now) - timedelta(days=3)
        demo_menus.load(at=self.now, before=self.now - timedelta(days=9))
        hotline.load(day, 3, at=self.now)
        menus.new_version(by=None, at=self.now)
        words = menus.Words(RARE + LONG[:40], LONG_WORD[:100], LONG[:400], LONG[:400], day, day_of(self.now))
        self.ids["draft announcement"] = menus.write(words, by=None, at=self.now)
        taken_back = menus.publish(menus.write(words, by=None, at=self.now), by=None, at=self.now)
        menus.withdraw(taken_back, reason=RARE + LONG[:100], by=None, at=self.now)
        long = {
            "queue": Queue.objects.create(code="queue-" + "x" * 50),
            "agent": Agent.objects.create(code="PJSIP/" + "y" * 60),
        }
        last = Call.objects.operator().latest("entered_at")
        Call.objects.filter(pk=last.pk).update(missed=2, again=True, moved_to="600123", **long)
        self.ids |= {
            name: make_person(self.city.rdec, None, role, name=RARE)
            for name, role in (("supervisor", Role.SUPERVISOR), ("operator", Role.OPERATOR))
        }

    def contacts(self) -> None:
        """A call in hand with everything joined to it, a nuisance to review, and a month of an agency's transfers."""
        city, now, by = self.city, self.now, self.ids["operator"].account
        who: dict[str, Any] = {"by": by, "at": now}
        contact = contacts.begin(**who)
        contacts.write_note(contact, note=LONG[:900], **who)
        back = contacts.promise_call_back(
            contact, phone="03-000-0001", about=LONG[:200], due_at=now + timedelta(days=1), **who
        )
        nuisance = contacts.begin(by=by, at=now - timedelta(hours=1))
        contacts.report_nuisance(nuisance, kind="SILENT", warned=False, **who)
        month = (day_of(now).replace(day=1) - timedelta(days=1)).replace(day=1)
        city.works.phone = city.works.phone or "03-000-0002"
        city.works.save(update_fields=["phone"])
        for n in range(7):  # one of them at least is a working day
            at = at_time(month + timedelta(days=n + 7), 10)
            passed = transfers.pass_on(contacts.begin(by=by, at=at), city.works, kind="WARM", by=by, at=at)
            transfers.tell_fate(passed, fate="BUSY", seconds=1, by=None, at=at)
        letter = transfers.ask_agencies(month, by=None, at=now)[0]
        waiting = transfers.pass_on(contacts.begin(**who), city.works, kind="WARM", **who)
        self.ids |= {"contact": contact, "call back": back, "nuisance": nuisance, "transfer letter": letter,
                     "transfer": waiting}  # fmt: skip

    def faq(self) -> None:
        """Entries in each state, with words as long as they come."""
        texts = {"question": LONG[:100] + RARE, "answer": LONG[:300], "aliases": LONG_WORD, "fee": "免費"}
        more = {"steps": f"打1999\n{LONG[:80]}", "days": 3, "procedure": "路燈維修", "link": "https://example.org/lamps",
                "links": f"{LONG[:40]} https://example.org/long", "review_by": day_of(self.now) - timedelta(days=3),
                "valid_until": day_of(self.now) + timedelta(days=9), "question_en": "A dark lamp", "answer_en": "Call 1999."}  # fmt: skip
        editor, works = self.city.commission.account, self.city.works

        def written(code: str, **words: Any) -> Version:
            return faq.write(code=code, agency=works, texts={**texts, **words}, by=editor, at=self.now)

        def published(code: str, **words: Any) -> Version:
            version = faq.submit(written(code, **words), by=editor, at=self.now)
            return faq.publish(version, by=self.city.coordinator.account, at=self.now)

        published("long")
        published("long", **more)
        written("draft-one")
        faq.submit(written("review-one", **more), by=editor, at=self.now)
        faq.withdraw(published("gone-one").entry, reason=LONG[:60], by=editor, at=self.now)
        published("clashing", **{**more, "fee": "新臺幣100元"})
        chasing.chase(at=self.now)
        for n in range(3):
            faq.record_unanswered(f"{LONG[:60]}{n}", channel="WEB", at=self.now)
        proposing.group(at=self.now)
        self.ids["proposal"], self.ids["contradiction"] = Proposal.objects.get(), Contradiction.objects.first()
        self.ids["decided"] = Proposal.objects.create(text=LONG[60:200], count=3, last_at=self.now)
        proposing.decline(self.ids["decided"], reason=LONG[:300], by=editor, at=self.now)

    def text_service(self) -> None:
        """A conversation in each state, with the longest words, and messages that were left."""
        operator = make_person(self.city.rdec, None, Role.OPERATOR, name=RARE)
        chatting.come(by=operator.account, at=self.now)
        chatting.add_canned(title=LONG[:40], text=LONG[:300], text_en=LONG_WORD, by=None, at=self.now)
        talks = {}
        for name in ("bot", "waiting", "person", "closed", "left", "answered"):
            one = talks[name] = chat.begin(language="zh-hant", at=self.now)
            for text in (LONG[:200], LONG_WORD, "失火了", "qwertyuiop 量子糾纏"):
                chat.say(one, text=text, at=self.now)
        for name in ("waiting", "person"):
            one = talks[name]
            one.refresh_from_db()
            one.state, one.queued_at = "WAITING", self.now
            one.save()
        chatting.take(talks["person"], by=operator.account, at=self.now)
        chatting.answer(talks["person"], text=LONG[:300], by=operator.account, at=self.now)
        chat.end(talks["closed"], at=self.now)
        left = {
            name: chat.leave_message(
                talks[name], text=LONG[:500], way="MAIL", name=RARE, email="left@mail.example", phone="", at=self.now
            )
            for name in ("left", "answered")
        }
        answering.answer(left["answered"], text=LONG[:500], by=operator.account, at=self.now)
        self.ids |= {f"chat {name}": one for name, one in (talks | left).items()} | {"chat operator": operator}

    def gatherings(self) -> None:
        """A meeting with everything long, one that was cancelled, a visit on its way, a Control Yuan visit, a year."""
        city, now = self.city, self.now
        by, starts = city.commission.account, now - timedelta(days=9)
        before: dict[str, Any] = {"by": by, "at": starts - timedelta(days=9)}
        facts: dict[str, Any] = {
            "host": city.rdec, "owner": city.commission, "year": day_of(starts).year, "venue": LONG[:100],
            "address": RARE, "starts_at": starts, "ends_at": starts + timedelta(hours=2), **before,
        }  # fmt: skip
        full = gatherings.plan(profile="smart_city.working_group", title=LONG[:150], series=RARE, purpose=LONG, **facts)
        gatherings.add_point(full, kind="DISCUSSION", title=LONG[:150], text=LONG, agency=city.works, **before)
        gatherings.put_on_list(full, part="CHAIR", name=RARE, **before)
        gatherings.put_on_list(full, part="HEAD", agency=city.works, **before)
        gatherings.invite(full, **before)
        came = {1: (Came("PRESENT"), ""), 2: (Came("DEPUTY", 2, LONG[:200]), RARE)}
        after: dict[str, Any] = {"by": by, "at": starts + timedelta(hours=3)}
        holding.hold(full, held_on=day_of(starts), came=came, **after)
        holding.conclude(full, text=LONG, agency=city.works, due_on=day_of(now) + timedelta(days=9), **after)
        for n in range(2):
            reason = LONG[:200] if n else ""
            holding.issue_minutes(full, text=LONG * 2, issued_on=day_of(starts), reason=reason, **after)
        gone = gatherings.plan(profile="meeting", title="取消的會議", **facts)
        gatherings.cancel(gone, reason=LONG[:200], **before)
        coming = {**facts, "starts_at": now + timedelta(days=3), "ends_at": now + timedelta(days=3, hours=2)}
        visit = gatherings.plan(profile="road_safety.visit", title="路口查證", **coming)
        gatherings.add_point(visit, kind="REPORT", title="現場說明", **before)
        gatherings.put_on_list(visit, part="HEAD", agency=city.works, **before)
        gatherings.invite(visit, **before)
        visiting.mark(visit, marks={"works.signs": ("WANTING", LONG[:300])}, where=(121.3, 25.0), by=by, at=now)
        picture = photo()
        visiting.add_photo(
            visit,
            picture.file,
            name="x.jpg",
            line="works.signs",
            caption=RARE,
            where=(121.3, 25.0),
            taken_at=now,
            by=by,
            at=now,
        )
        members = gatherings.plan(profile="control_yuan.visit", title="監委巡察", **facts)
        holding.hold(members, held_on=day_of(starts), came={}, **after)
        control_yuan.receive(members, matter=LONG[:200], agency=city.works, **after)
        road_safety.begin(year=day_of(now).year, agencies=[city.works, city.rdec], begun_on=day_of(starts), **after)
        self._road_safety_result(day_of(now).year - 1)
        self.ids |= {"meeting": full, "meeting gone": gone, "visit": visit, "members": members}

    def _road_safety_result(self, year: int) -> None:
        """A year with its result, sent on, and the ministry's beside it."""
        city, now, judge = self.city, self.now, self.ids["judge"]
        late: dict[str, Any] = {"by": None, "at": now + timedelta(days=11)}
        looked_at = road_safety.begin(
            year=year,
            agencies=[city.works, city.transport],
            begun_on=day_of(now) - timedelta(days=400),
            by=None,
            at=now,
        )
        days = {"self": day_of(now) + timedelta(days=10), "first": day_of(now) + timedelta(days=20)}
        one = evaluations.begin("road_safety.first", year, judges=[judge], due=days, by=None, at=now)
        evaluations.end_step(one, **late)
        marks = {code: Mark(8) for code in ("aims", "methods", "public", "evidence")}
        for row in one.candidates.all():
            evaluations.judge(row, marks=marks, remark="", **{**late, "by": judge.account})
        evaluations.end_step(one, **late)
        evaluations.close(one, **late)
        road_safety.send_on(looked_at, sent_on=day_of(late["at"]), document=LONG[:60], **late)
        points = {"works": Decimal("79.5"), "transport": Decimal(88)}
        road_safety.record_ministry(
            looked_at, points=points, received_on=day_of(late["at"]), document=LONG[:60], **late
        )

    def checked(self) -> dict[str, Petition]:
        """Last month's check: sheets in each state that looks different; a year with proposals; promises kept and late."""
        city, before = self.city, self.now - timedelta(days=day_of(self.now).day + 9)
        commission = [city.commission, *(make_person(city.rdec, None, Role.COMMISSION) for _ in range(2))]
        self.ids["commission head"] = make_person(city.rdec, None, Role.COMMISSION_HEAD)
        petitions = [self._answered(before, text) for text in (LIGHT, LONG, *(f"{LIGHT}，第 {n} 盞" for n in range(8)))]
        check = quality.draw(day_of(before).replace(day=1), by=None, at=self.now - timedelta(hours=6), seed="looks")
        readings = check.sheets.filter(second=False, petition__in=[one.pk for one in petitions])
        sheets, scored = list(readings.select_related("petition__case").order_by("pk")), self.now - timedelta(hours=5)
        for sheet in sheets[:-1]:
            low = sheet != sheets[0]
            marks = {one.code: Mark(1 if low else 5, RARE + LONG[:200]) for one in sheet.rubric.criteria.all()}
            quality.score(sheet, marks=marks, remark=LONG[:400], by=sheet.checker.account, at=scored)
        for twin in check.sheets.filter(second=True):
            marks = {one.code: Mark(4) for one in twin.rubric.criteria.all()}
            quality.score(twin, marks=marks, by=twin.checker.account, at=scored)
        good, wanting, contested, lifted, redo, answered, judged = sheets[:7]
        agency = city.coordinator.account
        for sheet in (contested, lifted):
            quality.contest(sheet, reason=LONG[:900], by=agency, at=scored)
        outside = next(one for one in commission if one.pk not in quality.readers(lifted))
        quality.decide(lifted, granted=True, decision=LONG[:500], by=outside.account, at=scored)
        for sheet in (redo, answered, judged):
            quality.accept(sheet, by=agency, at=scored)
        for sheet in (answered, judged):
            self._reply(sheet.petition, scored)
        quality.judge(judged, improved=False, remark=LONG[:300], by=city.commission.account, at=scored)
        self.ids |= {
            "check": check.slug, "sheet good": good, "sheet wanting": wanting, "sheet contested": contested,
            "sheet lifted": lifted, "sheet redo": redo, "sheet answered": answered, "sheet judged": judged,
            "sheet waiting": sheets[-1], "sheet decider": next(
                one for one in commission if one.pk not in quality.readers(contested)
            ),
        }  # fmt: skip
        now_holds = rubric.written(rubric.newest())
        coming = replace(now_holds, enough=70, valid_from=day_of(self.now) + timedelta(days=40), source=RARE)
        rubric.new_version(coming, by=city.commission.account, at=self.now)
        self.ids["award"] = awards.propose(
            year=day_of(self.now).year - 1, agency=city.works, whom=RARE, kind="COMMENDATION", reason=LONG[:600],
            by=city.commission.account, at=self.now,
        )  # fmt: skip
        self.ids["year return"] = YearReturn.objects.create(
            year=day_of(self.now).year - 1, agency=city.works, asked_at=before, due_on=day_of(before), times_chased=1
        )
        handed_in = YearReturn.objects.create(
            year=day_of(self.now).year - 1, agency=city.transport, asked_at=before, due_on=day_of(before)
        )
        returns.hand_in(handed_in, analysis=LONG, measures=LONG, by=city.other_coordinator.account, at=self.now)
        late = self._answered(before, f"{LIGHT}，承諾過期", promised_on=day_of(before) + timedelta(days=2))
        kept = self._answered(before, f"{LIGHT}，承諾完成", promised_on=day_of(before) + timedelta(days=2))
        promises.prove_promise(kept.follow_ups.get(), proof=LONG[:800], by=city.officer.account, at=self.now)
        return {"promise late": _fresh(late), "promise kept": _fresh(kept), "redo": _fresh(redo.petition)}

    def _answered(self, when: datetime, text: str, promised_on: Any = None) -> Petition:
        """A petition that the lights unit has answered in full."""
        petition = opened(text, when=when, who=Who(name=RARE, email="checked@mail.example"))
        if _fresh(petition).case.agency != self.city.works:
            desk = self.city.dispatcher.account
            dispatch.dispatch_by_desk(
                petition, category=self.city.street_light, agency=self.city.works, by=desk, at=when
            )
        self._reply(_fresh(petition), when, promised_on)
        if handling.stage_now(_fresh(petition)) == 2 and not _fresh(petition).case.is_ended:
            self._reply(_fresh(petition), when, promised_on)
        return _fresh(petition)

    def _reply(self, petition: Petition, when: datetime, promised_on: Any = None) -> None:
        city, petition = self.city, _fresh(petition)
        if petition.case.officer is None or petition.case.status == Status.REOPENED:
            handling.assign(petition, unit=None, officer=city.officer, by=city.coordinator.account, at=when)
        petition = _fresh(petition)
        final = handling.stage_now(petition) == 2
        handling.draft_reply(
            petition, text=LONG[:400], outcome="SOLVED" if final else "", promised_on=promised_on if final else None,
            by=city.officer.account, at=when,
        )  # fmt: skip
        reply = handling.submit_reply(_fresh(petition), by=city.officer.account, at=when)
        handling.approve_reply(reply, by=city.chief.account, at=when)

    def _draft(self, data: dict[str, Any]) -> Draft:
        words = filing.danger_words(data.get("what", {}).get("text", ""), at=self.now)
        if words:
            data = {**data, "danger": {"answer": "none", "words": list(words)}}
        return drafts.new(channel=Channel.WEB, account=None, data=data, at=self.now)

    # --- what the desk manages ---

    def organisation(self) -> tuple[Agency, Agency]:
        """Closed and succeeded agencies, posts, shifts, deputies, levels of approval."""
        city, by, now = self.city, self.admin.account, self.now
        today = day_of(now)
        closed = make_agency("closed", name="桃園市政府已裁撤的機關", short_name="已裁撤")
        directory.close_agency(closed, on=today - timedelta(days=2), by=by, at=now)
        merging = make_agency("merging", name="桃園市政府" + "名稱特別長的機關" * 5, short_name="整併中")
        make_unit(merging, "some", name="名稱特別長的科室" * 4)
        succession.succeed_agency(merging, successor=city.transport, on=today + timedelta(days=30), by=by, at=now)
        directory.add_post(city.works, code="chief", title="股長", by=by, at=now, unit=city.lights)
        self.ids["shift"] = directory.add_shift(
            city.works, person=city.colleague, starts_at=now, ends_at=now + timedelta(hours=9), by=by, at=now
        )
        self.ids["absence"] = directory.set_deputy(
            city.colleague, deputy=city.officer, starts_at=now, ends_at=now + timedelta(days=1),
            reason=Absence.LEAVE, by=by, at=now,
        )  # fmt: skip
        start = at_time(today + timedelta(days=1), 8)
        self.ids["closure"] = apply_closure(
            starts_at=start, ends_at=start + timedelta(hours=10), name="颱風停止上班", source="人事行政總處公告",
            stops_clock=True, by=by, at=now,
        )  # fmt: skip
        roads = LayerVersion.objects.filter(layer__code="roads").latest("pk")
        self.ids["version"] = roads
        sheet = SourceFile("roads.csv", io.BytesIO("路名\n中山路\n".encode()))
        self.ids["layer upload"] = places.upload(roads.layer, [sheet], source="測試", by=by, at=now)
        gates = {"source": "kiosks", "name": "kiosks.csv", "by": by, "at": now}
        usage.add_system(key="kiosks", name="自助機", by=by, at=now)
        for uses in (1, 2):  # the second corrects the first; each has a row that is refused
            days = f"日期,使用方式,次數\n2016-08-01,print,{uses}\n昨天,print,1\n"
            self.ids["batch of use"] = usage.upload(io.BytesIO(days.encode()), **gates)
            with suppress(usage.ReadElsewhere):
                usage.read(self.ids["batch of use"], store.incoming() / self.ids["batch of use"].key, at=now)
        self.ids["batch being read"] = usage.receive(digest="0" * 64, size=1, **gates)
        self.ids["promise"] = Promise.objects.create(
            kind="letters.deliver", key="given-up", state=State.DEAD, promised_at=now, due_at=now, attempts=9,
            finished_at=now, error="OSError: [Errno 111] Connection refused " + "x" * 200,
        )  # fmt: skip
        return closed, merging

    def rules(self) -> None:
        """Rules of dispatch with a version to come, replays in each state, and a text model that is watched."""
        city, now, by = self.city, self.now, self.city.dispatcher.account
        today = day_of(now)
        who: dict[str, Any] = {"by": by, "at": now}
        words = StaffWords.objects.get(category=city.road_marking)
        lamps = StaffWords.objects.get(category=city.street_light)
        self.ids["words"] = f"words/{lamps.pk}"
        self.ids["routing"] = f"routing/{Routing.objects.filter(category=city.street_light).latest('pk').pk}"
        content = {"category": "road_marking", "any_of": ["標線", LONG_WORD], "every": [], "none_of": [], "priority": 2}
        change = Change(
            ReplayAct.CHANGE, "words", today + timedelta(days=30), rule=words.pk, content=content, reason=LONG[:200]
        )
        tried = replay.try_out(change, **who)
        self.ids["coming words"] = f"words/{rule_editor.save(tried, digest=tried.digest, **who).pk}"
        self.ids["replay without difference"] = tried
        ending = Change(ReplayAct.END, "words", today, rule=lamps.pk, reason="測試")
        self.ids["replay"] = replay.try_out(ending, **who)
        running = replay.try_out(ending, **who)
        running.state, running.done = ReplayState.RUNNING, 1
        running.save()
        self.ids["replay running"] = running
        train(live=False)

    def learning(self) -> None:
        """Nights of training, one held back because of a person's labels; a version beside another; a week's sample."""
        city, now = self.city, self.now
        held_back = ModelVersion.objects.get()
        person = city.commission.account
        held_back.findings = [
            Finding(Guard.MACRO_F1, True, 200, 0.8512, 0.8622, 0.8412).as_json(),
            Finding(Guard.GOLDEN, True, 12).as_json(),
            Finding(Guard.CONSENSUS, False, 40, None, 0.65, 0.4, person.pk).as_json(),
            Finding(Guard.CLASSES, True, 140, None, 0.12, 0.4).as_json(),
        ]
        held_back.save(update_fields=["findings"])
        self.ids["held back"], self.ids["labelling"] = held_back.number, person.pk
        held = Training.objects.create(
            at=now, state=TrainingState.HELD_BACK, number=held_back.number, rows=812, by_people=140, golden=88, new=40
        )
        Training.objects.create(at=now - timedelta(days=1), state=TrainingState.FAILED, problem="longer than 600 s")
        Training.objects.create(at=now - timedelta(days=2), state=TrainingState.SAME, rows=772)
        Label.objects.create(
            petition=Petition.objects.filter(case__confidential=False).latest("pk"), category=city.park_upkeep,
            before=city.street_light, by=person, at=held_back.trained_at - timedelta(hours=1),
        )  # fmt: skip
        todos.wait_for_learning(
            held, todos.TRAINING, title="字詞模型沒有通過防護檢查", detail=LONG[:100], page="petitions:model",
            args=[held_back.number], due_at=None, at=now,
        )  # fmt: skip
        decision = DispatchDecision.objects.filter(decided_by=None).latest("pk")
        decision.predicted = [{"category": "street_light", "probability": 0.91}]
        decision.watched_version, decision.watched_category = held_back.number, "park_upkeep"
        decision.save()
        sent = DispatchDecision.objects.filter(automatic=True, petition__case__confidential=False).latest("at")
        week = reviewing.monday(day_of(sent.at))
        sample = reviewing.draw(week, at=now)
        assert sample
        self.ids["week"] = week.isoformat()
        first = sample.reviews.select_related("decision__category").first()
        assert first
        right = city.park_upkeep if first.decision.category != city.park_upkeep else city.street_light
        reviewing.judge(
            first, verdict=Verdict.WRONG, category=right, note=LONG[:200], by=city.dispatcher.account, at=now
        )

    def client(self) -> clients.Client:
        """A program with a key."""
        client, _key = clients.create_client(
            name="里長的回報程式", scopes=["petitions:read"], quota=Quota(per_minute=60, per_day=1000),
            by=self.admin.account, at=self.now,
        )  # fmt: skip
        return client

    def upload(self) -> Import:
        """A sheet with cells that are refused."""
        sheet = "機關代碼,單位代碼,單位名稱\nworks,night,夜間維修科\nnone,none,\n".encode()
        file = SimpleUploadedFile("units.csv", sheet)
        return exchange.upload(
            kind="units", file_name=file.name or "", content=file, by=self.admin.account, at=self.now
        )


def _fresh(petition: Petition) -> Petition:
    return Petition.objects.select_related(
        "case__requester", "case__place", "case__agency", "case__unit", "case__officer", "category"
    ).get(pk=petition.pk)
