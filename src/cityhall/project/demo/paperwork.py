"""What comes to the demo city on paper and in files, through a 里長, and what only the ethics office may read.

Three letters (`letters/`, invented), a sheet of petitions that a central agency passes on, one of them unusable, three petitions
that a 里長 files for neighbours, and one that speaks of a bribe. All by the product's own acts.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

from django.core.files.uploadedfile import SimpleUploadedFile

from cityhall.domains.petitions.samples import HalfYear
from cityhall.domains.petitions.services import central_files, filing, mail, on_behalf, received, todos
from cityhall.domains.petitions.services.filing import Submission, Where, Who
from cityhall.domains.petitions.services.received import Stamp
from cityhall.domains.petitions.states import LetterWay
from cityhall.engines.cases.states import Channel
from cityhall.engines.directory.models import Agency, Person
from cityhall.engines.files import imports
from cityhall.engines.identity.models import Account
from cityhall.foundation.clock import day_of
from cityhall.foundation.roc import roc_date

LETTERS = Path(__file__).parent / "letters"
HIGHWAYS = "service@highways.example"
BRIBE = "這家廠商請承辦的人吃飯，還聽說有收紅包，工程才會一直給他做。我不想讓人知道是我說的，請政風單位查。"
SHEET = (
    ("轉來案號", "收文日", "限辦日", "姓名", "電子郵件", "主旨", "陳情內容", "地點"),
    ("路示範字第 1 號", 2, 12, "蘇麗華", "su.li-hua@mail.example", "公園遊具", "公園的搖椅鏈條生鏽，孩子盪起來會響，請檢查。", "桃園區中正公園"),
    ("路示範字第 2 號", 2, 9, "曾俊宏", "tseng.chun-hung@mail.example", "號誌時間", "火車站前的紅綠燈綠燈只有十秒，行李多的人走不完。", ""),
    ("路示範字第 3 號", 2, -1, "何淑芬", "", "人行道", "人行道被盆栽占住，輪椅過不去。", ""),
)  # fmt: skip


@dataclass(frozen=True)
class Neighbour:
    """Somebody for whom a 里長 reports: how long before the end, who, how they agreed and to what, and what about."""

    before: timedelta
    who: Who
    how: str
    shares: str
    text: str
    category: str
    confirmed: bool = True


NEIGHBOURS = (
    Neighbour(
        timedelta(days=12, hours=3), Who(name="林阿月", email="lin.a-yue@mail.example"), "SPOKEN", "CONTENT",
        "活動中心後面的路燈不亮，晚上去跳舞要摸黑走。", "street_light",
    ),
    Neighbour(
        timedelta(days=4, hours=5), Who(name="黃進財", email="huang.chin-tsai@mail.example"), "WRITTEN", "STATE",
        "家門口的水溝蓋破了一角，輪椅會卡住。", "sidewalk",
    ),
    Neighbour(
        timedelta(hours=2), Who(name="吳添福", phone="0912-000-187"), "SPOKEN", "STATE", "巷口轉角的反射鏡歪了，看不到來車。",
        "sign_mirror", confirmed=False,
    ),
)  # fmt: skip


@dataclass(frozen=True)
class Paper:
    """A letter on paper: its scan, when and how it came, from whom."""

    scan: str
    hours: float
    way: LetterWay
    name: str = ""
    address: str = ""
    text: str = ""
    category: str = ""


PAPERS = (
    Paper(
        "trees", 27, LetterWay.REGISTERED, "葉國華", "中壢區示範路 12 號",
        "我家門口人行道的路樹樹根把磚頂起來，輪椅過不去，只好走到馬路上，很危險。示範路與民有路口往北第三棵。", "sidewalk",
    ),
    Paper("unsigned", 26, LetterWay.POST),
    Paper("bench", 3.4, LetterWay.POST, "許秀英", "桃園區示範路 88 號"),
)  # fmt: skip


def write(half_year: HalfYear, dispatcher: Person, village_head: Person) -> None:
    """Put it into the last days of the half-year; the 分文人員 stamps, types and uploads."""
    by = dispatcher.account
    assert by is not None
    for told in NEIGHBOURS:
        half_year.later(half_year.end - told.before, partial(_neighbour, half_year, village_head, told))
    for paper in PAPERS:
        half_year.later(
            half_year.end - timedelta(hours=paper.hours),
            lambda at, paper=paper: _letter(half_year, paper, by, at),  # type: ignore[misc]
        )
    half_year.later(half_year.end - timedelta(hours=30), lambda at: _bribe(half_year, at))
    half_year.later(half_year.end - timedelta(minutes=50), lambda at: _sheet(by, at))


def _letter(half_year: HalfYear, paper: Paper, by: Account, at: datetime) -> None:
    """It is stamped; what has a text is typed, what has no name is set aside, the rest waits."""
    scan = SimpleUploadedFile(f"{paper.scan}.png", (LETTERS / f"{paper.scan}.png").read_bytes(), "image/png")
    letter = received.register(
        Stamp(
            desk=todos.desk(at), way=paper.way, received_at=at, pages=1, sender_name=paper.name,
            sender_address=paper.address,
            registered_number="12345678901234" if paper.way == LetterWay.REGISTERED else "",
        ),
        scans=[scan], by=by, at=at,
    )  # fmt: skip
    if paper.text:
        submission = Submission(
            text=paper.text, channel=Channel.LETTER, who=Who(name=paper.name, address=paper.address), where=Where()
        )
        petition = received.file_letter(letter, submission, named=True, by=by, at=at + timedelta(minutes=20))
        half_year.tally.filed += 1
        half_year.truth[petition.pk] = paper.category
    elif not paper.name:
        received.set_aside(letter, reason="沒有姓名與聯絡方式，內容也看不出是哪裡", by=by, at=at + timedelta(minutes=5))


def _neighbour(half_year: HalfYear, head: Person, told: Neighbour, at: datetime) -> None:
    """The 里長 writes it down with the neighbour's consent; the neighbour confirms it, or has not yet."""
    assert head.account is not None
    petition = on_behalf.file(
        Submission(text=told.text, channel=Channel.ON_BEHALF, who=told.who, where=Where()),
        consent=on_behalf.Given(how=told.how, obtained_on=day_of(at), shares=told.shares), by=head.account, at=at,
    )  # fmt: skip
    half_year.tally.filed += 1
    half_year.truth[petition.pk] = told.category
    if told.confirmed:
        half_year.confirm(petition.pk, at + timedelta(minutes=9))


def _bribe(half_year: HalfYear, at: datetime) -> None:
    """It goes to the ethics office alone."""
    petition = filing.file(
        Submission(
            text=BRIBE, channel=Channel.WEB, who=Who(name="方文雄", email="fang.wen-hsiung@mail.example"), where=Where(),
            keep_identity_secret=True,
        ),
        at=at,
    )  # fmt: skip
    half_year.tally.filed += 1
    half_year.truth[petition.pk] = "staff_conduct"
    half_year.confirm(petition.pk, at + timedelta(minutes=3), on_its_way=False)


def _sheet(by: Account, at: datetime) -> None:
    """The file of the central agency is uploaded; a worker reads and tries it, and a person has to bring it in."""
    forwarder = mail.keep_forwarder(
        None, address=HIGHWAYS, agency=Agency.objects.get(code="highway_bureau"), working_days=6, answer_to="", ended_on=None,
        by=by, at=at,
    )  # fmt: skip
    head, *rows = SHEET
    lines = [",".join(head)]
    for number, came, due, *rest in rows:
        received_on, due_on = (roc_date(day_of(at + timedelta(days=n))) for n in (-int(came), int(due)))
        lines.append(",".join([str(number), received_on, due_on, *map(str, rest)]))
    imports.upload(
        central_files.CODE, io.BytesIO("\r\n".join(lines).encode("utf-8-sig")), name="中央轉來案件.csv",
        options={"forwarder": forwarder.pk}, by=by, at=at,
    )  # fmt: skip
