"""What the style guide shows: every component with true-to-life content, long and empty cases included."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from django import forms as django_forms
from django.core.paginator import Paginator
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import pgettext, pgettext_lazy

from cityhall.web import charts, forms, maps
from cityhall.web.markup import tag

PLACE = maps.Spot(121.3046, 24.9854, "桃園區南門里")
LONG_NAME = "龜山區文化二路與復興一路口往機場方向第三根路燈桿傾斜並且整排路燈入夜後完全不亮已經超過兩個星期了請儘快處理"


class Sample(forms.Form):
    """One field of each kind."""

    what = django_forms.CharField(
        label=pgettext_lazy("樣本", "發生什麼事？"),
        help_text=pgettext_lazy("樣本", "用您自己的話寫就好，不必寫機關名稱。"),
        max_length=1000,
        widget=forms.Textarea(count=True),
    )
    title = django_forms.CharField(label=pgettext_lazy("樣本", "主旨"), max_length=60)
    email = django_forms.EmailField(
        label=pgettext_lazy("樣本", "電子郵件"),
        help_text=pgettext_lazy("樣本", "我們會寄驗證碼給您。"),
        widget=forms.Email(width=20),
    )
    code = django_forms.CharField(label=pgettext_lazy("樣本", "驗證碼"), widget=forms.Digits(width=10, spacing=True))
    money = django_forms.CharField(
        label=pgettext_lazy("樣本", "預估金額"),
        required=False,
        widget=forms.Digits(width=10, prefix="NT$", suffix=pgettext_lazy("樣本", "元")),
    )
    password = django_forms.CharField(label=pgettext_lazy("樣本", "密碼"), required=False, widget=forms.Password())
    district = django_forms.ChoiceField(
        label=pgettext_lazy("樣本", "行政區"),
        choices=[
            ("", pgettext_lazy("樣本", "請選擇")),
            ("68000010", pgettext_lazy("樣本", "桃園區")),
            ("68000020", pgettext_lazy("樣本", "中壢區")),
        ],
        widget=forms.Select(),
    )
    answer = django_forms.ChoiceField(
        label=pgettext_lazy("樣本", "要怎麼回復您？"),
        choices=[
            ("email", pgettext_lazy("樣本", "電子郵件")),
            ("phone", pgettext_lazy("樣本", "電話")),
            ("none", pgettext_lazy("樣本", "不必回復")),
        ],
        widget=forms.Radios(
            hints={"none": pgettext_lazy("樣本", "我們仍會處理，只是不再聯絡您。")},
            reveals={"phone": ["phone"]},
            divider_before="none",
        ),
    )
    phone = django_forms.CharField(
        label=pgettext_lazy("樣本", "電話號碼"), required=False, widget=forms.Phone(width=20)
    )
    kinds = django_forms.MultipleChoiceField(
        label=pgettext_lazy("樣本", "看到哪些情形？"),
        choices=[
            ("dark", pgettext_lazy("樣本", "整段路都暗")),
            ("pole", pgettext_lazy("樣本", "燈桿傾斜")),
            ("none", pgettext_lazy("樣本", "都不是")),
        ],
        widget=forms.Checkboxes(exclusive="none", divider_before="none"),
        required=False,
    )
    seen_on = forms.DateField(
        label=pgettext_lazy("樣本", "哪一天看到的？"),
        help_text=pgettext_lazy("樣本", "例如 115 年 3 月 20 日"),
        required=False,
    )
    photos = forms.FilesField(
        label=pgettext_lazy("樣本", "照片"),
        help_text=pgettext_lazy("樣本", "最多5張，每張10 MB以內。"),
        max_files=5,
        required=False,
    )
    agree = django_forms.BooleanField(
        label=pgettext_lazy("樣本", "我已看過個人資料的告知事項"), widget=forms.Checkbox()
    )


def _wrong() -> Sample:
    form = Sample(
        {
            "what": "路燈不亮三天了",
            "email": "someone＠example",
            "answer": "phone",
            "seen_on_year": "115",
            "seen_on_month": "2",
        }
    )
    form.is_valid()
    return form


def _months() -> list[tuple[date, int]]:
    counts = (8012, 6731, 8406, 8655, 9174, 9523, 9886, 9642, 10118, 9037, 8211, 7651)
    return [(date(2016, number + 1, 1), count) for number, count in enumerate(counts)]


def _timeline(now: datetime) -> list[dict[str, Any]]:
    return [
        {
            "title": pgettext("樣本", "工務局給您初步回復"),
            "at": now - timedelta(hours=1),
            "text": pgettext("樣本", "上午已派員查看，是地下電纜受損，要開挖更換，今天無法修好。"),
        },
        {
            "title": pgettext("樣本", "分送到工務局"),
            "at": now - timedelta(hours=6),
            "text": pgettext("樣本", "依您寫的「路燈不亮」與地點判斷。"),
        },
        {
            "title": pgettext("樣本", "您完成驗證，正式成案"),
            "at": now - timedelta(days=1),
            "text": pgettext("樣本", "處理時間從這一刻起算。"),
        },
    ]


def _words() -> dict[str, str]:
    """Words that the style guide hands to components."""
    return {
        "send": pgettext("樣本", "送出"),
        "draft": pgettext("樣本", "存草稿"),
        "withdraw": pgettext("樣本", "撤案"),
        "follow": pgettext("樣本", "看進度"),
        "handling": pgettext("樣本", "承辦中"),
        "urgent": pgettext("樣本", "急迫"),
        "overdue": pgettext("樣本", "逾期"),
        "closed": pgettext("樣本", "已結案"),
        "support": pgettext("樣本", "協辦"),
        "attention": pgettext("樣本", "請注意"),
        "maintenance": pgettext("樣本", "系統今晚11時到12時維護。"),
        "done": pgettext("樣本", "完成"),
        "submitted": pgettext("樣本", "回復已送科長核定。"),
        "managed": pgettext("樣本", "中山路這一段由市府養護。"),
        "final": pgettext("樣本", "送出後不能修改。"),
        "why": pgettext("樣本", "為什麼是工務局"),
        "importing": pgettext("樣本", "匯入"),
        "next": pgettext("樣本", "下一步"),
        "promise": pgettext("樣本", "星期五下午5:30前修好並回復您"),
        "received": pgettext("樣本", "收到了，謝謝您告訴我們"),
        "case": pgettext("樣本", "案件"),
        "talk": pgettext("樣本", "往來"),
        "transfer": pgettext("樣本", "改分"),
        "by_kind": pgettext("樣本", "各類案件"),
        "assign": pgettext("樣本", "一起指派"),
        "nothing": pgettext("樣本", "這裡還沒有案件"),
        "nothing_why": pgettext("樣本", "用這個帳號反映的事會列在這裡，包括進度、回復與期限。"),
        "report": pgettext("樣本", "反映一件事"),
        "monthly": pgettext("樣本", "105年各月成案件數；深色是高於平均的月份"),
        "place": pgettext("樣本", "桃園區南門里，中山路200號附近"),
        "guess": pgettext("樣本", "這是由門牌推算的位置，可能差15公尺左右。拖動圖釘可以修正。"),
        "go_on": pgettext("樣本", "繼續"),
    }


def everything(request: HttpRequest) -> dict[str, Any]:
    """The context of the style guide."""
    now = timezone.now()
    home = request.path
    wrong = "wrong" in request.GET
    districts = [
        (pgettext("樣本", "桃園區"), 22418),
        (pgettext("樣本", "中壢區"), 20967),
        (pgettext("樣本", "平鎮區"), 10384),
        (pgettext("樣本", "八德區"), 9126),
        (pgettext("樣本", "復興區"), 612),
    ]
    unit, source = pgettext("樣本", "件"), pgettext("樣本", "示範資料")
    return {
        "form": _wrong() if wrong else Sample(),
        "wrong": wrong,
        "say": _words(),
        "now": now,
        "late": now - timedelta(hours=2),
        "soon": now + timedelta(hours=1),
        "later": now + timedelta(days=4),
        "marked": {
            "text": "中山路200號前路燈不亮三天了，整段路晚上很暗。",
            "spans": [
                {"start": 8, "end": 12, "weight": 0.9},
                {"start": 18, "end": 19, "weight": 0.1},
                {"start": 21, "end": 23, "weight": 0.25},
            ],
        },
        "crumbs": [
            (pgettext("樣本", "市政數字"), home),
            (pgettext("樣本", "陳情"), home),
            (pgettext("樣本", "成案件數"), ""),
        ],
        "ids": [(pgettext("樣本", "案件編號"), "115-0320-0147"), (pgettext("樣本", "查詢碼"), "K7M4-Q2")],
        "rows": [
            {"key": pgettext("樣本", "發生什麼事"), "value": LONG_NAME, "url": home},
            {"key": pgettext("樣本", "地點"), "value": pgettext("樣本", "桃園區南門里，中山路200號附近"), "url": home},
            {"key": pgettext("樣本", "姓名"), "value": "𠮷村 喆", "url": home},
            {"key": pgettext("樣本", "照片"), "value": "", "url": home},
        ],
        "tasks": [
            {"title": pgettext("樣本", "寫下發生什麼事"), "url": home, "status": pgettext("樣本", "完成")},
            {
                "title": pgettext("樣本", "指出地點"),
                "url": home,
                "hint": pgettext("樣本", "有圖釘或地址就可以"),
                "status": pgettext("樣本", "還沒填"),
                "tone": "amber",
            },
            {"title": pgettext("樣本", "確認並送出"), "url": "", "status": pgettext("樣本", "前面填完才能開始")},
        ],
        "sections": [
            {"text": pgettext("樣本", "辦理"), "url": home, "active": True},
            {"text": pgettext("樣本", "經過"), "url": home, "count": 5},
            {"text": pgettext("樣本", "內部備註"), "url": home},
        ],
        "tabs": [
            {
                "id": "tab-day",
                "label": pgettext("樣本", "今天"),
                "body": tag("p", pgettext("樣本", "今天有3件。"), class_="govuk-body"),
            },
            {
                "id": "tab-week",
                "label": pgettext("樣本", "這一週"),
                "body": tag("p", pgettext("樣本", "這一週有27件。"), class_="govuk-body"),
            },
        ],
        "timeline": _timeline(now),
        "conversation": [
            {
                "sent": False,
                "sender": pgettext("樣本", "陳○○先生"),
                "at": now - timedelta(hours=3),
                "text": pgettext("樣本", "請問什麼時候會修好？"),
            },
            {
                "sent": True,
                "sender": pgettext("樣本", "工務局路燈管理科"),
                "at": now - timedelta(hours=2),
                "text": pgettext("樣本", "預計星期五下午5:30前完成。"),
            },
        ],
        "steps": [
            {
                "title": pgettext("樣本", "已分送工務局"),
                "text": pgettext("樣本", "依您寫的「路燈不亮」與地點判斷。"),
                "done": True,
            },
            {"title": pgettext("樣本", "先回復您查看的結果，最晚"), "when": now + timedelta(hours=20)},
            {
                "title": pgettext("樣本", "請您評分"),
                "text": pgettext("樣本", "不滿意，可以在結案後30天內申請重新處理。"),
            },
        ],
        "columns": [
            {"label": pgettext("樣本", "案件編號"), "sort": "none"},
            {"label": pgettext("樣本", "類別"), "sort": "none"},
            {"label": pgettext("樣本", "件數"), "numeric": True, "sort": "descending"},
        ],
        "cells": [
            [
                {"text": f"115-0320-{number:04}", "url": home},
                {"text": pgettext("樣本", "路燈故障")},
                {"text": f"{count:,}", "value": count, "numeric": True},
            ]
            for number, count in enumerate((1318, 1287, 204, 31), start=1)
        ],
        "tick_rows": [
            {
                "value": number,
                "about": f"115-0320-{number:04}",
                "cells": [f"115-0320-{number:04}", pgettext("樣本", "路燈故障")],
            }
            for number in range(1, 4)
        ],
        "tick_columns": [pgettext("樣本", "案件編號"), pgettext("樣本", "類別")],
        "filters": [
            (pgettext("樣本", "行政區"), [(pgettext("樣本", "桃園區"), "?"), (pgettext("樣本", "中壢區"), "?")])
        ],
        "page_two": Paginator(range(2000), 20).page(2),
        "monthly": charts.bar_by_month(
            pgettext("樣本", "5月到10月高於平均，9月最多"), _months(), unit=unit, source=source
        ),
        "by_district": charts.horizontal_bars(
            pgettext("樣本", "桃園區與中壢區最多"),
            districts,
            unit=unit,
            source=source,
            first_column=pgettext("樣本", "行政區"),
        ),
        "shares": charts.line(
            pgettext("樣本", "回復不夠好的比例，逐月下降"),
            [(date(2016, 8 + n, 1), value) for n, value in enumerate((13.4, 9.9, 8.1, 7.1, 5.8))],
            unit="%",
            source=source,
            places=1,
        ),
        "place": PLACE,
        "near": maps.locator(PLACE, village="68000010026", width=560, height=300, metres=3200),
        "possible": maps.choices(
            [
                maps.Spot(121.3046, 24.9854, "桃園區"),
                maps.Spot(121.2249, 24.9576, "中壢區"),
                maps.Spot(121.2163, 24.8638, "龍潭區"),
            ]
        ),
    }


def desk(request: HttpRequest) -> dict[str, Any]:
    """The context of the desk's sample."""
    now = timezone.now()
    shared = everything(request)
    return {
        "todo": [
            {
                "title": pgettext("樣本", "人孔蓋下陷，機車經過很危險"),
                "due": now - timedelta(hours=2),
                "where": pgettext("樣本", "中壢區中央西路二段"),
                "stage": pgettext("樣本", "初步回復"),
            },
            {
                "title": LONG_NAME,
                "due": now + timedelta(hours=1),
                "where": pgettext("樣本", "龜山區文化二路"),
                "stage": pgettext("樣本", "初步回復"),
            },
            {
                "title": pgettext("樣本", "路燈太亮照進臥室"),
                "due": now + timedelta(days=3),
                "where": pgettext("樣本", "桃園區同德六街"),
                "stage": pgettext("樣本", "正式回復"),
            },
        ],
        "opened": "open" in request.GET,
        "say": shared["say"],
        "marked": shared["marked"],
        "soon": shared["soon"],
        "place": PLACE,
        "top": [
            (pgettext("樣本", "路燈故障　工務局"), 93),
            (pgettext("樣本", "路燈新設　區公所"), 4),
            (pgettext("樣本", "號誌故障　交通局"), 2),
        ],
        "desk_person": {"name": "周亦安", "post": pgettext("樣本", "工務局路燈管理科")},
        "desk_search_url": request.path,
    }
