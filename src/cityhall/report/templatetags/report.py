"""Slots of the report's text: `{% load report %}`. They read `edition`, and `medium`: "page" or "document"."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from django import template
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from cityhall.engines.figures.queries import Counted
from cityhall.engines.figures.templatetags.figures import period_query
from cityhall.foundation.numerals import unspaced
from cityhall.report.edition import Edition
from cityhall.web.charts import Point, horizontal_bars
from cityhall.web.context import language
from cityhall.web.dates import as_date
from cityhall.web.markup import NOTHING

register = template.Library()
SIGN = "%"


def _edition(context: template.Context) -> Edition:
    found: Edition = context["edition"]
    return found


def address(edition: Edition, counted: Counted) -> str:
    """The page behind a number; in documents with the site before it."""
    more = {"of": counted.of} if counted.of else {}
    return (
        edition.absolute + reverse("figures:detail", args=[counted.figure.key]) + period_query(counted.period, **more)
    )


def number(counted: Counted) -> str:
    """The number in the report's style: 10萬5,046; in English 105,046. A share has its sign: 90.99%."""
    if language() != "en":
        return unspaced(counted.in_report_style)
    return f"{counted.plain}%" if counted.figure.unit == SIGN and counted.value is not None else counted.plain


def with_unit(counted: Counted) -> str:
    """The number and what it counts."""
    if counted.figure.unit == SIGN:
        return number(counted)
    return f"{number(counted)}{' ' if language() == 'en' else ''}{counted.figure.unit}"


@register.simple_tag(takes_context=True)
def figure(context: template.Context, key: str, unit: str = "", of: str = "", like: str = "") -> SafeString:
    """A number that opens: `{% figure "petitions.received" "件" %}`; `like` names a figure whose period it is said of."""
    edition = _edition(context)
    counted = edition.mention(key, of, like)
    kind = "num num--names" if counted.is_names else "num"
    return format_html('<a class="{}" href="{}">{}{}</a>', kind, address(edition, counted), number(counted), unit)


@register.simple_tag(takes_context=True)
def period(context: template.Context, key: str, of: str = "") -> str:
    """The period for which a figure stands here, as far as it has come."""
    return _edition(context).value(key, of).covered.label(language())


@register.simple_tag(takes_context=True)
def during(context: template.Context, key: str, of: str = "") -> str:
    """The same with the word that English needs before it: in 2016, on 22 August 2016, from … to …."""
    covered = _edition(context).value(key, of).covered
    label = covered.label(language())
    if language() != "en" or label.startswith(("from", "up to")):
        return label
    if covered.first_day == covered.last_day:
        return f"on {label}"
    return f"from {label}" if " to " in label else f"in {label}"


@register.simple_tag(takes_context=True)
def since(context: template.Context, key: str, of: str = "") -> str:
    """The day from which a rule holds."""
    day: date | None = _edition(context).value(key, of).valid_from
    return as_date(day) if day else ""


@register.simple_tag(takes_context=True)
def note(context: template.Context, key: str, of: str = "") -> SafeString:
    """A figure's definition in the margin, and what has changed since it was issued. Documents list them at the end."""
    edition = _edition(context)
    if context.get("medium") != "page":
        return NOTHING
    counted = edition.value(key, of)
    return render_to_string(
        "report/_note.html",
        {
            "counted": counted,
            "now": edition.now(key, of) if edition.issue else None,
            "address": address(edition, counted),
            "changes": reverse("report:changes", args=[edition.issue.pk]) if edition.issue else "",
        },
    )


@register.simple_tag(takes_context=True)
def chart(context: template.Context, key: str, of: str = "") -> SafeString:
    """A figure's course. Documents put the drawing in where this leaves its mark."""
    edition = _edition(context)
    drawn = edition.chart(key, of)
    if drawn is None:
        return NOTHING
    edition.drawn[key] = drawn
    if context.get("medium") == "page":
        return drawn.figure(subtitle=edition.value(key, of).covered.label(language()), level=int(context["level"]))
    return format_html('<figure data-chart="{}"></figure>', key)


@register.simple_tag(takes_context=True)
def compared(context: template.Context, title: str, *keys: str) -> SafeString:
    """Figures of one unit side by side: `{% compared "各項比率" "subsidies.tendered" … %}`; those that say nothing are left out."""
    edition = _edition(context)
    known = [counted for key in keys if (counted := edition.value(key)).value is not None]
    if len(known) < 2:
        return NOTHING
    points = [Point(str(one.figure.name), Decimal(one.rounded or 0), address(edition, one)) for one in known]
    source = str(known[0].view.source) if known[0].view else ""
    drawn = horizontal_bars(title, points, unit=str(known[0].figure.unit), source=source, places=2)
    edition.drawn[keys[0]] = drawn
    if context.get("medium") == "page":
        return drawn.figure(subtitle=known[0].covered.label(language()), level=int(context["level"]))
    return format_html('<figure data-chart="{}"></figure>', keys[0])


class BuiltNode(template.Node):
    """`{% built "key" "key:dimension" … %}…{% endbuilt %}`: words that stand only where these figures can be said."""

    def __init__(self, keys: list[template.base.FilterExpression], body: template.NodeList) -> None:
        self.keys, self.body = keys, body

    def render(self, context: template.Context) -> SafeString:
        edition = _edition(context)
        asked = (str(key.resolve(context)).partition(":") for key in self.keys)
        if all(edition.has(key, of) for key, _mark, of in asked):
            return self.body.render(context)
        return NOTHING


@register.tag
def built(parser: template.base.Parser, token: template.base.Token) -> BuiltNode:
    """Words about figures whose systems may not be built yet; see BuiltNode."""
    keys = [parser.compile_filter(key) for key in token.split_contents()[1:]]
    if not keys:
        raise template.TemplateSyntaxError("built needs at least one figure")
    body = parser.parse(("endbuilt",))
    parser.delete_first_token()
    return BuiltNode(keys, body)


@register.filter
def in_style(counted: Counted) -> str:
    """A counted figure's number in the report's style."""
    return number(counted)


@register.simple_tag(takes_context=True)
def opens(context: template.Context, counted: Any) -> str:
    """The page behind a counted figure."""
    return address(_edition(context), counted)
