"""Dated parameters of the operator's desk: each with its source, changed by the commission, never in code."""

from datetime import date

from django.utils.translation import gettext_lazy as _

from cityhall.engines.rules.services import declare

SINCE = date(2015, 1, 1)
SOURCE = "本府1999話務作業"

declare("contacts.talk_minutes", 10, unit=_("分鐘"), since=SINCE, source=SOURCE,
        label=_("1999：一通電話以幾分鐘為限"))  # fmt: skip
declare("contacts.greeting", ["市政專線1999，您好，敝姓○，很高興為您服務。", "本通電話全程錄音，請問有什麼可以幫您？"], unit="",
        since=SINCE, kind="list", source=SOURCE, label=_("1999：開場白，每項一句"))  # fmt: skip
declare("contacts.nuisance_script", ["您的用語已影響服務，請您理性陳述，否則將結束通話。", "第二次提醒，若再有不當言詞，將結束本次通話。"], unit="",
        since=SINCE, kind="list", source=SOURCE, label=_("1999：騷擾電話的警告稿，每項一次"))  # fmt: skip
declare("contacts.nuisance_days", 30, unit=_("天"), since=SINCE, source="本系統預設值",
        label=_("1999：騷擾電話確認後，提醒話務人員幾天"))  # fmt: skip
declare("contacts.keep_days", 730, unit=_("天"), since=SINCE, source="本系統預設值",
        label=_("1999：接觸紀錄的來電代碼與備註保存幾天"))  # fmt: skip
declare("contacts.transfer_working_days", 7, unit=_("工作天"), since=SINCE, source=SOURCE,
        label=_("1999：轉接忙線或無人接聽，幾個工作天內請機關回復怎麼改善"))  # fmt: skip
declare("contacts.alarm_waiting", 5, unit=_("通"), since=SINCE, source="本系統預設值",
        label=_("1999戰情板：等候超過幾通就示警"))  # fmt: skip
declare("contacts.alarm_wait_seconds", 60, unit=_("秒"), since=SINCE, source="本系統預設值",
        label=_("1999戰情板：最久等候超過幾秒就示警"))  # fmt: skip
declare("contacts.alarm_level_percent", 80, unit="%", since=SINCE, source=SOURCE,
        label=_("1999戰情板：半小時及時接聽率低於百分之幾就示警"))  # fmt: skip
declare("contacts.storm_calls", 10, unit=_("通"), since=SINCE, source="本系統預設值",
        label=_("1999戰情板：半小時內同一件事至少幾通才算湧入"))  # fmt: skip
declare("contacts.storm_times", 3, unit=_("倍"), since=SINCE, source="本系統預設值",
        label=_("1999戰情板：同一件事是平常的幾倍以上算湧入"))  # fmt: skip
