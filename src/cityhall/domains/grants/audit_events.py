"""Events of grants."""

from django.utils.translation import gettext_lazy as _

from cityhall.engines.audit.catalogue import declare

declare(
    {
        "grants.exported": _("下載補助提案的清單"),
        "grants.need_decided": _("登錄補助需求的審查結果"),
        "grants.need_submitted": _("提出補助需求"),
        "grants.opened": _("登錄補助徵案"),
        "grants.proposal_decided": _("決定補助提案"),
        "grants.proposed": _("登錄業者提案"),
        "grants.review_begun": _("開始審查補助提案"),
        "grants.signed": _("補助提案簽約，轉為列管計畫"),
    }
)
