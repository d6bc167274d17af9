"""Forms of the open-data desk."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from cityhall.engines.directory.models import Agency, Person
from cityhall.engines.subscriptions.forms import email_field
from cityhall.engines.tables.querying import Measure
from cityhall.engines.tables.reading import Column
from cityhall.web.forms import (
    Checkboxes,
    DateField,
    Digits,
    Email,
    File,
    Form,
    Phone,
    Radios,
    Select,
    Text,
    Textarea,
)
from cityhall.web.plots import Kind

from . import contents, rules
from .charting import MOST_NAMES, NUMBERS, USUAL_NAMES, Wanted
from .contests import STAGES
from .contests import TEXTS as CONTEST_TEXTS
from .models import Category, Contest, Dataset, Licence, Prize, Work
from .services import TEXTS
from .states import Check, ContestKind, DatasetKind, Every, Frequency, Outcome, RequestState, ResourceKind, State
from .states import WorkForm as WorkForms

ANY = [("", _("全部"))]


def _text(label: Any, most: int, **more: Any) -> forms.CharField:
    return forms.CharField(label=label, max_length=most, required=False, widget=Text, **more)


def _long(label: Any, most: int, rows: int, **more: Any) -> forms.CharField:
    return forms.CharField(label=label, max_length=most, required=False, widget=Textarea(attrs={"rows": rows}), **more)


class DatasetFilter(Form):
    """What the desk's list can be narrowed by."""

    q = forms.CharField(label=_("字詞或識別碼"), max_length=100, required=False, widget=Text)
    agency = forms.ChoiceField(label=_("提供機關"), required=False, widget=Select)
    state = forms.ChoiceField(
        label=pgettext_lazy("dataset", "狀態"), required=False, widget=Select, choices=[*ANY, *State.choices]
    )
    category = forms.ChoiceField(label=pgettext_lazy("dataset", "服務分類"), required=False, widget=Select)

    updated = forms.ChoiceField(
        label=_("更新情形"), required=False, widget=Select, choices=[*ANY, ("late", _("更新逾期"))]
    )

    def __init__(self, *args: Any, agencies: Iterable[Agency], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["agency"].choices = [*ANY, *((one.code, one.label) for one in agencies)]
        self.fields["category"].choices = [*ANY, *((one.code, one.label) for one in Category.objects.all())]


class RequestForm(Form):
    """What data somebody wishes for."""

    title = forms.CharField(
        label=_("需要什麼資料？"), max_length=100, widget=Text, help_text=_("例如「公車每站上下車人數」。"),
    )  # fmt: skip
    text = forms.CharField(
        label=_("請多說一點"), max_length=2000, widget=Textarea(attrs={"rows": 5}),
        help_text=_("想拿來做什麼、需要哪些欄位、多久更新一次。這段文字會公開，請不要寫姓名、電話等個人資料。"),
    )  # fmt: skip
    email = email_field(_("先寄一組驗證碼，確認是您本人；公開和答復的時候會通知您。信箱不會公開。"))


class JoinForm(Form):
    """Somebody needs it too."""

    email = email_field(_("先寄一組驗證碼，確認是您本人；有答復就通知您。信箱不會公開。"))


class RequestFilter(Form):
    """What lists of requests can be narrowed by."""

    q = forms.CharField(label=_("字詞"), max_length=100, required=False, widget=Text)
    state = forms.ChoiceField(label=pgettext_lazy("data request", "狀態"), required=False, widget=Select)
    agency = forms.ChoiceField(label=_("答復機關"), required=False, widget=Select)

    def __init__(self, *args: Any, agencies: Iterable[Agency], states: Iterable[RequestState], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["state"].choices = [*ANY, *((one.value, one.label) for one in states)]
        self.fields["agency"].choices = [*ANY, *((one.code, one.label) for one in agencies)]


class ShowRequestForm(Form):
    """In which words a request is shown, and who answers it."""

    title = forms.CharField(
        label=_("需要什麼資料"), max_length=100, widget=Text, help_text=_("公開以前，請刪去個人資料與不當的文字。")
    )
    text = forms.CharField(label=_("說明"), max_length=2000, required=False, widget=Textarea(attrs={"rows": 6}))
    agency = forms.ChoiceField(label=_("答復機關"), widget=Select)

    def __init__(self, *args: Any, agencies: Iterable[Agency], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.agencies = {one.code: one for one in agencies}
        self.fields["agency"].choices = [("", _("請選擇")), *((code, one.label) for code, one in self.agencies.items())]


class MoveRequestForm(Form):
    """Who has the data."""

    agency = forms.ChoiceField(label=_("答復機關"), widget=Select)
    reason = forms.CharField(label=_("理由"), max_length=300, widget=Textarea(attrs={"rows": 3}))

    def __init__(self, *args: Any, agencies: Iterable[Agency], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.agencies = {one.code: one for one in agencies}
        self.fields["agency"].choices = [("", _("請選擇")), *((code, one.label) for code, one in self.agencies.items())]


class MergeForm(Form):
    """Which other request asks for the same."""

    number = forms.IntegerField(
        label=_("併入哪一項需求"), min_value=1, max_value=2**31 - 1, widget=Digits(width=5), help_text=_("填編號的數字，例如 D-00012 填 12。"),
    )  # fmt: skip


class AnswerForm(Form):
    """The agency's answer."""

    outcome = forms.ChoiceField(label=_("答復結果"), widget=Radios, choices=Outcome.choices)
    text = forms.CharField(
        label=_("答復內容"), max_length=4000, widget=Textarea(attrs={"rows": 6}),
        help_text=_("會公開。無法開放的，請寫明法規依據與理由；有替代的資料，也請告訴民眾。"),
    )  # fmt: skip
    dataset = _text(_("資料集識別碼"), 40, help_text=_("已開放的才填，例如 transport-000001。"))
    planned_on = DateField(label=_("預計開放日"), required=False, help_text=_("將開放的才填。"))

    def clean_dataset(self) -> Dataset | None:
        """A published dataset, by its identifier."""
        text = self.cleaned_data["dataset"].strip()
        if not text:
            return None
        found = Dataset.objects.published().filter(identifier__iexact=text).first()
        if found is None:
            raise ValidationError(_("沒有這個已經上架的資料集，請看資料集頁面上的識別碼。"))
        return found


class ShowcaseForm(Form):
    """What somebody made of the data."""

    title = forms.CharField(label=_("作品名稱"), max_length=100, widget=Text)
    text = forms.CharField(
        label=_("作品說明"),
        max_length=2000,
        widget=Textarea(attrs={"rows": 5}),
        help_text=_("做什麼用、怎麼用到市政府的資料。"),
    )
    url = forms.CharField(label=_("作品網址"), max_length=500, widget=Text)
    maker = forms.CharField(
        label=_("作者（會公開）"), max_length=60, widget=Text, help_text=_("個人、團隊或公司想公開的稱呼。")
    )
    datasets = forms.CharField(
        label=_("用到的資料集"), max_length=1000, widget=Textarea(attrs={"rows": 3}), help_text=_("資料集識別碼，一行一個，例如 transport-000001。"),
    )  # fmt: skip
    email = email_field(_("先寄一組驗證碼，確認是您本人；審核的結果會通知您。信箱不會公開。"))

    def clean_url(self) -> str:
        """An address of the web."""
        text = str(self.cleaned_data["url"]).strip()
        if not contents.is_web_address(text):
            raise ValidationError(_("網址要以 http:// 或 https:// 開頭。"))
        return text

    def clean_datasets(self) -> list[Dataset]:
        """Published datasets, by their identifiers or their addresses."""
        return datasets_named(self.cleaned_data["datasets"])


def datasets_named(text: str) -> list[Dataset]:
    """Published datasets, one a line, by their identifiers or their addresses. Raises ValidationError for one that is not there."""
    names = dict.fromkeys(
        part.strip().rstrip("/").rpartition("/")[2].lower()
        for part in text.replace(",", "\n").replace("、", "\n").splitlines() if part.strip()
    )  # fmt: skip
    wanted = Q(pk__in=[])
    for name in list(names)[:50]:
        wanted |= Q(identifier__iexact=name)
    found = {one.name: one for one in Dataset.objects.published().filter(wanted)}
    if unknown := [name for name in names if name not in found]:
        raise ValidationError(
            _("沒有這個已經上架的資料集：%(names)s。") % {"names": "、".join(name[:40] for name in unknown[:5])}
        )
    return list(found.values())


DATASETS_HINT = _("資料集識別碼，一行一個，例如 transport-000001。")
STAGE_CHOICES = [(stage.value, label) for stage, label in STAGES.items()]


class ContestFilter(Form):
    """What the list of competitions can be narrowed by."""

    q = forms.CharField(label=_("字詞"), max_length=100, required=False, widget=Text)
    kind = forms.ChoiceField(
        label=pgettext_lazy("contest", "種類"), required=False, widget=Select, choices=[*ANY, *ContestKind.choices]
    )
    stage = forms.ChoiceField(
        label=pgettext_lazy("contest", "進度"), required=False, widget=Select, choices=[*ANY, *STAGE_CHOICES]
    )


class ContestForm(Form):
    """A competition: what it is for, by which rules, when, for which prizes."""

    kind = forms.ChoiceField(
        label=pgettext_lazy("contest", "種類"), choices=ContestKind.choices, widget=Radios, initial=ContestKind.APPS
    )
    title = forms.CharField(label=_("競賽名稱"), max_length=100, widget=Text)
    title_en = _text(_("競賽英文名稱"), 200)
    purpose = forms.CharField(
        label=_("競賽宗旨"),
        max_length=2000,
        widget=Textarea(attrs={"rows": 4}),
        help_text=_("希望大家用資料解決什麼問題。"),
    )
    purpose_en = _long(_("競賽宗旨英文"), 2000, 4)
    terms = forms.CharField(
        label=_("競賽規則"), max_length=8000, widget=Textarea(attrs={"rows": 8}), help_text=_("參賽資格、作品要求、著作權與評分方式。"),
    )  # fmt: skip
    terms_en = _long(_("競賽規則英文"), 8000, 8)
    opens_on = DateField(label=_("開始報名日"))
    closes_on = DateField(label=_("報名與交件截止日"), help_text=_("這一天還可以報名、交件與修改。"))
    held_on = DateField(label=_("競賽日"), help_text=_("黑客松當天，或決賽、評審的那一天。"))
    result_on = DateField(label=_("預計公布結果日"))
    most_members = forms.IntegerField(
        label=_("每隊最多人數"), min_value=1, max_value=50, initial=6, widget=Digits(width=3, suffix=_("人"))
    )
    prizes = forms.CharField(
        label=_("獎項"), max_length=4000, widget=Textarea(attrs={"rows": 5}),
        help_text=_("一行一個，用｜分開：獎項｜獎勵｜幾隊得獎。例如：首獎｜獎金 10 萬元｜1"),
    )  # fmt: skip
    datasets = _long(_("指定使用的資料集"), 2000, 3, help_text=_("資料集識別碼，一行一個；不填，就不限定。"))

    def clean_datasets(self) -> list[Dataset]:
        """Published datasets."""
        return datasets_named(self.cleaned_data["datasets"])

    def clean_prizes(self) -> list[tuple[str, str, int]]:
        """The prizes with how many teams may win each."""
        try:
            return rules.prizes(self.cleaned_data["prizes"])
        except rules.BadPrize as bad:
            raise ValidationError(
                _("第 %(n)s 行看不懂。請寫：獎項｜獎勵｜幾隊得獎，例如「首獎｜獎金 10 萬元｜1」。") % {"n": bad.line}
            ) from None


def initial_of_contest(one: Contest) -> Mapping[str, Any]:
    """What stands in the form of a competition that is there."""
    given = {name: getattr(one, name) for name in ("kind", *CONTEST_TEXTS)}
    given["prizes"] = "\n".join(f"{row.name}｜{row.reward}｜{row.winners}" for row in one.prizes.all())
    given["datasets"] = "\n".join(row.identifier for row in one.datasets.all())
    return given


class TeamForm(Form):
    """A team that takes part."""

    name = forms.CharField(
        label=_("隊名（會公開）"), max_length=60, widget=Text, help_text=_("請不要用真實姓名或聯絡方式當隊名。")
    )
    members = forms.IntegerField(label=_("人數"), min_value=1, max_value=50, widget=Digits(width=3, suffix=_("人")))
    email = email_field(_("隊長的信箱。先寄一組驗證碼，確認以後，交件用的網址寄到這裡；信箱不會公開，競賽結束後刪除。"))


class AgainForm(Form):
    """Where the team's address is sent once more."""

    email = email_field(_("報名時填的隊長信箱。"))


class WorkForm(Form):
    """What a team made."""

    title = forms.CharField(label=_("作品名稱"), max_length=100, widget=Text)
    text = forms.CharField(
        label=_("作品說明"), max_length=2000, widget=Textarea(attrs={"rows": 6}), help_text=_("做什麼用、怎麼用到市政府的資料。請不要寫姓名、電話等個人資料。"),
    )  # fmt: skip
    url = forms.CharField(
        label=_("作品網址"),
        max_length=500,
        widget=Text,
        help_text=_("評審看得到作品的網址，以 http:// 或 https:// 開頭。"),
    )
    form = forms.ChoiceField(label=_("作品形式"), choices=WorkForms.choices, widget=Radios)
    datasets = forms.CharField(
        label=_("用到的資料集"), max_length=1000, widget=Textarea(attrs={"rows": 3}), help_text=DATASETS_HINT
    )

    def clean_url(self) -> str:
        """An address of the web."""
        text = str(self.cleaned_data["url"]).strip()
        if not contents.is_web_address(text):
            raise ValidationError(_("網址要以 http:// 或 https:// 開頭。"))
        return text

    def clean_datasets(self) -> list[Dataset]:
        """Published datasets."""
        return datasets_named(self.cleaned_data["datasets"])


class JudgingForm(Form):
    """Who judges the works, and until when."""

    judges = forms.MultipleChoiceField(
        label=_("評審委員"), widget=Checkboxes, help_text=_("和隊伍有利害關係的委員，評分時要迴避。")
    )
    due_on = DateField(label=_("評審期限"))

    def __init__(self, *args: Any, people: Iterable[Person], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.people = {str(one.pk): one for one in people}
        self.fields["judges"].choices = [(key, one.label) for key, one in self.people.items()]


class AwardForm(Form):
    """Which work wins which prize; most win none."""

    def __init__(self, *args: Any, works: Iterable[tuple[Work, str]], prizes: Iterable[Prize], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.works = {f"work_{one.team.n}": one for one, _words in works}
        self.prizes = {str(one.n): one for one in prizes}
        choices = [("", _("未得獎")), *((key, one.name) for key, one in self.prizes.items())]
        for one, words in works:
            self.fields[f"work_{one.team.n}"] = forms.ChoiceField(
                label=one.title, help_text=words, choices=choices, required=False, widget=Select
            )

    @property
    def chosen(self) -> dict[Work, Prize]:
        """The works that win, with their prizes."""
        given = self.cleaned_data
        return {work: self.prizes[given[name]] for name, work in self.works.items() if given.get(name)}


class SignUpForm(Form):
    """Somebody wants to come to a seminar."""

    email = email_field(_("先寄一組驗證碼，確認是您本人。信箱不會公開，辦完以後刪除。"))


class SeatsForm(Form):
    """How many may sign up."""

    seats = forms.IntegerField(
        label=_("名額"), min_value=1, max_value=100_000, required=False, widget=Digits(width=5, suffix=_("人")),
        help_text=_("不填，就不限人數。"),
    )  # fmt: skip


class QualityFilter(Form):
    """What the list of checks can be narrowed by."""

    agency = forms.ChoiceField(label=_("提供機關"), required=False, widget=Select)
    check = forms.ChoiceField(label=_("未通過的項目"), required=False, widget=Select, choices=[*ANY, *Check.choices])
    stands = forms.ChoiceField(
        label=_("檢測結果"), required=False, widget=Select,
        choices=[("failing", _("有項目未通過")), ("whole", _("全部通過")), ("all", _("全部"))],
    )  # fmt: skip

    def __init__(self, *args: Any, agencies: Iterable[Agency], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["agency"].choices = [*ANY, *((one.code, one.label) for one in agencies)]


class MetadataForm(Form):
    """詮釋資料: the portal's columns and those of the national exchange. What a draft lacks, the review asks for."""

    agency = forms.ChoiceField(label=_("提供機關"), widget=Select)
    title = forms.CharField(
        label=_("資料集名稱"), max_length=200, widget=Text, help_text=_("不必寫機關名稱。用民眾會找的字詞，例如「公有停車場即時剩餘車位」。"),
    )  # fmt: skip
    title_en = _text(_("資料集英文名稱"), 300)
    description = _long(_("資料集描述"), 8000, 5, help_text=_("這些資料是什麼、怎麼來的、可以拿來做什麼。"))
    description_en = _long(_("資料集英文描述"), 8000, 4)
    fields_text = _long(
        _("主要欄位說明"), 8000, 6, help_text=_("一行一個欄位：名稱（說明），例如「行政區（停車場所在的區）」。")
    )
    category = forms.ChoiceField(label=pgettext_lazy("dataset", "服務分類"), required=False, widget=Select)
    tags = _text(_("標籤／關鍵字"), 1000, help_text=_("用頓號或逗號分開。"))
    kind = forms.ChoiceField(label=_("資料集類型"), choices=DatasetKind.choices, widget=Radios(inline=True))
    frequency = forms.ChoiceField(label=_("更新頻率"), choices=Frequency.choices, widget=Select)
    licence = forms.ChoiceField(label=_("授權方式"), required=False, widget=Select)
    covers_from = DateField(label=_("收錄期間（起）"), required=False)
    covers_to = DateField(label=_("收錄期間（迄）"), required=False)
    spatial = _text(_("空間範圍"), 100)
    amount = forms.IntegerField(
        label=_("資料量"), min_value=0, max_value=2**31 - 1, required=False, widget=Digits(width=10), help_text=_("幾筆。"),
    )  # fmt: skip
    encoding = _text(_("編碼格式"), 60)
    link = _text(_("資料連結網址"), 500)
    about_url = _text(_("資料集說明網址"), 500)
    cost = _text(_("計費方式"), 100)
    cost_url = _text(_("計費說明網址"), 300)
    cost_law = _text(_("計費法令依據"), 200)
    contact_name = _text(_("聯絡人"), 60)
    contact_phone = forms.CharField(label=_("聯絡電話"), max_length=40, required=False, widget=Phone)
    contact_email = forms.EmailField(label=_("聯絡電子郵件"), required=False, widget=Email)
    notes = _long(_("備註"), 4000, 3)

    def __init__(self, *args: Any, agencies: Iterable[Agency], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.agencies = {one.code: one for one in agencies}
        self.categories = {one.code: one for one in Category.objects.all()}
        self.licences = {one.code: one for one in Licence.objects.all()}
        ask = ("", _("請選擇"))
        self.fields["agency"].choices = [ask, *((code, one.label) for code, one in self.agencies.items())]
        self.fields["category"].choices = [ask, *((code, one.label) for code, one in self.categories.items())]
        self.fields["licence"].choices = [ask, *((code, one.label) for code, one in self.licences.items())]

    def _address(self, name: str) -> str:
        text = str(self.cleaned_data[name])
        if text and not contents.is_web_address(text):
            raise ValidationError(_("網址要以 http:// 或 https:// 開頭。"))
        return text

    def clean_link(self) -> str:
        """An address of the web."""
        return self._address("link")

    def clean_about_url(self) -> str:
        """An address of the web."""
        return self._address("about_url")

    def clean_cost_url(self) -> str:
        """An address of the web."""
        return self._address("cost_url")

    def clean(self) -> dict[str, Any]:
        """What is covered ends after it begins."""
        given = super().clean() or {}
        if not rules.coverage_holds(given.get("covers_from"), given.get("covers_to")):
            self.add_error("covers_to", _("收錄期間的結束日不能早於開始日。"))
        return given

    @property
    def agency_chosen(self) -> Agency:
        """The agency that answers for it."""
        return self.agencies[self.cleaned_data["agency"]]

    def texts(self) -> dict[str, Any]:
        """What is said of the dataset, as acts take it."""
        given = {name: self.cleaned_data[name] for name in TEXTS}
        given["category"] = self.categories.get(given["category"])
        given["licence"] = self.licences.get(given["licence"])
        return given

    def tag_names(self) -> list[str]:
        """The tags, each once."""
        return rules.listed(self.cleaned_data["tags"].replace("、", ","))


def initial_of(one: Dataset) -> Mapping[str, Any]:
    """What stands in the form of a dataset that is there."""
    given = {name: getattr(one, name) for name in TEXTS}
    given |= {"agency": one.agency.code, "tags": "、".join(one.tag_names)}
    given["category"] = one.category.code if one.category else ""
    given["licence"] = one.licence.code if one.licence else ""
    return given


class ResourceForm(Form):
    """Another way in which a dataset is had."""

    kind = forms.ChoiceField(
        label=_("資源類型"), choices=ResourceKind.choices, widget=Radios, initial=ResourceKind.FILE
    )
    name = forms.CharField(label=_("資源名稱"), max_length=200, widget=Text)
    name_en = _text(_("資源英文名稱"), 300)
    description = _long(_("資源說明"), 2000, 3)
    format = _text(_("資源格式"), 20, help_text=_("例如 CSV、JSON、XML、SHP。上傳檔案時可以不填，由檔案內容判斷。"))
    encoding = _text(_("編碼格式"), 20)
    url = _text(_("資源網址"), 500, help_text=_("連結與即時資料才填。"))


class ScheduleForm(Form):
    """Where new versions come from, and how often."""

    url = forms.CharField(
        label=_("擷取的網址"), max_length=500, widget=Text, help_text=_("直接下載檔案的網址，主機要在允許的清單裡。")
    )
    every = forms.ChoiceField(label=_("多久擷取一次"), choices=Every.choices, widget=Radios, initial=Every.DAILY)


class UploadForm(Form):
    """New bytes of a resource."""

    upload = forms.FileField(label=pgettext_lazy("resource", "檔案"), widget=File)
    note = _text(_("版本說明"), 300, help_text=_("和上一版差在哪裡。會公開。"))


class ReasonForm(Form):
    """Why."""

    reason = forms.CharField(label=_("理由"), max_length=300, widget=Textarea(attrs={"rows": 3}))


class ReviewForm(Form):
    """A reviewer's word."""

    verdict = forms.ChoiceField(label=_("審核結果"), widget=Radios, choices=[("yes", _("同意")), ("no", _("退回修改"))])
    reason = _long(_("退回的理由"), 300, 3, help_text=_("退回時要寫，承辦人會看到。"))

    def clean(self) -> dict[str, Any]:
        """Whoever sends back says why."""
        given = super().clean() or {}
        if given.get("verdict") == "no" and not given.get("reason"):
            self.add_error("reason", _("請寫明哪裡要改。"))
        return given


class CheckForm(ReviewForm):
    """A word on a work, as it was when the form was opened."""

    seen = forms.CharField(widget=forms.HiddenInput, max_length=40)

    def clean_seen(self) -> datetime:
        """When the work had last been changed."""
        try:
            return datetime.fromisoformat(self.cleaned_data["seen"])
        except ValueError:
            raise ValidationError(_("請回作品頁，重新開始檢核。")) from None


class ConfirmForm(Form):
    """Nothing to fill in."""


class ListForm(Form):
    """A portal's list."""

    upload = forms.FileField(label=_("資料集清單"), widget=File, help_text=_("CSV，欄位和下載的清單一樣。"))


class ChartForm(Form):
    """What is drawn of a resource; sent by its address, so that a chart is a link."""

    kind = forms.ChoiceField(
        label=_("圖的種類"), widget=Select,
        choices=[(Kind.BARS, _("長條")), (Kind.LINE, _("折線")), (Kind.AREA, _("面積")), (Kind.POINTS, _("點")), (Kind.SHARE, _("占比"))],
    )  # fmt: skip
    axis = forms.ChoiceField(label=_("依哪一欄"), widget=Select)
    by = forms.ChoiceField(
        label=_("日期合併成"), required=False, widget=Select, choices=[("month", _("月")), ("year", _("年")), ("day", _("日"))],
        help_text=_("依日期的欄位時才有用。"),
    )  # fmt: skip
    how = forms.ChoiceField(
        label=_("算什麼"), widget=Select,
        choices=[(Measure.COUNT, _("筆數")), (Measure.SUM, _("合計")), (Measure.AVG, _("平均")), (Measure.MIN, _("最小值")), (Measure.MAX, _("最大值"))],
    )  # fmt: skip
    of = forms.ChoiceField(label=_("哪一欄的數值"), required=False, widget=Select, help_text=_("算筆數時不用選。"))
    colour = forms.ChoiceField(label=_("以哪一欄分色"), required=False, widget=Select)
    order = forms.ChoiceField(
        label=_("項目的順序"), required=False, widget=Select,
        choices=[("most", _("由大到小")), ("least", _("由小到大")), ("name", _("依名稱"))],
    )  # fmt: skip
    most = forms.IntegerField(
        label=_("最多幾項"), required=False, min_value=1, max_value=MOST_NAMES, initial=USUAL_NAMES, widget=Digits(attrs={"class": "govuk-input--width-4"}),
    )  # fmt: skip

    def __init__(self, *args: Any, columns: Iterable[Column], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        columns = list(columns)
        names = [(one.name, one.name) for one in columns]
        numbers = [(one.name, one.name) for one in columns if one.kind in NUMBERS]
        choices = {"axis": names, "of": [("", _("不選")), *numbers], "colour": [("", _("不分色")), *names]}
        for name, found in choices.items():
            self.fields[name].choices = found
            self.fields[name].error_messages["invalid_choice"] = _("這份資料沒有這樣的欄位，請重新選擇")

    @property
    def wanted(self) -> Wanted:
        """What is drawn."""
        given = self.cleaned_data
        return Wanted(
            Kind(given["kind"]), given["axis"], given["by"] or "month", Measure(given["how"]), given["of"], given["colour"],
            given["order"] or "most", given["most"] or USUAL_NAMES,
        )  # fmt: skip
