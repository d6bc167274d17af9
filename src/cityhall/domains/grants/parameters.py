"""The first scheme by which judges score proposals, in both languages, as data; its source is the central call."""

from datetime import date

from django.utils.translation import gettext_lazy as _

from cityhall.engines.scoring.registry import Line, declare

SCHEME = "grants.proposal"

declare(
    SCHEME, _("寬頻應用補助提案審查"), since=date(2016, 1, 1), source="寬頻應用城市補助計畫徵案須知", most=5, reason_below=2,
    lines=(
        Line("local", 30, "符合在地需求", "Fits the local need", "解決需求規格寫的問題，在地企業與學研資源參與。",
             "Solves what the need describes, with local firms and universities."),
        Line("lasting", 30, "永續經營機制", "Goes on by itself", "補助結束以後，誰營運、經費從哪裡來。",
             "Who runs it after the grant, and on what money."),
        Line("region", 20, "區域聯合治理", "Joins several areas", "跨縣市或跨機關共同使用。", "Used by several cities or agencies together."),
        Line("team", 20, "技術與團隊", "Technique and team", "作法可行，人力與期程合理。", "Feasible, with people and dates that fit."),
    ),
)  # fmt: skip
