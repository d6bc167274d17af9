"""The rows that are asked: nine columns as a petition list has them, the same for the same number."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

from cityhall.foundation.lots import dice

DISTRICTS = [
    "桃園區",
    "中壢區",
    "平鎮區",
    "八德區",
    "楊梅區",
    "蘆竹區",
    "大溪區",
    "龍潭區",
    "龜山區",
    "大園區",
    "觀音區",
    "新屋區",
    "復興區",
]
KINDS = ["路燈故障", "道路坑洞", "違規停車", "環境髒亂", "噪音", "公園設施", "排水不良", "交通號誌", "流浪動物", "其他"]
ROADS = ["中山路", "中正路", "民生路", "復興路", "介壽路", "成功路", "春日路", "三民路", "環中東路", "大興西路"]
WORDS = [
    "請儘速派員處理",
    "已通知相關單位",
    "多次反映仍未改善",
    "夜間視線不良影響安全",
    "雨後積水",
    "附近居民反映",
    "建議增設",
]
HEADER = ("案號", "日期", "行政區", "類別", "地址", "經度", "緯度", "金額", "說明")
FIRST = date(2015, 1, 1)


def write_rows(path: Path, rows: int) -> None:
    """A CSV of so many rows."""
    throw = dice("rows")
    with path.open("w", encoding="utf-8") as file:
        file.write(",".join(HEADER) + "\n")
        for n in range(rows):
            district = throw.choice(DISTRICTS)
            file.write(
                f"TY{n:08d},{FIRST + timedelta(throw.randrange(800))},{district},{throw.choice(KINDS)},"
                f"{district}{throw.choice(ROADS)}{throw.randrange(1, 999)}號,{121 + throw.random() * 0.4:.6f},"
                f"{24.8 + throw.random() * 0.3:.6f},{throw.randrange(10**6)},"
                f"{throw.choice(WORDS)}，{throw.choice(WORDS)}（{throw.randrange(10**5)}）\n"
            )


def repeat_rows(source: Path, path: Path, times: int) -> None:
    """The same rows, so many times over: for measuring how fast they are taken in."""
    with source.open("rb") as file, path.open("wb") as out:
        header = file.readline()
        out.write(header)
        for _time in range(times):
            file.seek(len(header))
            while block := file.read(8 * 2**20):
                out.write(block)
