"""Canaries: reporters with names, telephones, mailboxes, addresses and ID numbers that stand nowhere else. They report in
every way and state; then everything that is public, everything that leaves, and everything that is logged is read.
"""

from __future__ import annotations

import io
import json
import logging
import re
import zipfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from html import unescape
from itertools import count
from pathlib import Path
from urllib.parse import unquote, urljoin, urlsplit

import pypdf
import pytest
from django.core.serializers.json import DjangoJSONEncoder
from django.db import transaction
from django.test import Client as Browser

from cityhall.domains.petitions.models import Consent, Petition, Restriction
from cityhall.domains.petitions.services import (
    citizen,
    contractors,
    dispatch,
    filing,
    handling,
    on_behalf,
    received,
    restrictions,
    upkeep,
)
from cityhall.domains.petitions.services.filing import Submission, Who
from cityhall.domains.petitions.tests.citizen import Citizen, code_of, photo
from cityhall.domains.petitions.tests.city import INSIDE, NINE, City, make_city, propose_listing, signed_in
from cityhall.engines.audit.models import Entry
from cityhall.engines.cases.models import Case
from cityhall.engines.cases.states import ENDED, Channel, Status
from cityhall.engines.directory.models import Person
from cityhall.engines.directory.states import Role
from cityhall.engines.directory.tests.factories import make_person
from cityhall.engines.files import services as files
from cityhall.engines.files.models import StoredFile
from cityhall.engines.identity.clients import Quota, create_client
from cityhall.engines.letters.models import Letter
from cityhall.engines.letters.standins.behaviour import Behaviour
from cityhall.engines.letters.standins.mailserver import MailServer
from cityhall.engines.letters.standins.store import Store
from cityhall.engines.outbox import services as outbox
from cityhall.engines.outbox.models import Promise
from cityhall.engines.worklist.models import Todo
from cityhall.web.logs import JsonFormatter

pytestmark = pytest.mark.django_db
NOW = NINE + timedelta(hours=3)
CANARY = re.compile(r"金\s*絲\s*雀|canary|0987[-\s]?65\d|隱密路|[A-Z]12345678\d", re.IGNORECASE)
_serial = count(10)


def somebody(**more: object) -> Who:
    """A reporter who stands nowhere else."""
    n = next(_serial)
    given = {"name": f"金絲雀{n}", "email": f"canary{n}@mail.example", "phone": f"0987-65{n}-{n}1"}
    return Who(**{**given, "address": f"桃園區隱密路{n}號", **more})


def telling(who: Who, what: str = "路燈不亮") -> str:
    """A text in which the reporter says who they are, right at its beginning and once more in full width."""
    return (
        f"我是{who.name}，{what}，手機{who.phone}，信箱{who.email or 'canary@mail.example'}，身分證A123456789"
        f"{'，住' + who.address if who.address else ''}。再說一次：０９８７６５４３２１，Ａ１２３４５６７８９。"
    )


@dataclass
class Seeded:
    """The city with its canaries, and every line that was logged since."""

    city: City
    letters: Store
    lines: list[str] = field(default_factory=list)
    posted: list[bytes] = field(default_factory=list)
    village_head: Person | None = None


class Lines(logging.Handler):
    """Everything that anybody logs, as the program writes it."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.setFormatter(JsonFormatter())
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(self.format(record))


@pytest.fixture(scope="module")
def seeded(django_db_setup, django_db_blocker, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Seeded]:
    patch, kept = pytest.MonkeyPatch(), Lines()
    patch.setattr("django.utils.timezone.now", lambda: NOW)
    root = logging.getLogger()
    root.addHandler(kept)
    store = Store(tmp_path_factory.mktemp("letters") / "standins.sqlite3")
    with django_db_blocker.unblock(), MailServer(store) as mail:
        patch.setattr("django.conf.settings.SMTP_URL", mail.url)
        outermost = transaction.atomic()
        outermost._from_testcase = True
        with outermost:
            found = Seeded(make_city(), store, kept.lines)
            seed(found, mail)
            yield found
            transaction.set_rollback(True)
    root.removeHandler(kept)
    patch.undo()


# ---- everybody reports -----------------------------------------------------------------------------------------------


def opened(what: str = "路燈不亮", **more: object) -> Petition:
    who = somebody()
    title = f"{who.name}本人的路燈" if more.pop("titled", False) else ""
    where = replace(INSIDE, label="", words=f"{who.name}家門口，先打{who.phone}")
    given = {"text": telling(who, what), "channel": Channel.WEB, "who": who, "where": where, "title": title, **more}
    petition = filing.confirm(filing.file(Submission(**given), at=NINE), how="email_code", by=None, at=NINE)
    return fresh(petition)


def fresh(petition: Petition) -> Petition:
    return Petition.objects.select_related("case__requester", "case__agency", "category").get(pk=petition.pk)


def seed(found: Seeded, mail: MailServer) -> None:
    city = found.city
    _in_every_state(city)
    _listed(city)
    _on_paper(city)
    _on_behalf(found)
    _on_the_web(found)
    _by_programs(found)
    at = NINE + timedelta(hours=1)
    mail.plan.add(Behaviour.REFUSE, 2)
    mail.plan.add(Behaviour.ERROR, 2)
    outbox.drain(at, until=at + timedelta(hours=1))


def _in_every_state(city: City) -> None:
    officer, coordinator, desk = city.officer.account, city.coordinator.account, city.dispatcher.account

    def in_hand(**more: object) -> Petition:
        petition = opened(**more)
        if petition.case.agency is None:
            dispatch.dispatch_by_desk(petition, category=city.street_light, agency=None, by=desk, at=NINE)
        handling.assign(fresh(petition), unit=None, officer=city.officer, by=coordinator, at=NINE)
        return fresh(petition)

    def again(petition: Petition) -> str:
        requester = petition.case.requester
        assert requester
        return f"我是{requester.name}，還沒修好，請打{requester.phone}"

    def answered(petition: Petition) -> Petition:
        for _stage in range(2):
            text = "金○○您好：已修復，謝謝。"
            handling.draft_reply(fresh(petition), text=text, outcome="done", by=officer, at=NINE)
            handling.approve_reply(
                handling.submit_reply(fresh(petition), by=officer, at=NINE), by=city.chief.account, at=NINE
            )
        return fresh(petition)

    who = somebody()
    filing.file(Submission(text=telling(who), channel=Channel.WEB, who=who, where=INSIDE), at=NINE)  # waits
    who = somebody()
    danger = telling(who, "路燈不亮，電線掉下來有人受傷")
    filing.file(Submission(text=danger, channel=Channel.WEB, who=who, where=INSIDE), at=NINE)  # an alert
    who = somebody()
    old = Submission(text=telling(who), channel=Channel.WEB, who=who, where=INSIDE)
    filing.file(old, at=NINE - timedelta(days=8))
    who = somebody(email="")
    filing.file(Submission(text=telling(who), channel=Channel.PHONE, who=who, where=INSIDE), at=NINE)
    who = somebody(email="", phone="", wants_letter=True)
    letter = Submission(text=telling(who), channel=Channel.LETTER, who=who, where=INSIDE)
    filing.confirm(filing.file(letter, at=NINE), how="letter", by=None, at=NINE)
    opened("路燈不亮，我要找市長")
    opened()
    in_hand()
    in_hand(confidential=True)
    in_hand(keep_identity_secret=True)
    in_hand(titled=True)
    asked = in_hand()
    handling.ask_citizen(asked, text="請補照片", by=officer, at=NINE)
    helped = in_hand()
    handling.add_co_handler(helped, agency=city.transport, asked="請看號誌", working_days=3, by=officer, at=NINE)
    handling.add_copy(helped, agency=city.rdec, by=officer, at=NINE)
    told = in_hand()
    citizen.add_facts(told, text=again(told), photos=[photo("金絲雀.jpg")], by=None, at=NINE)
    citizen.urge(told, text=again(told), by=None, at=NINE)
    for reviewed in (in_hand(), in_hand(keep_identity_secret=True)):
        handling.draft_reply(reviewed, text="已派員查看。", by=officer, at=NINE)
        handling.submit_reply(fresh(reviewed), by=officer, at=NINE)
    replied = answered(in_hand())
    citizen.rate(replied, score=2, solved=False, comment=again(replied), by=None, at=NINE)
    citizen.ask_reopen(replied, reason=again(replied), by=None, at=NINE)
    withdrawn = in_hand()
    citizen.withdraw(withdrawn, reason=again(withdrawn), by=None, at=NINE)
    parent = in_hand()
    handling.end(in_hand(), Status.MERGED, reason="同一件", parent=parent.case, by=desk, at=NINE)
    handling.end(in_hand(), Status.TRANSFERRED_OUTSIDE, reason="不歸本府", agency=city.outside, by=desk, at=NINE)
    filtered = opened("路燈不亮，我要找市長")
    handling.end(filtered, Status.NOT_PROCESSED, reason="重複", ground="REPEATED", by=desk, at=NINE)
    public = files.store(photo("金絲雀.jpg"), name="金絲雀.jpg", owner=in_hand().case, by=None, at=NINE)
    StoredFile.objects.filter(pk=public.pk).update(public=True)
    upkeep.nightly(NINE)


def _listed(city: City) -> None:
    """Somebody is listed who names themselves in everything; the unit, too, writes their name where it should not."""
    who, by = somebody(), city.commission.account
    listing = propose_listing(city, who, matter=f"{who.name}說落葉沒人掃", text=telling(who, "公園落葉沒人掃"))
    restrictions.approve(listing, by=city.head.account, at=NINE)
    restrictions.record_appeal(listing, text=telling(who, "我不同意"), received_on=NINE.date(), by=by, at=NINE)
    restrictions.decide_appeal(listing, granted=False, decision="已說明", by=by, at=NINE)
    declined = filing.file(
        Submission(text=telling(who, "公園落葉"), channel=Channel.WEB, who=who, where=INSIDE), at=NINE
    )
    assert filing.confirm(declined, how="email_code", by=None, at=NINE).case.status == Status.NOT_PROCESSED
    who = somebody()
    again = propose_listing(city, who, text=telling(who, "公園落葉沒人掃"))
    restrictions.send_back(again, reason="先再說明", by=city.head.account, at=NINE)


def _on_paper(city: City) -> None:
    """A letter that names its sender in its stamp and in its words becomes a case; another waits."""
    who, by = somebody(email="", phone=""), city.dispatcher.account
    stamp = received.Stamp(
        desk=city.rdec, way="POST", received_at=NINE, pages=1, sender_name=who.name, sender_address=who.address
    )
    letters = [received.register(stamp, scans=[photo(f"{who.name}.jpg")], by=by, at=NINE) for _time in range(2)]
    submission = Submission(text=telling(who), channel=Channel.LETTER, who=who)
    received.file_letter(letters[0], submission, named=True, by=by, at=NINE)


def _on_behalf(found: Seeded) -> None:
    """A 里長 reports for four citizens: one lets the content be seen, the others only how it stands, or no more."""
    found.village_head = make_person(found.city.works, None, Role.VILLAGE_HEAD)
    by, sights = found.village_head.account, ("CONTENT", "STATE", "STATE", "CONTENT")
    for shares in sights:
        who = somebody()
        submission = Submission(text=telling(who), channel=Channel.ON_BEHALF, who=who, where=INSIDE)
        given = on_behalf.Given(how="SPOKEN", obtained_on=NINE.date(), shares=shares)
        petition = on_behalf.file(submission, consent=given, by=by, at=NINE)
        petition = filing.confirm(petition, how="email_code", by=None, at=NINE)
    on_behalf.withdraw(petition, by=None, at=NINE)


def _on_the_web(found: Seeded) -> None:
    """One report that goes through, a draft that does not, and forms that are refused and shown again."""
    who = somebody(address="")
    given = {"name": who.name, "reply": "email", "email": who.email}
    browser = Citizen()
    browser.confirm(browser.file(telling(who), who=given))
    wrong = Citizen()
    wrong.fill(telling(who), who={"name": who.name, "reply": "phone", "phone": who.phone})
    wrong.answer("who", name=who.name, reply="email", email=f"{who.email}@@")
    wrong.write(telling(who) * 60)
    wrong.post("save", email=who.email)
    wrong.post("follow", number=who.phone, code=who.name)
    wrong.client.post("/account/sign-in/", {"email": who.email})
    wrong.client.post("/desk/sign-in/", {"email": who.email, "password": who.name})
    assert code_of()


def _by_programs(found: Seeded) -> None:
    scopes = ["petitions.write", "petitions.vouch", "open311.write", "open311.vouch"]
    key = create_client(name="介接", scopes=scopes, quota=Quota(10**6, 10**6), by=None, at=NINE)[1]
    headers = {"Authorization": f"Bearer {key}"}
    for more in ({}, {"email": ""}, {"email": "canary@@"}, {"text": "我是金絲雀" * 1000}, {"language": "金絲雀"}):
        who = somebody(address="")
        body = {"text": telling(who), "name": who.name, "email": who.email, "phone": who.phone, **more}
        answer = Browser().post("/api/v1/petitions", json.dumps(body), content_type="application/json", headers=headers)
        found.posted.append(answer.content)
    for more in ({}, {"email": ""}, {"email": "canary@@"}, {"lat": "金絲雀"}, {"media": photo("金絲雀.jpg")}):
        who = somebody(address="")
        body = {"service_code": "street_light", "lat": "25.0", "long": "121.3", "description": telling(who),
                "first_name": who.name[1:], "last_name": who.name[0], "email": who.email, "phone": who.phone,
                "api_key": key, **more}  # fmt: skip
        for fmt in ("json", "xml"):
            found.posted.append(Browser().post(f"/open311/v2/requests.{fmt}", body).content)


# ---- reading ---------------------------------------------------------------------------------------------------------


def words_in(body: bytes, kind: str) -> str:
    """All that can be read in an answer, whatever its form."""
    if kind.startswith("application/pdf"):
        reader = pypdf.PdfReader(io.BytesIO(body))
        return "\n".join(page.extract_text() for page in reader.pages) + str(reader.metadata)
    if body[:2] == b"PK":
        with zipfile.ZipFile(io.BytesIO(body)) as package:
            return "\n".join(package.read(name).decode("utf-8", "replace") for name in package.namelist())
    text = body.decode("utf-8", "replace")
    return text + unescape(text) + re.sub(r"\\u([0-9a-f]{4})", lambda found: chr(int(found[1], 16)), text)


def read(browser: Browser, path: str) -> tuple[int, str, str]:
    """Status, everything that can be read (headers and address too), and the plain body."""
    response = browser.get(path)
    streamed = response.streaming
    body = b"".join(response.streaming_content) if streamed else response.content
    kind = response.headers.get("Content-Type", "")
    headers = "\n".join(f"{name}: {value}" for name, value in response.items())
    html = body.decode("utf-8", "replace") if kind.startswith("text/html") else ""
    return response.status_code, "\n".join([unquote(path), unquote(headers), words_in(body, kind)]), html


LINK = re.compile(r'(?:href|src|action)="([^"#]+)')
MOST_OF_ONE_PATH = 3  # of pages that differ by their question only


def crawl(browser: Browser, *starts: str) -> dict[str, int]:
    """Every page that links lead to, with its status; a canary on the way fails."""
    waiting, seen, asked = list(starts), set(starts), Counter()
    found: dict[str, int] = {}
    while waiting:
        path = waiting.pop()
        status, words, html = read(browser, path)
        found[path] = status
        assert (path, CANARY.search(words)) == (path, None)
        for link in LINK.findall(html):
            parts = urlsplit(urljoin(path, unescape(link)))
            if parts.scheme or parts.netloc or parts.path.startswith(("/static/", "/account/sign-out")):
                continue
            target = parts.path + (f"?{parts.query}" if parts.query else "")
            if target not in seen and asked[parts.path] < MOST_OF_ONE_PATH:
                asked[parts.path] += 1
                seen.add(target)
                waiting.append(target)
    return found


class TestStrangers:
    def test_find_no_canary_on_any_page(self, seeded):
        """Every page, sheet, chart and document that links lead to, in both languages."""
        found = crawl(
            Browser(), "/", "/en/", "/report/", "/figures/petitions.received", "/directory/", "/metrics", "/healthz"
        )

        assert len(found) > 60
        assert set(found.values()) <= {200, 302, 400, 404, 405}
        kinds = {Path(urlsplit(path).path).suffix for path in found}
        assert kinds >= {".csv", ".svg", ".odt", ".pdf", ".json"}

    def test_find_no_canary_through_open311(self, seeded):
        cases = list(Case.objects.values_list("number", "reference", "confidential"))
        assert len(cases) > 25
        paths = [
            *(f"requests.{fmt}?extensions=true&start_date=2026-11-01T00:00:00Z" for fmt in ("json", "xml")),
            *(f"tokens/{reference}.{fmt}" for _number, reference, _c in cases for fmt in ("json", "xml")),
            *(f"requests/{number}.json?extensions=true" for number, _reference, _c in cases if number),
        ]
        shown = 0
        for path in paths:
            status, words, _html = read(Browser(), f"/open311/v2/{path}")
            assert status in (200, 404)
            assert (path, CANARY.search(words)) == (path, None)
            shown += "路燈不亮" in words
        assert shown > 15  # and yet the reports are there

    def test_find_no_canary_through_the_api(self, seeded):
        numbers = Case.objects.exclude(number=None).values_list("number", flat=True)
        for path in ("petitions?page_size=200", "figures", *(f"petitions/{number}" for number in numbers)):
            words = read(Browser(), f"/api/v1/{path}")[1]
            assert (path, CANARY.search(words)) == (path, None)

    @pytest.mark.parametrize("page", ["follow", "confirm", "done"])
    def test_find_no_canary_with_a_reference(self, seeded, page):
        for reference in Case.objects.values_list("reference", flat=True):
            words = read(Browser(), f"/petitions/{page}/{reference}/")[1]
            assert CANARY.search(words) is None

    def test_find_no_canary_with_a_contractors_link(self, seeded):
        by, shown = seeded.city.officer.account, 0
        for petition in Petition.objects.filter(case__officer=seeded.city.officer).exclude(case__status__in=ENDED):
            token = contractors.make_link(petition, contractor="示範工程行", asked="施作後", by=by, at=NOW)
            status, words, _html = read(Browser(), f"/petitions/upload/{token}/")
            shown += "家門口" in words
            assert (status, CANARY.search(words)) == (200, None)
        assert shown > 5

    def test_find_no_canary_at_a_public_photo(self, seeded):
        stored = StoredFile.objects.get(public=True)
        for small in ("", "small/"):
            status, words, _html = read(Browser(), f"/files/{stored.reference}/{small}")
            assert (status, CANARY.search(words)) == (200, None)


class TestAnswers:
    def test_to_programs_do_not_repeat_what_was_sent(self, seeded):
        """Not even a refusal says it again: such answers are kept in logs of others."""
        assert len(seeded.posted) == 15
        assert [answer for answer in seeded.posted if CANARY.search(words_in(answer, ""))] == []

    @pytest.mark.parametrize("language", ["", "/en"])
    def test_of_failure_hold_an_id_and_nothing_else(self, seeded, monkeypatch, language):
        row = ", ".join([somebody().name, somebody().email, somebody().phone])

        def fail(*_args: object, **_more: object) -> None:
            raise ValueError(f"duplicate key '{row}'\nDETAIL: Failing row contains ({row})")

        monkeypatch.setattr("cityhall.domains.petitions.views.following.lookup.followed", fail)
        browser = Browser(raise_request_exception=False)

        response = browser.post(f"{language}/petitions/follow/", {"number": "0987-654-321", "code": "A123456789"})

        assert response.status_code == 500
        assert CANARY.search(words_in(response.content, "")) is None
        assert any("duplicate key" in line for line in seeded.lines)


# ---- officers --------------------------------------------------------------------------------------------------------

ROLES = [role for role in Role.values if role != Role.CITIZEN]
SHEETS = [
    *(f"/desk/petitions/export.{kind}" for kind in ("csv", "ods", "xlsx")),
    *(f"/desk/petitions/restrictions/export.{kind}" for kind in ("csv", "ods", "xlsx")),
    *(f"/desk/petitions/received/export.{kind}" for kind in ("csv", "ods", "xlsx")),
    *(f"/desk/todos/export.{kind}" for kind in ("csv", "ods", "xlsx")),
    *(f"/desk/audit/export.{kind}" for kind in ("csv", "ods")),
    "/desk/directory/export.csv", "/figures/petitions.received/rows.csv", "/en/figures/petitions.received/rows.csv",
]  # fmt: skip
LISTS = [
    "/desk/",
    "/desk/petitions/",
    "/desk/petitions/restrictions/",
    "/desk/petitions/received/",
    "/desk/outbox/",
    "/desk/audit/",
    "/desk/letters/",
    "/report/",
]


class TestOfficers:
    @pytest.mark.parametrize("role", ROLES)
    def test_no_canary_in_lists_nor_in_sheets_that_leave(self, seeded, role):
        person = make_person(seeded.city.works, seeded.city.lights, role)
        browser, opened = signed_in(person), 0
        for path in [*SHEETS, *LISTS]:
            status, words, _html = read(browser, path)
            opened += status == 200
            assert status in (200, 403)
            assert (path, CANARY.search(words)) == (path, None)
        assert opened

    @pytest.mark.parametrize("who", ["head", "other_coordinator"])
    def test_a_record_names_no_reporter_to_who_need_not_know(self, seeded, who):
        """The agency's head approves, another agency helps: neither needs to know who asked."""
        browser, opened = signed_in(getattr(seeded.city, who)), 0
        for reference in Case.objects.values_list("reference", flat=True):
            for tab in ("work", "timeline", "files", "notes"):
                status, words, _html = read(browser, f"/desk/petitions/{reference}/?tab={tab}")
                opened += status == 200
                # The name of a file that a citizen gave is shown beside it.
                assert (who, tab, CANARY.search(words.replace("金絲雀.jpg", ""))) == (who, tab, None)
        assert opened >= 4

    @pytest.mark.parametrize("who", ["head", "coordinator", "commission"])
    def test_a_listing_names_nobody_to_who_need_not_know(self, seeded, who):
        """What the listed person wrote of themselves is for those who may look at who reported; a name for nobody."""
        browser, opened = signed_in(getattr(seeded.city, who)), 0
        may_look = who != "head"
        for listing in Restriction.objects.all():
            for page in ("", *(("approve/",) if listing.state == "PROPOSED" else ())):
                status, words, _html = read(browser, f"/desk/petitions/restrictions/{listing.reference}/{page}")
                opened += status == 200
                assert may_look or CANARY.search(words) is None
                assert CANARY.search(listing.matter) is None
        assert opened == Restriction.objects.count()

    def test_who_reported_for_somebody_sees_what_was_agreed_and_no_name(self, seeded):
        browser, shown = signed_in(seeded.village_head), 0
        for consent in Consent.objects.filter(intermediary=seeded.village_head.account):
            path = f"/desk/petitions/on-behalf/{consent.petition.case.reference}/"
            status, words, _html = read(browser, path)
            shown += "再說一次" in words
            assert (status in (200, 404), CANARY.search(words)) == (True, None)
        assert shown == 1
        status, words, _html = read(browser, "/desk/petitions/on-behalf/")
        assert (status, CANARY.search(words)) == (200, None)

    def test_replies_to_approve_name_nobody_whose_identity_is_secret(self, seeded):
        secret = Case.objects.filter(keep_identity_secret=True)
        todo = Todo.objects.get(kind="petition.approve", object_id__in=secret.values("pk"))

        page = signed_in(seeded.city.chief).post("/desk/todos/bulk/", {"bulk": "petitions.approve", "todo": todo.pk})

        words = words_in(page.content, "")
        assert "已派員查看。" in words
        assert "路燈不亮" in words
        assert CANARY.search(words) is None

    def test_a_record_on_paper_names_no_reporter(self, seeded):
        told = Case.objects.filter(additions__kind="URGE").first()

        status, words, _html = read(signed_in(seeded.city.officer), f"/desk/petitions/{told.reference}/sheet.pdf")

        assert (status, CANARY.search(words)) == (200, None)
        assert "路燈不亮" in words.replace("\n", "")


class TestWithin:
    def test_no_canary_in_letters_to_officers(self, seeded):
        to_others = [one for one in Letter.objects.all() if not CANARY.search(one.address)]

        assert [one.template for one in to_others if CANARY.search(one.subject + one.text)] == []

    def test_no_canary_in_the_audit_trail_nor_in_promised_work(self, seeded):
        kept = [*Entry.objects.values(), *Promise.objects.values("kind", "key", "payload")]

        assert len(kept) > 100
        assert CANARY.search(json.dumps(kept, cls=DjangoJSONEncoder, ensure_ascii=False)) is None

    def test_letters_did_go_out_and_some_were_refused(self, seeded):
        assert any(CANARY.search(one.to) for one in seeded.letters.all(limit=1000))
        assert Letter.objects.filter(state="REFUSED").exists()


def test_no_canary_in_any_line_that_was_logged(seeded):
    """Last, after all the others: web, worker and mail, well and unwell."""
    assert len(seeded.lines) > 100
    assert {json.loads(line)["logger"].split(".")[0] for line in seeded.lines} >= {"cityhall"}
    assert [line for line in seeded.lines if CANARY.search(words_in(line.encode(), ""))] == []
