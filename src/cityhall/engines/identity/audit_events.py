"""What identity writes into the trail."""

from django.utils.translation import pgettext_lazy

from cityhall.engines.audit.catalogue import declare

declare(
    {
        "account.opened": pgettext_lazy("稽核軌跡", "建立帳號"),
        "account.signed_in": pgettext_lazy("稽核軌跡", "登入"),
        "account.signed_out": pgettext_lazy("稽核軌跡", "登出"),
        "account.sign_in_failed": pgettext_lazy("稽核軌跡", "登入失敗"),
        "account.sign_in_refused": pgettext_lazy("稽核軌跡", "帳號停用，拒絕登入"),
        "account.locked": pgettext_lazy("稽核軌跡", "登入失敗過多，暫時鎖定"),
        "account.session_ended": pgettext_lazy("稽核軌跡", "結束一個登入"),
        "account.sessions_ended": pgettext_lazy("稽核軌跡", "結束多個登入"),
        "account.assurance_changed": pgettext_lazy("稽核軌跡", "身分驗證等級變更"),
        "account.profile_changed": pgettext_lazy("稽核軌跡", "修改個人資料"),
        "account.email_changed": pgettext_lazy("稽核軌跡", "更換電子郵件"),
        "account.password_changed": pgettext_lazy("稽核軌跡", "更換密碼"),
        "account.password_reset": pgettext_lazy("稽核軌跡", "管理員重設密碼"),
        "account.factor_added": pgettext_lazy("稽核軌跡", "加上驗證方式"),
        "account.factor_removed": pgettext_lazy("稽核軌跡", "移除驗證方式"),
        "account.factors_reset": pgettext_lazy("稽核軌跡", "管理員清除驗證方式"),
        "account.recovery_codes_made": pgettext_lazy("稽核軌跡", "產生救援碼"),
        "account.provider_linked": pgettext_lazy("稽核軌跡", "連結單一簽入身分"),
        "account.provider_refused": pgettext_lazy("稽核軌跡", "單一簽入未通過"),
        "account.disabled": pgettext_lazy("稽核軌跡", "停用帳號"),
        "account.enabled": pgettext_lazy("稽核軌跡", "啟用帳號"),
        "account.expiry_set": pgettext_lazy("稽核軌跡", "設定使用期限"),
        "account.administrator_made": pgettext_lazy("稽核軌跡", "指定系統管理員"),
        "account.administrator_removed": pgettext_lazy("稽核軌跡", "取消系統管理員"),
        "client.created": pgettext_lazy("稽核軌跡", "建立介接系統"),
        "client.changed": pgettext_lazy("稽核軌跡", "修改介接系統"),
        "client.key_rotated": pgettext_lazy("稽核軌跡", "更換金鑰"),
        "client.key_revoked": pgettext_lazy("稽核軌跡", "撤銷金鑰"),
        "client.revoked": pgettext_lazy("稽核軌跡", "停用介接系統"),
    }
)
