"""The words of incoming mail: through which door it came, what became of it, and why."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class Door(models.TextChoices):
    """How a message came in."""

    IMAP = "IMAP", _("自信箱收取")
    SMTP = "SMTP", _("直接送達")


class Trouble(models.TextChoices):
    """Why a mailbox cannot be read, in words for whoever looks after it; what the server itself said is for the log."""

    NAME = "NAME", _("找不到這台郵件伺服器，請檢查主機名稱")
    REFUSED = "REFUSED", _("郵件伺服器不接受連線，請檢查主機與連接埠")
    SILENT = "SILENT", _("郵件伺服器沒有回應")
    TLS = "TLS", _("加密連線不成功，請檢查加密方式與伺服器憑證")
    LOGIN = "LOGIN", _("帳號或密碼不對，或這個帳號不能用 IMAP 收信")
    FOLDER = "FOLDER", _("打不開這個資料夾，請檢查名稱")
    BROKEN = "BROKEN", _("收信中途斷線，會自動再試")


class Fate(models.TextChoices):
    """What became of a message."""

    WAITING = "WAITING", _("等待讀取")
    DESK = "DESK", pgettext_lazy("mail", "待人工處理")
    OPENED = "OPENED", _("成為反映")
    ADDED = "ADDED", _("加到案件")
    BOUNCE = "BOUNCE", _("退信")
    DROPPED = "DROPPED", _("自動信，不處理")
    TOO_LARGE = "TOO_LARGE", _("太大，未收")
    SET_ASIDE = "SET_ASIDE", _("看過，不處理")


class Why(models.TextChoices):
    """Why that became of it."""

    NEW = "NEW", _("新的來信")
    FORWARDED = "FORWARDED", _("由其他機關轉來")
    REPLY_ADDRESS = "REPLY_ADDRESS", _("回信到案件的專用地址")
    REFERENCE = "REFERENCE", _("回覆我們寄出的信")
    NUMBER = "NUMBER", _("主旨有案件編號，寄件人是當事人")
    CODE = "CODE", _("回信寫了正確的驗證碼")
    BY_HAND = "BY_HAND", _("由人員決定")
    STRANGER_QUOTES = "STRANGER_QUOTES", _("寫了案件編號，但寄件人不是當事人")
    ENDED = "ENDED", _("案件已經結束")
    NO_SENDER = "NO_SENDER", _("看不出是誰寄的")
    NO_ORIGINAL = "NO_ORIGINAL", _("轉來的信裡找不到原來的寄件人")
    NO_WORDS = "NO_WORDS", _("沒有內容")
    FORGED = "FORGED", _("寄件網域表示這封信不是它寄的")
    REFUSED = "REFUSED", _("沒有通過檢查")
    OWN_LETTER_ANSWERED = "OWN_LETTER_ANSWERED", _("回覆我們寄給同仁的信")
    AUTO_SUBMITTED = "AUTO_SUBMITTED", _("自動回覆")
    LIST = "LIST", _("郵件群組或電子報")
    BULK = "BULK", _("大量寄送的信")
    OWN_ADDRESS = "OWN_ADDRESS", _("從我們自己的地址寄出")
    HOPS = "HOPS", _("繞了太多圈")
    RATE = "RATE", _("同一寄件人短時間內太多封")
    MATCHED = "MATCHED", _("退回我們寄出的信")
    UNMATCHED = "UNMATCHED", _("退信，找不到是哪一封")
    SIZE = "SIZE", _("超過大小限制")


DROPS = frozenset({Why.AUTO_SUBMITTED, Why.LIST, Why.BULK, Why.OWN_ADDRESS, Why.HOPS, Why.RATE})
"""What stops a loop."""


class Note(models.TextChoices):
    """What a reader of the message has to know."""

    GUESSED = "GUESSED", _("信裡沒有寫明文字編碼，或寫得不對，是推測讀出的；有疑問請看原始信件。")
    HTML = "HTML", _("原信只有網頁格式，已轉成文字。")
    TNEF = "TNEF", _("附有 winmail.dat，裡面的檔案我們不猜測；請寄件人改用一般附件，或下載後自行開啟。")
    NOT_TAKEN = "NOT_TAKEN", _("有附件沒有收進案件，仍保存在原始信件裡。")
    CUT = "CUT", _("內容太長，案件裡只放前面的部分，全文在這裡。")
    OTHER_SENDER = "OTHER_SENDER", _("寄件地址和案件留的地址不同。")
    NUL = "NUL", _("信裡有不能顯示的控制字元，已經略去。")
    DATE = "DATE", _("信上寫的日期不合理。")
