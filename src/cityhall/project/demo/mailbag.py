"""E-mail of the demo city: a council passes a citizen's words on, a stranger writes, a letter comes back, machines write.

All by the product's own door and acts; everybody in it is invented.
"""

from __future__ import annotations

import base64
import secrets
from datetime import datetime, timedelta

from django.conf import settings

from cityhall.domains.petitions.samples import HalfYear
from cityhall.domains.petitions.services import mail, mailboxes
from cityhall.domains.petitions.states import MailSecurity
from cityhall.engines.directory.models import Agency
from cityhall.engines.identity.models import Account
from cityhall.engines.letters import queries as letters
from cityhall.engines.mailbox import services as mailbox
from cityhall.engines.mailbox.models import MailMessage
from cityhall.engines.mailbox.states import Door

COUNCIL, CITIZEN, STRANGER = "service@council.example", "wu.hsin-yi@mail.example", "kuo.chia-ming@mail.example"

PASSED_ON = """市府同仁 您好：

轉送民眾電子郵件 1 則，請逕復民眾，並副知本會。
文號：桃議字第1150002468號

________________________________
寄件者: 吳欣怡 [mailto:wu.hsin-yi@mail.example]
寄件日期: 上午 8:41
收件者: 服務信箱 <service@council.example>
主旨: 國小前的路燈

農路國小前面的路燈不亮已經一個星期，孩子放學的時候天都黑了，請派人來修理。

吳欣怡
"""
NEW = "公園溜滑梯旁邊的椅子斷了一根木條，木刺露在外面，我怕小朋友被刺到，請來修理或先圍起來。\n\n郭家銘\n"
REPORT = """--zz
Content-Type: text/plain; charset=us-ascii

Your message could not be delivered.

--zz
Content-Type: message/delivery-status

Reporting-MTA: dns; mail.example

Final-Recipient: rfc822; {to}
Action: failed
Status: 5.2.2
Diagnostic-Code: smtp; 552 5.2.2 mailbox full

--zz
Content-Type: text/rfc822-headers

Message-ID: {letter}

--zz--
"""


def write(half_year: HalfYear) -> None:
    """Put them into the last days of the half-year."""
    end = half_year.end
    half_year.later(half_year.office(end - timedelta(days=2)), lambda at: _passed_on(half_year, at))
    for hours, name, subject, text, more in (
        (1.5, f"{_word('郭家銘')} <{STRANGER}>", "公園的椅子壞了", NEW, ""),
        (3, "<hsieh.chih-wei@mail.example>", "Re: 案件 115-0101-0001", "請問這件現在辦到哪裡？我是隔壁鄰居。\n", ""),
        (5, "<news@shop.example>", "本週特價", "全館八折\n", "List-Id: <news.shop.example>\nPrecedence: bulk\n"),
        (6.5, f"<{CITIZEN}>", "自動回覆: 不在辦公室", "我到下週一休假。\n", "Auto-Submitted: auto-replied\n"),
    ):
        raw = _raw(name, subject, text, f"{hours}", more)
        half_year.later(end - timedelta(hours=hours), lambda at, raw=raw: _comes(half_year, raw, at))  # type: ignore[misc]
    half_year.later(end - timedelta(hours=1.2), _came_back)
    half_year.later(end - timedelta(days=20), _agencies_boxes)


def _agencies_boxes(at: datetime) -> None:
    """Two agencies' mailboxes are to be read: the server of one does not answer, the other is paused."""
    by = Account.objects.get(email="rdec-dispatch-officer1@city.example")
    for code in ("environment", "cleaning"):
        given = mailboxes.Settings(
            host="127.0.0.1", port=9, security=MailSecurity.NONE, user=f"{code}@city.example",
            password=secrets.token_hex(8),
        )  # fmt: skip
        row = mailboxes.keep(Agency.objects.get(code=code), given, by=by, at=at)
    mailboxes.pause(row, reason="換郵件主機", by=by, at=at)


def _comes(half_year: HalfYear, raw: bytes, at: datetime) -> None:
    """A message that becomes a report is filed like any other."""
    half_year.tally.filed += mail.case_of(_take(raw, at)) is not None


def _passed_on(half_year: HalfYear, at: datetime) -> None:
    """The council is on the list; the citizen confirms by the code, and the city goes to work."""
    council = Agency.objects.get(code="council")
    mail.keep_forwarder(
        None, address=COUNCIL, agency=council, working_days=5, answer_to="", ended_on=None, by=None, at=at
    )
    message = _take(
        _raw(f"{_word('市議會服務信箱')} <{COUNCIL}>", "轉：國小前的路燈", PASSED_ON, "passed-on", "", "big5"), at
    )
    case = mail.case_of(message)
    if case is None:
        return
    half_year.tally.filed += 1
    half_year.truth[case.pk] = "street_light"
    half_year.later(at + timedelta(minutes=35), lambda now: half_year.confirm(case.pk, now))


def _came_back(at: datetime) -> None:
    """The mailbox of the stranger is full: the letter with the code comes back."""
    message = MailMessage.objects.filter(sender=STRANGER).first()
    case = mail.case_of(message) if message else None
    letter = letters.about(case).last() if case else None
    if letter is None:
        return
    head = (
        f"From: MAILER-DAEMON@mail.example\nTo: {settings.MAIL_BOX}\nSubject: Undelivered Mail Returned to Sender\n"
        "Message-ID: <returned@mail.example>\nAuto-Submitted: auto-replied\nMIME-Version: 1.0\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="zz"\n\n'
    )
    _take(_crlf(head + REPORT.format(to=STRANGER, letter=letter.message_id)), at)


def _take(raw: bytes, at: datetime) -> MailMessage:
    message = mailbox.take_in(raw, door=Door.SMTP, at=at, recipients=(settings.MAIL_BOX,))
    return mailbox.sort(message, at=at)


def _raw(sender: str, subject: str, text: str, name: str, more: str, charset: str = "utf-8") -> bytes:
    head = (
        f"From: {sender}\nTo: {settings.MAIL_BOX}\nSubject: {_word(subject, charset)}\nMessage-ID: <{name}@demo.example>\n"
        f"{more}MIME-Version: 1.0\nContent-Type: text/plain; charset={charset}\nContent-Transfer-Encoding: 8bit\n\n"
    )
    return _crlf(head) + _crlf(text, charset)


def _word(text: str, charset: str = "utf-8") -> str:
    return f"=?{charset}?B?{base64.b64encode(text.encode(charset)).decode()}?="


def _crlf(text: str, charset: str = "utf-8") -> bytes:
    return text.replace("\n", "\r\n").encode(charset)
