"""The demo city's calls: a month of invented traffic, read by the product's own import."""

from __future__ import annotations

import tempfile
from datetime import date, datetime
from pathlib import Path

from cityhall.domains.hotline import menu_records, menu_traffic, services, traffic

A_DAY = 160


def load(first: date, days: int, *, at: datetime) -> int:
    """So many days of calls; how many there were. The files say that they are synthetic, and are not kept."""
    shape = traffic.Shape(first, days, A_DAY)
    with tempfile.TemporaryDirectory() as folder:
        log, details, heard = (
            Path(folder) / name for name in ("synthetic-queue_log", "synthetic-cdr.csv", "synthetic-menu.csv")
        )
        texts: dict[str, list[str]] = {traffic.LOG: [], traffic.CDR: []}
        for file, text in traffic.lines(shape):
            texts[file].append(f"{text}\n")
        log.write_text("".join(texts[traffic.LOG]), encoding="utf-8")
        details.write_text("".join(texts[traffic.CDR]), encoding="utf-8")
        pairs = ((file, text.rstrip("\n")) for file, many in texts.items() for text in many)
        heard.write_text("".join(f"{text}\n" for text in menu_traffic.lines(pairs)), encoding="utf-8")
        menu_records.import_menu(heard, by=None, at=at)
        return services.import_queue_log(log, by=None, at=at).calls + services.import_cdr(details, by=None, at=at).calls
