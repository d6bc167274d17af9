"""Make the demo city: everything by the product's own acts, the last 180 days up to now on a simulated clock."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.db import connection
from django.utils import timezone

from cityhall.domains.faq import samples as entries
from cityhall.domains.petitions.backlog import REGULAR
from cityhall.domains.petitions.public import untold
from cityhall.domains.petitions.samples import HalfYear, Site, Tally, Text
from cityhall.domains.petitions.services import digest, freezing
from cityhall.domains.petitions.services.dispatch import PURPOSE
from cityhall.engines.classify import services as classify
from cityhall.engines.classify.models import ModelVersion
from cityhall.engines.deadlines.services import seed_calendar
from cityhall.engines.directory import succession
from cityhall.engines.directory.models import Agency
from cityhall.engines.identity import clients, passwords, second_factor
from cityhall.engines.identity import services as identity
from cityhall.engines.identity.models import Account
from cityhall.engines.letters.standins.archive import take_waiting
from cityhall.engines.letters.standins.runner import the_store
from cityhall.engines.places import memory
from cityhall.engines.places import queries as places
from cityhall.foundation import unit
from cityhall.foundation.clock import day_of, start_of_day

from . import (
    chat,
    contacts,
    contests,
    council,
    evaluations,
    faq,
    gatherings,
    gazetteer,
    grants,
    hotline,
    instructions,
    mailbag,
    menus,
    open_data,
    outside,
    paperwork,
    people,
    petitions,
    phone_tests,
    project_sites,
    projects,
    shipped,
    smart_city,
    spatial,
    subsidies,
    surveys,
    wifi,
)

FOLDER = Path(__file__).parent
DAYS, HOW_MANY = 180, 1500
CALL_DAYS = 31
WATCHED = timedelta(days=60)
ACCOUNTS = "demo-accounts.json"
SHOWN = (
    ("dispatcher", "分文人員"), ("coordinator", "研考窗口"), ("officer", "承辦人"), ("unit_head", "單位主管"),
    ("agency_head", "機關首長"), ("commission", "研考會承辦"), ("commission_head", "主任委員"), ("operator", "話務人員"),
    ("supervisor", "1999督導"), ("tester", "測試員"), ("ethics", "政風人員"), ("village_head", "里長"),
    ("administrator", "系統管理員"),
)  # fmt: skip


def is_loaded() -> bool:
    """Whether there is a city already."""
    return Agency.objects.exists()


def load(*, say: Callable[[str], None], now: datetime | None = None, how_many: int = HOW_MANY) -> Tally:
    """Make it all. Half-made cities are not kept: it is one transaction."""
    now = now or timezone.now()
    start = start_of_day(day_of(now) - timedelta(days=DAYS))
    before = start - timedelta(hours=1)
    if connection.vendor == "sqlite":
        connection.cursor().execute("PRAGMA synchronous=OFF")
    try:
        with unit.bulk(), untold():
            say("行事曆、機關與人員")
            seed_calendar()
            made = people.load(at=before, today=day_of(now))
            say("行政區、道路與權管")
            gazetteer.load(before)
            say("案件類別與派案規則")
            petitions.load(before)
            entries.publish_all(at=before)
            say("訓練字詞模型")
            train(at=before)
            say(f"過去 {DAYS} 天的 {how_many:,} 件反映")
            half_year = HalfYear(petitions_texts(), sites(), start, now)
            half_year.leave_work(made.shown["officer"], made.officers("maintenance", "street_light")[1])
            mailbag.write(half_year)
            paperwork.write(half_year, made.shown["dispatcher"], made.shown["village_head"])
            outside.write(half_year, made.shown["commission"], made.shown["dispatcher"])
            surveys.write(half_year, made.shown["commission"])
            phone_tests.load_cards(before)
            phone_tests.write(half_year)
            council.load(before)
            council.write(half_year, made.shown["commission"].account)
            gatherings.write(half_year, made.shown["commission"], made.agencies)
            instructions.write(half_year, made.shown["commission"], made.agencies)
            freeze_months(half_year)
            tally = half_year.run(how_many, say=lambda done: say(f"　{done:,} 件"))
            say("1999一個月的來電（虛構）")
            menus.load(at=now, before=before)
            hotline.load(day_of(now) - timedelta(days=CALL_DAYS), CALL_DAYS, at=now)
            say("常見問題的版本、使用與新增建議（虛構）")
            faq.write(made.agencies, made.shown, now=now)
            say("文字客服四週的對談")
            first, second, *_others = made.officers("rdec", "hotline")
            chat.load(first, second, made.shown["supervisor"], at=now)
            contacts.write(now)
            evaluations.load(now)
            projects.load(now, many=40 if how_many >= HOW_MANY else 13, say=say)
            project_sites.load(now, say=say)
            subsidies.load(now, say=say)
            smart_city.load(now, share=1.0 if how_many >= HOW_MANY else 0.05, say=say)
            spatial.load(now, say=say)
            grants.load(now, say=say)
            wifi.load(now, share=1.0 if how_many >= HOW_MANY else 0.1, say=say)
            tally.filed += wifi.report_fault(now)
            open_data.load(now, say=say)
            contests.load(now, say=say)
            open_data.publish_own(now)
            announce_succession(made, now)
            take_waiting(the_store(), inbox_since=now - timedelta(days=7))
            save_accounts(accounts(made, now))
    finally:
        if connection.vendor == "sqlite":
            connection.cursor().execute("PRAGMA synchronous=FULL")
    return tally


def freeze_months(half_year: HalfYear) -> None:
    """Each morning the statistics of the month before are frozen, and the agencies written them, if its day has come."""
    for n in range(1, DAYS):
        day = half_year.start + timedelta(days=n)
        half_year.later(day + timedelta(hours=6), freezing.freeze_by_itself)
        half_year.later(day + timedelta(hours=8), digest.send_by_itself)


def announce_succession(made: people.Directory, now: datetime) -> None:
    """An agency becomes part of another on the first of the month after next, so that what happens then can be seen."""
    first = day_of(now).replace(day=1)
    for _month in range(2):
        first = (first + timedelta(days=32)).replace(day=1)
    succession.succeed_agency(
        made.agencies["animal"], successor=made.agencies["agriculture"], on=first,
        by=made.shown["administrator"].account, at=now,
    )  # fmt: skip


def train(*, at: datetime) -> ModelVersion:
    """Train the shipped model on texts that the half-year does not use; it is in use when the half-year begins.

    It was trained two months before, so that it has been watched as long as every new model is.
    """
    rows = shipped.split().to_learn
    version = classify.train(
        PURPOSE, [row.text for row in rows], [row.label for row in rows], at=at - WATCHED, sources=["shipped"]
    )
    return classify.go_live(version, at=at, reason="試行期滿")


def petitions_texts() -> list[Text]:
    """What the half-year's citizens write: nothing that the model has seen."""
    parts = shipped.split()
    return [Text(row.label, row.text.subject, row.text.body) for row in (*parts.to_tell, *parts.to_test)]


def sites() -> list[Site]:
    """Places on the city's roads at which things happen."""
    names = {area.code: area.name for area in places.districts()}
    found: list[Site] = []
    for road in memory.gazetteer().roads:
        district = names.get(road.district_code, "")
        for share in (0.15, 0.4, 0.6, 0.85):
            point = memory.point_in_degrees(road.line.interpolate(share, normalized=True))
            found.append(Site(point.lon, point.lat, f"{district}{road.name}", road.name, district))
    return found


# ---- the accounts that are shown at start ----------------------------------------------------------------------------


def accounts(made: people.Directory, now: datetime) -> list[dict[str, str]]:
    """Passwords and second factors for the people shown; they are made once for this installation."""
    shown: list[dict[str, str]] = []
    for key, role in SHOWN:
        account = made.shown[key].account
        assert account is not None
        password, secret = f"demo-{secrets.token_hex(5)}", second_factor.new_totp_secret()
        passwords.set_password(account, password, at=now, must_change=False)
        second_factor.set_totp(account, secret, by=None, at=now)
        if key == "administrator":
            identity.make_administrator(account, by=account, at=now)
        shown.append(
            {"name": account.name, "role": role, "email": account.email or "", "password": password,
             "totp_secret": secret, "api_key": ""}
        )  # fmt: skip
    citizen = identity.open_citizen_account(email=REGULAR.email, at=now, name=REGULAR.name)
    shown.insert(0, _row(citizen, "民眾（以電子郵件驗證碼登入，信在 /demo/inbox/）"))
    client, key_text = clients.create_client(
        name="示範介接系統", purpose="試用 API 與 Open311",
        scopes=["petitions.write", "petitions.vouch", "open311.write", "open311.vouch"],
        quota=clients.Quota(per_minute=600, per_day=100_000), by=None, at=now,
    )  # fmt: skip
    shown.append({**_row(client.account, "介接系統"), "api_key": key_text})
    return shown


def _row(account: Account, role: str) -> dict[str, str]:
    known = {"name": account.name, "role": role, "email": account.email or ""}
    return {**known, **dict.fromkeys(("password", "totp_secret", "api_key"), "")}


def save_accounts(rows: list[dict[str, str]]) -> None:
    """Keep them where only this installation reads them."""
    path = Path(settings.DATA_DIR) / ACCOUNTS
    path.write_text(json.dumps(rows, ensure_ascii=False, indent=1), encoding="utf-8")
    path.chmod(0o600)


def saved_accounts() -> list[dict[str, str]]:
    """The accounts that were made with the city; none before it."""
    path = Path(settings.DATA_DIR) / ACCOUNTS
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else []
