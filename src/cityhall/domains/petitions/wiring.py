"""What petitions declare to the engines and to the pages at start."""

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from cityhall.engines.cases.models import Case, Reply
from cityhall.engines.classify import registry as classify
from cityhall.engines.deadlines import registry as deadlines
from cityhall.engines.directory import registry as directory
from cityhall.engines.files import queries as files
from cityhall.engines.identity.clients import declare_scope
from cityhall.engines.letters import rights as letters
from cityhall.engines.letters.signals import undeliverable
from cityhall.engines.mailbox.registry import reads_from
from cityhall.engines.mailbox.signals import waits_for_people
from cityhall.engines.tables.supplies import supply
from cityhall.engines.textsearch import services as textsearch
from cityhall.engines.worklist import registry as worklist
from cityhall.engines.worklist.states import Part
from cityhall.web.access import allowed
from cityhall.web.navigation import account_menu, desk_menu, portal_menu
from cityhall.web.portal import portal

from . import clusters, figures, letter_book, on_behalf, open_table, queries, succession
from .models import Draft, FollowUp, ReceivedLetter
from .services import area_news, automatic, central_files, digest, handover, mail, mailboxes, old_system, todos, upkeep
from .services.dispatch import PURPOSE
from .services.filing import search_text_of_case

CATALOGUE = "petitions.categories.manage"
STAGES = {"first": _("初步回復"), "final": _("正式回復"), "extension": _("展期")}
REPLIES = {**STAGES, "redo": _("重新回復")}


def _is_citizen(request: HttpRequest) -> bool:
    return bool(request.user.is_authenticated) and not getattr(request.user, "is_staff_member", False)


def _stopped(request: HttpRequest) -> str:
    """Automatic dispatch is off: whoever dispatches reads it above the list."""
    if not allowed(request, "petitions.dispatch"):
        return ""
    may_watch = allowed(request, "petitions.automatic.read")
    context = {"automatic": automatic.settings(), "may_watch": may_watch}
    return render_to_string("petitions/desk/automatic/_stopped.html", context, request).strip()


def install() -> None:
    """Menus, to-do kinds, approval stages, hand-over and succession, file rights, search, warnings."""
    from .views import bulk  # pages need the apps loaded

    portal_menu.add(10, _("反映與查詢"), "petitions:start", "/petitions/")
    account_menu.add(15, _("我反映的事"), "petitions:mine", when=_is_citizen)
    # A record stands beside the to-do list, whichever way it was opened.
    desk_menu.add(20, _("案件"), "petitions:list", "=", act="petitions.read")
    desk_menu.add(60, _("疑似同案"), "petitions:suspected", "/desk/petitions/alike/", act="petitions.dispatch")
    desk_menu.add(
        60, pgettext_lazy("menu", "事件"), "petitions:clusters", "/desk/petitions/clusters/", act=clusters.READ
    )
    desk_menu.add(25, _("統計"), "petitions:statistics", "/desk/petitions/statistics/", act="petitions.read")
    desk_menu.add(62, _("類別與時限"), "petitions:categories", "/desk/petitions/categories/", act=CATALOGUE)
    desk_menu.add(
        63, _("回復範本"), "petitions:templates", "/desk/petitions/templates/", act="petitions.templates.manage"
    )
    desk_menu.add(61, _("品質抽查"), "petitions:quality", "/desk/petitions/quality/", act="petitions.quality.read")
    desk_menu.add(61, _("承諾事項"), "petitions:promises", "/desk/petitions/promises/", act="petitions.read")
    desk_menu.add(
        64, _("列管名冊"), "petitions:restrictions", "/desk/petitions/restrictions/", act="petitions.restrictions.read"
    )
    desk_menu.add(
        68, _("保存期限"), "petitions:retention", "/desk/petitions/retention/", act="petitions.retention.read"
    )
    desk_menu.add(65, _("派案與關鍵詞規則"), "petitions:rules", "/desk/petitions/rules/", act="petitions.rules.manage")
    desk_menu.add(66, _("字詞模型"), "petitions:models", "/desk/petitions/models/", act="petitions.rules.manage")
    desk_menu.add(
        67, _("自動派案監看"), "petitions:watch", "/desk/petitions/automatic/", act="petitions.automatic.read"
    )
    desk_menu.add(68, _("不當字詞"), "petitions:words", "/desk/petitions/words/", act="petitions.words.manage")
    desk_menu.add(30, _("代民眾反映"), "petitions:intake", act="petitions.file_on_behalf")
    desk_menu.add(31, _("我代為反映的案件"), "petitions:on_behalf", "/desk/petitions/on-behalf/", act=on_behalf.READ)
    portal.act(
        10,
        _("反映一件事"),
        _("壞了、髒了、吵到您了，或有話想對市府說。約3分鐘，不必註冊。"),
        "petitions:new",
        "speech",
    )
    portal.act(20, _("查詢進度"), _("用案件編號與查詢碼，看現在到哪一步、哪一天回復。"), "petitions:follow", "find")
    portal.act(30, _("打1999"), _("24小時有人接聽；聽語障朋友可用文字服務。"), "tel:1999", "phone")
    portal.topics(queries.portal_topics)
    portal.numbers(figures.portal_numbers)

    declare_scope("petitions.write", _("代民眾提出反映"))
    declare_scope("petitions.vouch", _("可代為驗證民眾身分"))
    declare_scope("petitions.card_app", _("市民卡 APP"))
    declare_scope("open311.write", _("Open311 提出反映"))
    declare_scope("open311.vouch", _("Open311 可代為驗證"))

    worklist.kind(todos.DISPATCH, _("派案"), part=Part.DISPATCH)
    worklist.kind(todos.ALERT, _("危險通報"), part=Part.HANDLE)
    worklist.kind(todos.CALL_BACK, _("電話驗證"), part=Part.HANDLE)
    worklist.kind(todos.ASSIGN, _("分辦"), part=Part.DISPATCH)
    worklist.kind(todos.HANDLE, _("辦理"), part=Part.HANDLE, stages=REPLIES)
    worklist.kind(todos.APPROVE, _("核定回復"), part=Part.APPROVE, stages=REPLIES)
    worklist.kind(todos.EXTENSION, _("核定展期"), part=Part.APPROVE)
    worklist.kind(todos.CO_HANDLE, _("協辦意見"), part=Part.CO_HANDLE)
    worklist.kind(todos.REOPEN, _("審酌重新處理"), part=Part.HANDLE)
    worklist.kind(todos.WAITING, _("等民眾補正"), part=Part.WAITING)
    worklist.kind(todos.URGED, _("民眾催辦"), part=Part.HANDLE)
    worklist.kind(todos.FOLLOW_UP, _("承諾事項"), part=Part.FOLLOW_UP)
    worklist.kind(todos.REPEATS, _("審酌是否提報列管"), part=Part.HANDLE)
    worklist.kind(todos.RESTRICTION, _("核定列管"), part=Part.APPROVE)
    worklist.kind(todos.RESTRICTION_REVIEW, _("檢討列管"), part=Part.FOLLOW_UP)
    worklist.kind(todos.RESTRICTION_APPEAL, _("決定列管申訴"), part=Part.HANDLE)
    worklist.kind(todos.MODEL_READY, _("啟用字詞模型"), part=Part.APPROVE)
    worklist.kind(todos.TRAINING, _("查看被擋下的訓練"), part=Part.HANDLE)
    worklist.kind(todos.SAMPLE, _("派案抽查"), part=Part.HANDLE)
    worklist.kind(todos.AUTOMATIC_STOPPED, _("自動派案停用中"), part=Part.HANDLE)
    worklist.kind(todos.CLUSTER, _("確認事件"), part=Part.DISPATCH)
    worklist.kind(todos.QUALITY, _("品質抽查評分"), part=Part.HANDLE)
    worklist.kind(todos.QUALITY_ANSWER, _("看評核表，可申復"), part=Part.HANDLE)
    worklist.kind(todos.QUALITY_CONTEST, _("決定品質抽查申復"), part=Part.HANDLE)
    worklist.kind(todos.QUALITY_JUDGE, _("複查重新回復"), part=Part.FOLLOW_UP)
    worklist.kind(todos.YEAR_RETURN, _("繳交年度分析"), part=Part.HANDLE)
    worklist.kind(todos.QUALITY_AWARD, _("決定獎懲建議"), part=Part.APPROVE)
    worklist.bulk(todos.DISPATCH, _("派案"), "petitions.dispatch", bulk.dispatch)
    worklist.bulk(todos.ASSIGN, _("分辦"), "petitions.assign", bulk.assign)
    worklist.bulk(todos.APPROVE, _("核定"), "petitions.approve", bulk.approve)
    worklist.notice("petitions.automatic", _stopped)
    worklist.searchable("petitions", _("陳情案件"), queries.found_by_officer, order=10)

    for code, label in STAGES.items():
        directory.approval_stage(code, label)
    directory.approval_categories(queries.category_choices)
    directory.open_work("petitions", _("未結陳情案件"), queries.open_at)
    directory.on_hand_over("petitions", _("承辦中的陳情案件"), queries.open_of, handover.pass_on)
    succession.install()

    # Its own night decides what goes live: after the guards, and by default after a person's look at the replay.
    classify.declare(PURPOSE, label=_("陳情案件類別"), labels_in_use=queries.category_codes, by_itself=False)
    worklist.kind(todos.MAIL, _("來信"), part=Part.DISPATCH)
    worklist.kind(todos.REFERRAL, _("回復轉來的機關"), part=Part.HANDLE, stages={"referral": _("回復轉來的機關")})
    desk_menu.add(28, _("來信"), "petitions:mail", "/desk/petitions/mail/", act="petitions.mail.read")
    desk_menu.add(
        67, _("轉送來信的機關"), "petitions:forwarders", "/desk/petitions/forwarders/", act="petitions.mail.senders"
    )
    desk_menu.add(68, _("機關信箱"), "petitions:mailboxes", "/desk/petitions/mailboxes/", act="petitions.mail.senders")
    worklist.kind(todos.MAILBOX, _("修復機關信箱的收信"), part=Part.DISPATCH)
    worklist.kind(todos.IMPORT, _("看匯入檔案的檢查結果"), part=Part.DISPATCH)
    desk_menu.add(68, _("匯入案件"), "petitions:imports", "/desk/petitions/imports/", act="petitions.import")
    central_files.install()
    old_system.install()
    worklist.kind(todos.OUTSIDE, _("等府外機關回復"), part=Part.FOLLOW_UP)
    worklist.kind(todos.OUTSIDE_TROUBLE, _("移送府外沒有送成"), part=Part.HANDLE)
    worklist.kind(todos.OUTSIDE_CLOSED, _("告知民眾府外機關的結果"), part=Part.HANDLE)
    worklist.kind(todos.OUTSIDE_CHANGED, _("府外機關那邊有變動"), part=Part.HANDLE)
    desk_menu.add(
        67, _("府外機關的 Open311"), "petitions:endpoints", "/desk/petitions/outside/endpoints/", act=CATALOGUE
    )
    desk_menu.add(61, _("移送府外追蹤"), "petitions:outside", "/desk/petitions/outside/", act="petitions.dispatch")
    worklist.kind(
        todos.DIGEST, _("補寄每月摘要"), part=Part.HANDLE,
        stages={"nobody": _("每月摘要沒有研考窗口可收"), "returned": _("每月摘要沒有寄達")},
    )  # fmt: skip
    worklist.kind(todos.LETTER, _("登打來信"), part=Part.DISPATCH)
    worklist.searchable("received", _("收文"), letter_book.hits, order=15)
    desk_menu.add(29, _("收文簿"), "petitions:received", "/desk/petitions/received/", act=letter_book.READ)
    files.rights(ReceivedLetter, letter_book.may_see_scan)
    mail.install()
    reads_from(mailboxes.boxes)
    waits_for_people.connect(mail.waits, dispatch_uid="petitions.mail")
    undeliverable.connect(mail.letter_came_back, dispatch_uid="petitions.letters")
    undeliverable.connect(area_news.letter_came_back, dispatch_uid="petitions.area_news")
    undeliverable.connect(digest.letter_came_back, dispatch_uid="petitions.digest")
    classify.source(PURPOSE, "corrections", queries.corrections, order=20)
    classify.source(PURPOSE, "looked_at", queries.looked_at, order=30, trusted=True)

    letters.of("cases.case", queries.may_read_letter)
    files.rights(Case, queries.may_see_file)
    files.rights(Draft, queries.may_see_draft_file)
    files.rights(Reply, queries.may_see_reply_file)
    files.rights(FollowUp, queries.may_see_promise_file)
    textsearch.register(
        Case,
        text_of=search_text_of_case,
        records=lambda: Case.objects.filter(kind="petition").select_related("petition", "place"),
    )
    supply("petitions.monthly", open_table.rows)
    deadlines.on_level(upkeep.warned)
    deadlines.on_move(upkeep.moved)
