"""Forms of the directory's pages. They check what was typed; the acts check what it means."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any

from django import forms
from django.core.validators import RegexValidator
from django.utils.translation import gettext_lazy as _

from cityhall.engines.identity.models import Account
from cityhall.engines.identity.states import Kind
from cityhall.foundation.clock import at
from cityhall.web import forms as web

from . import registry
from .models import Agency, Appointment, Person, Post, Unit
from .states import APPROVING_ROLES, Absence, AgencyKind, Role

CODE = RegexValidator(r"^[a-z0-9_-]+$", _("代碼只能用小寫英文字母、數字、- 和 _"))


class PersonField(forms.ModelChoiceField):
    """One of the people of an agency, by unit."""

    widget = web.Select

    def label_from_instance(self, obj: Any) -> str:
        """Name and title."""
        return f"{obj.label}（{obj.title_label}）" if obj.title_label else str(obj.label)


def people_at(agencies: Iterable[Any], day: date, *, without: Person | None = None) -> Any:
    """People who serve at one of the agencies on a day, as choices."""
    serving = Appointment.objects.as_of(day).filter(agency__in=agencies).values("person")
    found = Person.objects.filter(pk__in=serving).order_by("code")
    return found.exclude(pk=without.pk) if without else found


class DayField(web.DateField):
    """A day in three boxes."""


class HourField(forms.TypedChoiceField):
    """A half hour of the day."""

    def __init__(self, **kwargs: Any) -> None:
        choices = [(f"{hour}:{minute:02}", f"{hour}:{minute:02}") for hour in range(24) for minute in (0, 30)]
        super().__init__(choices=[*choices, ("24:00", _("24:00（整天）"))], widget=web.Select(width=5), **kwargs)


def instant_of(day: date, hour: str) -> datetime:
    """The instant of a day and a half hour; 24:00 is the next day's beginning."""
    hours, minutes = (int(part) for part in hour.split(":"))
    return at(day) + timedelta(hours=hours, minutes=minutes)


class AgencyForm(web.Form):
    """What an agency is called, where it belongs, how it is reached."""

    code = forms.CharField(
        label=_("機關代碼"),
        help_text=_("設定後不能更改，例如 public_works。"),
        max_length=50,
        validators=[CODE],
        widget=web.Text(width=20),
    )
    kind = forms.ChoiceField(label=_("機關類別"), choices=AgencyKind.choices, widget=web.Select())
    name = forms.CharField(label=_("全銜"), max_length=100, widget=web.Text())
    short_name = forms.CharField(label=_("簡稱"), max_length=40, widget=web.Text(width=20))
    name_en = forms.CharField(label=_("英文名稱"), max_length=150, required=False, widget=web.Text())
    parent = forms.ModelChoiceField(
        Agency.objects.none(), label=_("上級機關"), required=False, empty_label=_("沒有上級機關"), widget=web.Select()
    )
    phone = forms.CharField(label=_("電話"), max_length=40, required=False, widget=web.Phone(width=20))
    fax = forms.CharField(label=_("傳真"), max_length=40, required=False, widget=web.Phone(width=20))
    email = forms.EmailField(label=_("電子郵件"), required=False, widget=web.Email())
    address = forms.CharField(label=_("地址"), max_length=200, required=False, widget=web.Text())
    order = forms.IntegerField(
        label=_("排列順序"), min_value=0, max_value=99999, required=False, widget=web.Digits(width=5)
    )
    on = DayField(label=_("自何日起"))

    def __init__(self, *args: Any, agency: Agency | None = None, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        agencies = Agency.objects.as_of(today)
        self.fields["parent"].queryset = agencies.exclude(pk=agency.pk) if agency else agencies
        if agency is not None:
            del self.fields["code"]
            self.fields["on"].help_text = _("更名或改隸的生效日。之前的公文與案件仍顯示當時的名稱。")
        else:
            self.fields["on"].label = _("成立日")

    def clean_order(self) -> int:
        """No order is the first."""
        return self.cleaned_data["order"] or 0


class ClosingForm(web.Form):
    """The day from which something no longer exists."""

    on = DayField(label=_("裁撤日"), help_text=_("自這一天起不再存在。"))


class UnitClosingForm(ClosingForm):
    """The day, and the unit that takes over."""

    into = forms.ModelChoiceField(
        Unit.objects.none(),
        label=_("承接單位"),
        required=False,
        empty_label=_("沒有承接單位"),
        help_text=_("選了承接單位，人員會自裁撤日起改隸該單位。"),
        widget=web.Select(),
    )

    def __init__(self, *args: Any, unit: Unit, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["into"].queryset = unit.agency.units.as_of(today).exclude(pk=unit.pk)


class SuccessionForm(web.Form):
    """Who carries on, and from when."""

    successor = forms.ModelChoiceField(
        Agency.objects.none(), label=_("承接機關"), empty_label=_("請選擇"), widget=web.Select()
    )
    on = DayField(
        label=_("承接日"), help_text=_("可以是今天，或以後的日子。到了那一天，單位、人員與未結案件會一起移過去。")
    )

    def __init__(self, *args: Any, agency: Agency, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        open_ones = Agency.objects.as_of(today).filter(closed_on__isnull=True)
        self.fields["successor"].queryset = open_ones.exclude(pk=agency.pk)


class UnitForm(web.Form):
    """A unit of an agency."""

    code = forms.CharField(
        label=_("單位代碼"),
        help_text=_("設定後不能更改，例如 street_light。"),
        max_length=50,
        validators=[CODE],
        widget=web.Text(width=20),
    )
    name = forms.CharField(label=_("單位名稱"), max_length=60, widget=web.Text(width=20))
    name_en = forms.CharField(label=_("英文名稱"), max_length=120, required=False, widget=web.Text())
    parent = forms.ModelChoiceField(
        Unit.objects.none(), label=_("上級單位"), required=False, empty_label=_("直屬機關"), widget=web.Select()
    )
    phone = forms.CharField(label=_("電話"), max_length=40, required=False, widget=web.Phone(width=20))
    fax = forms.CharField(label=_("傳真"), max_length=40, required=False, widget=web.Phone(width=20))
    order = forms.IntegerField(
        label=_("排列順序"), min_value=0, max_value=99999, required=False, widget=web.Digits(width=5)
    )

    def __init__(self, *args: Any, agency: Agency, unit: Unit | None = None, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        units = agency.units.as_of(today)
        self.fields["parent"].queryset = units.exclude(pk=unit.pk) if unit else units
        if unit is not None:
            del self.fields["code"]

    def clean_order(self) -> int:
        """No order is the first."""
        return self.cleaned_data["order"] or 0


class PostForm(web.Form):
    """A post of an agency."""

    code = forms.CharField(
        label=_("職缺代碼"),
        help_text=_("設定後不能更改。"),
        max_length=50,
        validators=[CODE],
        widget=web.Text(width=20),
    )
    unit = forms.ModelChoiceField(
        Unit.objects.none(), label=_("單位"), required=False, empty_label=_("不屬於單位"), widget=web.Select()
    )
    title = forms.CharField(label=_("職稱"), max_length=60, widget=web.Text(width=20))
    title_en = forms.CharField(label=_("英文職稱"), max_length=80, required=False, widget=web.Text(width=30))
    extension = forms.CharField(label=_("分機"), max_length=10, required=False, widget=web.Digits(width=5))
    order = forms.IntegerField(
        label=_("排列順序"), min_value=0, max_value=99999, required=False, widget=web.Digits(width=5)
    )

    def __init__(self, *args: Any, agency: Agency, post: Post | None = None, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if post is not None:
            del self.fields["code"], self.fields["unit"]
        else:
            self.fields["unit"].queryset = agency.units.as_of(today)

    def clean_order(self) -> int:
        """No order is the first."""
        return self.cleaned_data["order"] or 0


class PersonForm(web.Form):
    """What is known of a person: business contact only."""

    code = forms.CharField(
        label=_("員工代碼"),
        help_text=_("設定後不能更改。"),
        max_length=50,
        validators=[CODE],
        widget=web.Text(width=20),
    )
    name = forms.CharField(label=_("姓名"), max_length=60, widget=web.Text(width=20))
    name_en = forms.CharField(label=_("英文姓名"), max_length=80, required=False, widget=web.Text(width=30))
    title = forms.CharField(label=_("職稱"), max_length=60, required=False, widget=web.Text(width=20))
    title_en = forms.CharField(label=_("英文職稱"), max_length=80, required=False, widget=web.Text(width=30))
    phone = forms.CharField(label=_("電話"), max_length=40, required=False, widget=web.Phone(width=20))
    extension = forms.CharField(label=_("分機"), max_length=10, required=False, widget=web.Digits(width=5))
    email = forms.EmailField(label=_("公務電子郵件"), required=False, widget=web.Email())
    mobile = forms.CharField(
        label=_("值班聯絡手機"),
        help_text=_("只用來通知值班，不會公開。"),
        max_length=40,
        required=False,
        widget=web.Phone(width=20),
    )

    def __init__(self, *args: Any, person: Person | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if person is not None:
            del self.fields["code"]


class AppointmentForm(web.Form):
    """A role at an agency from a day on."""

    unit = forms.ModelChoiceField(
        Unit.objects.none(), label=_("單位"), required=False, empty_label=_("不屬於單位"), widget=web.Select()
    )
    role = forms.ChoiceField(label=_("角色"), widget=web.Select())
    post = forms.ModelChoiceField(
        Post.objects.none(), label=_("職缺"), required=False, empty_label=_("不占職缺"), widget=web.Select()
    )
    title = forms.CharField(
        label=_("職稱"),
        help_text=_("不填就用職缺或本人的職稱。"),
        max_length=60,
        required=False,
        widget=web.Text(width=20),
    )
    starts_on = DayField(label=_("到任日"))
    ends_on = DayField(label=_("卸任日"), required=False, help_text=_("還不知道就留空。"))

    def __init__(self, *args: Any, agency: Agency, grantable: frozenset[str], today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["unit"].queryset = agency.units.as_of(today)
        self.fields["post"].queryset = agency.posts.as_of(today)
        self.fields["role"].choices = [(role.value, role.label) for role in Role if role in grantable]


class NewPersonForm(PersonForm, AppointmentForm):
    """A person and their first role."""

    field_order = ["code", "name", "name_en", "title", "title_en", "unit", "role", "starts_on", "phone", "extension",
                   "email", "mobile"]  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        del self.fields["post"], self.fields["ends_on"]
        self.fields["title"].help_text = ""
        self.order_fields(self.field_order)


class WhereForm(web.Form):
    """At which agency somebody gets a role."""

    agency = forms.ModelChoiceField(
        Agency.objects.none(), label=_("機關"), empty_label=_("請選擇"), widget=web.Select()
    )

    def __init__(self, *args: Any, agencies: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["agency"].queryset = agencies


class AccountForm(web.Form):
    """The account that signs in for a person."""

    email = forms.EmailField(label=_("帳號的電子郵件"), help_text=_("帳號要先由系統管理員建立。"), widget=web.Email())

    def clean_email(self) -> str:
        """There has to be such an account, and not a citizen's."""
        found = Account.objects.filter(email=self.cleaned_data["email"].lower(), is_active=True).first()
        if found is None or found.kind not in {Kind.OFFICER, Kind.GUEST}:
            raise forms.ValidationError(_("沒有這個同仁或府外機關的帳號"))
        self.account = found
        return str(found.email)


class EndingForm(web.Form):
    """The last day of an appointment."""

    ends_on = DayField(label=_("卸任日"), help_text=_("任職的最後一天。"))


class SpanForm(web.Form):
    """From a day and an hour to a day and an hour."""

    first_day = DayField(label=_("從哪一天開始"))
    from_hour = HourField(label=_("幾點開始"))
    last_day = DayField(label=_("到哪一天為止"))
    to_hour = HourField(label=_("幾點結束"))

    def clean(self) -> dict[str, Any]:
        """Days and hours as two instants."""
        given = super().clean() or {}
        if given.get("first_day") and given.get("from_hour"):
            given["starts_at"] = instant_of(given["first_day"], given["from_hour"])
        if given.get("last_day") and given.get("to_hour"):
            given["ends_at"] = instant_of(given["last_day"], given["to_hour"])
        if "starts_at" in given and "ends_at" in given and given["ends_at"] <= given["starts_at"]:
            self.add_error("last_day", _("結束時間必須晚於開始時間"))
        return given


class AwayForm(SpanForm):
    """I am away from … to …, my deputy is …"""

    deputy = PersonField(Person.objects.none(), label=_("代理人"), empty_label=_("請選擇"))
    reason = forms.ChoiceField(label=_("事由"), choices=Absence.choices, widget=web.Radios(inline=True, small=True))

    def __init__(self, *args: Any, person: Person, today: date, **kwargs: Any) -> None:
        kwargs["initial"] = {
            "first_day": today,
            "last_day": today,
            "from_hour": "0:00",
            "to_hour": "24:00",
            "reason": Absence.LEAVE,
            **kwargs.get("initial", {}),
        }
        super().__init__(*args, **kwargs)
        agencies = Appointment.objects.as_of(today).filter(person=person).values("agency")
        self.fields["deputy"].queryset = people_at(agencies, today, without=person)


class HandOverForm(web.Form):
    """Who takes over all open work."""

    to_person = PersonField(Person.objects.none(), label=_("移交給"), empty_label=_("請選擇"))

    def __init__(self, *args: Any, person: Person, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        agencies = Appointment.objects.filter(person=person).values("agency")
        self.fields["to_person"].queryset = people_at(agencies, today, without=person)


class ShiftForm(SpanForm):
    """One turn of the duty roster."""

    person = PersonField(Person.objects.none(), label=_("值班人員"), empty_label=_("請選擇"))
    phone = forms.CharField(
        label=_("值班電話"),
        help_text=_("不填就用本人的值班聯絡手機。"),
        max_length=40,
        required=False,
        widget=web.Phone(width=20),
    )

    field_order = ["person", "first_day", "from_hour", "last_day", "to_hour", "phone"]

    def __init__(self, *args: Any, agency: Agency, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["person"].queryset = people_at([agency], today)


class LevelForm(web.Form):
    """Whose approval is needed, for which category and stage, from when."""

    category = forms.ChoiceField(label=_("類別"), required=False, widget=web.Select())
    stage = forms.ChoiceField(label=_("階段"), required=False, widget=web.Select())
    role = forms.ChoiceField(
        label=_("核定層級"),
        choices=[(role.value, role.label) for role in APPROVING_ROLES],
        widget=web.Radios(small=True),
    )
    valid_from = DayField(label=_("生效日"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["category"].choices = [("", _("全部類別")), *registry.categories()]
        self.fields["stage"].choices = [("", _("全部階段")), *registry.stages().items()]


class UploadForm(web.Form):
    """A sheet to take in."""

    file = forms.FileField(
        label=_("檔案"),
        help_text=_("CSV、ODS 或 XLSX，最多 5 MB。"),
        widget=web.File(attrs={"accept": ".csv,.ods,.xlsx"}),
    )


class SearchForm(web.Form):
    """The search of the contact list."""

    q = forms.CharField(label=_("搜尋機關、單位、職稱或姓名"), required=False, max_length=100)
