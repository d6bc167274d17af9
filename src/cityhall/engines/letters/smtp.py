"""E-mail by SMTP, said step by step so that it is known at each moment whether the server can have accepted."""

import smtplib
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from urllib.parse import parse_qs, unquote, urlsplit

from django.conf import settings
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from cityhall.engines.letters import rules
from cityhall.engines.letters.carriers import NotAccepted, RefusedForGood
from cityhall.engines.letters.models import Letter

TIMEOUT = 20.0
_answers: Callable[[Letter], str] = lambda letter: ""  # noqa: E731
ANSWER_TIMEOUT = 60.0
_NO_SUCH_MAILBOX = frozenset({550, 551, 553, 556})
_LANGUAGES = {"zh-hant": "zh-Hant-TW", "en": "en"}


def answers_to(address_of: Callable[[Letter], str]) -> None:
    """Declare where answers to a letter, and its bounces, shall go; an empty address leaves them with the sender's."""
    global _answers
    _answers = address_of


@dataclass(frozen=True)
class Server:
    """A mail server, from `smtp://user:password@host:587?starttls=1` or `smtps://…`."""

    host: str
    port: int
    user: str = ""
    password: str = ""
    tls: bool = False
    starttls: bool = False

    @classmethod
    def from_url(cls, url: str) -> "Server":
        """Read the setting CITYHALL_SMTP_URL."""
        parts = urlsplit(url)
        if parts.scheme not in {"smtp", "smtps"} or not parts.hostname:
            raise ValueError("CITYHALL_SMTP_URL is smtp://… or smtps://… with a host")
        tls = parts.scheme == "smtps"
        return cls(
            host=parts.hostname,
            port=parts.port or (465 if tls else 25),
            user=unquote(parts.username or ""),
            password=unquote(parts.password or ""),
            tls=tls,
            starttls=parse_qs(parts.query).get("starttls", ["0"])[-1] == "1",
        )


def message_of(letter: Letter) -> EmailMessage:
    """The letter as a message. EmailMessage refuses a header with a line break; the texts have none by now."""
    message = EmailMessage(policy=SMTP)
    message["From"] = Address(_sender(letter.language), addr_spec=settings.MAIL_FROM)
    message["To"] = Address(rules.one_line(letter.name), addr_spec=_with_ascii_host(letter.address))
    if answers := _answers(letter):
        message["Reply-To"] = Address(addr_spec=answers)
    message["Subject"] = letter.subject
    message["Date"] = timezone.localtime(letter.written_at)
    message["Message-ID"] = letter.message_id
    message["Auto-Submitted"] = "auto-generated"
    message["X-Auto-Response-Suppress"] = "All"
    if letter.unsubscribe_url:  # one click in the mail program, RFC 2369 and RFC 8058
        message["List-Unsubscribe"] = f"<{letter.unsubscribe_url}>"
        message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    message.set_content(letter.text, cte="base64")
    message["Content-Language"] = _LANGUAGES.get(letter.language, letter.language)
    if letter.html:
        message.add_alternative(letter.html, subtype="html", cte="base64")
    return message


def _sender(language: str) -> str:
    with translation.override(language):
        return _("市政廳（%(city)s）") % {"city": settings.CITY_NAME[language]}


def _with_ascii_host(address: str) -> str:
    local, _, host = address.rpartition("@")
    return f"{local}@{host.encode('idna').decode()}"


def carry(letter: Letter, offered: Callable[[], None]) -> str:
    """Hand a letter to the mail server. What an answer means: 2xx accepted, 4xx later, 5xx for a mailbox never."""
    server = Server.from_url(settings.SMTP_URL)
    message = message_of(letter)
    try:
        connection = _connect(server)
    except (OSError, smtplib.SMTPException) as error:
        raise NotAccepted(f"{type(error).__name__}: {error}") from error
    try:
        try:
            _introduce(connection, server)
            _say(connection.mail(_answers(letter) or settings.MAIL_FROM), never=frozenset())
            _say(connection.rcpt(_with_ascii_host(letter.address)), never=_NO_SUCH_MAILBOX)
            _say(connection.docmd("DATA"), never=frozenset(), wanted=3)
            connection.send(rules.on_the_wire(message.as_bytes()))
        except (OSError, smtplib.SMTPException) as error:
            raise NotAccepted(f"{type(error).__name__}: {error}") from error
        offered()
        if connection.sock is not None:
            connection.sock.settimeout(ANSWER_TIMEOUT)
        # From the final dot on, the server may have accepted. An error here is nobody's knowledge and stays as it is.
        connection.send(b".\r\n")
        return _say(connection.getreply(), never=frozenset(range(550, 560)))
    finally:
        connection.close()


def _connect(server: Server) -> smtplib.SMTP:
    if server.tls:
        return smtplib.SMTP_SSL(server.host, server.port, timeout=TIMEOUT, context=ssl.create_default_context())
    return smtplib.SMTP(server.host, server.port, timeout=TIMEOUT)


def _introduce(connection: smtplib.SMTP, server: Server) -> None:
    connection.ehlo_or_helo_if_needed()
    if server.starttls:
        connection.starttls(context=ssl.create_default_context())
        connection.ehlo()
    if server.user:
        connection.login(server.user, server.password)


def _say(answer: tuple[int, bytes], *, never: frozenset[int], wanted: int = 2) -> str:
    """Read an answer; an answer that is not the wanted one says whether to try again."""
    code, words = answer
    text = f"{code} {words.decode(errors='replace')}"
    if code // 100 == wanted:
        return text
    if code in never:
        raise RefusedForGood(text)
    raise NotAccepted(text)
