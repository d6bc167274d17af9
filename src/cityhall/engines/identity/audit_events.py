"""What identity writes into the trail."""

from django.utils.translation import gettext_lazy as _

from cityhall.engines.audit.catalogue import declare

declare(
    {
        "account.opened": _("建立帳號"),
        "account.signed_in": _("登入"),
        "account.signed_out": _("登出"),
        "account.sign_in_failed": _("登入失敗"),
        "account.sign_in_refused": _("帳號停用，拒絕登入"),
        "account.locked": _("登入失敗過多，暫時鎖定"),
        "account.session_ended": _("結束一個登入"),
        "account.sessions_ended": _("結束多個登入"),
        "account.assurance_changed": _("身分驗證等級變更"),
        "account.profile_changed": _("修改個人資料"),
        "account.email_changed": _("更換電子郵件"),
        "account.password_changed": _("更換密碼"),
        "account.password_reset": _("管理員重設密碼"),
        "account.factor_added": _("加上驗證方式"),
        "account.factor_removed": _("移除驗證方式"),
        "account.factors_reset": _("管理員清除驗證方式"),
        "account.recovery_codes_made": _("產生救援碼"),
        "account.provider_linked": _("連結單一簽入身分"),
        "account.provider_refused": _("單一簽入未通過"),
        "account.disabled": _("停用帳號"),
        "account.enabled": _("啟用帳號"),
        "account.expiry_set": _("設定使用期限"),
        "account.administrator_made": _("指定系統管理員"),
        "account.administrator_removed": _("取消系統管理員"),
        "client.created": _("建立介接系統"),
        "client.changed": _("修改介接系統"),
        "client.key_rotated": _("更換金鑰"),
        "client.key_revoked": _("撤銷金鑰"),
        "client.revoked": _("停用介接系統"),
    }
)
