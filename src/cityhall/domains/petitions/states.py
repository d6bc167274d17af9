"""The words of petitions."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class CategorySource(models.TextChoices):
    """Who decided the category."""

    RULE = "RULE", _("關鍵詞規則")
    MODEL = "MODEL", _("字詞模型")
    PERSON = "PERSON", _("人員判定")
    GIVEN = "GIVEN", _("提報時指定")
    MIGRATED = "MIGRATED", _("舊系統帶入")


class Group(models.TextChoices):
    """The topics under which citizens find the categories."""

    ROAD = "road", _("道路與路燈")
    TRAFFIC = "traffic", _("停車與交通")
    CLEAN = "clean", _("垃圾與環境整潔")
    ENVIRONMENT = "environment", _("噪音與空氣")
    PARK = "park", _("公園與樹木")
    WATER = "water", _("排水與河川")
    UTILITY = "utility", _("水電與管線")
    BUILDING = "building", _("建築與住宅")
    FIRE = "fire", _("消防")
    ANIMAL = "animal", _("動物")
    POLICE = "police", _("治安與鄰里")
    ECONOMY = "economy", _("市場與產業")
    PEOPLE = "people", _("生活與福利")
    GOVERNMENT = "government", _("市府服務")


class Ground(models.TextChoices):
    """Why the commission's desk filters a petition before dispatch (過濾處理), each registered and reversible."""

    NO_MATTER = "NO_MATTER", _("無具體事由")
    REPEATED = "REPEATED", _("重複來信")
    ANONYMOUS = "ANONYMOUS", _("未具名檢舉")


class Outcome(models.TextChoices):
    """What the final reply says became of the matter; 結案 alone does not say 修好."""

    SOLVED = "SOLVED", _("已改善或已辦理")
    PLANNED = "PLANNED", _("已排定，將於期日辦理")
    EXPLAINED = "EXPLAINED", _("已說明")
    NOT_POSSIBLE = "NOT_POSSIBLE", _("依規定無法辦理")
    NOT_FOUND = "NOT_FOUND", _("現場查無此情形")
    REMEDY = "REMEDY", _("已告知應循訴願、訴訟或國家賠償程序")


class ExtensionState(models.TextChoices):
    ASKED = "ASKED", _("待核定")
    GRANTED = "GRANTED", _("已核定")
    REFUSED = "REFUSED", pgettext_lazy("state", "不同意")


class ListingGround(models.TextChoices):
    """Why a person's petitions about a matter may be left unhandled: the three of 行政程序法 §173."""

    NO_CONTENT = "NO_CONTENT", _("無具體內容，或未具真實姓名、住址")
    ANSWERED = "ANSWERED", _("同一事由已適當處理並明確回復，仍一再陳情")
    SEVERAL_AGENCIES = "SEVERAL_AGENCIES", _("同一事由分向各機關陳情，本機關不是主管機關")


class RestrictionState(models.TextChoices):
    """Where a listing stands (不理性重複陳情列管); the moves are those of `repeats.MOVES`."""

    PROPOSED = "PROPOSED", _("待核定")
    RETURNED = "RETURNED", _("退回，不列管")
    APPROVED = "APPROVED", _("已核定")
    IN_FORCE = "IN_FORCE", _("列管中")
    APPEALED = "APPEALED", pgettext_lazy("state", "申訴中")
    EXPIRED = "EXPIRED", _("列管期滿")
    LIFTED = "LIFTED", pgettext_lazy("state", "解除列管")


class SetAsideKind(models.TextChoices):
    """In which of the two ways a petition was left unhandled."""

    FILTERED = "FILTERED", pgettext_lazy("state", "過濾處理")
    DECLINED = "DECLINED", _("因列管不予處理")


class ReplayAct(models.TextChoices):
    """What is tried on past petitions before it holds."""

    ADD = "ADD", _("新增規則")
    CHANGE = "CHANGE", _("修改規則")
    END = "END", _("停用這條規則")
    REVIVE = "REVIVE", _("恢復規則")
    MODEL = "MODEL", _("啟用一版字詞模型")


class ReplayState(models.TextChoices):
    """How far a replay is."""

    RUNNING = "RUNNING", _("試算中")
    READY = "READY", _("試算完成")
    SAVED = "SAVED", _("已照試算儲存")


class ClusterKind(models.TextChoices):
    """Why petitions are dealt with together."""

    INCIDENT = "INCIDENT", pgettext_lazy("cluster", "事件")
    CAMPAIGN = "CAMPAIGN", _("連署式陳情")


class ClusterState(models.TextChoices):
    """Where an incident or campaign stands; the moves are those of `bursts.MOVES`."""

    PROPOSED = "PROPOSED", _("待確認")
    OPEN = "OPEN", pgettext_lazy("cluster", "處理中")
    CLOSED = "CLOSED", _("已一併回復")
    DISMISSED = "DISMISSED", pgettext_lazy("cluster", "不成立")


class Effect(models.TextChoices):
    """What another decision would have meant for a past petition, by where it really belonged."""

    BETTER = "BETTER", _("會更好")
    WORSE = "WORSE", _("會更差")
    OTHER = "OTHER", _("看不出好壞")


class TrainingState(models.TextChoices):
    """What came of a night's training."""

    TRAINED = "TRAINED", pgettext_lazy("training", "已訓練")
    HELD_BACK = "HELD_BACK", _("防護擋下")
    SAME = "SAME", _("沒有新的標註")
    FAILED = "FAILED", pgettext_lazy("training", "沒有完成")


class SettingKind(models.TextChoices):
    """What a setting of automatic dispatch is about."""

    SWITCH = "SWITCH", _("自動派案開關")
    PRECISION = "PRECISION", _("機關要求的正確率")


class SwitchCause(models.TextChoices):
    """Who turned automatic dispatch off, or on again."""

    PERSON = "PERSON", _("人員")
    FALLBACK = "FALLBACK", _("正確率太低，自動停用")


class Verdict(models.TextChoices):
    """A person's word on an automatic dispatch."""

    RIGHT = "RIGHT", _("派對了")
    WRONG = "WRONG", _("派錯了")


class LabelCheck(models.TextChoices):
    """What was found when labels that the guard stopped at were looked at."""

    KEPT = "KEPT", _("看過，標註沒錯")
    LEFT_OUT = "LEFT_OUT", _("看過，不採用")


class SheetState(models.TextChoices):
    """Where a sheet of the monthly check stands; the moves are those of `quality.MOVES`."""

    WAITING = "WAITING", _("待評")
    GOOD = "GOOD", pgettext_lazy("quality", "符合")
    WANTING = "WANTING", _("應予改善")
    CONTESTED = "CONTESTED", pgettext_lazy("quality", "申復中")
    LIFTED = "LIFTED", _("申復有理由，撤銷")
    REDO = "REDO", pgettext_lazy("quality", "退回重辦中")
    ANSWERED = "ANSWERED", _("已重新回復，待複查")
    IMPROVED = "IMPROVED", pgettext_lazy("quality", "已改善")
    NOT_IMPROVED = "NOT_IMPROVED", pgettext_lazy("quality", "未改善")
    NO_REDO = "NO_REDO", _("應予改善，不必重辦")
    DROPPED = "DROPPED", pgettext_lazy("quality", "不評")


class AwardKind(models.TextChoices):
    """What is proposed after a year's analysis; decided by the head of the commission, never by the program."""

    COMMENDATION = "COMMENDATION", _("嘉獎")
    MERIT = "MERIT", _("記功")
    REPRIMAND = "REPRIMAND", _("申誡")
    DEMERIT = "DEMERIT", _("記過")
    REVIEW = "REVIEW", _("請機關檢討")


class AwardState(models.TextChoices):
    PROPOSED = "PROPOSED", _("待決定")
    APPROVED = "APPROVED", _("同意建議")
    REFUSED = "REFUSED", pgettext_lazy("quality", "不採納")


class KeptIn(models.TextChoices):
    """Where personal data lies; the same as `retention.KeptWhere`, in words."""

    MAILS = "MAILS", _("收到的電子郵件")
    LETTERS = "LETTERS", _("寄出的信件")
    FILES = "FILES", _("照片與附件")
    WORDS = "WORDS", _("內容與回復的文字")
    REQUESTER = "REQUESTER", _("陳情人的姓名與聯絡資料")


class KeptAs(models.TextChoices):
    """Kinds of petitions that are kept for different times; the same as `retention.KeptKind`, in words."""

    ORDINARY = "ORDINARY", _("一般案件")
    SET_ASIDE = "SET_ASIDE", _("不予處理與撤案的案件")
    CONFIDENTIAL = "CONFIDENTIAL", _("不公開的案件")


class HoldGround(models.TextChoices):
    """What data is held for."""

    LITIGATION = "LITIGATION", _("訴訟或訴願")
    COMPENSATION = "COMPENSATION", _("國家賠償")
    AUDIT = "AUDIT", _("審計、監察或政風調查")


class DigestRhythm(models.TextChoices):
    """How often news of an area is mailed; the same as `area_news.Rhythm`, in words."""

    DAILY = "DAILY", _("每天早上")
    WEEKLY = "WEEKLY", _("每星期一早上")


class SubscriptionEnd(models.TextChoices):
    """Why news of an area is mailed no more."""

    LEFT = "LEFT", _("民眾取消")
    BOUNCED = "BOUNCED", _("寄不到，已停止")


class MailSecurity(models.TextChoices):
    """How the connection to a mail server is encrypted."""

    TLS = "TLS", _("TLS（常用 993）")
    STARTTLS = "STARTTLS", _("STARTTLS（常用 143）")
    NONE = "NONE", _("不加密，只限本機")


class ConsentHow(models.TextChoices):
    """How a citizen let somebody report for them."""

    SPOKEN = "SPOKEN", _("當面口頭同意")
    PHONE = "PHONE", _("電話裡同意")
    SIGNED = "SIGNED", _("簽了同意書")
    WRITTEN = "WRITTEN", _("用訊息或字條請託")


class Shares(models.TextChoices):
    """What a citizen lets the intermediary see."""

    STATE = "STATE", _("只有案件編號和進度")
    CONTENT = "CONTENT", _("進度，加上反映的內容和機關的回復")


class LetterWay(models.TextChoices):
    """How a letter on paper came in."""

    POST = "POST", _("平信")
    REGISTERED = "REGISTERED", _("掛號")
    HAND = "HAND", _("親自送達")
    FAX = "FAX", _("傳真")


class LetterFate(models.TextChoices):
    """What became of a letter that came in."""

    WAITING = "WAITING", _("待登打")
    FILED = "FILED", pgettext_lazy("letter", "已成為反映")
    ADDED = "ADDED", pgettext_lazy("letter", "已加到案件")
    ASIDE = "ASIDE", pgettext_lazy("letter", "不處理")


class Delivery(models.TextChoices):
    """Whether an agency has its digest of a month."""

    WAITING = "WAITING", pgettext_lazy("digest", "尚未寄出")
    SENT = "SENT", pgettext_lazy("digest", "已寄出")
    LOST = "LOST", pgettext_lazy("digest", "沒有寄達")
    OTHERWISE = "OTHERWISE", pgettext_lazy("digest", "另行送達")
