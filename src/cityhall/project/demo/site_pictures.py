"""Progress photos of the demo city: drawn, so that nobody took them, and each shows how far its month was."""

from __future__ import annotations

import io
import random
from datetime import datetime
from decimal import Decimal

from PIL import Image, ImageDraw

from cityhall.domains.projects import on_site
from cityhall.domains.projects.models import Project
from cityhall.engines.milestones import rules as of_plans
from cityhall.foundation.clock import day_of

PROJECTS, MONTHS = 8, 4
WIDTH, HEIGHT, FLOORS, BAYS = 960, 640, 6, 7
SKIES = ("#cfe3ee", "#dfe6ea", "#e9dfc9")
CAPTIONS = ("基地全景", "西側立面", "施工進度", "出入口側")


def load(now: datetime, *, chance: random.Random) -> int:
    """Give works under control a photo for each of their last months with a report. Says how many there are."""
    rows = Project.objects.filter(plan__works=True, plan__ended_on=None, plan__reports__isnull=False).distinct()
    made = 0
    for one in rows.select_related("plan").order_by("number")[:PROJECTS]:
        reported = dict(one.plan.reports.order_by("month", "n").values_list("month", "percent"))
        for month in sorted(reported)[-MONTHS:]:
            taken = min(of_plans.end_of(month), day_of(now))
            drawn = picture(reported[month], sky=chance.choice(SKIES))
            on_site.add_photo(
                one, drawn, name=f"{one.number}-{month:%Y-%m}.jpg", taken_on=taken, caption=chance.choice(CAPTIONS), by=None,
                at=now,
            )  # fmt: skip
            made += 1
    return made


def picture(percent: Decimal, *, sky: str) -> io.BytesIO:
    """A building site as JPEG: as many floors stand as the works are far, in per cent, and a crane until they are done."""
    image = Image.new("RGB", (WIDTH, HEIGHT), sky)
    pen = ImageDraw.Draw(image)
    ground, left, floor, bay = HEIGHT - 110, 260, 62, 64
    pen.rectangle((0, ground, WIDTH, HEIGHT), fill="#a99b86")
    pen.rectangle((0, ground + 60, WIDTH, HEIGHT), fill="#8d8272")
    bays = int(percent * FLOORS * BAYS / 100)
    for n in range(bays):
        x, y = left + n % BAYS * bay, ground - (n // BAYS + 1) * floor
        pen.rectangle((x, y, x + bay, y + floor), fill="#d8d3ca", outline="#8f8a80", width=3)
        pen.rectangle((x + 16, y + 14, x + bay - 16, y + floor - 18), fill="#7fa3ad")
    if percent < 100:
        top = max(60, ground - (bays // BAYS + 2) * floor - 60)
        pen.line((180, ground, 180, top), fill="#c46a12", width=12)
        pen.line((110, top, 640, top), fill="#c46a12", width=9)
        pen.line((520, top, 520, top + 70), fill="#55504a", width=3)
    for x in range(0, WIDTH, 80):
        pen.rectangle((x + 4, ground + 14, x + 74, ground + 56), fill="#e7b43c" if x // 80 % 2 else "#f2f0ea")
    kept = io.BytesIO()
    image.save(kept, "JPEG", quality=80)
    kept.seek(0)
    return kept
