"""Acts on announcements and the voice menu: written, brought into use, withdrawn; a tree is changed in a draft only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Max
from django.utils import translation
from django.utils.translation import gettext as _

from cityhall.engines.audit import services as audit
from cityhall.foundation.clock import day_of
from cityhall.foundation.unit import act

from .models import Announcement, MenuNode, MenuVersion
from .states import AnnouncementState, NodeKind

KEYS = "1234567890*#"
DEEPEST = 5


class CannotAct(Exception):
    """A refusal with a sentence for people."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


class CannotAnnounce(CannotAct):
    """Its days are over, or it is not at that point."""


class CannotChangeMenu(CannotAct):
    """The version is in use, or the tree would not be whole."""


# ---- announcements ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Words:
    """An announcement as somebody writes it."""

    title: str
    title_en: str
    text: str
    text_en: str
    valid_from: date
    valid_until: date
    played: bool = True


def _fill(row: Announcement, words: Words) -> None:
    if words.valid_until < words.valid_from:
        raise CannotAnnounce(_("截止日不能早於開始日。"))
    row.title, row.title_en = words.title.strip(), words.title_en.strip()
    row.text, row.text_en = words.text.strip(), words.text_en.strip()
    row.valid_from, row.valid_until, row.played = words.valid_from, words.valid_until, words.played


@act
def write(words: Words, *, by: Any, at: datetime) -> Announcement:
    """A draft that nobody hears yet. Raises CannotAnnounce."""
    row = Announcement(written_at=at, written_by=by)
    _fill(row, words)
    row.save()
    audit.record("hotline.announcement_written", row, by=by, at=at)
    return row


def _locked(row: Announcement) -> Announcement:
    return Announcement.objects.select_for_update().get(pk=row.pk)


@act
def rewrite(row: Announcement, words: Words, *, by: Any, at: datetime) -> Announcement:
    """Change a draft. Raises CannotAnnounce for what callers have heard."""
    row = _locked(row)
    if row.state != AnnouncementState.DRAFT:
        raise CannotAnnounce(_("已經發布過的不能改寫；請撤下，再寫一則新的。"))
    _fill(row, words)
    row.save()
    audit.record("hotline.announcement_rewritten", row, by=by, at=at)
    return row


@act
def publish(row: Announcement, *, by: Any, at: datetime) -> Announcement:
    """發布, also what was withdrawn before: from its first day on it is shown and played. Twice is once.

    Raises CannotAnnounce when its days are over.
    """
    row = _locked(row)
    if row.state == AnnouncementState.PUBLISHED:
        return row
    if row.valid_until < day_of(at):
        raise CannotAnnounce(_("播放期間已經過了，請寫一則新的。"))
    row.state, row.published_at, row.withdrawn_because = AnnouncementState.PUBLISHED, at, ""
    row.save(update_fields=["state", "published_at", "withdrawn_because"])
    audit.record("hotline.announcement_published", row, by=by, at=at)
    return row


@act
def withdraw(row: Announcement, *, reason: str, by: Any, at: datetime) -> Announcement:
    """撤下 before its last day, with the reason. Raises CannotAnnounce for what is not published."""
    row = _locked(row)
    if row.state != AnnouncementState.PUBLISHED:
        raise CannotAnnounce(_("這則活動訊息沒有在播放。"))
    row.state, row.withdrawn_at = AnnouncementState.WITHDRAWN, at
    row.withdrawn_because = reason.strip()
    row.save(update_fields=["state", "withdrawn_at", "withdrawn_because"])
    audit.record("hotline.announcement_withdrawn", row, by=by, at=at, note=row.withdrawn_because)
    return row


# ---- the menu --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Wanted:
    """A node as somebody writes it."""

    code: str
    kind: str
    title: str
    title_en: str
    prompt: str = ""
    prompt_en: str = ""
    key: str = ""


def in_use(at: datetime) -> MenuVersion | None:
    """The version that callers hear."""
    return MenuVersion.objects.filter(in_use_from__lte=at).order_by("-in_use_from").first()


@act
def new_version(*, by: Any, at: datetime, like: MenuVersion | None = None) -> MenuVersion:
    """A draft with the nodes of another version; a draft that is there stays the draft."""
    draft = MenuVersion.objects.select_for_update().filter(in_use_from=None).first()
    if draft is not None:
        return draft
    like = like or in_use(at)
    number = (MenuVersion.objects.aggregate(last=Max("number"))["last"] or 0) + 1
    made = MenuVersion.objects.create(number=number, made_at=at, made_by=by)
    if like is None:
        with translation.override("zh-hant"):  # what is kept beside the English words is Chinese, whoever begins
            title, prompt = _("歡迎詞"), _("您好，歡迎撥打1999。")
        MenuNode.objects.create(
            version=made, code="welcome", kind=NodeKind.CHOICE, title=title, title_en="Welcome", prompt=prompt,
            prompt_en="Welcome to 1999.",
        )  # fmt: skip
    else:
        _copy(list(like.nodes.all()), made)
    audit.record("hotline.menu_begun", made, by=by, at=at, new={"version": number})
    return made


def _copy(nodes: Sequence[MenuNode], made: MenuVersion) -> None:
    new: dict[int | None, MenuNode | None] = {None: None}
    left = list(nodes)
    while left:
        ready = [one for one in left if one.above_id in new]
        for one in ready:
            new[one.pk] = MenuNode.objects.create(
                version=made, above=new[one.above_id], code=one.code, key=one.key, kind=one.kind, title=one.title,
                title_en=one.title_en, prompt=one.prompt, prompt_en=one.prompt_en,
            )  # fmt: skip
        left = [one for one in left if one not in ready]


def _draft(version: MenuVersion) -> MenuVersion:
    locked = MenuVersion.objects.select_for_update().get(pk=version.pk)
    if locked.in_use_from is not None:
        raise CannotChangeMenu(_("這個版本已經啟用，不能再改。請建立新版本。"))
    return locked


def _check(version: MenuVersion, above: MenuNode | None, wanted: Wanted, node: MenuNode | None = None) -> None:
    others = version.nodes.exclude(pk=node.pk) if node else version.nodes.all()
    if others.filter(code=wanted.code).exists():
        raise CannotChangeMenu(_("這個代碼已經用在別的節點。"))
    if above is None:
        if wanted.kind != NodeKind.CHOICE:
            raise CannotChangeMenu(_("最上面的節點要請來電者按鍵選擇。"))
        return
    if above.kind != NodeKind.CHOICE:
        raise CannotChangeMenu(_("只有「請按鍵選擇」的節點下面可以再放節點。"))
    if wanted.key not in KEYS or not wanted.key:
        raise CannotChangeMenu(_("請選一個按鍵。"))
    if others.filter(above=above, key=wanted.key).exists():
        raise CannotChangeMenu(_("同一層已經有節點用了這個按鍵。"))
    depth, up = 1, above
    while up.above is not None:
        depth, up = depth + 1, up.above
    if depth >= DEEPEST:
        raise CannotChangeMenu(_("選單最多%(n)s層，再深來電者就記不住了。") % {"n": DEEPEST})


def _put(node: MenuNode, wanted: Wanted) -> None:
    node.code, node.kind = wanted.code, wanted.kind
    node.title, node.title_en = wanted.title.strip(), wanted.title_en.strip()
    node.prompt, node.prompt_en = wanted.prompt.strip(), wanted.prompt_en.strip()
    node.key = wanted.key if node.above_id else ""
    node.save()


@act
def add_node(above: MenuNode, wanted: Wanted, *, by: Any, at: datetime) -> MenuNode:
    """A further node below another. Raises CannotChangeMenu."""
    version = _draft(above.version)
    _check(version, above, wanted)
    node = MenuNode(version=version, above=above)
    _put(node, wanted)
    audit.record("hotline.menu_changed", version, by=by, at=at, new={"added": node.code})
    return node


@act
def change_node(node: MenuNode, wanted: Wanted, *, by: Any, at: datetime) -> MenuNode:
    """Write a node anew. Raises CannotChangeMenu."""
    version = _draft(node.version)
    _check(version, node.above, wanted, node)
    if wanted.kind != NodeKind.CHOICE and node.below.exists():
        raise CannotChangeMenu(_("這個節點下面還有節點，要能請來電者按鍵選擇。"))
    _put(node, wanted)
    audit.record("hotline.menu_changed", version, by=by, at=at, new={"changed": node.code})
    return node


@act
def remove_node(node: MenuNode, *, by: Any, at: datetime) -> None:
    """Take out a node under which there is none. Raises CannotChangeMenu."""
    version = _draft(node.version)
    if node.above_id is None:
        raise CannotChangeMenu(_("最上面的節點不能刪除。"))
    if node.below.exists():
        raise CannotChangeMenu(_("請先刪除下面的節點。"))
    code = node.code
    node.delete()
    audit.record("hotline.menu_changed", version, by=by, at=at, old={"removed": code})


@act
def put_in_use(version: MenuVersion, *, by: Any, at: datetime) -> MenuVersion:
    """啟用 a draft: nothing of it changes any more. Raises CannotChangeMenu where a node leads nowhere or says nothing."""
    version = _draft(version)
    nodes = list(version.nodes.all())
    parents = {one.above_id for one in nodes}
    for one in nodes:
        if one.kind == NodeKind.CHOICE and one.pk not in parents:
            raise CannotChangeMenu(_("「%(name)s」請來電者按鍵，下面卻沒有節點。") % {"name": one})
        if one.kind in (NodeKind.CHOICE, NodeKind.MESSAGE) and not (one.prompt and one.prompt_en):
            raise CannotChangeMenu(_("「%(name)s」的語音內容要有中文和英文。") % {"name": one})
    if not any(one.kind == NodeKind.OPERATOR for one in nodes):
        raise CannotChangeMenu(_("至少要有一個按鍵可以接到話務人員。"))
    version.in_use_from = at
    version.save(update_fields=["in_use_from"])
    audit.record("hotline.menu_in_use", version, by=by, at=at, new={"version": version.number})
    return version
