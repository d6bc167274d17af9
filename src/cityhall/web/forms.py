"""Forms in GOV.UK markup, so that no page writes its own.

Ordinary Django forms render through `GovukRenderer`: `{{ form.name.as_field_group }}` or `{% field form.name %}`
for one field, `{{ form }}` for all. The widgets here add what GOV.UK's fields can and Django's cannot say: a prefix,
hints under choices, fields that a choice reveals, a date in three boxes. The markup is checked in the tests against
govuk-frontend's own fixtures.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import EmailValidator, MaxLengthValidator, ProhibitNullCharactersValidator
from django.forms.boundfield import BoundField
from django.forms.renderers import TemplatesSetting
from django.forms.widgets import Input
from django.http import QueryDict
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from cityhall.web.context import language

ROC_OFFSET = 1911
FIRST_GREGORIAN_YEAR = 1000  # below it a typed year is a ROC year


class GovukRenderer(TemplatesSetting):
    """Setting FORM_RENDERER: forms and fields by our templates, widgets of the admin by Django's own."""

    form_template_name = "web/forms/form.html"
    field_template_name = "web/forms/field.html"


# --- text that can be kept --------------------------------------------------------------------------------


def storable(text: str) -> str:
    """One form of each character (NFC) and one kind of line end."""
    return unicodedata.normalize("NFC", text).replace("\r\n", "\n").replace("\r", "\n")


def refuse_unstorable(value: object) -> None:
    """Refuse NUL and halves of characters, which no database keeps."""
    if isinstance(value, str) and any(char == "\x00" or "\ud800" <= char <= "\udfff" for char in value):
        raise ValidationError(_("文字裡有看不見、也存不進去的字元，請刪掉後重新輸入"), code="unstorable")


def _tidy(data: Mapping[str, Any]) -> Mapping[str, Any]:
    if isinstance(data, QueryDict):
        copy = data.copy()
        for key, values in copy.lists():
            copy.setlist(key, [storable(value) if isinstance(value, str) else value for value in values])
        return copy
    return {key: storable(value) if isinstance(value, str) else value for key, value in data.items()}


def _say_it_plainly(name: str, field: forms.Field) -> None:
    """Replace Django's general messages by sentences that say what to do; a field's own messages stay."""
    label = str(field.label if field.label is not None else name).rstrip("？?：: ")
    plain: dict[str, Any] = {}
    if isinstance(field, forms.BooleanField):
        plain["required"] = _("請勾選「%(label)s」")
    elif isinstance(field, forms.FileField):
        plain["required"] = _("請選一個檔案")
    elif isinstance(field, (forms.ChoiceField, forms.ModelChoiceField)):
        plain["required"] = _("請選「%(label)s」")
    else:
        plain["required"] = _("請填「%(label)s」")
    if isinstance(field, (forms.IntegerField, forms.DecimalField, forms.FloatField)):
        plain["invalid"] = _("「%(label)s」請用數字")
    defaults = {**forms.Field.default_error_messages, **type(field).default_error_messages}
    for code, sentence in plain.items():
        if str(field.error_messages.get(code, "")) == str(defaults.get(code, "")):
            field.error_messages[code] = str(sentence) % {"label": label}
    if isinstance(field, forms.EmailField):
        field.validators = [EMAIL if isinstance(one, EmailValidator) else one for one in field.validators]
    for validator in field.validators:
        if isinstance(validator, MaxLengthValidator):
            validator.message = _("最多%(limit_value)d個字，目前有%(show_value)d個字")


EMAIL = EmailValidator(_("電子郵件的格式不對，應該像name@example.org"))


class TidyMixin(forms.BaseForm):
    """Bound text is normalised before anything looks at it; what was typed stays on the page."""

    fields: dict[str, Any]  # of many kinds: what they offer is set one by one

    use_required_attribute = False  # the page says what is missing, in its own words

    def __init__(self, data: Mapping[str, Any] | None = None, *args: Any, **kwargs: Any) -> None:
        super().__init__(_tidy(data) if data is not None else None, *args, **kwargs)
        for name, field in self.fields.items():
            if isinstance(field, forms.CharField) and refuse_unstorable not in field.validators:
                # One sentence, ours, and not Django's for NUL beside it.
                others = [one for one in field.validators if not isinstance(one, ProhibitNullCharactersValidator)]
                field.validators = [refuse_unstorable, *others]
            _say_it_plainly(name, field)


class Form(TidyMixin, forms.Form):
    """The base of every form on our pages."""


class ModelForm(TidyMixin, forms.ModelForm):
    """The base of every form on our pages that edits one record."""


# --- widgets ------------------------------------------------------------------------------------------------


class LookMixin(forms.Widget):
    """A widget with a look: options of its GOV.UK field that are not HTML attributes."""

    def __init__(self, attrs: dict[str, Any] | None = None, **options: Any) -> None:
        self.look: dict[str, Any] = {key: options.pop(key) for key in list(options) if key in LOOKS}
        super().__init__(attrs, **options)


LOOKS = frozenset(
    {
        "width", "prefix", "suffix", "spacing", "label_size", "heading", "inline", "small", "hints", "divider_before",
        "divider", "keep_empty", "reveals", "exclusive", "count", "threshold", "group_classes",
    }
)  # fmt: skip


class Text(LookMixin, forms.TextInput):
    """One line of text. `width`: 2 3 4 5 10 20 30 characters; `prefix`, `suffix`; `spacing` for codes."""


class Email(LookMixin, forms.EmailInput):
    """An e-mail address; spelling is not checked, and the browser may fill it in."""

    def __init__(self, attrs: dict[str, Any] | None = None, **options: Any) -> None:
        super().__init__({"autocomplete": "email", "spellcheck": "false", **(attrs or {})}, **options)


class Phone(LookMixin, forms.TextInput):
    """A telephone number."""

    input_type = "tel"

    def __init__(self, attrs: dict[str, Any] | None = None, **options: Any) -> None:
        super().__init__({"autocomplete": "tel", **(attrs or {})}, **options)


class Digits(LookMixin, forms.TextInput):
    """A number or a code of digits: a text box with the number keys (not `type=number`, which loses typed text)."""

    def __init__(self, attrs: dict[str, Any] | None = None, **options: Any) -> None:
        super().__init__({"inputmode": "numeric", "spellcheck": "false", **(attrs or {})}, **options)


class Password(LookMixin, forms.PasswordInput):
    """A password with a button that shows it."""


class Textarea(LookMixin, forms.Textarea):
    """Several lines. `count=True` shows how many characters of `max_length` are left."""

    def __init__(self, attrs: dict[str, Any] | None = None, **options: Any) -> None:
        super().__init__({"rows": 5, "cols": None, **(attrs or {})}, **options)


class Select(LookMixin, forms.Select):
    """One of many: a list that opens. For up to about seven, radios are better."""


class Radios(LookMixin, forms.RadioSelect):
    """One of a few.

    `hints` and `reveals` are by value: a sentence under the choice; names of fields of the same form that appear
    when it is chosen. `divider_before` is the value before which 或 stands.
    """


class Checkboxes(LookMixin, forms.CheckboxSelectMultiple):
    """Some of a few. `exclusive` is the value that excludes the others ("none of these")."""


class Checkbox(LookMixin, forms.CheckboxInput):
    """One yes."""


class File(LookMixin, forms.ClearableFileInput):
    """One file, with a drop zone where script runs."""


class Files(LookMixin, forms.ClearableFileInput):
    """Several files in one field."""

    allow_multiple_selected = True


class FilesField(forms.FileField):
    """Several files; cleans to a list, empty if none was given."""

    widget = Files

    def __init__(self, *, max_files: int | None = None, **kwargs: Any) -> None:
        self.max_files = max_files
        super().__init__(**kwargs)

    def clean(self, data: Any, initial: Any = None) -> Any:
        """Each file on its own, so that the message names the one that is wrong."""
        given = [one for one in (data if isinstance(data, (list, tuple)) else [data]) if one]
        if self.required and not given:
            raise ValidationError(self.error_messages["required"], code="required")
        if self.max_files is not None and len(given) > self.max_files:
            raise ValidationError(
                ngettext(
                    "最多 %(most)d 個檔案，您選了 %(given)d 個",
                    "最多 %(most)d 個檔案，您選了 %(given)d 個",
                    self.max_files,
                )
                % {"most": self.max_files, "given": len(given)},
                code="too_many",
            )
        return [super(FilesField, self).clean(one, initial) for one in given]


class DateParts(LookMixin, forms.MultiWidget):
    """Year, month and day in three boxes; a year below 1000 is a ROC year (106 is 2017)."""

    template_name = "web/forms/date_parts.html"
    use_fieldset = True

    def __init__(self, attrs: dict[str, Any] | None = None, **options: Any) -> None:
        boxes: dict[str, forms.Widget | type[forms.Widget]] = {
            part: forms.TextInput(attrs={"inputmode": "numeric"}) for part in ("year", "month", "day")
        }
        self.look = {key: options.pop(key) for key in list(options) if key in LOOKS}
        forms.MultiWidget.__init__(self, boxes, attrs)

    def decompress(self, value: Any) -> list[Any]:
        """The three boxes of a date, its year as the reader of this page counts."""
        if not isinstance(value, date):
            return [None, None, None]
        year = value.year if language() == "en" else value.year - ROC_OFFSET
        return [year, value.month, value.day]


class DateField(forms.MultiValueField):
    """A date, typed as ROC or Gregorian year, month and day. The error says which box is wrong."""

    widget = DateParts
    default_error_messages = {
        "incomplete": _("請填完整的年、月、日"),
        "invalid": _("沒有這一天，請檢查年、月、日"),
        "number": _("年、月、日請用數字"),
    }

    def __init__(self, **kwargs: Any) -> None:
        parts = tuple(forms.CharField(required=False, max_length=4) for _part in range(3))
        kwargs.setdefault("require_all_fields", False)
        super().__init__(parts, **kwargs)

    def clean(self, value: Any) -> date | None:
        """A date, or None if nothing was typed and nothing is required."""
        parts = [unicodedata.normalize("NFKC", str(part or "")).strip() for part in (value or [None] * 3)]
        if not any(parts):
            if self.required:
                raise ValidationError(self.error_messages["required"], code="required")
            return None
        if not all(parts):
            raise ValidationError(self.error_messages["incomplete"], code="incomplete")
        if not all(part.isdecimal() for part in parts):
            raise ValidationError(self.error_messages["number"], code="number")
        year, month, day = (int(part) for part in parts)
        if 0 < year < FIRST_GREGORIAN_YEAR:
            year += ROC_OFFSET
        try:
            found = date(year, month, day)
        except ValueError as error:
            raise ValidationError(self.error_messages["invalid"], code="invalid") from error
        self.run_validators(found)
        return found

    def compress(self, data_list: list[Any]) -> None:
        """Unused: `clean` reads the three boxes itself."""

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Whether another date stands in the boxes."""
        try:
            return bool(self.clean(data) != initial)
        except ValidationError:
            return True


# --- one field as markup ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class ErrorLink:
    """A line of the error summary."""

    text: str
    target: str


def id_of(bound: BoundField) -> str:
    """The id of a field's box; of the first choice, where it has several."""
    return str(bound.field.widget.attrs.get("id") or bound.auto_id or bound.html_name)


def render_field(bound: BoundField, **options: Any) -> SafeString:
    """One field with label, hint, error and box, in the markup that GOV.UK Frontend expects.

    `options` (from `{% field %}`) win over the widget's own look.
    """
    widget = bound.field.widget
    if widget.is_hidden:
        return bound.as_widget()
    look: dict[str, Any] = {**getattr(widget, "look", {}), **options}
    element_id = id_of(bound)
    errors = [str(error) for error in bound.errors]
    hint = look.pop("hint", bound.help_text)
    described = [f"{element_id}-hint"] if hint else []
    described += [f"{element_id}-error"] if errors else []
    context: dict[str, Any] = {
        "field": bound,
        "id": element_id,
        "name": bound.html_name,
        "label": look.pop("label", bound.label),
        "hint": hint,
        "errors": errors,
        "described_by": " ".join(described),
        "look": look,
        "value": bound.value(),
        "disabled": bound.field.disabled,
        "label_classes": f"--{look['label_size']}" if look.get("label_size") else "",
        "optional": not bound.field.required,
    }
    kind, extra = _kind_of(bound, widget, look, element_id)
    context.update(extra)
    return render_to_string(f"web/forms/{kind}.html", context)


def _kind_of(
    bound: BoundField, widget: forms.Widget, look: dict[str, Any], element_id: str
) -> tuple[str, dict[str, Any]]:
    """Which template draws this widget, and what it needs besides the common parts."""
    attrs = _attributes(bound, widget)
    if isinstance(widget, DateParts):
        return "date", {"parts": _date_parts(bound, element_id)}
    if isinstance(widget, (forms.RadioSelect, forms.CheckboxSelectMultiple)):
        kind = "checkboxes" if isinstance(widget, forms.CheckboxSelectMultiple) else "radios"
        return kind, {"items": _choices(bound, look, element_id), "conditional": bool(look.get("reveals"))}
    if isinstance(widget, forms.CheckboxInput):
        return "checkbox", {"checked": widget.check_test(bound.value()), "attrs": attrs}
    if isinstance(widget, forms.Select):
        groups = widget.optgroups(bound.html_name, _as_strings(widget, bound.value()))
        return "select", {"groups": groups, "multiple": widget.allow_multiple_selected, "attrs": attrs}
    if isinstance(widget, forms.Textarea):
        limit = getattr(bound.field, "max_length", None)
        return "textarea", {"rows": attrs.pop("rows", 5), "limit": limit if look.get("count") else None, "attrs": attrs}
    if isinstance(widget, forms.FileInput):
        return "file", {"multiple": widget.allow_multiple_selected, "attrs": attrs}
    if isinstance(widget, forms.PasswordInput):
        return "password", {"attrs": attrs, "box_classes": _box_classes(look)}
    if isinstance(widget, Input):
        return "input", {
            "type": widget.input_type,
            "text": widget.format_value(bound.value()) or "",
            "attrs": attrs,
            "box_classes": _box_classes(look),
        }
    return "other", {"widget": bound.as_widget(attrs={"id": element_id})}


def _attributes(bound: BoundField, widget: forms.Widget) -> dict[str, Any]:
    """HTML attributes that the widget asked for, and those that Django derives from the field (maxlength)."""
    attrs = {**widget.attrs}
    limit = getattr(bound.field, "max_length", None)
    if limit is not None and not getattr(widget, "look", {}).get("count"):
        attrs.setdefault("maxlength", limit)
    if isinstance(widget, forms.Textarea):
        attrs.pop("maxlength", None)  # a paste that is cut without a word is worse than an error that says so
    return {
        key: value
        for key, value in attrs.items()
        if key not in {"class", "id", "required"} and value not in (None, False)
    }


def _box_classes(look: dict[str, Any]) -> str:
    classes = []
    if width := look.get("width"):
        classes.append(f"govuk-input--width-{width}" if str(width).isdigit() else f"govuk-!-width-{width}")
    if look.get("spacing"):
        classes.append("govuk-input--extra-letter-spacing")
    return " ".join(classes)


def _as_strings(widget: forms.Select, value: Any) -> list[str]:
    return [str(one) for one in widget.format_value(value)]


def _choices(bound: BoundField, look: dict[str, Any], element_id: str) -> list[dict[str, Any]]:
    widget: Any = bound.field.widget
    hints: Mapping[str, Any] = look.get("hints") or {}
    reveals: Mapping[str, Sequence[str]] = look.get("reveals") or {}
    items: list[dict[str, Any]] = []
    number = 0
    for _group, options, _index in widget.optgroups(bound.html_name, _as_strings(widget, bound.value())):
        for option in options:
            value = str(option["value"])
            if value == "" and not look.get("keep_empty"):
                continue  # Django's "---------" is no choice
            number += 1
            if look.get("divider_before") is not None and value == str(look["divider_before"]):
                items.append({"divider": look.get("divider", _("或"))})
                number += 1
            item_id = element_id if number == 1 else f"{element_id}-{number}"
            revealed = [bound.form[name] for name in reveals.get(value, ()) if name in bound.form.fields]
            items.append(
                {
                    "id": item_id,
                    "value": value,
                    "label": option["label"],
                    "checked": option["selected"],
                    "disabled": bound.field.disabled or option["attrs"].get("disabled"),
                    "hint": hints.get(value, ""),
                    "revealed": revealed,
                    "exclusive": look.get("exclusive") is not None and value == str(look["exclusive"]),
                }
            )
    return items


def _date_parts(bound: BoundField, element_id: str) -> list[dict[str, Any]]:
    widget: Any = bound.field.widget
    value = bound.value()
    values = value if isinstance(value, (list, tuple)) else widget.decompress(value)
    labels = {"year": _("年"), "month": _("月"), "day": _("日")}
    wrong = _wrong_parts(bound, values)
    return [
        {
            "id": f"{element_id}-{part}",
            "name": f"{bound.html_name}_{part}",
            "label": labels[part],
            "value": "" if one is None else one,
            "width": 4 if part == "year" else 2,
            "wrong": part in wrong,
        }
        for part, one in zip(("year", "month", "day"), values, strict=True)
    ]


def _wrong_parts(bound: BoundField, values: Sequence[Any]) -> set[str]:
    """Which boxes to mark: the empty ones, those that are no number, else all."""
    if not bound.errors:
        return set()
    names = ("year", "month", "day")
    texts = [str(value or "").strip() for value in values]
    if any(texts):
        suspicious = {name for name, text in zip(names, texts, strict=True) if not text.isdecimal()}
        if suspicious:
            return suspicious
    return set(names)


def error_links(*many: forms.BaseForm) -> list[ErrorLink]:
    """Every error of the forms in the order of their fields, each with the id of the box to go to."""
    links: list[ErrorLink] = []
    for form in many:
        if not form.is_bound:
            continue
        links += [ErrorLink(str(error), "") for error in form.non_field_errors()]
        for bound in form:
            target = id_of(bound)
            if bound.errors and isinstance(bound.field.widget, DateParts):
                value = bound.value()
                values = value if isinstance(value, (list, tuple)) else bound.field.widget.decompress(value)
                wrong = _wrong_parts(bound, values)
                target += "-" + next(part for part in ("year", "month", "day") if part in wrong)
            links += [ErrorLink(str(error), "" if bound.is_hidden else target) for error in bound.errors]
    return links


def top_fields(form: forms.BaseForm) -> list[BoundField]:
    """The visible fields of a form without those that a choice of another field reveals."""
    inside = {
        name
        for field in form.fields.values()
        for names in (getattr(field.widget, "look", {}).get("reveals") or {}).values()
        for name in names
    }
    return [bound for bound in form.visible_fields() if bound.name not in inside]
