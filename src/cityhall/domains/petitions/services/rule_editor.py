"""Changing the rules of dispatch: tried on past petitions first, saved exactly as tried, and undone version by version.

The past is never altered: a change is a new version from a day on, and the version before ends the day before.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _

from cityhall.engines.audit import services as audit
from cityhall.engines.directory import queries as directory
from cityhall.engines.directory.models import Agency
from cityhall.engines.identity.models import Account
from cityhall.foundation.clock import day_of
from cityhall.foundation.unit import act

from ..models import Category, Routing, RuleReplay, StaffWords
from ..states import ReplayAct, ReplayState
from . import dispatch, todos
from .rulebook import CannotSaveRule, content_of, end_rule, refuse_unfit

Rule = StaffWords | Routing
KINDS: dict[str, type[StaffWords] | type[Routing]] = {"words": StaffWords, "routing": Routing}
EVENTS = {
    (ReplayAct.ADD, "words"): "petition.words_added",
    (ReplayAct.ADD, "routing"): "petition.routing_added",
    (ReplayAct.CHANGE, "words"): "petition.rule_changed",
    (ReplayAct.CHANGE, "routing"): "petition.rule_changed",
    (ReplayAct.REVIVE, "words"): "petition.rule_revived",
    (ReplayAct.REVIVE, "routing"): "petition.rule_revived",
}


class RulesChanged(CannotSaveRule):
    """Somebody changed the rules since the replay: what it says is no longer true."""


def kind_of(rule: Rule) -> str:
    """How addresses call a rule's kind."""
    return "words" if isinstance(rule, StaffWords) else "routing"


def rule_of(kind: str, pk: int | None) -> Rule | None:
    """A rule with what it names."""
    if pk is None:
        return None
    more = ["category", "owner"] if kind == "words" else ["category", "owner", "agency"]
    return KINDS[kind]._default_manager.select_related(*more).filter(pk=pk).first()


@dataclass(frozen=True)
class Change:
    """What somebody wants of a rule. `valid_from` of an end is the first day on which the rule holds no longer."""

    act: ReplayAct
    kind: str
    valid_from: date
    rule: int | None = None
    content: Mapping[str, Any] | None = None
    valid_until: date | None = None
    reason: str = ""

    @property
    def inputs(self) -> dict[str, Any]:
        """As it is kept with its replay."""
        return {
            "kind": self.kind,
            "rule": self.rule,
            "content": dict(self.content or {}),
            "valid_from": self.valid_from.isoformat(),
            "valid_until": self.valid_until.isoformat() if self.valid_until else "",
            "reason": self.reason,
        }

    @classmethod
    def of(cls, replay: RuleReplay) -> Change:
        """What a replay tried."""
        kept = replay.inputs
        return cls(
            act=ReplayAct(replay.act),
            kind=kept["kind"],
            rule=kept["rule"],
            content=kept["content"],
            valid_from=date.fromisoformat(kept["valid_from"]),
            valid_until=date.fromisoformat(kept["valid_until"]) if kept["valid_until"] else None,
            reason=kept["reason"],
        )

    @property
    def old(self) -> Rule | None:
        """The version that is changed, ended or revived."""
        return rule_of(self.kind, self.rule) if self.rule else None

    def new(self) -> Rule | None:
        """The version that would hold, not saved; None for an end."""
        if self.act == ReplayAct.END:
            return None
        content = self.content or {}
        category = Category.objects.filter(code=content["category"]).first()
        days: dict[str, Any] = {"valid_from": self.valid_from, "valid_until": self.valid_until, "reason": self.reason}
        if self.kind == "words":
            if category is None:
                raise CannotSaveRule(_("請選「%(label)s」") % {"label": _("類別")})
            words = {name: content[name] for name in ("any_of", "every", "none_of", "priority")}
            return StaffWords(category=category, **words, **days)
        return Routing(
            category=category,
            district_code=content["district"],
            village_code=content["village"],
            manager_code=content["manager"],
            layer_code=content["layer"],
            any_of=content["any_of"],
            every=content["every"],
            none_of=content["none_of"],
            agency=Agency.objects.select_related("successor").get(code=content["agency"]),
            **days,
        )


def digest_of(act: str, inputs: Mapping[str, Any], stamp: str) -> str:
    """Binds a replay to exactly its inputs and the state of the rules that it was tried on."""
    whole = json.dumps([act, inputs, stamp], ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(whole.encode("utf-8", "surrogatepass")).hexdigest()


def refuse(change: Change, *, at: datetime) -> None:
    """Refuse what cannot be saved: a day that is over, a version that is not the last one, a rule that ties."""
    today, old, new = day_of(at), change.old, change.new()
    if change.valid_from < today:
        raise CannotSaveRule(_("規則只能自今天或以後生效；以前的派案不會改變。"))
    if change.act != ReplayAct.ADD:
        if old is None:
            raise CannotSaveRule(_("這條規則已經不在了。"))
        _refuse_version(change, old, today)
    if new is not None:
        if change.act == ReplayAct.CHANGE and old is not None and _is_same(new, old):
            raise CannotSaveRule(_("沒有改到任何內容。"))
        refuse_unfit(new, instead_of=old)


def _is_same(one: Rule, other: Rule) -> bool:
    return content_of(one) == content_of(other) and one.valid_until == other.valid_until


def _refuse_version(change: Change, old: Rule, today: date) -> None:
    later = type(old)._default_manager.filter(replaces=old).first()
    if later is not None:
        raise CannotSaveRule(_("這條規則已有新的版本，請改新的那一版；尚未生效的可以先撤回。"))
    ended = old.valid_until is not None and old.valid_until < change.valid_from
    if change.act == ReplayAct.REVIVE:
        if not ended:
            raise CannotSaveRule(_("這條規則那一天還有效，不必恢復。"))
    elif ended:
        raise CannotSaveRule(_("這條規則那一天已經停用。"))
    elif old.valid_from > today:
        raise CannotSaveRule(_("這條規則還沒生效，請先撤回，再重新訂。"))


def locked(at: datetime) -> str:
    """One change of the rules at a time; the state of the rules."""
    Agency.objects.select_for_update().get(pk=todos.desk(at).pk)
    return dispatch.rulebook_stamp()


@act
def save(replay: RuleReplay, *, digest: str, by: Account, at: datetime) -> Rule:
    """Let what was tried hold. Raises RulesChanged where the rules are no longer those it was tried on."""
    stamp = locked(at)
    replay = RuleReplay.objects.select_for_update().get(pk=replay.pk)
    if replay.state == ReplayState.SAVED:
        raise CannotSaveRule(_("這次試算的內容已經儲存了。"))
    if replay.state != ReplayState.READY or digest != replay.digest:
        raise CannotSaveRule(_("要先試算完成，才能儲存。"))
    if digest != digest_of(replay.act, replay.inputs, stamp):
        raise RulesChanged(_("試算之後規則又改過，結果可能不同，已經重新試算。請看過再儲存。"))
    change = Change.of(replay)
    refuse(change, at=at)
    rule = _carry_out(change, by=by, at=at)
    replay.state, replay.saved_at, replay.saved_as = ReplayState.SAVED, at, f"{change.kind}/{rule.pk}"
    replay.save(update_fields=["state", "saved_at", "saved_as"])
    return rule


def _carry_out(change: Change, *, by: Account, at: datetime) -> Rule:
    old, new = change.old, change.new()
    if new is None:
        assert old is not None
        return end_rule(old, on=change.valid_from, reason=change.reason, by=by, at=at)
    new.owner, new.made_at = directory.person_of(by), at
    if old is not None:
        new.replaces, new.version, new.before_until = old, old.version + 1, old.valid_until
        if change.act == ReplayAct.CHANGE:
            _until(old, new.valid_from - timedelta(days=1))
    new.save()
    audit.record(
        EVENTS[change.act, change.kind], new, by=by, at=at,
        old={"rule": old.pk, **content_of(old)} if old else None,
        new={**content_of(new), "from": new.valid_from.isoformat()}, note=change.reason,
    )  # fmt: skip
    return new


def _until(rule: Rule, day: date | None) -> None:
    rule.valid_until = day
    rule.revision += 1
    rule.save(update_fields=["valid_until", "revision"])


@act
def withdraw(rule: Rule, *, by: Account, at: datetime) -> Rule | None:
    """Take back a version that does not hold yet; the one before goes on as it would have. Returns that one."""
    locked(at)
    if rule.valid_from <= day_of(at):
        raise CannotSaveRule(_("這條規則已經生效，不能撤回；不要了請停用。"))
    before = rule_of(kind_of(rule), rule.replaces_id)
    audit.record(
        "petition.rule_withdrawn", rule, by=by, at=at, old={**content_of(rule), "from": rule.valid_from.isoformat()}
    )
    rule.delete()
    if before is not None and before.valid_until == rule.valid_from - timedelta(days=1):
        before.valid_until = rule.before_until
        refuse_unfit(before)
        _until(before, rule.before_until)
    return before
