"""Events of attachments and of sheets that come in."""

from django.utils.translation import gettext_lazy as _

from cityhall.engines.audit.catalogue import declare

declare(
    {
        "files.stored": _("收下附件"),
        "files.removed": _("移除附件"),
        "files.import_uploaded": _("上傳匯入檔案"),
        "files.import_columns": _("指定匯入檔案的欄位"),
        "files.import_confirmed": _("確認匯入檔案"),
        "files.import_done": _("匯入完成"),
        "files.import_undone": _("收回匯入"),
        "files.import_discarded": _("放棄匯入"),
    }
)
