"""The search form of the trail."""

from typing import Any

from django import forms
from django.apps import apps
from django.utils.translation import gettext_lazy as _

from cityhall.engines.audit import catalogue, queries
from cityhall.web import forms as govuk


class SearchForm(govuk.Form):
    """By record, person, event and day; everything that is given must fit."""

    subject = forms.CharField(
        label=_("案件號碼或識別碼"), required=False, max_length=64, widget=govuk.Text(width=20), strip=True
    )
    subject_type = forms.ChoiceField(label=_("資料種類"), required=False, widget=govuk.Select())
    person = forms.CharField(
        label=_("人員"), help_text=_("姓名、電子郵件或帳號識別碼"), required=False, max_length=100,
        widget=govuk.Text(width=20),
    )  # fmt: skip
    event = forms.ChoiceField(label=_("事件"), required=False, widget=govuk.Select())
    first_day = govuk.DateField(label=_("起日"), required=False)
    last_day = govuk.DateField(label=_("迄日"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        types = [(name, type_name(name)) for name in queries.subject_types()]
        self.fields["subject_type"].choices = [("", _("全部")), *types]
        events = sorted((str(sentence), name) for name, sentence in catalogue.sentences.items())
        self.fields["event"].choices = [
            ("", _("全部")),
            *((name, sentence) for sentence, name in events),
        ]

    def clean(self) -> dict[str, Any]:
        found = super().clean() or {}
        first, last = found.get("first_day"), found.get("last_day")
        if first and last and first > last:
            self.add_error("last_day", _("迄日不能早於起日"))
        return found


def type_name(subject_type: str) -> str:
    """A kind of record by its name for people; one that the program no longer has, by its label."""
    try:
        return str(apps.get_model(subject_type)._meta.verbose_name)
    except (LookupError, ValueError):
        return subject_type
