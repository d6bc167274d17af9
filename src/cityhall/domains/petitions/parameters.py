"""Dated parameters of petitions: each with its source, changed by the commission, never in code."""

from datetime import date

from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from cityhall.engines.rules.services import declare

from .states import KeptAs, KeptIn

SINCE = date(2016, 8, 1)

declare(
    "petitions.unconfirmed_days",
    7,
    unit=_("天"),
    since=SINCE,
    source="本府陳情案件驗證作業",
    label=_("未驗證的反映保留幾天"),
)
declare(
    "petitions.unconfirmed_purge_days", 30, unit=_("天"), since=SINCE, source="個人資料保護法第 11 條",
    label=_("未驗證的反映幾天後清除個人資料"),
)  # fmt: skip
declare(
    "petitions.consent_days", 90, unit=_("天"), since=SINCE, source="本系統預設值",
    label=_("民眾同意由人代為反映，幾天內有效"),
)  # fmt: skip
declare(
    "petitions.answer_working_days",
    10,
    unit=_("工作天"),
    since=SINCE,
    source="本府陳情案件作業規定",
    label=_("補正最多等幾個工作天"),
)
declare(
    "petitions.return_working_days",
    1,
    unit=_("工作天"),
    since=SINCE,
    source="本府陳情案件作業規定",
    label=_("一般案件幾個工作天內可退回改分"),
)
declare(
    "petitions.return_urgent_hours",
    4,
    unit=_("小時"),
    since=SINCE,
    source="本府陳情案件作業規定",
    label=_("急迫案件幾小時內可退回改分"),
)
declare(
    "petitions.reopen_days",
    30,
    unit=_("天"),
    since=SINCE,
    source="本府陳情案件作業規定",
    label=_("回復後幾天內可申請重新處理"),
)
declare(
    "petitions.close_days", 14, unit=_("天"), since=SINCE, source="本府陳情案件作業規定", label=_("回復後幾天自動結案")
)
declare(
    "petitions.most_extensions", 2, unit=_("次"), since=SINCE, source="本府陳情案件作業規定", label=_("最多展期幾次")
)
declare(
    "petitions.legal_cap_days",
    30,
    unit=_("天"),
    since=SINCE,
    source="行政院及所屬各機關處理人民陳情案件要點",
    label=_("法定最長辦理天數"),
)
declare(
    "petitions.default_working_days",
    14,
    unit=_("工作天"),
    since=SINCE,
    source="本府陳情案件作業規定",
    label=_("尚未分類時的辦理期限"),
)
declare("petitions.draft_days", 14, unit=_("天"), since=SINCE, source="本府網站服務說明", label=_("草稿保留幾天"))
declare(
    "petitions.upload_link_days",
    14,
    unit=_("天"),
    since=SINCE,
    source="本府網站服務說明",
    label=_("廠商上傳連結幾天內有效"),
)
declare(
    "petitions.outside_answer_days", 15, unit=_("工作天"), since=SINCE, source="本府陳情案件作業規定",
    label=_("移送府外機關後，幾個工作天內請對方回復"),
)  # fmt: skip
declare(
    "petitions.outside_remind_days", 5, unit=_("工作天"), since=SINCE, source="本府陳情案件作業規定",
    label=_("催請府外機關後，再給幾個工作天"),
)  # fmt: skip
declare(
    "petitions.outside_ask_hours", 4, unit=_("小時"), since=SINCE, source="本系統預設值",
    label=_("每隔幾小時以 Open311 詢問府外機關"),
)  # fmt: skip
declare(
    "petitions.most_parts", 6, unit=_("件"), since=SINCE, source="本府陳情案件作業規定", label=_("一件最多拆成幾件")
)
declare("petitions.most_photos", 5, unit=_("張"), since=SINCE, source="本府網站服務說明", label=_("一件最多幾個附件"))
declare(
    "petitions.danger_words",
    ["瓦斯外洩", "瓦斯味", "觸電", "漏電", "有人受傷", "受傷", "流血", "昏倒", "失火", "起火", "火災", "爆炸", "溺水", "落水",
     "倒塌", "快倒了", "壓到人", "電線掉", "電線垂", "打人", "持刀", "家暴", "救命", "自殺", "想死", "不想活", "跳樓", "割腕"],
    unit="", since=SINCE, kind="list", source="本府危險通報作業", label=_("危險字詞：先請民眾撥 110、119"),
)  # fmt: skip
declare(
    "petitions.always_person_words",
    ["自殺", "想死", "不想活", "跳樓", "家暴", "性騷擾", "性侵", "虐待兒童", "持刀", "恐嚇", "貪污", "貪汙", "收賄", "索賄", "圖利",
     "關說", "檢舉公務員", "市長", "局長", "議員", "里長", "國賠", "國家賠償", "訴願", "提告"],
    unit="", since=SINCE, kind="list", source="本系統預設值", label=_("一律由人員判定的字詞"),
)  # fmt: skip
declare(
    "petitions.desk_agency", "rdec", unit="", since=SINCE, kind="text", source="本府陳情案件作業規定",
    label=_("由哪個機關的分文人員派案"),
)  # fmt: skip
declare(
    "petitions.replay_days", 90, unit=_("天"), since=SINCE, source="本系統預設值",
    label=_("規則修改前，用最近幾天的案件試算"),
)  # fmt: skip
declare(
    "petitions.replay_most", 50_000, unit=_("件"), since=SINCE, source="本系統預設值",
    label=_("規則修改前，最多用幾件案件試算"),
)  # fmt: skip
declare(
    "petitions.replay_at_once", 3_000, unit=_("件"), since=SINCE, source="本系統預設值",
    label=_("試算超過幾件時改在背景進行"),
)  # fmt: skip

REPEATS = "行政院及所屬各機關處理人民陳情案件要點"
declare("petitions.repeats_count", 3, unit=_("件"), since=SINCE, source="本府陳情案件作業規定",
        label=_("同一人相近的陳情幾件，就請承辦單位審酌是否提報列管"))  # fmt: skip
declare("petitions.repeats_days", 90, unit=_("天"), since=SINCE, source="本府陳情案件作業規定",
        label=_("幾天內相近的陳情算重複"))  # fmt: skip
declare("petitions.repeats_alike", 60, unit="%", since=SINCE, source="本系統預設值",
        label=_("兩件的文字多相近，算同一事由"))  # fmt: skip
declare("petitions.repeats_metres", 250, unit=_("公尺"), since=SINCE, source="本系統預設值",
        label=_("兩件的地點相距多少以內，算同一事由"))  # fmt: skip
declare("petitions.restriction_evidence", 2, unit=_("件"), since=SINCE, source=REPEATS,
        label=_("提報列管至少要幾件佐證"))  # fmt: skip
declare("petitions.restriction_months", 12, unit=_("個月"), since=SINCE, source="本府陳情案件作業規定",
        label=_("一次列管最長幾個月"))  # fmt: skip
declare("petitions.restriction_review_days", 14, unit=_("天"), since=SINCE, source="本府陳情案件作業規定",
        label=_("檢討日前幾天列入待辦"))  # fmt: skip

declare("petitions.import_keep_days", 90, unit=_("天"), since=SINCE, source="個人資料保護法第 11 條",
        label=_("匯入的檔案，各列內容保留幾天"))  # fmt: skip

declare("petitions.freeze_working_day", 5, unit=_("工作天"), since=SINCE, source="本府陳情案件作業規定",
        label=_("每月統計在次月第幾個工作天定版"))  # fmt: skip

declare("petitions.digest_working_day", 6, unit=_("工作天"), since=SINCE, source="本府陳情案件作業規定",
        label=_("每月摘要在次月第幾個工作天起寄給各機關（定版之後）"))  # fmt: skip
declare("petitions.digest_resend_days", 3, unit=_("工作天"), since=SINCE, source="本府陳情案件作業規定",
        label=_("每月摘要沒有寄達，幾個工作天內要補寄"))  # fmt: skip

LEARNING = "research 07 §6"
declare("petitions.model_goes_live", "person", unit="", since=SINCE, kind="text", source=LEARNING,
        label=_("夜間訓練的字詞模型怎麼啟用：person 由人員看過試算，itself 通過檢查就自己啟用"))  # fmt: skip
declare("petitions.model_bytes_days", 60, unit=_("天"), since=SINCE, source="本系統預設值",
        label=_("沒有啟用過的字詞模型，內容保留幾天"))  # fmt: skip
declare("petitions.sample_size", 50, unit=_("件"), since=SINCE, source=LEARNING,
        label=_("每週抽查幾件自動派案"))  # fmt: skip
declare("petitions.auto_floor_percent", 92, unit="%", since=SINCE, source=LEARNING,
        label=_("自動派案的正確率低於多少就停用"))  # fmt: skip
declare("petitions.auto_window", 200, unit=_("件"), since=SINCE, source=LEARNING,
        label=_("自動派案的正確率看最近幾件"))  # fmt: skip
declare("petitions.auto_least", 50, unit=_("件"), since=SINCE, source="本系統預設值",
        label=_("至少幾件有人說過對錯，才判斷要不要停用自動派案"))  # fmt: skip
ALIKE = "research 01 §5.6、07 §6"
declare("petitions.alike_same", 50, unit="%", since=SINCE, source=ALIKE,
        label=_("兩件的文字多相近，疑似同一件事"))  # fmt: skip
declare("petitions.alike_related", 30, unit="%", since=SINCE, source=ALIKE,
        label=_("兩件的文字多相近，列為相關"))  # fmt: skip
declare("petitions.alike_days", 180, unit=_("天"), since=SINCE, source=ALIKE,
        label=_("和最近幾天的未結案件比對"))  # fmt: skip
declare("petitions.near_metres", 250, unit=_("公尺"), since=SINCE, source=ALIKE,
        label=_("還不知道類別時，多近算附近"))  # fmt: skip
declare("petitions.near_days", 30, unit=_("天"), since=SINCE, source=ALIKE,
        label=_("反映前，給民眾看附近最近幾天的案件"))  # fmt: skip
declare("petitions.near_solved_days", 7, unit=_("天"), since=SINCE, source=ALIKE,
        label=_("剛解決幾天內的也給民眾看"))  # fmt: skip
declare("petitions.most_joined", 200, unit=_("件"), since=SINCE, source=ALIKE, label=_("一件最多併入幾件"))
declare("petitions.incident_count", 5, unit=_("件"), since=SINCE, source="本系統預設值",
        label=_("同一主題幾件聚在一起，就請分文人員確認是不是事件"))  # fmt: skip
declare("petitions.incident_metres", 300, unit=_("公尺"), since=SINCE, source="本系統預設值",
        label=_("事件的範圍：距離多少以內"))  # fmt: skip
declare("petitions.incident_hours", 6, unit=_("小時"), since=SINCE, source="本系統預設值",
        label=_("事件的範圍：幾小時以內"))  # fmt: skip
declare("petitions.campaign_count", 20, unit=_("件"), since=SINCE, source=ALIKE,
        label=_("幾件文字幾乎相同，就列為連署式陳情"))  # fmt: skip
declare("petitions.campaign_days", 7, unit=_("天"), since=SINCE, source=ALIKE, label=_("連署式陳情：幾天以內"))
declare("petitions.campaign_alike", 80, unit="%", since=SINCE, source=ALIKE,
        label=_("連署式陳情：文字多相近"))  # fmt: skip
QUALITY = "本府陳情案件處理品質檢核作業"
declare("petitions.quality_percent", 3, unit="%", since=SINCE, source=QUALITY,
        label=_("品質抽查：非急迫案件每機關抽百分之幾"))  # fmt: skip
declare("petitions.quality_fewest", 5, unit=_("件"), since=SINCE, source=QUALITY,
        label=_("品質抽查：非急迫案件每機關至少抽幾件"))  # fmt: skip
declare("petitions.quality_most", 30, unit=_("件"), since=SINCE, source=QUALITY,
        label=_("品質抽查：非急迫案件每機關最多抽幾件"))  # fmt: skip
declare("petitions.quality_twice_percent", 10, unit="%", since=SINCE, source=QUALITY,
        label=_("品質抽查：百分之幾由兩人各評一次"))  # fmt: skip
declare("petitions.quality_draw_day", 5, unit=_("日"), since=SINCE, source=QUALITY,
        label=_("品質抽查：每月幾日起抽上個月的案件"))  # fmt: skip
declare("petitions.quality_score_working_days", 10, unit=_("工作天"), since=SINCE, source=QUALITY,
        label=_("品質抽查：抽出後幾個工作天內評完"))  # fmt: skip
declare("petitions.quality_contest_working_days", 5, unit=_("工作天"), since=SINCE, source=QUALITY,
        label=_("品質抽查：機關幾個工作天內可申復"))  # fmt: skip
declare("petitions.quality_decide_working_days", 5, unit=_("工作天"), since=SINCE, source=QUALITY,
        label=_("品質抽查：收到申復後幾個工作天內決定"))  # fmt: skip
declare("petitions.quality_redo_working_days", 7, unit=_("工作天"), since=SINCE, source=QUALITY,
        label=_("品質抽查：退回重辦後幾個工作天內重新回復"))  # fmt: skip
declare("petitions.promise_remind_days", 7, unit=_("天"), since=SINCE, source="本府陳情案件作業規定",
        label=_("承諾日前幾天提醒承辦人"))  # fmt: skip
declare("petitions.promise_escalate_days", 3, unit=_("天"), since=SINCE, source="本府陳情案件作業規定",
        label=_("承諾日過後幾天告訴單位主管與機關首長"))  # fmt: skip
declare("petitions.promise_most_moves", 2, unit=_("次"), since=SINCE, source="本府陳情案件作業規定",
        label=_("承諾的日子最多改幾次"))  # fmt: skip
declare("petitions.year_return_day", 10, unit=_("日"), since=SINCE, source=QUALITY,
        label=_("每年1月幾日起請各機關分析前一年"))  # fmt: skip
declare("petitions.year_return_working_days", 15, unit=_("工作天"), since=SINCE, source=QUALITY,
        label=_("各機關幾個工作天內繳交年度分析"))  # fmt: skip
KEEPING = "個人資料保護法第 11 條第 3 項；本府檔案保存年限區分表（示範值，由機關核定）"
KEPT_MONTHS = {
    KeptAs.ORDINARY: {KeptIn.MAILS: 24, KeptIn.LETTERS: 36, KeptIn.FILES: 36, KeptIn.WORDS: 60, KeptIn.REQUESTER: 60},
    KeptAs.SET_ASIDE: {KeptIn.MAILS: 12, KeptIn.LETTERS: 24, KeptIn.FILES: 12, KeptIn.WORDS: 36, KeptIn.REQUESTER: 36},
    KeptAs.CONFIDENTIAL: {
        KeptIn.MAILS: 60, KeptIn.LETTERS: 120, KeptIn.FILES: 120, KeptIn.WORDS: 120, KeptIn.REQUESTER: 120,
    },
}  # fmt: skip
for _kind, _places in KEPT_MONTHS.items():
    for _where, _months in _places.items():
        declare(
            f"petitions.keep_{_kind.value.lower()}_{_where.value.lower()}", _months, unit=_("個月"), since=SINCE,
            source=KEEPING, label=format_lazy("{}：{}——{}", _("結案後保存"), _kind.label, _where.label),
        )  # fmt: skip
declare("petitions.keep_block", 200, unit=_("件"), since=SINCE, source="本系統預設值",
        label=_("移除逾期個人資料：一次處理幾件"))  # fmt: skip
declare("petitions.hold_months", 36, unit=_("個月"), since=SINCE, source="本府檔案管理作業規定",
        label=_("資料保全一次最長幾個月"))  # fmt: skip
declare(
    "petitions.abusive_words",
    ["幹你娘", "幹您娘", "幹恁娘", "操你媽", "操妳媽", "你他媽", "去你媽的", "靠北｜靠北側、靠北邊、靠北面、靠北方、靠北端、靠北向、靠北街、靠北路",
     "靠杯｜依靠杯、靠杯架", "靠腰｜靠腰墊、靠腰枕", "機掰", "雞掰", "機歪", "雞歪", "王八蛋", "混帳東西", "狗雜種", "狗娘養的", "婊子", "賤人｜卑賤人",
     "賤貨", "人渣", "死全家", "白癡", "白痴", "fuck", "fucking", "motherfucker", "asshole", "bitch", "bastard", "son of a bitch"],
    unit="", since=SINCE, kind="list", source="本府陳情案件作業規定", label=_("不當字詞：辦理人員看到的內容先遮蔽"),
    changed_at="petitions:words",
)  # fmt: skip
declare(
    "petitions.abusive_words_trial",
    2000,
    unit=_("件"),
    since=SINCE,
    source="本府陳情案件作業規定",
    label=_("改不當字詞前，試行最近幾件"),
)
declare(
    "petitions.ethics_words",
    ["貪污", "貪汙", "貪瀆", "收賄", "受賄", "行賄", "索賄", "賄賂", "收紅包", "拿紅包", "索取紅包", "收回扣", "拿回扣", "圍標", "綁標", "洩漏底價",
     "圖利廠商", "圖利特定", "收受餽贈"],
    unit="", since=SINCE, kind="list", source="本府陳情案件作業規定", label=_("政風字詞：只送政風機關辦理"),
)  # fmt: skip
declare(
    "petitions.ethics_categories", ["corruption"], unit="", since=SINCE, kind="list", source="本府陳情案件作業規定",
    label=_("只送政風機關辦理的類別（代碼）"),
)  # fmt: skip
declare(
    "petitions.ethics_agency", "ethics", unit="", since=SINCE, kind="text", source="本府組織自治條例",
    label=_("政風機關（代碼）"),
)  # fmt: skip
declare("petitions.letter_oldest_days", 30, unit=_("天"), since=SINCE, source="本府文書處理規定",
        label=_("收文日早於幾天前的來信，要確認沒有寫錯"))  # fmt: skip
declare("petitions.mailbox_failures", 3, unit=_("次"), since=SINCE, source="本系統預設值",
        label=_("機關信箱連續幾次收不到信，就列入待辦"))  # fmt: skip
