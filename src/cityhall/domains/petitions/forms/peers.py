"""Outside bodies' Open311: where it is, which categories are which services, and what stood in the way, in words."""

from __future__ import annotations

import ipaddress
from datetime import date, datetime
from typing import Any
from urllib.parse import urlsplit

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from cityhall.engines.directory.states import AgencyKind
from cityhall.engines.outbox.calls import may_be_called
from cityhall.web.forms import Form, Password, Select, Text

from ..models import Endpoint, EndpointService
from ..peer_rules import Trouble
from ..services.endpoints import categories_in_use
from .desk import agencies, agency_field

TROUBLES = {
    Trouble.FORBIDDEN: _("這個網址指向內部網路，或沒有加密，系統不會連過去。"),
    Trouble.UNREACHABLE: _("連不上對方的主機：網址可能打錯，或對方主機停機。"),
    Trouble.SILENT: _("對方沒有在時間內回應完整的資料。"),
    Trouble.BUSY: _("對方系統忙碌或故障，系統會晚一點再試。"),
    Trouble.KEY: _("對方不接受我們的金鑰，請向對方確認後重新填寫。"),
    Trouble.REFUSED: _("對方不接受送去的資料。"),
    Trouble.MISSING: _("對方說沒有這個網址、轄區、服務或案件。"),
    Trouble.MOVED: _("對方的網址搬家了，請改成新的網址。"),
    Trouble.XML: _("對方只會用 XML 回應；本系統只讀 JSON，請對方開放 JSON，或用公文。"),
    Trouble.GARBLED: _("對方回應的不是 Open311 的資料，可能是網頁或錯誤畫面。"),
    Trouble.TOO_LARGE: _("對方回應的資料太大，系統沒有讀完。"),
}
BY_LETTER, AS_DEFAULT = "letter", "default"


def trouble_words(code: str) -> str:
    """What stood in the way, in a sentence."""
    return str(TROUBLES[Trouble(code)]) if code in Trouble.__members__.values() else ""


class EndpointForm(Form):
    """Where a body's Open311 server is."""

    agency = agency_field(_("府外機關"))
    base_url = forms.CharField(
        label=_("網址"), max_length=300, widget=Text,
        help_text=_("到版本為止，例如 https://city.example/open311/v2；後面的 services.json 由系統加上。"),
    )  # fmt: skip
    jurisdiction = forms.CharField(
        label=_("轄區代碼（對方要求才填）"), max_length=100, required=False, widget=Text(width=20)
    )
    api_key = forms.CharField(
        label=pgettext_lazy("endpoint", "金鑰"), max_length=300, required=False,
        widget=Password(attrs={"autocomplete": "new-password"}, width=30),
        help_text=_("對方發給本府的 api_key。存入後不再顯示；修改時空著，就沿用原來的。"),
    )  # fmt: skip

    def __init__(self, *args: Any, on: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["agency"].queryset = agencies(on).filter(kind=AgencyKind.OUTSIDE_BODY)

    def clean_base_url(self) -> str:
        """An address that the outbox would call, as far as that can be said without asking for it."""
        url = str(self.cleaned_data["base_url"]).rstrip("/")
        try:
            parts = urlsplit(url)
            host, _port = parts.hostname or "", parts.port
        except ValueError as error:
            raise ValidationError(_("網址的格式不對。")) from error
        if not host or parts.username or parts.password or parts.query or parts.fragment or not url.isascii():
            raise ValidationError(_("請填完整的網址，不要有帳號密碼、問號或井字號。"))
        if any(char.isspace() for char in url):
            raise ValidationError(_("網址的格式不對。"))
        here = host == "localhost" or _is_loopback(host)
        if parts.scheme != "https" and not (parts.scheme == "http" and here and settings.CALLS_LOOPBACK):
            raise ValidationError(_("網址要用 https:// 開頭。"))
        if not _may_be_called(host):
            raise ValidationError(_("這個網址指向內部網路，不能使用。"))
        return url


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _may_be_called(host: str) -> bool:
    if host == "localhost" or host.endswith(".localhost"):
        return bool(settings.CALLS_LOOPBACK)
    try:
        return may_be_called(host, loopback=settings.CALLS_LOOPBACK)
    except ValueError:
        return True  # a name: what it leads to is looked at when it is called


class MappingForm(Form):
    """Which service each category is."""

    default = forms.ChoiceField(
        label=_("沒有另外選的類別"), required=False, widget=Select,
        help_text=_("選「用公文」，就只有下面選了服務的類別會用 Open311。"),
    )  # fmt: skip

    def __init__(self, *args: Any, endpoint: Endpoint, at: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        services = [(one.code, _option(one)) for one in endpoint.services.filter(gone=False)]
        held = {one.category_id: one.service for one in endpoint.mappings.all()}
        codes = {code for code, _label in services}
        field = self.fields["default"]
        field.choices = [("", _("用公文")), *services]
        field.initial = endpoint.default_service if endpoint.default_service in codes else ""
        self.categories = categories_in_use(at)
        for category in self.categories:
            code = held.get(category.pk)
            self.fields[f"c{category.pk}"] = forms.ChoiceField(
                label=category.label, required=False, widget=Select,
                choices=[(AS_DEFAULT, _("同上面的設定")), (BY_LETTER, _("用公文")), *_prefixed(services)],
                initial=AS_DEFAULT if code is None or (code and code not in codes) else f"s:{code}" if code else BY_LETTER,
            )  # fmt: skip

    def given(self) -> dict[str, Any]:
        """As the act wants it."""
        chosen = {one.pk: self.cleaned_data[f"c{one.pk}"] for one in self.categories}
        return {
            "default": self.cleaned_data["default"],
            "services": {
                pk: None if code in (AS_DEFAULT, "") else "" if code == BY_LETTER else code[2:]
                for pk, code in chosen.items()
            },
        }


def _option(service: EndpointService) -> str:
    return f"{service.name}（{service.code}）"


def _prefixed(services: list[tuple[str, str]]) -> list[tuple[str, str]]:
    return [(f"s:{code}", label) for code, label in services]


class GivenForm(Form):
    """What we always answer to what one of their services asks."""

    def __init__(self, *args: Any, service: EndpointService, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.codes = {f"a{n}": one["code"] for n, one in enumerate(service.asked)}
        for n, one in enumerate(service.asked):
            help_text = _("對方要求必填") if one["required"] else _("可不填")
            common = {"label": one["label"], "required": False, "help_text": help_text}
            initial = service.given.get(one["code"], "")
            if one["values"]:
                choices = [("", _("不填")), *((key, name or key) for key, name in one["values"])]
                self.fields[f"a{n}"] = forms.ChoiceField(choices=choices, widget=Select, initial=initial, **common)
            else:
                self.fields[f"a{n}"] = forms.CharField(max_length=200, widget=Text, initial=initial, **common)

    def given(self) -> dict[str, str]:
        """Code by code."""
        return {code: str(self.cleaned_data[name]) for name, code in self.codes.items()}
