"""Dated parameters of open data: each with its source, changed by the commission, never in code."""

from datetime import date

from django.utils.translation import gettext_lazy as _

from cityhall.engines.rules.services import declare

declare("open_data.grace_days", 7, unit=_("天"), since=date(2015, 12, 30), source="本府開放資料作業（預設，請依實際規定設定）",
        label=_("開放資料：超過更新頻率幾天以後，算沒有按時更新"))  # fmt: skip
declare("open_data.answer_days", 10, unit=_("工作天"), since=date(2015, 12, 30), source="本府開放資料作業（預設，請依實際規定設定）",
        label=_("開放資料：機關幾個工作天內答復資料需求"))  # fmt: skip
declare("open_data.fetch_hosts", ["*.tycg.gov.tw", "*.gov.tw"], unit=_("主機"), since=date(2015, 12, 30), kind="list",
        source="本府開放資料作業（預設，請依實際規定設定）", label=_("開放資料：可以排程擷取的主機，一行一個；*. 開頭的含其下所有主機"))  # fmt: skip
declare("open_data.fetch_failures", 3, unit=_("次"), since=date(2015, 12, 30), source="本府開放資料作業（預設，請依實際規定設定）",
        label=_("開放資料：排程擷取連續失敗幾次，列入機關待辦"))  # fmt: skip
declare("open_data.quality_patience_days", 2, unit=_("天"), since=date(2015, 12, 30), source="本府開放資料作業（預設，請依實際規定設定）",
        label=_("開放資料：品質檢測連續幾天沒有通過，才列入機關待辦"))  # fmt: skip
