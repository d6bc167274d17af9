"""Whose words a forwarded mail carries: from the nested message, or from the headings that mail programs write above.

Outlook (寄件者: … 寄件日期: … 主旨: …), Gmail (---------- Forwarded message ---------), Notes (----- 由 … 轉呈於 … -----)
and Apple Mail (開始轉寄郵件：), each in Chinese and English.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from .parsing import Attached, Mail, Person, addresses
from .plain import one_line

_FROM = re.compile(r"^[>\s*]*(?:寄件者|寄件人|寄信人|發件人|发件人|From)\s*\**\s*[:：]\**\s*(?P<who>.*)$", re.I)
_OTHER = re.compile(
    r"^[>\s*]*(?P<key>寄件日期|傳送日期|傳送時間|已傳送|日期|收件者|收件人|副本|主旨|主題|标题|主题|发送时间|收件人|抄送|"
    r"Sent|Date|To|Cc|Subject|Importance|重要性)\s*\**\s*[:：]\**\s*(?P<value>.*)$",
    re.I,
)
_NOTES = re.compile(
    r"^[-\s]{2,}(?:由\s*(?P<by>.+?)\s*(?:轉呈|轉寄|轉發)於|Forwarded by\s+(?P<by_en>.+?)\s+on\b).*$", re.I
)
_BARE = re.compile(r"^[>\s\"“]*(?P<name>[^<>\"“”]{0,60}?)[\"”\s]*<(?P<mail>[^<>\s@]+@[^<>\s]+)>")
_SUBJECT = ("主旨", "主題", "标题", "主题", "subject")
_MAILTO = re.compile(r"\[mailto:([^\]\s]+)\]|<mailto:([^>\s]+)>|\(mailto:([^)\s]+)\)", re.I)
_PHONE = re.compile(r"(?<!\d)(09\d{2}[-\s]?\d{3}[-\s]?\d{3}|0\d{1,2}[-\s]?\d{3,4}[-\s]?\d{4})(?!\d)")
_DOCUMENT = re.compile(
    r"(?:(?:發文|來文|公文)?(?:字號|文號)\s*[:：]\s*)?(?P<number>[\u4e00-\u9fff]{2,14}字第\s?[A-Za-z0-9]{6,14}\s?號)"
    r"|(?:發文|來文|公文)?文號\s*[:：]\s*(?P<bare>[A-Za-z0-9\u4e00-\u9fff-]{6,30})"
)
LOOK_AHEAD = 12


@dataclass(frozen=True)
class Original:
    """Who wrote it first, and what."""

    sender: Person
    subject: str
    text: str
    phone: str = ""
    attachments: tuple[Attached, ...] = ()


@dataclass(frozen=True)
class _Block:
    """One heading that a program wrote above what it forwards."""

    starts: int
    ends: int
    sender: Person
    subject: str


def original(mail: Mail, *, not_from: frozenset[str] = frozenset()) -> Original | None:
    """The first writer of a forwarded mail: the outermost who is none of `not_from` (addresses, or @hosts).

    None where nobody is named; a name without an address is found too, for a person to look at.
    """
    for inner in mail.nested:
        if inner.sender.email and not _among(inner.sender.email, not_from):
            deeper = original(inner, not_from=not_from) if not inner.text else None
            text = inner.text or (deeper.text if deeper else "")
            return Original(inner.sender, inner.subject, text, phone_in(text), inner.attachments)
        if found := original(inner, not_from=not_from):
            return found
    lines = mail.text.split("\n")
    blocks = _blocks(lines)
    for number, block in enumerate(blocks):
        if _among(block.sender.email, not_from):
            continue
        if not block.sender.email and not block.sender.name:
            continue
        following = [one.starts for one in blocks[number + 1 :]]
        text = "\n".join(_unquoted(lines[block.ends : following[0] if following else len(lines)])).strip()
        return Original(block.sender, block.subject, text, phone_in(text), mail.attachments)
    return None


def document_number(mail: Mail) -> str:
    """The forwarder's own 文號, from the subject or the words above what is forwarded."""
    lines = mail.text.split("\n")
    blocks = _blocks(lines)
    cover = "\n".join(lines[: blocks[0].starts] if blocks else lines)
    for text in (mail.subject, cover):
        if found := _DOCUMENT.search(text):
            return re.sub(r"\s", "", found["number"] or found["bare"])[:40]
    return ""


def phone_in(text: str) -> str:
    """A telephone number that stands in the text."""
    found = _PHONE.search(text)
    return re.sub(r"[-\s]", "", found[1]) if found else ""


def without_quotes(text: str) -> str:
    """What somebody wrote anew above the letter that they answer."""
    lines = text.split("\n")
    end = len(lines)
    for index, line in enumerate(lines):
        if _ends_own_words(line, lines[index + 1 : index + 3]) or _FROM.match(line) and _is_block(lines, index):
            end = index
            break
    kept = [line for line in lines[:end] if not line.startswith(">")]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(kept)).strip()


_MARKS = re.compile(
    r"^\s*(?:-{2,}\s*(?:Original Message|原始郵件|原始邮件|原郵件|Forwarded message|轉寄的郵件|轉寄郵件)\s*-{2,}"
    r"|_{10,}|開始轉寄郵件\s*[:：]|Begin forwarded message\s*:)\s*$",
    re.I,
)
_WROTE = re.compile(r"^.{0,200}(?:寫道|写道|撰寫|wrote)\s*[:：]\s*$", re.I)


def _ends_own_words(line: str, following: list[str]) -> bool:
    if _MARKS.match(line) or _WROTE.match(line) or _NOTES.match(line):
        return True
    # Gmail breaks "On … wrote:" into two lines.
    opens = re.match(r"^\s*(?:On\b.{6,}|.{0,60}<[^<>@\s]+@[^<>\s]+>?\s*(?:於|在).*)$", line, re.I)
    return bool(opens and following and _WROTE.match(following[0]))


def _blocks(lines: list[str]) -> list[_Block]:
    found: list[_Block] = []
    index = 0
    while index < len(lines):
        block = _block_at(lines, index) or _notes_at(lines, index)
        if block:
            found.append(block)
            index = max(block.ends, index + 1)
        else:
            index += 1
    return found[:20]


def _is_block(lines: list[str], index: int) -> bool:
    ahead = lines[index + 1 : index + LOOK_AHEAD]
    return sum(bool(_OTHER.match(line)) for line in ahead) >= 2


def _block_at(lines: list[str], index: int) -> _Block | None:
    start = _FROM.match(lines[index])
    if not start or not _is_block(lines, index):
        return None
    who, subject, end = start["who"], "", index + 1
    for offset, line in enumerate(lines[index + 1 : index + LOOK_AHEAD], start=index + 1):
        other = _OTHER.match(line)
        if other:
            end = offset + 1
            if other["key"].lower() in _SUBJECT:
                subject = other["value"].strip()
        elif not line.strip(" >"):
            if end > index + 1:
                break
        elif end == index + 1:
            who += " " + line.strip()  # the address on a line of its own
    return _Block(index, end, _person(who), subject)


def _notes_at(lines: list[str], index: int) -> _Block | None:
    """----- 由 … 轉呈於 … -----, then the writer, the day, and 收件人 and 主旨 without colons."""
    if not _NOTES.match(lines[index]):
        return None
    for offset, line in enumerate(lines[index + 1 : index + 6], start=index + 1):
        if _FROM.match(line):
            return None  # the ordinary heading follows
        if bare := _BARE.match(line):
            subject, end = _notes_subject(lines, offset + 1)
            return _Block(index, end, Person(bare["name"].strip(), bare["mail"].lower()), subject)
    return None


_NOTES_LABEL = re.compile(r"^\s*(收件人|收件者|副本|密件副本|主旨|To|Cc|Bcc|Subject)\s*[:：]?(?:\s+(.*))?$", re.I)


def _notes_subject(lines: list[str], start: int) -> tuple[str, int]:
    """The subject of such a heading, beside its label or on the line below, and where the words begin."""
    for index in range(start, min(start + LOOK_AHEAD + 4, len(lines))):
        named = _NOTES_LABEL.match(lines[index])
        if not named or named[1].lower() not in _SUBJECT:
            continue
        if named[2]:
            return named[2].strip(), index + 1
        below = next((n for n in range(index + 1, min(index + 3, len(lines))) if lines[n].strip()), index)
        return (lines[below].strip(), below + 1) if below > index else ("", index + 1)
    return "", start


def _person(who: str) -> Person:
    mailto = _MAILTO.search(who)
    if mailto:
        who = f"{_MAILTO.sub('', who).strip()} <{next(filter(None, mailto.groups()))}>"
    people = addresses([who])
    person = next((one for one in people if one.email), people[0] if people else Person())
    if not person.email and not person.name:
        person = Person(one_line(who, 60))  # Exchange leaves the addresses of its own people out
    return Person(person.name.strip(" '\"*"), person.email)


def _unquoted(lines: list[str]) -> list[str]:
    if lines and all(line.startswith(">") or not line.strip() for line in lines):
        return [re.sub(r"^>\s?", "", line) for line in lines]
    return lines


def _among(address: str, names: frozenset[str]) -> bool:
    return bool(address) and (address in names or f"@{address.rpartition('@')[2]}" in names)
