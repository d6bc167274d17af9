"""Events of contacts."""

from django.utils.translation import gettext_lazy as _

from cityhall.engines.audit.catalogue import declare

declare(
    {
        "contact.agency_answered": _("機關回復轉接的改善"),
        "contact.agency_asked": _("請機關改善轉接"),
        "contact.answered": _("以常見問題答復來電"),
        "contact.begun": _("開始一通接觸"),
        "contact.call_back_promised": _("約定回電"),
        "contact.called_back": _("登錄回電的結果"),
        "contact.case_opened": _("來電登錄陳情"),
        "contact.exported": _("匯出接觸紀錄"),
        "contact.interviewed": _("登錄追蹤訪問"),
        "contact.noted": _("寫下來電備註"),
        "contact.nuisance": _("登錄騷擾電話"),
        "contact.nuisance_decided": _("複核騷擾電話"),
        "contact.number_seen": _("查看回電的電話"),
        "contact.people_forgotten": _("接觸紀錄的來電代碼與備註到期移除"),
        "contact.transfer_told": _("登錄轉接的結果"),
        "contact.transferred": _("轉接機關"),
        "contact.transfers_exported": _("匯出轉接清單"),
        "contact.wrapped_up": _("填寫話後碼"),
    }
)
