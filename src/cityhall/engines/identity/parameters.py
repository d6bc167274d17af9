"""The dated limits of identity, with their sources; a city may set later values of its own."""

from datetime import date

from django.utils.translation import gettext_lazy as _

from cityhall.engines.rules.services import declare

SINCE = date(2016, 1, 1)
BASELINE = "資通安全責任等級分級辦法附表十：資通系統防護基準"
OWN = "本系統預設值"

declare("identity.lock_failures", 5, unit=_("次"), since=SINCE, source=BASELINE, label=_("登入失敗幾次後鎖定"))
declare("identity.lock_minutes", 15, unit=_("分鐘"), since=SINCE, source=BASELINE, label=_("鎖定多久"))
declare("identity.network_failures", 100, unit=_("次"), since=SINCE, source=OWN, label=_("同一網路失敗幾次後鎖定"))
declare(
    "identity.network_codes", 60, unit=_("封"), since=SINCE, source=OWN, label=_("同一網路每15分鐘最多寄出的驗證碼")
)
declare("identity.code_hours", 24, unit=_("小時"), since=SINCE, source=OWN, label=_("驗證碼效期"))
declare("identity.sign_in_code_minutes", 15, unit=_("分鐘"), since=SINCE, source=OWN, label=_("登入驗證碼效期"))
declare("identity.code_tries", 5, unit=_("次"), since=SINCE, source=OWN, label=_("驗證碼可以輸入錯幾次"))
declare("identity.code_resends", 3, unit=_("次"), since=SINCE, source=OWN, label=_("一小時內可以重寄幾次"))
declare("identity.address_codes", 12, unit=_("封"), since=SINCE, source=OWN, label=_("同一信箱一小時內最多幾封驗證碼"))
declare("identity.password_length", 12, unit=_("字元"), since=SINCE, source=OWN, label=_("密碼最短長度"))
declare("identity.passwords_remembered", 3, unit=_("次"), since=SINCE, source=BASELINE, label=_("不可與前幾次密碼相同"))
declare("identity.idle_days", 90, unit=_("天"), since=SINCE, source=BASELINE, label=_("多久沒登入就停用"))
declare(
    "identity.staff_idle_minutes", 15, unit=_("分鐘"), since=SINCE, source=BASELINE, label=_("同仁閒置多久自動登出")
)
declare("identity.staff_session_hours", 12, unit=_("小時"), since=SINCE, source=OWN, label=_("同仁一次登入最長多久"))
declare("identity.citizen_idle_minutes", 120, unit=_("分鐘"), since=SINCE, source=OWN, label=_("民眾閒置多久自動登出"))
declare("identity.citizen_session_hours", 24, unit=_("小時"), since=SINCE, source=OWN, label=_("民眾一次登入最長多久"))
declare("identity.key_overlap_days", 14, unit=_("天"), since=SINCE, source=OWN, label=_("換金鑰後舊金鑰還能用多久"))
declare(
    "identity.keyless_per_minute",
    600,
    unit=_("次"),
    since=SINCE,
    source=OWN,
    label=_("沒有金鑰的程式，同一網路每分鐘最多幾次"),
)
declare("identity.key_days", 365, unit=_("天"), since=SINCE, source=OWN, label=_("金鑰效期"))
