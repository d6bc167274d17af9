"""Teams of a competition: they register, hand in a work and change it until the close.

The leader's mailbox is a subscription to the team. Once it has shown itself, an address with a key is sent there, and nowhere
else: whoever has it acts for the team.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Max
from django.urls import reverse
from django.utils import translation
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cityhall.engines.audit import services as audit
from cityhall.engines.directory.states import Role
from cityhall.engines.identity.models import Account
from cityhall.engines.subscriptions import registry
from cityhall.engines.subscriptions import services as subscriptions
from cityhall.engines.subscriptions.models import Subscription
from cityhall.engines.subscriptions.registry import Topic
from cityhall.engines.subscriptions.services import CannotSubscribe
from cityhall.engines.tracking.queries import commission
from cityhall.engines.worklist import services as worklist
from cityhall.foundation.clock import day_of
from cityhall.foundation.unit import act

from . import contents, rules
from .models import Contest, Dataset, Team, Work
from .refusals import CannotCatalogue
from .rules import Stage
from .states import TeamState, WorkForm, WorkState

TOPIC = "open_data.team"
CHECK = "open_data.contest_work"
"""Kind of to-do of the commission: a work waits to be checked."""
MOST_DATASETS = 20
MOST_WAITING = 500
UNCONFIRMED_KEPT = timedelta(days=7)
_REGISTERED = gettext_lazy(
    "隊伍「%(team)s」報名「%(contest)s」完成。作品從下面的網址交，截止前都可以修改；有這個網址的人就能代表隊伍，請不要公開：\n%(url)s"
)


def key_of(team: Team) -> str:
    """What a team's own address carries beside its reference."""
    return salted_hmac("open_data.team", str(team.reference), algorithm="sha256").hexdigest()[:32]


def by_key(reference: Any, key: str) -> Team | None:
    """The team that an address names; none before it counts."""
    rows = Team.objects.exclude(state=TeamState.UNCONFIRMED).select_related("contest__review", "work")
    found = rows.filter(reference=reference).first()
    return found if found and constant_time_compare(key_of(found), key) else None


def page_of(team: Team) -> str:
    """A team's own page."""
    return reverse("open_data:team", args=[team.reference, key_of(team)])


def tell(team: Team, step: str, words: object, *, at: datetime, **more: str) -> None:
    """The leader reads the step in their language; who has left is not written to."""
    said = []
    for language in ("zh-hant", "en"):
        with translation.override(language):
            said.append(str(words) % {"team": team.name, "contest": team.contest.label, **more})
    subscriptions.tell_now(TOPIC, str(team.reference), line=said[0], line_en=said[1], step=step, at=at)


def _contest(pk: int) -> Contest:
    return Contest.objects.select_for_update(of=("self",)).select_related("review").get(pk=pk)


# ---- registering -----------------------------------------------------------------------------------------------------


@act
def register(
    contest: Contest, *, name: str, members: int, email: str, account: Account | None, language: str, at: datetime
) -> tuple[Team, Subscription]:
    """報名 of a team, which counts once its leader's mailbox has shown itself. Raises CannotCatalogue."""
    contest = _contest(contest.pk)
    if contest.stage(day_of(at)) != Stage.OPEN:
        raise CannotCatalogue(_("現在不是報名期間。"))
    if not 1 <= members <= contest.most_members:
        raise CannotCatalogue(_("一隊 1 到 %(n)s 人。") % {"n": contest.most_members})
    if contest.teams.filter(state=TeamState.IN, name__iexact=name.strip()).exists():
        raise CannotCatalogue(_("已經有隊伍用這個名稱，請換一個。"))
    if Team.objects.filter(state=TeamState.UNCONFIRMED).count() >= MOST_WAITING:
        raise CannotCatalogue(_("現在等著驗證的隊伍太多，請過幾天再報名。"))
    made = Team.objects.create(contest=contest, name=name.strip(), members=members, registered_at=at)
    asked = subscriptions.ask(
        TOPIC, str(made.reference), email=email, account=account, language=language, at=at
    )  # fmt: skip
    return made, asked


def confirmed(subject: str, at: datetime) -> None:
    """The leader's mailbox has shown itself: the team counts, and its own address is sent there."""
    found = Team.objects.filter(reference=subject).first()
    if found is None:
        return
    contest = _contest(found.contest_id)
    team = Team.objects.select_for_update(of=("self",)).select_related("contest").get(pk=found.pk)
    if team.state != TeamState.UNCONFIRMED:
        return
    if contest.stage(day_of(at)) != Stage.OPEN:
        raise CannotSubscribe(_("報名已經截止，這個隊伍沒有完成報名。"))
    taken = contest.teams.filter(state=TeamState.IN).values_list("name", flat=True)
    team.name = rules.free_name(team.name, taken)
    team.n = int(contest.teams.aggregate(most=Max("n"))["most"] or 0) + 1
    team.state, team.confirmed_at = TeamState.IN, at
    team.save(update_fields=["name", "n", "state", "confirmed_at"])
    audit.record(
        "open_data.contest_team_registered", team, by=None, at=at, new={"contest": contest.number, "n": team.n}
    )
    tell(team, "registered", _REGISTERED, at=at, url=f"{settings.SITE_URL}{page_of(team)}")


_AGAIN = gettext_lazy("隊伍「%(team)s」交作品的網址；有這個網址的人就能代表隊伍，請不要公開：\n%(url)s")


@act
def send_again(contest: Contest, *, email: str, at: datetime) -> int:
    """The address of each team of this leader goes to the mailbox once more, once an hour at most. Says of how many teams.

    Whoever asks is told the same whether or not there is one.
    """
    teams = {str(one.reference): one for one in contest.teams.filter(state=TeamState.IN).select_related("contest")}
    rows = Subscription.objects.standing().filter(topic=TOPIC, email=email.strip().lower(), subject__in=list(teams))
    mine = [teams[one.subject] for one in rows]
    for team in mine:
        tell(team, f"again:{at:%Y%m%d%H}", _AGAIN, at=at, url=f"{settings.SITE_URL}{page_of(team)}")
    return len(mine)


@act
def withdraw(team: Team, *, at: datetime) -> Team:
    """退出 until the close: neither the team nor its work counts, and the mailbox is forgotten. Raises CannotCatalogue."""
    contest, team = _playing(team)
    if contest.stage(day_of(at)) != Stage.OPEN:
        raise CannotCatalogue(_("報名已經截止，不能退出；不想參加評審，請聯絡我們。"))
    team.state, team.withdrawn_at = TeamState.WITHDRAWN, at
    team.save(update_fields=["state", "withdrawn_at"])
    for work in Work.objects.filter(team=team):
        worklist.close_all(work, at=at)
    audit.record("open_data.contest_team_withdrawn", team, by=None, at=at, new={"contest": contest.number})
    subscriptions.end_all(TOPIC, str(team.reference), at=at)
    return team


def _playing(team: Team) -> tuple[Contest, Team]:
    contest = _contest(team.contest_id)
    team = Team.objects.select_for_update(of=("self",)).select_related("contest").get(pk=team.pk)
    if team.state != TeamState.IN:
        raise CannotCatalogue(_("這個隊伍已經退出。"))
    return contest, team


# ---- the work --------------------------------------------------------------------------------------------------------


def may_hand_in(team: Team, at: datetime) -> bool:
    """Until the close; what was sent back until it is judged, too."""
    stage = team.contest.stage(day_of(at))
    work = Work.objects.filter(team=team).first()
    back = stage == Stage.CLOSED and work is not None and work.state == WorkState.SENT_BACK
    return team.state == TeamState.IN and (stage == Stage.OPEN or back)


@act
def hand_in(
    team: Team, *, title: str, text: str, url: str, form: str, datasets: Iterable[Dataset], at: datetime
) -> Work:  # fmt: skip
    """交件, or change what was handed in: it is checked again. Raises CannotCatalogue."""
    contest, team = _playing(team)
    used = list(datasets)
    if not may_hand_in(team, at):
        raise CannotCatalogue(_("交件已經截止。"))
    if not contents.is_web_address(url):
        raise CannotCatalogue(_("網址要以 http:// 或 https:// 開頭。"))
    if not used or len(used) > MOST_DATASETS or not all(one.is_public for one in used):
        raise CannotCatalogue(_("請填 1 到 %(n)s 個公開的資料集。") % {"n": MOST_DATASETS})
    wanted = set(contest.datasets.values_list("pk", flat=True))
    if wanted and not wanted & {one.pk for one in used}:
        raise CannotCatalogue(_("作品至少要用一個這項競賽指定的資料集。"))
    values: dict[str, Any] = {
        "title": title.strip(), "text": text.strip(), "url": url.strip(), "form": WorkForm(form),
        "state": WorkState.HANDED_IN, "reason": "", "changed_at": at, "decided_at": None,
    }  # fmt: skip
    work, created = Work.objects.update_or_create(
        team=team, defaults=values, create_defaults={**values, "handed_in_at": at}
    )
    work.datasets.set(used)
    event = "open_data.contest_work_handed_in" if created else "open_data.contest_work_changed"
    audit.record(event, work, by=None, at=at, new={"contest": contest.number, "team": team.n})
    if office := commission(day_of(at)):
        worklist.open_todo(
            CHECK, work, title=work.title, reference=f"C-{contest.number:03d} {team.call}", agency=office,
            role=Role.COMMISSION, url=reverse("open_data_desk:work", args=[team.reference]), at=at,
        )  # fmt: skip
    return work


def forget(at: datetime) -> int:
    """Teams that nobody confirmed within a week."""
    old = Team.objects.filter(state=TeamState.UNCONFIRMED, registered_at__lt=at - UNCONFIRMED_KEPT)
    return int(old.delete()[0])


# ---- what letters call it --------------------------------------------------------------------------------------------


def _team(subject: str) -> Team | None:
    return Team.objects.filter(reference=subject).select_related("contest").first()


def _name(subject: str) -> str | None:
    """By its competition: anybody can write anything as a team's name."""
    team = _team(subject)
    return _("競賽：%(title)s") % {"title": team.contest.label} if team else None


def _page(subject: str) -> str:
    team = _team(subject)
    return reverse("open_data:contest", args=[team.contest.number]) if team else reverse("open_data:contests")


registry.topic(
    Topic(
        TOPIC, gettext_lazy("參賽隊伍"), name=_name, page=_page, news=lambda subject, first, last: (), confirmed=confirmed,
        digests=False, done=gettext_lazy("報名完成。交作品的網址已經寄到隊長的信箱。"),
    )
)  # fmt: skip
