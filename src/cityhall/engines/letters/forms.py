"""Forms of the letters' pages."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from cityhall.engines.letters.states import State
from cityhall.web import forms as govuk


class FindForm(govuk.Form):
    """Letters by state and by address or subject."""

    state = forms.ChoiceField(
        label=_("狀態"), required=False, choices=[("", _("全部")), *State.choices], widget=govuk.Select()
    )
    words = forms.CharField(label=_("收件地址或主旨"), required=False, max_length=100, widget=govuk.Text(width=20))


class PostForm(govuk.Form):
    """When the letters that are ticked went to the post."""

    posted_on = govuk.DateField(label=_("交寄日"))


class PostedFilter(govuk.Form):
    """Whether they wait or went, and when."""

    posted = forms.ChoiceField(
        label=_("狀態"), required=False, choices=[("", _("待寄")), ("yes", _("已交寄"))], widget=govuk.Select()
    )
    first = govuk.DateField(label=_("製作日從"), required=False)
    last = govuk.DateField(label=_("到"), required=False)


class AgainForm(govuk.Form):
    """Where a letter goes the second time."""

    address = forms.CharField(
        label=_("改寄到"),
        help_text=_("不填就寄到原來的地址"),
        required=False,
        max_length=254,
        widget=govuk.Text(width=30),
    )


class WordingForm(govuk.Form):
    """A city's own wording of one template in one language."""

    subject = forms.CharField(label=_("主旨"), max_length=200, widget=govuk.Text())
    text = forms.CharField(label=_("內容"), max_length=20_000, widget=govuk.Textarea({"rows": 16}), strip=False)
    valid_from = govuk.DateField(label=_("開始使用日"))
    why = forms.CharField(label=_("修改原因"), max_length=200, widget=govuk.Text())

    def add_faults(self, faults: list[tuple[str, str]]) -> None:
        """Say at the field what is wrong with it."""
        for kind, detail in faults:
            self.add_error("valid_from" if kind == "past" else "text", ValidationError(_fault(kind, detail)))


def _fault(kind: str, detail: str) -> str:
    sentences: dict[str, Any] = {
        "syntax": gettext("欄位或條件的寫法不對：%(detail)s"),
        "unknown": gettext("這封信沒有 {{ %(detail)s }} 這個欄位"),
        "past": gettext("開始使用日不能早於今天"),
        "missing": gettext("內容要保留 {{ %(detail)s }}，收件人需要它"),
    }
    return str(sentences[kind] % {"detail": detail})
