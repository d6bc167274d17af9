"""The nightly work on petitions."""

from datetime import date, datetime
from typing import Any

from cityhall.engines.outbox.models import Promise
from cityhall.engines.outbox.registry import daily, every, keeps

from .services import (
    area_news,
    automatic,
    clusters,
    digest,
    endpoints,
    filing,
    freezing,
    learning,
    lookout,
    mailboxes,
    peers,
    promises,
    quality,
    replay,
    retention,
    returns,
    reviewing,
    telling,
    upkeep,
)


@keeps(replay.KEEPS, lease=1800, atomic=False)
def carry_on_replay(payload: dict[str, Any], promise: Promise) -> None:
    """Try a change of the rules on many past petitions, with progress."""
    replay.carry_on(payload["replay"], at=promise.at)


@keeps(filing.DISPATCH, lease=60, atomic=False)
def set_out(payload: dict[str, Any], promise: Promise) -> None:
    """Dispatch what a program filed, with everything else that waits."""
    filing.set_out_waiting(payload["petition"], at=promise.at)


@daily("01:10", key="petitions.learn", lease=1800)
def learn(at: datetime) -> None:
    """Train the text model on what people said; the arithmetic is a child process's."""
    learning.nightly(at)


@daily("04:10", key="petitions.sample")
def sample(at: datetime) -> None:
    """Draw the sample of the week that is over, and look whether automatic dispatch is still good enough."""
    reviewing.nightly(at)


@every(minutes=10, key="petitions.mailboxes")
def mailboxes_watch(at: datetime) -> None:
    """See which mailboxes of agencies cannot be read."""
    mailboxes.watch(at)


@every(minutes=10, key="petitions.automatic")
def automatic_watch(at: datetime) -> None:
    """Stop automatic dispatch soon after too much of it went wrong."""
    automatic.look(at=at)


@keeps(telling.KEEPS, lease=900, atomic=False)
def tell_others(payload: dict[str, Any], promise: Promise) -> None:
    """Tell a reply to those whose petitions were joined, and to supporters."""
    telling.carry_out(payload["reply"])


@keeps(clusters.KEEPS, lease=1800, atomic=False)
def answer_together(payload: dict[str, Any], promise: Promise) -> None:
    """Answer each petition of an incident or campaign with the one reply."""
    clusters.carry_out(payload["cluster"], payload["reply"])


@keeps(clusters.NEWS, lease=900, atomic=False)
def tell_news(payload: dict[str, Any], promise: Promise) -> None:
    """Tell the news of an incident to its reporters and supporters."""
    clusters.carry_news(payload["step"])


@keeps(peers.KEEPS, lease=180, retry=peers.RETRY, atomic=False)
def pass_on(payload: dict[str, Any], promise: Promise) -> None:
    """Send a petition to an outside body by Open311; after the last attempt a person is asked."""
    peers.deliver(payload["peer"], last=promise.attempts >= promise.allowance, at=promise.at)


@keeps(endpoints.KEEPS, lease=900, atomic=False)
def fetch_services(payload: dict[str, Any], promise: Promise) -> None:
    """Fetch the services of an outside body."""
    endpoints.fetch(payload["endpoint"], at=promise.at)


@every(minutes=10, key="petitions.open311.ask", lease=1800)
def ask_outside(at: datetime) -> None:
    """Ask outside bodies how what they took by Open311 stands; nothing waits to be sent for ever."""
    peers.look_after(at)
    peers.ask(at)


@every(minutes=30, key="petitions.questions")
def questions(at: datetime) -> None:
    """Let questions lapse soon after their day."""
    upkeep.lapse_questions(at)


@every(minutes=5, key="petitions.lookout")
def look_out(at: datetime) -> None:
    """Notice petitions alike, incidents and campaigns."""
    lookout.watch(at)


@daily("03:10", key="petitions.lookout_nightly")
def look_again(at: datetime) -> None:
    """Print what is missing, forget what is too old, look once more at what the day brought."""
    lookout.nightly(at)


@daily("05:00", key="petitions.quality")
def quality_check(at: datetime) -> None:
    """Draw last month's petitions once its day has come; return what was not contested in time."""
    quality.draw_by_itself(at)
    quality.lapse(at)


@daily("06:10", key="petitions.freeze")
def freeze(at: datetime) -> None:
    """Print last month's figures once their working day has come."""
    freezing.freeze_by_itself(at)


@daily("08:20", key="petitions.digest")
def monthly_digest(at: datetime) -> None:
    """Write each agency its month, once it is printed and its working day has come."""
    digest.send_by_itself(at)


@daily("08:30", key="petitions.promises")
def promised(at: datetime) -> None:
    """Remind officers of promised days; tell the chiefs of those that have passed."""
    promises.remind(at)
    promises.escalate(at)


@daily("08:40", key="petitions.year_returns")
def year_returns(at: datetime) -> None:
    """Each January ask the agencies about the year before; chase what is late."""
    returns.ask_by_itself(at)
    returns.chase(at)


@daily("02:30", key="petitions.nightly")
def nightly(at: datetime) -> None:
    """Expire, close, forget."""
    upkeep.nightly(at)


@daily("03:40", key="petitions.retention")
def remove_personal_data(at: datetime) -> None:
    """Begin to remove the personal data whose time is over; the blocks follow one another in the outbox."""
    retention.begin(at)


@keeps(retention.KEEPS, lease=900, atomic=False)
def remove_block(payload: dict[str, Any], promise: Promise) -> None:
    """One block of petitions, then the promise of the next."""
    retention.carry_out(payload["after"], date.fromisoformat(payload["day"]), at=promise.at)


@daily("07:30", key="petitions.area_news")
def area_digests(at: datetime) -> None:
    """Begin the morning's digests of areas."""
    area_news.begin(at)


@keeps(area_news.KEEPS, lease=900, atomic=False)
def area_block(payload: dict[str, Any], promise: Promise) -> None:
    """The digests of one block of subscribers, then the promise of the next."""
    area_news.carry_out(payload["after"], date.fromisoformat(payload["day"]), at=promise.at)
