"""Forms of the FAQ base's desk."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.forms import BoundField
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from cityhall.engines.directory.models import Agency
from cityhall.web.forms import DateField, Digits, File, Form, Radios, Select, Text, Textarea

from .models import Entry, Topic, Version
from .rules import lines_of, link_in
from .states import Fate, State

ANY = [("", _("全部"))]
LINES = 30


class EntryFilter(Form):
    """What the desk's list can be narrowed by."""

    q = forms.CharField(label=_("字詞或編號"), max_length=100, required=False, widget=Text)
    agency = forms.ChoiceField(label=_("負責機關"), required=False, widget=Select)
    topic = forms.ChoiceField(label=_("問題類別"), required=False, widget=Select)
    state = forms.ChoiceField(
        label=pgettext_lazy("faq", "狀態"), required=False, widget=Select,
        choices=[
            *ANY, (State.DRAFT, State.DRAFT.label), (State.REVIEW, State.REVIEW.label),
            (State.PUBLISHED, State.PUBLISHED.label), ("WITHDRAWN", pgettext_lazy("faq", "已下架")),
        ],
    )  # fmt: skip
    review = forms.ChoiceField(
        label=_("定期確認"), required=False, widget=Select,
        choices=[*ANY, ("late", _("已過確認期限")), ("soon", _("30天內要確認"))],
    )  # fmt: skip
    valid = forms.ChoiceField(
        label=_("適用期間"), required=False, widget=Select,
        choices=[*ANY, ("now", _("現在適用")), ("coming", _("還沒開始")), ("ending", _("30天內結束")), ("over", _("已結束"))],
    )  # fmt: skip

    def __init__(self, *args: Any, rows: QuerySet[Version], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        keys = rows.order_by().values("entry__agency")
        there = Agency.objects.filter(pk__in=keys).order_by("order", "code")
        self.fields["agency"].choices = [*ANY, *((one.code, one.label) for one in there)]
        topics = Topic.objects.filter(pk__in=rows.order_by().values("entry__topic"))
        self.fields["topic"].choices = [*ANY, *((one.code, one.label) for one in topics)]


class VersionForm(Form):
    """What a version says. Lines are steps, other wordings, pages."""

    agency = forms.ChoiceField(label=_("負責機關"), widget=Select, help_text=_("由這個機關審核，也由它定期確認內容。"))
    topic = forms.ChoiceField(label=_("問題類別"), required=False, widget=Select)
    question = forms.CharField(label=_("問題"), max_length=200, widget=Text, help_text=_("用民眾問的話寫，一句就好。"))
    answer = forms.CharField(
        label=_("答案"), max_length=4000, widget=Textarea(attrs={"rows": 6}),
        help_text=_("先說結論，再說條件。話務人員會照著唸，文字客服會照著貼。"),
    )  # fmt: skip
    aliases = forms.CharField(
        label=_("其他問法"), max_length=2000, required=False, widget=Textarea(attrs={"rows": 3}),
        help_text=_("一行一種，例如「垃圾車幾點來」。"),
    )  # fmt: skip
    steps = forms.CharField(
        label=_("怎麼辦理"),
        max_length=2000,
        required=False,
        widget=Textarea(attrs={"rows": 4}),
        help_text=_("一行一步。"),
    )
    fee = forms.CharField(label=_("費用"), max_length=100, required=False, widget=Text, help_text=_("例如「免費」「新臺幣100元」。"))  # fmt: skip
    days = forms.IntegerField(label=_("幾個工作天"), min_value=0, max_value=999, required=False, widget=Digits(width=4))
    procedure = forms.CharField(label=_("相關的申辦項目"), max_length=100, required=False, widget=Text)
    link = forms.URLField(label=_("申辦網頁"), max_length=300, required=False, widget=Text, assume_scheme="https")
    links = forms.CharField(
        label=_("相關網頁"), max_length=2000, required=False, widget=Textarea(attrs={"rows": 2}),
        help_text=_("一行一個：名稱、空格、網址，例如「清運路線 https://example.org/route」。"),
    )  # fmt: skip
    question_en = forms.CharField(label=_("問題的英文"), max_length=300, required=False, widget=Text)
    answer_en = forms.CharField(
        label=_("答案的英文"), max_length=8000, required=False, widget=Textarea(attrs={"rows": 6})
    )
    steps_en = forms.CharField(label=_("怎麼辦理的英文"), max_length=4000, required=False, widget=Textarea(attrs={"rows": 3}))  # fmt: skip
    fee_en = forms.CharField(label=_("費用的英文"), max_length=200, required=False, widget=Text)
    valid_from = DateField(label=_("自何日起"))
    valid_until = DateField(
        label=_("至何日止"), required=False, help_text=_("活動或暫行措施才填；過了這天民眾就查不到。")
    )
    review_by = DateField(label=_("最晚何時再確認"), required=False, help_text=_("到期會提醒負責機關。"))

    def __init__(self, *args: Any, agencies: QuerySet[Agency], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.agencies = {one.code: one for one in agencies}
        self.topics = {one.code: one for one in Topic.objects.all()}
        self.fields["agency"].choices = [("", _("請選")), *((code, one.label) for code, one in self.agencies.items())]
        self.fields["topic"].choices = [("", _("還沒分類")), *((code, one.label) for code, one in self.topics.items())]

    def clean_links(self) -> str:
        lines = lines_of(self.cleaned_data["links"])
        for n, line in enumerate(lines, 1):
            if link_in(line) is None:
                raise ValidationError(_("第%(n)s行沒有網址。網址要以 https:// 開頭，前面空一格。"), params={"n": n})
        return "\n".join(lines)

    def clean_aliases(self) -> str:
        lines = lines_of(self.cleaned_data["aliases"])
        if len(lines) > LINES or any(len(one) > 200 for one in lines):
            raise ValidationError(_("最多%(n)s種問法，一種最多200個字。"), params={"n": LINES})
        return "\n".join(lines)

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if bool(given.get("question_en")) != bool(given.get("answer_en")):
            missing = "answer_en" if given.get("question_en") else "question_en"
            self.add_error(missing, _("英文的問題和答案要一起填，或都不填。"))
        starts, ends = given.get("valid_from"), given.get("valid_until")
        if starts and ends and ends < starts:
            self.add_error("valid_until", _("不能早於開始的日子。"))
        return given

    def texts(self) -> dict[str, Any]:
        """What the version says."""
        return {name: value for name, value in self.cleaned_data.items() if name not in ("agency", "topic", "code")}

    def parts(self) -> list[tuple[Any, list[BoundField]]]:
        """The fields under their headings."""
        return [
            (heading, [self[name] for name in names if name in self.fields])
            for heading, names in (
                (_("負責與分類"), ("code", "agency", "topic")),
                (_("問與答"), ("question", "answer", "aliases")),
                (_("辦理資訊"), ("steps", "fee", "days", "procedure", "link", "links")),
                (_("英文"), ("question_en", "answer_en", "steps_en", "fee_en")),
                (_("期間"), ("valid_from", "valid_until", "review_by")),
            )
        ]

    @property
    def agency_chosen(self) -> Agency:
        """Whose entry it is."""
        return self.agencies[self.cleaned_data["agency"]]

    @property
    def topic_chosen(self) -> Topic | None:
        """What it is about."""
        return self.topics.get(self.cleaned_data["topic"])


class NewEntryForm(VersionForm):
    """The first version, with the code by which files and links call the entry."""

    code = forms.SlugField(
        label=_("編號"), max_length=40, widget=Text(width=20), help_text=_("英文小寫字母、數字與連字號，例如 street-light；之後不能改。")
    )  # fmt: skip
    field_order = ("code", "agency", "topic")

    def clean_code(self) -> str:
        code: str = self.cleaned_data["code"].lower()
        if Entry.objects.filter(code=code).exists():
            raise ValidationError(_("這個編號已經有人用了。"))
        return code


class ReviewForm(Form):
    agrees = forms.TypedChoiceField(
        label=_("機關的意見"), choices=[("yes", _("內容正確，公布")), ("no", _("退回修改"))],
        coerce=lambda value: value == "yes", widget=Radios(reveals={"no": ["reason"]}),
    )  # fmt: skip
    reason = forms.CharField(
        label=_("哪裡要改"), max_length=500, required=False, widget=Textarea(attrs={"rows": 3}),
        help_text=_("退回時請寫明，撰寫的人會看到。"),
    )  # fmt: skip

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if given.get("agrees") is False and not given.get("reason", "").strip():
            self.add_error("reason", _("請寫明哪裡要改。"))
        return given


class SheetForm(Form):
    """A sheet of entries, and whether their agencies have agreed to them already."""

    sheet = forms.FileField(
        label=_("常見問題的檔案"), widget=File(attrs={"accept": ".csv,.ods,.xlsx"}), help_text=_("CSV、ODS或XLSX。欄位和下載的清單一樣，順序不拘。")
    )  # fmt: skip
    then = forms.ChoiceField(
        label=_("收進來之後"), initial="draft", widget=Radios(reveals={"published": ["basis"]}),
        choices=[("draft", _("存成草稿，再送機關審核")), ("published", _("機關已經確認過，直接公布"))],
    )  # fmt: skip
    basis = forms.CharField(
        label=_("機關確認的依據"), max_length=200, required=False, widget=Text, help_text=_("公文文號或會議，會留在每一題的經過裡。")
    )  # fmt: skip

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if given.get("then") == "published" and not given.get("basis", "").strip():
            self.add_error("basis", _("直接公布，請寫明機關在哪裡確認過。"))
        return given


class ConfirmForm(Form):
    until = DateField(label=_("最晚何時再確認"))


class ProposalForm(Form):
    """What becomes of a question that was asked in vain."""

    fate = forms.ChoiceField(
        label=_("怎麼處理"), widget=Radios(reveals={Fate.ALIAS: ["entry"], Fate.DECLINED: ["reason"]}),
        choices=[(one, one.label) for one in (Fate.ALIAS, Fate.NEW, Fate.DECLINED)],
    )  # fmt: skip
    entry = forms.SlugField(label=_("哪一題的編號"), max_length=40, required=False, widget=Text(width=20))
    reason = forms.CharField(
        label=_("為什麼不採用"), max_length=500, required=False, widget=Textarea(attrs={"rows": 3})
    )

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if given.get("fate") == Fate.ALIAS and "entry" not in self.errors:
            given["entry"] = Entry.objects.select_related("agency", "topic").filter(code=given.get("entry", "")).first()
            if given["entry"] is None:
                self.add_error("entry", _("沒有這個編號。編號在常見問題清單裡，問題的下面。"))
        if given.get("fate") == Fate.DECLINED and not given.get("reason", "").strip():
            self.add_error("reason", _("請寫明為什麼不採用。"))
        return given


class BecauseForm(Form):
    reason = forms.CharField(label=_("理由"), max_length=500, widget=Textarea(attrs={"rows": 3}))


class NothingForm(Form):
    """A page that only asks to be sure."""
