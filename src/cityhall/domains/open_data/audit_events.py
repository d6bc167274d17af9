"""Events of the open-data catalogue."""

from django.utils.translation import gettext_lazy as _

from cityhall.engines.audit.catalogue import declare

declare(
    {
        "open_data.entered": _("建立資料集"),
        "open_data.revised": _("修改資料集的詮釋資料"),
        "open_data.submitted": _("資料集送機關審核"),
        "open_data.agreed": _("機關同意資料集上架"),
        "open_data.sent_back": _("退回資料集"),
        "open_data.published": _("資料集上架"),
        "open_data.withdrawn": _("資料集下架"),
        "open_data.brought_back": _("資料集重新上架"),
        "open_data.resource_added": _("新增資料資源"),
        "open_data.resource_removed": _("移除資料資源"),
        "open_data.version_added": _("上傳資料資源的新版本"),
        "open_data.version_read": _("新版本讀成表格"),
        "open_data.version_refused": _("新版本無法讀取"),
        "open_data.version_confirmed": _("確認公開資料資源的新版本"),
        "open_data.list_imported": _("匯入資料集清單"),
        "open_data.exported": _("下載資料集清單"),
        "open_data.fetch_scheduled": _("設定排程擷取"),
        "open_data.fetch_stopped": _("停止排程擷取"),
        "open_data.fetch_asked": _("要求立即擷取"),
        "open_data.fetch_failed": _("排程擷取失敗"),
        "open_data.request_received": _("收到資料需求"),
        "open_data.request_shown": _("公開資料需求"),
        "open_data.request_moved": _("資料需求改由其他機關答復"),
        "open_data.request_declined": _("不公開資料需求"),
        "open_data.request_merged": _("併入其他資料需求"),
        "open_data.request_answered": _("答復資料需求"),
        "open_data.requests_exported": _("下載資料需求清單"),
        "open_data.showcase_proposed": _("收到應用案例"),
        "open_data.showcase_decided": _("審核應用案例"),
        "open_data.quality_asked": _("要求重新檢測資料品質"),
        "open_data.quality_exported": _("下載品質檢測結果"),
    }
)
