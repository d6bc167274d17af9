"""The words of the directory: kinds of agency, roles, scopes of a permission, reasons for absence."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class AgencyKind(models.TextChoices):
    """Kinds of agency that take part in the city's work."""

    FIRST_LEVEL = "FIRST_LEVEL", _("一級機關")
    SECOND_LEVEL = "SECOND_LEVEL", _("二級機關")
    DISTRICT_OFFICE = "DISTRICT_OFFICE", _("區公所")
    HOUSEHOLD_OFFICE = "HOUSEHOLD_OFFICE", _("戶政事務所")
    LAND_OFFICE = "LAND_OFFICE", _("地政事務所")
    HEALTH_CENTRE = "HEALTH_CENTRE", _("衛生所")
    SCHOOL = "SCHOOL", _("學校")
    OUTSIDE_BODY = "OUTSIDE_BODY", _("府外機關")


SEVERAL = {
    AgencyKind.FIRST_LEVEL: pgettext_lazy("several", "一級機關"),
    AgencyKind.SECOND_LEVEL: pgettext_lazy("several", "二級機關"),
    AgencyKind.DISTRICT_OFFICE: pgettext_lazy("several", "區公所"),
    AgencyKind.HOUSEHOLD_OFFICE: pgettext_lazy("several", "戶政事務所"),
    AgencyKind.LAND_OFFICE: pgettext_lazy("several", "地政事務所"),
    AgencyKind.HEALTH_CENTRE: pgettext_lazy("several", "衛生所"),
    AgencyKind.SCHOOL: pgettext_lazy("several", "學校"),
    AgencyKind.OUTSIDE_BODY: pgettext_lazy("several", "府外機關"),
}
"""The kinds as headings of lists."""


class Role(models.TextChoices):
    """What a person is trusted with; `docs/roles.csv` says which acts that allows."""

    CITIZEN = "CITIZEN", _("民眾")
    OFFICER = "OFFICER", _("承辦人")
    COORDINATOR = "COORDINATOR", _("研考窗口")
    COUNCIL_LIAISON = "COUNCIL_LIAISON", _("府會聯絡員")
    UNIT_HEAD = "UNIT_HEAD", _("單位主管")
    AGENCY_SECRETARY = "AGENCY_SECRETARY", _("主任秘書")
    AGENCY_HEAD = "AGENCY_HEAD", _("機關首長")
    DISPATCHER = "DISPATCHER", _("分文人員")
    OPERATOR = "OPERATOR", _("話務人員")
    SUPERVISOR = "SUPERVISOR", _("1999督導")
    COMMISSION = "COMMISSION", _("研考會承辦")
    COMMISSION_HEAD = "COMMISSION_HEAD", _("主任委員")
    DUTY = "DUTY", _("值班人員")
    ADMIN = "ADMIN", _("系統管理員")
    ETHICS = "ETHICS", _("政風人員")
    VILLAGE_HEAD = "VILLAGE_HEAD", _("里長")
    COUNCIL_OFFICE = "COUNCIL_OFFICE", _("議員服務處")
    AUDITOR = "AUDITOR", _("稽核人員")
    TESTER = "TESTER", _("測試員")
    JUDGE = "JUDGE", _("評審委員")


APPROVING_ROLES = (Role.UNIT_HEAD, Role.AGENCY_SECRETARY, Role.AGENCY_HEAD)
"""The levels of 分層負責, lowest first."""


class Scope(models.TextChoices):
    """How far a permission reaches, seen from the holder's appointment."""

    OWN = "own", _("自己的")
    UNIT = "unit", _("本單位")
    AGENCY = "agency", _("本機關")
    CITY = "city", _("全市")


class Absence(models.TextChoices):
    """Why somebody is stood in for."""

    LEAVE = "LEAVE", _("請假")
    TRIP = "TRIP", _("公差或出差")
    TRAINING = "TRAINING", _("受訓")
    VACANCY = "VACANCY", _("職務出缺")


class Fate(models.TextChoices):
    """What becomes of a row that names an agency when another agency carries on its work."""

    DECIDE = "DECIDE", _("要有人決定")
    MOVES = "MOVES", _("自動移到承接機關")
    STAYS = "STAYS", _("留在原機關，作為紀錄")
