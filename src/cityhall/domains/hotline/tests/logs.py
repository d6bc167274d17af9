"""Logs for tests: the eight calls of research note 01 §4, with what they must give."""

from pathlib import Path

T = 1_470_000_000  # 2016-08-01 05:20 in Taipei


def _call(n: int, *events: str) -> list[str]:
    return [f"{T + n}|c{n}|1999|NONE|ENTERQUEUE||090000000{n}|1", *(f"{T + n + 60}|c{n}|1999|{one}" for one in events)]


EIGHT = [
    *_call(1, "A/1|CONNECT|5|u|3", "A/1|COMPLETECALLER|5|120|1"),
    *_call(2, "A/1|CONNECT|20|u|3", "A/1|COMPLETEAGENT|20|60|1"),
    *_call(3, "A/1|CONNECT|21|u|3", "A/1|COMPLETECALLER|21|30|1"),
    *_call(4, "NONE|ABANDON|1|1|3"),
    *_call(5, "NONE|ABANDON|1|2|40"),
    *_call(6, "A/1|RINGNOANSWER|15000", "A/2|RINGNOANSWER|15000", "NONE|EXITWITHTIMEOUT|1|1|60"),
    *_call(7, "NONE|EXITWITHKEY|1|1|1|12"),
    *_call(8, "A/1|CONNECT|2|u|1", "A/1|BLINDTRANSFER|2001|int|2|33|1"),
]

EXPECTED = {
    "offered": 8, "answered": 4, "within": 3, "service_level": 75.0, "service_level_2": 66.67,
    "city_service_level": 37.5, "city_service_level_without_short": 42.86, "abandon_rate": 25.0,
    "abandon_rate_without_short": 14.29, "mean_answer_s": 12.0, "mean_talk_s": 60.75,
}  # fmt: skip


def write(path: Path, lines: list[str], *, ending: str = "\n") -> Path:
    """A log of whole lines."""
    path.write_text("".join(f"{line}{ending}" for line in lines), encoding="utf-8", newline="")
    return path
