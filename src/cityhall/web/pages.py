"""What the web layer itself puts into the shared pages."""

from django.utils.translation import gettext_lazy as _

from cityhall.web.navigation import footer_menu

footer_menu.add(10, _("個人資料保護"), "web:privacy")
footer_menu.add(20, _("無障礙聲明"), "web:accessibility")
footer_menu.add(90, _("關於這個網站"), "web:about")
