"""Tags and filters of our pages: `{% load cityhall %}`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from django import forms, template
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from cityhall.web import dates, markup
from cityhall.web import forms as govuk
from cityhall.web.context import language

register = template.Library()

# --- dates ------------------------------------------------------------------------------------------------


@register.filter
def roc_date(value: date | None, style: str = "") -> str:
    """106年3月20日; `"weekday"` adds （星期一）, `"short"` leaves out the year. English pages get 20 March 2017."""
    if not value:
        return ""
    return dates.as_date(value, weekday="weekday" in style, year="short" not in style)


@register.filter
def roc_datetime(value: datetime | None, style: str = "") -> str:
    """106年3月20日下午5:30; `"weekday"`, `"short"` as above; `"near"` says 今天 and 明天."""
    if not value:
        return ""
    if "near" in style:
        return dates.as_near(value)
    return dates.as_datetime(value, weekday="weekday" in style, year="short" not in style)


@register.simple_tag
def time_tag(value: date | datetime | None, style: str = "") -> SafeString:
    """`<time datetime="…">` around the date or time as the reader writes it. Styles as for the filters."""
    if not value:
        return markup.NOTHING
    if isinstance(value, datetime):
        local = timezone.localtime(value)
        return format_html(
            '<time datetime="{}">{}</time>', local.isoformat(timespec="minutes"), roc_datetime(value, style)
        )
    return format_html('<time datetime="{}">{}</time>', value.isoformat(), roc_date(value, style))


@register.simple_tag
def relative_due(due: datetime | None, now: datetime | None = None) -> SafeString:
    """How long until, or since, a due time: a label that turns amber, then red."""
    if not due:
        return markup.NOTHING
    text, level = dates.until(due, now=now)
    local = timezone.localtime(due)
    return format_html(
        '<time class="due{}" datetime="{}" title="{}">{}</time>',
        f" due--{level}" if level else "",
        local.isoformat(timespec="minutes"),
        dates.as_datetime(due, weekday=True),
        text,
    )


# --- numbers ----------------------------------------------------------------------------------------------


@register.filter
def number(value: Any, places: int | None = None) -> str:
    """2,622; with `places` decimals. Not a number: as it is."""
    if value is None or value == "":
        return ""
    try:
        amount = Decimal(str(value))
    except InvalidOperation:
        return str(value)
    if places is None:
        text = f"{amount.normalize():,f}" if amount != amount.to_integral() else f"{int(amount):,}"
    else:
        text = f"{amount:,.{places}f}"
    return text.replace("-", "−")


@register.filter
def money(value: Any) -> str:
    """NT$ 1,200, with a space that does not break."""
    return f"NT$\u00a0{number(value)}" if value is not None and value != "" else ""


@register.filter
def percent(share: Any, places: int = 1) -> str:
    """0.213 as 21.3%."""
    return f"{Decimal(str(share)) * 100:.{places}f}%" if share is not None else ""


# --- marked words -----------------------------------------------------------------------------------------


@register.simple_tag
def mark_spans(text: str, spans: Iterable[Any]) -> SafeString:
    """The text, escaped, with the words that weighed in a decision marked: the heavier, the deeper.

    A span has `start`, `end` and, if it has one, `weight` (0 to 1); spans that overlap are cut at the earlier one.
    """
    pieces: list[str] = []
    done = 0
    for one in sorted(spans, key=lambda each: (_part(each, "start"), -_part(each, "end"))):
        start, end = max(int(_part(one, "start")), done), min(int(_part(one, "end")), len(text))
        if end <= start:
            continue
        weight = float(_part(one, "weight", 1.0))
        level = "w1" if weight >= 0.5 else "w2" if weight >= 0.2 else "w3"
        pieces += [text[done:start], markup.tag("mark", text[start:end], class_=level)]
        done = end
    return markup.together([*pieces, text[done:]])


def _part(span: Any, name: str, default: Any = 0) -> Any:
    return span.get(name, default) if isinstance(span, Mapping) else getattr(span, name, default)


# --- drawings ---------------------------------------------------------------------------------------------


@register.simple_tag
def bar(value: Any, most: Any = 1, label: str = "") -> SafeString:
    """A bar as long as value/most; decoration beside the number, so hidden from readers unless it has a label."""
    share = min(max(float(value or 0) / float(most or 1), 0.0), 1.0)
    about = {"role": "img", "aria_label": label} if label else {"aria_hidden": "true"}
    return markup.tag(
        "svg",
        markup.tag("rect", class_="bg", width=200, height=10, rx=2),
        markup.tag("rect", class_="fg", width=f"{share * 200:.1f}", height=10, rx=2),
        class_="bar-line", viewBox="0 0 200 10", preserveAspectRatio="none", **about,
    )  # fmt: skip


@register.simple_tag
def meter(percent_used: Any, label: str = "") -> SafeString:
    """A clock's meter: how much of the time is used, with ticks at 50 and 80 %."""
    used = min(max(float(percent_used or 0), 0.0), 100.0)
    level = "late" if used >= 100 else "soon" if used >= 80 else ""
    words = label or _("已用去%(percent)d%%") % {"percent": round(used)}
    return format_html(
        '<svg class="meter{}" viewBox="0 0 280 10" preserveAspectRatio="none" role="img" aria-label="{}">'
        '<rect class="bg" width="280" height="10" rx="3"/><rect class="fg" width="{}" height="10" rx="3"/>'
        '<path class="tk" d="M139 0h2v10h-2zM223 0h2v10h-2z"/></svg>',
        f" meter--{level}" if level else "",
        words,
        f"{used * 2.8:.1f}",
    )


ICONS = {
    "speech": "M5 24V9a3 3 0 0 1 3-3h16a3 3 0 0 1 3 3v10a3 3 0 0 1-3 3H11l-6 5zM11 12h10M11 16.5h6",
    "find": "M5.5 14a8.5 8.5 0 1 0 17 0a8.5 8.5 0 1 0-17 0M20.5 20.5l7 7M10.5 14l2.5 2.5 4.5-4.5",
    "phone": "M11 5H7a2 2 0 0 0-2 2c0 11 9 20 20 20a2 2 0 0 0 2-2v-4l-6-2.5-2.5 3C14 19.5 12.5 18 10.5 13.5l3-2.5z",
    "camera": "M4 10h5l2.5-4h9L23 10h5v16H4zM16 22.5a5 5 0 1 0 0-10 5 5 0 0 0 0 10",
    "pin": "M16 28C9 20 7 16.5 7 13a9 9 0 0 1 18 0c0 3.5-2 7-9 15zM16 16a3 3 0 1 0 0-6 3 3 0 0 0 0 6",
    "up": "M6 20 16 10l10 10",
    "down": "M6 12 16 22l10-10",
    "search": "M5 14a9 9 0 1 0 18 0a9 9 0 1 0-18 0M20.5 20.5 28 28",
    "chart": "M5 27h22M8 22v-7M14 22V9M20 22v-10M26 22V6",
    "document": "M8 4h11l6 6v18H8zM19 4v6h6M12 16h9M12 21h9",
    "calendar": "M5 8h22v19H5zM5 14h22M11 4v6M21 4v6",
    "people": "M12 15a5 5 0 1 0 0-10 5 5 0 0 0 0 10M3 27c0-5 4-8 9-8s9 3 9 8M21 6a4.5 4.5 0 0 1 0 9"
    "M24 20c3 1 5 3.5 5 7",
}


@register.simple_tag
def icon(name: str, classes: str = "") -> SafeString:
    """One of our line icons, for decoration beside words."""
    path = ICONS.get(name, ICONS["document"])
    return format_html(
        '<svg class="{}" viewBox="0 0 32 32" aria-hidden="true" focusable="false"><path d="{}"/></svg>',
        classes or "icon",
        path,
    )


# --- forms ------------------------------------------------------------------------------------------------


@register.simple_tag
def field(bound: forms.BoundField, **options: Any) -> SafeString:
    """One field in GOV.UK markup; `label_size="l" heading=True prefix="NT$" width=10 …` change its look."""
    return govuk.render_field(bound, **options)


@register.simple_tag
def form_fields(form: forms.BaseForm) -> SafeString:
    """All fields of a form, hidden ones first; those that a choice reveals stand under their choice."""
    hidden = [bound.as_widget() for bound in form.hidden_fields()]
    return markup.together([*hidden, *(govuk.render_field(bound) for bound in govuk.top_fields(form))])


@register.simple_tag
def error_summary(*many: Any) -> SafeString:
    """The box at the top that names every error and leads to its field; nothing where there is none."""
    links = govuk.error_links(*[form for form in many if isinstance(form, forms.BaseForm)])
    if not links:
        return markup.NOTHING
    return render_to_string("web/components/error_summary.html", {"links": links})


@register.filter
def has_errors(form: Any) -> bool:
    """Whether a form came back with errors; false for anything that is no form."""
    return isinstance(form, forms.BaseForm) and form.is_bound and bool(form.errors)


# --- addresses --------------------------------------------------------------------------------------------


@register.simple_tag(takes_context=True)
def query(context: template.Context, **changes: Any) -> str:
    """This page's query string with changes: `{% query page=2 %}`; an empty value takes the key out."""
    request: HttpRequest = context["request"]
    params = request.GET.copy()
    for key, value in changes.items():
        if value in (None, ""):
            params.pop(key, None)
        elif isinstance(value, (list, tuple)):
            params.setlist(key, [str(one) for one in value])
        else:
            params[key] = str(value)
    return f"?{params.urlencode()}" if params else "?"


# --- components -------------------------------------------------------------------------------------------


@register.simple_block_tag(takes_context=True)
def component(context: template.Context, content: SafeString, name: str, **options: Any) -> SafeString:
    """A component around a body: `{% component "details" summary=_("…") %}…{% endcomponent %}`.

    The template is `web/components/<name>.html`; the body is its `body`. Without a body, include the template.
    """
    values = {"body": content, "request": context.get("request"), **options}
    return render_to_string(f"web/components/{name}.html", values)


@register.simple_tag
def page_numbers(page: Any) -> list[int | None]:
    """Numbers for the pagination of a `Page`: first, last and the neighbours; None is a gap."""
    last = page.paginator.num_pages
    wanted = sorted({1, last, *range(max(1, page.number - 1), min(last, page.number + 1) + 1)})
    shown: list[int | None] = []
    for one in wanted:
        if shown and shown[-1] is not None and one - shown[-1] > 1:
            shown.append(None if one - shown[-1] > 2 else one - 1)
        shown.append(one)
    return shown


@register.simple_tag
def join_links(links: Iterable[tuple[str, str]]) -> SafeString:
    """Links with the language's comma between."""
    between = ", " if language() == "en" else "、"
    return format_html_join(between, '<a href="{}">{}</a>', ((url, text) for text, url in links))
