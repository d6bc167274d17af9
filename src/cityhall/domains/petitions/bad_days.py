"""The demo city's bad days: a flooded street (confirmed, with news), dead traffic lights (proposed), the same letter from
many (confirmed), and a few neighbours who write about one thing. By the product's own acts, like all the rest of the demo.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from cityhall.engines.cases.states import Channel, PlaceMethod

from .backlog import Backlog
from .models import Cluster
from .services import clusters, filing, lookout
from .services.filing import Submission, Where, Who
from .states import ClusterState

if TYPE_CHECKING:
    from cityhall.engines.directory.models import Person

    from .samples import HalfYear

FLOOD = (
    "路口積水淹到小腿，機車都熄火了",
    "道路積淹水，車子過不去",
    "積水淹進騎樓了，店裡的東西都泡水",
    "剛剛大雨，整條路積淹水，公車繞道",
    "地下道口積水很深，請快來抽水",
    "我家門口道路淹水，出不去",
    "積淹水，水溝蓋好像浮起來了，很危險",
    "路面積水還沒退，孩子放學怎麼走",
)
LIGHTS = (
    "路口紅綠燈不亮，四個方向都搶",
    "紅綠燈壞了，沒有人指揮",
    "號誌故障，差點撞到",
    "紅綠燈沒亮，過馬路很可怕",
    "號誌不亮，請派警察來",
    "十字路口號誌故障，一直閃",
)
LETTER = (
    "反對在社區活動中心旁設置資源回收轉運站。這裡住戶密集、巷道狹窄，車輛進出與氣味都會影響生活，"
    "請市府重新評估地點，並在決定之前召開說明會，聽取居民的意見。"
)
LETTERS = 22
TWINS = (
    "國小側門前的行人號誌秒數太短，老人家走到一半就變紅燈，希望調整秒數。",
    "國小側門前的行人號誌秒數太短，媽媽推娃娃車走到一半就變紅燈，希望調整秒數，謝謝。",
    "國小側門的行人號誌秒數太短，走到一半就變紅燈，請調整秒數。",
)

WRITTEN = len(FLOOD) + len(LIGHTS) + LETTERS + len(TWINS)


def write(half_year: HalfYear, officer: Person, colleague: Person) -> None:
    """Put them into the half-year."""
    BadDays(half_year, officer, colleague).plan()


@dataclass
class BadDays(Backlog):
    """Who writes what, and what the desk does about it."""

    def plan(self) -> None:
        """Hours before the end; the machine looks after each series, the desk confirms the flood."""
        for hours, texts, spread, site, news in (
            (31.0, FLOOD, 0.25, 1, "已派抽水機到場，水退之前請改道。預計傍晚前恢復通行。"),
            (2.4, LIGHTS, 0.2, 2, ""),
            (70.0, (LETTER,) * LETTERS, 0.9, None, "已請主管機關說明評估的情形，回復會寄給每一位來信的民眾。"),
            (7.0, TWINS, 0.8, 3, ""),
        ):
            for n, text in enumerate(texts):
                when = self.half_year.end - timedelta(hours=hours - spread * n)
                self.half_year.later(when, self._writes(n, text, site))
            after = self.half_year.end - timedelta(hours=hours - spread * len(texts))
            self.half_year.later(after, self._look(news))
        self.half_year.later(self.half_year.end - timedelta(minutes=1), self.look_back)

    def _writes(self, n: int, text: str, site: int | None) -> Callable[[datetime], None]:
        return lambda at: self.write(n, text, site, at)

    def write(self, n: int, text: str, site: int | None, at: datetime) -> None:
        """Filed on the web and confirmed minutes later."""
        half_year = self.half_year
        number = next(half_year.serial)
        surname = "陳林黃張李王吳劉蔡楊"[n % 10]
        where = Where()
        if site is not None:
            spot = half_year.sites[site * 7 % len(half_year.sites)]
            where = Where(
                PlaceMethod.PIN, spot.lon + (n % 4) * 0.0004, spot.lat + (n // 4) * 0.0003, label=spot.label,
                road=spot.road,
            )  # fmt: skip
        signed = f"{text}" if text is not LETTER else f"{text}住戶第{n + 1}號。"
        who = Who(
            name=f"{surname}{'淑文志明美玲俊傑'[n % 4 * 2 : n % 4 * 2 + 2]}", email=f"neighbour{number}@mail.example"
        )
        petition = filing.file(Submission(text=signed, channel=Channel.WEB, who=who, where=where), at=at)
        half_year.tally.filed += 1
        filing.confirm(petition, how="email_code", by=None, at=at + timedelta(minutes=3))

    def look_back(self, at: datetime) -> None:
        """What the machine noticed of the last two weeks."""
        lookout.find_alike(at - timedelta(days=14), at=at)

    def _look(self, news: str) -> Callable[[datetime], None]:
        return lambda at: self.look(at, news)

    def look(self, at: datetime, news: str) -> None:
        """What the machine notices every few minutes; and the desk, which confirms and tells everybody."""
        lookout.find_incidents(at=at)
        lookout.find_alike(at - timedelta(hours=30), at=at)
        lookout.find_campaigns(at - timedelta(hours=30), at=at)
        if not news:
            return
        cluster = Cluster.objects.filter(state=ClusterState.PROPOSED).order_by("-found_at", "-pk").first()
        if cluster is None:
            return
        by = self._desk(at)
        clusters.confirm(cluster, title=cluster.title, lead=cluster.lead, by=by, at=at)
        clusters.tell_news(cluster, text=news, by=by, at=at + timedelta(minutes=40))
