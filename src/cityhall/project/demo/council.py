"""The demo city's council: a term with its sessions, councillors, items and joint inspections, by the product's own acts.

Names, parties and questions are invented. Most agencies answer in time and well; some are late, a few reply beside the
question and have to answer anew.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import date, datetime, timedelta

from cityhall.domains.council import carried_out, queries, readers, rules, services
from cityhall.domains.council.models import Councillor, CouncilSession
from cityhall.domains.council.services import NewItem
from cityhall.domains.council.states import Ground, SessionKind
from cityhall.domains.petitions.samples import HalfYear
from cityhall.engines.directory import queries as directory
from cityhall.engines.directory.models import Agency
from cityhall.engines.directory.states import AgencyKind, Role
from cityhall.engines.identity.models import Account
from cityhall.engines.tracking import services as tracking
from cityhall.engines.tracking.models import Item, Reply
from cityhall.engines.tracking.rules import Review
from cityhall.engines.tracking.states import ReplyState, Stage
from cityhall.foundation.clock import at as instant
from cityhall.foundation.clock import day_of
from cityhall.foundation.lots import dice

TERM = 4
COUNCILLORS = (
    ("程以安", "晨光黨", "第1選區"), ("魏承澤", "晨光黨", "第1選區"), ("羅慕容", "大地黨", "第2選區"), ("石雅涵", "無黨籍", "第2選區"),
    ("鄧書豪", "晨光黨", "第3選區"), ("馮若嵐", "大地黨", "第3選區"), ("康哲宇", "大地黨", "第4選區"), ("湯佩珊", "無黨籍", "第5選區"),
    ("尤景行", "晨光黨", "第6選區"), ("華品妍", "大地黨", "第7選區"), ("卓立群", "無黨籍", "第8選區"), ("田語彤", "晨光黨", "第9選區"),
)  # fmt: skip

# Kind, matter, what was asked, who leads and who helps, where.
ITEMS = (
    ("總質詢", "老舊社區夜間照明不足", "請盤點中路里巷弄的路燈，說明何時補足亮度不足的路段。", "maintenance", ("police",), "桃園區"),
    ("業務質詢", "中山路路面下陷反覆修補", "同一路段一年內修補四次，請說明下陷原因與根本改善的時程。", "maintenance", ("water",), "桃園區"),
    ("業務質詢", "大雨後地下道積水", "去年三次封閉，請說明抽水設備汰換的進度。", "water", ("maintenance",), "中壢區"),
    ("書面質詢", "學校周邊通學步道", "請提供尚未完成人行空間的學校名單與預定年度。", "education", ("maintenance",), "八德區"),
    ("總質詢", "公車路線減班造成就醫不便", "請檢討偏遠路線的班次，並說明與醫院接駁的作法。", "transport", ("health",), "大溪區"),
    ("議決案", "增設共融式遊戲場", "請於本年度內完成至少三處，並每月公布進度。", "agriculture", (), "平鎮區"),
    ("附帶決議", "補助款執行率偏低", "執行率未達八成的項目，請提出改善措施送本會。", "finance", (), ""),
    ("臨時動議", "工業區異味", "請加強夜間稽查，並公開檢測結果。", "environment", ("health",), "觀音區"),
    ("議員提案", "長照據點的志工保險", "請研議由市府統一投保的可行性。", "social", ("finance",), ""),
    ("業務質詢", "垃圾車停靠時間調整", "請說明變更收運時間前如何通知居民。", "environment", (), "龜山區"),
    ("書面質詢", "路口行人號誌秒數", "請檢討長者較多路口的行人通行秒數。", "transport", ("police",), "蘆竹區"),
    ("總質詢", "公園廁所無障礙設施", "請說明尚未改善的公園與完成日期。", "agriculture", ("social",), "楊梅區"),
    ("業務質詢", "登革熱防治的孳生源清除", "請說明各里列管點的複查頻率。", "health", ("environment",), "新屋區"),
    ("議決案", "公有停車場電動車充電格", "請訂定年度設置目標並逐季報告。", "transport", (), "大園區"),
    ("書面質詢", "老樹修剪的專業監督", "請說明修剪規範與違反時的處理方式。", "agriculture", ("environment",), "龍潭區"),
)  # fmt: skip
ANSWERS = (
    "本案已於現場勘查後完成改善，改善前後照片如附件；後續每月巡查一次，避免同樣情形再發生。",
    "已召開跨機關會議確認分工，原因為管線老舊；相關經費已納入年度預算，完成後另行函復。",
    "問題的原因、法令依據與目前作法已逐項說明；相關資料同步公開於本府網站。",
    "已納入年度研議項目，將邀請專家學者與民間團體討論，研議結果另案提報。",
    "本局平時即依計畫經常辦理，本年度已辦理十二場次，並將持續辦理宣導。",
    "第一階段已完成三處，其餘依優先順序逐年辦理。",
)
POOR = "本局將持續努力，感謝指教。"
REASONS = {
    Ground.DONE: "已完成改善並附照片。", Ground.EXPLAINED: "詢問內容已逐項說明。", Ground.UNDER_STUDY: "機關已納入研議。",
    Ground.ROUTINE: "屬機關經常辦理的工作。", Ground.PARTLY_DONE: "已有階段性成果。", Ground.OUTREACH: "屬宣導性質。",
}  # fmt: skip
INSPECTIONS = (
    ("巷口違規停車影響救護車進出", "鄰里公園旁巷口"), ("排水溝蓋板破損", "國小側門人行道"), ("擋土牆裂縫", "社區後方邊坡"),
    ("公車站牌位置調整", "捷運站出口"), ("路樹竄根造成地磚隆起", "市場前人行道"),
)  # fmt: skip


def load(at: datetime) -> None:
    """The term's sessions and its councillors."""
    year = day_of(at).year
    for name, party, constituency in COUNCILLORS:
        services.add_councillor(
            name=name, party=party, constituency=constituency, starts_on=date(year - 2, 12, 25), by=None, at=at
        )
    for n, one in enumerate(Councillor.objects.order_by("pk")[:3], 1):
        readers.add(name=f"{one.name}議員服務處", email=f"office{n}@council.example", councillor=one, by=None, at=at)


def write(half_year: HalfYear, commission: Account) -> None:
    """Sessions, items over the half-year, what agencies answer, and each month's inspections."""
    chance = dice(f"council:{half_year.seed}")
    start, days = half_year.start, (half_year.end - half_year.start).days
    for n, (kind, after, length) in enumerate(((SessionKind.REGULAR, 10, 40), (SessionKind.EXTRAORDINARY, 75, 10), (SessionKind.REGULAR, 110, 45)), 1):  # fmt: skip
        day = day_of(start) + timedelta(days=after)
        half_year.later(
            start + timedelta(hours=1), _session(kind, 3 + n, day, day + timedelta(days=length), commission)
        )
    for n in range(len(ITEMS) * 3):
        at = half_year.office(start + timedelta(days=12 + (days - 14) * n / (len(ITEMS) * 3), hours=9))
        half_year.later(at, _listing(half_year, chance, n, commission))
    for n in range(24):
        at = half_year.office(start + timedelta(days=8 + (days - 10) * n / 24, hours=15))
        half_year.later(at, _inspection(chance, n))
    half_year.later(half_year.office(half_year.end - timedelta(days=3)), lambda at: _report(at, commission))
    month = (day_of(start).replace(day=1) + timedelta(days=32)).replace(day=1)
    while instant(month) < half_year.end:
        half_year.later(instant(month, 6, 50), lambda at: _asked(half_year, chance, at))
        month = (month + timedelta(days=32)).replace(day=1)


def _session(kind: SessionKind, n: int, first: date, last: date, by: Account) -> Callable[[datetime], None]:
    def add(at: datetime) -> None:
        services.add_session(term=TERM, kind=kind, n=n, starts_on=first, ends_on=last, by=by, at=at)

    return add


def _agency(code: str, on: date) -> Agency:
    found = directory.agency(code, on)
    return found or Agency.objects.as_of(on).filter(kind=AgencyKind.FIRST_LEVEL).order_by("code")[0]


def _listing(half_year: HalfYear, chance: random.Random, n: int, by: Account) -> Callable[[datetime], None]:
    kind, title, text, lead, co, district = ITEMS[n % len(ITEMS)]

    def do(at: datetime) -> None:
        today = day_of(at)
        session = CouncilSession.objects.filter(starts_on__lte=today).order_by("-starts_on").first()
        leader = _agency(lead, today)
        helpers = [one for code in co if (one := _agency(code, today)).pk != leader.pk][:1]
        askers = chance.sample(list(Councillor.objects.order_by("pk")), chance.choice((1, 1, 1, 2, 3)))
        made = services.list_item(
            NewItem(
                kind=kind, title=title if n < len(ITEMS) else f"{title}（續）", text=text, lead=leader, co=helpers,
                askers=askers, session=session, raised_on=today - timedelta(days=chance.randint(1, 5)), district=district,
            ),
            by=by, at=at,
        )  # fmt: skip
        for reply in made.tracked.replies.all():
            _will_answer(half_year, chance, reply.pk, at, by)

    return do


def _will_answer(half_year: HalfYear, chance: random.Random, pk: int, asked_at: datetime, by: Account) -> None:
    """Most answer within a week, some later, and a few have not answered yet."""
    wait = chance.choice((2, 3, 3, 4, 4, 5, 5, 6, 6, 9))
    at = half_year.office(asked_at + timedelta(days=wait, minutes=chance.randint(5, 300)))
    half_year.later(at, lambda now: _answer(half_year, chance, pk, now, by))


def _answer(half_year: HalfYear, chance: random.Random, pk: int, at: datetime, by: Account) -> None:
    reply = Reply.objects.select_related("item", "duty__agency").get(pk=pk)
    today = day_of(at)
    person = directory.holders(Role.COORDINATOR, agency=reply.duty.agency, on=today).select_related("account").first()
    if reply.state != ReplyState.ASKED or person is None or person.account is None:
        return
    poor = reply.asking == "FIRST" and chance.random() < 0.06
    tracking.answer(
        reply, text=POOR if poor else chance.choice(ANSWERS), letter_on=today,
        letter_number=f"示範字第{chance.randint(1150000, 1159999)}號", by=person.account, at=at,
    )  # fmt: skip
    later = half_year.office(at + timedelta(days=chance.randint(1, 3), minutes=chance.randint(5, 200)))
    half_year.later(later, lambda now: _review(half_year, chance, pk, now, by, poor))


def _review(half_year: HalfYear, chance: random.Random, pk: int, at: datetime, by: Account, poor: bool) -> None:
    reply = Reply.objects.select_related("item").get(pk=pk)
    found = Review(answers=not poor, complete=not poor)
    remark = "沒有說明原因與改善日期，請就詢問內容逐項答復。" if poor else ""
    tracking.review(reply, found=found, remark=remark, by=by, at=at)
    item = Item.objects.get(pk=reply.item_id)
    for again in item.replies.filter(state=ReplyState.ASKED, asked_at=at):
        _will_answer(half_year, chance, again.pk, at, by)
    if item.stage == Stage.TO_DECIDE:
        later = half_year.office(at + timedelta(days=1, minutes=chance.randint(5, 200)))
        half_year.later(later, lambda now: _decide(chance, item.pk, now, by))


def _decide(chance: random.Random, pk: int, at: datetime, by: Account) -> None:
    item = Item.objects.get(pk=pk)
    if item.stage != Stage.TO_DECIDE:
        return
    ground = chance.choices([*Ground, None], [40, 34, 5, 4, 4, 3, 10])[0]
    grounds = frozenset([ground.value] if ground else [])
    reason = REASONS[ground] if ground else "工程尚未完成，請定期回報。"
    verdict = services.propose(grounds)
    tracking.record_verdict(item, verdict=verdict, reason=reason, grounds=grounds, by=by, at=at)


def _inspection(chance: random.Random, n: int) -> Callable[[datetime], None]:
    def do(at: datetime) -> None:
        today = day_of(at)
        kind = AgencyKind.DISTRICT_OFFICE if n % 3 == 0 else AgencyKind.FIRST_LEVEL
        agency = chance.choice(list(Agency.objects.as_of(today).filter(kind=kind).order_by("code")[:12]))
        person = directory.holders(Role.COORDINATOR, agency=agency, on=today).select_related("account").first()
        matter, place = INSPECTIONS[n % len(INSPECTIONS)]
        services.register_inspection(
            agency=agency, held_on=today - timedelta(days=chance.randint(0, 2)), matter=matter, place=place,
            councillors=chance.sample(list(Councillor.objects.order_by("pk")), chance.choice((1, 1, 2))),
            notice_number=f"示範開字第{chance.randint(1150000, 1159999)}號", minutes="請權責機關於兩週內提出改善方案。",
            by=person.account if person else None, at=at,
        )  # fmt: skip

    return do


def _report(at: datetime, by: Account) -> None:
    """What became of the first session's resolutions, frozen for the council."""
    carried_out.make(CouncilSession.objects.order_by("starts_on")[0], by=by, at=at)


def _asked(half_year: HalfYear, chance: random.Random, at: datetime) -> None:
    """A month's first morning: agencies are asked, and most report within days."""
    services.ask_for_month(at)
    month = rules.month_asked_for(day_of(at))
    for agency in queries.reporting(month):
        if chance.random() < 0.85:
            later = half_year.office(at + timedelta(days=chance.randint(1, 8), minutes=chance.randint(5, 400)))
            half_year.later(later, lambda now, agency=agency: _month_told(agency, month, now))


def _month_told(agency: Agency, month: date, at: datetime) -> None:
    person = directory.holders(Role.COORDINATOR, agency=agency, on=day_of(at)).select_related("account").first()
    services.report_month(agency, month, by=person.account if person else None, at=at)
