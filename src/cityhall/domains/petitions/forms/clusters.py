"""Forms of incidents and campaigns."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from cityhall.engines.cases.queries import normal_number
from cityhall.web.forms import Form, Radios, Select, Text, Textarea

from ..models import Cluster, ClusterMember
from ..states import ClusterKind, ClusterState


class LeadField(forms.ModelChoiceField):
    """One of the petitions, by number and heading."""

    def label_from_instance(self, obj: ClusterMember) -> str:  # type: ignore[override]
        """As the desk reads it."""
        case = obj.petition.case
        return f"{case.number}　{case.title}　{case.agency or ''}".strip("　")


class LeadForm(Form):
    """Which petition is answered for all."""

    lead = LeadField(
        label=_("主辦案件"), queryset=ClusterMember.objects.none(), empty_label=None,
        widget=Radios(hints={}), help_text=_("由它的承辦人寫一份回復，照平常的層級核定，一次回給全部。"),
    )  # fmt: skip

    def __init__(self, *args: Any, cluster: Cluster, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rows = cluster.members.filter(out_at=None, answered_at=None).select_related("petition__case__agency")
        self.fields["lead"].queryset = rows.order_by("petition__case__received_at", "pk")


class ConfirmForm(LeadForm):
    """It is one: what it is called, and which petition is answered for all."""

    title = forms.CharField(
        label=_("名稱"),
        max_length=100,
        widget=Text,
        help_text=_("民眾會看到，請不要寫個人資料，例如「中正路一帶停水」。"),
    )
    field_order = ["title", "lead"]


class DismissForm(Form):
    reason = forms.CharField(label=_("理由"), max_length=500, widget=Textarea(attrs={"rows": 3}))


class NewsForm(Form):
    """One text for all."""

    text = forms.CharField(
        label=_("給大家的說明"), max_length=1000, widget=Textarea(attrs={"rows": 5}, count=True),
        help_text=_("現在的情形、預計什麼時候好。會出現在公開的事件頁，和每一位反映的民眾的案件頁。"),
    )  # fmt: skip


class AttachForm(Form):
    """A petition that the rule did not find."""

    number = forms.CharField(label=_("案件編號"), max_length=20, widget=Text(width=20))

    def clean_number(self) -> str:
        """However it was typed."""
        return normal_number(self.cleaned_data["number"])


class DetachForm(Form):
    reason = forms.CharField(
        label=_("理由（可不填）"), max_length=500, required=False, widget=Textarea(attrs={"rows": 3}),
        help_text=_("這件會回到原來的待辦，自動列入的規則不會再把它放進來。"),
    )  # fmt: skip


class ClusterFilter(Form):
    """What the list can be narrowed by."""

    q = forms.CharField(label=_("編號或名稱"), max_length=100, required=False, widget=Text)
    kind = forms.ChoiceField(
        label=_("種類"), choices=[("", _("全部")), *ClusterKind.choices], required=False, widget=Select
    )
    state = forms.ChoiceField(
        label=_("狀態"), choices=[("", _("全部")), *ClusterState.choices], required=False, widget=Select
    )
    district = forms.ChoiceField(label=_("行政區"), required=False, widget=Select)

    def __init__(self, *args: Any, districts: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["district"].choices = [("", _("全部")), *districts]
