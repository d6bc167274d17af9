"""What the web layer itself puts into the shared pages."""

from django.utils.translation import gettext_lazy as _

from cityhall.web.navigation import footer_menu, portal_menu
from cityhall.web.portal import portal

portal_menu.add(10, _("反映與查詢"), "web:home")
footer_menu.add(10, _("個人資料保護"), "web:privacy")
footer_menu.add(20, _("無障礙聲明"), "web:accessibility")
footer_menu.add(90, _("關於這個網站"), "web:about")

portal.act(90, _("打1999"), _("24小時有人接聽；聽語障朋友可用文字服務。"), "tel:1999", "phone")
