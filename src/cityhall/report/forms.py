"""The form that gives a report out."""

from django import forms
from django.utils.translation import gettext_lazy as _

from cityhall.web.forms import Form


class IssueForm(Form):
    """A note, and the word that the numbers were looked at."""

    note = forms.CharField(
        label=_("說明（可不填）"), max_length=300, required=False, help_text=_("例如：第1屆第5次定期會。")
    )
    checked = forms.BooleanField(
        label=_("我看過上面的數字，同意發布"),
        error_messages={"required": _("請先看過數字，再勾選同意發布。")},
    )
