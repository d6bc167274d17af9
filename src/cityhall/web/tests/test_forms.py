"""Our fields against govuk-frontend's own fixtures, and what the base form promises."""

from __future__ import annotations

import json
import re
from datetime import date
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from django import forms
from django.http import QueryDict
from django.template import Context, Template
from django.utils import translation

from cityhall.web import forms as web

COMPONENTS = Path(__file__).resolve().parents[4] / "node_modules/govuk-frontend/dist/govuk/components"


# --- comparing markup --------------------------------------------------------------------------------------


class Canonical(HTMLParser):
    """Markup as a list of tags, sorted attributes and squeezed text, so that only meaning is compared."""

    VOID = frozenset({"input", "br", "hr", "img"})

    def __init__(self) -> None:
        super().__init__()
        self.tokens: list[Any] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        kept = []
        for name, value in attrs:
            if name.startswith("data-i18n"):
                continue  # their English and our Chinese are both right
            kept.append((name, " ".join(sorted((value or "").split())) if name == "class" else value or ""))
        self.tokens.append((tag, tuple(sorted(kept))))

    def handle_endtag(self, tag: str) -> None:
        if tag not in self.VOID:
            self.tokens.append(f"/{tag}")

    def handle_data(self, data: str) -> None:
        text = re.sub(r"\s+", " ", data).strip()
        if text:
            self.tokens.append(text)


def canonical(html: str) -> list[Any]:
    parser = Canonical()
    parser.feed(html)
    return parser.tokens


def fixture(component: str, name: str) -> dict[str, Any]:
    path = COMPONENTS / component / "fixtures.json"
    if not path.exists():
        pytest.skip("node_modules is absent: run make setup")
    found = [one for one in json.loads(path.read_text())["fixtures"] if one["name"] == name]
    assert found, f"govuk-frontend has no fixture {component}: {name}"
    return found[0]


# --- from a fixture's options to a form of ours ---------------------------------------------------------------

BOXES = {"email": forms.EmailInput, "tel": web.Phone, "number": forms.NumberInput}


def text_of(part: dict[str, Any] | None) -> str:
    return (part or {}).get("text", "")


def form_for(component: str, options: dict[str, Any]) -> forms.BoundField:
    """The Django form that says the same as the options of a govuk-frontend macro."""
    name = options.get("name") or options.get("id") or options.get("idPrefix")
    element_id = options.get("id") or options.get("idPrefix") or name
    label_part = (options.get("fieldset") or {}).get("legend") or options.get("label") or {}
    look: dict[str, Any] = {}
    classes = label_part.get("classes", "")
    if match := re.search(r"--([sml]|xl)$", classes):
        look["label_size"] = match[1]
    look["heading"] = bool(label_part.get("isPageHeading"))
    if group := (options.get("formGroup") or {}).get("classes"):
        look["group_classes"] = group
    attrs = {
        key: value
        for key, value in {
            "autocomplete": options.get("autocomplete"),
            "inputmode": options.get("inputmode"),
            "pattern": options.get("pattern"),
            "spellcheck": str(options["spellcheck"]).lower() if "spellcheck" in options else None,
            "autocapitalize": options.get("autocapitalize"),
        }.items()
        if value is not None
    }
    field, value = _field(component, options, attrs, look)
    field.label = text_of(label_part)
    field.help_text = text_of(options.get("hint"))
    field.disabled = bool(options.get("disabled"))

    class OneField(web.Form):
        default_renderer = web.GovukRenderer()

    OneField.base_fields = {str(name): field}
    field.widget.attrs["id"] = element_id
    form = OneField(initial={str(name): value})
    if error := text_of(options.get("errorMessage")):
        form._errors = form.error_class  # type: ignore[assignment]
        form._errors = forms.utils.ErrorDict({name: form.error_class([error])})
        form.is_bound = True
        form.data = {name: value} if not isinstance(field, web.DateField) else {}
    return form[str(name)]


def _field(
    component: str, options: dict[str, Any], attrs: dict[str, Any], look: dict[str, Any]
) -> tuple[forms.Field, Any]:
    value = options.get("value")
    classes = options.get("classes") or ""
    items = [one for one in options.get("items") or [] if one and "divider" not in one]
    if component == "input":
        if match := re.search(r"govuk-input--width-(\d+)", classes):
            look["width"] = int(match[1])
        look["spacing"] = "extra-letter-spacing" in classes
        look["prefix"] = text_of(options.get("prefix"))
        look["suffix"] = text_of(options.get("suffix"))
        kind = options.get("type", "text")
        if kind == "number":
            return forms.DecimalField(widget=Numbers(attrs, **look)), value
        return forms.CharField(
            widget=BOXES.get(kind, web.Text)(attrs, **look) if kind == "text" else Plain(kind, attrs, look)
        ), value
    if component in {"textarea", "character-count"}:
        if "rows" in options:
            attrs["rows"] = int(options["rows"])
        if component == "character-count":
            look |= {"count": True, "threshold": options.get("threshold")}
            return forms.CharField(max_length=options["maxlength"], widget=web.Textarea(attrs, **look)), value
        return forms.CharField(widget=web.Textarea(attrs, **look)), value
    if component == "password-input":
        if match := re.search(r"govuk-input--width-(\d+)", classes):
            look["width"] = int(match[1])
        return forms.CharField(widget=web.Password(attrs, **look)), value
    if component == "file-upload":
        return forms.FileField(widget=web.File(attrs, **look)), None
    if component == "date-input":
        return web.DateField(widget=web.DateParts(**look)), None
    choices = [(str(one["value"]), one.get("text")) for one in items]
    look["hints"] = {str(one["value"]): text_of(one.get("hint")) for one in items if one.get("hint")}
    look["small"] = f"govuk-{component}--small" in classes
    look["inline"] = f"govuk-{component}--inline" in classes
    if "label_size" in look and component == "select":
        pass
    raw = options.get("items") or []
    for place, one in enumerate(raw):
        if one and "divider" in one:
            look["divider_before"] = raw[place + 1]["value"]
            look["divider"] = one["divider"]
    for one in items:
        if one.get("behaviour") == "exclusive":
            look["exclusive"] = one["value"]
    chosen = [str(one["value"]) for one in items if one.get("checked") or one.get("selected")]
    if component == "checkboxes":
        return forms.MultipleChoiceField(choices=choices, widget=web.Checkboxes(**look)), chosen or options.get(
            "values"
        )
    widget = web.Radios if component == "radios" else web.Select
    return forms.ChoiceField(choices=choices, widget=widget(**look)), (chosen or [value])[0]


class Numbers(web.LookMixin, forms.NumberInput):
    pass


def Plain(kind: str, attrs: dict[str, Any], look: dict[str, Any]) -> forms.Widget:
    box = web.Text(attrs, **look)
    box.input_type = kind
    return box


MATCHES = [
    ("input", "default"),
    ("input", "with hint text"),
    ("input", "with error message"),
    ("input", "with error and hint"),
    ("input", "with width-2 class"),
    ("input", "with width-10 class"),
    ("input", "with width-30 class"),
    ("input", "with label as page heading"),
    ("input", "with prefix"),
    ("input", "with suffix"),
    ("input", "with prefix and suffix"),
    ("input", "with prefix and suffix and error"),
    ("input", "with extra letter spacing"),
    ("input", "with autocomplete attribute"),
    ("input", "with spellcheck disabled"),
    ("input", "inputmode"),
    ("input", "value"),
    ("input", "disabled"),
    ("textarea", "default"),
    ("textarea", "with hint"),
    ("textarea", "with error message"),
    ("textarea", "with default value"),
    ("textarea", "with custom rows"),
    ("textarea", "with label as page heading"),
    ("textarea", "with hint and error message"),
    ("select", "hint"),
    ("select", "with hint text and error message"),
    ("select", "error"),
    ("radios", "default"),
    ("radios", "with hint"),
    ("radios", "with hints on parent and items"),
    ("radios", "inline"),
    ("radios", "with a divider"),
    ("radios", "with fieldset and error message"),
    ("radios", "with very long option text"),
    ("radios", "small"),
    ("radios", "small with hint"),
    ("radios", "small with error"),
    ("checkboxes", "default"),
    ("checkboxes", "with error message"),
    ("checkboxes", "with divider and None"),
    ("checkboxes", "small"),
    ("checkboxes", "small with hint"),
    ("file-upload", "enhanced"),
    ("character-count", "default"),
    ("character-count", "with hint"),
    ("character-count", "with threshold"),
    ("password-input", "default"),
    ("password-input", "with hint text"),
    ("password-input", "with error message"),
    ("password-input", "with input width class"),
    ("password-input", "with new-password autocomplete"),
]

WORDS = {
    "錯誤：": "Error:",
    "或": "or",
    "顯示密碼": "Show password",
    "顯示": "Show",
    "年": "Year",
    "月": "Month",
    "日": "Day",
}


def in_their_words(tokens: list[Any], options: dict[str, Any]) -> list[Any]:
    """Our fixed words in English, so that the trees can be compared."""
    changed = []
    for one in tokens:
        if isinstance(one, str):
            one = WORDS.get(one, one)
            one = re.sub(r"^最多 (\d+) 個字$", r"You can enter up to \1 characters", one)
        else:
            one = (one[0], tuple((name, WORDS.get(value, value)) for name, value in one[1]))
        changed.append(one)
    return changed


class TestFieldsMatchGovukFixtures:
    @pytest.mark.parametrize(("component", "name"), MATCHES, ids=[" ".join(one) for one in MATCHES])
    def test_markup(self, component: str, name: str) -> None:
        given = fixture(component, name)

        ours = str(web.render_field(form_for(component, given["options"])))

        assert in_their_words(canonical(ours), given["options"]) == canonical(given["html"])

    @pytest.mark.parametrize("name", ["default", "with error message and hint"])
    def test_date_has_their_boxes_in_our_order(self, name: str) -> None:
        given = fixture("date-input", name)
        head, *items = given["html"].split('<div class="govuk-date-input__item">')
        end = items[-1].index("</div>\n      </div>") + len("</div>\n      </div>")
        day, month, year, tail = items[0], items[1], items[2][:end], items[2][end:]
        opening = '<div class="govuk-date-input__item">'
        theirs = head + opening + year + opening + month + opening + day + tail
        for part in ("day", "month", "year"):
            theirs = theirs.replace(f'name="{part}"', f'name="{given["options"]["id"]}_{part}"')

        ours = str(web.render_field(form_for("date-input", given["options"])))

        assert in_their_words(canonical(ours), given["options"]) == canonical(theirs)


# --- what the base form promises ----------------------------------------------------------------------------


class Report(web.Form):
    title = forms.CharField(label="主旨", max_length=20)
    body = forms.CharField(label="內容", widget=web.Textarea(count=True), max_length=200, required=False)
    how = forms.ChoiceField(
        label="怎麼回復您",
        choices=[("email", "電子郵件"), ("phone", "電話")],
        widget=web.Radios(reveals={"phone": ["phone"]}),
    )
    phone = forms.CharField(label="電話", widget=web.Phone(), required=False)
    on = web.DateField(label="哪一天", required=False)


class TestForm:
    def test_normalises_text_and_line_ends(self) -> None:
        form = Report(QueryDict("title=Cafe%CC%81&body=a%0D%0Ab&how=email"))

        assert form.is_valid(), form.errors
        assert form.cleaned_data["title"] == "Café"
        assert form.cleaned_data["body"] == "a\nb"

    @pytest.mark.parametrize("text", ["a\x00b", "a\ud800b"])
    def test_refuses_characters_that_no_database_keeps(self, text: str) -> None:
        form = Report({"title": text, "how": "email"})

        assert not form.is_valid()
        assert "title" in form.errors

    def test_keeps_what_was_typed(self) -> None:
        form = Report({"title": "路燈" * 11, "body": "三天了<b>", "how": "phone", "phone": "0912"})
        form.is_valid()

        html = str(form)

        assert "路燈" * 11 in html
        assert "三天了&lt;b&gt;" in html
        assert 'value="0912"' in html

    def test_shows_a_revealed_field_once_under_its_choice(self) -> None:
        html = str(Report())

        assert html.count('name="phone"') == 1
        assert html.index("govuk-radios__conditional") < html.index('name="phone"') < html.index('name="on_year"')

    def test_summary_leads_to_the_first_wrong_box(self) -> None:
        form = Report({"title": "", "how": "", "on_year": "106", "on_month": "", "on_day": "3"})

        html = Template("{% load cityhall %}{% error_summary form %}").render(Context({"form": form}))

        assert 'href="#id_title"' in html
        assert 'href="#id_how"' in html
        assert 'href="#id_on-month"' in html
        assert form["how"].auto_id == "id_how"

    def test_summary_is_empty_for_a_fresh_form(self) -> None:
        assert Template("{% load cityhall %}{% error_summary form %}").render(Context({"form": Report()})) == ""

    def test_a_name_beyond_the_basic_plane_survives(self) -> None:
        form = Report({"title": "𠮷野家前", "how": "email"})

        assert form.is_valid()
        assert "𠮷野家前" in str(form)


class TestDateField:
    @pytest.mark.parametrize(
        ("year", "expected"), [("106", date(2017, 3, 20)), ("2017", date(2017, 3, 20)), ("１０６", date(2017, 3, 20))]
    )
    def test_reads_roc_and_gregorian_years(self, year: str, expected: date) -> None:
        form = Report({"title": "a", "how": "email", "on_year": year, "on_month": "3", "on_day": "20"})

        assert form.is_valid(), form.errors
        assert form.cleaned_data["on"] == expected

    @pytest.mark.parametrize(
        ("parts", "sentence"),
        [
            (("106", "2", "29"), "沒有這一天"),
            (("106", "", "1"), "請填完整"),
            (("106", "三", "1"), "請用數字"),
            (("0", "1", "1"), "沒有這一天"),
        ],
    )
    def test_says_what_is_wrong(self, parts: tuple[str, str, str], sentence: str) -> None:
        form = Report(
            {"title": "a", "how": "email", **dict(zip(("on_year", "on_month", "on_day"), parts, strict=True))}
        )

        assert not form.is_valid()
        assert sentence in str(form.errors["on"])

    def test_shows_the_year_as_the_reader_counts(self) -> None:
        with translation.override("zh-hant"):
            assert 'value="106"' in str(Report(initial={"on": date(2017, 3, 20)})["on"].as_field_group())
        with translation.override("en"):
            assert 'value="2017"' in str(Report(initial={"on": date(2017, 3, 20)})["on"].as_field_group())


class TestFilesField:
    def test_refuses_more_than_it_takes(self) -> None:
        field = web.FilesField(max_files=1, required=False)

        with pytest.raises(forms.ValidationError, match="最多 1 個"):
            field.clean([object(), object()])
