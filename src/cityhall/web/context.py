"""What every page's template may use without its view asking for it."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import translate_url
from django.utils.functional import SimpleLazyObject
from django.utils.translation import get_language

from cityhall.web import navigation

LANGUAGE_NAMES = {"zh-hant": "中文", "en": "English"}
HTML_LANGUAGES = {"zh-hant": "zh-Hant-TW", "en": "en"}


def language() -> str:
    """The language of this page: `zh-hant` or `en`."""
    active = (get_language() or settings.LANGUAGE_CODE).lower()
    return "en" if active.startswith("en") else "zh-hant"


def in_language(own: str, english: str) -> str:
    """A text in the reader's language: in English for whom it is written in it."""
    return english if english and language() == "en" else own


def city_name(code: str | None = None) -> str:
    """The city's name in the language of this page."""
    return str(settings.CITY_NAME[code or language()])


def other_languages(request: HttpRequest) -> list[dict[str, str]]:
    """The same page in the other languages."""
    here = language()
    path = request.get_full_path()
    return [
        {"code": HTML_LANGUAGES[code], "name": LANGUAGE_NAMES[code], "url": translate_url(path, code)}
        for code, _ in settings.LANGUAGES
        if code != here
    ]


def only_the_record(request: HttpRequest) -> bool:
    """Whether htmx puts the record beside a list that stands there already; after an act it asks for the list too."""
    headers = request.headers
    return (
        headers.get("HX-Target") == "main"
        and "X-Desk-List" not in headers
        and "HX-History-Restore-Request" not in headers
    )


def page(request: HttpRequest) -> dict[str, Any]:
    """Menus, languages and the city; each is computed only where a template shows it."""
    code = language()
    desk_menu = SimpleLazyObject(lambda: list(navigation.desk_menu.links(request)))
    return {
        "html_lang": HTML_LANGUAGES[code],
        "language": code,
        "city_name": city_name(code),
        "other_languages": SimpleLazyObject(lambda: other_languages(request)),
        "portal_menu": SimpleLazyObject(lambda: list(navigation.portal_menu.links(request))),
        "desk_menu": desk_menu,
        "desk_managing": SimpleLazyObject(lambda: [link for link in desk_menu if link.managing]),
        "account_menu": SimpleLazyObject(lambda: list(navigation.account_menu.links(request))),
        "footer_menu": SimpleLazyObject(lambda: list(navigation.footer_menu.links(request))),
        "only_the_record": only_the_record(request),
        "demo": settings.DEMO,
        "request_id": getattr(request, "id", ""),
    }
