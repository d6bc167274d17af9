"""The demo city's grants: a call whose review is over, with one project signed and one to sign, and a call that takes needs."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from cityhall.domains.grants import services
from cityhall.engines.directory import queries as directory
from cityhall.engines.directory.models import Agency
from cityhall.engines.directory.states import Role
from cityhall.engines.scoring import evaluations
from cityhall.engines.scoring.rules import Mark
from cityhall.foundation.clock import day_of

# The need, what is needed, whose, and what vendors offer: who, what, for how much, how it is judged.
NEEDS = (
    ("休閒農業行動導覽", "旅客到農場前後的訊息分散，請整合導覽、訂位與接駁，並提供離線地圖。", "agriculture",
     (("示範資訊公司", "休閒農業行動智慧服務計畫", 12_000_000, 4), ("虛構科技公司", "農場即時影像計畫", 9_500_000, 3))),
    ("全天候市民諮詢", "夜間與假日的諮詢以常見問題為主，請提供可轉真人的智慧應答。", "information",
     (("樣本系統公司", "智慧機器人市民諮詢服務計畫", 15_000_000, 5),)),
    ("偏遠步道安全通報", "步道訊號不良處的求助與定位。", "tourism", ()),
)  # fmt: skip


def load(now: datetime, *, say: Callable[[str], None] = lambda words: None) -> None:
    """A year's call from its opening to the contract, and next year's."""
    agencies = {one.code: one for one in Agency.objects.as_of(day_of(now))}
    office = directory.holders(Role.COMMISSION, on=day_of(now)).select_related("account").first()
    by = office.account if office else None

    def who(days: int) -> dict[str, Any]:
        return {"by": by, "at": now - timedelta(days=days)}

    opened = now - timedelta(days=150)
    call = services.open_call(
        year=opened.year, name="行動寬頻應用城市補助", sponsor="中央補助機關（示範）", about="示範資料：名稱與金額都是虛構的。",
        needs_until=day_of(now - timedelta(days=120)), proposals_until=day_of(now - timedelta(days=60)), **who(150),
    )  # fmt: skip
    proposals = []
    for title, text, code, offers in NEEDS:
        need = services.submit_need(call, agency=agencies[code], title=title, text=text, **who(140))
        step, reason = ("recommend", "切合在地需求，同意推薦") if offers else ("decline", "請先盤點既有設施")
        services.decide_need(need, step=step, reason=reason, **who(110))
        for vendor, name, amount, points in offers:
            proposals.append(
                (services.submit_proposal(
                    need, vendor=vendor, title=name, text="工作項目、期程與營運方式如附件。", amount=amount, **who(80)
                ), points)
            )  # fmt: skip
    judges = list(directory.holders(Role.JUDGE, on=day_of(now)).select_related("account")[:3])
    if judges:
        call = services.begin_review(call, judges=judges, due_on=day_of(now - timedelta(days=30)), **who(55))
        _review(call, {row.pk: points for row, points in proposals}, now)
        (first, _p), (second, _q), (third, _r) = proposals
        services.decide_proposal(first, step="select", reason="名次在前，經費合理", **who(28))
        services.decide_proposal(second, step="reject", reason="與第一案重複", **who(28))
        services.decide_proposal(third, step="select", reason="名次在前，經費合理", **who(28))
        services.sign(first, ends_on=day_of(now + timedelta(days=500)), document="示範約字第1號", **who(14))
    services.open_call(
        year=opened.year + 1, name="行動寬頻應用城市補助（次年度）", sponsor="中央補助機關（示範）",
        needs_until=day_of(now + timedelta(days=30)), proposals_until=day_of(now + timedelta(days=90)), **who(3),
    )  # fmt: skip
    say(f"寬頻應用補助：需求 {len(NEEDS)} 項、提案 {len(proposals)} 件")


def _review(call: Any, points: dict[int, int], now: datetime) -> None:
    """Each judge scores each proposal that is not of their own agency; the review is closed."""
    at = now - timedelta(days=40)
    codes = [one.code for one in call.review.scheme.criteria.all()]
    for candidate in call.review.candidates.all():
        for judge in call.review.judges.select_related("person__account"):
            if not judge.person.appointments.filter(agency=candidate.agency).exists():
                marks = {code: Mark(points[candidate.object_id], "") for code in codes}
                evaluations.judge(candidate, marks=marks, remark="作法可行", by=judge.person.account, at=at)
    evaluations.end_step(call.review, by=None, at=now - timedelta(days=29))
    evaluations.close(call.review, by=None, at=now - timedelta(days=29))
