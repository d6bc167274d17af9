"""Messages as the mail programs of this world send them, byte for byte; all people in them are invented."""

from __future__ import annotations

import base64
from email.message import EmailMessage
from email.policy import SMTP

BOX = "service@cityhall.example"
CITIZEN = "chen.hsiao-mei@mail.example"
MINISTRY = "petition@ministry.example"
WORDS = "中山路200號前的路燈不亮三天了，晚上經過很危險，請派人來修理。"


def crlf(text: str, charset: str = "utf-8") -> bytes:
    """Text as it travels."""
    return text.replace("\n", "\r\n").encode(charset)


def word(text: str, charset: str) -> str:
    """An encoded word."""
    return f"=?{charset}?B?{base64.b64encode(text.encode(charset)).decode()}?="


def plain(
    text: str = WORDS, *, subject: str = "路燈不亮", sender: str = f"陳小美 <{CITIZEN}>", to: str = BOX,
    message_id: str = "<1@mail.example>", **headers: str,
) -> bytes:  # fmt: skip
    """An ordinary message in UTF-8."""
    message = EmailMessage(policy=SMTP)
    message["From"], message["To"], message["Subject"] = sender, to, subject
    message["Date"] = "Mon, 16 Nov 2026 09:10:00 +0800"
    if message_id:
        message["Message-ID"] = message_id
    for name, value in headers.items():
        message[name.replace("_", "-")] = value
    message.set_content(text)
    return message.as_bytes()


def big5(
    text: str = WORDS, *, subject: str = "路燈不亮", declared: str = "", message_id: str = "<b5@mail.example>"
) -> bytes:
    """A body in Big5; without `declared` neither the body nor the subject says so."""
    head = (
        f"From: {word('陳小美', 'big5')} <{CITIZEN}>\nTo: {BOX}\n"
        f"Date: Mon, 16 Nov 2026 09:10:00 +0800\nMessage-ID: {message_id}\nMIME-Version: 1.0\n"
    )
    if declared:
        head += f"Subject: {word(subject, 'big5')}\nContent-Type: text/plain; charset={declared}\n"
        return crlf(head + "Content-Transfer-Encoding: 8bit\n\n") + crlf(text + "\n", "big5")
    return crlf(head + "Subject: ") + crlf(subject, "big5") + b"\r\n\r\n" + crlf(text + "\n", "big5")


OUTLOOK = (
    """科員 您好：

檢送民眾陳情電子郵件 1 則，請逕復民眾並副知本部。
文號：部民字第1150001234號

承辦人 李大仁
________________________________
寄件者: 陳小美 [mailto:chen.hsiao-mei@mail.example]
寄件日期: 2026年11月16日星期一 上午 9:10
收件者: 部長信箱 <petition@ministry.example>
主旨: 路燈不亮

"""
    + WORDS
    + "\n陳小美 0912-345-678\n"
)

GMAIL = (
    """請參考。

---------- Forwarded message ---------
寄件者： 陳小美 <chen.hsiao-mei@mail.example>
Date: 2026年11月16日 週一 上午9:10
Subject: 路燈不亮
To: <petition@ministry.example>


"""
    + WORDS
    + "\n"
)

NOTES = (
    """請卓處逕復。
----- 由 李大仁/民政司/部 轉呈於 2026/11/16 下午 02:20 -----

"陳小美" <chen.hsiao-mei@mail.example>
2026/11/16 上午 09:10

收件人
petition@ministry.example
副本

主旨
路燈不亮

"""
    + WORDS
    + "\n"
)

ENGLISH = """Please see below.

-----Original Message-----
From: Hsiao-Mei Chen <chen.hsiao-mei@mail.example>
Sent: Monday, November 16, 2026 9:10 AM
To: petition@ministry.example
Subject: Street light broken

The street light in front of No. 200 is broken.
"""


def forwarded(text: str = OUTLOOK, *, message_id: str = "<fw@ministry.example>", charset: str = "big5") -> bytes:
    """A ministry forwards what a citizen wrote, as its program does."""
    return crlf(
        f"From: {word('部長信箱', 'big5')} <{MINISTRY}>\nTo: {BOX}\nSubject: {word('轉陳情信：路燈不亮', 'big5')}\n"
        f"Date: Mon, 16 Nov 2026 14:20:00 +0800\nMessage-ID: {message_id}\nMIME-Version: 1.0\n"
        f"Content-Type: text/plain; charset={charset}\nContent-Transfer-Encoding: 8bit\n\n"
    ) + crlf(text, charset)


def nested(inner: bytes | None = None, *, mark: str = "xx") -> bytes:
    """The same, with the citizen's message attached whole."""
    inside = inner if inner is not None else big5(declared="big5")
    return (
        crlf(
            f"From: <{MINISTRY}>\nTo: {BOX}\nSubject: FW\nDate: Mon, 16 Nov 2026 14:20:00 +0800\n"
            f"Message-ID: <nested@ministry.example>\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary={mark}\n\n"
            f"--{mark}\nContent-Type: text/plain; charset=utf-8\n\n部民字第1150009999號，請逕復。\n"
            f"--{mark}\nContent-Type: message/rfc822\n\n"
        )
        + inside
        + f"\r\n--{mark}--\r\n".encode()
    )


def bounced(letter_id: str, *, recipient: str = CITIZEN) -> bytes:
    """A delivery report of postfix."""
    return crlf(f"""From: MAILER-DAEMON@mail.example (Mail Delivery System)
To: {BOX}
Subject: Undelivered Mail Returned to Sender
Date: Mon, 16 Nov 2026 09:20:00 +0800
Message-ID: <bounce@mail.example>
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="zz"

--zz
Content-Type: text/plain; charset=us-ascii

I'm sorry to have to inform you that your message could not be delivered.

--zz
Content-Type: message/delivery-status

Reporting-MTA: dns; mail.example

Final-Recipient: rfc822; {recipient}
Action: failed
Status: 5.1.1
Diagnostic-Code: smtp; 550 5.1.1 no such mailbox

--zz
Content-Type: message/rfc822

From: {BOX}
To: {recipient}
Message-ID: {letter_id}
Subject: hello

text
--zz--
""")
