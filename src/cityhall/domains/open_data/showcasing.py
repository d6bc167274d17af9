"""應用案例: proposed by anybody, reviewed, shown with the datasets that it stands on."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cityhall.engines.audit import services as audit
from cityhall.engines.directory.states import Role
from cityhall.engines.identity.models import Account
from cityhall.engines.numbers.services import number_after
from cityhall.engines.subscriptions import registry
from cityhall.engines.subscriptions import services as subscriptions
from cityhall.engines.subscriptions.models import Subscription
from cityhall.engines.subscriptions.registry import Topic
from cityhall.engines.tracking.queries import commission
from cityhall.engines.worklist import services as worklist
from cityhall.foundation.clock import day_of
from cityhall.foundation.unit import act

from . import contents
from .models import Dataset, Showcase
from .refusals import CannotCatalogue
from .states import ShowcaseState

TOPIC = "open_data.showcase"
REVIEW = "open_data.showcase"
MOST_DATASETS = 20
MOST_WAITING = 500
UNCONFIRMED_KEPT = timedelta(days=7)
_SHOWN = gettext_lazy("您的應用案例已經公開。")
_DECLINED = gettext_lazy("您的應用案例沒有公開。理由：%(reason)s")


@act
def propose(
    *, title: str, text: str, url: str, maker: str, datasets: Iterable[Dataset], email: str, account: Account | None,
    language: str, at: datetime,
) -> tuple[Showcase, Subscription]:  # fmt: skip
    """Somebody made something of the data. Reviewed once their mailbox has shown itself. Raises CannotCatalogue."""
    used = list(datasets)
    if not contents.is_web_address(url):
        raise CannotCatalogue(_("網址要以 http:// 或 https:// 開頭。"))
    if not used or len(used) > MOST_DATASETS or not all(one.is_public for one in used):
        raise CannotCatalogue(_("請填 1 到 %(n)s 個公開的資料集。") % {"n": MOST_DATASETS})
    if Showcase.objects.filter(state=ShowcaseState.UNCONFIRMED).count() >= MOST_WAITING:
        raise CannotCatalogue(_("現在等著驗證的案例太多，請過幾天再提出。"))
    number = next_number()
    made = Showcase.objects.create(
        number=number, title=title.strip(), text=text.strip(), url=url.strip(), maker=maker.strip(), proposed_at=at
    )
    made.datasets.set(used)
    return made, subscriptions.ask(TOPIC, str(number), email=email, account=account, language=language, at=at)


def next_number() -> int:
    """The number of the next showcase."""
    return number_after("open_data.showcase", Showcase.objects.all())


def confirmed(subject: str, at: datetime) -> None:
    """The mailbox has shown itself: it waits for the commission."""
    found = Showcase.objects.select_for_update().filter(number=int(subject), state=ShowcaseState.UNCONFIRMED).first()
    if found is None:
        return
    found.state = ShowcaseState.PROPOSED
    found.save(update_fields=["state"])
    audit.record("open_data.showcase_proposed", found, by=None, at=at)
    if office := commission(day_of(at)):
        worklist.open_todo(
            REVIEW, found, title=found.title, reference=f"S-{found.number:05d}", agency=office, role=Role.COMMISSION,
            url=page_of(found), at=at,
        )  # fmt: skip


def page_of(found: Showcase) -> str:
    """Its page at the desk."""
    return reverse("open_data_desk:showcase", args=[found.number])


@act
def decide(found: Showcase, *, shown: bool, reason: str = "", by: Account | None, at: datetime) -> Showcase:
    """Everybody sees it, or the maker is told why not; one that is shown can be taken back. Raises CannotCatalogue."""
    found = Showcase.objects.select_for_update().get(pk=found.pk)
    to = ShowcaseState.SHOWN if shown else ShowcaseState.DECLINED
    if found.state == ShowcaseState.UNCONFIRMED or found.state == to:
        raise CannotCatalogue(
            _("這個案例現在是「%(state)s」，不能做這件事。") % {"state": ShowcaseState(found.state).label}
        )
    if not shown and not reason.strip():
        raise CannotCatalogue(_("請寫明理由，會寄給提出的人。"))
    found.state, found.reason, found.decided_at = to, "" if shown else reason.strip()[:300], at
    found.save(update_fields=["state", "reason", "decided_at"])
    worklist.close_all(found, at=at)
    audit.record("open_data.showcase_decided", found, by=by, at=at, new={"state": to.value}, note=found.reason)
    said = []
    for language in ("zh-hant", "en"):
        with translation.override(language):
            said.append(str(_SHOWN if shown else _DECLINED) % {"reason": found.reason})
    step = f"{to.value}:{at:%Y%m%d%H%M%S}"
    subscriptions.tell_now(TOPIC, str(found.number), line=said[0], line_en=said[1], step=step, at=at)
    return found


def forget(at: datetime) -> int:
    """What nobody confirmed within a week."""
    old = Showcase.objects.filter(state=ShowcaseState.UNCONFIRMED, proposed_at__lt=at - UNCONFIRMED_KEPT)
    return int(old.delete()[0])


def _name(subject: str) -> str | None:
    found = Showcase.objects.filter(number=int(subject)).first() if subject.isdecimal() else None
    if found is None:
        return None
    if found.state == ShowcaseState.SHOWN:
        return _("應用案例：%(title)s") % {"title": found.title}
    return _("應用案例 S-%(number)05d") % {"number": found.number}


def _page(subject: str) -> str:
    """Its own page once it is shown; else the list, for letters go out before."""
    shown = Showcase.objects.filter(number=int(subject), state=ShowcaseState.SHOWN).exists()
    return reverse("open_data:showcase", args=[int(subject)]) if shown else reverse("open_data:showcases")


registry.topic(
    Topic(
        TOPIC, gettext_lazy("應用案例"), name=_name, page=_page, news=lambda subject, first, last: (), confirmed=confirmed,
        digests=False,
    )
)  # fmt: skip
