"""Events of the FAQ base."""

from django.utils.translation import gettext_lazy as _

from cityhall.engines.audit.catalogue import declare

declare(
    {
        "faq.brought_back": _("常見問題重新上架"),
        "faq.chased_exported": _("下載待確認與矛盾的常見問題"),
        "faq.confirmed": _("機關確認常見問題還正確"),
        "faq.contradiction_settled": _("常見問題不算矛盾"),
        "faq.discarded": _("作廢常見問題的草稿"),
        "faq.exported": _("下載常見問題"),
        "faq.imported": _("匯入常見問題"),
        "faq.proposal_decided": _("決定常見問題的新增建議"),
        "faq.proposal_reopened": _("復原常見問題新增建議的決定"),
        "faq.proposals_exported": _("下載常見問題的新增建議"),
        "faq.published": _("公布常見問題"),
        "faq.revised": _("修改常見問題的草稿"),
        "faq.sent_back": _("機關退回常見問題"),
        "faq.submitted": _("送機關審核常見問題"),
        "faq.withdrawn": _("常見問題下架"),
        "faq.written": _("撰寫常見問題"),
    }
)
