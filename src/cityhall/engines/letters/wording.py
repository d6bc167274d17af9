"""From a template's name to the words of a letter.

A template is a file in an app: `<app>/templates/letters/petitions/confirmation.zh-hant.txt` (and `.en.txt`, and if
wanted `.zh-hant.html`), named `petitions.confirmation`. A city may put its own wording in its place from a day on, at
`/desk/letters/templates/`; such a wording can fill in, choose and repeat, but reach no other file and no tag beyond.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from django.apps import apps
from django.conf import settings
from django.template import Context, Engine, Library, Template, TemplateSyntaxError, defaultfilters, defaulttags
from django.template.base import Node, VariableNode
from django.utils import translation
from django.utils.functional import Promise as Lazy

from cityhall.engines.letters import rules
from cityhall.engines.letters.models import Wording
from cityhall.foundation.stamps import stamp_of
from cityhall.foundation.unit import Setting
from cityhall.web.templatetags import cityhall as city_tags

FALLBACK = "zh-hant"
COMMON = frozenset({"city_name", "site_url", "language", "name"})
_IN_TAGS = re.compile(r"{%\s*(?:if|elif|for\s+\w+\s+in)\s+(.*?)%}")
_NAMES = re.compile(r"\b[a-z_]\w*\b")
_NO_NAMES = frozenset({"and", "or", "not", "in", "is", "if", "elif", "True", "False", "None"})
_ALLOWED_TAGS = ("if", "for", "with", "comment", "spaceless", "firstof")


class UnknownTemplate(LookupError):
    """No app has a letter of this name."""


@dataclass(frozen=True)
class Words:
    """The words of one letter."""

    subject: str
    text: str
    html: str = ""
    forget: bool = False
    urgent: bool = False
    wording: Wording | None = None


@cache
def files() -> dict[tuple[str, str], Path]:
    """Every template file of every app by name and language."""
    found: dict[tuple[str, str], Path] = {}
    for app in apps.get_app_configs():
        folder = Path(app.path) / "templates" / "letters"
        for path in sorted(folder.rglob("*.txt")) if folder.is_dir() else []:
            name, _, language = path.relative_to(folder).as_posix().removesuffix(".txt").rpartition(".")
            if name and not path.name.startswith("_"):
                found[name.replace("/", "."), language] = path
    return found


@cache
def source_of(template: str, language: str) -> rules.Source:
    """A template's file in a language, or in Chinese where it has none."""
    path = files().get((template, language)) or files().get((template, FALLBACK))
    if path is None:
        raise UnknownTemplate(template)
    return rules.read_source(path.read_text(encoding="utf-8"))


def own_wording(template: str, language: str, on: date) -> Wording | None:
    """The city's own wording in force on a day, if there is one."""
    begun = [
        row for row in _own.now() if row.template == template and row.language == language and row.valid_from <= on
    ]
    return max(begun, key=lambda row: (row.valid_from, row.pk), default=None)


def _written_so_far() -> tuple[object, ...]:
    """Wordings are only added: their number and the newest id tell whether a copy is still right."""
    return stamp_of(Wording, newest="id")


_own = Setting(Wording, stamp=_written_so_far, read=lambda: list(Wording.objects.all()))


def words(template: str, language: str, context: Mapping[str, Any], on: date) -> Words:
    """Word a letter. The context holds plain values only, so that no wording can reach into records."""
    source, own = source_of(template, language), own_wording(template, language, on)
    with translation.override(language):
        values = Context({**_common(language), **plain(context)}, autoescape=False)
        subject, body = (own.subject, own.text) if own else (source.subject, source.body)
        compiled = _compiled_wording if own else _compiled_file
        written = Words(
            subject=rules.one_line(compiled(subject).render(values)),
            text=rules.printable(compiled(body).render(values)).strip("\n") + "\n",
            html="" if own else _html(template, language, context),
            forget=source.forget,
            urgent=source.urgent,
            wording=own,
        )
    return written


def _html(template: str, language: str, context: Mapping[str, Any]) -> str:
    source = _html_source(template, language)
    if not source:
        return ""
    return rules.printable(_compiled_file(source).render(Context({**_common(language), **plain(context)})))


@cache
def _html_source(template: str, language: str) -> str:
    text_file = files().get((template, language))
    html_file = text_file.with_suffix(".html") if text_file else None
    return html_file.read_text(encoding="utf-8") if html_file is not None and html_file.exists() else ""


@lru_cache(maxsize=1000)
def _compiled_file(text: str) -> Template:
    return _file_engine().from_string(text)


@lru_cache(maxsize=1000)
def _compiled_wording(text: str) -> Template:
    return _wording_engine().from_string(text)


def _common(language: str) -> dict[str, Any]:
    return {"city_name": settings.CITY_NAME[language], "site_url": settings.SITE_URL, "language": language, "name": ""}


def plain(value: Any) -> Any:
    """Only text, numbers, days and lists and mappings of them may stand in a letter's context."""
    match value:
        case None | str() | int() | float() | Decimal() | date():
            return value
        case Lazy():
            return str(value)
        case Mapping():
            return {str(name): plain(one) for name, one in value.items()}
        case list() | tuple():
            return [plain(one) for one in value]
        case _:
            raise TypeError(f"a letter's context holds plain values, not {type(value).__name__}")


@cache
def _file_engine() -> Engine:
    return Engine(
        app_dirs=True, autoescape=False,
        libraries={"cityhall": "cityhall.web.templatetags.cityhall", "i18n": "django.templatetags.i18n"},
        builtins=["cityhall.web.templatetags.cityhall"],
    )  # fmt: skip


@cache
def _wording_engine() -> Engine:
    """An engine for words that people type: it fills in, chooses and repeats, and can do nothing else."""
    allowed = Library()
    allowed.tags = {name: defaulttags.register.tags[name] for name in _ALLOWED_TAGS}
    filters = {name: city_tags.register.filters[name] for name in ("roc_date", "roc_datetime", "number", "money")}
    allowed.filters = {**defaultfilters.register.filters, **filters}
    engine = Engine(autoescape=False)
    engine.template_builtins = [allowed]
    return engine


def fields_of(template: str, language: str) -> frozenset[str]:
    """The names that a template's file uses: what a wording of one's own may use too."""
    source = source_of(template, language)
    text = f"{source.subject}\n{source.body}"
    compiled = _file_engine().from_string(text)
    names = {_root(node) for node in compiled.nodelist.get_nodes_by_type(VariableNode)}
    for expression in _IN_TAGS.findall(text):
        names |= set(_NAMES.findall(re.sub(r"\.\w+", "", expression)))
    return frozenset(names - _NO_NAMES) | COMMON | frozenset(source.requires)


def faults(template: str, language: str, subject: str, text: str) -> list[tuple[str, str]]:
    """What is wrong with a wording: (kind, detail) with kind `syntax`, `unknown` or `missing`."""
    known = fields_of(template, language)
    found: list[tuple[str, str]] = []
    used: set[str] = set()
    for part in (subject, text):
        try:
            compiled = _wording_engine().from_string(part)
        except TemplateSyntaxError as error:
            found.append(("syntax", str(error)))
            continue
        used |= {_root(node) for node in compiled.nodelist.get_nodes_by_type(VariableNode)}
    loops = set(re.findall(r"{%\s*for\s+(\w+)\s+in", text)) | {"forloop"}
    found += [("unknown", name) for name in sorted(used - known - loops)]
    missing = [name for name in source_of(template, language).requires if name not in used]
    return found + [("missing", name) for name in missing]


def preview(template: str, language: str, subject: str, text: str) -> Words:
    """A wording with each field shown by its name."""
    names = {name: f"〔{name}〕" for name in fields_of(template, language)}
    with translation.override(language):
        values = Context({**names, **_common(language)}, autoescape=False)
        engine = _wording_engine()
        return Words(
            rules.one_line(engine.from_string(subject).render(values)), engine.from_string(text).render(values)
        )


def _root(node: Node) -> str:
    variable = getattr(node, "filter_expression", None)
    lookups = getattr(getattr(variable, "var", None), "lookups", None)
    return lookups[0] if lookups else ""
